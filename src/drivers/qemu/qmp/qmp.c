/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qmp.c - QEMU's commands as functions that bear their names */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/qmp/qmp.h"

#include "util/error.h"

json_object *
qmp_args(void)
{
    return json_object_new_object();
}

json_object *
qmp_str(json_object *object, const char *key, const char *value)
{
    if (value)
        json_object_object_add(object, key, json_object_new_string(value));
    return object;
}

json_object *
qmp_int(json_object *object, const char *key, int64_t value)
{
    json_object_object_add(object, key, json_object_new_int64(value));
    return object;
}

json_object *
qmp_uint(json_object *object, const char *key, uint64_t value)
{
    json_object_object_add(object, key, json_object_new_uint64(value));
    return object;
}

json_object *
qmp_bool(json_object *object, const char *key, bool value)
{
    json_object_object_add(object, key, json_object_new_boolean(value));
    return object;
}

json_object *
qmp_obj(json_object *object, const char *key, json_object *value)
{
    if (value)
        json_object_object_add(object, key, value);
    return object;
}

json_object *
qmp_get(json_object *object, const char *key)
{
    json_object *value = NULL;

    if (json_object_is_type(object, json_type_object))
        json_object_object_get_ex(object, key, &value);
    return value;
}

const char *
qmp_get_str(json_object *object, const char *key)
{
    json_object *value = qmp_get(object, key);

    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

int64_t
qmp_get_int(json_object *object, const char *key)
{
    json_object *value = qmp_get(object, key);

    return json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : 0;
}

uint64_t
qmp_get_uint(json_object *object, const char *key)
{
    json_object *value = qmp_get(object, key);

    return json_object_is_type(value, json_type_int) ? json_object_get_uint64(value) : 0;
}

bool
qmp_get_bool(json_object *object, const char *key)
{
    json_object *value = qmp_get(object, key);

    return json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
}

size_t
qmp_len(json_object *array)
{
    return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

json_object *
qmp_at(json_object *array, size_t i)
{
    return json_object_array_get_idx(array, i);
}

static json_object *
ask(QmpClient *c, const char *command, json_object *args, json_type type, GError **error)
{
    json_object *reply = qmp_client_call(c, command, args, QMP_CLIENT_TIMEOUT, error);

    if (reply && !json_object_is_type(reply, type)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "QEMU answered '%s' with %s instead of %s", command,
                  json_type_to_name(json_object_get_type(reply)), json_type_to_name(type));
        g_clear_pointer(&reply, json_object_put);
    }
    return reply;
}

static bool
tell(QmpClient *c, const char *command, json_object *args, GError **error)
{
    g_autoptr(json_object) reply = qmp_client_call(c, command, args, QMP_CLIENT_TIMEOUT, error);

    return reply != NULL;
}

static bool
tell_fd(QmpClient *c, const char *command, json_object *args, int fd, GError **error)
{
    g_autoptr(json_object) reply = qmp_client_call_fd(c, command, args, fd, QMP_CLIENT_TIMEOUT, error);

    return reply != NULL;
}

static json_object *
id_args(const char *id)
{
    return qmp_str(qmp_args(), "id", id);
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
    g_autoptr(json_object) reply = ask(c, "query-status", NULL, json_type_object, error);
    const char *status = qmp_get_str(reply, "status");

    if (!reply)
        return NULL;
    if (!status) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "QEMU answered 'query-status' without a status");
        return NULL;
    }
    if (ret_running)
        *ret_running = qmp_get_bool(reply, "running");
    return g_strdup(status);
}

json_object *
qmp_query_version(QmpClient *c, GError **error)
{
    return ask(c, "query-version", NULL, json_type_object, error);
}

json_object *
qmp_query_target(QmpClient *c, GError **error)
{
    return ask(c, "query-target", NULL, json_type_object, error);
}

json_object *
qmp_query_machines(QmpClient *c, GError **error)
{
    return ask(c, "query-machines", NULL, json_type_array, error);
}

json_object *
qmp_query_cpu_definitions(QmpClient *c, GError **error)
{
    return ask(c, "query-cpu-definitions", NULL, json_type_array, error);
}

json_object *
qmp_query_cpu_model_expansion(QmpClient *c, const char *type, const char *model, GError **error)
{
    json_object *args = qmp_str(qmp_args(), "type", type);

    qmp_obj(args, "model", qmp_str(qmp_args(), "name", model));
    return ask(c, "query-cpu-model-expansion", args, json_type_object, error);
}

json_object *
qmp_query_commands(QmpClient *c, GError **error)
{
    return ask(c, "query-commands", NULL, json_type_array, error);
}

json_object *
qmp_qom_list_types(QmpClient *c, GError **error)
{
    return ask(c, "qom-list-types", NULL, json_type_array, error);
}

json_object *
qmp_device_list_properties(QmpClient *c, const char *type, GError **error)
{
    return ask(c, "device-list-properties", qmp_str(qmp_args(), "typename", type), json_type_array, error);
}

bool
qmp_query_kvm(QmpClient *c, bool *ret_present, bool *ret_enabled, GError **error)
{
    g_autoptr(json_object) reply = ask(c, "query-kvm", NULL, json_type_object, error);

    if (!reply)
        return false;
    *ret_present = qmp_get_bool(reply, "present");
    *ret_enabled = qmp_get_bool(reply, "enabled");
    return true;
}

json_object *
qmp_query_chardev(QmpClient *c, GError **error)
{
    return ask(c, "query-chardev", NULL, json_type_array, error);
}

json_object *
qmp_query_block(QmpClient *c, GError **error)
{
    return ask(c, "query-block", NULL, json_type_array, error);
}

json_object *
qmp_query_blockstats(QmpClient *c, bool nodes, GError **error)
{
    return ask(c, "query-blockstats", nodes ? qmp_bool(qmp_args(), "query-nodes", true) : NULL, json_type_array,
               error);
}

json_object *
qmp_query_named_block_nodes(QmpClient *c, GError **error)
{
    return ask(c, "query-named-block-nodes", qmp_bool(qmp_args(), "flat", true), json_type_array, error);
}

json_object *
qmp_query_cpus_fast(QmpClient *c, GError **error)
{
    return ask(c, "query-cpus-fast", NULL, json_type_array, error);
}

json_object *
qmp_query_vnc(QmpClient *c, GError **error)
{
    return ask(c, "query-vnc", NULL, json_type_object, error);
}

json_object *
qmp_query_iothreads(QmpClient *c, GError **error)
{
    return ask(c, "query-iothreads", NULL, json_type_array, error);
}

bool
qmp_query_balloon(QmpClient *c, uint64_t *ret_bytes, GError **error)
{
    g_autoptr(json_object) reply = ask(c, "query-balloon", NULL, json_type_object, error);

    if (!reply)
        return false;
    *ret_bytes = qmp_get_uint(reply, "actual");
    return true;
}

bool
qmp_balloon(QmpClient *c, uint64_t bytes, GError **error)
{
    return tell(c, "balloon", qmp_uint(qmp_args(), "value", bytes), error);
}

json_object *
qmp_qom_get(QmpClient *c, const char *path, const char *property, GError **error)
{
    return qmp_client_call(c, "qom-get", qmp_str(qmp_str(qmp_args(), "path", path), "property", property),
                           QMP_CLIENT_TIMEOUT, error);
}

bool
qmp_qom_set(QmpClient *c, const char *path, const char *property, json_object *value, GError **error)
{
    json_object *args = qmp_str(qmp_str(qmp_args(), "path", path), "property", property);

    return tell(c, "qom-set", qmp_obj(args, "value", value), error);
}

bool
qmp_device_add(QmpClient *c, json_object *device, GError **error)
{
    return tell(c, "device_add", device, error);
}

bool
qmp_device_del(QmpClient *c, const char *id, GError **error)
{
    return tell(c, "device_del", id_args(id), error);
}

bool
qmp_netdev_add(QmpClient *c, json_object *netdev, GError **error)
{
    return tell(c, "netdev_add", netdev, error);
}

bool
qmp_netdev_del(QmpClient *c, const char *id, GError **error)
{
    return tell(c, "netdev_del", id_args(id), error);
}

bool
qmp_blockdev_add(QmpClient *c, json_object *node, GError **error)
{
    return tell(c, "blockdev-add", node, error);
}

bool
qmp_blockdev_del(QmpClient *c, const char *node, GError **error)
{
    return tell(c, "blockdev-del", qmp_str(qmp_args(), "node-name", node), error);
}

bool
qmp_object_add(QmpClient *c, json_object *object, GError **error)
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
    return tell_fd(c, "getfd", qmp_str(qmp_args(), "fdname", name), fd, error);
}

bool
qmp_closefd(QmpClient *c, const char *name, GError **error)
{
    return tell(c, "closefd", qmp_str(qmp_args(), "fdname", name), error);
}

bool
qmp_add_fd(QmpClient *c, int64_t fdset, const char *opaque, int fd, GError **error)
{
    return tell_fd(c, "add-fd", qmp_str(qmp_int(qmp_args(), "fdset-id", fdset), "opaque", opaque), fd, error);
}

bool
qmp_set_link(QmpClient *c, const char *name, bool up, GError **error)
{
    return tell(c, "set_link", qmp_bool(qmp_str(qmp_args(), "name", name), "up", up), error);
}

bool
qmp_send_key(QmpClient *c, json_object *keys, uint32_t hold_ms, GError **error)
{
    json_object *args = qmp_obj(qmp_args(), "keys", keys);

    if (hold_ms)
        qmp_uint(args, "hold-time", hold_ms);
    return tell(c, "send-key", args, error);
}

bool
qmp_screendump(QmpClient *c, const char *file, const char *device, uint32_t head, GError **error)
{
    json_object *args = qmp_str(qmp_str(qmp_args(), "filename", file), "device", device);

    if (device)
        qmp_uint(args, "head", head);
    return tell(c, "screendump", args, error);
}

bool
qmp_set_password(QmpClient *c, const char *protocol, const char *password, const char *connected, GError **error)
{
    json_object *args = qmp_str(qmp_str(qmp_args(), "protocol", protocol), "password", password);

    return tell(c, "set_password", qmp_str(args, "connected", connected), error);
}

bool
qmp_expire_password(QmpClient *c, const char *protocol, const char *time, GError **error)
{
    return tell(c, "expire_password", qmp_str(qmp_str(qmp_args(), "protocol", protocol), "time", time), error);
}

bool
qmp_blockdev_open_tray(QmpClient *c, const char *id, bool force, GError **error)
{
    return tell(c, "blockdev-open-tray", qmp_bool(id_args(id), "force", force), error);
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
    return tell(c, "blockdev-insert-medium", qmp_str(id_args(id), "node-name", node), error);
}

bool
qmp_block_resize(QmpClient *c, const char *node, uint64_t bytes, GError **error)
{
    return tell(c, "block_resize", qmp_uint(qmp_str(qmp_args(), "node-name", node), "size", bytes), error);
}

char *
qmp_human_monitor_command(QmpClient *c, const char *line, GError **error)
{
    g_autoptr(json_object) reply =
        ask(c, "human-monitor-command", qmp_str(qmp_args(), "command-line", line), json_type_string, error);

    return reply ? g_strdup(json_object_get_string(reply)) : NULL;
}
