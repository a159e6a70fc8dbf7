/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* transport.c - the UNIX stream socket as a transport
 *
 * recvmsg() on such a socket never reads past a byte that carries descriptors, so
 * those it returns always came with the last byte returned; frame.c relies on it.
 */
#define ERROR_FROM VIR_FROM_RPC
#include "rpc/transport.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/error.h"
#include "util/fd.h"

enum { CMSG_FDS_MAX = 253 }; /* what Linux allows in one message */

static ssize_t
unix_read(Transport *self, void *buf, size_t len, int *fds, size_t *n_fds, GError **error)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(CMSG_FDS_MAX * sizeof(int))];
    } control;
    struct iovec iov = { .iov_base = buf, .iov_len = len };
    struct msghdr msg = { .msg_iov = &iov,
                          .msg_iovlen = 1,
                          .msg_control = control.bytes,
                          .msg_controllen = sizeof(control.bytes) };
    size_t room = *n_fds;
    bool too_many = false;
    ssize_t got;

    *n_fds = 0;
    do
        got = recvmsg(self->fd, &msg, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return TRANSPORT_AGAIN;
    if (got < 0 && errno == ECONNRESET)
        return TRANSPORT_EOF; /* closed with our data unread: nothing more will come either way */
    if (got < 0) {
        error_set_errno(error, errno, "cannot read from the connection");
        return TRANSPORT_ERROR;
    }
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
        size_t n;

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
            if (*n_fds < room) {
                fds[(*n_fds)++] = fd;
            } else {
                close(fd);
                too_many = true;
            }
        }
    }
    if (too_many || (msg.msg_flags & MSG_CTRUNC)) {
        for (size_t i = 0; i < *n_fds; i++)
            close(fds[i]);
        *n_fds = 0;
        error_set(error, VIR_ERR_RPC,
                  msg.msg_flags & MSG_CTRUNC
                      ? "descriptors sent by the peer were lost: out of file descriptors"
                      : "the peer sent more file descriptors than a message may carry");
        return TRANSPORT_ERROR;
    }
    return got;
}

static ssize_t
send_result(ssize_t sent, GError **error)
{
    if (sent >= 0)
        return sent;
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return TRANSPORT_AGAIN;
    error_set_errno(error, errno, "cannot write to the connection");
    return TRANSPORT_ERROR;
}

static ssize_t
unix_write(Transport *self, const void *buf, size_t len, GError **error)
{
    ssize_t sent;

    do
        sent = send(self->fd, buf, len, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return send_result(sent, error);
}

static ssize_t
unix_write_fd(Transport *self, int fd, GError **error)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = { 0 };
    char byte = 0;
    struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
    struct msghdr msg = { .msg_iov = &iov,
                          .msg_iovlen = 1,
                          .msg_control = control.bytes,
                          .msg_controllen = sizeof(control.bytes) };
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
    ssize_t sent;

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &fd, sizeof(int));
    do
        sent = sendmsg(self->fd, &msg, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return send_result(sent, error);
}

static short
unix_events(Transport *self G_GNUC_UNUSED, bool want_read, bool want_write)
{
    return (short)((want_read ? POLLIN : 0) | (want_write ? POLLOUT : 0));
}

static void
unix_free(Transport *self)
{
    fd_close(&self->fd);
    g_free(self);
}

static const TransportOps unix_ops = {
    .read = unix_read,
    .write = unix_write,
    .write_fd = unix_write_fd,
    .events = unix_events,
    .free = unix_free,
};

static const TransportOps plain_ops = {
    .read = unix_read,
    .write = unix_write,
    .events = unix_events,
    .free = unix_free,
};

Transport *
transport_new_unix(int fd)
{
    Transport *self = g_new0(Transport, 1);
    int flags = fcntl(fd, F_GETFL);

    self->ops = &unix_ops;
    self->fd = fd;
    self->is_local = self->is_secure = true;
    if (flags >= 0 && !(flags & O_NONBLOCK))
        fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    return self;
}

Transport *
transport_new_plain(int fd, bool secure)
{
    Transport *self = transport_new_unix(fd);

    self->ops = &plain_ops;
    self->is_local = false;
    self->is_secure = secure;
    return self;
}

void
transport_free(Transport *self)
{
    if (self)
        self->ops->free(self);
}

ssize_t
transport_write_fd(Transport *self, int fd, GError **error)
{
    if (!self->ops->write_fd) {
        error_set(error, VIR_ERR_NO_SUPPORT, "file descriptors cannot travel over this connection");
        return TRANSPORT_ERROR;
    }
    return self->ops->write_fd(self, fd, error);
}

short
transport_events(Transport *self, bool want_read, bool want_write)
{
    return self->ops->events(self, want_read, want_write);
}
