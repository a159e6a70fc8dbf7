/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fill_migratable.c - a definition as an older host understands it
 *
 * What every host fills in by itself, and hosts of long ago did not know by name, is left out: the guest there
 * gets the same hardware all the same.
 */
#include <string.h>

#include "drivers/qemu/fill/fill_private.h"

/* Remove from @list, which may be NULL, what @drop says. */
static void
drop_from(const Domain *def, GPtrArray *list, bool (*drop)(const Domain *def, const void *item), const XmlStruct *xml)
{
    for (size_t i = list_len(list); i-- > 0;)
        if (drop(def, list_at(list, i)))
            xml_free(xml, g_ptr_array_remove_index(list, i));
}

static size_t
count_controllers(const Domain *def, ControllerType type)
{
    size_t n = 0;

    for (size_t i = 0; i < list_len(def->controllers); i++)
        n += ((const Controller *)list_at(def->controllers, i))->type == type;
    return n;
}

/* The USB controller of the PIIX chipset and the only PCI root are always there. */
static bool
drop_controller(const Domain *def, const void *item)
{
    const Controller *c = item;

    if (c->index != 0 || count_controllers(def, c->type) != 1 || !c->model)
        return false;
    if (c->type == CONTROLLER_TYPE_USB)
        return device_is_i440fx(def) && g_str_equal(c->model, "piix3-uhci") && !c->info.user_alias;
    return c->type == CONTROLLER_TYPE_PCI && g_str_equal(c->model, "pci-root") && !c->has_pci_hole64;
}

static bool
drop_keyboard(const Domain *def, const void *item)
{
    const Input *input = item;

    return input->type == INPUT_TYPE_KEYBOARD && input->bus == INPUT_BUS_PS2 && !input->info.user_alias;
}

static bool
drop_panic(const Domain *def, const void *item)
{
    PanicModel model = ((const Panic *)item)->model;

    return model == PANIC_MODEL_PSERIES || model == PANIC_MODEL_S390;
}

static bool
drop_listen(const Domain *def, const void *item)
{
    const ListenAddress *listen = item;

    return listen->type == LISTEN_TYPE_NONE || (listen->type == LISTEN_TYPE_SOCKET && listen->socket);
}

/* SPICE that listens nowhere was once said by refusing it a port; a socket of its own by an attribute. */
static void
simplify_graphics(Domain *def, Graphics *g)
{
    const ListenAddress *first = list_len(g->listens) ? list_at(g->listens, 0) : NULL;

    if (!first || (first->type == LISTEN_TYPE_NONE && g->type != GRAPHICS_TYPE_SPICE) ||
        (first->type == LISTEN_TYPE_SOCKET && g->type != GRAPHICS_TYPE_VNC))
        return;
    if (first->type == LISTEN_TYPE_NONE)
        g->autoport = YESNO_NO;
    drop_from(def, g->listens, drop_listen, &listen_address_xml);
}

/* Types of serial ports were not named where a board has but one. */
static void
simplify_serial(Serial *s)
{
    if (g_strcmp0(s->target_type, "system-serial") != 0 && g_strcmp0(s->target_type, "spapr-vio-serial") != 0)
        return;
    g_clear_pointer(&s->target_type, g_free);
    g_clear_pointer(&s->model, g_free);
}

/* The watchdog of the q35 chipset was not in definitions before 9.1. */
static bool
drop_watchdog(const Domain *def, const void *item)
{
    return !g_strcmp0(((const Watchdog *)item)->model, "itco");
}

static void
drop_audio(Domain *def, const QemuConf *conf, char **env)
{
    const Audio *audio = list_len(def->audios) == 1 ? list_at(def->audios, 0) : NULL;
    g_autoptr(Audio) usual = audio ? fill_audio_usual(def, conf, env) : NULL;

    g_autofree char *is = audio ? xml_format_text(&audio_xml, audio, 0) : NULL;
    g_autofree char *would = usual ? xml_format_text(&audio_xml, usual, 0) : NULL;

    if (would && g_str_equal(is, would))
        audio_free(g_ptr_array_remove_index(def->audios, 0));
}

void
fill_migratable(Domain *def, const QemuConf *conf, char **env)
{
    for (size_t i = 0; i < list_len(def->controllers); i++) {
        Controller *c = list_at(def->controllers, i);

        if (!g_strcmp0(c->pci_model_name, "spapr-pci-host-bridge"))
            g_clear_pointer(&c->pci_model_name, g_free);
    }
    drop_from(def, def->controllers, drop_controller, &controller_xml);
    drop_from(def, def->inputs, drop_keyboard, &input_xml);
    drop_from(def, def->panics, drop_panic, &panic_xml);
    if (list_len(def->watchdogs) == 1)
        drop_from(def, def->watchdogs, drop_watchdog, &watchdog_xml);
    for (size_t i = 0; i < list_len(def->graphics); i++)
        simplify_graphics(def, list_at(def->graphics, i));
    for (size_t i = 0; i < list_len(def->serials); i++)
        simplify_serial(list_at(def->serials, i));
    drop_audio(def, conf, env);
}
