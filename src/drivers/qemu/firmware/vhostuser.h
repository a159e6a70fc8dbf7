/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vhostuser.h - descriptors of vhost-user programs (QEMU's docs/interop/vhost-user.json) */
#pragma once

#include <glib.h>

typedef struct Vhostuser {
    char *type;    /* "gpu", "fs", "block", ... */
    char *binary;
} Vhostuser;

void vhostuser_free(Vhostuser *program);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Vhostuser, vhostuser_free)

/* @name is the file's, for errors. */
Vhostuser *vhostuser_parse(const char *text, const char *name, GError **error);
char *vhostuser_format(const Vhostuser *program);

/* The best program of @type on the host whose "/" is @root, or NULL with an error that says what to install.  Files
 * that cannot be understood are left out, with a warning. */
Vhostuser *vhostuser_find(const char *root, const char *config_home, const char *type, GError **error);
