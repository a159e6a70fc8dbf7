/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network_driver.c - the driver's life and its rows
 *
 * Rows are the kit's but for leases; the work on the host is in life.c.
 */
#define ERROR_FROM VIR_FROM_NETWORK
#include "drivers/network/network_driver.h"

#include <libvirt/libvirt.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/common/connect_rows.h"
#include "drivers/conf/network_address.h"
#include "drivers/network/dnsmasq.h"
#include "drivers/network/leases.h"
#include "drivers/network/life.h"
#include "util/error.h"
#include "util/file.h"
#include "util/log.h"

LOG_SOURCE("network.driver");

/* The number by which a client asks in which order update's arguments travel. */
enum { FEATURE_NETWORK_UPDATE_ORDER = 16 };

static struct {
    Kit *kit;
    bool privileged;
    GThread *starting;
} driver;

static ObjectTable *
networks(void)
{
    return driver.kit->tables[CLASS_NETWORK];
}

static bool
supports_feature(Call *call, GError **error)
{
    ((ConnectSupportsFeatureRet *)call->ret)->supported =
        ((ConnectSupportsFeatureArgs *)call->args)->feature == FEATURE_NETWORK_UPDATE_ORDER;
    return true;
}

/* Prefix length of the subnet of @network in which @ip is. */
static unsigned
lease_prefix(const Network *network, const NetworkAddress *ip)
{
    for (guint i = 0; network->ips && i < network->ips->len; i++) {
        const NetworkIp *own = network->ips->pdata[i];
        unsigned prefix = network_ip_prefix(own);
        NetworkAddress address;

        if (own->address && network_address_parse(own->address, &address) &&
            network_address_in_subnet(ip, &address, prefix))
            return prefix;
    }
    return ip->family == AF_INET ? 24 : 64;
}

static bool
get_leases(Call *call, GError **error)
{
    const NetworkGetDhcpLeasesArgs *args = call->args;
    NetworkGetDhcpLeasesRet *ret = call->ret;
    g_autoptr(Def) def = object_live(call->object);
    const Network *live = def ? def->doc : NULL;
    g_auto(NetworkDnsmasqPaths) paths = { 0 };
    g_autoptr(GPtrArray) leases = NULL;
    int64_t now = g_get_real_time() / G_USEC_PER_SEC;

    if (!live)
        return kit_require_active(call->object, error);
    if (!live->bridge)
        return true;
    network_dnsmasq_paths_init(&paths, network_dirs.state, network_dirs.run, live->name,
                               live->bridge);
    leases = network_leases_read(paths.leases, error);
    if (!leases)
        return false;
    if (args->need_results)
        ret->leases = g_new0(WireNetworkDhcpLease, leases->len);
    for (guint i = 0; i < leases->len; i++) {
        const NetworkLease *lease = leases->pdata[i];
        NetworkAddress address;

        if ((args->mac && (!lease->mac || g_ascii_strcasecmp(args->mac, lease->mac) != 0)) ||
            network_lease_is_expired(lease, now) || !network_address_parse(lease->ip, &address))
            continue;
        ret->ret++;
        if (!args->need_results)
            continue;
        ret->leases[ret->n_leases++] = (WireNetworkDhcpLease){
            .iface = g_strdup(live->bridge),
            .expirytime = lease->expiry,
            .type = address.family == AF_INET ? VIR_IP_ADDR_TYPE_IPV4 : VIR_IP_ADDR_TYPE_IPV6,
            .mac = g_strdup(lease->mac),
            .iaid = g_strdup(lease->iaid),
            .ipaddr = g_strdup(lease->ip),
            .prefix = lease_prefix(live, &address),
            .hostname = g_strdup(lease->hostname),
            .clientid = g_strdup(lease->client_id),
        };
    }
    return true;
}

/* Life of the driver. */

static void *
finish_start(void *data)
{
    g_autofree char *marker = g_build_filename(network_dirs.run_network, "autostarted", NULL);

    object_life_autostart(networks(), marker);
    network_life_check_ports();
    return NULL;
}

static bool
busy(void)
{
    g_autoptr(GPtrArray) list = object_table_list(networks());

    for (guint i = 0; i < list->len; i++)
        if (object_is_active(list->pdata[i]))
            return true;
    return false;
}

static bool
start(const DriverEnv *env, GError **error)
{
    ObjectTable *table = NULL;

    driver.privileged = env->privileged;
    driver.kit = kit_new(env->hub);
    network_dirs_init(env);
    table = driver.kit->tables[CLASS_NETWORK] = network_object_load(env, &network_life_ops, error);
    if (!table || !network_life_init(env, table, error))
        return false;
    if (busy())
        network_life_check(NULL);
    driver.starting = g_thread_new("network-start", finish_start, NULL);
    return true;
}

static void
reload(void)
{
    g_autoptr(GError) error = NULL;

    /* Definitions that were put there by hand join. */
    if (!object_table_load(networks(), &error))
        log_gerror(error, "definitions of networks");
    network_life_check(NULL);
}

static void
stop(void)
{
    if (driver.starting)
        g_thread_join(g_steal_pointer(&driver.starting));
    network_life_stop_watching();
    g_clear_pointer(&driver.kit, kit_unref);
    network_dirs_clear();
}

static bool
open_session(Session *session, const char *uri, bool readonly, GError **error)
{
    g_autoptr(GUri) parsed = uri ? g_uri_parse(uri, G_URI_FLAGS_NONE, NULL) : NULL;
    const char *want = driver.privileged ? "/system" : "/session",
               *path = parsed ? g_uri_get_path(parsed) : NULL;

    if (!path || strcmp(path, want) != 0) {
        error_set(error, VIR_ERR_INTERNAL_ERROR,
                  "unexpected network URI path '%s', try network://%s", path ? path : "", want);
        return false;
    }
    session->data = kit_ref(driver.kit);
    return true;
}

static void
close_session(Session *session)
{
    kit_unref(g_steal_pointer(&session->data));
}

static const DriverRow rows[] = {
    CONNECT_ROWS,
    [PROC_CONNECT_SUPPORTS_FEATURE] = { supports_feature, 0, ROW_INLINE, "0.3.2" },
    NETWORK_ROWS,
    [PROC_NETWORK_GET_DHCP_LEASES] = { get_leases, 0, 0, "1.2.6" },
};

const Driver network_driver = {
    .name = "network",
    .scheme = "network",
    .error_from = VIR_FROM_NETWORK,
    .classes = 1u << CLASS_NETWORK | 1u << CLASS_NETWORK_PORT,
    .rows = rows,
    .n_rows = G_N_ELEMENTS(rows),
    .start = start,
    .reload = reload,
    .stop = stop,
    .busy = busy,
    .open = open_session,
    .close = close_session,
    .resolve = kit_resolve,
    .release = kit_release,
    .acl_object = kit_acl_object,
    .begin = kit_begin,
    .end = kit_end,
};
