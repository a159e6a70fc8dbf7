/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network_update.h - virNetworkUpdate: change one element of a definition; and rules of networks that need
 * arithmetic */
#pragma once

#include "drivers/conf/network_gen.h"

/* Add, change or delete the element @xml of @section (VIR_NETWORK_SECTION_*) in *@network. @command
 * is a VIR_NETWORK_UPDATE_COMMAND_*, @parent the number of the <ip> for the sections below it, or
 * -1 to choose. On success *@network is another object; on failure it is as before. */
bool network_update(Network **network, unsigned command, unsigned section, int parent,
                    const char *xml, GError **error);

/* Is the bridge the network's own, rather than one of the host's or none at all? */
static inline bool
network_owns_bridge(const Network *network)
{
    return network->forward_mode <= FORWARD_MODE_OPEN;
}

/* What holds for every network; and what its mode needs and forbids, which a change of one part leaves to the driver. */
bool network_content_check(Network *network, GError **error);
bool network_mode_check(Network *network, GError **error);

/* Addresses, DHCP, DNS and routes: part of reading a network. */
bool network_service_check(const Network *network, GError **error);

/* What a driver refuses beyond that: more of something than it can serve. */
bool network_validate(const Network *network, GError **error);
