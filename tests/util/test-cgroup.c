/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-cgroup.c - control groups of both versions in a made-up tree, and the names that systemd gets
 *
 * What the kernel makes of it is tried by tests/integration and tests/host.
 */
#define ERROR_FROM VIR_FROM_NONE
#include "util/cgroup.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "util/error.h"
#include "util/file.h"
#include "util/machined.h"

static char *root;

static void
put(const char *path, const char *text)
{
    g_autofree char *full = g_strconcat(root, path, NULL);
    g_autofree char *dir = g_path_get_dirname(full);

    g_assert_cmpint(g_mkdir_with_parents(dir, 0755), ==, 0);
    g_assert_true(g_file_set_contents(full, text, -1, NULL));
}

static void
is(const char *path, const char *text)
{
    g_autofree char *full = g_strconcat(root, path, NULL);
    g_autofree char *have = NULL;

    g_assert_true(g_file_get_contents(full, &have, NULL, NULL));
    g_assert_cmpstr(have, ==, text);
}

static void
begin(const char *mounts, const char *cgroups, const char *self)
{
    root = g_dir_make_tmp("cgroup-XXXXXX", NULL);
    put("/proc/mounts", mounts);
    put("/proc/cgroups", cgroups);
    put("/proc/self/cgroup", self);
    cgroup_use_tree(root);
}

static void
finish(void)
{
    cgroup_use_tree(NULL);
    g_assert_true(file_remove_tree(root, NULL));
    g_clear_pointer(&root, g_free);
}

static void
test_version2(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Cgroup) top = NULL;
    g_autoptr(Cgroup) group = NULL;
    g_autoptr(Cgroup) thread = NULL;
    g_autoptr(Cgroup) again = NULL;
    g_autoptr(Bitmap) nodes = bitmap_parse("0-1,3");
    uint64_t value = 0, all, user, system;

    begin("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n", "", "0::/\n");
    put("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n");
    put("/sys/fs/cgroup/cgroup.subtree_control", "");
    top = cgroup_new_top(&error);
    g_assert_no_error(error);
    g_assert_true(cgroup_has(top, CGROUP_MOUNT_CPU) && cgroup_has(top, CGROUP_MOUNT_CPUACCT) &&
                  cgroup_has(top, CGROUP_MOUNT_MEMORY) && cgroup_has(top, CGROUP_MOUNT_BLKIO));
    g_assert_false(cgroup_has(top, CGROUP_MOUNT_DEVICES));

    group = cgroup_new_child(top, "guest");
    g_assert_false(cgroup_exists(group));
    g_assert_true(cgroup_make(group, false, &error));
    g_assert_true(cgroup_exists(group));
    g_assert_cmpstr(cgroup_name(group), ==, "guest");
    is("/sys/fs/cgroup/cgroup.subtree_control", "+io"); /* the last of the single writes */

    put("/sys/fs/cgroup/guest/cpu.weight", "100\n");
    put("/sys/fs/cgroup/guest/cpu.max", "max 100000\n");
    g_assert_true(cgroup_set(group, CGROUP_CPU_SHARES, 200, &error));
    is("/sys/fs/cgroup/guest/cpu.weight", "200");
    g_assert_true(cgroup_get(group, CGROUP_CPU_QUOTA, &value, &error));
    g_assert_cmpuint(value, ==, CGROUP_NO_LIMIT);
    g_assert_true(cgroup_get(group, CGROUP_CPU_PERIOD, &value, &error));
    g_assert_cmpuint(value, ==, 100000);
    g_assert_true(cgroup_set(group, CGROUP_CPU_PERIOD, 50000, &error));
    is("/sys/fs/cgroup/guest/cpu.max", "max 50000");
    put("/sys/fs/cgroup/guest/cpu.max", "20000 50000\n");
    g_assert_true(cgroup_set(group, CGROUP_CPU_PERIOD, 40000, &error));
    is("/sys/fs/cgroup/guest/cpu.max", "20000 40000");
    g_assert_true(cgroup_set(group, CGROUP_CPU_QUOTA, CGROUP_NO_LIMIT, &error));
    is("/sys/fs/cgroup/guest/cpu.max", "max");

    /* Memory and swap space are limited apart there, together in our words. */
    put("/sys/fs/cgroup/guest/memory.max", "1000\n");
    put("/sys/fs/cgroup/guest/memory.swap.max", "max\n");
    g_assert_true(cgroup_get(group, CGROUP_MEMORY_SWAP, &value, &error));
    g_assert_cmpuint(value, ==, CGROUP_NO_LIMIT);
    g_assert_true(cgroup_set(group, CGROUP_MEMORY_SWAP, 1500, &error));
    is("/sys/fs/cgroup/guest/memory.swap.max", "500");
    g_assert_true(cgroup_get(group, CGROUP_MEMORY_SWAP, &value, &error));
    g_assert_cmpuint(value, ==, 1500);
    g_assert_false(cgroup_set(group, CGROUP_MEMORY_SWAP, 900, &error));
    g_assert_true(error_is(error, VIR_ERR_INVALID_ARG));
    g_clear_error(&error);
    g_assert_true(cgroup_set(group, CGROUP_MEMORY_HARD, CGROUP_NO_LIMIT, &error));
    is("/sys/fs/cgroup/guest/memory.max", "max");

    /* The one name or the other, and which word of the line */
    put("/sys/fs/cgroup/guest/io.bfq.weight", "default 100\n");
    g_assert_true(cgroup_get(group, CGROUP_IO_WEIGHT, &value, &error));
    g_assert_cmpuint(value, ==, 100);
    put("/sys/fs/cgroup/guest/io.max", "");
    g_assert_true(cgroup_set_io(group, CGROUP_IO_READ_BPS, makedev(8, 16), 4096, &error));
    is("/sys/fs/cgroup/guest/io.max", "8:16 rbps=4096");
    g_assert_true(cgroup_set_io(group, CGROUP_IO_WRITE_IOPS, makedev(8, 16), 0, &error));
    is("/sys/fs/cgroup/guest/io.max", "8:16 wiops=max");

    put("/sys/fs/cgroup/guest/cpuset.mems", "");
    g_assert_true(cgroup_set_mems(group, nodes, &error));
    is("/sys/fs/cgroup/guest/cpuset.mems", "0-1,3");

    put("/sys/fs/cgroup/guest/cpu.stat", "usage_usec 30\nuser_usec 20\nsystem_usec 10\nnr_periods 0\n");
    g_assert_true(cgroup_get_cpu_times(group, &all, &user, &system, &error));
    g_assert_cmpuint(all, ==, 30000);
    g_assert_cmpuint(user, ==, 20000);
    g_assert_cmpuint(system, ==, 10000);
    g_assert_null(cgroup_get_cpu_times_each(group, &error));
    g_assert_true(error_is(error, VIR_ERR_NO_SUPPORT));
    g_clear_error(&error);

    put("/sys/fs/cgroup/guest/cgroup.procs", "");
    g_assert_true(cgroup_add_process(group, 42, &error));
    is("/sys/fs/cgroup/guest/cgroup.procs", "42");
    thread = cgroup_new_child(group, "vcpu0");
    put("/sys/fs/cgroup/guest/vcpu0/cgroup.type", "domain\n");
    put("/sys/fs/cgroup/guest/vcpu0/cgroup.threads", "");
    g_assert_true(cgroup_make(thread, true, &error));
    is("/sys/fs/cgroup/guest/vcpu0/cgroup.type", "threaded");
    g_assert_true(cgroup_add_thread(thread, 43, &error));
    is("/sys/fs/cgroup/guest/vcpu0/cgroup.threads", "43");

    put("/proc/42/cgroup", "0::/guest\n");
    again = cgroup_new_of_process(42, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(again->path[CGROUP_MOUNT_UNIFIED], ==, group->path[CGROUP_MOUNT_UNIFIED]);
    g_assert_null(cgroup_new_of_process(44, &error));
    g_assert_nonnull(error);
    finish();
}

static void
test_version1(void)
{
    static const char mounts[] = "cgroup /cg/cpu cgroup rw,cpu,cpuacct 0 0\ncgroup /cg/cpuset cgroup rw,cpuset 0 0\n"
                                 "cgroup /cg/memory cgroup rw,memory 0 0\ncgroup /cg/blkio cgroup rw,blkio 0 0\n";
    static const char kernel[] = "#s\ncpu 1 1 1\ncpuacct 1 1 1\ncpuset 2 1 1\nmemory 3 1 1\nblkio 4 1 1\n";
    g_autoptr(GError) error = NULL;
    g_autoptr(Cgroup) top = NULL;
    g_autoptr(Cgroup) group = NULL;
    g_autoptr(Cgroup) thread = NULL;
    g_autoptr(Cgroup) few = NULL;
    g_autoptr(GArray) each = NULL;
    uint64_t value;

    begin(mounts, kernel, "1:cpu,cpuacct:/\n2:cpuset:/\n3:memory:/\n4:blkio:/\n");
    put("/cg/cpu/x", "");
    put("/cg/memory/x", "");
    put("/cg/blkio/x", "");
    put("/cg/cpuset/cpuset.cpus", "0-3\n");
    put("/cg/cpuset/cpuset.mems", "0\n");
    put("/cg/cpuset/guest/cpuset.cpus", "\n");
    put("/cg/cpuset/guest/cpuset.mems", "0\n");
    top = cgroup_new_top(&error);
    g_assert_no_error(error);
    group = cgroup_new_child(top, "guest");
    g_assert_true(cgroup_make(group, false, &error));
    g_assert_no_error(error);
    is("/cg/cpuset/guest/cpuset.cpus", "0-3"); /* filled */
    is("/cg/cpuset/guest/cpuset.mems", "0\n"); /* left alone */

    put("/cg/memory/guest/memory.limit_in_bytes", "9223372036854771712\n");
    g_assert_true(cgroup_get(group, CGROUP_MEMORY_HARD, &value, &error));
    g_assert_cmpuint(value, ==, CGROUP_NO_LIMIT);
    g_assert_true(cgroup_set(group, CGROUP_MEMORY_HARD, CGROUP_NO_LIMIT, &error));
    is("/cg/memory/guest/memory.limit_in_bytes", "-1");
    put("/cg/cpu/guest/cpu.cfs_quota_us", "-1\n");
    g_assert_true(cgroup_get(group, CGROUP_CPU_QUOTA, &value, &error));
    g_assert_cmpuint(value, ==, CGROUP_NO_LIMIT);
    g_assert_false(cgroup_set(group, CGROUP_CPU_SHARES, 1, &error)); /* no such file */
    g_assert_cmpint(error_errno(error), ==, ENOENT);
    g_clear_error(&error);
    put("/cg/blkio/guest/blkio.throttle.read_bps_device", "");
    g_assert_true(cgroup_set_io(group, CGROUP_IO_READ_BPS, makedev(7, 1), 0, &error));
    is("/cg/blkio/guest/blkio.throttle.read_bps_device", "7:1 0");
    put("/cg/cpu/guest/cpuacct.usage_percpu", "5 7 \n");
    each = cgroup_get_cpu_times_each(group, &error);
    g_assert_cmpuint(each->len, ==, 2);
    g_assert_cmpuint(g_array_index(each, uint64_t, 1), ==, 7);

    /* Threads are apart only where CPUs are concerned. */
    thread = cgroup_new_child(group, "vcpu0");
    put("/cg/cpuset/guest/vcpu0/cpuset.cpus", "0\n");
    put("/cg/cpuset/guest/vcpu0/cpuset.mems", "0\n");
    put("/cg/cpuset/guest/vcpu0/tasks", "");
    put("/cg/cpu/guest/vcpu0/tasks", "");
    g_assert_true(cgroup_make(thread, true, &error));
    g_assert_false(g_file_test(thread->path[CGROUP_MOUNT_MEMORY], G_FILE_TEST_EXISTS));
    g_assert_true(cgroup_add_thread(thread, 9, &error));
    is("/cg/cpu/guest/vcpu0/tasks", "9");

    few = cgroup_new_masked(group, 1u << CGROUP_MOUNT_CPU);
    g_assert_false(cgroup_has(few, CGROUP_MOUNT_MEMORY));
    g_assert_false(cgroup_set(few, CGROUP_MEMORY_HARD, 1, &error));
    g_assert_true(error_is(error, VIR_ERR_NO_SUPPORT));
    g_assert_nonnull(strstr(error->message, "memory"));
    finish();
}

static void
test_remove(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Cgroup) top = NULL;
    g_autoptr(Cgroup) group = NULL;
    g_autoptr(Cgroup) below = NULL;
    const char *path;

    begin("cgroup2 /cg cgroup2 rw 0 0\n", "", "0::/\n");
    put("/cg/cgroup.controllers", "cpu\n");
    put("/cg/cgroup.subtree_control", "");
    top = cgroup_new_top(&error);
    group = cgroup_new_child(top, "a");
    below = cgroup_new_child(group, "b/c");
    path = below->path[CGROUP_MOUNT_UNIFIED];
    g_assert_cmpint(g_mkdir_with_parents(path, 0755), ==, 0);
    g_assert_true(cgroup_remove(group, &error));
    g_assert_no_error(error);
    g_assert_false(cgroup_exists(group));
    g_assert_true(cgroup_remove(group, &error)); /* fine if it is gone */
    finish();
}

static void
test_machine_names(void)
{
    static const struct {
        const char *guest, *name;
    } names[] = {
        { "web", "qemu-7-web" },         { "a b/c_d", "qemu-7-abcd" },  { ".x..y.", "qemu-7-x.y" },
        { "\xc3\xa4", "qemu-7" },        { "end-", "qemu-7-end" },
    };
    static const char *const slices[][2] = {
        { "/machine", "machine.slice" },
        { "/machine/production", "machine-production.slice" },
        { "/machine/a-b/c d", "machine-a\\x2db-c\\x20d.slice" },
        { "//machine//x/", "machine-x.slice" },
    };
    g_autofree char *big = g_strnfill(200, 'x');
    g_autofree char *cut = machined_name("qemu", 7, big);

    g_assert_cmpuint(strlen(cut), ==, 64);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *name = machined_name("qemu", 7, names[i].guest);

        g_assert_cmpstr(name, ==, names[i].name);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(slices); i++) {
        g_autofree char *slice = machined_slice(slices[i][0]);

        g_assert_cmpstr(slice, ==, slices[i][1]);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cgroup/version-2", test_version2);
    g_test_add_func("/cgroup/version-1", test_version1);
    g_test_add_func("/cgroup/remove", test_remove);
    g_test_add_func("/cgroup/machine-names", test_machine_names);
    return g_test_run();
}
