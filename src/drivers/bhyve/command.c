/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* command.c - the command line of bhyve
 *
 * One function a class of devices, each of which adds its -s (PCI slot) or -l (what hangs on the LPC bridge); they are
 * called in the order in which address.c gave slots away.
 */
#define ERROR_FROM VIR_FROM_BHYVE
#include "drivers/bhyve/command.h"

#include <string.h>

#include "drivers/bhyve/caps.h"
#include "util/error.h"
#include "util/list.h"

enum { COM_PORTS = 4, VNC_PORT = 5900 };

typedef struct Build {
    const Domain *def;
    unsigned caps;
    GPtrArray *argv;
} Build;

static bool
refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static bool
refuse(GError **error, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "%s", message);
    return false;
}

static bool
need(const Build *b, unsigned cap, const char *what, GError **error)
{
    return b->caps & cap || refuse(error, "this bhyve does not support %s: update it, or take that out", what);
}

static void
add(Build *b, const char *option, const char *value)
{
    g_ptr_array_add(b->argv, g_strdup(option));
    if (value)
        g_ptr_array_add(b->argv, g_strdup(value));
}

/* bhyve splits its options at commas, and nothing escapes one. */
static bool
check_word(const char *what, const char *word, GError **error)
{
    return !strchr(word, ',') || refuse(error, "%s '%s' has a comma, which bhyve cannot take: rename it", what, word);
}

/* -s SLOT:FUNCTION,device */
static bool
add_slot(Build *b, const DeviceInfo *info, const char *device, GError **error)
{
    const Address *at = info->address;
    g_autofree char *value = NULL;

    if (!at || at->type != ADDRESS_TYPE_PCI)
        return refuse(error, "device '%s' has no PCI address", device);
    value = g_strdup_printf("%u:%u,%s", at->pci.slot, at->pci.function, device);
    add(b, "-s", value);
    return true;
}

/* ---- the machine ----------------------------------------------------------- */

static bool
add_cpus(Build *b, GError **error)
{
    const CpuTopology *t = b->def->cpu ? b->def->cpu->topology : NULL;
    g_autofree char *value = NULL;

    if (!t) {
        value = g_strdup_printf("%u", b->def->max_vcpus);
    } else {
        if (!need(b, BHYVE_CAPS_CPUTOPOLOGY, "a CPU <topology>", error))
            return false;
        if (t->dies > 1 || t->clusters > 1)
            return refuse(error, "bhyve's CPU <topology> has one die and one cluster a socket");
        if ((uint64_t)t->sockets * t->cores * t->threads != b->def->max_vcpus)
            return refuse(error, "CPU topology doesn't match maximum vcpu count: %u sockets of %u cores of %u threads are not %u",
                          t->sockets, t->cores, t->threads, b->def->max_vcpus);
        value = g_strdup_printf("cpus=%u,sockets=%u,cores=%u,threads=%u", b->def->max_vcpus, t->sockets, t->cores, t->threads);
    }
    add(b, "-c", value);
    return true;
}

static bool
add_clock(Build *b, GError **error)
{
    switch (b->def->clock_offset) {
    case CLOCK_OFFSET_LOCALTIME:
        return true;
    case CLOCK_OFFSET_UNSET:
    case CLOCK_OFFSET_UTC:
        if (!need(b, BHYVE_CAPS_RTC_UTC, "a clock with offset 'utc'", error))
            return false;
        add(b, "-u", NULL);
        return true;
    default:
        return refuse(error, "the <clock> of a bhyve guest has offset 'utc' or 'localtime', not '%s'",
                      clock_offset_words[b->def->clock_offset]);
    }
}

static bool
add_machine(Build *b, GError **error)
{
    const Domain *def = b->def;
    const Features *f = def->features;
    g_autofree char *memory = g_strdup_printf("%" G_GUINT64_FORMAT, def->memory / 1024);
    const struct { bool on; const char *option; } switches[] = {
        { def->locked, "-S" }, { f && f->acpi, "-A" }, { f && f->apic, "-I" },
        { f && f->msrs_unknown == RAS_MSRS_IGNORE, "-w" },
    };

    if (!add_cpus(b, error))
        return false;
    add(b, "-m", memory);
    for (size_t i = 0; i < G_N_ELEMENTS(switches); i++)
        if (switches[i].on)
            add(b, switches[i].option, NULL);
    if (!add_clock(b, error))
        return false;
    add(b, "-H", NULL); /* give the host's CPU back while the guest idles */
    add(b, "-P", NULL); /* ... or waits for a lock */
    add(b, "-s", "0:0,hostbridge");
    return true;
}

static bool
add_firmware(Build *b, GError **error)
{
    g_autofree char *value = NULL;

    if (!b->def->loader)
        return b->def->firmware == OS_FIRMWARE_UNSET || refuse(error, "no firmware was chosen");
    if (!need(b, BHYVE_CAPS_LPC_BOOTROM, "UEFI", error) || !check_word("firmware", b->def->loader, error))
        return false;
    value = g_strdup_printf("bootrom,%s", b->def->loader);
    add(b, "-l", value);
    return true;
}

/* What hangs there, which does not depend on drivers of the guest. */
static bool
add_lpc_ports(Build *b, GError **error)
{
    for (size_t i = 0; i < list_len(b->def->serials); i++) {
        const Serial *serial = list_at(b->def->serials, i);
        const CharSource *source = &serial->source;
        g_autofree char *value = NULL;

        if (source->type != CHAR_TYPE_NMDM)
            return refuse(error, "only nmdm console types are supported, not '%s'", char_type_words[source->type]);
        if (serial->port < 0 || serial->port >= COM_PORTS)
            return refuse(error, "a bhyve guest has serial ports 0 to %d, but no %d", COM_PORTS - 1, serial->port);
        if (!check_word("null modem", source->master, error))
            return false;
        value = g_strdup_printf("com%d,%s", serial->port + 1, source->master);
        add(b, "-l", value);
    }
    return true;
}

/* ---- disks ----------------------------------------------------------------- */

const char *
bhyve_command_disk_path(const Disk *disk, GError **error)
{
    DiskType type = disk->type == DISK_TYPE_VOLUME ? disk->actual_type : disk->type;

    if (type != DISK_TYPE_FILE && type != DISK_TYPE_BLOCK) {
        refuse(error, "disk '%s' must be of type 'file', 'block' or 'volume'", disk->target);
        return NULL;
    }
    if (!disk->path) {
        refuse(error, "disk '%s' has no <source>: bhyve has no empty drives", disk->target);
        return NULL;
    }
    return check_word("disk", disk->path, error) ? disk->path : NULL;
}

/* A SATA controller with its disks: those of newer versions have many ports, and name the kind of each. */
static bool
add_sata(Build *b, const Controller *controller, GError **error)
{
    bool many = b->caps & BHYVE_CAPS_AHCI32SLOT;
    g_autoptr(GString) device = g_string_new("ahci");
    unsigned n = 0;

    for (size_t i = 0; i < list_len(b->def->disks); i++) {
        const Disk *disk = list_at(b->def->disks, i);
        const char *kind = disk->device == DISK_DEVICE_CDROM ? "cd" : "hd", *path;
        const Address *at = disk->info.address;

        if (disk->bus != DISK_BUS_SATA || !at || at->type != ADDRESS_TYPE_DRIVE || at->controller != controller->index)
            continue;
        path = bhyve_command_disk_path(disk, error);
        if (!path || (n++ && !need(b, BHYVE_CAPS_AHCI32SLOT, "several disks on a SATA controller", error)))
            return false;
        g_string_append_printf(device, many ? ",%s:%s" : "-%s,%s", kind, path);
    }
    /* Without a disk an old one would not be a controller but nothing at all. */
    return (!n && !many) || add_slot(b, &controller->info, device->str, error);
}

static bool
add_usb(Build *b, const Controller *controller, GError **error)
{
    return need(b, BHYVE_CAPS_XHCI, "USB controllers", error) && add_slot(b, &controller->info, "xhci,tablet", error);
}

static bool
add_controllers(Build *b, GError **error)
{
    for (size_t i = 0; i < list_len(b->def->controllers); i++) {
        const Controller *c = list_at(b->def->controllers, i);

        if ((c->type == CONTROLLER_TYPE_ISA && !add_slot(b, &c->info, "lpc", error)) ||
            (c->type == CONTROLLER_TYPE_SATA && !add_sata(b, c, error)) ||
            (c->type == CONTROLLER_TYPE_USB && !add_usb(b, c, error)))
            return false;
    }
    return true;
}

static bool
add_virtio_disks(Build *b, GError **error)
{
    for (size_t i = 0; i < list_len(b->def->disks); i++) {
        const Disk *disk = list_at(b->def->disks, i);
        g_autofree char *device = NULL;
        const char *path;

        if (disk->bus != DISK_BUS_VIRTIO)
            continue;
        if (disk->device != DISK_DEVICE_DISK)
            return refuse(error, "disk '%s' on bus 'virtio' must be of device type 'disk'", disk->target);
        path = bhyve_command_disk_path(disk, error);
        if (!path)
            return false;
        device = g_strdup_printf("virtio-blk,%s", path);
        if (!add_slot(b, &disk->info, device, error))
            return false;
    }
    return true;
}

/* ---- other devices --------------------------------------------------------- */

static bool
add_nets(Build *b, GError **error)
{
    static const struct { const char *model, *device; unsigned cap; } models[] = {
        { "virtio", "virtio-net", 0 }, { "e1000", "e1000", BHYVE_CAPS_NET_E1000 },
    };

    for (size_t i = 0; i < list_len(b->def->interfaces); i++) {
        const Interface *net = list_at(b->def->interfaces, i);
        InterfaceType type = net->actual ? net->actual->type : net->type;
        g_autofree char *device = NULL;
        size_t k = 0;

        while (k < G_N_ELEMENTS(models) && g_strcmp0(net->model, models[k].model))
            k++;
        if (k == G_N_ELEMENTS(models))
            return refuse(error, "NIC model is not supported: interface '%s' must be of model 'virtio' or 'e1000'", net->mac);
        if (models[k].cap && !need(b, models[k].cap, "interfaces of model 'e1000'", error))
            return false;
        if (type != INTERFACE_TYPE_BRIDGE && type != INTERFACE_TYPE_NETWORK)
            return refuse(error, "Network type %s is not supported: interface '%s' must be on a bridge or network",
                          interface_type_words[type], net->mac);
        if (!net->target)
            return refuse(error, "interface '%s' has no TAP device", net->mac);
        if (!check_word("interface", net->target, error))
            return false;
        device = g_strdup_printf("%s,%s,mac=%s", models[k].device, net->target, net->mac);
        if (!add_slot(b, &net->info, device, error))
            return false;
    }
    return true;
}

static bool
add_address(const Graphics *graphics, GString *device, GError **error)
{
    const ListenAddress *listen = list_len(graphics->listens) ? list_at(graphics->listens, 0) : NULL;
    const char *address = listen ? listen->address : graphics->listen;

    if (listen && (listen->type == LISTEN_TYPE_SOCKET || listen->type == LISTEN_TYPE_NONE))
        return refuse(error, "a bhyve display listens at an address or network, not '%s'", listen_type_words[listen->type]);
    if (graphics->port < VNC_PORT)
        return refuse(error, "VNC port number must be %d or more, not %d", VNC_PORT, graphics->port);
    if (!address)
        address = "127.0.0.1";
    if (!check_word("address", address, error))
        return false;
    g_string_append_printf(device, strchr(address, ':') ? ",tcp=[%s]:%d" : ",tcp=%s:%d", address, graphics->port);
    return true;
}

/* The frame buffer is a display and a card in one. */
static bool
add_frame_buffer(Build *b, GError **error)
{
    const Graphics *graphics = list_len(b->def->graphics) ? list_at(b->def->graphics, 0) : NULL;
    const Video *video = list_len(b->def->videos) ? list_at(b->def->videos, 0) : NULL;
    g_autoptr(GString) device = g_string_new("fbuf");

    if (!graphics || !video)
        return true;
    if (!need(b, BHYVE_CAPS_FBUF, "displays", error) || !add_address(graphics, device, error))
        return false;
    if (video->res_x && video->res_y)
        g_string_append_printf(device, ",w=%u,h=%u", video->res_x, video->res_y);
    if (video->vgaconf != VIDEO_VGA_UNSET)
        g_string_append_printf(device, ",vga=%s", video_vga_words[video->vgaconf]);
    if (graphics->passwd) {
        if (!need(b, BHYVE_CAPS_VNC_PASSWORD, "VNC passwords", error))
            return false;
        g_string_append_printf(device, ",password=%s", graphics->passwd);
    }
    return add_slot(b, &video->info, device->str, error);
}

static const Audio *
find_audio(const Domain *def, unsigned id)
{
    for (size_t i = 0; i < list_len(def->audios); i++) {
        const Audio *audio = list_at(def->audios, i);

        if (audio->id == id)
            return audio;
    }
    return NULL;
}

static bool
add_sounds(Build *b, GError **error)
{
    for (size_t i = 0; i < list_len(b->def->sounds); i++) {
        const Sound *sound = list_at(b->def->sounds, i);
        const Audio *audio = find_audio(b->def, sound->audio_id);
        g_autoptr(GString) device = g_string_new("hda");

        if (g_strcmp0(sound->model, "ich7"))
            return refuse(error, "Sound device model is not supported: '%s' must be 'ich7'", sound->model);
        if (!need(b, BHYVE_CAPS_SOUND_HDA, "sound devices", error))
            return false;
        if (audio && audio->type != AUDIO_TYPE_OSS && audio->type != AUDIO_TYPE_NONE)
            return refuse(error, "<audio> of a bhyve guest must be of type 'oss', not '%s'", audio_type_words[audio->type]);
        if (audio && audio->output && audio->output->dev)
            g_string_append_printf(device, ",play=%s", audio->output->dev);
        if (audio && audio->input && audio->input->dev)
            g_string_append_printf(device, ",rec=%s", audio->input->dev);
        if (!add_slot(b, &sound->info, device->str, error))
            return false;
    }
    return true;
}

static bool
add_filesystems(Build *b, GError **error)
{
    for (size_t i = 0; i < list_len(b->def->filesystems); i++) {
        const Filesystem *fs = list_at(b->def->filesystems, i);
        g_autofree char *device = NULL;

        if (!need(b, BHYVE_CAPS_VIRTIO_9P, "shared folders", error) || !check_word("file system", fs->target, error) ||
            !check_word("folder", fs->source_dir, error))
            return false;
        if (strchr(fs->target, '='))
            return refuse(error, "file system '%s' has a '=', which bhyve cannot take: rename it", fs->target);
        device = g_strdup_printf("virtio-9p,%s=%s%s", fs->target, fs->source_dir, fs->readonly ? ",ro" : "");
        if (!add_slot(b, &fs->info, device, error))
            return false;
    }
    return true;
}

static bool
add_rngs(Build *b, GError **error)
{
    for (size_t i = 0; i < list_len(b->def->rngs); i++)
        if (!add_slot(b, &((const Rng *)list_at(b->def->rngs, i))->info, "virtio-rnd", error))
            return false;
    return true;
}

/* Better no guest than one without what it was promised. */
static bool
check_unknown(Build *b, GError **error)
{
    const struct { const GPtrArray *list; const char *name; } unknown[] = {
        { b->def->hostdevs, "hostdev" }, { b->def->redirdevs, "redirdev" }, { b->def->tpms, "tpm" },
        { b->def->smartcards, "smartcard" }, { b->def->parallels, "parallel" }, { b->def->shmems, "shmem" },
        { b->def->memory_devices, "memory" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(unknown); i++)
        if (list_len(unknown[i].list))
            return refuse(error, "bhyve guests cannot have a <%s>: take it out", unknown[i].name);
    return true;
}

char **
bhyve_command_build(const Domain *def, unsigned caps, GError **error)
{
    static bool (*const steps[])(Build *b, GError **error) = {
        check_unknown, add_machine, add_firmware, add_controllers, add_nets, add_virtio_disks, add_frame_buffer, add_sounds,
        add_filesystems, add_rngs, add_lpc_ports,
    };
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    Build build = { def, caps, argv };

    add(&build, "bhyve", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
        if (!steps[i](&build, error))
            return NULL;
    for (size_t i = 0; i < list_len(def->bhyve_args); i++)
        add(&build, ((const XenArg *)list_at(def->bhyve_args, i))->value, NULL);
    add(&build, def->name, NULL);
    g_ptr_array_add(argv, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&argv), FALSE);
}
