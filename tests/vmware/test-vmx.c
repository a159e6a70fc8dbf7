/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-vmx.c - .vmx files: what is refused and why, and that both directions agree */
#include <string.h>

#include "drivers/vmware/vmx.h"
#include "drivers/vmware/vmx_file.h"
#include "util/xml.h"

#define HEAD "config.version = \"8\"\nvirtualHW.version = \"4\"\n"
#define NAMED HEAD "displayName = \"v\"\n"

static const VmxContext server = { .hardware = 10, .datastore = "store", .directory = "folder" };
static const VmxContext hosted = { .hardware = 8 };

static void
assert_refused(const char *text, const char *why)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Domain) domain = vmx_read(text, &server, &error);

    g_assert_cmpint(domain == NULL, ==, error != NULL);
    if (!error || !strstr(error->message, why))
        g_error("'%.200s': expected '%s', got '%s'", text, why, error ? error->message : "no error");
}

static Domain *
read_ok(const char *text, const VmxContext *context)
{
    g_autoptr(GError) error = NULL;
    Domain *domain = vmx_read(text, context, &error);

    g_assert_no_error(error);
    return domain;
}

static char *
write_ok(const Domain *domain, const VmxContext *context)
{
    g_autoptr(GError) error = NULL;
    char *text = vmx_write(domain, context, &error);

    g_assert_no_error(error);
    return text;
}

/* ---- the format ----------------------------------------------------------- */

static void
test_syntax(void)
{
    static const struct { const char *line, *why; } rows[] = {
        { "a = \"b", "line 4 of the VMX file: the value has no closing quote" },
        { "a = \"", "no closing quote" },
        { "a = \"b\" c", "'c' behind the value" },
        { "a = \"b\"c\"", "write '|22'" },
        { "a \"b\"", "is no 'key = \"value\"'" },
        { "= \"b\"", "is no 'key = \"value\"'" },
        { "a b = \"c\"", "is no 'key = \"value\"'" },
        { "DISPLAYNAME = \"w\"", "'displayname' is there a second time" },
        { "a = \"|\"", "is no escape" },
        { "a = \"|4\"", "is no escape" },
        { "a = \"|zz\"", "'|zz' is no escape" },
        { "a = \"|00\"", "'|00' is no escape" },
        { "a = \"|ff\"", "no UTF-8" },
        { ".encoding = \"UTF-8\"\na = \"\xe9\"", "not in its encoding" },
        { ".encoding = \"ISO-2022-CN-EXT\"\na = \"\xe9\"", "'ISO-2022-CN-EXT' of the VMX file is not supported" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strconcat(NAMED, rows[i].line, "\n", NULL);

        assert_refused(text, rows[i].why);
    }
}

static void
test_limits(void)
{
    g_autofree char *many = g_strnfill(VMX_MAX_TEXT, 'a');
    g_autofree char *line = g_strdup_printf("%sa = \"%.*s\"\n", NAMED, VMX_MAX_LINE, many);
    g_autofree char *large = g_strconcat(NAMED, many, NULL);
    g_autoptr(GString) keys = g_string_new(NAMED);

    for (int i = 0; i <= VMX_MAX_KEYS; i++)
        g_string_append_printf(keys, "k%d = \"\"\n", i);
    assert_refused(line, "line 4 of the VMX file is longer than");
    assert_refused(large, "is larger than");
    assert_refused(keys->str, "has more than");
}

static void
test_values(void)
{
    static const struct { const char *lines, *why; } rows[] = {
        { "displayName = \"v\"", "'config.version' of the VMX file is missing" },
        { "config.version = \"9\"", "'config.version' of the VMX file is out of range" },
        { HEAD, "'displayName' of the VMX file is missing" },
        { NAMED "memsize = \"0\"", "'memsize' of the VMX file is out of range" },
        { NAMED "memsize = \"99999999999999999999\"", "'memsize' of the VMX file is '99999999999999999999', expected a number" },
        { NAMED "memsize = \"9223372036854775807\"", "'memsize' of the VMX file is out of range" },
        { NAMED "sched.mem.minsize = \"-5\"", "'sched.mem.minsize' of the VMX file is out of range" },
        { NAMED "numvcpus = \"4294967297\"", "'numvcpus' of the VMX file is out of range" },
        { NAMED "numvcpus = \"3\"\ncpuid.coresPerSocket = \"2\"", "is no multiple of 'cpuid.coresPerSocket', 2" },
        { NAMED "cpuid.coresPerSocket = \"0\"", "is no multiple of 'cpuid.coresPerSocket', 0" },
        { NAMED "sched.cpu.affinity = \"0-99999999\"", "'sched.cpu.affinity' of the VMX file is '0-99999999'" },
        { NAMED "numvcpus = \"4\"\nsched.cpu.affinity = \"1,2\"", "VMware wants at least as many" },
        { NAMED "sched.cpu.shares = \"many\"", "expected a number, low, normal or high" },
        { NAMED "uuid.bios = \"56 4d\"", "'uuid.bios' of the VMX file is '56 4d', expected 16 bytes" },
        { NAMED "sharedFolder.maxNum = \"4294967295\"", "'sharedFolder.maxNum' of the VMX file is out of range" },
        { NAMED "isolation.tools.hgfs.disable = \"false\"\nsharedFolder.maxNum = \"1\"\nsharedFolder0.present = \"true\"\n"
                "sharedFolder0.enabled = \"true\"", "'sharedFolder0.hostPath' of the VMX file is missing" },
        { NAMED "RemoteDisplay.vnc.enabled = \"true\"\nRemoteDisplay.vnc.port = \"65536\"", "is no port" },
        { NAMED "svga.vramSize = \"-1\"", "'svga.vramSize' of the VMX file is out of range" },
        { NAMED "scsi0.present = \"maybe\"", "'scsi0.present' of the VMX file is 'maybe', expected 'true' or 'false'" },
        { NAMED "scsi3.present = \"true\"\nscsi3.virtualDev = \"megasas\"", "expected one of 'buslogic', 'lsilogic'" },
        { NAMED "ide0:0.present = \"true\"\nide0:0.deviceType = \"tape\"", "'ide0:0.deviceType' of the VMX file is 'tape'" },
        { NAMED "ide0:0.present = \"true\"\nide0:0.deviceType = \"ata-hardDisk\"",
          "'ide0:0.fileName' of the VMX file is missing" },
        { NAMED "ide0:0.present = \"true\"\nide0:0.fileName = \"../d.vmdk\"", "file name '../d.vmdk' is relative" },
        { NAMED "ide0:0.present = \"true\"\nide0:0.fileName = \"/vmfs/volumes/s\"", "names no file of a datastore" },
        { NAMED "ethernet0.present = \"true\"\nethernet0.address = \"00:50\"", "'ethernet0.address' of the VMX file is '00:50'" },
        { NAMED "ethernet0.present = \"true\"\nethernet0.connectionType = \"hostonly\"", "no type of interface" },
        { NAMED "ethernet0.present = \"true\"\nethernet0.dvs.switchId = \"50 34 26 b2 94 e9 3b 16-1d 68 87 bf ff 4a 54 40\"\n"
                "ethernet0.dvs.connectionId = \"99999999999\"", "'ethernet0.dvs.connectionId' of the VMX file is out of range" },
        { NAMED "serial0.present = \"true\"", "'serial0.fileName' of the VMX file is missing" },
        { NAMED "serial0.present = \"true\"\nserial0.fileType = \"network\"\nserial0.fileName = \"tcp://h\"", "with a port" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_refused(rows[i].lines, rows[i].why);
}

static void
test_encodings(void)
{
    static const char *const texts[] = {
        "displayName = \"caf\xe9\"\n" HEAD,
        ".encoding = \"windows-1252\"\r\n" HEAD "displayName = \"caf\xe9\"\r\n",
        "\xef\xbb\xbf" HEAD "displayName = \"caf\xc3\xa9\"  # name\n",
        HEAD "  displayName=caf|C3|A9 # bare",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(Domain) domain = read_ok(texts[i], &server);

        g_assert_cmpstr(domain->name, ==, "caf\xc3\xa9");
    }
}

/* ---- both directions ------------------------------------------------------ */

static const char everything[] =
    "<domain type='vmware'><name>all |\"</name><uuid>564d9bef-acd9-b4e0-c8f0-aea8b9103515</uuid>"
    "<genid>13c67c91-9f47-526f-b0d6-e4dd2e4bb4f9</genid><description>a\nb|</description>"
    "<memory>1048576</memory><currentMemory>524288</currentMemory><memtune><min_guarantee>262144</min_guarantee></memtune>"
    "<vcpu cpuset='0-3,9'>4</vcpu><cputune><shares>4223</shares></cputune>"
    "<os firmware='efi'><type arch='x86_64'>hvm</type><firmware><feature enabled='yes' name='secure-boot'/></firmware>"
    "<smbios mode='host'/></os><cpu><topology sockets='2' cores='2' threads='1'/></cpu><devices>"
    "<disk type='file' device='disk'><driver cache='writethrough'/><source file='[s] d/a.vmdk'/>"
    "<target dev='sda' bus='scsi'/></disk>"
    "<disk type='block' device='lun'><source dev='/vmfs/devices/x'/><target dev='sdp' bus='scsi'/></disk>"
    "<disk type='file' device='disk'><source file='[s] d/b.vmdk'/><target dev='sdb' bus='sata'/><transient/></disk>"
    "<disk type='file' device='cdrom'><target dev='hda' bus='ide'/></disk>"
    "<disk type='block' device='cdrom'><source startupPolicy='optional'/><target dev='hdb' bus='ide'/></disk>"
    "<disk type='block' device='cdrom'><source dev='/dev/sr0'/><target dev='hdd' bus='ide'/></disk>"
    "<disk type='file' device='floppy'><source file='[s] d/f.flp'/><target dev='fdb' bus='fdc'/></disk>"
    "<controller type='scsi' index='0' model='vmpvscsi'/><controller type='scsi' index='1' model='lsilogic'/>"
    "<filesystem type='mount'><source dir='/shared'/><target dir='s'/><readonly/></filesystem>"
    "<interface type='bridge'><mac address='00:0c:29:11:22:33'/><source bridge='a|b'/><model type='vmxnet2'/></interface>"
    "<interface type='bridge'><mac address='00:50:56:80:22:33' type='static' check='no'/><source bridge='n'/>"
    "<target dev='vmnet7'/><model type='e1000e'/></interface>"
    "<interface type='user'><mac address='02:00:00:00:00:01'/></interface>"
    "<interface type='null'><mac address='00:50:56:bf:22:33'/></interface>"
    "<interface type='vds'><mac address='00:50:56:3f:65:43'/><source switchid='503426b2-94e9-3b16-1d68-87bfff4a5440' portid='5' "
    "portgroupid='g' connectionid='4294967295'/></interface>"
    "<serial type='dev'><source path='/dev/ttyS0'/><target port='0'/></serial>"
    "<serial type='pipe'><source path='p'/><target port='1'/></serial>"
    "<serial type='tcp'><source mode='bind' host='::1' service='4000'/><protocol type='telnets'/><target port='2'/></serial>"
    "<serial type='null'><target port='3'/></serial>"
    "<parallel type='file'><source path='[s] p'/><target port='2'/></parallel>"
    "<graphics type='vnc' port='5903' autoport='no' keymap='de' passwd='w'><listen type='address' address='::1'/></graphics>"
    "<video><model type='vmvga' vram='8192'/></video></devices></domain>";

static Domain *
parse(const char *xml)
{
    g_autoptr(GError) error = NULL;
    Domain *domain = xml_parse_text(&domain_xml, xml, XML_PARSE_INACTIVE, &error);

    g_assert_no_error(error);
    return domain;
}

/* From the file on nothing changes any more, and all that the document says is in it. */
static void
test_stable(void)
{
    g_autoptr(Domain) first = parse(everything);
    g_autofree char *vmx = write_ok(first, &server);
    g_autoptr(Domain) second = read_ok(vmx, &server);
    g_autofree char *again = write_ok(second, &server);
    g_autoptr(Domain) third = read_ok(again, &server);
    g_autofree char *xml2 = xml_format_text(&domain_xml, second, XML_FORMAT_SECURE);
    g_autofree char *xml3 = xml_format_text(&domain_xml, third, XML_FORMAT_SECURE);

    g_assert_cmpstr(vmx, ==, again);
    g_assert_cmpstr(xml2, ==, xml3);
    g_assert_cmpstr(second->name, ==, first->name);
    g_assert_cmpstr(second->description, ==, first->description);
    g_assert_cmpmem(second->genid_uuid, 16, first->genid_uuid, 16);
    g_assert_cmpuint(second->current_memory, ==, first->current_memory);
    g_assert_cmpuint(second->min_guarantee, ==, first->min_guarantee);
    g_assert_cmpuint(second->cpu_shares, ==, first->cpu_shares);
    g_assert_cmpint(second->firmware, ==, OS_FIRMWARE_EFI);
    g_assert_cmpint(second->smbios_mode, ==, SMBIOS_MODE_HOST);
    g_assert_cmpuint(second->disks->len, ==, first->disks->len);
    g_assert_cmpuint(second->serials->len, ==, first->serials->len);
    for (guint i = 0; i < first->interfaces->len; i++) {
        const Interface *a = first->interfaces->pdata[i], *b = second->interfaces->pdata[i];

        g_assert_cmpint(a->type, ==, b->type);
        g_assert_cmpstr(a->mac, ==, b->mac);
        g_assert_cmpstr(a->model, ==, b->model);
        g_assert_cmpstr(a->bridge, ==, b->bridge);
        g_assert_cmpstr(a->target, ==, b->target);
        g_assert_cmpuint(a->connectionid, ==, b->connectionid);
    }
}

/* Every place has a name of its own, and the name leads back to it. */
static void
test_places(void)
{
    g_autoptr(GString) lines = g_string_new(NAMED);
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(Domain) domain = NULL;
    g_autofree char *vmx = NULL;

    for (int i = 0; i < 4; i++) {
        g_string_append_printf(lines, "scsi%d.present = \"true\"\n", i);
        for (int unit = 0; unit < 64; unit++)
            if (unit != 7)
                g_string_append_printf(lines, "scsi%d:%d.present = \"true\"\nscsi%d:%d.fileName = \"d%d-%d.vmdk\"\n",
                                       i, unit, i, unit, i, unit);
    }
    domain = read_ok(lines->str, &server);
    g_assert_cmpuint(domain->disks->len, ==, 4 * 63);
    for (guint i = 0; i < domain->disks->len; i++)
        g_assert_true(g_hash_table_add(names, ((Disk *)domain->disks->pdata[i])->target));
    /* Without addresses the names alone say where the disks are. */
    for (guint i = 0; i < domain->disks->len; i++) {
        Disk *disk = domain->disks->pdata[i];

        xml_free(&address_xml, g_steal_pointer(&disk->info.address));
    }
    vmx = write_ok(domain, &server);
    for (int i = 0; i < 4; i++)
        for (int unit = 0; unit < 64; unit++) {
            g_autofree char *line = g_strdup_printf("\nscsi%d:%d.fileName = \"/vmfs/volumes/store/folder/d%d-%d.vmdk\"\n",
                                                    i, unit, i, unit);

            g_assert_cmpint(strstr(vmx, line) != NULL, ==, unit != 7);
        }
}

/* Whatever is cut off a file, the rest is a guest or is refused with a reason. */
static void
test_truncated(void)
{
    g_autoptr(Domain) domain = parse(everything);
    g_autofree char *vmx = write_ok(domain, &server);

    for (size_t len = strlen(vmx); len > 0; len--) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Domain) part = NULL;

        vmx[len - 1] = '\0';
        part = vmx_read(vmx, &server, &error);
        g_assert_cmpint(part != NULL, ==, error == NULL);
    }
}

static void
test_hosted_names(void)
{
    static const char text[] = NAMED "ide0:0.present = \"true\"\nide0:0.fileName = \"C:\\vm\\d.vmdk\"\n";
    g_autoptr(Domain) domain = read_ok(text, &hosted);
    g_autofree char *vmx = write_ok(domain, &hosted);

    g_assert_cmpstr(((Disk *)domain->disks->pdata[0])->path, ==, "C:\\vm\\d.vmdk");
    g_assert_nonnull(strstr(vmx, "ide0:0.fileName = \"C:\\vm\\d.vmdk\"\n"));
}

/* ---- what cannot be written ----------------------------------------------- */

#define DISK(target, more) "<disk type='file'>" more "<source file='[s] d'/><target dev='" target "'/></disk>"

static void
test_unwritable(void)
{
    static const struct { const char *devices, *why; } rows[] = {
        { "<disk type='file'><source file='[s] d'/><target dev='vda' bus='virtio'/></disk>",
          "no place for disk 'vda' of bus 'virtio'" },
        { "<disk type='network'><source protocol='nbd' name='n'><host name='h'/></source><target dev='sda'/></disk>",
          "is a disk of type network" },
        { "<disk type='file'><source file='rel'/><target dev='sda'/></disk>", "neither '[STORE] PATH' nor absolute" },
        { DISK("hde", ""), "no place for disk 'hde'" },
        { DISK("sda", "<address type='drive' controller='0' bus='0' unit='7'/>"), "no place for disk 'sda'" },
        { DISK("sda", "<address type='drive' controller='1' bus='0' unit='1'/>"), "disk 'sda' has the address of 'sdq'" },
        { DISK("sda", "<driver cache='none'/>"), "VMware knows only 'writethrough'" },
        { DISK("sda", "<driver name='buslogic'/>") DISK("sdb", "<driver name='lsilogic'/>"),
          "'buslogic' in one place and 'lsilogic'" },
        { "<controller type='scsi' index='0' model='virtio-scsi'/>", "no SCSI controller of model 'virtio-scsi'" },
        { "<controller type='scsi' index='4'/>", "SCSI controller 4 is one too many" },
        { "<interface type='network'><source network='n'/></interface>", "an interface of type 'network'" },
        { "<interface type='user'><model type='virtio'/></interface>", "no network card of model 'virtio'" },
        { "<serial type='pty'/>", "not 'pty'" },
        { "<parallel type='dev'><source path='/p'/><target port='3'/></parallel>", "VMware has those from 0 to 2" },
        { "<graphics type='sdl'/>", "one <graphics>, of type 'vnc'" },
        { "<video><model type='qxl'/></video>", "of model 'vmvga'" },
        { "<filesystem type='block'><source dev='/d'/><target dir='t'/></filesystem>", "all of type 'mount'" },
        { "<watchdog model='i6300esb'/>", "a <watchdog> cannot be written" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *xml = g_strdup_printf("<domain type='vmware'><name>v</name><memory>4096</memory>"
                                               "<os><type>hvm</type></os><devices>%s</devices></domain>", rows[i].devices);
        g_autoptr(Domain) domain = parse(xml);
        g_autoptr(GError) error = NULL;
        g_autofree char *vmx = vmx_write(domain, &server, &error);

        g_assert_null(vmx);
        if (!error || !strstr(error->message, rows[i].why))
            g_error("'%s': expected '%s', got '%s'", rows[i].devices, rows[i].why, error ? error->message : "no error");
    }
}

static void
test_unwritable_machine(void)
{
    static const struct { const char *xml, *why; } rows[] = {
        { "<domain type='kvm'><name>v</name><memory>4096</memory><os><type>hvm</type></os></domain>", "is no guest of VMware" },
        { "<domain type='vmware'><name>v</name><memory>4096</memory><os><type arch='aarch64'>hvm</type></os></domain>",
          "is no guest of VMware" },
        { "<domain type='vmware'><name>v</name><memory>5000</memory><os><type>hvm</type></os></domain>",
          "no multiple of 4096 KiB" },
        { "<domain type='vmware'><name>v</name><memory>4096</memory><vcpu>2</vcpu><os><type>hvm</type></os>"
          "<cpu><topology sockets='1' cores='1' threads='2'/></cpu></domain>", "must be 1" },
        { "<domain type='vmware'><name>v</name><memory>4096</memory><vcpu cpuset='3'>2</vcpu><os><type>hvm</type></os></domain>",
          "VMware wants at least as many" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Domain) domain = parse(rows[i].xml);
        g_autoptr(GError) error = NULL;
        g_autofree char *vmx = vmx_write(domain, &server, &error);

        g_assert_null(vmx);
        if (!error || !strstr(error->message, rows[i].why))
            g_error("'%s': expected '%s', got '%s'", rows[i].xml, rows[i].why, error ? error->message : "no error");
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vmx/syntax", test_syntax);
    g_test_add_func("/vmx/limits", test_limits);
    g_test_add_func("/vmx/values", test_values);
    g_test_add_func("/vmx/encodings", test_encodings);
    g_test_add_func("/vmx/stable", test_stable);
    g_test_add_func("/vmx/places", test_places);
    g_test_add_func("/vmx/truncated", test_truncated);
    g_test_add_func("/vmx/hosted-names", test_hosted_names);
    g_test_add_func("/vmx/unwritable", test_unwritable);
    g_test_add_func("/vmx/unwritable-machine", test_unwritable_machine);
    return g_test_run();
}
