/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* source_read.c - backing file strings to images
 *
 * The forms are those of qemu(1), "Disk Images", and of the BlockdevOptions of QEMU's QMP reference.
 */
#define ERROR_FROM VIR_FROM_STORAGE
#include <string.h>

#include "drivers/conf/source_private.h"
#include "util/error.h"
#include "util/text.h"

/* The string may hold passwords: only its kind is shown. */
bool
source_refuse(GError **error, const char *text, const char *why)
{
    int shown = source_has_protocol(text) ? (int)strcspn(text, ":") + 1 : (int)strlen(text);

    error_set(error, VIR_ERR_INTERNAL_ERROR, "cannot read backing file string '%.*s%s': %s", shown, text,
              text[shown] ? "..." : "", why);
    return false;
}

/* ---- hosts -------------------------------------------------------------- */

static NetHost *
add_host(Store *store)
{
    NetHost *host = xml_new(&net_host_xml);

    if (!store->hosts)
        store->hosts = g_ptr_array_new();
    g_ptr_array_add(store->hosts, host);
    return host;
}

void
source_add_unix_host(Store *store, const char *socket)
{
    NetHost *host = add_host(store);

    host->transport = NET_TRANSPORT_UNIX;
    host->socket = g_strdup(socket);
}

/* @port NULL or no number: that of the protocol. */
void
source_add_inet_host(Store *store, const char *name, const char *port)
{
    NetHost *host = add_host(store);
    uint64_t number;

    host->name = g_strdup(name);
    if (port && text_parse_uint64(port, 10, &number) && number <= UINT16_MAX)
        host->port = (unsigned)number;
    else
        host->port = source_default_port(store->protocol);
    host->has_port = host->port != 0;
}

/* "host", "host:port", "[::1]:port". */
void
source_add_host_text(Store *store, const char *text)
{
    const char *end = text[0] == '[' ? strchr(text, ']') : NULL;
    const char *colon = end ? (end[1] == ':' ? end + 1 : NULL) : strrchr(text, ':');
    g_autofree char *name = end     ? g_strndup(text + 1, end - text - 1)
                            : colon ? g_strndup(text, colon - text)
                                    : g_strdup(text);

    source_add_inet_host(store, name, colon ? colon + 1 : NULL);
}

/* ---- URIs --------------------------------------------------------------- */

/* "nbd+unix" is NBD over a UNIX socket. */
static bool
read_scheme(const char *scheme, Store *store, NetTransport *ret_transport, const char *text, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(scheme, "+", 2);
    int protocol = xml_enum_value(&net_protocol_enum, parts[0]);
    int transport = parts[1] ? xml_enum_value(&net_transport_enum, parts[1]) : NET_TRANSPORT_TCP;

    if (protocol < 0)
        return source_refuse(error, text, "its protocol is not known");
    if (transport < 0)
        return source_refuse(error, text, "its transport is not known");
    store->type = DISK_TYPE_NETWORK;
    store->protocol = protocol;
    *ret_transport = transport;
    return true;
}

static bool
read_uri_host(Store *store, GUri *uri, NetTransport transport, const char *text, GError **error)
{
    const char *query = g_uri_get_query(uri), *name = g_uri_get_host(uri);
    g_autoptr(GHashTable) params = query ? g_uri_parse_params(query, -1, "&", G_URI_PARAMS_NONE, NULL) : NULL;
    const char *socket = params ? g_hash_table_lookup(params, "socket") : NULL;
    g_autofree char *port = g_uri_get_port(uri) < 0 ? NULL : g_strdup_printf("%d", g_uri_get_port(uri));

    if (transport == NET_TRANSPORT_UNIX) {
        if (!socket)
            return source_refuse(error, text, "it names no socket");
        source_add_unix_host(store, socket);
        return true;
    }
    if (!name || !name[0])
        return source_refuse(error, text, "it names no host");
    source_add_inet_host(store, name, port);
    ((NetHost *)store->hosts->pdata[0])->transport = transport;
    if (query && query[0])
        store->query = g_strdup(query);
    return true;
}

bool
source_read_uri(const char *text, Store *store, GError **error)
{
    NetProtocol wanted = store->protocol; /* where properties said it already */
    g_autoptr(GUri) uri = g_uri_parse(text, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_NON_DNS | G_URI_FLAGS_ENCODED_QUERY, NULL);
    NetTransport transport = NET_TRANSPORT_TCP;
    const char *path;

    if (!uri)
        return source_refuse(error, text, "it is no URI");
    if (!read_scheme(g_uri_get_scheme(uri), store, &transport, text, error) ||
        !read_uri_host(store, uri, transport, text, error))
        return false;
    if (wanted != NET_PROTOCOL_UNSET && wanted != store->protocol)
        return source_refuse(error, text, "its protocol is not that of its driver");
    path = g_uri_get_path(uri);
    if (path[0] == '/')
        path++;
    /* A path is absolute on an NFS server. */
    if (store->protocol == NET_PROTOCOL_NFS)
        store->path = g_strconcat("/", path, NULL);
    else if (path[0] || store->protocol != NET_PROTOCOL_NBD) /* there "" is the default export */
        store->path = g_strdup(path);
    if (store->protocol == NET_PROTOCOL_GLUSTER && (!store->path || !strchr(store->path, '/')))
        return source_refuse(error, text, "it needs a volume and a path of gluster");
    return true;
}

/* ---- older forms -------------------------------------------------------- */

/* "nbd:HOST:PORT[:exportname=NAME]", "nbd:unix:PATH[:exportname=NAME]"; names may hold colons. */
bool
source_read_nbd(const char *rest, Store *store, const char *text, GError **error)
{
    const char *export = strstr(rest, ":exportname=");
    g_autofree char *where = export ? g_strndup(rest, export - rest) : g_strdup(rest);

    store->type = DISK_TYPE_NETWORK;
    store->protocol = NET_PROTOCOL_NBD;
    if (export && export[strlen(":exportname=")])
        store->path = g_strdup(export + strlen(":exportname="));
    if (g_str_has_prefix(where, "unix:")) {
        if (!where[strlen("unix:")])
            return source_refuse(error, text, "it names no socket");
        source_add_unix_host(store, where + strlen("unix:"));
        return true;
    }
    if (!where[0])
        return source_refuse(error, text, "it names no host");
    source_add_host_text(store, where);
    return true;
}

/* Cut at each @separator that has no backslash before it, and take away the backslashes. */
static GPtrArray *
split_escaped(const char *text, const char *separators)
{
    GPtrArray *parts = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) part = g_string_new(NULL);

    for (;; text++) {
        if (!text[0] || strchr(separators, text[0])) {
            g_ptr_array_add(parts, g_strdup(part->str));
            g_string_truncate(part, 0);
            if (!text[0])
                return parts;
        } else {
            if (text[0] == '\\' && text[1])
                g_string_append_c(part, *text++);
            g_string_append_c(part, text[0]);
        }
    }
}

/* What split_escaped() left for a next round. */
static char *
unescape(const char *text)
{
    GString *out = g_string_new(NULL);

    for (; text[0]; text++) {
        if (text[0] == '\\' && text[1])
            text++;
        g_string_append_c(out, text[0]);
    }
    return g_string_free(out, FALSE);
}

/* "rbd:POOL/IMAGE[@SNAPSHOT][:OPTION=VALUE...]"; of the options those about who and with which key are left out. */
bool
source_read_rbd(const char *rest, Store *store, const char *text, GError **error)
{
    g_autoptr(GPtrArray) parts = split_escaped(rest, ":");
    char *at;

    store->type = DISK_TYPE_NETWORK;
    store->protocol = NET_PROTOCOL_RBD;
    store->path = unescape(parts->pdata[0]);
    if (!store->path[0])
        return source_refuse(error, text, "it names no image");
    at = strrchr(store->path, '@');
    if (at) {
        *at = '\0';
        store->net_snapshot = g_strdup(at + 1);
    }
    for (guint i = 1; i < parts->len; i++) {
        const char *option = parts->pdata[i];

        if (g_str_has_prefix(option, "conf=")) {
            g_free(store->net_config);
            store->net_config = unescape(option + strlen("conf="));
        } else if (g_str_has_prefix(option, "mon_host=")) {
            g_autofree char *plain = unescape(option + strlen("mon_host="));
            g_auto(GStrv) hosts = g_strsplit_set(plain, ";, ", -1);

            for (char **host = hosts; *host; host++)
                if ((*host)[0])
                    source_add_host_text(store, *host);
        }
    }
    return true;
}

/* "sheepdog:[HOST:PORT:]VDI". */
bool
source_read_sheepdog(const char *rest, Store *store, const char *text, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(rest, ":", 3);

    store->type = DISK_TYPE_NETWORK;
    store->protocol = NET_PROTOCOL_SHEEPDOG;
    switch (g_strv_length(parts)) {
    case 1:
        store->path = g_strdup(parts[0]);
        break;
    case 3:
        source_add_inet_host(store, parts[0], parts[1]);
        store->path = g_strdup(parts[2]);
        break;
    default:
        return source_refuse(error, text, "a port without a host, or no name of a virtual disk");
    }
    return store->path[0] || source_refuse(error, text, "it names no virtual disk");
}

/* "fat:[floppy:][12:|16:|32:][rw:]FOLDER". */
static void
read_fat(const char *rest, Store *store)
{
    static const char *const options[] = { "floppy:", "12:", "16:", "32:", "rw:" };

    for (size_t i = 0; i < G_N_ELEMENTS(options); i++)
        if (g_str_has_prefix(rest, options[i]))
            rest += strlen(options[i]);
    store->type = DISK_TYPE_DIR;
    store->format = DISK_FORMAT_FAT;
    store->path = g_strdup(rest);
}

/* ---- any of them -------------------------------------------------------- */

bool
source_has_protocol(const char *text)
{
    const char *end = text + strcspn(text, ":/");

    return *end == ':';
}

/* What would end a host's name where it is written into a URI is not part of one. */
static bool
check_hosts(const Store *store, const char *text, GError **error)
{
    for (guint i = 0; store->hosts && i < store->hosts->len; i++) {
        const NetHost *host = store->hosts->pdata[i];

        if (host->transport != NET_TRANSPORT_UNIX && (!host->name[0] || strpbrk(host->name, "[]/?#@\\ \t\r\n")))
            return source_refuse(error, text, "the name of a host is not valid");
    }
    return true;
}

Store *
source_read(const char *text, GError **error)
{
    g_autoptr(Store) store = xml_new(&store_xml);
    bool ok = true;

    if (!text[0]) {
        source_refuse(error, text, "it is empty");
        return NULL;
    }
    if (!source_has_protocol(text)) {
        store->type = DISK_TYPE_FILE;
        store->path = g_strdup(text);
    } else if (g_str_has_prefix(text, "json:")) {
        ok = source_read_json(text + strlen("json:"), store, text, error);
    } else if (strstr(text, "://")) {
        ok = source_read_uri(text, store, error);
    } else if (g_str_has_prefix(text, "nbd:")) {
        ok = source_read_nbd(text + strlen("nbd:"), store, text, error);
    } else if (g_str_has_prefix(text, "rbd:")) {
        ok = source_read_rbd(text + strlen("rbd:"), store, text, error);
    } else if (g_str_has_prefix(text, "sheepdog:")) {
        ok = source_read_sheepdog(text + strlen("sheepdog:"), store, text, error);
    } else if (g_str_has_prefix(text, "fat:")) {
        read_fat(text + strlen("fat:"), store);
    } else if (g_str_has_prefix(text, "file:")) {
        store->type = DISK_TYPE_FILE;
        store->path = g_strdup(text + strlen("file:"));
    } else {
        ok = source_refuse(error, text, "its protocol is not known");
    }
    return ok && check_hosts(store, text, error) ? g_steal_pointer(&store) : NULL;
}

unsigned
source_default_port(NetProtocol protocol)
{
    static const unsigned ports[NET_PROTOCOL_LAST] = {
        [NET_PROTOCOL_NBD] = 10809,  [NET_PROTOCOL_SHEEPDOG] = 7000, [NET_PROTOCOL_GLUSTER] = 24007,
        [NET_PROTOCOL_ISCSI] = 3260, [NET_PROTOCOL_HTTP] = 80,       [NET_PROTOCOL_HTTPS] = 443,
        [NET_PROTOCOL_FTP] = 21,     [NET_PROTOCOL_FTPS] = 990,      [NET_PROTOCOL_TFTP] = 69,
        [NET_PROTOCOL_SSH] = 22,     [NET_PROTOCOL_VXHS] = 9999,
    }; /* QEMU's NFS takes none, and librbd knows its own */

    return ports[protocol];
}
