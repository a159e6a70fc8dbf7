/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* block_job.h - jobs of QEMU's on disks, from their beginning to what they leave
 *
 * A job is noted before QEMU is told to begin it, in the status file as well, so that whoever hears of its end knows
 * what to make of it: this daemon or the next.  Events only mark what QEMU told (on the main thread); what follows
 * from it (block_job_settle) happens under a job of the guest, in a worker or in the call that waits for it.
 */
#pragma once

#include "drivers/conf/domstatus_gen.h"
#include "drivers/qemu/process/guest.h"
#include "drivers/qemu/process/guest_wait.h"

/* Note a job of @type on @disk, on or to the node @node.  Until block_job_begun() or block_job_drop() nothing is saved.
 * The caller fills in what its end needs; under a job of the guest. */
BlockJob *block_job_new(Guest *guest, BlockjobType type, const Disk *disk, const char *node);
/* QEMU runs it: save. */
void block_job_begun(Guest *guest, BlockJob *job);
/* It did not come to that. */
void block_job_drop(Guest *guest, BlockJob *job);

/* Borrowed; NULL if there is none.  Under a job of the guest. */
BlockJob *block_job_of_disk(Guest *guest, const Disk *disk);
/* Whether a new one can begin; else false with @error set. */
bool block_job_is_free(Guest *guest, const Disk *disk, GError **error);
bool block_job_any(Guest *guest);
/* Set a word of @job. */
void block_job_set_state(Guest *guest, BlockJob *job, const char *state);
void block_job_set_text(Guest *guest, char **member, const char *text);

/* Events to collect in a GuestWait made before a job is told to end. */
extern const char *const block_job_events[];
/* Wait until the job @name has ended, and settle.  @deadline as in guest_wait_next(). */
bool block_job_wait(Guest *guest, QmpClient *qmp, GuestWait *wait, const char *name, int64_t deadline, GError **error);
/* Deal with all that QEMU told. */
void block_job_settle(Guest *guest, QmpClient *qmp);

/* guest_event.c: JOB_STATUS_CHANGE. */
void block_job_told(Guest *guest, Json *data);
/* guest_status.c: into the status file (to be freed by block_job_status_clear()) and out of it. */
void block_job_to_status(Guest *guest, DomainStatus *status);
void block_job_status_clear(DomainStatus *status);
void block_job_from_status(Guest *guest, const DomainStatus *status);
/* Ask QEMU how far they got while nobody listened.  Under a job of the guest. */
void block_job_recover(Guest *guest);
/* The guest ended. */
void block_job_clear(Guest *guest);

/* block_job_end.c: what jobs leave in the definitions and the emulator. */
typedef enum { BLOCK_JOB_COMPLETED, BLOCK_JOB_FAILED, BLOCK_JOB_CANCELLED } BlockJobOutcome;
void block_job_end(Guest *guest, QmpClient *qmp, const BlockJob *job, BlockJobOutcome outcome);
void block_job_ready(Guest *guest, QmpClient *qmp, const BlockJob *job);
/* A commit waits to be finalized: bitmaps go with the data. */
bool block_job_move_bitmaps(Guest *guest, QmpClient *qmp, const BlockJob *job, GError **error);
bool block_job_pivot(Guest *guest, QmpClient *qmp, BlockJob *job, GError **error);
