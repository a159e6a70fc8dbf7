/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* command_hostdev.c - devices of the host in the guest, interfaces of the network among them */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/conf/source.h"
#include "drivers/qemu/command/command.h"
#include "drivers/qemu/command/command_image.h"
#include "util/error.h"
#include "util/uuid.h"

static char *
pci_name(const PciAddress *a)
{
    return g_strdup_printf("%04x:%02x:%02x.%x", a->domain, a->bus, a->slot, a->function);
}

static Json *
new_pci(const char *driver, const PciAddress *address)
{
    g_autofree char *host = pci_name(address);
    Json *device = command_new(driver);

    json_add_string(device, "host", host);
    return device;
}

/* The slower half of a pair of network devices names the other. */
static void
add_teaming(Json *device, TeamingType teaming, const char *persistent)
{
    if (teaming == TEAMING_TYPE_TRANSIENT)
        json_add_string(device, "failover_pair_id", persistent);
}

static bool
add_interface(Command *command, const Interface *n, GError **error)
{
    const HostdevAddress *a = n->actual && n->actual->hostdev_address ? n->actual->hostdev_address : n->hostdev_address;
    unsigned boot = command_boot_index(command, DEVICE_INTERFACE, n, &n->info);
    Json *device;

    if (!a) {
        error_set(error, VIR_ERR_XML_ERROR, "interface '%s' of type 'hostdev' needs the <address> of a device in its <source>",
                  n->info.alias);
        return false;
    }
    device = new_pci("vfio-pci", &a->pci);
    json_add_string(device, "id", n->info.alias);
    if (boot)
        json_add_uint64(device, "bootindex", boot);
    add_teaming(device, n->teaming, n->teaming_persistent);
    return command_place_device(command, device, &n->info, error);
}

/* A frame buffer for boot cannot be unplugged. */
static const char *
vfio_driver(const Hostdev *h)
{
    return h->ramfb == ONOFF_ON ? "vfio-pci-nohotplug" : "vfio-pci";
}

static void
add_display(Json *device, const Hostdev *h)
{
    if (h->display != ONOFF_UNSET)
        json_add_string(device, "display", h->display == ONOFF_ON ? "on" : "off");
    if (h->ramfb == ONOFF_ON)
        json_add_bool(device, "ramfb", true);
}

static Json *
new_mdev(const Hostdev *h)
{
    static const char *const drivers[] = { [HOSTDEV_MODEL_VFIO_CCW] = "vfio-ccw", [HOSTDEV_MODEL_VFIO_AP] = "vfio-ap" };
    char uuid[UUID_TEXT_LEN];
    g_autofree char *path = NULL;
    Json *device;

    if (h->model < HOSTDEV_MODEL_VFIO_PCI || h->model > HOSTDEV_MODEL_VFIO_AP)
        return NULL;
    uuid_format(h->mdev_uuid, uuid);
    path = g_strdup_printf("/sys/bus/mdev/devices/%s", uuid);
    device = command_new(h->model == HOSTDEV_MODEL_VFIO_PCI ? vfio_driver(h) : drivers[h->model]);
    json_add_string(device, "id", h->info.alias);
    json_add_string(device, "sysfsdev", path);
    add_display(device, h);
    return device;
}

static Json *
new_scsi_host(Command *command, const Hostdev *h, GError **error)
{
    static const char *const models[] = {
        [HOSTDEV_MODEL_VIRTIO_TRANSITIONAL] = "virtio-transitional",
        [HOSTDEV_MODEL_VIRTIO_NON_TRANSITIONAL] = "virtio-non-transitional",
    };
    const char *model = h->model < G_N_ELEMENTS(models) ? models[h->model] : NULL;
    g_autofree char *driver = command_virtio_driver("vhost-scsi", model, &h->info);
    g_autofree char *text = NULL;
    Json *device;
    int fd = -1;

    if (!command->host->open_vhost_scsi)
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "host device '%s': vhost-scsi cannot be opened here", h->info.alias);
    else
        fd = command->host->open_vhost_scsi(command->host->data, error);
    if (fd < 0)
        return NULL;
    text = g_strdup_printf("%d", fd);
    device = command_new(driver);
    json_add_string(device, "wwpn", h->wwpn);
    json_add_string(device, "vhostfd", text);
    json_add_string(device, "id", h->info.alias);
    return device;
}

/* A SCSI device of the host or of an iSCSI server: a block node that passes commands through. */
static Json *
scsi_backend(Command *command, const Hostdev *h, const char *node, GError **error)
{
    Store store = { .type = DISK_TYPE_BLOCK };
    SourceContext context = { 0 };
    g_autoptr(GPtrArray) hosts = NULL;
    g_autofree char *secret = g_strdup_printf("%s-auth-secret0", node);
    g_autofree char *path = NULL;
    NetHost first = { .transport = NET_TRANSPORT_TCP };
    Json *json;

    if (h->protocol == SCSI_PROTOCOL_ISCSI) {
        const IscsiHost *host = list_len(h->hosts) ? list_at(h->hosts, 0) : NULL;

        hosts = g_ptr_array_new();
        if (host) {
            first.name = host->name;
            first.has_port = host->has_port;
            first.port = host->port;
            g_ptr_array_add(hosts, &first);
        }
        store.type = DISK_TYPE_NETWORK;
        store.protocol = NET_PROTOCOL_ISCSI;
        store.path = h->iscsi_name;
        store.hosts = hosts;
        store.iqn = h->initiator_iqn;
        store.auth = h->auth;
        if (h->auth && h->auth->secret) {
            if (!command_secret(command, secret, h->auth->secret, error))
                return NULL;
            context.secret = secret;
        }
    } else {
        if (!command->host->scsi_path) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "host device '%s': SCSI devices cannot be found here", h->info.alias);
            return NULL;
        }
        store.path = path = command->host->scsi_path(command->host->data, h, error);
        if (!path)
            return NULL;
    }
    json = source_properties(&store, &context, error);
    if (!json)
        return NULL;
    json_add_string(json, "node-name", node);
    json_add_bool(json, "read-only", h->readonly);
    return json;
}

/* What goes when the device goes. */
static void
note_secret(Hostdev *h, const char *node)
{
    SourceObject *object = h->auth && h->auth->secret ? xml_new(&source_object_xml) : NULL;

    if (!object)
        return;
    object->type = g_strdup("auth");
    object->object_alias = g_strdup_printf("%s-auth-secret0", node);
    if (!h->source_private->secrets)
        h->source_private->secrets = g_ptr_array_new();
    g_ptr_array_add(h->source_private->secrets, object);
}

static Json *
new_scsi(Command *command, Hostdev *h, GError **error)
{
    const Address *a = h->info.address;
    const Controller *c = a ? device_controller(command->def, CONTROLLER_TYPE_SCSI, a->controller) : NULL;
    g_autofree char *node = g_strdup_printf("libvirt-%u-backend", ++command->nodes);
    g_autofree char *bus = NULL;
    Json *json = scsi_backend(command, h, node, error);

    if (!json)
        return NULL;
    command_add_json(command, "-blockdev", json);
    command_image_note(&h->source_private, node, NULL, NULL);
    note_secret(h, node);
    json = command_new("scsi-generic");
    if (a && a->type == ADDRESS_TYPE_DRIVE) {
        bool narrow = c && !g_strcmp0(c->model, "lsilogic");

        bus = g_strdup_printf("%s.%u", c ? c->info.alias : "scsi0", narrow ? a->bus : 0);
        json_add_string(json, "bus", bus);
        if (!narrow)
            json_add_uint64(json, "channel", a->bus);
        json_add_uint64(json, "scsi-id", narrow ? a->unit : a->target);
        if (!narrow)
            json_add_uint64(json, "lun", a->unit);
    }
    json_add_string(json, "drive", node);
    json_add_string(json, "id", h->info.alias);
    return json;
}

static Json *
new_usb(const Hostdev *h)
{
    g_autofree char *path = g_strdup_printf("/dev/bus/usb/%03u/%03u", h->bus, h->device);
    Json *device;

    /* One that was not there when the guest started is nobody's, until it is plugged in. */
    if (h->missing == YESNO_YES) {
        device = command_new("usb-host");
    } else if (h->has_bus && h->has_device) {
        device = command_new("usb-host");
        json_add_string(device, "hostdevice", path);
    } else {
        return NULL;
    }
    json_add_string(device, "id", h->info.alias);
    if (h->guest_reset != GUEST_RESET_UNSET) {
        json_add_bool(device, "guest-reset", h->guest_reset != GUEST_RESET_OFF);
        json_add_bool(device, "guest-resets-all", h->guest_reset == GUEST_RESET_ON);
    }
    return device;
}

/* NULL with @error set. */
static Json *
new_device(Command *command, Hostdev *h, GError **error)
{
    Json *device = NULL;

    switch (h->mode == HOSTDEV_MODE_SUBSYSTEM ? h->type : HOSTDEV_TYPE_UNSET) {
    case HOSTDEV_TYPE_PCI:
        device = new_pci(vfio_driver(h), &h->pci);
        json_add_string(device, "id", h->info.alias);
        add_display(device, h);
        add_teaming(device, h->teaming, h->teaming_persistent);
        break;
    case HOSTDEV_TYPE_USB:
        device = new_usb(h);
        break;
    case HOSTDEV_TYPE_MDEV:
        device = new_mdev(h);
        break;
    case HOSTDEV_TYPE_SCSI:
        return new_scsi(command, h, error);
    case HOSTDEV_TYPE_SCSI_HOST:
        return new_scsi_host(command, h, error);
    default:
        break;
    }
    if (!device)
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "host device '%s' of type '%s' is not supported yet%s", h->info.alias,
                  hostdev_type_words[h->type], h->type == HOSTDEV_TYPE_USB ? ": name its bus and device number" : "");
    return device;
}

bool
command_hostdevs(Command *command, GError **error)
{
    for (size_t i = 0; i < list_len(command->def->interfaces); i++) {
        const Interface *n = list_at(command->def->interfaces, i);

        if (device_is_hostdev(n) && command_wants(command, n) && !add_interface(command, n, error))
            return false;
    }
    for (size_t i = 0; i < list_len(command->def->hostdevs); i++) {
        Hostdev *h = list_at(command->def->hostdevs, i);
        Json *device;

        /* It is taken from the host, but not given to the guest yet. */
        if (!command_wants(command, h) || (h->info.address && h->info.address->type == ADDRESS_TYPE_UNASSIGNED))
            continue;
        device = new_device(command, h, error);
        if (!device)
            return false;
        if (h->info.boot_order)
            json_add_uint64(device, "bootindex", h->info.boot_order);
        if (!command_place_device(command, device, &h->info, error))
            return false;
    }
    return true;
}
