/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool_rows.c - the calls on pools */
#define ERROR_FROM VIR_FROM_STORAGE
#include <libvirt/libvirt.h>
#include <string.h>

#include "drivers/common/object_rows.h"
#include "drivers/storage/pool.h"
#include "drivers/storage/pool_rows.h"
#include "util/error.h"

static Pool *
call_pool(Call *call)
{
    return call->object;
}

static Job *
begin(Call *call, GError **error)
{
    return job_begin(&call_pool(call)->object.jobs, JOB_MODIFY, call->method->name, JOB_DEADLINE_S, error);
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

/* Definitions. */

/* Two pools over one folder would each believe the volumes its own. */
static bool
check_target(ObjectTable *table, const StoragePool *pool, const Object *self, GError **error)
{
    g_autoptr(GPtrArray) list = object_table_list(table);

    for (guint i = 0; pool->type == POOL_TYPE_DIR && i < list->len; i++) {
        g_autoptr(Def) def = list->pdata[i] == self ? NULL : object_current(list->pdata[i], NULL);
        const StoragePool *other = def ? def->doc : NULL;

        if (other && other->type == pool->type && !g_strcmp0(other->target_path, pool->target_path)) {
            error_set(error, VIR_ERR_OPERATION_FAILED, "target '%s' of storage pool '%s' is that of pool '%s' already",
                      pool->target_path, pool->name, other->name);
            return false;
        }
    }
    return true;
}

/* The object @xml describes, with its document. */
static Object *
claim(Call *call, const char *xml, bool validate, StoragePool **ret_doc, GError **error)
{
    ObjectTable *table = kit_table(call);
    g_autoptr(StoragePool) doc = object_parse(table, xml, validate, error);
    g_autoptr(Object) object = NULL;

    if (!doc || !storage_backend(doc->type, error))
        return NULL;
    object = object_table_claim(table, doc, error);
    if (!object)
        return NULL;
    if (!check_target(table, doc, object, error)) {
        object_disclaim(object);
        return NULL;
    }
    *ret_doc = g_steal_pointer(&doc);
    return g_steal_pointer(&object);
}

bool
pool_rows_define(Call *call, GError **error)
{
    const StoragePoolDefineXmlArgs *args = call->args;
    g_autoptr(StoragePool) doc = NULL;
    g_autoptr(Object) object = claim(call, args->xml, call->flags & VIR_STORAGE_POOL_DEFINE_VALIDATE, &doc, error);
    g_autoptr(Job) job = object ? job_begin(&object->jobs, JOB_MODIFY, call->method->name, JOB_DEADLINE_S, error) : NULL;

    if (!object)
        return false;
    if (!job || !object_set_config(object, g_steal_pointer(&doc), error)) {
        object_disclaim(object);
        return false;
    }
    object_emit(object, VIR_STORAGE_POOL_EVENT_DEFINED, 0);
    object_wire(object, &((StoragePoolDefineXmlRet *)call->ret)->pool);
    return true;
}

static bool
run_build(const StoragePool *doc, uint32_t flags, GError **error)
{
    const StorageBackend *backend = storage_backend(doc->type, error);

    if (!backend)
        return false;
    if ((flags & POOL_BUILD_FLAGS) == POOL_BUILD_FLAGS) {
        error_set_plain(error, VIR_ERR_INVALID_ARG, "Flags 'VIR_STORAGE_POOL_BUILD_OVERWRITE' and "
                                                    "'VIR_STORAGE_POOL_BUILD_NO_OVERWRITE' are mutually exclusive");
        return false;
    }
    return !backend->build || backend->build(doc, flags, error);
}

/* Build first if a flag says so, then start. */
static bool
build_and_start(Pool *pool, const StoragePool *doc, uint32_t flags, GError **error)
{
    uint32_t how = (flags & VIR_STORAGE_POOL_CREATE_WITH_BUILD_OVERWRITE ? VIR_STORAGE_POOL_BUILD_OVERWRITE : 0)
                   | (flags & VIR_STORAGE_POOL_CREATE_WITH_BUILD_NO_OVERWRITE ? VIR_STORAGE_POOL_BUILD_NO_OVERWRITE : 0);

    if (object_is_active(&pool->object)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "storage pool '%s' is already active", doc->name);
        return false;
    }
    return (!(flags & POOL_CREATE_FLAGS) || run_build(doc, how, error)) && pool_start(pool, doc, error);
}

bool
pool_rows_create_xml(Call *call, GError **error)
{
    const StoragePoolCreateXmlArgs *args = call->args;
    g_autoptr(StoragePool) doc = NULL;
    g_autoptr(Object) object = claim(call, args->xml, false, &doc, error);
    g_autoptr(Job) job = object ? job_begin(&object->jobs, JOB_MODIFY, call->method->name, JOB_DEADLINE_S, error) : NULL;

    if (!object)
        return false;
    if (!job || !build_and_start((Pool *)object, doc, call->flags, error)) {
        object_disclaim(object);
        return false;
    }
    object_wire(object, &((StoragePoolCreateXmlRet *)call->ret)->pool);
    return true;
}

bool
pool_rows_create(Call *call, GError **error)
{
    g_autoptr(Job) job = begin(call, error);
    g_autoptr(Def) def = job ? object_current(call->object, error) : NULL;

    return def && build_and_start(call_pool(call), def->doc, call->flags, error);
}

bool
pool_rows_build(Call *call, GError **error)
{
    g_autoptr(Job) job = begin(call, error);
    g_autoptr(Def) def = NULL;

    if (!job)
        return false;
    if (object_is_active(&call_pool(call)->object)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "storage pool is active; stop it before it is built");
        return false;
    }
    def = object_current(&call_pool(call)->object, error);
    return def && run_build(def->doc, call->flags, error);
}

bool
pool_rows_destroy(Call *call, GError **error)
{
    g_autoptr(Job) job = begin(call, error);

    return job && pool_stop(call_pool(call), error);
}

bool
pool_rows_remove_storage(Call *call, GError **error)
{
    g_autoptr(Job) job = begin(call, error);
    g_autoptr(Def) def = NULL;
    const StorageBackend *backend;

    if (!job)
        return false;
    def = object_current(&call_pool(call)->object, error);
    backend = def ? storage_backend(((const StoragePool *)def->doc)->type, error) : NULL;
    if (!backend)
        return false;
    if (object_is_active(&call_pool(call)->object)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "storage pool '%s' is still active", ((const StoragePool *)def->doc)->name);
        return false;
    }
    if (!backend->remove) {
        error_set(error, VIR_ERR_NO_SUPPORT, "the storage of a pool of this type cannot be deleted");
        return false;
    }
    if (!backend->remove(def->doc, call->flags, error))
        return false;
    object_emit(&call_pool(call)->object, VIR_STORAGE_POOL_EVENT_DELETED, 0);
    return true;
}

bool
pool_rows_undefine(Call *call, GError **error)
{
    g_autoptr(Job) job = begin(call, error);

    if (!job || !object_undefine(&call_pool(call)->object, error))
        return false;
    object_emit(&call_pool(call)->object, VIR_STORAGE_POOL_EVENT_UNDEFINED, 0);
    return true;
}

bool
pool_rows_refresh(Call *call, GError **error)
{
    g_autoptr(Job) job = begin(call, error);

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
