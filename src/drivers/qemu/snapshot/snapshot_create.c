/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* snapshot_create.c - what a new snapshot is to be, whether it can be, and taking it
 *
 * The metadata is written when the state of the disks is, and not before.
 */
#define ERROR_FROM VIR_FROM_DOMAIN_SNAPSHOT
#include <string.h>
#include <sys/stat.h>

#include "drivers/qemu/snapshot/snapshot.h"
#include "drivers/qemu/snapshot/snapshot_chain.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("qemu.snapshot");

static const MomentKind *const kind = &moment_tree_snapshots;

typedef struct Counts {
    unsigned internal, external, manual, without;
} Counts;

static Counts
count(const Snapshot *snapshot)
{
    Counts counts = { 0 };

    for (guint i = 0; i < list_len(snapshot->disks); i++)
        switch (((const SnapshotDisk *)list_at(snapshot->disks, i))->snapshot) {
        case DISK_SNAPSHOT_INTERNAL: counts.internal++; break;
        case DISK_SNAPSHOT_EXTERNAL: counts.external++; break;
        case DISK_SNAPSHOT_MANUAL: counts.manual++; break;
        default: counts.without++;
        }
    return counts;
}

/* What the guest does now is what reverting brings back. */
static bool
set_state(Snapshot *snapshot, Guest *guest, uint32_t flags, GError **error)
{
    int state = vm_state(&guest->vm, NULL);
    bool active = object_is_active(&guest->vm.object), disk_only = flags & VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY;

    if (snapshot->memory && snapshot->memory != SNAPSHOT_MEMORY_NO && (disk_only || !active)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "memory state cannot be saved with offline or disk-only snapshot");
        return false;
    }
    if (flags & VIR_DOMAIN_SNAPSHOT_CREATE_LIVE && (!active || snapshot->memory != SNAPSHOT_MEMORY_EXTERNAL)) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED,
                  "live snapshot creation is supported only during full system snapshots: <memory snapshot='external'/>");
        return false;
    }
    if (state == VIR_DOMAIN_PMSUSPENDED) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "qemu doesn't support taking snapshots of PMSUSPENDED guests");
        return false;
    }
    if (!active)
        snapshot->state = SNAPSHOT_STATE_SHUTOFF;
    else if (disk_only)
        snapshot->state = SNAPSHOT_STATE_DISK_SNAPSHOT;
    else
        snapshot->state = state == VIR_DOMAIN_RUNNING ? SNAPSHOT_STATE_RUNNING : SNAPSHOT_STATE_PAUSED;
    if (disk_only || !active)
        snapshot->memory = SNAPSHOT_MEMORY_NO;
    else if (!snapshot->memory)
        snapshot->memory = SNAPSHOT_MEMORY_INTERNAL;
    if (active && !disk_only && snapshot->memory == SNAPSHOT_MEMORY_NO) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "a snapshot of a running guest without its memory must be asked for with the DISK_ONLY flag");
        return false;
    }
    return true;
}

static bool
check_internal(const SnapshotDisk *each, const Disk *disk, bool active, const Snapshot *snapshot, GError **error)
{
    if (active && snapshot->memory != SNAPSHOT_MEMORY_INTERNAL) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "active qemu domains require external disk snapshots; disk %s requested internal", each->name);
        return false;
    }
    if (disk->format != DISK_FORMAT_QCOW2) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "internal snapshot for disk %s unsupported for storage type %s", each->name,
                  disk->format ? disk_format_words[disk->format] : "raw");
        return false;
    }
    return true;
}

static bool
check_external(const SnapshotDisk *each, const Disk *disk, bool reuse, GError **error)
{
    struct stat st;
    bool local = each->type != DISK_TYPE_NETWORK && each->path, there = local && stat(each->path, &st) == 0;

    if (disk->transient || disk->device == DISK_DEVICE_LUN) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "external snapshot of disk %s is not possible: it is %s", each->name,
                  disk->transient ? "transient" : "a LUN that is passed through");
        return false;
    }
    if (reuse && local && !there) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "missing existing file for disk %s: %s", each->name, each->path);
        return false;
    }
    if (!reuse && there && !S_ISBLK(st.st_mode) && st.st_size) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "external snapshot file for disk %s already exists and is not a block device: %s", each->name, each->path);
        return false;
    }
    return true;
}

static bool
check_disks(const Snapshot *snapshot, const Domain *doc, bool active, uint32_t flags, GError **error)
{
    bool reuse = flags & VIR_DOMAIN_SNAPSHOT_CREATE_REUSE_EXT, memory = snapshot->memory == SNAPSHOT_MEMORY_INTERNAL;
    Counts counts = count(snapshot);

    for (guint i = 0; i < list_len(snapshot->disks); i++) {
        const SnapshotDisk *each = list_at(snapshot->disks, i);
        const Disk *disk = list_at(doc->disks, i);

        if ((each->snapshot == DISK_SNAPSHOT_INTERNAL && !check_internal(each, disk, active, snapshot, error)) ||
            (each->snapshot == DISK_SNAPSHOT_EXTERNAL && !check_external(each, disk, reuse, error)))
            return false;
    }
    if (!counts.internal && !counts.external && !counts.manual && snapshot->memory != SNAPSHOT_MEMORY_EXTERNAL) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "%s",
                  memory ? "internal and full system snapshots require all disks to be selected for snapshot"
                         : "nothing selected for snapshot");
        return false;
    }
    if (memory && (counts.external || counts.manual)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "mixing internal and external targets for a snapshot is not yet supported");
        return false;
    }
    if (snapshot->memory == SNAPSHOT_MEMORY_EXTERNAL && counts.internal) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "mixing internal and external targets for a snapshot is not yet supported");
        return false;
    }
    return true;
}

/* The guest as it is, in the form it would be defined in. */
static bool
note_guest(Snapshot *snapshot, Guest *guest, const Domain *doc, GError **error)
{
    Object *object = &guest->vm.object;
    g_autoptr(Def) current = moment_tree_current(&guest->vm, kind);

    snapshot->domain = snapshot_store_inactive(doc, error);
    if (!snapshot->domain)
        return false;
    if (object_is_active(object) && object_is_persistent(object)) {
        g_autoptr(Def) config = object_config(object, error);

        snapshot->inactive_domain = config ? snapshot_store_inactive(config->doc, error) : NULL;
        if (!snapshot->inactive_domain)
            return false;
    }
    if (current)
        snapshot->parent = g_strdup(((const Snapshot *)current->doc)->name);
    return true;
}

static bool
prepare(Snapshot *snapshot, Guest *guest, uint32_t flags, GError **error)
{
    Object *object = &guest->vm.object;
    g_autoptr(Def) def = object_current(object, error);
    bool external = flags & VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY || snapshot->memory == SNAPSHOT_MEMORY_EXTERNAL;

    if (!def || !moment_check_name("snapshot", snapshot->name, error) || !set_state(snapshot, guest, flags, error) ||
        !snapshot_align(snapshot, def->doc, external ? DISK_SNAPSHOT_EXTERNAL : DISK_SNAPSHOT_INTERNAL, true, error) ||
        !check_disks(snapshot, def->doc, object_is_active(object), flags, error))
        return false;
    if (snapshot_is_external(snapshot) && moment_tree_size(&guest->vm, &moment_tree_checkpoints)) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "cannot create snapshot while checkpoint exists");
        return false;
    }
    return note_guest(snapshot, guest, def->doc, error);
}

/* A guest that does not run: its definition changes, its images are changed by qemu-img. */
static bool
take_offline(const SnapshotWork *work, const Snapshot *snapshot, GError **error)
{
    Object *object = &work->guest->vm.object;
    g_autoptr(Def) config = object_config(object, error);
    g_autoptr(Domain) doc = NULL;

    if (!config)
        return false;
    if (!snapshot_is_external(snapshot))
        return snapshot_internal_offline(config->doc, snapshot, 'c', error);
    doc = xml_copy(&domain_xml, config->doc);
    if (!snapshot_external_offline(snapshot->disks, doc, work->flags & VIR_DOMAIN_SNAPSHOT_CREATE_REUSE_EXT, error))
        return false;
    if (object_set_config(object, g_steal_pointer(&doc), error))
        return true;
    if (!(work->flags & VIR_DOMAIN_SNAPSHOT_CREATE_REUSE_EXT))
        snapshot_external_unlink(snapshot->disks);
    return false;
}

/* Others may have ended it meanwhile. */
static bool
halt(const SnapshotWork *work, GError **error)
{
    g_autoptr(Job) step = job_begin_nested(work->job, "the end of a guest after its snapshot", JOB_DEADLINE_S, error);

    return step &&
           guest_stop(work->guest, VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT, VIR_DOMAIN_EVENT_STOPPED_FROM_SNAPSHOT, false, error);
}

static bool
take_live(const SnapshotWork *work, const Snapshot *snapshot, GError **error)
{
    bool ok;

    guest_job_set(work->guest, VIR_DOMAIN_JOB_OPERATION_SNAPSHOT, &snapshot_job_ops, NULL, work->flags);
    ok = snapshot->memory == SNAPSHOT_MEMORY_INTERNAL ? snapshot_internal_save(work, snapshot, error)
                                                      : snapshot_external_live(work, snapshot, error);
    guest_job_clear(work->guest, NULL);
    return ok && (!(work->flags & VIR_DOMAIN_SNAPSHOT_CREATE_HALT) || halt(work, error));
}

static bool
redefine(Guest *guest, Snapshot *snapshot, GError **error)
{
    g_autoptr(Def) old = moment_tree_find(&guest->vm, kind, snapshot->name, NULL);

    return moment_check_name("snapshot", snapshot->name, error) &&
           snapshot_redefine(snapshot, guest->vm.object.uuid, old ? old->doc : NULL, error);
}

bool
snapshot_rows_create(Call *call, GError **error)
{
    const DomainSnapshotCreateXmlArgs *args = call->args;
    DomainSnapshotCreateXmlRet *ret = call->ret;
    Guest *guest = guest_of(call);
    const SnapshotWork work = { .guest = guest, .job = kit_job(call), .flags = call->flags };
    bool again = call->flags & VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE, current;
    g_autoptr(Snapshot) snapshot =
        snapshot_parse(args->xml_desc, again ? MOMENT_REDEFINE : MOMENT_NEW,
                       call->flags & VIR_DOMAIN_SNAPSHOT_CREATE_VALIDATE, g_get_real_time() / G_USEC_PER_SEC, error);

    if (!snapshot || !moment_tree_accepts(&guest->vm, kind, snapshot, again, error))
        return false;
    if (call->flags & VIR_DOMAIN_SNAPSHOT_CREATE_HALT && !object_is_persistent(call->object)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "cannot halt after transient domain snapshot");
        return false;
    }
    if (again ? !redefine(guest, snapshot, error) : !prepare(snapshot, guest, call->flags, error))
        return false;
    if (!again && !(object_is_active(call->object) ? take_live(&work, snapshot, error) : take_offline(&work, snapshot, error)))
        return false;
    current = !again || call->flags & VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT;
    ret->snap.name = g_strdup(snapshot->name);
    object_wire(call->object, &ret->snap.dom);
    return call->flags & VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA ||
           moment_file_add(&guest->vm, kind, guest_host.conf->snapshot_dir, g_steal_pointer(&snapshot), current, error);
}
