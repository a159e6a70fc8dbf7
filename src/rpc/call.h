/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* call.h - one call on its way through the pipeline
 *
 * The pipeline is the same for a call that came over the wire (rpc/server) and for one to an
 * in-process driver (rpc/client):
 *
 *     flags -> session -> resolve -> ACL -> job -> row -> ACL filter
 *
 * so what a driver's function sees is always checked.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "rpc/method.h"
#include "rpc/session.h"

typedef struct Call Call;
typedef struct Stream Stream;
typedef struct DriverRow DriverRow;

enum { CALL_FDS_MAX = 32 };

struct Call {
    Session *session;
    const Method *method;
    const DriverRow *row;
    void *args;     /* record of method->args, or NULL */
    void *ret;      /* zeroed record of method->ret, or NULL; freed by the caller of call_run */
    uint32_t flags; /* the flags argument, 0 when the call has none */

    int fds[CALL_FDS_MAX]; /* came with the call; closed after it unless stolen (set to -1) */
    size_t n_fds;
    int ret_fds[CALL_FDS_MAX]; /* go back with the reply; closed after it is sent */
    size_t n_ret_fds;
    Stream *stream; /* for methods with a stream; attach with stream_attach() */

    /* The driver's (drivers/common). */
    void *object; /* what resolve found: Vm, Network ...; a reference is held */
    void *job;
    void *live,
        *config; /* ROW_LIVE_CONFIG: the definitions this call is to change or read, or NULL */
};

/* May @session use @perm on the wire object @record of class @cls?  For lists, and for events
 * (@call is NULL then).  True when nobody checks; may block when somebody does. */
bool call_may_see(Call *call, Session *session, AclPerm perm, ObjectClass cls, const void *record);

/* Run @call through the pipeline.  False with @error set if any step refused. */
bool call_run(Call *call, GError **error);

/* Hand @fd to the client with the reply.  Takes ownership. */
void call_return_fd(Call *call, int fd);

/* The file descriptor at @index that came with the call, now the caller's; -1 if there is none. */
int call_steal_fd(Call *call, size_t index);

/* Close what is left of fds and ret_fds. */
void call_clear_fds(Call *call);
