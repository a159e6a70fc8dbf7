/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nss.c - what libc calls in libnss_libvirt.so.2 and libnss_libvirt_guest.so.2
 *
 * Compiled once for each: NSS_GUEST says for which.  Results go into the caller's buffer; one that is too small is
 * NSS_STATUS_TRYAGAIN with ERANGE, upon which libc comes again with a larger one.  The formats are those of glibc's <nss.h>.
 */
#include <errno.h>
#include <netdb.h>
#include <nss.h>
#include <stdlib.h>
#include <string.h>

#include "nss_lookup.h"

#ifdef NSS_GUEST
# define nss_entry(function) _nss_libvirt_guest_##function
#else
# define nss_entry(function) _nss_libvirt_##function
# define NSS_GUEST 0
#endif
#define EXPORT __attribute__((visibility("default")))

EXPORT nss_gethostbyname_r nss_entry(gethostbyname_r);
EXPORT nss_gethostbyname2_r nss_entry(gethostbyname2_r);
EXPORT nss_gethostbyname3_r nss_entry(gethostbyname3_r);
EXPORT nss_gethostbyname4_r nss_entry(gethostbyname4_r);

/* Memory of the caller's that is handed out from the front. */
typedef struct Room {
    char *at;
    size_t left;
} Room;

/* @size bytes, aligned for a pointer; NULL if there are not as many. */
static void *
take(Room *room, size_t size)
{
    size_t skip = -(uintptr_t)room->at % sizeof(void *);
    void *taken = room->at + skip;

    if (room->left < skip || room->left - skip < size)
        return NULL;
    room->at += skip + size;
    room->left -= skip + size;
    return taken;
}

static char *
take_name(Room *room, const char *name)
{
    size_t size = strlen(name) + 1;
    char *copy = take(room, size);

    return copy ? memcpy(copy, name, size) : NULL;
}

static enum nss_status
fail(int *errnop, int *herrnop, int error, int h_error, enum nss_status status)
{
    *errnop = error;
    *herrnop = h_error;
    return status;
}

static enum nss_status
too_small(int *errnop, int *herrnop)
{
    return fail(errnop, herrnop, ERANGE, NETDB_INTERNAL, NSS_STATUS_TRYAGAIN);
}

/* nss_lookup() with its failures in libc's terms. */
static enum nss_status
look_up(const char *name, int family, NssAddress **addresses, int *ret_n, int *errnop, int *herrnop)
{
    const NssQuery query = {
        .folder = NSS_FOLDER, .name = name, .guest = NSS_GUEST, .family = family, .now = time(NULL)
    };

    *ret_n = nss_lookup(&query, addresses);
    if (*ret_n < 0)
        return fail(errnop, herrnop, errno, NO_RECOVERY, NSS_STATUS_UNAVAIL);
    return *ret_n ? NSS_STATUS_SUCCESS : fail(errnop, herrnop, ENOENT, HOST_NOT_FOUND, NSS_STATUS_NOTFOUND);
}

/* One family only: that of the first address. */
static bool
fill_host(const char *name, const NssAddress *addresses, int n, struct hostent *host, Room *room)
{
    int family = addresses[0].family, count = 0;
    size_t size = family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);

    *host = (struct hostent){ .h_addrtype = family, .h_length = (int)size };
    host->h_name = take_name(room, name);
    host->h_aliases = take(room, sizeof(char *));
    host->h_addr_list = take(room, sizeof(char *) * ((size_t)n + 1));
    if (!host->h_name || !host->h_aliases || !host->h_addr_list)
        return false;
    host->h_aliases[0] = NULL;
    for (int i = 0; i < n; i++) {
        if (addresses[i].family != family)
            continue;
        host->h_addr_list[count] = take(room, size);
        if (!host->h_addr_list[count])
            return false;
        memcpy(host->h_addr_list[count++], &addresses[i].v4, size);
    }
    host->h_addr_list[count] = NULL;
    return true;
}

enum nss_status
nss_entry(gethostbyname3_r)(const char *name, int family, struct hostent *result, char *buffer, size_t size, int *errnop,
                       int *herrnop, int32_t *ttlp, char **canonp)
{
    Room room = { buffer, size };
    NssAddress *addresses = NULL;
    int n = 0;
    enum nss_status status;

    if (family != AF_UNSPEC && family != AF_INET && family != AF_INET6)
        return fail(errnop, herrnop, EAFNOSUPPORT, NO_DATA, NSS_STATUS_UNAVAIL);
    status = look_up(name, family, &addresses, &n, errnop, herrnop);
    if (status == NSS_STATUS_SUCCESS && !fill_host(name, addresses, n, result, &room))
        status = too_small(errnop, herrnop);
    free(addresses);
    if (status != NSS_STATUS_SUCCESS)
        return status;
    *herrnop = NETDB_SUCCESS;
    if (ttlp)
        *ttlp = 0; /* leases change: not to be kept */
    if (canonp)
        *canonp = result->h_name;
    return status;
}

enum nss_status
nss_entry(gethostbyname2_r)(const char *name, int family, struct hostent *result, char *buffer, size_t size, int *errnop,
                       int *herrnop)
{
    return nss_entry(gethostbyname3_r)(name, family, result, buffer, size, errnop, herrnop, NULL, NULL);
}

enum nss_status
nss_entry(gethostbyname_r)(const char *name, struct hostent *result, char *buffer, size_t size, int *errnop, int *herrnop)
{
    return nss_entry(gethostbyname3_r)(name, AF_INET, result, buffer, size, errnop, herrnop, NULL, NULL);
}

static bool
fill_tuples(const char *name, const NssAddress *addresses, int n, struct gaih_addrtuple **pat, Room *room)
{
    char *copy = take_name(room, name);

    for (int i = 0; copy && i < n; i++) {
        /* The first may be the caller's own. */
        struct gaih_addrtuple *tuple = i == 0 && *pat ? *pat : take(room, sizeof(*tuple));

        if (!tuple)
            return false;
        *tuple = (struct gaih_addrtuple){ .name = copy, .family = addresses[i].family };
        memcpy(tuple->addr, &addresses[i].v4, addresses[i].family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr));
        *pat = tuple;
        pat = &tuple->next;
    }
    return copy != NULL;
}

enum nss_status
nss_entry(gethostbyname4_r)(const char *name, struct gaih_addrtuple **pat, char *buffer, size_t size, int *errnop, int *herrnop,
                       int32_t *ttlp)
{
    Room room = { buffer, size };
    NssAddress *addresses = NULL;
    int n = 0;
    enum nss_status status = look_up(name, AF_UNSPEC, &addresses, &n, errnop, herrnop);

    if (status == NSS_STATUS_SUCCESS && !fill_tuples(name, addresses, n, pat, &room))
        status = too_small(errnop, herrnop);
    free(addresses);
    if (status != NSS_STATUS_SUCCESS)
        return status;
    *herrnop = NETDB_SUCCESS;
    if (ttlp)
        *ttlp = 0;
    return status;
}
