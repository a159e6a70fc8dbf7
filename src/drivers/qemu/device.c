/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* device.c - every device of a domain by one walk */
#include "drivers/qemu/device.h"

#include <stddef.h>
#include <string.h>

typedef struct Class {
    size_t at;      /* of the list or pointer in Domain */
    bool single;
    size_t info;    /* of DeviceInfo in the device */
    const XmlStruct *xml;
} Class;

#define LIST(member, type, xml_name) { offsetof(Domain, member), false, offsetof(type, info), &xml_name##_xml }
#define ONE(member, type, xml_name) { offsetof(Domain, member), true, offsetof(type, info), &xml_name##_xml }

static const Class classes[DEVICE_LAST] = {
    [DEVICE_DISK] = LIST(disks, Disk, disk),
    [DEVICE_CONTROLLER] = LIST(controllers, Controller, controller),
    [DEVICE_FILESYSTEM] = LIST(filesystems, Filesystem, filesystem),
    [DEVICE_INTERFACE] = LIST(interfaces, Interface, interface),
    [DEVICE_SMARTCARD] = LIST(smartcards, Smartcard, smartcard),
    [DEVICE_SERIAL] = LIST(serials, Serial, serial),
    [DEVICE_PARALLEL] = LIST(parallels, Parallel, parallel),
    [DEVICE_CONSOLE] = LIST(consoles, Console, console),
    [DEVICE_CHANNEL] = LIST(channels, Channel, channel),
    [DEVICE_INPUT] = LIST(inputs, Input, input),
    [DEVICE_TPM] = LIST(tpms, Tpm, tpm),
    [DEVICE_SOUND] = LIST(sounds, Sound, sound),
    [DEVICE_VIDEO] = LIST(videos, Video, video),
    [DEVICE_HOSTDEV] = LIST(hostdevs, Hostdev, hostdev),
    [DEVICE_REDIRDEV] = LIST(redirdevs, RedirDev, redir_dev),
    [DEVICE_HUB] = LIST(hubs, Hub, hub),
    [DEVICE_WATCHDOG] = LIST(watchdogs, Watchdog, watchdog),
    [DEVICE_MEMBALLOON] = ONE(memballoon, Memballoon, memballoon),
    [DEVICE_RNG] = LIST(rngs, Rng, rng),
    [DEVICE_NVRAM] = ONE(nvram_device, Nvram, nvram),
    [DEVICE_PANIC] = LIST(panics, Panic, panic),
    [DEVICE_SHMEM] = LIST(shmems, Shmem, shmem),
    [DEVICE_MEMORY] = LIST(memory_devices, MemoryDevice, memory_device),
    [DEVICE_IOMMU] = ONE(iommu, Iommu, iommu),
    [DEVICE_VSOCK] = ONE(vsock, Vsock, vsock),
    [DEVICE_CRYPTO] = LIST(cryptos, Crypto, crypto),
};

bool
device_each(const Domain *def, DeviceKind kind, DeviceFn fn, void *data, GError **error)
{
    for (int k = kind == DEVICE_LAST ? 0 : (int)kind; k < DEVICE_LAST; k++) {
        const Class *c = &classes[k];
        const char *member = (const char *)def + c->at;

        if (c->single) {
            char *device = *(char *const *)member;

            if (device && !fn(k, device, (DeviceInfo *)(device + c->info), 0, data, error))
                return false;
        } else {
            GPtrArray *list = *(GPtrArray *const *)member;

            for (size_t i = 0; i < list_len(list); i++) {
                char *device = list_at(list, i);

                if (!fn(k, device, (DeviceInfo *)(device + c->info), i, data, error))
                    return false;
            }
        }
        if (kind != DEVICE_LAST)
            break;
    }
    return true;
}

typedef struct Search {
    const char *alias;
    void *found;
    DeviceKind kind;
} Search;

static bool
match_alias(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    Search *s = data;

    if (g_strcmp0(info->alias, s->alias) != 0)
        return true;
    s->found = device;
    s->kind = kind;
    return false;
}

void *
device_by_alias(const Domain *def, const char *alias, DeviceKind *ret_kind)
{
    Search s = { .alias = alias };

    device_each(def, DEVICE_LAST, match_alias, &s, NULL);
    if (s.found && ret_kind)
        *ret_kind = s.kind;
    return s.found;
}

GPtrArray **
device_list(Domain *def, DeviceKind kind, bool create)
{
    GPtrArray **list = (GPtrArray **)((char *)def + classes[kind].at);

    if (classes[kind].single)
        return NULL;
    if (!*list && create)
        *list = g_ptr_array_new();
    return list;
}

const XmlStruct *
device_xml(DeviceKind kind)
{
    return classes[kind].xml;
}

Controller *
device_controller(const Domain *def, ControllerType type, unsigned index)
{
    for (size_t i = 0; i < list_len(def->controllers); i++) {
        Controller *c = list_at(def->controllers, i);

        if (c->type == type && c->index == index)
            return c;
    }
    return NULL;
}

bool
device_is_hostdev(const Interface *interface)
{
    return (interface->actual ? interface->actual->type : interface->type) == INTERFACE_TYPE_HOSTDEV;
}

bool
device_is_q35(const Domain *def)
{
    return def->machine && (g_str_equal(def->machine, "q35") || g_str_has_prefix(def->machine, "pc-q35"));
}

bool
device_is_i440fx(const Domain *def)
{
    return def->machine && !device_is_q35(def) &&
           (g_str_equal(def->machine, "pc") || g_str_has_prefix(def->machine, "pc-") ||
            g_str_has_prefix(def->machine, "rhel"));
}

bool
device_is_x86(const Domain *def)
{
    return !g_strcmp0(def->arch, "x86_64") || !g_strcmp0(def->arch, "i686");
}

uint64_t
device_memory_size(const Domain *def)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < list_len(def->memory_devices); i++)
        sum += ((const MemoryDevice *)list_at(def->memory_devices, i))->size;
    return sum;
}
