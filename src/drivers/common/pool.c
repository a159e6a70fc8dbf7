/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool.c - a pool as an object: its definition, and the volumes found in it */
#define ERROR_FROM VIR_FROM_STORAGE
#include "drivers/common/pool.h"

#include <libvirt/libvirt.h>
#include <string.h>

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
pool_backend(const ObjectTable *table, PoolType type, GError **error)
{
    const StorageBackend *const *backends = table->owner;

    if (!backends[type])
        error_set(error, VIR_ERR_NO_SUPPORT, "this build has no backend for pools of type '%s'", pool_type_words[type]);
    return backends[type];
}

static const StorageBackend *
backend_of(const Pool *pool, const StoragePool *doc, GError **error)
{
    return pool_backend(pool->object.table, doc->type, error);
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

/* A type without backend is no reason to forget a definition that is on disk: see settle(). */
static bool
prepare(ObjectTable *table, void *doc, GError **error)
{
    const StorageBackend *backend = pool_backend(table, ((const StoragePool *)doc)->type, NULL);

    if (backend && backend->settle)
        backend->settle(doc);
    return true;
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

/* Publish the live definition with @bytes more taken (or fewer): what a refresh would find, before there is one. */
static void
account(Pool *pool, int64_t bytes)
{
    g_autoptr(Def) live = bytes ? object_live(&pool->object) : NULL;
    StoragePool *doc = live ? xml_copy(live->xml, live->doc) : NULL;

    if (!doc)
        return;
    doc->allocation = bytes < 0 ? doc->allocation - MIN(doc->allocation, (uint64_t)-bytes)
                                : MIN(doc->allocation + (uint64_t)bytes, doc->capacity);
    doc->available = bytes < 0 ? MIN(doc->available + (uint64_t)-bytes, doc->capacity)
                               : doc->available - MIN(doc->available, (uint64_t)bytes);
    object_set_live(&pool->object, doc);
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

    int64_t bytes = doc ? (int64_t)doc->allocation : 0;

    for (guint i = 0; i < old->len; i++) {
        if (strcmp(vol_doc(old->pdata[i])->name, name) != 0)
            g_ptr_array_add(volumes, def_ref(old->pdata[i]));
        else
            bytes -= (int64_t)vol_doc(old->pdata[i])->allocation;
    }
    if (doc)
        g_ptr_array_add(volumes, def_new(&storage_volume_xml, doc));
    g_ptr_array_sort(volumes, by_name);
    set_volumes(pool, volumes);
    account(pool, bytes);
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

/* Without storage to look at, what is known stays; takes @doc. */
static bool
keep(Pool *pool, StoragePool *doc)
{
    g_autoptr(GPtrArray) volumes = pool_volumes(pool);
    uint64_t bytes = 0;

    for (guint i = 0; i < volumes->len; i++)
        bytes += vol_doc(volumes->pdata[i])->allocation;
    object_set_live(&pool->object, doc);
    account(pool, (int64_t)bytes - (int64_t)doc->allocation);
    return true;
}

/* Look at the storage and publish what is there, as a new live definition and a new list. */
static bool
find_out(Pool *pool, const StorageBackend *backend, const StoragePool *def, GError **error)
{
    g_autoptr(StoragePool) doc = xml_copy(&storage_pool_xml, def);
    g_autoptr(GPtrArray) found = backend->refresh ? backend->refresh(doc, error) : NULL;
    GPtrArray *volumes;

    if (!backend->refresh)
        return keep(pool, g_steal_pointer(&doc));
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

static bool
settle(Object *object, void *doc, GError **error)
{
    return backend_of((Pool *)object, doc, error) && check_target(object->table, doc, object, error);
}

bool
pool_build(Pool *pool, const StoragePool *doc, uint32_t flags, GError **error)
{
    const StorageBackend *backend = backend_of(pool, doc, error);

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
start(Object *object, const void *definition, uint32_t flags, GError **error)
{
    const StoragePool *doc = definition;
    Pool *pool = (Pool *)object;
    const StorageBackend *backend = backend_of(pool, doc, error);
    uint32_t how = (flags & VIR_STORAGE_POOL_CREATE_WITH_BUILD_OVERWRITE ? VIR_STORAGE_POOL_BUILD_OVERWRITE : 0)
                   | (flags & VIR_STORAGE_POOL_CREATE_WITH_BUILD_NO_OVERWRITE ? VIR_STORAGE_POOL_BUILD_NO_OVERWRITE : 0);

    if (!backend || ((flags & POOL_CREATE_FLAGS) && !pool_build(pool, doc, how, error))
        || (backend->start && !backend->start(doc, error)))
        return false;
    if (!find_out(pool, backend, doc, error)) {
        g_autoptr(GError) also = NULL;

        if (backend->stop && !backend->stop(doc, &also))
            log_gerror(also, "while stopping pool '%s', which could not be read", doc->name);
        return false;
    }
    return save_status(object, error);
}

bool
pool_resume(Pool *pool, const StoragePool *doc, GError **error)
{
    const StorageBackend *backend = backend_of(pool, doc, error);

    return backend && (!backend->check || backend->check(doc)) && find_out(pool, backend, doc, error);
}

static bool
stop(Object *object, GError **error)
{
    Pool *pool = (Pool *)object;
    g_autoptr(Def) def = object_live(object);
    g_autofree char *name = object_name(object);
    const StorageBackend *backend = backend_of(pool, def->doc, error);

    if (!backend || (backend->stop && !backend->stop(def->doc, error)))
        return false;
    if (backend->refresh)
        set_volumes(pool, NULL);
    if (object->table->dirs.status && !state_delete(object->table->dirs.status, name, error))
        return false;
    object_set_inactive(object);
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
    backend = backend_of(pool, def->doc, error);
    if (!backend || !find_out(pool, backend, def->doc, error))
        return false;
    emit_refresh(pool);
    return true;
}

static const ObjectLife life = {
    .define_validate = VIR_STORAGE_POOL_DEFINE_VALIDATE,
    .settle = settle,
    .start = start,
    .stop = stop,
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
    .prepare = prepare,
    .save_status = save_status,
    .filters = filters,
    .life = &life,
};
