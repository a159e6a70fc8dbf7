/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* backup.h - copies of a guest's disks as they were at one moment, while the guest runs on
 *
 * Push: QEMU writes the copies.  Pull: clients read them from an NBD server of QEMU's, and scratch images keep what the
 * guest overwrites meanwhile.  A backup goes on after its call, over restarts of the daemon as well, as the guest's
 * long job; its jobs in QEMU are block jobs of type backup.
 */
#pragma once

#include "drivers/conf/moment.h"
#include "drivers/qemu/block/block_job.h"
#include "drivers/qemu/process/guest_job.h"

extern const GuestJobOps backup_job_ops;

/* One of its jobs ended. */
void backup_job_ended(Guest *guest, QmpClient *qmp, const BlockJob *job, BlockJobOutcome outcome);
/* The guest ended, or it did not come to a backup. */
void backup_clear(Guest *guest);
/* Into the status file (a copy, to be freed) and out of it. */
Backup *backup_to_status(Guest *guest);
void backup_from_status(Guest *guest, const DomainStatus *status);

/* backup_plan.c: what is done in QEMU for one backup; undone where a step fails.  @checkpoint may be NULL. */
/* *ret_begun: its jobs are there and are told to end, which takes everything away. */
bool backup_plan_start(Guest *guest, QmpClient *qmp, const Domain *live, Backup *backup, Checkpoint *checkpoint, bool reuse,
                       bool *ret_begun, GError **error);
/* Take away what it has in QEMU, and scratch files; targets of a push that did not succeed, too. */
void backup_plan_end(Guest *guest, QmpClient *qmp, const Backup *backup, bool success, bool reuse);
/* Remove the files that are of no use when it does not end well. */
void backup_plan_unlink(const Backup *backup);
/* The disk that takes part under the name @target. */
BackupDisk *backup_plan_disk(const Backup *backup, const char *target);
