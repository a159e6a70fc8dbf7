/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* iotune.h - limits of disks told to a guest that runs */
#pragma once

#include "drivers/conf/disk_gen.h"
#include "drivers/qemu/qmp/qmp_client.h"

bool iotune_apply(QmpClient *qmp, const Disk *disk, const IoTune *tune, GError **error);
/* The group of tune->group_name; @fresh: QEMU has none of that name yet. */
bool iotune_apply_group(QmpClient *qmp, const IoTune *tune, bool fresh, GError **error);
