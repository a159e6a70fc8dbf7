/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network_address.c - addresses as bytes: mask, compare, count */
#include "drivers/conf/network_address.h"

#include <arpa/inet.h>
#include <string.h>

bool
network_address_parse(const char *text, NetworkAddress *ret_address)
{
    NetworkAddress address = { .family = strchr(text, ':') ? AF_INET6 : AF_INET };

    if (inet_pton(address.family, text, address.bytes) != 1)
        return false;
    *ret_address = address;
    return true;
}

char *
network_address_text(const NetworkAddress *address)
{
    char text[INET6_ADDRSTRLEN];

    return g_strdup(inet_ntop(address->family, address->bytes, text, sizeof(text)));
}

static size_t
size_of(const NetworkAddress *address)
{
    return address->family == AF_INET ? 4 : 16;
}

NetworkAddress
network_address_masked(const NetworkAddress *address, unsigned prefix)
{
    NetworkAddress masked = *address;

    for (size_t i = 0; i < size_of(address); i++) {
        unsigned bits = prefix > i * 8 ? MIN(prefix - (unsigned)i * 8, 8) : 0;

        masked.bytes[i] &= (uint8_t)(0xff00u >> bits);
    }
    return masked;
}

bool
network_address_in_subnet(const NetworkAddress *address, const NetworkAddress *subnet,
                          unsigned prefix)
{
    NetworkAddress a = network_address_masked(address, prefix),
                   b = network_address_masked(subnet, prefix);

    return address->family == subnet->family && memcmp(a.bytes, b.bytes, size_of(address)) == 0;
}

unsigned
network_address_prefix(const char *address, const char *netmask, bool has_prefix, unsigned prefix)
{
    NetworkAddress mask, a;
    unsigned bits = 0;

    if (has_prefix)
        return prefix;
    if (netmask && network_address_parse(netmask, &mask)) {
        while (bits < size_of(&mask) * 8 && mask.bytes[bits / 8] & (0x80 >> bits % 8))
            bits++;
        return bits;
    }
    if (!address || !network_address_parse(address, &a))
        return 0;
    if (a.family == AF_INET6)
        return 64;
    return a.bytes[0] < 128 ? 8 : a.bytes[0] < 192 ? 16 : 24;
}

unsigned
network_ip_prefix(const NetworkIp *ip)
{
    return network_address_prefix(ip->address, ip->netmask, ip->has_prefix, ip->prefix);
}

char *
network_ip_subnet(const NetworkIp *ip)
{
    unsigned prefix = network_ip_prefix(ip);
    NetworkAddress address;
    g_autofree char *text = NULL;

    if (!ip->address || !network_address_parse(ip->address, &address))
        return NULL;
    address = network_address_masked(&address, prefix);
    text = network_address_text(&address);
    return g_strdup_printf("%s/%u", text, prefix);
}

uint32_t
network_address_count(const NetworkAddress *start, const NetworkAddress *end)
{
    size_t size = size_of(start);
    uint32_t low[2] = { 0 };

    if (start->family != end->family || memcmp(start->bytes, end->bytes, size) > 0)
        return 0;
    if (memcmp(start->bytes, end->bytes, size - 4) != 0)
        return UINT32_MAX;
    memcpy(&low[0], start->bytes + size - 4, 4);
    memcpy(&low[1], end->bytes + size - 4, 4);
    low[1] = ntohl(low[1]) - ntohl(low[0]);
    return low[1] == UINT32_MAX ? UINT32_MAX : low[1] + 1;
}
