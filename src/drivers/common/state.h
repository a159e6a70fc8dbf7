/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* state.h - definitions, autostart links and status documents on disk
 *
 * Paths and formats are upstream's, so that a host can change over in place: NAME.xml in the
 * driver's folder, a link to it in autostart/, NAME.xml in the driver's run folder.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "drivers/common/object.h"

char *state_path(const char *dir, const char *name);
/* Bounded; NULL with @error set. */
char *state_read(const char *path, GError **error);
/* The inactive form of @doc, secrets included, with the comment that warns editors. */
bool state_save(const char *dir, const char *name, const ObjectKind *kind, const void *doc,
                GError **error);
/* @text as it is, under the same comment. */
bool state_save_text(const char *dir, const char *name, const char *edit, const char *text,
                     GError **error);
/* Fine if there is none. */
bool state_delete(const char *dir, const char *name, GError **error);
bool state_set_autostart(const char *dir, const char *autostart_dir, const char *name, bool on,
                         GError **error);

typedef struct StateEntry {
    char *name;
    uint8_t uuid[16];
    bool autostart;
} StateEntry;

/* All NAME.xml of @dir with the UUID found in their first bytes; a folder that is not there is empty.
 * @autostart_dir may be NULL. */
GPtrArray *state_index(const char *dir, const char *autostart_dir, GError **error);
/* Names (without ".xml") of the documents in @dir. */
GPtrArray *state_names(const char *dir, GError **error);
