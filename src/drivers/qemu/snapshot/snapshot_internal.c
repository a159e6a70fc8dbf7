/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* snapshot_internal.c - snapshots inside qcow2 images
 *
 * QEMU knows a job for them since 6.0; older ones have words of their monitor for people.  Images that nobody uses are
 * qemu-img's.
 */
#define ERROR_FROM VIR_FROM_DOMAIN_SNAPSHOT
#include <string.h>

#include "drivers/qemu/command/command_image.h"
#include "drivers/qemu/snapshot/snapshot.h"
#include "drivers/qemu/snapshot/snapshot_chain.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("qemu.snapshot");

enum { IMG_TIMEOUT = 600000 }; /* qemu-img writes tables only, but storage may be slow */

/* Calls @fn for the disks of @domain that have @snapshot inside. */
static bool
has_inside(const Snapshot *snapshot, const Disk *disk)
{
    /* Old ones list no disks: all that can take part do. */
    if (!snapshot->disks || !snapshot->disks->len)
        return disk->device == DISK_DEVICE_DISK && !disk->readonly && disk->format == DISK_FORMAT_QCOW2;
    for (guint i = 0; i < snapshot->disks->len; i++) {
        const SnapshotDisk *each = snapshot->disks->pdata[i];

        if (!g_strcmp0(each->name, disk->target))
            return each->snapshot == DISK_SNAPSHOT_INTERNAL;
    }
    return false;
}

/* Names of the nodes; the first of them takes the memory. */
static Json *
nodes_of(Guest *guest, const Snapshot *snapshot, const char *holding, GError **error)
{
    g_autoptr(Def) live = object_live(&guest->vm.object);
    const Domain *doc = live ? live->doc : NULL;
    g_autoptr(Json) found = json_new_array();
    g_autoptr(Json) all = holding ? snapshot_qmp_nodes(guest, error) : NULL;

    if (!doc || (holding && !all)) {
        if (!doc)
            error_set(error, VIR_ERR_OPERATION_INVALID, "domain is not running");
        return NULL;
    }
    for (guint i = 0; i < list_len(doc->disks); i++) {
        const Disk *disk = list_at(doc->disks, i);
        const char *node = command_image_noted(disk->source_private, NULL);
        Json *inside = json_opt_array(json_opt_object(snapshot_qmp_node(all, node), "image"), "snapshots");
        bool wanted = node && has_inside(snapshot, disk), held = !holding;

        for (size_t s = 0; s < json_array_len(inside); s++)
            held = held || !g_strcmp0(json_opt_string(json_array_at(inside, s), "name", NULL), holding);
        if (wanted && held)
            json_append_string(found, node);
    }
    return g_steal_pointer(&found);
}

/* QEMU's words for people have no error but text. */
static bool
say(Guest *guest, const char *command, const char *name, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    g_autofree char *quoted = g_strescape(name, NULL);
    g_autofree char *line = g_strdup_printf("%s \"%s\"", command, quoted);
    g_autofree char *said = qmp ? qmp_human_monitor_command(qmp, line, error) : NULL;

    if (!said)
        return false;
    g_strstrip(said);
    if (said[0])
        error_set(error, VIR_ERR_OPERATION_FAILED, "QEMU refused '%s': %s", command, said);
    return !said[0];
}

/* @memory: the command has a place for it. */
static bool
run(const SnapshotWork *work, const Snapshot *snapshot, const char *command, const char *old_command, bool memory, Json *nodes,
    GError **error)
{
    g_autofree char *id = g_strdup_printf("%s-%s", command, snapshot->name);
    g_autoptr(GError) why = NULL;
    Json *arguments = json_new_object();

    json_add_string(arguments, "tag", snapshot->name);
    if (memory)
        json_add_string(arguments, "vmstate", json_string_value(json_array_at(nodes, 0)));
    json_add(arguments, "devices", json_ref(nodes));
    if (snapshot_qmp_job(work, command, arguments, id, &why))
        return true;
    if (why->code == VIR_ERR_OPERATION_UNSUPPORTED)
        return say(work->guest, old_command, snapshot->name, error);
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
}

bool
snapshot_internal_save(const SnapshotWork *work, const Snapshot *snapshot, GError **error)
{
    g_autoptr(Json) nodes = nodes_of(work->guest, snapshot, NULL, error);
    bool ran = false, ok;

    if (!nodes || !json_array_len(nodes)) {
        if (nodes)
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "no disk can take the memory: nothing selected for snapshot");
        return false;
    }
    /* It is stopped while this is done in any case; so that clients see why, we do it. */
    if (!snapshot_qmp_stop(work->guest, VIR_DOMAIN_PAUSED_SAVE, &ran, error))
        return false;
    ok = run(work, snapshot, "snapshot-save", "savevm", true, nodes, error);
    if (!ran || (ok && work->flags & VIR_DOMAIN_SNAPSHOT_CREATE_HALT))
        return ok;
    if (ok)
        return snapshot_qmp_cont(work->guest, VIR_DOMAIN_RUNNING_UNPAUSED, error);
    snapshot_qmp_cont(work->guest, VIR_DOMAIN_RUNNING_SAVE_CANCELED, NULL);
    return false;
}

bool
snapshot_internal_load(const SnapshotWork *work, const Snapshot *snapshot, GError **error)
{
    g_autoptr(Json) nodes = nodes_of(work->guest, snapshot, NULL, error);

    return nodes && run(work, snapshot, "snapshot-load", "loadvm", true, nodes, error);
}

bool
snapshot_internal_delete(const SnapshotWork *work, const Snapshot *snapshot, GError **error)
{
    g_autoptr(Json) nodes = nodes_of(work->guest, snapshot, snapshot->name, error);

    if (!nodes)
        return false;
    return !json_array_len(nodes) || run(work, snapshot, "snapshot-delete", "delvm", false, nodes, error);
}

static bool
run_img(const Disk *disk, char option, const char *name, GError **error)
{
    const char how[] = { '-', option, '\0' };
    Store view = snapshot_chain_view(disk);
    g_autofree char *image = source_write(&view, false, error);
    const char *argv[] = { "qemu-img", "snapshot", how, name, image, NULL };

    if (!image)
        return false;
    if (disk->format != DISK_FORMAT_QCOW2) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "Disk device '%s' does not support snapshotting", disk->target);
        return false;
    }
    if (process_run(argv, NULL, IMG_TIMEOUT, NULL, NULL, error))
        return true;
    error_prefix(error, "disk '%s'", disk->target);
    return false;
}

bool
snapshot_internal_offline(const Domain *domain, const Snapshot *snapshot, char option, GError **error)
{
    bool ok = true;

    for (guint i = 0; i < list_len(domain->disks); i++) {
        const Disk *disk = list_at(domain->disks, i);
        g_autoptr(GError) why = NULL;

        if (!has_inside(snapshot, disk) || run_img(disk, option, snapshot->name, &why))
            continue;
        if (option == 'd') { /* go on: an image that has it no more is as good */
            log_gerror(why, "while removing snapshot '%s'", snapshot->name);
            continue;
        }
        ok = false;
        g_propagate_error(error, g_steal_pointer(&why));
        for (guint done = 0; option == 'c' && done < i; done++)
            if (has_inside(snapshot, list_at(domain->disks, done)))
                run_img(list_at(domain->disks, done), 'd', snapshot->name, NULL);
        break;
    }
    return ok;
}
