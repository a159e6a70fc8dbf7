/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* job.c - jobs serialise the work on one object
 *
 * Three slots (ordinary, async, agent) and a queue of tickets.  Whoever may run beside a long job
 * is a matrix, not an if-chain.  A ticket is passed over only by those that the front of the queue
 * does not stand in the way of, so nobody starves.
 */
#define ERROR_FROM VIR_FROM_NONE
#include "drivers/common/job.h"

#include "util/error.h"

struct Job {
    JobQueue *queue;
    JobKind kind;
    AsyncKind async; /* of a long job */
    const char *who;
    int64_t since;
    bool abort; /* guarded by queue->lock */
    Job *parent;
};

typedef struct Ticket {
    JobKind kind;
    Job *parent;
} Ticket;

#define B(kind) (1u << JOB_##kind)
#define COMMON (B(QUERY) | B(DESTROY) | B(ABORT))

/* Which ordinary jobs run beside a long one. */
static const unsigned allowed[ASYNC_LAST] = {
    [ASYNC_NONE] = ~0u,
    [ASYNC_START] = B(QUERY) | B(DESTROY),
    [ASYNC_SAVE] = COMMON,
    [ASYNC_DUMP] = COMMON,
    [ASYNC_SNAPSHOT] = COMMON | B(SUSPEND),
    [ASYNC_BACKUP] = COMMON | B(SUSPEND) | B(MODIFY),
    [ASYNC_MIGRATE_OUT] = COMMON | B(SUSPEND) | B(MIGRATE_OP),
    [ASYNC_MIGRATE_IN] = B(QUERY) | B(DESTROY) | B(ABORT),
    [ASYNC_OTHER] = COMMON,
};

void
job_queue_init(JobQueue *queue)
{
    *queue = (JobQueue){ 0 };
    lock_init(&queue->lock);
    cond_init(&queue->changed);
    g_queue_init(&queue->waiting);
}

void
job_queue_clear(JobQueue *queue)
{
    g_assert(!queue->ordinary && !queue->async && !queue->agent);
    lock_clear(&queue->lock);
    cond_clear(&queue->changed);
}

void
job_queue_close(JobQueue *queue)
{
    lock_acquire(&queue->lock);
    queue->closed = true;
    cond_broadcast(&queue->changed);
    lock_release(&queue->lock);
}

/* Whether a job of this kind could start now, were nobody waiting. */
static bool
is_free(const JobQueue *queue, JobKind kind, const Job *parent) REQUIRES(queue->lock)
{
    if (kind == JOB_AGENT)
        return !queue->agent;
    if (queue->ordinary)
        return false;
    if (kind == JOB_ASYNC)
        return !queue->async;
    return !queue->async || queue->async == parent || (allowed[queue->async->async] & (1u << kind));
}

/* Whether someone before @me waits for what @me would take. */
static bool
must_let_pass(const JobQueue *queue, const Ticket *me) REQUIRES(queue->lock)
{
    for (const GList *l = queue->waiting.head; l && l->data != me; l = l->next) {
        const Ticket *before = l->data;

        if ((before->kind == JOB_AGENT) == (me->kind == JOB_AGENT) &&
            is_free(queue, before->kind, before->parent))
            return true;
    }
    return false;
}

static void
set_busy_error(const JobQueue *queue, JobKind kind, GError **error) REQUIRES(queue->lock)
{
    const Job *holder = kind == JOB_AGENT ? queue->agent
                        : queue->ordinary ? queue->ordinary
                                          : queue->async;
    int64_t now = g_get_monotonic_time();

    if (holder)
        error_set(error, VIR_ERR_OPERATION_TIMEOUT,
                  "cannot acquire state change lock (held by %s for %d s)", holder->who,
                  (int)((now - holder->since) / G_USEC_PER_SEC));
    else
        error_set(error, VIR_ERR_OPERATION_TIMEOUT,
                  "cannot acquire state change lock (%u calls wait for it)",
                  g_queue_get_length((GQueue *)&queue->waiting));
}

static Job *
begin(JobQueue *queue, JobKind kind, AsyncKind async, Job *parent, const char *who, int deadline_s,
      GError **error)
{
    int64_t until = g_get_monotonic_time() + (int64_t)deadline_s * G_USEC_PER_SEC;
    Ticket ticket = { kind, parent };
    Job *job = NULL;
    bool in_time = true;

    lock_acquire(&queue->lock);
    g_queue_push_tail(&queue->waiting, &ticket);
    while (!queue->closed && in_time &&
           (!is_free(queue, kind, parent) || must_let_pass(queue, &ticket)))
        in_time = cond_wait_until(&queue->changed, &queue->lock, until);
    if (queue->closed && kind != JOB_QUERY) {
        error_set(error, VIR_ERR_OPERATION_FAILED, "the object is gone");
    } else if (!is_free(queue, kind, parent)) {
        set_busy_error(queue, kind, error);
    } else {
        Job **slot = kind == JOB_AGENT   ? &queue->agent
                     : kind == JOB_ASYNC ? &queue->async
                                         : &queue->ordinary;

        job = g_new0(Job, 1);
        job->queue = queue;
        job->kind = kind;
        job->async = async;
        job->who = who;
        job->parent = parent;
        job->since = g_get_monotonic_time();
        *slot = job;
    }
    g_queue_remove(&queue->waiting, &ticket);
    cond_broadcast(&queue->changed); /* the front of the queue has changed */
    lock_release(&queue->lock);
    return job;
}

Job *
job_begin(JobQueue *queue, JobKind kind, const char *who, int deadline_s, GError **error)
{
    g_assert(kind != JOB_NONE && kind != JOB_ASYNC);
    return begin(queue, kind, ASYNC_NONE, NULL, who, deadline_s, error);
}

Job *
job_begin_async(JobQueue *queue, AsyncKind kind, const char *who, int deadline_s, GError **error)
{
    return begin(queue, JOB_ASYNC, kind, NULL, who, deadline_s, error);
}

Job *
job_begin_nested(Job *parent, const char *who, int deadline_s, GError **error)
{
    return begin(parent->queue, JOB_MODIFY, ASYNC_NONE, parent, who, deadline_s, error);
}

void
job_end(Job *job)
{
    JobQueue *queue;

    if (!job)
        return;
    queue = job->queue;
    lock_acquire(&queue->lock);
    if (queue->ordinary == job)
        queue->ordinary = NULL;
    else if (queue->async == job)
        queue->async = NULL;
    else if (queue->agent == job)
        queue->agent = NULL;
    else
        g_assert_not_reached();
    cond_broadcast(&queue->changed);
    lock_release(&queue->lock);
    g_free(job);
}

JobState
job_queue_state(JobQueue *queue)
{
    JobState state = { 0 };

    lock_acquire(&queue->lock);
    if (queue->ordinary) {
        state.ordinary = queue->ordinary->kind;
        state.ordinary_who = queue->ordinary->who;
        state.ordinary_since = queue->ordinary->since;
    }
    if (queue->async) {
        state.async = queue->async->async;
        state.async_who = queue->async->who;
        state.async_since = queue->async->since;
    }
    state.n_waiting = g_queue_get_length(&queue->waiting);
    lock_release(&queue->lock);
    return state;
}

bool
job_request_abort(JobQueue *queue)
{
    bool found;

    lock_acquire(&queue->lock);
    found = queue->async != NULL;
    if (found)
        queue->async->abort = true;
    lock_release(&queue->lock);
    return found;
}

bool
job_abort_requested(Job *job)
{
    bool abort;

    lock_acquire(&job->queue->lock);
    abort = job->abort;
    lock_release(&job->queue->lock);
    return abort;
}
