/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rig.h - sessions of the test driver within the process, and calls on them, for the tests of this folder */
#pragma once

#include "rpc/call.h"
#include "rpc/events.h"

/* All sessions share one event hub. */
Session *rig_open(const char *uri, bool readonly, const SessionOps *ops, GError **error);
void rig_close(Session *session);
/* Run @proc; @args may be NULL, and @ret where the reply does not matter.  The error code, 0 for none. */
int rig_run(Session *session, int proc, void *args, void *ret);
