/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hotplug_rows.h - the calls that attach, detach and update devices */
#pragma once

#include "rpc/driver.h"

bool hotplug_rows_attach(Call *call, GError **error);
bool hotplug_rows_attach_flags(Call *call, GError **error);
bool hotplug_rows_detach(Call *call, GError **error);
bool hotplug_rows_detach_flags(Call *call, GError **error);
bool hotplug_rows_detach_alias(Call *call, GError **error);
bool hotplug_rows_update_flags(Call *call, GError **error);
