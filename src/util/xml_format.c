/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xml_format.c - structs to XML text
 *
 * Rows come out in table order, two blanks a level, values in single quotes.
 * All goes to one buffer: an element begins there with its first attribute, child
 * or text.  SWITCH and MIXIN mix rows of all three, so what comes late is put in
 * its place.  What the parser kept as unknown follows the row it followed in the
 * input.
 */
#include "util/xml_private.h"

#include <string.h>

typedef struct Format {
    GString *out;
    GString *aside;               /* what is not to stand at the end of it */
    unsigned hidden;              /* XmlFieldFlags of rows that do not show */
    const XmlNamespace *namespaces;
    uint32_t used;                /* bit n: namespaces[n] must be declared */
} Format;

/* One element on its way out: <name ATTRS> TEXT, a new line and children. */
typedef struct Element {
    struct Element *parent;
    Format *format;
    const char *name;
    int depth;
    bool begun, has_kids;
    size_t attrs, text;           /* where they end in the buffer; text is 0 before the '>' */
    const void *place;            /* whose extras belong here */
    const XmlExtra *extra;        /* those of the struct that owns the element */
    guint item;                   /* of LEAVES: which, from 1, ... */
    const char *text_of;          /* ... and its text */
    GPtrArray *passed;            /* rows already visited, once there are extras */
} Element;

static void
put(GString *out, const char *text, size_t length)
{
    if (out->len + length >= out->allocated_len) {
        g_string_append_len(out, text, length);
        return;
    }
    memcpy(out->str + out->len, text, length);
    out->len += length;
    out->str[out->len] = '\0';
}

void
xml_escape(GString *out, const char *s, bool attribute)
{
    static const bool special[256] = { [0 ... 0x1f] = true, ['<'] = true, ['>'] = true,
                                       ['&'] = true,        ['"'] = true, ['\''] = true };

    for (; *s; s++) {
        size_t plain = 0;

        while (!special[(unsigned char)s[plain]])
            plain++;
        put(out, s, plain);
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
        put(out, blanks, MIN(width, (int)sizeof(blanks) - 1));
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
    const char *colon = format->namespaces ? strchr(name, ':') : NULL;

    for (int i = 0; colon && format->namespaces[i].prefix; i++)
        if (!strncmp(format->namespaces[i].prefix, name, colon - name) &&
            !format->namespaces[i].prefix[colon - name])
            format->used |= 1u << i;
}

/* ---- one element -------------------------------------------------------- */

static GString *begin_kid(Element *element);

static void
begin(Element *element)
{
    GString *out = element->format->out;

    if (element->begun)
        return;
    if (element->parent) {
        note_namespace(element->parent->format, element->name);
        begin_kid(element->parent);
    }
    indent(out, element->depth * 2);
    g_string_append_c(out, '<');
    put(out, element->name, strlen(element->name));
    element->attrs = out->len;
    element->begun = true;
}

/* Close the tag: all children and text are behind it. */
static void
begin_content(Element *element)
{
    begin(element);
    if (element->text)
        return;
    g_string_append_c(element->format->out, '>');
    element->text = element->format->out->len;
}

/* The buffer, whose next line is a child. */
static GString *
begin_kid(Element *element)
{
    if (!element->has_kids) {
        begin_content(element);
        g_string_append_c(element->format->out, '\n');
        element->has_kids = true;
    }
    return element->format->out;
}

/* What to append an attribute to. */
static GString *
begin_attr(Element *element)
{
    begin(element);
    return element->text ? g_string_truncate(element->format->aside, 0) : element->format->out;
}

static void
end_attr(Element *element, const GString *attr)
{
    if (!element->text) {
        element->attrs = attr->len;
        return;
    }
    g_string_insert_len(element->format->out, element->attrs, attr->str, attr->len);
    element->attrs += attr->len;
    element->text += attr->len;
}

static void
put_text(Element *element, const XmlField *f, const void *p)
{
    GString *text = g_string_truncate(element->format->aside, 0);

    format_value(f, p, text);
    if (!text->len)
        return;
    begin_content(element);
    g_string_insert_len(element->format->out, element->text, text->str, text->len);
    element->text += text->len;
}

static void
put_unit(const XmlField *f, const void *p, Element *element)
{
    GString *out;

    if (!f->type->unit)
        return;
    out = begin_attr(element);
    g_string_append_printf(out, " unit='%s'", f->type->unit_for ? f->type->unit_for(p) : f->type->unit);
    end_attr(element, out);
}

static void
end(Element *element)
{
    GString *out = element->format->out;

    if (!element->text) {
        put(out, "/>\n", 3);
        return;
    }
    if (element->has_kids)
        indent(out, element->depth * 2);
    put(out, "</", 2);
    put(out, element->name, strlen(element->name));
    put(out, ">\n", 2);
}

static void
element_clear(Element *element)
{
    g_clear_pointer(&element->passed, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Element, element_clear)

/* ---- extras -------------------------------------------------------------- */

static bool
belongs(const XmlExtra *extra, const Element *element)
{
    return extra->place == element->place && extra->item == element->item &&
           (!extra->item || !strcmp(extra->of, element->text_of));
}

/* Those of one text of a list stand together: it sees no others, or many would take quadratic time. */
static const XmlExtra *
next_extra(const XmlExtra *extra, const Element *element)
{
    const XmlExtra *next = extra->next;

    return next && element->item && (next->place != element->place || next->item != element->item) ? NULL : next;
}

/* Whether anything was kept of the element of a LEAF: then it is there, though its value be none. */
static bool
has_extras(const XmlExtra *extra, const void *place)
{
    while (extra && extra->place != place)
        extra = extra->next;
    return extra != NULL;
}

/* A second copy of the element of @f. */
static bool
is_copy(const XmlExtra *extra, const XmlField *f)
{
    size_t length = f->name ? strlen(f->name) : 0;

    return length && extra->text[0] == '<' && !strncmp(extra->text + 1, f->name, length) &&
           strchr(" />", extra->text[1 + length]);
}

static void
format_extra(const XmlExtra *extra, Element *element)
{
    GString *out = begin_kid(element);

    indent(out, (element->depth + 1) * 2);
    g_string_append(out, extra->text);
    g_string_append_c(out, '\n');
}

/* What was found in the input behind the row just formatted.  If the row showed nothing, a second copy of it would be
 * taken for the first: an empty one stands in front.  Where the row is hidden, so are its copies. */
static void
format_extras_after(const XmlField *after, bool shown, Element *element)
{
    bool hidden = after && after->flags & element->format->hidden;

    for (const XmlExtra *extra = element->extra; extra; extra = next_extra(extra, element)) {
        bool copy = after && is_copy(extra, after);

        if (extra->attribute || !belongs(extra, element) || extra->after != after || (hidden && copy))
            continue;
        if (copy && !shown) {
            GString *out = begin_kid(element);

            indent(out, (element->depth + 1) * 2);
            g_string_append_printf(out, "<%s/>\n", after->name);
            shown = true;
        }
        format_extra(extra, element);
    }
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
    GString *attrs = NULL;

    for (const XmlExtra *extra = element->extra; extra; extra = next_extra(extra, element))
        if (extra->attribute && belongs(extra, element)) {
            attrs = attrs ? attrs : begin_attr(element);
            g_string_append(attrs, extra->text);
        }
    if (attrs)
        end_attr(element, attrs);
    for (const XmlExtra *extra = element->extra; extra; extra = next_extra(extra, element))
        if (!extra->attribute && belongs(extra, element) && extra->after &&
            !(element->passed && g_ptr_array_find(element->passed, extra->after, NULL)))
            format_extra(extra, element);
}

/* ---- rows ---------------------------------------------------------------- */

static void format_rows(Format *format, const XmlField *f, const void *base, const XmlExtra *extra, Element *element);

static void
format_content(Format *format, const XmlField *rows, const void *base, const XmlExtra *extra, Element *element)
{
    format_extras_after(NULL, true, element);
    format_rows(format, rows, base, extra, element);
    format_extras_left(element);
}

static void
format_element(Format *format, const char *name, const XmlField *rows, const void *base, const XmlExtra *extra,
               Element *parent, bool always)
{
    g_auto(Element) element = { .parent = parent, .format = format, .name = name, .depth = parent->depth + 1,
                                .place = rows, .extra = extra };

    if (always)
        begin(&element);
    format_content(format, rows, base, extra, &element);
    if (element.begun)
        end(&element);
}

/* A struct with its own element; one that can be a document declares its namespaces. */
static void
format_struct(Format *format, const char *name, const XmlStruct *s, const XmlField *rows, const void *obj, int depth,
              Element *parent)
{
    Format inner = *format;
    const XmlExtra *extra = *(XmlExtra *const *)obj;
    g_auto(Element) element = { .parent = parent, .format = &inner, .name = name, .depth = depth, .place = rows,
                                .extra = extra };

    inner.namespaces = s->namespaces;
    inner.used = 0;
    begin(&element);
    format_content(&inner, rows, obj, extra, &element);
    if (!s->element[0] && s->namespaces == format->namespaces) {
        format->used |= inner.used;
        inner.used = 0;
    }
    for (int i = 0; inner.used >> i; i++) {
        GString *out;

        if (!(inner.used >> i & 1))
            continue;
        out = begin_attr(&element);
        g_string_append_printf(out, " xmlns:%s='%s'", s->namespaces[i].prefix, s->namespaces[i].href);
        end_attr(&element, out);
    }
    end(&element);
}

static void
format_leaf(Format *format, const XmlField *f, const void *base, const XmlExtra *extra, Element *parent)
{
    g_auto(Element) leaf = { .parent = parent, .format = format, .name = f->name, .depth = parent->depth + 1,
                             .place = XML_LEAF_PLACE(f), .extra = extra };
    bool is_set = f->kind == XML_LEAF && xml_is_set(f, base);

    begin(&leaf);
    if (is_set)
        put_unit(f, XML_AT(base, f->offset), &leaf);
    format_extras_after(NULL, true, &leaf);
    format_extras_left(&leaf);
    if (is_set)
        put_text(&leaf, f, XML_AT(base, f->offset));
    end(&leaf);
}

/* One text of a list. */
static void
format_item(Format *format, const XmlField *f, const XmlExtra *extra, guint index, const char *text, Element *parent)
{
    g_auto(Element) leaf = { .parent = parent, .format = format, .name = f->name, .depth = parent->depth + 1,
                             .place = XML_LEAF_PLACE(f), .extra = extra, .item = index + 1, .text_of = text };
    GString *escaped = g_string_new(NULL);

    xml_escape(escaped, text, false);
    begin(&leaf);
    format_extras_after(NULL, true, &leaf);
    format_extras_left(&leaf);
    begin_content(&leaf);
    g_string_insert_len(format->out, leaf.text, escaped->str, escaped->len);
    g_string_free(escaped, true);
    end(&leaf);
}

static void
format_items(Format *format, const XmlField *f, const XmlExtra *extra, const GPtrArray *list, Element *parent)
{
    guint n = list ? list->len : 0;
    g_autofree const XmlExtra **first = g_new0(const XmlExtra *, n + 1);

    for (; extra; extra = extra->next)
        if (extra->place == XML_LEAF_PLACE(f) && extra->item && extra->item <= n && !first[extra->item - 1])
            first[extra->item - 1] = extra;
    for (guint i = 0; i < n; i++)
        format_item(format, f, first[i], i, list->pdata[i], parent);
}

static void
format_attr(const XmlField *f, const void *p, Element *element)
{
    GString *out = begin_attr(element);

    g_string_append_c(out, ' ');
    put(out, f->name, strlen(f->name));
    put(out, "='", 2);
    format_value(f, p, out);
    g_string_append_c(out, '\'');
    end_attr(element, out);
    put_unit(f, p, element);
}

static void
format_row(Format *format, const XmlField *f, const void *base, const XmlExtra *extra, Element *element)
{
    const void *p = XML_AT(base, f->offset);
    int depth = element->depth + 1;
    const GPtrArray *list;

    switch ((XmlKind)f->kind) {
    case XML_ATTR:
        if (xml_is_set(f, base))
            format_attr(f, p, element);
        return;
    case XML_TEXT:
        if (xml_is_set(f, base)) {
            put_text(element, f, p);
            put_unit(f, p, element);
        }
        return;
    case XML_LEAF:
        if (xml_is_set(f, base) || has_extras(extra, XML_LEAF_PLACE(f)))
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
        int value = xml_tag(f, base);
        if (f->cases[value])
            format_element(format, f->names->words[value], f->cases[value], base, extra, element, true);
        return;
    }
    case XML_CHILD:
        if (*(void *const *)p)
            format_struct(format, f->name, f->sub, f->sub->rows, *(void *const *)p, depth, element);
        return;
    case XML_LIST:
        list = *(void *const *)p;
        for (guint i = 0; list && i < list->len; i++)
            format_struct(format, f->name, f->sub, f->sub->rows, list->pdata[i], depth, element);
        return;
    case XML_ITEMS:
        list = *(void *const *)p;
        for (guint i = 0; list && i < list->len; i++) {
            const XmlField *choice = f->sub->rows;
            int value = xml_tag(choice, list->pdata[i]);
            if (choice->cases[value])
                format_struct(format, choice->names->words[value], f->sub, choice->cases[value], list->pdata[i], depth,
                              element);
        }
        return;
    case XML_LEAVES:
        list = *(void *const *)p;
        format_items(format, f, extra, list, element);
        return;
    case XML_MIXIN:
        format_rows(format, f->sub->rows, p, *(XmlExtra *const *)p, element);
        return;
    case XML_RAW:
        if (*(char *const *)p)
            g_string_append_printf(begin_kid(element), "%*s%s\n", depth * 2, "", *(char *const *)p);
        return;
    case XML_END:
        break;
    }
    g_assert_not_reached();
}

static void
format_rows(Format *format, const XmlField *f, const void *base, const XmlExtra *extra, Element *element)
{
    for (; f->kind; f++) {
        size_t before = format->out->len;

        if (!(f->flags & format->hidden) && (!f->when || xml_row_applies(f, base)))
            format_row(format, f, base, extra, element);
        if (element->extra && f->kind != XML_ATTR && f->kind != XML_TEXT)
            format_extras_after(f, format->out->len > before, element);
    }
}

void
xml_format(const XmlStruct *s, const void *obj, unsigned flags, int depth, GString *out)
{
    GString *aside = g_string_sized_new(128);
    Format format = { .out = out, .aside = aside, .hidden = XML_INPUT };

    format.hidden |= flags & XML_FORMAT_INACTIVE ? XML_LIVE : 0;
    format.hidden |= flags & XML_FORMAT_STATUS ? 0 : XML_STATUS;
    format.hidden |= flags & XML_FORMAT_SECURE ? 0 : XML_SECURE;
    format_struct(&format, s->element, s, s->rows, obj, depth, NULL);
    g_string_free(aside, true);
}

char *
xml_format_text(const XmlStruct *s, const void *obj, unsigned flags)
{
    GString *out = g_string_sized_new(1024);

    xml_format(s, obj, flags, 0, out);
    return g_string_free(out, false);
}
