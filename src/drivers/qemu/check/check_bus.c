/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check_bus.c - controllers, and whether what is plugged in can be there: PCI bridges, zPCI, spapr-vio */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/check/check_private.h"
#include "util/error.h"

enum { PSERIES_PHB_MAX = 30, SPAPR_VIO_MAX_BITS = 32 };

static bool
is_pci(const Controller *controller, const char *model)
{
    return controller->type == CONTROLLER_TYPE_PCI && !g_strcmp0(controller->model, model);
}

/* ---- one controller ------------------------------------------------------ */

static bool
controller_root(const Check *c, const void *device, GError **error)
{
    const Controller *controller = device;
    const char *root = c->q35 || ((c->arm || !c->x86) && c->virt) ? "pcie-root" : "pci-root";

    if (controller->type != CONTROLLER_TYPE_PCI || !controller->has_index || controller->index || !controller->model ||
        (!c->q35 && !c->i440fx && !c->virt && !c->pseries) || !strcmp(controller->model, root))
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "The PCI controller with index='0' must be model='%s' for this machine type, but "
              "model='%s' was found instead", root, controller->model);
    return false;
}

static bool
controller_machine(const Check *c, const void *device, GError **error)
{
    const Controller *controller = device;

    if ((is_pci(controller, "pci-expander-bus") && !c->i440fx) ||
        (is_pci(controller, "pcie-expander-bus") && !c->q35 && !(c->arm && c->virt)))
        return check_fail(error, "%s controllers are not supported with this machine type", controller->model);
    return true;
}

static bool
controller_phb(const Check *c, const void *device, GError **error)
{
    const Controller *controller = device;

    if (!is_pci(controller, "pci-root"))
        return true;
    if (controller->has_target_index && !c->pseries)
        return check_fail(error, "the target index of a pci-root controller is only there on pseries machines");
    if (controller->has_target_index && controller->target_index > PSERIES_PHB_MAX)
        return check_fail(error, "PCI controller target index '%u' out of range - must be 0-%d", controller->target_index,
                          PSERIES_PHB_MAX);
    if (controller->has_target_index && (controller->index == 0) != (controller->target_index == 0))
        return check_fail(error, "Only the PCI controller with index 0 can have target index 0, and vice versa");
    if (controller->has_numa_node && controller->index == 0)
        return check_fail(error, "The PCI controller with index=0 can't be associated with a NUMA node");
    return true;
}

static bool
controller_node(const Check *c, const void *device, GError **error)
{
    const Controller *controller = device;
    size_t cells = c->def->cpu ? list_len(c->def->cpu->cells) : 0;

    if (controller->type != CONTROLLER_TYPE_PCI || !controller->has_numa_node || controller->numa_node < cells)
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "%s with index %u is configured for a NUMA node (%u) not present in the domain's "
              "<cpu><numa> array (%zu)", controller->model, controller->index, controller->numa_node, cells);
    return false;
}

/* What may be set in <target> of which bridge or port. */
static bool
controller_target(const Check *c, const void *device, GError **error)
{
    static const char *const bus_nr[] = { "pci-expander-bus", "pcie-expander-bus", NULL };
    static const char *const chassis_nr[] = { "pci-bridge", NULL };
    static const char *const ports[] = { "pcie-root-port", "pcie-switch-downstream-port", NULL };
    static const char *const hotplug[] = { "pci-root", "pcie-root-port", "pcie-switch-downstream-port", "pci-bridge", NULL };
    static const char *const nodes[] = { "pci-root", "pci-expander-bus", "pcie-expander-bus", NULL };
    static const char *const roots[] = { "pci-root", "pcie-root", NULL };
    const Controller *controller = device;
    const struct { const char *name; bool there; const char *const *models; } options[] = {
        { "busNr", controller->has_bus_nr, bus_nr }, { "chassisNr", controller->has_chassis_nr, chassis_nr },
        { "chassis", controller->has_chassis, ports }, { "port", controller->has_port, ports },
        { "hotplug", controller->hotplug != ONOFF_UNSET, hotplug }, { "node", controller->has_numa_node, nodes },
        { "pcihole64", controller->pci_hole64 > 0, roots },
    };

    for (size_t i = 0; controller->type == CONTROLLER_TYPE_PCI && controller->model && i < G_N_ELEMENTS(options); i++)
        if (options[i].there && !g_strv_contains(options[i].models, controller->model))
            return check_fail(error, "Option '%s' is not valid for PCI controller with index '%u', model '%s' and modelName '%s'",
                              options[i].name, controller->index, controller->model,
                              controller->pci_model_name ? controller->pci_model_name : "none");
    return true;
}

/* What QEMU calls the device behind each model of PCI controller. */
static bool
controller_name(const Check *c, const void *device, GError **error)
{
    static const struct { const char *model; const char *const names[3]; } known[] = {
        { "pci-bridge", { "pci-bridge" } }, { "dmi-to-pci-bridge", { "i82801b11-bridge" } },
        { "pcie-to-pci-bridge", { "pcie-pci-bridge" } }, { "pcie-root-port", { "ioh3420", "pcie-root-port" } },
        { "pcie-switch-upstream-port", { "x3130-upstream" } }, { "pcie-switch-downstream-port", { "xio3130-downstream" } },
        { "pci-expander-bus", { "pxb" } }, { "pcie-expander-bus", { "pxb-pcie" } },
    };
    const Controller *controller = device;
    const char *name = controller->pci_model_name;

    if (controller->type != CONTROLLER_TYPE_PCI || !controller->model || !name ||
        (c->pseries && !strcmp(controller->model, "pci-root") && !strcmp(name, "spapr-pci-host-bridge")))
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (!strcmp(known[i].model, controller->model))
            return g_strv_contains(known[i].names, name) ||
                   check_fail(error, "Option 'modelName' has invalid value for PCI controller with index '%u', model '%s' and "
                              "modelName '%s'", controller->index, controller->model, name);
    return check_fail(error, "Option 'modelName' is not valid for PCI controller with index '%u', model '%s' and modelName '%s'",
                      controller->index, controller->model, name);
}

static bool
controller_xhci_ports(const Check *c, const void *device, GError **error)
{
    enum { XHCI_PORTS = 15 };
    const Controller *controller = device;

    return controller->type != CONTROLLER_TYPE_USB || !controller->has_ports || !controller->model ||
           !g_str_has_suffix(controller->model, "-xhci") || controller->ports <= XHCI_PORTS ||
           check_fail(error, "'%s' controller only supports up to '%d' ports", controller->model, XHCI_PORTS);
}

static bool
controller_ide(const Check *c, const void *device, GError **error)
{
    const Controller *controller = device;

    return controller->type != CONTROLLER_TYPE_IDE || (!c->q35 && !c->virt && !c->s390 && !c->pseries) ||
           controller->info.address ||
           check_fail(error, "IDE controllers are unsupported for this QEMU binary or machine type");
}

static bool
controller_single(const Check *c, const void *device, GError **error)
{
    const Controller *controller = device;

    return controller->type != CONTROLLER_TYPE_IDE || !c->i440fx || controller->index == 0 ||
           check_fail(error, "Only a single IDE controller is supported for this machine type");
}

static bool
controller_foreign(const Check *c, const void *device, GError **error)
{
    const Controller *controller = device;

    return controller->type != CONTROLLER_TYPE_XENBUS || check_fail(error, "Unsupported controller type: xenbus");
}

/* Queues, limits and threads belong to virtio. */
static bool
controller_scsi(const Check *c, const void *device, GError **error)
{
    const Controller *controller = device;
    bool virtio = controller->type == CONTROLLER_TYPE_SCSI && (!controller->model || !strcmp(controller->model, "auto") ||
                                                               g_str_has_prefix(controller->model, "virtio"));
    const struct { const char *name; bool there; } options[] = {
        { "queues", controller->has_queues }, { "cmd_per_lun", controller->has_cmd_per_lun },
        { "max_sectors", controller->has_max_sectors }, { "ioeventfd", controller->ioeventfd != ONOFF_UNSET },
        { "iothread", controller->iothread > 0 },
    };

    for (size_t i = 0; !virtio && i < G_N_ELEMENTS(options); i++)
        if (options[i].there)
            return check_fail(error, "'%s' is only supported by virtio-scsi controller", options[i].name);
    return true;
}

static bool
controller_iothread(const Check *c, const void *device, GError **error)
{
    const Controller *controller = device;

    if (!controller->iothread || controller->iothread <= c->def->iothreads)
        return true;
    for (size_t i = 0; i < list_len(c->def->iothread_list); i++)
        if (((IoThread *)list_at(c->def->iothread_list, i))->id == controller->iothread)
            return true;
    return check_fail(error, "controller iothread '%u' not defined in iothreadid", controller->iothread);
}

const CheckDeviceRule check_controller_rules[] = {
    controller_foreign, controller_machine, controller_root, controller_phb, controller_node, controller_name, controller_target,
    controller_xhci_ports, controller_ide, controller_single, controller_scsi, controller_iothread, NULL,
};

static bool
nvram_machine(const Check *c, const void *device, GError **error)
{
    return c->pseries || check_fail(error, "nvram device is only supported for PPC64");
}

const CheckDeviceRule check_nvram_rules[] = { nvram_machine, NULL };

/* ---- PCI ----------------------------------------------------------------- */

/* What a bridge or port plugs into.  Devices proper go nearly anywhere; address assignment looks after them. */
static const struct Plug { const char *model; const char *const into[6]; } plugs[] = {
    { "pci-bridge", { "pci-root", "pci-bridge", "dmi-to-pci-bridge", "pcie-to-pci-bridge", "pci-expander-bus" } },
    { "dmi-to-pci-bridge", { "pcie-root", "pcie-expander-bus" } },
    { "pcie-to-pci-bridge", { "pcie-root", "pcie-root-port", "pcie-switch-downstream-port" } },
    { "pcie-root-port", { "pcie-root", "pcie-expander-bus" } },
    { "pcie-switch-upstream-port", { "pcie-root-port", "pcie-switch-downstream-port" } },
    { "pcie-switch-downstream-port", { "pcie-switch-upstream-port" } },
    { "pci-expander-bus", { "pci-root" } },
    { "pcie-expander-bus", { "pcie-root" } },
};

static bool
fits_plug(const Check *c, const Controller *controller, const struct Plug *plug, GError **error)
{
    const PciAddress *at = &controller->info.address->pci;
    const Controller *bus = device_controller(c->def, CONTROLLER_TYPE_PCI, at->bus);

    if (!bus || !bus->model || g_strv_contains(plug->into, bus->model))
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "The device at PCI address %04x:%02x:%02x.%u cannot be plugged into the PCI controller "
              "with index='%u'. It requires a controller that accepts a %s.", at->domain, at->bus, at->slot, at->function,
              bus->index, plug->model);
    return false;
}

static bool
rule_pci_plugs(const Check *c, GError **error)
{
    for (size_t i = 0; i < list_len(c->def->controllers); i++) {
        const Controller *controller = list_at(c->def->controllers, i);

        if (controller->type != CONTROLLER_TYPE_PCI || check_address(&controller->info) != ADDRESS_TYPE_PCI)
            continue;
        if (controller->index && controller->info.address->pci.bus == controller->index)
            return check_fail(error, "the PCI controller with index='%u' cannot be plugged into itself", controller->index);
        for (size_t k = 0; k < G_N_ELEMENTS(plugs); k++)
            if (is_pci(controller, plugs[k].model) && !fits_plug(c, controller, &plugs[k], error))
                return false;
    }
    return true;
}

/* Kinds of address that only some machines have, and those that a virtio disk or an interface cannot have. */
static bool
check_kind(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    const Check *c = data;
    AddressType type = check_address(info);
    bool usb_nic = kind == DEVICE_INTERFACE && !g_strcmp0(((Interface *)device)->model, "usb-net");
    bool virtio_disk = kind == DEVICE_DISK && ((Disk *)device)->bus == DISK_BUS_VIRTIO;
    bool virtio_channel = kind == DEVICE_CHANNEL && !g_strcmp0(((Channel *)device)->target_type, "virtio");

    if (type == ADDRESS_TYPE_CCW && !c->s390)
        return check_fail(error, "CCW addresses are not supported by machine type '%s'", c->def->machine);
    if ((virtio_disk && (type == ADDRESS_TYPE_DRIVE || type == ADDRESS_TYPE_USB)) ||
        (kind == DEVICE_INTERFACE && (type == ADDRESS_TYPE_DRIVE || (type == ADDRESS_TYPE_USB && !usb_nic))) ||
        (virtio_channel && type != ADDRESS_TYPE_UNSET && type != ADDRESS_TYPE_VIRTIO_SERIAL))
        return check_fail(error, "unsupported address type '%s' for %s", address_type_words[type], virtio_disk
                          ? "a virtio disk" : virtio_channel ? "a virtio channel" : "a network interface");
    return true;
}

static bool
rule_address_kinds(const Check *c, GError **error)
{
    return device_each(c->def, DEVICE_LAST, check_kind, (void *)c, error);
}

static bool
check_serial_port(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    const Check *c = data;
    const Controller *controller;

    if (check_address(info) != ADDRESS_TYPE_VIRTIO_SERIAL)
        return true;
    controller = device_controller(c->def, CONTROLLER_TYPE_VIRTIO_SERIAL, info->address->controller);
    if (!controller || !controller->has_ports || info->address->port < controller->ports)
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "virtio serial controller %u does not have port %u", controller->index,
              info->address->port);
    return false;
}

static bool
rule_serial_ports(const Check *c, GError **error)
{
    return device_each(c->def, DEVICE_LAST, check_serial_port, (void *)c, error);
}

typedef struct ZpciIds {
    const Check *c;
    GHashTable *uids, *fids;
} ZpciIds;

static bool
note_zpci(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    ZpciIds *ids = data;
    const PciAddress *pci = check_address(info) == ADDRESS_TYPE_PCI ? &info->address->pci : NULL;

    if (!pci || (!pci->has_zpci_uid && !pci->has_zpci_fid))
        return true;
    if (!ids->c->s390)
        return check_fail(error, "This QEMU binary doesn't support zPCI");
    if (pci->has_zpci_uid && !g_hash_table_add(ids->uids, GUINT_TO_POINTER(pci->zpci_uid))) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "zPCI uid %u is already reserved", pci->zpci_uid);
        return false;
    }
    if (pci->has_zpci_fid && !g_hash_table_add(ids->fids, GUINT_TO_POINTER(pci->zpci_fid))) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "zPCI fid %u is already reserved", pci->zpci_fid);
        return false;
    }
    return true;
}

static bool
rule_zpci(const Check *c, GError **error)
{
    g_autoptr(GHashTable) uids = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) fids = g_hash_table_new(NULL, NULL);
    ZpciIds ids = { c, uids, fids };

    return device_each(c->def, DEVICE_LAST, note_zpci, &ids, error);
}

/* ---- SCSI ---------------------------------------------------------------- */

static bool
same_place(const Address *a, const Address *b)
{
    return a->controller == b->controller && a->bus == b->bus && a->target == b->target && a->unit == b->unit;
}

/* Disks and host devices share a SCSI bus; addresses that were left out are chosen by now. */
static bool
rule_scsi_places(const Check *c, GError **error)
{
    for (size_t i = 0; i < list_len(c->def->disks); i++) {
        const Disk *disk = list_at(c->def->disks, i);
        const Address *at = disk->info.address;

        if (disk->bus != DISK_BUS_SCSI || check_address(&disk->info) != ADDRESS_TYPE_DRIVE)
            continue;
        for (size_t k = 0; k < list_len(c->def->hostdevs); k++) {
            const Hostdev *hostdev = list_at(c->def->hostdevs, k);

            if (hostdev->type == HOSTDEV_TYPE_SCSI && check_address(&hostdev->info) == ADDRESS_TYPE_DRIVE &&
                same_place(at, hostdev->info.address))
                return check_fail(error, "using disk target name '%s' conflicts with SCSI host device address controller='%u' "
                                  "bus='%u' target='%u' unit='%u'", disk->target, at->controller, at->bus, at->target,
                                  at->unit);
        }
    }
    return true;
}

/* The bus of these has no targets: a unit number is all there is. */
static bool
check_narrow(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    const Check *c = data;
    const Controller *controller;
    bool scsi = (kind == DEVICE_DISK && ((Disk *)device)->bus == DISK_BUS_SCSI) ||
                (kind == DEVICE_HOSTDEV && ((Hostdev *)device)->type == HOSTDEV_TYPE_SCSI);

    if (!scsi || check_address(info) != ADDRESS_TYPE_DRIVE || !info->address->target)
        return true;
    controller = device_controller(c->def, CONTROLLER_TYPE_SCSI, info->address->controller);
    return !controller || g_strcmp0(controller->model, "lsilogic") ||
           check_fail(error, "target must be 0 for controller model 'lsilogic'");
}

static bool
rule_narrow(const Check *c, GError **error)
{
    return device_each(c->def, DEVICE_LAST, check_narrow, (void *)c, error);
}

/* ---- spapr-vio ----------------------------------------------------------- */

static bool
note_vio(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    GHashTable *seen = data;
    uint64_t reg;

    /* The first console is the first serial port again. */
    if (kind == DEVICE_CONSOLE || check_address(info) != ADDRESS_TYPE_SPAPR_VIO || !info->address->has_reg)
        return true;
    reg = info->address->reg;
    if (reg >> SPAPR_VIO_MAX_BITS)
        return check_fail(error, "spapr-vio reg='0x%" G_GINT64_MODIFIER "x' exceeds maximum possible value (0xffffffff)", reg);
    if (g_hash_table_add(seen, GSIZE_TO_POINTER(reg)))
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "spapr-vio address 0x%" G_GINT64_MODIFIER "x already in use", reg);
    return false;
}

static bool
rule_spapr_vio(const Check *c, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

    return device_each(c->def, DEVICE_LAST, note_vio, seen, error);
}

const CheckRule check_bus_rules[] = {
    rule_address_kinds, rule_serial_ports, rule_pci_plugs, rule_zpci, rule_scsi_places, rule_narrow, rule_spapr_vio, NULL,
};
