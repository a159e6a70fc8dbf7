/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* netlink.c - requests to rtnetlink and their answers
 *
 * libnl builds and takes apart attributes; sending and receiving is done here, since libnl
 * neither bounds its waits nor hands on the kernel's extended error text.  The monitor
 * is in netlink_monitor.c.
 */
#define ERROR_FROM VIR_FROM_NET
#include "util/netlink.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_csum.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "util/error.h"
#include "util/fd.h"
#include "util/netlink_private.h"

enum { REPLY_SIZE = 64 * 1024, WAIT_SECONDS = 5 };

struct Netlink {
    int fd;
    uint32_t seq;
    uint8_t *reply;
};

typedef struct nl_msg NlMsg;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NlMsg, nlmsg_free)

/* Sees each message of a reply; the first false of a chain is not an error, it only ends interest.
 */
typedef void (*ReplyFunc)(struct nlmsghdr *header, void *data);

static int
open_socket(uint32_t groups, GError **error)
{
    autofd int fd =
        socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | (groups ? SOCK_NONBLOCK : 0), NETLINK_ROUTE);
    struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = groups };
    struct timeval wait = { .tv_sec = WAIT_SECONDS };
    int one = 1;

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) < 0) {
        error_set_errno(error, errno, "cannot open a netlink socket");
        return -1;
    }
    /* Kernels without them only lose detail. */
    setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
    return steal_fd(&fd);
}

int
netlink_socket_groups(uint32_t groups, GError **error)
{
    return open_socket(groups, error);
}

Netlink *
netlink_new(GError **error)
{
    g_autoptr(Netlink) netlink = g_new0(Netlink, 1);

    netlink->fd = open_socket(0, error);
    if (netlink->fd < 0)
        return NULL;
    netlink->reply = g_malloc(REPLY_SIZE);
    return g_steal_pointer(&netlink);
}

void
netlink_free(Netlink *netlink)
{
    if (!netlink)
        return;
    fd_close(&netlink->fd);
    g_free(netlink->reply);
    g_free(netlink);
}

/* The kernel's own words in an error reply, or NULL. */
static const char *
error_detail(const struct nlmsghdr *header)
{
    const struct nlmsgerr *reply = nlmsg_data(header);
    size_t skip = sizeof(*reply);
    struct nlattr *attr, *attrs = NULL;
    int left;

    if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
        return NULL;
    if (!(header->nlmsg_flags & NLM_F_CAPPED))
        skip += reply->msg.nlmsg_len - sizeof(struct nlmsghdr);
    if (NLMSG_ALIGN(skip) > (size_t)nlmsg_datalen(header))
        return NULL;
    attrs = (struct nlattr *)((char *)reply + NLMSG_ALIGN(skip));
    nla_for_each_attr(attr, attrs, nlmsg_datalen(header) - NLMSG_ALIGN(skip),
                      left) if (nla_type(attr) == NLMSGERR_ATTR_MSG && nla_len(attr) > 0 &&
                                memchr(nla_data(attr), '\0', nla_len(attr))) return nla_data(attr);
    return NULL;
}

/* Send @msg and take its answers; 0, or the errno with *@ret_detail pointing into the reply buffer.
 */
static int
transact(Netlink *netlink, struct nl_msg *msg, ReplyFunc func, void *data, const char **ret_detail)
{
    struct nlmsghdr *request = nlmsg_hdr(msg);
    bool dump = (request->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;

    *ret_detail = NULL;
    request->nlmsg_seq = ++netlink->seq;
    request->nlmsg_flags |= NLM_F_REQUEST | (dump ? 0 : NLM_F_ACK);
    if (send(netlink->fd, request, request->nlmsg_len, 0) < 0)
        return errno;
    for (;;) {
        ssize_t got = recv(netlink->fd, netlink->reply, REPLY_SIZE, 0);
        struct nlmsghdr *header = (struct nlmsghdr *)netlink->reply;
        int left = (int)got;

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno == EAGAIN ? ETIMEDOUT : errno;
        for (; nlmsg_ok(header, left); header = nlmsg_next(header, &left)) {
            if (header->nlmsg_seq != netlink->seq)
                continue; /* left over from a request that timed out */
            if (header->nlmsg_type == NLMSG_DONE)
                return 0;
            if (header->nlmsg_type == NLMSG_ERROR) {
                const struct nlmsgerr *reply = nlmsg_data(header);

                *ret_detail = error_detail(header);
                return -reply->error;
            }
            if (func)
                func(header, data);
        }
    }
}

/* transact() with an error that reads "what: cause". @ignore: an errno that counts as success, or
 * 0. */
static bool G_GNUC_PRINTF(7, 8)
    request(Netlink *netlink, struct nl_msg *msg, ReplyFunc func, void *data, int ignore,
            GError **error, const char *format, ...)
{
    const char *detail = NULL;
    int errnum = transact(netlink, msg, func, data, &detail);
    g_autofree char *what = NULL;
    va_list args;

    if (errnum == 0 || errnum == ignore)
        return true;
    va_start(args, format);
    what = g_strdup_vprintf(format, args);
    va_end(args);
    if (detail)
        error_set_errno(error, errnum, "%s (%s)", what, detail);
    else
        error_set_errno(error, errnum, "%s", what);
    return false;
}

static NlMsg *
link_message(int type, int flags, int index)
{
    NlMsg *msg = nlmsg_alloc_simple(type, flags);
    struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = index };

    nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
    return msg;
}

static struct ifinfomsg *
link_info(struct nl_msg *msg)
{
    return nlmsg_data(nlmsg_hdr(msg));
}

static void
parse_bridge(NetlinkLink *link, struct nlattr *data)
{
    struct nlattr *attrs[IFLA_BR_MAX + 1];

    if (nla_parse_nested(attrs, IFLA_BR_MAX, data, NULL) < 0)
        return;
    link->has_bridge = true;
    link->stp = attrs[IFLA_BR_STP_STATE] && nla_get_u32(attrs[IFLA_BR_STP_STATE]) != 0;
    link->forward_delay =
        attrs[IFLA_BR_FORWARD_DELAY] ? nla_get_u32(attrs[IFLA_BR_FORWARD_DELAY]) : 0;
    link->vlan_filtering =
        attrs[IFLA_BR_VLAN_FILTERING] && nla_get_u8(attrs[IFLA_BR_VLAN_FILTERING]);
}

static void
parse_stats(NetlinkStats *stats, struct nlattr *attr)
{
    struct rtnl_link_stats64 s = { 0 };

    memcpy(&s, nla_data(attr), MIN((size_t)nla_len(attr), sizeof(s)));
    *stats = (NetlinkStats){
        .rx_bytes = s.rx_bytes,
        .rx_packets = s.rx_packets,
        .rx_errors = s.rx_errors,
        .rx_dropped = s.rx_dropped,
        .tx_bytes = s.tx_bytes,
        .tx_packets = s.tx_packets,
        .tx_errors = s.tx_errors,
        .tx_dropped = s.tx_dropped,
    };
}

bool
netlink_parse_link(struct nlmsghdr *header, NetlinkLink *link)
{
    struct nlattr *attrs[IFLA_MAX + 1], *info[IFLA_INFO_MAX + 1];
    struct ifinfomsg *msg = nlmsg_data(header);

    memset(link, 0, sizeof(*link));
    if (nlmsg_parse(header, sizeof(*msg), attrs, IFLA_MAX, NULL) < 0 || !attrs[IFLA_IFNAME])
        return false;
    link->index = msg->ifi_index;
    link->flags = msg->ifi_flags;
    nla_strlcpy(link->name, attrs[IFLA_IFNAME], sizeof(link->name));
    link->master = attrs[IFLA_MASTER] ? (int)nla_get_u32(attrs[IFLA_MASTER]) : 0;
    link->lower = attrs[IFLA_LINK] ? (int)nla_get_u32(attrs[IFLA_LINK]) : 0;
    link->mtu = attrs[IFLA_MTU] ? nla_get_u32(attrs[IFLA_MTU]) : 0;
    link->operstate = attrs[IFLA_OPERSTATE] ? nla_get_u8(attrs[IFLA_OPERSTATE]) : 0;
    if (attrs[IFLA_ADDRESS] && nla_len(attrs[IFLA_ADDRESS]) == 6)
        memcpy(link->mac, nla_data(attrs[IFLA_ADDRESS]), 6);
    if (attrs[IFLA_STATS64])
        parse_stats(&link->stats, attrs[IFLA_STATS64]);
    if (!attrs[IFLA_LINKINFO] ||
        nla_parse_nested(info, IFLA_INFO_MAX, attrs[IFLA_LINKINFO], NULL) < 0)
        return true;
    if (info[IFLA_INFO_KIND])
        nla_strlcpy(link->kind, info[IFLA_INFO_KIND], sizeof(link->kind));
    if (info[IFLA_INFO_SLAVE_KIND])
        nla_strlcpy(link->master_kind, info[IFLA_INFO_SLAVE_KIND], sizeof(link->master_kind));
    if (info[IFLA_INFO_DATA] && strcmp(link->kind, "bridge") == 0)
        parse_bridge(link, info[IFLA_INFO_DATA]);
    return true;
}

static void
take_link(struct nlmsghdr *header, void *data)
{
    if (header->nlmsg_type == RTM_NEWLINK)
        netlink_parse_link(header, data);
}

static void
collect_link(struct nlmsghdr *header, void *data)
{
    NetlinkLink link;

    if (header->nlmsg_type == RTM_NEWLINK && netlink_parse_link(header, &link))
        g_array_append_val((GArray *)data, link);
}

static bool
check_name(const char *name, GError **error)
{
    if (*name && strlen(name) < IFNAMSIZ)
        return true;
    error_set(error, VIR_ERR_INVALID_ARG, "interface name '%s' must have 1 to %d characters", name,
              IFNAMSIZ - 1);
    return false;
}

bool
netlink_link_get(Netlink *netlink, const char *name, NetlinkLink *ret_link, GError **error)
{
    g_autoptr(NlMsg) msg = link_message(RTM_GETLINK, 0, 0);
    NetlinkLink link = { 0 };

    if (!check_name(name, error))
        return false;
    nla_put_string(msg, IFLA_IFNAME, name);
    if (!request(netlink, msg, take_link, &link, 0, error, "cannot find interface '%s'", name))
        return false;
    *ret_link = link;
    return true;
}

bool
netlink_link_get_index(Netlink *netlink, int index, NetlinkLink *ret_link, GError **error)
{
    g_autoptr(NlMsg) msg = link_message(RTM_GETLINK, 0, index);
    NetlinkLink link = { 0 };

    if (!request(netlink, msg, take_link, &link, 0, error, "cannot find interface with index %d",
                 index))
        return false;
    *ret_link = link;
    return true;
}

bool
netlink_link_exists(Netlink *netlink, const char *name)
{
    NetlinkLink link;

    return netlink_link_get(netlink, name, &link, NULL);
}

GArray *
netlink_link_list(Netlink *netlink, GError **error)
{
    g_autoptr(NlMsg) msg = link_message(RTM_GETLINK, NLM_F_DUMP, 0);
    g_autoptr(GArray) links = g_array_new(FALSE, FALSE, sizeof(NetlinkLink));

    if (!request(netlink, msg, collect_link, links, 0, error, "cannot list the network interfaces"))
        return NULL;
    return g_steal_pointer(&links);
}

bool
netlink_link_delete(Netlink *netlink, const char *name, GError **error)
{
    g_autoptr(NlMsg) msg = link_message(RTM_DELLINK, 0, 0);

    if (!check_name(name, error))
        return false;
    nla_put_string(msg, IFLA_IFNAME, name);
    return request(netlink, msg, NULL, NULL, ENODEV, error, "cannot delete interface '%s'", name);
}

bool
netlink_link_set(Netlink *netlink, const char *name, const NetlinkChange *change, GError **error)
{
    NetlinkLink link;
    g_autoptr(NlMsg) msg = NULL;

    if (!netlink_link_get(netlink, name, &link, error))
        return false;
    msg = link_message(RTM_NEWLINK, 0, link.index);
    if (change->mask & NETLINK_SET_UP) {
        link_info(msg)->ifi_change = IFF_UP;
        link_info(msg)->ifi_flags = change->up ? IFF_UP : 0;
    }
    if (change->mask & NETLINK_SET_NAME)
        nla_put_string(msg, IFLA_IFNAME, change->name);
    if (change->mask & NETLINK_SET_MAC)
        nla_put(msg, IFLA_ADDRESS, 6, change->mac);
    if (change->mask & NETLINK_SET_MTU)
        nla_put_u32(msg, IFLA_MTU, change->mtu);
    if (change->mask & NETLINK_SET_MASTER)
        nla_put_u32(msg, IFLA_MASTER, change->master);
    return request(netlink, msg, NULL, NULL, 0, error, "cannot change interface '%s'", name);
}

bool
netlink_link_set_master(Netlink *netlink, const char *name, const char *bridge, GError **error)
{
    NetlinkLink master;
    NetlinkChange change = { .mask = NETLINK_SET_MASTER };

    if (!netlink_link_get(netlink, bridge, &master, error))
        return false;
    change.master = master.index;
    if (netlink_link_set(netlink, name, &change, error))
        return true;
    error_prefix(error, "cannot make '%s' a port of bridge '%s'", name, bridge);
    return false;
}

static void
put_bridge(NlMsg *msg, const NetlinkBridge *bridge)
{
    struct nlattr *info = nla_nest_start(msg, IFLA_LINKINFO), *data = NULL;

    nla_put_string(msg, IFLA_INFO_KIND, "bridge");
    data = nla_nest_start(msg, IFLA_INFO_DATA);
    if (bridge->stp >= 0)
        nla_put_u32(msg, IFLA_BR_STP_STATE, bridge->stp);
    if (bridge->forward_delay >= 0)
        nla_put_u32(msg, IFLA_BR_FORWARD_DELAY, bridge->forward_delay);
    if (bridge->vlan_filtering >= 0)
        nla_put_u8(msg, IFLA_BR_VLAN_FILTERING, bridge->vlan_filtering);
    nla_nest_end(msg, data);
    nla_nest_end(msg, info);
    if (bridge->mac)
        nla_put(msg, IFLA_ADDRESS, 6, bridge->mac);
    if (bridge->mtu)
        nla_put_u32(msg, IFLA_MTU, bridge->mtu);
    if (bridge->up) {
        link_info(msg)->ifi_change = IFF_UP;
        link_info(msg)->ifi_flags = IFF_UP;
    }
}

bool
netlink_bridge_create(Netlink *netlink, const char *name, const NetlinkBridge *bridge,
                      GError **error)
{
    g_autoptr(NlMsg) msg = link_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);

    if (!check_name(name, error))
        return false;
    nla_put_string(msg, IFLA_IFNAME, name);
    put_bridge(msg, bridge);
    return request(netlink, msg, NULL, NULL, 0, error, "cannot create bridge '%s'", name);
}

static bool
create_macvtap(Netlink *netlink, const char *name, const NetlinkLink *lower, NetlinkMacvtapMode mode, const uint8_t mac[6],
               GError **error)
{
    static const uint32_t modes[] = { MACVLAN_MODE_PRIVATE, MACVLAN_MODE_VEPA, MACVLAN_MODE_BRIDGE };
    g_autoptr(NlMsg) msg = link_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
    struct nlattr *info, *data;

    nla_put_string(msg, IFLA_IFNAME, name);
    nla_put_u32(msg, IFLA_LINK, (uint32_t)lower->index);
    nla_put(msg, IFLA_ADDRESS, 6, mac);
    info = nla_nest_start(msg, IFLA_LINKINFO);
    nla_put_string(msg, IFLA_INFO_KIND, "macvtap");
    data = nla_nest_start(msg, IFLA_INFO_DATA);
    nla_put_u32(msg, IFLA_MACVLAN_MODE, modes[mode]);
    nla_nest_end(msg, data);
    nla_nest_end(msg, info);
    return request(netlink, msg, NULL, NULL, 0, error, "cannot create macvtap device '%s' on '%s'", name, lower->name);
}

bool
netlink_macvtap_create(Netlink *netlink, char *name, const char *lower, NetlinkMacvtapMode mode, const uint8_t mac[6],
                       GError **error)
{
    const char *number = strstr(name, "%d");
    g_autofree char *stem = number ? g_strndup(name, (size_t)(number - name)) : g_strdup(name);
    NetlinkLink below;

    if (!netlink_link_get(netlink, lower, &below, error))
        return false;
    for (int i = 0;; i++) {
        g_autofree char *full = number ? g_strdup_printf("%s%d", stem, i) : g_strdup(stem);
        g_autoptr(GError) failed = NULL;

        if (!check_name(full, error))
            return false;
        /* Somebody may take the name between the look and the making: then it is the next one. */
        if (number && netlink_link_exists(netlink, full))
            continue;
        if (create_macvtap(netlink, full, &below, mode, mac, &failed)) {
            g_strlcpy(name, full, IFNAMSIZ);
            return true;
        }
        if (!number || !netlink_link_exists(netlink, full)) {
            g_propagate_error(error, g_steal_pointer(&failed));
            return false;
        }
    }
}

bool
netlink_bridge_set(Netlink *netlink, const char *name, const NetlinkBridge *bridge, GError **error)
{
    NetlinkLink link;
    g_autoptr(NlMsg) msg = NULL;

    if (!netlink_link_get(netlink, name, &link, error))
        return false;
    msg = link_message(RTM_NEWLINK, 0, link.index);
    put_bridge(msg, bridge);
    return request(netlink, msg, NULL, NULL, 0, error, "cannot change bridge '%s'", name);
}

bool
netlink_port_set(Netlink *netlink, const char *name, const NetlinkPort *port, GError **error)
{
    const struct {
        int value, attr;
    } flags[] = {
        { port->isolated, IFLA_BRPORT_ISOLATED },
        { port->learning, IFLA_BRPORT_LEARNING },
        { port->unicast_flood, IFLA_BRPORT_UNICAST_FLOOD },
        { port->hairpin, IFLA_BRPORT_MODE },
    };
    NetlinkLink link;
    g_autoptr(NlMsg) msg = NULL;
    struct nlattr *nest = NULL;

    if (!netlink_link_get(netlink, name, &link, error))
        return false;
    msg = link_message(RTM_SETLINK, 0, link.index);
    link_info(msg)->ifi_family = AF_BRIDGE;
    nest = nla_nest_start(msg, IFLA_PROTINFO | NLA_F_NESTED);
    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++)
        if (flags[i].value >= 0)
            nla_put_u8(msg, flags[i].attr, flags[i].value);
    nla_nest_end(msg, nest);
    return request(netlink, msg, NULL, NULL, 0, error, "cannot change bridge port '%s'", name);
}

static size_t
address_size(int family)
{
    return family == AF_INET ? 4 : 16;
}

static NlMsg *
address_message(int type, int flags, const NetlinkAddress *address)
{
    struct ifaddrmsg info = {
        .ifa_family = address->family,
        .ifa_prefixlen = address->prefix,
        .ifa_index = address->index,
    };
    size_t size = address_size(address->family);
    NlMsg *msg = nlmsg_alloc_simple(type, flags);

    nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
    nla_put(msg, IFA_LOCAL, size, address->bytes);
    nla_put(msg, IFA_ADDRESS, size, address->bytes);
    if (address->family == AF_INET && address->prefix < 31) {
        uint32_t broadcast;

        memcpy(&broadcast, address->bytes, 4);
        broadcast |= htonl(0xffffffffu >> address->prefix);
        nla_put(msg, IFA_BROADCAST, 4, &broadcast);
    }
    /* A bridge without ports has no carrier, and duplicate detection would wait for one for ever.
     */
    if (address->family == AF_INET6)
        nla_put_u32(msg, IFA_FLAGS, IFA_F_NODAD);
    return msg;
}

static char *
address_text(const NetlinkAddress *address)
{
    char text[INET6_ADDRSTRLEN] = "?";

    inet_ntop(address->family, address->bytes, text, sizeof(text));
    return g_strdup_printf("%s/%u", text, address->prefix);
}

bool
netlink_address_add(Netlink *netlink, const NetlinkAddress *address, GError **error)
{
    g_autoptr(NlMsg) msg = address_message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, address);
    g_autofree char *text = address_text(address);

    return request(netlink, msg, NULL, NULL, EEXIST, error, "cannot add address %s to interface %d",
                   text, address->index);
}

bool
netlink_address_delete(Netlink *netlink, const NetlinkAddress *address, GError **error)
{
    g_autoptr(NlMsg) msg = address_message(RTM_DELADDR, 0, address);
    g_autofree char *text = address_text(address);

    return request(netlink, msg, NULL, NULL, EADDRNOTAVAIL, error,
                   "cannot remove address %s from interface %d", text, address->index);
}

static void
collect_address(struct nlmsghdr *header, void *data)
{
    struct nlattr *attrs[IFA_MAX + 1], *bytes = NULL;
    struct ifaddrmsg *msg = nlmsg_data(header);
    NetlinkAddress address = { .index = msg->ifa_index,
                               .family = msg->ifa_family,
                               .prefix = msg->ifa_prefixlen };

    if (header->nlmsg_type != RTM_NEWADDR ||
        (msg->ifa_family != AF_INET && msg->ifa_family != AF_INET6) ||
        nlmsg_parse(header, sizeof(*msg), attrs, IFA_MAX, NULL) < 0)
        return;
    bytes = attrs[IFA_LOCAL] ? attrs[IFA_LOCAL] : attrs[IFA_ADDRESS];
    if (!bytes || (size_t)nla_len(bytes) != address_size(address.family))
        return;
    memcpy(address.bytes, nla_data(bytes), nla_len(bytes));
    g_array_append_val((GArray *)data, address);
}

GArray *
netlink_address_list(Netlink *netlink, GError **error)
{
    g_autoptr(NlMsg) msg = nlmsg_alloc_simple(RTM_GETADDR, NLM_F_DUMP);
    g_autoptr(GArray) addresses = g_array_new(FALSE, FALSE, sizeof(NetlinkAddress));
    struct ifaddrmsg info = { .ifa_family = AF_UNSPEC };

    nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
    if (!request(netlink, msg, collect_address, addresses, 0, error,
                 "cannot list the host's addresses"))
        return NULL;
    return g_steal_pointer(&addresses);
}

bool
netlink_route_add(Netlink *netlink, const NetlinkAddress *route, GError **error)
{
    static const uint8_t none[16];
    g_autoptr(NlMsg) msg = nlmsg_alloc_simple(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
    g_autofree char *text = address_text(route);
    size_t size = address_size(route->family);
    struct rtmsg info = {
        .rtm_family = route->family,
        .rtm_dst_len = route->prefix,
        .rtm_table = RT_TABLE_MAIN,
        .rtm_protocol = route->protocol ? route->protocol : RTPROT_STATIC,
        .rtm_type = RTN_UNICAST,
        .rtm_scope = memcmp(route->gateway, none, size) == 0 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
    };

    nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
    if (route->prefix)
        nla_put(msg, RTA_DST, size, route->bytes);
    if (info.rtm_scope == RT_SCOPE_UNIVERSE)
        nla_put(msg, RTA_GATEWAY, size, route->gateway);
    if (route->index)
        nla_put_u32(msg, RTA_OIF, route->index);
    if (route->metric)
        nla_put_u32(msg, RTA_PRIORITY, route->metric);
    return request(netlink, msg, NULL, NULL, EEXIST, error, "cannot add a route to %s", text);
}

static void
collect_route(struct nlmsghdr *header, void *data)
{
    struct nlattr *attrs[RTA_MAX + 1];
    struct rtmsg *msg = nlmsg_data(header);
    NetlinkAddress route = { .family = msg->rtm_family,
                             .prefix = msg->rtm_dst_len,
                             .protocol = msg->rtm_protocol };

    if (header->nlmsg_type != RTM_NEWROUTE || msg->rtm_table != RT_TABLE_MAIN ||
        msg->rtm_type != RTN_UNICAST ||
        (msg->rtm_family != AF_INET && msg->rtm_family != AF_INET6) ||
        nlmsg_parse(header, sizeof(*msg), attrs, RTA_MAX, NULL) < 0)
        return;
    if (attrs[RTA_DST])
        memcpy(route.bytes, nla_data(attrs[RTA_DST]), MIN(nla_len(attrs[RTA_DST]), 16));
    if (attrs[RTA_GATEWAY])
        memcpy(route.gateway, nla_data(attrs[RTA_GATEWAY]), MIN(nla_len(attrs[RTA_GATEWAY]), 16));
    route.index = attrs[RTA_OIF] ? (int)nla_get_u32(attrs[RTA_OIF]) : 0;
    route.metric = attrs[RTA_PRIORITY] ? nla_get_u32(attrs[RTA_PRIORITY]) : 0;
    g_array_append_val((GArray *)data, route);
}

GArray *
netlink_route_list(Netlink *netlink, GError **error)
{
    g_autoptr(NlMsg) msg = nlmsg_alloc_simple(RTM_GETROUTE, NLM_F_DUMP);
    g_autoptr(GArray) routes = g_array_new(FALSE, FALSE, sizeof(NetlinkAddress));
    struct rtmsg info = { .rtm_family = AF_UNSPEC };

    nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
    if (!request(netlink, msg, collect_route, routes, 0, error, "cannot list the host's routes"))
        return NULL;
    return g_steal_pointer(&routes);
}

static NlMsg *
tc_message(int type, int index, uint32_t handle, uint32_t parent, uint32_t info)
{
    struct tcmsg tc = {
        .tcm_ifindex = index, .tcm_handle = handle, .tcm_parent = parent, .tcm_info = info
    };
    NlMsg *msg = nlmsg_alloc_simple(type, NLM_F_CREATE | NLM_F_EXCL);

    nlmsg_append(msg, &tc, sizeof(tc), NLMSG_ALIGNTO);
    return msg;
}

bool
netlink_checksum_dhcp(Netlink *netlink, const char *bridge, GError **error)
{
    enum { CLIENT_PORT = 68, PRIORITY = 2, DEFAULT_CLASS = 2 };
    struct {
        struct tc_u32_sel sel;
        struct tc_u32_key key;
    } match = {
        .sel = { .flags = TC_U32_TERMINAL, .nkeys = 1 },
        /* "dport" of a header without options: the second half of the word at offset 20. */
        .key = { .mask = htonl(0xffff), .val = htonl(CLIENT_PORT), .off = 20 },
    };
    struct tc_htb_glob htb = { .version = 3, .rate2quantum = 10, .defcls = DEFAULT_CLASS };
    struct tc_csum csum = { .action = TC_ACT_OK,
                            .update_flags =
                                TCA_CSUM_UPDATE_FLAG_IPV4HDR | TCA_CSUM_UPDATE_FLAG_UDP };
    g_autoptr(NlMsg) qdisc = NULL, filter = NULL, remove = NULL;
    struct nlattr *options = NULL, *actions = NULL, *action = NULL, *detail = NULL;
    NetlinkLink link;

    if (!netlink_link_get(netlink, bridge, &link, error))
        return false;
    qdisc = tc_message(RTM_NEWQDISC, link.index, TC_H_MAKE(1 << 16, 0), TC_H_ROOT, 0);
    nla_put_string(qdisc, TCA_KIND, "htb");
    options = nla_nest_start(qdisc, TCA_OPTIONS);
    nla_put(qdisc, TCA_HTB_INIT, sizeof(htb), &htb);
    nla_nest_end(qdisc, options);
    if (!request(netlink, qdisc, NULL, NULL, EEXIST, error, "cannot add a queue to bridge '%s'",
                 bridge))
        return false;

    filter = tc_message(RTM_NEWTFILTER, link.index, 0, TC_H_MAKE(1 << 16, 0),
                        TC_H_MAKE(PRIORITY << 16, htons(0x0800)));
    nla_put_string(filter, TCA_KIND, "u32");
    options = nla_nest_start(filter, TCA_OPTIONS);
    actions = nla_nest_start(filter, TCA_U32_ACT);
    action = nla_nest_start(filter, 1);
    nla_put_string(filter, TCA_ACT_KIND, "csum");
    detail = nla_nest_start(filter, TCA_ACT_OPTIONS | NLA_F_NESTED);
    nla_put(filter, TCA_CSUM_PARMS, sizeof(csum), &csum);
    nla_nest_end(filter, detail);
    nla_nest_end(filter, action);
    nla_nest_end(filter, actions);
    nla_put(filter, TCA_U32_SEL, sizeof(match), &match);
    nla_nest_end(filter, options);
    if (request(netlink, filter, NULL, NULL, EEXIST, error,
                "cannot add the DHCP checksum filter to bridge '%s'", bridge))
        return true;
    remove = tc_message(RTM_DELQDISC, link.index, TC_H_MAKE(1 << 16, 0), TC_H_ROOT, 0);
    request(netlink, remove, NULL, NULL, 0, NULL, "cannot remove the queue of bridge '%s'", bridge);
    return false;
}

bool
netlink_macvtap_open(Netlink *netlink, const char *name, uint32_t flags, int *ret_fds, size_t n_fds, GError **error)
{
    struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI };
    g_autofree char *path = NULL;
    NetlinkLink link;
    size_t opened = 0;

    if (!netlink_link_get(netlink, name, &link, error))
        return false;
    if (flags & NETLINK_TAP_VNET_HDR)
        req.ifr_flags |= IFF_VNET_HDR;
    if (n_fds > 1 || (flags & NETLINK_TAP_MULTI_QUEUE))
        req.ifr_flags |= IFF_MULTI_QUEUE;
    path = g_strdup_printf("/dev/tap%d", link.index);
    for (; opened < n_fds; opened++) {
        autofd int fd = open(path, O_RDWR | O_CLOEXEC);

        if (fd < 0) {
            error_set_errno(error, errno, "cannot open macvtap device '%s' (%s)", path, name);
            break;
        }
        if (ioctl(fd, TUNSETIFF, &req) < 0) {
            error_set_errno(error, errno, "cannot set flags of macvtap device '%s' (%s)", path, name);
            break;
        }
        ret_fds[opened] = steal_fd(&fd);
    }
    if (opened == n_fds)
        return true;
    while (opened > 0)
        fd_close(&ret_fds[--opened]);
    return false;
}

bool
netlink_tap_open(char *name, uint32_t flags, int *ret_fds, size_t n_fds, GError **error)
{
    struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI };
    size_t opened = 0;

    if (flags & NETLINK_TAP_VNET_HDR)
        req.ifr_flags |= IFF_VNET_HDR;
    if (n_fds > 1 || (flags & NETLINK_TAP_MULTI_QUEUE))
        req.ifr_flags |= IFF_MULTI_QUEUE;
    g_strlcpy(req.ifr_name, name, sizeof(req.ifr_name));
    for (; opened < n_fds; opened++) {
        autofd int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

        if (fd < 0) {
            error_set_errno(error, errno, "cannot open /dev/net/tun");
            break;
        }
        /* The first TUNSETIFF replaces %d, so the other queues join the same device. */
        if (ioctl(fd, TUNSETIFF, &req) < 0 ||
            ((flags & NETLINK_TAP_PERSIST) && ioctl(fd, TUNSETPERSIST, 1) < 0)) {
            error_set_errno(error, errno, "cannot create tap device '%s'", req.ifr_name);
            break;
        }
        ret_fds[opened] = steal_fd(&fd);
    }
    if (opened == n_fds) {
        memcpy(name, req.ifr_name, IFNAMSIZ);
        return true;
    }
    while (opened > 0)
        fd_close(&ret_fds[--opened]);
    return false;
}
