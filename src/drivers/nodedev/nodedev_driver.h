/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nodedev_driver.h - the devices of the host: the driver of virtnodedevd */
#pragma once

#include "rpc/driver.h"

extern const Driver nodedev_driver;
