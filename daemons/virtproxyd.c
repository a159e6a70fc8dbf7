/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtproxyd.c - no driver: every call goes to the daemon it is for; and sockets for other hosts. */
#include "daemons/daemon.h"

int
main(int argc, char **argv)
{
    daemon_remote = &daemon_remote_sockets;
    return daemon_main("virtproxyd", NULL, argc, argv);
}
