/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bitmaps.c - the family of dirty bitmaps of images. */
#define ERROR_FROM VIR_FROM_QEMU
#include "corpus/tool.h"
#include "drivers/qemu/block/block_bitmap.h"
#include "util/error.h"
#include "util/text.h"

#include <string.h>

#define WRITTEN "libvirt-tmp-activewrite"

/* The chain the requests are about. */
static const char *const chain[] = { "libvirt-1-format", "libvirt-2-format", "libvirt-3-format", "libvirt-4-format",
                                     "libvirt-5-format", NULL };

static void
print_node(GString *out, const char *name, const BlockNode *node)
{
    if (!node || !(node->bitmaps->len + node->snapshots->len))
        return;
    g_string_append_printf(out, "%s:\n", name);
    for (guint i = 0; i < node->bitmaps->len; i++) {
        const BlockBitmap *b = node->bitmaps->pdata[i];

        g_string_append_printf(out, "%9s: record:%d busy:%d persist:%d inconsist:%d gran:%" G_GUINT64_FORMAT
                                    " dirty:%" G_GUINT64_FORMAT "\n",
                               b->name, b->recording, b->busy, b->persistent, b->inconsistent, b->granularity, b->dirty);
    }
    for (guint i = 0; i < node->snapshots->len; i++) {
        const BlockSnapshot *s = node->snapshots->pdata[i];

        g_string_append_printf(out, "%s '%s'%s", i ? "" : " internal snapshots:", s->name, s->has_memory ? "(*)" : "");
    }
    if (node->snapshots->len)
        g_string_append_c(out, '\n');
}

static void
print_actions(GString *out, Json *actions, const char *without)
{
    g_autofree char *text = actions ? json_format(actions, true) : NULL;

    g_string_append_printf(out, "%s\n", text ? text : without);
}

static bool
commit(const Request *request, GHashTable *nodes, GString *out, GError **error)
{
    g_autofree const char **part = g_new0(const char *, G_N_ELEMENTS(chain));
    uint64_t top = 0, base = 0;
    g_autoptr(Json) actions = NULL;

    if (!text_parse_uint64(request_option(request, "top"), 10, &top) ||
        !text_parse_uint64(request_option(request, "base"), 10, &base) || top < 1 || base <= top ||
        base >= G_N_ELEMENTS(chain)) {
        error_set(error, VIR_ERR_INVALID_ARG, "options --top and --base must be numbers of images");
        return false;
    }
    for (uint64_t i = top; i < base; i++)
        part[i - top] = chain[i - 1];
    actions = block_bitmap_move(nodes, (const char *const *)part, chain[base - 1], top == 1 ? WRITTEN : NULL);
    g_string_append(out, "merge bitmaps:\n");
    print_actions(out, actions, "");
    return true;
}

static char *
block_bitmaps(const Request *request, GError **error)
{
    const char *op = request_option(request, "op"), *name = request_option(request, "bitmap");
    g_autoptr(Json) reply = json_parse(request->input, -1, "the reply", error);
    g_autoptr(GHashTable) nodes = reply ? block_bitmap_read(reply, error) : NULL;
    g_autoptr(GPtrArray) reopen = g_ptr_array_new();
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(Json) actions = NULL;

    if (!nodes)
        return NULL;
    if (!g_strcmp0(op, "detect")) {
        for (size_t i = 0; chain[i]; i++)
            print_node(out, chain[i], g_hash_table_lookup(nodes, chain[i]));
    } else if (!g_strcmp0(op, "validate")) {
        g_string_append(out, block_bitmap_is_valid(nodes, chain, name ? name : "") ? "valid\n" : "invalid\n");
    } else if (!g_strcmp0(op, "backup")) {
        name = request_option(request, "incremental");
        actions = block_bitmap_backup(nodes, chain, name ? name : "", "target_node", "target-bitmap-name");
        print_actions(out, actions, "NULL");
    } else if (!g_strcmp0(op, "checkpoint-delete")) {
        actions = block_bitmap_delete(nodes, chain, name ? name : "", reopen);
        print_actions(out, json_array_len(actions) ? actions : NULL, "NULL");
        for (guint i = 0; i < reopen->len; i++)
            g_string_append_printf(out, "%s%s\n", i ? "" : "reopen nodes:\n", (const char *)reopen->pdata[i]);
    } else if (!g_strcmp0(op, "blockcopy")) {
        const char *const top[] = { chain[0], NULL };

        actions = block_bitmap_move(nodes, request_has(request, "shallow") ? top : chain, "mirror-format-node", WRITTEN);
        print_actions(out, actions, "NULL");
    } else if (!commit(request, nodes, out, error)) {
        return NULL;
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

const Family bitmap_families[] = {
    { "qemu-block-bitmaps", block_bitmaps, "op incremental bitmap shallow top base" },
    { NULL, NULL, NULL },
};
