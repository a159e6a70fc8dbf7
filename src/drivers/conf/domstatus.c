/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domstatus.c - rules of <domstatus> that no single row can state. */
#define ERROR_FROM VIR_FROM_DOMAIN
#include "drivers/conf/domstatus_gen.h"
#include "util/error.h"

#include <string.h>

/* Older files do not say when a job began; its place is always written. */
bool
domstatus_job_check(void *obj, unsigned flags, GError **error)
{
    DomainJob *job = obj;

    if (job->async && strcmp(job->async, "none"))
        job->has_async_started = true;
    return true;
}
