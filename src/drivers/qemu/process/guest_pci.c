/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_pci.c - what a definition depends on of the PCI devices it is given */
#include "drivers/qemu/process/guest_pci.h"

#include <glib.h>
#include <limits.h>
#include <string.h>

#include "util/pci.h"

int
guest_pci_iommu_group(const void *data, const char *address)
{
    g_autofree char *link = g_build_filename(PCI_DEVICES, address, "iommu_group", NULL);
    g_autofree char *target = g_file_read_link(link, NULL);
    const char *name = target ? strrchr(target, '/') : NULL;
    guint64 group;

    return name && g_ascii_string_to_unsigned(name + 1, 10, 0, INT_MAX - 1, &group, NULL) ? (int)group : -1;
}

bool
guest_pci_is_conventional(const void *data, const char *address)
{
    g_autofree char *path = g_build_filename(PCI_DEVICES, address, "config", NULL);

    return pci_config_is_conventional(path);
}
