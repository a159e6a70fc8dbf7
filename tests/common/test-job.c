/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-job.c - jobs exclude each other as the matrix says, in turn, and never for ever. */
#include "drivers/common/job.h"

#include <libvirt/virterror.h>
#include <string.h>

#include "util/error.h"

static void
test_exclusion(void)
{
    JobQueue queue;
    g_autoptr(GError) error = NULL;
    JobState state;

    job_queue_init(&queue);
    {
        g_autoptr(Job) first = job_begin(&queue, JOB_MODIFY, "virDomainSetMemory", 1, &error);
        g_autoptr(Job) agent = job_begin(&queue, JOB_AGENT, "virDomainFSFreeze", 1, &error);

        g_assert_nonnull(first);
        g_assert_nonnull(agent); /* queues apart */
        g_assert_no_error(error);
        g_assert_null(job_begin(&queue, JOB_QUERY, "virDomainGetInfo", 0, &error));
        g_assert_true(error_is(error, VIR_ERR_OPERATION_TIMEOUT));
        g_assert_true(g_str_has_prefix(
            error->message, "cannot acquire state change lock (held by virDomainSetMemory for"));
        g_clear_error(&error);
        g_assert_null(job_begin(&queue, JOB_AGENT, "x", 0, &error));
        g_assert_nonnull(strstr(error->message, "held by virDomainFSFreeze"));
        g_clear_error(&error);
        state = job_queue_state(&queue);
        g_assert_cmpint(state.ordinary, ==, JOB_MODIFY);
        g_assert_cmpstr(state.ordinary_who, ==, "virDomainSetMemory");
    }
    state = job_queue_state(&queue);
    g_assert_null(state.ordinary_who);
    job_queue_clear(&queue);
}

/* One row of the matrix each: what goes beside which long job. */
static void
test_matrix(void)
{
    static const struct {
        AsyncKind async;
        JobKind kind;
        bool allowed;
    } cases[] = {
        { ASYNC_SAVE, JOB_QUERY, true },
        { ASYNC_SAVE, JOB_MODIFY, false },
        { ASYNC_SAVE, JOB_SUSPEND, false },
        { ASYNC_SAVE, JOB_DESTROY, true },
        { ASYNC_SAVE, JOB_ABORT, true },
        { ASYNC_SNAPSHOT, JOB_SUSPEND, true },
        { ASYNC_MIGRATE_OUT, JOB_MIGRATE_OP, true },
        { ASYNC_DUMP, JOB_MIGRATE_OP, false },
        { ASYNC_BACKUP, JOB_MODIFY, true },
        { ASYNC_START, JOB_MODIFY, false },
        { ASYNC_START, JOB_DESTROY, true },
        { ASYNC_MIGRATE_IN, JOB_MODIFY, false },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        JobQueue queue;
        g_autoptr(GError) error = NULL;

        job_queue_init(&queue);
        {
            g_autoptr(Job) async =
                job_begin_async(&queue, cases[i].async, "virDomainLong", 1, &error);
            g_autoptr(Job) job = job_begin(&queue, cases[i].kind, "virDomainShort", 0, &error);

            g_assert_nonnull(async);
            g_assert_cmpint(job != NULL, ==, cases[i].allowed);
            if (!job)
                g_assert_nonnull(strstr(error->message, "virDomainLong"));
            g_assert_null(job_begin_async(&queue, ASYNC_DUMP, "virDomainOther", 0, NULL));
            g_assert_true(job_request_abort(&queue));
            g_assert_true(job_abort_requested(async));
        }
        g_assert_false(job_request_abort(&queue));
        job_queue_clear(&queue);
    }
}

static void
test_nested(void)
{
    JobQueue queue;
    g_autoptr(GError) error = NULL;

    job_queue_init(&queue);
    {
        g_autoptr(Job) async = job_begin_async(&queue, ASYNC_SAVE, "save", 1, &error);
        g_autoptr(Job) step = job_begin_nested(async, "save step", 1, &error);

        g_assert_nonnull(step); /* the long job itself may do what others must not */
        g_assert_null(job_begin(&queue, JOB_QUERY, "q", 0, NULL));
    }
    job_queue_clear(&queue);
}

enum { THREADS = 8, ROUNDS = 300 };

typedef struct Shared {
    JobQueue queue;
    int inside; /* written under the job only: TSan sees it if two are in */
    unsigned done;
} Shared;

static void *
worker(void *data)
{
    Shared *shared = data;

    for (int i = 0; i < ROUNDS; i++) {
        g_autoptr(Job) job =
            job_begin(&shared->queue, i % 3 ? JOB_MODIFY : JOB_QUERY, "worker", 30, NULL);

        g_assert_nonnull(job);
        g_assert_cmpint(shared->inside++, ==, 0);
        shared->done++;
        shared->inside--;
    }
    return NULL;
}

static void
test_threads(void)
{
    Shared shared = { 0 };
    GThread *threads[THREADS];

    job_queue_init(&shared.queue);
    for (int i = 0; i < THREADS; i++)
        threads[i] = g_thread_new("worker", worker, &shared);
    for (int i = 0; i < THREADS; i++)
        g_thread_join(threads[i]);
    g_assert_cmpuint(shared.done, ==, THREADS * ROUNDS);
    job_queue_clear(&shared.queue);
}

typedef struct Waiter {
    JobQueue *queue;
    bool got;
    int code;
} Waiter;

static void *
wait_for_job(void *data)
{
    Waiter *waiter = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(Job) job = job_begin(waiter->queue, JOB_MODIFY, "waiter", 30, &error);

    waiter->got = job != NULL;
    waiter->code = error ? error_code(error) : 0;
    return NULL;
}

/* Who waits for an object that goes away is told at once. */
static void
test_close(void)
{
    JobQueue queue;
    Waiter waiter = { .queue = &queue };
    Job *holder;
    GThread *thread;

    job_queue_init(&queue);
    holder = job_begin(&queue, JOB_DESTROY, "virDomainDestroy", 1, NULL);
    thread = g_thread_new("waiter", wait_for_job, &waiter);
    while (job_queue_state(&queue).n_waiting == 0)
        g_thread_yield();
    job_queue_close(&queue);
    g_thread_join(thread);
    g_assert_false(waiter.got);
    g_assert_cmpint(waiter.code, ==, VIR_ERR_OPERATION_FAILED);
    job_end(holder);
    job_queue_clear(&queue);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/job/exclusion", test_exclusion);
    g_test_add_func("/job/matrix", test_matrix);
    g_test_add_func("/job/nested", test_nested);
    g_test_add_func("/job/threads", test_threads);
    g_test_add_func("/job/close", test_close);
    return g_test_run();
}
