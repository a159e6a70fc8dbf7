/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* block_job.c - jobs of QEMU's on disks: which there are, and what QEMU tells of them */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/block/backup.h"

#include <errno.h>
#include <string.h>

#include "drivers/qemu/qmp/qmp_block.h"
#include "drivers/qemu/qmp/qmp_job.h"
#include "util/error.h"
#include "util/list.h"
#include "util/log.h"

LOG_SOURCE("qemu.blockjob");

/* A call may wait for the end of one job that long, and others must let it. */
enum { SETTLE_DEADLINE_S = 620 };

const char *const block_job_events[] = { "JOB_STATUS_CHANGE", NULL };

static GPtrArray *
jobs_of(Guest *guest) REQUIRES(guest->vm.object.lock)
{
    if (!guest->block_jobs)
        guest->block_jobs = g_ptr_array_new_with_free_func((GDestroyNotify)block_job_free);
    return guest->block_jobs;
}

static void
save(Guest *guest)
{
    g_autoptr(GError) error = NULL;

    if (!guest_status_save(&guest->vm.object, &error))
        log_gerror(error, "while saving the block jobs of a guest");
}

void
block_job_set_text(Guest *guest, char **member, const char *text)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    g_free(*member);
    *member = g_strdup(text);
}

void
block_job_set_state(Guest *guest, BlockJob *job, const char *state)
{
    block_job_set_text(guest, &job->state, state);
}

BlockJob *
block_job_new(Guest *guest, BlockjobType type, const Disk *disk, const char *node)
{
    static const char *const stems[] = { [BLOCKJOB_TYPE_PULL] = "pull", [BLOCKJOB_TYPE_COPY] = "copy",
                                         [BLOCKJOB_TYPE_COMMIT] = "commit", [BLOCKJOB_TYPE_ACTIVE_COMMIT] = "commit",
                                         [BLOCKJOB_TYPE_BACKUP] = "backup" };
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);
    BlockJob *job = xml_new(&block_job_xml);

    job->type = type;
    job->name = g_strdup_printf("%s-%s-%s", stems[type], disk->target, node);
    job->state = g_strdup("new");
    job->disk = g_strdup(disk->target);
    g_ptr_array_add(jobs_of(guest), job);
    return job;
}

void
block_job_begun(Guest *guest, BlockJob *job)
{
    lock_acquire(&guest->vm.object.lock);
    if (g_str_equal(job->state, "new")) {
        g_free(job->state);
        job->state = g_strdup("running");
    }
    lock_release(&guest->vm.object.lock);
    save(guest);
}

void
block_job_drop(Guest *guest, BlockJob *job)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    g_ptr_array_remove(jobs_of(guest), job);
}

BlockJob *
block_job_of_disk(Guest *guest, const Disk *disk)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);
    GPtrArray *jobs = jobs_of(guest);

    for (guint i = 0; i < jobs->len; i++) {
        BlockJob *job = jobs->pdata[i];

        if (!g_strcmp0(job->disk, disk->target))
            return job;
    }
    return NULL;
}

bool
block_job_is_free(Guest *guest, const Disk *disk, GError **error)
{
    if (!block_job_of_disk(guest, disk) && !disk->mirror)
        return true;
    error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "disk '%s' already in active block job", disk->target);
    return false;
}

bool
block_job_any(Guest *guest)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    return list_len(guest->block_jobs) > 0;
}

/* ---- what QEMU tells ---------------------------------------------------- */

static bool
has_news(Guest *guest)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    for (guint i = 0; i < list_len(guest->block_jobs); i++)
        if (((BlockJob *)list_at(guest->block_jobs, i))->newstate)
            return true;
    return false;
}

static void
settle_later(Guest *guest)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Job) job = NULL;
    g_autoptr(QmpClient) qmp = NULL;

    if (!has_news(guest))
        return;
    job = job_begin(&guest->vm.object.jobs, JOB_MODIFY, "the end of a block job", SETTLE_DEADLINE_S, &error);
    qmp = job ? guest_monitor(guest, &error) : NULL;
    if (qmp)
        block_job_settle(guest, qmp);
    else if (object_is_active(&guest->vm.object))
        log_gerror(error, "after a block job changed");
}

void
block_job_told(Guest *guest, Json *data)
{
    static const char *const matter[] = { "ready", "pending", "concluded", NULL };
    const char *id = json_opt_string(data, "id", ""), *status = json_opt_string(data, "status", "");
    bool found = false;

    if (!g_strv_contains(matter, status))
        return;
    lock_acquire(&guest->vm.object.lock);
    for (guint i = 0; i < list_len(guest->block_jobs); i++) {
        BlockJob *job = list_at(guest->block_jobs, i);

        /* Every job is pending for a moment; only commits wait there. */
        if (!g_str_equal(job->name, id) || (g_str_equal(status, "pending") && job->type != BLOCKJOB_TYPE_COMMIT))
            continue;
        g_free(job->newstate);
        job->newstate = g_strdup(status);
        found = true;
    }
    lock_release(&guest->vm.object.lock);
    if (found)
        guest_defer(guest, settle_later);
}

/* How @name ended, by QEMU's list of jobs; @ret_error is to be freed. */
static bool
ask_end(QmpClient *qmp, const char *name, char **ret_error)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Json) reply = qmp_block_query_jobs(qmp, &error);
    g_autoptr(GPtrArray) list = reply ? qmp_job_list(reply, &error) : NULL;

    for (guint i = 0; list && i < list->len; i++) {
        const QmpJob *job = list->pdata[i];

        if (g_str_equal(job->id, name)) {
            *ret_error = g_strdup(job->error);
            return true;
        }
    }
    if (error)
        log_gerror(error, "while asking how job '%s' ended", name);
    return false;
}

static void
conclude(Guest *guest, QmpClient *qmp, BlockJob *job)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *why = NULL;
    bool known = ask_end(qmp, job->name, &why);
    BlockJobOutcome outcome = BLOCK_JOB_COMPLETED;

    /* A mirror that is told to stop when it is ready ends well, but on the old disk. */
    if (g_str_equal(job->state, "aborting") || !g_strcmp0(why, g_strerror(ECANCELED)) || !g_strcmp0(why, "Operation canceled"))
        outcome = BLOCK_JOB_CANCELLED;
    else if (!known || why || g_str_equal(job->state, "failed"))
        outcome = BLOCK_JOB_FAILED;
    else if ((job->type == BLOCKJOB_TYPE_COPY || job->type == BLOCKJOB_TYPE_ACTIVE_COMMIT) &&
             !g_str_equal(job->state, "pivoting"))
        outcome = BLOCK_JOB_CANCELLED;
    if (why && outcome == BLOCK_JOB_FAILED)
        log_warning("block job '%s' failed: %s", job->name, why);
    block_job_set_text(guest, &job->errmsg, outcome == BLOCK_JOB_FAILED && !job->errmsg ? why : job->errmsg);
    if (known && !qmp_block_job_dismiss(qmp, job->name, &error))
        log_gerror(error, "while dismissing block job '%s'", job->name);
    if (job->type == BLOCKJOB_TYPE_BACKUP)
        backup_job_ended(guest, qmp, job, outcome);
    else
        block_job_end(guest, qmp, job, outcome);
    block_job_drop(guest, job);
    save(guest);
}

/* Where bitmaps cannot go with the data, the data stays as well. */
static void
finalize(Guest *guest, QmpClient *qmp, BlockJob *job)
{
    g_autoptr(GError) error = NULL;

    if (block_job_move_bitmaps(guest, qmp, job, &error) && qmp_block_job_finalize(qmp, job->name, &error))
        return;
    log_gerror(error, "while ending block job '%s'", job->name);
    block_job_set_text(guest, &job->errmsg, error->message);
    block_job_set_state(guest, job, "failed");
    g_clear_error(&error);
    if (!qmp_block_job_cancel(qmp, job->name, true, &error))
        log_gerror(error, "while cancelling block job '%s'", job->name);
}

static BlockJob *
next_news(Guest *guest, char **ret_news)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    for (guint i = 0; i < list_len(guest->block_jobs); i++) {
        BlockJob *job = list_at(guest->block_jobs, i);

        if (job->newstate) {
            *ret_news = g_steal_pointer(&job->newstate);
            return job;
        }
    }
    return NULL;
}

void
block_job_settle(Guest *guest, QmpClient *qmp)
{
    while (true) {
        g_autofree char *news = NULL;
        BlockJob *job = next_news(guest, &news);

        if (!job)
            return;
        if (g_str_equal(news, "concluded")) {
            conclude(guest, qmp, job);
        } else if (g_str_equal(news, "pending")) {
            finalize(guest, qmp, job);
        } else if (g_str_equal(news, "ready") && (g_str_equal(job->state, "running") || g_str_equal(job->state, "new"))) {
            block_job_set_state(guest, job, "ready");
            block_job_ready(guest, qmp, job);
            save(guest);
        }
    }
}

bool
block_job_wait(Guest *guest, QmpClient *qmp, GuestWait *wait, const char *name, int64_t deadline, GError **error)
{
    while (true) {
        g_autoptr(Json) data = guest_wait_next(wait, NULL, deadline, NULL, error);

        if (!data)
            return false;
        if (!g_str_equal(json_opt_string(data, "id", ""), name))
            continue;
        block_job_settle(guest, qmp);
        if (g_str_equal(json_opt_string(data, "status", ""), "concluded"))
            return true;
    }
}

/* ---- over restarts ------------------------------------------------------ */

void
block_job_to_status(Guest *guest, DomainStatus *status)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    status->blockjobs_active = list_len(guest->block_jobs) ? YESNO_YES : YESNO_NO;
    if (!list_len(guest->block_jobs))
        return;
    status->blockjobs = g_ptr_array_new_with_free_func((GDestroyNotify)block_job_free);
    for (guint i = 0; i < guest->block_jobs->len; i++)
        g_ptr_array_add(status->blockjobs, xml_copy(&block_job_xml, guest->block_jobs->pdata[i]));
}

void
block_job_status_clear(DomainStatus *status)
{
    g_clear_pointer(&status->blockjobs, g_ptr_array_unref);
}

void
block_job_from_status(Guest *guest, const DomainStatus *status)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    for (guint i = 0; i < list_len(status->blockjobs); i++)
        g_ptr_array_add(jobs_of(guest), xml_copy(&block_job_xml, list_at(status->blockjobs, i)));
}

/* What QEMU says of a job now, in the words of events; one that is not there any more is over, somehow. */
static const char *
news_of(const GPtrArray *list, const char *name)
{
    for (guint i = 0; i < list->len; i++) {
        const QmpJob *job = list->pdata[i];

        if (!g_str_equal(job->id, name))
            continue;
        return g_str_equal(job->status, "concluded") ? "concluded" : g_str_equal(job->status, "pending") ? "pending"
               : g_str_equal(job->status, "ready") || g_str_equal(job->status, "standby") ? "ready" : NULL;
    }
    return "concluded";
}

void
block_job_recover(Guest *guest)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(QmpClient) qmp = guest_monitor(guest, &error);
    g_autoptr(Json) reply = qmp && block_job_any(guest) ? qmp_block_query_jobs(qmp, &error) : NULL;
    g_autoptr(GPtrArray) list = reply ? qmp_job_list(reply, &error) : NULL;

    if (error)
        log_gerror(error, "while asking for the block jobs of a guest");
    if (!list)
        return;
    lock_acquire(&guest->vm.object.lock);
    for (guint i = 0; i < list_len(guest->block_jobs); i++) {
        BlockJob *job = list_at(guest->block_jobs, i);

        g_free(job->newstate);
        job->newstate = g_strdup(news_of(list, job->name));
    }
    lock_release(&guest->vm.object.lock);
    block_job_settle(guest, qmp);
}

void
block_job_clear(Guest *guest)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    g_clear_pointer(&guest->block_jobs, g_ptr_array_unref);
}
