/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtnetworkd.c - the network driver as a daemon. */
#include "daemons/daemon.h"
#include "drivers/network/network_driver.h"

int
main(int argc, char **argv)
{
    return daemon_main("virtnetworkd", &network_driver, argc, argv);
}
