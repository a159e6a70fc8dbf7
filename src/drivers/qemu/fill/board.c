/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* board.c - the table of machines */
#include "drivers/qemu/fill/board.h"

#include <string.h>

#define ARM "armv6l armv7l aarch64"
#define X86 "x86_64 i686"
#define RISCV "riscv32 riscv64"

#define UHCI "piix3-uhci=piix3-usb-uhci"
#define OHCI "pci-ohci=pci-ohci"
#define XHCI "qemu-xhci=qemu-xhci nec-xhci=nec-usb-xhci"
#define NICS "rtl8139=rtl8139 e1000=e1000 virtio=virtio-net-pci virtio=virtio-net-device rtl8139"
#define VIDEOS "cirrus=cirrus-vga vga=VGA cirrus"
#define SCSIS "lsilogic=lsi53c895a virtio-scsi=virtio-scsi-pci virtio-scsi=virtio-scsi-ccw virtio-scsi=virtio-scsi-device"
#define ISA_SERIAL "isa-serial/isa-serial"

static const Board boards[] = {
    { X86, "q35 pc-q35* rhel*-q35*", "pcie-root", BOARD_BUS_PCI, BOARD_SATA | BOARD_BALLOON | BOARD_PS2 | BOARD_ITCO,
      UHCI, NULL, XHCI " ich9-ehci1=ich9-usb-ehci1", ISA_SERIAL, NICS, VIDEOS, SCSIS, "tpm-tis/", PANIC_MODEL_ISA },
    { X86, "pc pc-* rhel*", "pci-root", BOARD_BUS_PCI, BOARD_BALLOON | BOARD_PS2,
      UHCI, NULL, NULL, ISA_SERIAL, NICS, VIDEOS, SCSIS, "tpm-tis/", PANIC_MODEL_ISA },
    { X86, "microvm", NULL, BOARD_BUS_NONE, BOARD_BALLOON,
      UHCI, NULL, "", ISA_SERIAL, "virtio", VIDEOS, SCSIS, "tpm-tis/", PANIC_MODEL_ISA },
    { X86, "*", NULL, BOARD_BUS_NONE, BOARD_BALLOON | BOARD_PS2,
      UHCI, NULL, "", ISA_SERIAL, NICS, VIDEOS, SCSIS, "tpm-tis/", PANIC_MODEL_ISA },
    { ARM, "virt virt-*", "pcie-root", BOARD_BUS_PCI, BOARD_GIC | BOARD_MMIO,
      XHCI, NULL, "", "system-serial/pl011", "virtio", "virtio", SCSIS, "tpm-tis/2.0", PANIC_MODEL_PVPANIC },
    { ARM, "vexpress-*", NULL, BOARD_BUS_MMIO, 0,
      XHCI, NULL, "", NULL, "lan9118", VIDEOS, SCSIS, "tpm-tis/2.0", PANIC_MODEL_UNSET },
    { "armv6l armv7l", "versatilepb", "pci-root", BOARD_BUS_PCI, BOARD_PLAIN_PCI,
      UHCI " " OHCI, NULL, OHCI, NULL, "smc91c111", VIDEOS, SCSIS, "tpm-tis/2.0", PANIC_MODEL_UNSET },
    { ARM, "versatilepb", "pci-root", BOARD_BUS_PCI, BOARD_PLAIN_PCI,
      XHCI, NULL, OHCI, NULL, "smc91c111", VIDEOS, SCSIS, "tpm-tis/2.0", PANIC_MODEL_UNSET },
    { ARM, "realview-*", NULL, BOARD_BUS_NONE, 0,
      XHCI, NULL, OHCI, NULL, "lan9118", VIDEOS, SCSIS, "tpm-tis/2.0", PANIC_MODEL_UNSET },
    { ARM, "*", NULL, BOARD_BUS_NONE, 0,
      XHCI, NULL, "", NULL, "lan9118", VIDEOS, SCSIS, "tpm-tis/2.0", PANIC_MODEL_UNSET },
    { "loongarch64", "virt virt-*", "pcie-root", BOARD_BUS_PCI, 0,
      XHCI, NULL, "", "system-serial/16550a", "virtio", "virtio", "virtio-scsi", "tpm-tis/2.0", PANIC_MODEL_UNSET },
    { RISCV, "virt virt-*", "pcie-root", BOARD_BUS_PCI, BOARD_BALLOON | BOARD_MMIO,
      UHCI " " OHCI, NULL, "", "system-serial/16550a", "virtio", "virtio", SCSIS, "tpm-tis/2.0", PANIC_MODEL_UNSET },
    { RISCV, "*", NULL, BOARD_BUS_NONE, BOARD_BALLOON,
      UHCI " " OHCI, NULL, "", NULL, NICS, VIDEOS, SCSIS, "tpm-tis/2.0", PANIC_MODEL_UNSET },
    { "ppc64 ppc64le", "pseries pseries-*", "pci-root", BOARD_BUS_PCI, BOARD_BALLOON | BOARD_PANIC | BOARD_PHB,
      OHCI, XHCI " " OHCI, NULL, "spapr-vio-serial/spapr-vty", NICS, "vga", "ibmvscsi", "tpm-spapr/2.0", PANIC_MODEL_PSERIES },
    { "ppc64 ppc64le", "*", "pci-root", BOARD_BUS_PCI, BOARD_BALLOON,
      OHCI, XHCI " " OHCI, NULL, NULL, NICS, VIDEOS, SCSIS, "tpm-tis/", PANIC_MODEL_UNSET },
    { "ppc", "*", "pci-root", BOARD_BUS_PCI, BOARD_BALLOON,
      UHCI " " OHCI, NULL, NULL, NULL, NICS, VIDEOS, SCSIS, "tpm-tis/", PANIC_MODEL_UNSET },
    { "s390x s390", "s390-ccw*", "pci-root", BOARD_BUS_CCW, BOARD_BALLOON | BOARD_PANIC | BOARD_NO_ACPI,
      "", NULL, "", "sclp-serial/sclpconsole", "virtio", "virtio", "virtio-scsi", "tpm-tis/2.0", PANIC_MODEL_S390 },
    { "sparc", "*", NULL, BOARD_BUS_NONE, 0,
      UHCI, NULL, "", NULL, "lance", "tcx", SCSIS, "tpm-tis/", PANIC_MODEL_UNSET },
    { "alpha sparc64 mips mipsel mips64 mips64el", "*", "pci-root", BOARD_BUS_PCI, BOARD_BALLOON,
      UHCI " " OHCI, NULL, NULL, NULL, NICS, VIDEOS, SCSIS, "tpm-tis/", PANIC_MODEL_UNSET },
    { "*", "*", NULL, BOARD_BUS_NONE, BOARD_BALLOON,
      UHCI " " OHCI, NULL, "", NULL, NICS, VIDEOS, SCSIS, "tpm-tis/", PANIC_MODEL_UNSET },
};

static bool
matches(const char *globs, const char *text)
{
    g_auto(GStrv) words = g_strsplit(globs, " ", -1);

    for (size_t i = 0; words[i]; i++)
        if (g_pattern_match_simple(words[i], text))
            return true;
    return false;
}

const Board *
board_of(const Domain *def)
{
    const char *arch = def->arch ? def->arch : "", *machine = def->machine ? def->machine : "";
    size_t i = 0;

    while (i < G_N_ELEMENTS(boards) - 1 && !(matches(boards[i].arch, arch) && matches(boards[i].machine, machine)))
        i++;
    return &boards[i];
}

char *
board_choose(const char *choices, const QemuCaps *caps)
{
    g_auto(GStrv) words = g_strsplit(choices, " ", -1);

    for (size_t i = 0; words[i]; i++) {
        char *type = strchr(words[i], '=');

        if (!words[i][0] || (type && !qemu_caps_has(caps, type + 1)))
            continue;
        return type ? g_strndup(words[i], type - words[i]) : g_strdup(words[i]);
    }
    return NULL;
}
