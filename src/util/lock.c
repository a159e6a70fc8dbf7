/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lock.c - mutex and condition on pthread; misuse is a programming error and asserts. */
#include "util/lock.h"

#include <errno.h>
#include <time.h>

void
lock_init(Lock *lock)
{
    g_assert_cmpint(pthread_mutex_init(&lock->mutex, NULL), ==, 0);
}

void
lock_clear(Lock *lock)
{
    pthread_mutex_destroy(&lock->mutex);
}

void NO_LOCK_CHECK
lock_acquire(Lock *lock)
{
    g_assert_cmpint(pthread_mutex_lock(&lock->mutex), ==, 0);
}

void NO_LOCK_CHECK
lock_release(Lock *lock)
{
    g_assert_cmpint(pthread_mutex_unlock(&lock->mutex), ==, 0);
}

void
cond_init(Cond *cond)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    g_assert_cmpint(pthread_cond_init(&cond->cond, &attr), ==, 0);
    pthread_condattr_destroy(&attr);
}

void
cond_clear(Cond *cond)
{
    pthread_cond_destroy(&cond->cond);
}

void
cond_wait(Cond *cond, Lock *lock)
{
    pthread_cond_wait(&cond->cond, &lock->mutex);
}

bool
cond_wait_until(Cond *cond, Lock *lock, int64_t deadline)
{
    struct timespec until = { .tv_sec = deadline / G_USEC_PER_SEC,
                              .tv_nsec = (deadline % G_USEC_PER_SEC) * 1000 };

    return pthread_cond_timedwait(&cond->cond, &lock->mutex, &until) != ETIMEDOUT;
}

void
cond_signal(Cond *cond)
{
    pthread_cond_signal(&cond->cond);
}

void
cond_broadcast(Cond *cond)
{
    pthread_cond_broadcast(&cond->cond);
}
