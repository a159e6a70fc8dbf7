/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-qemu-security.c - labels and owners of a guest's files, as <seclabel> of the domain and of devices has it */
#include <errno.h>
#include <string.h>

#include "drivers/qemu/security/security.h"
#include "util/crypto.h"
#include "util/error.h"
#include "util/list.h"
#include "util/xml.h"

#define PROCESS "system_u:system_r:virtqemud_t:s0-s0:c0.c1023"
#define DISK(path, more) "<disk type='file'><source file='" path "'>" more "</source><target dev='vda'/></disk>"

static const SecuritySelinux model = {
    .domain = (char *)"u:r:svirt_t:s0", .tcg = (char *)"u:r:svirt_tcg_t:s0", .image = (char *)"u:object_r:svirt_image_t:s0",
    .content = (char *)"u:object_r:virt_content_t:s0",
};

static Domain *
make(const char *type, const char *devices, const char *labels)
{
    g_autofree char *text = g_strdup_printf("<domain type='%s'><name>g</name><memory>1</memory><os><type>hvm</type></os>"
                                            "<devices>%s</devices>%s</domain>", type, devices, labels);
    g_autoptr(GError) error = NULL;
    Domain *doc = xml_parse_text(&domain_xml, text, XML_PARSE_NO_CHECK, &error);

    g_assert_no_error(error);
    return doc;
}

static SecLabel *
prepare(Domain *doc, SecurityTaken taken, void *data)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(security_selinux_prepare(&model, PROCESS, doc, taken, data, crypto_random, &error));
    g_assert_no_error(error);
    return security_files_domain_label(doc, "selinux");
}

static bool
is_taken(void *data, const char *categories)
{
    return !g_hash_table_add(data, g_strdup(categories));
}

/* No two guests share their categories. */
static void
test_unique(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (int i = 0; i < 300; i++) {
        g_autoptr(Domain) doc = make(i ? "kvm" : "qemu", "", "");
        const SecLabel *label = prepare(doc, is_taken, seen);
        unsigned a, b;

        g_assert_true(g_str_has_prefix(label->label, i ? "system_u:system_r:svirt_t:s0:" : "system_u:system_r:svirt_tcg_t:s0:"));
        g_assert_cmpint(sscanf(strrchr(label->label, ':'), ":c%u,c%u", &a, &b), ==, 2);
        g_assert_true(a < b && b < 1024);
        g_assert_true(g_str_has_prefix(label->imagelabel, "system_u:object_r:svirt_image_t:s0:c"));
        g_assert_cmpstr(strrchr(label->imagelabel, ':'), ==, strrchr(label->label, ':'));
    }
}

static bool
all_taken(void *data G_GNUC_UNUSED, const char *categories G_GNUC_UNUSED)
{
    return true;
}

static void
test_refused(void)
{
    static const struct { const char *process, *labels, *message; } cases[] = {
        { "x", "", "'x' is no SELinux context" },
        { "u:r:t:s0:c5", "", "no two categories can be taken" },
        { "u:r:t:s0:c5.c5", "", "no two categories can be taken" },
        { "u:r:t:s0:c0.c4294967295", "", "no two categories can be taken" },
        { PROCESS, "", "no two SELinux categories" },
        { PROCESS, "<seclabel type='static' model='selinux'/>", "needs a <label>" },
        { PROCESS, "<seclabel type='dynamic' model='selinux'><baselabel>b</baselabel></seclabel>", "no two SELinux" },
        { PROCESS, "<seclabel type='static' model='selinux'><label>l</label></seclabel>", "'l' is no SELinux context" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Domain) doc = make("kvm", "", cases[i].labels);
        g_autoptr(GError) error = NULL;

        g_assert_false(security_selinux_prepare(&model, cases[i].process, doc, all_taken, NULL, crypto_random, &error));
        g_test_message("%s", error->message);
        g_assert_nonnull(strstr(error->message, cases[i].message));
    }
}

static int
set_label(void *data, const char *path, const char *label)
{
    g_string_append_printf(data, "%s=%s ", path, strrchr(label, ':'));
    return g_str_has_prefix(path, "/nfs") ? EOPNOTSUPP : g_str_has_prefix(path, "/none") ? ENOENT : 0;
}

static char *
labels_of(Domain *doc, GError **error)
{
    GString *out = g_string_new(NULL);

    if (security_selinux_label(&model, doc, set_label, out, error))
        return g_string_free(out, FALSE);
    g_string_free(out, TRUE);
    return NULL;
}

static void
test_selinux_files(void)
{
#define GUEST "<seclabel type='dynamic' model='selinux' relabel='yes'><label>a:b:c:s0:c1,c2</label>" \
              "<imagelabel>a:b:i:s0:c1,c2</imagelabel></seclabel>"
    static const struct { const char *devices, *labels, *files; } cases[] = {
        { DISK("/a", ""), GUEST, "/a=:c1,c2 " },
        { DISK("/a", "<seclabel model='selinux' relabel='no'/>"), GUEST, "" },
        { DISK("/a", "<seclabel model='dac' relabel='no'/>"), GUEST, "/a=:c1,c2 " },
        { DISK("/a", "<seclabel relabel='no'/>"), GUEST, "" },
        { DISK("/a", ""), "<seclabel type='none' model='selinux'/>", "" },
        { DISK("/a", ""), "<seclabel type='static' model='selinux'><label>a:b:c:s0:c7</label></seclabel>", "" },
        { DISK("/a", ""), "<seclabel type='static' model='selinux' relabel='yes'><label>a:b:c:s0:c7</label></seclabel>",
          "/a=:c7 " },
        { DISK("/a", "<seclabel model='selinux'><label>x:y:z:s0:c9</label></seclabel>"),
          "<seclabel type='none' model='selinux'/>", "/a=:c9 " },
        { "<disk type='file' device='cdrom'><source file='/c'/><target dev='sda'/></disk>", GUEST, "/c=:s0 " },
        { "<disk type='file'><source file='/t'/><backingStore type='file'><format type='raw'/><source file='/b'/></backingStore>"
          "<target dev='vda'/></disk>", GUEST, "/t=:c1,c2 /b=:s0 " },
        { "<disk type='network'><source protocol='nbd' name='/n'><host name='h'/></source><target dev='vda'/></disk>", GUEST,
          "" },
        { "<serial type='pipe'><source path='/none/p'/></serial>", GUEST,
          "/none/p=:c1,c2 /none/p.in=:c1,c2 /none/p.out=:c1,c2 " },
    };
    g_autoptr(Domain) nfs = make("kvm", DISK("/nfs/a", ""), GUEST), missing = make("kvm", DISK("/none", ""), GUEST);
    g_autofree char *first = NULL, *second = NULL;
    g_autoptr(GError) bad = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Domain) doc = make("kvm", cases[i].devices, cases[i].labels);
        g_autoptr(GError) error = NULL;
        g_autofree char *files = NULL;

        prepare(doc, NULL, NULL);
        files = labels_of(doc, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(files, ==, cases[i].files);
    }
    first = labels_of(nfs, &bad);
    second = labels_of(nfs, &bad);
    g_assert_no_error(bad);
    g_assert_cmpstr(first, ==, "/nfs/a=:c1,c2 ");
    g_assert_cmpstr(second, ==, "");
    g_assert_null(labels_of(missing, &bad));
    g_assert_nonnull(strstr(bad->message, "unable to set security context"));
}

static bool
note_owner(void *data, const SecurityFile *file, GError **error)
{
    SecurityOwner owner = { 77, 88 };
    bool change;

    if (!security_dac_decide(*(Domain **)data, file, &owner, &change, error))
        return false;
    if (change)
        g_string_append_printf(((GString **)data)[1], "%s=%u:%u ", file->path, owner.uid, owner.gid);
    return true;
}

static void
test_owners(void)
{
    static const struct { const char *devices, *labels, *files; } cases[] = {
        { DISK("/a", ""), "", "/a=77:88 " },
        { DISK("/a", "<seclabel model='dac' relabel='no'/>"), "", "" },
        { DISK("/a", "<seclabel model='selinux' relabel='no'/>"), "", "/a=77:88 " },
        { DISK("/a", "<seclabel model='dac'><label>+5:6</label></seclabel>"), "", "/a=5:6 " },
        { DISK("/a", "<seclabel model='dac'><label>root:root</label></seclabel>"), "", "/a=0:0 " },
        { DISK("/a", ""), "<seclabel type='none' model='dac'/>", "" },
        { DISK("/a", ""), "<seclabel type='dynamic' model='dac' relabel='no'/>", "" },
        { DISK("/a", "<seclabel model='dac'><label>nobody-here:0</label></seclabel>"), "", NULL },
        { DISK("/a", "<seclabel model='dac'><label>1</label></seclabel>"), "", NULL },
        { DISK("/a", "<seclabel model='dac'><label>1:2:3</label></seclabel>"), "", NULL },
        { DISK("/a", "<seclabel model='dac'><label>-1:2</label></seclabel>"), "", NULL },
        { "<serial type='unix'><source mode='connect' path='/s'/></serial><serial type='dev'><source path='/d'/></serial>", "",
          "/d=77:88 " },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Domain) doc = make("kvm", cases[i].devices, cases[i].labels);
        g_autoptr(GString) out = g_string_new(NULL);
        g_autoptr(GError) error = NULL;
        void *data[] = { doc, out };
        bool ok = security_files_each(doc, note_owner, data, &error);

        g_assert_true(ok == (cases[i].files != NULL));
        if (ok)
            g_assert_cmpstr(out->str, ==, cases[i].files);
        else
            g_assert_nonnull(strstr(error->message, "Failed to parse uid and gid"));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/security/unique", test_unique);
    g_test_add_func("/security/refused", test_refused);
    g_test_add_func("/security/selinux-files", test_selinux_files);
    g_test_add_func("/security/owners", test_owners);
    return g_test_run();
}
