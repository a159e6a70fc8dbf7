/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nss_lookup.c - addresses of guests, from the files that virtnetworkd leaves
 *
 * A file that cannot be read or understood is as good as none: name resolution goes on with what there is.
 */
#include "nss_lookup.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct Found {
    NssAddress *list;
    size_t n;
} Found;

/* The array in FOLDER/FILE, or NULL. */
static json_object *
read_array(const char *folder, const char *file)
{
    json_object *root = NULL;
    char *path = NULL;

    if (asprintf(&path, "%s/%s", folder, file) < 0)
        return NULL;
    root = json_object_from_file(path);
    free(path);
    if (root && !json_object_is_type(root, json_type_array)) {
        json_object_put(root);
        root = NULL;
    }
    return root;
}

static const char *
text_of(json_object *entry, const char *key)
{
    json_object *value = NULL;

    return json_object_is_type(entry, json_type_object) && json_object_object_get_ex(entry, key, &value) &&
                   json_object_is_type(value, json_type_string)
               ? json_object_get_string(value) : NULL;
}

/* Whether @mac is one of the guest @name's in @guests (of a .macs file). */
static bool
is_of_guest(json_object *guests, const char *name, const char *mac)
{
    for (size_t i = 0; guests && mac && i < json_object_array_length(guests); i++) {
        json_object *entry = json_object_array_get_idx(guests, i), *macs = NULL;
        const char *domain = text_of(entry, "domain");

        if (!domain || strcasecmp(domain, name) || !json_object_object_get_ex(entry, "macs", &macs) ||
            !json_object_is_type(macs, json_type_array))
            continue;
        for (size_t j = 0; j < json_object_array_length(macs); j++) {
            const char *own = json_object_get_string(json_object_array_get_idx(macs, j));

            if (own && !strcasecmp(own, mac))
                return true;
        }
    }
    return false;
}

static bool
read_address(json_object *lease, NssAddress *address)
{
    const char *ip = text_of(lease, "ip-address");
    json_object *expiry = NULL;

    if (!ip || !json_object_object_get_ex(lease, "expiry-time", &expiry))
        return false;
    address->expiry = json_object_get_int64(expiry);
    address->family = strchr(ip, ':') ? AF_INET6 : AF_INET;
    return inet_pton(address->family, ip, &address->v4) == 1;
}

static bool
add_lease(const NssQuery *query, json_object *lease, Found *found)
{
    NssAddress address = { 0 }, *longer;

    if (!read_address(lease, &address) || (query->family != AF_UNSPEC && query->family != address.family) ||
        (address.expiry && address.expiry < query->now))
        return true;
    longer = reallocarray(found->list, found->n + 1, sizeof(*longer));
    if (!longer)
        return false;
    found->list = longer;
    found->list[found->n++] = address;
    return true;
}

/* The leases of one network. */
static bool
look_into(const NssQuery *query, const char *status, Found *found)
{
    json_object *leases = read_array(query->folder, status), *guests = NULL;
    char *file = NULL;
    bool ok = true;

    if (!leases)
        return true;
    if (query->guest && asprintf(&file, "%.*s.macs", (int)(strlen(status) - strlen(".status")), status) >= 0) {
        guests = read_array(query->folder, file);
        free(file);
    }
    for (size_t i = 0; ok && i < json_object_array_length(leases); i++) {
        json_object *lease = json_object_array_get_idx(leases, i);
        const char *host = text_of(lease, "hostname");

        if (query->guest ? is_of_guest(guests, query->name, text_of(lease, "mac-address"))
                         : host && !strcasecmp(host, query->name))
            ok = add_lease(query, lease, found);
    }
    json_object_put(guests);
    json_object_put(leases);
    return ok;
}

static int
latest_first(const void *a, const void *b)
{
    const NssAddress *one = a, *other = b;

    return (one->expiry < other->expiry) - (one->expiry > other->expiry);
}

int
nss_lookup(const NssQuery *query, NssAddress **ret_addresses)
{
    Found found = { 0 };
    DIR *folder = opendir(query->folder);
    bool ok = true;

    *ret_addresses = NULL;
    if (!folder)
        return errno == ENOENT ? 0 : -1; /* no network was ever started */
    for (struct dirent *entry; ok && (entry = readdir(folder));) {
        size_t len = strlen(entry->d_name), end = strlen(".status");

        if (len > end && !strcmp(entry->d_name + len - end, ".status"))
            ok = look_into(query, entry->d_name, &found);
    }
    closedir(folder);
    if (!ok) {
        free(found.list);
        errno = ENOMEM;
        return -1;
    }
    if (found.n)
        qsort(found.list, found.n, sizeof(*found.list), latest_first);
    *ret_addresses = found.list;
    return (int)found.n;
}
