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
#include "rpc/server/private.h"
#include "rpc/stream.h"
#include "util/error.h"
#include "util/fd.h"

enum {
    QUEUE_MAX = 256 << 10, /* bytes from the client that the sink has not taken */
};

/* A piece of a stream: data, a hole, or the end. */
typedef struct Chunk {
    GByteArray *data; /* NULL: a hole of @hole bytes, or the end if that is 0 */
    int64_t hole;
} Chunk;

struct Pump {
    Stream stream;  /* first: drivers see this */
    Client *client; /* a reference; the pump is listed there until it is over */
    FrameHeader header;
    bool listed, started;

    Lock lock; /* what follows is shared with the thread, if there is one */
    Cond cond;
    StreamSource source;
    bool attached;
    GQueue from_client; /* of Chunk */
    size_t queued;
    bool room; /* the client takes more */
    bool stop; /* the thread is to end */
    bool threaded;
    bool pumped_out; /* the client has been told that all was sent */
    uint64_t left;   /* bytes that may still be moved; with length */
    GError *aborted; /* by the driver */

    /* Main thread. */
    Watch *watch;
    bool finishing; /* the client has said that it will send no more */
    bool over;
};

static void end(Pump *self, const GError *error);

static void
chunk_free(Chunk *chunk)
{
    if (chunk->data)
        g_byte_array_unref(chunk->data);
    g_free(chunk);
}

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
        end(self, self->aborted);
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

    g_queue_clear_full(&self->from_client, (GDestroyNotify)chunk_free);
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
static void
end(Pump *self, const GError *error)
{
    stream_ref(&self->stream);
    client_send(self->client, dispatch_reply_error_packet(&self->header, FRAME_STREAM, error), NULL,
                0);
    settle(self, error);
    client_update(self->client);
    stream_unref(&self->stream);
}

/* All that the client sent has been written: answer its finish. */
static void
finished(Pump *self)
{
    stream_ref(&self->stream);
    send_status(self, FRAME_OK);
    settle(self, NULL);
    stream_unref(&self->stream);
}

static bool
sends(const Pump *self)
{
    return self->source.direction & STREAM_TO_CLIENT;
}

static bool
receives(const Pump *self)
{
    return self->source.direction & STREAM_FROM_CLIENT;
}

static void
send_chunk(Pump *self, const uint8_t *data, size_t len)
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
    bool in = sends(self) && !self->pumped_out && client_unsent(self->client) == 0;
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
        end(self, error);
        return;
    }
    if (got > 0)
        self->left -= (size_t)got;
    else
        self->pumped_out = true;
    send_chunk(self, buffer, got > 0 ? (size_t)got : 0);
    if (got > 0 && !self->left && !self->over) {
        self->pumped_out = true;
        send_chunk(self, buffer, 0);
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
            end(self, error);
            return;
        }
        self->queued -= (size_t)put;
        g_byte_array_remove_range(chunk->data, 0, (guint)put);
        if (!chunk->data->len)
            chunk_free(g_queue_pop_head(&self->from_client));
    }
    if (self->finishing)
        finished(self);
}

static void
on_fd(void *opaque, short events)
{
    Pump *self = opaque;
    Client *client = client_ref(self->client);

    stream_ref(&self->stream);
    if (events & POLLOUT)
        write_some(self);
    if (!self->over && sends(self) && !self->pumped_out &&
        (events & (POLLIN | POLLHUP | POLLERR)) && client_unsent(client) == 0)
        read_some(self);
    if (!self->over)
        update_watch(self);
    client_update(client);
    stream_unref(&self->stream);
    client_unref(client);
}

/* Files and disks: a thread.  What it has to say goes by mail. */

typedef enum {
    MAIL_DATA, /* for the client */
    MAIL_HOLE,
    MAIL_END,      /* no more will come */
    MAIL_ROOM,     /* a chunk from the client is written */
    MAIL_FINISHED, /* all from the client is written */
    MAIL_ERROR,
} MailKind;

typedef struct ThreadMail {
    Pump *pump;
    MailKind kind;
    GByteArray *data;
    int64_t hole;
    GError *error;
} ThreadMail;

static void
send_hole(Pump *self, int64_t length)
{
    FrameHeader header = self->header;
    uint64_t wire = GUINT64_TO_BE((uint64_t)length);
    uint32_t flags = 0;
    GByteArray *packet;

    header.type = FRAME_STREAM_HOLE;
    header.status = FRAME_CONTINUE;
    packet = frame_begin(&header, 0);
    g_byte_array_append(packet, (const uint8_t *)&wire, sizeof(wire));
    g_byte_array_append(packet, (const uint8_t *)&flags, sizeof(flags));
    frame_end(packet, NULL);
    client_send(self->client, packet, NULL, 0);
}

static void
act_on(Pump *self, const ThreadMail *mail)
{
    switch (mail->kind) {
    case MAIL_DATA:
        send_chunk(self, mail->data->data, mail->data->len);
        break;
    case MAIL_HOLE:
        send_hole(self, mail->hole);
        break;
    case MAIL_END:
        self->pumped_out = true;
        send_chunk(self, NULL, 0);
        break;
    case MAIL_ROOM:
        break;
    case MAIL_FINISHED:
        finished(self);
        break;
    case MAIL_ERROR:
        end(self, mail->error);
        break;
    }
}

static void
on_mail(void *opaque)
{
    ThreadMail *mail = opaque;
    Pump *self = mail->pump;
    Client *client = client_ref(self->client);

    if (!self->over)
        act_on(self, mail);
    if (client->transport) {
        pump_writable(client); /* if the socket took it at once, the thread may go on */
        client_update(client);
    }
    if (mail->data)
        g_byte_array_unref(mail->data);
    g_clear_error(&mail->error);
    g_free(mail);
    stream_unref(&self->stream);
    client_unref(client);
}

static void
post(Pump *self, MailKind kind, GByteArray *data, int64_t hole, GError *error)
{
    ThreadMail *mail = g_new(ThreadMail, 1);

    *mail = (ThreadMail){ self, kind, data, hole, error };
    stream_ref(&self->stream);
    mailbox_post(self->client->server->mailbox, on_mail, mail);
}

static void
post_errno(Pump *self, int errnum, const char *what)
{
    GError *error = NULL;

    error_set_errno(&error, errnum, "%s", what);
    post(self, MAIL_ERROR, NULL, 0, error);
}

/* Wait until the client has taken what was sent.  False: stop. */
static bool
wait_for_room(Pump *self)
{
    bool go;

    lock_acquire(&self->lock);
    while (!self->room && !self->stop)
        cond_wait(&self->cond, &self->lock); /* ended by the client's reading or its end */
    self->room = false;
    go = !self->stop;
    lock_release(&self->lock);
    return go;
}

/* How long the hole at @at is, or 0; *@ret_data is how far data reaches. */
static int64_t
hole_at(int fd, off_t at, uint64_t left, uint64_t *ret_data)
{
    off_t data = lseek(fd, at, SEEK_DATA), hole, size;

    *ret_data = left;
    if (data < 0 && errno == ENXIO) { /* a hole up to the end */
        size = lseek(fd, 0, SEEK_END);
        return size > at ? (int64_t)MIN((uint64_t)(size - at), left) : 0;
    }
    if (data < 0)
        return 0;
    if (data > at)
        return (int64_t)MIN((uint64_t)(data - at), left);
    hole = lseek(fd, at, SEEK_HOLE);
    if (hole > at)
        *ret_data = MIN(left, (uint64_t)(hole - at));
    return 0;
}

/* Read and post one piece at @at.  Returns its length, 0 at the end, -1 after an error. */
static int64_t
send_piece(Pump *self, off_t at, uint64_t left)
{
    uint64_t reach = left;
    int64_t hole = self->source.sparse && left ? hole_at(self->source.fd, at, left, &reach) : 0;
    GByteArray *data;
    ssize_t got;

    if (hole) {
        post(self, MAIL_HOLE, NULL, hole, NULL);
        return hole;
    }
    data = g_byte_array_sized_new((guint)MIN(FRAME_STREAM_MAX, reach));
    got = reach ? pread(self->source.fd, data->data, MIN(FRAME_STREAM_MAX, reach), at) : 0;
    if (got > 0) {
        g_byte_array_set_size(data, (guint)got);
        post(self, MAIL_DATA, data, 0, NULL);
        return got;
    }
    if (got < 0)
        post_errno(self, errno, "cannot read from the stream's source");
    else
        post(self, MAIL_END, NULL, 0, NULL);
    g_byte_array_unref(data);
    return got;
}

static void *
thread_send(void *opaque)
{
    Pump *self = opaque;
    off_t at = (off_t)self->source.offset;
    uint64_t left = self->left;
    int64_t moved = 1;

    while (moved > 0 && wait_for_room(self)) {
        moved = send_piece(self, at, left);
        at += moved;
        left -= (uint64_t)MAX(moved, 0);
    }
    stream_unref(&self->stream);
    return NULL;
}

static bool
write_chunk(Pump *self, const Chunk *chunk, off_t *at)
{
    struct stat st;
    size_t done = 0;

    if (!chunk->data) {
        *at += chunk->hole;
        /* In a file the hole must exist even if nothing follows it. */
        return fstat(self->source.fd, &st) == 0 &&
               (!S_ISREG(st.st_mode) || st.st_size >= *at || ftruncate(self->source.fd, *at) == 0);
    }
    while (done < chunk->data->len) {
        ssize_t put =
            pwrite(self->source.fd, chunk->data->data + done, chunk->data->len - done, *at);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        done += (size_t)put;
        *at += put;
    }
    return true;
}

/* The next from the client; NULL: stop. */
static Chunk *
next_chunk(Pump *self)
{
    Chunk *chunk = NULL;

    lock_acquire(&self->lock);
    while (g_queue_is_empty(&self->from_client) && !self->stop)
        cond_wait(&self->cond, &self->lock); /* ended by the client's next packet or its end */
    if (!self->stop)
        chunk = g_queue_pop_head(&self->from_client);
    lock_release(&self->lock);
    return chunk;
}

static void *
thread_receive(void *opaque)
{
    Pump *self = opaque;
    off_t at = (off_t)self->source.offset;
    Chunk *chunk;
    bool go = true;

    while (go && (chunk = next_chunk(self))) {
        if (!chunk->data && !chunk->hole) {
            post(self, MAIL_FINISHED, NULL, 0, NULL);
            go = false;
        } else if (!write_chunk(self, chunk, &at)) {
            post_errno(self, errno, "cannot write to the stream's sink");
            go = false;
        } else {
            lock_acquire(&self->lock);
            self->queued -= chunk->data ? chunk->data->len : 0;
            lock_release(&self->lock);
            post(self, MAIL_ROOM, NULL, 0, NULL);
        }
        chunk_free(chunk);
    }
    stream_unref(&self->stream);
    return NULL;
}

/* From here on: both kinds. */

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
    if (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)) {
        GThread *thread;

        self->threaded = self->room = true;
        stream_ref(&self->stream);
        thread =
            g_thread_try_new("stream", sends(self) ? thread_send : thread_receive, self, error);
        if (!thread) {
            stream_unref(&self->stream);
            return false;
        }
        g_thread_unref(thread);
        return true;
    }
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
        end(self, error);
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
            end(self, error);
        return true;
    case FRAME_OK:
        self->finishing = true;
        if (self->threaded && receives(self))
            push(self, NULL, 0);
        else if (g_queue_is_empty(&self->from_client))
            finished(self);
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
