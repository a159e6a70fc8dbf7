/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* backing.c - families of images: backing file strings and block device properties. */
#define ERROR_FROM VIR_FROM_STORAGE
#include "corpus/tool.h"
#include "drivers/common/image_chain.h"
#include "drivers/conf/source.h"
#include "drivers/qemu/command/command_image.h"
#include "util/error.h"
#include "util/text.h"

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

/* Node names as in a status file; the alias of a secret follows from the node's. */
static const char *
node_name(const Store *store, const char *type)
{
    const SourcePrivate *state = store->source_private;

    for (guint i = 0; state && state->nodenames && i < state->nodenames->len; i++) {
        const NodeName *node = state->nodenames->pdata[i];

        if (!strcmp(node->type, type))
            return node->name;
    }
    return NULL;
}

static bool
print_nodes(GString *out, const Disk *disk, const Store *store, bool top, GError **error)
{
    const char *storage = node_name(store, "storage"), *format = node_name(store, "format");
    const Store *below = store->backing_store;
    g_autofree char *secret = g_strdup_printf("%s-secalias", storage), *key = g_strdup_printf("%s-encalias", format);
    const CommandImage image = {
        .disk = disk, .store = *store, .source = { .secret = secret }, .top = top, .readonly = disk->readonly || !top,
        .storage = storage, .format = format, .key = key, .backing = below ? node_name(below, "format") : NULL,
        .terminated = below && below->type == DISK_TYPE_UNSET && store->format != DISK_FORMAT_RAW,
    };
    g_autoptr(Json) file = command_image_storage(&image, error);
    g_autoptr(Json) top_node = file ? command_image_format(&image) : NULL;
    g_autofree char *file_text = NULL, *top_text = NULL;

    if (!file)
        return false;
    file_text = json_format(file, true);
    top_text = json_format(top_node, true);
    g_string_append_printf(out, "%s\n%s\n", top_text, file_text);
    return true;
}

static bool
print_location(GString *out, const Store *store, GError **error)
{
    g_autoptr(Json) properties = source_properties(store, NULL, error);
    g_autofree char *string = properties ? source_write(store, false, error) : NULL;
    g_autofree char *text = NULL;

    if (!string)
        return false;
    text = g_strdup(json_object_to_json_string_ext(
        properties, JSON_C_TO_STRING_NOSLASHESCAPE | JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED));
    g_string_append_printf(out, "(\n  source only properties:\n%s\n  backing store string:\n", text);
    if (g_str_has_prefix(string, "json:{\"file\":")) /* the expected files have it on several lines */
        g_string_append_printf(out, "  json:{\"file\":%s\n  }\n)\n", text);
    else
        g_string_append_printf(out, "  %s\n)\n", string);
    return true;
}

static char *
block_disk(const Request *request, GError **error)
{
    g_autoptr(Disk) disk = xml_parse_text(&disk_xml, request->input, XML_PARSE_STATUS, error);
    bool full = !g_strcmp0(request_option(request, "print"), "full"), ok = true;
    g_autoptr(GString) out = g_string_new(NULL);
    Store top;

    if (!disk)
        return NULL;
    top = command_image_view(disk);
    for (const Store *s = &top; ok && s && s->type != DISK_TYPE_UNSET; s = s->backing_store)
        ok = full ? print_nodes(out, disk, s, s == &top, error) : print_location(out, s, error);
    return ok ? g_string_free(g_steal_pointer(&out), FALSE) : NULL;
}

static void
print_options(GString *out, const char *what, Json *options)
{
    g_autofree char *text = options ? json_format(options, true) : NULL;

    g_string_append_printf(out, "%s:\n%s\n%s", what, text ? text : "<null>", text ? "\n" : "");
}

/* Images to be made are of no device yet, and may have a cipher, which disks may not. */
static Disk *
read_image(const char *xml, GError **error)
{
    g_autoptr(GString) text = g_string_new(xml);
    Disk *disk;

    g_string_replace(text, "</disk>", "<target dev='vda'/></disk>", 1);
    disk = xml_parse_text(&disk_xml, text->str, XML_PARSE_STATUS | XML_PARSE_NO_CHECK, error);
    if (disk && disk->type == DISK_TYPE_UNSET)
        disk->type = DISK_TYPE_FILE;
    return disk;
}

static char *
block_create(const Request *request, GError **error)
{
    const char *backing_path = request_option(request, "backing");
    g_autofree char *backing_text = backing_path ? request_file(request, "backing", error) : NULL;
    g_autoptr(Disk) disk = !backing_path || backing_text ? read_image(request->input, error) : NULL, backing = NULL;
    uint64_t capacity = 0, physical = 0;
    g_autoptr(Json) storage = NULL, format = NULL;
    g_autofree char *key = NULL;
    g_autoptr(GString) out = g_string_new(NULL);
    CommandImage image = { .top = true };
    Store below;

    if (disk && backing_text)
        backing = read_image(backing_text, error);
    if (!disk || (backing_path && !backing))
        return NULL;
    if (!text_parse_uint64(request_option(request, "capacity"), 10, &capacity) ||
        !text_parse_uint64(request_option(request, "physical"), 10, &physical)) {
        error_set(error, VIR_ERR_INVALID_ARG, "options --capacity and --physical must be numbers");
        return NULL;
    }
    image.disk = disk;
    image.store = command_image_view(disk);
    image.storage = node_name(&image.store, "storage");
    image.format = node_name(&image.store, "format");
    image.key = key = g_strdup_printf("%s-encalias", image.format);
    if (backing)
        below = command_image_view(backing);
    if (!command_image_create_storage(&image, physical, &storage, error) ||
        !command_image_create_format(&image, capacity, backing ? &below : NULL, &format, error))
        return NULL;
    print_options(out, "protocol", storage);
    print_options(out, "format", format);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

const Family backing_families[] = {
    { "qemu-block-create", block_create, "backing capacity physical" },
    { "qemu-block-disk", block_disk, "print" },
    { "storage-probe", storage_probe, "path format replace" },
    { "backing-store-parse", backing_store_parse, "string" },
    { "qemu-block-json2json", block_json2json, "" },
    { "qemu-block-source-roundtrip", block_source_roundtrip, "type" },
    { NULL, NULL, NULL },
};
