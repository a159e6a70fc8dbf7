/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* storagecaps.h - types of storage pools and their formats, and what could become a pool. */
#pragma once

#include <stdbool.h>

#include "drivers/conf/storagecaps_gen.h"

/* Every type there is; @supported says which of them work here. */
StoragePoolCaps *storagecaps_new(const bool supported[POOL_TYPE_LAST]);

/* Volumes in @answer, the XML that 'gluster --xml volume info' printed of @host, as sources of pools of @type,
 * which is POOL_TYPE_GLUSTER or POOL_TYPE_NETFS. */
PoolSources *storagecaps_gluster_sources(const char *answer, const char *host, PoolType type, GError **error);
