/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* object.h - the networks of this daemon: table, definitions, files, turns
 *
 * Two locks, in this order: the table's, one object's.  Both are held for memory access only.
 * Whoever changes a network or its part of the host takes a turn first (network_turn); readers copy
 * what they need under the object's lock and never wait for a turn.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "drivers/conf/network_gen.h"
#include "drivers/network/host.h"
#include "rpc/driver.h"
#include "util/lock.h"

typedef struct NetworkObject {
    gatomicrefcount refs;
    char *name;                 /* never change */
    uint8_t uuid[16];

    Lock lock;
    Network *live GUARDED_BY(lock);    /* NULL: inactive */
    Network *config GUARDED_BY(lock);  /* NULL: transient */
    bool autostart GUARDED_BY(lock);
    GPtrArray *ports GUARDED_BY(lock); /* NetworkPort *, kept while inactive too */
    const char *turn GUARDED_BY(lock); /* what holds the turn; NULL: nobody */
    Cond turn_over;

    /* Of whoever has the turn. */
    NetworkHost host;
    GSource *watch;             /* tells that dnsmasq has ended */
    int64_t healed;             /* when dnsmasq was last started again; monotonic */
    unsigned heals;             /* how many times in quick succession */
} NetworkObject;

NetworkObject *network_object_ref(NetworkObject *object);
void network_object_unref(NetworkObject *object);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NetworkObject, network_object_unref)

/* Where files are; set once, by the driver's start. */
typedef struct NetworkDirs {
    char *config, *autostart;   /* /etc/libvirt/qemu/networks ... */
    char *state, *run;          /* as in DriverEnv */
    char *run_network;          /* /run/libvirt/network */
} NetworkDirs;
extern NetworkDirs network_dirs;
void network_dirs_init(const DriverEnv *env);
void network_dirs_clear(void);
NetworkHostDirs network_host_dirs(void);

/* The table.  References are the caller's. */
NetworkObject *network_object_by_uuid(const uint8_t uuid[16]);
NetworkObject *network_object_by_name(const char *name);
/* Those of the name or UUID of @network, or a new one with neither live nor config.  Fails when name
 * and UUID belong to different networks. */
NetworkObject *network_object_get(const Network *network, GError **error);
/* Array of NetworkObject *, sorted by name. */
GPtrArray *network_object_list(void);
/* Take it out of the table if it has neither live nor config. */
void network_object_drop(NetworkObject *object);
void network_object_drop_all(void);
/* True if any network, active or not, has bridge @name. */
bool network_object_bridge_taken(const char *name, const NetworkObject *except);

bool network_object_is_active(NetworkObject *object);
bool network_object_is_persistent(NetworkObject *object);
/* A copy of the live or the persistent definition; NULL if there is none. */
Network *network_object_copy(NetworkObject *object, bool live);

/* A turn to change @object: owned, so that it cannot be forgotten.  Waits 30 seconds at most. */
typedef NetworkObject *NetworkTurn;
NetworkTurn network_turn_begin(NetworkObject *object, const char *what, GError **error);
void network_turn_end(NetworkTurn *turn);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NetworkTurn, network_turn_end)

/* Files. */
bool network_object_save_config(NetworkObject *object, const Network *config, GError **error);
bool network_object_delete_config(NetworkObject *object, GError **error);
bool network_object_save_status(NetworkObject *object, GError **error);
void network_object_delete_status(NetworkObject *object);
bool network_object_set_autostart(NetworkObject *object, bool on, GError **error);
bool network_object_save_port(NetworkObject *object, const NetworkPort *port, GError **error);
void network_object_delete_port(NetworkObject *object, const uint8_t uuid[16]);
/* Read all that is on disk into the table; what cannot be read is logged and left alone. */
void network_object_load_all(void);
