/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* usb.c - ports of USB devices, and hubs where there are not enough */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/address/address.h"
#include "util/error.h"

unsigned
address_usb_ports(const Controller *c)
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
        for (unsigned port = 1; port <= address_usb_ports(c); port++) {
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
            ports += address_usb_ports(c);
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
