/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-qemu-check.c - what QEMU cannot be, each refused for its own reason
 *
 * A row is a definition that is right but for one thing, and part of the message it must meet; rows without a message
 * must be accepted.  The emulator is a handful of made-up answers.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/check/check.h"

#include <string.h>

#include "drivers/qemu/fill/fill.h"
#include "tests/qemu/answer.h"
#include "util/error.h"

static const Answer answers[] = {
    { "query-kvm", "{\"present\": true, \"enabled\": true}" },
    { "qom-list-types", "[\"virtio-blk-pci\", \"virtio-net-pci\", \"cirrus-vga\", \"rtl8139\", \"qemu-xhci\", \"virtio-vga\","
                        " \"piix3-usb-uhci\", \"pcie-root-port\", \"i82801b11-bridge\", \"virtio-scsi-pci\", \"nvdimm\"]" },
    { 0 },
};
static const QemuCapsSource source = { .ask = answer_ask, .data = (void *)answers };

static char *
find_emulator(const char *arch)
{
    return g_strdup("/bin/qemu");
}

static Domain *
make(const char *machine, const char *extra, const char *devices, const QemuCaps *caps, GError **error)
{
    g_autoptr(QemuConf) conf = qemu_conf_new_plain();
    g_autofree char *xml = g_strdup_printf("<domain type='kvm'><name>t</name>"
                                           "<uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>"
                                           "<memory unit='MiB'>64</memory>"
                                           "<os><type arch='x86_64' machine='%s'>hvm</type></os>%s"
                                           "<devices>%s</devices></domain>", machine, extra, devices);
    g_autoptr(Domain) def = xml_parse_text(&domain_xml, xml, XML_PARSE_INACTIVE, error);

    return def && fill_emulator(def, "x86_64", find_emulator, error) && fill_definition(def, caps, conf, NULL, error)
               ? g_steal_pointer(&def) : NULL;
}

typedef struct Case {
    const char *machine, *extra, *devices, *message; /* NULL: accepted */
} Case;

#define PIIX "pc-i440fx-7.2"
#define Q35 "pc-q35-7.2"
#define DISK(attributes, inner) \
    "<disk type='file' " attributes "><source file='/a'/><target dev='vda' bus='virtio'/>" inner "</disk>"
#define SHARED "<memoryBacking><access mode='shared'/></memoryBacking>"

static const Case cases[] = {
    { PIIX, "", "", NULL },
    { Q35, "<features><acpi/><smm state='on'><tseg unit='MiB'>16</tseg></smm></features>", "", NULL },
    { PIIX, "<features><smm state='on'><tseg unit='MiB'>16</tseg></smm></features>", "", "only supported with q35" },
    { "microvm", "<features><acpi/></features>", "<controller type='usb' model='none'/><memballoon model='none'/>",
      "does not support ACPI" },
    { Q35, "<features><gic version='3'/></features>", "", "The 'gic' feature is not supported" },
    { Q35, "<features><htm state='on'/></features>", "", "The 'htm' feature is not supported" },
    { Q35, "<features><vmport state='on'/><ps2 state='off'/></features>", "", "requires the ps2 feature" },
    { Q35, "<features><hyperv><synic state='on'/></hyperv></features>", "", "'synic' hyperv feature requires 'vpindex'" },
    { Q35, "<features><hyperv><vpindex state='on'/><synic state='on'/></hyperv></features>", "", NULL },
    { Q35, "<features><tcg><tb-cache unit='MiB'>8</tb-cache></tcg></features>", "", "incompatible with domain type 'kvm'" },
    { Q35, "<clock offset='utc'><timer name='armvtimer'/></clock>", "", "Configuring the 'armvtimer' timer" },
    { Q35, "<clock offset='utc'><timer name='rtc' tickpolicy='merge'/></clock>", "", "unsupported rtc timer tickpolicy" },
    { Q35, "<clock offset='timezone' timezone='Europe/Prague'/>", "", "cannot keep the clock" },
    { Q35, "<vcpu>4</vcpu><cpu><topology sockets='1' cores='2' threads='1'/></cpu>", "", "CPU topology doesn't match" },
    { Q35, "<vcpu>2</vcpu><vcpus><vcpu id='0' enabled='no'/><vcpu id='1' enabled='yes'/></vcpus>", "", "vcpu 0 can't be" },
    { Q35, "<vcpu>288</vcpu>", "", "require extended interrupt mode" },
    { Q35, "", "<controller type='pci' index='1' model='pcie-root-port'><model name='pxb'/></controller>",
      "'modelName' has invalid value" },
    { PIIX, "", "<controller type='pci' index='0' model='pci-root'><model name='pxb'/></controller>", "'modelName' is not valid" },
    { PIIX, "<pm><suspend-to-mem enabled='yes'/></pm>", "", NULL },
    { "microvm", "", "<memballoon model='virtio'/>", "No PCI buses available" },
    { PIIX, "", "<controller type='scsi' model='lsilogic'/><disk type='file' device='disk'><source file='/a'/>"
      "<target dev='sda' bus='scsi'/><address type='drive' target='1'/></disk>", "target must be 0" },
    { PIIX, "", "<sound model='virtio'/>", "virtio-sound controller is not supported" },
    { PIIX, "", "<graphics type='vnc'/><disk type='file' device='cdrom'><target dev='sda' bus='sd'/></disk>", "ejectable" },
    { Q35, "<maxMemory slots='1' unit='GiB'>1</maxMemory>", "", "At least one numa node" },
    { Q35, "", "<memory model='dimm'><target><size unit='MiB'>16</size></target></memory>", "'maxMemory' is not defined" },
    /* disks */
    { Q35, "", DISK("device='disk'", "<shareable/><driver name='qemu' type='qcow2'/>"), "shared access for disk 'vda'" },
    { Q35, "", DISK("device='cdrom'", ""), "does not support ejectable media" },
    { Q35, "", DISK("device='disk'", "<driver name='qemu' type='cow'/>"), "'cow' storage format" },
    { Q35, "", DISK("device='disk'", "<driver name='qemu' io='native'/>"), "native I/O needs" },
    { Q35, "", DISK("device='disk'", "<driver name='qemu' io='native' cache='none'/>"), NULL },
    { Q35, "", DISK("device='disk'", "<serial>a,b</serial>"), "unsafe characters" },
    { Q35, "", DISK("device='disk'", "<iotune><total_bytes_sec>1000000000000001</total_bytes_sec></iotune>"),
      "must be no more than" },
    { Q35, "", "<disk type='vhostuser' device='disk'><source type='unix' path='/s'/><target dev='vda' bus='virtio'/></disk>",
      "requires shared memory" },
    { Q35, SHARED, "<disk type='vhostuser' device='disk'><source type='unix' path='/s'/><target dev='vda' bus='virtio'/></disk>",
      NULL },
    /* file systems */
    { Q35, "", "<filesystem type='mount'><driver type='virtiofs'/><source dir='/a'/><target dir='t'/></filesystem>",
      "requires shared memory" },
    { Q35, SHARED, "<filesystem type='mount' accessmode='mapped'><driver type='virtiofs'/><source dir='/a'/><target dir='t'/>"
      "</filesystem>", "only supports passthrough" },
    { Q35, "", "<filesystem type='mount' fmode='644'><source dir='/a'/><target dir='t'/></filesystem>", "accessmode=mapped" },
    /* interfaces */
    { Q35, "", "<interface type='vhostuser'><source dev='e'/><backend type='passt'/><model type='virtio'/></interface>",
      "'interface' requires shared memory" },
    { Q35, "", "<interface type='bridge'><source bridge='b'/><backend type='passt'/></interface>", "can only be used with" },
    { Q35, "", "<interface type='bridge'><source bridge='b'/><ip address='10.0.0.1'/></interface>", "guest-side IP address" },
    { Q35, "", "<interface type='user'><ip address='10.0.0.1' prefix='24'/></interface>", NULL },
    { Q35, "", "<interface type='user'><driver packed='on'/><model type='rtl8139'/></interface>", "packed driver option" },
    /* character devices */
    { Q35, "", "<serial type='nmdm'><source master='a' slave='b'/></serial>", "unsupported chardev type 'nmdm'" },
    { Q35, "", "<serial type='pty'><target type='sclp-serial'/></serial>", "not compatible with guest" },
    { Q35, "", "<console type='pty'><target type='xen'/></console>", "unsupported console target type xen" },
    { Q35, "", "<channel type='unix'><source><reconnect enabled='yes' timeout='1'/></source><target type='virtio' name='a'/>"
      "</channel>", "only for connect mode" },
    { Q35, "", "<channel type='spicevmc'><target type='virtio' name='other'/></channel>", "Unsupported spicevmc target name" },
    { Q35, "", "<serial type='spicevmc'/>", "is for channels" },
    { Q35, "", "<serial type='pty'><target type='isa-serial'><model name='pl011'/></target></serial>", "requires target type" },
    { Q35, "", "<channel type='spicevmc'><target type='guestfwd' address='1.2.3.4' port='5'/></channel>", "only supports channel" },
    { Q35, "", DISK("device='disk'", "<driver name='tap'/>"), "unsupported driver name 'tap'" },
    /* displays */
    { Q35, "", "<graphics type='vnc' passwd='123456789'/>", "only 8 permitted" },
    { Q35, "", "<video><model type='vga' vram64='5'/></video>", "only supported for video type qxl" },
    { Q35, "", "<graphics type='vnc'/><graphics type='vnc'/>", "only 1 graphics device of each type" },
    { Q35, "", "<graphics type='spice'><gl enable='yes'/></graphics><graphics type='egl-headless'/>", "multiple OpenGL" },
    { Q35, "", "<graphics type='desktop'/>", "unsupported graphics type 'desktop'" },
    { Q35, "", "<video><model type='vbox'/></video>", "does not support video model 'vbox'" },
    { Q35, "", "<video><model type='vga' heads='2'/></video>", "multiple heads" },
    { Q35, "", "<video><model type='virtio' primary='yes'/></video><video><model type='cirrus'/></video>",
      "only valid as primary" },
    { Q35, "", "<sound model='ac97'><codec type='duplex'/></sound>", "has no codecs" },
    { Q35, "", "<input type='keyboard' bus='virtio' model='virtio-transitional'/>", "not supported for input type=keyboard" },
    /* buses */
    { Q35, "", "<controller type='pci' index='0' model='pci-root'/>", "must be model='pcie-root'" },
    { PIIX, "", "<controller type='pci' index='1' model='pcie-expander-bus'/>", "not supported with this machine type" },
    { Q35, "", "<controller type='usb' model='qemu-xhci' ports='16'/>", "only supports up to '15' ports" },
    { Q35, "", "<controller type='usb' model='none'/><controller type='usb' model='qemu-xhci' index='1'/>",
      "USB is disabled" },
    { Q35, "", "<controller type='usb' model='none'/><input type='tablet' bus='usb'/>", "USB bus is disabled" },
    { Q35, "", "<controller type='usb' model='qemu-xhci'/><hub type='usb'><address type='usb' bus='0' port='1'/></hub>"
      "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1'/></input>", "Duplicate USB address" },
    { Q35, "", "<input type='tablet' bus='usb'><address type='usb' bus='0' port='2.1'/></input>", "there is no hub at port 2" },
    { Q35, "", "<controller type='ide' index='0'/>", "IDE controllers are unsupported" },
    { Q35, "", "<controller type='virtio-serial' index='0'><driver queues='2'/></controller>", "virtio-scsi" },
    { Q35, "", "<controller type='scsi' model='virtio-scsi'><driver iothread='3'/></controller>", "not defined in iothreadid" },
    { Q35, "", "<interface type='user'><address type='pci' bus='0' slot='0x10'><zpci uid='0x1' fid='0x1'/></address></interface>",
      "support zPCI" },
    { Q35, "", "<controller type='usb' model='piix3-uhci'/><input type='tablet' bus='usb'>"
      "<address type='usb' bus='0' port='7'/></input>", "requested USB port 7 not present on USB bus 0" },
    { Q35, "", "<interface type='user'><address type='ccw' cssid='0xfe' ssid='0' devno='1'/></interface>", "CCW addresses are not supported" },
    { Q35, "", "<controller type='virtio-serial' index='0' ports='4'/><channel type='pty'><target type='virtio' name='a'/>"
      "<address type='virtio-serial' port='9'/></channel>", "does not have port 9" },
    { Q35, "", "<controller type='xenbus'/>", "xenbus" },
    { Q35, "", "<graphics type='vnc' port='80'/>", "vnc port must be in range" },
    /* the rest */
    { Q35, "", "<hostdev mode='subsystem' type='pci'><driver name='xen'/><source><address bus='6'/></source></hostdev>",
      "by 'xen' is not supported" },
    { Q35, "", "<hostdev mode='capabilities' type='misc'><source><char>/dev/a</char></source></hostdev>", "for containers" },
    { Q35, "", "<tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm>"
      "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>", "only a single TPM non-proxy" },
    { Q35, "", "<tpm model='tpm-crb'><backend type='emulator' version='1.2'/></tpm>", "TPM 1.2 is not supported" },
    { Q35, "", "<tpm model='tpm-spapr'><backend type='emulator' version='2.0'/></tpm>", "'tpm-spapr' is not supported" },
    { PIIX, "", "<watchdog model='itco'/>", "itco model of watchdog" },
    { Q35, "", "<watchdog model='diag288'/>", "diag288 model of watchdog" },
    { Q35, "", "<panic model='s390'/>", "only S390 guests support" },
    { Q35, "", "<panic model='isa'/><panic model='isa'/>", "Multiple panic devices" },
    { PIIX, "", "<iommu model='intel'/>", "only supported with Q35" },
    { Q35, "", "<iommu model='virtio'/>", "requires ACPI" },
    { Q35, "", "<iommu model='intel'><driver eim='on'/></iommu>", "requires interrupt remapping" },
    { Q35, "", "<rng model='virtio'><backend model='random'>dev/random</backend></rng>", "must be an absolute path" },
    { Q35, "", "<shmem name='a/b'/>", "cannot include '/' character" },
    { Q35, "", "<vsock model='virtio'><cid auto='no' address='2'/></vsock>", "guest CIDs must be >= 3" },
    { Q35, "", "<memballoon model='xen'/>", "is not supported by this version" },
};

static void
test_definitions(void)
{
    g_autoptr(GError) failed = NULL;
    g_autoptr(QemuCaps) caps = qemu_caps_build("/bin/qemu", &source, &failed);

    g_assert_no_error(failed);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Domain) def = make(cases[i].machine, cases[i].extra, cases[i].devices, caps, &error);
        bool ok = def && check_definition(def, caps, NULL, &error);

        g_test_message("%s %s%s: %s", cases[i].machine, cases[i].extra, cases[i].devices, error ? error->message : "accepted");
        if (!cases[i].message) {
            g_assert_no_error(error);
            continue;
        }
        g_assert_false(ok);
        g_assert_nonnull(strstr(error->message, cases[i].message));
    }
}

static void
test_tpm_versions(void)
{
    const CheckOptions only_2 = { .tpm_known = true, .tpm_2_0 = true };
    g_autoptr(GError) error = NULL;
    g_autoptr(QemuCaps) caps = qemu_caps_build("/bin/qemu", &source, &error);
    g_autoptr(Domain) def = make(PIIX, "", "<tpm model='tpm-tis'><backend type='emulator' version='1.2'/></tpm>", caps, &error);

    g_assert_no_error(error);
    g_assert_true(check_definition(def, caps, NULL, &error));
    g_assert_false(check_definition(def, caps, &only_2, &error));
    g_assert_cmpstr(error->message, ==, "TPM version '1.2' is not supported");
}

/* What a definition may keep, and a guest that starts may not have. */
static void
test_start(void)
{
    static const struct { const char *devices, *message, *extra; } refused[] = {
        { "<controller type='usb' model='nec-xhci'/>", "'nec-xhci' not supported in this QEMU binary" },
        { "<sound model='sb16'/>", "model 'sb16' is not supported in this QEMU binary" },
        { "<interface type='user'><backend tap='/dev/t'/></interface>", "custom tap device path is not supported" },
        { "<disk type='network' device='disk'><source protocol='iscsi' name='a'/><target dev='vda' bus='virtio'/></disk>",
          "iSCSI protocol accepts only one host" },
        { "", "only supported on s390", "<keywrap><cipher name='aes' state='on'/></keywrap>" },
    };
    g_autoptr(GError) failed = NULL;
    g_autoptr(QemuCaps) caps = qemu_caps_build("/bin/qemu", &source, &failed);

    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Domain) def = make(PIIX, refused[i].extra ? refused[i].extra : "", refused[i].devices, caps, &error);

        g_assert_no_error(error);
        g_assert_true(check_definition(def, caps, NULL, &error));
        g_assert_false(check_start(def, caps, &error));
        g_assert_nonnull(strstr(error->message, refused[i].message));
    }
}

static void
test_nodes(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(QemuCaps) caps = qemu_caps_build("/bin/qemu", &source, &error);
    g_autoptr(Domain) strict = make(PIIX, "<numatune><memory mode='strict' nodeset='0,9'/></numatune>", "", caps, &error);
    g_autoptr(Domain) soft = make(PIIX, "<numatune><memory mode='preferred' nodeset='9'/></numatune>", "", caps, &error);
    g_autoptr(Bitmap) there = bitmap_parse("0-3");

    g_assert_no_error(error);
    g_assert_true(check_start_nodes(soft, there, &error));
    g_assert_false(check_start_nodes(strict, there, &error));
    g_assert_cmpstr(error->message, ==, "NUMA node 9 is unavailable");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/qemu/check/definitions", test_definitions);
    g_test_add_func("/qemu/check/tpm-versions", test_tpm_versions);
    g_test_add_func("/qemu/check/start", test_start);
    g_test_add_func("/qemu/check/nodes", test_nodes);
    return g_test_run();
}
