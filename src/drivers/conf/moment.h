/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* moment.h - rules of <domainsnapshot>, <domaincheckpoint> and <domainbackup> that need the guest they are of
 *
 * Each document is read in one of three ways (MomentRead), and then aligned: its list of disks is made to name
 * every disk of the guest, in the guest's order, and what was left out is filled in.  Nothing here touches a disk.
 */
#pragma once

#include "drivers/conf/backup_gen.h"
#include "drivers/conf/checkpoint_gen.h"
#include "drivers/conf/snapshot_gen.h"

typedef enum {
    MOMENT_NEW,      /* asked for: what only we can know (time, state, parent) is ignored */
    MOMENT_REDEFINE, /* was there before: must be complete */
    MOMENT_STATE,    /* a file of our own */
} MomentRead;

/* The disk of @domain with target @name, or whose image is at the absolute path @name, if only one is. */
Disk *moment_find_disk(const Domain *domain, const char *name);
bool moment_disk_is_empty(const Disk *disk);
/* A name may become part of a file's. */
bool moment_check_name(const char *noun, const char *name, GError **error);
/* Read @xml; a <domain> that is not of a type has only a UUID and is left out. */
void *moment_parse(const XmlStruct *xml_struct, const char *xml, unsigned flags, GError **error);
/* Make @list name every disk of @domain, by its target and in its order; elements are of @type with the name at @name_at.
 * Which of them were there before, a flag a disk; NULL with @error set if one is of no disk, or two are of the same one. */
bool *moment_align_disks(GPtrArray **list, const Domain *domain, const XmlStruct *type, size_t name_at, GError **error);

/* @strict: refuse what is unknown.  @now: seconds since the epoch. */
Snapshot *snapshot_parse(const char *xml, MomentRead how, bool strict, int64_t now, GError **error);
/* With the UUID of the guest where the snapshot does not hold its definition, if @uuid is not NULL. */
char *snapshot_format(const Snapshot *snapshot, const uint8_t *uuid, unsigned flags);
/* Disks nothing is said of: as their definition says, else @standard.  @uniform: internal and external do not mix. */
bool snapshot_align(Snapshot *snapshot, const Domain *domain, DiskSnapshot standard, bool uniform, GError **error);
/* Whether @snapshot may stand for one of the guest @uuid, in place of @old (or NULL), and fill in from that. */
bool snapshot_redefine(Snapshot *snapshot, const uint8_t uuid[16], const Snapshot *old, GError **error);
/* Whether any image, be it of memory, is beside those the guest had. */
bool snapshot_is_external(const Snapshot *snapshot);

Checkpoint *checkpoint_parse(const char *xml, MomentRead how, int64_t now, GError **error);
char *checkpoint_format(const Checkpoint *checkpoint, bool with_domain, unsigned flags);
bool checkpoint_align(Checkpoint *checkpoint, const Domain *domain, GError **error);
bool checkpoint_redefine(Checkpoint *checkpoint, const uint8_t uuid[16], const Checkpoint *old, GError **error);

Backup *backup_parse(const char *xml, MomentRead how, GError **error);
/* @suffix: of names made up. */
bool backup_align(Backup *backup, const Domain *domain, const char *suffix, GError **error);
