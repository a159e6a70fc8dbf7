/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* object_file.c - definitions, status and ports on disk, in upstream's places and forms */
#define ERROR_FROM VIR_FROM_NETWORK
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/network/object.h"
#include "util/error.h"
#include "util/file.h"
#include "util/log.h"
#include "util/text.h"
#include "util/uuid.h"

LOG_SOURCE("network.object");

enum { MAX_FILE = 16 << 20 };

NetworkDirs network_dirs;

void
network_dirs_init(const DriverEnv *env)
{
    network_dirs = (NetworkDirs){
        .config = g_build_filename(env->config_dir, "qemu", "networks", NULL),
        .autostart = g_build_filename(env->config_dir, "qemu", "networks", "autostart", NULL),
        .state = g_strdup(env->state_dir),
        .run = g_strdup(env->run_dir),
        .run_network = g_build_filename(env->run_dir, "network", NULL),
    };
}

void
network_dirs_clear(void)
{
    g_clear_pointer(&network_dirs.config, g_free);
    g_clear_pointer(&network_dirs.autostart, g_free);
    g_clear_pointer(&network_dirs.state, g_free);
    g_clear_pointer(&network_dirs.run, g_free);
    g_clear_pointer(&network_dirs.run_network, g_free);
}

NetworkHostDirs
network_host_dirs(void)
{
    return (NetworkHostDirs){ .state_dir = network_dirs.state, .run_dir = network_dirs.run };
}

static char *
xml_path(const char *folder, const char *name)
{
    return g_strdup_printf("%s/%s.xml", folder, name);
}

static char *
ports_folder(const NetworkObject *object)
{
    return g_strdup_printf("%s/%s.ports", network_dirs.run_network, object->name);
}

static char *
port_path(const NetworkObject *object, const uint8_t uuid[16])
{
    char text[UUID_TEXT_LEN];

    uuid_format(uuid, text);
    return g_strdup_printf("%s/%s.ports/%s.xml", network_dirs.run_network, object->name, text);
}

static bool
write_document(const char *path, const char *command, const char *body, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *text = g_strdup_printf("<!--\nWARNING: THIS IS AN AUTO-GENERATED FILE. CHANGES TO IT ARE LIKELY TO BE\n"
                                            "OVERWRITTEN AND LOST. Changes to this xml configuration should be made using:\n"
                                            "  virsh %s\nor other application using the libvirt API.\n-->\n\n%s", command, body);

    return file_mkdir_p(folder, 0700, error) && file_write_atomic_text(path, text, 0600, error);
}

bool
network_object_save_config(NetworkObject *object, const Network *config, GError **error)
{
    g_autofree char *path = xml_path(network_dirs.config, object->name);
    g_autofree char *body = xml_format_text(&network_xml, config, XML_FORMAT_INACTIVE | XML_FORMAT_SECURE);
    g_autofree char *command = g_strdup_printf("net-edit %s", object->name);

    return write_document(path, command, body, error);
}

bool
network_object_delete_config(NetworkObject *object, GError **error)
{
    g_autofree char *path = xml_path(network_dirs.config, object->name);
    g_autofree char *link = xml_path(network_dirs.autostart, object->name);

    return file_unlink(link, error) && file_unlink(path, error);
}

bool
network_object_save_status(NetworkObject *object, GError **error)
{
    g_autofree char *path = xml_path(network_dirs.run_network, object->name);
    g_autofree char *body = NULL;
    NetworkStatus status = { 0 };

    lock_acquire(&object->lock);
    status.network = object->live;
    if (status.network)
        body = xml_format_text(&network_status_xml, &status, XML_FORMAT_STATUS | XML_FORMAT_SECURE);
    lock_release(&object->lock);
    if (!body)
        return true;
    /* Lives on a tmpfs and is worthless after a boot: no need to wait for a disk. */
    return file_mkdir_p(network_dirs.run_network, 0755, error) && file_write_atomic_text(path, body, 0600, error);
}

void
network_object_delete_status(NetworkObject *object)
{
    g_autofree char *path = xml_path(network_dirs.run_network, object->name);
    g_autoptr(GError) error = NULL;

    if (!file_unlink(path, &error))
        log_gerror(error, "status of network '%s'", object->name);
}

bool
network_object_set_autostart(NetworkObject *object, bool on, GError **error)
{
    g_autofree char *path = xml_path(network_dirs.config, object->name);
    g_autofree char *link = xml_path(network_dirs.autostart, object->name);

    if (!on)
        return file_unlink(link, error);
    return file_mkdir_p(network_dirs.autostart, 0700, error) && file_symlink(path, link, error);
}

bool
network_object_save_port(NetworkObject *object, const NetworkPort *port, GError **error)
{
    g_autofree char *path = port_path(object, port->uuid);
    g_autofree char *folder = ports_folder(object);
    g_autofree char *body = xml_format_text(&network_port_xml, port, XML_FORMAT_STATUS);

    return file_mkdir_p(folder, 0700, error) && file_write_atomic_text(path, body, 0600, error);
}

void
network_object_delete_port(NetworkObject *object, const uint8_t uuid[16])
{
    g_autofree char *path = port_path(object, uuid);
    g_autofree char *folder = ports_folder(object);
    g_autoptr(GError) error = NULL;

    if (!file_unlink(path, &error))
        log_gerror(error, "port of network '%s'", object->name);
    rmdir(folder); /* when it was the last */
}

static void *
read_document(const XmlStruct *type, const char *path, unsigned flags)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    void *document = NULL;

    if (file_read_limited(path, MAX_FILE, &text, NULL, &error))
        document = xml_parse_text(type, text, flags, &error);
    if (!document)
        log_gerror(error, "file '%s' is left alone", path);
    return document;
}

/* Call @take with the name and path of every NAME.xml of @folder. */
static void
each_file(const char *folder, void (*take)(const char *name, const char *path, void *data), void *data)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *file = NULL;

    while (dir && (file = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, file, NULL);
        g_autofree char *name = NULL;

        if (!g_str_has_suffix(file, ".xml") || g_file_test(path, G_FILE_TEST_IS_DIR))
            continue;
        name = g_strndup(file, strlen(file) - strlen(".xml"));
        take(name, path, data);
    }
}

static void
take_port(const char *name, const char *path, void *data)
{
    NetworkObject *object = data;
    NetworkPort *port = read_document(&network_port_xml, path, XML_PARSE_STATUS);
    g_auto(LockHold) hold = lock_hold(&object->lock);

    if (port)
        g_ptr_array_add(object->ports, port);
}

static bool
is_for(const Network *network, const char *name, const char *path)
{
    if (!network)
        return false;
    if (strcmp(network->name, name) == 0)
        return true;
    log_warning("file '%s' describes network '%s' and is left alone; rename it to fit", path, network->name);
    return false;
}

static void
take_config(const char *name, const char *path, void *data)
{
    g_autoptr(Network) network = read_document(&network_xml, path, XML_PARSE_INACTIVE);
    g_autoptr(GError) error = NULL;
    g_autoptr(NetworkObject) object = NULL;
    g_autofree char *link = xml_path(network_dirs.autostart, name);
    g_autofree char *ports = NULL;

    if (!is_for(network, name, path))
        return;
    if (!uuid_is_valid(network->uuid))
        uuid_generate(network->uuid);
    object = network_object_get(network, &error);
    if (!object) {
        log_gerror(error, "file '%s' is left alone", path);
        return;
    }
    lock_acquire(&object->lock);
    network_free(object->config);
    object->config = g_steal_pointer(&network);
    object->autostart = access(link, F_OK) == 0;
    lock_release(&object->lock);
}

static void
take_status(const char *name, const char *path, void *data)
{
    NetworkStatus *status = read_document(&network_status_xml, path, XML_PARSE_STATUS);
    g_autoptr(GError) error = NULL;
    g_autoptr(NetworkObject) object = NULL;

    if (status && is_for(status->network, name, path))
        object = network_object_get(status->network, &error);
    if (object) {
        lock_acquire(&object->lock);
        /* At a reload the daemon knows better. */
        if (!object->live)
            object->live = g_steal_pointer(&status->network);
        lock_release(&object->lock);
    } else if (error) {
        log_gerror(error, "file '%s' is left alone", path);
    }
    if (status)
        network_status_free(status);
}

void
network_object_load_all(void)
{
    g_autoptr(GPtrArray) list = NULL;

    each_file(network_dirs.config, take_config, NULL);
    each_file(network_dirs.run_network, take_status, NULL);
    list = network_object_list();
    for (guint i = 0; i < list->len; i++) {
        NetworkObject *object = list->pdata[i];
        g_autofree char *folder = ports_folder(object);
        bool have_ports = false;

        lock_acquire(&object->lock);
        have_ports = object->ports->len > 0;
        lock_release(&object->lock);
        if (!have_ports)
            each_file(folder, take_port, object);
    }
}
