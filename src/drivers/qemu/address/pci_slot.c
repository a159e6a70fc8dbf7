/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pci_slot.c - what may be plugged in where: models of bridges and ports, and the need of every device */
#include <string.h>

#include "drivers/qemu/address/pci.h"

/* Models of <controller type='pci'>: what they accept, what they need, and how QEMU calls the device. */
static const PciModel models[] = {
    { "pci-root", NULL, PCI_SLOT_PCI | PCI_SLOT_BRIDGE | PCI_SLOT_EXPANDER, PCI_SLOT_NONE, 1, 31 },
    { "pcie-root", NULL, PCI_SLOT_PORT | PCI_SLOT_DMI | PCI_SLOT_EXPANDER | PCI_SLOT_ROOT, PCI_SLOT_NONE, 1, 31 },
    { "pci-bridge", "pci-bridge", PCI_SLOT_PCI | PCI_SLOT_BRIDGE, PCI_SLOT_BRIDGE, 1, 31 },
    { "dmi-to-pci-bridge", "i82801b11-bridge", PCI_SLOT_BRIDGE, PCI_SLOT_DMI, 0, 31 },
    { "pcie-to-pci-bridge", "pcie-pci-bridge", PCI_SLOT_PCI | PCI_SLOT_BRIDGE, PCI_SLOT_PCIE, 1, 31 },
    { "pcie-root-port", "pcie-root-port", PCI_SLOT_PCIE | PCI_SLOT_UPSTREAM, PCI_SLOT_PORT, 0, 0 },
    { "pcie-switch-upstream-port", "x3130-upstream", PCI_SLOT_DOWNSTREAM, PCI_SLOT_UPSTREAM, 0, 31 },
    { "pcie-switch-downstream-port", "xio3130-downstream", PCI_SLOT_PCIE | PCI_SLOT_UPSTREAM, PCI_SLOT_DOWNSTREAM, 0, 0 },
    { "pci-expander-bus", "pxb", PCI_SLOT_PCI | PCI_SLOT_BRIDGE, PCI_SLOT_EXPANDER, 0, 31 },
    { "pcie-expander-bus", "pxb-pcie", PCI_SLOT_PORT | PCI_SLOT_DMI, PCI_SLOT_EXPANDER, 0, 31 },
};

const char *
pci_slot_user(unsigned slot)
{
    for (size_t i = 0; i < G_N_ELEMENTS(models); i++)
        if (models[i].needs == slot)
            return models[i].model;
    return NULL;
}

const PciModel *
pci_slot_model(const char *name)
{
    for (size_t i = 0; name && i < G_N_ELEMENTS(models); i++)
        if (g_str_equal(models[i].model, name))
            return &models[i];
    return NULL;
}

static unsigned
virtio_slot(const char *model)
{
    return model && g_str_has_suffix(model, "-transitional") && !strstr(model, "non-transitional") ? PCI_SLOT_PCI : PCI_SLOT_PCIE;
}

static unsigned
controller_slot(const Controller *c)
{
    switch (c->type) {
    case CONTROLLER_TYPE_USB:
        if (!c->model || g_str_equal(c->model, "none") || g_str_has_prefix(c->model, "qusb"))
            return c->model ? PCI_SLOT_NONE : PCI_SLOT_PCI;
        return g_str_has_suffix(c->model, "-xhci") ? PCI_SLOT_PCIE : PCI_SLOT_PCI;
    case CONTROLLER_TYPE_SCSI:
        if (c->model && g_str_has_prefix(c->model, "virtio"))
            return virtio_slot(c->model);
        return !g_strcmp0(c->model, "ibmvscsi") || !g_strcmp0(c->model, "ncr53c90") || !g_strcmp0(c->model, "dc390")
                   ? PCI_SLOT_NONE : PCI_SLOT_PCI;
    case CONTROLLER_TYPE_VIRTIO_SERIAL:
        return virtio_slot(c->model);
    case CONTROLLER_TYPE_SATA:
        return PCI_SLOT_PCI;
    default:
        return PCI_SLOT_NONE;
    }
}

static unsigned
word_slot(const char *model, const char *const *express, const char *const *conventional)
{
    if (model && express && g_strv_contains(express, model))
        return PCI_SLOT_PCIE;
    return model && conventional && g_strv_contains(conventional, model) ? PCI_SLOT_PCI : PCI_SLOT_NONE;
}

/* What kind of slot a device takes; PCI_SLOT_NONE for one that is not on PCI. */
unsigned
pci_slot_of(DeviceKind kind, const void *device)
{
    static const char *const sounds[] = { "ich6", "ac97", "es1370", "ich9", NULL };
    static const char *const virtio[] = { "virtio", "virtio-transitional", "virtio-non-transitional", NULL };
    static const char *const express_nics[] = { "e1000e", "igb", NULL };
    static const char *const videos[] = { "vga", "cirrus", "qxl", "vmvga", "bochs", NULL };

    switch (kind) {
    case DEVICE_DISK: {
        const Disk *d = device;

        if (d->bus != DISK_BUS_VIRTIO)
            return PCI_SLOT_NONE;
        return d->model == DISK_MODEL_VIRTIO_TRANSITIONAL ? PCI_SLOT_PCI : PCI_SLOT_PCIE;
    }
    case DEVICE_CONTROLLER:
        return controller_slot(device);
    case DEVICE_FILESYSTEM:
        if (((const Filesystem *)device)->driver_type == FS_DRIVER_MTP)
            return PCI_SLOT_NONE;
        return ((const Filesystem *)device)->model == FS_MODEL_VIRTIO_TRANSITIONAL ? PCI_SLOT_PCI : PCI_SLOT_PCIE;
    case DEVICE_INTERFACE: {
        const Interface *n = device;

        if (n->type == INTERFACE_TYPE_HOSTDEV)
            return PCI_SLOT_PCIE;
        if (!g_strcmp0(n->model, "usb-net") || !g_strcmp0(n->model, "spapr-vlan") || !g_strcmp0(n->model, "lan9118") ||
            !g_strcmp0(n->model, "smc91c111") || !g_strcmp0(n->model, "lance"))
            return PCI_SLOT_NONE;
        if (n->model && g_strv_contains(virtio, n->model))
            return virtio_slot(n->model);
        return n->model && g_strv_contains(express_nics, n->model) ? PCI_SLOT_PCIE : PCI_SLOT_PCI;
    }
    case DEVICE_SOUND:
        return !g_strcmp0(((const Sound *)device)->model, "virtio") ? PCI_SLOT_PCIE
                                                                    : word_slot(((const Sound *)device)->model, NULL, sounds);
    case DEVICE_VIDEO:
        return !g_strcmp0(((const Video *)device)->model, "virtio") ? PCI_SLOT_PCIE
                                                                    : word_slot(((const Video *)device)->model, NULL, videos);
    case DEVICE_HOSTDEV: {
        const Hostdev *h = device;

        if (h->mode != HOSTDEV_MODE_SUBSYSTEM)
            return PCI_SLOT_NONE;
        if (h->type == HOSTDEV_TYPE_SCSI_HOST)
            return h->model == HOSTDEV_MODEL_VIRTIO_TRANSITIONAL ? PCI_SLOT_PCI : PCI_SLOT_PCIE;
        return h->type == HOSTDEV_TYPE_PCI || (h->type == HOSTDEV_TYPE_MDEV && h->model == HOSTDEV_MODEL_VFIO_PCI)
                   ? PCI_SLOT_PCIE : PCI_SLOT_NONE;
    }
    case DEVICE_MEMBALLOON: {
        const char *model = ((const Memballoon *)device)->model;

        return g_strv_contains(virtio, model) ? virtio_slot(model) : PCI_SLOT_NONE;
    }
    case DEVICE_RNG: {
        const char *model = ((const Rng *)device)->model;

        return g_strv_contains(virtio, model) ? virtio_slot(model) : PCI_SLOT_NONE;
    }
    case DEVICE_WATCHDOG:
        return !g_strcmp0(((const Watchdog *)device)->model, "i6300esb") ? PCI_SLOT_PCI : PCI_SLOT_NONE;
    case DEVICE_SHMEM:
        return PCI_SLOT_PCI;
    case DEVICE_INPUT:
        return ((const Input *)device)->bus == INPUT_BUS_VIRTIO ? virtio_slot(((const Input *)device)->model)
                                                                : PCI_SLOT_NONE;
    case DEVICE_SERIAL:
        return !g_strcmp0(((const Serial *)device)->target_type, "pci-serial") ? PCI_SLOT_PCI : PCI_SLOT_NONE;
    case DEVICE_PANIC:
        return ((const Panic *)device)->model == PANIC_MODEL_PVPANIC ? PCI_SLOT_ROOT : PCI_SLOT_NONE;
    case DEVICE_MEMORY: {
        MemoryModel model = ((const MemoryDevice *)device)->model;

        return model == MEMORY_MODEL_VIRTIO_MEM || model == MEMORY_MODEL_VIRTIO_PMEM ? PCI_SLOT_PCIE : PCI_SLOT_NONE;
    }
    case DEVICE_VSOCK:
        return virtio_slot(((const Vsock *)device)->model);
    case DEVICE_CRYPTO:
        return PCI_SLOT_PCIE;
    case DEVICE_IOMMU:
        return ((const Iommu *)device)->model == IOMMU_MODEL_VIRTIO ? PCI_SLOT_ROOT : PCI_SLOT_NONE;
    default:
        return PCI_SLOT_NONE;
    }
}
