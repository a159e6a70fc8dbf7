/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network_driver.c - rows for connections and networks, and the driver's life
 *
 * Readers copy under the object's lock; those that change something take the object's turn.  Work on
 * the host is in life.c, on disk in object_file.c, on ports in network_port.c.
 */
#define ERROR_FROM VIR_FROM_NETWORK
#include "drivers/network/network_driver.h"

#include <fcntl.h>
#include <libvirt/libvirt.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/common/connect_rows.h"
#include "drivers/network/address.h"
#include "drivers/network/dnsmasq.h"
#include "drivers/network/leases.h"
#include "drivers/network/life.h"
#include "drivers/network/metadata.h"
#include "drivers/network/object.h"
#include "drivers/network/rows.h"
#include "drivers/network/update.h"
#include "util/error.h"
#include "util/file.h"
#include "util/log.h"
#include "util/uuid.h"

LOG_SOURCE("network.driver");

static bool driver_privileged;

void
network_rows_fill(WireNetwork *wire, const NetworkObject *object)
{
    wire->name = g_strdup(object->name);
    memcpy(wire->uuid, object->uuid, 16);
}

static bool
set_not_active(const NetworkObject *object, GError **error)
{
    error_set(error, VIR_ERR_OPERATION_INVALID, "network '%s' is not active", object->name);
    return false;
}

/* Lists. */

enum {
    LIST_ACTIVE = VIR_CONNECT_LIST_NETWORKS_ACTIVE, LIST_INACTIVE = VIR_CONNECT_LIST_NETWORKS_INACTIVE,
    LIST_PERSISTENT = VIR_CONNECT_LIST_NETWORKS_PERSISTENT, LIST_TRANSIENT = VIR_CONNECT_LIST_NETWORKS_TRANSIENT,
    LIST_AUTOSTART = VIR_CONNECT_LIST_NETWORKS_AUTOSTART, LIST_NO_AUTOSTART = VIR_CONNECT_LIST_NETWORKS_NO_AUTOSTART,
    LIST_ALL = LIST_ACTIVE | LIST_INACTIVE | LIST_PERSISTENT | LIST_TRANSIENT | LIST_AUTOSTART | LIST_NO_AUTOSTART,
};

/* Flags come in pairs of opposites; a pair of which none is set does not filter. */
static bool
selected(NetworkObject *object, uint32_t flags)
{
    g_auto(LockHold) hold = lock_hold(&object->lock);
    uint32_t is = (object->live ? LIST_ACTIVE : LIST_INACTIVE) | (object->config ? LIST_PERSISTENT : LIST_TRANSIENT) |
                  (object->autostart ? LIST_AUTOSTART : LIST_NO_AUTOSTART);
    static const uint32_t pairs[] = { LIST_ACTIVE | LIST_INACTIVE, LIST_PERSISTENT | LIST_TRANSIENT,
                                      LIST_AUTOSTART | LIST_NO_AUTOSTART };

    if (!object->live && !object->config)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++)
        if ((flags & pairs[i]) && !(flags & pairs[i] & is))
            return false;
    return true;
}

static GPtrArray *
list_selected(uint32_t flags)
{
    GPtrArray *list = network_object_list();

    for (guint i = list->len; i-- > 0;)
        if (!selected(list->pdata[i], flags))
            g_ptr_array_remove_index(list, i);
    return list;
}

static bool
list_all(Call *call, GError **error)
{
    const ConnectListAllNetworksArgs *args = call->args;
    ConnectListAllNetworksRet *ret = call->ret;
    g_autoptr(GPtrArray) list = list_selected(call->flags);

    ret->ret = list->len;
    if (!args->need_results)
        return true;
    ret->n_nets = list->len;
    ret->nets = g_new0(WireNetwork, list->len);
    for (guint i = 0; i < list->len; i++)
        network_rows_fill(&ret->nets[i], list->pdata[i]);
    return true;
}

static void
list_names(uint32_t flags, int32_t most, uint32_t *ret_n, char ***ret_names)
{
    g_autoptr(GPtrArray) list = list_selected(flags);

    *ret_n = MIN(list->len, (uint32_t)MAX(most, 0));
    *ret_names = g_new0(char *, *ret_n);
    for (guint i = 0; i < *ret_n; i++)
        (*ret_names)[i] = g_strdup(((NetworkObject *)list->pdata[i])->name);
}

static bool
list_active(Call *call, GError **error)
{
    ConnectListNetworksRet *ret = call->ret;

    list_names(LIST_ACTIVE, ((ConnectListNetworksArgs *)call->args)->maxnames, &ret->n_names, &ret->names);
    return true;
}

static bool
list_defined(Call *call, GError **error)
{
    ConnectListDefinedNetworksRet *ret = call->ret;

    list_names(LIST_INACTIVE, ((ConnectListDefinedNetworksArgs *)call->args)->maxnames, &ret->n_names, &ret->names);
    return true;
}

static bool
count_active(Call *call, GError **error)
{
    g_autoptr(GPtrArray) list = list_selected(LIST_ACTIVE);

    ((ConnectNumOfNetworksRet *)call->ret)->num = (int32_t)list->len;
    return true;
}

static bool
count_defined(Call *call, GError **error)
{
    g_autoptr(GPtrArray) list = list_selected(LIST_INACTIVE);

    ((ConnectNumOfDefinedNetworksRet *)call->ret)->num = (int32_t)list->len;
    return true;
}

static bool
lookup_by_name(Call *call, GError **error)
{
    const NetworkLookupByNameArgs *args = call->args;

    call->object = network_object_by_name(args->name);
    if (!call->object) {
        error_set(error, VIR_ERR_NO_NETWORK, "no network with matching name '%s'", args->name);
        return false;
    }
    network_rows_fill(&((NetworkLookupByNameRet *)call->ret)->net, call->object);
    return true;
}

static bool
lookup_by_uuid(Call *call, GError **error)
{
    const NetworkLookupByUuidArgs *args = call->args;
    char uuid[UUID_TEXT_LEN];

    call->object = network_object_by_uuid(args->uuid);
    if (!call->object) {
        uuid_format(args->uuid, uuid);
        error_set(error, VIR_ERR_NO_NETWORK, "no network with matching uuid '%s'", uuid);
        return false;
    }
    network_rows_fill(&((NetworkLookupByUuidRet *)call->ret)->net, call->object);
    return true;
}

/* Definitions. */

static Network *
parse(const char *xml, bool strict, GError **error)
{
    g_autoptr(Network) network = xml_parse_text(&network_xml, xml, XML_PARSE_INACTIVE | (strict ? XML_PARSE_STRICT : 0),
                                                error);

    if (!network || !network_validate(network, error))
        return NULL;
    return g_steal_pointer(&network);
}

/* The object that @network describes, settled, with its turn. */
static NetworkTurn
begin_with(Network *network, const char *what, GError **error)
{
    g_autoptr(NetworkObject) same = network_object_by_name(network->name);
    g_autoptr(NetworkObject) object = NULL;
    g_auto(NetworkTurn) turn = NULL;

    /* A definition without UUID replaces the network of its name. */
    if (same && !uuid_is_valid(network->uuid))
        memcpy(network->uuid, same->uuid, 16);
    if (!uuid_is_valid(network->uuid))
        uuid_generate(network->uuid);
    object = network_object_get(network, error);
    if (!object)
        return NULL;
    turn = network_turn_begin(object, what, error);
    if (!turn || !network_life_settle(network, object, error)) {
        network_object_drop(object);
        return NULL;
    }
    return g_steal_pointer(&turn);
}

static bool
define(const char *xml, bool strict, WireNetwork *ret_net, GError **error)
{
    g_autoptr(Network) network = parse(xml, strict, error);
    g_auto(NetworkTurn) turn = network ? begin_with(network, "define", error) : NULL;

    if (!turn)
        return false;
    if (!network_object_save_config(turn, network, error)) {
        network_object_drop(turn);
        return false;
    }
    lock_acquire(&turn->lock);
    network_free(turn->config);
    turn->config = g_steal_pointer(&network);
    lock_release(&turn->lock);
    network_rows_fill(ret_net, turn);
    network_life_emit(turn, VIR_NETWORK_EVENT_DEFINED, 0);
    return true;
}

static bool
define_xml(Call *call, GError **error)
{
    return define(((NetworkDefineXmlArgs *)call->args)->xml, false, &((NetworkDefineXmlRet *)call->ret)->net, error);
}

static bool
define_xml_flags(Call *call, GError **error)
{
    return define(((NetworkDefineXmlFlagsArgs *)call->args)->xml, call->flags & VIR_NETWORK_DEFINE_VALIDATE,
                  &((NetworkDefineXmlFlagsRet *)call->ret)->net, error);
}

static bool
create_from(const char *xml, bool strict, WireNetwork *ret_net, GError **error)
{
    g_autoptr(Network) network = parse(xml, strict, error);
    g_auto(NetworkTurn) turn = network ? begin_with(network, "start", error) : NULL;

    if (!turn)
        return false;
    if (network_object_is_active(turn)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "network '%s' is already active", turn->name);
        return false;
    }
    if (!network_life_start(turn, &network, error)) {
        network_object_drop(turn);
        return false;
    }
    network_rows_fill(ret_net, turn);
    return true;
}

static bool
create_xml(Call *call, GError **error)
{
    return create_from(((NetworkCreateXmlArgs *)call->args)->xml, false, &((NetworkCreateXmlRet *)call->ret)->net, error);
}

static bool
create_xml_flags(Call *call, GError **error)
{
    return create_from(((NetworkCreateXmlFlagsArgs *)call->args)->xml, call->flags & VIR_NETWORK_CREATE_VALIDATE,
                       &((NetworkCreateXmlFlagsRet *)call->ret)->net, error);
}

static bool
start_defined(NetworkObject *object, GError **error)
{
    g_auto(NetworkTurn) turn = network_turn_begin(object, "start", error);
    g_autoptr(Network) live = NULL;

    if (!turn)
        return false;
    if (network_object_is_active(turn)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "network '%s' is already active", turn->name);
        return false;
    }
    live = network_object_copy(turn, false);
    if (!live) {
        error_set(error, VIR_ERR_NO_NETWORK, "network '%s' has gone", turn->name);
        return false;
    }
    return network_life_start(turn, &live, error);
}

static bool
create(Call *call, GError **error)
{
    return start_defined(call->object, error);
}

static bool
destroy(Call *call, GError **error)
{
    g_auto(NetworkTurn) turn = network_turn_begin(call->object, "destroy", error);
    bool ok = false;

    if (!turn)
        return false;
    if (!network_object_is_active(turn))
        return set_not_active(turn, error);
    ok = network_life_destroy(turn, error);
    network_object_drop(turn);
    return ok;
}

static bool
undefine(Call *call, GError **error)
{
    g_auto(NetworkTurn) turn = network_turn_begin(call->object, "undefine", error);

    if (!turn)
        return false;
    if (!network_object_is_persistent(turn)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "cannot undefine transient network '%s'; destroy it instead",
                  turn->name);
        return false;
    }
    if (!network_object_delete_config(turn, error))
        return false;
    lock_acquire(&turn->lock);
    g_clear_pointer(&turn->config, network_free);
    turn->autostart = false;
    lock_release(&turn->lock);
    network_life_emit(turn, VIR_NETWORK_EVENT_UNDEFINED, 0);
    network_object_drop(turn);
    return true;
}

/* Copies of what an update is to change: *@ret_live, *@ret_config, either NULL where it is not. */
static bool
affected(NetworkObject *object, bool live, bool config, Network **ret_live, Network **ret_config, GError **error)
{
    bool active = network_object_is_active(object);

    if (!live && !config) {
        live = active;
        config = !active;
    }
    if (live && !active)
        return set_not_active(object, error);
    if (config && !network_object_is_persistent(object)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "cannot change persistent config of transient network '%s'",
                  object->name);
        return false;
    }
    *ret_live = live ? network_object_copy(object, true) : NULL;
    *ret_config = config ? network_object_copy(object, false) : NULL;
    return true;
}

/* Make changed copies the object's. */
static bool
commit(NetworkObject *object, Network **live, Network **config, bool host, GError **error)
{
    if (*config && !network_object_save_config(object, *config, error))
        return false;
    lock_acquire(&object->lock);
    if (*config) {
        network_free(object->config);
        object->config = g_steal_pointer(config);
    }
    if (*live) {
        /* The old one stays at hand, should the host refuse. */
        Network *old = object->live;

        object->live = *live;
        *live = old;
    }
    lock_release(&object->lock);
    if (!*live)
        return true;
    if ((!host || network_life_apply(object, error)) && network_object_save_status(object, error))
        return true;
    lock_acquire(&object->lock);
    network_free(object->live);
    object->live = g_steal_pointer(live);
    lock_release(&object->lock);
    return false;
}

static bool
update(Call *call, GError **error)
{
    const NetworkUpdateArgs *args = call->args;
    g_auto(NetworkTurn) turn = network_turn_begin(call->object, "update", error);
    g_autoptr(Network) live = NULL;
    g_autoptr(Network) config = NULL;

    return turn &&
           affected(turn, call->flags & VIR_NETWORK_UPDATE_AFFECT_LIVE, call->flags & VIR_NETWORK_UPDATE_AFFECT_CONFIG,
                    &live, &config, error) &&
           (!live || network_update(&live, args->command, args->section, args->parentIndex, args->xml, error)) &&
           (!config || network_update(&config, args->command, args->section, args->parentIndex, args->xml, error)) &&
           commit(turn, &live, &config, true, error);
}

static bool
set_metadata(Call *call, GError **error)
{
    const NetworkSetMetadataArgs *args = call->args;
    g_auto(NetworkTurn) turn = network_turn_begin(call->object, "change metadata of", error);
    g_autoptr(Network) live = NULL;
    g_autoptr(Network) config = NULL;

    if (!turn ||
        !affected(turn, call->flags & VIR_NETWORK_UPDATE_AFFECT_LIVE, call->flags & VIR_NETWORK_UPDATE_AFFECT_CONFIG,
                  &live, &config, error) ||
        (live && !network_metadata_set(live, args->type, args->metadata, args->key, args->uri, error)) ||
        (config && !network_metadata_set(config, args->type, args->metadata, args->key, args->uri, error)) ||
        !commit(turn, &live, &config, false, error))
        return false;
    network_life_emit_metadata(turn, args->type, args->uri);
    return true;
}

static bool
get_metadata(Call *call, GError **error)
{
    const NetworkGetMetadataArgs *args = call->args;
    NetworkGetMetadataRet *ret = call->ret;
    g_autoptr(Network) live = NULL;
    g_autoptr(Network) config = NULL;

    if (!affected(call->object, call->flags & VIR_NETWORK_UPDATE_AFFECT_LIVE,
                  call->flags & VIR_NETWORK_UPDATE_AFFECT_CONFIG, &live, &config, error))
        return false;
    ret->metadata = network_metadata_get(live ? live : config, args->type, args->uri, error);
    return ret->metadata != NULL;
}

/* Facts of a network. */

static bool
get_xml(Call *call, GError **error)
{
    NetworkObject *object = call->object;
    g_auto(LockHold) hold = lock_hold(&object->lock);
    bool inactive = !object->live || ((call->flags & VIR_NETWORK_XML_INACTIVE) && object->config);
    Network *network = inactive ? object->config : object->live;

    if (!network) {
        error_set(error, VIR_ERR_NO_NETWORK, "network '%s' has gone", object->name);
        return false;
    }
    if (!inactive)
        network->connections = object->ports->len;
    ((NetworkGetXmlDescRet *)call->ret)->xml =
        xml_format_text(&network_xml, network,
                        inactive || (call->flags & VIR_NETWORK_XML_INACTIVE) ? XML_FORMAT_INACTIVE : 0);
    return true;
}

static bool
get_bridge_name(Call *call, GError **error)
{
    NetworkObject *object = call->object;
    g_auto(LockHold) hold = lock_hold(&object->lock);
    const Network *network = object->live ? object->live : object->config;

    if (!network || !network->bridge) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "network '%s' does not have a bridge name.", object->name);
        return false;
    }
    ((NetworkGetBridgeNameRet *)call->ret)->name = g_strdup(network->bridge);
    return true;
}

static bool
is_active(Call *call, GError **error)
{
    ((NetworkIsActiveRet *)call->ret)->active = network_object_is_active(call->object);
    return true;
}

static bool
is_persistent(Call *call, GError **error)
{
    ((NetworkIsPersistentRet *)call->ret)->persistent = network_object_is_persistent(call->object);
    return true;
}

static bool
get_autostart(Call *call, GError **error)
{
    NetworkObject *object = call->object;
    g_auto(LockHold) hold = lock_hold(&object->lock);

    ((NetworkGetAutostartRet *)call->ret)->autostart = object->autostart;
    return true;
}

static bool
set_autostart(Call *call, GError **error)
{
    bool on = ((NetworkSetAutostartArgs *)call->args)->autostart != 0;
    g_auto(NetworkTurn) turn = network_turn_begin(call->object, "set autostart of", error);

    if (!turn)
        return false;
    if (!network_object_is_persistent(turn)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "cannot set autostart for transient network '%s'", turn->name);
        return false;
    }
    if (!network_object_set_autostart(turn, on, error))
        return false;
    lock_acquire(&turn->lock);
    turn->autostart = on;
    lock_release(&turn->lock);
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
    NetworkObject *object = call->object;
    g_autoptr(Network) live = network_object_copy(object, true);
    g_auto(NetworkDnsmasqPaths) paths = { 0 };
    g_autoptr(GPtrArray) leases = NULL;
    int64_t now = g_get_real_time() / G_USEC_PER_SEC;

    if (!live)
        return set_not_active(object, error);
    if (!live->bridge)
        return true;
    network_dnsmasq_paths_init(&paths, network_dirs.state, network_dirs.run, live->name, live->bridge);
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
            .iface = g_strdup(live->bridge), .expirytime = lease->expiry,
            .type = address.family == AF_INET ? VIR_IP_ADDR_TYPE_IPV4 : VIR_IP_ADDR_TYPE_IPV6,
            .mac = g_strdup(lease->mac), .iaid = g_strdup(lease->iaid), .ipaddr = g_strdup(lease->ip),
            .prefix = lease_prefix(live, &address), .hostname = g_strdup(lease->hostname),
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
    g_autoptr(GPtrArray) list = list_selected(LIST_AUTOSTART | LIST_INACTIVE);
    g_autoptr(GError) error = NULL;

    /* Once a boot: a network that was destroyed by hand stays so over a restart of the daemon. */
    if (access(marker, F_OK) == 0)
        return;
    if (!file_mkdir_p(network_dirs.run_network, 0755, &error) || !file_write_atomic_text(marker, "", 0600, &error))
        log_gerror(error, "networks may be started again by the next daemon");
    for (guint i = 0; i < list->len; i++) {
        g_autoptr(GError) failure = NULL;

        if (!start_defined(list->pdata[i], &failure))
            log_gerror(failure, "cannot autostart network '%s'", ((NetworkObject *)list->pdata[i])->name);
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
start(const DriverEnv *env, GError **error)
{
    g_autoptr(GPtrArray) active = NULL;
    GThread *thread = NULL;

    driver_privileged = env->privileged;
    network_dirs_init(env);
    network_object_load_all();
    if (!network_life_init(env, error))
        return false;
    active = list_selected(LIST_ACTIVE);
    if (active->len > 0)
        network_life_check(NULL);
    thread = g_thread_new("network-start", finish_start, NULL);
    g_thread_unref(thread);
    return true;
}

static void
reload(void)
{
    network_object_load_all();
    network_life_check(NULL);
}

static void
stop(void)
{
    network_life_stop_watching();
    network_object_drop_all();
    network_dirs_clear();
}

static bool
busy(void)
{
    g_autoptr(GPtrArray) active = list_selected(LIST_ACTIVE);

    return active->len > 0;
}

static bool
open_session(Session *session, const char *uri, bool readonly, GError **error)
{
    g_autoptr(GUri) parsed = uri ? g_uri_parse(uri, G_URI_FLAGS_NONE, NULL) : NULL;
    const char *want = driver_privileged ? "/system" : "/session", *path = parsed ? g_uri_get_path(parsed) : NULL;

    if (path && strcmp(path, want) == 0)
        return true;
    error_set(error, VIR_ERR_INTERNAL_ERROR, "unexpected network URI path '%s', try network://%s", path ? path : "",
              want);
    return false;
}

static bool
resolve(Call *call, GError **error)
{
    const WireNetwork *wire = (const WireNetwork *)((char *)call->args + call->method->object_at);
    char uuid[UUID_TEXT_LEN];

    /* The record of a port begins with that of its network. */
    call->object = network_object_by_uuid(wire->uuid);
    if (call->object)
        return true;
    uuid_format(wire->uuid, uuid);
    error_set(error, VIR_ERR_NO_NETWORK, "no network with matching uuid '%s' (%s)", uuid, wire->name);
    return false;
}

static void
release(Call *call)
{
    network_object_unref(g_steal_pointer(&call->object));
}

static void
add_attribute(AclObject *object, const char *name, const char *value)
{
    g_ptr_array_add(object->attributes, g_strdup(name));
    g_ptr_array_add(object->attributes, g_strdup(value));
}

static bool
acl_object(Call *call, ObjectClass cls, const void *record, AclObject *object)
{
    const WireNetwork *wire = record;
    const NetworkObject *own = call->object;
    const uint8_t *uuid = wire ? wire->uuid : own ? own->uuid : NULL;
    char text[UUID_TEXT_LEN];

    if (!uuid)
        return true;
    uuid_format(uuid, text);
    add_attribute(object, "network_name", wire ? wire->name : own->name);
    add_attribute(object, "network_uuid", text);
    if (cls == CLASS_NETWORK_PORT && !wire && call->method->object == CLASS_NETWORK_PORT)
        wire = (const WireNetwork *)((char *)call->args + call->method->object_at);
    if (cls == CLASS_NETWORK_PORT && wire) {
        uuid_format(((const WireNetworkPort *)wire)->uuid, text);
        add_attribute(object, "port_uuid", text);
    }
    return true;
}

static const DriverRow rows[] = {
    CONNECT_ROWS,
    [PROC_CONNECT_NUM_OF_NETWORKS] = { count_active, 0, ROW_INLINE, "0.2.0" },
    [PROC_CONNECT_NUM_OF_DEFINED_NETWORKS] = { count_defined, 0, ROW_INLINE, "0.2.0" },
    [PROC_CONNECT_LIST_NETWORKS] = { list_active, 0, ROW_INLINE, "0.2.0" },
    [PROC_CONNECT_LIST_DEFINED_NETWORKS] = { list_defined, 0, ROW_INLINE, "0.2.0" },
    [PROC_CONNECT_LIST_ALL_NETWORKS] = { list_all, LIST_ALL, ROW_INLINE, "0.10.2" },
    [PROC_NETWORK_LOOKUP_BY_NAME] = { lookup_by_name, 0, ROW_INLINE, "0.2.0" },
    [PROC_NETWORK_LOOKUP_BY_UUID] = { lookup_by_uuid, 0, ROW_INLINE, "0.2.0" },
    [PROC_NETWORK_DEFINE_XML] = { define_xml, 0, 0, "0.2.0" },
    [PROC_NETWORK_DEFINE_XML_FLAGS] = { define_xml_flags, VIR_NETWORK_DEFINE_VALIDATE, 0, "7.7.0" },
    [PROC_NETWORK_CREATE_XML] = { create_xml, 0, 0, "0.2.0" },
    [PROC_NETWORK_CREATE_XML_FLAGS] = { create_xml_flags, VIR_NETWORK_CREATE_VALIDATE, 0, "7.8.0" },
    [PROC_NETWORK_CREATE] = { create, 0, 0, "0.2.0" },
    [PROC_NETWORK_DESTROY] = { destroy, 0, 0, "0.2.0" },
    [PROC_NETWORK_UNDEFINE] = { undefine, 0, 0, "0.2.0" },
    [PROC_NETWORK_UPDATE] = { update, VIR_NETWORK_UPDATE_AFFECT_LIVE | VIR_NETWORK_UPDATE_AFFECT_CONFIG, 0, "0.10.2" },
    [PROC_NETWORK_SET_METADATA] = { set_metadata, VIR_NETWORK_UPDATE_AFFECT_LIVE | VIR_NETWORK_UPDATE_AFFECT_CONFIG, 0,
                                    "9.7.0" },
    [PROC_NETWORK_GET_METADATA] = { get_metadata, VIR_NETWORK_UPDATE_AFFECT_LIVE | VIR_NETWORK_UPDATE_AFFECT_CONFIG,
                                    ROW_INLINE, "9.7.0" },
    [PROC_NETWORK_GET_XML_DESC] = { get_xml, VIR_NETWORK_XML_INACTIVE, ROW_INLINE, "0.2.0" },
    [PROC_NETWORK_GET_BRIDGE_NAME] = { get_bridge_name, 0, ROW_INLINE, "0.2.0" },
    [PROC_NETWORK_IS_ACTIVE] = { is_active, 0, ROW_INLINE, "0.7.3" },
    [PROC_NETWORK_IS_PERSISTENT] = { is_persistent, 0, ROW_INLINE, "0.7.3" },
    [PROC_NETWORK_GET_AUTOSTART] = { get_autostart, 0, ROW_INLINE, "0.2.1" },
    [PROC_NETWORK_SET_AUTOSTART] = { set_autostart, 0, 0, "0.2.1" },
    [PROC_NETWORK_GET_DHCP_LEASES] = { get_leases, 0, 0, "1.2.6" },

    [PROC_NETWORK_LIST_ALL_PORTS] = { network_port_list, 0, ROW_INLINE, "5.5.0" },
    [PROC_NETWORK_PORT_LOOKUP_BY_UUID] = { network_port_lookup, 0, ROW_INLINE, "5.5.0" },
    [PROC_NETWORK_PORT_CREATE_XML] = { network_port_create,
                                       VIR_NETWORK_PORT_CREATE_RECLAIM | VIR_NETWORK_PORT_CREATE_VALIDATE, 0, "5.5.0" },
    [PROC_NETWORK_PORT_DELETE] = { network_port_delete, 0, 0, "5.5.0" },
    [PROC_NETWORK_PORT_GET_XML_DESC] = { network_port_get_xml, 0, ROW_INLINE, "5.5.0" },
    [PROC_NETWORK_PORT_GET_PARAMETERS] = { network_port_get_parameters, VIR_TYPED_PARAM_STRING_OKAY, ROW_INLINE, "5.5.0" },
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
    .resolve = resolve,
    .release = release,
    .acl_object = acl_object,
};
