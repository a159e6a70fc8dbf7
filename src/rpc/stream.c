/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stream.c - what all owners of streams share: the checks when a driver attaches. */
#define ERROR_FROM VIR_FROM_STREAMS
#include "rpc/stream.h"

#include "util/error.h"
#include "util/ref.h"

void
stream_init(Stream *stream, const StreamOps *ops, StreamDirection allowed)
{
    g_atomic_ref_count_init(&stream->refs);
    stream->ops = ops;
    stream->allowed = allowed;
}

static void
stream_free(Stream *self)
{
    self->ops->free(self);
}

DEFINE_REF(Stream, stream, stream_free)

bool
stream_attach(Stream *stream, const StreamSource *source, GError **error)
{
    g_assert(source->fd >= 0 && source->direction);
    if (stream->attached) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "the stream has a source already");
        return false;
    }
    if (source->direction & ~stream->allowed) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "the stream of this call does not flow that way");
        return false;
    }
    stream->attached = true;
    stream->ops->attach(stream, source);
    return true;
}

void
stream_abort(Stream *stream, const GError *error)
{
    stream->ops->abort(stream, error);
}
