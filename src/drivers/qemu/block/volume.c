/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* volume.c - disks that are volumes of a storage pool
 *
 * A volume is known by the names of its pool and itself; where its bytes are is found out for each run.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/block/volume.h"

#include <libvirt/libvirt.h>
#include <string.h>

#include "drivers/qemu/device.h"
#include "util/error.h"
#include "util/log.h"
#include "util/text.h"

LOG_SOURCE("qemu.volume");

enum { ISCSI_PORT = 3260 };

static void
volume_facts_clear(VolumeFacts *facts)
{
    g_clear_pointer(&facts->pool, storage_pool_free);
    g_clear_pointer(&facts->path, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VolumeFacts, volume_facts_clear)

/* Who may log in is a matter of the pool, whatever the disk says. */
static void
take_auth(Disk *disk, const StoragePool *pool)
{
    const StorageAuth *from = pool->auth;

    g_clear_pointer(&disk->auth, auth_free);
    if (!from)
        return;
    disk->auth = xml_new(&auth_xml);
    disk->auth->username = g_strdup(from->username);
    disk->auth->type = AUTH_TYPE_CHAP;
    if (from->secret) {
        disk->auth->secret = xml_new(&secret_ref_xml);
        memcpy(disk->auth->secret->uuid, from->secret->uuid, sizeof(disk->auth->secret->uuid));
        disk->auth->secret->usage = g_strdup(from->secret->usage);
        disk->auth->secret->type = DISK_SECRET_TYPE_ISCSI;
    }
}

/* "unit:0:0:LUN" of an iSCSI target, which QEMU reads itself. */
static bool
use_iscsi(Disk *disk, const VolumeFacts *facts, GError **error)
{
    const PoolHost *from = list_len(facts->pool->hosts) ? list_at(facts->pool->hosts, 0) : NULL;
    const PoolDevice *target = list_len(facts->pool->devices) ? list_at(facts->pool->devices, 0) : NULL;
    const char *lun = strrchr(disk->volume, ':');
    uint64_t number;
    NetHost *host;

    if (!from || !target || !lun || !text_parse_uint64(lun + 1, 10, &number)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s': volume '%s' of pool '%s' cannot be read without the host: use "
                  "mode='host'", disk->target, disk->volume, disk->pool);
        return false;
    }
    disk->actual_type = DISK_TYPE_NETWORK;
    disk->protocol = NET_PROTOCOL_ISCSI;
    g_free(disk->path);
    disk->path = g_strdup_printf("%s/%" G_GUINT64_FORMAT, target->path, number);
    host = xml_new(&net_host_xml);
    host->name = g_strdup(from->name);
    host->has_port = true;
    host->port = from->port > 0 ? (unsigned)from->port : ISCSI_PORT;
    host->transport = NET_TRANSPORT_TCP;
    if (!disk->hosts)
        disk->hosts = g_ptr_array_new();
    g_ptr_array_add(disk->hosts, host);
    take_auth(disk, facts->pool);
    return true;
}

static bool
use_path(Disk *disk, VolumeFacts *facts, GError **error)
{
    switch (facts->type) {
    case VIR_STORAGE_VOL_FILE:
        disk->actual_type = DISK_TYPE_FILE;
        break;
    case VIR_STORAGE_VOL_BLOCK:
        disk->actual_type = DISK_TYPE_BLOCK;
        break;
    case VIR_STORAGE_VOL_DIR:
        disk->actual_type = DISK_TYPE_DIR;
        break;
    default:
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s': a volume of this type, '%s', cannot be a disk", disk->target,
                  disk->volume);
        return false;
    }
    g_free(disk->path);
    disk->path = g_steal_pointer(&facts->path);
    return true;
}

static bool
settle(Disk *disk, VolumeLookup lookup, void *data, GError **error)
{
    g_auto(VolumeFacts) facts = { 0 };

    if (!disk->pool || !disk->volume)
        return true;
    if (!lookup(data, disk->pool, disk->volume, &facts, error))
        return false;
    if (facts.pool->type == POOL_TYPE_ISCSI_DIRECT || (facts.pool->type == POOL_TYPE_ISCSI && disk->mode == POOL_MODE_DIRECT))
        return use_iscsi(disk, &facts, error);
    if (disk->mode == POOL_MODE_DIRECT) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s': mode 'direct' is for pools of type 'iscsi'", disk->target);
        return false;
    }
    return use_path(disk, &facts, error);
}

bool
volume_settle(Domain *def, VolumeLookup lookup, void *data, GError **error)
{
    for (size_t i = 0; i < list_len(def->disks);) {
        g_autoptr(GError) cause = NULL;
        Disk *disk = list_at(def->disks, i);
        bool drive = disk->device == DISK_DEVICE_CDROM || disk->device == DISK_DEVICE_FLOPPY;

        if (disk->type != DISK_TYPE_VOLUME || settle(disk, lookup, data, &cause)) {
            i++;
            continue;
        }
        if (disk->startup_policy != STARTUP_POLICY_OPTIONAL) {
            g_propagate_error(error, g_steal_pointer(&cause));
            return false;
        }
        log_warning("disk '%s' is optional and not there: %s", disk->target, cause->message);
        if (drive) {
            g_clear_pointer(&disk->pool, g_free);
            g_clear_pointer(&disk->volume, g_free);
            disk->type = DISK_TYPE_FILE;
            i++;
        } else {
            disk_free(g_ptr_array_remove_index(def->disks, (guint)i));
        }
    }
    return true;
}
