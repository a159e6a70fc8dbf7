/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* command.c - from a whole definition to QEMU's command line: order, addresses, helpers */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/command/command.h"

#include <string.h>

#include "drivers/qemu/fill/board.h"
#include "util/error.h"

static void
clear_part(void *data)
{
    CommandPart *part = data;

    g_free(part->text);
    json_unref(part->json);
}

GArray *
command_parts_new(void)
{
    GArray *parts = g_array_new(FALSE, TRUE, sizeof(CommandPart));

    g_array_set_clear_func(parts, clear_part);
    return parts;
}

void
command_add(Command *command, const char *option, const char *value)
{
    if (command->parts) {
        CommandPart part = { .option = option, .text = g_strdup(value) };

        g_array_append_val(command->parts, part);
        return;
    }
    g_ptr_array_add(command->argv, g_strdup(option));
    if (value)
        g_ptr_array_add(command->argv, g_strdup(value));
}

void
command_addf(Command *command, const char *option, const char *format, ...)
{
    g_autofree char *value = NULL;
    va_list args;

    va_start(args, format);
    value = g_strdup_vprintf(format, args);
    va_end(args);
    command_add(command, option, value);
}

void
command_add_json(Command *command, const char *option, Json *owned)
{
    g_autoptr(Json) json = owned;
    g_autofree char *text = NULL;

    if (command->parts) {
        CommandPart part = { .option = option, .json = g_steal_pointer(&json) };

        g_array_append_val(command->parts, part);
        return;
    }
    text = json_format(json, false);
    command_add(command, option, text);
}

/* Properties as a list "key=value,...", nested ones with dots. */
void
command_flatten(GString *text, const char *prefix, Json *json)
{
    json_object_object_foreach(json, key, value)
    {
        g_autofree char *name = g_strconcat(prefix, key, NULL);
        g_autofree char *inner = g_strconcat(name, ".", NULL);
        g_autofree char *plain = NULL;

        switch (json_object_get_type(value)) {
        case json_type_object:
            command_flatten(text, inner, value);
            break;
        case json_type_array:
            for (size_t i = 0; i < json_array_len(value); i++) {
                g_autofree char *at = g_strdup_printf("%s%zu.", inner, i);

                command_flatten(text, at, json_array_at(value, i));
            }
            break;
        case json_type_boolean:
            g_string_append_printf(text, ",%s=%s", name, json_object_get_boolean(value) ? "on" : "off");
            break;
        default:
            plain = command_escape(json_object_get_string(value));
            g_string_append_printf(text, ",%s=%s", name, plain);
        }
    }
}

void
command_add_props(Command *command, const char *option, const char *flag, const char *first, Json *owned)
{
    g_autoptr(Json) json = owned;
    g_autoptr(GString) text = NULL;

    if (command->parts || qemu_caps_flag(command->caps, flag)) {
        command_add_json(command, option, g_steal_pointer(&json));
        return;
    }
    text = g_string_new(json_opt_string(json, first, ""));
    json_object_object_del(json, first);
    command_flatten(text, "", json);
    command_add(command, option, text->str);
}

void
command_add_device(Command *command, const DeviceInfo *info, Json *device)
{
    for (size_t i = 0; i < list_len(command->def->qemu_overrides); i++) {
        const QemuOverride *o = list_at(command->def->qemu_overrides, i);

        if (!info || g_strcmp0(o->device_alias, info->alias) != 0)
            continue;
        for (size_t p = 0; p < list_len(o->properties); p++) {
            const QemuProperty *property = list_at(o->properties, p);

            json_object_object_del(device, property->name);
            if (property->type == QEMU_VALUE_TYPE_STRING)
                json_add_string(device, property->name, property->value);
            else if (property->type == QEMU_VALUE_TYPE_UNSIGNED && property->value)
                json_add_uint64(device, property->name, g_ascii_strtoull(property->value, NULL, 0));
            else if (property->type == QEMU_VALUE_TYPE_SIGNED && property->value)
                json_add_int64(device, property->name, g_ascii_strtoll(property->value, NULL, 0));
            else if (property->type == QEMU_VALUE_TYPE_BOOL)
                json_add_bool(device, property->name, !g_strcmp0(property->value, "true"));
        }
    }
    command_add_props(command, "-device", "device.json+hotplug", "driver", device);
}

char *
command_escape(const char *value)
{
    g_auto(GStrv) parts = g_strsplit(value ? value : "", ",", -1);

    return g_strjoinv(",,", parts);
}

Json *
command_new(const char *driver)
{
    Json *device = json_new_object();

    json_add_string(device, "driver", driver);
    return device;
}

void
command_onoff(Json *device, const char *key, Onoff value)
{
    if (value != ONOFF_UNSET)
        json_add_bool(device, key, value == ONOFF_ON);
}

void
command_iothread_map(Json *device, const GPtrArray *iothreads)
{
    Json *map;

    if (!list_len(iothreads))
        return;
    map = json_new_array();
    for (size_t i = 0; i < list_len(iothreads); i++) {
        const IoThreadMap *t = list_at(iothreads, i);
        g_autofree char *id = g_strdup_printf("iothread%u", t->id);
        Json *entry = json_new_object();

        json_add_string(entry, "iothread", id);
        if (list_len(t->queues)) {
            Json *queues = json_new_array();

            for (size_t q = 0; q < list_len(t->queues); q++)
                json_append(queues, json_object_new_int64(((Queue *)list_at(t->queues, q))->id));
            json_add(entry, "vqs", queues);
        }
        json_append(map, entry);
    }
    json_add(device, "iothread-vq-mapping", map);
}

void
command_virtio(Json *device, Onoff iommu, Onoff ats, Onoff packed, Onoff page_per_vq)
{
    command_onoff(device, "iommu_platform", iommu);
    command_onoff(device, "ats", ats);
    command_onoff(device, "packed", packed);
    command_onoff(device, "page-per-vq", page_per_vq);
}

char *
command_virtio_driver(const char *stem, const char *model, const DeviceInfo *info)
{
    AddressType type = info->address ? info->address->type : ADDRESS_TYPE_UNSET;
    const char *suffix = "";

    if (type == ADDRESS_TYPE_CCW)
        return g_strdup_printf("%s-ccw", stem);
    if (type == ADDRESS_TYPE_VIRTIO_MMIO)
        return g_strdup_printf("%s-device", stem);

    if (model && g_str_has_suffix(model, "virtio-non-transitional"))
        suffix = "-non-transitional";
    else if (model && g_str_has_suffix(model, "virtio-transitional"))
        suffix = "-transitional";
    return g_strdup_printf("%s-pci%s", stem, suffix);
}

/* QEMU's name of a PCI bus.  Those of the machine have their own names, whatever the controller is called. */
static char *
pci_bus(const Domain *def, const Controller *c)
{
    bool host_bridge = c->pci_model_name && g_str_equal(c->pci_model_name, "spapr-pci-host-bridge");

    if (c->index > 0)
        return host_bridge ? g_strdup_printf("%s.0", c->info.alias) : g_strdup(c->info.alias);
    if (!g_strcmp0(c->model, "pcie-root"))
        return g_strdup("pcie.0");
    return g_strdup(board_of(def)->flags & BOARD_PLAIN_PCI ? "pci" : "pci.0");
}

/* A PCI device of an s390x guest is made known to it by one more, which comes first. */
static void
add_zpci(Command *command, const PciAddress *a, const char *target)
{
    g_autofree char *id = g_strdup_printf("zpci%u", a->zpci_uid);
    Json *device = command_new("zpci");

    json_add_uint64(device, "uid", a->zpci_uid);
    json_add_uint64(device, "fid", a->zpci_fid);
    json_add_string(device, "target", target);
    json_add_string(device, "id", id);
    command_add_json(command, "-device", device);
}

/* Memory has such numbers in its definition, but firmware finds it without. */
static bool
is_memory(const Domain *def, const DeviceInfo *info)
{
    for (size_t i = 0; i < list_len(def->memory_devices); i++)
        if (info == &((const MemoryDevice *)list_at(def->memory_devices, i))->info)
            return true;
    return false;
}

static bool
pci_address(Command *command, Json *device, const DeviceInfo *info, const PciAddress *a, GError **error)
{
    const Controller *c = device_controller(command->def, CONTROLLER_TYPE_PCI, a->bus);
    g_autofree char *addr = NULL;
    g_autofree char *bus = NULL;

    if (!c) {
        error_set(error, VIR_ERR_INTERNAL_ERROR,
                  "Could not find PCI controller with index %u required for device at address %04x:%02x:%02x.%x", a->bus, a->domain, a->bus, a->slot, a->function);
        return false;
    }
    if (a->has_zpci_uid && a->has_zpci_fid && !is_memory(command->def, info))
        add_zpci(command, a, info->alias);
    bus = pci_bus(command->def, c);
    json_add_string(device, "bus", bus);
    command_onoff(device, "multifunction", a->multifunction);
    addr = a->function ? g_strdup_printf("0x%x.0x%x", a->slot, a->function) : g_strdup_printf("0x%x", a->slot);
    json_add_string(device, "addr", addr);
    return true;
}

bool
command_address(Command *command, Json *device, const DeviceInfo *info, GError **error)
{
    const Address *a = info->address;
    g_autofree char *bus = NULL;

    if (info->acpi_index)
        json_add_uint64(device, "acpi-index", info->acpi_index);
    if (!a)
        return true;
    switch (a->type) {
    case ADDRESS_TYPE_PCI:
        if (!pci_address(command, device, info, &a->pci, error))
            return false;
        break;
    case ADDRESS_TYPE_USB: {
        const Controller *c = device_controller(command->def, CONTROLLER_TYPE_USB, a->bus);

        bus = g_strdup_printf("%s.0", c ? c->info.alias : "usb");
        json_add_string(device, "bus", bus);
        json_add_string(device, "port", a->usb_port);
        break;
    }
    case ADDRESS_TYPE_CCID: {
        const Controller *c = device_controller(command->def, CONTROLLER_TYPE_CCID, a->controller);

        bus = c ? g_strdup_printf("%s.0", c->info.alias) : g_strdup_printf("ccid%u.0", a->controller);
        json_add_string(device, "bus", bus);
        break;
    }
    case ADDRESS_TYPE_ISA:
        if (a->has_iobase)
            json_add_uint64(device, "iobase", a->iobase);
        if (a->has_irq)
            json_add_uint64(device, "irq", a->irq);
        break;
    case ADDRESS_TYPE_SPAPR_VIO:
        if (a->has_reg)
            json_add_uint64(device, "reg", a->reg);
        break;
    case ADDRESS_TYPE_CCW:
        bus = g_strdup_printf("%x.%x.%04x", a->cssid, a->ssid, a->devno);
        json_add_string(device, "devno", bus);
        break;
    case ADDRESS_TYPE_DIMM:
        json_add_uint64(device, "slot", a->slot);
        if (a->base)
            json_add_uint64(device, "addr", a->base);
        break;
    default:
        break;
    }
    if (info->rom_enabled == YESNO_NO) {
        json_add_string(device, "romfile", "");
    } else {
        if (info->rom_bar != ONOFF_UNSET)
            json_add_uint64(device, "rombar", info->rom_bar == ONOFF_ON);
        json_add_string(device, "romfile", info->rom_file);
    }
    return true;
}

bool
command_place_device(Command *command, Json *owned, const DeviceInfo *info, GError **error)
{
    g_autoptr(Json) device = owned;

    if (!command_address(command, device, info, error))
        return false;
    if (info->loadparm && qemu_caps_flag(command->caps, "virtio-ccw.loadparm"))
        json_add_string(device, "loadparm", info->loadparm);
    command_add_device(command, info, g_steal_pointer(&device));
    return true;
}

/* Boot order of a device: its own, or by <boot dev=...> for the first disk of a kind and every network card. */
unsigned
command_boot_index(const Command *command, DeviceKind kind, const void *device, const DeviceInfo *info)
{
    const Domain *def = command->def;
    const Disk *self = kind == DEVICE_DISK ? device : NULL;
    unsigned order = 0;

    if (info->boot_order)
        return info->boot_order;
    for (size_t b = 0; b < list_len(def->boot_devices); b++) {
        const BootDevice *boot = list_at(def->boot_devices, b);

        order++;
        if (boot->dev == BOOT_DEVICE_TYPE_NETWORK) {
            for (size_t i = 0; kind == DEVICE_INTERFACE && i < list_len(def->interfaces); i++)
                if (list_at(def->interfaces, i) == device)
                    return i == 0 ? order : 0;
            continue;
        }
        for (size_t i = 0; i < list_len(def->disks); i++) {
            const Disk *d = list_at(def->disks, i);
            bool fits = (boot->dev == BOOT_DEVICE_TYPE_HD && (d->device == DISK_DEVICE_DISK || d->device == DISK_DEVICE_LUN)) ||
                        (boot->dev == BOOT_DEVICE_TYPE_CDROM && d->device == DISK_DEVICE_CDROM) ||
                        (boot->dev == BOOT_DEVICE_TYPE_FD && d->device == DISK_DEVICE_FLOPPY);

            if (!fits)
                continue;
            if (d == self)
                return order;
            break;
        }
    }
    return 0;
}

static void
add_env(Command *command, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
add_env(Command *command, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(command->env, g_strdup_vprintf(format, args));
    va_end(args);
}

static void
build_env(Command *command)
{
    /* Where a PipeWire server may be. */
    static const char *const sockets[] = { "PIPEWIRE_RUNTIME_DIR", "XDG_RUNTIME_DIR" };

    add_env(command, "LC_ALL=C");
    for (size_t i = 0; command->base_env && command->base_env[i]; i++)
        g_ptr_array_add(command->env, g_strdup(command->base_env[i]));
    if (command->conf->privileged) {
        add_env(command, "HOME=%s", command->dir);
        add_env(command, "XDG_DATA_HOME=%s/.local/share", command->dir);
        add_env(command, "XDG_CACHE_HOME=%s/.cache", command->dir);
        add_env(command, "XDG_CONFIG_HOME=%s/.config", command->dir);
    }
    for (size_t i = 0; i < list_len(command->def->graphics); i++) {
        const Graphics *g = list_at(command->def->graphics, i);

        if (g->type == GRAPHICS_TYPE_SDL && g->display)
            add_env(command, "DISPLAY=%s", g->display);
        if (g->type == GRAPHICS_TYPE_SDL && g->xauth)
            add_env(command, "XAUTHORITY=%s", g->xauth);
        if (g->type == GRAPHICS_TYPE_VNC && command->conf->vnc_sasl && command->conf->vnc_sasl_dir)
            add_env(command, "SASL_CONF_PATH=%s", command->conf->vnc_sasl_dir);
        if (g->type == GRAPHICS_TYPE_SPICE && command->conf->spice_sasl && command->conf->spice_sasl_dir)
            add_env(command, "SASL_CONF_PATH=%s", command->conf->spice_sasl_dir);
    }
    for (size_t i = 0; i < list_len(command->def->audios); i++) {
        const Audio *a = list_at(command->def->audios, i);

        if (a->type == AUDIO_TYPE_SDL && a->driver != SDL_DRIVER_UNSET)
            add_env(command, "SDL_AUDIODRIVER=%s", sdl_driver_words[a->driver]);
        const char *runtime = a->runtime_dir;

        for (size_t n = 0; !runtime && command->environ && n < G_N_ELEMENTS(sockets); n++)
            runtime = g_environ_getenv(command->environ, sockets[n]);
        if (a->type == AUDIO_TYPE_PIPEWIRE && runtime)
            add_env(command, "PIPEWIRE_RUNTIME_DIR=%s", runtime);
    }
    for (size_t i = 0; i < list_len(command->def->qemu_envs); i++) {
        const QemuEnv *e = list_at(command->def->qemu_envs, i);

        add_env(command, "%s=%s", e->name, e->value ? e->value : "");
    }
}

static void
build_sandbox(Command *command)
{
    if (command->conf->seccomp_sandbox == 0)
        command_add(command, "-sandbox", "off");
    else
        command_add(command, "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
}

int
command_next_fdset(Command *command, GError **error)
{
    if (command->next_fdset && !command->fdsets) {
        int first = command->next_fdset(command->fdset_data, error);

        if (first < 0)
            return -1;
        command->fdsets = (unsigned)first;
    }
    return (int)command->fdsets++;
}

int
command_fdset(Command *command, int fd, const char *alias, const char *what, GError **error)
{
    int set = fd < 0 ? -1 : command_next_fdset(command, error);

    if (set >= 0)
        command_addf(command, "-add-fd", "set=%d,fd=%d,opaque=%s-%s", set, fd, alias, what);
    return set;
}

bool
command_helper(Command *command, CommandHelper helper, const char *alias, const void *device, CommandService *ret_service,
               GError **error)
{
    const char *run = command->conf->run_dir, *name = command->short_name;
    CommandService service = { NULL, -1 };
    bool ok;

    switch (helper) {
    case COMMAND_HELPER_SWTPM:
        service.path = g_strdup_printf("%s/swtpm/%s-swtpm.sock", run, name);
        break;
    case COMMAND_HELPER_VIRTIOFSD:
        service.path = g_strdup_printf("%s/%s-fs.sock", command->dir, alias);
        break;
    case COMMAND_HELPER_NBDKIT:
        service.path = g_strdup_printf("%s/nbdkit-%s.socket", command->dir, alias);
        break;
    case COMMAND_HELPER_PR:
        service.path = g_strdup_printf("%s/%s.sock", command->dir, alias);
        break;
    case COMMAND_HELPER_PASST:
        service.path = g_strdup_printf("%s/passt/%s-%s.socket", run, name, alias);
        break;
    case COMMAND_HELPER_DBUS:
        service.path = g_strdup_printf("%s/dbus/%s-dbus.sock", run, name);
        break;
    default:
        break;
    }
    if (command->host->helper) {
        ok = command->host->helper(command->host->data, helper, device, &service, error);
    } else {
        ok = helper == COMMAND_HELPER_NBDKIT || helper == COMMAND_HELPER_SLIRP;
        g_clear_pointer(&service.path, g_free);
        if (!ok)
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "'%s' is served by a program that cannot be started here", alias);
    }
    if (!ok) {
        g_free(service.path);
        return false;
    }
    *ret_service = service;
    return true;
}

void
command_monitor(Command *command)
{
    command_addf(command, "-chardev", "socket,id=charmonitor,fd=%d,server=on,wait=off", command->monitor_fd);
    command_add(command, "-mon", "chardev=charmonitor,id=monitor,mode=control");
}

static void
build_head(Command *command)
{
    const Domain *def = command->def;
    g_autofree char *name = command_escape(def->name);
    Json *secret = json_new_object();
    g_autofree char *key = g_build_filename(command->dir, "master-key.aes", NULL);

    g_ptr_array_add(command->argv, g_strdup(def->emulator));
    command_addf(command, "-name", "guest=%s,debug-threads=on", name);
    if (def->qemu_deprecation != QEMU_BEHAVIOR_UNSET && def->qemu_deprecation != QEMU_BEHAVIOR_NONE) {
        static const char *const inputs[] = { [QEMU_BEHAVIOR_OMIT] = "accept", [QEMU_BEHAVIOR_REJECT] = "reject",
                                              [QEMU_BEHAVIOR_CRASH] = "crash" };
        Json *compat = json_new_object();

        json_add_string(compat, "deprecated-output", "hide");
        json_add_string(compat, "deprecated-input", inputs[def->qemu_deprecation]);
        command_add_json(command, "-compat", compat);
    }
    command_add(command, "-S", NULL);
    json_add_string(secret, "qom-type", "secret");
    json_add_string(secret, "id", "masterKey0");
    json_add_string(secret, "format", "raw");
    json_add_string(secret, "file", key);
    command_add_json(command, "-object", secret);
}

bool
command_build(Command *command, GError **error)
{
    /* QEMU reads its options in order; users of the command line know this one. */
    static bool (*const parts[])(Command *, GError **) = {
        command_firmware, command_machine, command_memory,      command_platform, command_controllers,
        command_hubs,     command_memory_devices, command_disks, command_filesystems, command_nets,
        command_smartcards, command_chars,    command_tpms,    command_inputs,      command_audios,   command_graphics,
        command_videos,   command_sounds,  command_misc,
    };

    command->argv = g_ptr_array_new_with_free_func(g_free);
    command->env = g_ptr_array_new_with_free_func(g_free);
    build_env(command);
    build_head(command);
    if (!command_reservations(command, error))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        if (!parts[i](command, error))
            return false;
    for (size_t i = 0; i < list_len(command->def->qemu_args); i++)
        g_ptr_array_add(command->argv, g_strdup(((QemuArg *)list_at(command->def->qemu_args, i))->value));
    build_sandbox(command);
    if (!command_panics(command, error) || !command_shmems(command, error) || !command_vsock(command, error) ||
        !command_cryptos(command, error) || !command_pstore(command, error))
        return false;
    if (command->def->features && command->def->features->async_teardown != YESNO_UNSET)
        command_addf(command, "-run-with", "async-teardown=%s",
                     command->def->features->async_teardown == YESNO_NO ? "off" : "on");
    if (command->conf->log_timestamp)
        command_add(command, "-msg", "timestamp=on");
    return true;
}

void
command_clear(Command *command)
{
    g_clear_pointer(&command->argv, g_ptr_array_unref);
    g_clear_pointer(&command->env, g_ptr_array_unref);
}
