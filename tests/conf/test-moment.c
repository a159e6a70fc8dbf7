/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-moment.c - rules of snapshots, checkpoints and backups that need the guest they are of */
#define ERROR_FROM VIR_FROM_NONE
#include "drivers/conf/moment.h"
#include "util/error.h"

#include <string.h>

#define UUID "11111111-2222-3333-4444-555555555555"

/* A guest with a disk, a block device, a network disk, an empty CD-ROM drive and a disk that is only read. */
static Domain *
guest(void)
{
    g_autoptr(GError) error = NULL;
    Domain *domain = xml_parse_text(&domain_xml,
                                    "<domain type='test'><name>g</name><uuid>" UUID "</uuid><memory>1024</memory>"
                                    "<os><type>hvm</type></os><devices>"
                                    "<disk type='file'><source file='/i/a.img'/><target dev='vda'/></disk>"
                                    "<disk type='block' snapshot='manual'><source dev='/dev/b'/><target dev='vdb'/></disk>"
                                    "<disk type='network'><source protocol='nbd' name='c'><host name='h'/></source>"
                                    "<target dev='vdc'/></disk>"
                                    "<disk type='file' device='cdrom'><target dev='sda' bus='sata'/><readonly/></disk>"
                                    "<disk type='file'><source file='/i/ro.img'/><target dev='vdd'/><readonly/></disk>"
                                    "</devices></domain>",
                                    XML_PARSE_INACTIVE, &error);

    g_assert_no_error(error);
    return domain;
}

/* "vda=external vdb=no ..." of what a snapshot became. */
static char *
modes(const Snapshot *snapshot)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < snapshot->disks->len; i++) {
        const SnapshotDisk *disk = snapshot->disks->pdata[i];

        g_string_append_printf(out, "%s%s=%s%s%s", i ? " " : "", disk->name, disk_snapshot_words[disk->snapshot],
                               disk->path ? ":" : "", disk->path ? disk->path : "");
    }
    return g_string_free(out, FALSE);
}

static void
snapshot_case(const char *disks, DiskSnapshot standard, bool uniform, const char *expected, const char *refused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Domain) domain = guest();
    g_autofree char *xml = g_strdup_printf("<domainsnapshot><name>s</name><disks>%s</disks></domainsnapshot>", disks);
    g_autoptr(Snapshot) snapshot = snapshot_parse(xml, MOMENT_NEW, true, 7, &error);
    bool ok = snapshot && snapshot_align(snapshot, domain, standard, uniform, &error);

    if (refused) {
        g_assert_false(ok);
        g_assert_nonnull(strstr(error->message, refused));
        return;
    }
    g_assert_no_error(error);
    g_autofree char *out = modes(snapshot);
    g_assert_cmpstr(out, ==, expected);
}

static void
test_snapshot_disks(void)
{
    const DiskSnapshot in = DISK_SNAPSHOT_INTERNAL, ex = DISK_SNAPSHOT_EXTERNAL;

    snapshot_case("", in, false, "vda=internal vdb=manual vdc=internal sda=no vdd=no", NULL);
    snapshot_case("<disk name='vdc' snapshot='no'/>", ex, false,
                  "vda=external:/i/a.s vdb=manual vdc=no sda=no vdd=no", NULL);
    snapshot_case("<disk name='vdc' snapshot='no'/><disk name='/i/a.img'><source file='/o'/></disk>", in, false,
                  "vda=external:/o vdb=manual vdc=no sda=no vdd=no", NULL);
    snapshot_case("<disk name='vdc'/>", ex, false, NULL, "cannot generate external snapshot name for disk 'vdc'");
    snapshot_case("<disk name='vdz'/>", in, false, NULL, "no disk named 'vdz'");
    snapshot_case("<disk name='vda'/><disk name='/i/a.img'/>", in, false, NULL, "specified twice");
    snapshot_case("<disk name='vda' snapshot='external'/>", in, true, NULL, "choose one of them");
    snapshot_case("<disk name='vda' snapshot='internal'><source file='/o'/></disk>", in, false, NULL,
                  "requires use of external");
    snapshot_case("<disk name='vda' snapshot='external'><source file='o'/></disk>", in, false, NULL, "must be absolute");
    snapshot_case("<disk name='vda' snapshot='external'><driver type='raw'/></disk>", in, false, NULL, "on top of another");
    snapshot_case("<disk/>", in, false, NULL, "name");
}

static void
snapshot_read(const char *body, MomentRead how, const char *refused)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *xml = g_strdup_printf("<domainsnapshot>%s</domainsnapshot>", body);
    g_autoptr(Snapshot) snapshot = snapshot_parse(xml, how, true, 7, &error);

    if (!refused)
        g_assert_no_error(error);
    else
        g_assert_nonnull(strstr(error ? error->message : "", refused));
}

static void
test_snapshot_read(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Snapshot) snapshot = NULL;

    snapshot_read("<memory file='/m'/>", MOMENT_NEW, NULL);
    snapshot_read("<memory file='m'/>", MOMENT_NEW, "must be absolute");
    snapshot_read("<memory snapshot='external'/>", MOMENT_NEW, "require a filename");
    snapshot_read("<memory snapshot='internal' file='/m'/>", MOMENT_NEW, "requires external");
    snapshot_read("<bogus/>", MOMENT_NEW, "bogus");
    snapshot_read("<state>running</state><creationTime>1</creationTime>", MOMENT_REDEFINE, "missing <name>");
    snapshot_read("<name>a</name><creationTime>1</creationTime>", MOMENT_REDEFINE, "missing <state>");
    snapshot_read("<name>a</name><state>running</state>", MOMENT_REDEFINE, "missing <creationTime>");
    snapshot_read("<name>a</name><state>shutoff</state><creationTime>1</creationTime><memory snapshot='internal'/>",
                  MOMENT_REDEFINE, "cannot be saved with offline");
    /* A new one is of now, whatever it says. */
    snapshot = snapshot_parse("<domainsnapshot><state>shutoff</state><creationTime>1</creationTime>"
                              "<parent><name>p</name></parent></domainsnapshot>", MOMENT_NEW, true, 7, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(snapshot->name, ==, "7");
    g_assert_cmpint(snapshot->creation_time, ==, 7);
    g_assert_cmpint(snapshot->state, ==, SNAPSHOT_STATE_UNSET);
    g_assert_null(snapshot->parent);
}

static void
test_snapshot_redefine(void)
{
    static const char text[] = "<domainsnapshot><name>a</name><state>%s</state><creationTime>1</creationTime>"
                               "</domainsnapshot>";
    g_autoptr(Domain) domain = guest();
    g_autofree char *running = g_strdup_printf(text, "running"), *off = g_strdup_printf(text, "shutoff");
    g_autofree char *disk = g_strdup_printf(text, "disk-snapshot");
    g_autoptr(GError) error = NULL;
    g_autoptr(Snapshot) old = snapshot_parse(running, MOMENT_REDEFINE, true, 0, &error);
    g_autoptr(Snapshot) same = snapshot_parse(running, MOMENT_REDEFINE, true, 0, &error);
    g_autoptr(Snapshot) offline = snapshot_parse(off, MOMENT_REDEFINE, true, 0, &error);
    g_autoptr(Snapshot) disks = snapshot_parse(disk, MOMENT_REDEFINE, true, 0, &error);
    uint8_t other[16] = { 1 };

    g_assert_no_error(error);
    old->domain = g_steal_pointer(&domain);
    g_assert_true(snapshot_redefine(same, old->domain->uuid, old, &error));
    g_assert_no_error(error);
    g_assert_nonnull(same->domain);
    g_assert_cmpuint(same->disks->len, ==, 5);
    g_assert_false(snapshot_redefine(offline, old->domain->uuid, old, &error));
    g_assert_nonnull(strstr(error->message, "between online and offline"));
    g_clear_error(&error);
    g_assert_false(snapshot_redefine(disks, old->domain->uuid, old, &error));
    g_assert_nonnull(strstr(error->message, "between disk only and full system"));
    g_clear_error(&error);
    g_assert_false(snapshot_redefine(same, other, NULL, &error));
    g_assert_nonnull(strstr(error->message, "must use the uuid"));
}

static void
checkpoint_case(const char *body, const char *expected, const char *refused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Domain) domain = guest();
    g_autofree char *xml = g_strdup_printf("<domaincheckpoint>%s</domaincheckpoint>", body);
    g_autoptr(Checkpoint) checkpoint = checkpoint_parse(xml, MOMENT_NEW, 7, &error);
    bool ok = checkpoint && checkpoint_align(checkpoint, domain, &error);
    g_autoptr(GString) out = g_string_new(NULL);

    if (refused) {
        g_assert_false(ok);
        g_assert_nonnull(strstr(error->message, refused));
        return;
    }
    g_assert_no_error(error);
    for (guint i = 0; i < checkpoint->disks->len; i++) {
        const CheckpointDisk *disk = checkpoint->disks->pdata[i];

        if (disk->checkpoint == CHECKPOINT_KIND_BITMAP)
            g_string_append_printf(out, "%s%s=%s", out->len ? " " : "", disk->name, disk->bitmap);
    }
    g_assert_cmpstr(out->str, ==, expected);
}

static void
test_checkpoint(void)
{
    checkpoint_case("", "vda=7 vdb=7 vdc=7", NULL);
    checkpoint_case("<name>c</name><disks><disk name='vdb'/></disks>", "vdb=c", NULL);
    checkpoint_case("<disks><disk name='vdb' bitmap='x'/><disk name='vda' checkpoint='no'/></disks>", "vdb=x", NULL);
    checkpoint_case("<disks><disk name='vdd'/></disks>", NULL, "empty or readonly");
    checkpoint_case("<disks><disk name='vda' checkpoint='no' bitmap='x'/></disks>", NULL, "requires checkpoint='bitmap'");
    checkpoint_case("<name>a/b</name>", NULL, "invalid checkpoint name");
    checkpoint_case("<name>.a</name>", NULL, "invalid checkpoint name");
}

static void
backup_case(const char *body, const char *expected, const char *refused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Domain) domain = guest();
    g_autoptr(Backup) backup = backup_parse(body, MOMENT_NEW, &error);
    bool ok = backup && backup_align(backup, domain, "tmp", &error);
    g_autoptr(GString) out = g_string_new(NULL);

    if (refused) {
        g_assert_false(ok);
        g_assert_nonnull(strstr(error->message, refused));
        return;
    }
    g_assert_no_error(error);
    for (guint i = 0; i < backup->disks->len; i++) {
        const BackupDisk *disk = backup->disks->pdata[i];

        if (disk->backup == BACKUP_WANTED_YES)
            g_string_append_printf(out, "%s%s=%s:%s", out->len ? " " : "", disk->name,
                                   backup_disk_mode_words[disk->backupmode], disk->path);
    }
    g_assert_cmpstr(out->str, ==, expected);
}

static void
test_backup(void)
{
    backup_case("<domainbackup><disks><disk name='vda'/></disks></domainbackup>", "vda=full:/i/a.img.tmp", NULL);
    backup_case("<domainbackup><incremental>c</incremental><disks><disk name='vda'/>"
                "<disk name='vdb' type='block' backupmode='full'><target dev='/dev/t'/></disk></disks></domainbackup>",
                "vda=incremental:/i/a.img.tmp vdb=full:/dev/t", NULL);
    backup_case("<domainbackup/>", NULL, "give it a <target>");
    backup_case("<domainbackup><disks><disk name='sda'/></disks></domainbackup>", NULL, "no media");
    backup_case("<domainbackup><disks><disk name='vda' backupmode='incremental'/></disks></domainbackup>", NULL,
                "'incremental' is not given");
    backup_case("<domainbackup><disks><disk name='vda'><scratch file='/s'/></disk></disks></domainbackup>", NULL,
                "has <target>, not <scratch>");
    backup_case("<domainbackup mode='pull'/>", NULL, "needs a <server>");
    backup_case("<domainbackup><server name='h'/></domainbackup>", NULL, "did you mean mode='pull'");
    backup_case("<domainbackup mode='pull'><server transport='unix' socket='/s' tls='yes'/></domainbackup>", NULL,
                "TLS needs");
    backup_case("<domainbackup mode='pull'><server transport='unix' socket='s'/></domainbackup>", NULL, "absolute path");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/moment/snapshot/disks", test_snapshot_disks);
    g_test_add_func("/moment/snapshot/read", test_snapshot_read);
    g_test_add_func("/moment/snapshot/redefine", test_snapshot_redefine);
    g_test_add_func("/moment/checkpoint", test_checkpoint);
    g_test_add_func("/moment/backup", test_backup);
    return g_test_run();
}
