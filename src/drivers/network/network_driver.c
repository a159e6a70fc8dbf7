/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network_driver.c - rows for networks, and the driver's life
 *
 * Readers and simple edits are the kit's.  Those that change a network here hold a job of it.  Work
 * on the host is in life.c, on ports in network_port.c.
 */
#define ERROR_FROM VIR_FROM_NETWORK
#include "drivers/network/network_driver.h"

#include <libvirt/libvirt.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/common/connect_rows.h"
#include "drivers/common/object_rows.h"
#include "drivers/network/address.h"
#include "drivers/network/dnsmasq.h"
#include "drivers/network/leases.h"
#include "drivers/network/life.h"
#include "drivers/network/rows.h"
#include "drivers/network/update.h"
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

static bool
set_not_active(Object *object, GError **error)
{
    g_autofree char *name = object_name(object);

    error_set(error, VIR_ERR_OPERATION_INVALID, "network '%s' is not active", name);
    return false;
}

static bool
require_inactive(Object *object, GError **error)
{
    g_autofree char *name = object_name(object);

    if (!object_is_active(object))
        return true;
    error_set(error, VIR_ERR_OPERATION_INVALID, "network '%s' is already active", name);
    return false;
}

static Job *
begin(Object *object, const Call *call, GError **error)
{
    return job_begin(&object->jobs, JOB_MODIFY, call->method->name, JOB_DEADLINE_S, error);
}

/* The object that @xml describes, with a job of it and the definition made whole. */
static Object *
claim(const Call *call, const char *xml, bool strict, Job **ret_job, Network **ret_network,
      GError **error)
{
    g_autoptr(Network) network = object_parse(networks(), xml, strict, error);
    g_autoptr(Object) object = network ? object_table_claim(networks(), network, error) : NULL;
    g_autoptr(Job) job = object ? begin(object, call, error) : NULL;

    if (!job || !network_life_settle(network, (NetworkObject *)object, error)) {
        if (object)
            object_disclaim(object);
        return NULL;
    }
    *ret_job = g_steal_pointer(&job);
    *ret_network = g_steal_pointer(&network);
    return g_steal_pointer(&object);
}

/* The calls with and without flags have records of one shape. */
static bool
define_xml(Call *call, GError **error)
{
    const NetworkDefineXmlArgs *args = call->args;
    g_autoptr(Object) object = NULL; /* outlives its job */
    g_autoptr(Job) job = NULL;
    g_autoptr(Network) network = NULL;

    object =
        claim(call, args->xml, call->flags & VIR_NETWORK_DEFINE_VALIDATE, &job, &network, error);
    if (!object)
        return false;
    if (!object_set_config(object, g_steal_pointer(&network), error)) {
        object_disclaim(object);
        return false;
    }
    object_wire(object, &((NetworkDefineXmlRet *)call->ret)->net);
    object_emit(object, VIR_NETWORK_EVENT_DEFINED, 0);
    return true;
}

static bool
create_xml(Call *call, GError **error)
{
    const NetworkCreateXmlArgs *args = call->args;
    g_autoptr(Object) object = NULL; /* outlives its job */
    g_autoptr(Job) job = NULL;
    g_autoptr(Network) network = NULL;

    object =
        claim(call, args->xml, call->flags & VIR_NETWORK_CREATE_VALIDATE, &job, &network, error);
    if (!object)
        return false;
    if (!require_inactive(object, error) ||
        !network_life_start((NetworkObject *)object, &network, error)) {
        object_disclaim(object);
        return false;
    }
    object_wire(object, &((NetworkCreateXmlRet *)call->ret)->net);
    return true;
}

/* Under a job. */
static bool
start_defined(Object *object, GError **error)
{
    g_autoptr(Def) config = require_inactive(object, error) ? object_config(object, error) : NULL;
    g_autoptr(Network) live = config ? xml_copy(&network_xml, config->doc) : NULL;

    return live && network_life_start((NetworkObject *)object, &live, error);
}

static bool
create(Call *call, GError **error)
{
    g_autoptr(Job) job = begin(call->object, call, error);

    return job && start_defined(call->object, error);
}

static bool
destroy(Call *call, GError **error)
{
    g_autoptr(Job) job = begin(call->object, call, error);

    if (!job)
        return false;
    if (!object_is_active(call->object))
        return set_not_active(call->object, error);
    return network_life_destroy(call->object, error);
}

static bool
undefine(Call *call, GError **error)
{
    Object *object = call->object;
    g_autoptr(Job) job = begin(object, call, error);
    g_autofree char *name = object_name(object);

    if (!job)
        return false;
    if (!object_is_persistent(object)) {
        error_set(error, VIR_ERR_OPERATION_INVALID,
                  "cannot undefine transient network '%s'; destroy it instead", name);
        return false;
    }
    if (!object_is_active(object))
        network_object_delete_ports(call->object);
    if (!object_undefine(object, error))
        return false;
    object_emit(object, VIR_NETWORK_EVENT_UNDEFINED, 0);
    return true;
}

/* @old's definition with one element changed, or NULL. */
static Network *
updated(Def *old, const NetworkUpdateArgs *args, GError **error)
{
    g_autoptr(Network) network = xml_copy(&network_xml, old->doc);

    if (!network_update(&network, args->command, args->section, args->parentIndex, args->xml,
                        error))
        return NULL;
    return g_steal_pointer(&network);
}

static bool
update_live(NetworkObject *network, Def *old, Network **changed, GError **error)
{
    object_set_live(&network->object, g_steal_pointer(changed));
    if (network_life_apply(network, error) && network_object_save_status(&network->object, error))
        return true;
    /* The host refused: it is as it was. */
    object_set_live(&network->object, xml_copy(&network_xml, old->doc));
    network_life_apply(network, NULL);
    return false;
}

static bool
update(Call *call, GError **error)
{
    Object *object = call->object;
    g_autoptr(Job) job = begin(object, call, error);
    g_autoptr(Def) live = NULL, config = NULL;
    g_autoptr(Network) new_live = NULL;
    g_autoptr(Network) new_config = NULL;
    bool to_live = false, to_config = false;

    if (!job || !kit_resolve_affect(object, call->flags, &to_live, &to_config, error))
        return false;
    if (to_config && !((config = object_config(object, error)) &&
                       (new_config = updated(config, call->args, error))))
        return false;
    if (to_live && !((live = object_live(object)) && (new_live = updated(live, call->args, error))))
        return false;
    return (!to_live || update_live(call->object, live, &new_live, error)) &&
           (!to_config || object_set_config(object, g_steal_pointer(&new_config), error));
}

static bool
get_bridge_name(Call *call, GError **error)
{
    g_autoptr(Def) def = object_current(call->object, error);
    const Network *network = def ? def->doc : NULL;

    if (!network)
        return false;
    if (!network->bridge) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "network '%s' does not have a bridge name.",
                  network->name);
        return false;
    }
    ((NetworkGetBridgeNameRet *)call->ret)->name = g_strdup(network->bridge);
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
        return set_not_active(call->object, error);
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

static void
autostart(void)
{
    g_autofree char *marker = g_build_filename(network_dirs.run_network, "autostarted", NULL);
    g_autoptr(GPtrArray) list = object_table_list(networks());
    g_autoptr(GError) error = NULL;

    /* Once a boot: a network that was destroyed by hand stays so over a restart of the daemon. */
    if (access(marker, F_OK) == 0)
        return;
    if (!file_mkdir_p(network_dirs.run_network, 0755, &error) ||
        !file_write_atomic_text(marker, "", 0600, &error))
        log_gerror(error, "networks may be started again by the next daemon");
    for (guint i = 0; i < list->len; i++) {
        Object *object = list->pdata[i];
        g_autofree char *name = object_name(object);
        g_autoptr(GError) failure = NULL;
        g_autoptr(Job) job = NULL;

        if (!object_autostart(object) || object_is_active(object))
            continue;
        job = job_begin(&object->jobs, JOB_MODIFY, "autostart", JOB_DEADLINE_S, &failure);
        if (!job || !start_defined(object, &failure))
            log_gerror(failure, "cannot autostart network '%s'", name);
    }
}

static void *
finish_start(void *data)
{
    autostart();
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
    table = driver.kit->tables[CLASS_NETWORK] = network_object_load(env, error);
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
    OBJECT_NETWORK_ROWS,

    [PROC_NETWORK_DEFINE_XML] = { define_xml, 0, 0, "0.2.0" },
    [PROC_NETWORK_DEFINE_XML_FLAGS] = { define_xml, VIR_NETWORK_DEFINE_VALIDATE, 0, "7.7.0" },
    [PROC_NETWORK_CREATE_XML] = { create_xml, 0, 0, "0.2.0" },
    [PROC_NETWORK_CREATE_XML_FLAGS] = { create_xml, VIR_NETWORK_CREATE_VALIDATE, 0, "7.8.0" },
    [PROC_NETWORK_CREATE] = { create, 0, 0, "0.2.0" },
    [PROC_NETWORK_DESTROY] = { destroy, 0, 0, "0.2.0" },
    [PROC_NETWORK_UNDEFINE] = { undefine, 0, 0, "0.2.0" },
    [PROC_NETWORK_UPDATE] = { update,
                              VIR_NETWORK_UPDATE_AFFECT_LIVE | VIR_NETWORK_UPDATE_AFFECT_CONFIG, 0,
                              "0.10.2" },
    [PROC_NETWORK_GET_BRIDGE_NAME] = { get_bridge_name, 0, ROW_INLINE, "0.2.0" },
    [PROC_NETWORK_GET_DHCP_LEASES] = { get_leases, 0, 0, "1.2.6" },

    [PROC_NETWORK_LIST_ALL_PORTS] = { network_port_list, 0, ROW_INLINE, "5.5.0" },
    [PROC_NETWORK_PORT_LOOKUP_BY_UUID] = { network_port_lookup, 0, ROW_INLINE, "5.5.0" },
    [PROC_NETWORK_PORT_CREATE_XML] = { network_port_create,
                                       VIR_NETWORK_PORT_CREATE_RECLAIM |
                                           VIR_NETWORK_PORT_CREATE_VALIDATE,
                                       0, "5.5.0" },
    [PROC_NETWORK_PORT_DELETE] = { network_port_delete, 0, 0, "5.5.0" },
    [PROC_NETWORK_PORT_GET_XML_DESC] = { network_port_get_xml, 0, ROW_INLINE, "5.5.0" },
    [PROC_NETWORK_PORT_GET_PARAMETERS] = { network_port_get_parameters, VIR_TYPED_PARAM_STRING_OKAY,
                                           ROW_INLINE, "5.5.0" },
    [PROC_NETWORK_PORT_SET_PARAMETERS] = { network_port_set_parameters, 0, 0, "5.5.0" },
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
