/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network.c - a network as an object: its kind, its life, and changes of one element */
#define ERROR_FROM VIR_FROM_NETWORK
#include "drivers/common/network.h"

#include "drivers/common/kit.h"
#include "drivers/conf/network_update.h"
#include "util/error.h"

static void
init(Object *object)
{
    NetworkObject *network = (NetworkObject *)object;
    const NetworkOps *ops = network_ops(object);

    network->ports = g_ptr_array_new_with_free_func((GDestroyNotify)network_port_free);
    if (ops->init)
        ops->init(network);
}

static void
clear(Object *object)
{
    NetworkObject *network = (NetworkObject *)object;
    const NetworkOps *ops = network_ops(object);

    if (ops->clear)
        ops->clear(network);
    g_ptr_array_unref(network->ports);
}

static bool
prepare(ObjectTable *table, void *doc, GError **error)
{
    return network_validate(doc, error);
}

static bool
save_status(Object *object, GError **error)
{
    const NetworkOps *ops = network_ops(object);

    return !ops->save_status || ops->save_status(object, error);
}

void
network_forget_ports(NetworkObject *network)
{
    const NetworkOps *ops = network_ops(&network->object);
    g_autoptr(GPtrArray) ports = NULL;

    lock_acquire(&network->object.lock);
    ports = network->ports;
    network->ports = g_ptr_array_new_with_free_func((GDestroyNotify)network_port_free);
    lock_release(&network->object.lock);
    for (guint i = 0; ops->delete_port && i < ports->len; i++)
        ops->delete_port(&network->object, ((const NetworkPort *)ports->pdata[i])->uuid);
}

void
network_count_ports(NetworkObject *network)
{
    g_autoptr(Def) live = object_live(&network->object);
    Network *doc = live ? xml_copy(&network_xml, live->doc) : NULL;

    if (!doc)
        return;
    lock_acquire(&network->object.lock);
    doc->connections = network->ports->len;
    lock_release(&network->object.lock);
    object_set_live(&network->object, doc);
}

static bool
settle(Object *object, void *doc, GError **error)
{
    const NetworkOps *ops = network_ops(object);

    return !ops->settle || ops->settle((NetworkObject *)object, doc, error);
}

static bool
start(Object *object, const void *doc, uint32_t flags, GError **error)
{
    const NetworkOps *ops = network_ops(object);

    if (ops->start)
        return ops->start((NetworkObject *)object, doc, error);
    object_set_live(object, xml_copy(&network_xml, doc));
    network_count_ports((NetworkObject *)object);
    return true;
}

static bool
stop(Object *object, GError **error)
{
    const NetworkOps *ops = network_ops(object);

    if (ops->stop)
        return ops->stop((NetworkObject *)object, error);
    if (!object_is_persistent(object))
        network_forget_ports((NetworkObject *)object);
    object_set_inactive(object);
    return true;
}

static void
forget(Object *object)
{
    network_forget_ports((NetworkObject *)object);
}

static const ObjectLife life = {
    .define_validate = VIR_NETWORK_DEFINE_VALIDATE,
    .create_validate = VIR_NETWORK_CREATE_VALIDATE,
    .undefine_active = true,
    .settle = settle,
    .start = start,
    .stop = stop,
    .forget = forget,
};

#define FILTER_ROW(group, name, match) { group, VIR_CONNECT_LIST_NETWORKS_##name, match },

static const ObjectFilter filters[] = {
    FILTER_ROW(0x3, ACTIVE, object_match_active)
    FILTER_ROW(0x3, INACTIVE, object_match_inactive)
    FILTER_ROW(0xc, PERSISTENT, object_match_persistent)
    FILTER_ROW(0xc, TRANSIENT, object_match_transient)
    FILTER_ROW(0x30, AUTOSTART, object_match_autostart)
    FILTER_ROW(0x30, NO_AUTOSTART, object_match_no_autostart)
    { 0 },
};

const ObjectKind network_kind = {
    .noun = "network",
    .edit = "net-edit",
    .cls = CLASS_NETWORK,
    .error_from = VIR_FROM_NETWORK,
    .no_such = VIR_ERR_NO_NETWORK,
    .inactive_text = "network is not active",
    .transient_text = "cannot change persistent config of a transient network",
    .xml = &network_xml,
    .name_at = offsetof(Network, name),
    .uuid_at = offsetof(Network, uuid),
    .title_at = offsetof(Network, title),
    .description_at = offsetof(Network, description),
    .metadata_at = offsetof(Network, metadata),
    .size = sizeof(NetworkObject),
    .init = init,
    .clear = clear,
    .prepare = prepare,
    .save_status = save_status,
    .filters = filters,
    .life = &life,
};

/* @old's definition with one element changed, or NULL. */
static Network *
updated(const Def *old, const NetworkUpdateArgs *args, GError **error)
{
    g_autoptr(Network) network = xml_copy(&network_xml, old->doc);

    if (!network_update(&network, args->command, args->section, args->parentIndex, args->xml, error) ||
        !network_mode_check(network, error))
        return NULL;
    return g_steal_pointer(&network);
}

static bool
update_live(NetworkObject *network, const Def *old, Network *changed, GError **error)
{
    const NetworkOps *ops = network_ops(&network->object);

    object_set_live(&network->object, changed);
    if ((!ops->apply || ops->apply(network, error)) && save_status(&network->object, error))
        return true;
    /* The host refused: it is as it was. */
    object_set_live(&network->object, xml_copy(&network_xml, old->doc));
    if (ops->apply)
        ops->apply(network, NULL);
    return false;
}

bool
network_row_update(Call *call, GError **error)
{
    Object *object = call->object;
    g_autoptr(Job) job = object_life_begin(call, error);
    g_autoptr(Def) live = NULL, config = NULL;
    g_autoptr(Network) new_live = NULL;
    g_autoptr(Network) new_config = NULL;
    bool to_live = false, to_config = false;

    if (!job || !kit_resolve_affect(object, call->flags, &to_live, &to_config, error))
        return false;
    if (to_config
        && !((config = object_config(object, error)) && (new_config = updated(config, call->args, error))))
        return false;
    if (to_live && !((live = object_live(object)) && (new_live = updated(live, call->args, error))))
        return false;
    return (!to_live || update_live(call->object, live, g_steal_pointer(&new_live), error))
           && (!to_config || object_set_config(object, g_steal_pointer(&new_config), error));
}

bool
network_row_bridge_name(Call *call, GError **error)
{
    g_autoptr(Def) def = object_current(call->object, error);
    const Network *network = def ? def->doc : NULL;

    if (!network)
        return false;
    if (!network->bridge) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "network '%s' does not have a bridge name.", network->name);
        return false;
    }
    ((NetworkGetBridgeNameRet *)call->ret)->name = g_strdup(network->bridge);
    return true;
}
