/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* saveimage.c - the beginning of a file with the memory of a guest: header, definition, cookie. */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/conf/saveimage.h"

#include <string.h>

#include "util/error.h"

#define MAGIC "LibvirtQemudSave"
#define MAGIC_PARTIAL "LibvirtQemudPart"

enum { MAGIC_LEN = 16, VERSION = 2, UNUSED = 14 };

const char *const saveimage_formats[] = { "raw", "gzip", "bzip2", "xz", "lzop", "zstd", NULL };

/* The numbers behind the magic. */
typedef struct Numbers {
    uint32_t version, size, running, format, cookie_at, unused[UNUSED];
} Numbers;
G_STATIC_ASSERT(MAGIC_LEN + sizeof(Numbers) == SAVEIMAGE_HEADER);

void
saveimage_clear(Saveimage *image)
{
    g_clear_pointer(&image->xml, g_free);
    g_clear_pointer(&image->cookie, g_free);
}

static bool
refuse(GError **error, const char *path, const char *why)
{
    error_set(error, VIR_ERR_OPERATION_FAILED, "cannot restore from '%s': %s", path, why);
    return false;
}

bool
saveimage_read_header(const uint8_t *header, const char *path, Saveimage *image, uint32_t *ret_cookie_at, GError **error)
{
    Numbers n;
    uint32_t *words[] = { &n.version, &n.size, &n.running, &n.format, &n.cookie_at };

    image->complete = !memcmp(header, MAGIC, MAGIC_LEN);
    if (!image->complete && memcmp(header, MAGIC_PARTIAL, MAGIC_LEN))
        return refuse(error, path, "it is no save image");
    memcpy(&n, header + MAGIC_LEN, sizeof(n));
    if (n.version > VERSION && GUINT32_SWAP_LE_BE(n.version) <= VERSION)
        for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
            *words[i] = GUINT32_SWAP_LE_BE(*words[i]);
    if (n.version > VERSION)
        return refuse(error, path, "it is of a newer version");
    if (n.size == 0 || n.size > SAVEIMAGE_MAX || n.cookie_at >= n.size)
        return refuse(error, path, "sizes in its header are out of range");
    if (n.format >= SAVEIMAGE_LAST)
        return refuse(error, path, "it is compressed in an unknown way");
    image->size = n.size;
    image->running = n.running == 1;
    image->format = n.format;
    *ret_cookie_at = n.cookie_at;
    return true;
}

bool
saveimage_read_texts(const uint8_t *data, uint32_t cookie_at, const char *path, Saveimage *image, GError **error)
{
    uint32_t xml_room = cookie_at ? cookie_at : image->size;

    if (!memchr(data, '\0', xml_room) || (cookie_at && !memchr(data + cookie_at, '\0', image->size - cookie_at)))
        return refuse(error, path, "its definition has no end");
    saveimage_clear(image);
    image->xml = g_strdup((const char *)data);
    image->cookie = cookie_at ? g_strdup((const char *)data + cookie_at) : NULL;
    return true;
}

GByteArray *
saveimage_write(Saveimage *image)
{
    size_t xml = strlen(image->xml) + 1, cookie = image->cookie ? strlen(image->cookie) + 1 : 0;
    Numbers n = { .version = VERSION, .running = image->running, .format = image->format, .cookie_at = cookie ? xml : 0 };
    GByteArray *out = g_byte_array_sized_new(SAVEIMAGE_HEADER + MAX(image->size, xml + cookie));

    image->size = n.size = (uint32_t)MAX(image->size, xml + cookie);
    g_byte_array_append(out, (const uint8_t *)(image->complete ? MAGIC : MAGIC_PARTIAL), MAGIC_LEN);
    g_byte_array_append(out, (const uint8_t *)&n, sizeof(n));
    g_byte_array_append(out, (const uint8_t *)image->xml, xml);
    if (image->cookie)
        g_byte_array_append(out, (const uint8_t *)image->cookie, cookie);
    while (out->len < SAVEIMAGE_HEADER + image->size)
        g_byte_array_append(out, (const uint8_t *)"", 1);
    return out;
}
