/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* device.h - every device of a domain by one walk
 *
 * Address assignment, aliases and look-ups by alias treat all devices alike; this table says where
 * each class is kept.
 */
#pragma once

#include "drivers/conf/domain_gen.h"
#include "util/list.h"

typedef enum {
    DEVICE_DISK, DEVICE_CONTROLLER, DEVICE_FILESYSTEM, DEVICE_INTERFACE, DEVICE_SMARTCARD, DEVICE_SERIAL,
    DEVICE_PARALLEL, DEVICE_CONSOLE, DEVICE_CHANNEL, DEVICE_INPUT, DEVICE_TPM, DEVICE_SOUND, DEVICE_VIDEO,
    DEVICE_HOSTDEV, DEVICE_REDIRDEV, DEVICE_HUB, DEVICE_WATCHDOG, DEVICE_MEMBALLOON, DEVICE_RNG, DEVICE_NVRAM,
    DEVICE_PANIC, DEVICE_SHMEM, DEVICE_MEMORY, DEVICE_IOMMU, DEVICE_VSOCK, DEVICE_CRYPTO, DEVICE_LAST,
} DeviceKind;

typedef bool (*DeviceFn)(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error);

/* Call @fn for each device of @kind, or of every kind for DEVICE_LAST, in the order of the document.  Stops at
 * the first false. */
bool device_each(const Domain *def, DeviceKind kind, DeviceFn fn, void *data, GError **error);

/* The device with this alias, or NULL. */
void *device_by_alias(const Domain *def, const char *alias, DeviceKind *ret_kind);

/* The list of a kind, made if @create; NULL for kinds that there is one of at most. */
GPtrArray **device_list(Domain *def, DeviceKind kind, bool create);

/* "xml" of a kind's struct, to make one with xml_new(). */
const XmlStruct *device_xml(DeviceKind kind);

/* The controller of @type and @index, or NULL. */
Controller *device_controller(const Domain *def, ControllerType type, unsigned index);

/* What all memory devices have together, in KiB. */
uint64_t device_memory_size(const Domain *def);

/* Whether an interface is a device of the host, by its own word or that of its network. */
bool device_is_hostdev(const Interface *interface);

bool device_is_q35(const Domain *def);
bool device_is_i440fx(const Domain *def);
bool device_is_x86(const Domain *def);
