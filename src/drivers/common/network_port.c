/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network_port.c - rows for ports: what a guest's interface is plugged into
 *
 * A hypervisor asks for a port before it makes the device; the answer says which bridge or host
 * device to use.  Ports keep their UUID: one that is asked for again by the same owner is the same.
 */
#define ERROR_FROM VIR_FROM_NETWORK
#include <libvirt/libvirt.h>
#include <string.h>

#include "drivers/common/network.h"
#include "drivers/conf/network_port.h"
#include "drivers/conf/network_update.h"
#include "util/error.h"
#include "util/uuid.h"

/* The lock is held, so the name can be read as it is. */
static void
fill(WireNetworkPort *wire, const NetworkObject *network, const NetworkPort *port)
    REQUIRES(network->object.lock)
{
    wire->net.name = g_strdup(network->object.name);
    memcpy(wire->net.uuid, network->object.uuid, 16);
    memcpy(wire->uuid, port->uuid, 16);
}

static NetworkPort *
find(NetworkObject *object, const uint8_t uuid[16], GError **error) REQUIRES(object->object.lock)
{
    char text[UUID_TEXT_LEN];

    for (guint i = 0; i < object->ports->len; i++) {
        NetworkPort *port = object->ports->pdata[i];

        if (memcmp(port->uuid, uuid, 16) == 0)
            return port;
    }
    uuid_format(uuid, text);
    error_set(error, VIR_ERR_NO_NETWORK_PORT, "network '%s' has no port with UUID %s",
              object->object.name, text);
    return NULL;
}

bool
network_port_list(Call *call, GError **error)
{
    const NetworkListAllPortsArgs *args = call->args;
    NetworkListAllPortsRet *ret = call->ret;
    NetworkObject *object = call->object;
    g_auto(LockHold) hold = lock_hold(&object->object.lock);

    ret->ret = object->ports->len;
    if (!args->need_results)
        return true;
    ret->n_ports = object->ports->len;
    ret->ports = g_new0(WireNetworkPort, object->ports->len);
    for (guint i = 0; i < object->ports->len; i++)
        fill(&ret->ports[i], object, object->ports->pdata[i]);
    return true;
}

bool
network_port_lookup(Call *call, GError **error)
{
    const NetworkPortLookupByUuidArgs *args = call->args;
    NetworkObject *object = call->object;
    g_auto(LockHold) hold = lock_hold(&object->object.lock);
    const NetworkPort *port = find(object, args->uuid, error);

    if (!port)
        return false;
    fill(&((NetworkPortLookupByUuidRet *)call->ret)->port, object, port);
    return true;
}

static unsigned
count_users(const NetworkObject *object, const char *dev)
{
    unsigned users = 0;

    for (guint i = 0; i < object->ports->len; i++)
        users += g_strcmp0(((NetworkPort *)object->ports->pdata[i])->dev, dev) == 0;
    return users;
}

static bool
plug_direct(NetworkObject *object, const Network *network, NetworkPort *port, GError **error)
{
    static const DirectMode modes[FORWARD_MODE_LAST] = {
        [FORWARD_MODE_BRIDGE] = DIRECT_MODE_BRIDGE,
        [FORWARD_MODE_PRIVATE] = DIRECT_MODE_PRIVATE,
        [FORWARD_MODE_VEPA] = DIRECT_MODE_VEPA,
        [FORWARD_MODE_PASSTHROUGH] = DIRECT_MODE_PASSTHROUGH,
    };
    const char *best = NULL;
    unsigned least = UINT_MAX;

    for (guint i = 0; network->interfaces && i < network->interfaces->len; i++) {
        const ForwardInterface *interface = network->interfaces->pdata[i];
        unsigned users = count_users(object, interface->dev);

        if (users < least) {
            least = users;
            best = interface->dev;
        }
    }
    if (!best || (network->forward_mode == FORWARD_MODE_PASSTHROUGH && least > 0)) {
        error_set(
            error, VIR_ERR_INTERNAL_ERROR,
            best ? "network '%s' requires exclusive access to interfaces, but none are available"
                 : "network '%s' has no interface to connect guests to",
            network->name);
        return false;
    }
    port->plug_type = PLUG_TYPE_DIRECT;
    port->dev = g_strdup(best);
    port->mode = modes[network->forward_mode];
    return true;
}

static bool
plug_hostdev(NetworkObject *object, const Network *network, NetworkPort *port, GError **error)
{
    for (guint i = 0; network->addresses && i < network->addresses->len; i++) {
        const ForwardAddress *address = network->addresses->pdata[i];
        bool taken = false;

        for (guint j = 0; j < object->ports->len && !taken; j++) {
            const NetworkPort *other = object->ports->pdata[j];

            taken = other->plug_type == PLUG_TYPE_HOSTDEV_PCI &&
                    other->pci.domain == address->pci.domain &&
                    other->pci.bus == address->pci.bus && other->pci.slot == address->pci.slot &&
                    other->pci.function == address->pci.function;
        }
        if (taken)
            continue;
        port->plug_type = PLUG_TYPE_HOSTDEV_PCI;
        port->managed = network->managed;
        port->pci = address->pci;
        if (network->forward_driver)
            port->driver = xml_copy(&hostdev_driver_xml, network->forward_driver);
        return true;
    }
    error_set(error, VIR_ERR_INTERNAL_ERROR,
              "network '%s' requires exclusive access to interfaces, but none are available",
              network->name);
    return false;
}

/* Decide where the port goes. */
static bool
plug(NetworkObject *object, const Network *network, NetworkPort *port, GError **error)
    REQUIRES(object->object.lock)
{
    if (network->forward_mode == FORWARD_MODE_HOSTDEV)
        return plug_hostdev(object, network, port, error);
    if (!network_owns_bridge(network) && !network->bridge)
        return plug_direct(object, network, port, error);
    port->plug_type = network_owns_bridge(network) ? PLUG_TYPE_NETWORK : PLUG_TYPE_BRIDGE;
    port->bridge = g_strdup(network->bridge);
    port->mac_manager = network->mac_manager;
    return true;
}

/* An earlier port of the same UUID, or of the same device of the same owner.  @port then takes its
 * place. */
static bool
reclaim(NetworkObject *object, NetworkPort *port, bool allowed, GError **error)
    REQUIRES(object->object.lock)
{
    char text[UUID_TEXT_LEN];

    for (guint i = 0; i < object->ports->len; i++) {
        NetworkPort *old = object->ports->pdata[i];
        bool same_owner = memcmp(old->owner_uuid, port->owner_uuid, 16) == 0 &&
                          g_ascii_strcasecmp(old->mac, port->mac) == 0;

        if (memcmp(old->uuid, port->uuid, 16) != 0)
            continue;
        if (!same_owner && !allowed) {
            uuid_format(port->uuid, text);
            error_set(error, VIR_ERR_NETWORK_PORT_EXIST,
                      "network '%s' has a port with UUID %s already, which is that of '%s'",
                      object->object.name, text, old->owner_name);
            return false;
        }
        g_ptr_array_remove_index(object->ports, i);
        break;
    }
    return true;
}

bool
network_port_create(Call *call, GError **error)
{
    const NetworkPortCreateXmlArgs *args = call->args;
    NetworkObject *object = call->object;
    const NetworkOps *ops = network_ops(&object->object);
    unsigned strict = call->flags & VIR_NETWORK_PORT_CREATE_VALIDATE ? XML_PARSE_STRICT : 0;
    g_autoptr(NetworkPort) port = xml_parse_text(&network_port_xml, args->xml, strict, error);
    bool planned = port && port->plug_type != PLUG_TYPE_UNSET, ok = false;
    g_autoptr(Job) job = port ? object_life_begin(call, error) : NULL;
    g_autoptr(Def) live = object_live(&object->object);

    if (!job)
        return false;
    if (!uuid_is_valid(port->uuid))
        uuid_generate(port->uuid);
    lock_acquire(&object->object.lock);
    if (!live)
        error_set(error, VIR_ERR_OPERATION_INVALID, "network '%s' is not active",
                  object->object.name);
    else
        /* A port that comes with its plug is one that the network had forgotten: it is as it says.
         */
        ok = reclaim(object, port, call->flags & VIR_NETWORK_PORT_CREATE_RECLAIM, error) &&
             (planned || (network_port_settle(live->doc, object->ports, port, error) &&
                          plug(object, live->doc, port, error)));
    if (ok) {
        fill(&((NetworkPortCreateXmlRet *)call->ret)->port, object, port);
        g_ptr_array_add(object->ports, xml_copy(&network_port_xml, port));
    }
    lock_release(&object->object.lock);
    if (!ok)
        return false;
    ok = !ops->save_port || ops->save_port(&object->object, port, error);
    if (!ok) {
        lock_acquire(&object->object.lock);
        g_ptr_array_remove_index(object->ports,
                                 object->ports->len - 1); /* it is the last: the job is ours */
        lock_release(&object->object.lock);
    }
    network_count_ports(object);
    if (ok && ops->port_added)
        ops->port_added(object, port);
    return ok;
}

bool
network_port_delete(Call *call, GError **error)
{
    const NetworkPortDeleteArgs *args = call->args;
    NetworkObject *object = call->object;
    g_autoptr(Job) job = object_life_begin(call, error);
    NetworkPort *port = NULL;

    if (!job)
        return false;
    lock_acquire(&object->object.lock);
    port = find(object, args->port.uuid, error);
    if (port)
        g_ptr_array_remove(object->ports, port);
    lock_release(&object->object.lock);
    if (!port)
        return false;
    if (network_ops(&object->object)->delete_port)
        network_ops(&object->object)->delete_port(&object->object, args->port.uuid);
    network_count_ports(object);
    return true;
}

bool
network_port_get_xml(Call *call, GError **error)
{
    const NetworkPortGetXmlDescArgs *args = call->args;
    NetworkObject *object = call->object;
    g_auto(LockHold) hold = lock_hold(&object->object.lock);
    const NetworkPort *port = find(object, args->port.uuid, error);

    if (!port)
        return false;
    ((NetworkPortGetXmlDescRet *)call->ret)->xml = xml_format_text(&network_port_xml, port, 0);
    return true;
}

/* Bandwidth, by name. */
static const struct {
    const char *name;
    bool out;
    size_t offset;
} parameters[] = {
    { VIR_NETWORK_PORT_BANDWIDTH_IN_AVERAGE, false, offsetof(BandwidthRate, average) },
    { VIR_NETWORK_PORT_BANDWIDTH_IN_PEAK, false, offsetof(BandwidthRate, peak) },
    { VIR_NETWORK_PORT_BANDWIDTH_IN_FLOOR, false, offsetof(BandwidthRate, floor) },
    { VIR_NETWORK_PORT_BANDWIDTH_IN_BURST, false, offsetof(BandwidthRate, burst) },
    { VIR_NETWORK_PORT_BANDWIDTH_OUT_AVERAGE, true, offsetof(BandwidthRate, average) },
    { VIR_NETWORK_PORT_BANDWIDTH_OUT_PEAK, true, offsetof(BandwidthRate, peak) },
    { VIR_NETWORK_PORT_BANDWIDTH_OUT_BURST, true, offsetof(BandwidthRate, burst) },
};

bool
network_port_get_parameters(Call *call, GError **error)
{
    const NetworkPortGetParametersArgs *args = call->args;
    NetworkPortGetParametersRet *ret = call->ret;
    NetworkObject *object = call->object;
    g_auto(LockHold) hold = lock_hold(&object->object.lock);
    const NetworkPort *port = find(object, args->port.uuid, error);
    WireTypedParam *params = g_new0(WireTypedParam, G_N_ELEMENTS(parameters));
    uint32_t n = 0;

    for (size_t i = 0; port && port->bandwidth && i < G_N_ELEMENTS(parameters); i++) {
        const BandwidthRate *rate =
            parameters[i].out ? port->bandwidth->outbound : port->bandwidth->inbound;

        if (!rate)
            continue;
        params[n].field = g_strdup(parameters[i].name);
        params[n].value.type = VIR_TYPED_PARAM_UINT;
        params[n++].value.ui =
            (uint32_t) * (const uint64_t *)((const char *)rate + parameters[i].offset);
    }
    ret->params = params;
    ret->n_params = n;
    ret->nparams = (int32_t)n;
    return port != NULL;
}

static bool
set_parameter(Bandwidth *bandwidth, const WireTypedParam *param, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(parameters); i++) {
        BandwidthRate **rate = parameters[i].out ? &bandwidth->outbound : &bandwidth->inbound;

        if (strcmp(param->field, parameters[i].name) != 0)
            continue;
        if (param->value.type != VIR_TYPED_PARAM_UINT) {
            error_set(error, VIR_ERR_INVALID_ARG, "parameter '%s' must be an unsigned int",
                      param->field);
            return false;
        }
        if (!*rate)
            *rate = xml_new(&bandwidth_rate_xml);
        *(uint64_t *)((char *)*rate + parameters[i].offset) = param->value.ui;
        return true;
    }
    error_set(error, VIR_ERR_INVALID_ARG, "parameter '%s' not supported", param->field);
    return false;
}

/* A direction without any limit is none at all. */
static void
drop_empty(BandwidthRate **rate)
{
    if (*rate && !(*rate)->average && !(*rate)->floor)
        g_clear_pointer(rate, bandwidth_rate_free);
}

bool
network_port_set_parameters(Call *call, GError **error)
{
    const NetworkPortSetParametersArgs *args = call->args;
    NetworkObject *object = call->object;
    const NetworkOps *ops = network_ops(&object->object);
    g_autoptr(Job) job = object_life_begin(call, error);
    g_autoptr(NetworkPort) port = NULL;
    Bandwidth *bandwidth = NULL;
    const NetworkPort *old = NULL;

    if (!job)
        return false;
    lock_acquire(&object->object.lock);
    old = find(object, args->port.uuid, error);
    port = old ? xml_copy(&network_port_xml, old) : NULL;
    lock_release(&object->object.lock);
    if (!port)
        return false;
    bandwidth = port->bandwidth ? port->bandwidth : (port->bandwidth = xml_new(&bandwidth_xml));
    for (uint32_t i = 0; i < args->n_params; i++)
        if (!set_parameter(bandwidth, &args->params[i], error))
            return false;
    drop_empty(&bandwidth->inbound);
    drop_empty(&bandwidth->outbound);
    if (!bandwidth->inbound && !bandwidth->outbound)
        g_clear_pointer(&port->bandwidth, bandwidth_free);
    if (ops->save_port && !ops->save_port(&object->object, port, error))
        return false;
    lock_acquire(&object->object.lock);
    for (guint i = 0; i < object->ports->len; i++) {
        NetworkPort *each = object->ports->pdata[i];

        if (memcmp(each->uuid, port->uuid, 16) == 0) {
            object->ports->pdata[i] = g_steal_pointer(&port);
            network_port_free(each);
            break;
        }
    }
    lock_release(&object->object.lock);
    return true;
}
