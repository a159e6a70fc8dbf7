/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_disk.c - disks: "format=raw,vdev=hda,..." of xl (xl-disk-configuration(5)), "phy:/dev/x,hda,w" of xm */
#define ERROR_FROM VIR_FROM_XEN
#include "drivers/xen/xen_disk.h"

#include <string.h>

#include "drivers/conf/source.h"
#include "drivers/xen/xen_private.h"
#include "util/error.h"

/* Back ends: xl's word, that of documents, and whether the source is a device. */
static const struct { const char *xl, *driver; bool device; } backends[] = {
    { "phy", "phy", true }, { "qdisk", "qemu", false }, { "tap", "tap", false }, { "tap", "tap2", false },
    { "qdisk", "file", false },
};

static const struct { const char *xl; DiskFormat format; } formats[] = {
    { "raw", DISK_FORMAT_RAW }, { "qcow2", DISK_FORMAT_QCOW2 }, { "qcow", DISK_FORMAT_QCOW }, { "qed", DISK_FORMAT_QED },
    { "vhd", DISK_FORMAT_VPC }, { "vhd", DISK_FORMAT_VHD },
};

/* ---- reading -------------------------------------------------------------- */

static DiskBus
bus_of(const char *vdev)
{
    return g_str_has_prefix(vdev, "xvd") ? DISK_BUS_XEN : g_str_has_prefix(vdev, "sd") ? DISK_BUS_SCSI
           : g_str_has_prefix(vdev, "fd") ? DISK_BUS_FDC : DISK_BUS_IDE;
}

static bool
set_format(const ConfValue *value, Disk *disk, const char *word, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
        if (!strcmp(formats[i].xl, word)) {
            disk->format = formats[i].format;
            return true;
        }
    return xen_refuse(value, error, "format '%.64s' of a disk is not supported, expected raw, qcow, qcow2, qed or vhd", word);
}

static bool
set_backend(const ConfValue *value, Disk *disk, const char *word, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(backends); i++)
        if (!strcmp(backends[i].xl, word)) {
            g_free(disk->driver_name);
            disk->driver_name = g_strdup(backends[i].driver);
            disk->type = backends[i].device ? DISK_TYPE_BLOCK : DISK_TYPE_FILE;
            return true;
        }
    return xen_refuse(value, error, "'backendtype' of a disk is '%.64s', expected phy, qdisk or tap", word);
}

static bool
set_access(const ConfValue *value, Disk *disk, const char *word, GError **error)
{
    if (!strcmp(word, "r") || !strcmp(word, "ro"))
        disk->readonly = true;
    else if (!strcmp(word, "!") || !strcmp(word, "w!"))
        disk->shareable = true;
    else if (strcmp(word, "w") != 0 && strcmp(word, "rw") != 0)
        return xen_refuse(value, error, "access '%.64s' of a disk is none of ro, rw and w!", word);
    return true;
}

static bool
set_vdev(Disk *disk, const char *word)
{
    /* "hdc:cdrom" is the way of xm. */
    size_t len = strcspn(word, ":");

    if (!strcmp(word + len, ":cdrom"))
        disk->device = DISK_DEVICE_CDROM;
    g_free(disk->target);
    disk->target = g_strndup(word, len);
    if (bus_of(disk->target) == DISK_BUS_FDC)
        disk->device = DISK_DEVICE_FLOPPY;
    return *disk->target && (!word[len] || !strcmp(word + len, ":cdrom") || !strcmp(word + len, ":disk"));
}

/* A source that is not on this host. */
static bool
set_network(const ConfValue *value, Disk *disk, const char *text, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(Store) store = source_read(text, &why);

    if (!store || store->type != DISK_TYPE_NETWORK)
        return xen_refuse(value, error, "the source '%.64s' of a disk is not understood: %s", text, why ? why->message : "");
    disk->type = DISK_TYPE_NETWORK;
    disk->protocol = store->protocol;
    disk->path = g_steal_pointer(&store->path);
    disk->hosts = g_steal_pointer(&store->hosts);
    disk->net_snapshot = g_steal_pointer(&store->net_snapshot);
    disk->net_config = g_steal_pointer(&store->net_config);
    return true;
}

/* Formats and back ends in front of a target are out of date, but still read. */
static bool
set_target(const ConfValue *value, Disk *disk, const char *text, GError **error)
{
    static const char *const words[] = { "phy", "file", "tap", "tap2", "aio", "raw", "qcow2", "qcow", "vhd", "qed" };

    if (g_str_has_prefix(text, "rbd:"))
        return set_network(value, disk, text, error);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        size_t len = strlen(words[i]);

        if (strncmp(text, words[i], len) != 0 || text[len] != ':')
            continue;
        text += len + 1;
        if (!strcmp(words[i], "phy") && !set_backend(value, disk, "phy", error))
            return false;
        if (g_str_has_prefix(words[i], "tap") && !set_backend(value, disk, "tap", error))
            return false;
        if (i >= 5 && !set_format(value, disk, words[i], error))
            return false;
        i = (size_t)-1; /* there may be another, as in "tap:qcow2:" */
    }
    disk->path = *text ? g_strdup(text) : NULL;
    return true;
}

static bool
set_option(const ConfValue *value, Disk *disk, const char *name, const char *rest, GError **error)
{
    if (!strcmp(name, "format"))
        return set_format(value, disk, rest, error);
    if (!strcmp(name, "backendtype"))
        return set_backend(value, disk, rest, error);
    if (!strcmp(name, "access"))
        return set_access(value, disk, rest, error);
    if (!strcmp(name, "vdev"))
        return set_vdev(disk, rest) || xen_refuse(value, error, "'%.64s' is no name of a disk", rest);
    if (!strcmp(name, "backend")) {
        g_free(disk->backend_domain);
        disk->backend_domain = g_strdup(rest);
    } else if (!strcmp(name, "cdrom") || (!strcmp(name, "devtype") && !strcmp(rest, "cdrom"))) {
        disk->device = DISK_DEVICE_CDROM;
    } else if (!strcmp(name, "discard") || !strcmp(name, "no-discard")) {
        disk->discard = name[0] == 'd' ? DISK_DISCARD_UNMAP : DISK_DISCARD_IGNORE;
    } else if (strcmp(name, "direct-io-safe") != 0 && strcmp(name, "devtype") != 0) {
        return xen_refuse(value, error, "'%.64s' of a disk is not supported", name);
    }
    return true;
}

/* Options that are a word alone. */
static bool
is_flag(const char *field)
{
    return g_str_equal(field, "cdrom") || g_str_equal(field, "discard") || g_str_equal(field, "no-discard") ||
           g_str_equal(field, "direct-io-safe");
}

/* Up to four fields by their place, then options by their name; what 'target' says goes on to the end. */
static bool
read_xl(const ConfValue *value, Disk *disk, GError **error)
{
    static const char *const places[] = { "target", "format", "vdev", "access" };
    g_autofree char *copy = g_strdup(value->string), *target = NULL;
    unsigned place = 0;
    char *next;

    disk->driver_name = g_strdup("qemu");
    disk->type = DISK_TYPE_FILE;
    disk->format = DISK_FORMAT_RAW;
    for (char *field = copy; field; field = next) {
        char *equals, *name;
        const char *rest = "";

        field += strspn(field, " \t");
        if (g_str_has_prefix(field, "target=")) {
            g_free(target);
            target = g_strdup(field + strlen("target="));
            break;
        }
        next = strchr(field, ',');
        if (next)
            *next++ = '\0';
        name = g_strchomp(field);
        equals = strchr(field, '=');
        /* A path may have a '='. */
        if (place == 0 && (!equals || *field == '/') && !is_flag(field)) {
            target = g_strdup(field);
            place++;
            continue;
        }
        if (equals) {
            *equals = '\0';
            rest = equals + 1;
        } else if (place < G_N_ELEMENTS(places) && !is_flag(field)) {
            name = (char *)places[place++];
            rest = field;
            if (!*rest)
                continue;
        } else if (!*field) {
            continue;
        }
        if (!set_option(value, disk, name, rest, error))
            return false;
    }
    return !target || set_target(value, disk, target, error);
}

/* "SOURCE,VDEV[:cdrom],ACCESS[,DOMAIN]" */
static bool
read_xm(const ConfValue *value, Disk *disk, GError **error)
{
    g_auto(GStrv) fields = xen_options(value->string);
    const char *source = fields[0] ? fields[0] : "", *colon = strchr(source, ':');
    size_t len = colon ? (size_t)(colon - source) : 0;
    bool tap = len && (!strncmp(source, "tap:", 4) || !strncmp(source, "tap2:", 5));

    if (g_strv_length(fields) < 3)
        return xen_refuse(value, error, "'%.64s' is no disk as in 'phy:/dev/x,hda,w'", value->string);
    if (!set_vdev(disk, fields[1]))
        return xen_refuse(value, error, "'%.64s' is no name of a disk", fields[1]);
    if (fields[3] && *fields[3])
        disk->backend_domain = g_strdup(fields[3]);
    disk->format = DISK_FORMAT_RAW;
    disk->type = !*source || g_str_has_prefix(source, "phy:") || g_str_has_prefix(source, "/dev/") ? DISK_TYPE_BLOCK
                                                                                               : DISK_TYPE_FILE;
    disk->driver_name = len && *source != '/' ? g_strndup(source, len)
                                              : g_strdup(disk->type == DISK_TYPE_BLOCK ? "phy" : "file");
    if (len && *source != '/')
        source = colon + 1;
    if (tap && (colon = strchr(source, ':'))) {
        g_autofree char *word = g_strndup(source, (size_t)(colon - source));

        if (strcmp(word, "aio") != 0 && !set_format(value, disk, word, error))
            return false;
        source = colon + 1;
    }
    /* Of a block device in a folder that is not said. */
    if (disk->type == DISK_TYPE_BLOCK && *source && *source != '/')
        disk->path = g_strconcat("/dev/", source, NULL);
    else
        disk->path = *source ? g_strdup(source) : NULL;
    return set_access(value, disk, fields[2], error);
}

bool
xen_disk_read(const XenReader *r, GError **error)
{
    g_autoptr(GPtrArray) items = NULL;

    if (!xen_get_items(r, "disk", &items, error))
        return false;
    for (guint i = 0; i < list_len(items); i++) {
        const ConfValue *item = list_at(items, i);
        Disk *disk = xen_append(&r->domain->disks, &disk_xml);

        if (!(r->context->dialect == XEN_XL ? read_xl : read_xm)(item, disk, error))
            return false;
        if (!disk->target)
            return xen_refuse(item, error, "the disk '%.64s' has no 'vdev'", item->string);
        disk->bus = bus_of(disk->target);
        if (disk->device == DISK_DEVICE_CDROM)
            disk->readonly = true;
    }
    return true;
}

/* ---- writing -------------------------------------------------------------- */

static bool
unsupported(const Disk *disk, GError **error, const char *what, const char *word)
{
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s': Xen does not support %s '%s'", disk->target, what, word);
    return false;
}

bool
xen_disk_backend(const Disk *disk, const char **ret_backend, GError **error)
{
    *ret_backend = NULL;
    if (!disk->driver_name)
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(backends) && !*ret_backend; i++)
        if (!strcmp(backends[i].driver, disk->driver_name))
            *ret_backend = backends[i].xl;
    return *ret_backend || unsupported(disk, error, "the driver", disk->driver_name);
}

bool
xen_disk_format(const Disk *disk, const char **ret_format, GError **error)
{
    DiskFormat format = disk->format ? disk->format : DISK_FORMAT_RAW;
    bool raw_only = !g_strcmp0(disk->driver_name, "phy") || !g_strcmp0(disk->driver_name, "file");

    *ret_format = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(formats) && !*ret_format; i++)
        if (formats[i].format == format)
            *ret_format = formats[i].xl;
    if (!*ret_format || (raw_only && format != DISK_FORMAT_RAW))
        return unsupported(disk, error, raw_only ? "with this driver the format" : "the format", disk_format_words[format]);
    return true;
}

/* ':' and ';' separate what is in it. */
static void
add_escaped(GString *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        if (strchr(":;\\", *p))
            g_string_append_c(out, '\\');
        g_string_append_c(out, *p);
    }
}

static char *
rbd_path(const Disk *disk)
{
    GString *out = g_string_new("rbd:");

    g_string_append(out, disk->path ? disk->path : "");
    if (disk->net_snapshot)
        g_string_append_printf(out, "@%s", disk->net_snapshot);
    if (disk->auth) {
        g_string_append(out, ":id=");
        add_escaped(out, disk->auth->username);
        g_string_append(out, ":auth_supported=cephx\\;none");
    } else {
        g_string_append(out, ":auth_supported=none");
    }
    for (guint i = 0; i < list_len(disk->hosts); i++) {
        const NetHost *host = list_at(disk->hosts, i);
        bool bracket = host->name && strchr(host->name, ':');

        g_string_append(out, i ? "\\;" : ":mon_host=");
        g_string_append(out, bracket ? "[" : "");
        add_escaped(out, host->name ? host->name : "");
        g_string_append(out, bracket ? "]" : "");
        if (host->has_port && host->port)
            g_string_append_printf(out, "\\:%u", host->port);
    }
    if (disk->net_config) {
        g_string_append(out, ":conf=");
        add_escaped(out, disk->net_config);
    }
    return g_string_free(out, FALSE);
}

bool
xen_disk_path(const Disk *disk, char **ret_path, GError **error)
{
    *ret_path = NULL;
    if (disk->type == DISK_TYPE_NETWORK) {
        if (disk->protocol != NET_PROTOCOL_RBD)
            return unsupported(disk, error, "the protocol", net_protocol_words[disk->protocol]);
        *ret_path = rbd_path(disk);
        return true;
    }
    if (disk->type > DISK_TYPE_BLOCK)
        return unsupported(disk, error, "the type", disk_type_words[disk->type]);
    *ret_path = g_strdup(disk->path);
    return true;
}

static bool
write_xl(const Disk *disk, GString *out, GError **error)
{
    const char *backend, *format;
    g_autofree char *path = NULL;

    if (!xen_disk_format(disk, &format, error) || !xen_disk_backend(disk, &backend, error) ||
        !xen_disk_path(disk, &path, error) || !xen_add_option(out, "format", format, error) ||
        !xen_add_option(out, "vdev", disk->target, error) ||
        !xen_add_option(out, "access", disk->readonly ? "ro" : disk->shareable ? "!" : "rw", error) ||
        !xen_add_option(out, "backendtype", backend, error) ||
        !xen_add_option(out, "backend", disk->backend_domain, error))
        return false;
    if (disk->discard)
        g_string_append(out, disk->discard == DISK_DISCARD_UNMAP ? ",discard" : ",no-discard");
    if (disk->device == DISK_DEVICE_CDROM)
        g_string_append(out, ",devtype=cdrom");
    if (path)
        g_string_append_printf(out, ",target=%s", path);
    return true;
}

static bool
write_xm(const Disk *disk, GString *out, GError **error)
{
    DiskFormat format = disk->format ? disk->format : DISK_FORMAT_RAW;
    bool tap = !g_strcmp0(disk->driver_name, "tap") || !g_strcmp0(disk->driver_name, "tap2");

    if (disk->type > DISK_TYPE_BLOCK)
        return unsupported(disk, error, "with xm the type", disk_type_words[disk->type]);
    if (!tap && format != DISK_FORMAT_RAW)
        return unsupported(disk, error, "with xm and this driver the format", disk_format_words[format]);
    if (disk->path && strchr(disk->path, ','))
        return unsupported(disk, error, "the comma in", disk->path);
    if (disk->path && disk->driver_name)
        g_string_append_printf(out, "%s:", disk->driver_name);
    else if (disk->path)
        g_string_append(out, disk->type == DISK_TYPE_BLOCK ? "phy:" : "file:");
    if (disk->path && tap)
        g_string_append_printf(out, "%s:", format == DISK_FORMAT_RAW ? "aio" : disk_format_words[format]);
    g_string_append_printf(out, "%s,%s%s,%s", disk->path ? disk->path : "", disk->target,
                           disk->device == DISK_DEVICE_CDROM ? ":cdrom" : "",
                           disk->readonly ? "r" : disk->shareable ? "w!" : "w");
    if (disk->backend_domain)
        g_string_append_printf(out, ",%s", disk->backend_domain);
    return true;
}

bool
xen_disk_write(const XenWriter *w, GError **error)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < list_len(w->domain->disks); i++) {
        const Disk *disk = list_at(w->domain->disks, i);
        g_autoptr(GString) item = g_string_new(NULL);

        if (disk->device == DISK_DEVICE_LUN)
            return unsupported(disk, error, "the device", "lun");
        if (disk->iotune || disk->encryption || disk->startup_policy)
            return unsupported(disk, error, "the element",
                               disk->iotune ? "iotune" : disk->encryption ? "encryption" : "startupPolicy");
        if (!(w->context->dialect == XEN_XL ? write_xl : write_xm)(disk, item, error))
            return false;
        g_ptr_array_add(items, g_string_free(g_steal_pointer(&item), FALSE));
    }
    xen_put_items(w, "disk", items);
    return true;
}
