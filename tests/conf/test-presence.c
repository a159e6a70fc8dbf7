/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-presence.c - elements of a domain without what they need, or with words and numbers that are none
 *
 * A row is a piece of XML, the element it goes into, and what comes of it: part of the message, or of what is printed,
 * which begins with '<'.
 */
#define ERROR_FROM VIR_FROM_NONE
#include <string.h>

#include "drivers/conf/domain_gen.h"
#include "util/error.h"

typedef struct Case {
    const char *piece, *result;
} Case;

static void
try_all(const char *before, const char *after, const Case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        g_autofree char *xml = g_strdup_printf("<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
                                               "<name>t</name><memory unit='MiB'>64</memory><vcpu>4</vcpu>%s%s%s</domain>",
                                               before, cases[i].piece, after);
        g_autoptr(GError) error = NULL;
        g_autoptr(Domain) def = xml_parse_text(&domain_xml, xml, XML_PARSE_INACTIVE | XML_PARSE_STRICT, &error);
        g_autofree char *out = def ? xml_format_text(&domain_xml, def, XML_FORMAT_INACTIVE) : NULL;

        g_test_message("%s: %s", cases[i].piece, error ? error->message : out);
        if (cases[i].result[0] == '<') {
            g_assert_no_error(error);
            g_assert_nonnull(strstr(out, cases[i].result));
        } else {
            g_assert_null(def);
            g_assert_nonnull(strstr(error->message, cases[i].result));
        }
    }
}

#define HVM "<os><type arch='x86_64' machine='pc'>hvm</type></os>"
#define FEATURES HVM "<features>", "</features>"

/* To be named is to be on, where the documentation says so. */
static void
test_bare_features(void)
{
    static const Case cases[] = {
        { "<smm/>", "<smm state='on'/>" },
        { "<smm><tseg unit='MiB'>48</tseg></smm>", "<smm state='on'>" },
        { "<smm state='off'/>", "<smm state='off'/>" },
        { "<vmport/>", "<vmport state='on'/>" },
        { "<pvspinlock/>", "<pvspinlock state='on'/>" },
        { "<vmcoreinfo/>", "<vmcoreinfo state='on'/>" },
        { "<pmu/>", "<pmu state='on'/>" },
        { "<hap/>", "<hap state='on'/>" },
        { "<async-teardown/>", "<async-teardown enabled='yes'/>" },
        { "<async-teardown enabled='no'/>", "<async-teardown enabled='no'/>" },
        { "<capabilities><mknod/></capabilities>", "<mknod state='on'/>" },
        { "<hyperv/>", "<hyperv mode='custom'/>" },
    };

    try_all(FEATURES, cases, G_N_ELEMENTS(cases));
}

static void
test_required_features(void)
{
    static const Case cases[] = {
        { "<htm/>", "Missing required attribute 'state' in element 'htm'" },
        { "<nested-hv/>", "'state' in element 'nested-hv'" },
        { "<ccf-assist/>", "'state' in element 'ccf-assist'" },
        { "<ras/>", "'state' in element 'ras'" },
        { "<ps2/>", "'state' in element 'ps2'" },
        { "<msrs/>", "'unknown' in element 'msrs'" },
        { "<aia/>", "'value' in element 'aia'" },
        { "<aia value='imsic'/>", "Invalid value for attribute 'value' in element 'aia': 'imsic'" },
        { "<aia value='aplic-imsic'/>", "<aia value='aplic-imsic'/>" },
        { "<hyperv><relaxed/></hyperv>", "'state' in element 'relaxed'" },
        { "<hyperv><spinlocks retries='8192'/></hyperv>", "'state' in element 'spinlocks'" },
        { "<hyperv><stimer state='on'><direct/></stimer></hyperv>", "'state' in element 'direct'" },
        { "<hyperv><tlbflush state='on'><extended/></tlbflush></hyperv>", "'state' in element 'extended'" },
        { "<kvm><hidden/></kvm>", "'state' in element 'hidden'" },
        { "<kvm><dirty-ring size='4096'/></kvm>", "'state' in element 'dirty-ring'" },
        { "<xen><e820_host/></xen>", "'state' in element 'e820_host'" },
        { "<xen><passthrough mode='share_pt'/></xen>", "'state' in element 'passthrough'" },
    };

    try_all(FEATURES, cases, G_N_ELEMENTS(cases));
}

#define IN(element) HVM "<" element ">", "</" element ">"

static void
test_tuning(void)
{
    static const Case cases[] = {
        { "<cachetune vcpus='0'><cache level='3' type='both' size='3'/></cachetune>", "'id' in element 'cache'" },
        { "<cachetune vcpus='0'><cache id='0' type='both' size='3'/></cachetune>", "'level' in element 'cache'" },
        { "<cachetune vcpus='0'><cache id='0' level='3' size='3'/></cachetune>", "'type' in element 'cache'" },
        { "<cachetune vcpus='0'><cache id='0' level='3' type='both'/></cachetune>", "'size' in element 'cache'" },
        { "<cachetune vcpus='0'><cache id='0' level='3' type='both' size='3'/></cachetune>",
          "<cache id='0' level='3' type='both' size='3' unit='KiB'/>" },
        { "<cachetune vcpus='0'><monitor vcpus='0'/></cachetune>", "'level' in element 'monitor'" },
        { "<cachetune vcpus='0'><monitor level='3'/></cachetune>", "'vcpus' in element 'monitor'" },
        { "<cachetune vcpus='0'><monitor level='2' vcpus='0'/></cachetune>", "Invalid monitor cache level '2'" },
        { "<cachetune vcpus='0-1'><monitor level='3' vcpus='0'/><monitor level='3' vcpus='0-1'/></cachetune>",
          "for the same vCPU" },
        { "<cachetune vcpus='0-1'><cache id='0' level='3' type='both' size='3'/><monitor level='3' vcpus='0'/>"
          "<monitor level='3' vcpus='0-1'/></cachetune>", "<monitor level='3' vcpus='0-1'/>" },
        { "<cachetune vcpus='0-1'><cache id='0' level='3' type='both' size='3'/><monitor level='3' vcpus='0-1'/>"
          "<monitor level='3' vcpus='0-1'/></cachetune>", "for the same vCPU" },
        { "<memorytune vcpus='0'><node bandwidth='50'/></memorytune>", "'id' in element 'node'" },
        { "<memorytune vcpus='0'><node id='0'/></memorytune>", "'bandwidth' in element 'node'" },
        { "<memorytune vcpus='0'><node id='0' bandwidth='101'/></memorytune>", "exceeding 100 is invalid" },
        { "<memorytune vcpus='0-1'><monitor vcpus='3'/></memorytune>", "names vCPU 3" },
        { "<cachetune vcpus='0-1'><cache id='0' level='3' type='both' size='3'/></cachetune>"
          "<memorytune vcpus='1-2'><node id='0' bandwidth='50'/></memorytune>", "Overlapping vcpus" },
        { "<cachetune vcpus='0-1'><cache id='0' level='3' type='both' size='3'/></cachetune>"
          "<memorytune vcpus='0-1'><node id='0' bandwidth='50'/></memorytune>", "<memorytune vcpus='0-1'>" },
        { "<emulatorpin/>", "'cpuset' in element 'emulatorpin'" },
    };

    try_all(IN("cputune"), cases, G_N_ELEMENTS(cases));
}

static void
test_resources(void)
{
    static const Case cases[] = {
        { "<memoryBacking><hugepages><page nodeset='0'/></hugepages></memoryBacking>", "'size' in element 'page'" },
        { "<memoryBacking><hugepages><page size='0'/></hugepages></memoryBacking>", "can't be zero" },
        { "<vcpus><vcpu enabled='yes'/></vcpus>", "'id' in element 'vcpu'" },
        { "<vcpus><vcpu id='0'/></vcpus>", "'enabled' in element 'vcpu'" },
        { "<iothreadids><iothread id='0'/></iothreadids>", "'id' in element 'iothread': Zero is not permitted" },
        { "<iothreadids><iothread id='1' thread_pool_max='0'/></iothreadids>", "thread_pool_max must be a positive integer" },
        { "<iothreadids><iothread id='1' thread_pool_max='-1'/></iothreadids>", "Expected non-negative value" },
        { "<iothreadids><iothread id='1' thread_pool_min='9' thread_pool_max='8'/></iothreadids>", "smaller or equal" },
        { "<iothreadids><iothread id='1' thread_pool_min='9'/></iothreadids>", "smaller or equal" },
        { "<iothreadids><iothread id='1' thread_pool_min='0' thread_pool_max='8'/></iothreadids>",
          "<iothread id='1' thread_pool_min='0'" },
        { "<defaultiothread thread_pool_max='0'/>", "thread_pool_max must be a positive integer" },
        { "<defaultiothread thread_pool_min='9' thread_pool_max='8'/>", "smaller or equal" },
        { "<perf><event name='sleep' enabled='yes'/></perf>",
          "Invalid value for attribute 'name' in element 'event': 'sleep'" },
        { "<perf><event name='cmt' enabled='yes'/></perf>", "<event name='cmt' enabled='yes'/>" },
        { "<resource><fibrechannel/></resource>", "'appid' in element 'fibrechannel'" },
        { "<resource><fibrechannel appid=''/></resource>", "must have 1 to 128" },
        { "<cpu><numa><cell id='0' cpus='0-3' memory='65536'/></numa></cpu><numatune>"
          "<memnode cellid='0' mode='strict'/></numatune>",
          "'nodeset' in element 'memnode'" },
        { "<numatune><memory mode='strict'/></numatune>", "nodeset for NUMA memory tuning must be set" },
        { "<keywrap><cipher name='aes'/></keywrap>", "'state' in element 'cipher'" },
        { "<launchSecurity type='sev-snp'/>", "needs a <policy>" },
        { "<launchSecurity type='sev-snp'><policy>0x30000</policy></launchSecurity>", "<policy>0x00030000</policy>" },
        { "<idmap><uid start='0' target='1000'/></idmap>", "'count' in element 'uid'" },
        { "<idmap><uid start='0' target='1000' count='9'/></idmap>", "mapped both" },
        { "<idmap><uid start='1' target='1000' count='9'/><gid start='0' target='1000' count='9'/></idmap>", "root user" },
    };

    try_all(HVM, "", cases, G_N_ELEMENTS(cases));
}

#define CELL "<numa><cell id='0' cpus='0-3' memory='65536'>"
#define WAYS CELL "</cell><interconnects>"

static void
test_cpu(void)
{
    static const Case cases[] = {
        { "<topology sockets='4' threads='1'/>", "'cores' in element 'topology'" },
        { "<topology sockets='4' cores='1'/>", "'threads' in element 'topology'" },
        { "<topology sockets='0' cores='1' threads='1'/>", "'sockets' in element 'topology': Zero is not permitted" },
        { "<topology sockets='4' cores='1' threads='1' dies='0'/>", "'dies' in element 'topology': Zero is not permitted" },
        { "<cache level='3'/>", "'mode' in element 'cache'" },
        { "<cache level='9' mode='emulate'/>", "must be in range [1,3]" },
        { "<maxphysaddr bits='40'/>", "'mode' in element 'maxphysaddr'" },
        { "<vendor>Intel</vendor>", "CPU vendor specified without CPU model" },
        { "<feature name='pcid'/>", "feature list specified without CPU model" },
        { "<model vendor_id='x'>qemu64</model>", "exactly 12 characters" },
        { "<model>qemu64</model><feature name=''/>", "Invalid CPU feature name" },
        { CELL "<distances><sibling value='10'/></distances></cell></numa>", "'id' in element 'sibling'" },
        { CELL "<cache level='0' associativity='full' policy='none'><size value='8'/><line value='64'/></cache></cell></numa>",
          "'level' in element 'cache': Zero" },
        { CELL "<cache level='1' policy='none'><size value='8'/><line value='64'/></cache></cell></numa>", "'associativity'" },
        { CELL "<cache level='1' associativity='full'><size value='8'/><line value='64'/></cache></cell></numa>", "'policy'" },
        { CELL "<cache level='1' associativity='full' policy='none'><size value='8'/></cache></cell></numa>",
          "missing element <line>" },
        { CELL "<cache level='1' associativity='full' policy='none'><size/><line value='64'/></cache></cell></numa>",
          "'value'" },
        { WAYS "<latency target='0' type='access' value='5'/></interconnects></numa>", "'initiator' in element 'latency'" },
        { WAYS "<latency initiator='0' target='0' value='5'/></interconnects></numa>", "'type' in element 'latency'" },
        { WAYS "<bandwidth initiator='0' target='0' type='read'/></interconnects></numa>", "'value' in element 'bandwidth'" },
        { WAYS "<latency initiator='9' target='0' type='read' value='5'/></interconnects></numa>", "'initiator' refers to" },
        { WAYS "<latency initiator='0' target='0' cache='2' type='read' value='5'/></interconnects></numa>",
          "'cache' refers to" },
    };

    try_all(IN("cpu"), cases, G_N_ELEMENTS(cases));
}

static void
test_os(void)
{
    static const Case cases[] = {
        { "<firmware><feature name='secure-boot'/></firmware>", "'enabled' in element 'feature'" },
        { "<firmware><feature enabled='yes'/></firmware>", "'name' in element 'feature'" },
        { "<nvram>/vars</nvram>", "no loader path specified" },
        { "<loader type='pflash'>/code</loader><nvram type='file'/>", "needs a <source>" },
        { "<loader type='pflash'>/code</loader><nvram type='network'><source/></nvram>", "needs a <source>" },
        { "<acpi><table>/t</table></acpi>", "'type' in element 'table'" },
        { "<acpi><table type='dsdt'>/t</table></acpi>", "Invalid value for attribute 'type' in element 'table': 'dsdt'" },
        { "<acpi><table type='slic'>/t</table><table type='slic'>/u</table></acpi>", "Only one ACPI table" },
        { "<acpi><table type='raw'>/t</table><table type='raw'>/u</table></acpi>", "<table type='raw'>/u</table>" },
    };

    try_all("<os><type arch='x86_64' machine='pc'>hvm</type>", "</os>", cases, G_N_ELEMENTS(cases));
}

static void
test_clock(void)
{
    static const Case cases[] = {
        { "<clock offset='timezone'/>", "'timezone' in element 'clock'" },
        { "<clock offset='timezone' timezone=''/>", "needs the name of a time zone" },
        { "<clock offset='absolute'/>", "'start' in element 'clock'" },
        { "<clock offset='absolute' start='0'/>", "<clock offset='absolute' start='0'/>" },
        { "<clock offset='utc' adjustment='later'/>", "unknown clock adjustment 'later'" },
        { "<clock offset='utc' adjustment='reset'/>", "<clock offset='utc' adjustment='reset'/>" },
        { "<clock offset='localtime' adjustment='-60'/>", "<clock offset='variable' adjustment='-60' basis='localtime'/>" },
        { "<clock offset='utc'><timer name='rtc' frequency='5'/></clock>", "doesn't support setting of timer frequency" },
        { "<clock offset='utc'><timer name='pit' track='guest'/></clock>", "doesn't support setting of timer track" },
        { "<clock offset='utc'><timer name='hpet' mode='native'/></clock>", "doesn't support setting of timer mode" },
        { "<clock offset='utc'><timer name='kvmclock' tickpolicy='delay'/></clock>",
          "doesn't support setting of timer tickpolicy" },
        { "<clock offset='utc'><timer name='rtc' tickpolicy='delay'><catchup slew='1'/></timer></clock>",
          "tickpolicy='catchup'" },
        { "<clock offset='utc'><timer name='tsc' frequency='5' mode='native'/></clock>",
          "<timer name='tsc' frequency='5' mode='native'/>" },
    };

    try_all(HVM, "", cases, G_N_ELEMENTS(cases));
}

#define PCI(attributes, more) \
    "<hostdev mode='subsystem' type='pci' managed='yes'" attributes "><source><address bus='6'/></source>" more "</hostdev>"
#define HOSTDEV(type, source) "<hostdev mode='subsystem' type='" type "'><source>" source "</source></hostdev>"

static void
test_hostdevs(void)
{
    static const Case cases[] = {
        { PCI(" display='off'", ""), "<hostdev mode='subsystem' type='pci' managed='yes' display='off'>" },
        { PCI(" ramfb='off'", ""), "<hostdev mode='subsystem' type='pci' managed='yes' ramfb='off'>" },
        { PCI("", "<readonly/>"), "<readonly/>" },
        { PCI(" model='vfio-pci'", ""), "'model' is not supported" },
        { PCI("", "<boot/>"), "'order' in element 'boot'" },
        { PCI("", "<boot order='0'/>"), "'order' in element 'boot': Zero is not permitted" },
        { "<hostdev mode='subsystem' type='pci'/>", "missing element <source> in <hostdev>" },
        { HOSTDEV("usb", "<vendor id='0x1234'/>"), "needs <product>" },
        { HOSTDEV("usb", "<address bus='1'/>"), "both 'bus' and 'device'" },
        { HOSTDEV("scsi", "<adapter name='scsi_host0'/><address bus='0' target='0'/>"), "bus, target and unit" },
        { "<hostdev mode='subsystem' type='scsi'><source protocol='iscsi' name='iqn.x'/></hostdev>", "needs the <host" },
        { "<hostdev mode='subsystem' type='scsi_host'><source protocol='vhost' wwpn='naa.123'/></hostdev>", "wwpn" },
        { "<hostdev mode='capabilities' type='storage'><source/></hostdev>", "missing element <block>" },
        { "<hostdev mode='capabilities' type='misc'><source><char/></source></hostdev>", "missing element <char>" },
        { "<hostdev mode='capabilities' type='net'><source/></hostdev>", "missing element <interface>" },
    };

    try_all(IN("devices"), cases, G_N_ELEMENTS(cases));
}

static void
test_devices(void)
{
    static const Case cases[] = {
        { "<memballoon model='bogus'/>", "unknown memory balloon model or type 'bogus'" },
        { "<vsock model='bogus'/>", "unknown vsock model" },
        { "<vsock model='virtio'><cid address='0'/></vsock>", "'address' in element 'cid': Zero is not permitted" },
        { "<rng model='virtio'><backend model='egd'/></rng>", "missing EGD backend type" },
        { "<shmem name='a/b'/>", "cannot include '/'" },
        { "<memory model='dimm'/>", "missing element <target>" },
        { "<memory model='dimm' access='all'><target><size>1</size></target></memory>", "unknown access to memory" },
        { "<redirdev bus='usb'/>", "missing type in redirdev" },
        { "<redirdev bus='pci' type='spicevmc'/>", "unknown redirected device" },
        { "<smartcard mode='passthrough'/>", "requires a character device type" },
        { "<smartcard mode='host-certificates'><certificate>a</certificate><certificate>b</certificate>"
          "<certificate>c</certificate><database>x</database></smartcard>", "expecting absolute path: x" },
        { "<sound model='ich6'><codec type='tuba'/></sound>", "unknown codec model or type 'tuba'" },
        { "<sound model='ich6'><audio id='0'/></sound>", "'id' in element 'audio': Zero" },
        { "<audio id='1' type='none' timerPeriod='0'/>", "'timerPeriod' in element 'audio': Zero" },
        { "<audio id='1' type='alsa'><input><settings format='s16'/></input></audio>", "without fixed settings flag" },
        { "<audio id='1' type='alsa'><input fixedSettings='yes'/></audio>", "requires mixing engine" },
        { "<video><model type='virtio'><resolution x='800'/></model></video>", "'y' in element 'resolution'" },
        { "<video><driver name='x'/><model type='vga'/></video>", "unknown driver of a video card" },
        { "<video><driver name='vhostuser'/><model type='vga'/></video>", "only supported with 'virtio' device" },
        { "<video><model type='vga' ram='65536'/></video>", "only supported for video type qxl" },
        { "<graphics type='vnc'><listen type='network'/></graphics>", "required for listen type 'network'" },
        { "<graphics type='spice'><channel name='main'/></graphics>", "'mode' in element 'channel'" },
        { "<graphics type='spice'><image/></graphics>", "'compression' in element 'image'" },
        { "<graphics type='spice'><clipboard/></graphics>", "'copypaste' in element 'clipboard'" },
        { "<graphics type='spice'><filetransfer/></graphics>", "'enable' in element 'filetransfer'" },
        { "<serial type='nmdm'><source master='/dev/nmdm0A'/></serial>", "both master and slave path" },
        { "<channel type='qemu-vdagent'><source><mouse/></source><target type='virtio'/></channel>",
          "'mode' in element 'mouse'" },
        { "<filesystem type='mount'><target dir='nowhere'/></filesystem>", "nowhere" },
        { "<filesystem type='mount'><source socket='/s'/><target dir='t'/></filesystem>", "<source socket='/s'/>" },
        { "<filesystem type='ram'><source/><target dir='/t'/></filesystem>", "missing 'usage' attribute" },
        { "<filesystem type='volume'><source pool='p'/><target dir='t'/></filesystem>", "must be specified together" },
        { "<interface type='mcast'><source port='5'/></interface>", "needs 'address'" },
        { "<interface type='udp'><source address='10.0.0.1' port='5'/></interface>", "needs a <local>" },
        { "<interface type='udp'><source address='10.0.0.1' port='5'><local address='10.0.0.2'/></source></interface>",
          "'port' in element 'local'" },
        { "<interface type='hostdev'><source><address/></source></interface>", "'type' in element 'address'" },
        { "<interface type='bridge'><source bridge='b'/><acpi index='0'/></interface>", "'index' in element 'acpi': Zero" },
    };

    try_all(IN("devices"), cases, G_N_ELEMENTS(cases));
}

#define LUN "<disk type='block' device='lun'><target dev='sda' bus='scsi'/>"

static void
test_disks(void)
{
    static const Case cases[] = {
        { LUN "<source dev='/x'><reservations/></source></disk>", "'managed' in element 'reservations'" },
        { LUN "<source dev='/x'><reservations managed='no'/></source></disk>", "missing connection type" },
        { LUN "<source dev='/x'><reservations managed='yes'/></source></disk>", "<reservations managed='yes'/>" },
        { "<disk type='file'><source file='/x'><reservations managed='yes'/></source><target dev='sda'/></disk>",
          "allowed only for lun devices" },
        { "<disk type='file'><source file='/x'><slices><slice type='storage'/></slices></source><target dev='vda'/></disk>",
          "'offset' in element 'slice'" },
        { "<disk type='file'><source file='/x'><encryption/></source><target dev='vda'/></disk>",
          "'format' in element 'encryption'" },
        { "<disk type='file'><source file='/x'><encryption format='luks'><secret usage='u'/></encryption></source>"
          "<target dev='vda'/></disk>", "unknown volume encryption secret type" },
        { "<disk type='file'><source file='/x'><encryption format='luks'><secret type='passphrase'/></encryption></source>"
          "<target dev='vda'/></disk>", "missing secret uuid or usage" },
        { "<disk type='file'><source file='/x'/><auth username='u'/><target dev='vda'/></disk>", "missing element <secret>" },
        { "<disk type='file'><driver type='raw' iothread='0'/><source file='/x'/><target dev='vda'/></disk>",
          "'iothread' in element 'driver': Zero" },
        { "<disk type='file'><source file='/x'/><backingStore type='file'><source file='/y'/></backingStore>"
          "<target dev='vda'/></disk>",
          "missing disk backing store format" },
        { "<disk type='file'><source file='/x'/><backingStore type='file'><format type='raw'/></backingStore>"
          "<target dev='vda'/></disk>",
          "missing disk backing store source" },
        { "<disk type='file'><source file='/x'/><target dev='vda'/><address/></disk>", "'type' in element 'address'" },
    };

    try_all(IN("devices"), cases, G_N_ELEMENTS(cases));
}

static void
test_overrides(void)
{
    static const Case cases[] = {
        { "type='string'/>", "missing 'value' attribute for 'qemu:property' 'p'" },
        { "type='unsigned' value='-1'/>", "invalid value '-1'" },
        { "type='signed' value='-1'/>", "<qemu:property name='p' type='signed' value='-1'/>" },
        { "type='bool' value='1'/>", "invalid value '1'" },
        { "type='remove' value='x'/>", "doesn't make sense with 'remove' type" },
        { "type='remove'/>", "<qemu:property name='p' type='remove'/>" },
    };

    try_all(HVM "<qemu:override><qemu:device alias='ua-x'><qemu:frontend><qemu:property name='p' ",
            "</qemu:frontend></qemu:device></qemu:override>", cases, G_N_ELEMENTS(cases));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/conf/presence/bare-features", test_bare_features);
    g_test_add_func("/conf/presence/required-features", test_required_features);
    g_test_add_func("/conf/presence/tuning", test_tuning);
    g_test_add_func("/conf/presence/resources", test_resources);
    g_test_add_func("/conf/presence/cpu", test_cpu);
    g_test_add_func("/conf/presence/os", test_os);
    g_test_add_func("/conf/presence/clock", test_clock);
    g_test_add_func("/conf/presence/hostdevs", test_hostdevs);
    g_test_add_func("/conf/presence/devices", test_devices);
    g_test_add_func("/conf/presence/disks", test_disks);
    g_test_add_func("/conf/presence/overrides", test_overrides);
    return g_test_run();
}
