/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host_cache.h - caches and memory bandwidth of the host, and how they can be divided (resctrl) */
#pragma once

#include "drivers/common/host_tree.h"

/* caps->caches, cache_monitor, bandwidth_nodes and bandwidth_monitor. */
void host_cache_fill(const HostTree *tree, Capabilities *caps);

/* What no group of resctrl uses, as lines of a schemata file: "L3:0=000ff;1=000f0".  NULL with @error set if the
 * host has no resctrl or it holds what is no schemata. */
char *host_cache_free_schemata(const HostTree *tree, GError **error);
