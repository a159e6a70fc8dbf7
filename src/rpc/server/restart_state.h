/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* restart_state.h - what libvirt's daemons write of themselves before they run their own program again
 *
 * virtlogd and virtlockd are replaced in that way while others hold connections to them: their listening sockets and those
 * of their clients stay open, and a JSON document says which descriptor is what.  (The other daemons of ours hand over
 * through systemd instead: handover.c.)
 */
#pragma once

#include "util/json.h"

/* The document in @text, of any age, checked and with everything that a writer of today says:
 *
 *     { "servers": { NAME: { limits..., "next_client_id",
 *           "services": [{ "auth", "readonly", "nrequests_client_max", "socks": [{ "fd", ... }] }],
 *           "clients": [{ "id", "auth", "auth_pending", "readonly", "nrequests_max", "conn_time", "sock", "privateData" }] } } }
 *
 * The oldest documents are one server alone: it is taken for the first of @names, which ends with NULL and says what servers
 * must be there. */
Json *restart_state_parse(const char *text, const char *const *names, GError **error);
