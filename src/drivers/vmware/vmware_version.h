/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vmware_version.h - which version of which VMware program is there */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum { VMWARE_PLAYER, VMWARE_WORKSTATION, VMWARE_FUSION, VMWARE_LAST } VmwareProgram;
/* "player", "ws" and "fusion", as in URIs and in vmrun's -T. */
extern const char *const vmware_program_words[VMWARE_LAST];

/* The version in @text, what the program prints of itself, as virConnectGetVersion() has it:
 * 1000000 * major + 1000 * minor + release. */
bool vmware_version_parse(VmwareProgram program, const char *text, unsigned long *ret_version, GError **error);
