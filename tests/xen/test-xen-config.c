/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-xen-config.c - configuration files of xl and xm: what is refused and why, and that both directions agree */
#include <string.h>

#include "drivers/xen/xen_config.h"
#include "drivers/xen/xen_fill.h"
#include "drivers/xen/xen_libxl.h"
#include "util/xml.h"

#define HEAD "name = \"x\"\nuuid = \"45b60f51-88a9-47a8-a3b3-5e66d71b2283\"\n"
#define HVM HEAD "builder = \"hvm\"\n"

static const XenContext xl = { .dialect = XEN_XL }, xm = { .dialect = XEN_XM };

static void
assert_refused(const char *text, const XenContext *context, const char *why)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Domain) domain = xen_config_read(text, context, &error);

    g_assert_cmpint(domain == NULL, ==, error != NULL);
    if (!error || !strstr(error->message, why))
        g_error("'%.300s': expected '%s', got '%s'", text, why, error ? error->message : "no error");
}

static Domain *
read_ok(const char *text, const XenContext *context)
{
    g_autoptr(GError) error = NULL;
    Domain *domain = xen_config_read(text, context, &error);

    if (error)
        g_error("'%.300s': %s", text, error->message);
    return domain;
}

static Domain *
define_ok(const char *xml)
{
    g_autoptr(GError) error = NULL;
    Domain *domain = xml_parse_text(&domain_xml, xml, XML_PARSE_INACTIVE, &error);

    g_assert_no_error(error);
    xen_fill_definition(domain, &error);
    g_assert_no_error(error);
    return domain;
}

static char *
write_ok(const Domain *domain, const XenContext *context)
{
    g_autoptr(GError) error = NULL;
    char *text = xen_config_write(domain, context, &error);

    g_assert_no_error(error);
    return text;
}

/* ---- reading ---------------------------------------------------------------- */

static void
test_errors(void)
{
    static const struct { const char *lines, *why; const XenContext *context; } rows[] = {
        { "memory = \"x\"", "line 4 of the Xen configuration: 'memory' is 'x', expected a number", &xl },
        { "memory = 0", "expected a number from 1", &xl },
        { "memory = 99999999999999", "expected a number", &xl },
        { "memory = [ ]", "'memory' must be a string, not a list", &xl },
        { "vcpus = 70000", "'vcpus' is '70000', expected a number", &xl },
        { "cpus = \"0-\"", "'0-' in 'cpus' is no set of CPUs", &xl },
        { "cpus = [ \"0\", \"1\" ]", "more items than the guest has vCPUs, 1", &xl },
        { "uuid = \"z\"", "line 4 of the Xen configuration: 'z' is no UUID", &xl },
        { "on_crash = \"explode\"", "'on_crash' is 'explode'", &xl },
        { "boot = \"dx\"", "'boot' is 'dx', expected the letters", &xl },
        { "boot = \"dd\"", "'boot' has 'd' twice", &xl },
        { "bios = \"award\"", "'bios' is 'award'", &xl },
        { "bios_path_override = \"/x\"", "'bios_path_override' is supported only with", &xl },
        { "tsc_mode = \"slow\"", "'tsc_mode' is 'slow'", &xl },
        { "viridian = [ \"base\", \"magic\" ]", "'magic' is no group of 'viridian'", &xl },
        { "viridian = [ [ ] ]", "is no group of 'viridian'", &xl },
        { "passthrough = \"maybe\"", "'passthrough' is 'maybe'", &xl },
        { "cpuid = \"tm=0\"", "'cpuid' must begin with 'host,'", &xl },
        { "cpuid = \"host,tm\"", "'tm' in 'cpuid' is no feature", &xl },
        { "cpuid = \"host,tm=5\"", "a bit of 'cpuid' is '5'", &xl },
        { "cpuid = [ \"1:edx=01\" ]", "register 'edx' of 'cpuid' must have 32 bits", &xl },
        { "vnuma = [ \"pnode=0\" ]", "a node of 'vnuma' must be a list", &xl },
        { "vnuma = [ [ \"pnode=0\" ] ]", "node 0 of 'vnuma' has no 'size'", &xl },
        { "vnuma = [ [ \"pnode=3\", \"size=1\" ] ]", "'pnode' of node 0 in 'vnuma' must be 0", &xl },
        { "vnuma = [ [ \"size=1\", \"vdistances=5\" ] ]", "'vdistances' is '5', expected a number from 10", &xl },
        { "vnuma = [ [ \"huge=1\" ] ]", "'huge=1' in 'vnuma' is none of", &xl },
        { "disk = 5", "'disk' must be a list of strings", &xl },
        { "disk = [ 5 ]", "'disk' must be a list of strings", &xl },
        { "disk = [ \"\" ]", "has no 'vdev'", &xl },
        { "disk = [\n\"/x,raw,hda\",\n\"/x,zip,hdb\" ]", "line 6 of the Xen configuration: format 'zip' of a disk", &xl },
        { "disk = [ \"/x,raw,hda,perhaps\" ]", "access 'perhaps' of a disk", &xl },
        { "disk = [ \"/x,raw,hda,rw,backendtype=magic\" ]", "'backendtype' of a disk is 'magic'", &xl },
        { "disk = [ \"/x,raw,hda,rw,colo=1\" ]", "'colo' of a disk is not supported", &xl },
        { "disk = [ \"vdev=hda,target=rbd:\" ]", "the source 'rbd:' of a disk is not understood", &xl },
        { "disk = [ \"phy:/x,hda\" ]", "is no disk as in 'phy:/dev/x,hda,w'", &xm },
        { "disk = [ \"phy:/x,:cdrom,r\" ]", "':cdrom' is no name of a disk", &xm },
        { "disk = [ \"tap:zip:/x,hda,r\" ]", "format 'zip' of a disk", &xm },
        { "vif = [ \"mac=nonsense\" ]", "nonsense", &xl },
        { "vif = [ \"type=magic\" ]", "'type' of an interface is 'magic'", &xl },
        { "vif = [ \"rate=5\" ]", "'rate' is '5'", &xl },
        { "vif = [ \"rate=9999999999999999999GB/s\" ]", "'rate' is", &xl },
        { "vif = [ \"ip=here\" ]", "'ip' of an interface, 'here', is no address", &xl },
        { "vif = [ \"bridge=b:1\" ]", "needs 'script=vif-openvswitch'", &xl },
        { "vif = [ \"bridge=b:x,script=vif-openvswitch\" ]", "'VLAN' is 'x'", &xl },
        { "serial = \"smoke\"", "'smoke' is no port", &xl },
        { "serial = \"tcp:\"", "'tcp:' is no port", &xl },
        { "serial = \"file:\"", "'file:' is no port", &xl },
        { "channel = [ \"name=x\" ]", "a channel needs", &xl },
        { "channel = [ \"connection=socket\" ]", "a channel needs", &xl },
        { "pci = [ \"1.2\" ]", "'1.2' is no PCI device", &xl },
        { "pci = [ \"00:20.0\" ]", "is no PCI device", &xl },
        { "pci = [ \"00:1f.8\" ]", "is no PCI device", &xl },
        { "usbctrl = [ \"type=magic\" ]", "'type' of a USB controller", &xl },
        { "usbctrl = [ \"ports=99\" ]", "'ports' is '99'", &xl },
        { "usbdev = [ \"hostbus=1\" ]", "needs 'hostbus' and 'hostaddr'", &xl },
        { "usb = 1\nusbdevice = \"joystick\"", "'joystick' in 'usbdevice'", &xl },
        { "usb = 1\nusbdevice = \"host:1\"", "is no USB device", &xl },
        { "spice = 1", "'spicepasswd' is missing", &xl },
        { "vga = \"voodoo\"", "'vga' is 'voodoo'", &xl },
        { "vnc = 1\nvncdisplay = 99999", "'vncdisplay' is '99999'", &xl },
        { "p9 = [ \"tag=x\" ]", "needs 'tag' and 'path'", &xl },
        { "disk = [ \"/x", "string has no closing quote", &xl },
    };
    g_autofree char *large = g_strnfill(XEN_MAX_TEXT + 1, '\n');

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strconcat(HVM, rows[i].lines, "\n", NULL);

        assert_refused(text, rows[i].context, rows[i].why);
    }
    assert_refused("memory = 5", &xl, "'name' is missing");
    assert_refused(HEAD "type = \"vax\"", &xl, "'vax' is no kind of guest");
    assert_refused(HEAD "vfb = [ \"type=paper\" ]", &xl, "'type' of a display is 'paper'");
    assert_refused(HEAD "kernel = \"\x01\"", &xl, "line 3 of the Xen configuration: there is a control character, 0x01");
    assert_refused(HEAD "kernel = \"\xff\"", &xl, "no UTF-8");
    assert_refused(large, &xl, "the file is larger than");
}

/* What both tools say in other words is the same guest. */
static void
test_words(void)
{
    g_autoptr(Domain) a = read_ok(HVM "disk = [ \"/dev/x,,hda\", \"cdrom,vdev=hdc,target=/i.iso\" ]; vcpus = 0x2\nmaxvcpus=4",
                                  &xl);
    g_autoptr(Domain) b = read_ok(HEAD "type='pv'\nroot = '/dev/xvda'\nextra = 'quiet'\nkernel = '/k'\ncpus=['0','all']\n"
                                  "vcpus=2", &xl);
    g_autoptr(Domain) c = read_ok(HVM "disk = [ 'tap:qcow2:/d,sda,w!', '/dev/y,hdb,r', ]\nvcpus = 4\nvcpu_avail = 3", &xm);
    g_autoptr(Domain) d = read_ok(HVM "bios = 'ovmf'\nviridian = [ 'base', 'stimer' ]\nvif=['rate=8Mb/s@50ms']\nhap=1\n"
                                  "acpi_s3=0\nacpi_firmware='/t'\nserial = ['none', '/dev/ttyS1']\np9=['tag=t,path=/p']", &xl);
    g_autoptr(Domain) e = read_ok(HEAD "type='pvh'\ne820_host=1\nhpet=1\nboot='q'\nserial='smoke'", &xl);
    const Disk *disk = a->disks->pdata[1];

    g_assert_cmpint(disk->device, ==, DISK_DEVICE_CDROM);
    g_assert_true(disk->readonly);
    g_assert_cmpstr(disk->path, ==, "/i.iso");
    g_assert_cmpuint(a->current_vcpus, ==, 2);
    g_assert_cmpuint(a->max_vcpus, ==, 4);
    g_assert_cmpstr(b->cmdline, ==, "root=/dev/xvda quiet");
    g_assert_cmpuint(b->vcpupins->len, ==, 1);
    disk = c->disks->pdata[0];
    g_assert_cmpstr(disk->target, ==, "sda");
    g_assert_cmpstr(disk->driver_name, ==, "tap");
    g_assert_cmpint(disk->format, ==, DISK_FORMAT_QCOW2);
    g_assert_true(disk->shareable);
    disk = c->disks->pdata[1];
    g_assert_cmpint(disk->type, ==, DISK_TYPE_BLOCK);
    g_assert_cmpuint(c->current_vcpus, ==, 2);
    g_assert_cmpstr(d->loader, ==, "/usr/lib/xen/boot/ovmf.bin");
    g_assert_cmpint(d->loader_type, ==, LOADER_TYPE_PFLASH);
    g_assert_cmpint(d->features->hyperv_stimer, ==, ONOFF_ON);
    g_assert_cmpint(d->features->hap_state, ==, ONOFF_ON);
    g_assert_cmpuint(((Interface *)d->interfaces->pdata[0])->bandwidth->outbound->average, ==, 1024);
    g_assert_cmpint(d->suspend_to_mem, ==, YESNO_NO);
    g_assert_cmpint(((Serial *)d->serials->pdata[0])->port, ==, 1);
    g_assert_cmpuint(d->filesystems->len, ==, 1);
    /* Keys of other kinds of guests mean nothing. */
    g_assert_cmpstr(e->os_type, ==, "xenpvh");
    g_assert_cmpstr(e->machine, ==, "xenpvh");
    g_assert_null(e->timers);
}

/* ---- both directions ------------------------------------------------------------ */

static void
test_round_trip(void)
{
    static const struct { const char *text; const XenContext *context; } rows[] = {
        { HVM "memory = 512\nmaxmem = 1024\nvcpus = 4\ncpus = [ \"0\", \"all\", \"2-3\" ]\ncpu_weight = 256\nhap = 0", &xl },
        { HVM "viridian = [ \"defaults\", \"freq\" ]\npassthrough = \"disabled\"\nacpi_s3 = 1\nacpi_s4 = 0", &xl },
        { HVM "viridian = [ \"all\" ]\nbios = \"ovmf\"\nacpi_firmware = \"/t\"\nfirmware_override = \"/f\"", &xl },
        { HVM "tsc_mode = \"always_emulate\"\nhpet = 0\nlocaltime = 1\nrtc_timeoffset = -3600", &xl },
        { HVM "vnc = 1\nvncdisplay = 7\nvncunused = 0\nkeymap = \"de\"\nvga = \"stdvga\"\nvideoram = 32", &xl },
        { HVM "sdl = 1\ndisplay = \":0\"\nxauthority = \"/a\"\nstdvga = 1", &xm },
        { HVM "device_model = \"/q\"\nspice = 1\nspicedisable_ticketing = 1\nspiceport = 5901\nspiceagent_mouse = 0", &xl },
        { HVM "serial = [ \"none\", \"udp::1@[::1]:2\", \"unix:/s,server,nowait\", \"tcp:[::1]:5\" ]", &xl },
        { HVM "vif = [ \"bridge=b.7,script=vif-openvswitch\", \"ip=10.0.0.1 fe80::1,script=s\", \"type=vif,vifname=n\" ]", &xl },
        { HVM "pci = [ \"00:1f.7,permissive=1\" ]\nusbdev = [ \"hostbus=1,hostaddr=2\" ]\nusbctrl = [ \"type=auto,ports=4\" ]", &xl },
        { HVM "disk = [ \"/a=b,qcow2,hda,ro,backend=dom,discard\", \"vdev=fda,target=/f\", \"vdev=hdb,access=!,no-discard\" ]", &xl },
        { HVM "disk = [ \"vdev=sda,target=rbd:p/i:auth_supported=none:mon_host=m1\\\\:6789\\\\;[fe80\\\\:\\\\:1]\" ]", &xl },
        { HVM "nestedhvm = 0\ncpuid = [ \"0x1:ecx=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx0,edx=1xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" ]",
          &xl },
        { HVM "vnuma = [ [ \"size=64\", \"vcpus=0\", \"vdistances=10,21\" ], [ \"pnode=1\", \"size=64\", \"vdistances=31,10\" ] ]\n"
          "vcpus = 1\nmemory = 128", &xl },
        { HEAD "bootloader = \"/b\"\nbootloader_args = [ \"-a\", \"b\" ]\ne820_host = 1\nmax_grant_frames = 9", &xl },
        { HEAD "bootloader = \"/b\"\nbootargs = \"-a b\"\nvfb = [ \"type=sdl,display=:1\", \"type=vnc,vncdisplay=3\" ]", &xm },
        { HEAD "type = \"pvh\"\nkernel = \"/k\"\nvfb = [ \"vnc=1,vnclisten=::\" ]\nchannel = [ \"connection=pty\" ]", &xl },
        { HEAD "kernel = \"/k\"\nroot = \"/r\"\nextra = \"e\"\ndisk = [ \"file:/a,xvda,w!,dom\", \"nbd:x,sdb,r\" ]", &xm },
        { HEAD "p9 = [ \"tag=t,path=/p\" ]\ndevice_model_args = [ \"-x\", \"y\\\"z\" ]\nkernel = \"/k\"", &xl },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Domain) first = read_ok(rows[i].text, rows[i].context);
        g_autofree char *text = write_ok(first, rows[i].context);
        g_autoptr(Domain) second = read_ok(text, rows[i].context);
        g_autofree char *a = xml_format_text(&domain_xml, first, XML_FORMAT_INACTIVE | XML_FORMAT_SECURE);
        g_autofree char *b = xml_format_text(&domain_xml, second, XML_FORMAT_INACTIVE | XML_FORMAT_SECURE);

        /* A MAC address that nobody gave is made up, and then stays. */
        if (strcmp(a, b) != 0)
            g_error("%s\nwas written as\n%s\nso that\n%s\nbecame\n%s", rows[i].text, text, a, b);
    }
}

static void
test_unsupported(void)
{
    static const struct { const char *os_type, *more, *devices, *why; const XenContext *context; } rows[] = {
        { "hvm", "", "<watchdog model='i6300esb'/>", "cannot say <watchdog>", &xl },
        { "linux", "", "<console type='file'><source path='/f'/></console>", "a <console> of type other than 'pty'", &xl },
        { "linux", "", "<input type='tablet' bus='usb'/>", "USB input of a paravirtual guest", &xl },
        { "hvm", "<memtune><hard_limit>5</hard_limit></memtune>", "", "cannot say <memtune>", &xl },
        { "hvm", "<cpu mode='host-model'/>", "", "a CPU other than the host's", &xl },
        { "hvm", "<clock offset='timezone' timezone='Europe/Paris'/>", "", "a clock of offset 'timezone'", &xl },
        { "linux", "<clock offset='variable' adjustment='5'/>", "", "for guests without firmware", &xl },
        { "linux", "", "<serial type='pty'/>", "ports of a paravirtual guest", &xl },
        { "xenpvh", "", "", "of xm cannot say type xenpvh", &xm },
        { "hvm", "", "<disk type='network'><source protocol='nbd' name='x'><host name='h'/></source><target dev='hda'/></disk>",
          "the protocol 'nbd'", &xl },
        { "hvm", "", "<disk type='file'><driver name='phy' type='qcow2'/><source file='/x'/><target dev='hda'/></disk>",
          "the format 'qcow2'", &xl },
        { "hvm", "", "<disk type='file'><driver name='qemu' type='vmdk'/><source file='/x'/><target dev='hda'/></disk>",
          "the format 'vmdk'", &xl },
        { "hvm", "", "<interface type='user'/>", "an interface of type 'user'", &xl },
        { "hvm", "", "<interface type='bridge'><source bridge='a,b'/></interface>", "has a comma", &xl },
        { "hvm", "", "<graphics type='rdp'/>", "a display of type 'rdp'", &xl },
        { "hvm", "", "<graphics type='vnc'/><graphics type='sdl'/>", "more than one display", &xl },
        { "hvm", "", "<graphics type='vnc'/><video><model type='virtio'/></video>", "this graphics card", &xl },
        { "hvm", "", "<channel type='pty'><target type='xen' name='n'/></channel>", "cannot say <channel>", &xm },
        { "hvm", "", "<parallel type='pty'/><parallel type='pty'/>", "this many ports in 'parallel'", &xl },
        { "hvm", "<features><hyperv><vapic state='on'/></hyperv></features>", "", "single features of Hyper-V", &xm },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *xml =
            g_strdup_printf("<domain type='xen'><name>x</name><memory>65536</memory><os><type>%s</type></os>%s<devices>%s"
                            "</devices></domain>", rows[i].os_type, rows[i].more, rows[i].devices);
        g_autoptr(Domain) domain = define_ok(xml);
        g_autoptr(GError) error = NULL;
        g_autofree char *text = xen_config_write(domain, rows[i].context, &error);

        g_assert_null(text);
        if (!error || !strstr(error->message, rows[i].why))
            g_error("%s: expected '%s', got '%s'", xml, rows[i].why, error ? error->message : "no error");
    }
}

static void
test_libxl(void)
{
    static const char xml[] =
        "<domain type='xen'><name>x</name><memory>65536</memory><vcpu>2</vcpu><os><type>hvm</type></os>"
        "<cpu mode='host-passthrough'><feature policy='disable' name='smep'/></cpu><on_crash>rename-restart</on_crash><devices>"
        "<disk type='file' device='cdrom'><target dev='hdc'/></disk><serial type='pty'/><serial type='null'/>"
        "<interface type='bridge'><source bridge='b'/><bandwidth><outbound average='1000'/></bandwidth></interface>"
        "<graphics type='spice' port='5901'/></devices></domain>";
    g_autoptr(Domain) domain = define_ok(xml);
    const XenLibxlContext context = { .nested_hvm = false };
    g_autoptr(GError) error = NULL;
    g_autoptr(Json) config = xen_libxl_config(domain, &context, &error);
    Json *info, *hvm, *leaf, *nic;

    g_assert_no_error(error);
    info = json_opt_object(config, "b_info");
    hvm = json_opt_object(info, "type.hvm");
    leaf = json_array_at(json_opt_array(info, "cpuid"), 0);
    nic = json_array_at(json_opt_array(config, "nics"), 0);
    g_assert_cmpuint(json_opt_uint64(info, "shadow_memkb", 0), ==, 4 * (256 * 2 + 2 * 64));
    g_assert_cmpstr(json_opt_string(info, "nested_hvm", ""), ==, "False");
    g_assert_cmpuint(json_opt_uint64(leaf, "leaf", 0), ==, 7);
    g_assert_cmpstr(json_opt_string(leaf, "ebx", ""), ==, "xxxxxxxxxxxxxxxxxxxxxxxx0xxxxxxx");
    g_assert_cmpuint(json_array_len(json_opt_array(hvm, "serial_list")), ==, 2);
    g_assert_cmpint(json_opt_int64(json_opt_object(hvm, "spice"), "port", 0), ==, 5901);
    g_assert_cmpstr(json_opt_string(json_array_at(json_opt_array(config, "disks"), 0), "format", ""), ==, "empty");
    g_assert_cmpuint(json_opt_uint64(nic, "rate_bytes_per_interval", 0), ==, 51200);
    g_assert_cmpstr(json_opt_string(config, "on_crash", ""), ==, "restart_rename");
    ((Interface *)domain->interfaces->pdata[0])->type = INTERFACE_TYPE_USER;
    g_assert_null(xen_libxl_config(domain, &context, &error));
    g_assert_nonnull(strstr(error->message, "interfaces of type 'user'"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/xen/errors", test_errors);
    g_test_add_func("/xen/words", test_words);
    g_test_add_func("/xen/round-trip", test_round_trip);
    g_test_add_func("/xen/unsupported", test_unsupported);
    g_test_add_func("/xen/libxl", test_libxl);
    return g_test_run();
}
