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

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/conf/read", test_read);
    g_test_add_func("/conf/errors", test_errors);
    g_test_add_func("/conf/format", test_format);
    return g_test_run();
}
