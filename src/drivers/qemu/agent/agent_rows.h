/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* agent_rows.h - calls that the agent of the guest answers, alone or as one way of several */
#pragma once

#include "drivers/common/vm.h"

/* agent_rows.c */
bool agent_rows_freeze(Call *call, GError **error);
bool agent_rows_thaw(Call *call, GError **error);
bool agent_rows_trim(Call *call, GError **error);
bool agent_rows_get_time(Call *call, GError **error);
bool agent_rows_set_time(Call *call, GError **error);
bool agent_rows_set_password(Call *call, GError **error);
bool agent_rows_get_keys(Call *call, GError **error);
bool agent_rows_set_keys(Call *call, GError **error);
bool agent_rows_command(Call *call, GError **error);
bool agent_rows_set_timeout(Call *call, GError **error);
/* With ROW_NO_JOB. */
bool agent_rows_suspend(Call *call, GError **error);
bool agent_rows_shutdown(Call *call, GError **error);
bool agent_rows_reboot(Call *call, GError **error);
bool agent_rows_set_vcpus_flags(Call *call, GError **error);

/* agent_vcpu.c */
bool agent_rows_get_vcpus(Call *call, GError **error);
bool agent_rows_set_vcpus(Call *call, GError **error);

/* agent_info.c */
bool agent_rows_info(Call *call, GError **error);
bool agent_rows_hostname(Call *call, GError **error);
bool agent_rows_addresses(Call *call, GError **error);

/* agent_disk.c */
bool agent_rows_fsinfo(Call *call, GError **error);

/* qemu_driver.c */
#define AGENT_ROWS                                                                                                   \
    [PROC_DOMAIN_FSFREEZE] = { agent_rows_freeze, 0, 0, "1.2.5" },                                                   \
    [PROC_DOMAIN_FSTHAW] = { agent_rows_thaw, 0, 0, "1.2.5" },                                                       \
    [PROC_DOMAIN_FSTRIM] = { agent_rows_trim, 0, 0, "1.0.1" },                                                       \
    [PROC_DOMAIN_GET_FSINFO] = { agent_rows_fsinfo, 0, 0, "1.2.11" },                                                \
    [PROC_DOMAIN_GET_GUEST_INFO] = { agent_rows_info, 0, 0, "5.7.0" },                                               \
    [PROC_DOMAIN_GET_HOSTNAME] = { agent_rows_hostname,                                                              \
                                   VIR_DOMAIN_GET_HOSTNAME_LEASE | VIR_DOMAIN_GET_HOSTNAME_AGENT, ROW_NO_JOB, "4.8.0" }, \
    [PROC_DOMAIN_GET_TIME] = { agent_rows_get_time, 0, 0, "1.2.5" },                                                 \
    [PROC_DOMAIN_SET_TIME] = { agent_rows_set_time, VIR_DOMAIN_TIME_SYNC, 0, "1.2.5" },                              \
    [PROC_DOMAIN_SET_USER_PASSWORD] = { agent_rows_set_password, VIR_DOMAIN_PASSWORD_ENCRYPTED, 0, "1.2.16" },       \
    [PROC_DOMAIN_AUTHORIZED_SSH_KEYS_GET] = { agent_rows_get_keys, 0, 0, "6.10.0" },                                 \
    [PROC_DOMAIN_AUTHORIZED_SSH_KEYS_SET] = { agent_rows_set_keys,                                                   \
        VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_APPEND | VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_REMOVE, 0, "6.10.0" },        \
    [PROC_DOMAIN_GET_GUEST_VCPUS] = { agent_rows_get_vcpus, 0, 0, "2.0.0" },                                         \
    [PROC_DOMAIN_SET_GUEST_VCPUS] = { agent_rows_set_vcpus, 0, 0, "2.0.0" },                                         \
    [PROC_DOMAIN_AGENT_SET_RESPONSE_TIMEOUT] = { agent_rows_set_timeout, 0, 0, "5.10.0" },                           \
    [PROC_DOMAIN_PM_SUSPEND_FOR_DURATION] = { agent_rows_suspend, 0, ROW_NO_JOB, "0.9.11" },                         \
    [PROC_DOMAIN_SET_VCPUS_FLAGS] = { agent_rows_set_vcpus_flags,                                                    \
        VM_VCPU_FLAGS | VIR_DOMAIN_VCPU_HOTPLUGGABLE, ROW_LIVE_CONFIG | ROW_NO_JOB, "0.8.5" }
