/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_memlock.c - how much memory the emulator of a guest may lock
 *
 * Devices of the host that write to memory on their own need all of it in place, and so does who asks for it.  An
 * estimate that is too low makes devices fail, one that is too high protects the host less; <hard_limit> is the word
 * of somebody who knows.
 */
#include "drivers/qemu/process/guest_memlock.h"

#include "drivers/qemu/device.h"
#include "drivers/qemu/fill/board.h"

static const uint64_t MIB = 1 << 20, GIB = 1 << 30;

typedef struct Assigned {
    unsigned vfio;      /* share one view of memory, without an IOMMU in the guest */
    unsigned alone;     /* have one each */
} Assigned;

static Assigned
count_assigned(const Domain *def)
{
    Assigned a = { 0 };

    for (size_t i = 0; i < list_len(def->hostdevs); i++) {
        const Hostdev *h = list_at(def->hostdevs, i);

        a.vfio += h->mode == HOSTDEV_MODE_SUBSYSTEM && (h->type == HOSTDEV_TYPE_PCI || h->type == HOSTDEV_TYPE_MDEV);
    }
    for (size_t i = 0; i < list_len(def->interfaces); i++) {
        const Interface *n = list_at(def->interfaces, i);

        a.vfio += n->type == INTERFACE_TYPE_HOSTDEV;
        a.alone += n->type == INTERFACE_TYPE_VDPA;
    }
    for (size_t i = 0; i < list_len(def->disks); i++)
        a.alone += ((const Disk *)list_at(def->disks, i))->type == DISK_TYPE_NVME;
    return a;
}

/* On POWER the tables that translate addresses are in locked memory, as well: a 128th part of the most the
 * guest can have, and some for each host bridge; windows for DMA are at least 2 GiB a bridge. */
static uint64_t
pseries_limit(const Domain *def, bool vfio)
{
    uint64_t memory = def->memory << 10, most = (def->max_memory ? def->max_memory : def->memory) << 10;
    uint64_t bridges = 0, base, dma;

    for (size_t i = 0; i < list_len(def->controllers); i++) {
        const Controller *c = list_at(def->controllers, i);

        bridges += c->type == CONTROLLER_TYPE_PCI && !g_strcmp0(c->model, "pci-root");
    }
    base = most / 128 + 4 * MIB * bridges + 8 * MIB;
    dma = MAX(2 * GIB * bridges, memory + memory / 512 * bridges + 8 * MIB);
    return vfio ? base + dma : base;
}

uint64_t
guest_memlock_limit(const Domain *def)
{
    Assigned assigned = count_assigned(def);

    if (def->has_hard_limit)
        return def->hard_limit << 10;
    if (def->locked)
        return GUEST_MEMLOCK_UNLIMITED;
    if (board_of(def)->flags & BOARD_PHB && def->type == VIRT_TYPE_KVM)
        return pseries_limit(def, assigned.vfio > 0);
    if (assigned.vfio && !def->iommu)
        assigned.vfio = 1;
    /* Beside the memory there are registers of devices. */
    return assigned.vfio + assigned.alone ? (def->memory << 10) * (assigned.vfio + assigned.alone) + GIB : 0;
}
