/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-qemu-firmware.c - descriptors, which of them count, and what they do to a definition
 *
 * Each test has a root of its own, with a few made-up images in the three folders.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/firmware/firmware_fill.h"

#include <string.h>
#include <utime.h>

#include "drivers/qemu/firmware/interop.h"
#include "drivers/qemu/firmware/vhostuser.h"
#include "util/error.h"
#include "util/file.h"

#define HOME "/home/me/.config"
#define UEFI(mapping, arch, machines, features) \
    "{\"interface-types\": [\"uefi\"], \"mapping\": " mapping ", \"targets\": [{\"architecture\": \"" arch "\", " \
    "\"machines\": [" machines "]}], \"features\": [" features "]}"
#define FLASH(code, vars, format) \
    "{\"device\": \"flash\", \"mode\": \"split\", \"executable\": {\"filename\": \"" code "\", \"format\": \"" format "\"}, " \
    "\"nvram-template\": {\"filename\": \"" vars "\", \"format\": \"" format "\"}}"
#define MEMORY(path) "{\"device\": \"memory\", \"filename\": \"" path "\"}"
#define Q35 "\"pc-q35-*\""

static const struct { const char *path, *text; } files[] = {
    { "/usr/share/qemu/firmware/10-secure.json",
      UEFI(FLASH("/fw/sec.qcow2", "/fw/sec-vars.qcow2", "qcow2"), "x86_64", Q35,
           "\"acpi-s3\", \"enrolled-keys\", \"requires-smm\", \"secure-boot\"") },
    { "/usr/share/qemu/firmware/20-plain.json",
      UEFI(FLASH("/fw/plain.fd", "/fw/plain-vars.fd", "raw"), "x86_64", Q35 ", \"pc-i440fx-*\"", "\"amd-sev\"") },
    { "/usr/share/qemu/firmware/30-hidden.json", UEFI(MEMORY("/fw/hidden"), "x86_64", Q35, "") },
    { "/etc/qemu/firmware/30-hidden.json", "" },
    { "/usr/share/qemu/firmware/40-replaced.json", "{}" },
    { HOME "/qemu/firmware/40-replaced.json",
      "{\"interface-types\": [\"bios\"], \"mapping\": " MEMORY("/fw/bios") ", \"targets\": [{\"architecture\": \"i386\", "
      "\"machines\": [\"*\"]}, {\"architecture\": \"x86_64\", \"machines\": [\"*\"]}], \"features\": [\"some-day\"]}" },
    { "/usr/share/qemu/firmware/50-tdx.json", UEFI(MEMORY("/fw/tdx.fd"), "x86_64", Q35, "\"intel-tdx\"") },
    { "/usr/share/qemu/firmware/60-broken.json", "{\"interface-types\": [\"magic\"]}" },
    { "/usr/share/qemu/firmware/README", "no descriptor" },
    { "/usr/share/qemu/vhost-user/50-gpu.json", "{\"type\": \"gpu\", \"binary\": \"/bin/gpu\"}" },
};

typedef struct Root {
    char *path;
    FirmwareList *list;
} Root;

static void
set_up(Root *root, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    root->path = g_dir_make_tmp("firmware-XXXXXX", &error);
    g_assert_no_error(error);
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(root->path, files[i].path, NULL);
        g_autofree char *dir = g_path_get_dirname(path);

        g_assert_cmpint(g_mkdir_with_parents(dir, 0755), ==, 0);
        g_assert_true(file_write_atomic_text(path, files[i].text, 0644, &error));
    }
    root->list = firmware_list_load(root->path, HOME, &error);
    g_assert_no_error(error);
}

static void
tear_down(Root *root, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    firmware_list_unref(root->list);
    g_assert_true(file_remove_tree(root->path, &error));
    g_free(root->path);
}

static void
test_list(Root *root, gconstpointer data)
{
    static const char *const expected[] = {
        "/usr/share/qemu/firmware/10-secure.json", "/usr/share/qemu/firmware/20-plain.json",
        HOME "/qemu/firmware/40-replaced.json", "/usr/share/qemu/firmware/50-tdx.json",
        "/usr/share/qemu/firmware/60-broken.json",
    };
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) paths = interop_list(root->path, HOME, "firmware", &error);
    g_autoptr(GPtrArray) none = interop_list(root->path, NULL, "nothing", &error);

    g_assert_cmpuint(paths->len, ==, G_N_ELEMENTS(expected));
    for (size_t i = 0; i < paths->len; i++)
        g_assert_cmpstr(paths->pdata[i], ==, expected[i]);
    g_assert_cmpuint(none->len, ==, 0);
    g_assert_cmpuint(root->list->all->len, ==, 4); /* without the broken one */
}

static void
test_refresh(Root *root, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FirmwareList) same = firmware_list_refresh(root->list, root->path, HOME, &error);
    g_autoptr(FirmwareList) changed = NULL;
    g_autoptr(FirmwareList) fewer = NULL;
    g_autofree char *path = g_build_filename(root->path, "/usr/share/qemu/firmware/20-plain.json", NULL);
    const struct utimbuf later = { 1000, 1000 };

    g_assert_true(same == root->list);
    g_assert_cmpint(utime(path, &later), ==, 0);
    changed = firmware_list_refresh(root->list, root->path, HOME, &error);
    g_assert_true(changed != root->list);
    g_assert_true(file_unlink(path, &error));
    fewer = firmware_list_refresh(changed, root->path, HOME, &error);
    g_assert_cmpuint(fewer->all->len, ==, 3);
}

static void
test_support(Root *root, gconstpointer data)
{
    g_auto(FirmwareSupport) q35 = { 0 };
    g_auto(FirmwareSupport) i686 = { 0 };

    firmware_list_support(root->list, "x86_64", "pc-q35-9.2", &q35);
    g_assert_true(q35.bios && q35.efi && q35.secure);
    g_assert_cmpuint(q35.images->len, ==, 4);
    firmware_list_support(root->list, "i686", "pc", &i686);
    g_assert_true(i686.bios && !i686.efi && !i686.secure);
    g_assert_cmpuint(i686.images->len, ==, 1);
}

static void
test_broken(void)
{
    static const struct { const char *text, *message; } cases[] = {
        { "{\"interface-types\": [\"magic\"]}", "unknown interface type: 'magic'" },
        { "{\"interface-types\": [\"uefi\"], \"mapping\": {\"device\": \"card\"}}", "unknown mapping device 'card'" },
        { UEFI("{\"device\": \"flash\", \"mode\": \"odd\"}", "x86_64", Q35, ""), "unknown flash mode 'odd'" },
        { UEFI(FLASH("/a", "/b", "vmdk"), "x86_64", Q35, ""), "format 'vmdk' of image '/a' is none of firmware" },
        { UEFI(MEMORY("/a"), "x86_64", "1", ""), "a machine of target 'x86_64' is no string" },
        { "[]", "" }, { "", "" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(firmware_parse(cases[i].text, "file", &error));
        g_assert_nonnull(strstr(error->message, cases[i].message));
    }
}

static void
test_vhostuser(Root *root, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Vhostuser) gpu = vhostuser_find(root->path, HOME, "gpu", &error);

    g_assert_cmpstr(gpu->binary, ==, "/bin/gpu");
    g_assert_null(vhostuser_find(root->path, HOME, "fs", &error));
    g_assert_true(error_is(error, VIR_ERR_OPERATION_FAILED));
    g_clear_error(&error);
    g_assert_null(vhostuser_parse("{\"type\": \"gpu\", \"binary\": \"gpu\"}", "file", &error));
    g_assert_nonnull(strstr(error->message, "must be absolute"));
    g_clear_error(&error);
    g_assert_null(vhostuser_parse("{\"type\": \"spoon\", \"binary\": \"/gpu\"}", "file", &error));
    g_assert_nonnull(strstr(error->message, "unknown device type 'spoon'"));
}

/* What is asked for in <os>, and the loader and template that come of it (NULL: nothing fits). */
static void
test_fill(Root *root, gconstpointer data)
{
    static const struct { const char *os, *more, *loader, *template, *nvram; bool fresh; } cases[] = {
        { "<os firmware='efi'>", "", "/fw/plain.fd", "/fw/plain-vars.fd", "/nv/g_VARS.fd", false },
        { "<os firmware='efi'>", "", "/fw/sec.qcow2", "/fw/sec-vars.qcow2", "/nv/g_VARS.qcow2", true },
        { "<os firmware='efi'><loader secure='no'/>", "", "/fw/plain.fd", "/fw/plain-vars.fd", "/nv/g_VARS.fd", true },
        { "<os firmware='efi'><firmware><feature name='secure-boot' enabled='no'/></firmware>", "", "/fw/plain.fd",
          "/fw/plain-vars.fd", "/nv/g_VARS.fd", true },
        { "<os firmware='efi'>", "<features><smm state='off'/></features>", "/fw/plain.fd", "/fw/plain-vars.fd",
          "/nv/g_VARS.fd", true },
        { "<os firmware='efi'>", "<pm><suspend-to-mem enabled='yes'/></pm>", "/fw/sec.qcow2", "/fw/sec-vars.qcow2",
          "/nv/g_VARS.qcow2", true },
        { "<os firmware='efi'>", "<pm><suspend-to-disk enabled='yes'/></pm>", NULL, NULL, NULL, true },
        { "<os firmware='efi'>", "<launchSecurity type='sev'><policy>0x1</policy></launchSecurity>", "/fw/plain.fd",
          "/fw/plain-vars.fd", "/nv/g_VARS.fd", true },
        { "<os firmware='efi'>", "<launchSecurity type='sev'><policy>0x4</policy></launchSecurity>", NULL, NULL, NULL, true },
        { "<os firmware='efi'><nvram template='/other'/>", "", NULL, "/other", NULL, true },
        { "<os firmware='efi'><loader readonly='no' type='pflash'/>", "", NULL, NULL, NULL, true },
        { "<os firmware='efi'><loader type='rom'/>", "", "/fw/tdx.fd", NULL, NULL, true },
        { "<os firmware='bios'>", "", "/fw/bios", NULL, NULL, true },
        { "<os><loader readonly='yes' type='pflash'>/fw/plain.fd</loader>", "", "/fw/plain.fd", "/fw/plain-vars.fd",
          "/nv/g_VARS.fd", false },
        { "<os><loader readonly='yes' type='pflash'>/own/code:fd</loader>", "", "/own/code:fd", NULL, "/nv/g_VARS.fd", false },
        { "<os><loader readonly='yes' type='pflash'>/own/code</loader>", "", "/own/code", "/own/vars", "/nv/g_VARS.fd", false },
        { "<os><loader>/own/rom</loader>", "", "/own/rom", NULL, NULL, false },
    };
    static char *const pairs[] = { "/own/code:/own/vars", NULL };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *xml = g_strdup_printf("<domain type='kvm'><name>g</name><memory>1</memory>%s"
                                               "<type arch='x86_64' machine='pc-q35-9.2'>hvm</type></os>%s</domain>",
                                               cases[i].os, cases[i].more);
        g_autoptr(GError) error = NULL;
        g_autoptr(Domain) def = xml_parse_text(&domain_xml, xml, XML_PARSE_INACTIVE, &error);
        const FirmwareFill fill = { root->list, pairs, "/nv", cases[i].fresh };

        g_assert_no_error(error);
        firmware_fill(def, &fill);
        g_test_message("%zu: %s %s", i, cases[i].os, cases[i].more);
        g_assert_cmpstr(def->loader, ==, cases[i].loader);
        g_assert_cmpstr(def->nvram ? def->nvram->template : NULL, ==, cases[i].template);
        g_assert_cmpstr(def->nvram ? def->nvram->path_text : NULL, ==, cases[i].nvram);
        g_assert_cmpint(firmware_fill_is_done(def, &error), ==, cases[i].loader != NULL);
        if (cases[i].loader && g_str_has_prefix(cases[i].loader, "/fw/sec")) {
            g_assert_cmpint(def->loader_secure, ==, YESNO_YES);
            g_assert_cmpint(def->features->smm, ==, ONOFF_ON);
            g_assert_cmpuint(def->firmware_features->len, ==, 2);
        }
        if (!cases[i].loader)
            g_assert_nonnull(strstr(error->message, "Unable to find"));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/qemu/firmware/list", Root, NULL, set_up, test_list, tear_down);
    g_test_add("/qemu/firmware/refresh", Root, NULL, set_up, test_refresh, tear_down);
    g_test_add("/qemu/firmware/support", Root, NULL, set_up, test_support, tear_down);
    g_test_add("/qemu/firmware/vhostuser", Root, NULL, set_up, test_vhostuser, tear_down);
    g_test_add("/qemu/firmware/fill", Root, NULL, set_up, test_fill, tear_down);
    g_test_add_func("/qemu/firmware/broken", test_broken);
    return g_test_run();
}
