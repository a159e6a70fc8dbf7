/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_disk.h - what configuration files and libxl have in common about disks */
#pragma once

#include "drivers/conf/disk_gen.h"

/* What serves a disk in dom0: libxl's words, NULL: libxl chooses. */
bool xen_disk_backend(const Disk *disk, const char **ret_backend, GError **error);
/* The format in libxl's words. */
bool xen_disk_format(const Disk *disk, const char **ret_format, GError **error);
/* The file, device or "rbd:..."; *ret_path is NULL for an empty drive. */
bool xen_disk_path(const Disk *disk, char **ret_path, GError **error);
