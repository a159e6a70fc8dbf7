/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* document-tool.c - the XML engine for tests that are not C
 *
 * Reads requests from standard input: a line "STRUCT PARSE FORMAT LENGTH" (flags as numbers) and
 * LENGTH bytes of text; "STRUCT:NAME" stands for a struct that is no document, as the root <NAME>.
 * Answers each with a line "LENGTH1 LENGTH2" and two texts: what was formatted, and what becomes
 * of that when it is parsed and formatted again; or "-1 LENGTH" and the error, "-2 LENGTH" and the
 * error of the second time.
 */
#define ERROR_FROM VIR_FROM_NONE
#include "util/error.h"
#include "util/xml.h"

#include <stdio.h>
#include <string.h>

extern const XmlStruct *const *const all_xml_structs[];

static const XmlStruct *
find_struct(const char *name)
{
    for (const XmlStruct *const *const *file = all_xml_structs; *file; file++)
        for (const XmlStruct *const *s = *file; *s; s++)
            if (!strcmp((*s)->name, name))
                return *s;
    return NULL;
}

/* The struct of a request, under the name it is to have as a root. */
static bool
find_document(char *name, XmlStruct *ret)
{
    char *colon = strchr(name, ':');
    const XmlStruct *s;

    if (colon)
        *colon++ = '\0';
    s = find_struct(name);
    if (s)
        *ret = *s;
    if (s && colon)
        ret->element = colon;
    return s != NULL;
}

static char *
round_trip(const XmlStruct *s, const char *text, unsigned parse, unsigned format, GError **error)
{
    void *obj = xml_parse_text(s, text, parse, error);
    char *out = obj ? xml_format_text(s, obj, format) : NULL;

    xml_free(s, obj);
    return out;
}

static void
answer(const XmlStruct *s, const char *text, unsigned parse, unsigned format)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *first = round_trip(s, text, parse, format, &error), *second = NULL;

    if (first)
        second = round_trip(s, first, parse, format, &error);
    if (second)
        printf("%zu %zu\n%s%s", strlen(first), strlen(second), first, second);
    else
        printf("%d %zu\n%s", first ? -2 : -1, strlen(error->message), error->message);
    fflush(stdout);
}

int
main(void)
{
    char name[64];
    unsigned parse, format;
    size_t length;

    while (scanf("%63s %u %u %zu", name, &parse, &format, &length) == 4 && getchar() == '\n') {
        g_autofree char *text = g_malloc0(length + 1);
        XmlStruct s;

        if (fread(text, 1, length, stdin) != length || !find_document(name, &s))
            return 2;
        answer(&s, text, parse, format);
    }
    return feof(stdin) ? 0 : 2;
}
