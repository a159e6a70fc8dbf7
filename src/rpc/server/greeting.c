/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* greeting.c - connections whose peer has yet to prove who it is
 *
 * They become clients when their Greeter says so.  None may take longer than a deadline, and there
 * are only so many, which holds back others of the same listening socket and nobody else.
 */
#include "rpc/server/private.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/log.h"

LOG_SOURCE("rpc.server.greeting");

enum { DEADLINE_S = 10 };

struct Greeting {
    GList link; /* in server->greetings */
    Server *server;
    Greeter *greeter;
    Transport *transport;
    Watch *watch;
    GSource *deadline;
};

void
greeting_free(Greeting *self)
{
    g_queue_unlink(&self->server->greetings, &self->link);
    watch_free(self->watch);
    g_source_destroy(self->deadline);
    g_source_unref(self->deadline);
    transport_free(self->transport);
    g_free(self);
}

/* Done with, well or not: others may come. */
static void
finish(Greeting *self)
{
    Server *server = self->server;

    greeting_free(self);
    server_update_accept(server);
}

static void
step(Greeting *self)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *name = NULL;
    short events = self->greeter->step(self->greeter, self->transport, &name, &error);
    Client *client;

    if (events > 0) {
        watch_set(self->watch, events);
        return;
    }
    if (events < 0) {
        log_warning("a client of %s is refused: %s", self->server->name, error->message);
        finish(self);
        return;
    }
    g_clear_pointer(&self->watch, watch_free); /* before another watches the same descriptor */
    client = client_new(self->server, g_steal_pointer(&self->transport), false);
    client->peer.x509_dname = g_strdup(name);
    lock_acquire(&client->session->lock);
    client->session->identity.x509_dname = g_steal_pointer(&name);
    lock_release(&client->session->lock);
    finish(self);
}

static void
on_ready(void *opaque, short events G_GNUC_UNUSED)
{
    step(opaque);
}

static gboolean
on_deadline(void *opaque)
{
    Greeting *self = opaque;

    log_warning("a client of %s is refused: it did not prove who it is within %d seconds",
                self->server->name, DEADLINE_S);
    finish(self);
    return G_SOURCE_REMOVE;
}

void
greeting_begin(Server *server, Greeter *greeter, int fd)
{
    g_autoptr(GError) error = NULL;
    Transport *transport = greeter->begin(greeter, fd, &error);
    Greeting *self;

    if (!transport) {
        log_gerror(error, "while greeting a client");
        return;
    }
    self = g_new0(Greeting, 1);
    self->link.data = self;
    self->server = server;
    self->greeter = greeter;
    self->transport = transport;
    self->watch = watch_new(server->config.context, transport->fd, POLLIN, on_ready, self);
    self->deadline = g_timeout_source_new_seconds(DEADLINE_S);
    g_source_set_callback(self->deadline, on_deadline, self, NULL);
    g_source_attach(self->deadline, server->config.context);
    g_queue_push_tail_link(&server->greetings, &self->link);
}
