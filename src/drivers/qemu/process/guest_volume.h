/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_volume.h - volumes of guests, from the storage daemon */
#pragma once

#include "drivers/qemu/block/volume.h"

/* VolumeLookup; @data is not used. */
bool guest_volume_lookup(void *data, const char *pool, const char *volume, VolumeFacts *facts, GError **error);
