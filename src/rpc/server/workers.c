/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* workers.c - a pool that grows when work waits and shrinks when idle. */
#include "rpc/server/workers.h"

#include <glib.h>

#include "util/lock.h"

enum { IDLE_SECONDS = 60 };

typedef struct Work {
    WorkFn fn;
    void *data;
} Work;

struct Workers {
    Lock lock;
    Cond cond, prio_cond, gone;
    GQueue normal, high;
    WorkersCounts counts;
    unsigned prio_idle;
    bool stopping;
};

static Work *
take(Workers *self, bool prio)
{
    Work *work = g_queue_pop_head(&self->high);

    return work || prio ? work : g_queue_pop_head(&self->normal);
}

/* Whether a thread that found nothing to do should end. */
static bool
superfluous(const Workers *self, bool prio, bool idled)
{
    const WorkersCounts *c = &self->counts;

    if (self->stopping || (prio ? c->prio_now > c->prio : c->current > c->max))
        return true;
    return idled && (prio || c->current > c->min);
}

static void
serve(Workers *self, bool prio)
{
    unsigned *count = prio ? &self->counts.prio_now : &self->counts.current;
    unsigned *idle = prio ? &self->prio_idle : &self->counts.idle;
    Cond *cond = prio ? &self->prio_cond : &self->cond;
    bool idled = false;

    lock_acquire(&self->lock);
    for (;;) {
        Work *work = take(self, prio);

        if (work) {
            lock_release(&self->lock);
            work->fn(work->data);
            g_free(work);
            lock_acquire(&self->lock);
            idled = false;
        } else if (superfluous(self, prio, idled)) {
            break;
        } else {
            (*idle)++;
            idled = !cond_wait_until(cond, &self->lock,
                                     g_get_monotonic_time() + IDLE_SECONDS * G_USEC_PER_SEC);
            (*idle)--;
        }
    }
    (*count)--;
    cond_signal(&self->gone);
    lock_release(&self->lock);
}

static void *
normal_thread(void *opaque)
{
    serve(opaque, false);
    return NULL;
}

static void *
prio_thread(void *opaque)
{
    serve(opaque, true);
    return NULL;
}

/* See that somebody does the work that waits. */
static void
wake(Workers *self, bool high)
{
    WorkersCounts *c = &self->counts;
    g_autoptr(GError) error = NULL;
    GThread *thread = NULL;
    unsigned waiting = g_queue_get_length(&self->normal) + g_queue_get_length(&self->high);

    if (c->idle) {
        cond_signal(&self->cond);
        if (c->idle >= waiting)
            return;
    }
    if (c->current < c->max) {
        thread = g_thread_try_new("worker", normal_thread, self, &error);
        c->current += thread != NULL;
    } else if (high && self->prio_idle) {
        cond_signal(&self->prio_cond);
    } else if (high && c->prio_now < c->prio) {
        thread = g_thread_try_new("prio-worker", prio_thread, self, &error);
        c->prio_now += thread != NULL;
    }
    if (thread)
        g_thread_unref(thread);
    else if (error && !c->current)
        g_error("cannot make a worker thread: %s", error->message); /* nobody could ever answer */
}

Workers *
workers_new(unsigned min, unsigned max, unsigned prio)
{
    Workers *self = g_new0(Workers, 1);

    lock_init(&self->lock);
    cond_init(&self->cond);
    cond_init(&self->prio_cond);
    cond_init(&self->gone);
    self->counts.min = min;
    self->counts.max = MAX(max, 1);
    self->counts.prio = prio;
    return self;
}

void
workers_free(Workers *self)
{
    if (!self)
        return;
    lock_acquire(&self->lock);
    self->stopping = true;
    cond_broadcast(&self->cond);
    cond_broadcast(&self->prio_cond);
    while (self->counts.current || self->counts.prio_now)
        cond_wait_until(&self->gone, &self->lock, g_get_monotonic_time() + G_USEC_PER_SEC);
    lock_release(&self->lock);
    cond_clear(&self->cond);
    cond_clear(&self->prio_cond);
    cond_clear(&self->gone);
    lock_clear(&self->lock);
    g_free(self);
}

void
workers_push(Workers *self, bool high, WorkFn fn, void *data)
{
    Work *work = g_new(Work, 1);

    *work = (Work){ fn, data };
    lock_acquire(&self->lock);
    g_queue_push_tail(high ? &self->high : &self->normal, work);
    wake(self, high);
    lock_release(&self->lock);
}

void
workers_set(Workers *self, unsigned min, unsigned max, unsigned prio)
{
    lock_acquire(&self->lock);
    self->counts.min = min;
    self->counts.max = MAX(max, 1);
    self->counts.prio = prio;
    cond_broadcast(&self->cond); /* superfluous ones end */
    cond_broadcast(&self->prio_cond);
    lock_release(&self->lock);
}

WorkersCounts
workers_counts(Workers *self)
{
    WorkersCounts counts;

    lock_acquire(&self->lock);
    counts = self->counts;
    counts.waiting = g_queue_get_length(&self->normal) + g_queue_get_length(&self->high);
    lock_release(&self->lock);
    return counts;
}
