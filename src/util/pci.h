/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pci.h - PCI devices of the host, as the kernel shows them: driver, way to the root, product data */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PCI_DEVICES "/sys/bus/pci/devices"

typedef struct PciLocation {
    unsigned domain, bus, slot, function;
} PciLocation;

/* "0000:00:1f.2" */
bool pci_address_parse(const char *text, PciLocation *ret_address);

/* Name of the driver a device is bound to, NULL with no error if there is none.  @devices is PCI_DEVICES. */
char *pci_driver(const char *devices, const char *address, GError **error);

/* Whether a guest may be given the device.  With @strict also what is above it counts: a switch whose downstream
 * ports do not enforce access control lets devices reach each other behind the IOMMU's back. */
bool pci_is_assignable(const char *devices, const char *address, bool strict, bool *ret_assignable, GError **error);

/* Whether the device with the configuration space in the file @path is no PCI Express device.  False if it cannot be
 * told. */
bool pci_config_is_conventional(const char *path);

typedef struct PciVpdField {
    char keyword[3];   /* "PN", "V0" */
    char *value;
    bool writable;     /* of the read-write part */
} PciVpdField;

/* Vital product data (PCI Local Bus 3.0, appendix I). */
typedef struct PciVpd {
    char *name;
    GPtrArray *fields; /* PciVpdField, as they come; checksum and free space are left out */
} PciVpd;

/* NULL with @error set for what is not of that form or whose checksum is wrong. */
PciVpd *pci_vpd_parse(const uint8_t *data, size_t len, GError **error);
void pci_vpd_free(PciVpd *vpd);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PciVpd, pci_vpd_free)
