/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* server.c - listening sockets, limits on clients, and the clock that keeps in touch with them. */
#define ERROR_FROM VIR_FROM_RPC
#include "rpc/server/server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "rpc/events.h"
#include "rpc/server/private.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/log.h"

LOG_SOURCE("rpc.server");

enum { THREADS_DEADLINE_S = 5 };

enum {
    BACKLOG = 1000,
    ACCEPT_AT_ONCE = 16, /* before others get their turn */
};

typedef struct Listener {
    Server *server;
    int fd;
    bool readonly;
    bool net;         /* no UNIX socket */
    Greeter *greeter; /* or NULL: all are welcome */
    char *path;       /* to remove, or NULL */
    Watch *watch;
} Listener;

static void
listener_free(Listener *self)
{
    watch_free(self->watch);
    fd_close(&self->fd);
    if (self->path)
        unlink(self->path);
    g_free(self->path);
    g_free(self);
}

Server *
server_new(const ServerConfig *config)
{
    Server *self = g_new0(Server, 1);

    self->config = *config;
    self->config.name = self->name = g_strdup(config->name);
    self->config.run_dir = self->run_dir = g_strdup(config->run_dir);
    self->config.spawn_dir = self->spawn_dir = g_strdup(config->spawn_dir);
    self->mailbox = mailbox_new(config->context);
    self->workers = workers_new(config->limits.min_workers, config->limits.max_workers,
                                config->limits.prio_workers);
    self->listeners = g_ptr_array_new_with_free_func((GDestroyNotify)listener_free);
    g_queue_init(&self->clients);
    g_queue_init(&self->greetings);
    lock_init(&self->threads_lock);
    cond_init(&self->threads_gone);
    event_hub_ref(config->hub);
    return self;
}

static void
stop_source(GSource **source)
{
    if (!*source)
        return;
    g_source_destroy(*source);
    g_clear_pointer(source, g_source_unref);
}

/* Streams were told to end with their clients.  One may hang in a read from dead storage, though. */
static bool
wait_for_threads(Server *self)
{
    int64_t deadline = g_get_monotonic_time() + THREADS_DEADLINE_S * G_USEC_PER_SEC;
    bool gone;

    lock_acquire(&self->threads_lock);
    while (self->n_threads && cond_wait_until(&self->threads_gone, &self->threads_lock, deadline))
        continue;
    gone = !self->n_threads;
    lock_release(&self->threads_lock);
    return gone;
}

void
server_free(Server *self)
{
    if (!self)
        return;
    self->config.idle = NULL;
    g_ptr_array_unref(self->listeners);
    self->listeners = NULL;
    while (self->greetings.head)
        greeting_free(self->greetings.head->data);
    while (self->clients.head)
        client_close(self->clients.head->data, "the daemon is ending");
    workers_free(self->workers);
    if (!wait_for_threads(self)) {
        log_warning("'%s' ends while a stream still waits for its storage", self->name);
        return; /* it must find us when it comes back; the process is about to end */
    }
    mailbox_free(self->mailbox); /* runs what the last workers left */
    stop_source(&self->clock);
    stop_source(&self->router_clock);
    stop_source(&self->retry);
    event_hub_unref(self->config.hub);
    cond_clear(&self->threads_gone);
    lock_clear(&self->threads_lock);
    g_free(self->name);
    g_free(self->run_dir);
    g_free(self->spawn_dir);
    g_free(self);
}

static gboolean
retry_accept(void *opaque)
{
    Server *self = opaque;

    stop_source(&self->retry);
    server_update_accept(self);
    return G_SOURCE_REMOVE;
}

static bool
may_accept(const Server *self)
{
    const ServerLimits *limits = &self->config.limits;

    return !self->draining && !self->retry && self->clients.length < limits->max_clients &&
           (!limits->max_anonymous_clients ||
            self->n_unauthenticated < limits->max_anonymous_clients);
}

/* Strangers who take their time hold back strangers only. */
static bool
may_accept_from(const Server *self, const Listener *listener)
{
    const ServerLimits *limits = &self->config.limits;
    unsigned greeted = self->greetings.length;

    return may_accept(self) &&
           (!listener->greeter ||
            (self->clients.length + greeted < limits->max_clients &&
             (!limits->max_anonymous_clients || greeted < limits->max_anonymous_clients)));
}

void
server_update_accept(Server *self)
{
    for (guint i = 0; self->listeners && i < self->listeners->len; i++) {
        Listener *listener = g_ptr_array_index(self->listeners, i);

        if (may_accept_from(self, listener))
            watch_set(listener->watch, POLLIN);
        else
            watch_pause(listener->watch);
    }
}

static void
welcome(const Listener *listener, int fd)
{
    int on = 1;

    if (!listener->net) {
        server_add_client(listener->server, fd, listener->readonly);
        return;
    }
    /* Answers go at once, and a peer whose host is gone is found out. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    if (listener->greeter)
        greeting_begin(listener->server, listener->greeter, fd);
    else
        client_new(listener->server, transport_new_plain(fd, false), false);
}

static void
on_connection(void *opaque, short events G_GNUC_UNUSED)
{
    Listener *listener = opaque;
    Server *self = listener->server;

    for (int i = 0; i < ACCEPT_AT_ONCE && may_accept_from(self, listener); i++) {
        int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd >= 0) {
            welcome(listener, fd);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            log_warning("%s cannot accept a connection now: %s", self->name, g_strerror(errno));
            self->retry = g_timeout_source_new(500);
            g_source_set_callback(self->retry, retry_accept, self, NULL);
            g_source_attach(self->retry, self->config.context);
        }
        break;
    }
    if (!may_accept_from(self, listener))
        server_update_accept(self);
}

static Listener *
add_listener(Server *self, int fd)
{
    Listener *listener = g_new0(Listener, 1);

    listener->server = self;
    listener->fd = fd;
    listener->watch = watch_new(self->config.context, fd, POLLIN, on_connection, listener);
    g_ptr_array_add(self->listeners, listener);
    return listener;
}

void
server_listen(Server *self, int fd, bool readonly, const char *path)
{
    Listener *listener = add_listener(self, fd);

    listener->readonly = readonly;
    listener->path = g_strdup(path);
}

void
server_listen_net(Server *self, int fd, Greeter *greeter)
{
    Listener *listener = add_listener(self, fd);

    listener->net = true;
    listener->greeter = greeter;
}

void
server_add_client(Server *self, int fd, bool readonly)
{
    client_new(self, transport_new_unix(fd), readonly);
}

/* Whether somebody listens at @path. */
static bool
is_alive(const struct sockaddr_un *addr)
{
    autofd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    return fd >= 0 &&
           (connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) == 0 || errno == EAGAIN);
}

int
server_bind_unix(const char *path, mode_t mode, gid_t group, GError **error)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    autofd int fd = -1;
    mode_t mask;
    int result;

    if (strlen(path) >= sizeof(addr.sun_path)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "socket path '%s' is longer than the %zu bytes possible", path,
                  sizeof(addr.sun_path) - 1);
        return -1;
    }
    g_strlcpy(addr.sun_path, path, sizeof(addr.sun_path));
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        error_set_errno(error, errno, "cannot make a socket for '%s'", path);
        return -1;
    }
    if (is_alive(&addr)) {
        error_set(error, VIR_ERR_OPERATION_FAILED, "another daemon is listening on '%s'", path);
        return -1;
    }
    unlink(path);       /* left by a daemon that died */
    mask = umask(0177); /* nobody gets in before mode and group are right */
    result = bind(fd, (struct sockaddr *)&addr, sizeof(addr));
    umask(mask);
    if (result < 0) {
        error_set_errno(error, errno, "cannot bind the socket '%s'", path);
        return -1;
    }
    if ((group != (gid_t)-1 && chown(path, (uid_t)-1, group) < 0) || chmod(path, mode) < 0 ||
        listen(fd, BACKLOG) < 0) {
        error_set_errno(error, errno, "cannot set up the socket '%s'", path);
        unlink(path);
        return -1;
    }
    return steal_fd(&fd);
}

/* Ask clients that can answer whether they are there; give up those that are not. */
static gboolean
on_clock(void *opaque)
{
    Server *self = opaque;
    bool needed = false;

    for (GList *l = self->clients.head, *next; l; l = next) {
        Client *client = l->data;

        next = l->next;
        if (!client->keepalive)
            continue;
        needed = true;
        if (client->heard || !client->reading) {
            client->unanswered = 0;
            client->heard = false;
        } else if (client->unanswered >= self->config.limits.keepalive_count) {
            client_close(client, "it did not answer for too long");
        } else {
            client->unanswered++;
            client_ping(client); /* may end it */
        }
    }
    if (!needed)
        stop_source(&self->clock);
    return needed;
}

void
server_need_clock(Server *self)
{
    if (self->clock || self->config.limits.keepalive_interval <= 0)
        return;
    self->clock = g_timeout_source_new_seconds((guint)self->config.limits.keepalive_interval);
    g_source_set_callback(self->clock, on_clock, self, NULL);
    g_source_attach(self->clock, self->config.context);
}

static gboolean
on_router_clock(void *opaque)
{
    Server *self = opaque;
    bool needed = false;

    for (GList *l = self->clients.head, *next; l; l = next) {
        Client *client = l->data;

        next = l->next;
        if (client->router)
            needed |= router_tick(client->router);
    }
    if (!needed)
        stop_source(&self->router_clock);
    return needed;
}

void
server_need_router_clock(Server *self)
{
    if (self->router_clock)
        return;
    self->router_clock = g_timeout_source_new_seconds(1);
    g_source_set_callback(self->router_clock, on_router_clock, self, NULL);
    g_source_attach(self->router_clock, self->config.context);
}

static void
check_drained(Server *self)
{
    void (*done)(void *data) = self->drained;

    if (!done || self->in_flight)
        return;
    self->drained = NULL;
    done(self->drained_data);
}

void
server_call_done(Server *self)
{
    g_assert(self->in_flight);
    self->in_flight--;
    check_drained(self);
}

void
server_client_gone(Server *self, Client *client G_GNUC_UNUSED)
{
    if (self->retry)
        stop_source(&self->retry); /* there is a descriptor again */
    server_update_accept(self);
    if (!self->clients.length && self->config.idle)
        self->config.idle(self->config.idle_data);
}

void
server_drain(Server *self, void (*done)(void *data), void *data)
{
    self->draining = true;
    self->drained = done;
    self->drained_data = data;
    server_update_accept(self);
    for (GList *l = self->clients.head; l; l = l->next)
        client_update(l->data);
    check_drained(self);
}

unsigned
server_n_clients(const Server *self)
{
    return self->clients.length + self->greetings.length;
}

unsigned
server_n_unauthenticated(const Server *self)
{
    return self->n_unauthenticated + self->greetings.length;
}

const char *
server_name(const Server *self)
{
    return self->name;
}

const ServerLimits *
server_limits(const Server *self)
{
    return &self->config.limits;
}

void
server_set_limits(Server *self, const ServerLimits *limits)
{
    self->config.limits = *limits;
    workers_set(self->workers, limits->min_workers, limits->max_workers, limits->prio_workers);
    server_update_accept(self);
}

Workers *
server_workers(const Server *self)
{
    return self->workers;
}

void
server_each_client(const Server *self, ServerClientFn fn, void *data)
{
    for (GList *l = self->clients.head; l; l = l->next) {
        const Client *client = l->data;
        ServerClientInfo info = { client->id,
                                  client->since,
                                  client->session->readonly,
                                  client->transport->is_local,
                                  client->transport->is_secure,
                                  &client->peer };

        if (!fn(&info, data))
            return;
    }
}

bool
server_close_client(Server *self, uint64_t id)
{
    for (GList *l = self->clients.head; l; l = l->next) {
        Client *client = l->data;

        if (client->id == id) {
            client_close(client, "an administrator asked for it");
            return true;
        }
    }
    return false;
}
