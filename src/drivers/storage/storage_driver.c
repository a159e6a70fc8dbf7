/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* storage_driver.c - the driver's life and its rows
 *
 * Pools that were active before the daemon was restarted are taken over as they are; those with autostart
 * are started once after boot.
 */
#define ERROR_FROM VIR_FROM_STORAGE
#include "drivers/storage/storage_driver.h"

#include <libvirt/libvirt.h>
#include <string.h>
#include <sys/stat.h>

#include "drivers/common/connect_rows.h"
#include "drivers/common/kit.h"
#include "drivers/common/object_rows.h"
#include "drivers/common/state.h"
#include "drivers/storage/pool.h"
#include "drivers/storage/pool_rows.h"
#include "drivers/storage/vol_rows.h"
#include "util/error.h"
#include "util/file.h"
#include "util/log.h"

LOG_SOURCE("storage.driver");

static Kit *kit;
static char *autostarted; /* a file that says it was done since boot */

static ObjectTable *
pools(void)
{
    return kit->tables[CLASS_STORAGE_POOL];
}

/* The status document of pool @name, which holds the definition it was started with. */
static StoragePool *
read_status(const char *name, GError **error)
{
    g_autofree char *path = state_path(pools()->dirs.status, name);
    g_autofree char *text = state_read(path, error);
    g_autoptr(xmlDoc) doc = text ? xml_read(text, path, error) : NULL;

    for (xmlNode *node = doc ? xmlDocGetRootElement(doc)->children : NULL; node; node = node->next)
        if (node->type == XML_ELEMENT_NODE && !strcmp((const char *)node->name, "pool"))
            return xml_parse(&storage_pool_xml, node, 0, error);
    if (doc)
        error_set(error, VIR_ERR_INTERNAL_ERROR, "'%s' holds no <pool>", path);
    return NULL;
}

static void
resume(const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(StoragePool) doc = read_status(name, &error);
    g_autoptr(Object) object = doc ? object_table_claim(pools(), doc, &error) : NULL;

    if (object && pool_resume((Pool *)object, doc, &error))
        return;
    if (object)
        object_disclaim(object);
    if (error)
        log_gerror(error, "while taking over storage pool '%s'", name);
    g_clear_error(&error);
    if (!state_delete(pools()->dirs.status, name, &error)) /* it is not active any more */
        log_gerror(error, "while forgetting storage pool '%s'", name);
}

static void
autostart(void)
{
    g_autoptr(GPtrArray) all = object_table_list(pools());
    g_autoptr(GError) error = NULL;

    if (g_file_test(autostarted, G_FILE_TEST_EXISTS))
        return;
    for (guint i = 0; i < all->len; i++) {
        g_autoptr(GError) why = NULL;
        g_autoptr(Def) def = NULL;

        if (!object_autostart(all->pdata[i]) || object_is_active(all->pdata[i]))
            continue;
        def = object_config(all->pdata[i], &why);
        if (!def || !pool_start(all->pdata[i], def->doc, &why))
            log_gerror(why, "while starting a storage pool");
    }
    if (!file_write_atomic_text(autostarted, "", 0600, &error))
        log_gerror(error, "while noting that pools were started");
}

static bool
start(const DriverEnv *env, GError **error)
{
    g_autofree char *config = g_build_filename(env->config_dir, "storage", NULL);
    g_autofree char *links = g_build_filename(config, "autostart", NULL);
    g_autofree char *status = g_build_filename(env->run_dir, "storage", NULL);
    g_autoptr(GPtrArray) active = NULL;

    if (!file_mkdir_p(config, 0700, error) || !file_mkdir_p(links, 0700, error) || !file_mkdir_p(status, 0700, error))
        return false;
    autostarted = g_build_filename(status, "autostarted", NULL);
    kit = kit_new(env->hub);
    kit->tables[CLASS_STORAGE_POOL] =
        object_table_new(&pool_kind, env->hub, &(ObjectDirs){ .config = config, .autostart = links, .status = status }, NULL);
    active = state_names(status, error);
    if (!active || !object_table_load(pools(), error))
        return false;
    for (guint i = 0; i < active->len; i++)
        resume(active->pdata[i]);
    autostart();
    return true;
}

static void
reload(void)
{
    g_autoptr(GError) error = NULL;

    if (!object_table_load(pools(), &error))
        log_gerror(error, "while reading definitions again");
}

static void
stop(void)
{
    g_clear_pointer(&kit, kit_unref);
    g_clear_pointer(&autostarted, g_free);
}

static bool
open_session(Session *session, const char *uri, bool readonly, GError **error)
{
    session->data = kit;
    return true;
}

static const DriverRow rows[] = {
    CONNECT_ROWS,
    OBJECT_STORAGE_POOL_ROWS,
    [PROC_STORAGE_POOL_LOOKUP_BY_VOLUME] = { pool_rows_lookup_by_volume, 0, ROW_INLINE, "0.4.1" },
    [PROC_STORAGE_POOL_LOOKUP_BY_TARGET_PATH] = { pool_rows_lookup_by_target, 0, 0, "4.1.0" },
    [PROC_STORAGE_POOL_DEFINE_XML] = { pool_rows_define, VIR_STORAGE_POOL_DEFINE_VALIDATE, 0, "0.4.1" },
    [PROC_STORAGE_POOL_CREATE_XML] = { pool_rows_create_xml, POOL_CREATE_FLAGS, 0, "0.4.1" },
    [PROC_STORAGE_POOL_CREATE] = { pool_rows_create, POOL_CREATE_FLAGS, 0, "0.4.1" },
    [PROC_STORAGE_POOL_BUILD] = { pool_rows_build, POOL_BUILD_FLAGS, 0, "0.4.1" },
    [PROC_STORAGE_POOL_DESTROY] = { pool_rows_destroy, 0, 0, "0.4.1" },
    [PROC_STORAGE_POOL_DELETE] = { pool_rows_remove_storage, VIR_STORAGE_POOL_DELETE_ZEROED, 0, "0.4.1" },
    [PROC_STORAGE_POOL_UNDEFINE] = { pool_rows_undefine, 0, 0, "0.4.1" },
    [PROC_STORAGE_POOL_REFRESH] = { pool_rows_refresh, 0, 0, "0.4.1" },
    [PROC_STORAGE_POOL_GET_INFO] = { pool_rows_get_info, 0, 0, "0.4.1" },
    [PROC_STORAGE_POOL_NUM_OF_VOLUMES] = { pool_rows_count_volumes, 0, ROW_INLINE, "0.4.1" },
    [PROC_STORAGE_POOL_LIST_VOLUMES] = { pool_rows_list_volumes, 0, ROW_INLINE, "0.4.1" },
    [PROC_STORAGE_POOL_LIST_ALL_VOLUMES] = { pool_rows_list_all_volumes, 0, ROW_INLINE, "0.10.2" },

[PROC_STORAGE_VOL_LOOKUP_BY_NAME] = { vol_rows_lookup_by_name, 0, ROW_INLINE, "0.4.1" },
    [PROC_STORAGE_VOL_LOOKUP_BY_KEY] = { vol_rows_lookup_by_key, 0, 0, "0.4.1" },
    [PROC_STORAGE_VOL_LOOKUP_BY_PATH] = { vol_rows_lookup_by_path, 0, 0, "0.4.1" },
    [PROC_STORAGE_VOL_CREATE_XML] = { vol_rows_create_xml, VOL_CREATE_FLAGS, 0, "0.4.1" },
    [PROC_STORAGE_VOL_CREATE_XML_FROM] = { vol_rows_create_from, VOL_CREATE_FLAGS, 0, "0.6.4" },
    [PROC_STORAGE_VOL_DELETE] = { vol_rows_remove_volume, 0, 0, "0.4.1" },
    [PROC_STORAGE_VOL_RESIZE] = { vol_rows_resize, VIR_STORAGE_VOL_RESIZE_ALLOCATE | VIR_STORAGE_VOL_RESIZE_DELTA | VIR_STORAGE_VOL_RESIZE_SHRINK, 0, "0.9.10" },
    [PROC_STORAGE_VOL_WIPE] = { vol_rows_wipe, 0, 0, "0.8.0" },
    [PROC_STORAGE_VOL_WIPE_PATTERN] = { vol_rows_wipe_pattern, 0, 0, "0.9.10" },
    [PROC_STORAGE_VOL_GET_INFO] = { vol_rows_get_info, 0, ROW_INLINE, "0.4.1" },
    [PROC_STORAGE_VOL_GET_INFO_FLAGS] = { vol_rows_get_info_flags, VIR_STORAGE_VOL_GET_PHYSICAL, ROW_INLINE, "3.0.0" },
    [PROC_STORAGE_VOL_GET_XML_DESC] = { vol_rows_get_xml, 0, ROW_INLINE, "0.4.1" },
    [PROC_STORAGE_VOL_GET_PATH] = { vol_rows_get_path, 0, ROW_INLINE, "0.4.1" },
    [PROC_STORAGE_VOL_UPLOAD] = { vol_rows_upload, VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM, 0, "0.9.0" },
    [PROC_STORAGE_VOL_DOWNLOAD] = { vol_rows_download, VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM, 0, "0.9.0" },
};

const Driver storage_driver = {
    .name = "storage",
    .scheme = "storage",
    .error_from = VIR_FROM_STORAGE,
    .classes = 1u << CLASS_STORAGE_POOL | 1u << CLASS_STORAGE_VOL,
    .rows = rows,
    .n_rows = G_N_ELEMENTS(rows),
    .start = start,
    .reload = reload,
    .stop = stop,
    .open = open_session,
    .resolve = kit_resolve,
    .release = kit_release,
    .acl_object = kit_acl_object,
};
