/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* command_display.c - what is seen, heard and typed: graphics, video, audio, sound, input */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/command/command.h"
#include "util/error.h"

bool
command_inputs(Command *command, GError **error)
{
    static const char *const usb[] = { NULL, "usb-mouse", "usb-tablet", "usb-kbd", NULL, NULL };
    static const char *const virtio[] = { NULL, "virtio-mouse", "virtio-tablet", "virtio-keyboard", "virtio-input-host", NULL };

    for (size_t i = 0; i < list_len(command->def->inputs); i++) {
        const Input *input = list_at(command->def->inputs, i);
        Json *device;

        if (!command_wants(command, input))
            continue;
        if (input->type == INPUT_TYPE_EVDEV) {
            device = json_new_object();
            json_add_string(device, "qom-type", "input-linux");
            json_add_string(device, "id", input->info.alias);
            json_add_string(device, "evdev", input->dev);
            command_onoff(device, "repeat", input->repeat);
            if (input->grab == INPUT_GRAB_ALL)
                json_add_bool(device, "grab_all", true);
            if (input->grab_toggle != GRAB_TOGGLE_UNSET)
                json_add_string(device, "grab-toggle", grab_toggle_words[input->grab_toggle]);
            command_add_json(command, "-object", device);
            continue;
        }
        if (input->bus == INPUT_BUS_USB && usb[input->type]) {
            device = command_new(usb[input->type]);
        } else if (input->bus == INPUT_BUS_VIRTIO) {
            g_autofree char *driver = command_virtio_driver(virtio[input->type], input->model, &input->info);

            device = command_new(driver);
            command_virtio(device, input->iommu, input->ats, input->packed, input->page_per_vq);
        } else {
            continue;
        }
        json_add_string(device, "id", input->info.alias);
        json_add_string(device, "evdev", input->evdev);
        if (!command_place_device(command, device, &input->info, error))
            return false;
    }
    return true;
}

static Json *
audio_stream(const AudioStream *s)
{
    Json *json;

    if (!s)
        return NULL;
    json = json_new_object();
    if (s->mixing_engine != YESNO_UNSET)
        json_add_bool(json, "mixing-engine", s->mixing_engine == YESNO_YES);
    if (s->fixed_settings != YESNO_UNSET)
        json_add_bool(json, "fixed-settings", s->fixed_settings == YESNO_YES);
    if (s->voices)
        json_add_uint64(json, "voices", s->voices);
    if (s->buffer_length)
        json_add_uint64(json, "buffer-length", s->buffer_length);
    if (s->settings && s->settings->frequency)
        json_add_uint64(json, "frequency", s->settings->frequency);
    if (s->settings && s->settings->channels)
        json_add_uint64(json, "channels", s->settings->channels);
    if (s->settings && s->settings->format != AUDIO_FORMAT_UNSET)
        json_add_string(json, "format", audio_format_words[s->settings->format]);
    json_add_string(json, "dev", s->dev);
    if (s->buffer_count)
        json_add_uint64(json, "buffer-count", s->buffer_count);
    if (s->try_poll != YESNO_UNSET)
        json_add_bool(json, "try-poll", s->try_poll == YESNO_YES);
    json_add_string(json, "name", s->name);
    json_add_string(json, "server-name", s->server_name);
    json_add_string(json, "client-name", s->client_name);
    json_add_string(json, "connect-ports", s->connect_ports);
    if (s->exact_name != YESNO_UNSET)
        json_add_bool(json, "exact-name", s->exact_name == YESNO_YES);
    json_add_string(json, "stream-name", s->stream_name);
    if (s->latency)
        json_add_uint64(json, "latency", s->latency);
    return json;
}

bool
command_audios(Command *command, GError **error)
{
    static const char *const drivers[] = {
        [AUDIO_TYPE_NONE] = "none", [AUDIO_TYPE_ALSA] = "alsa", [AUDIO_TYPE_COREAUDIO] = "coreaudio",
        [AUDIO_TYPE_JACK] = "jack", [AUDIO_TYPE_OSS] = "oss", [AUDIO_TYPE_PULSEAUDIO] = "pa", [AUDIO_TYPE_SDL] = "sdl",
        [AUDIO_TYPE_SPICE] = "spice", [AUDIO_TYPE_FILE] = "wav", [AUDIO_TYPE_DBUS] = "dbus",
        [AUDIO_TYPE_PIPEWIRE] = "pipewire",
    };

    for (size_t i = 0; i < list_len(command->def->audios); i++) {
        const Audio *a = list_at(command->def->audios, i);
        g_autofree char *id = g_strdup_printf("audio%u", a->id);
        Json *json = json_new_object(), *in = audio_stream(a->input), *out = audio_stream(a->output);

        json_add_string(json, "id", id);
        json_add_string(json, "driver", drivers[a->type]);
        if (a->timer_period)
            json_add_uint64(json, "timer-period", a->timer_period);
        json_add_string(json, "server", a->server_name);
        json_add_string(json, "path", a->path);
        if (a->type == AUDIO_TYPE_OSS) {
            if (a->try_m_map != YESNO_UNSET)
                json_add_bool(json, "try-mmap", a->try_m_map == YESNO_YES);
            if (a->exclusive != YESNO_UNSET)
                json_add_bool(json, "exclusive", a->exclusive == YESNO_YES);
            if (a->has_dsp_policy)
                json_add_int64(json, "dsp-policy", a->dsp_policy);
        }
        json_add(json, "in", in);
        json_add(json, "out", out);
        command_add_json(command, "-audiodev", json);
    }
    return true;
}

static const char *
listen_address(const Command *command, const Graphics *g)
{
    const ListenAddress *l = list_len(g->listens) ? list_at(g->listens, 0) : NULL;

    if (l && l->address)
        return l->address;
    return g->listen ? g->listen : command->conf->vnc_listen;
}

static bool
add_vnc(Command *command, const Graphics *g, GError **error)
{
    const QemuConf *conf = command->conf;
    const ListenAddress *l = list_len(g->listens) ? list_at(g->listens, 0) : NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    unsigned audio = list_len(command->def->audios) ? ((Audio *)list_at(command->def->audios, 0))->id : 0;

    if (l && l->type == LISTEN_TYPE_SOCKET) {
        g_autofree char *path = command_escape(l->socket);

        g_string_append_printf(text, "vnc=unix:%s", path);
    } else if (l && l->type == LISTEN_TYPE_NONE) {
        g_string_append(text, "none");
    } else {
        const char *address = listen_address(command, g);
        bool v6 = strchr(address, ':') != NULL;

        g_string_append_printf(text, "%s%s%s:%d", v6 ? "[" : "", address, v6 ? "]" : "", g->port - 5900);
    }
    if (g->share_policy != SHARE_POLICY_UNSET)
        g_string_append_printf(text, ",share=%s", share_policy_words[g->share_policy]);
    if (g->websocket > 0)
        g_string_append_printf(text, ",websocket=%d", g->websocket);
    if (g->passwd || conf->vnc_password)
        g_string_append(text, ",password=on");
    if (conf->vnc_tls) {
        const CommandTls tls = {
            .id = "vnc-tls-creds0", .dir = conf->vnc_tls_x509_cert_dir, .secret_id = "vnc-tls-creds0-secret0",
            .secret_uuid = conf->vnc_tls_x509_secret_uuid ? conf->vnc_tls_x509_secret_uuid : conf->default_tls_x509_secret_uuid,
            .server = true, .verify = conf->vnc_tls_x509_verify,
        };

        if (!command_tls(command, &tls, error))
            return false;
        g_string_append(text, ",tls-creds=vnc-tls-creds0");
    }
    if (conf->vnc_sasl)
        g_string_append(text, ",sasl=on");
    if (g->power_control != YESNO_UNSET)
        g_string_append_printf(text, ",power-control=%s", g->power_control == YESNO_YES ? "on" : "off");
    if (g->audio_id || audio)
        g_string_append_printf(text, ",audiodev=audio%u", g->audio_id ? g->audio_id : audio);
    command_add(command, "-vnc", text->str);
    if (g->keymap)
        command_add(command, "-k", g->keymap);
    return true;
}

static void
add_spice(Command *command, const Graphics *g)
{
    const QemuConf *conf = command->conf;
    const ListenAddress *l = list_len(g->listens) ? list_at(g->listens, 0) : NULL;
    g_autoptr(GString) text = g_string_new(NULL);

    if (l && l->type == LISTEN_TYPE_SOCKET) {
        g_autofree char *path = command_escape(l->socket);

        g_string_append_printf(text, "unix=on,addr=%s", path);
    } else {
        g_string_append_printf(text, "port=%d", MAX(g->port, 0));
        if (g->tls_port > 0)
            g_string_append_printf(text, ",tls-port=%d", g->tls_port);
        if (conf->spice_sasl)
            g_string_append(text, ",sasl=on");
        if ((g->port > 0 || g->tls_port > 0) && !(l && l->type == LISTEN_TYPE_NONE))
            g_string_append_printf(text, ",addr=%s", listen_address(command, g));
    }
    if (g->mouse_mode != MOUSE_MODE_UNSET)
        g_string_append_printf(text, ",agent-mouse=%s", g->mouse_mode == MOUSE_MODE_CLIENT ? "on" : "off");
    if (!g->passwd && !conf->spice_password)
        g_string_append(text, ",disable-ticketing=on");
    if (g->tls_port > 0)
        g_string_append_printf(text, ",x509-dir=%s", conf->spice_tls_x509_cert_dir);
    if (g->default_mode != SPICE_MODE_ANY)
        g_string_append_printf(text, ",%s-channel=default", g->default_mode == SPICE_MODE_SECURE ? "tls" : "plaintext");
    for (size_t i = 0; i < list_len(g->channels); i++) {
        const SpiceChannel *c = list_at(g->channels, i);

        if (c->mode != SPICE_MODE_ANY)
            g_string_append_printf(text, ",%s-channel=%s", c->mode == SPICE_MODE_SECURE ? "tls" : "plaintext",
                                   spice_channel_name_words[c->name]);
    }
    if (g->image_compression != SPICE_COMPRESSION_UNSET)
        g_string_append_printf(text, ",image-compression=%s", spice_compression_words[g->image_compression]);
    if (g->jpeg_compression != SPICE_AUTO_UNSET)
        g_string_append_printf(text, ",jpeg-wan-compression=%s", spice_auto_words[g->jpeg_compression]);
    if (g->zlib_compression != SPICE_AUTO_UNSET)
        g_string_append_printf(text, ",zlib-glz-wan-compression=%s", spice_auto_words[g->zlib_compression]);
    if (g->playback_compression != ONOFF_UNSET)
        g_string_append_printf(text, ",playback-compression=%s", g->playback_compression == ONOFF_ON ? "on" : "off");
    if (g->streaming != SPICE_STREAMING_UNSET)
        g_string_append_printf(text, ",streaming-video=%s", spice_streaming_words[g->streaming]);
    if (g->copypaste == YESNO_NO)
        g_string_append(text, ",disable-copy-paste=on");
    if (g->file_transfer == YESNO_NO)
        g_string_append(text, ",disable-agent-file-xfer=on");
    if (g->gl == YESNO_YES) {
        g_string_append(text, ",gl=on");
        if (g->rendernode)
            g_string_append_printf(text, ",rendernode=%s", g->rendernode);
    }
    g_string_append(text, ",seamless-migration=on");
    command_add(command, "-spice", text->str);
    if (g->keymap)
        command_add(command, "-k", g->keymap);
}

static bool
add_dbus(Command *command, const Graphics *g, GError **error)
{
    g_autoptr(GString) text = g_string_new("dbus");
    g_autofree char *served = NULL;
    g_autofree char *address = NULL;

    if (g->p2p == YESNO_YES) {
        g_string_append(text, ",p2p=on");
    } else {
        if (g->dbus_address) {
            address = command_escape(g->dbus_address);
        } else {
            CommandService service;

            if (!command_helper(command, COMMAND_HELPER_DBUS, "dbus", g, &service, error))
                return false;
            served = g_strconcat("unix:path=", service.path, NULL);
            g_free(service.path);
            address = command_escape(served);
        }
        g_string_append_printf(text, ",addr=%s", address);
    }
    if (g->gl != YESNO_UNSET)
        g_string_append_printf(text, ",gl=%s", g->gl == YESNO_YES ? "on" : "off");
    if (g->gl == YESNO_YES && g->rendernode)
        g_string_append_printf(text, ",rendernode=%s", g->rendernode);
    if (g->audio_id)
        g_string_append_printf(text, ",audiodev=audio%u", g->audio_id);
    command_add(command, "-display", text->str);
    return true;
}

bool
command_graphics(Command *command, GError **error)
{
    for (size_t i = 0; i < list_len(command->def->graphics); i++) {
        const Graphics *g = list_at(command->def->graphics, i);

        switch (g->type) {
        case GRAPHICS_TYPE_VNC:
            if (!add_vnc(command, g, error))
                return false;
            break;
        case GRAPHICS_TYPE_SPICE:
            add_spice(command, g);
            break;
        case GRAPHICS_TYPE_SDL:
            if (g->fullscreen == YESNO_YES)
                command_add(command, "-full-screen", NULL);
            command_add(command, "-display", g->gl == YESNO_UNSET ? "sdl" : g->gl == YESNO_YES ? "sdl,gl=on" : "sdl,gl=off");
            break;
        case GRAPHICS_TYPE_EGL_HEADLESS:
            if (g->rendernode)
                command_addf(command, "-display", "egl-headless,rendernode=%s", g->rendernode);
            else
                command_add(command, "-display", "egl-headless");
            break;
        case GRAPHICS_TYPE_DBUS:
            if (!add_dbus(command, g, error))
                return false;
            break;
        case GRAPHICS_TYPE_RDP:
            /* Served by a program that uses the guest's D-Bus display. */
            break;
        default:
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "graphics type '%s' is not supported yet",
                      graphics_type_words[g->type]);
            return false;
        }
    }
    return true;
}

static void
add_memory(Json *device, const Video *v, const char *driver)
{
    if (g_str_has_prefix(driver, "qxl")) {
        json_add_uint64(device, "max_outputs", v->heads);
        json_add_uint64(device, "ram_size", v->ram * UINT64_C(1024));
        json_add_uint64(device, "vram_size", v->vram * UINT64_C(1024));
        json_add_uint64(device, "vram64_size_mb", v->vram64 / 1024);
        json_add_uint64(device, "vgamem_mb", v->vgamem / 1024);
        return;
    }
    if (g_str_has_prefix(driver, "virtio") || g_str_has_prefix(driver, "vhost-user"))
        json_add_uint64(device, "max_outputs", v->heads);
    else if (g_str_equal(driver, "VGA") || g_str_equal(driver, "vmware-svga"))
        json_add_uint64(device, "vgamem_mb", v->vram / 1024);
    else if (g_str_equal(driver, "bochs-display"))
        json_add_uint64(device, "vgamem", v->vram * UINT64_C(1024));
}

/* The best that the emulator has: with VGA registers for the first card, with a renderer for 3D. */
static const char *
virtio_video(const Command *command, const Video *v)
{
    bool vhost_user = !g_strcmp0(v->driver_name, "vhostuser"), primary = v->primary == YESNO_YES;
    AddressType address = v->info.address ? v->info.address->type : ADDRESS_TYPE_UNSET;
    bool gl = v->accel3d == YESNO_YES && !vhost_user;

    if (address == ADDRESS_TYPE_CCW)
        return vhost_user ? "vhost-user-gpu-ccw" : "virtio-gpu-ccw";
    if (address == ADDRESS_TYPE_VIRTIO_MMIO)
        return vhost_user ? "vhost-user-gpu" : "virtio-gpu-device";
    if (vhost_user)
        return primary && qemu_caps_has(command->caps, "vhost-user-vga") ? "vhost-user-vga" : "vhost-user-gpu-pci";
    if (primary && qemu_caps_has(command->caps, "virtio-vga"))
        return gl && qemu_caps_has(command->caps, "virtio-vga-gl") ? "virtio-vga-gl" : "virtio-vga";
    return gl && qemu_caps_has(command->caps, "virtio-gpu-gl-pci") ? "virtio-gpu-gl-pci" : "virtio-gpu-pci";
}

static const char *
video_driver(const Command *command, const Video *v)
{
    static const struct { const char *model, *primary, *secondary; } drivers[] = {
        { "vga", "VGA", "VGA" }, { "cirrus", "cirrus-vga", NULL }, { "vmvga", "vmware-svga", NULL },
        { "qxl", "qxl-vga", "qxl" }, { "bochs", "bochs-display", "bochs-display" }, { "ramfb", "ramfb", NULL },
    };

    if (g_str_equal(v->model, "virtio"))
        return virtio_video(command, v);
    for (size_t d = 0; d < G_N_ELEMENTS(drivers); d++)
        if (g_str_equal(drivers[d].model, v->model))
            return v->primary == YESNO_YES ? drivers[d].primary : drivers[d].secondary;
    return NULL;
}

bool
command_videos(Command *command, GError **error)
{
    for (size_t i = 0; i < list_len(command->def->videos); i++) {
        const Video *v = list_at(command->def->videos, i);
        const char *driver = g_str_equal(v->model, "none") ? NULL : video_driver(command, v);
        g_autofree char *chardev = g_strdup_printf("chr-vu-%s", v->info.alias);
        bool vhost_user = !g_strcmp0(v->driver_name, "vhostuser");
        Json *device;

        if (g_str_equal(v->model, "none"))
            continue;
        if (!driver) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "video model '%s' is not supported %s", v->model,
                      v->primary == YESNO_YES ? "by QEMU" : "as a further graphics card");
            return false;
        }
        if (vhost_user) {
            CommandService service;

            if (!command_helper(command, COMMAND_HELPER_GPU, v->info.alias, v, &service, error))
                return false;
            g_free(service.path);
            command_addf(command, "-chardev", "socket,id=%s,fd=%d", chardev, service.fd);
        }
        device = command_new(driver);
        json_add_string(device, "id", v->info.alias);
        /* Cards with VGA registers in front of virtio do not pass these on. */
        if (!g_str_has_suffix(driver, "vga"))
            command_virtio(device, v->iommu, v->ats, v->packed, v->page_per_vq);
        add_memory(device, v, driver);
        if (vhost_user)
            json_add_string(device, "chardev", chardev);
        command_onoff(device, "blob", v->blob);
        if (v->res_x && v->res_y) {
            json_add_uint64(device, "xres", v->res_x);
            json_add_uint64(device, "yres", v->res_y);
        }
        if (!command_place_device(command, device, &v->info, error))
            return false;
    }
    return true;
}

static bool
add_codecs(Command *command, const Sound *s, unsigned audio)
{
    g_autofree char *bus = g_strdup_printf("%s.0", s->info.alias);
    g_autofree char *backend = g_strdup_printf("audio%u", audio);
    size_t n = MAX(list_len(s->codecs), 1);

    for (size_t i = 0; i < n; i++) {
        const Codec *c = list_len(s->codecs) ? list_at(s->codecs, i) : NULL;
        g_autofree char *driver = g_strdup_printf("hda-%s", c ? c->type : "duplex");
        g_autofree char *id = g_strdup_printf("%s-codec%zu", s->info.alias, i);
        Json *device = command_new(driver);

        json_add_string(device, "id", id);
        json_add_string(device, "bus", bus);
        json_add_uint64(device, "cad", i);
        json_add_string(device, "audiodev", backend);
        command_add_json(command, "-device", device);
    }
    return true;
}

bool
command_sounds(Command *command, GError **error)
{
    static const struct { const char *model, *driver; bool hda; } drivers[] = {
        { "es1370", "ES1370", false }, { "sb16", "sb16", false }, { "ac97", "AC97", false }, { "ich6", "intel-hda", true },
        { "ich9", "ich9-intel-hda", true }, { "usb", "usb-audio", false }, { "virtio", "virtio-sound-pci", false },
    };

    for (size_t i = 0; i < list_len(command->def->sounds); i++) {
        const Sound *s = list_at(command->def->sounds, i);
        unsigned audio = s->audio_id;
        size_t d;
        Json *device;

        if (g_str_equal(s->model, "pcspk"))
            continue;
        if (!audio && list_len(command->def->audios))
            audio = ((Audio *)list_at(command->def->audios, 0))->id;
        for (d = 0; d < G_N_ELEMENTS(drivers) && !g_str_equal(drivers[d].model, s->model); d++)
            ;
        if (d == G_N_ELEMENTS(drivers)) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "sound card model '%s' is not supported in this QEMU", s->model);
            return false;
        }
        device = command_new(drivers[d].driver);
        json_add_string(device, "id", s->info.alias);
        command_virtio(device, s->iommu, s->ats, s->packed, s->page_per_vq);
        if (!drivers[d].hda) {
            g_autofree char *backend = g_strdup_printf("audio%u", audio);

            json_add_string(device, "audiodev", backend);
        }
        if (s->multichannel != YESNO_UNSET)
            json_add_bool(device, "multi", s->multichannel == YESNO_YES);
        if (s->streams)
            json_add_uint64(device, "streams", s->streams);
        if (!command_place_device(command, device, &s->info, error))
            return false;
        if (drivers[d].hda)
            add_codecs(command, s, audio);
    }
    return true;
}
