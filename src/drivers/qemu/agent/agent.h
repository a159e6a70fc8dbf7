/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* agent.h - the agent of a guest: whether there is one, and what the driver asks of it
 *
 * All that asks the agent runs under a job of kind JOB_AGENT of the guest (most calls have it by their .api row, others
 * begin it with agent_begin()), and under no other job that it could hold up: an agent may be silent as long as it
 * likes.  That the guest has an agent is a channel of its definition; whether it listens is that channel's state.
 */
#pragma once

#include "drivers/qemu/agent/agent_client.h"
#include "drivers/qemu/process/guest.h"

/* The job, for calls that have another one or none by their row. */
Job *agent_begin(Guest *guest, const char *who, GError **error);

/* Its agent, to be unreferenced; NULL with an error when the guest does not run (VIR_ERR_OPERATION_INVALID), has no channel
 * for one (VIR_ERR_ARGUMENT_UNSUPPORTED), or nobody listens there (VIR_ERR_AGENT_UNRESPONSIVE). */
AgentClient *agent_of(Guest *guest, GError **error);
/* The same as a question. */
bool agent_is_there(Guest *guest);
/* Run @command, waiting as long as the guest's users have it set; "return", as agent_client_call(). */
Json *agent_call(Guest *guest, const char *command, Json *arguments, GError **error);
/* One whose end is an event of the guest. */
bool agent_call_until(Guest *guest, const char *command, Json *arguments, unsigned events, GError **error);

/* Stop writing to the file systems at @mountpoints, or to all; how many were frozen. */
bool agent_freeze(Guest *guest, char *const *mountpoints, size_t n, int *ret_count, GError **error);
bool agent_thaw(Guest *guest, int *ret_count, GError **error);
/* Power off, or restart; waits until it is done. */
bool agent_shutdown(Guest *guest, bool reboot, GError **error);

/* ---- for the guest's life ---- */
/* The channel in @doc that is the agent's, or NULL. */
Channel *agent_channel(const Domain *doc);
/* Before @doc is published: which channels are open, of the reply to query-chardev; and the client for its agent. */
void agent_attach(Guest *guest, Domain *doc, Json *chardevs);
/* After that: tell clients of an agent that is there already.
 * @reason: VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_REASON_*; -1: they know. */
void agent_announce(Guest *guest, int reason);
/* What QEMU told: a port was opened or closed, or something happened that a command waits for.  On the main thread. */
void agent_event(Guest *guest, const char *name, Json *data);
/* The guest ended. */
void agent_detach(Guest *guest);
