/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pump.h - what pump.c and pump_thread.c share. */
#pragma once

#include "rpc/server/private.h"
#include "rpc/stream.h"

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

void pump_chunk_free(Chunk *chunk);

bool pump_sends(const Pump *self);
/* Data for the client; none: the end of it. */
void pump_send_chunk(Pump *self, const uint8_t *data, size_t len);
/* It failed on our side. */
void pump_end(Pump *self, const GError *error);
/* All that the client sent has been written: answer its finish. */
void pump_finished(Pump *self);

/* Begin to pump a file or disk. */
bool pump_thread_start(Pump *self, GError **error);
