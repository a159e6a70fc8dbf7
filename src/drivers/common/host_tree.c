/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host_tree.c - where facts about the host are read from */
#include "drivers/common/host_tree.h"

#include <string.h>

#include "util/file.h"
#include "util/text.h"

const HostTree host_tree_real = {
    .system = "/sys/devices/system",
    .resctrl = "/sys/fs/resctrl",
#ifdef __s390x__
    .cpu_is_core = true,
#endif
};

static char *
read_line(const HostTree *tree, const char *format, va_list ap)
{
    g_autofree char *name = g_strdup_vprintf(format, ap);
    g_autofree char *path = g_build_filename(tree->system, name, NULL);

    return file_read_line(path);
}

char *
host_tree_line(const HostTree *tree, const char *format, ...)
{
    va_list ap;
    char *text;

    va_start(ap, format);
    text = read_line(tree, format, ap);
    va_end(ap);
    return text;
}

bool
host_tree_uint(const HostTree *tree, uint64_t *ret_value, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list ap;

    va_start(ap, format);
    text = read_line(tree, format, ap);
    va_end(ap);
    return text && text_parse_uint64(text, 10, ret_value);
}

Bitmap *
host_tree_bitmap(const HostTree *tree, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list ap;

    va_start(ap, format);
    text = read_line(tree, format, ap);
    va_end(ap);
    if (!text)
        return NULL;
    return *g_strstrip(text) ? bitmap_parse(text) : bitmap_new();
}

Bitmap *
host_tree_numbered(const HostTree *tree, const char *folder, const char *prefix)
{
    g_autofree char *path = g_build_filename(tree->system, folder, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    Bitmap *found = bitmap_new();
    const char *name;
    uint32_t n;

    while (dir && (name = g_dir_read_name(dir)))
        if (g_str_has_prefix(name, prefix) && text_parse_uint(name + strlen(prefix), 10, &n) && n < BITMAP_MAX)
            bitmap_set(found, n, true);
    return found;
}

Bitmap *
host_tree_online_cpus(const HostTree *tree)
{
    Bitmap *online = host_tree_bitmap(tree, "cpu/online");

    return online ? online : host_tree_numbered(tree, "cpu", "cpu");
}

Bitmap *
host_tree_nodes(const HostTree *tree)
{
    g_autoptr(Bitmap) nodes = host_tree_bitmap(tree, "node/online");

    if (!nodes)
        nodes = host_tree_numbered(tree, "node", "node");
    if (!bitmap_count(nodes))
        bitmap_set(nodes, 0, true);
    return g_steal_pointer(&nodes);
}
