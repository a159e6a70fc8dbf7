/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-conf.c - configuration files: parsing, typed reading, writing back. */
#include "util/conf.h"

#include <libvirt/virterror.h>
#include <string.h>

#include "util/error.h"

typedef struct Settings {
    char *name;
    bool flag;
    int low;
    unsigned port;
    uint64_t bytes;
    char **list;
} Settings;

static const ConfKey keys[] = {
    CONF_KEY(Settings, name, CONF_STRING),  CONF_KEY(Settings, flag, CONF_BOOL),
    CONF_KEY(Settings, low, CONF_INT),      CONF_KEY(Settings, port, CONF_UINT),
    CONF_KEY(Settings, bytes, CONF_UINT64), CONF_KEY(Settings, list, CONF_STRINGS),
    { "gone", CONF_INT, 0, true },          { 0 },
};

static void
test_read(void)
{
    static const char text[] =
        "# a comment\nname = 'it is \"quoted\"'\nflag=1 # why\nlow = -5\nport = 16509\n"
        "bytes = 9000000000\nlist = [ \"a\",\n  'b', # one\n  \"c\", ]\ngone = 3";
    g_autoptr(GError) error = NULL;
    g_autoptr(Conf) conf = conf_parse(text, -1, "t.conf", &error);
    Settings s = { 0 };

    g_assert_no_error(error);
    g_assert_true(conf_read(conf, keys, &s, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(s.name, ==, "it is \"quoted\"");
    g_assert_true(s.flag);
    g_assert_cmpint(s.low, ==, -5);
    g_assert_cmpuint(s.port, ==, 16509);
    g_assert_cmpuint(s.bytes, ==, 9000000000);
    g_assert_cmpuint(g_strv_length(s.list), ==, 3);
    g_assert_cmpstr(s.list[2], ==, "c");
    conf_clear(keys, &s);
    g_assert_null(s.name);
}

static void
test_errors(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        { "name = \"open\n", "t.conf:1: string has no closing quote" },
        { "\n\nname \"x\"", "t.conf:3: '=' expected" },
        { "name = x", "t.conf:1: value expected" },
        { "low = 99999999999999999999", "t.conf:1: number out of range" },
        { "list = [ \"a\" \"b\" ]", "t.conf:1: list has no ','" },
        { "list = [ \"a\",", "t.conf:1: value expected" },
        { "= 3", "t.conf:1: name of a setting expected" },
        { "low = 3 4", "t.conf:1: end of line expected" },
        { "nmae = \"x\"", "t.conf:1: unknown setting 'nmae'" },
        { "low = 1\nport = -1", "t.conf:2: setting 'port' must be a whole number" },
        { "flag = 2", "t.conf:1: setting 'flag' must be 0 or 1" },
        { "name = 3", "t.conf:1: setting 'name' must be a string" },
        { "list = [ 1 ]", "t.conf:1: setting 'list' must be a list of strings" },
        { "low = [[[[[[[[[[[]]]]]]]]]]]", "t.conf:1: lists are nested too deeply" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Conf) conf = conf_parse(cases[i].text, -1, "t.conf", &error);
        Settings s = { 0 };

        if (conf)
            g_assert_false(conf_read(conf, keys, &s, &error));
        g_assert_true(error_is(error, VIR_ERR_CONF_SYNTAX));
        g_assert_true(g_str_has_prefix(error->message, cases[i].message));
        conf_clear(keys, &s);
    }
}

static void
test_format(void)
{
    g_autoptr(Conf) conf =
        conf_parse("a=1\n\n#x\nb = [ 1,[2 ,'x'] ]#end\nc='say \"hi\"'\nd = \"\"\"two\nlines\"\"\"",
                   -1, "f", NULL);
    g_autofree char *text = conf_format(conf);

    g_assert_cmpstr(
        text, ==,
        "a = 1\n#x\nb = [ 1, [ 2, \"x\" ] ] #end\nc = 'say \"hi\"'\nd = \"\"\"two\nlines\"\"\"\n");
    g_assert_cmpint(conf_get(conf, "a")->number, ==, 1);
    g_assert_null(conf_get(conf, "z"));
}

/* Files of Xen's guests: what their syntax adds, and that whatever is written reads the same. */
static void
test_xen(void)
{
    static const char *const texts[] = {
        "", "plain", "it's", "say \"hi\"", "both ' and \"", "ends with '\"", "three '\"\"\"", "back\\slash", "\\", "a\\'\"\\",
        "two\nlines", "rbd:a/b:mon_host=c\\:6789\\;d",
    };
    static const struct {
        const char *text, *message;
    } bad[] = {
        { "a = 0x", "x:1: number out of range" },     { "a = 12ab", "x:1: number out of range" },
        { "a = \"b\\\"", "x:1: string has no closing" },
        { "a = 1\na += 2", "x:2: '+=' joins" },        { "a = [ ]\na += \"b\"", "x:2: '+=' joins" },
        { "a + = 1", "x:1: '=' expected" },           { "a = \"\"\"b\"\"", "x:1: string has no closing" },
    };
    g_autoptr(GError) error = NULL;
    g_autoptr(Conf) conf = conf_parse_full("a = 0x10; b = 010 ;c=[ \"p\" ]\nc += [ \"q\" ]\ns = 'x'\ns += \"y\"\nt += 'z'", -1,
                                           "x", CONF_XEN, &error);
    g_autofree char *many = g_strnfill(20000, '[');

    g_assert_no_error(error);
    g_assert_cmpint(conf_get(conf, "a")->number, ==, 16);
    g_assert_cmpint(conf_get(conf, "b")->number, ==, 8);
    g_assert_cmpuint(conf_get(conf, "c")->list->len, ==, 2);
    g_assert_cmpint(conf_get(conf, "c")->line, ==, 2);
    g_assert_cmpstr(((ConfValue *)conf_get(conf, "c")->list->pdata[1])->string, ==, "q");
    g_assert_cmpstr(conf_get(conf, "s")->string, ==, "xy");
    g_assert_cmpstr(conf_get(conf, "t")->string, ==, "z");
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(Conf) made = conf_new("made", CONF_XEN), again = NULL;
        g_autofree char *text = NULL;

        conf_add(made, "k", conf_value_string(texts[i]));
        text = conf_format(made);
        again = conf_parse_full(text, -1, "x", CONF_XEN, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(conf_get(again, "k")->string, ==, texts[i]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) why = NULL;

        g_assert_null(conf_parse_full(bad[i].text, -1, "x", CONF_XEN, &why));
        g_assert_true(g_str_has_prefix(why->message, bad[i].message));
    }
    g_assert_null(conf_parse_full("a = 1\0b = 2", 11, "x", CONF_XEN, &error));
    g_assert_nonnull(strstr(error->message, "zero byte"));
    g_clear_error(&error);
    memcpy(many, "a = ", 4);
    g_assert_null(conf_parse_full(many, -1, "x", CONF_XEN, &error));
    g_assert_nonnull(strstr(error->message, "nested too deeply"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/conf/read", test_read);
    g_test_add_func("/conf/errors", test_errors);
    g_test_add_func("/conf/format", test_format);
    g_test_add_func("/conf/xen", test_xen);
    return g_test_run();
}
