/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_memlock.h - how much memory the emulator of a guest may lock */
#pragma once

#include "drivers/conf/domain_gen.h"

#define GUEST_MEMLOCK_UNLIMITED UINT64_MAX

/* In bytes; 0 where the emulator locks nothing and the limit it inherits will do. */
uint64_t guest_memlock_limit(const Domain *def);
