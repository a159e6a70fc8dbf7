/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check_net.c - network interfaces, as QEMU can have them */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/check/check_private.h"
#include "util/error.h"

enum { IPV4_PREFIX_MIN = 4, IPV4_PREFIX_MAX = 27, IPV6_PREFIX = 64 };

static bool
is_virtio(const Interface *interface)
{
    return interface->model && g_str_has_prefix(interface->model, "virtio");
}

static bool
interface_type(const Check *c, const void *device, GError **error)
{
    const Interface *interface = device;

    return (interface->type != INTERFACE_TYPE_INTERNAL && interface->type != INTERFACE_TYPE_VDS) ||
           check_fail(error, "network device type '%s' is not supported by QEMU", interface_type_words[interface->type]);
}

static bool
interface_hostdev(const Check *c, const void *device, GError **error)
{
    const Interface *interface = device;
    HostdevBackend backend = interface->hostdev_driver ? interface->hostdev_driver->name : HOSTDEV_BACKEND_UNSET;

    return interface->type != INTERFACE_TYPE_HOSTDEV || backend == HOSTDEV_BACKEND_UNSET ||
           backend == HOSTDEV_BACKEND_VFIO ||
           check_fail(error, "host device assignment by '%s' is not supported: use driver name 'vfio'",
                      hostdev_backend_words[backend]);
}

static bool
interface_passt(const Check *c, const void *device, GError **error)
{
    const Interface *interface = device;
    bool passt = interface->backend_type == NET_BACKEND_PASST;

    if (interface->type == INTERFACE_TYPE_VHOSTUSER && passt && !check_is_shared_memory(c->def))
        return check_fail(error, "'interface' requires shared memory");
    if (passt && interface->type != INTERFACE_TYPE_USER && interface->type != INTERFACE_TYPE_VHOSTUSER)
        return check_fail(error, "The 'passt' backend can only be used with interface type='user' or type='vhostuser', not '%s'",
                          interface_type_words[interface->type]);
    if (list_len(interface->port_forwards) && !passt)
        return check_fail(error, "The <portForward> element can only be used with <interface type='user'> and its 'passt' "
                          "backend");
    return true;
}

static bool
interface_ips(const Check *c, const void *device, GError **error)
{
    const Interface *interface = device;
    bool user = interface->type == INTERFACE_TYPE_USER ||
                (interface->type == INTERFACE_TYPE_VHOSTUSER && interface->backend_type == NET_BACKEND_PASST);
    unsigned v4 = 0, v6 = 0;

    if (list_len(interface->routes))
        return check_fail(error, "Invalid attempt to set network interface guest-side IP route, not supported by QEMU");
    if (list_len(interface->ips) && !user)
        return check_fail(error, "Invalid attempt to set network interface guest-side IP address info, not supported by QEMU "
                          "for interface type '%s'", interface_type_words[interface->type]);
    for (size_t i = 0; i < list_len(interface->ips); i++) {
        const GuestIp *ip = list_at(interface->ips, i);
        bool six = strchr(ip->address, ':');

        if (ip->peer)
            return check_fail(error, "Invalid attempt to set peer IP for guest");
        if ((six ? ++v6 : ++v4) > 1)
            return check_fail(error, "Only one %s address per interface is allowed", six ? "IPv6" : "IPv4");
        if (ip->has_prefix && interface->backend_type != NET_BACKEND_PASST &&
            (six ? ip->prefix > IPV6_PREFIX : ip->prefix < IPV4_PREFIX_MIN || ip->prefix > IPV4_PREFIX_MAX))
            return check_fail(error, "invalid prefix %u of address '%s': QEMU takes %s", ip->prefix, ip->address,
                              six ? "up to 64" : "4 to 27");
    }
    return true;
}

static bool
interface_driver(const Check *c, const void *device, GError **error)
{
    const Interface *interface = device;
    const struct { const char *name; bool there; } options[] = {
        { "iommu", interface->iommu != ONOFF_UNSET }, { "ats", interface->ats != ONOFF_UNSET },
        { "packed", interface->packed != ONOFF_UNSET }, { "page_per_vq", interface->page_per_vq != ONOFF_UNSET },
    };

    for (size_t i = 0; interface->model && !is_virtio(interface) && i < G_N_ELEMENTS(options); i++)
        if (options[i].there)
            return check_fail(error, "%s driver option is only supported for virtio devices, and the interface with MAC %s is "
                              "of model '%s'", options[i].name, interface->mac, interface->model);
    return true;
}

static bool
interface_coalesce(const Check *c, const void *device, GError **error)
{
    const Interface *interface = device;
    bool tap = interface->type == INTERFACE_TYPE_NETWORK || interface->type == INTERFACE_TYPE_BRIDGE ||
               interface->type == INTERFACE_TYPE_ETHERNET || interface->type == INTERFACE_TYPE_DIRECT;

    return !interface->rx_frames || tap ||
           check_fail(error, "coalesce settings on interface type %s are not supported",
                      interface_type_words[interface->type]);
}

static bool
interface_mtu(const Check *c, const void *device, GError **error)
{
    const Interface *interface = device;

    switch (interface->type) {
    case INTERFACE_TYPE_SERVER:
    case INTERFACE_TYPE_CLIENT:
    case INTERFACE_TYPE_MCAST:
    case INTERFACE_TYPE_UDP:
    case INTERFACE_TYPE_HOSTDEV:
    case INTERFACE_TYPE_VDPA:
        return !interface->mtu ||
               check_fail(error, "setting MTU on interface type %s is not supported yet", interface_type_words[interface->type]);
    default:
        return true;
    }
}

const CheckDeviceRule check_interface_rules[] = {
    interface_type, interface_hostdev, interface_passt, interface_ips, interface_driver, interface_coalesce,
    interface_mtu, NULL,
};
