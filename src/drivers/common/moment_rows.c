/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* moment_rows.c - calls that read the snapshots and checkpoints of a guest, the same for every driver */
#define ERROR_FROM VIR_FROM_DOMAIN_SNAPSHOT
#include "drivers/common/moment_tree.h"

#include <string.h>

#include "util/error.h"

static const MomentKind *const snapshots = &moment_tree_snapshots, *const checkpoints = &moment_tree_checkpoints;

/* Both kinds look alike on the wire. */
typedef struct AllRet {
    uint32_t n;
    WireDomainSnapshot *list;
    int32_t ret;
} AllRet;
G_STATIC_ASSERT(offsetof(AllRet, ret) == offsetof(DomainListAllSnapshotsRet, ret));
G_STATIC_ASSERT(offsetof(AllRet, ret) == offsetof(DomainListAllCheckpointsRet, ret));
G_STATIC_ASSERT(offsetof(AllRet, ret) == offsetof(DomainSnapshotListAllChildrenRet, ret));
G_STATIC_ASSERT(offsetof(AllRet, ret) == offsetof(DomainCheckpointListAllChildrenRet, ret));
G_STATIC_ASSERT(sizeof(WireDomainSnapshot) == sizeof(WireDomainCheckpoint));
G_STATIC_ASSERT(offsetof(WireDomainSnapshot, name) == offsetof(WireDomainCheckpoint, name));

static const char *
name_in(const Call *call)
{
    return ((const WireDomainSnapshot *)call->args)->name;
}

static bool
list_all(Call *call, const MomentKind *kind, const char *parent, bool need_results, GError **error)
{
    g_autoptr(GPtrArray) names = moment_tree_list(vm_of(call), kind, parent, call->flags, error);
    AllRet *ret = call->ret;

    if (!names)
        return false;
    ret->ret = (int32_t)names->len;
    if (!need_results)
        return true;
    ret->n = names->len;
    ret->list = g_new0(WireDomainSnapshot, names->len + 1);
    for (guint i = 0; i < names->len; i++) {
        ret->list[i].name = g_strdup(names->pdata[i]);
        object_wire(call->object, &ret->list[i].dom);
    }
    return true;
}

bool
moment_row_snapshot_list_all(Call *call, GError **error)
{
    return list_all(call, snapshots, NULL, ((DomainListAllSnapshotsArgs *)call->args)->need_results, error);
}

bool
moment_row_snapshot_list_children(Call *call, GError **error)
{
    const DomainSnapshotListAllChildrenArgs *args = call->args;

    return list_all(call, snapshots, args->snapshot.name, args->need_results, error);
}

bool
moment_row_checkpoint_list_all(Call *call, GError **error)
{
    return list_all(call, checkpoints, NULL, ((DomainListAllCheckpointsArgs *)call->args)->need_results, error);
}

bool
moment_row_checkpoint_list_children(Call *call, GError **error)
{
    const DomainCheckpointListAllChildrenArgs *args = call->args;

    return list_all(call, checkpoints, args->checkpoint.name, args->need_results, error);
}

/* The older calls know snapshots only, and their names only. */

static bool
old_num(Call *call, const char *parent, int32_t *ret_num, GError **error)
{
    g_autoptr(GPtrArray) names = moment_tree_list(vm_of(call), snapshots, parent, call->flags, error);

    if (!names)
        return false;
    *ret_num = (int32_t)names->len;
    return true;
}

static bool
old_names(Call *call, const char *parent, int32_t max, uint32_t *ret_n, char ***ret_names, GError **error)
{
    g_autoptr(GPtrArray) names = moment_tree_list(vm_of(call), snapshots, parent, call->flags, error);

    if (!names)
        return false;
    *ret_n = MIN(names->len, (uint32_t)MAX(max, 0));
    *ret_names = g_new0(char *, *ret_n + 1);
    for (guint i = 0; i < *ret_n; i++)
        (*ret_names)[i] = g_strdup(names->pdata[i]);
    return true;
}

bool
moment_row_snapshot_num(Call *call, GError **error)
{
    return old_num(call, NULL, &((DomainSnapshotNumRet *)call->ret)->num, error);
}

bool
moment_row_snapshot_num_children(Call *call, GError **error)
{
    return old_num(call, ((DomainSnapshotNumChildrenArgs *)call->args)->snap.name,
                   &((DomainSnapshotNumChildrenRet *)call->ret)->num, error);
}

bool
moment_row_snapshot_names(Call *call, GError **error)
{
    DomainSnapshotListNamesRet *ret = call->ret;

    return old_names(call, NULL, ((DomainSnapshotListNamesArgs *)call->args)->maxnames, &ret->n_names, &ret->names,
                     error);
}

bool
moment_row_snapshot_children_names(Call *call, GError **error)
{
    const DomainSnapshotListChildrenNamesArgs *args = call->args;
    DomainSnapshotListChildrenNamesRet *ret = call->ret;

    return old_names(call, args->snap.name, args->maxnames, &ret->n_names, &ret->names, error);
}

/* One moment. */

static void
answer(Call *call, const char *name)
{
    WireDomainSnapshot *wire = call->ret;

    wire->name = g_strdup(name);
    object_wire(call->object, &wire->dom);
}

bool
moment_row_snapshot_lookup(Call *call, GError **error)
{
    const char *name = ((DomainSnapshotLookupByNameArgs *)call->args)->name;
    g_autoptr(Def) def = moment_tree_find(vm_of(call), snapshots, name, error);

    if (def)
        answer(call, name);
    return def != NULL;
}

bool
moment_row_checkpoint_lookup(Call *call, GError **error)
{
    const char *name = ((DomainCheckpointLookupByNameArgs *)call->args)->name;
    g_autoptr(Def) def = moment_tree_find(vm_of(call), checkpoints, name, error);

    if (def)
        answer(call, name);
    return def != NULL;
}

static bool
get_parent(Call *call, const MomentKind *kind, GError **error)
{
    g_autoptr(Def) def = moment_tree_find(vm_of(call), kind, name_in(call), error);
    const char *parent;

    if (!def)
        return false;
    parent = *(char **)((char *)def->doc + kind->parent_at);
    if (!parent) {
        error_set(error, kind->no_such, "%s '%s' does not have a parent", kind->word, name_in(call));
        return false;
    }
    answer(call, parent);
    return true;
}

bool
moment_row_snapshot_parent(Call *call, GError **error)
{
    return get_parent(call, snapshots, error);
}

bool
moment_row_checkpoint_parent(Call *call, GError **error)
{
    return get_parent(call, checkpoints, error);
}

bool
moment_row_snapshot_has_current(Call *call, GError **error)
{
    g_autoptr(Def) def = moment_tree_current(vm_of(call), snapshots);

    ((DomainHasCurrentSnapshotRet *)call->ret)->result = def != NULL;
    return true;
}

bool
moment_row_snapshot_current(Call *call, GError **error)
{
    g_autoptr(Def) def = moment_tree_current(vm_of(call), snapshots);

    if (def)
        answer(call, ((Snapshot *)def->doc)->name);
    else
        error_set(error, VIR_ERR_NO_DOMAIN_SNAPSHOT, "the domain does not have a current snapshot");
    return def != NULL;
}

bool
moment_row_snapshot_is_current(Call *call, GError **error)
{
    g_autoptr(Def) def = moment_tree_find(vm_of(call), snapshots, name_in(call), error);
    g_autoptr(Def) current = moment_tree_current(vm_of(call), snapshots);

    ((DomainSnapshotIsCurrentRet *)call->ret)->current = def && def == current;
    return def != NULL;
}

bool
moment_row_snapshot_has_metadata(Call *call, GError **error)
{
    g_autoptr(Def) def = moment_tree_find(vm_of(call), snapshots, name_in(call), error);

    ((DomainSnapshotHasMetadataRet *)call->ret)->metadata = def != NULL;
    return def != NULL;
}

bool
moment_row_snapshot_get_xml(Call *call, GError **error)
{
    g_autoptr(Def) def = moment_tree_find(vm_of(call), snapshots, name_in(call), error);

    if (def)
        ((DomainSnapshotGetXmlDescRet *)call->ret)->xml =
            snapshot_format(def->doc, vm_of(call)->object.uuid,
                            call->flags & VIR_DOMAIN_SNAPSHOT_XML_SECURE ? XML_FORMAT_SECURE : 0);
    return def != NULL;
}

bool
moment_row_checkpoint_get_xml(Call *call, GError **error)
{
    const VmOps *ops = kit_of(call)->vm_ops;
    g_autoptr(Def) def = moment_tree_find(vm_of(call), checkpoints, name_in(call), error);
    g_autoptr(Checkpoint) sized = NULL;

    if (!def)
        return false;
    if (call->flags & VIR_DOMAIN_CHECKPOINT_XML_SIZE) {
        if (!ops || !ops->checkpoint_sizes) {
            error_set(error, VIR_ERR_INVALID_ARG, "unsupported flags (0x%x): what changed since a checkpoint is not known here",
                      VIR_DOMAIN_CHECKPOINT_XML_SIZE);
            return false;
        }
        sized = xml_copy(&checkpoint_xml, def->doc);
        if (!ops->checkpoint_sizes(vm_of(call), sized, error))
            return false;
    }
    ((DomainCheckpointGetXmlDescRet *)call->ret)->xml =
        checkpoint_format(sized ? sized : def->doc, !(call->flags & VIR_DOMAIN_CHECKPOINT_XML_NO_DOMAIN),
                          call->flags & VIR_DOMAIN_CHECKPOINT_XML_SECURE ? XML_FORMAT_SECURE : 0);
    return true;
}
