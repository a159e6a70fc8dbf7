/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* driver-rows.c - print which driver has a row for which call, for the reference and the support matrix
 *
 * The drivers' own tables are read, so the pages cannot say what is not so.
 */
#include <stdio.h>

#include "drivers/network/network_driver.h"
#include "drivers/nodedev/nodedev_driver.h"
#include "drivers/qemu/qemu_driver.h"
#include "drivers/storage/storage_driver.h"
#include "drivers/test/test_driver.h"
#include "rpc/method.h"

static void
print_rows(const Driver *driver, uint32_t program, const DriverRow *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const Method *method = rows[i].fn ? method_lookup(program, (int32_t)i) : NULL;

        if (method)
            printf("%s\t%s\n", method->name, driver->scheme);
    }
}

int
main(void)
{
    static const Driver *const drivers[] = { &qemu_driver, &network_driver, &storage_driver, &nodedev_driver,
                                             &test_driver };

    /* It joins the tables of its files when it starts. */
    if (!test_driver.start(NULL, NULL))
        return 1;
    for (size_t i = 0; i < G_N_ELEMENTS(drivers); i++) {
        print_rows(drivers[i], PROGRAM_REMOTE, drivers[i]->rows, drivers[i]->n_rows);
        print_rows(drivers[i], PROGRAM_QEMU, drivers[i]->qemu_rows, drivers[i]->n_qemu_rows);
        print_rows(drivers[i], PROGRAM_LXC, drivers[i]->lxc_rows, drivers[i]->n_lxc_rows);
    }
    return 0;
}
