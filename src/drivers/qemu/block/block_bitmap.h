/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* block_bitmap.h - dirty bitmaps of images, and the transactions that keep them right
 *
 * A checkpoint is a bitmap of its name in every image that was written since: one in the image on top, and one in
 * each below it down to where the checkpoint was made.  What changed since is all of them together.
 * A chain here is the names of format nodes, NULL-terminated, top first.
 */
#pragma once

#include "util/json.h"

typedef struct BlockBitmap {
    char *name;
    bool recording, busy, persistent, inconsistent;
    uint64_t granularity, dirty; /* bytes */
} BlockBitmap;

typedef struct BlockSnapshot {
    char *name;
    bool has_memory;
} BlockSnapshot;

/* What a node holds beside data. */
typedef struct BlockNode {
    GPtrArray *bitmaps;   /* BlockBitmap, in the order of the reply */
    GPtrArray *snapshots; /* BlockSnapshot: those inside the image */
} BlockNode;

/* By name of the node; from a reply to query-named-block-nodes. */
GHashTable *block_bitmap_read(Json *reply, GError **error);
/* NULL if the node has none of that name. */
const BlockBitmap *block_bitmap_find(GHashTable *nodes, const char *node, const char *name);

/* Whether the bitmap @name of the chain says all that changed. */
bool block_bitmap_is_valid(GHashTable *nodes, const char *const *chain, const char *name);
/* Gather what changed since @name in a bitmap @target_name of @target; NULL if that is not known. */
Json *block_bitmap_backup(GHashTable *nodes, const char *const *chain, const char *name, const char *target,
                          const char *target_name);
/* Forget @name; @ret_reopen gets the names of nodes that must be writable for that, the lowest first. */
Json *block_bitmap_delete(GHashTable *nodes, const char *const *chain, const char *name, GPtrArray *ret_reopen);
/* The images of @chain are merged into the node @target, or copied there: so are their bitmaps.  @written: a
 * bitmap of @target with what was written while that was done, which goes away; or NULL.  NULL: nothing to do. */
Json *block_bitmap_move(GHashTable *nodes, const char *const *chain, const char *target, const char *written);
