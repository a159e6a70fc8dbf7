/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* interop.h - descriptor files that packages, administrators and users leave for whoever runs QEMU
 *
 * They lie in three folders: /usr/share/qemu, /etc/qemu and the user's own.  A file hides those of the same name in
 * the folders before; an empty one hides them and says nothing itself.  Names are in order of preference.
 */
#pragma once

#include <glib.h>

/* Paths of the descriptors of @what ("firmware", "vhost-user") that count, best first.  @root stands for "/" and is
 * left out of the paths; @config_home is the user's folder (below @root), or NULL. */
GPtrArray *interop_list(const char *root, const char *config_home, const char *what, GError **error);

/* The text of a path that interop_list() gave. */
char *interop_read(const char *root, const char *path, GError **error);
