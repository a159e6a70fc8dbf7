/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* migration_in.h - have QEMU take over the state of a guest: from a file, or from another host */
#pragma once

#include "drivers/qemu/process/guest.h"

/* Tell the emulator, launched with "-incoming defer", where its state comes from.  From a descriptor it is read to the
 * end; with a URI it is being waited for when this returns. */
bool migration_in_load(Guest *guest, const GuestIncoming *incoming, GError **error);
