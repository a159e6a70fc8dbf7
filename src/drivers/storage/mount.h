/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mount.h - the commands that bring a pool's source to the host. */
#pragma once

#include <glib.h>

#include "drivers/conf/storage.h"

/* mount(8) or vgchange(8), as char *; NULL with @error for a type of pool that no
 * command starts. */
GPtrArray *mount_start_command(const StoragePool *pool, GError **error);
GPtrArray *mount_stop_command(const StoragePool *pool, GError **error);
