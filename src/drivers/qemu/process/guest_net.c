/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_net.c - interfaces: ports of networks, tap devices
 *
 * The network daemon owns ports; we are its client like any other, and keep the port's UUID in the live definition.
 * It says which bridge the port is on, the tap device is ours.  When a network comes back after it was away, ports
 * that it lost are made again under the same UUID and taps return to its bridge.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include "drivers/common/ovs_port.h"
#include "drivers/conf/networkport_gen.h"
#include "drivers/qemu/process/guest.h"
#include "drivers/qemu/process/guest_peer.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/log.h"
#include "util/netlink.h"
#include "util/uuid.h"

LOG_SOURCE("qemu.net");

static NetlinkMonitor *monitor;

static char *
port_document(const Domain *doc, const Interface *n, const uint8_t uuid[16])
{
    NetworkPort port = {
        .owner_name = doc->name,
        .group = n->portgroup,
        .mac = n->mac,
        .virtualport = n->virtualport,
        .bandwidth = n->bandwidth,
        .vlan = n->vlan,
        .isolated = n->isolated,
        .trust_guest_rx_filters = n->trust_guest_rx_filters,
    };

    memcpy(port.uuid, uuid, 16);
    memcpy(port.owner_uuid, doc->uuid, 16);
    return xml_format_text(&network_port_xml, &port, 0);
}

/* Note in the live definition what the port turned the interface into. */
static bool
apply_port(Interface *n, virNetworkPortPtr port, GError **error)
{
    g_autofree char *text = virNetworkPortGetXMLDesc(port, 0);
    g_autoptr(NetworkPort) plugged = NULL;

    if (!text) {
        guest_peer_error(error, "cannot read the network port");
        return false;
    }
    plugged = xml_parse_text(&network_port_xml, text, 0, error);
    if (!plugged)
        return false;
    if (plugged->plug_type == PLUG_TYPE_HOSTDEV_PCI) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "network '%s' connects guests by '%s', which is not supported yet",
                  n->network, plug_type_words[plugged->plug_type]);
        return false;
    }
    memcpy(n->port_id, plugged->uuid, 16);
    g_free(n->bridge);
    n->bridge = g_strdup(plugged->bridge);
    if (!n->actual)
        n->actual = xml_new(&actual_interface_xml);
    n->actual->type = plugged->plug_type == PLUG_TYPE_NETWORK  ? INTERFACE_TYPE_NETWORK
                      : plugged->plug_type == PLUG_TYPE_BRIDGE ? INTERFACE_TYPE_BRIDGE : INTERFACE_TYPE_DIRECT;
    g_free(n->actual->dev);
    n->actual->dev = g_strdup(plugged->dev);
    n->actual->mode = plugged->mode;
    g_free(n->actual->bridge);
    n->actual->bridge = g_strdup(plugged->bridge);
    /* What interface, port group and network said together. */
    xml_free(&virtual_port_xml, n->actual->virtualport);
    n->actual->virtualport = g_steal_pointer(&plugged->virtualport);
    xml_free(&vlan_xml, n->actual->vlan);
    n->actual->vlan = g_steal_pointer(&plugged->vlan);
    return true;
}

/* A port of @n's network under @uuid; @reclaim: what it uses is in use by us already. */
static bool
create_port(const Domain *doc, Interface *n, const uint8_t uuid[16], bool reclaim, GError **error)
{
    g_autoptr(virConnect) conn = guest_peer_connect("network", error);
    g_autoptr(virNetwork) network = NULL;
    g_autoptr(virNetworkPort) port = NULL;
    g_autofree char *text = NULL;

    if (!conn)
        return false;
    network = virNetworkLookupByName(conn, n->network);
    if (network && reclaim)
        port = virNetworkPortLookupByUUID(network, uuid);
    if (network && !port) {
        text = port_document(doc, n, uuid);
        port = virNetworkPortCreateXML(network, text, reclaim ? VIR_NETWORK_PORT_CREATE_RECLAIM : 0);
    }
    if (!port) {
        guest_peer_error(error, "cannot make a network port");
        return false;
    }
    return apply_port(n, port, error);
}

static bool
has_port(const Interface *n)
{
    static const uint8_t none[16];

    return n->type == INTERFACE_TYPE_NETWORK && memcmp(n->port_id, none, 16) != 0;
}

static void
delete_port(const Domain *doc, const Interface *n)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(virConnect) conn = guest_peer_connect("network", &error);
    g_autoptr(virNetwork) network = conn ? virNetworkLookupByName(conn, n->network) : NULL;
    g_autoptr(virNetworkPort) port = network ? virNetworkPortLookupByUUID(network, n->port_id) : NULL;

    if (port && virNetworkPortDelete(port, 0) < 0)
        guest_peer_error(&error, "cannot delete the network port");
    if (error)
        log_gerror(error, "while unplugging '%s' from network '%s'", doc->name, n->network);
}

static bool
is_direct(const Interface *n)
{
    return (n->actual ? n->actual->type : n->type) == INTERFACE_TYPE_DIRECT;
}

static const VirtualPort *
openvswitch_of(const Interface *n)
{
    const VirtualPort *port = n->actual && n->actual->virtualport ? n->actual->virtualport : n->virtualport;

    return port && port->type == VIRTUALPORT_TYPE_OPENVSWITCH ? port : NULL;
}

/* Make @tap a port of its bridge; @again: it may be one already. */
static bool
join_bridge(const Domain *doc, const char *tap, const Interface *n, bool again, Netlink *netlink, GError **error)
{
    const VirtualPort *virtualport = openvswitch_of(n);
    const OvsPort port = {
        .bridge = n->bridge, .name = tap, .mac = n->mac, .owner = doc->uuid, .virtualport = virtualport,
        .vlan = n->actual && n->actual->vlan ? n->actual->vlan : n->vlan, .again = again,
    };

    if (virtualport)
        return ovs_port_add(&port, error);
    if (netlink_link_set_master(netlink, tap, n->bridge, error))
        return true;
    error_prefix(error, "Unable to add interface '%s' to bridge '%s'", tap, n->bridge);
    return false;
}

static bool
plug_tap(const Domain *doc, const char *tap, const Interface *n, bool again, GError **error)
{
    g_autoptr(Netlink) netlink = netlink_new(error);
    NetlinkChange up = { .mask = NETLINK_SET_UP, .up = true };

    if (!netlink)
        return false;
    if (n->bridge && !join_bridge(doc, tap, n, again, netlink, error))
        return false;
    if (n->isolated == YESNO_YES) {
        NetlinkPort port = { .isolated = 1, .learning = -1, .unicast_flood = -1, .hairpin = -1 };

        if (!netlink_port_set(netlink, tap, &port, error))
            return false;
    }
    return netlink_link_set(netlink, tap, &up, error);
}

static bool
parse_mac(const Interface *n, uint8_t mac[6], GError **error)
{
    unsigned b[6];

    if (!n->mac || sscanf(n->mac, "%x:%x:%x:%x:%x:%x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) != 6) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "interface has no usable MAC address");
        return false;
    }
    for (int i = 0; i < 6; i++)
        mac[i] = (uint8_t)b[i];
    return true;
}

/* The host's end has the guest's address but for its first byte: a bridge takes the lowest address of its ports
 * for its own, and this one is never lowest. */
static bool
set_tap_address(const char *tap, const Interface *n, GError **error)
{
    g_autoptr(Netlink) netlink = netlink_new(error);
    NetlinkChange change = { .mask = NETLINK_SET_MAC };

    if (!netlink || !parse_mac(n, change.mac, error))
        return false;
    change.mac[0] = 0xfe;
    if (n->mtu) {
        change.mask |= NETLINK_SET_MTU;
        change.mtu = n->mtu;
    }
    return netlink_link_set(netlink, tap, &change, error);
}

/* vhost-net where the guest has KVM and virtio, unless the definition says otherwise. */
static bool
open_vhost(GuestFds *fds, const Interface *n, CommandNet *net, GError **error)
{
    bool wanted = n->driver_name == NET_VHOST_VHOST;

    if (!n->model || !g_str_has_prefix(n->model, "virtio") || n->driver_name == NET_VHOST_QEMU ||
        (!wanted && fds->doc->type != VIRT_TYPE_KVM))
        return true;
    for (size_t i = 0; i < net->n_taps; i++) {
        int fd = open(n->backend_vhost ? n->backend_vhost : "/dev/vhost-net", O_RDWR | O_CLOEXEC);

        if (fd < 0 && wanted) {
            error_set_errno(error, errno, "cannot open vhost-net, which interface '%s' asks for", n->info.alias);
            return false;
        }
        if (fd < 0)
            break;
        net->vhosts[net->n_vhosts++] = guest_fds_add(fds, fd);
    }
    return true;
}

/* What macvtap cannot do for us yet is refused by name. */
static bool
check_direct(const Interface *n, GError **error)
{
    const VirtualPort *port = n->actual ? n->actual->virtualport : n->virtualport;
    DirectMode mode = n->actual ? n->actual->mode : n->mode;

    if (mode == DIRECT_MODE_PASSTHROUGH)
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "interface '%s': mode 'passthrough' of type 'direct' is not supported yet",
                  n->info.alias);
    else if (port && port->type != VIRTUALPORT_TYPE_UNSET && port->type != VIRTUALPORT_TYPE_NONE)
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "interface '%s': virtualport type '%s' is not supported yet", n->info.alias,
                  virtualport_type_words[port->type]);
    else if (n->trust_guest_rx_filters == YESNO_YES)
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "interface '%s': trustGuestRxFilters is not supported yet", n->info.alias);
    else
        return true;
    return false;
}

/* A macvtap device has the guest's own address, on an interface of the host. */
static bool
open_direct(Interface *n, char *name, uint32_t flags, int *ret_fds, size_t queues, GError **error)
{
    g_autoptr(Netlink) netlink = netlink_new(error);
    const char *lower = n->actual ? n->actual->dev : n->dev;
    DirectMode mode = n->actual ? n->actual->mode : n->mode;
    NetlinkMacvtapMode how = mode == DIRECT_MODE_BRIDGE    ? NETLINK_MACVTAP_BRIDGE
                             : mode == DIRECT_MODE_PRIVATE ? NETLINK_MACVTAP_PRIVATE : NETLINK_MACVTAP_VEPA;
    NetlinkChange up = { .mask = NETLINK_SET_UP, .up = true };
    uint8_t mac[6];

    if (!netlink || !check_direct(n, error) || !parse_mac(n, mac, error) ||
        !netlink_macvtap_create(netlink, name, lower, how, mac, error))
        return false;
    if (n->mtu) {
        up.mask |= NETLINK_SET_MTU;
        up.mtu = n->mtu;
    }
    if (netlink_link_set(netlink, name, &up, error) && netlink_macvtap_open(netlink, name, flags, ret_fds, queues, error))
        return true;
    netlink_link_delete(netlink, name, NULL);
    return false;
}

/* It stays when the last descriptor is closed, as a tap device does not.  One of that name that is not this guest's, which
 * then never started, is left alone. */
static void
drop_direct(const Interface *n)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Netlink) netlink = netlink_new(&error);
    NetlinkLink link;
    uint8_t mac[6];

    if (netlink && netlink_link_get(netlink, n->target, &link, NULL) && g_str_equal(link.kind, "macvtap") &&
        parse_mac(n, mac, &error) && !memcmp(mac, link.mac, sizeof(mac)))
        netlink_link_delete(netlink, n->target, &error);
    if (error)
        log_gerror(error, "while removing macvtap device '%s'", n->target);
}

bool
guest_net_open(GuestFds *fds, Interface *n, size_t at, CommandNet *net, GError **error)
{
    char name[IFNAMSIZ] = "vnet%d";
    size_t queues = n->queues ? n->queues : 1;
    int taps[COMMAND_QUEUES_MAX];
    uint8_t uuid[16];
    uint32_t flags = 0;

    if (queues > COMMAND_QUEUES_MAX) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "interface '%s' has %zu queues; at most %d are possible",
                  n->info.alias, queues, COMMAND_QUEUES_MAX);
        return false;
    }
    if (n->type == INTERFACE_TYPE_NETWORK) {
        uuid_generate(uuid);
        if (!create_port(fds->doc, n, uuid, false, error))
            return false;
    }
    if (is_direct(n))
        g_strlcpy(name, "macvtap%d", sizeof(name));
    if (n->target && !strchr(n->target, '%'))
        g_strlcpy(name, n->target, sizeof(name));
    if (n->model && g_str_has_prefix(n->model, "virtio"))
        flags |= NETLINK_TAP_VNET_HDR;
    if (queues > 1)
        flags |= NETLINK_TAP_MULTI_QUEUE;
    if (is_direct(n)) {
        if (!open_direct(n, name, flags, taps, queues, error))
            return false;
    } else if (!netlink_tap_open(name, flags, taps, queues, error)) {
        error_prefix(error, "Unable to create tap device '%s'", name);
        return false;
    }
    for (size_t i = 0; i < queues; i++)
        net->taps[i] = guest_fds_add(fds, taps[i]);
    net->n_taps = queues;
    g_free(n->target);
    n->target = g_strdup(name);
    if (is_direct(n))
        return open_vhost(fds, n, net, error);
    return set_tap_address(name, n, error) && plug_tap(fds->doc, name, n, false, error) && open_vhost(fds, n, net, error);
}

bool
guest_net_move(const Domain *doc, const Interface *before, Interface *after, GError **error)
{
    g_autoptr(GError) later = NULL;
    uint8_t uuid[16];

    memset(after->port_id, 0, sizeof(after->port_id));
    g_clear_pointer(&after->actual, actual_interface_free);
    if (after->type == INTERFACE_TYPE_NETWORK) {
        uuid_generate(uuid);
        if (!create_port(doc, after, uuid, false, error))
            return false;
    }
    if (openvswitch_of(before) && !openvswitch_of(after) && !ovs_port_remove(before->target, error)) {
        if (has_port(after))
            delete_port(doc, after);
        return false;
    }
    if (!plug_tap(doc, after->target, after, false, error)) {
        if (has_port(after))
            delete_port(doc, after);
        if (!plug_tap(doc, before->target, before, false, &later))
            log_gerror(later, "while plugging '%s' back", before->target);
        return false;
    }
    if (has_port(before))
        delete_port(doc, before);
    return true;
}

void
guest_net_release(const Domain *doc)
{
    for (size_t i = 0; i < list_len(doc->interfaces); i++) {
        const Interface *n = list_at(doc->interfaces, i);
        g_autoptr(GError) error = NULL;

        if (n->target && is_direct(n))
            drop_direct(n);
        if (n->target && n->bridge && openvswitch_of(n) && !ovs_port_remove(n->target, &error))
            log_gerror(error, "while unplugging '%s'", doc->name);
        if (has_port(n))
            delete_port(doc, n);
    }
}

bool
guest_net_replug(Guest *guest, const char *bridge, GError **error)
{
    g_autoptr(Def) live = object_live(&guest->vm.object);
    g_autoptr(Domain) doc = NULL;
    bool changed = false, ok = true;

    if (!live)
        return true;
    doc = xml_copy(&domain_xml, live->doc);
    for (size_t i = 0; ok && i < list_len(doc->interfaces); i++) {
        Interface *n = list_at(doc->interfaces, i);
        g_autofree char *old = g_strdup(n->bridge);

        if (!n->target || !n->bridge || (bridge && !g_str_equal(bridge, n->bridge)))
            continue;
        if (has_port(n)) {
            ok = create_port(doc, n, n->port_id, true, error);
            changed |= g_strcmp0(old, n->bridge) != 0;
        }
        ok = ok && plug_tap(doc, n->target, n, true, error);
    }
    if (changed)
        object_set_live(&guest->vm.object, g_steal_pointer(&doc));
    return ok;
}

/* Networks that come back: their bridge appears before they take ports, so a refusal is tried again for a while. */
typedef struct Return {
    char *bridge;
    int tries;
} Return;

enum { RETURN_TRIES = 40, RETURN_EVERY_MS = 250 };

static void
return_free(void *data)
{
    Return *r = data;

    g_free(r->bridge);
    g_free(r);
}

static bool
uses_bridge(Guest *guest, const char *bridge)
{
    g_autoptr(Def) live = object_live(&guest->vm.object);
    const Domain *doc = live ? live->doc : NULL;

    for (size_t i = 0; doc && i < list_len(doc->interfaces); i++)
        if (!g_strcmp0(((Interface *)list_at(doc->interfaces, i))->bridge, bridge))
            return true;
    return false;
}

static gboolean try_return(void *data);

static void
schedule(Return *r)
{
    GSource *source = g_timeout_source_new(RETURN_EVERY_MS);

    g_source_set_callback(source, try_return, r, NULL);
    g_source_attach(source, guest_host.env.context);
    g_source_unref(source);
}

static void *
run_return(void *data)
{
    Return *r = data;
    g_autoptr(GPtrArray) list = object_table_list(guest_host.table);
    g_autoptr(GError) error = NULL;
    bool ok = true;

    for (unsigned i = 0; i < list->len; i++) {
        Guest *guest = list->pdata[i];

        if (object_is_active(&guest->vm.object) && uses_bridge(guest, r->bridge)) {
            g_clear_error(&error);
            ok &= guest_net_replug(guest, r->bridge, &error);
        }
    }
    if (ok || --r->tries == 0) {
        if (error)
            log_gerror(error, "while plugging guests back into bridge '%s'", r->bridge);
        return_free(r);
    } else {
        schedule(r);
    }
    return NULL;
}

static gboolean
try_return(void *data)
{
    g_thread_unref(g_thread_new("replug", run_return, data));
    return G_SOURCE_REMOVE;
}

static void
on_link(const NetlinkLink *link, bool gone, void *data)
{
    static GHashTable *known; /* main thread only: bridges that are there */
    Return *r;

    if (!known)
        known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (!link || !g_str_equal(link->kind, "bridge"))
        return;
    if (gone) {
        g_hash_table_remove(known, link->name);
        return;
    }
    if (!g_hash_table_add(known, g_strdup(link->name)))
        return;
    r = g_new0(Return, 1);
    r->bridge = g_strdup(link->name);
    r->tries = RETURN_TRIES;
    schedule(r);
}

bool
guest_net_watch(void)
{
    g_autoptr(GError) error = NULL;

    monitor = netlink_monitor_new(guest_host.env.context, on_link, NULL, &error);
    if (!monitor)
        log_gerror(error, "while watching links: guests are not plugged back into networks that return");
    return monitor != NULL;
}

void
guest_net_unwatch(void)
{
    g_clear_pointer(&monitor, netlink_monitor_free);
}
