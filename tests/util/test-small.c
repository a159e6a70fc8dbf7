/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-small.c - UUIDs, text, JSON and files. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <libvirt/virterror.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/json.h"
#include "util/text.h"
#include "util/uuid.h"

static void
test_uuid(void)
{
    static const char *const good[] = { "6695eb01-f6a4-8304-79aa-97f2502e193f",
                                        "6695EB01F6A4830479AA97F2502E193F",
                                        " 6695eb01f6a4-830479aa-97f2502e193f\n" };
    static const char *const bad[] = { "", "6695eb01-f6a4-8304-79aa-97f2502e193",
                                       "6695eb01-f6a4-8304-79aa-97f2502e193f0",
                                       "g695eb01-f6a4-8304-79aa-97f2502e193f",
                                       "66-95eb01-f6a4-8304--79aa-97f2502e193f" };
    uint8_t uuid[16], other[16];

    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autofree char *text = NULL;

        g_assert_true(uuid_parse(good[i], uuid));
        text = uuid_to_string(uuid);
        g_assert_cmpstr(text, ==, good[0]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(uuid_parse(bad[i], uuid));
    uuid_generate(uuid);
    uuid_generate(other);
    g_assert_cmpmem(uuid, 6, uuid, 6);
    g_assert_cmpint(memcmp(uuid, other, 16), !=, 0);
    g_assert_cmpint(uuid[6] >> 4, ==, 4);
    memset(uuid, 0xff, 16);
    g_assert_false(uuid_is_valid(uuid));
}

static void
test_text(void)
{
    uint32_t u;
    int32_t i;
    int64_t l;
    size_t len;
    g_autofree uint8_t *back = text_unhex("00fE", &len);
    static const char *const argv[] = { "a", "b c", "", NULL };
    g_autofree char *line = text_quote_argv(argv);

    g_assert_true(text_parse_uint("4294967295", 10, &u) && u == UINT32_MAX);
    g_assert_false(text_parse_uint("4294967296", 10, &u));
    g_assert_false(text_parse_uint("-1", 10, &u));
    g_assert_false(text_parse_uint(" 1", 10, &u));
    g_assert_false(text_parse_uint("1x", 10, &u));
    g_assert_true(text_parse_int("-2147483648", 10, &i) && i == INT32_MIN);
    g_assert_false(text_parse_int64("9223372036854775808", 10, &l));
    g_assert_true(text_parse_uint("0x1f", 0, &u) && u == 31);
    g_assert_cmpuint(len, ==, 2);
    g_assert_cmpuint(back[1], ==, 0xfe);
    g_assert_null(text_unhex("0", &len));
    g_assert_cmpstr(line, ==, "a 'b c' ''");
    g_assert_true(text_is_file_name("guest 1"));
    g_assert_false(text_is_file_name("../x"));
    g_assert_false(text_is_file_name(".."));
    g_assert_false(text_is_file_name(""));
}

static void
test_json(void)
{
    static const char *const bad[] = { "",    "{",         "[1,]", "{\"a\":1}x",
                                       "nul", "{\"a\" 1}", "null", "{'a':1}" };
    g_autoptr(GError) error = NULL;
    g_autoptr(Json) json =
        json_parse("{\"s\":\"x\",\"n\":-5,\"u\":18446744073709551615,\"l\":[1,2],\"b\":true}", -1,
                   "t", &error);
    g_autoptr(Json) number = json_parse("42", -1, "t", NULL);
    g_autoptr(GString) deep = g_string_new(NULL);
    g_autofree char *text = NULL;
    int64_t n;
    uint64_t u;

    g_assert_no_error(error);
    g_assert_cmpstr(json_get_string(json, "s", &error), ==, "x");
    g_assert_true(json_get_int64(json, "n", &n, &error) && n == -5);
    g_assert_true(json_get_uint64(json, "u", &u, &error) && u == UINT64_MAX);
    g_assert_cmpuint(json_array_len(json_get_array(json, "l", &error)), ==, 2);
    g_assert_no_error(error);
    g_assert_false(json_get_uint64(json, "n", &u, &error));
    g_assert_cmpstr(error->message, ==, "JSON member 'n' is negative");
    g_clear_error(&error);
    g_assert_null(json_get_string(json, "n", &error));
    g_assert_cmpstr(error->message, ==, "JSON member 'n' is int, not a string");
    g_clear_error(&error);
    g_assert_null(json_get_string(json, "zz", &error));
    g_assert_cmpstr(error->message, ==, "JSON object has no member 'zz'");
    g_assert_nonnull(number);
    text = json_format(json, false);
    g_assert_cmpstr(text, ==,
                    "{\"s\":\"x\",\"n\":-5,\"u\":18446744073709551615,\"l\":[1,2],\"b\":true}");
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) why = NULL;

        g_assert_null(json_parse(bad[i], -1, "the reply", &why));
        g_assert_true(g_str_has_prefix(why->message, "cannot parse the reply as JSON"));
    }
    for (int i = 0; i < 1000; i++)
        g_string_append_c(deep, '[');
    g_assert_null(json_parse(deep->str, -1, "t", NULL));
}

static void
test_file(void)
{
    g_autofree char *dir = g_dir_make_tmp("kit-XXXXXX", NULL);
    g_autofree char *sub = g_build_filename(dir, "a/b/c", NULL);
    g_autofree char *path = g_build_filename(sub, "f", NULL);
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    struct stat st;
    size_t len;

    g_assert_true(file_mkdir_p(sub, 0755, &error) && file_mkdir_p(sub, 0755, &error));
    g_assert_true(file_write_atomic_text(path, "one", 0600, &error));
    g_assert_true(file_write_atomic_text(path, "two", 0640, &error));
    g_assert_true(file_read_limited(path, 3, &text, &len, &error));
    g_assert_cmpstr(text, ==, "two");
    g_assert_cmpint(stat(path, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 0777, ==, 0640);
    g_assert_no_error(error);
    g_assert_false(file_read_limited(path, 2, &text, &len, &error));
    g_assert_cmpint(error_errno(error), ==, EFBIG);
    g_clear_error(&error);
    g_assert_false(file_mkdir_p(path, 0755, &error)); /* a file is in the way */
    g_clear_error(&error);
    {
        g_autoptr(GDir) list = g_dir_open(sub, 0, NULL);

        g_assert_cmpstr(g_dir_read_name(list), ==, "f"); /* and no temporary file */
        g_assert_null(g_dir_read_name(list));
    }
    g_assert_true(file_remove_tree(dir, &error));
    g_assert_cmpint(access(dir, F_OK), <, 0);
}

static void
check_beneath(void)
{
    g_autofree char *dir = g_dir_make_tmp("kit-XXXXXX", NULL);
    g_autofree char *in = g_build_filename(dir, "in", NULL);
    g_autofree char *file = g_build_filename(in, "f", NULL);
    g_autofree char *out = g_build_filename(in, "out", NULL);
    static const char *const refused[] = { "../x", "/etc/passwd", "out", "sub/../../x" };
    autofd int root = -1, fd = -1;

    g_assert_cmpint(mkdir(in, 0700), ==, 0);
    g_assert_true(file_write_atomic_text(file, "x", 0600, NULL));
    g_assert_cmpint(symlink("/etc/passwd", out), ==, 0);
    root = open(in, O_PATH | O_DIRECTORY | O_CLOEXEC);
    fd = file_open_beneath(root, "f", O_RDONLY, 0, NULL);
    g_assert_cmpint(fd, >=, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_cmpint(file_open_beneath(root, refused[i], O_RDONLY, 0, &error), ==, -1);
        g_assert_true(error_is(error, VIR_ERR_SYSTEM_ERROR));
    }
    g_assert_true(file_remove_tree(dir, NULL));
}

static void
test_beneath(void)
{
    check_beneath();
    g_setenv("LIBVIRT_TEST_NO_OPENAT2", "1", TRUE);
    check_beneath();
    g_unsetenv("LIBVIRT_TEST_NO_OPENAT2");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/uuid", test_uuid);
    g_test_add_func("/text", test_text);
    g_test_add_func("/json", test_json);
    g_test_add_func("/file/write", test_file);
    g_test_add_func("/file/beneath", test_beneath);
    return g_test_run();
}
