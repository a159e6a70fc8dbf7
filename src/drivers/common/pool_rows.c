/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool_rows.c - the calls on pools */
#define ERROR_FROM VIR_FROM_STORAGE
#include <libvirt/libvirt.h>
#include <string.h>

#include "drivers/common/kit.h"
#include "drivers/common/pool.h"
#include "util/error.h"

static Pool *
call_pool(Call *call)
{
    return call->object;
}

/* Look-ups. */

bool
pool_rows_lookup_by_volume(Call *call, GError **error)
{
    object_wire(call->object, &((StoragePoolLookupByVolumeRet *)call->ret)->pool);
    return true;
}

bool
pool_rows_lookup_by_target(Call *call, GError **error)
{
    const StoragePoolLookupByTargetPathArgs *args = call->args;
    g_autofree char *path = g_canonicalize_filename(args->path, "/");
    g_autoptr(GPtrArray) list = object_table_list(kit_table(call));

    for (guint i = 0; i < list->len; i++) {
        g_autoptr(Def) def = object_live(list->pdata[i]);

        if (def && !g_strcmp0(((const StoragePool *)def->doc)->target_path, path)) {
            object_wire(list->pdata[i], &((StoragePoolLookupByTargetPathRet *)call->ret)->pool);
            return true;
        }
    }
    error_set(error, VIR_ERR_NO_STORAGE_POOL, "no storage pool with matching target path '%s'", args->path);
    return false;
}

bool
pool_rows_build(Call *call, GError **error)
{
    g_autoptr(Job) job = object_life_begin(call, error);
    g_autoptr(Def) def = NULL;

    if (!job || !object_life_require_inactive(call->object, error))
        return false;
    def = object_current(call->object, error);
    if (!def || !pool_build(call_pool(call), def->doc, call->flags, error))
        return false;
    object_emit(call->object, VIR_STORAGE_POOL_EVENT_CREATED, 0);
    return true;
}

bool
pool_rows_remove_storage(Call *call, GError **error)
{
    g_autoptr(Job) job = object_life_begin(call, error);
    g_autoptr(Def) def = NULL;
    const StorageBackend *backend;

    if (!job || !object_life_require_inactive(call->object, error))
        return false;
    def = object_current(call->object, error);
    backend = def ? pool_backend(kit_table(call), ((const StoragePool *)def->doc)->type, error) : NULL;
    if (!backend)
        return false;
    if (!backend->remove) {
        error_set(error, VIR_ERR_NO_SUPPORT, "the storage of a pool of this type cannot be deleted");
        return false;
    }
    if (!backend->remove(def->doc, call->flags, error))
        return false;
    object_emit(call->object, VIR_STORAGE_POOL_EVENT_DELETED, 0);
    return true;
}

bool
pool_rows_refresh(Call *call, GError **error)
{
    g_autoptr(Job) job = object_life_begin(call, error);

    return job && pool_refresh(call_pool(call), error);
}

/* Facts. */

bool
pool_rows_get_info(Call *call, GError **error)
{
    StoragePoolGetInfoRet *ret = call->ret;
    g_autoptr(Def) def = object_current(&call_pool(call)->object, error);
    const StoragePool *doc = def ? def->doc : NULL;

    if (!doc)
        return false;
    ret->state = object_is_active(&call_pool(call)->object) ? VIR_STORAGE_POOL_RUNNING : VIR_STORAGE_POOL_INACTIVE;
    ret->capacity = doc->capacity;
    ret->allocation = doc->allocation;
    ret->available = doc->available;
    return true;
}

/* Volumes of the pool. */

bool
pool_rows_count_volumes(Call *call, GError **error)
{
    g_autoptr(GPtrArray) volumes = pool_volumes(call_pool(call));

    ((StoragePoolNumOfVolumesRet *)call->ret)->num = (int32_t)volumes->len;
    return pool_check_active(call_pool(call), error);
}

bool
pool_rows_list_volumes(Call *call, GError **error)
{
    const StoragePoolListVolumesArgs *args = call->args;
    StoragePoolListVolumesRet *ret = call->ret;
    g_autoptr(GPtrArray) volumes = pool_volumes(call_pool(call));

    if (!pool_check_active(call_pool(call), error))
        return false;
    ret->n_names = MIN(volumes->len, (uint32_t)MAX(args->maxnames, 0));
    ret->names = g_new0(char *, ret->n_names);
    for (guint i = 0; i < ret->n_names; i++)
        ret->names[i] = g_strdup(((const StorageVolume *)((Def *)volumes->pdata[i])->doc)->name);
    return true;
}

bool
pool_rows_list_all_volumes(Call *call, GError **error)
{
    const StoragePoolListAllVolumesArgs *args = call->args;
    StoragePoolListAllVolumesRet *ret = call->ret;
    g_autoptr(GPtrArray) volumes = pool_volumes(call_pool(call));
    g_autofree char *pool = object_name(&call_pool(call)->object);

    if (!pool_check_active(call_pool(call), error))
        return false;
    ret->ret = volumes->len;
    if (!args->need_results)
        return true;
    ret->n_vols = volumes->len;
    ret->vols = g_new0(WireStorageVol, volumes->len);
    for (guint i = 0; i < volumes->len; i++)
        pool_wire_volume(pool, ((Def *)volumes->pdata[i])->doc, &ret->vols[i]);
    return true;
}
