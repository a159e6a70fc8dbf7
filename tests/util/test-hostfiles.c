/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-hostfiles.c - what hardware and kernel say, when it is short, wrong or hostile
 *
 * What well-formed files of real machines say is compared in the corpus.
 */
#define ERROR_FROM VIR_FROM_NONE
#include <string.h>

#include "util/cgroup_mount.h"
#include "util/error.h"
#include "util/file.h"
#include "util/iort.h"
#include "util/pci.h"
#include "util/procfile.h"

enum { VPD_CHECKSUM = 20 };

/* Name; part number, a field of the vendor, checksum; asset tag, which can be written; end. */
static const uint8_t vpd_plain[] = { 0x82, 2, 0, 'o', 'k', 0x90, 13, 0, 'P', 'N', 2, '4', '2', 'V', '0', 1, 'x', 'R', 'V', 1, 0,
                                     0x91, 6, 0, 'Y', 'A', 3, 't', 'a', 'g', 0x78 };

static void
make_vpd(uint8_t *vpd)
{
    uint8_t sum = 0;

    memcpy(vpd, vpd_plain, sizeof(vpd_plain));
    for (size_t i = 0; i < VPD_CHECKSUM; i++)
        sum = (uint8_t)(sum + vpd[i]);
    vpd[VPD_CHECKSUM] = (uint8_t)-sum;
}

static void
test_vpd(void)
{
    uint8_t data[sizeof(vpd_plain)];
    g_autoptr(GError) error = NULL;
    g_autoptr(PciVpd) vpd = NULL;
    const PciVpdField *field;

    make_vpd(data);
    vpd = pci_vpd_parse(data, sizeof(data), &error);
    g_assert_no_error(error);
    g_assert_cmpstr(vpd->name, ==, "ok");
    g_assert_cmpuint(vpd->fields->len, ==, 3);
    field = vpd->fields->pdata[1];
    g_assert_cmpstr(field->keyword, ==, "V0");
    g_assert_cmpstr(field->value, ==, "x");
    g_assert_false(field->writable);
    field = vpd->fields->pdata[2];
    g_assert_cmpstr(field->value, ==, "tag");
    g_assert_true(field->writable);
}

static void
test_vpd_hostile(void)
{
    uint8_t data[sizeof(vpd_plain)];
    size_t len = sizeof(data);

    make_vpd(data);
    /* Every beginning of it, in memory of just that size, is refused. */
    for (size_t short_len = 0; short_len < len; short_len++) {
        g_autofree uint8_t *cut = g_memdup2(data, short_len);
        g_autoptr(GError) error = NULL;
        g_autoptr(PciVpd) vpd = pci_vpd_parse(cut, short_len, &error);

        g_assert_null(vpd);
        g_assert_true(error_is(error, VIR_ERR_OPERATION_FAILED));
    }
    for (size_t at = 0; at < len; at++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(PciVpd) vpd = NULL;
        uint8_t spoilt[sizeof(vpd_plain)];

        memcpy(spoilt, data, len);
        spoilt[at] ^= 0x55;
        vpd = pci_vpd_parse(spoilt, len, &error);
        g_assert_true((vpd != NULL) == (error == NULL));
        /* What the checksum covers, if it is still known where that is. */
        if (at <= VPD_CHECKSUM && at != 5)
            g_assert_null(vpd);
    }
}

static void
test_iort(void)
{
    static const uint8_t node[] = { 2, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
    uint8_t table[48 + sizeof(node)] = "IORT";
    g_autoptr(GError) error = NULL;
    Iort iort;

    table[4] = sizeof(table);
    table[36] = 1;
    table[40] = 48;
    memcpy(table + 48, node, sizeof(node));
    g_assert_true(iort_parse(table, sizeof(table), &iort, &error));
    g_assert_cmpuint(iort.n_nodes, ==, 1);
    g_assert_cmpuint(iort.types, ==, 1u << IORT_ROOT_COMPLEX);
    for (size_t len = 0; len < sizeof(table); len++) {
        g_autofree uint8_t *cut = g_memdup2(table, len);
        g_autoptr(GError) refused = NULL;

        g_assert_false(iort_parse(cut, len, &iort, &refused));
        g_assert_nonnull(refused);
    }
    /* A node of no length would be read for ever, one too long beyond the end. */
    table[49] = 0;
    g_assert_false(iort_parse(table, sizeof(table), &iort, NULL));
    table[49] = 200;
    g_assert_false(iort_parse(table, sizeof(table), &iort, NULL));
    table[49] = 16;
    table[37] = 255;
    g_assert_false(iort_parse(table, sizeof(table), &iort, NULL));
}

static void
test_process_stat(void)
{
    static const char *const bad[] = { "", "1 name S", "1 (name", "1 name) S", "(name) S", "1 (name)" };
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) fields = procfile_process_stat("7 (a) b (c) S 1\n", &error);

    g_assert_no_error(error);
    g_assert_cmpuint(g_strv_length(fields), ==, 4);
    g_assert_cmpstr(fields[1], ==, "a) b (c");
    g_assert_cmpstr(fields[3], ==, "1");
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) refused = NULL;

        g_assert_null(procfile_process_stat(bad[i], &refused));
        g_assert_nonnull(refused);
    }
}

static void
test_cpu_times(void)
{
    static const char stat[] = "cpu  1 2 3 4 5 6 7 8\ncpu0 10 0 1 2\ncpu1 broken\ncpu10 1 1 1 1 1 1 1\n";
    ProcfileTimes t;

    g_assert_true(procfile_cpu_times(stat, -1, &t));
    g_assert_cmpuint(t.kernel, ==, 3 + 6 + 7);
    g_assert_cmpuint(t.user, ==, 3);
    g_assert_true(procfile_cpu_times(stat, 0, &t));
    g_assert_cmpuint(t.iowait, ==, 0);
    g_assert_false(procfile_cpu_times(stat, 1, &t));
    g_assert_false(procfile_cpu_times(stat, 2, &t));
    g_assert_true(procfile_cpu_times(stat, 10, &t));
}

static void
test_cgroups(void)
{
    g_auto(CgroupMounts) mounts = { 0 };
    g_autoptr(GError) error = NULL;

    /* Blanks in a mount point are escaped; a controller that is off counts as absent. */
    g_assert_true(cgroup_mount_detect("c /a\\040b cgroup rw,cpu,memory 0 0\n", "#s\ncpu 1 1 1\nmemory 1 1 0\n",
                                      "1:cpu,memory:/\n", NULL, &mounts, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(mounts.path[CGROUP_MOUNT_CPU], ==, "/a b");
    g_assert_null(mounts.path[CGROUP_MOUNT_MEMORY]);
    cgroup_mount_clear(&mounts);
    g_assert_false(cgroup_mount_detect("c /c cgroup2 rw 0 0\n", "", "0::/\n", "hugetlb pids", &mounts, &error));
    g_assert_true(error_is(error, VIR_ERR_NO_SUPPORT));
    g_assert_null(mounts.path[CGROUP_MOUNT_UNIFIED]);
}

/* A bridge whose capabilities go in circles must not be followed for ever. */
static void
test_pci(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *root = g_dir_make_tmp("pci-XXXXXX", &error);
    uint8_t config[256] = { 0 };
    bool assignable = false;

    config[0x06] = 0x10;
    config[0x0a] = 0x04;
    config[0x0b] = 0x06;
    config[0x0e] = 1;
    config[0x19] = config[0x1a] = 1;
    config[0x34] = 0x40;
    config[0x41] = 0x40;
    for (int i = 0; i < 2; i++) {
        g_autofree char *folder = g_build_filename(root, i ? "0000:01:00.0" : "0000:00:01.0", NULL);
        g_autofree char *file = g_build_filename(folder, "config", NULL);

        g_assert_true(file_mkdir_p(folder, 0755, &error));
        g_assert_true(g_file_set_contents(file, (char *)config, sizeof(config), &error));
        memset(config + 0x0a, 0, 2);
    }
    g_assert_true(pci_is_assignable(root, "0000:01:00.0", true, &assignable, &error));
    g_assert_true(assignable);
    g_assert_false(pci_is_assignable(root, "0000:02:00.0", true, &assignable, &error));
    g_assert_nonnull(error);
    g_clear_error(&error);
    g_assert_null(pci_driver(root, "0000:01:00.0", &error));
    g_assert_no_error(error);
    g_assert_true(file_remove_tree(root, &error));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hostfiles/vpd", test_vpd);
    g_test_add_func("/hostfiles/vpd/hostile", test_vpd_hostile);
    g_test_add_func("/hostfiles/iort", test_iort);
    g_test_add_func("/hostfiles/process-stat", test_process_stat);
    g_test_add_func("/hostfiles/cpu-times", test_cpu_times);
    g_test_add_func("/hostfiles/cgroups", test_cgroups);
    g_test_add_func("/hostfiles/pci", test_pci);
    return g_test_run();
}
