/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* local.h - a link to a driver inside this process (test:///default) */
#pragma once

#include "rpc/client/link.h"
#include "rpc/driver.h"

/* Make @driver known; called before any connection is opened. */
void local_register(const Driver *driver);

Link *local_open(Connection *conn, const char *scheme, const char *uri, bool readonly,
                 GError **error);
