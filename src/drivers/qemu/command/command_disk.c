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
#define MANAGED_PR "pr-helper0"

static bool
has_source(const Disk *d)
{
    return d->path || d->fdgroup || list_len(d->hosts) || d->type == DISK_TYPE_NVME;
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

    /* QEMU makes its own nodes for -drive. */
    if (d->bus == DISK_BUS_SD)
        return 0;
    n += (unsigned)list_len(d->throttlefilters);
    for (const Store *s = d->backing_store; s && !is_terminator(s) && n < CHAIN_MAX; s = s->backing_store)
        n++;
    return n;
}

/* One image with the names of its nodes. */
typedef struct Layer {
    CommandImage image;
    char *storage, *slice, *format;
    char *auth, *key, *cookies, *tls, *reservations; /* ids of objects that it needs; NULL for none */
    char *path;                                     /* where it is opened, if not where it lies */
    GPtrArray *keys;                                /* of librbd, by layer of encryption */
    GPtrArray *hosts;                               /* of nbdkit */
    NetHost nbdkit;
} Layer;

static void
layer_clear(void *data)
{
    Layer *layer = data;

    char *const owned[] = { layer->storage, layer->slice, layer->format, layer->auth, layer->key, layer->cookies, layer->tls,
                            layer->reservations, layer->path, layer->nbdkit.socket };

    for (size_t i = 0; i < G_N_ELEMENTS(owned); i++)
        g_free(owned[i]);
    g_clear_pointer(&layer->keys, g_ptr_array_unref);
    g_clear_pointer(&layer->hosts, g_ptr_array_unref);
}

static const char *
topmost(const Layer *layer)
{
    return layer->format ? layer->format : layer->slice ? layer->slice : layer->storage;
}

static void
add_object(GPtrArray **list, const char *type, const char *alias)
{
    SourceObject *object;

    if (!alias)
        return;
    if (!*list)
        *list = g_ptr_array_new();
    object = xml_new(&source_object_xml);
    object->type = g_strdup(type);
    object->object_alias = g_strdup(alias);
    g_ptr_array_add(*list, object);
}

/* What a guest that runs is told to do with this image later, it is told by these names. */
static void
record(const Layer *layer, SourcePrivate **where)
{
    SourcePrivate *private;

    command_image_note(where, layer->storage, layer->slice, layer->format);
    private = *where;
    if (list_len(private->secrets) || list_len(private->cookies))
        return;
    add_object(&private->secrets, "auth", layer->auth);
    for (size_t i = 0; layer->keys && i < layer->keys->len; i++)
        add_object(&private->secrets, "encryption", layer->keys->pdata[i]);
    add_object(&private->cookies, "httpcookie", layer->cookies);
    if (layer->tls && !private->tls_x509) {
        private->tls_x509 = xml_new(&source_object_xml);
        private->tls_x509->object_alias = g_strdup(layer->tls);
    }
}

static void
note_cor(Disk *d, const char *name)
{
    NodeName *node;

    if (!d->disk_private)
        d->disk_private = xml_new(&disk_private_xml);
    if (list_len(d->disk_private->nodenames))
        return;
    node = xml_new(&node_name_xml);
    node->type = g_strdup("copyOnRead");
    node->name = g_strdup(name);
    d->disk_private->nodenames = g_ptr_array_new();
    g_ptr_array_add(d->disk_private->nodenames, node);
}

static void
add_layer(const Command *command, GArray *chain, const Disk *d, const Store *store, unsigned number)
{
    Layer layer = { .image = { .disk = d, .store = *store, .top = chain->len == 0 } };

    layer.image.readonly = d->readonly || !layer.image.top;
    /* Only formats that can have something below them can say that there is nothing. */
    layer.image.terminated = is_terminator(store->backing_store) && store->format != DISK_FORMAT_RAW &&
                             store->format != DISK_FORMAT_UNSET;
    layer.image.source.floppy = d->device == DISK_DEVICE_FLOPPY;
    layer.image.source.gluster_debug = command->conf->gluster_debug_level;
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

/* An image that nbdkit reads is an NBD server to QEMU, with no secrets of its own. */
static bool
use_nbdkit(Command *command, Layer *layer, GError **error)
{
    Store *store = &layer->image.store;
    CommandService service;

    if (!command_helper(command, COMMAND_HELPER_NBDKIT, layer->storage, store, &service, error))
        return false;
    if (!service.path)
        return true;
    layer->nbdkit = (NetHost){ .transport = NET_TRANSPORT_UNIX, .socket = service.path };
    layer->hosts = g_ptr_array_new();
    g_ptr_array_add(layer->hosts, &layer->nbdkit);
    *store = (Store){ .type = DISK_TYPE_NETWORK, .protocol = NET_PROTOCOL_NBD, .hosts = layer->hosts, .format = store->format,
                      .metadata_cache = store->metadata_cache, .slices = store->slices, .encryption = store->encryption,
                      .backing_store = store->backing_store };
    return true;
}

static bool
add_auth(Command *command, Layer *layer, GError **error)
{
    const Auth *auth = layer->image.store.auth;

    /* ssh(1) has no passwords; keys and agents are for nbdkit. */
    if (!auth || !auth->secret || layer->image.store.protocol == NET_PROTOCOL_SSH)
        return true;
    layer->auth = g_strdup_printf("%s-auth-secret0", layer->storage);
    layer->image.source.secret = layer->auth;
    return command_secret(command, layer->auth, auth->secret, error);
}

/* Keys belong to the node that decrypts. */
static bool
add_keys(Command *command, Layer *layer, GError **error)
{
    const Encryption *e = layer->image.store.encryption;
    bool librbd = e && e->engine == ENC_ENGINE_LIBRBD;

    if (!e)
        return true;
    layer->keys = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < list_len(e->secrets); i++) {
        char *id = g_strdup_printf("%s-encryption-secret%zu", librbd ? layer->storage : layer->format, i);

        g_ptr_array_add(layer->keys, id);
        if (!command_secret(command, id, list_at(e->secrets, i), error))
            return false;
    }
    g_ptr_array_add(layer->keys, NULL);
    if (librbd)
        layer->image.source.encryption = (const char *const *)layer->keys->pdata;
    else
        layer->image.key = layer->keys->pdata[0];
    return true;
}

static bool
add_cookies(Command *command, Layer *layer, GError **error)
{
    const Store *store = &layer->image.store;
    g_autoptr(GString) text = g_string_new(NULL);

    if (!list_len(store->cookies))
        return true;
    for (size_t i = 0; i < list_len(store->cookies); i++) {
        const Cookie *cookie = list_at(store->cookies, i);

        g_string_append_printf(text, "%s%s=%s", i ? "; " : "", cookie->name, cookie->value);
    }
    layer->cookies = g_strdup_printf("%s-httpcookie-secret0", layer->storage);
    layer->image.source.cookies = layer->cookies;
    return command_secret_text(command, layer->cookies, text->str, text->len, error);
}

static bool
add_tls(Command *command, Layer *layer, GError **error)
{
    const Store *store = &layer->image.store;
    const QemuConf *conf = command->conf;
    bool vxhs = store->protocol == NET_PROTOCOL_VXHS;
    bool wanted = store->tls == YESNO_YES || (store->tls == YESNO_UNSET && (vxhs ? conf->vxhs_tls : conf->nbd_tls));
    g_autofree char *secret = NULL;
    const char *own = vxhs ? conf->vxhs_tls_x509_secret_uuid : conf->nbd_tls_x509_secret_uuid;
    CommandTls tls = { .dir = vxhs ? conf->vxhs_tls_x509_cert_dir : conf->nbd_tls_x509_cert_dir, .verify = true,
                       .secret_uuid = own ? own : conf->default_tls_x509_secret_uuid };

    if (!wanted || layer->hosts || store->type != DISK_TYPE_NETWORK || (!vxhs && store->protocol != NET_PROTOCOL_NBD))
        return true;
    layer->tls = g_strdup_printf("obj%s_tls0", layer->storage);
    secret = g_strdup_printf("%s-secret0", layer->tls);
    tls.id = layer->image.source.tls = layer->tls;
    tls.secret_id = secret;
    return command_tls(command, &tls, error);
}

static void
add_pr_manager(Command *command, const char *id, const char *path)
{
    Json *json = json_new_object();

    json_add_string(json, "qom-type", "pr-manager-helper");
    json_add_string(json, "id", id);
    json_add_string(json, "path", path);
    command_add_json(command, "-object", json);
}

/* Reservations go through a program that may make them: the guest's own, or one of the administrator. */
static void
add_reservations(Command *command, Layer *layer)
{
    const Reservations *r = layer->image.store.reservations;

    if (!r)
        return;
    layer->reservations = r->managed == YESNO_YES ? g_strdup(MANAGED_PR) : g_strdup_printf("pr-helper-%s", layer->storage);
    layer->image.source.reservations = layer->reservations;
    if (r->managed != YESNO_YES)
        add_pr_manager(command, layer->reservations, r->path);
}

/* What is opened for QEMU: vDPA devices, and files that a client has opened. */
static bool
add_descriptors(Command *command, Layer *layer, GError **error)
{
    const CommandHost *host = command->host;
    Store *store = &layer->image.store;
    g_autoptr(GArray) fds = NULL;
    int set;

    if (store->type == DISK_TYPE_VHOSTVDPA) {
        if (!host->open_vdpa) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s': vDPA devices cannot be opened here",
                      layer->image.disk->target);
            return false;
        }
        set = command_fdset(command, host->open_vdpa(host->data, store->path, false, error), layer->storage, "vdpa", error);
        if (set < 0)
            return false;
    } else if (store->fdgroup) {
        fds = g_array_new(FALSE, FALSE, sizeof(int));
        if (!host->fd_group) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s': file descriptor group '%s' is not there",
                      layer->image.disk->target, store->fdgroup);
            return false;
        }
        if (!host->fd_group(host->data, store->fdgroup, fds, error))
            return false;
        set = command_next_fdset(command, error);
        if (set < 0)
            return false;
        for (unsigned i = 0; i < fds->len; i++)
            command_addf(command, "-add-fd", "set=%d,fd=%d,opaque=%s%u", set, g_array_index(fds, int, i), layer->storage, i);
    } else {
        return true;
    }
    layer->path = g_strdup_printf("/dev/fdset/%d", set);
    store->path = layer->path;
    return true;
}

static bool
add_image(Command *command, Layer *layer, GError **error)
{
    Json *node;

    if (!use_nbdkit(command, layer, error) || !add_auth(command, layer, error) || !add_keys(command, layer, error) ||
        !add_cookies(command, layer, error) || !add_tls(command, layer, error))
        return false;
    add_reservations(command, layer);
    if (!add_descriptors(command, layer, error))
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

bool
command_disk_image(Command *command, const CommandDiskImage *wanted, Store *store, GError **error)
{
    g_autoptr(GArray) chain = g_array_new(FALSE, TRUE, sizeof(Layer));
    Layer *layer;

    g_array_set_clear_func(chain, layer_clear);
    add_layer(command, chain, wanted->disk, store, wanted->number);
    layer = (Layer *)chain->data;
    layer->image.top = wanted->top;
    layer->image.readonly = wanted->readonly;
    layer->image.backing = wanted->backing;
    layer->image.terminated = wanted->terminated;
    if (!add_image(command, layer, error))
        return false;
    store->index = store->chain_index = wanted->number;
    record(layer, &store->source_private);
    return true;
}

static char *
add_chain(Command *command, Disk *d, unsigned first, GError **error)
{
    g_autoptr(GArray) chain = g_array_new(FALSE, TRUE, sizeof(Layer));
    Store top = command_image_view(d);
    unsigned at = 0;
    g_autofree char *node = NULL;
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
    d->index = first;
    record(&layers[0], &d->source_private);
    for (Store *s = d->backing_store; s && !is_terminator(s) && ++at < chain->len; s = s->backing_store) {
        s->chain_index = first + at;
        record(&layers[at], &s->source_private);
    }
    node = g_strdup(topmost(&layers[0]));
    if (d->copy_on_read == ONOFF_ON) {
        Json *json = command_new("copy-on-read");
        g_autofree char *name = g_strdup_printf("libvirt-CoR-%s", d->target);

        json_add_string(json, "node-name", name);
        json_add_string(json, "file", node);
        json_add_string(json, "discard", "unmap");
        command_add_json(command, "-blockdev", json);
        note_cor(d, name);
        g_free(node);
        node = g_steal_pointer(&name);
    }
    for (size_t i = 0; i < list_len(d->throttlefilters); i++) {
        g_autofree char *name = g_strdup_printf("libvirt-%zu-filter", first + chain->len + i);
        g_autofree char *group = g_strdup_printf("throttle-%s", ((FilterRef *)list_at(d->throttlefilters, i))->group);
        Json *json = command_new("throttle");

        json_add_string(json, "node-name", name);
        json_add_string(json, "throttle-group", group);
        json_add_string(json, "file", node);
        command_add_json(command, "-blockdev", json);
        g_free(node);
        node = g_steal_pointer(&name);
    }
    return g_steal_pointer(&node);
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
    bool builtin;
    g_autofree char *bus = NULL;
    g_autofree char *id = NULL;

    if (!a || a->type != ADDRESS_TYPE_DRIVE)
        return;
    switch (d->bus) {
    case DISK_BUS_IDE:
        c = device_controller(command->def, CONTROLLER_TYPE_IDE, a->controller);
        /* Those of the board keep their names, whatever the definition calls them. */
        builtin = !c || (c->index == 0 && device_is_i440fx(command->def));
        bus = g_strdup_printf("%s.%u", builtin ? "ide" : c->info.alias, a->bus);
        json_add_string(device, "bus", bus);
        json_add_uint64(device, "unit", a->unit);
        break;
    case DISK_BUS_SATA:
        c = device_controller(command->def, CONTROLLER_TYPE_SATA, a->controller);
        builtin = !c || (c->index == 0 && device_is_q35(command->def));
        bus = g_strdup_printf("%s.%u", builtin ? "ide" : c->info.alias, a->unit);
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
        virtio = command_virtio_driver(d->type == DISK_TYPE_VHOSTUSER ? "vhost-user-blk" : "virtio-blk",
                                       disk_model_words[d->model], &d->info);
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
add_device(Command *command, const Disk *d, const char *node, const char *chardev, GError **error)
{
    g_autoptr(Json) device = new_device(d);
    unsigned boot;

    if (!device) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s': device '%s' on bus '%s' is not supported", d->target,
                  disk_device_words[d->device], disk_bus_words[d->bus]);
        return false;
    }
    if (d->bus == DISK_BUS_VIRTIO) {
        command_iothread_map(device, d->iothreads);
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
    json_add_string(device, "chardev", chardev);
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
    json_add_string(device, d->bus == DISK_BUS_SCSI ? "product" : "model", d->product);
    add_geometry(device, d);
    add_write_cache(device, d);
    if (d->serial) {
        g_auto(GStrv) parts = g_strsplit(d->serial, " ", -1);
        g_autofree char *escaped = g_strjoinv("\\ ", parts);

        json_add_string(device, "serial", escaped);
    }
    add_policy(device, d);
    if (d->info.loadparm && qemu_caps_flag(command->caps, "virtio-ccw.loadparm"))
        json_add_string(device, "loadparm", d->info.loadparm);
    command_add_device(command, &d->info, g_steal_pointer(&device));
    return true;
}

/* An SD card is plugged into the board: QEMU has no device for it. */
static bool
add_sd_card(Command *command, const Disk *d, unsigned at, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    Store store = command_image_view(d);
    const SourceContext context = { .gluster_debug = command->conf->gluster_debug_level };
    g_autoptr(Json) properties = NULL;

    if (d->auth || d->encryption || d->tls == YESNO_YES) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s': an SD card cannot have secrets", d->target);
        return false;
    }
    if (store.type == DISK_TYPE_FILE || store.type == DISK_TYPE_BLOCK) {
        g_autofree char *path = command_escape(d->path);

        g_string_append_printf(text, "file=%s", path);
    } else {
        properties = source_properties(&store, &context, error);
        if (!properties)
            return false;
        command_flatten(text, "file.", properties);
        g_string_erase(text, 0, 1);
    }
    g_string_append_printf(text, ",format=%s,if=sd,index=%u", command_image_format_name(&store), at);
    if (d->readonly)
        g_string_append(text, ",readonly=on");
    command_add(command, "-drive", text->str);
    return true;
}

/* The whole disk is somebody else's. */
static bool
add_vhost_user(Command *command, const Disk *d, GError **error)
{
    g_autofree char *id = g_strdup_printf("chr-vu-%s", d->info.alias);
    g_autofree char *path = command_escape(d->path);
    const Reconnect reconnect = { .enabled = d->reconnect_enabled, .has_timeout = true, .timeout = d->reconnect_timeout };
    g_autoptr(GString) text = g_string_new(NULL);

    g_string_append_printf(text, "socket,id=%s,path=%s", id, path);
    command_reconnect(command, text, &reconnect);
    command_add(command, "-chardev", text->str);
    return add_device(command, d, NULL, id, error);
}

#define LIMIT(member, key) { key, offsetof(IoTune, member), offsetof(IoTune, has_##member) }
static const struct {
    const char *key;
    size_t at, has_at;
} limits[] = {
    LIMIT(total_bytes_sec, "bps-total"),
    LIMIT(read_bytes_sec, "bps-read"),
    LIMIT(write_bytes_sec, "bps-write"),
    LIMIT(total_iops_sec, "iops-total"),
    LIMIT(read_iops_sec, "iops-read"),
    LIMIT(write_iops_sec, "iops-write"),
    LIMIT(total_bytes_sec_max, "bps-total-max"),
    LIMIT(read_bytes_sec_max, "bps-read-max"),
    LIMIT(write_bytes_sec_max, "bps-write-max"),
    LIMIT(total_iops_sec_max, "iops-total-max"),
    LIMIT(read_iops_sec_max, "iops-read-max"),
    LIMIT(write_iops_sec_max, "iops-write-max"),
    LIMIT(size_iops_sec, "iops-size"),
    LIMIT(total_bytes_sec_max_length, "bps-total-max-length"),
    LIMIT(read_bytes_sec_max_length, "bps-read-max-length"),
    LIMIT(write_bytes_sec_max_length, "bps-write-max-length"),
    LIMIT(total_iops_sec_max_length, "iops-total-max-length"),
    LIMIT(read_iops_sec_max_length, "iops-read-max-length"),
    LIMIT(write_iops_sec_max_length, "iops-write-max-length"),
};
enum { LIMITS_ALWAYS = 13 }; /* a limit that is 0 is none; a time must be at least 1 */

Json *
command_throttle_limits(const IoTune *limited)
{
    const char *tune = (const char *)limited;
    Json *values = json_new_object();

    for (size_t l = 0; l < G_N_ELEMENTS(limits); l++)
        if (l < LIMITS_ALWAYS || *(const bool *)(tune + limits[l].has_at))
            json_add_uint64(values, limits[l].key, *(const uint64_t *)(tune + limits[l].at));
    return values;
}

void
command_throttle_groups(Command *command)
{
    for (size_t i = 0; i < list_len(command->def->throttlegroups); i++) {
        const ThrottleGroup *group = list_at(command->def->throttlegroups, i);
        g_autofree char *id = g_strdup_printf("throttle-%s", group->limits.group_name);
        Json *json = json_new_object();

        json_add_string(json, "qom-type", "throttle-group");
        json_add_string(json, "id", id);
        json_add(json, "limits", command_throttle_limits(&group->limits));
        command_add_json(command, "-object", json);
    }
}

/* One program makes all reservations of a guest that has none of its own. */
bool
command_reservations(Command *command, GError **error)
{
    for (size_t i = 0; i < list_len(command->def->disks); i++) {
        const Disk *d = list_at(command->def->disks, i);
        CommandService service;
        g_autofree char *path = NULL;

        if (!d->reservations || d->reservations->managed != YESNO_YES)
            continue;
        if (!command_helper(command, COMMAND_HELPER_PR, MANAGED_PR, NULL, &service, error))
            return false;
        path = service.path;
        add_pr_manager(command, MANAGED_PR, path);
        return true;
    }
    return true;
}

bool
command_disks(Command *command, GError **error)
{
    const Domain *def = command->def;
    g_autofree unsigned *numbers = g_new0(unsigned, list_len(def->disks) + 1);
    unsigned cards = 0;

    for (size_t i = list_len(def->disks); i-- > 0;) {
        if (!command_wants(command, list_at(def->disks, i)))
            continue;
        numbers[i] = command->nodes + 1;
        command->nodes += chain_length(list_at(def->disks, i));
    }
    for (size_t i = 0; i < list_len(def->disks); i++) {
        Disk *d = list_at(def->disks, i);
        g_autofree char *node = NULL;

        if (!command_wants(command, d))
            continue;
        if (d->bus == DISK_BUS_SD) {
            if (!add_sd_card(command, d, cards++, error))
                return false;
            continue;
        }
        if (d->type == DISK_TYPE_VHOSTUSER) {
            if (!add_vhost_user(command, d, error))
                return false;
            continue;
        }
        if (has_source(d)) {
            node = add_chain(command, d, numbers[i], error);
            if (!node)
                return false;
        } else if (d->device != DISK_DEVICE_CDROM && d->device != DISK_DEVICE_FLOPPY) {
            error_set(error, VIR_ERR_XML_ERROR, "disk '%s' has no source; only CD-ROM and floppy drives may be empty",
                      d->target);
            return false;
        }
        if (!add_device(command, d, node, NULL, error))
            return false;
    }
    return true;
}
