/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* local.c - calls that stay in this process
 *
 * The caller's own thread runs the call through the same pipeline as a daemon's worker would.  A
 * stream is the descriptor that the driver attaches: the application reads and writes it through
 * us.
 */
#define ERROR_FROM VIR_FROM_RPC
#include "rpc/client/local.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rpc/client/client-stream.h"
#include "rpc/client/connection.h"
#include "rpc/client/loop.h"
#include "rpc/client/subscribe.h"
#include "rpc/events.h"
#include "rpc/stream.h"
#include "util/error.h"
#include "util/fd.h"

typedef struct LocalDriver {
    const Driver *driver;
    EventHub *hub;
    bool started;
    GError *error; /* why it could not be started */
} LocalDriver;

typedef struct Local {
    Link link;
    Session *session;
    Subscriptions *events; /* a reference */
} Local;

/* The driver's end of a stream. */
typedef struct LocalStream {
    Stream stream; /* first */
    Lock lock;
    StreamSource source;
    bool regular;
    uint64_t at, left; /* position; bytes to go, UINT64_MAX for no limit */
    GError *error;
    int watch;
} LocalStream;

static Lock drivers_lock = LOCK_INIT;
static LocalDriver drivers[4];
static size_t n_drivers;

void
local_register(const Driver *driver)
{
    g_auto(LockHold) hold = lock_hold(&drivers_lock);

    for (size_t i = 0; i < n_drivers; i++) {
        if (drivers[i].driver == driver)
            return;
    }
    g_assert(n_drivers < G_N_ELEMENTS(drivers));
    drivers[n_drivers++] = (LocalDriver){ .driver = driver };
}

/* The driver of @scheme, started on first use; it lives as long as the process. */
static LocalDriver *
find_driver(const char *scheme, GError **error)
{
    g_auto(LockHold) hold = lock_hold(&drivers_lock);

    for (size_t i = 0; i < n_drivers; i++) {
        LocalDriver *local = &drivers[i];
        DriverEnv env = { .privileged = geteuid() == 0,
                          .config_dir = "",
                          .state_dir = "",
                          .run_dir = "",
                          .cache_dir = "",
                          .log_dir = "" };

        if (strcmp(local->driver->scheme, scheme) != 0)
            continue;
        if (!local->started) {
            local->started = true;
            local->hub = env.hub = event_hub_new();
            if (local->driver->start)
                local->driver->start(&env, &local->error);
        }
        if (local->error) {
            g_propagate_error(error, g_error_copy(local->error));
            return NULL;
        }
        return local;
    }
    /* The words of the code end in "available for". */
    error_set_full(error, VIR_FROM_NONE, VIR_ERR_NO_CONNECT, "%s:// (not part of this library)",
                   scheme);
    return NULL;
}

static void
stream_source_done(LocalStream *ls, const GError *error)
{
    if (ls->source.fd < 0)
        return;
    fd_close(&ls->source.fd);
    if (ls->source.done)
        ls->source.done(ls->source.data, error);
}

static void
on_attach(Stream *stream, const StreamSource *source)
{
    LocalStream *ls = (LocalStream *)stream;
    struct stat st;
    int flags = fcntl(source->fd, F_GETFL);

    ls->source = *source;
    ls->regular = fstat(source->fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode));
    ls->at = source->offset;
    ls->left = source->length ? source->length : UINT64_MAX;
    if (!ls->regular && flags >= 0)
        fcntl(source->fd, F_SETFL, flags | O_NONBLOCK);
}

static void
on_abort(Stream *stream, const GError *error)
{
    LocalStream *ls = (LocalStream *)stream;
    g_auto(LockHold) hold = lock_hold(&ls->lock);

    if (!ls->error)
        ls->error = g_error_copy(error);
}

static void
on_free(Stream *stream)
{
    LocalStream *ls = (LocalStream *)stream;

    stream_source_done(ls, ls->error);
    g_clear_error(&ls->error);
    lock_clear(&ls->lock);
    g_free(ls);
}

static const StreamOps stream_ops = { .attach = on_attach, .abort = on_abort, .free = on_free };

static LocalStream *
local_stream_new(const Method *method)
{
    LocalStream *ls = g_new0(LocalStream, 1);
    StreamDirection allowed = method->stream == STREAM_READ ? STREAM_TO_CLIENT
                              : method->stream == STREAM_WRITE
                                  ? STREAM_FROM_CLIENT
                                  : STREAM_TO_CLIENT | STREAM_FROM_CLIENT;

    stream_init(&ls->stream, &stream_ops, allowed);
    lock_init(&ls->lock);
    ls->source.fd = ls->watch = -1;
    return ls;
}

/* The driver's own copy of the arguments, which it may take apart; held to the same limits and
 * rules as those that come over a wire. */
static bool
copy_args(const Method *method, const void *args, void *copy, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();

    return !method->args || (wire_encode(method->args, args, bytes, error) &&
                             wire_decode(method->args, bytes->data, bytes->len, NULL, copy, error));
}

static bool
local_call(Link *link, LinkCall *request, GError **error)
{
    Local *self = (Local *)link;
    Call call = { .session = self->session, .method = request->method, .ret = request->ret };
    LocalStream *ls = request->stream ? local_stream_new(request->method) : NULL;
    void *args = wire_new(request->method->args), *own_ret = NULL;
    bool ok;

    call.args = args;
    if (!call.ret)
        call.ret = own_ret = wire_new(request->method->ret);
    for (size_t i = 0; i < request->n_fds; i++)
        call.fds[call.n_fds++] = fcntl(request->fds[i], F_DUPFD_CLOEXEC, 3);
    call.stream = ls ? &ls->stream : NULL;
    ok = copy_args(request->method, request->args, args, error) && call_run(&call, error);
    request->n_ret_fds = 0;
    for (size_t i = 0; ok && request->ret_fds && i < call.n_ret_fds; i++)
        request->ret_fds[request->n_ret_fds++] = steal_fd(&call.ret_fds[i]);
    call_clear_fds(&call);
    wire_delete(request->method->args, args);
    wire_delete(request->method->ret, own_ret);
    if (ok && ls) {
        request->stream->local = g_steal_pointer(&ls);
        request->stream->bound = true;
    }
    if (ls)
        stream_unref(&ls->stream);
    return ok;
}

static bool
local_listen(Link *link G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
    return true; /* events come by themselves */
}

static bool
local_yes(Link *link G_GNUC_UNUSED)
{
    return true;
}

static bool
local_no(Link *link G_GNUC_UNUSED)
{
    return false;
}

static int
local_set_keepalive(Link *link G_GNUC_UNUSED, int interval G_GNUC_UNUSED,
                    unsigned int count G_GNUC_UNUSED, GError **error)
{
    error_set(error, VIR_ERR_NO_SUPPORT, "virConnectSetKeepAlive");
    return -1;
}

/* Streams. */

static bool
stream_usable(ClientStream *st, GError **error)
{
    LocalStream *ls = st->local;

    if (!ls || st->ended) {
        error_set_full(error, VIR_FROM_STREAMS, VIR_ERR_OPERATION_INVALID, "stream is not open");
        return false;
    }
    if (!ls->error)
        return true;
    g_propagate_error(error, g_error_copy(ls->error));
    return false;
}

/* Wait until the descriptor is ready; at once for files and non-blocking streams. */
static bool
wait_ready(ClientStream *st, short events)
{
    LocalStream *ls = st->local;
    struct pollfd pfd = { .fd = ls->source.fd, .events = events };

    return ls->regular || poll(&pfd, 1, st->nonblock ? 0 : -1) > 0;
}

static void
advance(LocalStream *ls, uint64_t n)
{
    ls->at += n;
    ls->left -= ls->left == UINT64_MAX ? 0 : n;
}

/* What @n, of a read or write, is to the caller of a stream function. */
static ssize_t
io_result(LocalStream *ls, ssize_t n, const char *what, GError **error)
{
    if (n >= 0) {
        advance(ls, (uint64_t)n);
        return n;
    }
    if (errno == EAGAIN || errno == EINTR)
        return LINK_AGAIN;
    error_set_errno(error, errno, "cannot %s stream", what);
    return LINK_FAILED;
}

static ssize_t
local_stream_send(Link *link G_GNUC_UNUSED, ClientStream *st, const void *data, size_t len,
                  GError **error)
{
    LocalStream *ls = st->local;
    ssize_t n;

    if (!stream_usable(st, error))
        return LINK_FAILED;
    if (len > ls->left) {
        error_set_errno(error, ENOSPC, "cannot write to stream");
        return LINK_FAILED;
    }
    do
        n = !wait_ready(st, POLLOUT)
                ? LINK_AGAIN
                : io_result(ls,
                            ls->regular ? pwrite(ls->source.fd, data, len, (off_t)ls->at)
                                        : write(ls->source.fd, data, len),
                            "write to", error);
    while (n == LINK_AGAIN && !st->nonblock);
    return n;
}

static bool
local_stream_send_hole(Link *link G_GNUC_UNUSED, ClientStream *st, int64_t length, GError **error)
{
    LocalStream *ls = st->local;

    if (!stream_usable(st, error))
        return false;
    if (!ls->regular || (uint64_t)length > ls->left) {
        error_set_errno(error, EINVAL, "cannot skip %lld bytes in stream", (long long)length);
        return false;
    }
    advance(ls, (uint64_t)length);
    /* A hole at the end of a file makes it longer all the same. */
    if (lseek(ls->source.fd, 0, SEEK_END) < (off_t)ls->at &&
        ftruncate(ls->source.fd, (off_t)ls->at) < 0) {
        error_set_errno(error, errno, "cannot extend file of stream");
        return false;
    }
    return true;
}

/* Bytes of the hole at the current position; 0 if there is data (or no way to know). */
static uint64_t
hole_here(const LocalStream *ls)
{
    off_t data, end;

    if (!ls->regular || !ls->source.sparse)
        return 0;
    data = lseek(ls->source.fd, (off_t)ls->at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) {
        end = lseek(ls->source.fd, 0, SEEK_END);
        return end > (off_t)ls->at ? MIN((uint64_t)end - ls->at, ls->left) : 0;
    }
    return data > (off_t)ls->at ? MIN((uint64_t)data - ls->at, ls->left) : 0;
}

static ssize_t
local_stream_recv(Link *link G_GNUC_UNUSED, ClientStream *st, void *data, size_t len,
                  bool stop_at_hole, GError **error)
{
    LocalStream *ls = st->local;
    ssize_t n;

    if (!stream_usable(st, error))
        return LINK_FAILED;
    if (stop_at_hole && hole_here(ls))
        return LINK_HOLE;
    len = (size_t)MIN((uint64_t)len, ls->left);
    if (!len)
        return 0;
    do
        n = !wait_ready(st, POLLIN)
                ? LINK_AGAIN
                : io_result(ls,
                            ls->regular ? pread(ls->source.fd, data, len, (off_t)ls->at)
                                        : read(ls->source.fd, data, len),
                            "read from", error);
    while (n == LINK_AGAIN && !st->nonblock);
    return n;
}

static bool
local_stream_recv_hole(Link *link G_GNUC_UNUSED, ClientStream *st, int64_t *ret_length,
                       GError **error)
{
    LocalStream *ls = st->local;

    if (!stream_usable(st, error))
        return false;
    *ret_length = (int64_t)hole_here(ls);
    advance(ls, (uint64_t)*ret_length);
    return true;
}

static bool
local_stream_end(Link *link G_GNUC_UNUSED, ClientStream *st, bool abort, GError **error)
{
    LocalStream *ls = st->local;
    g_autoptr(GError) aborted = NULL;
    bool ok = stream_usable(st, abort ? NULL : error) || (abort && ls && !st->ended);

    if (!ls || st->ended)
        return false;
    if (abort)
        error_set_full(&aborted, VIR_FROM_STREAMS, VIR_ERR_OPERATION_ABORTED,
                       "stream aborted at client request");
    stream_source_done(ls, ls->error ? ls->error : aborted);
    st->ended = true;
    return ok;
}

static int
local_stream_ready(Link *link G_GNUC_UNUSED, ClientStream *st, int wanted)
{
    LocalStream *ls = st->local;
    struct pollfd pfd = { .fd = ls ? ls->source.fd : -1 };
    int ready = 0;

    if (!ls)
        return 0;
    if (ls->error)
        ready |= VIR_STREAM_EVENT_ERROR;
    if (pfd.fd < 0)
        return ready;
    pfd.events = (short)((wanted & VIR_STREAM_EVENT_READABLE ? POLLIN : 0) |
                         (wanted & VIR_STREAM_EVENT_WRITABLE ? POLLOUT : 0));
    if (poll(&pfd, 1, 0) <= 0)
        return ready;
    return ready | (pfd.revents & POLLIN ? VIR_STREAM_EVENT_READABLE : 0) |
           (pfd.revents & POLLOUT ? VIR_STREAM_EVENT_WRITABLE : 0) |
           (pfd.revents & POLLHUP ? VIR_STREAM_EVENT_HANGUP : 0) |
           (pfd.revents & POLLERR ? VIR_STREAM_EVENT_ERROR : 0);
}

static void
on_stream_watch(int watch G_GNUC_UNUSED, int fd G_GNUC_UNUSED, int events G_GNUC_UNUSED,
                void *opaque)
{
    client_stream_kick(opaque);
}

static void
unref_handle(void *handle)
{
    handle_unref(handle);
}

static bool
local_stream_watch(Link *link G_GNUC_UNUSED, ClientStream *st, int wanted, GError **error)
{
    LocalStream *ls = st->local;

    if (!stream_usable(st, error))
        return false;
    if (ls->watch >= 0) {
        loop_update_handle(ls->watch, wanted); /* the bits of both families agree */
    } else if (!ls->regular) {
        ls->watch = loop_add_handle(ls->source.fd, wanted, on_stream_watch, handle_ref(&st->handle),
                                    unref_handle);
        if (ls->watch < 0)
            handle_unref(&st->handle);
    }
    client_stream_kick(st);
    return true;
}

static void
local_stream_gone(Link *link G_GNUC_UNUSED, ClientStream *st)
{
    LocalStream *ls = g_steal_pointer(&st->local);

    if (!ls)
        return;
    if (ls->watch >= 0)
        loop_remove_handle(ls->watch);
    stream_unref(&ls->stream);
}

/* Events. */

static void
on_event(Session *session, uint32_t program, int proc, const WireType *type G_GNUC_UNUSED,
         const void *msg)
{
    Subscriptions *events = ((Local *)session->ops_data)->events;
    const EventDesc *desc = event_by_proc(program, proc);

    if (desc && subscribe_take_record(events, desc, msg))
        subscribe_kick(events);
}

static const SessionOps session_ops = { .send_event = on_event };

static void
local_close(Link *link)
{
    Local *self = (Local *)link;

    session_close(self->session);
    session_unref(self->session);
    subscribe_unref(self->events);
    g_free(self);
}

static const LinkOps local_ops = {
    .call = local_call,
    .listen = local_listen,
    .is_alive = local_yes,
    .is_secure = local_yes,
    .is_encrypted = local_no,
    .set_keepalive = local_set_keepalive,
    .stream_send = local_stream_send,
    .stream_send_hole = local_stream_send_hole,
    .stream_recv = local_stream_recv,
    .stream_recv_hole = local_stream_recv_hole,
    .stream_end = local_stream_end,
    .stream_ready = local_stream_ready,
    .stream_watch = local_stream_watch,
    .stream_gone = local_stream_gone,
    .close = local_close,
};

Link *
local_open(Connection *conn, const char *scheme, const char *uri, bool readonly, GError **error)
{
    LocalDriver *driver = find_driver(scheme, error);
    Local *self;

    if (!driver)
        return NULL;
    self = g_new0(Local, 1);
    self->link.ops = &local_ops;
    self->link.conn = conn;
    self->events = subscribe_ref(conn->events);
    self->session = session_new(driver->driver, driver->hub, &session_ops, self);
    if (!session_open(self->session, uri, readonly, error)) {
        local_close(&self->link);
        return NULL;
    }
    return &self->link;
}
