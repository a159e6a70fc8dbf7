/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mount.c - the commands that bring a pool's source to the host */
#define ERROR_FROM VIR_FROM_STORAGE
#include "drivers/storage/mount.h"

#include <string.h>

#include "util/error.h"

static GPtrArray *
command(char *const *words)
{
    GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);

    for (; *words; words++)
        g_ptr_array_add(argv, *words);
    return argv;
}

static char *
source(const StoragePool *pool)
{
    const PoolHost *host;

    if (pool->type == POOL_TYPE_FS)
        return g_strdup(((const PoolDevice *)g_ptr_array_index(pool->devices, 0))->path);
    host = g_ptr_array_index(pool->hosts, 0);
    if (pool->format == POOL_FORMAT_CIFS)
        return g_strdup_printf("//%s/%s", host->name, pool->source_dir + (*pool->source_dir == '/'));
    if (strchr(host->name, ':')) /* an IPv6 address */
        return g_strdup_printf("[%s]:%s", host->name, pool->source_dir);
    return g_strdup_printf("%s:%s", host->name, pool->source_dir);
}

/* A guest's files are no reason to trust what is mounted. */
static char *
options(const StoragePool *pool)
{
    GString *text = g_string_new("nodev,nosuid,noexec");

    if (pool->type == POOL_TYPE_NETFS && pool->format == POOL_FORMAT_CIFS)
        g_string_append(text, ",guest");
    if (pool->type == POOL_TYPE_NETFS && pool->format == POOL_FORMAT_GLUSTERFS)
        g_string_append(text, ",direct-io-mode=1");
    if (pool->protocol_version)
        g_string_append_printf(text, ",nfsvers=%s", pool->protocol_version);
    for (guint i = 0; pool->mount_options && i < pool->mount_options->len; i++) {
        const PoolMountOption *option = g_ptr_array_index(pool->mount_options, i);

        g_string_append_printf(text, ",%s", option->name);
    }
    return g_string_free(text, FALSE);
}

static GPtrArray *
unsupported(const StoragePool *pool, GError **error)
{
    error_set(error, VIR_ERR_NO_SUPPORT, "no command starts or stops pool '%s' of type '%s'", pool->name,
              pool_type_words[pool->type]);
    return NULL;
}

GPtrArray *
mount_start_command(const StoragePool *pool, GError **error)
{
    GPtrArray *argv;

    switch (pool->type) {
    case POOL_TYPE_LOGICAL:
        return command((char *[]){ g_strdup("vgchange"), g_strdup("-aly"), g_strdup(pool->source_name), NULL });
    case POOL_TYPE_FS:
    case POOL_TYPE_NETFS:
        argv = command((char *[]){ g_strdup("mount"), g_strdup("-o"), options(pool), NULL });
        if (pool->format != POOL_FORMAT_AUTO) {
            g_ptr_array_add(argv, g_strdup("-t"));
            g_ptr_array_add(argv, g_strdup(pool_format_words[pool->format]));
        }
        g_ptr_array_add(argv, source(pool));
        g_ptr_array_add(argv, g_strdup(pool->target_path));
        return argv;
    default:
        return unsupported(pool, error);
    }
}

GPtrArray *
mount_stop_command(const StoragePool *pool, GError **error)
{
    switch (pool->type) {
    case POOL_TYPE_LOGICAL:
        return command((char *[]){ g_strdup("vgchange"), g_strdup("-aln"), g_strdup(pool->source_name), NULL });
    case POOL_TYPE_FS:
    case POOL_TYPE_NETFS:
        return command((char *[]){ g_strdup("umount"), g_strdup(pool->target_path), NULL });
    default:
        return unsupported(pool, error);
    }
}
