/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* storage.c - families of pools, volumes and secrets. */
#define ERROR_FROM VIR_FROM_STORAGE
#include "corpus/tool.h"
#include "drivers/conf/secret_gen.h"
#include "drivers/conf/storage.h"
#include "drivers/conf/storagecaps.h"
#include "drivers/storage/mount.h"
#include "drivers/storage/qemu_img.h"
#include "util/error.h"

static char *
pool_xml2xml(const Request *request, GError **error)
{
    g_autoptr(StoragePool) pool = xml_parse_text(&storage_pool_xml, request->input, 0, error);

    return pool ? xml_format_text(&storage_pool_xml, pool, 0) : NULL;
}

static char *
secret_xml2xml(const Request *request, GError **error)
{
    g_autoptr(Secret) secret = xml_parse_text(&secret_xml, request->input, 0, error);

    return secret ? xml_format_text(&secret_xml, secret, 0) : NULL;
}

static void
print_command(GString *out, const GPtrArray *argv)
{
    for (guint i = 0; i < argv->len; i++) {
        g_autofree char *word = g_shell_quote(g_ptr_array_index(argv, i));

        g_string_append_printf(out, "%s%s", i ? " " : "", word);
    }
    g_string_append_c(out, '\n');
}

static char *
pool_xml2args(const Request *request, GError **error)
{
    g_autoptr(StoragePool) pool = xml_parse_text(&storage_pool_xml, request->input, 0, error);
    g_autoptr(GPtrArray) argv = pool ? mount_start_command(pool, error) : NULL;
    GString *out;

    if (!argv)
        return NULL;
    out = g_string_new(NULL);
    print_command(out, argv);
    return g_string_free(out, FALSE);
}

/* A volume of the pool in the file parameter @pool_option. */
static StorageVolume *
volume_in_pool(const Request *request, const char *text, const char *pool_option, bool no_capacity, GError **error)
{
    g_autofree char *pool_text = request_file(request, pool_option, error);
    g_autoptr(StoragePool) pool = pool_text ? xml_parse_text(&storage_pool_xml, pool_text, 0, error) : NULL;
    g_autoptr(StorageVolume) vol = pool ? xml_parse_text(&storage_volume_xml, text, 0, error) : NULL;

    if (!vol || !storage_volume_settle(vol, pool->type, no_capacity, error))
        return NULL;
    return g_steal_pointer(&vol);
}

static char *
vol_xml2xml(const Request *request, GError **error)
{
    g_autoptr(StorageVolume) vol =
        volume_in_pool(request, request->input, "pool", request_has(request, "no-capacity"), error);

    return vol ? xml_format_text(&storage_volume_xml, vol, 0) : NULL;
}

static char *
vol_xml2args(const Request *request, GError **error)
{
    g_autoptr(StorageVolume) vol =
        volume_in_pool(request, request->input, "pool",
                       request_has(request, "optional-capacity") || request_has(request, "input-vol"), error);
    g_autoptr(StorageVolume) input = NULL;
    g_autoptr(GPtrArray) commands = NULL;
    GString *out;

    if (!vol)
        return NULL;
    if (request_has(request, "input-vol")) {
        g_autofree char *text = request_file(request, "input-vol", error);

        input = text ? volume_in_pool(request, text, "input-pool", false, error) : NULL;
        if (!input)
            return NULL;
    }
    commands = qemu_img_create(&(QemuImgRequest){ vol, input, request_has(request, "prealloc-metadata"),
                                                  request_option(request, "secret-path"),
                                                  request_option(request, "input-secret-path") },
                               error);
    if (!commands)
        return NULL;
    out = g_string_new(NULL);
    for (guint i = 0; i < commands->len; i++)
        print_command(out, g_ptr_array_index(commands, i));
    return g_string_free(out, FALSE);
}

static char *
pool_caps(const Request *request, GError **error)
{
    const char *types = request_option(request, "pool-types");
    bool supported[POOL_TYPE_LAST] = { false };
    g_autoptr(StoragePoolCaps) caps = NULL;

    for (PoolType type = 1; type < POOL_TYPE_LAST; type++)
        supported[type] = !g_strcmp0(types, "all") || !g_strcmp0(types, pool_type_words[type]);
    caps = storagecaps_new(supported);
    return xml_format_text(&storage_pool_caps_xml, caps, 0);
}

static char *
gluster_pool_sources(const Request *request, GError **error)
{
    const char *type = request_option(request, "pool-type");
    g_autoptr(PoolSources) sources =
        storagecaps_gluster_sources(request->input, request_option(request, "host"),
                                    !g_strcmp0(type, "netfs") ? POOL_TYPE_NETFS : POOL_TYPE_GLUSTER, error);

    return sources ? xml_format_text(&pool_sources_xml, sources, 0) : NULL;
}

const Family storage_families[] = {
    { "storage-pool-caps", pool_caps, "pool-types" },
    { "gluster-pool-sources", gluster_pool_sources, "host pool-type" },
    { "storage-pool-xml2xml", pool_xml2xml, "" },
    { "storage-vol-xml2xml", vol_xml2xml, "pool no-capacity" },
    { "storage-pool-xml2args", pool_xml2args, "" },
    { "storage-vol-xml2args", vol_xml2args,
      "pool input-vol input-pool prealloc-metadata optional-capacity secret-path input-secret-path" },
    { "secret-xml2xml", secret_xml2xml, "" },
    { NULL, NULL, NULL },
};
