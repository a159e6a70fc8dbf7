/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu_schema.h - what QEMU says of its own protocol (query-qmp-schema)
 *
 * A path names a command and a way into its arguments, or behind '>' into what it returns:
 *
 *     blockdev-add/+nbd/tls-hostname      member; '+': of the variant of a union
 *     screendump/format/^png              '^': value of an enum
 *     device_add/$json-cli-hotplug        '$': feature of the command, type, member or value before it
 *     query-migrate>blocked-reasons
 */
#pragma once

#include "util/json.h"

typedef struct QemuSchema QemuSchema;

/* @answer is that of query-qmp-schema; it is kept. */
QemuSchema *qemu_schema_new(Json *answer);
void qemu_schema_free(QemuSchema *schema);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuSchema, qemu_schema_free)

bool qemu_schema_has(const QemuSchema *schema, const char *path);
