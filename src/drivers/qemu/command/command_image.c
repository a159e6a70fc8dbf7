/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* command_image.c - one image of a disk as block nodes */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/command/command_image.h"

#include <string.h>

#include "util/error.h"

/* Disk and Store share these rows, but not a type. */
Store
command_image_view(const Disk *disk)
{
#define SAME(member) .member = disk->member
    Store store = { SAME(type), SAME(format), SAME(metadata_cache), SAME(path), SAME(fdgroup), SAME(protocol), SAME(query),
                    SAME(tls), SAME(tls_hostname), SAME(hosts), SAME(net_snapshot), SAME(net_config), SAME(iqn),
                    SAME(ssl_verify), SAME(cookies), SAME(readahead), SAME(timeout), SAME(id_user), SAME(id_group),
                    SAME(id_username), SAME(keyfile), SAME(agentsock), SAME(known_hosts), SAME(reconnect_delay),
                    SAME(pool), SAME(volume), SAME(mode), SAME(actual_type), SAME(nvme_type), SAME(managed),
                    SAME(namespace), SAME(nvme_address), SAME(slices), SAME(auth), SAME(encryption), SAME(seclabels),
                    SAME(reservations), SAME(data_store), SAME(source_private), SAME(backing_store), SAME(index) };
#undef SAME

    /* A volume is whatever its pool says. */
    if (store.type == DISK_TYPE_VOLUME)
        store.type = store.actual_type;
    return store;
}

static bool
is_luks(const Store *store)
{
    return store->encryption && store->encryption->engine != ENC_ENGINE_LIBRBD &&
           store->encryption->format == ENC_FORMAT_LUKS;
}

bool
command_image_needs_format(const Store *store, bool always)
{
    switch (store->format) {
    case DISK_FORMAT_UNSET:
    case DISK_FORMAT_RAW:
        return always || is_luks(store) || store->type == DISK_TYPE_DIR;
    default:
        return true;
    }
}

DiskCache
command_image_cache(const Disk *disk)
{
    bool unset = disk->cache == DISK_CACHE_UNSET || disk->cache == DISK_CACHE_DEFAULT;

    return unset && disk->shareable && !disk->readonly ? DISK_CACHE_NONE : disk->cache;
}

static void
add_cache(Json *node, const Disk *disk)
{
    DiskCache cache = command_image_cache(disk);
    Json *object;

    if (cache == DISK_CACHE_UNSET || cache == DISK_CACHE_DEFAULT)
        return;
    object = json_new_object();
    json_add_bool(object, "direct", cache == DISK_CACHE_NONE || cache == DISK_CACHE_DIRECTSYNC);
    json_add_bool(object, "no-flush", cache == DISK_CACHE_UNSAFE);
    json_add(node, "cache", object);
}

/* What the node says that the guest's requests reach first; only that of the top image sees zeroes being written. */
static void
add_discard(Json *node, const CommandImage *image)
{
    const Disk *d = image->disk;

    if (d->discard != DISK_DISCARD_UNSET)
        json_add_string(node, "discard", disk_discard_words[d->discard]);
    if (image->top && d->detect_zeroes != DISK_ZEROES_UNSET)
        json_add_string(node, "detect-zeroes",
                        d->detect_zeroes == DISK_ZEROES_UNMAP && d->discard != DISK_DISCARD_UNMAP
                            ? "on" : disk_zeroes_words[d->detect_zeroes]);
}

static void
add_access(Json *node, const CommandImage *image, bool topmost)
{
    if (topmost) {
        json_add_bool(node, "read-only", image->readonly);
        add_discard(node, image);
    } else {
        json_add_bool(node, "auto-read-only", true);
        json_add_string(node, "discard", "unmap");
    }
    add_cache(node, image->disk);
}

static bool
check_names(const CommandImage *image, GError **error)
{
    const char *const names[] = { image->storage, image->slice, image->format };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (names[i] && strlen(names[i]) > COMMAND_IMAGE_NAME_MAX) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "name '%s' of a block node is longer than QEMU's limit of %d", names[i],
                      COMMAND_IMAGE_NAME_MAX);
            return false;
        }
    }
    return true;
}

Json *
command_image_storage(const CommandImage *image, GError **error)
{
    g_autoptr(Json) node = NULL;
    SourceContext context = image->source;

    if (!check_names(image, error))
        return NULL;
    if (image->disk->io != DISK_IO_UNSET)
        context.aio = disk_io_words[image->disk->io];
    node = source_properties(&image->store, &context, error);
    if (!node)
        return NULL;
    if (image->store.type == DISK_TYPE_DIR)
        json_add_bool(node, "rw", !image->readonly);
    json_add_string(node, "node-name", image->storage);
    add_access(node, image, !image->slice && !image->format);
    return g_steal_pointer(&node);
}

Json *
command_image_slice(const CommandImage *image)
{
    const Slice *slice = image->store.slices->pdata[0];
    Json *node = json_new_object();

    json_add_string(node, "driver", "raw");
    json_add_string(node, "file", image->storage);
    json_add_uint64(node, "offset", slice->offset);
    json_add_uint64(node, "size", slice->size);
    json_add_string(node, "node-name", image->slice);
    add_access(node, image, !image->format);
    return node;
}

const char *
command_image_format_name(const Store *store)
{
    switch (store->format) {
    case DISK_FORMAT_UNSET:
    case DISK_FORMAT_RAW:
    case DISK_FORMAT_FAT:
    case DISK_FORMAT_DIR:
    case DISK_FORMAT_ISO:
        return is_luks(store) ? "luks" : "raw";
    case DISK_FORMAT_PLOOP:
        return "parallels";
    default:
        return disk_format_words[store->format];
    }
}

static void
add_format(Json *node, const CommandImage *image)
{
    const Store *store = &image->store;
    const char *driver = command_image_format_name(store);

    json_add_string(node, "driver", driver);
    if (!strcmp(driver, "luks"))
        json_add_string(node, "key-secret", image->key);
    if (store->format != DISK_FORMAT_QCOW2)
        return;
    if (is_luks(store)) {
        Json *encrypt = json_new_object();

        json_add_string(encrypt, "format", "luks");
        json_add_string(encrypt, "key-secret", image->key);
        json_add(node, "encrypt", encrypt);
    }
    if (store->metadata_cache)
        json_add_uint64(node, "cache-size", store->metadata_cache);
    if (image->top && image->disk->discard_no_unref)
        json_add_bool(node, "discard-no-unref", image->disk->discard_no_unref == ONOFF_ON);
}

Json *
command_image_format(const CommandImage *image)
{
    Json *node = json_new_object();

    json_add_string(node, "node-name", image->format);
    json_add_bool(node, "read-only", image->readonly);
    add_discard(node, image);
    add_cache(node, image->disk);
    add_format(node, image);
    json_add_string(node, "file", image->slice ? image->slice : image->storage);
    if (image->backing)
        json_add_string(node, "backing", image->backing);
    else if (image->terminated)
        json_object_object_add(node, "backing", NULL);
    return node;
}

void
command_image_note(SourcePrivate **where, const char *storage, const char *slice, const char *format)
{
    const char *const nodes[][2] = { { "storage", storage }, { "slice-storage", slice }, { "format", format } };
    GPtrArray *list = g_ptr_array_new();

    if (!*where)
        *where = xml_new(&source_private_xml);
    for (guint i = 0; (*where)->nodenames && i < (*where)->nodenames->len; i++)
        node_name_free((*where)->nodenames->pdata[i]);
    g_clear_pointer(&(*where)->nodenames, g_ptr_array_unref);
    for (size_t i = 0; i < G_N_ELEMENTS(nodes); i++) {
        NodeName *node = nodes[i][1] ? xml_new(&node_name_xml) : NULL;

        if (!node)
            continue;
        node->type = g_strdup(nodes[i][0]);
        node->name = g_strdup(nodes[i][1]);
        g_ptr_array_add(list, node);
    }
    (*where)->nodenames = list;
}

const char *
command_image_noted(const SourcePrivate *where, const char *type)
{
    static const char *const order[] = { "format", "slice-storage", "storage" };

    for (size_t t = 0; where && where->nodenames && t < G_N_ELEMENTS(order); t++) {
        if (type && strcmp(type, order[t]) != 0)
            continue;
        for (guint i = 0; i < where->nodenames->len; i++) {
            const NodeName *node = where->nodenames->pdata[i];

            if (!strcmp(node->type, order[t]))
                return node->name;
        }
    }
    return NULL;
}
