/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* display_rows.h - sockets of clients that become connections to a guest's displays and channels */
#pragma once

#include "rpc/driver.h"

bool display_rows_open(Call *call, GError **error);
bool display_rows_open_fd(Call *call, GError **error);
bool display_rows_reload(Call *call, GError **error);
bool display_rows_open_channel(Call *call, GError **error);

#define DISPLAY_ROWS                                                                                              \
    [PROC_DOMAIN_OPEN_GRAPHICS] = { display_rows_open, VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH, 0, "0.9.7" },           \
    [PROC_DOMAIN_OPEN_GRAPHICS_FD] = { display_rows_open_fd, VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH, 0, "1.2.8" },     \
    [PROC_DOMAIN_GRAPHICS_RELOAD] = { display_rows_reload, 0, 0, "10.2.0" },                                      \
    [PROC_DOMAIN_OPEN_CHANNEL] = { display_rows_open_channel, VIR_DOMAIN_CHANNEL_FORCE, 0, "1.0.2" }
