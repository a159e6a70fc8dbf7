/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hotplug.c - attach: a device joins a guest that runs */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/hotplug/hotplug.h"

#include <string.h>

#include "drivers/conf/domain.h"
#include "drivers/qemu/address/address.h"
#include "drivers/qemu/check/check.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("qemu.hotplug");

void
hotplug_clear(Hotplug *h)
{
    g_clear_pointer(&h->pty, g_free);
    g_clear_pointer(&h->added, g_free);
}

/* ---- what cannot join ------------------------------------------------------------ */

static bool
refuse(GError **error, const char *format, const char *what)
{
    g_autofree char *text = g_strdup_printf(format, what); /* one %s each */

    error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "%s", text);
    return false;
}

static bool
check_watchdog(const Domain *def, const Watchdog *w, GError **error)
{
    for (size_t i = 0; i < list_len(def->watchdogs); i++)
        if (g_strcmp0(((const Watchdog *)list_at(def->watchdogs, i))->model, "itco") != 0) {
            error_set(error, VIR_ERR_OPERATION_INVALID, "domain already has a watchdog");
            return false;
        }
    return g_str_equal(w->model, "i6300esb") || g_str_equal(w->model, "diag288") ||
           refuse(error, "hotplug of watchdog of model %s is not supported", w->model);
}

/* Whether a guest that runs can get such a device at all, in the words users know. */
static bool
check_kind(const Domain *def, const HotplugDevice *given, GError **error)
{
    const void *device = given->device;

    switch (given->kind) {
    case DEVICE_DISK: {
        DiskBus bus = ((const Disk *)device)->bus;

        return bus == DISK_BUS_VIRTIO || bus == DISK_BUS_SCSI || bus == DISK_BUS_USB ||
               refuse(error, "disk bus '%s' cannot be hotplugged.", disk_bus_words[bus]);
    }
    case DEVICE_CONTROLLER: {
        ControllerType type = ((const Controller *)device)->type;

        return type == CONTROLLER_TYPE_SCSI || type == CONTROLLER_TYPE_VIRTIO_SERIAL || type == CONTROLLER_TYPE_USB ||
               refuse(error, "'%s' controller cannot be hot plugged.", controller_type_words[type]);
    }
    case DEVICE_INPUT: {
        InputBus bus = ((const Input *)device)->bus;

        return bus != INPUT_BUS_PS2 || refuse(error, "input device on bus '%s' cannot be hot plugged.", input_bus_words[bus]);
    }
    case DEVICE_CONSOLE: {
        const char *type = ((const Console *)device)->target_type;

        return (type && !g_str_equal(type, "serial")) || refuse(error, "attaching %s console is not supported", "serial");
    }
    case DEVICE_FILESYSTEM:
        return ((const Filesystem *)device)->driver_type == FS_DRIVER_VIRTIOFS ||
               refuse(error, "only %s filesystems can be hotplugged", "virtiofs");
    case DEVICE_SHMEM: {
        const char *model = ((const Shmem *)device)->model;

        return g_strcmp0(model, "ivshmem") ||
               refuse(error, "live attach of shmem model '%s' is not supported", "ivshmem");
    }
    case DEVICE_WATCHDOG:
        return check_watchdog(def, device, error);
    case DEVICE_VSOCK:
        if (!def->vsock)
            return true;
        error_set(error, VIR_ERR_OPERATION_INVALID, "the domain already has a vsock device");
        return false;
    case DEVICE_INTERFACE: case DEVICE_HOSTDEV: case DEVICE_SERIAL: case DEVICE_PARALLEL: case DEVICE_CHANNEL:
    case DEVICE_REDIRDEV: case DEVICE_RNG: case DEVICE_MEMORY:
        return true;
    default:
        return given->xml == &lock_lease_xml || refuse(error, "live attach of device '%s' is not supported", given->element);
    }
}

/* ---- a place and a name ------------------------------------------------------------ */

/* Names count up from the highest that is there, so that none is used again while a device of that name is on its way out. */
typedef struct Names {
    const char *stem;
    size_t len;
    const void *self;
    long highest;
} Names;

static bool
see_name(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    Names *names = data;
    const char *rest = info->alias && g_str_has_prefix(info->alias, names->stem) ? info->alias + names->len : "";

    if (device != names->self && *rest && rest[strspn(rest, "0123456789")] == '\0')
        names->highest = MAX(names->highest, strtol(rest, NULL, 10));
    return true;
}

static void
settle_alias(const Domain *def, DeviceKind kind, void *device)
{
    DeviceInfo *info = hotplug_device_info(kind, device);
    g_autofree char *stem = g_strdup(info->alias);
    Names names = { .self = device, .highest = -1 };
    const Address *a = info->address;
    long wanted;

    /* Those of disks, controllers and modules say where they are plugged in. */
    if (info->user_alias || kind == DEVICE_DISK || kind == DEVICE_CONTROLLER ||
        (kind == DEVICE_MEMORY && a && a->type == ADDRESS_TYPE_DIMM))
        return;
    for (names.len = strlen(stem); names.len && g_ascii_isdigit(stem[names.len - 1]); names.len--)
        stem[names.len - 1] = '\0';
    wanted = strtol(info->alias + names.len, NULL, 10);
    names.stem = stem;
    device_each(def, DEVICE_LAST, see_name, &names, NULL);
    g_free(info->alias);
    info->alias = g_strdup_printf("%s%ld", stem, MAX(wanted, names.highest + 1));
}

static bool
note_device(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    g_hash_table_add(data, device);
    return true;
}

/* What making the definition whole has added, beside what was asked for. */
typedef struct Extra {
    GHashTable *known;
    GPtrArray *controllers; /* that are plugged in first */
    GPtrArray *others;      /* kind, device in turn: not for a guest that runs */
} Extra;

static bool
note_extra(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    Extra *extra = data;
    const Controller *c = kind == DEVICE_CONTROLLER ? device : NULL;

    /* The console that is the first serial port is made anew each time. */
    if (g_hash_table_contains(extra->known, device) || kind == DEVICE_CONSOLE)
        return true;
    if (c && (c->type == CONTROLLER_TYPE_SCSI || c->type == CONTROLLER_TYPE_VIRTIO_SERIAL || c->type == CONTROLLER_TYPE_USB)) {
        g_ptr_array_add(extra->controllers, device);
    } else {
        g_ptr_array_add(extra->others, GINT_TO_POINTER(kind));
        g_ptr_array_add(extra->others, device);
    }
    return true;
}

typedef struct Use {
    const GPtrArray *others;
    const void *user;
} Use;

/* A device may not count on a bus or hub that is not there. */
static bool
check_bus(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    const Use *use = data;
    const Address *a = info->address;

    for (guint i = 0; a && i < use->others->len; i += 2) {
        const Controller *c = use->others->pdata[i + 1];

        if (device == c)
            return true;
        if (GPOINTER_TO_INT(use->others->pdata[i]) == DEVICE_CONTROLLER && c->type == CONTROLLER_TYPE_PCI &&
            a->type == ADDRESS_TYPE_PCI && a->pci.bus == c->index && c->index) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "No more available PCI slots");
            return false;
        }
        if (GPOINTER_TO_INT(use->others->pdata[i]) == DEVICE_HUB && a->type == ADDRESS_TYPE_USB && a->usb_port &&
            strchr(a->usb_port, '.')) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "No free USB ports");
            return false;
        }
    }
    return true;
}

/* Free what is not for this guest, after seeing that nothing new needs it. */
static bool
drop_others(Domain *def, GPtrArray *others, GError **error)
{
    const Use use = { .others = others };

    if (others->len && !device_each(def, DEVICE_LAST, check_bus, (void *)&use, error))
        return false;
    for (guint i = 0; i < others->len; i += 2) {
        DeviceKind kind = GPOINTER_TO_INT(others->pdata[i]);
        GPtrArray **list = device_list(def, kind, false);

        if (!list)
            continue;
        g_ptr_array_remove(*list, others->pdata[i + 1]);
        xml_free(device_xml(kind), others->pdata[i + 1]);
    }
    return true;
}

/* Paths that are made up for a run. */
static void
settle_paths(const Hotplug *h, DeviceKind kind, void *device)
{
    Channel *c = kind == DEVICE_CHANNEL ? device : NULL;
    Disk *d = kind == DEVICE_DISK ? device : NULL;
    Shmem *s = kind == DEVICE_SHMEM ? device : NULL;

    if (s && !g_strcmp0(s->model, "ivshmem-doorbell") && !s->server_path)
        s->server_path = g_strdup_printf("/var/lib/libvirt/shmem-%s-sock", s->name);
    if (c && c->source.type == CHAR_TYPE_UNIX && !c->source.path) {
        c->source.mode = CHAR_MODE_BIND;
        c->source.path = g_strdup_printf("%s/%s/%s", h->command.conf->channel_dir, h->command.short_name,
                                         c->target_name ? c->target_name : c->info.alias);
    }
    if (d && d->reservations && d->reservations->managed == YESNO_YES && !d->reservations->path) {
        g_free(d->reservations->type);
        g_free(d->reservations->mode);
        d->reservations->type = g_strdup("unix");
        d->reservations->mode = g_strdup("client");
        d->reservations->path = g_strdup_printf("%s/pr-helper0.sock", h->command.dir);
    }
}

static bool
grow_memory(Domain *def, const MemoryDevice *m, GError **error)
{
    if (!def->max_memory) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "cannot use/hotplug a memory device when domain 'maxMemory' is not defined");
        return false;
    }
    if (def->memory + m->size > def->max_memory) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "Attaching memory device with size '%" G_GUINT64_FORMAT
                  "' would exceed domain's maxMemory config size '%" G_GUINT64_FORMAT "'", m->size, def->max_memory);
        return false;
    }
    def->memory += m->size;
    def->current_memory += m->size;
    return true;
}

/* The definition with the device in it, whole and checked; what must be plugged in for it in @controllers. */
static Domain *
make_next(Hotplug *h, HotplugDevice *given, void **ret_device, GPtrArray *controllers, GError **error)
{
    g_autoptr(Domain) next = xml_copy(&domain_xml, h->def);
    g_autoptr(GHashTable) known = g_hash_table_new(NULL, NULL);
    g_autoptr(GPtrArray) others = g_ptr_array_new();
    Extra extra = { known, controllers, others };
    HotplugDevice copy = { given->element, given->kind, given->xml, xml_copy(given->xml, given->device) };
    void *device = copy.device;
    DeviceKind kind = given->kind;

    if (!hotplug_device_insert(next, &copy, error)) {
        hotplug_device_clear(&copy);
        return NULL;
    }
    device_each(next, DEVICE_LAST, note_device, known, NULL);
    if (kind == DEVICE_MEMORY && !grow_memory(next, device, error))
        return NULL;
    if (!domain_xml.check(next, 0, error) || !fill_definition(next, h->command.caps, h->command.conf, &h->fill, error) ||
        !address_assign_usb(next, error))
        return NULL;
    device_each(next, DEVICE_LAST, note_extra, &extra, NULL);
    if (!drop_others(next, others, error))
        return NULL;
    for (guint i = 0; i < controllers->len; i++)
        fill_alias(next, DEVICE_CONTROLLER, controllers->pdata[i]);
    fill_alias(next, kind, device);
    settle_alias(next, kind, device);
    settle_paths(h, kind, device);
    if (!check_attached(next, h->command.caps, kind, device, error))
        return NULL;
    *ret_device = device;
    return g_steal_pointer(&next);
}

/* ---- building ------------------------------------------------------------------------ */

static void
see_node(const GPtrArray *nodes, unsigned *highest)
{
    for (guint i = 0; i < list_len(nodes); i++) {
        const char *name = ((const NodeName *)list_at(nodes, i))->name;
        unsigned number = 0;

        if (sscanf(name, "libvirt-%u-", &number) == 1)
            *highest = MAX(*highest, number);
    }
}

/* The highest number that a block node of the guest has. */
static unsigned
last_node(const Domain *def)
{
    unsigned highest = 0;

    for (size_t i = 0; i < list_len(def->disks); i++) {
        const Disk *d = list_at(def->disks, i);

        highest = MAX(highest, d->index);
        see_node(d->source_private ? d->source_private->nodenames : NULL, &highest);
        see_node(d->disk_private ? d->disk_private->nodenames : NULL, &highest);
        for (const Store *s = d->backing_store; s; s = s->backing_store) {
            highest = MAX(highest, MAX(s->index, s->chain_index));
            see_node(s->source_private ? s->source_private->nodenames : NULL, &highest);
        }
        if (d->mirror)
            see_node(d->mirror->source_private ? d->mirror->source_private->nodenames : NULL, &highest);
    }
    for (size_t i = 0; i < list_len(def->hostdevs); i++) {
        const Hostdev *h = list_at(def->hostdevs, i);

        see_node(h->source_private ? h->source_private->nodenames : NULL, &highest);
    }
    return highest;
}

/* Another disk than @self has its reservations made by the guest's helper. */
static bool
has_helper(const Domain *def, const Disk *self)
{
    for (size_t i = 0; i < list_len(def->disks); i++) {
        const Disk *d = list_at(def->disks, i);

        if (d != self && d->reservations && d->reservations->managed == YESNO_YES)
            return true;
    }
    return false;
}

static bool
build(Command *command, const Domain *def, DeviceKind kind, void *device, GError **error)
{
    const Disk *d = kind == DEVICE_DISK ? device : NULL;

    switch (kind) {
    case DEVICE_DISK:
        if (d->reservations && d->reservations->managed == YESNO_YES && !has_helper(def, d) &&
            !command_reservations(command, error))
            return false;
        return command_disks(command, error);
    case DEVICE_CONTROLLER:
        return command_controllers(command, error);
    case DEVICE_FILESYSTEM:
        return command_filesystems(command, error);
    case DEVICE_INTERFACE:
        return device_is_hostdev(device) ? command_hostdevs(command, error) : command_nets(command, error);
    case DEVICE_SERIAL: case DEVICE_PARALLEL: case DEVICE_CONSOLE: case DEVICE_CHANNEL:
        return command_chars(command, error);
    case DEVICE_INPUT:
        return command_inputs(command, error);
    case DEVICE_HOSTDEV:
        return command_hostdevs(command, error);
    case DEVICE_REDIRDEV:
        return command_redirs(command, error);
    case DEVICE_WATCHDOG:
        return command_watchdogs(command, error);
    case DEVICE_RNG:
        return command_rngs(command, error);
    case DEVICE_SHMEM:
        return command_shmems(command, error);
    case DEVICE_MEMORY:
        return command_memory_devices(command, error);
    case DEVICE_VSOCK:
        return command_vsock(command, error);
    default:
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "live attach of device '%s' is not supported",
                  hotplug_device_element(kind));
        return false;
    }
}

/* QEMU numbers sets of descriptors from 0; ours are named by us. */
static int
next_fdset(void *data, GError **error)
{
    Hotplug *h = data;
    g_autoptr(Json) sets = h->host.ask(h->host.data, "query-fdsets", NULL, -1, error);
    int64_t highest = -1;

    for (size_t i = 0; sets && i < json_array_len(sets); i++)
        highest = MAX(highest, json_opt_int64(json_array_at(sets, i), "fdset-id", -1));
    return sets ? (int)highest + 1 : -1;
}

GArray *
hotplug_parts(Hotplug *h, Domain *def, DeviceKind kind, void *device, GError **error)
{
    Command command = h->command;
    g_autoptr(GArray) parts = command_parts_new();

    command.def = def;
    command.only = device;
    command.parts = parts;
    command.next_fdset = next_fdset;
    command.fdset_data = h;
    command.nodes = MAX(h->command.nodes, MAX(last_node(def), last_node(h->def)));
    if (!build(&command, def, kind, device, error))
        return NULL;
    h->command.nodes = command.nodes;
    return g_steal_pointer(&parts);
}

/* ---- what is learnt afterwards --------------------------------------------------------- */

static CharSource *
source_of(DeviceKind kind, void *device)
{
    switch (kind) {
    case DEVICE_SERIAL:
        return &((Serial *)device)->source;
    case DEVICE_PARALLEL:
        return &((Parallel *)device)->source;
    case DEVICE_CONSOLE:
        return &((Console *)device)->source;
    case DEVICE_CHANNEL:
        return &((Channel *)device)->source;
    case DEVICE_RNG:
        return &((Rng *)device)->source;
    case DEVICE_REDIRDEV:
        return &((RedirDev *)device)->source;
    default:
        return NULL;
    }
}

static void
note_pty(Hotplug *h, DeviceKind kind, void *device)
{
    CharSource *source = h->pty ? source_of(kind, device) : NULL;

    if (!source || source->type != CHAR_TYPE_PTY)
        return;
    g_free(source->path);
    source->path = g_steal_pointer(&h->pty);
}

bool
hotplug_refresh_disks(Hotplug *h, Domain *def, GError **error)
{
    g_autoptr(Json) drives = h->host.ask(h->host.data, "query-block", NULL, -1, error);

    for (size_t i = 0; drives && i < json_array_len(drives); i++) {
        Json *drive = json_array_at(drives, i);
        const char *path = json_opt_string(drive, "qdev", "");

        for (size_t d = 0; d < list_len(def->disks); d++) {
            Disk *disk = list_at(def->disks, d);
            const char *alias = disk->info.alias ? disk->info.alias : "";

            if ((disk->device == DISK_DEVICE_CDROM || disk->device == DISK_DEVICE_FLOPPY) &&
                (g_str_equal(path, alias) || (g_str_has_prefix(path, "/machine/peripheral/") &&
                                              g_str_equal(path + strlen("/machine/peripheral/"), alias))))
                disk->tray = json_opt_bool(drive, "tray_open", false) ? DISK_TRAY_OPEN : DISK_TRAY_CLOSED;
        }
    }
    return drives != NULL;
}

static bool
set_link(Hotplug *h, const Interface *n, GError **error)
{
    Json *arguments;

    if (n->link_state != LINK_STATE_DOWN)
        return true;
    arguments = json_new_object();
    json_add_string(arguments, "name", n->info.alias);
    json_add_bool(arguments, "up", false);
    return hotplug_tell(h, "set_link", arguments, error);
}

/* ---- attaching --------------------------------------------------------------------------- */

static bool
plug(Hotplug *h, Domain *def, DeviceKind kind, void *device, GError **error)
{
    g_autoptr(HotplugUndo) undo = hotplug_undo_new();
    g_autoptr(GArray) parts = NULL;
    bool ok = !h->host.take || h->host.take(h->host.data, def, kind, device, error);

    if (!ok)
        return false;
    parts = hotplug_parts(h, def, kind, device, error);
    ok = parts && hotplug_steps(h, parts, undo, error) && (kind != DEVICE_INTERFACE || set_link(h, device, error));
    if (!ok) {
        hotplug_undo_run(h, undo);
        if (h->host.drop)
            h->host.drop(h->host.data, h->def, kind, device);
        return false;
    }
    note_pty(h, kind, device);
    return true;
}

static void
publish(Hotplug *h, Domain *next)
{
    xml_free(&domain_xml, h->def);
    h->def = next;
}

/* Of @controllers those from @from on did not come, and neither did @device; the others have. */
static void
keep_some(Hotplug *h, Domain *next, GPtrArray *controllers, guint from, DeviceKind kind, void *device)
{
    if (!from) {
        xml_free(&domain_xml, next);
        return;
    }
    for (guint i = from; i < controllers->len; i++) {
        g_ptr_array_remove(next->controllers, controllers->pdata[i]);
        xml_free(&controller_xml, controllers->pdata[i]);
    }
    if (kind == DEVICE_MEMORY) {
        next->memory = h->def->memory;
        next->current_memory = h->def->current_memory;
    }
    hotplug_device_remove(next, kind, device);
    xml_free(device_xml(kind), device);
    publish(h, next);
}

static bool
attach(Hotplug *h, HotplugDevice *given, GError **error)
{
    g_autoptr(GPtrArray) controllers = g_ptr_array_new();
    void *device = NULL;
    Domain *next = make_next(h, given, &device, controllers, error);
    g_autoptr(GError) later = NULL;
    g_autoptr(Json) devices = NULL;

    if (!next)
        return false;
    for (guint i = 0; i <= controllers->len; i++) {
        bool last = i == controllers->len;

        if (!plug(h, next, last ? given->kind : DEVICE_CONTROLLER, last ? device : controllers->pdata[i], error)) {
            keep_some(h, next, controllers, i, given->kind, device);
            return false;
        }
    }
    g_free(h->added);
    h->added = g_strdup(hotplug_device_info(given->kind, device)->alias);
    /* The device is there; what cannot be learnt of it now is no reason to say otherwise. */
    if (given->kind == DEVICE_DISK && !hotplug_refresh_disks(h, next, &later))
        log_gerror(later, "while looking at the drives of '%s'", next->name);
    g_clear_error(&later);
    devices = hotplug_list_devices(h, &later);
    if (!devices)
        log_gerror(later, "while looking at the devices of '%s'", next->name);
    publish(h, next);
    hotplug_device_clear(given);
    return true;
}

Json *
hotplug_list_devices(Hotplug *h, GError **error)
{
    Json *arguments = json_new_object();

    json_add_string(arguments, "path", "/machine/peripheral");
    return h->host.ask(h->host.data, "qom-list", arguments, -1, error);
}

bool
hotplug_attach(Hotplug *h, HotplugDevice *given, GError **error)
{
    const Disk *d = given->kind == DEVICE_DISK ? given->device : NULL;

    /* Another disc for a drive that is there. */
    if (d && (d->device == DISK_DEVICE_CDROM || d->device == DISK_DEVICE_FLOPPY) && hotplug_device_find(h->def, given, NULL))
        return hotplug_change_media(h, given, error);
    if (!check_kind(h->def, given, error))
        return false;
    if (given->xml == &lock_lease_xml)
        return hotplug_device_insert(h->def, given, error);
    return attach(h, given, error);
}
