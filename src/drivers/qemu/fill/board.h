/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* board.h - what a machine is made of, and what its guests get where a document does not say
 *
 * One row a kind of machine; everything that depends on architecture or machine type is asked of this table.
 *
 * Choices are words separated by blanks, the best first.  "model=type" counts only where the emulator has that QOM
 * type; a word without "=" always does.
 */
#pragma once

#include "drivers/qemu/caps/qemu_caps.h"
#include "drivers/qemu/device.h"

typedef enum {
    BOARD_BUS_NONE,     /* virtio devices cannot be placed */
    BOARD_BUS_PCI,
    BOARD_BUS_CCW,
    BOARD_BUS_MMIO,
} BoardBus;

enum {
    BOARD_SATA = 1 << 0,        /* a SATA controller is part of the chipset */
    BOARD_BALLOON = 1 << 1,     /* guests have a balloon unless they say otherwise */
    BOARD_PS2 = 1 << 2,         /* keyboard and mouse are part of the chipset */
    BOARD_ITCO = 1 << 3,        /* so is a watchdog */
    BOARD_PANIC = 1 << 4,       /* the firmware reports crashes, always */
    BOARD_GIC = 1 << 5,         /* interrupts go through a GIC, whose version is chosen */
    BOARD_PHB = 1 << 6,         /* more PCI host bridges can be added */
    BOARD_MMIO = 1 << 8,        /* virtio devices may be mapped to memory, too */
    BOARD_PLAIN_PCI = 1 << 9,   /* QEMU calls PCI bus 0 just "pci" */
    BOARD_NO_ACPI = 1 << 7,     /* no ACPI, though definitions made for other machines ask for it */
};

typedef struct Board {
    const char *arch, *machine;   /* globs separated by blanks */
    const char *root;             /* model of PCI bus 0, NULL where there is no PCI */
    BoardBus bus;                 /* of virtio devices */
    unsigned flags;
    const char *usb;              /* model of a USB controller that has none */
    const char *usb_fresh;        /* the same in a new definition, NULL for no difference */
    const char *usb_auto;         /* model of the one that is always there; "" for none, NULL for @usb */
    const char *serial;           /* target type and model of serial ports: "type/model" */
    const char *nic, *video, *scsi;
    const char *tpm;              /* "model/version" */
    PanicModel panic;
} Board;

/* Never NULL: there is a row for machines nobody knows. */
const Board *board_of(const Domain *def);

/* The first of @choices that @caps has, or NULL.  Free it. */
char *board_choose(const char *choices, const QemuCaps *caps);
