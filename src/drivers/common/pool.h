/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool.h - a pool as an object: its definition, and the volumes found in it
 *
 * A driver of pools is a list of backends, by type of pool, as the owner of its ObjectTable of pool_kind; the
 * rows are POOL_ROWS.
 *
 * Volumes are a snapshot: an immutable list of immutable definitions, replaced as a whole under the object's
 * lock.  Readers take a reference; no reader waits for a refresh or for a volume that is being made.
 */
#pragma once

#include <libvirt/libvirt.h>

#include "drivers/common/object_life.h"
#include "drivers/common/object_rows.h"
#include "drivers/common/pool_backend.h"
#include "drivers/conf/storage.h"

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

/* What can be done with a pool of @type in @table; NULL with @error set if nothing. */
const StorageBackend *pool_backend(const ObjectTable *table, PoolType type, GError **error);

/* Under a job of the pool. */
/* At the daemon's start: take over a pool that was active and still is. */
bool pool_resume(Pool *pool, const StoragePool *doc, GError **error);
bool pool_refresh(Pool *pool, GError **error);
/* Prepare its storage: VIR_STORAGE_POOL_BUILD_*. */
bool pool_build(Pool *pool, const StoragePool *doc, uint32_t flags, GError **error);
/* Replace (or with @doc NULL, remove) volume @name in the snapshot, and account for it in the live definition.
 * Takes @doc. */
void pool_publish_volume(Pool *pool, const char *name, StorageVolume *doc);

/* Keep others from @name while it is being made (pool_reserve: an error if there is such a volume) or changed
 * at length (pool_mark).  Both fail at once when somebody works on it. */
bool pool_reserve(Pool *pool, const char *name, GError **error);
bool pool_mark(Pool *pool, const char *name, GError **error);
void pool_unmark(Pool *pool, const char *name);

/* A volume that is known to exist joins, placed and whole.  Takes @doc. */
bool pool_add_volume(Pool *pool, StorageVolume *doc, GError **error);

/* Flags that are honoured. */
enum {
    POOL_BUILD_FLAGS = VIR_STORAGE_POOL_BUILD_OVERWRITE | VIR_STORAGE_POOL_BUILD_NO_OVERWRITE,
    POOL_CREATE_FLAGS = VIR_STORAGE_POOL_CREATE_WITH_BUILD | VIR_STORAGE_POOL_CREATE_WITH_BUILD_OVERWRITE
                        | VIR_STORAGE_POOL_CREATE_WITH_BUILD_NO_OVERWRITE,
    VOL_CREATE_FLAGS = VIR_STORAGE_VOL_CREATE_PREALLOC_METADATA | VIR_STORAGE_VOL_CREATE_VALIDATE,
    VOL_RESIZE_FLAGS = VIR_STORAGE_VOL_RESIZE_ALLOCATE | VIR_STORAGE_VOL_RESIZE_DELTA | VIR_STORAGE_VOL_RESIZE_SHRINK,
};

/* pool_rows.c */
bool pool_rows_lookup_by_volume(Call *call, GError **error);
bool pool_rows_lookup_by_target(Call *call, GError **error);
bool pool_rows_build(Call *call, GError **error);
bool pool_rows_remove_storage(Call *call, GError **error);
bool pool_rows_refresh(Call *call, GError **error);
bool pool_rows_get_info(Call *call, GError **error);
bool pool_rows_count_volumes(Call *call, GError **error);
bool pool_rows_list_volumes(Call *call, GError **error);
bool pool_rows_list_all_volumes(Call *call, GError **error);

/* vol_rows.c */
bool vol_rows_lookup_by_name(Call *call, GError **error);
bool vol_rows_lookup_by_key(Call *call, GError **error);
bool vol_rows_lookup_by_path(Call *call, GError **error);
bool vol_rows_create_xml(Call *call, GError **error);
bool vol_rows_create_from(Call *call, GError **error);
bool vol_rows_remove_volume(Call *call, GError **error);
bool vol_rows_resize(Call *call, GError **error);
bool vol_rows_wipe(Call *call, GError **error);
bool vol_rows_wipe_pattern(Call *call, GError **error);
bool vol_rows_get_info(Call *call, GError **error);
bool vol_rows_get_info_flags(Call *call, GError **error);
bool vol_rows_get_xml(Call *call, GError **error);
bool vol_rows_get_path(Call *call, GError **error);
bool vol_rows_upload(Call *call, GError **error);
bool vol_rows_download(Call *call, GError **error);

#define POOL_ROWS                                                                                                 \
    OBJECT_STORAGE_POOL_ROWS,                                                                                     \
    [PROC_STORAGE_POOL_LOOKUP_BY_VOLUME] = { pool_rows_lookup_by_volume, 0, ROW_INLINE },                         \
    [PROC_STORAGE_POOL_LOOKUP_BY_TARGET_PATH] = { pool_rows_lookup_by_target },                                   \
    [PROC_STORAGE_POOL_DEFINE_XML] = { object_life_define_xml, VIR_STORAGE_POOL_DEFINE_VALIDATE },                \
    [PROC_STORAGE_POOL_CREATE_XML] = { object_life_create_xml, POOL_CREATE_FLAGS },                               \
    [PROC_STORAGE_POOL_CREATE] = { object_life_create, POOL_CREATE_FLAGS },                                       \
    [PROC_STORAGE_POOL_BUILD] = { pool_rows_build, POOL_BUILD_FLAGS },                                            \
    [PROC_STORAGE_POOL_DESTROY] = { object_life_destroy },                                                        \
    [PROC_STORAGE_POOL_DELETE] = { pool_rows_remove_storage, VIR_STORAGE_POOL_DELETE_ZEROED },                    \
    [PROC_STORAGE_POOL_UNDEFINE] = { object_life_undefine },                                                      \
    [PROC_STORAGE_POOL_REFRESH] = { pool_rows_refresh },                                                          \
    [PROC_STORAGE_POOL_GET_INFO] = { pool_rows_get_info },                                                        \
    [PROC_STORAGE_POOL_NUM_OF_VOLUMES] = { pool_rows_count_volumes, 0, ROW_INLINE },                              \
    [PROC_STORAGE_POOL_LIST_VOLUMES] = { pool_rows_list_volumes, 0, ROW_INLINE },                                 \
    [PROC_STORAGE_POOL_LIST_ALL_VOLUMES] = { pool_rows_list_all_volumes, 0, ROW_INLINE },                         \
    [PROC_STORAGE_VOL_LOOKUP_BY_NAME] = { vol_rows_lookup_by_name, 0, ROW_INLINE },                               \
    [PROC_STORAGE_VOL_LOOKUP_BY_KEY] = { vol_rows_lookup_by_key },                                                \
    [PROC_STORAGE_VOL_LOOKUP_BY_PATH] = { vol_rows_lookup_by_path },                                              \
    [PROC_STORAGE_VOL_CREATE_XML] = { vol_rows_create_xml, VOL_CREATE_FLAGS },                                    \
    [PROC_STORAGE_VOL_CREATE_XML_FROM] = { vol_rows_create_from, VOL_CREATE_FLAGS },                              \
    [PROC_STORAGE_VOL_DELETE] = { vol_rows_remove_volume },                                                       \
    [PROC_STORAGE_VOL_RESIZE] = { vol_rows_resize, VOL_RESIZE_FLAGS },                                            \
    [PROC_STORAGE_VOL_WIPE] = { vol_rows_wipe },                                                                  \
    [PROC_STORAGE_VOL_WIPE_PATTERN] = { vol_rows_wipe_pattern },                                                  \
    [PROC_STORAGE_VOL_GET_INFO] = { vol_rows_get_info, 0, ROW_INLINE },                                           \
    [PROC_STORAGE_VOL_GET_INFO_FLAGS] = { vol_rows_get_info_flags, VIR_STORAGE_VOL_GET_PHYSICAL, ROW_INLINE },    \
    [PROC_STORAGE_VOL_GET_XML_DESC] = { vol_rows_get_xml, 0, ROW_INLINE },                                        \
    [PROC_STORAGE_VOL_GET_PATH] = { vol_rows_get_path, 0, ROW_INLINE },                                           \
    [PROC_STORAGE_VOL_UPLOAD] = { vol_rows_upload, VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM },                        \
    [PROC_STORAGE_VOL_DOWNLOAD] = { vol_rows_download, VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM }
