/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* connection.h - the object behind virConnectPtr and virAdmConnectPtr */
#pragma once

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "rpc/client/handle.h"
#include "rpc/client/link.h"
#include "util/lock.h"

typedef struct Subscriptions Subscriptions; /* subscribe.h */
typedef struct Target Target;               /* target.h */

struct Connection {
    Handle handle; /* first */
    bool admin;    /* program admin: a virAdmConnectPtr */
    bool readonly;
    Link *link; /* set once while opening */
    Subscriptions *events;
    char *uri; /* what virConnectGetURI() tells */

    Lock lock;  /* guards what follows; memory access only */
    char *type; /* cached: virConnectGetType() returns a constant */
    virError last_error;
    virErrorFunc error_handler;
    void *error_data;
    uint32_t features_known, features; /* bits by virDrvFeature */

    virConnectCloseFunc close_cb; /* of an admin connection: a virAdmConnectCloseFunc */
    void *close_opaque;
    virFreeCallback close_free;
};

/* What of the connection's features can be asked with CONNECT_SUPPORTS_FEATURE. */
typedef enum {
    FEATURE_MIGRATION_V1 = 1,
    FEATURE_REMOTE = 2,
    FEATURE_MIGRATION_V2 = 3,
    FEATURE_MIGRATION_P2P = 4,
    FEATURE_MIGRATION_DIRECT = 5,
    FEATURE_MIGRATION_V3 = 6,
    FEATURE_MIGRATE_CHANGE_PROTECTION = 7,
    FEATURE_FD_PASSING = 8,
    FEATURE_TYPED_PARAM_STRING = 9,
    FEATURE_PROGRAM_KEEPALIVE = 10,
    FEATURE_XML_MIGRATABLE = 11,
    FEATURE_MIGRATION_OFFLINE = 12,
    FEATURE_MIGRATION_PARAMS = 13,
    FEATURE_REMOTE_EVENT_CALLBACK = 14,
    FEATURE_REMOTE_CLOSE_CALLBACK = 15,
    FEATURE_NETWORK_UPDATE_HAS_CORRECT_ORDER = 16,
} ConnectionFeature;

/* Open @name (NULL: the default).  @flags are virConnectFlags. */
Connection *connection_open(const char *name, virConnectAuthPtr auth, unsigned int flags,
                            GError **error);
Connection *connection_open_admin(const char *name, GError **error);

/* For tests and for programs inside the project: a connection over a socket that is connected
 * already. */
Connection *connection_open_fd(int fd, const char *uri, bool readonly, GError **error);

/* HandleClass.clear. */
void connection_clear(Handle *handle);

/* Make a call by procedure number of the program of @method's table. */
bool connection_call(Connection *conn, uint32_t program, int proc, const void *args, void *ret,
                     GError **error);

/* Ask once, then remember.  An error counts as no. */
bool connection_has_feature(Connection *conn, ConnectionFeature feature);
