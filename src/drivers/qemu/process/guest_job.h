/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_job.h - the long job of a guest, as clients see it
 *
 * A long call (save, dump, migration, snapshot, backup) holds the object's async job (common/job.h); what it does and
 * how far it is stands here, for virDomainGetJobInfo() and virDomainGetJobStats(), and in the status file, so that a new
 * daemon finishes it or takes it back.  Backups and migrations outlive their call: they hold no Job, or keep it
 * themselves.
 */
#pragma once

#include "drivers/common/job.h"
#include "drivers/common/params.h"
#include "drivers/conf/domstatus_gen.h"
#include "drivers/conf/migcookie_gen.h"
#include "drivers/qemu/process/guest.h"

/* How far a job is, or how it ended. */
typedef struct GuestJobData {
    int operation;          /* VIR_DOMAIN_JOB_OPERATION_*; UNKNOWN: there is no job */
    int type;               /* VIR_DOMAIN_JOB_* */
    CookieStatistics stats; /* what is not set is not told; times in milliseconds */
    bool has_disk_temp, has_success, success;
    uint64_t disk_temp_used, disk_temp_total;
    char *message;          /* why it failed, or NULL */
} GuestJobData;
void guest_job_data_clear(GuestJobData *data);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(GuestJobData, guest_job_data_clear)
void guest_job_data_params(const GuestJobData *data, Params *params);

/* How one kind of job is asked, ended and taken up again; each may be NULL. */
typedef struct GuestJobOps {
    const char *async;      /* its word in status files: "save", "dump", "migration out" ... */
    /* Bring @data (a copy, times are filled in) up to date by asking QEMU.  No lock is held. */
    bool (*refresh)(Guest *guest, GuestJobData *data, GError **error);
    /* virDomainAbortJob(Flags).  NULL: whoever runs it is told by job_abort_requested() and guest_wait_next(). */
    bool (*abort)(Guest *guest, uint32_t flags, GError **error);
    /* A new daemon found it in the status file @job; under a job of the guest, which runs.  NULL: it is forgotten. */
    bool (*recover)(Guest *guest, const DomainJob *job, GError **error);
} GuestJobOps;

/* For guest.c. */
typedef struct GuestJob GuestJob;
GuestJob *guest_job_new(void);
void guest_job_free(GuestJob *job);

/* The long job @operation begins.  @ops (not copied) and @api_flags go into the status file, which is written. */
void guest_job_set(Guest *guest, int operation, const GuestJobOps *ops, const char *owner, uint32_t api_flags);
/* How far it is within its steps, in the words of status files ("perform3"); written there at once.  Not copied. */
void guest_job_phase(Guest *guest, const char *phase);
/* It ended.  @completed: how, with its type (VIR_DOMAIN_JOB_COMPLETED, FAILED or CANCELLED); kept for clients and told to
 * them by an event.  NULL: nothing worth telling, and what the last one left stays.  Without a job: nothing. */
void guest_job_clear(Guest *guest, const GuestJobData *completed);
/* What a job that ends now leaves: the type, times, and @stats (may be NULL: none). */
void guest_job_data_end(Guest *guest, int type, const CookieStatistics *stats, GuestJobData *ret_data);
/* A copy of what runs; operation UNKNOWN when nothing does. */
void guest_job_current(Guest *guest, GuestJobData *ret_data);
/* The same of a job that ended, which the migration's other side tells as well. */
void guest_job_set_completed(Guest *guest, const GuestJobData *completed);
bool guest_job_is(Guest *guest, int operation);

/* Into and out of status files.  @job borrows; its list members stay the caller's. */
bool guest_job_to_status(Guest *guest, DomainJob *job);
void guest_job_recover(Guest *guest, const DomainJob *job);

/* Rows. */
bool guest_job_row_info(Call *call, GError **error);
bool guest_job_row_stats(Call *call, GError **error);
bool guest_job_row_abort(Call *call, GError **error);
