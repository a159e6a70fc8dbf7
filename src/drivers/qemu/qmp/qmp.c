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

static bool
tell_fd(QmpClient *c, const char *command, Json *args, int fd, GError **error)
{
    g_autoptr(Json) reply = qmp_client_call_fd(c, command, args, fd, QMP_CLIENT_TIMEOUT, error);

    return reply != NULL;
}

static Json *
id_args(const char *id)
{
    return with_str(json_new_object(), "id", id);
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
qmp_quit(QmpClient *c, GError **error)
{
    return tell(c, "quit", NULL, error);
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
qmp_query_version(QmpClient *c, GError **error)
{
    return ask(c, "query-version", NULL, json_type_object, error);
}

Json *
qmp_query_target(QmpClient *c, GError **error)
{
    return ask(c, "query-target", NULL, json_type_object, error);
}

Json *
qmp_query_machines(QmpClient *c, GError **error)
{
    return ask(c, "query-machines", NULL, json_type_array, error);
}

Json *
qmp_query_cpu_definitions(QmpClient *c, GError **error)
{
    return ask(c, "query-cpu-definitions", NULL, json_type_array, error);
}

Json *
qmp_query_cpu_model_expansion(QmpClient *c, const char *type, const char *model, GError **error)
{
    Json *args = with_str(json_new_object(), "type", type);

    with(args, "model", with_str(json_new_object(), "name", model));
    return ask(c, "query-cpu-model-expansion", args, json_type_object, error);
}

Json *
qmp_query_commands(QmpClient *c, GError **error)
{
    return ask(c, "query-commands", NULL, json_type_array, error);
}

Json *
qmp_qom_list_types(QmpClient *c, GError **error)
{
    return ask(c, "qom-list-types", NULL, json_type_array, error);
}

Json *
qmp_device_list_properties(QmpClient *c, const char *type, GError **error)
{
    return ask(c, "device-list-properties", with_str(json_new_object(), "typename", type), json_type_array, error);
}

bool
qmp_query_kvm(QmpClient *c, bool *ret_present, bool *ret_enabled, GError **error)
{
    g_autoptr(Json) reply = ask(c, "query-kvm", NULL, json_type_object, error);

    if (!reply)
        return false;
    *ret_present = json_opt_bool(reply, "present", false);
    *ret_enabled = json_opt_bool(reply, "enabled", false);
    return true;
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
qmp_query_named_block_nodes(QmpClient *c, GError **error)
{
    return ask(c, "query-named-block-nodes", with_bool(json_new_object(), "flat", true), json_type_array, error);
}

Json *
qmp_query_cpus_fast(QmpClient *c, GError **error)
{
    return ask(c, "query-cpus-fast", NULL, json_type_array, error);
}

Json *
qmp_query_vnc(QmpClient *c, GError **error)
{
    return ask(c, "query-vnc", NULL, json_type_object, error);
}

Json *
qmp_query_iothreads(QmpClient *c, GError **error)
{
    return ask(c, "query-iothreads", NULL, json_type_array, error);
}

bool
qmp_query_balloon(QmpClient *c, uint64_t *ret_bytes, GError **error)
{
    g_autoptr(Json) reply = ask(c, "query-balloon", NULL, json_type_object, error);

    if (!reply)
        return false;
    *ret_bytes = json_opt_uint64(reply, "actual", 0);
    return true;
}

bool
qmp_balloon(QmpClient *c, uint64_t bytes, GError **error)
{
    return tell(c, "balloon", with_uint(json_new_object(), "value", bytes), error);
}

Json *
qmp_qom_get(QmpClient *c, const char *path, const char *property, GError **error)
{
    return qmp_client_call(c, "qom-get", with_str(with_str(json_new_object(), "path", path), "property", property),
                           QMP_CLIENT_TIMEOUT, error);
}

bool
qmp_qom_set(QmpClient *c, const char *path, const char *property, Json *value, GError **error)
{
    Json *args = with_str(with_str(json_new_object(), "path", path), "property", property);

    return tell(c, "qom-set", with(args, "value", value), error);
}

bool
qmp_device_add(QmpClient *c, Json *device, GError **error)
{
    return tell(c, "device_add", device, error);
}

bool
qmp_device_del(QmpClient *c, const char *id, GError **error)
{
    return tell(c, "device_del", id_args(id), error);
}

bool
qmp_netdev_add(QmpClient *c, Json *netdev, GError **error)
{
    return tell(c, "netdev_add", netdev, error);
}

bool
qmp_netdev_del(QmpClient *c, const char *id, GError **error)
{
    return tell(c, "netdev_del", id_args(id), error);
}

bool
qmp_blockdev_add(QmpClient *c, Json *node, GError **error)
{
    return tell(c, "blockdev-add", node, error);
}

bool
qmp_blockdev_del(QmpClient *c, const char *node, GError **error)
{
    return tell(c, "blockdev-del", with_str(json_new_object(), "node-name", node), error);
}

bool
qmp_object_add(QmpClient *c, Json *object, GError **error)
{
    return tell(c, "object-add", object, error);
}

bool
qmp_object_del(QmpClient *c, const char *id, GError **error)
{
    return tell(c, "object-del", id_args(id), error);
}

bool
qmp_getfd(QmpClient *c, const char *name, int fd, GError **error)
{
    return tell_fd(c, "getfd", with_str(json_new_object(), "fdname", name), fd, error);
}

bool
qmp_closefd(QmpClient *c, const char *name, GError **error)
{
    return tell(c, "closefd", with_str(json_new_object(), "fdname", name), error);
}

bool
qmp_add_fd(QmpClient *c, int64_t fdset, const char *opaque, int fd, GError **error)
{
    return tell_fd(c, "add-fd", with_str(with_uint(json_new_object(), "fdset-id", fdset), "opaque", opaque), fd, error);
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

bool
qmp_blockdev_open_tray(QmpClient *c, const char *id, bool force, GError **error)
{
    return tell(c, "blockdev-open-tray", with_bool(id_args(id), "force", force), error);
}

bool
qmp_blockdev_close_tray(QmpClient *c, const char *id, GError **error)
{
    return tell(c, "blockdev-close-tray", id_args(id), error);
}

bool
qmp_blockdev_remove_medium(QmpClient *c, const char *id, GError **error)
{
    return tell(c, "blockdev-remove-medium", id_args(id), error);
}

bool
qmp_blockdev_insert_medium(QmpClient *c, const char *id, const char *node, GError **error)
{
    return tell(c, "blockdev-insert-medium", with_str(id_args(id), "node-name", node), error);
}

bool
qmp_block_resize(QmpClient *c, const char *node, uint64_t bytes, GError **error)
{
    return tell(c, "block_resize", with_uint(with_str(json_new_object(), "node-name", node), "size", bytes), error);
}

char *
qmp_human_monitor_command(QmpClient *c, const char *line, GError **error)
{
    g_autoptr(Json) reply =
        ask(c, "human-monitor-command", with_str(json_new_object(), "command-line", line), json_type_string, error);

    return reply ? g_strdup(json_object_get_string(reply)) : NULL;
}
