/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* firewall.c - rule templates, and bringing the host's tables into line with them */
#define ERROR_FROM VIR_FROM_FIREWALL
#include "drivers/network/firewall.h"

#include <net/if.h>
#include <string.h>

#include "drivers/conf/network_address.h"
#include "util/error.h"
#include "util/nft.h"

#define TABLE "libvirt_network"

typedef enum {
    ONCE_IPV4, /* for the bridge as a whole */
    ONCE_IPV6,
    EACH_SUBNET,
    LAST_IPV4,
} Phase;

typedef enum { ANY, ROUTED, TRANSLATED, TRANSLATED_V4, TRANSLATED_V6, TFTP, DHCP } When;

/* In a text: @br bridge, @net subnet, @ip "ip" or "ip6", @dev device, @to what sources become,
 * @ports ":1024-65535"; [...] is left out when no device was named. */
typedef struct Template {
    uint8_t backend, phase, when;
    const char *text;
} Template;

#define NFT NETWORK_FIREWALL_NFTABLES
#define IPT NETWORK_FIREWALL_IPTABLES

/* iptables: the host's own services on the bridge. */
#define PORT(phase, when, chain, side, proto, port)                                                \
    {                                                                                              \
        IPT, phase, when,                                                                          \
            "filter --insert LIBVIRT_" chain " --" side "-interface @br --protocol " proto         \
            " --destination-port " port " --jump ACCEPT"                                           \
    }
#define OUT "filter --insert LIBVIRT_FWO "
#define IN "filter --insert LIBVIRT_FWI "
#define NAT "nat --insert LIBVIRT_PRT "

static const Template templates[] = {
    PORT(ONCE_IPV4, ANY, "INP", "in", "tcp", "67"),
    PORT(ONCE_IPV4, ANY, "INP", "in", "udp", "67"),
    PORT(ONCE_IPV4, ANY, "OUT", "out", "tcp", "68"),
    PORT(ONCE_IPV4, ANY, "OUT", "out", "udp", "68"),
    PORT(ONCE_IPV4, ANY, "INP", "in", "tcp", "53"),
    PORT(ONCE_IPV4, ANY, "INP", "in", "udp", "53"),
    PORT(ONCE_IPV4, ANY, "OUT", "out", "tcp", "53"),
    PORT(ONCE_IPV4, ANY, "OUT", "out", "udp", "53"),
    PORT(ONCE_IPV4, TFTP, "INP", "in", "udp", "69"),
    PORT(ONCE_IPV4, TFTP, "OUT", "out", "udp", "69"),
    { IPT, ONCE_IPV4, ANY, OUT "--in-interface @br --jump REJECT" },
    { IPT, ONCE_IPV4, ANY, IN "--out-interface @br --jump REJECT" },
    { IPT, ONCE_IPV4, ANY,
      "filter --insert LIBVIRT_FWX --in-interface @br --out-interface @br --jump ACCEPT" },
    { IPT, ONCE_IPV6, ANY, OUT "--in-interface @br --jump REJECT" },
    { IPT, ONCE_IPV6, ANY, IN "--out-interface @br --jump REJECT" },
    { IPT, ONCE_IPV6, ANY,
      "filter --insert LIBVIRT_FWX --in-interface @br --out-interface @br --jump ACCEPT" },
    PORT(ONCE_IPV6, ANY, "INP", "in", "tcp", "53"),
    PORT(ONCE_IPV6, ANY, "INP", "in", "udp", "53"),
    PORT(ONCE_IPV6, ANY, "OUT", "out", "tcp", "53"),
    PORT(ONCE_IPV6, ANY, "OUT", "out", "udp", "53"),
    PORT(ONCE_IPV6, ANY, "INP", "in", "udp", "547"),
    PORT(ONCE_IPV6, ANY, "OUT", "out", "udp", "546"),
    { IPT, EACH_SUBNET, ROUTED,
      OUT "--source @net --in-interface @br [--out-interface @dev] --jump ACCEPT" },
    { IPT, EACH_SUBNET, ROUTED,
      IN "--destination @net [--in-interface @dev] --out-interface @br --jump ACCEPT" },
    { IPT, EACH_SUBNET, TRANSLATED,
      OUT "--source @net --in-interface @br [--out-interface @dev] --jump ACCEPT" },
    { IPT, EACH_SUBNET, TRANSLATED,
      IN "--destination @net [--in-interface @dev] --out-interface @br --match conntrack --ctstate "
         "ESTABLISHED,RELATED --jump ACCEPT" },
    { IPT, EACH_SUBNET, TRANSLATED,
      NAT "--source @net ! --destination @net [--out-interface @dev] --jump @to" },
    { IPT, EACH_SUBNET, TRANSLATED,
      NAT "--source @net -p udp ! --destination @net [--out-interface @dev] --jump @to@ports" },
    { IPT, EACH_SUBNET, TRANSLATED,
      NAT "--source @net -p tcp ! --destination @net [--out-interface @dev] --jump @to@ports" },
    { IPT, EACH_SUBNET, TRANSLATED_V4,
      NAT "[--out-interface @dev] --source @net --destination 255.255.255.255/32 --jump RETURN" },
    { IPT, EACH_SUBNET, TRANSLATED_V4,
      NAT "[--out-interface @dev] --source @net --destination 224.0.0.0/24 --jump RETURN" },
    { IPT, EACH_SUBNET, TRANSLATED_V6,
      NAT "[--out-interface @dev] --source @net --destination ff02::/16 --jump RETURN" },
    { IPT, LAST_IPV4, DHCP,
      "mangle --insert LIBVIRT_PRT --out-interface @br --protocol udp --destination-port 68 --jump "
      "CHECKSUM --checksum-fill" },

    { NFT, ONCE_IPV4, ANY, "guest_output iif @br counter reject" },
    { NFT, ONCE_IPV4, ANY, "guest_input oif @br counter reject" },
    { NFT, ONCE_IPV4, ANY, "guest_cross iif @br oif @br counter accept" },
    { NFT, ONCE_IPV6, ANY, "guest_output iif @br counter reject" },
    { NFT, ONCE_IPV6, ANY, "guest_input oif @br counter reject" },
    { NFT, ONCE_IPV6, ANY, "guest_cross iif @br oif @br counter accept" },
    { NFT, EACH_SUBNET, ROUTED,
      "guest_output @ip saddr @net iif @br [oifname @dev] counter accept" },
    { NFT, EACH_SUBNET, ROUTED,
      "guest_input [iifname @dev] @ip daddr @net oif @br counter accept" },
    { NFT, EACH_SUBNET, TRANSLATED,
      "guest_output @ip saddr @net iif @br [oifname @dev] counter accept" },
    { NFT, EACH_SUBNET, TRANSLATED,
      "guest_input [iifname @dev] oif @br @ip daddr @net ct state related,established counter "
      "accept" },
    { NFT, EACH_SUBNET, TRANSLATED,
      "guest_nat @ip saddr @net @ip daddr != @net [oifname @dev] counter @to" },
    { NFT, EACH_SUBNET, TRANSLATED,
      "guest_nat meta l4proto udp @ip saddr @net @ip daddr != @net [oifname @dev] counter "
      "@to@ports" },
    { NFT, EACH_SUBNET, TRANSLATED,
      "guest_nat meta l4proto tcp @ip saddr @net @ip daddr != @net [oifname @dev] counter "
      "@to@ports" },
    { NFT, EACH_SUBNET, TRANSLATED_V4,
      "guest_nat [oifname @dev] ip saddr @net ip daddr 255.255.255.255/32 counter return" },
    { NFT, EACH_SUBNET, TRANSLATED_V4,
      "guest_nat [oifname @dev] ip saddr @net ip daddr 224.0.0.0/24 counter return" },
    { NFT, EACH_SUBNET, TRANSLATED_V6,
      "guest_nat [oifname @dev] ip6 saddr @net ip6 daddr ff02::/16 counter return" },
};

NetworkFirewall *
network_firewall_new(const char *bridge)
{
    NetworkFirewall *firewall = g_new0(NetworkFirewall, 1);

    firewall->bridge = g_strdup(bridge);
    firewall->nat_ports = g_strdup("1024-65535");
    firewall->subnets = g_ptr_array_new_with_free_func(g_free);
    return firewall;
}

NetworkFirewall *
network_firewall_of(const Network *network)
{
    static const int modes[FORWARD_MODE_LAST] = {
        [FORWARD_MODE_UNSET] = NETWORK_FIREWALL_ISOLATED,
        [FORWARD_MODE_NAT] = NETWORK_FIREWALL_NAT,
        [FORWARD_MODE_ROUTE] = NETWORK_FIREWALL_ROUTE,
        [FORWARD_MODE_OPEN] = NETWORK_FIREWALL_OPEN,
    };
    NetworkFirewall *fw = NULL;

    if (!network->bridge || network->forward_mode > FORWARD_MODE_OPEN)
        return NULL;
    fw = network_firewall_new(network->bridge);
    fw->mode = modes[network->forward_mode];
    fw->dev = g_strdup(network->forward_dev);
    fw->ipv6 = network->ipv6 == YESNO_YES;
    fw->ipv6_nat = network->nat_ipv6 == YESNO_YES;
    if (network->nat_address_start &&
        g_strcmp0(network->nat_address_start, network->nat_address_end) == 0)
        fw->nat_range = g_strdup(network->nat_address_start);
    else if (network->nat_address_start)
        fw->nat_range =
            g_strdup_printf("%s-%s", network->nat_address_start, network->nat_address_end);
    if (network->nat_port_start) {
        g_free(fw->nat_ports);
        fw->nat_ports = g_strdup_printf("%u-%u", network->nat_port_start, network->nat_port_end);
    }
    for (guint i = 0; network->ips && i < network->ips->len; i++) {
        const NetworkIp *ip = network->ips->pdata[i];
        char *subnet = network_ip_subnet(ip);

        fw->ipv6 = fw->ipv6 || network_ip_is_v6(ip);
        fw->tftp = fw->tftp || ip->tftp_root;
        fw->dhcp = fw->dhcp || (!network_ip_is_v6(ip) && (ip->ranges || ip->hosts));
        if (subnet)
            g_ptr_array_add(fw->subnets, subnet);
    }
    return fw;
}

void
network_firewall_free(NetworkFirewall *firewall)
{
    if (!firewall)
        return;
    g_free(firewall->bridge);
    g_free(firewall->dev);
    g_free(firewall->nat_range);
    g_free(firewall->nat_ports);
    g_ptr_array_unref(firewall->subnets);
    g_free(firewall);
}

static void
rule_free(void *data)
{
    NetworkFirewallRule *rule = data;

    g_free(rule->text);
    g_free(rule);
}

static void
put_variable(GString *out, const char **at, const NetworkFirewall *fw,
             NetworkFirewallBackend backend, const char *subnet)
{
    bool v6 = subnet && strchr(subnet, ':'), nft = backend == NFT;
    const struct {
        const char *name;
        const char *value, *before;
    } variables[] = {
        { "br", fw->bridge, "" },
        { "net", subnet, "" },
        { "ip", v6 ? "ip6" : "ip", "" },
        { "dev", fw->dev, "" },
        { "to", fw->nat_range ? fw->nat_range : "",
          nft ? (fw->nat_range ? "snat to " : "masquerade")
              : (fw->nat_range ? "SNAT --to-source " : "MASQUERADE") },
        /* With an address the ports join its word. */
        { "ports", fw->nat_ports,
          fw->nat_range ? ":"
          : nft         ? " to :"
                        : " --to-ports " },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(variables); i++) {
        size_t len = strlen(variables[i].name);

        if (strncmp(*at, variables[i].name, len) == 0 && !g_ascii_isalpha((*at)[len])) {
            g_string_append_printf(out, "%s%s", variables[i].before, variables[i].value);
            *at += len;
            return;
        }
    }
    g_assert_not_reached();
}

static char *
fill(const char *text, const NetworkFirewall *fw, NetworkFirewallBackend backend,
     const char *subnet)
{
    GString *out = g_string_new(NULL);

    for (const char *at = text; *at;) {
        if (*at == '[' && !fw->dev) {
            at = strchr(at, ']') + 1;
            at += *at == ' ';
        } else if (*at == '[' || *at == ']') {
            at++;
        } else if (*at == '@') {
            at++;
            put_variable(out, &at, fw, backend, subnet);
        } else {
            g_string_append_c(out, *at++);
        }
    }
    return g_string_free(out, FALSE);
}

static bool
applies(const Template *t, const NetworkFirewall *fw, const char *subnet)
{
    bool v6 = subnet && strchr(subnet, ':');
    bool translated = fw->mode == NETWORK_FIREWALL_NAT && (!v6 || fw->ipv6_nat);

    switch ((When)t->when) {
    case ANY:
        return true;
    case TFTP:
        return fw->tftp;
    case DHCP:
        return fw->dhcp;
    case ROUTED:
        return fw->mode != NETWORK_FIREWALL_ISOLATED && !translated;
    case TRANSLATED:
        return translated;
    case TRANSLATED_V4:
        return translated && !v6;
    case TRANSLATED_V6:
        return translated && v6;
    }
    return false;
}

static void
add_phase(GPtrArray *rules, const NetworkFirewall *fw, NetworkFirewallBackend backend, Phase phase,
          const char *subnet)
{
    bool v6 = phase == ONCE_IPV6 || (subnet && strchr(subnet, ':'));

    for (size_t i = 0; i < G_N_ELEMENTS(templates); i++) {
        const Template *t = &templates[i];
        NetworkFirewallRule *rule = NULL;

        if (t->backend != backend || t->phase != phase || !applies(t, fw, subnet))
            continue;
        rule = g_new0(NetworkFirewallRule, 1);
        rule->family = v6 ? "ip6" : "ip";
        rule->text = fill(t->text, fw, backend, subnet);
        g_ptr_array_add(rules, rule);
    }
}

GPtrArray *
network_firewall_rules(const NetworkFirewall *fw, NetworkFirewallBackend backend)
{
    GPtrArray *rules = g_ptr_array_new_with_free_func(rule_free);

    if (fw->mode == NETWORK_FIREWALL_OPEN)
        return rules;
    add_phase(rules, fw, backend, ONCE_IPV4, NULL);
    if (fw->ipv6)
        add_phase(rules, fw, backend, ONCE_IPV6, NULL);
    for (size_t i = 0; i < fw->subnets->len; i++)
        add_phase(rules, fw, backend, EACH_SUBNET, fw->subnets->pdata[i]);
    add_phase(rules, fw, backend, LAST_IPV4, NULL);
    return rules;
}

/* The host. */

static const char *const jumps[] = { "guest_output", "guest_input", "guest_cross" };

/* Who a rule belongs to and what it says.  A rule that matches by "iif" names the bridge's index in
 * fact, so one made for an earlier bridge of the name is not the same rule. */
static char *
rule_comment(const NetworkFirewallRule *rule, const char *bridge, unsigned index)
{
    g_autofree char *all = g_strdup_printf("%s %u %s", rule->family, index, rule->text);
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, all, -1);

    return g_strdup_printf("%s %.16s", bridge, sum);
}

static bool
owned_by(const NftRule *rule, const char *bridge)
{
    size_t len = strlen(bridge);

    return rule->comment && strncmp(rule->comment, bridge, len) == 0 && rule->comment[len] == ' ';
}

/* Chains, and the jumps into them, where any is missing. */
static void
put_base(GString *script, const NftTable *have, const char *family)
{
    static const char *const all[] = { "forward", "guest_output", "guest_input", "guest_cross",
                                       "guest_nat" };
    size_t chains = 0, right = 0, total = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        chains += nft_table_has_chain(have, all[i]);
    for (size_t i = 0; i < have->rules->len; i++) {
        const NftRule *rule = have->rules->pdata[i];

        if (strcmp(rule->chain, "forward") != 0)
            continue;
        /* Each was inserted at the head, so the last comes first. */
        right += total < G_N_ELEMENTS(jumps) &&
                 g_strcmp0(rule->comment, jumps[G_N_ELEMENTS(jumps) - 1 - total]) == 0;
        total++;
    }
    if (chains == G_N_ELEMENTS(all) && right == G_N_ELEMENTS(jumps) && total == right)
        return;
    g_string_append_printf(script,
                           "add table %s " TABLE "\n"
                           "add chain %s " TABLE
                           " forward { type filter hook forward priority 0; policy accept; }\n"
                           "flush chain %s " TABLE " forward\n",
                           family, family, family);
    for (size_t i = 0; i < G_N_ELEMENTS(jumps); i++)
        g_string_append_printf(script,
                               "add chain %s " TABLE " %s\n"
                               "insert rule %s " TABLE " forward counter jump %s comment \"%s\"\n",
                               family, jumps[i], family, jumps[i], jumps[i]);
    g_string_append_printf(
        script,
        "add chain %s " TABLE
        " guest_nat { type nat hook postrouting priority 100; policy accept; }\n",
        family);
}

static void
put_delete(GString *script, const char *family, const NftRule *rule)
{
    g_string_append_printf(script, "delete rule %s " TABLE " %s handle %" G_GUINT64_FORMAT "\n",
                           family, rule->chain, rule->handle);
}

/* True if @have holds exactly the wanted rules of @bridge, chain by chain in the right order. */
static bool
is_as_wanted(const NftTable *have, const char *bridge, const GPtrArray *chains,
             const GPtrArray *comments)
{
    size_t owned = 0;

    for (size_t i = 0; i < have->rules->len; i++)
        owned += owned_by(have->rules->pdata[i], bridge);
    if (owned != comments->len)
        return false;
    /* The later one of two wanted rules of a chain stands earlier. */
    for (size_t w = 0; w < comments->len; w++) {
        size_t after = 0, after_want = 0;
        bool found = false;

        for (size_t i = 0; i < have->rules->len; i++) {
            const NftRule *rule = have->rules->pdata[i];

            if (!owned_by(rule, bridge) || strcmp(rule->chain, chains->pdata[w]) != 0)
                continue;
            if (found)
                after++;
            else
                found = strcmp(rule->comment, comments->pdata[w]) == 0;
        }
        for (size_t v = 0; v < w; v++)
            after_want += strcmp(chains->pdata[v], chains->pdata[w]) == 0;
        if (!found || after != after_want)
            return false;
    }
    return true;
}

static bool
apply_family(const char *family, const GPtrArray *rules, const char *bridge, bool *changed,
             GError **error)
{
    g_autoptr(NftTable) have = nft_table_read(family, TABLE, error);
    g_autoptr(GString) script = g_string_new(NULL);
    g_autoptr(GPtrArray) chains = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) comments = g_ptr_array_new_with_free_func(g_free);
    unsigned index = if_nametoindex(bridge);

    if (!have)
        return false;
    for (size_t i = 0; i < rules->len; i++) {
        const NetworkFirewallRule *rule = rules->pdata[i];

        if (strcmp(rule->family, family) != 0)
            continue;
        g_ptr_array_add(chains, g_strndup(rule->text, strcspn(rule->text, " ")));
        g_ptr_array_add(comments, rule_comment(rule, bridge, index));
    }
    if (comments->len > 0)
        put_base(script, have, family);
    if (!is_as_wanted(have, bridge, chains, comments)) {
        size_t next = 0;

        for (size_t i = 0; i < have->rules->len; i++)
            if (owned_by(have->rules->pdata[i], bridge))
                put_delete(script, family, have->rules->pdata[i]);
        for (size_t i = 0; i < rules->len; i++) {
            const NetworkFirewallRule *rule = rules->pdata[i];

            if (strcmp(rule->family, family) == 0)
                g_string_append_printf(script, "insert rule %s " TABLE " %s comment \"%s\"\n",
                                       family, rule->text, (const char *)comments->pdata[next++]);
        }
    }
    if (script->len == 0)
        return true;
    *changed = true;
    return nft_run(script->str, error);
}

bool
network_firewall_apply(const NetworkFirewall *fw, bool *ret_changed, GError **error)
{
    g_autoptr(GPtrArray) rules = network_firewall_rules(fw, NFT);
    bool changed = false;

    if (!apply_family("ip", rules, fw->bridge, &changed, error) ||
        (fw->ipv6 && !apply_family("ip6", rules, fw->bridge, &changed, error))) {
        error_prefix(error, "firewall of bridge '%s'", fw->bridge);
        return false;
    }
    if (ret_changed)
        *ret_changed = changed;
    return true;
}

/* Delete what @unwanted says, family by family. */
static bool
sweep(bool (*unwanted)(const NftRule *rule, const void *data), const void *data, GError **error)
{
    static const char *const families[] = { "ip", "ip6" };

    for (size_t f = 0; f < G_N_ELEMENTS(families); f++) {
        /* A host without the family has none of its rules. */
        g_autoptr(NftTable) have = nft_table_read(families[f], TABLE, f == 0 ? error : NULL);
        g_autoptr(GString) script = g_string_new(NULL);

        if (!have && f == 0)
            return false;
        for (size_t i = 0; have && i < have->rules->len; i++)
            if (unwanted(have->rules->pdata[i], data))
                put_delete(script, families[f], have->rules->pdata[i]);
        if (script->len > 0 && !nft_run(script->str, error))
            return false;
    }
    return true;
}

static bool
is_of_bridge(const NftRule *rule, const void *bridge)
{
    return owned_by(rule, bridge);
}

bool
network_firewall_remove(const char *bridge, GError **error)
{
    return sweep(is_of_bridge, bridge, error);
}

static bool
is_stray(const NftRule *rule, const void *data)
{
    const GPtrArray *keep = data;

    if (strcmp(rule->chain, "forward") == 0)
        return false;
    for (size_t i = 0; i < keep->len; i++)
        if (owned_by(rule, keep->pdata[i]))
            return false;
    return true;
}

bool
network_firewall_purge(const GPtrArray *keep, GError **error)
{
    return sweep(is_stray, keep, error);
}
