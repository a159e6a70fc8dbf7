/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* alias.c - names of devices within QEMU
 *
 * Applications match events and monitor replies by these names, so they are the ones libvirt has always given.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/address/address.h"
#include "drivers/qemu/fill/fill.h"
#include "util/error.h"

static char *
disk_alias(const Domain *def, const Disk *d)
{
    static const char *const prefixes[] = {
        [DISK_BUS_IDE] = "ide", [DISK_BUS_SATA] = "sata", [DISK_BUS_SCSI] = "scsi", [DISK_BUS_FDC] = "fdc",
    };
    const Address *a = d->info.address;
    const char *letters = d->target;
    unsigned index = 0;

    if (a && a->type == ADDRESS_TYPE_DRIVE && d->bus < G_N_ELEMENTS(prefixes) && prefixes[d->bus]) {
        const Controller *c = device_controller(def, CONTROLLER_TYPE_SCSI, a->controller);
        bool wide = d->bus == DISK_BUS_SCSI && c && c->model && strcmp(c->model, "lsilogic") != 0 &&
                    strcmp(c->model, "ncr53c90") != 0 && strcmp(c->model, "dc390") != 0 && strcmp(c->model, "am53c974") != 0;

        if (wide)
            return g_strdup_printf("scsi%u-%u-%u-%u", a->controller, a->bus, a->target, a->unit);
        return g_strdup_printf("%s%u-%u-%u", prefixes[d->bus], a->controller, a->bus, a->unit);
    }
    /* "vdb": the second. */
    for (letters += strlen(letters) > 2 && g_str_has_prefix(letters, "xvd") ? 3 : 2; g_ascii_islower(*letters); letters++)
        index = index * 26 + (unsigned)(*letters - 'a') + 1;
    return g_strdup_printf("%s-disk%u", disk_bus_words[d->bus], index ? index - 1 : 0);
}

static char *
controller_alias(const Domain *def, const Controller *c)
{
    switch (c->type) {
    case CONTROLLER_TYPE_PCI:
        return g_strdup_printf(c->index == 0 && !g_strcmp0(c->model, "pcie-root") ? "pcie.%u" : "pci.%u", c->index);
    case CONTROLLER_TYPE_IDE:
        if (c->index == 0 && device_is_i440fx(def))
            return g_strdup("ide");
        break;
    case CONTROLLER_TYPE_SATA:
        if (c->index == 0 && device_is_q35(def))
            return g_strdup("ide");
        break;
    case CONTROLLER_TYPE_USB:
        if (c->index == 0)
            return g_strdup("usb");
        break;
    default:
        break;
    }
    return g_strdup_printf("%s%u", controller_type_words[c->type], c->index);
}

/* Interfaces that are devices of the host are counted with those, and first. */
static size_t
count_hostdevs(const Domain *def, size_t n)
{
    size_t found = 0;

    for (size_t i = 0; i < n && i < list_len(def->interfaces); i++)
        found += device_is_hostdev(list_at(def->interfaces, i));
    return found;
}

static size_t
count_memory(const Domain *def, MemoryModel model, size_t n)
{
    size_t found = 0;

    for (size_t i = 0; i < n && i < list_len(def->memory_devices); i++)
        found += ((const MemoryDevice *)list_at(def->memory_devices, i))->model == model;
    return found;
}

static bool
set_alias(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    static const char *const prefixes[DEVICE_LAST] = {
        [DEVICE_FILESYSTEM] = "fs", [DEVICE_SMARTCARD] = "smartcard",
        [DEVICE_SERIAL] = "serial", [DEVICE_PARALLEL] = "parallel", [DEVICE_CONSOLE] = "console",
        [DEVICE_CHANNEL] = "channel", [DEVICE_INPUT] = "input", [DEVICE_TPM] = "tpm", [DEVICE_SOUND] = "sound",
        [DEVICE_VIDEO] = "video", [DEVICE_REDIRDEV] = "redir", [DEVICE_HUB] = "hub",
        [DEVICE_WATCHDOG] = "watchdog", [DEVICE_MEMBALLOON] = "balloon", [DEVICE_RNG] = "rng",
        [DEVICE_NVRAM] = "nvram", [DEVICE_PANIC] = "panic", [DEVICE_SHMEM] = "shmem", [DEVICE_IOMMU] = "iommu",
        [DEVICE_VSOCK] = "vsock", [DEVICE_CRYPTO] = "crypto",
    };
    static const char *const memory[] = { "dimm", "dimm", "nvdimm", "virtiopmem", "virtiomem", "epc" };
    const Domain *def = data;

    /* The firmware of POWER guests reports panics: there is no device. */
    if (info->alias || (kind == DEVICE_PANIC && ((Panic *)device)->model == PANIC_MODEL_PSERIES) ||
        (kind == DEVICE_MEMBALLOON && !g_strcmp0(((Memballoon *)device)->model, "none")))
        return true;
    if (kind == DEVICE_INTERFACE) {
        size_t before = count_hostdevs(def, at);
        bool hostdev = device_is_hostdev(device);

        info->alias = g_strdup_printf("%s%zu", hostdev ? "hostdev" : "net", hostdev ? before : at - before);
    } else if (kind == DEVICE_HOSTDEV) {
        info->alias = g_strdup_printf("hostdev%zu", count_hostdevs(def, SIZE_MAX) + at);
    } else if (kind == DEVICE_DISK) {
        info->alias = disk_alias(def, device);
    } else if (kind == DEVICE_CONTROLLER) {
        info->alias = controller_alias(def, device);
    } else if (kind == DEVICE_MEMORY) {
        const MemoryDevice *m = device;
        const Address *a = info->address;

        info->alias = g_strdup_printf("%s%zu", memory[m->model],
                                      a && a->type == ADDRESS_TYPE_DIMM ? (size_t)a->slot : count_memory(def, m->model, at));
    } else if (kind == DEVICE_CONSOLE && at == 0 && list_len(def->serials) &&
               !g_strcmp0(((Console *)device)->target_type, "serial")) {
        /* The same device as the first serial port. */
        info->alias = g_strdup(((Serial *)list_at(def->serials, 0))->info.alias);
    } else {
        info->alias = g_strdup_printf("%s%zu", prefixes[kind], at);
    }
    return true;
}

typedef struct One {
    const Domain *def;
    const void *device;
} One;

static bool
set_one_alias(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    const One *one = data;

    return device != one->device || set_alias(kind, device, info, at, (void *)one->def, error);
}

void
fill_alias(const Domain *def, DeviceKind kind, void *device)
{
    One one = { def, device };

    device_each(def, kind, set_one_alias, &one, NULL);
}

bool
fill_aliases(Domain *def, GError **error)
{
    /* Definitions of old have no USB ports. */
    return address_assign_usb(def, error) && device_each(def, DEVICE_LAST, set_alias, def, error);
}
