/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qmp_cpu.h - vCPUs of a running guest: what is there, what could be, and which is which
 *
 * QEMU numbers vCPUs in the order in which they came; we by their place in the topology, which stays.  A unit of
 * hotplug may have several vCPUs (threads of a POWER core): the first stands for it.
 */
#pragma once

#include "util/json.h"

typedef struct QmpVcpu {
    bool online;
    bool hotpluggable;            /* it, or the unit it is of, came or may come later */
    bool halted;
    int64_t thread;               /* of the host; 0: unknown */
    int query_id;                 /* QEMU's number, or -1 */

    unsigned count;               /* vCPUs of the unit; 0: this is not its first one */
    unsigned enable_order;        /* from 1, in the order of coming; 0: offline */
    char *type, *alias, *path;
    int node, socket, die, cluster, module, core, thread_id; /* -1: not told */
} QmpVcpu;

/* Of the replies to query-cpus-fast and query-hotpluggable-cpus (may be NULL); QmpVcpu, @max of them. */
GPtrArray *qmp_cpu_merge(Json *cpus, Json *hotpluggable, size_t max, GError **error);
