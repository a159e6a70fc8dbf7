/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* api-stream.c - the public functions about streams. */
#define ERROR_FROM VIR_FROM_STREAMS
#include <string.h>

#include "rpc/client/client-stream.h"
#include "rpc/client/connection.h"
#include "rpc/client/entry.h"
#include "rpc/client/last-error.h"
#include "util/error.h"

#pragma GCC visibility push(default)

enum { CHUNK = 262120 }; /* what one packet carries: half of it would waste a copy */

#define STREAM_ENTRY ENTRY(VIR_FROM_STREAMS)

virStreamPtr
virStreamNew(virConnectPtr conn, unsigned int flags)
{
    Entry e = STREAM_ENTRY;

    if (entry_begin(&e, HANDLE_CONNECT, conn))
        return (virStreamPtr)client_stream_new(e.conn, flags & VIR_STREAM_NONBLOCK);
    entry_fail(&e);
    return NULL;
}

/* A stream that no call has been given yet can do nothing. */
static bool
bound(Entry *e)
{
    if (((ClientStream *)e->self)->bound)
        return true;
    error_set(&e->error, VIR_ERR_NO_SUPPORT, "%s", e->function);
    return false;
}

static ClientStream *
stream_of(Entry *e)
{
    return (ClientStream *)e->self;
}

static Link *
link_of(Entry *e)
{
    return e->conn->link;
}

static bool
check_flags(Entry *e, unsigned int flags, unsigned int known)
{
    if (!(flags & ~known))
        return true;
    error_set(&e->error, VIR_ERR_INVALID_ARG, "unsupported flags (0x%x) in function %s",
              flags & ~known, e->function);
    return false;
}

int
virStreamSend(virStreamPtr stream, const char *data, size_t nbytes)
{
    Entry e = STREAM_ENTRY;
    ssize_t sent = LINK_FAILED;

    if (entry_begin(&e, HANDLE_STREAM, stream) && entry_nonnull(&e, "data", data) && bound(&e))
        sent = link_of(&e)->ops->stream_send(link_of(&e), stream_of(&e), data, nbytes, &e.error);
    if (sent == LINK_FAILED)
        entry_fail(&e);
    return (int)sent;
}

int
virStreamSendHole(virStreamPtr stream, long long length, unsigned int flags)
{
    Entry e = STREAM_ENTRY;

    if (entry_begin(&e, HANDLE_STREAM, stream) && bound(&e) && check_flags(&e, flags, 0) &&
        entry_nonnegative(&e, "length", length) &&
        link_of(&e)->ops->stream_send_hole(link_of(&e), stream_of(&e), length, &e.error))
        return 0;
    entry_fail(&e);
    return -1;
}

static int
receive(Entry e, virStreamPtr stream, char *data, size_t nbytes, unsigned int flags)
{
    ssize_t got = LINK_FAILED;

    if (entry_begin(&e, HANDLE_STREAM, stream) && entry_nonnull(&e, "data", data) &&
        bound(&e) && check_flags(&e, flags, VIR_STREAM_RECV_STOP_AT_HOLE))
        got = link_of(&e)->ops->stream_recv(link_of(&e), stream_of(&e), data, nbytes,
                                            flags & VIR_STREAM_RECV_STOP_AT_HOLE, &e.error);
    if (got == LINK_FAILED)
        entry_fail(&e);
    return (int)got;
}

int
virStreamRecv(virStreamPtr stream, char *data, size_t nbytes)
{
    return receive((Entry)STREAM_ENTRY, stream, data, nbytes, 0);
}

int
virStreamRecvFlags(virStreamPtr stream, char *data, size_t nbytes, unsigned int flags)
{
    return receive((Entry)STREAM_ENTRY, stream, data, nbytes, flags);
}

int
virStreamRecvHole(virStreamPtr stream, long long *length, unsigned int flags)
{
    Entry e = STREAM_ENTRY;
    int64_t hole = 0;

    if (entry_begin(&e, HANDLE_STREAM, stream) && entry_nonnull(&e, "length", length) &&
        bound(&e) && check_flags(&e, flags, 0) &&
        link_of(&e)->ops->stream_recv_hole(link_of(&e), stream_of(&e), &hole, &e.error)) {
        *length = hole;
        return 0;
    }
    entry_fail(&e);
    return -1;
}

static int
end(Entry e, virStreamPtr stream, bool abort)
{
    if (entry_begin(&e, HANDLE_STREAM, stream) && (abort || bound(&e)) &&
        (!stream_of(&e)->bound /* nothing to abort */
         || link_of(&e)->ops->stream_end(link_of(&e), stream_of(&e), abort, &e.error)))
        return 0;
    entry_fail(&e);
    return -1;
}

int
virStreamFinish(virStreamPtr stream)
{
    return end((Entry)STREAM_ENTRY, stream, false);
}

int
virStreamAbort(virStreamPtr stream)
{
    return end((Entry)STREAM_ENTRY, stream, true);
}

/* End a transfer that went wrong on the application's side, keeping the error that is raised. */
static int
give_up(Entry *e, virStreamPtr stream)
{
    GError *kept = e->error ? g_steal_pointer(&e->error) : last_error_save();

    virStreamAbort(stream);
    e->error = kept;
    if (!kept)
        error_set(&e->error, VIR_ERR_OPERATION_FAILED, "the application's stream function failed");
    entry_fail(e);
    return -1;
}

typedef struct Callback {
    const char *name;
    const void *function;
} Callback;

/* The buffer of a transfer of everything, or NULL with the error raised.  What must be there ends with no name. */
static char *
begin_all(Entry *e, virStreamPtr stream, const Callback *needed)
{
    bool ok = entry_begin(e, HANDLE_STREAM, stream);

    for (; ok && needed->name; needed++)
        ok = entry_nonnull(e, needed->name, needed->function);
    if (ok && stream_of(e)->nonblock) {
        error_set(&e->error, VIR_ERR_OPERATION_INVALID,
                  "data sources and sinks cannot be used for non-blocking streams");
        ok = false;
    }
    if (ok)
        return g_malloc(CHUNK);
    entry_fail(e);
    return NULL;
}

static bool
send_whole(virStreamPtr stream, const char *data, size_t len)
{
    while (len) {
        int sent = virStreamSend(stream, data, len);

        if (sent < 0)
            return false;
        data += sent;
        len -= (size_t)sent;
    }
    return true;
}

int
virStreamSendAll(virStreamPtr stream, virStreamSourceFunc handler, void *opaque)
{
    Entry e = STREAM_ENTRY;
    const Callback needed[] = { { "handler", handler }, { 0 } };
    g_autofree char *buffer = begin_all(&e, stream, needed);

    if (!buffer)
        return -1;
    for (;;) {
        int got = handler(stream, buffer, CHUNK, opaque);

        if (got == 0)
            return 0;
        if (got < 0 || !send_whole(stream, buffer, (size_t)got))
            return give_up(&e, stream);
    }
}

int
virStreamSparseSendAll(virStreamPtr stream, virStreamSourceFunc handler,
                       virStreamSourceHoleFunc holeHandler, virStreamSourceSkipFunc skipHandler,
                       void *opaque)
{
    Entry e = STREAM_ENTRY;
    const Callback needed[] = { { "handler", handler }, { "holeHandler", holeHandler }, { "skipHandler", skipHandler }, { 0 } };
    g_autofree char *buffer = begin_all(&e, stream, needed);

    if (!buffer)
        return -1;
    for (;;) {
        long long length = 0;
        int in_data = 0, got;

        if (holeHandler(stream, &in_data, &length, opaque) < 0)
            return give_up(&e, stream);
        if (!in_data && length) {
            if (virStreamSendHole(stream, length, 0) < 0 || skipHandler(stream, length, opaque) < 0)
                return give_up(&e, stream);
            continue;
        }
        got = handler(stream, buffer, (size_t)MIN(length ? length : CHUNK, CHUNK), opaque);
        if (got == 0)
            return 0;
        if (got < 0 || !send_whole(stream, buffer, (size_t)got))
            return give_up(&e, stream);
    }
}

static bool
sink_whole(virStreamPtr stream, virStreamSinkFunc handler, const char *data, int len, void *opaque)
{
    int done = 0;

    while (done < len) {
        int took = handler(stream, data + done, (size_t)(len - done), opaque);

        if (took < 0)
            return false;
        done += took;
    }
    return true;
}

int
virStreamRecvAll(virStreamPtr stream, virStreamSinkFunc handler, void *opaque)
{
    Entry e = STREAM_ENTRY;
    const Callback needed[] = { { "handler", handler }, { 0 } };
    g_autofree char *buffer = begin_all(&e, stream, needed);

    if (!buffer)
        return -1;
    for (;;) {
        int got = virStreamRecv(stream, buffer, CHUNK);

        if (got == 0)
            return 0;
        if (got < 0 || !sink_whole(stream, handler, buffer, got, opaque))
            return give_up(&e, stream);
    }
}

int
virStreamSparseRecvAll(virStreamPtr stream, virStreamSinkFunc handler,
                       virStreamSinkHoleFunc holeHandler, void *opaque)
{
    Entry e = STREAM_ENTRY;
    const Callback needed[] = { { "handler", handler }, { "holeHandler", holeHandler }, { 0 } };
    g_autofree char *buffer = begin_all(&e, stream, needed);

    if (!buffer)
        return -1;
    for (;;) {
        long long length = 0;
        int got = virStreamRecvFlags(stream, buffer, CHUNK, VIR_STREAM_RECV_STOP_AT_HOLE);

        if (got == 0)
            return 0;
        if (got == LINK_HOLE) {
            if (virStreamRecvHole(stream, &length, 0) < 0 ||
                holeHandler(stream, length, opaque) < 0)
                return give_up(&e, stream);
        } else if (got < 0 || !sink_whole(stream, handler, buffer, got, opaque)) {
            return give_up(&e, stream);
        }
    }
}

int
virStreamEventAddCallback(virStreamPtr stream, int events, virStreamEventCallback cb, void *opaque,
                          virFreeCallback ff)
{
    Entry e = STREAM_ENTRY;

    if (entry_begin(&e, HANDLE_STREAM, stream) && bound(&e) &&
        client_stream_add_callback(stream_of(&e), events, cb, opaque, ff, &e.error))
        return 0;
    entry_fail(&e);
    return -1;
}

int
virStreamEventUpdateCallback(virStreamPtr stream, int events)
{
    Entry e = STREAM_ENTRY;

    if (entry_begin(&e, HANDLE_STREAM, stream) && bound(&e) &&
        client_stream_update_callback(stream_of(&e), events, &e.error))
        return 0;
    entry_fail(&e);
    return -1;
}

int
virStreamEventRemoveCallback(virStreamPtr stream)
{
    Entry e = STREAM_ENTRY;

    if (entry_begin(&e, HANDLE_STREAM, stream) && bound(&e) &&
        client_stream_remove_callback(stream_of(&e), &e.error))
        return 0;
    entry_fail(&e);
    return -1;
}
