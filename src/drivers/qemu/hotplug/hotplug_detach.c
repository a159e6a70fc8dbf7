/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hotplug_detach.c - detach: a guest is asked to let go of a device, and what stood behind it is removed when it has */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/hotplug/hotplug.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("qemu.hotplug");

/* ---- what cannot leave ----------------------------------------------------------- */

static bool
refuse(GError **error, const char *text)
{
    error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "%s", text);
    return false;
}

static bool
uses_controller(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    const Controller *c = data;
    const Address *a = info->address;
    bool used = false;

    if (!a || device == c)
        return true;
    switch (c->type) {
    case CONTROLLER_TYPE_SCSI:
        used = a->type == ADDRESS_TYPE_DRIVE && a->controller == c->index &&
               (kind == DEVICE_HOSTDEV || (kind == DEVICE_DISK && ((Disk *)device)->bus == DISK_BUS_SCSI));
        break;
    case CONTROLLER_TYPE_VIRTIO_SERIAL:
        used = a->type == ADDRESS_TYPE_VIRTIO_SERIAL && a->controller == c->index;
        break;
    case CONTROLLER_TYPE_USB:
        used = a->type == ADDRESS_TYPE_USB && a->bus == c->index;
        break;
    default:
        break;
    }
    return !used;
}

static bool
check_disk(const Disk *d, GError **error)
{
    if (d->bus != DISK_BUS_VIRTIO && d->bus != DISK_BUS_SCSI && d->bus != DISK_BUS_USB)
        return refuse(error, "This type of disk cannot be hot unplugged");
    if (!d->mirror)
        return true;
    error_set(error, VIR_ERR_BLOCK_COPY_ACTIVE, "disk '%s' has an active block job: end it first", d->target);
    return false;
}

static bool
check_kind(const Domain *def, DeviceKind kind, void *device, GError **error)
{
    switch (kind) {
    case DEVICE_DISK:
        return check_disk(device, error);
    case DEVICE_CONTROLLER: {
        const Controller *c = device;

        if (c->type != CONTROLLER_TYPE_SCSI && c->type != CONTROLLER_TYPE_VIRTIO_SERIAL && c->type != CONTROLLER_TYPE_USB) {
            error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "'%s' controller cannot be hot unplugged.",
                      controller_type_words[c->type]);
            return false;
        }
        if (device_each(def, DEVICE_LAST, uses_controller, device, NULL))
            return true;
        error_set(error, VIR_ERR_OPERATION_FAILED, "device cannot be detached: device is busy");
        return false;
    }
    case DEVICE_INPUT:
        return ((const Input *)device)->bus != INPUT_BUS_PS2 || refuse(error, "input device on bus 'ps2' cannot be detached");
    case DEVICE_FILESYSTEM:
        return ((const Filesystem *)device)->driver_type == FS_DRIVER_VIRTIOFS ||
               refuse(error, "only virtiofs filesystems can be unplugged");
    case DEVICE_WATCHDOG: {
        const char *model = ((const Watchdog *)device)->model;

        if (strcmp(model, "itco") != 0)
            return true;
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "hot unplug of watchdog of model %s is not supported", model);
        return false;
    }
    case DEVICE_CONSOLE:
        return g_strcmp0(((const Console *)device)->target_type, "serial") != 0 ||
               refuse(error, "the first console is a serial port: detach that");
    case DEVICE_INTERFACE: case DEVICE_HOSTDEV: case DEVICE_SERIAL: case DEVICE_PARALLEL: case DEVICE_CHANNEL:
    case DEVICE_REDIRDEV: case DEVICE_RNG: case DEVICE_SHMEM: case DEVICE_MEMORY: case DEVICE_VSOCK:
        return true;
    default:
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "live detach of device '%s' is not supported",
                  hotplug_device_element(kind));
        return false;
    }
}

static bool
check_function(const DeviceInfo *info, GError **error)
{
    const Address *a = info->address;

    if (!a || a->type != ADDRESS_TYPE_PCI || a->pci.multifunction != ONOFF_ON)
        return true;
    error_set(error, VIR_ERR_OPERATION_FAILED, "cannot hot unplug multifunction PCI device: %04x:%02x:%02x.%u", a->pci.domain,
              a->pci.bus, a->pci.slot, a->pci.function);
    return false;
}

/* ---- what stood behind it ----------------------------------------------------------- */

static bool
remove_node(Hotplug *h, const char *name, GError **error)
{
    return !name || hotplug_tell1(h, "blockdev-del", "node-name", name, error);
}

static bool
remove_object(Hotplug *h, const char *id, GError **error)
{
    return !id || hotplug_tell1(h, "object-del", "id", id, error);
}

static bool
remove_objects(Hotplug *h, const GPtrArray *objects, GError **error)
{
    for (guint i = 0; i < list_len(objects); i++)
        if (!remove_object(h, ((const SourceObject *)list_at(objects, i))->object_alias, error))
            return false;
    return true;
}

/* One image: its nodes from the top, then what they needed. */
static bool
remove_image(Hotplug *h, const SourcePrivate *p, const Reservations *r, GError **error)
{
    static const char *const order[] = { "format", "slice", "storage" };
    const char *storage = NULL;

    for (size_t o = 0; p && o < G_N_ELEMENTS(order); o++)
        for (guint i = 0; i < list_len(p->nodenames); i++) {
            const NodeName *node = list_at(p->nodenames, i);

            if (!g_str_equal(node->type, order[o]))
                continue;
            storage = node->name;
            if (!remove_node(h, node->name, error))
                return false;
        }
    if (!p)
        return true;
    if (p->tls_x509) {
        g_autofree char *secret = g_strdup_printf("%s-secret0", p->tls_x509->object_alias);

        if (!remove_object(h, p->tls_x509->object_alias, error))
            return false;
        if (h->command.conf->default_tls_x509_secret_uuid && !remove_object(h, secret, error))
            return false;
    }
    if (!remove_objects(h, p->secrets, error) || !remove_objects(h, p->cookies, error))
        return false;
    if (r && r->managed != YESNO_YES && storage) {
        g_autofree char *helper = g_strdup_printf("pr-helper-%s", storage);

        return remove_object(h, helper, error);
    }
    return true;
}

bool
hotplug_remove_disk(Hotplug *h, const Disk *d, const Domain *rest, GError **error)
{
    bool helper = d->reservations && d->reservations->managed == YESNO_YES;

    /* The last filter was put on top. */
    for (guint i = d->disk_private ? list_len(d->disk_private->nodenames) : 0; i-- > 0;)
        if (!remove_node(h, ((const NodeName *)list_at(d->disk_private->nodenames, i))->name, error))
            return false;
    if (!remove_image(h, d->source_private, d->reservations, error))
        return false;
    for (const Store *s = d->backing_store; s; s = s->backing_store)
        if (!remove_image(h, s->source_private, s->reservations, error))
            return false;
    for (size_t i = 0; helper && i < list_len(rest->disks); i++) {
        const Disk *other = list_at(rest->disks, i);

        helper = other == d || !other->reservations || other->reservations->managed != YESNO_YES;
    }
    if (helper && !remove_object(h, "pr-helper0", error))
        return false;
    if (d->type == DISK_TYPE_VHOSTUSER) {
        g_autofree char *chardev = g_strdup_printf("chr-vu-%s", d->info.alias);

        return hotplug_tell1(h, "chardev-remove", "id", chardev, error);
    }
    return true;
}

bool
hotplug_remove_fdsets(Hotplug *h, const char *alias, const char *path, GError **error)
{
    g_autoptr(Json) sets = h->host.ask(h->host.data, "query-fdsets", NULL, -1, error);
    g_autofree char *prefix = g_strconcat(alias, "-", NULL);

    for (size_t i = 0; sets && i < json_array_len(sets); i++) {
        Json *set = json_array_at(sets, i), *fds = json_opt_array(set, "fds");

        for (size_t f = 0; fds && f < json_array_len(fds); f++) {
            const char *opaque = json_opt_string(json_array_at(fds, f), "opaque", "");
            Json *arguments;

            if (!g_str_has_prefix(opaque, prefix) && g_strcmp0(opaque, path) != 0)
                continue;
            arguments = json_new_object();
            json_add_int64(arguments, "fdset-id", json_opt_int64(set, "fdset-id", -1));
            if (!hotplug_tell(h, "remove-fd", arguments, error))
                return false;
            break;
        }
    }
    return sets != NULL;
}

static bool
remove_chardev(Hotplug *h, const CharSource *source, const char *alias, GError **error)
{
    g_autofree char *id = g_strconcat("char", alias, NULL);
    g_autofree char *tls = g_strdup_printf("objchar%s_tls0", alias);
    g_autofree char *secret = g_strdup_printf("char%s-secret0", alias);
    const QemuConf *conf = h->command.conf;
    bool encrypted = source->type == CHAR_TYPE_TCP &&
                     (source->tls == YESNO_YES || (source->tls == YESNO_UNSET && conf->chardev_tls));

    if (!hotplug_tell1(h, "chardev-remove", "id", id, error))
        return false;
    if (encrypted && !remove_object(h, tls, error))
        return false;
    return !encrypted || (!conf->chardev_tls_x509_secret_uuid && !conf->default_tls_x509_secret_uuid) ||
           remove_object(h, secret, error);
}

static bool
remove_interface(Hotplug *h, const Interface *n, GError **error)
{
    g_autofree char *netdev = g_strdup_printf("host%s", n->info.alias);
    g_autofree char *chardev = g_strdup_printf("char%s", n->info.alias);
    InterfaceType type = n->actual ? n->actual->type : n->type;

    if (device_is_hostdev(n))
        return true;
    if (!hotplug_tell1(h, "netdev_del", "id", netdev, error))
        return false;
    if (type == INTERFACE_TYPE_VHOSTUSER)
        return hotplug_tell1(h, "chardev-remove", "id", chardev, error);
    return type != INTERFACE_TYPE_VDPA || hotplug_remove_fdsets(h, n->info.alias, n->dev, error);
}

static bool
remove_backend(Hotplug *h, DeviceKind kind, void *device, const Domain *rest, GError **error)
{
    const char *alias = hotplug_device_info(kind, device)->alias;
    g_autofree char *id = NULL;

    switch (kind) {
    case DEVICE_DISK:
        return hotplug_remove_disk(h, device, rest, error);
    case DEVICE_INTERFACE:
        return remove_interface(h, device, error);
    case DEVICE_HOSTDEV:
        return remove_image(h, ((const Hostdev *)device)->source_private, NULL, error);
    case DEVICE_SERIAL:
        return remove_chardev(h, &((Serial *)device)->source, alias, error) && hotplug_remove_fdsets(h, alias, NULL, error);
    case DEVICE_PARALLEL:
        return remove_chardev(h, &((Parallel *)device)->source, alias, error) && hotplug_remove_fdsets(h, alias, NULL, error);
    case DEVICE_CONSOLE:
        return remove_chardev(h, &((Console *)device)->source, alias, error) && hotplug_remove_fdsets(h, alias, NULL, error);
    case DEVICE_CHANNEL:
        /* QEMU removes what forwarded connections with the forwarding. */
        return !g_strcmp0(((Channel *)device)->target_type, "guestfwd") ||
               (remove_chardev(h, &((Channel *)device)->source, alias, error) && hotplug_remove_fdsets(h, alias, NULL, error));
    case DEVICE_REDIRDEV:
        return remove_chardev(h, &((RedirDev *)device)->source, alias, error);
    case DEVICE_RNG:
        id = g_strconcat("obj", alias, NULL);
        return remove_object(h, id, error) && (((Rng *)device)->backend != RNG_MODEL_EGD ||
                                                remove_chardev(h, &((Rng *)device)->source, alias, error));
    case DEVICE_SHMEM:
        if (!g_strcmp0(((Shmem *)device)->model, "ivshmem-plain")) {
            id = g_strconcat("shmmem-", alias, NULL);
            return remove_object(h, id, error);
        }
        id = g_strconcat("char", alias, NULL);
        return hotplug_tell1(h, "chardev-remove", "id", id, error);
    case DEVICE_MEMORY:
        id = g_strconcat("mem", alias, NULL);
        return remove_object(h, id, error);
    case DEVICE_FILESYSTEM:
        id = g_strconcat("chr-vu-", alias, NULL);
        return hotplug_tell1(h, "chardev-remove", "id", id, error);
    default:
        return true;
    }
}

/* ---- leaving ------------------------------------------------------------------------- */

static void
shrink_memory(Domain *def, const MemoryDevice *m)
{
    def->memory -= MIN(def->memory, m->size);
    def->current_memory = MIN(def->current_memory, def->memory);
}

/* @device of h->def is not the guest's any more.  A back end that stays is an error, but the device is gone with or without. */
static void
finish(Hotplug *h, DeviceKind kind, void *device)
{
    g_autoptr(GError) error = NULL;

    if (!remove_backend(h, kind, device, h->def, &error))
        log_gerror(error, "while removing what stood behind '%s' of '%s'",
                   hotplug_device_info(kind, device)->alias, h->def->name);
    hotplug_device_remove(h->def, kind, device);
    if (kind == DEVICE_MEMORY)
        shrink_memory(h->def, device);
    if (h->host.drop)
        h->host.drop(h->host.data, h->def, kind, device);
    xml_free(device_xml(kind), device);
}

bool
hotplug_removed(Hotplug *h, const char *alias, GError **error)
{
    DeviceKind kind;
    void *device = device_by_alias(h->def, alias, &kind);

    if (!device)
        return false;
    finish(h, kind, device);
    return true;
}

static bool
detach(Hotplug *h, DeviceKind kind, void *device, bool *ret_gone, GError **error)
{
    const DeviceInfo *info = hotplug_device_info(kind, device);
    const Channel *c = kind == DEVICE_CHANNEL ? device : NULL;
    g_autoptr(GError) reason = NULL;
    bool gone = false;

    *ret_gone = false;
    if (!check_kind(h->def, kind, device, error) || !info || !check_function(info, error))
        return false;
    if (!info->alias) {
        error_set(error, VIR_ERR_OPERATION_FAILED, "the device has no alias, so QEMU cannot be told which it is");
        return false;
    }
    if (c && !g_strcmp0(c->target_type, "guestfwd")) {
        gone = hotplug_tell1(h, "netdev_del", "id", info->alias, error);
        if (!gone)
            return false;
    } else if (!hotplug_tell1(h, "device_del", "id", info->alias, &reason)) {
        /* The guest may have let go of it while nobody listened. */
        if (!g_error_matches(reason, reason->domain, VIR_ERR_DEVICE_MISSING)) {
            g_propagate_error(error, g_steal_pointer(&reason));
            return false;
        }
        gone = true;
    } else {
        gone = h->host.is_gone(h->host.data, info->alias, &reason);
        if (reason) {
            g_propagate_error(error, g_steal_pointer(&reason));
            return false;
        }
    }
    if (gone)
        finish(h, kind, device);
    *ret_gone = gone;
    return true;
}

bool
hotplug_detach(Hotplug *h, const HotplugDevice *given, bool *ret_gone, GError **error)
{
    void *device;

    if (given->kind == DEVICE_LAST && given->xml != &lock_lease_xml) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "live detach of device '%s' is not supported", given->element);
        return false;
    }
    device = hotplug_device_find(h->def, given, error);
    if (!device)
        return false;
    if (given->kind != DEVICE_LAST)
        return detach(h, given->kind, device, ret_gone, error);
    g_ptr_array_remove(*hotplug_device_list(h->def, given, false), device);
    xml_free(given->xml, device);
    return *ret_gone = true;
}

bool
hotplug_detach_alias(Hotplug *h, const char *alias, bool *ret_gone, GError **error)
{
    DeviceKind kind;
    void *device = device_by_alias(h->def, alias, &kind);

    if (device)
        return detach(h, kind, device, ret_gone, error);
    error_set(error, VIR_ERR_DEVICE_MISSING, "no device found with alias %s", alias);
    return false;
}
