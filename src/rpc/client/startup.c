/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* startup.c - make the drivers inside the library known
 *
 * The references are weak: libvirt.so.0 holds these drivers, a daemon that uses the client does
 * not.
 */
#include "rpc/client/startup.h"

#include <pthread.h>

#include "rpc/client/local.h"
#include "util/log.h"

extern const Driver test_driver __attribute__((weak));

static void
run(void)
{
    g_autoptr(GError) ignored = NULL; /* the application's environment is not ours to complain of */

    if (!&test_driver)
        return;
    local_register(&test_driver);
    /* Only here: a daemon that uses the client has set up its log already. */
    log_set_from_env(&ignored);
}

void
startup_once(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, run);
}
