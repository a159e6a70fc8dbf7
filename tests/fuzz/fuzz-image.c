/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz-image.c - what is read from the files of a hostile guest's owner
 *
 * The first byte chooses: the header of an image, the beginning of a save image, or a backing file string.  A string
 * that is accepted must survive being written and read once more.
 */
#include <string.h>

#include "drivers/conf/image.h"
#include "drivers/conf/saveimage.h"
#include "drivers/conf/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_source(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Store) store = source_read(text, &error), again = NULL;
    g_autofree char *first = NULL, *second = NULL;

    if (!store) {
        g_assert_nonnull(error);
        return;
    }
    first = source_write(store, true, &error);
    if (!first) /* it names an image that QEMU cannot be told of */
        return;
    again = source_read(first, &error);
    if (!again)
        g_error("what was written is refused: %s\n%s", error->message, first);
    second = source_write(again, true, &error);
    if (g_strcmp0(first, second) != 0)
        g_error("written differently the second time:\n%s\n%s", first, second);
}

static void
try_header(const uint8_t *data, size_t size)
{
    for (VolumeFormat format = VOLUME_FORMAT_UNSET; format < VOLUME_FORMAT_LAST; format++) {
        g_autoptr(GError) error = NULL;
        g_auto(ImageInfo) info = { 0 };
        bool ok = image_parse(data, size, format, "image", &info, &error);

        g_assert_true(ok == !error);
        if (ok && info.backing)
            try_source(info.backing);
    }
}

static void
try_save_image(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_auto(Saveimage) image = { 0 };
    uint32_t cookie_at;

    if (size < SAVEIMAGE_HEADER || !saveimage_read_header(data, "file", &image, &cookie_at, &error) ||
        size - SAVEIMAGE_HEADER < image.size ||
        !saveimage_read_texts(data + SAVEIMAGE_HEADER, cookie_at, "file", &image, &error))
        return;
    g_assert_cmpuint(strlen(image.xml), <, image.size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = NULL;

    if (size == 0)
        return 0;
    switch (data[0] % 3) {
    case 0:
        try_header(data + 1, size - 1);
        return 0;
    case 1:
        try_save_image(data + 1, size - 1);
        return 0;
    default:
        text = g_strndup((const char *)data + 1, size - 1);
        if (g_utf8_validate(text, -1, NULL)) /* image.c lets nothing else through */
            try_source(text);
        return 0;
    }
}
