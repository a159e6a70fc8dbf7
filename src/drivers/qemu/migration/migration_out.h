/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* migration_out.h - have QEMU send the state of a guest: into a file, or to another host
 *
 * QEMU tells by MIGRATION events how far it is; nobody polls.  Who calls holds the async job of the guest.
 */
#pragma once

#include "drivers/qemu/process/guest_job.h"

typedef struct MigrationOut {
    Guest *guest;
    Job *job;                   /* told to end by job_abort_requested(); may be NULL */
    int fd;                     /* where to; -1: @uri says.  Stays the caller's */
    const char *uri;
    const char *const *capabilities; /* to be switched on; NULL-terminated, may be NULL */
    Json *params;               /* of migrate-set-parameters, taken; NULL: as fast as it can */
    /* Called once when the other side is there and the guest's memory goes over, with no lock held.  May be NULL. */
    bool (*begun)(void *data, GError **error);
    /* QEMU told @status; only those that are no end.  May be NULL. */
    bool (*told)(void *data, const char *status, GError **error);
    void *data;
    bool leave_at_postcopy;     /* the guest runs there from then on: that is success, though not the end */
} MigrationOut;

/* Send it to the end: true when QEMU says it is complete; the guest is stopped then and stays so.  False: nothing of the
 * migration goes on, and the guest is as it was, or stopped if QEMU had stopped it already.  @ret_stats may be NULL.
 * When post-copy has begun and failed, the guest must not go on here: @ret_postcopy (may be NULL) is set. */
bool migration_out_run(MigrationOut *out, CookieStatistics *ret_stats, bool *ret_postcopy, GError **error);

/* What query-migrate says, as statistics. */
void migration_out_read(Json *info, CookieStatistics *stats);
bool migration_out_refresh(Guest *guest, GuestJobData *data, GError **error);

/* Stop a guest that runs for @why (VIR_DOMAIN_PAUSED_*), and have one go on that runs no longer. */
bool migration_out_pause(Guest *guest, int why, bool *ret_was_running, GError **error);
/* Logs what fails: it is for when something failed already. */
void migration_out_go_on(Guest *guest, int why);

/* Jobs that are taken back by a new daemon. */
bool migration_out_recover(Guest *guest, const DomainJob *job, GError **error);
extern const GuestJobOps migration_out_save_ops, migration_out_dump_ops;
