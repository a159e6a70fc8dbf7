/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* disk.c - rules of <disk> that no single row can state. */
#define ERROR_FROM VIR_FROM_DOMAIN
#include "drivers/conf/disk_gen.h"
#include "util/error.h"

#include <string.h>

/* The bus a target name stands for: "vda" is virtio, "sda" SCSI. */
static DiskBus
bus_of_target(const char *target)
{
    static const struct { const char *prefix; DiskBus bus; } known[] = {
        { "vd", DISK_BUS_VIRTIO }, { "sd", DISK_BUS_SCSI }, { "hd", DISK_BUS_IDE },
        { "fd", DISK_BUS_FDC }, { "xvd", DISK_BUS_XEN }, { "ubd", DISK_BUS_UML },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (g_str_has_prefix(target, known[i].prefix))
            return known[i].bus;
    return DISK_BUS_IDE;
}

static bool
check_target(const Disk *disk, GError **error)
{
    static const char *const prefixes[] = { "fd", "hd", "vd", "sd", "xvd", "ubd", NULL };
    bool known = false;

    for (int i = 0; prefixes[i]; i++)
        known |= g_str_has_prefix(disk->target, prefixes[i]);
    if (!known) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "unknown disk name '%s' and no address specified", disk->target);
        return false;
    }
    if (disk->device == DISK_DEVICE_FLOPPY && disk->bus != DISK_BUS_FDC) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s': a floppy drive needs bus 'fdc', not '%s'",
                  disk->target, disk_bus_words[disk->bus]);
        return false;
    }
    if (disk->device != DISK_DEVICE_FLOPPY && disk->bus == DISK_BUS_FDC) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s': bus 'fdc' is for floppy drives, not '%s'", disk->target,
                  disk_device_words[disk->device]);
        return false;
    }
    return true;
}

bool
disk_check(void *obj, unsigned flags, GError **error)
{
    Disk *disk = obj;

    if (disk->type == DISK_TYPE_UNSET)
        disk->type = DISK_TYPE_FILE;
    if (disk->bus == DISK_BUS_UNSET)
        disk->bus = disk->device == DISK_DEVICE_FLOPPY ? DISK_BUS_FDC : bus_of_target(disk->target);
    if (disk->type == DISK_TYPE_VHOSTUSER && disk->snapshot == DISK_SNAPSHOT_UNSET)
        disk->snapshot = DISK_SNAPSHOT_NO;
    if (disk->device == DISK_DEVICE_CDROM)
        disk->readonly = true;
    if (disk->serial && !disk->serial[0])
        g_clear_pointer(&disk->serial, g_free);
    if ((!disk->info.address || disk->info.address->type == ADDRESS_TYPE_UNSET) && !check_target(disk, error))
        return false;
    if (disk->startup_policy != STARTUP_POLICY_UNSET && disk->device != DISK_DEVICE_FLOPPY &&
        disk->device != DISK_DEVICE_CDROM && disk->type != DISK_TYPE_FILE && disk->type != DISK_TYPE_BLOCK &&
        disk->type != DISK_TYPE_VOLUME && disk->type != DISK_TYPE_DIR) {
        error_set(error, VIR_ERR_XML_ERROR, "disk '%s': startupPolicy is not for type '%s'", disk->target,
                  disk_type_words[disk->type]);
        return false;
    }
    return true;
}
