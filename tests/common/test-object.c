/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-object.c - object table, published definitions and state files, with networks as objects. */
#include "drivers/common/object.h"

#include <glib/gstdio.h>
#include <libvirt/virterror.h>
#include <string.h>
#include <unistd.h>

#include "drivers/common/state.h"
#include "drivers/conf/network_gen.h"
#include "util/error.h"
#include "util/file.h"

static const ObjectKind kind = {
    .noun = "network",
    .edit = "net-edit",
    .cls = CLASS_NETWORK,
    .error_from = VIR_FROM_NETWORK,
    .no_such = VIR_ERR_NO_NETWORK,
    .inactive_text = "network is not running",
    .transient_text = "transient",
    .xml = &network_xml,
    .name_at = offsetof(Network, name),
    .uuid_at = offsetof(Network, uuid),
    .size = sizeof(Object),
};

#define UUID_A "11111111-2222-3333-4444-555555555555"
#define UUID_B "99999999-2222-3333-4444-555555555555"
#define XML(name, uuid, more)                                                                      \
    "<network><name>" name "</name><uuid>" uuid "</uuid>" more "</network>"

/* Claim and define; the error's message, or NULL when it worked. */
static char *
define(ObjectTable *table, const char *xml)
{
    g_autoptr(GError) error = NULL;
    void *doc = object_parse(table, xml, false, &error);
    g_autoptr(Object) object = NULL;

    g_assert_no_error(error);
    object = object_table_claim(table, doc, &error);
    if (!object) {
        xml_free(&network_xml, doc);
        return g_strdup(error->message);
    }
    g_assert_true(object_set_config(object, doc, &error));
    return NULL;
}

static void
test_table(void)
{
    ObjectTable *table = object_table_new(&kind, NULL, NULL, NULL);
    g_autofree char *taken_uuid = NULL;
    g_autofree char *taken_name = NULL;
    g_autofree char *no_uuid = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_null(define(table, XML("a", UUID_A, "")));
    g_assert_null(define(table, XML("a", UUID_A, "<title>again</title>")));
    g_assert_cmpuint(object_table_count(table), ==, 1);
    taken_uuid = define(table, XML("b", UUID_A, ""));
    g_assert_cmpstr(taken_uuid, ==, "network 'a' is already defined with uuid " UUID_A);
    taken_name = define(table, XML("a", UUID_B, ""));
    g_assert_cmpstr(taken_name, ==, "network 'a' already exists with uuid " UUID_A);
    no_uuid = define(table, "<network><name>a</name></network>"); /* means a new one */
    g_assert_cmpstr(no_uuid, ==, "network 'a' already exists with uuid " UUID_A);
    g_assert_cmpuint(object_table_count(table), ==, 1);
    g_assert_null(object_table_by_name(table, "zz", &error));
    g_assert_true(error_is(error, VIR_ERR_NO_NETWORK));
    g_assert_cmpstr(error->message, ==, "no network with matching name 'zz'");
    {
        g_autoptr(Object) object = object_table_by_name(table, "a", NULL);

        g_assert_true(object_undefine(object, NULL));
        g_assert_false(object_is_persistent(object)); /* still ours to hold */
    }
    g_assert_cmpuint(object_table_count(table), ==, 0);
    object_table_free(table);
}

static void
test_names(void)
{
    static const char *const bad[] = { "..", "a/b", "" };
    ObjectTable *table = object_table_new(&kind, NULL, NULL, NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        Network *doc = xml_new(&network_xml);
        g_autoptr(GError) error = NULL;

        doc->name = g_strdup(bad[i]);
        g_assert_null(object_table_claim(table, doc, &error));
        g_assert_true(error_is(error, VIR_ERR_XML_ERROR));
        xml_free(&network_xml, doc);
    }
    object_table_free(table);
}

/* A reader keeps what it took, whatever is published meanwhile. */
static void
test_snapshot(void)
{
    ObjectTable *table = object_table_new(&kind, NULL, NULL, NULL);
    g_autoptr(Object) object = NULL;
    g_autoptr(Def) held = NULL;
    g_autoptr(Def) now = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_null(define(table, XML("a", UUID_A, "<title>one</title>")));
    object = object_table_by_name(table, "a", NULL);
    held = object_config(object, NULL);
    g_assert_null(define(table, XML("a", UUID_A, "<title>two</title>")));
    now = object_current(object, NULL);
    g_assert_cmpstr(((const Network *)held->doc)->title, ==, "one");
    g_assert_cmpstr(((const Network *)now->doc)->title, ==, "two");
    /* Live without config is transient, and gone when it ends. */
    object_set_live(object, xml_copy(now->xml, now->doc));
    g_assert_true(object_undefine(object, NULL));
    g_assert_true(object_is_active(object));
    g_assert_null(object_config(object, &error));
    g_assert_true(error_is(error, VIR_ERR_OPERATION_INVALID));
    object_set_inactive(object);
    g_assert_cmpuint(object_table_count(table), ==, 0);
    g_clear_pointer(&object, object_unref);
    object_table_free(table);
}

static void
test_state(void)
{
    g_autofree char *dir = g_dir_make_tmp("kit-XXXXXX", NULL);
    ObjectDirs dirs = { .config = g_strdup_printf("%s/networks", dir),
                        .autostart = g_strdup_printf("%s/networks/autostart", dir) };
    g_autofree char *path = state_path(dirs.config, "a");
    g_autofree char *renamed = state_path(dirs.config, "b");
    g_autofree char *link = state_path(dirs.autostart, "a");
    g_autofree char *stray = state_path(dirs.config, "stray");
    g_autofree char *text = NULL;
    g_autofree char *target = NULL;
    g_autoptr(GError) error = NULL;
    ObjectTable *table = object_table_new(&kind, NULL, &dirs, NULL);
    Object *object;

    g_assert_true(object_table_load(table, &error)); /* no folder yet */
    g_assert_null(define(table, XML("a", UUID_A, "<title>t</title>")));
    object = object_table_by_name(table, "a", NULL);
    g_assert_true(object_set_autostart(object, true, &error));
    object_unref(object);
    target = g_file_read_link(link, NULL);
    g_assert_cmpstr(target, ==, path);
    text = state_read(path, &error);
    g_assert_no_error(error);
    g_assert_true(g_str_has_prefix(text, "<!--\nWARNING: THIS FILE IS WRITTEN BY LIBVIRT"));
    g_assert_nonnull(strstr(text, "virsh net-edit a\n-->"));
    object_table_free(table);

    /* A file that is no definition is left alone, and hurts nobody. */
    g_assert_true(file_write_atomic_text(stray, "not xml", 0600, NULL));
    table = object_table_new(&kind, NULL, &dirs, NULL);
    g_assert_true(object_table_load(table, &error));
    g_assert_cmpuint(object_table_count(table), ==, 1);
    object = object_table_by_name(table, "a", &error);
    g_assert_no_error(error);
    g_assert_true(object->lazy);
    g_assert_true(object_is_persistent(object) && object_autostart(object));
    {
        g_autoptr(Def) def = object_config(object, &error);

        g_assert_cmpstr(((const Network *)def->doc)->title, ==, "t");
        g_assert_false(object->lazy);
    }
    g_assert_true(object_rename(object, "b", &error));
    g_assert_no_error(error);
    g_assert_cmpint(access(path, F_OK), <, 0);
    g_assert_cmpint(access(renamed, F_OK), ==, 0);
    g_assert_null(object_table_by_name(table, "a", NULL));
    g_assert_true(object_undefine(object, &error));
    g_assert_cmpint(access(renamed, F_OK), <, 0);
    object_unref(object);
    object_table_free(table);
    g_assert_true(file_remove_tree(dir, NULL));
    g_free(dirs.config);
    g_free(dirs.autostart);
}

/* A file edited into something else by hand says so when it is used. */
static void
test_damage(void)
{
    g_autofree char *dir = g_dir_make_tmp("kit-XXXXXX", NULL);
    ObjectDirs dirs = { .config = dir };
    g_autofree char *path = state_path(dir, "a");
    ObjectTable *table = object_table_new(&kind, NULL, &dirs, NULL);
    g_autoptr(Object) object = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(file_write_atomic_text(path, XML("other", UUID_A, ""), 0600, NULL));
    g_assert_true(object_table_load(table, &error));
    object = object_table_by_name(table, "a", NULL);
    g_assert_null(object_config(object, &error));
    g_assert_nonnull(strstr(error->message, "does not hold the definition of network 'a'"));
    g_clear_error(&error);
    g_assert_true(file_write_atomic_text(path, "<network><uuid>" UUID_A "</uuid>", 0600, NULL));
    g_assert_null(object_config(object, &error));
    g_assert_nonnull(strstr(error->message, path));
    g_clear_pointer(&object, object_unref);
    object_table_free(table);
    g_assert_true(file_remove_tree(dir, NULL));
}

static void
test_thousand(void)
{
    g_autofree char *dir = g_dir_make_tmp("kit-XXXXXX", NULL);
    ObjectDirs dirs = { .config = dir };
    ObjectTable *table = object_table_new(&kind, NULL, &dirs, NULL);
    int64_t before;

    for (int i = 0; i < 1000; i++) {
        g_autofree char *name = g_strdup_printf("net%d", i);
        g_autofree char *path = state_path(dir, name);
        g_autofree char *text = g_strdup_printf(
            "<network><name>%s</name><uuid>00000000-0000-0000-0000-0000%08x</uuid></network>", name,
            i + 1);

        g_assert_true(g_file_set_contents(path, text, -1, NULL));
    }
    before = g_get_monotonic_time();
    g_assert_true(object_table_load(table, NULL));
    g_test_message("index of 1,000: %d us", (int)(g_get_monotonic_time() - before));
    g_assert_cmpuint(object_table_count(table), ==, 1000);
    object_table_free(table);
    g_assert_true(file_remove_tree(dir, NULL));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_LEVEL_ERROR);
    g_test_add_func("/object/table", test_table);
    g_test_add_func("/object/names", test_names);
    g_test_add_func("/object/snapshot", test_snapshot);
    g_test_add_func("/object/state", test_state);
    g_test_add_func("/object/damage", test_damage);
    g_test_add_func("/object/thousand", test_thousand);
    return g_test_run();
}
