/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* life.h - networks coming up, staying well and going down
 *
 * Functions that take a NetworkObject and an error need the caller to hold its turn.
 */
#pragma once

#include "drivers/network/object.h"

/* Main loop, event hub, watches on the host.  After network_dirs_init() and loading. */
bool network_life_init(const DriverEnv *env, GError **error);
void network_life_stop_watching(void);

/* Give a definition what it lacks: UUID, MAC address, a free bridge name.  @own may be NULL. */
bool network_life_settle(Network *network, const NetworkObject *own, GError **error);

/* Start with @live, which becomes the object's on success only. */
bool network_life_start(NetworkObject *object, Network **live, GError **error);
bool network_life_destroy(NetworkObject *object, GError **error);
/* Bring the host to the live definition, as after an update of it. */
bool network_life_apply(NetworkObject *object, GError **error);

/* Look after @object, or all networks if NULL, in the background: heal what is broken. */
void network_life_check(NetworkObject *object);
/* Look whether ports have lost their owners, after a grace period. */
void network_life_check_ports(void);

void network_life_emit(const NetworkObject *object, int event, int detail);
void network_life_emit_metadata(const NetworkObject *object, int type, const char *uri);
