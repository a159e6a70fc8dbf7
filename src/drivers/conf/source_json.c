/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* source_json.c - properties of QEMU's block devices to images
 *
 * The members are those of BlockdevOptions in QEMU's QMP reference, and the older ones that images of their time have.
 */
#define ERROR_FROM VIR_FROM_STORAGE
#include <stdio.h>
#include <string.h>

#include "drivers/conf/source_private.h"
#include "util/error.h"
#include "util/text.h"

enum { LAYERS_MAX = 10 };

/* A member that QEMU takes as a number or as a text of one. */
static bool
read_number(Json *object, const char *key, uint64_t *ret)
{
    const char *text = json_opt_string(object, key, NULL);
    int64_t number = json_opt_int64(object, key, -1);

    if (text)
        return text_parse_uint64(text, 10, ret);
    if (number < 0)
        return false;
    *ret = (uint64_t)number;
    return true;
}

/* One of several servers: {type, host, port} or {type, path}, which gluster called socket. */
static bool
read_server(Json *server, Store *store, const char *text, GError **error)
{
    const char *type = json_opt_string(server, "type", "tcp");
    const char *path = json_opt_string(server, "path", json_opt_string(server, "socket", NULL));
    const char *name = json_opt_string(server, "host", NULL);

    if (!strcmp(type, "unix")) {
        if (!path)
            return source_refuse(error, text, "a server of type 'unix' has no path");
        source_add_unix_host(store, path);
        return true;
    }
    if (strcmp(type, "tcp") && strcmp(type, "inet"))
        return source_refuse(error, text, "a server is of an unknown type");
    if (!name)
        return source_refuse(error, text, "a server has no host");
    source_add_inet_host(store, name, json_opt_string(server, "port", NULL));
    return true;
}

/* An array; or an object with members "0", "1" ..., which is the same with dots for brackets; or one server. */
static bool
read_servers(Json *object, Store *store, bool required, const char *text, GError **error)
{
    Json *array = json_opt_array(object, "server"), *one = json_opt_object(object, "server");

    for (size_t i = 0; array && i < json_array_len(array); i++) {
        if (!json_object_is_type(json_array_at(array, i), json_type_object))
            return source_refuse(error, text, "a server is no object");
        if (!read_server(json_array_at(array, i), store, text, error))
            return false;
    }
    if (one && json_has(one, "0")) {
        for (int i = 0;; i++) {
            g_autofree char *key = g_strdup_printf("%d", i);
            Json *server = json_opt_object(one, key);

            if (!server)
                break;
            if (!read_server(server, store, text, error))
                return false;
        }
    } else if (one && !read_server(one, store, text, error)) {
        return false;
    }
    return !required || store->hosts || source_refuse(error, text, "it has no server");
}

/* Old options had one server's host and port beside the rest. */
static bool
read_server_or_host(Json *object, Store *store, const char *text, GError **error)
{
    const char *host = json_opt_string(object, "host", NULL), *path = json_opt_string(object, "path", NULL);

    if (json_has(object, "server"))
        return read_servers(object, store, true, text, error);
    if (host)
        source_add_inet_host(store, host, json_opt_string(object, "port", NULL));
    else if (path && store->protocol == NET_PROTOCOL_NBD)
        source_add_unix_host(store, path);
    else
        return source_refuse(error, text, "it has no server");
    return true;
}

static bool
take(Json *object, const char *key, char **ret, const char *text, GError **error)
{
    g_autofree char *why = NULL;
    const char *value = json_opt_string(object, key, NULL);

    if (value) {
        *ret = g_strdup(value);
        return true;
    }
    why = g_strdup_printf("'%s' is missing or no text", key);
    return source_refuse(error, text, why);
}

static bool
json_file(Json *object, Store *store, const char *text, GError **error)
{
    store->type = strcmp(json_opt_string(object, "driver", ""), "file") ? DISK_TYPE_BLOCK : DISK_TYPE_FILE;
    return take(object, "filename", &store->path, text, error);
}

static void
read_cookies(const char *text, Store *store)
{
    g_auto(GStrv) pairs = g_strsplit(text, ";", -1);

    for (char **pair = pairs; *pair; pair++) {
        char *equal = strchr(*pair, '=');
        Cookie *cookie;

        if (!equal)
            continue;
        if (!store->cookies)
            store->cookies = g_ptr_array_new();
        cookie = xml_new(&cookie_xml);
        cookie->name = g_strstrip(g_strndup(*pair, equal - *pair));
        cookie->value = g_strdup(equal + 1);
        g_ptr_array_add(store->cookies, cookie);
    }
}

static bool
json_curl(Json *object, Store *store, const char *text, GError **error)
{
    const char *url = json_opt_string(object, "url", json_opt_string(object, "filename", NULL));
    const char *cookie = json_opt_string(object, "cookie", NULL);

    if (!url)
        return source_refuse(error, text, "'url' is missing or no text");
    if (!source_read_uri(url, store, error))
        return false;
    if (json_has(object, "sslverify")) {
        const char *word = json_opt_string(object, "sslverify", NULL);
        bool on = word ? !strcmp(word, "on") : json_opt_bool(object, "sslverify", true);

        store->ssl_verify = on ? YESNO_YES : YESNO_NO;
    }
    if (cookie)
        read_cookies(cookie, store);
    return (!json_has(object, "timeout") || read_number(object, "timeout", &store->timeout) ||
            source_refuse(error, text, "'timeout' is no number")) &&
           (!json_has(object, "readahead") || read_number(object, "readahead", &store->readahead) ||
            source_refuse(error, text, "'readahead' is no number"));
}

static bool
json_gluster(Json *object, Store *store, const char *text, GError **error)
{
    const char *uri = json_opt_string(object, "filename", NULL);
    g_autofree char *volume = NULL;
    g_autofree char *path = NULL;

    if (uri)
        return source_read_uri(uri, store, error);
    if (!take(object, "volume", &volume, text, error) || !take(object, "path", &path, text, error))
        return false;
    store->path = g_strdup_printf("%s/%s", volume, path[0] == '/' ? path + 1 : path);
    return read_servers(object, store, true, text, error);
}

static bool
json_iscsi(Json *object, Store *store, const char *text, GError **error)
{
    const char *uri = json_opt_string(object, "filename", NULL);
    g_autofree char *portal = NULL;
    g_autofree char *target = NULL;
    uint64_t lun = 0;

    if (uri)
        return source_read_uri(uri, store, error);
    if (g_strcmp0(json_opt_string(object, "transport", "tcp"), "tcp"))
        return source_refuse(error, text, "iSCSI is supported over TCP only");
    if (!take(object, "portal", &portal, text, error) || !take(object, "target", &target, text, error))
        return false;
    if (json_has(object, "lun") && !read_number(object, "lun", &lun))
        return source_refuse(error, text, "'lun' is no number");
    source_add_host_text(store, portal);
    store->path = g_strdup_printf("%s/%" G_GUINT64_FORMAT, target, lun);
    return true;
}

static bool
json_nbd(Json *object, Store *store, const char *text, GError **error)
{
    const char *uri = json_opt_string(object, "filename", NULL);

    if (uri)
        return g_str_has_prefix(uri, "nbd:") && !strstr(uri, "://") ? source_read_nbd(uri + strlen("nbd:"), store, text, error)
                                                                      : source_read_uri(uri, store, error);
    store->path = g_strdup(json_opt_string(object, "export", NULL));
    return read_server_or_host(object, store, text, error);
}

static bool
json_sheepdog(Json *object, Store *store, const char *text, GError **error)
{
    const char *name = json_opt_string(object, "filename", NULL);

    if (name && strstr(name, "://"))
        return source_read_uri(name, store, error);
    if (name && g_str_has_prefix(name, "sheepdog:"))
        return source_read_sheepdog(name + strlen("sheepdog:"), store, text, error);
    return take(object, "vdi", &store->path, text, error) && read_servers(object, store, true, text, error);
}

static bool
json_ssh(Json *object, Store *store, const char *text, GError **error)
{
    const char *uri = json_opt_string(object, "filename", NULL);
    Json *check = json_opt_object(object, "host-key-check");
    const char *mode = json_opt_string(object, "host_key_check", check ? json_opt_string(check, "mode", "") : "");

    store->ssh_user = g_strdup(json_opt_string(object, "user", NULL));
    store->ssh_any_host_key = !strcmp(mode, "no") || !strcmp(mode, "none");
    if (uri)
        return source_read_uri(uri, store, error);
    return take(object, "path", &store->path, text, error) && read_server_or_host(object, store, text, error);
}

static bool
json_rbd(Json *object, Store *store, const char *text, GError **error)
{
    const char *name = json_opt_string(object, "filename", NULL), *space = json_opt_string(object, "namespace", NULL);
    g_autofree char *pool = NULL;
    g_autofree char *image = NULL;

    if (name)
        return g_str_has_prefix(name, "rbd:") ? source_read_rbd(name + strlen("rbd:"), store, text, error)
                                              : source_refuse(error, text, "'filename' does not begin with 'rbd:'");
    if (!take(object, "pool", &pool, text, error) || !take(object, "image", &image, text, error))
        return false;
    store->path = space ? g_strdup_printf("%s/%s/%s", pool, space, image) : g_strdup_printf("%s/%s", pool, image);
    store->net_snapshot = g_strdup(json_opt_string(object, "snapshot", NULL));
    store->net_config = g_strdup(json_opt_string(object, "conf", NULL));
    return read_servers(object, store, false, text, error);
}

static bool
json_vxhs(Json *object, Store *store, const char *text, GError **error)
{
    return take(object, "vdisk-id", &store->path, text, error) && read_servers(object, store, true, text, error);
}

static bool
json_nfs(Json *object, Store *store, const char *text, GError **error)
{
    uint64_t id;

    if (read_number(object, "user", &id))
        store->id_user = g_strdup_printf("+%" G_GUINT64_FORMAT, id);
    if (read_number(object, "group", &id))
        store->id_group = g_strdup_printf("+%" G_GUINT64_FORMAT, id);
    return take(object, "path", &store->path, text, error) && read_servers(object, store, true, text, error);
}

/* "0000:01:00.0" */
static bool
json_nvme(Json *object, Store *store, const char *text, GError **error)
{
    PciAddress *a = &store->nvme_address;
    const char *device = json_opt_string(object, "device", "");
    int end = -1;

    store->type = DISK_TYPE_NVME;
    store->nvme_type = g_strdup("pci");
    if (sscanf(device, "%4x:%2x:%2x.%1x%n", &a->domain, &a->bus, &a->slot, &a->function, &end) != 4 ||
        (size_t)end != strlen(device) || a->slot > 0x1f || a->function > 7)
        return source_refuse(error, text, "'device' is no PCI address");
    return read_number(object, "namespace", &store->namespace) || source_refuse(error, text, "'namespace' is no number");
}

static bool
json_vvfat(Json *object, Store *store, const char *text, GError **error)
{
    store->type = DISK_TYPE_DIR;
    store->format = DISK_FORMAT_FAT;
    return take(object, "dir", &store->path, text, error);
}

static bool
json_vdpa(Json *object, Store *store, const char *text, GError **error)
{
    store->type = DISK_TYPE_VHOSTVDPA;
    return take(object, "path", &store->path, text, error);
}

static const struct {
    const char *driver;
    NetProtocol protocol;
    bool (*read)(Json *object, Store *store, const char *text, GError **error);
} drivers[] = {
    { "file", 0, json_file },
    { "host_device", 0, json_file },
    { "host_cdrom", 0, json_file },
    { "http", NET_PROTOCOL_HTTP, json_curl },
    { "https", NET_PROTOCOL_HTTPS, json_curl },
    { "ftp", NET_PROTOCOL_FTP, json_curl },
    { "ftps", NET_PROTOCOL_FTPS, json_curl },
    { "tftp", NET_PROTOCOL_TFTP, json_curl },
    { "gluster", NET_PROTOCOL_GLUSTER, json_gluster },
    { "iscsi", NET_PROTOCOL_ISCSI, json_iscsi },
    { "nbd", NET_PROTOCOL_NBD, json_nbd },
    { "sheepdog", NET_PROTOCOL_SHEEPDOG, json_sheepdog },
    { "ssh", NET_PROTOCOL_SSH, json_ssh },
    { "rbd", NET_PROTOCOL_RBD, json_rbd },
    { "vxhs", NET_PROTOCOL_VXHS, json_vxhs },
    { "nfs", NET_PROTOCOL_NFS, json_nfs },
    { "nvme", 0, json_nvme },
    { "vvfat", 0, json_vvfat },
    { "virtio-blk-vhost-vdpa", 0, json_vdpa },
};

/* A raw image may be a part of what is below it. */
static bool
read_slice(Json *object, Store *store, const char *text, GError **error)
{
    Slice *slice;
    uint64_t offset = 0, size;

    if (!json_has(object, "offset") && !json_has(object, "size"))
        return true;
    if ((json_has(object, "offset") && !read_number(object, "offset", &offset)) || !read_number(object, "size", &size))
        return source_refuse(error, text, "'offset' and 'size' of a part must be numbers");
    slice = xml_new(&slice_xml);
    slice->type = g_strdup("storage");
    slice->offset = offset;
    slice->size = size;
    store->slices = g_ptr_array_new();
    g_ptr_array_add(store->slices, slice);
    return true;
}

static bool
read_properties(Json *object, Store *store, const char *text, GError **error)
{
    for (int layer = 0; layer < LAYERS_MAX; layer++) {
        const char *driver = json_opt_string(object, "driver", NULL);
        Json *below = json_opt_object(object, "file");

        for (size_t i = 0; driver && i < G_N_ELEMENTS(drivers); i++) {
            if (strcmp(driver, drivers[i].driver))
                continue;
            if (drivers[i].protocol) {
                store->type = DISK_TYPE_NETWORK;
                store->protocol = drivers[i].protocol;
            }
            return drivers[i].read(object, store, text, error);
        }
        if (driver && strcmp(driver, "raw"))
            return source_refuse(error, text, "its driver is not known");
        if (!below)
            return source_refuse(error, text, "it has no driver");
        if (driver && store->slices)
            return source_refuse(error, text, "a part of a part");
        if (driver && !read_slice(object, store, text, error))
            return false;
        object = below;
    }
    return source_refuse(error, text, "it has too many layers");
}

bool
source_read_json(const char *rest, Store *store, const char *text, GError **error)
{
    g_autoptr(Json) flat = json_parse(rest, -1, "backing file string", error);
    g_autoptr(Json) object = NULL;

    if (!flat)
        return false;
    if (!json_object_is_type(flat, json_type_object))
        return source_refuse(error, text, "it is no object");
    object = json_deflatten(flat, error);
    return object && read_properties(object, store, text, error);
}
