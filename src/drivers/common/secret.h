/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* secret.h - secrets: their definitions, and values that are never part of them
 *
 * A driver with an ObjectTable of secret_kind has SECRET_ROWS.  Values are kept in memory only.
 */
#pragma once

#include <libvirt/libvirt.h>

#include "drivers/common/object_life.h"
#include "drivers/common/object_rows.h"
#include "drivers/conf/secret_gen.h"

extern const ObjectKind secret_kind;

bool secret_row_lookup_by_usage(Call *call, GError **error);
bool secret_row_get_value(Call *call, GError **error);
bool secret_row_set_value(Call *call, GError **error);

enum {
    SECRET_LIST_FLAGS = VIR_CONNECT_LIST_SECRETS_EPHEMERAL | VIR_CONNECT_LIST_SECRETS_NO_EPHEMERAL
                        | VIR_CONNECT_LIST_SECRETS_PRIVATE | VIR_CONNECT_LIST_SECRETS_NO_PRIVATE,
};

#define SECRET_ROWS                                                                              \
    [PROC_CONNECT_NUM_OF_SECRETS] = { object_row_num_inactive },                                 \
    [PROC_CONNECT_LIST_SECRETS] = { object_row_list_inactive },                                  \
    [PROC_CONNECT_LIST_ALL_SECRETS] = { object_row_list_all, SECRET_LIST_FLAGS },                \
    [PROC_SECRET_LOOKUP_BY_UUID] = { object_row_by_uuid },                                       \
    [PROC_SECRET_LOOKUP_BY_USAGE] = { secret_row_lookup_by_usage },                              \
    [PROC_SECRET_DEFINE_XML] = { object_life_define_xml, VIR_SECRET_DEFINE_VALIDATE },           \
    [PROC_SECRET_UNDEFINE] = { object_life_undefine },                                           \
    [PROC_SECRET_GET_XML_DESC] = { object_row_get_xml },                                         \
    [PROC_SECRET_GET_VALUE] = { secret_row_get_value },                                          \
    [PROC_SECRET_SET_VALUE] = { secret_row_set_value }
