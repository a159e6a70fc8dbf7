/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* workers.h - the threads that run calls
 *
 * Ordinary threads run anything, priority threads only work marked high.  Threads
 * are made when work waits and none is free, and end when they have been idle.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct Workers Workers;
typedef void (*WorkFn)(void *data);

typedef struct WorkersCounts {
    unsigned min, max, prio;          /* settings */
    unsigned current, idle, prio_now; /* what is */
    unsigned waiting;                 /* work not begun */
} WorkersCounts;

Workers *workers_new(unsigned min, unsigned max, unsigned prio);
/* Finish all work, end the threads. */
void workers_free(Workers *workers);
void workers_push(Workers *workers, bool high, WorkFn fn, void *data);
void workers_set(Workers *workers, unsigned min, unsigned max, unsigned prio);
WorkersCounts workers_counts(Workers *workers);
