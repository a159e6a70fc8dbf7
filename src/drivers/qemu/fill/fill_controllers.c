/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fill_controllers.c - controllers nobody mentioned: those of the chipset, and those that devices are plugged into */
#include <string.h>

#include "drivers/qemu/address/address.h"
#include "drivers/qemu/fill/fill_private.h"

static bool
index_is_taken(const Domain *def, ControllerType type, unsigned index)
{
    for (size_t i = 0; i < list_len(def->controllers); i++) {
        const Controller *c = list_at(def->controllers, i);

        if (c->type == type && c->has_index && c->index == index)
            return true;
    }
    return false;
}

/* Controllers without index get the next one of their kind; the parts of an ICH9 USB set share theirs. */
static void
fill_indexes(Domain *def)
{
    for (size_t i = 0; i < list_len(def->controllers); i++) {
        Controller *c = list_at(def->controllers, i);
        unsigned index = 0;

        if (c->has_index)
            continue;
        if (c->type == CONTROLLER_TYPE_USB && c->model && g_str_has_prefix(c->model, "ich9-uhci")) {
            for (size_t j = 0; j < i; j++) {
                const Controller *o = list_at(def->controllers, j);

                if (o->type == c->type && o->model && g_str_has_prefix(o->model, "ich9-"))
                    index = o->index;
            }
        } else {
            /* Number 0 is the root's, also where it is not mentioned. */
            if (c->type == CONTROLLER_TYPE_PCI && c->model && !g_str_has_suffix(c->model, "-root"))
                index = 1;
            while (index_is_taken(def, c->type, index))
                index++;
        }
        c->has_index = true;
        c->index = index;
    }
}

static void
sort_controllers(Domain *def)
{
    GPtrArray *old = def->controllers;

    if (!old)
        return;
    def->controllers = g_ptr_array_new();
    for (size_t i = 0; i < old->len; i++)
        domain_places_insert_controller(def->controllers, list_at(old, i));
    g_ptr_array_unref(old);
}

static const char *
usb_choices(const Fill *f)
{
    return f->options->fresh && f->board->usb_fresh ? f->board->usb_fresh : f->board->usb;
}

/* The USB controller every guest of this board has. */
static void
add_usb(Fill *f)
{
    static const char *const companions[] = { "ich9-uhci1", "ich9-uhci2", "ich9-uhci3" };
    const char *choices = f->board->usb_auto;
    g_autofree char *model = board_choose(choices ? choices : usb_choices(f), f->caps);

    if (device_controller(f->def, CONTROLLER_TYPE_USB, 0) || (choices && !model))
        return;
    domain_places_add_controller(f->def, CONTROLLER_TYPE_USB, 0, model);
    for (size_t i = 0; !g_strcmp0(model, "ich9-ehci1") && i < G_N_ELEMENTS(companions); i++)
        domain_places_add_controller(f->def, CONTROLLER_TYPE_USB, 0, companions[i]);
}

static void
need(Domain *def, ControllerType type, unsigned index)
{
    if (!device_controller(def, type, index))
        domain_places_add_controller(def, type, index, NULL);
}

static void
need_for_port(Domain *def, const char *target_type, const DeviceInfo *info)
{
    const Address *a = info->address;

    if (!g_strcmp0(target_type, "virtio"))
        need(def, CONTROLLER_TYPE_VIRTIO_SERIAL, a && a->type == ADDRESS_TYPE_VIRTIO_SERIAL ? a->controller : 0);
}

void
fill_controllers_implicit(Fill *f)
{
    Domain *def = f->def;

    fill_indexes(def);
    sort_controllers(def);
    add_usb(f);
    if (f->board->flags & BOARD_SATA)
        need(def, CONTROLLER_TYPE_SATA, 0);
    if (f->board->root && !device_controller(def, CONTROLLER_TYPE_PCI, 0))
        domain_places_add_controller(def, CONTROLLER_TYPE_PCI, 0, f->board->root);
    for (size_t i = 0; i < list_len(def->channels); i++) {
        const Channel *c = list_at(def->channels, i);

        need_for_port(def, c->target_type, &c->info);
    }
    for (size_t i = 0; i < list_len(def->consoles); i++) {
        const Console *c = list_at(def->consoles, i);

        need_for_port(def, c->target_type, &c->info);
    }
    for (size_t i = 0; i < list_len(def->smartcards); i++) {
        const Address *a = ((const Smartcard *)list_at(def->smartcards, i))->info.address;

        need(def, CONTROLLER_TYPE_CCID, a && a->type == ADDRESS_TYPE_CCID ? a->controller : 0);
    }
}

/* What only controllers of another type have. */
static void
drop_foreign(Controller *c)
{
    if (c->type != CONTROLLER_TYPE_USB && c->type != CONTROLLER_TYPE_VIRTIO_SERIAL)
        c->has_ports = false;
    if (c->type != CONTROLLER_TYPE_VIRTIO_SERIAL)
        c->has_vectors = false;
    if (c->type != CONTROLLER_TYPE_PCI)
        c->has_pci_hole64 = false;
    if (c->type == CONTROLLER_TYPE_USB && !g_strcmp0(c->model, "none"))
        g_clear_pointer(&c->info.address, address_free);
}

void
fill_controllers_models(Fill *f)
{
    static const char *const companions[] = { "ich9-uhci1", "ich9-uhci2", "ich9-uhci3" };

    for (size_t i = 0; i < list_len(f->def->controllers); i++) {
        Controller *c = list_at(f->def->controllers, i);

        drop_foreign(c);
        if (c->type == CONTROLLER_TYPE_USB && !c->model)
            c->model = board_choose(usb_choices(f), f->caps);
        if (c->type == CONTROLLER_TYPE_SCSI && (!c->model || g_str_equal(c->model, "auto"))) {
            g_free(c->model);
            c->model = board_choose(f->board->scsi, f->caps);
        }
        /* A companion serves the ports of its EHCI controller from here on. */
        for (unsigned u = 0; c->type == CONTROLLER_TYPE_USB && u < G_N_ELEMENTS(companions); u++)
            if (!g_strcmp0(c->model, companions[u]) && !c->info.has_master_startport) {
                c->info.has_master_startport = true;
                c->info.master_startport = 2 * u;
            }
        if (c->type == CONTROLLER_TYPE_PCI && c->index == 0 && !c->model)
            c->model = g_strdup(f->board->root);
    }
}
