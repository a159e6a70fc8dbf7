/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_device.c - node devices and host interfaces */
#define ERROR_FROM VIR_FROM_NODEDEV
#include <string.h>

#include "drivers/conf/hostinterface_gen.h"
#include "drivers/conf/nodedev_gen.h"
#include "drivers/test/test_private.h"
#include "util/error.h"

static uint32_t
device_flags(Object *object)
{
    g_autoptr(Def) def = object_current(object, NULL);
    const NodeDevice *doc = def ? def->doc : NULL;
    uint32_t flags = 0;

    for (guint i = 0; doc && doc->capabilities && i < doc->capabilities->len; i++) {
        NodedevType type = ((NodeCapability *)doc->capabilities->pdata[i])->type;

        if (type >= NODEDEV_TYPE_SYSTEM && type <= NODEDEV_TYPE_SCSI_TARGET)
            flags |= 1u << (type - NODEDEV_TYPE_SYSTEM);
        else if (type == NODEDEV_TYPE_SCSI)
            flags |= VIR_CONNECT_LIST_NODE_DEVICES_CAP_SCSI;
        else if (type == NODEDEV_TYPE_STORAGE)
            flags |= VIR_CONNECT_LIST_NODE_DEVICES_CAP_STORAGE;
        else if (type == NODEDEV_TYPE_MDEV)
            flags |= VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV;
        else if (type == NODEDEV_TYPE_FC_HOST)
            flags |= VIR_CONNECT_LIST_NODE_DEVICES_CAP_FC_HOST;
        else if (type == NODEDEV_TYPE_VPORT_OPS)
            flags |= VIR_CONNECT_LIST_NODE_DEVICES_CAP_VPORTS;
        else if (type == NODEDEV_TYPE_DRM)
            flags |= VIR_CONNECT_LIST_NODE_DEVICES_CAP_DRM;
    }
    return flags;
}

const ObjectKind test_device_kind = {
    .noun = "node device",
    .edit = "nodedev-define",
    .cls = CLASS_NODE_DEVICE,
    .error_from = VIR_FROM_NODEDEV,
    .no_such = VIR_ERR_NO_NODE_DEVICE,
    .inactive_text = "node device is not active",
    .transient_text = "node device has no persistent definition",
    .xml = &node_device_xml,
    .name_at = offsetof(NodeDevice, name),
    .size = sizeof(Object),
};

const ObjectKind test_iface_kind = {
    .noun = "interface",
    .edit = "iface-edit",
    .cls = CLASS_INTERFACE,
    .error_from = VIR_FROM_INTERFACE,
    .no_such = VIR_ERR_NO_INTERFACE,
    .inactive_text = "interface is not running",
    .transient_text = "interface has no persistent definition",
    .xml = &host_interface_xml,
    .name_at = offsetof(HostInterface, name),
    .size = sizeof(Object),
};

/* Node devices. */

/* Names of a device's capabilities, of its own and nested ones. */
static void
collect_caps(const GPtrArray *caps, GPtrArray *names)
{
    for (guint i = 0; caps && i < caps->len; i++) {
        const NodeCapability *cap = caps->pdata[i];

        /* The one whose name in lists is not that of its element. */
        g_ptr_array_add(names, (void *)(cap->type == NODEDEV_TYPE_VPORT_OPS ? "vports" : nodedev_type_words[cap->type]));
        collect_caps(cap->capabilities, names);
    }
}

static bool
has_cap(Object *object, const char *cap)
{
    g_autoptr(Def) def = object_current(object, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    if (def)
        collect_caps(((const NodeDevice *)def->doc)->capabilities, names);
    return def && (!cap || g_ptr_array_find_with_equal_func(names, cap, g_str_equal, NULL));
}

static bool
num_of_devices(Call *call, GError **error)
{
    const NodeNumOfDevicesArgs *args = call->args;
    g_autoptr(GPtrArray) list = object_table_list(kit_of(call)->tables[CLASS_NODE_DEVICE]);

    for (guint i = 0; i < list->len; i++)
        ((NodeNumOfDevicesRet *)call->ret)->num += !args->cap || has_cap(list->pdata[i], args->cap);
    return true;
}

static bool
list_devices(Call *call, GError **error)
{
    const NodeListDevicesArgs *args = call->args;
    NodeListDevicesRet *ret = call->ret;
    g_autoptr(GPtrArray) list = object_table_list(kit_of(call)->tables[CLASS_NODE_DEVICE]);

    ret->names = g_new0(char *, list->len + 1);
    for (guint i = 0; i < list->len && (int64_t)ret->n_names < args->maxnames; i++) {
        if (!args->cap || has_cap(list->pdata[i], args->cap))
            ret->names[ret->n_names++] = object_name(list->pdata[i]);
    }
    return true;
}

static bool
list_all_devices(Call *call, GError **error)
{
    const ConnectListAllNodeDevicesArgs *args = call->args;
    ConnectListAllNodeDevicesRet *ret = call->ret;
    g_autoptr(GPtrArray) list = object_table_list(kit_of(call)->tables[CLASS_NODE_DEVICE]);
    const uint32_t states =
        VIR_CONNECT_LIST_NODE_DEVICES_INACTIVE | VIR_CONNECT_LIST_NODE_DEVICES_ACTIVE |
        VIR_CONNECT_LIST_NODE_DEVICES_PERSISTENT | VIR_CONNECT_LIST_NODE_DEVICES_TRANSIENT;
    uint32_t caps = args->flags & ~states;

    ret->devices = args->need_results ? g_new0(WireNodeDevice, list->len + 1) : NULL;
    for (guint i = 0; i < list->len; i++) {
        Object *object = list->pdata[i];
        uint32_t has = object_is_active(object) ? VIR_CONNECT_LIST_NODE_DEVICES_ACTIVE
                                                : VIR_CONNECT_LIST_NODE_DEVICES_INACTIVE;
        uint32_t kept = object_is_persistent(object) ? VIR_CONNECT_LIST_NODE_DEVICES_PERSISTENT
                                                     : VIR_CONNECT_LIST_NODE_DEVICES_TRANSIENT;

        if (caps && !(caps & device_flags(object)))
            continue;
        if ((args->flags &
             (VIR_CONNECT_LIST_NODE_DEVICES_ACTIVE | VIR_CONNECT_LIST_NODE_DEVICES_INACTIVE)) &&
            !(args->flags & has))
            continue;
        if ((args->flags & (VIR_CONNECT_LIST_NODE_DEVICES_PERSISTENT |
                            VIR_CONNECT_LIST_NODE_DEVICES_TRANSIENT)) &&
            !(args->flags & kept))
            continue;
        if (args->need_results)
            object_wire(object, &ret->devices[ret->n_devices++]);
        ret->ret++;
    }
    return true;
}

static bool
device_get_parent(Call *call, GError **error)
{
    g_autoptr(Def) def = object_current(call->object, error);

    if (!def)
        return false;
    ((NodeDeviceGetParentRet *)call->ret)->parentName =
        g_strdup(((const NodeDevice *)def->doc)->parent);
    return true;
}

static bool
device_num_of_caps(Call *call, GError **error)
{
    g_autoptr(Def) def = object_current(call->object, error);
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    if (!def)
        return false;
    collect_caps(((const NodeDevice *)def->doc)->capabilities, names);
    ((NodeDeviceNumOfCapsRet *)call->ret)->num = (int32_t)names->len;
    return true;
}

static bool
device_list_caps(Call *call, GError **error)
{
    const NodeDeviceListCapsArgs *args = call->args;
    NodeDeviceListCapsRet *ret = call->ret;
    g_autoptr(Def) def = object_current(call->object, error);
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    if (!def)
        return false;
    collect_caps(((const NodeDevice *)def->doc)->capabilities, names);
    ret->names = g_new0(char *, names->len + 1);
    for (guint i = 0; i < names->len && (int64_t)ret->n_names < args->maxnames; i++)
        ret->names[ret->n_names++] = g_strdup(names->pdata[i]);
    return true;
}

/* What the kernel would call the next host adapter, after those of the node. */
static char *
free_host_name(ObjectTable *table)
{
    for (unsigned number = 12;; number++) {
        g_autofree char *name = g_strdup_printf("scsi_host%u", number);
        g_autoptr(Object) taken = object_table_by_name(table, name, NULL);

        if (!taken)
            return g_steal_pointer(&name);
    }
}

/* A vHBA: the one kind of device that can be made by hand here. */
static bool
device_create_xml(Call *call, GError **error)
{
    const NodeDeviceCreateXmlArgs *args = call->args;
    ObjectTable *table = kit_of(call)->tables[CLASS_NODE_DEVICE];
    g_autoptr(Object) object = NULL;
    g_autoptr(Object) parent = NULL;
    NodeDevice *doc = object_parse(table, args->xml_desc, call->flags & VIR_NODE_DEVICE_CREATE_XML_VALIDATE, error);

    if (!doc)
        return false;
    if (doc->parent && !(parent = object_table_by_name(table, doc->parent, error))) {
        xml_free(&node_device_xml, doc);
        return false;
    }
    if (!doc->capabilities || doc->capabilities->len == 0 ||
        ((NodeCapability *)doc->capabilities->pdata[0])->type != NODEDEV_TYPE_SCSI_HOST) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED,
                  "the device is no SCSI host; this driver makes no other kind");
        xml_free(&node_device_xml, doc);
        return false;
    }
    g_free(doc->name);
    doc->name = free_host_name(table);
    object = object_table_claim(table, doc, error);
    if (!object) {
        xml_free(&node_device_xml, doc);
        return false;
    }
    object_set_live(object, doc);
    object_emit(object, VIR_NODE_DEVICE_EVENT_CREATED, 0);
    object_wire(object, &((NodeDeviceCreateXmlRet *)call->ret)->dev);
    return true;
}

static bool
device_destroy(Call *call, GError **error)
{
    Object *object = call->object;

    if (!has_cap(object, "scsi_host")) {
        g_autofree char *name = object_name(object);

        error_set(error, VIR_ERR_OPERATION_INVALID, "device '%s' is no virtual SCSI host", name);
        return false;
    }
    object_emit(object, VIR_NODE_DEVICE_EVENT_DELETED, 0);
    if (object_is_persistent(object) && !object_undefine(object, error))
        return false;
    if (object_is_active(object))
        object_set_inactive(object);
    return true;
}

/* Interfaces. */

static void
iface_wire(Object *object, WireInterface *wire)
{
    g_autoptr(Def) def = object_current(object, NULL);
    const HostInterface *doc = def ? def->doc : NULL;

    wire->name = object_name(object);
    wire->mac = g_strdup(doc && doc->mac ? doc->mac : "");
}

static bool
list_all_ifaces(Call *call, GError **error)
{
    const ConnectListAllInterfacesArgs *args = call->args;
    ConnectListAllInterfacesRet *ret = call->ret;
    g_autoptr(GPtrArray) list = object_table_list(kit_of(call)->tables[CLASS_INTERFACE]);

    ret->ifaces = args->need_results ? g_new0(WireInterface, list->len + 1) : NULL;
    for (guint i = 0; i < list->len; i++) {
        uint32_t is = object_is_active(list->pdata[i]) ? VIR_CONNECT_LIST_INTERFACES_ACTIVE
                                                       : VIR_CONNECT_LIST_INTERFACES_INACTIVE;

        if (args->flags && !(args->flags & is))
            continue;
        if (args->need_results)
            iface_wire(list->pdata[i], &ret->ifaces[ret->n_ifaces++]);
        ret->ret++;
    }
    return true;
}

static bool
iface_by_name(Call *call, GError **error)
{
    const InterfaceLookupByNameArgs *args = call->args;
    g_autoptr(Object) object =
        object_table_by_name(kit_of(call)->tables[CLASS_INTERFACE], args->name, error);

    if (object)
        iface_wire(object, &((InterfaceLookupByNameRet *)call->ret)->iface);
    return object != NULL;
}

static bool
iface_by_mac(Call *call, GError **error)
{
    const InterfaceLookupByMacStringArgs *args = call->args;
    g_autoptr(GPtrArray) list = object_table_list(kit_of(call)->tables[CLASS_INTERFACE]);
    Object *found = NULL;
    unsigned n = 0;

    for (guint i = 0; i < list->len; i++) {
        g_autoptr(Def) def = object_current(list->pdata[i], NULL);
        const HostInterface *doc = def ? def->doc : NULL;

        if (doc && doc->mac && g_ascii_strcasecmp(doc->mac, args->mac) == 0) {
            found = list->pdata[i];
            n++;
        }
    }
    if (n == 1) {
        iface_wire(found, &((InterfaceLookupByMacStringRet *)call->ret)->iface);
        return true;
    }
    error_set_full(
        error, VIR_FROM_INTERFACE, n ? VIR_ERR_MULTIPLE_INTERFACES : VIR_ERR_NO_INTERFACE,
        n ? "%u interfaces have MAC address '%s'" : "%u interfaces with MAC address '%s'", n,
        args->mac);
    return false;
}

static bool
iface_define(Call *call, GError **error)
{
    const InterfaceDefineXmlArgs *args = call->args;
    ObjectTable *table = kit_of(call)->tables[CLASS_INTERFACE];
    g_autoptr(Object) object = NULL;
    void *doc = object_parse(table, args->xml, call->flags & VIR_INTERFACE_DEFINE_VALIDATE, error);

    if (!doc)
        return false;
    object = object_table_claim(table, doc, error);
    if (!object) {
        xml_free(&host_interface_xml, doc);
        return false;
    }
    if (!object_set_config(object, doc, error))
        return false;
    iface_wire(object, &((InterfaceDefineXmlRet *)call->ret)->iface);
    return true;
}

static bool
iface_undefine(Call *call, GError **error)
{
    if (!object_undefine(call->object, error))
        return false;
    if (object_is_active(call->object))
        object_set_inactive(call->object);
    return true;
}

static bool
iface_create(Call *call, GError **error)
{
    g_autoptr(Def) config = NULL;

    if (object_is_active(call->object)) {
        error_set_full(error, VIR_FROM_INTERFACE, VIR_ERR_OPERATION_INVALID,
                       "interface is running already");
        return false;
    }
    config = object_config(call->object, error);
    if (!config)
        return false;
    object_set_live(call->object, xml_copy(config->xml, config->doc));
    return true;
}

static bool
iface_destroy(Call *call, GError **error)
{
    if (!kit_require_active(call->object, error))
        return false;
    object_set_inactive(call->object);
    return true;
}

/* A change is a copy of all definitions, dropped by commit and put back by rollback. */

static bool
require_change(TestNode *node, bool wanted, GError **error)
{
    bool is = node->iface_backup != NULL;

    if (is != wanted)
        error_set_full(error, VIR_FROM_INTERFACE, VIR_ERR_OPERATION_INVALID,
                       is ? "there is another transaction running"
                          : "no transaction running, nothing to end");
    return is == wanted;
}

static bool
change_begin(Call *call, GError **error)
{
    TestNode *node = test_node_of(call);
    g_autoptr(GPtrArray) list = object_table_list(kit_of(call)->tables[CLASS_INTERFACE]);
    g_auto(LockHold) hold = lock_hold(&node->lock);

    if (!require_change(node, false, error))
        return false;
    node->iface_backup = g_ptr_array_new_with_free_func((GDestroyNotify)def_unref);
    for (guint i = 0; i < list->len; i++) {
        Def *def = object_config(list->pdata[i], NULL);

        if (def)
            g_ptr_array_add(node->iface_backup, def);
    }
    return true;
}

static bool
change_commit(Call *call, GError **error)
{
    TestNode *node = test_node_of(call);
    g_auto(LockHold) hold = lock_hold(&node->lock);

    if (!require_change(node, true, error))
        return false;
    g_clear_pointer(&node->iface_backup, g_ptr_array_unref);
    return true;
}

static bool
change_rollback(Call *call, GError **error)
{
    TestNode *node = test_node_of(call);
    ObjectTable *table = kit_of(call)->tables[CLASS_INTERFACE];
    g_autoptr(GPtrArray) list = object_table_list(table);
    g_autoptr(GPtrArray) backup = NULL;
    bool begun;

    lock_acquire(&node->lock);
    begun = require_change(node, true, error);
    backup = g_steal_pointer(&node->iface_backup);
    lock_release(&node->lock);
    if (!begun)
        return false;
    for (guint i = 0; i < list->len; i++) {
        if (!object_undefine(list->pdata[i], error))
            return false;
        if (object_is_active(list->pdata[i]))
            object_set_inactive(list->pdata[i]);
    }
    for (guint i = 0; i < backup->len; i++) {
        const Def *def = backup->pdata[i];
        void *doc = xml_copy(def->xml, def->doc);
        g_autoptr(Object) object = object_table_claim(table, doc, error);

        if (!object) {
            xml_free(def->xml, doc);
            return false;
        }
        if (!object_set_config(object, doc, error))
            return false;
        object_set_live(object, xml_copy(def->xml, def->doc));
    }
    return true;
}

const DriverRow test_device_rows[PROC_LAST] = {
    [PROC_NODE_NUM_OF_DEVICES] = { num_of_devices },
    [PROC_NODE_LIST_DEVICES] = { list_devices },
    [PROC_CONNECT_LIST_ALL_NODE_DEVICES] = { list_all_devices, ~0u },
    [PROC_NODE_DEVICE_LOOKUP_BY_NAME] = { object_row_by_name },
    [PROC_NODE_DEVICE_GET_XML_DESC] = { object_row_get_xml, VIR_NODE_DEVICE_XML_INACTIVE },
    [PROC_NODE_DEVICE_GET_PARENT] = { device_get_parent },
    [PROC_NODE_DEVICE_NUM_OF_CAPS] = { device_num_of_caps },
    [PROC_NODE_DEVICE_LIST_CAPS] = { device_list_caps },
    [PROC_NODE_DEVICE_CREATE_XML] = { device_create_xml, VIR_NODE_DEVICE_CREATE_XML_VALIDATE },
    [PROC_NODE_DEVICE_DESTROY] = { device_destroy },
    [PROC_NODE_DEVICE_IS_ACTIVE] = { object_row_is_active },
    [PROC_NODE_DEVICE_IS_PERSISTENT] = { object_row_is_persistent },

    [PROC_CONNECT_NUM_OF_INTERFACES] = { object_row_num_active },
    [PROC_CONNECT_LIST_INTERFACES] = { object_row_list_active },
    [PROC_CONNECT_NUM_OF_DEFINED_INTERFACES] = { object_row_num_inactive },
    [PROC_CONNECT_LIST_DEFINED_INTERFACES] = { object_row_list_inactive },
    [PROC_CONNECT_LIST_ALL_INTERFACES] = { list_all_ifaces, 3 },
    [PROC_INTERFACE_LOOKUP_BY_NAME] = { iface_by_name },
    [PROC_INTERFACE_LOOKUP_BY_MAC_STRING] = { iface_by_mac },
    [PROC_INTERFACE_GET_XML_DESC] = { object_row_get_xml, VIR_INTERFACE_XML_INACTIVE },
    [PROC_INTERFACE_DEFINE_XML] = { iface_define, VIR_INTERFACE_DEFINE_VALIDATE },
    [PROC_INTERFACE_UNDEFINE] = { iface_undefine },
    [PROC_INTERFACE_CREATE] = { iface_create },
    [PROC_INTERFACE_DESTROY] = { iface_destroy },
    [PROC_INTERFACE_IS_ACTIVE] = { object_row_is_active },
    [PROC_INTERFACE_CHANGE_BEGIN] = { change_begin },
    [PROC_INTERFACE_CHANGE_COMMIT] = { change_commit },
    [PROC_INTERFACE_CHANGE_ROLLBACK] = { change_rollback },
};
