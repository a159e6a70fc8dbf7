/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* checkpoint.h - checkpoints of guests: bitmaps in their images, and documents beside them */
#pragma once

#include "drivers/common/moment_file.h"
#include "drivers/qemu/process/guest.h"

/* Make @checkpoint, parsed as a new one, whole for the guest that runs as @live; @actions get what makes its bitmaps. */
bool checkpoint_plan(Guest *guest, const Domain *live, Checkpoint *checkpoint, Json *actions, GError **error);
/* Its bitmaps are there: keep @checkpoint (taken).  Where that fails they are removed. */
bool checkpoint_keep(Guest *guest, QmpClient *qmp, Checkpoint *checkpoint, GError **error);

/* Have the checkpoints of all guests that have some read when they are first asked for. */
void checkpoint_load_all(void);
/* For VmOps. */
bool checkpoint_undefine(Vm *vm, uint32_t flags, GError **error);
bool checkpoint_renamed(Vm *vm, const char *old, GError **error);
bool checkpoint_sizes(Vm *vm, Checkpoint *checkpoint, GError **error);
/* A guest without definition has ended. */
void checkpoint_forget(Guest *guest);
