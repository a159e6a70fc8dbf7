/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* backup_rows.c - backups from their call to their end */
#define ERROR_FROM VIR_FROM_QEMU
#include <libvirt/libvirt.h>

#include "drivers/qemu/block/backup.h"
#include "drivers/qemu/block/block_rows.h"
#include "drivers/qemu/qmp/qmp_block.h"
#include "drivers/qemu/qmp/qmp_job.h"
#include "util/error.h"
#include "util/list.h"
#include "util/log.h"

LOG_SOURCE("qemu.backup");

/* Guarded by the object's lock. */
struct GuestBackup {
    Backup *doc;
    Job *job;         /* the guest's long job, held until the backup ends */
    bool reuse;       /* images were there before, and stay */
    bool failed, cancelled;
    char *why;
};

static void
free_backup(struct GuestBackup *backup)
{
    if (!backup)
        return;
    backup_free(backup->doc);
    job_end(backup->job);
    g_free(backup->why);
    g_free(backup);
}

static struct GuestBackup *
backup_of(Guest *guest)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    return guest->backup;
}

/* ---- progress ------------------------------------------------------------ */

static bool
refresh(Guest *guest, GuestJobData *data, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    g_autoptr(Json) reply = qmp ? qmp_block_query_jobs(qmp, error) : NULL;
    g_autoptr(GPtrArray) jobs = reply ? qmp_job_list(reply, error) : NULL;

    for (guint i = 0; jobs && i < jobs->len; i++) {
        const QmpJob *job = jobs->pdata[i];

        if (!g_str_equal(job->type, "backup"))
            continue;
        data->stats.has_disk_total = data->stats.has_disk_processed = data->stats.has_disk_remaining = true;
        data->stats.disk_total += job->total;
        data->stats.disk_processed += job->done;
        data->stats.disk_remaining += job->total > job->done ? job->total - job->done : 0;
    }
    return jobs != NULL;
}

static void
cancel_all(Guest *guest, QmpClient *qmp)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

    lock_acquire(&guest->vm.object.lock);
    for (guint i = 0; i < list_len(guest->block_jobs); i++) {
        const BlockJob *job = list_at(guest->block_jobs, i);

        if (job->type == BLOCKJOB_TYPE_BACKUP)
            g_ptr_array_add(names, g_strdup(job->name));
    }
    lock_release(&guest->vm.object.lock);
    for (guint i = 0; i < names->len; i++) {
        g_autoptr(GError) error = NULL;

        /* One that has just ended is not there to be cancelled. */
        if (!qmp_block_job_cancel(qmp, names->pdata[i], true, &error))
            log_debug("%s", error->message);
    }
}

static bool
abort_backup(Guest *guest, uint32_t flags, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);

    if (!qmp)
        return false;
    if (flags & VIR_DOMAIN_ABORT_JOB_POSTCOPY) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "current job is not outgoing migration in post-copy mode");
        return false;
    }
    lock_acquire(&guest->vm.object.lock);
    if (guest->backup)
        guest->backup->cancelled = true;
    lock_release(&guest->vm.object.lock);
    cancel_all(guest, qmp);
    return true;
}

/* ---- the end ------------------------------------------------------------- */

static bool
runs(const Backup *doc)
{
    for (size_t i = 0; i < list_len(doc->disks); i++) {
        const BackupDisk *disk = list_at(doc->disks, i);

        if (disk->backup != BACKUP_WANTED_NO && disk->state == BACKUP_STATE_RUNNING)
            return true;
    }
    return false;
}

static void
finish(Guest *guest, QmpClient *qmp, struct GuestBackup *backup)
{
    g_auto(GuestJobData) data = { 0 };
    bool ok = !backup->failed && !backup->cancelled;

    backup_plan_end(guest, qmp, backup->doc, ok, backup->reuse);
    guest_job_data_end(guest, ok ? VIR_DOMAIN_JOB_COMPLETED : backup->failed ? VIR_DOMAIN_JOB_FAILED : VIR_DOMAIN_JOB_CANCELLED,
                       NULL, &data);
    data.has_success = true;
    data.success = ok;
    data.message = g_strdup(backup->why);
    lock_acquire(&guest->vm.object.lock);
    guest->backup = NULL;
    lock_release(&guest->vm.object.lock);
    guest_job_clear(guest, &data);
    free_backup(backup);
}

void
backup_job_ended(Guest *guest, QmpClient *qmp, const BlockJob *job, BlockJobOutcome outcome)
{
    static const BackupState states[] = { BACKUP_STATE_COMPLETE, BACKUP_STATE_FAILED, BACKUP_STATE_CANCELLED };
    struct GuestBackup *backup = backup_of(guest);
    BackupDisk *disk = backup ? backup_plan_disk(backup->doc, job->disk) : NULL;

    if (!disk)
        return;
    disk->state = states[outcome];
    if (outcome == BLOCK_JOB_FAILED && !backup->failed) {
        backup->failed = true;
        backup->why = g_strdup(job->errmsg);
        cancel_all(guest, qmp);
    } else if (outcome == BLOCK_JOB_CANCELLED) {
        backup->cancelled = true;
    }
    if (!runs(backup->doc))
        finish(guest, qmp, backup);
}

void
backup_clear(Guest *guest)
{
    struct GuestBackup *backup;

    lock_acquire(&guest->vm.object.lock);
    backup = guest->backup;
    guest->backup = NULL;
    lock_release(&guest->vm.object.lock);
    if (!backup)
        return;
    if (!backup->reuse)
        backup_plan_unlink(backup->doc);
    guest_job_clear(guest, NULL);
    free_backup(backup);
}

/* ---- over restarts ------------------------------------------------------- */

Backup *
backup_to_status(Guest *guest)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    return guest->backup ? xml_copy(&backup_xml, guest->backup->doc) : NULL;
}

static void
hold(Guest *guest, Backup *doc, Job *job, bool reuse)
{
    struct GuestBackup *backup = g_new0(struct GuestBackup, 1);

    backup->doc = doc;
    backup->job = job;
    backup->reuse = reuse;
    lock_acquire(&guest->vm.object.lock);
    guest->backup = backup;
    lock_release(&guest->vm.object.lock);
}

void
backup_from_status(Guest *guest, const DomainStatus *status)
{
    uint64_t flags = status->job ? status->job->api_flags : 0;

    if (status->backup)
        hold(guest, xml_copy(&backup_xml, status->backup), NULL, flags & VIR_DOMAIN_BACKUP_BEGIN_REUSE_EXTERNAL);
}

/* Its jobs are block jobs, which are found again as all are; those that ended meanwhile are settled later. */
static bool
recover(Guest *guest, const DomainJob *job, GError **error)
{
    struct GuestBackup *backup = backup_of(guest);

    if (!backup)
        return true;
    guest_job_set(guest, VIR_DOMAIN_JOB_OPERATION_BACKUP, &backup_job_ops, "virDomainBackupBegin", (uint32_t)job->api_flags);
    return true;
}

const GuestJobOps backup_job_ops = { .async = "backup", .refresh = refresh, .abort = abort_backup, .recover = recover };

/* ---- rows ---------------------------------------------------------------- */

static bool
check(const Backup *backup, GError **error)
{
    const char *what = !backup->has_server ? NULL
                       : backup->tls == YESNO_YES ? "TLS (tls='yes')"
                       : backup->transport == BACKUP_TRANSPORT_FD ? "a socket that was passed in (transport='fd')" : NULL;

    if (what)
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "%s for the server of a pull backup is not supported yet", what);
    return !what;
}

bool
backup_rows_begin(Call *call, GError **error)
{
    const DomainBackupBeginArgs *args = call->args;
    Guest *guest = guest_of(call);
    int64_t now = g_get_real_time() / G_USEC_PER_SEC;
    bool reuse = call->flags & VIR_DOMAIN_BACKUP_BEGIN_REUSE_EXTERNAL;
    g_autoptr(Backup) backup = backup_parse(args->backup_xml, MOMENT_NEW, error);
    bool marked = backup && args->checkpoint_xml;
    g_autoptr(Checkpoint) checkpoint = marked ? checkpoint_parse(args->checkpoint_xml, MOMENT_NEW, now, error) : NULL;
    g_autoptr(Def) live = object_live(call->object);
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    g_autofree char *suffix = g_strdup_printf("%" G_GINT64_FORMAT, now);
    g_autoptr(Job) nested = NULL;
    struct GuestBackup *held;
    bool begun = false;

    if (backup_of(guest)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "another backup of the domain is running");
        return false;
    }
    if (!backup || !qmp || !live || (args->checkpoint_xml && !checkpoint) || !check(backup, error) ||
        !backup_align(backup, live->doc, checkpoint ? checkpoint->name : suffix, error))
        return false;
    /* Its jobs may end at once: that is dealt with when all is in place. */
    nested = job_begin_nested(kit_job(call), "virDomainBackupBegin", JOB_DEADLINE_S, error);
    if (!nested)
        return false;
    hold(guest, g_steal_pointer(&backup), kit_job_steal(call), reuse);
    held = backup_of(guest);
    guest_job_set(guest, VIR_DOMAIN_JOB_OPERATION_BACKUP, &backup_job_ops, "virDomainBackupBegin", call->flags);
    if (!backup_plan_start(guest, qmp, live->doc, held->doc, checkpoint, reuse, &begun, error)) {
        held->failed = true;
        if (!begun)
            backup_clear(guest);
        return false;
    }
    return guest_status_save(call->object, error);
}

bool
backup_rows_get_xml(Call *call, GError **error)
{
    g_autoptr(Backup) backup = backup_to_status(guest_of(call));

    if (!object_is_active(call->object))
        return kit_require_active(call->object, error);
    if (!backup) {
        error_set(error, VIR_ERR_NO_DOMAIN_BACKUP, "no domain backup job present");
        return false;
    }
    ((DomainBackupGetXmlDescRet *)call->ret)->xml = xml_format_text(&backup_xml, backup, 0);
    return true;
}
