/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pci_chipset.c - what the chipset of a PC has in a fixed place, and the parts of a USB 2 controller */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/address/pci.h"
#include "util/error.h"

static void
occupy(PciPlan *plan, unsigned slot)
{
    pci_bus_at(plan, 0)->used[slot] = 0xff;
}

static void
place(PciPlan *plan, DeviceInfo *info, unsigned slot, unsigned function)
{
    if (address_is_wanted(info, ADDRESS_TYPE_PCI) && pci_bus_is_free(plan, 0, slot))
        pci_take(plan, info, 0, slot, function, ONOFF_UNSET);
}

static void
place_video(PciPlan *plan, unsigned slot)
{
    Video *v = list_len(plan->def->videos) ? list_at(plan->def->videos, 0) : NULL;

    if (v && pci_slot_of(DEVICE_VIDEO, v) != PCI_SLOT_NONE)
        place(plan, &v->info, slot, 0);
}

/* The functions of the south bridge are in slot 1, whoever else wants to be there. */
static bool
is_ours(const PciPlan *plan, const DeviceInfo *info, unsigned function, GError **error)
{
    const Address *a = info ? info->address : NULL;

    if (!(pci_bus_at(plan, 0)->used[1] & 1u << function) ||
        (a && a->type == ADDRESS_TYPE_PCI && !address_is_wanted(info, ADDRESS_TYPE_PCI)))
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "Attempted double use of PCI Address 0000:00:01.%u", function);
    return false;
}

static bool
place_i440fx(PciPlan *plan, GError **error)
{
    Controller *ide = device_controller(plan->def, CONTROLLER_TYPE_IDE, 0);
    Controller *usb = device_controller(plan->def, CONTROLLER_TYPE_USB, 0);

    if (!is_ours(plan, NULL, 0, error) || !is_ours(plan, ide ? &ide->info : NULL, 1, error) ||
        (usb && !g_strcmp0(usb->model, "piix3-uhci") && !is_ours(plan, &usb->info, 2, error)))
        return false;
    if (ide) {
        const Address *a = ide->info.address;

        if (a && a->type == ADDRESS_TYPE_PCI && !address_is_wanted(&ide->info, ADDRESS_TYPE_PCI) &&
            (a->pci.bus || a->pci.slot != 1 || a->pci.function != 1)) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "Primary IDE controller must have PCI address 0:0:1.1");
            return false;
        }
        pci_take(plan, &ide->info, 0, 1, 1, ONOFF_UNSET);
    }
    if (usb && !g_strcmp0(usb->model, "piix3-uhci") && usb->info.address && usb->info.address->type == ADDRESS_TYPE_PCI &&
        !address_is_wanted(&usb->info, ADDRESS_TYPE_PCI)) {
        const PciAddress *a = &usb->info.address->pci;

        if (a->bus || a->slot != 1 || a->function != 2) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "PIIX3 USB controller at index 0 must have PCI address 0:0:1.2");
            return false;
        }
    }
    if (usb && address_is_wanted(&usb->info, ADDRESS_TYPE_PCI) && !g_strcmp0(usb->model, "piix3-uhci"))
        pci_take(plan, &usb->info, 0, 1, 2, ONOFF_UNSET);
    occupy(plan, 1);
    place_video(plan, 2);
    return true;
}

static const struct { const char *model; unsigned function; } usb_parts[] = {
    { "ich9-ehci1", 7 }, { "ich9-uhci1", 0 }, { "ich9-uhci2", 1 }, { "ich9-uhci3", 2 },
};

static int
usb_function(const Controller *c)
{
    for (size_t i = 0; c->type == CONTROLLER_TYPE_USB && i < G_N_ELEMENTS(usb_parts); i++)
        if (!g_strcmp0(c->model, usb_parts[i].model))
            return (int)usb_parts[i].function;
    return -1;
}

bool
pci_chipset_is_usb(const Controller *c)
{
    return usb_function(c) >= 0;
}

static const PciAddress *
sibling_address(const Domain *def, const Controller *c)
{
    for (size_t i = 0; i < list_len(def->controllers); i++) {
        const Controller *o = list_at(def->controllers, i);
        const Address *a = o->info.address;

        if (o != c && o->type == CONTROLLER_TYPE_USB && o->index == c->index && usb_function(o) >= 0 && a &&
            a->type == ADDRESS_TYPE_PCI && !address_is_wanted(&o->info, ADDRESS_TYPE_PCI))
            return &a->pci;
    }
    return NULL;
}

static void
place_usb(PciPlan *plan, Controller *c, unsigned bus, unsigned slot)
{
    int function = usb_function(c);

    pci_take(plan, &c->info, bus, slot, function, function == 0 ? ONOFF_ON : ONOFF_UNSET);
}

bool
pci_chipset_usb(PciPlan *plan, Controller *c, GError **error)
{
    const PciAddress *sibling = sibling_address(plan->def, c);
    unsigned bus = sibling ? sibling->bus : 0, slot = sibling ? sibling->slot : 0, function;

    if (!sibling && !pci_find_slot(plan, PCI_SLOT_PCI, 0, &bus, &slot, &function, error))
        return false;
    place_usb(plan, c, bus, slot);
    return true;
}

static bool
place_q35(PciPlan *plan)
{
    static const unsigned usb_slots[] = { 0x1d, 0x1a };
    Controller *sata = device_controller(plan->def, CONTROLLER_TYPE_SATA, 0);

    for (unsigned b = 1; b < plan->buses->len; b++) {
        PciBus *bus = pci_bus_at(plan, b);

        if (bus && bus->model->needs == PCI_SLOT_DMI)
            place(plan, &bus->controller->info, 0x1e, 0);
    }
    if (sata && address_is_wanted(&sata->info, ADDRESS_TYPE_PCI))
        pci_take(plan, &sata->info, 0, 0x1f, 2, ONOFF_UNSET);
    occupy(plan, 0x1f);
    for (size_t i = 0; i < list_len(plan->def->sounds); i++) {
        Sound *s = list_at(plan->def->sounds, i);

        if (g_str_equal(s->model, "ich9"))
            place(plan, &s->info, 0x1b, 0);
    }
    for (size_t i = 0; i < list_len(plan->def->controllers); i++) {
        Controller *c = list_at(plan->def->controllers, i);
        const PciAddress *sibling;

        if (usb_function(c) < 0 || !address_is_wanted(&c->info, ADDRESS_TYPE_PCI))
            continue;
        sibling = sibling_address(plan->def, c);
        for (size_t s = 0; !sibling && s < G_N_ELEMENTS(usb_slots); s++)
            if (pci_bus_is_free(plan, 0, usb_slots[s])) {
                place_usb(plan, c, 0, usb_slots[s]);
                break;
            }
        if (sibling)
            place_usb(plan, c, sibling->bus, sibling->slot);
    }
    place_video(plan, 1);
    return true;
}

bool
pci_chipset_place(PciPlan *plan, GError **error)
{
    if (device_is_x86(plan->def) && device_is_i440fx(plan->def))
        return place_i440fx(plan, error);
    return !(device_is_x86(plan->def) && device_is_q35(plan->def)) || place_q35(plan);
}
