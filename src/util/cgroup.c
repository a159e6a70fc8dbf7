/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cgroup.c - control groups: make, fill, limit, measure, remove
 *
 * All is done by files.  What differs between the versions is in two tables and in how folders are made: version 1 wants
 * the CPUs and nodes of a new cpuset filled in, version 2 wants controllers handed down by the parent, and threads of one
 * process apart only in "threaded" groups.
 */
#define ERROR_FROM VIR_FROM_CGROUP
#include "util/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/text.h"

enum { FILE_LIMIT = 1 << 20, USEC = 1000 };

/* What each controller is called in the unified tree; NULL: not there, or (cpuacct) part of another. */
static const char *const v2_names[CGROUP_MOUNT_LAST] = {
    [CGROUP_MOUNT_CPU] = "cpu",
    [CGROUP_MOUNT_CPUSET] = "cpuset",
    [CGROUP_MOUNT_MEMORY] = "memory",
    [CGROUP_MOUNT_BLKIO] = "io",
};
enum { THREADED = 1u << CGROUP_MOUNT_CPU | 1u << CGROUP_MOUNT_CPUSET | 1u << CGROUP_MOUNT_CPUACCT };

static const struct {
    CgroupMountKind kind;
    const char *v1, *v1_else;
    const char *v2, *v2_else;
    int field; /* of the line in version 2 */
} values[CGROUP_VALUE_LAST] = {
    [CGROUP_CPU_SHARES] = { CGROUP_MOUNT_CPU, "cpu.shares", NULL, "cpu.weight", NULL, 0 },
    [CGROUP_CPU_PERIOD] = { CGROUP_MOUNT_CPU, "cpu.cfs_period_us", NULL, "cpu.max", NULL, 1 },
    [CGROUP_CPU_QUOTA] = { CGROUP_MOUNT_CPU, "cpu.cfs_quota_us", NULL, "cpu.max", NULL, 0 },
    [CGROUP_MEMORY_HARD] = { CGROUP_MOUNT_MEMORY, "memory.limit_in_bytes", NULL, "memory.max", NULL, 0 },
    [CGROUP_MEMORY_SOFT] = { CGROUP_MOUNT_MEMORY, "memory.soft_limit_in_bytes", NULL, "memory.high", NULL, 0 },
    [CGROUP_MEMORY_SWAP] = { CGROUP_MOUNT_MEMORY, "memory.memsw.limit_in_bytes", NULL, "memory.swap.max", NULL, 0 },
    [CGROUP_IO_WEIGHT] = { CGROUP_MOUNT_BLKIO, "blkio.weight", "blkio.bfq.weight", "io.weight", "io.bfq.weight", 1 },
};

static const struct {
    const char *v1, *v1_else;
    const char *v2, *v2_else;
    const char *key; /* in version 2; NULL: a bare number */
} limits[CGROUP_IO_LAST] = {
    [CGROUP_IO_DEVICE_WEIGHT] = { "blkio.weight_device", "blkio.bfq.weight_device", "io.weight", "io.bfq.weight", NULL },
    [CGROUP_IO_READ_IOPS] = { "blkio.throttle.read_iops_device", NULL, "io.max", NULL, "riops" },
    [CGROUP_IO_WRITE_IOPS] = { "blkio.throttle.write_iops_device", NULL, "io.max", NULL, "wiops" },
    [CGROUP_IO_READ_BPS] = { "blkio.throttle.read_bps_device", NULL, "io.max", NULL, "rbps" },
    [CGROUP_IO_WRITE_BPS] = { "blkio.throttle.write_bps_device", NULL, "io.max", NULL, "wbps" },
};

static const char *tree = "";

void
cgroup_use_tree(const char *root)
{
    tree = root ? root : "";
}

/* Its life */

static Cgroup *
new_like(const Cgroup *like)
{
    Cgroup *cgroup = g_new0(Cgroup, 1);

    g_atomic_ref_count_init(&cgroup->refs);
    cgroup->unified = like ? like->unified : 0;
    return cgroup;
}

Cgroup *
cgroup_ref(Cgroup *cgroup)
{
    g_atomic_ref_count_inc(&cgroup->refs);
    return cgroup;
}

void
cgroup_unref(Cgroup *cgroup)
{
    if (!cgroup || !g_atomic_ref_count_dec(&cgroup->refs))
        return;
    for (int kind = 0; kind < CGROUP_MOUNT_LAST; kind++)
        g_free(cgroup->path[kind]);
    g_free(cgroup);
}

static char *
read_file(const char *path)
{
    g_autofree char *full = g_strconcat(tree, path, NULL);
    char *text = NULL;

    return file_read_limited(full, FILE_LIMIT, &text, NULL, NULL) ? text : NULL;
}

static char *
read_v2_controllers(const char *mounts)
{
    g_auto(GStrv) lines = g_strsplit(mounts, "\n", -1);

    for (size_t i = 0; lines[i]; i++) {
        g_auto(GStrv) words = g_strsplit(lines[i], " ", -1);
        g_autofree char *path = NULL;
        g_autofree char *file = NULL;

        if (g_strv_length(words) < 4 || !g_str_equal(words[2], "cgroup2"))
            continue;
        path = g_strcompress(words[1]);
        file = g_strconcat(path, "/cgroup.controllers", NULL);
        return read_file(file);
    }
    return NULL;
}

Cgroup *
cgroup_new_top(GError **error)
{
    g_autofree char *mounts = read_file("/proc/mounts");
    g_autofree char *cgroups = read_file("/proc/cgroups");
    g_autofree char *self = read_file("/proc/self/cgroup");
    g_autofree char *controllers = mounts ? read_v2_controllers(mounts) : NULL;
    g_auto(CgroupMounts) found = { 0 };
    g_autoptr(Cgroup) cgroup = new_like(NULL);

    if (!cgroup_mount_detect(mounts ? mounts : "", cgroups ? cgroups : "", self ? self : "", controllers, &found, error))
        return NULL;
    for (int kind = 0; kind < CGROUP_MOUNT_LAST; kind++)
        cgroup->path[kind] = found.path[kind] ? g_strconcat(tree, found.path[kind], NULL) : NULL;
    if (cgroup->path[CGROUP_MOUNT_UNIFIED] && controllers) {
        g_auto(GStrv) words = g_strsplit_set(g_strstrip(controllers), " \n", -1);

        for (int kind = 0; kind < CGROUP_MOUNT_LAST; kind++)
            if (v2_names[kind] && !cgroup->path[kind] && g_strv_contains((const char *const *)words, v2_names[kind]))
                cgroup->unified |= 1u << kind;
        if (!cgroup->path[CGROUP_MOUNT_CPUACCT])
            cgroup->unified |= 1u << CGROUP_MOUNT_CPUACCT;
    }
    return g_steal_pointer(&cgroup);
}

static bool
in_list(const char *list, const char *word)
{
    g_auto(GStrv) words = g_strsplit(list, ",", -1);

    return g_strv_contains((const char *const *)words, word);
}

Cgroup *
cgroup_new_of_process(pid_t pid, GError **error)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/cgroup", (int)pid);
    g_autofree char *text = read_file(path);
    g_autoptr(Cgroup) top = cgroup_new_top(error);
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
    g_autoptr(Cgroup) cgroup = NULL;

    if (!top)
        return NULL;
    if (!text) {
        error_set(error, VIR_ERR_NO_SUPPORT, "cannot tell the cgroup of process %d: it is gone", (int)pid);
        return NULL;
    }
    cgroup = new_like(top);
    for (size_t i = 0; lines[i]; i++) {
        g_auto(GStrv) parts = g_strsplit(lines[i], ":", 3);

        for (int kind = 0; g_strv_length(parts) == 3 && kind < CGROUP_MOUNT_LAST; kind++) {
            bool mine = kind == CGROUP_MOUNT_UNIFIED ? !*parts[1] : in_list(parts[1], cgroup_mount_names[kind]);

            /* Outside of our namespace of cgroups: not to be reached. */
            if (mine && top->path[kind] && !g_str_has_prefix(parts[2], "/.."))
                cgroup->path[kind] = g_strconcat(top->path[kind], g_str_equal(parts[2], "/") ? "" : parts[2], NULL);
        }
    }
    return g_steal_pointer(&cgroup);
}

Cgroup *
cgroup_new_child(const Cgroup *cgroup, const char *name)
{
    Cgroup *child = new_like(cgroup);

    for (int kind = 0; kind < CGROUP_MOUNT_LAST; kind++)
        child->path[kind] = cgroup->path[kind] ? g_strdup_printf("%s/%s", cgroup->path[kind], name) : NULL;
    return child;
}

Cgroup *
cgroup_new_parent(const Cgroup *cgroup)
{
    Cgroup *parent = new_like(cgroup);

    for (int kind = 0; kind < CGROUP_MOUNT_LAST; kind++)
        parent->path[kind] = cgroup->path[kind] ? g_path_get_dirname(cgroup->path[kind]) : NULL;
    return parent;
}

Cgroup *
cgroup_new_masked(const Cgroup *cgroup, unsigned mask)
{
    Cgroup *same = new_like(cgroup);

    same->unified &= mask;
    for (int kind = 0; kind < CGROUP_MOUNT_LAST; kind++)
        if (mask & 1u << kind)
            same->path[kind] = g_strdup(cgroup->path[kind]);
    return same;
}

static bool
is_unified(const Cgroup *cgroup, CgroupMountKind kind)
{
    return !cgroup->path[kind] && cgroup->path[CGROUP_MOUNT_UNIFIED] && cgroup->unified & 1u << kind;
}

bool
cgroup_has(const Cgroup *cgroup, CgroupMountKind kind)
{
    return cgroup && (cgroup->path[kind] || is_unified(cgroup, kind));
}

const char *
cgroup_name(const Cgroup *cgroup)
{
    const char *name = NULL;

    for (int kind = 0; kind < CGROUP_MOUNT_LAST; kind++) {
        const char *slash = cgroup->path[kind] ? strrchr(cgroup->path[kind], '/') : NULL;

        if (slash && name && !g_str_equal(name, slash + 1))
            return NULL;
        if (slash)
            name = slash + 1;
    }
    return name;
}

bool
cgroup_exists(const Cgroup *cgroup)
{
    for (int kind = 0; kind < CGROUP_MOUNT_LAST; kind++)
        if (cgroup->path[kind] && access(cgroup->path[kind], F_OK) < 0)
            return false;
    return true;
}

/* Files */

static char *
file_of(const Cgroup *cgroup, CgroupMountKind kind, const char *name)
{
    const char *folder = cgroup->path[kind] ? cgroup->path[kind] : cgroup->path[CGROUP_MOUNT_UNIFIED];

    return g_build_filename(folder, name, NULL);
}

static bool
write_text(const char *path, const char *text, GError **error)
{
    autofd int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    size_t len = strlen(text);

    /* One write a value: the kernel takes each by itself. */
    if (fd < 0 || write(fd, text, len) != (ssize_t)len) {
        error_set_errno(error, errno, "unable to write '%s' to '%s'", text, path);
        return false;
    }
    return true;
}

static char *
read_text(const char *path, GError **error)
{
    char *text = NULL;

    return file_read_limited(path, FILE_LIMIT, &text, NULL, error) ? g_strchomp(text) : NULL;
}

/* Of two names the one that this kernel has. */
static char *
choose(const Cgroup *cgroup, CgroupMountKind kind, const char *name, const char *other)
{
    g_autofree char *path = file_of(cgroup, kind, name);

    return other && access(path, F_OK) < 0 ? file_of(cgroup, kind, other) : g_steal_pointer(&path);
}

static bool
require(const Cgroup *cgroup, CgroupMountKind kind, GError **error)
{
    if (cgroup_has(cgroup, kind))
        return true;
    error_set(error, VIR_ERR_NO_SUPPORT, "the cgroup controller '%s' is not available: mount it, or leave out what needs it",
              cgroup_mount_names[kind]);
    return false;
}

/* Folders */

/* A new cpuset is empty, and takes no process until it is filled. */
static bool
fill_cpuset(const char *folder, GError **error)
{
    static const char *const names[] = { "cpuset.cpus", "cpuset.mems" };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *mine = g_build_filename(folder, names[i], NULL);
        g_autofree char *above = g_build_filename(folder, "..", names[i], NULL);
        g_autofree char *have = read_text(mine, error);
        g_autofree char *text = have ? read_text(above, error) : NULL;

        if (!text || (!*have && !write_text(mine, text, error)))
            return false;
    }
    return true;
}

/* The parent hands down its controllers one by one: those it has not are done without. */
static void
hand_down(const Cgroup *cgroup, unsigned mask)
{
    g_autofree char *above = g_path_get_dirname(cgroup->path[CGROUP_MOUNT_UNIFIED]);
    g_autofree char *control = g_build_filename(above, "cgroup.subtree_control", NULL);

    for (int kind = 0; kind < CGROUP_MOUNT_LAST; kind++) {
        g_autofree char *word = g_strdup_printf("+%s", v2_names[kind] ? v2_names[kind] : "");

        if (v2_names[kind] && cgroup->unified & mask & 1u << kind)
            write_text(control, word, NULL);
    }
}

bool
cgroup_make(const Cgroup *cgroup, bool threaded, GError **error)
{
    for (int kind = 0; kind < CGROUP_MOUNT_LAST; kind++) {
        const char *path = cgroup->path[kind];

        if (!path || (threaded && kind != CGROUP_MOUNT_UNIFIED && !(THREADED & 1u << kind)))
            continue;
        if (kind == CGROUP_MOUNT_UNIFIED && !threaded)
            hand_down(cgroup, ~0u);
        if (mkdir(path, 0755) < 0 && errno != EEXIST) {
            error_set_errno(error, errno, "cannot make the cgroup '%s'", path);
            return false;
        }
        if (kind == CGROUP_MOUNT_CPUSET && !fill_cpuset(path, error))
            return false;
        if (kind == CGROUP_MOUNT_UNIFIED && threaded) {
            g_autofree char *type = g_build_filename(path, "cgroup.type", NULL);

            if (!write_text(type, "threaded", error))
                return false;
            hand_down(cgroup, THREADED);
        }
    }
    return true;
}

/* Files of a cgroup cannot be removed, only folders, the deepest first. */
static bool
remove_folder(const char *path, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *below = g_build_filename(path, name, NULL);
        struct stat st;

        if (lstat(below, &st) == 0 && S_ISDIR(st.st_mode) && !remove_folder(below, error))
            return false;
    }
    if (rmdir(path) < 0 && errno != ENOENT) {
        error_set_errno(error, errno, "cannot remove the cgroup '%s'", path);
        return false;
    }
    return true;
}

bool
cgroup_remove(const Cgroup *cgroup, GError **error)
{
    bool ok = true;

    /* Each hierarchy, also after one failed. */
    for (int kind = 0; kind < CGROUP_MOUNT_LAST; kind++)
        if (cgroup->path[kind] && !remove_folder(cgroup->path[kind], ok ? error : NULL))
            ok = false;
    return ok;
}

static bool
add(const Cgroup *cgroup, bool threads, pid_t id, GError **error)
{
    g_autofree char *text = g_strdup_printf("%d", (int)id);

    for (int kind = 0; kind < CGROUP_MOUNT_LAST; kind++) {
        const char *name = !threads ? "cgroup.procs" : kind == CGROUP_MOUNT_UNIFIED ? "cgroup.threads" : "tasks";
        g_autofree char *path = NULL;

        if (!cgroup->path[kind] || (threads && kind != CGROUP_MOUNT_UNIFIED && !(THREADED & 1u << kind)))
            continue;
        path = g_build_filename(cgroup->path[kind], name, NULL);
        if (!write_text(path, text, error))
            return false;
    }
    return true;
}

bool
cgroup_add_process(const Cgroup *cgroup, pid_t pid, GError **error)
{
    return add(cgroup, false, pid, error);
}

bool
cgroup_add_thread(const Cgroup *cgroup, pid_t thread, GError **error)
{
    return add(cgroup, true, thread, error);
}

/* Values */

static bool
parse_value(const char *path, const char *word, uint64_t *ret_value, GError **error)
{
    int64_t number;

    if (word && g_str_equal(word, "max")) {
        *ret_value = CGROUP_NO_LIMIT;
        return true;
    }
    if (word && text_parse_int64(word, 10, &number)) {
        *ret_value = number < 0 ? CGROUP_NO_LIMIT : (uint64_t)number;
        return true;
    }
    error_set(error, VIR_ERR_INTERNAL_ERROR, "'%s' holds no number but '%s'", path, word ? word : "");
    return false;
}

static bool
read_field(const char *path, int field, uint64_t *ret_value, GError **error)
{
    g_autofree char *text = read_text(path, error);
    g_auto(GStrv) words = text ? g_strsplit_set(text, " \n", -1) : NULL;
    int n = words ? (int)g_strv_length(words) : 0;

    /* "default 100" or just "100" */
    return text && parse_value(path, n ? words[MIN(field, n - 1)] : NULL, ret_value, error);
}

bool
cgroup_get(const Cgroup *cgroup, CgroupValue what, uint64_t *ret_value, GError **error)
{
    CgroupMountKind kind = values[what].kind;
    bool v2 = cgroup && is_unified(cgroup, kind);
    g_autofree char *path = NULL;
    uint64_t value, memory = 0;

    if (!require(cgroup, kind, error))
        return false;
    path = v2 ? choose(cgroup, kind, values[what].v2, values[what].v2_else)
              : choose(cgroup, kind, values[what].v1, values[what].v1_else);
    if (!read_field(path, v2 ? values[what].field : 0, &value, error))
        return false;
    /* Version 1 has no word for it but the largest number of pages. */
    if (kind == CGROUP_MOUNT_MEMORY && value >= (uint64_t)INT64_MAX / 65536 * 65536)
        value = CGROUP_NO_LIMIT;
    if (v2 && what == CGROUP_MEMORY_SWAP && value != CGROUP_NO_LIMIT) {
        if (!cgroup_get(cgroup, CGROUP_MEMORY_HARD, &memory, error))
            return false;
        value = memory == CGROUP_NO_LIMIT ? CGROUP_NO_LIMIT : value + memory;
    }
    *ret_value = value;
    return true;
}

/* The text that stands for @value in version 2. */
static char *
v2_text(const Cgroup *cgroup, CgroupValue what, uint64_t value, GError **error)
{
    uint64_t other;

    switch (what) {
    case CGROUP_CPU_PERIOD:
        if (!cgroup_get(cgroup, CGROUP_CPU_QUOTA, &other, error))
            return NULL;
        return other == CGROUP_NO_LIMIT ? g_strdup_printf("max %" G_GUINT64_FORMAT, value)
                                        : g_strdup_printf("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, other, value);
    case CGROUP_MEMORY_SWAP:
        if (value == CGROUP_NO_LIMIT)
            break;
        if (!cgroup_get(cgroup, CGROUP_MEMORY_HARD, &other, error))
            return NULL;
        if (other > value) {
            error_set(error, VIR_ERR_INVALID_ARG, "a limit of memory and swap space needs one of memory that is not above it");
            return NULL;
        }
        value -= other;
        break;
    default:
        break;
    }
    return value == CGROUP_NO_LIMIT ? g_strdup("max") : g_strdup_printf("%" G_GUINT64_FORMAT, value);
}

bool
cgroup_set(const Cgroup *cgroup, CgroupValue what, uint64_t value, GError **error)
{
    CgroupMountKind kind = values[what].kind;
    bool v2 = cgroup && is_unified(cgroup, kind);
    g_autofree char *path = NULL;
    g_autofree char *text = NULL;

    if (!require(cgroup, kind, error))
        return false;
    path = v2 ? choose(cgroup, kind, values[what].v2, values[what].v2_else)
              : choose(cgroup, kind, values[what].v1, values[what].v1_else);
    text = v2 ? v2_text(cgroup, what, value, error)
              : value == CGROUP_NO_LIMIT ? g_strdup("-1") : g_strdup_printf("%" G_GUINT64_FORMAT, value);
    return text && write_text(path, text, error);
}

bool
cgroup_set_io(const Cgroup *cgroup, CgroupIo what, dev_t device, uint64_t value, GError **error)
{
    bool v2 = cgroup && is_unified(cgroup, CGROUP_MOUNT_BLKIO);
    g_autofree char *path = NULL;
    g_autofree char *number = NULL;
    g_autofree char *text = NULL;

    if (!require(cgroup, CGROUP_MOUNT_BLKIO, error))
        return false;
    path = v2 ? choose(cgroup, CGROUP_MOUNT_BLKIO, limits[what].v2, limits[what].v2_else)
              : choose(cgroup, CGROUP_MOUNT_BLKIO, limits[what].v1, limits[what].v1_else);
    number = value || !v2 ? g_strdup_printf("%" G_GUINT64_FORMAT, value) : g_strdup(limits[what].key ? "max" : "default");
    text = v2 && limits[what].key ? g_strdup_printf("%u:%u %s=%s", major(device), minor(device), limits[what].key, number)
                                  : g_strdup_printf("%u:%u %s", major(device), minor(device), number);
    return write_text(path, text, error);
}

static bool
set_list(const Cgroup *cgroup, const char *name, const Bitmap *set, GError **error)
{
    g_autofree char *text = bitmap_format(set);
    g_autofree char *path = NULL;

    if (!require(cgroup, CGROUP_MOUNT_CPUSET, error))
        return false;
    path = file_of(cgroup, CGROUP_MOUNT_CPUSET, name);
    return write_text(path, text, error);
}

bool
cgroup_set_cpus(const Cgroup *cgroup, const Bitmap *cpus, GError **error)
{
    return set_list(cgroup, "cpuset.cpus", cpus, error);
}

bool
cgroup_set_mems(const Cgroup *cgroup, const Bitmap *nodes, GError **error)
{
    /* Version 2 always moves what is there already. */
    if (cgroup->path[CGROUP_MOUNT_CPUSET]) {
        g_autofree char *path = file_of(cgroup, CGROUP_MOUNT_CPUSET, "cpuset.memory_migrate");

        if (!write_text(path, "1", error))
            return false;
    }
    return set_list(cgroup, "cpuset.mems", nodes, error);
}

Bitmap *
cgroup_get_mems(const Cgroup *cgroup, GError **error)
{
    g_autofree char *path = NULL;
    g_autofree char *text = NULL;
    Bitmap *nodes;

    if (!require(cgroup, CGROUP_MOUNT_CPUSET, error))
        return NULL;
    path = file_of(cgroup, CGROUP_MOUNT_CPUSET,
                   is_unified(cgroup, CGROUP_MOUNT_CPUSET) ? "cpuset.mems.effective" : "cpuset.mems");
    text = read_text(path, error);
    nodes = text ? bitmap_parse(text) : NULL;
    if (text && !nodes)
        error_set(error, VIR_ERR_INTERNAL_ERROR, "'%s' holds no set of nodes but '%s'", path, text);
    return nodes;
}

/* "usage_usec 12\nuser_usec 3\n..." */
static uint64_t
find_number(const char *text, const char *key)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    size_t len = strlen(key);

    for (size_t i = 0; lines[i]; i++)
        if (g_str_has_prefix(lines[i], key) && lines[i][len] == ' ')
            return g_ascii_strtoull(lines[i] + len + 1, NULL, 10);
    return 0;
}

bool
cgroup_get_cpu_times(const Cgroup *cgroup, uint64_t *ret_all, uint64_t *ret_user, uint64_t *ret_system, GError **error)
{
    uint64_t tick = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK), all = 0;
    g_autofree char *path = NULL;
    g_autofree char *usage = NULL;
    g_autofree char *text = NULL;
    bool v2 = cgroup && is_unified(cgroup, CGROUP_MOUNT_CPUACCT);

    if (!require(cgroup, CGROUP_MOUNT_CPUACCT, error))
        return false;
    path = file_of(cgroup, CGROUP_MOUNT_CPUACCT, v2 ? "cpu.stat" : "cpuacct.stat");
    usage = file_of(cgroup, CGROUP_MOUNT_CPUACCT, "cpuacct.usage");
    text = read_text(path, error);
    if (!text || (!v2 && !read_field(usage, 0, &all, error)))
        return false;
    *ret_all = v2 ? find_number(text, "usage_usec") * USEC : all;
    *ret_user = v2 ? find_number(text, "user_usec") * USEC : find_number(text, "user") * tick;
    *ret_system = v2 ? find_number(text, "system_usec") * USEC : find_number(text, "system") * tick;
    return true;
}

GArray *
cgroup_get_cpu_times_each(const Cgroup *cgroup, GError **error)
{
    g_autofree char *path = NULL;
    g_autofree char *text = NULL;
    g_auto(GStrv) words = NULL;
    GArray *times;

    if (!require(cgroup, CGROUP_MOUNT_CPUACCT, error))
        return NULL;
    if (is_unified(cgroup, CGROUP_MOUNT_CPUACCT)) {
        error_set(error, VIR_ERR_NO_SUPPORT, "cgroups of version 2 do not count the times of each CPU: ask for the total only");
        return NULL;
    }
    path = file_of(cgroup, CGROUP_MOUNT_CPUACCT, "cpuacct.usage_percpu");
    text = read_text(path, error);
    if (!text)
        return NULL;
    words = g_strsplit_set(text, " \n", -1);
    times = g_array_new(FALSE, TRUE, sizeof(uint64_t));
    for (size_t i = 0; words[i]; i++) {
        uint64_t ns = g_ascii_strtoull(words[i], NULL, 10);

        if (*words[i])
            g_array_append_val(times, ns);
    }
    return times;
}
