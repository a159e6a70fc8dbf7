/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nodedev_driver.c - rows, events and life of the node device driver */
#define ERROR_FROM VIR_FROM_NODEDEV
#include "drivers/nodedev/nodedev_driver.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <libvirt/libvirt.h>
#include <string.h>
#include <unistd.h>

#include "drivers/common/connect_rows.h"
#include "drivers/nodedev/describe.h"
#include "drivers/nodedev/index.h"
#include "drivers/nodedev/mdev.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/log.h"

LOG_SOURCE("nodedev.driver");

static struct {
    bool privileged;
    EventHub *hub;
    struct udev *udev;
    struct udev_monitor *monitor;
    GSource *source;
} driver;

/* Lists. */

/* Flag of a listing, name of a capability, and what has it. */
static const struct {
    uint32_t flag;
    const char *name;
    NodedevType type;
} capabilities[] = {
    { VIR_CONNECT_LIST_NODE_DEVICES_CAP_SYSTEM, "system", NODEDEV_TYPE_SYSTEM },
    { VIR_CONNECT_LIST_NODE_DEVICES_CAP_PCI_DEV, "pci", NODEDEV_TYPE_PCI },
    { VIR_CONNECT_LIST_NODE_DEVICES_CAP_USB_DEV, "usb_device", NODEDEV_TYPE_USB_DEVICE },
    { VIR_CONNECT_LIST_NODE_DEVICES_CAP_USB_INTERFACE, "usb", NODEDEV_TYPE_USB },
    { VIR_CONNECT_LIST_NODE_DEVICES_CAP_NET, "net", NODEDEV_TYPE_NET },
    { VIR_CONNECT_LIST_NODE_DEVICES_CAP_SCSI_HOST, "scsi_host", NODEDEV_TYPE_SCSI_HOST },
    { VIR_CONNECT_LIST_NODE_DEVICES_CAP_SCSI_TARGET, "scsi_target", NODEDEV_TYPE_SCSI_TARGET },
    { VIR_CONNECT_LIST_NODE_DEVICES_CAP_SCSI, "scsi", NODEDEV_TYPE_SCSI },
    { VIR_CONNECT_LIST_NODE_DEVICES_CAP_STORAGE, "storage", NODEDEV_TYPE_STORAGE },
    { VIR_CONNECT_LIST_NODE_DEVICES_CAP_FC_HOST, "fc_host", NODEDEV_TYPE_FC_HOST },
    { VIR_CONNECT_LIST_NODE_DEVICES_CAP_VPORTS, "vports", NODEDEV_TYPE_VPORT_OPS },
    { VIR_CONNECT_LIST_NODE_DEVICES_CAP_SCSI_GENERIC, "scsi_generic", NODEDEV_TYPE_SCSI_GENERIC },
    { VIR_CONNECT_LIST_NODE_DEVICES_CAP_DRM, "drm", NODEDEV_TYPE_DRM },
    { VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV_TYPES, "mdev_types", NODEDEV_TYPE_MDEV_TYPES },
    { VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV, "mdev", NODEDEV_TYPE_MDEV },
    { VIR_CONNECT_LIST_NODE_DEVICES_CAP_CCW_DEV, "ccw", NODEDEV_TYPE_CCW },
    { VIR_CONNECT_LIST_NODE_DEVICES_CAP_CSS_DEV, "css", NODEDEV_TYPE_CSS },
    { VIR_CONNECT_LIST_NODE_DEVICES_CAP_VDPA, "vdpa", NODEDEV_TYPE_VDPA },
    { VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_CARD, "ap_card", NODEDEV_TYPE_AP_CARD },
    { VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_QUEUE, "ap_queue", NODEDEV_TYPE_AP_QUEUE },
    { VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_MATRIX, "ap_matrix", NODEDEV_TYPE_AP_MATRIX },
    { VIR_CONNECT_LIST_NODE_DEVICES_CAP_VPD, "vpd", NODEDEV_TYPE_VPD },
    { VIR_CONNECT_LIST_NODE_DEVICES_CAP_CCWGROUP_DEV, "ccwgroup", NODEDEV_TYPE_CCWGROUP },
    { VIR_CONNECT_LIST_NODE_DEVICES_CAP_CCWGROUP_MEMBER, "ccwgroup_member",
      NODEDEV_TYPE_CCWGROUP_MEMBER },
};

enum {
    LIST_ANY_CAP = (1u << 24) - 1,
    LIST_ALL = (int)(LIST_ANY_CAP | VIR_CONNECT_LIST_NODE_DEVICES_PERSISTENT |
                     VIR_CONNECT_LIST_NODE_DEVICES_TRANSIENT |
                     VIR_CONNECT_LIST_NODE_DEVICES_INACTIVE | VIR_CONNECT_LIST_NODE_DEVICES_ACTIVE),
};

/* Is there something of the device's nested kind @type in sysfs? */
static bool
has_nested(const NodedevEntry *device, NodedevType type)
{
    static const struct {
        NodedevType type;
        const char *path;
    } signs[] = {
        { NODEDEV_TYPE_MDEV_TYPES, "mdev_supported_types" },
        { NODEDEV_TYPE_VPD, "vpd" },
        { NODEDEV_TYPE_FC_HOST, "fc_host" },
        { NODEDEV_TYPE_CCWGROUP_MEMBER, "group_device" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(signs); i++) {
        g_autofree char *path = g_build_filename(device->syspath, signs[i].path, NULL);

        if (signs[i].type == type && *device->syspath && access(path, F_OK) == 0)
            return true;
    }
    return false;
}

/* Only mediated devices have definitions. */
static bool
has_definition(const NodedevEntry *device)
{
    g_autoptr(NodeDevice) definition =
        device->type == NODEDEV_TYPE_MDEV ? nodedev_mdev_definition(device->name) : NULL;

    return definition != NULL;
}

/* @yes and @no are the flags that ask for those that are so, and that are not. */
static bool
wanted(uint32_t flags, uint32_t yes, uint32_t no, bool is)
{
    return !(flags & (yes | no)) || (flags & (is ? yes : no));
}

static bool
selected(const NodedevEntry *device, uint32_t flags)
{
    if (!wanted(flags, VIR_CONNECT_LIST_NODE_DEVICES_ACTIVE, VIR_CONNECT_LIST_NODE_DEVICES_INACTIVE,
                !nodedev_mdev_is_inactive(device)) ||
        !wanted(flags, VIR_CONNECT_LIST_NODE_DEVICES_PERSISTENT,
                VIR_CONNECT_LIST_NODE_DEVICES_TRANSIENT, has_definition(device)))
        return false;
    if (!(flags & LIST_ANY_CAP))
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(capabilities); i++)
        if ((flags & capabilities[i].flag) &&
            (device->type == capabilities[i].type || has_nested(device, capabilities[i].type)))
            return true;
    return false;
}

static GPtrArray *
list_selected(uint32_t flags, GError **error)
{
    GPtrArray *list = nodedev_index_list(error);

    if (list)
        g_ptr_array_extend_and_steal(list, nodedev_mdev_inactive(list));
    for (guint i = list ? list->len : 0; i-- > 0;)
        if (!selected(list->pdata[i], flags))
            g_ptr_array_remove_index(list, i);
    return list;
}

static bool
list_all(Call *call, GError **error)
{
    const ConnectListAllNodeDevicesArgs *args = call->args;
    ConnectListAllNodeDevicesRet *ret = call->ret;
    g_autoptr(GPtrArray) list = list_selected(call->flags, error);

    if (!list)
        return false;
    ret->ret = list->len;
    if (!args->need_results)
        return true;
    ret->n_devices = list->len;
    ret->devices = g_new0(WireNodeDevice, list->len);
    for (guint i = 0; i < list->len; i++)
        ret->devices[i].name = g_strdup(((NodedevEntry *)list->pdata[i])->name);
    return true;
}

/* The flag of a capability's name; 0 is everything. */
static bool
capability_flag(const char *name, uint32_t *ret_flag, GError **error)
{
    *ret_flag = 0;
    for (size_t i = 0; name && i < G_N_ELEMENTS(capabilities); i++)
        if (strcmp(capabilities[i].name, name) == 0)
            *ret_flag = capabilities[i].flag;
    if (!name || *ret_flag)
        return true;
    error_set(error, VIR_ERR_INVALID_ARG, "unknown capability '%s'", name);
    return false;
}

static bool
count_devices(Call *call, GError **error)
{
    const NodeNumOfDevicesArgs *args = call->args;
    g_autoptr(GPtrArray) list = NULL;
    uint32_t flag = 0;

    if (!capability_flag(args->cap, &flag, error) || !(list = list_selected(flag, error)))
        return false;
    ((NodeNumOfDevicesRet *)call->ret)->num = (int32_t)list->len;
    return true;
}

static bool
list_names(Call *call, GError **error)
{
    const NodeListDevicesArgs *args = call->args;
    NodeListDevicesRet *ret = call->ret;
    g_autoptr(GPtrArray) list = NULL;
    uint32_t flag = 0;

    if (!capability_flag(args->cap, &flag, error) || !(list = list_selected(flag, error)))
        return false;
    ret->n_names = MIN(list->len, (uint32_t)MAX(args->maxnames, 0));
    ret->names = g_new0(char *, ret->n_names);
    for (guint i = 0; i < ret->n_names; i++)
        ret->names[i] = g_strdup(((NodedevEntry *)list->pdata[i])->name);
    return true;
}

/* One device. */

/* A device that is there, or one that is only defined. */
static NodedevEntry *
find(const char *name, GError **error)
{
    g_autoptr(GError) absent = NULL;
    NodedevEntry *device = nodedev_index_lookup(name, &absent);

    if (!device)
        device = nodedev_mdev_lookup(name);
    if (!device)
        g_propagate_error(error, g_steal_pointer(&absent));
    return device;
}

static NodeDevice *
describe(const NodedevEntry *device, bool inactive, GError **error)
{
    NodeDevice *definition =
        inactive || nodedev_mdev_is_inactive(device) ? nodedev_mdev_definition(device->name) : NULL;

    return definition ? definition : nodedev_describe(device, error);
}

static bool
lookup(Call *call, GError **error)
{
    const NodeDeviceLookupByNameArgs *args = call->args;
    NodedevEntry *device = find(args->name, error);

    if (!device)
        return false;
    ((NodeDeviceLookupByNameRet *)call->ret)->dev.name = g_strdup(device->name);
    nodedev_index_device_free(device);
    return true;
}

static bool
get_xml(Call *call, GError **error)
{
    g_autoptr(NodeDevice) device =
        describe(call->object, call->flags & VIR_NODE_DEVICE_XML_INACTIVE, error);

    if (!device)
        return false;
    ((NodeDeviceGetXmlDescRet *)call->ret)->xml =
        xml_format_text(&node_device_xml, device,
                        call->flags & VIR_NODE_DEVICE_XML_INACTIVE ? XML_FORMAT_INACTIVE : 0);
    return true;
}

static bool
get_parent(Call *call, GError **error)
{
    const NodedevEntry *device = call->object;
    NodeDeviceGetParentRet *ret = call->ret;
    g_autoptr(NodeDevice) definition =
        nodedev_mdev_is_inactive(device) ? nodedev_mdev_definition(device->name) : NULL;

    if (definition)
        ret->parentName = g_strdup(definition->parent);
    else if (*device->syspath)
        ret->parentName = nodedev_index_parent(device->syspath);
    return true;
}

/* Words of the device's capability and those nested in it. */
static GPtrArray *
capability_words(const NodedevEntry *device, GError **error)
{
    g_autoptr(NodeDevice) document = describe(device, false, error);
    GPtrArray *words = NULL;

    if (!document)
        return NULL;
    words = g_ptr_array_new();
    for (guint i = 0; i < document->capabilities->len; i++) {
        const NodeCapability *cap = document->capabilities->pdata[i];

        g_ptr_array_add(words, (void *)nodedev_type_words[cap->type]);
        for (guint j = 0; cap->capabilities && j < cap->capabilities->len; j++) {
            const NodeCapability *inner = cap->capabilities->pdata[j];

            /* Only those that a device can be listed by. */
            for (size_t k = 0; k < G_N_ELEMENTS(capabilities); k++)
                if (capabilities[k].type == inner->type)
                    g_ptr_array_add(words, (void *)(inner->type == NODEDEV_TYPE_VPORT_OPS ? "vports"
                                                                                  : nodedev_type_words[inner->type]));
        }
    }
    return words;
}

static bool
count_caps(Call *call, GError **error)
{
    g_autoptr(GPtrArray) words = capability_words(call->object, error);

    if (!words)
        return false;
    ((NodeDeviceNumOfCapsRet *)call->ret)->num = (int32_t)words->len;
    return true;
}

static bool
list_caps(Call *call, GError **error)
{
    const NodeDeviceListCapsArgs *args = call->args;
    NodeDeviceListCapsRet *ret = call->ret;
    g_autoptr(GPtrArray) words = capability_words(call->object, error);

    if (!words)
        return false;
    ret->n_names = MIN(words->len, (uint32_t)MAX(args->maxnames, 0));
    ret->names = g_new0(char *, ret->n_names);
    for (guint i = 0; i < ret->n_names; i++)
        ret->names[i] = g_strdup(words->pdata[i]);
    return true;
}

static bool
is_active(Call *call, GError **error)
{
    ((NodeDeviceIsActiveRet *)call->ret)->active = !nodedev_mdev_is_inactive(call->object);
    return true;
}

static bool
is_persistent(Call *call, GError **error)
{
    ((NodeDeviceIsPersistentRet *)call->ret)->persistent = has_definition(call->object);
    return true;
}

/* PCI devices change hands. */

static bool
write_sysfs(const NodedevEntry *device, const char *file, const char *text, bool needed,
            GError **error)
{
    g_autofree char *path = g_build_filename(device->syspath, file, NULL);
    autofd int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 && !needed && errno == ENOENT)
        return true;
    if (fd >= 0 && write(fd, text, strlen(text)) >= 0)
        return true;
    error_set_errno(error, errno, "device '%s': cannot write to '%s'", device->name, path);
    return false;
}

/* Have the kernel's @name, or the one it chooses by itself if NULL, drive the device. */
static bool
rebind(const NodedevEntry *device, const char *name, GError **error)
{
    g_autofree char *address = g_path_get_basename(device->syspath);
    g_autofree char *override = g_strdup_printf("%s\n", name ? name : "");
    static const char probe[] = "/sys/bus/pci/drivers_probe";
    autofd int fd = -1;

    if (device->type != NODEDEV_TYPE_PCI) {
        error_set(error, VIR_ERR_INVALID_ARG, "device '%s' is not a PCI device", device->name);
        return false;
    }
    if (!write_sysfs(device, "driver_override", override, true, error) ||
        !write_sysfs(device, "driver/unbind", address, false, error))
        return false;
    fd = open(probe, O_WRONLY | O_CLOEXEC);
    if (fd >= 0 && write(fd, address, strlen(address)) >= 0)
        return true;
    error_set_errno(error, errno, "device '%s': no driver%s%s takes it", device->name,
                    name ? " " : "", name ? name : "");
    return false;
}

static bool
detach(Call *call, GError **error)
{
    return rebind(call->object, "vfio-pci", error);
}

static bool
detach_flags(Call *call, GError **error)
{
    const NodeDeviceDetachFlagsArgs *args = call->args;
    const char *name = args->driverName;

    /* "vfio" and "kvm" are what callers say who leave the choice of the module to us. */
    if (!name || strcmp(name, "vfio") == 0)
        name = "vfio-pci";
    if (strcmp(name, "kvm") == 0 || strcmp(name, "xen") == 0) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "device assignment by '%s' is not supported; use 'vfio'", name);
        return false;
    }
    return rebind(call->object, name, error);
}

static bool
reattach(Call *call, GError **error)
{
    return rebind(call->object, NULL, error);
}

static bool
reset(Call *call, GError **error)
{
    const NodedevEntry *device = call->object;

    if (device->type == NODEDEV_TYPE_PCI)
        return write_sysfs(device, "reset", "1", true, error);
    error_set(error, VIR_ERR_INVALID_ARG, "device '%s' is not a PCI device", device->name);
    return false;
}

/* Events. */

static void
emit_lifecycle(const char *name, int event)
{
    NodeDeviceEventLifecycleMsg msg = { .dev = { .name = (char *)name }, .event = event };

    event_emit(driver.hub, EVENT_NODE_DEVICE, VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE, &msg);
}

static gboolean
device_event(int fd, GIOCondition condition, void *data)
{
    g_autoptr(UdevDevice) device = udev_monitor_receive_device(driver.monitor);
    g_autofree char *name = NULL;

    if (!device)
        return G_SOURCE_CONTINUE;
    switch (nodedev_index_update(device, &name)) {
    case NODEDEV_INDEX_ADDED:
        emit_lifecycle(name, VIR_NODE_DEVICE_EVENT_CREATED);
        break;
    case NODEDEV_INDEX_REMOVED:
        emit_lifecycle(name, VIR_NODE_DEVICE_EVENT_DELETED);
        break;
    case NODEDEV_INDEX_SAME:
        if (name) {
            NodeDeviceEventUpdateMsg msg = { .dev = { .name = name } };

            event_emit(driver.hub, EVENT_NODE_DEVICE, VIR_NODE_DEVICE_EVENT_ID_UPDATE, &msg);
        }
        break;
    }
    return G_SOURCE_CONTINUE;
}

/* Life. */

static bool
start(const DriverEnv *env, GError **error)
{
    /* Where no udevd passes events on, the kernel's own have to do. */
    const char *from = access("/run/udev/control", F_OK) == 0 ? "udev" : "kernel";

    driver.privileged = env->privileged;
    driver.hub = env->hub;
    nodedev_mdev_begin(env->hub);
    driver.udev = udev_new();
    driver.monitor = udev_monitor_new_from_netlink(driver.udev, from);
    if (driver.monitor && udev_monitor_enable_receiving(driver.monitor) >= 0) {
        driver.source = g_unix_fd_source_new(udev_monitor_get_fd(driver.monitor), G_IO_IN);
        g_source_set_callback(driver.source, G_SOURCE_FUNC(device_event), NULL, NULL);
        g_source_attach(driver.source, env->context);
    } else {
        log_warning("devices that come and go will not be noticed: udev's events cannot be heard");
    }
    /* After the monitor, so that nothing slips between the two. */
    nodedev_index_begin();
    return true;
}

static void
stop(void)
{
    if (driver.source)
        g_source_destroy(driver.source);
    g_clear_pointer(&driver.source, g_source_unref);
    g_clear_pointer(&driver.monitor, udev_monitor_unref);
    g_clear_pointer(&driver.udev, udev_unref);
    nodedev_index_end();
    nodedev_mdev_end();
}

static bool
open_session(Session *session, const char *uri, bool readonly, GError **error)
{
    g_autoptr(GUri) parsed = uri ? g_uri_parse(uri, G_URI_FLAGS_NONE, NULL) : NULL;
    const char *want = driver.privileged ? "/system" : "/session",
               *path = parsed ? g_uri_get_path(parsed) : NULL;

    if (path && strcmp(path, want) == 0)
        return true;
    error_set(error, VIR_ERR_INTERNAL_ERROR, "unexpected nodedev URI path '%s', try nodedev://%s",
              path ? path : "", want);
    return false;
}

static bool
resolve(Call *call, GError **error)
{
    const char *name = *(char *const *)((const char *)call->args + call->method->object_at);

    call->object = find(name, error);
    return call->object != NULL;
}

static void
release(Call *call)
{
    nodedev_index_device_free(g_steal_pointer(&call->object));
}

static bool
acl_object(Call *call, ObjectClass cls, const void *record, AclObject *object)
{
    const WireNodeDevice *wire = record;
    const NodedevEntry *own = call->object;
    const char *name = wire ? wire->name : own ? own->name : NULL;

    if (name) {
        g_ptr_array_add(object->attributes, g_strdup("name"));
        g_ptr_array_add(object->attributes, g_strdup(name));
    }
    return true;
}

static const DriverRow rows[] = {
    CONNECT_ROWS,
    [PROC_CONNECT_LIST_ALL_NODE_DEVICES] = { list_all, (uint32_t)LIST_ALL, 0, "0.10.2" },
    [PROC_NODE_NUM_OF_DEVICES] = { count_devices, 0, 0, "0.5.0" },
    [PROC_NODE_LIST_DEVICES] = { list_names, 0, 0, "0.5.0" },
    [PROC_NODE_DEVICE_LOOKUP_BY_NAME] = { lookup, 0, 0, "0.5.0" },
    [PROC_NODE_DEVICE_GET_XML_DESC] = { get_xml, VIR_NODE_DEVICE_XML_INACTIVE, 0, "0.5.0" },
    [PROC_NODE_DEVICE_GET_PARENT] = { get_parent, 0, 0, "0.5.0" },
    [PROC_NODE_DEVICE_NUM_OF_CAPS] = { count_caps, 0, 0, "0.5.0" },
    [PROC_NODE_DEVICE_LIST_CAPS] = { list_caps, 0, 0, "0.5.0" },
    [PROC_NODE_DEVICE_IS_ACTIVE] = { is_active, 0, 0, "7.8.0" },
    [PROC_NODE_DEVICE_IS_PERSISTENT] = { is_persistent, 0, 0, "7.8.0" },
    [PROC_NODE_DEVICE_GET_AUTOSTART] = { nodedev_mdev_get_autostart, 0, 0, "7.8.0" },
    [PROC_NODE_DEVICE_SET_AUTOSTART] = { nodedev_mdev_set_autostart, 0, 0, "7.8.0" },
    [PROC_NODE_DEVICE_CREATE_XML] = { nodedev_mdev_create_xml, VIR_NODE_DEVICE_CREATE_XML_VALIDATE, 0, "0.6.3" },
    [PROC_NODE_DEVICE_DEFINE_XML] = { nodedev_mdev_define_xml, VIR_NODE_DEVICE_DEFINE_XML_VALIDATE, 0, "7.3.0" },
    [PROC_NODE_DEVICE_CREATE] = { nodedev_mdev_create, 0, 0, "7.3.0" },
    [PROC_NODE_DEVICE_DESTROY] = { nodedev_mdev_destroy, 0, 0, "0.6.3" },
    [PROC_NODE_DEVICE_UPDATE] = { nodedev_mdev_update,
                                  VIR_NODE_DEVICE_UPDATE_AFFECT_LIVE | VIR_NODE_DEVICE_UPDATE_AFFECT_CONFIG, 0, "10.1.0" },
    [PROC_NODE_DEVICE_UNDEFINE] = { nodedev_mdev_undefine, 0, 0, "7.3.0" },
    [PROC_NODE_DEVICE_DETTACH] = { detach, 0, 0, "0.6.1" },
    [PROC_NODE_DEVICE_DETACH_FLAGS] = { detach_flags, 0, 0, "1.0.5" },
    [PROC_NODE_DEVICE_RE_ATTACH] = { reattach, 0, 0, "0.6.1" },
    [PROC_NODE_DEVICE_RESET] = { reset, 0, 0, "0.6.1" },
};

const Driver nodedev_driver = {
    .name = "nodedev",
    .scheme = "nodedev",
    .error_from = VIR_FROM_NODEDEV,
    .classes = 1u << CLASS_NODE_DEVICE,
    .rows = rows,
    .n_rows = G_N_ELEMENTS(rows),
    .start = start,
    .stop = stop,
    .open = open_session,
    .resolve = resolve,
    .release = release,
    .acl_object = acl_object,
};
