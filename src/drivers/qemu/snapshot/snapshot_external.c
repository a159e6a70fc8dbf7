/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* snapshot_external.c - images on top of those a guest writes to
 *
 * For a guest that runs, each new image is made and opened by its emulator, and all are switched to at one moment, by one
 * transaction.  Until then nothing has changed, and what was made is removed again when a later step fails.
 */
#define ERROR_FROM VIR_FROM_DOMAIN_SNAPSHOT
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "drivers/qemu/agent/agent.h"
#include "drivers/qemu/block/block_image.h"
#include "drivers/qemu/block/block_job.h"
#include "drivers/qemu/command/command_image.h"
#include "drivers/qemu/process/guest_chain.h"
#include "drivers/qemu/snapshot/snapshot.h"
#include "drivers/qemu/snapshot/snapshot_chain.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/log.h"

LOG_SOURCE("qemu.snapshot");

enum { IMG_TIMEOUT = 600000 };

/* One image on its way. */
typedef struct Overlay {
    const SnapshotDisk *of;
    Disk *disk;                 /* in a copy of the live definition */
    Store *store;
    char *storage, *format;     /* names of its nodes */
    bool made, has_storage, has_format;
} Overlay;

static void
clear_overlay(void *data)
{
    Overlay *overlay = data;

    store_free(overlay->store);
    g_free(overlay->storage);
    g_free(overlay->format);
}

void
snapshot_external_unlink(const GPtrArray *disks)
{
    for (guint i = 0; i < list_len(disks); i++) {
        const SnapshotDisk *each = list_at(disks, i);

        if (each->snapshot == DISK_SNAPSHOT_EXTERNAL && each->type == DISK_TYPE_FILE && each->path && unlink(each->path) < 0 &&
            errno != ENOENT)
            log_warning("cannot remove '%s': %s", each->path, g_strerror(errno));
    }
}

/* QEMU is to write it; only it and we may. */
static bool
make_file(const char *path, GError **error)
{
    const QemuConf *conf = guest_host.conf;
    autofd int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0) {
        error_set_errno(error, errno, "failed to create image file '%s'", path);
        return false;
    }
    if (conf->privileged && conf->dynamic_ownership && (conf->uid != geteuid() || conf->gid != getegid()) &&
        fchown(fd, conf->uid, conf->gid) < 0) {
        error_set_errno(error, errno, "cannot give '%s' to the user that guests run as", path);
        unlink(path);
        return false;
    }
    return true;
}

static bool
create(const SnapshotWork *work, Json *options, const char *node, GError **error)
{
    g_autofree char *id = g_strdup_printf("create-%s", node);
    Json *arguments = json_new_object();

    json_add(arguments, "options", options);
    return snapshot_qmp_job(work, "blockdev-create", arguments, id, error);
}

static bool
add_node(const SnapshotWork *work, Json *node, GError **error)
{
    return node && snapshot_qmp_tell(work->guest, "blockdev-add", node, error);
}

/* The new image's nodes, beside those of the guest. */
static bool
open_overlay(const SnapshotWork *work, Overlay *overlay, Json *nodes, bool reuse, GError **error)
{
    const Store backing = snapshot_chain_view(overlay->disk);
    CommandImage image = { .disk = overlay->disk, .store = *overlay->store, .top = true, .storage = overlay->storage,
                           .format = overlay->format, .terminated = true };
    const char *below = command_image_noted(overlay->disk->source_private, NULL);
    Json *options = NULL;
    uint64_t size;

    if (!below) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "disk '%s' has no block node that an image can be put on",
                  overlay->disk->target);
        return false;
    }
    size = json_opt_uint64(json_opt_object(snapshot_qmp_node(nodes, below), "image"), "virtual-size", 0);
    if (!reuse && overlay->store->type == DISK_TYPE_FILE) {
        if (!make_file(overlay->store->path, error))
            return false;
        overlay->made = true;
    } else if (!reuse && overlay->store->type == DISK_TYPE_NETWORK) {
        if (!command_image_create_storage(&image, size, &options, error) ||
            (options && !create(work, options, overlay->storage, error)))
            return false;
    }
    if ((reuse && !block_image_allow(overlay->store, error)) || !add_node(work, command_image_storage(&image, error), error))
        return false;
    overlay->has_storage = true;
    if (!reuse) {
        options = NULL;
        if (!command_image_create_format(&image, size, &backing, &options, error) ||
            (options && !create(work, options, overlay->format, error)))
            return false;
    }
    if (!add_node(work, command_image_format(&image), error))
        return false;
    overlay->has_format = true;
    command_image_note(&overlay->store->source_private, overlay->storage, NULL, overlay->format);
    return true;
}

static void
drop_node(Guest *guest, const char *name)
{
    Json *arguments = json_new_object();
    g_autoptr(GError) why = NULL;

    json_add_string(arguments, "node-name", name);
    if (!snapshot_qmp_tell(guest, "blockdev-del", arguments, &why))
        log_gerror(why, "while closing '%s'", name);
}

static void
undo(Guest *guest, GArray *overlays)
{
    for (guint i = overlays->len; i-- > 0;) {
        Overlay *overlay = &g_array_index(overlays, Overlay, i);

        if (overlay->has_format)
            drop_node(guest, overlay->format);
        if (overlay->has_storage)
            drop_node(guest, overlay->storage);
        if (overlay->made)
            unlink(overlay->store->path);
    }
}

static unsigned
next_number(Guest *guest)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    return ++guest->nodes;
}

static bool
open_all(const SnapshotWork *work, const Snapshot *snapshot, Domain *doc, GArray *overlays, GError **error)
{
    g_autoptr(Json) nodes = snapshot_qmp_nodes(work->guest, error);

    for (guint i = 0; nodes && i < list_len(snapshot->disks); i++) {
        const SnapshotDisk *each = list_at(snapshot->disks, i);
        Overlay overlay = { .of = each };
        unsigned number;

        if (each->snapshot != DISK_SNAPSHOT_EXTERNAL)
            continue;
        overlay.disk = moment_find_disk(doc, each->name);
        if (!overlay.disk) {
            error_set(error, VIR_ERR_OPERATION_FAILED, "disk '%s' is gone", each->name);
            return false;
        }
        if (!block_job_is_free(work->guest, overlay.disk, error))
            return false;
        number = next_number(work->guest);
        overlay.store = snapshot_chain_overlay(each);
        overlay.store->chain_index = number;
        overlay.storage = g_strdup_printf("libvirt-%u-storage", number);
        overlay.format = g_strdup_printf("libvirt-%u-format", number);
        g_array_append_val(overlays, overlay);
        if (!open_overlay(work, &g_array_index(overlays, Overlay, overlays->len - 1), nodes,
                          work->flags & VIR_DOMAIN_SNAPSHOT_CREATE_REUSE_EXT, error))
            return false;
    }
    return nodes != NULL;
}

/* All disks at one moment, or none. */
static bool
switch_over(const SnapshotWork *work, const GArray *overlays, GError **error)
{
    Json *actions = json_new_array(), *arguments = json_new_object();

    for (guint i = 0; i < overlays->len; i++) {
        const Overlay *overlay = &g_array_index(overlays, Overlay, i);
        Json *action = json_new_object(), *data = json_new_object();

        json_add_string(data, "node", command_image_noted(overlay->disk->source_private, NULL));
        json_add_string(data, "overlay", overlay->format);
        json_add_string(action, "type", "blockdev-snapshot");
        json_add(action, "data", data);
        json_append(actions, action);
    }
    json_add(arguments, "actions", actions);
    return snapshot_qmp_tell(work->guest, "transaction", arguments, error);
}

/* The next start uses the new images as well, if it would have used the old ones. */
static bool
change_config(Guest *guest, const GArray *overlays, GError **error)
{
    Object *object = &guest->vm.object;
    g_autoptr(Def) config = object_is_persistent(object) ? object_config(object, NULL) : NULL;
    Domain *doc = config ? xml_copy(&domain_xml, config->doc) : NULL;

    if (!doc)
        return true;
    for (guint i = 0; i < overlays->len; i++) {
        const Overlay *overlay = &g_array_index(overlays, Overlay, i);
        Disk *disk = moment_find_disk(doc, overlay->disk->target);
        Store old = snapshot_chain_view(overlay->disk), stored = disk ? snapshot_chain_view(disk) : (Store){ 0 };

        if (disk && snapshot_chain_same(&old, &stored))
            snapshot_chain_replace(disk, snapshot_chain_overlay(overlay->of));
    }
    return object_set_config(object, doc, error);
}

/* The guest may end beside a long job, but not between the switch and what says so. */
static bool
switch_and_publish(const SnapshotWork *work, GArray *overlays, bool *ret_switched, GError **error)
{
    Object *object = &work->guest->vm.object;
    g_autoptr(Job) step = job_begin_nested(work->job, "switching to the images of a snapshot", JOB_DEADLINE_S, error);
    g_autoptr(Def) live = NULL;
    Domain *doc;
    bool ok;

    if (!step || (overlays->len && !switch_over(work, overlays, error)))
        return false;
    *ret_switched = true;
    ok = change_config(work->guest, overlays, error);
    live = object_live(object);
    if (!live)
        return ok;
    doc = xml_copy(&domain_xml, live->doc);
    for (guint i = 0; i < overlays->len; i++) {
        Overlay *overlay = &g_array_index(overlays, Overlay, i);
        Disk *disk = moment_find_disk(doc, overlay->disk->target);

        if (disk)
            snapshot_chain_push(disk, g_steal_pointer(&overlay->store));
    }
    object_set_live(object, doc);
    /* What failed first is told. */
    return guest_status_save(object, ok ? error : NULL) && ok;
}

/* The disks alone, at a moment when the guest may run or not. */
static bool
take_disks(const SnapshotWork *work, const Snapshot *snapshot, GError **error)
{
    g_autoptr(Def) live = object_live(&work->guest->vm.object);
    g_autoptr(Domain) doc = live ? xml_copy(&domain_xml, live->doc) : NULL;
    g_autoptr(GArray) overlays = g_array_new(FALSE, TRUE, sizeof(Overlay));
    bool switched = false, ok;

    g_array_set_clear_func(overlays, clear_overlay);
    if (!doc) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "domain is not running");
        return false;
    }
    ok = open_all(work, snapshot, doc, overlays, error) && switch_and_publish(work, overlays, &switched, error);
    if (!switched)
        undo(work->guest, overlays);
    return ok;
}

static bool
has_manual(const Snapshot *snapshot)
{
    for (guint i = 0; i < list_len(snapshot->disks); i++)
        if (((const SnapshotDisk *)list_at(snapshot->disks, i))->snapshot == DISK_SNAPSHOT_MANUAL)
            return true;
    return false;
}

/* File systems of the guest are at rest while the disks are switched over. */
static bool
take_quiet(const SnapshotWork *work, const Snapshot *snapshot, GError **error)
{
    g_autoptr(Job) job = agent_begin(work->guest, "virDomainSnapshotCreateXML", error);
    g_autoptr(GError) why = NULL;
    int frozen = 0, thawed = 0;
    bool ok;

    if (!job || !agent_freeze(work->guest, NULL, 0, &frozen, error))
        return false;
    ok = take_disks(work, snapshot, error);
    if (agent_thaw(work->guest, &thawed, &why))
        return ok;
    log_gerror(why, "while thawing the file systems of a guest");
    if (ok)
        g_propagate_error(error, g_steal_pointer(&why));
    return false;
}

bool
snapshot_external_live(const SnapshotWork *work, const Snapshot *snapshot, GError **error)
{
    Guest *guest = work->guest;
    bool memory = snapshot->memory == SNAPSHOT_MEMORY_EXTERNAL, halt = work->flags & VIR_DOMAIN_SNAPSHOT_CREATE_HALT;
    bool manual = has_manual(snapshot), live = work->flags & VIR_DOMAIN_SNAPSHOT_CREATE_LIVE;
    bool ran = vm_state(&guest->vm, NULL) == VIR_DOMAIN_RUNNING, ignored, ok;

    if (halt || manual || (memory && !live)) {
        if (!snapshot_qmp_stop(guest, VIR_DOMAIN_PAUSED_SNAPSHOT, &ignored, error))
            return false;
    } else if (memory) { /* it stops when all is written */
        lock_acquire(&guest->vm.object.lock);
        guest->why = VIR_DOMAIN_PAUSED_SNAPSHOT;
        lock_release(&guest->vm.object.lock);
    }
    ok = !memory || snapshot_memory_save(work, snapshot, ran, error);
    if (ok) {
        ok = work->flags & VIR_DOMAIN_SNAPSHOT_CREATE_QUIESCE ? take_quiet(work, snapshot, error)
                                                              : take_disks(work, snapshot, error);
        if (!ok && memory && unlink(snapshot->memory_file) < 0)
            log_warning("cannot remove '%s': %s", snapshot->memory_file, g_strerror(errno));
    }
    /* Who copies images by hand resumes the guest, too. */
    if (ran && (!ok || (!halt && !manual)) && vm_state(&guest->vm, NULL) == VIR_DOMAIN_PAUSED)
        ok = snapshot_qmp_cont(guest, VIR_DOMAIN_RUNNING_UNPAUSED, ok ? error : NULL) && ok;
    return ok;
}

/* Without the emulator. */

static bool
make_offline(const Store *overlay, const Disk *disk, GError **error)
{
    const Store backing = snapshot_chain_view(disk);
    g_autofree char *below = source_write(&backing, false, error);
    g_autofree char *image = below ? source_write(overlay, false, error) : NULL;
    const char *argv[] = { "qemu-img", "create", "-q", "-f", command_image_format_name(overlay),
                           "-F", command_image_format_name(&backing), "-b", below, image, NULL };

    if (!image)
        return false;
    if (overlay->type == DISK_TYPE_FILE && !make_file(overlay->path, error))
        return false;
    if (process_run(argv, NULL, IMG_TIMEOUT, NULL, NULL, error))
        return true;
    if (overlay->type == DISK_TYPE_FILE)
        unlink(overlay->path);
    error_prefix(error, "disk '%s'", disk->target);
    return false;
}

bool
snapshot_external_offline(const GPtrArray *disks, Domain *domain, bool reuse, GError **error)
{
    g_autoptr(GPtrArray) made = g_ptr_array_new();

    for (guint i = 0; i < list_len(disks); i++) {
        SnapshotDisk *each = list_at(disks, i);
        Disk *disk = moment_find_disk(domain, each->name);
        g_autoptr(Store) overlay = NULL;

        if (each->snapshot != DISK_SNAPSHOT_EXTERNAL)
            continue;
        overlay = snapshot_chain_overlay(each);
        if (!disk || (!reuse && !make_offline(overlay, disk, error))) {
            if (!disk)
                error_set(error, VIR_ERR_OPERATION_FAILED, "disk '%s' is gone", each->name);
            if (!reuse)
                snapshot_external_unlink(made);
            return false;
        }
        g_ptr_array_add(made, each);
        snapshot_chain_replace(disk, g_steal_pointer(&overlay));
    }
    return true;
}
