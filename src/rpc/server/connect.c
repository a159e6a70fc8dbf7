/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* connect.c - the calls that the daemon answers itself: who are you, what can you do,
 * open, close, and speaking for somebody else. */
#define ERROR_FROM VIR_FROM_RPC
#include <string.h>
#include <unistd.h>

#include "rpc/server/acl/acl.h"
#include "rpc/server/private.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("rpc.connect");

#define FEATURE_FD_PASSING 8
#define FEATURE_KEEPALIVE 10
#define FEATURE_EVENT_CALLBACK 14
#define FEATURE_CLOSE_CALLBACK 15

static void
auth_list(Client *client, Packet *packet)
{
    int32_t type = client->authenticated ? SERVER_AUTH_NONE : (int32_t)client->auth;
    AuthListRet ret = { .n_types = 1, .types = &type };

    dispatch_reply_record(client, &packet->header, &wire_auth_list_ret, &ret);
}

typedef struct PolkitTask {
    Client *client;
    FrameHeader header;
    Identity identity;
    const char *action;
    GError *error;
    bool ok;
} PolkitTask;

static void
polkit_done(void *opaque)
{
    PolkitTask *task = opaque;
    Client *client = task->client;

    client->authenticating = false;
    if (task->ok) {
        AuthPolkitRet ret = { .complete = 1 };

        client_set_authenticated(client);
        dispatch_reply_record(client, &task->header, &wire_auth_polkit_ret, &ret);
    } else {
        dispatch_reply_error(client, &task->header, task->error);
    }
    client_call_done(client);
    g_clear_error(&task->error);
    identity_clear(&task->identity);
    g_free(task);
    client_unref(client);
}

static void
polkit_run(void *opaque)
{
    PolkitTask *task = opaque;

    task->ok = acl_polkit_ask(task->action, &task->identity, NULL, true, &task->error);
    mailbox_post(task->client->server->mailbox, polkit_done, task);
}

static bool
auth_polkit(Client *client, Packet *packet, GError **error)
{
    PolkitTask *task;

    if (client->auth != SERVER_AUTH_POLKIT || client->authenticated || client->authenticating) {
        error_set(error, VIR_ERR_AUTH_FAILED,
                  "authentication by polkit is not asked of this client now");
        return false;
    }
    if (client->peer.pid <= 0 || !client->peer.start_time) {
        error_set(error, VIR_ERR_AUTH_FAILED, "the process at the other end cannot be identified");
        return false;
    }
    task = g_new0(PolkitTask, 1);
    task->client = client_ref(client);
    task->header = packet->header;
    task->action = client->readonly ? "org.libvirt.unix.monitor" : "org.libvirt.unix.manage";
    identity_copy(&task->identity, &client->peer);
    client->authenticating = true;
    client_call_begin(client);
    workers_push(client->server->workers, true, polkit_run, task);
    return true;
}

static bool
do_open(Client *client, Packet *packet, GError **error)
{
    ConnectOpenArgs args = { 0 };
    bool ok;

    if (!wire_decode(&wire_connect_open_args, packet->payload, packet->len, NULL, &args, error))
        return false;
    if (client->server->config.proxy) {
        ok = router_open(client, &packet->header, args.name ? args.name : "", args.flags);
        if (!ok)
            error_set(error, VIR_ERR_INTERNAL_ERROR, "connection is already open");
    } else {
        ok = session_open(client->session, args.name ? args.name : "", args.flags & VIR_CONNECT_RO,
                          error);
        if (ok)
            dispatch_reply_record(client, &packet->header, NULL, NULL);
    }
    wire_free(&wire_connect_open_args, &args);
    return ok;
}

typedef struct CloseTask {
    Client *client;
    Session *session; /* the client's, who may lose it meanwhile */
    FrameHeader header;
} CloseTask;

static void
close_done(void *opaque)
{
    CloseTask *task = opaque;

    task->client->close_when_sent = true;
    dispatch_reply_record(task->client, &task->header, NULL, NULL);
    client_call_done(task->client);
    session_unref(task->session);
    client_unref(task->client);
    g_free(task);
}

static void
close_run(void *opaque)
{
    CloseTask *task = opaque;

    session_close(task->session);
    mailbox_post(task->client->server->mailbox, close_done, task);
}

/* Who is told that the connection is closed finds what it held given back: opened again, a node that lives
 * while it is used has begun anew. */
static void
do_close(Client *client, Packet *packet)
{
    Session *session = client->session;
    CloseTask *task;

    if (client->in_flight || !session->open || !session->driver->close) {
        client->close_when_sent = true;
        dispatch_reply_record(client, &packet->header, NULL, NULL);
        return;
    }
    task = g_new0(CloseTask, 1);
    task->client = client_ref(client);
    task->session = session_ref(session);
    task->header = packet->header;
    client_call_begin(client);
    workers_push(client->server->workers, false, close_run, task);
}

static bool
supports_feature(Client *client, Packet *packet, bool *ret_taken, GError **error)
{
    ConnectSupportsFeatureArgs args = { 0 };
    ConnectSupportsFeatureRet ret = { .supported = 1 };

    *ret_taken = true;
    if (!wire_decode(&wire_connect_supports_feature_args, packet->payload, packet->len, NULL, &args,
                     error))
        return false;
    switch (args.feature) {
    case FEATURE_KEEPALIVE:
        if (client->server->config.limits.keepalive_interval > 0) {
            client->keepalive = client->heard = true;
            server_need_clock(client->server);
        }
        break;
    case FEATURE_FD_PASSING:
        ret.supported = transport_passes_fds(client->transport);
        break;
    case FEATURE_EVENT_CALLBACK:
    case FEATURE_CLOSE_CALLBACK:
        break;
    default:
        *ret_taken = false; /* the driver knows */
        return true;
    }
    dispatch_reply_record(client, &packet->header, &wire_connect_supports_feature_ret, &ret);
    return true;
}

/* Overwrite the one fact about the caller that @param names. */
static bool
take_identity(Identity *identity, const WireTypedParam *param, GError **error)
{
    static const struct {
        const char *name;
        size_t at;
    } strings[] = {
        { VIR_CONNECT_IDENTITY_USER_NAME, offsetof(Identity, user_name) },
        { VIR_CONNECT_IDENTITY_GROUP_NAME, offsetof(Identity, group_name) },
        { VIR_CONNECT_IDENTITY_SASL_USER_NAME, offsetof(Identity, sasl_user) },
        { VIR_CONNECT_IDENTITY_X509_DISTINGUISHED_NAME, offsetof(Identity, x509_dname) },
        { VIR_CONNECT_IDENTITY_SELINUX_CONTEXT, offsetof(Identity, selinux_context) },
    }, numbers[] = {
        { VIR_CONNECT_IDENTITY_UNIX_USER_ID, offsetof(Identity, uid) },
        { VIR_CONNECT_IDENTITY_UNIX_GROUP_ID, offsetof(Identity, gid) },
        { VIR_CONNECT_IDENTITY_PROCESS_ID, offsetof(Identity, pid) },
        { VIR_CONNECT_IDENTITY_PROCESS_TIME, offsetof(Identity, start_time) },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(strings); i++) {
        char **to = (char **)((char *)identity + strings[i].at);

        if (strcmp(param->field, strings[i].name) != 0)
            continue;
        if (param->value.type != VIR_TYPED_PARAM_STRING || *to) {
            error_set(error, VIR_ERR_INVALID_ARG, "identity '%s' must be one string", param->field);
            return false;
        }
        *to = g_strdup(param->value.s);
        return true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        if (strcmp(param->field, numbers[i].name) != 0)
            continue;
        if (param->value.type == VIR_TYPED_PARAM_ULLONG ||
            param->value.type == VIR_TYPED_PARAM_LLONG) {
            *(int64_t *)((char *)identity + numbers[i].at) = param->value.l;
            return true;
        }
        error_set(error, VIR_ERR_INVALID_ARG, "identity '%s' must be a number", param->field);
        return false;
    }
    error_set(error, VIR_ERR_INVALID_ARG, "unknown identity '%s'", param->field);
    return false;
}

/* A sibling speaks for its client.  Only root, or the user the daemon runs as, can be a sibling. */
static bool
set_identity(Client *client, Packet *packet, GError **error)
{
    ConnectSetIdentityArgs args = { 0 };
    Identity identity;
    Session *session = client->session;
    bool ok;

    if (client->peer.uid != 0 && client->peer.uid != (int64_t)geteuid()) {
        error_set(error, VIR_ERR_ACCESS_DENIED,
                  "user %" G_GINT64_FORMAT " may not speak for others", client->peer.uid);
        return false;
    }
    if (!wire_decode(&wire_connect_set_identity_args, packet->payload, packet->len, NULL, &args,
                     error))
        return false;
    identity_init(&identity);
    ok = args.flags == 0;
    if (!ok)
        error_set(error, VIR_ERR_INVALID_ARG, "unsupported flags (0x%x) in function %s", args.flags,
                  "virConnectSetIdentity");
    for (uint32_t i = 0; ok && i < args.n_params; i++)
        ok = take_identity(&identity, &args.params[i], error);
    wire_free(&wire_connect_set_identity_args, &args);
    if (!ok) {
        identity_clear(&identity);
        return false;
    }
    lock_acquire(&session->lock);
    identity_clear(&session->identity);
    session->identity = identity;
    if (client->server->config.acl_polkit)
        session->ops = identity.uid == 0 ? &dispatch_session_ops : &dispatch_session_ops_acl;
    lock_release(&session->lock);
    dispatch_reply_record(client, &packet->header, NULL, NULL);
    return true;
}

static bool
close_callback(Client *client, Packet *packet, bool on, GError **error)
{
    if (!router_is_open(client)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "connection not open");
        return false;
    }
    if (client->close_callback == on) {
        error_set(error, VIR_ERR_OPERATION_INVALID,
                  on ? "a close callback is registered already"
                     : "no close callback is registered");
        return false;
    }
    client->close_callback = on;
    dispatch_reply_record(client, &packet->header, NULL, NULL);
    return true;
}

/* The administration program has its own pair to open and close. */
static bool
handle_admin(Client *client, const Method *m, Packet *packet)
{
    g_autoptr(GError) error = NULL;
    AdminConnectOpenArgs args = { 0 };

    if (m->proc == PROC_ADMIN_CONNECT_CLOSE) {
        do_close(client, packet);
        return true;
    }
    if (m->proc != PROC_ADMIN_CONNECT_OPEN)
        return false;
    if (wire_decode(&wire_admin_connect_open_args, packet->payload, packet->len, NULL, &args,
                    &error) &&
        args.flags)
        error_set(&error, VIR_ERR_INVALID_ARG, "unsupported flags (0x%x) in function %s",
                  args.flags, m->name);
    if (!error && session_open(client->session, "", false, &error))
        dispatch_reply_record(client, &packet->header, NULL, NULL);
    else
        dispatch_reply_error(client, &packet->header, error);
    return true;
}

bool
connect_handle(Client *client, const Method *m, Packet *packet)
{
    g_autoptr(GError) error = NULL;
    bool taken = true, ok = true;

    if (m->program == PROGRAM_ADMIN)
        return handle_admin(client, m, packet);
    if (m->program != PROGRAM_REMOTE)
        return false;
    switch (m->proc) {
    case PROC_AUTH_LIST:
        auth_list(client, packet);
        break;
    case PROC_AUTH_POLKIT:
        ok = auth_polkit(client, packet, &error);
        break;
    case PROC_AUTH_SASL_INIT:
    case PROC_AUTH_SASL_START:
    case PROC_AUTH_SASL_STEP:
        error_set(&error, VIR_ERR_AUTH_FAILED, "authentication failed");
        ok = false;
        break;
    case PROC_CONNECT_OPEN:
        ok = do_open(client, packet, &error);
        break;
    case PROC_CONNECT_CLOSE:
        do_close(client, packet);
        break;
    case PROC_CONNECT_SUPPORTS_FEATURE:
        ok = supports_feature(client, packet, &taken, &error);
        break;
    case PROC_CONNECT_SET_IDENTITY:
        ok = set_identity(client, packet, &error);
        break;
    case PROC_CONNECT_REGISTER_CLOSE_CALLBACK:
    case PROC_CONNECT_UNREGISTER_CLOSE_CALLBACK:
        ok =
            close_callback(client, packet, m->proc == PROC_CONNECT_REGISTER_CLOSE_CALLBACK, &error);
        break;
    default:
        return false;
    }
    if (!ok)
        dispatch_reply_error(client, &packet->header, error);
    return taken;
}
