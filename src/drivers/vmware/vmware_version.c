/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vmware_version.c - which version of which VMware program is there */
#define ERROR_FROM VIR_FROM_VMWARE
#include "drivers/vmware/vmware_version.h"

#include <stdio.h>
#include <string.h>

#include "util/error.h"

const char *const vmware_program_words[VMWARE_LAST] = { "player", "ws", "fusion" };

static const char *const titles[VMWARE_LAST] = { "VMware Player ", "VMware Workstation ", "VMware Fusion " };

bool
vmware_version_parse(VmwareProgram program, const char *text, unsigned long *ret_version, GError **error)
{
    unsigned major, minor, release;

    /* The title may stand alone first, as a heading. */
    for (const char *at = text; (at = strstr(at, titles[program])); at++) {
        minor = release = 0;
        if (sscanf(at + strlen(titles[program]), "%5u.%5u.%5u", &major, &minor, &release) < 1)
            continue;
        *ret_version = major * 1000000ul + minor * 1000ul + release;
        return true;
    }
    error_set(error, VIR_ERR_INTERNAL_ERROR, "'%s' is followed by no version in what the program says: %.200s",
              titles[program], text);
    return false;
}
