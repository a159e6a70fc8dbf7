/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* command_net.c - network cards and what they are connected to */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/command/command.h"
#include "drivers/qemu/fill/board.h"
#include "util/error.h"

static void
add_fds(Json *netdev, const char *one, const char *many, const int *fds, size_t n)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (size_t i = 0; i < n; i++)
        g_string_append_printf(text, "%s%d", i ? ":" : "", fds[i]);
    if (n)
        json_add_string(netdev, n == 1 ? one : many, text->str);
}

static bool
is_virtio_nic(const Interface *n)
{
    return n->model && g_str_has_prefix(n->model, "virtio");
}

/* Programs that may start anew are called again after this time. */
enum { RECONNECT_SECONDS = 5 };

static bool
add_passt(Command *command, const Interface *n, Json *netdev, const char *id, GError **error)
{
    CommandService service;
    g_autofree char *path = NULL;
    Json *address;

    if (!command_helper(command, COMMAND_HELPER_PASST, n->info.alias, n, &service, error))
        return false;
    path = service.path;
    address = json_new_object();
    json_add_string(netdev, "type", "stream");
    json_add_string(address, "type", "unix");
    json_add_string(address, "path", path);
    json_add(netdev, "addr", address);
    json_add_bool(netdev, "server", false);
    if (qemu_caps_flag(command->caps, "netdev-stream-reconnect-miliseconds"))
        json_add_uint64(netdev, "reconnect-ms", RECONNECT_SECONDS * 1000);
    else if (qemu_caps_flag(command->caps, "netdev.stream.reconnect"))
        json_add_uint64(netdev, "reconnect", RECONNECT_SECONDS);
    json_add_string(netdev, "id", id);
    return true;
}

/* A switch or passt moves the packets, in memory that it shares with the guest. */
static bool
add_vhostuser(Command *command, const Interface *n, Json *netdev, CommandNet *net, GError **error)
{
    g_autofree char *id = g_strconcat("char", n->info.alias, NULL);
    g_autofree char *path = NULL;
    g_autofree char *served = NULL;
    Reconnect patient = { .enabled = YESNO_YES, .has_timeout = true, .timeout = RECONNECT_SECONDS };
    bool server = !g_strcmp0(n->vhost_mode, "server");
    g_autoptr(GString) text = g_string_new(NULL);

    if (n->backend_type == NET_BACKEND_PASST) {
        CommandService service;

        if (!command_helper(command, COMMAND_HELPER_PASST, n->info.alias, n, &service, error))
            return false;
        served = service.path;
    }
    path = command_escape(served ? served : n->path);
    g_string_append_printf(text, "socket,id=%s,path=%s", id, path);
    if (server && !served)
        g_string_append(text, ",server=on");
    else
        command_reconnect(command, text, served ? &patient : n->reconnect);
    command_add(command, "-chardev", text->str);
    json_add_string(netdev, "type", "vhost-user");
    json_add_string(netdev, "chardev", id);
    if (n->queues > 1)
        json_add_uint64(netdev, "queues", n->queues);
    net->queues = n->queues;
    return true;
}

static bool
add_vdpa(Command *command, const Interface *n, Json *netdev, GError **error)
{
    const CommandHost *host = command->host;
    g_autofree char *path = NULL;
    int set;

    if (!host->open_vdpa) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "interface '%s': vDPA devices cannot be opened here", n->info.alias);
        return false;
    }
    set = command_fdset(command, host->open_vdpa(host->data, n->dev, true, error), n->info.alias, "vdpa", error);
    if (set < 0)
        return false;
    path = g_strdup_printf("/dev/fdset/%d", set);
    json_add_string(netdev, "type", "vhost-vdpa");
    json_add_string(netdev, "vhostdev", path);
    if (n->queues > 1)
        json_add_uint64(netdev, "queues", n->queues);
    return true;
}

static bool
build_netdev(Command *command, Interface *n, size_t at, CommandNet *net, Json **ret_netdev, GError **error)
{
    static const char *const socket_keys[] = {
        [INTERFACE_TYPE_SERVER] = "listen", [INTERFACE_TYPE_CLIENT] = "connect", [INTERFACE_TYPE_MCAST] = "mcast",
        [INTERFACE_TYPE_UDP] = "udp",
    };
    Json *netdev = json_new_object();
    InterfaceType type = n->actual ? n->actual->type : n->type;
    g_autofree char *id = g_strdup_printf("host%s", n->info.alias);
    g_autofree char *text = NULL;
    CommandService service = { NULL, -1 };

    *ret_netdev = netdev;
    switch (type) {
    case INTERFACE_TYPE_USER:
        if (n->backend_type == NET_BACKEND_PASST)
            return add_passt(command, n, netdev, id, error);
        if (!command_helper(command, COMMAND_HELPER_SLIRP, n->info.alias, n, &service, error))
            return false;
        if (service.fd >= 0) {
            text = g_strdup_printf("%d", service.fd);
            json_add_string(netdev, "type", "socket");
            json_add_string(netdev, "fd", text);
            break;
        }
        json_add_string(netdev, "type", "user");
        for (size_t i = 0; i < list_len(n->ips); i++) {
            const GuestIp *ip = list_at(n->ips, i);

            if (strchr(ip->address, ':')) {
                json_add_string(netdev, "ipv6-prefix", ip->address);
                if (ip->has_prefix)
                    json_add_uint64(netdev, "ipv6-prefixlen", ip->prefix);
            } else {
                g_autofree char *addr = ip->has_prefix ? g_strdup_printf("%s/%u", ip->address, ip->prefix)
                                                       : g_strdup(ip->address);

                json_add_string(netdev, "net", addr);
            }
        }
        break;
    case INTERFACE_TYPE_SERVER:
    case INTERFACE_TYPE_CLIENT:
    case INTERFACE_TYPE_MCAST:
    case INTERFACE_TYPE_UDP:
        json_add_string(netdev, "type", "socket");
        text = g_strdup_printf("%s:%u", n->address ? n->address : "", n->port);
        json_add_string(netdev, socket_keys[n->type], text);
        if (n->type == INTERFACE_TYPE_UDP) {
            g_autofree char *local = g_strdup_printf("%s:%u", n->local_address ? n->local_address : "", n->local_port);

            json_add_string(netdev, "localaddr", local);
        }
        break;
    case INTERFACE_TYPE_NETWORK:
    case INTERFACE_TYPE_BRIDGE:
    case INTERFACE_TYPE_ETHERNET:
    case INTERFACE_TYPE_DIRECT:
        if (!command->host->open_net(command->host->data, n, at, net, error))
            return false;
        json_add_string(netdev, "type", "tap");
        add_fds(netdev, "fd", "fds", net->taps, net->n_taps);
        if (net->n_vhosts)
            json_add_bool(netdev, "vhost", true);
        add_fds(netdev, "vhostfd", "vhostfds", net->vhosts, net->n_vhosts);
        if (n->has_sndbuf)
            json_add_uint64(netdev, "sndbuf", n->sndbuf);
        break;
    case INTERFACE_TYPE_VHOSTUSER:
        if (!add_vhostuser(command, n, netdev, net, error))
            return false;
        break;
    case INTERFACE_TYPE_VDPA:
        if (!add_vdpa(command, n, netdev, error))
            return false;
        break;
    case INTERFACE_TYPE_NULL:
        json_add_string(netdev, "type", "hubport");
        json_add_uint64(netdev, "hubid", 0);
        break;
    default:
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "interface type '%s' is not supported yet",
                  interface_type_words[n->type]);
        return false;
    }
    json_add_string(netdev, "id", id);
    return true;
}

static void
add_nic_features(Json *device, const Interface *n)
{
    const struct { const NicFeatures *side; const char *prefix; } sides[] = { { n->host, "host_" }, { n->guest, "guest_" } };

    if (n->host) {
        command_onoff(device, "csum", n->host->csum);
        command_onoff(device, "gso", n->host->gso);
        command_onoff(device, "mrg_rxbuf", n->host->mrg_rxbuf);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(sides); i++) {
        const NicFeatures *f = sides[i].side;
        const struct { const char *name; Onoff value; } rows[] = {
            { "csum", f && i ? f->csum : ONOFF_UNSET }, { "tso4", f ? f->tso4 : ONOFF_UNSET },
            { "tso6", f ? f->tso6 : ONOFF_UNSET }, { "ecn", f ? f->ecn : ONOFF_UNSET }, { "ufo", f ? f->ufo : ONOFF_UNSET },
        };

        for (size_t r = 0; r < G_N_ELEMENTS(rows); r++) {
            g_autofree char *key = g_strconcat(sides[i].prefix, rows[r].name, NULL);

            command_onoff(device, key, rows[r].value);
        }
    }
}

/* A card that is part of the board is not a device to QEMU. */
static bool
is_onboard(const Command *command, const Interface *n)
{
    const Board *board = board_of(command->def);

    return board->nic && g_str_equal(board->nic, n->model ? n->model : "") && !strchr(board->nic, ' ') && !is_virtio_nic(n);
}

static bool
add_nic(Command *command, const Interface *n, const CommandNet *net, GError **error)
{
    g_autofree char *driver = is_virtio_nic(n) ? command_virtio_driver("virtio-net", n->model, &n->info) : g_strdup(n->model);
    g_autofree char *netdev = g_strdup_printf("host%s", n->info.alias);
    unsigned boot = command_boot_index(command, DEVICE_INTERFACE, n, &n->info);
    size_t queues = net->queues ? net->queues : net->n_taps;
    Json *device;

    if (is_onboard(command, n)) {
        command_addf(command, "-net", "nic,macaddr=%s,netdev=%s,model=%s,id=%s", n->mac, netdev, n->model, n->info.alias);
        return true;
    }
    device = command_new(driver);
    if (is_virtio_nic(n)) {
        if (n->txmode != NET_TXMODE_UNSET)
            json_add_string(device, "tx", n->txmode == NET_TXMODE_TIMER ? "timer" : "bh");
        command_onoff(device, "ioeventfd", n->ioeventfd);
        command_onoff(device, "event_idx", n->event_idx);
        add_nic_features(device, n);
        if (queues > 1) {
            json_add_bool(device, "mq", true);
            json_add_uint64(device, "vectors", 2 * queues + 2);
        }
        if (n->rx_queue_size)
            json_add_uint64(device, "rx_queue_size", n->rx_queue_size);
        if (n->tx_queue_size)
            json_add_uint64(device, "tx_queue_size", n->tx_queue_size);
        if (n->mtu)
            json_add_uint64(device, "host_mtu", n->mtu);
        command_onoff(device, "rss", n->rss);
        command_onoff(device, "hash", n->rss_hash_report);
        if (n->teaming == TEAMING_TYPE_PERSISTENT)
            json_add_bool(device, "failover", true);
        command_virtio(device, n->iommu, n->ats, n->packed, n->page_per_vq);
    }
    json_add_string(device, "netdev", netdev);
    json_add_string(device, "id", n->info.alias);
    json_add_string(device, "mac", n->mac);
    if (boot)
        json_add_uint64(device, "bootindex", boot);
    return command_place_device(command, device, &n->info, error);
}

bool
command_nets(Command *command, GError **error)
{
    for (size_t i = 0; i < list_len(command->def->interfaces); i++) {
        Interface *n = list_at(command->def->interfaces, i);
        g_autofree CommandNet *net = g_new0(CommandNet, 1);
        Json *netdev = NULL;

        /* They come with the other devices of the host. */
        if (device_is_hostdev(n) || !command_wants(command, n))
            continue;

        if (!build_netdev(command, n, i, net, &netdev, error)) {
            json_unref(netdev);
            return false;
        }
        command_add_props(command, "-netdev", "netdev.json", "type", netdev);
        if (!add_nic(command, n, net, error))
            return false;
    }
    return true;
}
