/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dnsmasq.h - the DHCP and DNS server of a network: its files, and its process
 *
 * dnsmasq detaches itself and outlives the daemon; it is found again by its pid file and told from
 * a stranger by its command line.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "util/process.h"

/* Where the files of one network are; all owned. */
typedef struct NetworkDnsmasqPaths {
    char *bridge;
    char *conf, *hosts, *addnhosts, *pid, *leases;
} NetworkDnsmasqPaths;

void network_dnsmasq_paths_init(NetworkDnsmasqPaths *paths, const char *state_dir,
                                const char *run_dir, const char *network, const char *bridge);
void network_dnsmasq_paths_clear(NetworkDnsmasqPaths *paths);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NetworkDnsmasqPaths, network_dnsmasq_paths_clear)

/* One that is starting: other work can be done until it is waited for. */
typedef struct NetworkDnsmasqStart {
    Process parent; /* ends when the detached child serves */
    int said;       /* what it had to say; -1: nothing was started */
} NetworkDnsmasqStart;

#define NETWORK_DNSMASQ_START_INIT                                                                 \
    {                                                                                              \
        .parent = PROCESS_INIT, .said = -1                                                         \
    }

/* Start it on its files.  @dhcp: it keeps leases. */
bool network_dnsmasq_begin(const NetworkDnsmasqPaths *paths, bool dhcp, NetworkDnsmasqStart *start,
                           GError **error);
/* When this returns true it serves.  A failure carries what dnsmasq said.  @start is over in any
 * case. */
bool network_dnsmasq_finish(const NetworkDnsmasqPaths *paths, NetworkDnsmasqStart *start,
                            Process *ret_process, GError **error);

/* True with the process if it runs on these files. */
bool network_dnsmasq_adopt(const NetworkDnsmasqPaths *paths, Process *ret_process);

/* Stop it and remove its files, the leases included if @forget. */
bool network_dnsmasq_stop(const NetworkDnsmasqPaths *paths, Process *process, bool forget,
                          GError **error);
