/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* handle.c - public pointers: life, checks, and their form on the wire
 *
 * The magic is wiped when a handle dies, so that a pointer used after its last free is
 * refused rather than followed as long as the memory has not been used again.
 */
#define ERROR_FROM VIR_FROM_NONE
#include "rpc/client/handle.h"

#include <string.h>

#include "rpc/api_gen.h"
#include "rpc/client/client-stream.h"
#include "rpc/client/connection.h"
#include "util/error.h"

enum { HANDLE_MAGIC = 0x4c560100 };

const HandleClass handle_classes[HANDLE_LAST] = {
    [HANDLE_CONNECT] = { "virConnectPtr", VIR_ERR_INVALID_CONN, VIR_FROM_NONE, sizeof(Connection),
                         connection_clear },
    [HANDLE_DOMAIN] = { "virDomainPtr", VIR_ERR_INVALID_DOMAIN, VIR_FROM_DOM, sizeof(Handle) },
    [HANDLE_DOMAIN_SNAPSHOT] = { "virDomainSnapshotPtr", VIR_ERR_INVALID_DOMAIN_SNAPSHOT,
                                 VIR_FROM_DOMAIN_SNAPSHOT, sizeof(Handle) },
    [HANDLE_DOMAIN_CHECKPOINT] = { "virDomainCheckpointPtr", VIR_ERR_INVALID_DOMAIN_CHECKPOINT,
                                   VIR_FROM_DOMAIN_CHECKPOINT, sizeof(Handle) },
    [HANDLE_INTERFACE] = { "virInterfacePtr", VIR_ERR_INVALID_INTERFACE, VIR_FROM_INTERFACE,
                           sizeof(Handle) },
    [HANDLE_NETWORK] = { "virNetworkPtr", VIR_ERR_INVALID_NETWORK, VIR_FROM_NETWORK,
                         sizeof(Handle) },
    [HANDLE_NETWORK_PORT] = { "virNetworkPortPtr", VIR_ERR_INVALID_NETWORK_PORT, VIR_FROM_NETWORK,
                              sizeof(Handle) },
    [HANDLE_NODE_DEVICE] = { "virNodeDevicePtr", VIR_ERR_INVALID_NODE_DEVICE, VIR_FROM_NODEDEV,
                             sizeof(Handle) },
    [HANDLE_NWFILTER] = { "virNWFilterPtr", VIR_ERR_INVALID_NWFILTER, VIR_FROM_NWFILTER,
                          sizeof(Handle) },
    [HANDLE_NWFILTER_BINDING] = { "virNWFilterBindingPtr", VIR_ERR_INVALID_NWFILTER_BINDING,
                                  VIR_FROM_NWFILTER, sizeof(Handle) },
    [HANDLE_SECRET] = { "virSecretPtr", VIR_ERR_INVALID_SECRET, VIR_FROM_SECRET, sizeof(Handle) },
    [HANDLE_STORAGE_POOL] = { "virStoragePoolPtr", VIR_ERR_INVALID_STORAGE_POOL, VIR_FROM_STORAGE,
                              sizeof(Handle) },
    [HANDLE_STORAGE_VOL] = { "virStorageVolPtr", VIR_ERR_INVALID_STORAGE_VOL, VIR_FROM_STORAGE,
                             sizeof(Handle) },
    [HANDLE_STREAM] = { "virStreamPtr", VIR_ERR_INVALID_STREAM, VIR_FROM_STREAMS,
                        sizeof(ClientStream), client_stream_clear },
    [HANDLE_ADM_CONNECT] = { "virAdmConnectPtr", VIR_ERR_INVALID_CONN, VIR_FROM_NONE,
                             sizeof(Connection), connection_clear },
    [HANDLE_ADM_SERVER] = { "virAdmServerPtr", VIR_ERR_INVALID_CONN, VIR_FROM_NONE,
                            sizeof(Handle) },
    [HANDLE_ADM_CLIENT] = { "virAdmClientPtr", VIR_ERR_INVALID_CONN, VIR_FROM_NONE,
                            sizeof(Handle) },
};

Handle *
handle_new(HandleKind kind, Connection *conn)
{
    Handle *handle = g_malloc0(handle_classes[kind].size);

    handle->magic = HANDLE_MAGIC + kind;
    handle->refs = 1;
    if (conn)
        handle->conn = (Connection *)handle_ref(&conn->handle);
    return handle;
}

static HandleKind
kind_of(const Handle *handle)
{
    return (HandleKind)(handle->magic - HANDLE_MAGIC);
}

bool
handle_is(const void *ptr, HandleKind kind)
{
    const Handle *handle = ptr;

    if (!handle || handle->magic != (uint32_t)HANDLE_MAGIC + kind)
        return false;
    return kind == HANDLE_CONNECT || kind == HANDLE_ADM_CONNECT || handle->conn;
}

bool
handle_check(const void *ptr, HandleKind kind, int from, const char *function, GError **error)
{
    const HandleClass *cls = &handle_classes[kind];

    if (handle_is(ptr, kind))
        return true;
    error_set_full(error, cls->from == VIR_FROM_NONE ? from : cls->from, cls->invalid, "%s",
                   function);
    return false;
}

Handle *
handle_ref(Handle *handle)
{
    if (handle)
        __atomic_add_fetch(&handle->refs, 1, __ATOMIC_RELAXED);
    return handle;
}

Handle *
handle_ref_live(Handle *handle)
{
    int refs = __atomic_load_n(&handle->refs, __ATOMIC_ACQUIRE);

    while (refs > 0) {
        if (__atomic_compare_exchange_n(&handle->refs, &refs, refs + 1, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
            return handle;
    }
    return NULL;
}

int
handle_unref(Handle *handle)
{
    Connection *conn;
    Handle *parent;
    int left;

    if (!handle)
        return 0;
    left = __atomic_sub_fetch(&handle->refs, 1, __ATOMIC_ACQ_REL);
    if (left > 0)
        return left;
    if (handle_classes[kind_of(handle)].clear)
        handle_classes[kind_of(handle)].clear(handle);
    conn = handle->conn;
    parent = handle->parent;
    handle->magic = 0;
    g_free(handle->name);
    g_free(handle->extra);
    g_free(handle->pool);
    g_free(handle);
    handle_unref(parent);
    if (conn)
        handle_unref(&conn->handle);
    return 0;
}

Connection *
handle_connection(Handle *handle)
{
    return kind_of(handle) == HANDLE_CONNECT || kind_of(handle) == HANDLE_ADM_CONNECT
               ? (Connection *)handle
               : handle->conn;
}

/* How one member of a wire record and one of a Handle correspond. */
typedef enum {
    MAP_END,
    MAP_STRING,
    MAP_UUID,
    MAP_INT,
    MAP_UINT,
    MAP_HYPER, /* signed or not */
    MAP_PARENT
} MapKind;

typedef struct Map {
    uint8_t kind;
    uint8_t parent; /* PARENT: its HandleKind */
    uint16_t wire, handle;
} Map;

typedef struct WireForm {
    size_t size;
    Map maps[5];
} WireForm;

/* clang-format off */
#define MAP(how, type, field, member) { MAP_##how, 0, offsetof(type, field), offsetof(Handle, member) }
#define PARENT(type, field, of) { MAP_PARENT, of, offsetof(type, field), 0 }
#define FORM(type, ...) { sizeof(type), { __VA_ARGS__ } }

static const WireForm forms[HANDLE_LAST] = {
    [HANDLE_DOMAIN] = FORM(WireDomain,
        MAP(STRING, WireDomain, name, name),
        MAP(UUID, WireDomain, uuid, uuid),
        MAP(INT, WireDomain, id, number)),
    [HANDLE_DOMAIN_SNAPSHOT] = FORM(WireDomainSnapshot,
        MAP(STRING, WireDomainSnapshot, name, name),
        PARENT(WireDomainSnapshot, dom, HANDLE_DOMAIN)),
    [HANDLE_DOMAIN_CHECKPOINT] = FORM(WireDomainCheckpoint,
        MAP(STRING, WireDomainCheckpoint, name, name),
        PARENT(WireDomainCheckpoint, dom, HANDLE_DOMAIN)),
    [HANDLE_INTERFACE] = FORM(WireInterface,
        MAP(STRING, WireInterface, name, name),
        MAP(STRING, WireInterface, mac, extra)),
    [HANDLE_NETWORK] = FORM(WireNetwork,
        MAP(STRING, WireNetwork, name, name),
        MAP(UUID, WireNetwork, uuid, uuid)),
    [HANDLE_NETWORK_PORT] = FORM(WireNetworkPort,
        PARENT(WireNetworkPort, net, HANDLE_NETWORK),
        MAP(UUID, WireNetworkPort, uuid, uuid)),
    [HANDLE_NODE_DEVICE] = FORM(WireNodeDevice,
        MAP(STRING, WireNodeDevice, name, name)),
    [HANDLE_NWFILTER] = FORM(WireNwfilter,
        MAP(STRING, WireNwfilter, name, name),
        MAP(UUID, WireNwfilter, uuid, uuid)),
    [HANDLE_NWFILTER_BINDING] = FORM(WireNwfilterBinding,
        MAP(STRING, WireNwfilterBinding, portdev, name),
        MAP(STRING, WireNwfilterBinding, filtername, extra)),
    [HANDLE_SECRET] = FORM(WireSecret,
        MAP(UUID, WireSecret, uuid, uuid),
        MAP(INT, WireSecret, usageType, number),
        MAP(STRING, WireSecret, usageID, name)),
    [HANDLE_STORAGE_POOL] = FORM(WireStoragePool,
        MAP(STRING, WireStoragePool, name, name),
        MAP(UUID, WireStoragePool, uuid, uuid)),
    [HANDLE_STORAGE_VOL] = FORM(WireStorageVol,
        MAP(STRING, WireStorageVol, pool, pool),
        MAP(STRING, WireStorageVol, name, name),
        MAP(STRING, WireStorageVol, key, extra)),
    [HANDLE_ADM_SERVER] = FORM(WireAdminServer,
        MAP(STRING, WireAdminServer, name, name)),
    [HANDLE_ADM_CLIENT] = FORM(WireAdminClient,
        PARENT(WireAdminClient, srv, HANDLE_ADM_SERVER),
        MAP(HYPER, WireAdminClient, id, serial),
        MAP(HYPER, WireAdminClient, timestamp, number),
        MAP(UINT, WireAdminClient, transport, transport)),
};
/* clang-format on */

/* Bytes of those that are the same on both sides. */
static const uint8_t sizes[] = { [MAP_UUID] = VIR_UUID_BUFLEN, [MAP_UINT] = 4, [MAP_HYPER] = 8 };

void
handle_to_wire(const Handle *handle, void *record)
{
    for (const Map *m = forms[kind_of(handle)].maps; m->kind; m++) {
        const void *from = (const char *)handle + m->handle;
        void *to = (char *)record + m->wire;

        switch ((MapKind)m->kind) {
        case MAP_STRING:
            *(const char **)to = *(char *const *)from ? *(char *const *)from : "";
            break;
        case MAP_INT:
            *(int32_t *)to = (int32_t) * (const int64_t *)from;
            break;
        case MAP_UUID:
        case MAP_UINT:
        case MAP_HYPER:
            memcpy(to, from, sizes[m->kind]);
            break;
        case MAP_PARENT:
            handle_to_wire(handle->parent, to);
            break;
        case MAP_END:
            break;
        }
    }
}

Handle *
handle_from_wire(HandleKind kind, Connection *conn, Handle *parent, const void *record)
{
    Handle *handle = handle_new(kind, conn);

    for (const Map *m = forms[kind].maps; m->kind; m++) {
        const void *from = (const char *)record + m->wire;
        void *to = (char *)handle + m->handle;

        switch ((MapKind)m->kind) {
        case MAP_STRING:
            *(char **)to = g_strdup(*(char *const *)from);
            break;
        case MAP_INT:
            *(int64_t *)to = *(const int32_t *)from;
            break;
        case MAP_UUID:
        case MAP_UINT:
        case MAP_HYPER:
            memcpy(to, from, sizes[m->kind]);
            break;
        case MAP_PARENT:
            handle->parent =
                parent ? handle_ref(parent) : handle_from_wire(m->parent, conn, NULL, from);
            break;
        case MAP_END:
            break;
        }
    }
    return handle;
}

size_t
handle_wire_size(HandleKind kind)
{
    return forms[kind].size;
}
