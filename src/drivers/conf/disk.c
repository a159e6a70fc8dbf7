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

/* The number a target name stands for ("sdb" is 1); -1 where it is none. */
static int
target_index(const char *target)
{
    static const char *const prefixes[] = { "fd", "hd", "vd", "sd", "xvd", "ubd", NULL };
    int index = 0;

    for (int i = 0; prefixes[i]; i++) {
        const char *p = target + strlen(prefixes[i]);
        if (!g_str_has_prefix(target, prefixes[i]) || !g_ascii_islower(*p))
            continue;
        for (; g_ascii_islower(*p); p++)
            if (__builtin_mul_overflow(index, 26, &index) || __builtin_add_overflow(index, *p - 'a' + 1, &index))
                return -1;
        return index - 1;
    }
    return -1;
}

static bool
check_target(const Disk *disk, GError **error)
{
    bool has_address = disk->info.address && disk->info.address->type != ADDRESS_TYPE_UNSET;
    int index = target_index(disk->target);

    if (index < 0 && !has_address) {
        error_set(error, VIR_ERR_XML_ERROR, "Unknown disk name '%s' and no address specified", disk->target);
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

/* The kind of address each bus has; those not listed take several. */
static bool
check_address(const Disk *disk, GError **error)
{
    static const AddressType wanted[DISK_BUS_LAST] = {
        [DISK_BUS_IDE] = ADDRESS_TYPE_DRIVE, [DISK_BUS_FDC] = ADDRESS_TYPE_DRIVE, [DISK_BUS_SCSI] = ADDRESS_TYPE_DRIVE,
        [DISK_BUS_SATA] = ADDRESS_TYPE_DRIVE, [DISK_BUS_USB] = ADDRESS_TYPE_USB,
    };
    AddressType type = disk->info.address ? disk->info.address->type : ADDRESS_TYPE_UNSET;

    if (type == ADDRESS_TYPE_UNSET || wanted[disk->bus] == ADDRESS_TYPE_UNSET || type == wanted[disk->bus])
        return true;
    if (disk->bus == DISK_BUS_USB)
        error_set(error, VIR_ERR_INTERNAL_ERROR, "unexpected address type for usb disk");
    else
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Invalid address type '%s' for the disk '%s' with the bus type '%s'",
                  address_type_words[type], disk->target, disk_bus_words[disk->bus]);
    return false;
}

static bool
check_labels(const GPtrArray *labels, GError **error)
{
    for (guint i = 0; labels && labels->len > 1 && i < labels->len; i++) {
        const DeviceSecLabel *label = labels->pdata[i];

        if (!label->model) {
            error_set(error, VIR_ERR_XML_ERROR, "missing security model when using multiple labels");
            return false;
        }
        for (guint j = 0; j < i; j++) {
            if (!g_strcmp0(label->model, ((DeviceSecLabel *)labels->pdata[j])->model)) {
                error_set(error, VIR_ERR_XML_DETAIL, "seclabel for model %s is already provided", label->model);
                return false;
            }
        }
    }
    return true;
}

/* What secrets and ciphers a source may name. */
static bool
check_secrets(const Disk *disk, GError **error)
{
    DiskSecretType type = disk->auth && disk->auth->secret ? disk->auth->secret->type : DISK_SECRET_TYPE_UNSET;
    bool iscsi = disk->type == DISK_TYPE_NETWORK && disk->protocol == NET_PROTOCOL_ISCSI;
    bool rbd = disk->type == DISK_TYPE_NETWORK && disk->protocol == NET_PROTOCOL_RBD;

    if (type != DISK_SECRET_TYPE_UNSET &&
        ((iscsi && type != DISK_SECRET_TYPE_ISCSI) || (rbd && type != DISK_SECRET_TYPE_CEPH))) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "invalid secret type '%s'", disk_secret_type_words[type]);
        return false;
    }
    if (disk->encryption && disk->encryption->cipher) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "supplying <cipher> for domain disk definition is unnecessary");
        return false;
    }
    return true;
}

static bool
is_printable(const char *text)
{
    for (; text && *text; text++)
        if (!g_ascii_isprint(*text))
            return false;
    return true;
}

static bool
check_inquiry(const Disk *disk, GError **error)
{
    if (disk->vendor && (strlen(disk->vendor) > 8 || !is_printable(disk->vendor))) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, strlen(disk->vendor) > 8 ? "disk vendor is more than 8 characters"
                  : "disk vendor is not printable string");
        return false;
    }
    if (disk->product && (strlen(disk->product) > 16 || !is_printable(disk->product))) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, strlen(disk->product) > 16
                  ? "disk product is more than 16 characters" : "disk product is not printable string");
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
    if (disk->device == DISK_DEVICE_LUN && disk->type != DISK_TYPE_BLOCK && disk->type != DISK_TYPE_VOLUME &&
        !(disk->type == DISK_TYPE_NETWORK && disk->protocol == NET_PROTOCOL_ISCSI)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk device='lun' is only valid for block type disk source");
        return false;
    }
    if (disk->type == DISK_TYPE_NETWORK && disk->protocol == NET_PROTOCOL_SHEEPDOG) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "'sheepdog' protocol is no longer supported by any hypervisor driver");
        return false;
    }
    if (disk->iotune && disk->throttlefilters) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED,
                  "block 'throttlefilters' can't be used together with 'iotune' for disk '%s'", disk->target);
        return false;
    }
    return check_target(disk, error) && check_address(disk, error) && check_labels(disk->seclabels, error) &&
           check_secrets(disk, error) && check_inquiry(disk, error);
}
