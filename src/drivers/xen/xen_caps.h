/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_caps.h - what guests of Xen can have */
#pragma once

#include "drivers/conf/domaincaps_gen.h"

/* @machine is "xenfv" for fully virtual guests; others are paravirtual and boot without firmware.  @loaders: firmware
 * of the host, ends with NULL. */
DomainCaps *xen_caps_domain(const char *emulator, const char *machine, const char *arch, const char *const *loaders);
