/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* handover.c - clients survive a restart of their daemon
 *
 * After draining no call is in flight, so a client is its socket, what it has told us
 * (URI, identity, events it wants), and bytes of a request that is not whole yet.  A
 * socket finds its state again by its cookie, which the kernel keeps for its life.
 * Clients with a stream open, or with a descriptor half received, are left to be disconnected.
 */
#define ERROR_FROM VIR_FROM_RPC
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rpc/events.h"
#include "rpc/server/private.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("rpc.handover");

/* Changes with the meaning of what follows; a process that does not know it disconnects clients. */
enum { STATE_VERSION = 1 };

#define IDENTITY_TYPE "(xxxtmsmsmsmsms)"

static bool
get_cookie(int fd, uint64_t *ret_cookie)
{
    socklen_t len = sizeof(*ret_cookie);

    return getsockopt(fd, SOL_SOCKET, SO_COOKIE, ret_cookie, &len) == 0;
}

static GVariant *
save_identity(const Identity *who)
{
    return g_variant_new(IDENTITY_TYPE, who->uid, who->gid, who->pid, who->start_time,
                         who->user_name, who->group_name, who->selinux_context, who->sasl_user,
                         who->x509_dname);
}

static void
restore_identity(GVariant *state, Identity *who)
{
    identity_clear(who);
    g_variant_get(state, IDENTITY_TYPE, &who->uid, &who->gid, &who->pid, &who->start_time,
                  &who->user_name, &who->group_name, &who->selinux_context, &who->sasl_user,
                  &who->x509_dname);
}

static bool
can_go(const Client *client)
{
    return transport_passes_fds(client->transport) && !client->close_when_sent &&
           !client->in_flight && !client_unsent(client) && frame_reader_peek(client->reader) &&
           (!client->pumps || !g_hash_table_size(client->pumps));
}

static GVariant *
save_client(Client *client, uint64_t cookie)
{
    Session *session = client->session;
    g_autoptr(GVariant) events = event_hub_save(session->hub, session);
    GVariantDict dict;

    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert(&dict, "cookie", "t", cookie);
    g_variant_dict_insert(&dict, "since", "x", client->since);
    g_variant_dict_insert(&dict, "readonly-socket", "b", client->readonly);
    g_variant_dict_insert(&dict, "readonly", "b", session->readonly);
    g_variant_dict_insert(&dict, "authenticated", "b", client->authenticated);
    g_variant_dict_insert(&dict, "keepalive", "b", client->keepalive);
    g_variant_dict_insert(&dict, "close-callback", "b", client->close_callback);
    if (session->open)
        g_variant_dict_insert(&dict, "uri", "s", session->uri);
    g_variant_dict_insert_value(&dict, "identity", save_identity(&session->identity));
    g_variant_dict_insert_value(&dict, "events", events);
    g_variant_dict_insert_value(&dict, "unread",
                                g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE,
                                                          frame_reader_peek(client->reader),
                                                          frame_reader_pending(client->reader), 1));
    if (client->router)
        g_variant_dict_insert_value(&dict, "router", router_save(client->router));
    return g_variant_dict_end(&dict);
}

GVariant *
server_hand_over(Server *server, ServerGiveFn give, void *data)
{
    g_auto(GVariantBuilder) clients = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("aa{sv}"));

    for (GList *l = server->clients.head; l; l = l->next) {
        Client *client = l->data;
        uint64_t cookie;

        if (!can_go(client) || !get_cookie(client->transport->fd, &cookie))
            continue;
        g_variant_builder_add_value(&clients, save_client(client, cookie));
        give(client->transport->fd, data);
        /* To the driver the connection goes on: it must not undo what was done for it. */
        lock_acquire(&client->session->lock);
        client->session->handed_over = true;
        lock_release(&client->session->lock);
    }
    return g_variant_ref_sink(
        g_variant_new("(u@aa{sv})", STATE_VERSION, g_variant_builder_end(&clients)));
}

static bool
lookup_flag(GVariantDict *dict, const char *key)
{
    gboolean value = false;

    g_variant_dict_lookup(dict, key, "b", &value);
    return value;
}

/* Make @client what @dict says. */
static bool
restore_client(Client *client, GVariantDict *dict, GError **error)
{
    g_autoptr(GVariant) identity =
        g_variant_dict_lookup_value(dict, "identity", G_VARIANT_TYPE(IDENTITY_TYPE));
    g_autoptr(GVariant) events = g_variant_dict_lookup_value(dict, "events", NULL);
    g_autoptr(GVariant) unread =
        g_variant_dict_lookup_value(dict, "unread", G_VARIANT_TYPE_BYTESTRING);
    g_autoptr(GVariant) router = g_variant_dict_lookup_value(dict, "router", NULL);
    Session *session = client->session;
    const char *uri = NULL;

    if (lookup_flag(dict, "authenticated"))
        client_set_authenticated(client);
    g_variant_dict_lookup(dict, "since", "x", &client->since);
    client->close_callback = lookup_flag(dict, "close-callback");
    client->keepalive = client->heard = lookup_flag(dict, "keepalive");
    if (client->keepalive)
        server_need_clock(client->server);
    if (identity)
        restore_identity(identity, &session->identity);
    if (client->server->config.acl_polkit)
        session->ops =
            session->identity.uid == 0 ? &dispatch_session_ops : &dispatch_session_ops_acl;
    session->readonly = lookup_flag(dict, "readonly");
    if (g_variant_dict_lookup(dict, "uri", "&s", &uri) &&
        !session_open(session, uri, session->readonly, error))
        return false;
    if ((events && !event_hub_restore(session->hub, session, events)) ||
        (router && !router_restore(client, router))) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "the state of the client cannot be understood");
        return false;
    }
    if (unread) {
        size_t len;
        const void *bytes = g_variant_get_fixed_array(unread, &len, 1);

        frame_reader_feed(client->reader, bytes, len);
    }
    return true;
}

/* Whether @dict is the state of the socket @fd. */
static bool
belongs(GVariantDict *dict, int fd)
{
    uint64_t expected = 0, cookie;

    return g_variant_dict_lookup(dict, "cookie", "t", &expected) && get_cookie(fd, &cookie) &&
           cookie == expected;
}

static void
take_client(Server *server, GVariant *state, int *fds, size_t n_fds)
{
    g_autoptr(GError) error = NULL;
    g_auto(GVariantDict) dict;
    Client *client;
    size_t i = 0;

    g_variant_dict_init(&dict, state);
    while (i < n_fds && (fds[i] < 0 || !belongs(&dict, fds[i])))
        i++;
    if (i == n_fds)
        return; /* it went in the meantime */
    client = client_new(server, transport_new_unix(fds[i]), lookup_flag(&dict, "readonly-socket"));
    fds[i] = -1;
    if (!restore_client(client, &dict, &error))
        client_close(client, error->message);
}

void
server_take_over(Server *server, GVariant *state, int *fds, size_t n_fds)
{
    uint32_t version = 0;
    g_autoptr(GVariantIter) clients = NULL;
    GVariant *one;

    if (g_variant_is_of_type(state, G_VARIANT_TYPE("(uaa{sv})")))
        g_variant_get(state, "(uaa{sv})", &version, &clients);
    if (version != STATE_VERSION)
        log_warning(
            "clients of the daemon before cannot be taken over: their state is of another version");
    while (version == STATE_VERSION && (one = g_variant_iter_next_value(clients))) {
        take_client(server, one, fds, n_fds);
        g_variant_unref(one);
    }
    for (size_t i = 0; i < n_fds; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
    server_update_accept(server);
}
