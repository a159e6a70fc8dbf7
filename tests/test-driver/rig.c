/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rig.c - the test driver behind call_run() */
#include "tests/test-driver/rig.h"

#include "drivers/test/test_driver.h"
#include "util/error.h"

Session *
rig_open(const char *uri, bool readonly, const SessionOps *ops, GError **error)
{
    static EventHub *hub;
    DriverEnv env = { 0 };
    Session *session;

    if (!hub) {
        env.hub = hub = event_hub_new();
        g_assert_true(test_driver.start(&env, NULL));
    }
    session = session_new(&test_driver, hub, ops, NULL);
    if (!session_open(session, uri, readonly, error))
        g_clear_pointer(&session, session_unref);
    return session;
}

void
rig_close(Session *session)
{
    session_close(session);
    session_unref(session);
}

int
rig_run(Session *session, int proc, void *args, void *ret)
{
    g_autoptr(GError) error = NULL;
    const Method *method = method_lookup(PROGRAM_REMOTE, proc);
    void *own = ret ? NULL : wire_new(method->ret); /* NULL, too, for a call that answers nothing */
    Call call = { .session = session, .method = method, .args = args, .ret = ret ? ret : own };
    bool ok = call_run(&call, &error);

    g_assert_cmpint(ok, ==, error == NULL);
    if (own)
        wire_delete(method->ret, own);
    if (!ok)
        g_test_message("%s: %s", method->name, error->message);
    return ok ? 0 : error_code(error);
}
