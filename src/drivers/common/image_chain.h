/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* image_chain.h - an image and those below it, found by reading their headers
 *
 * Whoever wrote a header chooses what is opened next, so a format is never guessed where that could matter: an image
 * whose format nobody states is raw, and one below another may be probed only if it ends the chain.  Images that are
 * not local are named, not opened.
 */
#pragma once

#include "drivers/conf/disk_gen.h"
#include "drivers/conf/image.h"

typedef struct ImageChain ImageChain;
struct ImageChain {
    Store *store;       /* where it is, and its format */
    ImageInfo info;     /* zeros for what has no header of ours */
    char *relative;     /* the path as written in the header above, if it is a relative one */
    Store *data_file;   /* raw; NULL if the data is in the image itself */
    ImageChain *backing;
};

void image_chain_free(ImageChain *chain);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImageChain, image_chain_free)

/* The file, device or folder @path.  @format UNSET: nobody states it. */
ImageChain *image_chain_read(const char *path, DiskFormat format, GError **error);
