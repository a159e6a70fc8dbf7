/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool_backend.h - what each type of pool can do
 *
 * A backend works on definitions, not on objects: it is called under a job of the pool, blocks as long as
 * the storage does, and holds no lock.  Members that a type of pool cannot do are NULL.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "drivers/conf/storage.h"

typedef struct StorageBackend {
    /* Make a definition just parsed whole. */
    void (*settle)(StoragePool *pool);
    /* Is the source there already (after a restart of the daemon)?  NULL: a pool is there when its target is. */
    bool (*check)(const StoragePool *pool);
    bool (*build)(const StoragePool *pool, uint32_t flags, GError **error);
    bool (*start)(const StoragePool *pool, GError **error);
    bool (*stop)(const StoragePool *pool, GError **error);
    bool (*remove)(const StoragePool *pool, uint32_t flags, GError **error);
    /* Fill in capacity, allocation and available of @pool and return its volumes (StorageVolume *).  NULL: what
     * the driver knows is all there is. */
    GPtrArray *(*refresh)(StoragePool *pool, GError **error);
    /* Where volume @vol of @pool will be: its path and key. */
    bool (*place)(const StoragePool *pool, StorageVolume *vol, GError **error);
    bool (*create)(const StoragePool *pool, const StorageVolume *vol, const StorageVolume *input, uint32_t flags,
                   GError **error);
    /* What has become of volume @vol.  NULL: what was asked for. */
    StorageVolume *(*look)(const StoragePool *pool, const StorageVolume *vol, GError **error);
    bool (*delete_volume)(const StoragePool *pool, const StorageVolume *vol, uint32_t flags, GError **error);
    bool (*resize)(const StoragePool *pool, const StorageVolume *vol, uint64_t capacity, uint32_t flags, GError **error);
    bool (*wipe)(const StoragePool *pool, const StorageVolume *vol, unsigned algorithm, GError **error);
    bool has_content; /* a volume's path can be opened, read and written */
} StorageBackend;
