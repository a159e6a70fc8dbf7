/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network.c - families about what a network becomes in the host. */
#define ERROR_FROM VIR_FROM_NETWORK
#include "corpus/tool.h"
#include "drivers/common/bandwidth.h"
#include "drivers/conf/network_gen.h"
#include "drivers/network/dnsmasq_config.h"
#include "drivers/network/firewall.h"
#include "drivers/conf/network_update.h"
#include "util/error.h"
#include "util/text.h"

#include <libvirt/libvirt.h>
#include <stdlib.h>
#include <string.h>

static char *
network_xml2conf(const Request *request, GError **error)
{
    g_autoptr(Network) network =
        xml_parse_text(&network_xml, request->input, XML_PARSE_INACTIVE, error);
    g_auto(NetworkDnsmasqPaths) paths = { 0 };
    g_auto(NetworkDnsmasqConfig) config = { 0 };

    if (!network)
        return NULL;
    network_dnsmasq_paths_init(&paths, "/var/lib/libvirt", "/run/libvirt", network->name,
                               network->bridge);
    if (!network_dnsmasq_config_make(network, &paths, &config, error))
        return NULL;
    return g_strdup(g_strcmp0(request_option(request, "print"), "hosts") == 0 ? config.hosts
                                                                              : config.conf);
}

/* What a restart of the rules would run, command by command. */
static char *
network_xml2firewall(const Request *request, GError **error)
{
    bool nft = g_strcmp0(request_option(request, "backend"), "nftables") == 0;
    g_autoptr(Network) network =
        xml_parse_text(&network_xml, request->input, XML_PARSE_INACTIVE, error);
    g_autoptr(NetworkFirewall) firewall = network ? network_firewall_of(network) : NULL;
    g_autoptr(GPtrArray) rules = NULL;
    g_autoptr(GString) out = g_string_new(NULL);

    if (!network)
        return NULL;
    if (!firewall)
        return g_strdup("");
    rules = network_firewall_rules(firewall,
                                   nft ? NETWORK_FIREWALL_NFTABLES : NETWORK_FIREWALL_IPTABLES);
    if (nft)
        g_string_append_printf(
            out,
            "tc qdisc show dev %s handle 1:\n"
            "tc qdisc add dev %s root handle 1: htb default 2\n"
            "tc filter add dev %s prio 2 protocol ip parent 1: u32 match ip dport 68 ffff "
            "action csum ip and udp\n",
            firewall->bridge, firewall->bridge, firewall->bridge);
    for (guint i = 0; i < rules->len; i++) {
        const NetworkFirewallRule *rule = rules->pdata[i];

        if (nft)
            g_string_append_printf(out, "nft -ae insert rule %s libvirt_network %s\n", rule->family,
                                   rule->text);
        else
            g_string_append_printf(out, "%stables -w --table %s\n", rule->family, rule->text);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static char *
do_update(const Request *request, GError **error)
{
    static const struct {
        const char *word;
        unsigned value;
    } sections[] = {
        { "ip-dhcp-host", VIR_NETWORK_SECTION_IP_DHCP_HOST }, { "ip-dhcp-range", VIR_NETWORK_SECTION_IP_DHCP_RANGE },
        { "forward-interface", VIR_NETWORK_SECTION_FORWARD_INTERFACE }, { "portgroup", VIR_NETWORK_SECTION_PORTGROUP },
        { "dns-host", VIR_NETWORK_SECTION_DNS_HOST }, { "dns-txt", VIR_NETWORK_SECTION_DNS_TXT },
        { "dns-srv", VIR_NETWORK_SECTION_DNS_SRV },
    }, commands[] = {
        { "modify", VIR_NETWORK_UPDATE_COMMAND_MODIFY }, { "delete", VIR_NETWORK_UPDATE_COMMAND_DELETE },
        { "add-last", VIR_NETWORK_UPDATE_COMMAND_ADD_LAST }, { "add-first", VIR_NETWORK_UPDATE_COMMAND_ADD_FIRST },
    };
    g_autoptr(Network) network =
        xml_parse_text(&network_xml, request->input, XML_PARSE_INACTIVE, error);
    g_autofree char *xml = network ? request_file(request, "update", error) : NULL;
    const char *parent = request_option(request, "parent-index");
    unsigned section = 0, command = 0;

    if (!xml)
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(sections); i++)
        if (g_strcmp0(sections[i].word, request_option(request, "section")) == 0)
            section = sections[i].value;
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (g_strcmp0(commands[i].word, request_option(request, "command")) == 0)
            command = commands[i].value;
    if (!network_update(&network, command, section, parent ? atoi(parent) : -1, xml, error))
        return NULL;
    return xml_format_text(&network_xml, network, 0);
}

static char *
net_bandwidth(const Request *request, GError **error)
{
    g_autoptr(xmlDoc) doc = xml_read(request->input, "(bandwidth)", error);
    g_autoptr(Bandwidth) bandwidth =
        doc ? xml_parse(&bandwidth_xml, xmlDocGetRootElement(doc), 0, error) : NULL;
    const char *ifname = request_option(request, "ifname");
    g_autoptr(GPtrArray) commands = NULL;
    g_autoptr(GString) out = g_string_new(NULL);

    if (!bandwidth)
        return NULL;
    commands = g_strcmp0(request_option(request, "backend"), "ovs") == 0
                   ? bandwidth_ovs_commands(bandwidth, ifname, request_option(request, "uuid"))
                   : bandwidth_tc_commands(bandwidth, ifname, request_has(request, "swapped"));
    for (guint i = 0; i < commands->len; i++) {
        GPtrArray *argv = commands->pdata[i];
        g_autofree char *line = NULL;

        g_ptr_array_add(argv, NULL);
        line = text_quote_argv((const char *const *)argv->pdata);
        g_string_append_printf(out, "%s\n", line);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

const Family network_families[] = {
    { "network-xml2conf", network_xml2conf, "print dnsmasq-version state-dir" },
    { "network-xml2firewall", network_xml2firewall, "backend strip-prefix" },
    { "network-update", do_update, "section command parent-index update" },
    { "net-bandwidth", net_bandwidth, "backend ifname uuid swapped" },
    { NULL, NULL, NULL },
};
