/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* admin.c - the administration program: servers, clients, limits, logging, shutdown. */
#define ERROR_FROM VIR_FROM_ADMIN
#include <libvirt/libvirt-admin.h>
#include <string.h>

#include "daemons/private.h"
#include "rpc/server/names.h"
#include "util/error.h"
#include "util/log.h"

/* Rows run on the main thread: they only look at and set what it owns. */
#define ROW(name, function)                                                                        \
    [PROC_ADMIN_##name] = { .fn = function, .flags = ~0u, .how = ROW_INLINE | ROW_NO_JOB }

static Server *
find_server(const char *name, GError **error)
{
    if (strcmp(name, server_name(daemon_running->server)) == 0)
        return daemon_running->server;
    if (strcmp(name, server_name(daemon_running->admin)) == 0)
        return daemon_running->admin;
    error_set(error, VIR_ERR_NO_SERVER, "there is no server '%s' in this daemon", name);
    return NULL;
}

static bool
get_lib_version(Call *call, GError **error G_GNUC_UNUSED)
{
    ((AdminConnectGetLibVersionRet *)call->ret)->libVer = LIBVIR_VERSION_NUMBER;
    return true;
}

static bool
list_servers(Call *call, GError **error G_GNUC_UNUSED)
{
    const AdminConnectListServersArgs *args = call->args;
    AdminConnectListServersRet *ret = call->ret;

    ret->ret = 2;
    if (!args->need_results)
        return true;
    ret->n_servers = 2;
    ret->servers = g_new0(__typeof__(*ret->servers), 2);
    ret->servers[0].name = g_strdup(server_name(daemon_running->server));
    ret->servers[1].name = g_strdup(server_name(daemon_running->admin));
    return true;
}

static bool
lookup_server(Call *call, GError **error)
{
    const AdminConnectLookupServerArgs *args = call->args;
    AdminConnectLookupServerRet *ret = call->ret;

    if (!find_server(args->name, error))
        return false;
    ret->srv.name = g_strdup(args->name);
    return true;
}

/* Growing arrays of typed parameters for replies. */
static WireTypedParam *
add_param(WireTypedParam **params, uint32_t *n, const char *field, int type)
{
    *params = g_renew(WireTypedParam, *params, *n + 1);
    memset(&(*params)[*n], 0, sizeof(**params));
    (*params)[*n].field = g_strdup(field);
    (*params)[*n].value.type = type;
    return &(*params)[(*n)++];
}

static void
add_uint(WireTypedParam **params, uint32_t *n, const char *field, unsigned value)
{
    add_param(params, n, field, VIR_TYPED_PARAM_UINT)->value.ui = value;
}

static void
add_int(WireTypedParam **params, uint32_t *n, const char *field, int64_t value)
{
    if (value >= 0)
        add_param(params, n, field, VIR_TYPED_PARAM_INT)->value.i = (int32_t)value;
}

static void
add_string(WireTypedParam **params, uint32_t *n, const char *field, const char *value)
{
    if (value)
        add_param(params, n, field, VIR_TYPED_PARAM_STRING)->value.s = g_strdup(value);
}

/* One number that a caller may set. */
typedef struct Setting {
    const char *field;
    unsigned *value;
} Setting;

static bool
set_numbers(const WireTypedParam *params, uint32_t n_params, const Setting *settings, size_t n,
            GError **error)
{
    for (uint32_t i = 0; i < n_params; i++) {
        size_t j = 0;

        while (j < n && strcmp(settings[j].field, params[i].field) != 0)
            j++;
        if (j == n || params[i].value.type != VIR_TYPED_PARAM_UINT) {
            error_set(error, VIR_ERR_INVALID_ARG,
                      j == n ? "parameter '%s' cannot be set"
                             : "parameter '%s' must be an unsigned integer",
                      params[i].field);
            return false;
        }
        *settings[j].value = params[i].value.ui;
    }
    return true;
}

static bool
get_threadpool(Call *call, GError **error)
{
    const AdminServerGetThreadpoolParametersArgs *args = call->args;
    AdminServerGetThreadpoolParametersRet *ret = call->ret;
    Server *server = find_server(args->srv.name, error);
    WorkersCounts counts;

    if (!server)
        return false;
    counts = workers_counts(server_workers(server));
    add_uint(&ret->params, &ret->n_params, VIR_THREADPOOL_WORKERS_MIN, counts.min);
    add_uint(&ret->params, &ret->n_params, VIR_THREADPOOL_WORKERS_MAX, counts.max);
    add_uint(&ret->params, &ret->n_params, VIR_THREADPOOL_WORKERS_CURRENT, counts.current);
    add_uint(&ret->params, &ret->n_params, VIR_THREADPOOL_WORKERS_FREE, counts.idle);
    add_uint(&ret->params, &ret->n_params, VIR_THREADPOOL_WORKERS_PRIORITY, counts.prio);
    add_uint(&ret->params, &ret->n_params, VIR_THREADPOOL_JOB_QUEUE_DEPTH, counts.waiting);
    return true;
}

static bool
set_threadpool(Call *call, GError **error)
{
    const AdminServerSetThreadpoolParametersArgs *args = call->args;
    Server *server = find_server(args->srv.name, error);
    ServerLimits limits;

    if (!server)
        return false;
    limits = *server_limits(server);
    if (!set_numbers(args->params, args->n_params,
                     (Setting[]){ { VIR_THREADPOOL_WORKERS_MIN, &limits.min_workers },
                                  { VIR_THREADPOOL_WORKERS_MAX, &limits.max_workers },
                                  { VIR_THREADPOOL_WORKERS_PRIORITY, &limits.prio_workers } },
                     3, error))
        return false;
    if (!limits.max_workers || limits.min_workers > limits.max_workers) {
        error_set(error, VIR_ERR_INVALID_ARG, "%u workers at least and %u at most cannot both be",
                  limits.min_workers, limits.max_workers);
        return false;
    }
    server_set_limits(server, &limits);
    return true;
}

static bool
get_client_limits(Call *call, GError **error)
{
    const AdminServerGetClientLimitsArgs *args = call->args;
    AdminServerGetClientLimitsRet *ret = call->ret;
    Server *server = find_server(args->srv.name, error);

    if (!server)
        return false;
    add_uint(&ret->params, &ret->n_params, VIR_SERVER_CLIENTS_MAX,
             server_limits(server)->max_clients);
    add_uint(&ret->params, &ret->n_params, VIR_SERVER_CLIENTS_CURRENT, server_n_clients(server));
    add_uint(&ret->params, &ret->n_params, VIR_SERVER_CLIENTS_UNAUTH_MAX,
             server_limits(server)->max_anonymous_clients);
    add_uint(&ret->params, &ret->n_params, VIR_SERVER_CLIENTS_UNAUTH_CURRENT,
             server_n_unauthenticated(server));
    return true;
}

static bool
set_client_limits(Call *call, GError **error)
{
    const AdminServerSetClientLimitsArgs *args = call->args;
    Server *server = find_server(args->srv.name, error);
    ServerLimits limits;

    if (!server)
        return false;
    limits = *server_limits(server);
    if (!set_numbers(
            args->params, args->n_params,
            (Setting[]){ { VIR_SERVER_CLIENTS_MAX, &limits.max_clients },
                         { VIR_SERVER_CLIENTS_UNAUTH_MAX, &limits.max_anonymous_clients } },
            2, error))
        return false;
    if (limits.max_anonymous_clients > limits.max_clients || !limits.max_clients) {
        error_set(error, VIR_ERR_INVALID_ARG,
                  "%u clients of which %u may be unauthenticated cannot both be the limits",
                  limits.max_clients, limits.max_anonymous_clients);
        return false;
    }
    server_set_limits(server, &limits);
    return true;
}

typedef struct ClientList {
    AdminServerListClientsRet *ret;
    const char *server;
    bool want;
} ClientList;

static void
fill_client(WireAdminClient *client, const char *server, const ServerClientInfo *info)
{
    client->srv.name = g_strdup(server);
    client->id = info->id;
    client->timestamp = info->since;
    client->transport = info->is_local    ? VIR_CLIENT_TRANS_UNIX
                        : info->is_secure ? VIR_CLIENT_TRANS_TLS
                                          : VIR_CLIENT_TRANS_TCP;
}

static bool
list_one(const ServerClientInfo *info, void *data)
{
    ClientList *list = data;

    list->ret->ret++;
    if (!list->want || list->ret->n_clients >= ADMIN_CLIENT_LIST_MAX)
        return true;
    list->ret->clients = g_renew(WireAdminClient, list->ret->clients, list->ret->n_clients + 1);
    fill_client(&list->ret->clients[list->ret->n_clients++], list->server, info);
    return true;
}

static bool
list_clients(Call *call, GError **error)
{
    const AdminServerListClientsArgs *args = call->args;
    ClientList list = { call->ret, args->srv.name, args->need_results };
    Server *server = find_server(args->srv.name, error);

    if (!server)
        return false;
    server_each_client(server, list_one, &list);
    return true;
}

typedef struct ClientSearch {
    uint64_t id;
    bool found;
    const char *server;
    WireAdminClient *client;        /* to fill, or NULL */
    AdminClientGetInfoRet *details; /* the same */
} ClientSearch;

static bool
search_one(const ServerClientInfo *info, void *data)
{
    ClientSearch *search = data;
    AdminClientGetInfoRet *ret = search->details;
    const Identity *who = info->identity;
    g_autofree char *user = info->is_local ? names_user((uid_t)who->uid) : NULL;
    g_autofree char *group = info->is_local ? names_group((gid_t)who->gid) : NULL;

    if (info->id != search->id)
        return true;
    search->found = true;
    if (search->client)
        fill_client(search->client, search->server, info);
    if (!ret)
        return false;
    add_param(&ret->params, &ret->n_params, VIR_CLIENT_INFO_READONLY, VIR_TYPED_PARAM_BOOLEAN)
        ->value.b = info->readonly;
    add_string(&ret->params, &ret->n_params, VIR_CLIENT_INFO_SASL_USER_NAME, who->sasl_user);
    add_string(&ret->params, &ret->n_params, VIR_CLIENT_INFO_X509_DISTINGUISHED_NAME,
               who->x509_dname);
    add_int(&ret->params, &ret->n_params, VIR_CLIENT_INFO_UNIX_USER_ID, who->uid);
    add_string(&ret->params, &ret->n_params, VIR_CLIENT_INFO_UNIX_USER_NAME, user);
    add_int(&ret->params, &ret->n_params, VIR_CLIENT_INFO_UNIX_GROUP_ID, who->gid);
    add_string(&ret->params, &ret->n_params, VIR_CLIENT_INFO_UNIX_GROUP_NAME, group);
    add_int(&ret->params, &ret->n_params, VIR_CLIENT_INFO_UNIX_PROCESS_ID, who->pid);
    add_string(&ret->params, &ret->n_params, VIR_CLIENT_INFO_SELINUX_CONTEXT, who->selinux_context);
    return false;
}

static bool
search(const char *server_name, ClientSearch *what, GError **error)
{
    Server *server = find_server(server_name, error);

    if (!server)
        return false;
    what->server = server_name;
    server_each_client(server, search_one, what);
    if (!what->found)
        error_set(error, VIR_ERR_NO_CLIENT, "server '%s' has no client %" G_GUINT64_FORMAT,
                  server_name, what->id);
    return what->found;
}

static bool
lookup_client(Call *call, GError **error)
{
    const AdminServerLookupClientArgs *args = call->args;
    ClientSearch what = { .id = args->id,
                          .client = &((AdminServerLookupClientRet *)call->ret)->clnt };

    return search(args->srv.name, &what, error);
}

static bool
get_client_info(Call *call, GError **error)
{
    const AdminClientGetInfoArgs *args = call->args;
    ClientSearch what = { .id = args->clnt.id, .details = call->ret };

    return search(args->clnt.srv.name, &what, error);
}

static bool
close_client(Call *call, GError **error)
{
    const AdminClientCloseArgs *args = call->args;
    ClientSearch what = { .id = args->clnt.id };

    return search(args->clnt.srv.name, &what, error) &&
           server_close_client(find_server(args->clnt.srv.name, NULL), args->clnt.id);
}

static bool
update_tls(Call *call, GError **error)
{
    const AdminServerUpdateTlsFilesArgs *args = call->args;

    Server *server = find_server(args->srv.name, error);
    Greeter *tls = daemon_running->tls;

    if (!server)
        return false;
    if (args->flags) {
        error_set(error, VIR_ERR_INVALID_ARG, "unsupported flags (0x%x) in function %s",
                  args->flags, call->method->name);
        return false;
    }
    if (server != daemon_running->server || !tls) {
        error_set(error, VIR_ERR_SYSTEM_ERROR, "server '%s' has no TLS", args->srv.name);
        return false;
    }
    return tls->update(tls, error);
}

/* How many blank-separated words there are. */
static uint32_t
count_words(const char *text)
{
    g_auto(GStrv) words = g_strsplit(text ? text : "", " ", -1);
    uint32_t n = 0;

    for (char **word = words; *word; word++)
        n += **word != '\0';
    return n;
}

static bool
get_outputs(Call *call, GError **error G_GNUC_UNUSED)
{
    AdminConnectGetLoggingOutputsRet *ret = call->ret;

    ret->outputs = log_get_outputs();
    if (!ret->outputs)
        ret->outputs = g_strdup("");
    ret->noutputs = count_words(ret->outputs);
    return true;
}

static bool
get_filters(Call *call, GError **error G_GNUC_UNUSED)
{
    AdminConnectGetLoggingFiltersRet *ret = call->ret;
    g_autofree char *filters = log_get_filters();

    ret->nfilters = count_words(filters);
    if (ret->nfilters)
        ret->filters = g_steal_pointer(&filters);
    return true;
}

static bool
set_outputs(Call *call, GError **error)
{
    const AdminConnectSetLoggingOutputsArgs *args = call->args;

    return log_set_outputs(args->outputs ? args->outputs : "", error);
}

static bool
set_filters(Call *call, GError **error)
{
    const AdminConnectSetLoggingFiltersArgs *args = call->args;

    return log_set_filters(args->filters ? args->filters : "", error);
}

static bool
set_timeout(Call *call, GError **error)
{
    const AdminConnectSetDaemonTimeoutArgs *args = call->args;

    if (args->timeout > G_MAXINT / 1000) {
        error_set(error, VIR_ERR_INVALID_ARG, "a timeout of %u seconds is too long", args->timeout);
        return false;
    }
    daemon_set_timeout(daemon_running, args->timeout ? (int)args->timeout : -1);
    return true;
}

static gboolean
end_soon(void *opaque G_GNUC_UNUSED)
{
    daemon_end(daemon_running);
    return G_SOURCE_REMOVE;
}

static bool
shut_down(Call *call, GError **error)
{
    const AdminConnectDaemonShutdownArgs *args = call->args;
    GSource *source;

    if (args->flags & ~(uint32_t)VIR_DAEMON_SHUTDOWN_PRESERVE) {
        error_set(error, VIR_ERR_INVALID_ARG, "unsupported flags (0x%x) in function %s",
                  args->flags, call->method->name);
        return false;
    }
    source = g_idle_source_new(); /* the answer goes first */
    g_source_set_callback(source, end_soon, NULL, NULL);
    g_source_attach(source, daemon_running->context);
    g_source_unref(source);
    return true;
}

static const DriverRow rows[] = {
    ROW(CONNECT_GET_LIB_VERSION, get_lib_version),
    ROW(CONNECT_LIST_SERVERS, list_servers),
    ROW(CONNECT_LOOKUP_SERVER, lookup_server),
    ROW(SERVER_GET_THREADPOOL_PARAMETERS, get_threadpool),
    ROW(SERVER_SET_THREADPOOL_PARAMETERS, set_threadpool),
    ROW(SERVER_LIST_CLIENTS, list_clients),
    ROW(SERVER_LOOKUP_CLIENT, lookup_client),
    ROW(CLIENT_GET_INFO, get_client_info),
    ROW(CLIENT_CLOSE, close_client),
    ROW(SERVER_GET_CLIENT_LIMITS, get_client_limits),
    ROW(SERVER_SET_CLIENT_LIMITS, set_client_limits),
    ROW(SERVER_UPDATE_TLS_FILES, update_tls),
    ROW(CONNECT_GET_LOGGING_OUTPUTS, get_outputs),
    ROW(CONNECT_GET_LOGGING_FILTERS, get_filters),
    ROW(CONNECT_SET_LOGGING_OUTPUTS, set_outputs),
    ROW(CONNECT_SET_LOGGING_FILTERS, set_filters),
    ROW(CONNECT_SET_DAEMON_TIMEOUT, set_timeout),
    ROW(CONNECT_DAEMON_SHUTDOWN, shut_down),
};

const Driver admin_driver = {
    .name = "admin",
    .scheme = "admin",
    .error_from = VIR_FROM_ADMIN,
    .classes = 1u << CLASS_ADMIN,
    .rows = rows,
    .n_rows = G_N_ELEMENTS(rows),
};
