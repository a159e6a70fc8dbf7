/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domain_places.c - controllers and places that every driver gives devices without asking a hypervisor
 *
 * For drivers that have no addresses of their own: the numbers of controllers, and the slot of each smartcard.
 */
#include <string.h>

#include "drivers/conf/domain.h"

static bool
is_taken(const Domain *domain, ControllerType type, unsigned index)
{
    for (guint i = 0; domain->controllers && i < domain->controllers->len; i++) {
        const Controller *controller = domain->controllers->pdata[i];

        if (controller->type == type && controller->has_index && controller->index == index)
            return true;
    }
    return false;
}

static void
number_controllers(Domain *domain)
{
    for (guint i = 0; domain->controllers && i < domain->controllers->len; i++) {
        Controller *controller = domain->controllers->pdata[i];
        unsigned index = 0;

        if (controller->has_index)
            continue;
        while (is_taken(domain, controller->type, index))
            index++;
        controller->has_index = true;
        controller->index = index;
    }
}

static bool
slot_is_taken(const Domain *domain, unsigned slot)
{
    for (guint i = 0; i < domain->smartcards->len; i++) {
        const Address *at = ((Smartcard *)domain->smartcards->pdata[i])->info.address;

        if (at && at->type == ADDRESS_TYPE_CCID && !at->controller && at->slot == slot)
            return true;
    }
    return false;
}

static void
need_ccid(Domain *domain)
{
    Controller *controller;

    if (is_taken(domain, CONTROLLER_TYPE_CCID, 0))
        return;
    controller = xml_new(&controller_xml);
    controller->type = CONTROLLER_TYPE_CCID;
    controller->has_index = true;
    if (!domain->controllers)
        domain->controllers = g_ptr_array_new();
    g_ptr_array_add(domain->controllers, controller);
}

static void
place_smartcards(Domain *domain)
{
    for (guint i = 0; domain->smartcards && i < domain->smartcards->len; i++) {
        DeviceInfo *info = &((Smartcard *)domain->smartcards->pdata[i])->info;
        unsigned slot = 0;

        need_ccid(domain);
        if (info->address && info->address->type != ADDRESS_TYPE_UNSET)
            continue;
        while (slot_is_taken(domain, slot))
            slot++;
        if (!info->address)
            info->address = xml_new(&address_xml);
        info->address->type = ADDRESS_TYPE_CCID;
        info->address->slot = slot;
    }
}

void
domain_places_settle(Domain *domain)
{
    number_controllers(domain);
    place_smartcards(domain);
}
