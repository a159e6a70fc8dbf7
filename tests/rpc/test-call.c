/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-call.c - each step of the pipeline refuses what it should, in order; errors and events on
 * their way out. */
#include "rpc/call.h"

#include <libvirt/libvirt.h>
#include <string.h>

#include "rpc/driver.h"
#include "rpc/events.h"
#include "rpc/neterror.h"
#include "util/error.h"

/* What happened, one letter a step: r resolve, a ACL, b begin, f function, e end (E: failed), x
 * release. */
static GString *trace;
static bool deny, fail_row, fail_resolve;

static bool
row_fn(Call *call, GError **error)
{
    g_string_append_c(trace, 'f');
    g_assert_nonnull(call->args);
    if (fail_row)
        error_set_full(error, VIR_FROM_TEST, VIR_ERR_OPERATION_FAILED, "no luck");
    return !fail_row;
}

static bool
list_fn(Call *call, GError **error G_GNUC_UNUSED)
{
    ConnectListAllDomainsRet *ret = call->ret;

    ret->ret = ret->n_domains = 3;
    ret->domains = g_new0(WireDomain, 3);
    for (int i = 0; i < 3; i++)
        ret->domains[i].name = g_strdup_printf("d%d", i);
    return true;
}

static bool
resolve(Call *call, GError **error)
{
    g_string_append_c(trace, 'r');
    if (fail_resolve)
        error_set_full(error, VIR_FROM_TEST, VIR_ERR_NO_DOMAIN, "no domain");
    call->object = trace;
    return !fail_resolve;
}

static void
release(Call *call G_GNUC_UNUSED)
{
    g_string_append_c(trace, 'x');
}

static bool
begin(Call *call G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
    g_string_append_c(trace, 'b');
    return true;
}

static void
end(Call *call G_GNUC_UNUSED, bool ok)
{
    g_string_append_c(trace, ok ? 'e' : 'E');
}

static bool
acl_object(Call *call G_GNUC_UNUSED, ObjectClass cls, const void *record, AclObject *object)
{
    g_assert_cmpint(cls, ==, CLASS_DOMAIN);
    if (record) {
        g_ptr_array_add(object->attributes, g_strdup("name"));
        g_ptr_array_add(object->attributes, g_strdup(((const WireDomain *)record)->name));
    }
    return true;
}

static bool
acl_check(Session *session G_GNUC_UNUSED, AclPerm perm G_GNUC_UNUSED, const AclObject *object,
          GError **error)
{
    bool hidden =
        object->attributes->len == 2 && strcmp(g_ptr_array_index(object->attributes, 1), "d1") == 0;

    g_string_append_c(trace, 'a');
    if (deny || hidden)
        error_set_full(error, VIR_FROM_ACCESS, VIR_ERR_ACCESS_DENIED, "no");
    return !deny && !hidden;
}

static const DriverRow rows[] = {
    [PROC_DOMAIN_SET_MEMORY_FLAGS] = { row_fn, .flags = VIR_DOMAIN_AFFECT_LIVE },
    [PROC_DOMAIN_GET_XML_DESC] = { row_fn, .flags = ~0u },
    [PROC_CONNECT_LIST_ALL_DOMAINS] = { list_fn, .flags = ~0u },
};

static const Driver driver = { .name = "T",
                               .error_from = VIR_FROM_TEST,
                               .classes = 1u << CLASS_DOMAIN,
                               .rows = rows,
                               .n_rows = G_N_ELEMENTS(rows),
                               .resolve = resolve,
                               .release = release,
                               .acl_object = acl_object,
                               .begin = begin,
                               .end = end };

static GPtrArray *sent; /* of procedure numbers and callback ids, in turn */

static void
send_event(Session *session G_GNUC_UNUSED, uint32_t program G_GNUC_UNUSED, int proc,
           const WireType *type, const void *msg)
{
    const EventDesc *desc = event_by_proc(PROGRAM_REMOTE, proc);

    g_ptr_array_add(sent, GINT_TO_POINTER(proc));
    g_ptr_array_add(
        sent, GINT_TO_POINTER(type == desc->legacy
                                  ? 0
                                  : *(const int32_t *)((const char *)msg + desc->callback_at)));
}

static const SessionOps open_ops = { .send_event = send_event },
                        acl_ops = { .send_event = send_event, .acl_check = acl_check };

/* Run @proc and check the error's code and what steps were taken. */
static void
check_call(Session *session, int proc, uint32_t flags, int code, const char *message,
           const char *steps)
{
    const Method *m = method_lookup(PROGRAM_REMOTE, proc);
    Call call = {
        .session = session, .method = m, .args = wire_new(m->args), .ret = wire_new(m->ret)
    };
    g_autoptr(GError) error = NULL;
    bool ok;

    g_string_truncate(trace, 0);
    if (m->has_flags)
        *(uint32_t *)((char *)call.args + m->flags_at) = flags;
    ok = call_run(&call, &error);
    g_assert_cmpint(ok, ==, code == 0);
    if (code) {
        g_assert_cmpint(error_code(error), ==, code);
        g_assert_nonnull(strstr(error->message, message));
    }
    g_assert_cmpstr(trace->str, ==, steps);
    wire_delete(m->args, call.args);
    wire_delete(m->ret, call.ret);
}

static void
test_pipeline(void)
{
    g_autoptr(EventHub) hub = event_hub_new();
    g_autoptr(Session) session = session_new(&driver, hub, &open_ops, NULL);
    g_autoptr(Session) guarded = session_new(&driver, hub, &acl_ops, NULL);
    int set = PROC_DOMAIN_SET_MEMORY_FLAGS, get = PROC_DOMAIN_GET_XML_DESC;

    trace = g_string_new(NULL);
    check_call(session, set, 0, VIR_ERR_INTERNAL_ERROR, "not open", "");
    g_assert_true(session_open(session, "test:///default", false, NULL));
    g_assert_true(session_open(guarded, "test:///default", false, NULL));
    check_call(session, set, 1u << 30, VIR_ERR_INVALID_ARG,
               "unsupported flags (0x40000000) in function", "");
    check_call(session, set, VIR_DOMAIN_AFFECT_CONFIG, VIR_ERR_INVALID_ARG,
               "unsupported flags (0x2)", "");
    check_call(session, set, VIR_DOMAIN_AFFECT_LIVE, 0, NULL, "rbfex");
    check_call(session, PROC_DOMAIN_SUSPEND, 0, VIR_ERR_NO_SUPPORT, "virDomainSuspend", "");
    fail_row = true;
    check_call(session, set, 0, VIR_ERR_OPERATION_FAILED, "no luck", "rbfEx");
    fail_row = false;
    fail_resolve = true;
    check_call(session, set, 0, VIR_ERR_NO_DOMAIN, "no domain", "r");
    fail_resolve = false;

    check_call(guarded, get, 0, 0, NULL, "rafx");
    check_call(guarded, get, VIR_DOMAIN_XML_SECURE, 0, NULL,
               "raafx"); /* a rule of its own for secrets */
    deny = true;
    check_call(guarded, get, 0, VIR_ERR_ACCESS_DENIED, "no", "rax");
    deny = false;

    session->readonly = true;
    check_call(session, set, 0, VIR_ERR_OPERATION_DENIED, "read only access prevents", "");
    check_call(session, get, 0, 0, NULL, "rfx");
    check_call(session, get, VIR_DOMAIN_XML_SECURE, VIR_ERR_OPERATION_DENIED,
               "read only access prevents", "");
    session_close(session);
    session_close(guarded);
    g_string_free(trace, true);
}

/* Objects that a caller may not see are missing from lists, and from counts. */
static void
test_filter(void)
{
    g_autoptr(EventHub) hub = event_hub_new();
    g_autoptr(Session) session = session_new(&driver, hub, &acl_ops, NULL);
    const Method *m = method_lookup(PROGRAM_REMOTE, PROC_CONNECT_LIST_ALL_DOMAINS);

    trace = g_string_new(NULL);
    g_assert_true(session_open(session, "test:///default", false, NULL));
    for (int need = 0; need < 2; need++) {
        ConnectListAllDomainsArgs args = { .need_results = need };
        ConnectListAllDomainsRet ret = { 0 };
        Call call = { .session = session, .method = m, .args = &args, .ret = &ret };

        g_assert_true(call_run(&call, NULL));
        g_assert_cmpuint(ret.ret, ==, 2);
        g_assert_cmpuint(ret.n_domains, ==, need ? 2 : 0);
        if (need) {
            g_assert_cmpstr(ret.domains[0].name, ==, "d0");
            g_assert_cmpstr(ret.domains[1].name, ==, "d2");
        }
        wire_free(m->ret, &ret);
    }
    session_close(session);
    g_string_free(trace, true);
}

static int32_t
registered(Session *session, int32_t event, WireDomain *dom)
{
    const Method *m =
        method_lookup(PROGRAM_REMOTE, PROC_CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY);
    ConnectDomainEventCallbackRegisterAnyArgs args = { .eventID = event, .dom = dom };
    ConnectDomainEventCallbackRegisterAnyRet ret = { 0 };
    Call call = { .session = session, .method = m, .args = &args, .ret = &ret };
    g_autoptr(GError) error = NULL;

    if (!call_run(&call, &error)) {
        g_assert_cmpint(error_code(error), ==, VIR_ERR_INVALID_ARG);
        return -1;
    }
    return ret.callbackID;
}

static void
emit(EventHub *hub, uint8_t first)
{
    DomainEventCallbackLifecycleMsg msg = { .msg.dom = { .name = (char *)"d", .uuid = { first } } };

    event_emit(hub, EVENT_DOMAIN, VIR_DOMAIN_EVENT_ID_LIFECYCLE, &msg);
}

static void
test_events(void)
{
    g_autoptr(EventHub) hub = event_hub_new();
    g_autoptr(Session) session = session_new(&driver, hub, &open_ops, NULL);
    const Method *m =
        method_lookup(PROGRAM_REMOTE, PROC_CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY);
    ConnectDomainEventCallbackDeregisterAnyArgs args = { 0 };
    Call call = { .session = session, .method = m, .args = &args };
    Call legacy = { .session = session,
                    .method = method_lookup(PROGRAM_REMOTE, PROC_CONNECT_DOMAIN_EVENT_REGISTER) };
    ConnectDomainEventRegisterRet legacy_ret = { 0 };
    WireDomain dom = { .name = (char *)"x", .uuid = { 2 } };
    int32_t all, one;

    sent = g_ptr_array_new();
    trace = g_string_new(NULL);
    g_assert_true(session_open(session, "test:///default", false, NULL));
    g_assert_false(event_hub_busy(hub));
    g_assert_cmpint(registered(session, 4711, NULL), ==, -1);
    all = registered(session, VIR_DOMAIN_EVENT_ID_LIFECYCLE, NULL);
    one = registered(session, VIR_DOMAIN_EVENT_ID_LIFECYCLE, &dom);
    g_assert_cmpint(all, !=, one);
    g_assert_true(event_hub_busy(hub));

    emit(hub, 1);
    g_assert_cmpuint(sent->len, ==, 2);
    g_assert_cmpint(GPOINTER_TO_INT(sent->pdata[0]), ==, PROC_DOMAIN_EVENT_CALLBACK_LIFECYCLE);
    g_assert_cmpint(GPOINTER_TO_INT(sent->pdata[1]), ==, all);
    emit(hub, 2);
    g_assert_cmpuint(sent->len, ==, 6);

    args.callbackID = all;
    g_assert_true(call_run(&call, NULL));
    g_assert_false(call_run(&call, NULL)); /* it is gone */
    emit(hub, 1);
    g_assert_cmpuint(sent->len, ==, 6);

    legacy.ret = &legacy_ret;
    g_assert_true(call_run(&legacy, NULL));
    emit(hub, 1);
    g_assert_cmpuint(sent->len, ==, 8);
    g_assert_cmpint(GPOINTER_TO_INT(sent->pdata[6]), ==, PROC_DOMAIN_EVENT_LIFECYCLE);
    session_close(session);
    g_assert_false(event_hub_busy(hub));
    emit(hub, 2);
    g_assert_cmpuint(sent->len, ==, 8);
    g_ptr_array_unref(sent);
    g_string_free(trace, true);
}

static void
test_neterror(void)
{
    g_autoptr(GError) plain = NULL, detail = NULL, system = NULL;
    GError **all[] = { &plain, &detail, &system };

    error_set_plain_full(&plain, VIR_FROM_TEST, VIR_ERR_OPERATION_DENIED,
                         "read only access prevents %s", "x");
    error_set_full(&detail, VIR_FROM_QEMU, VIR_ERR_NO_DOMAIN, "no domain with matching name '%s'",
                   "50%s");
    error_set_errno_full(&system, VIR_FROM_RPC, ENOENT, "cannot open '%s'", "/x");
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        GByteArray *bytes = g_byte_array_new();
        g_autoptr(GError) back = NULL;
        g_autofree char *sent_text = error_text(*all[i]), *back_text = NULL;

        neterror_encode(*all[i], bytes);
        back = neterror_decode(bytes->data, bytes->len);
        back_text = error_text(back);
        g_assert_cmpstr(sent_text, ==, back_text);
        g_assert_cmpint(error_code(*all[i]), ==, error_code(back));
        g_assert_cmpint(error_from(*all[i]), ==, error_from(back));
        g_clear_error(&back);
        back = neterror_decode(bytes->data, bytes->len - 4);
        g_assert_nonnull(back);
        g_byte_array_unref(bytes);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/call/pipeline", test_pipeline);
    g_test_add_func("/call/filter", test_filter);
    g_test_add_func("/call/events", test_events);
    g_test_add_func("/call/neterror", test_neterror);
    return g_test_run();
}
