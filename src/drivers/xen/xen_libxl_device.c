/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_libxl_device.c - devices of a guest in libxl's domain configuration */
#define ERROR_FROM VIR_FROM_LIBXL
#include "drivers/xen/xen_libxl_device.h"

#include <string.h>

#include "drivers/xen/xen_disk.h"
#include "drivers/xen/xen_fill.h"
#include "drivers/xen/xen_vif.h"
#include "util/error.h"
#include "util/list.h"

enum { VNC_BASE = 5900, RATE_INTERVAL = 50000, DEFAULT_USB_PORTS = 8 };

void
xen_libxl_bool(Json *object, const char *key, bool value)
{
    json_add_string(object, key, value ? "True" : "False");
}

static bool
refuse(const Domain *domain, GError **error, const char *what, const char *word)
{
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "domain '%s': libxl does not support %s '%s'", domain->name, what, word);
    return false;
}

/* ---- displays ---------------------------------------------------------------- */

static const char *
listen_of(const Graphics *g)
{
    const ListenAddress *first = list_len(g->listens) ? list_at(g->listens, 0) : NULL;

    return g->listen ? g->listen : first ? first->address : NULL;
}

/* VNC and SDL, which all kinds of guests have. */
static void
add_display(const Graphics *g, Json *object)
{
    Json *vnc = json_new_object(), *sdl = json_new_object();

    if (g->type != GRAPHICS_TYPE_SPICE) {
        xen_libxl_bool(vnc, "enable", g->type == GRAPHICS_TYPE_VNC);
        xen_libxl_bool(sdl, "enable", g->type == GRAPHICS_TYPE_SDL);
    }
    if (g->type == GRAPHICS_TYPE_VNC) {
        json_add_string(vnc, "listen", listen_of(g));
        json_add_string(vnc, "passwd", g->passwd);
        if (g->port > VNC_BASE)
            json_add_int64(vnc, "display", g->port - VNC_BASE);
        xen_libxl_bool(vnc, "findunused", false); /* the port is ours to choose */
        json_add_string(object, "keymap", g->keymap);
    } else if (g->type == GRAPHICS_TYPE_SDL) {
        json_add_string(sdl, "display", g->display);
        json_add_string(sdl, "xauthority", g->xauth);
    }
    json_add(object, "vnc", vnc);
    json_add(object, "sdl", sdl);
}

static Json *
make_spice(const Graphics *g)
{
    Json *spice = json_new_object();

    if (!g || g->type != GRAPHICS_TYPE_SPICE)
        return spice;
    xen_libxl_bool(spice, "enable", true);
    if (g->port > 0)
        json_add_int64(spice, "port", g->port);
    if (g->tls_port > 0)
        json_add_int64(spice, "tls_port", g->tls_port);
    json_add_string(spice, "host", listen_of(g));
    xen_libxl_bool(spice, "disable_ticketing", !g->passwd);
    json_add_string(spice, "passwd", g->passwd);
    if (g->mouse_mode)
        xen_libxl_bool(spice, "agent_mouse", g->mouse_mode == MOUSE_MODE_CLIENT);
    if (g->mouse_mode == MOUSE_MODE_CLIENT || g->copypaste == YESNO_YES)
        xen_libxl_bool(spice, "vdagent", true);
    if (g->copypaste)
        xen_libxl_bool(spice, "clipboard_sharing", g->copypaste == YESNO_YES);
    return spice;
}

static bool
add_card(const Domain *domain, Json *hvm, GError **error)
{
    static const struct { const char *model, *kind; } cards[] = {
        { "cirrus", "cirrus" }, { "vga", "std" }, { "vmvga", "std" }, { "xen", "std" }, { "qxl", "qxl" }, { "none", "none" },
    };
    const Video *video = list_len(domain->videos) ? list_at(domain->videos, 0) : NULL;
    const char *model = video ? video->model : "none";
    Json *vga;

    for (size_t i = 0; i < G_N_ELEMENTS(cards); i++) {
        if (strcmp(cards[i].model, model) != 0)
            continue;
        vga = json_new_object();
        json_add_string(vga, "kind", cards[i].kind);
        json_add(hvm, "vga", vga);
        return true;
    }
    return refuse(domain, error, "the graphics card", model);
}

bool
xen_libxl_emulated(const Domain *domain, Json *hvm, GError **error)
{
    static const Graphics none = { .type = GRAPHICS_TYPE_UNSET };
    const Graphics *g = list_len(domain->graphics) ? list_at(domain->graphics, 0) : NULL;
    g_autoptr(Json) list = json_new_array();
    g_autoptr(GString) sounds = g_string_new(NULL);

    add_display(g && g->type != GRAPHICS_TYPE_SPICE ? g : &none, hvm);
    if (!g)
        xen_libxl_bool(hvm, "nographic", true);
    json_add(hvm, "spice", make_spice(g));
    for (guint i = 0; i < list_len(domain->inputs); i++) {
        const Input *input = list_at(domain->inputs, i);

        if (input->bus == INPUT_BUS_USB)
            json_append_string(list, input_type_words[input->type]);
    }
    if (json_array_len(list) == 1)
        json_add_string(hvm, "usbdevice", json_string_value(json_array_at(list, 0)));
    else if (json_array_len(list) > 1)
        json_add(hvm, "usbdevice_list", g_steal_pointer(&list));
    for (guint i = 0; i < list_len(domain->sounds); i++)
        g_string_append_printf(sounds, "%s%s", i ? "," : "", ((const Sound *)list_at(domain->sounds, i))->model);
    json_add_string(hvm, "soundhw", sounds->len ? sounds->str : NULL);
    return add_card(domain, hvm, error);
}

/* ---- lists ------------------------------------------------------------------- */

/* Each appends its devices; a device may be left out. */
typedef bool MakeDevices(const Domain *domain, const XenLibxlContext *context, Json *list, GError **error);

static bool
make_disks(const Domain *domain, const XenLibxlContext *context G_GNUC_UNUSED, Json *list, GError **error)
{
    for (guint i = 0; i < list_len(domain->disks); i++) {
        const Disk *disk = list_at(domain->disks, i);
        const char *backend, *format;
        g_autofree char *path = NULL;
        bool cdrom = disk->device == DISK_DEVICE_CDROM;
        Json *entry;

        if (disk->device == DISK_DEVICE_LUN)
            return refuse(domain, error, "disks of device", "lun");
        if (!xen_disk_format(disk, &format, error) || !xen_disk_backend(disk, &backend, error) ||
            !xen_disk_path(disk, &path, error))
            return false;
        entry = json_new_object();
        json_append(list, entry);
        json_add_string(entry, "pdev_path", path);
        json_add_string(entry, "vdev", disk->target);
        json_add_string(entry, "backend", backend);
        json_add_string(entry, "backend_domname", disk->backend_domain);
        /* libxl wants it so for an empty drive. */
        json_add_string(entry, "format", cdrom && !path ? "empty" : format);
        json_add_int64(entry, "removable", 1);
        if (cdrom)
            json_add_int64(entry, "is_cdrom", 1);
        else if (!disk->readonly)
            json_add_int64(entry, "readwrite", 1);
        if (disk->discard)
            xen_libxl_bool(entry, "discard_enable", disk->discard == DISK_DISCARD_UNMAP);
    }
    return true;
}

static bool
bridge_of(const Domain *domain, const XenLibxlContext *context, const Interface *nic, char **ret_bridge, GError **error)
{
    switch (nic->type) {
    case INTERFACE_TYPE_BRIDGE:
        return xen_vif_bridge(nic, ret_bridge, error);
    case INTERFACE_TYPE_ETHERNET:
        return true;
    case INTERFACE_TYPE_NETWORK:
        if (!context->bridge)
            return refuse(domain, error, "without the network driver the network", nic->network);
        *ret_bridge = context->bridge(context->data, nic->network, error);
        return *ret_bridge != NULL;
    default:
        return refuse(domain, error, "interfaces of type", interface_type_words[nic->type]);
    }
}

static bool
make_nics(const Domain *domain, const XenLibxlContext *context, Json *list, GError **error)
{
    for (guint i = 0; i < list_len(domain->interfaces); i++) {
        const Interface *nic = list_at(domain->interfaces, i);
        const BandwidthRate *rate = nic->bandwidth ? nic->bandwidth->outbound : NULL;
        g_autofree char *bridge = NULL, *addresses = xen_vif_addresses(nic);
        bool emulated = xen_fill_guest(domain) == XEN_HVM && g_strcmp0(nic->model, "netfront") != 0;
        Json *entry;

        if (nic->type == INTERFACE_TYPE_HOSTDEV)
            continue;
        if (!bridge_of(domain, context, nic, &bridge, error))
            return false;
        entry = json_new_object();
        json_add_int64(entry, "devid", (int64_t)json_array_len(list));
        json_append(list, entry);
        if (nic->mtu)
            json_add_uint64(entry, "mtu", nic->mtu);
        json_add_string(entry, "model", nic->model);
        json_add_string(entry, "mac", nic->mac);
        json_add_string(entry, "ip", addresses);
        json_add_string(entry, "bridge", bridge);
        json_add_string(entry, "ifname", nic->target);
        json_add_string(entry, "script", xen_vif_script(nic));
        json_add_string(entry, "nictype", emulated ? "vif_ioemu" : "vif");
        json_add_string(entry, "backend_domname", nic->backend_domain);
        if (rate && rate->average) {
            json_add_uint64(entry, "rate_bytes_per_interval", rate->average * 1024 * RATE_INTERVAL / 1000000);
            json_add_uint64(entry, "rate_interval_usecs", RATE_INTERVAL);
        }
    }
    return true;
}

static void
add_pci(Json *list, const PciAddress *pci, bool permissive)
{
    const struct { const char *key; unsigned value; } parts[] = {
        { "func", pci->function }, { "dev", pci->slot }, { "bus", pci->bus }, { "domain", pci->domain },
    };
    Json *entry = json_new_object();

    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        if (parts[i].value)
            json_add_uint64(entry, parts[i].key, parts[i].value);
    if (permissive)
        json_add_bool(entry, "permissive", true);
    json_add_string(entry, "rdm_policy", "invalid");
    json_append(list, entry);
}

static bool
make_pcis(const Domain *domain, const XenLibxlContext *context G_GNUC_UNUSED, Json *list, GError **error)
{
    for (guint i = 0; i < list_len(domain->interfaces); i++) {
        const Interface *nic = list_at(domain->interfaces, i);

        if (nic->type != INTERFACE_TYPE_HOSTDEV)
            continue;
        if (!nic->hostdev_address || nic->hostdev_address->type != INTERFACE_ADDRESS_TYPE_PCI)
            return refuse(domain, error, "interfaces that are no PCI devices, as", nic->mac);
        add_pci(list, &nic->hostdev_address->pci, false);
    }
    for (guint i = 0; i < list_len(domain->hostdevs); i++) {
        const Hostdev *host = list_at(domain->hostdevs, i);

        if (host->mode > HOSTDEV_MODE_SUBSYSTEM || (host->type != HOSTDEV_TYPE_PCI && host->type != HOSTDEV_TYPE_USB))
            return refuse(domain, error, "devices of the host of type", hostdev_type_words[host->type]);
        if (host->type == HOSTDEV_TYPE_PCI)
            add_pci(list, &host->pci, host->write_filtering == YESNO_NO);
    }
    return true;
}

static bool
make_vfbs(const Domain *domain, const XenLibxlContext *context G_GNUC_UNUSED, Json *list, GError **error)
{
    for (guint i = 0; i < list_len(domain->graphics); i++) {
        const Graphics *g = list_at(domain->graphics, i);
        Json *entry;

        if (g->type != GRAPHICS_TYPE_VNC && g->type != GRAPHICS_TYPE_SDL &&
            (g->type != GRAPHICS_TYPE_SPICE || xen_fill_guest(domain) != XEN_HVM))
            return refuse(domain, error, "displays of type", graphics_type_words[g->type]);
        entry = json_new_object();
        json_add_int64(entry, "devid", -1);
        add_display(g, entry);
        json_append(list, entry);
    }
    return true;
}

static bool
make_vkbs(const Domain *domain, const XenLibxlContext *context G_GNUC_UNUSED, Json *list, GError **error G_GNUC_UNUSED)
{
    for (guint i = 0; i < list_len(domain->graphics); i++) {
        Json *entry = json_new_object();

        json_add_int64(entry, "devid", -1);
        json_append(list, entry);
    }
    return true;
}

static bool
make_channels(const Domain *domain, const XenLibxlContext *context G_GNUC_UNUSED, Json *list, GError **error)
{
    for (guint i = 0; i < list_len(domain->channels); i++) {
        const Channel *channel = list_at(domain->channels, i);
        bool socket = channel->source.type == CHAR_TYPE_UNIX;
        Json *entry, *connection;

        if (g_strcmp0(channel->target_type, "xen") != 0 || (!socket && channel->source.type != CHAR_TYPE_PTY))
            return refuse(domain, error, "a channel of type", char_type_words[channel->source.type]);
        entry = json_new_object();
        connection = json_new_object();
        json_add_uint64(entry, "devid", i);
        json_add_string(entry, "name", channel->target_name);
        json_add_string(connection, "path", socket ? channel->source.path : NULL);
        json_add(entry, socket ? "connection.socket" : "connection.pty", connection);
        json_append(list, entry);
    }
    return true;
}

static bool
make_usb_controllers(const Domain *domain, const XenLibxlContext *context G_GNUC_UNUSED, Json *list, GError **error)
{
    for (guint i = 0; i < list_len(domain->controllers); i++) {
        const Controller *controller = list_at(domain->controllers, i);
        bool qusb = controller->model && g_str_has_prefix(controller->model, "qusb");
        Json *entry;

        if (controller->type != CONTROLLER_TYPE_USB || !g_strcmp0(controller->model, "none"))
            continue;
        if (controller->model && !qusb)
            return refuse(domain, error, "USB controllers of model", controller->model);
        entry = json_new_object();
        if (qusb)
            json_add_string(entry, "type", "qusb");
        json_add_uint64(entry, "devid", controller->index);
        json_add_int64(entry, "version", qusb && controller->model[4] == '1' ? 1 : 2);
        json_add_uint64(entry, "ports", controller->has_ports ? controller->ports : DEFAULT_USB_PORTS);
        json_append(list, entry);
    }
    return true;
}

static bool
make_usb_devices(const Domain *domain, const XenLibxlContext *context G_GNUC_UNUSED, Json *list, GError **error)
{
    for (guint i = 0; i < list_len(domain->hostdevs); i++) {
        const Hostdev *host = list_at(domain->hostdevs, i);
        Json *entry, *device;

        if (host->type != HOSTDEV_TYPE_USB)
            continue;
        if (!host->has_bus || !host->has_device)
            return refuse(domain, error, "USB devices without bus and device, of", "vendor and product");
        entry = json_new_object();
        device = json_new_object();
        json_add_int64(entry, "ctrl", -1);
        json_add_uint64(device, "hostbus", host->bus);
        json_add_uint64(device, "hostaddr", host->device);
        json_add(entry, "type.hostdev", device);
        json_append(list, entry);
    }
    return true;
}

static bool
make_p9s(const Domain *domain, const XenLibxlContext *context G_GNUC_UNUSED, Json *list, GError **error)
{
    for (guint i = 0; i < list_len(domain->filesystems); i++) {
        const Filesystem *fs = list_at(domain->filesystems, i);
        Json *entry;

        if (fs->type != FILESYSTEM_TYPE_MOUNT)
            return refuse(domain, error, "file systems of type", filesystem_type_words[fs->type]);
        entry = json_new_object();
        json_add_string(entry, "tag", fs->target);
        json_add_string(entry, "path", fs->source_dir);
        json_add_string(entry, "security_model", "none");
        json_add_int64(entry, "devid", -1);
        json_append(list, entry);
    }
    return true;
}

bool
xen_libxl_devices(const Domain *domain, const XenLibxlContext *context, Json *config, GError **error)
{
    static const struct { const char *key; MakeDevices *make; } lists[] = {
        { "disks", make_disks }, { "nics", make_nics }, { "pcidevs", make_pcis }, { "vfbs", make_vfbs },
        { "vkbs", make_vkbs }, { "channels", make_channels }, { "usbctrls", make_usb_controllers },
        { "usbdevs", make_usb_devices }, { "p9s", make_p9s },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        g_autoptr(Json) list = json_new_array();

        if (!lists[i].make(domain, context, list, error))
            return false;
        if (json_array_len(list))
            json_add(config, lists[i].key, g_steal_pointer(&list));
    }
    return true;
}
