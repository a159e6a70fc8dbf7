/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hotplug_device.h - one device as a document of its own, and the one of a domain that it means */
#pragma once

#include "drivers/qemu/device.h"

typedef struct HotplugDevice {
    const char *element;        /* "disk", "interface" ... */
    DeviceKind kind;            /* DEVICE_LAST: a kind that device.h has not: graphics, leases ... */
    const XmlStruct *xml;
    void *device;               /* NULL once it was handed over */
} HotplugDevice;

/* The device that @text describes; false with @error set. */
bool hotplug_device_parse(const char *text, unsigned flags, HotplugDevice *ret, GError **error);
void hotplug_device_clear(HotplugDevice *device);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HotplugDevice, hotplug_device_clear)

const char *hotplug_device_element(DeviceKind kind);
DeviceInfo *hotplug_device_info(DeviceKind kind, void *device);
/* The list or the single place that holds devices of the kind of @device in @def. */
GPtrArray **hotplug_device_list(Domain *def, const HotplugDevice *device, bool create);

/* The device of @def that @given means, or NULL with @error set.  A disk is known by its target, an interface by its
 * MAC address, a controller by type and index, a file system by its target; of others, and besides, all must be true
 * that the document says. */
void *hotplug_device_find(const Domain *def, const HotplugDevice *given, GError **error);
/* Whether all that @given says is true of @device; else *ret_where (may be NULL, to be freed) names what is not. */
bool hotplug_device_says(const HotplugDevice *given, const void *device, unsigned format_flags, char **ret_where);
/* Take @device out of @def; the caller owns it then. */
void hotplug_device_remove(Domain *def, DeviceKind kind, void *device);
/* Put @device, taken, in its place in @def.  False with @error set where there can be only one, or a disk has the name. */
bool hotplug_device_insert(Domain *def, HotplugDevice *device, GError **error);
