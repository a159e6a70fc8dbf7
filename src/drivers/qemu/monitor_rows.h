/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* monitor_rows.h - QEMU's own protocol handed through to clients, and what is said of a guest that used it */
#pragma once

#include "drivers/qemu/process/guest.h"

bool monitor_rows_command_files(Call *call, GError **error);
bool monitor_rows_messages(Call *call, GError **error);
bool monitor_rows_get_once(Call *call, GError **error);
bool monitor_rows_set_once(Call *call, GError **error);

/* An event of QEMU for those who registered for the raw ones.  On the main thread. */
void monitor_rows_tell(Guest *guest, const char *name, Json *data, int64_t seconds, int64_t micros);

/* Whether the guest is to be started when the host boots next, and only then.  The mark is a file. */
bool monitor_rows_is_once(Guest *guest);
bool monitor_rows_clear_once(Guest *guest, GError **error);

#define MONITOR_ROWS                                                                                              \
    [PROC_DOMAIN_GET_MESSAGES] = { monitor_rows_messages,                                                         \
        VIR_DOMAIN_MESSAGE_DEPRECATION | VIR_DOMAIN_MESSAGE_TAINTING | VIR_DOMAIN_MESSAGE_IOERRORS, 0, "7.1.0" }, \
    [PROC_DOMAIN_GET_AUTOSTART_ONCE] = { monitor_rows_get_once, 0, 0, "11.2.0" },                                 \
    [PROC_DOMAIN_SET_AUTOSTART_ONCE] = { monitor_rows_set_once, 0, 0, "11.2.0" }
