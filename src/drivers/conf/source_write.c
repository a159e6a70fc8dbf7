/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* source_write.c - images to properties of QEMU's block devices, and to backing file strings */
#define ERROR_FROM VIR_FROM_STORAGE
#include <string.h>

#include "drivers/conf/source.h"
#include "util/error.h"
#include "util/text.h"

#define URI_SAFE "/" /* beside letters, digits and "-._~" */

static const SourceContext only_location = { 0 };

static bool
refuse(GError **error, const Store *store, const char *why)
{
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "image '%s' of protocol '%s': %s", store->path ? store->path : "",
              net_protocol_words[store->protocol], why);
    return false;
}

static unsigned
port_of(const Store *store, const NetHost *host)
{
    return host->has_port ? host->port : source_default_port(store->protocol);
}

static const NetHost *
first_host(const Store *store)
{
    return store->hosts && store->hosts->len ? store->hosts->pdata[0] : NULL;
}

/* The one server of @store, over TCP. */
static const NetHost *
only_host(const Store *store, GError **error)
{
    const NetHost *host = first_host(store);

    if (!host || store->hosts->len != 1 || host->transport != NET_TRANSPORT_TCP) {
        refuse(error, store, "it needs exactly one <host>, over TCP");
        return NULL;
    }
    return host;
}

static Json *
server(const Store *store, const NetHost *host, bool with_type)
{
    Json *object = json_new_object();
    g_autofree char *port = g_strdup_printf("%u", port_of(store, host));

    if (host->transport == NET_TRANSPORT_UNIX) {
        json_add_string(object, "type", "unix");
        json_add_string(object, "path", host->socket);
        return object;
    }
    if (with_type)
        json_add_string(object, "type", "inet");
    json_add_string(object, "host", host->name);
    json_add_string(object, "port", port);
    return object;
}

static Json *
servers(const Store *store, bool with_type)
{
    Json *array = json_new_array();

    for (guint i = 0; store->hosts && i < store->hosts->len; i++)
        json_append(array, server(store, store->hosts->pdata[i], with_type));
    return array;
}

/* "host:port", with brackets round an IPv6 address. */
static char *
host_and_port(const Store *store, const NetHost *host)
{
    const char *fmt = strchr(host->name, ':') ? "[%s]:%u" : "%s:%u";

    return g_strdup_printf(fmt, host->name, port_of(store, host));
}

/* SCHEME://HOST:PORT/PATH?QUERY */
static char *
uri(const Store *store, const NetHost *host)
{
    const char *path = store->path ? store->path : "", *query = store->query;
    g_autofree char *where = host_and_port(store, host);
    /* An NBD export may begin with a slash; a path on a server does so anyway. */
    g_autofree char *escaped = g_uri_escape_string(store->protocol == NET_PROTOCOL_NBD ? path : path + strspn(path, "/"),
                                                   URI_SAFE, FALSE);
    const char *transport = host->transport == NET_TRANSPORT_TCP ? "" : net_transport_words[host->transport];

    return g_strdup_printf("%s%s%s://%s%s%s%s%s", net_protocol_words[store->protocol], transport[0] ? "+" : "", transport,
                           where, store->path ? "/" : "", escaped, query ? "?" : "", query ? query : "");
}

static bool
add_curl(Json *object, const Store *store, const SourceContext *context, GError **error)
{
    const NetHost *host = only_host(store, error);
    g_autofree char *url = host ? uri(store, host) : NULL;

    if (!host)
        return false;
    json_add_string(object, "url", url);
    if (store->auth && context->secret) {
        json_add_string(object, "username", store->auth->username);
        json_add_string(object, "password-secret", context->secret);
    }
    if (store->ssl_verify)
        json_add_bool(object, "sslverify", store->ssl_verify == YESNO_YES);
    if (context->cookies) {
        json_add_string(object, "cookie-secret", context->cookies);
    } else if (store->cookies && context == &only_location) {
        g_autoptr(GString) cookies = g_string_new(NULL);

        for (guint i = 0; i < store->cookies->len; i++) {
            const Cookie *cookie = store->cookies->pdata[i];

            g_string_append_printf(cookies, "%s%s=%s", i ? "; " : "", cookie->name, cookie->value);
        }
        json_add_string(object, "cookie", cookies->str);
    }
    if (store->readahead)
        json_add_uint64(object, "readahead", store->readahead);
    if (store->timeout)
        json_add_uint64(object, "timeout", store->timeout);
    return true;
}

static bool
add_gluster(Json *object, const Store *store, const SourceContext *context, GError **error)
{
    const char *slash = store->path ? strchr(store->path, '/') : NULL;
    g_autofree char *volume = slash ? g_strndup(store->path, slash - store->path) : NULL;

    if (!slash || !volume[0] || !slash[1])
        return refuse(error, store, "its name must be VOLUME/PATH");
    if (!first_host(store))
        return refuse(error, store, "it needs a <host>");
    json_add_string(object, "volume", volume);
    json_add_string(object, "path", slash + 1);
    json_add(object, "server", servers(store, true));
    if (context->gluster_debug)
        json_add_uint64(object, "debug", context->gluster_debug);
    return true;
}

static bool
add_iscsi(Json *object, const Store *store, const SourceContext *context, GError **error)
{
    const NetHost *host = only_host(store, error);
    const char *slash = store->path ? strrchr(store->path, '/') : NULL;
    g_autofree char *portal = NULL;
    g_autofree char *target = g_strndup(store->path ? store->path : "", slash ? slash - store->path : -1);
    uint64_t lun = 0;

    if (!host)
        return false;
    if (slash && !text_parse_uint64(slash + 1, 10, &lun))
        return refuse(error, store, "its name must be TARGET/LUN");
    portal = host_and_port(store, host);
    json_add_string(object, "portal", portal);
    json_add_string(object, "target", target);
    json_add_uint64(object, "lun", lun);
    json_add_string(object, "transport", "tcp");
    if (store->auth && context->secret) {
        json_add_string(object, "user", store->auth->username);
        json_add_string(object, "password-secret", context->secret);
    }
    json_add_string(object, "initiator-name", context == &only_location ? NULL : store->iqn);
    return true;
}

static bool
add_nbd(Json *object, const Store *store, const SourceContext *context, GError **error)
{
    const NetHost *host = first_host(store);

    if (!host || store->hosts->len != 1)
        return refuse(error, store, "it needs exactly one <host>");
    json_add(object, "server", server(store, host, true));
    json_add_string(object, "export", store->path);
    json_add_string(object, "tls-creds", context->tls);
    if (context->tls)
        json_add_string(object, "tls-hostname", store->tls_hostname);
    if (store->reconnect_delay && context != &only_location)
        json_add_uint64(object, "reconnect-delay", store->reconnect_delay);
    return true;
}

static Json *
text_array(const char *first, const char *second)
{
    Json *array = json_new_array();

    json_append_string(array, first);
    json_append_string(array, second);
    return array;
}

/* Each layer of encryption lies on its parent's. */
static Json *
rbd_encryption(const Encryption *encryption, const char *const *keys)
{
    Json *layer = json_new_object();

    json_add_string(layer, "format", enc_format_words[encryption->format]);
    json_add_string(layer, "key-secret", keys[0]);
    if (keys[0] && keys[1])
        json_add(layer, "parent", rbd_encryption(encryption, keys + 1));
    return layer;
}

static bool
add_rbd(Json *object, const Store *store, const SourceContext *context, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(store->path ? store->path : "", "/", 3);
    guint n = g_strv_length(parts);

    if (n < 2)
        return refuse(error, store, "its name must be POOL/IMAGE or POOL/NAMESPACE/IMAGE");
    json_add_string(object, "pool", parts[0]);
    json_add_string(object, "namespace", n == 3 ? parts[1] : NULL);
    json_add_string(object, "image", parts[n - 1]);
    json_add_string(object, "snapshot", store->net_snapshot);
    json_add_string(object, "conf", store->net_config);
    if (first_host(store))
        json_add(object, "server", servers(store, false));
    if (store->encryption && store->encryption->engine == ENC_ENGINE_LIBRBD && context->encryption)
        json_add(object, "encrypt", rbd_encryption(store->encryption, context->encryption));
    if (store->auth && context->secret) {
        json_add_string(object, "user", store->auth->username);
        json_add(object, "auth-client-required", text_array("cephx", "none"));
        json_add_string(object, "key-secret", context->secret);
    }
    return true;
}

static bool
add_sheepdog(Json *object, const Store *store, const SourceContext *context, GError **error)
{
    const NetHost *host = only_host(store, error);

    if (!host)
        return false;
    json_add(object, "server", server(store, host, true));
    json_add_string(object, "vdi", store->path);
    return true;
}

static bool
add_ssh(Json *object, const Store *store, const SourceContext *context, GError **error)
{
    const NetHost *host = only_host(store, error);

    if (!host)
        return false;
    json_add_string(object, "path", store->path);
    json_add(object, "server", server(store, host, false));
    json_add_string(object, "user", store->ssh_user ? store->ssh_user : store->auth ? store->auth->username : NULL);
    if (store->ssh_any_host_key) {
        Json *check = json_new_object();

        json_add_string(check, "mode", "none");
        json_add(object, "host-key-check", check);
    }
    return true;
}

static bool
add_vxhs(Json *object, const Store *store, const SourceContext *context, GError **error)
{
    const NetHost *host = only_host(store, error);

    if (!host)
        return false;
    json_add_string(object, "tls-creds", context->tls);
    json_add_string(object, "vdisk-id", store->path);
    json_add(object, "server", server(store, host, false));
    return true;
}

/* "+1000" is a number; a name is for who starts QEMU to look up. */
static bool
add_id(Json *object, const Store *store, const char *key, const char *text, GError **error)
{
    uint64_t id;

    if (!text)
        return true;
    if (!text_parse_uint64(text[0] == '+' ? text + 1 : text, 10, &id) || id > UINT32_MAX)
        return refuse(error, store, "user and group of its <identity> must be numbers here");
    json_add_uint64(object, key, id);
    return true;
}

static bool
add_nfs(Json *object, const Store *store, const SourceContext *context, GError **error)
{
    const NetHost *host = only_host(store, error);
    Json *where;

    if (!host)
        return false;
    where = json_new_object();
    json_add_string(where, "host", host->name);
    json_add_string(where, "type", "inet");
    json_add(object, "server", where);
    json_add_string(object, "path", store->path);
    return add_id(object, store, "user", store->id_user, error) && add_id(object, store, "group", store->id_group, error);
}

typedef bool (*AddProtocol)(Json *object, const Store *store, const SourceContext *context, GError **error);

static const AddProtocol protocols[NET_PROTOCOL_LAST] = {
    [NET_PROTOCOL_NBD] = add_nbd,         [NET_PROTOCOL_RBD] = add_rbd,     [NET_PROTOCOL_SHEEPDOG] = add_sheepdog,
    [NET_PROTOCOL_GLUSTER] = add_gluster, [NET_PROTOCOL_ISCSI] = add_iscsi, [NET_PROTOCOL_HTTP] = add_curl,
    [NET_PROTOCOL_HTTPS] = add_curl,      [NET_PROTOCOL_FTP] = add_curl,    [NET_PROTOCOL_FTPS] = add_curl,
    [NET_PROTOCOL_TFTP] = add_curl,       [NET_PROTOCOL_SSH] = add_ssh,     [NET_PROTOCOL_VXHS] = add_vxhs,
    [NET_PROTOCOL_NFS] = add_nfs,
};

static void
add_file(Json *object, const Store *store, const SourceContext *context)
{
    bool block = store->type == DISK_TYPE_BLOCK;

    json_add_string(object, "driver", !block ? "file" : context->cdrom ? "host_cdrom" : "host_device");
    json_add_string(object, "filename", store->path);
    json_add_string(object, "aio", context->aio);
    json_add_string(object, "pr-manager", context->reservations);
}

static void
add_nvme(Json *object, const Store *store)
{
    const PciAddress *a = &store->nvme_address;
    g_autofree char *device = g_strdup_printf("%04x:%02x:%02x.%x", a->domain, a->bus, a->slot, a->function);

    json_add_string(object, "driver", "nvme");
    json_add_string(object, "device", device);
    json_add_uint64(object, "namespace", store->namespace);
}

Json *
source_properties(const Store *store, const SourceContext *context, GError **error)
{
    g_autoptr(Json) object = json_new_object();

    context = context ? context : &only_location;
    switch (store->type == DISK_TYPE_VOLUME ? store->actual_type : store->type) {
    case DISK_TYPE_FILE:
    case DISK_TYPE_BLOCK:
        add_file(object, store, context);
        break;
    case DISK_TYPE_DIR:
        json_add_string(object, "driver", "vvfat");
        json_add_string(object, "dir", store->path);
        json_add_bool(object, "floppy", context->floppy);
        break;
    case DISK_TYPE_NETWORK:
        if (!protocols[store->protocol]) {
            refuse(error, store, "its protocol is not supported");
            return NULL;
        }
        json_add_string(object, "driver", net_protocol_words[store->protocol]);
        if (!protocols[store->protocol](object, store, context, error))
            return NULL;
        break;
    case DISK_TYPE_NVME:
        add_nvme(object, store);
        break;
    case DISK_TYPE_VHOSTVDPA:
        json_add_string(object, "driver", "virtio-blk-vhost-vdpa");
        json_add_string(object, "path", store->path);
        break;
    default:
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "an image of type '%s' has no block device properties",
                  disk_type_words[store->type]);
        return NULL;
    }
    return g_steal_pointer(&object);
}

/* Whether a URI says all there is. */
static bool
is_plain(const Store *store)
{
    const NetHost *host = first_host(store);

    if (!host || store->hosts->len != 1 || host->transport != NET_TRANSPORT_TCP || store->ssl_verify || store->cookies ||
        store->timeout || store->readahead)
        return false;
    switch (store->protocol) {
    case NET_PROTOCOL_NBD:
    case NET_PROTOCOL_HTTP:
    case NET_PROTOCOL_HTTPS:
    case NET_PROTOCOL_FTP:
    case NET_PROTOCOL_FTPS:
    case NET_PROTOCOL_TFTP:
    case NET_PROTOCOL_ISCSI:
    case NET_PROTOCOL_GLUSTER:
        return true;
    default:
        return false;
    }
}

char *
source_write(const Store *store, bool as_json, GError **error)
{
    DiskType type = store->type == DISK_TYPE_VOLUME ? store->actual_type : store->type;
    g_autoptr(Json) outer = NULL;
    g_autofree char *text = NULL;
    Json *properties;

    if (!as_json && !store->slices) {
        if (type == DISK_TYPE_FILE || type == DISK_TYPE_BLOCK)
            return g_strdup(store->path);
        if (type == DISK_TYPE_DIR)
            return g_strconcat("fat:", store->path, NULL);
        if (type == DISK_TYPE_NETWORK && is_plain(store))
            return uri(store, first_host(store));
    }
    properties = source_properties(store, NULL, error);
    if (!properties)
        return NULL;
    if (store->slices && store->slices->len) {
        const Slice *slice = store->slices->pdata[0];
        Json *part = json_new_object();

        json_add_string(part, "driver", "raw");
        json_add_uint64(part, "offset", slice->offset);
        json_add_uint64(part, "size", slice->size);
        json_add(part, "file", properties);
        properties = part;
    }
    outer = json_new_object();
    json_add(outer, "file", properties);
    text = json_format(outer, false);
    return g_strconcat("json:", text, NULL);
}
