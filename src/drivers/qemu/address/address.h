/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* address.h - where devices are plugged in, for those whose document does not say
 *
 * Each function keeps the addresses that are there, refuses those that clash, and chooses for the rest in an order
 * that never depends on anything but the document, so that a guest keeps its hardware.
 */
#pragma once

#include "drivers/conf/domain.h"
#include "drivers/qemu/caps/qemu_caps.h"
#include "drivers/qemu/device.h"
#include "drivers/qemu/fill/board.h"

/* What is asked of the host; see FillOptions.  May be NULL. */
typedef struct AddressHost {
    int (*iommu_group)(const void *data, const char *address);
    bool (*is_conventional)(const void *data, const char *address);
    const void *data;
} AddressHost;

/* address.c: buses with numbered places, and the controllers they need. */
bool address_assign_drives(Domain *def, const Board *board, const QemuCaps *caps, GError **error);
bool address_assign_serial_ports(Domain *def, GError **error);
bool address_assign_ccids(Domain *def, GError **error);
bool address_assign_modules(Domain *def, GError **error);       /* slots of memory */
bool address_assign_usb(Domain *def, GError **error);
/* How many ports the root hub of a USB controller has; 0 where it is not known. */
unsigned address_usb_ports(const Controller *c);

/* channel.c: places that have no controller: VIO registers of POWER, channel devices of s390, memory-mapped virtio. */
bool address_assign_spapr(Domain *def, GError **error);
bool address_assign_virtio(Domain *def, const Board *board, const QemuCaps *caps, GError **error);

/* pci.c: also adds the bridges and ports that are needed. */
bool address_assign_pci(Domain *def, const Board *board, const QemuCaps *caps, const AddressHost *host, GError **error);

/* The address of @info with @type, made if it was not there. */
Address *address_get(DeviceInfo *info, AddressType type);
/* True if the document left the choice to us. */
bool address_is_wanted(const DeviceInfo *info, AddressType type);
