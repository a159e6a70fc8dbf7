/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stream.h - the bulk data that belongs to a call, as a driver sees it
 *
 * A driver attaches a file descriptor; whoever owns the Stream (the server, or the
 * client library for an in-process driver) pumps between it and the client with
 * bounded memory, off the main thread for regular files and non-blocking otherwise.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Stream Stream;

typedef enum {
    STREAM_TO_CLIENT = 1 << 0,   /* read from the descriptor */
    STREAM_FROM_CLIENT = 1 << 1, /* write to the descriptor */
} StreamDirection;

typedef struct StreamSource {
    int fd;                    /* taken over: closed when the stream ends */
    StreamDirection direction; /* both for consoles */
    uint64_t offset;           /* regular files and block devices: where to begin */
    uint64_t length;           /* bytes to move at most; 0 for no limit */
    bool sparse;               /* tell and honour holes */
    /* Called once, on any thread, when the stream has ended: @error is NULL after a clean finish.
     * May be NULL. Not called if stream_attach() fails. */
    void (*done)(void *data, const GError *error);
    void *data;
} StreamSource;

/* Connect @source to the stream of the running call.  The driver's function then returns true;
 * data flows after the reply.  On failure the descriptor stays the caller's. */
bool stream_attach(Stream *stream, const StreamSource *source, GError **error);

/* End the stream from the driver's side with an error (a guest died, a console was taken over). Any
 * thread. */
void stream_abort(Stream *stream, const GError *error);

Stream *stream_ref(Stream *stream);
void stream_unref(Stream *stream);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Stream, stream_unref)

/* For owners.  A Stream is the first member of what the owner keeps of it. */
typedef struct StreamOps {
    void (*attach)(Stream *stream, const StreamSource *source); /* cannot fail: checks are done */
    void (*abort)(Stream *stream, const GError *error);
    void (*free)(Stream *stream);
} StreamOps;

struct Stream {
    gatomicrefcount refs;
    const StreamOps *ops;
    StreamDirection allowed; /* by the method */
    bool attached;
};

void stream_init(Stream *stream, const StreamOps *ops, StreamDirection allowed);
