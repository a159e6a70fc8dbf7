/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool_host.c - the host's side of pools that are folders: of their own, or mounted
 *
 * Types that are no folders (logical, iscsi ...) are refused with a clear error when they are started.
 */
#define ERROR_FROM VIR_FROM_STORAGE
#include <errno.h>
#include <libvirt/libvirt.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "drivers/common/state.h"
#include "drivers/storage/mount.h"
#include "drivers/storage/pool_private.h"
#include "drivers/storage/probe.h"
#include "util/error.h"
#include "util/file.h"
#include "util/log.h"
#include "util/process.h"

LOG_SOURCE("storage.host");

enum { MOUNT_MS = 60000 };

static bool
is_mounted_type(const StoragePool *pool)
{
    return pool->type == POOL_TYPE_FS || pool->type == POOL_TYPE_NETFS;
}

static bool
check_type(const StoragePool *pool, GError **error)
{
    if (pool->type == POOL_TYPE_DIR || is_mounted_type(pool))
        return true;
    error_set(error, VIR_ERR_NO_SUPPORT, "storage pools of type '%s' cannot be used yet (pool '%s')",
              pool_type_words[pool->type], pool->name);
    return false;
}

/* Is something mounted right on @path? */
static bool
is_mount_point(const char *path)
{
    g_autofree char *above = g_build_filename(path, "..", NULL);
    struct stat own, parent;

    return stat(path, &own) == 0 && stat(above, &parent) == 0 && own.st_dev != parent.st_dev;
}

static bool
run(GPtrArray *argv, GError **error)
{
    g_ptr_array_add(argv, NULL);
    return process_run((const char *const *)argv->pdata, NULL, MOUNT_MS, NULL, NULL, error);
}

static void
clear_volumes(Object *object)
{
    g_auto(LockHold) hold = lock_hold(&object->lock);

    g_ptr_array_set_size(((Pool *)object)->volumes, 0);
}

bool
storage_pool_start(Object *object, GError **error)
{
    g_autoptr(Def) config = object_inactive(object, error);
    g_autoptr(StoragePool) pool = config ? xml_copy(&storage_pool_xml, config->doc) : NULL;
    g_autoptr(GPtrArray) command = NULL;
    bool mounted = false;

    if (!pool || !check_type(pool, error))
        return false;
    if (is_mounted_type(pool) && !is_mount_point(pool->target_path)) {
        command = mount_start_command(pool, error);
        if (!command || !run(command, error))
            return false;
        mounted = true;
    }
    object_set_live(object, g_steal_pointer(&pool));
    if (storage_pool_refresh(object, error) && storage_pool_save_status(object, error))
        return true;
    if (mounted)
        storage_pool_stop(object, NULL);
    clear_volumes(object);
    object_set_inactive(object);
    return false;
}

bool
storage_pool_stop(Object *object, GError **error)
{
    g_autoptr(StoragePool) pool = storage_pool_live(object, error);
    g_autoptr(GPtrArray) command = NULL;
    g_autofree char *name = object_name(object);

    if (!pool)
        return false;
    if (is_mounted_type(pool) && is_mount_point(pool->target_path)) {
        command = mount_stop_command(pool, error);
        if (!command || !run(command, error))
            return false;
    }
    clear_volumes(object);
    return state_delete(object->table->dirs.status, name, error);
}

static bool
apply_permissions(const char *path, const StoragePermissions *permissions, mode_t fallback, GError **error)
{
    mode_t mode = permissions && permissions->has_mode ? permissions->mode : fallback;

    if (permissions && (permissions->has_owner || permissions->has_group) &&
        chown(path, permissions->has_owner ? (uid_t)permissions->owner : (uid_t)-1,
              permissions->has_group ? (gid_t)permissions->group : (gid_t)-1) < 0) {
        error_set_errno(error, errno, "cannot change the owner of '%s'", path);
        return false;
    }
    if (chmod(path, mode) < 0) {
        error_set_errno(error, errno, "cannot set mode 0%o of '%s'", mode, path);
        return false;
    }
    return true;
}

bool
storage_pool_build(Object *object, unsigned flags, GError **error)
{
    g_autoptr(Def) config = object_inactive(object, error);
    const StoragePool *pool = config ? config->doc : NULL;
    g_autofree char *above = NULL;

    if (!pool || !check_type(pool, error))
        return false;
    if (pool->type == POOL_TYPE_FS && (flags & (VIR_STORAGE_POOL_BUILD_OVERWRITE | VIR_STORAGE_POOL_BUILD_NO_OVERWRITE))) {
        error_set(error, VIR_ERR_NO_SUPPORT, "making a file system for pool '%s' is not supported yet", pool->name);
        return false;
    }
    above = g_path_get_dirname(pool->target_path);
    if (!file_mkdir_p(above, 0755, error))
        return false;
    if (mkdir(pool->target_path, 0711) < 0) {
        if (errno == EEXIST && !(pool->permissions && pool->permissions->has_mode))
            return true;
        if (errno != EEXIST) {
            error_set_errno(error, errno, "cannot create '%s' for pool '%s'", pool->target_path, pool->name);
            return false;
        }
    }
    return apply_permissions(pool->target_path, pool->permissions, 0711, error);
}

bool
storage_pool_delete(Object *object, GError **error)
{
    g_autoptr(Def) config = object_inactive(object, error);
    const StoragePool *pool = config ? config->doc : NULL;

    if (!pool || !check_type(pool, error))
        return false;
    if (rmdir(pool->target_path) == 0)
        return true;
    error_set_errno(error, errno, "failed to remove pool '%s'", pool->target_path);
    return false;
}

static GPtrArray *
read_volumes(const StoragePool *pool, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autoptr(GDir) dir = g_dir_open(pool->target_path, 0, &failure);
    g_autoptr(GPtrArray) volumes = g_ptr_array_new_with_free_func(storage_pool_volume_free);
    const char *name = NULL;

    if (!dir) {
        error_set(error, VIR_ERR_SYSTEM_ERROR, "cannot open path '%s' of storage pool '%s': %s", pool->target_path,
                  pool->name, failure->message);
        return NULL;
    }
    while ((name = g_dir_read_name(dir))) {
        g_autoptr(GError) trouble = NULL;
        StorageVolume *doc = NULL;
        PoolVolume *volume = NULL;

        /* A name that is no text cannot travel; "lost+found" is nobody's. */
        if (!g_utf8_validate(name, -1, NULL) || strcmp(name, "lost+found") == 0)
            continue;
        doc = storage_probe_file(pool->target_path, name, &trouble);
        if (trouble)
            log_gerror(trouble, "storage pool '%s'", pool->name);
        if (!doc)
            continue;
        volume = g_new0(PoolVolume, 1);
        volume->doc = doc;
        g_ptr_array_add(volumes, volume);
    }
    return g_steal_pointer(&volumes);
}

bool
storage_pool_refresh(Object *object, GError **error)
{
    Pool *self = (Pool *)object;
    g_autoptr(StoragePool) pool = storage_pool_live(object, error);
    g_autoptr(GPtrArray) volumes = NULL;
    struct statvfs fs;
    struct stat st;

    if (!pool)
        return false;
    volumes = read_volumes(pool, error);
    if (!volumes)
        return false;
    if (statvfs(pool->target_path, &fs) < 0 || stat(pool->target_path, &st) < 0) {
        error_set_errno(error, errno, "cannot look at path '%s' of storage pool '%s'", pool->target_path, pool->name);
        return false;
    }
    pool->capacity = (uint64_t)fs.f_frsize * fs.f_blocks;
    pool->available = (uint64_t)fs.f_frsize * fs.f_bfree;
    pool->allocation = pool->capacity - pool->available;
    if (!pool->permissions)
        pool->permissions = xml_new(&storage_permissions_xml);
    pool->permissions->has_mode = pool->permissions->has_owner = pool->permissions->has_group = true;
    pool->permissions->mode = st.st_mode & 07777;
    pool->permissions->owner = st.st_uid;
    pool->permissions->group = st.st_gid;
    lock_acquire(&object->lock);
    /* Those that are being worked on are as they were. */
    for (guint i = self->volumes->len; i-- > 0;) {
        const PoolVolume *old = self->volumes->pdata[i];

        for (guint j = volumes->len; old->busy && j-- > 0;)
            if (strcmp(((PoolVolume *)volumes->pdata[j])->doc->name, old->doc->name) == 0)
                g_ptr_array_remove_index(volumes, j);
        if (old->busy)
            g_ptr_array_add(volumes, g_ptr_array_steal_index(self->volumes, i));
    }
    g_ptr_array_unref(self->volumes);
    self->volumes = g_steal_pointer(&volumes);
    storage_pool_sort(self);
    lock_release(&object->lock);
    object_set_live(object, g_steal_pointer(&pool));
    return true;
}

/* Upstream's form: the definition within <poolstate>. */
bool
storage_pool_save_status(Object *object, GError **error)
{
    g_autoptr(StoragePool) pool = storage_pool_live(object, error);
    g_autoptr(GString) text = g_string_new("<poolstate>\n");

    if (!pool)
        return false;
    xml_format(&storage_pool_xml, pool, XML_FORMAT_SECURE, 1, text);
    g_string_append(text, "</poolstate>\n");
    return state_save_text(object->table->dirs.status, pool->name, "pool-edit", text->str, error);
}

static bool
load_one(ObjectTable *table, const char *name, GError **error)
{
    g_autofree char *path = state_path(table->dirs.status, name);
    g_autofree char *text = state_read(path, error);
    g_autoptr(xmlDoc) doc = text ? xml_read(text, path, error) : NULL;
    xmlNode *node = doc ? xmlFirstElementChild(xmlDocGetRootElement(doc)) : NULL;
    g_autoptr(StoragePool) pool = node ? xml_parse(&storage_pool_xml, node, 0, error) : NULL;
    g_autoptr(Object) object = pool ? object_table_claim(table, pool, error) : NULL;

    if (!object)
        return false;
    object_set_live(object, g_steal_pointer(&pool));
    if (storage_pool_refresh(object, error))
        return true;
    /* Its folder went away, or was unmounted, while the daemon was not there. */
    state_delete(table->dirs.status, name, NULL);
    object_set_inactive(object);
    return false;
}

void
storage_pool_load_status(ObjectTable *table)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) names = state_names(table->dirs.status, &error);

    if (error)
        log_gerror(error, "active storage pools are not known");
    for (guint i = 0; names && i < names->len; i++) {
        g_autoptr(GError) failure = NULL;

        if (!load_one(table, names->pdata[i], &failure))
            log_gerror(failure, "storage pool '%s' is not active any more", (char *)names->pdata[i]);
    }
}
