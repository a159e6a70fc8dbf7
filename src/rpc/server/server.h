/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* server.h - serve a driver, or relay to other daemons, over sockets
 *
 * A daemon has one Server for its clients and one for its administrators; both live
 * on the thread that runs the GMainContext they are given.  All functions are for
 * that thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#include "rpc/driver.h"
#include "rpc/server/workers.h"
#include "rpc/transport.h"

typedef struct Server Server;

typedef enum {
    SERVER_AUTH_NONE,
    SERVER_AUTH_SASL,
    SERVER_AUTH_POLKIT,
} ServerAuth;

/* A daemon that calls can be relayed to. */
typedef struct ServerPeer {
    const char *daemon;         /* "virtnetworkd", also the prefix of its sockets */
    const char *driver;         /* "network": scheme of the URI it is opened with as a sibling */
    uint32_t classes;           /* 1u << ObjectClass of what it serves */
    const char *const *schemes; /* of hypervisor URIs, ends with NULL; or NULL */
} ServerPeer;

typedef struct ServerLimits {
    unsigned max_clients;           /* accept no more than these ... */
    unsigned max_anonymous_clients; /* ... nor these that have not authenticated; 0: no limit */
    unsigned max_client_requests;   /* of one client at a time */
    unsigned min_workers, max_workers, prio_workers;
    int keepalive_interval;   /* seconds; -1: never ask */
    unsigned keepalive_count; /* unanswered questions before a client is given up */
} ServerLimits;

typedef struct ServerConfig {
    const char *name;     /* "virtqemud", "admin" */
    const Driver *driver; /* whose rows are served; one without classes or rows for a mere router */
    EventHub *hub;
    GMainContext *context;
    uint32_t program; /* PROGRAM_REMOTE (with qemu and lxc) or PROGRAM_ADMIN */
    bool privileged;
    ServerAuth auth_rw, auth_ro;
    bool acl_polkit; /* access_drivers = [ "polkit" ] */
    ServerLimits limits;
    const ServerPeer *peers; /* ends with daemon NULL; or NULL: relays nothing */
    const ServerPeer *self;  /* the row of this very daemon, never relayed to; or NULL */
    bool proxy;              /* CONNECT_OPEN goes to the peer whose scheme it names */
    const char *run_dir;     /* where the peers' sockets are */
    const char
        *spawn_dir; /* where to find the programs of peers that nobody else starts; or NULL */
    unsigned peer_deadline;   /* seconds of silence from a peer that owes an answer; 0: a default */
    void (*idle)(void *data); /* called when the last client has gone; may be NULL */
    void *idle_data;
} ServerConfig;

/* Finds out who has connected from afar before it may call anything.  Nothing here may block. */
typedef struct Greeter Greeter;
struct Greeter {
    /* Takes over @fd. */
    Transport *(*begin)(Greeter *self, int fd, GError **error);
    /* One step: the events to wait for, 0 when the peer is let in, -1 when it is refused.
     * *@ret_name: its distinguished name, if it has proved one. */
    short (*step)(Greeter *self, Transport *transport, char **ret_name, GError **error);
    /* Read the files again; on failure all is as it was. */
    bool (*update)(Greeter *self, GError **error);
    void (*free)(Greeter *self);
};

Server *server_new(const ServerConfig *config);
/* Close listeners and clients, finish calls in flight, free. */
void server_free(Server *server);

/* Serve what comes in on the listening socket @fd (taken over).  With @path the socket's file is
 * ours and is removed with the server. */
void server_listen(Server *server, int fd, bool readonly, const char *path);
/* Serve what comes in on the listening network socket @fd (taken over): anybody, or with @greeter,
 * which must outlive the server, whom that lets in. */
void server_listen_net(Server *server, int fd, Greeter *greeter);
/* Serve the connected socket @fd (taken over), as if accepted. */
void server_add_client(Server *server, int fd, bool readonly);
/* Make a UNIX socket at @path, replacing a stale one; @mode and @group (-1: leave) are set before
 * anybody can connect. */
int server_bind_unix(const char *path, mode_t mode, gid_t group, GError **error);

/* Read no more requests; @done is called once calls in flight have been answered. */
void server_drain(Server *server, void (*done)(void *data), void *data);

/* Once drained: give away the socket of every client that can go on with another process, under
 * @give, and return what that process needs to know of them.  Clients are not told. */
typedef void (*ServerGiveFn)(int fd, void *data);
GVariant *server_hand_over(Server *server, ServerGiveFn give, void *data);
/* Serve the clients of @state on; @fds (taken over) are their sockets, in any order. Those that
 * @state does not know are closed. */
void server_take_over(Server *server, GVariant *state, int *fds, size_t n_fds);

unsigned server_n_clients(const Server *server);
unsigned server_n_unauthenticated(const Server *server);
const char *server_name(const Server *server);
const ServerLimits *server_limits(const Server *server);
void server_set_limits(Server *server, const ServerLimits *limits);
Workers *server_workers(const Server *server);

/* One client, for the admin API. */
typedef struct ServerClientInfo {
    uint64_t id;
    int64_t since; /* wall clock, seconds */
    bool readonly;
    bool is_local, is_secure; /* neither: TCP; only secure: TLS */
    const Identity *identity;
} ServerClientInfo;
typedef bool (*ServerClientFn)(const ServerClientInfo *info, void *data); /* false: enough */
void server_each_client(const Server *server, ServerClientFn fn, void *data);
/* Close one client's connection; false if there is none with @id. */
bool server_close_client(Server *server, uint64_t id);
