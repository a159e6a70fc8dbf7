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
bool qmp_inject_nmi(QmpClient *c, GError **error);
/* "running", "paused", "shutdown" ... to be freed */
char *qmp_query_status(QmpClient *c, bool *ret_running, GError **error);

/* What it has */
Json *qmp_query_chardev(QmpClient *c, GError **error);
Json *qmp_query_block(QmpClient *c, GError **error);
Json *qmp_query_blockstats(QmpClient *c, bool nodes, GError **error);
Json *qmp_query_cpus_fast(QmpClient *c, GError **error);

/* Changing it */
bool qmp_balloon(QmpClient *c, uint64_t bytes, GError **error);
bool qmp_device_del(QmpClient *c, const char *id, GError **error);
bool qmp_set_link(QmpClient *c, const char *name, bool up, GError **error);
bool qmp_send_key(QmpClient *c, Json *keys, uint32_t hold_ms, GError **error);
bool qmp_screendump(QmpClient *c, const char *file, const char *device, uint32_t head, GError **error);
bool qmp_set_password(QmpClient *c, const char *protocol, const char *password, const char *connected, GError **error);
bool qmp_expire_password(QmpClient *c, const char *protocol, const char *time, GError **error);
char *qmp_human_monitor_command(QmpClient *c, const char *line, GError **error);
