/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* object_rows.h - rows that are the same for every class of object
 *
 * The records of such calls have one shape whatever the class: an object first, one answer.  The
 * table is that of the method's class.
 */
#pragma once

#include "drivers/common/kit.h"

bool object_row_by_uuid(Call *call, GError **error);
bool object_row_by_name(Call *call, GError **error);
bool object_row_by_id(Call *call, GError **error);
bool object_row_num_active(Call *call, GError **error);
bool object_row_num_inactive(Call *call, GError **error);
bool object_row_list_active(Call *call, GError **error);   /* names */
bool object_row_list_inactive(Call *call, GError **error); /* names */
bool object_row_list_ids(Call *call, GError **error);
bool object_row_list_all(Call *call, GError **error);
bool object_row_is_active(Call *call, GError **error);
bool object_row_is_persistent(Call *call, GError **error);
bool object_row_get_autostart(Call *call, GError **error);
bool object_row_set_autostart(Call *call, GError **error);
bool object_row_get_xml(Call *call, GError **error); /* flag 1 asks for the inactive form */
bool object_row_get_metadata(Call *call, GError **error);
bool object_row_set_metadata(Call *call, GError **error);

/* Whether the kind's filters let @object pass. */
bool object_is_wanted(Object *object, uint32_t flags);

/* Filters that several classes share. */
bool object_match_active(Object *object);
bool object_match_inactive(Object *object);
bool object_match_persistent(Object *object);
bool object_match_transient(Object *object);
bool object_match_autostart(Object *object);
bool object_match_no_autostart(Object *object);

#define OBJECT_AFFECT (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)

/* NETWORK_CREATE_XML and the like are the driver's; all that only reads or edits is here. */
#define OBJECT_NETWORK_ROWS                                                                     \
    [PROC_CONNECT_NUM_OF_NETWORKS] = { object_row_num_active },                                 \
    [PROC_CONNECT_LIST_NETWORKS] = { object_row_list_active },                                  \
    [PROC_CONNECT_NUM_OF_DEFINED_NETWORKS] = { object_row_num_inactive },                       \
    [PROC_CONNECT_LIST_DEFINED_NETWORKS] = { object_row_list_inactive },                        \
    [PROC_CONNECT_LIST_ALL_NETWORKS] = { object_row_list_all, 0x3f },                           \
    [PROC_NETWORK_LOOKUP_BY_UUID] = { object_row_by_uuid },                                     \
    [PROC_NETWORK_LOOKUP_BY_NAME] = { object_row_by_name },                                     \
    [PROC_NETWORK_GET_XML_DESC] = { object_row_get_xml, VIR_NETWORK_XML_INACTIVE },             \
    [PROC_NETWORK_GET_AUTOSTART] = { object_row_get_autostart },                                \
    [PROC_NETWORK_SET_AUTOSTART] = { object_row_set_autostart },                                \
    [PROC_NETWORK_IS_ACTIVE] = { object_row_is_active },                                        \
    [PROC_NETWORK_IS_PERSISTENT] = { object_row_is_persistent },                                \
    [PROC_NETWORK_GET_METADATA] = { object_row_get_metadata, OBJECT_AFFECT, ROW_LIVE_CONFIG },  \
    [PROC_NETWORK_SET_METADATA] = { object_row_set_metadata, OBJECT_AFFECT, ROW_LIVE_CONFIG }

#define OBJECT_STORAGE_POOL_ROWS                                                                \
    [PROC_CONNECT_NUM_OF_STORAGE_POOLS] = { object_row_num_active },                            \
    [PROC_CONNECT_LIST_STORAGE_POOLS] = { object_row_list_active },                             \
    [PROC_CONNECT_NUM_OF_DEFINED_STORAGE_POOLS] = { object_row_num_inactive },                  \
    [PROC_CONNECT_LIST_DEFINED_STORAGE_POOLS] = { object_row_list_inactive },                   \
    [PROC_CONNECT_LIST_ALL_STORAGE_POOLS] = { object_row_list_all, 0xfffff },                   \
    [PROC_STORAGE_POOL_LOOKUP_BY_UUID] = { object_row_by_uuid },                                \
    [PROC_STORAGE_POOL_LOOKUP_BY_NAME] = { object_row_by_name },                                \
    [PROC_STORAGE_POOL_GET_AUTOSTART] = { object_row_get_autostart },                           \
    [PROC_STORAGE_POOL_SET_AUTOSTART] = { object_row_set_autostart },                           \
    [PROC_STORAGE_POOL_IS_ACTIVE] = { object_row_is_active },                                   \
    [PROC_STORAGE_POOL_IS_PERSISTENT] = { object_row_is_persistent },                           \
    [PROC_STORAGE_POOL_GET_XML_DESC] = { object_row_get_xml, VIR_STORAGE_XML_INACTIVE }
