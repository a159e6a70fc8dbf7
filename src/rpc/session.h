/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* session.h - one open (or opening) connection, as drivers and the call
 * pipeline see it
 *
 * The server makes a Session per client and the client library makes one per
 * in-process connection (test driver); both fill in SessionOps.  A driver never
 * knows which of the two it serves.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "rpc/method.h"
#include "util/lock.h"

typedef struct Session Session;
typedef struct Driver Driver;
typedef struct EventHub EventHub;
typedef struct DriverRow DriverRow;

/* Who is calling.  Unset numbers are -1, unset strings NULL. */
typedef struct Identity {
    int64_t uid, gid, pid;
    uint64_t start_time; /* of the process, in clock ticks since boot; guards against pid reuse */
    char *user_name, *group_name;
    char *selinux_context;
    char *sasl_user;
    char *x509_dname;
} Identity;

void identity_init(Identity *identity);
void identity_clear(Identity *identity);
void identity_copy(Identity *dst, const Identity *src);

/* What polkit (or another checker) is told about the object of a call:
 * attribute names as in acl-attributes.tsv, without the object's class. */
typedef struct AclObject {
    ObjectClass cls;
    /* name, value, name, value ... NULL; owned by this struct */
    GPtrArray *attributes;
} AclObject;

typedef struct SessionOps {
    /* Queue one event message to the client.  Any thread.  @msg stays the caller's. */
    void (*send_event)(Session *session, uint32_t program, int proc, const WireType *type,
                       const void *msg);
    /* May @session use permission @perm on @object?  NULL: everything is allowed.
     * Sets VIR_ERR_ACCESS_DENIED; may block, so called from workers only. */
    bool (*acl_check)(Session *session, AclPerm perm, const AclObject *object, GError **error);
    /* The session is being freed: let go of ops_data.  May be NULL. */
    void (*release)(Session *session);
} SessionOps;

struct Session {
    gatomicrefcount refs;
    const Driver *driver; /* never NULL */
    const SessionOps *ops;
    void *ops_data; /* the server's client, the library's connection */
    EventHub *hub;  /* where this session's event registrations live */

    Lock lock; /* guards what follows; held for memory access only */
    bool open; /* CONNECT_OPEN has succeeded */
    bool handed_over; /* goes on in the daemon's next process: Driver.close only frees */
    bool readonly;
    char *uri;         /* as opened, e.g. "qemu:///system" */
    Identity identity; /* forwarded identity replaces the peer's own */
    void *data;        /* the driver's own, made in Driver.open, freed in Driver.close */
};

Session *session_new(const Driver *driver, EventHub *hub, const SessionOps *ops, void *ops_data);
Session *session_ref(Session *session);
void session_unref(Session *session);

/* Driver.open with the driver's checks on @uri; marks the session open. */
bool session_open(Session *session, const char *uri, bool readonly, GError **error);

/* The client is gone or said goodbye: drop event registrations, tell the driver. Idempotent. */
void session_close(Session *session);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Session, session_unref)
