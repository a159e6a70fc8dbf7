/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* firewall.h - the packet filter of a guest's interface
 *
 * Each interface has chains of its own in the host's tables: libvirt-J-IFNAME (from the guest) and libvirt-P-IFNAME (to
 * it) for ebtables, with more below them for filters of one protocol; FJ-, FP- and HJ-IFNAME (from the guest and to it
 * through the host, and to the host itself) for iptables and ip6tables.
 */
#pragma once

#include "drivers/conf/nwfilter_gen.h"

/* The commands that put @filter in place for @ifname, in order; each a NULL-terminated list of words.  @values: name of
 * a variable -> GPtrArray of strings.  Removing what a former filter may have left comes first, so those commands fail
 * where there was none. */
GPtrArray *nwfilter_firewall_commands(const NwFilter *filter, const char *ifname, GHashTable *values, GError **error);
