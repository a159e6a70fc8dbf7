/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xml_format.c - structs to XML text
 *
 * Rows come out in table order, two blanks a level, values in single quotes.
 * Attributes, children and text of an element are gathered apart, because rows
 * of all three may be mixed by SWITCH and MIXIN; what the parser kept as unknown
 * follows the row it followed in the input.
 */
#include "util/xml_private.h"

#include <string.h>

typedef struct Format {
    unsigned flags;
    GPtrArray *spare;             /* GStrings to be used again: an element needs three for a moment */
    const XmlNamespace *namespaces;
    uint32_t used;                /* bit n: namespaces[n] must be declared */
} Format;

/* One element on its way out. */
typedef struct Element {
    int depth;                    /* of its children */
    const void *place;            /* whose extras belong here */
    const XmlExtra *extra;        /* those of the struct that owns the element */
    GString *attrs, *kids, *text;
    GPtrArray *passed;            /* rows already visited, once there are extras */
    GPtrArray *spare;
} Element;

void
xml_escape(GString *out, const char *s, bool attribute)
{
    static const bool special[256] = { [0 ... 0x1f] = true, ['<'] = true, ['>'] = true,
                                       ['&'] = true,        ['"'] = true, ['\''] = true };

    for (; *s; s++) {
        size_t plain = 0;

        while (!special[(unsigned char)s[plain]])
            plain++;
        g_string_append_len(out, s, plain);
        s += plain;
        if (!*s)
            return;
        switch (*s) {
        case '<': g_string_append(out, "&lt;"); break;
        case '>': g_string_append(out, "&gt;"); break;
        case '&': g_string_append(out, "&amp;"); break;
        case '"': g_string_append(out, "&quot;"); break;
        case '\'': g_string_append(out, "&apos;"); break;
        case '\r': g_string_append(out, "&#13;"); break;
        case '\n':
        case '\t':
            if (attribute)   /* a parser would read it back as a blank */
                g_string_append_printf(out, "&#%d;", *s);
            else
                g_string_append_c(out, *s);
            break;
        default:
            /* XML has no way to write the other control characters. */
            if ((unsigned char)*s >= 0x20)
                g_string_append_c(out, *s);
        }
    }
}

static void
indent(GString *out, int width)
{
    static const char blanks[] = "                                ";

    for (; width > 0; width -= (int)sizeof(blanks) - 1)
        g_string_append_len(out, blanks, MIN(width, (int)sizeof(blanks) - 1));
}

static void
format_value(const XmlField *f, const void *p, GString *out)
{
    /* Only text somebody else wrote can hold what XML reserves. */
    if (f->type->copy && f->type != &xml_type_bitmap)
        xml_escape(out, *(char *const *)p, f->kind == XML_ATTR);
    else
        f->type->format(f, p, out);
}

static void
note_namespace(Format *format, const char *name)
{
    const char *colon = strchr(name, ':');

    for (int i = 0; colon && format->namespaces && format->namespaces[i].prefix; i++)
        if (!strncmp(format->namespaces[i].prefix, name, colon - name) &&
            !format->namespaces[i].prefix[colon - name])
            format->used |= 1u << i;
}

/* A buffer of @element, taken when something is to go into it: most have attributes only, and a group that is absent
 * needs none. */
static GString *
buffer(const Element *element, GString **which)
{
    GPtrArray *spare = element->spare;

    if (!*which)
        *which = spare->len ? g_ptr_array_steal_index_fast(spare, spare->len - 1) : g_string_sized_new(128);
    return *which;
}

static void
give_back(const Element *element, GString *string)
{
    if (!string)
        return;
    g_string_truncate(string, 0);
    g_ptr_array_add(element->spare, string);
}

static void
put_unit(const XmlField *f, const void *p, Element *element)
{
    if (f->type->unit)
        g_string_append_printf(buffer(element, &element->attrs), " unit='%s'",
                               f->type->unit_for ? f->type->unit_for(p) : f->type->unit);
}

static void
format_extra(const XmlExtra *extra, Element *element)
{
    GString *kids = buffer(element, &element->kids);

    indent(kids, element->depth * 2);
    g_string_append(kids, extra->text);
    g_string_append_c(kids, '\n');
}

/* What was found in the input behind the row just formatted. */
static void
format_extras_after(const XmlField *after, Element *element)
{
    for (const XmlExtra *extra = element->extra; extra; extra = extra->next)
        if (!extra->attribute && extra->place == element->place && extra->after == after)
            format_extra(extra, element);
    if (element->extra && after) {
        if (!element->passed)
            element->passed = g_ptr_array_new();
        g_ptr_array_add(element->passed, (void *)after);
    }
}

/* Attributes, and what was found behind rows that are not visited now: those of another case. */
static void
format_extras_left(Element *element)
{
    for (const XmlExtra *extra = element->extra; extra; extra = extra->next)
        if (extra->attribute && extra->place == element->place)
            g_string_append(buffer(element, &element->attrs), extra->text);
        else if (extra->place == element->place && extra->after &&
            !(element->passed && g_ptr_array_find(element->passed, extra->after, NULL)))
            format_extra(extra, element);
}

/* Neither children nor text; an empty text is none. */
static bool
is_bare(const Element *element)
{
    return (!element->kids || !element->kids->len) && (!element->text || !element->text->len);
}

static void
put_element(Format *format, GString *out, const char *name, const Element *element)
{
    int width = (element->depth - 1) * 2;

    note_namespace(format, name);
    indent(out, width);
    g_string_append_c(out, '<');
    g_string_append(out, name);
    if (element->attrs)
        g_string_append_len(out, element->attrs->str, element->attrs->len);
    if (is_bare(element)) {
        g_string_append(out, "/>\n");
        return;
    }
    g_string_append_c(out, '>');
    if (element->text)
        g_string_append_len(out, element->text->str, element->text->len);
    if (element->kids && element->kids->len) {
        g_string_append_c(out, '\n');
        g_string_append_len(out, element->kids->str, element->kids->len);
        indent(out, width);
    }
    g_string_append(out, "</");
    g_string_append(out, name);
    g_string_append(out, ">\n");
}

static void
free_spare(gpointer string)
{
    g_string_free(string, true);
}

static void
element_clear(Element *element)
{
    give_back(element, element->attrs);
    give_back(element, element->kids);
    give_back(element, element->text);
    g_clear_pointer(&element->passed, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Element, element_clear)

static Element
element_init(const Format *format, int depth, const void *place, const XmlExtra *extra)
{
    return (Element){ depth + 1, place, extra, NULL, NULL, NULL, NULL, format->spare };
}

static void format_rows(Format *format, const XmlField *f, const void *base, const XmlExtra *extra, Element *element);

static void
format_content(Format *format, const XmlField *rows, const void *base, const XmlExtra *extra, Element *element)
{
    format_extras_after(NULL, element);
    format_rows(format, rows, base, extra, element);
    format_extras_left(element);
}

static void
format_element(Format *format, const char *name, const XmlField *rows, const void *base, const XmlExtra *extra,
               Element *parent, bool always)
{
    g_auto(Element) element = element_init(format, parent->depth, rows, extra);

    format_content(format, rows, base, extra, &element);
    if (always || (element.attrs && element.attrs->len) || !is_bare(&element))
        put_element(format, buffer(parent, &parent->kids), name, &element);
}

/* A struct with its own element; one that can be a document declares its namespaces. */
static void
format_struct(Format *format, const char *name, const XmlStruct *s, const XmlField *rows, const void *obj, int depth,
              GString *out)
{
    Format inner = { format->flags, format->spare, s->namespaces, 0 };
    const XmlExtra *extra = *(XmlExtra *const *)obj;
    g_auto(Element) element = element_init(format, depth, rows, extra);

    format_content(&inner, rows, obj, extra, &element);
    if (!s->element[0] && s->namespaces == format->namespaces)
        format->used |= inner.used;
    else
        for (int i = 0; inner.used >> i; i++)
            if (inner.used >> i & 1)
                g_string_append_printf(buffer(&element, &element.attrs), " xmlns:%s='%s'", s->namespaces[i].prefix,
                                       s->namespaces[i].href);
    put_element(format, out, name, &element);
}

static void
format_leaf(Format *format, const XmlField *f, const void *base, const XmlExtra *extra, Element *element)
{
    g_auto(Element) leaf = element_init(format, element->depth, XML_LEAF_PLACE(f), extra);

    if (f->kind == XML_LEAF)
        put_unit(f, XML_AT(base, f->offset), &leaf);
    format_extras_after(NULL, &leaf);
    format_extras_left(&leaf);
    if (f->kind == XML_LEAF)
        format_value(f, XML_AT(base, f->offset), buffer(&leaf, &leaf.text));
    put_element(format, buffer(element, &element->kids), f->name, &leaf);
}

static void
format_row(Format *format, const XmlField *f, const void *base, const XmlExtra *extra, Element *element)
{
    const void *p = XML_AT(base, f->offset);
    const GPtrArray *list;
    GString *out;

    switch ((XmlKind)f->kind) {
    case XML_ATTR:
        if (!xml_is_set(f, base))
            return;
        out = buffer(element, &element->attrs);
        g_string_append_c(out, ' ');
        g_string_append(out, f->name);
        g_string_append(out, "='");
        format_value(f, p, out);
        g_string_append_c(out, '\'');
        put_unit(f, p, element);
        return;
    case XML_TEXT:
        if (!xml_is_set(f, base))
            return;
        format_value(f, p, buffer(element, &element->text));
        put_unit(f, p, element);
        return;
    case XML_LEAF:
        if (xml_is_set(f, base))
            format_leaf(format, f, base, extra, element);
        return;
    case XML_FLAG:
        if (*(const bool *)p)
            format_leaf(format, f, base, extra, element);
        return;
    case XML_GROUP:
        /* Where a member says whether the element is there, it decides alone. */
        if (!f->offset || *(const bool *)p || f->flags & XML_ALWAYS)
            format_element(format, f->name, f->rows, base, extra, element,
                           f->flags & (XML_ALWAYS | XML_REQUIRED) || f->offset);
        return;
    case XML_SWITCH:
        format_rows(format, xml_case_rows(f, base), base, extra, element);
        return;
    case XML_CHOICE: {
        int value = *(const int *)XML_AT(base, f->tag);
        if (f->cases[value])
            format_element(format, f->names->words[value], f->cases[value], base, extra, element, true);
        return;
    }
    case XML_CHILD:
        if (*(void *const *)p)
            format_struct(format, f->name, f->sub, f->sub->rows, *(void *const *)p, element->depth,
                          buffer(element, &element->kids));
        return;
    case XML_LIST:
        list = *(void *const *)p;
        for (guint i = 0; list && i < list->len; i++)
            format_struct(format, f->name, f->sub, f->sub->rows, list->pdata[i], element->depth,
                          buffer(element, &element->kids));
        return;
    case XML_ITEMS:
        list = *(void *const *)p;
        for (guint i = 0; list && i < list->len; i++) {
            const XmlField *choice = f->sub->rows;
            int value = *(const int *)XML_AT(list->pdata[i], choice->tag);
            if (choice->cases[value])
                format_struct(format, choice->names->words[value], f->sub, choice->cases[value], list->pdata[i],
                              element->depth, buffer(element, &element->kids));
        }
        return;
    case XML_LEAVES:
        list = *(void *const *)p;
        for (guint i = 0; list && i < list->len; i++) {
            out = buffer(element, &element->kids);
            g_string_append_printf(out, "%*s<%s>", element->depth * 2, "", f->name);
            xml_escape(out, list->pdata[i], false);
            g_string_append_printf(out, "</%s>\n", f->name);
        }
        return;
    case XML_MIXIN:
        format_rows(format, f->sub->rows, p, *(XmlExtra *const *)p, element);
        return;
    case XML_RAW:
        if (*(char *const *)p)
            g_string_append_printf(buffer(element, &element->kids), "%*s%s\n", element->depth * 2, "", *(char *const *)p);
        return;
    case XML_END:
        break;
    }
    g_assert_not_reached();
}

static bool
is_hidden(const Format *format, const XmlField *f)
{
    return f->flags & XML_INPUT || (f->flags & XML_LIVE && format->flags & XML_FORMAT_INACTIVE) ||
           (f->flags & XML_STATUS && !(format->flags & XML_FORMAT_STATUS)) ||
           (f->flags & XML_SECURE && !(format->flags & XML_FORMAT_SECURE)) ||
           (f->flags & XML_NOT_MIGRATABLE && format->flags & XML_FORMAT_MIGRATABLE);
}

static void
format_rows(Format *format, const XmlField *f, const void *base, const XmlExtra *extra, Element *element)
{
    for (; f->kind; f++) {
        if (!is_hidden(format, f) && xml_row_applies(f, base))
            format_row(format, f, base, extra, element);
        if (element->extra && f->kind != XML_ATTR && f->kind != XML_TEXT)
            format_extras_after(f, element);
    }
}

void
xml_format(const XmlStruct *s, const void *obj, unsigned flags, int depth, GString *out)
{
    g_autoptr(GPtrArray) spare = g_ptr_array_new_with_free_func(free_spare);
    Format format = { flags, spare, NULL, 0 };

    format_struct(&format, s->element, s, s->rows, obj, depth, out);
}

char *
xml_format_text(const XmlStruct *s, const void *obj, unsigned flags)
{
    GString *out = g_string_new(NULL);

    xml_format(s, obj, flags, 0, out);
    return g_string_free(out, false);
}
