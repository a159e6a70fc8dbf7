/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* life.h - networks coming up, staying well and going down
 *
 * Functions that take a NetworkObject and an error need the caller to hold a job of it.
 */
#pragma once

#include "drivers/network/object.h"

/* Main loop, watches on the host.  @table outlives it. */
bool network_life_init(const DriverEnv *env, ObjectTable *table, GError **error);
void network_life_stop_watching(void);

/* Give a definition what it lacks: a MAC address, a free bridge name.  @own is its object. */
bool network_life_settle(Network *network, NetworkObject *own, GError **error);

/* Start with @live, which becomes the object's on success only. */
bool network_life_start(NetworkObject *network, Network **live, GError **error);
bool network_life_destroy(NetworkObject *network, GError **error);
/* Bring the host to the live definition, as after an update of it. */
bool network_life_apply(NetworkObject *network, GError **error);

/* Look after @network, or all networks if NULL, in the background: heal what is broken. */
void network_life_check(NetworkObject *network);
/* Look whether ports have lost their owners, after a grace period. */
void network_life_check_ports(void);
