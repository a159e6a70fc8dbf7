/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-firewall.c - rule texts, and applying them in a network namespace of the test's own */
#include <sched.h>
#include <string.h>

#include "drivers/network/firewall.h"
#include "util/error.h"
#include "util/netlink.h"
#include "util/nft.h"

static bool have_host;

static NetworkFirewall *
sample(NetworkFirewallMode mode)
{
    NetworkFirewall *fw = network_firewall_new("virbr9");

    fw->mode = mode;
    fw->ipv6 = true;
    g_ptr_array_add(fw->subnets, g_strdup("192.168.99.0/24"));
    g_ptr_array_add(fw->subnets, g_strdup("2001:db8::/64"));
    return fw;
}

static bool
has_rule(const GPtrArray *rules, const char *family, const char *text)
{
    for (size_t i = 0; i < rules->len; i++) {
        const NetworkFirewallRule *rule = rules->pdata[i];

        if (strcmp(rule->family, family) == 0 && strcmp(rule->text, text) == 0)
            return true;
    }
    return false;
}

static void
test_texts(void)
{
    g_autoptr(NetworkFirewall) fw = sample(NETWORK_FIREWALL_NAT);
    g_autoptr(GPtrArray) nat = network_firewall_rules(fw, NETWORK_FIREWALL_NFTABLES);
    g_autoptr(GPtrArray) iptables = network_firewall_rules(fw, NETWORK_FIREWALL_IPTABLES);
    g_autoptr(GPtrArray) dev = NULL, open = NULL, range = NULL;

    g_assert_true(
        has_rule(nat, "ip",
                 "guest_nat meta l4proto udp ip saddr 192.168.99.0/24 ip daddr != 192.168.99.0/24 "
                 "counter masquerade to :1024-65535"));
    /* IPv6 is routed, not translated, unless asked for. */
    g_assert_true(
        has_rule(nat, "ip6", "guest_input ip6 daddr 2001:db8::/64 oif virbr9 counter accept"));
    g_assert_true(
        has_rule(iptables, "ip",
                 "nat --insert LIBVIRT_PRT --source 192.168.99.0/24 -p tcp ! --destination "
                 "192.168.99.0/24 --jump MASQUERADE --to-ports 1024-65535"));
    fw->dev = g_strdup("eth7");
    fw->nat_range = g_strdup("192.0.2.1-192.0.2.9");
    dev = network_firewall_rules(fw, NETWORK_FIREWALL_NFTABLES);
    g_assert_true(has_rule(dev, "ip",
                           "guest_input iifname eth7 oif virbr9 ip daddr 192.168.99.0/24 ct state "
                           "related,established counter accept"));
    g_assert_true(
        has_rule(dev, "ip",
                 "guest_nat meta l4proto udp ip saddr 192.168.99.0/24 ip daddr != 192.168.99.0/24 "
                 "oifname eth7 counter snat to 192.0.2.1-192.0.2.9:1024-65535"));
    fw->mode = NETWORK_FIREWALL_OPEN;
    open = network_firewall_rules(fw, NETWORK_FIREWALL_NFTABLES);
    g_assert_cmpuint(open->len, ==, 0);
}

static size_t
count_rules(const char *family)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(NftTable) table = nft_table_read(family, "libvirt_network", &error);

    g_assert_no_error(error);
    return table->rules->len;
}

static void
apply(const NetworkFirewall *fw, bool expect_change)
{
    g_autoptr(GError) error = NULL;
    bool changed = false;

    network_firewall_apply(fw, &changed, &error);
    g_assert_no_error(error);
    g_assert_cmpint(changed, ==, expect_change);
}

static void
test_host(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Netlink) netlink = NULL;
    g_autoptr(NetworkFirewall) fw = sample(NETWORK_FIREWALL_NAT);
    g_autoptr(GPtrArray) nobody = g_ptr_array_new();
    NetlinkBridge bridge = { .stp = -1, .forward_delay = -1, .vlan_filtering = -1 };
    size_t v4, v6;

    if (!have_host) {
        g_test_skip("needs root for a network namespace of its own");
        return;
    }
    netlink = netlink_new(&error);
    netlink_bridge_create(netlink, "virbr9", &bridge, &error);
    g_assert_no_error(error);
    apply(fw, true);
    apply(fw, false);
    v4 = count_rules("ip");
    v6 = count_rules("ip6");
    g_assert_cmpuint(v4, ==, 3 + 3 + 7);
    g_assert_cmpuint(v6, ==, 3 + 3 + 2);

    /* A flushed ruleset, a lost chain, a missing rule: each heals. */
    nft_run("flush ruleset", &error);
    g_assert_no_error(error);
    apply(fw, true);
    apply(fw, false);
    nft_run("flush chain ip libvirt_network guest_nat", &error);
    g_assert_no_error(error);
    apply(fw, true);
    nft_run("flush chain ip libvirt_network forward", &error);
    apply(fw, true);
    g_assert_cmpuint(count_rules("ip"), ==, v4);

    /* A bridge made anew has another index, which "iif" is about. */
    g_assert_true(netlink_link_delete(netlink, "virbr9", &error));
    netlink_bridge_create(netlink, "virbr8", &bridge, &error);
    netlink_bridge_create(netlink, "virbr9", &bridge, &error);
    apply(fw, true);
    apply(fw, false);
    g_assert_cmpuint(count_rules("ip"), ==, v4);

    nft_run("add rule ip libvirt_network guest_input counter comment \"leftover\"", &error);
    g_assert_no_error(error);
    network_firewall_remove("virbr9", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(count_rules("ip"), ==, 4);
    g_assert_cmpuint(count_rules("ip6"), ==, 3);
    network_firewall_purge(nobody, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(count_rules("ip"), ==, 3);
}

static void
test_refused(void)
{
    g_autoptr(GError) error = NULL;

    if (!have_host) {
        g_test_skip("needs root for a network namespace of its own");
        return;
    }
    g_assert_false(nft_run("add rule ip nowhere nothing accept", &error));
    g_assert_true(error_is(error, VIR_ERR_OPERATION_FAILED));
    g_assert_nonnull(strstr(error->message, "No such file"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    have_host = unshare(CLONE_NEWNET) == 0;
    g_test_add_func("/network/firewall/texts", test_texts);
    g_test_add_func("/network/firewall/host", test_host);
    g_test_add_func("/network/firewall/refused", test_refused);
    return g_test_run();
}
