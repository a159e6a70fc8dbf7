/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* machined.c - systemd's register of virtual machines, by its calls on the system bus */
#define ERROR_FROM VIR_FROM_SYSTEMD
#include "util/machined.h"

#include <errno.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>

#include "util/error.h"

#define SERVICE "org.freedesktop.machine1"
#define MANAGER "/org/freedesktop/machine1"
#define INTERFACE "org.freedesktop.machine1.Manager"

enum { NAME_MAX_LEN = 64, PATIENCE_US = 25000000 };

char *
machined_name(const char *driver, int id, const char *guest)
{
    g_autoptr(GString) name = g_string_new(NULL);

    g_string_printf(name, "%s-%d-", driver, id);
    /* Letters, digits, '-' and single dots, which are not at the ends. */
    for (const char *c = guest; *c && name->len < NAME_MAX_LEN; c++) {
        bool dot = *c == '.' && name->str[name->len - 1] != '.' && name->str[name->len - 1] != '-';

        if (g_ascii_isalnum(*c) || *c == '-' || dot)
            g_string_append_c(name, *c);
    }
    while (name->len && (name->str[name->len - 1] == '.' || name->str[name->len - 1] == '-'))
        g_string_truncate(name, name->len - 1);
    return g_strdup(name->str);
}

/* "-" separates parts of a path, so one that is in a part is escaped, as are characters that units may not have. */
char *
machined_slice(const char *partition)
{
    g_autoptr(GString) unit = g_string_new(NULL);

    for (const char *c = partition; *c; c++) {
        bool first = !unit->len;

        if (*c == '/' && !first && c[1] && c[1] != '/')
            g_string_append_c(unit, '-');
        else if (g_ascii_isalnum(*c) || *c == '_' || *c == ':' || (*c == '.' && !first))
            g_string_append_c(unit, *c);
        else if (*c != '/')
            g_string_append_printf(unit, "\\x%02x", (unsigned char)*c);
    }
    g_string_append(unit, ".slice");
    return g_string_free(g_steal_pointer(&unit), FALSE);
}

static sd_bus *
open_bus(void)
{
    sd_bus *bus = NULL;

    /* Without systemd nobody would start the service, and a private bus may have none. */
    if (sd_booted() <= 0 || sd_bus_open_system(&bus) < 0)
        return NULL;
    sd_bus_set_method_call_timeout(bus, PATIENCE_US);
    return bus;
}

static int
append_arguments(sd_bus_message *msg, const MachinedGuest *guest)
{
    int r = sd_bus_message_append(msg, "s", guest->name);

    if (r >= 0)
        r = sd_bus_message_append_array(msg, 'y', guest->uuid, 16);
    if (r >= 0)
        r = sd_bus_message_append(msg, "ssus", guest->service, "vm", (uint32_t)guest->leader, "");
    if (r >= 0)
        r = sd_bus_message_append_array(msg, 'i', guest->ifindexes, guest->n_ifindexes * sizeof(int));
    return r < 0 ? r : sd_bus_message_append(msg, "a(sv)", 3, "Slice", "s", guest->slice, "Delegate", "b", 1,
                                             "Before", "as", 1, "virt-guest-shutdown.target");
}

static bool
is_absent(const sd_bus_error *problem)
{
    return sd_bus_error_has_name(problem, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
           sd_bus_error_has_name(problem, SD_BUS_ERROR_NAME_HAS_NO_OWNER) ||
           sd_bus_error_has_name(problem, "org.freedesktop.systemd1.NoSuchUnit") ||
           sd_bus_error_has_name(problem, "org.freedesktop.systemd1.UnitMasked");
}

bool
machined_create(const MachinedGuest *guest, GError **error)
{
    sd_bus *bus = open_bus();
    sd_bus_message *msg = NULL;
    sd_bus_error problem = SD_BUS_ERROR_NULL;
    int r;

    if (!bus) {
        error_set(error, VIR_ERR_NO_SUPPORT, "no systemd-machined can be reached");
        return false;
    }
    r = sd_bus_message_new_method_call(bus, &msg, SERVICE, MANAGER, INTERFACE, "CreateMachineWithNetwork");
    if (r >= 0)
        r = append_arguments(msg, guest);
    if (r >= 0)
        r = sd_bus_call(bus, msg, 0, &problem, NULL);
    if (r < 0)
        error_set(error, is_absent(&problem) ? VIR_ERR_NO_SUPPORT : VIR_ERR_SYSTEM_ERROR,
                  "systemd-machined does not take '%s': %s", guest->name, problem.message ? problem.message : g_strerror(-r));
    sd_bus_error_free(&problem);
    sd_bus_message_unref(msg);
    sd_bus_flush_close_unref(bus);
    return r >= 0;
}

bool
machined_terminate(const char *name, GError **error)
{
    sd_bus *bus = open_bus();
    sd_bus_error problem = SD_BUS_ERROR_NULL;
    bool ok;
    int r;

    if (!bus)
        return true;
    r = sd_bus_call_method(bus, SERVICE, MANAGER, INTERFACE, "TerminateMachine", &problem, NULL, "s", name);
    ok = r >= 0 || is_absent(&problem) || sd_bus_error_has_name(&problem, SERVICE ".NoSuchMachine");
    if (!ok)
        error_set(error, VIR_ERR_SYSTEM_ERROR, "systemd-machined does not end '%s': %s", name,
                  problem.message ? problem.message : g_strerror(-r));
    sd_bus_error_free(&problem);
    sd_bus_flush_close_unref(bus);
    return ok;
}

char *
machined_find(pid_t pid)
{
    sd_bus *bus = open_bus();
    sd_bus_message *reply = NULL;
    const char *path;
    char *name = NULL;

    if (bus && sd_bus_call_method(bus, SERVICE, MANAGER, INTERFACE, "GetMachineByPID", NULL, &reply, "u", (uint32_t)pid) >= 0 &&
        sd_bus_message_read(reply, "o", &path) >= 0)
        sd_bus_get_property_string(bus, SERVICE, path, SERVICE ".Machine", "Name", NULL, &name);
    sd_bus_message_unref(reply);
    sd_bus_flush_close_unref(bus);
    return name;
}
