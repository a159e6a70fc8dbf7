/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-method.c - every row of the call and event tables is whole, and its number is what it always
 * was */
#include <glib.h>
#define VIR_ENUM_SENTINELS
#include <libvirt/libvirt.h>
#include <string.h>

#include "rpc/method.h"

static void
each_method(void (*check)(const Method *m))
{
    for (const MethodTable *t = method_tables; t->methods; t++) {
        for (size_t i = 0; i < t->count; i++) {
            if (t->methods[i].name)
                check(&t->methods[i]);
        }
    }
}

/* The number of the call or event @name of @program; 0 if there is none. */
static int
number_of(const char *program, const char *name)
{
    g_autofree char *upper = g_ascii_strup(program, -1);
    g_autofree char *full = g_strdup_printf("%s_PROC_%s", upper, name);

    for (const MethodTable *t = method_tables; t->methods; t++) {
        for (size_t i = 0; i < t->count; i++) {
            if (t->methods[i].name && strcmp(t->methods[i].proc_name, full) == 0)
                return t->methods[i].proc;
        }
    }
    for (const EventDesc *e = event_table; e->proc; e++) {
        if (strcmp(e->proc_name, full) == 0)
            return e->proc;
    }
    return 0;
}

static void
test_numbers(void)
{
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "numbers.golden", NULL);
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    unsigned pinned = 0, events = 0;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    lines = g_strsplit(g_strstrip(text), "\n", -1);
    for (size_t i = 0; lines[i]; i++) {
        g_auto(GStrv) words = g_strsplit(lines[i], " ", 3);
        int number = number_of(words[0], words[2]);

        if (number == 0) {
            /* Old forms of events are known by number only; keepalive has no calls. */
            if (strcmp(words[0], "remote") == 0) {
                const EventDesc *e = event_by_proc(PROGRAM_REMOTE, atoi(words[1]));

                g_assert_nonnull(e);
                g_assert_cmpint(e->legacy_proc, ==, atoi(words[1]));
                events++;
            }
            continue;
        }
        g_assert_cmpint(number, ==, atoi(words[1]));
        pinned++;
    }
    g_assert_cmpuint(events, ==, 16);
    g_assert_cmpuint(pinned, ==, 483 - 16 - 2);
}

static void
check_whole(const Method *m)
{
    g_assert_nonnull(m->proc_name);
    g_assert_nonnull(m->acl);
    g_assert_nonnull(m->since);
    if (!m->doc)
        g_error("%s has no documentation", m->name);
    g_assert_true(method_lookup(m->program, m->proc) == m);
    g_assert_true(method_by_name(m->name) == m);
    g_assert_cmpint(m->cls, <, CLASS_LAST);
    g_assert_cmpint(m->job, <, JOB_LAST);
    g_assert_cmpint(m->filter, <, ACL_LAST);
    for (const AclRule *rule = m->acl; rule->perm; rule++) {
        g_assert_cmpint(rule->perm, <, ACL_LAST);
        g_assert_cmpuint(rule->all & rule->none, ==, 0);
        g_assert_true(m->has_flags || !(rule->all | rule->none));
        g_assert_true(!rule->param_is || rule->param < m->args->size);
    }
    if (m->object != CLASS_CONNECT)
        g_assert_cmpuint(m->object_at, <, m->args->size);
    if (m->has_flags) {
        g_assert_cmpuint(m->flags_at, <, m->args->size);
        g_assert_cmpuint(m->write_if & ~m->flags_ok, ==, 0);
    } else {
        g_assert_cmpuint(m->write_if, ==, 0);
    }
    g_assert_cmpuint(m->fds_in, <=, 32);
    g_assert_cmpuint(m->fds_out, <=, 32);
}

static void
test_whole(void)
{
    each_method(check_whole);
}

/* A client that may only look must not be able to call what needs more than looking. */
static void
check_write(const Method *m)
{
    static const char *const looking[] = { "getattr", "read", "search_", "read_secure", NULL };
    /* Need more than looking, but change nothing; or are for daemons among themselves. */
    static const char *const known[] = {
        "virConnectSetIdentity",
        "virDomainMigrateGetCompressionCache",
        "virDomainMigrateGetMaxDowntime",
        "virConnectDomainQemuMonitorEventRegister",
        "virConnectDomainQemuMonitorEventDeregister",
        "QEMU_PROC_CONNECT_DOMAIN_MONITOR_EVENT_REGISTER",
        "QEMU_PROC_CONNECT_DOMAIN_MONITOR_EVENT_DEREGISTER",
        NULL,
    };

    for (const AclRule *rule = m->acl; rule->perm; rule++) {
        const char *perm = strchr(acl_perm_name(rule->perm), ':') + 1;
        bool looks = false;

        if (rule->all || rule->none || rule->param_is)
            continue;
        for (size_t i = 0; looking[i]; i++)
            looks = looks || g_str_has_prefix(perm, looking[i]);
        if (!looks && !m->write && !g_strv_contains(known, m->name))
            g_error("%s needs %s but read-only clients may call it", m->name,
                    acl_perm_name(rule->perm));
    }
}

static void
test_write(void)
{
    each_method(check_write);
}

static void
test_facts(void)
{
    const Method *m = method_by_name("virDomainGetXMLDesc");

    g_assert_cmpuint(m->program, ==, 0x20008086);
    g_assert_cmpint(m->proc, ==, 14);
    g_assert_cmpstr(m->proc_name, ==, "REMOTE_PROC_DOMAIN_GET_XML_DESC");
    g_assert_cmpint(m->acl[0].perm, ==, ACL_DOMAIN_READ);
    g_assert_cmpint(m->acl[1].perm, ==, ACL_DOMAIN_READ_SECURE);
    g_assert_cmpuint(m->acl[1].all, ==, VIR_DOMAIN_XML_SECURE);
    g_assert_false(m->write);
    g_assert_cmpuint(m->write_if, ==, VIR_DOMAIN_XML_SECURE | VIR_DOMAIN_XML_MIGRATABLE);
    g_assert_cmpuint(m->flags_ok, ==,
                     VIR_DOMAIN_XML_SECURE | VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_UPDATE_CPU |
                         VIR_DOMAIN_XML_MIGRATABLE);
    g_assert_cmpint(m->object, ==, CLASS_DOMAIN);
    g_assert_cmpuint(m->object_at, ==, offsetof(DomainGetXmlDescArgs, dom));

    m = method_by_name("virDomainSetMemoryFlags");
    g_assert_true(m->write);
    g_assert_cmpint(m->job, ==, JOB_MODIFY);
    g_assert_cmpuint(m->acl[1].none, ==, VIR_DOMAIN_AFFECT_CONFIG | VIR_DOMAIN_AFFECT_LIVE);

    m = method_by_name("virDomainInterfaceAddresses");
    g_assert_true(m->write_where);
    g_assert_cmpint(m->write_value, ==, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT);

    m = method_by_name("virConnectListAllNetworks");
    g_assert_cmpint(m->cls, ==, CLASS_NETWORK);
    g_assert_cmpint(m->object, ==, CLASS_CONNECT);
    g_assert_cmpint(m->filter, ==, ACL_NETWORK_GETATTR);
    g_assert_true(m->high);

    m = method_by_name("virStorageVolDownload");
    g_assert_cmpint(m->stream, ==, STREAM_READ);
    g_assert_cmpuint(m->sparse_flag, ==, VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM);

    m = method_by_name("virNodeDeviceReset");
    g_assert_cmpint(m->cls, ==, CLASS_DOMAIN);
    g_assert_cmpint(m->object, ==, CLASS_NODE_DEVICE);

    g_assert_true(method_lookup(PROGRAM_REMOTE, PROC_AUTH_LIST)->unauthenticated);
    g_assert_false(method_lookup(PROGRAM_REMOTE, PROC_CONNECT_OPEN)->unauthenticated);
    g_assert_cmpint(method_lookup(PROGRAM_ADMIN, PROC_ADMIN_SERVER_LIST_CLIENTS)->cls, ==,
                    CLASS_ADMIN);
    g_assert_null(method_lookup(PROGRAM_REMOTE, 0));
    g_assert_null(method_lookup(PROGRAM_REMOTE, -1));
    g_assert_null(method_lookup(PROGRAM_REMOTE, PROC_LAST));
    g_assert_null(method_lookup(PROGRAM_REMOTE, PROC_DOMAIN_EVENT_CALLBACK_LIFECYCLE));
    g_assert_null(method_lookup(4711, 1));
    g_assert_null(method_by_name("virDomainGetName"));
}

static void
test_events(void)
{
    const EventDesc *e;
    unsigned count = 0;

    for (e = event_table; e->proc; e++) {
        g_assert_true(event_lookup(e->cls, e->id) == e);
        g_assert_true(event_by_proc(e->program, e->proc) == e);
        if (e->has_callback) {
            g_assert_cmpuint(e->callback_at, ==, 0);
            g_assert_cmpint(e->filter, !=, ACL_NONE);
            g_assert_cmpuint(e->object_at, <, e->msg->size);
        }
        if (e->legacy_proc) {
            g_assert_true(event_by_proc(e->program, e->legacy_proc) == e);
            g_assert_cmpuint(e->legacy_at + e->legacy->size, <=, e->msg->size);
        }
        count++;
    }
    g_assert_cmpuint(count, ==, 38);
    for (int id = 0; id < VIR_DOMAIN_EVENT_ID_LAST; id++)
        g_assert_nonnull(event_lookup(EVENT_DOMAIN, id));
    for (int id = 0; id < VIR_NETWORK_EVENT_ID_LAST; id++)
        g_assert_nonnull(event_lookup(EVENT_NETWORK, id));
    for (int id = 0; id < VIR_STORAGE_POOL_EVENT_ID_LAST; id++)
        g_assert_nonnull(event_lookup(EVENT_STORAGE_POOL, id));
    for (int id = 0; id < VIR_NODE_DEVICE_EVENT_ID_LAST; id++)
        g_assert_nonnull(event_lookup(EVENT_NODE_DEVICE, id));
    for (int id = 0; id < VIR_SECRET_EVENT_ID_LAST; id++)
        g_assert_nonnull(event_lookup(EVENT_SECRET, id));

    e = event_lookup(EVENT_DOMAIN, VIR_DOMAIN_EVENT_ID_PMSUSPEND);
    g_assert_cmpuint(e->legacy_at, ==, offsetof(DomainEventCallbackPmsuspendMsg, msg));
    g_assert_cmpuint(e->object_at, ==, offsetof(DomainEventCallbackPmsuspendMsg, msg.dom));
    g_assert_false(event_lookup(EVENT_CONNECTION, 0)->has_callback);
    g_assert_null(event_lookup(EVENT_DOMAIN, VIR_DOMAIN_EVENT_ID_LAST));
}

static void
test_permissions(void)
{
    for (int perm = ACL_NONE + 1; perm < ACL_LAST; perm++) {
        g_assert_nonnull(strchr(acl_perm_name(perm), ':'));
        g_assert_true(g_str_has_prefix(acl_perm_action(perm), "org.libvirt.api."));
    }
    g_assert_cmpstr(acl_perm_name(ACL_STORAGE_VOL_DATA_READ), ==, "storage_vol:data_read");
    g_assert_cmpstr(acl_perm_action(ACL_STORAGE_VOL_DATA_READ), ==,
                    "org.libvirt.api.storage-vol.data-read");
    g_assert_cmpint(acl_perm_class(ACL_STORAGE_VOL_DATA_READ), ==, CLASS_STORAGE_VOL);
    g_assert_cmpstr(acl_perm_name(ACL_LAST), ==, "unknown");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/method/numbers", test_numbers);
    g_test_add_func("/method/whole", test_whole);
    g_test_add_func("/method/write", test_write);
    g_test_add_func("/method/facts", test_facts);
    g_test_add_func("/method/events", test_events);
    g_test_add_func("/method/permissions", test_permissions);
    return g_test_run();
}
