/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* snapshot_merge.c - an external snapshot is deleted: what was written since goes into the images it froze
 *
 * The image made for the snapshot is committed into the one below it, by the emulator's job for a guest that runs, by
 * qemu-img for one that does not.  Then everybody who named the image names the one below.  With several disks one may
 * be merged when the next one fails: the metadata notes that, and deleting again goes on with those that are left.
 */
#define ERROR_FROM VIR_FROM_DOMAIN_SNAPSHOT
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "drivers/qemu/block/block_image.h"
#include "drivers/qemu/block/block_job.h"
#include "drivers/qemu/command/command_image.h"
#include "drivers/qemu/process/guest_chain.h"
#include "drivers/qemu/snapshot/snapshot.h"
#include "drivers/qemu/snapshot/snapshot_chain.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("qemu.snapshot");

enum { IMG_TIMEOUT = 3600 * 1000 };

static const MomentKind *const kind = &moment_tree_snapshots;

/* One disk of the snapshot. */
typedef struct Merge {
    const SnapshotWork *work;
    const char *target;
    const Store *image, *base; /* made for the snapshot; frozen by it */
} Merge;

static bool
out_of_chain(const Merge *merge, GError **error)
{
    error_set(error, VIR_ERR_OPERATION_UNSUPPORTED,
              "disk '%s': VM disk source and snapshot disk source are not the same: image '%s' on '%s' is not in its chain",
              merge->target, merge->image->path ? merge->image->path : "", merge->base->path ? merge->base->path : "");
    return false;
}

/* The layers of @disk from the image to be merged on: *ret_above is the one on top of it, NULL if it is on top.  NULL if
 * they are not there. */
static Store *
find_layer(Disk *disk, const Merge *merge, Store **ret_above, bool *ret_top)
{
    Store top = snapshot_chain_view(disk);

    *ret_above = NULL;
    *ret_top = snapshot_chain_same(&top, merge->image);
    if (*ret_top)
        return disk->backing_store && snapshot_chain_same(disk->backing_store, merge->base) ? disk->backing_store : NULL;
    for (Store *above = NULL, *s = disk->backing_store; s && !guest_chain_is_end(s); above = s, s = s->backing_store) {
        if (!snapshot_chain_same(s, merge->image))
            continue;
        *ret_above = above;
        return s->backing_store && snapshot_chain_same(s->backing_store, merge->base) ? s->backing_store : NULL;
    }
    return NULL;
}

static void
drop_nodes(Guest *guest, const SourcePrivate *nodes)
{
    static const char *const types[] = { "format", "slice-storage", "storage" };

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        const char *name = command_image_noted(nodes, types[i]);
        g_autoptr(GError) why = NULL;
        Json *arguments;

        if (!name)
            continue;
        arguments = json_new_object();
        json_add_string(arguments, "node-name", name);
        if (!snapshot_qmp_tell(guest, "blockdev-del", arguments, &why))
            log_gerror(why, "while closing '%s'", name);
    }
}

/* The image is in the base now: take it out of the live chain, with its nodes. */
static void
forget_layer(Guest *guest, Disk *disk, Store *above, bool top)
{
    Store *gone;

    if (top) {
        gone = snapshot_chain_take(disk);
        snapshot_chain_give(disk, g_steal_pointer(&gone->backing_store));
    } else {
        Store **where = above ? &above->backing_store : &disk->backing_store;

        gone = *where;
        *where = g_steal_pointer(&gone->backing_store);
    }
    drop_nodes(guest, gone->source_private);
    store_free(gone);
}

/* Have the emulator commit it. */
static bool
run_commit(const Merge *merge, GError **error)
{
    Guest *guest = merge->work->guest;
    g_autoptr(Def) live = object_live(&guest->vm.object);
    g_autoptr(Domain) doc = live ? xml_copy(&domain_xml, live->doc) : NULL;
    Disk *disk = doc ? moment_find_disk(doc, merge->target) : NULL;
    g_autofree char *id = g_strdup_printf("snapshot-delete-%s", merge->target);
    g_autofree char *below = source_write(merge->base, false, error);
    bool top = false;
    Store *above = NULL, *base = disk ? find_layer(disk, merge, &above, &top) : NULL;
    const SourcePrivate *nodes;
    Json *arguments;

    if (!base || !below)
        return below && out_of_chain(merge, error);
    if (!block_job_is_free(guest, disk, error) || !block_image_allow(base, error))
        return false;
    nodes = top ? disk->source_private : (above ? above->backing_store : disk->backing_store)->source_private;
    arguments = json_new_object();
    json_add_string(arguments, "device", command_image_noted(disk->source_private, NULL));
    json_add_string(arguments, "top-node", command_image_noted(nodes, NULL));
    json_add_string(arguments, "base-node", command_image_noted(base->source_private, NULL));
    if (!top)
        json_add_string(arguments, "backing-file", below);
    json_add_bool(arguments, "auto-dismiss", false);
    return snapshot_qmp_job(merge->work, "block-commit", arguments, id, error);
}

static bool
commit_live(const Merge *merge, GError **error)
{
    Guest *guest = merge->work->guest;
    g_autoptr(Job) step = NULL;
    g_autoptr(Def) live = NULL;
    Store *above = NULL;
    bool top = false;
    Domain *doc;
    Disk *disk;

    if (!run_commit(merge, error))
        return false;
    step = job_begin_nested(merge->work->job, "taking away an image that was merged", JOB_DEADLINE_S, error);
    live = step ? object_live(&guest->vm.object) : NULL;
    if (!live)
        return step && kit_require_active(&guest->vm.object, error);
    doc = xml_copy(&domain_xml, live->doc);
    disk = moment_find_disk(doc, merge->target);
    if (disk && find_layer(disk, merge, &above, &top))
        forget_layer(guest, disk, above, top);
    object_set_live(&guest->vm.object, doc);
    return guest_status_save(&guest->vm.object, error);
}

static bool
run_img(const char *const *argv, GError **error)
{
    return process_run(argv, NULL, IMG_TIMEOUT, NULL, NULL, error);
}

static bool
commit_offline(const Merge *merge, GError **error)
{
    g_autoptr(Def) config = object_config(&merge->work->guest->vm.object, error);
    g_autoptr(Domain) doc = config ? xml_copy(&domain_xml, config->doc) : NULL;
    Disk *disk = doc ? moment_find_disk(doc, merge->target) : NULL;
    g_autofree char *image = source_write(merge->image, false, error);
    g_autofree char *base = image ? source_write(merge->base, false, error) : NULL;
    const char *commit[] = { "qemu-img", "commit", "-q", "-f", command_image_format_name(merge->image), "-b", base, image, NULL };
    Store *above, *below;
    bool top;

    if (!config || !base || (disk && !guest_chain_detect_disk(disk, error)))
        return false;
    below = disk ? find_layer(disk, merge, &above, &top) : NULL;
    if (!below)
        return out_of_chain(merge, error);
    if (!run_img(commit, error))
        return false;
    if (!top) {
        const Store view = snapshot_chain_view(disk);
        g_autofree char *upper = source_write(above ? above : &view, false, error);
        const char *rebase[] = { "qemu-img", "rebase", "-q", "-u", "-f", command_image_format_name(above ? above : &view),
                                 "-F", command_image_format_name(merge->base), "-b", base, upper, NULL };

        return upper && run_img(rebase, error);
    }
    return true;
}

/* @doc names the base instead, if it named the image. */
static bool
rename_in(Domain *doc, const Merge *merge)
{
    Disk *disk = doc ? moment_find_disk(doc, merge->target) : NULL;
    Store used = disk ? snapshot_chain_view(disk) : (Store){ 0 };

    if (!disk || !snapshot_chain_same(&used, merge->image))
        return false;
    snapshot_chain_replace(disk, xml_copy(&store_xml, merge->base));
    return true;
}

static bool
rename_in_config(const Merge *merge, GError **error)
{
    Object *object = &merge->work->guest->vm.object;
    g_autoptr(Def) config = object_is_persistent(object) ? object_config(object, error) : NULL;
    Domain *doc = config ? xml_copy(&domain_xml, config->doc) : NULL;

    if (!doc)
        return !object_is_persistent(object);
    if (rename_in(doc, merge))
        return object_set_config(object, doc, error);
    domain_free(doc);
    return true;
}

/* Snapshots that froze the image have what they froze in the base now. */
static bool
rename_in_snapshots(const Merge *merge, GError **error)
{
    Vm *vm = &merge->work->guest->vm;
    g_autoptr(GPtrArray) names = moment_tree_list(vm, kind, NULL, 0, error);
    g_autoptr(Def) current = moment_tree_current(vm, kind);

    for (guint i = 0; i < list_len(names); i++) {
        g_autoptr(Def) def = moment_tree_find(vm, kind, names->pdata[i], NULL);
        Snapshot *copy = def ? xml_copy(&snapshot_xml, def->doc) : NULL;
        bool changed = copy && rename_in(copy->domain, merge);

        changed = copy && (rename_in(copy->inactive_domain, merge) || changed);
        if (!changed) {
            snapshot_free(copy);
            continue;
        }
        if (!moment_file_add(vm, kind, guest_host.conf->snapshot_dir, copy, def == current, error))
            return false;
    }
    return names != NULL;
}

static bool
merge_disk(const Merge *merge, GError **error)
{
    bool active = object_is_active(&merge->work->guest->vm.object);

    if (!(active ? commit_live(merge, error) : commit_offline(merge, error)) || !rename_in_config(merge, error) ||
        !rename_in_snapshots(merge, error))
        return false;
    if (merge->image->type == DISK_TYPE_FILE && unlink(merge->image->path) < 0 && errno != ENOENT)
        log_warning("cannot remove '%s', which is merged: %s", merge->image->path, g_strerror(errno));
    return true;
}

/* This disk is done, whatever becomes of the others. */
static bool
note_done(const SnapshotWork *work, const char *name, const char *target, GError **error)
{
    Vm *vm = &work->guest->vm;
    g_autoptr(Def) def = moment_tree_find(vm, kind, name, error);
    g_autoptr(Def) current = moment_tree_current(vm, kind);
    Snapshot *copy = def ? xml_copy(&snapshot_xml, def->doc) : NULL;

    for (guint i = 0; copy && i < list_len(copy->disks); i++) {
        SnapshotDisk *each = list_at(copy->disks, i);

        if (!g_strcmp0(each->name, target))
            each->snapshot_delete_in_progress = true;
    }
    return copy && moment_file_add(vm, kind, guest_host.conf->snapshot_dir, copy, def == current, error);
}

static const SnapshotDisk *
find_disk(const GPtrArray *disks, const char *name)
{
    for (guint i = 0; i < list_len(disks); i++)
        if (!g_strcmp0(((const SnapshotDisk *)list_at(disks, i))->name, name))
            return list_at(disks, i);
    return NULL;
}

/* The guest went back to another one, and what was written after this one is no part of it. */
static bool
is_abandoned(Vm *vm, const Snapshot *snapshot)
{
    g_autoptr(Def) current = moment_tree_current(vm, kind);
    g_autoptr(GPtrArray) children = moment_tree_list(vm, kind, snapshot->name, 0, NULL);

    return !list_len(children) && current && g_strcmp0(((const Snapshot *)current->doc)->name, snapshot->name) != 0;
}

bool
snapshot_merge(const SnapshotWork *work, const Snapshot *snapshot, GError **error)
{
    if (is_abandoned(&work->guest->vm, snapshot))
        return true;
    for (guint i = 0; i < list_len(snapshot->disks); i++) {
        const SnapshotDisk *each = list_at(snapshot->disks, i), *made = each;
        const Disk *frozen = snapshot->domain ? moment_find_disk(snapshot->domain, each->name) : NULL;
        g_autoptr(Store) image = NULL;
        Store base;

        if (each->snapshot != DISK_SNAPSHOT_EXTERNAL || each->snapshot_delete_in_progress)
            continue;
        if (list_len(snapshot->revert_disks))
            made = find_disk(snapshot->revert_disks, each->name);
        if (!frozen || !made) {
            error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "snapshot '%s' does not know what disk '%s' was before it",
                      snapshot->name, each->name);
            return false;
        }
        image = snapshot_chain_overlay(made);
        base = snapshot_chain_view(frozen);
        const Merge merge = { .work = work, .target = each->name, .image = image, .base = &base };

        if (!merge_disk(&merge, error) || !note_done(work, snapshot->name, each->name, error))
            return false;
    }
    return true;
}
