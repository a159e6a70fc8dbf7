/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* leases.c - reads and writes the lease file; shared by the driver and the lease helper */
#define ERROR_FROM VIR_FROM_NETWORK
#include "drivers/network/leases.h"

#include <json-c/json.h>
#include <unistd.h>

#include "util/error.h"
#include "util/file.h"

enum { MAX_FILE = 64 << 20 };

static const struct {
    const char *name;
    size_t offset;
} members[] = {
    { "ip-address", offsetof(NetworkLease, ip) },
    { "mac-address", offsetof(NetworkLease, mac) },
    { "hostname", offsetof(NetworkLease, hostname) },
    { "client-id", offsetof(NetworkLease, client_id) },
    { "iaid", offsetof(NetworkLease, iaid) },
    { "server-duid", offsetof(NetworkLease, server_duid) },
};

static char **
member(const NetworkLease *lease, size_t i)
{
    return (char **)((char *)lease + members[i].offset);
}

void
network_lease_free(void *data)
{
    NetworkLease *lease = data;

    for (size_t i = 0; lease && i < G_N_ELEMENTS(members); i++)
        g_free(*member(lease, i));
    g_free(lease);
}

bool
network_lease_is_expired(const NetworkLease *lease, int64_t now)
{
    return lease->expiry != 0 && lease->expiry < now;
}

static NetworkLease *
parse_lease(json_object *entry)
{
    NetworkLease *lease = g_new0(NetworkLease, 1);
    json_object *value = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(members); i++)
        if (json_object_object_get_ex(entry, members[i].name, &value))
            *member(lease, i) = g_strdup(json_object_get_string(value));
    if (json_object_object_get_ex(entry, "expiry-time", &value))
        lease->expiry = json_object_get_int64(value);
    else
        g_clear_pointer(&lease->ip, g_free);
    if (!lease->ip)
        g_clear_pointer(&lease, network_lease_free);
    return lease;
}

GPtrArray *
network_leases_read(const char *path, GError **error)
{
    g_autoptr(GPtrArray) leases = g_ptr_array_new_with_free_func(network_lease_free);
    g_autofree char *text = NULL;
    json_object *root = NULL;
    size_t len = 0;

    if (access(path, F_OK) < 0)
        return g_steal_pointer(&leases);
    if (!file_read_limited(path, MAX_FILE, &text, &len, error))
        return NULL;
    if (len == 0) /* upstream's helper leaves an empty file when the last lease goes */
        return g_steal_pointer(&leases);
    root = json_tokener_parse(text);
    if (!root || !json_object_is_type(root, json_type_array)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "lease file '%s' is no JSON array", path);
        json_object_put(root);
        return NULL;
    }
    for (size_t i = 0; i < json_object_array_length(root); i++) {
        json_object *entry = json_object_array_get_idx(root, i);
        NetworkLease *lease =
            json_object_is_type(entry, json_type_object) ? parse_lease(entry) : NULL;

        if (lease)
            g_ptr_array_add(leases, lease);
    }
    json_object_put(root);
    return g_steal_pointer(&leases);
}

bool
network_leases_write(const char *path, const GPtrArray *leases, GError **error)
{
    json_object *root = json_object_new_array();
    g_autofree char *text = NULL;

    for (size_t n = 0; n < leases->len; n++) {
        const NetworkLease *lease = leases->pdata[n];
        json_object *entry = json_object_new_object();

        for (size_t i = 0; i < G_N_ELEMENTS(members); i++)
            if (*member(lease, i))
                json_object_object_add(entry, members[i].name,
                                       json_object_new_string(*member(lease, i)));
        json_object_object_add(entry, "expiry-time", json_object_new_int64(lease->expiry));
        json_object_array_add(root, entry);
    }
    text = g_strdup_printf("%s\n",
                           json_object_to_json_string_ext(
                               root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(root);
    return file_write_atomic_text(path, text, 0644, error);
}
