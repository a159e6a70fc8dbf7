/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* saveimage.h - the beginning of a file with the memory of a guest: header, definition, cookie
 *
 * A header of fixed size, in the byte order of the host that wrote it, then `size` bytes with the definition and
 * maybe a cookie, each ended by a zero, then zeros as room for a longer definition; behind that is what QEMU wrote.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    SAVEIMAGE_RAW,
    SAVEIMAGE_GZIP,
    SAVEIMAGE_BZIP2,
    SAVEIMAGE_XZ,
    SAVEIMAGE_LZOP,
    SAVEIMAGE_ZSTD,
    SAVEIMAGE_LAST
} SaveimageFormat;
/* Ends with NULL. */
extern const char *const saveimage_formats[];

enum { SAVEIMAGE_HEADER = 92, SAVEIMAGE_MAX = 64 << 20 };

typedef struct Saveimage {
    bool complete;          /* not: it was being written when something failed */
    bool running;           /* go on when restored */
    SaveimageFormat format; /* of what QEMU wrote */
    uint32_t size;          /* of the texts and the room behind them */
    char *xml, *cookie;     /* cookie NULL: none */
} Saveimage;

void saveimage_clear(Saveimage *image);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Saveimage, saveimage_clear)

/* The header in SAVEIMAGE_HEADER bytes of the file @path: all but the texts; where these are is kept in @ret_cookie_at. */
bool saveimage_read_header(const uint8_t *header, const char *path, Saveimage *image, uint32_t *ret_cookie_at,
                           GError **error);
/* The texts in the image->size bytes behind it. */
bool saveimage_read_texts(const uint8_t *data, uint32_t cookie_at, const char *path, Saveimage *image, GError **error);

/* Header and texts as they are in a file.  image->size is the least size, so that 0 leaves no room; it becomes what was
 * needed.  To write another definition over the one in a file, begin with the size that has, and refuse a result that is
 * longer. */
GByteArray *saveimage_write(Saveimage *image);
