/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qmp.c - QEMU's commands as functions that bear their names */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/qmp/qmp.h"

#include "util/error.h"

/* Arguments grow by these; NULL strings and values are left out. */
static Json *
with_str(Json *object, const char *key, const char *value)
{
    json_add_string(object, key, value);
    return object;
}

static Json *
with_uint(Json *object, const char *key, uint64_t value)
{
    json_add_uint64(object, key, value);
    return object;
}

static Json *
with_bool(Json *object, const char *key, bool value)
{
    json_add_bool(object, key, value);
    return object;
}

static Json *
with(Json *object, const char *key, Json *value)
{
    json_add(object, key, value);
    return object;
}

static Json *
ask(QmpClient *c, const char *command, Json *args, json_type type, GError **error)
{
    Json *reply = qmp_client_call(c, command, args, QMP_CLIENT_TIMEOUT, error);

    if (reply && !json_object_is_type(reply, type)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "QEMU answered '%s' with %s instead of %s", command,
                  json_type_to_name(json_object_get_type(reply)), json_type_to_name(type));
        g_clear_pointer(&reply, json_object_put);
    }
    return reply;
}

static bool
tell(QmpClient *c, const char *command, Json *args, GError **error)
{
    g_autoptr(Json) reply = qmp_client_call(c, command, args, QMP_CLIENT_TIMEOUT, error);

    return reply != NULL;
}

bool
qmp_stop(QmpClient *c, GError **error)
{
    return tell(c, "stop", NULL, error);
}

bool
qmp_cont(QmpClient *c, GError **error)
{
    return tell(c, "cont", NULL, error);
}

bool
qmp_system_powerdown(QmpClient *c, GError **error)
{
    return tell(c, "system_powerdown", NULL, error);
}

bool
qmp_system_reset(QmpClient *c, GError **error)
{
    return tell(c, "system_reset", NULL, error);
}

bool
qmp_system_wakeup(QmpClient *c, GError **error)
{
    return tell(c, "system_wakeup", NULL, error);
}

bool
qmp_inject_nmi(QmpClient *c, GError **error)
{
    return tell(c, "inject-nmi", NULL, error);
}

char *
qmp_query_status(QmpClient *c, bool *ret_running, GError **error)
{
    g_autoptr(Json) reply = ask(c, "query-status", NULL, json_type_object, error);
    const char *status = json_opt_string(reply, "status", NULL);

    if (!reply)
        return NULL;
    if (!status) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "QEMU answered 'query-status' without a status");
        return NULL;
    }
    if (ret_running)
        *ret_running = json_opt_bool(reply, "running", false);
    return g_strdup(status);
}

Json *
qmp_query_chardev(QmpClient *c, GError **error)
{
    return ask(c, "query-chardev", NULL, json_type_array, error);
}

Json *
qmp_query_block(QmpClient *c, GError **error)
{
    return ask(c, "query-block", NULL, json_type_array, error);
}

Json *
qmp_query_blockstats(QmpClient *c, bool nodes, GError **error)
{
    return ask(c, "query-blockstats", nodes ? with_bool(json_new_object(), "query-nodes", true) : NULL, json_type_array,
               error);
}

Json *
qmp_query_cpus_fast(QmpClient *c, GError **error)
{
    return ask(c, "query-cpus-fast", NULL, json_type_array, error);
}

bool
qmp_balloon(QmpClient *c, uint64_t bytes, GError **error)
{
    return tell(c, "balloon", with_uint(json_new_object(), "value", bytes), error);
}

bool
qmp_device_del(QmpClient *c, const char *id, GError **error)
{
    return tell(c, "device_del", with_str(json_new_object(), "id", id), error);
}

bool
qmp_set_link(QmpClient *c, const char *name, bool up, GError **error)
{
    return tell(c, "set_link", with_bool(with_str(json_new_object(), "name", name), "up", up), error);
}

bool
qmp_send_key(QmpClient *c, Json *keys, uint32_t hold_ms, GError **error)
{
    Json *args = with(json_new_object(), "keys", keys);

    if (hold_ms)
        with_uint(args, "hold-time", hold_ms);
    return tell(c, "send-key", args, error);
}

bool
qmp_screendump(QmpClient *c, const char *file, const char *device, uint32_t head, GError **error)
{
    Json *args = with_str(with_str(json_new_object(), "filename", file), "device", device);

    if (device)
        with_uint(args, "head", head);
    return tell(c, "screendump", args, error);
}

bool
qmp_set_password(QmpClient *c, const char *protocol, const char *password, const char *connected, GError **error)
{
    Json *args = with_str(with_str(json_new_object(), "protocol", protocol), "password", password);

    return tell(c, "set_password", with_str(args, "connected", connected), error);
}

bool
qmp_expire_password(QmpClient *c, const char *protocol, const char *time, GError **error)
{
    return tell(c, "expire_password", with_str(with_str(json_new_object(), "protocol", protocol), "time", time), error);
}

char *
qmp_human_monitor_command(QmpClient *c, const char *line, GError **error)
{
    g_autoptr(Json) reply =
        ask(c, "human-monitor-command", with_str(json_new_object(), "command-line", line), json_type_string, error);

    return reply ? g_strdup(json_object_get_string(reply)) : NULL;
}
