/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qmp_migrate.c - the commands by which the state of a guest goes elsewhere and comes back */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/qmp/qmp_migrate.h"

#include "util/error.h"

static bool
tell(QmpClient *c, const char *command, Json *args, GError **error)
{
    g_autoptr(Json) reply = qmp_client_call(c, command, args, QMP_CLIENT_TIMEOUT, error);

    return reply != NULL;
}

static Json *
ask(QmpClient *c, const char *command, GError **error)
{
    return qmp_client_call(c, command, NULL, QMP_CLIENT_TIMEOUT, error);
}

/* One text argument. */
static Json *
text(const char *key, const char *value)
{
    Json *args = json_new_object();

    json_add_string(args, key, value);
    return args;
}

bool
qmp_getfd(QmpClient *c, const char *name, int fd, GError **error)
{
    g_autoptr(Json) reply = qmp_client_call_fd(c, "getfd", text("fdname", name), fd, QMP_CLIENT_TIMEOUT, error);

    return reply != NULL;
}

bool
qmp_closefd(QmpClient *c, const char *name, GError **error)
{
    return tell(c, "closefd", text("fdname", name), error);
}

static void
append_capabilities(Json *list, const char *const *names, bool state)
{
    for (; names && *names; names++) {
        Json *one = text("capability", *names);

        json_add_bool(one, "state", state);
        json_append(list, one);
    }
}

bool
qmp_migrate_set_capabilities(QmpClient *c, const char *const *on, const char *const *off, GError **error)
{
    Json *args = json_new_object(), *list = json_new_array();

    append_capabilities(list, off, false);
    append_capabilities(list, on, true);
    json_add(args, "capabilities", list);
    return tell(c, "migrate-set-capabilities", args, error);
}

bool
qmp_migrate_set_parameters(QmpClient *c, Json *params, GError **error)
{
    return tell(c, "migrate-set-parameters", params, error);
}

Json *
qmp_query_migrate_parameters(QmpClient *c, GError **error)
{
    return ask(c, "query-migrate-parameters", error);
}

Json *
qmp_query_migrate_capabilities(QmpClient *c, GError **error)
{
    return ask(c, "query-migrate-capabilities", error);
}

bool
qmp_migrate(QmpClient *c, const char *uri, bool resume, GError **error)
{
    Json *args = text("uri", uri);

    if (resume)
        json_add_bool(args, "resume", true);
    return tell(c, "migrate", args, error);
}

bool
qmp_migrate_incoming(QmpClient *c, const char *uri, GError **error)
{
    return tell(c, "migrate-incoming", text("uri", uri), error);
}

bool
qmp_migrate_cancel(QmpClient *c, GError **error)
{
    return tell(c, "migrate_cancel", NULL, error);
}

bool
qmp_migrate_start_postcopy(QmpClient *c, GError **error)
{
    return tell(c, "migrate-start-postcopy", NULL, error);
}

bool
qmp_migrate_pause(QmpClient *c, GError **error)
{
    return tell(c, "migrate-pause", NULL, error);
}

Json *
qmp_query_migrate(QmpClient *c, GError **error)
{
    return ask(c, "query-migrate", error);
}

bool
qmp_dump_guest_memory(QmpClient *c, const char *protocol, const char *format, GError **error)
{
    Json *args = text("protocol", protocol);

    json_add_bool(args, "paging", false);
    json_add_bool(args, "detach", true);
    json_add_string(args, "format", format);
    return tell(c, "dump-guest-memory", args, error);
}

Json *
qmp_query_dump(QmpClient *c, GError **error)
{
    return ask(c, "query-dump", error);
}

bool
qmp_nbd_server_start(QmpClient *c, Json *address, GError **error)
{
    Json *args = json_new_object();

    json_add(args, "addr", address);
    return tell(c, "nbd-server-start", args, error);
}

bool
qmp_nbd_server_stop(QmpClient *c, GError **error)
{
    return tell(c, "nbd-server-stop", NULL, error);
}
