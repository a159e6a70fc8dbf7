/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* storage.c - families of pools, volumes and secrets. */
#define ERROR_FROM VIR_FROM_STORAGE
#include "corpus/tool.h"
#include "drivers/conf/secret_gen.h"
#include "drivers/conf/storage.h"
#include "util/error.h"

static char *
pool_xml2xml(const Request *request, GError **error)
{
    g_autoptr(StoragePool) pool = xml_parse_text(&storage_pool_xml, request->input, 0, error);

    return pool ? xml_format_text(&storage_pool_xml, pool, 0) : NULL;
}

static char *
vol_xml2xml(const Request *request, GError **error)
{
    g_autofree char *pool_text = request_file(request, "pool", error);
    g_autoptr(StoragePool) pool = pool_text ? xml_parse_text(&storage_pool_xml, pool_text, 0, error) : NULL;
    g_autoptr(StorageVolume) vol = pool ? xml_parse_text(&storage_volume_xml, request->input, 0, error) : NULL;

    if (!vol || !storage_volume_settle(vol, pool->type, request_has(request, "no-capacity"), error))
        return NULL;
    return xml_format_text(&storage_volume_xml, vol, 0);
}

static char *
secret_xml2xml(const Request *request, GError **error)
{
    g_autoptr(Secret) secret = xml_parse_text(&secret_xml, request->input, 0, error);

    return secret ? xml_format_text(&secret_xml, secret, 0) : NULL;
}

const Family storage_families[] = {
    { "storage-pool-xml2xml", pool_xml2xml, "" },
    { "storage-vol-xml2xml", vol_xml2xml, "pool no-capacity" },
    { "secret-xml2xml", secret_xml2xml, "" },
    { NULL, NULL, NULL },
};
