/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* interop.c - descriptor files that packages, administrators and users leave for whoever runs QEMU */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/firmware/interop.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "util/error.h"
#include "util/file.h"

enum { DESCRIPTOR_MAX = 1 << 20 };

static void
close_dir(DIR *dir)
{
    closedir(dir);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DIR, close_dir)

/* Note in @names (file name -> path, "" for one that hides others) what is in @dir. */
static bool
read_dir(const char *root, const char *dir, GHashTable *names, GError **error)
{
    g_autofree char *real = g_build_filename(root, dir, NULL);
    g_autoptr(DIR) stream = opendir(real);
    struct dirent *entry;

    if (!stream) {
        if (errno == ENOENT || errno == ENOTDIR)
            return true;
        error_set_errno(error, errno, "cannot read folder '%s'", real);
        return false;
    }
    for (errno = 0; (entry = readdir(stream)); errno = 0) {
        g_autofree char *path = g_build_filename(dir, entry->d_name, NULL);
        g_autofree char *full = g_build_filename(root, path, NULL);
        struct stat st;

        if (entry->d_name[0] == '.' || !g_str_has_suffix(entry->d_name, ".json"))
            continue;
        if (stat(full, &st) < 0) {
            error_set_errno(error, errno, "cannot read '%s'", full);
            return false;
        }
        if (S_ISREG(st.st_mode))
            g_hash_table_replace(names, g_strdup(entry->d_name), st.st_size ? g_steal_pointer(&path) : g_strdup(""));
    }
    if (errno == 0)
        return true;
    error_set_errno(error, errno, "cannot read folder '%s'", real);
    return false;
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

GPtrArray *
interop_list(const char *root, const char *config_home, const char *what, GError **error)
{
    const char *const dirs[] = { "/usr/share", "/etc", config_home };
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GPtrArray) order = g_ptr_array_new();
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    void *name;

    for (size_t i = 0; i < G_N_ELEMENTS(dirs); i++) {
        g_autofree char *dir = dirs[i] ? g_build_filename(dirs[i], "qemu", what, NULL) : NULL;

        if (dir && !read_dir(root, dir, names, error))
            return NULL;
    }
    g_hash_table_iter_init(&iter, names);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        g_ptr_array_add(order, name);
    g_ptr_array_sort(order, compare_names);
    for (size_t i = 0; i < order->len; i++) {
        const char *path = g_hash_table_lookup(names, order->pdata[i]);

        if (*path)
            g_ptr_array_add(paths, g_strdup(path));
    }
    return g_steal_pointer(&paths);
}

char *
interop_read(const char *root, const char *path, GError **error)
{
    g_autofree char *full = g_build_filename(root, path, NULL);
    char *text;

    return file_read_limited(full, DESCRIPTOR_MAX, &text, NULL, error) ? text : NULL;
}
