/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* firmware_fill.h - the firmware of a definition: found by what is asked for, and written down */
#pragma once

#include "drivers/conf/domain_gen.h"
#include "drivers/qemu/firmware/firmware_list.h"

typedef struct FirmwareFill {
    const FirmwareList *list;
    char *const *pairs;        /* qemu.conf's "loader:template" of images nobody describes; NULL: the usual ones */
    const char *nvram_dir;     /* where the variables of guests are kept */
    bool fresh;                /* a new definition: any format, else raw as before formats could be told */
} FirmwareFill;

/* Choose for <os firmware='...'>, and recognise a loader that is named.  A definition that nothing fits stays as it
 * is, and false is returned: one that is kept may be fitted later. */
bool firmware_fill(Domain *def, const FirmwareFill *fill);

/* The error for a definition that nothing fits. */
void firmware_fill_refuse(const Domain *def, GError **error);
/* False, with an error, where a guest asks for firmware that was not found. */
bool firmware_fill_is_done(const Domain *def, GError **error);
