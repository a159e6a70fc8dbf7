/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-bhyve-command.c - commands of bhyve: what they refuse, and hostile ones read back */
#include <string.h>

#include "drivers/bhyve/caps.h"
#include "drivers/bhyve/command.h"
#include "drivers/bhyve/fill.h"
#include "drivers/bhyve/parse.h"
#include "util/list.h"
#include "util/text.h"
#include "util/xml.h"

enum { ALL = BHYVE_CAPS_GRUB_CONSDEV * 2 - 1 };

#define RUN "bhyve -c 1 -m 214 "

static Domain *
make(const char *os, const char *devices)
{
    g_autofree char *text = g_strdup_printf("<domain type='bhyve'><name>b</name><memory>219136</memory><vcpu>2</vcpu>"
                                            "<os><type>hvm</type>%s</os><devices>%s</devices></domain>", os, devices);
    g_autoptr(GError) error = NULL;
    g_autoptr(Domain) def = xml_parse_text(&domain_xml, text, XML_PARSE_INACTIVE, &error);

    g_assert_no_error(error);
    g_assert_true(bhyve_fill_definition(def, ALL, NULL, &error));
    for (size_t i = 0; i < list_len(def->interfaces); i++)
        ((Interface *)list_at(def->interfaces, i))->target = g_strdup("tap0");
    return g_steal_pointer(&def);
}

/* Commands we make are commands we understand. */
static void
test_round_trip(void)
{
    g_autoptr(Domain) back = NULL, def =
        make("", "<disk type='file' device='cdrom'><source file='/a b.iso'/><target dev='sda' bus='sata'/></disk>"
                 "<disk type='file'><source file='/d'/><target dev='sdb' bus='sata'/><boot order='1'/></disk>"
                 "<disk type='block'><source dev='/dev/zvol/v'/><target dev='vda' bus='virtio'/></disk>"
                 "<controller type='usb' model='nec-xhci'/><input type='tablet' bus='usb'/>"
                 "<interface type='bridge'><source bridge='x'/><mac address='52:54:00:01:02:03'/><model type='e1000'/>"
                 "</interface>"
                 "<filesystem><source dir='/s'/><target dir='t'/><readonly/></filesystem>"
                 "<rng model='virtio'><backend model='random'/></rng><serial type='nmdm'/>"
                 "<sound model='ich7'><audio id='1'/></sound><audio id='1' type='oss'><output dev='/dev/dsp1'/></audio>");
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) argv = bhyve_command_build(def, ALL, &error), loader = NULL;
    g_autofree char *run = NULL, *load = NULL, *text = NULL;
    const Disk *disk;

    g_assert_no_error(error);
    g_assert_true(bhyve_loader_build(def, ALL, "/map", &loader, &error));
    run = text_quote_argv((const char *const *)argv);
    load = text_quote_argv((const char *const *)loader);
    text = g_strdup_printf("%s\n%s\n", load, run);
    back = bhyve_parse_commands(text, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(back->memory, ==, def->memory);
    g_assert_cmpuint(back->max_vcpus, ==, 2);
    g_assert_cmpuint(list_len(back->disks), ==, 3);
    disk = list_at(back->disks, 0);
    g_assert_cmpstr(disk->path, ==, "/a b.iso");
    g_assert_cmpint(disk->device, ==, DISK_DEVICE_CDROM);
    g_assert_cmpuint(disk->info.boot_order, ==, 0);
    disk = list_at(back->disks, 1);
    g_assert_cmpstr(disk->target, ==, "sdb");
    g_assert_cmpuint(disk->info.address->target, ==, 1);
    g_assert_cmpuint(disk->info.boot_order, ==, 1);
    g_assert_cmpint(((const Disk *)list_at(back->disks, 2))->type, ==, DISK_TYPE_BLOCK);
    g_assert_cmpstr(((const Interface *)list_at(back->interfaces, 0))->model, ==, "e1000");
    g_assert_true(((const Filesystem *)list_at(back->filesystems, 0))->readonly);
    g_assert_cmpstr(((const Audio *)list_at(back->audios, 0))->output->dev, ==, "/dev/dsp1");
    g_assert_cmpuint(list_len(back->rngs) + list_len(back->inputs) + list_len(back->serials), ==, 3);
}

static void
test_grub(void)
{
    g_autoptr(Domain) def = make("", "<disk type='file'><source file='/d'/><target dev='sda' bus='sata'/></disk>"
                                     "<disk type='file'><source file='/e'/><target dev='sdb' bus='sata'/><boot order='2'/></disk>"
                                     "<disk type='file' device='cdrom'><source file='/c'/><target dev='sdc' bus='sata'/></disk>");
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) argv = NULL;
    g_autofree char *line = NULL, *map = NULL;

    def->bootloader = g_strdup("/usr/local/sbin/grub-bhyve");
    g_assert_true(bhyve_loader_build(def, ALL, "/m", &argv, &error));
    line = g_strjoinv(" ", argv);
    g_assert_cmpstr(line, ==, "/usr/local/sbin/grub-bhyve --root hd1,msdos1 --device-map /m --memory 214 b");
    map = bhyve_loader_map(def);
    g_assert_cmpstr(map, ==, "(hd0) /d\n(hd1) /e\n(cd) /c\n");
}

static void
test_refused(void)
{
    static const char disk[] = "<disk type='file'><source file='/d'/><target dev='vda' bus='virtio'/></disk>";
    static const struct {
        const char *devices, *message;
    } cases[] = {
        { "<disk type='file'><source file='/a,ro'/><target dev='vda' bus='virtio'/></disk>", "disk '/a,ro' has a comma" },
        { "<disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>", "disk 'sda' has no <source>" },
        { "<interface type='bridge'><source bridge='b'/></interface>", "NIC model is not supported" },
        { "<interface type='user'><model type='virtio'/></interface>", "Network type user is not supported" },
        { "<filesystem><source dir='/a,b'/><target dir='t'/></filesystem>", "folder '/a,b' has a comma" },
        { "<serial type='pty'/>", "only nmdm console types are supported" },
        { "<hostdev mode='subsystem' type='pci'><source><address bus='1' slot='2' function='0'/></source></hostdev>",
          "cannot have a <hostdev>" },
    };
    g_autoptr(Domain) old = make("", disk);
    g_autoptr(GError) bad = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Domain) def = make("", cases[i].devices);
        g_autoptr(GError) error = NULL;

        g_assert_null(bhyve_command_build(def, ALL, &error));
        g_assert_nonnull(error);
        g_test_message("%s", error->message);
        g_assert_nonnull(strstr(error->message, cases[i].message));
    }
    g_assert_null(bhyve_command_build(old, 0, &bad));
    g_assert_nonnull(strstr(bad->message, "offset 'utc'"));
}

static void
test_hostile(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        { "", "there is no command of bhyve" },
        { "\n# nothing\n", "there is no command of bhyve" },
        { "\n\nbhyve 'a", "line 3: " },
        { RUN "b\n" RUN "b", "line 2: Failed to parse arguments: a guest is run by one bhyve" },
        { RUN, "the name of the guest is missing" },
        { RUN "b c", "'c' is behind the name 'b'" },
        { RUN "-Z b", "unknown option '-Z'" },
        { RUN "-s", "option '-s' needs a value" },
        { "bhyve -m 99999999999999999999 b", "no size of memory" },
        { "bhyve -m 99999999999T b", "no size of memory" },
        { "bhyve -m -1 b", "no size of memory" },
        { "bhyve -c cpus=4,sockets=3 b", "does not have that many CPUs" },
        { "bhyve -c sockets=65536,cores=65536,threads=65536 b", "does not have that many CPUs" },
        { "bhyve -c 0 b", "tells no number of CPUs" },
        { RUN "-s 2 b", "'-s 2' names no device" },
        { RUN "-s 32,virtio-rnd b", "no PCI slot" },
        { RUN "-s 1:2:3:4,virtio-rnd b", "no PCI slot" },
        { RUN "-s 1:8,virtio-rnd b", "no PCI slot" },
        { RUN "-s 2,virtio-blk b", "has no path" },
        { RUN "-s 2,ahci,x b", "no 'hd:' or 'cd:'" },
        { RUN "-s 2,fbuf,tcp=:70000 b", "Failed to parse VNC port" },
        { RUN "-s 2,fbuf,tcp=:5 b", "VNC port number 5 is below" },
        { RUN "-s 2,fbuf,vga=no b", "Failed to parse VGA mode" },
        { RUN "-s 2,virtio-9p,=x b", "must be 'name=path'" },
        { RUN "-l com5,/dev/nmdm0A b", "is no serial port" },
        { RUN "-l com b", "is no serial port" },
        { RUN "-l com1,/dev/nmdm b", "must end with A or B" },
        { "ld 'a b'\n" RUN "b", "<bootloader_args> cannot hold 'a b'" },
        { "bhyveload -m 1G -d /d b\n" RUN "b", "line 1: Failed to parse arguments: memory size mismatch" },
    };
    g_autoptr(GString) long_one = g_string_new("bhyve");
    g_autoptr(GError) bad = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(bhyve_parse_commands(cases[i].text, NULL, &error));
        g_assert_nonnull(error);
        g_test_message("%s", error->message);
        g_assert_nonnull(strstr(error->message, cases[i].message));
    }
    for (int i = 0; i < 5000; i++)
        g_string_append(long_one, " -H");
    g_assert_null(bhyve_parse_commands(long_one->str, NULL, &bad));
    g_assert_nonnull(strstr(bad->message, "more than"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bhyve/round-trip", test_round_trip);
    g_test_add_func("/bhyve/grub", test_grub);
    g_test_add_func("/bhyve/command-refused", test_refused);
    g_test_add_func("/bhyve/hostile", test_hostile);
    return g_test_run();
}
