/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* migration_params.h - parameters of migration: what QEMU tells, what is kept in status files, what it is told
 *
 * They are a JSON object of the members QEMU has, less those unknown here; one table says which there are and of
 * which type, and both forms follow from it.
 */
#pragma once

#include "drivers/conf/domstatus_gen.h"
#include "util/json.h"

/* What is known of a reply to query-migrate-parameters. */
Json *migration_params_from_reply(Json *reply, GError **error);
/* As arguments of migrate-set-parameters they need no change. */
MigrationParams *migration_params_to_xml(Json *params);
Json *migration_params_from_xml(const MigrationParams *xml, GError **error);
