/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* job.h - jobs serialise the work on one object
 *
 * An object has one queue.  An ordinary job has the object to itself among ordinary jobs; a long
 * (async) job runs for minutes and lets certain kinds of ordinary job in beside it, by a matrix;
 * agent jobs queue apart, so that a silent guest agent holds up nothing else.  A Job is an owned
 * value: g_autoptr(Job) ends it.  Nobody waits without a deadline, and who waited in vain is told
 * which call holds the object.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "rpc/method.h"
#include "util/lock.h"

enum { JOB_DEADLINE_S = 30 };

/* What a long job is about: decides what may run beside it. */
typedef enum {
    ASYNC_NONE,
    ASYNC_START,
    ASYNC_SAVE,
    ASYNC_DUMP,
    ASYNC_SNAPSHOT,
    ASYNC_BACKUP,
    ASYNC_MIGRATE_OUT,
    ASYNC_MIGRATE_IN,
    ASYNC_OTHER,
    ASYNC_LAST,
} AsyncKind;

typedef struct Job Job;

typedef struct JobQueue {
    Lock lock;
    Cond changed;
    Job *ordinary, *async, *agent; /* who holds each slot */
    GQueue waiting;                /* first come, first served */
    bool closed;                   /* the object is gone: waiters give up */
} JobQueue;

void job_queue_init(JobQueue *queue);
void job_queue_clear(JobQueue *queue);
/* The object is gone: those who wait get @VIR_ERR_OPERATION_FAILED. */
void job_queue_close(JobQueue *queue);

/* JOB_QUERY .. JOB_MIGRATE_OP, JOB_AGENT.  @who is the call's name and must outlive the job. */
Job *job_begin(JobQueue *queue, JobKind kind, const char *who, int deadline_s, GError **error);
Job *job_begin_async(JobQueue *queue, AsyncKind kind, const char *who, int deadline_s, GError **error);
/* An ordinary step of the long job @parent, for when it touches the object. */
Job *job_begin_nested(Job *parent, const char *who, int deadline_s, GError **error);
void job_end(Job *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Job, job_end)

/* A copy of who works on the object. */
typedef struct JobState {
    JobKind ordinary;
    AsyncKind async;
    const char *ordinary_who, *async_who; /* NULL when none */
    int64_t ordinary_since, async_since;  /* g_get_monotonic_time() */
    unsigned n_waiting;
} JobState;
JobState job_queue_state(JobQueue *queue);

/* Have the long job that runs be told to end; false if there is none or it cannot be. */
bool job_request_abort(JobQueue *queue);
bool job_abort_requested(Job *job);
