/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* object.h - what this driver keeps of a network beside the kit's Object, and its files
 *
 * Definitions are the kit's.  Ports are documents under the object's lock; each has a file in
 * /run/libvirt/network/NAME.ports/.  They are kept while the network is down, so that guests find
 * theirs again when it comes back.
 */
#pragma once

#include "drivers/common/kit.h"
#include "drivers/conf/network_gen.h"
#include "drivers/network/host.h"

typedef struct NetworkObject {
    Object object;
    GPtrArray *ports GUARDED_BY(object.lock); /* NetworkPort * */

    /* Of whoever has a job of the object. */
    NetworkHost host;
    GSource *watch;    /* tells that dnsmasq has ended */
    int64_t healed;    /* when something was last put in order by itself; monotonic */
    unsigned heals;    /* how many times in quick succession */
    GHashTable *alone; /* UUID of a port without device -> since when (int64_t, monotonic) */
} NetworkObject;

extern const ObjectKind network_object_kind;

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
ObjectTable *network_object_load(const DriverEnv *env, GError **error);

/* True if any network but @except, active or not, has bridge @name. */
bool network_object_bridge_taken(ObjectTable *table, const char *name, const Object *except);

bool network_object_save_status(Object *object, GError **error);
void network_object_delete_status(Object *object);

bool network_object_save_port(Object *object, const NetworkPort *port, GError **error);
void network_object_delete_port(Object *object, const uint8_t uuid[16]);
/* Forget all ports: the network itself is being forgotten. */
void network_object_delete_ports(NetworkObject *network);
/* The live definition says how many connections there are. */
void network_object_count_ports(NetworkObject *network);
