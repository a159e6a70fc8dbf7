/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* snapshot_chain.h - images put on top of a disk's chain and taken off again, in definitions */
#pragma once

#include "drivers/conf/snapshot_gen.h"

/* Take the image, with all below it, out of @disk, which has none then. */
Store *snapshot_chain_take(Disk *disk);
/* Give @disk, which has none, the image @store (taken) with all below it. */
void snapshot_chain_give(Disk *disk, Store *store);
/* @overlay (taken) becomes the image of @disk, on top of what it had. */
void snapshot_chain_push(Disk *disk, Store *overlay);
/* In a definition that does not run: @overlay (taken) in place of what @disk had; what is below is found at the start. */
void snapshot_chain_replace(Disk *disk, Store *overlay);

/* The image that @disk of a snapshot is to make or has made; qcow2 where nothing is said. */
Store *snapshot_chain_overlay(const SnapshotDisk *disk);
/* Whether two definitions mean the same file, device or network image. */
bool snapshot_chain_same(const Store *a, const Store *b);
/* A look at the image of @disk; nothing is copied. */
Store snapshot_chain_view(const Disk *disk);
/* "file 'x'", for errors; to be freed. */
char *snapshot_chain_text(const Store *store);
