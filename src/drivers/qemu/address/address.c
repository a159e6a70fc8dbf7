/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* address.c - addresses of drives, serial ports and USB devices; the helpers of all kinds */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/address/address.h"

#include <string.h>

#include "util/error.h"
#include "util/text.h"

Address *
address_get(DeviceInfo *info, AddressType type)
{
    if (!info->address)
        info->address = xml_new(&address_xml);
    if (info->address->type != type && info->address->type == ADDRESS_TYPE_UNSET)
        info->address->type = type;
    return info->address;
}

bool
address_is_wanted(const DeviceInfo *info, AddressType type)
{
    const Address *a = info->address;

    if (!a || a->type == ADDRESS_TYPE_UNSET)
        return true;
    /* <address type='pci'/> asks for any slot. */
    return a->type == type && type == ADDRESS_TYPE_PCI && !a->pci.domain && !a->pci.bus && !a->pci.slot &&
           !a->pci.function;
}

/* Controllers of a type stand together, by index; an EHCI controller before its companions. */
void
address_insert_controller(GPtrArray *list, Controller *c)
{
    int at = -1;

    for (size_t i = 0; i < list->len; i++) {
        const Controller *o = list_at(list, i);

        if (o->type != c->type)
            continue;
        if (o->index > c->index || (o->index == c->index && !g_strcmp0(c->model, "ich9-ehci1"))) {
            at = (int)i;
            break;
        }
        at = (int)i + 1;
    }
    g_ptr_array_insert(list, at, c);
}

Controller *
address_add_controller(Domain *def, ControllerType type, unsigned index, const char *model)
{
    Controller *c = xml_new(&controller_xml);

    c->type = type;
    c->has_index = true;
    c->index = index;
    c->model = g_strdup(model);
    address_insert_controller(*device_list(def, DEVICE_CONTROLLER, true), c);
    return c;
}

/* "sdb" -> 1, "hdaa1" -> 26; -1 if it is no disk name. */
static int
disk_index(const char *target)
{
    static const char *const prefixes[] = { "xvd", "ubd", "fd", "hd", "vd", "sd", NULL };
    int index = 0;

    for (int i = 0; prefixes[i]; i++) {
        const char *p = target + strlen(prefixes[i]);

        if (!g_str_has_prefix(target, prefixes[i]))
            continue;
        if (!g_ascii_islower(*p))
            return -1;
        for (; g_ascii_islower(*p); p++) {
            index = index * 26 + (*p - 'a') + 1;
            if (index > 65536)
                return -1;
        }
        return index - 1;
    }
    return -1;
}

static unsigned
scsi_units(const Domain *def, unsigned controller)
{
    const Controller *c = device_controller(def, CONTROLLER_TYPE_SCSI, controller);

    /* The narrow bus has 7 targets, virtio-scsi 16 for this purpose (256 in truth). */
    return c && c->model && (g_str_has_prefix(c->model, "virtio") || g_str_equal(c->model, "lsisas1068")) ? 16 : 7;
}

static bool
drive_is_taken(const Domain *def, const Disk *self, const Address *want)
{
    for (size_t i = 0; i < list_len(def->disks); i++) {
        const Disk *d = list_at(def->disks, i);
        const Address *a = d->info.address;

        if (d != self && d->bus == self->bus && a && a->type == ADDRESS_TYPE_DRIVE &&
            a->controller == want->controller && a->bus == want->bus && a->target == want->target &&
            a->unit == want->unit)
            return true;
    }
    if (self->bus == DISK_BUS_SCSI)
        for (size_t i = 0; i < list_len(def->hostdevs); i++) {
            const Hostdev *h = list_at(def->hostdevs, i);
            const Address *a = h->info.address;

            if (a && a->type == ADDRESS_TYPE_DRIVE && a->controller == want->controller && a->bus == want->bus &&
                a->target == want->target && a->unit == want->unit)
                return true;
        }
    return false;
}

static bool
place_drive(const Domain *def, Disk *disk, int index, Address *a)
{
    unsigned n = index;

    a->type = ADDRESS_TYPE_DRIVE;
    a->bus = a->target = 0;
    switch (disk->bus) {
    case DISK_BUS_SCSI: {
        unsigned controller = 0, units;

        while (n >= (units = scsi_units(def, controller))) {
            n -= units;
            controller++;
        }
        a->controller = controller;
        a->unit = n;
        return true;
    }
    case DISK_BUS_IDE:
        a->controller = n / 4;
        a->bus = n % 4 / 2;
        a->unit = n % 2;
        return true;
    case DISK_BUS_SATA:
        a->controller = n / 6;
        a->unit = n % 6;
        return true;
    case DISK_BUS_FDC:
        a->controller = n / 2;
        a->unit = n % 2;
        return true;
    default:
        return false;
    }
}

bool
address_assign_drives(Domain *def, GError **error)
{
    for (size_t i = 0; i < list_len(def->disks); i++) {
        Disk *disk = list_at(def->disks, i);
        Address tmp = { 0 };
        int index = disk_index(disk->target);

        if (disk->info.address && disk->info.address->type != ADDRESS_TYPE_UNSET)
            continue;
        if (index < 0 || !place_drive(def, disk, index, &tmp))
            continue;
        if (drive_is_taken(def, disk, &tmp)) {
            if (disk->bus != DISK_BUS_SCSI) {
                error_set(error, VIR_ERR_XML_ERROR, "using disk target name '%s' conflicts with SCSI host device address",
                          disk->target);
                return false;
            }
            while (drive_is_taken(def, disk, &tmp))
                place_drive(def, disk, ++index, &tmp);
        }
        *address_get(&disk->info, ADDRESS_TYPE_DRIVE) = tmp;
    }
    /* The controllers that these addresses name. */
    for (size_t i = 0; i < list_len(def->disks); i++) {
        static const struct { DiskBus bus; ControllerType type; } types[] = {
            { DISK_BUS_SCSI, CONTROLLER_TYPE_SCSI }, { DISK_BUS_IDE, CONTROLLER_TYPE_IDE },
            { DISK_BUS_SATA, CONTROLLER_TYPE_SATA }, { DISK_BUS_FDC, CONTROLLER_TYPE_FDC },
        };
        const Disk *disk = list_at(def->disks, i);

        if (!disk->info.address || disk->info.address->type != ADDRESS_TYPE_DRIVE)
            continue;
        for (size_t t = 0; t < G_N_ELEMENTS(types); t++)
            for (unsigned n = 0; types[t].bus == disk->bus && n <= disk->info.address->controller && n < 256; n++) {
                const char *model = NULL;

                if (device_controller(def, types[t].type, n))
                    continue;
                /* A further SCSI controller is like the one before it. */
                if (types[t].type == CONTROLLER_TYPE_SCSI && n > 0)
                    model = device_controller(def, CONTROLLER_TYPE_SCSI, n - 1)->model;
                address_add_controller(def, types[t].type, n, model);
            }
    }
    return true;
}

static bool
port_is_taken(const Domain *def, unsigned controller, unsigned port)
{
    for (size_t i = 0; i < list_len(def->channels); i++) {
        const Channel *c = list_at(def->channels, i);
        const Address *a = c->info.address;

        if (a && a->type == ADDRESS_TYPE_VIRTIO_SERIAL && a->controller == controller && a->port == port)
            return true;
    }
    for (size_t i = 0; i < list_len(def->consoles); i++) {
        const Console *c = list_at(def->consoles, i);
        const Address *a = c->info.address;

        if (a && a->type == ADDRESS_TYPE_VIRTIO_SERIAL && a->controller == controller && a->port == port)
            return true;
    }
    return false;
}

static Controller *
need_controller(Domain *def, unsigned index)
{
    Controller *c = device_controller(def, CONTROLLER_TYPE_VIRTIO_SERIAL, index);

    return c ? c : address_add_controller(def, CONTROLLER_TYPE_VIRTIO_SERIAL, index, NULL);
}

/* Port 0 is left to consoles, which get theirs from QEMU. */
static void
place_port(Domain *def, DeviceInfo *info)
{
    bool fresh = !info->address || info->address->type == ADDRESS_TYPE_UNSET;
    unsigned controller = fresh ? 0 : info->address->controller;

    if (!fresh && info->address->type != ADDRESS_TYPE_VIRTIO_SERIAL)
        return;
    if (!fresh && info->address->port) {
        need_controller(def, controller);
        return;
    }
    for (size_t i = 0; fresh && i < list_len(def->controllers); i++) {
        const Controller *c = list_at(def->controllers, i);

        if (c->type == CONTROLLER_TYPE_VIRTIO_SERIAL) {
            controller = c->index;
            break;
        }
    }
    for (;; controller++) {
        const Controller *c = need_controller(def, controller);

        for (unsigned port = 1; port < (c->has_ports ? c->ports : 31); port++)
            if (!port_is_taken(def, controller, port)) {
                *address_get(info, ADDRESS_TYPE_VIRTIO_SERIAL) =
                    (Address){ .type = ADDRESS_TYPE_VIRTIO_SERIAL, .controller = controller, .port = port };
                return;
            }
    }
}

static bool
has_serial_bus(const Domain *def)
{
    for (size_t i = 0; i < list_len(def->controllers); i++)
        if (((Controller *)list_at(def->controllers, i))->type == CONTROLLER_TYPE_VIRTIO_SERIAL)
            return true;
    return false;
}

bool
address_assign_serial_ports(Domain *def, GError **error)
{
    for (size_t i = 0; i < list_len(def->channels); i++) {
        Channel *c = list_at(def->channels, i);

        if (!g_strcmp0(c->target_type, "virtio"))
            place_port(def, &c->info);
    }
    for (size_t i = 0; i < list_len(def->consoles); i++) {
        const Console *c = list_at(def->consoles, i);

        if (!g_strcmp0(c->target_type, "virtio") && !has_serial_bus(def))
            need_controller(def, 0);
    }
    return true;
}

/* How many ports the root hub of a USB controller has. */
static unsigned
usb_ports(const Controller *c)
{
    static const struct { const char *model; unsigned ports; } known[] = {
        { "piix3-uhci", 2 }, { "piix4-uhci", 2 }, { "vt82c686b-uhci", 2 }, { "ehci", 6 }, { "ich9-ehci1", 6 },
        { "pci-ohci", 3 }, { "nec-xhci", 4 }, { "qemu-xhci", 4 },
    };

    if (c->has_ports)
        return c->ports;
    for (size_t i = 0; c->model && i < G_N_ELEMENTS(known); i++)
        if (g_str_equal(c->model, known[i].model))
            return known[i].ports;
    return c->model ? 0 : 2;
}

typedef struct UsbWalk {
    Domain *def;
    GHashTable *taken; /* "bus/port" */
    bool reserve;
} UsbWalk;

static bool
is_usb(DeviceKind kind, const void *device)
{
    switch (kind) {
    case DEVICE_INPUT:
        return ((const Input *)device)->bus == INPUT_BUS_USB;
    case DEVICE_DISK:
        return ((const Disk *)device)->bus == DISK_BUS_USB;
    case DEVICE_HOSTDEV:
        return ((const Hostdev *)device)->mode == HOSTDEV_MODE_SUBSYSTEM &&
               ((const Hostdev *)device)->type == HOSTDEV_TYPE_USB;
    case DEVICE_REDIRDEV:
        return true;
    case DEVICE_SERIAL:
        return !g_strcmp0(((const Serial *)device)->target_type, "usb-serial");
    case DEVICE_SOUND:
        return !g_strcmp0(((const Sound *)device)->model, "usb");
    case DEVICE_INTERFACE:
        return !g_strcmp0(((const Interface *)device)->model, "usb-net");
    case DEVICE_CONTROLLER:
        return ((const Controller *)device)->type == CONTROLLER_TYPE_CCID;
    case DEVICE_HUB:
        return true;
    default:
        return false;
    }
}

/* First free port of any bus, root hubs before hubs behind them. */
static bool
find_usb_port(UsbWalk *w, int only_bus, unsigned *ret_bus, char **ret_port)
{
    for (unsigned bus = 0; bus < 256; bus++) {
        const Controller *c = device_controller(w->def, CONTROLLER_TYPE_USB, bus);

        if (!c || (only_bus >= 0 && bus != (unsigned)only_bus))
            continue;
        for (unsigned port = 1; port <= usb_ports(c); port++) {
            g_autofree char *key = g_strdup_printf("%u/%u", bus, port);

            if (g_hash_table_contains(w->taken, key))
                continue;
            *ret_bus = bus;
            *ret_port = g_strdup_printf("%u", port);
            return true;
        }
        for (size_t i = 0; i < list_len(w->def->hubs); i++) {
            const Hub *h = list_at(w->def->hubs, i);
            const Address *a = h->info.address;

            for (unsigned port = 1; a && a->usb_port && a->bus == bus && port <= 8; port++) {
                g_autofree char *key = g_strdup_printf("%u/%s.%u", bus, a->usb_port, port);

                if (g_hash_table_contains(w->taken, key))
                    continue;
                *ret_bus = bus;
                *ret_port = g_strdup_printf("%s.%u", a->usb_port, port);
                return true;
            }
        }
    }
    return false;
}

static bool
usb_address(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    UsbWalk *w = data;
    Address *a = info->address;
    unsigned bus;
    char *port;

    if (!is_usb(kind, device) || (a && a->type != ADDRESS_TYPE_UNSET && a->type != ADDRESS_TYPE_USB))
        return true;
    if (w->reserve) {
        if (a && a->type == ADDRESS_TYPE_USB && a->usb_port &&
            !g_hash_table_add(w->taken, g_strdup_printf("%u/%s", a->bus, a->usb_port))) {
            error_set(error, VIR_ERR_XML_ERROR, "USB port %u:%s is given to two devices", a->bus, a->usb_port);
            return false;
        }
        return true;
    }
    if (a && a->type == ADDRESS_TYPE_USB && a->usb_port)
        return true;
    if (!find_usb_port(w, a && a->type == ADDRESS_TYPE_USB ? (int)a->bus : -1, &bus, &port)) {
        error_set(error, VIR_ERR_XML_ERROR, "no free USB port: add a <controller type='usb'> or a <hub type='usb'/>");
        return false;
    }
    a = address_get(info, ADDRESS_TYPE_USB);
    a->bus = bus;
    g_free(a->usb_port);
    a->usb_port = port;
    g_hash_table_add(w->taken, g_strdup_printf("%u/%s", bus, port));
    return true;
}

static bool
count_usb(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    if (is_usb(kind, device) && (!info->address || info->address->type == ADDRESS_TYPE_UNSET))
        ++*(unsigned *)data;
    return true;
}

/* Where there are more devices than ports, hubs with eight ports each take the place of one. */
static bool
add_hubs(UsbWalk *w, GError **error)
{
    unsigned devices = 0, ports = 0;

    device_each(w->def, DEVICE_LAST, count_usb, &devices, NULL);
    for (size_t i = 0; i < list_len(w->def->controllers); i++) {
        const Controller *c = list_at(w->def->controllers, i);

        if (c->type == CONTROLLER_TYPE_USB)
            ports += usb_ports(c);
    }
    ports -= MIN(ports, g_hash_table_size(w->taken));
    ports += 8 * list_len(w->def->hubs);
    if (!ports)
        return true;
    while (devices > ports) {
        Hub *hub = xml_new(&hub_xml);

        hub->type = g_strdup("usb");
        g_ptr_array_add(*device_list(w->def, DEVICE_HUB, true), hub);
        if (!usb_address(DEVICE_HUB, hub, &hub->info, 0, w, error))
            return false;
        ports += 7;
    }
    return true;
}

bool
address_assign_usb(Domain *def, GError **error)
{
    g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    UsbWalk w = { .def = def, .taken = taken, .reserve = true };
    static const DeviceKind order[] = { DEVICE_HUB, DEVICE_LAST };

    if (!device_each(def, DEVICE_LAST, usb_address, &w, error))
        return false;
    w.reserve = false;
    if (!add_hubs(&w, error))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
        if (!device_each(def, order[i], usb_address, &w, error))
            return false;
    return true;
}
