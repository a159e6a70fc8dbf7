/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network_port.h - what a port gets from its network. */
#pragma once

#include "drivers/conf/network_gen.h"
#include "drivers/conf/networkport_gen.h"

/* Give @port what its port group and @network say and it does not, and refuse what the network cannot do for it.
 * @others are the ports (NetworkPort *) that @network has already; may be NULL. */
bool network_port_settle(const Network *network, const GPtrArray *others, NetworkPort *port, GError **error);
