/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* image.h - what the header of an image file says
 *
 * Headers are written by guests' owners, so nothing in them is believed beyond its bounds: lengths
 * are checked, names are text only, and no file that a header names is opened here.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "drivers/conf/storage.h"

typedef struct ImageInfo {
    VolumeFormat format;
    bool has_capacity;
    uint64_t capacity;         /* what the guest sees, in bytes */
    char *backing;             /* as written in the header; NULL if there is none */
    VolumeFormat backing_format; /* UNSET: the header does not say, so it must not be guessed */
    char *data_file;           /* qcow2 with its data elsewhere */
    const char *compat;        /* qcow2: "0.10" or "1.1" */
    uint64_t cluster_size;     /* qcow2 */
    bool lazy_refcounts, extended_l2, encrypted_luks, encrypted_aes;
} ImageInfo;

void image_info_clear(ImageInfo *info);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ImageInfo, image_info_clear)

enum { IMAGE_HEADER_MAX = 34816 + 512 }; /* enough for the volume descriptor of ISO 9660 */

/* Read the header in @data.  @format UNSET: find the format by its magic number; a file of none that is known
 * is raw.  Otherwise read it as @format, and refuse one whose header is no such thing. */
bool image_parse(const uint8_t *data, size_t len, VolumeFormat format, const char *name, ImageInfo *info, GError **error);
