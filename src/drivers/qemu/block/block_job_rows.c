/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* block_job_rows.c - calls that begin block jobs, look at them and end them */
#define ERROR_FROM VIR_FROM_QEMU
#include <libvirt/libvirt.h>

#include "drivers/conf/source.h"
#include "drivers/qemu/block/block_chain.h"
#include "drivers/qemu/block/block_image.h"
#include "drivers/qemu/block/block_job.h"
#include "drivers/qemu/block/block_rows.h"
#include "drivers/qemu/qmp/qmp_block.h"
#include "util/error.h"
#include "util/list.h"
#include "util/log.h"

LOG_SOURCE("qemu.blockjob");

enum { END_DEADLINE_S = 600 };

Domain *
block_job_rows_disk(Guest *guest, const char *name, Disk **ret_disk, GError **error)
{
    g_autoptr(Def) live = object_live(&guest->vm.object);
    g_autoptr(Domain) doc = live ? xml_copy(&domain_xml, live->doc) : NULL;
    Disk *disk = doc ? block_chain_disk(doc, name, error) : NULL;

    if (!doc)
        kit_require_active(&guest->vm.object, error);
    if (!disk)
        return NULL;
    if (!command_image_noted(disk->source_private, NULL)) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "block jobs are not supported on disk '%s': it has no image that QEMU "
                  "reads itself", disk->target);
        return NULL;
    }
    if (disk->transient) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "block jobs are not supported on transient disk '%s'", disk->target);
        return NULL;
    }
    *ret_disk = disk;
    return g_steal_pointer(&doc);
}

bool
block_job_rows_speed(uint64_t bandwidth, bool bytes, uint64_t *ret, GError **error)
{
    if (!bytes && bandwidth > (uint64_t)INT64_MAX >> 20) {
        error_set(error, VIR_ERR_OVERFLOW, "bandwidth must be less than %llu", (unsigned long long)INT64_MAX >> 20);
        return false;
    }
    *ret = bytes ? bandwidth : bandwidth << 20;
    return true;
}

/* What requests of the guest reach first below its device: jobs begin there. */
static const char *
root_of(const Disk *disk)
{
    const DiskPrivate *private = disk->disk_private;

    if (private && list_len(private->nodenames))
        return ((const NodeName *)list_at(private->nodenames, 0))->name;
    return command_image_noted(disk->source_private, NULL);
}

/* The words to write into the header of image @parent, or of the copy of it. */
static char *
backing_text(const GArray *chain, guint parent, guint base, bool relative, GError **error)
{
    return relative ? block_chain_relative(chain, parent, base, error) : source_write(block_chain_at(chain, base), false, error);
}

/* ---- pull --------------------------------------------------------------- */

static bool
pull(Call *call, const char *path, const char *base_name, uint64_t bandwidth, bool bytes, bool relative, GError **error)
{
    Guest *guest = guest_of(call);
    Disk *disk = NULL;
    g_autoptr(Domain) doc = block_job_rows_disk(guest, path, &disk, error);
    g_autoptr(QmpClient) qmp = doc ? guest_monitor(guest, error) : NULL;
    g_autoptr(GArray) chain = doc ? block_chain_of(disk) : NULL;
    g_autofree char *text = NULL;
    QmpBlockStream args = { 0 };
    BlockJob *job;
    int base = -1;

    if (!qmp || !block_job_is_free(guest, disk, error) || !block_job_rows_speed(bandwidth, bytes, &args.speed, error))
        return false;
    if (base_name) {
        base = block_chain_find(chain, disk->target, base_name, error);
        if (base < 0)
            return false;
        if (base == 0) {
            error_set(error, VIR_ERR_INVALID_ARG, "image '%s' is the top of disk '%s': it cannot be pulled down to itself",
                      base_name, disk->target);
            return false;
        }
        text = backing_text(chain, 0, (guint)base, relative, error);
        if (!text)
            return false;
    }
    job = block_job_new(guest, BLOCKJOB_TYPE_PULL, disk, block_image_node(block_chain_at(chain, 0)));
    job->base = base > 0 ? g_strdup(block_image_node(block_chain_at(chain, (guint)base))) : NULL;
    job->has_jobflags = true;
    job->jobflags = call->flags;
    args.job = job->name;
    args.device = root_of(disk);
    args.base = job->base;
    args.backing_file = text;
    if (!qmp_block_stream(qmp, &args, error)) {
        block_job_drop(guest, job);
        return false;
    }
    block_job_begun(guest, job);
    return true;
}

bool
block_job_rows_pull(Call *call, GError **error)
{
    const DomainBlockPullArgs *args = call->args;

    return pull(call, args->path, NULL, args->bandwidth, call->flags & VIR_DOMAIN_BLOCK_PULL_BANDWIDTH_BYTES, false, error);
}

bool
block_job_rows_rebase(Call *call, GError **error)
{
    const DomainBlockRebaseArgs *args = call->args;
    bool relative = call->flags & VIR_DOMAIN_BLOCK_REBASE_RELATIVE;

    if (call->flags & VIR_DOMAIN_BLOCK_REBASE_COPY)
        return block_copy_rebase(call, error);
    if (relative && !args->base) {
        error_set(error, VIR_ERR_INVALID_ARG, "flag VIR_DOMAIN_BLOCK_REBASE_RELATIVE is valid only with non-null base");
        return false;
    }
    return pull(call, args->path, args->base, args->bandwidth, call->flags & VIR_DOMAIN_BLOCK_REBASE_BANDWIDTH_BYTES, relative,
                error);
}

/* ---- commit ------------------------------------------------------------- */

/* Which images the call is about. */
static bool
find_range(const DomainBlockCommitArgs *args, uint32_t flags, const Disk *disk, const GArray *chain, int *ret_top, int *ret_base,
           GError **error)
{
    const char *top_name = args->top ? args->top : block_chain_text(block_chain_at(chain, 0));
    int top = args->top ? block_chain_find(chain, disk->target, args->top, error) : 0;
    bool shallow = flags & VIR_DOMAIN_BLOCK_COMMIT_SHALLOW;
    int base;

    if (top < 0)
        return false;
    if (top == 0 && !(flags & VIR_DOMAIN_BLOCK_COMMIT_ACTIVE)) {
        error_set(error, VIR_ERR_INVALID_ARG, "commit of '%s' active layer requires active flag", disk->target);
        return false;
    }
    if (top > 0 && (flags & VIR_DOMAIN_BLOCK_COMMIT_ACTIVE)) {
        error_set(error, VIR_ERR_INVALID_ARG, "active commit requested but '%s' is not active", top_name);
        return false;
    }
    if (top + 1 >= (int)chain->len) {
        error_set(error, VIR_ERR_INVALID_ARG, "top '%s' in chain for '%s' has no backing file", top_name, args->disk);
        return false;
    }
    base = args->base ? block_chain_find(chain, disk->target, args->base, error)
                      : shallow ? top + 1 : (int)chain->len - 1;
    if (base < 0)
        return false;
    if (base <= top) {
        error_set(error, VIR_ERR_INVALID_ARG, "base '%s' is not below '%s' in chain for '%s'", args->base, top_name, args->disk);
        return false;
    }
    if (shallow && base != top + 1) {
        error_set(error, VIR_ERR_INVALID_ARG, "base '%s' is not immediately below '%s' in chain for '%s'", args->base, top_name,
                  args->disk);
        return false;
    }
    *ret_top = top;
    *ret_base = base;
    return true;
}

static bool
begin_commit(Guest *guest, QmpClient *qmp, BlockJob *job, const char *device, const char *text, uint64_t speed, GError **error)
{
    const QmpBlockCommit args = {
        .job = job->name, .device = device, .top = job->top, .base = job->base, .backing_file = text, .speed = speed,
        .wait = job->type == BLOCKJOB_TYPE_COMMIT,
    };

    if (qmp_block_commit(qmp, &args, error))
        return true;
    block_job_drop(guest, job);
    return false;
}

bool
block_job_rows_commit(Call *call, GError **error)
{
    const DomainBlockCommitArgs *args = call->args;
    Guest *guest = guest_of(call);
    Disk *disk = NULL;
    g_autoptr(Domain) doc = block_job_rows_disk(guest, args->disk, &disk, error);
    g_autoptr(QmpClient) qmp = doc ? guest_monitor(guest, error) : NULL;
    g_autoptr(GArray) chain = doc ? block_chain_of(disk) : NULL;
    g_autofree char *text = NULL;
    uint64_t speed;
    BlockJob *job;
    int top, base;

    if (!qmp || !block_job_is_free(guest, disk, error) ||
        !block_job_rows_speed(args->bandwidth, call->flags & VIR_DOMAIN_BLOCK_COMMIT_BANDWIDTH_BYTES, &speed, error) ||
        !find_range(args, call->flags, disk, chain, &top, &base, error))
        return false;
    if (top > 0) {
        text = backing_text(chain, (guint)top - 1, (guint)base, call->flags & VIR_DOMAIN_BLOCK_COMMIT_RELATIVE, error);
        if (!text)
            return false;
    }
    /* The base was opened to be read, and so may be the header that names it. */
    if (!block_image_allow(block_chain_at(chain, (guint)base), error) ||
        (top > 0 && !block_image_allow(block_chain_at(chain, (guint)top - 1), error)))
        return false;
    job = block_job_new(guest, top ? BLOCKJOB_TYPE_COMMIT : BLOCKJOB_TYPE_ACTIVE_COMMIT, disk,
                        block_image_node(block_chain_at(chain, (guint)top)));
    job->top = g_strdup(block_image_node(block_chain_at(chain, (guint)top)));
    job->base = g_strdup(block_image_node(block_chain_at(chain, (guint)base)));
    job->top_parent = top ? g_strdup(block_image_node(block_chain_at(chain, (guint)top - 1))) : NULL;
    job->delete_committed_images = call->flags & VIR_DOMAIN_BLOCK_COMMIT_DELETE;
    job->has_jobflags = true;
    job->jobflags = call->flags;
    if (!begin_commit(guest, qmp, job, root_of(disk), text, speed, error))
        return false;
    if (!top) {
        block_chain_set_mirror(disk, block_chain_at(chain, (guint)base), DISK_JOB_ACTIVE_COMMIT);
        job->mirror = YESNO_YES;
        object_set_live(&guest->vm.object, g_steal_pointer(&doc));
    }
    block_job_begun(guest, job);
    return true;
}

/* ---- ending, speed, progress -------------------------------------------- */

static BlockJob *
job_of(Guest *guest, const char *path, Domain **ret_doc, Disk **ret_disk, GError **error)
{
    g_autoptr(Domain) doc = block_job_rows_disk(guest, path, ret_disk, error);
    BlockJob *job = doc ? block_job_of_disk(guest, *ret_disk) : NULL;

    if (doc && !job)
        error_set(error, VIR_ERR_INVALID_ARG, "disk %s does not have an active block job", (*ret_disk)->target);
    if (job)
        *ret_doc = g_steal_pointer(&doc);
    return job;
}

static void
show_ending(Guest *guest, Domain *doc, Disk *disk, DiskReady how)
{
    if (disk->mirror) {
        disk->mirror->ready = how;
        object_set_live(&guest->vm.object, xml_copy(&domain_xml, doc));
    }
}

/* Told by whoever settled the job. */
static bool
check_end(Guest *guest, const char *target, bool pivot, GError **error)
{
    g_autoptr(Def) live = object_live(&guest->vm.object);
    const Disk *disk = live ? block_chain_disk(live->doc, target, error) : NULL;

    if (!disk)
        return false;
    if (!pivot || !disk->mirror)
        return true;
    error_set(error, VIR_ERR_OPERATION_FAILED, "disk '%s' could not be pivoted to its copy", target);
    return false;
}

bool
block_job_rows_abort(Call *call, GError **error)
{
    const DomainBlockJobAbortArgs *args = call->args;
    Guest *guest = guest_of(call);
    bool pivot = call->flags & VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT;
    int64_t deadline = g_get_monotonic_time() + (int64_t)END_DEADLINE_S * G_USEC_PER_SEC;
    g_autoptr(Domain) doc = NULL;
    Disk *disk = NULL;
    BlockJob *job = job_of(guest, args->path, &doc, &disk, error);
    g_autoptr(QmpClient) qmp = job ? guest_monitor(guest, error) : NULL;
    g_autoptr(GuestWait) wait = NULL;
    g_autofree char *name = NULL;

    if (!qmp)
        return false;
    if (job->type == BLOCKJOB_TYPE_BACKUP) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "a backup of disk '%s' is ended by virDomainAbortJob", disk->target);
        return false;
    }
    if (g_str_equal(job->state, "aborting") || g_str_equal(job->state, "pivoting")) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "block job on disk '%s' is still being ended", disk->target);
        return false;
    }
    name = g_strdup(job->name);
    wait = guest_wait_new(guest, block_job_events);
    if (pivot && !block_job_pivot(guest, qmp, job, error))
        return false;
    if (!pivot) {
        g_autofree char *before = g_strdup(job->state);

        block_job_set_state(guest, job, "aborting");
        if (!qmp_block_job_cancel(qmp, name, false, error)) {
            block_job_set_state(guest, job, before);
            return false;
        }
    }
    show_ending(guest, doc, disk, pivot ? DISK_READY_PIVOT : DISK_READY_ABORT);
    if (!guest_status_save(&guest->vm.object, error))
        return false;
    if (call->flags & VIR_DOMAIN_BLOCK_JOB_ABORT_ASYNC)
        return true;
    return block_job_wait(guest, qmp, wait, name, deadline, error) && check_end(guest, disk->target, pivot, error);
}

bool
block_job_rows_set_speed(Call *call, GError **error)
{
    const DomainBlockJobSetSpeedArgs *args = call->args;
    Guest *guest = guest_of(call);
    g_autoptr(Domain) doc = NULL;
    Disk *disk = NULL;
    uint64_t speed;
    BlockJob *job = block_job_rows_speed(args->bandwidth, call->flags & VIR_DOMAIN_BLOCK_JOB_SPEED_BANDWIDTH_BYTES, &speed, error)
                        ? job_of(guest, args->path, &doc, &disk, error) : NULL;
    g_autoptr(QmpClient) qmp = job ? guest_monitor(guest, error) : NULL;

    return qmp && qmp_block_job_set_speed(qmp, job->name, speed, error);
}

static void
fill_info(Json *item, const BlockJob *job, bool bytes, DomainGetBlockJobInfoRet *ret)
{
    static const int types[] = { [BLOCKJOB_TYPE_PULL] = VIR_DOMAIN_BLOCK_JOB_TYPE_PULL,
                                 [BLOCKJOB_TYPE_COPY] = VIR_DOMAIN_BLOCK_JOB_TYPE_COPY,
                                 [BLOCKJOB_TYPE_COMMIT] = VIR_DOMAIN_BLOCK_JOB_TYPE_COMMIT,
                                 [BLOCKJOB_TYPE_ACTIVE_COMMIT] = VIR_DOMAIN_BLOCK_JOB_TYPE_ACTIVE_COMMIT,
                                 [BLOCKJOB_TYPE_BACKUP] = VIR_DOMAIN_BLOCK_JOB_TYPE_BACKUP };
    uint64_t speed = json_opt_uint64(item, "speed", 0);
    bool ready = json_opt_bool(item, "ready", false);

    ret->found = 1;
    ret->type = job->type < G_N_ELEMENTS(types) ? types[job->type] : VIR_DOMAIN_BLOCK_JOB_TYPE_UNKNOWN;
    ret->bandwidth = bytes ? speed : (speed + (1 << 20) - 1) >> 20;
    ret->cur = json_opt_uint64(item, "offset", 0);
    ret->end = json_opt_uint64(item, "len", 0);
    /* Both are equal only when the copy is in step: clients know it by that. */
    if (!ready && ret->cur == ret->end && (job->type == BLOCKJOB_TYPE_COPY || job->type == BLOCKJOB_TYPE_ACTIVE_COMMIT)) {
        if (ret->cur > 0)
            ret->cur--;
        else
            ret->end++;
    } else if (ready && !ret->end) {
        ret->cur = ret->end = 1;
    }
}

bool
block_job_rows_info(Call *call, GError **error)
{
    const DomainGetBlockJobInfoArgs *args = call->args;
    DomainGetBlockJobInfoRet *ret = call->ret;
    Guest *guest = guest_of(call);
    g_autoptr(Def) live = object_live(call->object);
    const Disk *disk = live ? block_chain_disk(live->doc, args->path, error) : NULL;
    BlockJob *job = disk ? block_job_of_disk(guest, disk) : NULL;
    g_autoptr(QmpClient) qmp = job ? guest_monitor(guest, error) : NULL;
    g_autoptr(Json) list = qmp ? qmp_block_query_block_jobs(qmp, error) : NULL;

    if (!live)
        return kit_require_active(call->object, error);
    if (!disk || (job && !list))
        return false;
    for (size_t i = 0; i < json_array_len(list); i++)
        if (!g_strcmp0(json_opt_string(json_array_at(list, i), "device", NULL), job->name))
            fill_info(json_array_at(list, i), job, call->flags & VIR_DOMAIN_BLOCK_JOB_INFO_BANDWIDTH_BYTES, ret);
    return true;
}
