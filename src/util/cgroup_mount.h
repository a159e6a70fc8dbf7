/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cgroup_mount.h - which cgroup controllers this process can use, and where they are mounted */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    CGROUP_MOUNT_CPU,
    CGROUP_MOUNT_CPUACCT,
    CGROUP_MOUNT_CPUSET,
    CGROUP_MOUNT_MEMORY,
    CGROUP_MOUNT_DEVICES,
    CGROUP_MOUNT_FREEZER,
    CGROUP_MOUNT_BLKIO,
    CGROUP_MOUNT_NET_CLS,
    CGROUP_MOUNT_PERF_EVENT,
    CGROUP_MOUNT_SYSTEMD,  /* a hierarchy without a controller, in which systemd keeps its tree */
    CGROUP_MOUNT_UNIFIED,  /* cgroup v2: one tree for all its controllers */
    CGROUP_MOUNT_LAST
} CgroupMountKind;

extern const char *const cgroup_mount_names[];

typedef struct CgroupMounts {
    char *path[CGROUP_MOUNT_LAST]; /* NULL: not there */
} CgroupMounts;

/* From the text of /proc/mounts, /proc/cgroups and /proc/self/cgroup; @v2_controllers is cgroup.controllers of the
 * v2 mount, NULL if there is none.  False with @error set when nothing at all is usable. */
bool cgroup_mount_detect(const char *mounts, const char *cgroups, const char *self_cgroup, const char *v2_controllers,
                         CgroupMounts *ret_mounts, GError **error);
void cgroup_mount_clear(CgroupMounts *mounts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CgroupMounts, cgroup_mount_clear)
