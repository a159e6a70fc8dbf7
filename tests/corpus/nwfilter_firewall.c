/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nwfilter_firewall.c - network filters as commands of ebtables, iptables and ip6tables */
#define ERROR_FROM VIR_FROM_NWFILTER
#include "corpus/tool.h"
#include "drivers/nwfilter/firewall.h"
#include "util/error.h"

#include <string.h>

static void
array_free(void *array)
{
    g_ptr_array_unref(array);
}

/* Every NAME=VALUE; those of one name are a list. */
static GHashTable *
read_values(const Request *request, GError **error)
{
    g_autoptr(GHashTable) values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, array_free);
    const char *text;

    for (guint at = 0; (text = request_next_option(request, "var", &at)) != NULL;) {
        const char *equals = strchr(text, '=');
        g_autofree char *name = equals ? g_strndup(text, equals - text) : NULL;
        GPtrArray *list = name ? g_hash_table_lookup(values, name) : NULL;

        if (!name) {
            error_set(error, VIR_ERR_INVALID_ARG, "'%s' is no NAME=VALUE", text);
            return NULL;
        }
        if (!list) {
            list = g_ptr_array_new_with_free_func(g_free);
            g_hash_table_insert(values, g_steal_pointer(&name), list);
        }
        g_ptr_array_add(list, g_strdup(equals + 1));
    }
    return g_steal_pointer(&values);
}

static char *
nwfilter_xml2firewall(const Request *request, GError **error)
{
    const char *ifname = request_option(request, "ifname");
    g_autoptr(NwFilter) filter = xml_parse_text(&nw_filter_xml, request->input, XML_PARSE_INACTIVE, error);
    g_autoptr(GHashTable) values = filter ? read_values(request, error) : NULL;
    g_autoptr(GPtrArray) commands = NULL;
    g_autoptr(GString) out = g_string_new(NULL);

    if (!values)
        return NULL;
    commands = nwfilter_firewall_commands(filter, ifname ? ifname : "vnet0", values, error);
    if (!commands)
        return NULL;
    for (guint i = 0; i < commands->len; i++) {
        char *const *word = commands->pdata[i];

        for (guint n = 0; word[n]; n++) {
            g_autofree char *quoted = g_shell_quote(word[n]);

            g_string_append_printf(out, "%s%s", n ? " " : "", quoted);
        }
        g_string_append_c(out, '\n');
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

const Family nwfilter_families[] = {
    { "nwfilter-xml2firewall", nwfilter_xml2firewall, "ifname var strip-blocks" },
    { NULL, NULL, NULL },
};
