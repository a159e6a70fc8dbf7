/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_chain.c - the images below those a guest's disks name
 *
 * QEMU would find them by itself, but under names of its own making: what shall be committed, streamed, or shown in the
 * live definition must be opened by us.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/process/guest_chain.h"

#include "drivers/common/image_chain.h"
#include "util/error.h"
#include "util/list.h"

Store *
guest_chain_end(void)
{
    return xml_new(&store_xml);
}

bool
guest_chain_is_end(const Store *store)
{
    return store && store->type == DISK_TYPE_UNSET && !store->path;
}

/* What reads the header of @format knows whether there is more below. */
static bool
has_chain(DiskType type, DiskFormat format, const char *path)
{
    return (type == DISK_TYPE_FILE || type == DISK_TYPE_BLOCK) && path && format != DISK_FORMAT_UNSET &&
           format != DISK_FORMAT_RAW && format != DISK_FORMAT_DIR && format != DISK_FORMAT_FAT && format != DISK_FORMAT_ISO;
}

static bool
append(Store **where, const char *path, DiskFormat format, GError **error)
{
    g_autoptr(ImageChain) chain = image_chain_read(path, format, error);

    if (!chain)
        return false;
    for (ImageChain *layer = chain->backing; layer; layer = layer->backing) {
        Store *store = g_steal_pointer(&layer->store);

        if (layer->data_file && !store->data_store)
            store->data_store = g_steal_pointer(&layer->data_file);
        if (layer->relative) {
            if (!store->source_private)
                store->source_private = xml_new(&source_private_xml);
            store->source_private->rel_path = g_steal_pointer(&layer->relative);
        }
        *where = store;
        where = &store->backing_store;
    }
    *where = guest_chain_end();
    return true;
}

bool
guest_chain_detect_disk(Disk *disk, GError **error)
{
    DiskType type = disk->type == DISK_TYPE_VOLUME ? disk->actual_type : disk->type;
    const char *path = disk->path;
    DiskFormat format = disk->format;
    Store **where = &disk->backing_store;

    if (!path || disk->fdgroup || (type != DISK_TYPE_FILE && type != DISK_TYPE_BLOCK))
        return true;
    while (*where && !guest_chain_is_end(*where)) {
        type = (*where)->type;
        path = (*where)->path;
        format = (*where)->format;
        where = &(*where)->backing_store;
    }
    if (*where)
        return true;
    if (has_chain(type, format, path))
        return append(where, path, format, error);
    if (type == DISK_TYPE_FILE || type == DISK_TYPE_BLOCK)
        *where = guest_chain_end();
    return true;
}

bool
guest_chain_detect(Domain *doc, GError **error)
{
    for (size_t i = 0; i < list_len(doc->disks); i++)
        if (!guest_chain_detect_disk(list_at(doc->disks, i), error))
            return false;
    return true;
}
