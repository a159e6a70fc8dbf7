/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check_char.c - serial and parallel ports, consoles, channels, smartcards and redirected devices */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/check/check_private.h"
#include "util/error.h"

/* Of those that libvirt knows, a back end of other hypervisors only. */
static bool
source_type(const CharSource *source, GError **error)
{
    return (source->type != CHAR_TYPE_NMDM && source->type != CHAR_TYPE_UNSET) ||
           check_fail(error, "unsupported chardev type '%s'", char_type_words[source->type]);
}

static bool
smartcard_source(const Check *c, const void *device, GError **error)
{
    const Smartcard *smartcard = device;

    return smartcard->mode != SMARTCARD_MODE_PASSTHROUGH || source_type(&smartcard->source, error);
}

/* What goes through SPICE needs a display of that kind. */
static bool
source_spice(const Check *c, const CharSource *source, GError **error)
{
    if (source->type != CHAR_TYPE_SPICEVMC && source->type != CHAR_TYPE_SPICEPORT)
        return true;
    for (size_t i = 0; i < list_len(c->def->graphics); i++)
        if (((const Graphics *)list_at(c->def->graphics, i))->type == GRAPHICS_TYPE_SPICE)
            return true;
    return check_fail(error, "chardev '%s' not supported without spice graphics", char_type_words[source->type]);
}

/* The names become part of an option of QEMU's. */
static bool
smartcard_names(const Check *c, const void *device, GError **error)
{
    const Smartcard *smartcard = device;

    for (size_t i = 0; i < list_len(smartcard->certificates); i++)
        if (strchr(list_at(smartcard->certificates, i), ','))
            return check_fail(error, "invalid certificate name: %s", (const char *)list_at(smartcard->certificates, i));
    return !smartcard->database || !strchr(smartcard->database, ',') ||
           check_fail(error, "invalid database name: %s", smartcard->database);
}

const CheckDeviceRule check_smartcard_rules[] = { smartcard_source, smartcard_names, NULL };

/* ---- serial -------------------------------------------------------------- */

/* What only a channel of SPICE, or of its agent, can carry. */
static bool
serial_source(const Check *c, const void *device, GError **error)
{
    const CharSource *source = &((const Serial *)device)->source;

    if (source->type == CHAR_TYPE_SPICEVMC || source->type == CHAR_TYPE_QEMU_VDAGENT)
        return check_fail(error, "chardev type '%s' is for channels, not for serial ports", char_type_words[source->type]);
    return source_type(source, error);
}

static bool
serial_model(const Check *c, const void *device, GError **error)
{
    static const struct { const char *type; const char *const models[4]; } known[] = {
        { "isa-serial", { "isa-serial" } }, { "usb-serial", { "usb-serial" } }, { "pci-serial", { "pci-serial" } },
        { "spapr-vio-serial", { "spapr-vty" } }, { "system-serial", { "pl011", "16550a" } },
        { "sclp-serial", { "sclpconsole", "sclplmconsole" } }, { "isa-debug", { "isa-debugcon" } },
    };
    const Serial *serial = device;

    for (size_t i = 0; serial->target_type && serial->model && i < G_N_ELEMENTS(known); i++)
        if (strcmp(known[i].type, serial->target_type) && g_strv_contains(known[i].models, serial->model))
            return check_fail(error, "Target model '%s' requires target type '%s'", serial->model, known[i].type);
    return true;
}

/* The kinds of serial port, where they are, and how they are addressed. */
static bool
serial_target(const Check *c, const void *device, GError **error)
{
    const Serial *serial = device;
    const struct { const char *type; bool fits; AddressType address; } types[] = {
        { "isa-serial", c->x86 || !c->s390, ADDRESS_TYPE_ISA }, { "isa-debug", c->x86, ADDRESS_TYPE_ISA },
        { "pci-serial", true, ADDRESS_TYPE_PCI }, { "usb-serial", true, ADDRESS_TYPE_USB },
        { "spapr-vio-serial", c->pseries, ADDRESS_TYPE_SPAPR_VIO }, { "system-serial", !c->x86 && !c->s390, ADDRESS_TYPE_UNSET },
        { "sclp-serial", c->s390, ADDRESS_TYPE_UNSET },
    };
    AddressType address = check_address(&serial->info);

    for (size_t i = 0; serial->target_type && i < G_N_ELEMENTS(types); i++) {
        if (strcmp(types[i].type, serial->target_type))
            continue;
        if (!types[i].fits)
            return check_fail(error, "Serial device with target type '%s' and target model '%s' not compatible with guest "
                              "architecture or machine type", serial->target_type, serial->model ? serial->model : "none");
        if (address == ADDRESS_TYPE_UNSET || address == types[i].address)
            return true;
        if (types[i].address == ADDRESS_TYPE_UNSET)
            return check_fail(error, "Target type '%s' cannot have an associated address", serial->target_type);
        return check_fail(error, "Target type '%s' requires address type '%s'", serial->target_type,
                          address_type_words[types[i].address]);
    }
    return true;
}

const CheckDeviceRule check_serial_rules[] = { serial_source, serial_model, serial_target, NULL };

static bool
parallel_machine(const Check *c, const void *device, GError **error)
{
    return (!c->s390 && !c->pseries) || check_fail(error, "parallel ports are not supported");
}

static bool
parallel_source(const Check *c, const void *device, GError **error)
{
    return source_type(&((const Parallel *)device)->source, error);
}

const CheckDeviceRule check_parallel_rules[] = { parallel_machine, parallel_source, NULL };

/* ---- consoles and channels ----------------------------------------------- */

static bool
console_source(const Check *c, const void *device, GError **error)
{
    const Console *console = device;

    return console->source.type != CHAR_TYPE_DBUS || console->source.channel ||
           check_fail(error, "Missing source channel attribute for char device");
}

static bool
console_target(const Check *c, const void *device, GError **error)
{
    static const char *const known[] = { "serial", "virtio", "sclp", "sclplm", NULL };
    const Console *console = device;

    if (console->target_type && !g_strv_contains(known, console->target_type))
        return check_fail(error, "unsupported console target type %s", console->target_type);
    if (!g_strcmp0(console->target_type, "serial") && console != list_at(c->def->consoles, 0))
        return check_fail(error, "Only the first console can be a serial port");
    if (console->target_type && g_str_has_prefix(console->target_type, "sclp") && !c->s390)
        return check_fail(error, "sclp console requires S390 support: console target type '%s' is not for '%s'",
                          console->target_type, c->def->arch);
    return true;
}

const CheckDeviceRule check_console_rules[] = { console_source, console_target, NULL };

static bool
channel_source(const Check *c, const void *device, GError **error)
{
    return source_type(&((const Channel *)device)->source, error);
}

static bool
channel_target(const Check *c, const void *device, GError **error)
{
    const Channel *channel = device;

    return g_strcmp0(channel->target_type, "xen") != 0 || check_fail(error, "channel target type 'xen' is not supported by QEMU");
}

static bool
channel_display(const Check *c, const void *device, GError **error)
{
    return source_spice(c, &((const Channel *)device)->source, error);
}

static bool
channel_spice(const Check *c, const void *device, GError **error)
{
    const Channel *channel = device;
    bool agent = channel->source.type == CHAR_TYPE_SPICEVMC || channel->source.type == CHAR_TYPE_QEMU_VDAGENT;

    if (agent && g_strcmp0(channel->target_type, "virtio"))
        return check_fail(error, "chardev type '%s' only supports channel target type 'virtio'",
                          char_type_words[channel->source.type]);

    if (channel->source.type != CHAR_TYPE_SPICEVMC || g_strcmp0(channel->target_type, "virtio"))
        return true;
    return !channel->target_name || !strcmp(channel->target_name, "com.redhat.spice.0") ||
           check_fail(error, "Unsupported spicevmc target name '%s'", channel->target_name);
}

/* The driver makes up the path of a socket without one, and listens there itself. */
static bool
channel_reconnect(const Check *c, const void *device, GError **error)
{
    const Channel *channel = device;
    const CharSource *source = &channel->source;

    if (source->type != CHAR_TYPE_UNIX || !source->reconnect || source->reconnect->enabled != YESNO_YES || source->path)
        return true;
    error_set(error, VIR_ERR_INTERNAL_ERROR, "chardev reconnect is possible only for connect mode");
    return false;
}

const CheckDeviceRule check_channel_rules[] = {
    channel_source, channel_target, channel_spice, channel_reconnect, channel_display, NULL,
};

/* ---- redirected devices -------------------------------------------------- */

static bool
redirdev_bus(const Check *c, const void *device, GError **error)
{
    const RedirDev *redirdev = device;

    return !redirdev->bus || !strcmp(redirdev->bus, "usb") ||
           check_fail(error, "Redirection bus %s is not supported by QEMU", redirdev->bus);
}

static bool
redirdev_source(const Check *c, const void *device, GError **error)
{
    return source_spice(c, &((const RedirDev *)device)->source, error);
}

const CheckDeviceRule check_redirdev_rules[] = { redirdev_bus, redirdev_source, NULL };

static bool
hub_type(const Check *c, const void *device, GError **error)
{
    const Hub *hub = device;

    return !strcmp(hub->type, "usb") || check_fail(error, "hub type %s not supported", hub->type);
}

const CheckDeviceRule check_hub_rules[] = { hub_type, NULL };
