/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rows.h - the calls this driver implements by itself, by the file they are in */
#pragma once

#include "rpc/driver.h"

/* lifecycle_rows.c */
bool lifecycle_rows_create(Call *call, GError **error);
bool lifecycle_rows_create_flags(Call *call, GError **error);
bool lifecycle_rows_create_xml(Call *call, GError **error);
bool lifecycle_rows_destroy(Call *call, GError **error);
bool lifecycle_rows_suspend(Call *call, GError **error);
bool lifecycle_rows_resume(Call *call, GError **error);
typedef struct Guest Guest;
bool lifecycle_press_button(Guest *guest, bool reboot, GError **error);
bool lifecycle_rows_reset(Call *call, GError **error);
bool lifecycle_rows_inject_nmi(Call *call, GError **error);
bool lifecycle_rows_wakeup(Call *call, GError **error);

/* save_rows.c */
bool save_rows_save(Call *call, GError **error);
bool save_rows_save_flags(Call *call, GError **error);
bool save_rows_save_params(Call *call, GError **error);
bool save_rows_restore(Call *call, GError **error);
bool save_rows_restore_flags(Call *call, GError **error);
bool save_rows_restore_params(Call *call, GError **error);
bool save_rows_image_xml(Call *call, GError **error);
bool save_rows_image_define(Call *call, GError **error);
bool save_rows_managed_save(Call *call, GError **error);
bool save_rows_managed_xml(Call *call, GError **error);
bool save_rows_managed_define(Call *call, GError **error);
bool save_rows_managed_remove(Call *call, GError **error);
bool save_rows_core_dump(Call *call, GError **error);
bool save_rows_core_dump_format(Call *call, GError **error);

/* device_rows.c */
bool device_rows_open_console(Call *call, GError **error);
/* The stream of @call on @fd (taken), the line of the device @alias; one user at a time, @force ends the one before. */
bool device_rows_attach_stream(Call *call, const char *alias, int fd, bool force, GError **error);
bool device_rows_send_key(Call *call, GError **error);
bool device_rows_screenshot(Call *call, GError **error);
bool device_rows_set_memory(Call *call, GError **error);
bool device_rows_set_memory_flags(Call *call, GError **error);
bool device_rows_set_vcpus_flags(Call *call, GError **error);
bool device_rows_monitor_command(Call *call, GError **error);

/* stats_rows.c */
bool stats_rows_interface_addresses(Call *call, GError **error);
bool stats_rows_block_info(Call *call, GError **error);
bool stats_rows_block(Call *call, GError **error);
bool stats_rows_block_flags(Call *call, GError **error);
bool stats_rows_interface(Call *call, GError **error);
bool stats_rows_memory(Call *call, GError **error);
bool stats_rows_vcpus(Call *call, GError **error);
bool stats_rows_cpu(Call *call, GError **error);
bool stats_rows_all(Call *call, GError **error);
typedef struct Vm Vm;
void stats_rows_refresh(Vm *vm);

/* hypervisor_rows.c */
typedef struct Domain Domain;
bool hypervisor_rows_prepare_xml(Vm *vm, Domain *domain, uint32_t flags, GError **error);
bool hypervisor_rows_compare(Call *call, GError **error);
bool hypervisor_rows_baseline(Call *call, GError **error);

/* host_rows.c */
bool host_rows_version(Call *call, GError **error);
bool host_rows_supports_feature(Call *call, GError **error);
bool host_rows_max_vcpus(Call *call, GError **error);
bool host_rows_security_model(Call *call, GError **error);
bool host_rows_sev_info(Call *call, GError **error);
bool host_rows_capabilities(Call *call, GError **error);
bool host_rows_domain_capabilities(Call *call, GError **error);

/* security_rows.c */
bool security_rows_label(Call *call, GError **error);
bool security_rows_label_list(Call *call, GError **error);
