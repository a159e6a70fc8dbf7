/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* command_disk.c - disks: block nodes and the devices in front of them
 *
 * The nodes of an image are those of command_image.h.  The number in their names counts images from the last disk to
 * the first, top image before its backing ones.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/command/command.h"
#include "drivers/qemu/command/command_image.h"
#include "util/error.h"

enum { CHAIN_MAX = 200 };

static bool
has_source(const Disk *d)
{
    return d->path || list_len(d->hosts) || d->type == DISK_TYPE_NVME;
}

/* "" says: this is the end of the chain. */
static bool
is_terminator(const Store *s)
{
    return s && s->type == DISK_TYPE_UNSET && !s->path;
}

static unsigned
chain_length(const Disk *d)
{
    unsigned n = 1; /* an empty drive keeps a number for what is put into it */

    for (const Store *s = d->backing_store; s && !is_terminator(s) && n < CHAIN_MAX; s = s->backing_store)
        n++;
    return n;
}

/* One image with the names of its nodes. */
typedef struct Layer {
    CommandImage image;
    char *storage, *slice, *format;
} Layer;

static void
layer_clear(void *data)
{
    Layer *layer = data;

    g_free(layer->storage);
    g_free(layer->slice);
    g_free(layer->format);
}

static const char *
topmost(const Layer *layer)
{
    return layer->format ? layer->format : layer->slice ? layer->slice : layer->storage;
}

static void
add_layer(const Command *command, GArray *chain, const Disk *d, const Store *store, unsigned number)
{
    Layer layer = { .image = { .disk = d, .store = *store, .top = chain->len == 0 } };

    layer.image.readonly = d->readonly || !layer.image.top;
    layer.image.terminated = is_terminator(store->backing_store);
    layer.image.source.floppy = d->device == DISK_DEVICE_FLOPPY;
    layer.image.source.gluster_debug = 4;
    layer.storage = g_strdup_printf("libvirt-%u-storage", number);
    if (list_len(store->slices))
        layer.slice = g_strdup_printf("libvirt-%u-slice-sto", number);
    if (command_image_needs_format(store, !qemu_caps_flag(command->caps, "blockjob.backing-mask-protocol")))
        layer.format = g_strdup_printf("libvirt-%u-format", number);
    layer.image.storage = layer.storage;
    layer.image.slice = layer.slice;
    layer.image.format = layer.format;
    g_array_append_val(chain, layer);
}

/* What this driver cannot give QEMU yet must not be left out in silence. */
static bool
check_supported(const Disk *d, const Store *store, GError **error)
{
    const char *what = store->auth && store->protocol != NET_PROTOCOL_SSH ? "credentials"
                       : store->encryption                                 ? "an encrypted image"
                       : store->cookies                                    ? "cookies"
                       : store->tls == YESNO_YES                           ? "TLS"
                       : store->type == DISK_TYPE_VHOSTVDPA                ? "vDPA"
                       : store->type == DISK_TYPE_VHOSTUSER                ? "vhost-user"
                                                                           : NULL;

    if (what)
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s': %s is not supported yet", d->target, what);
    return !what;
}

static bool
add_image(Command *command, const Layer *layer, GError **error)
{
    Json *node;

    if (!check_supported(layer->image.disk, &layer->image.store, error))
        return false;
    node = command_image_storage(&layer->image, error);
    if (!node)
        return false;
    command_add_json(command, "-blockdev", node);
    if (layer->slice)
        command_add_json(command, "-blockdev", command_image_slice(&layer->image));
    if (layer->format)
        command_add_json(command, "-blockdev", command_image_format(&layer->image));
    return true;
}

static char *
add_chain(Command *command, const Disk *d, unsigned first, GError **error)
{
    g_autoptr(GArray) chain = g_array_new(FALSE, TRUE, sizeof(Layer));
    Store top = command_image_view(d);
    Layer *layers;

    g_array_set_clear_func(chain, layer_clear);
    add_layer(command, chain, d, &top, first);
    for (const Store *s = d->backing_store; s && !is_terminator(s) && chain->len < CHAIN_MAX; s = s->backing_store)
        add_layer(command, chain, d, s, first + chain->len);
    layers = (Layer *)chain->data;
    layers[0].image.source.cdrom = d->device == DISK_DEVICE_CDROM && command->host->is_cdrom &&
                                   command->host->is_cdrom(command->host->data, d->path);
    for (unsigned i = chain->len; i-- > 0;) {
        if (i + 1 < chain->len)
            layers[i].image.backing = topmost(&layers[i + 1]);
        if (!add_image(command, &layers[i], error))
            return NULL;
    }
    if (d->copy_on_read == ONOFF_ON) {
        Json *node = command_new("copy-on-read");
        char *name = g_strdup_printf("libvirt-CoR-%s", d->target);

        json_add_string(node, "node-name", name);
        json_add_string(node, "file", topmost(&layers[0]));
        json_add_string(node, "discard", "unmap");
        command_add_json(command, "-blockdev", node);
        return name;
    }
    return g_strdup(topmost(&layers[0]));
}

static bool
is_wide(const Controller *c)
{
    return c && c->model && strcmp(c->model, "lsilogic") != 0 && strcmp(c->model, "ncr53c90") != 0 &&
           strcmp(c->model, "dc390") != 0 && strcmp(c->model, "am53c974") != 0;
}

static void
add_drive_address(Command *command, Json *device, const Disk *d)
{
    const Address *a = d->info.address;
    const Controller *c;
    g_autofree char *bus = NULL;
    g_autofree char *id = NULL;

    if (!a || a->type != ADDRESS_TYPE_DRIVE)
        return;
    switch (d->bus) {
    case DISK_BUS_IDE:
        c = device_controller(command->def, CONTROLLER_TYPE_IDE, a->controller);
        bus = g_strdup_printf("%s.%u", c ? c->info.alias : "ide", a->bus);
        json_add_string(device, "bus", bus);
        json_add_uint64(device, "unit", a->unit);
        break;
    case DISK_BUS_SATA:
        c = device_controller(command->def, CONTROLLER_TYPE_SATA, a->controller);
        bus = g_strdup_printf("%s.%u", c ? c->info.alias : "ide", a->unit);
        json_add_string(device, "bus", bus);
        break;
    case DISK_BUS_SCSI:
        c = device_controller(command->def, CONTROLLER_TYPE_SCSI, a->controller);
        bus = g_strdup_printf("%s.%u", c ? c->info.alias : "scsi0", is_wide(c) ? 0 : a->bus);
        json_add_string(device, "bus", bus);
        if (is_wide(c)) {
            json_add_uint64(device, "channel", a->bus);
            json_add_uint64(device, "scsi-id", a->target);
            json_add_uint64(device, "lun", a->unit);
        } else {
            json_add_uint64(device, "scsi-id", a->unit);
        }
        if (d->device != DISK_DEVICE_LUN) {
            id = g_strdup_printf("drive-%s", d->info.alias);
            json_add_string(device, "device_id", d->serial ? d->serial : id);
        }
        break;
    case DISK_BUS_FDC:
        json_add_uint64(device, "unit", a->unit);
        break;
    default:
        break;
    }
}

static void
add_geometry(Json *device, const Disk *d)
{
    if (d->cyls && d->heads && d->secs) {
        json_add_uint64(device, "cyls", d->cyls);
        json_add_uint64(device, "heads", d->heads);
        json_add_uint64(device, "secs", d->secs);
        if (d->trans != DISK_TRANS_UNSET)
            json_add_string(device, "bios-chs-trans", disk_trans_words[d->trans]);
    }
    if (d->logical_block_size)
        json_add_uint64(device, "logical_block_size", d->logical_block_size);
    if (d->physical_block_size)
        json_add_uint64(device, "physical_block_size", d->physical_block_size);
    if (d->has_discard_granularity)
        json_add_uint64(device, "discard_granularity", d->discard_granularity);
}

static void
add_policy(Json *device, const Disk *d)
{
    static const char *const words[] = { NULL, "stop", "report", "ignore", "enospc" };
    DiskPolicy write = d->error_policy, read = d->rerror_policy;

    if (read == DISK_POLICY_UNSET && write != DISK_POLICY_UNSET)
        read = write == DISK_POLICY_ENOSPACE ? DISK_POLICY_UNSET : write;
    json_add_string(device, "werror", words[write]);
    json_add_string(device, "rerror", words[read]);
}

static void
add_write_cache(Json *device, const Disk *d)
{
    DiskCache cache = command_image_cache(d);

    if (cache == DISK_CACHE_UNSET || cache == DISK_CACHE_DEFAULT)
        return;
    json_add_string(device, "write-cache",
                    cache == DISK_CACHE_WRITETHROUGH || cache == DISK_CACHE_DIRECTSYNC ? "off" : "on");
}

static Json *
new_device(const Disk *d)
{
    static const char *const ide[] = { "ide-hd", "ide-cd", NULL, NULL };
    static const char *const scsi[] = { "scsi-hd", "scsi-cd", NULL, "scsi-block" };
    g_autofree char *virtio = NULL;
    const char *driver = NULL;

    switch (d->bus) {
    case DISK_BUS_IDE:
    case DISK_BUS_SATA:
        driver = ide[d->device];
        break;
    case DISK_BUS_SCSI:
        driver = scsi[d->device];
        break;
    case DISK_BUS_VIRTIO:
        virtio = command_virtio_driver("virtio-blk", disk_model_words[d->model], &d->info);
        driver = virtio;
        break;
    case DISK_BUS_USB:
        driver = "usb-storage";
        break;
    case DISK_BUS_FDC:
        driver = "floppy";
        break;
    default:
        break;
    }
    return driver ? command_new(driver) : NULL;
}

static bool
add_device(Command *command, const Disk *d, const char *node, GError **error)
{
    g_autoptr(Json) device = new_device(d);
    unsigned boot;

    if (!device) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s': device '%s' on bus '%s' is not supported", d->target,
                  disk_device_words[d->device], disk_bus_words[d->bus]);
        return false;
    }
    if (d->bus == DISK_BUS_VIRTIO) {
        if (d->iothread) {
            g_autofree char *thread = g_strdup_printf("iothread%u", d->iothread);

            json_add_string(device, "iothread", thread);
        }
        command_onoff(device, "ioeventfd", d->ioeventfd);
        command_onoff(device, "event_idx", d->event_idx);
        if (d->queues)
            json_add_uint64(device, "num-queues", d->queues);
        if (d->queue_size)
            json_add_uint64(device, "queue-size", d->queue_size);
        command_virtio(device, d->iommu, d->ats, d->packed, d->page_per_vq);
    }
    add_drive_address(command, device, d);
    if (d->shareable && d->bus != DISK_BUS_FDC)
        json_add_bool(device, "share-rw", true);
    json_add_string(device, "drive", node);
    json_add_string(device, "id", d->info.alias);
    boot = command_boot_index(command, DEVICE_DISK, d, &d->info);
    /* Which floppy drive to boot from, its controller is told. */
    if (boot && d->bus != DISK_BUS_FDC)
        json_add_uint64(device, "bootindex", boot);
    if (d->bus == DISK_BUS_USB)
        json_add_bool(device, "removable", d->removable == ONOFF_ON);
    else
        command_onoff(device, "removable", d->removable);
    if (d->rotation_rate)
        json_add_uint64(device, "rotation_rate", d->rotation_rate);
    if (d->wwn)
        json_add_uint64(device, "wwn", g_ascii_strtoull(d->wwn, NULL, 16));
    json_add_string(device, "vendor", d->vendor);
    json_add_string(device, "product", d->product);
    add_geometry(device, d);
    if (d->bus != DISK_BUS_FDC)
        add_write_cache(device, d);
    json_add_string(device, "serial", d->serial);
    add_policy(device, d);
    return command_place_device(command, g_steal_pointer(&device), &d->info, error);
}

bool
command_disks(Command *command, GError **error)
{
    const Domain *def = command->def;
    g_autofree unsigned *numbers = g_new0(unsigned, list_len(def->disks) + 1);

    for (size_t i = list_len(def->disks); i-- > 0;) {
        numbers[i] = command->nodes + 1;
        command->nodes += chain_length(list_at(def->disks, i));
    }
    for (size_t i = 0; i < list_len(def->disks); i++) {
        const Disk *d = list_at(def->disks, i);
        g_autofree char *node = NULL;

        if (has_source(d)) {
            node = add_chain(command, d, numbers[i], error);
            if (!node)
                return false;
        } else if (d->device != DISK_DEVICE_CDROM && d->device != DISK_DEVICE_FLOPPY) {
            error_set(error, VIR_ERR_XML_ERROR, "disk '%s' has no source; only CD-ROM and floppy drives may be empty",
                      d->target);
            return false;
        }
        if (!add_device(command, d, node, error))
            return false;
    }
    return true;
}
