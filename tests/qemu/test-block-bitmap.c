/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-block-bitmap.c - dirty bitmaps that are not as they should be, beside those of the corpus that are */
#define ERROR_FROM VIR_FROM_NONE
#include "drivers/qemu/block/block_bitmap.h"

static const char *const chain[] = { "n1", "n2", "n3", NULL };

/* "n1:a,b n2:a! n3": '!' marks one that is inconsistent, '~' one that records no more. */
static GHashTable *
nodes_of(const char *text)
{
    g_auto(GStrv) nodes = g_strsplit(text, " ", -1);
    g_autoptr(Json) reply = json_new_array();
    g_autoptr(GError) error = NULL;
    GHashTable *read;

    for (char **node = nodes; *node; node++) {
        g_auto(GStrv) parts = g_strsplit_set(*node, ":,", -1);
        Json *entry = json_new_object(), *bitmaps = json_new_array();

        json_add_string(entry, "node-name", parts[0]);
        for (char **part = parts + 1; *part; part++) {
            Json *bitmap = json_new_object();
            char name[2] = { (*part)[0], '\0' };

            json_add_string(bitmap, "name", name);
            json_add_bool(bitmap, "recording", (*part)[1] != '~');
            json_add_bool(bitmap, "persistent", true);
            json_add_bool(bitmap, "busy", false);
            json_add_bool(bitmap, "inconsistent", (*part)[1] == '!');
            json_add_uint64(bitmap, "granularity", 4096);
            json_add_uint64(bitmap, "count", 0);
            json_append(bitmaps, bitmap);
        }
        json_add(entry, "dirty-bitmaps", bitmaps);
        json_append(reply, entry);
    }
    read = block_bitmap_read(reply, &error);
    g_assert_no_error(error);
    return read;
}

static void
test_valid(void)
{
    static const struct {
        const char *nodes;
        bool valid;
    } cases[] = {
        { "n1:a", true },         { "n1:a n2:a n3:a", true }, { "n1:a n2:a n3", true },   { "n1:b n2:a", false },
        { "n1:a n2 n3:a", false }, { "n1:a! n2:a", false },    { "n1:a n2:a!", false },    { "n1:a~", false },
        { "n2:a", false },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GHashTable) nodes = nodes_of(cases[i].nodes);
        g_autoptr(Json) backup = block_bitmap_backup(nodes, chain, "a", "t", "x");

        g_test_message("%s", cases[i].nodes);
        g_assert_true(block_bitmap_is_valid(nodes, chain, "a") == cases[i].valid);
        g_assert_true((backup != NULL) == cases[i].valid); /* a backup that misses changes would be worse than none */
    }
}

static void
test_move(void)
{
    g_autoptr(GHashTable) nodes = nodes_of("n1:a,b! n2:a n3:b");
    const char *const top[] = { "n1", "n2", NULL };
    g_autoptr(Json) actions = block_bitmap_move(nodes, top, "n3", NULL);
    g_autofree char *text = json_format(actions, false);

    g_assert_cmpstr(text, ==,
                    "[{\"type\":\"block-dirty-bitmap-add\",\"data\":{\"node\":\"n3\",\"name\":\"a\",\"persistent\":true,"
                    "\"disabled\":false,\"granularity\":4096}},{\"type\":\"block-dirty-bitmap-merge\",\"data\":{\"node\":\"n3\","
                    "\"target\":\"a\",\"bitmaps\":[{\"node\":\"n1\",\"name\":\"a\"},{\"node\":\"n2\",\"name\":\"a\"}]}}]");
    g_assert_null(block_bitmap_move(nodes, (const char *const[]){ "none", NULL }, "n3", NULL));
}

static void
test_delete(void)
{
    g_autoptr(GHashTable) nodes = nodes_of("n1:a n2:b n3:a!");
    g_autoptr(GPtrArray) reopen = g_ptr_array_new();
    g_autoptr(Json) actions = block_bitmap_delete(nodes, chain, "a", reopen);

    g_assert_cmpuint(json_array_len(actions), ==, 2); /* spoilt ones go, too */
    g_assert_cmpuint(reopen->len, ==, 1);
    g_assert_cmpstr(reopen->pdata[0], ==, "n3");
}

static void
test_hostile(void)
{
    static const char *const replies[] = { "{}", "[{\"node-name\":\"n\",\"dirty-bitmaps\":[{\"name\":\"a\"}]}]",
                                           "[{\"node-name\":\"n\",\"dirty-bitmaps\":[{\"name\":\"a\",\"granularity\":-1,\"count\":0}]}]" };

    for (size_t i = 0; i < G_N_ELEMENTS(replies); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Json) reply = json_parse(replies[i], -1, "reply", &error);

        g_assert_no_error(error);
        g_assert_null(block_bitmap_read(reply, &error));
        g_assert_nonnull(error);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/block-bitmap/valid", test_valid);
    g_test_add_func("/block-bitmap/move", test_move);
    g_test_add_func("/block-bitmap/delete", test_delete);
    g_test_add_func("/block-bitmap/hostile", test_hostile);
    return g_test_run();
}
