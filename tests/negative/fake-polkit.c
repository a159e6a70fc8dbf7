/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fake-polkit.c - a polkit that says yes until a file appears, then no
 *
 *     fake-polkit FILE
 *
 * Serves org.freedesktop.PolicyKit1 on the bus of DBUS_SYSTEM_BUS_ADDRESS; says "ready" once it does.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

static const char *deny;

static int
check(sd_bus_message *msg, void *data, sd_bus_error *error)
{
    int yes = access(deny, F_OK) != 0;

    (void)data;
    (void)error;
    return sd_bus_reply_method_return(msg, "(bba{ss})", yes, 0, 0);
}

static const sd_bus_vtable table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("CheckAuthorization", "(sa{sv})sa{ss}us", "(bba{ss})", check, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

int
main(int argc, char **argv)
{
    sd_bus *bus = NULL;
    int r = argc == 2 ? sd_bus_open_system(&bus) : -EINVAL;

    deny = argv[1];
    if (r >= 0)
        r = sd_bus_add_object_vtable(bus, NULL, "/org/freedesktop/PolicyKit1/Authority",
                                     "org.freedesktop.PolicyKit1.Authority", table, NULL);
    if (r >= 0)
        r = sd_bus_request_name(bus, "org.freedesktop.PolicyKit1", 0);
    if (r >= 0) {
        puts("ready");
        fflush(stdout);
    }
    while (r >= 0) {
        r = sd_bus_process(bus, NULL);
        if (r == 0)
            r = sd_bus_wait(bus, UINT64_MAX);
    }
    fprintf(stderr, "fake-polkit: %s\n", strerror(-r));
    sd_bus_unref(bus);
    return 1;
}
