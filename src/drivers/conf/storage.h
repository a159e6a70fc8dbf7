/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* storage.h - what a volume takes from the pool it is in. */
#pragma once

#include "drivers/conf/storagepool_gen.h"
#include "drivers/conf/storagevol_gen.h"

/* Complete @vol as one of a pool of @pool_type: its type, the default format, and neither extents nor
 * time stamps, which only the driver sets.  Without @no_capacity a volume must give its capacity or a backing image. */
bool storage_volume_settle(StorageVolume *vol, PoolType pool_type, bool no_capacity, GError **error);

/* The type of the volumes of a pool. */
VolumeType storage_pool_volume_type(PoolType pool_type);

/* Formats of the source of a pool, ends with POOL_FORMAT_UNSET; the first is the default. */
const PoolFormat *storage_pool_formats(PoolType type);
