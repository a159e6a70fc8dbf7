/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* block_bitmap.c - dirty bitmaps of images, and the transactions that keep them right */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/block/block_bitmap.h"

#include <string.h>

#include "util/error.h"

static void
bitmap_free(void *data)
{
    BlockBitmap *bitmap = data;

    g_free(bitmap->name);
    g_free(bitmap);
}

static void
snapshot_free(void *data)
{
    BlockSnapshot *snapshot = data;

    g_free(snapshot->name);
    g_free(snapshot);
}

static void
node_free(void *data)
{
    BlockNode *node = data;

    g_ptr_array_unref(node->bitmaps);
    g_ptr_array_unref(node->snapshots);
    g_free(node);
}

static bool
read_bitmaps(Json *list, BlockNode *node, GError **error)
{
    for (size_t i = 0; i < json_array_len(list); i++) {
        Json *entry = json_array_at(list, i);
        const char *name = json_opt_string(entry, "name", NULL);
        g_autofree BlockBitmap *bitmap = g_new0(BlockBitmap, 1);

        if (!name) /* internal to a job of QEMU's */
            continue;
        bitmap->recording = json_opt_bool(entry, "recording", false);
        bitmap->busy = json_opt_bool(entry, "busy", false);
        bitmap->persistent = json_opt_bool(entry, "persistent", false);
        bitmap->inconsistent = json_opt_bool(entry, "inconsistent", false);
        if (!json_get_uint64(entry, "granularity", &bitmap->granularity, error) ||
            !json_get_uint64(entry, "count", &bitmap->dirty, error))
            return false;
        bitmap->name = g_strdup(name);
        g_ptr_array_add(node->bitmaps, g_steal_pointer(&bitmap));
    }
    return true;
}

static void
read_snapshots(Json *list, BlockNode *node)
{
    for (size_t i = 0; i < json_array_len(list); i++) {
        Json *entry = json_array_at(list, i);
        BlockSnapshot *snapshot = g_new0(BlockSnapshot, 1);

        snapshot->name = g_strdup(json_opt_string(entry, "name", ""));
        snapshot->has_memory = json_opt_uint64(entry, "vm-state-size", 0) > 0;
        g_ptr_array_add(node->snapshots, snapshot);
    }
}

GHashTable *
block_bitmap_read(Json *reply, GError **error)
{
    g_autoptr(GHashTable) nodes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, node_free);

    if (!json_object_is_type(reply, json_type_array)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "QEMU's list of block nodes is no array");
        return NULL;
    }
    for (size_t i = 0; i < json_array_len(reply); i++) {
        Json *entry = json_array_at(reply, i);
        const char *name = json_opt_string(entry, "node-name", NULL);
        Json *bitmaps = json_opt_array(entry, "dirty-bitmaps"), *image = json_opt_object(entry, "image");
        Json *snapshots = image ? json_opt_array(image, "snapshots") : NULL;
        BlockNode *node;

        if (!name)
            continue;
        node = g_new0(BlockNode, 1);
        node->bitmaps = g_ptr_array_new_with_free_func(bitmap_free);
        node->snapshots = g_ptr_array_new_with_free_func(snapshot_free);
        g_hash_table_replace(nodes, g_strdup(name), node);
        if (bitmaps && !read_bitmaps(bitmaps, node, error))
            return NULL;
        if (snapshots)
            read_snapshots(snapshots, node);
    }
    return g_steal_pointer(&nodes);
}

const BlockBitmap *
block_bitmap_find(GHashTable *nodes, const char *node, const char *name)
{
    const BlockNode *found = g_hash_table_lookup(nodes, node);

    for (guint i = 0; found && i < found->bitmaps->len; i++) {
        const BlockBitmap *bitmap = found->bitmaps->pdata[i];

        if (!strcmp(bitmap->name, name))
            return bitmap;
    }
    return NULL;
}

bool
block_bitmap_is_valid(GHashTable *nodes, const char *const *chain, const char *name)
{
    bool ended = false;

    if (!chain[0] || !block_bitmap_find(nodes, chain[0], name))
        return false;
    for (; *chain; chain++) {
        const BlockBitmap *bitmap = block_bitmap_find(nodes, *chain, name);

        if (!bitmap)
            ended = true;
        else if (ended || bitmap->inconsistent || !bitmap->persistent || !bitmap->recording || bitmap->busy)
            return false;
    }
    return true;
}

/* ---- actions ------------------------------------------------------------ */

static Json *
add_action(Json *actions, const char *type, const char *node)
{
    Json *action = json_new_object(), *data = json_new_object();

    json_add_string(action, "type", type);
    json_add_string(data, "node", node);
    json_add(action, "data", data);
    json_append(actions, action);
    return data;
}

static void
add_bitmap(Json *actions, const char *node, const char *name, bool keep, uint64_t granularity)
{
    Json *data = add_action(actions, "block-dirty-bitmap-add", node);

    json_add_string(data, "name", name);
    json_add_bool(data, "persistent", keep);
    json_add_bool(data, "disabled", !keep);
    json_add_uint64(data, "granularity", granularity);
}

static void
append_source(Json *sources, const char *node, const char *name)
{
    Json *source = json_new_object();

    json_add_string(source, "node", node);
    json_add_string(source, "name", name);
    json_append(sources, source);
}

/* Into @target_name of @target what @name says in every image of the chain, and what @written says. */
static void
merge(Json *actions, GHashTable *nodes, const char *const *chain, const char *name, const char *target,
      const char *target_name, const char *written)
{
    Json *data = add_action(actions, "block-dirty-bitmap-merge", target), *sources = json_new_array();

    json_add_string(data, "target", target_name);
    for (; *chain && block_bitmap_find(nodes, *chain, name); chain++)
        append_source(sources, *chain, name);
    if (written)
        append_source(sources, target, written);
    json_add(data, "bitmaps", sources);
}

static void
remove_bitmap(Json *actions, const char *node, const char *name)
{
    json_add_string(add_action(actions, "block-dirty-bitmap-remove", node), "name", name);
}

Json *
block_bitmap_backup(GHashTable *nodes, const char *const *chain, const char *name, const char *target,
                    const char *target_name)
{
    Json *actions;

    if (!block_bitmap_is_valid(nodes, chain, name))
        return NULL;
    actions = json_new_array();
    add_bitmap(actions, target, target_name, false, block_bitmap_find(nodes, chain[0], name)->granularity);
    merge(actions, nodes, chain, name, target, target_name, NULL);
    return actions;
}

Json *
block_bitmap_delete(GHashTable *nodes, const char *const *chain, const char *name, GPtrArray *ret_reopen)
{
    Json *actions = json_new_array();

    for (size_t i = 0; chain[i]; i++) {
        if (!block_bitmap_find(nodes, chain[i], name))
            continue;
        remove_bitmap(actions, chain[i], name);
        if (i > 0) /* the one on top is writable anyway */
            g_ptr_array_insert(ret_reopen, 0, (char *)chain[i]);
    }
    return actions;
}

Json *
block_bitmap_move(GHashTable *nodes, const char *const *chain, const char *target, const char *written)
{
    const BlockNode *top = chain[0] ? g_hash_table_lookup(nodes, chain[0]) : NULL;
    g_autoptr(Json) actions = json_new_array();

    for (guint i = top ? top->bitmaps->len : 0; i > 0; i--) {
        const BlockBitmap *bitmap = top->bitmaps->pdata[i - 1];

        /* One that is not right is not worth keeping. */
        if (!block_bitmap_is_valid(nodes, chain, bitmap->name))
            continue;
        if (!block_bitmap_find(nodes, target, bitmap->name))
            add_bitmap(actions, target, bitmap->name, true, bitmap->granularity);
        merge(actions, nodes, chain, bitmap->name, target, bitmap->name, written);
    }
    if (written)
        remove_bitmap(actions, target, written);
    return json_array_len(actions) ? g_steal_pointer(&actions) : NULL;
}
