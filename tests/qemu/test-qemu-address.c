/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-qemu-address.c - where devices end up, and what the emulator may lock, one row a case
 *
 * A row has devices, and text that the definition has once it is whole; "!" before text that it must not have.
 */
#include "drivers/qemu/fill/fill.h"
#include "drivers/qemu/process/guest_memlock.h"

#include <string.h>

typedef struct Machine {
    const char *arch, *name, *types, *cpu;
} Machine;

static const Machine pc = { "x86_64", "pc-i440fx-7.2", "\"rtl8139\", \"piix3-usb-uhci\"", "qemu64" };
static const Machine q35 = { "x86_64", "pc-q35-7.2", "\"rtl8139\", \"qemu-xhci\"", "qemu64" };
static const Machine pseries = { "ppc64", "pseries-7.2", "\"rtl8139\", \"pci-ohci\"", "power9" };
static const Machine ccw = { "s390x", "s390-ccw-virtio-7.2", "\"zpci\"", "qemu" };

typedef struct Case {
    const char *name;
    const Machine *machine;
    const char *devices;
    const char *want[6];
    const char *error;
} Case;

#define NIC "<interface type='user'><model type='virtio'/></interface>"
#define ASSIGNED(bus) "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='" bus "' slot='0' function='0'/>" \
                      "</source></hostdev>"
#define PCI(index, model) "<controller type='pci' index='" index "' model='" model "'/>"
#define AT(bus, slot, function) "bus='" bus "' slot='" slot "' function='" function "'"

static const Case cases[] = {
    { "port-and-spare", &q35, NIC, { "index='2' model='pcie-root-port'", "index='3'", "!index='4'",
                                     AT("0x01", "0x00", "0x0"), "multifunction='on'" }, NULL },
    { "no-spare-where-ports-are-named", &q35, PCI("1", "pcie-root-port") PCI("2", "pcie-root-port") NIC,
      { "!index='3'", AT("0x02", "0x00", "0x0") }, NULL },
    { "conventional-behind-a-bridge", &q35, "<sound model='ac97'/>",
      { "index='2' model='pcie-to-pci-bridge'",
        "<sound model='ac97'>\n      <address type='pci' domain='0x0000' bus='0x02'" }, NULL },
    { "conventional-host-device", &q35, ASSIGNED("9"), { "model='pcie-to-pci-bridge'" }, NULL },
    { "express-host-device", &q35, ASSIGNED("1"), { "!model='pcie-to-pci-bridge'" }, NULL },
    { "gaps", &q35, PCI("3", "pcie-root-port"),
      { "index='1' model='pcie-root-port'", "index='2' model='pcie-root-port'" }, NULL },
    { "gap-for-a-bridge", &q35, PCI("2", "pci-bridge"),
      { "index='1' model='dmi-to-pci-bridge'", AT("0x01", "0x00", "0x0") }, NULL },
    { "bridge-behind-itself", &q35, PCI("1", "pci-bridge"), { NULL }, "a PCI slot is needed to connect" },
    { "switch", &q35, "<controller type='pci' model='pcie-root-port'/><controller type='pci' model='pcie-switch-upstream-port'/>"
      "<controller type='pci' model='pcie-switch-downstream-port'/><controller type='pci' model='pcie-switch-downstream-port'/>",
      { "index='4' model='pcie-switch-downstream-port'", "chassis='4' port='0x1'", AT("0x02", "0x01", "0x0") }, NULL },
    { "gaps-of-bridges", &pc, PCI("2", "pci-bridge"), { "index='1' model='pci-bridge'", "chassisNr='2'" }, NULL },
    { "seven-to-a-controller", &pc,
      "<disk type='file' device='disk'><source file='/a'/><target dev='sdh' bus='scsi'/></disk>"
      "<controller type='scsi' index='0' model='virtio-scsi'/>",
      { "type='scsi' index='1' model='virtio-scsi'", "controller='1' bus='0' target='0' unit='0'" }, NULL },
    { "disks-in-order", &pc,
      "<disk type='file' device='disk'><source file='/b'/><target dev='vdb' bus='virtio'/></disk>"
      "<disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/></disk>",
      { "file='/a'/>\n      <target dev='vda' bus='virtio'/>\n      <address type='pci' domain='0x0000' bus='0x00' slot='0x02'" },
      NULL },
    { "host-bridges-by-group", &pseries, ASSIGNED("1") ASSIGNED("9") ASSIGNED("0x1f"),
      { "index='2' model='pci-root'", "!index='3' model='pci-root'", AT("0x01", "0x02", "0x0"), AT("0x02",
        "0x01", "0x0") }, NULL },
    { "zpci", &ccw, PCI("0", "pci-root") ASSIGNED("1") "<memballoon model='virtio'/>",
      { "<zpci uid='0x0001' fid='0x00000000'/>", "type='ccw' cssid='0xfe' ssid='0x0' devno='0x0000'" }, NULL },
    { "full-channels", &pc, "<controller type='virtio-serial' index='0' ports='1'/>"
      "<channel type='pty'><target type='virtio' name='a'/><address type='virtio-serial' controller='0' bus='0'/></channel>",
      { NULL }, "has no free ports" },
};

static Json *
answer(void *data, bool tcg, const char *command, Json *arguments, GError **error)
{
    const Machine *m = data;
    g_autofree char *text = NULL;

    if (g_str_equal(command, "query-version"))
        text = g_strdup("{\"qemu\": {\"major\": 7, \"minor\": 2, \"micro\": 0}, \"package\": \"test\"}");
    else if (g_str_equal(command, "query-target"))
        text = g_strdup_printf("{\"arch\": \"%s\"}", m->arch);
    else if (g_str_equal(command, "qom-list-types"))
        text = g_strdup_printf("[%s]", m->types);
    else if (g_str_equal(command, "query-machines"))
        text = g_strdup_printf("[{\"name\": \"%s\", \"is-default\": true, \"cpu-max\": 64,"
                               " \"default-cpu-type\": \"%s-cpu\"}]", m->name, m->cpu);
    else if (g_str_equal(command, "query-cpu-definitions"))
        text = g_strdup_printf("[{\"name\": \"%s\", \"typename\": \"%s-cpu\"}]", m->cpu, m->cpu);
    else if (g_str_equal(command, "query-kvm"))
        text = g_strdup("{\"present\": true, \"enabled\": true}");
    else
        text = g_strdup("[]");
    return json_parse(text, -1, command, error);
}

/* Buses 1 and 1f are one group and express, all others another and not. */
static int
iommu_group(const void *data, const char *address)
{
    return g_str_has_prefix(address, "0000:01:") || g_str_has_prefix(address, "0000:1f:") ? 4 : 7;
}

static bool
is_conventional(const void *data, const char *address)
{
    return iommu_group(data, address) == 7;
}

static Domain *
fill(const Machine *machine, const char *type, const char *extra, const char *devices, GError **error)
{
    const QemuCapsSource source = { .ask = answer, .data = (void *)machine };
    const FillOptions options = { .iommu_group = iommu_group, .is_conventional = is_conventional };
    g_autoptr(QemuCaps) caps = qemu_caps_build("/bin/qemu", &source, error);
    g_autoptr(QemuConf) conf = qemu_conf_new_plain();
    g_autofree char *xml = g_strdup_printf("<domain type='%s'><name>t</name><memory unit='GiB'>1</memory>%s<os>"
                                           "<type arch='%s' machine='%s'>hvm</type></os><devices><emulator>/bin/qemu</emulator>"
                                           "%s%s</devices></domain>", type, extra, machine->arch, machine->name, devices,
                                           strstr(devices, "<memballoon") ? "" : "<memballoon model='none'/>");
    g_autoptr(Domain) def = caps ? xml_parse_text(&domain_xml, xml, XML_PARSE_INACTIVE, error) : NULL;

    if (!def || !fill_emulator(def, machine->arch, NULL, error) || !fill_definition(def, caps, conf, &options, error))
        return NULL;
    return g_steal_pointer(&def);
}

static void
test_case(const void *data)
{
    const Case *c = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(Domain) def = fill(c->machine, "qemu", "", c->devices, &error);
    g_autofree char *got = NULL;

    if (c->error) {
        g_assert_null(def);
        if (!strstr(error->message, c->error))
            g_error("message '%s' lacks '%s'", error->message, c->error);
        return;
    }
    g_assert_no_error(error);
    got = xml_format_text(&domain_xml, def, XML_FORMAT_INACTIVE);
    for (size_t i = 0; i < G_N_ELEMENTS(c->want) && c->want[i]; i++) {
        bool absent = c->want[i][0] == '!';

        if ((strstr(got, c->want[i] + absent) != NULL) == absent)
            g_error("%s '%s' in:\n%s", absent ? "unwanted" : "missing", c->want[i] + absent, got);
    }
}

static void
test_locked_memory(void)
{
    static const uint64_t mib = 1 << 20;
    static const struct { const Machine *machine; const char *extra, *devices; uint64_t limit; } rows[] = {
        { &q35, "", "", 0 },
        { &q35, "", ASSIGNED("1"), 2048 * mib },
        { &q35, "", ASSIGNED("1") ASSIGNED("9"), 2048 * mib },
        { &q35, "", ASSIGNED("1") ASSIGNED("9") "<iommu model='intel'/>", 3072 * mib },
        { &q35, "<memoryBacking><locked/></memoryBacking>", "", GUEST_MEMLOCK_UNLIMITED },
        { &q35, "<memtune><hard_limit unit='GiB'>3</hard_limit></memtune>", ASSIGNED("1"), 3072 * mib },
        { &pseries, "", "", 20 * mib },
        { &pseries, "", ASSIGNED("1"), (4096 + 24) * mib },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Domain) def = fill(rows[i].machine, "kvm", rows[i].extra, rows[i].devices, &error);

        g_assert_no_error(error);
        g_assert_cmpuint(guest_memlock_limit(def), ==, rows[i].limit);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/address/%s", cases[i].name);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/memlock", test_locked_memory);
    return g_test_run();
}
