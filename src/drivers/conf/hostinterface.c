/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hostinterface.c - rules of host interfaces that no single row can state. */
#define ERROR_FROM VIR_FROM_INTERFACE
#include "drivers/conf/hostinterface_gen.h"
#include "util/error.h"

enum { MTU_MAX = 100000 };

static bool
refuse(GError **error, const char *message)
{
    error_set(error, VIR_ERR_XML_ERROR, "%s", message);
    return false;
}

static bool
check_members(const HostInterface *iface, GError **error)
{
    for (guint i = 0; iface->interfaces && i < iface->interfaces->len; i++) {
        const HostInterface *member = g_ptr_array_index(iface->interfaces, i);

        if (member->type == IFACE_TYPE_BRIDGE ||
            (iface->type == IFACE_TYPE_BOND && member->type != IFACE_TYPE_ETHERNET)) {
            error_set(error, VIR_ERR_XML_ERROR, "interface has unsupported type '%s'", iface_type_words[member->type]);
            return false;
        }
    }
    return true;
}

static bool
check_bond(const HostInterface *iface, GError **error)
{
    if (!iface->bond)
        return refuse(error, "bond interface misses the bond element");
    if (iface->miimon && !iface->has_freq)
        return refuse(error, "bond interface miimon freq missing or invalid");
    if (iface->arpmon && !iface->has_interval)
        return refuse(error, "bond interface arpmon interval missing or invalid");
    if (iface->arpmon && !iface->arp_target)
        return refuse(error, "bond interface arpmon target missing");
    if (iface->arp_validate == BOND_VALIDATE_NONE)
        return refuse(error, "unknown arp bonding validate none");
    if (iface->miimon && iface->arpmon) {
        error_set(error, VIR_ERR_XML_ERROR, "bond '%s' has both <miimon> and <arpmon>; remove one", iface->name);
        return false;
    }
    return true;
}

static bool
check_vlan(const HostInterface *iface, GError **error)
{
    if (!iface->vlan)
        return refuse(error, "vlan interface misses the vlan element");
    if (!iface->vlan_tag || !iface->vlan_tag[0])
        return refuse(error, "vlan interface misses the tag attribute");
    if (!iface->vlan_device || !iface->vlan_device[0])
        return refuse(error, "vlan interface misses name attribute");
    return true;
}

bool
host_interface_check(void *obj, unsigned flags, GError **error)
{
    HostInterface *iface = obj;

    if (iface->type == IFACE_TYPE_UNSET)
        return refuse(error, "Missing required attribute 'type' in element 'interface'");
    if (!iface->name)
        return refuse(error, "interface has no name");
    if (iface->mtu > MTU_MAX)
        return refuse(error, "value of the 'size' attribute of 'mtu' element must be at most 100000");
    if (iface->type == IFACE_TYPE_BRIDGE && !iface->bridge)
        return refuse(error, "bridge interface misses the bridge element");
    if (iface->type == IFACE_TYPE_BOND && !check_bond(iface, error))
        return false;
    if (iface->type == IFACE_TYPE_VLAN && !check_vlan(iface, error))
        return false;
    return check_members(iface, error);
}
