/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* object_life.h - defining, starting, stopping and undefining, the same for every kind with an ObjectLife */
#pragma once

#include "drivers/common/object.h"
#include "rpc/driver.h"

/* Rows.  The records begin with the definition or the object, and the answer is the object. */
bool object_life_define_xml(Call *call, GError **error);
bool object_life_create_xml(Call *call, GError **error);
bool object_life_create(Call *call, GError **error);
bool object_life_destroy(Call *call, GError **error);
bool object_life_undefine(Call *call, GError **error);

/* A job that changes the object of @call. */
Job *object_life_begin(const Call *call, GError **error);
/* The error of a call that needs an inactive object. */
bool object_life_require_inactive(Object *object, GError **error);
/* Start those objects that are marked for it, once a boot: file @marker says that it was done. */
void object_life_autostart(ObjectTable *table, const char *marker);
