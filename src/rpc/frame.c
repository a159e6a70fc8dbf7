/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* frame.c - packets from bytes and bytes from packets
 *
 * The reader keeps one buffer.  Packets are handed out as pointers into it; what is
 * left over moves to its front before the next read.  Descriptors are remembered
 * with the position in the byte stream they came at, so that one that was attached
 * anywhere but where a packet announced it is noticed and refused.
 */
#define ERROR_FROM VIR_FROM_RPC
#include "rpc/frame.h"

#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

#include "util/error.h"
#include "util/fd.h"

enum {
    READ_SIZE = 16384,      /* room offered to a read between packets */
    READ_SIZE_MAX = 262144, /* and within a large packet */
    QUEUE_FDS_MAX = 253,
};

typedef struct QueuedFd {
    int fd;
    uint64_t at; /* position in the stream of the byte it came with */
} QueuedFd;

struct FrameReader {
    uint8_t *buffer;
    size_t start, end, size; /* bytes [start, end) are waiting */
    uint64_t position;       /* in the stream, of start */
    GArray *fds;             /* of QueuedFd, in order */
};

static uint32_t
get32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return ntohl(v);
}

static void
put32(uint8_t *p, uint32_t v)
{
    v = htonl(v);
    memcpy(p, &v, sizeof(v));
}

void
packet_clear(Packet *packet)
{
    for (size_t i = 0; i < packet->n_fds; i++)
        fd_close(&packet->fds[i]);
    memset(packet, 0, sizeof(*packet));
}

uint32_t
packet_word(const Packet *packet, size_t index)
{
    return packet->len < (index + 1) * 4 ? 0 : get32(packet->payload + index * 4);
}

GByteArray *
frame_begin(const FrameHeader *header, size_t n_fds)
{
    GByteArray *packet = g_byte_array_sized_new(256);
    int32_t type = header->type;

    if (n_fds && type == FRAME_CALL)
        type = FRAME_CALL_WITH_FDS;
    if (n_fds && type == FRAME_REPLY)
        type = FRAME_REPLY_WITH_FDS;
    g_byte_array_set_size(packet, FRAME_START + (n_fds ? 4 : 0));
    put32(packet->data, 0);
    put32(packet->data + 4, header->program);
    put32(packet->data + 8, header->version);
    put32(packet->data + 12, (uint32_t)header->proc);
    put32(packet->data + 16, (uint32_t)type);
    put32(packet->data + FRAME_SERIAL_AT, header->serial);
    put32(packet->data + 24, (uint32_t)header->status);
    if (n_fds)
        put32(packet->data + FRAME_START, (uint32_t)n_fds);
    return packet;
}

bool
frame_end(GByteArray *packet, GError **error)
{
    if (packet->len > FRAME_MAX) {
        error_set(error, VIR_ERR_RPC,
                  "message of %u bytes is larger than the %d that the protocol allows", packet->len,
                  FRAME_MAX);
        return false;
    }
    put32(packet->data, packet->len);
    return true;
}

FrameReader *
frame_reader_new(void)
{
    FrameReader *self = g_new0(FrameReader, 1);

    self->fds = g_array_new(false, false, sizeof(QueuedFd));
    return self;
}

void
frame_reader_free(FrameReader *self)
{
    if (!self)
        return;
    for (guint i = 0; i < self->fds->len; i++)
        close(g_array_index(self->fds, QueuedFd, i).fd);
    g_array_unref(self->fds);
    g_free(self->buffer);
    g_free(self);
}

/* Make room for @more bytes behind what is waiting. */
static void
make_room(FrameReader *self, size_t more)
{
    size_t have = self->end - self->start;

    if (self->start && have)
        memmove(self->buffer, self->buffer + self->start, have);
    self->start = 0;
    self->end = have;
    /* A buffer that a large packet left behind shrinks again. */
    if (self->size < have + more ||
        (self->size > 4 * READ_SIZE && self->size > 4 * (have + more))) {
        self->size = have + more;
        self->buffer = g_realloc(self->buffer, self->size);
    }
}

ssize_t
frame_reader_fill(FrameReader *self, Transport *transport, GError **error)
{
    int fds[QUEUE_FDS_MAX];
    size_t n_fds = G_N_ELEMENTS(fds), have = self->end - self->start;
    ssize_t got;

    /* Memory follows the bytes that came, not what the length field says. */
    make_room(self, MAX(READ_SIZE, MIN(have, READ_SIZE_MAX)));
    got = transport_read(transport, self->buffer + self->end, self->size - self->end, fds, &n_fds,
                         error);
    if (got <= 0)
        return got;
    self->end += (size_t)got;
    for (size_t i = 0; i < n_fds; i++) {
        QueuedFd queued = { fds[i], self->position + (self->end - self->start) - 1 };

        g_array_append_val(self->fds, queued);
    }
    if (self->fds->len > QUEUE_FDS_MAX) {
        error_set(error, VIR_ERR_RPC,
                  "the peer sent more file descriptors than a message may carry");
        return TRANSPORT_ERROR;
    }
    return got;
}

void
frame_reader_feed(FrameReader *self, const void *data, size_t len)
{
    if (!len)
        return;
    make_room(self, len);
    memcpy(self->buffer + self->end, data, len);
    self->end += len;
}

size_t
frame_reader_pending(const FrameReader *self)
{
    return self->end - self->start;
}

const void *
frame_reader_peek(const FrameReader *self)
{
    if (self->fds->len)
        return NULL;
    return self->buffer ? self->buffer + self->start : (const uint8_t *)"";
}

/* Check a packet's head; *@ret_total is all its bytes including those of @ret_fds descriptors, 0
 * when that cannot be told yet. */
static bool
measure(const uint8_t *p, size_t have, size_t *ret_total, size_t *ret_fds, GError **error)
{
    uint32_t length;
    int32_t type;

    *ret_total = *ret_fds = 0;
    if (have < FRAME_LENGTH_SIZE)
        return true;
    length = get32(p);
    if (length < FRAME_START || length > FRAME_MAX) {
        error_set(error, VIR_ERR_RPC, "packet of %u bytes received, must be between %d and %d",
                  length, FRAME_START, FRAME_MAX);
        return false;
    }
    if (have < FRAME_START)
        return true;
    type = (int32_t)get32(p + 16);
    if (type == FRAME_CALL_WITH_FDS || type == FRAME_REPLY_WITH_FDS) {
        if (length < FRAME_START + 4) {
            error_set(error, VIR_ERR_RPC, "packet with file descriptors does not say how many");
            return false;
        }
        if (have < FRAME_START + 4)
            return true;
        *ret_fds = get32(p + FRAME_START);
        if (*ret_fds > FRAME_FDS_MAX) {
            error_set(error, VIR_ERR_RPC,
                      "packet with %zu file descriptors received, must be at most %d", *ret_fds,
                      FRAME_FDS_MAX);
            return false;
        }
    }
    *ret_total = length + *ret_fds;
    return true;
}

/* Move the descriptors of the packet that ends at stream position @end into it. */
static bool
take_fds(FrameReader *self, Packet *packet, size_t n_fds, uint64_t end, GError **error)
{
    guint n = 0;

    for (; n < self->fds->len && g_array_index(self->fds, QueuedFd, n).at < end; n++) {
        QueuedFd *queued = &g_array_index(self->fds, QueuedFd, n);

        if (packet->n_fds >= n_fds || queued->at != end - n_fds + packet->n_fds)
            break;
        packet->fds[packet->n_fds++] = queued->fd;
    }
    if (n)
        g_array_remove_range(self->fds, 0, n);
    if (packet->n_fds == n_fds &&
        (!self->fds->len || g_array_index(self->fds, QueuedFd, 0).at >= end))
        return true;
    error_set(error, VIR_ERR_RPC, "packet announced %zu file descriptors, but others came with it",
              n_fds);
    packet_clear(packet);
    return false;
}

bool
frame_reader_next(FrameReader *self, Packet *packet, bool *ret_found, GError **error)
{
    const uint8_t *p = self->buffer + self->start;
    size_t have = self->end - self->start, total = 0, n_fds = 0, head;

    *ret_found = false;
    if (!measure(p, have, &total, &n_fds, error))
        return false;
    if (!total || have < total)
        return true;
    memset(packet, 0, sizeof(*packet));
    if ((n_fds || self->fds->len) && !take_fds(self, packet, n_fds, self->position + total, error))
        return false;
    packet->raw = p;
    packet->raw_len = total - n_fds;
    packet->header = (FrameHeader){ .program = get32(p + 4),
                                    .version = get32(p + 8),
                                    .proc = (int32_t)get32(p + 12),
                                    .type = (int32_t)get32(p + 16),
                                    .serial = get32(p + FRAME_SERIAL_AT),
                                    .status = (int32_t)get32(p + 24) };
    head = packet->header.type == FRAME_CALL_WITH_FDS || packet->header.type == FRAME_REPLY_WITH_FDS
               ? FRAME_START + 4
               : FRAME_START;
    packet->payload = p + head;
    packet->len = packet->raw_len - head;
    self->start += total;
    self->position += total;
    *ret_found = true;
    return true;
}

typedef struct Outgoing {
    GByteArray *bytes;
    size_t at; /* bytes already sent */
    size_t n_fds, fd_at;
    int fds[];
} Outgoing;

struct FrameWriter {
    GQueue queue; /* of Outgoing */
    size_t pending;
};

FrameWriter *
frame_writer_new(void)
{
    FrameWriter *self = g_new0(FrameWriter, 1);

    g_queue_init(&self->queue);
    return self;
}

static void
outgoing_free(Outgoing *out)
{
    for (; out->fd_at < out->n_fds; out->fd_at++)
        close(out->fds[out->fd_at]);
    g_byte_array_unref(out->bytes);
    g_free(out);
}

void
frame_writer_free(FrameWriter *self)
{
    if (!self)
        return;
    g_queue_clear_full(&self->queue, (GDestroyNotify)outgoing_free);
    g_free(self);
}

void
frame_writer_add(FrameWriter *self, GByteArray *packet, const int *fds, size_t n_fds)
{
    Outgoing *out = g_malloc0(sizeof(*out) + n_fds * sizeof(int));

    out->bytes = packet;
    out->n_fds = n_fds;
    if (n_fds)
        memcpy(out->fds, fds, n_fds * sizeof(int));
    self->pending += packet->len + n_fds;
    g_queue_push_tail(&self->queue, out);
}

bool
frame_writer_flush(FrameWriter *self, Transport *transport, GError **error)
{
    Outgoing *out;

    while ((out = g_queue_peek_head(&self->queue))) {
        ssize_t sent;

        if (out->at < out->bytes->len)
            sent = transport_write(transport, out->bytes->data + out->at, out->bytes->len - out->at,
                                   error);
        else if (out->fd_at < out->n_fds)
            sent = transport_write_fd(transport, out->fds[out->fd_at], error);
        else
            sent = 0;
        if (sent == TRANSPORT_ERROR)
            return false;
        if (sent == TRANSPORT_AGAIN)
            return true;
        self->pending -= (size_t)sent;
        if (out->at < out->bytes->len) {
            out->at += (size_t)sent;
        } else if (out->fd_at < out->n_fds) {
            close(out->fds[out->fd_at++]);
        }
        if (out->at == out->bytes->len && out->fd_at == out->n_fds)
            outgoing_free(g_queue_pop_head(&self->queue));
    }
    return true;
}

size_t
frame_writer_pending(const FrameWriter *self)
{
    return self->pending;
}
