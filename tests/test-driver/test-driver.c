/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-driver.c - the test driver behind call_run(), with a session of our own */
#include "drivers/test/test_driver.h"

#include <glib/gstdio.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <string.h>
#include <unistd.h>

#include "tests/test-driver/rig.h"
#include "util/error.h"
#include "util/file.h"

#define GUEST(name)                                                                                \
    "<domain type='test'><name>" name                                                              \
    "</name><memory>1024</memory><os><type>hvm</type></os></domain>"

/* Events as the client would get them: "NAME event detail;". */
static GString *heard;

static void
send_event(Session *session, uint32_t program, int proc, const WireType *type, const void *msg)
{
    const DomainEventCallbackLifecycleMsg *life = msg;

    if (proc == PROC_DOMAIN_EVENT_CALLBACK_LIFECYCLE)
        g_string_append_printf(heard, "%s %d %d;", life->msg.dom.name, life->msg.event,
                               life->msg.detail);
}

static const SessionOps ops = { .send_event = send_event };

static Session *
open_session(const char *uri, bool readonly, GError **error)
{
    return rig_open(uri, readonly, &ops, error);
}

static WireDomain
lookup(Session *session, const char *name)
{
    DomainLookupByNameArgs args = { .name = (char *)name };
    DomainLookupByNameRet ret = { 0 };

    g_assert_cmpint(rig_run(session, PROC_DOMAIN_LOOKUP_BY_NAME, &args, &ret), ==, 0);
    return ret.dom;
}

static int
state_of(Session *session, WireDomain dom)
{
    DomainGetStateArgs args = { .dom = dom };
    DomainGetStateRet ret = { 0 };

    g_assert_cmpint(rig_run(session, PROC_DOMAIN_GET_STATE, &args, &ret), ==, 0);
    return ret.state;
}

static void
test_default(void)
{
    g_autoptr(GError) error = NULL;
    Session *session = open_session("test:///default", false, &error);
    ConnectListAllDomainsArgs list = { .need_results = 1,
                                       .flags = VIR_CONNECT_LIST_DOMAINS_ACTIVE };
    ConnectListAllDomainsRet domains = { 0 };
    ConnectListAllNetworksArgs net_list = { .need_results = 1 };
    ConnectListAllNetworksRet networks = { 0 };
    NodeGetInfoRet info = { 0 };
    DomainGetInfoRet guest = { 0 };

    g_assert_no_error(error);
    g_assert_cmpint(rig_run(session, PROC_CONNECT_LIST_ALL_DOMAINS, &list, &domains), ==, 0);
    g_assert_cmpuint(domains.n_domains, ==, 1);
    g_assert_cmpstr(domains.domains[0].name, ==, "test");
    g_assert_cmpint(domains.domains[0].id, ==, 1);
    {
        DomainGetInfoArgs args = { .dom = domains.domains[0] };

        g_assert_cmpint(rig_run(session, PROC_DOMAIN_GET_INFO, &args, &guest), ==, 0);
    }
    g_assert_cmpuint(guest.maxMem, ==, 8388608);
    g_assert_cmpuint(guest.memory, ==, 2097152);
    g_assert_cmpint(guest.nrVirtCpu, ==, 2);
    g_assert_cmpint(rig_run(session, PROC_CONNECT_LIST_ALL_NETWORKS, &net_list, &networks), ==, 0);
    g_assert_cmpuint(networks.n_nets, ==, 1);
    g_assert_cmpint(rig_run(session, PROC_NODE_GET_INFO, NULL, &info), ==, 0);
    g_assert_cmpstr(info.model, ==, "i686");
    g_assert_cmpint(info.cpus, ==, 16);
    wire_free(method_lookup(PROGRAM_REMOTE, PROC_CONNECT_LIST_ALL_DOMAINS)->ret, &domains);
    wire_free(method_lookup(PROGRAM_REMOTE, PROC_CONNECT_LIST_ALL_NETWORKS)->ret, &networks);
    rig_close(session);
}

static void
test_life(void)
{
    Session *session = open_session("test:///default", false, NULL);
    ConnectDomainEventCallbackRegisterAnyArgs reg = { .eventID = VIR_DOMAIN_EVENT_ID_LIFECYCLE };
    ConnectDomainEventCallbackRegisterAnyRet registered = { 0 };
    DomainDefineXmlArgs def = { .xml = (char *)GUEST("vm") };
    DomainDefineXmlRet defined = { 0 };
    WireDomain vm;

    heard = g_string_new(NULL);
    g_assert_cmpint(
        rig_run(session, PROC_CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY, &reg, &registered), ==, 0);
    g_assert_cmpint(rig_run(session, PROC_DOMAIN_DEFINE_XML, &def, &defined), ==, 0);
    vm = defined.dom;
    {
        DomainCreateArgs args = { .dom = vm }; /* all that follow take just the guest */

        g_assert_cmpint(rig_run(session, PROC_DOMAIN_SUSPEND, &args, NULL), ==,
                        VIR_ERR_OPERATION_INVALID);
        g_assert_cmpint(rig_run(session, PROC_DOMAIN_CREATE, &args, NULL), ==, 0);
        g_assert_cmpint(rig_run(session, PROC_DOMAIN_CREATE, &args, NULL), ==,
                        VIR_ERR_OPERATION_INVALID);
        g_assert_cmpint(rig_run(session, PROC_DOMAIN_SUSPEND, &args, NULL), ==, 0);
        g_assert_cmpint(state_of(session, vm), ==, VIR_DOMAIN_PAUSED);
        g_assert_cmpint(rig_run(session, PROC_DOMAIN_RESUME, &args, NULL), ==, 0);
        g_assert_cmpint(rig_run(session, PROC_DOMAIN_RESUME, &args, NULL), ==,
                        VIR_ERR_OPERATION_INVALID);
        g_assert_cmpint(rig_run(session, PROC_DOMAIN_DESTROY, &args, NULL), ==, 0);
        g_assert_cmpint(state_of(session, vm), ==, VIR_DOMAIN_SHUTOFF);
        g_assert_cmpint(rig_run(session, PROC_DOMAIN_UNDEFINE, &args, NULL), ==, 0);
        g_assert_cmpint(rig_run(session, PROC_DOMAIN_DESTROY, &args, NULL), ==, VIR_ERR_NO_DOMAIN);
    }
    g_assert_cmpstr(heard->str, ==, "vm 0 0;vm 2 0;vm 3 0;vm 4 0;vm 5 1;vm 1 0;");
    g_free(vm.name);
    rig_close(session);
    g_string_free(g_steal_pointer(&heard), TRUE);
}

/* Live and config are two: a change of one is not a change of the other. */
static void
test_affect(void)
{
    Session *session = open_session("test:///default", false, NULL);
    WireDomain vm = lookup(session, "test");
    static const struct {
        uint32_t flags;
        uint64_t live, config;
    } cases[] = {
        { VIR_DOMAIN_AFFECT_LIVE, 1000, 2097152 },
        { VIR_DOMAIN_AFFECT_CONFIG, 1000, 1001 },
        { VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG, 1002, 1002 },
        { VIR_DOMAIN_AFFECT_CURRENT, 1003, 1002 },
    };
    GString ignored = { 0 };

    heard = &ignored;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        DomainSetMemoryFlagsArgs args = { .dom = vm, .memory = 1000 + i, .flags = cases[i].flags };
        DomainGetXmlDescArgs get = { .dom = vm };
        DomainGetXmlDescRet live = { 0 }, config = { 0 };
        g_autofree char *want_live =
            g_strdup_printf("<currentMemory unit='KiB'>%d</currentMemory>", (int)cases[i].live);
        g_autofree char *want_config =
            g_strdup_printf("<currentMemory unit='KiB'>%d</currentMemory>", (int)cases[i].config);

        g_assert_cmpint(rig_run(session, PROC_DOMAIN_SET_MEMORY_FLAGS, &args, NULL), ==, 0);
        g_assert_cmpint(rig_run(session, PROC_DOMAIN_GET_XML_DESC, &get, &live), ==, 0);
        get.flags = VIR_DOMAIN_XML_INACTIVE;
        g_assert_cmpint(rig_run(session, PROC_DOMAIN_GET_XML_DESC, &get, &config), ==, 0);
        g_assert_nonnull(strstr(live.xml, want_live));
        g_assert_nonnull(strstr(config.xml, want_config));
        g_free(live.xml);
        g_free(config.xml);
    }
    {
        /* What fails changes neither. */
        DomainSetMemoryFlagsArgs args = { .dom = vm,
                                          .memory = 1ull << 40,
                                          .flags = VIR_DOMAIN_AFFECT_LIVE };
        DomainGetInfoArgs get = { .dom = vm };
        DomainGetInfoRet info = { 0 };

        g_assert_cmpint(rig_run(session, PROC_DOMAIN_SET_MEMORY_FLAGS, &args, NULL), ==,
                        VIR_ERR_INVALID_ARG);
        g_assert_cmpint(rig_run(session, PROC_DOMAIN_GET_INFO, &get, &info), ==, 0);
        g_assert_cmpuint(info.memory, ==, 1003);
    }
    g_free(vm.name);
    rig_close(session);
    heard = NULL;
}

static void
test_connections(void)
{
    g_autoptr(GError) error = NULL;
    Session *one = open_session("test:///default", false, NULL),
            *two = open_session("test:///default", true, NULL), *other;
    g_autofree char *path = g_strdup_printf("%s/node-%d.xml", g_get_tmp_dir(), getpid());
    DomainDefineXmlArgs def = { .xml = (char *)GUEST("shared") };
    DomainDefineXmlRet defined = { 0 };
    WireDomain seen;

    g_assert_cmpint(rig_run(one, PROC_DOMAIN_DEFINE_XML, &def, &defined), ==, 0);
    seen = lookup(two, "shared"); /* one node for all */
    g_assert_cmpint(rig_run(two, PROC_DOMAIN_UNDEFINE, &(DomainUndefineArgs){ .dom = seen }, NULL), ==,
                    VIR_ERR_OPERATION_DENIED); /* opened read only */
    rig_close(one);
    rig_close(two);
    one = open_session("test:///default", false, NULL); /* begins anew */
    g_assert_cmpint(rig_run(one, PROC_DOMAIN_UNDEFINE, &(DomainUndefineArgs){ .dom = seen }, NULL), ==,
                    VIR_ERR_NO_DOMAIN);
    rig_close(one);

    g_assert_true(file_write_atomic_text(
        path,
        "<node><domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>"
        "<test:runstate>3</test:runstate><name>filed</name><memory>9</memory><os><type>hvm</type></"
        "os></domain></node>",
        0600, NULL));
    {
        g_autofree char *uri = g_strconcat("test://", path, NULL);

        other = open_session(uri, false, &error);
    }
    g_assert_no_error(error);
    g_unlink(path);
    g_free(seen.name);
    seen = lookup(other, "filed");
    g_assert_cmpint(state_of(other, seen), ==, VIR_DOMAIN_PAUSED);
    rig_close(other);
    g_assert_null(open_session("test:///no/such/file.xml", false, &error));
    g_assert_true(error_is(error, VIR_ERR_SYSTEM_ERROR));
    g_clear_error(&error);
    g_assert_null(open_session("test:///", false, &error));
    g_assert_true(error_is(error, VIR_ERR_INVALID_ARG));
    g_free(seen.name);
    g_free(defined.dom.name);
}

static void *
churn(void *data)
{
    Session *session = data;

    for (int i = 0; i < 50; i++) {
        DomainCreateXmlArgs args = { .xml_desc = (char *)GUEST("churn") };
        DomainCreateXmlRet ret = { 0 };
        ConnectListAllDomainsArgs list = { .need_results = 1 };
        ConnectListAllDomainsRet domains = { 0 };

        if (rig_run(session, PROC_DOMAIN_CREATE_XML, &args, &ret) == 0) {
            DomainDestroyArgs end = { .dom = ret.dom };
            int code = rig_run(session, PROC_DOMAIN_DESTROY, &end, NULL);

            g_assert_true(code == 0 || code == VIR_ERR_NO_DOMAIN ||
                          code == VIR_ERR_OPERATION_INVALID || code == VIR_ERR_OPERATION_FAILED);
            g_free(ret.dom.name);
        }
        g_assert_cmpint(rig_run(session, PROC_CONNECT_LIST_ALL_DOMAINS, &list, &domains), ==, 0);
        wire_free(method_lookup(PROGRAM_REMOTE, PROC_CONNECT_LIST_ALL_DOMAINS)->ret, &domains);
    }
    return NULL;
}

/* Several threads make and end the same guest: whatever the order, nothing is left. */
static void
test_threads(void)
{
    Session *session = open_session("test:///default", false, NULL);
    GThread *threads[4];
    ConnectNumOfDomainsRet num = { 0 };

    for (int i = 0; i < 4; i++)
        threads[i] = g_thread_new("churn", churn, session);
    for (int i = 0; i < 4; i++)
        g_thread_join(threads[i]);
    g_assert_cmpint(rig_run(session, PROC_CONNECT_NUM_OF_DOMAINS, NULL, &num), ==, 0);
    g_assert_cmpint(num.num, ==, 1);
    rig_close(session);
}

/* Every row is of a method, and honours only flags that the API knows of it or says so by ~0. */
static void
test_rows(void)
{
    unsigned n = 0;

    for (size_t proc = 1; proc < test_driver.n_rows; proc++) {
        const Method *method = method_lookup(PROGRAM_REMOTE, (int32_t)proc);

        if (!test_driver.rows[proc].fn)
            continue;
        n++;
        g_assert_nonnull(method);
        if (!method->has_flags)
            g_assert_cmpuint(test_driver.rows[proc].flags, ==, 0);
    }
    g_test_message("%u rows", n);
    g_assert_cmpuint(n, >, 200);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/test-driver/default", test_default);
    g_test_add_func("/test-driver/life", test_life);
    g_test_add_func("/test-driver/affect", test_affect);
    g_test_add_func("/test-driver/connections", test_connections);
    g_test_add_func("/test-driver/threads", test_threads);
    g_test_add_func("/test-driver/rows", test_rows);
    return g_test_run();
}
