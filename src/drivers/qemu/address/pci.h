/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pci.h - the parts of pci.c: what a device needs, what the chipset fixes, and the plan they fill */
#pragma once

#include "drivers/qemu/address/address.h"

/* What a place offers and what a device needs: one bit each. */
enum {
    PCI_SLOT_NONE = 0,
    PCI_SLOT_PCI = 1 << 0,        /* conventional device */
    PCI_SLOT_PCIE = 1 << 1,       /* express device: behind a port */
    PCI_SLOT_PORT = 1 << 2,       /* root port */
    PCI_SLOT_BRIDGE = 1 << 3,     /* PCI-to-PCI bridge */
    PCI_SLOT_DMI = 1 << 4,
    PCI_SLOT_UPSTREAM = 1 << 5,
    PCI_SLOT_DOWNSTREAM = 1 << 6,
    PCI_SLOT_EXPANDER = 1 << 7,
    PCI_SLOT_ROOT = 1 << 8,       /* part of the root complex itself */
};

/* A model of <controller type='pci'>. */
typedef struct PciModel {
    const char *model, *name;     /* in documents, in QEMU */
    unsigned accepts, needs;
    unsigned first, last;         /* slots */
} PciModel;

typedef struct PciBus {
    Controller *controller;
    const PciModel *model;
    uint8_t used[32];             /* functions, one bit each */
    bool ports[32];               /* root ports only: more may share the slot */
    int group;                    /* isolation: devices of other IOMMU groups go elsewhere */
    bool fixed;                   /* the group is settled */
} PciBus;

typedef struct PciPlan {
    Domain *def;
    const Board *board;
    const QemuCaps *caps;
    const AddressHost *host;
    GPtrArray *buses;             /* PciBus by index; NULL where there is none */
    bool express;
    unsigned below;               /* only buses with a lower number: a controller is not behind itself */
    bool rehearsal;
    bool spare_bridge;            /* a slot was kept for a bridge that may be needed */
    bool grown;                   /* controllers were added */
} PciPlan;

/* pci_slot.c: what kind of slot a device takes; PCI_SLOT_NONE for one that is not on PCI. */
unsigned pci_slot_of(DeviceKind kind, const void *device);
const PciModel *pci_slot_model(const char *name);
/* The first controller that takes this kind of slot, NULL where only other devices do. */
const char *pci_slot_user(unsigned slot);

/* pci_chipset.c: what the chipset has in a fixed place. */
bool pci_chipset_place(PciPlan *plan, GError **error);
/* An EHCI controller and its companions share a slot: the one a sibling has, or the next. */
bool pci_chipset_usb(PciPlan *plan, Controller *c, GError **error);
bool pci_chipset_is_usb(const Controller *c);

/* pci.c */
PciBus *pci_bus_at(const PciPlan *plan, unsigned index);
bool pci_bus_is_free(const PciPlan *plan, unsigned bus, unsigned slot);
void pci_take(PciPlan *plan, DeviceInfo *info, unsigned bus, unsigned slot, unsigned function, Onoff multifunction);
bool pci_find_slot(PciPlan *plan, unsigned slot, int group, unsigned *ret_bus, unsigned *ret_slot, unsigned *ret_function,
                   GError **error);

/* pci_settle.c: numbers that follow from the addresses. */
bool pci_settle(PciPlan *plan, GError **error);
