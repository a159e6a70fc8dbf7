/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* snapshot_delete.c - snapshots are deleted: in the images first, then in the metadata */
#define ERROR_FROM VIR_FROM_DOMAIN_SNAPSHOT
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "drivers/qemu/snapshot/snapshot.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("qemu.snapshot");

static const MomentKind *const kind = &moment_tree_snapshots;

static bool
unsupported(const char *name, const char *why, GError **error)
{
    error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "deletion of snapshot '%s' is not possible: %s", name, why);
    return false;
}

/* Two branches that begin at a snapshot share the images it froze: nothing can be merged into them. */
static bool
check_external(Guest *guest, const Snapshot *snapshot, bool with_children, GError **error)
{
    g_autoptr(GPtrArray) children = moment_tree_list(&guest->vm, kind, snapshot->name, 0, error);

    if (!children)
        return false;
    if (children->len > 1)
        return unsupported(snapshot->name, "it has more than one child, and they share its images", error);
    if (children->len && list_len(snapshot->revert_disks) && !with_children)
        return unsupported(snapshot->name, "the guest was reverted to it, and it has a child", error);
    for (guint i = 0; i < children->len && !with_children; i++) {
        g_autoptr(Def) def = moment_tree_find(&guest->vm, kind, children->pdata[i], NULL);

        if (def && !snapshot_is_external(def->doc))
            return unsupported(snapshot->name,
                               "deletion of external snapshot that has internal snapshot as child is not supported", error);
    }
    return true;
}

static bool
check_one(Guest *guest, const Snapshot *snapshot, bool with_children, GError **error)
{
    for (guint i = 0; i < list_len(snapshot->disks); i++)
        if (((const SnapshotDisk *)list_at(snapshot->disks, i))->snapshot == DISK_SNAPSHOT_MANUAL)
            return unsupported(snapshot->name, "its disks were saved manually; use the METADATA_ONLY flag", error);
    return !snapshot_is_external(snapshot) || check_external(guest, snapshot, with_children, error);
}

static bool
delete_data(const SnapshotWork *work, const Snapshot *snapshot, GError **error)
{
    Object *object = &work->guest->vm.object;
    g_autoptr(Def) config = NULL;

    if (snapshot_is_external(snapshot)) {
        if (!snapshot_merge(work, snapshot, error))
            return false;
        if (snapshot->memory_file && unlink(snapshot->memory_file) < 0 && errno != ENOENT)
            log_warning("cannot remove '%s': %s", snapshot->memory_file, g_strerror(errno));
        return true;
    }
    if (object_is_active(object))
        return snapshot_internal_delete(work, snapshot, error);
    config = object_config(object, error);
    return config && snapshot_internal_offline(config->doc, snapshot, 'd', error);
}

static bool
delete_one(const SnapshotWork *work, const char *name, GError **error)
{
    Vm *vm = &work->guest->vm;
    g_autoptr(Def) def = moment_tree_find(vm, kind, name, error);
    bool metadata_only = work->flags & VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY;

    if (!def || (!metadata_only && (!check_one(work->guest, def->doc, false, error) || !delete_data(work, def->doc, error))))
        return false;
    return moment_file_remove(vm, kind, guest_host.conf->snapshot_dir, name, MOMENT_ONLY, error);
}

/* Refuse before anything is deleted what would be refused in the middle. */
static bool
check_all(const SnapshotWork *work, const GPtrArray *names, GError **error)
{
    for (guint i = 0; i < names->len; i++) {
        g_autoptr(Def) def = moment_tree_find(&work->guest->vm, kind, names->pdata[i], error);

        if (!def || !check_one(work->guest, def->doc, names->len > 1, error))
            return false;
    }
    return true;
}

bool
snapshot_rows_delete(Call *call, GError **error)
{
    const DomainSnapshotDeleteArgs *args = call->args;
    Guest *guest = guest_of(call);
    const SnapshotWork work = { .guest = guest, .job = kit_job(call), .flags = call->flags };
    bool below = call->flags & (VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN | VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN_ONLY), ok = true;
    bool job = object_is_active(call->object) && !(call->flags & VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY);
    g_autoptr(GPtrArray) names =
        moment_tree_list(&guest->vm, kind, args->snap.name, VIR_DOMAIN_SNAPSHOT_LIST_DESCENDANTS, error);

    if (!names)
        return false;
    if (!below)
        g_ptr_array_set_size(names, 0);
    if (!(call->flags & VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN_ONLY))
        g_ptr_array_insert(names, 0, g_strdup(args->snap.name));
    if (!(call->flags & VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY) && !check_all(&work, names, error))
        return false;
    if (job)
        guest_job_set(guest, VIR_DOMAIN_JOB_OPERATION_SNAPSHOT_DELETE, &snapshot_job_ops, NULL, call->flags);
    /* Those that are lowest first: parents come before their children in the list. */
    for (guint i = names->len; ok && i-- > 0;)
        ok = delete_one(&work, names->pdata[i], error);
    if (job)
        guest_job_clear(guest, NULL);
    return ok;
}
