/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check_start.c - what a definition may have and a guest that starts may not
 *
 * A definition outlives the emulator and host it was made for, so what is missing there today is an error only when
 * somebody starts it.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/check/check_private.h"
#include "util/error.h"

static bool
start_usb_model(const Check *c, GError **error)
{
    /* What QEMU calls the controllers that it may have been built without. */
    static const struct { const char *model, *type; } known[] = {
        { "piix3-uhci", "piix3-usb-uhci" }, { "piix4-uhci", "piix4-usb-uhci" }, { "ehci", "usb-ehci" },
        { "ich9-ehci1", "ich9-usb-ehci1" }, { "ich9-uhci1", "ich9-usb-uhci1" }, { "ich9-uhci2", "ich9-usb-uhci2" },
        { "ich9-uhci3", "ich9-usb-uhci3" }, { "vt82c686b-uhci", "vt82c686b-usb-uhci" }, { "pci-ohci", "pci-ohci" },
        { "nec-xhci", "nec-usb-xhci" }, { "qemu-xhci", "qemu-xhci" },
    };

    for (size_t i = 0; i < list_len(c->def->controllers); i++) {
        const Controller *controller = list_at(c->def->controllers, i);

        if (controller->type != CONTROLLER_TYPE_USB)
            continue;
        if (!controller->model && !c->s390)
            return check_fail(error, "no model provided for USB controller");
        for (size_t k = 0; controller->model && k < G_N_ELEMENTS(known); k++)
            if (!strcmp(known[k].model, controller->model) && !qemu_caps_has(c->caps, known[k].type))
                return check_fail(error, "USB controller model '%s' not supported in this QEMU binary", controller->model);
    }
    return true;
}

static bool
note_usb_bus(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    const Check *c = data;

    if (check_address(info) != ADDRESS_TYPE_USB || device_controller(c->def, CONTROLLER_TYPE_USB, info->address->bus))
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "USB bus %u requested but no controller with that index is present",
              info->address->bus);
    return false;
}

static bool
start_usb_bus(const Check *c, GError **error)
{
    return device_each(c->def, DEVICE_LAST, note_usb_bus, (void *)c, error);
}

/* Devices that an emulator may have been built without: their model here, their type there. */
static const struct { DeviceKind kind; const char *model, *type; } types[] = {
    { DEVICE_WATCHDOG, "i6300esb", "i6300esb" }, { DEVICE_WATCHDOG, "ib700", "ib700" },
    { DEVICE_WATCHDOG, "diag288", "diag288" }, { DEVICE_SOUND, "sb16", "sb16" }, { DEVICE_SOUND, "es1370", "ES1370" },
    { DEVICE_SOUND, "ac97", "AC97" }, { DEVICE_SOUND, "ich6", "intel-hda" }, { DEVICE_SOUND, "ich9", "ich9-intel-hda" },
    { DEVICE_SOUND, "usb", "usb-audio" }, { DEVICE_VIDEO, "qxl", "qxl" }, { DEVICE_VIDEO, "cirrus", "cirrus-vga" },
    { DEVICE_VIDEO, "vmvga", "vmware-svga" }, { DEVICE_VIDEO, "bochs", "bochs-display" },
    { DEVICE_VIDEO, "ramfb", "ramfb" }, { DEVICE_INTERFACE, "e1000", "e1000" }, { DEVICE_INTERFACE, "e1000e", "e1000e" },
    { DEVICE_INTERFACE, "rtl8139", "rtl8139" }, { DEVICE_INTERFACE, "igb", "igb" }, { DEVICE_INTERFACE, "vmxnet3", "vmxnet3" },
    { DEVICE_INTERFACE, "ne2k_pci", "ne2k_pci" }, { DEVICE_INTERFACE, "pcnet", "pcnet" },
    { DEVICE_INTERFACE, "usb-net", "usb-net" }, { DEVICE_IOMMU, "intel", "intel-iommu" }, { DEVICE_IOMMU, "amd", "amd-iommu" },
    { DEVICE_PANIC, "isa", "pvpanic" }, { DEVICE_PANIC, "pvpanic", "pvpanic-pci" }, { DEVICE_HUB, "usb", "usb-hub" },
};

static const char *
model_of(DeviceKind kind, const void *device)
{
    switch (kind) {
    case DEVICE_WATCHDOG:
        return ((const Watchdog *)device)->model;
    case DEVICE_SOUND:
        return ((const Sound *)device)->model;
    case DEVICE_VIDEO:
        return ((const Video *)device)->model;
    case DEVICE_INTERFACE:
        return ((const Interface *)device)->model;
    case DEVICE_IOMMU:
        return iommu_model_words[((const Iommu *)device)->model];
    case DEVICE_PANIC:
        return panic_model_words[((const Panic *)device)->model];
    case DEVICE_HUB:
        return ((const Hub *)device)->type;
    default:
        return NULL;
    }
}

static bool
check_type(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    const Check *c = data;
    const char *model = model_of(kind, device);

    for (size_t i = 0; model && i < G_N_ELEMENTS(types); i++)
        if (types[i].kind == kind && !strcmp(types[i].model, model) && !qemu_caps_has(c->caps, types[i].type))
            return check_fail(error, "device model '%s' is not supported in this QEMU binary: '%s' has no '%s'", model,
                              c->caps->binary, types[i].type);
    return true;
}

static bool
start_types(const Check *c, GError **error)
{
    return device_each(c->def, DEVICE_LAST, check_type, (void *)c, error);
}

static bool
start_floppy(const Check *c, GError **error)
{
    bool none = c->s390 || (c->virt && !c->x86);

    for (size_t i = 0; none && i < list_len(c->def->disks); i++)
        if (((Disk *)list_at(c->def->disks, i))->bus == DISK_BUS_FDC)
            return check_fail(error, "machine type '%s' has no floppy drives", c->def->machine);
    for (size_t i = 0; c->pseries && i < list_len(c->def->disks); i++)
        if (((Disk *)list_at(c->def->disks, i))->bus == DISK_BUS_FDC)
            return check_fail(error, "PowerPC pseries machines do not support floppy device");
    return true;
}

static bool
start_interfaces(const Check *c, GError **error)
{
    for (size_t i = 0; i < list_len(c->def->interfaces); i++) {
        const Interface *n = list_at(c->def->interfaces, i);
        const char *type = interface_type_words[n->type];
        bool tap = n->type == INTERFACE_TYPE_NETWORK || n->type == INTERFACE_TYPE_BRIDGE ||
                   n->type == INTERFACE_TYPE_ETHERNET || n->type == INTERFACE_TYPE_DIRECT;
        bool many = tap || n->type == INTERFACE_TYPE_VHOSTUSER || n->type == INTERFACE_TYPE_VDPA;

        if (n->backend_tap && !tap)
            return check_fail(error, "interface %s - custom tap device path is not supported for network interfaces of type %s",
                              n->mac, type);
        if (n->filter && n->type != INTERFACE_TYPE_NETWORK && n->type != INTERFACE_TYPE_BRIDGE &&
            n->type != INTERFACE_TYPE_ETHERNET)
            return check_fail(error, "interface %s - filterref is not supported for network interfaces of type %s", n->mac, type);
        if (n->queues > 1 && !many)
            return check_fail(error, "interface %s - multiqueue is not supported for network interfaces of type %s", n->mac,
                              type);
    }
    return true;
}

static bool
start_hosts(const Check *c, GError **error)
{
    for (size_t i = 0; i < list_len(c->def->disks); i++) {
        const Disk *disk = list_at(c->def->disks, i);
        size_t hosts = list_len(disk->hosts);

        if (disk->type != DISK_TYPE_NETWORK)
            continue;
        if ((disk->protocol == NET_PROTOCOL_ISCSI && hosts != 1) || (disk->protocol == NET_PROTOCOL_NBD && hosts != 1)) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "%s protocol accepts only one host",
                      disk->protocol == NET_PROTOCOL_ISCSI ? "iSCSI" : "nbd");
            return false;
        }
    }
    return true;
}

static bool
start_cpu_mode(const Check *c, GError **error)
{
    const Cpu *cpu = c->def->cpu;

    return !cpu || cpu->mode != CPU_MODE_HOST_PASSTHROUGH || c->def->type != VIRT_TYPE_QEMU ||
           check_fail(error, "CPU mode 'host-passthrough' for a guest of type 'qemu' is not supported by hypervisor: use "
                      "'maximum'");
}

static bool
start_keywrap(const Check *c, GError **error)
{
    return c->s390 || !list_len(c->def->keywrap_ciphers) ||
           check_fail(error, "<keywrap> is only supported on s390, not on '%s'", c->def->arch);
}

static bool
start_deprecated_features(const Check *c, GError **error)
{
    enum { S390_DEPRECATED = 9001000 };
    const Cpu *cpu = c->def->cpu;

    return !cpu || cpu->deprecated_features == YN_ONOFF_UNSET || (c->s390 && c->caps->version >= S390_DEPRECATED) ||
           check_fail(error, "toggling deprecated features for CPU model is unsupported");
}

static bool
nodes_are_there(const Bitmap *wanted, const Bitmap *there, GError **error)
{
    for (int node = wanted ? bitmap_next(wanted, 0) : -1; node >= 0; node = bitmap_next(wanted, node + 1))
        if (!bitmap_get(there, node))
            return check_fail(error, "NUMA node %d is unavailable", node);
    return true;
}

bool
check_start_nodes(const Domain *def, const Bitmap *there, GError **error)
{
    /* A preference can go unheard, the other modes cannot. */
    if (def->numa_mode != NUMA_MODE_PREFERRED && !nodes_are_there(def->numa_nodeset, there, error))
        return false;
    for (size_t i = 0; i < list_len(def->memnodes); i++) {
        const MemNode *node = list_at(def->memnodes, i);

        if (node->mode != NUMA_MODE_PREFERRED && !nodes_are_there(node->nodeset, there, error))
            return false;
    }
    return true;
}

const CheckRule check_start_rules[] = {
    start_usb_model, start_types, start_usb_bus, start_floppy, start_interfaces, start_hosts, start_cpu_mode,
    start_keywrap, start_deprecated_features, NULL,
};
