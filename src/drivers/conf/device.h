/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* device.h - rules that devices of several kinds share. */
#pragma once

#include "drivers/conf/device_gen.h"

/* Are the numbers of a PCI address those of one? */
bool device_pci_check(const PciAddress *pci, GError **error);

/* False, with an error, where the back end is a file or socket without a path. */
bool device_char_needs_path(const CharSource *source, GError **error);
