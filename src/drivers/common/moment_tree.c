/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* moment_tree.c - the snapshots or checkpoints of a guest: a tree by name, one of them the current
 *
 * A guest has a handful of them, so that a list and names will do for a tree.
 */
#define ERROR_FROM VIR_FROM_DOMAIN
#include "drivers/common/moment_tree.h"

#include <string.h>

#include "util/error.h"

const MomentKind moment_tree_snapshots = {
    &snapshot_xml,
    "snapshot",
    VIR_ERR_NO_DOMAIN_SNAPSHOT,
    offsetof(Snapshot, name),
    offsetof(Snapshot, parent),
    offsetof(Vm, snapshots),
};
const MomentKind moment_tree_checkpoints = {
    &checkpoint_xml,
    "checkpoint",
    VIR_ERR_NO_DOMAIN_CHECKPOINT,
    offsetof(Checkpoint, name),
    offsetof(Checkpoint, parent),
    offsetof(Vm, checkpoints),
};

/* What follows is called with object.lock held, but for the functions of the header. */

static MomentTree *
tree_of(Vm *vm, const MomentKind *kind)
{
    return (MomentTree *)((char *)vm + kind->tree_at);
}

static guint
count(const MomentTree *tree)
{
    return tree->all ? tree->all->len : 0;
}

static const char *
text_at(const void *doc, uint16_t at)
{
    return *(char *const *)((const char *)doc + at);
}

static const char *
name_of(const MomentKind *kind, const Def *def)
{
    return text_at(def->doc, kind->name_at);
}

static const char *
parent_of(const MomentKind *kind, const Def *def)
{
    return text_at(def->doc, kind->parent_at);
}

static Def *
lookup(const MomentTree *tree, const MomentKind *kind, const char *name)
{
    for (guint i = 0; name && i < count(tree); i++)
        if (!strcmp(name_of(kind, tree->all->pdata[i]), name))
            return tree->all->pdata[i];
    return NULL;
}

/* Files of old may have a circle in them: no way up is longer than there are moments. */
static bool
is_below(const MomentTree *tree, const MomentKind *kind, const Def *def, const char *ancestor)
{
    for (guint i = 0; def && i <= count(tree); i++) {
        if (!g_strcmp0(parent_of(kind, def), ancestor))
            return true;
        def = lookup(tree, kind, parent_of(kind, def));
    }
    return false;
}

static void
no_such(const MomentKind *kind, const char *name, GError **error)
{
    error_set(error, kind->no_such, "no domain %s with matching name '%s'", kind->word, name);
}

/* Without the lock.  Two readers may both read the files, and one of them for nothing. */
static void
ensure_loaded(Vm *vm, const MomentKind *kind)
{
    MomentTree *tree = tree_of(vm, kind);
    GPtrArray *(*load)(Vm *vm, char **ret_current);
    g_autoptr(GPtrArray) all = NULL;
    g_autofree char *current = NULL;

    lock_acquire(&vm->object.lock);
    load = tree->load;
    lock_release(&vm->object.lock);
    if (!load)
        return;
    all = load(vm, &current);
    lock_acquire(&vm->object.lock);
    if (tree->load == load) {
        tree->load = NULL;
        tree->all = g_steal_pointer(&all);
        tree->current = g_steal_pointer(&current);
    }
    lock_release(&vm->object.lock);
}

/* The lock, with what it guards there to be looked at. */
static LockHold
hold_tree(Vm *vm, const MomentKind *kind)
{
    ensure_loaded(vm, kind);
    return lock_hold(&vm->object.lock);
}

size_t
moment_tree_size(Vm *vm, const MomentKind *kind)
{
    g_auto(LockHold) hold = hold_tree(vm, kind);

    return count(tree_of(vm, kind));
}

Def *
moment_tree_find(Vm *vm, const MomentKind *kind, const char *name, GError **error)
{
    g_auto(LockHold) hold = hold_tree(vm, kind);
    Def *def = lookup(tree_of(vm, kind), kind, name);

    if (!def)
        no_such(kind, name, error);
    return def ? def_ref(def) : NULL;
}

Def *
moment_tree_current(Vm *vm, const MomentKind *kind)
{
    g_auto(LockHold) hold = hold_tree(vm, kind);
    Def *def = lookup(tree_of(vm, kind), kind, tree_of(vm, kind)->current);

    return def ? def_ref(def) : NULL;
}

bool
moment_tree_accepts(Vm *vm, const MomentKind *kind, const void *doc, bool again, GError **error)
{
    g_auto(LockHold) hold = hold_tree(vm, kind);
    const MomentTree *tree = tree_of(vm, kind);
    const char *name = text_at(doc, kind->name_at), *parent = text_at(doc, kind->parent_at);
    const Def *above = lookup(tree, kind, parent);

    if (!again && lookup(tree, kind, name)) {
        error_set(error, VIR_ERR_OPERATION_FAILED, "domain moment %s already exists", name);
        return false;
    }
    if (!parent)
        return true;
    if (!strcmp(parent, name)) {
        error_set(error, VIR_ERR_INVALID_ARG, "cannot set moment %s as its own parent", name);
        return false;
    }
    if (!above) {
        error_set(error, VIR_ERR_INVALID_ARG, "parent %s for moment %s not found", parent, name);
        return false;
    }
    if (is_below(tree, kind, above, name)) {
        error_set(error, VIR_ERR_INVALID_ARG, "parent %s would create cycle to %s", parent, name);
        return false;
    }
    return true;
}

void
moment_tree_add(Vm *vm, const MomentKind *kind, void *doc, bool current)
{
    g_auto(LockHold) hold = hold_tree(vm, kind);
    MomentTree *tree = tree_of(vm, kind);
    Def *def = def_new(kind->xml, doc), *old = lookup(tree, kind, name_of(kind, def));

    if (!tree->all)
        tree->all = g_ptr_array_new_with_free_func((GDestroyNotify)def_unref);
    if (old)
        g_ptr_array_remove(tree->all, old);
    g_ptr_array_add(tree->all, def);
    if (current) {
        g_free(tree->current);
        tree->current = g_strdup(name_of(kind, def));
    }
}

void
moment_tree_set_current(Vm *vm, const MomentKind *kind, const char *name)
{
    g_auto(LockHold) hold = hold_tree(vm, kind);

    g_free(tree_of(vm, kind)->current);
    tree_of(vm, kind)->current = g_strdup(name);
}

/* Lists. */

static bool
has_children(const MomentTree *tree, const MomentKind *kind, const Def *def)
{
    for (guint i = 0; i < count(tree); i++)
        if (!g_strcmp0(parent_of(kind, tree->all->pdata[i]), name_of(kind, def)))
            return true;
    return false;
}

static bool
is_listed_snapshot(const Snapshot *snapshot, uint32_t flags)
{
    static const uint32_t states = VIR_DOMAIN_SNAPSHOT_LIST_INACTIVE | VIR_DOMAIN_SNAPSHOT_LIST_ACTIVE |
                                   VIR_DOMAIN_SNAPSHOT_LIST_DISK_ONLY,
                          places = VIR_DOMAIN_SNAPSHOT_LIST_INTERNAL | VIR_DOMAIN_SNAPSHOT_LIST_EXTERNAL;
    uint32_t state = snapshot->state == SNAPSHOT_STATE_SHUTOFF         ? VIR_DOMAIN_SNAPSHOT_LIST_INACTIVE
                     : snapshot->state == SNAPSHOT_STATE_DISK_SNAPSHOT ? VIR_DOMAIN_SNAPSHOT_LIST_DISK_ONLY
                                                                       : VIR_DOMAIN_SNAPSHOT_LIST_ACTIVE;
    uint32_t place = snapshot_is_external(snapshot) ? VIR_DOMAIN_SNAPSHOT_LIST_EXTERNAL
                                                    : VIR_DOMAIN_SNAPSHOT_LIST_INTERNAL;

    if ((flags & VIR_DOMAIN_SNAPSHOT_LIST_NO_METADATA) && !(flags & VIR_DOMAIN_SNAPSHOT_LIST_METADATA))
        return false; /* all that are in a tree have metadata */
    return (!(flags & states) || flags & state) && (!(flags & places) || flags & place);
}

static bool
is_listed(const MomentTree *tree, const MomentKind *kind, const Def *def, const char *parent, uint32_t flags)
{
    const uint32_t leaves = VIR_DOMAIN_SNAPSHOT_LIST_LEAVES, branches = VIR_DOMAIN_SNAPSHOT_LIST_NO_LEAVES;
    bool first = flags & VIR_DOMAIN_SNAPSHOT_LIST_ROOTS; /* or LIST_DESCENDANTS, the same bit */

    if (parent ? !(first ? is_below(tree, kind, def, parent) : !g_strcmp0(parent_of(kind, def), parent))
               : first && parent_of(kind, def))
        return false;
    if (flags & (leaves | branches) && !(flags & (has_children(tree, kind, def) ? branches : leaves)))
        return false;
    return kind == &moment_tree_checkpoints || is_listed_snapshot(def->doc, flags);
}

static void
list_below(const MomentTree *tree, const MomentKind *kind, const char *under, const char *parent, uint32_t flags,
           guint depth, GPtrArray *found)
{
    for (guint i = 0; i < count(tree) && depth <= count(tree); i++) {
        const Def *def = tree->all->pdata[i];

        if (g_strcmp0(parent_of(kind, def), under))
            continue;
        if (is_listed(tree, kind, def, parent, flags))
            g_ptr_array_add(found, g_strdup(name_of(kind, def)));
        list_below(tree, kind, name_of(kind, def), parent, flags, depth + 1, found);
    }
}

GPtrArray *
moment_tree_list(Vm *vm, const MomentKind *kind, const char *parent, uint32_t flags, GError **error)
{
    g_auto(LockHold) hold = hold_tree(vm, kind);
    MomentTree *tree = tree_of(vm, kind);
    GPtrArray *found;

    if (parent && !lookup(tree, kind, parent)) {
        no_such(kind, parent, error);
        return NULL;
    }
    found = g_ptr_array_new_with_free_func(g_free);
    list_below(tree, kind, parent, parent, flags, 0, found);
    return found;
}

/* Deleting. */

static void
remove_one(MomentTree *tree, const MomentKind *kind, const char *name, const char *new_current)
{
    Def *def = lookup(tree, kind, name);

    if (!def)
        return;
    if (!g_strcmp0(tree->current, name)) {
        g_free(tree->current);
        tree->current = g_strdup(new_current);
    }
    g_ptr_array_remove(tree->all, def);
}

static void
adopt_children(MomentTree *tree, const MomentKind *kind, const char *name, const char *parent)
{
    for (guint i = 0; i < count(tree); i++) {
        Def *def = tree->all->pdata[i];
        void *doc;
        char **at;

        if (g_strcmp0(parent_of(kind, def), name))
            continue;
        doc = xml_copy(kind->xml, def->doc);
        at = (char **)((char *)doc + kind->parent_at);
        g_free(*at);
        *at = g_strdup(parent);
        tree->all->pdata[i] = def_new(kind->xml, doc);
        def_unref(def);
    }
}

bool
moment_tree_remove(Vm *vm, const MomentKind *kind, const char *name, MomentScope scope, GError **error)
{
    g_autoptr(GPtrArray) below = moment_tree_list(vm, kind, name, VIR_DOMAIN_SNAPSHOT_LIST_DESCENDANTS, error);
    g_auto(LockHold) hold = NULL;
    MomentTree *tree = tree_of(vm, kind);
    g_autofree char *parent = NULL;

    if (!below)
        return false;
    hold = lock_hold(&vm->object.lock);
    for (guint i = 0; scope != MOMENT_ONLY && i < below->len; i++)
        remove_one(tree, kind, below->pdata[i], name);
    if (scope == MOMENT_BELOW)
        return true;
    parent = g_strdup(parent_of(kind, lookup(tree, kind, name)));
    adopt_children(tree, kind, name, parent);
    remove_one(tree, kind, name, parent);
    return true;
}
