/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* block_chain.h - the images of a disk by their place and their names, and where block jobs move them */
#pragma once

#include "drivers/conf/domain_gen.h"

/* The images of a disk, top first; Store, which look at the disk and own nothing. */
GArray *block_chain_of(const Disk *disk);
static inline const Store *
block_chain_at(const GArray *chain, guint i)
{
    return &g_array_index(chain, Store, i);
}
/* Names of the nodes of images @first to @last (excluded), NULL-terminated, to be freed with g_free(). */
const char **block_chain_nodes(const GArray *chain, guint first, guint last);
/* The member that holds what is below image @i. */
Store **block_chain_below(Disk *disk, guint i);

/* The disk by target, or by the path of its image; NULL with @error set. */
Disk *block_chain_disk(const Domain *def, const char *name, GError **error);
/* The disk of "vda[3]" or "vda" or of a path; *ret_at is the image, -1 if none is named. */
Disk *block_chain_disk_image(const Domain *def, const char *name, int *ret_at, GError **error);
/* The place of the image that @name means ("vda[3]", a path, the path as its overlay has it); -1 with @error set. */
int block_chain_find(const GArray *chain, const char *target, const char *name, GError **error);
/* The place of the image with node @node, or -1. */
int block_chain_find_node(const GArray *chain, const char *node);
/* How image @parent would name image @at relatively; NULL with @error set if it cannot. */
char *block_chain_relative(const GArray *chain, guint parent, guint at, GError **error);

/* What a user calls an image in an error. */
const char *block_chain_text(const Store *store);

/* The other end of a job: a look at it, a copy of @store in its place, and it taken out. */
Store block_chain_mirror_view(const Mirror *mirror);
void block_chain_set_mirror(Disk *disk, const Store *store, DiskJob job);
Store *block_chain_take_mirror(Disk *disk);

/* The disk of a definition that has the same image as @disk, or NULL. */
Disk *block_chain_same(Domain *config, const Disk *disk);
/* Remove what is not for a definition: names of nodes, numbers. */
void block_chain_strip(Store *store);
