/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool_rows.h - the calls on pools */
#pragma once

#include <libvirt/libvirt.h>

#include "rpc/driver.h"

/* Flags that are honoured. */
enum {
    POOL_BUILD_FLAGS = VIR_STORAGE_POOL_BUILD_OVERWRITE | VIR_STORAGE_POOL_BUILD_NO_OVERWRITE,
    POOL_CREATE_FLAGS = VIR_STORAGE_POOL_CREATE_WITH_BUILD | VIR_STORAGE_POOL_CREATE_WITH_BUILD_OVERWRITE
                   | VIR_STORAGE_POOL_CREATE_WITH_BUILD_NO_OVERWRITE,
};

bool pool_rows_lookup_by_volume(Call *call, GError **error);
bool pool_rows_lookup_by_target(Call *call, GError **error);
bool pool_rows_define(Call *call, GError **error);
bool pool_rows_create_xml(Call *call, GError **error);
bool pool_rows_create(Call *call, GError **error);
bool pool_rows_build(Call *call, GError **error);
bool pool_rows_destroy(Call *call, GError **error);
bool pool_rows_remove_storage(Call *call, GError **error);
bool pool_rows_undefine(Call *call, GError **error);
bool pool_rows_refresh(Call *call, GError **error);
bool pool_rows_get_info(Call *call, GError **error);
bool pool_rows_count_volumes(Call *call, GError **error);
bool pool_rows_list_volumes(Call *call, GError **error);
bool pool_rows_list_all_volumes(Call *call, GError **error);
