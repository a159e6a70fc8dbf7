/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_moment.c - snapshots and checkpoints of guests: made, deleted, gone back to
 *
 * Nothing is stored but what the guest's definition and state were; reading them is the same for every
 * driver (moment_tree.h).
 */
#define ERROR_FROM VIR_FROM_DOMAIN_SNAPSHOT
#include <string.h>

#include "drivers/common/moment_tree.h"
#include "drivers/test/test_private.h"
#include "util/error.h"

static int64_t
seconds_now(void)
{
    return g_get_real_time() / G_USEC_PER_SEC;
}

/* What a new moment keeps of the guest and of its place among the others; @def is the guest now. */
static void
take_place(Vm *vm, const MomentKind *kind, const Def *def, char **parent, Domain **domain)
{
    g_autoptr(Def) current = moment_tree_current(vm, kind);

    *domain = xml_copy(&domain_xml, def->doc);
    if (current)
        *parent = g_strdup(*(char **)((char *)current->doc + kind->name_at));
}

/* Only external memory may be asked for; the rest follows from what the guest does. */
static bool
take_snapshot(Vm *vm, Snapshot *snapshot, bool disk_only, GError **error)
{
    g_autoptr(Def) def = object_current(&vm->object, error);
    bool active = object_is_active(&vm->object), external;

    if (!def || !moment_check_name("snapshot", snapshot->name, error))
        return false;
    if (snapshot->memory && snapshot->memory != SNAPSHOT_MEMORY_NO && (disk_only || !active)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "memory state cannot be saved with offline or disk-only snapshot");
        return false;
    }
    take_place(vm, &moment_tree_snapshots, def, &snapshot->parent, &snapshot->domain);
    external = disk_only || snapshot->memory == SNAPSHOT_MEMORY_EXTERNAL;
    if (!active)
        snapshot->state = SNAPSHOT_STATE_SHUTOFF;
    else if (disk_only)
        snapshot->state = SNAPSHOT_STATE_DISK_SNAPSHOT;
    else
        snapshot->state =
            vm_state(vm, NULL) == VIR_DOMAIN_PAUSED ? SNAPSHOT_STATE_PAUSED : SNAPSHOT_STATE_RUNNING;
    if (disk_only || !active)
        snapshot->memory = SNAPSHOT_MEMORY_NO;
    else if (!snapshot->memory)
        snapshot->memory = SNAPSHOT_MEMORY_INTERNAL;
    return snapshot_align(snapshot, def->doc, external ? DISK_SNAPSHOT_EXTERNAL : DISK_SNAPSHOT_INTERNAL, false, error);
}

static bool
redefine_snapshot(Vm *vm, Snapshot *snapshot, GError **error)
{
    g_autoptr(Def) old = moment_tree_find(vm, &moment_tree_snapshots, snapshot->name, NULL);

    return snapshot_redefine(snapshot, vm->object.uuid, old ? old->doc : NULL, error);
}

static bool
snapshot_create(Call *call, GError **error)
{
    const DomainSnapshotCreateXmlArgs *args = call->args;
    DomainSnapshotCreateXmlRet *ret = call->ret;
    Vm *vm = call->object;
    bool again = call->flags & VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE;
    bool halt = call->flags & VIR_DOMAIN_SNAPSHOT_CREATE_HALT;
    g_autoptr(Snapshot) snapshot =
        snapshot_parse(args->xml_desc, again ? MOMENT_REDEFINE : MOMENT_NEW,
                       call->flags & VIR_DOMAIN_SNAPSHOT_CREATE_VALIDATE, seconds_now(), error);

    if (!snapshot || !moment_tree_accepts(vm, &moment_tree_snapshots, snapshot, again, error))
        return false;
    if (!again && moment_tree_size(vm, &moment_tree_checkpoints)) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "cannot create snapshot while checkpoint exists");
        return false;
    }
    if (halt && !object_is_persistent(&vm->object)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "cannot halt after transient domain snapshot");
        return false;
    }
    if (again ? !redefine_snapshot(vm, snapshot, error)
              : !take_snapshot(vm, snapshot, call->flags & VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY, error))
        return false;
    ret->snap.name = g_strdup(snapshot->name);
    object_wire(call->object, &ret->snap.dom);
    if (!(call->flags & VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA))
        moment_tree_add(vm, &moment_tree_snapshots, g_steal_pointer(&snapshot),
                        !again || call->flags & VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT);
    if (halt && object_is_active(call->object))
        test_domain_stop(call->object, VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT, VIR_DOMAIN_EVENT_STOPPED,
                         VIR_DOMAIN_EVENT_STOPPED_FROM_SNAPSHOT);
    return true;
}

static bool
take_checkpoint(Vm *vm, Checkpoint *checkpoint, GError **error)
{
    g_autoptr(Def) def = object_current(&vm->object, error);

    if (!def)
        return false;
    take_place(vm, &moment_tree_checkpoints, def, &checkpoint->parent, &checkpoint->domain);
    return checkpoint_align(checkpoint, def->doc, error);
}

static bool
redefine_checkpoint(Vm *vm, Checkpoint *checkpoint, GError **error)
{
    g_autoptr(Def) old = moment_tree_find(vm, &moment_tree_checkpoints, checkpoint->name, NULL);

    return checkpoint_redefine(checkpoint, vm->object.uuid, old ? old->doc : NULL, error);
}

/* Checkpoints described again come in the order they were made: the last of a line is the current one. */
static bool
continues_line(Vm *vm, const Checkpoint *checkpoint)
{
    g_autoptr(Def) current = moment_tree_current(vm, &moment_tree_checkpoints);

    return !current || !g_strcmp0(((Checkpoint *)current->doc)->name, checkpoint->parent);
}

static bool
checkpoint_create(Call *call, GError **error)
{
    const DomainCheckpointCreateXmlArgs *args = call->args;
    DomainCheckpointCreateXmlRet *ret = call->ret;
    Vm *vm = call->object;
    bool again = call->flags & VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE;
    g_autoptr(Checkpoint) checkpoint = NULL;
    bool current;

    if (moment_tree_size(vm, &moment_tree_snapshots)) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "cannot create checkpoint while snapshot exists");
        return false;
    }
    checkpoint = checkpoint_parse(args->xml_desc, again ? MOMENT_REDEFINE : MOMENT_NEW, seconds_now(), error);
    if (!checkpoint || !moment_tree_accepts(vm, &moment_tree_checkpoints, checkpoint, again, error) ||
        (again ? !redefine_checkpoint(vm, checkpoint, error) : !take_checkpoint(vm, checkpoint, error)))
        return false;
    ret->checkpoint.name = g_strdup(checkpoint->name);
    object_wire(call->object, &ret->checkpoint.dom);
    current = !again || continues_line(vm, checkpoint);
    moment_tree_add(vm, &moment_tree_checkpoints, g_steal_pointer(&checkpoint), current);
    return true;
}

static MomentScope
scope_of(uint32_t flags, uint32_t children, uint32_t only)
{
    return flags & only ? MOMENT_BELOW : flags & children ? MOMENT_CHILDREN : MOMENT_ONLY;
}

static bool
snapshot_delete(Call *call, GError **error)
{
    return moment_tree_remove(call->object, &moment_tree_snapshots, ((DomainSnapshotDeleteArgs *)call->args)->snap.name,
                              scope_of(call->flags, VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN,
                                       VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN_ONLY),
                              error);
}

static bool
checkpoint_delete(Call *call, GError **error)
{
    return moment_tree_remove(call->object, &moment_tree_checkpoints,
                              ((DomainCheckpointDeleteArgs *)call->args)->checkpoint.name,
                              scope_of(call->flags, VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN,
                                       VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN_ONLY),
                              error);
}

/* What a guest does after it went back. */
typedef enum { REVERT_STOPPED, REVERT_PAUSED, REVERT_RUNNING } RevertTo;

static RevertTo
where_to(const Snapshot *snapshot, uint32_t flags)
{
    if (flags & VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING)
        return REVERT_RUNNING;
    if (flags & VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED || snapshot->state == SNAPSHOT_STATE_PAUSED)
        return REVERT_PAUSED;
    return snapshot->state == SNAPSHOT_STATE_RUNNING ? REVERT_RUNNING : REVERT_STOPPED;
}

/* Reverting that would cut a client off from its guest, or gain it another one, must be forced. */
static bool
is_safe(Object *object, const Snapshot *snapshot, RevertTo to, GError **error)
{
    g_autoptr(Def) live = object_live(object);
    g_autoptr(GError) why = NULL;
    bool was_running = snapshot->state == SNAPSHOT_STATE_RUNNING || snapshot->state == SNAPSHOT_STATE_PAUSED;

    if (!live || to == REVERT_STOPPED)
        return true;
    if (!was_running) {
        error_set(error, VIR_ERR_SNAPSHOT_REVERT_RISKY, "must respawn guest to start inactive snapshot");
        return false;
    }
    if (!xml_abi_equal(&domain_xml, live->doc, snapshot->domain, &why))
        error_set(error, VIR_ERR_SNAPSHOT_REVERT_RISKY, "must respawn guest, for it changes: %s", why->message);
    return !why;
}

/* Let the active guest go on from the snapshot, or start it from there. */
static void
go_on(Object *object, Domain *doc, RevertTo to)
{
    Vm *vm = (Vm *)object;
    int before = vm_state(vm, NULL);

    if (object_is_active(object)) {
        doc->id = -1;
        object_set_live(object, doc);
        vm_set_state(vm, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_FROM_SNAPSHOT);
        if (to == REVERT_RUNNING && before == VIR_DOMAIN_PAUSED)
            object_emit(object, VIR_DOMAIN_EVENT_RESUMED, VIR_DOMAIN_EVENT_RESUMED_FROM_SNAPSHOT);
    } else {
        test_domain_start((TestVm *)object, doc, VIR_DOMAIN_RUNNING_FROM_SNAPSHOT,
                          VIR_DOMAIN_EVENT_STARTED_FROM_SNAPSHOT);
        before = VIR_DOMAIN_RUNNING;
    }
    if (to == REVERT_RUNNING)
        return;
    vm_set_state(vm, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_FROM_SNAPSHOT);
    if (before != VIR_DOMAIN_PAUSED)
        object_emit(object, VIR_DOMAIN_EVENT_SUSPENDED, VIR_DOMAIN_EVENT_SUSPENDED_FROM_SNAPSHOT);
}

static bool
snapshot_revert(Call *call, GError **error)
{
    const DomainRevertToSnapshotArgs *args = call->args;
    Object *object = call->object;
    g_autoptr(Def) def = moment_tree_find(call->object, &moment_tree_snapshots, args->snap.name, error);
    g_autoptr(GError) risk = NULL;
    const Snapshot *snapshot;
    RevertTo to;

    if (!def)
        return false;
    snapshot = def->doc;
    if (!snapshot->domain) {
        error_set(error, VIR_ERR_SNAPSHOT_REVERT_RISKY, "snapshot '%s' lacks domain '%s' rollback info", snapshot->name,
                  args->snap.dom.name);
        return false;
    }
    to = where_to(snapshot, call->flags);
    if (!is_safe(object, snapshot, to, &risk)) {
        if (!(call->flags & VIR_DOMAIN_SNAPSHOT_REVERT_FORCE)) {
            g_propagate_error(error, g_steal_pointer(&risk));
            return false;
        }
    }
    moment_tree_set_current(call->object, &moment_tree_snapshots, snapshot->name);
    if (object_is_active(object) && (to == REVERT_STOPPED || risk))
        test_domain_stop(call->object, VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT, VIR_DOMAIN_EVENT_STOPPED,
                         VIR_DOMAIN_EVENT_STOPPED_FROM_SNAPSHOT);
    if (to == REVERT_STOPPED)
        return !object_is_persistent(object) ||
               object_set_config(object, xml_copy(&domain_xml, snapshot->domain), error);
    go_on(object, xml_copy(&domain_xml, snapshot->domain), to);
    return true;
}

#define SNAPSHOT_CREATE_FLAGS                                                                   \
    (VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE | VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT |                 \
     VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA | VIR_DOMAIN_SNAPSHOT_CREATE_HALT |                 \
     VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY | VIR_DOMAIN_SNAPSHOT_CREATE_REUSE_EXT |              \
     VIR_DOMAIN_SNAPSHOT_CREATE_QUIESCE | VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC |                   \
     VIR_DOMAIN_SNAPSHOT_CREATE_LIVE | VIR_DOMAIN_SNAPSHOT_CREATE_VALIDATE)

const DriverRow test_moment_rows[PROC_LAST] = {
    MOMENT_ROWS,
    [PROC_DOMAIN_SNAPSHOT_CREATE_XML] = { snapshot_create, SNAPSHOT_CREATE_FLAGS },
    [PROC_DOMAIN_REVERT_TO_SNAPSHOT] = { snapshot_revert, VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING |
                                                              VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED |
                                                              VIR_DOMAIN_SNAPSHOT_REVERT_FORCE },
    [PROC_DOMAIN_SNAPSHOT_DELETE] = { snapshot_delete, VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN |
                                                           VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN_ONLY |
                                                           VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY },
    [PROC_DOMAIN_CHECKPOINT_CREATE_XML] = { checkpoint_create,
                                            VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE |
                                                VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE_VALIDATE |
                                                VIR_DOMAIN_CHECKPOINT_CREATE_QUIESCE },
    [PROC_DOMAIN_CHECKPOINT_DELETE] = { checkpoint_delete, VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN |
                                                               VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN_ONLY |
                                                               VIR_DOMAIN_CHECKPOINT_DELETE_METADATA_ONLY },
};
