/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bitmaps.c - families of images in use: dirty bitmaps, and nbdkit. */
#define ERROR_FROM VIR_FROM_QEMU
#include "corpus/tool.h"
#include "drivers/conf/domain_gen.h"
#include "drivers/qemu/block/block_bitmap.h"
#include "drivers/qemu/block/nbdkit.h"
#include "drivers/qemu/command/command_image.h"
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

/* Pipes have descriptors from 777 on, one for each end; the texts in the order they were passed. */
enum { FIRST_PIPE = 777 };

static int
pass(void *data, const char *text, GError **error)
{
    GPtrArray *texts = data;

    g_ptr_array_add(texts, g_strdup(text));
    return FIRST_PIPE + 2 * ((int)texts->len - 1);
}

static char *
secret(void *data, const SecretRef *ref, GError **error)
{
    return g_strdup_printf("%s-%s-secret", disk_secret_type_words[ref->type], ref->usage);
}

static bool
has_plugin(const Request *request, const char *plugin)
{
    g_autofree char *wanted = g_strconcat("plugin-", plugin, NULL);
    guint at = 0;

    for (const char *cap; (cap = request_next_option(request, "nbdkit-cap", &at));)
        if (!strcmp(cap, wanted))
            return true;
    return false;
}

/* Every image nbdkit would serve gets its pipes, so that the numbers come out right; one is printed. */
static char *
nbdkit(const Request *request, GError **error)
{
    const char *source = request_option(request, "source"), *print = request_option(request, "print");
    g_autoptr(Domain) domain = xml_parse_text(&domain_xml, request->input, XML_PARSE_INACTIVE, error);
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    const NbdkitHost host = { secret, pass, texts };
    g_autoptr(GString) out = g_string_new(NULL);
    int64_t pipe = 0;

    for (guint d = 0; domain && domain->disks && d < domain->disks->len; d++) {
        const Disk *disk = domain->disks->pdata[d];
        Store top = command_image_view(disk);
        unsigned number = 0;

        for (const Store *s = &top; s && s->type != DISK_TYPE_UNSET; s = s->backing_store, number++) {
            g_autofree char *name = g_strdup_printf("disk%u-src%u", d, number);
            g_autofree char *socket = g_strdup_printf("/tmp/domain-%s/nbdkit-%s.socket", domain->name, name);
            g_autoptr(GPtrArray) argv = NULL;

            if (!nbdkit_plugin(s) || !has_plugin(request, nbdkit_plugin(s)))
                continue;
            argv = nbdkit_command(s, disk->readonly || number, socket, &host, error);
            if (!argv)
                return NULL;
            for (guint i = 0; !g_strcmp0(name, source) && i < argv->len; i++) {
                g_autofree char *word = g_shell_quote(argv->pdata[i]);

                g_string_append_printf(out, "%s%s", i ? " " : "", word);
            }
        }
    }
    if (!domain)
        return NULL;
    if (print && g_str_has_prefix(print, "pipe:") && text_parse_int64(print + strlen("pipe:"), 10, &pipe) &&
        pipe >= FIRST_PIPE && (pipe - FIRST_PIPE) / 2 < texts->len)
        g_string_assign(out, texts->pdata[(pipe - FIRST_PIPE) / 2]);
    if (!out->len) {
        error_set(error, VIR_ERR_INVALID_ARG, "nothing is to be printed for --source %s --print %s", source, print);
        return NULL;
    }
    return g_strdup_printf("%s\n", out->str);
}

#define QEMU_OPTIONS "arch caps fixtures no-aliases host-cpu nbdkit-cap "

const Family bitmap_families[] = {
    { "qemu-nbdkit", nbdkit, QEMU_OPTIONS "source print" },
    { "qemu-block-bitmaps", block_bitmaps, "op incremental bitmap shallow top base" },
    { NULL, NULL, NULL },
};
