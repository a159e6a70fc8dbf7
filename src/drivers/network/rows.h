/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rows.h - functions of the driver's rows, by file */
#pragma once

#include "drivers/network/object.h"
#include "rpc/driver.h"

/* network_port.c */
bool network_port_list(Call *call, GError **error);
bool network_port_lookup(Call *call, GError **error);
bool network_port_create(Call *call, GError **error);
bool network_port_delete(Call *call, GError **error);
bool network_port_get_xml(Call *call, GError **error);
bool network_port_get_parameters(Call *call, GError **error);
bool network_port_set_parameters(Call *call, GError **error);
