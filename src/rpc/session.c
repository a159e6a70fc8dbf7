/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* session.c - one open connection, whoever carries it. */
#define ERROR_FROM VIR_FROM_RPC
#include "rpc/session.h"

#include <string.h>

#include "rpc/driver.h"
#include "rpc/events.h"
#include "util/error.h"
#include "util/ref.h"

void
identity_init(Identity *identity)
{
    memset(identity, 0, sizeof(*identity));
    identity->uid = identity->gid = identity->pid = -1;
}

void
identity_clear(Identity *identity)
{
    g_free(identity->user_name);
    g_free(identity->group_name);
    g_free(identity->selinux_context);
    g_free(identity->sasl_user);
    g_free(identity->x509_dname);
    identity_init(identity);
}

void
identity_copy(Identity *dst, const Identity *src)
{
    *dst = *src;
    dst->user_name = g_strdup(src->user_name);
    dst->group_name = g_strdup(src->group_name);
    dst->selinux_context = g_strdup(src->selinux_context);
    dst->sasl_user = g_strdup(src->sasl_user);
    dst->x509_dname = g_strdup(src->x509_dname);
}

Session *
session_new(const Driver *driver, EventHub *hub, const SessionOps *ops, void *ops_data)
{
    Session *self = g_new0(Session, 1);

    g_atomic_ref_count_init(&self->refs);
    lock_init(&self->lock);
    self->driver = driver;
    self->hub = event_hub_ref(hub);
    self->ops = ops;
    self->ops_data = ops_data;
    identity_init(&self->identity);
    return self;
}

static void
session_free(Session *self)
{
    g_assert(!self->open); /* the owner calls session_close() first */
    identity_clear(&self->identity);
    if (self->ops->release)
        self->ops->release(self);
    event_hub_unref(self->hub);
    lock_clear(&self->lock);
    g_free(self->uri);
    g_free(self);
}

DEFINE_REF(Session, session, session_free)

bool
session_open(Session *session, const char *uri, bool readonly, GError **error)
{
    if (session->open) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "connection is already open to '%s'",
                  session->uri);
        return false;
    }
    lock_acquire(&session->lock);
    session->readonly |= readonly;
    readonly = session->readonly;
    lock_release(&session->lock);
    if (session->driver->open && !session->driver->open(session, uri, readonly, error))
        return false;
    lock_acquire(&session->lock);
    g_free(session->uri);
    session->uri = g_strdup(uri);
    session->open = true;
    lock_release(&session->lock);
    return true;
}

void
session_close(Session *session)
{
    bool was_open;

    lock_acquire(&session->lock);
    was_open = session->open;
    session->open = false;
    lock_release(&session->lock);
    if (session->hub)
        event_hub_drop_session(session->hub, session);
    if (was_open && session->driver->close)
        session->driver->close(session);
}
