/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* watch.h - one descriptor watched by the main loop, cheap to change and to stop
 *
 * Main thread only.  A watch may be freed by its own function.
 */
#pragma once

#include <glib.h>
#include <poll.h>

typedef struct Watch Watch;
/* @events: POLLIN, POLLOUT, POLLERR, POLLHUP as poll() gave them. */
typedef void (*WatchFn)(void *data, short events);

Watch *watch_new(GMainContext *context, int fd, short events, WatchFn fn, void *data);
/* What to wait for; 0 for a hang-up only. */
void watch_set(Watch *watch, short events);
/* Wait for nothing at all, until watch_set(). */
void watch_pause(Watch *watch);
void watch_free(Watch *watch);

/* Functions that other threads want run on the main thread, in order. */
typedef struct Mailbox Mailbox;
typedef void (*MailFn)(void *data);

Mailbox *mailbox_new(GMainContext *context);
/* Run what is left, then end. Main thread. */
void mailbox_free(Mailbox *mailbox);
void mailbox_post(Mailbox *mailbox, MailFn fn, void *data);
