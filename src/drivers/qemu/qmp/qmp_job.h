/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qmp_job.h - long operations of a guest's block layer, as query-jobs lists them */
#pragma once

#include "util/json.h"

typedef struct QmpJob {
    char *id, *type, *status;     /* QEMU's words */
    char *error;                  /* why it failed, or NULL */
    uint64_t done, total;         /* in a unit of the job's own */
} QmpJob;

/* QmpJob, from the reply. */
GPtrArray *qmp_job_list(Json *jobs, GError **error);
