/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* router.c - which daemon a call is for
 *
 * A hypervisor's daemon serves its own classes and sends those of networks, storage
 * and so on to their daemons.  The proxy has no class of its own: opening names the
 * hypervisor, whose daemon then gets everything that is nobody else's.
 */
#define ERROR_FROM VIR_FROM_RPC
#include <string.h>
#include <unistd.h>

#include "rpc/server/backend.h"
#include "rpc/server/private.h"
#include "util/error.h"

enum { DEADLINE_SECONDS = 25 };

struct Router {
    Client *client;
    Backend *primary;    /* the proxy's, to the daemon that the client opened; or NULL */
    GPtrArray *siblings; /* of Backend */
    int32_t last_callback;
};

static Router *
get_router(Client *client)
{
    if (!client->router) {
        client->router = g_new0(Router, 1);
        client->router->client = client;
        client->router->siblings = g_ptr_array_new_with_free_func((GDestroyNotify)backend_free);
        client->router->last_callback = 1000; /* readable apart from our own hub's ids */
    }
    return client->router;
}

void
router_free(Router *router)
{
    if (!router)
        return;
    g_clear_pointer(&router->primary, backend_free);
    g_ptr_array_unref(router->siblings);
    g_free(router);
}

int32_t
router_next_callback(Router *router)
{
    router->last_callback = router->last_callback == INT32_MAX ? 1001 : router->last_callback + 1;
    return router->last_callback;
}

static bool
is_hypervisor(const ServerPeer *peer)
{
    return peer->schemes != NULL;
}

static const char *
mode(const Server *server)
{
    return server->config.privileged ? "system" : "session";
}

/* The connection to the daemon that serves @cls beside a hypervisor's. */
static Backend *
get_sibling(Client *client, ObjectClass cls)
{
    const Server *server = client->server;
    Router *router = get_router(client);
    const ServerPeer *peer = server->config.peers;
    g_autofree char *uri = NULL;
    Backend *backend;

    while (peer->daemon &&
           (is_hypervisor(peer) || peer == server->config.self || !(peer->classes & (1u << cls))))
        peer++;
    if (!peer->daemon)
        return NULL;
    for (guint i = 0; i < router->siblings->len; i++) {
        backend = g_ptr_array_index(router->siblings, i);
        if (backend_peer(backend) == peer)
            return backend;
    }
    uri = g_strdup_printf("%s:///%s", peer->driver, mode(server));
    backend = backend_new(client, peer, uri, client->session->readonly ? VIR_CONNECT_RO : 0);
    g_ptr_array_add(router->siblings, backend);
    return backend;
}

/* The hypervisor that @name opens, by its scheme. */
static const ServerPeer *
find_by_name(const Server *server, const char *name)
{
    size_t len = strcspn(name, ":+");

    for (const ServerPeer *peer = server->config.peers; peer->daemon; peer++) {
        if (strlen(peer->driver) == len && strncmp(peer->driver, name, len) == 0)
            return peer;
        for (size_t i = 0; peer->schemes && peer->schemes[i]; i++) {
            if (strlen(peer->schemes[i]) == len && strncmp(peer->schemes[i], name, len) == 0)
                return peer;
        }
    }
    return NULL;
}

/* The first hypervisor whose daemon has a socket: it runs, or would be started. */
static const ServerPeer *
probe(const Server *server)
{
    for (const ServerPeer *peer = server->config.peers; peer->daemon; peer++) {
        g_autofree char *path = g_strdup_printf("%s/%s-sock", server->config.run_dir, peer->daemon);

        if (is_hypervisor(peer) && peer != server->config.self && access(path, F_OK) == 0)
            return peer;
    }
    return NULL;
}

bool
router_open(Client *client, const FrameHeader *call, const char *name, uint32_t flags)
{
    const Server *server = client->server;
    Router *router = get_router(client);
    const ServerPeer *peer;
    g_autofree char *uri = NULL;

    if (router->primary && backend_is_open(router->primary))
        return false;
    g_clear_pointer(&router->primary, backend_free);
    peer = *name ? find_by_name(server, name) : probe(server);
    if (!peer) {
        g_autoptr(GError) error = NULL;

        error_set(&error, VIR_ERR_NO_CONNECT,
                  *name ? "no daemon serves '%s'" : "no hypervisor's daemon has a socket in '%s'",
                  *name ? name : server->config.run_dir);
        dispatch_reply_error(client, call, error);
        return true;
    }
    client->session->readonly |= flags & VIR_CONNECT_RO;
    uri = *name ? g_strdup(name) : g_strdup_printf("%s:///%s", peer->schemes[0], mode(server));
    router->primary =
        backend_new(client, peer, uri, client->session->readonly ? VIR_CONNECT_RO : 0);
    backend_open(router->primary, call);
    return true;
}

bool
router_is_open(const Client *client)
{
    return client->session->open ||
           (client->router && client->router->primary && backend_is_open(client->router->primary));
}

static void
refuse(Client *client, const Method *m, Packet *packet, int code)
{
    g_autoptr(GError) error = NULL;

    if (code == VIR_ERR_NO_SUPPORT)
        error_set_full(&error, m->from, code, "%s", m->name);
    else
        error_set(&error, code, "connection not open");
    dispatch_reply_error(client, &packet->header, error);
}

bool
router_call(Client *client, const Method *m, Packet *packet)
{
    const ServerConfig *config = &client->server->config;
    Backend *backend = NULL;

    if (!config->peers)
        return false;
    if (config->proxy) {
        Backend *primary = client->router ? client->router->primary : NULL;

        if (!primary || !backend_is_open(primary)) {
            refuse(client, m, packet, VIR_ERR_INTERNAL_ERROR);
            return true;
        }
        if (m->cls == CLASS_CONNECT || (backend_peer(primary)->classes & (1u << m->cls)))
            backend = primary;
        else if (is_hypervisor(backend_peer(primary)))
            backend = get_sibling(client, m->cls);
    } else {
        if (m->cls == CLASS_CONNECT || (config->driver->classes & (1u << m->cls)))
            return false;
        if (!client->session->open) {
            refuse(client, m, packet, VIR_ERR_INTERNAL_ERROR);
            return true;
        }
        if (config->driver->classes & (1u << CLASS_DOMAIN))
            backend = get_sibling(client, m->cls);
    }
    if (backend)
        backend_call(backend, m, packet);
    else
        refuse(client, m, packet, VIR_ERR_NO_SUPPORT);
    return true;
}

GVariant *
router_save(const Router *router)
{
    g_auto(GVariantBuilder) siblings = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a(ssua(iay))"));

    for (guint i = 0; i < router->siblings->len; i++)
        g_variant_builder_add_value(&siblings,
                                    backend_save(g_ptr_array_index(router->siblings, i)));
    return g_variant_new(
        "(im@(ssua(iay))@a(ssua(iay)))", router->last_callback,
        router->primary && backend_is_open(router->primary) ? backend_save(router->primary) : NULL,
        g_variant_builder_end(&siblings));
}

bool
router_restore(Client *client, GVariant *state)
{
    g_autoptr(GVariant) primary = NULL;
    g_autoptr(GVariantIter) siblings = NULL;
    Router *router;
    GVariant *one;

    if (!g_variant_is_of_type(state, G_VARIANT_TYPE("(im(ssua(iay))a(ssua(iay)))")))
        return false;
    router = get_router(client);
    g_variant_get(state, "(im@(ssua(iay))a(ssua(iay)))", &router->last_callback, &primary,
                  &siblings);
    if (primary)
        router->primary = backend_restore(client, primary);
    while ((one = g_variant_iter_next_value(siblings))) {
        Backend *backend = backend_restore(client, one);

        if (backend)
            g_ptr_array_add(router->siblings, backend);
        g_variant_unref(one);
    }
    return !primary || router->primary;
}

typedef bool (*BackendFn)(Backend *backend, void *data);

/* Until @fn says true. */
static bool
any_backend(const Router *router, BackendFn fn, void *data)
{
    if (!router)
        return false;
    if (router->primary && fn(router->primary, data))
        return true;
    for (guint i = 0; i < router->siblings->len; i++) {
        if (fn(g_ptr_array_index(router->siblings, i), data))
            return true;
    }
    return false;
}

static bool
try_stream(Backend *backend, void *data)
{
    return backend_stream(backend, data);
}

bool
router_stream(Client *client, Packet *packet)
{
    return any_backend(client->router, try_stream, packet);
}

static bool
is_blocked(Backend *backend, void *data G_GNUC_UNUSED)
{
    return backend_blocked(backend);
}

bool
router_blocked(const Router *router)
{
    return any_backend(router, is_blocked, NULL);
}

static bool
update(Backend *backend, void *data G_GNUC_UNUSED)
{
    backend_update(backend);
    return false;
}

void
router_update(Router *router)
{
    any_backend(router, update, NULL);
}

typedef struct Tick {
    Client *client;
    bool owed;
} Tick;

static bool
tick_one(Backend *backend, void *data)
{
    Tick *tick = data;
    unsigned deadline = tick->client->server->config.peer_deadline;

    tick->owed |= backend_tick(backend, deadline ? deadline : DEADLINE_SECONDS);
    return !tick->client->transport; /* it went, and the rest with it */
}

bool
router_tick(Router *router)
{
    g_autoptr(Client) client = client_ref(router->client);
    Tick tick = { client, false };

    any_backend(router, tick_one, &tick);
    return tick.owed && client->transport;
}
