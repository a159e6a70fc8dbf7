/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* private.h - what the files of rpc/server share
 *
 *     server.c    listening, limits, keepalive clock
 *     greeting.c  connections whose peer has yet to prove who it is; tls.c how that is done
 *     client.c    one connection: bytes in, packets out
 *     dispatch.c  a call: checks, inline or worker, reply
 *     connect.c   the procedures that the daemon answers itself: auth, open, close, features
 *     router.c    calls of other daemons' classes: which peer, replies, events, streams
 *     backend.c   one connection to a peer; registered.c its events
 *     handover.c  clients for the daemon that takes over; names.c names of the users they are
 *     pump.c      streams of our own driver's calls; pump_thread.c those of files
 *
 * Everything runs on the main thread but what a Task does in a worker; a Client may be
 * used there only as something to hold a reference to and to post mail for.
 */
#pragma once

#include "rpc/call.h"
#include "rpc/frame.h"
#include "rpc/server/server.h"
#include "rpc/server/watch.h"

typedef struct Client Client;
typedef struct Router Router;
typedef struct Pump Pump;
typedef struct Greeting Greeting;

/* Bounds of what waits for one client. */
enum {
    CLIENT_PARKED_MAX = 4 << 20,  /* bytes of requests over the limit of requests */
    CLIENT_UNSENT_MAX = 1 << 20,  /* unsent bytes beyond which no more requests are read */
    CLIENT_STREAMS_MAX = 64,      /* each may hold a thread and two chunks */
    CLIENT_EVENTS_MAX = 16 << 20, /* unsent bytes beyond which another event ends the connection */
};

struct Server {
    ServerConfig config;
    char *name, *run_dir, *spawn_dir;
    Mailbox *mailbox;
    Workers *workers;
    GPtrArray *listeners;
    GQueue clients;   /* of Client */
    GQueue greetings; /* of Greeting */
    unsigned n_unauthenticated;
    uint64_t last_client_id;
    GSource *clock;        /* keepalive; only while somebody needs it */
    GSource *router_clock; /* deadlines of peers; only while one owes an answer */
    GSource *retry;        /* accept failed for want of descriptors */
    unsigned in_flight;    /* calls of all clients in workers and at peers */
    bool draining;
    void (*drained)(void *data);
    void *drained_data;

    Lock threads_lock;
    Cond threads_gone;
    unsigned n_threads GUARDED_BY(threads_lock); /* of streams; they post to our mailbox */
};

struct Client {
    gatomicrefcount refs;
    Server *server;
    GList link; /* in server->clients */
    uint64_t id;
    int64_t since;
    Transport *transport; /* NULL once closed */
    FrameReader *reader;
    FrameWriter *writer;
    Watch *watch;
    Session *session; /* NULL once closed; it holds a reference to us */
    Identity peer;    /* who connected, whatever identity was set later */
    bool readonly;    /* came by the read-only socket */
    ServerAuth auth;
    bool authenticated;
    bool authenticating; /* polkit is being asked */
    bool close_when_sent;
    bool close_callback; /* wants CONNECTION_CLOSED */
    bool keepalive;      /* the client can answer */
    bool reading;        /* false while limits hold the client's requests back */
    bool heard;          /* something came since the last tick */
    unsigned unanswered;
    unsigned in_flight; /* calls in workers and at peers */
    GQueue parked;      /* of GBytes: whole packets over the limit, without descriptors */
    size_t parked_bytes;
    GHashTable *pumps; /* serial -> Pump, or NULL */
    Router *router;    /* or NULL */
};

/* client.c */
Client *client_new(Server *server, Transport *transport, bool readonly);
Client *client_ref(Client *client);
void client_unref(Client *client);
/* Close the connection now; harmless when it is closed. */
void client_close(Client *client, const char *why);
/* Queue a packet and send what can be sent.  Takes @packet and @fds over. */
void client_send(Client *client, GByteArray *packet, const int *fds, size_t n_fds);
/* After anything that decides whether we read: limits, streams, peers. */
void client_update(Client *client);
/* A call goes to a worker or a peer. */
void client_call_begin(Client *client);
/* It has been answered: go on with those parked. */
void client_call_done(Client *client);
void client_set_authenticated(Client *client);
void client_ping(Client *client);
/* Unsent bytes. */
size_t client_unsent(const Client *client);

/* server.c */
void server_client_gone(Server *server, Client *client);
void server_need_clock(Server *server);
void server_need_router_clock(Server *server);
void server_update_accept(Server *server);
/* One of server->in_flight has been answered. */
void server_call_done(Server *server);

/* greeting.c */
/* Takes over @fd. */
void greeting_begin(Server *server, Greeter *greeter, int fd);
void greeting_free(Greeting *greeting);

/* dispatch.c */
/* Handle a packet that is no stream or keepalive; false ends the connection. */
void dispatch_call(Client *client, Packet *packet);
void dispatch_reply_record(Client *client, const FrameHeader *call, const WireType *type,
                           const void *record);
void dispatch_reply_error(Client *client, const FrameHeader *call, const GError *error);
/* An answer's packet; with @failed the error's, @failed set if @record cannot be encoded. */
GByteArray *dispatch_reply_packet(const FrameHeader *call, const WireType *type, const void *record,
                                  size_t n_fds, GError **failed);
GByteArray *dispatch_reply_error_packet(const FrameHeader *call, int type, const GError *error);
/* Send to the client that @task's call belongs to, from a worker. */
extern const SessionOps dispatch_session_ops, dispatch_session_ops_acl;

/* connect.c: true if it took the call. */
bool connect_handle(Client *client, const Method *method, Packet *packet);

/* The connection is open, here or, in the proxy, at the daemon that serves it. */
bool router_is_open(const Client *client);

/* router.c: true if it took the packet, for a peer. */
bool router_call(Client *client, const Method *method, Packet *packet);
bool router_open(Client *client, const FrameHeader *call, const char *name, uint32_t flags);
bool router_stream(Client *client, Packet *packet);
/* Whether the client's requests must wait because a peer is not keeping up. */
bool router_blocked(const Router *router);
void router_update(Router *router);
/* Once a second: deadlines.  False when no peer owes an answer. */
bool router_tick(Router *router);
void router_free(Router *router);
/* For the daemon that takes over. */
GVariant *router_save(const Router *router);
bool router_restore(Client *client, GVariant *state);
/* An id for an event callback that no other of this client has. */
int32_t router_next_callback(Router *router);

/* pump.c */
Pump *pump_new(Client *client, const Method *method, const FrameHeader *call);
Stream *pump_stream(Pump *pump);
/* The call was answered well: data may flow.  With @ok false it never will. */
void pump_start(Pump *pump, bool ok);
/* A stream packet of the client; false if there is no such stream. */
bool pump_packet(Client *client, Packet *packet);
bool pump_blocked(const Client *client);
void pump_writable(Client *client);
void pump_drop_all(Client *client);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Client, client_unref)
