/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* snapshot_revert.c - have a guest be as it was
 *
 * A guest that runs is ended and, if it shall run, started from the definition it had.  What was written since is lost
 * with an internal snapshot; above an external one new images are made, which stand in its metadata as <revertDisks>, and
 * the ones written to until now go if no other snapshot needs them.
 */
#define ERROR_FROM VIR_FROM_DOMAIN_SNAPSHOT
#include <string.h>
#include <unistd.h>

#include "drivers/qemu/snapshot/snapshot.h"
#include "drivers/qemu/snapshot/snapshot_chain.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("qemu.snapshot");

static const MomentKind *const kind = &moment_tree_snapshots;

/* What a guest does after it went back. */
typedef enum { REVERT_STOPPED, REVERT_PAUSED, REVERT_RUNNING } RevertTo;

typedef struct Revert {
    SnapshotWork work;
    const Snapshot *snapshot;
    bool external;
    RevertTo to;
    Domain *live, *config;   /* what it is to be; owned */
    GPtrArray *overlays;     /* SnapshotDisk: images made for it; owned */
    GPtrArray *discard;      /* paths that nobody needs after that */
    SaveOpen memory;         /* where it is in a file */
} Revert;

static void
clear_disks(GPtrArray *disks)
{
    for (guint i = 0; i < list_len(disks); i++)
        xml_free(&snapshot_disk_xml, list_at(disks, i));
    if (disks)
        g_ptr_array_unref(disks);
}

static void
revert_clear(Revert *revert)
{
    domain_free(revert->live);
    domain_free(revert->config);
    clear_disks(revert->overlays);
    g_clear_pointer(&revert->discard, g_ptr_array_unref);
    save_open_clear(&revert->memory);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Revert, revert_clear)

static bool
was_running(const Snapshot *snapshot)
{
    return snapshot->state == SNAPSHOT_STATE_RUNNING || snapshot->state == SNAPSHOT_STATE_PAUSED ||
           snapshot->state == SNAPSHOT_STATE_BLOCKED;
}

static RevertTo
where_to(const Snapshot *snapshot, uint32_t flags)
{
    if (flags & VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING)
        return REVERT_RUNNING;
    if (flags & VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED || snapshot->state == SNAPSHOT_STATE_PAUSED)
        return REVERT_PAUSED;
    return was_running(snapshot) ? REVERT_RUNNING : REVERT_STOPPED;
}

static bool
check_possible(const Revert *revert, GError **error)
{
    const Snapshot *snapshot = revert->snapshot;
    Object *object = &revert->work.guest->vm.object;

    if (!object_is_persistent(object) && revert->to == REVERT_STOPPED) {
        error_set(error, VIR_ERR_OPERATION_INVALID,
                  "transient domain needs to request run or pause to revert to inactive snapshot");
        return false;
    }
    if (!object_is_persistent(object) && object_is_active(object)) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "a transient domain cannot be reverted: define it first");
        return false;
    }
    if (snapshot->state == SNAPSHOT_STATE_PMSUSPENDED) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "qemu doesn't support reversion of snapshot taken in PMSUSPENDED state");
        return false;
    }
    for (guint i = 0; i < list_len(snapshot->disks); i++) {
        const SnapshotDisk *each = list_at(snapshot->disks, i);

        if (each->snapshot == DISK_SNAPSHOT_MANUAL) {
            error_set(error, VIR_ERR_OPERATION_UNSUPPORTED,
                      "revert to snapshot '%s' is not possible: disk '%s' was saved manually", snapshot->name, each->name);
            return false;
        }
    }
    return true;
}

/* What would cut clients off from the guest, or gain it another one, must be forced. */
static bool
check_safe(const Revert *revert, GError **error)
{
    const Snapshot *snapshot = revert->snapshot;
    Object *object = &revert->work.guest->vm.object;
    g_autoptr(Def) live = object_live(object);
    g_autoptr(GError) why = NULL;
    bool saved;

    if (revert->work.flags & VIR_DOMAIN_SNAPSHOT_REVERT_FORCE)
        return true;
    lock_acquire(&object->lock);
    saved = revert->work.guest->vm.managed_save;
    lock_release(&object->lock);
    if (!snapshot->domain) {
        error_set(error, VIR_ERR_SNAPSHOT_REVERT_RISKY, "snapshot '%s' lacks domain '%s' rollback info", snapshot->name,
                  revert->config->name);
        return false;
    }
    if (live && !was_running(snapshot) && revert->to != REVERT_STOPPED) {
        error_set(error, VIR_ERR_SNAPSHOT_REVERT_RISKY, "must respawn guest to start inactive snapshot");
        return false;
    }
    if (saved && !was_running(snapshot)) {
        error_set(error, VIR_ERR_SNAPSHOT_REVERT_RISKY,
                  "snapshot without memory state, removal of existing managed saved state strongly recommended to avoid "
                  "corruption");
        return false;
    }
    if (live && was_running(snapshot) && !xml_abi_equal(&domain_xml, live->doc, snapshot->domain, &why)) {
        error_set(error, VIR_ERR_SNAPSHOT_REVERT_RISKY, "revert requires force: %s", why->message);
        return false;
    }
    return true;
}

static bool
plan_definitions(Revert *revert, GError **error)
{
    const Snapshot *snapshot = revert->snapshot;
    g_autoptr(Def) now = object_inactive(&revert->work.guest->vm.object, error);
    const Domain *config;

    if (!now)
        return false;
    config = snapshot->inactive_domain ? snapshot->inactive_domain : snapshot->domain ? snapshot->domain : now->doc;
    revert->config = xml_copy(&domain_xml, config);
    revert->live = xml_copy(&domain_xml, snapshot->domain ? snapshot->domain : now->doc);
    /* The guest may have got another name since. */
    g_free(revert->config->name);
    revert->config->name = object_name(&revert->work.guest->vm.object);
    g_free(revert->live->name);
    revert->live->name = g_strdup(revert->config->name);
    revert->config->id = revert->live->id = -1;
    return true;
}

/* External images are named by the time: BASE.SECONDS. */
static bool
plan_overlays(Revert *revert, GError **error)
{
    g_autoptr(Snapshot) made = xml_new(&snapshot_xml);
    int64_t now = g_get_real_time() / G_USEC_PER_SEC;
    bool taken = true;

    while (taken) {
        clear_disks(g_steal_pointer(&made->disks));
        made->disks = g_ptr_array_new();
        g_free(made->name);
        made->name = g_strdup_printf("%" G_GINT64_FORMAT, now++);
        for (guint i = 0; i < list_len(revert->snapshot->disks); i++) {
            const SnapshotDisk *each = list_at(revert->snapshot->disks, i);
            SnapshotDisk *disk = xml_new(&snapshot_disk_xml);

            disk->name = g_strdup(each->name);
            disk->snapshot = each->snapshot == DISK_SNAPSHOT_EXTERNAL ? DISK_SNAPSHOT_EXTERNAL : DISK_SNAPSHOT_NO;
            disk->format = each->snapshot == DISK_SNAPSHOT_EXTERNAL ? each->format : DISK_FORMAT_UNSET;
            g_ptr_array_add(made->disks, disk);
        }
        if (!snapshot_align(made, revert->live, DISK_SNAPSHOT_NO, false, error))
            return false;
        taken = false;
        for (guint i = 0; i < made->disks->len; i++) {
            SnapshotDisk *disk = made->disks->pdata[i];

            taken = taken || (disk->path && access(disk->path, F_OK) == 0);
            if (disk->snapshot == DISK_SNAPSHOT_EXTERNAL && !disk->format)
                disk->format = DISK_FORMAT_QCOW2;
        }
    }
    revert->overlays = g_steal_pointer(&made->disks);
    return true;
}

/* Whether a snapshot needs @image as what it froze. */
static bool
is_frozen(Guest *guest, const Store *image)
{
    g_autoptr(GPtrArray) names = moment_tree_list(&guest->vm, kind, NULL, 0, NULL);

    for (guint n = 0; n < list_len(names); n++) {
        g_autoptr(Def) def = moment_tree_find(&guest->vm, kind, names->pdata[n], NULL);
        const Snapshot *snapshot = def ? def->doc : NULL;
        const Domain *doc = snapshot ? snapshot->domain : NULL;

        for (guint i = 0; doc && i < list_len(doc->disks); i++) {
            Store view = snapshot_chain_view(list_at(doc->disks, i));

            if (snapshot_chain_same(&view, image))
                return true;
        }
    }
    return false;
}

/* The images that are written to since the current snapshot was taken, or reverted to. */
static void
plan_discard(Revert *revert)
{
    Guest *guest = revert->work.guest;
    g_autoptr(Def) current = moment_tree_current(&guest->vm, kind);
    g_autoptr(Def) def = object_current(&guest->vm.object, NULL);
    const Snapshot *snapshot = current ? current->doc : NULL;
    const GPtrArray *disks = !snapshot ? NULL : snapshot->revert_disks ? snapshot->revert_disks : snapshot->disks;

    revert->discard = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; def && i < list_len(disks); i++) {
        const SnapshotDisk *each = list_at(disks, i);
        const Disk *disk = moment_find_disk(def->doc, each->name);
        g_autoptr(Store) image = each->snapshot == DISK_SNAPSHOT_EXTERNAL ? snapshot_chain_overlay(each) : NULL;
        Store used = disk ? snapshot_chain_view(disk) : (Store){ 0 };

        if (image && disk && image->type == DISK_TYPE_FILE && snapshot_chain_same(image, &used) && !is_frozen(guest, image))
            g_ptr_array_add(revert->discard, g_strdup(image->path));
    }
}

static bool
load(Guest *guest, void *data, GError **error)
{
    const Revert *revert = data;

    return snapshot_internal_load(&revert->work, revert->snapshot, error);
}

static void
reset_nvram(const Revert *revert)
{
    const NvramVars *nvram = revert->live->nvram;
    const char *path = !nvram || nvram->type == DISK_TYPE_NETWORK ? NULL : nvram->path ? nvram->path : nvram->path_text;

    if (path && revert->work.flags & VIR_DOMAIN_SNAPSHOT_REVERT_RESET_NVRAM && unlink(path) < 0)
        log_warning("cannot remove '%s' to be made anew", path);
}

static bool
start(Revert *revert, GError **error)
{
    const Snapshot *snapshot = revert->snapshot;
    const GuestIncoming incoming = { .fd = revert->memory.file.end, .path = snapshot->memory_file };
    GuestStart options = { .paused = revert->to == REVERT_PAUSED, .event_detail = VIR_DOMAIN_EVENT_STARTED_FROM_SNAPSHOT,
                           .running_reason = VIR_DOMAIN_RUNNING_FROM_SNAPSHOT, .paused_reason = VIR_DOMAIN_PAUSED_FROM_SNAPSHOT,
                           .paused_event = VIR_DOMAIN_EVENT_SUSPENDED_FROM_SNAPSHOT };

    reset_nvram(revert);
    if (snapshot->memory == SNAPSHOT_MEMORY_EXTERNAL) {
        options.incoming = &incoming;
    } else if (was_running(snapshot)) {
        options.load = load;
        options.load_data = revert;
    }
    return guest_start(revert->work.guest, g_steal_pointer(&revert->live), &options, error);
}

static bool
change_images(Revert *revert, GError **error)
{
    if (revert->external)
        return true; /* made already */
    return was_running(revert->snapshot) || snapshot_internal_offline(revert->config, revert->snapshot, 'a', error);
}

/* The snapshot is the current one, and its new images are noted. */
static bool
note(Revert *revert, GError **error)
{
    Guest *guest = revert->work.guest;
    g_autoptr(Snapshot) changed = NULL;

    if (!revert->external)
        return moment_file_set_current(&guest->vm, kind, guest_host.conf->snapshot_dir, revert->snapshot->name, error);
    changed = xml_copy(&snapshot_xml, revert->snapshot);
    clear_disks(changed->revert_disks);
    changed->revert_disks = g_steal_pointer(&revert->overlays);
    for (guint i = changed->revert_disks->len; i-- > 0;)
        if (((SnapshotDisk *)list_at(changed->revert_disks, i))->snapshot != DISK_SNAPSHOT_EXTERNAL)
            xml_free(&snapshot_disk_xml, g_ptr_array_remove_index(changed->revert_disks, i));
    return moment_file_add(&guest->vm, kind, guest_host.conf->snapshot_dir, g_steal_pointer(&changed), true, error);
}

/* Others may have ended it already. */
static bool
end_guest(const Revert *revert, GError **error)
{
    g_autoptr(Job) step = job_begin_nested(revert->work.job, "the end of a guest that goes back", JOB_DEADLINE_S, error);

    return step && guest_stop(revert->work.guest, VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT, VIR_DOMAIN_EVENT_STOPPED_FROM_SNAPSHOT,
                              false, error);
}

static bool
go_back(Revert *revert, GError **error)
{
    Guest *guest = revert->work.guest;
    Object *object = &guest->vm.object;
    bool ok;

    if (revert->external &&
        (!plan_overlays(revert, error) || !snapshot_external_offline(revert->overlays, revert->live, false, error)))
        return false;
    /* The same images, made above. */
    if (revert->external && !snapshot_external_offline(revert->overlays, revert->config, true, error)) {
        snapshot_external_unlink(revert->overlays);
        return false;
    }
    if (object_is_active(object) && !end_guest(revert, error)) {
        snapshot_external_unlink(revert->overlays);
        return false;
    }
    if (!change_images(revert, error))
        return false;
    if (object_is_persistent(object) && !object_set_config(object, g_steal_pointer(&revert->config), error))
        return false;
    if (revert->to == REVERT_STOPPED)
        return true;
    guest_job_set(guest, VIR_DOMAIN_JOB_OPERATION_SNAPSHOT_REVERT, &snapshot_job_ops, NULL, revert->work.flags);
    ok = start(revert, error);
    guest_job_clear(guest, NULL);
    return ok;
}

bool
snapshot_rows_revert(Call *call, GError **error)
{
    const DomainRevertToSnapshotArgs *args = call->args;
    Guest *guest = guest_of(call);
    g_autoptr(Def) def = moment_tree_find(&guest->vm, kind, args->snap.name, error);
    g_auto(Revert) revert = { .work = { .guest = guest, .job = kit_job(call), .flags = call->flags },
                               .memory = SAVE_OPEN_INIT };

    if (!def)
        return false;
    revert.snapshot = def->doc;
    revert.external = snapshot_is_external(revert.snapshot);
    revert.to = where_to(revert.snapshot, call->flags);
    if (!check_possible(&revert, error) || !plan_definitions(&revert, error) || !check_safe(&revert, error))
        return false;
    if (revert.snapshot->memory == SNAPSHOT_MEMORY_EXTERNAL && !snapshot_memory_open(revert.snapshot, &revert.memory, error))
        return false;
    plan_discard(&revert);
    if (!go_back(&revert, error) || !note(&revert, error))
        return false;
    for (guint i = 0; i < revert.discard->len; i++)
        if (unlink(revert.discard->pdata[i]) < 0)
            log_warning("cannot remove '%s', which nobody needs any more", (char *)revert.discard->pdata[i]);
    return true;
}
