/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtstoraged.c - the storage driver as a daemon. */
#include "daemons/daemon.h"
#include "drivers/storage/storage_driver.h"

int
main(int argc, char **argv)
{
    return daemon_main("virtstoraged", &storage_driver, argc, argv);
}
