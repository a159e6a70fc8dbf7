/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* migration_in.c - have QEMU take over the state of a guest: from a file, or from another host */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/migration/migration_in.h"

#include <fcntl.h>

#include "drivers/qemu/process/guest_wait.h"
#include "drivers/qemu/qmp/qmp_migrate.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/text.h"

static const char fd_name[] = "incoming";
static const char *const events[] = { "MIGRATION", NULL };

enum { SAID_MAX = 4096, END_MS = 5000 };

/* QEMU ends when the state cannot be read, and says why in the guest's log. */
static void
explain(Guest *guest, off_t from, const GuestIncoming *incoming, GError **error)
{
    char buffer[SAID_MAX + 1];
    autofd int fd = open(guest->log_path, O_RDONLY | O_CLOEXEC);
    g_autofree char *said = NULL;
    ssize_t n;

    process_wait(&guest->process, END_MS, NULL, NULL);
    n = fd >= 0 ? pread(fd, buffer, SAID_MAX, from) : -1;
    if (n <= 0)
        return;
    buffer[n] = '\0';
    said = text_squash(buffer, SAID_MAX);
    if (said && *said) {
        g_clear_error(error);
        error_set(error, VIR_ERR_OPERATION_FAILED, "job failed: cannot load the state of the guest from '%s': %s",
                  incoming->path ? incoming->path : incoming->uri, said);
    }
}

static bool
wait_loaded(GuestWait *wait, GError **error)
{
    for (;;) {
        /* As long as the file takes; QEMU's end is an end, too. */
        g_autoptr(Json) data = guest_wait_next(wait, NULL, INT64_MAX, NULL, error);
        const char *status = data ? json_opt_string(data, "status", "") : NULL;

        if (!data)
            return false;
        if (g_str_equal(status, "completed"))
            return true;
        if (g_str_equal(status, "failed")) {
            error_set(error, VIR_ERR_OPERATION_FAILED, "job failed: QEMU cannot load the state of the guest");
            return false;
        }
    }
}

bool
migration_in_load(Guest *guest, const GuestIncoming *incoming, GError **error)
{
    static const char *const always[] = { "events", NULL };
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    g_autoptr(GuestWait) wait = qmp ? guest_wait_new(guest, events) : NULL;
    g_autofree char *uri = incoming->uri ? g_strdup(incoming->uri) : g_strdup_printf("fd:%s", fd_name);
    autofd int log_fd = open(guest->log_path, O_RDONLY | O_CLOEXEC);
    off_t before = log_fd >= 0 ? lseek(log_fd, 0, SEEK_END) : 0;

    if (!qmp || !qmp_migrate_set_capabilities(qmp, always, NULL, error) ||
        (incoming->prepare && !incoming->prepare(guest, incoming->data, error)) ||
        (!incoming->uri && !qmp_getfd(qmp, fd_name, incoming->fd, error)))
        return false;
    if (qmp_migrate_incoming(qmp, uri, error) && (incoming->uri || wait_loaded(wait, error)))
        return true;
    explain(guest, before, incoming, error);
    return false;
}
