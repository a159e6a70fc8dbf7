/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtproxyd.c - no driver: every call goes to the daemon it is for. */
#include "daemons/daemon.h"

int
main(int argc, char **argv)
{
    return daemon_main("virtproxyd", NULL, argc, argv);
}
