/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-lxc-conf.c - configurations of LXC: what each version says, and hostile ones */
#include <string.h>

#include "drivers/lxc/lxc_conf.h"
#include "util/error.h"
#include "util/list.h"
#include "util/xml.h"

#define BASE "lxc.utsname = c\nlxc.rootfs = /r\n"

static char *
read_file(void *data, const char *path, GError **error)
{
    if (data)
        return g_strdup(data);
    error_set_full(error, VIR_FROM_LXC, VIR_ERR_NO_DOMAIN, "no '%s'", path);
    return NULL;
}

static Domain *
parse(const char *text, const char *fstab, GError **error)
{
    const LxcConfHost host = { .emulator = "/e", .read = read_file, .data = (void *)fstab };

    return lxc_conf_parse(text, &host, error);
}

/* The definition, which must also be one that a driver takes. */
static Domain *
must_parse(const char *text, const char *fstab)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Domain) def = parse(text, fstab, &error), again = NULL;
    g_autofree char *xml = NULL;

    g_assert_no_error(error);
    xml = xml_format_text(&domain_xml, def, XML_FORMAT_INACTIVE);
    again = xml_parse_text(&domain_xml, xml, XML_PARSE_INACTIVE | XML_PARSE_STRICT, &error);
    g_assert_no_error(error);
    return g_steal_pointer(&def);
}

static void
test_limits(void)
{
    g_autoptr(Domain) v1 = must_parse(BASE "lxc.cgroup.memory.limit_in_bytes = 1G\nlxc.cgroup.memory.memsw.limit_in_bytes=2g\n"
                                      "lxc.cgroup.memory.soft_limit_in_bytes = 128M\nlxc.cgroup.cpu.shares = 512\n"
                                      "lxc.cgroup.cpu.cfs_period_us = 100000\nlxc.cgroup.cpu.cfs_quota_us = -1\n", NULL);
    g_autoptr(Domain) v2 = must_parse(BASE "lxc.cgroup2.memory.max = 1G\nlxc.cgroup2.memory.swap.max=1G\n"
                                      "lxc.cgroup2.memory.high = max\nlxc.cgroup2.cpu.max = 20000 100000\n"
                                      "lxc.cgroup2.io.weight = default 300\n"
                                      "lxc.cgroup2.io.max = 8:0 rbps=10 wiops=max riops=7\n", NULL);
    const BlkioDevice *device = list_at(v2->blkio_devices, 0);

    g_assert_cmpuint(v1->memory, ==, 1 << 20);
    g_assert_cmpuint(v1->hard_limit, ==, 1 << 20);
    g_assert_cmpuint(v1->swap_hard_limit, ==, 2 << 20);
    g_assert_cmpuint(v1->soft_limit, ==, 128 << 10);
    g_assert_true(v1->has_cpu_quota && v1->cpu_quota == -1 && v1->cpu_shares == 512 && v1->cpu_period == 100000);
    g_assert_cmpuint(v2->swap_hard_limit, ==, 2 << 20);
    g_assert_false(v2->has_soft_limit);
    g_assert_true(v2->cpu_quota == 20000 && v2->cpu_period == 100000 && v2->blkio_weight == 300);
    g_assert_true(device->has_read_bytes_sec && device->read_bytes_sec == 10 && !device->has_write_iops_sec);
    g_assert_cmpuint(device->read_iops_sec, ==, 7);
}

static void
test_settings(void)
{
    g_autoptr(Domain) def = must_parse("lxc.uts.name = \"c\"\nlxc.rootfs.path = loop:/i.img\nlxc.rootfs.options = ro\n"
                                       "  # lxc.arch = none\n\nlxc.arch = amd64\nlxc.init.cmd = /bin/sh -c 'a b'\n"
                                       "lxc.init.uid = 7\nlxc.environment = A=b=c\nlxc.tty.max = 3\nlxc.tty.max = 1\n"
                                       "lxc.idmap = u 0 100000 65536\nlxc.idmap = g 0 200000 10\nlxc.unknown = x\n"
                                       "lxc.cap.keep = sys_admin kill\nlxc.net.4.type = empty\n", NULL);
    const Filesystem *root = list_at(def->filesystems, 0);
    const FeatureCapability *first = list_at(def->features->capabilities, 0);

    g_assert_cmpstr(def->name, ==, "c");
    g_assert_cmpint(root->type, ==, FILESYSTEM_TYPE_FILE);
    g_assert_cmpstr(root->source_file, ==, "/i.img");
    g_assert_true(root->readonly);
    g_assert_cmpstr(def->arch, ==, "x86_64");
    g_assert_cmpstr(list_at(def->initargs, 1), ==, "a b");
    g_assert_cmpstr(def->inituser, ==, "+7");
    g_assert_cmpstr(((const OsInitEnv *)list_at(def->initenvs, 0))->value, ==, "b=c");
    g_assert_cmpuint(list_len(def->consoles), ==, 1);
    g_assert_cmpuint(((const IdMap *)list_at(def->gids, 0))->target, ==, 200000);
    g_assert_cmpint(def->features->capabilities_policy, ==, CAPABILITY_POLICY_DENY);
    g_assert_true(first->name == PROCESS_CAPABILITY_KILL && first->state == ONOFF_ON);
    g_assert_true(def->features->privnet);
}

static void
test_devices(void)
{
    g_autoptr(Domain) def = must_parse(BASE "lxc.net.1.type = macvlan\nlxc.net.1.link = b\nlxc.net.0.type = veth\n"
                                       "lxc.net.0.link = br0\nlxc.net.0.veth.pair = v0\nlxc.net.0.hwaddr = 52:54:00:AB:xx:xx\n"
                                       "lxc.net.0.mtu = 1400\nlxc.net.0.ipv4.gateway = auto\n"
                                       "lxc.mount.entry = /data\\040x /r/mnt none bind,ro 0 0\n"
                                       "lxc.mount.entry = tmpfs tmp tmpfs defaults\nlxc.mount.entry = /dev/sdb1 m ext4 rw 0 0\n"
                                       "lxc.mount.entry = cgroup sys/fs/cgroup cgroup rw\nlxc.mount.fstab = /fstab\n",
                                       "# c\n\n/a b none rbind 0 0\n");
    const Interface *veth = list_at(def->interfaces, 0), *macvlan = list_at(def->interfaces, 1);
    const Filesystem *fs;

    g_assert_cmpint(veth->type, ==, INTERFACE_TYPE_BRIDGE);
    g_assert_cmpstr(veth->target, ==, "v0");
    g_assert_null(veth->mac);
    g_assert_true(veth->mtu == 1400 && !veth->routes);
    g_assert_cmpint(macvlan->mode, ==, DIRECT_MODE_PRIVATE);
    g_assert_false(def->features->privnet);
    g_assert_cmpuint(list_len(def->filesystems), ==, 5);
    fs = list_at(def->filesystems, 1);
    g_assert_true(!strcmp(fs->source_dir, "/a") && !strcmp(fs->target, "/b"));
    fs = list_at(def->filesystems, 2);
    g_assert_true(!strcmp(fs->source_dir, "/data x") && !strcmp(fs->target, "/mnt") && fs->readonly);
    fs = list_at(def->filesystems, 3);
    g_assert_true(fs->type == FILESYSTEM_TYPE_RAM && fs->usage == 32 * 1024);
    fs = list_at(def->filesystems, 4);
    g_assert_true(fs->type == FILESYSTEM_TYPE_BLOCK && !strcmp(fs->source_dev, "/dev/sdb1"));
}

static void
test_hostile(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        { "", "Missing lxc.rootfs" },
        { "lxc.utsname = c", "Missing lxc.rootfs" },
        { "lxc.rootfs = /r", "the container has no name" },
        { "lxc.utsname = c\nlxc.rootfs = r", "must be an absolute path" },
        { "lxc.utsname = ../c\nlxc.rootfs = /r", "line 1: a container cannot be called '../c'" },
        { BASE "garbage", "line 3: expected 'key = value', not 'garbage'" },
        { BASE "= x", "line 3: expected 'key = value'" },
        { BASE "lxc.x = \xff", "line 3: this is no UTF-8" },
        { BASE "\nlxc.network.link = x", "line 4: lxc.network.type must come first" },
        { BASE "lxc.net.x.type = veth", "line 3: lxc.net is followed by the number" },
        { BASE "lxc.net.4294967296.type = veth", "line 3: lxc.net is followed by the number" },
        { BASE "lxc.net.1 = veth", "line 3: lxc.net is followed by the number" },
        { BASE "lxc.net.1.link = x", "line 3: network type '' is not supported" },
        { BASE "lxc.net.1.type = ipvlan", "network type 'ipvlan' is not supported" },
        { BASE "lxc.net.1.type = phys", "of type phys needs a link" },
        { BASE "lxc.net.1.type = vlan\nlxc.net.1.link = e\nlxc.net.1.vlan.id = 4095", "needs a vlan.id" },
        { BASE "lxc.net.1.type = veth\nlxc.net.1.hwaddr = 1:2", "'1:2' is no MAC address" },
        { BASE "lxc.net.1.type = veth\nlxc.net.1.ipv4.address = 1.2.3.4/33", "invalid CIDR address" },
        { BASE "lxc.net.1.type = veth\nlxc.net.1.ipv4.gateway = ::1", "is no address of ipv4" },
        { BASE "lxc.net.1.type = macvlan\nlxc.net.1.link = e\nlxc.net.1.macvlan.mode = x", "unknown macvlan.mode 'x'" },
        { BASE "lxc.tty = 1000000", "line 3: '1000000' is no number of consoles" },
        { BASE "lxc.arch = z80", "line 3: unknown architecture 'z80'" },
        { BASE "lxc.cap.drop = fly", "line 3: unknown capability 'fly'" },
        { BASE "lxc.cap.drop = kill\nlxc.cap.keep = kill", "line 4: capabilities are either dropped or kept" },
        { BASE "lxc.idmap = u 0 4294967295 2", "line 3: invalid lxc.id_map" },
        { BASE "lxc.idmap = u 0 1", "line 3: invalid lxc.id_map" },
        { BASE "lxc.cgroup.memory.limit_in_bytes = 99999999999G", "is no value of memory.limit_in_bytes" },
        { BASE "lxc.cgroup.blkio.device_weight = ../x 1", "is no device with a value" },
        { BASE "lxc.cgroup.blkio.device_weight = 8:0", "is no device with a value" },
        { BASE "lxc.cgroup.cpuset.cpus = 0-99999999", "is no value of cpuset.cpus" },
        { BASE "lxc.cgroup2.cpu.max = soon", "is no value of cpu.max" },
        { BASE "lxc.mount.entry = a b", "line 3: invalid lxc.mount.entry" },
        { BASE "lxc.mount.entry = t t tmpfs size=x 0 0", "line 3: failed to convert 'size=x'" },
        { BASE "lxc.mount = /none", "line 3: lxc.mount: no '/none'" },
        { BASE "lxc.init.cmd = /x 'a", "line 3: '/x 'a' is no command" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(parse(cases[i].text, NULL, &error));
        g_assert_nonnull(error);
        g_test_message("%s", error->message);
        g_assert_nonnull(strstr(error->message, cases[i].message));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lxc/limits", test_limits);
    g_test_add_func("/lxc/settings", test_settings);
    g_test_add_func("/lxc/devices", test_devices);
    g_test_add_func("/lxc/hostile", test_hostile);
    return g_test_run();
}
