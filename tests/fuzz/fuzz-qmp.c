/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz-qmp.c - an emulator that says what it likes
 *
 * The input is all that comes over the monitor's socket, after which it is closed.  The client
 * must take it in and end with a reason, whatever it was.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/qemu/qmp/qmp_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
on_event(void *data, const char *name, Json *event_data, int64_t seconds, int64_t micros)
{
    g_assert_nonnull(name);
}

static void
on_closed(void *data, const GError *reason)
{
    g_assert_nonnull(reason);
    *(bool *)data = true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const QmpClientHooks hooks = { .event = on_event, .closed = on_closed };
    g_autoptr(GMainContext) context = g_main_context_new();
    int64_t end = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
    QmpClient *client;
    bool closed = false;
    int pair[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
    client = qmp_client_new(context, pair[0], "fuzz", &hooks, &closed, NULL);
    /* It may close in the middle: then the rest has nobody to read it. */
    while (size) {
        ssize_t sent = send(pair[1], data, size, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (sent > 0) {
            data += sent;
            size -= (size_t)sent;
        }
        if (closed || (sent < 0 && !g_main_context_iteration(context, FALSE)))
            break;
    }
    close(pair[1]);
    while (!closed && g_get_monotonic_time() < end)
        g_main_context_iteration(context, FALSE);
    g_assert_true(closed);
    qmp_client_close(client);
    qmp_client_unref(client);
    while (g_main_context_iteration(context, FALSE))
        ;
    return 0;
}
