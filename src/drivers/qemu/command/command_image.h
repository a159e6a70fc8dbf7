/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* command_image.h - one image of a disk as block nodes
 *
 * Up to three nodes lie on each other: storage finds the bytes, slice takes a part of them, format reads them.  The
 * topmost is the one others name.  The same nodes are made for a command line and for a guest that runs.
 */
#pragma once

#include "drivers/conf/source.h"

enum { COMMAND_IMAGE_NAME_MAX = 31 }; /* of a node, in QEMU */

typedef struct CommandImage {
    const Disk *disk;      /* whose settings hold for all images of the chain */
    Store store;           /* where it is; nothing in it is owned */
    SourceContext source;
    bool top;              /* not below another */
    bool readonly;
    const char *storage;   /* names of nodes */
    const char *slice;     /* NULL: the whole image */
    const char *format;    /* NULL: raw, with no node of its own */
    const char *key;       /* id of the object with the key of an encrypted image */
    const char *backing;   /* node below; NULL: none named */
    bool terminated;       /* there is nothing below, whatever the header says */
} CommandImage;

/* One image that a disk of a running guest gets, be it below or beside the others. */
typedef struct CommandDiskImage {
    const Disk *disk;      /* with its settings */
    unsigned number;       /* of its nodes */
    const char *backing;   /* node below; NULL: none named */
    bool terminated;       /* there is nothing below, whatever the header says */
    bool top, readonly;
} CommandDiskImage;
typedef struct Command Command;
/* Append the -object and -blockdev of it, and note their names in @store. */
bool command_disk_image(Command *command, const CommandDiskImage *wanted, Store *store, GError **error);

/* The image of @disk itself; nothing is copied. */
Store command_image_view(const Disk *disk);
/* How the host caches it: what guests share, they must not cache each. */
DiskCache command_image_cache(const Disk *disk);
/* Whether the bytes need to be read by a format node; @always: raw ones, too. */
bool command_image_needs_format(const Store *store, bool always);

/* NULL with @error set if the image cannot be described. */
Json *command_image_storage(const CommandImage *image, GError **error);
Json *command_image_slice(const CommandImage *image);
Json *command_image_format(const CommandImage *image);

/* The name of QEMU's driver for its format. */
const char *command_image_format_name(const Store *store);
/* Options of blockdev-create, first for the storage, of @size bytes, then for the format, which gives the guest @size.
 * *ret is NULL if there is nothing to make.  @backing may be NULL. */
bool command_image_create_storage(const CommandImage *image, uint64_t size, Json **ret, GError **error);
bool command_image_create_format(const CommandImage *image, uint64_t size, const Store *backing, Json **ret, GError **error);

/* "limits" of a throttle group. */
Json *command_throttle_limits(const IoTune *tune);

/* What a guest that runs knows of its images: which number one has, and the names of its nodes (NULL: it has none such). */
void command_image_note(SourcePrivate **where, const char *storage, const char *slice, const char *format);
/* The noted node of @type ("storage", "slice-storage", "format"), or with NULL the one others name; NULL if there is none. */
const char *command_image_noted(const SourcePrivate *where, const char *type);
