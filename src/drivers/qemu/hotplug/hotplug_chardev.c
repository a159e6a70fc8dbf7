/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hotplug_chardev.c - a character device of the command line as QMP wants it */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/hotplug/hotplug.h"
#include "util/error.h"

/* "TYPE,key=value,...", where a comma within a value is written twice. */
static GHashTable *
split(const char *text, char **ret_type)
{
    GHashTable *options = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GString) word = g_string_new(NULL);
    bool first = true;

    for (const char *c = text;; c++) {
        if (c[0] == ',' && c[1] == ',') {
            g_string_append_c(word, ',');
            c++;
            continue;
        }
        if (*c && *c != ',') {
            g_string_append_c(word, *c);
            continue;
        }
        if (first) {
            *ret_type = g_strdup(word->str);
        } else {
            char *equal = strchr(word->str, '=');

            g_hash_table_replace(options, g_strndup(word->str, equal ? (size_t)(equal - word->str) : word->len),
                                 g_strdup(equal ? equal + 1 : "on"));
        }
        first = false;
        g_string_truncate(word, 0);
        if (!*c)
            return options;
    }
}

static const char *
get(GHashTable *options, const char *key)
{
    return g_hash_table_lookup(options, key);
}

static void
add_bool(Json *data, GHashTable *options, const char *key, const char *name)
{
    if (get(options, key))
        json_add_bool(data, name, g_str_equal(get(options, key), "on"));
}

static void
add_number(Json *data, GHashTable *options, const char *key)
{
    if (get(options, key))
        json_add_uint64(data, key, g_ascii_strtoull(get(options, key), NULL, 10));
}

static Json *
new_address(const char *type, const char *key, const char *value, const char *port)
{
    Json *address = json_new_object(), *data = json_new_object();

    json_add_string(data, key, value);
    json_add_string(data, "port", port);
    json_add_string(address, "type", type);
    json_add(address, "data", data);
    return address;
}

static void
fill_socket(Json *data, GHashTable *options, int *ret_fd, char **ret_fd_name)
{
    const char *fd = get(options, "fd");

    if (fd) {
        *ret_fd = (int)g_ascii_strtoll(fd, NULL, 10);
        *ret_fd_name = g_strdup_printf("fd-%s", get(options, "id"));
        json_add(data, "addr", new_address("fd", "str", *ret_fd_name, NULL));
    } else if (get(options, "path")) {
        json_add(data, "addr", new_address("unix", "path", get(options, "path"), NULL));
    } else {
        json_add(data, "addr", new_address("inet", "host", get(options, "host"), get(options, "port")));
    }
    json_add_bool(data, "server", !g_strcmp0(get(options, "server"), "on"));
    add_bool(data, options, "wait", "wait");
    add_bool(data, options, "telnet", "telnet");
    json_add_string(data, "tls-creds", get(options, "tls-creds"));
    add_number(data, options, "reconnect");
    add_number(data, options, "reconnect-ms");
}

static void
fill_udp(Json *data, GHashTable *options)
{
    json_add(data, "remote", new_address("inet", "host", get(options, "host"), get(options, "port")));
    if (*get(options, "localaddr") || g_strcmp0(get(options, "localport"), "0") != 0)
        json_add(data, "local", new_address("inet", "host", get(options, "localaddr"), get(options, "localport")));
}

Json *
hotplug_chardev(const char *text, int *ret_fd, char **ret_fd_name, GError **error)
{
    /* Types whose back end has one text, and what QMP calls it. */
    static const char *const simple[][3] = {
        { "file", "path", "out" }, { "pipe", "path", "device" }, { "serial", "path", "device" },
        { "parallel", "path", "device" }, { "spicevmc", "name", "type" }, { "spiceport", "name", "fqdn" },
        { "dbus", "name", "name" }, { "null", "", "" }, { "vc", "", "" }, { "pty", "", "" }, { "stdio", "", "" },
    };
    g_autofree char *type = NULL;
    g_autoptr(GHashTable) options = split(text, &type);
    g_autoptr(Json) data = json_new_object();
    Json *arguments, *backend;
    bool known = true;

    *ret_fd = -1;
    if (g_str_equal(type, "socket")) {
        fill_socket(data, options, ret_fd, ret_fd_name);
    } else if (g_str_equal(type, "udp")) {
        fill_udp(data, options);
    } else if (g_str_equal(type, "qemu-vdagent")) {
        add_bool(data, options, "clipboard", "clipboard");
        add_bool(data, options, "mouse", "mouse");
    } else {
        known = false;
        for (size_t i = 0; i < G_N_ELEMENTS(simple); i++)
            if (g_str_equal(simple[i][0], type)) {
                known = true;
                if (simple[i][1][0])
                    json_add_string(data, simple[i][2], get(options, simple[i][1]));
            }
        add_bool(data, options, "append", "append");
    }
    if (!known) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "a character device of type '%s' cannot be added to a running guest",
                  type);
        return NULL;
    }
    json_add_string(data, "logfile", get(options, "logfile"));
    add_bool(data, options, "logappend", "logappend");
    backend = json_new_object();
    json_add_string(backend, "type", type);
    json_add(backend, "data", g_steal_pointer(&data));
    arguments = json_new_object();
    json_add_string(arguments, "id", get(options, "id"));
    json_add(arguments, "backend", backend);
    return arguments;
}
