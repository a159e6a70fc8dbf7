/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_job.c - the long job of a guest, as clients see it */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/process/guest_job.h"

#include <string.h>

#include "drivers/qemu/block/backup.h"
#include "drivers/qemu/migration/migrate.h"
#include "drivers/qemu/migration/migration_out.h"
#include "drivers/qemu/process/guest_wait.h"
#include "drivers/qemu/snapshot/snapshot.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("qemu.job");

/* Guarded by the object's lock. */
struct GuestJob {
    GuestJobData current, completed; /* operation UNKNOWN: none */
    const GuestJobOps *ops;
    const char *owner, *phase;
    uint32_t api_flags;
    int64_t since, started; /* monotonic microseconds; milliseconds since 1970 */
};

static const GuestJobOps no_ops;

/* Kinds of jobs that a new daemon may find. */
static const GuestJobOps *const known[] = { &backup_job_ops, &migration_out_save_ops, &migration_out_dump_ops,
                                           &migrate_out_ops, &migrate_in_ops, &snapshot_job_ops, NULL };

GuestJob *
guest_job_new(void)
{
    GuestJob *job = g_new0(GuestJob, 1);

    job->ops = &no_ops;
    return job;
}

void
guest_job_free(GuestJob *job)
{
    if (!job)
        return;
    guest_job_data_clear(&job->current);
    guest_job_data_clear(&job->completed);
    g_free(job);
}

void
guest_job_data_clear(GuestJobData *data)
{
    g_free(data->message);
    *data = (GuestJobData){ 0 };
}

static void
copy(GuestJobData *to, const GuestJobData *from)
{
    g_free(to->message);
    *to = *from;
    to->message = g_strdup(from->message);
}

/* The part of a statistic that reached this file: which parameter it is, and of which type. */
#define STAT(parameter, type, member) \
    { parameter, VIR_TYPED_PARAM_##type, offsetof(CookieStatistics, member), offsetof(CookieStatistics, has_##member) }
static const struct {
    const char *name;
    int type;
    size_t at, has;
} statistics[] = {
    STAT(VIR_DOMAIN_JOB_TIME_REMAINING, ULLONG, time_remaining),
    STAT(VIR_DOMAIN_JOB_DOWNTIME, ULLONG, downtime),
    STAT(VIR_DOMAIN_JOB_SETUP_TIME, ULLONG, setup_time),
    STAT(VIR_DOMAIN_JOB_MEMORY_TOTAL, ULLONG, memory_total),
    STAT(VIR_DOMAIN_JOB_MEMORY_PROCESSED, ULLONG, memory_processed),
    STAT(VIR_DOMAIN_JOB_MEMORY_REMAINING, ULLONG, memory_remaining),
    STAT(VIR_DOMAIN_JOB_MEMORY_BPS, ULLONG, memory_bps),
    STAT(VIR_DOMAIN_JOB_MEMORY_CONSTANT, ULLONG, memory_constant),
    STAT(VIR_DOMAIN_JOB_MEMORY_NORMAL, ULLONG, memory_normal),
    STAT(VIR_DOMAIN_JOB_MEMORY_NORMAL_BYTES, ULLONG, memory_normal_bytes),
    STAT(VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE, ULLONG, memory_dirty_rate),
    STAT(VIR_DOMAIN_JOB_MEMORY_ITERATION, ULLONG, memory_iteration),
    STAT(VIR_DOMAIN_JOB_MEMORY_POSTCOPY_REQS, ULLONG, memory_postcopy_requests),
    STAT(VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE, ULLONG, memory_page_size),
    STAT(VIR_DOMAIN_JOB_DISK_TOTAL, ULLONG, disk_total),
    STAT(VIR_DOMAIN_JOB_DISK_PROCESSED, ULLONG, disk_processed),
    STAT(VIR_DOMAIN_JOB_DISK_REMAINING, ULLONG, disk_remaining),
    STAT(VIR_DOMAIN_JOB_DISK_BPS, ULLONG, disk_bps),
    STAT(VIR_DOMAIN_JOB_COMPRESSION_CACHE, ULLONG, compression_cache),
    STAT(VIR_DOMAIN_JOB_COMPRESSION_BYTES, ULLONG, compression_bytes),
    STAT(VIR_DOMAIN_JOB_COMPRESSION_PAGES, ULLONG, compression_pages),
    STAT(VIR_DOMAIN_JOB_COMPRESSION_CACHE_MISSES, ULLONG, compression_cache_misses),
    STAT(VIR_DOMAIN_JOB_COMPRESSION_OVERFLOW, ULLONG, compression_overflow),
    STAT(VIR_DOMAIN_JOB_AUTO_CONVERGE_THROTTLE, INT, auto_converge_throttle),
};

/* The times on two hosts differ by what their clocks do; without that it is what the network took. */
static void
add_net(Params *params, const char *name, bool has, uint64_t time, const CookieStatistics *stats)
{
    if (has && stats->has_delta && (int64_t)time > stats->delta)
        params_add_ullong(params, name, (uint64_t)((int64_t)time - stats->delta));
}

void
guest_job_data_params(const GuestJobData *data, Params *params)
{
    const CookieStatistics *stats = &data->stats;

    params_add_int(params, VIR_DOMAIN_JOB_OPERATION, data->operation);
    params_add_ullong(params, VIR_DOMAIN_JOB_TIME_ELAPSED, stats->time_elapsed);
    add_net(params, VIR_DOMAIN_JOB_TIME_ELAPSED_NET, stats->has_time_elapsed, stats->time_elapsed, stats);
    add_net(params, VIR_DOMAIN_JOB_DOWNTIME_NET, stats->has_downtime, stats->downtime, stats);
    if (stats->has_memory_total || stats->has_disk_total) {
        params_add_ullong(params, VIR_DOMAIN_JOB_DATA_TOTAL, stats->memory_total + stats->disk_total);
        params_add_ullong(params, VIR_DOMAIN_JOB_DATA_PROCESSED, stats->memory_processed + stats->disk_processed);
        params_add_ullong(params, VIR_DOMAIN_JOB_DATA_REMAINING, stats->memory_remaining + stats->disk_remaining);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(statistics); i++) {
        const char *base = (const char *)stats;

        if (!*(const bool *)(base + statistics[i].has))
            continue;
        if (statistics[i].type == VIR_TYPED_PARAM_INT)
            params_add_int(params, statistics[i].name, *(const int *)(base + statistics[i].at));
        else
            params_add_ullong(params, statistics[i].name, *(const uint64_t *)(base + statistics[i].at));
    }
    if (data->has_disk_temp) {
        params_add_ullong(params, VIR_DOMAIN_JOB_DISK_TEMP_USED, data->disk_temp_used);
        params_add_ullong(params, VIR_DOMAIN_JOB_DISK_TEMP_TOTAL, data->disk_temp_total);
    }
    if (data->has_success)
        params_add_bool(params, VIR_DOMAIN_JOB_SUCCESS, data->success);
    if (data->message)
        params_add_string(params, VIR_DOMAIN_JOB_ERRMSG, data->message);
}

static void
save(Guest *guest)
{
    g_autoptr(GError) error = NULL;

    if (!guest_status_save(&guest->vm.object, &error))
        log_gerror(error, "while saving what a guest does");
}

void
guest_job_set(Guest *guest, int operation, const GuestJobOps *ops, const char *owner, uint32_t api_flags)
{
    lock_acquire(&guest->vm.object.lock);
    guest_job_data_clear(&guest->job->current);
    guest->job->current.operation = operation;
    guest->job->current.type = VIR_DOMAIN_JOB_UNBOUNDED;
    guest->job->ops = ops ? ops : &no_ops;
    guest->job->owner = owner;
    guest->job->phase = NULL;
    guest->job->api_flags = api_flags;
    guest->job->since = g_get_monotonic_time();
    guest->job->started = g_get_real_time() / 1000;
    lock_release(&guest->vm.object.lock);
    save(guest);
}

void
guest_job_phase(Guest *guest, const char *phase)
{
    lock_acquire(&guest->vm.object.lock);
    guest->job->phase = phase;
    lock_release(&guest->vm.object.lock);
    save(guest);
}

static void
tell_completed(Guest *guest, const GuestJobData *completed)
{
    DomainEventCallbackJobCompletedMsg msg = { 0 };
    g_auto(Params) params = { 0 };

    guest_job_data_params(completed, &params);
    params_lend(&params, &msg.n_params, &msg.params);
    object_wire(&guest->vm.object, &msg.dom);
    event_emit(guest_host.env.hub, EVENT_DOMAIN, VIR_DOMAIN_EVENT_ID_JOB_COMPLETED, &msg);
    g_free(msg.dom.name);
}

void
guest_job_set_completed(Guest *guest, const GuestJobData *completed)
{
    lock_acquire(&guest->vm.object.lock);
    copy(&guest->job->completed, completed);
    lock_release(&guest->vm.object.lock);
    tell_completed(guest, completed);
}

void
guest_job_clear(Guest *guest, const GuestJobData *completed)
{
    bool had;

    lock_acquire(&guest->vm.object.lock);
    had = guest->job->current.operation != VIR_DOMAIN_JOB_OPERATION_UNKNOWN;
    guest_job_data_clear(&guest->job->current);
    guest->job->ops = &no_ops;
    guest->job->owner = guest->job->phase = NULL;
    lock_release(&guest->vm.object.lock);
    if (!had)
        return;
    if (completed)
        guest_job_set_completed(guest, completed);
    save(guest);
}

/* With the object's lock. */
static void
copy_current(Guest *guest, GuestJobData *to)
{
    copy(to, &guest->job->current);
    to->stats.has_time_elapsed = to->operation != VIR_DOMAIN_JOB_OPERATION_UNKNOWN;
    to->stats.time_elapsed = (uint64_t)(g_get_monotonic_time() - guest->job->since) / 1000;
}

void
guest_job_current(Guest *guest, GuestJobData *ret_data)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    copy_current(guest, ret_data);
}

void
guest_job_data_end(Guest *guest, int type, const CookieStatistics *stats, GuestJobData *ret_data)
{
    uint64_t elapsed;

    guest_job_current(guest, ret_data);
    elapsed = ret_data->stats.time_elapsed;
    if (stats)
        ret_data->stats = *stats;
    ret_data->type = type;
    ret_data->stats.has_time_remaining = false;
    ret_data->stats.has_time_elapsed = true;
    ret_data->stats.time_elapsed = elapsed;
}

bool
guest_job_is(Guest *guest, int operation)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    return guest->job->current.operation == operation;
}

bool
guest_job_to_status(Guest *guest, DomainJob *job)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    if (guest->job->current.operation == VIR_DOMAIN_JOB_OPERATION_UNKNOWN || !guest->job->ops->async)
        return false;
    job->type = (char *)"none";
    job->async = (char *)guest->job->ops->async;
    job->phase = (char *)(guest->job->phase ? guest->job->phase : "none");
    job->has_api_flags = true;
    job->api_flags = guest->job->api_flags;
    job->has_async_started = true;
    job->async_started = (uint64_t)guest->job->started;
    job->async_owner = (char *)guest->job->owner;
    return true;
}

void
guest_job_recover(Guest *guest, const DomainJob *job)
{
    g_autoptr(GError) error = NULL;

    if (!job || !job->async || g_str_equal(job->async, "none"))
        return;
    for (size_t i = 0; known[i]; i++)
        if (g_str_equal(known[i]->async, job->async)) {
            if (!known[i]->recover(guest, job, &error))
                log_gerror(error, "while taking back what another daemon began with a guest (%s)", job->async);
            return;
        }
    log_info("a job '%s' of another daemon is forgotten", job->async);
}

/* How far the job is: the guest itself is asked, but never waited for in vain. */
static bool
read_current(Guest *guest, GuestJobData *data, GError **error)
{
    const GuestJobOps *ops;

    lock_acquire(&guest->vm.object.lock);
    copy_current(guest, data);
    ops = guest->job->ops;
    lock_release(&guest->vm.object.lock);
    if (data->operation == VIR_DOMAIN_JOB_OPERATION_UNKNOWN)
        return kit_require_active(&guest->vm.object, error);
    if (data->operation == VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "migration statistics are available only on the source host");
        return false;
    }
    return !ops->refresh || ops->refresh(guest, data, error);
}

bool
guest_job_row_info(Call *call, GError **error)
{
    DomainGetJobInfoRet *ret = call->ret;
    g_auto(GuestJobData) data = { 0 };
    const CookieStatistics *s = &data.stats;

    if (!read_current(guest_of(call), &data, error))
        return false;
    ret->type = data.type;
    ret->timeElapsed = s->time_elapsed;
    ret->timeRemaining = s->time_remaining;
    ret->memTotal = s->memory_total;
    ret->memProcessed = s->memory_processed;
    ret->memRemaining = s->memory_remaining;
    ret->fileTotal = s->disk_total;
    ret->fileProcessed = s->disk_processed;
    ret->fileRemaining = s->disk_remaining;
    ret->dataTotal = ret->memTotal + ret->fileTotal;
    ret->dataProcessed = ret->memProcessed + ret->fileProcessed;
    ret->dataRemaining = ret->memRemaining + ret->fileRemaining;
    return true;
}

static void
read_completed(Guest *guest, bool keep, GuestJobData *data)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    copy(data, &guest->job->completed);
    if (!keep)
        guest_job_data_clear(&guest->job->completed);
}

bool
guest_job_row_stats(Call *call, GError **error)
{
    DomainGetJobStatsRet *ret = call->ret;
    g_auto(GuestJobData) data = { 0 };
    g_auto(Params) params = { 0 };

    if (call->flags & VIR_DOMAIN_JOB_STATS_COMPLETED)
        read_completed(guest_of(call), call->flags & VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED, &data);
    else if (!read_current(guest_of(call), &data, error))
        return false;
    ret->type = data.type;
    if (data.operation == VIR_DOMAIN_JOB_OPERATION_UNKNOWN)
        return true;
    guest_job_data_params(&data, &params);
    params_take(&params, &ret->n_params, &ret->params);
    return true;
}

bool
guest_job_row_abort(Call *call, GError **error)
{
    Guest *guest = guest_of(call);
    const GuestJobOps *ops;
    int operation;

    lock_acquire(&guest->vm.object.lock);
    operation = guest->job->current.operation;
    ops = guest->job->ops;
    lock_release(&guest->vm.object.lock);
    if (operation == VIR_DOMAIN_JOB_OPERATION_UNKNOWN) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "no job is active on the domain");
        return false;
    }
    if (operation == VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "cannot abort incoming migration; use virDomainDestroy instead");
        return false;
    }
    if (ops->abort)
        return ops->abort(guest, call->flags, error);
    if (call->flags & VIR_DOMAIN_ABORT_JOB_POSTCOPY) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "current job is not outgoing migration in post-copy mode");
        return false;
    }
    if (!job_request_abort(&guest->vm.object.jobs)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "cannot abort the job that runs; it ends by itself");
        return false;
    }
    guest_wait_wake(guest);
    return true;
}
