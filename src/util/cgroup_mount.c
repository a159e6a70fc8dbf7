/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cgroup_mount.c - which cgroup controllers this process can use, and where they are mounted
 *
 * A host may have hierarchies of version 1, the unified one, or both with controllers in either.
 */
#define ERROR_FROM VIR_FROM_CGROUP
#include "util/cgroup_mount.h"

#include <string.h>

#include "util/error.h"
#include "util/text.h"

const char *const cgroup_mount_names[] = {
    "cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "net_cls", "perf_event", "name=systemd", "unified",
};

/* Controllers the kernel has and has not been told to leave off. */
static bool
kernel_has(const char *cgroups, const char *name)
{
    g_auto(GStrv) lines = g_strsplit(cgroups, "\n", -1);

    for (size_t i = 0; lines[i]; i++) {
        g_auto(GStrv) words = g_strsplit_set(g_strstrip(lines[i]), " \t", 2);

        if (words[0] && g_str_equal(words[0], name))
            return !words[1] || !g_str_has_suffix(words[1], "0");
    }
    return false;
}

static bool
in_list(const char *list, const char *separators, const char *word)
{
    g_auto(GStrv) words = g_strsplit_set(list, separators, -1);

    return g_strv_contains((const char *const *)words, word);
}

/* "9:name,name:/path" */
static bool
placed(const char *self_cgroup, const char *name)
{
    g_auto(GStrv) lines = g_strsplit(self_cgroup, "\n", -1);

    for (size_t i = 0; lines[i]; i++) {
        g_auto(GStrv) parts = g_strsplit(lines[i], ":", 3);

        if (g_strv_length(parts) == 3 && in_list(parts[1], ",", name))
            return true;
    }
    return false;
}

bool
cgroup_mount_detect(const char *mounts, const char *cgroups, const char *self_cgroup, const char *v2_controllers,
                    CgroupMounts *ret_mounts, GError **error)
{
    static const char *const v2_needed[] = { "cpu", "cpuset", "memory", "io" };
    g_auto(GStrv) lines = g_strsplit(mounts, "\n", -1);
    g_auto(CgroupMounts) found = { 0 };
    bool any = false, unified = false;

    for (size_t i = 0; lines[i]; i++) {
        g_auto(GStrv) words = g_strsplit(lines[i], " ", -1);
        g_autofree char *path = NULL;

        if (g_strv_length(words) < 4)
            continue;
        path = g_strcompress(words[1]);
        if (g_str_equal(words[2], "cgroup2")) {
            g_clear_pointer(&found.path[CGROUP_MOUNT_UNIFIED], g_free);
            found.path[CGROUP_MOUNT_UNIFIED] = g_strdup(path);
        }
        if (!g_str_equal(words[2], "cgroup"))
            continue;
        for (int kind = 0; kind < CGROUP_MOUNT_UNIFIED; kind++) {
            if (!in_list(words[3], ",", cgroup_mount_names[kind]))
                continue;
            /* The last mount wins: containers mount their own over the host's. */
            g_free(found.path[kind]);
            found.path[kind] = g_strdup(path);
        }
    }
    for (int kind = 0; kind < CGROUP_MOUNT_UNIFIED; kind++) {
        if (!placed(self_cgroup, cgroup_mount_names[kind]) ||
            (kind != CGROUP_MOUNT_SYSTEMD && !kernel_has(cgroups, cgroup_mount_names[kind])))
            g_clear_pointer(&found.path[kind], g_free);
        any = any || (found.path[kind] && kind != CGROUP_MOUNT_SYSTEMD);
    }
    for (size_t i = 0; found.path[CGROUP_MOUNT_UNIFIED] && v2_controllers && i < G_N_ELEMENTS(v2_needed); i++)
        unified = unified || in_list(v2_controllers, " \n", v2_needed[i]);
    /* The unified tree has BPF programs for access to devices: the old controller is left alone then. */
    g_clear_pointer(&found.path[unified ? CGROUP_MOUNT_DEVICES : CGROUP_MOUNT_UNIFIED], g_free);
    if (!any && !unified) {
        error_set(error, VIR_ERR_NO_SUPPORT, "no cgroup controller is mounted: mount cgroup2 at /sys/fs/cgroup");
        return false;
    }
    *ret_mounts = found;
    found = (CgroupMounts){ 0 };
    return true;
}

void
cgroup_mount_clear(CgroupMounts *mounts)
{
    for (int kind = 0; kind < CGROUP_MOUNT_LAST; kind++)
        g_clear_pointer(&mounts->path[kind], g_free);
}
