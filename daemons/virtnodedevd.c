/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtnodedevd.c - the nodedev driver as a daemon. */
#include "daemons/daemon.h"
#include "drivers/nodedev/nodedev_driver.h"

int
main(int argc, char **argv)
{
    return daemon_main("virtnodedevd", &nodedev_driver, argc, argv);
}
