/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* backend.c - relaying to one peer: opening, calls in flight, events, streams, its end
 *
 * Serials of the client are kept; our own calls use serials that a client is refused.
 * Anything sent to the client may end it, and with it this object: hence the reference
 * held and the look at client->transport after each packet.
 */
#define ERROR_FROM VIR_FROM_RPC
#include "rpc/server/backend.h"

#include <arpa/inet.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "rpc/neterror.h"
#include "rpc/server/registered.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/log.h"

LOG_SOURCE("rpc.router");

enum {
    RETRY_FIRST_MS = 50,
    RETRY_MAX_MS = 5000,
    UNSENT_MAX = 1 << 20,
};

#define SERIAL_OWN 0xffff0000u /* and above */
#define SERIAL_OPEN (SERIAL_OWN + 1)
#define SERIAL_IDENTITY (SERIAL_OWN + 2)
#define SERIAL_REGISTER (SERIAL_OWN + 16) /* and above */

typedef enum {
    STATE_CLOSED,
    STATE_CONNECTING, /* the peer's backlog is full, or it is just being started */
    STATE_OPENING,    /* waiting for answers to authentication, open and identity */
    STATE_READY,
} State;

/* A call that the peer owes an answer to. */
typedef struct Pending {
    const Method *method;
    FrameHeader header;
    GByteArray *packet; /* of a registration, to be kept */
    int32_t front;      /* the client's callback id: of a deregistration, or ... */
    bool again;         /* ... of a registration that we repeat */
} Pending;

typedef struct Waiting {
    GByteArray *packet;
    int fds[FRAME_FDS_MAX];
    size_t n_fds;
} Waiting;

struct Backend {
    Client *client; /* it owns us */
    const ServerPeer *peer;
    char *uri, *path;
    uint32_t flags;
    State state;
    bool was_open;
    bool spawned;   /* we have started the peer and it may take a moment */
    unsigned steps; /* answers missing until READY */
    Transport *transport;
    FrameReader *reader;
    FrameWriter *writer;
    Watch *watch;
    GQueue waiting; /* of Waiting: until READY */
    size_t waiting_bytes;
    GHashTable *pending; /* serial -> Pending */
    GHashTable *streams; /* serial -> Method */
    GPtrArray *registered;
    bool answer_open;
    FrameHeader open_call;
    int64_t since; /* something was heard, or an answer began to be owed */
    GSource *retry;
    unsigned retry_ms;
};

static void on_ready(void *opaque, short events);
static void start(Backend *self);
static GByteArray *copy_raw(const Packet *packet);

static void
pending_free(Pending *self)
{
    if (self->packet)
        g_byte_array_unref(self->packet);
    g_free(self);
}

static void
waiting_free(Waiting *self)
{
    for (size_t i = 0; i < self->n_fds; i++)
        fd_close(&self->fds[i]);
    if (self->packet)
        g_byte_array_unref(self->packet);
    g_free(self);
}

Backend *
backend_new(Client *client, const ServerPeer *peer, const char *uri, uint32_t flags)
{
    Backend *self = g_new0(Backend, 1);

    self->client = client;
    self->peer = peer;
    self->uri = g_strdup(uri);
    self->path = g_strdup_printf("%s/%s-sock", client->server->config.run_dir, peer->daemon);
    self->flags = flags;
    g_queue_init(&self->waiting);
    self->pending = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)pending_free);
    self->streams = g_hash_table_new(NULL, NULL);
    self->registered = g_ptr_array_new_with_free_func((GDestroyNotify)registered_free);
    self->retry_ms = RETRY_FIRST_MS;
    return self;
}

static void
stop_retry(Backend *self)
{
    if (!self->retry)
        return;
    g_source_destroy(self->retry);
    g_clear_pointer(&self->retry, g_source_unref);
}

static void
disconnect(Backend *self)
{
    stop_retry(self);
    g_clear_pointer(&self->watch, watch_free);
    g_clear_pointer(&self->transport, transport_free);
    g_clear_pointer(&self->reader, frame_reader_free);
    g_clear_pointer(&self->writer, frame_writer_free);
    self->state = STATE_CLOSED;
}

void
backend_free(Backend *self)
{
    GHashTableIter iter;
    void *pending;

    disconnect(self);
    g_hash_table_iter_init(&iter, self->pending);
    while (g_hash_table_iter_next(&iter, NULL, &pending)) {
        if (!((Pending *)pending)->again)
            client_call_done(self->client); /* nobody is left to hear the answer */
    }
    g_queue_clear_full(&self->waiting, (GDestroyNotify)waiting_free);
    g_hash_table_unref(self->pending);
    g_hash_table_unref(self->streams);
    g_ptr_array_unref(self->registered);
    g_free(self->uri);
    g_free(self->path);
    g_free(self);
}

const ServerPeer *
backend_peer(const Backend *self)
{
    return self->peer;
}

bool
backend_is_open(const Backend *self)
{
    return self->was_open || self->state != STATE_CLOSED;
}

bool
backend_blocked(const Backend *self)
{
    return self->waiting_bytes > UNSENT_MAX ||
           (self->writer && frame_writer_pending(self->writer) > UNSENT_MAX);
}

void
backend_update(Backend *self)
{
    if (self->watch)
        watch_set(self->watch,
                  transport_events(self->transport, client_unsent(self->client) < CLIENT_UNSENT_MAX,
                                   frame_writer_pending(self->writer) > 0));
}

static gboolean
on_retry(void *opaque)
{
    Backend *self = opaque;

    stop_retry(self);
    start(self);
    return G_SOURCE_REMOVE;
}

static void
retry_later(Backend *self, unsigned ms)
{
    if (self->retry)
        return;
    self->retry = g_timeout_source_new(ms);
    g_source_set_callback(self->retry, on_retry, self, NULL);
    g_source_attach(self->retry, self->client->server->config.context);
}

/* The peer is lost or refuses: everybody who waits for it is told @error. */
static void
fail(Backend *self, const GError *error)
{
    g_autoptr(Client) client = client_ref(self->client);
    g_autoptr(GHashTable) pending = self->pending;
    g_autoptr(GHashTable) streams = self->streams;
    bool answer_open = self->answer_open;
    GHashTableIter iter;
    void *serial, *value;

    log_info("%s: %s", self->peer->daemon, error->message);
    disconnect(self);
    self->spawned = false;
    self->answer_open = false;
    self->pending = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)pending_free);
    self->streams = g_hash_table_new(NULL, NULL);
    g_queue_clear_full(&self->waiting, (GDestroyNotify)waiting_free); /* their calls are pending */
    self->waiting_bytes = 0;
    if (self->registered->len) { /* the client still wants its events */
        retry_later(self, self->retry_ms);
        self->retry_ms = MIN(self->retry_ms * 2, RETRY_MAX_MS);
    }

    /* From here on self may be gone. */
    if (answer_open) {
        FrameHeader call = self->open_call;

        dispatch_reply_error(client, &call, error);
    }
    g_hash_table_iter_init(&iter, pending);
    while (g_hash_table_iter_next(&iter, &serial, &value)) {
        Pending *call = value;

        if (call->again)
            continue;
        dispatch_reply_error(client, &call->header, error);
        client_call_done(client);
    }
    g_hash_table_iter_init(&iter, streams);
    while (g_hash_table_iter_next(&iter, &serial, &value)) {
        const Method *m = value;
        FrameHeader header = { m->program, 1, m->proc, FRAME_STREAM, GPOINTER_TO_UINT(serial),
                               FRAME_ERROR };

        client_send(client, dispatch_reply_error_packet(&header, FRAME_STREAM, error), NULL, 0);
    }
}

/* Hand what is queued to the peer.  False if it was lost: self may be gone then. */
static bool
flush(Backend *self)
{
    g_autoptr(GError) error = NULL;

    if (frame_writer_flush(self->writer, self->transport, &error)) {
        backend_update(self);
        return true;
    }
    error_prefix(&error, "connection to %s is lost", self->peer->daemon);
    fail(self, error);
    return false;
}

static void
owe(Backend *self)
{
    if (!g_hash_table_size(self->pending) && self->state == STATE_READY)
        self->since = g_get_monotonic_time();
    server_need_router_clock(self->client->server);
}

/* Append a call of our own. */
static void
add_own(GByteArray *out, int proc, uint32_t serial, const WireType *type, const void *record)
{
    FrameHeader header = { PROGRAM_REMOTE, 1, proc, FRAME_CALL, serial, FRAME_OK };
    GByteArray *packet = frame_begin(&header, 0);
    g_autoptr(GError) error = NULL;

    if (!wire_encode(type, record, packet, &error) || !frame_end(packet, &error))
        g_error("cannot encode our own call: %s",
                error->message); /* lengths come from records decoded before */
    g_byte_array_append(out, packet->data, packet->len);
    g_byte_array_unref(packet);
}

static void
add_number(WireTypedParam *params, uint32_t *n, const char *name, int64_t number)
{
    if (number < 0)
        return;
    params[*n].field = (char *)name;
    params[*n].value.type = VIR_TYPED_PARAM_ULLONG;
    params[(*n)++].value.ul = (uint64_t)number;
}

static void
add_string(WireTypedParam *params, uint32_t *n, const char *name, const char *text)
{
    if (!text)
        return;
    params[*n].field = (char *)name;
    params[*n].value.type = VIR_TYPED_PARAM_STRING;
    params[(*n)++].value.s = (char *)text;
}

/* Tell the peer whom we speak for. */
static void
add_identity(const Backend *self, GByteArray *out)
{
    const Identity *who = &self->client->session->identity;
    WireTypedParam params[16] = { 0 };
    ConnectSetIdentityArgs args = { .params = params };
    uint32_t n = 0;

    add_string(params, &n, VIR_CONNECT_IDENTITY_USER_NAME, who->user_name);
    add_number(params, &n, VIR_CONNECT_IDENTITY_UNIX_USER_ID, who->uid);
    add_string(params, &n, VIR_CONNECT_IDENTITY_GROUP_NAME, who->group_name);
    add_number(params, &n, VIR_CONNECT_IDENTITY_UNIX_GROUP_ID, who->gid);
    add_number(params, &n, VIR_CONNECT_IDENTITY_PROCESS_ID, who->pid);
    if (who->start_time)
        add_number(params, &n, VIR_CONNECT_IDENTITY_PROCESS_TIME, (int64_t)who->start_time);
    add_string(params, &n, VIR_CONNECT_IDENTITY_SASL_USER_NAME, who->sasl_user);
    add_string(params, &n, VIR_CONNECT_IDENTITY_X509_DISTINGUISHED_NAME, who->x509_dname);
    add_string(params, &n, VIR_CONNECT_IDENTITY_SELINUX_CONTEXT, who->selinux_context);
    args.n_params = n;
    add_own(out, PROC_CONNECT_SET_IDENTITY, SERIAL_IDENTITY, &wire_connect_set_identity_args,
            &args);
}

/* Connected: authenticate, open, say who it is for.  All in one go; the client's calls wait until
 * all three are answered well, for they must not run under our own identity. */
static void
begin(Backend *self, int fd)
{
    ConnectOpenArgs args = { .name = self->uri, .flags = self->flags };
    GByteArray *calls = g_byte_array_sized_new(512);

    self->transport = transport_new_unix(fd);
    self->reader = frame_reader_new();
    self->writer = frame_writer_new();
    self->watch = watch_new(self->client->server->config.context, fd, POLLIN, on_ready, self);
    self->state = STATE_OPENING;
    add_own(calls, PROC_AUTH_LIST, SERIAL_OWN, NULL, NULL);
    add_own(calls, PROC_CONNECT_OPEN, SERIAL_OPEN, &wire_connect_open_args, &args);
    self->steps = 2;
    if (self->client->server->config.privileged) {
        add_identity(self, calls);
        self->steps++;
    }
    frame_writer_add(self->writer, calls, NULL, 0);
    flush(self);
}

/* Out of our hands: a session of its own, and signals as a daemon expects them. */
static void
set_up_child(void *opaque G_GNUC_UNUSED)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setsid();
}

/* A user's daemons have nobody who starts them when their socket is used, so we do. */
static bool
spawn(Backend *self)
{
    const char *dir = self->client->server->config.spawn_dir;
    g_autofree char *program = dir ? g_strdup_printf("%s/%s", dir, self->peer->daemon) : NULL;
    char *argv[] = { program, (char *)"--timeout", (char *)"120", NULL };
    g_autoptr(GError) error = NULL;

    if (self->spawned || !program || access(program, X_OK) < 0)
        return false;
    self->spawned =
        g_spawn_async("/", argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                      set_up_child, NULL, NULL, &error);
    if (error)
        log_gerror(error, "while starting '%s'", program);
    return self->spawned;
}

/* Connect if not connected.  Failure has been told when this returns. */
static void
start(Backend *self)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    autofd int fd = -1;
    g_autoptr(GError) error = NULL;

    if (self->state == STATE_CLOSED)
        self->since = g_get_monotonic_time();
    server_need_router_clock(self->client->server);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || strlen(self->path) >= sizeof(addr.sun_path)) {
        error_set_errno(&error, fd < 0 ? errno : ENAMETOOLONG,
                        "cannot make a socket to reach %s at '%s'", self->peer->daemon, self->path);
        fail(self, error);
        return;
    }
    g_strlcpy(addr.sun_path, self->path, sizeof(addr.sun_path));
    if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0) {
        begin(self, steal_fd(&fd));
    } else if (errno == EAGAIN ||
               ((errno == ENOENT || errno == ECONNREFUSED) && (self->spawned || spawn(self)))) {
        self->state = STATE_CONNECTING;
        retry_later(self, RETRY_FIRST_MS);
    } else {
        error_set_errno(&error, errno, "cannot connect to %s at '%s'", self->peer->daemon,
                        self->path);
        fail(self, error);
    }
}

/* A registration is its program and procedure (in its packet), the client's id and the packet. */
GVariant *
backend_save(const Backend *self)
{
    g_auto(GVariantBuilder) regs = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a(iay)"));

    for (guint i = 0; i < self->registered->len; i++) {
        const Registered *reg = g_ptr_array_index(self->registered, i);

        g_variant_builder_add(
            &regs, "(i@ay)", reg->front,
            g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, reg->packet->data, reg->packet->len, 1));
    }
    return g_variant_new("(ssu@a(iay))", self->peer->daemon, self->uri, self->flags,
                         g_variant_builder_end(&regs));
}

static const ServerPeer *
find_peer(const Client *client, const char *daemon)
{
    const ServerPeer *peer = client->server->config.peers;

    while (peer && peer->daemon && strcmp(peer->daemon, daemon) != 0)
        peer++;
    return peer && peer->daemon ? peer : NULL;
}

Backend *
backend_restore(Client *client, GVariant *state)
{
    const char *daemon, *uri;
    uint32_t flags;
    int32_t front;
    g_autoptr(GVariantIter) regs = NULL;
    GVariant *packet;
    const ServerPeer *peer;
    Backend *self;

    if (!g_variant_is_of_type(state, G_VARIANT_TYPE("(ssua(iay))")))
        return NULL;
    g_variant_get(state, "(&s&sua(iay))", &daemon, &uri, &flags, &regs);
    peer = find_peer(client, daemon);
    if (!peer)
        return NULL;
    self = backend_new(client, peer, uri, flags);
    self->was_open = true;
    while (g_variant_iter_next(regs, "(i@ay)", &front, &packet)) {
        size_t len;
        const void *data = g_variant_get_fixed_array(packet, &len, 1);
        Registered *reg = registered_restore(front, data, len);

        if (reg)
            g_ptr_array_add(self->registered, reg);
        g_variant_unref(packet);
    }
    if (self->registered->len)
        retry_later(self, 0);
    return self;
}

void
backend_open(Backend *self, const FrameHeader *call)
{
    self->answer_open = true;
    self->open_call = *call;
    start(self);
}

/* After a reconnect: register again for what the client is registered for. */
static void
register_again(Backend *self)
{
    for (guint i = 0; i < self->registered->len; i++) {
        Registered *reg = g_ptr_array_index(self->registered, i);
        uint32_t serial = SERIAL_REGISTER + i, word = htonl(serial);
        GByteArray *packet = g_byte_array_sized_new(reg->packet->len);
        Pending *pending = g_new0(Pending, 1);

        g_byte_array_append(packet, reg->packet->data, reg->packet->len);
        memcpy(packet->data + FRAME_SERIAL_AT, &word, sizeof(word));
        pending->method = reg->method;
        pending->front = reg->front;
        pending->again = true;
        reg->back = -1;
        g_hash_table_insert(self->pending, GUINT_TO_POINTER(serial), pending);
        frame_writer_add(self->writer, packet, NULL, 0);
    }
}

static void
opened(Backend *self)
{
    g_autoptr(Client) client = client_ref(self->client);
    Waiting *waiting;

    self->state = STATE_READY;
    self->spawned = false;
    self->since = g_get_monotonic_time();
    self->retry_ms = RETRY_FIRST_MS;
    if (self->was_open)
        register_again(self);
    self->was_open = true;
    while ((waiting = g_queue_pop_head(&self->waiting))) {
        frame_writer_add(self->writer, g_steal_pointer(&waiting->packet), waiting->fds,
                         waiting->n_fds);
        waiting->n_fds = 0;
        waiting_free(waiting);
    }
    self->waiting_bytes = 0;
    if (!flush(self))
        return;
    if (self->answer_open) {
        self->answer_open = false;
        dispatch_reply_record(client, &self->open_call, NULL, NULL);
    }
    client_update(client);
}

/* One of the answers that opening takes. */
static void
opening_answer(Backend *self, const Packet *packet)
{
    g_autoptr(GError) error = NULL;

    if (packet->header.status == FRAME_ERROR) {
        error = neterror_decode(packet->payload, packet->len);
        if (packet->header.serial == SERIAL_OWN && error_is(error, VIR_ERR_NO_SUPPORT))
            g_clear_error(&error);
    } else if (packet->header.serial == SERIAL_OWN && packet_word(packet, 1) != SERVER_AUTH_NONE) {
        error_set(&error, VIR_ERR_AUTH_FAILED, "%s wants us to authenticate", self->peer->daemon);
    }
    if (error)
        fail(self, error);
    else if (--self->steps == 0)
        opened(self);
}

static void
patch(GByteArray *packet, uint32_t value)
{
    value = htonl(value);
    if (packet->len >= FRAME_START + sizeof(value))
        memcpy(packet->data + FRAME_START, &value, sizeof(value));
}

static GByteArray *
copy_raw(const Packet *packet)
{
    GByteArray *copy = g_byte_array_sized_new((guint)packet->raw_len);

    g_byte_array_append(copy, packet->raw, (guint)packet->raw_len);
    return copy;
}

/* Whether the peer has closed an idle connection and we have not looked since. */
static bool
peer_has_gone(const Backend *self)
{
    char byte;
    ssize_t got = recv(self->transport->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    return got == 0 || (got < 0 && errno == ECONNRESET);
}

void
backend_call(Backend *self, const Method *m, Packet *packet)
{
    g_autoptr(GByteArray) copy = NULL;
    Client *client = self->client;
    Registered *reg = NULL;
    Pending *pending;
    Waiting *waiting;

    if (packet->header.serial >= SERIAL_OWN ||
        g_hash_table_contains(self->pending, GUINT_TO_POINTER(packet->header.serial)) ||
        g_hash_table_contains(self->streams, GUINT_TO_POINTER(packet->header.serial))) {
        client_close(client, "it used a serial that is not its to use");
        return;
    }
    copy = copy_raw(packet);
    if (registered_ends(m)) {
        reg = registered_find(self->registered, true, (int32_t)packet_word(packet, 0), NULL);
        if (!reg) {
            g_autoptr(GError) error = NULL;

            error_set(&error, VIR_ERR_INVALID_ARG, "no callback with id %d is registered",
                      (int32_t)packet_word(packet, 0));
            dispatch_reply_error(client, &packet->header, error);
            return;
        }
        patch(copy, (uint32_t)reg->back);
    }
    for (guint i = 0; i < self->registered->len && !reg; i++) {
        if (registered_is_undone(g_ptr_array_index(self->registered, i), m, packet)) {
            g_ptr_array_remove_index(self->registered, i);
            break;
        }
    }
    owe(self);
    pending = g_new0(Pending, 1);
    pending->method = m;
    pending->header = packet->header;
    pending->front = reg ? reg->front : 0;
    if (registered_begins(m))
        pending->packet = copy_raw(packet);
    g_hash_table_insert(self->pending, GUINT_TO_POINTER(packet->header.serial), pending);
    client_call_begin(client);

    if (self->state == STATE_READY) {
        if (!packet->n_fds && g_hash_table_size(self->pending) == 1 &&
            !frame_writer_pending(self->writer) && peer_has_gone(self)) {
            disconnect(
                self); /* a restart unnoticed so far: nothing of the call has reached the old one */
        } else {
            frame_writer_add(self->writer, g_steal_pointer(&copy), packet->fds, packet->n_fds);
            packet->n_fds = 0;
            flush(self);
            return;
        }
    }
    waiting = g_new0(Waiting, 1);
    waiting->packet = g_steal_pointer(&copy);
    memcpy(waiting->fds, packet->fds, sizeof(waiting->fds));
    waiting->n_fds = packet->n_fds;
    packet->n_fds = 0;
    self->waiting_bytes += packet->raw_len;
    g_queue_push_tail(&self->waiting, waiting);
    if (self->state == STATE_CLOSED) {
        stop_retry(self);
        start(self);
    }
}

bool
backend_stream(Backend *self, Packet *packet)
{
    void *serial = GUINT_TO_POINTER(packet->header.serial);

    if (!g_hash_table_contains(self->streams, serial) &&
        !g_hash_table_contains(self->pending, serial))
        return false;
    if (self->state == STATE_READY) {
        frame_writer_add(self->writer, copy_raw(packet), NULL, 0);
        flush(self);
    }
    return true;
}

static void
relay(Backend *self, Packet *packet, GByteArray *copy)
{
    size_t n_fds = packet->n_fds;

    packet->n_fds = 0;
    client_send(self->client, copy ? copy : copy_raw(packet), packet->fds, n_fds);
}

/* The answer to a call. */
static void
answered(Backend *self, Packet *packet)
{
    Client *client = self->client;
    void *serial = GUINT_TO_POINTER(packet->header.serial);
    Pending *pending = g_hash_table_lookup(self->pending, serial);
    bool ok = packet->header.status == FRAME_OK;
    GByteArray *copy = NULL;

    if (!pending)
        return;
    g_hash_table_steal(self->pending, serial);
    if (pending->again) {
        Registered *reg = registered_find(self->registered, true, pending->front, NULL);

        if (ok && reg)
            reg->back = (int32_t)packet_word(packet, 0);
        pending_free(pending);
        return;
    }
    if (ok && pending->packet) {
        Registered *reg = g_new0(Registered, 1);

        reg->method = pending->method;
        reg->packet = g_steal_pointer(&pending->packet);
        if (!registered_is_legacy(reg->method)) {
            reg->back = (int32_t)packet_word(packet, 0);
            reg->front = router_next_callback(client->router);
            copy = copy_raw(packet);
            patch(copy, (uint32_t)reg->front);
        }
        g_ptr_array_add(self->registered, reg);
    } else if (ok && pending->front) {
        g_ptr_array_remove(self->registered,
                           registered_find(self->registered, true, pending->front, NULL));
    }
    if (ok && pending->method->stream != STREAM_NONE)
        g_hash_table_insert(self->streams, serial, (void *)pending->method);
    pending_free(pending);
    relay(self, packet, copy);
    client_call_done(client);
}

static void
event(Backend *self, Packet *packet)
{
    const EventDesc *desc;
    GByteArray *copy = NULL;

    if (packet->header.program == PROGRAM_KEEPALIVE) {
        if (packet->header.proc == PROC_KEEPALIVE_PING) {
            FrameHeader pong = packet->header;

            pong.proc = PROC_KEEPALIVE_PONG;
            copy = frame_begin(&pong, 0);
            frame_end(copy, NULL);
            frame_writer_add(self->writer, copy, NULL, 0);
            flush(self);
        }
        return;
    }
    desc = event_by_proc(packet->header.program, packet->header.proc);
    if (!desc || desc->cls == EVENT_CONNECTION)
        return; /* that connection is ours */
    if (packet->header.proc != desc->legacy_proc) {
        Registered *reg =
            registered_find(self->registered, false, (int32_t)packet_word(packet, 0), desc);

        if (!reg)
            return; /* of before the peer's restart, or just undone */
        copy = copy_raw(packet);
        patch(copy, (uint32_t)reg->front);
    }
    if (client_unsent(self->client) > CLIENT_EVENTS_MAX) {
        if (copy)
            g_byte_array_unref(copy);
        client_close(self->client, "it does not read the events that it registered for");
        return;
    }
    relay(self, packet, copy);
}

static void
handle(Backend *self, Packet *packet)
{
    switch (packet->header.type) {
    case FRAME_REPLY:
    case FRAME_REPLY_WITH_FDS:
        if (self->state == STATE_OPENING)
            opening_answer(self, packet);
        else
            answered(self, packet);
        return;
    case FRAME_STREAM:
    case FRAME_STREAM_HOLE:
        /* The last word on a stream is OK or ERROR, whoever ends it. */
        if (packet->header.status != FRAME_CONTINUE)
            g_hash_table_remove(self->streams, GUINT_TO_POINTER(packet->header.serial));
        relay(self, packet, NULL);
        return;
    case FRAME_EVENT:
        event(self, packet);
        return;
    default:
        return;
    }
}

static void
lost(Backend *self, const GError *why)
{
    g_autoptr(GError) error = NULL;

    if (why)
        error_set(&error, VIR_ERR_RPC, "connection to %s is lost: %s", self->peer->daemon,
                  why->message);
    else
        error_set(&error, VIR_ERR_RPC,
                  "%s ended while it worked on this call, which may have been carried out or not",
                  self->peer->daemon);
    fail(self, error);
}

static void
read_packets(Backend *self)
{
    Client *client = self->client;
    g_autoptr(GError) error = NULL;
    ssize_t got = frame_reader_fill(self->reader, self->transport, &error);

    if (got == TRANSPORT_AGAIN)
        return;
    if (got <= 0) {
        lost(self, error);
        return;
    }
    self->since = g_get_monotonic_time();
    while (client->transport && self->transport) {
        g_auto(Packet) packet = { 0 };
        bool found;

        if (!frame_reader_next(self->reader, &packet, &found, &error)) {
            lost(self, error);
            return;
        }
        if (!found)
            return;
        handle(self, &packet);
    }
}

static void
on_ready(void *opaque, short events)
{
    Backend *self = opaque;
    g_autoptr(Client) client = client_ref(self->client);

    if (events & (POLLIN | POLLHUP | POLLERR))
        read_packets(self);
    if (!client->transport || !self->transport)
        return;
    if ((events & POLLOUT) && flush(self))
        client_update(client); /* it may have been held back by us */
    if (client->transport && self->transport)
        backend_update(self);
}

static void
ping(Backend *self)
{
    static const FrameHeader header = {
        PROGRAM_KEEPALIVE, PROGRAM_KEEPALIVE_VERSION, PROC_KEEPALIVE_PING, FRAME_EVENT, 0, FRAME_OK
    };
    GByteArray *packet = frame_begin(&header, 0);

    frame_end(packet, NULL);
    frame_writer_add(self->writer, packet, NULL, 0);
    flush(self);
}

bool
backend_tick(Backend *self, unsigned deadline)
{
    int64_t silent = (g_get_monotonic_time() - self->since) / G_USEC_PER_SEC;
    bool opening = self->state == STATE_OPENING || self->state == STATE_CONNECTING;

    if (!opening && !g_hash_table_size(self->pending))
        return false;
    if (silent >= deadline) {
        g_autoptr(GError) error = NULL;

        error_set(&error, VIR_ERR_OPERATION_TIMEOUT,
                  "%s has been silent for %u seconds: is it hung?", self->peer->daemon, deadline);
        fail(self, error);
    } else if (self->state == STATE_READY && silent * 3 >= deadline &&
               frame_writer_pending(self->writer) == 0) {
        ping(self); /* a peer that is only busy answers */
    }
    return true;
}
