/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* method.h - what is known of every call and event
 *
 * The tables are made by apigen.py from the files of src/rpc/api; what is declared here is
 * their shape.  Client, dispatcher, drivers, router and documentation all read the
 * same row, so a fact about a call is stated once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rpc/api_gen.h"
#include "rpc/wire.h"

/* The kind of object a call is about.  A daemon serves some of these; the router sends the
 * rest to the daemon that does. */
typedef enum {
    CLASS_CONNECT,
    CLASS_DOMAIN,
    CLASS_DOMAIN_SNAPSHOT,
    CLASS_DOMAIN_CHECKPOINT,
    CLASS_INTERFACE,
    CLASS_NETWORK,
    CLASS_NETWORK_PORT,
    CLASS_NODE_DEVICE,
    CLASS_NWFILTER,
    CLASS_NWFILTER_BINDING,
    CLASS_SECRET,
    CLASS_STORAGE_POOL,
    CLASS_STORAGE_VOL,
    CLASS_ADMIN, /* the daemon itself: program admin */
    CLASS_LAST,
} ObjectClass;

/* How a call relates to the jobs that serialise an object. */
typedef enum {
    JOB_NONE,       /* reads what is published; waits for nobody */
    JOB_QUERY,      /* asks the running object itself (monitor, agent) but changes nothing */
    JOB_MODIFY,     /* changes the object */
    JOB_SUSPEND,    /* suspends or resumes */
    JOB_DESTROY,    /* ends the object; allowed beside nearly everything */
    JOB_ABORT,      /* ends the long job that runs */
    JOB_MIGRATE_OP, /* adjusts a running migration */
    JOB_ASYNC,      /* a long operation: migrate, save, dump, snapshot, backup */
    JOB_AGENT,      /* talks to the guest agent only: a queue of its own */
    JOB_LAST,
} JobKind;

/* One access rule; all rules of a call must pass. */
typedef struct AclRule {
    AclPerm perm;
    uint32_t all;     /* applies only if all of these flags are set */
    uint32_t none;    /* applies only if none of these flags is set */
    uint16_t param;   /* with param_is: offset in args of an int32_t or uint32_t ... */
    uint8_t param_is; /* 0: always; 1: applies if it equals value; 2: if it differs */
    int32_t value;
} AclRule;

typedef enum {
    STREAM_NONE,
    STREAM_READ,  /* data flows to the client */
    STREAM_WRITE, /* data flows to the daemon */
    STREAM_BOTH,  /* consoles and channels */
} MethodStream;

typedef struct Method {
    const char *name;      /* public function, or the procedure's constant where there is none */
    const char *proc_name; /* "REMOTE_PROC_DOMAIN_CREATE" */
    uint32_t program;
    int32_t proc;
    const WireType *args, *ret; /* NULL when nothing travels */

    const AclRule *acl; /* ends with perm ACL_NONE; empty for "acl none" */
    /* Every object in the reply, or event registered for, must pass it; ACL_NONE: no filter. */
    AclPerm filter;

    ObjectClass cls;    /* who serves it */
    uint8_t from;       /* virErrorDomain of what is said about the call itself: no driver has it */
    ObjectClass object; /* kind of the object at object_at; CLASS_CONNECT when there is none */
    /* Offset of the object's record in args; for node devices that of the char *name. */
    uint16_t object_at;

    bool has_flags;    /* flags_at is valid */
    uint16_t flags_at; /* offset in args of uint32_t flags, or of uint64_t if wide_flags */
    bool wide_flags;
    uint32_t flags_ok; /* flags that the API knows for this call; others are an error */

    bool write;        /* refused on read-only connections ... */
    uint32_t write_if; /* ... or only if one of these flags is set */
    bool write_where;  /* ... or only if the number at write_at in args is write_value */
    uint16_t write_at;
    int32_t write_value;
    bool high; /* may be run by the priority workers */
    JobKind job;
    bool active; /* the object must be running */

    MethodStream stream;
    uint32_t sparse_flag;    /* with this flag the stream may carry holes */
    uint8_t fds_in, fds_out; /* descriptors with call and reply: how many at most */
    bool unauthenticated;    /* callable before authentication */
    bool custom;             /* the client's side is written by hand */
    const char *since;       /* "0.9.13" */
    const char *doc;         /* one sentence */
} Method;

/* The method of a procedure, or NULL. */
const Method *method_lookup(uint32_t program, int32_t proc);

/* The method that a public function is carried by, or NULL (local functions have none). */
const Method *method_by_name(const char *name);

/* Every method of a program, indexed by number: @name is NULL for numbers that are not calls.
 * NULL and 0 for an unknown program. */
const Method *method_table(uint32_t program, size_t *count);

/* Families of event ids. */
typedef enum {
    EVENT_DOMAIN,
    EVENT_NETWORK,
    EVENT_STORAGE_POOL,
    EVENT_NODE_DEVICE,
    EVENT_SECRET,
    EVENT_QEMU_MONITOR, /* program qemu; the id is 0 */
    EVENT_CONNECTION,   /* the daemon closed its connection; the id is 0, no callback id travels */
    EVENT_LAST,
} EventClass;

typedef struct EventDesc {
    EventClass cls;
    int32_t id; /* VIR_DOMAIN_EVENT_ID_* and so on */
    const char *proc_name;
    uint32_t program;
    int32_t proc; /* the form that carries a callback id */
    const WireType *msg;
    bool has_callback;    /* false for EVENT_CONNECTION only */
    uint16_t callback_at; /* offset of int32_t callbackID in msg */
    ObjectClass object;
    uint16_t object_at; /* offset of the object's record in msg */
    AclPerm filter;     /* what a client must be allowed to be told */

    int32_t legacy_proc;    /* the older form, or 0 */
    const WireType *legacy; /* its message: a record that is nested in msg ... */
    uint16_t legacy_at;     /* ... at this offset */
    const char *since;
} EventDesc;

const EventDesc *event_lookup(EventClass cls, int32_t id);

/* The event that a procedure carries, in either form, or NULL. */
const EventDesc *event_by_proc(uint32_t program, int32_t proc);

/* Every event, in order of class and id; ends with one whose proc is 0. */
extern const EventDesc event_table[];

/* The generated tables behind the functions here. */
typedef struct MethodTable {
    uint32_t program;
    const Method *methods; /* indexed by procedure; name NULL where the number is an event's */
    size_t count;
} MethodTable;

typedef struct AclPermInfo {
    const char *name, *action;
    ObjectClass cls;
} AclPermInfo;

extern const MethodTable method_tables[];
extern const AclPermInfo acl_perm_table[];

/* "domain:getattr": for messages and documentation. */
const char *acl_perm_name(AclPerm perm);
/* "org.libvirt.api.domain.getattr" */
const char *acl_perm_action(AclPerm perm);
ObjectClass acl_perm_class(AclPerm perm);
