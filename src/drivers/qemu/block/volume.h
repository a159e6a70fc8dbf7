/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* volume.h - disks that are volumes of a storage pool, and disks that a guest can do without */
#pragma once

#include "drivers/conf/domain_gen.h"
#include "drivers/conf/storagepool_gen.h"

/* What the storage driver knows of a volume. */
typedef struct VolumeFacts {
    StoragePool *pool;
    int type;       /* VIR_STORAGE_VOL_* */
    char *path;
} VolumeFacts;

/* Fill in *@facts, which are owned by the caller; of an inactive pool there are none. */
typedef bool (*VolumeLookup)(void *data, const char *pool, const char *volume, VolumeFacts *facts, GError **error);

/* Find the volumes of all disks.  A disk whose volume is not there, and that the guest can do without, goes, a drive for
 * such media stays empty. */
bool volume_settle(Domain *def, VolumeLookup lookup, void *data, GError **error);
