/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* handle.h - what is behind every public pointer
 *
 * virConnectPtr, virDomainPtr and the rest all point to a Handle: a magic number with the kind in
 * it, a reference count, the connection, and the few values that name an object on the wire.  One
 * struct for all kinds keeps reference counting, checks and marshalling to one function each.
 * A handle never changes after it was made, but for a domain's id and name.
 */
#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>
#include <libvirt/libvirt-admin.h>
#include <stdbool.h>
#include <stdint.h>

#include "rpc/method.h"

typedef enum {
    HANDLE_CONNECT,
    HANDLE_DOMAIN,
    HANDLE_DOMAIN_SNAPSHOT,
    HANDLE_DOMAIN_CHECKPOINT,
    HANDLE_INTERFACE,
    HANDLE_NETWORK,
    HANDLE_NETWORK_PORT,
    HANDLE_NODE_DEVICE,
    HANDLE_NWFILTER,
    HANDLE_NWFILTER_BINDING,
    HANDLE_SECRET,
    HANDLE_STORAGE_POOL,
    HANDLE_STORAGE_VOL,
    HANDLE_STREAM,
    HANDLE_ADM_CONNECT,
    HANDLE_ADM_SERVER,
    HANDLE_ADM_CLIENT,
    HANDLE_LAST,
} HandleKind;

typedef struct Handle Handle;
typedef struct Connection Connection; /* connection.h; the object behind virConnectPtr */

struct Handle {
    uint32_t magic;   /* HANDLE_MAGIC + kind while alive */
    int refs;         /* atomic */
    Connection *conn; /* a reference, unless this is the connection itself */
    Handle *parent;   /* domain of a snapshot, network of a port, server of an admin client; a
                         reference */
    char *name;       /* name; device of a binding; usage id of a secret */
    char *extra;      /* MAC of an interface, key of a volume, filter of a binding, parent of a node
                         device */
    char *pool;       /* pool of a volume */
    uint8_t uuid[VIR_UUID_BUFLEN];
    int64_t number;     /* id of a domain, usage type of a secret, timestamp of an admin client */
    uint64_t serial;    /* id of an admin client */
    uint32_t transport; /* of an admin client */
};

/* What is told of each kind: how an invalid one is reported, how the handle is freed. */
typedef struct HandleClass {
    const char *symbol; /* "virDomainPtr" */
    int invalid;        /* VIR_ERR_INVALID_DOMAIN */
    int from; /* VIR_FROM_DOM: domain of that error; VIR_FROM_NONE: that of the caller's family */
    size_t size;                   /* bytes of the struct, which begins with Handle */
    void (*clear)(Handle *handle); /* ends what is beyond Handle; may be NULL */
} HandleClass;

extern const HandleClass handle_classes[HANDLE_LAST];

/* A new handle with one reference; takes a reference on @conn. */
Handle *handle_new(HandleKind kind, Connection *conn);

/* True if @ptr is a live handle of @kind.  Does not touch the thread's error. */
bool handle_is(const void *ptr, HandleKind kind);

/* As handle_is(), setting the error of that kind; @function is the public function and @from the
 * virErrorDomain of its family, used for kinds that have none of their own. */
bool handle_check(const void *ptr, HandleKind kind, int from, const char *function, GError **error);

Handle *handle_ref(Handle *handle);
/* For one who knows of a handle without holding a reference, where its memory cannot go while he
 * looks: NULL if its end has begun. */
Handle *handle_ref_live(Handle *handle);
/* Returns how many references are left; at 0 the handle is gone. */
int handle_unref(Handle *handle);

/* The connection that @handle belongs to; itself for a connection. */
Connection *handle_connection(Handle *handle);

/* Fill the wire's idea of @handle at @record, a WireDomain, WireNetwork ... by its kind. Strings
 * are borrowed from the handle: never wire_free() such a record. */
void handle_to_wire(const Handle *handle, void *record);

/* A new handle made from the wire's @record; @parent is the domain of a snapshot and so on, where
 * the caller has it (else one is made). */
Handle *handle_from_wire(HandleKind kind, Connection *conn, Handle *parent, const void *record);

/* Size of the wire record of @kind. */
size_t handle_wire_size(HandleKind kind);
