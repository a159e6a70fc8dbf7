/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* transport.h - a byte pipe to the peer, and descriptors beside it
 *
 * An interface; here is the stream socket, TLS is beside those who use it.  Nothing here
 * blocks: a transport that has nothing to give or no room to take says TRANSPORT_AGAIN, and
 * transport_events() tells what to poll for.  A Transport belongs to one thread at a time.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef struct Transport Transport;

/* What read and write return instead of a count of bytes. */
enum {
    TRANSPORT_EOF = 0,    /* read: the peer has closed */
    TRANSPORT_AGAIN = -1, /* nothing possible now: poll, then try again */
    TRANSPORT_ERROR = -2, /* @error is set; the transport is dead */
};

typedef struct TransportOps {
    /* Read up to @len bytes.  Descriptors that came with them are put into @fds, which has room for
     * *@n_fds; *@n_fds becomes how many.  They came with the last byte returned. */
    ssize_t (*read)(Transport *self, void *buf, size_t len, int *fds, size_t *n_fds,
                    GError **error);
    ssize_t (*write)(Transport *self, const void *buf, size_t len, GError **error);
    /* Send one byte with @fd attached; 1, TRANSPORT_AGAIN or TRANSPORT_ERROR.  NULL: passes none.
     */
    ssize_t (*write_fd)(Transport *self, int fd, GError **error);
    /* POLLIN and POLLOUT to wait for, given what the caller wants to do. */
    short (*events)(Transport *self, bool want_read, bool want_write);
    /* Whether bytes are left that poll() knows nothing of any more; at most one record's.  NULL:
     * never. */
    bool (*has_more)(Transport *self);
    void (*free)(Transport *self);
} TransportOps;

struct Transport {
    const TransportOps *ops;
    int fd;         /* to poll; owned */
    bool is_local;  /* the peer is on this host: identity by SO_PEERCRED */
    bool is_secure; /* nobody between us and the peer can read along */
};

/* A connected UNIX stream socket; takes over @fd and makes it non-blocking. */
Transport *transport_new_unix(int fd);
/* A stream socket that is no UNIX one: descriptors do not pass.  @secure: nobody reads along. */
Transport *transport_new_plain(int fd, bool secure);

void transport_free(Transport *self);

static inline ssize_t
transport_read(Transport *self, void *buf, size_t len, int *fds, size_t *n_fds, GError **error)
{
    return self->ops->read(self, buf, len, fds, n_fds, error);
}

static inline ssize_t
transport_write(Transport *self, const void *buf, size_t len, GError **error)
{
    return self->ops->write(self, buf, len, error);
}

static inline bool
transport_has_more(Transport *self)
{
    return self->ops->has_more && self->ops->has_more(self);
}

static inline bool
transport_passes_fds(const Transport *self)
{
    return self->ops->write_fd != NULL;
}

ssize_t transport_write_fd(Transport *self, int fd, GError **error);
short transport_events(Transport *self, bool want_read, bool want_write);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Transport, transport_free)
