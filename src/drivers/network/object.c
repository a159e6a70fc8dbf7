/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* object.c - the kind of the driver's objects, and their status and ports on disk */
#define ERROR_FROM VIR_FROM_NETWORK
#include "drivers/network/object.h"

#include <libvirt/libvirt.h>
#include <string.h>
#include <unistd.h>

#include "drivers/common/state.h"
#include "drivers/network/macs.h"
#include "util/error.h"
#include "util/file.h"
#include "util/log.h"
#include "util/uuid.h"

LOG_SOURCE("network.object");

NetworkDirs network_dirs;

void
network_object_init(NetworkObject *network)
{
    NetworkState *state = network->host = g_new0(NetworkState, 1);

    state->host = (NetworkHost)NETWORK_HOST_INIT;
    state->alone = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

void
network_object_clear(NetworkObject *network)
{
    NetworkState *state = network->host;

    g_hash_table_unref(state->alone);
    process_release(&state->host.dnsmasq);
    g_free(state);
}

void
network_dirs_init(const DriverEnv *env)
{
    network_dirs = (NetworkDirs){
        .state = g_strdup(env->state_dir),
        .run = g_strdup(env->run_dir),
        .run_network = g_build_filename(env->run_dir, "network", NULL),
    };
}

void
network_dirs_clear(void)
{
    g_clear_pointer(&network_dirs.state, g_free);
    g_clear_pointer(&network_dirs.run, g_free);
    g_clear_pointer(&network_dirs.run_network, g_free);
}

NetworkHostDirs
network_host_dirs(void)
{
    return (NetworkHostDirs){ .state_dir = network_dirs.state, .run_dir = network_dirs.run };
}

bool
network_object_bridge_taken(ObjectTable *table, const char *name, const Object *except)
{
    g_autoptr(GPtrArray) list = object_table_list(table);

    for (guint i = 0; i < list->len; i++) {
        g_autoptr(Def) live = object_live(list->pdata[i]);
        g_autoptr(Def) config = object_config(list->pdata[i], NULL);

        if (list->pdata[i] != except &&
            ((live && g_strcmp0(((const Network *)live->doc)->bridge, name) == 0) ||
             (config && g_strcmp0(((const Network *)config->doc)->bridge, name) == 0)))
            return true;
    }
    return false;
}

static char *
ports_folder(Object *object)
{
    g_autofree char *name = object_name(object);

    return g_strdup_printf("%s/%s.ports", network_dirs.run_network, name);
}

static char *
port_path(Object *object, const uint8_t uuid[16])
{
    g_autofree char *folder = ports_folder(object);
    char text[UUID_TEXT_LEN];

    uuid_format(uuid, text);
    return g_strdup_printf("%s/%s.xml", folder, text);
}

bool
network_object_save_status(Object *object, GError **error)
{
    g_autoptr(Def) live = object_live(object);
    g_autofree char *name = object_name(object);
    g_autofree char *body = NULL;
    NetworkStatus status = { 0 };

    if (!live)
        return true;
    status.network = live->doc;
    body = xml_format_text(&network_status_xml, &status, XML_FORMAT_STATUS | XML_FORMAT_SECURE);
    return state_save_text(network_dirs.run_network, name, "net-edit", body, error);
}

void
network_object_delete_status(Object *object)
{
    g_autofree char *name = object_name(object);
    g_autoptr(GError) error = NULL;

    if (!state_delete(network_dirs.run_network, name, &error))
        log_gerror(error, "status of network '%s'", name);
}

/* BRIDGE.macs, beside the leases. */
static char *
macs_path(Object *object)
{
    g_autoptr(Def) live = object_live(object);
    const char *bridge = live ? ((const Network *)live->doc)->bridge : NULL;

    return bridge ? g_strdup_printf("%s/dnsmasq/%s.macs", network_dirs.state, bridge) : NULL;
}

/* Only the NSS module needs it, so that nothing fails where it cannot be written. */
void
network_object_save_macs(Object *object)
{
    GPtrArray *ports = ((NetworkObject *)object)->ports;
    g_autofree char *path = macs_path(object);
    g_autoptr(NetworkMacs) macs = network_macs_new();
    g_autofree char *folder = NULL, *text = NULL;
    g_autoptr(GError) error = NULL;

    if (!path)
        return;
    lock_acquire(&object->lock);
    for (guint i = 0; i < ports->len; i++) {
        const NetworkPort *port = ports->pdata[i];

        network_macs_add(macs, port->owner_name, port->mac);
    }
    lock_release(&object->lock);
    folder = g_path_get_dirname(path);
    text = network_macs_format(macs);
    if (!file_mkdir_p(folder, 0755, &error) || !file_write_atomic_text(path, text, 0644, &error))
        log_gerror(error, "MAC addresses of guests");
}

void
network_object_delete_macs(Object *object)
{
    g_autofree char *path = macs_path(object);
    g_autoptr(GError) error = NULL;

    if (path && !file_unlink(path, &error))
        log_gerror(error, "MAC addresses of guests");
}

bool
network_object_save_port(Object *object, const NetworkPort *port, GError **error)
{
    g_autofree char *path = port_path(object, port->uuid);
    g_autofree char *folder = ports_folder(object);
    g_autofree char *body = xml_format_text(&network_port_xml, port, XML_FORMAT_STATUS);

    if (!file_mkdir_p(folder, 0700, error) || !file_write_atomic_text(path, body, 0600, error))
        return false;
    network_object_save_macs(object);
    return true;
}

void
network_object_delete_port(Object *object, const uint8_t uuid[16])
{
    g_autofree char *path = port_path(object, uuid);
    g_autofree char *folder = ports_folder(object);
    g_autoptr(GError) error = NULL;

    if (!file_unlink(path, &error))
        log_gerror(error, "port of a network");
    rmdir(folder); /* when it was the last */
    network_object_save_macs(object);
}

static void *
read_document(const XmlStruct *type, const char *folder, const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = state_path(folder, name);
    g_autofree char *text = state_read(path, &error);
    void *document = text ? xml_parse_text(type, text, XML_PARSE_STATUS, &error) : NULL;

    if (!document)
        log_gerror(error, "file '%s' is left alone", path);
    return document;
}

static void
load_status(ObjectTable *table, const char *name)
{
    NetworkStatus *status = read_document(&network_status_xml, network_dirs.run_network, name);
    g_autoptr(GError) error = NULL;
    g_autoptr(Object) object = status ? object_table_claim(table, status->network, &error) : NULL;

    if (object)
        object_set_live(object, g_steal_pointer(&status->network));
    else if (error)
        log_gerror(error, "status of network '%s' is left alone", name);
    if (status)
        network_status_free(status);
}

static void
load_ports(NetworkObject *network)
{
    g_autofree char *folder = ports_folder(&network->object);
    g_autoptr(GPtrArray) names = state_names(folder, NULL);

    for (guint i = 0; names && i < names->len; i++) {
        NetworkPort *port = read_document(&network_port_xml, folder, names->pdata[i]);
        g_auto(LockHold) hold = lock_hold(&network->object.lock);

        if (port)
            g_ptr_array_add(network->ports, port);
    }
}

ObjectTable *
network_object_load(const DriverEnv *env, const NetworkOps *ops, GError **error)
{
    g_autofree char *config = g_build_filename(env->config_dir, "qemu", "networks", NULL);
    g_autofree char *links = g_build_filename(config, "autostart", NULL);
    const ObjectDirs dirs = { .config = config,
                              .autostart = links,
                              .status = network_dirs.run_network };
    ObjectTable *table = object_table_new(&network_kind, env->hub, &dirs, ops);
    g_autoptr(GPtrArray) names = NULL, list = NULL;

    if (!object_table_load(table, error)) {
        object_table_free(table);
        return NULL;
    }
    names = state_names(network_dirs.run_network, NULL);
    for (guint i = 0; names && i < names->len; i++)
        load_status(table, names->pdata[i]);
    list = object_table_list(table);
    for (guint i = 0; i < list->len; i++) {
        load_ports(list->pdata[i]);
        network_count_ports(list->pdata[i]);
    }
    return table;
}
