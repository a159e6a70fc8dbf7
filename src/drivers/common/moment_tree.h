/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* moment_tree.h - the snapshots or checkpoints of a guest: a tree by name, one of them the current
 *
 * A moment is a Def of Snapshot or Checkpoint, immutable as every Def: where a parent goes, its
 * children get new ones.  The trees are members of Vm, guarded by its object.lock; they change under a
 * job of the guest only.  What is the same for every driver is a row (MOMENT_ROWS); how a moment is made,
 * deleted or gone back to is the driver's.
 */
#pragma once

#include "drivers/common/vm.h"
#include "drivers/conf/moment.h"

typedef struct MomentKind {
    const XmlStruct *xml;
    const char *word;            /* "snapshot" */
    int no_such;                 /* VIR_ERR_NO_DOMAIN_SNAPSHOT */
    uint16_t name_at, parent_at; /* char * in the document */
    uint16_t tree_at;            /* in Vm */
} MomentKind;
extern const MomentKind moment_tree_snapshots, moment_tree_checkpoints;

/* How much goes with the moment that is deleted. */
typedef enum {
    MOMENT_ONLY,     /* its children become its parent's */
    MOMENT_CHILDREN, /* all below it as well */
    MOMENT_BELOW,    /* all below it, but not itself */
} MomentScope;

size_t moment_tree_size(Vm *vm, const MomentKind *kind);
/* References.  NULL with @error set if there is none. */
Def *moment_tree_find(Vm *vm, const MomentKind *kind, const char *name, GError **error);
/* NULL if there is none. */
Def *moment_tree_current(Vm *vm, const MomentKind *kind);
/* Whether @doc, new or (@again) described once more, fits among the others: its name is free, its parent
 * known and not below it. */
bool moment_tree_accepts(Vm *vm, const MomentKind *kind, const void *doc, bool again, GError **error);
/* Take @doc into the tree, in place of one of its name. */
void moment_tree_add(Vm *vm, const MomentKind *kind, void *doc, bool current);
/* Make the moment @name the current one. */
void moment_tree_set_current(Vm *vm, const MomentKind *kind, const char *name);
/* Names of the moments below @parent (NULL: all), parents first, as the flags of virDomainListAllSnapshots() say.
 * The first of them is "roots only" without @parent, and "descendants, too" with one. */
GPtrArray *moment_tree_list(Vm *vm, const MomentKind *kind, const char *parent, uint32_t flags, GError **error);
/* The current moment moves up if it goes. */
bool moment_tree_remove(Vm *vm, const MomentKind *kind, const char *name, MomentScope scope, GError **error);

bool moment_row_snapshot_num(Call *call, GError **error);
bool moment_row_snapshot_names(Call *call, GError **error);
bool moment_row_snapshot_num_children(Call *call, GError **error);
bool moment_row_snapshot_children_names(Call *call, GError **error);
bool moment_row_snapshot_list_all(Call *call, GError **error);
bool moment_row_snapshot_list_children(Call *call, GError **error);
bool moment_row_snapshot_lookup(Call *call, GError **error);
bool moment_row_snapshot_parent(Call *call, GError **error);
bool moment_row_snapshot_has_current(Call *call, GError **error);
bool moment_row_snapshot_current(Call *call, GError **error);
bool moment_row_snapshot_is_current(Call *call, GError **error);
bool moment_row_snapshot_has_metadata(Call *call, GError **error);
bool moment_row_snapshot_get_xml(Call *call, GError **error);
bool moment_row_checkpoint_list_all(Call *call, GError **error);
bool moment_row_checkpoint_list_children(Call *call, GError **error);
bool moment_row_checkpoint_lookup(Call *call, GError **error);
bool moment_row_checkpoint_parent(Call *call, GError **error);
bool moment_row_checkpoint_get_xml(Call *call, GError **error);

#define MOMENT_SNAPSHOT_LIST 0x7ff
#define MOMENT_CHECKPOINT_LIST 0x1f

#define MOMENT_ROWS                                                                             \
    [PROC_DOMAIN_SNAPSHOT_NUM] = { moment_row_snapshot_num, MOMENT_SNAPSHOT_LIST },             \
    [PROC_DOMAIN_SNAPSHOT_LIST_NAMES] = { moment_row_snapshot_names, MOMENT_SNAPSHOT_LIST },    \
    [PROC_DOMAIN_SNAPSHOT_NUM_CHILDREN] = { moment_row_snapshot_num_children, MOMENT_SNAPSHOT_LIST }, \
    [PROC_DOMAIN_SNAPSHOT_LIST_CHILDREN_NAMES] = { moment_row_snapshot_children_names,          \
                                                   MOMENT_SNAPSHOT_LIST },                      \
    [PROC_DOMAIN_LIST_ALL_SNAPSHOTS] = { moment_row_snapshot_list_all, MOMENT_SNAPSHOT_LIST },  \
    [PROC_DOMAIN_SNAPSHOT_LIST_ALL_CHILDREN] = { moment_row_snapshot_list_children, MOMENT_SNAPSHOT_LIST }, \
    [PROC_DOMAIN_SNAPSHOT_LOOKUP_BY_NAME] = { moment_row_snapshot_lookup },                     \
    [PROC_DOMAIN_SNAPSHOT_GET_PARENT] = { moment_row_snapshot_parent },                         \
    [PROC_DOMAIN_HAS_CURRENT_SNAPSHOT] = { moment_row_snapshot_has_current },                   \
    [PROC_DOMAIN_SNAPSHOT_CURRENT] = { moment_row_snapshot_current },                           \
    [PROC_DOMAIN_SNAPSHOT_IS_CURRENT] = { moment_row_snapshot_is_current },                     \
    [PROC_DOMAIN_SNAPSHOT_HAS_METADATA] = { moment_row_snapshot_has_metadata },                 \
    [PROC_DOMAIN_SNAPSHOT_GET_XML_DESC] = { moment_row_snapshot_get_xml,                        \
                                            VIR_DOMAIN_SNAPSHOT_XML_SECURE },                   \
    [PROC_DOMAIN_LIST_ALL_CHECKPOINTS] = { moment_row_checkpoint_list_all, MOMENT_CHECKPOINT_LIST }, \
    [PROC_DOMAIN_CHECKPOINT_LIST_ALL_CHILDREN] = { moment_row_checkpoint_list_children,         \
                                                   MOMENT_CHECKPOINT_LIST },                    \
    [PROC_DOMAIN_CHECKPOINT_LOOKUP_BY_NAME] = { moment_row_checkpoint_lookup },                 \
    [PROC_DOMAIN_CHECKPOINT_GET_PARENT] = { moment_row_checkpoint_parent },                     \
    [PROC_DOMAIN_CHECKPOINT_GET_XML_DESC] = { moment_row_checkpoint_get_xml,                    \
                                              VIR_DOMAIN_CHECKPOINT_XML_SECURE |                \
                                                  VIR_DOMAIN_CHECKPOINT_XML_NO_DOMAIN |          \
                                                  VIR_DOMAIN_CHECKPOINT_XML_SIZE }
