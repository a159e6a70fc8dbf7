/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* connection.c - opening, closing, and what is remembered of a connection. */
#define ERROR_FROM VIR_FROM_REMOTE
#include "rpc/client/connection.h"

#include <string.h>

#include "rpc/client/dial.h"
#include "rpc/client/last-error.h"
#include "rpc/client/local.h"
#include "rpc/client/remote.h"
#include "rpc/client/subscribe.h"
#include "rpc/client/target.h"
#include "util/error.h"

static Connection *
connection_new(bool admin, bool readonly)
{
    Connection *conn = (Connection *)handle_new(admin ? HANDLE_ADM_CONNECT : HANDLE_CONNECT, NULL);

    lock_init(&conn->lock);
    conn->admin = admin;
    conn->readonly = readonly;
    conn->events = subscribe_new(conn);
    return conn;
}

void
connection_clear(Handle *handle)
{
    Connection *conn = (Connection *)handle;
    const Link *link = conn->link;

    if (link)
        link->ops->close(conn->link);
    subscribe_free(conn->events);
    if (conn->close_free)
        conn->close_free(conn->close_opaque);
    last_error_clear(&conn->last_error);
    lock_clear(&conn->lock);
    g_free(conn->uri);
    g_free(conn->type);
}

static Link *
open_remote(Connection *conn, const Target *target, GError **error)
{
    g_auto(Process) helper = PROCESS_INIT;
    Transport *transport = dial_target(target, &helper, error);
    RemoteOpen open = {
        .program = conn->admin ? PROGRAM_ADMIN : PROGRAM_REMOTE,
        .name = target->name,
        .flags = target->open_flags,
        .want_uri = !target->uri,
        .ret_uri = &conn->uri,
        .encrypted = target->transport == TARGET_TLS,
        .helper = &helper,
    };

    return transport ? remote_open(conn, transport, &open, error) : NULL;
}

static Connection *
open_target(const Target *target, bool admin, GError **error)
{
    Connection *conn = connection_new(admin, target->readonly);

    conn->uri = g_strdup(target->uri);
    conn->link = target->local
                     ? local_open(conn, target->driver, target->name, target->readonly, error)
                     : open_remote(conn, target, error);
    if (conn->link)
        return conn;
    handle_unref(&conn->handle);
    return NULL;
}

Connection *
connection_open(const char *name, virConnectAuthPtr auth G_GNUC_UNUSED, unsigned int flags,
                GError **error)
{
    g_autoptr(Target) target =
        target_resolve(name,
                       (flags & VIR_CONNECT_RO ? TARGET_READONLY : 0) |
                           (flags & VIR_CONNECT_NO_ALIASES ? TARGET_NO_ALIASES : 0),
                       error);

    return target ? open_target(target, false, error) : NULL;
}

Connection *
connection_open_admin(const char *name, GError **error)
{
    g_autoptr(Target) target = target_resolve_admin(name, error);

    return target ? open_target(target, true, error) : NULL;
}

Connection *
connection_open_fd(int fd, const char *uri, bool readonly, GError **error)
{
    Connection *conn = connection_new(false, readonly);
    RemoteOpen open = { .program = PROGRAM_REMOTE,
                        .name = uri,
                        .flags = readonly ? TARGET_OPEN_RO : 0 };

    conn->uri = g_strdup(uri);
    conn->link = remote_open(conn, transport_new_unix(fd), &open, error);
    if (conn->link)
        return conn;
    handle_unref(&conn->handle);
    return NULL;
}

bool
connection_call(Connection *conn, uint32_t program, int proc, const void *args, void *ret,
                GError **error)
{
    LinkCall call = { .method = method_lookup(program, proc), .args = args, .ret = ret };

    g_assert(call.method);
    return conn->link->ops->call(conn->link, &call, error);
}

bool
connection_has_feature(Connection *conn, ConnectionFeature feature)
{
    ConnectSupportsFeatureArgs args = { .feature = (int32_t)feature };
    ConnectSupportsFeatureRet ret = { 0 };
    g_autoptr(GError) ignored = NULL; /* an error means no */
    uint32_t bit = 1u << feature;
    bool known, has;

    lock_acquire(&conn->lock);
    known = conn->features_known & bit;
    has = conn->features & bit;
    lock_release(&conn->lock);
    if (known)
        return has;
    has = connection_call(conn, PROGRAM_REMOTE, PROC_CONNECT_SUPPORTS_FEATURE, &args, &ret,
                          &ignored) &&
          ret.supported;
    lock_acquire(&conn->lock);
    conn->features_known |= bit;
    if (has)
        conn->features |= bit;
    lock_release(&conn->lock);
    return has;
}
