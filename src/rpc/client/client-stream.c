/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* client-stream.c - what waits in a stream, and its event callback
 *
 * The callback is called from a timer of the event loop, which is set to 0 whenever the state of
 * the transfer may have changed, and again after each call while what it waits for holds.
 */
#define ERROR_FROM VIR_FROM_STREAMS
#include "rpc/client/client-stream.h"

#include <string.h>
#include <unistd.h>

#include "rpc/client/connection.h"
#include "rpc/client/loop.h"
#include "util/error.h"

static void
chunk_free(ClientStreamChunk *chunk)
{
    g_clear_pointer(&chunk->data, g_bytes_unref);
    g_free(chunk);
}

ClientStream *
client_stream_new(Connection *conn, bool nonblock)
{
    ClientStream *st = (ClientStream *)handle_new(HANDLE_STREAM, conn);

    lock_init(&st->lock);
    st->nonblock = nonblock;
    st->timer = -1;
    return st;
}

void
client_stream_clear(Handle *handle)
{
    ClientStream *st = (ClientStream *)handle;
    const Link *link = handle->conn->link;

    if (st->bound)
        link->ops->stream_gone(handle->conn->link, st);
    g_queue_clear_full(&st->queue, (GDestroyNotify)chunk_free);
    g_clear_error(&st->error);
    lock_clear(&st->lock);
}

void
client_stream_push(ClientStream *st, const void *data, size_t len)
{
    ClientStreamChunk *chunk = g_new0(ClientStreamChunk, 1);

    chunk->data = g_bytes_new(data, len);
    st->queued += len;
    g_queue_push_tail(&st->queue, chunk);
}

void
client_stream_push_hole(ClientStream *st, int64_t length)
{
    ClientStreamChunk *chunk = g_new0(ClientStreamChunk, 1);

    chunk->length = length;
    g_queue_push_tail(&st->queue, chunk);
}

ssize_t
client_stream_take(ClientStream *st, void *data, size_t len, bool stop_at_hole)
{
    size_t done = 0;
    ClientStreamChunk *chunk;

    while (done < len && (chunk = g_queue_peek_head(&st->queue))) {
        size_t n;

        if (!chunk->data && stop_at_hole)
            return done ? (ssize_t)done : LINK_HOLE;
        if (chunk->data) {
            n = MIN(len - done, g_bytes_get_size(chunk->data) - chunk->at);
            memcpy((char *)data + done,
                   (const char *)g_bytes_get_data(chunk->data, NULL) + chunk->at, n);
            chunk->at += n;
            st->queued -= n;
        } else {
            n = (size_t)MIN((int64_t)(len - done), chunk->length);
            memset((char *)data + done, 0, n);
            chunk->length -= (int64_t)n;
        }
        done += n;
        if (chunk->data ? chunk->at == g_bytes_get_size(chunk->data) : chunk->length == 0)
            chunk_free(g_queue_pop_head(&st->queue));
    }
    return done || !len || st->eof ? (ssize_t)done : LINK_AGAIN;
}

int64_t
client_stream_take_hole(ClientStream *st)
{
    ClientStreamChunk *chunk = g_queue_peek_head(&st->queue);
    int64_t length;

    if (!chunk || chunk->data)
        return 0;
    length = chunk->length;
    chunk_free(g_queue_pop_head(&st->queue));
    return length;
}

void
client_stream_kick(ClientStream *st)
{
    int timer;

    lock_acquire(&st->lock);
    timer = st->timer;
    lock_release(&st->lock);
    if (timer >= 0)
        loop_update_timeout(timer, 0);
}

static void
on_timer(int timer, void *opaque)
{
    ClientStream *st = opaque;
    Link *link = st->handle.conn->link;
    virStreamEventCallback cb;
    void *data;
    int wanted, ready;

    loop_update_timeout(timer, -1);
    lock_acquire(&st->lock);
    wanted = st->timer == timer ? st->wanted : 0;
    cb = st->cb;
    data = st->opaque;
    lock_release(&st->lock);
    ready = wanted ? link->ops->stream_ready(link, st, wanted) : 0;
    if (!ready)
        return;
    handle_ref(&st->handle);
    cb((virStreamPtr)st, ready, data);
    lock_acquire(&st->lock);
    wanted = st->timer == timer ? st->wanted : 0;
    lock_release(&st->lock);
    if (wanted && link->ops->stream_ready(link, st, wanted))
        loop_update_timeout(timer, 0); /* level-triggered, with the loop's other business between */
    handle_unref(&st->handle);
}

/* Of a removed timer, when the loop no longer holds it. */
typedef struct Callback {
    ClientStream *st; /* a reference */
    void *opaque;
    virFreeCallback ff;
} Callback;

static void
on_timer_of(int timer, void *opaque)
{
    on_timer(timer, ((Callback *)opaque)->st);
}

static void
callback_free(void *data)
{
    Callback *callback = data;

    if (callback->ff)
        callback->ff(callback->opaque);
    handle_unref(&callback->st->handle);
    g_free(callback);
}

bool
client_stream_add_callback(ClientStream *st, int events, virStreamEventCallback cb, void *opaque,
                           virFreeCallback ff, GError **error)
{
    Link *link = st->handle.conn->link;
    Callback *callback;
    int timer;

    if (st->timer >= 0) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "stream already has a callback registered");
        return false;
    }
    callback = g_new0(Callback, 1);
    callback->st = (ClientStream *)handle_ref(&st->handle);
    timer = loop_add_timeout(-1, on_timer_of, callback, callback_free);
    if (timer < 0) {
        callback_free(callback);
        error_set(error, VIR_ERR_INTERNAL_ERROR,
                  "cannot watch the stream: register an event loop first, and keep it running");
        return false;
    }
    callback->opaque = opaque;
    callback->ff = ff;
    lock_acquire(&st->lock);
    st->timer = timer;
    st->wanted = events;
    st->cb = cb;
    st->opaque = opaque;
    lock_release(&st->lock);
    if (link->ops->stream_watch(link, st, events, error))
        return true;
    callback->ff = NULL; /* the caller keeps what was not registered */
    client_stream_remove_callback(st, NULL);
    return false;
}

bool
client_stream_update_callback(ClientStream *st, int events, GError **error)
{
    Link *link = st->handle.conn->link;

    if (st->timer < 0) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "no stream callback registered");
        return false;
    }
    lock_acquire(&st->lock);
    st->wanted = events;
    lock_release(&st->lock);
    return link->ops->stream_watch(link, st, events, error);
}

bool
client_stream_remove_callback(ClientStream *st, GError **error)
{
    int timer;

    lock_acquire(&st->lock);
    timer = st->timer;
    st->timer = -1;
    st->wanted = 0;
    lock_release(&st->lock);
    if (timer < 0) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "no stream callback registered");
        return false;
    }
    loop_remove_timeout(timer);
    return true;
}
