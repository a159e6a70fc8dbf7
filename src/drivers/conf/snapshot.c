/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* snapshot.c - rules of <domainsnapshot>: its own, and those that need the guest's definition */
#define ERROR_FROM VIR_FROM_DOMAIN_SNAPSHOT
#include <string.h>

#include "drivers/conf/moment.h"
#include "util/error.h"

static bool
has_source(const SnapshotDisk *disk)
{
    return disk->path || disk->type == DISK_TYPE_NETWORK;
}

bool
snapshot_disk_check(void *obj, unsigned flags, GError **error)
{
    SnapshotDisk *disk = obj;
    bool local;

    /* One of which nothing is known yet has no type either. */
    if (disk->type == DISK_TYPE_UNSET && (disk->path || disk->format != DISK_FORMAT_UNSET))
        disk->type = DISK_TYPE_FILE;
    local = disk->type == DISK_TYPE_UNSET || disk->type == DISK_TYPE_FILE || disk->type == DISK_TYPE_BLOCK;
    if (!disk->snapshot && has_source(disk))
        disk->snapshot = DISK_SNAPSHOT_EXTERNAL;
    if (disk->snapshot != DISK_SNAPSHOT_EXTERNAL) {
        if (has_source(disk))
            error_set(error, VIR_ERR_XML_ERROR, "file '%s' for disk '%s' requires use of external snapshot mode",
                      disk->path ? disk->path : "", disk->name);
        return !has_source(disk);
    }
    if (!local && disk->type != DISK_TYPE_NETWORK) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s': an external snapshot cannot be of type '%s'",
                  disk->name, disk_type_words[disk->type]);
        return false;
    }
    if (local && disk->path && disk->path[0] != '/') {
        error_set(error, VIR_ERR_XML_ERROR, "disk snapshot image path '%s' must be absolute", disk->path);
        return false;
    }
    switch (disk->format) {
    case DISK_FORMAT_UNSET:
    case DISK_FORMAT_COW:
    case DISK_FORMAT_QCOW:
    case DISK_FORMAT_QCOW2:
    case DISK_FORMAT_QED:
    case DISK_FORMAT_VMDK:
        return true;
    default:
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "disk '%s': an image of format '%s' cannot be put on top of another", disk->name,
                  disk_format_words[disk->format]);
        return false;
    }
}

bool
snapshot_check(void *obj, unsigned flags, GError **error)
{
    Snapshot *snapshot = obj;

    if (snapshot->memory_file && !snapshot->memory)
        snapshot->memory = SNAPSHOT_MEMORY_EXTERNAL;
    if (snapshot->memory_file && snapshot->memory != SNAPSHOT_MEMORY_EXTERNAL) {
        error_set(error, VIR_ERR_XML_ERROR, "memory filename '%s' requires external snapshot", snapshot->memory_file);
        return false;
    }
    if (snapshot->memory == SNAPSHOT_MEMORY_EXTERNAL && !snapshot->memory_file) {
        error_set(error, VIR_ERR_XML_ERROR, "external memory snapshots require a filename");
        return false;
    }
    if (snapshot->memory_file && snapshot->memory_file[0] != '/') {
        error_set(error, VIR_ERR_XML_ERROR, "memory snapshot file path (%s) must be absolute", snapshot->memory_file);
        return false;
    }
    return true;
}

/* Nothing was running when it was taken, or nothing of that was kept. */
static bool
is_offline(const Snapshot *snapshot)
{
    return snapshot->state == SNAPSHOT_STATE_SHUTOFF || snapshot->state == SNAPSHOT_STATE_DISK_SNAPSHOT;
}

static bool
complete_old(Snapshot *snapshot, GError **error)
{
    const char *missing = !snapshot->name            ? "name"
                          : !snapshot->creation_time ? "creationTime"
                          : !snapshot->state         ? "state"
                                                     : NULL;

    if (missing) {
        error_set(error, VIR_ERR_XML_ERROR, "missing <%s> from existing snapshot", missing);
        return false;
    }
    if (!snapshot->memory)
        snapshot->memory = is_offline(snapshot) ? SNAPSHOT_MEMORY_NO : SNAPSHOT_MEMORY_INTERNAL;
    if (snapshot->memory != SNAPSHOT_MEMORY_NO && is_offline(snapshot)) {
        error_set(error, VIR_ERR_XML_ERROR, "memory state cannot be saved with offline or disk-only snapshot");
        return false;
    }
    return true;
}

Snapshot *
snapshot_parse(const char *xml, MomentRead how, bool strict, int64_t now, GError **error)
{
    g_autoptr(Snapshot) snapshot =
        moment_parse(&snapshot_xml, xml,
                     XML_PARSE_INACTIVE | (how == MOMENT_STATE ? XML_PARSE_STATUS : 0) | (strict ? XML_PARSE_STRICT : 0),
                     error);

    if (!snapshot)
        return NULL;
    if (how != MOMENT_NEW)
        return complete_old(snapshot, error) ? g_steal_pointer(&snapshot) : NULL;
    snapshot->creation_time = now;
    snapshot->state = SNAPSHOT_STATE_UNSET;
    g_clear_pointer(&snapshot->parent, g_free);
    g_clear_pointer(&snapshot->domain, domain_free);
    g_clear_pointer(&snapshot->inactive_domain, domain_free);
    if (!snapshot->name)
        snapshot->name = g_strdup_printf("%" G_GINT64_FORMAT, now);
    return g_steal_pointer(&snapshot);
}

char *
snapshot_format(const Snapshot *snapshot, const uint8_t *uuid, unsigned flags)
{
    Snapshot shown = *snapshot;

    if (!shown.domain && uuid) {
        shown.domain_form = SNAPSHOT_DOMAIN_UUID;
        memcpy(shown.domain_uuid, uuid, sizeof(shown.domain_uuid));
    }
    return xml_format_text(&snapshot_xml, &shown, flags | XML_FORMAT_INACTIVE);
}

/* "/a/b.img" with snapshot s1 is "/a/b.s1". */
static bool
make_up_file(SnapshotDisk *disk, const Disk *of, const Snapshot *snapshot, const Domain *domain, GError **error)
{
    const char *base, *dot;

    if (of->type != DISK_TYPE_FILE || !of->path) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "cannot generate external snapshot name for disk '%s' of type '%s'; give it a <source>", disk->name,
                  disk_type_words[of->type]);
        return false;
    }
    base = strrchr(of->path, '/');
    dot = strrchr(base ? base : of->path, '.');
    disk->type = DISK_TYPE_FILE;
    disk->path = g_strdup_printf("%.*s.%s", dot ? (int)(dot - of->path) : (int)strlen(of->path), of->path, snapshot->name);
    for (guint i = 0; i < domain->disks->len; i++) {
        const Disk *other = domain->disks->pdata[i];

        if (other->type != DISK_TYPE_NETWORK && !g_strcmp0(other->path, disk->path)) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                      "generated snapshot file '%s' of disk '%s' is in use by disk '%s'; give it a <source>", disk->path,
                      disk->name, other->target);
            return false;
        }
    }
    return true;
}

static DiskSnapshot
mode_unless_named(const Disk *disk, DiskSnapshot standard)
{
    if (disk->readonly || moment_disk_is_empty(disk))
        return DISK_SNAPSHOT_NO;
    return disk->snapshot ? disk->snapshot : standard;
}

static bool
check_uniform(const Snapshot *snapshot, GError **error)
{
    const SnapshotDisk *seen[2] = { 0 };

    for (guint i = 0; i < snapshot->disks->len; i++) {
        const SnapshotDisk *disk = snapshot->disks->pdata[i];

        if (disk->snapshot == DISK_SNAPSHOT_INTERNAL || disk->snapshot == DISK_SNAPSHOT_EXTERNAL)
            seen[disk->snapshot == DISK_SNAPSHOT_EXTERNAL] = disk;
    }
    if (seen[0] && seen[1])
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "disk '%s' is to have an internal snapshot, but disk '%s' an external one; choose one of them",
                  seen[0]->name, seen[1]->name);
    return !seen[0] || !seen[1];
}

bool
snapshot_align(Snapshot *snapshot, const Domain *domain, DiskSnapshot standard, bool uniform, GError **error)
{
    g_autofree bool *listed =
        moment_align_disks(&snapshot->disks, domain, &snapshot_disk_xml, offsetof(SnapshotDisk, name), error);

    if (!listed)
        return false;
    for (guint i = 0; i < snapshot->disks->len; i++) {
        SnapshotDisk *disk = snapshot->disks->pdata[i];
        const Disk *of = domain->disks->pdata[i];

        if (!listed[i])
            disk->snapshot = mode_unless_named(of, standard);
        else if (!disk->snapshot)
            disk->snapshot = of->snapshot ? of->snapshot : standard;
        if (disk->snapshot == DISK_SNAPSHOT_EXTERNAL && !has_source(disk) &&
            !make_up_file(disk, of, snapshot, domain, error))
            return false;
    }
    return !uniform || check_uniform(snapshot, error);
}

bool
snapshot_is_external(const Snapshot *snapshot)
{
    if (snapshot->memory == SNAPSHOT_MEMORY_EXTERNAL)
        return true;
    for (guint i = 0; snapshot->disks && i < snapshot->disks->len; i++)
        if (((SnapshotDisk *)snapshot->disks->pdata[i])->snapshot == DISK_SNAPSHOT_EXTERNAL)
            return true;
    return false;
}

static bool
check_same_kind(const Snapshot *snapshot, const Snapshot *old, GError **error)
{
    bool was_disk = old->state == SNAPSHOT_STATE_DISK_SNAPSHOT, disk = snapshot->state == SNAPSHOT_STATE_DISK_SNAPSHOT;

    if ((old->state == SNAPSHOT_STATE_SHUTOFF) != (snapshot->state == SNAPSHOT_STATE_SHUTOFF) && was_disk == disk) {
        error_set(error, VIR_ERR_INVALID_ARG, "cannot change between online and offline snapshot state in snapshot %s",
                  snapshot->name);
        return false;
    }
    if (was_disk != disk) {
        error_set(error, VIR_ERR_INVALID_ARG, "cannot change between disk only and full system in snapshot %s",
                  snapshot->name);
        return false;
    }
    return true;
}

bool
snapshot_redefine(Snapshot *snapshot, const uint8_t uuid[16], const Snapshot *old, GError **error)
{
    bool external = snapshot->state == SNAPSHOT_STATE_DISK_SNAPSHOT || snapshot->memory == SNAPSHOT_MEMORY_EXTERNAL;

    if (snapshot->domain && memcmp(snapshot->domain->uuid, uuid, 16)) {
        error_set(error, VIR_ERR_INVALID_ARG, "definition for snapshot %s must use the uuid of its domain", snapshot->name);
        return false;
    }
    if (old && !check_same_kind(snapshot, old, error))
        return false;
    if (old && old->domain) {
        if (snapshot->domain && !xml_abi_equal(&domain_xml, old->domain, snapshot->domain, error))
            return false;
        if (!snapshot->domain)
            snapshot->domain = xml_copy(&domain_xml, old->domain);
    }
    return !snapshot->domain ||
           snapshot_align(snapshot, snapshot->domain, external ? DISK_SNAPSHOT_EXTERNAL : DISK_SNAPSHOT_INTERNAL, false,
                          error);
}
