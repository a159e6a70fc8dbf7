/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* loop.h - the event loop of the application
 *
 * The application either lends us its own (virEventRegisterImpl) or has ours, a
 * plain poll() loop (virEventRegisterDefaultImpl).  The rest of the library asks for
 * descriptors to be watched and timers to run through these, and does without when
 * there is no loop.
 */
#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>
#include <stdbool.h>

typedef struct LoopImpl {
    virEventAddHandleFunc add_handle;
    virEventUpdateHandleFunc update_handle;
    virEventRemoveHandleFunc remove_handle;
    virEventAddTimeoutFunc add_timeout;
    virEventUpdateTimeoutFunc update_timeout;
    virEventRemoveTimeoutFunc remove_timeout;
} LoopImpl;

/* The first registration holds for good; later ones are ignored. */
void loop_register(const LoopImpl *impl);

/* -1 when there is no loop, or it refuses. */
int loop_add_handle(int fd, int events, virEventHandleCallback cb, void *opaque,
                    virFreeCallback ff);
void loop_update_handle(int watch, int events);
int loop_remove_handle(int watch);
int loop_add_timeout(int milliseconds, virEventTimeoutCallback cb, void *opaque,
                     virFreeCallback ff);
void loop_update_timeout(int timer, int milliseconds);
int loop_remove_timeout(int timer);

/* Our own loop, and one round of it: wait until something is due, tell whom it concerns. */
extern const LoopImpl loop_default;
bool loop_run_default(GError **error);
