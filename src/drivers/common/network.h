/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network.h - networks and the ports guests are plugged into
 *
 * What a driver does on the host is its NetworkOps, the owner of its ObjectTable of network_kind; the rows are
 * NETWORK_ROWS.  Ports are documents under the object's lock.  They are kept while the network is down, so
 * that guests find theirs again when it comes back.
 */
#pragma once

#include <libvirt/libvirt.h>

#include "drivers/common/object_life.h"
#include "drivers/common/object_rows.h"
#include "drivers/conf/network_gen.h"
#include "drivers/conf/networkport_gen.h"

typedef struct NetworkObject {
    Object object;
    GPtrArray *ports GUARDED_BY(object.lock); /* NetworkPort * */
    void *host;                               /* the driver's; of whoever has a job of the object */
} NetworkObject;

/* Members may be NULL: then there is nothing to do.  All are called under a job of the network. */
typedef struct NetworkOps {
    void (*init)(NetworkObject *network);
    void (*clear)(NetworkObject *network);
    /* Give a new definition what it lacks: a MAC address, a free bridge name. */
    bool (*settle)(NetworkObject *network, Network *doc, GError **error);
    /* As in ObjectLife. */
    bool (*start)(NetworkObject *network, const Network *doc, GError **error);
    bool (*stop)(NetworkObject *network, GError **error);
    /* Bring the host to the live definition, after an update of it. */
    bool (*apply)(NetworkObject *network, GError **error);
    bool (*save_status)(Object *object, GError **error);
    bool (*save_port)(Object *object, const NetworkPort *port, GError **error);
    void (*delete_port)(Object *object, const uint8_t uuid[16]);
    /* A port that was saved has joined. */
    void (*port_added)(NetworkObject *network, const NetworkPort *port);
} NetworkOps;

extern const ObjectKind network_kind;

static inline const NetworkOps *
network_ops(const Object *object)
{
    return object->table->owner;
}

/* Under a job of the network. */
/* Forget all ports: the network itself is being forgotten. */
void network_forget_ports(NetworkObject *network);
/* The live definition says how many connections there are. */
void network_count_ports(NetworkObject *network);

/* network.c */
bool network_row_update(Call *call, GError **error);
bool network_row_bridge_name(Call *call, GError **error);

/* network_port.c */
bool network_port_list(Call *call, GError **error);
bool network_port_lookup(Call *call, GError **error);
bool network_port_create(Call *call, GError **error);
bool network_port_delete(Call *call, GError **error);
bool network_port_get_xml(Call *call, GError **error);
bool network_port_get_parameters(Call *call, GError **error);
bool network_port_set_parameters(Call *call, GError **error);

enum {
    NETWORK_UPDATE_FLAGS = VIR_NETWORK_UPDATE_AFFECT_LIVE | VIR_NETWORK_UPDATE_AFFECT_CONFIG,
    NETWORK_PORT_CREATE_FLAGS = VIR_NETWORK_PORT_CREATE_RECLAIM | VIR_NETWORK_PORT_CREATE_VALIDATE,
};

#define NETWORK_ROWS                                                                                        \
    OBJECT_NETWORK_ROWS,                                                                                    \
    [PROC_NETWORK_DEFINE_XML] = { object_life_define_xml },                                                 \
    [PROC_NETWORK_DEFINE_XML_FLAGS] = { object_life_define_xml, VIR_NETWORK_DEFINE_VALIDATE },              \
    [PROC_NETWORK_CREATE_XML] = { object_life_create_xml },                                                 \
    [PROC_NETWORK_CREATE_XML_FLAGS] = { object_life_create_xml, VIR_NETWORK_CREATE_VALIDATE },              \
    [PROC_NETWORK_CREATE] = { object_life_create },                                                         \
    [PROC_NETWORK_DESTROY] = { object_life_destroy },                                                       \
    [PROC_NETWORK_UNDEFINE] = { object_life_undefine },                                                     \
    [PROC_NETWORK_UPDATE] = { network_row_update, NETWORK_UPDATE_FLAGS },                                   \
    [PROC_NETWORK_GET_BRIDGE_NAME] = { network_row_bridge_name, 0, ROW_INLINE },                            \
    [PROC_NETWORK_LIST_ALL_PORTS] = { network_port_list, 0, ROW_INLINE },                                   \
    [PROC_NETWORK_PORT_LOOKUP_BY_UUID] = { network_port_lookup, 0, ROW_INLINE },                            \
    [PROC_NETWORK_PORT_CREATE_XML] = { network_port_create, NETWORK_PORT_CREATE_FLAGS },                    \
    [PROC_NETWORK_PORT_DELETE] = { network_port_delete },                                                   \
    [PROC_NETWORK_PORT_GET_XML_DESC] = { network_port_get_xml, 0, ROW_INLINE },                             \
    [PROC_NETWORK_PORT_GET_PARAMETERS] = { network_port_get_parameters, VIR_TYPED_PARAM_STRING_OKAY, ROW_INLINE }, \
    [PROC_NETWORK_PORT_SET_PARAMETERS] = { network_port_set_parameters }
