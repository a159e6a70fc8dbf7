/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domain_places.c - controllers and places that every driver gives devices without asking a hypervisor
 *
 * The order of disks and controllers, the numbers of controllers and, for drivers that have no addresses of their
 * own, the slot of each smartcard.
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

void
domain_places_number_controllers(Domain *domain)
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
    if (!is_taken(domain, CONTROLLER_TYPE_CCID, 0))
        domain_places_add_controller(domain, CONTROLLER_TYPE_CCID, 0, NULL);
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
    domain_places_number_controllers(domain);
    place_smartcards(domain);
}

void
domain_places_insert_controller(GPtrArray *list, Controller *controller)
{
    int at = -1;

    for (guint i = 0; i < list->len; i++) {
        const Controller *other = list->pdata[i];

        if (other->type != controller->type)
            continue;
        if (other->index > controller->index ||
            (other->index == controller->index && !g_strcmp0(controller->model, "ich9-ehci1"))) {
            at = (int)i;
            break;
        }
        at = (int)i + 1;
    }
    g_ptr_array_insert(list, at, controller);
}

Controller *
domain_places_add_controller(Domain *domain, ControllerType type, unsigned index, const char *model)
{
    Controller *controller = xml_new(&controller_xml);

    controller->type = type;
    controller->has_index = true;
    controller->index = index;
    controller->model = g_strdup(model);
    if (!domain->controllers)
        domain->controllers = g_ptr_array_new();
    domain_places_insert_controller(domain->controllers, controller);
    return controller;
}

/* ---- disks ---------------------------------------------------------------- */

int
domain_places_disk_index(const char *target)
{
    static const char *const prefixes[] = { "xvd", "ubd", "fd", "hd", "vd", "sd", NULL };
    int index = 0;

    for (int i = 0; prefixes[i]; i++) {
        const char *p = target + strlen(prefixes[i]);

        if (!g_str_has_prefix(target, prefixes[i]))
            continue;
        if (!g_ascii_islower(*p))
            return -1;
        for (; g_ascii_islower(*p); p++) {
            index = index * 26 + (*p - 'a') + 1;
            if (index > 65536)
                return -1;
        }
        return index - 1;
    }
    return -1;
}

char *
domain_places_disk_name(DiskBus bus, unsigned index)
{
    static const char *const prefixes[DISK_BUS_LAST] = {
        [DISK_BUS_IDE] = "hd", [DISK_BUS_FDC] = "fd", [DISK_BUS_VIRTIO] = "vd", [DISK_BUS_XEN] = "xvd", [DISK_BUS_UML] = "ubd",
    };
    char letters[8] = { 0 };
    int at = 7;

    for (uint64_t n = (uint64_t)index + 1; n; n = (n - 1) / 26)
        letters[--at] = (char)('a' + (n - 1) % 26);
    return g_strconcat(prefixes[bus] ? prefixes[bus] : "sd", letters + at, NULL);
}

/* "sdb" -> 1, "hdaa1" -> 26; what it is called otherwise comes last. */
static unsigned
disk_number(const Disk *disk)
{
    const char *p = disk->target + (g_str_has_prefix(disk->target, "xvd") || g_str_has_prefix(disk->target, "ubd") ? 3 : 2);
    unsigned index = 0;

    for (; strlen(disk->target) > 2 && g_ascii_islower(*p) && index < 1u << 20; p++)
        index = index * 26 + (unsigned)(*p - 'a') + 1;
    return index;
}

void
domain_places_sort_disks(Domain *domain)
{
    GPtrArray *old = domain->disks;

    if (!old)
        return;
    domain->disks = g_ptr_array_new();
    for (guint i = 0; i < old->len; i++) {
        Disk *disk = old->pdata[i];
        int at = -1;

        for (int j = (int)domain->disks->len - 1; j >= 0; j--) {
            const Disk *other = domain->disks->pdata[j];

            if (other->bus != disk->bus)
                continue;
            if (disk_number(other) > disk_number(disk)) {
                at = j;
            } else {
                at = at < 0 ? j + 1 : at;
                break;
            }
        }
        g_ptr_array_insert(domain->disks, at, disk);
    }
    g_ptr_array_unref(old);
}
