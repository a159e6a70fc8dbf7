/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* interface.c - rules of <interface> in a domain that no single row can state. */
#define ERROR_FROM VIR_FROM_DOMAIN
#include "drivers/conf/interface_gen.h"
#include "util/error.h"

#include <string.h>

/* Names we make up for tap devices are not part of a definition. */
static bool
is_generated_name(const char *name)
{
    static const char *const prefixes[] = { "vnet", "vif", "macvtap", "macvlan", NULL };

    for (int i = 0; name && prefixes[i]; i++)
        if (g_str_has_prefix(name, prefixes[i]) && name[strlen(prefixes[i])] &&
            strspn(name + strlen(prefixes[i]), "0123456789") == strlen(name + strlen(prefixes[i])))
            return true;
    return false;
}

static bool
fail_source(const Interface *interface, const char *what, GError **error)
{
    error_set(error, VIR_ERR_XML_ERROR, "<interface type='%s'> (MAC %s) needs %s in its <source>",
              interface_type_words[interface->type], interface->mac ? interface->mac : "not given", what);
    return false;
}

static bool
check_source(const Interface *interface, GError **error)
{
    switch (interface->type) {
    case INTERFACE_TYPE_NETWORK:
        return interface->network || fail_source(interface, "'network'", error);
    case INTERFACE_TYPE_BRIDGE:
        return interface->bridge || fail_source(interface, "'bridge'", error);
    case INTERFACE_TYPE_DIRECT:
        return interface->dev || fail_source(interface, "'dev'", error);
    case INTERFACE_TYPE_INTERNAL:
        return interface->internal_name || fail_source(interface, "'name'", error);
    case INTERFACE_TYPE_HOSTDEV:
        return interface->hostdev_address || fail_source(interface, "<address>", error);
    case INTERFACE_TYPE_VDPA:
        return interface->dev || fail_source(interface, "'dev'", error);
    case INTERFACE_TYPE_CLIENT:
    case INTERFACE_TYPE_MCAST:
        if (!interface->address)
            return fail_source(interface, "'address'", error);
        return interface->port || fail_source(interface, "'port'", error);
    case INTERFACE_TYPE_UDP:
        if (!interface->local_address || !interface->local_port)
            return fail_source(interface, "a <local> with 'address' and 'port'", error);
        return interface->port || fail_source(interface, "'port'", error);
    case INTERFACE_TYPE_SERVER:
        return interface->port || fail_source(interface, "'port'", error);
    default:
        return true;
    }
}

/* What carries a VLAN tag, a profile or a promise of bandwidth: a bridge or switch, or a device of the host. */
static bool
check_switch(const Interface *interface, GError **error)
{
    InterfaceType type = interface->type;
    bool bridge = type == INTERFACE_TYPE_BRIDGE, direct = type == INTERFACE_TYPE_DIRECT;
    bool hostdev = type == INTERFACE_TYPE_HOSTDEV, network = type == INTERFACE_TYPE_NETWORK;
    VirtualportType port = interface->virtualport ? interface->virtualport->type : VIRTUALPORT_TYPE_UNSET;
    bool vepa = port == VIRTUALPORT_TYPE_802_1QBG || port == VIRTUALPORT_TYPE_802_1QBH;
    bool ovs = port == VIRTUALPORT_TYPE_OPENVSWITCH || port == VIRTUALPORT_TYPE_MIDONET;

    if (interface->virtualport && !bridge && !direct && !hostdev && !network && type != INTERFACE_TYPE_ETHERNET &&
        type != INTERFACE_TYPE_VHOSTUSER) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "<virtualport> element unsupported for <interface type='%s'>",
                  interface_type_words[type]);
        return false;
    }
    if ((vepa && (bridge || type == INTERFACE_TYPE_ETHERNET)) || (ovs && (direct || hostdev))) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "<virtualport type='%s'> is not supported for <interface type='%s'>",
                  virtualport_type_words[port], interface_type_words[type]);
        return false;
    }
    if (interface->isolated != YESNO_UNSET && !bridge && !network) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "<port isolated='%s'> is only for interfaces of type 'network' or 'bridge', "
                  "not '%s'", yesno_words[interface->isolated], interface_type_words[type]);
        return false;
    }
    if (interface->vlan && !network && !bridge && !hostdev && !direct && type != INTERFACE_TYPE_VHOSTUSER) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "<vlan> is not supported for <interface type='%s'>",
                  interface_type_words[type]);
        return false;
    }
    /* Only a network knows what its bridge has left to promise. */
    if (interface->bandwidth && interface->bandwidth->inbound && interface->bandwidth->inbound->floor && !network) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Invalid use of 'floor' on interface with MAC address %s - it is only for "
                  "interfaces of type 'network', not '%s'", interface->mac ? interface->mac : "not given",
                  interface_type_words[type]);
        return false;
    }
    return true;
}

static bool
check_vhostuser(const Interface *interface, GError **error)
{
    bool passt = interface->backend_type == NET_BACKEND_PASST;

    if (interface->type != INTERFACE_TYPE_VHOSTUSER || passt)
        return true;
    if (!interface->path)
        return fail_source(interface, "'path'", error);
    if (interface->vhost_type && strcmp(interface->vhost_type, "unix")) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Type '%s' unsupported for <interface type='vhostuser'>",
                  interface->vhost_type);
        return false;
    }
    if (!interface->vhost_mode)
        return fail_source(interface, "'mode'", error);
    if (strcmp(interface->vhost_mode, "server") && strcmp(interface->vhost_mode, "client")) {
        error_set(error, VIR_ERR_XML_ERROR, "Wrong <source> 'mode' attribute '%s' with <interface type='vhostuser'>",
                  interface->vhost_mode);
        return false;
    }
    if (interface->reconnect && interface->reconnect->enabled == YESNO_YES && !strcmp(interface->vhost_mode, "server")) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "'reconnect' attribute unsupported 'server' mode for <interface "
                  "type='vhostuser'>");
        return false;
    }
    return true;
}

static bool
check_model(const Interface *interface, GError **error)
{
    static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    if (!interface->model || strspn(interface->model, safe) == strlen(interface->model))
        return true;
    error_set(error, VIR_ERR_INVALID_ARG, "Model name contains invalid characters: '%s'", interface->model);
    return false;
}

static bool
check_ports(const Interface *interface, GError **error)
{
    for (guint i = 0; interface->port_forwards && i < interface->port_forwards->len; i++) {
        const PortForward *forward = interface->port_forwards->pdata[i];

        for (guint k = 0; forward->ranges && k < forward->ranges->len; k++) {
            const PortRange *range = forward->ranges->pdata[k];

            if (!range->start || range->start > 65535 || range->end > 65535 || range->to > 65535 ||
                (range->end && range->end < range->start)) {
                error_set(error, VIR_ERR_XML_ERROR, "port range %u to %u of <portForward> is not valid", range->start,
                          range->end);
                return false;
            }
        }
    }
    return true;
}

bool
interface_check(void *obj, unsigned flags, GError **error)
{
    Interface *interface = obj;

    if (flags & XML_PARSE_INACTIVE && is_generated_name(interface->target))
        g_clear_pointer(&interface->target, g_free);
    if (interface->mac) {
        unsigned first = g_ascii_xdigit_value(interface->mac[1]);
        if (first & 1) {
            error_set(error, VIR_ERR_XML_ERROR, "expected unicast mac address, found multicast '%s'", interface->mac);
            return false;
        }
    }
    if (interface->rx_queue_size & (interface->rx_queue_size - 1)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "rx_queue_size has to be a power of two");
        return false;
    }
    if (interface->tx_queue_size & (interface->tx_queue_size - 1)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "tx_queue_size has to be a power of two");
        return false;
    }
    return check_source(interface, error) && check_switch(interface, error) && check_vhostuser(interface, error) &&
           check_ports(interface, error) && check_model(interface, error);
}
