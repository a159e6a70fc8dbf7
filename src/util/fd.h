/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fd.h - owned file descriptors: autofd closes at the end of its scope. */
#pragma once

#include <glib.h>
#include <unistd.h>

static inline void
fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* autofd int fd = open(...); -- GLib 2.74 has no g_autofd. */
#define autofd __attribute__((cleanup(fd_close)))

static inline int
steal_fd(int *fd)
{
    int taken = *fd;

    *fd = -1;
    return taken;
}
