/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu_img.h - how qemu-img is called to make a volume
 *
 * Command lines are data here: the driver runs them, the corpus compares them.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "drivers/conf/storage.h"

typedef struct QemuImgRequest {
    const StorageVolume *vol;
    const StorageVolume *input;     /* copy its content; or NULL */
    bool prealloc_metadata;
    const char *secret_path;        /* file with the passphrase of @vol, when it is encrypted */
    const char *input_secret_path;
} QemuImgRequest;

/* The commands that make the volume, in order: one or two
 * (elements are GPtrArray of char *).  NULL with @error for what qemu-img cannot make. */
GPtrArray *qemu_img_create(const QemuImgRequest *request, GError **error);

/* The command that changes the size of an image. */
GPtrArray *qemu_img_resize(const char *path, VolumeFormat format, uint64_t bytes, bool shrink, bool prealloc);
