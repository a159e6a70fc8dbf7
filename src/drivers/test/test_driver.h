/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_driver.h - test:///default and test:///FILE.xml, a hypervisor in memory */
#pragma once

#include "rpc/driver.h"

extern const Driver test_driver;
