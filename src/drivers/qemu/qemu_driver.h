/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu_driver.h - the QEMU driver: guests under QEMU and KVM */
#pragma once

#include "rpc/driver.h"

extern const Driver qemu_driver;
