/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* loop.c - event loop registry, and the loop for applications that have none
 *
 * Callbacks run without the lock and may add, change and remove anything, themselves
 * included.  A removed entry is only marked; it is freed, and its owner's free
 * function called, when no round that could still hold it is running.
 */
#define ERROR_FROM VIR_FROM_EVENT
#include "rpc/client/loop.h"

#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "util/error.h"
#include "util/lock.h"

typedef struct LoopEntry {
    int id;
    bool removed;
    bool is_timer;
    int fd, events; /* handle */
    int interval;   /* timer: milliseconds, -1 when off */
    int64_t due;    /* timer: monotonic microseconds */
    virEventHandleCallback handle_cb;
    virEventTimeoutCallback timeout_cb;
    void *opaque;
    virFreeCallback ff;
} LoopEntry;

static Lock loop_lock = LOCK_INIT;
static LoopImpl current;
static bool have_current;

static GPtrArray *entries; /* of LoopEntry, in order of addition */
static int next_id = 1;
static int depth; /* rounds that are running, in any thread */
static int wake_fd = -1;
static bool polling; /* some thread is inside poll(): changes must wake it */

void
loop_register(const LoopImpl *impl)
{
    g_auto(LockHold) hold = lock_hold(&loop_lock);

    if (have_current)
        return;
    current = *impl;
    have_current = true;
}

static LoopImpl
registered_impl(void)
{
    g_auto(LockHold) hold = lock_hold(&loop_lock);

    return current;
}

int
loop_add_handle(int fd, int events, virEventHandleCallback cb, void *opaque, virFreeCallback ff)
{
    LoopImpl impl = registered_impl();

    return impl.add_handle ? impl.add_handle(fd, events, cb, opaque, ff) : -1;
}

void
loop_update_handle(int watch, int events)
{
    LoopImpl impl = registered_impl();

    if (impl.update_handle)
        impl.update_handle(watch, events);
}

int
loop_remove_handle(int watch)
{
    LoopImpl impl = registered_impl();

    return impl.remove_handle ? impl.remove_handle(watch) : -1;
}

int
loop_add_timeout(int milliseconds, virEventTimeoutCallback cb, void *opaque, virFreeCallback ff)
{
    LoopImpl impl = registered_impl();

    return impl.add_timeout ? impl.add_timeout(milliseconds, cb, opaque, ff) : -1;
}

void
loop_update_timeout(int timer, int milliseconds)
{
    LoopImpl impl = registered_impl();

    if (impl.update_timeout)
        impl.update_timeout(timer, milliseconds);
}

int
loop_remove_timeout(int timer)
{
    LoopImpl impl = registered_impl();

    return impl.remove_timeout ? impl.remove_timeout(timer) : -1;
}

/* From here on: the default loop.  Everything below needs loop_lock unless said otherwise. */

static void
wake(void)
{
    uint64_t one = 1;

    if (polling && wake_fd >= 0 && write(wake_fd, &one, sizeof(one)) < 0)
        return; /* full counter: it is awake already */
}

static int64_t
due_after(int interval)
{
    return interval < 0 ? INT64_MAX : g_get_monotonic_time() + (int64_t)interval * 1000;
}

static LoopEntry *
entry_add(void *opaque, virFreeCallback ff)
{
    LoopEntry *entry = g_new0(LoopEntry, 1);

    if (!entries)
        entries = g_ptr_array_new();
    entry->id = next_id++;
    entry->opaque = opaque;
    entry->ff = ff;
    g_ptr_array_add(entries, entry);
    return entry;
}

static LoopEntry *
entry_find(int id, bool is_timer)
{
    for (guint i = 0; entries && i < entries->len; i++) {
        LoopEntry *entry = entries->pdata[i];

        if (entry->id == id && entry->is_timer == is_timer && !entry->removed)
            return entry;
    }
    return NULL;
}

static int
default_add_handle(int fd, int events, virEventHandleCallback cb, void *opaque, virFreeCallback ff)
{
    g_auto(LockHold) hold = lock_hold(&loop_lock);
    LoopEntry *entry = entry_add(opaque, ff);

    entry->fd = fd;
    entry->events = events;
    entry->handle_cb = cb;
    wake();
    return entry->id;
}

static void
default_update_handle(int watch, int events)
{
    g_auto(LockHold) hold = lock_hold(&loop_lock);
    LoopEntry *entry = entry_find(watch, false);

    if (entry && entry->events != events) {
        entry->events = events;
        wake();
    }
}

static int
default_add_timeout(int milliseconds, virEventTimeoutCallback cb, void *opaque, virFreeCallback ff)
{
    g_auto(LockHold) hold = lock_hold(&loop_lock);
    LoopEntry *entry = entry_add(opaque, ff);

    entry->is_timer = true;
    entry->interval = milliseconds;
    entry->due = due_after(milliseconds);
    entry->timeout_cb = cb;
    wake();
    return entry->id;
}

static void
default_update_timeout(int timer, int milliseconds)
{
    g_auto(LockHold) hold = lock_hold(&loop_lock);
    LoopEntry *entry = entry_find(timer, true);

    if (entry) {
        entry->interval = milliseconds;
        entry->due = due_after(milliseconds);
        wake();
    }
}

static int
entry_remove(int id, bool is_timer)
{
    g_auto(LockHold) hold = lock_hold(&loop_lock);
    LoopEntry *entry = entry_find(id, is_timer);

    if (!entry)
        return -1;
    entry->removed = true;
    wake();
    return 0;
}

static int
default_remove_handle(int watch)
{
    return entry_remove(watch, false);
}

static int
default_remove_timeout(int timer)
{
    return entry_remove(timer, true);
}

const LoopImpl loop_default = {
    .add_handle = default_add_handle,
    .update_handle = default_update_handle,
    .remove_handle = default_remove_handle,
    .add_timeout = default_add_timeout,
    .update_timeout = default_update_timeout,
    .remove_timeout = default_remove_timeout,
};

static short
to_poll(int events)
{
    return (short)((events & VIR_EVENT_HANDLE_READABLE ? POLLIN : 0) |
                   (events & VIR_EVENT_HANDLE_WRITABLE ? POLLOUT : 0));
}

static int
from_poll(short revents)
{
    return (revents & POLLIN ? VIR_EVENT_HANDLE_READABLE : 0) |
           (revents & POLLOUT ? VIR_EVENT_HANDLE_WRITABLE : 0) |
           (revents & (POLLERR | POLLNVAL) ? VIR_EVENT_HANDLE_ERROR : 0) |
           (revents & POLLHUP ? VIR_EVENT_HANDLE_HANGUP : 0);
}

/* What to wait for: @fds and the entries they are of, beginning with the wake-up descriptor; and
 * how long. */
static int
prepare(GArray *fds, GPtrArray *who)
{
    struct pollfd first = { .fd = wake_fd, .events = POLLIN };
    int64_t next = INT64_MAX, now = g_get_monotonic_time();

    g_array_append_val(fds, first);
    g_ptr_array_add(who, NULL);
    for (guint i = 0; i < entries->len; i++) {
        LoopEntry *entry = entries->pdata[i];
        struct pollfd one = { .fd = entry->fd, .events = to_poll(entry->events) };

        if (entry->removed) {
            next = 0; /* its owner waits for its free function */
        } else if (entry->is_timer) {
            next = MIN(next, entry->due);
        } else if (entry->events) {
            g_array_append_val(fds, one);
            g_ptr_array_add(who, entry);
        }
    }
    if (next == INT64_MAX)
        return -1;
    return next <= now ? 0 : (int)MIN((next - now + 999) / 1000, INT_MAX);
}

static void
run_timers(void)
{
    int64_t now = g_get_monotonic_time();
    guint n = entries->len;

    for (guint i = 0; i < n; i++) {
        LoopEntry *entry = entries->pdata[i];

        if (!entry->is_timer || entry->removed || entry->interval < 0 || entry->due > now)
            continue;
        entry->due = due_after(entry->interval);
        lock_release(&loop_lock);
        entry->timeout_cb(entry->id, entry->opaque);
        lock_acquire(&loop_lock);
    }
}

static void
run_handles(const GArray *fds, const GPtrArray *who)
{
    for (guint i = 1; i < fds->len; i++) {
        const struct pollfd *one = &g_array_index(fds, struct pollfd, i);
        LoopEntry *entry = who->pdata[i];

        if (!one->revents || entry->removed || !entry->events)
            continue;
        lock_release(&loop_lock);
        entry->handle_cb(entry->id, one->fd, from_poll(one->revents), entry->opaque);
        lock_acquire(&loop_lock);
    }
}

/* Free removed entries; the owners' functions run without the lock. */
static void
sweep(void)
{
    g_autoptr(GPtrArray) gone = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < entries->len;) {
        LoopEntry *entry = entries->pdata[i];

        if (entry->removed)
            g_ptr_array_add(gone, g_ptr_array_steal_index(entries, i));
        else
            i++;
    }
    lock_release(&loop_lock);
    for (guint i = 0; i < gone->len; i++) {
        LoopEntry *entry = gone->pdata[i];

        if (entry->ff)
            entry->ff(entry->opaque);
    }
    lock_acquire(&loop_lock);
}

bool
loop_run_default(GError **error)
{
    g_autoptr(GArray) fds = g_array_new(false, false, sizeof(struct pollfd));
    g_autoptr(GPtrArray) who = g_ptr_array_new();
    g_auto(LockHold) hold = lock_hold(&loop_lock);
    uint64_t count;
    int timeout, rc, errnum;

    if (!entries)
        entries = g_ptr_array_new();
    if (wake_fd < 0 && (wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0) {
        error_set_errno(error, errno, "cannot create the event loop's wake-up descriptor");
        return false;
    }
    depth++;
    timeout = prepare(fds, who);
    polling = true;
    lock_release(&loop_lock);
    rc = poll((struct pollfd *)(void *)fds->data, fds->len, timeout);
    errnum = errno;
    lock_acquire(&loop_lock);
    polling = false;
    if (rc < 0 && errnum != EINTR) {
        depth--;
        error_set_errno(error, errnum, "cannot wait for events");
        return false;
    }
    if (rc > 0 && g_array_index(fds, struct pollfd, 0).revents &&
        read(wake_fd, &count, sizeof(count)) < 0)
        count = 0; /* another thread took the wake-up: as good */
    run_timers();
    if (rc > 0)
        run_handles(fds, who);
    if (--depth == 0)
        sweep();
    return true;
}
