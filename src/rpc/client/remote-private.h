/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* remote-private.h - shared by remote.c, remote-stream.c and remote-open.c
 *
 * Unless said otherwise, functions that take a Remote want its lock held.
 */
#pragma once

#include "rpc/client/client-stream.h"
#include "rpc/client/connection.h"
#include "rpc/client/remote.h"
#include "rpc/frame.h"
#include "util/lock.h"

/* A thread that waits for something; on its stack. */
typedef struct Wait {
    struct Wait *next;
    Cond cond;
    bool asleep; /* in cond_wait: may be handed the right to read */
    bool done;
    LinkCall *call; /* for a reply ... */
    uint32_t program, serial;
    int32_t proc;
    ClientStream *stream; /* ... or for news of a stream; with @end for the answer to its end */
    bool end;
    GError *error;
} Wait;

typedef struct Remote {
    Link link;
    int refs;
    uint32_t program;
    bool encrypted;
    Process helper;
    Subscriptions *events; /* a reference: the loop may look at us when the connection is gone */

    Lock lock;
    Transport *transport;
    FrameReader *reader; /* used by whoever holds `reading` */
    FrameWriter *writer;
    uint32_t next_serial;
    bool reading;
    bool closing;
    bool dead;
    bool reported; /* connection_lost() was called */
    int reason;    /* virConnectCloseReason, once dead */
    GError *cause; /* for the calls in flight */
    Wait *waits;
    GPtrArray *streams; /* of ClientStream, no references */
    bool events_came;   /* for subscribe_kick(), once the lock is released */
    GPtrArray *kicked;  /* streams that need their callback looked at; references */
    bool full;          /* the socket took less than there is to send */

    int watch;      /* of the event loop, on epoll_fd; -1: none */
    int epoll_fd;   /* holds the socket: taken off while a caller reads it himself, so that ... */
    uint32_t armed; /* ... the loop's thread sleeps on; EPOLLIN and EPOLLOUT, as set */
    unsigned int waiting; /* callers that wait */
    int timer;            /* keepalive; -1: none */
    int64_t last_heard;
    int keepalive_ms;
    unsigned int keepalive_count, unanswered;
} Remote;

enum { REMOTE_CALLS_MAX = 2 };

/* Hand to the socket what it takes now. */
void remote_flush(Remote *r);
/* What must happen without the lock after any change of state; takes the lock off. */
void remote_release(Remote *r);
/* With nobody reading: wait for the socket and hand out what came. */
void remote_read_round(Remote *r, int timeout_ms);
/* With somebody else reading: wait a little for room to write. */
void remote_write_round(Remote *r);
void remote_wait_begin(Remote *r, Wait *w);
void remote_wait_end(Remote *r, Wait *w);
/* Until it is done, the link is dead or @deadline (monotonic microseconds, 0: none) has passed. */
void remote_wait_for(Remote *r, Wait *w, int64_t deadline);
void remote_wait_done(Wait *w, GError *error);
void remote_hand_over(Remote *r);
bool remote_check_alive(Remote *r, GError **error);

/* Without the lock. */
Remote *remote_new(Connection *conn, Transport *transport, uint32_t program);
bool remote_listen(Link *link, GError **error);
/* Send up to REMOTE_CALLS_MAX calls with one write and wait for all their answers; @errors has one
 * place for each.  Descriptors can go with the first only. */
bool remote_calls(Remote *r, LinkCall *calls, size_t n, int64_t deadline, GError **errors);

/* remote-stream.c */
void remote_stream_kick(Remote *r, ClientStream *st);
void remote_stream_take_packet(Remote *r, const Packet *packet);
ssize_t remote_stream_send(Link *link, ClientStream *st, const void *data, size_t len,
                           GError **error);
bool remote_stream_send_hole(Link *link, ClientStream *st, int64_t length, GError **error);
ssize_t remote_stream_recv(Link *link, ClientStream *st, void *data, size_t len, bool stop_at_hole,
                           GError **error);
bool remote_stream_recv_hole(Link *link, ClientStream *st, int64_t *ret_length, GError **error);
bool remote_stream_end(Link *link, ClientStream *st, bool abort, GError **error);
int remote_stream_ready(Link *link, ClientStream *st, int wanted);
bool remote_stream_watch(Link *link, ClientStream *st, int wanted, GError **error);
void remote_stream_gone(Link *link, ClientStream *st);
