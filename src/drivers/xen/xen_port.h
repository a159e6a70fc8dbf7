/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_port.h - what configuration files and libxl have in common about serial and parallel ports */
#pragma once

#include "drivers/conf/device_gen.h"

/* As the device model's -serial takes it: "pty", "file:/x", "tcp:host:1,server,nowait". */
char *xen_port_format(const CharSource *source, GError **error);
