/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-vbox-machine.c - .vbox files: trees of images and snapshots, what is kept and what is refused */
#include <string.h>

#include "drivers/vbox/vbox_machine.h"

#define U(n) "{74864f52-a7b7-4172-a7a5-54b6f3e9cd0" n "}"
#define DISK(n, more) "<HardDisk uuid='" U(n) "' location='/d" n "' format='VDI'>" more "</HardDisk>"
#define SNAPSHOT(n, more) "<Snapshot uuid='" U(n) "' name='s" n "' timeStamp='2014-05-15T09:52:29Z'>" more "</Snapshot>"
#define MACHINE(attributes, inner)                                                                       \
    "<VirtualBox version='1.12-linux' xmlns='http://www.virtualbox.org/'><Machine uuid='" U("0") "' name='m' " \
    attributes ">" inner "</Machine></VirtualBox>"
#define REGISTRY(disks) "<MediaRegistry><HardDisks>" disks "</HardDisks></MediaRegistry>"

static void
test_trees(void)
{
    static const char text[] = MACHINE("currentSnapshot='" U("5") "' later='yes'",
        REGISTRY(DISK("1", DISK("2", "<Property name='a' value='b'/>")) DISK("3", ""))
        SNAPSHOT("4", "<Unknown a='&lt;'>t</Unknown><Snapshots>" SNAPSHOT("5", "") SNAPSHOT("6", "") "</Snapshots>"));
    g_autoptr(GError) error = NULL;
    g_autoptr(VboxMachine) machine = vbox_machine_parse(text, &error);
    g_autofree char *out = NULL;
    const VboxDisk *disk;
    const VboxSnapshot *snapshot;

    g_assert_no_error(error);
    g_assert_cmpstr(machine->name, ==, "m");
    g_assert_cmpuint(machine->disks->len, ==, 3);
    disk = machine->disks->pdata[1];
    g_assert_cmpstr(disk->location, ==, "/d2");
    g_assert_true(disk->parent == machine->disks->pdata[0]);
    g_assert_null(((VboxDisk *)machine->disks->pdata[2])->parent);
    g_assert_cmpuint(machine->snapshots->len, ==, 3);
    snapshot = machine->snapshots->pdata[2];
    g_assert_cmpstr(snapshot->name, ==, "s6");
    g_assert_true(snapshot->parent == machine->snapshots->pdata[0]);
    g_assert_true(machine->current == machine->snapshots->pdata[1]);
    out = vbox_machine_format(machine);
    g_assert_nonnull(strstr(out, "later=\"yes\""));
    g_assert_nonnull(strstr(out, "<Unknown a=\"&lt;\">t</Unknown>"));
    g_assert_nonnull(strstr(out, "<Property name=\"a\" value=\"b\"/>"));
}

/* Old files are in another encoding. */
static void
test_encoding(void)
{
    static const char text[] = "<?xml version='1.0' encoding='ISO-8859-1'?>"
                               "<VirtualBox xmlns='http://www.innotek.de/VirtualBox-settings'><Machine uuid='" U("0") "' name='caf\xe9'/></VirtualBox>";
    g_autoptr(GError) error = NULL;
    g_autoptr(VboxMachine) machine = vbox_machine_parse(text, &error);
    g_autofree char *out = NULL;

    g_assert_no_error(error);
    g_assert_cmpstr(machine->name, ==, "caf\xc3\xa9");
    out = vbox_machine_format(machine);
    g_assert_nonnull(strstr(out, "encoding=\"UTF-8\""));
    g_assert_nonnull(strstr(out, "name=\"caf\xc3\xa9\""));
}

static void
test_refused(void)
{
    static const struct { const char *text, *why; } rows[] = {
        { "<VirtualBox", "" },
        { "<VirtualBox xmlns='http://other/'><Machine/></VirtualBox>", "no machine file of VirtualBox" },
        { "<VirtualBox xmlns='http://www.virtualbox.org/'><Global/></VirtualBox>", "no machine file of VirtualBox" },
        { "<VirtualBox xmlns='http://www.virtualbox.org/'><Machine name='m'/></VirtualBox>", "<Machine> has no 'uuid'" },
        { "<VirtualBox xmlns='http://www.virtualbox.org/'><Machine uuid='{1}' name='m'/></VirtualBox>", "'{1}' is no UUID in braces" },
        { "<VirtualBox xmlns='http://www.virtualbox.org/'><Machine uuid='" U("0") "'/></VirtualBox>", "<Machine> has no 'name'" },
        { MACHINE("", REGISTRY(DISK("1", "") DISK("1", ""))), "a second <HardDisk> has the UUID" },
        { MACHINE("", REGISTRY("<HardDisk uuid='" U("1") "' location='/d'/>")), "<HardDisk> has no 'format'" },
        { MACHINE("", SNAPSHOT("1", "")), "its current snapshot, which is not said" },
        { MACHINE("currentSnapshot='" U("2") "'", SNAPSHOT("1", "")), "is none of its snapshots" },
        { MACHINE("currentSnapshot='" U("1") "'", SNAPSHOT("1", "") SNAPSHOT("2", "")), "one first snapshot" },
        { MACHINE("currentSnapshot='" U("1") "'", SNAPSHOT("1", "<Snapshots>" SNAPSHOT("1", "") "</Snapshots>")),
          "a second <Snapshot> has the UUID" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(VboxMachine) machine = vbox_machine_parse(rows[i].text, &error);

        g_assert_null(machine);
        if (!error || !strstr(error->message, rows[i].why))
            g_error("'%s': expected '%s', got '%s'", rows[i].text, rows[i].why, error ? error->message : "no error");
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vbox-machine/trees", test_trees);
    g_test_add_func("/vbox-machine/encoding", test_encoding);
    g_test_add_func("/vbox-machine/refused", test_refused);
    return g_test_run();
}
