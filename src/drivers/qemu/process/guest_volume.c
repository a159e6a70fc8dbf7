/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_volume.c - volumes of guests, asked of the storage daemon as any client asks it */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/process/guest_volume.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "drivers/qemu/process/guest.h"
#include "util/error.h"

static void
close_connection(virConnectPtr *conn)
{
    if (*conn)
        virConnectClose(*conn);
}

static void
free_pool(virStoragePoolPtr *pool)
{
    if (*pool)
        virStoragePoolFree(*pool);
}

static void
free_volume(virStorageVolPtr *volume)
{
    if (*volume)
        virStorageVolFree(*volume);
}

#define AUTO(fn) __attribute__((cleanup(fn)))

static bool
refuse(GError **error, const char *what)
{
    const virError *last = virGetLastError();

    error_set_plain_full(error, last ? last->domain : VIR_FROM_QEMU, last ? last->code : VIR_ERR_INTERNAL_ERROR, "%s",
                         last && last->message ? last->message : what);
    return false;
}

bool
guest_volume_lookup(void *data, const char *pool_name, const char *name, VolumeFacts *facts, GError **error)
{
    AUTO(close_connection) virConnectPtr conn = virConnectOpen(guest_host.conf->privileged ? "storage:///system"
                                                                                           : "storage:///session");
    AUTO(free_pool) virStoragePoolPtr pool = conn ? virStoragePoolLookupByName(conn, pool_name) : NULL;
    AUTO(free_volume) virStorageVolPtr volume = NULL;
    virStorageVolInfo info;
    char *text, *path;

    if (!pool)
        return refuse(error, "cannot reach the storage daemon");
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
        return refuse(error, "the storage daemon does not answer");
    }
    facts->pool = xml_parse_text(&storage_pool_xml, text, 0, error);
    facts->type = info.type;
    facts->path = g_strdup(path);
    free(text);
    free(path);
    return facts->pool != NULL;
}
