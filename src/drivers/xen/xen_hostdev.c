/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_hostdev.c - PCI and USB devices of the host, and USB controllers */
#define ERROR_FROM VIR_FROM_XEN
#include "drivers/xen/xen_private.h"

#include <stdio.h>
#include <string.h>

#include "util/error.h"

/* ---- PCI ------------------------------------------------------------------- */

/* "[DDDD:]BB:SS.F", hexadecimal */
static bool
parse_pci(const char *text, PciAddress *ret)
{
    g_auto(GStrv) parts = g_strsplit(text, ":", 4);
    guint n = g_strv_length(parts);
    const char *dot = n >= 2 ? strchr(parts[n - 1], '.') : NULL;
    g_autofree char *slot = dot ? g_strndup(parts[n - 1], (size_t)(dot - parts[n - 1])) : NULL;
    guint64 numbers[4] = { 0 };

    if (!dot || n > 3 || (n == 3 && !g_ascii_string_to_unsigned(parts[0], 16, 0, 0xffff, &numbers[0], NULL)) ||
        !g_ascii_string_to_unsigned(parts[n - 2], 16, 0, 0xff, &numbers[1], NULL) ||
        !g_ascii_string_to_unsigned(slot, 16, 0, 0x1f, &numbers[2], NULL) ||
        !g_ascii_string_to_unsigned(dot + 1, 16, 0, 7, &numbers[3], NULL))
        return false;
    ret->domain = (unsigned)numbers[0];
    ret->bus = (unsigned)numbers[1];
    ret->slot = (unsigned)numbers[2];
    ret->function = (unsigned)numbers[3];
    return true;
}

bool
xen_pci_read(const XenReader *r, GError **error)
{
    g_autoptr(GPtrArray) items = NULL;
    bool permissive = false;

    if (!xen_get_items(r, "pci", &items, error) || !xen_get_flag(r, "pci_permissive", &permissive, NULL, error))
        return false;
    for (guint i = 0; i < list_len(items); i++) {
        const ConfValue *item = list_at(items, i);
        g_auto(GStrv) options = xen_options(item->string);
        g_autofree char *address = g_strdup(options[0] ? options[0] : "");
        const char *permit = xen_option(options, "permissive"), *seize = xen_option(options, "seize");
        Hostdev *host = xen_append(&r->domain->hostdevs, &hostdev_xml);

        host->mode = HOSTDEV_MODE_SUBSYSTEM;
        host->type = HOSTDEV_TYPE_PCI;
        host->managed = seize && strcmp(seize, "0") != 0 ? YESNO_YES : YESNO_NO;
        /* Behind '@' is where the guest sees it. */
        address[strcspn(address, "@")] = '\0';
        if (!parse_pci(address, &host->pci))
            return xen_refuse(item, error, "'%.64s' is no PCI device as in '0000:01:13.0'", item->string);
        if (permit ? strcmp(permit, "0") != 0 : permissive)
            host->write_filtering = YESNO_NO;
    }
    return true;
}

static void
add_pci(GPtrArray *items, const PciAddress *pci, bool permissive)
{
    g_ptr_array_add(items, g_strdup_printf("%04x:%02x:%02x.%x%s", pci->domain, pci->bus, pci->slot, pci->function,
                                           permissive ? ",permissive=1" : ""));
}

bool
xen_pci_write(const XenWriter *w, GError **error)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < list_len(w->domain->interfaces); i++) {
        const Interface *nic = list_at(w->domain->interfaces, i);

        if (nic->type == INTERFACE_TYPE_HOSTDEV && nic->hostdev_address &&
            nic->hostdev_address->type == INTERFACE_ADDRESS_TYPE_PCI)
            add_pci(items, &nic->hostdev_address->pci, false);
    }
    for (guint i = 0; i < list_len(w->domain->hostdevs); i++) {
        const Hostdev *host = list_at(w->domain->hostdevs, i);

        if (host->type == HOSTDEV_TYPE_PCI)
            add_pci(items, &host->pci, host->write_filtering == YESNO_NO && w->context->dialect == XEN_XL);
        else if (host->type != HOSTDEV_TYPE_USB || w->context->dialect == XEN_XM)
            return xen_unsupported(w, error, "a device of the host of type '%s'", hostdev_type_words[host->type]);
    }
    xen_put_items(w, "pci", items);
    return true;
}

/* ---- USB ------------------------------------------------------------------- */

static bool
read_controller(const XenReader *r, const ConfValue *item, GError **error)
{
    g_auto(GStrv) options = xen_options(item->string);
    const char *type = xen_option(options, "type"), *version = xen_option(options, "version");
    const char *ports = xen_option(options, "ports");
    Controller *controller = xen_append(&r->domain->controllers, &controller_xml);
    int64_t number = 2;

    controller->type = CONTROLLER_TYPE_USB;
    if (type && strcmp(type, "auto") != 0 && strcmp(type, "pv") != 0 && strcmp(type, "qusb") != 0)
        return xen_refuse(item, error, "'type' of a USB controller is '%.64s', expected auto, pv or qusb", type);
    if (version && !xen_parse_number(item, version, "version", 1, 2, &number, error))
        return false;
    if (type && !strcmp(type, "qusb"))
        controller->model = g_strdup_printf("qusb%d", (int)number);
    if (ports) {
        if (!xen_parse_number(item, ports, "ports", 1, 31, &number, error))
            return false;
        controller->ports = (unsigned)number;
        controller->has_ports = true;
    }
    return true;
}

bool
xen_usb_read(const XenReader *r, GError **error)
{
    g_autoptr(GPtrArray) controllers = NULL, devices = NULL;

    if (!xen_get_items(r, "usbctrl", &controllers, error) || !xen_get_items(r, "usbdev", &devices, error))
        return false;
    for (guint i = 0; i < list_len(controllers); i++)
        if (!read_controller(r, list_at(controllers, i), error))
            return false;
    for (guint i = 0; i < list_len(devices); i++) {
        const ConfValue *item = list_at(devices, i);
        g_auto(GStrv) options = xen_options(item->string);
        const char *bus = xen_option(options, "hostbus"), *address = xen_option(options, "hostaddr");
        Hostdev *host = xen_append(&r->domain->hostdevs, &hostdev_xml);
        int64_t numbers[2];

        if (!bus || !address)
            return xen_refuse(item, error, "a USB device of the host needs 'hostbus' and 'hostaddr'");
        if (!xen_parse_number(item, bus, "hostbus", 1, 255, &numbers[0], error) ||
            !xen_parse_number(item, address, "hostaddr", 1, 255, &numbers[1], error))
            return false;
        host->mode = HOSTDEV_MODE_SUBSYSTEM;
        host->type = HOSTDEV_TYPE_USB;
        host->managed = YESNO_NO;
        host->bus = (unsigned)numbers[0];
        host->device = (unsigned)numbers[1];
        host->has_bus = host->has_device = true;
    }
    return true;
}

static bool
write_devices(const XenWriter *w, GError **error)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < list_len(w->domain->hostdevs); i++) {
        const Hostdev *host = list_at(w->domain->hostdevs, i);

        if (host->type != HOSTDEV_TYPE_USB)
            continue;
        if (!host->has_bus || !host->has_device)
            return xen_unsupported(w, error, "a USB device by vendor and product; give bus and device");
        g_ptr_array_add(items, g_strdup_printf("hostbus=%u,hostaddr=%u", host->bus, host->device));
    }
    xen_put_items(w, "usbdev", items);
    return true;
}

bool
xen_usb_write(const XenWriter *w, GError **error)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < list_len(w->domain->controllers); i++) {
        const Controller *controller = list_at(w->domain->controllers, i);
        bool qusb = controller->model && g_str_has_prefix(controller->model, "qusb");
        GString *item;

        if (controller->type != CONTROLLER_TYPE_USB || !g_strcmp0(controller->model, "none"))
            continue;
        if (controller->model && !qusb)
            return xen_unsupported(w, error, "a USB controller of model '%s', only qusb1 and qusb2", controller->model);
        item = g_string_new(qusb ? "type=qusb" : "type=auto");
        if (qusb)
            g_string_append_printf(item, ",version=%s", controller->model + strlen("qusb"));
        if (controller->has_ports)
            g_string_append_printf(item, ",ports=%u", controller->ports);
        g_ptr_array_add(items, g_string_free(item, FALSE));
    }
    if (!write_devices(w, error))
        return false;
    xen_put_items(w, "usbctrl", items);
    return true;
}
