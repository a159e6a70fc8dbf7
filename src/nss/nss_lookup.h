/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nss_lookup.h - addresses of guests, from the files that virtnetworkd leaves
 *
 * FOLDER/BRIDGE.status has the leases of a network, FOLDER/BRIDGE.macs the MAC addresses of each guest on it.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

typedef struct NssAddress {
    int family; /* AF_INET or AF_INET6 */
    union {
        struct in_addr v4;
        struct in6_addr v6;
    };
    int64_t expiry; /* of its lease, in seconds since the epoch */
} NssAddress;

typedef struct NssQuery {
    const char *folder;
    const char *name; /* of a host in DHCP, or of a guest; in either case of letters */
    bool guest;
    int family; /* AF_UNSPEC: any */
    time_t now; /* what ran out before it does not count */
} NssQuery;

/* Addresses, those of the latest leases first, to be freed; their count, 0 with NULL if there is none.  -1 with errno
 * set if nothing can be said. */
int nss_lookup(const NssQuery *query, NssAddress **ret_addresses);
