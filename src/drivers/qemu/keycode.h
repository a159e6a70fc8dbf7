/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keycode.h - keys by the numbers that different systems give them */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What QEMU calls the key @code of the set @codeset (VIR_KEYCODE_SET_*): the number of a PC's keyboard, with bit 7 for keys
 * that send an E0 before it.  False if there is none. */
bool keycode_to_qnum(unsigned codeset, unsigned code, unsigned *ret_qnum);
