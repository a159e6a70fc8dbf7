/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* index.c - which devices of udev are listed, and by which names */
#define ERROR_FROM VIR_FROM_NODEDEV
#include "drivers/nodedev/index.h"

#include <string.h>

#include "util/error.h"
#include "util/lock.h"

enum { READY_SECONDS = 30 };

/* How a subsystem's devices are called: prefix, the kernel's name, a property or attribute. */
static const struct {
    const char *subsystem, *devtype;
    NodedevType type;
    const char *prefix, *attribute, *property;
} kinds[] = {
    { "pci", NULL, NODEDEV_TYPE_PCI, "pci", NULL, NULL },
    { "usb", "usb_device", NODEDEV_TYPE_USB_DEVICE, "usb", NULL, NULL },
    { "usb", "usb_interface", NODEDEV_TYPE_USB, "usb", NULL, NULL },
    { "net", NULL, NODEDEV_TYPE_NET, "net", "address", NULL },
    { "block", "disk", NODEDEV_TYPE_STORAGE, "block", NULL, "ID_SERIAL" },
    { "scsi", "scsi_host", NODEDEV_TYPE_SCSI_HOST, "scsi", NULL, NULL },
    { "scsi", "scsi_target", NODEDEV_TYPE_SCSI_TARGET, "scsi", NULL, NULL },
    { "scsi", "scsi_device", NODEDEV_TYPE_SCSI, "scsi", NULL, NULL },
    { "scsi_generic", NULL, NODEDEV_TYPE_SCSI_GENERIC, "scsi_generic", NULL, NULL },
    { "drm", "drm_minor", NODEDEV_TYPE_DRM, "drm", NULL, NULL },
    { "mdev", NULL, NODEDEV_TYPE_MDEV, "mdev", NULL, NULL },
    { "vdpa", NULL, NODEDEV_TYPE_VDPA, "vdpa", NULL, NULL },
    { "ccw", NULL, NODEDEV_TYPE_CCW, "ccw", NULL, NULL },
    { "css", NULL, NODEDEV_TYPE_CSS, "css", NULL, NULL },
};

static Lock lock = LOCK_INIT;
static Cond changed;
static GHashTable *devices GUARDED_BY(lock); /* name -> NodedevEntry */
static GHashTable *names GUARDED_BY(lock);   /* syspath -> the same */
static bool ready GUARDED_BY(lock);
static GThread *reader;

void
nodedev_index_device_free(void *data)
{
    NodedevEntry *device = data;

    if (!device)
        return;
    g_free(device->name);
    g_free(device->syspath);
    g_free(device);
}

static NodedevEntry *
device_new(const char *name, const char *syspath, NodedevType type)
{
    NodedevEntry *device = g_new0(NodedevEntry, 1);

    device->name = g_strdup(name);
    device->syspath = g_strdup(syspath);
    device->type = type;
    return device;
}

/* Disks that no guest could use: loops, RAM and what the device mapper makes. */
static bool
is_virtual_disk(const char *sysname)
{
    static const char *const prefixes[] = { "loop", "ram", "zram", "dm-", "md" };

    for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (g_str_has_prefix(sysname, prefixes[i]))
            return true;
    return false;
}

bool
nodedev_index_identify(struct udev_device *device, NodedevType *ret_type, char **ret_name)
{
    const char *subsystem = udev_device_get_subsystem(device),
               *devtype = udev_device_get_devtype(device);
    const char *sysname = udev_device_get_sysname(device);

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const char *more = NULL;
        char *name = NULL;

        if (g_strcmp0(kinds[i].subsystem, subsystem) != 0 ||
            (kinds[i].devtype && g_strcmp0(kinds[i].devtype, devtype) != 0))
            continue;
        if (kinds[i].type == NODEDEV_TYPE_STORAGE && is_virtual_disk(sysname))
            return false;
        if (kinds[i].attribute)
            more = udev_device_get_sysattr_value(device, kinds[i].attribute);
        if (kinds[i].type == NODEDEV_TYPE_MDEV && udev_device_get_parent(device))
            more = udev_device_get_sysname(udev_device_get_parent(device));
        if (kinds[i].property)
            more = udev_device_get_property_value(device, kinds[i].property);
        /* "target0:0:0" and "host0" bear their kind; "0:0:0:0" does not. */
        name = g_strdup_printf("%s_%s%s%s", kinds[i].prefix, sysname, more ? "_" : "",
                               more ? more : "");
        for (char *c = name; *c; c++)
            if (!g_ascii_isalnum(*c))
                *c = '_';
        *ret_type = kinds[i].type;
        *ret_name = name;
        return true;
    }
    return false;
}

static void
insert(NodedevEntry *device) REQUIRES(lock)
{
    g_hash_table_replace(names, device->syspath, device);
    g_hash_table_replace(devices, device->name, device);
    cond_broadcast(&changed);
}

/* Without /run/udev the kernel's word is all there is; either will do. */
static void *
read_all(void *data)
{
    g_autoptr(Udev) udev = udev_new();
    g_autoptr(UdevEnumerate) all = udev_enumerate_new(udev);
    struct udev_list_entry *entry = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        udev_enumerate_add_match_subsystem(all, kinds[i].subsystem);
    udev_enumerate_scan_devices(all);
    lock_acquire(&lock);
    insert(device_new("computer", "", NODEDEV_TYPE_SYSTEM));
    lock_release(&lock);
    udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(all))
    {
        const char *syspath = udev_list_entry_get_name(entry);
        g_autoptr(UdevDevice) device = udev_device_new_from_syspath(udev, syspath);
        g_autofree char *name = NULL;
        NodedevType type;

        if (!device || !nodedev_index_identify(device, &type, &name))
            continue;
        lock_acquire(&lock);
        insert(device_new(name, syspath, type));
        lock_release(&lock);
    }
    lock_acquire(&lock);
    ready = true;
    cond_broadcast(&changed);
    lock_release(&lock);
    return NULL;
}

void
nodedev_index_begin(void)
{
    cond_init(&changed);
    devices = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, nodedev_index_device_free);
    names = g_hash_table_new(g_str_hash, g_str_equal);
    reader = g_thread_new("nodedev-index", read_all, NULL);
}

void
nodedev_index_end(void)
{
    g_thread_join(g_steal_pointer(&reader));
    g_clear_pointer(&names, g_hash_table_unref);
    g_clear_pointer(&devices, g_hash_table_unref);
    ready = false;
    cond_clear(&changed);
}

static bool
wait_ready(GError **error) REQUIRES(lock)
{
    int64_t deadline = g_get_monotonic_time() + READY_SECONDS * G_USEC_PER_SEC;

    while (!ready) {
        if (!cond_wait_until(&changed, &lock, deadline)) {
            error_set(error, VIR_ERR_OPERATION_TIMEOUT, "the host's devices are still being read");
            return false;
        }
    }
    return true;
}

static gint
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp((*(NodedevEntry *const *)a)->name, (*(NodedevEntry *const *)b)->name);
}

GPtrArray *
nodedev_index_list(GError **error)
{
    g_auto(LockHold) hold = lock_hold(&lock);
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(nodedev_index_device_free);
    GHashTableIter iter;
    void *value = NULL;

    if (!wait_ready(error))
        return NULL;
    g_hash_table_iter_init(&iter, devices);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const NodedevEntry *device = value;

        g_ptr_array_add(list, device_new(device->name, device->syspath, device->type));
    }
    g_ptr_array_sort(list, compare_names);
    return g_steal_pointer(&list);
}

NodedevEntry *
nodedev_index_lookup(const char *name, GError **error)
{
    g_auto(LockHold) hold = lock_hold(&lock);
    const NodedevEntry *device = NULL;

    if (!wait_ready(error))
        return NULL;
    device = g_hash_table_lookup(devices, name);
    if (device)
        return device_new(device->name, device->syspath, device->type);
    error_set(error, VIR_ERR_NO_NODE_DEVICE, "no node device with matching name '%s'", name);
    return NULL;
}

char *
nodedev_index_at(const char *sysname)
{
    g_auto(LockHold) hold = lock_hold(&lock);
    GHashTableIter iter;
    void *value = NULL;

    if (!wait_ready(NULL))
        return NULL;
    g_hash_table_iter_init(&iter, devices);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const NodedevEntry *device = value;
        const char *slash = strrchr(device->syspath, '/');

        if (slash && !strcmp(slash + 1, sysname))
            return g_strdup(device->name);
    }
    return NULL;
}

bool
nodedev_index_await(const char *name, unsigned seconds, GError **error)
{
    int64_t deadline = g_get_monotonic_time() + (int64_t)seconds * G_USEC_PER_SEC;
    g_auto(LockHold) hold = lock_hold(&lock);

    while (!g_hash_table_contains(devices, name)) {
        if (!cond_wait_until(&changed, &lock, deadline)) {
            error_set(error, VIR_ERR_NO_NODE_DEVICE, "node device '%s' has not appeared within %u s", name, seconds);
            return false;
        }
    }
    return true;
}

char *
nodedev_index_parent(const char *syspath)
{
    g_autofree char *path = g_strdup(syspath);
    g_auto(LockHold) hold = lock_hold(&lock);
    char *slash = NULL;

    while ((slash = strrchr(path, '/'))) {
        const NodedevEntry *device = NULL;

        *slash = '\0';
        device = g_hash_table_lookup(names, path);
        if (device && *device->syspath)
            return g_strdup(device->name);
    }
    return g_strdup("computer");
}

NodedevChange
nodedev_index_update(struct udev_device *device, char **ret_name)
{
    const char *action = udev_device_get_action(device), *syspath = udev_device_get_syspath(device);
    g_auto(LockHold) hold = lock_hold(&lock);
    NodedevEntry *old = g_hash_table_lookup(names, syspath);
    g_autofree char *name = NULL;
    NodedevType type;

    *ret_name = NULL;
    if (g_strcmp0(action, "remove") == 0 || g_strcmp0(action, "unbind") == 0) {
        if (!old || strcmp(action, "unbind") == 0) {
            *ret_name = old ? g_strdup(old->name) : NULL;
            return NODEDEV_INDEX_SAME;
        }
        *ret_name = g_strdup(old->name);
        g_hash_table_remove(names, syspath);
        g_hash_table_remove(devices, *ret_name);
        return NODEDEV_INDEX_REMOVED;
    }
    if (!nodedev_index_identify(device, &type, &name))
        return NODEDEV_INDEX_SAME;
    *ret_name = g_strdup(name);
    if (old && strcmp(old->name, name) == 0)
        return NODEDEV_INDEX_SAME;
    if (old) { /* renamed, or has a serial number now */
        g_autofree char *gone = g_strdup(old->name);

        g_hash_table_remove(names, syspath);
        g_hash_table_remove(devices, gone);
    }
    insert(device_new(name, syspath, type));
    return NODEDEV_INDEX_ADDED;
}
