/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* backing.c - families of images: backing file strings and block device properties. */
#define ERROR_FROM VIR_FROM_STORAGE
#include "corpus/tool.h"
#include "drivers/conf/source.h"
#include "util/error.h"

#include <libxml/tree.h>
#include <string.h>

/* <source> of @store; a Store is written as what is round it. */
static char *
print_source(const Store *store, GError **error)
{
    XmlStruct wrapped = store_xml;
    g_autofree char *text = NULL;
    g_autoptr(xmlDoc) doc = NULL;
    g_autoptr(GString) out = g_string_new(NULL);

    wrapped.element = "store";
    text = xml_format_text(&wrapped, store, XML_FORMAT_SECURE | XML_FORMAT_INACTIVE);
    doc = xml_read(text, "(store)", error);
    if (!doc)
        return NULL;
    for (xmlNode *node = xmlDocGetRootElement(doc)->children; node; node = node->next) {
        xmlBuffer *buffer;

        if (node->type != XML_ELEMENT_NODE || strcmp((const char *)node->name, "source"))
            continue;
        buffer = xmlBufferCreate();
        xmlNodeDump(buffer, doc, node, 0, 0);
        g_string_append_printf(out, "%s\n", (const char *)xmlBufferContent(buffer));
        xmlBufferFree(buffer);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static char *
backing_store_parse(const Request *request, GError **error)
{
    const char *text = request_option(request, "string");
    g_autoptr(Store) store = source_read(text ? text : "", error);

    return store ? print_source(store, error) : NULL;
}

static char *
block_json2json(const Request *request, GError **error)
{
    g_autofree char *text = g_strchomp(g_strdup(request->input));
    g_autoptr(Store) store = source_read(text, error);
    g_autoptr(Json) properties = store ? source_properties(store, NULL, error) : NULL;

    return properties ? json_format(properties, true) : NULL;
}

static char *
block_source_roundtrip(const Request *request, GError **error)
{
    XmlStruct wrapped = store_xml;
    g_autofree char *xml = g_strdup_printf("<store type='%s'>%s</store>", request_option(request, "type"), request->input);
    g_autofree char *text = NULL;
    g_autoptr(Store) store = NULL, again = NULL;

    wrapped.element = "store";
    store = xml_parse_text(&wrapped, xml, XML_PARSE_INACTIVE, error);
    text = store ? source_write(store, true, error) : NULL;
    again = text ? source_read(text, error) : NULL;
    return again ? print_source(again, error) : NULL;
}

const Family backing_families[] = {
    { "backing-store-parse", backing_store_parse, "string" },
    { "qemu-block-json2json", block_json2json, "" },
    { "qemu-block-source-roundtrip", block_source_roundtrip, "type" },
    { NULL, NULL, NULL },
};
