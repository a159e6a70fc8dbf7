/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* backup_plan.c - what is done in QEMU for one backup: images, bitmaps, jobs and exports */
#define ERROR_FROM VIR_FROM_QEMU
#include <libvirt/libvirt.h>
#include <unistd.h>

#include "drivers/qemu/block/backup.h"
#include "drivers/qemu/block/block_bitmap.h"
#include "drivers/qemu/block/block_chain.h"
#include "drivers/qemu/block/block_image.h"
#include "drivers/qemu/block/block_rows.h"
#include "drivers/qemu/block/checkpoint.h"
#include "drivers/qemu/qmp/qmp_block.h"
#include "util/error.h"
#include "util/list.h"
#include "util/log.h"

LOG_SOURCE("qemu.backup");

enum { NBD_PORT = 10809 };

BackupDisk *
backup_plan_disk(const Backup *backup, const char *target)
{
    for (size_t i = 0; i < list_len(backup->disks); i++) {
        BackupDisk *disk = list_at(backup->disks, i);

        if (disk->backup != BACKUP_WANTED_NO && !g_strcmp0(disk->name, target))
            return disk;
    }
    return NULL;
}

/* The image that is written, which looks at @disk: only files and devices can be one. */
static Store
image_of(const BackupDisk *disk)
{
    return (Store){ .type = disk->type, .format = disk->format ? disk->format : DISK_FORMAT_QCOW2, .path = disk->path,
                    .seclabels = disk->seclabels, .encryption = disk->encryption, .slices = disk->slices,
                    .source_private = disk->source_private };
}

static bool
is_pull(const Backup *backup)
{
    return backup->mode == BACKUP_MODE_PULL;
}

/* The bitmap, in the disk's own node, of what is to be copied. */
static char *
bitmap_of(const BackupDisk *disk)
{
    return disk->exportbitmap ? g_strdup(disk->exportbitmap) : g_strdup_printf("backup-%s", disk->name);
}

static bool
is_incremental(const BackupDisk *disk)
{
    return disk->backupmode == BACKUP_DISK_MODE_INCREMENTAL && disk->incremental;
}

static void
remove_bitmap(QmpClient *qmp, const char *node, const char *name)
{
    g_autoptr(GError) error = NULL;

    if (!qmp_block_dirty_bitmap_remove(qmp, node, name, &error))
        log_debug("bitmap '%s': %s", name, error->message);
}

void
backup_plan_end(Guest *guest, QmpClient *qmp, const Backup *backup, bool success, bool reuse)
{
    g_autoptr(Def) live = object_live(&guest->vm.object);
    g_autoptr(GError) error = NULL;

    if (is_pull(backup) && !qmp_block_nbd_server_stop(qmp, &error))
        log_debug("%s", error->message);
    for (size_t i = 0; i < list_len(backup->disks); i++) {
        const BackupDisk *disk = list_at(backup->disks, i);
        const Disk *of = live ? moment_find_disk(live->doc, disk->name) : NULL;
        Store image = image_of(disk);
        g_autofree char *bitmap = bitmap_of(disk);

        if (disk->backup == BACKUP_WANTED_NO || !disk->source_private)
            continue;
        block_image_close(qmp, disk->source_private);
        if (of && is_incremental(disk))
            remove_bitmap(qmp, command_image_noted(of->source_private, NULL), bitmap);
        if (!reuse && (is_pull(backup) || !success))
            block_image_unlink(&image);
    }
    if (is_pull(backup) && backup->transport == BACKUP_TRANSPORT_UNIX && backup->socket)
        unlink(backup->socket);
}

void
backup_plan_unlink(const Backup *backup)
{
    for (size_t i = 0; i < list_len(backup->disks); i++) {
        const BackupDisk *disk = list_at(backup->disks, i);
        Store image = image_of(disk);

        if (disk->backup != BACKUP_WANTED_NO && disk->source_private &&
            (is_pull(backup) || disk->state != BACKUP_STATE_COMPLETE))
            block_image_unlink(&image);
    }
}

/* ---- one disk ------------------------------------------------------------ */

static bool
make_image(Guest *guest, QmpClient *qmp, const Backup *backup, const Disk *of, BackupDisk *disk, bool reuse, GError **error)
{
    Store image = image_of(disk);
    const char *node = command_image_noted(of->source_private, NULL);
    BlockImage wanted = { .disk = of, .reuse = reuse, .backing_node = is_pull(backup) ? node : NULL };
    bool ok = block_copy_size(qmp, node, &wanted.size, error) && block_image_make(guest, qmp, &wanted, &image, error);

    disk->format = image.format;
    disk->source_private = image.source_private;
    return ok;
}

/* The name that a checkpoint gave its bitmap of the disk. */
static char *
checkpoint_bitmap(Guest *guest, const BackupDisk *disk, GError **error)
{
    g_autoptr(Def) def = moment_tree_find(&guest->vm, &moment_tree_checkpoints, disk->incremental, error);
    const Checkpoint *checkpoint = def ? def->doc : NULL;

    for (size_t i = 0; checkpoint && i < list_len(checkpoint->disks); i++) {
        const CheckpointDisk *of = list_at(checkpoint->disks, i);

        if (of->checkpoint == CHECKPOINT_KIND_BITMAP && !g_strcmp0(of->name, disk->name))
            return g_strdup(of->bitmap);
    }
    if (checkpoint)
        error_set(error, VIR_ERR_OPERATION_INVALID, "disk '%s' is not part of checkpoint '%s': there is nothing to begin at",
                  disk->name, disk->incremental);
    return NULL;
}

static bool
add_bitmap(Guest *guest, GHashTable *nodes, const Disk *of, const BackupDisk *disk, Json *actions, GError **error)
{
    g_autofree char *since = checkpoint_bitmap(guest, disk, error);
    g_autofree char *name = bitmap_of(disk);
    g_autoptr(GArray) chain = block_chain_of(of);
    g_autofree const char **names = block_chain_nodes(chain, 0, chain->len);
    g_autoptr(Json) list = since ? block_bitmap_backup(nodes, names, since, names[0], name) : NULL;

    if (!since)
        return false;
    if (!list) {
        error_set(error, VIR_ERR_CHECKPOINT_INCONSISTENT, "missing or broken bitmap '%s' for disk '%s'", since, disk->name);
        return false;
    }
    for (size_t i = 0; i < json_array_len(list); i++)
        json_append(actions, json_ref(json_array_at(list, i)));
    return true;
}

static void
add_job(const Backup *backup, const BlockJob *job, const Disk *of, const BackupDisk *disk, Json *actions)
{
    Json *action = json_new_object(), *data = json_new_object();
    bool incremental = is_incremental(disk);

    json_add_string(data, "job-id", job->name);
    json_add_string(data, "device", command_image_noted(of->source_private, NULL));
    json_add_string(data, "target", command_image_noted(disk->source_private, NULL));
    json_add_string(data, "sync", is_pull(backup) ? "none" : incremental ? "incremental" : "full");
    if (!is_pull(backup) && incremental)
        json_add_string(data, "bitmap", job->bitmap);
    json_add_bool(data, "auto-finalize", true);
    json_add_bool(data, "auto-dismiss", false);
    json_add_string(action, "type", "blockdev-backup");
    json_add(action, "data", data);
    json_append(actions, action);
}

/* ---- the server ---------------------------------------------------------- */

static bool
start_server(QmpClient *qmp, Backup *backup, GError **error)
{
    Json *address = json_new_object(), *data = json_new_object();
    bool unix_socket = backup->transport == BACKUP_TRANSPORT_UNIX;
    g_autofree char *port = NULL;

    if (unix_socket) {
        json_add_string(data, "path", backup->socket);
    } else {
        if (!backup->server_port)
            backup->server_port = NBD_PORT;
        port = g_strdup_printf("%u", backup->server_port);
        json_add_string(data, "host", backup->server_name);
        json_add_string(data, "port", port);
    }
    json_add_string(address, "type", unix_socket ? "unix" : "inet");
    json_add(address, "data", data);
    return qmp_block_nbd_server_start(qmp, address, NULL, error);
}

static bool
add_exports(QmpClient *qmp, const Backup *backup, GError **error)
{
    for (size_t i = 0; i < list_len(backup->disks); i++) {
        const BackupDisk *disk = list_at(backup->disks, i);
        g_autofree char *id = g_strdup_printf("libvirt-nbd-%s", disk->name);
        g_autofree char *bitmap = is_incremental(disk) ? bitmap_of(disk) : NULL;

        if (disk->backup != BACKUP_WANTED_NO &&
            !qmp_block_export_add(qmp, id, command_image_noted(disk->source_private, NULL),
                                  disk->exportname ? disk->exportname : disk->name, bitmap, error))
            return false;
    }
    return true;
}

/* ---- all of it ----------------------------------------------------------- */

static bool
add_disks(Guest *guest, QmpClient *qmp, const Domain *live, Backup *backup, bool reuse, Json *actions, GPtrArray *jobs,
          GError **error)
{
    g_autoptr(Json) reply = qmp_block_query_named_block_nodes(qmp, error);
    g_autoptr(GHashTable) nodes = reply ? block_bitmap_read(reply, error) : NULL;

    for (size_t i = 0; nodes && i < list_len(backup->disks); i++) {
        BackupDisk *disk = list_at(backup->disks, i);
        const Disk *of = moment_find_disk(live, disk->name);
        BlockJob *job;

        if (disk->backup == BACKUP_WANTED_NO)
            continue;
        if (!command_image_noted(of->source_private, NULL)) {
            error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "disk '%s' cannot be backed up: QEMU does not read its image itself",
                      disk->name);
            return false;
        }
        if (!block_job_is_free(guest, of, error) || !make_image(guest, qmp, backup, of, disk, reuse, error) ||
            (is_incremental(disk) && !add_bitmap(guest, nodes, of, disk, actions, error)))
            return false;
        job = block_job_new(guest, BLOCKJOB_TYPE_BACKUP, of, command_image_noted(of->source_private, NULL));
        job->bitmap = is_incremental(disk) ? bitmap_of(disk) : NULL;
        g_ptr_array_add(jobs, job);
        disk->state = BACKUP_STATE_RUNNING;
        add_job(backup, job, of, disk, actions);
    }
    if (nodes && !jobs->len)
        error_set(error, VIR_ERR_INVALID_ARG, "no disks selected for backup");
    return nodes && jobs->len;
}

static void
cancel(QmpClient *qmp, const BlockJob *job)
{
    g_autoptr(GError) error = NULL;

    if (!qmp_block_job_cancel(qmp, job->name, true, &error))
        log_debug("%s", error->message);
}

bool
backup_plan_start(Guest *guest, QmpClient *qmp, const Domain *live, Backup *backup, Checkpoint *checkpoint, bool reuse,
                  bool *ret_begun, GError **error)
{
    g_autoptr(GPtrArray) jobs = g_ptr_array_new();
    Json *actions = json_new_array();
    bool begun = false;
    /* What is changed since the checkpoint must be asked before that adds its own. */
    bool ok = add_disks(guest, qmp, live, backup, reuse, actions, jobs, error) &&
              (!checkpoint || checkpoint_plan(guest, live, checkpoint, actions, error)) &&
              (!is_pull(backup) || start_server(qmp, backup, error));

    if (ok)
        ok = begun = qmp_block_transaction(qmp, g_steal_pointer(&actions), error);
    json_unref(actions);
    ok = ok && (!is_pull(backup) || add_exports(qmp, backup, error)) &&
         (!checkpoint || checkpoint_keep(guest, qmp, xml_copy(&checkpoint_xml, checkpoint), error));
    for (guint i = 0; i < jobs->len; i++) {
        if (begun)
            block_job_begun(guest, jobs->pdata[i]);
        else
            block_job_drop(guest, jobs->pdata[i]);
        if (begun && !ok)
            cancel(qmp, jobs->pdata[i]);
    }
    if (!begun)
        backup_plan_end(guest, qmp, backup, false, reuse);
    *ret_begun = begun;
    return ok;
}
