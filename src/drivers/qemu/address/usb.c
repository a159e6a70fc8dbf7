/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* usb.c - ports of USB devices, and hubs where there are not enough */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/address/address.h"
#include "util/error.h"

enum { HUB_PORTS = 8 };

unsigned
address_usb_ports(const Controller *c)
{
    static const struct { const char *model; unsigned ports; } known[] = {
        { "piix3-uhci", 2 }, { "piix4-uhci", 2 }, { "vt82c686b-uhci", 2 }, { "ehci", 6 }, { "ich9-ehci1", 6 },
        { "pci-ohci", 3 }, { "nec-xhci", 4 }, { "qemu-xhci", 4 },
    };

    if (c->has_ports && c->model && g_str_has_suffix(c->model, "-xhci"))
        return c->ports;
    for (size_t i = 0; c->model && i < G_N_ELEMENTS(known); i++)
        if (g_str_equal(c->model, known[i].model))
            return known[i].ports;
    return c->model ? 0 : 2;
}

typedef struct UsbWalk {
    Domain *def;
    GHashTable *taken; /* "bus/port" */
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
    case DEVICE_FILESYSTEM:
        return ((const Filesystem *)device)->driver_type == FS_DRIVER_MTP;
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

static bool
is_taken(const UsbWalk *w, unsigned bus, const char *port)
{
    g_autofree char *key = g_strdup_printf("%u/%s", bus, port);

    return g_hash_table_contains(w->taken, key);
}

static bool
is_hub(const UsbWalk *w, unsigned bus, const char *port)
{
    for (size_t i = 0; i < list_len(w->def->hubs); i++) {
        const Address *a = ((const Hub *)list_at(w->def->hubs, i))->info.address;

        if (a && a->type == ADDRESS_TYPE_USB && a->bus == bus && !g_strcmp0(a->usb_port, port))
            return true;
    }
    return false;
}

/* First free port of a hub (@above is its own port, NULL for the root hub) with @ports ports; its own ports first,
 * then those of each hub that is plugged into it, and what is behind that.  Free it. */
static char *
find_port_below(const UsbWalk *w, unsigned bus, const char *above, unsigned ports)
{
    const char *dot = above ? "." : "";

    above = above ? above : "";
    for (unsigned n = 1; n <= ports; n++) {
        g_autofree char *port = g_strdup_printf("%s%s%u", above, dot, n);

        if (!is_taken(w, bus, port))
            return g_steal_pointer(&port);
    }
    for (unsigned n = 1; n <= ports; n++) {
        g_autofree char *port = g_strdup_printf("%s%s%u", above, dot, n);
        char *found = is_hub(w, bus, port) ? find_port_below(w, bus, port, HUB_PORTS) : NULL;

        if (found)
            return found;
    }
    return NULL;
}

static unsigned
bus_count(const Domain *def)
{
    unsigned n = 0;

    for (size_t i = 0; i < list_len(def->controllers); i++) {
        const Controller *c = list_at(def->controllers, i);

        if (c->type == CONTROLLER_TYPE_USB && g_strcmp0(c->model, "none") != 0)
            n = MAX(n, c->index + 1);
    }
    return n;
}

static bool
wants_port(DeviceKind kind, const void *device, const DeviceInfo *info)
{
    const Address *a = info->address;

    return is_usb(kind, device) &&
           (!a || a->type == ADDRESS_TYPE_UNSET || (a->type == ADDRESS_TYPE_USB && !a->usb_port));
}

static bool
take_named(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    UsbWalk *w = data;
    Address *a = info->address;

    if (!a || a->type != ADDRESS_TYPE_USB)
        return true;
    if (!g_strcmp0(a->usb_port, "0"))
        g_clear_pointer(&a->usb_port, g_free);
    if (a->usb_port)
        g_hash_table_add(w->taken, g_strdup_printf("%u/%s", a->bus, a->usb_port));
    return true;
}

static bool
choose_port(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    UsbWalk *w = data;
    Address *a = info->address;
    bool named = a && a->type == ADDRESS_TYPE_USB;
    unsigned bus = named ? a->bus : 0, end = named ? bus + 1 : bus_count(w->def);
    g_autofree char *port = NULL;

    if ((kind == DEVICE_INPUT || kind == DEVICE_REDIRDEV) && is_usb(kind, device) && a && a->type != ADDRESS_TYPE_UNSET &&
        !named) {
        error_set(error, VIR_ERR_XML_ERROR, "Invalid address for a USB device");
        return false;
    }
    if (!wants_port(kind, device, info))
        return true;
    if (named && !device_controller(w->def, CONTROLLER_TYPE_USB, bus)) {
        error_set(error, VIR_ERR_XML_ERROR, "USB bus %u requested but no controller with that index is present", bus);
        return false;
    }
    for (; bus < end; bus++) {
        const Controller *c = device_controller(w->def, CONTROLLER_TYPE_USB, bus);

        port = c ? find_port_below(w, bus, NULL, address_usb_ports(c)) : NULL;
        if (port)
            break;
    }
    if (!port) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "No free USB ports");
        return false;
    }
    a = address_get(info, ADDRESS_TYPE_USB);
    a->bus = bus;
    g_hash_table_add(w->taken, g_strdup_printf("%u/%s", bus, port));
    g_free(a->usb_port);
    a->usb_port = g_steal_pointer(&port);
    return true;
}

static bool
count_wanting(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    *(unsigned *)data += wants_port(kind, device, info);
    return true;
}

/* Where there are more devices than ports, hubs take the place of some; each has a port more than it is counted for, so
 * that the last is never full. */
static bool
add_hubs(UsbWalk *w, GError **error)
{
    unsigned devices = 0, ports = HUB_PORTS * (unsigned)list_len(w->def->hubs);

    device_each(w->def, DEVICE_LAST, count_wanting, &devices, NULL);
    for (unsigned bus = 0; bus < bus_count(w->def); bus++) {
        const Controller *c = device_controller(w->def, CONTROLLER_TYPE_USB, bus);

        ports += c ? address_usb_ports(c) : 0;
    }
    ports -= MIN(ports, g_hash_table_size(w->taken));
    if (devices <= ports)
        return true;
    for (unsigned hubs = (devices - ports) / (HUB_PORTS - 1) + 1; hubs > 0; hubs--) {
        Hub *hub = xml_new(&hub_xml);

        hub->type = g_strdup("usb");
        g_ptr_array_add(*device_list(w->def, DEVICE_HUB, true), hub);
        if (!choose_port(DEVICE_HUB, hub, &hub->info, 0, w, error))
            return false;
    }
    return true;
}

bool
address_assign_usb(Domain *def, GError **error)
{
    static const DeviceKind order[] = {
        DEVICE_HUB, DEVICE_HOSTDEV, DEVICE_DISK, DEVICE_CONTROLLER, DEVICE_INPUT, DEVICE_LAST,
    };
    g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    UsbWalk w = { def, taken };

    /* Without a bus there is nothing to choose; what needs one is refused by check/. */
    if (bus_count(def) == 0)
        return true;
    if (!device_each(def, DEVICE_LAST, take_named, &w, error) || !add_hubs(&w, error))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
        if (!device_each(def, order[i], choose_port, &w, error))
            return false;
    return true;
}
