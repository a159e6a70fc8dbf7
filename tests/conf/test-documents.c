/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-documents.c - tests that the tables give for free
 *
 * Every enum both ways; every struct filled at random, formatted, parsed strictly,
 * formatted again, copied, compared, freed.  Run under ASAN this also shows that no
 * member is forgotten.  Each row that is secure, live, for status or not to be migrated is left
 * out where its flag says so, whatever the document.
 */
#define ERROR_FROM VIR_FROM_NONE
#include "fill.h"
#include "util/error.h"
#include "util/xml_private.h"

#include <string.h>

#define ROUNDS 40
#define FLAG_ROUNDS 10
#define ALL_PARSE (XML_PARSE_STATUS | XML_PARSE_STRICT | XML_PARSE_NO_CHECK)
#define ALL_FORMAT (XML_FORMAT_STATUS | XML_FORMAT_SECURE)

extern const XmlStruct *const *const all_xml_structs[];
extern const XmlEnum *const *const all_xml_enums[];

static void
test_enums(void)
{
    size_t seen = 0;

    for (const XmlEnum *const *const *file = all_xml_enums; *file; file++) {
        for (const XmlEnum *const *e = *file; *e; e++, seen++) {
            const XmlEnum *words = *e;

            for (int i = 0; words->words[i]; i++)
                g_assert_cmpint(xml_enum_value(words, words->words[i]), ==, words->words[i][0] ? i : -1);
            for (const char *const *alias = words->aliases; alias && *alias; alias += 2)
                g_assert_cmpint(xml_enum_value(words, alias[0]), ==, xml_enum_value(words, alias[1]));
            g_assert_cmpint(xml_enum_value(words, "no such word"), ==, -1);
        }
    }
    g_assert_cmpuint(seen, >, 100);
}

/* A struct in the middle of documents has no element name of its own: give it one. */
static XmlStruct
as_document(const XmlStruct *s)
{
    XmlStruct copy = *s;

    if (!copy.element[0])
        copy.element = "sample";
    return copy;
}

static void
assert_same(const char *what, const char *a, const char *b)
{
    if (strcmp(a, b))
        g_test_message("%s:\n%s\nbecame\n%s", what, a, b);
    g_assert_cmpstr(a, ==, b);
}

static void
round_trip(const XmlStruct *s, GRand *rand)
{
    XmlStruct doc = as_document(s);
    void *obj = fill_new(&doc, rand, 2), *again, *copy;
    g_autofree char *text = xml_format_text(&doc, obj, ALL_FORMAT), *second = NULL, *third = NULL;
    g_autoptr(GError) error = NULL;

    again = xml_parse_text(&doc, text, ALL_PARSE, &error);
    if (!again)
        g_test_message("%s: %s\n%s", s->name, error->message, text);
    g_assert_no_error(error);
    second = xml_format_text(&doc, again, ALL_FORMAT);
    assert_same(s->name, text, second);
    g_assert_true(xml_abi_equal(&doc, obj, again, &error));
    g_assert_no_error(error);
    copy = xml_copy(&doc, again);
    xml_free(&doc, again);
    third = xml_format_text(&doc, copy, ALL_FORMAT);
    assert_same(s->name, text, third);
    xml_free(&doc, copy);
    xml_free(&doc, obj);
}

/* A struct that is only one choice stands for elements of several names. */
static bool
is_item(const XmlStruct *s)
{
    return s->rows->kind == XML_CHOICE && !s->rows[1].kind;
}

static void
test_structs(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(g_test_rand_int());
    size_t seen = 0;

    for (const XmlStruct *const *const *file = all_xml_structs; *file; file++)
        for (const XmlStruct *const *s = *file; *s; s++, seen++)
            for (int i = 0; i < ROUNDS; i++)
                round_trip(*s, rand);
    g_assert_cmpuint(seen, >, 100);
}

/* ---- flags -------------------------------------------------------------- */

typedef struct Seen {
    size_t secure, live, status;
    const char *where;
} Seen;

/* Count the values of rows that have @flag, in all of a document. */
static size_t
count_flagged(const XmlField *f, const void *base, unsigned flag, const char **ret_where)
{
    size_t n = 0;

    for (; f->kind; f++) {
        const void *p = XML_AT(base, f->offset);
        const GPtrArray *list = NULL;
        size_t own = 0;

        if (!xml_row_applies(f, base))
            continue;
        switch ((XmlKind)f->kind) {
        case XML_GROUP:
            n += count_flagged(f->rows, base, flag, ret_where);
            continue;
        case XML_SWITCH:
        case XML_CHOICE:
            n += xml_case_rows(f, base) ? count_flagged(xml_case_rows(f, base), base, flag, ret_where) : 0;
            continue;
        case XML_MIXIN:
            n += count_flagged(f->sub->rows, p, flag, ret_where);
            continue;
        case XML_CHILD:
            own = *(void *const *)p != NULL;
            n += own ? count_flagged(f->sub->rows, *(void *const *)p, flag, ret_where) : 0;
            break;
        case XML_LIST:
        case XML_ITEMS:
            list = *(void *const *)p;
            own = list && list->len;
            for (guint i = 0; list && i < list->len; i++)
                n += count_flagged(f->sub->rows, list->pdata[i], flag, ret_where);
            break;
        case XML_LEAVES:
        case XML_RAW:
            own = *(void *const *)p != NULL;
            break;
        case XML_FLAG:
            own = *(const bool *)p;
            break;
        default:
            own = xml_is_set(f, base);
        }
        if (f->flags & flag && own) {
            n++;
            *ret_where = f->name ? f->name : "text";
        }
    }
    return n;
}

/* Formatting with @format must leave out all that has @flag; with the others it is there. */
static size_t
left_out(const XmlStruct *s, const void *obj, unsigned flag, unsigned format, unsigned whole)
{
    const char *where = NULL;
    size_t before = count_flagged(s->rows, obj, flag, &where);
    g_autofree char *without = xml_format_text(s, obj, format), *with = xml_format_text(s, obj, whole);
    g_autoptr(GError) error = NULL;
    void *poor = xml_parse_text(s, without, ALL_PARSE & ~XML_PARSE_STRICT, &error), *rich;

    if (poor) { /* else something required is among what was left out */
        if (count_flagged(s->rows, poor, flag, &where))
            g_error("%s: %s is shown in\n%s", s->name, where, without);
        xml_free(s, poor);
    }
    rich = xml_parse_text(s, with, ALL_PARSE & ~XML_PARSE_STRICT, NULL);
    g_assert_nonnull(rich);
    g_assert_cmpuint(count_flagged(s->rows, rich, flag, &where), ==, before);
    xml_free(s, rich);
    return before;
}

static void
test_flags(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(g_test_rand_int());
    Seen seen = { 0 };

    for (const XmlStruct *const *const *file = all_xml_structs; *file; file++) {
        for (const XmlStruct *const *s = *file; *s; s++) {
            XmlStruct doc = as_document(*s);

            for (int i = 0; i < FLAG_ROUNDS; i++) {
                void *obj = fill_new(&doc, rand, 3);

                seen.secure += left_out(&doc, obj, XML_SECURE, XML_FORMAT_STATUS, ALL_FORMAT);
                seen.live += left_out(&doc, obj, XML_LIVE, ALL_FORMAT | XML_FORMAT_INACTIVE, ALL_FORMAT);
                seen.status += left_out(&doc, obj, XML_STATUS, XML_FORMAT_SECURE, ALL_FORMAT);
                xml_free(&doc, obj);
            }
        }
    }
    g_assert_cmpuint(seen.secure, >, 20);
    g_assert_cmpuint(seen.live, >, 100);
    g_assert_cmpuint(seen.status, >, 100);
}

/* Every struct must survive being empty, and freeing NULL. */
static void
test_empty(void)
{
    for (const XmlStruct *const *const *file = all_xml_structs; *file; file++) {
        for (const XmlStruct *const *s = *file; *s; s++) {
            XmlStruct doc = as_document(*s);
            void *obj = xml_new(&doc), *copy = xml_copy(&doc, obj);
            g_autofree char *text = is_item(&doc) ? NULL : xml_format_text(&doc, copy, 0);

            xml_free(&doc, copy);
            xml_free(&doc, obj);
            xml_free(&doc, NULL);
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/documents/enums", test_enums);
    g_test_add_func("/documents/empty", test_empty);
    g_test_add_func("/documents/structs", test_structs);
    g_test_add_func("/documents/flags", test_flags);
    return g_test_run();
}
