/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* acl.h - ask polkit; the only place that knows it
 *
 * Both functions block, with a deadline, so they are for workers.
 */
#pragma once

#include "rpc/session.h"

/* May the process of @identity do @action?  @details are names and values in turn, ending with
 * NULL, or NULL.  @interactive: the user may be asked. */
bool acl_polkit_ask(const char *action, const Identity *identity, const char *const *details,
                    bool interactive, GError **error);

/* SessionOps.acl_check by polkit's rules for org.libvirt.api.* */
bool acl_polkit_check(Session *session, AclPerm perm, const AclObject *object, GError **error);
