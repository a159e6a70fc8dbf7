/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network_port.c - what a port gets from its network
 *
 * An interface names a network and perhaps a port group of it.  VLANs and bandwidth come from the first of interface,
 * group and network that has some; a virtual port is put together from all three, which must not contradict.
 */
#define ERROR_FROM VIR_FROM_NETWORK
#include "drivers/conf/network_port.h"
#include "drivers/conf/network_update.h"
#include "util/error.h"
#include "util/uuid.h"

#include <string.h>

/* The group that @port names, or the default one; *@ret_group is NULL where there is none. */
static bool
find_group(const Network *network, const NetworkPort *port, const PortGroup **ret_group, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    const char *near;

    *ret_group = NULL;
    for (guint i = 0; network->portgroups && i < network->portgroups->len; i++) {
        const PortGroup *group = network->portgroups->pdata[i];

        if (port->group ? !strcmp(group->name, port->group) : group->is_default == YESNO_YES) {
            *ret_group = group;
            return true;
        }
        g_ptr_array_add(names, group->name);
    }
    if (!port->group)
        return true;
    g_ptr_array_add(names, NULL);
    near = xml_near_miss(port->group, (const char *const *)names->pdata);
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "network '%s' has no port group '%s'%s%s%s", network->name, port->group,
              near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return false;
}

/* ---- virtual ports ------------------------------------------------------- */

static const struct {
    const char *name;
    const XmlType *type;
    size_t value, has; /* has: 0 where an empty value is none */
} parameters[] = {
    { "type", &xml_type_enum, offsetof(VirtualPort, type), 0 },
    { "managerid", &xml_type_uint, offsetof(VirtualPort, managerid), offsetof(VirtualPort, has_managerid) },
    { "typeid", &xml_type_uint, offsetof(VirtualPort, type_id), offsetof(VirtualPort, has_type_id) },
    { "typeidversion", &xml_type_uint, offsetof(VirtualPort, type_id_version), offsetof(VirtualPort, has_type_id_version) },
    { "instanceid", &xml_type_uuid, offsetof(VirtualPort, instance_id), 0 },
    { "profileid", &xml_type_string, offsetof(VirtualPort, profile_id), 0 },
    { "interfaceid", &xml_type_uuid, offsetof(VirtualPort, interface_id), 0 },
};

static bool
is_given(const VirtualPort *port, size_t i)
{
    static const uint8_t none[UUID_LEN];
    const char *base = (const char *)port;

    return parameters[i].has ? *(const bool *)(base + parameters[i].has)
                             : memcmp(base + parameters[i].value, none, parameters[i].type->size) != 0;
}

/* What @from says and *@into does not. */
static bool
merge(const char *network, const VirtualPort *from, VirtualPort **into, GError **error)
{
    if (from && !*into)
        *into = xml_new(&virtual_port_xml);
    for (size_t i = 0; from && i < G_N_ELEMENTS(parameters); i++) {
        const XmlType *type = parameters[i].type;
        char *to = (char *)*into + parameters[i].value;
        const char *source = (const char *)from + parameters[i].value;

        if (!is_given(from, i))
            continue;
        if (is_given(*into, i)) {
            if (type->equal ? type->equal(to, source) : !memcmp(to, source, type->size))
                continue;
            error_set(error, VIR_ERR_XML_ERROR, "the <virtualport> elements of interface, port group and network '%s' "
                      "contradict each other: %s differs", network, parameters[i].name);
            return false;
        }
        if (type->copy)
            type->copy(to, source);
        else
            memcpy(to, source, type->size);
        if (parameters[i].has)
            *(bool *)((char *)*into + parameters[i].has) = true;
    }
    return true;
}

/* The switches that a kind of network can have behind it. */
static bool
check_switch(const Network *network, VirtualportType type, GError **error)
{
    bool own = network_owns_bridge(network), hostdev = network->forward_mode == FORWARD_MODE_HOSTDEV;
    bool bridge = !own && network->bridge;
    bool ovs = type == VIRTUALPORT_TYPE_OPENVSWITCH || type == VIRTUALPORT_TYPE_MIDONET;
    bool fits = type == VIRTUALPORT_TYPE_NONE || (bridge && ovs) ||
                (!own && !bridge && !hostdev && (type == VIRTUALPORT_TYPE_802_1QBG || type == VIRTUALPORT_TYPE_802_1QBH)) ||
                (hostdev && type == VIRTUALPORT_TYPE_802_1QBH);

    if (fits)
        return true;
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "<virtualport type='%s'> not supported for network '%s' which uses %s",
              virtualport_type_words[type], network->name, own ? "a bridge of its own" : bridge ? "a bridge device"
              : hostdev ? "an SR-IOV Virtual Function via PCI passthrough" : "a macvtap device");
    return false;
}

/* What a switch must be told; who a port is, is made up where nobody said it. */
static bool
complete(const Network *network, VirtualPort *port, GError **error)
{
    const char *missing = NULL;

    switch (port->type) {
    case VIRTUALPORT_TYPE_802_1QBG:
        missing = !port->has_managerid ? "managerid" : !port->has_type_id ? "typeid" :
                  !port->has_type_id_version ? "typeidversion" : NULL;
        if (!uuid_is_valid(port->instance_id))
            uuid_generate(port->instance_id);
        break;
    case VIRTUALPORT_TYPE_802_1QBH:
        missing = port->profile_id ? NULL : "profileid";
        break;
    case VIRTUALPORT_TYPE_OPENVSWITCH:
        if (!uuid_is_valid(port->interface_id))
            uuid_generate(port->interface_id);
        break;
    case VIRTUALPORT_TYPE_MIDONET:
        missing = uuid_is_valid(port->interface_id) ? NULL : "interfaceid";
        break;
    case VIRTUALPORT_TYPE_UNSET:
        missing = "type";
        break;
    default:
        break;
    }
    if (!missing) /* what one of the three knows, another may not: their sum has the rules of one */
        return network_virtual_port_check(port, 0, error) && check_switch(network, port->type, error);
    error_set(error, VIR_ERR_XML_ERROR, "missing %s in <virtualport> of network '%s': neither interface, port group nor network "
              "says it", missing, network->name);
    return false;
}

/* ---- bandwidth and VLANs ------------------------------------------------- */

static uint64_t
floor_of(const NetworkPort *port)
{
    return port->bandwidth && port->bandwidth->inbound ? port->bandwidth->inbound->floor : 0;
}

/* What is promised to all must be there. */
static bool
check_floor(const Network *network, const GPtrArray *others, const NetworkPort *port, GError **error)
{
    const BandwidthRate *inbound = network->bandwidth ? network->bandwidth->inbound : NULL;
    uint64_t left, mine = floor_of(port);

    if (!mine)
        return true;
    if (!network_owns_bridge(network)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Invalid use of 'floor' on interface with MAC address %s - network '%s' of "
                  "mode '%s' has no bridge of its own", port->mac, network->name, forward_mode_words[network->forward_mode]);
        return false;
    }
    if (!inbound || !inbound->average) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Invalid use of 'floor' on interface with MAC address %s - network '%s' has "
                  "no inbound QoS set: give it <bandwidth><inbound average='...'/></bandwidth>", port->mac, network->name);
        return false;
    }
    left = inbound->average;
    for (guint i = 0; others && i < others->len; i++) {
        const NetworkPort *other = others->pdata[i];

        if (memcmp(other->uuid, port->uuid, UUID_LEN))
            left -= MIN(left, floor_of(other));
    }
    if (mine <= left)
        return true;
    error_set(error, VIR_ERR_OPERATION_INVALID, "Cannot plug the interface with MAC address %s into network '%s': of its inbound "
              "average of %" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT " are left, and the floor is %" G_GUINT64_FORMAT, port->mac,
              network->name, inbound->average, left, mine);
    return false;
}

static bool
check_vlan(const Network *network, const NetworkPort *port, GError **error)
{
    bool has_vlan = port->vlan && port->vlan->tags && port->vlan->tags->len > 0;
    bool can_vlan = network->forward_mode == FORWARD_MODE_HOSTDEV || network->forward_mode == FORWARD_MODE_PASSTHROUGH ||
                    network->forward_mode == FORWARD_MODE_BRIDGE ||
                    (port->virtualport && port->virtualport->type == VIRTUALPORT_TYPE_OPENVSWITCH);

    if (!has_vlan || can_vlan)
        return true;
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "an interface connecting to network '%s' is requesting a vlan tag, but that is "
              "not supported for this type of network", network->name);
    return false;
}

bool
network_port_settle(const Network *network, const GPtrArray *others, NetworkPort *port, GError **error)
{
    const PortGroup *group;

    if (!find_group(network, port, &group, error))
        return false;
    if (group && !port->group)
        port->group = g_strdup(group->name);
    if (!port->bandwidth && group)
        port->bandwidth = xml_copy(&bandwidth_xml, group->bandwidth);
    if (!port->vlan && group)
        port->vlan = xml_copy(&vlan_xml, group->vlan);
    if (!port->vlan)
        port->vlan = xml_copy(&vlan_xml, network->vlan);
    if (port->trust_guest_rx_filters == YESNO_UNSET && group)
        port->trust_guest_rx_filters = group->trust_guest_rx_filters;
    if (port->trust_guest_rx_filters == YESNO_UNSET)
        port->trust_guest_rx_filters = network->trust_guest_rx_filters;
    if (port->isolated == YESNO_UNSET)
        port->isolated = network->port_isolated;
    return merge(network->name, group ? group->virtualport : NULL, &port->virtualport, error) &&
           merge(network->name, network->virtualport, &port->virtualport, error) &&
           (!port->virtualport || complete(network, port->virtualport, error)) && check_vlan(network, port, error) &&
           check_floor(network, others, port, error);
}
