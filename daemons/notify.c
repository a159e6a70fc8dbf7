/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* notify.c - what the service manager is told. */
#include <stdio.h>
#include <systemd/sd-daemon.h>

#include "daemons/private.h"

void
notify_state(const char *format, ...)
{
    g_autofree char *state = NULL;
    va_list args;

    va_start(args, format);
    state = g_strdup_vprintf(format, args);
    va_end(args);
    sd_notify(false, state); /* without a service manager there is nobody to tell */
}

void
notify_reloading(void)
{
    notify_state("RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, g_get_monotonic_time());
}

bool
notify_can_store(void)
{
    return g_getenv("NOTIFY_SOCKET") != NULL;
}

void
notify_store(int fd, const char *name)
{
    g_autofree char *state = g_strdup_printf("FDSTORE=1\nFDNAME=%s", name);

    sd_pid_notify_with_fds(0, false, state, &fd, 1);
}

void
notify_forget(const char *name)
{
    notify_state("FDSTOREREMOVE=1\nFDNAME=%s", name);
}

void
notify_wait(void)
{
    sd_notify_barrier(false, 5 * G_USEC_PER_SEC);
}

static gboolean
ping(void *opaque G_GNUC_UNUSED)
{
    sd_notify(false, "WATCHDOG=1");
    return G_SOURCE_CONTINUE;
}

void
notify_start_watchdog(GMainContext *context)
{
    uint64_t usec = 0;
    GSource *source;

    if (sd_watchdog_enabled(true, &usec) <= 0 || !usec)
        return;
    source = g_timeout_source_new((guint)MAX(usec / 2000, 1));
    g_source_set_callback(source, ping, NULL, NULL);
    g_source_attach(source, context);
    g_source_unref(source);
}
