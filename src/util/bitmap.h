/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bitmap.h - a set of small numbers, written "0-3,8"
 *
 * CPUs, NUMA nodes and the like.  A NULL Bitmap is "not given"; an empty one is
 * a set with nothing in it.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BITMAP_MAX 65536u

typedef struct Bitmap {
    size_t n_words;
    uint64_t *words;
} Bitmap;

Bitmap *bitmap_new(void);

/* "0-3,^2,5"; NULL for anything else, an empty text or numbers from BITMAP_MAX. */
Bitmap *bitmap_parse(const char *text);
char *bitmap_format(const Bitmap *bitmap);

void bitmap_free(Bitmap *bitmap);
Bitmap *bitmap_copy(const Bitmap *bitmap);
bool bitmap_equal(const Bitmap *a, const Bitmap *b);

/* @bit must be below BITMAP_MAX. */
void bitmap_set(Bitmap *bitmap, size_t bit, bool value);
bool bitmap_get(const Bitmap *bitmap, size_t bit);

/* First member not below @from, or -1. */
int bitmap_next(const Bitmap *bitmap, int from);
size_t bitmap_count(const Bitmap *bitmap);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bitmap, bitmap_free)
