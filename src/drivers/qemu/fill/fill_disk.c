/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fill_disk.c - what a disk leaves out: format, ports of servers, who decrypts */
#include <string.h>

#include "drivers/conf/domain.h"
#include "drivers/qemu/fill/fill_private.h"

static unsigned
default_port(NetProtocol protocol)
{
    static const unsigned ports[NET_PROTOCOL_LAST] = {
        [NET_PROTOCOL_NBD] = 10809, [NET_PROTOCOL_GLUSTER] = 24007, [NET_PROTOCOL_HTTP] = 80, [NET_PROTOCOL_HTTPS] = 443,
        [NET_PROTOCOL_FTP] = 21, [NET_PROTOCOL_FTPS] = 990, [NET_PROTOCOL_TFTP] = 69, [NET_PROTOCOL_SSH] = 22,
        [NET_PROTOCOL_SHEEPDOG] = 7000, [NET_PROTOCOL_ISCSI] = 3260, [NET_PROTOCOL_VXHS] = 9999,
    };

    return protocol < NET_PROTOCOL_LAST ? ports[protocol] : 0;
}

static void
fill_source(DiskType type, NetProtocol protocol, GPtrArray *hosts, Encryption *encryption)
{
    unsigned port = default_port(protocol);

    for (size_t i = 0; type == DISK_TYPE_NETWORK && port && i < list_len(hosts); i++) {
        NetHost *host = list_at(hosts, i);

        if (host->transport == NET_TRANSPORT_UNIX || host->has_port)
            continue;
        host->has_port = true;
        host->port = port;
    }
    if (encryption && encryption->engine == ENC_ENGINE_UNSET)
        encryption->engine = ENC_ENGINE_QEMU;
}

static void
fill_chain(Store *store)
{
    for (; store; store = store->backing_store) {
        fill_source(store->type, store->protocol, store->hosts, store->encryption);
        if (store->data_store)
            fill_chain(store->data_store);
    }
}

/* A copy in progress was one file and its format, once; it is still written that way, too. */
static void
fill_mirror(Mirror *m)
{
    if (m->type == DISK_TYPE_UNSET && m->old_file) {
        m->type = DISK_TYPE_FILE;
        fill_set(&m->path, m->old_file);
        m->format = m->old_format;
    }
    if (m->job == DISK_JOB_UNSET)
        m->job = DISK_JOB_COPY;
    if (m->format == DISK_FORMAT_UNSET)
        m->format = DISK_FORMAT_RAW;
    if (m->job == DISK_JOB_COPY && m->type == DISK_TYPE_FILE) {
        fill_set(&m->old_file, m->path);
        m->old_format = m->format;
    }
    fill_source(m->type, m->protocol, m->hosts, m->encryption);
}

void
fill_disks(Fill *f)
{
    domain_places_sort_disks(f->def);
    for (size_t i = 0; i < list_len(f->def->disks); i++) {
        Disk *d = list_at(f->def->disks, i);

        if (!d->driver_name)
            d->driver_name = g_strdup("qemu");
        if (d->format == DISK_FORMAT_UNSET && d->type != DISK_TYPE_VOLUME)
            d->format = d->type == DISK_TYPE_DIR ? DISK_FORMAT_FAT : DISK_FORMAT_RAW;
        /* A drive that is empty has no volume, and no device; what is read-only is not part of snapshots anyway. */
        if ((d->type == DISK_TYPE_VOLUME && !d->pool) || (d->type == DISK_TYPE_BLOCK && !d->path))
            d->type = DISK_TYPE_FILE;
        if (d->snapshot == DISK_SNAPSHOT_NO && d->readonly)
            d->snapshot = DISK_SNAPSHOT_UNSET;
        if (d->cache == DISK_CACHE_DEFAULT)
            d->cache = DISK_CACHE_UNSET;
        fill_source(d->type, d->protocol, d->hosts, d->encryption);
        fill_chain(d->backing_store);
        if (d->data_store)
            fill_chain(d->data_store);
        if (d->mirror)
            fill_mirror(d->mirror);
    }
}
