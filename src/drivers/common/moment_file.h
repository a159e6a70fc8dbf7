/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* moment_file.h - snapshots and checkpoints on disk: DIR/GUEST/NAME.xml, as upstream keeps them
 *
 * The driver gives its folder for the kind; what is in memory is in moment_tree.h.  All but reading is under a job of
 * the guest.
 */
#pragma once

#include "drivers/common/moment_tree.h"

/* Write the moment @name as it is in the tree, and whether it is the current one. */
bool moment_file_save(Vm *vm, const MomentKind *kind, const char *dir, const char *name, GError **error);
bool moment_file_delete(Vm *vm, const MomentKind *kind, const char *dir, const char *name, GError **error);
/* Take @doc into the tree and on disk; where that cannot be written the tree stays as it was. */
bool moment_file_add(Vm *vm, const MomentKind *kind, const char *dir, void *doc, bool current, GError **error);
/* Make @name (NULL: none) the current one. */
bool moment_file_set_current(Vm *vm, const MomentKind *kind, const char *dir, const char *name, GError **error);
/* Remove one moment, or those of @scope, from tree and disk; those left are written where their parent changed. */
bool moment_file_remove(Vm *vm, const MomentKind *kind, const char *dir, const char *name, MomentScope scope, GError **error);

/* Read all of the guest, for MomentTree.load; what cannot be read is logged and left alone. */
GPtrArray *moment_file_load(Vm *vm, const MomentKind *kind, const char *dir, char **ret_current);
bool moment_file_exist(Vm *vm, const char *dir);
/* Forget all of the guest. */
bool moment_file_clear(Vm *vm, const MomentKind *kind, const char *dir, GError **error);
/* The guest was called @old. */
bool moment_file_rename(Vm *vm, const char *dir, const char *old, GError **error);
