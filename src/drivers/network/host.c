/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host.c - makes the host agree with the definition of an active network
 *
 * The steps of apply() are in order of dependence: rules name the bridge by its index, and dnsmasq
 * listens on its addresses.
 */
#define ERROR_FROM VIR_FROM_NETWORK
#include "drivers/network/host.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <signal.h>
#include <string.h>

#include "drivers/common/bandwidth.h"
#include "drivers/conf/network_address.h"
#include "drivers/conf/network_update.h"
#include "drivers/network/dnsmasq.h"
#include "drivers/network/dnsmasq_config.h"
#include "drivers/network/firewall.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/list.h"
#include "util/log.h"
#include "util/netlink.h"

LOG_SOURCE("network.host");

typedef struct Apply {
    const Network *network;
    const NetworkHostDirs *dirs;
    NetworkHost *host;
    Netlink *netlink;
    int index; /* of the bridge */
    unsigned changed;
    bool created; /* the bridge is new */
} Apply;

static bool
has_ipv6(const Network *network)
{
    for (guint i = 0; i < list_len(network->ips); i++)
        if (network_ip_is_v6(network->ips->pdata[i]))
            return true;
    return false;
}

/* Write @value to a file of /proc/sys unless it says so already. */
static bool
set_sysctl(const char *path, const char *value, unsigned *changed, GError **error)
{
    g_autofree char *now = file_read_line(path);
    autofd int fd = -1;

    if (g_strcmp0(now, value) == 0)
        return true;
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, value, strlen(value)) < 0) {
        error_set_errno(error, errno, "cannot set %s to %s", path, value);
        return false;
    }
    (*changed)++;
    return true;
}

static bool
set_bridge_sysctl(Apply *a, const char *name, const char *value, GError **error)
{
    g_autofree char *path =
        g_strdup_printf("/proc/sys/net/ipv6/conf/%s/%s", a->network->bridge, name);

    /* A host without IPv6 has none of these. */
    if (access(path, F_OK) < 0)
        return true;
    return set_sysctl(path, value, &a->changed, error);
}

/* Forwarding IPv6 makes the kernel ignore router advertisements, by which the host itself may have
 * its routes. */
static bool
check_accept_ra(Apply *a, GError **error)
{
    g_autoptr(GArray) routes = netlink_route_list(a->netlink, error);

    if (!routes)
        return false;
    for (guint i = 0; i < routes->len; i++) {
        const NetlinkAddress *route = &g_array_index(routes, NetlinkAddress, i);
        g_autofree char *path = NULL;
        uint64_t accept = 2;
        NetlinkLink link;

        if (route->protocol != RTPROT_RA ||
            !netlink_link_get_index(a->netlink, route->index, &link, NULL))
            continue;
        path = g_strdup_printf("/proc/sys/net/ipv6/conf/%s/accept_ra", link.name);
        if (file_read_uint64(path, &accept) && accept < 2) {
            error_set(error, VIR_ERR_INTERNAL_ERROR,
                      "network '%s': forwarding IPv6 would cost the host its routes by '%s', which "
                      "come from router "
                      "advertisements; set net.ipv6.conf.%s.accept_ra to 2",
                      a->network->name, link.name, link.name);
            return false;
        }
    }
    return true;
}

static bool
apply_forwarding(Apply *a, GError **error)
{
    static const char v4[] = "/proc/sys/net/ipv4/ip_forward",
                      v6[] = "/proc/sys/net/ipv6/conf/all/forwarding";
    uint64_t on = 0;

    if (a->network->forward_mode == FORWARD_MODE_UNSET)
        return true;
    if (!set_sysctl(v4, "1", &a->changed, error))
        return false;
    if (!has_ipv6(a->network) || (file_read_uint64(v6, &on) && on))
        return true;
    return check_accept_ra(a, error) && set_sysctl(v6, "1", &a->changed, error);
}

static bool
parse_mac(const char *text, uint8_t mac[6])
{
    unsigned b[6];

    if (!text || sscanf(text, "%x:%x:%x:%x:%x:%x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) != 6)
        return false;
    for (int i = 0; i < 6; i++)
        mac[i] = (uint8_t)b[i];
    return true;
}

static bool
apply_bridge(Apply *a, GError **error)
{
    const Network *n = a->network;
    uint8_t mac[6];
    NetlinkBridge want = {
        .mac = parse_mac(n->mac, mac) ? mac : NULL,
        .mtu = n->mtu,
        .stp = n->stp != ONOFF_OFF,
        .forward_delay = (int)(n->delay * 100),
        .vlan_filtering = -1,
    };
    NetlinkChange up = { .mask = NETLINK_SET_UP, .up = true };
    NetlinkLink link = { 0 };

    if (!netlink_link_get(a->netlink, n->bridge, &link, NULL)) {
        if (!netlink_bridge_create(a->netlink, n->bridge, &want, error) ||
            !netlink_link_get(a->netlink, n->bridge, &link, error))
            return false;
        a->created = true;
        a->changed++;
    } else if (strcmp(link.kind, "bridge") != 0) {
        error_set(error, VIR_ERR_OPERATION_FAILED,
                  "network '%s': interface '%s' exists and is no bridge", n->name, n->bridge);
        return false;
    } else if (link.stp != (want.stp == 1) || (n->mtu && link.mtu != n->mtu) ||
               (want.mac && memcmp(link.mac, mac, 6) != 0)) {
        want.forward_delay = -1;
        if (!netlink_bridge_set(a->netlink, n->bridge, &want, error))
            return false;
        a->changed++;
    }
    a->index = link.index;
    /* Before it comes up, so that a bridge without IPv6 never has a link-local address. */
    if (!set_bridge_sysctl(a, "disable_ipv6", has_ipv6(n) ? "0" : "1", error) ||
        !set_bridge_sysctl(a, "accept_ra", "0", error) ||
        !set_bridge_sysctl(a, "autoconf", "0", error))
        return false;
    if (link.flags & IFF_UP)
        return true;
    a->changed++;
    return netlink_link_set(a->netlink, n->bridge, &up, error);
}

static bool
has_address(const GArray *have, const NetlinkAddress *want)
{
    for (guint i = 0; i < have->len; i++) {
        const NetlinkAddress *address = &g_array_index(have, NetlinkAddress, i);

        if (address->index == want->index && address->family == want->family &&
            address->prefix == want->prefix &&
            memcmp(address->bytes, want->bytes, sizeof(want->bytes)) == 0)
            return true;
    }
    return false;
}

static bool
apply_addresses(Apply *a, GError **error)
{
    g_autoptr(GArray) have =
        list_len(a->network->ips) ? netlink_address_list(a->netlink, error) : NULL;

    if (list_len(a->network->ips) && !have)
        return false;
    for (guint i = 0; i < list_len(a->network->ips); i++) {
        const NetworkIp *ip = a->network->ips->pdata[i];
        NetlinkAddress want = { .index = a->index, .prefix = network_ip_prefix(ip) };
        NetworkAddress address;

        if (!ip->address || !network_address_parse(ip->address, &address))
            continue;
        want.family = address.family;
        memcpy(want.bytes, address.bytes, sizeof(want.bytes));
        if (has_address(have, &want))
            continue;
        if (!netlink_address_add(a->netlink, &want, error))
            return false;
        a->changed++;
    }
    return true;
}

static bool
apply_routes(Apply *a, GError **error)
{
    for (guint i = 0; i < list_len(a->network->routes); i++) {
        const Route *route = a->network->routes->pdata[i];
        NetlinkAddress want = { .index = a->index,
                                .metric = route->has_metric ? route->metric : 1 };
        NetworkAddress address, gateway;

        if (!network_address_parse(route->address, &address) ||
            !network_address_parse(route->gateway, &gateway))
            continue;
        want.family = address.family;
        want.prefix = network_address_prefix(route->address, route->netmask, route->has_prefix,
                                             route->prefix);
        memcpy(want.bytes, address.bytes, sizeof(want.bytes));
        memcpy(want.gateway, gateway.bytes, sizeof(want.gateway));
        if (!netlink_route_add(a->netlink, &want, error))
            return false;
    }
    return true;
}

static bool
apply_firewall(Apply *a, GError **error)
{
    g_autoptr(NetworkFirewall) firewall = network_firewall_of(a->network);
    bool changed = false;

    if (!firewall || firewall->mode == NETWORK_FIREWALL_OPEN)
        return true;
    if (!network_firewall_apply(firewall, &changed, error))
        return false;
    a->changed += changed;
    return true;
}

/* Write dnsmasq's files and start it where it has to be, without waiting. */
static bool
begin_dnsmasq(Apply *a, const NetworkDnsmasqPaths *paths, NetworkDnsmasqStart *start,
              GError **error)
{
    const Network *n = a->network;
    g_auto(NetworkDnsmasqConfig) config = { 0 };
    g_autofree char *folder = g_build_filename(a->dirs->state_dir, "dnsmasq", NULL);
    bool conf_changed = false, hosts_changed = false, running = process_is_alive(&a->host->dnsmasq);

    if (!network_dnsmasq_config_needed(n))
        return true;
    if (!running) {
        process_release(&a->host->dnsmasq);
        running = network_dnsmasq_adopt(paths, &a->host->dnsmasq);
    }
    if (!file_mkdir_p(folder, 0755, error) ||
        !network_dnsmasq_config_make(n, paths, &config, error) ||
        !network_dnsmasq_config_save(&config, paths, &conf_changed, &hosts_changed, error))
        return false;
    if (running && !conf_changed) {
        a->changed += hosts_changed;
        return !hosts_changed || process_signal(&a->host->dnsmasq, SIGHUP, error);
    }
    a->changed++;
    if (running && !process_stop(&a->host->dnsmasq, 3000, error))
        return false;
    return network_dnsmasq_begin(paths, config.dhcp, start, error);
}

/* The rules are put in place while dnsmasq, the slowest of all, starts. */
static bool
apply_services(Apply *a, GError **error)
{
    const Network *n = a->network;
    g_auto(NetworkDnsmasqPaths) paths = { 0 };
    NetworkDnsmasqStart start = NETWORK_DNSMASQ_START_INIT;
    bool ok = false;

    network_dnsmasq_paths_init(&paths, a->dirs->state_dir, a->dirs->run_dir, n->name, n->bridge);
    if (!begin_dnsmasq(a, &paths, &start, error)) {
        error_prefix(error, "network '%s'", n->name);
        return false;
    }
    ok = apply_firewall(a, error);
    if (start.said < 0)
        return ok;
    if (network_dnsmasq_finish(&paths, &start, &a->host->dnsmasq, ok ? error : NULL))
        return ok;
    if (ok)
        error_prefix(error, "network '%s'", n->name);
    return false;
}

/* Guests are at the other end: what comes in for them goes out of the bridge. */
static bool
apply_bandwidth(Apply *a, GError **error)
{
    return !a->created || !a->network->bandwidth ||
           bandwidth_apply(a->network->bandwidth, a->network->bridge, true, error);
}

/* Kernels without the action leave it to guests to cope, as most do. */
static void
apply_checksum(Apply *a)
{
    static gint told;
    g_autoptr(GError) error = NULL;

    if (!netlink_checksum_dhcp(a->netlink, a->network->bridge, &error) &&
        g_atomic_int_compare_and_exchange(&told, 0, 1))
        log_info("DHCP replies may reach guests without a checksum: %s", error->message);
}

bool
network_host_apply(const Network *network, const NetworkHostDirs *dirs, NetworkHost *host,
                   unsigned *changed, GError **error)
{
    g_autoptr(Netlink) netlink = NULL;
    g_autofree char *run_dir = g_build_filename(dirs->run_dir, "network", NULL);
    Apply a = { .network = network, .dirs = dirs, .host = host };

    if (!network_owns_bridge(network))
        return true;
    netlink = a.netlink = netlink_new(error);
    if (!netlink || !file_mkdir_p(run_dir, 0755, error) || !apply_bridge(&a, error) ||
        !apply_addresses(&a, error) || !apply_forwarding(&a, error) || !apply_services(&a, error) ||
        !apply_routes(&a, error) || !apply_bandwidth(&a, error))
        return false;
    if (a.changed)
        apply_checksum(&a);
    if (changed)
        *changed += a.changed;
    return true;
}

static bool
check_subnet(const Network *network, Netlink *netlink, const GArray *routes, const NetworkIp *ip,
             GError **error)
{
    unsigned prefix = network_ip_prefix(ip);
    NetworkAddress address;

    if (!ip->address || !network_address_parse(ip->address, &address))
        return true;
    address = network_address_masked(&address, prefix);
    for (guint i = 0; i < routes->len; i++) {
        const NetlinkAddress *route = &g_array_index(routes, NetlinkAddress, i);
        g_autofree char *subnet = NULL;
        NetlinkLink link = { .name = "?" };

        if (route->family != address.family || route->prefix != prefix || prefix == 0 ||
            memcmp(route->bytes, address.bytes, sizeof(route->bytes)) != 0)
            continue;
        netlink_link_get_index(netlink, route->index, &link, NULL);
        if (g_strcmp0(link.name, network->bridge) == 0)
            continue;
        subnet = network_ip_subnet(ip);
        error_set(error, VIR_ERR_INTERNAL_ERROR,
                  "Network is already in use by interface %s: network '%s' wants %s; choose "
                  "another subnet",
                  link.name, network->name, subnet);
        return false;
    }
    return true;
}

bool
network_host_check_free(const Network *network, GError **error)
{
    g_autoptr(Netlink) netlink = NULL;
    g_autoptr(GArray) routes = NULL;

    if (!network_owns_bridge(network))
        return true;
    netlink = netlink_new(error);
    if (!netlink)
        return false;
    if (netlink_link_exists(netlink, network->bridge)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR,
                  "network '%s': bridge name '%s' is in use: an interface of the host has it; "
                  "choose another name or "
                  "remove the interface",
                  network->name, network->bridge);
        return false;
    }
    routes = netlink_route_list(netlink, error);
    if (!routes)
        return false;
    for (guint i = 0; i < list_len(network->ips); i++)
        if (!check_subnet(network, netlink, routes, network->ips->pdata[i], error))
            return false;
    return true;
}

bool
network_host_start(const Network *network, const NetworkHostDirs *dirs, NetworkHost *host,
                   GError **error)
{
    if (!network_host_check_free(network, error))
        return false;
    if (network_host_apply(network, dirs, host, NULL, error))
        return true;
    network_host_stop(network, dirs, host, false, NULL);
    return false;
}

bool
network_host_stop(const Network *network, const NetworkHostDirs *dirs, NetworkHost *host,
                  bool forget, GError **error)
{
    g_autoptr(Netlink) netlink = NULL;
    g_auto(NetworkDnsmasqPaths) paths = { 0 };
    g_autoptr(NetworkFirewall) firewall = NULL;
    GError *first = NULL;

    if (!network_owns_bridge(network))
        return true;
    firewall = network_firewall_of(network);
    network_dnsmasq_paths_init(&paths, dirs->state_dir, dirs->run_dir, network->name,
                               network->bridge);
    if (!process_is_alive(&host->dnsmasq)) {
        process_release(&host->dnsmasq);
        network_dnsmasq_adopt(&paths, &host->dnsmasq);
    }
    network_dnsmasq_stop(&paths, &host->dnsmasq, forget, &first);
    if (firewall && firewall->mode != NETWORK_FIREWALL_OPEN)
        network_firewall_remove(network->bridge, first ? NULL : &first);
    netlink = netlink_new(first ? NULL : &first);
    if (netlink)
        netlink_link_delete(netlink, network->bridge, first ? NULL : &first);
    if (!first)
        return true;
    g_propagate_error(error, first);
    return false;
}

char *
network_host_free_bridge(const char *pattern, bool (*taken)(const char *name, void *data),
                         void *data, GError **error)
{
    enum { MOST = 1 << 14 };
    g_autoptr(Netlink) netlink = netlink_new(error);
    const char *number = strstr(pattern, "%d");

    if (!netlink)
        return NULL;
    for (int i = 0; i < MOST; i++) {
        g_autofree char *name =
            g_strdup_printf("%.*s%d%s", (int)(number - pattern), pattern, i, number + 2);

        if (strlen(name) < IFNAMSIZ && !taken(name, data) && !netlink_link_exists(netlink, name))
            return g_steal_pointer(&name);
    }
    error_set(error, VIR_ERR_INTERNAL_ERROR, "no bridge name of the form '%s' is free", pattern);
    return NULL;
}
