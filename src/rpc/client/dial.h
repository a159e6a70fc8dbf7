/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dial.h - from a target to a connected transport */
#pragma once

#include "rpc/client/target.h"
#include "rpc/transport.h"
#include "util/process.h"

/* Connect; *helper is the command at the other end of a pipe, if there is one. */
Transport *dial_target(const Target *target, Process *helper, GError **error);

/* The command that reaches @target over ssh, NULL-terminated. */
char **dial_ssh_argv(const Target *target);
