/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fill.c - random structs, from the same tables that parse and format them
 *
 * Walks the rows in order, so that the tag of a switch is known when its rows are
 * reached.  Required rows are always given.
 */
#include "fill.h"
#include "util/bitmap.h"
#include "util/xml_private.h"

#include <string.h>

static char *
random_text(GRand *rand)
{
    static const char *const pieces[] = { "a", "B7", "<", ">", "&", "'", "\"", "-", "ü", " x", "\ty", "\nz", "%s", "/" };
    GString *out = g_string_new("t");

    for (int i = g_rand_int_range(rand, 0, 6); i > 0; i--)
        g_string_append(out, pieces[g_rand_int_range(rand, 0, G_N_ELEMENTS(pieces))]);
    return g_string_free(out, false);
}

static int
random_enum(const XmlEnum *words, GRand *rand, bool set)
{
    int n = g_strv_length((char **)words->words);
    int first = !words->words[0][0] && set;

    return g_rand_int_range(rand, first, MAX(n, first + 1));
}

static Bitmap *
random_bitmap(GRand *rand)
{
    Bitmap *bitmap = bitmap_new();

    for (int i = g_rand_int_range(rand, 1, 6); i > 0; i--)
        bitmap_set(bitmap, g_rand_int_range(rand, 0, 80), true);
    return bitmap;
}

static void
fill_value(const XmlField *f, void *p, GRand *rand)
{
    const XmlType *t = f->type;

    if (t == &xml_type_enum) {
        *(uint8_t *)p = random_enum(f->words, rand, true);
    } else if (t == &xml_type_bitmap) {
        bitmap_free(*(Bitmap **)p);
        *(Bitmap **)p = random_bitmap(rand);
    } else if (t == &xml_type_mac) {
        g_free(*(char **)p);
        *(char **)p = g_strdup_printf("52:54:00:%02x:%02x:%02x", g_rand_int_range(rand, 0, 256),
                                      g_rand_int_range(rand, 0, 256), g_rand_int_range(rand, 0, 256));
    } else if (t == &xml_type_ip) {
        g_free(*(char **)p);
        *(char **)p = g_rand_boolean(rand) ? g_strdup_printf("10.0.%d.1", g_rand_int_range(rand, 0, 256))
                                           : g_strdup_printf("fe80::%x", g_rand_int_range(rand, 1, 65536));
    } else if (t->clear && t != &xml_type_string) {
        /* A type of text that only its parser knows: offer what may please it. */
        static const char *const offers[] = { "$A", "SYN,ACK/SYN", "src,dst", "1", "a", "0" };
        size_t i = 0;

        while (!t->parse(f, offers[i], NULL, p))
            g_assert_cmpuint(++i, <, G_N_ELEMENTS(offers));
    } else if (t->clear) {
        g_free(*(char **)p);
        *(char **)p = random_text(rand);
    } else if (t == &xml_type_double) {
        *(double *)p = g_rand_double_range(rand, 0.1, 1000);
    } else if (t == &xml_type_octal) {
        *(unsigned *)p = g_rand_int_range(rand, 1, 07777);
    } else if (t == &xml_type_kib || t == &xml_type_mib || t == &xml_type_megs) {
        *(uint64_t *)p = (uint64_t)g_rand_int_range(rand, 1, 1 << 20) << (t == &xml_type_megs ? 20 : 0);
    } else if (t->size == sizeof(uint64_t)) {
        *(uint64_t *)p = (uint64_t)g_rand_int(rand) << g_rand_int_range(rand, 0, 31) | 1;
    } else {
        for (size_t i = 0; i < t->size; i++)
            ((uint8_t *)p)[i] = g_rand_int_range(rand, 1, t->size == 16 ? 256 : 127);
    }
}

static void fill_rows(const XmlField *rows, void *base, GRand *rand, int depth);

static void
fill_list(const XmlField *f, void **list, GRand *rand, int depth)
{
    if (*list || (depth <= 0 && !(f->flags & XML_REQUIRED)))
        return;
    *list = f->kind == XML_LEAVES ? g_ptr_array_new_with_free_func(g_free) : g_ptr_array_new();
    for (int i = g_rand_int_range(rand, 1, 4); i > 0; i--)
        g_ptr_array_add(*list, f->kind == XML_LEAVES ? random_text(rand) : fill_new(f->sub, rand, depth - 1));
}

static void
fill_choice(const XmlField *f, void *base, GRand *rand, int depth)
{
    uint8_t *tag = XML_AT(base, f->tag);

    do
        *tag = random_enum(f->names, rand, true);
    while (!f->cases[*tag]);
    fill_rows(f->cases[*tag], base, rand, depth);
}

static void
fill_row(const XmlField *f, void *base, GRand *rand, int depth)
{
    /* What an element means without an attribute is not the same as no element. */
    bool give = f->flags & (XML_REQUIRED | XML_BARE) || g_rand_int_range(rand, 0, 3) > 0;
    void *p = XML_AT(base, f->offset);

    switch ((XmlKind)f->kind) {
    case XML_ATTR:
    case XML_TEXT:
    case XML_LEAF:
        if (!give && !(f->flags & XML_ALWAYS))
            return;
        fill_value(f, p, rand);
        if (f->has)
            *(bool *)XML_AT(base, f->has) = true;
        return;
    case XML_FLAG:
        *(bool *)p = give;
        return;
    case XML_GROUP:
        if (f->offset)
            *(bool *)p = give;
        if (!f->offset || give)
            fill_rows(f->rows, base, rand, depth);
        return;
    case XML_SWITCH:
        fill_rows(xml_case_rows(f, base), base, rand, depth);
        return;
    case XML_CHOICE:
        fill_choice(f, base, rand, depth);
        return;
    case XML_CHILD:
        if ((give && depth > 0) || f->flags & XML_REQUIRED)
            if (!*(void **)p)
                *(void **)p = fill_new(f->sub, rand, depth - 1);
        return;
    case XML_LIST:
    case XML_ITEMS:
    case XML_LEAVES:
        if (give)
            fill_list(f, p, rand, depth);
        return;
    case XML_MIXIN:
        fill_rows(f->sub->rows, p, rand, depth);
        return;
    case XML_RAW:
        if (give && !*(char **)p)
            *(char **)p = g_strdup_printf("<%s><x:y xmlns:x=\"urn:x\">z</x:y></%s>", f->name, f->name);
        return;
    case XML_END:
        break;
    }
    g_assert_not_reached();
}

static void
fill_rows(const XmlField *rows, void *base, GRand *rand, int depth)
{
    for (const XmlField *f = rows; f->kind; f++)
        if (!(f->flags & XML_INPUT) && xml_row_applies(f, base))
            fill_row(f, base, rand, depth);
}

void *
fill_new(const XmlStruct *s, GRand *rand, int depth)
{
    void *obj = xml_new(s);

    fill_rows(s->rows, obj, rand, depth);
    return obj;
}
