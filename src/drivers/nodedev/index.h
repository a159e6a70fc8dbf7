/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* index.h - the names of the host's devices and where sysfs has them
 *
 * Documents are made when asked for (describe.h), so they are always true and cost no memory.
 */
#pragma once

#include <glib.h>
#include <libudev.h>
#include <stdbool.h>
#include <stdint.h>

#include "drivers/conf/nodedev_gen.h"

typedef struct udev Udev;
typedef struct udev_device UdevDevice;
typedef struct udev_enumerate UdevEnumerate;
typedef struct udev_monitor UdevMonitor;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Udev, udev_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(UdevDevice, udev_device_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(UdevEnumerate, udev_enumerate_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(UdevMonitor, udev_monitor_unref)

typedef struct NodedevEntry {
    char *name;    /* "pci_0000_00_02_0" */
    char *syspath; /* "" for the computer itself */
    NodedevType type;
} NodedevEntry;

void nodedev_index_device_free(void *device);

/* The type and name of a device; false for those that are none of ours. */
bool nodedev_index_identify(struct udev_device *device, NodedevType *ret_type, char **ret_name);

/* Read the host's devices, in a thread; what follows waits for it. */
void nodedev_index_begin(void);
void nodedev_index_end(void);

/* Copies, sorted by name. */
GPtrArray *nodedev_index_list(GError **error);
/* NULL with VIR_ERR_NO_NODE_DEVICE. */
NodedevEntry *nodedev_index_lookup(const char *name, GError **error);
/* The device nearest above @syspath that is in the index: "computer" at last. */
char *nodedev_index_parent(const char *syspath);

/* Name of the device that sysfs calls @sysname, or NULL. */
char *nodedev_index_at(const char *sysname);
/* Until there is a device of that name. */
bool nodedev_index_await(const char *name, unsigned seconds, GError **error);

typedef enum { NODEDEV_INDEX_SAME, NODEDEV_INDEX_ADDED, NODEDEV_INDEX_REMOVED } NodedevChange;
/* Take in what udev says of @device; *@ret_name is the device's name unless it is none of ours
 * (NULL). */
NodedevChange nodedev_index_update(struct udev_device *device, char **ret_name);
