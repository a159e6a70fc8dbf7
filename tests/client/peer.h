/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* peer.h - the other end of a connection, played by the test
 *
 * A script runs in a thread of its own and reads calls and writes packets in whatever order
 * it likes, as no well-behaved daemon would.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "rpc/api_gen.h"
#include "rpc/frame.h"

typedef struct Peer Peer;
typedef void (*PeerScript)(Peer *peer);

/* Begin @script; returns the client's descriptor. */
int peer_start(PeerScript script, void *data, GThread **ret_thread);
void *peer_data(Peer *peer);

/* The next packet; aborts the test if there is none.  Payload valid until the next read. */
FrameHeader peer_read(Peer *peer, void *payload, size_t room);
/* The next packet must be a call of @proc in program remote. */
FrameHeader peer_expect(Peer *peer, int proc);
/* True when the client has closed and nothing is left to read. */
bool peer_at_end(Peer *peer);

void peer_send(Peer *peer, FrameHeader header, const void *payload, size_t len);
void peer_reply(Peer *peer, FrameHeader call, const struct WireType *type, const void *record);
void peer_refuse(Peer *peer, FrameHeader call, int code, const char *message);

/* AUTH_LIST and CONNECT_OPEN, both answered well. */
void peer_open(Peer *peer);
/* CONNECT_CLOSE. */
void peer_close(Peer *peer);
