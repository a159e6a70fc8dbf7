/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* backup.c - rules of <domainbackup>: its own, and those that need the guest's definition */
#define ERROR_FROM VIR_FROM_DOMAIN
#include <string.h>

#include "drivers/conf/moment.h"
#include "util/error.h"

static bool
refuse(GError **error, const char *name, const char *why)
{
    error_set(error, VIR_ERR_XML_ERROR, "backup of disk '%s': %s", name, why);
    return false;
}

static bool
check_disk(const BackupDisk *disk, bool pull, GError **error)
{

    if (disk->backup == BACKUP_WANTED_NO)
        return !disk->store || refuse(error, disk->name, "an image is given, but backup='no'");
    if (disk->store == (pull ? BACKUP_STORE_TARGET : BACKUP_STORE_SCRATCH))
        return refuse(error, disk->name, pull ? "a pull backup has <scratch>, not <target>"
                                              : "a push backup has <target>, not <scratch>");
    if (!pull && (disk->exportname || disk->exportbitmap))
        return refuse(error, disk->name, "names of exports are for pull backups");
    if (disk->incremental && disk->backupmode == BACKUP_DISK_MODE_FULL)
        return refuse(error, disk->name, "a full backup has no 'incremental'");
    if (disk->store && !disk->path)
        return refuse(error, disk->name, "its image has no path");
    if (disk->type != DISK_TYPE_FILE && disk->type != DISK_TYPE_BLOCK)
        return refuse(error, disk->name, "its image must be of type 'file' or 'block'");
    if (pull && disk->format != DISK_FORMAT_UNSET && disk->format != DISK_FORMAT_QCOW2)
        return refuse(error, disk->name, "the scratch image of a pull backup must be qcow2");
    return true;
}

static bool
check_server(const Backup *backup, GError **error)
{
    const char *problem = NULL;

    switch (backup->transport) {
    case BACKUP_TRANSPORT_TCP:
        if (!backup->server_name)
            problem = "transport 'tcp' needs a 'name'";
        break;
    case BACKUP_TRANSPORT_UNIX:
        if (!backup->socket || backup->socket[0] != '/')
            problem = "transport 'unix' needs the absolute path of a 'socket'";
        break;
    default:
        if (!backup->server_fdgroup)
            problem = "transport 'fd' needs an 'fdgroup'";
        break;
    }
    if (!problem && backup->tls == YESNO_YES && backup->transport != BACKUP_TRANSPORT_TCP)
        problem = "TLS needs transport 'tcp'";
    if (problem)
        error_set(error, VIR_ERR_XML_ERROR, "server of the backup: %s", problem);
    return !problem;
}

/* Disks are of the backup's mode, which is known only here. */
bool
backup_check(void *obj, unsigned flags, GError **error)
{
    const Backup *backup = obj;
    bool pull = backup->mode == BACKUP_MODE_PULL;

    if (pull != backup->has_server) {
        error_set(error, VIR_ERR_XML_ERROR,
                  pull ? "a pull backup needs a <server>" : "a push backup has no <server>; did you mean mode='pull'?");
        return false;
    }
    if (pull && !check_server(backup, error))
        return false;
    for (guint i = 0; backup->disks && i < backup->disks->len; i++)
        if (!check_disk(backup->disks->pdata[i], pull, error))
            return false;
    return true;
}

Backup *
backup_parse(const char *xml, MomentRead how, GError **error)
{
    return moment_parse(&backup_xml, xml, how == MOMENT_STATE ? XML_PARSE_STATUS : XML_PARSE_INACTIVE | XML_PARSE_STRICT,
                        error);
}

static bool
fill_store(BackupDisk *disk, const Disk *of, bool pull, const char *suffix, GError **error)
{
    if (disk->path)
        return true;
    if (of->type != DISK_TYPE_FILE || !of->path) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "backup of disk '%s': no name of an image can be made up for type '%s'; give it a <%s>", disk->name,
                  disk_type_words[of->type], pull ? "scratch" : "target");
        return false;
    }
    disk->type = DISK_TYPE_FILE;
    disk->path = g_strdup_printf("%s.%s", of->path, suffix);
    disk->store = pull ? BACKUP_STORE_SCRATCH : BACKUP_STORE_TARGET;
    return true;
}

static bool
fill_disk(BackupDisk *disk, const Disk *of, const Backup *backup, const char *suffix, GError **error)
{
    if (moment_disk_is_empty(of)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s' has no media: there is nothing to back up", disk->name);
        return false;
    }
    if (!disk->backupmode)
        disk->backupmode =
            disk->incremental || backup->incremental ? BACKUP_DISK_MODE_INCREMENTAL : BACKUP_DISK_MODE_FULL;
    if (disk->backupmode == BACKUP_DISK_MODE_INCREMENTAL && !disk->incremental) {
        if (!backup->incremental) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "backup of disk '%s': 'incremental' is not given", disk->name);
            return false;
        }
        disk->incremental = g_strdup(backup->incremental);
    }
    return fill_store(disk, of, backup->mode == BACKUP_MODE_PULL, suffix, error);
}

/* With no list all disks that hold something take part, else those that are listed. */
bool
backup_align(Backup *backup, const Domain *domain, const char *suffix, GError **error)
{
    bool some = backup->disks && backup->disks->len, ok = true;
    g_autofree bool *listed =
        moment_align_disks(&backup->disks, domain, &backup_disk_xml, offsetof(BackupDisk, name), error);

    if (!listed)
        return false;
    for (guint i = 0; ok && i < backup->disks->len; i++) {
        const Disk *of = domain->disks->pdata[i];
        BackupDisk *disk = backup->disks->pdata[i];

        if (!listed[i] && (some || of->readonly || moment_disk_is_empty(of)))
            disk->backup = BACKUP_WANTED_NO;
        else if (!disk->backup)
            disk->backup = BACKUP_WANTED_YES;
        ok = disk->backup == BACKUP_WANTED_NO || fill_disk(disk, of, backup, suffix, error);
    }
    return ok;
}
