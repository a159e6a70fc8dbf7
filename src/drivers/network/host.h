/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host.h - one active network in the host: bridge, addresses, firewall, dnsmasq
 *
 * network_host_apply() is the one way in: it compares what the definition wants with what there is
 * and makes up the difference.  Starting a network, a restart of the daemon, SIGHUP and healing are
 * all this function; where all is well it changes nothing.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "drivers/conf/network_gen.h"
#include "util/process.h"

typedef struct NetworkHostDirs {
    const char *state_dir, *run_dir;
} NetworkHostDirs;

/* What the daemon holds of a network besides its definition. */
typedef struct NetworkHost {
    Process dnsmasq;
} NetworkHost;

#define NETWORK_HOST_INIT                                                                          \
    {                                                                                              \
        .dnsmasq = PROCESS_INIT                                                                    \
    }

/* Before a start: is the bridge's name or a subnet taken by someone else? */
bool network_host_check_free(const Network *network, GError **error);

/* Bring the host to what @network says.  @changed (may be NULL) counts what had to be done. */
bool network_host_apply(const Network *network, const NetworkHostDirs *dirs, NetworkHost *host,
                        unsigned *changed, GError **error);

/* Start: nothing of it may be there, and nothing is left of it on failure. */
bool network_host_start(const Network *network, const NetworkHostDirs *dirs, NetworkHost *host,
                        GError **error);

/* Take it all away.  Goes on after a failure and reports the first.  @forget: leases too. */
bool network_host_stop(const Network *network, const NetworkHostDirs *dirs, NetworkHost *host,
                       bool forget, GError **error);

/* The host's first free bridge name of @pattern ("virbr%d"), that @taken does not know either. */
char *network_host_free_bridge(const char *pattern, bool (*taken)(const char *name, void *data),
                               void *data, GError **error);
