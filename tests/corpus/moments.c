/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* moments.c - families of snapshots, checkpoints and backups. */
#define ERROR_FROM VIR_FROM_DOMAIN
#include "corpus/tool.h"
#include "drivers/conf/moment.h"
#include "util/error.h"
#include "util/text.h"
#include "util/uuid.h"

static bool
int_option(const Request *request, const char *name, int64_t *ret, GError **error)
{
    const char *text = request_option(request, name);

    if (!text || text_parse_int64(text, 10, ret))
        return true;
    error_set(error, VIR_ERR_INVALID_ARG, "option --%s: '%s' is no number", name, text);
    return false;
}

static MomentRead
how_to_read(const Request *request)
{
    bool internal = request_has(request, "internal");

    return internal ? MOMENT_STATE : request_has(request, "redefine") ? MOMENT_REDEFINE : MOMENT_NEW;
}

static char *
domain_snapshot(const Request *request, GError **error)
{
    g_autoptr(Snapshot) snapshot = NULL;
    const char *uuid_text = request_option(request, "domain-uuid"), *state = request_option(request, "state");
    uint8_t uuid[16];
    int64_t now = 0;

    if (!int_option(request, "creation-time", &now, error))
        return NULL;
    if (uuid_text && !uuid_parse(uuid_text, uuid)) {
        error_set(error, VIR_ERR_INVALID_ARG, "option --domain-uuid: '%s' is no UUID", uuid_text);
        return NULL;
    }
    snapshot = snapshot_parse(request->input, how_to_read(request), false, now, error);
    if (!snapshot)
        return NULL;
    if (state)
        snapshot->state = xml_enum_value(&snapshot_state_enum, state);
    return snapshot_format(snapshot, uuid_text ? uuid : NULL,
                           XML_FORMAT_SECURE | (request_has(request, "internal") ? XML_FORMAT_STATUS : 0));
}

static char *
domain_checkpoint(const Request *request, GError **error)
{
    g_autoptr(Checkpoint) checkpoint = NULL;
    int64_t now = 0, size = -1;

    if (!int_option(request, "creation-time", &now, error) || !int_option(request, "size", &size, error))
        return NULL;
    checkpoint = checkpoint_parse(request->input, how_to_read(request), now, error);
    if (!checkpoint)
        return NULL;
    if (request_option(request, "parent"))
        checkpoint->parent = g_strdup(request_option(request, "parent"));
    if (request_has(request, "vda-bitmap")) {
        g_autoptr(Domain) domain = xml_new(&domain_xml);

        /* The guest has the disks that are listed, or else vda. */
        domain->disks = g_ptr_array_new();
        for (guint i = 0; i < (checkpoint->disks ? checkpoint->disks->len : 1); i++) {
            Disk *disk = xml_new(&disk_xml);
            const CheckpointDisk *listed = checkpoint->disks ? checkpoint->disks->pdata[i] : NULL;

            disk->type = DISK_TYPE_FILE;
            disk->target = g_strdup(listed ? listed->name : "vda");
            disk->path = g_strdup_printf("/fake/%s.qcow2", disk->target);
            g_ptr_array_add(domain->disks, disk);
        }
        if (!checkpoint_align(checkpoint, domain, error))
            return NULL;
    }
    if (size >= 0 && checkpoint->disks && checkpoint->disks->len) {
        CheckpointDisk *first = checkpoint->disks->pdata[0];

        first->size = size;
        first->has_size = true;
    }
    return checkpoint_format(checkpoint, true,
                             XML_FORMAT_SECURE | (request_has(request, "internal") ? XML_FORMAT_STATUS : 0));
}

static void
add_disk(Domain *domain, const char *target)
{
    Disk *disk = xml_new(&disk_xml);

    disk->type = DISK_TYPE_FILE;
    disk->format = DISK_FORMAT_QCOW2;
    disk->target = g_strdup(target);
    disk->path = g_strdup_printf("/fake/%s.qcow2", target);
    g_ptr_array_add(domain->disks, disk);
}

static char *
domain_backup(const Request *request, GError **error)
{
    g_autoptr(Backup) backup = backup_parse(request->input, how_to_read(request), error);
    g_autoptr(Domain) domain = xml_new(&domain_xml);

    if (!backup)
        return NULL;
    domain->disks = g_ptr_array_new();
    for (guint i = 0; backup->disks && i < backup->disks->len; i++)
        add_disk(domain, ((BackupDisk *)backup->disks->pdata[i])->name);
    add_disk(domain, "vdextradisk");
    if (!backup_align(backup, domain, request_option(request, "suffix"), error))
        return NULL;
    return xml_format_text(&backup_xml, backup,
                           XML_FORMAT_SECURE | (request_has(request, "internal") ? XML_FORMAT_STATUS : XML_FORMAT_INACTIVE));
}

#define CAPS_OPTIONS "arch caps fixtures no-aliases redefine internal creation-time "

const Family moment_families[] = {
    { "domain-snapshot", domain_snapshot, CAPS_OPTIONS "domain-uuid state" },
    { "domain-checkpoint", domain_checkpoint, CAPS_OPTIONS "parent vda-bitmap size" },
    { "domain-backup", domain_backup, "suffix internal" },
    { NULL, NULL, NULL },
};
