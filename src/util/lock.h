/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lock.h - mutex and condition on pthread
 *
 * Not GMutex: GLib's futex mutex is invisible to TSan.  The attributes let
 * clang check lock contracts written in prototypes (-Wthread-safety).
 */
#pragma once

#include <glib.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __clang__
# define LOCK_ATTR(x) __attribute__((x))
#else
# define LOCK_ATTR(x)
#endif
#define LOCK_CAPABILITY LOCK_ATTR(capability("mutex"))
#define REQUIRES(...) LOCK_ATTR(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) LOCK_ATTR(locks_excluded(__VA_ARGS__))
/* clang before 20 cannot name another member of a C struct in this one. */
#if defined(__clang__) && __clang_major__ < 20
# define GUARDED_BY(x)
#else
# define GUARDED_BY(x) LOCK_ATTR(guarded_by(x))
#endif
#define ACQUIRE(...) LOCK_ATTR(acquire_capability(__VA_ARGS__))
#define RELEASE(...) LOCK_ATTR(release_capability(__VA_ARGS__))
#define NO_LOCK_CHECK LOCK_ATTR(no_thread_safety_analysis)

typedef struct LOCK_CAPABILITY Lock { pthread_mutex_t mutex; } Lock;
typedef struct Cond { pthread_cond_t cond; } Cond;

#define LOCK_INIT { PTHREAD_MUTEX_INITIALIZER }

void lock_init(Lock *lock);
void lock_clear(Lock *lock);
void lock_acquire(Lock *lock) ACQUIRE(lock);
void lock_release(Lock *lock) RELEASE(lock);

/* Conditions wait on CLOCK_MONOTONIC. */
void cond_init(Cond *cond);
void cond_clear(Cond *cond);
void cond_wait(Cond *cond, Lock *lock) REQUIRES(lock);
/* False when @deadline (g_get_monotonic_time() microseconds) has passed. */
bool cond_wait_until(Cond *cond, Lock *lock, int64_t deadline) REQUIRES(lock);
void cond_signal(Cond *cond);
void cond_broadcast(Cond *cond);

/* Scoped hold: g_auto(LockHold) hold = lock_hold(&vm->lock); */
typedef Lock *LockHold;
static inline LockHold NO_LOCK_CHECK
lock_hold(Lock *lock)
{
    lock_acquire(lock);
    return lock;
}
static inline void NO_LOCK_CHECK
lock_hold_end(LockHold *hold)
{
    if (*hold)
        lock_release(*hold);
    *hold = NULL;
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LockHold, lock_hold_end)
