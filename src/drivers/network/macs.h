/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* macs.h - the MAC addresses of each guest on a network, in the file BRIDGE.macs
 *
 * Derived from the network's ports; with it the NSS module libvirt_guest finds the leases of a guest by the guest's
 * name, whatever name the guest gave to DHCP.  JSON in upstream's form.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Name of a guest -> GPtrArray of addresses, sorted by name. */
typedef GTree NetworkMacs;

NetworkMacs *network_macs_new(void);
/* An address that is there already is not added again. */
void network_macs_add(NetworkMacs *macs, const char *domain, const char *mac);
NetworkMacs *network_macs_parse(const char *text, const char *what, GError **error);
char *network_macs_format(NetworkMacs *macs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NetworkMacs, g_tree_unref)
