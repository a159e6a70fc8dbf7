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
    if (a->type != type)
        return false;
    /* <address type='pci'/> asks for any slot, and so on. */
    return type == ADDRESS_TYPE_PCI   ? !a->pci.domain && !a->pci.bus && !a->pci.slot
           : type == ADDRESS_TYPE_CCW ? !a->has_devno
                                      : type == ADDRESS_TYPE_SPAPR_VIO && !a->has_reg;
}

/* Names go to controllers as if their buses were narrow, whatever they are: guests that exist count on it. */
enum { SCSI_UNITS = 7 };

static bool
same_drive(const Address *a, const Address *b)
{
    return a && a->type == ADDRESS_TYPE_DRIVE && a->controller == b->controller && a->bus == b->bus &&
           a->target == b->target && a->unit == b->unit;
}

static bool
hostdev_has(const Domain *def, const Address *want)
{
    for (size_t i = 0; i < list_len(def->hostdevs); i++)
        if (same_drive(((Hostdev *)list_at(def->hostdevs, i))->info.address, want))
            return true;
    return false;
}

static bool
drive_is_taken(const Domain *def, const Disk *self, const Address *want)
{
    for (size_t i = 0; i < list_len(def->disks); i++) {
        const Disk *d = list_at(def->disks, i);

        if (d != self && d->bus == self->bus && same_drive(d->info.address, want))
            return true;
    }
    return self->bus == DISK_BUS_SCSI && hostdev_has(def, want);
}

/* The place a target name stands for is somebody else's.  SCSI disks make way for one another, as they always have. */
static bool
check_conflict(const Domain *def, const Disk *disk, const Address *at, GError **error)
{
    bool hostdev = disk->bus == DISK_BUS_SCSI && hostdev_has(def, at);

    if (disk->bus == DISK_BUS_SCSI && !hostdev)
        return true;
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, hostdev ? "using disk target name '%s' conflicts with SCSI host device address "
              "controller='%u' bus='%u' target='%u' unit='%u" : "Found duplicate drive address for disk with target name '%s' "
              "controller='%u' bus='%u' target='%u' unit='%u'", disk->target, at->controller, at->bus, at->target, at->unit);
    return false;
}

static bool
place_drive(const Disk *disk, int index, Address *a)
{
    unsigned n = index;

    a->type = ADDRESS_TYPE_DRIVE;
    a->bus = a->target = 0;
    switch (disk->bus) {
    case DISK_BUS_SCSI:
        a->controller = n / SCSI_UNITS;
        a->unit = n % SCSI_UNITS;
        return true;
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

static bool
is_scsi(const Hostdev *h)
{
    return h->mode == HOSTDEV_MODE_SUBSYSTEM && h->type == HOSTDEV_TYPE_SCSI;
}

/* A SCSI device of the host takes the first place that neither a disk nor its like has. */
static void
place_hostdev(const Domain *def, Hostdev *h)
{
    const Disk probe = { .bus = DISK_BUS_SCSI };
    Address a = { .type = ADDRESS_TYPE_DRIVE };

    while (drive_is_taken(def, &probe, &a))
        if (++a.unit >= SCSI_UNITS) {
            a.unit = 0;
            a.controller++;
        }
    *address_get(&h->info, ADDRESS_TYPE_DRIVE) = a;
}

/* The controllers of @type up to @index; a further SCSI controller is like the one before it. */
static void
need_up_to(Domain *def, ControllerType type, unsigned index, const char *scsi)
{
    for (unsigned n = 0; n <= index && n < 256; n++) {
        const Controller *before = n ? device_controller(def, type, n - 1) : NULL;

        if (!device_controller(def, type, n))
            domain_places_add_controller(def, type, n, type != CONTROLLER_TYPE_SCSI ? NULL : before ? before->model : scsi);
    }
}

bool
address_assign_drives(Domain *def, const Board *board, const QemuCaps *caps, GError **error)
{
    static const ControllerType types[DISK_BUS_LAST] = {
        [DISK_BUS_SCSI] = CONTROLLER_TYPE_SCSI, [DISK_BUS_IDE] = CONTROLLER_TYPE_IDE,
        [DISK_BUS_SATA] = CONTROLLER_TYPE_SATA, [DISK_BUS_FDC] = CONTROLLER_TYPE_FDC,
    };
    g_autofree char *scsi = board_choose(board->scsi, caps);

    for (size_t i = 0; i < list_len(def->disks); i++) {
        Disk *disk = list_at(def->disks, i);
        Address tmp = { 0 };
        int index = domain_places_disk_index(disk->target);

        if (disk->info.address && disk->info.address->type != ADDRESS_TYPE_UNSET)
            continue;
        if (index < 0 || !place_drive(disk, index, &tmp))
            continue;
        if (drive_is_taken(def, disk, &tmp)) {
            if (!check_conflict(def, disk, &tmp, error))
                return false;
            while (drive_is_taken(def, disk, &tmp))
                place_drive(disk, ++index, &tmp);
        }
        *address_get(&disk->info, ADDRESS_TYPE_DRIVE) = tmp;
    }
    for (size_t i = 0; i < list_len(def->hostdevs); i++) {
        Hostdev *h = list_at(def->hostdevs, i);

        if (is_scsi(h) && (!h->info.address || h->info.address->type == ADDRESS_TYPE_UNSET))
            place_hostdev(def, h);
        if (is_scsi(h) && h->info.address->type == ADDRESS_TYPE_DRIVE)
            need_up_to(def, CONTROLLER_TYPE_SCSI, h->info.address->controller, scsi);
    }
    for (size_t i = 0; i < list_len(def->disks); i++) {
        const Disk *disk = list_at(def->disks, i);

        if (disk->info.address && disk->info.address->type == ADDRESS_TYPE_DRIVE && types[disk->bus])
            need_up_to(def, types[disk->bus], disk->info.address->controller, scsi);
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

    return c ? c : domain_places_add_controller(def, CONTROLLER_TYPE_VIRTIO_SERIAL, index, NULL);
}

/* Port 0 is left to consoles, which get theirs from QEMU. */
static bool
take_port(const Domain *def, DeviceInfo *info, const Controller *c)
{
    for (unsigned port = 1; port < (c->has_ports ? c->ports : 31); port++)
        if (!port_is_taken(def, c->index, port)) {
            *address_get(info, ADDRESS_TYPE_VIRTIO_SERIAL) =
                (Address){ .type = ADDRESS_TYPE_VIRTIO_SERIAL, .controller = c->index, .port = port };
            return true;
        }
    return false;
}

static bool
place_port(Domain *def, DeviceInfo *info, GError **error)
{
    const Address *a = info->address;
    unsigned index = 0;

    if (a && a->type == ADDRESS_TYPE_VIRTIO_SERIAL) {
        const Controller *c = need_controller(def, a->controller);

        if (a->port || take_port(def, info, c))
            return true;
        error_set(error, VIR_ERR_XML_ERROR, "virtio serial controller %u has no free ports: give it more or leave the "
                  "controller out of the <address>", c->index);
        return false;
    }
    if (a && a->type != ADDRESS_TYPE_UNSET)
        return true;
    for (size_t i = 0; i < list_len(def->controllers); i++) {
        const Controller *c = list_at(def->controllers, i);

        if (c->type == CONTROLLER_TYPE_VIRTIO_SERIAL && take_port(def, info, c))
            return true;
    }
    while (device_controller(def, CONTROLLER_TYPE_VIRTIO_SERIAL, index))
        index++;
    return take_port(def, info, need_controller(def, index));
}

bool
address_assign_serial_ports(Domain *def, GError **error)
{
    for (size_t i = 0; i < list_len(def->channels); i++) {
        Channel *c = list_at(def->channels, i);

        if (!g_strcmp0(c->target_type, "virtio") && !place_port(def, &c->info, error))
            return false;
    }
    return true;
}

static bool
card_is_taken(const Domain *def, unsigned controller, unsigned slot)
{
    for (size_t i = 0; i < list_len(def->smartcards); i++) {
        const Address *a = ((const Smartcard *)list_at(def->smartcards, i))->info.address;

        if (a && a->type == ADDRESS_TYPE_CCID && a->controller == controller && a->slot == slot)
            return true;
    }
    return false;
}

bool
address_assign_ccids(Domain *def, GError **error)
{
    for (size_t i = 0; i < list_len(def->smartcards); i++) {
        Smartcard *s = list_at(def->smartcards, i);
        unsigned slot = 0;

        if (s->info.address && s->info.address->type != ADDRESS_TYPE_UNSET)
            continue;
        while (card_is_taken(def, 0, slot))
            slot++;
        *address_get(&s->info, ADDRESS_TYPE_CCID) = (Address){ .type = ADDRESS_TYPE_CCID, .slot = slot };
    }
    return true;
}

static bool
module_is_taken(const Domain *def, unsigned slot)
{
    for (size_t i = 0; i < list_len(def->memory_devices); i++) {
        const Address *a = ((const MemoryDevice *)list_at(def->memory_devices, i))->info.address;

        if (a && a->type == ADDRESS_TYPE_DIMM && a->slot == slot)
            return true;
    }
    return false;
}

bool
address_assign_modules(Domain *def, GError **error)
{
    for (size_t i = 0; i < list_len(def->memory_devices); i++) {
        MemoryDevice *m = list_at(def->memory_devices, i);
        unsigned slot = 0;

        if ((m->model != MEMORY_MODEL_DIMM && m->model != MEMORY_MODEL_NVDIMM) ||
            (m->info.address && m->info.address->type != ADDRESS_TYPE_UNSET))
            continue;
        while (module_is_taken(def, slot))
            slot++;
        if (slot >= def->memory_slots && def->memory_slots) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "memory device count exceeds slots count of <maxMemory>: %u",
                      def->memory_slots);
            return false;
        }
        *address_get(&m->info, ADDRESS_TYPE_DIMM) = (Address){ .type = ADDRESS_TYPE_DIMM, .slot = slot };
    }
    return true;
}
