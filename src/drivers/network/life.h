/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* life.h - networks coming up, staying well and going down
 */
#pragma once

#include "drivers/network/object.h"

/* Main loop, watches on the host.  @table outlives it. */
bool network_life_init(const DriverEnv *env, ObjectTable *table, GError **error);
void network_life_stop_watching(void);

extern const NetworkOps network_life_ops;

/* Look after @network, or all networks if NULL, in the background: heal what is broken. */
void network_life_check(NetworkObject *network);
/* Look whether ports have lost their owners, after a grace period. */
void network_life_check_ports(void);
