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
} Element;

void
xml_escape(GString *out, const char *s, bool attribute)
{
    for (; *s; s++) {
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
format_value(const XmlField *f, const void *p, GString *out)
{
    /* Only text somebody else wrote can hold what XML reserves. */
    if (f->type->copy && f->type != &xml_type_bitmap)
        xml_escape(out, *(char *const *)p, f->kind == XML_ATTR);
    else
        f->type->format(f, p, out);
}

static void
put_unit(const XmlField *f, const void *p, GString *attrs)
{
    if (f->type->unit)
        g_string_append_printf(attrs, " unit='%s'", f->type->unit_for ? f->type->unit_for(p) : f->type->unit);
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

static void
format_extra(const XmlExtra *extra, Element *element)
{
    g_string_append_printf(element->kids, "%*s%s\n", element->depth * 2, "", extra->text);
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
            g_string_append(element->attrs, extra->text);
        else if (extra->place == element->place && extra->after &&
            !(element->passed && g_ptr_array_find(element->passed, extra->after, NULL)))
            format_extra(extra, element);
}

static void
put_element(Format *format, GString *out, const char *name, const Element *element)
{
    int indent = (element->depth - 1) * 2;

    note_namespace(format, name);
    g_string_append_printf(out, "%*s<%s%s", indent, "", name, element->attrs->str);
    if (element->kids->len && element->text->len)
        g_string_append_printf(out, ">%s\n%s%*s</%s>\n", element->text->str, element->kids->str, indent, "", name);
    else if (element->kids->len)
        g_string_append_printf(out, ">\n%s%*s</%s>\n", element->kids->str, indent, "", name);
    else if (element->text->len)
        g_string_append_printf(out, ">%s</%s>\n", element->text->str, name);
    else
        g_string_append(out, "/>\n");
}

static void
element_clear(Element *element)
{
    g_string_free(element->attrs, true);
    g_string_free(element->kids, true);
    g_string_free(element->text, true);
    g_clear_pointer(&element->passed, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Element, element_clear)

static Element
element_init(int depth, const void *place, const XmlExtra *extra)
{
    return (Element){ depth + 1, place, extra, g_string_sized_new(64), g_string_new(NULL), g_string_new(NULL), NULL };
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
               int depth, bool always, GString *out)
{
    g_auto(Element) element = element_init(depth, rows, extra);

    format_content(format, rows, base, extra, &element);
    if (always || element.attrs->len || element.kids->len || element.text->len)
        put_element(format, out, name, &element);
}

/* A struct with its own element; one that can be a document declares its namespaces. */
static void
format_struct(Format *format, const char *name, const XmlStruct *s, const XmlField *rows, const void *obj, int depth,
              GString *out)
{
    Format inner = { format->flags, s->namespaces, 0 };
    const XmlExtra *extra = *(XmlExtra *const *)obj;
    g_auto(Element) element = element_init(depth, rows, extra);

    format_content(&inner, rows, obj, extra, &element);
    if (!s->element[0] && s->namespaces == format->namespaces)
        format->used |= inner.used;
    else
        for (int i = 0; inner.used >> i; i++)
            if (inner.used >> i & 1)
                g_string_append_printf(element.attrs, " xmlns:%s='%s'", s->namespaces[i].prefix,
                                       s->namespaces[i].href);
    put_element(format, out, name, &element);
}

static void
format_leaf(Format *format, const XmlField *f, const void *base, const XmlExtra *extra, Element *element)
{
    g_auto(Element) leaf = element_init(element->depth, XML_LEAF_PLACE(f), extra);

    if (f->kind == XML_LEAF)
        put_unit(f, XML_AT(base, f->offset), leaf.attrs);
    format_extras_after(NULL, &leaf);
    format_extras_left(&leaf);
    if (f->kind == XML_LEAF)
        format_value(f, XML_AT(base, f->offset), leaf.text);
    put_element(format, element->kids, f->name, &leaf);
}

static void
format_row(Format *format, const XmlField *f, const void *base, const XmlExtra *extra, Element *element)
{
    const void *p = XML_AT(base, f->offset);
    const GPtrArray *list;

    switch ((XmlKind)f->kind) {
    case XML_ATTR:
        if (!xml_is_set(f, base))
            return;
        g_string_append_printf(element->attrs, " %s='", f->name);
        format_value(f, p, element->attrs);
        g_string_append_c(element->attrs, '\'');
        put_unit(f, p, element->attrs);
        return;
    case XML_TEXT:
        if (!xml_is_set(f, base))
            return;
        format_value(f, p, element->text);
        put_unit(f, p, element->attrs);
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
            format_element(format, f->name, f->rows, base, extra, element->depth,
                           f->flags & (XML_ALWAYS | XML_REQUIRED) || f->offset, element->kids);
        return;
    case XML_SWITCH:
        format_rows(format, xml_case_rows(f, base), base, extra, element);
        return;
    case XML_CHOICE: {
        int value = *(const int *)XML_AT(base, f->tag);
        if (f->cases[value])
            format_element(format, f->names->words[value], f->cases[value], base, extra, element->depth, true,
                           element->kids);
        return;
    }
    case XML_CHILD:
        if (*(void *const *)p)
            format_struct(format, f->name, f->sub, f->sub->rows, *(void *const *)p, element->depth, element->kids);
        return;
    case XML_LIST:
        list = *(void *const *)p;
        for (guint i = 0; list && i < list->len; i++)
            format_struct(format, f->name, f->sub, f->sub->rows, list->pdata[i], element->depth, element->kids);
        return;
    case XML_ITEMS:
        list = *(void *const *)p;
        for (guint i = 0; list && i < list->len; i++) {
            const XmlField *choice = f->sub->rows;
            int value = *(const int *)XML_AT(list->pdata[i], choice->tag);
            if (choice->cases[value])
                format_struct(format, choice->names->words[value], f->sub, choice->cases[value], list->pdata[i],
                              element->depth, element->kids);
        }
        return;
    case XML_LEAVES:
        list = *(void *const *)p;
        for (guint i = 0; list && i < list->len; i++) {
            g_string_append_printf(element->kids, "%*s<%s>", element->depth * 2, "", f->name);
            xml_escape(element->kids, list->pdata[i], false);
            g_string_append_printf(element->kids, "</%s>\n", f->name);
        }
        return;
    case XML_MIXIN:
        format_rows(format, f->sub->rows, p, *(XmlExtra *const *)p, element);
        return;
    case XML_RAW:
        if (*(char *const *)p)
            g_string_append_printf(element->kids, "%*s%s\n", element->depth * 2, "", *(char *const *)p);
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
    Format format = { flags, NULL, 0 };

    format_struct(&format, s->element, s, s->rows, obj, depth, out);
}

char *
xml_format_text(const XmlStruct *s, const void *obj, unsigned flags)
{
    GString *out = g_string_new(NULL);

    xml_format(s, obj, flags, 0, out);
    return g_string_free(out, false);
}
