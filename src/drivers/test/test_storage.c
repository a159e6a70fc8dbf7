/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_storage.c - pools whose volumes are accounts only: no file is made or read */
#define ERROR_FROM VIR_FROM_STORAGE
#include <string.h>

#include "drivers/common/pool.h"
#include "drivers/test/test_private.h"
#include "util/error.h"

enum { POOL_CAPACITY_GIB = 100 };

static void
settle(StoragePool *pool)
{
    pool->capacity = (uint64_t)POOL_CAPACITY_GIB << 30;
    pool->allocation = 0;
    pool->available = pool->capacity;
}

static bool
place(const StoragePool *pool, StorageVolume *vol, GError **error)
{
    if (!vol->has_allocation) {
        vol->has_allocation = true;
        vol->allocation = vol->capacity;
    }
    g_free(vol->path);
    vol->path = g_strdup_printf("%s/%s", pool->target_path ? pool->target_path : "", vol->name);
    g_free(vol->key);
    vol->key = g_strdup(vol->path);
    return true;
}

static bool
create(const StoragePool *pool, const StorageVolume *vol, const StorageVolume *input, uint32_t flags, GError **error)
{
    if (vol->allocation <= pool->available)
        return true;
    error_set(error, VIR_ERR_INTERNAL_ERROR, "Not enough free space in pool for volume '%s'", vol->name);
    return false;
}

static bool
remove_storage(const StoragePool *pool, uint32_t flags, GError **error)
{
    return true;
}

static bool
delete_volume(const StoragePool *pool, const StorageVolume *vol, uint32_t flags, GError **error)
{
    return true;
}

static const StorageBackend backend = {
    .settle = settle,
    .remove = remove_storage,
    .place = place,
    .create = create,
    .delete_volume = delete_volume,
};

/* Every type of pool is alike here. */
const StorageBackend *const test_pool_backends[POOL_TYPE_LAST] = { [0 ... POOL_TYPE_LAST - 1] = &backend };

static bool
find_sources(Call *call, GError **error)
{
    static const char logical[] = "<sources>\n"
                                  "  <source>\n"
                                  "    <device path='/dev/sda20'/>\n"
                                  "    <name>testvg1</name>\n"
                                  "    <format type='lvm2'/>\n"
                                  "  </source>\n"
                                  "  <source>\n"
                                  "    <device path='/dev/sda21'/>\n"
                                  "    <name>testvg2</name>\n"
                                  "    <format type='lvm2'/>\n"
                                  "  </source>\n"
                                  "</sources>\n";
    const ConnectFindStoragePoolSourcesArgs *args = call->args;
    ConnectFindStoragePoolSourcesRet *ret = call->ret;
    g_autoptr(xmlDoc) spec = NULL;
    g_autoptr(GString) out = NULL;
    xmlNode *node;
    xmlChar *host = NULL;

    if (strcmp(args->type, "logical") == 0) {
        ret->xml = g_strdup(logical);
        return true;
    }
    if (strcmp(args->type, "netfs") != 0) {
        error_set(error, VIR_ERR_NO_SUPPORT, "pool type '%s' does not support source discovery",
                  args->type);
        return false;
    }
    if (!args->srcSpec ||
        !(spec = xml_read(args->srcSpec, "(storage_source_specification)", error))) {
        if (!args->srcSpec)
            error_set(error, VIR_ERR_INVALID_ARG, "hostname must be specified for netfs sources");
        return false;
    }
    for (node = xmlDocGetRootElement(spec)->children; node && !host; node = node->next) {
        if (node->type == XML_ELEMENT_NODE && xmlStrEqual(node->name, BAD_CAST "host"))
            host = xmlGetNoNsProp(node, BAD_CAST "name");
    }
    if (!host) {
        error_set(error, VIR_ERR_INVALID_ARG, "hostname must be specified for netfs sources");
        return false;
    }
    out = g_string_new("<sources>\n  <source>\n    <host name='");
    xml_escape(out, (const char *)host, true);
    g_string_append(out, "'/>\n    <dir path='/testshare'/>\n    <format type='nfs'/>\n  </source>\n");
    g_string_append(out, "</sources>\n");
    xmlFree(host);
    ret->xml = g_string_free(g_steal_pointer(&out), FALSE);
    return true;
}

const DriverRow test_storage_rows[PROC_LAST] = {
    POOL_ROWS,
    [PROC_CONNECT_FIND_STORAGE_POOL_SOURCES] = { find_sources },
};
