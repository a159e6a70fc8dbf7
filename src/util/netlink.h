/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* netlink.h - links, addresses and routes of the host, by rtnetlink
 *
 * A Netlink is one socket: cheap to make (a few microseconds), used by one thread at
 * a time.  Every request waits at most a few seconds and every error carries the
 * kernel's own explanation where it gives one.  NetlinkMonitor tells a main loop
 * about links that come, change and go.
 */
#pragma once

#include <glib.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Netlink Netlink;

typedef struct NetlinkStats {
    uint64_t rx_bytes, rx_packets, rx_errors, rx_dropped;
    uint64_t tx_bytes, tx_packets, tx_errors, tx_dropped;
} NetlinkStats;

typedef struct NetlinkLink {
    char name[IFNAMSIZ];
    char kind[24];        /* "bridge", "tun", "veth" ...; empty for physical devices */
    char master_kind[24]; /* what it is a port of: "bridge", "bond" ... */
    int index, master;    /* master: index, 0 for none */
    int lower;            /* index of the device below (vlan, macvtap), 0 for none */
    uint32_t flags;       /* IFF_UP ... */
    uint32_t mtu;
    uint8_t mac[6];
    uint8_t operstate; /* IF_OPER_* */
    bool has_bridge;   /* kind is bridge and what follows is known */
    bool stp, vlan_filtering;
    uint32_t forward_delay; /* hundredths of a second */
    NetlinkStats stats;
} NetlinkLink;

/* What to make of a bridge.  Fields at their "unset" value are left to the kernel. */
typedef struct NetlinkBridge {
    const uint8_t *mac; /* NULL: kernel's choice */
    uint32_t mtu;       /* 0: unset */
    int stp;            /* 0, 1; -1: unset */
    int forward_delay;  /* hundredths of a second; -1: unset */
    int vlan_filtering; /* 0, 1; -1: unset */
    bool up;
} NetlinkBridge;

/* One address of a link, or one prefix of a route. */
typedef struct NetlinkAddress {
    int index;  /* link */
    int family; /* AF_INET, AF_INET6 */
    uint8_t bytes[16];
    uint8_t prefix;
    uint8_t gateway[16]; /* routes: all zero for none */
    uint32_t metric;     /* routes: 0 is the kernel's default */
    uint8_t protocol;    /* routes: RTPROT_*; 0 sets RTPROT_STATIC */
} NetlinkAddress;

/* A change to a link: only what the mask names. */
enum {
    NETLINK_SET_UP = 1 << 0,
    NETLINK_SET_MAC = 1 << 1,
    NETLINK_SET_MTU = 1 << 2,
    NETLINK_SET_MASTER = 1 << 3,
    NETLINK_SET_NAME = 1 << 4,
};
typedef struct NetlinkChange {
    uint32_t mask;
    bool up;
    uint8_t mac[6];
    uint32_t mtu;
    int master; /* index of the bridge, 0 to leave it */
    const char *name;
} NetlinkChange;

/* Flags of a port of a bridge; -1 leaves a flag alone. */
typedef struct NetlinkPort {
    int isolated, learning, unicast_flood, hairpin;
} NetlinkPort;

Netlink *netlink_new(GError **error);
void netlink_free(Netlink *netlink);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Netlink, netlink_free)

/* VIR_ERR_SYSTEM_ERROR with ENODEV when there is no such link. */
bool netlink_link_get(Netlink *netlink, const char *name, NetlinkLink *ret_link, GError **error);
bool netlink_link_get_index(Netlink *netlink, int index, NetlinkLink *ret_link, GError **error);
bool netlink_link_exists(Netlink *netlink, const char *name);
/* Array of NetlinkLink. */
GArray *netlink_link_list(Netlink *netlink, GError **error);
/* True also when it is already gone. */
bool netlink_link_delete(Netlink *netlink, const char *name, GError **error);
bool netlink_link_set(Netlink *netlink, const char *name, const NetlinkChange *change,
                      GError **error);
/* Make @name a port of @bridge. */
bool netlink_link_set_master(Netlink *netlink, const char *name, const char *bridge,
                             GError **error);

/* Fails with EEXIST when the name is taken, whatever by. */
bool netlink_bridge_create(Netlink *netlink, const char *name, const NetlinkBridge *bridge,
                           GError **error);
bool netlink_bridge_set(Netlink *netlink, const char *name, const NetlinkBridge *bridge,
                        GError **error);
bool netlink_port_set(Netlink *netlink, const char *name, const NetlinkPort *port, GError **error);

/* How macvtap devices on one lower device reach each other. */
typedef enum { NETLINK_MACVTAP_PRIVATE, NETLINK_MACVTAP_VEPA, NETLINK_MACVTAP_BRIDGE } NetlinkMacvtapMode;
/* A macvtap device with the address @mac on top of @lower, down.  A '%d' in @name is replaced by the first free number and
 * the result written back to it; @name has room for IFNAMSIZ bytes. */
bool netlink_macvtap_create(Netlink *netlink, char *name, const char *lower, NetlinkMacvtapMode mode, const uint8_t mac[6],
                            GError **error);
/* Open @n_fds queues of the macvtap device @name; @flags as for netlink_tap_open(). */
bool netlink_macvtap_open(Netlink *netlink, const char *name, uint32_t flags, int *ret_fds, size_t n_fds, GError **error);

/* Adding what is there and deleting what is not are successes. */
bool netlink_address_add(Netlink *netlink, const NetlinkAddress *address, GError **error);
bool netlink_address_delete(Netlink *netlink, const NetlinkAddress *address, GError **error);
/* Arrays of NetlinkAddress.  Routes: those of the main table. */
GArray *netlink_address_list(Netlink *netlink, GError **error);
bool netlink_route_add(Netlink *netlink, const NetlinkAddress *route, GError **error);
GArray *netlink_route_list(Netlink *netlink, GError **error);

/* Have the host fill in UDP checksums of DHCP replies that leave by @bridge: guests whose
 * clients look at raw packets drop those that offloading left open. */
bool netlink_checksum_dhcp(Netlink *netlink, const char *bridge, GError **error);

typedef void (*NetlinkMonitorFunc)(const NetlinkLink *link, bool gone, void *data);
typedef struct NetlinkMonitor NetlinkMonitor;

/* Calls @func on the thread of @context.  Messages lost to a full buffer show as one call with
 * @link NULL: look at everything again. */
NetlinkMonitor *netlink_monitor_new(GMainContext *context, NetlinkMonitorFunc func, void *data,
                                    GError **error);
void netlink_monitor_free(NetlinkMonitor *monitor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NetlinkMonitor, netlink_monitor_free)

enum {
    NETLINK_TAP_VNET_HDR = 1 << 0,
    NETLINK_TAP_MULTI_QUEUE = 1 << 1,
    NETLINK_TAP_PERSIST = 1 << 2,
};

/* Open @n_fds queues of a tap device.  A '%d' in @name is replaced by the first free number and
 * the result written back to it; @name has room for IFNAMSIZ bytes.  Nothing is left on failure. */
bool netlink_tap_open(char *name, uint32_t flags, int *ret_fds, size_t n_fds, GError **error);
