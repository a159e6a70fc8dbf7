/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_os.h - what configuration files and libxl have in common about booting */
#pragma once

#include "drivers/conf/domain_gen.h"

/* The order of boot devices: a floppy, c disk, d CD-ROM, n network. */
char *xen_os_boot(const Domain *domain);
/* The UEFI firmware, or NULL for guests with BIOS; *@ret_made is to be freed. */
const char *xen_os_ovmf(const Domain *domain, const char *firmware, char **ret_made);
