/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* client.c - one connection: what comes in is cut into packets and handed on, what is
 * to go out is sent at once as far as the socket takes it and the rest when it can. */
#define ERROR_FROM VIR_FROM_RPC
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "rpc/server/names.h"
#include "rpc/server/private.h"
#include "util/error.h"
#include "util/log.h"
#include "util/ref.h"

LOG_SOURCE("rpc.server.client");

static void on_ready(void *opaque, short events);

/* When the process that connected was started: with the pid it names the process for good. */
static uint64_t
process_start_time(int64_t pid)
{
    char path[64], text[1024];
    const char *p;
    FILE *f;
    size_t n;

    g_snprintf(path, sizeof(path), "/proc/%" G_GINT64_FORMAT "/stat", pid);
    f = fopen(path, "re");
    if (!f)
        return 0;
    n = fread(text, 1, sizeof(text) - 1, f);
    fclose(f);
    text[n] = '\0';
    p = strrchr(text, ')'); /* the name may hold anything */
    for (int field = 3; p && field <= 22; field++)
        p = strchr(p + 1, ' ');
    return p ? g_ascii_strtoull(p + 1, NULL, 10) : 0;
}

static void
identify(Client *self)
{
    struct ucred cred;
    socklen_t len = sizeof(cred);
    char label[256];

    if (!self->transport->is_local ||
        getsockopt(self->transport->fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
        return;
    self->peer.uid = cred.uid;
    self->peer.gid = cred.gid;
    self->peer.pid = cred.pid;
    names_want(self->server->workers, cred.uid, cred.gid);
    len = sizeof(label) - 1;
    if (getsockopt(self->transport->fd, SOL_SOCKET, SO_PEERSEC, label, &len) == 0 && len > 0 &&
        len < sizeof(label)) {
        label[len] = '\0';
        self->peer.selinux_context = g_strdup(label);
    }
    if (cred.uid != 0 && (self->auth == SERVER_AUTH_POLKIT || self->server->config.acl_polkit))
        self->peer.start_time = process_start_time(cred.pid);
}

Client *
client_new(Server *server, Transport *transport, bool readonly)
{
    Client *self = g_new0(Client, 1);
    const ServerConfig *config = &server->config;

    g_atomic_ref_count_init(&self->refs);
    self->server = server;
    self->id = ++server->last_client_id;
    self->since = g_get_real_time() / G_USEC_PER_SEC;
    self->transport = transport;
    self->reader = frame_reader_new();
    self->writer = frame_writer_new();
    self->readonly = readonly;
    /* Over a network the transport, or nobody, has asked who it is. */
    self->auth = !transport->is_local ? SERVER_AUTH_NONE
                 : readonly           ? config->auth_ro
                                      : config->auth_rw;
    identity_init(&self->peer);
    identify(self);
    self->authenticated =
        self->auth == SERVER_AUTH_NONE || (self->auth == SERVER_AUTH_POLKIT && self->peer.uid == 0);
    g_queue_init(&self->parked);
    self->session =
        session_new(config->driver, config->hub,
                    config->acl_polkit && self->peer.uid != 0 ? &dispatch_session_ops_acl
                                                              : &dispatch_session_ops,
                    client_ref(self));
    self->session->readonly = readonly;
    identity_copy(&self->session->identity, &self->peer);
    self->link.data = self;
    g_queue_push_tail_link(&server->clients, &self->link);
    server->n_unauthenticated += !self->authenticated;
    self->watch = watch_new(config->context, transport->fd,
                            transport_events(transport, true, false), on_ready, self);
    return self;
}

static void
client_free(Client *self)
{
    g_assert(!self->transport);
    identity_clear(&self->peer);
    g_free(self);
}

DEFINE_REF(Client, client, client_free)

static void
close_session(void *opaque)
{
    g_autoptr(Session) session = opaque;

    session_close(session);
}

void
client_close(Client *self, const char *why)
{
    Server *server = self->server;

    if (!self->transport)
        return;
    if (why)
        log_info("client %" G_GUINT64_FORMAT " of %s is disconnected: %s", self->id, server->name,
                 why);
    self->close_when_sent = true; /* nothing more is begun from here on */
    g_clear_pointer(&self->watch, watch_free);
    pump_drop_all(self);
    g_clear_pointer(&self->router, router_free);
    g_clear_pointer(&self->transport, transport_free);
    g_clear_pointer(&self->reader, frame_reader_free);
    g_clear_pointer(&self->writer, frame_writer_free);
    g_queue_clear_full(&self->parked, (GDestroyNotify)g_bytes_unref);
    g_queue_unlink(&server->clients, &self->link);
    if (!self->authenticated)
        server->n_unauthenticated--;
    /* A driver may have much to end with a connection.  The session holds on to us until it is
     * done. */
    if (self->session->open && self->session->driver->close)
        workers_push(server->workers, false, close_session, session_ref(self->session));
    else
        session_close(self->session);
    g_clear_pointer(&self->session, session_unref);
    server_client_gone(server, self);
    client_unref(self);
}

size_t
client_unsent(const Client *self)
{
    return self->writer ? frame_writer_pending(self->writer) : 0;
}

void
client_update(Client *self)
{
    if (!self->transport || !self->watch)
        return;
    self->reading = !self->close_when_sent && !self->server->draining &&
                    self->parked_bytes < CLIENT_PARKED_MAX &&
                    client_unsent(self) < CLIENT_UNSENT_MAX && !pump_blocked(self) &&
                    !router_blocked(self->router);
    watch_set(self->watch,
              transport_events(self->transport, self->reading, client_unsent(self) > 0));
}

static void
flush(Client *self)
{
    g_autoptr(GError) error = NULL;

    if (!frame_writer_flush(self->writer, self->transport, &error)) {
        client_close(self, error->message);
        return;
    }
    if (self->close_when_sent && !client_unsent(self)) {
        client_close(self, NULL);
        return;
    }
    client_update(self);
}

void
client_send(Client *self, GByteArray *packet, const int *fds, size_t n_fds)
{
    if (!self->transport) {
        for (size_t i = 0; i < n_fds; i++)
            close(fds[i]);
        g_byte_array_unref(packet);
        return;
    }
    frame_writer_add(self->writer, packet, fds, n_fds);
    flush(self);
}

void
client_ping(Client *self)
{
    static const FrameHeader ping = {
        PROGRAM_KEEPALIVE, PROGRAM_KEEPALIVE_VERSION, PROC_KEEPALIVE_PING, FRAME_EVENT, 0, FRAME_OK
    };
    GByteArray *packet = frame_begin(&ping, 0);

    frame_end(packet, NULL);
    client_send(self, packet, NULL, 0);
}

static void
keepalive(Client *self, const Packet *packet)
{
    FrameHeader pong = packet->header;
    GByteArray *answer;

    if (packet->header.proc != PROC_KEEPALIVE_PING)
        return; /* a PONG has done its duty by coming in */
    pong.proc = PROC_KEEPALIVE_PONG;
    answer = frame_begin(&pong, 0);
    frame_end(answer, NULL);
    client_send(self, answer, NULL, 0);
}

/* One packet; the client may be closed afterwards. */
static void
handle(Client *self, Packet *packet)
{
    unsigned limit = self->server->config.limits.max_client_requests;

    switch (packet->header.type) {
    case FRAME_CALL:
    case FRAME_CALL_WITH_FDS:
        if (self->in_flight >= limit && packet->n_fds) {
            /* Bytes can wait here, descriptors would be taken from everybody. */
            if (self->in_flight >= 4 * limit)
                client_close(self, "it sends more descriptors than its requests may hold");
            else
                dispatch_call(self, packet);
            return;
        }
        if (self->in_flight >= limit) {
            g_queue_push_tail(&self->parked, g_bytes_new(packet->raw, packet->raw_len));
            self->parked_bytes += packet->raw_len;
            return;
        }
        dispatch_call(self, packet);
        return;
    case FRAME_STREAM:
    case FRAME_STREAM_HOLE:
        /* For a stream that is no more it is dropped in silence. */
        if (!router_stream(self, packet))
            pump_packet(self, packet);
        return;
    case FRAME_EVENT:
        if (packet->header.program == PROGRAM_KEEPALIVE)
            keepalive(self, packet);
        return;
    default:
        client_close(self, "it sent a packet of a type that no client may send");
    }
}

static void
read_packets(Client *self)
{
    g_autoptr(GError) error = NULL;
    ssize_t got = frame_reader_fill(self->reader, self->transport, &error);

    if (got == TRANSPORT_AGAIN)
        return;
    if (got <= 0) {
        client_close(self, error ? error->message : NULL);
        return;
    }
    self->heard = true;
    while (self->transport) {
        g_auto(Packet) packet = { 0 };
        bool found;

        if (!frame_reader_next(self->reader, &packet, &found, &error)) {
            client_close(self, error->message);
            return;
        }
        if (!found)
            break;
        if (!self->close_when_sent)
            handle(self, &packet);
    }
}

static void
on_ready(void *opaque, short events)
{
    g_autoptr(Client) self = client_ref(opaque);

    if (events & (POLLIN | POLLHUP | POLLERR)) {
        do
            read_packets(self);
        while (self->transport && transport_has_more(self->transport));
    }
    if (self->transport && (events & POLLOUT)) {
        flush(self);
        if (self->transport) {
            pump_writable(self);
            if (self->router)
                router_update(self->router);
        }
    }
    client_update(self);
}

void
client_call_begin(Client *self)
{
    self->in_flight++;
    self->server->in_flight++;
}

void
client_call_done(Client *self)
{
    g_assert(self->in_flight);
    self->in_flight--;
    while (self->transport && !self->close_when_sent && !g_queue_is_empty(&self->parked) &&
           self->in_flight < self->server->config.limits.max_client_requests) {
        g_autoptr(GBytes) bytes = g_queue_pop_head(&self->parked);
        g_autoptr(FrameReader) reader = frame_reader_new();
        g_auto(Packet) packet = { 0 };
        bool found = false;
        size_t len;
        const void *data = g_bytes_get_data(bytes, &len);

        self->parked_bytes -= len;
        frame_reader_feed(reader, data, len);
        if (frame_reader_next(reader, &packet, &found, NULL) && found)
            dispatch_call(self, &packet);
    }
    client_update(self);
    server_call_done(self->server);
}

void
client_set_authenticated(Client *self)
{
    if (self->authenticated)
        return;
    self->authenticated = true;
    if (self->transport) {
        self->server->n_unauthenticated--;
        server_update_accept(self->server);
    }
}
