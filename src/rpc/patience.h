/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* patience.h - how long a process waits for the answer to one of its calls
 *
 * An application may wait as long as it likes.  A daemon that is the client of another one may not: if that one hangs,
 * its own callers would hang with it.
 */
#pragma once

#include <stdbool.h>

/* At most @milliseconds for each call from now on; 0, as it begins: for ever. */
void patience_set(unsigned milliseconds);
unsigned patience_get(void);
/* Not this thread, until told otherwise: it makes a call that takes as long as it takes. */
void patience_suspend(bool suspend);
