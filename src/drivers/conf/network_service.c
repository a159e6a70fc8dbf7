/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network_service.c - rules of the addresses of a network and of what is served on them: DHCP, DNS, routes
 *
 * They run once the whole network is parsed, because their messages name it.  What happens to be wrong with
 * two networks at once, or needs the host, is for network_validate() and the driver.
 */
#define ERROR_FROM VIR_FROM_NETWORK
#include "drivers/conf/network_address.h"
#include "drivers/conf/network_update.h"
#include "util/error.h"

#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

enum { RANGE_MAX = 65535, SERVICE_MAX = 65535, LEAST_LEASE = 120 };

static bool
is_ipv6(const char *address)
{
    return address && strchr(address, ':');
}

/* ---- addresses ---- */

static bool
refuse_ip(const Network *network, const char *problem, const char *value, GError **error)
{
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "%s '%s' in network '%s'", problem, value, network->name);
    return false;
}

static bool
check_address(const Network *network, const NetworkIp *ip, GError **error)
{
    bool v6 = is_ipv6(ip->address);

    if (!ip->address) {
        error_set(error, VIR_ERR_XML_ERROR, "Missing required address attribute in network '%s'", network->name);
        return false;
    }
    if (v6 && ip->family == IP_FAMILY_UNSET)
        return refuse_ip(network, "no family specified for non-IPv4 address", ip->address, error);
    if (v6 && ip->family == IP_FAMILY_IPV4)
        return refuse_ip(network, "ipv4 family specified for non-IPv4 address", ip->address, error);
    if (!v6 && ip->family == IP_FAMILY_IPV6)
        return refuse_ip(network, "Family 'ipv6' specified for non-IPv6 address", ip->address, error);
    if (ip->netmask && v6)
        return refuse_ip(network, "netmask not allowed for IPv6 address", ip->address, error);
    if (ip->netmask && ip->has_prefix) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Network '%s' IP address cannot have both a prefix and a netmask",
                  network->name);
        return false;
    }
    if (is_ipv6(ip->netmask)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Invalid netmask '%s' for address '%s' in network '%s' (both must be IPv4)",
                  ip->netmask, ip->address, network->name);
        return false;
    }
    if (ip->has_prefix && ip->prefix > (v6 ? 128 : 32)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Invalid IPv%d prefix '%u' in network '%s'", v6 ? 6 : 4, ip->prefix,
                  network->name);
        return false;
    }
    return true;
}

/* The number of leading ones, or -1 for a mask with a hole. */
static int
prefix_of(const NetworkIp *ip)
{
    unsigned prefix = network_ip_prefix(ip);
    NetworkAddress mask;

    if (!ip->netmask || !network_address_parse(ip->netmask, &mask))
        return (int)prefix;
    for (size_t bit = prefix; bit < 32; bit++)
        if (mask.bytes[bit / 8] & (0x80 >> bit % 8))
            return -1;
    return (int)prefix;
}

static bool
refuse_range(const char *start, const char *end, const char *problem, GError **error)
{
    error_set(error, VIR_ERR_INTERNAL_ERROR, "range %s - %s %s", start, end, problem);
    return false;
}

/* @start to @end are some addresses, not too many; both are parsed. */
static bool
check_extent(const char *start_text, const char *end_text, NetworkAddress *start, NetworkAddress *end, GError **error)
{
    uint32_t count;

    if (!network_address_parse(start_text, start) || !network_address_parse(end_text, end) || start->family != end->family) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "mismatch of address family in range %s - %s", start_text, end_text);
        return false;
    }
    count = network_address_count(start, end);
    if (count == 0)
        return refuse_range(start_text, end_text, "is reversed", error);
    if (count > RANGE_MAX)
        return refuse_range(start_text, end_text, "is too large (> 65535)", error);
    return true;
}

static bool
check_range(const NetworkIp *ip, const DhcpRange *range, GError **error)
{
    int prefix = prefix_of(ip);
    NetworkAddress start, end, own, first;

    if (is_ipv6(range->start) != is_ipv6(range->end))
        return check_extent(range->start, range->end, &start, &end, error);
    if (is_ipv6(range->start) != is_ipv6(ip->address) || !network_address_parse(ip->address, &own)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "mismatch of address family in range %s - %s for network %s", range->start,
                  range->end, ip->address);
        return false;
    }
    if (prefix < 0) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "bad prefix %d for network %s when  checking range %s - %s", prefix,
                  ip->address, range->start, range->end);
        return false;
    }
    if (!check_extent(range->start, range->end, &start, &end, error))
        return false;
    if (!network_address_in_subnet(&start, &own, (unsigned)prefix) || !network_address_in_subnet(&end, &own, (unsigned)prefix)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "range %s - %s is not entirely within network %s/%d", range->start, range->end,
                  ip->address, prefix);
        return false;
    }
    if (is_ipv6(ip->address))
        return true;
    first = network_address_masked(&own, (unsigned)prefix);
    for (size_t bit = (size_t)prefix; bit < 32; bit++)
        own.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
    if (memcmp(start.bytes, first.bytes, 4) == 0 || memcmp(end.bytes, own.bytes, 4) == 0) {
        bool low = memcmp(start.bytes, first.bytes, 4) == 0;
        error_set(error, VIR_ERR_INTERNAL_ERROR, "%s of range %s - %s in network %s/%d is the %s address", low ? "start" : "end",
                  range->start, range->end, ip->address, prefix, low ? "network" : "broadcast");
        return false;
    }
    return true;
}

static bool
check_lease(Lease *lease, GError **error)
{
    static const unsigned seconds[] = {
        [LEASE_UNIT_SECONDS] = 1, [LEASE_UNIT_MINUTES] = 60, [LEASE_UNIT_HOURS] = 3600 };

    if (!lease)
        return true;
    if (!lease->expiry)
        lease->unit = LEASE_UNIT_UNSET;
    else if (lease->unit == LEASE_UNIT_UNSET)
        lease->unit = LEASE_UNIT_MINUTES;
    if (!lease->expiry || lease->expiry >= LEAST_LEASE || lease->expiry * seconds[lease->unit] >= LEAST_LEASE)
        return true;
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "The minimum lease time should be greater than 2 minutes");
    return false;
}

static bool
check_host(const Network *network, const DhcpHost *host, bool v6, GError **error)
{
    const char *odd = host->id ? host->id + strspn(host->id, DIGITS "abcdefABCDEF:") : "";
    g_autofree char *mac = NULL; /* what is kept is what was given */

    if (v6 && host->mac) {
        error_set(error, VIR_ERR_XML_ERROR, "Invalid to specify MAC address '%s' in network '%s' IPv6 static host definition",
                  host->mac, network->name);
        return false;
    }
    if (host->mac && !xml_type_mac.parse(NULL, host->mac, NULL, &mac)) {
        error_set(error, VIR_ERR_XML_ERROR, "Cannot parse MAC address '%s' in network '%s'", host->mac, network->name);
        return false;
    }
    if (mac && g_ascii_xdigit_value(mac[1]) & 1) {
        error_set(error, VIR_ERR_XML_ERROR, "expected unicast mac address, found multicast '%s' in network '%s'", host->mac,
                  network->name);
        return false;
    }
    if (*odd) {
        error_set(error, VIR_ERR_XML_ERROR, "Invalid character '%c' in id '%s' of network '%s'", *odd, host->id, network->name);
        return false;
    }
    if (host->name && !g_ascii_isalnum(host->name[0])) {
        error_set(error, VIR_ERR_XML_ERROR, "Cannot use host name '%s' in network '%s'", host->name, network->name);
        return false;
    }
    if (!host->name && !(v6 ? host->id : host->mac)) {
        error_set(error, VIR_ERR_XML_ERROR, v6 ? "Static host definition in IPv6 network '%s' must have id or name attribute"
                  : "Static host definition in IPv4 network '%s' must have mac or name attribute", network->name);
        return false;
    }
    if (!host->ip) {
        error_set(error, VIR_ERR_XML_ERROR, "Missing IP address in static host definition for network '%s'", network->name);
        return false;
    }
    return true;
}

static bool
check_ip(const Network *network, const NetworkIp *ip, GError **error)
{
    if (!check_address(network, ip, error))
        return false;
    for (guint i = 0; ip->ranges && i < ip->ranges->len; i++) {
        const DhcpRange *range = ip->ranges->pdata[i];
        if (!check_range(ip, range, error) || !check_lease(range->lease, error))
            return false;
    }
    for (guint i = 0; ip->hosts && i < ip->hosts->len; i++) {
        const DhcpHost *host = ip->hosts->pdata[i];
        if (!check_host(network, host, network_ip_is_v6(ip), error) || !check_lease(host->lease, error))
            return false;
    }
    return true;
}

/* ---- routes ---- */

static bool
refuse_route(const Network *network, const char *problem, const char *value, GError **error)
{
    error_set(error, VIR_ERR_XML_ERROR, "%s: %s '%s' in route definition", network->name, problem, value);
    return false;
}

static bool
check_route(const Network *network, const Route *route, GError **error)
{
    unsigned prefix = network_address_prefix(route->address, route->netmask, route->has_prefix, route->prefix);
    NetworkAddress address, gateway, own;

    if (!network_address_parse(route->address, &address) || !network_address_parse(route->gateway, &gateway))
        return refuse_route(network, "Bad network address", route->address, error);
    /* All networks: the default route needs no prefix. */
    if (!route->has_prefix && !route->netmask && strspn(route->address, "0.:") == strlen(route->address))
        prefix = 0;
    own = network_address_masked(&address, prefix);
    if (memcmp(own.bytes, address.bytes, sizeof(own.bytes)) != 0) {
        error_set(error, VIR_ERR_XML_ERROR, "%s: Address '%s' in route definition is not a network address", network->name,
                  route->address);
        return false;
    }
    for (guint i = 0; network->ips && i < network->ips->len; i++) {
        const NetworkIp *ip = network->ips->pdata[i];
        if (ip->address && network_address_parse(ip->address, &own) &&
            network_address_in_subnet(&gateway, &own, network_ip_prefix(ip)))
            return true;
    }
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "unreachable static route gateway '%s' specified for network '%s'",
              route->gateway, network->name);
    return false;
}

/* ---- DNS ---- */

static bool
refuse_record(const Network *network, const char *problem, const char *name, GError **error)
{
    error_set(error, VIR_ERR_XML_DETAIL, "%s '%s' in DNS SRV record of network '%s'", problem, name, network->name);
    return false;
}

static bool
check_srv(const Network *network, const DnsSrv *srv, GError **error)
{
    const struct {
        const char *name, *wrong;
        unsigned value, least;
        bool given;
    } numbers[] = {
        { "port", "invalid DNS SRV port", srv->port, 1, srv->has_port },
        { "priority", "Invalid DNS SRV priority", srv->priority, 0, srv->has_priority },
        { "weight", "invalid DNS SRV weight", srv->weight, 0, srv->has_weight },
    };

    if (srv->service[strspn(srv->service, LETTERS DIGITS "_-+/*")])
        return refuse_record(network, "invalid character in service attribute", srv->service, error);
    if (srv->protocol[strspn(srv->protocol, LETTERS DIGITS "-+/")])
        return refuse_record(network, "invalid character in protocol attribute", srv->protocol, error);
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        if (!numbers[i].given)
            continue;
        if (!srv->target) {
            error_set(error, VIR_ERR_XML_DETAIL,
                      "DNS SRV %s attribute not permitted without target for service '%s' in network '%s'", numbers[i].name,
                      srv->service, network->name);
            return false;
        }
        if (numbers[i].value < numbers[i].least || numbers[i].value > SERVICE_MAX) {
            error_set(error, VIR_ERR_XML_DETAIL, "%s attribute for service '%s' in network '%s'", numbers[i].wrong, srv->service,
                      network->name);
            return false;
        }
    }
    return true;
}

static bool
check_dns_host(const Network *network, const DnsHost *host, GError **error)
{
    if (!host->ip)
        error_set(error, VIR_ERR_XML_DETAIL, "Missing IP address in network '%s' DNS HOST record", network->name);
    else if (!host->hostnames || !((const char *)host->hostnames->pdata[0])[0])
        error_set(error, VIR_ERR_XML_DETAIL, "Missing hostname in network '%s' DNS HOST record", network->name);
    else
        return true;
    return false;
}

static bool
check_dns(const Network *network, GError **error)
{
    if (network->dns_enable == YESNO_NO &&
        (network->dns_forwarders || network->dns_hosts || network->dns_srvs || network->dns_txts)) {
        error_set(error, VIR_ERR_XML_ERROR, "Extra data in disabled network '%s'", network->name);
        return false;
    }
    for (guint i = 0; network->dns_hosts && i < network->dns_hosts->len; i++)
        if (!check_dns_host(network, network->dns_hosts->pdata[i], error))
            return false;
    for (guint i = 0; network->dns_srvs && i < network->dns_srvs->len; i++)
        if (!check_srv(network, network->dns_srvs->pdata[i], error))
            return false;
    for (guint i = 0; network->dns_txts && i < network->dns_txts->len; i++) {
        const DnsTxt *txt = network->dns_txts->pdata[i];
        if (!strpbrk(txt->name, " ,"))
            continue;
        error_set(error, VIR_ERR_XML_DETAIL, "prohibited character in DNS TXT record name '%s' of network %s", txt->name,
                  network->name);
        return false;
    }
    return true;
}

bool
network_service_check(const Network *network, GError **error)
{
    NetworkAddress start, end;

    for (guint i = 0; network->ips && i < network->ips->len; i++)
        if (!check_ip(network, network->ips->pdata[i], error))
            return false;
    for (guint i = 0; network->routes && i < network->routes->len; i++)
        if (!check_route(network, network->routes->pdata[i], error))
            return false;
    if (network->nat_address_start && (is_ipv6(network->nat_address_start) || is_ipv6(network->nat_address_end))) {
        bool first = is_ipv6(network->nat_address_start);
        error_set(error, VIR_ERR_XML_ERROR, "Bad ipv4 %s address '%s' in <nat> in <forward> in network '%s'",
                  first ? "start" : "end", first ? network->nat_address_start : network->nat_address_end, network->name);
        return false;
    }
    if (network->nat_address_start &&
        !check_extent(network->nat_address_start, network->nat_address_end, &start, &end, error))
        return false;
    return check_dns(network, error);
}
