/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network_address.h - arithmetic on the addresses of network documents */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "drivers/conf/network_gen.h"

typedef struct NetworkAddress {
    int family;        /* AF_INET, AF_INET6 */
    uint8_t bytes[16]; /* four or sixteen of them, big-endian */
} NetworkAddress;

bool network_address_parse(const char *text, NetworkAddress *ret_address);
char *network_address_text(const NetworkAddress *address);

/* @address with all but its first @prefix bits cleared. */
NetworkAddress network_address_masked(const NetworkAddress *address, unsigned prefix);
bool network_address_in_subnet(const NetworkAddress *address, const NetworkAddress *subnet,
                               unsigned prefix);

/* Prefix length of an <ip> or <route>: given, from the netmask, or that of the address's class. */
unsigned network_address_prefix(const char *address, const char *netmask, bool has_prefix,
                                unsigned prefix);
unsigned network_ip_prefix(const NetworkIp *ip);
/* "192.168.122.0/24" */
char *network_ip_subnet(const NetworkIp *ip);

/* Number of addresses from @start to @end, 0 if that is no range; UINT32_MAX when there are more.
 */
uint32_t network_address_count(const NetworkAddress *start, const NetworkAddress *end);

static inline bool
network_ip_is_v6(const NetworkIp *ip)
{
    return ip->family == IP_FAMILY_IPV6;
}
