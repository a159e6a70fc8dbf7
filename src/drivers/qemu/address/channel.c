/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* channel.c - addresses without a controller: VIO registers of POWER, channel devices of s390, memory-mapped virtio */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/address/address.h"
#include "util/error.h"

/* ---- POWER ---- */

/* The register where addresses of a class begin; 0 for a device that is not on this bus. */
static uint64_t
vio_base(DeviceKind kind, const void *device)
{
    switch (kind) {
    case DEVICE_INTERFACE:
        return g_strcmp0(((const Interface *)device)->model, "spapr-vlan") ? 0 : 0x1000;
    case DEVICE_CONTROLLER: {
        const Controller *c = device;

        return c->type == CONTROLLER_TYPE_SCSI && !g_strcmp0(c->model, "ibmvscsi") ? 0x2000 : 0;
    }
    case DEVICE_NVRAM:
        return 0x3000;
    case DEVICE_TPM:
        return g_strcmp0(((const Tpm *)device)->model, "tpm-spapr") ? 0 : 0x4000;
    case DEVICE_SERIAL:
        return g_strcmp0(((const Serial *)device)->target_type, "spapr-vio-serial") ? 0 : 0x30000000;
    default:
        return 0;
    }
}

typedef struct Vio {
    GHashTable *taken;   /* registers */
    bool choose;
} Vio;

static bool
vio_address(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    Vio *vio = data;
    uint64_t reg = vio_base(kind, device);
    const Address *a = info->address;

    if (!vio->choose) {
        if (kind == DEVICE_CONSOLE || !a || a->type != ADDRESS_TYPE_SPAPR_VIO || !a->has_reg ||
            g_hash_table_add(vio->taken, GSIZE_TO_POINTER(a->reg)))
            return true;
        error_set(error, VIR_ERR_XML_ERROR, "spapr-vio address 0x%" G_GINT64_MODIFIER "x already in use", a->reg);
        return false;
    }
    if (!reg || !address_is_wanted(info, ADDRESS_TYPE_SPAPR_VIO))
        return true;
    while (!g_hash_table_add(vio->taken, GSIZE_TO_POINTER(reg)))
        reg += 0x1000;
    info->address = address_get(info, ADDRESS_TYPE_SPAPR_VIO);
    info->address->has_reg = true;
    info->address->reg = reg;
    return true;
}

bool
address_assign_spapr(Domain *def, GError **error)
{
    g_autoptr(GHashTable) taken = g_hash_table_new(NULL, NULL);
    Vio vio = { .taken = taken };

    if (!device_each(def, DEVICE_LAST, vio_address, &vio, error))
        return false;
    vio.choose = true;
    return device_each(def, DEVICE_LAST, vio_address, &vio, error);
}

/* ---- virtio ---- */

static bool
is_virtio_word(const char *model)
{
    return model && g_str_has_prefix(model, "virtio");
}

static bool
is_virtio(DeviceKind kind, const void *device)
{
    switch (kind) {
    case DEVICE_DISK:
        return ((const Disk *)device)->bus == DISK_BUS_VIRTIO;
    case DEVICE_INTERFACE:
        return ((const Interface *)device)->type != INTERFACE_TYPE_HOSTDEV &&
               is_virtio_word(((const Interface *)device)->model);
    case DEVICE_CONTROLLER: {
        const Controller *c = device;

        return c->type == CONTROLLER_TYPE_VIRTIO_SERIAL || (c->type == CONTROLLER_TYPE_SCSI && is_virtio_word(c->model));
    }
    case DEVICE_FILESYSTEM:
        return ((const Filesystem *)device)->driver_type != FS_DRIVER_MTP;
    case DEVICE_MEMBALLOON:
        return is_virtio_word(((const Memballoon *)device)->model);
    case DEVICE_RNG:
        return is_virtio_word(((const Rng *)device)->model);
    case DEVICE_INPUT:
        return ((const Input *)device)->bus == INPUT_BUS_VIRTIO;
    case DEVICE_VIDEO:
        return is_virtio_word(((const Video *)device)->model);
    case DEVICE_HOSTDEV:
        return ((const Hostdev *)device)->mode == HOSTDEV_MODE_SUBSYSTEM &&
               ((const Hostdev *)device)->type == HOSTDEV_TYPE_SCSI_HOST;
    case DEVICE_VSOCK:
    case DEVICE_CRYPTO:
        return true;
    default:
        return false;
    }
}

static bool
is_ccw(DeviceKind kind, const void *device)
{
    const Hostdev *h = kind == DEVICE_HOSTDEV ? device : NULL;

    return is_virtio(kind, device) || (h && h->type == HOSTDEV_TYPE_MDEV && h->model == HOSTDEV_MODEL_VFIO_CCW);
}

enum { CCW_CSSID = 0xfe, CCW_SSIDS = 4 };

typedef struct Ccw {
    GHashTable *taken;   /* cssid, ssid, devno in one word */
    bool choose;
} Ccw;

static bool
ccw_address(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    Ccw *ccw = data;
    Address *a = info->address;

    if (!ccw->choose) {
        if (!a || a->type != ADDRESS_TYPE_CCW || !a->has_devno ||
            g_hash_table_add(ccw->taken, GUINT_TO_POINTER(a->cssid << 24 | a->ssid << 16 | a->devno)))
            return true;
        error_set(error, VIR_ERR_XML_ERROR, "The CCW devno '%x.%x.%04x' is in use already", a->cssid, a->ssid, a->devno);
        return false;
    }
    if (!is_ccw(kind, device) || !address_is_wanted(info, ADDRESS_TYPE_CCW))
        return true;
    for (unsigned i = 0; i < CCW_SSIDS << 16; i++) {
        if (!g_hash_table_add(ccw->taken, GUINT_TO_POINTER((unsigned)CCW_CSSID << 24 | i)))
            continue;
        a = address_get(info, ADDRESS_TYPE_CCW);
        a->has_cssid = a->has_ssid = a->has_devno = true;
        a->cssid = CCW_CSSID;
        a->ssid = i >> 16;
        a->devno = i & 0xffff;
        return true;
    }
    error_set(error, VIR_ERR_INTERNAL_ERROR, "There are no more free CCW devnos.");
    return false;
}

static bool
mmio_address(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    if (is_virtio(kind, device) && address_is_wanted(info, ADDRESS_TYPE_VIRTIO_MMIO))
        address_get(info, ADDRESS_TYPE_VIRTIO_MMIO);
    return true;
}

static bool
uses_mmio(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    *(bool *)data |= info->address && info->address->type == ADDRESS_TYPE_VIRTIO_MMIO;
    return true;
}

bool
address_assign_virtio(Domain *def, const Board *board, const QemuCaps *caps, GError **error)
{
    static const DeviceKind order[] = {
        DEVICE_DISK, DEVICE_INTERFACE, DEVICE_HOSTDEV, DEVICE_CONTROLLER, DEVICE_INPUT, DEVICE_VIDEO, DEVICE_FILESYSTEM,
        DEVICE_MEMBALLOON, DEVICE_RNG, DEVICE_VSOCK, DEVICE_CRYPTO,
    };
    g_autoptr(GHashTable) taken = g_hash_table_new(NULL, NULL);
    Ccw ccw = { .taken = taken };
    bool mmio = board->bus == BOARD_BUS_MMIO;

    /* Who has put one device there on a board with both wants no PCI. */
    if (board->flags & BOARD_MMIO)
        device_each(def, DEVICE_LAST, uses_mmio, &mmio, NULL);
    if (mmio)
        return device_each(def, DEVICE_LAST, mmio_address, NULL, error);
    if (board->bus != BOARD_BUS_CCW)
        return true;
    if (!device_each(def, DEVICE_LAST, ccw_address, &ccw, error))
        return false;
    ccw.choose = true;
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
        if (!device_each(def, order[i], ccw_address, &ccw, error))
            return false;
    return true;
}
