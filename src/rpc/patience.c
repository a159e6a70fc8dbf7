/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* patience.c - how long a process waits for the answer to one of its calls */
#include "rpc/patience.h"

static unsigned limit;
static _Thread_local bool suspended;

void
patience_set(unsigned milliseconds)
{
    __atomic_store_n(&limit, milliseconds, __ATOMIC_RELAXED);
}

unsigned
patience_get(void)
{
    return suspended ? 0 : __atomic_load_n(&limit, __ATOMIC_RELAXED);
}

void
patience_suspend(bool suspend)
{
    suspended = suspend;
}
