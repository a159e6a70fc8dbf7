/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pump_thread.c - streams from and to files and disks, which cannot be polled
 *
 * Each has a thread that reads or writes; what it has to say goes to the main thread by mail.
 */
#define ERROR_FROM VIR_FROM_STREAMS
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rpc/server/pump.h"
#include "util/error.h"

void
pump_chunk_free(Chunk *chunk)
{
    if (chunk->data)
        g_byte_array_unref(chunk->data);
    g_free(chunk);
}

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
        pump_send_chunk(self, mail->data->data, mail->data->len);
        break;
    case MAIL_HOLE:
        send_hole(self, mail->hole);
        break;
    case MAIL_END:
        self->pumped_out = true;
        pump_send_chunk(self, NULL, 0);
        break;
    case MAIL_ROOM:
        break;
    case MAIL_FINISHED:
        pump_finished(self);
        break;
    case MAIL_ERROR:
        pump_end(self, mail->error);
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

static void
send_all(Pump *self)
{
    off_t at = (off_t)self->source.offset;
    uint64_t left = self->left;
    int64_t moved = 1;

    while (moved > 0 && wait_for_room(self)) {
        moved = send_piece(self, at, left);
        at += moved;
        left -= (uint64_t)MAX(moved, 0);
    }
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

static void
receive_all(Pump *self)
{
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
        pump_chunk_free(chunk);
    }
}

static void
count_thread(Server *server, int change)
{
    g_auto(LockHold) hold = lock_hold(&server->threads_lock);

    server->n_threads += (unsigned)change;
    cond_broadcast(&server->threads_gone);
}

static void *
run_thread(void *opaque)
{
    Pump *self = opaque;
    Server *server = self->client->server;

    if (pump_sends(self))
        send_all(self);
    else
        receive_all(self);
    stream_unref(&self->stream);
    count_thread(server, -1);
    return NULL;
}

bool
pump_thread_start(Pump *self, GError **error)
{
    GThread *thread;

    self->threaded = self->room = true;
    stream_ref(&self->stream);
    count_thread(self->client->server, 1);
    thread = g_thread_try_new("stream", run_thread, self, error);
    if (!thread) {
        count_thread(self->client->server, -1);
        stream_unref(&self->stream);
        return false;
    }
    g_thread_unref(thread);
    return true;
}
