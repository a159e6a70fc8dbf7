/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* devices.c - rules of controllers, file systems, inputs, displays and host devices
 * that no single row can state. */
#define ERROR_FROM VIR_FROM_DOMAIN
#include "drivers/conf/device.h"
#include "drivers/conf/devices_gen.h"
#include "util/error.h"

#include <string.h>

/* Models by type of controller; a type without a row has none. */
static const struct { ControllerType type; const char *const models[16]; } controller_models[] = {
    { CONTROLLER_TYPE_IDE, { "piix3", "piix4", "ich6" } },
    { CONTROLLER_TYPE_SCSI, { "auto", "buslogic", "lsilogic", "lsisas1068", "vmpvscsi", "ibmvscsi", "virtio-scsi",
                              "lsisas1078", "virtio-transitional", "virtio-non-transitional", "ncr53c90", "dc390",
                              "am53c974" } },
    { CONTROLLER_TYPE_USB, { "piix3-uhci", "piix4-uhci", "ehci", "ich9-ehci1", "ich9-uhci1", "ich9-uhci2", "ich9-uhci3",
                             "vt82c686b-uhci", "pci-ohci", "nec-xhci", "qusb1", "qusb2", "qemu-xhci", "none" } },
    { CONTROLLER_TYPE_PCI, { "pci-root", "pcie-root", "pci-bridge", "dmi-to-pci-bridge", "pcie-to-pci-bridge",
                             "pcie-root-port", "pcie-switch-upstream-port", "pcie-switch-downstream-port",
                             "pci-expander-bus", "pcie-expander-bus" } },
    { CONTROLLER_TYPE_VIRTIO_SERIAL, { "virtio", "virtio-transitional", "virtio-non-transitional" } },
};

static bool
check_controller_model(const Controller *controller, GError **error)
{
    if (!controller->model)
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(controller_models); i++)
        if (controller_models[i].type == controller->type && g_strv_contains(controller_models[i].models, controller->model))
            return true;
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Unknown model type '%s' of a controller of type '%s'", controller->model,
              controller_type_words[controller->type]);
    return false;
}

static bool
check_expander(const Controller *controller, GError **error)
{
    enum { BUS_MAX = 254 };

    if (!controller->has_bus_nr || (controller->bus_nr >= 1 && controller->bus_nr <= BUS_MAX))
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "PCI controller busNr '%u' out of range - must be 1-%d", controller->bus_nr, BUS_MAX);
    return false;
}

bool
devices_controller_check(void *obj, unsigned flags, GError **error)
{
    const Controller *controller = obj;

    if (!check_controller_model(controller, error) || !check_expander(controller, error))
        return false;
    if (controller->type == CONTROLLER_TYPE_PCI && !controller->model) {
        error_set(error, VIR_ERR_XML_ERROR, "a controller of type 'pci' needs a model");
        return false;
    }

    if (controller->has_chassis_nr && (controller->chassis_nr < 1 || controller->chassis_nr > 255)) {
        error_set(error, VIR_ERR_XML_ERROR, "controller '%s': chassisNr %u is not between 1 and 255",
                  controller_type_words[controller->type], controller->chassis_nr);
        return false;
    }
    if ((controller->has_chassis && controller->chassis > 255) || (controller->has_port && controller->port > 255)) {
        error_set(error, VIR_ERR_XML_ERROR, "controller '%s': chassis and port must not exceed 255",
                  controller_type_words[controller->type]);
        return false;
    }
    return true;
}

/* Each type is told by its own attribute of <source>. */
static bool
check_filesystem_source(const Filesystem *fs, GError **error)
{
    const char *source = fs->type == FILESYSTEM_TYPE_FILE ? fs->source_file : fs->type == FILESYSTEM_TYPE_BLOCK ? fs->source_dev :
                         fs->type == FILESYSTEM_TYPE_TEMPLATE ? fs->source_name : fs->source_dir ? fs->source_dir : fs->socket;

    if (fs->type == FILESYSTEM_TYPE_RAM) {
        if (fs->usage)
            return true;
        error_set(error, VIR_ERR_XML_ERROR, "missing 'usage' attribute for RAM filesystem");
        return false;
    }
    if (fs->type == FILESYSTEM_TYPE_VOLUME) {
        if (fs->pool && fs->volume)
            return true;
        error_set(error, VIR_ERR_XML_ERROR, "'pool' and 'volume' must be specified together for 'pool' type source");
        return false;
    }
    if (source)
        return true;
    error_set(error, VIR_ERR_NO_SOURCE, "%s", fs->target ? fs->target : "<filesystem> without a <target>");
    return false;
}

bool
devices_filesystem_check(void *obj, unsigned flags, GError **error)
{
    Filesystem *fs = obj;

    if (fs->type == FILESYSTEM_TYPE_UNSET)
        fs->type = FILESYSTEM_TYPE_MOUNT;
    if (fs->accessmode == ACCESS_MODE_UNSET)
        fs->accessmode = ACCESS_MODE_PASSTHROUGH;
    /* The size of a file system in memory is kept in KiB; 'units' is its own kind of 'unit'. */
    if (fs->usage) {
        uint64_t bytes;

        if (!xml_scale(fs->usage, fs->units, 1024, &bytes)) {
            error_set(error, VIR_ERR_XML_ERROR, "<source usage='%" G_GUINT64_FORMAT "' units='%s'> of <filesystem> is no "
                      "size", fs->usage, fs->units ? fs->units : "");
            return false;
        }
        fs->usage = bytes / 1024 + !!(bytes % 1024);
        g_free(fs->units);
        fs->units = g_strdup("KiB");
    }
    if (!check_filesystem_source(fs, error))
        return false;
    if (!fs->target) {
        error_set(error, VIR_ERR_NO_TARGET, "%s", fs->source_dir ? fs->source_dir : "<filesystem> without a <source>");
        return false;
    }
    return true;
}

bool
devices_input_check(void *obj, unsigned flags, GError **error)
{
    const Input *input = obj;

    if (input->type == INPUT_TYPE_EVDEV && !input->dev) {
        error_set(error, VIR_ERR_XML_ERROR, "<input type='evdev'> needs a <source dev='...'/>");
        return false;
    }
    if (input->bus == INPUT_BUS_PS2 && input->type != INPUT_TYPE_MOUSE && input->type != INPUT_TYPE_KEYBOARD) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "ps2 bus does not support %s input device", input_type_words[input->type]);
        return false;
    }
    if (input->bus == INPUT_BUS_XEN && input->type != INPUT_TYPE_MOUSE && input->type != INPUT_TYPE_KEYBOARD) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "xen bus does not support %s input device", input_type_words[input->type]);
        return false;
    }
    if (input->type == INPUT_TYPE_PASSTHROUGH && input->bus != INPUT_BUS_UNSET && input->bus != INPUT_BUS_VIRTIO) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "only bus 'virtio' is supported for 'passthrough' input devices");
        return false;
    }
    if (input->model && input->bus != INPUT_BUS_UNSET && input->bus != INPUT_BUS_VIRTIO) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "only bus 'virtio' is supported for input model '%s', not '%s'",
                  input->model, input_bus_words[input->bus]);
        return false;
    }
    if (input->type == INPUT_TYPE_PASSTHROUGH && !input->evdev) {
        error_set(error, VIR_ERR_XML_ERROR, "<input type='passthrough'> needs a <source evdev='...'/>");
        return false;
    }
    return true;
}

static ListenAddress *
add_listen(Graphics *graphics, ListenType type)
{
    ListenAddress *listen = xml_new(&listen_address_xml);

    listen->type = type;
    if (!graphics->listens)
        graphics->listens = g_ptr_array_new();
    g_ptr_array_insert(graphics->listens, 0, listen);
    return listen;
}

/* 'listen' and 'socket' on the element say the same as the first <listen>: keep
 * both in step, and have at least one for displays that listen at all. */
static bool
settle_listens(Graphics *graphics, GError **error)
{
    ListenAddress *first = graphics->listens ? graphics->listens->pdata[0] : NULL;

    if (graphics->socket && first && first->type != LISTEN_TYPE_SOCKET) {
        listen_address_free(g_ptr_array_remove_index(graphics->listens, 0));
        first = NULL;
    }
    if (graphics->socket && !first) {
        first = add_listen(graphics, LISTEN_TYPE_SOCKET);
        first->socket = g_strdup(graphics->socket);
    }
    if (!first) {
        first = add_listen(graphics, LISTEN_TYPE_ADDRESS);
        first->address = g_strdup(graphics->listen);
    }
    if (first->type == LISTEN_TYPE_ADDRESS) {
        if (!first->address && graphics->listen)
            first->address = g_strdup(graphics->listen);
        if (graphics->listen && strcmp(graphics->listen, first->address)) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                      "graphics 'listen' attribute '%s' must match 'address' attribute of first listen element (found '%s')",
                      graphics->listen, first->address);
            return false;
        }
        if (!graphics->listen)
            graphics->listen = g_strdup(first->address);
    }
    if (first->type == LISTEN_TYPE_SOCKET && first->socket && !graphics->socket)
        graphics->socket = g_strdup(first->socket);
    return true;
}

static bool
check_vnc(Graphics *graphics, unsigned flags, GError **error)
{
    const ListenAddress *first = graphics->listens ? graphics->listens->pdata[0] : NULL;

    /* A display on a socket or nowhere has no port. */
    if (graphics->socket || (first && (first->type == LISTEN_TYPE_SOCKET || first->type == LISTEN_TYPE_NONE)))
        return true;
    if (graphics->port == -1 && graphics->autoport == YESNO_NO)
        graphics->port = 0;
    if (graphics->port == -1 || (graphics->port == 0 && graphics->autoport != YESNO_NO))
        graphics->autoport = YESNO_YES;
    else if (graphics->autoport == YESNO_UNSET)
        graphics->autoport = YESNO_NO;
    if (graphics->autoport == YESNO_YES && (graphics->port == 0 || flags & XML_PARSE_INACTIVE))
        graphics->port = -1;
    return true;
}

/* Without a port and without one to be chosen, SPICE is reached through other means only. */
static void
settle_spice(Graphics *graphics, unsigned flags)
{
    /* Ports of a run are not those of the next. */
    if (graphics->autoport == YESNO_YES && flags & XML_PARSE_INACTIVE)
        graphics->port = graphics->tls_port = 0;
    else if (graphics->port && graphics->autoport == YESNO_UNSET)
        graphics->autoport = YESNO_NO;
    if (graphics->port || graphics->tls_port || graphics->autoport == YESNO_YES)
        return;
    graphics->autoport = YESNO_UNSET;
    if (!graphics->listens && !graphics->listen)
        add_listen(graphics, LISTEN_TYPE_NONE);
}

bool
devices_graphics_check(void *obj, unsigned flags, GError **error)
{
    Graphics *graphics = obj;

    switch (graphics->type) {
    case GRAPHICS_TYPE_VNC:
        return check_vnc(graphics, flags, error) && settle_listens(graphics, error);
    case GRAPHICS_TYPE_SPICE:
        settle_spice(graphics, flags);
        return settle_listens(graphics, error);
    case GRAPHICS_TYPE_RDP:
        return settle_listens(graphics, error);
    default:
        return true;
    }
}

bool
devices_listen_check(void *obj, unsigned flags, GError **error)
{
    const ListenAddress *listen = obj;

    const struct { const char *name, *value; ListenType type; } own[] = {
        { "socket", listen->socket, LISTEN_TYPE_SOCKET }, { "network", listen->network, LISTEN_TYPE_NETWORK },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(own); i++)
        if (own[i].value && listen->type != own[i].type) {
            error_set(error, VIR_ERR_XML_ERROR, "'%s' attribute is valid only for listen type '%s'", own[i].name,
                      listen_type_words[own[i].type]);
            return false;
        }
    if (listen->type != LISTEN_TYPE_NETWORK || listen->network)
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "'network' attribute is required for listen type 'network'");
    return false;
}

/* A card of its own format needs somebody who converts. */
bool
devices_audio_stream_check(void *obj, unsigned flags, GError **error)
{
    const AudioStream *stream = obj;

    if (stream->settings && stream->fixed_settings != YESNO_YES) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "audio settings specified without fixed settings flag");
        return false;
    }
    if (stream->fixed_settings != YESNO_YES || stream->mixing_engine == YESNO_YES)
        return true;
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "fixed audio settings requires mixing engine");
    return false;
}

bool
devices_video_check(void *obj, unsigned flags, GError **error)
{
    const Video *video = obj;

    if (!g_strcmp0(video->driver_name, "vhostuser") && g_strcmp0(video->model, "virtio")) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "'vhostuser' driver is only supported with 'virtio' device");
        return false;
    }
    if (video->has_ram && g_strcmp0(video->model, "qxl")) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "ram attribute only supported for video type qxl");
        return false;
    }
    return true;
}

/* Address types an assigned device of each mediated model may have. */
static bool
check_mdev(const Hostdev *hostdev, GError **error)
{
    static const AddressType fits[HOSTDEV_MODEL_LAST] = {
        [HOSTDEV_MODEL_VFIO_PCI] = ADDRESS_TYPE_PCI,
        [HOSTDEV_MODEL_VFIO_CCW] = ADDRESS_TYPE_CCW,
    };
    static const uint8_t no_uuid[16];
    const Address *address = hostdev->info.address;

    if (!memcmp(hostdev->mdev_uuid, no_uuid, sizeof(no_uuid))) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Missing 'uuid' attribute for element <address>");
        return false;
    }
    if (hostdev->model == HOSTDEV_MODEL_UNSET) {
        error_set(error, VIR_ERR_XML_ERROR, "Missing 'model' attribute in mediated device's <hostdev> element");
        return false;
    }
    if (address && address->type != ADDRESS_TYPE_UNSET && address->type != ADDRESS_TYPE_UNASSIGNED &&
        address->type != fits[hostdev->model]) {
        error_set(error, VIR_ERR_XML_ERROR, "Unsupported address type '%s' with mediated device model '%s'",
                  address_type_words[address->type], hostdev_model_words[hostdev->model]);
        return false;
    }
    return true;
}

/* What only some kinds of host device have. */
static bool
check_hostdev_options(const Hostdev *hostdev, GError **error)
{
    HostdevType type = hostdev->type;
    bool pci = type == HOSTDEV_TYPE_PCI, usb = type == HOSTDEV_TYPE_USB, scsi = type == HOSTDEV_TYPE_SCSI;
    bool mdev = type == HOSTDEV_TYPE_MDEV;
    const struct { const char *name; bool there, fits; } options[] = {
        { "rawio", hostdev->rawio != YESNO_UNSET, scsi },
        { "model", hostdev->model != HOSTDEV_MODEL_UNSET, mdev || type == HOSTDEV_TYPE_SCSI_HOST },
        { "startupPolicy", hostdev->startup_policy != STARTUP_UNSET, usb },
        { "guestReset", hostdev->guest_reset != GUEST_RESET_UNSET, usb },
        { "display", hostdev->display != ONOFF_UNSET, mdev || pci },
        { "ramfb", hostdev->ramfb != ONOFF_UNSET, mdev || pci },
        { "writeFiltering", hostdev->write_filtering != YESNO_UNSET, pci },
    };

    for (size_t i = 0; hostdev->mode == HOSTDEV_MODE_SUBSYSTEM && i < G_N_ELEMENTS(options); i++) {
        if (!options[i].there || options[i].fits)
            continue;
        error_set(error, VIR_ERR_XML_ERROR, "'%s' is not supported for a host device of type '%s'", options[i].name,
                  hostdev_type_words[type]);
        return false;
    }
    return true;
}

static bool
check_hostdev_source(const Hostdev *hostdev, GError **error)
{
    bool container = hostdev->type == HOSTDEV_TYPE_STORAGE || hostdev->type == HOSTDEV_TYPE_MISC ||
                     hostdev->type == HOSTDEV_TYPE_NET;

    if (container != (hostdev->mode == HOSTDEV_MODE_CAPABILITIES)) {
        error_set(error, VIR_ERR_XML_ERROR, "a host device of mode '%s' cannot be of type '%s'",
                  hostdev_mode_words[hostdev->mode], hostdev_type_words[hostdev->type]);
        return false;
    }
    if (hostdev->mode != HOSTDEV_MODE_SUBSYSTEM)
        return true;
    if (hostdev->type == HOSTDEV_TYPE_SCSI && hostdev->protocol != SCSI_PROTOCOL_ISCSI && !hostdev->adapter) {
        error_set(error, VIR_ERR_XML_ERROR, "'adapter' name must be specified for scsi hostdev source");
        return false;
    }
    if (hostdev->type == HOSTDEV_TYPE_SCSI && hostdev->protocol != SCSI_PROTOCOL_ISCSI &&
        (!hostdev->has_bus || !hostdev->has_target || !hostdev->has_unit)) {
        error_set(error, VIR_ERR_XML_ERROR, "a SCSI host device of an adapter needs an <address> with bus, target and unit");
        return false;
    }
    if (hostdev->type == HOSTDEV_TYPE_SCSI && hostdev->protocol == SCSI_PROTOCOL_ISCSI && !hostdev->iscsi_name) {
        error_set(error, VIR_ERR_XML_ERROR, "an iSCSI host device needs the name of its target in <source>");
        return false;
    }
    if (hostdev->type == HOSTDEV_TYPE_SCSI && hostdev->protocol == SCSI_PROTOCOL_ISCSI &&
        (!hostdev->hosts || !((IscsiHost *)hostdev->hosts->pdata[0])->name)) {
        error_set(error, VIR_ERR_XML_ERROR, "an iSCSI host device needs the <host name='...'/> of its server");
        return false;
    }
    if (hostdev->type == HOSTDEV_TYPE_USB && !hostdev->vendor != !hostdev->product) {
        error_set(error, VIR_ERR_XML_ERROR, "a USB host device with <vendor> needs <product>, and the other way round");
        return false;
    }
    if (hostdev->type == HOSTDEV_TYPE_USB && hostdev->has_bus != (hostdev->has_device || hostdev->usb_port)) {
        error_set(error, VIR_ERR_XML_ERROR, "the <address> of a USB host device needs both 'bus' and 'device'");
        return false;
    }
    if (hostdev->type == HOSTDEV_TYPE_USB && !hostdev->vendor && !hostdev->product && !hostdev->has_bus &&
        !hostdev->usb_port) {
        error_set(error, VIR_ERR_XML_ERROR, "a USB host device is named by <vendor> and <product>, or by <address>");
        return false;
    }
    if (hostdev->type == HOSTDEV_TYPE_SCSI_HOST &&
        (hostdev->protocol != SCSI_PROTOCOL_VHOST || !hostdev->wwpn ||
         !g_regex_match_simple("^naa\\.[0-9a-fA-F]{16}$", hostdev->wwpn, 0, 0))) {
        error_set(error, VIR_ERR_XML_ERROR, "a host device of type 'scsi_host' needs a <source protocol='vhost' "
                  "wwpn='naa....'/>");
        return false;
    }
    return true;
}

bool
devices_hostdev_check(void *obj, unsigned flags, GError **error)
{
    Hostdev *hostdev = obj;

    if (hostdev->mode == HOSTDEV_MODE_UNSET)
        hostdev->mode = HOSTDEV_MODE_SUBSYSTEM;
    if (hostdev->managed == YESNO_UNSET && hostdev->mode == HOSTDEV_MODE_SUBSYSTEM)
        hostdev->managed = YESNO_NO;
    if (hostdev->sgio != DISK_SGIO_UNSET && hostdev->type != HOSTDEV_TYPE_SCSI) {
        error_set(error, VIR_ERR_XML_ERROR, "sgio is only supported for scsi host device");
        return false;
    }
    return check_hostdev_options(hostdev, error) && check_hostdev_source(hostdev, error) &&
           (hostdev->type != HOSTDEV_TYPE_MDEV || check_mdev(hostdev, error));
}

bool
devices_smartcard_check(void *obj, unsigned flags, GError **error)
{
    const Smartcard *smartcard = obj;

    if (smartcard->mode == SMARTCARD_MODE_HOST_CERTIFICATES &&
        (!smartcard->certificates || smartcard->certificates->len != 3)) {
        error_set(error, VIR_ERR_XML_ERROR, "host-certificates mode needs exactly three certificates");
        return false;
    }
    if (smartcard->database && smartcard->database[0] != '/') {
        error_set(error, VIR_ERR_XML_ERROR, "<database> of a smartcard: expecting absolute path: %s", smartcard->database);
        return false;
    }
    if (smartcard->mode == SMARTCARD_MODE_PASSTHROUGH && smartcard->source.type == CHAR_TYPE_UNSET) {
        error_set(error, VIR_ERR_XML_ERROR, "passthrough mode requires a character device type attribute");
        return false;
    }
    return smartcard->mode != SMARTCARD_MODE_PASSTHROUGH || device_char_needs_path(&smartcard->source, error);
}

bool
devices_redirdev_check(void *obj, unsigned flags, GError **error)
{
    const RedirDev *redirdev = obj;

    if (redirdev->source.type == CHAR_TYPE_UNSET) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "missing type in redirdev");
        return false;
    }
    return device_char_needs_path(&redirdev->source, error);
}

bool
devices_serial_check(void *obj, unsigned flags, GError **error)
{
    return device_char_needs_path(&((Serial *)obj)->source, error);
}

bool
devices_parallel_check(void *obj, unsigned flags, GError **error)
{
    return device_char_needs_path(&((Parallel *)obj)->source, error);
}

bool
devices_rng_check(void *obj, unsigned flags, GError **error)
{
    const Rng *rng = obj;

    if (rng->backend == RNG_MODEL_EGD && rng->source.type == CHAR_TYPE_UNSET) {
        error_set(error, VIR_ERR_XML_ERROR, "missing EGD backend type: <backend model='egd'> needs a 'type'");
        return false;
    }
    if (rng->rate_period && !rng->rate_bytes) {
        error_set(error, VIR_ERR_XML_ERROR, "invalid RNG rate bytes value: <rate> needs 'bytes'");
        return false;
    }

    return rng->backend != RNG_MODEL_EGD || device_char_needs_path(&rng->source, error);
}

bool
devices_shmem_check(void *obj, unsigned flags, GError **error)
{
    const Shmem *shmem = obj;

    if (strchr(shmem->name, '/') || !strcmp(shmem->name, ".") || !strcmp(shmem->name, "..")) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "shmem name '%s' cannot include '/' character, nor be '.' or '..'",
                  shmem->name);
        return false;
    }
    if (shmem->size && (shmem->size < 1 << 20 || shmem->size & (shmem->size - 1))) {
        error_set(error, VIR_ERR_XML_ERROR, "shmem size must be a power of 2 and at least 1 MiB (1024 KiB)");
        return false;
    }
    if (shmem->msi && !shmem->server) {
        error_set(error, VIR_ERR_XML_ERROR, "msi option is only supported with a server");
        return false;
    }
    return true;
}

bool
devices_tpm_check(void *obj, unsigned flags, GError **error)
{
    const Tpm *tpm = obj;

    if (tpm->type == TPM_BACKEND_EXTERNAL && !tpm->socket.path) {
        error_set(error, VIR_ERR_XML_ERROR, "an external TPM needs a <source type='unix' mode='connect' path='...'/>");
        return false;
    }
    if (tpm->type == TPM_BACKEND_UNSET) {
        error_set(error, VIR_ERR_XML_ERROR, "missing TPM device backend");
        return false;
    }
    return true;
}
