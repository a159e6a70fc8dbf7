/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pci.c - PCI addresses, and the bridges and ports they need
 *
 * Four steps: what the document says is reserved and checked; what the chipset fixes is placed; each remaining
 * device goes to the first slot that suits it, in an order by class that hosts have relied on for years; and where
 * there is none, a port or bridge is added.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/address/address.h"
#include "util/error.h"

enum {
    SLOT_NONE = 0,
    SLOT_PCI = 1 << 0,       /* conventional device */
    SLOT_PCIE = 1 << 1,      /* express device: behind a port */
    SLOT_PORT = 1 << 2,      /* root port */
    SLOT_BRIDGE = 1 << 3,    /* PCI-to-PCI bridge */
    SLOT_DMI = 1 << 4,
    SLOT_UPSTREAM = 1 << 5,
    SLOT_DOWNSTREAM = 1 << 6,
    SLOT_EXPANDER = 1 << 7,
    SLOT_ROOT = 1 << 8,      /* part of the root complex itself */
};

/* Models of <controller type='pci'>: what they accept, what they need, and how QEMU calls the device. */
static const struct Model {
    const char *model, *name;
    unsigned accepts, needs;
    unsigned first, last;    /* slots */
} models[] = {
    { "pci-root", NULL, SLOT_PCI | SLOT_BRIDGE | SLOT_EXPANDER, SLOT_NONE, 1, 31 },
    { "pcie-root", NULL, SLOT_PORT | SLOT_DMI | SLOT_EXPANDER | SLOT_ROOT, SLOT_NONE, 1, 31 },
    { "pci-bridge", "pci-bridge", SLOT_PCI | SLOT_BRIDGE, SLOT_BRIDGE, 1, 31 },
    { "dmi-to-pci-bridge", "i82801b11-bridge", SLOT_PCI | SLOT_BRIDGE, SLOT_DMI, 0, 31 },
    { "pcie-to-pci-bridge", "pcie-pci-bridge", SLOT_PCI | SLOT_BRIDGE, SLOT_PCIE, 1, 31 },
    { "pcie-root-port", "pcie-root-port", SLOT_PCIE | SLOT_UPSTREAM, SLOT_PORT, 0, 0 },
    { "pcie-switch-upstream-port", "x3130-upstream", SLOT_DOWNSTREAM, SLOT_UPSTREAM, 0, 31 },
    { "pcie-switch-downstream-port", "xio3130-downstream", SLOT_PCIE | SLOT_UPSTREAM, SLOT_DOWNSTREAM, 0, 0 },
    { "pci-expander-bus", "pxb", SLOT_PCI | SLOT_BRIDGE, SLOT_EXPANDER, 0, 31 },
    { "pcie-expander-bus", "pxb-pcie", SLOT_PORT | SLOT_DMI, SLOT_EXPANDER, 0, 31 },
};

typedef struct Bus {
    Controller *controller;
    const struct Model *model;
    uint8_t used[32];        /* functions, one bit each */
    bool aggregate[32];      /* functions were given out one by one: more may follow */
} Bus;

typedef struct Plan {
    Domain *def;
    const QemuCaps *caps;
    GPtrArray *buses;        /* Bus by index; NULL where there is none */
    bool express, auto_ports;
    bool chose_express;      /* some device was given a port */
} Plan;

static const struct Model *
find_model(const char *name)
{
    for (size_t i = 0; name && i < G_N_ELEMENTS(models); i++)
        if (g_str_equal(models[i].model, name))
            return &models[i];
    return NULL;
}

static Bus *
bus_at(const Plan *plan, unsigned index)
{
    return index < plan->buses->len ? plan->buses->pdata[index] : NULL;
}

static Bus *
add_bus(Plan *plan, Controller *c)
{
    Bus *bus = g_new0(Bus, 1);

    bus->controller = c;
    bus->model = find_model(c->model);
    if (plan->buses->len <= c->index)
        g_ptr_array_set_size(plan->buses, c->index + 1);
    g_free(plan->buses->pdata[c->index]);
    plan->buses->pdata[c->index] = bus;
    return bus;
}

static unsigned
virtio_slot(const char *model)
{
    return model && g_str_has_suffix(model, "-transitional") && !strstr(model, "non-transitional") ? SLOT_PCI : SLOT_PCIE;
}

static unsigned
controller_slot(const Controller *c)
{
    switch (c->type) {
    case CONTROLLER_TYPE_USB:
        if (!c->model || g_str_equal(c->model, "none") || g_str_has_prefix(c->model, "qusb"))
            return c->model ? SLOT_NONE : SLOT_PCI;
        return g_str_has_suffix(c->model, "-xhci") ? SLOT_PCIE : SLOT_PCI;
    case CONTROLLER_TYPE_SCSI:
        if (c->model && g_str_has_prefix(c->model, "virtio"))
            return virtio_slot(c->model);
        return !g_strcmp0(c->model, "ibmvscsi") || !g_strcmp0(c->model, "ncr53c90") || !g_strcmp0(c->model, "dc390")
                   ? SLOT_NONE : SLOT_PCI;
    case CONTROLLER_TYPE_VIRTIO_SERIAL:
        return virtio_slot(c->model);
    case CONTROLLER_TYPE_SATA:
        return SLOT_PCI;
    case CONTROLLER_TYPE_NVME:
        return SLOT_PCIE;
    default:
        return SLOT_NONE;
    }
}

static unsigned
word_slot(const char *model, const char *const *express, const char *const *conventional)
{
    if (model && express && g_strv_contains(express, model))
        return SLOT_PCIE;
    return model && conventional && g_strv_contains(conventional, model) ? SLOT_PCI : SLOT_NONE;
}

/* What kind of slot a device takes; SLOT_NONE for one that is not on PCI. */
static unsigned
wanted_slot(DeviceKind kind, const void *device)
{
    static const char *const sounds[] = { "ich6", "ac97", "es1370", "ich9", NULL };
    static const char *const virtio[] = { "virtio", "virtio-transitional", "virtio-non-transitional", NULL };
    static const char *const express_nics[] = { "e1000e", "igb", NULL };
    static const char *const videos[] = { "vga", "cirrus", "qxl", "vmvga", "bochs", NULL };

    switch (kind) {
    case DEVICE_DISK: {
        const Disk *d = device;

        return d->bus == DISK_BUS_VIRTIO ? d->model == DISK_MODEL_VIRTIO_TRANSITIONAL ? SLOT_PCI : SLOT_PCIE : SLOT_NONE;
    }
    case DEVICE_CONTROLLER:
        return controller_slot(device);
    case DEVICE_FILESYSTEM:
        return ((const Filesystem *)device)->model == FS_MODEL_VIRTIO_TRANSITIONAL ? SLOT_PCI : SLOT_PCIE;
    case DEVICE_INTERFACE: {
        const Interface *n = device;

        if (n->type == INTERFACE_TYPE_HOSTDEV)
            return SLOT_PCIE;
        if (!g_strcmp0(n->model, "usb-net"))
            return SLOT_NONE;
        if (n->model && g_strv_contains(virtio, n->model))
            return virtio_slot(n->model);
        return n->model && g_strv_contains(express_nics, n->model) ? SLOT_PCIE : SLOT_PCI;
    }
    case DEVICE_SOUND:
        return !g_strcmp0(((const Sound *)device)->model, "virtio") ? SLOT_PCIE
                                                                    : word_slot(((const Sound *)device)->model, NULL, sounds);
    case DEVICE_VIDEO:
        return !g_strcmp0(((const Video *)device)->model, "virtio") ? SLOT_PCIE
                                                                    : word_slot(((const Video *)device)->model, NULL, videos);
    case DEVICE_HOSTDEV: {
        const Hostdev *h = device;

        if (h->mode != HOSTDEV_MODE_SUBSYSTEM)
            return SLOT_NONE;
        return h->type == HOSTDEV_TYPE_PCI || h->type == HOSTDEV_TYPE_SCSI_HOST ||
               (h->type == HOSTDEV_TYPE_MDEV && h->model == HOSTDEV_MODEL_VFIO_PCI) ? SLOT_PCIE : SLOT_NONE;
    }
    case DEVICE_MEMBALLOON: {
        const char *model = ((const Memballoon *)device)->model;

        return g_strv_contains(virtio, model) ? virtio_slot(model) : SLOT_NONE;
    }
    case DEVICE_RNG: {
        const char *model = ((const Rng *)device)->model;

        return g_strv_contains(virtio, model) ? virtio_slot(model) : SLOT_NONE;
    }
    case DEVICE_WATCHDOG:
        return !g_strcmp0(((const Watchdog *)device)->model, "i6300esb") ? SLOT_PCI : SLOT_NONE;
    case DEVICE_SHMEM:
        return SLOT_PCI;
    case DEVICE_INPUT:
        return ((const Input *)device)->bus == INPUT_BUS_VIRTIO ? virtio_slot(((const Input *)device)->model) : SLOT_NONE;
    case DEVICE_SERIAL:
        return !g_strcmp0(((const Serial *)device)->target_type, "pci-serial") ? SLOT_PCI : SLOT_NONE;
    case DEVICE_PANIC:
        return ((const Panic *)device)->model == PANIC_MODEL_PVPANIC ? SLOT_PCI : SLOT_NONE;
    case DEVICE_MEMORY: {
        MemoryModel model = ((const MemoryDevice *)device)->model;

        return model == MEMORY_MODEL_VIRTIO_MEM || model == MEMORY_MODEL_VIRTIO_PMEM ? SLOT_PCIE : SLOT_NONE;
    }
    case DEVICE_VSOCK:
        return virtio_slot(((const Vsock *)device)->model);
    case DEVICE_CRYPTO:
        return SLOT_PCIE;
    case DEVICE_IOMMU:
        return ((const Iommu *)device)->model == IOMMU_MODEL_VIRTIO ? SLOT_ROOT : SLOT_NONE;
    default:
        return SLOT_NONE;
    }
}

static bool
reserve(Plan *plan, const PciAddress *a, GError **error)
{
    Bus *bus = bus_at(plan, a->bus);
    uint8_t bits = 1 << a->function;

    /* A whole slot, unless the device says that others share it. */
    if (a->function == 0 && a->multifunction != ONOFF_ON)
        bits = 0xff;
    if (a->domain != 0 || !bus) {
        error_set(error, VIR_ERR_XML_ERROR, "invalid PCI address %04x:%02x:%02x.%x: there is no such bus", a->domain,
                  a->bus, a->slot, a->function);
        return false;
    }
    if (a->slot > bus->model->last || a->slot < bus->model->first) {
        error_set(error, VIR_ERR_XML_ERROR, "invalid PCI address %04x:%02x:%02x.%x: slots of a %s are %u to %u", a->domain,
                  a->bus, a->slot, a->function, bus->model->model, bus->model->first, bus->model->last);
        return false;
    }
    if (bus->used[a->slot] & (1 << a->function)) {
        error_set(error, VIR_ERR_XML_ERROR, "PCI address %04x:%02x:%02x.%x is in use by more than one device", a->domain,
                  a->bus, a->slot, a->function);
        return false;
    }
    bus->used[a->slot] |= bits == 0xff && bus->used[a->slot] ? 1 : bits;
    return true;
}

static bool
reserve_given(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    const Address *a = info->address;

    if (!a || a->type != ADDRESS_TYPE_PCI || address_is_wanted(info, ADDRESS_TYPE_PCI))
        return true;
    return reserve(data, &a->pci, error);
}

/* Functions that are given first must not be shadowed by a whole-slot reservation of function 0 seen later: the
 * multifunction ones come first. */
static void
give(DeviceInfo *info, unsigned bus, unsigned slot, unsigned function, Onoff multifunction)
{
    Address *a = address_get(info, ADDRESS_TYPE_PCI);

    a->pci.bus = bus;
    a->pci.slot = slot;
    a->pci.function = function;
    a->pci.multifunction = multifunction;
}

static bool
is_free(const Plan *plan, unsigned bus, unsigned slot)
{
    const Bus *b = bus_at(plan, bus);

    return b && !b->used[slot];
}

static void
take(Plan *plan, unsigned bus, unsigned slot, uint8_t functions)
{
    bus_at(plan, bus)->used[slot] |= functions;
}

static Video *
primary_video(const Domain *def)
{
    for (size_t i = 0; i < list_len(def->videos); i++) {
        Video *v = list_at(def->videos, i);

        if (v->primary == YESNO_YES || i == 0)
            return v;
    }
    return NULL;
}

static bool
place_video(Plan *plan, unsigned slot)
{
    Video *v = primary_video(plan->def);

    if (!v || wanted_slot(DEVICE_VIDEO, v) == SLOT_NONE || !address_is_wanted(&v->info, ADDRESS_TYPE_PCI) ||
        !is_free(plan, 0, slot))
        return true;
    give(&v->info, 0, slot, 0, ONOFF_UNSET);
    take(plan, 0, slot, 0xff);
    return true;
}

static bool
place_i440fx(Plan *plan, GError **error)
{
    Controller *ide = device_controller(plan->def, CONTROLLER_TYPE_IDE, 0);
    Controller *usb = device_controller(plan->def, CONTROLLER_TYPE_USB, 0);

    if (ide) {
        const Address *a = ide->info.address;

        if (a && a->type == ADDRESS_TYPE_PCI && !address_is_wanted(&ide->info, ADDRESS_TYPE_PCI) &&
            (a->pci.bus || a->pci.slot != 1 || a->pci.function != 1)) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "Primary IDE controller must have PCI address 0:0:1.1");
            return false;
        }
        give(&ide->info, 0, 1, 1, ONOFF_UNSET);
    }
    if (usb && address_is_wanted(&usb->info, ADDRESS_TYPE_PCI) && !g_strcmp0(usb->model, "piix3-uhci"))
        give(&usb->info, 0, 1, 2, ONOFF_UNSET);
    take(plan, 0, 1, 0xff);
    return place_video(plan, 2);
}

static bool
place_q35(Plan *plan, GError **error)
{
    Controller *sata = device_controller(plan->def, CONTROLLER_TYPE_SATA, 0);

    for (unsigned b = 1; b < plan->buses->len; b++) {
        Bus *bus = bus_at(plan, b);

        if (bus && bus->model->needs == SLOT_DMI && address_is_wanted(&bus->controller->info, ADDRESS_TYPE_PCI) &&
            is_free(plan, 0, 0x1e)) {
            give(&bus->controller->info, 0, 0x1e, 0, ONOFF_UNSET);
            take(plan, 0, 0x1e, 0xff);
        }
    }
    if (sata && address_is_wanted(&sata->info, ADDRESS_TYPE_PCI))
        give(&sata->info, 0, 0x1f, 2, ONOFF_UNSET);
    take(plan, 0, 0x1f, 0xff);
    for (size_t i = 0; i < list_len(plan->def->sounds); i++) {
        Sound *s = list_at(plan->def->sounds, i);

        if (g_str_equal(s->model, "ich9") && address_is_wanted(&s->info, ADDRESS_TYPE_PCI) && is_free(plan, 0, 0x1b)) {
            give(&s->info, 0, 0x1b, 0, ONOFF_UNSET);
            take(plan, 0, 0x1b, 0xff);
        }
    }
    return place_video(plan, 1);
}

/* An EHCI controller and its companions share a slot: 0x1d, 0x1a on Q35. */
static bool
place_ich9_usb(Plan *plan)
{
    static const struct { const char *model; unsigned function; } parts[] = {
        { "ich9-ehci1", 7 }, { "ich9-uhci1", 0 }, { "ich9-uhci2", 1 }, { "ich9-uhci3", 2 },
    };
    static const unsigned q35_slots[] = { 0x1d, 0x1a };

    for (size_t i = 0; i < list_len(plan->def->controllers); i++) {
        Controller *c = list_at(plan->def->controllers, i);
        int slot = -1, function = -1;
        unsigned bus = 0;

        if (c->type != CONTROLLER_TYPE_USB || !address_is_wanted(&c->info, ADDRESS_TYPE_PCI))
            continue;
        for (size_t p = 0; p < G_N_ELEMENTS(parts); p++)
            if (!g_strcmp0(c->model, parts[p].model))
                function = (int)parts[p].function;
        if (function < 0)
            continue;
        /* Where a sibling of the same index sits already ... */
        for (size_t j = 0; j < list_len(plan->def->controllers); j++) {
            const Controller *o = list_at(plan->def->controllers, j);
            const Address *a = o->info.address;

            if (o != c && o->type == CONTROLLER_TYPE_USB && o->index == c->index && a && a->type == ADDRESS_TYPE_PCI &&
                !address_is_wanted(&o->info, ADDRESS_TYPE_PCI)) {
                bus = a->pci.bus;
                slot = (int)a->pci.slot;
            }
        }
        /* ... or where the chipset has it. */
        for (size_t s = 0; slot < 0 && plan->express && s < G_N_ELEMENTS(q35_slots); s++)
            if (is_free(plan, 0, q35_slots[s]))
                slot = (int)q35_slots[s];
        for (unsigned s = 3; slot < 0 && !plan->express && s < 32; s++)
            if (is_free(plan, 0, s))
                slot = (int)s;
        if (slot < 0)
            continue;
        give(&c->info, bus, slot, function, function == 0 ? ONOFF_ON : ONOFF_UNSET);
        take(plan, bus, slot, 1 << function);
    }
    return true;
}

/* First slot for @slot; ports are packed eight to a slot. */
static bool
find_slot(Plan *plan, unsigned slot, unsigned *ret_bus, unsigned *ret_slot, unsigned *ret_function)
{
    for (unsigned b = 0; b < plan->buses->len; b++) {
        Bus *bus = bus_at(plan, b);

        if (!bus || !(bus->model->accepts & slot))
            continue;
        for (unsigned s = bus->model->first; s <= bus->model->last; s++) {
            if (slot == SLOT_PORT && bus->aggregate[s] && bus->used[s] != 0xff) {
                *ret_function = __builtin_ctz(~bus->used[s]);
            } else if (!bus->used[s]) {
                *ret_function = 0;
            } else {
                continue;
            }
            *ret_bus = b;
            *ret_slot = s;
            return true;
        }
    }
    return false;
}

static bool assign(Plan *plan, DeviceInfo *info, unsigned slot, GError **error);

static void
settle_port(Controller *c)
{
    const PciAddress *a = &c->info.address->pci;

    if (!c->has_port) {
        c->has_port = true;
        c->port = a->slot << 3 | a->function;
    }
}

static bool
add_pci_controller(Plan *plan, const char *model, GError **error)
{
    unsigned at, slot, function;
    Controller *c;
    Bus *bus;

    /* The port a bridge is plugged into has the lower number. */
    if (find_model(model)->needs == SLOT_PCIE && !find_slot(plan, SLOT_PCIE, &at, &slot, &function) &&
        !add_pci_controller(plan, "pcie-root-port", error))
        return false;
    c = address_add_controller(plan->def, CONTROLLER_TYPE_PCI, plan->buses->len, model);
    bus = add_bus(plan, c);

    if (c->index > 255) {
        error_set(error, VIR_ERR_XML_ERROR, "more PCI buses are needed than there can be");
        return false;
    }
    c->pci_model_name = g_strdup(bus->model->name);
    return assign(plan, &c->info, bus->model->needs, error);
}

static bool
assign(Plan *plan, DeviceInfo *info, unsigned slot, GError **error)
{
    unsigned bus, number, function;

    if (!plan->express && slot == SLOT_PCIE)
        slot = SLOT_PCI;
    while (!find_slot(plan, slot, &bus, &number, &function)) {
        const char *model = slot == SLOT_PCIE ? "pcie-root-port" : NULL;

        if (slot == SLOT_PCI || slot == SLOT_BRIDGE)
            model = plan->express ? "pcie-to-pci-bridge" : "pci-bridge";
        if (!model || (!plan->express && slot == SLOT_BRIDGE)) {
            error_set(error, VIR_ERR_XML_ERROR, "no more available PCI slots");
            return false;
        }
        if (!add_pci_controller(plan, model, error))
            return false;
    }
    if (slot == SLOT_PCIE)
        plan->chose_express = true;
    give(info, bus, number, function, slot == SLOT_PORT && function == 0 ? ONOFF_ON : ONOFF_UNSET);
    if (slot == SLOT_PORT) {
        bus_at(plan, bus)->aggregate[number] = true;
        take(plan, bus, number, 1 << function);
    } else {
        take(plan, bus, number, 0xff);
    }
    return true;
}

static bool
assign_device(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    Plan *plan = data;
    unsigned slot = wanted_slot(kind, device);

    if (slot == SLOT_NONE || !address_is_wanted(info, ADDRESS_TYPE_PCI))
        return true;
    if (slot == SLOT_ROOT && !plan->express)
        slot = SLOT_PCI;
    return assign(plan, info, slot, error);
}

static bool
count_wanting(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    *(unsigned *)data += wanted_slot(kind, device) != SLOT_NONE && address_is_wanted(info, ADDRESS_TYPE_PCI);
    return true;
}

/* On a conventional root, bridges are made before the devices that fill it. */
static bool
add_bridges(Plan *plan, GError **error)
{
    unsigned wanting = 0, room = 0;

    device_each(plan->def, DEVICE_LAST, count_wanting, &wanting, NULL);
    for (unsigned b = 0; b < plan->buses->len; b++) {
        const Bus *bus = bus_at(plan, b);

        for (unsigned s = bus ? bus->model->first : 32; s <= 31 && s <= bus->model->last; s++)
            room += (bus->model->accepts & SLOT_PCI) && !bus->used[s];
    }
    for (; wanting > room; room += 30)
        if (!add_pci_controller(plan, "pci-bridge", error))
            return false;
    return true;
}

static bool
grow_to_bus(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    unsigned *highest = data;

    if (info->address && info->address->type == ADDRESS_TYPE_PCI)
        *highest = MAX(*highest, info->address->pci.bus);
    return true;
}

/* Buses from the document, and those that its addresses speak of. */
static bool
collect_buses(Plan *plan, GError **error)
{
    unsigned highest = 0;

    for (size_t i = 0; i < list_len(plan->def->controllers); i++) {
        Controller *c = list_at(plan->def->controllers, i);

        if (c->type != CONTROLLER_TYPE_PCI)
            continue;
        if (!find_model(c->model)) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "PCI controller %u: model '%s' is not known", c->index,
                      c->model ? c->model : "");
            return false;
        }
        if (c->index > 255 || bus_at(plan, c->index)) {
            error_set(error, VIR_ERR_XML_ERROR, "Multiple 'pci' controllers with index '%u'", c->index);
            return false;
        }
        if (c->index > 0 && !c->pci_model_name)
            c->pci_model_name = g_strdup(find_model(c->model)->name);
        add_bus(plan, c);
    }
    if (!plan->auto_ports)
        return true;
    device_each(plan->def, DEVICE_LAST, grow_to_bus, &highest, NULL);
    for (unsigned b = 1; b <= highest && b < 256; b++)
        if (!bus_at(plan, b)) {
            Controller *c = address_add_controller(plan->def, CONTROLLER_TYPE_PCI, b,
                                                   plan->express ? "pcie-root-port" : "pci-bridge");

            c->pci_model_name = g_strdup(find_model(c->model)->name);
            add_bus(plan, c);
        }
    return true;
}

static bool
assign_controllers(Plan *plan, GError **error)
{
    for (unsigned b = 1; b < plan->buses->len; b++) {
        Bus *bus = bus_at(plan, b);

        if (bus && address_is_wanted(&bus->controller->info, ADDRESS_TYPE_PCI) && bus->model->needs &&
            !assign(plan, &bus->controller->info, bus->model->needs, error))
            return false;
    }
    return true;
}

static void
settle_controllers(Plan *plan)
{
    for (unsigned b = 1; b < plan->buses->len; b++) {
        Bus *bus = bus_at(plan, b);
        Controller *c = bus ? bus->controller : NULL;
        const char *model = c ? c->model : "";

        if (g_str_equal(model, "pci-bridge") && !c->has_chassis_nr) {
            c->has_chassis_nr = true;
            c->chassis_nr = c->index;
        } else if (g_str_equal(model, "pcie-root-port") || g_str_equal(model, "pcie-switch-downstream-port")) {
            if (!c->has_chassis) {
                c->has_chassis = true;
                c->chassis = c->index;
            }
            settle_port(c);
        } else if (strstr(model, "expander-bus") && !c->has_bus_nr) {
            c->has_bus_nr = true;
            c->bus_nr = 256 - 2 * c->index;
        }
    }
}

static bool
assign_all(Plan *plan, GError **error)
{
    static const DeviceKind order[] = {
        DEVICE_FILESYSTEM, DEVICE_INTERFACE, DEVICE_SOUND, DEVICE_CONTROLLER, DEVICE_DISK, DEVICE_HOSTDEV,
        DEVICE_MEMBALLOON, DEVICE_RNG, DEVICE_WATCHDOG, DEVICE_VIDEO, DEVICE_SHMEM, DEVICE_INPUT, DEVICE_SERIAL,
        DEVICE_PANIC, DEVICE_MEMORY, DEVICE_CRYPTO, DEVICE_IOMMU, DEVICE_VSOCK,
    };
    unsigned bus, slot, function;

    if (!collect_buses(plan, error) || !bus_at(plan, 0) ||
        !device_each(plan->def, DEVICE_LAST, reserve_given, plan, error))
        return false;
    if (device_is_i440fx(plan->def) && !place_i440fx(plan, error))
        return false;
    if (device_is_q35(plan->def) && !place_q35(plan, error))
        return false;
    if (!place_ich9_usb(plan) || !assign_controllers(plan, error))
        return false;
    if (!plan->express && plan->auto_ports && !add_bridges(plan, error))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
        if (!device_each(plan->def, order[i], assign_device, plan, error))
            return false;
    /* One port stays free, so that something can be plugged in later. */
    if (plan->express && plan->chose_express && !find_slot(plan, SLOT_PCIE, &bus, &slot, &function) &&
        !add_pci_controller(plan, "pcie-root-port", error))
        return false;
    settle_controllers(plan);
    return true;
}

bool
address_assign_pci(Domain *def, const QemuCaps *caps, GError **error)
{
    Controller *root = device_controller(def, CONTROLLER_TYPE_PCI, 0);
    Plan plan = { .def = def, .caps = caps, .auto_ports = true };
    bool ok;

    if (!root)
        return true;
    plan.express = !g_strcmp0(root->model, "pcie-root");
    plan.buses = g_ptr_array_new_with_free_func(g_free);
    ok = assign_all(&plan, error);
    g_ptr_array_unref(plan.buses);
    return ok;
}
