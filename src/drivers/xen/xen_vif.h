/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_vif.h - what configuration files and libxl have in common about network interfaces */
#pragma once

#include "drivers/conf/interface_gen.h"

/* The bridge with its VLANs, as scripts of Open vSwitch take them: "br0", "br0.5", "br0:1:2". */
bool xen_vif_bridge(const Interface *nic, char **ret_bridge, GError **error);
/* Addresses with blanks between them, or NULL. */
char *xen_vif_addresses(const Interface *nic);
/* The script where the document says none; NULL for the default. */
const char *xen_vif_script(const Interface *nic);
