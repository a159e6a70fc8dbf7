/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_driver.c - nodes and the connections to them */
#define ERROR_FROM VIR_FROM_TEST
#include "drivers/test/test_driver.h"

#include <string.h>

#include "drivers/test/test_private.h"
#include "util/error.h"
#include "util/text.h"

static Lock nodes_lock = LOCK_INIT;
static Kit *default_kit GUARDED_BY(nodes_lock); /* lives while a connection does */
static DriverRow rows[PROC_LAST];

static void
node_clear(Kit *kit)
{
    TestNode *node = kit->data;

    g_clear_pointer(&node->iface_backup, g_ptr_array_unref);
    lock_clear(&node->lock);
    g_free(node);
}

static unsigned
host_cpus(Kit *kit)
{
    return (unsigned)((TestNode *)kit->data)->cpus;
}

static const VmOps vm_ops = { .host_cpus = host_cpus };

static Kit *
node_new(void)
{
    static const struct {
        const ObjectKind *kind;
        const void *owner; /* see pool.h and network.h of the kit */
    } kinds[] = {
        { &test_vm_kind },     { &network_kind, &test_network_ops }, { &pool_kind, test_pool_backends },
        { &test_device_kind }, { &secret_kind }, { &test_iface_kind },
    };
    g_autoptr(EventHub) hub = event_hub_new();
    Kit *kit = kit_new(hub);
    TestNode *node = g_new0(TestNode, 1);

    lock_init(&node->lock);
    node->kit = kit;
    kit->data = node;
    kit->clear = node_clear;
    kit->vm_ops = &vm_ops;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        kit->tables[kinds[i].kind->cls] =
            object_table_new(kinds[i].kind, hub, NULL, kinds[i].owner);
    return kit;
}

/* The kit of @path: shared for the default node, a new one for a file. */
static Kit *
open_node(const char *path, GError **error)
{
    g_autoptr(Kit) kit = NULL;
    bool ok;

    if (strcmp(path, "/default") == 0) {
        g_auto(LockHold) hold = lock_hold(&nodes_lock);

        if (!default_kit) {
            default_kit = node_new();
            if (!test_node_load_default(default_kit->data, error)) {
                g_clear_pointer(&default_kit, kit_unref);
                return NULL;
            }
        }
        ((TestNode *)default_kit->data)->n_sessions++;
        return kit_ref(default_kit);
    }
    kit = node_new();
    ok = test_node_load_file(kit->data, path, error);
    return ok ? g_steal_pointer(&kit) : NULL;
}

static void
close_node(Kit *kit)
{
    g_auto(LockHold) hold = lock_hold(&nodes_lock);

    if (kit == default_kit && --((TestNode *)kit->data)->n_sessions == 0)
        g_clear_pointer(&default_kit, kit_unref);
}

static bool
test_open(Session *session, const char *uri, bool readonly, GError **error)
{
    g_autoptr(GUri) parsed = uri ? g_uri_parse(uri, G_URI_FLAGS_NONE, NULL) : NULL;
    const char *path = parsed ? g_uri_get_path(parsed) : "";
    Kit *kit;

    if (!parsed) {
        error_set(error, VIR_ERR_INVALID_ARG, "cannot parse URI '%s'", uri ? uri : "");
        return false;
    }
    if (!*path || strcmp(path, "/") == 0) {
        error_set(error, VIR_ERR_INVALID_ARG,
                  "test URI '%s' has no path; use test:///default or test:///FILE.xml", uri);
        return false;
    }
    kit = open_node(path, error);
    if (!kit)
        return false;
    /* Each node has its own events: those of one must not reach who is connected to another. */
    event_hub_unref(session->hub);
    session->hub = event_hub_ref(kit->hub);
    session->data = kit;
    return true;
}

static void
test_close(Session *session)
{
    Kit *kit = session->data;

    session->data = NULL;
    if (kit)
        close_node(kit);
    kit_unref(kit);
}

static bool
test_start(const DriverEnv *env, GError **error)
{
    static const DriverRow *const tables[] = {
        test_domain_rows,  test_tune_rows,    test_guest_rows, test_device_rows,
        test_network_rows, test_storage_rows, test_host_rows,  test_moment_rows,
    };

    for (size_t t = 0; t < G_N_ELEMENTS(tables); t++) {
        for (int proc = 0; proc < PROC_LAST; proc++) {
            if (tables[t][proc].fn)
                rows[proc] = tables[t][proc];
        }
    }
    return true;
}

const Driver test_driver = {
    .name = "Test",
    .scheme = "test",
    .error_from = VIR_FROM_TEST,
    .classes = 1u << CLASS_CONNECT | 1u << CLASS_DOMAIN | 1u << CLASS_DOMAIN_SNAPSHOT |
               1u << CLASS_DOMAIN_CHECKPOINT | 1u << CLASS_INTERFACE | 1u << CLASS_NETWORK |
               1u << CLASS_NETWORK_PORT | 1u << CLASS_NODE_DEVICE | 1u << CLASS_STORAGE_POOL |
               1u << CLASS_STORAGE_VOL | 1u << CLASS_SECRET | 1u << CLASS_NWFILTER |
               1u << CLASS_NWFILTER_BINDING, /* the last two: to say that there are none */
    .rows = rows,
    .n_rows = PROC_LAST,
    .start = test_start,
    .open = test_open,
    .close = test_close,
    .resolve = kit_resolve,
    .release = kit_release,
    .acl_object = kit_acl_object,
    .begin = kit_begin,
    .end = kit_end,
};
