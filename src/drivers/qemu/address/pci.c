/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pci.c - PCI addresses, and the bridges and ports they need
 *
 * What the document says is reserved and checked; what the chipset fixes is placed; each remaining device goes to the
 * first slot that suits it, in an order by class that hosts have relied on for years; where there is none, a port or
 * bridge is added.  All that is done twice: a rehearsal on a copy says which controllers will be needed, so that in
 * the real run they are placed before the devices, as if the document had named them.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/address/pci.h"
#include "util/error.h"

PciBus *
pci_bus_at(const PciPlan *plan, unsigned index)
{
    return index < plan->buses->len ? plan->buses->pdata[index] : NULL;
}

bool
pci_bus_is_free(const PciPlan *plan, unsigned bus, unsigned slot)
{
    const PciBus *b = pci_bus_at(plan, bus);

    return b && !b->used[slot];
}

static PciBus *
add_bus(PciPlan *plan, Controller *c)
{
    PciBus *bus = g_new0(PciBus, 1);

    bus->controller = c;
    bus->model = pci_slot_model(c->model);
    /* Only host bridges after the first may serve one IOMMU group alone. */
    bus->fixed = c->index == 0 || !(plan->board->flags & BOARD_PHB);
    if (!c->pci_model_name)
        c->pci_model_name = g_strdup(bus->model->name);
    if (plan->buses->len <= c->index)
        g_ptr_array_set_size(plan->buses, (int)c->index + 1);
    plan->buses->pdata[c->index] = bus;
    return bus;
}

void
pci_take(PciPlan *plan, DeviceInfo *info, unsigned bus, unsigned slot, unsigned function, Onoff multifunction)
{
    Address *a = address_get(info, ADDRESS_TYPE_PCI);

    a->pci.bus = bus;
    a->pci.slot = slot;
    a->pci.function = function;
    a->pci.multifunction = multifunction;
    pci_bus_at(plan, bus)->used[slot] |= 1u << function;
}

/* The device of the host behind @device, as "0000:01:00.0"; NULL for others. */
static char *
source_of(DeviceKind kind, const void *device)
{
    const Hostdev *h = kind == DEVICE_HOSTDEV ? device : NULL;
    const Interface *n = kind == DEVICE_INTERFACE ? device : NULL;
    const PciAddress *a = NULL;

    if (h && h->mode == HOSTDEV_MODE_SUBSYSTEM && h->type == HOSTDEV_TYPE_PCI)
        a = &h->pci;
    if (n && n->type == INTERFACE_TYPE_HOSTDEV && n->hostdev_address &&
        n->hostdev_address->type == INTERFACE_ADDRESS_TYPE_PCI)
        a = &n->hostdev_address->pci;
    return a ? g_strdup_printf("%04x:%02x:%02x.%x", a->domain, a->bus, a->slot, a->function) : NULL;
}

/* The isolation group of a device: 0 for all but devices of the host on boards with several host bridges. */
static int
group_of(const PciPlan *plan, DeviceKind kind, const void *device)
{
    g_autofree char *source = source_of(kind, device);

    if (!source || !(plan->board->flags & BOARD_PHB) || !plan->host->iommu_group)
        return 0;
    return plan->host->iommu_group(plan->host->data, source) + 1;
}

/* What a device needs, given what the host says about the one behind it. */
static unsigned
slot_of(const PciPlan *plan, DeviceKind kind, const void *device)
{
    g_autofree char *source = source_of(kind, device);

    if (source && plan->express && plan->host->is_conventional && plan->host->is_conventional(plan->host->data, source))
        return PCI_SLOT_PCI;
    return pci_slot_of(kind, device);
}

static bool
reserve(PciPlan *plan, const PciAddress *a, bool port, int group, GError **error)
{
    PciBus *bus = pci_bus_at(plan, a->bus);

    if (a->domain != 0) {
        error_set(error, VIR_ERR_XML_ERROR, "Invalid PCI address %04x:%02x:%02x.%x. Only PCI domain 0 is available", a->domain,
                  a->bus, a->slot, a->function);
        return false;
    }
    if (!bus) {
        error_set(error, VIR_ERR_XML_ERROR, "invalid PCI address %04x:%02x:%02x.%x: there is no such bus", a->domain,
                  a->bus, a->slot, a->function);
        return false;
    }
    if (a->slot > bus->model->last || a->slot < bus->model->first) {
        bool low = a->slot < bus->model->first;

        error_set(error, VIR_ERR_XML_ERROR, "Invalid PCI address %04x:%02x:%02x.%x. slot must be %s %u", a->domain,
                  a->bus, a->slot, a->function, low ? ">=" : "<=", low ? bus->model->first : bus->model->last);
        return false;
    }
    if (bus->used[a->slot] & (1u << a->function)) {
        error_set(error, VIR_ERR_XML_ERROR, "Attempted double use of PCI Address %04x:%02x:%02x.%x", a->domain,
                  a->bus, a->slot, a->function);
        return false;
    }
    bus->ports[a->slot] = port && (!bus->used[a->slot] || bus->ports[a->slot]);
    bus->used[a->slot] |= 1u << a->function;
    /* Function 0 that says there are no others is believed. */
    if (a->function == 0 && a->multifunction == ONOFF_OFF)
        bus->ports[a->slot] = false;
    if (!bus->fixed)
        bus->group = group;
    bus->fixed = true;
    return true;
}

static bool
reserve_given(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    PciPlan *plan = data;
    const Address *a = info->address;
    const Controller *c = kind == DEVICE_CONTROLLER ? device : NULL;
    const PciModel *model = c && c->type == CONTROLLER_TYPE_PCI ? pci_slot_model(c->model) : NULL;

    /* A console shows the address of a serial port. */
    if (kind == DEVICE_CONSOLE || !a || a->type != ADDRESS_TYPE_PCI || address_is_wanted(info, ADDRESS_TYPE_PCI))
        return true;
    return reserve(plan, &a->pci, model && model->needs == PCI_SLOT_PORT, group_of(plan, kind, device), error);
}

static bool
find_free(PciPlan *plan, unsigned slot, int group, bool adopt, unsigned *ret_bus, unsigned *ret_slot, unsigned *ret_function)
{
    for (unsigned b = 0; b < MIN(plan->buses->len, plan->below); b++) {
        PciBus *bus = pci_bus_at(plan, b);

        if (!bus || !(bus->model->accepts & slot) || (adopt ? bus->fixed : bus->group != group))
            continue;
        for (unsigned s = bus->model->first; s <= bus->model->last; s++) {
            if (slot == PCI_SLOT_PORT && bus->ports[s] && bus->used[s] != 0xff)
                *ret_function = (unsigned)__builtin_ctz(~(unsigned)bus->used[s]);
            else if (!bus->used[s])
                *ret_function = 0;
            else
                continue;
            bus->group = group;
            bus->fixed = true;
            *ret_bus = b;
            *ret_slot = s;
            return true;
        }
    }
    return false;
}

static bool assign_controller(PciPlan *plan, Controller *c, GError **error);

static bool
has_bridge(const PciPlan *plan)
{
    for (unsigned b = 1; b < plan->buses->len; b++) {
        const PciBus *bus = pci_bus_at(plan, b);

        if (bus && bus->model->needs == PCI_SLOT_DMI)
            return true;
    }
    return false;
}

/* The kind of controller that gives more of @slot; NULL where nothing does. */
static const char *
model_for(const PciPlan *plan, unsigned slot)
{
    switch (slot) {
    case PCI_SLOT_PCIE:
        return "pcie-root-port";
    case PCI_SLOT_PCI:
        return plan->board->flags & BOARD_PHB ? "pci-root"
               : !plan->express               ? "pci-bridge"
               : has_bridge(plan)             ? "pci-bridge" : "pcie-to-pci-bridge";
    default:
        return NULL;
    }
}

static bool
grow(PciPlan *plan, const char *model, GError **error)
{
    unsigned needs = pci_slot_model(model)->needs;
    Controller *c;
    PciBus *bus;

    /* The port that a bridge is plugged into, or that is there in place of it, has the lower number. */
    if (needs == PCI_SLOT_PCIE && !grow(plan, "pcie-root-port", error))
        return false;
    if (plan->buses->len > 255) {
        error_set(error, VIR_ERR_XML_ERROR, "more PCI buses are needed than there can be");
        return false;
    }
    c = domain_places_add_controller(plan->def, CONTROLLER_TYPE_PCI, plan->buses->len, model);
    bus = add_bus(plan, c);
    plan->grown = true;
    if (plan->rehearsal && needs == PCI_SLOT_BRIDGE) {
        /* In the real run it will be there first, and a device that has its slot now moves onto it. */
        if (!plan->spare_bridge)
            bus->used[bus->model->last] = 0xff;
        plan->spare_bridge = false;
        return true;
    }
    return assign_controller(plan, c, error);
}

bool
pci_find_slot(PciPlan *plan, unsigned slot, int group, unsigned *ret_bus, unsigned *ret_slot, unsigned *ret_function,
              GError **error)
{
    if (!plan->express && (slot == PCI_SLOT_PCIE || slot == PCI_SLOT_ROOT))
        slot = PCI_SLOT_PCI;
    while (!find_free(plan, slot, group, false, ret_bus, ret_slot, ret_function) &&
           !(group && find_free(plan, slot, group, true, ret_bus, ret_slot, ret_function))) {
        const char *model = model_for(plan, slot);

        if (!model) {
            const char *user = pci_slot_user(slot);

            if (user)
                error_set(error, VIR_ERR_INTERNAL_ERROR, "a PCI slot is needed to connect a PCI controller model='%s', but "
                          "none is available, and it cannot be automatically added", user);
            else
                error_set(error, VIR_ERR_XML_ERROR, "no more available PCI slots");
            return false;
        }
        if (!grow(plan, model, error))
            return false;
    }
    return true;
}

static bool
assign(PciPlan *plan, DeviceInfo *info, unsigned slot, int group, GError **error)
{
    unsigned bus, number, function;

    if (!pci_find_slot(plan, slot, group, &bus, &number, &function, error))
        return false;
    pci_take(plan, info, bus, number, function, slot == PCI_SLOT_PORT && function == 0 ? ONOFF_ON : ONOFF_UNSET);
    pci_bus_at(plan, bus)->ports[number] = slot == PCI_SLOT_PORT;
    return true;
}

static bool
assign_controller(PciPlan *plan, Controller *c, GError **error)
{
    unsigned needs = pci_slot_model(c->model)->needs, outer = plan->below;
    bool ok;

    if (!needs)
        return true;
    plan->below = c->index;
    ok = assign(plan, &c->info, needs, 0, error);
    plan->below = outer;
    return ok;
}

static bool
assign_device(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    PciPlan *plan = data;
    unsigned slot = slot_of(plan, kind, device);

    if (slot == PCI_SLOT_NONE || !address_is_wanted(info, ADDRESS_TYPE_PCI))
        return true;
    if (kind == DEVICE_CONTROLLER && pci_chipset_is_usb(device))
        return pci_chipset_usb(plan, device, error);
    return assign(plan, info, slot, group_of(plan, kind, device), error);
}

typedef struct Given {
    unsigned highest;
    GHashTable *conventional; /* buses with devices that are not express */
} Given;

static bool
look_at_given(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    Given *given = data;
    const PciAddress *a = info->address && info->address->type == ADDRESS_TYPE_PCI ? &info->address->pci : NULL;

    if (!a || a->bus > 255)
        return true;
    given->highest = MAX(given->highest, a->bus);
    if (pci_slot_of(kind, device) == PCI_SLOT_PCI)
        g_hash_table_add(given->conventional, GUINT_TO_POINTER(a->bus));
    return true;
}

/* Whether there are bridges that an express root has no place for. */
static bool
lacks_bridge_root(const PciPlan *plan)
{
    bool needed = false;

    for (unsigned b = 1; plan->express && b < plan->buses->len; b++) {
        const PciBus *bus = pci_bus_at(plan, b);

        if (bus && bus->model->needs != PCI_SLOT_BRIDGE && bus->model->accepts & PCI_SLOT_BRIDGE)
            return false;
        needed |= bus && bus->model->needs == PCI_SLOT_BRIDGE;
    }
    return needed;
}

/* Buses from the document, and those that its addresses speak of. */
static bool
collect_buses(PciPlan *plan, GError **error)
{
    g_autoptr(GHashTable) conventional = g_hash_table_new(NULL, NULL);
    Given given = { .conventional = conventional };
    unsigned named;

    for (size_t i = 0; i < list_len(plan->def->controllers); i++) {
        Controller *c = list_at(plan->def->controllers, i);

        if (c->type != CONTROLLER_TYPE_PCI)
            continue;
        if (!pci_slot_model(c->model)) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "PCI controller %u: model '%s' is not known", c->index,
                      c->model ? c->model : "");
            return false;
        }
        if (c->index > 255 || pci_bus_at(plan, c->index)) {
            error_set(error, VIR_ERR_XML_ERROR, "Multiple 'pci' controllers with index '%u'", c->index);
            return false;
        }
        add_bus(plan, c);
    }
    device_each(plan->def, DEVICE_LAST, look_at_given, &given, NULL);
    named = plan->buses->len;
    for (unsigned b = 1; b < named || b <= given.highest; b++)
        if (!pci_bus_at(plan, b)) {
            /* Gaps in the numbers are filled with what the board is extended with; beyond, devices say. */
            bool is = b >= named && g_hash_table_contains(conventional, GUINT_TO_POINTER(b));
            const char *model = model_for(plan, is || !plan->express ? PCI_SLOT_PCI : PCI_SLOT_PCIE);

            if (b < named && lacks_bridge_root(plan))
                model = "dmi-to-pci-bridge";
            add_bus(plan, domain_places_add_controller(plan->def, CONTROLLER_TYPE_PCI, b, model));
            plan->grown = true;
        }
    return true;
}

static bool
assign_controllers(PciPlan *plan, GError **error)
{
    for (unsigned b = 1; b < plan->buses->len; b++) {
        PciBus *bus = pci_bus_at(plan, b);

        if (bus && address_is_wanted(&bus->controller->info, ADDRESS_TYPE_PCI) &&
            !assign_controller(plan, bus->controller, error))
            return false;
    }
    return true;
}

static bool
any_free(const PciPlan *plan)
{
    for (unsigned b = 0; b < plan->buses->len; b++) {
        const PciBus *bus = pci_bus_at(plan, b);

        for (unsigned s = bus ? bus->model->first : 32; bus && s <= bus->model->last; s++)
            if (!bus->used[s])
                return true;
    }
    return false;
}

static unsigned
highest_bus(const Domain *def)
{
    unsigned highest = 0;

    for (size_t i = 0; i < list_len(def->controllers); i++) {
        const Controller *c = list_at(def->controllers, i);

        highest = c->type == CONTROLLER_TYPE_PCI ? MAX(highest, c->index) : highest;
    }
    return highest;
}

/* One slot, on a board where bridges are added to the root, is not given to a device in the rehearsal. */
static bool
keep_bridge_slot(PciPlan *plan, GError **error)
{
    unsigned bus, slot, function;

    if (plan->express || plan->board->flags & BOARD_PHB || !any_free(plan))
        return true;
    plan->spare_bridge = true;
    if (!pci_find_slot(plan, PCI_SLOT_PCI, 0, &bus, &slot, &function, error))
        return false;
    pci_bus_at(plan, bus)->used[slot] = 0xff;
    return true;
}

static bool
assign_all(PciPlan *plan, GError **error)
{
    static const DeviceKind order[] = {
        DEVICE_FILESYSTEM, DEVICE_INTERFACE, DEVICE_SOUND, DEVICE_CONTROLLER, DEVICE_DISK, DEVICE_HOSTDEV,
        DEVICE_MEMBALLOON, DEVICE_RNG, DEVICE_WATCHDOG, DEVICE_VIDEO, DEVICE_SHMEM, DEVICE_INPUT, DEVICE_SERIAL,
        DEVICE_PANIC, DEVICE_MEMORY, DEVICE_CRYPTO, DEVICE_IOMMU, DEVICE_VSOCK,
    };
    bool alone = highest_bus(plan->def) == 0;
    unsigned bus, slot, function;

    if (!collect_buses(plan, error) || !pci_bus_at(plan, 0) ||
        !device_each(plan->def, DEVICE_LAST, reserve_given, plan, error) || !pci_chipset_place(plan, error) ||
        !assign_controllers(plan, error) || (plan->rehearsal && !keep_bridge_slot(plan, error)))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
        if (!device_each(plan->def, order[i], assign_device, plan, error))
            return false;
    /* Who leaves all ports to us gets one more, so that something can be plugged in later. */
    return !plan->rehearsal || !plan->express || !alone || !plan->grown ||
           pci_find_slot(plan, PCI_SLOT_PCIE, 0, &bus, &slot, &function, error);
}

static bool
run(PciPlan *plan, Domain *def, bool rehearsal, GError **error)
{
    bool ok;

    plan->def = def;
    plan->rehearsal = rehearsal;
    plan->below = UINT_MAX;
    plan->buses = g_ptr_array_new_with_free_func(g_free);
    ok = assign_all(plan, error) && (rehearsal || pci_settle(plan, error));
    g_ptr_array_unref(plan->buses);
    return ok;
}

/* Boards of these are what they are; elsewhere, a machine without PCI cannot take what is only there for PCI. */
static bool
may_lack_pci(const char *arch)
{
    return g_str_has_prefix(arch, "arm") || g_str_equal(arch, "aarch64") || g_str_has_prefix(arch, "riscv") ||
           g_str_equal(arch, "loongarch64");
}

static bool
refuse_device(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    if (slot_of(data, kind, device) == PCI_SLOT_NONE || !address_is_wanted(info, ADDRESS_TYPE_PCI))
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "No PCI buses available");
    return false;
}

bool
address_assign_pci(Domain *def, const Board *board, const QemuCaps *caps, const AddressHost *host, GError **error)
{
    const Controller *root = device_controller(def, CONTROLLER_TYPE_PCI, 0);
    PciPlan plan = { .board = board, .caps = caps, .host = host };
    g_autoptr(Domain) rehearsal = NULL;

    if (!board->root && may_lack_pci(def->arch))
        return true;
    if (!root)
        return device_each(def, DEVICE_LAST, refuse_device, &plan, error);
    plan.express = !g_strcmp0(root->model, "pcie-root");
    rehearsal = xml_copy(&domain_xml, def);
    if (!run(&plan, rehearsal, true, error))
        return false;
    for (size_t i = 0; i < list_len(rehearsal->controllers); i++) {
        const Controller *c = list_at(rehearsal->controllers, i);

        if (c->type == CONTROLLER_TYPE_PCI && !device_controller(def, c->type, c->index))
            domain_places_add_controller(def, c->type, c->index, c->model);
    }
    return run(&plan, def, false, error);
}
