/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* storage.c - rules of pools, volumes and secrets that no single row can state. */
#define ERROR_FROM VIR_FROM_STORAGE
#include "drivers/conf/device.h"
#include "drivers/conf/secret_gen.h"
#include "drivers/conf/storage.h"
#include "util/error.h"
#include "util/uuid.h"

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
    [POOL_TYPE_ISCSI] = { .host = true, .target = true },
    [POOL_TYPE_ISCSI_DIRECT] = { .host = true, .initiator = true },
    [POOL_TYPE_SCSI] = { .adapter = true, .target = true },
    [POOL_TYPE_MPATH] = { .target = true },
    [POOL_TYPE_RBD] = { .host = true, .name = true, .name_from_source = true },
    [POOL_TYPE_SHEEPDOG] = { .host = true, .name_from_source = true },
    [POOL_TYPE_GLUSTER] = { .host = true, .name_from_source = true },
    [POOL_TYPE_ZFS] = { .name_from_source = true },
    [POOL_TYPE_VSTORAGE] = { .target = true, .name_from_source = true },
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
            error_set(error, VIR_ERR_XML_ERROR, "malformed %s element", names[i]);
            return false;
        }
        if (*ids[i] == -1 || *ids[i] == UINT32_MAX)
            *has[i] = false; /* both mean: leave it alone */
    }
    if (perms->has_mode && perms->mode > 0777) {
        error_set(error, VIR_ERR_XML_ERROR, "malformed octal mode");
        return false;
    }
    return true;
}

bool
storage_secret_check(void *obj, unsigned flags, GError **error)
{
    StorageSecret *secret = obj;
    uint8_t uuid[UUID_LEN];

    if (!secret->uuid == !secret->usage) {
        error_set(error, VIR_ERR_XML_ERROR, "%s",
                  secret->uuid ? "either secret uuid or usage expected" : "missing secret uuid or usage attribute");
        return false;
    }
    if (!secret->uuid)
        return true;
    if (!uuid_parse(secret->uuid, uuid)) {
        error_set(error, VIR_ERR_XML_ERROR, "invalid secret uuid '%s'", secret->uuid);
        return false;
    }
    g_free(secret->uuid);
    secret->uuid = uuid_to_string(uuid);
    return true;
}

bool
storage_auth_check(void *obj, unsigned flags, GError **error)
{
    const StorageAuth *auth = obj;

    if (!auth->username[0])
        error_set(error, VIR_ERR_XML_ERROR, "missing username for auth");
    else if (!auth->secret)
        error_set(error, VIR_ERR_XML_ERROR, "Missing <secret> element in auth");
    else
        return true;
    return false;
}

bool
storage_encryption_check(void *obj, unsigned flags, GError **error)
{
    const StorageEncryption *encryption = obj;

    for (guint i = 0; encryption->secrets && i < encryption->secrets->len; i++) {
        if (((StorageSecret *)encryption->secrets->pdata[i])->type != STORAGE_SECRET_TYPE_UNSET)
            continue;
        error_set(error, VIR_ERR_XML_ERROR, "unknown volume encryption secret type");
        return false;
    }
    if (!encryption->ivgen || encryption->cipher)
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "ivgen element found, but cipher is missing");
    return false;
}

/* Sixteen hexadecimal digits, perhaps with 0x before them. */
static bool
check_wwn(const char *wwn, GError **error)
{
    const char *digits = wwn && g_str_has_prefix(wwn, "0x") ? wwn + 2 : wwn;

    if (!wwn || (strspn(digits, "0123456789abcdefABCDEF") == 16 && digits[16] == '\0'))
        return true;
    error_set(error, VIR_ERR_INTERNAL_ERROR, "Malformed wwn: %s", wwn);
    return false;
}

static bool
check_fc_host(const PoolAdapter *adapter, GError **error)
{
    if (!adapter->wwnn || !adapter->wwpn) {
        error_set(error, VIR_ERR_XML_ERROR, "'wwnn' and 'wwpn' must be specified for adapter type 'fchost'");
        return false;
    }
    if (!check_wwn(adapter->wwnn, error) || !check_wwn(adapter->wwpn, error) || !check_wwn(adapter->parent_wwnn, error) ||
        !check_wwn(adapter->parent_wwpn, error) || !check_wwn(adapter->parent_fabric_wwn, error))
        return false;
    if (!adapter->parent_wwnn != !adapter->parent_wwpn) {
        error_set(error, VIR_ERR_XML_ERROR, adapter->parent_wwnn
                  ? "when providing parent_wwnn='%s', the parent_wwpn must also be provided"
                  : "when providing parent_wwpn='%s', the parent_wwnn must also be provided",
                  adapter->parent_wwnn ? adapter->parent_wwnn : adapter->parent_wwpn);
        return false;
    }
    return true;
}

static bool
check_scsi_host(const PoolAdapter *adapter, GError **error)
{
    const PoolParentAddress *parent = adapter->parentaddr;

    if (adapter->name && parent) {
        error_set(error, VIR_ERR_XML_ERROR, "Both 'name' and 'parent' cannot be specified for the 'scsi_host' adapter");
        return false;
    }
    if (parent && (!parent->has_unique_id || parent->unique_id == UINT32_MAX)) {
        error_set(error, VIR_ERR_XML_ERROR, "Missing or invalid scsi adapter 'unique_id' value");
        return false;
    }
    return !parent || device_pci_check(&parent->pci, error);
}

bool
storage_pool_adapter_check(void *obj, unsigned flags, GError **error)
{
    PoolAdapter *adapter = obj;

    if (adapter->type == ADAPTER_TYPE_UNSET) {
        const char *early = adapter->wwnn || adapter->wwpn || adapter->parent ? "'wwnn', 'wwpn', and 'parent' attributes"
                            : adapter->parentaddr                             ? "'parentaddr' element"
                                                                              : NULL;
        if (early) {
            error_set(error, VIR_ERR_XML_ERROR, "Use of %s requires use of the adapter 'type'", early);
            return false;
        }
        adapter->type = ADAPTER_TYPE_SCSI_HOST;
    }
    if (adapter->type == ADAPTER_TYPE_FC_HOST)
        return check_fc_host(adapter, error);
    if (!adapter->name && !adapter->parentaddr) {
        error_set(error, VIR_ERR_XML_ERROR, "missing storage pool source adapter");
        return false;
    }
    return check_scsi_host(adapter, error);
}

static bool
check_name(const char *what, const char *name, GError **error)
{
    if (strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, "..")) {
        error_set(error, VIR_ERR_XML_ERROR, "name %s cannot contain '/'", name);
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
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "unknown pool format type %s", pool_format_words[pool->format]);
    return false;
}

static bool
check_source(const StoragePool *pool, GError **error)
{
    const struct {
        bool needed, there;
        int code;
        const char *message;
    } parts[] = {
        { pool_rules[pool->type].host, pool->hosts && pool->hosts->len, VIR_ERR_XML_ERROR,
          "missing storage pool source host name" },
        { pool_rules[pool->type].dir, pool->source_dir, VIR_ERR_XML_ERROR, "missing storage pool source path" },
        { pool_rules[pool->type].name, pool->source_name, VIR_ERR_XML_ERROR, "element 'name' is mandatory for RBD pool" },
        { pool_rules[pool->type].adapter, pool->adapter, VIR_ERR_XML_ERROR, "missing storage pool source adapter" },
        { pool_rules[pool->type].device, pool->devices && pool->devices->len, VIR_ERR_XML_ERROR,
          "missing storage pool source device name" },
        { pool_rules[pool->type].initiator, pool->initiator_iqn, VIR_ERR_CONFIG_UNSUPPORTED, "missing initiator IQN" },
        { pool->auth, pool->auth && pool->auth->auth_type != STORAGE_AUTH_TYPE_UNSET, VIR_ERR_CONFIG_UNSUPPORTED,
          "storage pool missing auth type" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        if (parts[i].needed && !parts[i].there) {
            error_set(error, parts[i].code, "%s", parts[i].message);
            return false;
        }
    if (pool->protocol_version && pool->type == POOL_TYPE_NETFS && pool->format != POOL_FORMAT_NFS &&
        pool->format != POOL_FORMAT_AUTO && pool->format != POOL_FORMAT_UNSET) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "storage pool protocol ver unsupported for pool type '%s'",
                  pool_format_words[pool->format]);
        return false;
    }
    if (pool->cow != YESNO_UNSET && pool->type != POOL_TYPE_FS && pool->type != POOL_TYPE_DIR) {
        error_set(error, VIR_ERR_NO_SUPPORT, "cow feature may only be used for 'fs' and 'dir' pools");
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
    if (!pool->source_name && pool_rules[pool->type].name_from_source && !pool_rules[pool->type].name)
        pool->source_name = g_strdup(pool->name);
    if (!pool->name && pool_rules[pool->type].name_from_source)
        pool->name = g_strdup(pool->source_name);
    if (!pool->name) {
        error_set(error, VIR_ERR_XML_ERROR, "missing pool source name element");
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
    if (pool->type == POOL_TYPE_ZFS) {
        g_free(pool->target_path);
        pool->target_path = g_strconcat("/dev/zvol/", pool->source_name, NULL);
    }
    if (pool->type == POOL_TYPE_GLUSTER && !pool->source_dir)
        pool->source_dir = g_strdup("/");
    if (pool->target_path)
        clean_path(pool->target_path);
    else if (pool_rules[pool->type].target) {
        error_set(error, VIR_ERR_XML_ERROR, "missing storage pool target path");
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
        error_set(error, VIR_ERR_XML_ERROR, "forbidden characters in 'compat' attribute");
        return false;
    }
    if ((vol->features || vol->lazy_refcounts || vol->extended_l2) && !vol->compat)
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

/* What a volume can be depends on the pool: partitions, files, or nothing that has a name. */
static bool
settle_format(StorageVolume *vol, PoolType pool_type, GError **error)
{
    bool partition = vol->format == VOLUME_FORMAT_NONE || vol->format >= VOLUME_FORMAT_LINUX;
    bool file = vol->format >= VOLUME_FORMAT_RAW && vol->format < VOLUME_FORMAT_AUTO && vol->format != VOLUME_FORMAT_LUKS;
    bool known;

    switch (pool_type) {
    case POOL_TYPE_DISK:
        if (vol->format == VOLUME_FORMAT_UNSET)
            vol->format = VOLUME_FORMAT_NONE;
        known = vol->format == VOLUME_FORMAT_NONE || partition;
        break;
    case POOL_TYPE_DIR:
    case POOL_TYPE_FS:
    case POOL_TYPE_NETFS:
    case POOL_TYPE_RBD:
    case POOL_TYPE_GLUSTER:
    case POOL_TYPE_VSTORAGE:
        if (vol->format == VOLUME_FORMAT_UNSET)
            vol->format = VOLUME_FORMAT_RAW;
        known = vol->format == VOLUME_FORMAT_RAW || file;
        break;
    default:
        vol->format = VOLUME_FORMAT_UNSET;
        return true;
    }
    if (!known)
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "unknown volume format type %s", volume_format_words[vol->format]);
    return known;
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
    if (!settle_format(vol, pool_type, error))
        return false;
    if (vol->backing_store && vol->backing_store->path && vol->backing_store->format == VOLUME_FORMAT_UNSET)
        vol->backing_store->format = VOLUME_FORMAT_RAW;
    g_clear_pointer(&vol->timestamps, volume_times_free);
    if (vol->devices)
        g_ptr_array_set_free_func(vol->devices, (GDestroyNotify)volume_device_free);
    g_clear_pointer(&vol->devices, g_ptr_array_unref);
    if (vol->backing_store)
        g_clear_pointer(&vol->backing_store->timestamps, volume_times_free);
    if (!vol->has_capacity && !vol->backing_store && !no_capacity) {
        error_set(error, VIR_ERR_XML_ERROR, "missing capacity element");
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
