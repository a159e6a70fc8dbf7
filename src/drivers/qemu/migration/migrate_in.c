/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* migrate_in.c - a guest comes from another host: prepare and finish */
#define ERROR_FROM VIR_FROM_QEMU
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "drivers/qemu/migration/migrate.h"
#include "drivers/qemu/migration/migration_out.h"
#include "drivers/qemu/process/guest_wait.h"
#include "drivers/qemu/qmp/qmp_migrate.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/log.h"

LOG_SOURCE("qemu.migrate");

static const char *const events[] = { "MIGRATION", NULL };

/* Nobody led it to its end, and nobody can any more. */
static bool
recover(Guest *guest, const DomainJob *job, GError **error)
{
    return guest_stop(guest, VIR_DOMAIN_SHUTOFF_FAILED, VIR_DOMAIN_EVENT_STOPPED_FAILED, false, error);
}

const GuestJobOps migrate_in_ops = { .async = "migration in", .recover = recover };

static bool
can_bind(int family, int port)
{
    struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port), .sin6_addr = in6addr_any };
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_ANY) };
    autofd int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int one = 1;

    if (fd < 0)
        return false;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    return (family == AF_INET6 ? bind(fd, (struct sockaddr *)&in6, sizeof(in6))
                               : bind(fd, (struct sockaddr *)&in, sizeof(in))) == 0;
}

/* A port nobody has, out of those that qemu.conf gives to migrations. */
static int
reserve_port(GError **error)
{
    unsigned min = guest_host.conf->migration_port_min, max = guest_host.conf->migration_port_max;
    g_auto(LockHold) hold = lock_hold(&guest_host.lock);

    for (unsigned port = min; port <= max; port++)
        if (!g_hash_table_contains(guest_host.ports, GINT_TO_POINTER((int)port)) && can_bind(AF_INET, (int)port)) {
            g_hash_table_add(guest_host.ports, GINT_TO_POINTER((int)port));
            return (int)port;
        }
    error_set(error, VIR_ERR_INTERNAL_ERROR, "Unable to find an unused port in range 'migration' (%u-%u)", min, max);
    return 0;
}

static char *
bracket(const char *address)
{
    return strchr(address, ':') && address[0] != '[' ? g_strdup_printf("[%s]", address) : g_strdup(address);
}

typedef struct Places {
    char *listen;           /* QEMU's own */
    char *uri;              /* for the source; NULL: as it said */
} Places;

/* Where QEMU listens, and how the source gets there. */
static bool
choose_places(const MigrateArgs *args, GuestMigration *migration, Places *places, GError **error)
{
    const char *uri = migrate_args_string(args, VIR_MIGRATE_PARAM_URI);
    const char *address = migrate_args_string(args, VIR_MIGRATE_PARAM_LISTEN_ADDRESS);
    const char *host = guest_host.conf->migration_host ? guest_host.conf->migration_host : g_get_host_name();
    g_autoptr(GUri) parsed = NULL;
    g_autofree char *said = NULL, *here = NULL, *there = NULL;
    int port = 0;

    if (uri && g_str_has_prefix(uri, "unix:")) {
        const char *path = uri + strlen("unix:");

        while (path[0] == '/' && path[1] == '/')
            path++;
        places->listen = g_strdup_printf("unix:%s", path);
        return true;
    }
    if (uri) {
        /* "tcp:host:port" is what libvirt said before it knew URIs. */
        said = g_str_has_prefix(uri, "tcp:") && !g_str_has_prefix(uri, "tcp://") ? g_strdup_printf("tcp://%s", uri + 4)
                                                                                  : g_strdup(uri);
        parsed = g_uri_parse(said, G_URI_FLAGS_NONE, NULL);
        if (!parsed || !g_str_equal(g_uri_get_scheme(parsed), "tcp") || !g_uri_get_host(parsed) || !*g_uri_get_host(parsed)) {
            error_set(error, VIR_ERR_INVALID_ARG, "migration URI '%s' is none of tcp://HOST[:PORT] and unix:///PATH", uri);
            return false;
        }
        host = g_uri_get_host(parsed);
        port = MAX(g_uri_get_port(parsed), 0);
    }
    if (!uri && g_str_has_prefix(host, "localhost")) {
        error_set(error, VIR_ERR_INTERNAL_ERROR,
                  "hostname on destination resolved to localhost, but migration requires an FQDN: set migration_host in qemu.conf");
        return false;
    }
    if (!port) {
        port = migration->port = reserve_port(error);
        if (!port)
            return false;
    }
    if (!address && *guest_host.conf->migration_address)
        address = guest_host.conf->migration_address;
    here = bracket(address ? address : can_bind(AF_INET6, port) ? "::" : "0.0.0.0");
    there = bracket(host);
    places->listen = g_strdup_printf("tcp:%s:%d", here, port);
    if (!uri)
        places->uri = g_strdup_printf("tcp:%s:%d", there, port);
    else if (g_uri_get_port(parsed) <= 0)
        places->uri = g_strdup_printf("tcp%s%s:%d", g_str_has_prefix(uri, "tcp://") ? "://" : ":", there, port);
    return true;
}

typedef struct Prepared {
    const MigrateArgs *args;
} Prepared;

static bool
set_up(Guest *guest, void *data, GError **error)
{
    const MigrateArgs *args = ((const Prepared *)data)->args;
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    g_autoptr(GPtrArray) capabilities = g_ptr_array_new();
    g_autoptr(Json) params = qmp ? migrate_args_to_qemu(args, true, 0, capabilities, error) : NULL;

    if (!params)
        return false;
    g_ptr_array_add(capabilities, NULL);
    return (capabilities->len == 1 || qmp_migrate_set_capabilities(qmp, (const char *const *)capabilities->pdata, NULL, error)) &&
           (json_object_object_length(params) == 0 || qmp_migrate_set_parameters(qmp, json_ref(params), error));
}

static bool
launch(Guest *guest, GuestMigration *migration, const MigrateArgs *args, Domain *doc, char **ret_uri, GError **error)
{
    /* Clients want to know a place also where only the definition moves. */
    Prepared prepared = { args };
    Places places = { 0 };
    GuestIncoming incoming = { .fd = -1, .prepare = set_up, .data = &prepared };
    const GuestStart options = { .paused = true, .event_detail = VIR_DOMAIN_EVENT_STARTED_MIGRATED, .incoming = &incoming };
    bool ok = choose_places(args, migration, &places, error);

    incoming.uri = places.listen;
    if (ok && !migration->offline)
        ok = guest_start(guest, doc, &options, error);
    else
        domain_free(doc);
    if (ok)
        *ret_uri = g_steal_pointer(&places.uri);
    g_free(places.listen);
    g_free(places.uri);
    return ok;
}

/* The definition as it comes, under the name it shall have here. */
static Domain *
read_definition(const MigrateArgs *args, MigrationCookie **ret_cookie, char **ret_origin, GError **error)
{
    const char *xml = migrate_args_string(args, VIR_MIGRATE_PARAM_DEST_XML);
    const char *name = migrate_args_string(args, VIR_MIGRATE_PARAM_DEST_NAME);
    g_autoptr(Domain) doc = NULL;
    g_autoptr(GError) refused = NULL;

    if (!xml) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "no domain XML passed");
        return NULL;
    }
    doc = object_parse(guest_host.table, xml, false, error);
    if (!doc)
        return NULL;
    *ret_cookie = migrate_cookie_read(args, doc, &refused);
    if (refused) {
        g_propagate_error(error, g_steal_pointer(&refused));
        return NULL;
    }
    *ret_origin = g_strdup(doc->name);
    if (name) {
        g_free(doc->name);
        doc->name = g_strdup(name);
    }
    return g_steal_pointer(&doc);
}

static bool
define(Guest *guest, GuestMigration *migration, const MigrateArgs *args, GError **error)
{
    const char *xml = migrate_args_string(args, VIR_MIGRATE_PARAM_PERSIST_XML);
    bool had = object_is_persistent(&guest->vm.object);
    Domain *doc = xml ? object_parse(guest_host.table, xml, false, error)
                  : xml_copy(&domain_xml, migration->cookie && migration->cookie->persistent ? migration->cookie->persistent
                                                                                             : migration->definition);

    if (!doc)
        return false;
    /* Here it may have another name. */
    g_free(doc->name);
    doc->name = g_strdup(migration->definition->name);
    memcpy(doc->uuid, migration->definition->uuid, sizeof(doc->uuid));
    if (!object_set_config(&guest->vm.object, doc, error))
        return false;
    object_emit(&guest->vm.object, VIR_DOMAIN_EVENT_DEFINED,
                had ? VIR_DOMAIN_EVENT_DEFINED_UPDATED : VIR_DOMAIN_EVENT_DEFINED_ADDED);
    return true;
}

bool
migrate_in_prepare(Call *call, const MigrateArgs *args, char **ret_uri, uint32_t *ret_n, uint8_t **ret_cookie, GError **error)
{
    MigrationCookie *cookie = NULL;
    g_autofree char *origin = NULL;
    g_autoptr(Domain) doc = read_definition(args, &cookie, &origin, error);
    g_autoptr(Object) object = doc ? object_table_claim(guest_host.table, doc, error) : NULL;
    Guest *guest = (Guest *)object;
    GuestMigration *migration = object ? migrate_begin(guest, true, call, error) : NULL;
    bool ok;

    if (!migration) {
        xml_free(&migration_cookie_xml, cookie);
        if (object)
            object_disclaim(object);
        return false;
    }
    migration->flags = args->flags;
    migration->cookie = cookie;
    migration->offline = args->flags & VIR_MIGRATE_OFFLINE;
    migration->definition = xml_copy(&domain_xml, doc);
    migration->origin = g_steal_pointer(&origin);
    ok = !object_is_active(object);
    if (!ok)
        error_set(error, VIR_ERR_OPERATION_INVALID, "domain is already active as '%s'", doc->name);
    if (ok && !migration->offline)
        guest_job_set(guest, VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN, &migrate_in_ops, call->method->name, (uint32_t)args->flags);
    if (ok && !migration->offline)
        guest_job_phase(guest, "prepare");
    ok = ok && launch(guest, migration, args, g_steal_pointer(&doc), ret_uri, error);
    /* Only what is defined is found again; it is taken back if the rest fails. */
    if (ok && migration->offline) {
        bool had = object_is_persistent(object);

        ok = define(guest, migration, args, error);
        migration->defined = ok && !had;
    }
    if (ok)
        migrate_cookie_make(migration->definition, migration->origin, NULL, MIGCOOKIE_GRAPHICS, NULL, ret_n, ret_cookie);
    else
        guest_job_clear(guest, NULL);
    migrate_leave(guest, !ok);
    if (!ok)
        object_disclaim(object);
    return ok;
}

/* All of its state is here; with post-copy it is enough that it can run. */
static bool
wait_arrival(Guest *guest, GuestMigration *migration, bool resumed, GError **error)
{
    g_autoptr(GuestWait) wait = guest_wait_new(guest, events);
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    g_autoptr(Json) info = qmp ? qmp_query_migrate(qmp, error) : NULL;
    g_autofree char *status = info ? g_strdup(json_opt_string(info, "status", "none")) : NULL;

    while (status) {
        g_autoptr(Json) data = NULL;

        if (g_str_equal(status, "completed") || (g_str_equal(status, "postcopy-active") && !resumed))
            return true;
        if (g_str_equal(status, "failed")) {
            error_set(error, VIR_ERR_OPERATION_FAILED, "QEMU could not take the state of the guest over: %s",
                      json_opt_string(info, "error-desc", "it does not say why"));
            return false;
        }
        data = guest_wait_next(wait, migration->job, INT64_MAX, NULL, error);
        g_free(status);
        status = data ? g_strdup(json_opt_string(data, "status", "")) : NULL;
    }
    return false;
}

static bool
let_run(Guest *guest, GuestMigration *migration, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);

    if (!qmp)
        return false;
    if (migration->flags & VIR_MIGRATE_PAUSED) {
        vm_set_state(&guest->vm, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_USER);
        object_emit(&guest->vm.object, VIR_DOMAIN_EVENT_SUSPENDED, VIR_DOMAIN_EVENT_SUSPENDED_PAUSED);
        return true;
    }
    lock_acquire(&guest->vm.object.lock);
    guest->why = VIR_DOMAIN_RUNNING_MIGRATED;
    lock_release(&guest->vm.object.lock);
    return qmp_cont(qmp, error);
}

/* From the moment it runs here nothing may fail any more: the source would let it run there as well. */
static bool
take_over(Guest *guest, GuestMigration *migration, const MigrateArgs *args, GError **error)
{
    g_autoptr(GError) minor = NULL;
    bool persist = migration->flags & VIR_MIGRATE_PERSIST_DEST;

    if (migration->offline)
        return true;
    guest_job_phase(guest, "finish3");
    if (!wait_arrival(guest, migration, false, error) || (persist && !define(guest, migration, args, error)) ||
        !let_run(guest, migration, error))
        return false;
    if ((migration->flags & VIR_MIGRATE_POSTCOPY) && !wait_arrival(guest, migration, true, &minor))
        log_gerror(minor, "while the rest of a guest's memory came");
    return true;
}

bool
migrate_in_finish(Call *call, const MigrateArgs *args, WireDomain *ret_dom, uint32_t *ret_n, uint8_t **ret_cookie, GError **error)
{
    const char *name = migrate_args_string(args, VIR_MIGRATE_PARAM_DEST_NAME);
    g_autoptr(Object) object = object_table_by_name(guest_host.table, name ? name : "", error);
    Guest *guest = (Guest *)object;
    GuestMigration *migration = object ? migrate_go_on(guest, true, call) : NULL;
    bool ok;

    if (!object)
        return false;
    if (!migration) {
        error_set(error, VIR_ERR_NO_DOMAIN, "domain '%s' is not processing incoming migration", name);
        return false;
    }
    migration->flags |= args->flags & (VIR_MIGRATE_PAUSED | VIR_MIGRATE_PERSIST_DEST);
    if (args->cancelled)
        error_set(error, VIR_ERR_MIGRATE_FINISH_OK, "domain '%s' is given up here", name);
    ok = !args->cancelled && take_over(guest, migration, args, error);
    if (ok) {
        object_wire(object, ret_dom);
        migrate_cookie_make(migration->definition, migration->origin, NULL, 0, NULL, ret_n, ret_cookie);
    } else if (migration->defined) {
        object_undefine(object, NULL);
    } else {
        g_autoptr(Job) step = job_begin_nested(migration->job, call->method->name, JOB_DEADLINE_S, NULL);

        guest_stop(guest, VIR_DOMAIN_SHUTOFF_FAILED, VIR_DOMAIN_EVENT_STOPPED_FAILED, false, NULL);
    }
    guest_job_clear(guest, NULL);
    migrate_leave(guest, true);
    if (!ok)
        object_disclaim(object);
    return ok;
}
