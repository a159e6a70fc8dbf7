/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_memory.c - huge pages of this host, and the folders that files with a guest's memory are in
 *
 * QEMU makes the files itself and unlinks them at once; what is left of a guest is an empty folder.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/process/guest_memory.h"

#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include "util/error.h"
#include "util/file.h"

enum { MEMINFO_MAX = 1 << 16, NODE_MAX = 1024 };

static void
clear_mount(void *data)
{
    g_free((char *)((CommandHugePages *)data)->path);
}

/* KiB; 0 where the kernel has none. */
static uint64_t
default_size(void)
{
    g_autofree char *text = NULL;
    const char *line;
    size_t len;

    if (!file_read_limited("/proc/meminfo", MEMINFO_MAX, &text, &len, NULL))
        return 0;
    line = strstr(text, "Hugepagesize:");
    return line ? g_ascii_strtoull(line + strlen("Hugepagesize:"), NULL, 10) : 0;
}

static void
add_mount(GArray *mounts, const char *path, uint64_t usual)
{
    CommandHugePages mount = { .path = path };
    struct statfs st;

    if (statfs(path, &st) < 0 || st.f_bsize < 1024)
        return;
    mount.size = (uint64_t)st.f_bsize / 1024;
    mount.is_default = mount.size == usual;
    for (unsigned i = 0; i < mounts->len; i++)
        if (g_array_index(mounts, CommandHugePages, i).size == mount.size)
            return;
    mount.path = g_strdup(path);
    g_array_append_val(mounts, mount);
}

GArray *
guest_memory_mounts(const QemuConf *conf)
{
    GArray *mounts = g_array_new(FALSE, TRUE, sizeof(CommandHugePages));
    uint64_t usual = default_size();
    FILE *table;
    struct mntent entry;
    char buffer[4096];

    g_array_set_clear_func(mounts, clear_mount);
    for (char **path = conf->hugetlbfs_mount; path && *path; path++)
        add_mount(mounts, *path, usual);
    if (conf->hugetlbfs_mount)
        return mounts;
    table = setmntent("/proc/self/mounts", "re");
    while (table && getmntent_r(table, &entry, buffer, sizeof(buffer)))
        if (g_str_equal(entry.mnt_type, "hugetlbfs"))
            add_mount(mounts, entry.mnt_dir, usual);
    if (table)
        endmntent(table);
    return mounts;
}

Bitmap *
guest_memory_nodes(void *data, const Bitmap *cpus)
{
    g_autoptr(Bitmap) nodes = bitmap_new();
    g_autofree char *online = file_read_line("/sys/devices/system/node/online");
    g_autoptr(Bitmap) all = online ? bitmap_parse(online) : NULL;

    for (int n = all ? bitmap_next(all, 0) : -1; n >= 0 && n < NODE_MAX; n = bitmap_next(all, n + 1)) {
        g_autofree char *path = g_strdup_printf("/sys/devices/system/node/node%d/cpulist", n);
        g_autofree char *list = file_read_line(path);
        g_autoptr(Bitmap) own = list ? bitmap_parse(list) : NULL;

        for (int c = own ? bitmap_next(own, 0) : -1; c >= 0; c = bitmap_next(own, c + 1))
            if (bitmap_get(cpus, (size_t)c))
                bitmap_set(nodes, (size_t)n, true);
    }
    return all ? g_steal_pointer(&nodes) : NULL;
}

static bool
uses_huge_pages(const Domain *def)
{
    bool found = def->hugepages;

    for (size_t i = 0; i < list_len(def->memory_devices); i++)
        found |= ((const MemoryDevice *)list_at(def->memory_devices, i))->pagesize != 0;
    return found;
}

static bool
uses_files(const Domain *def)
{
    bool found = def->memory_source == MEMORY_SOURCE_FILE || def->memory_access != MEM_ACCESS_UNSET;

    for (size_t i = 0; def->cpu && i < list_len(def->cpu->cells); i++)
        found |= ((const NumaCell *)list_at(def->cpu->cells, i))->mem_access != MEM_ACCESS_UNSET;
    for (size_t i = 0; i < list_len(def->memory_devices); i++) {
        const MemoryDevice *m = list_at(def->memory_devices, i);

        found |= m->access && !m->path;
    }
    return found;
}

bool
guest_memory_make_dirs(const Domain *def, const QemuConf *conf, const GArray *mounts, const char *short_name,
                       bool (*give)(const char *path, GError **error), GError **error)
{
    for (unsigned i = 0; uses_huge_pages(def) && i < mounts->len; i++) {
        const char *root = g_array_index(mounts, CommandHugePages, i).path;
        g_autofree char *path = g_build_filename(root, "libvirt", "qemu", short_name, NULL);

        if (!file_mkdir_p(path, 0700, error) || !give(path, error))
            return false;
    }
    if (uses_files(def)) {
        g_autofree char *path = g_build_filename(conf->memory_backing_dir, short_name, NULL);

        return file_mkdir_p(path, 0700, error) && give(path, error);
    }
    return true;
}

bool
guest_memory_remove_dirs(const QemuConf *conf, const GArray *mounts, const char *short_name, GError **error)
{
    g_autofree char *files = g_build_filename(conf->memory_backing_dir, short_name, NULL);

    for (unsigned i = 0; i < mounts->len; i++) {
        const char *root = g_array_index(mounts, CommandHugePages, i).path;
        g_autofree char *path = g_build_filename(root, "libvirt", "qemu", short_name, NULL);

        if (!file_remove_tree(path, error))
            return false;
    }
    return file_remove_tree(files, error);
}
