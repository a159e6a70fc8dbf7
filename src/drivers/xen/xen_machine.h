/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_machine.h - what configuration files and libxl have in common about features and clocks */
#pragma once

#include "drivers/conf/domain_gen.h"

/* Bits of the groups of Viridian, in libxl's numbers. */
unsigned xen_machine_viridian(const Features *features);
/* "default", "native", ... */
const char *xen_machine_tsc(const Timer *timer);
