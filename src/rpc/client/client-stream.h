/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* client-stream.h - the object behind virStreamPtr
 *
 * A stream is bound to a link by the call that it is given to.  What the other side sends waits in
 * a queue of bounded size until the application takes it.  The link guards all of the transfer's
 * state by its own lock; event callbacks have a lock of their own.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "rpc/client/handle.h"
#include "rpc/client/link.h"
#include "util/lock.h"

typedef struct ClientStreamChunk {
    GBytes *data;   /* NULL: a hole */
    int64_t length; /* of the hole; what is left of it */
    size_t at;      /* bytes of data taken */
} ClientStreamChunk;

struct ClientStream {
    Handle handle; /* first */
    bool nonblock;

    /* Guarded by the link's lock. */
    bool bound; /* the call that starts it was sent */
    bool ended; /* finished or aborted */
    uint32_t program, serial;
    int32_t proc;
    GQueue queue;              /* of ClientStreamChunk */
    size_t queued;             /* bytes in it */
    bool eof;                  /* the other side has no more */
    GError *error;             /* why it broke */
    struct LocalStream *local; /* in-process driver: its end */

    Lock lock;  /* guards the callback */
    int timer;  /* of the event loop; -1: no callback */
    int wanted; /* VIR_STREAM_EVENT_* */
    virStreamEventCallback cb;
    void *opaque;
    virFreeCallback ff;
    bool dispatching;
};

ClientStream *client_stream_new(Connection *conn, bool nonblock);
void client_stream_clear(Handle *handle);

/* Queue what came from the other side. */
void client_stream_push(ClientStream *st, const void *data, size_t len);
void client_stream_push_hole(ClientStream *st, int64_t length);
/* Take from the queue: bytes, 0 at the end, LINK_AGAIN when nothing is there, LINK_HOLE. Holes read
 * as zeroes unless
 * @stop_at_hole. */
ssize_t client_stream_take(ClientStream *st, void *data, size_t len, bool stop_at_hole);
/* The hole at the head of the queue, 0 if there is none. */
int64_t client_stream_take_hole(ClientStream *st);

/* The state changed: have the event loop look whether the callback is to be called. */
void client_stream_kick(ClientStream *st);

bool client_stream_add_callback(ClientStream *st, int events, virStreamEventCallback cb,
                                void *opaque, virFreeCallback ff, GError **error);
bool client_stream_update_callback(ClientStream *st, int events, GError **error);
bool client_stream_remove_callback(ClientStream *st, GError **error);
