/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fill_device.c - displays, sound, input, and the small devices: what is always there, and which model it is */
#include <string.h>

#include "drivers/qemu/fill/fill_private.h"

/* The next power of two: what video memory comes in. */
static uint64_t
round_up(uint64_t size)
{
    uint64_t power = 1;

    while (power < size && power < 1ull << 63)
        power <<= 1;
    return size ? power : 0;
}

static bool
has_input(const Domain *def, InputType type, InputBus bus)
{
    for (size_t i = 0; i < list_len(def->inputs); i++) {
        const Input *input = list_at(def->inputs, i);

        if (input->type == type && input->bus == bus)
            return true;
    }
    return false;
}

static void
drop_input_source(Input *input)
{
    g_clear_pointer(&input->evdev, g_free);
    g_clear_pointer(&input->dev, g_free);
    input->grab = INPUT_GRAB_UNSET;
    input->repeat = ONOFF_UNSET;
    input->grab_toggle = GRAB_TOGGLE_UNSET;
}

void
fill_inputs(Fill *f)
{
    static const InputType ps2[] = { INPUT_TYPE_MOUSE, INPUT_TYPE_KEYBOARD };
    bool x86 = device_is_x86(f->def), there[G_N_ELEMENTS(ps2)];

    /* One that does not say its bus does not stand for that of the board. */
    for (size_t i = 0; i < G_N_ELEMENTS(ps2); i++)
        there[i] = has_input(f->def, ps2[i], INPUT_BUS_PS2);

    for (size_t i = 0; i < list_len(f->def->inputs); i++) {
        Input *input = list_at(f->def->inputs, i);

        /* The others are no devices of the host. */
        if (input->type != INPUT_TYPE_PASSTHROUGH && input->type != INPUT_TYPE_EVDEV)
            drop_input_source(input);
        if (input->bus != INPUT_BUS_UNSET || input->type == INPUT_TYPE_EVDEV)
            continue;
        input->bus = input->type == INPUT_TYPE_PASSTHROUGH || f->board->bus == BOARD_BUS_CCW ? INPUT_BUS_VIRTIO
                     : input->type == INPUT_TYPE_TABLET || !x86                              ? INPUT_BUS_USB
                                                                                             : INPUT_BUS_PS2;
    }
    if (!(f->board->flags & BOARD_PS2) || (f->def->features && f->def->features->ps2 == ONOFF_OFF))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(ps2); i++)
        if (!there[i]) {
            Input *input = fill_add_device(f->def, DEVICE_INPUT);

            input->type = ps2[i];
            input->bus = INPUT_BUS_PS2;
        }
}

static void
fill_video(Fill *f, Video *v)
{
    bool qxl;

    if (!g_strcmp0(v->model, "default"))
        g_clear_pointer(&v->model, g_free);
    if (!v->model)
        v->model = board_choose(f->board->video, f->caps);
    if (!v->model || g_str_equal(v->model, "none"))
        return;
    qxl = g_str_equal(v->model, "qxl");
    if (!v->has_heads)
        v->heads = 1;
    v->has_heads = true;
    if (!v->has_vram && !g_str_equal(v->model, "virtio") && !g_str_equal(v->model, "ramfb")) {
        v->has_vram = true;
        v->vram = qxl ? 64 * 1024 : 16 * 1024;
    }
    if (!qxl && v->has_vram)
        v->vram = round_up(v->vram);
    if (qxl && !v->has_ram) {
        v->has_ram = true;
        v->ram = 64 * 1024;
    }
    if (qxl && !v->has_vgamem) {
        v->has_vgamem = true;
        v->vgamem = 16 * 1024;
    }
}

void
fill_displays(Fill *f)
{
    Domain *def = f->def;

    if (list_len(def->graphics) && !list_len(def->videos))
        fill_add_device(def, DEVICE_VIDEO);
    /* The primary card comes first. */
    for (size_t i = 1; i < list_len(def->videos); i++)
        if (((Video *)list_at(def->videos, i))->primary == YESNO_YES)
            g_ptr_array_insert(def->videos, 0, g_ptr_array_remove_index(def->videos, i));
    for (size_t i = 0; i < list_len(def->videos); i++) {
        Video *v = list_at(def->videos, i);

        fill_video(f, v);
        if (i == 0 && v->primary == YESNO_UNSET && g_strcmp0(v->model, "none") != 0)
            v->primary = YESNO_YES;
    }
}

/* The name of QEMU's QEMU_AUDIO_DRV for a back end. */
static AudioType
audio_of_env(const char *name)
{
    if (g_str_equal(name, "pa"))
        return AUDIO_TYPE_PULSEAUDIO;
    if (g_str_equal(name, "wav"))
        return AUDIO_TYPE_FILE;
    for (int t = AUDIO_TYPE_NONE; t < AUDIO_TYPE_LAST; t++)
        if (g_str_equal(name, audio_type_words[t]))
            return t;
    return AUDIO_TYPE_UNSET;
}

Audio *
fill_audio_usual(const Domain *def, const QemuConf *conf, char **env)
{
    const char *name = g_environ_getenv(env, "QEMU_AUDIO_DRV");
    AudioType type = AUDIO_TYPE_UNSET, host = name ? audio_of_env(name) : AUDIO_TYPE_UNSET;
    Audio *audio;

    if (!list_len(def->graphics))
        type = conf->nographics_allow_host_audio && host ? host : AUDIO_TYPE_NONE;
    /* The last display of a kind that carries sound, or could, decides. */
    for (size_t i = 0; i < list_len(def->graphics); i++) {
        GraphicsType display = ((const Graphics *)list_at(def->graphics, i))->type;

        if (display == GRAPHICS_TYPE_SPICE)
            type = AUDIO_TYPE_SPICE;
        else if (display == GRAPHICS_TYPE_VNC)
            type = conf->vnc_allow_host_audio && host ? host : AUDIO_TYPE_NONE;
        else if (display == GRAPHICS_TYPE_SDL)
            type = host;
    }
    if (type == AUDIO_TYPE_UNSET)
        return NULL;
    audio = xml_new(&audio_xml);
    audio->id = 1;
    audio->type = type;
    name = g_environ_getenv(env, "SDL_AUDIODRIVER");
    for (int d = SDL_DRIVER_UNSET + 1; type == AUDIO_TYPE_SDL && name && d < SDL_DRIVER_LAST; d++)
        if (g_str_equal(name, sdl_driver_words[d]))
            audio->driver = d;
    return audio;
}

void
fill_audio(Fill *f)
{
    Domain *def = f->def;
    Audio *audio = list_len(def->audios) ? NULL : fill_audio_usual(def, f->conf, f->options->env);

    if (!audio)
        return;
    if (!def->audios)
        def->audios = g_ptr_array_new();
    g_ptr_array_add(def->audios, audio);
}

static void
fill_watchdogs(Fill *f)
{
    Domain *def = f->def;
    WatchdogAction action = WATCHDOG_ACTION_RESET;
    bool itco = !(f->board->flags & BOARD_ITCO);

    for (size_t i = 0; i < list_len(def->watchdogs); i++) {
        Watchdog *w = list_at(def->watchdogs, i);

        itco |= !g_strcmp0(w->model, "itco");
        if (w->action == WATCHDOG_ACTION_UNSET)
            w->action = WATCHDOG_ACTION_RESET;
        if (i == 0)
            action = w->action;
    }
    /* QEMU has one action for all of them. */
    if (!itco) {
        Watchdog *w = fill_add_device(def, DEVICE_WATCHDOG);

        w->model = g_strdup("itco");
        w->action = action;
    }
}

static void
fill_panics(Fill *f)
{
    if (f->board->flags & BOARD_PANIC && !list_len(f->def->panics))
        fill_add_device(f->def, DEVICE_PANIC);
    for (size_t i = 0; i < list_len(f->def->panics); i++) {
        Panic *p = list_at(f->def->panics, i);

        if (p->model == PANIC_MODEL_UNSET || p->model == PANIC_MODEL_DEFAULT)
            p->model = f->board->panic;
    }
}

static void
fill_tpms(Fill *f)
{
    for (size_t i = 0; i < list_len(f->def->tpms); i++) {
        Tpm *t = list_at(f->def->tpms, i);
        const char *slash = strchr(f->board->tpm, '/');
        bool v2;

        if (!t->model)
            t->model = g_strndup(f->board->tpm, slash - f->board->tpm);
        /* Only the plain PC device knows version 1.2; what makes the state may not know it either. */
        v2 = !g_str_equal(t->model, "tpm-tis") || slash[1] || f->options->no_tpm_1_2;
        if (t->type == TPM_BACKEND_EMULATOR && t->version == TPM_VERSION_UNSET)
            t->version = v2 ? TPM_VERSION_2_0 : TPM_VERSION_1_2;
    }
}

static void
fill_shmems(Fill *f)
{
    for (size_t i = 0; i < list_len(f->def->shmems); i++) {
        Shmem *s = list_at(f->def->shmems, i);

        if (s->size == 0 && !g_strcmp0(s->model, "ivshmem-plain"))
            s->size = 4 << 20;
        if (!g_strcmp0(s->model, "ivshmem-doorbell")) {
            s->msi = true;
            if (s->msi_ioeventfd == ONOFF_UNSET)
                s->msi_ioeventfd = ONOFF_ON;
        }
    }
}

/* -1 stands for anything, as an absent attribute does. */
static void
fill_redirfilter(RedirFilter *filter)
{
    for (size_t i = 0; filter && i < list_len(filter->usbdevs); i++) {
        UsbFilter *u = list_at(filter->usbdevs, i);
        char **const members[] = { &u->device_class, &u->vendor, &u->product, &u->version };

        for (size_t m = 0; m < G_N_ELEMENTS(members); m++)
            if (!g_strcmp0(*members[m], "-1"))
                g_clear_pointer(members[m], g_free);
        /* Two digits follow the point. */
        if (u->version && g_regex_match_simple("^[0-9]+\\.[0-9]$", u->version, 0, 0)) {
            g_autofree char *version = g_strconcat(u->version, "0", NULL);

            fill_set(&u->version, version);
        }
    }
}

/* What is left of a label that was skipped in one run says nothing about the next. */
static void
drop_bare_labels(GPtrArray *labels)
{
    for (size_t i = list_len(labels); i-- > 0;) {
        DeviceSecLabel *l = list_at(labels, i);

        if (!l->label && l->relabel == YESNO_UNSET && l->labelskip == YESNO_UNSET) {
            g_ptr_array_remove_index(labels, i);
            device_sec_label_free(l);
        }
    }
}

/* Without a security driver there is one label: none. */
static void
fill_seclabels(Fill *f)
{
    for (size_t i = 0; i < list_len(f->def->disks); i++)
        drop_bare_labels(((Disk *)list_at(f->def->disks, i))->seclabels);
    for (size_t i = 0; i < list_len(f->def->seclabels); i++) {
        SecLabel *l = list_at(f->def->seclabels, i);

        if (l->model || l->type == SECLABEL_TYPE_STATIC)
            continue;
        l->model = g_strdup("none");
        l->type = SECLABEL_TYPE_NONE;
        l->relabel = YESNO_UNSET;
    }
}

void
fill_misc(Fill *f)
{
    Domain *def = f->def;

    if (!def->memballoon && f->board->flags & BOARD_BALLOON) {
        def->memballoon = xml_new(&memballoon_xml);
        def->memballoon->model = g_strdup("virtio");
    }
    if (def->memballoon && !g_strcmp0(def->memballoon->model, "none")) {
        g_clear_pointer(&def->memballoon->info.address, address_free);
        g_clear_pointer(&def->memballoon->info.alias, g_free);
    }
    fill_watchdogs(f);
    fill_panics(f);
    fill_tpms(f);
    fill_shmems(f);
    fill_redirfilter(def->redirfilter);
    fill_seclabels(f);
    for (size_t i = 0; i < list_len(def->rngs); i++) {
        Rng *r = list_at(def->rngs, i);

        if (r->backend == RNG_MODEL_RANDOM && (!r->path || !r->path[0]))
            fill_set(&r->path, "/dev/random");
    }
    for (size_t i = 0; i < list_len(def->redirdevs); i++) {
        RedirDev *r = list_at(def->redirdevs, i);

        if (r->source.type == CHAR_TYPE_DBUS && !r->source.channel)
            fill_set(&r->source.channel, "org.qemu.usbredir");
    }
    for (size_t i = 0; i < list_len(def->sounds); i++) {
        Sound *s = list_at(def->sounds, i);

        if (!g_strcmp0(s->model, "virtio") && !s->streams)
            s->streams = 2;
    }
    if (def->vsock && !def->vsock->model)
        def->vsock->model = g_strdup("virtio");
}
