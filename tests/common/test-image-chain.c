/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-image-chain.c - chains of images, from headers written here byte by byte */
#define ERROR_FROM VIR_FROM_NONE
#include "drivers/common/image_chain.h"
#include "util/error.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder;

static char *
place(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static void
put(GByteArray *bytes, uint64_t value, int size)
{
    for (int i = size - 1; i >= 0; i--) {
        uint8_t byte = (uint8_t)(value >> (8 * i));

        g_byte_array_append(bytes, &byte, 1);
    }
}

/* A qcow2 header of version 2 that names @backing of @format (NULL: it does not say which). */
static void
make(const char *name, const char *backing, const char *format)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autofree char *path = place(name);
    size_t extension = format ? 8 + (strlen(format) + 7) / 8 * 8 : 0;
    g_autoptr(GError) error = NULL;

    put(bytes, 0x514649fb00000002, 8);
    put(bytes, backing ? 72 + extension + 8 : 0, 8);
    put(bytes, backing ? strlen(backing) : 0, 4);
    put(bytes, 16, 4);
    put(bytes, 4096, 8);
    while (bytes->len < 72)
        put(bytes, 0, 1);
    if (format) {
        put(bytes, 0xe2792aca, 4);
        put(bytes, strlen(format), 4);
        g_byte_array_append(bytes, (const uint8_t *)format, strlen(format));
        while (bytes->len < 72 + extension)
            put(bytes, 0, 1);
    }
    put(bytes, 0, 8);
    if (backing)
        g_byte_array_append(bytes, (const uint8_t *)backing, strlen(backing));
    while (bytes->len < 512)
        put(bytes, 0, 1);
    g_file_set_contents(path, (const char *)bytes->data, bytes->len, &error);
    g_assert_no_error(error);
}

/* "a.qcow2:qcow2 b:raw ..." or what the error says. */
static void
assert_chain(const char *name, DiskFormat format, const char *expected)
{
    g_autofree char *path = place(name);
    g_autoptr(GError) error = NULL;
    g_autoptr(ImageChain) chain = image_chain_read(path, format, &error);
    g_autoptr(GString) out = g_string_new(NULL);

    for (const ImageChain *layer = chain; layer; layer = layer->backing) {
        const char *shown = layer->store->path;

        g_string_append_printf(out, "%s%s:%s", layer == chain ? "" : " ",
                               g_str_has_prefix(shown, folder) ? shown + strlen(folder) + 1 : shown,
                               disk_format_words[layer->store->format]);
    }
    if (!chain)
        g_string_assign(out, strstr(error->message, expected) ? expected : error->message);
    g_assert_cmpstr(out->str, ==, expected);
}

static void
test_formats(void)
{
    g_autofree char *raw = place("raw"), *inner = place("folder");
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(mkdir(inner, 0700), ==, 0);
    g_file_set_contents(raw, "raw", 3, &error);
    g_assert_no_error(error);
    make("end", NULL, NULL);
    make("one", "raw", "raw");
    make("two", "one", "qcow2");
    make("guess-end", "end", NULL);
    make("guess-raw", "raw", NULL);
    make("guess-more", "one", NULL);
    make("protocol", "raw", "file");
    make("wrong", "raw", "qcow2");

    assert_chain("two", DISK_FORMAT_QCOW2, "two:qcow2 one:qcow2 raw:raw");
    assert_chain("two", DISK_FORMAT_UNSET, "two:raw");
    assert_chain("two", DISK_FORMAT_RAW, "two:raw");
    assert_chain("guess-end", DISK_FORMAT_QCOW2, "guess-end:qcow2 end:qcow2");
    assert_chain("guess-raw", DISK_FORMAT_QCOW2, "guess-raw:qcow2 raw:raw");
    assert_chain("guess-more", DISK_FORMAT_QCOW2, "was not specified in the image metadata");
    assert_chain("protocol", DISK_FORMAT_QCOW2, "protocol:qcow2 raw:raw");
    assert_chain("wrong", DISK_FORMAT_QCOW2, "is not of format 'qcow2'");
    assert_chain("raw", DISK_FORMAT_QCOW2, "is not of format 'qcow2'");
    assert_chain("folder", DISK_FORMAT_UNSET, "folder:dir");
    assert_chain("nothing", DISK_FORMAT_RAW, "cannot access image");
}

static void
test_places(void)
{
    g_autofree char *sub = place("sub"), *link = place("sub/link"), *pipe = place("pipe");

    g_assert_cmpint(mkdir(sub, 0700), ==, 0);
    g_assert_cmpint(symlink("../up", link), ==, 0);
    g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
    make("sub/below", NULL, NULL);
    make("up", "below", "qcow2");
    make("net", "nbd://h/e", "raw");
    make("odd", "blah:x", "raw");
    make("fifo", "pipe", NULL);

    /* What is below is looked for beside the link, not beside what that points to. */
    assert_chain("sub/link", DISK_FORMAT_QCOW2, "sub/link:qcow2 sub/below:qcow2");
    assert_chain("net", DISK_FORMAT_QCOW2, "net:qcow2 e:raw");
    assert_chain("odd", DISK_FORMAT_QCOW2, "its protocol is not known");
    assert_chain("fifo", DISK_FORMAT_QCOW2, "neither a file nor a block device");
}

static void
test_loops(void)
{
    g_autofree char *second = place("loop-link"), *first = place("loop-self");

    make("loop-self", "loop-self", "qcow2");
    make("loop-1", "loop-2", "qcow2");
    make("loop-2", "loop-1", "qcow2");
    g_assert_cmpint(symlink("loop-self", second), ==, 0);
    make("loop-by-link", "loop-link", "qcow2");

    assert_chain("loop-self", DISK_FORMAT_QCOW2, "is self-referential");
    assert_chain("loop-1", DISK_FORMAT_QCOW2, "is self-referential");
    assert_chain("loop-by-link", DISK_FORMAT_QCOW2, "is self-referential");
}

static void
test_depth(void)
{
    for (int i = 0; i < 201; i++) {
        g_autofree char *name = g_strdup_printf("deep-%d", i), *next = g_strdup_printf("deep-%d", i + 1);

        make(name, i < 200 ? next : NULL, i < 200 ? "qcow2" : NULL);
    }
    assert_chain("deep-0", DISK_FORMAT_QCOW2, "lies on more than");
}

static void
remove_folder(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);

    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *child = g_build_filename(path, name, NULL);

        if (g_unlink(child) != 0)
            remove_folder(child);
    }
    g_rmdir(path);
}

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    int result;

    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("chain-XXXXXX", &error);
    g_assert_no_error(error);
    g_test_add_func("/image-chain/formats", test_formats);
    g_test_add_func("/image-chain/places", test_places);
    g_test_add_func("/image-chain/loops", test_loops);
    g_test_add_func("/image-chain/depth", test_depth);
    result = g_test_run();
    remove_folder(folder);
    g_free(folder);
    return result;
}
