/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hostinterface.c - rules of host interfaces that no single row can state. */
#define ERROR_FROM VIR_FROM_INTERFACE
#include "drivers/conf/hostinterface_gen.h"
#include "util/error.h"

static bool
check_members(const HostInterface *iface, GError **error)
{
    for (guint i = 0; iface->interfaces && i < iface->interfaces->len; i++) {
        const HostInterface *member = g_ptr_array_index(iface->interfaces, i);

        if (member->type == IFACE_TYPE_BRIDGE ||
            (iface->type == IFACE_TYPE_BOND && member->type != IFACE_TYPE_ETHERNET)) {
            error_set(error, VIR_ERR_XML_ERROR, "interface of type '%s' cannot be part of %s '%s'",
                      iface_type_words[member->type], iface_type_words[iface->type], iface->name);
            return false;
        }
    }
    return true;
}

bool
host_interface_check(void *obj, unsigned flags, GError **error)
{
    HostInterface *iface = obj;

    if (iface->type == IFACE_TYPE_UNSET) {
        error_set(error, VIR_ERR_XML_ERROR, "<interface> has no 'type'");
        return false;
    }
    if (iface->type == IFACE_TYPE_VLAN && (!iface->vlan || !iface->vlan_device)) {
        error_set(error, VIR_ERR_XML_ERROR, "vlan interface '%s' needs <vlan tag=...> with an <interface name=...>",
                  iface->name ? iface->name : "");
        return false;
    }
    if (iface->type == IFACE_TYPE_VLAN && !iface->name)
        iface->name = g_strdup_printf("%s.%u", iface->vlan_device, iface->tag);
    if (!iface->name) {
        error_set(error, VIR_ERR_XML_ERROR, "<interface type='%s'> has no 'name'", iface_type_words[iface->type]);
        return false;
    }
    if (iface->type == IFACE_TYPE_BOND && (!iface->bond || !iface->interfaces || iface->interfaces->len == 0)) {
        error_set(error, VIR_ERR_XML_ERROR, "bond '%s' has no interfaces", iface->name);
        return false;
    }
    if (iface->miimon && iface->arpmon) {
        error_set(error, VIR_ERR_XML_ERROR, "bond '%s' has both <miimon> and <arpmon>; remove one", iface->name);
        return false;
    }
    return check_members(iface, error);
}
