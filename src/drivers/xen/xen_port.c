/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_port.c - serial and parallel ports in the words of the device model's command line, and channels */
#define ERROR_FROM VIR_FROM_XEN
#include "drivers/xen/xen_port.h"

#include <string.h>

#include "drivers/xen/xen_private.h"
#include "util/error.h"

enum { MAX_PORTS = 16 };

/* ---- reading -------------------------------------------------------------- */

static bool
has_flag(char **options, const char *name)
{
    for (; *options; options++)
        if (!strcmp(*options, name) || (g_str_has_prefix(*options, name) && !strcmp(*options + strlen(name), "=on")))
            return true;
    return false;
}

/* "HOST:PORT", with brackets round an IPv6 address. */
static bool
split_host(const char *text, char **ret_host, char **ret_port)
{
    const char *colon = strrchr(text, ':');
    size_t len = colon ? (size_t)(colon - text) : 0;
    bool bracket = len > 1 && *text == '[' && colon[-1] == ']';

    if (!colon || !colon[1])
        return false;
    *ret_host = len ? g_strndup(text + bracket, len - 2 * bracket) : NULL;
    *ret_port = g_strdup(colon + 1);
    return true;
}

static void
add_endpoint(CharSource *source, CharMode mode, char *host, char *port)
{
    CharEndpoint *end = xen_append(&source->endpoints, &char_endpoint_xml);

    end->mode = mode;
    end->host = host;
    end->service = port;
}

/* "udp:HOST:PORT[@BINDHOST:BINDPORT]": where packets go to, and where they come in. */
static bool
read_udp(const char *text, CharSource *source)
{
    g_auto(GStrv) ends = g_strsplit(text, "@", 2);
    char *host = NULL, *port = NULL;

    if (ends[0] && ends[1]) {
        if (!split_host(ends[1], &host, &port))
            return false;
        add_endpoint(source, CHAR_MODE_BIND, host, port);
    }
    host = port = NULL;
    if (!ends[0] || !split_host(ends[0], &host, &port))
        return false;
    add_endpoint(source, CHAR_MODE_CONNECT, host, port);
    return true;
}

static bool
read_socket(const char *text, CharSource *source)
{
    g_auto(GStrv) options = xen_options(text);

    source->mode = has_flag(options + (*options != NULL), "server") ? CHAR_MODE_BIND : CHAR_MODE_CONNECT;
    if (source->type != CHAR_TYPE_UNIX)
        return *options && split_host(*options, &source->host, &source->service);
    source->path = g_strdup(*options);
    return *options && **options;
}

static bool
read_source(const ConfValue *value, const char *text, CharSource *source, GError **error)
{
    static const struct { const char *word; CharType type; } plain[] = {
        { "null", CHAR_TYPE_NULL }, { "vc", CHAR_TYPE_VC }, { "pty", CHAR_TYPE_PTY }, { "stdio", CHAR_TYPE_STDIO },
    }, with[] = {
        { "file:", CHAR_TYPE_FILE }, { "pipe:", CHAR_TYPE_PIPE }, { "tcp:", CHAR_TYPE_TCP }, { "telnet:", CHAR_TYPE_TCP },
        { "udp:", CHAR_TYPE_UDP }, { "unix:", CHAR_TYPE_UNIX },
    };
    bool ok = true;

    for (size_t i = 0; i < G_N_ELEMENTS(plain); i++)
        if (!strcmp(plain[i].word, text)) {
            source->type = plain[i].type;
            return true;
        }
    if (*text == '/') {
        source->type = CHAR_TYPE_DEV;
        source->path = g_strdup(text);
        return true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(with); i++) {
        const char *rest = text + strlen(with[i].word);

        if (!g_str_has_prefix(text, with[i].word))
            continue;
        source->type = with[i].type;
        if (source->type == CHAR_TYPE_UDP)
            ok = read_udp(rest, source);
        else if (source->type == CHAR_TYPE_TCP || source->type == CHAR_TYPE_UNIX)
            ok = read_socket(rest, source);
        else
            ok = *(source->path = g_strdup(rest)) != '\0';
        if (*text == 't')
            source->protocol = text[1] == 'e' ? CHAR_PROTOCOL_TELNET : CHAR_PROTOCOL_RAW;
        if (ok)
            return true;
    }
    return xen_refuse(value, error, "'%.64s' is no port: expected null, vc, pty, stdio, a device, file:PATH, pipe:PATH, "
                      "tcp:HOST:PORT, telnet:HOST:PORT, udp:HOST:PORT or unix:PATH", text);
}

static bool
read_ports(const XenReader *r, const char *key, GPtrArray **list, const XmlStruct *type, size_t source, size_t port,
           GError **error)
{
    g_autoptr(GPtrArray) items = NULL;

    if (!xen_get_items(r, key, &items, error))
        return false;
    for (guint i = 0; i < list_len(items); i++) {
        const ConfValue *item = list_at(items, i);
        char *device;

        if (i >= MAX_PORTS)
            return xen_refuse(item, error, "'%s' has more than %d ports", key, MAX_PORTS);
        if (!strcmp(item->string, "none"))
            continue;
        device = xen_append(list, type);
        *(int *)(device + port) = (int)i;
        if (!read_source(item, item->string, (CharSource *)(device + source), error))
            return false;
    }
    return true;
}

bool
xen_port_read(const XenReader *r, GError **error)
{
    return read_ports(r, "parallel", &r->domain->parallels, &parallel_xml, offsetof(Parallel, source),
                      offsetof(Parallel, port), error) &&
           read_ports(r, "serial", &r->domain->serials, &serial_xml, offsetof(Serial, source), offsetof(Serial, port), error);
}

/* ---- writing -------------------------------------------------------------- */

static void
add_host(GString *out, const char *host, const char *port)
{
    bool bracket = host && strchr(host, ':');

    g_string_append_printf(out, "%s%s%s:%s", bracket ? "[" : "", host ? host : "", bracket ? "]" : "", port ? port : "");
}

static void
format_udp(const CharSource *source, GString *out)
{
    const CharEndpoint *ends[2] = { NULL, NULL };

    for (guint i = 0; i < list_len(source->endpoints); i++) {
        const CharEndpoint *end = list_at(source->endpoints, i);

        ends[end->mode == CHAR_MODE_BIND] = end;
    }
    g_string_append(out, "udp:");
    add_host(out, ends[0] ? ends[0]->host : NULL, ends[0] ? ends[0]->service : NULL);
    if (!ends[1])
        return;
    g_string_append_c(out, '@');
    add_host(out, ends[1]->host, ends[1]->service);
}

char *
xen_port_format(const CharSource *source, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    CharType type = source->type ? source->type : CHAR_TYPE_PTY;

    switch (type) {
    case CHAR_TYPE_NULL:
    case CHAR_TYPE_VC:
    case CHAR_TYPE_STDIO:
    case CHAR_TYPE_PTY:
        g_string_append(out, char_type_words[type]);
        break;
    case CHAR_TYPE_DEV:
        g_string_append(out, source->path);
        break;
    case CHAR_TYPE_FILE:
    case CHAR_TYPE_PIPE:
        g_string_append_printf(out, "%s:%s", char_type_words[type], source->path);
        break;
    case CHAR_TYPE_UNIX:
        g_string_append_printf(out, "unix:%s", source->path ? source->path : "");
        break;
    case CHAR_TYPE_TCP:
        g_string_append(out, source->protocol == CHAR_PROTOCOL_TELNET ? "telnet:" : "tcp:");
        add_host(out, source->host, source->service);
        break;
    case CHAR_TYPE_UDP:
        format_udp(source, out);
        break;
    default:
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Xen has no ports of type '%s'", char_type_words[type]);
        return NULL;
    }
    if ((type == CHAR_TYPE_UNIX || type == CHAR_TYPE_TCP) && source->mode == CHAR_MODE_BIND)
        g_string_append(out, ",server,nowait");
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static bool
write_ports(const XenWriter *w, const char *key, const GPtrArray *list, size_t source, size_t port, bool several,
            GError **error)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < list_len(list); i++) {
        const char *device = list_at(list, i);
        int number = *(const int *)(device + port);
        char *text = xen_port_format((const CharSource *)(device + source), error);

        if (!text)
            return false;
        while (number > 0 && number < MAX_PORTS && (int)items->len < number)
            g_ptr_array_add(items, g_strdup("none"));
        g_ptr_array_add(items, text);
    }
    if (items->len > MAX_PORTS || (items->len > 1 && !several))
        return xen_unsupported(w, error, "this many ports in '%s'", key);
    if (items->len > 1)
        xen_put_items(w, key, items);
    else
        xen_put_text(w, key, items->len ? list_at(items, 0) : "none");
    return true;
}

bool
xen_port_write(const XenWriter *w, GError **error)
{
    return write_ports(w, "parallel", w->domain->parallels, offsetof(Parallel, source), offsetof(Parallel, port), false,
                       error) &&
           write_ports(w, "serial", w->domain->serials, offsetof(Serial, source), offsetof(Serial, port), true, error);
}

/* ---- channels -------------------------------------------------------------- */

bool
xen_channel_read(const XenReader *r, GError **error)
{
    g_autoptr(GPtrArray) items = NULL;

    if (!xen_get_items(r, "channel", &items, error))
        return false;
    for (guint i = 0; i < list_len(items); i++) {
        const ConfValue *item = list_at(items, i);
        g_auto(GStrv) options = xen_options(item->string);
        const char *connection = xen_option(options, "connection"), *name = xen_option(options, "name");
        const char *path = xen_option(options, "path");
        Channel *channel = xen_append(&r->domain->channels, &channel_xml);

        channel->target_type = g_strdup("xen");
        channel->target_name = g_strdup(name);
        if (!g_strcmp0(connection, "pty")) {
            channel->source.type = CHAR_TYPE_PTY;
        } else if (!g_strcmp0(connection, "socket") && path && *path) {
            channel->source.type = CHAR_TYPE_UNIX;
            channel->source.mode = CHAR_MODE_BIND;
            channel->source.path = g_strdup(path);
        } else {
            return xen_refuse(item, error, "a channel needs 'connection=pty', or 'connection=socket' with a 'path'");
        }
    }
    return true;
}

bool
xen_channel_write(const XenWriter *w, GError **error)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < list_len(w->domain->channels); i++) {
        const Channel *channel = list_at(w->domain->channels, i);
        const CharSource *source = &channel->source;
        bool socket = source->type == CHAR_TYPE_UNIX;
        g_autoptr(GString) item = g_string_new(NULL);

        if (g_strcmp0(channel->target_type, "xen") != 0 || (!socket && source->type > CHAR_TYPE_PTY) ||
            source->type == CHAR_TYPE_NULL || source->type == CHAR_TYPE_VC)
            return xen_unsupported(w, error, "a channel to '%s' of type '%s'; use target type 'xen' and pty or unix",
                                   channel->target_type, char_type_words[source->type]);
        if (!xen_add_option(item, "connection", socket ? "socket" : "pty", error) ||
            !xen_add_option(item, "path", socket ? source->path : NULL, error) ||
            !xen_add_option(item, "name", channel->target_name, error))
            return false;
        g_ptr_array_add(items, g_string_free(g_steal_pointer(&item), FALSE));
    }
    xen_put_items(w, "channel", items);
    return true;
}
