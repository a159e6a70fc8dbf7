/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check_display.c - displays, graphics cards, sound cards and what one types on */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/check/check_private.h"
#include "drivers/qemu/fill/board.h"
#include "util/error.h"

/* ---- displays ------------------------------------------------------------ */

static bool
rule_display_types(const Check *c, GError **error)
{
    unsigned seen = 0;

    for (size_t i = 0; i < list_len(c->def->graphics); i++) {
        const Graphics *graphics = list_at(c->def->graphics, i);

        if (graphics->type == GRAPHICS_TYPE_DESKTOP)
            return check_fail(error, "unsupported graphics type '%s'", graphics_type_words[graphics->type]);
        if (seen & 1u << graphics->type)
            return check_fail(error, "only 1 graphics device of each type (sdl, vnc, spice, headless, dbus, rdp) is supported: "
                              "there is more than one '%s'", graphics_type_words[graphics->type]);
        seen |= 1u << graphics->type;
    }
    return true;
}

/* VNC counts its displays from 5900. */
static bool
rule_display_ports(const Check *c, GError **error)
{
    enum { VNC_FIRST = 5900, PORT_MAX = 65535 };

    for (size_t i = 0; i < list_len(c->def->graphics); i++) {
        const Graphics *graphics = list_at(c->def->graphics, i);

        if (graphics->type == GRAPHICS_TYPE_VNC && graphics->port > 0 &&
            (graphics->port < VNC_FIRST || graphics->port > PORT_MAX))
            return check_fail(error, "vnc port must be in range [%d,%d], and %d is not", VNC_FIRST, PORT_MAX, graphics->port);
        if (graphics->port > PORT_MAX || graphics->tls_port > PORT_MAX || graphics->websocket > PORT_MAX ||
            graphics->port < -1 || graphics->tls_port < -1 || graphics->websocket < -1)
            return check_fail(error, "a port of the '%s' display is not between -1 and %d", graphics_type_words[graphics->type],
                              PORT_MAX);
    }
    return true;
}

static bool
has_gl(const Graphics *graphics)
{
    return graphics->type == GRAPHICS_TYPE_EGL_HEADLESS || graphics->gl == YESNO_YES;
}

/* All that the protocol has room for. */
static bool
rule_vnc_password(const Check *c, GError **error)
{
    enum { VNC_PASSWORD_MAX = 8 };

    for (size_t i = 0; i < list_len(c->def->graphics); i++) {
        const Graphics *graphics = list_at(c->def->graphics, i);

        if (graphics->type == GRAPHICS_TYPE_VNC && graphics->passwd && strlen(graphics->passwd) > VNC_PASSWORD_MAX)
            return check_fail(error, "VNC password is %zu characters long, only %d permitted", strlen(graphics->passwd),
                              VNC_PASSWORD_MAX);
    }
    return true;
}

static bool
rule_display_gl(const Check *c, GError **error)
{
    size_t n = 0;

    for (size_t i = 0; i < list_len(c->def->graphics); i++)
        n += has_gl(list_at(c->def->graphics, i));
    return n < 2 || check_fail(error, "multiple OpenGL displays are not supported by QEMU");
}

static bool
rule_rendernode(const Check *c, GError **error)
{
    for (size_t i = 0; i < list_len(c->def->graphics); i++) {
        const Graphics *graphics = list_at(c->def->graphics, i);

        if (graphics->rendernode && graphics->type != GRAPHICS_TYPE_EGL_HEADLESS && graphics->gl != YESNO_YES)
            return check_fail(error, "a render node of a '%s' display needs <gl enable='yes'>",
                              graphics_type_words[graphics->type]);
    }
    return true;
}

static bool
rule_spice_tls(const Check *c, GError **error)
{
    for (size_t i = 0; c->options->no_spice_tls && i < list_len(c->def->graphics); i++) {
        const Graphics *graphics = list_at(c->def->graphics, i);

        if (graphics->type == GRAPHICS_TYPE_SPICE && graphics->tls_port > 0)
            return check_fail(error, "spice TLS port set in XML configuration, but TLS is disabled in qemu.conf");
    }
    return true;
}

const CheckRule check_display_rules[] = {
    rule_display_types, rule_display_ports, rule_vnc_password, rule_spice_tls, rule_display_gl, rule_rendernode, NULL,
};

/* ---- graphics cards ------------------------------------------------------ */

static bool
video_type(const Check *c, const void *device, GError **error)
{
    static const char *const foreign[] = { "xen", "vbox", "parallels", "gop", NULL };
    const Video *video = device;

    return !video->model || !g_strv_contains(foreign, video->model) ||
           check_fail(error, "domain configuration does not support video model '%s'", video->model);
}

static bool
video_secondary(const Check *c, const void *device, GError **error)
{
    static const char *const second[] = { "qxl", "virtio", "none", "ramfb", "bochs", NULL };
    const Video *video = device;
    bool secondary = video->primary != YESNO_YES;

    return !secondary || !video->model || g_strv_contains(second, video->model) ||
           check_fail(error, "video type '%s' is only valid as primary video device", video->model);
}

static bool
video_options(const Check *c, const void *device, GError **error)
{
    const Video *video = device;
    const char *model = video->model ? video->model : "";
    bool qxl = !strcmp(model, "qxl"), virtio = !strcmp(model, "virtio");

    if (video->driver_name && strcmp(video->driver_name, "vhostuser") && strcmp(video->driver_name, "qemu"))
        return check_fail(error, "unknown video driver '%s': use 'qemu' or 'vhostuser'", video->driver_name);
    if (!qxl && (video->has_ram || video->has_vram64))
        return check_fail(error, "%s attribute only supported for video type qxl, not '%s'", video->has_ram ? "ram" : "vram64",
                          model);
    if (video->accel3d == YESNO_YES && !virtio)
        return check_fail(error, "%s 3d acceleration is not supported", model);
    if (video->blob != ONOFF_UNSET && !virtio)
        return check_fail(error, "video model '%s' does not support blob resources", model);
    if (video->has_heads && video->heads > 1 && !qxl && !virtio)
        return check_fail(error, "multiple heads are not supported by video model '%s'", model);
    if (video->driver_name && !strcmp(video->driver_name, "vhostuser") && !virtio)
        return check_fail(error, "the vhost-user driver is only for video model 'virtio', not '%s'", model);
    if (video->vgaconf && !virtio && !qxl)
        return check_fail(error, "vgaconf is not for video model '%s'", model);
    return true;
}

static bool
video_ramfb(const Check *c, const void *device, GError **error)
{
    const Video *video = device;

    return g_strcmp0(video->model, "ramfb") || check_address(&video->info) == ADDRESS_TYPE_UNSET ||
           check_fail(error, "address not supported for video type ramfb");
}

static bool
video_resolution(const Check *c, const void *device, GError **error)
{
    static const char *const able[] = { "vga", "qxl", "virtio", "bochs", NULL };
    const Video *video = device;

    if (!video->res_x && !video->res_y)
        return true;
    if (!video->res_x || !video->res_y)
        return check_fail(error, "missing values for resolution: both x and y of a video device are needed");
    return (video->model && g_strv_contains(able, video->model)) ||
           check_fail(error, "model resolution is not supported by video model '%s'", video->model);
}

const CheckDeviceRule check_video_rules[] = {
    video_type, video_secondary, video_options, video_ramfb, video_resolution, NULL,
};

/* ---- sound --------------------------------------------------------------- */

static bool
sound_options(const Check *c, const void *device, GError **error)
{
    const Sound *sound = device;
    bool hda = g_str_equal(sound->model, "ich6") || g_str_equal(sound->model, "ich9") || g_str_equal(sound->model, "ich7");

    if (list_len(sound->codecs) && !hda)
        return check_fail(error, "sound card '%s' has no codecs: only the 'ich' models have", sound->model);
    for (size_t i = 0; i < list_len(sound->codecs); i++) {
        static const char *const words[] = { "duplex", "micro", "output", NULL };
        const Codec *codec = list_at(sound->codecs, i);

        if (!g_strv_contains(words, codec->type))
            return check_fail(error, "unknown codec type '%s' of sound card '%s'", codec->type, sound->model);
    }
    if (sound->multichannel != YESNO_UNSET && !g_str_equal(sound->model, "usb"))
        return check_fail(error, "multichannel is only for sound model 'usb', not '%s'", sound->model);
    if (sound->streams && !g_str_equal(sound->model, "virtio"))
        return check_fail(error, "streams are only for sound model 'virtio', not '%s'", sound->model);
    return true;
}

const CheckDeviceRule check_sound_rules[] = { sound_options, NULL };

/* ---- input --------------------------------------------------------------- */

static bool
input_model(const Check *c, const void *device, GError **error)
{
    const Input *input = device;

    if (!check_is_versioned(input->model))
        return true;
    return input->type == INPUT_TYPE_PASSTHROUGH ||
           check_fail(error, "virtio (non-)transitional models are not supported for input type=%s",
                      input_type_words[input->type]);
}

static bool
input_bus(const Check *c, const void *device, GError **error)
{
    const Input *input = device;

    if (input->bus == INPUT_BUS_XEN || input->bus == INPUT_BUS_PARALLELS)
        return check_fail(error, "unsupported input bus '%s'", input_bus_words[input->bus]);
    if (input->bus == INPUT_BUS_PS2 && (c->x86 ? !(board_of(c->def)->flags & BOARD_PS2)
                                               : c->pseries || !g_str_has_prefix(c->def->arch, "ppc")))
        return check_fail(error, "ps2 is not supported by this QEMU binary");
    return true;
}

const CheckDeviceRule check_input_rules[] = { input_model, input_bus, NULL };
