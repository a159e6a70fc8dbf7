/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-hostile.c - documents of somebody who means harm, for every root
 *
 * Too large, too deep, too many, entities, broken text, numbers beyond their types: each is a clear
 * error, in bounded time and memory, and what stays within the limits is handled in bounded time, too.
 */
#define ERROR_FROM VIR_FROM_NONE
#include "util/error.h"
#include "util/xml_private.h"

#include <string.h>
#include <sys/resource.h>

#define MIB (1u << 20)
#define LIMIT 1000000u          /* elements and attributes of a document */
#define DEEP 100000
#define SECONDS 20              /* for one document; a sanitizer and a busy machine included */
#define MEMORY (2048u * 1024)   /* KiB, for all of it */

extern const XmlStruct *const *const all_xml_structs[];

typedef void (*Try)(const XmlStruct *s);

/* Call @fn for every kind of document there is. */
static void
for_roots(Try fn)
{
    size_t seen = 0;

    for (const XmlStruct *const *const *file = all_xml_structs; *file; file++)
        for (const XmlStruct *const *s = *file; *s; s++)
            if ((*s)->element[0]) {
                fn(*s);
                seen++;
            }
    g_assert_cmpuint(seen, >, 15);
}

/* Parsing @text must fail, with an error that has all of @words, in time. */
static void
refuse(const XmlStruct *s, const char *text, unsigned flags, const char *words)
{
    g_autoptr(GError) error = NULL;
    gint64 start = g_get_monotonic_time();
    void *obj = xml_parse_text(s, text, flags, &error);

    g_assert_cmpint(g_get_monotonic_time() - start, <, SECONDS * G_USEC_PER_SEC);
    if (obj)
        g_error("<%s> was accepted: %.200s", s->element, text);
    g_assert_cmpuint(strlen(error->message), <, 600);
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
    if (!strstr(error->message, words))
        g_error("<%s>: '%s' does not say '%s'", s->element, error->message, words);
}

static GString *
repeat(GString *out, const char *what, size_t count)
{
    for (size_t i = 0; i < count; i++)
        g_string_append(out, what);
    return out;
}

/* <root> of @count times @what. */
static char *
many(const XmlStruct *s, const char *what, size_t count)
{
    GString *out = g_string_new(NULL);

    g_string_append_printf(out, "<%s>", s->element);
    repeat(out, what, count);
    g_string_append_printf(out, "</%s>", s->element);
    return g_string_free(out, false);
}

static void
try_size(const XmlStruct *s)
{
    g_autofree char *text = g_malloc(XML_MAX_SIZE + 2);

    memset(text, 'x', XML_MAX_SIZE + 1);
    memcpy(text, "<a>", 3);
    text[XML_MAX_SIZE + 1] = '\0';
    refuse(s, text, 0, "is larger than the limit of 67108864");
}

static void
try_count(const XmlStruct *s)
{
    g_autofree char *elements = many(s, "<a/>", LIMIT + 1);
    GString *wide = g_string_new(NULL);

    refuse(s, elements, 0, "more than 1000000 elements");
    g_string_append_printf(wide, "<%s", s->element);
    for (int i = 0; i < 5000; i++)
        g_string_append_printf(wide, " a%d='1'", i);
    g_string_append(wide, "/>");
    refuse(s, wide->str, 0, "more than 4096 attributes");
    g_string_free(wide, true);
}

static void
try_depth(const XmlStruct *s)
{
    GString *deep = g_string_new(NULL);

    g_string_append_printf(deep, "<%s>", s->element);
    repeat(deep, "<a>", DEEP);
    repeat(deep, "</a>", DEEP);
    g_string_append_printf(deep, "</%s>", s->element);
    refuse(s, deep->str, 0, "depth");
    g_string_free(deep, true);
}

static void
try_entities(const XmlStruct *s)
{
    GString *bomb = g_string_new("<!DOCTYPE x [<!ENTITY a0 'ha'>");
    g_autofree char *file = NULL, *unknown = NULL;

    for (int i = 1; i < 40; i++)
        g_string_append_printf(bomb, "<!ENTITY a%d '&a%d;&a%d;&a%d;'>", i, i - 1, i - 1, i - 1);
    g_string_append_printf(bomb, "]><%s>&a39;</%s>", s->element, s->element);
    refuse(s, bomb->str, 0, "document type declarations are not accepted");
    g_string_free(bomb, true);
    file = g_strdup_printf("<!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/hostname'>]><%s>&f;</%s>", s->element, s->element);
    refuse(s, file, 0, "document type declarations are not accepted");
    unknown = g_strdup_printf("<%s>&f;</%s>", s->element, s->element);
    refuse(s, unknown, 0, "Entity 'f' not defined");
}

static void
try_text(const XmlStruct *s)
{
    static const char *const broken[] = { "\xff\xfe", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "&#0;", "&#xd800;",
                                          "\x01", "<a b='<'/>", "<a b=1/>", "<a", "</b>", "<a b='1' b='1'/>", "&", "]]>" };

    for (size_t i = 0; i < G_N_ELEMENTS(broken); i++) {
        g_autofree char *inside = many(s, broken[i], 1), *instead = g_strdup_printf("%s<%s/>", broken[i], s->element);

        refuse(s, inside, 0, ":1: ");
        refuse(s, instead, 0, ":1: ");
    }
    refuse(s, "", 0, "");
    refuse(s, "<other/>", 0, "other");
    /* What is behind a NUL does not count, and what is in front of it is no document. */
    refuse(s, "<\0a/>", 0, "");
}

/* Within the limits: refused or not, but in time; an element that nobody knows is kept 900,000 times.  The cost is the
 * engine's and the same for all, so some roots get less of it. */
static void
try_bulk(const XmlStruct *s)
{
    static size_t turn;
    g_autofree char *text = many(s, "<a b='1'/>", (turn++ % 8 ? LIMIT / 10 : LIMIT) / 2 - 10);
    g_autoptr(GError) error = NULL;
    gint64 start = g_get_monotonic_time();
    void *obj = xml_parse_text(s, text, XML_PARSE_NO_CHECK, &error);
    g_autofree char *out = obj ? xml_format_text(s, obj, 0) : NULL;

    if (obj)
        g_assert_cmpuint(strlen(out), >, strlen(text));
    xml_free(s, obj);
    g_assert_cmpint(g_get_monotonic_time() - start, <, SECONDS * G_USEC_PER_SEC);
}

/* The same of what the root does know. */
static void
try_known(const XmlStruct *s)
{
    for (const XmlField *f = s->rows; f->kind; f++) {
        g_autofree char *one = NULL, *text = NULL;
        g_autoptr(GError) error = NULL;
        gint64 start;
        void *obj;

        if (f->kind != XML_LEAVES && f->kind != XML_LIST)
            continue;
        one = g_strdup_printf("<%s/>", f->name);
        text = many(s, one, LIMIT / 10);
        start = g_get_monotonic_time();
        obj = xml_parse_text(s, text, XML_PARSE_NO_CHECK, &error);
        xml_free(s, obj);
        g_assert_cmpint(g_get_monotonic_time() - start, <, SECONDS * G_USEC_PER_SEC);
    }
}

/* The largest documents there can be, one text and one attribute of them. */
static void
test_largest(void)
{
    const XmlStruct *s = all_xml_structs[0][0];
    GString *text = g_string_sized_new(XML_MAX_SIZE + 1);
    g_autoptr(GError) error = NULL;
    gint64 start;
    xmlDoc *doc;

    for (int attribute = 0; attribute < 2; attribute++) {
        size_t head;

        g_string_assign(text, attribute ? "<a b='" : "<a>");
        head = text->len;
        g_string_set_size(text, XML_MAX_SIZE - 4);
        memset(text->str + head, 'x', text->len - head);
        g_string_append(text, attribute ? "' />" : "</a>");
        start = g_get_monotonic_time();
        doc = xml_read(text->str, "(largest)", &error);
        /* libxml2 may have a limit of its own for one text. */
        g_assert_true(doc || error);
        g_clear_pointer(&doc, xmlFreeDoc);
        g_clear_error(&error);
        g_assert_cmpint(g_get_monotonic_time() - start, <, SECONDS * G_USEC_PER_SEC);
    }
    g_string_free(text, true);
    g_assert_nonnull(s);
}

/* ---- numbers ------------------------------------------------------------ */

static void
refuse_number(const XmlField *f, const char *text, const char *unit)
{
    uint64_t value = 0;

    if (f->type->parse(f, text, unit, &value))
        g_error("row '%s' of type %s accepts '%s'%s%s", f->name, f->type->name, text, unit ? " " : "", unit ? unit : "");
    g_assert_cmpuint(value, ==, 0);
}

static size_t
try_numbers(const XmlField *f)
{
    static const char *const never[] = { "99999999999999999999999999", "-99999999999999999999999999", "", "-", "0x", "1.5.5",
                                         "1e999", "nan", "inf", "1 2", "12abc", "0x1ffffffffffffffff", "½", "٣" };
    static const XmlType *const numbers[] = { &xml_type_uint, &xml_type_int, &xml_type_ull, &xml_type_ll, &xml_type_hex,
                                              &xml_type_hex64, &xml_type_num, &xml_type_num64, &xml_type_octal,
                                              &xml_type_kib, &xml_type_mib, &xml_type_bytes, &xml_type_octets,
                                              &xml_type_megs, &xml_type_pretty };
    bool number = false, is_signed = f->type == &xml_type_int || f->type == &xml_type_ll;

    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        number |= f->type == numbers[i];
    if (!number)
        return 0;
    for (size_t i = 0; i < G_N_ELEMENTS(never); i++)
        refuse_number(f, never[i], NULL);
    if (!is_signed)
        refuse_number(f, "-1", NULL);
    refuse_number(f, f->type->size == sizeof(uint64_t) ? "18446744073709551616" : "4294967296", NULL);
    if (f->type->unit) {
        refuse_number(f, "18446744073709551615", "EiB");
        refuse_number(f, "17", "EiB");
        refuse_number(f, "1", "parsec");
    }
    return 1;
}

static size_t
walk_numbers(const XmlField *f, GHashTable *seen)
{
    size_t n = 0;

    if (!f || !g_hash_table_add(seen, (void *)f))
        return 0;
    for (; f->kind; f++) {
        if (f->kind == XML_ATTR || f->kind == XML_TEXT || f->kind == XML_LEAF)
            n += try_numbers(f);
        else if (f->kind == XML_GROUP)
            n += walk_numbers(f->rows, seen);
        else if (f->kind == XML_CHILD || f->kind == XML_LIST || f->kind == XML_ITEMS || f->kind == XML_MIXIN)
            n += walk_numbers(f->sub->rows, seen);
    }
    return n;
}

static void
test_numbers(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    size_t n = 0;

    for (const XmlStruct *const *const *file = all_xml_structs; *file; file++)
        for (const XmlStruct *const *s = *file; *s; s++)
            n += walk_numbers((*s)->rows, seen);
    g_assert_cmpuint(n, >, 300);
}

static void
test_memory(void)
{
    struct rusage usage;

    g_assert_cmpint(getrusage(RUSAGE_SELF, &usage), ==, 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    g_assert_cmpint(usage.ru_maxrss, <, MEMORY);
#endif
    g_test_message("at most %ld KiB", usage.ru_maxrss);
}

static void
test_roots(gconstpointer data)
{
    for_roots(*(const Try *)data);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        Try fn;
    } tests[] = {
        { "/hostile/size", try_size },   { "/hostile/count", try_count },       { "/hostile/depth", try_depth },
        { "/hostile/text", try_text },   { "/hostile/entities", try_entities }, { "/hostile/bulk", try_bulk },
        { "/hostile/known", try_known },
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add_data_func(tests[i].name, &tests[i].fn, test_roots);
    g_test_add_func("/hostile/largest", test_largest);
    g_test_add_func("/hostile/numbers", test_numbers);
    g_test_add_func("/hostile/memory", test_memory);
    return g_test_run();
}
