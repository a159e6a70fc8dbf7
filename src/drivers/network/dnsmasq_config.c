/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dnsmasq_config.c - writes dnsmasq's configuration, DHCP hosts and additional DNS hosts
 *
 * Everything comes from a document that some client sent.  A line break in a value would begin a
 * directive of its own, so each line is checked as a whole when it is added.
 */
#define ERROR_FROM VIR_FROM_NETWORK
#include "drivers/network/dnsmasq_config.h"

#include <string.h>
#include <sys/socket.h>

#include "drivers/conf/network_address.h"
#include "util/error.h"
#include "util/file.h"
#include "util/list.h"

typedef struct Writer {
    const Network *network;
    GString *out;
    GError *error; /* of the first line that was refused */
} Writer;

static void G_GNUC_PRINTF(2, 3) put(Writer *w, const char *format, ...)
{
    g_autofree char *line = NULL;
    va_list args;

    va_start(args, format);
    line = g_strdup_vprintf(format, args);
    va_end(args);
    for (const char *c = line; *c; c++) {
        if (g_ascii_iscntrl(*c) && *c != '\t' && !w->error)
            error_set(&w->error, VIR_ERR_XML_ERROR,
                      "network '%s': a control character in '%.40s' cannot go into dnsmasq's "
                      "configuration",
                      w->network->name, line);
    }
    g_string_append(w->out, line);
    g_string_append_c(w->out, '\n');
}

static bool
is_isolated(const Network *network)
{
    return network->forward_mode == FORWARD_MODE_UNSET;
}

static bool
has_dns(const Network *network)
{
    return network->dns_enable != YESNO_NO;
}

static bool
serves_dhcp(const NetworkIp *ip)
{
    return ip->ranges || ip->hosts;
}

/* The one <ip> of a family with DHCP, or NULL. */
static const NetworkIp *
dhcp_ip(const Network *network, bool v6)
{
    for (guint i = 0; i < list_len(network->ips); i++) {
        const NetworkIp *ip = network->ips->pdata[i];

        if (network_ip_is_v6(ip) == v6 && serves_dhcp(ip))
            return ip;
    }
    return NULL;
}

bool
network_dnsmasq_config_needed(const Network *network)
{
    return network->ips && (has_dns(network) || dhcp_ip(network, false) || dhcp_ip(network, true) ||
                            network->dnsmasq_options);
}

/* ",200s", or nothing. */
static char *
lease_suffix(const Lease *lease)
{
    static const char units[] = { [LEASE_UNIT_UNSET] = 'm',
                                  [LEASE_UNIT_SECONDS] = 's',
                                  [LEASE_UNIT_MINUTES] = 'm',
                                  [LEASE_UNIT_HOURS] = 'h' };

    if (!lease)
        return g_strdup("");
    if (lease->expiry == 0)
        return g_strdup(",infinite");
    return g_strdup_printf(",%" G_GUINT64_FORMAT "%c", lease->expiry, units[lease->unit]);
}

static void
put_forwarders(Writer *w)
{
    bool complete = false;

    for (guint i = 0; i < list_len(w->network->dns_forwarders); i++) {
        const DnsForwarder *f = w->network->dns_forwarders->pdata[i];

        if (f->domain)
            put(w, "server=/%s/%s", f->domain, f->addr ? f->addr : "#");
        else
            put(w, "server=%s", f->addr);
        complete = complete || !f->domain;
    }
    if (complete)
        put(w, "no-resolv");
}

/* "122.168.192.in-addr.arpa": the zone in which the addresses of @ip are looked up backwards. */
static char *
reverse_zone(const NetworkIp *ip)
{
    unsigned prefix = network_ip_prefix(ip), step = network_ip_is_v6(ip) ? 4 : 8;
    g_autoptr(GString) zone = g_string_new(NULL);
    NetworkAddress address;

    if (!network_address_parse(ip->address, &address))
        return NULL;
    for (unsigned bit = prefix / step * step; bit > 0; bit -= step) {
        unsigned byte = address.bytes[(bit - step) / 8];

        if (step == 8)
            g_string_append_printf(zone, "%u.", byte);
        else
            g_string_append_printf(zone, "%x.", (bit - step) % 8 ? byte & 0xf : byte >> 4);
    }
    return g_strconcat(zone->str, step == 8 ? "in-addr.arpa" : "ip6.arpa", NULL);
}

static void
put_domain(Writer *w)
{
    const Network *n = w->network;

    if (n->domain) {
        if (n->local_only == YESNO_YES)
            put(w, "local=/%s/", n->domain);
        put(w, "domain=%s", n->domain);
        put(w, "expand-hosts");
    }
    if (n->forward_plain_names == YESNO_NO) {
        put(w, "domain-needed");
        /* Names of the network's own domain, or plain ones, never leave the host. */
        if (n->local_only != YESNO_YES)
            put(w, "local=//");
    }
    for (guint i = 0; i < list_len(n->ips); i++) {
        const NetworkIp *ip = n->ips->pdata[i];
        g_autofree char *zone = ip->local_ptr == YESNO_YES ? reverse_zone(ip) : NULL;

        if (zone)
            put(w, "local=/%s/", zone);
    }
    if (!has_dns(n))
        put(w, "port=0");
}

static void
put_records(Writer *w)
{
    for (guint i = 0; i < list_len(w->network->dns_txts); i++) {
        const DnsTxt *txt = w->network->dns_txts->pdata[i];

        put(w, "txt-record=%s,%s", txt->name, txt->value ? txt->value : "");
    }
    for (guint i = 0; i < list_len(w->network->dns_srvs); i++) {
        const DnsSrv *srv = w->network->dns_srvs->pdata[i];
        g_autoptr(GString) line = g_string_new(NULL);

        g_string_append_printf(line, "srv-host=_%s._%s", srv->service, srv->protocol);
        if (srv->domain)
            g_string_append_printf(line, ".%s", srv->domain);
        /* Positional: a later number needs those before it. */
        if (srv->target) {
            g_string_append_printf(line, ",%s", srv->target);
            if (srv->port || srv->priority || srv->weight)
                g_string_append_printf(line, ",%u", srv->port ? srv->port : 1);
            if (srv->priority || srv->weight)
                g_string_append_printf(line, ",%u", srv->priority);
            if (srv->weight)
                g_string_append_printf(line, ",%u", srv->weight);
        }
        put(w, "%s", line->str);
    }
}

/* DHCP of one family; returns how many leases it can hand out. */
static uint32_t
put_dhcp(Writer *w, const NetworkIp *ip)
{
    bool v6 = network_ip_is_v6(ip);
    unsigned prefix = network_ip_prefix(ip);
    NetworkAddress mask = { .family = AF_INET, .bytes = { 255, 255, 255, 255 } };
    g_autofree char *netmask = NULL;
    uint64_t total = 0;

    mask = network_address_masked(&mask, prefix);
    netmask = network_address_text(&mask);
    for (guint i = 0; i < list_len(ip->ranges); i++) {
        const DhcpRange *range = ip->ranges->pdata[i];
        g_autofree char *lease = lease_suffix(range->lease);
        NetworkAddress start, end;

        if (v6)
            put(w, "dhcp-range=%s,%s,%u%s", range->start, range->end, prefix, lease);
        else
            put(w, "dhcp-range=%s,%s,%s%s", range->start, range->end, netmask, lease);
        if (network_address_parse(range->start, &start) && network_address_parse(range->end, &end))
            total += network_address_count(&start, &end);
    }
    if (!ip->ranges && v6)
        put(w, "dhcp-range=%s,static,%u", ip->address, prefix);
    else if (!ip->ranges)
        put(w, "dhcp-range=%s,static", ip->address);
    if (!v6) {
        put(w, "dhcp-no-override");
        put(w, "dhcp-authoritative");
    }
    if (ip->bootp_file && ip->bootp_server)
        put(w, "dhcp-boot=%s,,%s", ip->bootp_file, ip->bootp_server);
    else if (ip->bootp_file)
        put(w, "dhcp-boot=%s", ip->bootp_file);
    return (uint32_t)MIN(total, UINT32_MAX);
}

static void
put_all_dhcp(Writer *w, const NetworkDnsmasqPaths *paths)
{
    const NetworkIp *v4 = dhcp_ip(w->network, false), *v6 = dhcp_ip(w->network, true);
    uint64_t leases = 0;

    /* No default route and no DNS beyond the host for guests that cannot get there. */
    if (is_isolated(w->network)) {
        if (v4)
            put(w, "dhcp-option=3");
        put(w, "no-resolv");
        if (v6)
            put(w, "ra-param=*,0,0");
    }
    if (v4)
        leases += put_dhcp(w, v4);
    if (v6)
        leases += put_dhcp(w, v6);
    if (leases)
        put(w, "dhcp-lease-max=%" G_GUINT64_FORMAT, leases);
    if (v4 || v6)
        put(w, "dhcp-hostsfile=%s", paths->hosts);
    if (has_dns(w->network))
        put(w, "addn-hosts=%s", paths->addnhosts);
    for (guint i = 0; i < list_len(w->network->ips); i++) {
        const NetworkIp *ip = w->network->ips->pdata[i];

        if (ip->tftp_root) {
            put(w, "enable-tftp");
            put(w, "tftp-root=%s", ip->tftp_root);
            break;
        }
    }
    if (v4 && w->network->mtu)
        put(w, "dhcp-option=option:mtu,%u", w->network->mtu);
    if (v6) {
        put(w, "enable-ra");
        return;
    }
    for (guint i = 0; i < list_len(w->network->ips); i++) {
        const NetworkIp *ip = w->network->ips->pdata[i];

        if (network_ip_is_v6(ip) && ip->address)
            put(w, "dhcp-range=%s,ra-only", ip->address);
    }
}

static void
put_conf(Writer *w, const NetworkDnsmasqPaths *paths)
{
    put(w, "##WARNING:  THIS IS AN AUTO-GENERATED FILE. CHANGES TO IT ARE LIKELY TO BE");
    put(w, "##OVERWRITTEN AND LOST.  Changes to this configuration should be made using:");
    put(w, "##    virsh net-edit %s", w->network->name);
    put(w, "## or other application using the libvirt API.");
    put(w, "##");
    put(w, "## dnsmasq conf file created by libvirt");
    put(w, "strict-order");
    put_forwarders(w);
    put_domain(w);
    put(w, "except-interface=lo");
    put(w, "bind-dynamic");
    put(w, "interface=%s", paths->bridge);
    put_records(w);
    put_all_dhcp(w, paths);
    for (guint i = 0; i < list_len(w->network->dnsmasq_options); i++) {
        const DnsmasqOption *option = w->network->dnsmasq_options->pdata[i];

        put(w, "%s", option->value);
    }
}

static void
put_dhcp_hosts(Writer *w)
{
    for (guint i = 0; i < list_len(w->network->ips); i++) {
        const NetworkIp *ip = w->network->ips->pdata[i];
        bool v6 = network_ip_is_v6(ip);

        for (guint j = 0; j < list_len(ip->hosts); j++) {
            const DhcpHost *host = ip->hosts->pdata[j];
            g_autoptr(GString) line = g_string_new(NULL);
            g_autofree char *lease = lease_suffix(host->lease);
            bool named_first = !host->mac && !host->id;

            if (host->mac)
                g_string_append(line, host->mac);
            else if (host->id)
                g_string_append_printf(line, "id:%s", host->id);
            else
                g_string_append(line, host->name);
            if (v6 && host->name && !named_first)
                g_string_append_printf(line, ",%s", host->name);
            if (host->ip)
                g_string_append_printf(line, v6 ? ",[%s]" : ",%s", host->ip);
            if (!v6 && host->name && !named_first)
                g_string_append_printf(line, ",%s", host->name);
            put(w, "%s%s", line->str, lease);
        }
    }
}

static void
put_dns_hosts(Writer *w)
{
    for (guint i = 0; i < list_len(w->network->dns_hosts); i++) {
        const DnsHost *host = w->network->dns_hosts->pdata[i];
        g_autoptr(GString) line = g_string_new(host->ip);

        for (guint j = 0; j < list_len(host->hostnames); j++)
            g_string_append_printf(line, "\t%s", (char *)host->hostnames->pdata[j]);
        put(w, "%s", line->str);
    }
}

bool
network_dnsmasq_config_make(const Network *network, const NetworkDnsmasqPaths *paths,
                            NetworkDnsmasqConfig *ret_config, GError **error)
{
    g_autoptr(GString) conf = g_string_new(NULL), hosts = g_string_new(NULL),
                       addnhosts = g_string_new(NULL);
    Writer w = { .network = network, .out = conf };

    put_conf(&w, paths);
    w.out = hosts;
    put_dhcp_hosts(&w);
    w.out = addnhosts;
    put_dns_hosts(&w);
    if (w.error) {
        g_propagate_error(error, w.error);
        return false;
    }
    *ret_config = (NetworkDnsmasqConfig){
        .conf = g_strdup(conf->str),
        .hosts = g_strdup(hosts->str),
        .addnhosts = g_strdup(addnhosts->str),
        .dhcp = dhcp_ip(network, false) || dhcp_ip(network, true),
    };
    return true;
}

void
network_dnsmasq_config_clear(NetworkDnsmasqConfig *config)
{
    g_clear_pointer(&config->conf, g_free);
    g_clear_pointer(&config->hosts, g_free);
    g_clear_pointer(&config->addnhosts, g_free);
}

static bool
save_file(const char *path, const char *text, bool *changed, GError **error)
{
    g_autofree char *old = NULL;
    g_autoptr(GError) failure = NULL;

    if (file_read_limited(path, 16 << 20, &old, NULL, NULL) && strcmp(old, text) == 0)
        return true;
    *changed = true;
    /* Made anew whenever dnsmasq starts, so not worth waiting for the disk. */
    if (g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0644, &failure))
        return true;
    error_set(error, VIR_ERR_OPERATION_FAILED, "cannot write '%s': %s", path, failure->message);
    return false;
}

bool
network_dnsmasq_config_save(const NetworkDnsmasqConfig *config, const NetworkDnsmasqPaths *paths,
                            bool *ret_conf_changed, bool *ret_hosts_changed, GError **error)
{
    bool conf = false, hosts = false;

    if (!save_file(paths->conf, config->conf, &conf, error) ||
        (config->dhcp && !save_file(paths->hosts, config->hosts, &hosts, error)) ||
        !save_file(paths->addnhosts, config->addnhosts, &hosts, error))
        return false;
    *ret_conf_changed = conf;
    *ret_hosts_changed = hosts;
    return true;
}
