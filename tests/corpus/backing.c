/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* backing.c - families of images: backing file strings and block device properties. */
#define ERROR_FROM VIR_FROM_STORAGE
#include "corpus/tool.h"
#include "drivers/common/image_chain.h"
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

/* Numbers of formats as the expected files have them: those of a pool's volumes, from "none" on. */
static int
format_number(VolumeFormat format)
{
    int number = 0;

    for (VolumeFormat f = VOLUME_FORMAT_NONE; f < format; f++)
        number += f != VOLUME_FORMAT_UNKNOWN && f != VOLUME_FORMAT_LUKS;
    return number;
}

static const char *
or_null(const char *text)
{
    return text ? text : "<null>";
}

static void
print_layer(GString *out, const ImageChain *layer)
{
    const Store *store = layer->store;
    const NetHost *host = store->hosts && store->hosts->len ? store->hosts->pdata[0] : NULL;
    bool guessed = layer->info.backing && layer->info.backing_format == VOLUME_FORMAT_UNSET;
    VolumeFormat below = layer->info.backing ? layer->info.backing_format : VOLUME_FORMAT_NONE;

    g_string_append_printf(out, "path:%s\nbackingStoreRaw: %s\nbackingStoreRawFormat: %s(%d)\ncapacity: %" G_GUINT64_FORMAT
                                "\nencryption: %d\nrelPath:%s\ntype:%s\nformat:%s\nprotocol:%s\nhostname:%s\n",
                           store->path, or_null(layer->info.backing), guessed ? "<null>" : volume_format_words[below],
                           guessed ? -1 : format_number(below), layer->info.capacity,
                           layer->info.encrypted_luks || layer->info.encrypted_aes, or_null(layer->relative),
                           disk_type_words[store->type], disk_format_words[store->format],
                           store->type == DISK_TYPE_NETWORK ? net_protocol_words[store->protocol] : "none",
                           or_null(host ? host->name : NULL));
    /* The expected files show that of the last image only. */
    if (layer->data_file && !layer->backing)
        g_string_append_printf(out, "\ndataFileRaw: %s\n\n\ndataFileStoreSource:\npath: %s\ncapacity: 0\nencryption: 0\n"
                                    "type:%s\nformat:%s\n",
                               layer->info.data_file, layer->data_file->path, disk_type_words[layer->data_file->type],
                               disk_format_words[layer->data_file->format]);
}

/* "IMAGES=/path": what stands for the path in the expected files. */
static char *
hide_paths(const Request *request, const char *text)
{
    const char *rule = request_option(request, "replace"), *equal = rule ? strchr(rule, '=') : NULL;
    g_autofree char *name = equal ? g_strndup(rule, equal - rule) : NULL;
    g_autoptr(GString) out = g_string_new(text);

    if (equal)
        g_string_replace(out, equal + 1, name, 0);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static char *
storage_probe(const Request *request, GError **error)
{
    const char *path = request_option(request, "path"), *word = request_option(request, "format");
    int format = word ? xml_enum_value(&disk_format_enum, word) : -1;
    g_autoptr(ImageChain) chain = image_chain_read(path ? path : "", format < 0 ? DISK_FORMAT_UNSET : format, error);
    g_autoptr(GString) out = g_string_new(NULL);

    if (!chain)
        return NULL;
    for (const ImageChain *layer = chain; layer; layer = layer->backing) {
        if (layer != chain)
            g_string_append_c(out, '\n');
        print_layer(out, layer);
    }
    return hide_paths(request, out->str);
}

const Family backing_families[] = {
    { "storage-probe", storage_probe, "path format replace" },
    { "backing-store-parse", backing_store_parse, "string" },
    { "qemu-block-json2json", block_json2json, "" },
    { "qemu-block-source-roundtrip", block_source_roundtrip, "type" },
    { NULL, NULL, NULL },
};
