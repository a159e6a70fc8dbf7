/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_storage.c - pools whose volumes are accounts only: no file is made or read */
#define ERROR_FROM VIR_FROM_STORAGE
#include <string.h>

#include "drivers/conf/storagepool_gen.h"
#include "drivers/conf/storagevol_gen.h"
#include "drivers/test/test_private.h"
#include "util/error.h"

enum { POOL_CAPACITY_GIB = 100 };

static void
init(Object *object)
{
    ((TestPool *)object)->volumes = g_ptr_array_new_with_free_func((GDestroyNotify)def_unref);
}

static void
clear(Object *object)
{
    g_ptr_array_unref(((TestPool *)object)->volumes);
}

static bool
prepare(ObjectTable *table, void *doc, GError **error)
{
    StoragePool *pool = doc;

    pool->capacity = (uint64_t)POOL_CAPACITY_GIB << 30;
    pool->allocation = 0;
    pool->available = pool->capacity;
    return true;
}

static PoolType
pool_type(Object *object)
{
    g_autoptr(Def) def = object_current(object, NULL);

    return def ? ((const StoragePool *)def->doc)->type : POOL_TYPE_UNSET;
}

#define TYPE_FILTER(name, type)                                                                    \
    static bool match_##name(Object *object)                                                       \
    {                                                                                              \
        return pool_type(object) == POOL_TYPE_##type;                                              \
    }
TYPE_FILTER(dir, DIR)
TYPE_FILTER(fs, FS)
TYPE_FILTER(netfs, NETFS)
TYPE_FILTER(logical, LOGICAL)
TYPE_FILTER(disk, DISK)
TYPE_FILTER(iscsi, ISCSI)
TYPE_FILTER(iscsi_direct, ISCSI_DIRECT)
TYPE_FILTER(scsi, SCSI)
TYPE_FILTER(mpath, MPATH)
TYPE_FILTER(rbd, RBD)
TYPE_FILTER(sheepdog, SHEEPDOG)
TYPE_FILTER(gluster, GLUSTER)
TYPE_FILTER(zfs, ZFS)
TYPE_FILTER(vstorage, VSTORAGE)

#define TYPES 0xfffc0u
static const ObjectFilter filters[] = {
    { 0x03, VIR_CONNECT_LIST_STORAGE_POOLS_INACTIVE, object_match_inactive },
    { 0x03, VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE, object_match_active },
    { 0x0c, VIR_CONNECT_LIST_STORAGE_POOLS_PERSISTENT, object_match_persistent },
    { 0x0c, VIR_CONNECT_LIST_STORAGE_POOLS_TRANSIENT, object_match_transient },
    { 0x30, VIR_CONNECT_LIST_STORAGE_POOLS_AUTOSTART, object_match_autostart },
    { 0x30, VIR_CONNECT_LIST_STORAGE_POOLS_NO_AUTOSTART, object_match_no_autostart },
    { TYPES, VIR_CONNECT_LIST_STORAGE_POOLS_DIR, match_dir },
    { TYPES, VIR_CONNECT_LIST_STORAGE_POOLS_FS, match_fs },
    { TYPES, VIR_CONNECT_LIST_STORAGE_POOLS_NETFS, match_netfs },
    { TYPES, VIR_CONNECT_LIST_STORAGE_POOLS_LOGICAL, match_logical },
    { TYPES, VIR_CONNECT_LIST_STORAGE_POOLS_DISK, match_disk },
    { TYPES, VIR_CONNECT_LIST_STORAGE_POOLS_ISCSI, match_iscsi },
    { TYPES, VIR_CONNECT_LIST_STORAGE_POOLS_ISCSI_DIRECT, match_iscsi_direct },
    { TYPES, VIR_CONNECT_LIST_STORAGE_POOLS_SCSI, match_scsi },
    { TYPES, VIR_CONNECT_LIST_STORAGE_POOLS_MPATH, match_mpath },
    { TYPES, VIR_CONNECT_LIST_STORAGE_POOLS_RBD, match_rbd },
    { TYPES, VIR_CONNECT_LIST_STORAGE_POOLS_SHEEPDOG, match_sheepdog },
    { TYPES, VIR_CONNECT_LIST_STORAGE_POOLS_GLUSTER, match_gluster },
    { TYPES, VIR_CONNECT_LIST_STORAGE_POOLS_ZFS, match_zfs },
    { TYPES, VIR_CONNECT_LIST_STORAGE_POOLS_VSTORAGE, match_vstorage },
    { 0 },
};

const ObjectKind test_pool_kind = {
    .noun = "storage pool",
    .edit = "pool-edit",
    .cls = CLASS_STORAGE_POOL,
    .error_from = VIR_FROM_STORAGE,
    .no_such = VIR_ERR_NO_STORAGE_POOL,
    .inactive_text = "storage pool is not active",
    .transient_text = "storage pool has no persistent definition",
    .xml = &storage_pool_xml,
    .name_at = offsetof(StoragePool, name),
    .uuid_at = offsetof(StoragePool, uuid),
    .size = sizeof(TestPool),
    .init = init,
    .clear = clear,
    .prepare = prepare,
    .filters = filters,
};

/* Publish the pool's live definition with @bytes more taken (or fewer). */
static void
account(TestPool *pool, int64_t bytes)
{
    g_autoptr(Def) live = object_live(&pool->object);
    StoragePool *doc;

    if (!live)
        return;
    doc = xml_copy(live->xml, live->doc);
    doc->allocation = (uint64_t)((int64_t)doc->allocation + bytes);
    doc->available = doc->capacity - doc->allocation;
    object_set_live(&pool->object, doc);
}

/* Takes @volume. */
bool
test_storage_add_volume(TestPool *pool, void *volume, GError **error)
{
    g_autoptr(Def) def = def_new(&storage_volume_xml, volume);
    g_autoptr(Def) current = object_current(&pool->object, error);
    const StoragePool *of = current ? current->doc : NULL;
    StorageVolume *doc = volume;
    bool known = false;

    if (!of)
        return false;
    if (!doc->has_allocation) {
        doc->has_allocation = true;
        doc->allocation = doc->capacity;
    }
    if (doc->allocation > of->available) {
        error_set(error, VIR_ERR_OPERATION_FAILED,
                  "not enough free space in pool '%s' for volume '%s'", of->name, doc->name);
        return false;
    }
    doc->type = VOLUME_TYPE_FILE;
    g_free(doc->path);
    doc->path = g_strdup_printf("%s/%s", of->target_path ? of->target_path : "", doc->name);
    g_free(doc->key);
    doc->key = g_strdup(doc->path);
    if (doc->format == VOLUME_FORMAT_NONE)
        doc->format = VOLUME_FORMAT_RAW;
    lock_acquire(&pool->object.lock);
    for (guint i = 0; i < pool->volumes->len; i++) {
        const StorageVolume *other = ((Def *)pool->volumes->pdata[i])->doc;

        known = known || strcmp(other->name, doc->name) == 0;
    }
    if (!known)
        g_ptr_array_add(pool->volumes, def_ref(def));
    lock_release(&pool->object.lock);
    if (known) {
        error_set(error, VIR_ERR_STORAGE_VOL_EXIST, "'%s'", doc->name);
        return false;
    }
    account(pool, (int64_t)doc->allocation);
    return true;
}

/* References to the volumes of @pool. */
static GPtrArray *
list_volumes(TestPool *pool)
{
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)def_unref);
    g_auto(LockHold) hold = lock_hold(&pool->object.lock);

    for (guint i = 0; i < pool->volumes->len; i++)
        g_ptr_array_add(list, def_ref(pool->volumes->pdata[i]));
    return list;
}

static Def *
find_volume(TestPool *pool, const char *name, GError **error)
{
    g_autoptr(GPtrArray) list = list_volumes(pool);

    for (guint i = 0; i < list->len; i++) {
        if (strcmp(((StorageVolume *)((Def *)list->pdata[i])->doc)->name, name) == 0)
            return def_ref(list->pdata[i]);
    }
    error_set(error, VIR_ERR_NO_STORAGE_VOL, "no storage vol with matching name '%s'", name);
    return NULL;
}

static void
volume_wire(Object *pool, const StorageVolume *doc, WireStorageVol *wire)
{
    wire->pool = object_name(pool);
    wire->name = g_strdup(doc->name);
    wire->key = g_strdup(doc->key);
}

static Object *
claim(Call *call, const char *xml, Job **ret_job, void **ret_doc, GError **error)
{
    ObjectTable *table = kit_of(call)->tables[CLASS_STORAGE_POOL];
    void *doc = object_parse(table, xml, false, error);
    Object *object = doc ? object_table_claim(table, doc, error) : NULL;

    if (object && !(*ret_job = job_begin(&object->jobs, JOB_MODIFY, call->method->name,
                                         JOB_DEADLINE_S, error))) {
        object_disclaim(object);
        g_clear_pointer(&object, object_unref);
    }
    if (!object) {
        xml_free(table->kind->xml, doc);
        return NULL;
    }
    *ret_doc = doc;
    return object;
}

static bool
pool_create_xml(Call *call, GError **error)
{
    const StoragePoolCreateXmlArgs *args = call->args;
    g_autoptr(Job) job = NULL;
    g_autoptr(Object) object = NULL;
    void *doc = NULL;

    object = claim(call, args->xml, &job, &doc, error);
    if (!object)
        return false;
    if (object_is_active(object)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "pool is already active as '%s'",
                  ((StoragePool *)doc)->name);
        xml_free(&storage_pool_xml, doc);
        return false;
    }
    object_set_live(object, doc);
    object_emit(object, VIR_STORAGE_POOL_EVENT_STARTED, 0);
    object_wire(object, &((StoragePoolCreateXmlRet *)call->ret)->pool);
    return true;
}

static bool
pool_define_xml(Call *call, GError **error)
{
    const StoragePoolDefineXmlArgs *args = call->args;
    g_autoptr(Job) job = NULL;
    g_autoptr(Object) object = NULL;
    void *doc = NULL;

    object = claim(call, args->xml, &job, &doc, error);
    if (!object || !object_set_config(object, doc, error))
        return false;
    object_emit(object, VIR_STORAGE_POOL_EVENT_DEFINED, 0);
    object_wire(object, &((StoragePoolDefineXmlRet *)call->ret)->pool);
    return true;
}

static bool
require_inactive(Object *object, GError **error)
{
    g_autofree char *name = NULL;

    if (!object_is_active(object))
        return true;
    name = object_name(object);
    error_set(error, VIR_ERR_OPERATION_INVALID, "storage pool '%s' is already active", name);
    return false;
}

static bool
pool_create(Call *call, GError **error)
{
    g_autoptr(Def) config = NULL;

    if (!require_inactive(call->object, error))
        return false;
    config = object_config(call->object, error);
    if (!config)
        return false;
    object_set_live(call->object, xml_copy(config->xml, config->doc));
    object_emit(call->object, VIR_STORAGE_POOL_EVENT_STARTED, 0);
    return true;
}

static bool
pool_destroy(Call *call, GError **error)
{
    if (!kit_require_active(call->object, error))
        return false;
    object_set_inactive(call->object);
    object_emit(call->object, VIR_STORAGE_POOL_EVENT_STOPPED, 0);
    return true;
}

static bool
pool_undefine(Call *call, GError **error)
{
    if (!require_inactive(call->object, error) || !object_undefine(call->object, error))
        return false;
    object_emit(call->object, VIR_STORAGE_POOL_EVENT_UNDEFINED, 0);
    return true;
}

static bool
pool_build(Call *call, GError **error)
{
    if (!require_inactive(call->object, error))
        return false;
    object_emit(call->object, VIR_STORAGE_POOL_EVENT_CREATED, 0);
    return true;
}

static bool
pool_delete(Call *call, GError **error)
{
    if (!require_inactive(call->object, error))
        return false;
    object_emit(call->object, VIR_STORAGE_POOL_EVENT_DELETED, 0);
    return true;
}

static bool
pool_refresh(Call *call, GError **error)
{
    StoragePoolEventRefreshMsg msg = { 0 };
    Object *object = call->object;

    if (!kit_require_active(object, error))
        return false;
    object_wire(object, &msg.pool);
    event_emit(object->table->hub, EVENT_STORAGE_POOL, VIR_STORAGE_POOL_EVENT_ID_REFRESH, &msg);
    g_free(msg.pool.name);
    return true;
}

static bool
pool_get_info(Call *call, GError **error)
{
    StoragePoolGetInfoRet *ret = call->ret;
    g_autoptr(Def) def = object_current(call->object, error);
    const StoragePool *doc = def ? def->doc : NULL;

    if (!doc)
        return false;
    ret->state =
        object_is_active(call->object) ? VIR_STORAGE_POOL_RUNNING : VIR_STORAGE_POOL_INACTIVE;
    ret->capacity = doc->capacity;
    ret->allocation = doc->allocation;
    ret->available = doc->available;
    return true;
}

static bool
pool_num_of_volumes(Call *call, GError **error)
{
    g_autoptr(GPtrArray) list = list_volumes(call->object);

    if (!kit_require_active(call->object, error))
        return false;
    ((StoragePoolNumOfVolumesRet *)call->ret)->num = (int32_t)list->len;
    return true;
}

static bool
pool_list_volumes(Call *call, GError **error)
{
    const StoragePoolListVolumesArgs *args = call->args;
    StoragePoolListVolumesRet *ret = call->ret;
    g_autoptr(GPtrArray) list = list_volumes(call->object);

    if (!kit_require_active(call->object, error))
        return false;
    ret->names = g_new0(char *, list->len + 1);
    for (guint i = 0; i < list->len && (int64_t)ret->n_names < args->maxnames; i++)
        ret->names[ret->n_names++] =
            g_strdup(((StorageVolume *)((Def *)list->pdata[i])->doc)->name);
    return true;
}

static bool
pool_list_all_volumes(Call *call, GError **error)
{
    const StoragePoolListAllVolumesArgs *args = call->args;
    StoragePoolListAllVolumesRet *ret = call->ret;
    g_autoptr(GPtrArray) list = list_volumes(call->object);

    if (!kit_require_active(call->object, error))
        return false;
    ret->ret = list->len;
    if (!args->need_results)
        return true;
    ret->vols = g_new0(WireStorageVol, list->len + 1);
    for (guint i = 0; i < list->len; i++)
        volume_wire(call->object, ((Def *)list->pdata[i])->doc, &ret->vols[ret->n_vols++]);
    return true;
}

static bool
pool_by_volume(Call *call, GError **error)
{
    object_wire(call->object, &((StoragePoolLookupByVolumeRet *)call->ret)->pool);
    return true;
}

static bool
find_sources(Call *call, GError **error)
{
    static const char logical[] = "<sources>\n"
                                  "  <source>\n"
                                  "    <device path='/dev/sda20'/>\n"
                                  "    <name>testvg1</name>\n"
                                  "    <format type='lvm2'/>\n"
                                  "  </source>\n"
                                  "  <source>\n"
                                  "    <device path='/dev/sda21'/>\n"
                                  "    <name>testvg2</name>\n"
                                  "    <format type='lvm2'/>\n"
                                  "  </source>\n"
                                  "</sources>\n";
    static const char *const netfs_paths[] = { "/testshare1", "/testshare2", "/testshare3" };
    const ConnectFindStoragePoolSourcesArgs *args = call->args;
    ConnectFindStoragePoolSourcesRet *ret = call->ret;
    g_autoptr(xmlDoc) spec = NULL;
    g_autoptr(GString) out = NULL;
    xmlNode *node;
    xmlChar *host = NULL;

    if (strcmp(args->type, "logical") == 0) {
        ret->xml = g_strdup(logical);
        return true;
    }
    if (strcmp(args->type, "netfs") != 0) {
        error_set(error, VIR_ERR_NO_SUPPORT, "pool type '%s' does not support source discovery",
                  args->type);
        return false;
    }
    if (!args->srcSpec ||
        !(spec = xml_read(args->srcSpec, "(storage_source_specification)", error))) {
        if (!args->srcSpec)
            error_set(error, VIR_ERR_INVALID_ARG, "hostname must be specified for netfs sources");
        return false;
    }
    for (node = xmlDocGetRootElement(spec)->children; node && !host; node = node->next) {
        if (node->type == XML_ELEMENT_NODE && xmlStrEqual(node->name, BAD_CAST "host"))
            host = xmlGetNoNsProp(node, BAD_CAST "name");
    }
    if (!host) {
        error_set(error, VIR_ERR_INVALID_ARG, "hostname must be specified for netfs sources");
        return false;
    }
    out = g_string_new("<sources>\n");
    for (size_t i = 0; i < G_N_ELEMENTS(netfs_paths); i++) {
        g_string_append(out, "  <source>\n    <host name='");
        xml_escape(out, (const char *)host, true);
        g_string_append_printf(out,
                               "'/>\n    <dir path='%s'/>\n    <format type='%s'/>\n  </source>\n",
                               netfs_paths[i], "nfs");
    }
    g_string_append(out, "</sources>\n");
    xmlFree(host);
    ret->xml = g_string_free(g_steal_pointer(&out), FALSE);
    return true;
}

static bool
vol_by_name(Call *call, GError **error)
{
    const StorageVolLookupByNameArgs *args = call->args;
    g_autoptr(Def) def = NULL;

    if (!kit_require_active(call->object, error))
        return false;
    def = find_volume(call->object, args->name, error);
    if (!def)
        return false;
    volume_wire(call->object, def->doc, &((StorageVolLookupByNameRet *)call->ret)->vol);
    return true;
}

/* BY_KEY and BY_PATH: both are the path here. */
static bool
vol_by_path(Call *call, GError **error)
{
    const char *path = ((const StorageVolLookupByKeyArgs *)call->args)->key;
    g_autoptr(GPtrArray) pools = object_table_list(kit_of(call)->tables[CLASS_STORAGE_POOL]);

    for (guint p = 0; p < pools->len; p++) {
        g_autoptr(GPtrArray) list = list_volumes(pools->pdata[p]);

        for (guint i = 0; object_is_active(pools->pdata[p]) && i < list->len; i++) {
            const StorageVolume *doc = ((Def *)list->pdata[i])->doc;

            if (strcmp(doc->path, path) == 0) {
                volume_wire(pools->pdata[p], doc, &((StorageVolLookupByKeyRet *)call->ret)->vol);
                return true;
            }
        }
    }
    error_set(error, VIR_ERR_NO_STORAGE_VOL, "no storage vol with matching %s '%s'",
              call->method->proc == PROC_STORAGE_VOL_LOOKUP_BY_KEY ? "key" : "path", path);
    return false;
}

static bool
create_volume(Call *call, const char *xml, WireStorageVol *wire, GError **error)
{
    StorageVolume *doc;
    g_autofree char *name = NULL;
    g_autoptr(Def) made = NULL;

    if (!kit_require_active(call->object, error))
        return false;
    doc =
        xml_parse_text(&storage_volume_xml, xml,
                       call->flags & VIR_STORAGE_VOL_CREATE_VALIDATE ? XML_PARSE_STRICT : 0, error);
    if (!doc)
        return false;
    name = g_strdup(doc->name);
    if (!test_storage_add_volume(call->object, doc, error))
        return false;
    made = find_volume(call->object, name, error);
    if (!made)
        return false;
    volume_wire(call->object, made->doc, wire);
    return true;
}

static bool
vol_create_xml(Call *call, GError **error)
{
    const StorageVolCreateXmlArgs *args = call->args;

    return create_volume(call, args->xml, &((StorageVolCreateXmlRet *)call->ret)->vol, error);
}

static bool
vol_create_xml_from(Call *call, GError **error)
{
    const StorageVolCreateXmlFromArgs *args = call->args;
    g_autoptr(Def) source = NULL;

    source = find_volume(call->object, args->clonevol.name, error);
    return source &&
           create_volume(call, args->xml, &((StorageVolCreateXmlFromRet *)call->ret)->vol, error);
}

static bool
vol_delete(Call *call, GError **error)
{
    const StorageVolDeleteArgs *args = call->args;
    TestPool *pool = call->object;
    g_autoptr(Def) def = NULL;

    if (!kit_require_active(call->object, error) ||
        !(def = find_volume(pool, args->vol.name, error)))
        return false;
    lock_acquire(&pool->object.lock);
    g_ptr_array_remove(pool->volumes, def);
    lock_release(&pool->object.lock);
    account(pool, -(int64_t)((StorageVolume *)def->doc)->allocation);
    return true;
}

static bool
vol_get_info(Call *call, GError **error)
{
    const StorageVolGetInfoArgs *args = call->args;
    StorageVolGetInfoRet *ret = call->ret;
    g_autoptr(Def) def = find_volume(call->object, args->vol.name, error);
    const StorageVolume *doc = def ? def->doc : NULL;

    if (!doc)
        return false;
    ret->type = VIR_STORAGE_VOL_FILE;
    ret->capacity = doc->capacity;
    ret->allocation = doc->allocation;
    return true;
}

static bool
vol_get_xml(Call *call, GError **error)
{
    const StorageVolGetXmlDescArgs *args = call->args;
    g_autoptr(Def) def = find_volume(call->object, args->vol.name, error);

    if (!def)
        return false;
    ((StorageVolGetXmlDescRet *)call->ret)->xml = xml_format_text(def->xml, def->doc, 0);
    return true;
}

static bool
vol_get_path(Call *call, GError **error)
{
    const StorageVolGetPathArgs *args = call->args;
    g_autoptr(Def) def = find_volume(call->object, args->vol.name, error);

    if (!def)
        return false;
    ((StorageVolGetPathRet *)call->ret)->name = g_strdup(((StorageVolume *)def->doc)->path);
    return true;
}

const DriverRow test_storage_rows[PROC_LAST] = {
    OBJECT_STORAGE_POOL_ROWS,
    [PROC_STORAGE_POOL_CREATE_XML] = { pool_create_xml },
    [PROC_STORAGE_POOL_DEFINE_XML] = { pool_define_xml },
    [PROC_STORAGE_POOL_CREATE] = { pool_create },
    [PROC_STORAGE_POOL_DESTROY] = { pool_destroy },
    [PROC_STORAGE_POOL_UNDEFINE] = { pool_undefine },
    [PROC_STORAGE_POOL_BUILD] = { pool_build },
    [PROC_STORAGE_POOL_DELETE] = { pool_delete },
    [PROC_STORAGE_POOL_REFRESH] = { pool_refresh },
    [PROC_STORAGE_POOL_GET_INFO] = { pool_get_info },
    [PROC_STORAGE_POOL_NUM_OF_VOLUMES] = { pool_num_of_volumes },
    [PROC_STORAGE_POOL_LIST_VOLUMES] = { pool_list_volumes },
    [PROC_STORAGE_POOL_LIST_ALL_VOLUMES] = { pool_list_all_volumes },
    [PROC_STORAGE_POOL_LOOKUP_BY_VOLUME] = { pool_by_volume },
    [PROC_CONNECT_FIND_STORAGE_POOL_SOURCES] = { find_sources },
    [PROC_STORAGE_VOL_LOOKUP_BY_NAME] = { vol_by_name },
    [PROC_STORAGE_VOL_LOOKUP_BY_KEY] = { vol_by_path },
    [PROC_STORAGE_VOL_LOOKUP_BY_PATH] = { vol_by_path },
    [PROC_STORAGE_VOL_CREATE_XML] = { vol_create_xml, VIR_STORAGE_VOL_CREATE_VALIDATE },
    [PROC_STORAGE_VOL_CREATE_XML_FROM] = { vol_create_xml_from, VIR_STORAGE_VOL_CREATE_VALIDATE },
    [PROC_STORAGE_VOL_DELETE] = { vol_delete },
    [PROC_STORAGE_VOL_GET_INFO] = { vol_get_info },
    [PROC_STORAGE_VOL_GET_XML_DESC] = { vol_get_xml },
    [PROC_STORAGE_VOL_GET_PATH] = { vol_get_path },
};
