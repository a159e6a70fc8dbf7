/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* storage.c - rules of pools, volumes and secrets that no single row can state. */
#define ERROR_FROM VIR_FROM_STORAGE
#include "drivers/conf/secret_gen.h"
#include "drivers/conf/storage.h"
#include "util/error.h"

#include <string.h>

/* What the source of each type of pool must have, and its formats (first is the default). */
static const struct {
    bool host, device, dir, adapter, name, initiator, target;
    bool name_from_source; /* <name> of the pool may be left out */
    PoolFormat formats[20];
} pool_rules[POOL_TYPE_LAST] = {
    [POOL_TYPE_DIR] = { .target = true },
    [POOL_TYPE_FS] = { .device = true, .target = true,
                       .formats = { POOL_FORMAT_AUTO, POOL_FORMAT_EXT2, POOL_FORMAT_EXT3, POOL_FORMAT_EXT4,
                                    POOL_FORMAT_UFS, POOL_FORMAT_ISO9660, POOL_FORMAT_UDF, POOL_FORMAT_GFS,
                                    POOL_FORMAT_GFS2, POOL_FORMAT_VFAT, POOL_FORMAT_HFS_, POOL_FORMAT_XFS,
                                    POOL_FORMAT_OCFS2, POOL_FORMAT_VMFS } },
    [POOL_TYPE_NETFS] = { .host = true, .dir = true, .target = true,
                          .formats = { POOL_FORMAT_AUTO, POOL_FORMAT_NFS, POOL_FORMAT_GLUSTERFS,
                                       POOL_FORMAT_CIFS } },
    [POOL_TYPE_LOGICAL] = { .name_from_source = true, .formats = { POOL_FORMAT_LVM2, POOL_FORMAT_UNKNOWN } },
    [POOL_TYPE_DISK] = { .device = true, .target = true,
                         .formats = { POOL_FORMAT_UNKNOWN, POOL_FORMAT_DOS, POOL_FORMAT_DVH, POOL_FORMAT_GPT,
                                      POOL_FORMAT_MAC, POOL_FORMAT_BSD, POOL_FORMAT_PC98, POOL_FORMAT_SUN,
                                      POOL_FORMAT_LVM2 } },
    [POOL_TYPE_ISCSI] = { .host = true, .device = true, .target = true },
    [POOL_TYPE_ISCSI_DIRECT] = { .host = true, .device = true, .initiator = true },
    [POOL_TYPE_SCSI] = { .adapter = true, .target = true },
    [POOL_TYPE_MPATH] = { .target = true },
    [POOL_TYPE_RBD] = { .host = true, .name = true, .name_from_source = true },
    [POOL_TYPE_SHEEPDOG] = { .host = true, .name = true, .name_from_source = true },
    [POOL_TYPE_GLUSTER] = { .host = true, .name = true, .name_from_source = true },
    [POOL_TYPE_ZFS] = { .name = true, .name_from_source = true },
    [POOL_TYPE_VSTORAGE] = { .name = true, .target = true, .name_from_source = true },
};

const PoolFormat *
storage_pool_formats(PoolType type)
{
    return pool_rules[type].formats;
}

bool
storage_permissions_check(void *obj, unsigned flags, GError **error)
{
    StoragePermissions *perms = obj;
    int64_t *ids[] = { &perms->owner, &perms->group };
    bool *has[] = { &perms->has_owner, &perms->has_group };
    const char *names[] = { "owner", "group" };

    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
        if (*has[i] && (*ids[i] < -1 || *ids[i] > UINT32_MAX)) {
            error_set(error, VIR_ERR_XML_ERROR, "malformed %s element '%" G_GINT64_FORMAT "' in <permissions>",
                      names[i], *ids[i]);
            return false;
        }
        if (*ids[i] == -1 || *ids[i] == UINT32_MAX)
            *has[i] = false; /* both mean: leave it alone */
    }
    if (perms->has_mode && perms->mode > 07777) {
        error_set(error, VIR_ERR_XML_ERROR, "malformed octal mode 0%o in <permissions>", perms->mode);
        return false;
    }
    return true;
}

bool
storage_pool_adapter_check(void *obj, unsigned flags, GError **error)
{
    PoolAdapter *adapter = obj;

    if (adapter->type == ADAPTER_TYPE_UNSET) {
        if (adapter->wwnn || adapter->wwpn || adapter->parent || adapter->managed) {
            error_set(error, VIR_ERR_XML_ERROR,
                      "use of 'wwnn', 'wwpn', 'parent' or 'managed' of <adapter> requires type='fc_host'");
            return false;
        }
        adapter->type = ADAPTER_TYPE_SCSI_HOST;
    }
    if (adapter->type == ADAPTER_TYPE_FC_HOST && (!adapter->wwnn || !adapter->wwpn)) {
        error_set(error, VIR_ERR_XML_ERROR, "<adapter type='fc_host'> needs both 'wwnn' and 'wwpn'");
        return false;
    }
    if (adapter->type == ADAPTER_TYPE_SCSI_HOST && !adapter->name == !adapter->parentaddr) {
        error_set(error, VIR_ERR_XML_ERROR,
                  "<adapter type='scsi_host'> needs either a 'name' or a <parentaddr>");
        return false;
    }
    return true;
}

static bool
check_name(const char *what, const char *name, GError **error)
{
    if (strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, "..")) {
        error_set(error, VIR_ERR_XML_ERROR, "name '%s' of %s cannot contain '/'", name, what);
        return false;
    }
    if (!name[strspn(name, " \t\n")]) {
        error_set(error, VIR_ERR_XML_ERROR, "name of %s must not be empty or blank", what);
        return false;
    }
    return true;
}

/* "//a///b/" and "/a/b" are one path; but a leading "//" alone is kept by POSIX, so not by us. */
static void
clean_path(char *path)
{
    char *to = path;

    for (const char *from = path; *from; from++)
        if (*from != '/' || from == path || to[-1] != '/')
            *to++ = *from;
    if (to > path + 1 && to[-1] == '/')
        to--;
    *to = '\0';
}

static bool
check_format(StoragePool *pool, GError **error)
{
    const PoolFormat *formats = pool_rules[pool->type].formats;

    if (pool->format == POOL_FORMAT_UNSET) {
        pool->format = formats[0];
        return true;
    }
    for (size_t i = 0; formats[i]; i++)
        if (formats[i] == pool->format)
            return true;
    error_set(error, VIR_ERR_XML_ERROR, "unknown pool format type '%s' for a pool of type '%s'",
              pool_format_words[pool->format], pool_type_words[pool->type]);
    return false;
}

static bool
check_source(const StoragePool *pool, GError **error)
{
    const struct {
        bool needed, there;
        const char *what;
    } parts[] = {
        { pool_rules[pool->type].host, pool->hosts && pool->hosts->len, "<host>" },
        { pool_rules[pool->type].device, pool->devices && pool->devices->len, "<device>" },
        { pool_rules[pool->type].dir, pool->source_dir, "<dir>" },
        { pool_rules[pool->type].adapter, pool->adapter, "<adapter>" },
        { pool_rules[pool->type].name, pool->source_name, "<name>" },
        { pool_rules[pool->type].initiator, pool->initiator_iqn, "<initiator>" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        if (parts[i].needed && !parts[i].there) {
            error_set(error, VIR_ERR_XML_ERROR, "missing %s in <source> of pool '%s', which is of type '%s'",
                      parts[i].what, pool->name, pool_type_words[pool->type]);
            return false;
        }
    return true;
}

/* What only the driver finds out: how full the pool is, and which parts of its disks are free. */
static void
drop_findings(StoragePool *pool)
{
    pool->capacity = pool->allocation = pool->available = 0;
    for (guint i = 0; pool->devices && i < pool->devices->len; i++) {
        PoolDevice *device = g_ptr_array_index(pool->devices, i);

        if (device->free_extents)
            g_ptr_array_set_free_func(device->free_extents, (GDestroyNotify)pool_extent_free);
        g_clear_pointer(&device->free_extents, g_ptr_array_unref);
    }
}

bool
storage_pool_check(void *obj, unsigned flags, GError **error)
{
    StoragePool *pool = obj;

    if (!(flags & XML_PARSE_STATUS))
        drop_findings(pool);
    if (!pool->source_name && pool->type == POOL_TYPE_LOGICAL)
        pool->source_name = g_strdup(pool->name);
    if (!pool->name && pool_rules[pool->type].name_from_source)
        pool->name = g_strdup(pool->source_name);
    if (!pool->name) {
        error_set(error, VIR_ERR_XML_ERROR, "missing <name> in <pool>");
        return false;
    }
    if (!check_name("a storage pool", pool->name, error) || !check_source(pool, error))
        return false;
    if (pool_rules[pool->type].formats[0] && !check_format(pool, error))
        return false;
    /* These two have one place where the kernel shows them. */
    if (pool->type == POOL_TYPE_LOGICAL) {
        g_free(pool->target_path);
        pool->target_path = g_strconcat("/dev/", pool->source_name, NULL);
    }
    if (pool->type == POOL_TYPE_ZFS && !pool->target_path)
        pool->target_path = g_strconcat("/dev/zvol/", pool->source_name, NULL);
    if (pool->type == POOL_TYPE_GLUSTER && !pool->source_dir)
        pool->source_dir = g_strdup("/");
    if (pool->target_path)
        clean_path(pool->target_path);
    else if (pool_rules[pool->type].target) {
        error_set(error, VIR_ERR_XML_ERROR, "missing <path> in <target> of pool '%s'", pool->name);
        return false;
    }
    return true;
}

bool
storage_volume_check(void *obj, unsigned flags, GError **error)
{
    StorageVolume *vol = obj;

    if (!check_name("a storage volume", vol->name, error))
        return false;
    if (vol->compat && (strspn(vol->compat, "0123456789.") != strlen(vol->compat) || !strchr(vol->compat, '.'))) {
        error_set(error, VIR_ERR_XML_ERROR, "forbidden characters in <compat> '%s' of volume '%s'", vol->compat,
                  vol->name);
        return false;
    }
    if ((vol->lazy_refcounts || vol->extended_l2) && !vol->compat)
        vol->compat = g_strdup("1.1"); /* the oldest qcow2 with these features */
    if (vol->cluster_size) {
        if (!xml_scale(vol->cluster_size, vol->cluster_unit ? vol->cluster_unit : "", 1, &vol->cluster_size)) {
            error_set(error, VIR_ERR_XML_ERROR, "unknown unit '%s' or too large a <clusterSize> in volume '%s'",
                      vol->cluster_unit ? vol->cluster_unit : "", vol->name);
            return false;
        }
        g_free(vol->cluster_unit);
        vol->cluster_unit = g_strdup("B");
    }
    if (!vol->has_allocation) {
        vol->has_allocation = true;
        vol->allocation = vol->capacity;
    }
    return true;
}

VolumeType
storage_pool_volume_type(PoolType pool_type)
{
    switch (pool_type) {
    case POOL_TYPE_LOGICAL:
    case POOL_TYPE_DISK:
    case POOL_TYPE_ISCSI:
    case POOL_TYPE_SCSI:
    case POOL_TYPE_MPATH:
    case POOL_TYPE_ZFS:
        return VOLUME_TYPE_BLOCK;
    case POOL_TYPE_RBD:
    case POOL_TYPE_SHEEPDOG:
    case POOL_TYPE_GLUSTER:
    case POOL_TYPE_ISCSI_DIRECT:
        return VOLUME_TYPE_NETWORK;
    default:
        return VOLUME_TYPE_FILE;
    }
}

bool
storage_volume_settle(StorageVolume *vol, PoolType pool_type, bool no_capacity, GError **error)
{
    VolumeType type = storage_pool_volume_type(pool_type);

    if (vol->type == VOLUME_TYPE_UNSET)
        vol->type = type;
    if (vol->format == VOLUME_FORMAT_UNSET && type == VOLUME_TYPE_FILE)
        vol->format = VOLUME_FORMAT_RAW;
    g_clear_pointer(&vol->timestamps, volume_times_free);
    if (vol->devices)
        g_ptr_array_set_free_func(vol->devices, (GDestroyNotify)volume_device_free);
    g_clear_pointer(&vol->devices, g_ptr_array_unref);
    if (vol->backing_store)
        g_clear_pointer(&vol->backing_store->timestamps, volume_times_free);
    if (!vol->has_capacity && !vol->backing_store && !no_capacity) {
        error_set(error, VIR_ERR_XML_ERROR, "missing <capacity> in volume '%s'", vol->name);
        return false;
    }
    vol->has_capacity = true;
    return true;
}

bool
secret_check(void *obj, unsigned flags, GError **error)
{
    const Secret *secret = obj;

    if (secret->usage_type != SECRET_USAGE_UNSET && !secret->usage_id) {
        error_set(error, VIR_ERR_XML_ERROR, "<usage type='%s'> of the secret names nothing",
                  secret_usage_words[secret->usage_type]);
        return false;
    }
    return true;
}
