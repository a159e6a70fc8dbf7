/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fill_disk.c - what a disk leaves out: format, ports of servers, who decrypts */
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

void
fill_disks(Fill *f)
{
    for (size_t i = 0; i < list_len(f->def->disks); i++) {
        Disk *d = list_at(f->def->disks, i);

        if (!d->driver_name)
            d->driver_name = g_strdup("qemu");
        if (d->format == DISK_FORMAT_UNSET && d->type != DISK_TYPE_VOLUME)
            d->format = d->type == DISK_TYPE_DIR ? DISK_FORMAT_FAT : DISK_FORMAT_RAW;
        fill_source(d->type, d->protocol, d->hosts, d->encryption);
        fill_chain(d->backing_store);
        if (d->data_store)
            fill_chain(d->data_store);
        if (d->mirror)
            fill_source(d->mirror->type, d->mirror->protocol, d->mirror->hosts, d->mirror->encryption);
    }
}
