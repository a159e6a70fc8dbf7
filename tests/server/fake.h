/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fake.h - two tiny drivers to test server, router and daemons with
 *
 * fake_driver is a hypervisor (scheme test) with one domain "one"; fake_network_driver has one
 * network "net".  Calls whose argument says so block, fail or pass descriptors.
 */
#pragma once

#include "rpc/driver.h"

extern const Driver fake_driver, fake_network_driver;
