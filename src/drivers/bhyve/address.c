/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* address.c - where the devices of a bhyve guest are plugged in
 *
 * There is one PCI bus.  Slot 0 is the host bridge, slot 1 is kept for the ISA bridge; the rest is given away in the
 * order in which bhyve is told of devices.
 */
#define ERROR_FROM VIR_FROM_BHYVE
#include <string.h>

#include "drivers/bhyve/caps.h"
#include "drivers/bhyve/fill.h"
#include "drivers/conf/domain.h"
#include "util/error.h"
#include "util/list.h"

enum { SLOTS = 32, SLOT_HOST = 0, SLOT_ISA = 1, SLOT_FIRST = 2, AHCI_PORTS = 32 };

static bool
is_unplaced(const DeviceInfo *info)
{
    return !info->address || info->address->type == ADDRESS_TYPE_UNSET;
}

static Address *
place(DeviceInfo *info, AddressType type)
{
    if (!info->address)
        info->address = xml_new(&address_xml);
    info->address->type = type;
    return info->address;
}

/* The name of a disk stands for a place that another was given. */
static bool
check_conflict(const Domain *def, const Disk *self, unsigned controller, unsigned target, GError **error)
{
    for (size_t i = 0; i < list_len(def->disks); i++) {
        const Disk *disk = def->disks->pdata[i];
        const Address *at = disk->info.address;

        if (disk == self || disk->bus != DISK_BUS_SATA || !at || at->type != ADDRESS_TYPE_DRIVE ||
            at->controller != controller || at->target != target)
            continue;
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s' would be at controller='%u' target='%u', where disk '%s' is: "
                  "rename it or give it an <address>", self->target, controller, target, disk->target);
        return false;
    }
    return true;
}

bool
bhyve_address_drives(Domain *def, unsigned caps, GError **error)
{
    unsigned ports = caps & BHYVE_CAPS_AHCI32SLOT ? AHCI_PORTS : 1, controllers = 0;
    bool there[1 << 8] = { false };

    for (size_t i = 0; i < list_len(def->disks); i++) {
        Disk *disk = def->disks->pdata[i];
        int index = domain_places_disk_index(disk->target);

        if (disk->bus != DISK_BUS_SATA)
            continue;
        if (is_unplaced(&disk->info) && index >= 0) {
            unsigned controller = (unsigned)index / ports, target = (unsigned)index % ports;
            Address *at;

            if (!check_conflict(def, disk, controller, target, error))
                return false;
            at = place(&disk->info, ADDRESS_TYPE_DRIVE);
            at->controller = controller;
            at->target = target;
        }
        if (!is_unplaced(&disk->info) && disk->info.address->type == ADDRESS_TYPE_DRIVE)
            controllers = MAX(controllers, disk->info.address->controller + 1);
    }
    controllers = MIN(controllers, G_N_ELEMENTS(there));
    for (size_t i = 0; i < list_len(def->controllers); i++) {
        const Controller *c = def->controllers->pdata[i];

        if (c->type == CONTROLLER_TYPE_SATA && c->index < G_N_ELEMENTS(there))
            there[c->index] = true;
    }
    for (unsigned n = 0; n < controllers; n++)
        if (!there[n])
            domain_places_add_controller(def, CONTROLLER_TYPE_SATA, n, NULL);
    return true;
}

/* ---- PCI ------------------------------------------------------------------- */

typedef struct Slots {
    uint8_t used[SLOTS];    /* functions, one bit each */
} Slots;

typedef bool (*SlotFn)(Slots *slots, DeviceInfo *info, bool isa, GError **error);

/* Respect what the document says. */
static bool
reserve(Slots *slots, DeviceInfo *info, bool isa, GError **error)
{
    const PciAddress *at = !is_unplaced(info) && info->address->type == ADDRESS_TYPE_PCI ? &info->address->pci : NULL;

    /* <address type='pci'/> asks for any slot. */
    if (!at || (!at->domain && !at->bus && !at->slot && !at->function))
        return true;
    if (at->domain || at->bus) {
        error_set(error, VIR_ERR_XML_ERROR, "PCI address %04x:%02x:%02x.%x is not on bus 0000:00, the only one bhyve has",
                  at->domain, at->bus, at->slot, at->function);
        return false;
    }
    if (at->slot == SLOT_HOST) {
        error_set(error, VIR_ERR_XML_ERROR, "PCI slot 0 is the host bridge's: choose another for %04x:%02x:%02x.%x",
                  at->domain, at->bus, at->slot, at->function);
        return false;
    }
    if (slots->used[at->slot] & 1u << at->function) {
        error_set(error, VIR_ERR_XML_ERROR, "PCI address %04x:%02x:%02x.%x is used twice", at->domain, at->bus, at->slot,
                  at->function);
        return false;
    }
    slots->used[at->slot] |= (uint8_t)(1u << at->function);
    return true;
}

static bool
assign(Slots *slots, DeviceInfo *info, bool isa, GError **error)
{
    unsigned slot = isa && !slots->used[SLOT_ISA] ? SLOT_ISA : SLOT_FIRST;
    Address *at = info->address;

    if (!is_unplaced(info) && (at->type != ADDRESS_TYPE_PCI || at->pci.slot || at->pci.function))
        return true;
    while (slot < SLOTS && slots->used[slot])
        slot++;
    if (slot == SLOTS) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "no PCI slot is free: devices can use 2 to 31, take some out");
        return false;
    }
    slots->used[slot] = 1;
    place(info, ADDRESS_TYPE_PCI)->pci.slot = slot;
    return true;
}

static bool
each_info(const GPtrArray *list, size_t at, Slots *slots, SlotFn fn, GError **error)
{
    for (size_t i = 0; i < list_len(list); i++)
        if (!fn(slots, (DeviceInfo *)((char *)list->pdata[i] + at), false, error))
            return false;
    return true;
}

/* All that sits on the PCI bus, in the order of bhyve's command line. */
static bool
each_device(const Domain *def, Slots *slots, SlotFn fn, GError **error)
{
    for (size_t i = 0; i < list_len(def->controllers); i++) {
        Controller *c = def->controllers->pdata[i];

        if (c->type != CONTROLLER_TYPE_PCI && !fn(slots, &c->info, c->type == CONTROLLER_TYPE_ISA, error))
            return false;
    }
    if (!each_info(def->interfaces, offsetof(Interface, info), slots, fn, error))
        return false;
    for (size_t i = 0; i < list_len(def->disks); i++) {
        Disk *disk = def->disks->pdata[i];

        if (disk->bus == DISK_BUS_VIRTIO && !fn(slots, &disk->info, false, error))
            return false;
    }
    return each_info(def->hostdevs, offsetof(Hostdev, info), slots, fn, error) &&
           each_info(def->videos, offsetof(Video, info), slots, fn, error) &&
           each_info(def->sounds, offsetof(Sound, info), slots, fn, error) &&
           each_info(def->filesystems, offsetof(Filesystem, info), slots, fn, error) &&
           each_info(def->rngs, offsetof(Rng, info), slots, fn, error);
}

bool
bhyve_address_pci(Domain *def, GError **error)
{
    Slots slots = { .used = { [SLOT_HOST] = 0xff } };

    return each_device(def, &slots, reserve, error) && each_device(def, &slots, assign, error);
}
