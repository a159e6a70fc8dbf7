/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fake-daemon.c - fake-daemon NAME [OPTION...]: a daemon of that name with a fake driver. */
#include <string.h>

#include "daemons/daemon.h"
#include "tests/server/fake.h"

int
main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "virttestd";

    return daemon_main(name,
                       strcmp(name, "virtnetworkd") == 0 ? &fake_network_driver : &fake_driver,
                       argc > 1 ? argc - 1 : argc, argc > 1 ? argv + 1 : argv);
}
