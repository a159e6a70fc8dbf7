/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-netlink.c - bridges, taps and addresses in a network namespace of the test's own */
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <string.h>

#include "util/error.h"
#include "util/fd.h"
#include "util/netlink.h"

static const uint8_t bridge_mac[6] = { 0x52, 0x54, 0x00, 0x01, 0x02, 0x03 };

static Netlink *
open_netlink(void)
{
    g_autoptr(GError) error = NULL;
    Netlink *netlink = netlink_new(&error);

    g_assert_no_error(error);
    return netlink;
}

static void
make_bridge(Netlink *netlink, const char *name)
{
    g_autoptr(GError) error = NULL;
    NetlinkBridge bridge = { .mac = bridge_mac,
                             .mtu = 1400,
                             .stp = 1,
                             .forward_delay = 0,
                             .vlan_filtering = -1,
                             .up = true };

    netlink_bridge_create(netlink, name, &bridge, &error);
    g_assert_no_error(error);
}

static void
test_bridge(void)
{
    g_autoptr(Netlink) netlink = open_netlink();
    g_autoptr(GError) error = NULL;
    NetlinkLink link = { 0 };
    NetlinkBridge off = { .stp = 0, .forward_delay = -1, .vlan_filtering = -1 };

    make_bridge(netlink, "br0");
    g_assert_true(netlink_link_get(netlink, "br0", &link, &error));
    g_assert_cmpstr(link.kind, ==, "bridge");
    g_assert_cmpmem(link.mac, 6, bridge_mac, 6);
    g_assert_cmpuint(link.mtu, ==, 1400);
    g_assert_true(link.flags & IFF_UP);
    g_assert_true(link.has_bridge && link.stp);

    g_assert_true(netlink_bridge_set(netlink, "br0", &off, &error));
    g_assert_true(netlink_link_get(netlink, "br0", &link, &error));
    g_assert_false(link.stp);

    g_assert_false(netlink_bridge_create(netlink, "br0", &off, &error));
    g_assert_true(error_is(error, VIR_ERR_SYSTEM_ERROR));
    g_assert_cmpint(error_errno(error), ==, EEXIST);
    g_assert_nonnull(strstr(error->message, "'br0'"));
    g_clear_error(&error);

    g_assert_true(netlink_link_delete(netlink, "br0", &error));
    g_assert_true(netlink_link_delete(netlink, "br0", &error)); /* gone already */
    g_assert_false(netlink_link_get(netlink, "br0", &link, &error));
    g_assert_cmpint(error_errno(error), ==, ENODEV);
}

static void
test_tap(void)
{
    g_autoptr(Netlink) netlink = open_netlink();
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) links = NULL;
    char name[IFNAMSIZ] = "vnet%d";
    int fds[2] = { -1, -1 };
    NetlinkLink tap = { 0 }, bridge = { 0 };
    NetlinkPort port = { .isolated = 1, .learning = -1, .unicast_flood = -1, .hairpin = -1 };

    make_bridge(netlink, "br0");
    netlink_tap_open(name, NETLINK_TAP_VNET_HDR, fds, 2, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(name, ==, "vnet0");
    netlink_link_set_master(netlink, name, "br0", &error);
    g_assert_no_error(error);
    netlink_port_set(netlink, name, &port, &error);
    g_assert_no_error(error);
    g_assert_true(netlink_link_get(netlink, name, &tap, &error));
    g_assert_true(netlink_link_get(netlink, "br0", &bridge, &error));
    g_assert_cmpint(tap.master, ==, bridge.index);
    g_assert_cmpstr(tap.master_kind, ==, "bridge");
    links = netlink_link_list(netlink, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(links->len, ==, 3); /* lo, br0, vnet0 */
    fd_close(&fds[0]);
    fd_close(&fds[1]);
    g_assert_false(netlink_link_exists(netlink, name));
    g_assert_true(netlink_link_delete(netlink, "br0", &error));
}

static void
test_addresses(void)
{
    g_autoptr(Netlink) netlink = open_netlink();
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) addresses = NULL, routes = NULL;
    NetlinkLink link = { 0 };
    NetlinkAddress v4 = { .family = AF_INET, .prefix = 24 },
                   v6 = { .family = AF_INET6, .prefix = 64 };
    NetlinkAddress route = { .family = AF_INET, .prefix = 8, .metric = 7 };
    size_t seen = 0;

    make_bridge(netlink, "br0");
    g_assert_true(netlink_link_get(netlink, "br0", &link, &error));
    v4.index = v6.index = route.index = link.index;
    inet_pton(AF_INET, "192.168.99.1", v4.bytes);
    inet_pton(AF_INET6, "2001:db8:1::1", v6.bytes);
    inet_pton(AF_INET, "10.0.0.0", route.bytes);
    inet_pton(AF_INET, "192.168.99.7", route.gateway);
    for (int twice = 0; twice < 2; twice++) {
        netlink_address_add(netlink, &v4, &error);
        g_assert_no_error(error);
        netlink_address_add(netlink, &v6, &error);
        g_assert_no_error(error);
        netlink_route_add(netlink, &route, &error);
        g_assert_no_error(error);
    }
    addresses = netlink_address_list(netlink, &error);
    g_assert_no_error(error);
    for (size_t i = 0; i < addresses->len; i++) {
        NetlinkAddress *a = &g_array_index(addresses, NetlinkAddress, i);
        const NetlinkAddress *want = a->family == AF_INET ? &v4 : &v6;

        if (a->index == link.index && memcmp(a->bytes, want->bytes, 16) == 0 &&
            a->prefix == want->prefix)
            seen++;
    }
    g_assert_cmpuint(seen, ==, 2);
    routes = netlink_route_list(netlink, &error);
    g_assert_no_error(error);
    seen = 0;
    for (size_t i = 0; i < routes->len; i++) {
        NetlinkAddress *r = &g_array_index(routes, NetlinkAddress, i);

        if (memcmp(r->gateway, route.gateway, 16) == 0 && r->prefix == 8 && r->metric == 7)
            seen++;
    }
    g_assert_cmpuint(seen, ==, 1);
    g_assert_true(netlink_address_delete(netlink, &v4, &error));
    g_assert_true(netlink_address_delete(netlink, &v4, &error));
    g_assert_true(netlink_link_delete(netlink, "br0", &error));
}

static void
test_checksum(void)
{
    g_autoptr(Netlink) netlink = open_netlink();
    g_autoptr(GError) error = NULL;

    make_bridge(netlink, "br0");
    if (!netlink_checksum_dhcp(netlink, "br0", &error)) {
        g_test_skip(error->message);
    } else {
        netlink_checksum_dhcp(netlink, "br0", &error); /* again: nothing changes */
        g_assert_no_error(error);
    }
    g_assert_true(netlink_link_delete(netlink, "br0", NULL));
}

typedef struct Heard {
    bool came, went;
    GMainLoop *loop;
} Heard;

static void
hear(const NetlinkLink *link, bool gone, void *data)
{
    Heard *heard = data;

    if (!link || strcmp(link->name, "br7") != 0)
        return;
    heard->came = heard->came || !gone;
    heard->went = heard->went || gone;
    if (gone)
        g_main_loop_quit(heard->loop);
}

static gboolean
give_up(void *data)
{
    g_main_loop_quit(((Heard *)data)->loop);
    return G_SOURCE_REMOVE;
}

static void
test_monitor(void)
{
    g_autoptr(Netlink) netlink = open_netlink();
    g_autoptr(GError) error = NULL;
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    Heard heard = { .loop = loop };
    g_autoptr(NetlinkMonitor) monitor = netlink_monitor_new(NULL, hear, &heard, &error);
    guint timer = g_timeout_add_seconds(10, give_up, &heard);

    g_assert_no_error(error);
    make_bridge(netlink, "br7");
    g_assert_true(netlink_link_delete(netlink, "br7", &error));
    g_main_loop_run(loop);
    g_assert_true(heard.came && heard.went);
    g_source_remove(timer);
}

static void
test_bad_names(void)
{
    g_autoptr(Netlink) netlink = open_netlink();
    g_autoptr(GError) error = NULL;
    NetlinkBridge bridge = { .stp = -1, .forward_delay = -1, .vlan_filtering = -1 };

    g_assert_false(netlink_bridge_create(netlink, "a-name-of-16-long", &bridge, &error));
    g_assert_true(error_is(error, VIR_ERR_INVALID_ARG));
    g_clear_error(&error);
    g_assert_false(netlink_link_set_master(netlink, "nope", "nobridge", &error));
    g_assert_nonnull(strstr(error->message, "'nobridge'"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (unshare(CLONE_NEWNET) < 0) {
        g_print("1..0 # SKIP needs root for a network namespace of its own\n");
        return 0;
    }
    g_test_add_func("/netlink/bridge", test_bridge);
    g_test_add_func("/netlink/tap", test_tap);
    g_test_add_func("/netlink/addresses", test_addresses);
    g_test_add_func("/netlink/checksum", test_checksum);
    g_test_add_func("/netlink/monitor", test_monitor);
    g_test_add_func("/netlink/bad-names", test_bad_names);
    return g_test_run();
}
