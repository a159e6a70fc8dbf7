/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bandwidth.h - traffic shaping of an interface, by tc(8) or Open vSwitch
 *
 * Command lines are data: those who shape run them, the corpus compares them.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "drivers/conf/netcommon_gen.h"

/* The commands (GPtrArray of char *) that shape @ifname.  @swapped: it is the host's end, where
 * what the guest receives goes out; what was set there before is removed first.  Empty when nothing
 * is limited. */
GPtrArray *bandwidth_tc_commands(const Bandwidth *bandwidth, const char *ifname, bool swapped);
/* The same for a port of an Open vSwitch bridge that belongs to domain @uuid. */
GPtrArray *bandwidth_ovs_commands(const Bandwidth *bandwidth, const char *ifname, const char *uuid);

/* Let everything through again. */
void bandwidth_clear(const char *ifname);
/* Shape @ifname by tc.  Removing what is not there is no failure. */
bool bandwidth_apply(const Bandwidth *bandwidth, const char *ifname, bool swapped, GError **error);
