/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pci_settle.c - numbers that follow from PCI addresses: chassis and ports, host bridges, functions, zPCI ids */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/address/pci.h"
#include "util/error.h"

static bool
host_bridge_is_taken(const PciPlan *plan, unsigned index)
{
    for (unsigned b = 0; b < plan->buses->len; b++) {
        const PciBus *bus = pci_bus_at(plan, b);

        if (bus && bus->controller->has_target_index && bus->controller->target_index == index)
            return true;
    }
    return false;
}

/* The first host bridge is always number 0; others have what is free. */
static void
settle_host_bridge(const PciPlan *plan, Controller *c)
{
    unsigned index = c->index == 0 ? 0 : 1;

    if (!c->pci_model_name)
        c->pci_model_name = g_strdup("spapr-pci-host-bridge");
    if (c->has_target_index)
        return;
    while (c->index != 0 && host_bridge_is_taken(plan, index))
        index++;
    c->has_target_index = true;
    c->target_index = index;
}

/* Bus numbers of expanders are given out from the top, two for each. */
static unsigned
free_bus_number(const PciPlan *plan)
{
    unsigned lowest = 256;

    for (unsigned b = 0; b < plan->buses->len; b++) {
        const PciBus *bus = pci_bus_at(plan, b);

        if (bus && bus->controller->has_bus_nr)
            lowest = MIN(lowest, bus->controller->bus_nr);
    }
    return lowest > 2 ? lowest - 2 : 1;
}

static void
settle_controllers(const PciPlan *plan)
{
    for (unsigned b = 0; b < plan->buses->len; b++) {
        PciBus *bus = pci_bus_at(plan, b);
        Controller *c = bus ? bus->controller : NULL;
        const char *model = c ? c->model : "";

        if (g_str_equal(model, "pci-root") && plan->board->flags & BOARD_PHB) {
            settle_host_bridge(plan, c);
        } else if (g_str_equal(model, "pci-bridge") && !c->has_chassis_nr) {
            c->has_chassis_nr = true;
            c->chassis_nr = c->index;
        } else if (g_str_equal(model, "pcie-root-port") || g_str_equal(model, "pcie-switch-downstream-port")) {
            const PciAddress *a = &c->info.address->pci;

            if (!c->has_chassis)
                c->chassis = c->index;
            if (!c->has_port)
                c->port = bus->model->needs == PCI_SLOT_PORT ? a->slot << 3 | a->function : a->slot;
            c->has_chassis = c->has_port = true;
        } else if (strstr(model, "expander-bus") && !c->has_bus_nr) {
            c->bus_nr = free_bus_number(plan);
            c->has_bus_nr = true;
        }
    }
}

typedef struct Functions {
    const PciPlan *plan;
    GHashTable *used;     /* bus << 5 | slot -> functions */
    bool mark;
} Functions;

/* Function 0 of a slot that has others says so; the firmware would not look for them. */
static bool
count_function(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    Functions *f = data;
    PciAddress *a = info->address && info->address->type == ADDRESS_TYPE_PCI ? &info->address->pci : NULL;
    gpointer key = a ? GUINT_TO_POINTER(a->bus << 5 | a->slot) : NULL;
    unsigned used = a ? GPOINTER_TO_UINT(g_hash_table_lookup(f->used, key)) : 0;

    if (a && !f->mark)
        g_hash_table_insert(f->used, key, GUINT_TO_POINTER(used | 1u << a->function));
    else if (a && a->function == 0 && used > 1 && a->multifunction == ONOFF_UNSET)
        a->multifunction = ONOFF_ON;
    return true;
}

typedef struct Zpci {
    GHashTable *uids, *fids;
    enum { ZPCI_KEEP, ZPCI_COMPLETE, ZPCI_CHOOSE } step;
} Zpci;

static bool
keep_id(GHashTable *ids, unsigned id, const char *what, GError **error)
{
    if (g_hash_table_add(ids, GUINT_TO_POINTER(id)))
        return true;
    error_set(error, VIR_ERR_INTERNAL_ERROR, "zPCI %s %o is already reserved", what, id); /* octal, as clients know it */
    return false;
}

static unsigned
free_id(GHashTable *ids, unsigned first)
{
    while (!g_hash_table_add(ids, GUINT_TO_POINTER(first)))
        first++;
    return first;
}

/* Guests of s390 know PCI devices by two numbers, as well: what is given is kept, half a pair is completed first. */
static bool
settle_zpci(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    Zpci *z = data;
    PciAddress *a = info->address && info->address->type == ADDRESS_TYPE_PCI ? &info->address->pci : NULL;

    if (!a || kind == DEVICE_CONSOLE)
        return true;
    if (z->step == ZPCI_KEEP)
        return (!a->has_zpci_uid || keep_id(z->uids, a->zpci_uid, "uid", error)) &&
               (!a->has_zpci_fid || keep_id(z->fids, a->zpci_fid, "fid", error));
    if (z->step == ZPCI_COMPLETE && !a->has_zpci_uid && !a->has_zpci_fid)
        return true;
    if (!a->has_zpci_uid)
        a->zpci_uid = free_id(z->uids, 1);
    if (!a->has_zpci_fid)
        a->zpci_fid = free_id(z->fids, 0);
    a->zpci = a->has_zpci_uid = a->has_zpci_fid = true;
    return true;
}

bool
pci_settle(PciPlan *plan, GError **error)
{
    g_autoptr(GHashTable) used = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) uids = g_hash_table_new(NULL, NULL), fids = g_hash_table_new(NULL, NULL);
    Functions functions = { plan, used, false };
    Zpci zpci = { uids, fids, ZPCI_KEEP };

    settle_controllers(plan);
    device_each(plan->def, DEVICE_LAST, count_function, &functions, NULL);
    functions.mark = true;
    device_each(plan->def, DEVICE_LAST, count_function, &functions, NULL);
    if (plan->board->bus != BOARD_BUS_CCW || !qemu_caps_has(plan->caps, "zpci"))
        return true;
    for (; zpci.step <= ZPCI_CHOOSE; zpci.step++)
        if (!device_each(plan->def, DEVICE_LAST, settle_zpci, &zpci, error))
            return false;
    return true;
}
