/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qmp.h - QEMU's commands as functions that bear their names
 *
 * Each fails as qmp_client_call() does; a reply of the wrong shape is VIR_ERR_INTERNAL_ERROR.  What is
 * used once and read by its caller member by member is handed over as the reply itself.
 */
#pragma once

#include "drivers/qemu/qmp/qmp_client.h"

/* The run state */
bool qmp_stop(QmpClient *c, GError **error);
bool qmp_cont(QmpClient *c, GError **error);
bool qmp_system_powerdown(QmpClient *c, GError **error);
bool qmp_system_reset(QmpClient *c, GError **error);
bool qmp_system_wakeup(QmpClient *c, GError **error);
bool qmp_quit(QmpClient *c, GError **error);
bool qmp_inject_nmi(QmpClient *c, GError **error);
/* "running", "paused", "shutdown" ... to be freed */
char *qmp_query_status(QmpClient *c, bool *ret_running, GError **error);

/* What it is */
Json *qmp_query_version(QmpClient *c, GError **error);
Json *qmp_query_target(QmpClient *c, GError **error);
Json *qmp_query_machines(QmpClient *c, GError **error);
Json *qmp_query_cpu_definitions(QmpClient *c, GError **error);
Json *qmp_query_cpu_model_expansion(QmpClient *c, const char *type, const char *model, GError **error);
Json *qmp_query_commands(QmpClient *c, GError **error);
Json *qmp_qom_list_types(QmpClient *c, GError **error);
Json *qmp_device_list_properties(QmpClient *c, const char *type, GError **error);
bool qmp_query_kvm(QmpClient *c, bool *ret_present, bool *ret_enabled, GError **error);

/* What it has */
Json *qmp_query_chardev(QmpClient *c, GError **error);
Json *qmp_query_block(QmpClient *c, GError **error);
Json *qmp_query_blockstats(QmpClient *c, bool nodes, GError **error);
Json *qmp_query_named_block_nodes(QmpClient *c, GError **error);
Json *qmp_query_cpus_fast(QmpClient *c, GError **error);
Json *qmp_query_vnc(QmpClient *c, GError **error);
Json *qmp_query_iothreads(QmpClient *c, GError **error);
bool qmp_query_balloon(QmpClient *c, uint64_t *ret_bytes, GError **error);

/* Changing it */
bool qmp_balloon(QmpClient *c, uint64_t bytes, GError **error);
Json *qmp_qom_get(QmpClient *c, const char *path, const char *property, GError **error);
bool qmp_qom_set(QmpClient *c, const char *path, const char *property, Json *value, GError **error);
bool qmp_device_add(QmpClient *c, Json *device, GError **error);
bool qmp_device_del(QmpClient *c, const char *id, GError **error);
bool qmp_netdev_add(QmpClient *c, Json *netdev, GError **error);
bool qmp_netdev_del(QmpClient *c, const char *id, GError **error);
bool qmp_blockdev_add(QmpClient *c, Json *node, GError **error);
bool qmp_blockdev_del(QmpClient *c, const char *node, GError **error);
bool qmp_object_add(QmpClient *c, Json *object, GError **error);
bool qmp_object_del(QmpClient *c, const char *id, GError **error);
bool qmp_getfd(QmpClient *c, const char *name, int fd, GError **error);
bool qmp_closefd(QmpClient *c, const char *name, GError **error);
bool qmp_add_fd(QmpClient *c, int64_t fdset, const char *opaque, int fd, GError **error);
bool qmp_set_link(QmpClient *c, const char *name, bool up, GError **error);
bool qmp_send_key(QmpClient *c, Json *keys, uint32_t hold_ms, GError **error);
bool qmp_screendump(QmpClient *c, const char *file, const char *device, uint32_t head, GError **error);
bool qmp_set_password(QmpClient *c, const char *protocol, const char *password, const char *connected, GError **error);
bool qmp_expire_password(QmpClient *c, const char *protocol, const char *time, GError **error);
bool qmp_blockdev_open_tray(QmpClient *c, const char *id, bool force, GError **error);
bool qmp_blockdev_close_tray(QmpClient *c, const char *id, GError **error);
bool qmp_blockdev_remove_medium(QmpClient *c, const char *id, GError **error);
bool qmp_blockdev_insert_medium(QmpClient *c, const char *id, const char *node, GError **error);
bool qmp_block_resize(QmpClient *c, const char *node, uint64_t bytes, GError **error);
char *qmp_human_monitor_command(QmpClient *c, const char *line, GError **error);
