/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* agent_disk.h - disks and file systems as the guest's agent tells of them */
#pragma once

#include "drivers/common/params.h"
#include "drivers/qemu/process/guest.h"

/* Append what is known of file systems, or of disks; under an agent job. */
bool agent_disk_filesystems(Guest *guest, Params *params, GError **error);
bool agent_disk_disks(Guest *guest, Params *params, GError **error);
/* A parameter whose name is put together. */
void agent_disk_add(Params *params, const char *text, const char *format, ...) G_GNUC_PRINTF(3, 4);
