/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* polkit.c - CheckAuthorization over the system bus
 *
 * By sd-bus, which the daemons link anyway: no other library is loaded and nothing
 * is connected before the first question.
 */
#define ERROR_FROM VIR_FROM_ACCESS
#include <string.h>
#include <systemd/sd-bus.h>

#include "rpc/driver.h"
#include "rpc/server/acl/acl.h"
#include "util/error.h"

enum {
    DEADLINE_US = 30 * G_USEC_PER_SEC,
    INTERACTIVE_DEADLINE_US = 300 * G_USEC_PER_SEC, /* somebody has to type a password */
    FLAG_INTERACTIVE = 1,
};

static int
append_subject(sd_bus_message *msg, const Identity *identity)
{
    return sd_bus_message_append(msg, "(sa{sv})", "unix-process", 3, "pid", "u",
                                 (uint32_t)identity->pid, "start-time", "t", identity->start_time,
                                 "uid", "i", (int32_t)identity->uid);
}

static int
append_details(sd_bus_message *msg, const char *const *details)
{
    int r = sd_bus_message_open_container(msg, 'a', "{ss}");

    for (size_t i = 0; r >= 0 && details && details[i] && details[i + 1]; i += 2)
        r = sd_bus_message_append(msg, "{ss}", details[i], details[i + 1]);
    return r < 0 ? r : sd_bus_message_close_container(msg);
}

static int
ask(sd_bus *bus, const char *action, const Identity *identity, const char *const *details,
    bool interactive, sd_bus_error *problem, int *ret_yes, int *ret_challenge)
{
    sd_bus_message *msg = NULL, *reply = NULL;
    int r = sd_bus_message_new_method_call(
        bus, &msg, "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
        "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization");

    if (r >= 0)
        r = append_subject(msg, identity);
    if (r >= 0)
        r = sd_bus_message_append(msg, "s", action);
    if (r >= 0)
        r = append_details(msg, details);
    if (r >= 0)
        r = sd_bus_message_append(msg, "us", (uint32_t)(interactive ? FLAG_INTERACTIVE : 0), "");
    if (r >= 0)
        r = sd_bus_call(bus, msg, interactive ? INTERACTIVE_DEADLINE_US : DEADLINE_US, problem,
                        &reply);
    if (r >= 0)
        r = sd_bus_message_enter_container(reply, 'r', "bba{ss}");
    if (r >= 0)
        r = sd_bus_message_read(reply, "bb", ret_yes, ret_challenge);
    sd_bus_message_unref(reply);
    sd_bus_message_unref(msg);
    return r;
}

bool
acl_polkit_ask(const char *action, const Identity *identity, const char *const *details,
               bool interactive, GError **error)
{
    sd_bus_error problem = SD_BUS_ERROR_NULL;
    sd_bus *bus = NULL;
    int yes = 0, challenge = 0, r;

    if (identity->uid == 0)
        return true; /* polkit lets root do everything */
    if (identity->pid <= 0 || identity->uid < 0) {
        error_set(error, VIR_ERR_AUTH_FAILED,
                  "polkit cannot be asked about a caller that is no local process");
        return false;
    }
    r = sd_bus_open_system(&bus);
    if (r >= 0)
        r = ask(bus, action, identity, details, interactive, &problem, &yes, &challenge);
    if (r < 0)
        error_set(error, VIR_ERR_AUTH_UNAVAILABLE, "polkit cannot be asked for '%s': %s", action,
                  problem.message ? problem.message : g_strerror(-r));
    else if (!yes && challenge)
        error_set(error, VIR_ERR_AUTH_UNAVAILABLE,
                  "no polkit agent is available to authenticate action '%s'", action);
    else if (!yes)
        error_set(error, VIR_ERR_AUTH_FAILED, "access denied by policy for action '%s'", action);
    sd_bus_error_free(&problem);
    sd_bus_flush_close_unref(bus);
    return r >= 0 && yes;
}

/* "name" of a "domain:read" is "domain_name"; those of volumes and ports say themselves whose they
 * are. */
static char *
attribute_name(const char *perm, const char *name)
{
    static const char *const owners[] = { "pool_", "vol_", "network_", "port_" };

    for (size_t i = 0; i < G_N_ELEMENTS(owners); i++) {
        if (g_str_has_prefix(name, owners[i]))
            return g_strdup(name);
    }
    if (g_str_has_prefix(perm, "storage_pool:"))
        return g_strconcat("pool_", name, NULL);
    return g_strdup_printf("%.*s_%s", (int)strcspn(perm, ":"), perm, name);
}

bool
acl_polkit_check(Session *session, AclPerm perm, const AclObject *object, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GPtrArray) details = g_ptr_array_new_with_free_func(g_free);
    Identity identity;
    bool ok;

    g_ptr_array_add(details, g_strdup("connect_driver"));
    g_ptr_array_add(details, g_strdup(session->driver->name));
    for (guint i = 0; object && i + 1 < object->attributes->len; i += 2) {
        const char *name = g_ptr_array_index(object->attributes, i);

        if (!name)
            break;
        g_ptr_array_add(details, attribute_name(acl_perm_name(perm), name));
        g_ptr_array_add(details, g_strdup(g_ptr_array_index(object->attributes, i + 1)));
    }
    g_ptr_array_add(details, NULL);
    lock_acquire(&session->lock);
    identity_copy(&identity, &session->identity);
    lock_release(&session->lock);
    ok = acl_polkit_ask(acl_perm_action(perm), &identity, (const char *const *)details->pdata,
                        false, &why);
    identity_clear(&identity);
    if (!ok)
        error_set_full(error, session->driver->error_from, VIR_ERR_ACCESS_DENIED,
                       "'%s' denied access: %s", session->driver->name, why->message);
    return ok;
}
