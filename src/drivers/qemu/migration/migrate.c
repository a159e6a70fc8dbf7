/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* migrate.c - what the two sides of a migration have in common: who holds it, cookies, parameters */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/migration/migrate.h"

#include <string.h>

#include "drivers/common/host_caps.h"
#include "drivers/qemu/migration/migration_out.h"
#include "drivers/qemu/process/guest_wait.h"
#include "util/error.h"
#include "util/log.h"
#include "util/uuid.h"

LOG_SOURCE("qemu.migrate");

enum { PARALLEL_DEFAULT = 2 };

/* Each may be there once: copying disks and several kinds of compression at a time are not supported. */
static const ParamSpec known[] = {
    { VIR_MIGRATE_PARAM_URI, VIR_TYPED_PARAM_STRING },
    { VIR_MIGRATE_PARAM_DEST_NAME, VIR_TYPED_PARAM_STRING },
    { VIR_MIGRATE_PARAM_DEST_XML, VIR_TYPED_PARAM_STRING },
    { VIR_MIGRATE_PARAM_PERSIST_XML, VIR_TYPED_PARAM_STRING },
    { VIR_MIGRATE_PARAM_BANDWIDTH, VIR_TYPED_PARAM_ULLONG },
    { VIR_MIGRATE_PARAM_BANDWIDTH_POSTCOPY, VIR_TYPED_PARAM_ULLONG },
    { VIR_MIGRATE_PARAM_LISTEN_ADDRESS, VIR_TYPED_PARAM_STRING },
    { VIR_MIGRATE_PARAM_COMPRESSION, VIR_TYPED_PARAM_STRING },
    { VIR_MIGRATE_PARAM_COMPRESSION_MT_LEVEL, VIR_TYPED_PARAM_INT },
    { VIR_MIGRATE_PARAM_COMPRESSION_MT_THREADS, VIR_TYPED_PARAM_INT },
    { VIR_MIGRATE_PARAM_COMPRESSION_MT_DTHREADS, VIR_TYPED_PARAM_INT },
    { VIR_MIGRATE_PARAM_COMPRESSION_XBZRLE_CACHE, VIR_TYPED_PARAM_ULLONG },
    { VIR_MIGRATE_PARAM_AUTO_CONVERGE_INITIAL, VIR_TYPED_PARAM_INT },
    { VIR_MIGRATE_PARAM_AUTO_CONVERGE_INCREMENT, VIR_TYPED_PARAM_INT },
    { VIR_MIGRATE_PARAM_PARALLEL_CONNECTIONS, VIR_TYPED_PARAM_INT },
    { NULL, 0 },
};

#define SUPPORTED                                                                                                    \
    (VIR_MIGRATE_LIVE | VIR_MIGRATE_PEER2PEER | VIR_MIGRATE_PERSIST_DEST | VIR_MIGRATE_UNDEFINE_SOURCE | VIR_MIGRATE_PAUSED | \
     VIR_MIGRATE_CHANGE_PROTECTION | VIR_MIGRATE_UNSAFE | VIR_MIGRATE_OFFLINE | VIR_MIGRATE_COMPRESSED |                   \
     VIR_MIGRATE_ABORT_ON_ERROR | VIR_MIGRATE_AUTO_CONVERGE | VIR_MIGRATE_POSTCOPY | VIR_MIGRATE_PARALLEL)

const char *
migrate_args_string(const MigrateArgs *args, const char *name)
{
    const WireTypedParam *param = params_find(args->params, args->n_params, name);

    if (param)
        return param->value.s;
    return g_str_equal(name, VIR_MIGRATE_PARAM_DEST_NAME) ? args->dname
           : g_str_equal(name, VIR_MIGRATE_PARAM_DEST_XML) ? args->xml
           : g_str_equal(name, VIR_MIGRATE_PARAM_URI) ? args->uri : NULL;
}

uint64_t
migrate_args_number(const MigrateArgs *args, const char *name, uint64_t otherwise)
{
    const WireTypedParam *param = params_find(args->params, args->n_params, name);

    if (param)
        return param->value.type == VIR_TYPED_PARAM_INT ? (uint64_t)param->value.i : param->value.ul;
    return g_str_equal(name, VIR_MIGRATE_PARAM_BANDWIDTH) && args->bandwidth ? args->bandwidth : otherwise;
}

bool
migrate_args_check(const MigrateArgs *args, GError **error)
{
    uint64_t unknown = args->flags & ~(uint64_t)SUPPORTED;

    if (unknown) {
        error_set(error, VIR_ERR_ARGUMENT_UNSUPPORTED, "migration flags 0x%" PRIx64 " are not supported", unknown);
        return false;
    }
    if ((args->flags & VIR_MIGRATE_OFFLINE) && (args->flags & VIR_MIGRATE_POSTCOPY)) {
        error_set(error, VIR_ERR_ARGUMENT_UNSUPPORTED, "post-copy migration is not supported with offline migration");
        return false;
    }
    return params_check(args->params, args->n_params, known, error);
}

static void
migration_free(GuestMigration *migration)
{
    if (!migration)
        return;
    if (migration->port) {
        lock_acquire(&guest_host.lock);
        g_hash_table_remove(guest_host.ports, GINT_TO_POINTER(migration->port));
        lock_release(&guest_host.lock);
    }
    job_end(migration->job);
    xml_free(&migration_cookie_xml, migration->cookie);
    xml_free(&domain_xml, migration->definition);
    g_free(migration->origin);
    g_free(migration);
}

GuestMigration *
migrate_go_on(Guest *guest, bool in, Call *call)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);
    GuestMigration *migration = guest->migration;

    if (!migration || migration->in != in || migration->busy)
        return NULL;
    migration->busy = true;
    migration->session = call->session;
    return migration;
}

GuestMigration *
migrate_begin(Guest *guest, bool in, Call *call, GError **error)
{
    Job *job = job_begin_async(&guest->vm.object.jobs, in ? ASYNC_MIGRATE_IN : ASYNC_MIGRATE_OUT, call->method->name,
                               JOB_DEADLINE_S, error);
    GuestMigration *migration;

    if (!job)
        return NULL;
    migration = g_new0(GuestMigration, 1);
    migration->in = in;
    migration->busy = true;
    migration->job = job;
    migration->session = call->session;
    lock_acquire(&guest->vm.object.lock);
    guest->migration = migration;
    lock_release(&guest->vm.object.lock);
    return migration;
}

/* Out of the guest, if nobody works on it but the caller (@mine). */
static GuestMigration *
steal(Guest *guest, bool mine)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);
    GuestMigration *migration = guest->migration;

    if (!migration || (migration->busy && !mine))
        return NULL;
    guest->migration = NULL;
    return migration;
}

void
migrate_guest_ended(Guest *guest)
{
    migration_free(steal(guest, false));
}

/* The client that led it is gone, between two steps. */
static void
give_up(Guest *guest)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *name = object_name(&guest->vm.object);
    GuestMigration *migration = steal(guest, false);

    if (!migration)
        return;
    if (migration->defined) {
        if (!object_undefine(&guest->vm.object, &error))
            log_gerror(error, "while giving up a migration");
    } else if (migration->in) {
        log_warning("the client that led the migration of '%s' is gone: the guest is ended here", name);
        if (!guest_stop(guest, VIR_DOMAIN_SHUTOFF_FAILED, VIR_DOMAIN_EVENT_STOPPED_FAILED, false, &error))
            log_gerror(error, "while giving up a migration");
    } else if (migration->sent) {
        log_warning("the client that led the migration of '%s' is gone: nobody knows whether it runs there", name);
    } else if (migration->was_running) {
        migration_out_go_on(guest, VIR_DOMAIN_RUNNING_MIGRATION_CANCELED);
    }
    guest_job_clear(guest, NULL);
    migration_free(migration);
    object_disclaim(&guest->vm.object);
}

void
migrate_leave(Guest *guest, bool last)
{
    bool abandoned;

    if (last) {
        migration_free(steal(guest, true));
        return;
    }
    lock_acquire(&guest->vm.object.lock);
    guest->migration->busy = false;
    abandoned = guest->migration->abandoned;
    lock_release(&guest->vm.object.lock);
    /* Nobody will take the next step. */
    if (abandoned)
        guest_defer(guest, give_up);
}

void
migrate_session_closed(const Session *session)
{
    g_autoptr(GPtrArray) list = object_table_list(guest_host.table);

    for (unsigned i = 0; i < list->len; i++) {
        Guest *guest = list->pdata[i];
        bool mine, busy;

        lock_acquire(&guest->vm.object.lock);
        mine = guest->migration && guest->migration->session == session;
        busy = mine && guest->migration->busy;
        if (busy)
            guest->migration->abandoned = true;
        lock_release(&guest->vm.object.lock);
        if (busy) {
            job_request_abort(&guest->vm.object.jobs);
            guest_wait_wake(guest);
        } else if (mine) {
            guest_defer(guest, give_up);
        }
    }
}

void
migrate_cookie_make(const Domain *doc, const char *name, const Domain *config, unsigned parts, const CookieStatistics *stats,
                    uint32_t *ret_n, uint8_t **ret_cookie)
{
    DomainStatus status = { .domain = (Domain *)doc };
    g_autoptr(MigrationCookie) cookie = migcookie_new(&status, config, parts);
    uint8_t host[UUID_LEN] = { 0 };
    char *text;

    if (name) {
        g_free(cookie->name);
        cookie->name = g_strdup(name);
    }
    host_caps_uuid(host);
    migcookie_sign(cookie, g_get_host_name(), host);
    if (stats) {
        cookie->statistics = xml_new(&cookie_statistics_xml);
        *cookie->statistics = *stats;
        cookie->statistics->extra = NULL;
    }
    text = xml_format_text(&migration_cookie_xml, cookie, XML_FORMAT_INACTIVE | XML_FORMAT_SECURE);
    *ret_n = (uint32_t)strlen(text) + 1;
    g_free(*ret_cookie);
    *ret_cookie = (uint8_t *)text;
}

MigrationCookie *
migrate_cookie_read(const MigrateArgs *args, const Domain *doc, GError **error)
{
    g_autofree char *text = args->n_cookie ? g_strndup((const char *)args->cookie, args->n_cookie) : NULL;
    uint8_t host[UUID_LEN] = { 0 };

    host_caps_uuid(host);
    return text ? migcookie_accept(text, doc, host, error) : NULL;
}

typedef struct Setting {
    const char *param, *name; /* ours, QEMU's */
    uint64_t unit;
} Setting;

static void
add_settings(const MigrateArgs *args, Json *params, const Setting *settings)
{
    for (; settings->param; settings++)
        if (params_find(args->params, args->n_params, settings->param))
            json_add_uint64(params, settings->name, migrate_args_number(args, settings->param, 0) * settings->unit);
}

static bool
add_compression(const MigrateArgs *args, Json *params, GPtrArray *capabilities, GError **error)
{
    static const Setting mt[] = {
        { VIR_MIGRATE_PARAM_COMPRESSION_MT_LEVEL, "compress-level", 1 },
        { VIR_MIGRATE_PARAM_COMPRESSION_MT_THREADS, "compress-threads", 1 },
        { VIR_MIGRATE_PARAM_COMPRESSION_MT_DTHREADS, "decompress-threads", 1 },
        { NULL, NULL, 0 },
    };
    static const Setting xbzrle[] = {
        { VIR_MIGRATE_PARAM_COMPRESSION_XBZRLE_CACHE, "xbzrle-cache-size", 1 }, { NULL, NULL, 0 }
    };
    const char *method = migrate_args_string(args, VIR_MIGRATE_PARAM_COMPRESSION);

    if (!method && (args->flags & VIR_MIGRATE_COMPRESSED))
        method = "xbzrle";
    if (!method)
        return true;
    if (g_str_equal(method, "mt")) {
        g_ptr_array_add(capabilities, (char *)"compress");
        add_settings(args, params, mt);
    } else if (g_str_equal(method, "xbzrle")) {
        g_ptr_array_add(capabilities, (char *)"xbzrle");
        add_settings(args, params, xbzrle);
    } else {
        error_set(error, VIR_ERR_INVALID_ARG, "Unsupported compression method '%s': there are 'mt' and 'xbzrle'", method);
        return false;
    }
    return true;
}

Json *
migrate_args_to_qemu(const MigrateArgs *args, bool in, uint64_t max_bandwidth, GPtrArray *ret_capabilities, GError **error)
{
    static const Setting speed[] = {
        { VIR_MIGRATE_PARAM_BANDWIDTH_POSTCOPY, "max-postcopy-bandwidth", 1 << 20 },
        { VIR_MIGRATE_PARAM_AUTO_CONVERGE_INITIAL, "cpu-throttle-initial", 1 },
        { VIR_MIGRATE_PARAM_AUTO_CONVERGE_INCREMENT, "cpu-throttle-increment", 1 },
        { NULL, NULL, 0 },
    };
    g_autoptr(Json) params = json_new_object();
    uint64_t mib = migrate_args_number(args, VIR_MIGRATE_PARAM_BANDWIDTH, max_bandwidth);

    if (mib > INT64_MAX >> 20) {
        error_set(error, VIR_ERR_OVERFLOW, "bandwidth must be less than %" PRIu64 " MiB/s", (uint64_t)(INT64_MAX >> 20));
        return NULL;
    }
    if (!in) {
        json_add_uint64(params, "max-bandwidth", mib ? mib << 20 : INT64_MAX);
        add_settings(args, params, speed);
        if (args->flags & VIR_MIGRATE_AUTO_CONVERGE)
            g_ptr_array_add(ret_capabilities, (char *)"auto-converge");
    }
    if (!add_compression(args, params, ret_capabilities, error))
        return NULL;
    if (args->flags & VIR_MIGRATE_POSTCOPY)
        g_ptr_array_add(ret_capabilities, (char *)"postcopy-ram");
    if (args->flags & VIR_MIGRATE_PARALLEL) {
        g_ptr_array_add(ret_capabilities, (char *)"multifd");
        json_add_uint64(params, "multifd-channels",
                        migrate_args_number(args, VIR_MIGRATE_PARAM_PARALLEL_CONNECTIONS, PARALLEL_DEFAULT));
    }
    return g_steal_pointer(&params);
}
