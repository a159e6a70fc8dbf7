/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* imagefile.h - files that QEMU writes the state of a guest to and reads it from
 *
 * QEMU gets one descriptor; behind it are the file, or a program that packs what passes, or one that keeps it out of
 * the host's page cache, or both.  A file is there under its name only once it is whole: until then it has no name
 * (or, where file systems know no such files, another one), so that nothing is left when something fails.
 */
#pragma once

#include "drivers/conf/saveimage.h"
#include "util/process.h"

typedef struct ImageFile {
    char *path;             /* where it shall be, links resolved */
    int fd;                 /* of the file */
    int end;                /* for QEMU; also ours to write and read before that.  -1 once given up */
    bool in_place;          /* there before, and no ordinary file: a block device, a pipe */
    char *temp;             /* its name until it is whole, or NULL: it has none */
    Process programs[2];
    size_t n_programs;
    int said;               /* what they print */
} ImageFile;

#define IMAGEFILE_INIT { .fd = -1, .end = -1, .said = -1 }
/* Ends the programs and removes what is not whole. */
void imagefile_clear(ImageFile *file);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ImageFile, imagefile_clear)

/* @direct: past the page cache. */
bool imagefile_create(ImageFile *file, const char *path, bool direct, GError **error);
/* What is written from now on is packed. */
bool imagefile_pack(ImageFile *file, SaveimageFormat format, GError **error);
/* QEMU has its copy of the descriptor, or is done: with ours open its programs would wait for more. */
void imagefile_let_go(ImageFile *file);
/* Let go, and wait for the programs; false with what they said if one of them failed. */
bool imagefile_programs_ok(ImageFile *file, GError **error);
/* Everything is written: wait for the programs, have it on disk.  @header may be NULL; it replaces the beginning of what was
 * written in place.  Then give it its name. */
bool imagefile_finish(ImageFile *file, const GByteArray *header, GError **error);

bool imagefile_open(ImageFile *file, const char *path, bool direct, GError **error);
bool imagefile_unpack(ImageFile *file, SaveimageFormat format, GError **error);
/* Header and texts of @file, from its beginning. */
bool imagefile_read_header(ImageFile *file, Saveimage *image, GError **error);

/* A setting such as save_image_format.  @setting: its name, for messages; NULL @word is raw. */
bool imagefile_format(const char *setting, const char *word, SaveimageFormat *ret_format, GError **error);
