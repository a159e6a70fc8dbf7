/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* openvz_conf.c - containers as OpenVZ keeps them */
#define ERROR_FROM VIR_FROM_OPENVZ
#include "drivers/openvz/openvz_conf.h"

#include <string.h>

#include "util/error.h"

char *
openvz_conf_value(const char *text, const char *key)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    size_t len = strlen(key);
    char *found = NULL;

    for (size_t i = 0; lines[i]; i++) {
        char *line = g_strstrip(lines[i]), *value = line + len + 1;
        char quote;

        if (strncmp(line, key, len) || line[len] != '=')
            continue;
        quote = *value == '"' || *value == '\'' ? *value++ : '\0';
        if (quote && strchr(value, quote))
            *strchr(value, quote) = '\0';
        g_free(found);
        found = g_strdup(value);
    }
    return found;
}

Domain *
openvz_conf_new(const char *init)
{
    Domain *domain = xml_new(&domain_xml);

    domain->type = VIRT_TYPE_OPENVZ;
    domain->os_type = g_strdup("exe");
    domain->init = g_strdup(init);
    domain->interfaces = g_ptr_array_new();
    /* Nothing is known of these until they are read, and it is OpenVZ that starts a container again. */
    domain->has_current_memory = true;
    domain->max_vcpus = 0;
    domain->on_reboot = LIFECYCLE_ACTION_DESTROY;
    return domain;
}

static Interface *
add_interface(Domain *domain, InterfaceType type)
{
    Interface *interface = xml_new(&interface_xml);

    interface->type = type;
    if (!domain->interfaces)
        domain->interfaces = g_ptr_array_new();
    g_ptr_array_add(domain->interfaces, interface);
    return interface;
}

/* A device that routes to one address of the container's. */
static void
add_routed(Domain *domain, const char *address)
{
    Interface *interface = add_interface(domain, INTERFACE_TYPE_ETHERNET);
    GuestIp *ip = xml_new(&guest_ip_xml);

    ip->family = strchr(address, ':') ? IP_FAMILY_IPV6 : IP_FAMILY_IPV4;
    ip->address = g_strdup(address);
    interface->mac = g_strdup("00:00:00:00:00:00"); /* such devices (venet) have none */
    interface->ips = g_ptr_array_new();
    g_ptr_array_add(interface->ips, ip);
}

static bool
check_mac(const char *mac, GError **error)
{
    static const char form[] = "xx:xx:xx:xx:xx:xx";

    for (size_t i = 0; i < sizeof(form); i++)
        if (form[i] == 'x' ? !g_ascii_isxdigit(mac[i]) : form[i] != mac[i]) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "'%s', in NETIF, is no MAC address", mac);
            return false;
        }
    return true;
}

/* "ifname=eth0,mac=...,host_ifname=veth1.0,host_mac=...,bridge=br0"; names in the container are its own affair. */
static bool
add_ethernet(Domain *domain, const char *text, GError **error)
{
    Interface *interface = add_interface(domain, INTERFACE_TYPE_BRIDGE);
    g_auto(GStrv) words = g_strsplit(text, ",", -1);

    for (size_t i = 0; words[i]; i++) {
        char *value = strchr(words[i], '=');

        if (!value) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "'%s', in NETIF, is no 'name=value'", words[i]);
            return false;
        }
        *value++ = '\0';
        if (!strcmp(words[i], "bridge")) {
            interface->bridge = g_strdup(value);
        } else if (!strcmp(words[i], "host_ifname")) {
            interface->target = g_strdup(value);
        } else if (!strcmp(words[i], "mac")) {
            if (!check_mac(value, error))
                return false;
            interface->mac = g_ascii_strdown(value, -1);
        }
    }
    return true;
}

bool
openvz_conf_read_network(Domain *domain, const char *text, GError **error)
{
    g_autofree char *routed = openvz_conf_value(text, "IP_ADDRESS");
    g_autofree char *ethernet = openvz_conf_value(text, "NETIF");
    g_auto(GStrv) addresses = routed ? g_strsplit_set(routed, " \t", -1) : NULL;
    g_auto(GStrv) devices = ethernet ? g_strsplit(ethernet, ";", -1) : NULL;

    for (size_t i = 0; addresses && addresses[i]; i++)
        if (*addresses[i])
            add_routed(domain, addresses[i]);
    for (size_t i = 0; devices && devices[i]; i++)
        if (*g_strstrip(devices[i]) && !add_ethernet(domain, devices[i], error))
            return false;
    return true;
}
