/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network.c - rules of network documents that no single row can state
 *
 * Each network_*_check() runs after the rows of its struct were parsed: it fills
 * defaults that depend on other rows and refuses what does not fit together.
 */
#define ERROR_FROM VIR_FROM_NETWORK
#include "drivers/conf/device.h"
#include "drivers/conf/network_update.h"
#include "util/error.h"
#include "util/uuid.h"

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

static bool
is_set(const uint8_t uuid[UUID_LEN])
{
    static const uint8_t none[UUID_LEN];

    return memcmp(uuid, none, UUID_LEN) != 0;
}

/* What a type does not know, it must not be given. */
static bool
check_port_extras(const VirtualPort *port, GError **error)
{
    const bool qbg = port->type == VIRTUALPORT_TYPE_802_1QBG, qbh = port->type == VIRTUALPORT_TYPE_802_1QBH,
               ovs = port->type == VIRTUALPORT_TYPE_OPENVSWITCH;
    const struct {
        const char *name;
        bool given, known;
    } all[] = {
        { "managerid", port->has_managerid, qbg }, { "typeid", port->has_type_id, qbg },
        { "typeidversion", port->has_type_id_version, qbg }, { "instanceid", is_set(port->instance_id), qbg },
        { "profileid", port->profile_id != NULL, qbh || ovs }, { "interfaceid", is_set(port->interface_id), ovs },
    };

    for (size_t i = 0; (qbg || qbh || ovs) && i < G_N_ELEMENTS(all); i++) {
        if (!all[i].given || all[i].known)
            continue;
        error_set(error, VIR_ERR_XML_ERROR, "extra %s unsupported in <virtualport type='%s'>", all[i].name,
                  virtualport_type_words[port->type]);
        return false;
    }
    return true;
}

bool
network_virtual_port_check(void *obj, unsigned flags, GError **error)
{
    const VirtualPort *port = obj;
    const char *wrong = port->has_managerid && port->managerid > 255                ? "value of managerid out of range"
                        : port->has_type_id && port->type_id > 0xffffff             ? "value for typeid out of range"
                        : port->has_type_id_version && port->type_id_version > 255  ? "value of typeidversion out of range"
                        : port->profile_id && strlen(port->profile_id) > 39         ? "profileid parameter too long"
                                                                                    : NULL;

    if (wrong)
        error_set(error, VIR_ERR_XML_ERROR, "%s", wrong);
    return !wrong && check_port_extras(port, error);
}

bool
network_dns_forwarder_check(void *obj, unsigned flags, GError **error)
{
    const DnsForwarder *forwarder = obj;

    if (forwarder->addr || forwarder->domain)
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "Invalid forwarder element, must contain at least one of addr or domain");
    return false;
}

/* 'dev' of <forward> is the first of its interfaces. */
static bool
settle_forward_interfaces(Network *network, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    if (network->forward_dev && (network->addresses || network->pf_dev)) {
        error_set(error, VIR_ERR_XML_ERROR, "the <forward> 'dev' attribute cannot be used when <address> or <pf> "
                  "sub-elements are present in network %s", network->name);
        return false;
    }
    if (network->forward_dev && !network->interfaces) {
        ForwardInterface *first = xml_new(&forward_interface_xml);
        first->dev = g_strdup(network->forward_dev);
        network->interfaces = g_ptr_array_new();
        g_ptr_array_add(network->interfaces, first);
    }
    for (guint i = 0; network->interfaces && i < network->interfaces->len; i++) {
        const ForwardInterface *interface = network->interfaces->pdata[i];
        if (!i && network->forward_dev && strcmp(network->forward_dev, interface->dev)) {
            error_set(error, VIR_ERR_XML_ERROR, "<forward dev='%s'> must match first <interface dev='%s'/> in network %s",
                      network->forward_dev, interface->dev, network->name);
            return false;
        }
        if (!g_hash_table_add(seen, interface->dev)) {
            error_set(error, VIR_ERR_XML_ERROR, "interface '%s' can only be listed once in network %s", interface->dev,
                      network->name);
            return false;
        }
    }
    if (network->interfaces && !network->forward_dev)
        network->forward_dev = g_strdup(((ForwardInterface *)network->interfaces->pdata[0])->dev);
    return true;
}

static bool
check_functions(const Network *network, GError **error)
{
    for (guint i = 0; network->addresses && i < network->addresses->len; i++) {
        const ForwardAddress *address = network->addresses->pdata[i];

        if (address->type != ADDRESS_TYPE_PCI) {
            if (address->type == ADDRESS_TYPE_UNSET)
                error_set(error, VIR_ERR_XML_ERROR, "missing address type in network %s", network->name);
            else
                error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "unknown address type '%s' in network %s",
                          address_type_words[address->type], network->name);
            return false;
        }
        if (!device_pci_check(&address->pci, error))
            return false;
        for (guint j = 0; j < i; j++) {
            const PciAddress *one = &((ForwardAddress *)network->addresses->pdata[j])->pci;
            if (one->domain != address->pci.domain || one->bus != address->pci.bus || one->slot != address->pci.slot ||
                one->function != address->pci.function)
                continue;
            error_set(error, VIR_ERR_XML_ERROR, "PCI device '%04x:%02x:%02x.%x' can only be listed once in network %s",
                      one->domain, one->bus, one->slot, one->function, network->name);
            return false;
        }
    }
    return true;
}

static bool
check_forward(Network *network, GError **error)
{
    bool nat = network->nat_ipv6 != YESNO_UNSET || network->nat_address_start || network->nat_port_start;
    const char *wrong = network->nat_port_start > 65535                                     ? "start"
                        : network->nat_port_end > 65535 ||
                            network->nat_port_start > network->nat_port_end                 ? "end"
                                                                                            : NULL;

    if (network->forward && network->forward_mode == FORWARD_MODE_UNSET)
        network->forward_mode = FORWARD_MODE_NAT;
    if (!settle_forward_interfaces(network, error) || !check_functions(network, error))
        return false;
    if (nat && network->forward_mode != FORWARD_MODE_NAT) {
        error_set(error, VIR_ERR_XML_ERROR, "The <nat> element can only be used when <forward> 'mode' is 'nat' in network %s",
                  network->name);
        return false;
    }
    if (wrong) {
        error_set(error, VIR_ERR_XML_DETAIL, "Missing or invalid '%s' attribute in <port> in <nat> in <forward> in network %s",
                  wrong, network->name);
        return false;
    }
    return true;
}

static bool
refuse_mode(const Network *network, const char *what, GError **error)
{
    error_set(error, VIR_ERR_XML_ERROR, "%s in %s mode (network '%s')", what, forward_mode_words[network->forward_mode],
              network->name);
    return false;
}

static bool
refuse_bridge(const Network *network, const char *what, GError **error)
{
    error_set(error, VIR_ERR_XML_ERROR, "%s only allowed in %sroute, nat, and isolated mode, not in %s (network '%s')", what,
              what[0] == 'm' ? "open, " : "", forward_mode_words[network->forward_mode], network->name);
    return false;
}

/* What a mode needs, and what is not its to say. */
bool
network_mode_check(Network *network, GError **error)
{
    bool own = network_owns_bridge(network), bridge = network->forward_mode == FORWARD_MODE_BRIDGE;
    guint devices = network->interfaces ? network->interfaces->len : 0;

    if (own && network->forward_mode != FORWARD_MODE_UNSET && !network->ips) {
        error_set(error, VIR_ERR_XML_ERROR, "%s forwarding requested, but no IP address provided for network '%s'",
                  forward_mode_words[network->forward_mode], network->name);
        return false;
    }
    if (network->forward_mode == FORWARD_MODE_OPEN && devices) {
        error_set(error, VIR_ERR_XML_ERROR, "forward dev not allowed for network '%s' with forward mode='open'", network->name);
        return false;
    }
    if (own && devices > 1) {
        error_set(error, VIR_ERR_XML_ERROR, "multiple forwarding interfaces specified for network '%s', only one is supported",
                  network->name);
        return false;
    }
    if (bridge && network->bridge && (devices || network->addresses || network->pf_dev)) {
        error_set(error, VIR_ERR_XML_ERROR, "A network with forward mode='bridge' can specify a bridge name or a forward dev, "
                  "but not both (network '%s')", network->name);
        return false;
    }
    if (!own && !bridge && network->bridge)
        return refuse_mode(network, "bridge name not allowed", error);
    if (!own && !bridge && network->zone)
        return refuse_mode(network, "bridge zone not allowed", error);
    if (!own && !bridge && network->mac_manager != MAC_MANAGER_UNSET)
        return refuse_mode(network, "bridge macTableManager setting not allowed", error);
    if (!own && (network->delay || network->stp != ONOFF_UNSET || network->zone))
        return refuse_bridge(network, "bridge delay/stp/zone options", error);
    if (!own && network->mtu)
        return refuse_bridge(network, "mtu size", error);
    if (own && network->stp == ONOFF_UNSET)
        network->stp = ONOFF_ON;
    return true;
}

/* What only the port of one guest can have. */
static bool
check_bandwidth(const Bandwidth *bandwidth, GError **error)
{
    if (bandwidth && bandwidth->class_id)
        error_set(error, VIR_ERR_XML_DETAIL, "classID attribute not supported on <bandwidth> in this usage context");
    else if (bandwidth && bandwidth->inbound && bandwidth->inbound->floor)
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "floor attribute is not supported for this config");
    else
        return true;
    return false;
}

bool
network_content_check(Network *network, GError **error)
{
    if (!network->name[0] || strchr(network->name, '/') || strchr(network->name, '\n')) {
        error_set(error, VIR_ERR_XML_ERROR, "name '%s' of a network must not be empty or contain '/' or a newline",
                  network->name);
        return false;
    }
    if (network->virtualport && network->virtualport->type == VIRTUALPORT_TYPE_UNSET) {
        error_set(error, VIR_ERR_XML_ERROR, "missing required virtualport type");
        return false;
    }
    if (!check_bandwidth(network->bandwidth, error))
        return false;
    for (guint i = 0; network->portgroups && i < network->portgroups->len; i++) {
        const PortGroup *group = network->portgroups->pdata[i];
        if (!check_bandwidth(group->bandwidth, error))
            return false;
    }
    if (!check_forward(network, error) || !network_service_check(network, error))
        return false;
    if (network->mac && g_ascii_xdigit_value(network->mac[1]) & 1) {
        error_set(error, VIR_ERR_XML_ERROR, "Invalid multicast bridge mac address '%s' in network '%s'", network->mac,
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

bool
network_check(void *obj, unsigned flags, GError **error)
{
    return network_content_check(obj, error) && network_mode_check(obj, error);
}
