/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtqemud.c - the qemu driver as a daemon. */
#include "daemons/daemon.h"
#include "drivers/qemu/qemu_driver.h"

int
main(int argc, char **argv)
{
    return daemon_main("virtqemud", &qemu_driver, argc, argv);
}
