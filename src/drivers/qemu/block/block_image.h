/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* block_image.h - images beside those a guest was started with: made, given nodes, taken away again
 *
 * A copy, a scratch file, the target of a backup.  What cannot be finished leaves nothing behind: neither node nor file.
 * All is under a job of the guest.
 */
#pragma once

#include "drivers/qemu/command/command_image.h"
#include "drivers/qemu/process/guest.h"

typedef struct BlockImage {
    const Disk *disk;        /* whose settings it has */
    bool reuse;              /* it is there already, and big enough */
    uint64_t size;           /* of what the guest sees */
    const Store *backing;    /* named in its header; NULL: none */
    const char *backing_node;/* under its node; NULL: none, whatever the header says */
} BlockImage;

/* Make the image of @store if it is not there, and give it nodes, whose names are noted in @store. */
bool block_image_make(Guest *guest, QmpClient *qmp, const BlockImage *wanted, Store *store, GError **error);
/* Nodes for an image that is there and all below it, as far as @store has the chain; each is read only but the first. */
bool block_image_open_chain(Guest *guest, QmpClient *qmp, const Disk *disk, Store *store, GError **error);
/* Take away the nodes that are noted, and what they need; a fault is logged. */
void block_image_close(QmpClient *qmp, const SourcePrivate *nodes);
/* Those of @store and all below it down to @until (excluded; NULL: all). */
void block_image_close_chain(QmpClient *qmp, const Store *store, const char *until);
/* Remove the file of an image that was made. */
void block_image_unlink(const Store *store);
/* The topmost node; never NULL for an image with nodes. */
static inline const char *
block_image_node(const Store *store)
{
    return command_image_noted(store->source_private, NULL);
}

/* Let the emulator write to what it had been given to read. */
bool block_image_allow(const Store *store, GError **error);
