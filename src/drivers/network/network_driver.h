/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network_driver.h - virtual networks and their ports: the driver of virtnetworkd */
#pragma once

#include "rpc/driver.h"

extern const Driver network_driver;
