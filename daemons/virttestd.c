/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virttestd.c - the test driver as a daemon. */
#include "daemons/daemon.h"
#include "drivers/test/test_driver.h"

int
main(int argc, char **argv)
{
    return daemon_main("virttestd", &test_driver, argc, argv);
}
