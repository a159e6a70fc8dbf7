/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qmp_client.h - one connection to a QEMU machine protocol server
 *
 * The main loop reads the socket; any worker may call.  Calls are pipelined and matched by id, each
 * with a deadline, so that an emulator that hangs costs only those who ask that guest.  What
 * the other side sends is hostile: lines are bounded, and the first one that is not QMP ends the
 * connection.  Typed commands stand in qmp.h.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/json.h"

typedef struct QmpClient QmpClient;

enum {
    QMP_CLIENT_LINE_MAX = 10 << 20, /* longest reply that is read */
    QMP_CLIENT_DEPTH_MAX = 64,
    QMP_CLIENT_TIMEOUT = 30000,     /* milliseconds, for commands that give no other */
};

typedef struct QmpClientHooks {
    /* Both run on the context's thread, with no lock held, and may not call back into QEMU. @data is
     * borrowed (copy deeply what must last: json-c counts references without atomics); NULL when there is none. */
    void (*event)(void *data, const char *name, Json *event_data, int64_t seconds, int64_t micros);
    /* The connection ended, once: @reason says why.  Not called after qmp_client_close(). */
    void (*closed)(void *data, const GError *reason);
} QmpClientHooks;

/* Take over @fd.  @name is the guest's, for messages.  @data is given back by @free_data when the last
 * reference is gone. */
QmpClient *qmp_client_new(GMainContext *context, int fd, const char *name, const QmpClientHooks *hooks, void *data,
                          GDestroyNotify free_data);

QmpClient *qmp_client_ref(QmpClient *client);
void qmp_client_unref(QmpClient *client);

/* Wait for the greeting and leave negotiation mode. */
bool qmp_client_handshake(QmpClient *client, int timeout_ms, GError **error);

/* Run @command; @arguments (taken, may be NULL).  Returns the "return" member, never NULL on success.
 * Fails with VIR_ERR_OPERATION_TIMEOUT at the deadline, VIR_ERR_OPERATION_UNSUPPORTED for a command QEMU lacks,
 * VIR_ERR_DEVICE_MISSING for an object it lacks, VIR_ERR_OPERATION_FAILED when the connection is gone.
 * Not on the context's own thread. */
Json *qmp_client_call(QmpClient *client, const char *command, Json *arguments, int timeout_ms,
                             GError **error);

/* The same with a descriptor beside it (getfd, add-fd); @fd stays the caller's. */
Json *qmp_client_call_fd(QmpClient *client, const char *command, Json *arguments, int fd, int timeout_ms,
                                GError **error);

/* The whole reply to a request text that a user wrote, with "id" restored; for qemu-monitor-command. */
Json *qmp_client_raw(QmpClient *client, Json *request, int timeout_ms, GError **error);
/* The same with a descriptor beside it (-1: none); @fd stays the caller's. */
Json *qmp_client_raw_fd(QmpClient *client, Json *request, int fd, int timeout_ms, GError **error);

/* End it: whoever waits gets an error.  Idempotent. */
void qmp_client_close(QmpClient *client);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QmpClient, qmp_client_unref)
