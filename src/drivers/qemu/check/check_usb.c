/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check_usb.c - whether each USB device has a port: controllers, hubs, and who sits where */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/address/address.h"
#include "drivers/qemu/check/check_private.h"
#include "util/error.h"

enum { HUB_PORTS = 8 };

static bool
rule_usb_none(const Check *c, GError **error)
{
    size_t there = 0;

    for (size_t i = 0; i < list_len(c->def->controllers); i++)
        there += ((Controller *)list_at(c->def->controllers, i))->type == CONTROLLER_TYPE_USB;
    if (there < 2 || check_has_usb(c->def))
        return true;
    error_set(error, VIR_ERR_XML_DETAIL, "Can't add another USB controller: USB is disabled for this domain");
    return false;
}

/* What needs a bus where there is none. */
static bool
note_usb_device(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    if (kind == DEVICE_HUB)
        return check_fail(error, "Can't add USB hub: USB is disabled for this domain");
    if (kind == DEVICE_INPUT && ((Input *)device)->bus == INPUT_BUS_USB)
        return check_fail(error, "Can't add USB input device. USB bus is disabled");
    if (kind == DEVICE_HOSTDEV && ((Hostdev *)device)->type == HOSTDEV_TYPE_USB)
        return check_fail(error, "Can't add host USB device: USB is disabled in this host");
    if ((kind == DEVICE_DISK && ((Disk *)device)->bus == DISK_BUS_USB) ||
        kind == DEVICE_REDIRDEV || (kind == DEVICE_CONTROLLER && ((Controller *)device)->type == CONTROLLER_TYPE_CCID) ||
        (kind == DEVICE_SERIAL && !g_strcmp0(((Serial *)device)->target_type, "usb-serial")) ||
        (kind == DEVICE_SOUND && !g_strcmp0(((Sound *)device)->model, "usb")) ||
        check_address(info) == ADDRESS_TYPE_USB)
        return check_fail(error, "USB is disabled for this domain, but USB devices are present in the domain XML");
    return true;
}

static bool
rule_usb_disabled(const Check *c, GError **error)
{
    return check_has_usb(c->def) || device_each(c->def, DEVICE_LAST, note_usb_device, NULL, error);
}

/* UHCI controllers with <master> are companions of an EHCI one of the same index. */
static bool
rule_usb_companions(const Check *c, GError **error)
{
    if (!check_has_usb(c->def))
        return true;
    for (size_t i = 0; i < list_len(c->def->controllers); i++) {
        const Controller *controller = list_at(c->def->controllers, i);
        bool master = false;

        if (controller->type != CONTROLLER_TYPE_USB || !controller->info.has_master_startport)
            continue;
        for (size_t k = 0; k < list_len(c->def->controllers); k++) {
            const Controller *other = list_at(c->def->controllers, k);

            master |= other->type == CONTROLLER_TYPE_USB && other->index == controller->index &&
                      !other->info.has_master_startport;
        }
        if (!master) {
            error_set(error, VIR_ERR_XML_DETAIL, "No master USB controller specified");
            return false;
        }
    }
    return true;
}

/* More than one of an index is a master with its companions. */
static bool
rule_usb_indexes(const Check *c, GError **error)
{
    for (size_t i = 0; i < list_len(c->def->controllers); i++) {
        const Controller *controller = list_at(c->def->controllers, i);

        if (controller->type != CONTROLLER_TYPE_USB || controller->info.has_master_startport ||
            (controller->model && g_str_has_prefix(controller->model, "ich9-")))
            continue;
        for (size_t k = 0; k < i; k++) {
            const Controller *other = list_at(c->def->controllers, k);

            if (other->type != CONTROLLER_TYPE_USB || other->index != controller->index || other->info.has_master_startport)
                continue;
            error_set(error, VIR_ERR_XML_ERROR, "Duplicate USB controllers with index %u", controller->index);
            return false;
        }
    }
    return true;
}

typedef struct Ports {
    const Check *c;
    GHashTable *devices;     /* "bus/port" of all with an address */
    GHashTable *hubs;        /* of hubs */
} Ports;

static bool
note_port(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    Ports *ports = data;
    g_autofree char *key = NULL;

    if (check_address(info) != ADDRESS_TYPE_USB || !info->address->usb_port)
        return true;
    key = g_strdup_printf("%u/%s", info->address->bus, info->address->usb_port);
    if (kind == DEVICE_HUB)
        g_hash_table_add(ports->hubs, g_strdup(key));
    if (g_hash_table_add(ports->devices, g_steal_pointer(&key)))
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "Duplicate USB address bus %u port %s", info->address->bus, info->address->usb_port);
    return false;
}

/* "1.2" is a port of the hub at port 1. */
static bool
find_hub(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    const Ports *ports = data;
    const char *port;

    if (check_address(info) != ADDRESS_TYPE_USB || !info->address->usb_port)
        return true;
    port = info->address->usb_port;
    for (const char *dot = strchr(port, '.'); dot; dot = strchr(dot + 1, '.')) {
        g_autofree char *key = g_strdup_printf("%u/%.*s", info->address->bus, (int)(dot - port), port);

        if (!g_hash_table_contains(ports->hubs, key)) {
            error_set(error, VIR_ERR_XML_ERROR, "there is no hub at port %.*s in USB address bus: %u port: %s",
                      (int)(dot - port), port, info->address->bus, port);
            return false;
        }
    }
    return true;
}

/* Companions share the ports of their master. */
static const Controller *
find_master(const Check *c, unsigned index)
{
    for (size_t i = 0; i < list_len(c->def->controllers); i++) {
        const Controller *controller = list_at(c->def->controllers, i);

        if (controller->type == CONTROLLER_TYPE_USB && controller->index == index && !controller->info.has_master_startport)
            return controller;
    }
    return NULL;
}

static bool
check_port_range(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    const Ports *ports = data;
    const Controller *controller;
    unsigned limit;

    if (check_address(info) != ADDRESS_TYPE_USB || !info->address->usb_port)
        return true;
    controller = find_master(ports->c, info->address->bus);
    if (!controller) {
        error_set(error, VIR_ERR_XML_ERROR, "Missing USB bus %u", info->address->bus);
        return false;
    }
    limit = address_usb_ports(controller);
    for (const char *port = info->address->usb_port; limit && port; port = strchr(port, '.')) {
        uint64_t number = g_ascii_strtoull(*port == '.' ? ++port : port, NULL, 10);

        if (number < 1 || number > limit) {
            error_set(error, VIR_ERR_XML_ERROR, "requested USB port %s not present on USB bus %u", info->address->usb_port,
                      info->address->bus);
            return false;
        }
        limit = HUB_PORTS;
    }
    return true;
}

static bool
rule_usb_ports(const Check *c, GError **error)
{
    g_autoptr(GHashTable) devices = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) hubs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Ports ports = { c, devices, hubs };

    return device_each(c->def, DEVICE_LAST, note_port, &ports, error) &&
           device_each(c->def, DEVICE_LAST, check_port_range, &ports, error) &&
           device_each(c->def, DEVICE_LAST, find_hub, &ports, error);
}

const CheckRule check_usb_rules[] = {
    rule_usb_none, rule_usb_disabled, rule_usb_companions, rule_usb_indexes, rule_usb_ports, NULL,
};
