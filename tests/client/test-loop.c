/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-loop.c - the default event loop: readiness, timers, and removal from within callbacks. */
#include <glib.h>
#include <libvirt/libvirt.h>
#include <unistd.h>

static int calls, freed, last_events;
static int watch, timer;

static void
count_free(void *opaque G_GNUC_UNUSED)
{
    freed++;
}

static void
on_handle(int w, int fd, int events, void *opaque G_GNUC_UNUSED)
{
    char byte;

    g_assert_cmpint(w, ==, watch);
    if (events & VIR_EVENT_HANDLE_READABLE)
        g_assert_cmpint(read(fd, &byte, 1), ==, 1);
    last_events = events;
    calls++;
}

static void
on_handle_remove(int w, int fd G_GNUC_UNUSED, int events G_GNUC_UNUSED, void *opaque G_GNUC_UNUSED)
{
    calls++;
    g_assert_cmpint(virEventRemoveHandle(w), ==, 0);
    g_assert_cmpint(freed, ==, 0); /* not while the callback runs */
}

static void
on_timer(int t, void *opaque)
{
    g_assert_cmpint(t, ==, timer);
    calls++;
    if (opaque)
        g_assert_cmpint(virEventRemoveTimeout(t), ==, 0);
}

static void
reset(void)
{
    calls = freed = last_events = 0;
}

static void
test_handle(void)
{
    int fds[2];

    reset();
    g_assert_cmpint(pipe(fds), ==, 0);
    watch = virEventAddHandle(fds[0], VIR_EVENT_HANDLE_READABLE, on_handle, NULL, count_free);
    g_assert_cmpint(watch, >, 0);
    g_assert_cmpint(write(fds[1], "xx", 2), ==, 2);
    virEventRunDefaultImpl();
    g_assert_cmpint(calls, ==, 1);
    virEventUpdateHandle(watch, 0); /* off: the second byte stays */
    timer = virEventAddTimeout(0, on_timer, &timer, NULL);
    virEventRunDefaultImpl();
    g_assert_cmpint(calls, ==, 2);
    virEventUpdateHandle(watch, VIR_EVENT_HANDLE_READABLE);
    virEventRunDefaultImpl();
    g_assert_cmpint(calls, ==, 3);
    close(fds[1]);
    virEventRunDefaultImpl();
    g_assert_cmpint(last_events, ==, VIR_EVENT_HANDLE_HANGUP);
    g_assert_cmpint(virEventRemoveHandle(watch), ==, 0);
    g_assert_cmpint(virEventRemoveHandle(watch), ==, -1);
    virEventRunDefaultImpl();
    g_assert_cmpint(freed, ==, 1);
    close(fds[0]);
}

static void
test_remove_inside(void)
{
    int fds[2];

    reset();
    g_assert_cmpint(pipe(fds), ==, 0);
    watch =
        virEventAddHandle(fds[0], VIR_EVENT_HANDLE_READABLE, on_handle_remove, NULL, count_free);
    g_assert_cmpint(write(fds[1], "x", 1), ==, 1);
    virEventRunDefaultImpl();
    g_assert_cmpint(calls, ==, 1);
    g_assert_cmpint(freed, ==, 1);
    close(fds[0]);
    close(fds[1]);
}

static void
test_timer(void)
{
    int64_t before = g_get_monotonic_time();

    reset();
    timer = virEventAddTimeout(20, on_timer, NULL, count_free);
    while (calls < 3)
        virEventRunDefaultImpl();
    g_assert_cmpint(g_get_monotonic_time() - before, >=, 60000);
    virEventUpdateTimeout(timer, -1);
    g_assert_cmpint(virEventRemoveTimeout(timer), ==, 0);
    g_assert_cmpint(freed, ==, 0); /* by the loop, not by the call */
    virEventRunDefaultImpl();
    g_assert_cmpint(freed, ==, 1);
}

static gpointer
wake_later(gpointer data G_GNUC_UNUSED)
{
    virEventUpdateTimeout(timer, 0);
    return NULL;
}

static void
test_wake_from_thread(void)
{
    GThread *thread;

    reset();
    timer = virEventAddTimeout(-1, on_timer, &timer, count_free);
    thread = g_thread_new("wake", wake_later, NULL);
    while (!calls)
        virEventRunDefaultImpl(); /* would wait for ever if the change did not wake it */
    g_thread_join(thread);
    g_assert_cmpint(freed, ==, 1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(virEventAddTimeout(0, on_timer, NULL, NULL), ==, -1); /* no loop yet */
    g_assert_cmpint(virEventRegisterDefaultImpl(), ==, 0);
    g_test_add_func("/loop/handle", test_handle);
    g_test_add_func("/loop/remove-inside", test_remove_inside);
    g_test_add_func("/loop/timer", test_timer);
    g_test_add_func("/loop/wake-from-thread", test_wake_from_thread);
    return g_test_run();
}
