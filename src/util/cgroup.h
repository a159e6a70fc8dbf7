/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cgroup.h - control groups: make, fill, limit, measure, remove
 *
 * A Cgroup is one place in all hierarchies at once: the unified tree (version 2), the trees of single controllers
 * (version 1), or both beside each other as cgroup_mount.h finds them.  It is immutable and shared by reference; what
 * it names may have gone.  Values mean the same whatever the version.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/bitmap.h"
#include "util/cgroup_mount.h"

typedef struct Cgroup {
    gatomicrefcount refs;
    char *path[CGROUP_MOUNT_LAST]; /* folders; NULL: no such hierarchy */
    unsigned unified;              /* controllers of the unified tree, a bit for each CgroupMountKind */
} Cgroup;

#define CGROUP_NO_LIMIT UINT64_MAX

/* Look below @root (not copied; NULL: the machine's own) for /proc and mount points: for tests. */
void cgroup_use_tree(const char *root);

/* The top of what this process sees; NULL with VIR_ERR_NO_SUPPORT when no controller is usable. */
Cgroup *cgroup_new_top(GError **error);
/* Where @pid is. */
Cgroup *cgroup_new_of_process(pid_t pid, GError **error);
/* Below or above; not looked for.  @name may have several parts. */
Cgroup *cgroup_new_child(const Cgroup *cgroup, const char *name);
Cgroup *cgroup_new_parent(const Cgroup *cgroup);
/* The same place with only the hierarchies and controllers of @mask (a bit for each CgroupMountKind). */
Cgroup *cgroup_new_masked(const Cgroup *cgroup, unsigned mask);
Cgroup *cgroup_ref(Cgroup *cgroup);
void cgroup_unref(Cgroup *cgroup);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Cgroup, cgroup_unref)

bool cgroup_has(const Cgroup *cgroup, CgroupMountKind kind);
/* The last part of its path, which all hierarchies must agree on; NULL if they do not. */
const char *cgroup_name(const Cgroup *cgroup);
bool cgroup_exists(const Cgroup *cgroup);

/* Make the folders, whose parents exist, and hand down controllers.  @threaded: for threads of the process that is in
 * the parent; only what limits CPUs exists there.  Fine if it is there already. */
bool cgroup_make(const Cgroup *cgroup, bool threaded, GError **error);
/* With all below; nothing may run in it any more.  Fine if it is gone. */
bool cgroup_remove(const Cgroup *cgroup, GError **error);
bool cgroup_add_process(const Cgroup *cgroup, pid_t pid, GError **error);
bool cgroup_add_thread(const Cgroup *cgroup, pid_t thread, GError **error);

/* Single numbers */
typedef enum {
    CGROUP_CPU_SHARES,
    CGROUP_CPU_PERIOD,      /* us */
    CGROUP_CPU_QUOTA,       /* us */
    CGROUP_MEMORY_HARD,     /* bytes */
    CGROUP_MEMORY_SOFT,     /* bytes */
    CGROUP_MEMORY_SWAP,     /* bytes of memory and swap space together */
    CGROUP_IO_WEIGHT,
    CGROUP_VALUE_LAST
} CgroupValue;
bool cgroup_set(const Cgroup *cgroup, CgroupValue what, uint64_t value, GError **error);
bool cgroup_get(const Cgroup *cgroup, CgroupValue what, uint64_t *ret_value, GError **error);

/* Limits of a block device */
typedef enum {
    CGROUP_IO_DEVICE_WEIGHT,
    CGROUP_IO_READ_IOPS,
    CGROUP_IO_WRITE_IOPS,
    CGROUP_IO_READ_BPS,
    CGROUP_IO_WRITE_BPS,
    CGROUP_IO_LAST
} CgroupIo;
/* @value 0: none. */
bool cgroup_set_io(const Cgroup *cgroup, CgroupIo what, dev_t device, uint64_t value, GError **error);

/* CPUs and nodes it may use */
bool cgroup_set_cpus(const Cgroup *cgroup, const Bitmap *cpus, GError **error);
bool cgroup_set_mems(const Cgroup *cgroup, const Bitmap *nodes, GError **error);
Bitmap *cgroup_get_mems(const Cgroup *cgroup, GError **error);

/* CPU time so far, in ns. */
bool cgroup_get_cpu_times(const Cgroup *cgroup, uint64_t *ret_all, uint64_t *ret_user, uint64_t *ret_system, GError **error);
/* The same by CPU of the host, of all that are present (uint64_t); VIR_ERR_NO_SUPPORT where only the sum is counted. */
GArray *cgroup_get_cpu_times_each(const Cgroup *cgroup, GError **error);
