/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-bhyve-fill.c - definitions of bhyve guests: places given, and what is refused */
#include <string.h>

#include "drivers/bhyve/caps.h"
#include "drivers/bhyve/fill.h"
#include "util/xml.h"

#define DISK(name, more) "<disk type='file'><source file='/" name "'/><target dev='" name "' bus='sata'/>" more "</disk>"
#define NIC(slot) "<interface type='bridge'><source bridge='b'/><model type='virtio'/><address type='pci' slot='" slot "'/></interface>"

static Domain *
make(const char *os, const char *devices, unsigned caps, GError **error)
{
    g_autofree char *text = g_strdup_printf("<domain type='bhyve'><name>b</name><memory>219136</memory><os><type>hvm</type>%s"
                                            "</os><devices>%s</devices></domain>", os, devices);
    g_autoptr(GError) bad = NULL;
    g_autoptr(Domain) def = xml_parse_text(&domain_xml, text, XML_PARSE_INACTIVE, &bad);

    g_assert_no_error(bad);
    return bhyve_fill_definition(def, caps, NULL, error) ? g_steal_pointer(&def) : NULL;
}

static unsigned
slot_of(const Domain *def, ControllerType type, unsigned index)
{
    for (guint i = 0; i < def->controllers->len; i++) {
        const Controller *c = def->controllers->pdata[i];

        if (c->type == type && c->index == index)
            return c->info.address->pci.slot;
    }
    g_assert_not_reached();
}

/* An old bhyve has one port a controller; a newer one 32. */
static void
test_ports(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Domain) old = make("", DISK("hda", "") DISK("hdc", ""), 0, &error);
    g_autoptr(Domain) new = make("", DISK("hda", "") DISK("hdah", ""), BHYVE_CAPS_AHCI32SLOT, &error);
    const Address *at;

    g_assert_no_error(error);
    g_assert_cmpuint(slot_of(old, CONTROLLER_TYPE_SATA, 2), ==, 4);
    at = ((const Disk *)old->disks->pdata[1])->info.address;
    g_assert_cmpuint(at->controller, ==, 2);
    g_assert_cmpuint(at->target, ==, 0);
    g_assert_cmpuint(slot_of(new, CONTROLLER_TYPE_SATA, 1), ==, 3);
    at = ((const Disk *)new->disks->pdata[1])->info.address;
    g_assert_cmpuint(at->controller, ==, 1);
    g_assert_cmpuint(at->target, ==, 1);
}

/* The bridge is in slot 1 unless somebody else is. */
static void
test_bridge(void)
{
    static const char loader[] = "<loader readonly='yes' type='pflash'>/fd</loader>";
    g_autoptr(GError) error = NULL;
    g_autoptr(Domain) usual = make(loader, NIC("2"), 0, &error);
    g_autoptr(Domain) taken = make(loader, NIC("1") DISK("hda", ""), 0, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(slot_of(usual, CONTROLLER_TYPE_ISA, 0), ==, 1);
    g_assert_cmpuint(slot_of(taken, CONTROLLER_TYPE_ISA, 0), ==, 2);
    g_assert_cmpuint(slot_of(taken, CONTROLLER_TYPE_SATA, 0), ==, 3);
}

static void
test_refused(void)
{
    static const struct {
        const char *devices, *message;
    } cases[] = {
        { NIC("3") NIC("3"), "PCI address 0000:00:03.0 is used twice" },
        { NIC("0' function='0x1"), "PCI slot 0 is the host bridge's" },
        { NIC("3' bus='0x01"), "PCI address 0000:01:03.0 is not on bus" },
        { DISK("hda", "<address type='drive' controller='0' bus='0' target='2' unit='0'/>") DISK("hdc", ""),
          "disk 'hdc' would be at controller='0' target='2'" },
        { "<disk type='file'><target dev='sda' bus='scsi'/></disk>", "disk 'sda' must be on bus" },
        { "<disk type='block' device='lun'><source dev='/d'/><target dev='vda' bus='virtio'/></disk>", "disk 'vda' must be of device type" },
        { "<controller type='scsi'/>", "bhyve has no controller of type 'scsi'" },
        { "<controller type='usb' model='piix3-uhci'/>", "the model of this type of controller must be 'nec-xhci'" },
        { "<controller type='usb' model='nec-xhci'/>", "a USB controller and a tablet need each other: the tablet" },
        { "<input type='tablet' bus='usb'/>", "a USB controller and a tablet need each other: the controller" },
        { "<graphics type='vnc' port='5900'/>", "a display needs UEFI" },
        { "<graphics type='spice' port='5900'/>", "bhyve has displays of type 'vnc', not 'spice'" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Domain) def = make("", cases[i].devices, BHYVE_CAPS_AHCI32SLOT, &error);

        g_assert_null(def);
        g_assert_nonnull(error);
        g_assert_cmpstr(strstr(error->message, cases[i].message), !=, NULL);
    }
}

static void
test_full(void)
{
    g_autoptr(GString) devices = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Domain) fits = NULL, too_many = NULL;

    for (int i = 0; i < 30; i++)
        g_string_append(devices, "<interface type='bridge'><source bridge='b'/></interface>");
    fits = make("", devices->str, 0, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(((const Interface *)fits->interfaces->pdata[29])->info.address->pci.slot, ==, 31);
    g_string_append(devices, "<interface type='bridge'><source bridge='b'/></interface>");
    too_many = make("", devices->str, 0, &error);
    g_assert_null(too_many);
    g_assert_true(strstr(error->message, "no PCI slot is free") != NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bhyve/ports", test_ports);
    g_test_add_func("/bhyve/bridge", test_bridge);
    g_test_add_func("/bhyve/refused", test_refused);
    g_test_add_func("/bhyve/full", test_full);
    return g_test_run();
}
