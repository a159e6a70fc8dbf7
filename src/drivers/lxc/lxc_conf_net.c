/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc_conf_net.c - network devices of a container
 *
 * A veth pair on a bridge or on its own and a macvlan are interfaces; a device of the host that moves into the
 * container (phys, and vlan, which is made on the host) is a host device.
 */
#define ERROR_FROM VIR_FROM_LXC
#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

#include "drivers/lxc/lxc_conf.h"
#include "util/list.h"
#include "util/text.h"
#include "util/xml.h"

enum { MAX_NETS = 256, MAX_VLAN = 4094, MAX_MTU = 65535 };

typedef struct LxcNet {
    unsigned number, line;
    char *type, *link, *name, *mac, *flags, *mtu, *pair, *mode, *vlan;
    char *gateways[2];        /* of IPv4, of IPv6 */
    GPtrArray *addresses;     /* "10.0.0.2/24" */
} LxcNet;

static void
net_free(void *data)
{
    LxcNet *net = data;
    char *texts[] = { net->type, net->link, net->name, net->mac, net->flags, net->mtu, net->pair, net->mode, net->vlan,
                      net->gateways[0], net->gateways[1] };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_ptr_array_unref(net->addresses);
    g_free(net);
}

GPtrArray *
lxc_conf_nets_new(void)
{
    return g_ptr_array_new_with_free_func(net_free);
}

static LxcNet *
add_net(LxcConf *conf, unsigned number)
{
    LxcNet *net = g_new0(LxcNet, 1);

    net->number = number;
    net->line = conf->line;
    net->addresses = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(conf->nets, net);
    return net;
}

/* ---- keys ------------------------------------------------------------------ */

static const struct {
    const char *key;
    size_t member;
} texts[] = {
    { "type", offsetof(LxcNet, type) }, { "link", offsetof(LxcNet, link) }, { "name", offsetof(LxcNet, name) },
    { "hwaddr", offsetof(LxcNet, mac) }, { "flags", offsetof(LxcNet, flags) }, { "mtu", offsetof(LxcNet, mtu) },
    { "veth.pair", offsetof(LxcNet, pair) }, { "macvlan.mode", offsetof(LxcNet, mode) }, { "vlan.id", offsetof(LxcNet, vlan) },
    { "ipv4.gateway", offsetof(LxcNet, gateways[0]) }, { "ipv6.gateway", offsetof(LxcNet, gateways[1]) },
};

/* The device a key is about, which for version 1 is the last one begun. */
static LxcNet *
find_net(LxcConf *conf, const char **key, bool numbered, GError **error)
{
    g_autofree char *digits = NULL;
    uint32_t number;

    if (!numbered) {
        if (!strcmp(*key, "type") && conf->nets->len < MAX_NETS)
            return add_net(conf, conf->nets->len);
        if (conf->nets->len && strcmp(*key, "type"))
            return list_at(conf->nets, conf->nets->len - 1);
        lxc_conf_fail(conf, error, conf->nets->len ? "more network devices than can be" :
                      "lxc.network.type must come first: it begins a device");
        return NULL;
    }
    digits = g_strndup(*key, strcspn(*key, "."));
    if (!text_parse_uint(digits, 10, &number) || number >= MAX_NETS || !(*key)[strlen(digits)]) {
        lxc_conf_fail(conf, error, "lxc.net is followed by the number of a device below %d, then by what it is about", MAX_NETS);
        return NULL;
    }
    *key += strlen(digits) + 1;
    for (size_t i = 0; i < conf->nets->len; i++)
        if (((LxcNet *)list_at(conf->nets, i))->number == number)
            return list_at(conf->nets, i);
    return add_net(conf, number);
}

bool
lxc_conf_net(LxcConf *conf, const char *key, bool numbered, const char *value, GError **error)
{
    LxcNet *net = find_net(conf, &key, numbered, error);

    if (!net)
        return false;
    if (!strcmp(key, "ipv4") || !strcmp(key, "ipv4.address") || !strcmp(key, "ipv6") || !strcmp(key, "ipv6.address"))
        g_ptr_array_add(net->addresses, g_strdup(value));
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        char **text = (char **)((char *)net + texts[i].member);

        if (strcmp(texts[i].key, key))
            continue;
        g_free(*text);
        *text = g_strdup(value);
    }
    return true;
}

/* ---- addresses ------------------------------------------------------------- */

static const char *
family_of(const char *address)
{
    uint8_t bytes[16];

    return inet_pton(AF_INET, address, bytes) == 1 ? "ipv4" : inet_pton(AF_INET6, address, bytes) == 1 ? "ipv6" : NULL;
}

/* Interfaces and host devices have types of their own for the same. */
static bool
add_addresses(LxcConf *conf, const LxcNet *net, GPtrArray **guest, GPtrArray **host, GError **error)
{
    for (size_t i = 0; i < net->addresses->len; i++) {
        const char *text = list_at(net->addresses, i);
        g_autofree char *address = g_strndup(text, strcspn(text, "/ \t"));
        g_autofree char *digits = NULL;
        const char *slash = text + strlen(address), *family = family_of(address);
        uint32_t prefix = 0;
        bool has_prefix = *slash == '/';

        if (has_prefix)
            digits = g_strndup(slash + 1, strcspn(slash + 1, " \t"));
        if (!family || (has_prefix && (!text_parse_uint(digits, 10, &prefix) || prefix > (family[3] == '4' ? 32 : 128))))
            return lxc_conf_fail(conf, error, "invalid CIDR address '%s': expected 192.168.1.2/24, for instance", text);
        if (guest) {
            GuestIp *ip = xml_new(&guest_ip_xml);

            *ip = (GuestIp){ .address = g_steal_pointer(&address), .prefix = prefix, .has_prefix = has_prefix,
                             .family = family[3] == '4' ? IP_FAMILY_IPV4 : IP_FAMILY_IPV6 };
            lxc_conf_append(guest, ip);
        } else {
            HostIp *ip = xml_new(&host_ip_xml);

            *ip = (HostIp){ .address = g_steal_pointer(&address), .prefix = prefix, .has_prefix = has_prefix,
                            .family = g_strdup(family) };
            lxc_conf_append(host, ip);
        }
    }
    return true;
}

/* Default routes. */
static bool
add_routes(LxcConf *conf, const LxcNet *net, GPtrArray **guest, GPtrArray **host, GError **error)
{
    static const char *const families[] = { "ipv4", "ipv6" }, *const anywhere[] = { "0.0.0.0", "::" };

    for (int i = 0; i < 2; i++) {
        const char *gateway = net->gateways[i];

        /* That of the host's end, or the link itself: nobody else's. */
        if (!gateway || !*gateway || !strcmp(gateway, "auto") || !strcmp(gateway, "dev"))
            continue;
        if (g_strcmp0(family_of(gateway), families[i]))
            return lxc_conf_fail(conf, error, "gateway '%s' is no address of %s", gateway, families[i]);
        if (guest) {
            Route *route = xml_new(&route_xml);

            route->family = i ? IP_FAMILY_IPV6 : IP_FAMILY_IPV4;
            route->address = g_strdup(anywhere[i]);
            route->gateway = g_strdup(gateway);
            lxc_conf_append(guest, route);
        } else {
            HostRoute *route = xml_new(&host_route_xml);

            route->family = g_strdup(families[i]);
            route->address = g_strdup(anywhere[i]);
            route->gateway = g_strdup(gateway);
            lxc_conf_append(host, route);
        }
    }
    return true;
}

/* ---- kinds ----------------------------------------------------------------- */

static bool
make_host_device(LxcConf *conf, const LxcNet *net, const char *name, GError **error)
{
    Hostdev *device = xml_new(&hostdev_xml);

    lxc_conf_append(&conf->def->hostdevs, device);
    device->mode = HOSTDEV_MODE_CAPABILITIES;
    device->type = HOSTDEV_TYPE_NET;
    device->interface = g_strdup(name);
    return add_addresses(conf, net, NULL, &device->ips, error) && add_routes(conf, net, NULL, &device->routes, error);
}

static bool
make_phys(LxcConf *conf, const LxcNet *net, GError **error)
{
    return make_host_device(conf, net, net->link, error);
}

static bool
make_vlan(LxcConf *conf, const LxcNet *net, GError **error)
{
    g_autofree char *name = NULL;
    uint32_t id;

    if (!net->vlan || !text_parse_uint(net->vlan, 10, &id) || id > MAX_VLAN)
        return lxc_conf_fail(conf, error, "a network device of type vlan needs a vlan.id up to %d", MAX_VLAN);
    name = g_strdup_printf("%s.%u", net->link, id);
    return make_host_device(conf, net, name, error);
}

/* "00:16:3e:xx:xx:xx" has parts that are chosen anew: so we do, for all of it. */
static bool
set_mac(LxcConf *conf, const LxcNet *net, Interface *interface, GError **error)
{
    g_autofree char *zeros = NULL;
    char *checked = NULL;

    if (!net->mac || !*net->mac)
        return true;
    zeros = g_strdelimit(g_strdup(net->mac), "xX", '0');
    if (!xml_type_mac.parse(NULL, zeros, NULL, &checked))
        return lxc_conf_fail(conf, error, "'%s' is no MAC address", net->mac);
    if (strpbrk(net->mac, "xX"))
        g_free(checked);
    else
        interface->mac = checked;
    return true;
}

static bool
make_interface(LxcConf *conf, const LxcNet *net, InterfaceType type, GError **error)
{
    Interface *interface = xml_new(&interface_xml);

    lxc_conf_append(&conf->def->interfaces, interface);
    interface->type = type;
    interface->guest_dev = g_strdup(net->name);
    if (!g_strcmp0(net->flags, "up"))
        interface->link_state = LINK_STATE_UP;
    if (net->mtu && *net->mtu && (!text_parse_uint(net->mtu, 10, &interface->mtu) || interface->mtu > MAX_MTU))
        return lxc_conf_fail(conf, error, "'%s' is no MTU", net->mtu);
    return set_mac(conf, net, interface, error) && add_addresses(conf, net, &interface->ips, NULL, error) &&
           add_routes(conf, net, &interface->routes, NULL, error);
}

static Interface *
last_interface(const LxcConf *conf)
{
    return list_at(conf->def->interfaces, list_len(conf->def->interfaces) - 1);
}

static bool
make_veth(LxcConf *conf, const LxcNet *net, GError **error)
{
    bool bridge = net->link && *net->link;

    if (!make_interface(conf, net, bridge ? INTERFACE_TYPE_BRIDGE : INTERFACE_TYPE_ETHERNET, error))
        return false;
    if (bridge)
        last_interface(conf)->bridge = g_strdup(net->link);
    last_interface(conf)->target = g_strdup(net->pair);
    return true;
}

static bool
make_macvlan(LxcConf *conf, const LxcNet *net, GError **error)
{
    static const struct { const char *name; DirectMode mode; } modes[] = {
        { "private", DIRECT_MODE_PRIVATE }, { "vepa", DIRECT_MODE_VEPA }, { "bridge", DIRECT_MODE_BRIDGE },
        { "passthru", DIRECT_MODE_PASSTHROUGH },
    };
    size_t i = 0;

    while (i < G_N_ELEMENTS(modes) && strcmp(net->mode ? net->mode : "private", modes[i].name))
        i++;
    if (i == G_N_ELEMENTS(modes))
        return lxc_conf_fail(conf, error, "unknown macvlan.mode '%s': use private, vepa, bridge or passthru", net->mode);
    if (!make_interface(conf, net, INTERFACE_TYPE_DIRECT, error))
        return false;
    last_interface(conf)->dev = g_strdup(net->link);
    last_interface(conf)->mode = modes[i].mode;
    return true;
}

/* A network of its own with nothing in it. */
static bool
make_empty(LxcConf *conf, const LxcNet *net G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
    conf->def->features->privnet = true;
    return true;
}

/* The host's network, which it is without a word. */
static bool
make_none(LxcConf *conf G_GNUC_UNUSED, const LxcNet *net G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
    return true;
}

static const struct {
    const char *type;
    bool link;                /* needs a device of the host */
    bool (*make)(LxcConf *conf, const LxcNet *net, GError **error);
} kinds[] = {
    { "veth", false, make_veth }, { "macvlan", true, make_macvlan }, { "phys", true, make_phys }, { "vlan", true, make_vlan },
    { "none", false, make_none }, { "empty", false, make_empty },
};

static int
by_number(const void *a, const void *b)
{
    const LxcNet *left = *(LxcNet *const *)a, *right = *(LxcNet *const *)b;

    return left->number < right->number ? -1 : left->number > right->number;
}

bool
lxc_conf_net_finish(LxcConf *conf, GError **error)
{
    /* LXC gives an empty network to a container that says nothing. */
    conf->def->features->privnet = !conf->nets->len;
    g_ptr_array_sort(conf->nets, by_number);
    for (size_t i = 0; i < conf->nets->len; i++) {
        const LxcNet *net = list_at(conf->nets, i);
        size_t k = 0;

        conf->line = net->line;
        while (k < G_N_ELEMENTS(kinds) && g_strcmp0(net->type, kinds[k].type))
            k++;
        if (k == G_N_ELEMENTS(kinds))
            return lxc_conf_fail(conf, error, "network type '%s' is not supported: use veth, macvlan, phys, vlan, none or empty",
                                 net->type ? net->type : "");
        if (kinds[k].link && (!net->link || !*net->link))
            return lxc_conf_fail(conf, error, "a network device of type %s needs a link: a device of the host", net->type);
        if (!kinds[k].make(conf, net, error))
            return false;
    }
    return true;
}
