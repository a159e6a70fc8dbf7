/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* command_char.c - character devices: serial and parallel ports, channels, consoles */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/command/command.h"
#include "util/error.h"

void
command_reconnect(const Command *command, GString *text, const Reconnect *r)
{
    unsigned seconds;

    if (!r || r->enabled == YESNO_UNSET)
        return;
    seconds = r->enabled == YESNO_YES ? r->timeout : 0;
    if (qemu_caps_flag(command->caps, "chardev-reconnect-miliseconds"))
        g_string_append_printf(text, ",reconnect-ms=%u", seconds * 1000);
    else
        g_string_append_printf(text, ",reconnect=%u", seconds);
}

static bool
uses_tls(const Command *command, const CharSource *source)
{
    return source->tls == YESNO_YES || (source->tls == YESNO_UNSET && command->conf->chardev_tls);
}

static bool
add_tls(Command *command, const CharSource *source, const char *alias, GError **error)
{
    const QemuConf *conf = command->conf;
    g_autofree char *id = g_strdup_printf("objchar%s_tls0", alias);
    g_autofree char *secret = g_strdup_printf("char%s-secret0", alias);
    bool server = source->mode == CHAR_MODE_BIND;
    const CommandTls tls = {
        .id = id,
        .dir = conf->chardev_tls_x509_cert_dir,
        .secret_uuid = conf->chardev_tls_x509_secret_uuid ? conf->chardev_tls_x509_secret_uuid
                                                          : conf->default_tls_x509_secret_uuid,
        .secret_id = secret,
        .server = server,
        /* Who connects always looks who answers. */
        .verify = !server || (conf->chardev_tls_x509_verify >= 0 ? conf->chardev_tls_x509_verify > 0
                                                                  : conf->default_tls_x509_verify),
    };

    return command_tls(command, &tls, error);
}

bool
command_chardev(Command *command, CharSource *source, const char *alias, GError **error)
{
    const CommandHost *host = command->host;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *path = command_escape(source->path);
    int fd = -1, set = -1;

    switch (source->type) {
    case CHAR_TYPE_NULL:
    case CHAR_TYPE_VC:
    case CHAR_TYPE_PTY:
    case CHAR_TYPE_STDIO:
        g_string_append_printf(text, "%s,id=char%s", char_type_words[source->type], alias);
        break;
    case CHAR_TYPE_DEV:
        g_string_append_printf(text, "%s,id=char%s,path=%s", g_str_has_prefix(alias, "parallel") ? "parallel" : "serial",
                               alias, path);
        break;
    case CHAR_TYPE_FILE:
        set = command_fdset(command, host->open_char(host->data, source->path, source->append == ONOFF_ON, false, error),
                        alias, "source", error);
        if (set < 0)
            return false;
        g_string_append_printf(text, "file,id=char%s,path=/dev/fdset/%d,append=on", alias, set);
        break;
    case CHAR_TYPE_PIPE:
        g_string_append_printf(text, "pipe,id=char%s,path=%s", alias, path);
        break;
    case CHAR_TYPE_UDP: {
        const CharEndpoint *to = NULL, *from = NULL;

        for (size_t i = 0; i < list_len(source->endpoints); i++) {
            const CharEndpoint *e = list_at(source->endpoints, i);

            if (e->mode == CHAR_MODE_BIND)
                from = e;
            else
                to = e;
        }
        g_string_append_printf(text, "udp,id=char%s,host=%s,port=%s,localaddr=%s,localport=%s", alias,
                               to && to->host ? to->host : "", to && to->service ? to->service : "",
                               from && from->host ? from->host : "", from && from->service ? from->service : "0");
        break;
    }
    case CHAR_TYPE_TCP:
        if (uses_tls(command, source) && !add_tls(command, source, alias, error))
            return false;
        g_string_append_printf(text, "socket,id=char%s,host=%s,port=%s", alias, source->host ? source->host : "",
                               source->service ? source->service : "");
        if (source->protocol == CHAR_PROTOCOL_TELNET)
            g_string_append(text, ",telnet=on");
        if (source->mode == CHAR_MODE_BIND)
            g_string_append(text, ",server=on,wait=off");
        else
            command_reconnect(command, text, source->reconnect);
        if (uses_tls(command, source))
            g_string_append_printf(text, ",tls-creds=objchar%s_tls0", alias);
        break;
    case CHAR_TYPE_UNIX:
        if (source->mode == CHAR_MODE_CONNECT) {
            g_string_append_printf(text, "socket,id=char%s,path=%s", alias, path);
            command_reconnect(command, text, source->reconnect);
            break;
        }
        fd = host->listen(host->data, source->path, error);
        if (fd < 0)
            return false;
        g_string_append_printf(text, "socket,id=char%s,fd=%d,server=on,wait=off", alias, fd);
        break;
    case CHAR_TYPE_SPICEVMC:
        g_string_append_printf(text, "spicevmc,id=char%s,name=%s", alias,
                               g_str_has_prefix(alias, "redir") ? "usbredir"
                               : g_str_has_prefix(alias, "smartcard") ? "smartcard" : "vdagent");
        break;
    case CHAR_TYPE_SPICEPORT:
        g_string_append_printf(text, "spiceport,id=char%s,name=%s", alias, source->channel ? source->channel : "");
        break;
    case CHAR_TYPE_DBUS:
        g_string_append_printf(text, "dbus,id=char%s,name=%s", alias, source->channel ? source->channel : "");
        break;
    case CHAR_TYPE_QEMU_VDAGENT:
        g_string_append_printf(text, "qemu-vdagent,id=char%s,name=vdagent", alias);
        if (source->clipboard != YESNO_UNSET)
            g_string_append_printf(text, ",clipboard=%s", source->clipboard == YESNO_YES ? "on" : "off");
        if (source->mouse != MOUSE_MODE_UNSET)
            g_string_append_printf(text, ",mouse=%s", source->mouse == MOUSE_MODE_CLIENT ? "on" : "off");
        break;
    default:
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "device '%s': unsupported chardev '%s'", alias,
                  char_type_words[source->type]);
        return false;
    }
    if (source->log_file) {
        set = command_fdset(command, host->open_char(host->data, source->log_file, source->log_append == ONOFF_ON, true, error),
                        alias, "log", error);
        if (set < 0)
            return false;
        g_string_append_printf(text, ",logfile=/dev/fdset/%d,logappend=on", set);
    }
    command_add(command, "-chardev", text->str);
    return true;
}

static void
add_chardev_id(Json *device, const char *alias)
{
    g_autofree char *id = g_strconcat("char", alias, NULL);

    json_add_string(device, "chardev", id);
}

static bool
add_serial(Command *command, Serial *s, GError **error)
{
    Json *device;

    if (!command_chardev(command, &s->source, s->info.alias, error))
        return false;
    /* A port that the board has is only told what it is connected to. */
    if (!s->model || !g_strcmp0(s->target_type, "system-serial")) {
        command_addf(command, "-serial", "chardev:char%s", s->info.alias);
        return true;
    }
    if (!g_strcmp0(s->model, "isa-debugcon")) {
        device = command_new("isa-debugcon");
        add_chardev_id(device, s->info.alias);
        json_add_string(device, "id", s->info.alias);
    } else {
        device = command_new(s->model);
        add_chardev_id(device, s->info.alias);
        json_add_string(device, "id", s->info.alias);
        if (!g_strcmp0(s->target_type, "isa-serial"))
            json_add_int64(device, "index", s->port);
    }
    return command_place_device(command, device, &s->info, error);
}

/* A port of a virtio-serial bus; the controller is found by its alias. */
static void
add_port_address(Command *command, Json *device, const DeviceInfo *info)
{
    const Address *a = info->address;
    const Controller *c = a ? device_controller(command->def, CONTROLLER_TYPE_VIRTIO_SERIAL, a->controller) : NULL;
    g_autofree char *bus = NULL;

    if (!a || a->type != ADDRESS_TYPE_VIRTIO_SERIAL || !c)
        return;
    bus = g_strdup_printf("%s.%u", c->info.alias, a->bus);
    json_add_string(device, "bus", bus);
    json_add_uint64(device, "nr", a->port);
}

static bool
add_channel(Command *command, Channel *c, GError **error)
{
    Json *device;

    if (!command_chardev(command, &c->source, c->info.alias, error))
        return false;
    if (!g_strcmp0(c->target_type, "guestfwd")) {
        command_addf(command, "-netdev",
                     "{\"type\":\"user\",\"guestfwd\":[{\"str\":\"tcp:%s:%d-chardev:char%s\"}],\"id\":\"%s\"}",
                     c->target_address ? c->target_address : "", c->target_port, c->info.alias, c->info.alias);
        return true;
    }
    device = command_new("virtserialport");
    add_port_address(command, device, &c->info);
    add_chardev_id(device, c->info.alias);
    json_add_string(device, "id", c->info.alias);
    if (c->target_name)
        json_add_string(device, "name", c->target_name);
    else if (c->source.type == CHAR_TYPE_SPICEVMC || c->source.type == CHAR_TYPE_QEMU_VDAGENT)
        json_add_string(device, "name", "com.redhat.spice.0");
    command_add_device(command, &c->info, device);
    return true;
}

static bool
add_console(Command *command, Console *c, GError **error)
{
    /* QEMU gives virtio consoles the ports that channels leave. */
    static const char *const drivers[][2] = {
        { "virtio", "virtconsole" }, { "sclp", "sclpconsole" }, { "sclplm", "sclplmconsole" },
    };

    if (g_strcmp0(c->target_type, "serial") == 0)
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(drivers); i++) {
        Json *device;

        if (g_strcmp0(c->target_type, drivers[i][0]) != 0)
            continue;
        if (!command_chardev(command, &c->source, c->info.alias, error))
            return false;
        device = command_new(drivers[i][1]);
        add_chardev_id(device, c->info.alias);
        json_add_string(device, "id", c->info.alias);
        return command_place_device(command, device, &c->info, error);
    }
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "unsupported console target type '%s'", c->target_type);
    return false;
}

bool
command_chars(Command *command, GError **error)
{
    Domain *def = command->def;

    for (size_t i = 0; i < list_len(def->serials); i++)
        if (command_wants(command, list_at(def->serials, i)) && !add_serial(command, list_at(def->serials, i), error))
            return false;
    for (size_t i = 0; i < list_len(def->parallels); i++) {
        Parallel *p = list_at(def->parallels, i);
        Json *device;

        if (!command_wants(command, p))
            continue;
        if (!command_chardev(command, &p->source, p->info.alias, error))
            return false;
        device = command_new("isa-parallel");
        add_chardev_id(device, p->info.alias);
        json_add_string(device, "id", p->info.alias);
        command_add_device(command, &p->info, device);
    }
    for (size_t i = 0; i < list_len(def->channels); i++)
        if (command_wants(command, list_at(def->channels, i)) && !add_channel(command, list_at(def->channels, i), error))
            return false;
    for (size_t i = 0; i < list_len(def->consoles); i++)
        if (command_wants(command, list_at(def->consoles, i)) && !add_console(command, list_at(def->consoles, i), error))
            return false;
    return true;
}
