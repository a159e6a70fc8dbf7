/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* disk.h - rules of disks that are in more than one file. */
#pragma once

#include "drivers/conf/disk_gen.h"

/* The number that a target name stands for: 0 for "vda"; -1 for a name of another kind. */
int disk_target_index(const char *target);
/* Whether the limits of a disk or a throttle group (@target is its name, for errors) go together. */
bool disk_limits_check(const char *target, const IoTune *tune, GError **error);
