/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* events.h - who wants to hear of which event, and telling them
 *
 * A hub is shared by all sessions of a driver.  A driver emits a message record as
 * the .api files describe it (field callbackID left 0); the hub finds the
 * registrations that match by event id and object, asks the ACL filter of the
 * registration, fills in callbackID and queues the message to each session, in the
 * order of emission.  emit never blocks and may be called from any thread, with no
 * lock of the caller's held.
 */
#pragma once

#include "rpc/method.h"
#include "rpc/session.h"

EventHub *event_hub_new(void);
EventHub *event_hub_ref(EventHub *hub);
void event_hub_unref(EventHub *hub);

/* Emit event @id (VIR_DOMAIN_EVENT_ID_* and so on) of class @cls.  @msg is the new-style message
 * record; the hub takes a copy. */
void event_emit(EventHub *hub, EventClass cls, int id, const void *msg);

/* Built-in rows for the register and deregister procedures of every class. */
const DriverRow *event_row(const Method *method);

/* What @session is registered for, and the same in the daemon that takes over: callback ids stay.
 * The state is a GVariant "a(iiibmsmsmsb)"; false if it is not. */
GVariant *event_hub_save(EventHub *hub, Session *session);
bool event_hub_restore(EventHub *hub, Session *session, GVariant *state);

void event_hub_drop_session(EventHub *hub, Session *session);
/* True if any session listens: such a daemon does not exit when idle. */
bool event_hub_busy(EventHub *hub);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EventHub, event_hub_unref)
