/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* link.h - what a connection is connected to
 *
 * Either a daemon at the other end of a transport (remote.c) or a driver inside this process
 * (local.c).  The entry points, events and streams above know only this interface.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "rpc/method.h"

typedef struct Link Link;
typedef struct Connection Connection;
typedef struct ClientStream ClientStream;

enum { LINK_FDS_MAX = 32 };

/* One call: in and out. */
typedef struct LinkCall {
    const Method *method;
    const void *args; /* record of method->args */
    void *ret;        /* zeroed record of method->ret; filled on success, the caller's to free */
    const int *fds;   /* to hand over; stay the caller's */
    size_t n_fds;
    int *ret_fds;         /* room for LINK_FDS_MAX, or NULL: none are expected */
    size_t n_ret_fds;     /* how many came; the caller's to close */
    ClientStream *stream; /* for methods with a stream */
} LinkCall;

/* What streams return instead of a count of bytes. */
enum {
    LINK_AGAIN = -2, /* non-blocking, and nothing can be done now */
    LINK_HOLE = -3,  /* a hole is next, and it was asked to stop there */
    LINK_FAILED = -1,
};

typedef struct LinkOps {
    bool remote; /* a daemon is at the other end, maybe of another age; else we are both ends */

    /* Any thread; blocks until answered. */
    bool (*call)(Link *link, LinkCall *call, GError **error);

    /* From now on events are wanted: have them read and given to subscribe_deliver() even while no
     * call runs. Needs an event loop. */
    bool (*listen)(Link *link, GError **error);

    bool (*is_alive)(Link *link);
    bool (*is_secure)(Link *link);
    bool (*is_encrypted)(Link *link);
    /* 0 done, 1 the other side does not know how, -1 error. */
    int (*set_keepalive)(Link *link, int interval, unsigned int count, GError **error);

    /* Streams; see client-stream.h for what each means. */
    ssize_t (*stream_send)(Link *link, ClientStream *st, const void *data, size_t len,
                           GError **error);
    bool (*stream_send_hole)(Link *link, ClientStream *st, int64_t length, GError **error);
    ssize_t (*stream_recv)(Link *link, ClientStream *st, void *data, size_t len, bool stop_at_hole,
                           GError **error);
    bool (*stream_recv_hole)(Link *link, ClientStream *st, int64_t *ret_length, GError **error);
    bool (*stream_end)(Link *link, ClientStream *st, bool abort, GError **error);
    /* VIR_STREAM_EVENT_* that hold now, of @wanted. */
    int (*stream_ready)(Link *link, ClientStream *st, int wanted);
    /* @wanted changed: have the stream's timer fired when one of them comes true. */
    bool (*stream_watch)(Link *link, ClientStream *st, int wanted, GError **error);
    void (*stream_gone)(Link *link, ClientStream *st);

    /* Say goodbye and free. */
    void (*close)(Link *link);
} LinkOps;

struct Link {
    const LinkOps *ops;
    Connection *conn; /* who owns the link; no reference */
};
