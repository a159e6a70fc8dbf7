/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* remote-open.c - authentication and opening
 *
 * Most daemons let us in without more ado, so AUTH_LIST and CONNECT_OPEN travel together: one round
 * trip. Where the daemon wants authentication first it refuses the second, without effect, and it
 * is sent again.  What a client may never need to know (features) is asked when it is needed.
 */
#define ERROR_FROM VIR_FROM_RPC
#include <string.h>

#include "rpc/client/remote-private.h"
#include "util/error.h"

enum { OPEN_DEADLINE_MS = 60000, AUTH_NONE = 0, AUTH_SASL = 1, AUTH_POLKIT = 2 };

static int64_t
deadline(void)
{
    return g_get_monotonic_time() + (int64_t)OPEN_DEADLINE_MS * 1000;
}

static bool
call_one(Remote *r, LinkCall call, GError **error)
{
    GError *failed = NULL;

    if (remote_calls(r, &call, 1, deadline(), &failed))
        return true;
    g_propagate_error(error, failed);
    return false;
}

static bool
authenticate(Remote *r, const AuthListRet *list, bool *ret_needed, GError **error)
{
    *ret_needed = false;
    for (uint32_t i = 0; i < list->n_types; i++) {
        AuthPolkitRet polkit = { 0 };

        switch (list->types[i]) {
        case AUTH_NONE:
            return true;
        case AUTH_POLKIT:
            *ret_needed = true;
            return call_one(r,
                            (LinkCall){ .method = method_lookup(PROGRAM_REMOTE, PROC_AUTH_POLKIT),
                                        .ret = &polkit },
                            error);
        default:
            break;
        }
    }
    if (!list->n_types)
        return true;
    error_set(error, VIR_ERR_AUTH_FAILED,
              "the daemon wants authentication of type %d%s, which this library lacks",
              list->types[0], list->types[0] == AUTH_SASL ? " (SASL)" : "");
    return false;
}

static bool
open_connection(Remote *r, const RemoteOpen *open, GError **error)
{
    AuthListRet list = { 0 };
    ConnectOpenArgs args = { .name = (char *)open->name, .flags = open->flags };
    LinkCall calls[REMOTE_CALLS_MAX] = {
        { .method = method_lookup(PROGRAM_REMOTE, PROC_AUTH_LIST), .ret = &list },
        { .method = method_lookup(PROGRAM_REMOTE, PROC_CONNECT_OPEN), .args = &args },
    };
    GError *errors[REMOTE_CALLS_MAX] = { NULL, NULL };
    bool needed = false, ok;

    /* Over TLS, daemons of old do not see a second packet that came in one record with the first.
     */
    if (r->transport->is_local) {
        ok = remote_calls(r, calls, 2, deadline(), errors);
    } else {
        ok = remote_calls(r, calls, 1, deadline(), errors);
        error_set(&errors[1], VIR_ERR_RPC, "not sent yet");
    }
    if (!ok && errors[0] && !error_is(errors[0], VIR_ERR_NO_SUPPORT)) {
        g_clear_error(&errors[1]);
        g_propagate_error(error, errors[0]);
        return false;
    }
    g_clear_error(&errors[0]);
    if (errors[1] && !error_is(errors[1], VIR_ERR_RPC)) {
        wire_free(&wire_auth_list_ret, &list);
        g_propagate_error(error, errors[1]);
        return false;
    }
    ok = authenticate(r, &list, &needed, error);
    wire_free(&wire_auth_list_ret, &list);
    /* Refused because it came too early: before authentication, or beside it in a daemon of many
     * threads. */
    if (ok && errors[1])
        ok = call_one(r, calls[1], error);
    g_clear_error(&errors[1]);
    return ok;
}

Link *
remote_open(Connection *conn, Transport *transport, const RemoteOpen *open, GError **error)
{
    Remote *r = remote_new(conn, transport, open->program);
    AdminConnectOpenArgs admin_args = { .flags = 0 };
    bool ok;

    r->encrypted = open->encrypted;
    if (open->helper) {
        r->helper = *open->helper;
        *open->helper = (Process)PROCESS_INIT;
    }
    if (open->program == PROGRAM_ADMIN)
        ok = call_one(r,
                      (LinkCall){ .method = method_lookup(PROGRAM_ADMIN, PROC_ADMIN_CONNECT_OPEN),
                                  .args = &admin_args },
                      error);
    else
        ok = open_connection(r, open, error);
    if (ok && open->want_uri) {
        ConnectGetUriRet uri = { 0 };

        ok = call_one(r,
                      (LinkCall){ .method = method_lookup(PROGRAM_REMOTE, PROC_CONNECT_GET_URI),
                                  .ret = &uri },
                      error);
        *open->ret_uri = uri.uri;
    }
    if (!ok) {
        r->dead = r->reported = true; /* nothing to say goodbye to */
        r->link.ops->close(&r->link);
        return NULL;
    }
    return &r->link;
}
