/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qmp_job.c - long operations of a guest's block layer */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/qmp/qmp_job.h"

#include "util/error.h"

static void
free_job(void *data)
{
    QmpJob *job = data;

    g_free(job->id);
    g_free(job->type);
    g_free(job->status);
    g_free(job->error);
    g_free(job);
}

GPtrArray *
qmp_job_list(Json *jobs, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(free_job);

    for (size_t i = 0; i < json_array_len(jobs); i++) {
        Json *item = json_array_at(jobs, i);
        const char *id = json_get_string(item, "id", error);
        const char *type = id ? json_get_string(item, "type", error) : NULL;
        const char *status = type ? json_get_string(item, "status", error) : NULL;
        QmpJob *job;

        if (!status)
            return NULL;
        job = g_new0(QmpJob, 1);
        job->id = g_strdup(id);
        job->type = g_strdup(type);
        job->status = g_strdup(status);
        job->error = g_strdup(json_opt_string(item, "error", NULL));
        job->done = json_opt_uint64(item, "current-progress", 0);
        job->total = json_opt_uint64(item, "total-progress", 0);
        g_ptr_array_add(list, job);
    }
    return g_steal_pointer(&list);
}
