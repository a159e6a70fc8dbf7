/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_libxl_device.h - the devices of libxl's domain configuration */
#pragma once

#include "drivers/xen/xen_libxl.h"

/* libxl's three-valued boolean; not set is left out. */
void xen_libxl_bool(Json *object, const char *key, bool value);
/* What the device model emulates: display, graphics card, USB input, sound. */
bool xen_libxl_emulated(const Domain *domain, Json *hvm, GError **error);
/* "disks", "nics", ...: a list for each class of device that the guest has. */
bool xen_libxl_devices(const Domain *domain, const XenLibxlContext *context, Json *config, GError **error);
