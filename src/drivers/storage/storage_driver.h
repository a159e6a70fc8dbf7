/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* storage_driver.h - pools and volumes: the driver of virtstoraged */
#pragma once

#include "rpc/driver.h"

extern const Driver storage_driver;
