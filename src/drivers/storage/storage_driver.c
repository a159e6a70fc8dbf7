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
#include "drivers/common/pool.h"
#include "drivers/common/state.h"
#include "drivers/conf/storagecaps.h"
#include "drivers/storage/backend.h"
#include "util/error.h"
#include "util/file.h"
#include "util/log.h"

LOG_SOURCE("storage.driver");

static const StorageBackend *const backends[POOL_TYPE_LAST] = {
    [POOL_TYPE_DIR] = &dir_backend,
    [POOL_TYPE_FS] = &fs_backend,
    [POOL_TYPE_NETFS] = &fs_backend,
};
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
        object_table_new(&pool_kind, env->hub, &(ObjectDirs){ .config = config, .autostart = links, .status = status },
                         backends);
    active = state_names(status, error);
    if (!active || !object_table_load(pools(), error))
        return false;
    for (guint i = 0; i < active->len; i++)
        resume(active->pdata[i]);
    object_life_autostart(pools(), autostarted);
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

static bool
get_pool_capabilities(Call *call, GError **error)
{
    bool supported[POOL_TYPE_LAST];
    g_autoptr(StoragePoolCaps) caps = NULL;

    for (PoolType type = 0; type < POOL_TYPE_LAST; type++)
        supported[type] = backends[type] != NULL;
    caps = storagecaps_new(supported);
    ((ConnectGetStoragePoolCapabilitiesRet *)call->ret)->capabilities =
        xml_format_text(&storage_pool_caps_xml, caps, 0);
    return true;
}

static const DriverRow rows[] = {
    CONNECT_ROWS,
    POOL_ROWS,
    [PROC_CONNECT_GET_STORAGE_POOL_CAPABILITIES] = { get_pool_capabilities },
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
