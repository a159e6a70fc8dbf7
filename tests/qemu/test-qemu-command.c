/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-qemu-command.c - definitions made whole, and the command lines that come of them
 *
 * The emulator is a handful of made-up answers, so that the test says the same everywhere.  Each row is a domain of
 * some devices and words its command line must have, or the error it must meet.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/command/command.h"
#include "drivers/qemu/fill/fill.h"

#include <string.h>

#include "tests/qemu/answer.h"
#include "util/error.h"

static const Answer answers[] = {
    { "query-kvm", "{\"present\": true, \"enabled\": false}" },
    { "qom-list-types", "[\"virtio-blk-pci\", \"cirrus-vga\", \"rtl8139\", \"qemu-xhci\", \"virtio-vga\", \"kvm-pit\", \"piix3-usb-uhci\"]" },
    { "device-list-properties", "[{\"name\": \"lost_tick_policy\"}]" },
    { 0 },
};
static const QemuCapsSource source = { .ask = answer_ask, .data = (void *)answers };

static int
fake_listen(void *data, const char *path, GError **error)
{
    return 70;
}

static int
fake_char(void *data, const char *path, bool append, bool log, GError **error)
{
    return log ? 72 : 71;
}

static bool
fake_net(void *data, Interface *interface, size_t at, CommandNet *net, GError **error)
{
    net->n_taps = interface->queues ? interface->queues : 1;
    for (size_t i = 0; i < net->n_taps; i++)
        net->taps[i] = 80 + (int)i;
    return true;
}

static int
fake_vsock(void *data, bool choose, unsigned *cid, GError **error)
{
    error_set(error, VIR_ERR_OPERATION_FAILED, "no vsock in this test");
    return -1;
}

static bool
fake_cdrom(void *data, const char *path)
{
    return false;
}

static char *
find_emulator(const char *arch)
{
    return g_str_equal(arch, "x86_64") ? g_strdup("/bin/qemu") : NULL;
}

/* The made-up emulator, as young as those that take JSON; @old: one that does not. */
static QemuCaps *
make_caps(bool old, GError **error)
{
    static const char *const young[] = { "device.json+hotplug", "netdev.json", "blockjob.backing-mask-protocol" };
    g_autoptr(QemuCaps) caps = qemu_caps_build("/bin/qemu", &source, error);

    for (size_t i = 0; !old && caps && i < G_N_ELEMENTS(young); i++) {
        g_autoptr(QemuCaps) before = g_steal_pointer(&caps);

        caps = qemu_caps_override(before, young[i], true, error);
    }
    return g_steal_pointer(&caps);
}

/* One word a line, or NULL with an error. */
static char *
translate(const char *machine, const char *extra, const char *devices, GError **error)
{
    const CommandHost host = {
        .listen = fake_listen, .open_char = fake_char, .open_net = fake_net, .open_vsock = fake_vsock, .is_cdrom = fake_cdrom,
    };
    g_autoptr(QemuCaps) caps = make_caps(false, error);
    g_autoptr(QemuConf) conf = qemu_conf_new_plain();
    g_autofree char *xml = g_strdup_printf("<domain type='qemu'><name>t</name>"
                                           "<uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>"
                                           "<memory unit='MiB'>64</memory>"
                                           "<os><type arch='x86_64' machine='%s'>hvm</type></os>%s"
                                           "<devices>%s</devices></domain>", machine, extra, devices);
    g_autoptr(Domain) def = xml_parse_text(&domain_xml, xml, XML_PARSE_INACTIVE, error);
    Command command = { .caps = caps, .conf = conf, .host = &host, .dir = "/dir", .short_name = "1-t", .monitor_fd = 69 };
    char *out = NULL;

    g_assert_nonnull(caps);
    if (!def || !fill_emulator(def, "x86_64", find_emulator, error) || !fill_definition(def, caps, conf, NULL, error) ||
        !fill_aliases(def, error))
        return NULL;
    command.def = def;
    if (command_build(&command, error)) {
        g_ptr_array_add(command.argv, NULL);
        out = g_strjoinv("\n", (char **)command.argv->pdata);
    }
    command_clear(&command);
    return out;
}

#define BALLOON "<memballoon model='none'/>"

typedef struct Case {
    const char *name, *machine, *extra, *devices;
    const char *want[6]; /* words; one that begins with '!' must not be there */
    const char *error;
} Case;

static const Case cases[] = {
    { "bare-pc", "pc", "", BALLOON,
      { "-machine\npc-i440fx-7.2,usb=off,dump-guest-core=off,memory-backend=pc.ram,acpi=off\n-accel\ntcg\n-cpu\nqemu64",
        "-m\nsize=65536k", "socket,id=charmonitor,fd=69,server=on,wait=off",
        "{\"driver\":\"piix3-usb-uhci\",\"id\":\"usb\",\"bus\":\"pci.0\",\"addr\":\"0x1.0x2\"}", "-S" }, NULL },
    { "virtio-on-pc", "pc", "<features><acpi/></features>",
      "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/a,b'/><target dev='vda' bus='virtio'/></disk>"
      "<interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='b'/><model type='virtio'/></interface>" BALLOON,
      { "acpi=on", "{\"driver\":\"file\",\"filename\":\"/a,b\",\"node-name\":\"libvirt-1-storage\",\"auto-read-only\":true,\"discard\":\"unmap\"}",
        "\"driver\":\"virtio-net-pci\",\"netdev\":\"hostnet0\",\"id\":\"net0\",\"mac\":\"52:54:00:00:00:01\",\"bus\":\"pci.0\",\"addr\":\"0x2\"",
        "\"bus\":\"pci.0\",\"addr\":\"0x3\",\"drive\":\"libvirt-1-format\",\"id\":\"virtio-disk0\",\"bootindex\":1",
        "{\"type\":\"tap\",\"fd\":\"80\",\"id\":\"hostnet0\"}" }, NULL },
    { "ports-on-q35", "q35", "",
      "<disk type='file' device='disk'><source file='/d'/><target dev='vda' bus='virtio'/></disk>",
      { "{\"driver\":\"pcie-root-port\",\"port\":8,\"chassis\":1,\"id\":\"pci.1\",\"bus\":\"pcie.0\",\"multifunction\":true,\"addr\":\"0x1\"}",
        "\"driver\":\"qemu-xhci\",\"id\":\"usb\",\"bus\":\"pci.1\"", "\"driver\":\"virtio-blk-pci\",\"bus\":\"pci.2\"",
        "\"driver\":\"virtio-balloon-pci\",\"id\":\"balloon0\",\"bus\":\"pci.3\"", "\"id\":\"pci.4\"", "!\"id\":\"pci.5\"" }, NULL },
    { "multiqueue", "pc", "",
      "<interface type='bridge'><source bridge='b'/><model type='virtio'/><driver queues='2'/></interface>",
      { "\"fds\":\"80:81\"", "\"mq\":true,\"vectors\":6" }, NULL },
    { "serial-file-with-log", "pc", "",
      "<serial type='file'><source path='/x'/><log file='/y' append='on'/></serial>",
      { "set=0,fd=71,opaque=serial0-source", "set=1,fd=72,opaque=serial0-log",
        "file,id=charserial0,path=/dev/fdset/0,append=on,logfile=/dev/fdset/1,logappend=on" }, NULL },
    { "console-makes-serial", "pc", "", "<console type='pty'/>", { "pty,id=charserial0", "\"driver\":\"isa-serial\"" }, NULL },
    { "agent-channel", "pc", "",
      "<channel type='unix'><source mode='bind' path='/c'/><target type='virtio' name='org.qemu.guest_agent.0'/></channel>",
      { "\"driver\":\"virtio-serial-pci\",\"id\":\"virtio-serial0\"", "socket,id=charchannel0,fd=70,server=on,wait=off",
        "\"bus\":\"virtio-serial0.0\",\"nr\":1,\"chardev\":\"charchannel0\"" }, NULL },
    { "vnc-gets-video", "pc", "", "<graphics type='vnc' port='5907' listen='::1'/>",
      { "-vnc\n[::1]:7,audiodev=audio1", "\"driver\":\"cirrus-vga\",\"id\":\"video0\",\"bus\":\"pci.0\",\"addr\":\"0x2\"",
        "!-display\nnone" }, NULL },
    { "usb-hub-when-full", "pc", "",
      "<input type='tablet' bus='usb'/><input type='mouse' bus='usb'/><input type='keyboard' bus='usb'/>",
      { "\"driver\":\"usb-hub\",\"id\":\"hub0\",\"bus\":\"usb.0\",\"port\":\"1\"", "\"driver\":\"usb-tablet\",\"id\":\"input0\",\"bus\":\"usb.0\",\"port\":\"2\"",
        "\"port\":\"1.1\"" }, NULL },
    { "scsi-and-cdrom", "pc", "",
      "<disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>"
      "<disk type='file' device='disk'><source file='/s'/><target dev='sda' bus='scsi'/></disk>"
      "<controller type='scsi' model='virtio-scsi'/>",
      { "{\"driver\":\"ide-cd\",\"bus\":\"ide.1\",\"unit\":0,\"id\":\"ide0-1-0\"}",
        "\"driver\":\"scsi-hd\",\"bus\":\"scsi0.0\",\"channel\":0,\"scsi-id\":0,\"lun\":0" }, NULL },
    { "boot-order", "pc", "",
      "<disk type='file' device='disk'><source file='/1'/><target dev='vda' bus='virtio'/><boot order='2'/></disk>"
      "<interface type='user'><model type='virtio'/><boot order='1'/></interface>",
      { "\"id\":\"virtio-disk0\",\"bootindex\":2", "\"bootindex\":1" }, NULL },

    { "clash", "pc", "",
      "<interface type='user'><model type='virtio'/><address type='pci' domain='0' bus='0' slot='5' function='0'/></interface>"
      "<interface type='user'><model type='virtio'/><address type='pci' domain='0' bus='0' slot='5' function='0'/></interface>",
      { NULL }, "Attempted double use of PCI Address 0000:00:05.0" },
    { "slot-range", "q35", "",
      "<interface type='user'><model type='virtio'/><address type='pci' domain='0' bus='1' slot='3' function='0'/></interface>",
      { NULL }, "slot must be <= 0" },
    { "no-machine", "isapc", "", "", { NULL }, "does not support machine type 'isapc'" },
    { "no-source", "pc", "", "<disk type='file' device='disk'><target dev='vda' bus='virtio'/></disk>", { NULL }, "has no source" },
    { "vsock-host-refuses", "pc", "", "<vsock model='virtio'><cid auto='yes'/></vsock>", { NULL }, "no vsock in this test" },
    { "not-yet", "pc", "", "<tpm model='tpm-tis'><backend type='emulator'/></tpm>", { NULL },
      "cannot be started here" },
    { "external-tpm", "pc", "", "<tpm model='tpm-crb'><backend type='external'><source type='unix' mode='connect' path='/t,s'/></backend></tpm>",
      { "socket,id=chrtpm,path=/t,,s", "emulator,id=tpm-tpm0,chardev=chrtpm", "{\"driver\":\"tpm-crb\",\"tpmdev\":\"tpm-tpm0\",\"id\":\"tpm0\"}" },
      NULL },
    { "no-secret", "pc", "",
      "<disk type='file' device='disk'><source file='/e'><encryption format='luks'><secret type='passphrase' usage='x'/></encryption>"
      "</source><target dev='vda' bus='virtio'/></disk>", { NULL }, "nobody to ask" },
    { "huge-pages-nowhere", "pc", "<memoryBacking><hugepages/></memoryBacking>", "", { NULL }, "Unable to find any usable hugetlbfs mount" },
    { "nvdimm", "pc", "<maxMemory slots='1' unit='GiB'>1</maxMemory><cpu><numa><cell id='0' cpus='0' memory='64' unit='MiB'/></numa></cpu>",
      "<memory model='nvdimm' access='shared'><source><path>/n</path></source><target><size unit='MiB'>2</size><node>0</node></target></memory>",
      { "nvdimm=on", "\"mem-path\":\"/n\",\"share\":true,\"prealloc\":true,\"size\":2097152", "\"driver\":\"nvdimm\",\"node\":0,\"memdev\":\"memnvdimm0\"" },
      NULL },
    { "shared-memory", "pc", "", "<shmem name='s'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>",
      { "\"mem-path\":\"/dev/shm/s\",\"size\":4194304,\"share\":true", "\"memdev\":\"shmmem-shmem0\"" }, NULL },
};

static void
test_case(const void *data)
{
    const Case *c = data;
    g_autoptr(GError) error = NULL;
    g_autofree char *got = translate(c->machine, c->extra, c->devices, &error);

    if (c->error) {
        g_assert_null(got);
        g_assert_nonnull(error);
        if (!strstr(error->message, c->error))
            g_error("message '%s' lacks '%s'", error->message, c->error);
        return;
    }
    g_assert_no_error(error);
    for (size_t i = 0; i < G_N_ELEMENTS(c->want) && c->want[i]; i++) {
        bool absent = c->want[i][0] == '!';

        if ((strstr(got, c->want[i] + absent) != NULL) == absent)
            g_error("%s '%s' in:\n%s", absent ? "unwanted" : "missing", c->want[i] + absent, got);
    }
}

/* What was made whole once stays as it is. */
static void
test_stable(const void *data)
{
    const Case *c = data;
    g_autoptr(QemuCaps) caps = make_caps(false, NULL);
    g_autoptr(QemuConf) conf = qemu_conf_new_plain();
    g_autofree char *xml = g_strdup_printf("<domain type='qemu'><name>t</name><memory>65536</memory>"
                                           "<os><type arch='x86_64' machine='%s'>hvm</type></os>%s<devices>%s</devices></domain>",
                                           c->machine, c->extra, c->devices);
    g_autofree char *first = NULL;

    for (int round = 0; round < 2; round++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Domain) def = xml_parse_text(&domain_xml, first ? first : xml, XML_PARSE_INACTIVE, &error);
        g_autofree char *now = NULL;

        g_assert_no_error(error);
        g_assert_true(fill_emulator(def, "x86_64", find_emulator, &error));
        g_assert_true(fill_definition(def, caps, conf, NULL, &error));
        g_assert_no_error(error);
        now = xml_format_text(&domain_xml, def, XML_FORMAT_INACTIVE);
        if (first)
            g_assert_cmpstr(now, ==, first);
        else
            first = g_steal_pointer(&now);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/command/%s", cases[i].name);
        g_autofree char *stable = g_strdup_printf("/stable/%s", cases[i].name);

        g_test_add_data_func(path, &cases[i], test_case);
        if (!cases[i].error)
            g_test_add_data_func(stable, &cases[i], test_stable);
    }
    return g_test_run();
}
