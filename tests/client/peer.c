/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* peer.c - packets to and from a client, one at a time. */
#define ERROR_FROM VIR_FROM_RPC
#include "tests/client/peer.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "rpc/neterror.h"
#include "rpc/wire.h"
#include "util/error.h"

struct Peer {
    Transport *transport;
    FrameReader *reader;
    FrameWriter *writer;
    PeerScript script;
    void *data;
};

enum { DEADLINE_MS = 20000 };

static void
await(Peer *peer, short events)
{
    struct pollfd pfd = { .fd = peer->transport->fd, .events = events };

    g_assert_cmpint(poll(&pfd, 1, DEADLINE_MS), ==, 1);
}

static gpointer
run(gpointer data)
{
    Peer *peer = data;

    peer->script(peer);
    frame_reader_free(peer->reader);
    frame_writer_free(peer->writer);
    transport_free(peer->transport);
    g_free(peer);
    return NULL;
}

int
peer_start(PeerScript script, void *data, GThread **ret_thread)
{
    Peer *peer = g_new0(Peer, 1);
    int fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    peer->transport = transport_new_unix(fds[1]);
    peer->reader = frame_reader_new();
    peer->writer = frame_writer_new();
    peer->script = script;
    peer->data = data;
    *ret_thread = g_thread_new("peer", run, peer);
    return fds[0];
}

void *
peer_data(Peer *peer)
{
    return peer->data;
}

FrameHeader
peer_read(Peer *peer, void *payload, size_t room)
{
    for (;;) {
        g_auto(Packet) packet = { 0 };
        bool found = false;

        g_assert_true(frame_reader_next(peer->reader, &packet, &found, NULL));
        if (found) {
            g_assert_true(!payload || packet.len <= room);
            if (payload)
                memcpy(payload, packet.payload, packet.len);
            return packet.header;
        }
        await(peer, POLLIN);
        g_assert_cmpint(frame_reader_fill(peer->reader, peer->transport, NULL), >, 0);
    }
}

FrameHeader
peer_expect(Peer *peer, int proc)
{
    FrameHeader header = peer_read(peer, NULL, 0);

    g_assert_cmpuint(header.program, ==, PROGRAM_REMOTE);
    g_assert_cmpint(header.proc, ==, proc);
    return header;
}

bool
peer_at_end(Peer *peer)
{
    await(peer, POLLIN);
    return frame_reader_fill(peer->reader, peer->transport, NULL) == TRANSPORT_EOF;
}

void
peer_send(Peer *peer, FrameHeader header, const void *payload, size_t len)
{
    GByteArray *packet = frame_begin(&header, 0);

    if (len)
        g_byte_array_append(packet, payload, (guint)len);
    g_assert_true(frame_end(packet, NULL));
    frame_writer_add(peer->writer, packet, NULL, 0);
    while (frame_writer_pending(peer->writer)) {
        g_assert_true(frame_writer_flush(peer->writer, peer->transport, NULL));
        if (frame_writer_pending(peer->writer))
            await(peer, POLLOUT);
    }
}

void
peer_reply(Peer *peer, FrameHeader call, const struct WireType *type, const void *record)
{
    g_autoptr(GByteArray) out = g_byte_array_new();

    g_assert_true(wire_encode(type, record, out, NULL));
    call.type = FRAME_REPLY;
    peer_send(peer, call, out->data, out->len);
}

void
peer_refuse(Peer *peer, FrameHeader call, int code, const char *message)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    g_autoptr(GError) error = NULL;

    error_set_full(&error, VIR_FROM_RPC, code, "%s", message);
    neterror_encode(error, out);
    call.status = FRAME_ERROR;
    if (call.type == FRAME_CALL)
        call.type = FRAME_REPLY;
    peer_send(peer, call, out->data, out->len);
}

void
peer_open(Peer *peer)
{
    FrameHeader list = peer_expect(peer, PROC_AUTH_LIST),
                open = peer_expect(peer, PROC_CONNECT_OPEN);
    AuthListRet none = { .n_types = 1, .types = &(int32_t){ 0 } };

    peer_reply(peer, list, &wire_auth_list_ret, &none);
    peer_reply(peer, open, NULL, NULL);
}

void
peer_close(Peer *peer)
{
    peer_reply(peer, peer_expect(peer, PROC_CONNECT_CLOSE), NULL, NULL);
    g_assert_true(peer_at_end(peer));
}
