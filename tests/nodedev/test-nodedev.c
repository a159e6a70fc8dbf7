/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-nodedev.c - the index and descriptions, held against sysfs itself */
#include <string.h>
#include <unistd.h>

#include "drivers/nodedev/describe.h"
#include "drivers/nodedev/index.h"
#include "util/error.h"
#include "util/file.h"

static NodeDevice *
describe(const char *name)
{
    g_autoptr(GError) error = NULL;
    NodedevEntry *entry = nodedev_index_lookup(name, &error);
    NodeDevice *device = NULL;

    g_assert_no_error(error);
    device = nodedev_describe(entry, &error);
    g_assert_no_error(error);
    nodedev_index_device_free(entry);
    return device;
}

/* Every device has a name of its own that can be looked up, a parent that is listed, and a document
 * that the parser takes back unchanged. */
static void
test_all(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) list = nodedev_index_list(&error);

    g_assert_no_error(error);
    g_assert_cmpuint(list->len, >, 1);
    for (guint i = 0; i < list->len; i++) {
        const NodedevEntry *entry = list->pdata[i];
        g_autoptr(NodeDevice) device = describe(entry->name);
        g_autoptr(NodeDevice) again = NULL;
        g_autofree char *xml = NULL, *copy = NULL;
        NodedevEntry *parent = NULL;

        g_clear_pointer(&device->driver_name, g_free); /* not taken from a document */
        xml = xml_format_text(&node_device_xml, device, 0);
        for (const char *c = entry->name; *c; c++)
            g_assert_true(g_ascii_isalnum(*c) || *c == '_');
        if (i > 0)
            g_assert_cmpstr(((NodedevEntry *)list->pdata[i - 1])->name, <, entry->name);
        again = xml_parse_text(&node_device_xml, xml, XML_PARSE_STRICT, &error);
        g_assert_no_error(error);
        copy = xml_format_text(&node_device_xml, again, 0);
        g_assert_cmpstr(xml, ==, copy);
        if (entry->type == NODEDEV_TYPE_SYSTEM)
            continue;
        parent = nodedev_index_lookup(device->parent, &error);
        g_assert_no_error(error);
        g_assert_true(g_str_has_prefix(entry->syspath, parent->syspath));
        nodedev_index_device_free(parent);
    }
}

static void
test_loopback(void)
{
    g_autoptr(NodeDevice) device = NULL;
    const NodeCapability *cap = NULL;

    if (access("/sys/class/net/lo", F_OK) < 0) {
        g_test_skip("this host has no loopback interface");
        return;
    }
    device = describe("net_lo_00_00_00_00_00_00");
    cap = device->capabilities->pdata[0];
    g_assert_cmpstr(cap->net_name, ==, "lo");
    g_assert_cmpstr(device->parent, ==, "computer");
    g_assert_null(cap->capabilities); /* no Ethernet */
}

static void
test_pci(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) list = nodedev_index_list(&error);
    unsigned seen = 0;

    for (guint i = 0; i < list->len; i++) {
        const NodedevEntry *entry = list->pdata[i];
        g_autoptr(NodeDevice) device = NULL;
        const NodeCapability *cap = NULL;
        g_autofree char *name = NULL, *path = NULL, *vendor = NULL, *want = NULL;

        if (entry->type != NODEDEV_TYPE_PCI)
            continue;
        device = describe(entry->name);
        cap = device->capabilities->pdata[0];
        name = g_strdup_printf("pci_%04x_%02x_%02x_%x", cap->pci_domain, cap->pci_bus,
                               cap->pci_slot, cap->pci_function);
        g_assert_cmpstr(entry->name, ==, name);
        path = g_build_filename(entry->syspath, "vendor", NULL);
        vendor = file_read_line(path);
        want = g_strdup_printf("0x%04x", cap->vendor_id);
        g_assert_cmpstr(vendor, ==, want);
        seen++;
    }
    if (!seen)
        g_test_skip("this host has no PCI devices");
}

static void
test_unknown(void)
{
    g_autoptr(GError) error = NULL;
    NodedevEntry gone = { .name = (char *)"net_gone",
                          .syspath = (char *)"/sys/class/net/gone0",
                          .type = NODEDEV_TYPE_NET };

    g_assert_null(nodedev_index_lookup("pci_nowhere", &error));
    g_assert_true(error_is(error, VIR_ERR_NO_NODE_DEVICE));
    g_assert_nonnull(strstr(error->message, "'pci_nowhere'"));
    g_clear_error(&error);
    g_assert_null(nodedev_describe(&gone, &error));
    g_assert_true(error_is(error, VIR_ERR_NO_NODE_DEVICE));
    g_assert_nonnull(strstr(error->message, "has gone"));
}

int
main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    nodedev_index_begin();
    g_test_add_func("/nodedev/all", test_all);
    g_test_add_func("/nodedev/loopback", test_loopback);
    g_test_add_func("/nodedev/pci", test_pci);
    g_test_add_func("/nodedev/unknown", test_unknown);
    status = g_test_run();
    nodedev_index_end();
    return status;
}
