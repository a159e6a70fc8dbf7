/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* macs.c - the MAC addresses of each guest on a network */
#define ERROR_FROM VIR_FROM_NETWORK
#include "drivers/network/macs.h"

#include <string.h>

#include "util/error.h"
#include "util/json.h"

static int
compare(const void *a, const void *b, void *data G_GNUC_UNUSED)
{
    return strcmp(a, b);
}

NetworkMacs *
network_macs_new(void)
{
    return g_tree_new_full(compare, NULL, g_free, (GDestroyNotify)g_ptr_array_unref);
}

void
network_macs_add(NetworkMacs *macs, const char *domain, const char *mac)
{
    GPtrArray *list = g_tree_lookup(macs, domain);

    if (!list) {
        list = g_ptr_array_new_with_free_func(g_free);
        g_tree_insert(macs, g_strdup(domain), list);
    }
    if (!g_ptr_array_find_with_equal_func(list, mac, g_str_equal, NULL))
        g_ptr_array_add(list, g_strdup(mac));
}

static bool
parse_entry(Json *entry, NetworkMacs *macs, const char *what, GError **error)
{
    const char *domain = json_get_string(entry, "domain", error);
    Json *list = domain ? json_get_array(entry, "macs", error) : NULL;

    for (size_t i = 0; i < json_array_len(list); i++) {
        const char *mac = json_string_value(json_array_at(list, i));

        if (!mac) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "%s: a MAC address of '%s' is no string", what, domain);
            return false;
        }
        network_macs_add(macs, domain, mac);
    }
    return list != NULL;
}

NetworkMacs *
network_macs_parse(const char *text, const char *what, GError **error)
{
    g_autoptr(Json) root = json_parse(text, -1, what, error);
    g_autoptr(NetworkMacs) macs = network_macs_new();

    if (!root)
        return NULL;
    if (!json_object_is_type(root, json_type_array)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "%s is no JSON array", what);
        return NULL;
    }
    for (size_t i = 0; i < json_array_len(root); i++)
        if (!parse_entry(json_array_at(root, i), macs, what, error))
            return NULL;
    return g_steal_pointer(&macs);
}

static gboolean
format_entry(void *domain, void *macs, void *root)
{
    Json *entry = json_new_object(), *list = json_new_array();

    for (guint i = 0; i < ((GPtrArray *)macs)->len; i++)
        json_append_string(list, ((GPtrArray *)macs)->pdata[i]);
    json_add_string(entry, "domain", domain);
    json_add(entry, "macs", list);
    json_append(root, entry);
    return false;
}

char *
network_macs_format(NetworkMacs *macs)
{
    g_autoptr(Json) root = json_new_array();

    g_tree_foreach(macs, format_entry, root);
    return json_format(root, true);
}
