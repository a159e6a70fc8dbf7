/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vol_rows.h - the calls on volumes */
#pragma once

#include <libvirt/libvirt.h>

#include "rpc/driver.h"

/* Flags that are honoured. */
enum { VOL_CREATE_FLAGS = VIR_STORAGE_VOL_CREATE_PREALLOC_METADATA | VIR_STORAGE_VOL_CREATE_VALIDATE };

bool vol_rows_lookup_by_name(Call *call, GError **error);
bool vol_rows_lookup_by_key(Call *call, GError **error);
bool vol_rows_lookup_by_path(Call *call, GError **error);
bool vol_rows_create_xml(Call *call, GError **error);
bool vol_rows_create_from(Call *call, GError **error);
bool vol_rows_remove_volume(Call *call, GError **error);
bool vol_rows_resize(Call *call, GError **error);
bool vol_rows_wipe(Call *call, GError **error);
bool vol_rows_wipe_pattern(Call *call, GError **error);
bool vol_rows_get_info(Call *call, GError **error);
bool vol_rows_get_info_flags(Call *call, GError **error);
bool vol_rows_get_xml(Call *call, GError **error);
bool vol_rows_get_path(Call *call, GError **error);
bool vol_rows_upload(Call *call, GError **error);
bool vol_rows_download(Call *call, GError **error);
