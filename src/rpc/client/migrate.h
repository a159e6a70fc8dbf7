/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* migrate.h - moving a domain between two daemons
 *
 * Either this process leads the five steps of protocol 3 between two connections, or the source
 * daemon is told to do all of it by itself (peer to peer, direct).  Arguments are typed parameters
 * throughout; for daemons that know only the older form of the protocol they are turned into its
 * arguments.
 */
#pragma once

#include "rpc/client/handle.h"
#include "rpc/api_gen.h"

typedef struct Migration {
    Handle *domain;
    Connection *target;   /* led by us: where to */
    const char *dconnuri; /* peer to peer: where to; NULL when direct */
    GArray *params;       /* of WireTypedParam; borrowing from who set them */
    uint64_t flags;
} Migration;

/* Set a string or number parameter; NULL strings are left out. */
void migrate_set_string(Migration *self, const char *name, const char *value);
void migrate_set_number(Migration *self, const char *name, uint64_t value);
const char *migrate_get_string(const Migration *self, const char *name);

/* Led by us: the domain at the target, a new handle; NULL with the error. */
Handle *migrate_lead(Migration *self, GError **error);

/* By the source daemon. */
bool migrate_delegate(Migration *self, GError **error);
