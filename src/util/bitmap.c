/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bitmap.c - a set of small numbers, grown as needed; see bitmap.h. */
#include "util/bitmap.h"

#include <string.h>

Bitmap *
bitmap_new(void)
{
    return g_new0(Bitmap, 1);
}

void
bitmap_free(Bitmap *bitmap)
{
    if (!bitmap)
        return;
    g_free(bitmap->words);
    g_free(bitmap);
}

Bitmap *
bitmap_copy(const Bitmap *bitmap)
{
    Bitmap *copy;

    if (!bitmap)
        return NULL;
    copy = bitmap_new();
    copy->n_words = bitmap->n_words;
    copy->words = g_memdup2(bitmap->words, bitmap->n_words * sizeof(uint64_t));
    return copy;
}

void
bitmap_set(Bitmap *bitmap, size_t bit, bool value)
{
    size_t word = bit / 64;

    g_assert(bit < BITMAP_MAX);
    if (word >= bitmap->n_words) {
        if (!value)
            return;
        bitmap->words = g_renew(uint64_t, bitmap->words, word + 1);
        memset(bitmap->words + bitmap->n_words, 0, (word + 1 - bitmap->n_words) * sizeof(uint64_t));
        bitmap->n_words = word + 1;
    }
    if (value)
        bitmap->words[word] |= UINT64_C(1) << bit % 64;
    else
        bitmap->words[word] &= ~(UINT64_C(1) << bit % 64);
}

bool
bitmap_get(const Bitmap *bitmap, size_t bit)
{
    return bitmap && bit / 64 < bitmap->n_words && bitmap->words[bit / 64] >> bit % 64 & 1;
}

int
bitmap_next(const Bitmap *bitmap, int from)
{
    for (size_t bit = from < 0 ? 0 : from; bitmap && bit < bitmap->n_words * 64; bit++)
        if (bitmap_get(bitmap, bit))
            return bit;
    return -1;
}

size_t
bitmap_count(const Bitmap *bitmap)
{
    size_t n = 0;

    for (size_t i = 0; bitmap && i < bitmap->n_words; i++)
        n += __builtin_popcountll(bitmap->words[i]);
    return n;
}

bool
bitmap_equal(const Bitmap *a, const Bitmap *b)
{
    size_t n;

    if (!a || !b)
        return a == b;
    n = MAX(a->n_words, b->n_words);
    for (size_t i = 0; i < n; i++)
        if ((i < a->n_words ? a->words[i] : 0) != (i < b->n_words ? b->words[i] : 0))
            return false;
    return true;
}

static bool
parse_number(const char **text, size_t *ret)
{
    size_t n = 0;

    if (!g_ascii_isdigit(**text))
        return false;
    for (; g_ascii_isdigit(**text); ++*text)
        if ((n = n * 10 + (**text - '0')) >= BITMAP_MAX)
            return false;
    *ret = n;
    return true;
}

static void
skip_blanks(const char **text)
{
    while (g_ascii_isspace(**text))
        ++*text;
}

Bitmap *
bitmap_parse(const char *text)
{
    g_autoptr(Bitmap) bitmap = bitmap_new();

    for (;;) {
        size_t first, last;
        bool negate;

        skip_blanks(&text);
        negate = *text == '^';
        if (negate)
            text++;
        if (!parse_number(&text, &first))
            return NULL;
        last = first;
        skip_blanks(&text);
        if (*text == '-') {
            text++;
            skip_blanks(&text);
            if (negate || !parse_number(&text, &last) || last < first)
                return NULL;
            skip_blanks(&text);
        }
        for (size_t i = first; i <= last; i++)
            bitmap_set(bitmap, i, !negate);
        if (!*text)
            return g_steal_pointer(&bitmap);
        if (*text++ != ',')
            return NULL;
    }
}

char *
bitmap_format(const Bitmap *bitmap)
{
    GString *out = g_string_new(NULL);

    for (int first = bitmap_next(bitmap, 0); first >= 0;) {
        int last = first;

        while (bitmap_get(bitmap, last + 1))
            last++;
        g_string_append_printf(out, "%s%d", out->len ? "," : "", first);
        if (last > first)
            g_string_append_printf(out, "-%d", last);
        first = bitmap_next(bitmap, last + 1);
    }
    return g_string_free(out, false);
}
