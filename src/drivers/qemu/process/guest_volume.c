/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_volume.c - volumes of guests, asked of the storage daemon as any client asks it */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/process/guest_volume.h"


#include "drivers/qemu/process/guest_peer.h"
#include "util/error.h"

bool
guest_volume_lookup(void *data, const char *pool_name, const char *name, VolumeFacts *facts, GError **error)
{
    g_autoptr(virConnect) conn = guest_peer_connect("storage", error);
    g_autoptr(virStoragePool) pool = conn ? virStoragePoolLookupByName(conn, pool_name) : NULL;
    g_autoptr(virStorageVol) volume = NULL;
    virStorageVolInfo info;
    char *text, *path;

    if (!pool) {
        if (conn)
            guest_peer_error(error, "the storage daemon does not answer");
        return false;
    }
    if (virStoragePoolIsActive(pool) != 1) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "storage pool '%s' containing volume '%s' is not active", pool_name, name);
        return false;
    }
    volume = virStorageVolLookupByName(pool, name);
    text = volume ? virStoragePoolGetXMLDesc(pool, 0) : NULL;
    path = text ? virStorageVolGetPath(volume) : NULL;
    if (!path || virStorageVolGetInfo(volume, &info) < 0) {
        free(text);
        free(path);
        guest_peer_error(error, "the storage daemon does not answer");
        return false;
    }
    facts->pool = xml_parse_text(&storage_pool_xml, text, 0, error);
    facts->type = info.type;
    facts->path = g_strdup(path);
    free(text);
    free(path);
    return facts->pool != NULL;
}
