/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* names.h - names of the users and groups that clients are, for those who ask
 *
 * A name service may take its time, so a worker asks it, once for each number, when a client of that user first comes; what
 * it said is kept.  Any thread.
 */
#pragma once

#include <sys/types.h>

#include "rpc/server/workers.h"

void names_want(Workers *workers, uid_t uid, gid_t gid);
/* A copy, or NULL if there is none, or none yet. */
char *names_user(uid_t uid);
char *names_group(gid_t gid);
