/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* metadata.c - elements of other programs are kept in <metadata>, one for each namespace */
#define ERROR_FROM VIR_FROM_NETWORK
#include "drivers/network/metadata.h"

#include <libvirt/libvirt.h>
#include <libxml/parser.h>
#include <string.h>

#include "util/error.h"

/* The element of namespace @uri among the children of @root. */
static xmlNode *
find_element(xmlNode *root, const char *uri)
{
    for (xmlNode *node = root ? root->children : NULL; node; node = node->next)
        if (node->type == XML_ELEMENT_NODE && node->ns && g_strcmp0((const char *)node->ns->href, uri) == 0)
            return node;
    return NULL;
}

static char *
node_text(xmlNode *node)
{
    xmlBuffer *buffer = xmlBufferCreate();
    char *text = NULL;

    xmlNodeDump(buffer, node->doc, node, 0, 1);
    text = g_strdup((const char *)xmlBufferContent(buffer));
    xmlBufferFree(buffer);
    return text;
}

static bool
set_element(Network *network, const char *metadata, const char *key, const char *uri, GError **error)
{
    g_autoptr(xmlDoc) have = xml_read(network->metadata ? network->metadata : "<metadata/>", "(metadata)", error);
    g_autoptr(xmlDoc) want = NULL;
    xmlNode *root = NULL, *old = NULL, *element = NULL;

    if (!have)
        return false;
    root = xmlDocGetRootElement(have);
    old = find_element(root, uri);
    if (metadata) {
        want = xml_read(metadata, "(metadata_xml)", error);
        if (!want)
            return false;
        element = xmlDocCopyNode(xmlDocGetRootElement(want), have, 1);
        xmlSetNs(element, xmlNewNs(element, BAD_CAST uri, BAD_CAST key));
    }
    if (old) {
        xmlUnlinkNode(old);
        xmlFreeNode(old);
    }
    if (element)
        xmlAddChild(root, element);
    g_free(network->metadata);
    network->metadata = xmlFirstElementChild(root) ? node_text(root) : NULL;
    return true;
}

static void
set_text(char **member, const char *text)
{
    g_free(*member);
    *member = text && *text ? g_strdup(text) : NULL;
}

bool
network_metadata_set(Network *network, int type, const char *metadata, const char *key, const char *uri, GError **error)
{
    switch (type) {
    case VIR_NETWORK_METADATA_DESCRIPTION:
        set_text(&network->description, metadata);
        return true;
    case VIR_NETWORK_METADATA_TITLE:
        if (metadata && strchr(metadata, '\n')) {
            error_set(error, VIR_ERR_XML_ERROR, "the title of network '%s' must not contain a newline", network->name);
            return false;
        }
        set_text(&network->title, metadata);
        return true;
    case VIR_NETWORK_METADATA_ELEMENT:
        if (uri && (!metadata || key))
            return set_element(network, metadata, key, uri, error);
        error_set(error, VIR_ERR_INVALID_ARG, "metadata of network '%s' needs a namespace and a key", network->name);
        return false;
    default:
        error_set(error, VIR_ERR_INVALID_ARG, "unknown metadata type %d", type);
        return false;
    }
}

char *
network_metadata_get(const Network *network, int type, const char *uri, GError **error)
{
    g_autoptr(xmlDoc) have = NULL;
    xmlNode *node = NULL;
    char *found = NULL;

    if (type == VIR_NETWORK_METADATA_DESCRIPTION) {
        found = g_strdup(network->description);
    } else if (type == VIR_NETWORK_METADATA_TITLE) {
        found = g_strdup(network->title);
    } else if (network->metadata && uri) {
        have = xml_read(network->metadata, "(metadata)", error);
        if (!have)
            return NULL;
        node = find_element(xmlDocGetRootElement(have), uri);
        if (node) {
            /* Its own form, without the namespace that was put on it. */
            xmlSetNs(node, NULL);
            xmlFreeNsList(g_steal_pointer(&node->nsDef));
            found = node_text(node);
        }
    }
    if (!found)
        error_set(error, VIR_ERR_NO_NETWORK_METADATA, "network '%s' has no such metadata", network->name);
    return found;
}
