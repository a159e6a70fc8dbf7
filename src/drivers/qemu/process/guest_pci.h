/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_pci.h - what a definition depends on of the PCI devices it is given; addresses as "0000:01:00.0" */
#pragma once

#include <stdbool.h>

/* -1 where there is no IOMMU or no such device. */
int guest_pci_iommu_group(const void *data, const char *address);
bool guest_pci_is_conventional(const void *data, const char *address);
