/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* snapshot_chain.c - images put on top of a disk's chain and taken off again, in definitions
 *
 * A disk, a layer below it and the disk of a snapshot have the rows of an image in common, but no type.
 */
#define ERROR_FROM VIR_FROM_DOMAIN_SNAPSHOT
#include "drivers/qemu/snapshot/snapshot_chain.h"

#include <string.h>

#include "drivers/conf/source.h"
#include "drivers/qemu/command/command_image.h"
#include "drivers/qemu/process/guest_chain.h"

/* What an image is and where, in Disk, Store and SnapshotDisk. */
#define IMAGE_MEMBERS(M)                                                                                      \
    M(type) M(format) M(metadata_cache) M(auth) M(path) M(fdgroup) M(query) M(tls_hostname) M(hosts)          \
    M(net_snapshot) M(net_config) M(iqn) M(cookies) M(readahead) M(timeout) M(id_user) M(id_group)            \
    M(id_username) M(keyfile) M(agentsock) M(known_hosts) M(pool) M(volume) M(nvme_type) M(namespace)         \
    M(nvme_address) M(vhost_type) M(vhost_mode) M(slices) M(encryption) M(seclabels) M(reservations)          \
    M(data_store) M(source_private) M(tls_from_config) M(reconnect_timeout) M(reconnect_delay)                \
    M(auth_in_source) M(encryption_in_source) M(protocol) M(tls) M(has_tls_from_config) M(ssl_verify)         \
    M(reconnect_enabled) M(mode) M(actual_type) M(managed)

#define MOVE(member)                                                                                          \
    memcpy(&to->member, &from->member, sizeof(to->member));                                                   \
    memset(&from->member, 0, sizeof(from->member));
#define COPY(member) memcpy(&to->member, &from->member, sizeof(to->member));

Store *
snapshot_chain_take(Disk *from)
{
    Store *to = xml_new(&store_xml);

    IMAGE_MEMBERS(MOVE)
    to->chain_index = to->index = from->index;
    to->backing_store = g_steal_pointer(&from->backing_store);
    from->index = 0;
    return to;
}

void
snapshot_chain_give(Disk *to, Store *from)
{
    IMAGE_MEMBERS(MOVE)
    to->index = from->chain_index;
    to->backing_store = g_steal_pointer(&from->backing_store);
    store_free(from);
}

void
snapshot_chain_push(Disk *disk, Store *overlay)
{
    store_free(overlay->backing_store);
    overlay->backing_store = snapshot_chain_take(disk);
    snapshot_chain_give(disk, overlay);
}

void
snapshot_chain_replace(Disk *disk, Store *overlay)
{
    store_free(snapshot_chain_take(disk));
    snapshot_chain_give(disk, overlay);
}

Store
snapshot_chain_view(const Disk *disk)
{
    return command_image_view(disk);
}

Store *
snapshot_chain_overlay(const SnapshotDisk *from)
{
    Store shown = { 0 }, *to = &shown, *copy;

    IMAGE_MEMBERS(COPY)
    if (shown.type == DISK_TYPE_UNSET)
        shown.type = DISK_TYPE_FILE;
    if (shown.format == DISK_FORMAT_UNSET)
        shown.format = DISK_FORMAT_QCOW2;
    copy = xml_copy(&store_xml, &shown);
    return copy;
}

bool
snapshot_chain_same(const Store *a, const Store *b)
{
    g_autofree char *one = source_write(a, true, NULL);
    g_autofree char *other = source_write(b, true, NULL);

    if (a->type != DISK_TYPE_NETWORK && b->type != DISK_TYPE_NETWORK && a->path && b->path)
        return !strcmp(a->path, b->path);
    return one && !g_strcmp0(one, other);
}

char *
snapshot_chain_text(const Store *store)
{
    return store->type == DISK_TYPE_NETWORK ? source_write(store, false, NULL) : g_strdup(store->path);
}
