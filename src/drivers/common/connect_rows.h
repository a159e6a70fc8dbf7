/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* connect_rows.h - what every driver says of its connections in the same way */
#pragma once

#include "rpc/driver.h"

bool connect_row_type(Call *call, GError **error);        /* Driver.name */
bool connect_row_version(Call *call, GError **error);     /* that of the suite: for drivers without a hypervisor */
bool connect_row_lib_version(Call *call, GError **error);
bool connect_row_hostname(Call *call, GError **error);
bool connect_row_uri(Call *call, GError **error);         /* as opened */
bool connect_row_is_secure(Call *call, GError **error);   /* the driver's own side always is */

/* All but the version, which drivers of a hypervisor tell by themselves. */
#define CONNECT_ROWS_BASE                                                                       \
    [PROC_CONNECT_GET_TYPE] = { connect_row_type, 0, ROW_INLINE, "0.0.3" },                     \
    [PROC_CONNECT_GET_LIB_VERSION] = { connect_row_lib_version, 0, ROW_INLINE, "0.7.3" },       \
    [PROC_CONNECT_GET_HOSTNAME] = { connect_row_hostname, 0, ROW_INLINE, "0.3.0" },             \
    [PROC_CONNECT_GET_URI] = { connect_row_uri, 0, ROW_INLINE, "0.3.0" },                       \
    [PROC_CONNECT_IS_SECURE] = { connect_row_is_secure, 0, ROW_INLINE, "0.7.3" }

#define CONNECT_ROWS                                                                            \
    CONNECT_ROWS_BASE,                                                                          \
    [PROC_CONNECT_GET_VERSION] = { connect_row_version, 0, ROW_INLINE, "0.0.3" }
