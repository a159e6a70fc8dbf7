/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hotplug_config.c - the same for a definition on disk, which no guest uses */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/hotplug/hotplug.h"
#include "util/error.h"

static bool
refuse(const char *what, const char *element, GError **error)
{
    error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "persistent %s of device '%s' is not supported", what, element);
    return false;
}

static bool
is_fixed(const HotplugDevice *given)
{
    switch (given->kind) {
    case DEVICE_VIDEO: case DEVICE_HUB: case DEVICE_SMARTCARD: case DEVICE_MEMBALLOON: case DEVICE_NVRAM:
        return true;
    default:
        return given->xml == &graphics_xml || given->xml == &audio_xml;
    }
}

bool
hotplug_config_attach(Domain *def, HotplugDevice *given, GError **error)
{
    const MemoryDevice *m = given->kind == DEVICE_MEMORY ? given->device : NULL;
    uint64_t size = m ? m->size : 0;

    if (is_fixed(given))
        return refuse("attach", given->element, error);
    if (!hotplug_device_insert(def, given, error))
        return false;
    def->memory += size;
    def->current_memory += size;
    return true;
}

static void
forget(Domain *def, DeviceKind kind, const XmlStruct *xml, void *device)
{
    if (kind == DEVICE_MEMORY) {
        uint64_t size = ((const MemoryDevice *)device)->size;

        def->memory -= MIN(def->memory, size);
        def->current_memory = MIN(def->current_memory, def->memory);
    }
    hotplug_device_remove(def, kind, device);
    xml_free(xml, device);
}

bool
hotplug_config_detach(Domain *def, const HotplugDevice *given, GError **error)
{
    void *device;

    if (is_fixed(given))
        return refuse("detach", given->element, error);
    device = hotplug_device_find(def, given, error);
    if (!device)
        return false;
    if (given->kind == DEVICE_LAST)
        g_ptr_array_remove(*hotplug_device_list(def, given, false), device);
    forget(def, given->kind, given->xml, device);
    return true;
}

bool
hotplug_config_detach_alias(Domain *def, const char *alias, GError **error)
{
    DeviceKind kind;
    void *device = device_by_alias(def, alias, &kind);
    HotplugDevice like = { .kind = kind, .element = device ? hotplug_device_element(kind) : NULL };

    if (!device) {
        error_set(error, VIR_ERR_DEVICE_MISSING, "no device found with alias %s", alias);
        return false;
    }
    if (is_fixed(&like))
        return refuse("detach", like.element, error);
    forget(def, kind, device_xml(kind), device);
    return true;
}

/* The place of a device stays, unless the new document names one. */
static void
keep_place(DeviceInfo *to, const DeviceInfo *from)
{
    if (!to->address && from->address)
        to->address = xml_copy(&address_xml, from->address);
    if (!to->alias)
        to->alias = g_strdup(from->alias);
    to->user_alias = to->alias && g_str_has_prefix(to->alias, "ua-");
}

static bool
update_memory(Domain *def, const HotplugDevice *given, GError **error)
{
    const MemoryDevice *new = given->device;

    for (size_t i = 0; i < list_len(def->memory_devices); i++) {
        MemoryDevice *old = list_at(def->memory_devices, i);
        g_autoptr(MemoryDevice) probe = xml_copy(&memory_device_xml, new);
        HotplugDevice like = { given->element, given->kind, given->xml, probe };

        probe->requested = old->requested;
        if (old->model == MEMORY_MODEL_VIRTIO_MEM &&
            hotplug_device_says(&like, old, XML_FORMAT_SECURE | XML_FORMAT_INACTIVE, NULL)) {
            old->requested = new->requested;
            return true;
        }
    }
    error_set(error, VIR_ERR_DEVICE_MISSING, "matching memory device was not found");
    return false;
}

bool
hotplug_config_update(Domain *def, HotplugDevice *given, GError **error)
{
    GPtrArray **list = hotplug_device_list(def, given, false);
    void *old = NULL;
    guint at = 0;

    if (given->kind == DEVICE_MEMORY)
        return update_memory(def, given, error);
    if (given->kind != DEVICE_DISK && given->kind != DEVICE_INTERFACE && given->xml != &graphics_xml)
        return refuse("update", given->element, error);
    if (given->xml == &graphics_xml) {
        for (size_t i = 0; list && i < list_len(*list) && !old; i++)
            if (((Graphics *)list_at(*list, i))->type == ((Graphics *)given->device)->type)
                old = list_at(*list, i);
        if (!old)
            error_set(error, VIR_ERR_DEVICE_MISSING, "cannot find existing graphics type '%s' device to modify",
                      graphics_type_words[((Graphics *)given->device)->type]);
    } else {
        old = hotplug_device_find(def, given, error);
    }
    if (!old || !g_ptr_array_find(*list, old, &at))
        return false;
    if (given->kind != DEVICE_LAST)
        keep_place(hotplug_device_info(given->kind, given->device), hotplug_device_info(given->kind, old));
    (*list)->pdata[at] = g_steal_pointer(&given->device);
    xml_free(given->xml, old);
    return true;
}
