/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool.c - a pool as an object: its definition, and the volumes found in it */
#define ERROR_FROM VIR_FROM_STORAGE
#include "drivers/storage/pool.h"

#include <libvirt/libvirt.h>
#include <string.h>

#include "drivers/common/object_rows.h"
#include "drivers/common/state.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("storage.pool");

static GPtrArray *
new_volumes(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)def_unref);
}

static const StorageVolume *
vol_doc(const Def *def)
{
    return def->doc;
}

const StorageBackend *
storage_backend(PoolType type, GError **error)
{
    static const StorageBackend *const backends[POOL_TYPE_LAST] = {
        [POOL_TYPE_DIR] = &dir_backend,
        [POOL_TYPE_FS] = &fs_backend,
        [POOL_TYPE_NETFS] = &fs_backend,
    };

    if (!backends[type])
        error_set(error, VIR_ERR_NO_SUPPORT, "this build has no backend for pools of type '%s'", pool_type_words[type]);
    return backends[type];
}

static void
init(Object *object)
{
    Pool *pool = (Pool *)object;

    pool->busy = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static void
clear(Object *object)
{
    Pool *pool = (Pool *)object;

    g_clear_pointer(&pool->volumes, g_ptr_array_unref);
    g_hash_table_unref(pool->busy);
}

static bool
save_status(Object *object, GError **error)
{
    g_autoptr(Def) live = object_live(object);
    g_autofree char *name = object_name(object);
    g_autofree char *text = NULL, *whole = NULL;

    if (!live || !object->table->dirs.status)
        return true;
    text = xml_format_text(&storage_pool_xml, live->doc, XML_FORMAT_SECURE);
    whole = g_strdup_printf("<poolstate>\n%s</poolstate>\n", text);
    return state_save_text(object->table->dirs.status, name, object->kind->edit, whole, error);
}

static bool
has_type(Object *object, PoolType type)
{
    g_autoptr(Def) def = object_current(object, NULL);

    return def && ((const StoragePool *)def->doc)->type == type;
}

#define TYPES(row)                                                                                                  \
    row(DIR) row(FS) row(NETFS) row(LOGICAL) row(DISK) row(ISCSI) row(ISCSI_DIRECT) row(SCSI) row(MPATH) row(RBD)   \
    row(SHEEPDOG) row(GLUSTER) row(ZFS) row(VSTORAGE)
#define MATCH(type)                                                                                                 \
    static bool is_##type(Object *object) { return has_type(object, POOL_TYPE_##type); }
TYPES(MATCH)

enum { ALL_TYPES = 0xfffc0 };
#define FILTER_ROW(group, name, match) { group, VIR_CONNECT_LIST_STORAGE_POOLS_##name, match },
#define TYPE_ROW(type) FILTER_ROW(ALL_TYPES, type, is_##type)

static const ObjectFilter filters[] = {
    FILTER_ROW(0x3, ACTIVE, object_match_active)
    FILTER_ROW(0x3, INACTIVE, object_match_inactive)
    FILTER_ROW(0xc, PERSISTENT, object_match_persistent)
    FILTER_ROW(0xc, TRANSIENT, object_match_transient)
    FILTER_ROW(0x30, AUTOSTART, object_match_autostart)
    FILTER_ROW(0x30, NO_AUTOSTART, object_match_no_autostart)
    TYPES(TYPE_ROW)
    { 0, 0, NULL },
};

const ObjectKind pool_kind = {
    .noun = "storage pool",
    .edit = "pool-edit",
    .cls = CLASS_STORAGE_POOL,
    .error_from = VIR_FROM_STORAGE,
    .no_such = VIR_ERR_NO_STORAGE_POOL,
    .inactive_text = "storage pool is not active",
    .transient_text = "storage pool is transient",
    .xml = &storage_pool_xml,
    .name_at = offsetof(StoragePool, name),
    .uuid_at = offsetof(StoragePool, uuid),
    .size = sizeof(Pool),
    .init = init,
    .clear = clear,
    .save_status = save_status,
    .filters = filters,
};

void
pool_wire_volume(const char *pool, const StorageVolume *vol, WireStorageVol *wire)
{
    wire->pool = g_strdup(pool);
    wire->name = g_strdup(vol->name);
    wire->key = g_strdup(vol->key);
}

bool
pool_check_active(Pool *pool, GError **error)
{
    g_autofree char *name = NULL;

    if (object_is_active(&pool->object))
        return true;
    name = object_name(&pool->object);
    error_set(error, VIR_ERR_OPERATION_INVALID, "storage pool '%s' is not active", name);
    return false;
}

GPtrArray *
pool_volumes(Pool *pool)
{
    g_auto(LockHold) hold = lock_hold(&pool->object.lock);

    return pool->volumes ? g_ptr_array_ref(pool->volumes) : new_volumes();
}

Def *
pool_volume(Pool *pool, const char *name, GError **error)
{
    g_autoptr(GPtrArray) volumes = NULL;

    if (!pool_check_active(pool, error))
        return NULL;
    volumes = pool_volumes(pool);
    for (guint i = 0; i < volumes->len; i++)
        if (!strcmp(vol_doc(volumes->pdata[i])->name, name))
            return def_ref(volumes->pdata[i]);
    error_set(error, VIR_ERR_NO_STORAGE_VOL, "no storage vol with matching name '%s'", name);
    return NULL;
}

Pool *
pool_find_volume(ObjectTable *table, bool (*match)(const StorageVolume *vol, const char *text), const char *text, Def **ret_vol)
{
    g_autoptr(GPtrArray) pools = object_table_list(table);

    for (guint i = 0; i < pools->len; i++) {
        g_autoptr(GPtrArray) volumes = pool_volumes(pools->pdata[i]);

        for (guint j = 0; j < volumes->len; j++)
            if (match(vol_doc(volumes->pdata[j]), text)) {
                *ret_vol = def_ref(volumes->pdata[j]);
                return (Pool *)object_ref(pools->pdata[i]);
            }
    }
    return NULL;
}

static void
set_volumes(Pool *pool, GPtrArray *volumes)
{
    GPtrArray *old;

    lock_acquire(&pool->object.lock);
    old = pool->volumes;
    pool->volumes = volumes;
    lock_release(&pool->object.lock);
    if (old)
        g_ptr_array_unref(old);
}

static gint
by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(vol_doc(*(Def *const *)a)->name, vol_doc(*(Def *const *)b)->name);
}

void
pool_publish_volume(Pool *pool, const char *name, StorageVolume *doc)
{
    g_autoptr(GPtrArray) old = pool_volumes(pool);
    GPtrArray *volumes = new_volumes();

    for (guint i = 0; i < old->len; i++)
        if (strcmp(vol_doc(old->pdata[i])->name, name) != 0)
            g_ptr_array_add(volumes, def_ref(old->pdata[i]));
    if (doc)
        g_ptr_array_add(volumes, def_new(&storage_volume_xml, doc));
    g_ptr_array_sort(volumes, by_name);
    set_volumes(pool, volumes);
}

bool
pool_mark(Pool *pool, const char *name, GError **error)
{
    bool mine;

    lock_acquire(&pool->object.lock);
    mine = g_hash_table_add(pool->busy, g_strdup(name));
    lock_release(&pool->object.lock);
    if (!mine)
        error_set(error, VIR_ERR_OPERATION_INVALID, "storage volume '%s' is being made or changed; try again later", name);
    return mine;
}

bool
pool_reserve(Pool *pool, const char *name, GError **error)
{
    g_autoptr(Def) there = NULL;

    if (!pool_mark(pool, name, error))
        return false;
    there = pool_volume(pool, name, NULL);
    if (!there)
        return true;
    pool_unmark(pool, name);
    error_set(error, VIR_ERR_STORAGE_VOL_EXIST, "'%s'", name);
    return false;
}

void
pool_unmark(Pool *pool, const char *name)
{
    g_auto(LockHold) hold = lock_hold(&pool->object.lock);

    g_hash_table_remove(pool->busy, name);
}

/* Look at the storage and publish what is there, as a new live definition and a new list. */
static bool
find_out(Pool *pool, const StorageBackend *backend, const StoragePool *def, GError **error)
{
    g_autoptr(StoragePool) doc = xml_copy(&storage_pool_xml, def);
    g_autoptr(GPtrArray) found = backend->refresh(doc, error);
    GPtrArray *volumes;

    if (!found)
        return false;
    volumes = new_volumes();
    g_ptr_array_set_free_func(found, NULL);
    for (guint i = 0; i < found->len; i++)
        g_ptr_array_add(volumes, def_new(&storage_volume_xml, found->pdata[i]));
    g_ptr_array_sort(volumes, by_name);
    object_set_live(&pool->object, g_steal_pointer(&doc));
    set_volumes(pool, volumes);
    return true;
}

static void
emit_refresh(Pool *pool)
{
    StoragePoolEventRefreshMsg msg = { 0 };

    object_wire(&pool->object, &msg.pool);
    event_emit(pool->object.table->hub, EVENT_STORAGE_POOL, VIR_STORAGE_POOL_EVENT_ID_REFRESH, &msg);
    g_free(msg.pool.name);
}

bool
pool_start(Pool *pool, const StoragePool *doc, GError **error)
{
    const StorageBackend *backend = storage_backend(doc->type, error);

    if (!backend || (backend->start && !backend->start(doc, error)))
        return false;
    if (!find_out(pool, backend, doc, error)) {
        g_autoptr(GError) also = NULL;

        if (backend->stop && !backend->stop(doc, &also))
            log_gerror(also, "while stopping pool '%s', which could not be read", doc->name);
        return false;
    }
    if (!save_status(&pool->object, error))
        return false;
    object_emit(&pool->object, VIR_STORAGE_POOL_EVENT_STARTED, 0);
    return true;
}

bool
pool_resume(Pool *pool, const StoragePool *doc, GError **error)
{
    const StorageBackend *backend = storage_backend(doc->type, error);

    return backend && (!backend->check || backend->check(doc)) && find_out(pool, backend, doc, error);
}

bool
pool_stop(Pool *pool, GError **error)
{
    g_autoptr(Def) def = NULL;
    g_autofree char *name = object_name(&pool->object);
    const StorageBackend *backend;

    if (!pool_check_active(pool, error))
        return false;
    def = object_live(&pool->object);
    backend = storage_backend(((const StoragePool *)def->doc)->type, error);
    if (!backend || (backend->stop && !backend->stop(def->doc, error)))
        return false;
    set_volumes(pool, NULL);
    if (pool->object.table->dirs.status && !state_delete(pool->object.table->dirs.status, name, error))
        return false;
    object_emit(&pool->object, VIR_STORAGE_POOL_EVENT_STOPPED, 0);
    object_set_inactive(&pool->object);
    return true;
}

bool
pool_refresh(Pool *pool, GError **error)
{
    g_autoptr(Def) def = NULL;
    const StorageBackend *backend;

    if (!pool_check_active(pool, error))
        return false;
    def = object_live(&pool->object);
    backend = storage_backend(((const StoragePool *)def->doc)->type, error);
    if (!backend || !find_out(pool, backend, def->doc, error))
        return false;
    emit_refresh(pool);
    return true;
}
