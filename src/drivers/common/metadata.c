/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* metadata.c - title, description and other programs' elements in <metadata>
 *
 * A program's element is known by its namespace.  It is stored with that namespace and handed out
 * as the program gave it, without.
 */
#define ERROR_FROM VIR_FROM_NONE
#include "drivers/common/metadata.h"

#include <libvirt/libvirt.h>
#include <libxml/tree.h>
#include <string.h>

#include "util/error.h"
#include "util/xml.h"

static xmlNode *
find_element(xmlDoc *doc, const char *uri)
{
    xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;

    for (xmlNode *node = root ? root->children : NULL; node; node = node->next) {
        if (node->type == XML_ELEMENT_NODE && node->ns && node->ns->href &&
            strcmp((const char *)node->ns->href, uri) == 0)
            return node;
    }
    return NULL;
}

/* Give every element below @node of namespace @from the namespace @to. */
static void
change_namespace(xmlNode *node, const char *from, xmlNs *to)
{
    if (node->type != XML_ELEMENT_NODE)
        return;
    if (from ? node->ns && strcmp((const char *)node->ns->href, from) == 0 : !node->ns)
        node->ns = to;
    for (xmlNode *child = node->children; child; child = child->next)
        change_namespace(child, from, to);
}

static void
drop_declaration(xmlNode *node, const char *uri)
{
    for (xmlNs **ns = &node->nsDef; *ns;) {
        if (strcmp((const char *)(*ns)->href, uri) == 0) {
            xmlNs *gone = *ns;

            *ns = gone->next;
            xmlFreeNs(gone);
        } else {
            ns = &(*ns)->next;
        }
    }
}

static char *
print_node(xmlDoc *doc, xmlNode *node)
{
    xmlBuffer *buffer = xmlBufferCreate();
    char *text;

    xmlNodeDump(buffer, doc, node, 0, 0);
    text = g_strdup((const char *)xmlBufferContent(buffer));
    xmlBufferFree(buffer);
    return text;
}

bool
metadata_get(const MetadataPlace *place, int type, const char *uri, char **ret_text, int error_from,
             GError **error)
{
    g_autoptr(xmlDoc) doc = NULL;
    xmlNode *node;

    *ret_text = NULL;
    switch (type) {
    case VIR_DOMAIN_METADATA_DESCRIPTION:
        *ret_text = g_strdup(*place->description);
        return true;
    case VIR_DOMAIN_METADATA_TITLE:
        *ret_text = g_strdup(*place->title);
        return true;
    case VIR_DOMAIN_METADATA_ELEMENT:
        break;
    default:
        error_set_full(error, error_from, VIR_ERR_INVALID_ARG, "unknown metadata type %d", type);
        return false;
    }
    if (!*place->element || !uri)
        return true;
    doc = xml_read(*place->element, "(metadata)", error);
    if (!doc)
        return false;
    node = find_element(doc, uri);
    if (node) {
        change_namespace(node, uri, NULL);
        drop_declaration(node, uri);
        *ret_text = print_node(doc, node);
    }
    return true;
}

bool
metadata_clean(char **element, GError **error)
{
    g_autoptr(xmlDoc) doc = *element ? xml_read(*element, "(metadata)", error) : NULL;
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL, *next;
    bool changed = false;

    if (!doc)
        return *element == NULL;
    for (xmlNode *node = root->children; node; node = next) {
        next = node->next;
        if (node->type != XML_ELEMENT_NODE)
            continue;
        if (node->ns && !g_hash_table_contains(seen, node->ns->href)) {
            g_hash_table_add(seen, (gpointer)node->ns->href);
            continue;
        }
        xmlUnlinkNode(node);
        xmlFreeNode(node);
        changed = true;
    }
    if (changed) {
        g_free(*element);
        *element = xmlChildElementCount(root) ? print_node(doc, root) : NULL;
    }
    return true;
}

static bool
set_element(char **element, const char *text, const char *key, const char *uri, int error_from,
            GError **error)
{
    g_autoptr(xmlDoc) doc = xml_read(*element ? *element : "<metadata/>", "(metadata)", error);
    g_autoptr(xmlDoc) fresh = NULL;
    xmlNode *root, *old;

    if (!doc)
        return false;
    if (text && *text) {
        fresh = xml_read_full(text, "(metadata_xml)", VIR_FROM_DOMAIN, error);
        if (!fresh)
            return false;
    }
    root = xmlDocGetRootElement(doc);
    old = find_element(doc, uri);
    if (old) {
        xmlUnlinkNode(old);
        xmlFreeNode(old);
    }
    if (fresh) {
        xmlNode *node = xmlDocCopyNode(xmlDocGetRootElement(fresh), doc, 1);
        xmlNs *ns = xmlNewNs(node, BAD_CAST uri, BAD_CAST key);

        if (!ns) {
            xmlFreeNode(node);
            error_set_full(error, error_from, VIR_ERR_INVALID_ARG,
                           "namespace key '%s' is in use in the element already", key);
            return false;
        }
        change_namespace(node, NULL, ns);
        xmlAddChild(root, node);
    }
    g_free(*element);
    *element = xmlChildElementCount(root) ? print_node(doc, root) : NULL;
    return true;
}

bool
metadata_set(const MetadataPlace *place, int type, const char *text, const char *key,
             const char *uri, int error_from, GError **error)
{
    char **where = type == VIR_DOMAIN_METADATA_TITLE ? place->title : place->description;

    switch (type) {
    case VIR_DOMAIN_METADATA_TITLE:
        if (text && strchr(text, '\n')) {
            error_set_full(error, error_from, VIR_ERR_INVALID_ARG,
                           "metadata title can't contain newlines");
            return false;
        }
        G_GNUC_FALLTHROUGH;
    case VIR_DOMAIN_METADATA_DESCRIPTION:
        g_free(*where);
        *where = text && *text ? g_strdup(text) : NULL;
        return true;
    case VIR_DOMAIN_METADATA_ELEMENT:
        if (!uri || (text && *text && !key)) {
            error_set_full(error, error_from, VIR_ERR_INVALID_ARG,
                           "a metadata element needs a namespace URI and a key");
            return false;
        }
        return set_element(place->element, text, key, uri, error_from, error);
    default:
        error_set_full(error, error_from, VIR_ERR_INVALID_ARG, "unknown metadata type %d", type);
        return false;
    }
}
