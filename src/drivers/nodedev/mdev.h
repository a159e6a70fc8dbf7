/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mdev.h - mediated devices: those that are defined, and the rows that make and remove them
 *
 * Definitions are mdevctl's own; a list of them is kept for as long as its files are as they were.  Workers only.
 */
#pragma once

#include "drivers/nodedev/index.h"
#include "rpc/call.h"

/* Where lifecycle events of definitions go. */
void nodedev_mdev_begin(EventHub *hub);
void nodedev_mdev_end(void);

/* The definition of a name; NULL without an error if it has none. */
NodeDevice *nodedev_mdev_definition(const char *name);
/* NodedevEntry of those that are defined and not there, with no syspath. */
GPtrArray *nodedev_mdev_inactive(const GPtrArray *active);
/* NULL if there is none. */
NodedevEntry *nodedev_mdev_lookup(const char *name);
static inline bool
nodedev_mdev_is_inactive(const NodedevEntry *device)
{
    return device->type == NODEDEV_TYPE_MDEV && !*device->syspath;
}

bool nodedev_mdev_create_xml(Call *call, GError **error);
bool nodedev_mdev_define_xml(Call *call, GError **error);
bool nodedev_mdev_create(Call *call, GError **error);
bool nodedev_mdev_destroy(Call *call, GError **error);
bool nodedev_mdev_undefine(Call *call, GError **error);
bool nodedev_mdev_update(Call *call, GError **error);
bool nodedev_mdev_set_autostart(Call *call, GError **error);
bool nodedev_mdev_get_autostart(Call *call, GError **error);
