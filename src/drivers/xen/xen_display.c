/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_display.c - displays, graphics cards, sound cards and emulated input devices
 *
 * A fully virtual guest has a key for each property of its one display, others have a list, 'vfb'.
 */
#define ERROR_FROM VIR_FROM_XEN
#include "drivers/xen/xen_private.h"

#include <string.h>

#include "util/error.h"

enum { VNC_BASE = 5900, VNC_DISPLAYS = 65535 - VNC_BASE };

/* ---- VNC and SDL ----------------------------------------------------------- */

/* Where properties of a display come from: keys of the file, or options of an item. */
typedef struct Source {
    const XenReader *r;
    const ConfValue *value;       /* with the options */
    char **options;               /* NULL: keys */
} Source;

static bool
get_text(const Source *s, const char *name, char **ret, GError **error)
{
    const char *text;

    if (!s->options)
        return xen_get_text(s->r, name, ret, error);
    text = xen_option(s->options, name);
    if (text && *text)
        *ret = g_strdup(text);
    return true;
}

static bool
get_number(const Source *s, const char *name, int64_t max, int64_t *ret, bool *ret_given, GError **error)
{
    const char *text;

    if (!s->options)
        return xen_get_number(s->r, name, 0, max, ret, ret_given, error);
    text = xen_option(s->options, name);
    *ret_given = text != NULL;
    return !text || xen_parse_number(s->value, text, name, 0, max, ret, error);
}

static bool
read_vnc(const Source *s, GError **error)
{
    Graphics *g = xen_append(&s->r->domain->graphics, &graphics_xml);
    int64_t display = 0, search = 1;
    bool fixed, given;

    g->type = GRAPHICS_TYPE_VNC;
    if (!get_number(s, "vncdisplay", VNC_DISPLAYS, &display, &fixed, error) ||
        !get_number(s, "vncunused", INT_MAX, &search, &given, error) ||
        !get_text(s, "vnclisten", &g->listen, error) || !get_text(s, "vncpasswd", &g->passwd, error) ||
        !get_text(s, "keymap", &g->keymap, error))
        return false;
    if (fixed && !(given && search)) {
        g->port = (int)display + VNC_BASE;
        g->autoport = YESNO_NO;
    } else {
        g->port = -1;
        g->autoport = YESNO_YES;
    }
    return true;
}

static bool
read_sdl(const Source *s, GError **error)
{
    Graphics *g = xen_append(&s->r->domain->graphics, &graphics_xml);

    g->type = GRAPHICS_TYPE_SDL;
    return get_text(s, "display", &g->display, error) && get_text(s, "xauthority", &g->xauth, error);
}

/* The card and its memory; documents have a default that fits. */
static bool
read_card(const XenReader *r, GError **error)
{
    static const struct { const char *word, *model; } cards[] = {
        { "stdvga", "vga" }, { "vga", "vga" }, { "cirrus", "cirrus" }, { "qxl", "qxl" }, { "none", "none" },
    };
    g_autofree char *word = NULL;
    bool standard = false, has_ram = false;
    int64_t ram = 0;
    size_t i = 0;
    Video *video;

    if (!xen_get_flag(r, "stdvga", &standard, NULL, error) || !xen_get_text(r, "vga", &word, error) ||
        !xen_get_number(r, "videoram", 1, UINT_MAX / 1024, &ram, &has_ram, error))
        return false;
    while (word && i < G_N_ELEMENTS(cards) && strcmp(cards[i].word, word) != 0)
        i++;
    if (i == G_N_ELEMENTS(cards))
        return xen_refuse(conf_get(r->conf, "vga"), error, "'vga' is '%.64s', expected stdvga, cirrus, qxl or none", word);
    if (!standard && !word && !has_ram)
        return true;
    video = xen_append(&r->domain->videos, &video_xml);
    video->model = g_strdup(word ? cards[i].model : standard ? "vga" : "cirrus");
    video->vram = (unsigned)ram * 1024;
    video->has_vram = has_ram;
    return true;
}

static bool
read_vfb(const XenReader *r, GError **error)
{
    g_autoptr(GPtrArray) items = NULL;

    if (!xen_get_items(r, "vfb", &items, error))
        return false;
    for (guint i = 0; i < list_len(items); i++) {
        const ConfValue *item = list_at(items, i);
        g_auto(GStrv) options = xen_options(item->string);
        const Source source = { r, item, options };
        const char *type = xen_option(options, "type"), *sdl = xen_option(options, "sdl");

        if (type && strcmp(type, "vnc") != 0 && strcmp(type, "sdl") != 0)
            return xen_refuse(item, error, "'type' of a display is '%.64s', expected vnc or sdl", type);
        if (!((type ? *type == 's' : sdl && strcmp(sdl, "0") != 0) ? read_sdl : read_vnc)(&source, error))
            return false;
    }
    return true;
}

bool
xen_display_read(const XenReader *r, GError **error)
{
    const Source keys = { r, NULL, NULL };
    bool vnc = false, sdl = false;

    if (r->guest != XEN_HVM)
        return read_vfb(r, error);
    return xen_get_flag(r, "vnc", &vnc, NULL, error) && xen_get_flag(r, "sdl", &sdl, NULL, error) &&
           (!vnc || read_vnc(&keys, error)) && (!sdl || read_sdl(&keys, error)) && read_card(r, error);
}

static const char *
listen_of(const Graphics *g)
{
    const ListenAddress *first = list_len(g->listens) ? list_at(g->listens, 0) : NULL;

    return g->listen ? g->listen : first ? first->address : NULL;
}

/* Only what Xen has: no sockets, no networks to listen on. */
static bool
check_listens(const XenWriter *w, const Graphics *g, GError **error)
{
    if (g->socket || list_len(g->listens) > 1 ||
        (list_len(g->listens) && ((const ListenAddress *)list_at(g->listens, 0))->type != LISTEN_TYPE_ADDRESS))
        return xen_unsupported(w, error, "a display that does not listen on one address");
    return true;
}

static bool
write_vfb(const XenWriter *w, const Graphics *g, GString *out, GError **error)
{
    bool sdl = g->type == GRAPHICS_TYPE_SDL, automatic = !sdl && (g->autoport == YESNO_YES || g->port <= 0);
    g_autofree char *display = sdl || automatic ? NULL : g_strdup_printf("%d", g->port - VNC_BASE);

    if (w->context->dialect == XEN_XM)
        xen_add_option(out, "type", graphics_type_words[g->type], NULL);
    else
        xen_add_option(out, graphics_type_words[g->type], "1", NULL);
    if (sdl)
        return xen_add_option(out, "display", g->display, error) && xen_add_option(out, "xauthority", g->xauth, error);
    return xen_add_option(out, "vncunused", automatic ? "1" : "0", error) &&
           xen_add_option(out, "vncdisplay", display, error) && xen_add_option(out, "vnclisten", listen_of(g), error) &&
           xen_add_option(out, "vncpasswd", g->passwd, error) && xen_add_option(out, "keymap", g->keymap, error);
}

static void
write_keys(const XenWriter *w, const Graphics *g)
{
    bool vnc = g && g->type == GRAPHICS_TYPE_VNC, automatic = vnc && (g->autoport == YESNO_YES || g->port <= 0);

    xen_put_number(w, "sdl", g && !vnc);
    xen_put_number(w, "vnc", vnc);
    if (vnc) {
        xen_put_number(w, "vncunused", automatic);
        if (!automatic)
            xen_put_number(w, "vncdisplay", g->port - VNC_BASE);
        xen_put_text(w, "vnclisten", listen_of(g));
        xen_put_text(w, "vncpasswd", g->passwd);
        xen_put_text(w, "keymap", g->keymap);
    } else if (g) {
        xen_put_text(w, "display", g->display);
        xen_put_text(w, "xauthority", g->xauth);
    }
}

static bool
write_card(const XenWriter *w, GError **error)
{
    enum { VRAM_CIRRUS = 8192, VRAM_VGA = 16384 };
    const Video *video = list_len(w->domain->videos) ? list_at(w->domain->videos, 0) : NULL;
    bool cirrus = !video || !g_strcmp0(video->model, "cirrus"), vga = video && !g_strcmp0(video->model, "vga");

    if (list_len(w->domain->videos) > 1 ||
        (!cirrus && !vga && g_strcmp0(video->model, "qxl") != 0 && g_strcmp0(video->model, "none") != 0 &&
         g_strcmp0(video->model, "xen") != 0))
        return xen_unsupported(w, error, "this graphics card, only one of cirrus, vga, qxl and none");
    if (vga && w->context->dialect == XEN_XM)
        xen_put_number(w, "stdvga", 1);
    else if (!cirrus && strcmp(video->model, "xen") != 0)
        xen_put_text(w, "vga", vga ? "stdvga" : video->model);
    if ((cirrus || vga) && video && video->has_vram && video->vram != (cirrus ? VRAM_CIRRUS : VRAM_VGA))
        xen_put_number(w, "videoram", (video->vram + 1023) / 1024);
    return true;
}

bool
xen_display_write(const XenWriter *w, GError **error)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);
    const Graphics *shown = NULL;

    for (guint i = 0; i < list_len(w->domain->graphics); i++) {
        const Graphics *g = list_at(w->domain->graphics, i);
        g_autoptr(GString) item = g_string_new(NULL);
        bool spice = g->type == GRAPHICS_TYPE_SPICE && w->guest == XEN_HVM && w->context->dialect == XEN_XL;

        if (!spice && g->type != GRAPHICS_TYPE_VNC && g->type != GRAPHICS_TYPE_SDL)
            return xen_unsupported(w, error, "a display of type '%s'", graphics_type_words[g->type]);
        if (i && w->guest == XEN_HVM)
            return xen_unsupported(w, error, "more than one display");
        if (!check_listens(w, g, error) || (!spice && !write_vfb(w, g, item, error)))
            return false;
        g_ptr_array_add(items, g_string_free(g_steal_pointer(&item), FALSE));
        shown = g;
    }
    if (w->guest != XEN_HVM) {
        xen_put_items(w, "vfb", items);
        return true;
    }
    if (!shown || shown->type != GRAPHICS_TYPE_SPICE)
        write_keys(w, shown);
    return write_card(w, error);
}

/* ---- SPICE ----------------------------------------------------------------- */

bool
xen_spice_read(const XenReader *r, GError **error)
{
    bool on = false, open = false, mouse = false, has_mouse = false, clipboard = false, has_clipboard = false;
    int64_t port = 0, tls = 0;
    Graphics *g;

    if (!xen_get_flag(r, "spice", &on, NULL, error))
        return false;
    if (!on)
        return true;
    g = xen_append(&r->domain->graphics, &graphics_xml);
    g->type = GRAPHICS_TYPE_SPICE;
    g->autoport = YESNO_NO;
    if (!xen_get_text(r, "spicehost", &g->listen, error) ||
        !xen_get_number(r, "spiceport", 0, 65535, &port, NULL, error) ||
        !xen_get_number(r, "spicetls_port", 0, 65535, &tls, NULL, error) ||
        !xen_get_flag(r, "spicedisable_ticketing", &open, NULL, error) ||
        !xen_get_flag(r, "spiceagent_mouse", &mouse, &has_mouse, error) ||
        !xen_get_flag(r, "spice_clipboard_sharing", &clipboard, &has_clipboard, error))
        return false;
    if (!open && !xen_get_text(r, "spicepasswd", &g->passwd, error))
        return false;
    if (!open && !g->passwd)
        return xen_refuse(conf_get(r->conf, "spice"), error, "'spicepasswd' is missing, or 'spicedisable_ticketing = 1'");
    g->port = (int)port;
    g->tls_port = (int)tls;
    if (has_mouse)
        g->mouse_mode = mouse ? MOUSE_MODE_CLIENT : MOUSE_MODE_SERVER;
    if (has_clipboard)
        g->copypaste = clipboard ? YESNO_YES : YESNO_NO;
    return true;
}

bool
xen_spice_write(const XenWriter *w, GError **error G_GNUC_UNUSED)
{
    const Graphics *g = list_len(w->domain->graphics) ? list_at(w->domain->graphics, 0) : NULL;

    if (!g || g->type != GRAPHICS_TYPE_SPICE)
        return true;
    xen_put_number(w, "sdl", 0);
    xen_put_number(w, "vnc", 0);
    xen_put_number(w, "spice", 1);
    xen_put_text(w, "spicehost", listen_of(g));
    xen_put_number(w, "spiceport", MAX(g->port, 0));
    xen_put_number(w, "spicetls_port", MAX(g->tls_port, 0));
    xen_put_number(w, "spicedisable_ticketing", !g->passwd);
    xen_put_text(w, "spicepasswd", g->passwd);
    if (g->mouse_mode)
        xen_put_number(w, "spiceagent_mouse", g->mouse_mode == MOUSE_MODE_CLIENT);
    /* Both are done by the agent. */
    if (g->mouse_mode == MOUSE_MODE_CLIENT || g->copypaste == YESNO_YES)
        xen_put_number(w, "spicevdagent", 1);
    if (g->copypaste)
        xen_put_number(w, "spice_clipboard_sharing", g->copypaste == YESNO_YES);
    return true;
}

/* ---- sound, input ---------------------------------------------------------- */

bool
xen_sound_read(const XenReader *r, GError **error)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) models = NULL;

    if (!xen_get_text(r, "soundhw", &text, error))
        return false;
    if (!text)
        return true;
    models = xen_options(!strcmp(text, "all") ? "sb16,es1370" : text);
    for (char **model = models; *model; model++) {
        if (!**model)
            return xen_refuse(conf_get(r->conf, "soundhw"), error, "'soundhw' is '%.64s', expected models of sound cards", text);
        /* What documents call ich6 is Intel's HD Audio. */
        ((Sound *)xen_append(&r->domain->sounds, &sound_xml))->model = g_strdup(!strcmp(*model, "hda") ? "ich6" : *model);
    }
    return true;
}

bool
xen_sound_write(const XenWriter *w, GError **error G_GNUC_UNUSED)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < list_len(w->domain->sounds); i++) {
        const Sound *sound = list_at(w->domain->sounds, i);

        g_string_append_printf(text, "%s%s", i ? "," : "", !strcmp(sound->model, "ich6") ? "hda" : sound->model);
    }
    xen_put_text(w, "soundhw", text->len ? text->str : NULL);
    return true;
}

/* "host:4.3" or "host:1234:beef": a device of the host. */
static bool
read_host_usb(const XenReader *r, const ConfValue *value, const char *text, GError **error)
{
    g_auto(GStrv) parts = g_strsplit_set(text, ".:", 2);
    bool ids = strchr(text, ':') != NULL;
    Hostdev *host = xen_append(&r->domain->hostdevs, &hostdev_xml);
    guint64 numbers[2] = { 0, 0 };

    if (!parts[0] || !parts[1] ||
        !g_ascii_string_to_unsigned(parts[0], ids ? 16 : 10, 0, 65535, &numbers[0], NULL) ||
        !g_ascii_string_to_unsigned(parts[1], ids ? 16 : 10, 0, 65535, &numbers[1], NULL))
        return xen_refuse(value, error, "'host:%.32s' is no USB device as in 'host:1.2' or 'host:1234:beef'", text);
    host->mode = HOSTDEV_MODE_SUBSYSTEM;
    host->type = HOSTDEV_TYPE_USB;
    host->managed = YESNO_NO;
    if (ids) {
        host->vendor = (unsigned)numbers[0];
        host->product = (unsigned)numbers[1];
    } else {
        host->bus = (unsigned)numbers[0];
        host->device = (unsigned)numbers[1];
        host->has_bus = host->has_device = true;
    }
    return true;
}

bool
xen_input_read(const XenReader *r, GError **error)
{
    g_autoptr(GPtrArray) items = NULL;
    bool on = false;

    if (!xen_get_flag(r, "usb", &on, NULL, error) || !xen_get_items(r, "usbdevice", &items, error))
        return false;
    for (guint i = 0; i < list_len(items) && on; i++) {
        const ConfValue *item = list_at(items, i);
        int type = xml_enum_value(&input_type_enum, item->string);
        Input *input;

        if (g_str_has_prefix(item->string, "host:")) {
            if (!read_host_usb(r, item, item->string + strlen("host:"), error))
                return false;
            continue;
        }
        if (type != INPUT_TYPE_MOUSE && type != INPUT_TYPE_TABLET && type != INPUT_TYPE_KEYBOARD)
            return xen_refuse(item, error, "'%.64s' in 'usbdevice' is none of mouse, tablet, keyboard and host:BUS.DEVICE",
                              item->string);
        input = xen_append(&r->domain->inputs, &input_xml);
        input->type = (InputType)type;
        input->bus = INPUT_BUS_USB;
    }
    return true;
}

bool
xen_input_write(const XenWriter *w, GError **error)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new();

    for (guint i = 0; i < list_len(w->domain->inputs); i++) {
        const Input *input = list_at(w->domain->inputs, i);

        if (input->bus == INPUT_BUS_PS2)
            continue;
        if (input->bus != INPUT_BUS_USB || input->type > INPUT_TYPE_KEYBOARD)
            return xen_unsupported(w, error, "an input device of type '%s' on bus '%s'", input_type_words[input->type],
                                   input_bus_words[input->bus]);
        g_ptr_array_add(items, (void *)input_type_words[input->type]);
    }
    if (!items->len)
        return true;
    xen_put_number(w, "usb", 1);
    if (items->len == 1)
        xen_put_text(w, "usbdevice", list_at(items, 0));
    else
        xen_put_items(w, "usbdevice", items);
    return true;
}
