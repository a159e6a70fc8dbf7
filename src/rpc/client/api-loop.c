/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* api-loop.c - the public functions about event loops. */
#define ERROR_FROM VIR_FROM_EVENT
#include "rpc/client/last-error.h"
#include "rpc/client/loop.h"
#include "util/error.h"

#pragma GCC visibility push(default)

void
virEventRegisterImpl(virEventAddHandleFunc addHandle, virEventUpdateHandleFunc updateHandle,
                     virEventRemoveHandleFunc removeHandle, virEventAddTimeoutFunc addTimeout,
                     virEventUpdateTimeoutFunc updateTimeout,
                     virEventRemoveTimeoutFunc removeTimeout)
{
    loop_register(&(LoopImpl){ addHandle, updateHandle, removeHandle, addTimeout, updateTimeout,
                               removeTimeout });
}

int
virEventRegisterDefaultImpl(void)
{
    last_error_reset();
    loop_register(&loop_default);
    return 0;
}

int
virEventRunDefaultImpl(void)
{
    GError *error = NULL;

    last_error_reset();
    if (loop_run_default(&error))
        return 0;
    last_error_raise(NULL, error);
    return -1;
}

int
virEventAddHandle(int fd, int events, virEventHandleCallback cb, void *opaque, virFreeCallback ff)
{
    return loop_add_handle(fd, events, cb, opaque, ff);
}

void
virEventUpdateHandle(int watch, int events)
{
    loop_update_handle(watch, events);
}

int
virEventRemoveHandle(int watch)
{
    return loop_remove_handle(watch);
}

int
virEventAddTimeout(int timeout, virEventTimeoutCallback cb, void *opaque, virFreeCallback ff)
{
    return loop_add_timeout(timeout, cb, opaque, ff);
}

void
virEventUpdateTimeout(int timer, int timeout)
{
    loop_update_timeout(timer, timeout);
}

int
virEventRemoveTimeout(int timer)
{
    return loop_remove_timeout(timer);
}
