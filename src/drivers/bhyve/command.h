/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* command.h - the command lines that run a bhyve guest
 *
 * First a loader puts the guest's kernel into its memory (unless firmware does), then bhyve runs it.  The definition
 * was made whole by fill.h, and what only a start decides was chosen: interfaces have their <target dev=>, a display
 * its port, firmware='efi' its <loader>, volumes their path.  Nothing here touches the host.
 */
#pragma once

#include "drivers/conf/domain_gen.h"

/* @caps: bits of caps.h.  NULL-terminated words. */
char **bhyve_command_build(const Domain *def, unsigned caps, GError **error);

/* loader.c: the loader's command, *ret_argv NULL where there is none.  @map: path of the device map, for those that
 * read one. */
bool bhyve_loader_build(const Domain *def, unsigned caps, const char *map, char ***ret_argv, GError **error);
/* The device map that grub-bhyve reads, NULL where nobody does. */
char *bhyve_loader_map(const Domain *def);
/* Where firmware is to be chosen: the file of @folder it is. */
bool bhyve_loader_choose_firmware(Domain *def, const char *folder, GError **error);

/* Path of the image of a disk; an error for those that bhyve cannot use. */
const char *bhyve_command_disk_path(const Disk *disk, GError **error);
