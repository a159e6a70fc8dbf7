/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* companion.h - processes that live beside a guest's emulator
 *
 * All under a job that changes the guest, or before it is visible.  The pid files have upstream's paths, so that a new
 * daemon, ours or theirs, finds the processes of guests that run.
 */
#pragma once

#include "drivers/qemu/process/guest.h"

/* Have @helper serve @device of @doc: CommandHost.helper, whose data is the GuestFds. */
bool companion_serve(void *data, CommandHelper helper, const void *device, CommandService *service, GError **error);

/* QEMU did not start: perhaps because a companion ended, whose last words @error gets too. */
void companion_explain(Guest *guest, GError **error);
/* The guest has a cgroup now: they belong in it too. */
void companion_settle(Guest *guest);
/* After a restart of the daemon: find those of @doc. */
void companion_find(Guest *guest, const Domain *doc);
/* QEMU is gone.  The state of a TPM goes too where the guest is gone with it. */
void companion_end(Guest *guest, const Domain *doc);
/* QEMU lost the helper for reservations: start another. */
void companion_event(Guest *guest, const char *name, Json *data);

/* What goes with the definition of @vm; VmOps.undefine. */
bool companion_undefine(Vm *vm, uint32_t flags, GError **error);

void companion_free(void *companion); /* GDestroyNotify of Guest.companions: the process lives on */
