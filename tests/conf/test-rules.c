/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-rules.c - what no hypervisor can make of a domain, each refused for its own reason
 *
 * A row is a domain (elements around <devices>, then devices) and part of the message it must meet; rows without a message
 * must be accepted, so that a rule is not stricter than it says.
 */
#define ERROR_FROM VIR_FROM_NONE
#include <string.h>

#include "drivers/conf/domain_gen.h"
#include "drivers/conf/network_gen.h"
#include "util/error.h"

typedef struct Case {
    const char *extra, *devices, *message; /* NULL: accepted */
} Case;

static void
try_all(const Case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        g_autofree char *xml = g_strdup_printf("<domain type='kvm'><name>t</name><memory unit='MiB'>64</memory>%s"
                                               "<os><type arch='x86_64' machine='pc'>hvm</type></os>"
                                               "<devices>%s</devices></domain>", cases[i].extra, cases[i].devices);
        g_autoptr(GError) error = NULL;
        g_autoptr(Domain) def = xml_parse_text(&domain_xml, xml, XML_PARSE_INACTIVE | XML_PARSE_STRICT, &error);

        g_test_message("%s%s: %s", cases[i].extra, cases[i].devices, error ? error->message : "accepted");
        if (!cases[i].message) {
            g_assert_no_error(error);
            continue;
        }
        g_assert_null(def);
        g_assert_nonnull(strstr(error->message, cases[i].message));
    }
}

#define VIRTIO "<interface type='network'><source network='n'/><model type='virtio'/><teaming type='persistent'/>" \
               "<alias name='ua-nic'/></interface>"
#define SRIOV(teaming) \
    "<interface type='hostdev'><source><address type='pci' bus='3' slot='1'/></source>" teaming "</interface>"
#define PLAIN(type, source, teaming) "<hostdev mode='subsystem' type='" type "'><source>" source "</source>" teaming "</hostdev>"
#define WITH_NIC "<teaming type='transient' persistent='ua-nic'/>"

static void
test_teaming(void)
{
    static const Case cases[] = {
        { "", VIRTIO SRIOV(WITH_NIC), NULL },
        { "", SRIOV(WITH_NIC) VIRTIO, NULL },
        { "", VIRTIO PLAIN("pci", "<address bus='3' slot='1'/>", WITH_NIC), NULL },
        { "", VIRTIO "<interface type='network'><source network='pool'/>" WITH_NIC "</interface>", NULL },
        { "", SRIOV(WITH_NIC), "no interface with <teaming type='persistent'> has this alias" },
        { "", VIRTIO SRIOV("<teaming type='transient' persistent='ua-other'/>"), "teamed with 'ua-other', but no interface" },
        { "", VIRTIO SRIOV("<teaming type='transient'/>"), "needs 'persistent'" },
        { "", VIRTIO SRIOV(WITH_NIC) PLAIN("pci", "<address bus='4'/>", WITH_NIC), "has another partner already" },
        { "", VIRTIO PLAIN("usb", "<address bus='1' device='2'/>", WITH_NIC), "only supported for PCI network devices" },
        { "", VIRTIO PLAIN("pci", "<address bus='3'/>", "<teaming type='persistent'/>"), "only with type='transient'" },
        { "", VIRTIO "<interface type='bridge'><source bridge='b'/>" WITH_NIC "</interface>", "only PCI network devices" },
        { "", VIRTIO "<interface type='hostdev'><source><address type='usb' bus='1' device='2'/></source>" WITH_NIC
          "</interface>", "is no PCI device" },
        { "", "<interface type='network'><source network='n'/><model type='e1000'/><teaming type='persistent'/>"
          "<alias name='ua-nic'/></interface>", "must be virtio" },
        { "", "<interface type='network'><source network='n'/><model type='virtio'/><teaming type='persistent'/></interface>",
          "needs an alias" },
        { "", "<interface type='network'><source network='n'/><model type='virtio'/>"
          "<teaming type='persistent' persistent='ua-x'/><alias name='ua-nic'/></interface>", "takes no 'persistent'" },
    };

    try_all(cases, G_N_ELEMENTS(cases));
}

#define NIC(type, source, more) "<interface type='" type "'><source " source "/>" more "</interface>"

static void
test_switches(void)
{
    static const Case cases[] = {
        { "", NIC("bridge", "bridge='ovs'", "<vlan><tag id='42'/></vlan><virtualport type='openvswitch'/>"), NULL },
        { "", NIC("bridge", "bridge='ovs'", "<vlan trunk='yes'><tag id='1' nativeMode='untagged'/><tag id='2'/></vlan>"
                  "<virtualport type='openvswitch'/>"), NULL },
        { "", NIC("bridge", "bridge='b'", "<vlan trunk='no'><tag id='1'/><tag id='2'/></vlan>"), "trunk='yes' is required" },
        { "", NIC("bridge", "bridge='b'", "<vlan trunk='no'><tag id='1' nativeMode='tagged'/></vlan>"), "native vlan id" },
        { "", NIC("bridge", "bridge='b'", "<vlan><tag id='1' nativeMode='tagged'/><tag id='2' nativeMode='tagged'/></vlan>"),
          "duplicate native vlan setting" },
        { "", NIC("bridge", "bridge='b'", "<vlan><tag id='4096'/></vlan>"), "too large" },
        { "", NIC("bridge", "bridge='b'", "<vlan><tag id='7'/><tag id='7'/></vlan>"), NULL },
        { "", NIC("bridge", "bridge='b'", "<vlan/>"), "missing tag id" },
        { "", NIC("direct", "dev='e'", "<virtualport type='openvswitch'/>"), "'openvswitch'> is not supported" },
        { "", NIC("bridge", "bridge='b'", "<virtualport type='802.1Qbh'/>"), "'802.1Qbh'> is not supported" },
        { "", NIC("network", "network='n' portgroup='fast'", "<virtualport type='802.1Qbh'/>"), NULL },
        { "", NIC("server", "address='10.0.0.1' port='5'", "<virtualport type='openvswitch'/>"), "<virtualport> element unsupported" },
        { "", NIC("user", "dev='e'", "<vlan><tag id='1'/></vlan>"), "<vlan> is not supported" },
        { "", NIC("direct", "dev='e'", "<port isolated='yes'/>"), "only for interfaces of type 'network' or 'bridge'" },
        { "", NIC("network", "network='n'", "<bandwidth><inbound average='10' floor='5'/></bandwidth>"), NULL },
        { "", NIC("network", "network='n'", "<bandwidth><inbound floor='5'/></bandwidth>"), NULL },
        { "", NIC("bridge", "bridge='b'", "<bandwidth><inbound average='10' floor='5'/></bandwidth>"), "Invalid use of 'floor'" },
        { "", NIC("network", "network='n'", "<bandwidth><outbound average='1' floor='5'/></bandwidth>"), "allowed only in <inbound>" },
        { "", NIC("network", "network='n'", "<bandwidth><inbound peak='5'/></bandwidth>"), "Missing mandatory average or floor" },
        { "", NIC("vhostuser", "type='unix' path='/s' mode='other'", ""), "Wrong <source> 'mode'" },
        { "", NIC("vhostuser", "type='unix' mode='client'", ""), "needs 'path'" },
    };

    try_all(cases, G_N_ELEMENTS(cases));
}

/* Several tags are a trunk whether or not they say so; the network and its port groups have the same rule. */
static void
test_trunk(void)
{
    static const char good[] = "<network><name>n</name><forward mode='bridge'/><bridge name='ovs'/>"
                               "<virtualport type='openvswitch'/><portgroup name='all'><vlan><tag id='1'/><tag id='2'/></vlan>"
                               "</portgroup></network>";
    static const char bad[] = "<network><name>n</name><forward mode='bridge'/><bridge name='ovs'/>"
                              "<portgroup name='all'><vlan trunk='no'><tag id='1'/><tag id='2'/></vlan></portgroup></network>";
    g_autoptr(GError) error = NULL;
    g_autoptr(Network) network = xml_parse_text(&network_xml, good, XML_PARSE_STRICT, &error);

    g_assert_no_error(error);
    g_assert_cmpint(((PortGroup *)network->portgroups->pdata[0])->vlan->trunk, ==, YESNO_YES);
    g_assert_null(xml_parse_text(&network_xml, bad, XML_PARSE_STRICT, &error));
    g_assert_nonnull(strstr(error->message, "trunk='yes' is required"));
}

#define DISK(device, bus, inner) \
    "<disk type='file' device='" device "'><source file='/a'/><target dev='sda' bus='" bus "'/>" inner "</disk>"
#define HOST(attributes) \
    "<disk type='network' device='disk'><source protocol='nbd'><host " attributes "/></source><target dev='vda'/></disk>"

static void
test_disks(void)
{
    static const Case cases[] = {
        { "", DISK("disk", "scsi", "<vendor>V</vendor><wwn>0x5000c50015ea71ad</wwn>"), NULL },
        { "", DISK("disk", "virtio", "<wwn>5000c50015ea71ad</wwn>"), "wwn is only for" },
        { "", DISK("disk", "scsi", "<wwn>123</wwn>"), "malformed wwn" },
        { "", DISK("disk", "sata", "<vendor>V</vendor>"), "vendor is only for bus 'scsi'" },
        { "", DISK("disk", "scsi", "<driver queues='4'/>"), "queues attribute is only supported for virtio" },
        { "", DISK("disk", "virtio", "<driver queue_size='100'/>"), "power of two" },
        { "<iothreads>1</iothreads>", DISK("disk", "virtio", "<driver iothread='1'/>"), NULL },
        { "<iothreads>1</iothreads>", DISK("disk", "virtio", "<driver iothread='2'/>"), "Disk iothread '2' not defined" },
        { "", DISK("disk", "virtio", "<driver copy_on_read='on'/><readonly/>"), "copy_on_read is only for" },
        { "", DISK("disk", "virtio", "<driver rerror_policy='enospace'/>"), "enospace" },
        { "", DISK("disk", "virtio", "<driver type='raw'><metadata_cache><max_size>1</max_size></metadata_cache></driver>"),
          "metadata_cache" },
        { "", "<disk type='vhostvdpa'><source dev='/dev/v'/><target dev='sda' bus='scsi'/></disk>", "must use virtio bus" },
        { "", "<disk type='network'><source protocol='http' name='a'><host name='h'/><cookies><cookie name='a b'>v</cookie>"
          "</cookies></source><target dev='vda'/></disk>", "cookie name 'a b'" },
        { "", "<disk type='network'><source protocol='http' name='a'><host name='h'/><cookies><cookie name='a'>\"v\"</cookie>"
          "</cookies></source><target dev='vda'/></disk>", NULL },
        { "", "<disk type='network'><source protocol='iscsi' name='a'><host name='h'/><auth username='x'><secret type='iscsi'/>"
          "</auth></source><target dev='vda'/></disk>", "either a uuid or a usage" },
        { "", DISK("disk", "virtio", "<geometry cyls='5'/>"), "cyls, heads and secs are needed" },
        { "", DISK("disk", "virtio", "<iotune><read_iops_sec_max>5</read_iops_sec_max></iotune>"), "is not set" },
        { "", DISK("disk", "virtio", "<blockio logical_block_size='500'/>"), "powers of two" },
        { "", DISK("disk", "virtio", "<iotune><total_bytes_sec>5</total_bytes_sec><read_bytes_sec>1</read_bytes_sec></iotune>"),
          "cannot be set at the same time" },
        { "", DISK("disk", "virtio", "<iotune><total_iops_sec>5</total_iops_sec>"
                   "<total_iops_sec_max_length>1</total_iops_sec_max_length></iotune>"), "cannot be set if" },
        { "", "<disk type='file' device='disk'><source file='/a' startupPolicy='requisite'/><target dev='vda'/></disk>",
          "only for cdrom or floppy" },
        { "", HOST("name='h' port='10809'"), NULL },
        { "", HOST("transport='unix'"), "missing socket" },
        { "", HOST("transport='tcp' name='h' socket='/s'"), "does not support socket" },
        { "", HOST("name='h' port='70000'"), "is above 65535" },
        { "", "<disk type='network' device='disk'><source protocol='rbd'/><target dev='vda'/></disk>", "missing name" },
        { "", "<disk type='nvme' device='disk'><source type='pci' namespace='0'><address bus='1'/></source><target dev='vda'/>"
          "</disk>", "namespace can't be zero" },
        { "", "<disk type='vhostuser' device='disk'><driver cache='none'/><source type='unix' path='/s'/><target dev='vda'/>"
          "</disk>", "cache is not supported with vhostuser" },
        { "<throttlegroups><throttlegroup><group_name>a</group_name></throttlegroup></throttlegroups>",
          DISK("disk", "virtio", "<throttlefilters><throttlefilter group='b'/></throttlefilters>"),
          "'b' of disk 'sda' not found" },
    };

    try_all(cases, G_N_ELEMENTS(cases));
}

static void
test_tuning(void)
{
    static const Case cases[] = {
        { "<title>a\nb</title>", "", "can't contain newlines" },
        { "<resource><partition>machine</partition></resource>", "", "must start with '/'" },
        { "<perf><event name='cmt' enabled='yes'/><event name='cmt' enabled='no'/></perf>", "", "already specified" },
        { "<keywrap><cipher name='rot13' state='on'/></keywrap>", "", "unsupported cipher name" },
        { "<memoryBacking><hugepages><page size='2048'/><page size='1048576' nodeset='0'/></hugepages></memoryBacking>", "",
          "two master hugepages" },
        { "<memoryBacking><hugepages/><source type='anonymous'/></memoryBacking>", "", "anonymous memory source" },
        { "<maxMemory slots='4' unit='MiB'>32</maxMemory>", "", "equal or greater" },
        { "<vcpu>2</vcpu><vcpus><vcpu id='2' enabled='yes'/></vcpus>", "", "out of range of maximum vcpu count" },
        { "<vcpu>2</vcpu><vcpus><vcpu id='1' enabled='yes'/><vcpu id='1' enabled='no'/></vcpus>", "", "duplicate vcpu '1'" },
        { "<cputune><period>999</period></cputune>", "", "must be in range [1000, 1000000]" },
        { "<cputune><quota>-1</quota></cputune>", "", NULL },
        { "<cputune><emulator_quota>5</emulator_quota></cputune>", "", "'emulator_quota' must be in range" },
        { "<cputune><vcpupin vcpu='0' cpuset='0'/><vcpupin vcpu='0' cpuset='1'/></cputune>", "", "duplicate vcpupin" },
        { "<cputune><vcpusched vcpus='0' scheduler='rr'/></cputune>", "", "needs a priority" },
        { "<iothreadids><iothread id='3'/><iothread id='3'/></iothreadids>", "", "duplicate iothread id '3'" },
        { "<blkiotune><device><path>/a</path></device><device><path>/a</path></device></blkiotune>", "", "duplicate blkio" },
        { "<numatune><memory mode='strict' nodeset='4,^4'/></numatune>", "", "nothing is left in it" },
        { "<numatune><memory mode='strict' placement='static'/></numatune>", "", "nodeset for NUMA memory tuning" },
        { "<memoryBacking><hugepages><page size='2048' nodeset='3'/></hugepages></memoryBacking>", "", "node 3 not found" },
        { "<cpu><numa><cell id='0' cpus='0-3' memory='65536'/></numa></cpu>", "", "exceed the <vcpu> count" },
        { "<vcpu>3</vcpu><cpu><numa><cell id='0' cpus='0-1' memory='100'/><cell id='1' cpus='1-2' memory='100'/></numa></cpu>",
          "", "overlapping vCPU ids" },
        { "<cpu><numa><cell id='0' cpus='0' memory='65536'><distances><sibling id='0' value='20'/></distances></cell></numa>"
          "</cpu>", "", "'value 20' is invalid" },
        { "<cpu mode='custom'><model>a</model><feature name='f' policy='require'/><feature name='f' policy='disable'/></cpu>",
          "", "specified more than once" },
        { "<cputune><iothreadpin iothread='1' cpuset='0'/></cputune>", "", "Cannot find 'iothread' : 1" },
        { "<features><hyperv><spinlocks state='on' retries='4'/></hyperv></features>", "", "at least 4095" },
        { "<features><hyperv><vendor_id state='on' value='morethantwelvechars'/></hyperv></features>", "", "longer than 12" },
        { "<features><kvm><dirty-ring state='on' size='1000'/></kvm></features>", "", "power of 2" },
        { "<sysinfo type='fwcfg'><entry name='opt/a' file='/f'>v</entry></sysinfo>", "", "either value or 'file'" },
        { "<numatune><memnode cellid='1' mode='strict' nodeset='0'/></numatune>"
          "<cpu><numa><cell id='0' cpus='0' memory='65536'/></numa></cpu>", "", "existing guest's NUMA cell" },
    };

    try_all(cases, G_N_ELEMENTS(cases));
}

static void
test_devices(void)
{
    static const Case cases[] = {
        { "", "<sound model='ac97'><alias name='ua-a'/></sound><sound model='es1370'><alias name='ua-a'/></sound>",
          "non unique alias" },
        { "", "<serial type='pty'><alias name='ua-s'/></serial><console type='pty'><alias name='ua-s'/></console>", NULL },
        { "", NIC("network", "network='n'", "<boot order='1'/>") NIC("network", "network='n'", "<boot order='1'/>"),
          "used for more than one device" },
        { "", NIC("network", "network='n'", "<acpi index='1'/>") NIC("network", "network='n'", "<acpi index='1'/>"), "ACPI index '1'" },
        { "", "<audio id='1' type='none'/><audio id='1' type='none'/>", "used multiple times" },
        { "", "<sound model='ac97'><audio id='2'/></sound><audio id='1' type='none'/>", "audio backend with ID 2" },
        { "", "<controller type='scsi' model='vax'/>", "Unknown model type 'vax'" },
        { "", "<controller type='pci' index='1'/>", "needs a model" },
        { "", "<controller type='pci' index='1' model='pci-expander-bus'><target busNr='255'/></controller>", "must be 1-254" },
        { "", "<input type='tablet' bus='ps2'/>", "ps2 bus does not support tablet" },
        { "", "<input type='passthrough' bus='usb'><source evdev='/dev/a'/></input>", "only bus 'virtio'" },
        { "", PLAIN("pci", "<address bus='3'/>", "<readonly/>"), NULL },
        { "", PLAIN("usb", "", ""), "is named by" },
        { "", "<hostdev mode='subsystem' type='scsi_host'><source protocol='vhost' wwpn='123'/></hostdev>", "wwpn" },
        { "", "<interface type='network'><source network='n'/><model type='a b'/></interface>", "invalid characters: 'a b'" },
        { "", "<serial type='udp'/>", "Missing source service" },
        { "", "<tpm><backend type='external'/></tpm>", "an external TPM needs" },
        { "", "<rng model='virtio'><rate period='5'/><backend model='random'>/dev/random</backend></rng>", "needs 'bytes'" },
        { "", "<hostdev mode='subsystem' type='net'><source><interface>e</interface></source></hostdev>", "cannot be of type" },
        { "", "<sound model='tuba'/>", "unknown sound card model or type 'tuba'" },
        { "", "<video><model type='cirrus'/><driver iommu='on'/></video>", "iommu driver option is only supported" },
        { "", PLAIN("pci", "<address bus='3'/>", "<rom enabled='no' bar='on'/>"), "ROM tuning is not supported" },
        { "", "<channel type='pty'><target type='guestfwd' port='4'/></channel>", "does not define a target address" },
        { "", "<channel type='pty'><target type='virtio' name='a'/><address type='virtio-serial' port='1'/></channel>"
          "<channel type='pty'><target type='virtio' name='b'/><address type='virtio-serial' port='1'/></channel>",
          "virtio serial port 1 on controller 0" },
        { "", "<redirfilter><usbdev class='0x100' allow='yes'/></redirfilter>", "Invalid USB Class code 0x100" },
        { "", "<redirfilter><usbdev class='-1' version='2.00' allow='yes'/></redirfilter>", NULL },
        { "", "<memory model='nvdimm'><target><size>65536</size></target></memory>", "path is required" },
        { "", "<memory model='dimm'><target><size>65536</size><block>2048</block></target></memory>", "<block> is not supported" },
        { "", "<lease><lockspace>l</lockspace><key>k</key><target path='/a'/></lease>"
          "<lease><lockspace>l</lockspace><key>k</key><target path='/b'/></lease>", "is there twice" },
    };

    try_all(cases, G_N_ELEMENTS(cases));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/conf/rules/teaming", test_teaming);
    g_test_add_func("/conf/rules/switches", test_switches);
    g_test_add_func("/conf/rules/trunk", test_trunk);
    g_test_add_func("/conf/rules/disks", test_disks);
    g_test_add_func("/conf/rules/tuning", test_tuning);
    g_test_add_func("/conf/rules/devices", test_devices);
    return g_test_run();
}
