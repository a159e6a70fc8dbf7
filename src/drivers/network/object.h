/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* object.h - what this driver keeps of a network on the host, and its files
 *
 * Definitions and ports are the kit's; each port has a file in /run/libvirt/network/NAME.ports/.
 */
#pragma once

#include "drivers/common/network.h"
#include "drivers/network/host.h"

/* NetworkObject.host: of whoever has a job of the object. */
typedef struct NetworkState {
    NetworkHost host;
    GSource *watch;    /* tells that dnsmasq has ended */
    int64_t healed;    /* when something was last put in order by itself; monotonic */
    unsigned heals;    /* how many times in quick succession */
    GHashTable *alone; /* UUID of a port without device -> since when (int64_t, monotonic) */
} NetworkState;

void network_object_init(NetworkObject *network);
void network_object_clear(NetworkObject *network);
static inline NetworkState *
network_state(const NetworkObject *network)
{
    return network->host;
}

/* Where files are, beside those of ObjectDirs. */
typedef struct NetworkDirs {
    char *state, *run; /* as in DriverEnv */
    char *run_network; /* /run/libvirt/network */
} NetworkDirs;
extern NetworkDirs network_dirs;
void network_dirs_init(const DriverEnv *env);
void network_dirs_clear(void);
NetworkHostDirs network_host_dirs(void);

/* A new table of networks with what is on disk: definitions, active networks, ports. */
ObjectTable *network_object_load(const DriverEnv *env, const NetworkOps *ops, GError **error);

/* True if any network but @except, active or not, has bridge @name. */
bool network_object_bridge_taken(ObjectTable *table, const char *name, const Object *except);

bool network_object_save_status(Object *object, GError **error);
void network_object_delete_status(Object *object);

bool network_object_save_port(Object *object, const NetworkPort *port, GError **error);
void network_object_delete_port(Object *object, const uint8_t uuid[16]);

/* BRIDGE.macs of an active network: whose ports they are. */
void network_object_save_macs(Object *object);
void network_object_delete_macs(Object *object);
