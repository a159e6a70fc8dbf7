/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xml_tree.c - XML text to a tree, under limits that hostile input cannot get around
 *
 * libxml2 reads, and by xml_read() makes its own tree for those who change it.  For xml_parse_text()
 * the same nodes lie in a few large pieces of memory, filled here: a node is then a few stores
 * instead of a call of malloc(), and freeing it is nothing.
 */
#define ERROR_FROM VIR_FROM_XML
#include "util/error.h"
#include "util/xml_private.h"

#include <libxml/SAX2.h>
#include <libxml/parserInternals.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

#define MAX_ATTRIBUTES 4096u     /* of one element: libxml2 compares each with each */
#define MAX_NODES 1000000u       /* elements and attributes of one document */
#define PIECE_MIN (8u << 10)
#define PIECE_MAX (1u << 20)

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlParserCtxt, xmlFreeParserCtxt)

typedef struct Piece {
    struct Piece *next;
    max_align_t memory[];
} Piece;

typedef struct Reader {
    const char *name;
    startElementNsSAX2Func start;
    unsigned nodes;
    char *problem;               /* first error, whole */
    /* the tree that lies in pieces: */
    xmlNode *root, *at;          /* the element that is open, NULL outside the root */
    GString *text;               /* of the node to come */
    Piece *pieces;
    char *room;                  /* in the newest piece */
    size_t left, piece_size;
} Reader;

static void
reader_clear(Reader *reader)
{
    Piece *next;

    for (Piece *piece = reader->pieces; piece; piece = next) {
        next = piece->next;
        g_free(piece);
    }
    if (reader->text)
        g_string_free(reader->text, true);
    g_free(reader->problem);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reader, reader_clear)

static void
reader_stop(xmlParserCtxt *ctxt, const char *problem)
{
    Reader *reader = ctxt->_private;

    if (!reader->problem)
        reader->problem = g_strdup_printf("%s:%d: %s", reader->name, xmlSAX2GetLineNumber(ctxt), problem);
    xmlStopParser(ctxt);
}

static void
on_doctype(void *ctx, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
    reader_stop(ctx, "document type declarations are not accepted; remove <!DOCTYPE>");
}

static void
on_start(void *ctx, const xmlChar *localname, const xmlChar *prefix, const xmlChar *uri, int n_namespaces,
         const xmlChar **namespaces, int n_attributes, int n_defaulted, const xmlChar **attributes)
{
    xmlParserCtxt *ctxt = ctx;
    Reader *reader = ctxt->_private;

    reader->nodes += 1 + n_attributes + n_namespaces;
    if (reader->nodes > MAX_NODES) {
        reader_stop(ctxt, "more than 1000000 elements and attributes");
        return;
    }
    /* No URI has these, and libxml2 would print them as they are. */
    for (int i = 0; i < n_namespaces; i++) {
        if (namespaces[2 * i + 1] && strpbrk((const char *)namespaces[2 * i + 1], "<>&\"'")) {
            reader_stop(ctxt, "a namespace is not a URI");
            return;
        }
    }
    reader->start(ctx, localname, prefix, uri, n_namespaces, namespaces, n_attributes, n_defaulted, attributes);
}

/* libxml2's message, then the line of input and a mark below the place. */
static void
on_error(void *data, xmlError *err)
{
    xmlParserCtxt *ctxt = err->ctxt;
    Reader *reader = ctxt ? ctxt->_private : NULL;
    const xmlParserInput *input = ctxt ? ctxt->input : NULL;
    g_autofree char *message = NULL, *line = NULL, *mark = NULL;
    const char *cur, *base, *start, *end;

    if (!reader || reader->problem || err->level < XML_ERR_ERROR || err->domain == XML_FROM_NAMESPACE)
        return;
    message = g_strchomp(g_strdup(err->message ? err->message : "not well-formed"));
    if (!input || !input->base || !input->cur) {
        reader->problem = g_strdup_printf("%s:%d: %s", reader->name, err->line, message);
        return;
    }
    base = (const char *)input->base;
    cur = (const char *)input->cur;
    while (cur > base && (*cur == '\n' || *cur == '\r' || *cur == '\0'))
        cur--;
    for (start = cur; start > base && cur - start < 80 && start[-1] != '\n' && start[-1] != '\r';)
        start--;
    for (end = cur; *end && *end != '\n' && *end != '\r' && end - start < 80;)
        end++;
    line = g_utf8_make_valid(start, end - start);
    mark = g_strnfill((const char *)input->cur > end ? end - start : (const char *)input->cur - start, '-');
    reader->problem = g_strdup_printf("%s:%d: %s\n%s\n%s^", reader->name, err->line, message, line, mark);
}

/* Too many attributes must be seen before libxml2 does, whose check for doubles
 * takes quadratic time.  What is not closed is left for libxml2 to tell. */
static bool
check_attributes(const char *text, const char *name, int from, GError **error)
{
    unsigned all = 0, line = 1;

    for (const char *p = text; all <= MAX_ATTRIBUTES && (p = strchr(p, '=')); p++)
        all++;
    if (all <= MAX_ATTRIBUTES)
        return true;
    for (const char *p = strchr(text, '<'); p; p = strchr(p, '<')) {
        const char *end = g_str_has_prefix(p, "<!--") ? "-->" : g_str_has_prefix(p, "<![CDATA[") ? "]]>" : NULL;
        unsigned attributes = 0;

        p = end ? strstr(p, end) : p + 1;
        for (; !end && p && *p && *p != '>' && *p != '<'; p = p ? p + 1 : NULL) {
            attributes += *p == '=';
            if (attributes > MAX_ATTRIBUTES) {
                for (const char *c = text; c < p; c++)
                    line += *c == '\n';
                error_set_full(error, from, VIR_ERR_XML_ERROR, "%s:%u: an element has more than %u attributes", name,
                               line, MAX_ATTRIBUTES);
                return false;
            }
            if (*p == '\'' || *p == '"')
                p = strchr(p + 1, *p);
        }
        if (!p)
            return true;
    }
    return true;
}

/* ---- our tree ----------------------------------------------------------- */

static void *
take(Reader *reader, size_t size)
{
    void *memory;

    size = (size + sizeof(void *) - 1) & -sizeof(void *);
    if (size > reader->left) {
        Piece *piece;

        reader->piece_size = MIN(MAX(reader->piece_size * 2, PIECE_MIN), PIECE_MAX);
        reader->left = MAX(reader->piece_size, size);
        piece = g_malloc(sizeof(Piece) + reader->left);
        piece->next = reader->pieces;
        reader->pieces = piece;
        reader->room = (char *)piece->memory;
    }
    memory = reader->room;
    reader->room += size;
    reader->left -= size;
    return memory;
}

static xmlChar *
take_text(Reader *reader, const void *text, size_t length)
{
    xmlChar *copy = take(reader, length + 1);

    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

/* A node behind all others of the open element. */
static xmlNode *
add_node(xmlParserCtxt *ctxt, xmlElementType type, const xmlChar *name, xmlChar *content)
{
    Reader *reader = ctxt->_private;
    xmlNode *node = take(reader, sizeof(*node));
    int line = xmlSAX2GetLineNumber(ctxt);

    *node = (xmlNode){ .type = type, .name = name, .content = content, .parent = reader->at, .doc = ctxt->myDoc,
                       .line = MIN(line, USHRT_MAX), .psvi = line > USHRT_MAX ? GINT_TO_POINTER(line) : NULL };
    if (!reader->at)
        return node;
    node->prev = reader->at->last;
    if (node->prev)
        node->prev->next = node;
    else
        reader->at->children = node;
    reader->at->last = node;
    return node;
}

/* Text comes in pieces; this is the end of them. */
static Reader *
end_text(xmlParserCtxt *ctxt)
{
    Reader *reader = ctxt->_private;

    if (reader->text->len) {
        add_node(ctxt, XML_TEXT_NODE, xmlStringText, take_text(reader, reader->text->str, reader->text->len));
        g_string_truncate(reader->text, 0);
    }
    return reader;
}

static void
tree_text(void *ctx, const xmlChar *text, int length)
{
    Reader *reader = ((xmlParserCtxt *)ctx)->_private;

    if (reader->at)
        g_string_append_len(reader->text, (const char *)text, length);
}

static void
tree_comment(void *ctx, const xmlChar *text)
{
    Reader *reader = end_text(ctx);

    if (reader->at)
        add_node(ctx, XML_COMMENT_NODE, xmlStringComment, take_text(reader, text, strlen((const char *)text)));
}

static void
tree_instruction(void *ctx, const xmlChar *target, const xmlChar *data)
{
    Reader *reader = end_text(ctx);

    if (reader->at)
        add_node(ctx, XML_PI_NODE, take_text(reader, target, strlen((const char *)target)),
                 data ? take_text(reader, data, strlen((const char *)data)) : NULL);
}

/* A prefix that nobody declared is part of the name. */
static const xmlChar *
full_name(xmlParserCtxt *ctxt, const xmlChar *localname, const xmlChar *prefix, const xmlChar *uri)
{
    return prefix && !uri ? xmlDictQLookup(ctxt->dict, prefix, localname) : localname;
}

static void
add_attribute(xmlParserCtxt *ctxt, xmlNode *node, xmlAttr **last, const xmlChar **facts)
{
    Reader *reader = ctxt->_private;
    struct { xmlAttr attr; xmlNode text; } *both = take(reader, sizeof(*both));
    xmlAttr *attr = &both->attr;

    both->text = (xmlNode){ .type = XML_TEXT_NODE, .name = xmlStringText, .parent = (xmlNode *)attr, .doc = ctxt->myDoc,
                            .content = take_text(reader, facts[3], facts[4] - facts[3]) };
    *attr = (xmlAttr){ .type = XML_ATTRIBUTE_NODE, .name = full_name(ctxt, facts[0], facts[1], facts[2]),
                       .children = &both->text, .last = &both->text, .parent = node, .prev = *last, .doc = ctxt->myDoc,
                       .ns = facts[2] ? xmlSearchNs(ctxt->myDoc, node, facts[1]) : NULL };
    if (*last)
        (*last)->next = attr;
    else
        node->properties = attr;
    *last = attr;
}

static void
tree_start(void *ctx, const xmlChar *localname, const xmlChar *prefix, const xmlChar *uri, int n_namespaces,
           const xmlChar **namespaces, int n_attributes, int n_defaulted, const xmlChar **attributes)
{
    xmlParserCtxt *ctxt = ctx;
    Reader *reader = end_text(ctxt);
    xmlNode *node = add_node(ctxt, XML_ELEMENT_NODE, full_name(ctxt, localname, prefix, uri), NULL);
    xmlNs **ns = &node->nsDef;
    xmlAttr *last = NULL;

    for (int i = 0; i < n_namespaces; i++, ns = &(*ns)->next) {
        *ns = take(reader, sizeof(**ns));
        **ns = (xmlNs){ .type = XML_LOCAL_NAMESPACE, .prefix = namespaces[2 * i], .href = namespaces[2 * i + 1] };
    }
    if (uri)
        node->ns = xmlSearchNs(ctxt->myDoc, node, prefix);
    for (int i = 0; i < n_attributes; i++)
        add_attribute(ctxt, node, &last, attributes + 5 * i);
    if (!reader->root)
        reader->root = node;
    reader->at = node;
}

static void
tree_end(void *ctx, const xmlChar *localname, const xmlChar *prefix, const xmlChar *uri)
{
    Reader *reader = end_text(ctx);

    reader->at = reader->at->parent;
}

/* ---- reading ------------------------------------------------------------ */

/* libxml2 makes the tree, or we do it when @reader has a place for text. */
static xmlDoc *
read_text(xmlParserCtxt *ctxt, Reader *reader, const char *text, int from, GError **error)
{
    g_autoptr(xmlDoc) doc = NULL;
    size_t length = strlen(text);
    bool ok;

    if (length > XML_MAX_SIZE) {
        error_set_full(error, from, VIR_ERR_XML_ERROR, "%s: document of %zu bytes is larger than the limit of %u",
                       reader->name, length, XML_MAX_SIZE);
        return NULL;
    }
    if (!check_attributes(text, reader->name, from, error))
        return NULL;
    g_assert(ctxt);
    ctxt->_private = reader;
    reader->start = reader->text ? tree_start : ctxt->sax->startElementNs;
    ctxt->sax->startElementNs = on_start;
    ctxt->sax->internalSubset = on_doctype;
    ctxt->sax->serror = on_error;
    if (reader->text) {
        ctxt->sax->endElementNs = tree_end;
        ctxt->sax->characters = ctxt->sax->ignorableWhitespace = tree_text;
        ctxt->sax->comment = tree_comment;
        ctxt->sax->processingInstruction = tree_instruction;
    }
    /* Without a document type there are no entities but XML's own five. */
    doc = xmlCtxtReadMemory(ctxt, text, length, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA |
                            XML_PARSE_BIG_LINES | (reader->text ? XML_PARSE_NOENT : 0));
    ok = doc && !reader->problem && (reader->text ? reader->root : xmlDocGetRootElement(doc));
    if (!ok)
        error_set_full(error, from, VIR_ERR_XML_DETAIL, "%s", reader->problem ? reader->problem : "document is empty");
    return ok ? g_steal_pointer(&doc) : NULL;
}

/* libxml2 sets itself up at its first use, which must not be that of two threads at once. */
static xmlParserCtxt *
new_context(void)
{
    static gsize once;

    if (g_once_init_enter(&once)) {
        xmlInitParser();
        g_once_init_leave(&once, 1);
    }
    return xmlNewParserCtxt();
}

xmlDoc *
xml_read_full(const char *text, const char *name, int from, GError **error)
{
    g_autoptr(xmlParserCtxt) ctxt = new_context();
    g_auto(Reader) reader = { .name = name };

    return read_text(ctxt, &reader, text, from, error);
}

void *
xml_parse_text(const XmlStruct *s, const char *text, unsigned flags, GError **error)
{
    g_autofree char *name = s->label ? g_strdup_printf("(%s)", s->label) : g_strdup_printf("(%s_definition)", s->element);
    g_autoptr(xmlParserCtxt) ctxt = new_context(); /* its dictionary has the names */
    g_auto(Reader) reader = { .name = name, .text = g_string_new(NULL) };
    g_autoptr(xmlDoc) doc = read_text(ctxt, &reader, text, s->label ? s->from : VIR_FROM_XML, error);

    return doc ? xml_parse(s, reader.root, flags, error) : NULL;
}
