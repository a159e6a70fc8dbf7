/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* command_disk.c - disks: block nodes and the devices in front of them
 *
 * Each image of a chain is a storage node, and a format node over it unless it is raw.  The number in their names
 * counts images from the last disk to the first, top image before its backing ones.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/command/command.h"
#include "util/error.h"

/* Disk and Store share their source by rows, not by type: this is what a node needs of either. */
typedef struct Image {
    DiskType type;
    DiskFormat format;
    const char *path, *query, *fdgroup;
    NetProtocol protocol;
    const GPtrArray *hosts;
    unsigned reconnect_delay;
    const GPtrArray *slices;
    uint64_t metadata_cache;
    bool top, readonly, terminated;
    unsigned number;
} Image;

enum { CHAIN_MAX = 200 };

static Image
image_of_disk(const Disk *d)
{
    return (Image){ .type = d->type, .format = d->format, .path = d->path, .query = d->query, .protocol = d->protocol,
                    .hosts = d->hosts, .reconnect_delay = d->reconnect_delay, .slices = d->slices,
                    .metadata_cache = d->metadata_cache, .top = true, .readonly = d->readonly };
}

static Image
image_of_store(const Store *s)
{
    return (Image){ .type = s->type, .format = s->format, .path = s->path, .query = s->query, .protocol = s->protocol,
                    .hosts = s->hosts, .reconnect_delay = s->reconnect_delay, .slices = s->slices,
                    .metadata_cache = s->metadata_cache, .readonly = true };
}

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

static bool
needs_format(const Image *image)
{
    return image->format != DISK_FORMAT_RAW && image->format != DISK_FORMAT_UNSET && image->type != DISK_TYPE_DIR;
}

static void
add_cache(Json *node, DiskCache cache)
{
    Json *object;

    if (cache == DISK_CACHE_UNSET || cache == DISK_CACHE_DEFAULT)
        return;
    object = json_new_object();
    json_add_bool(object, "direct", cache == DISK_CACHE_NONE || cache == DISK_CACHE_DIRECTSYNC);
    json_add_bool(object, "no-flush", cache == DISK_CACHE_UNSAFE);
    json_add(node, "cache", object);
}

static bool
add_server(Json *node, const Image *image, const char *what, GError **error)
{
    const NetHost *host = list_len(image->hosts) ? list_at(image->hosts, 0) : NULL;
    Json *server;
    g_autofree char *port = NULL;

    if (!host) {
        error_set(error, VIR_ERR_XML_ERROR, "%s needs a <host> in its <source>", what);
        return false;
    }
    server = json_new_object();
    if (host->transport == NET_TRANSPORT_UNIX) {
        json_add_string(server, "type", "unix");
        json_add_string(server, "path", host->socket);
    } else {
        port = g_strdup_printf("%u", host->has_port ? host->port : 10809);
        json_add_string(server, "type", "inet");
        json_add_string(server, "host", host->name);
        json_add_string(server, "port", port);
    }
    json_add(node, "server", server);
    return true;
}

/* What finds the bytes of an image. */
static bool
add_protocol(Command *command, Json *node, const Disk *d, const Image *image, GError **error)
{
    switch (image->type) {
    case DISK_TYPE_FILE:
    case DISK_TYPE_BLOCK: {
        const char *driver = "file";

        if (image->type == DISK_TYPE_BLOCK)
            driver = d->device == DISK_DEVICE_CDROM && image->top && command->host->is_cdrom &&
                             command->host->is_cdrom(command->host->data, image->path) ? "host_cdrom" : "host_device";
        json_add_string(node, "driver", driver);
        json_add_string(node, "filename", image->path);
        if (d->io != DISK_IO_UNSET && image->top)
            json_add_string(node, "aio", d->io == DISK_IO_IO_URING ? "io_uring" : disk_io_words[d->io]);
        return true;
    }
    case DISK_TYPE_DIR:
        json_add_string(node, "driver", "vvfat");
        json_add_string(node, "dir", image->path);
        json_add_bool(node, "floppy", d->device == DISK_DEVICE_FLOPPY);
        return true;
    case DISK_TYPE_NETWORK:
        if (image->protocol != NET_PROTOCOL_NBD)
            break;
        json_add_string(node, "driver", "nbd");
        if (!add_server(node, image, "an NBD disk", error))
            return false;
        json_add_string(node, "export", image->path);
        if (image->reconnect_delay)
            json_add_uint64(node, "reconnect-delay", image->reconnect_delay);
        return true;
    default:
        break;
    }
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s': a source of type '%s'%s%s is not supported yet", d->target,
              disk_type_words[image->type], image->type == DISK_TYPE_NETWORK ? " and protocol " : "",
              image->type == DISK_TYPE_NETWORK ? net_protocol_words[image->protocol] : "");
    return false;
}

static void
add_discard(Json *node, const Disk *d)
{
    if (d->discard != DISK_DISCARD_UNSET)
        json_add_string(node, "discard", disk_discard_words[d->discard]);
    if (d->detect_zeroes != DISK_ZEROES_UNSET)
        json_add_string(node, "detect-zeroes",
                        d->detect_zeroes == DISK_ZEROES_UNMAP && d->discard != DISK_DISCARD_UNMAP
                            ? "on" : disk_zeroes_words[d->detect_zeroes]);
}

static char *
node_name(const Image *image)
{
    return g_strdup_printf("libvirt-%u-%s", image->number, needs_format(image) ? "format" : "storage");
}

static bool
add_image(Command *command, const Disk *d, const Image *image, const Image *backing, GError **error)
{
    g_autoptr(Json) node = json_new_object();
    g_autofree char *storage = g_strdup_printf("libvirt-%u-storage", image->number);
    g_autofree char *format = g_strdup_printf("libvirt-%u-format", image->number);

    if (!add_protocol(command, node, d, image, error))
        return false;
    json_add_string(node, "node-name", storage);
    if (needs_format(image)) {
        json_add_bool(node, "auto-read-only", true);
        json_add_string(node, "discard", "unmap");
    } else {
        json_add_bool(node, "read-only", image->readonly);
        if (image->top)
            add_discard(node, d);
    }
    add_cache(node, d->cache);
    command_add_json(command, "-blockdev", g_steal_pointer(&node));
    if (!needs_format(image))
        return true;

    node = json_new_object();
    json_add_string(node, "node-name", format);
    json_add_bool(node, "read-only", image->readonly);
    if (image->top)
        add_discard(node, d);
    add_cache(node, d->cache);
    json_add_string(node, "driver", image->format == DISK_FORMAT_VPC ? "vpc" : disk_format_words[image->format]);
    if (image->format == DISK_FORMAT_QCOW2 && image->metadata_cache)
        json_add_uint64(node, "cache-size", image->metadata_cache);
    if (image->format == DISK_FORMAT_QCOW2 && image->top)
        command_onoff(node, "discard-no-unref", d->discard_no_unref);
    json_add_string(node, "file", storage);
    if (backing) {
        g_autofree char *name = node_name(backing);

        json_add_string(node, "backing", name);
    } else if (image->terminated) {
        json_object_object_add(node, "backing", NULL);
    }
    command_add_json(command, "-blockdev", g_steal_pointer(&node));
    return true;
}

static char *
add_chain(Command *command, const Disk *d, unsigned first, GError **error)
{
    g_autoptr(GArray) chain = g_array_new(FALSE, TRUE, sizeof(Image));
    Image image = image_of_disk(d);

    image.number = first;
    image.terminated = is_terminator(d->backing_store);
    g_array_append_val(chain, image);
    for (const Store *s = d->backing_store; s && !is_terminator(s) && chain->len < CHAIN_MAX; s = s->backing_store) {
        image = image_of_store(s);
        image.number = first + chain->len;
        image.terminated = is_terminator(s->backing_store);
        g_array_append_val(chain, image);
    }
    for (unsigned i = chain->len; i-- > 0;)
        if (!add_image(command, d, &g_array_index(chain, Image, i),
                       i + 1 < chain->len ? &g_array_index(chain, Image, i + 1) : NULL, error))
            return NULL;
    if (d->copy_on_read == ONOFF_ON) {
        Json *node = command_new("copy-on-read");
        char *name = g_strdup_printf("libvirt-CoR-%s", d->target);
        g_autofree char *file = node_name(&g_array_index(chain, Image, 0));

        json_add_string(node, "node-name", name);
        json_add_string(node, "file", file);
        json_add_string(node, "discard", "unmap");
        command_add_json(command, "-blockdev", node);
        return name;
    }
    return node_name(&g_array_index(chain, Image, 0));
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
        if (!device_is_i440fx(command->def)) {
            bus = g_strdup_printf("fdc%u.0", a->controller);
            json_add_string(device, "bus", bus);
        }
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
    if (d->cache == DISK_CACHE_UNSET || d->cache == DISK_CACHE_DEFAULT)
        return;
    json_add_string(device, "write-cache",
                    d->cache == DISK_CACHE_WRITETHROUGH || d->cache == DISK_CACHE_DIRECTSYNC ? "off" : "on");
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
        virtio = command_virtio_driver("virtio-blk", disk_model_words[d->model]);
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
    if (!command_address(command, device, &d->info, error))
        return false;
    if (d->shareable && d->bus != DISK_BUS_FDC)
        json_add_bool(device, "share-rw", true);
    json_add_string(device, "drive", node);
    json_add_string(device, "id", d->info.alias);
    boot = command_boot_index(command, DEVICE_DISK, d, &d->info);
    if (boot)
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
    command_add_device(command, &d->info, g_steal_pointer(&device));
    return true;
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
