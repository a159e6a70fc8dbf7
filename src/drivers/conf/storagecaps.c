/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* storagecaps.c - types of storage pools and their formats, and what could become a pool. */
#define ERROR_FROM VIR_FROM_STORAGE
#include "drivers/conf/storagecaps.h"

#include "drivers/conf/storage.h"
#include "util/error.h"

/* Formats of the volumes that are files, or of those that are partitions. */
typedef enum { VOLUMES_PLAIN, VOLUMES_FILES, VOLUMES_PARTITIONS, VOLUMES_RAW } VolumeKind;

static const VolumeKind volume_kinds[POOL_TYPE_LAST] = {
    [POOL_TYPE_DIR] = VOLUMES_FILES,     [POOL_TYPE_FS] = VOLUMES_FILES,       [POOL_TYPE_NETFS] = VOLUMES_FILES,
    [POOL_TYPE_DISK] = VOLUMES_PARTITIONS, [POOL_TYPE_RBD] = VOLUMES_RAW,      [POOL_TYPE_GLUSTER] = VOLUMES_FILES,
    [POOL_TYPE_VSTORAGE] = VOLUMES_FILES,
};

static CapsEnum *
add_enum(PoolOptions *options, const char *name, const char *standard)
{
    CapsEnum *e = xml_new(&caps_enum_xml);

    e->name = g_strdup(name);
    e->values = g_ptr_array_new();
    options->default_format = g_strdup(standard);
    options->enums = g_ptr_array_new();
    g_ptr_array_add(options->enums, e);
    return e;
}

static PoolOptions *
pool_options(PoolType type)
{
    const PoolFormat *formats = storage_pool_formats(type);
    PoolOptions *options;
    CapsEnum *e;

    if (!formats[0])
        return NULL;
    options = xml_new(&pool_options_xml);
    e = add_enum(options, "sourceFormatType", pool_format_words[formats[0]]);
    for (PoolFormat format = 1; format < POOL_FORMAT_LAST; format++)
        for (size_t i = 0; formats[i]; i++)
            if (formats[i] == format)
                g_ptr_array_add(e->values, g_strdup(pool_format_words[format]));
    return options;
}

static PoolOptions *
volume_options(PoolType type)
{
    VolumeKind kind = volume_kinds[type];
    PoolOptions *options;
    CapsEnum *e;

    if (kind == VOLUMES_PLAIN)
        return NULL;
    options = xml_new(&pool_options_xml);
    e = add_enum(options, "targetFormatType",
                 volume_format_words[kind == VOLUMES_PARTITIONS ? VOLUME_FORMAT_NONE : VOLUME_FORMAT_RAW]);
    if (kind == VOLUMES_RAW)
        return options;
    g_ptr_array_add(e->values, g_strdup(volume_format_words[VOLUME_FORMAT_NONE]));
    if (kind == VOLUMES_PARTITIONS) {
        for (VolumeFormat format = VOLUME_FORMAT_LINUX; format <= VOLUME_FORMAT_EXTENDED; format++)
            g_ptr_array_add(e->values, g_strdup(volume_format_words[format]));
        return options;
    }
    for (VolumeFormat format = VOLUME_FORMAT_RAW; format <= VOLUME_FORMAT_VMDK; format++)
        if (format != VOLUME_FORMAT_LUKS) /* is raw with an <encryption> */
            g_ptr_array_add(e->values, g_strdup(volume_format_words[format]));
    return options;
}

StoragePoolCaps *
storagecaps_new(const bool supported[POOL_TYPE_LAST])
{
    StoragePoolCaps *caps = xml_new(&storage_pool_caps_xml);

    caps->pools = g_ptr_array_new();
    for (PoolType type = 1; type < POOL_TYPE_LAST; type++) {
        PoolTypeCaps *pool = xml_new(&pool_type_caps_xml);

        pool->type = type;
        pool->supported = supported[type] ? YESNO_YES : YESNO_NO;
        pool->pool_options = pool_options(type);
        pool->vol_options = volume_options(type);
        g_ptr_array_add(caps->pools, pool);
    }
    return caps;
}

PoolSources *
storagecaps_gluster_sources(const char *answer, const char *host, PoolType type, GError **error)
{
    g_autoptr(GlusterAnswer) parsed = xml_parse_text(&gluster_answer_xml, answer, 0, error);
    PoolSources *sources;

    if (!parsed)
        return NULL;
    if (parsed->has_op_ret && parsed->op_ret != 0) {
        error_set(error, VIR_ERR_OPERATION_FAILED, "gluster cannot list the volumes of '%s': %s", host,
                  parsed->op_errstr ? parsed->op_errstr : "no reason given");
        return NULL;
    }
    sources = xml_new(&pool_sources_xml);
    sources->sources = g_ptr_array_new();
    for (guint i = 0; parsed->volumes && i < parsed->volumes->len; i++) {
        const GlusterVolume *volume = parsed->volumes->pdata[i];
        FoundSource *found = xml_new(&found_source_xml);
        PoolHost *server = xml_new(&pool_host_xml);

        server->name = g_strdup(host);
        found->hosts = g_ptr_array_new();
        g_ptr_array_add(found->hosts, server);
        if (type == POOL_TYPE_NETFS) {
            found->format = POOL_FORMAT_GLUSTERFS;
            found->dir = g_strdup(volume->name);
        } else {
            found->dir = g_strdup("/");
            found->name = g_strdup(volume->name);
        }
        g_ptr_array_add(sources->sources, found);
    }
    return sources;
}
