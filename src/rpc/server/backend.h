/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* backend.h - one connection to another daemon on behalf of one client
 *
 * Opened when first needed, opened anew when the peer was restarted.  What the client
 * sent goes on as it came; only ids of event callbacks are exchanged, as they change
 * when a peer restarts.
 */
#pragma once

#include "rpc/server/private.h"

typedef struct Backend Backend;

/* @uri: what CONNECT_OPEN names; @flags: its flags. */
Backend *backend_new(Client *client, const ServerPeer *peer, const char *uri, uint32_t flags);
/* Close without a word to the client: it is gone. */
void backend_free(Backend *self);

/* For the daemon that takes over: everything but calls in flight, of which there are none by then.
 * The state is a GVariant "(ssua(iay))": peer, URI, flags, registrations.  backend_restore()
 * reconnects when there is something to be heard; NULL if the state is none. */
GVariant *backend_save(const Backend *self);
Backend *backend_restore(Client *client, GVariant *state);

/* Open now and answer @call when that is done. */
void backend_open(Backend *self, const FrameHeader *call);
/* Send the call on; it is answered in any case. */
void backend_call(Backend *self, const Method *method, Packet *packet);
/* Send a stream packet on; false if it belongs to no stream of this backend. */
bool backend_stream(Backend *self, Packet *packet);

const ServerPeer *backend_peer(const Backend *self);
/* Opened, or being opened, at least once with success: the client's connection is open. */
bool backend_is_open(const Backend *self);
bool backend_blocked(const Backend *self);
void backend_update(Backend *self);
/* Give up a peer that owes an answer and has been silent for @deadline seconds.  Returns whether it
 * owes one. */
bool backend_tick(Backend *self, unsigned deadline);
