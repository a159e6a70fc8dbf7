/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vbox_machine.h - the .vbox file of a guest of VirtualBox: its snapshots and the images they stand on
 *
 * VirtualBox owns the file and every version of it knows more: what is not read here stays in the tree and is written
 * back as it was.
 */
#pragma once

#include <glib.h>
#include <libxml/tree.h>

/* UUIDs are as in the file, with their braces. */
typedef struct VboxDisk {
    char *uuid, *location, *format;
    const struct VboxDisk *parent;         /* the image it holds the differences to, or NULL */
} VboxDisk;

typedef struct VboxSnapshot {
    char *uuid, *name, *created;           /* ISO 8601, as VirtualBox writes it */
    const struct VboxSnapshot *parent;
} VboxSnapshot;

typedef struct VboxMachine {
    xmlDoc *tree;
    char *uuid, *name;
    GPtrArray *disks;                      /* VboxDisk, parents first */
    GPtrArray *snapshots;                  /* VboxSnapshot, parents first */
    const VboxSnapshot *current;           /* what the guest's state is based on, or NULL */
} VboxMachine;

VboxMachine *vbox_machine_parse(const char *text, GError **error);
/* In UTF-8, whatever it was read from. */
char *vbox_machine_format(const VboxMachine *machine);
void vbox_machine_free(VboxMachine *machine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VboxMachine, vbox_machine_free)
