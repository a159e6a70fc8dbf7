/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_network.c - networks and their ports */
#define ERROR_FROM VIR_FROM_TEST
#include <string.h>

#include "drivers/conf/network_gen.h"
#include "drivers/test/test_private.h"
#include "util/error.h"
#include "util/uuid.h"

static void
init(Object *object)
{
    ((TestNetwork *)object)->ports = g_ptr_array_new_with_free_func((GDestroyNotify)def_unref);
}

static void
clear(Object *object)
{
    g_ptr_array_unref(((TestNetwork *)object)->ports);
}

static const ObjectFilter filters[] = {
    { 0x03, VIR_CONNECT_LIST_NETWORKS_INACTIVE, object_match_inactive },
    { 0x03, VIR_CONNECT_LIST_NETWORKS_ACTIVE, object_match_active },
    { 0x0c, VIR_CONNECT_LIST_NETWORKS_PERSISTENT, object_match_persistent },
    { 0x0c, VIR_CONNECT_LIST_NETWORKS_TRANSIENT, object_match_transient },
    { 0x30, VIR_CONNECT_LIST_NETWORKS_AUTOSTART, object_match_autostart },
    { 0x30, VIR_CONNECT_LIST_NETWORKS_NO_AUTOSTART, object_match_no_autostart },
    { 0 },
};

const ObjectKind test_network_kind = {
    .noun = "network",
    .edit = "net-edit",
    .cls = CLASS_NETWORK,
    .error_from = VIR_FROM_NETWORK,
    .no_such = VIR_ERR_NO_NETWORK,
    .inactive_text = "network is not running",
    .transient_text = "cannot change persistent config of a transient network",
    .xml = &network_xml,
    .name_at = offsetof(Network, name),
    .uuid_at = offsetof(Network, uuid),
    .title_at = offsetof(Network, title),
    .description_at = offsetof(Network, description),
    .metadata_at = offsetof(Network, metadata),
    .size = sizeof(TestNetwork),
    .init = init,
    .clear = clear,
    .filters = filters,
};

/* Claim the network of @xml under a job. */
static Object *
claim(Call *call, const char *xml, bool validate, Job **ret_job, void **ret_doc, GError **error)
{
    ObjectTable *table = kit_of(call)->tables[CLASS_NETWORK];
    void *doc = object_parse(table, xml, validate, error);
    Object *object = doc ? object_table_claim(table, doc, error) : NULL;

    if (object && !(*ret_job = job_begin(&object->jobs, JOB_MODIFY, call->method->name,
                                         JOB_DEADLINE_S, error))) {
        object_disclaim(object);
        g_clear_pointer(&object, object_unref);
    }
    if (!object) {
        xml_free(table->kind->xml, doc);
        return NULL;
    }
    *ret_doc = doc;
    return object;
}

static bool
create_xml(Call *call, GError **error)
{
    const NetworkCreateXmlArgs *args = call->args;
    g_autoptr(Job) job = NULL;
    g_autoptr(Object) object = NULL;
    void *doc = NULL;

    object = claim(call, args->xml, call->flags & VIR_NETWORK_CREATE_VALIDATE, &job, &doc, error);
    if (!object)
        return false;
    if (object_is_active(object)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "network is already active as '%s'",
                  ((Network *)doc)->name);
        xml_free(&network_xml, doc);
        return false;
    }
    object_set_live(object, doc);
    object_emit(object, VIR_NETWORK_EVENT_STARTED, 0);
    object_wire(object, &((NetworkCreateXmlRet *)call->ret)->net);
    return true;
}

static bool
define_xml(Call *call, GError **error)
{
    const NetworkDefineXmlArgs *args = call->args;
    g_autoptr(Job) job = NULL;
    g_autoptr(Object) object = NULL;
    void *doc = NULL;

    object = claim(call, args->xml, call->flags & VIR_NETWORK_DEFINE_VALIDATE, &job, &doc, error);
    if (!object || !object_set_config(object, doc, error))
        return false;
    object_emit(object, VIR_NETWORK_EVENT_DEFINED, 0);
    object_wire(object, &((NetworkDefineXmlRet *)call->ret)->net);
    return true;
}

static bool
undefine(Call *call, GError **error)
{
    Object *object = call->object;

    if (!object_is_persistent(object)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "cannot undefine transient network");
        return false;
    }
    if (!object_undefine(object, error))
        return false;
    object_emit(object, VIR_NETWORK_EVENT_UNDEFINED, 0);
    return true;
}

static bool
create(Call *call, GError **error)
{
    Object *object = call->object;
    g_autoptr(Def) config = NULL;

    if (object_is_active(object)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "network is already active");
        return false;
    }
    config = object_config(object, error);
    if (!config)
        return false;
    object_set_live(object, xml_copy(config->xml, config->doc));
    object_emit(object, VIR_NETWORK_EVENT_STARTED, 0);
    return true;
}

static bool
destroy(Call *call, GError **error)
{
    TestNetwork *network = call->object;

    if (!kit_require_active(call->object, error))
        return false;
    lock_acquire(&network->object.lock);
    g_ptr_array_set_size(network->ports, 0);
    lock_release(&network->object.lock);
    object_set_inactive(call->object);
    object_emit(call->object, VIR_NETWORK_EVENT_STOPPED, 0);
    return true;
}

static bool
get_bridge_name(Call *call, GError **error)
{
    g_autoptr(Def) def = object_current(call->object, error);
    const Network *network = def ? def->doc : NULL;

    if (!network)
        return false;
    if (!network->bridge) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "network '%s' does not have a bridge name",
                  network->name);
        return false;
    }
    ((NetworkGetBridgeNameRet *)call->ret)->name = g_strdup(network->bridge);
    return true;
}

static void
port_wire(Object *object, const NetworkPort *port, WireNetworkPort *wire)
{
    object_wire(object, &wire->net);
    memcpy(wire->uuid, port->uuid, 16);
}

/* A reference to the port of @uuid. */
static Def *
find_port(TestNetwork *network, const uint8_t uuid[16], GError **error)
{
    Def *found = NULL;
    char text[UUID_TEXT_LEN];

    lock_acquire(&network->object.lock);
    for (guint i = 0; !found && i < network->ports->len; i++) {
        Def *def = network->ports->pdata[i];

        if (memcmp(((NetworkPort *)def->doc)->uuid, uuid, 16) == 0)
            found = def_ref(def);
    }
    lock_release(&network->object.lock);
    if (!found) {
        uuid_format(uuid, text);
        error_set(error, VIR_ERR_NO_NETWORK_PORT, "no network port with matching uuid '%s'", text);
    }
    return found;
}

static bool
port_create(Call *call, GError **error)
{
    const NetworkPortCreateXmlArgs *args = call->args;
    TestNetwork *network = call->object;
    bool validate = call->flags & VIR_NETWORK_PORT_CREATE_VALIDATE;
    static const uint8_t zero[16];
    g_autoptr(Def) known = NULL;
    NetworkPort *port;

    if (!kit_require_active(call->object, error))
        return false;
    port = xml_parse_text(&network_port_xml, args->xml, validate ? XML_PARSE_STRICT : 0, error);
    if (!port)
        return false;
    if (memcmp(port->uuid, zero, 16) == 0)
        uuid_generate(port->uuid);
    known = find_port(network, port->uuid, NULL);
    if (known) {
        error_set(error, VIR_ERR_NETWORK_PORT_EXIST, "'%s' already exists", port->owner_name);
        xml_free(&network_port_xml, port);
        return false;
    }
    port_wire(call->object, port, &((NetworkPortCreateXmlRet *)call->ret)->port);
    lock_acquire(&network->object.lock);
    g_ptr_array_add(network->ports, def_new(&network_port_xml, port));
    lock_release(&network->object.lock);
    return true;
}

static bool
port_delete(Call *call, GError **error)
{
    const NetworkPortDeleteArgs *args = call->args;
    TestNetwork *network = call->object;
    g_autoptr(Def) def = find_port(network, args->port.uuid, error);

    if (!def)
        return false;
    lock_acquire(&network->object.lock);
    g_ptr_array_remove(network->ports, def);
    lock_release(&network->object.lock);
    return true;
}

static bool
port_lookup(Call *call, GError **error)
{
    const NetworkPortLookupByUuidArgs *args = call->args;
    g_autoptr(Def) def = find_port(call->object, args->uuid, error);

    if (!def)
        return false;
    port_wire(call->object, def->doc, &((NetworkPortLookupByUuidRet *)call->ret)->port);
    return true;
}

static bool
port_get_xml(Call *call, GError **error)
{
    const NetworkPortGetXmlDescArgs *args = call->args;
    g_autoptr(Def) def = find_port(call->object, args->port.uuid, error);

    if (!def)
        return false;
    ((NetworkPortGetXmlDescRet *)call->ret)->xml = xml_format_text(def->xml, def->doc, 0);
    return true;
}

static bool
port_list(Call *call, GError **error)
{
    const NetworkListAllPortsArgs *args = call->args;
    NetworkListAllPortsRet *ret = call->ret;
    TestNetwork *network = call->object;
    g_autoptr(GPtrArray) ports = g_ptr_array_new_with_free_func((GDestroyNotify)def_unref);

    lock_acquire(&network->object.lock);
    for (guint i = 0; i < network->ports->len; i++)
        g_ptr_array_add(ports, def_ref(network->ports->pdata[i]));
    lock_release(&network->object.lock);
    ret->ret = ports->len;
    if (!args->need_results)
        return true;
    ret->ports = g_new0(WireNetworkPort, ports->len + 1);
    for (guint i = 0; i < ports->len; i++)
        port_wire(call->object, ((Def *)ports->pdata[i])->doc, &ret->ports[ret->n_ports++]);
    return true;
}

const DriverRow test_network_rows[PROC_LAST] = {
    OBJECT_NETWORK_ROWS,
    [PROC_NETWORK_CREATE_XML] = { create_xml },
    [PROC_NETWORK_CREATE_XML_FLAGS] = { create_xml, VIR_NETWORK_CREATE_VALIDATE },
    [PROC_NETWORK_DEFINE_XML] = { define_xml },
    [PROC_NETWORK_DEFINE_XML_FLAGS] = { define_xml, VIR_NETWORK_DEFINE_VALIDATE },
    [PROC_NETWORK_UNDEFINE] = { undefine },
    [PROC_NETWORK_CREATE] = { create },
    [PROC_NETWORK_DESTROY] = { destroy },
    [PROC_NETWORK_GET_BRIDGE_NAME] = { get_bridge_name },
    [PROC_NETWORK_PORT_CREATE_XML] = { port_create, VIR_NETWORK_PORT_CREATE_VALIDATE },
    [PROC_NETWORK_PORT_DELETE] = { port_delete },
    [PROC_NETWORK_PORT_LOOKUP_BY_UUID] = { port_lookup },
    [PROC_NETWORK_PORT_GET_XML_DESC] = { port_get_xml },
    [PROC_NETWORK_LIST_ALL_PORTS] = { port_list },
};
