/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* migration_out.c - have QEMU send the state of a guest: into a file, or to another host */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/migration/migration_out.h"

#include <string.h>

#include "drivers/qemu/process/guest_wait.h"
#include "drivers/qemu/qmp/qmp_migrate.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("qemu.migration");

static const char fd_name[] = "migrate";
static const char *const events[] = { "MIGRATION", NULL };
/* Switched on by whoever wants them, and off for everybody else. */
static const char *const optional[] = {
    "xbzrle", "auto-converge", "postcopy-ram", "compress", "multifd", "return-path", "pause-before-switchover",
    "zero-copy-send", NULL
};

enum {
    CANCEL_S = 60, /* for QEMU to give up, which it does at its next write */
};

/* Nothing says how long memory takes to send: whoever waits ends it by virDomainAbortJob(). */
static const int64_t for_ever = INT64_MAX;

typedef struct Path {
    const char *object, *member;
    size_t at, has;
    uint64_t unit;
} Path;

#define STAT(object, name, member, unit) \
    { object, name, offsetof(CookieStatistics, member), offsetof(CookieStatistics, has_##member), unit }
static const Path paths[] = {
    STAT(NULL, "total-time", time_elapsed, 1),
    STAT(NULL, "setup-time", setup_time, 1),
    STAT("ram", "total", memory_total, 1),
    STAT("ram", "transferred", memory_processed, 1),
    STAT("ram", "remaining", memory_remaining, 1),
    STAT("ram", "duplicate", memory_constant, 1),
    STAT("ram", "normal", memory_normal, 1),
    STAT("ram", "normal-bytes", memory_normal_bytes, 1),
    STAT("ram", "dirty-pages-rate", memory_dirty_rate, 1),
    STAT("ram", "dirty-sync-count", memory_iteration, 1),
    STAT("ram", "postcopy-requests", memory_postcopy_requests, 1),
    STAT("ram", "page-size", memory_page_size, 1),
    STAT("xbzrle-cache", "cache-size", compression_cache, 1),
    STAT("xbzrle-cache", "bytes", compression_bytes, 1),
    STAT("xbzrle-cache", "pages", compression_pages, 1),
    STAT("xbzrle-cache", "cache-miss", compression_cache_misses, 1),
    STAT("xbzrle-cache", "overflow", compression_overflow, 1),
};

void
migration_out_read(Json *info, CookieStatistics *stats)
{
    char *base = (char *)stats;
    Json *ram = json_opt_object(info, "ram"), *mbps = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        const Path *p = &paths[i];
        Json *from = p->object ? json_opt_object(info, p->object) : info;

        if (!from || !json_has(from, p->member))
            continue;
        *(uint64_t *)(base + p->at) = json_opt_uint64(from, p->member, 0) * p->unit;
        *(bool *)(base + p->has) = true;
    }
    /* While it runs the downtime is what QEMU expects. */
    if (json_has(info, "downtime") || json_has(info, "expected-downtime")) {
        stats->has_downtime = true;
        stats->downtime = json_opt_uint64(info, json_has(info, "downtime") ? "downtime" : "expected-downtime", 0);
    }
    if (json_has(info, "cpu-throttle-percentage")) {
        stats->has_auto_converge_throttle = true;
        stats->auto_converge_throttle = (int)json_opt_int64(info, "cpu-throttle-percentage", 0);
    }
    if (ram && json_object_object_get_ex(ram, "mbps", &mbps) && json_object_get_double(mbps) > 0) {
        stats->has_memory_bps = true;
        stats->memory_bps = (uint64_t)(json_object_get_double(mbps) * 1000 * 1000 / 8);
    }
}

bool
migration_out_refresh(Guest *guest, GuestJobData *data, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    g_autoptr(Json) info = qmp ? qmp_query_migrate(qmp, error) : NULL;
    uint64_t elapsed = data->stats.time_elapsed;

    if (!info)
        return false;
    migration_out_read(info, &data->stats);
    data->stats.time_elapsed = elapsed;
    return true;
}

bool
migration_out_pause(Guest *guest, int why, bool *ret_was_running, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    bool running = vm_state(&guest->vm, NULL) == VIR_DOMAIN_RUNNING;

    if (!qmp)
        return false;
    if (running) {
        lock_acquire(&guest->vm.object.lock);
        guest->why = why;
        lock_release(&guest->vm.object.lock);
        if (!qmp_stop(qmp, error))
            return false;
    }
    *ret_was_running = running;
    return true;
}

void
migration_out_go_on(Guest *guest, int why)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(QmpClient) qmp = guest_monitor(guest, NULL);

    /* One that was destroyed meanwhile has nothing to go on with. */
    if (!qmp || vm_state(&guest->vm, NULL) == VIR_DOMAIN_RUNNING)
        return;
    lock_acquire(&guest->vm.object.lock);
    guest->why = why;
    lock_release(&guest->vm.object.lock);
    if (!qmp_cont(qmp, &error)) {
        log_gerror(error, "while letting a guest go on");
        vm_set_state(&guest->vm, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_API_ERROR);
    }
}

static Json *
default_params(void)
{
    Json *params = json_new_object();

    /* QEMU's own limit is for networks that others use as well. */
    json_add_uint64(params, "max-bandwidth", INT64_MAX);
    return params;
}

static bool
prepare(MigrationOut *out, QmpClient *qmp, GError **error)
{
    static const char *const always[] = { "events", NULL };
    Json *params = out->params ? out->params : default_params();
    g_autoptr(Json) known = NULL;
    g_autoptr(GPtrArray) off = g_ptr_array_new();

    out->params = NULL;
    known = qmp_query_migrate_capabilities(qmp, error);
    for (size_t i = 0; known && i < json_array_len(known); i++) {
        const char *name = json_opt_string(json_array_at(known, i), "capability", "");

        if (g_strv_contains(optional, name) && json_opt_bool(json_array_at(known, i), "state", false))
            g_ptr_array_add(off, (char *)name);
    }
    g_ptr_array_add(off, NULL);
    if (!known || !qmp_migrate_set_capabilities(qmp, always, (const char *const *)off->pdata, error) ||
        (out->capabilities && out->capabilities[0] && !qmp_migrate_set_capabilities(qmp, out->capabilities, NULL, error))) {
        json_unref(params);
        return false;
    }
    return qmp_migrate_set_parameters(qmp, params, error);
}

static bool
begin(MigrationOut *out, QmpClient *qmp, GError **error)
{
    g_autofree char *uri = out->fd >= 0 ? g_strdup_printf("fd:%s", fd_name) : g_strdup(out->uri);

    if (out->fd >= 0 && !qmp_getfd(qmp, fd_name, out->fd, error))
        return false;
    if (qmp_migrate(qmp, uri, false, error))
        return true;
    if (out->fd >= 0)
        qmp_closefd(qmp, fd_name, NULL);
    return false;
}

/* Why it failed: as a client wished, or as QEMU says.  What fails just as it is to end was to end. */
static void
set_failure(QmpClient *qmp, Job *job, const char *status, GError **error)
{
    g_autoptr(Json) info = qmp_query_migrate(qmp, NULL);
    const char *why = info ? json_opt_string(info, "error-desc", NULL) : NULL;

    if (g_str_equal(status, "cancelled") || (job && job_abort_requested(job)))
        error_set(error, VIR_ERR_OPERATION_ABORTED, "operation aborted: the job was canceled by a client");
    else
        error_set(error, VIR_ERR_OPERATION_FAILED, "the job failed: %s", why ? why : "QEMU does not say why");
}

/* Take events until one is an end; "completed", "failed" or "cancelled", or NULL with @error set. */
static const char *
next_end(MigrationOut *out, GuestWait *wait, Job *job, int64_t deadline, bool *postcopy, GError **error)
{
    static const char *const ends[] = { "completed", "failed", "cancelled" };
    bool begun = false;

    for (;;) {
        g_autoptr(Json) data = guest_wait_next(wait, job, deadline, NULL, error);
        const char *status = data ? json_opt_string(data, "status", "") : NULL;

        if (!data)
            return NULL;
        log_debug("migration is %s", status);
        for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
            if (g_str_equal(status, ends[i]))
                return ends[i];
        if (g_str_has_prefix(status, "postcopy"))
            *postcopy = true;
        if (g_str_equal(status, "postcopy-active") && out->leave_at_postcopy)
            return ends[0];
        if (g_str_equal(status, "active") && !begun && out->begun) {
            begun = true;
            if (!out->begun(out->data, error))
                return NULL;
        }
        if (out->told && !out->told(out->data, status, error))
            return NULL;
    }
}

/* Give it up, and wait until QEMU has.  True if it had completed before it heard of it. */
static bool
cancel(MigrationOut *out, QmpClient *qmp, GuestWait *wait)
{
    int64_t deadline = g_get_monotonic_time() + CANCEL_S * G_USEC_PER_SEC;
    g_autoptr(GError) error = NULL;
    bool postcopy = false;
    MigrationOut quiet = { .guest = out->guest };
    const char *end;

    if (!qmp_migrate_cancel(qmp, &error)) {
        log_gerror(error, "while canceling a migration");
        return false;
    }
    end = next_end(&quiet, wait, NULL, deadline, &postcopy, &error);
    if (!end)
        log_gerror(error, "while waiting for the end of a migration that was canceled");
    return end && g_str_equal(end, "completed");
}

bool
migration_out_run(MigrationOut *out, CookieStatistics *ret_stats, bool *ret_postcopy, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(out->guest, error);
    g_autoptr(GuestWait) wait = qmp ? guest_wait_new(out->guest, events) : NULL;
    g_autoptr(Json) info = NULL;
    bool postcopy = false;
    const char *end;

    if (!qmp || !prepare(out, qmp, error) || !begin(out, qmp, error)) {
        json_unref(g_steal_pointer(&out->params));
        return false;
    }
    end = next_end(out, wait, out->job, for_ever, &postcopy, error);
    if (ret_postcopy)
        *ret_postcopy = postcopy;
    /* The reason to give up is told, also if it came too late. */
    if (!end) {
        if (!postcopy)
            cancel(out, qmp, wait);
        return false;
    }
    if (!g_str_equal(end, "completed")) {
        set_failure(qmp, out->job, end, error);
        return false;
    }
    info = qmp_query_migrate(qmp, error);
    if (!info)
        return false;
    if (ret_stats)
        migration_out_read(info, ret_stats);
    return true;
}

/* What was sent when the other daemon ended is lost, as nobody kept the file or told the other host: the guest goes on
 * here.  Unless it runs there already. */
bool
migration_out_recover(Guest *guest, const DomainJob *job, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    g_autoptr(GuestWait) wait = guest_wait_new(guest, events);
    g_autoptr(Json) info = qmp ? qmp_query_migrate(qmp, error) : NULL;
    const char *status = info ? json_opt_string(info, "status", "none") : NULL;
    MigrationOut out = { .guest = guest };
    static const char *const over[] = { "none", "completed", "failed", "cancelled", NULL };
    int reason, state = vm_state(&guest->vm, &reason);
    bool dump = g_str_equal(job->async, "dump"), save = g_str_equal(job->async, "save");

    if (!info)
        return false;
    if (g_str_has_prefix(status, "postcopy")) {
        vm_set_state(&guest->vm, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_POSTCOPY_FAILED);
        return true;
    }
    /* All was sent, and the other host may have been told to let it run. */
    if (!g_strcmp0(job->phase, "perform3_done")) {
        log_warning("a guest that was sent to another host is left paused: nobody knows whether it runs there");
        vm_set_state(&guest->vm, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_MIGRATION);
        return true;
    }
    if (!g_strv_contains(over, status))
        cancel(&out, qmp, wait);
    /* Unknown: it stopped after its state was written for the last time. */
    if (state == VIR_DOMAIN_PAUSED &&
        (reason == VIR_DOMAIN_PAUSED_SAVE || reason == VIR_DOMAIN_PAUSED_DUMP || reason == VIR_DOMAIN_PAUSED_MIGRATION ||
         reason == VIR_DOMAIN_PAUSED_UNKNOWN))
        migration_out_go_on(guest, save ? VIR_DOMAIN_RUNNING_SAVE_CANCELED
                                   : dump ? VIR_DOMAIN_RUNNING_UNPAUSED : VIR_DOMAIN_RUNNING_MIGRATION_CANCELED);
    return true;
}

const GuestJobOps migration_out_save_ops = { .async = "save", .refresh = migration_out_refresh,
                                             .recover = migration_out_recover };
