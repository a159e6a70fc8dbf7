/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* block_chain.c - the images of a disk by their place and their names, and where block jobs move them */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/block/block_chain.h"

#include <string.h>

#include "drivers/conf/moment.h"
#include "drivers/conf/source.h"
#include "drivers/qemu/command/command_image.h"
#include "drivers/qemu/process/guest_chain.h"
#include "drivers/qemu/snapshot/snapshot_chain.h"
#include "util/error.h"
#include "util/list.h"
#include "util/text.h"

GArray *
block_chain_of(const Disk *disk)
{
    GArray *chain = g_array_new(FALSE, TRUE, sizeof(Store));
    Store top = command_image_view(disk);

    top.chain_index = disk->index;
    g_array_append_val(chain, top);
    for (const Store *s = disk->backing_store; s && !guest_chain_is_end(s); s = s->backing_store)
        g_array_append_vals(chain, s, 1);
    return chain;
}

const char **
block_chain_nodes(const GArray *chain, guint first, guint last)
{
    const char **names = g_new0(const char *, last - first + 1);

    for (guint i = first; i < last; i++)
        names[i - first] = command_image_noted(block_chain_at(chain, i)->source_private, NULL);
    return names;
}

Store **
block_chain_below(Disk *disk, guint i)
{
    Store **below = &disk->backing_store;

    for (; i > 0; i--)
        below = &(*below)->backing_store;
    return below;
}

Disk *
block_chain_disk(const Domain *def, const char *name, GError **error)
{
    Disk *disk = moment_find_disk(def, name);

    if (!disk)
        error_set(error, VIR_ERR_INVALID_ARG, "No device found for specified path '%s'", name);
    return disk;
}

/* "NAME[INDEX]" */
static bool
split_index(const char *name, char **ret_target, uint64_t *ret_index)
{
    const char *open = strrchr(name, '[');
    size_t len = strlen(name);
    g_autofree char *number = NULL;

    if (!open || len < 3 || name[len - 1] != ']' || name[0] == '/')
        return false;
    number = g_strndup(open + 1, (size_t)(name + len - 1 - (open + 1)));
    if (!text_parse_uint64(number, 10, ret_index))
        return false;
    *ret_target = g_strndup(name, (size_t)(open - name));
    return true;
}

static int
find_index(const GArray *chain, uint64_t index, const char *target, GError **error)
{
    for (guint i = 0; i < chain->len; i++)
        if (block_chain_at(chain, i)->chain_index == index)
            return (int)i;
    error_set(error, VIR_ERR_INVALID_ARG, "could not find image with index '%" G_GUINT64_FORMAT "' in the chain of disk '%s'",
              index, target);
    return -1;
}

Disk *
block_chain_disk_image(const Domain *def, const char *name, int *ret_at, GError **error)
{
    g_autofree char *target = NULL;
    g_autoptr(GArray) chain = NULL;
    uint64_t index;
    Disk *disk;

    *ret_at = -1;
    if (!split_index(name, &target, &index))
        return block_chain_disk(def, name, error);
    disk = block_chain_disk(def, target, error);
    if (!disk)
        return NULL;
    chain = block_chain_of(disk);
    *ret_at = find_index(chain, index, disk->target, error);
    return *ret_at < 0 ? NULL : disk;
}

int
block_chain_find(const GArray *chain, const char *target, const char *name, GError **error)
{
    g_autofree char *named = NULL;
    uint64_t index;

    if (split_index(name, &named, &index)) {
        if (g_str_equal(named, target))
            return find_index(chain, index, target, error);
        error_set(error, VIR_ERR_INVALID_ARG, "requested target '%s' does not match target '%s'", named, target);
        return -1;
    }
    for (guint i = 0; i < chain->len; i++) {
        const Store *s = block_chain_at(chain, i);

        if (!g_strcmp0(s->path, name) || (s->source_private && !g_strcmp0(s->source_private->rel_path, name)))
            return (int)i;
    }
    error_set(error, VIR_ERR_INVALID_ARG, "could not find image '%s' in chain for '%s'", name,
              block_chain_text(block_chain_at(chain, 0)));
    return -1;
}

int
block_chain_find_node(const GArray *chain, const char *node)
{
    for (guint i = 0; node && i < chain->len; i++)
        if (!g_strcmp0(command_image_noted(block_chain_at(chain, i)->source_private, NULL), node))
            return (int)i;
    return -1;
}

char *
block_chain_relative(const GArray *chain, guint parent, guint at, GError **error)
{
    g_autofree char *path = NULL;

    for (guint i = parent + 1; i <= at; i++) {
        const SourcePrivate *private = block_chain_at(chain, i)->source_private;
        g_autofree char *folder = path ? g_path_get_dirname(path) : NULL;
        char *next;

        if (!private || !private->rel_path) {
            error_set(error, VIR_ERR_OPERATION_INVALID,
                      "can't keep relative backing relationship: image '%s' is not named relatively by its overlay",
                      block_chain_text(block_chain_at(chain, i)));
            return NULL;
        }
        next = folder && !g_str_equal(folder, ".") ? g_build_filename(folder, private->rel_path, NULL)
                                                   : g_strdup(private->rel_path);
        g_free(path);
        path = next;
    }
    return g_steal_pointer(&path);
}

const char *
block_chain_text(const Store *store)
{
    return store->path ? store->path : disk_type_words[store->type];
}

/* ---- the other end ------------------------------------------------------ */

/* What Store and Mirror have in common. */
#define IMAGE_MEMBERS(M)                                                                                      \
    M(type) M(format) M(metadata_cache) M(auth) M(path) M(fdgroup) M(query) M(tls_hostname) M(hosts)          \
    M(net_snapshot) M(net_config) M(iqn) M(cookies) M(readahead) M(timeout) M(id_user) M(id_group)            \
    M(id_username) M(keyfile) M(agentsock) M(known_hosts) M(pool) M(volume) M(nvme_type) M(namespace)         \
    M(nvme_address) M(slices) M(encryption) M(seclabels) M(reservations) M(data_store) M(source_private)      \
    M(tls_from_config) M(reconnect_timeout) M(reconnect_delay) M(auth_in_source) M(encryption_in_source)      \
    M(protocol) M(tls) M(has_tls_from_config) M(ssl_verify) M(reconnect_enabled) M(mode) M(actual_type)       \
    M(managed) M(index) M(backing_store)
#define LOOK(member) to.member = from->member;

Store
block_chain_mirror_view(const Mirror *from)
{
    Store to = { 0 };

    IMAGE_MEMBERS(LOOK)
    to.chain_index = from->index;
    return to;
}

void
block_chain_set_mirror(Disk *disk, const Store *from, DiskJob job)
{
    Mirror to = { .job = job };

    IMAGE_MEMBERS(LOOK)
    to.index = from->chain_index;
    /* Old clients look for a copy here. */
    if (job == DISK_JOB_COPY && from->type == DISK_TYPE_FILE) {
        to.old_file = from->path;
        to.old_format = from->format;
    }
    mirror_free(disk->mirror);
    disk->mirror = xml_copy(&mirror_xml, &to);
}

Store *
block_chain_take_mirror(Disk *disk)
{
    Store view = block_chain_mirror_view(disk->mirror);
    Store *store = xml_copy(&store_xml, &view);

    g_clear_pointer(&disk->mirror, mirror_free);
    return store;
}

Disk *
block_chain_same(Domain *config, const Disk *disk)
{
    Store mine = command_image_view(disk);

    for (size_t i = 0; i < list_len(config->disks); i++) {
        Disk *other = list_at(config->disks, i);
        Store theirs = command_image_view(other);

        if (g_str_equal(other->target, disk->target))
            return theirs.type == mine.type && snapshot_chain_same(&theirs, &mine) ? other : NULL;
    }
    return NULL;
}

void
block_chain_strip(Store *store)
{
    for (; store; store = store->backing_store) {
        store->index = store->chain_index = 0;
        g_clear_pointer(&store->source_private, source_private_free);
    }
}
