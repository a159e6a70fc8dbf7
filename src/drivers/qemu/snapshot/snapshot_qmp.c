/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* snapshot_qmp.c - what snapshots say to the emulator: nodes, transactions, jobs that are waited for */
#define ERROR_FROM VIR_FROM_DOMAIN_SNAPSHOT
#include <string.h>

#include "drivers/qemu/migration/migration_out.h"
#include "drivers/qemu/process/guest_wait.h"
#include "drivers/qemu/qmp/qmp_job.h"
#include "drivers/qemu/snapshot/snapshot.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("qemu.snapshot");

enum {
    SLICE = 30 * G_USEC_PER_SEC, /* a job that tells nothing is asked that often */
    STUCK = 20,                  /* and given up when it did nothing in so many of them */
};

static Json *
ask(Guest *guest, const char *command, Json *arguments, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);

    if (!qmp) {
        json_unref(arguments);
        return NULL;
    }
    return qmp_client_call(qmp, command, arguments, QMP_CLIENT_TIMEOUT, error);
}

bool
snapshot_qmp_tell(Guest *guest, const char *command, Json *arguments, GError **error)
{
    g_autoptr(Json) reply = ask(guest, command, arguments, error);

    return reply != NULL;
}

Json *
snapshot_qmp_nodes(Guest *guest, GError **error)
{
    return ask(guest, "query-named-block-nodes", NULL, error);
}

Json *
snapshot_qmp_node(Json *nodes, const char *name)
{
    for (size_t i = 0; i < json_array_len(nodes); i++)
        if (!g_strcmp0(json_opt_string(json_array_at(nodes, i), "node-name", NULL), name))
            return json_array_at(nodes, i);
    return NULL;
}

/* What query-jobs says of @id; NULL with no error set if it says nothing. */
static QmpJob *
look(Guest *guest, const char *id, GPtrArray **ret_list, GError **error)
{
    g_autoptr(Json) reply = ask(guest, "query-jobs", NULL, error);

    *ret_list = reply ? qmp_job_list(reply, error) : NULL;
    for (guint i = 0; *ret_list && i < (*ret_list)->len; i++)
        if (g_str_equal(((QmpJob *)(*ret_list)->pdata[i])->id, id))
            return (*ret_list)->pdata[i];
    return NULL;
}

static bool
steer(Guest *guest, const char *command, const char *id, GError **error)
{
    Json *arguments = json_new_object();

    json_add_string(arguments, "id", id);
    return snapshot_qmp_tell(guest, command, arguments, error);
}

/* It ended: how?  Then it is forgotten. */
static bool
conclude(Guest *guest, const char *id, GError **error)
{
    g_autoptr(GPtrArray) list = NULL;
    QmpJob *job = look(guest, id, &list, error);
    g_autoptr(GError) why = NULL;
    bool ok = list != NULL;

    if (job && job->error) {
        error_set(error, VIR_ERR_OPERATION_FAILED, "QEMU: %s", job->error);
        ok = false;
    }
    if (job && !steer(guest, "job-dismiss", id, &why))
        log_gerror(why, "while dismissing the job '%s'", id);
    return ok;
}

typedef struct Progress {
    uint64_t done;
    unsigned same; /* looks without a change */
} Progress;

/* Nothing was told for a while. */
static bool
still_works(Guest *guest, const char *id, Progress *progress, bool *ret_ended, GError **error)
{
    g_autoptr(GPtrArray) list = NULL;
    QmpJob *job = look(guest, id, &list, error);

    if (!list)
        return false;
    *ret_ended = !job || g_str_equal(job->status, "concluded");
    if (*ret_ended)
        return true;
    progress->same = job->done == progress->done ? progress->same + 1 : 0;
    progress->done = job->done;
    if (progress->same < STUCK)
        return true;
    error_set(error, VIR_ERR_OPERATION_TIMEOUT, "QEMU's job '%s' does not go on", id);
    return false;
}

static bool
wait_for_end(const SnapshotWork *work, GuestWait *wait, const char *id, GError **error)
{
    Progress progress = { 0 };
    bool ended = false;

    while (!ended) {
        g_autoptr(GError) why = NULL;
        g_autoptr(Json) data = guest_wait_next(wait, work->job, g_get_monotonic_time() + SLICE, NULL, &why);
        const char *status = json_opt_string(data, "status", "");

        if (!data && why->code == VIR_ERR_OPERATION_TIMEOUT) {
            if (!still_works(work->guest, id, &progress, &ended, error))
                return false;
            continue;
        }
        if (!data) {
            g_propagate_error(error, g_steal_pointer(&why));
            return false;
        }
        if (g_strcmp0(json_opt_string(data, "id", NULL), id) != 0)
            continue;
        ended = g_str_equal(status, "concluded");
        if (g_str_equal(status, "ready") && !steer(work->guest, "job-complete", id, error))
            return false;
    }
    return true;
}

bool
snapshot_qmp_job(const SnapshotWork *work, const char *command, Json *arguments, const char *id, GError **error)
{
    static const char *const names[] = { "JOB_STATUS_CHANGE", NULL };
    const SnapshotWork to_the_end = { .guest = work->guest };
    g_autoptr(GuestWait) wait = guest_wait_new(work->guest, names);
    g_autoptr(GError) ignored = NULL;

    json_add_string(arguments, "job-id", id);
    if (!snapshot_qmp_tell(work->guest, command, arguments, error))
        return false;
    if (wait_for_end(work, wait, id, error))
        return conclude(work->guest, id, error);
    /* What was begun must not go on behind our back. */
    if (!steer(work->guest, "job-cancel", id, NULL) || !wait_for_end(&to_the_end, wait, id, NULL) ||
        !conclude(work->guest, id, &ignored))
        log_debug("job '%s' was given up", id);
    return false;
}

static void
expect(Guest *guest, int why)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    guest->why = why;
}

bool
snapshot_qmp_stop(Guest *guest, int reason, bool *ret_ran, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);

    *ret_ran = vm_state(&guest->vm, NULL) == VIR_DOMAIN_RUNNING;
    if (!qmp || !*ret_ran)
        return qmp != NULL;
    expect(guest, reason);
    return qmp_stop(qmp, error);
}

bool
snapshot_qmp_cont(Guest *guest, int reason, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);

    if (!qmp)
        return false;
    expect(guest, reason);
    return qmp_cont(qmp, error);
}

/* The daemon that began them is gone. */
static bool
drop_jobs(Guest *guest, GError **error)
{
    static const char *const names[] = { "JOB_STATUS_CHANGE", NULL };
    const SnapshotWork work = { .guest = guest };
    g_autoptr(GuestWait) wait = guest_wait_new(guest, names);
    g_autoptr(Json) reply = ask(guest, "query-jobs", NULL, error);
    g_autoptr(GPtrArray) list = reply ? qmp_job_list(reply, error) : NULL;

    for (guint i = 0; i < list_len(list); i++) {
        const QmpJob *job = list_at(list, i);
        g_autoptr(GError) why = NULL;

        if (!g_str_has_prefix(job->id, "snapshot-") && !g_str_has_prefix(job->id, "create-libvirt-"))
            continue;
        if (!g_str_equal(job->status, "concluded") &&
            (!steer(guest, "job-cancel", job->id, &why) || !wait_for_end(&work, wait, job->id, &why)))
            log_gerror(why, "while ending the job '%s' of another daemon", job->id);
        else if (!conclude(guest, job->id, &why))
            log_info("job '%s' of another daemon: %s", job->id, why->message);
    }
    return list != NULL;
}

static bool
go_on_from(Guest *guest, int why_paused, GError **error)
{
    int reason, state = vm_state(&guest->vm, &reason);

    return state != VIR_DOMAIN_PAUSED || reason != why_paused || snapshot_qmp_cont(guest, VIR_DOMAIN_RUNNING_UNPAUSED, error);
}

/* What was not switched to is as if it had not been; a guest that was stopped for it goes on. */
static bool
recover(Guest *guest, const DomainJob *job, GError **error)
{
    return drop_jobs(guest, error) && go_on_from(guest, VIR_DOMAIN_PAUSED_SAVE, error) &&
           migration_out_recover(guest, job, error) && go_on_from(guest, VIR_DOMAIN_PAUSED_SNAPSHOT, error);
}

const GuestJobOps snapshot_job_ops = { .async = "snapshot", .recover = recover };
