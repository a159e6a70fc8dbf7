/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* frame.h - packets: what is around every message on the wire
 *
 *     length (4) | program version procedure type serial status (24) | [count of descriptors (4)] |
 * payload
 *
 * all big endian, length counting itself; the descriptors follow, each with a byte of its own.
 * A FrameReader makes packets of what a transport gives, a FrameWriter holds what it has not
 * yet taken.  Both keep memory in proportion to bytes that really came or wait, whatever a
 * length field claims.  Neither blocks or locks: server and client bring their own loops.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rpc/transport.h"

enum {
    FRAME_LENGTH_SIZE = 4,
    FRAME_HEADER_SIZE = 24,
    FRAME_START = FRAME_LENGTH_SIZE + FRAME_HEADER_SIZE, /* where payload or count begins */
    FRAME_MAX = 33554432 + FRAME_LENGTH_SIZE,            /* largest value of the length field */
    FRAME_STREAM_MAX = 262120,                           /* most data in one stream packet */
    FRAME_FDS_MAX = 32,
    FRAME_SERIAL_AT = 20, /* offset of the serial, for relays */
};

typedef enum {
    FRAME_CALL,
    FRAME_REPLY,
    FRAME_EVENT, /* VIR_NET_MESSAGE: one way, either direction */
    FRAME_STREAM,
    FRAME_CALL_WITH_FDS,
    FRAME_REPLY_WITH_FDS,
    FRAME_STREAM_HOLE,
} FrameType;

typedef enum {
    FRAME_OK,
    FRAME_ERROR,
    FRAME_CONTINUE,
} FrameStatus;

typedef struct FrameHeader {
    uint32_t program;
    uint32_t version;
    int32_t proc;
    int32_t type; /* FrameType; anything on receipt */
    uint32_t serial;
    int32_t status; /* FrameStatus; anything on receipt */
} FrameHeader;

/* A packet that came in.  @raw and @payload are valid until the reader is used again, the
 * descriptors are the packet's until stolen: end it with packet_clear(). */
typedef struct Packet {
    FrameHeader header;
    const uint8_t *raw; /* from the length field on, without the bytes that carry descriptors */
    size_t raw_len;
    const uint8_t *payload;
    size_t len;
    int fds[FRAME_FDS_MAX]; /* -1 once stolen */
    size_t n_fds;
} Packet;

void packet_clear(Packet *packet);
/* The number at @index in the payload, 0 beyond its end. */
uint32_t packet_word(const Packet *packet, size_t index);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Packet, packet_clear)

/* Building: begin, append the payload (wire_encode), end. With @n_fds the type becomes the
 * one WITH_FDS and the count is put in front of the payload. */
GByteArray *frame_begin(const FrameHeader *header, size_t n_fds);
/* Fill in the length.  VIR_ERR_RPC if the packet is larger than allowed. */
bool frame_end(GByteArray *packet, GError **error);

typedef struct FrameReader FrameReader;
FrameReader *frame_reader_new(void);
void frame_reader_free(FrameReader *self);

/* Take what the transport has: one read.  Returns as transport_read() does.  Call it when
 * frame_reader_next() has no more. */
ssize_t frame_reader_fill(FrameReader *self, Transport *transport, GError **error);

/* The next whole packet into @packet (which must be clear).  *@ret_found tells whether there was
 * one.  False with VIR_ERR_RPC if what came is no packet: the connection cannot go on. */
bool frame_reader_next(FrameReader *self, Packet *packet, bool *ret_found, GError **error);

/* Give the reader bytes from elsewhere (tests, handed-over state). */
void frame_reader_feed(FrameReader *self, const void *data, size_t len);
/* Bytes read and not yet returned: 0 means we are between packets. */
size_t frame_reader_pending(const FrameReader *self);
/* Those bytes, until the reader is used again; NULL if descriptors came with them, which cannot be
 * handed over. */
const void *frame_reader_peek(const FrameReader *self);

typedef struct FrameWriter FrameWriter;
FrameWriter *frame_writer_new(void);
void frame_writer_free(FrameWriter *self); /* closes descriptors not yet sent */

/* Queue @packet; takes it and @fds over. */
void frame_writer_add(FrameWriter *self, GByteArray *packet, const int *fds, size_t n_fds);
/* Hand over as much as the transport takes. False when it is dead. */
bool frame_writer_flush(FrameWriter *self, Transport *transport, GError **error);
/* Bytes not yet handed over. */
size_t frame_writer_pending(const FrameWriter *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(FrameReader, frame_reader_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FrameWriter, frame_writer_free)
