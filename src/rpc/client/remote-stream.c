/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* remote-stream.c - streams over a link to a daemon
 *
 * The protocol acknowledges no data, so what bounds memory is reading: the event loop stops reading
 * the socket while a stream's queue is long, and a stream that nobody reads although
 * calls keep the socket moving is given up.
 */
#define ERROR_FROM VIR_FROM_RPC
#include "rpc/client/remote-private.h"

#include <arpa/inet.h>
#include <string.h>

#include "rpc/neterror.h"
#include "util/error.h"

enum { STREAM_QUEUE_HARD = 64 << 20 };

void
remote_stream_kick(Remote *r, ClientStream *st)
{
    /* One that is going away waits for our lock to leave the list. */
    if (st->timer >= 0 && handle_ref_live(&st->handle))
        g_ptr_array_add(r->kicked, st);
}

static ClientStream *
find_stream(Remote *r, const FrameHeader *h)
{
    for (guint i = 0; i < r->streams->len; i++) {
        ClientStream *st = r->streams->pdata[i];

        if (st->bound && st->serial == h->serial && st->proc == h->proc &&
            st->program == h->program)
            return st;
    }
    return NULL;
}

static void
wake_stream(Remote *r, ClientStream *st)
{
    for (Wait *w = r->waits; w; w = w->next) {
        if (w->stream == st && !w->end && !w->done)
            remote_wait_done(w, NULL);
    }
    remote_stream_kick(r, st);
}

void
remote_stream_take_packet(Remote *r, const Packet *packet)
{
    const FrameHeader *h = &packet->header;
    ClientStream *st = find_stream(r, h);
    GError *error = NULL;

    if (!st)
        return; /* ended already on our side */
    if (h->status == FRAME_ERROR && !st->error)
        st->error = neterror_decode(packet->payload, packet->len);
    if (h->status == FRAME_OK || h->status == FRAME_ERROR) {
        for (Wait *w = r->waits; w; w = w->next) {
            if (w->stream == st && w->end && !w->done)
                remote_wait_done(w, st->error ? g_error_copy(st->error) : NULL);
        }
    } else if (h->type == FRAME_STREAM_HOLE) {
        uint32_t part[2] = { 0 };
        int64_t length;

        if (packet->len >= sizeof(part))
            memcpy(part, packet->payload, sizeof(part));
        length = (int64_t)((uint64_t)ntohl(part[0]) << 32 | ntohl(part[1]));
        if (length > 0)
            client_stream_push_hole(st, length);
    } else if (packet->len) {
        client_stream_push(st, packet->payload, packet->len);
    } else {
        st->eof = true;
    }
    if (st->queued > STREAM_QUEUE_HARD && !st->error) {
        error_set(&error, VIR_ERR_RPC, "stream given up: %zu bytes wait to be read", st->queued);
        st->error = error;
    }
    wake_stream(r, st);
}

static bool
stream_usable(Remote *r, ClientStream *st, GError **error)
{
    if (!st->bound || st->ended) {
        error_set_full(error, VIR_FROM_STREAMS, VIR_ERR_OPERATION_INVALID, "stream is not open");
        return false;
    }
    if (st->error) {
        g_propagate_error(error, g_error_copy(st->error));
        return false;
    }
    return remote_check_alive(r, error);
}

static GByteArray *
stream_packet(ClientStream *st, FrameType type, FrameStatus status, const void *data, size_t len)
{
    FrameHeader header = { .program = st->program,
                           .version = 1,
                           .proc = st->proc,
                           .type = (int32_t)type,
                           .serial = st->serial,
                           .status = (int32_t)status };
    GByteArray *packet = frame_begin(&header, 0);

    if (len)
        g_byte_array_append(packet, data, (guint)len);
    if (!frame_end(packet, NULL))
        g_assert_not_reached(); /* at most FRAME_STREAM_MAX */
    return packet;
}

/* Queue a packet of a stream; blocking streams wait until it is out.  False: it broke meanwhile. */
static bool
stream_write(Remote *r, ClientStream *st, GByteArray *packet, GError **error)
{
    frame_writer_add(r->writer, packet, NULL, 0);
    remote_flush(r);
    r->waiting++;
    while (!st->nonblock && !r->dead && !st->error && frame_writer_pending(r->writer)) {
        if (r->reading)
            remote_write_round(r);
        else
            remote_read_round(r, -1);
    }
    r->waiting--;
    remote_hand_over(r);
    return stream_usable(r, st, error);
}

ssize_t
remote_stream_send(Link *link, ClientStream *st, const void *data, size_t len, GError **error)
{
    Remote *r = (Remote *)link;
    ssize_t sent = LINK_FAILED;

    len = MIN(len, (size_t)FRAME_STREAM_MAX);
    lock_acquire(&r->lock);
    if (st->nonblock && !r->reading && r->watch < 0)
        remote_read_round(r, 0); /* nobody else would notice its end */
    if (stream_usable(r, st, error)) {
        remote_flush(r);
        if (st->nonblock && frame_writer_pending(r->writer))
            sent = LINK_AGAIN;
        else if (stream_write(r, st, stream_packet(st, FRAME_STREAM, FRAME_CONTINUE, data, len),
                              error))
            sent = (ssize_t)len;
    }
    remote_release(r);
    return sent;
}

bool
remote_stream_send_hole(Link *link, ClientStream *st, int64_t length, GError **error)
{
    Remote *r = (Remote *)link;
    uint32_t words[3] = { htonl((uint32_t)((uint64_t)length >> 32)), htonl((uint32_t)length), 0 };
    bool ok;

    lock_acquire(&r->lock);
    ok = stream_usable(r, st, error) &&
         stream_write(r, st,
                      stream_packet(st, FRAME_STREAM_HOLE, FRAME_CONTINUE, words, sizeof(words)),
                      error);
    remote_release(r);
    return ok;
}

/* Until something is in the queue, or it ends; false if it is broken or gone. */
static bool
stream_fill(Remote *r, ClientStream *st, GError **error)
{
    if (st->nonblock && g_queue_is_empty(&st->queue) && !r->reading && !r->dead)
        remote_read_round(r, 0);
    while (!st->nonblock && st->bound && !st->ended && !st->error && !st->eof && !r->dead &&
           g_queue_is_empty(&st->queue)) {
        Wait w = { .stream = st };

        remote_wait_begin(r, &w);
        remote_wait_for(r, &w, 0);
        remote_wait_end(r, &w);
    }
    /* What came before the peer's end is still to be had; after our own nothing is. */
    return (!st->ended && !g_queue_is_empty(&st->queue)) || stream_usable(r, st, error);
}

ssize_t
remote_stream_recv(Link *link, ClientStream *st, void *data, size_t len, bool stop_at_hole,
                   GError **error)
{
    Remote *r = (Remote *)link;
    ssize_t got = LINK_FAILED;

    lock_acquire(&r->lock);
    if (stream_fill(r, st, error))
        got = client_stream_take(st, data, len, stop_at_hole);
    remote_hand_over(r);
    remote_release(r);
    return got;
}

bool
remote_stream_recv_hole(Link *link, ClientStream *st, int64_t *ret_length, GError **error)
{
    Remote *r = (Remote *)link;
    bool ok;

    lock_acquire(&r->lock);
    ok = stream_fill(r, st, error);
    if (ok)
        *ret_length = client_stream_take_hole(st);
    remote_hand_over(r);
    remote_release(r);
    return ok;
}

bool
remote_stream_end(Link *link, ClientStream *st, bool abort, GError **error)
{
    Remote *r = (Remote *)link;
    Wait w = { .stream = st, .end = true };
    bool was_broken;

    lock_acquire(&r->lock);
    was_broken = st->error || r->dead;
    if (!st->bound || st->ended) {
        stream_usable(r, st, error);
        lock_release(&r->lock);
        return false;
    }
    if (was_broken) {
        if (!abort)
            stream_usable(r, st, error);
    } else {
        frame_writer_add(r->writer,
                         stream_packet(st, FRAME_STREAM, abort ? FRAME_ERROR : FRAME_OK, NULL, 0),
                         NULL, 0);
        remote_wait_begin(r, &w);
        remote_flush(r);
        remote_wait_for(r, &w, 0);
        remote_wait_end(r, &w);
    }
    st->ended = true;
    g_ptr_array_remove_fast(r->streams, st);
    remote_release(r);
    if (w.error)
        g_propagate_error(error, w.error);
    return abort ? !w.error : !was_broken && !w.error;
}

int
remote_stream_ready(Link *link, ClientStream *st, int wanted)
{
    Remote *r = (Remote *)link;
    int ready = 0;

    lock_acquire(&r->lock);
    if (!g_queue_is_empty(&st->queue) || st->eof)
        ready |= VIR_STREAM_EVENT_READABLE;
    if (!frame_writer_pending(r->writer) && !st->error && !r->dead && !st->ended)
        ready |= VIR_STREAM_EVENT_WRITABLE;
    ready &= wanted;
    if (st->error)
        ready |= VIR_STREAM_EVENT_ERROR;
    if (r->dead)
        ready |= VIR_STREAM_EVENT_HANGUP;
    remote_release(r);
    return ready;
}

bool
remote_stream_watch(Link *link, ClientStream *st, int wanted, GError **error)
{
    if (!remote_listen(link, error))
        return false;
    if (wanted)
        client_stream_kick(st);
    return true;
}

void
remote_stream_gone(Link *link, ClientStream *st)
{
    Remote *r = (Remote *)link;

    lock_acquire(&r->lock);
    g_ptr_array_remove_fast(r->streams, st);
    remote_release(r);
}
