/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qmp_migrate.h - the commands by which the state of a guest goes elsewhere and comes back */
#pragma once

#include "drivers/qemu/qmp/qmp_client.h"

/* Pass @fd (stays the caller's) under @name, for "fd:NAME"; and take it back if it was not used. */
bool qmp_getfd(QmpClient *c, const char *name, int fd, GError **error);
bool qmp_closefd(QmpClient *c, const char *name, GError **error);

/* Migration.  @on, @off: names, NULL at the end, either list may be NULL. */
bool qmp_migrate_set_capabilities(QmpClient *c, const char *const *on, const char *const *off, GError **error);
bool qmp_migrate_set_parameters(QmpClient *c, Json *params, GError **error); /* takes @params */
Json *qmp_query_migrate_parameters(QmpClient *c, GError **error);
Json *qmp_query_migrate_capabilities(QmpClient *c, GError **error);
bool qmp_migrate(QmpClient *c, const char *uri, bool resume, GError **error);
bool qmp_migrate_incoming(QmpClient *c, const char *uri, GError **error);
bool qmp_migrate_cancel(QmpClient *c, GError **error);
bool qmp_migrate_start_postcopy(QmpClient *c, GError **error);
bool qmp_migrate_pause(QmpClient *c, GError **error);
Json *qmp_query_migrate(QmpClient *c, GError **error);

/* The memory alone, as a core file.  @format: NULL for ELF. */
bool qmp_dump_guest_memory(QmpClient *c, const char *protocol, const char *format, GError **error);
Json *qmp_query_dump(QmpClient *c, GError **error);

/* Disks for the other side to write to. */
bool qmp_nbd_server_start(QmpClient *c, Json *address, GError **error); /* takes @address */
bool qmp_nbd_server_stop(QmpClient *c, GError **error);
