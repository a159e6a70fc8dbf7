/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-saveimage.c - the beginning of save images: there and back, of another byte order, and spoilt */
#define ERROR_FROM VIR_FROM_NONE
#include "drivers/conf/saveimage.h"
#include "drivers/conf/saveimage_gen.h"

#include <string.h>

static bool
read_back(const GByteArray *bytes, Saveimage *image, GError **error)
{
    uint32_t cookie_at;

    return saveimage_read_header(bytes->data, "file", image, &cookie_at, error) &&
           bytes->len >= SAVEIMAGE_HEADER + image->size &&
           saveimage_read_texts(bytes->data + SAVEIMAGE_HEADER, cookie_at, "file", image, error);
}

static GByteArray *
sample(void)
{
    g_auto(Saveimage) image = { .complete = true, .running = true, .format = SAVEIMAGE_XZ, .size = 100,
                                .xml = g_strdup("<domain/>"), .cookie = g_strdup("<cookie/>") };

    return saveimage_write(&image);
}

static void
test_there_and_back(void)
{
    g_autoptr(GByteArray) bytes = sample();
    g_auto(Saveimage) image = { 0 };
    g_autoptr(GError) error = NULL;
    g_autoptr(SaveCookie) cookie = NULL;

    g_assert_cmpuint(bytes->len, ==, SAVEIMAGE_HEADER + 100);
    g_assert_true(read_back(bytes, &image, &error));
    g_assert_true(image.complete && image.running);
    g_assert_cmpint(image.format, ==, SAVEIMAGE_XZ);
    g_assert_cmpstr(image.xml, ==, "<domain/>");
    g_assert_cmpstr(image.cookie, ==, "<cookie/>");
    cookie = xml_parse_text(&save_cookie_xml, image.cookie, XML_PARSE_STRICT, &error);
    g_assert_no_error(error);

    /* A longer definition takes its room from behind; one that does not fit makes the whole longer. */
    g_free(image.xml);
    image.xml = g_strnfill(80, 'x');
    g_clear_pointer(&bytes, g_byte_array_unref);
    bytes = saveimage_write(&image);
    g_assert_cmpuint(image.size, ==, 100);
    g_free(image.xml);
    image.xml = g_strnfill(95, 'x');
    g_clear_pointer(&bytes, g_byte_array_unref);
    bytes = saveimage_write(&image);
    g_assert_cmpuint(image.size, ==, 96 + 10);
    g_assert_true(read_back(bytes, &image, &error));
    g_assert_cmpuint(strlen(image.xml), ==, 95);
}

static void
test_byte_order(void)
{
    g_autoptr(GByteArray) bytes = sample();
    g_auto(Saveimage) image = { 0 };
    g_autoptr(GError) error = NULL;

    for (size_t at = 16; at < SAVEIMAGE_HEADER; at += 4) {
        uint32_t word;

        memcpy(&word, bytes->data + at, 4);
        word = GUINT32_SWAP_LE_BE(word);
        memcpy(bytes->data + at, &word, 4);
    }
    g_assert_true(read_back(bytes, &image, &error));
    g_assert_cmpstr(image.cookie, ==, "<cookie/>");
}

/* Every byte of the header at its worst: never read past the texts. */
static void
test_spoilt(void)
{
    for (size_t at = 0; at < SAVEIMAGE_HEADER; at++) {
        for (int value = 0; value < 256; value += 51) {
            g_autoptr(GByteArray) bytes = sample();
            g_auto(Saveimage) image = { 0 };
            g_autoptr(GError) error = NULL;

            bytes->data[at] = (uint8_t)value;
            if (!read_back(bytes, &image, &error))
                continue;
            g_assert_no_error(error);
            g_assert_nonnull(image.xml);
        }
    }
    for (size_t at = SAVEIMAGE_HEADER; at < SAVEIMAGE_HEADER + 100; at++) {
        g_autoptr(GByteArray) bytes = sample();
        g_auto(Saveimage) image = { 0 };
        g_autoptr(GError) error = NULL;

        memset(bytes->data + at, 'x', bytes->len - at);
        g_assert_true(read_back(bytes, &image, &error) == (at > SAVEIMAGE_HEADER + 19));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/saveimage/there-and-back", test_there_and_back);
    g_test_add_func("/saveimage/byte-order", test_byte_order);
    g_test_add_func("/saveimage/spoilt", test_spoilt);
    return g_test_run();
}
