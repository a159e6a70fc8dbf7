/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host_topology.h - CPUs and NUMA nodes of the host */
#pragma once

#include "drivers/common/host_tree.h"

typedef struct HostTopology {
    unsigned online, present;            /* CPUs */
    unsigned nodes, sockets, cores, threads; /* sockets a node, cores a socket, threads a core */
} HostTopology;

/* In the sense of virNodeInfo: the product of the last four counts every CPU, so a host that is not regular, or of
 * which the kernel says nothing, is described as one node with one socket of single-threaded cores. */
void host_topology_read(const HostTree *tree, HostTopology *ret_topology);

/* NUMA cells, with CPUs, memory, pages, distances and memory-side caches, and what the firmware says of latency and bandwidth
 * between them: caps->cells, latencies and bandwidths. */
void host_topology_fill(const HostTree *tree, Capabilities *caps);
