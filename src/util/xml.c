/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xml.c - XML text to structs
 *
 * Reading is in two steps: xml_tree.c makes a tree, then parse_element() walks the
 * table of a struct beside the tree.  What the table does not know is refused
 * (strict) or kept as XmlExtra.
 * Writing is xml_format.c, the life of structs xml_object.c, values xml_type.c.
 */
#define ERROR_FROM VIR_FROM_XML
#include "util/error.h"
#include "util/xml_private.h"

#include <string.h>

#define SHOWN 60                 /* characters of a bad value in a message */

typedef struct Parse {
    unsigned flags, skip;        /* XmlParseFlags; XmlFieldFlags of rows that do not count */
    const XmlNamespace *namespaces;
    GError **error;
} Parse;

/* An element whose rows are being read. */
typedef struct Element {
    xmlNode *node;
    uint64_t attributes, children; /* bit n: there are names for which name_bit() is n */
} Element;

/* ---- rows and nodes ----------------------------------------------------- */

static bool
name_is(const Parse *parse, const xmlNs *ns, const xmlChar *name, const char *row)
{
    const char *colon;

    if (!ns) /* without a declaration a prefix is part of the name */
        return *name == (xmlChar)*row && !strcmp((const char *)name, row) && !strchr(row, ':');
    colon = strchr(row, ':');
    if (!colon || strcmp((const char *)name, colon + 1) || !parse->namespaces)
        return false;
    for (const XmlNamespace *n = parse->namespaces; n->prefix; n++)
        if (strlen(n->prefix) == (size_t)(colon - row) && !strncmp(n->prefix, row, colon - row))
            return !strcmp(n->href, (const char *)ns->href);
    return false;
}

/* The same as name_bit() of xmlgen.py, which puts it into rows. */
static unsigned
name_bit(const xmlChar *name)
{
    unsigned hash = 0;

    while (*name)
        hash = hash * 5 + *name++;
    return hash % 64;
}

static Element
look_at(xmlNode *node)
{
    Element element = { .node = node };

    for (xmlAttr *a = node->properties; a; a = a->next) {
        a->_private = NULL;
        element.attributes |= UINT64_C(1) << name_bit(a->name);
    }
    for (xmlNode *c = node->children; c; c = c->next) {
        c->_private = NULL;
        if (c->type == XML_ELEMENT_NODE)
            element.children |= UINT64_C(1) << name_bit(c->name);
    }
    return element;
}

/* The attribute or element of @f among @first and those behind it; it remembers the row. */
static xmlNode *
find_node(const Parse *parse, const XmlField *f, xmlNode *first)
{
    for (xmlNode *n = first; n; n = n->next)
        if ((n->type == XML_ELEMENT_NODE || n->type == XML_ATTRIBUTE_NODE) && name_is(parse, n->ns, n->name, f->name)) {
            if (!n->_private)
                n->_private = (void *)f;
            return n;
        }
    return NULL;
}

/* The enum value that names @node, if a CHOICE has rows for it; or -1. */
static int
choice_value(const XmlField *choice, const xmlNode *node)
{
    int value;

    if (node->type != XML_ELEMENT_NODE || node->ns)
        return -1;
    value = xml_enum_value(choice->names, (const char *)node->name);
    return value >= 0 && choice->cases[value] ? value : -1;
}

/* The row for an attribute or element called @name, or NULL. */
static const XmlField *
known_row(const Parse *parse, const XmlField *f, const void *base, const xmlNode *node, bool attribute)
{
    for (; f->kind; f++) {
        const XmlField *found = NULL;

        if (f->kind == XML_MIXIN)
            found = known_row(parse, f->sub->rows, XML_AT(base, f->offset), node, attribute);
        else if (f->kind == XML_SWITCH)
            found = known_row(parse, xml_case_rows(f, base), base, node, attribute);
        else if (f->kind == XML_CHOICE || f->kind == XML_ITEMS)
            found = !attribute && choice_value(f->kind == XML_ITEMS ? f->sub->rows : f, node) >= 0 ? f : NULL;
        else if (f->name && (f->kind == XML_ATTR) == attribute && name_is(parse, node->ns, node->name, f->name))
            found = f;
        else if (attribute && (f->kind == XML_ATTR || f->kind == XML_TEXT) && f->type->unit &&
                 !strcmp((const char *)node->name, "unit"))
            found = f;
        if (found)
            return found;
    }
    return NULL;
}

static void
collect_names(const XmlField *f, const void *base, bool attribute, GPtrArray *names)
{
    for (; f->kind; f++) {
        if (f->kind == XML_MIXIN) {
            collect_names(f->sub->rows, XML_AT(base, f->offset), attribute, names);
        } else if (f->kind == XML_SWITCH) {
            collect_names(xml_case_rows(f, base), base, attribute, names);
        } else if (f->kind == XML_CHOICE || f->kind == XML_ITEMS) {
            const XmlField *choice = f->kind == XML_ITEMS ? f->sub->rows : f;
            for (int i = 0; !attribute && choice->names->words[i]; i++)
                if (choice->cases[i])
                    g_ptr_array_add(names, (char *)choice->names->words[i]);
        } else if (f->name && (f->kind == XML_ATTR) == attribute) {
            g_ptr_array_add(names, (char *)f->name);
        }
        if (attribute && (f->kind == XML_ATTR || f->kind == XML_TEXT) && f->type->unit)
            g_ptr_array_add(names, (char *)"unit");
    }
}

/* ---- near misses -------------------------------------------------------- */

/* Edits (insert, delete, replace, swap of neighbours) from @a to @b. */
static unsigned
edit_distance(const char *a, const char *b)
{
    unsigned row[3][66];
    size_t la = strlen(a), lb = strlen(b);

    if (la > 64 || lb > 64)
        return UINT_MAX;
    for (size_t j = 0; j <= lb; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= la; i++) {
        unsigned *now = row[i % 3], *prev = row[(i + 2) % 3], *before = row[(i + 1) % 3];

        now[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            now[j] = MIN(MIN(prev[j], now[j - 1]) + 1, prev[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = MIN(now[j], before[j - 2] + 1);
        }
    }
    return row[la % 3][lb];
}

const char *
xml_near_miss(const char *word, const char *const *words)
{
    const char *best = NULL;
    unsigned limit = 1 + strlen(word) / 4;

    for (; *words; words++) {
        unsigned distance = edit_distance(word, *words);
        if (**words && distance <= limit && distance < strlen(word)) {
            best = *words;
            limit = distance ? distance - 1 : 0;
            if (!distance)
                break;
        }
    }
    return best;
}

/* ---- errors ------------------------------------------------------------- */

static char *
shorten(const char *text)
{
    if (g_utf8_strlen(text, -1) <= SHOWN)
        return g_strdup(text);
    g_autofree char *head = g_utf8_substring(text, 0, SHOWN);
    return g_strconcat(head, "...", NULL);
}

/* The sentence that clients of libvirt know; the line, and what was perhaps meant, where that helps. */
static bool
fail_missing(const Parse *parse, bool attribute, const char *name, const xmlNode *node)
{
    g_autoptr(GPtrArray) given = g_ptr_array_new();
    g_autofree char *more = NULL;
    long line = xmlGetLineNo((xmlNode *)node);
    const char *near;

    for (const xmlNode *n = attribute ? (xmlNode *)node->properties : node->children; n; n = n->next)
        if (n->type != XML_TEXT_NODE && strcmp((const char *)n->name, name))
            g_ptr_array_add(given, (char *)n->name);
    g_ptr_array_add(given, NULL);
    near = xml_near_miss(name, (const char *const *)given->pdata);
    if (near)
        more = g_strdup_printf(attribute ? " (line %ld); is it the one called '%s'?" :
                               " (line %ld); is it the one called <%s>?", line, near);
    else if (parse->flags & XML_PARSE_STRICT || !attribute)
        more = g_strdup_printf(" (line %ld)", line);
    error_set(parse->error, VIR_ERR_XML_ERROR, attribute ? "Missing required attribute '%s' in element '%s'%s" :
              "missing element <%s> in <%s>%s", name, node->name, more ? more : "");
    return false;
}

/* What a number of this type is called in that sentence; NULL: it says nothing of the type, or does not know it. */
static const char *
known_expectation(const XmlField *f, const char *value)
{
    if (f->type == &xml_type_natural)
        return g_ascii_string_to_signed(value, 10, INT_MIN, -1, NULL, NULL) ? "Expected non-negative value"
                                                                            : "Expected integer value";
    if (f->type == &xml_type_positive)
        return g_ascii_string_to_unsigned(value, 10, 0, 0, NULL, NULL) ? "Zero is not permitted"
                                                                      : "Expected non-negative integer value";
    if (f->type == &xml_type_int || f->type == &xml_type_ll)
        return "Expected integer value";
    if (f->type == &xml_type_uint || f->type == &xml_type_ull || f->type == &xml_type_num || f->type == &xml_type_num64 ||
        f->type == &xml_type_hex || f->type == &xml_type_hex64)
        return "Expected non-negative integer value";
    return f->type == &xml_type_enum ? "" : NULL;
}

/* Attributes of the common types: the sentence first, then what helps. */
static bool
fail_attribute(const Parse *parse, const XmlField *f, const char *value, const char *expected, const xmlNode *node)
{
    g_autofree char *shown = shorten(value), *words = NULL;
    const char *near = NULL;
    long line = xmlGetLineNo((xmlNode *)node);
    GString *more;

    if (g_str_has_prefix(expected, "Zero")) {
        error_set(parse->error, VIR_ERR_XML_ERROR, "Invalid value for attribute '%s' in element '%s': %s", f->name, node->name,
                  expected);
        return false;
    }
    more = g_string_new(*expected ? " " : NULL);

    g_string_append(more, expected);
    if (f->type == &xml_type_enum) {
        near = xml_near_miss(value, f->words->words);
        words = g_strjoinv(", ", (char **)f->words->words + !f->words->words[0][0]);
    }
    if (parse->flags & XML_PARSE_STRICT) {
        if (words)
            g_string_append_printf(more, " Expected one of %s", words);
        g_string_append_printf(more, " (line %ld)", line);
        if (near)
            g_string_append_printf(more, "; did you mean '%s'?", near);
    } else if (near) {
        g_string_append_printf(more, " Did you mean '%s' (line %ld)?", near, line);
    }
    error_set(parse->error, VIR_ERR_XML_ERROR, "Invalid value for attribute '%s' in element '%s': '%s'.%s", f->name,
              node->name, shown, more->str);
    g_string_free(more, true);
    return false;
}

/* The text of elements, and types of our own. */
static bool
fail_value(const Parse *parse, const XmlField *f, const char *value, const char *unit, const xmlNode *node)
{
    g_autofree char *shown = shorten(value);
    g_autofree char *words = NULL, *where = NULL, *miss = NULL, *with_unit = NULL;
    const char *known = f->kind == XML_ATTR && !unit ? known_expectation(f, value) : NULL;

    if (known)
        return fail_attribute(parse, f, value, known, node);
    if (f->kind == XML_ATTR)
        where = g_strdup_printf("attribute '%s' of <%s>", f->name, node->name);
    else
        where = g_strdup_printf("<%s>", node->name);
    if (unit)
        with_unit = g_strdup_printf(" with unit '%.20s'", unit);
    if (f->type == &xml_type_enum) {
        const char *near = xml_near_miss(value, f->words->words);
        words = g_strjoinv(", ", (char **)f->words->words + !f->words->words[0][0]);
        miss = near ? g_strdup_printf("; did you mean '%s'?", near) : NULL;
    }
    error_set(parse->error, VIR_ERR_XML_ERROR, "invalid value '%s'%s for %s (line %ld): expected %s%s%s%s", shown,
              with_unit ? with_unit : "", where, xmlGetLineNo((xmlNode *)node), f->type->expect, words ? " " : "",
              words ? words : "", miss ? miss : "");
    return false;
}

static bool
fail_unknown(const Parse *parse, const XmlField *rows, const void *base, const xmlNode *node, const xmlNode *bad,
             bool unit)
{
    bool attribute = bad->type == XML_ATTRIBUTE_NODE;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autofree char *shown = shorten((const char *)bad->name), *miss = NULL;
    const char *near;

    if (rows)
        collect_names(rows, base, attribute, names);
    if (attribute && unit)
        g_ptr_array_add(names, (char *)"unit");
    g_ptr_array_add(names, NULL);
    near = xml_near_miss((const char *)bad->name, (const char *const *)names->pdata);
    if (near)
        miss = g_strdup_printf(attribute ? "; did you mean '%s'?" : "; did you mean <%s>?", near);
    error_set(parse->error, VIR_ERR_XML_INVALID_SCHEMA,
              attribute ? "unknown attribute '%s' of <%s> (line %ld)%s" : "unknown element <%s> in <%s> (line %ld)%s",
              shown, node->name, xmlGetLineNo((xmlNode *)(attribute ? node : bad)), miss ? miss : "");
    return false;
}

/* ---- unknown content ---------------------------------------------------- */

typedef struct Kept {
    XmlExtra *first, *last;
} Kept;

static void
keep(Kept *kept, const void *place, const XmlField *after, bool attribute, char *text)
{
    XmlExtra *extra = g_new0(XmlExtra, 1);

    *extra = (XmlExtra){ .place = place, .after = after, .attribute = attribute, .text = text };
    if (kept->last)
        kept->last->next = extra;
    else
        kept->first = extra;
    kept->last = extra;
}

static bool
attribute_is_plain(const xmlAttr *attr)
{
    return !attr->ns || !strcmp((const char *)attr->ns->prefix, "xml");
}

/* Foreign attributes carry the declaration of their prefix along. */
static char *
attribute_text(const xmlAttr *attr)
{
    GString *out = g_string_new(" ");
    xmlChar *value = xmlNodeListGetString(attr->doc, attr->children, 1);

    if (attr->ns && !attribute_is_plain(attr)) {
        g_string_append_printf(out, "xmlns:%s='", attr->ns->prefix);
        xml_escape(out, (const char *)attr->ns->href, true);
        g_string_append(out, "' ");
    }
    if (attr->ns && attr->ns->prefix)
        g_string_append_printf(out, "%s:", attr->ns->prefix);
    g_string_append_printf(out, "%s='", attr->name);
    xml_escape(out, value ? (const char *)value : "", true);
    g_string_append_c(out, '\'');
    xmlFree(value);
    return g_string_free(out, false);
}

/* The element as it stands, with the namespaces it needs from its parents. */
static char *
element_text(xmlNode *node)
{
    xmlNode *copy = xmlDocCopyNode(node, node->doc, 1);
    xmlBuffer *buffer = xmlBufferCreate();
    char *text;

    g_assert(copy && buffer);
    xmlNodeDump(buffer, node->doc, copy, 0, 0);
    text = g_strdup((const char *)xmlBufferContent(buffer));
    xmlBufferFree(buffer);
    xmlFreeNode(copy);
    return text;
}

/* Whether @attr of a foreign namespace can declare its prefix where it is printed: not a second time on one
 * element, nor where the document declares its own. */
static bool
can_declare(const Parse *parse, const xmlAttr *attr)
{
    for (const xmlAttr *a = attr->prev; a; a = a->prev)
        if (a->ns && !strcmp((const char *)a->ns->prefix, (const char *)attr->ns->prefix))
            return false;
    for (const XmlNamespace *n = parse->namespaces; n && n->prefix; n++)
        if (!strcmp(n->prefix, (const char *)attr->ns->prefix))
            return false;
    return true;
}

/* Sort what is on @node into known and unknown. @rows is NULL for an element
 * that has only text. */
static bool
keep_unknown(const Parse *parse, const XmlField *rows, const void *place, void *base, void *owner, xmlNode *node,
             bool unit)
{
    const XmlField *after = NULL;
    XmlExtra **list = owner;
    Kept kept = { NULL, NULL };
    bool ok = true;

    for (xmlAttr *attr = node->properties; attr && ok; attr = attr->next) {
        if (rows ? attr->_private || known_row(parse, rows, base, (xmlNode *)attr, true)
                 : unit && !strcmp((const char *)attr->name, "unit"))
            continue;
        if (parse->flags & XML_PARSE_STRICT)
            ok = attr->ns || fail_unknown(parse, rows, base, node, (xmlNode *)attr, unit);
        else if (attribute_is_plain(attr) || can_declare(parse, attr))
            keep(&kept, place, NULL, true, attribute_text(attr));
    }
    for (xmlNode *c = node->children; c && ok; c = c->next) {
        const XmlField *row;

        if (c->type != XML_ELEMENT_NODE)
            continue;
        row = !rows ? NULL : c->_private ? c->_private : known_row(parse, rows, base, c, false);
        if (!row && parse->flags & XML_PARSE_STRICT) {
            ok = fail_unknown(parse, rows, base, node, c, false);
        } else if (!row) {
            keep(&kept, place, after, false, element_text(c));
        } else {
            after = row;
            /* That no row was used for it: there was one before, or it does not count. */
            if (c->_private || row->flags & parse->skip || row->kind == XML_LIST || row->kind == XML_LEAVES ||
                row->kind == XML_ITEMS || row->kind == XML_CHOICE)
                continue;
            if (row->flags & XML_ONCE) {
                error_set(parse->error, VIR_ERR_XML_ERROR, "only a single <%s> is supported in <%s>: there is another one "
                          "(line %ld)", c->name, node->name, xmlGetLineNo(c));
                ok = false;
            } else if (!(parse->flags & XML_PARSE_STRICT)) { /* the first one counts; an empty copy says nothing */
                if (c->properties || c->children)
                    keep(&kept, place, after, false, element_text(c));
            } else {
                error_set(parse->error, VIR_ERR_XML_INVALID_SCHEMA, "element <%s> is given twice in <%s> (line %ld)",
                          c->name, node->name, xmlGetLineNo(c));
                ok = false;
            }
        }
    }
    if (kept.last) {
        kept.last->next = *list;
        *list = kept.first;
    }
    return ok;
}

/* ---- tree to struct ----------------------------------------------------- */

static bool parse_rows(const Parse *parse, const XmlField *rows, const Element *at, void *base, void *owner);

static bool
parse_element(const Parse *parse, const XmlField *rows, xmlNode *node, void *base, void *owner)
{
    Element at = look_at(node);

    return parse_rows(parse, rows, &at, base, owner) && keep_unknown(parse, rows, rows, base, owner, node, false);
}

/* A row given up to an earlier one on the same member. */
static bool
is_taken(const XmlField *f, void *base)
{
    const void *p = XML_AT(base, f->offset);

    if (!(f->flags & (XML_INPUT | XML_PLACE)))
        return false;
    if (f->has)
        return *(bool *)XML_AT(base, f->has);
    if (f->kind == XML_CHILD || f->kind == XML_LIST || f->kind == XML_LEAVES || f->kind == XML_RAW)
        return *(void *const *)p != NULL;
    if (!f->type)
        return false;
    return !xml_is_number(p, f->type->size, f->def);
}

/* The row was used: note presence and place. */
static void
mark(const XmlField *f, void *base)
{
    if (f->has)
        *(bool *)XML_AT(base, f->has) = true;
    if (f->flags & XML_PLACE)
        *(bool *)XML_AT(base, f->tag) = f->when == 2;
}

/* The text of an element itself; NULL when there is none.  Between child elements
 * blanks are only layout.  What is made for it is left in @ret_own. */
static const char *
own_text(const xmlNode *node, char **ret_own)
{
    GString *text;
    bool mixed = false;

    if (!node->children)
        return NULL;
    if (!node->children->next && node->children->type == XML_TEXT_NODE)
        return *node->children->content ? (const char *)node->children->content : NULL;
    text = g_string_new(NULL);
    for (const xmlNode *c = node->children; c; c = c->next) {
        mixed |= c->type == XML_ELEMENT_NODE;
        if (c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE)
            g_string_append(text, (const char *)c->content);
    }
    *ret_own = g_string_free(text, false);
    if (mixed)
        g_strstrip(*ret_own);
    return **ret_own ? *ret_own : NULL;
}

static const char *
attribute_value(const xmlNode *attr, char **ret_own)
{
    const xmlNode *text = attr->children;
    xmlChar *whole;

    if (!text || (!text->next && text->type == XML_TEXT_NODE))
        return text ? (const char *)text->content : "";
    whole = xmlNodeListGetString(attr->doc, text, 1);
    *ret_own = g_strdup((const char *)whole);
    xmlFree(whole);
    return *ret_own;
}

static bool
parse_value(const Parse *parse, const XmlField *f, xmlNode *node, const char *text, void *base)
{
    static const XmlField unit_row = { .kind = XML_ATTR, .name = "unit" };
    xmlNode *unit_attr = f->type->unit ? find_node(parse, &unit_row, (xmlNode *)node->properties) : NULL;
    g_autofree char *own = NULL, *own_unit = NULL;
    const char *unit = unit_attr ? attribute_value(unit_attr, &own_unit) : NULL;

    if (f->kind != XML_ATTR && f->type != &xml_type_string &&
        (g_ascii_isspace(*text) || g_ascii_isspace(text[strlen(text) - 1])))
        text = own = g_strstrip(g_strdup(text));
    if (!f->type->parse(f, text, unit, XML_AT(base, f->offset)))
        return fail_value(parse, f, text, unit, node);
    mark(f, base);
    return true;
}

static bool
parse_scalar(const Parse *parse, const XmlField *f, xmlNode *node, xmlNode *found, void *base, void *owner)
{
    g_autofree char *own = NULL;
    xmlNode *at = f->kind == XML_LEAF ? found : node;
    const char *text = f->kind == XML_ATTR ? attribute_value(found, &own) : own_text(at, &own);

    if (text && !is_taken(f, base) && !parse_value(parse, f, at, text, base))
        return false;
    if (!text && f->flags & XML_REQUIRED)
        return fail_missing(parse, false, f->name ? f->name : "text", node);
    return f->kind != XML_LEAF ||
           keep_unknown(parse, NULL, XML_LEAF_PLACE(f), base, owner, found, f->type->unit != NULL);
}

static void *parse_struct(const Parse *parse, const XmlStruct *s, const XmlField *rows, xmlNode *node, int choice);

static bool
add_item(const Parse *parse, const XmlField *f, const XmlField *rows, xmlNode *node, int choice, void **list)
{
    void *item = parse_struct(parse, f->sub, rows, node, choice);

    if (!item)
        return false;
    if (!*list)
        *list = g_ptr_array_new();
    g_ptr_array_add(*list, item);
    return true;
}

/* One text of a list; what nobody knows of its element is kept with its number. */
static bool
add_leaf(const Parse *parse, const XmlField *f, xmlNode *node, void *base, void **list, XmlExtra **owner)
{
    g_autofree char *own = NULL;
    const char *text = own_text(node, &own);
    const XmlExtra *before = *owner;
    GPtrArray *texts = *list ? *list : g_ptr_array_new_with_free_func(g_free);

    *list = texts;
    g_ptr_array_add(texts, g_strdup(text ? text : ""));
    if (!keep_unknown(parse, NULL, XML_LEAF_PLACE(f), base, owner, node, false))
        return false;
    for (XmlExtra *extra = *owner; extra != before; extra = extra->next) {
        extra->item = texts->len;
        extra->of = g_strdup(text ? text : "");
    }
    return true;
}

static bool
parse_list(const Parse *parse, const XmlField *f, xmlNode *child, void *base, void *owner)
{
    void **list = XML_AT(base, f->offset);

    if (is_taken(f, base))
        return true;
    for (; child; child = find_node(parse, f, child->next)) {
        if (f->kind == XML_LIST && !add_item(parse, f, f->sub->rows, child, -1, list))
            return false;
        if (f->kind == XML_LEAVES && !add_leaf(parse, f, child, base, list, owner))
            return false;
        mark(f, base);
    }
    return true;
}

static bool
parse_items(const Parse *parse, const XmlField *f, xmlNode *node, void **list)
{
    const XmlField *choice = f->sub->rows;

    for (xmlNode *c = node->children; c; c = c->next) {
        int value = choice_value(choice, c);
        if (value < 0)
            continue;
        c->_private = (void *)f;
        if (!add_item(parse, f, choice->cases[value], c, value, list))
            return false;
    }
    return true;
}

static bool
parse_choice(const Parse *parse, const XmlField *f, xmlNode *node, void *base, void *owner)
{
    for (xmlNode *c = node->children; c; c = c->next) {
        int value = choice_value(f, c);
        if (value < 0)
            continue;
        c->_private = (void *)f;
        *(uint8_t *)XML_AT(base, f->tag) = value;
        return parse_element(parse, f->cases[value], c, base, owner);
    }
    return true;
}

static bool
parse_row(const Parse *parse, const XmlField *f, const Element *at, xmlNode *c, void *base, void *owner)
{
    void *p = XML_AT(base, f->offset);

    switch ((XmlKind)f->kind) {
    case XML_ATTR:
    case XML_TEXT:
    case XML_LEAF:
        return parse_scalar(parse, f, at->node, c, base, owner);
    case XML_FLAG:
        *(bool *)p = true;
        return keep_unknown(parse, NULL, XML_LEAF_PLACE(f), base, owner, c, false);
    case XML_GROUP:
        if (f->offset)
            *(bool *)p = true;
        return parse_element(parse, f->rows, c, base, owner);
    case XML_SWITCH:
        return parse_rows(parse, xml_case_rows(f, base), at, base, owner);
    case XML_CHOICE:
        return parse_choice(parse, f, at->node, base, owner);
    case XML_CHILD:
        if (f->flags & XML_PLACE && is_taken(f, base)) {
            const xmlNode *whose = strcmp((const char *)at->node->name, "source") ? at->node : at->node->parent;

            error_set(parse->error, VIR_ERR_CONFIG_UNSUPPORTED, "an <%s> definition already found for %s source", f->name,
                      whose->name);
            return false;
        }
        if (is_taken(f, base))
            return true;
        *(void **)p = parse_struct(parse, f->sub, f->sub->rows, c, -1);
        if (*(void **)p)
            mark(f, base);
        return *(void **)p != NULL;
    case XML_LIST:
    case XML_LEAVES:
        return parse_list(parse, f, c, base, owner);
    case XML_ITEMS:
        return parse_items(parse, f, at->node, p);
    case XML_MIXIN:
        return parse_rows(parse, f->sub->rows, at, p, p) &&
               (!f->sub->check || parse->flags & XML_PARSE_NO_CHECK ||
                f->sub->check(p, parse->flags, parse->error));
    case XML_RAW:
        if (!is_taken(f, base))
            *(char **)p = element_text(c);
        return true;
    case XML_END:
        break;
    }
    g_assert_not_reached();
}

static bool
parse_rows(const Parse *parse, const XmlField *rows, const Element *at, void *base, void *owner)
{
    for (const XmlField *f = rows; f->kind; f++) {
        bool attribute = f->kind == XML_ATTR;
        xmlNode *found = NULL;

        if (f->flags & parse->skip)
            continue;
        if (f->name) {
            if ((attribute ? at->attributes : at->children) >> f->bit & 1)
                found = find_node(parse, f, attribute ? (xmlNode *)at->node->properties : at->node->children);
            if (!found && f->flags & XML_REQUIRED)
                return fail_missing(parse, attribute, f->name, at->node);
            if (!found && f->flags & XML_BARE)
                *(uint8_t *)XML_AT(base, f->offset) = f->def;
            if (!found)
                continue;
        }
        if (!parse_row(parse, f, at, found, base, owner))
            return false;
    }
    return true;
}

static void *
parse_struct(const Parse *parse, const XmlStruct *s, const XmlField *rows, xmlNode *node, int choice)
{
    Parse inner = *parse;
    void *obj = xml_new(s);

    inner.namespaces = s->namespaces;
    if (choice >= 0)
        *(uint8_t *)XML_AT(obj, s->rows->tag) = choice;
    if (parse_element(&inner, rows, node, obj, obj) &&
        (!s->check || parse->flags & XML_PARSE_NO_CHECK || s->check(obj, parse->flags, parse->error)))
        return obj;
    xml_free(s, obj);
    return NULL;
}

void *
xml_parse(const XmlStruct *s, xmlNode *node, unsigned flags, GError **error)
{
    unsigned skip = (flags & XML_PARSE_INACTIVE ? XML_LIVE | XML_UNREAD : 0) | (flags & XML_PARSE_STATUS ? 0 : XML_STATUS);
    Parse parse = { flags, skip, s->namespaces, error };

    if (s->element[0] && strcmp((const char *)node->name, s->element)) {
        error_set(error, VIR_ERR_XML_ERROR, "expecting root element of '%s', not '%s'", s->element, node->name);
        return NULL;
    }
    return parse_struct(&parse, s, s->rows, node, -1);
}
