/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* firewall.h - the packet filter and address translation of virtual networks
 *
 * The rules of a network are a table of templates (firewall.c) filled from the few facts below.  In
 * the host they live in our own nftables tables "libvirt_network" of families ip and ip6, in
 * upstream's chains.  Each rule carries a comment that says whose it is and what it is, by which it
 * is known again: applying what is there already changes nothing.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "drivers/conf/network_gen.h"

typedef enum {
    NETWORK_FIREWALL_ISOLATED,
    NETWORK_FIREWALL_ROUTE,
    NETWORK_FIREWALL_NAT,
    NETWORK_FIREWALL_OPEN, /* no rules at all */
} NetworkFirewallMode;

typedef enum {
    NETWORK_FIREWALL_NFTABLES,
    NETWORK_FIREWALL_IPTABLES,
} NetworkFirewallBackend;

typedef struct NetworkFirewall {
    char *bridge;
    char *dev; /* forwards to this device only; NULL: any */
    NetworkFirewallMode mode;
    bool ipv6;          /* has IPv6 addresses, or guests may talk IPv6 among themselves */
    bool ipv6_nat;      /* IPv6 is translated too */
    bool tftp, dhcp;    /* dhcp: for IPv4 */
    char *nat_range;    /* "FIRST-LAST" or one address to translate to; NULL: the device's */
    char *nat_ports;    /* "1024-65535" */
    GPtrArray *subnets; /* char *: "192.168.122.0/24", "2001:db8::/64" */
} NetworkFirewall;

NetworkFirewall *network_firewall_new(const char *bridge);
/* What @network (with its bridge named) needs; NULL if nothing: it has no bridge of ours. */
NetworkFirewall *network_firewall_of(const Network *network);
void network_firewall_free(NetworkFirewall *firewall);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NetworkFirewall, network_firewall_free)

/* One rule: "ip" or "ip6", and its text as the back end's command takes it. */
typedef struct NetworkFirewallRule {
    const char *family;
    char *text;
} NetworkFirewallRule;

/* Rules in the order in which they are inserted at the heads of their chains. */
GPtrArray *network_firewall_rules(const NetworkFirewall *firewall, NetworkFirewallBackend backend);

/* Have the host hold the rules of @firewall, in one transaction; *@ret_changed (may be NULL) tells
 * if it lacked any. */
bool network_firewall_apply(const NetworkFirewall *firewall, bool *ret_changed, GError **error);
/* Remove the rules of @bridge. */
bool network_firewall_remove(const char *bridge, GError **error);
/* Remove the rules of all bridges but those named in @keep (const char *), and rules that nobody
 * owns. */
bool network_firewall_purge(const GPtrArray *keep, GError **error);
