/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* agent_client.h - one connection to the agent of a guest
 *
 * Calls block the worker they are made in, one at a time: who calls holds the guest's agent job.  The others may come
 * from any thread.  The peer is a program of the guest, so what it sends is bounded and read as data only; a connection
 * that is out of step is given up and dialled again by the next call.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/json.h"

enum {
    AGENT_CLIENT_REPLY_MAX = 10 << 20, /* longest reply, and most that is skipped before one */
    AGENT_CLIENT_SYNC_S = 5,           /* it must show within so many seconds that it is there */
    AGENT_CLIENT_LONGEST_S = 3600,     /* "as long as it takes" */
};

/* What ends a command that has no reply when it worked. */
typedef enum {
    AGENT_EVENT_SHUTDOWN = 1 << 0,
    AGENT_EVENT_RESET = 1 << 1,
    AGENT_EVENT_SUSPEND = 1 << 2,
    AGENT_EVENT_LOST = 1 << 3,  /* the agent closed its side */
    AGENT_EVENT_END = 1 << 4,   /* the guest ended */
} AgentEvent;

typedef struct AgentClient AgentClient;

/* Nothing is dialled yet.  @path: the host's end of the channel; @name is the guest's, for messages. */
AgentClient *agent_client_new(const char *path, const char *name);
AgentClient *agent_client_ref(AgentClient *client);
void agent_client_unref(AgentClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AgentClient, agent_client_unref)

/* Tell who waits that this came. LOST also ends the connection; END does so for good. */
void agent_client_tell(AgentClient *client, AgentEvent event);

/* Dial, if that has not been done: an agent in the guest spins while nobody holds the other end. */
bool agent_client_dial(AgentClient *client, GError **error);

/* How long calls wait: VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_* or seconds. */
typedef struct AgentAsk {
    int timeout;
    unsigned events;    /* AgentEvent: any of these is success as well */
} AgentAsk;

/* Run @command with @arguments (taken, may be NULL).  The "return" member; an empty object when an awaited event came
 * instead.  VIR_ERR_AGENT_UNRESPONSIVE if nobody is there, VIR_ERR_AGENT_COMMAND_TIMEOUT when it began and took too
 * long, VIR_ERR_OPERATION_UNSUPPORTED for a command the agent has not, VIR_ERR_AGENT_COMMAND_FAILED with its words. */
Json *agent_client_call(AgentClient *client, const char *command, Json *arguments, const AgentAsk *ask, GError **error);

/* The whole reply, an error being one, to a request that a user wrote. */
Json *agent_client_raw(AgentClient *client, Json *request, const AgentAsk *ask, GError **error);
