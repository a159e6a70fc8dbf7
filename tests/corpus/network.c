/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network.c - families about what a network becomes in the host. */
#define ERROR_FROM VIR_FROM_NETWORK
#include "corpus/tool.h"
#include "drivers/conf/network_gen.h"
#include "drivers/network/dnsmasq_config.h"
#include "drivers/network/firewall.h"
#include "util/error.h"

#include <string.h>

static char *
network_xml2conf(const Request *request, GError **error)
{
    g_autoptr(Network) network = xml_parse_text(&network_xml, request->input, XML_PARSE_INACTIVE, error);
    g_auto(NetworkDnsmasqPaths) paths = { 0 };
    g_auto(NetworkDnsmasqConfig) config = { 0 };

    if (!network)
        return NULL;
    network_dnsmasq_paths_init(&paths, "/var/lib/libvirt", "/run/libvirt", network->name, network->bridge);
    if (!network_dnsmasq_config_make(network, &paths, &config, error))
        return NULL;
    return g_strdup(g_strcmp0(request_option(request, "print"), "hosts") == 0 ? config.hosts : config.conf);
}

/* What a restart of the rules would run, command by command. */
static char *
network_xml2firewall(const Request *request, GError **error)
{
    bool nft = g_strcmp0(request_option(request, "backend"), "nftables") == 0;
    g_autoptr(Network) network = xml_parse_text(&network_xml, request->input, XML_PARSE_INACTIVE, error);
    g_autoptr(NetworkFirewall) firewall = network ? network_firewall_of(network) : NULL;
    g_autoptr(GPtrArray) rules = NULL;
    g_autoptr(GString) out = g_string_new(NULL);

    if (!network)
        return NULL;
    if (!firewall)
        return g_strdup("");
    rules = network_firewall_rules(firewall, nft ? NETWORK_FIREWALL_NFTABLES : NETWORK_FIREWALL_IPTABLES);
    if (nft)
        g_string_append_printf(out, "tc qdisc show dev %s handle 1:\n"
                               "tc qdisc add dev %s root handle 1: htb default 2\n"
                               "tc filter add dev %s prio 2 protocol ip parent 1: u32 match ip dport 68 ffff "
                               "action csum ip and udp\n", firewall->bridge, firewall->bridge, firewall->bridge);
    for (guint i = 0; i < rules->len; i++) {
        const NetworkFirewallRule *rule = rules->pdata[i];

        if (nft)
            g_string_append_printf(out, "nft -ae insert rule %s libvirt_network %s\n", rule->family, rule->text);
        else
            g_string_append_printf(out, "%stables -w --table %s\n", rule->family, rule->text);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

const Family network_families[] = {
    { "network-xml2conf", network_xml2conf, "print dnsmasq-version state-dir" },
    { "network-xml2firewall", network_xml2firewall, "backend strip-prefix" },
    { NULL, NULL, NULL },
};
