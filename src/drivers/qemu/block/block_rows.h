/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* block_rows.h - calls on disks of guests, by the file they are in */
#pragma once

#include "rpc/driver.h"
#include "util/json.h"

typedef struct Guest Guest;
typedef struct Domain Domain;
typedef struct Disk Disk;
typedef struct QmpClient QmpClient;

/* block_job_rows.c */
bool block_job_rows_pull(Call *call, GError **error);
bool block_job_rows_rebase(Call *call, GError **error);
bool block_job_rows_commit(Call *call, GError **error);
bool block_job_rows_abort(Call *call, GError **error);
bool block_job_rows_set_speed(Call *call, GError **error);
bool block_job_rows_info(Call *call, GError **error);
/* A copy of the live definition with its disk @name, which can have a block job; freed by the caller.  NULL with @error set. */
Domain *block_job_rows_disk(Guest *guest, const char *name, Disk **ret_disk, GError **error);
/* MiB/s, or with @bytes bytes/s, as bytes/s. */
bool block_job_rows_speed(uint64_t bandwidth, bool bytes, uint64_t *ret, GError **error);

/* block_copy.c */
bool block_copy_row(Call *call, GError **error);
/* The size of an image that the guest sees. */
bool block_copy_size(QmpClient *qmp, const char *node, uint64_t *ret, GError **error);
/* The older form, by path: @flags are those of virDomainBlockRebase(). */
bool block_copy_rebase(Call *call, GError **error);

/* disk_rows.c */
bool disk_rows_resize(Call *call, GError **error);
bool disk_rows_peek(Call *call, GError **error);
bool disk_rows_errors(Call *call, GError **error);
bool disk_rows_set_threshold(Call *call, GError **error);
void disk_rows_threshold_told(Guest *guest, Json *data);

/* iotune_rows.c */
bool iotune_rows_get(Call *call, GError **error);
bool iotune_rows_set(Call *call, GError **error);
bool iotune_rows_set_group(Call *call, GError **error);
bool iotune_rows_del_group(Call *call, GError **error);

/* checkpoint_rows.c */
bool checkpoint_rows_create(Call *call, GError **error);
bool checkpoint_rows_delete(Call *call, GError **error);

/* backup_rows.c */
bool backup_rows_begin(Call *call, GError **error);
bool backup_rows_get_xml(Call *call, GError **error);
