/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check_disk.c - disks and file systems, as QEMU can have them */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/conf/disk.h"
#include "drivers/conf/moment.h"
#include "drivers/qemu/check/check_private.h"
#include "util/error.h"

enum { QEMU_LIBRBD_LAYERS = 8000000 };

static bool
disk_bus(const Check *c, const void *device, GError **error)
{
    const Disk *disk = device;

    if (disk->bus == DISK_BUS_XEN || disk->bus == DISK_BUS_UML)
        return check_fail(error, "disk '%s': bus '%s' is not one of QEMU", disk->target,
                          disk_bus_words[disk->bus]);
    if ((disk->bus == DISK_BUS_VIRTIO || disk->bus == DISK_BUS_SD) &&
        (disk->device == DISK_DEVICE_CDROM || disk->device == DISK_DEVICE_FLOPPY))
        return check_fail(error, "disk type of '%s' does not support ejectable media", disk->target);
    if (disk->device == DISK_DEVICE_LUN && disk->bus != DISK_BUS_VIRTIO && disk->bus != DISK_BUS_SCSI)
        return check_fail(error, "disk device='lun' is not supported for bus='%s'", disk_bus_words[disk->bus]);
    return true;
}

/* Drivers of guests count on nothing less. */
static bool
disk_target(const Check *c, const void *device, GError **error)
{
    const Disk *disk = device;

    return disk_target_index(disk->target) >= 0 || check_fail(error, "invalid disk target '%s'", disk->target);
}

static bool
disk_driver(const Check *c, const void *device, GError **error)
{
    const Disk *disk = device;

    return !disk->driver_name || !strcmp(disk->driver_name, "qemu") ||
           check_fail(error, "unsupported driver name '%s' for disk '%s': use 'qemu'", disk->driver_name, disk->target);
}

static bool
disk_encryption(const Check *c, const void *device, GError **error)
{
    const Disk *disk = device;

    if (!disk->encryption)
        return true;
    if (disk->encryption->format == ENC_FORMAT_QCOW)
        return check_fail(error, "old qcow/qcow2 encryption is not supported: disk '%s' needs 'luks'", disk->target);
    return disk->encryption->format == ENC_FORMAT_DEFAULT || list_len(disk->encryption->secrets) ||
           check_fail(error, "encryption of disk '%s' needs a <secret>", disk->target);
}

static bool
is_format(DiskFormat format, GError **error)
{
    switch (format) {
    case DISK_FORMAT_COW:
        return check_fail(error, "'cow' storage format is not supported");
    case DISK_FORMAT_DIR:
        return check_fail(error, "'directory' storage format is not directly supported by QEMU, use 'dir' disk type instead");
    case DISK_FORMAT_ISO:
        return check_fail(error, "storage format 'iso' is not directly supported by QEMU, use 'raw' instead");
    default:
        return true;
    }
}

static bool
disk_format(const Check *c, const void *device, GError **error)
{
    const Disk *disk = device;

    if (!is_format(disk->format, error))
        return false;
    for (const Store *store = disk->backing_store; store; store = store->backing_store)
        if (!is_format(store->format, error))
            return false;
    if (disk->type == DISK_TYPE_DIR && disk->format != DISK_FORMAT_UNSET && disk->format != DISK_FORMAT_RAW &&
        disk->format != DISK_FORMAT_FAT)
        return check_fail(error, "unsupported driver format value '%s' of disk '%s': a folder is shown as 'fat'",
                          disk_format_words[disk->format], disk->target);
    if (disk->device == DISK_DEVICE_LUN && disk->format != DISK_FORMAT_UNSET && disk->format != DISK_FORMAT_RAW)
        return check_fail(error, "disk device 'lun' using target '%s' must use 'raw' format", disk->target);
    return true;
}

static bool
disk_shared(const Check *c, const void *device, GError **error)
{
    const Disk *disk = device;

    return !disk->shareable || disk->format == DISK_FORMAT_UNSET || disk->format == DISK_FORMAT_RAW ||
           check_fail(error, "shared access for disk '%s' requires use of supported storage format", disk->target);
}

static bool
disk_librbd(const Check *c, const void *device, GError **error)
{
    const Disk *disk = device;
    const Encryption *encryption = disk->encryption;

    if (!encryption)
        return true;
    if (encryption->format == ENC_FORMAT_LUKS_ANY && encryption->engine != ENC_ENGINE_LIBRBD)
        return check_fail(error, "'luks-any' encryption of disk '%s' is only supported by the 'librbd' engine", disk->target);
    if (encryption->engine != ENC_ENGINE_LIBRBD)
        return true;
    if (disk->type != DISK_TYPE_NETWORK || disk->protocol != NET_PROTOCOL_RBD)
        return check_fail(error, "librbd encryption is only supported with RBD backed disks, not for '%s'", disk->target);
    if (encryption->format == ENC_FORMAT_LUKS_ANY && c->caps->version < QEMU_LIBRBD_LAYERS)
        return check_fail(error, "luks-any encryption is not supported by this QEMU binary");
    if (list_len(encryption->secrets) > 1 && c->caps->version < QEMU_LIBRBD_LAYERS)
        return check_fail(error, "librbd encryption layering is not supported by this QEMU binary");
    return true;
}

static bool
disk_native_io(const Check *c, const void *device, GError **error)
{
    const Disk *disk = device;

    return disk->io != DISK_IO_NATIVE || disk->cache == DISK_CACHE_NONE || disk->cache == DISK_CACHE_DIRECTSYNC ||
           check_fail(error, "native I/O needs either no disk cache or directsync cache mode, QEMU will fallback to "
                      "aio=threads");
}

static bool
disk_shared_memory(const Check *c, const void *device, GError **error)
{
    const Disk *disk = device;

    return disk->type != DISK_TYPE_VHOSTUSER || check_is_shared_memory(c->def) || c->s390 ||
           check_fail(error, "'vhostuser' disk '%s' requires shared memory: set <access mode='shared'/> in <memoryBacking>",
                      disk->target);
}

static bool
disk_serial(const Check *c, const void *device, GError **error)
{
    static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+- ";
    const Disk *disk = device;

    return !disk->serial || strspn(disk->serial, safe) == strlen(disk->serial) ||
           check_fail(error, "driver serial '%s' contains unsafe characters", disk->serial);
}

static bool
throttle_fits(const char *target, const IoTune *tune, GError **error)
{
    static const uint64_t max = 1000000000000000; /* QEMU's own */
    const struct { const char *name; uint64_t value; } limits[] = {
        { "total_bytes_sec", tune->total_bytes_sec }, { "read_bytes_sec", tune->read_bytes_sec },
        { "write_bytes_sec", tune->write_bytes_sec }, { "total_iops_sec", tune->total_iops_sec },
        { "read_iops_sec", tune->read_iops_sec }, { "write_iops_sec", tune->write_iops_sec },
        { "total_bytes_sec_max", tune->total_bytes_sec_max }, { "read_bytes_sec_max", tune->read_bytes_sec_max },
        { "write_bytes_sec_max", tune->write_bytes_sec_max }, { "total_iops_sec_max", tune->total_iops_sec_max },
        { "read_iops_sec_max", tune->read_iops_sec_max }, { "write_iops_sec_max", tune->write_iops_sec_max },
        { "size_iops_sec", tune->size_iops_sec },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++)
        if (limits[i].value > max)
            return check_fail(error, "block I/O throttle limit '%s' of '%s' must be no more than %" G_GUINT64_FORMAT
                              " using QEMU", limits[i].name, target, max);
    return true;
}

static bool
disk_throttle(const Check *c, const void *device, GError **error)
{
    const Disk *disk = device;

    return !disk->iotune || throttle_fits(disk->target, disk->iotune, error);
}

/* Only a drive whose medium can be changed may be empty. */
static bool
disk_source(const Check *c, const void *device, GError **error)
{
    const Disk *disk = device;
    bool removable = disk->device == DISK_DEVICE_CDROM || disk->device == DISK_DEVICE_FLOPPY;

    if (removable || !moment_disk_is_empty(disk))
        return true;
    error_set(error, VIR_ERR_NO_SOURCE, "%s", disk->target);
    return false;
}

/* The chipset has one controller, and a drive of it no target. */
static bool
disk_ide(const Check *c, const void *device, GError **error)
{
    const Disk *disk = device;
    const Address *a = disk->info.address;
    bool ide = disk->bus == DISK_BUS_IDE;

    if ((!ide && disk->bus != DISK_BUS_FDC) || !a || a->type != ADDRESS_TYPE_DRIVE)
        return true;
    if (a->controller > 0) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "Only 1 %s controller is supported", ide ? "IDE" : "fdc");
        return false;
    }
    if (a->target > 0)
        return check_fail(error, "target must be 0 for %s controller", disk_bus_words[disk->bus]);
    return !ide || !disk->readonly || disk->device != DISK_DEVICE_DISK ||
           check_fail(error, "readonly ide disks are not supported");
}

const CheckDeviceRule check_disk_rules[] = {
    disk_source, disk_ide, disk_bus, disk_target, disk_driver, disk_encryption, disk_format, disk_shared, disk_librbd,
    disk_native_io, disk_shared_memory,
    disk_serial, disk_throttle, NULL,
};

/* ---- file systems -------------------------------------------------------- */

static bool
filesystem_type(const Check *c, const void *device, GError **error)
{
    const Filesystem *fs = device;

    if (fs->type != FILESYSTEM_TYPE_MOUNT)
        return check_fail(error, "only supports mount filesystem type: <filesystem type='%s'> of '%s' is not for QEMU",
                          filesystem_type_words[fs->type], fs->target);
    switch (fs->driver_type) {
    case FS_DRIVER_UNSET:
    case FS_DRIVER_DEFAULT:
    case FS_DRIVER_PATH:
    case FS_DRIVER_HANDLE:
    case FS_DRIVER_VIRTIOFS:
    case FS_DRIVER_MTP:
        return true;
    default:
        return check_fail(error, "Filesystem driver type '%s' not supported", fs_driver_words[fs->driver_type]);
    }
}

static bool
filesystem_9p(const Check *c, const void *device, GError **error)
{
    const Filesystem *fs = device;
    bool mapped = fs->accessmode == ACCESS_MODE_MAPPED;

    if (fs->driver_type == FS_DRIVER_VIRTIOFS || fs->driver_type == FS_DRIVER_MTP)
        return true;
    if ((fs->fmode || fs->dmode) && !mapped)
        return check_fail(error, "fmode and dmode must be used with accessmode=mapped");
    if (fs->binary)
        return check_fail(error, "filesystem '%s': <binary> is for <driver type='virtiofs'/>", fs->target);
    return true;
}

static bool
filesystem_virtiofs(const Check *c, const void *device, GError **error)
{
    const Filesystem *fs = device;

    if (fs->driver_type != FS_DRIVER_VIRTIOFS)
        return true;
    if (fs->accessmode != ACCESS_MODE_UNSET && fs->accessmode != ACCESS_MODE_PASSTHROUGH)
        return check_fail(error, "virtiofs only supports passthrough accessmode");
    if (fs->wrpolicy != FS_WRPOLICY_UNSET)
        return check_fail(error, "virtiofs does not support wrpolicy");
    if (fs->model != FS_MODEL_UNSET && fs->model != FS_MODEL_VIRTIO)
        return check_fail(error, "virtiofs does not support model '%s'", fs_model_words[fs->model]);
    if (fs->multidevs != FS_MULTIDEVS_UNSET)
        return check_fail(error, "virtiofs does not support multidevs");
    if (fs->fmode || fs->dmode)
        return check_fail(error, "virtiofs does not support fmode and dmode");
    if (!check_is_shared_memory(c->def) && !c->s390)
        return check_fail(error, "'virtiofs' requires shared memory: set <access mode='shared'/> in <memoryBacking>");
    return true;
}

static bool
filesystem_boot(const Check *c, const void *device, GError **error)
{
    const Filesystem *fs = device;

    if (!fs->info.boot_order)
        return true;
    if (fs->driver_type != FS_DRIVER_VIRTIOFS)
        return check_fail(error, "boot order is only supported for virtiofs, and filesystem '%s' is none", fs->target);
    return check_address(&fs->info) != ADDRESS_TYPE_CCW ||
           check_fail(error, "setting virtiofs boot order is supported only with PCI bus");
}

const CheckDeviceRule check_filesystem_rules[] = {
    filesystem_type, filesystem_9p, filesystem_virtiofs, filesystem_boot, NULL,
};
