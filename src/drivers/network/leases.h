/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* leases.h - the DHCP leases of a network, in the file BRIDGE.status
 *
 * The file is JSON in upstream's form, since Debian's libnss-libvirt and other programs read it.
 * The lease helper, which dnsmasq runs at every change, writes it; the daemon reads it.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct NetworkLease {
    char *ip;                   /* the key */
    char *mac;                  /* may be NULL for IPv6 */
    char *hostname, *client_id; /* NULL: none; client_id is the DUID for IPv6 */
    char *iaid;                 /* IPv6 only; a leading T marks a temporary address */
    char *server_duid;          /* IPv6 only */
    int64_t expiry;             /* seconds since the epoch, 0: never */
} NetworkLease;

void network_lease_free(void *lease);

/* Array of NetworkLease *; empty if there is no file.  Entries without address or expiry are passed
 * over. */
GPtrArray *network_leases_read(const char *path, GError **error);
bool network_leases_write(const char *path, const GPtrArray *leases, GError **error);

bool network_lease_is_expired(const NetworkLease *lease, int64_t now);
