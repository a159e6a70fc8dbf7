/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ovs_stats.h - what Open vSwitch counts at a port, for interfaces that the kernel knows nothing of (vhost-user) */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "rpc/api_gen.h"

/* Counters in @text, the "statistics" column that ovs-vsctl prints as JSON, seen from the guest: what the switch sent it
 * has received.  Those that are not there are -1. */
bool ovs_stats_parse(const char *text, DomainInterfaceStatsRet *ret, GError **error);

/* Ask Open vSwitch for those of its port @name. */
bool ovs_stats_read(const char *name, DomainInterfaceStatsRet *ret, GError **error);
