/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* agent_info.c - what the guest's agent tells about the guest: users, system, host name, addresses, load */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/agent/agent.h"
#include "drivers/qemu/agent/agent_disk.h"
#include "drivers/qemu/agent/agent_rows.h"
#include "drivers/qemu/process/guest_peer.h"
#include "drivers/qemu/rows.h"
#include "util/error.h"

static bool
add_users(Guest *guest, Params *params, GError **error)
{
    g_autoptr(Json) reply = agent_call(guest, "guest-get-users", NULL, error);

    if (!reply)
        return false;
    params_add_uint(params, "user.count", (unsigned)json_array_len(reply));
    for (size_t i = 0; i < json_array_len(reply); i++) {
        Json *item = json_array_at(reply, i), *time = NULL;
        g_autofree char *login = g_strdup_printf("user.%zu.login-time", i);
        double seconds;

        agent_disk_add(params, json_opt_string(item, "user", NULL), "user.%zu.name", i);
        agent_disk_add(params, json_opt_string(item, "domain", NULL), "user.%zu.domain", i);
        json_object_object_get_ex(item, "login-time", &time);
        seconds = json_object_get_double(time);
        params_add_ullong(params, login, seconds > 0 && seconds < 1e15 ? (uint64_t)(seconds * 1000) : 0);
    }
    return true;
}

static bool
add_system(Guest *guest, Params *params, GError **error)
{
    static const char *const keys[] = { "id", "name", "pretty-name", "version", "version-id", "machine", "variant", "variant-id",
                                        "kernel-release", "kernel-version" };
    g_autoptr(Json) reply = agent_call(guest, "guest-get-osinfo", NULL, error);

    for (size_t i = 0; reply && i < G_N_ELEMENTS(keys); i++)
        agent_disk_add(params, json_opt_string(reply, keys[i], NULL), "os.%s", keys[i]);
    return reply != NULL;
}

static bool
add_timezone(Guest *guest, Params *params, GError **error)
{
    g_autoptr(Json) reply = agent_call(guest, "guest-get-timezone", NULL, error);
    int64_t offset;

    if (!reply || !json_get_int64(reply, "offset", &offset, error))
        return false;
    agent_disk_add(params, json_opt_string(reply, "zone", NULL), "timezone.name");
    params_add_int(params, "timezone.offset", (int)offset);
    return true;
}

static char *
ask_hostname(Guest *guest, GError **error)
{
    g_autoptr(Json) reply = agent_call(guest, "guest-get-host-name", NULL, error);

    return reply ? g_strdup(json_get_string(reply, "host-name", error)) : NULL;
}

static bool
add_hostname(Guest *guest, Params *params, GError **error)
{
    g_autofree char *name = ask_hostname(guest, error);

    if (name)
        params_add_string(params, "hostname", name);
    return name != NULL;
}

static bool
add_load(Guest *guest, Params *params, GError **error)
{
    static const char *const keys[][2] = { { "load1m", "load.1m" }, { "load5m", "load.5m" }, { "load15m", "load.15m" } };
    g_autoptr(Json) reply = agent_call(guest, "guest-get-load", NULL, error);

    for (size_t i = 0; reply && i < G_N_ELEMENTS(keys); i++) {
        Json *value = NULL;

        if (json_object_object_get_ex(reply, keys[i][0], &value))
            params_add_double(params, keys[i][1], json_object_get_double(value));
    }
    return reply != NULL;
}

/* ---- interfaces ----------------------------------------------------------------------------- */

/* Aliases of an interface ("eth0:1") are told one by one; they are its addresses. */
static WireDomainInterface *
get_interface(DomainInterfaceAddressesRet *ret, Json *item, GError **error)
{
    const char *full = json_get_string(item, "name", error);
    g_autofree char *name = full ? g_strndup(full, strcspn(full, ":")) : NULL;
    WireDomainInterface *iface;

    if (!name)
        return NULL;
    for (uint32_t i = 0; i < ret->n_ifaces; i++)
        if (g_str_equal(ret->ifaces[i].name, name))
            return &ret->ifaces[i];
    iface = &ret->ifaces[ret->n_ifaces++];
    iface->name = g_steal_pointer(&name);
    iface->hwaddr = g_strdup(json_opt_string(item, "hardware-address", NULL));
    return iface;
}

static bool
add_addresses(WireDomainInterface *iface, Json *list, GError **error)
{
    if (iface->n_addrs + json_array_len(list) > REMOTE_DOMAIN_IP_ADDR_MAX) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "the guest agent tells of more addresses of '%s' than %d", iface->name,
                  REMOTE_DOMAIN_IP_ADDR_MAX);
        return false;
    }
    iface->addrs = g_renew(WireDomainIpAddr, iface->addrs, iface->n_addrs + json_array_len(list) + 1);
    for (size_t i = 0; i < json_array_len(list); i++) {
        Json *item = json_array_at(list, i);
        const char *type = json_get_string(item, "ip-address-type", error);
        const char *text = type ? json_get_string(item, "ip-address", error) : NULL;
        unsigned prefix;

        if (!text || !json_get_uint(item, "prefix", &prefix, error))
            return false;
        iface->addrs[iface->n_addrs++] = (WireDomainIpAddr){
            .type = g_str_equal(type, "ipv4") ? VIR_IP_ADDR_TYPE_IPV4 : VIR_IP_ADDR_TYPE_IPV6,
            .addr = g_strdup(text),
            .prefix = prefix,
        };
    }
    return true;
}

static bool
read_interfaces(Guest *guest, DomainInterfaceAddressesRet *ret, GError **error)
{
    g_autoptr(Json) reply = agent_call(guest, "guest-network-get-interfaces", NULL, error);
    size_t n = reply ? json_array_len(reply) : 0;

    if (n > REMOTE_DOMAIN_INTERFACE_MAX) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "the guest agent tells of more interfaces than %d", REMOTE_DOMAIN_INTERFACE_MAX);
        return false;
    }
    ret->ifaces = g_new0(WireDomainInterface, n + 1);
    for (size_t i = 0; i < n; i++) {
        Json *item = json_array_at(reply, i);
        WireDomainInterface *iface = get_interface(ret, item, error);

        if (!iface || !add_addresses(iface, json_opt_array(item, "ip-addresses"), error))
            return false;
    }
    return reply != NULL;
}

static void
free_interfaces(DomainInterfaceAddressesRet *ret)
{
    for (uint32_t i = 0; i < ret->n_ifaces; i++) {
        for (uint32_t a = 0; a < ret->ifaces[i].n_addrs; a++)
            g_free(ret->ifaces[i].addrs[a].addr);
        g_free(ret->ifaces[i].addrs);
        g_free(ret->ifaces[i].name);
        g_free(ret->ifaces[i].hwaddr);
    }
    g_free(ret->ifaces);
}
typedef DomainInterfaceAddressesRet Interfaces;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Interfaces, free_interfaces)

static bool
add_interfaces(Guest *guest, Params *params, GError **error)
{
    g_auto(Interfaces) found = { 0 };

    if (!read_interfaces(guest, &found, error))
        return false;
    params_add_uint(params, "if.count", found.n_ifaces);
    for (uint32_t i = 0; i < found.n_ifaces; i++) {
        const WireDomainInterface *iface = &found.ifaces[i];
        g_autofree char *count = g_strdup_printf("if.%u.addr.count", i);

        agent_disk_add(params, iface->name, "if.%u.name", i);
        agent_disk_add(params, iface->hwaddr, "if.%u.hwaddr", i);
        params_add_uint(params, count, iface->n_addrs);
        for (uint32_t a = 0; a < iface->n_addrs; a++) {
            g_autofree char *prefix = g_strdup_printf("if.%u.addr.%u.prefix", i, a);

            agent_disk_add(params, iface->addrs[a].type == VIR_IP_ADDR_TYPE_IPV4 ? "ipv4" : "ipv6", "if.%u.addr.%u.type", i, a);
            agent_disk_add(params, iface->addrs[a].addr, "if.%u.addr.%u.addr", i, a);
            params_add_uint(params, prefix, iface->addrs[a].prefix);
        }
    }
    return true;
}

bool
agent_rows_addresses(Call *call, GError **error)
{
    Guest *guest = guest_of(call);
    g_autoptr(Job) job = agent_begin(guest, "virDomainInterfaceAddresses", error);

    return job && read_interfaces(guest, call->ret, error);
}

/* ---- all of it ---------------------------------------------------------------------------------- */

static const struct {
    unsigned type;
    bool (*add)(Guest *guest, Params *params, GError **error);
} kinds[] = {
    { VIR_DOMAIN_GUEST_INFO_USERS, add_users },
    { VIR_DOMAIN_GUEST_INFO_OS, add_system },
    { VIR_DOMAIN_GUEST_INFO_TIMEZONE, add_timezone },
    { VIR_DOMAIN_GUEST_INFO_HOSTNAME, add_hostname },
    { VIR_DOMAIN_GUEST_INFO_FILESYSTEM, agent_disk_filesystems },
    { VIR_DOMAIN_GUEST_INFO_DISKS, agent_disk_disks },
    { VIR_DOMAIN_GUEST_INFO_INTERFACES, add_interfaces },
    { VIR_DOMAIN_GUEST_INFO_LOAD, add_load },
};

bool
agent_rows_info(Call *call, GError **error)
{
    const DomainGetGuestInfoArgs *args = call->args;
    DomainGetGuestInfoRet *ret = call->ret;
    g_auto(Params) params = { 0 };
    unsigned known = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        known |= kinds[i].type;
    if (args->types & ~known) {
        error_set(error, VIR_ERR_INVALID_ARG, "unsupported guest information types '0x%x'", args->types & ~known);
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(GError) failure = NULL;

        if (args->types && !(args->types & kinds[i].type))
            continue;
        if (kinds[i].add(guest_of(call), &params, &failure))
            continue;
        /* Who asks for all gets what this agent can tell. */
        if (!args->types && g_error_matches(failure, failure->domain, VIR_ERR_OPERATION_UNSUPPORTED))
            continue;
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    if (params_count(&params) > REMOTE_DOMAIN_GUEST_INFO_PARAMS_MAX) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "the guest tells %zu facts, of which %d can be handed on: ask for fewer types",
                  params_count(&params), REMOTE_DOMAIN_GUEST_INFO_PARAMS_MAX);
        return false;
    }
    params_take(&params, &ret->n_params, &ret->params);
    return true;
}

/* ---- host name ------------------------------------------------------------------------------------ */

/* The name under which it asked a virtual network for an address; NULL with no error: none did. */
static char *
find_lease_name(const Domain *doc, GError **error)
{
    g_autoptr(virConnect) conn = guest_peer_connect("network", error);
    char *name = NULL;

    for (size_t i = 0; conn && !name && i < list_len(doc->interfaces); i++) {
        const Interface *n = list_at(doc->interfaces, i);
        g_autoptr(virNetwork) network = NULL;
        virNetworkDHCPLeasePtr *leases = NULL;
        int count;

        if (n->type != INTERFACE_TYPE_NETWORK)
            continue;
        network = virNetworkLookupByName(conn, n->network);
        count = network ? virNetworkGetDHCPLeases(network, n->mac, &leases, 0) : -1;
        if (count < 0) {
            guest_peer_error(error, "a network does not tell its leases");
            return NULL;
        }
        for (int l = 0; l < count; l++) {
            if (!name)
                name = g_strdup(leases[l]->hostname);
            virNetworkDHCPLeaseFree(leases[l]);
        }
        free(leases);
    }
    return name;
}

bool
agent_rows_hostname(Call *call, GError **error)
{
    DomainGetHostnameRet *ret = call->ret;
    g_autoptr(Def) live = object_live(call->object);
    g_autoptr(GError) failure = NULL;
    g_autoptr(Job) job = NULL;

    if (!live)
        return kit_require_active(call->object, error);
    if (call->flags & VIR_DOMAIN_GET_HOSTNAME_LEASE) {
        ret->hostname = find_lease_name(live->doc, &failure);
    } else {
        job = agent_begin(guest_of(call), "virDomainGetHostname", error);
        if (!job)
            return false;
        ret->hostname = ask_hostname(guest_of(call), &failure);
    }
    if (ret->hostname)
        return true;
    if (failure)
        g_propagate_error(error, g_steal_pointer(&failure));
    else
        error_set(error, VIR_ERR_NO_HOSTNAME, "no hostname found for domain %s", ((const Domain *)live->doc)->name);
    return false;
}
