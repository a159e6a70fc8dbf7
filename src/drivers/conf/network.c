/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network.c - rules of network documents that no single row can state
 *
 * Each network_*_check() runs after the rows of its struct were parsed: it fills
 * defaults that depend on other rows and refuses what does not fit together.
 */
#define ERROR_FROM VIR_FROM_NETWORK
#include "drivers/conf/network_gen.h"
#include "util/error.h"

#include <string.h>

static bool
is_ipv6(const char *address)
{
    return address && strchr(address, ':');
}

/* An address with its mask: family, netmask and prefix must agree. */
static bool
check_mask(const char *what, IpFamily family, const char *address, const char *netmask, bool has_prefix,
           unsigned prefix, GError **error)
{
    bool v6 = is_ipv6(address);

    if (family != IP_FAMILY_UNSET && (family == IP_FAMILY_IPV6) != v6) {
        error_set(error, VIR_ERR_XML_ERROR, "%s '%s' does not belong to family '%s'", what, address,
                  ip_family_words[family]);
        return false;
    }
    if (family == IP_FAMILY_UNSET && v6) {
        error_set(error, VIR_ERR_XML_ERROR, "%s '%s' is an IPv6 address; add family='ipv6'", what, address);
        return false;
    }
    if (netmask && (v6 || is_ipv6(netmask))) {
        error_set(error, VIR_ERR_XML_ERROR, "netmask '%s' of %s '%s': IPv6 takes a prefix, not a netmask", netmask, what,
                  address);
        return false;
    }
    if (netmask && has_prefix) {
        error_set(error, VIR_ERR_XML_ERROR, "%s '%s' has both a netmask and a prefix; remove one", what, address);
        return false;
    }
    if (has_prefix && prefix > (v6 ? 128 : 32)) {
        error_set(error, VIR_ERR_XML_ERROR, "prefix %u of %s '%s' is out of range", prefix, what, address);
        return false;
    }
    return true;
}

bool
network_route_check(void *obj, unsigned flags, GError **error)
{
    const Route *route = obj;

    if (is_ipv6(route->gateway) != is_ipv6(route->address)) {
        error_set(error, VIR_ERR_XML_ERROR, "route to '%s' has gateway '%s' of the other address family", route->address,
                  route->gateway);
        return false;
    }
    if (route->has_metric && !route->metric) {
        error_set(error, VIR_ERR_XML_ERROR, "metric of the route to '%s' must be above 0", route->address);
        return false;
    }
    return check_mask("route address", route->family, route->address, route->netmask, route->has_prefix,
                      route->prefix, error);
}

bool
network_virtual_port_check(void *obj, unsigned flags, GError **error)
{
    const VirtualPort *port = obj;

    if (port->has_managerid && port->managerid > 255) {
        error_set(error, VIR_ERR_XML_ERROR, "managerid %u of <virtualport> is above 255", port->managerid);
        return false;
    }
    if (port->has_type_id && port->type_id > 0xffffff) {
        error_set(error, VIR_ERR_XML_ERROR, "typeid %u of <virtualport> needs more than 24 bits", port->type_id);
        return false;
    }
    if (port->has_type_id_version && port->type_id_version > 255) {
        error_set(error, VIR_ERR_XML_ERROR, "typeidversion %u of <virtualport> is above 255", port->type_id_version);
        return false;
    }
    if (port->profile_id && strlen(port->profile_id) > 39) {
        error_set(error, VIR_ERR_XML_ERROR, "profileid '%s' of <virtualport> is longer than 39 characters",
                  port->profile_id);
        return false;
    }
    return true;
}

bool
network_dns_forwarder_check(void *obj, unsigned flags, GError **error)
{
    const DnsForwarder *forwarder = obj;

    if (forwarder->addr || forwarder->domain)
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "<forwarder> needs an address, a domain or both");
    return false;
}

bool
network_dns_srv_check(void *obj, unsigned flags, GError **error)
{
    const DnsSrv *srv = obj;

    if (strcmp(srv->protocol, "tcp") && strcmp(srv->protocol, "udp")) {
        error_set(error, VIR_ERR_XML_ERROR, "protocol '%s' of DNS SRV record '%s' is neither 'tcp' nor 'udp'",
                  srv->protocol, srv->service);
        return false;
    }
    if (srv->port > 65535 || srv->priority > 65535 || srv->weight > 65535) {
        error_set(error, VIR_ERR_XML_ERROR, "port, priority and weight of DNS SRV record '%s' must not exceed 65535",
                  srv->service);
        return false;
    }
    return true;
}

static bool
check_dhcp_host(const DhcpHost *host, bool v6, GError **error)
{
    const char *who = host->name ? host->name : host->ip ? host->ip : host->mac ? host->mac : "without a name";

    if (v6 && host->mac) {
        error_set(error, VIR_ERR_XML_ERROR, "DHCP host '%s': IPv6 clients are known by 'id' or 'name', not by 'mac'",
                  who);
        return false;
    }
    if (!host->mac && !host->id && !host->name) {
        error_set(error, VIR_ERR_XML_ERROR, v6 ? "DHCP host '%s' needs 'id' or 'name'"
                  : "DHCP host '%s' needs 'mac' or 'name'", who);
        return false;
    }
    if (!host->ip && !(host->name && host->mac)) {
        error_set(error, VIR_ERR_XML_ERROR, "DHCP host '%s' needs 'ip'", who);
        return false;
    }
    if (host->ip && is_ipv6(host->ip) != v6) {
        error_set(error, VIR_ERR_XML_ERROR, "DHCP host '%s' has address '%s' of another family than its network", who,
                  host->ip);
        return false;
    }
    return true;
}

bool
network_ip_check(void *obj, unsigned flags, GError **error)
{
    const NetworkIp *ip = obj;
    bool v6 = ip->family == IP_FAMILY_IPV6;

    if (!ip->address && (ip->netmask || ip->has_prefix)) {
        error_set(error, VIR_ERR_XML_ERROR, "<ip> has a netmask or prefix but no address");
        return false;
    }
    if (ip->address && !check_mask("address", ip->family, ip->address, ip->netmask, ip->has_prefix, ip->prefix, error))
        return false;
    if (ip->local_ptr == YESNO_YES && !ip->netmask && !ip->has_prefix) {
        error_set(error, VIR_ERR_XML_ERROR, "localPtr of <ip> '%s' needs a netmask or prefix", ip->address);
        return false;
    }
    for (guint i = 0; ip->ranges && i < ip->ranges->len; i++) {
        const DhcpRange *range = ip->ranges->pdata[i];
        if (is_ipv6(range->start) != v6 || is_ipv6(range->end) != v6) {
            error_set(error, VIR_ERR_XML_ERROR, "DHCP range '%s' to '%s' is of another family than its <ip>",
                      range->start, range->end);
            return false;
        }
    }
    for (guint i = 0; ip->hosts && i < ip->hosts->len; i++)
        if (!check_dhcp_host(ip->hosts->pdata[i], v6, error))
            return false;
    return true;
}

/* 'dev' of <forward> is the first of its interfaces. */
static bool
settle_forward_interfaces(Network *network, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    if (network->forward_dev && !network->interfaces) {
        ForwardInterface *first = xml_new(&forward_interface_xml);
        first->dev = g_strdup(network->forward_dev);
        network->interfaces = g_ptr_array_new();
        g_ptr_array_add(network->interfaces, first);
    }
    for (guint i = 0; network->interfaces && i < network->interfaces->len; i++) {
        const ForwardInterface *interface = network->interfaces->pdata[i];
        if (!i && network->forward_dev && strcmp(network->forward_dev, interface->dev)) {
            error_set(error, VIR_ERR_XML_ERROR,
                      "network '%s': forward dev '%s' must be the same as the first <interface>, '%s'", network->name,
                      network->forward_dev, interface->dev);
            return false;
        }
        if (!g_hash_table_add(seen, interface->dev)) {
            error_set(error, VIR_ERR_XML_ERROR, "network '%s': interface '%s' is listed twice in <forward>",
                      network->name, interface->dev);
            return false;
        }
    }
    if (network->interfaces && !network->forward_dev)
        network->forward_dev = g_strdup(((ForwardInterface *)network->interfaces->pdata[0])->dev);
    return true;
}

static bool
check_forward(Network *network, GError **error)
{
    unsigned sources;

    if (network->forward && network->forward_mode == FORWARD_MODE_UNSET)
        network->forward_mode = FORWARD_MODE_NAT;
    if (!settle_forward_interfaces(network, error))
        return false;
    sources = (network->interfaces != NULL) + (network->addresses != NULL) + (network->pf_dev != NULL);
    if (sources > 1) {
        error_set(error, VIR_ERR_XML_ERROR, "network '%s': <forward> can have only one of <interface>, <address> and <pf>",
                  network->name);
        return false;
    }
    if (network->forward_mode == FORWARD_MODE_OPEN && network->forward_dev) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "network '%s': forward mode 'open' takes no device ('%s')",
                  network->name, network->forward_dev);
        return false;
    }
    if ((network->nat_address_start || network->nat_port_start) && network->forward_mode != FORWARD_MODE_NAT) {
        error_set(error, VIR_ERR_XML_ERROR, "network '%s': <nat> needs forward mode 'nat'", network->name);
        return false;
    }
    if (network->nat_port_start > 65535 || network->nat_port_end > 65535 ||
        network->nat_port_start > network->nat_port_end) {
        error_set(error, VIR_ERR_XML_ERROR, "network '%s': port range %u to %u of <nat> is not valid", network->name,
                  network->nat_port_start, network->nat_port_end);
        return false;
    }
    return true;
}

static bool
check_names(const Network *network, GError **error)
{
    bool default_group = false;

    if (!network->name[0] || strchr(network->name, '/') || strchr(network->name, '\n')) {
        error_set(error, VIR_ERR_XML_ERROR, "name '%s' of a network must not be empty or contain '/' or a newline",
                  network->name);
        return false;
    }
    for (guint i = 0; network->portgroups && i < network->portgroups->len; i++) {
        const PortGroup *group = network->portgroups->pdata[i];
        for (guint j = 0; j < i; j++) {
            if (!strcmp(group->name, ((PortGroup *)network->portgroups->pdata[j])->name)) {
                error_set(error, VIR_ERR_XML_ERROR, "network '%s': two port groups are called '%s'", network->name,
                          group->name);
                return false;
            }
        }
        if (group->is_default == YESNO_YES && default_group) {
            error_set(error, VIR_ERR_XML_ERROR, "network '%s': more than one port group is the default", network->name);
            return false;
        }
        default_group |= group->is_default == YESNO_YES;
    }
    return true;
}

bool
network_check(void *obj, unsigned flags, GError **error)
{
    Network *network = obj;

    if (!check_names(network, error) || !check_forward(network, error))
        return false;
    if (network->dns_enable == YESNO_NO &&
        (network->dns_forwarders || network->dns_hosts || network->dns_srvs || network->dns_txts ||
         network->forward_plain_names != YESNO_UNSET)) {
        error_set(error, VIR_ERR_XML_ERROR, "network '%s': DNS is off (<dns enable='no'>) but has settings; remove them",
                  network->name);
        return false;
    }
    if (network->delay > UINT32_MAX / 1000) {
        error_set(error, VIR_ERR_XML_ERROR, "network '%s': bridge delay of %" G_GUINT64_FORMAT " seconds is too long",
                  network->name, network->delay);
        return false;
    }
    return true;
}
