/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* snapshot.h - snapshots of guests of QEMU
 *
 * All that changes anything runs under the long job of the call; what a snapshot does to images is told apart by where
 * it is kept (inside an image, or as an image on top) and by whether the guest runs.
 */
#pragma once

#include "drivers/common/moment_file.h"
#include "drivers/qemu/migration/save.h"
#include "drivers/qemu/process/guest.h"
#include "drivers/qemu/process/guest_job.h"

/* What one call works on. */
typedef struct SnapshotWork {
    Guest *guest;
    Job *job;             /* the call's; told to end by a client */
    uint32_t flags;       /* of the call */
} SnapshotWork;

/* Rows */
bool snapshot_rows_create(Call *call, GError **error);
bool snapshot_rows_revert(Call *call, GError **error);
bool snapshot_rows_delete(Call *call, GError **error);

#define SNAPSHOT_CREATE_FLAGS                                                                   \
    (VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE | VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT |                 \
     VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA | VIR_DOMAIN_SNAPSHOT_CREATE_HALT |                 \
     VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY | VIR_DOMAIN_SNAPSHOT_CREATE_REUSE_EXT |              \
     VIR_DOMAIN_SNAPSHOT_CREATE_QUIESCE | VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC |                   \
     VIR_DOMAIN_SNAPSHOT_CREATE_LIVE | VIR_DOMAIN_SNAPSHOT_CREATE_VALIDATE)
#define SNAPSHOT_REVERT_FLAGS                                                                   \
    (VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING | VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED |                   \
     VIR_DOMAIN_SNAPSHOT_REVERT_FORCE | VIR_DOMAIN_SNAPSHOT_REVERT_RESET_NVRAM)
#define SNAPSHOT_DELETE_FLAGS                                                                   \
    (VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN | VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN_ONLY |           \
     VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY)

/* Life of the guest (snapshot_store.c) */
/* Have the snapshots of all guests that have some read when they are first asked for. */
void snapshot_store_load_all(void);
/* For VmOps. */
bool snapshot_store_undefine(Vm *vm, uint32_t flags, GError **error);
bool snapshot_store_renamed(Vm *vm, const char *old, GError **error);
/* A guest without definition has ended. */
void snapshot_store_forget(Guest *guest);
/* As it would be defined: nothing in it is of a guest that runs. */
Domain *snapshot_store_inactive(const Domain *doc, GError **error);

/* Inside images (snapshot_internal.c) */
/* The disks of @snapshot that have it inside are made to; undone where one fails.  The guest runs, and is stopped while its
 * memory is written. */
bool snapshot_internal_save(const SnapshotWork *work, const Snapshot *snapshot, GError **error);
/* Load what the running, stopped guest had. */
bool snapshot_internal_load(const SnapshotWork *work, const Snapshot *snapshot, GError **error);
bool snapshot_internal_delete(const SnapshotWork *work, const Snapshot *snapshot, GError **error);
/* The same on images that nobody uses; @option is qemu-img's: 'c' create, 'a' apply, 'd' delete. */
bool snapshot_internal_offline(const Domain *domain, const Snapshot *snapshot, char option, GError **error);

/* On top of images (snapshot_external.c, snapshot_merge.c) */
/* New images for the disks of @snapshot, used from now on by the guest that runs, and at its next start. */
bool snapshot_external_live(const SnapshotWork *work, const Snapshot *snapshot, GError **error);
/* The same in @domain, which does not run. */
bool snapshot_external_offline(const GPtrArray *disks, Domain *domain, bool reuse, GError **error);
/* Remove the images that @disks name; @reuse: they were there before. */
void snapshot_external_unlink(const GPtrArray *disks);
/* Merge what was written since @snapshot, which is external, into the images it was made of. */
bool snapshot_merge(const SnapshotWork *work, const Snapshot *snapshot, GError **error);

/* Beside images (snapshot_memory.c) */
/* Write the memory of the guest to the file that @snapshot names; @running: it is to go on when it is taken from there.  The
 * guest is stopped after that. */
bool snapshot_memory_save(const SnapshotWork *work, const Snapshot *snapshot, bool running, GError **error);
/* The file, ready for an emulator to read. */
bool snapshot_memory_open(const Snapshot *snapshot, SaveOpen *open, GError **error);

/* Talk with the emulator (snapshot_qmp.c) */
extern const GuestJobOps snapshot_job_ops;
bool snapshot_qmp_tell(Guest *guest, const char *command, Json *arguments, GError **error);
Json *snapshot_qmp_nodes(Guest *guest, GError **error);
/* The node @name of them; NULL if there is none. */
Json *snapshot_qmp_node(Json *nodes, const char *name);
/* Begin the job @id with @command (@arguments taken, "job-id" is added) and wait for its end; one that becomes ready is
 * completed. */
bool snapshot_qmp_job(const SnapshotWork *work, const char *command, Json *arguments, const char *id, GError **error);
/* Stop the guest if it runs, and *ret_ran; let it go on. */
bool snapshot_qmp_stop(Guest *guest, int reason, bool *ret_ran, GError **error);
bool snapshot_qmp_cont(Guest *guest, int reason, GError **error);
