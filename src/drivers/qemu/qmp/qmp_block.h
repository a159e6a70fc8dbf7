/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qmp_block.h - QEMU's commands for block nodes, their jobs, bitmaps and exports
 *
 * As in qmp.h each bears QMP's name.  All jobs are begun so that they stay until they are dismissed: nothing that
 * happens while no daemon listens is lost.
 */
#pragma once

#include "drivers/qemu/qmp/qmp_client.h"

/* Nodes and what they need.  @node, @object: taken. */
bool qmp_block_blockdev_add(QmpClient *c, Json *node, GError **error);
bool qmp_block_blockdev_del(QmpClient *c, const char *node, GError **error);
bool qmp_block_blockdev_reopen(QmpClient *c, Json *node, GError **error);
bool qmp_block_object_add(QmpClient *c, Json *object, GError **error);
bool qmp_block_object_del(QmpClient *c, const char *id, GError **error);
Json *qmp_block_query_named_block_nodes(QmpClient *c, GError **error);
/* @actions: taken; all of them happen, or none. */
bool qmp_block_transaction(QmpClient *c, Json *actions, GError **error);
bool qmp_block_dirty_bitmap_remove(QmpClient *c, const char *node, const char *name, GError **error);

/* Jobs */
bool qmp_block_blockdev_create(QmpClient *c, const char *job, Json *options, GError **error);

typedef struct QmpBlockStream {
    const char *job, *device;
    const char *base;         /* node; NULL: none */
    const char *backing_file; /* what to write as the image's backing file; NULL: as QEMU likes */
    uint64_t speed;
} QmpBlockStream;
bool qmp_block_stream(QmpClient *c, const QmpBlockStream *args, GError **error);

typedef struct QmpBlockCommit {
    const char *job, *device, *top, *base, *backing_file;
    uint64_t speed;
    bool wait;                /* it waits for job-finalize */
} QmpBlockCommit;
bool qmp_block_commit(QmpClient *c, const QmpBlockCommit *args, GError **error);

typedef struct QmpBlockMirror {
    const char *job, *device, *target;
    bool top_only, write_blocking;
    uint64_t speed, granularity, buf_size;
} QmpBlockMirror;
bool qmp_block_mirror(QmpClient *c, const QmpBlockMirror *args, GError **error);

Json *qmp_block_query_jobs(QmpClient *c, GError **error);
Json *qmp_block_query_block_jobs(QmpClient *c, GError **error);
bool qmp_block_job_dismiss(QmpClient *c, const char *job, GError **error);
bool qmp_block_job_finalize(QmpClient *c, const char *job, GError **error);
bool qmp_block_job_complete(QmpClient *c, const char *job, GError **error);
bool qmp_block_job_cancel(QmpClient *c, const char *job, bool force, GError **error);
bool qmp_block_job_set_speed(QmpClient *c, const char *job, uint64_t speed, GError **error);

/* Disks.  @limits, @args: taken. */
bool qmp_block_resize(QmpClient *c, const char *node, uint64_t size, GError **error);
bool qmp_block_set_write_threshold(QmpClient *c, const char *node, uint64_t threshold, GError **error);
bool qmp_block_set_io_throttle(QmpClient *c, Json *args, GError **error);
bool qmp_block_qom_set(QmpClient *c, const char *path, const char *property, Json *value, GError **error);

/* Exports.  @address: taken. */
bool qmp_block_nbd_server_start(QmpClient *c, Json *address, const char *tls_creds, GError **error);
bool qmp_block_nbd_server_stop(QmpClient *c, GError **error);
bool qmp_block_export_add(QmpClient *c, const char *id, const char *node, const char *name, const char *bitmap, GError **error);
