/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* remote.h - a link to a daemon
 *
 * Many threads may call at once over the one socket.  There is no reader thread: of the threads
 * that wait, one holds the right to read and hands out what comes, to itself and to the
 * others, and passes that right on when it has its own answer.  With event callbacks registered,
 * the application's event loop reads too while nobody else does.
 */
#pragma once

#include "rpc/client/link.h"
#include "rpc/transport.h"
#include "util/process.h"

typedef struct RemoteOpen {
    uint32_t program; /* remote or admin */
    const char *name; /* for CONNECT_OPEN */
    uint32_t flags;   /* remoteDriverOpenFlags */
    bool want_uri;    /* ask the daemon for the URI it chose ... */
    char **ret_uri;   /* ... and put it here */
    bool encrypted;   /* the transport is */
    Process *helper;  /* ssh or an external command at the other end; taken over */
} RemoteOpen;

/* Authenticate and open over @transport, which is taken over. */
Link *remote_open(Connection *conn, Transport *transport, const RemoteOpen *open, GError **error);
