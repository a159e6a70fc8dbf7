/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* api-handle.c - free, ref, and what a handle itself knows: one line a function. */
#define ERROR_FROM VIR_FROM_NONE
#include <string.h>

#include "rpc/client/entry.h"
#include "rpc/client/last-error.h"
#include "util/error.h"
#include "util/uuid.h"

#pragma GCC visibility push(default)

static int
free_handle(Entry e, HandleKind kind, const void *ptr)
{
    if (!entry_begin(&e, kind, ptr)) {
        entry_fail(&e);
        return -1;
    }
    handle_unref(e.self);
    return 0;
}

static int
ref_handle(Entry e, HandleKind kind, const void *ptr)
{
    if (!entry_begin(&e, kind, ptr)) {
        entry_fail(&e);
        return -1;
    }
    handle_ref(e.self);
    return 0;
}

/* The handle if it is one; NULL with the error raised. */
static Handle *
look_at(Entry e, HandleKind kind, const void *ptr)
{
    if (entry_begin(&e, kind, ptr))
        return e.self;
    entry_fail(&e);
    return NULL;
}

static int
get_uuid(Entry e, HandleKind kind, const void *ptr, const char *arg, void *out, bool as_text)
{
    if (!entry_begin(&e, kind, ptr) || !entry_nonnull(&e, arg, out)) {
        entry_fail(&e);
        return -1;
    }
    if (as_text)
        uuid_format(e.self->uuid, out);
    else
        memcpy(out, e.self->uuid, VIR_UUID_BUFLEN);
    return 0;
}

#define FREE(function, Type, KIND, from)                                                           \
    int function(Type handle)                                                                      \
    {                                                                                              \
        return free_handle((Entry)ENTRY(from), HANDLE_##KIND, handle);                             \
    }
#define REF(function, Type, KIND, from)                                                            \
    int function(Type handle)                                                                      \
    {                                                                                              \
        return ref_handle((Entry)ENTRY(from), HANDLE_##KIND, handle);                              \
    }
/* A getter of one expression over the handle @h. */
#define GET(Result, function, Type, KIND, from, expression, fail)                                  \
    Result function(Type handle)                                                                   \
    {                                                                                              \
        Handle *h = look_at((Entry)ENTRY(from), HANDLE_##KIND, handle);                            \
                                                                                                   \
        return h ? (Result)(expression) : (fail);                                                  \
    }
#define UUID(function, Type, KIND, from, arg, CType, as_text)                                      \
    int function(Type handle, CType *out)                                                          \
    {                                                                                              \
        return get_uuid((Entry)ENTRY(from), HANDLE_##KIND, handle, arg, out, as_text);             \
    }
#define UUIDS(prefix, Type, KIND, from, arg)                                                       \
    UUID(prefix##GetUUID, Type, KIND, from, arg, unsigned char, false)                             \
    UUID(prefix##GetUUIDString, Type, KIND, from, "buf", char, true)

FREE(virDomainFree, virDomainPtr, DOMAIN, VIR_FROM_DOMAIN)
REF(virDomainRef, virDomainPtr, DOMAIN, VIR_FROM_DOMAIN)
GET(const char *, virDomainGetName, virDomainPtr, DOMAIN, VIR_FROM_DOMAIN, h->name, NULL)
GET(unsigned int, virDomainGetID, virDomainPtr, DOMAIN, VIR_FROM_DOMAIN, h->number,
    (unsigned int)-1)
GET(virConnectPtr, virDomainGetConnect, virDomainPtr, DOMAIN, VIR_FROM_DOMAIN, h->conn, NULL)
UUIDS(virDomain, virDomainPtr, DOMAIN, VIR_FROM_DOMAIN, "uuid")

FREE(virDomainSnapshotFree, virDomainSnapshotPtr, DOMAIN_SNAPSHOT, VIR_FROM_DOMAIN_SNAPSHOT)
REF(virDomainSnapshotRef, virDomainSnapshotPtr, DOMAIN_SNAPSHOT, VIR_FROM_DOMAIN_SNAPSHOT)
GET(const char *, virDomainSnapshotGetName, virDomainSnapshotPtr, DOMAIN_SNAPSHOT,
    VIR_FROM_DOMAIN_SNAPSHOT, h->name, NULL)
GET(virDomainPtr, virDomainSnapshotGetDomain, virDomainSnapshotPtr, DOMAIN_SNAPSHOT,
    VIR_FROM_DOMAIN_SNAPSHOT, h->parent, NULL)
GET(virConnectPtr, virDomainSnapshotGetConnect, virDomainSnapshotPtr, DOMAIN_SNAPSHOT,
    VIR_FROM_DOMAIN_SNAPSHOT, h->conn, NULL)

FREE(virDomainCheckpointFree, virDomainCheckpointPtr, DOMAIN_CHECKPOINT, VIR_FROM_DOMAIN_CHECKPOINT)
REF(virDomainCheckpointRef, virDomainCheckpointPtr, DOMAIN_CHECKPOINT, VIR_FROM_DOMAIN_CHECKPOINT)
GET(const char *, virDomainCheckpointGetName, virDomainCheckpointPtr, DOMAIN_CHECKPOINT,
    VIR_FROM_DOMAIN_CHECKPOINT, h->name, NULL)
GET(virDomainPtr, virDomainCheckpointGetDomain, virDomainCheckpointPtr, DOMAIN_CHECKPOINT,
    VIR_FROM_DOMAIN_CHECKPOINT, h->parent, NULL)
GET(virConnectPtr, virDomainCheckpointGetConnect, virDomainCheckpointPtr, DOMAIN_CHECKPOINT,
    VIR_FROM_DOMAIN_CHECKPOINT, h->conn, NULL)

FREE(virInterfaceFree, virInterfacePtr, INTERFACE, VIR_FROM_INTERFACE)
REF(virInterfaceRef, virInterfacePtr, INTERFACE, VIR_FROM_INTERFACE)
GET(const char *, virInterfaceGetName, virInterfacePtr, INTERFACE, VIR_FROM_INTERFACE, h->name,
    NULL)
GET(const char *, virInterfaceGetMACString, virInterfacePtr, INTERFACE, VIR_FROM_INTERFACE,
    h->extra, NULL)
GET(virConnectPtr, virInterfaceGetConnect, virInterfacePtr, INTERFACE, VIR_FROM_INTERFACE, h->conn,
    NULL)

FREE(virNetworkFree, virNetworkPtr, NETWORK, VIR_FROM_NETWORK)
REF(virNetworkRef, virNetworkPtr, NETWORK, VIR_FROM_NETWORK)
GET(const char *, virNetworkGetName, virNetworkPtr, NETWORK, VIR_FROM_NETWORK, h->name, NULL)
GET(virConnectPtr, virNetworkGetConnect, virNetworkPtr, NETWORK, VIR_FROM_NETWORK, h->conn, NULL)
UUIDS(virNetwork, virNetworkPtr, NETWORK, VIR_FROM_NETWORK, "uuid")

FREE(virNetworkPortFree, virNetworkPortPtr, NETWORK_PORT, VIR_FROM_NETWORK)
REF(virNetworkPortRef, virNetworkPortPtr, NETWORK_PORT, VIR_FROM_NETWORK)
GET(virNetworkPtr, virNetworkPortGetNetwork, virNetworkPortPtr, NETWORK_PORT, VIR_FROM_NETWORK,
    h->parent, NULL)
UUIDS(virNetworkPort, virNetworkPortPtr, NETWORK_PORT, VIR_FROM_NETWORK, "uuid")

FREE(virNodeDeviceFree, virNodeDevicePtr, NODE_DEVICE, VIR_FROM_NODEDEV)
REF(virNodeDeviceRef, virNodeDevicePtr, NODE_DEVICE, VIR_FROM_NODEDEV)
GET(const char *, virNodeDeviceGetName, virNodeDevicePtr, NODE_DEVICE, VIR_FROM_NODEDEV, h->name,
    NULL)

FREE(virNWFilterFree, virNWFilterPtr, NWFILTER, VIR_FROM_NWFILTER)
REF(virNWFilterRef, virNWFilterPtr, NWFILTER, VIR_FROM_NWFILTER)
GET(const char *, virNWFilterGetName, virNWFilterPtr, NWFILTER, VIR_FROM_NWFILTER, h->name, NULL)
UUIDS(virNWFilter, virNWFilterPtr, NWFILTER, VIR_FROM_NWFILTER, "uuid")

FREE(virNWFilterBindingFree, virNWFilterBindingPtr, NWFILTER_BINDING, VIR_FROM_NWFILTER)
REF(virNWFilterBindingRef, virNWFilterBindingPtr, NWFILTER_BINDING, VIR_FROM_NWFILTER)
GET(const char *, virNWFilterBindingGetPortDev, virNWFilterBindingPtr, NWFILTER_BINDING,
    VIR_FROM_NWFILTER, h->name, NULL)
GET(const char *, virNWFilterBindingGetFilterName, virNWFilterBindingPtr, NWFILTER_BINDING,
    VIR_FROM_NWFILTER, h->extra, NULL)

FREE(virSecretFree, virSecretPtr, SECRET, VIR_FROM_SECRET)
REF(virSecretRef, virSecretPtr, SECRET, VIR_FROM_SECRET)
GET(const char *, virSecretGetUsageID, virSecretPtr, SECRET, VIR_FROM_SECRET, h->name, NULL)
GET(int, virSecretGetUsageType, virSecretPtr, SECRET, VIR_FROM_SECRET, h->number, -1)
GET(virConnectPtr, virSecretGetConnect, virSecretPtr, SECRET, VIR_FROM_SECRET, h->conn, NULL)
UUIDS(virSecret, virSecretPtr, SECRET, VIR_FROM_SECRET, "uuid")

FREE(virStoragePoolFree, virStoragePoolPtr, STORAGE_POOL, VIR_FROM_STORAGE)
REF(virStoragePoolRef, virStoragePoolPtr, STORAGE_POOL, VIR_FROM_STORAGE)
GET(const char *, virStoragePoolGetName, virStoragePoolPtr, STORAGE_POOL, VIR_FROM_STORAGE, h->name,
    NULL)
GET(virConnectPtr, virStoragePoolGetConnect, virStoragePoolPtr, STORAGE_POOL, VIR_FROM_STORAGE,
    h->conn, NULL)
UUIDS(virStoragePool, virStoragePoolPtr, STORAGE_POOL, VIR_FROM_STORAGE, "uuid")

FREE(virStorageVolFree, virStorageVolPtr, STORAGE_VOL, VIR_FROM_STORAGE)
REF(virStorageVolRef, virStorageVolPtr, STORAGE_VOL, VIR_FROM_STORAGE)
GET(const char *, virStorageVolGetName, virStorageVolPtr, STORAGE_VOL, VIR_FROM_STORAGE, h->name,
    NULL)
GET(const char *, virStorageVolGetKey, virStorageVolPtr, STORAGE_VOL, VIR_FROM_STORAGE, h->extra,
    NULL)
GET(virConnectPtr, virStorageVolGetConnect, virStorageVolPtr, STORAGE_VOL, VIR_FROM_STORAGE,
    h->conn, NULL)

FREE(virStreamFree, virStreamPtr, STREAM, VIR_FROM_STREAMS)
REF(virStreamRef, virStreamPtr, STREAM, VIR_FROM_STREAMS)
REF(virConnectRef, virConnectPtr, CONNECT, VIR_FROM_DOMAIN)

/* Handles looked up by a UUID in text are looked up by the UUID. */
#define LOOKUP(Result, name, Type, KIND, domain, by_uuid)                                          \
    Result name(Type handle, const char *uuidstr)                                                  \
    {                                                                                              \
        Entry e = ENTRY(domain);                                                                   \
        unsigned char uuid[VIR_UUID_BUFLEN];                                                       \
                                                                                                   \
        if (entry_begin(&e, HANDLE_##KIND, handle) && entry_nonnull(&e, "uuidstr", uuidstr)) {     \
            if (uuid_parse(uuidstr, uuid))                                                         \
                return by_uuid(handle, uuid);                                                      \
            e.bad_arg = "uuidstr";                                                                 \
            error_set_plain_full(&e.error, e.from, VIR_ERR_INVALID_ARG,                            \
                                 e.from == VIR_FROM_DOMAIN ? "Invalid UUID"                        \
                                                           : "uuidstr in %s must be a valid UUID", \
                                 e.function);                                                      \
        }                                                                                          \
        entry_fail(&e);                                                                            \
        return NULL;                                                                               \
    }

LOOKUP(virDomainPtr, virDomainLookupByUUIDString, virConnectPtr, CONNECT, VIR_FROM_DOMAIN,
       virDomainLookupByUUID)
LOOKUP(virNetworkPtr, virNetworkLookupByUUIDString, virConnectPtr, CONNECT, VIR_FROM_NETWORK,
       virNetworkLookupByUUID)
LOOKUP(virNetworkPortPtr, virNetworkPortLookupByUUIDString, virNetworkPtr, NETWORK,
       VIR_FROM_NETWORK, virNetworkPortLookupByUUID)
LOOKUP(virNWFilterPtr, virNWFilterLookupByUUIDString, virConnectPtr, CONNECT, VIR_FROM_NWFILTER,
       virNWFilterLookupByUUID)
LOOKUP(virSecretPtr, virSecretLookupByUUIDString, virConnectPtr, CONNECT, VIR_FROM_SECRET,
       virSecretLookupByUUID)
LOOKUP(virStoragePoolPtr, virStoragePoolLookupByUUIDString, virConnectPtr, CONNECT,
       VIR_FROM_STORAGE, virStoragePoolLookupByUUID)
