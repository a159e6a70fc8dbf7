/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* subscribe.h - event callbacks of a connection
 *
 * The other side is asked for an event once, however many callbacks want it; what comes is queued
 * and handed to them by the application's event loop, in order, with no lock held.
 */
#pragma once

#include "rpc/client/connection.h"
#include "rpc/method.h"

/* @object (NULL: all) narrows it to one; @filter and @flags are those of QEMU monitor events.  @cb
 * is the callback, cast. Returns the id of the callback, never negative; -1 with the error. */
int subscribe_add(Connection *conn, EventClass cls, int event, Handle *object, const char *filter,
                  uint32_t flags, virFreeCallback cb, void *opaque, virFreeCallback ff,
                  bool by_function, GError **error);
/* By id ... */
bool subscribe_remove(Connection *conn, EventClass cls, int id, GError **error);
/* ... or, for virConnectDomainEventDeregister(), by function. */
bool subscribe_remove_function(Connection *conn, virFreeCallback cb, GError **error);

/* Queue a message that came from the other side.  True if somebody wants it: call subscribe_kick()
 * soon. Called with the link's lock held. */
bool subscribe_take(Subscriptions *self, const EventDesc *desc, int32_t proc,
                    const uint8_t *payload, size_t len);
/* The same for a record, in the form that carries a callback id; a copy is taken. */
bool subscribe_take_record(Subscriptions *self, const EventDesc *desc, const void *msg);

/* Have the event loop deliver what is queued.  No lock held. */
void subscribe_kick(Subscriptions *self);

/* The other side is gone: have the event loop call the connection's close callback with @reason. */
void subscribe_lost(Subscriptions *self, int reason);

/* There is one close callback a connection; while it is set it holds a reference. */
bool subscribe_set_close(Connection *conn, virConnectCloseFunc cb, void *opaque, virFreeCallback ff,
                         GError **error);
bool subscribe_unset_close(Connection *conn, virConnectCloseFunc cb, GError **error);

Subscriptions *subscribe_new(Connection *conn);
Subscriptions *subscribe_ref(Subscriptions *self);
void subscribe_unref(void *self);
/* The connection is going away. */
void subscribe_free(Subscriptions *self);

/* Call @cb as the event of @desc demands (event-callback.c). */
void event_callback_call(Connection *conn, const EventDesc *desc, const void *msg,
                         virFreeCallback cb, void *opaque);
