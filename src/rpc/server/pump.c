/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pump.c - the streams of our own driver's calls
 *
 * What can be polled (pipes, sockets, terminals) is pumped by the main loop.  Files and
 * disks get a thread of their own that trades chunks with the main thread.  Either way
 * at most two chunks of a stream are in memory and one more unsent, whatever the peer does: to the
 * client nothing is read while it has not taken what was sent, and from the client
 * nothing is read while the sink has not taken what came.
 */
#define ERROR_FROM VIR_FROM_STREAMS
#include <glib-unix.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rpc/neterror.h"
#include "rpc/server/pump.h"
#include "util/error.h"
#include "util/fd.h"

enum {
    QUEUE_MAX = 256 << 10, /* bytes from the client that the sink has not taken */
};

static void
pump_attach(Stream *stream, const StreamSource *source)
{
    Pump *self = (Pump *)stream;

    lock_acquire(&self->lock);
    self->source = *source;
    self->attached = true;
    self->left = source->length ? source->length : UINT64_MAX;
    lock_release(&self->lock);
}

static void
abort_mail(void *opaque)
{
    Pump *self = opaque;

    if (self->started && !self->over)
        pump_end(self, self->aborted);
    stream_unref(&self->stream);
}

static void
pump_abort(Stream *stream, const GError *error)
{
    Pump *self = (Pump *)stream;
    bool first;

    lock_acquire(&self->lock);
    first = !self->aborted;
    if (first)
        self->aborted = g_error_copy(error);
    lock_release(&self->lock);
    if (first)
        mailbox_post(self->client->server->mailbox, abort_mail, stream_ref(stream));
}

static void
pump_free(Stream *stream)
{
    Pump *self = (Pump *)stream;

    g_queue_clear_full(&self->from_client, (GDestroyNotify)pump_chunk_free);
    fd_close(&self->source.fd);
    g_clear_error(&self->aborted);
    cond_clear(&self->cond);
    lock_clear(&self->lock);
    client_unref(self->client);
    g_free(self);
}

static const StreamOps pump_ops = { pump_attach, pump_abort, pump_free };

Pump *
pump_new(Client *client, const Method *m, const FrameHeader *call)
{
    StreamDirection allowed = m->stream == STREAM_READ    ? STREAM_TO_CLIENT
                              : m->stream == STREAM_WRITE ? STREAM_FROM_CLIENT
                                                          : STREAM_TO_CLIENT | STREAM_FROM_CLIENT;
    Pump *self;

    if (!client->pumps)
        client->pumps = g_hash_table_new(NULL, NULL);
    if (g_hash_table_contains(client->pumps, GUINT_TO_POINTER(call->serial)))
        return NULL;
    self = g_new0(Pump, 1);
    stream_init(&self->stream, &pump_ops, allowed);
    lock_init(&self->lock);
    cond_init(&self->cond);
    self->client = client_ref(client);
    self->header = *call;
    self->header.type = FRAME_STREAM;
    self->source.fd = -1;
    g_queue_init(&self->from_client);
    g_hash_table_insert(client->pumps, GUINT_TO_POINTER(call->serial), self);
    self->listed = true;
    return self;
}

Stream *
pump_stream(Pump *self)
{
    return &self->stream;
}

static void
unlist(Pump *self)
{
    if (!self->listed)
        return;
    self->listed = false;
    if (self->client->pumps)
        g_hash_table_remove(self->client->pumps, GUINT_TO_POINTER(self->header.serial));
    stream_unref(&self->stream);
}

/* Everything is over: let go of the source and tell the driver.  @error NULL: it went well. */
static void
settle(Pump *self, const GError *error)
{
    if (self->over)
        return;
    self->over = true;
    g_clear_pointer(&self->watch, watch_free);
    lock_acquire(&self->lock);
    self->stop = true;
    cond_signal(&self->cond);
    if (!self->threaded)
        fd_close(&self->source.fd);
    lock_release(&self->lock);
    if (self->attached && self->source.done)
        self->source.done(self->source.data, error);
    unlist(self);
}

static void
send_status(Pump *self, int status)
{
    FrameHeader header = self->header;
    GByteArray *packet;

    header.status = status;
    packet = frame_begin(&header, 0);
    frame_end(packet, NULL);
    client_send(self->client, packet, NULL, 0);
}

/* It failed on our side. */
void
pump_end(Pump *self, const GError *error)
{
    stream_ref(&self->stream);
    client_send(self->client, dispatch_reply_error_packet(&self->header, FRAME_STREAM, error), NULL,
                0);
    settle(self, error);
    client_update(self->client);
    stream_unref(&self->stream);
}

/* All that the client sent has been written: answer its finish. */
void
pump_finished(Pump *self)
{
    stream_ref(&self->stream);
    send_status(self, FRAME_OK);
    settle(self, NULL);
    stream_unref(&self->stream);
}

bool
pump_sends(const Pump *self)
{
    return self->source.direction & STREAM_TO_CLIENT;
}

static bool
receives(const Pump *self)
{
    return self->source.direction & STREAM_FROM_CLIENT;
}

void
pump_send_chunk(Pump *self, const uint8_t *data, size_t len)
{
    FrameHeader header = self->header;
    GByteArray *packet;

    header.status = FRAME_CONTINUE;
    packet = frame_begin(&header, 0);
    g_byte_array_append(packet, data, (guint)len);
    frame_end(packet, NULL);
    client_send(self->client, packet, NULL, 0);
}

/* Pollable sources.  */

static void
update_watch(Pump *self)
{
    bool in = pump_sends(self) && !self->pumped_out && client_unsent(self->client) == 0;
    bool out = receives(self) && !g_queue_is_empty(&self->from_client);

    if (!self->watch)
        return;
    if (in || out)
        watch_set(self->watch, (short)((in ? POLLIN : 0) | (out ? POLLOUT : 0)));
    else
        watch_pause(self->watch); /* a hang-up is looked at when somebody wants data */
}

static void
read_some(Pump *self)
{
    g_autofree uint8_t *buffer = g_malloc(FRAME_STREAM_MAX);
    ssize_t got = read(self->source.fd, buffer, MIN(FRAME_STREAM_MAX, self->left));

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got < 0 && errno != EIO) { /* EIO: the other end of a terminal has closed */
        g_autoptr(GError) error = NULL;

        error_set_errno(&error, errno, "cannot read from the stream's source");
        pump_end(self, error);
        return;
    }
    if (got > 0)
        self->left -= (size_t)got;
    else
        self->pumped_out = true;
    pump_send_chunk(self, buffer, got > 0 ? (size_t)got : 0);
    if (got > 0 && !self->left && !self->over) {
        self->pumped_out = true;
        pump_send_chunk(self, buffer, 0);
    }
}

static void
write_some(Pump *self)
{
    Chunk *chunk;

    while ((chunk = g_queue_peek_head(&self->from_client))) {
        ssize_t put = write(self->source.fd, chunk->data->data, chunk->data->len);

        if (put < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (put < 0) {
            g_autoptr(GError) error = NULL;

            error_set_errno(&error, errno, "cannot write to the stream's sink");
            pump_end(self, error);
            return;
        }
        self->queued -= (size_t)put;
        g_byte_array_remove_range(chunk->data, 0, (guint)put);
        if (!chunk->data->len)
            pump_chunk_free(g_queue_pop_head(&self->from_client));
    }
    if (self->finishing)
        pump_finished(self);
}

static void
on_fd(void *opaque, short events)
{
    Pump *self = opaque;
    Client *client = client_ref(self->client);

    stream_ref(&self->stream);
    if (events & POLLOUT)
        write_some(self);
    if (!self->over && pump_sends(self) && !self->pumped_out &&
        (events & (POLLIN | POLLHUP | POLLERR)) && client_unsent(client) == 0)
        read_some(self);
    if (!self->over)
        update_watch(self);
    client_update(client);
    stream_unref(&self->stream);
    client_unref(client);
}

static bool
begin(Pump *self, GError **error)
{
    struct stat st;

    if (!self->attached) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "the call has left its stream without a source");
        return false;
    }
    if (fstat(self->source.fd, &st) < 0) {
        error_set_errno(error, errno, "cannot examine the stream's source");
        return false;
    }
    if (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode))
        return pump_thread_start(self, error);
    if (!g_unix_set_fd_nonblocking(self->source.fd, true, error))
        return false;
    self->watch = watch_new(self->client->server->config.context, self->source.fd, 0, on_fd, self);
    update_watch(self);
    return true;
}

void
pump_start(Pump *self, bool ok)
{
    g_autoptr(GError) error = NULL;

    if (self->over)
        return; /* with its client */
    if (!ok) {
        error_set(&error, VIR_ERR_OPERATION_ABORTED, "the call failed");
        settle(self, error);
        return;
    }
    self->started = true;
    lock_acquire(&self->lock);
    if (self->aborted)
        error = g_error_copy(self->aborted);
    lock_release(&self->lock);
    if (error || !begin(self, &error))
        pump_end(self, error);
}

static void
push(Pump *self, GByteArray *data, int64_t hole)
{
    Chunk *chunk = g_new(Chunk, 1);

    *chunk = (Chunk){ data, hole };
    lock_acquire(&self->lock);
    self->queued += data ? data->len : 0;
    g_queue_push_tail(&self->from_client, chunk);
    cond_signal(&self->cond);
    lock_release(&self->lock);
    if (!self->threaded)
        update_watch(self);
}

/* More from the client. */
static bool
take(Pump *self, const Packet *packet, GError **error)
{
    uint64_t length;

    if (!receives(self) || self->finishing) {
        error_set(error, VIR_ERR_RPC, "the stream takes no data");
        return false;
    }
    if (packet->header.type == FRAME_STREAM_HOLE) {
        memcpy(&length, packet->payload, sizeof(length));
        length = GUINT64_FROM_BE(length);
        if (length > INT64_MAX || length > self->left) {
            error_set(error, VIR_ERR_OPERATION_FAILED,
                      "the stream's hole reaches beyond what was announced");
            return false;
        }
        self->left -= length;
        if (length)
            push(self, NULL, (int64_t)length);
        return true;
    }
    if (packet->len > self->left) {
        error_set(error, VIR_ERR_OPERATION_FAILED, "more data than was announced");
        return false;
    }
    self->left -= packet->len;
    if (packet->len)
        push(self,
             g_byte_array_append(g_byte_array_sized_new((guint)packet->len), packet->payload,
                                 (guint)packet->len),
             0);
    return true;
}

bool
pump_packet(Client *client, Packet *packet)
{
    Pump *self = client->pumps
                     ? g_hash_table_lookup(client->pumps, GUINT_TO_POINTER(packet->header.serial))
                     : NULL;
    g_autoptr(GError) error = NULL;

    if (!self || !self->started)
        return false;
    if (packet->header.type == FRAME_STREAM_HOLE &&
        (!self->source.sparse || packet->len < sizeof(uint64_t))) {
        client_close(client, "it sent a hole into a stream that has none");
        return true;
    }
    switch (packet->header.status) {
    case FRAME_CONTINUE:
        if (!take(self, packet, &error))
            pump_end(self, error);
        return true;
    case FRAME_OK:
        self->finishing = true;
        if (self->threaded && receives(self))
            push(self, NULL, 0);
        else if (g_queue_is_empty(&self->from_client))
            pump_finished(self);
        return true;
    default:
        error_set(&error, VIR_ERR_OPERATION_ABORTED, "the client ended the stream");
        stream_ref(&self->stream);
        send_status(self, FRAME_OK);
        settle(self, error);
        stream_unref(&self->stream);
        return true;
    }
}

bool
pump_blocked(const Client *client)
{
    GHashTableIter iter;
    void *value;
    bool blocked = false;

    if (!client->pumps)
        return false;
    g_hash_table_iter_init(&iter, client->pumps);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Pump *pump = value;

        lock_acquire(&pump->lock);
        blocked |= pump->queued > QUEUE_MAX;
        lock_release(&pump->lock);
    }
    return blocked;
}

void
pump_writable(Client *client)
{
    GHashTableIter iter;
    void *value;

    if (!client->pumps || client_unsent(client))
        return;
    g_hash_table_iter_init(&iter, client->pumps);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Pump *pump = value;

        if (pump->threaded) {
            lock_acquire(&pump->lock);
            pump->room = true;
            cond_signal(&pump->cond);
            lock_release(&pump->lock);
        } else {
            update_watch(pump);
        }
    }
}

void
pump_drop_all(Client *client)
{
    g_autoptr(GHashTable) pumps = g_steal_pointer(&client->pumps);
    g_autoptr(GError) error = NULL;
    GHashTableIter iter;
    void *value;

    if (!pumps)
        return;
    error_set(&error, VIR_ERR_RPC, "the client closed its connection");
    g_hash_table_iter_init(&iter, pumps);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        settle(value, error);
}
