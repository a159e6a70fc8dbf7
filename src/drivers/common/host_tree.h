/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host_tree.h - where facts about the host are read from
 *
 * The kernel's folders, or recorded copies of them: everything in host_*.c that reads sysfs takes one of these.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "drivers/conf/capabilities_gen.h"
#include "util/bitmap.h"

typedef struct HostTree {
    const char *system;  /* /sys/devices/system */
    const char *resctrl; /* /sys/fs/resctrl; NULL: none */
    unsigned subcore;    /* threads of a subcore of which the kernel shows the first only (ppc64 with KVM); 0: shows all */
    bool cpu_is_core;    /* s390: a hypervisor below shares cores out by itself, so each CPU counts as one */
    /* Fills in memory, pages and distances of a cell in place of sysfs; NULL: sysfs. */
    void (*measure)(HostCell *cell);
} HostTree;

/* The host itself. */
extern const HostTree host_tree_real;

/* One file below tree->system, named by @format: false or NULL when it is not there or holds something else. */
bool host_tree_uint(const HostTree *tree, uint64_t *ret_value, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* "0-3"; empty for an empty file. */
Bitmap *host_tree_bitmap(const HostTree *tree, const char *format, ...) G_GNUC_PRINTF(2, 3);
char *host_tree_line(const HostTree *tree, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Numbers N of the entries PREFIXN of a folder. */
Bitmap *host_tree_numbered(const HostTree *tree, const char *folder, const char *prefix);

Bitmap *host_tree_online_cpus(const HostTree *tree);
/* Never empty: {0} on a kernel without NUMA. */
Bitmap *host_tree_nodes(const HostTree *tree);
