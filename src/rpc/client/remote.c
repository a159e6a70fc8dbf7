/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* remote.c - a link to a daemon: calls, replies, events and stream packets over one socket
 *
 * `reading` is the buck: who set it may use the reader and wait for the socket, without the lock.
 * Sending never waits: what the socket does not take at once stays in the writer, and whoever waits
 * next moves it on.  Functions of the application (event loop, callbacks) are called with no lock
 * held.
 */
#define ERROR_FROM VIR_FROM_RPC
#include "rpc/client/remote-private.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "rpc/client/loop.h"
#include "rpc/client/subscribe.h"
#include "rpc/neterror.h"
#include "rpc/patience.h"
#include "util/error.h"
#include "util/fd.h"

enum {
    STREAM_QUEUE_SOFT = 4 << 20, /* the event loop stops reading the socket */
    CLOSE_DEADLINE_MS = 2000,
    WRITE_POLL_MS = 50, /* look again whether the reader's right is free */
};

static Remote *
remote_ref(Remote *r)
{
    __atomic_add_fetch(&r->refs, 1, __ATOMIC_RELAXED);
    return r;
}

static void
remote_unref(void *data)
{
    Remote *r = data;

    if (__atomic_sub_fetch(&r->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    frame_reader_free(r->reader);
    frame_writer_free(r->writer);
    transport_free(r->transport);
    process_clear(&r->helper);
    fd_close(&r->epoll_fd);
    g_ptr_array_unref(r->streams);
    g_ptr_array_unref(r->kicked);
    g_clear_error(&r->cause);
    subscribe_unref(r->events);
    lock_clear(&r->lock);
    g_free(r);
}

/* Lock held from here on, unless said otherwise. */

void
remote_wait_done(Wait *w, GError *error)
{
    w->error = error;
    w->done = true;
    if (w->asleep)
        cond_signal(&w->cond);
}

void
remote_wait_begin(Remote *r, Wait *w)
{
    cond_init(&w->cond);
    w->next = r->waits;
    r->waits = w;
}

void
remote_wait_end(Remote *r, Wait *w)
{
    Wait **p = &r->waits;

    while (*p != w)
        p = &(*p)->next;
    *p = w->next;
    cond_clear(&w->cond);
}

/* The right to read is free: wake one that waits for it. */
void
remote_hand_over(Remote *r)
{
    if (r->reading)
        return;
    for (Wait *w = r->waits; w; w = w->next) {
        if (w->asleep && !w->done) {
            cond_signal(&w->cond);
            return;
        }
    }
}

/* The connection is over; @cause is taken over. */
static void
die(Remote *r, int reason, GError *cause)
{
    if (r->dead) {
        g_clear_error(&cause);
        return;
    }
    r->dead = true;
    r->reason = reason;
    r->cause = cause;
    shutdown(r->transport->fd, SHUT_RDWR); /* wakes who reads */
    for (Wait *w = r->waits; w; w = w->next) {
        if (!w->done)
            remote_wait_done(w, w->stream && !w->end ? NULL : g_error_copy(cause));
    }
    for (guint i = 0; i < r->streams->len; i++) {
        ClientStream *st = r->streams->pdata[i];

        if (!st->error)
            st->error = g_error_copy(cause);
        remote_stream_kick(r, st);
    }
    r->events_came = true;
}

static void
die_eof(Remote *r)
{
    GError *cause = NULL;

    error_set_errno(&cause, EIO, "End of file while reading data");
    die(r, VIR_CONNECT_CLOSE_REASON_EOF, cause);
}

bool
remote_check_alive(Remote *r, GError **error)
{
    if (!r->dead)
        return true;
    error_set(error, VIR_ERR_INTERNAL_ERROR, "client socket is closed");
    return false;
}

void
remote_flush(Remote *r)
{
    GError *error = NULL;
    bool was_full = r->full;

    if (!r->dead && frame_writer_pending(r->writer) &&
        !frame_writer_flush(r->writer, r->transport, &error)) {
        /* What the daemon said before it closed is still worth reading, so only our side ends here.
         */
        die(r, VIR_CONNECT_CLOSE_REASON_ERROR, error);
    }
    r->full = !r->dead && frame_writer_pending(r->writer);
    /* Who was told to try again, or not called back, may write now. */
    for (guint i = 0; was_full && !r->full && i < r->streams->len; i++)
        remote_stream_kick(r, r->streams->pdata[i]);
}

static void
send_keepalive(Remote *r, int proc)
{
    FrameHeader header = {
        .program = PROGRAM_KEEPALIVE, .version = 1, .proc = proc, .type = FRAME_EVENT
    };
    GByteArray *packet = frame_begin(&header, 0);

    if (frame_end(packet, NULL))
        frame_writer_add(r->writer, packet, NULL, 0);
    remote_flush(r);
}

/* The error that the daemon sent.  A procedure that it does not know is one it does not support:
 * what falls back to older procedures depends on that. */
static GError *
decode_error(const Packet *packet)
{
    GError *error = neterror_decode(packet->payload, packet->len), *other = NULL;
    int from = error_from(error);

    if (!error_is(error, VIR_ERR_RPC) || (from != VIR_FROM_RPC && from != VIR_FROM_REMOTE) ||
        !g_str_has_prefix(error->message, "unknown procedure"))
        return error;
    error_set_plain_full(&other, from, VIR_ERR_NO_SUPPORT, "%s", error->message);
    g_error_free(error);
    return other;
}

static void
take_reply(Wait *w, Packet *packet)
{
    LinkCall *call = w->call;
    GError *error = NULL;

    if (packet->header.status == FRAME_ERROR) {
        error = decode_error(packet);
    } else if (wire_decode(call->method->ret, packet->payload, packet->len, NULL, call->ret,
                           &error)) {
        for (size_t i = 0; call->ret_fds && i < packet->n_fds; i++)
            call->ret_fds[call->n_ret_fds++] = steal_fd(&packet->fds[i]);
    } else {
        error_prefix(&error, "cannot read the reply to %s", call->method->name);
    }
    remote_wait_done(w, error);
}

static void
take_event(Remote *r, const Packet *packet)
{
    const FrameHeader *h = &packet->header;
    const EventDesc *desc;

    if (h->program == PROGRAM_KEEPALIVE) {
        if (h->proc == PROC_KEEPALIVE_PING)
            send_keepalive(r, PROC_KEEPALIVE_PONG);
        return;
    }
    desc = event_by_proc(h->program, h->proc);
    if (desc && subscribe_take(r->events, desc, h->proc, packet->payload, packet->len))
        r->events_came = true;
}

static void
take_packet(Remote *r, Packet *packet)
{
    const FrameHeader *h = &packet->header;

    switch (h->type) {
    case FRAME_REPLY:
    case FRAME_REPLY_WITH_FDS:
        for (Wait *w = r->waits; w; w = w->next) {
            if (w->call && !w->done && w->serial == h->serial && w->program == h->program &&
                w->proc == h->proc) {
                take_reply(w, packet);
                return;
            }
        }
        break; /* its caller stopped waiting */
    case FRAME_EVENT:
        take_event(r, packet);
        break;
    case FRAME_STREAM:
    case FRAME_STREAM_HOLE:
        remote_stream_take_packet(r, packet);
        break;
    default:
        break;
    }
}

static void
take_packets(Remote *r)
{
    bool found = true;

    while (found && !r->dead) {
        g_auto(Packet) packet = { 0 };
        GError *error = NULL;

        if (!frame_reader_next(r->reader, &packet, &found, &error)) {
            die(r, VIR_CONNECT_CLOSE_REASON_ERROR, error);
            return;
        }
        if (found)
            take_packet(r, &packet);
    }
}

/* With the right to read held and the lock not: one look at the socket. */
static ssize_t
fill(Remote *r, GError **error)
{
    ssize_t got = frame_reader_fill(r->reader, r->transport, error);

    /* A transport with a buffer of its own may hold more than poll() can tell. */
    while (got > 0 && !r->transport->is_local) {
        ssize_t more = frame_reader_fill(r->reader, r->transport, error);

        if (more <= 0)
            return more == TRANSPORT_AGAIN ? got : more;
    }
    return got;
}

static void
after_fill(Remote *r, ssize_t got, GError *error)
{
    r->reading = false;
    if (got > 0) {
        r->last_heard = g_get_monotonic_time();
        r->unanswered = 0;
    }
    take_packets(r);
    if (got == TRANSPORT_EOF)
        die_eof(r);
    else if (got == TRANSPORT_ERROR)
        die(r, VIR_CONNECT_CLOSE_REASON_ERROR, error);
}

static int
time_left(int64_t deadline)
{
    int64_t left = deadline - g_get_monotonic_time();

    return !deadline ? -1 : left <= 0 ? 0 : (int)((left + 999) / 1000);
}

/* Take the right to read, wait for the socket, hand out what came. */
void
remote_read_round(Remote *r, int timeout_ms)
{
    struct pollfd pfd = { .fd = r->transport->fd };
    GError *error = NULL;
    ssize_t got = TRANSPORT_AGAIN;

    r->reading = true;
    pfd.events = transport_events(r->transport, true, frame_writer_pending(r->writer) > 0);
    lock_release(&r->lock);
    if (poll(&pfd, 1, timeout_ms) > 0 && (pfd.revents & ~POLLOUT))
        got = fill(r, &error);
    lock_acquire(&r->lock);
    after_fill(r, got, error);
    remote_flush(r);
}

/* Somebody else reads: wait a little for room to write. */
void
remote_write_round(Remote *r)
{
    struct pollfd pfd = { .fd = r->transport->fd, .events = POLLOUT };

    lock_release(&r->lock);
    if (poll(&pfd, 1, WRITE_POLL_MS) < 0 && errno != EINTR)
        g_assert(errno == ENOMEM);
    lock_acquire(&r->lock);
    remote_flush(r);
}

/* Have the event loop look at the socket only when nobody else does and there is room for what may
 * come. */
static void
arm(Remote *r)
{
    struct epoll_event event = { 0 };

    if (r->epoll_fd < 0 || r->dead)
        return;
    if (!r->waiting) {
        event.events = EPOLLIN | (frame_writer_pending(r->writer) ? EPOLLOUT : 0);
        for (guint i = 0; i < r->streams->len; i++) {
            if (((ClientStream *)r->streams->pdata[i])->queued > STREAM_QUEUE_SOFT)
                event.events &= ~(uint32_t)EPOLLIN;
        }
    }
    if (event.events == r->armed)
        return;
    r->armed = event.events;
    epoll_ctl(r->epoll_fd, EPOLL_CTL_MOD, r->transport->fd, &event);
}

void
remote_wait_for(Remote *r, Wait *w, int64_t deadline)
{
    r->waiting++;
    arm(r);
    while (!w->done && !r->dead) {
        if (deadline && g_get_monotonic_time() >= deadline)
            break;
        if (!r->reading) {
            remote_read_round(r, time_left(deadline));
        } else if (frame_writer_pending(r->writer)) {
            remote_write_round(r);
        } else {
            w->asleep = true;
            if (deadline)
                cond_wait_until(&w->cond, &r->lock, deadline);
            else
                cond_wait(&w->cond, &r->lock);
            w->asleep = false;
        }
    }
    r->waiting--;
    remote_hand_over(r);
}

/* What must happen without the lock after any of the above; takes it off. */
void
remote_release(Remote *r)
{
    g_autoptr(GPtrArray) kicked = NULL;
    bool events = r->events_came, lost = r->dead && !r->reported && !r->closing;
    int watch = r->dead ? r->watch : -1;

    arm(r);
    if (!events && !lost && watch < 0 && !r->kicked->len) {
        lock_release(&r->lock);
        return;
    }
    if (r->kicked->len) {
        kicked = r->kicked;
        r->kicked = g_ptr_array_new();
    }
    r->events_came = false;
    if (lost)
        r->reported = true;
    if (watch >= 0)
        r->watch = -1;
    remote_ref(r);
    lock_release(&r->lock);

    if (watch >= 0)
        loop_remove_handle(watch);
    for (guint i = 0; kicked && i < kicked->len; i++) {
        client_stream_kick(kicked->pdata[i]);
        handle_unref(kicked->pdata[i]);
    }
    if (events)
        subscribe_kick(r->events);
    if (lost)
        subscribe_lost(r->events, r->reason);
    remote_unref(r);
}

/* Own descriptors for the writer, which closes what it sent. */
static bool
dup_fds(const int *fds, size_t n, int *ret_fds, GError **error)
{
    for (size_t i = 0; i < n; i++) {
        ret_fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
        if (ret_fds[i] < 0) {
            error_set_errno(error, errno, "cannot pass file descriptor %d", fds[i]);
            while (i-- > 0)
                close(ret_fds[i]);
            return false;
        }
    }
    return true;
}

/* Append the packet of @call; its number follows when it is sent. */
static bool
encode_call(Remote *r, const LinkCall *call, GByteArray *out, GError **error)
{
    const Method *m = call->method;
    FrameHeader header = {
        .program = m->program, .version = 1, .proc = m->proc, .type = FRAME_CALL
    };
    g_autoptr(GByteArray) packet = NULL;

    if (call->n_fds > LINK_FDS_MAX) {
        error_set(error, VIR_ERR_RPC, "%zu file descriptors given to %s, at most %d can travel",
                  call->n_fds, m->name, LINK_FDS_MAX);
        return false;
    }
    if (call->n_fds && !transport_passes_fds(r->transport)) {
        error_set(error, VIR_ERR_NO_SUPPORT,
                  "file descriptors of %s cannot travel over this connection", m->name);
        return false;
    }
    packet = frame_begin(&header, call->n_fds);
    if (!wire_encode(m->args, call->args, packet, error) || !frame_end(packet, error))
        return false;
    g_byte_array_append(out, packet->data, packet->len);
    return true;
}

/* Number the packet at @at and note who waits for its reply; lock held. */
static void
begin_call(Remote *r, Wait *w, LinkCall *call, uint8_t *packet)
{
    uint32_t serial = htonl(r->next_serial);

    memcpy(packet + FRAME_SERIAL_AT, &serial, sizeof(serial));
    w->call = call;
    w->program = call->method->program;
    w->proc = call->method->proc;
    w->serial = r->next_serial++;
    remote_wait_begin(r, w);
    if (call->stream) {
        call->stream->program = w->program;
        call->stream->proc = w->proc;
        call->stream->serial = w->serial;
        call->stream->bound = true;
        g_ptr_array_add(r->streams, call->stream);
    }
}

static void
end_call(Remote *r, Wait *w, GError **error)
{
    ClientStream *stream = w->call->stream;

    if (!w->done)
        error_set(&w->error, VIR_ERR_OPERATION_TIMEOUT, "the daemon did not answer %s in time",
                  w->call->method->name);
    remote_wait_end(r, w);
    if (w->error && stream) {
        stream->bound = false;
        g_ptr_array_remove_fast(r->streams, stream);
    }
    if (w->error)
        g_propagate_error(error, w->error);
}

bool
remote_calls(Remote *r, LinkCall *calls, size_t n, int64_t deadline, GError **errors)
{
    Wait waits[REMOTE_CALLS_MAX] = { 0 };
    size_t at[REMOTE_CALLS_MAX];
    g_autoptr(GByteArray) packets = g_byte_array_sized_new(256);
    int fds[LINK_FDS_MAX];
    bool ok = true;

    for (size_t i = 0; i < n; i++) {
        at[i] = packets->len;
        calls[i].n_ret_fds = 0;
        if (!encode_call(r, &calls[i], packets, &errors[i]))
            return false;
    }
    if (!dup_fds(calls[0].fds, calls[0].n_fds, fds, &errors[0]))
        return false;
    lock_acquire(&r->lock);
    if (!remote_check_alive(r, &errors[0])) {
        lock_release(&r->lock);
        for (size_t i = 0; i < calls[0].n_fds; i++)
            close(fds[i]);
        return false;
    }
    for (size_t i = 0; i < n; i++)
        begin_call(r, &waits[i], &calls[i], packets->data + at[i]);
    frame_writer_add(r->writer, g_steal_pointer(&packets), fds, calls[0].n_fds);
    remote_flush(r);
    for (size_t i = 0; i < n; i++)
        remote_wait_for(r, &waits[i], deadline);
    for (size_t i = 0; i < n; i++) {
        end_call(r, &waits[i], &errors[i]);
        ok = ok && !waits[i].error;
    }
    remote_release(r);
    return ok;
}

static bool
remote_call(Link *link, LinkCall *call, GError **error)
{
    GError *failed = NULL;
    unsigned patience = patience_get();
    int64_t deadline = patience ? g_get_monotonic_time() + (int64_t)patience * 1000 : 0;

    if (remote_calls((Remote *)link, call, 1, deadline, &failed))
        return true;
    g_propagate_error(error, failed);
    return false;
}

static void
on_watch(int watch G_GNUC_UNUSED, int fd G_GNUC_UNUSED, int events G_GNUC_UNUSED, void *opaque)
{
    Remote *r = opaque;
    GError *error = NULL;
    ssize_t got;

    lock_acquire(&r->lock);
    if (r->dead || r->reading) {
        remote_release(r);
        return;
    }
    r->reading = true;
    lock_release(&r->lock);
    got = fill(r, &error);
    lock_acquire(&r->lock);
    after_fill(r, got, error);
    remote_flush(r);
    remote_hand_over(r);
    remote_release(r);
}

bool
remote_listen(Link *link, GError **error)
{
    Remote *r = (Remote *)link;
    struct epoll_event event = { .events = EPOLLIN };
    autofd int fd = -1;
    bool need;
    int watch;

    lock_acquire(&r->lock);
    need = r->watch < 0 && !r->dead;
    lock_release(&r->lock);
    if (!need)
        return true;
    fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0 || epoll_ctl(fd, EPOLL_CTL_ADD, r->transport->fd, &event) < 0) {
        error_set_errno(error, errno, "cannot watch the connection for events");
        return false;
    }
    watch = loop_add_handle(fd, VIR_EVENT_HANDLE_READABLE, on_watch, remote_ref(r), remote_unref);
    if (watch < 0) {
        remote_unref(r);
        error_set(error, VIR_ERR_INTERNAL_ERROR,
                  "cannot watch the connection for events: register an event loop first, and keep "
                  "it running");
        return false;
    }
    lock_acquire(&r->lock);
    if (r->watch >= 0) { /* another thread was first */
        lock_release(&r->lock);
        loop_remove_handle(watch);
        return true;
    }
    r->epoll_fd = steal_fd(&fd);
    r->armed = EPOLLIN;
    r->watch = watch;
    remote_release(r);
    return true;
}

static bool
remote_is_alive(Link *link)
{
    Remote *r = (Remote *)link;
    bool alive;

    lock_acquire(&r->lock);
    if (!r->dead && !r->reading)
        remote_read_round(r, 0); /* the daemon may have gone while nobody looked */
    alive = !r->dead;
    remote_hand_over(r);
    remote_release(r);
    return alive;
}

static bool
remote_is_secure(Link *link)
{
    return ((Remote *)link)->transport->is_secure;
}

static bool
remote_is_encrypted(Link *link)
{
    return ((Remote *)link)->encrypted;
}

static void
on_keepalive(int timer G_GNUC_UNUSED, void *opaque)
{
    Remote *r = opaque;
    GError *error = NULL;

    lock_acquire(&r->lock);
    if (!r->dead && r->keepalive_ms > 0 &&
        g_get_monotonic_time() - r->last_heard >= (int64_t)r->keepalive_ms * 1000 * 9 / 10) {
        if (r->unanswered >= r->keepalive_count) {
            error_set(&error, VIR_ERR_INTERNAL_ERROR, "connection closed due to keepalive timeout");
            die(r, VIR_CONNECT_CLOSE_REASON_KEEPALIVE, error);
        } else {
            r->unanswered++;
            send_keepalive(r, PROC_KEEPALIVE_PING);
        }
    }
    remote_release(r);
}

static int
remote_set_keepalive(Link *link, int interval, unsigned int count, GError **error)
{
    Remote *r = (Remote *)link;
    int timer;

    /* In this order: a daemon that is asked begins to ask us, and without a loop nobody answers. */
    if (interval > 0 && !remote_listen(link, error))
        return -1;
    if (interval > 0 && !connection_has_feature(link->conn, FEATURE_PROGRAM_KEEPALIVE))
        return 1;
    lock_acquire(&r->lock);
    r->keepalive_ms = interval > 0 ? interval * 1000 : 0;
    r->keepalive_count = count;
    r->unanswered = 0;
    r->last_heard = g_get_monotonic_time();
    timer = r->timer;
    lock_release(&r->lock);
    if (timer >= 0) {
        loop_update_timeout(timer, interval > 0 ? interval * 1000 : -1);
        return 0;
    }
    if (interval <= 0)
        return 0;
    timer = loop_add_timeout(interval * 1000, on_keepalive, remote_ref(r), remote_unref);
    if (timer < 0) {
        remote_unref(r);
        error_set(error, VIR_ERR_INTERNAL_ERROR,
                  "keepalive needs an event loop: register one first");
        return -1;
    }
    lock_acquire(&r->lock);
    r->timer = timer;
    lock_release(&r->lock);
    return 0;
}

static void
remote_close(Link *link)
{
    Remote *r = (Remote *)link;
    int proc = r->program == PROGRAM_ADMIN ? PROC_ADMIN_CONNECT_CLOSE : PROC_CONNECT_CLOSE;
    LinkCall call = { .method = method_lookup(r->program, proc) };
    g_autoptr(GError) ignored = NULL; /* the socket goes away either way */
    int watch, timer;

    r->closing = true;
    if (!r->dead)
        remote_calls(r, &call, 1, g_get_monotonic_time() + CLOSE_DEADLINE_MS * 1000, &ignored);
    lock_acquire(&r->lock);
    if (!r->dead)
        die_eof(r);
    watch = r->watch;
    timer = r->timer;
    r->watch = r->timer = -1;
    lock_release(&r->lock);
    if (watch >= 0)
        loop_remove_handle(watch);
    if (timer >= 0)
        loop_remove_timeout(timer);
    remote_unref(r);
}

static const LinkOps remote_ops = {
    .remote = true,
    .call = remote_call,
    .listen = remote_listen,
    .is_alive = remote_is_alive,
    .is_secure = remote_is_secure,
    .is_encrypted = remote_is_encrypted,
    .set_keepalive = remote_set_keepalive,
    .stream_send = remote_stream_send,
    .stream_send_hole = remote_stream_send_hole,
    .stream_recv = remote_stream_recv,
    .stream_recv_hole = remote_stream_recv_hole,
    .stream_end = remote_stream_end,
    .stream_ready = remote_stream_ready,
    .stream_watch = remote_stream_watch,
    .stream_gone = remote_stream_gone,
    .close = remote_close,
};

Remote *
remote_new(Connection *conn, Transport *transport, uint32_t program)
{
    Remote *r = g_new0(Remote, 1);

    r->link.ops = &remote_ops;
    r->link.conn = conn;
    r->events = subscribe_ref(conn->events);
    r->refs = 1;
    r->epoll_fd = r->watch = r->timer = -1;
    r->program = program;
    r->helper = (Process)PROCESS_INIT;
    lock_init(&r->lock);
    r->transport = transport;
    r->reader = frame_reader_new();
    r->writer = frame_writer_new();
    r->streams = g_ptr_array_new();
    r->kicked = g_ptr_array_new();
    return r;
}
