/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hotplug_update.c - change a device while it is used: media, displays, interfaces, memory
 *
 * What a kind lets change is compared by itself; all else that the new document says must be true already.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/check/check.h"
#include "drivers/qemu/command/command_image.h"
#include "drivers/qemu/hotplug/hotplug.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("qemu.hotplug");

static void
set_text(char **where, const char *value)
{
    char *copy = g_strdup(value);

    g_free(*where);
    *where = copy;
}

/* Whether @probe, a device like the given one, says nothing new of @device. */
static bool
check_rest(const HotplugDevice *given, void *probe, const void *device, const char *what, GError **error)
{
    HotplugDevice like = { given->element, given->kind, given->xml, probe };
    g_autofree char *where = NULL;

    if (hotplug_device_says(&like, device, XML_FORMAT_SECURE, &where))
        return true;
    error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "cannot modify field '%s' (or its parts) of the %s while the guest runs",
              where ? where : "", what);
    return false;
}

/* ---- disks ------------------------------------------------------------------------- */

static bool
has_medium(const Disk *d)
{
    return d->path || d->fdgroup || list_len(d->hosts) || d->pool;
}

static bool
same_source(const Disk *a, const Disk *b)
{
    if (!has_medium(a) && !has_medium(b))
        return true;
    return a->type == b->type && !g_strcmp0(a->path, b->path) && a->protocol == b->protocol && !g_strcmp0(a->pool, b->pool) &&
           !g_strcmp0(a->volume, b->volume) && !g_strcmp0(a->fdgroup, b->fdgroup) &&
           (a->format == DISK_FORMAT_UNSET || a->format == b->format);
}

static bool
tray(Hotplug *h, const char *command, const char *alias, bool force, GError **error)
{
    Json *arguments = json_new_object();

    json_add_string(arguments, "id", alias);
    if (force)
        json_add_bool(arguments, "force", true);
    return hotplug_tell(h, command, arguments, error);
}

static bool
insert_medium(Hotplug *h, const Disk *d, GError **error)
{
    const char *node = command_image_noted(d->source_private, NULL);
    const GPtrArray *own = d->disk_private ? d->disk_private->nodenames : NULL;
    Json *arguments = json_new_object();

    if (list_len(own))
        node = ((const NodeName *)list_at(own, list_len(own) - 1))->name;
    json_add_string(arguments, "id", d->info.alias);
    json_add_string(arguments, "node-name", node);
    return hotplug_tell(h, "blockdev-insert-medium", arguments, error);
}

/* Put the disc of @now into the drive that has that of @before. */
static bool
exchange(Hotplug *h, const Disk *before, const Disk *now, GError **error)
{
    const char *alias = before->info.alias;

    if (!tray(h, "blockdev-open-tray", alias, h->force, error))
        return false;
    if (!tray(h, "blockdev-remove-medium", alias, false, error))
        return false;
    if (!has_medium(now) || insert_medium(h, now, error))
        return tray(h, "blockdev-close-tray", alias, false, error);
    /* What was in it goes back. */
    if (has_medium(before) && command_image_noted(before->source_private, NULL))
        insert_medium(h, before, NULL);
    tray(h, "blockdev-close-tray", alias, false, NULL);
    return false;
}

/* The parts of an image, without the drive. */
static void
drop_devices(GArray *parts)
{
    for (guint i = parts->len; i-- > 0;)
        if (g_str_equal(g_array_index(parts, CommandPart, i).option, "-device"))
            g_array_remove_index(parts, i);
}

/* The drive of @old with the medium of the document. */
static Disk *
make_drive(const Disk *old, HotplugDevice *given)
{
    Disk *drive = xml_copy(&disk_xml, given->device);
    Disk *copy = xml_copy(&disk_xml, old);
    DeviceInfo info = drive->info;

    drive->info = copy->info;
    copy->info = info;
    xml_free(&disk_xml, copy);
    drive->device = old->device;
    drive->bus = old->bus;
    if (drive->device == DISK_DEVICE_CDROM)
        drive->readonly = true;
    set_text(&drive->serial, old->serial);
    return drive;
}

bool
hotplug_change_media(Hotplug *h, HotplugDevice *given, GError **error)
{
    Disk *old = hotplug_device_find(h->def, given, error), *drive;
    g_autoptr(Domain) next = old ? xml_copy(&domain_xml, h->def) : NULL;
    g_autoptr(HotplugUndo) undo = hotplug_undo_new();
    g_autoptr(GArray) parts = NULL;
    g_autoptr(GError) later = NULL;
    guint at = 0;
    bool ok;

    if (!old || !g_ptr_array_find(h->def->disks, old, &at))
        return false;
    if (((const Disk *)given->device)->device != old->device) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s' is of device '%s': that cannot be changed", old->target,
                  disk_device_words[old->device]);
        return false;
    }
    drive = make_drive(old, given);
    xml_free(&disk_xml, next->disks->pdata[at]);
    next->disks->pdata[at] = drive;
    fill_running(next, h->command.conf);
    if (has_medium(drive)) {
        if (!check_attached(next, h->command.caps, DEVICE_DISK, drive, error) ||
            (h->host.take && !h->host.take(h->host.data, next, DEVICE_DISK, drive, error)))
            return false;
        parts = hotplug_parts(h, next, DEVICE_DISK, drive, error);
        if (parts)
            drop_devices(parts);
    }
    ok = (!has_medium(drive) || (parts && hotplug_steps(h, parts, undo, error))) && exchange(h, old, drive, error);
    if (!ok) {
        hotplug_undo_run(h, undo);
        if (has_medium(drive) && h->host.drop)
            h->host.drop(h->host.data, h->def, DEVICE_DISK, drive);
        return false;
    }
    drive->tray = DISK_TRAY_CLOSED;
    if (has_medium(old)) {
        if (!hotplug_remove_disk(h, old, next, &later))
            log_gerror(later, "while removing the former medium of '%s'", old->target);
        if (h->host.drop)
            h->host.drop(h->host.data, next, DEVICE_DISK, old);
    }
    xml_free(&domain_xml, h->def);
    h->def = g_steal_pointer(&next);
    return true;
}

static bool
update_disk(Hotplug *h, HotplugDevice *given, GError **error)
{
    Disk *old = hotplug_device_find(h->def, given, error), *new = given->device;
    g_autoptr(Disk) probe = NULL;

    if (!old)
        return false;
    if ((old->device == DISK_DEVICE_CDROM || old->device == DISK_DEVICE_FLOPPY) && !same_source(new, old))
        return hotplug_change_media(h, given, error);
    probe = xml_copy(&disk_xml, new);
    probe->startup_policy = old->startup_policy;
    if (!check_rest(given, probe, old, "disk", error))
        return false;
    old->startup_policy = new->startup_policy;
    return true;
}

/* ---- displays ------------------------------------------------------------------------ */

static Graphics *
find_display(const Domain *def, const Graphics *new, GError **error)
{
    for (size_t i = 0; i < list_len(def->graphics); i++)
        if (((Graphics *)list_at(def->graphics, i))->type == new->type)
            return list_at(def->graphics, i);
    error_set(error, VIR_ERR_DEVICE_MISSING, "cannot find existing graphics device of type '%s' to modify",
              graphics_type_words[new->type]);
    return NULL;
}

static bool
set_password(Hotplug *h, const Graphics *g, GError **error)
{
    const char *protocol = graphics_type_words[g->type];
    const QemuConf *conf = h->command.conf;
    const char *common = g->type == GRAPHICS_TYPE_SPICE ? conf->spice_password : conf->vnc_password;
    const char *password = g->passwd ? g->passwd : common;
    g_autofree char *zoned = g->passwd_valid_to ? g_strconcat(g->passwd_valid_to, "Z", NULL) : NULL;
    g_autoptr(GDateTime) time = zoned ? g_date_time_new_from_iso8601(zoned, NULL) : NULL;
    g_autofree char *seconds = time ? g_strdup_printf("%" G_GINT64_FORMAT, g_date_time_to_unix(time)) : NULL;
    Json *arguments = json_new_object();

    json_add_string(arguments, "protocol", protocol);
    json_add_string(arguments, "password", password ? password : "");
    if (g->connected != GRAPHICS_CONNECTED_UNSET)
        json_add_string(arguments, "connected", graphics_connected_words[g->connected]);
    if (!hotplug_tell(h, "set_password", arguments, error))
        return false;
    arguments = json_new_object();
    json_add_string(arguments, "protocol", protocol);
    /* Without a password nobody gets in. */
    json_add_string(arguments, "time", !password || (zoned && !seconds) ? "now" : seconds ? seconds : "never");
    return hotplug_tell(h, "expire_password", arguments, error);
}

static bool
update_display(Hotplug *h, HotplugDevice *given, GError **error)
{
    Graphics *new = given->device, *old = find_display(h->def, new, error);
    g_autoptr(Graphics) probe = NULL;
    g_autofree char *what = NULL;

    if (!old)
        return false;
    if (new->type != GRAPHICS_TYPE_VNC && new->type != GRAPHICS_TYPE_SPICE) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "unable to change config on '%s' graphics type", graphics_type_words[new->type]);
        return false;
    }
    what = g_strdup_printf("%s graphics", graphics_type_words[new->type]);
    probe = xml_copy(&graphics_xml, new);
    set_text(&probe->passwd, old->passwd);
    set_text(&probe->passwd_valid_to, old->passwd_valid_to);
    probe->connected = old->connected;
    /* A port to be chosen was chosen. */
    if (probe->autoport == YESNO_YES && old->autoport == YESNO_YES) {
        probe->port = old->port;
        probe->tls_port = old->tls_port;
    }
    if (!check_rest(given, probe, old, what, error) ||
        ((new->passwd || old->passwd) && !set_password(h, new, error)))
        return false;
    set_text(&old->passwd, new->passwd);
    set_text(&old->passwd_valid_to, new->passwd_valid_to);
    old->connected = new->connected;
    return true;
}

/* ---- interfaces ------------------------------------------------------------------------ */

static bool
is_plugged(const Interface *n)
{
    return n->type == INTERFACE_TYPE_NETWORK || n->type == INTERFACE_TYPE_BRIDGE;
}

static bool
moves(const Interface *old, const Interface *new)
{
    return is_plugged(old) && is_plugged(new) &&
           (old->type != new->type || (new->type == INTERFACE_TYPE_NETWORK ? g_strcmp0(old->network, new->network) != 0 ||
                                                                                 g_strcmp0(old->portgroup, new->portgroup) != 0
                                                                           : g_strcmp0(old->bridge, new->bridge) != 0));
}

static void
copy_plug(Interface *to, const Interface *from)
{
    to->type = from->type;
    set_text(&to->network, from->network);
    set_text(&to->portgroup, from->portgroup);
    set_text(&to->bridge, from->bridge);
}

static bool
update_interface(Hotplug *h, HotplugDevice *given, GError **error)
{
    const Interface *new = given->device;
    Interface *old = hotplug_device_find(h->def, given, error);
    g_autoptr(Interface) probe = old ? xml_copy(&interface_xml, new) : NULL;
    g_autoptr(Interface) before = old ? xml_copy(&interface_xml, old) : NULL;

    if (!old)
        return false;
    probe->link_state = old->link_state;
    if (is_plugged(old) && is_plugged(new))
        copy_plug(probe, old);
    if (!check_rest(given, probe, old, "interface", error))
        return false;
    if (moves(old, new)) {
        copy_plug(old, new);
        if (!h->host.replug || !h->host.replug(h->host.data, h->def, before, old, error)) {
            copy_plug(old, before);
            return false;
        }
    }
    if ((old->link_state == LINK_STATE_DOWN) != (new->link_state == LINK_STATE_DOWN)) {
        Json *arguments = json_new_object();

        json_add_string(arguments, "name", old->info.alias);
        json_add_bool(arguments, "up", new->link_state != LINK_STATE_DOWN);
        if (!hotplug_tell(h, "set_link", arguments, error))
            return false;
    }
    old->link_state = new->link_state;
    return true;
}

/* ---- memory ------------------------------------------------------------------------------ */

static bool
update_memory(Hotplug *h, HotplugDevice *given, GError **error)
{
    const MemoryDevice *new = given->device;

    for (size_t i = 0; i < list_len(h->def->memory_devices); i++) {
        MemoryDevice *old = list_at(h->def->memory_devices, i);
        g_autoptr(MemoryDevice) probe = xml_copy(&memory_device_xml, new);
        HotplugDevice like = { given->element, given->kind, given->xml, probe };
        g_autofree char *path = g_strdup_printf("/machine/peripheral/%s", old->info.alias);
        Json *arguments;

        probe->requested = old->requested;
        probe->current = old->current;
        if (old->model != MEMORY_MODEL_VIRTIO_MEM || !hotplug_device_says(&like, old, XML_FORMAT_SECURE, NULL))
            continue;
        if (new->requested > old->size || (old->block_size && new->requested % old->block_size)) {
            error_set(error, VIR_ERR_XML_ERROR, "requested size of '%s' must be a multiple of its block size and not above "
                      "its size",
                      old->info.alias);
            return false;
        }
        arguments = json_new_object();
        json_add_string(arguments, "path", path);
        json_add_string(arguments, "property", "requested-size");
        json_add_uint64(arguments, "value", new->requested * 1024);
        if (!hotplug_tell(h, "qom-set", arguments, error))
            return false;
        old->requested = new->requested;
        return true;
    }
    error_set(error, VIR_ERR_DEVICE_MISSING, "matching memory device was not found: only the requested size of virtio-mem can be "
              "changed");
    return false;
}

bool
hotplug_update(Hotplug *h, HotplugDevice *given, GError **error)
{
    if (given->xml == &graphics_xml)
        return update_display(h, given, error);
    switch (given->kind) {
    case DEVICE_DISK:
        return update_disk(h, given, error);
    case DEVICE_INTERFACE:
        return update_interface(h, given, error);
    case DEVICE_MEMORY:
        return update_memory(h, given, error);
    default:
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "live update of device '%s' is not supported", given->element);
        return false;
    }
}
