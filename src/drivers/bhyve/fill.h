/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fill.h - make a definition of a bhyve guest whole: what the document left to us, chosen once and then kept
 *
 * Afterwards every device has its place, so that a guest started twice sees the same hardware, and what bhyve cannot
 * run was refused.
 */
#pragma once

#include "drivers/conf/domain_gen.h"

/* @caps: bits of caps.h.  @random may be NULL: the real thing. */
bool bhyve_fill_definition(Domain *def, unsigned caps, void (*random)(uint8_t *bytes, size_t n), GError **error);

/* A new MAC address. */
char *bhyve_fill_mac(void (*random)(uint8_t *bytes, size_t n));

/* Leave out what need not be said, in a definition that is kept. */
void bhyve_fill_settle(Domain *def);

/* address.c: give disks and devices the places they lack, and disks their controllers. */
bool bhyve_address_drives(Domain *def, unsigned caps, GError **error);
bool bhyve_address_pci(Domain *def, GError **error);

/* check.c: refuse what no bhyve can run, whatever its age. */
bool bhyve_check_definition(const Domain *def, GError **error);
