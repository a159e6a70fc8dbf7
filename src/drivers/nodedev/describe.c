/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* describe.c - reads what udev and sysfs know of a device; one function for each kind */
#define ERROR_FROM VIR_FROM_NODEDEV
#include "drivers/nodedev/describe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/error.h"
#include "util/file.h"
#include "util/text.h"
#include "util/uuid.h"

typedef struct Describe {
    struct udev *udev;
    struct udev_device *device;
    const char *syspath;
    NodeDevice *out;
    NodeCapability *cap;
} Describe;

static const char *
property(const Describe *d, const char *name)
{
    return udev_device_get_property_value(d->device, name);
}

static char *
attribute(const Describe *d, const char *name)
{
    const char *value = udev_device_get_sysattr_value(d->device, name);
    char *text = value ? g_strstrip(g_strdup(value)) : NULL;

    if (text && !*text)
        g_clear_pointer(&text, g_free);
    return text;
}

static bool
attribute_uint(const Describe *d, const char *name, int base, unsigned *ret_value)
{
    g_autofree char *text = attribute(d, name);
    uint32_t value = 0;

    if (!text || !text_parse_uint(base == 16 && g_str_has_prefix(text, "0x") ? text + 2 : text,
                                  base, &value))
        return false;
    *ret_value = value;
    return true;
}

static uint64_t
attribute_uint64(const Describe *d, const char *name)
{
    g_autofree char *text = attribute(d, name);
    uint64_t value = 0;

    return text && text_parse_uint64(text, 10, &value) ? value : 0;
}

static NodeCapability *
add_capability(GPtrArray **list, NodedevType type)
{
    NodeCapability *cap = xml_new(&node_capability_xml);

    cap->type = type;
    if (!*list)
        *list = g_ptr_array_new();
    g_ptr_array_add(*list, cap);
    return cap;
}

/* A name of the hardware database: by udevd where it runs, else looked up. */
static char *
database_name(const Describe *d, const char *name)
{
    const char *value = property(d, name);
    g_autofree char *modalias = NULL;
    struct udev_hwdb *hwdb = NULL;
    struct udev_list_entry *entry = NULL;
    char *found = NULL;

    if (value)
        return g_strdup(value);
    modalias = attribute(d, "modalias");
    hwdb = modalias ? udev_hwdb_new(d->udev) : NULL;
    if (!hwdb)
        return NULL;
    udev_list_entry_foreach(entry, udev_hwdb_get_properties_list_entry(hwdb, modalias, 0))
    {
        if (strcmp(udev_list_entry_get_name(entry), name) == 0)
            found = g_strdup(udev_list_entry_get_value(entry));
    }
    udev_hwdb_unref(hwdb);
    return found;
}

static bool
parse_pci(const char *sysname, unsigned at[4])
{
    return sscanf(sysname, "%x:%x:%x.%x", &at[0], &at[1], &at[2], &at[3]) == 4;
}

/* Add the PCI address that the link @name below the device points to. */
static bool
add_linked_address(const Describe *d, const char *name, GPtrArray **list)
{
    g_autofree char *path = g_build_filename(d->syspath, name, NULL);
    g_autofree char *target = g_file_read_link(path, NULL);
    g_autofree char *base = target ? g_path_get_basename(target) : NULL;
    NodePciAddress *address = NULL;
    unsigned at[4];

    if (!base || !parse_pci(base, at))
        return false;
    address = xml_new(&node_pci_address_xml);
    address->domain = at[0];
    address->bus = at[1];
    address->slot = at[2];
    address->function = at[3];
    if (!*list)
        *list = g_ptr_array_new();
    g_ptr_array_add(*list, address);
    return true;
}

static gint
compare_addresses(gconstpointer a, gconstpointer b)
{
    const NodePciAddress *x = *(NodePciAddress *const *)a, *y = *(NodePciAddress *const *)b;
    uint64_t p = (uint64_t)x->domain << 32 | x->bus << 16 | x->slot << 8 | x->function;
    uint64_t q = (uint64_t)y->domain << 32 | y->bus << 16 | y->slot << 8 | y->function;

    return p < q ? -1 : p > q;
}

static void
describe_iommu(Describe *d)
{
    g_autofree char *link = g_build_filename(d->syspath, "iommu_group", NULL);
    g_autofree char *target = g_file_read_link(link, NULL);
    g_autofree char *base = target ? g_path_get_basename(target) : NULL;
    g_autofree char *folder = g_build_filename(link, "devices", NULL);
    g_autoptr(GDir) dir = base ? g_dir_open(folder, 0, NULL) : NULL;
    const char *name = NULL;
    uint32_t number = 0;

    if (!dir || !text_parse_uint(base, 10, &number))
        return;
    d->cap->has_iommu_group = true;
    d->cap->iommu_group = number;
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *member = g_build_filename("iommu_group", "devices", name, NULL);

        add_linked_address(d, member, &d->cap->iommu_addresses);
    }
    if (d->cap->iommu_addresses)
        g_ptr_array_sort(d->cap->iommu_addresses, compare_addresses);
}

static void
describe_sriov(Describe *d)
{
    unsigned total = 0;
    GPtrArray *functions = NULL;

    if (add_linked_address(d, "physfn", &functions))
        add_capability(&d->cap->capabilities, NODEDEV_TYPE_PHYS_FUNCTION)->addresss = functions;
    if (attribute_uint(d, "sriov_totalvfs", 10, &total) && total) {
        NodeCapability *cap = add_capability(&d->cap->capabilities, NODEDEV_TYPE_VIRT_FUNCTIONS);

        cap->has_max_count = true;
        cap->max_count = total;
        for (unsigned i = 0; i < total; i++) {
            g_autofree char *name = g_strdup_printf("virtfn%u", i);

            if (!add_linked_address(d, name, &cap->addresss))
                break;
        }
    }
}

static void
add_link(Describe *d, PciLinkType validity, unsigned speed, unsigned width, int port)
{
    static const char *const speeds[] = { NULL, "2.5", "5", "8", "16", "32", "64" };
    PciLink *link = xml_new(&pci_link_xml);

    link->validity = validity;
    link->has_port = port >= 0;
    link->port = port >= 0 ? (unsigned)port : 0;
    link->speed = g_strdup(speed < G_N_ELEMENTS(speeds) ? speeds[speed] : NULL);
    link->width = width;
    if (!d->cap->pci_links)
        d->cap->pci_links = g_ptr_array_new();
    g_ptr_array_add(d->cap->pci_links, link);
    d->cap->pci_express = true;
}

static unsigned
get16(const uint8_t *config, size_t at)
{
    return config[at] | (unsigned)config[at + 1] << 8;
}

/* Header type, and what the PCI Express capability says of the link. */
static void
describe_config(Describe *d)
{
    enum {
        SIZE = 256,
        STATUS = 0x06,
        HEADER = 0x0e,
        FIRST = 0x34,
        EXPRESS = 0x10,
        LINK_CAP = 0x0c,
        LINK_STATUS = 0x12
    };
    g_autofree char *path = g_build_filename(d->syspath, "config", NULL);
    g_autofree char *data = NULL;
    const uint8_t *config = NULL;
    size_t len = 0;

    if (!file_read_limited(path, 64 * 1024, &data, &len, NULL) || len < 64)
        return;
    config = (const uint8_t *)data;
    if ((config[HEADER] & 0x7f) == 1)
        add_capability(&d->cap->capabilities, NODEDEV_TYPE_PCI_BRIDGE);
    else if ((config[HEADER] & 0x7f) == 2)
        add_capability(&d->cap->capabilities, NODEDEV_TYPE_CARDBUS_BRIDGE);
    if (len < SIZE || !(config[STATUS] & 0x10)) /* others than root see 64 bytes */
        return;
    for (size_t at = config[FIRST] & 0xfc, steps = 0; at >= 64 && at + 0x14 < SIZE && steps < 48;
         at = config[at + 1] & 0xfc, steps++) {
        if (config[at] != EXPRESS)
            continue;
        if (get16(config, at + LINK_CAP) & 0xf) {
            add_link(d, PCI_LINK_TYPE_CAP, config[at + LINK_CAP] & 0xf,
                     get16(config, at + LINK_CAP) >> 4 & 0x3f, config[at + LINK_CAP + 3]);
            add_link(d, PCI_LINK_TYPE_STA, config[at + LINK_STATUS] & 0xf,
                     get16(config, at + LINK_STATUS) >> 4 & 0x3f, -1);
        }
        return;
    }
}

static void
describe_pci(Describe *d)
{
    g_autofree char *numa = attribute(d, "numa_node");
    unsigned at[4] = { 0 };
    int32_t node = -1;

    parse_pci(udev_device_get_sysname(d->device), at);
    d->cap->has_pci_class = attribute_uint(d, "class", 16, &d->cap->pci_class);
    d->cap->pci_domain = at[0];
    d->cap->pci_bus = at[1];
    d->cap->pci_slot = at[2];
    d->cap->pci_function = at[3];
    d->cap->has_product_id = attribute_uint(d, "device", 16, &d->cap->product_id);
    d->cap->has_vendor_id = attribute_uint(d, "vendor", 16, &d->cap->vendor_id);
    d->cap->product = database_name(d, "ID_MODEL_FROM_DATABASE");
    d->cap->vendor = database_name(d, "ID_VENDOR_FROM_DATABASE");
    describe_sriov(d);
    describe_config(d);
    describe_iommu(d);
    if (numa && text_parse_int(numa, 10, &node) && node >= 0) {
        d->cap->has_numa_node = true;
        d->cap->numa_node = node;
    }
}

static void
describe_usb_device(Describe *d)
{
    attribute_uint(d, "busnum", 10, &d->cap->usb_bus);
    attribute_uint(d, "devnum", 10, &d->cap->usb_device);
    d->cap->has_product_id = attribute_uint(d, "idProduct", 16, &d->cap->product_id);
    d->cap->has_vendor_id = attribute_uint(d, "idVendor", 16, &d->cap->vendor_id);
    d->cap->product = database_name(d, "ID_MODEL_FROM_DATABASE");
    d->cap->vendor = database_name(d, "ID_VENDOR_FROM_DATABASE");
    if (!d->cap->product)
        d->cap->product = attribute(d, "product");
    if (!d->cap->vendor)
        d->cap->vendor = attribute(d, "manufacturer");
}

static void
describe_usb(Describe *d)
{
    attribute_uint(d, "bInterfaceNumber", 16, &d->cap->usb_number);
    attribute_uint(d, "bInterfaceClass", 16, &d->cap->usb_class);
    attribute_uint(d, "bInterfaceSubClass", 16, &d->cap->usb_subclass);
    attribute_uint(d, "bInterfaceProtocol", 16, &d->cap->usb_protocol);
    d->cap->description = attribute(d, "interface");
}

static void
describe_net(Describe *d)
{
    g_autofree char *state = attribute(d, "operstate");
    g_autofree char *speed = attribute(d, "speed");
    bool wireless = g_strcmp0(udev_device_get_devtype(d->device), "wlan") == 0;
    unsigned type = 0;
    uint32_t mbit = 0;
    int word = state ? xml_enum_value(&oper_state_enum, state) : -1;

    d->cap->net_name = g_strdup(udev_device_get_sysname(d->device));
    d->cap->net_mac = attribute(d, "address");
    if (word >= 0)
        d->cap->link_state = word;
    if (speed && text_parse_uint(speed, 10, &mbit))
        d->cap->link_speed = mbit;
    if (attribute_uint(d, "type", 10, &type) && type == 1)
        add_capability(&d->cap->capabilities, wireless ? NODEDEV_TYPE_80211 : NODEDEV_TYPE_80203);
}

static void
describe_storage(Describe *d)
{
    const char *type = property(d, "ID_TYPE"), *sysname = udev_device_get_sysname(d->device);
    uint64_t bytes = attribute_uint64(d, "size") * 512,
             block = attribute_uint64(d, "queue/logical_block_size");
    bool cdrom = g_str_has_prefix(sysname, "sr") || g_strcmp0(type, "cd") == 0,
         floppy = g_str_has_prefix(sysname, "fd");
    NodeCapability *media = NULL;

    d->cap->block = g_strdup(udev_device_get_devnode(d->device));
    d->cap->storage_bus = g_strdup(property(d, "ID_BUS"));
    d->cap->drive_type = g_strdup(cdrom ? "cdrom" : floppy ? "floppy" : type ? type : "disk");
    d->cap->model =
        property(d, "ID_MODEL") ? g_strdup(property(d, "ID_MODEL")) : attribute(d, "device/model");
    d->cap->storage_vendor = property(d, "ID_VENDOR") ? g_strdup(property(d, "ID_VENDOR"))
                                                      : attribute(d, "device/vendor");
    d->cap->serial =
        property(d, "ID_SERIAL") ? g_strdup(property(d, "ID_SERIAL")) : attribute(d, "serial");
    if (attribute_uint64(d, "removable")) {
        media = add_capability(&d->cap->capabilities, NODEDEV_TYPE_REMOVABLE);
        media->media_available = bytes > 0;
        media->media_size = bytes;
        media->media_label = g_strdup(property(d, "ID_FS_LABEL"));
        media->logical_block_size = block;
        media->num_blocks = block ? bytes / block : 0;
        return;
    }
    d->cap->size = bytes;
    d->cap->logical_block_size = block;
    d->cap->num_blocks = block ? bytes / block : 0;
}

static void
describe_scsi_host(Describe *d)
{
    unsigned id = 0;
    g_autofree char *path = g_build_filename(d->syspath, "scsi_host",
                                             udev_device_get_sysname(d->device), "unique_id", NULL);
    uint64_t unique = 0;

    sscanf(udev_device_get_sysname(d->device), "host%u", &id);
    d->cap->scsi_host = id;
    if (file_read_uint64(path, &unique)) {
        d->cap->has_unique_id = true;
        d->cap->unique_id = (unsigned)unique;
    }
}

static void
describe_scsi_target(Describe *d)
{
    d->cap->scsi_target_name = g_strdup(udev_device_get_sysname(d->device));
}

static void
describe_scsi(Describe *d)
{
    static const char *const types[] = { "disk",  "tape",    "printer", "processor", "worm",
                                         "cdrom", "scanner", "mod",     "changer" };
    unsigned type = 0;

    sscanf(udev_device_get_sysname(d->device), "%u:%u:%u:%u", &d->cap->scsi_host, &d->cap->scsi_bus,
           &d->cap->scsi_target, &d->cap->scsi_lun);
    if (attribute_uint(d, "type", 10, &type) && type < G_N_ELEMENTS(types))
        d->cap->scsi_type = g_strdup(types[type]);
}

static void
describe_chardev(Describe *d)
{
    d->cap->chardev = g_strdup(udev_device_get_devnode(d->device));
}

static void
describe_drm(Describe *d)
{
    const char *name = udev_device_get_sysname(d->device);

    d->cap->drm_type = g_str_has_prefix(name, "render")    ? DRM_TYPE_RENDER
                       : g_str_has_prefix(name, "control") ? DRM_TYPE_CONTROL
                                                           : DRM_TYPE_PRIMARY;
}

static void
describe_mdev(Describe *d)
{
    g_autofree char *link = g_build_filename(d->syspath, "mdev_type", NULL);
    g_autofree char *type = g_file_read_link(link, NULL);
    g_autofree char *folder = g_path_get_dirname(d->syspath);

    d->cap->mdev_type = type ? g_path_get_basename(type) : g_strdup("unknown");
    d->cap->mdev_uuid = g_strdup(udev_device_get_sysname(d->device));
    d->cap->parent_addr = g_path_get_basename(folder);
}

static char *
dmi(const char *name)
{
    g_autofree char *path = g_build_filename("/sys/class/dmi/id", name, NULL);
    char *text = file_read_line(path);

    return text ? g_strstrip(text) : NULL;
}

static void
describe_system(NodeCapability *cap)
{
    g_autofree char *uuid = dmi("product_uuid");

    cap->product = dmi("product_name");
    cap->hardware_vendor = dmi("sys_vendor");
    cap->hardware_version = dmi("product_version");
    cap->hardware_serial = dmi("product_serial");
    if (uuid)
        uuid_parse(uuid, cap->hardware_uuid);
    cap->firmware_vendor = dmi("bios_vendor");
    cap->firmware_version = dmi("bios_version");
    cap->release_date = dmi("bios_date");
}

static void (*const describers[NODEDEV_TYPE_LAST])(Describe *d) = {
    [NODEDEV_TYPE_PCI] = describe_pci,
    [NODEDEV_TYPE_USB_DEVICE] = describe_usb_device,
    [NODEDEV_TYPE_USB] = describe_usb,
    [NODEDEV_TYPE_NET] = describe_net,
    [NODEDEV_TYPE_STORAGE] = describe_storage,
    [NODEDEV_TYPE_SCSI_HOST] = describe_scsi_host,
    [NODEDEV_TYPE_SCSI_TARGET] = describe_scsi_target,
    [NODEDEV_TYPE_SCSI] = describe_scsi,
    [NODEDEV_TYPE_SCSI_GENERIC] = describe_chardev,
    [NODEDEV_TYPE_VDPA] = describe_chardev,
    [NODEDEV_TYPE_DRM] = describe_drm,
    [NODEDEV_TYPE_MDEV] = describe_mdev,
};

static void
add_devnode(NodeDevice *out, DevnodeType type, const char *path)
{
    DevNode *node = xml_new(&dev_node_xml);

    node->type = type;
    node->path = g_strdup(path);
    if (!out->devnodes)
        out->devnodes = g_ptr_array_new();
    g_ptr_array_add(out->devnodes, node);
}

NodeDevice *
nodedev_describe(const NodedevEntry *device, GError **error)
{
    g_autoptr(NodeDevice) out = xml_new(&node_device_xml);
    g_autoptr(Udev) udev = udev_new();
    g_autoptr(UdevDevice) source = NULL;
    struct udev_list_entry *link = NULL;
    Describe d = { .udev = udev, .syspath = device->syspath, .out = out };

    out->name = g_strdup(device->name);
    d.cap = add_capability(&out->capabilities, device->type);
    if (device->type == NODEDEV_TYPE_SYSTEM) {
        describe_system(d.cap);
        return g_steal_pointer(&out);
    }
    source = d.device = udev_device_new_from_syspath(udev, device->syspath);
    if (!source) {
        error_set(error, VIR_ERR_NO_NODE_DEVICE, "node device '%s' has gone", device->name);
        return NULL;
    }
    out->path = g_strdup(device->syspath);
    out->parent = nodedev_index_parent(device->syspath);
    out->driver_name = g_strdup(udev_device_get_driver(source));
    if (udev_device_get_devnode(source))
        add_devnode(out, DEVNODE_TYPE_DEV, udev_device_get_devnode(source));
    udev_list_entry_foreach(link, udev_device_get_devlinks_list_entry(source))
        add_devnode(out, DEVNODE_TYPE_LINK, udev_list_entry_get_name(link));
    if (describers[device->type])
        describers[device->type](&d);
    return g_steal_pointer(&out);
}
