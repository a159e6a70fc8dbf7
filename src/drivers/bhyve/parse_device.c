/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* parse_device.c - devices from bhyve's -s and -l
 *
 * A device that cannot be made sense of is left out with a warning, as are those that definitions do not know: the
 * rest of the guest is still worth having.
 */
#define ERROR_FROM VIR_FROM_BHYVE
#include <string.h>

#include "drivers/bhyve/fill.h"
#include "drivers/bhyve/parse.h"
#include "drivers/conf/domain.h"
#include "util/error.h"
#include "util/list.h"
#include "util/log.h"
#include "util/text.h"
#include "util/xml.h"

LOG_SOURCE("bhyve.parse");

enum { MAX_SLOT = 31, MAX_FUNCTION = 7, COM_PORTS = 4, VNC_PORT = 5900 };

typedef struct Slot {
    unsigned slot, function;
    const char *device;       /* "virtio-blk" */
    char **options;           /* what is behind it, at the commas */
} Slot;

static void
append(GPtrArray **list, void *item)
{
    if (!*list)
        *list = g_ptr_array_new();
    g_ptr_array_add(*list, item);
}

static void
place(DeviceInfo *info, const Slot *slot)
{
    info->address = xml_new(&address_xml);
    info->address->type = ADDRESS_TYPE_PCI;
    info->address->pci.slot = slot->slot;
    info->address->pci.function = slot->function;
}

static bool
leave_out(const BhyveParse *p, const Slot *slot, const char *why)
{
    log_warning("line %u: the %s in slot %u:%u is left out: %s", p->line, slot->device, slot->slot, slot->function, why);
    return true;
}

/* The value of "name=value" among the options, or NULL. */
static const char *
option_value(const Slot *slot, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; slot->options[i]; i++)
        if (!strncmp(slot->options[i], name, len) && slot->options[i][len] == '=')
            return slot->options[i] + len + 1;
    return NULL;
}

static bool
has_option(const Slot *slot, const char *name)
{
    return g_strv_contains((const char *const *)slot->options, name);
}

/* ---- disks ----------------------------------------------------------------- */

static Disk *
add_disk(BhyveParse *p, const char *path, DiskBus bus, DiskDevice device)
{
    Disk *disk = xml_new(&disk_xml);

    disk->type = g_str_has_prefix(path, "/dev/") ? DISK_TYPE_BLOCK : DISK_TYPE_FILE;
    disk->device = device;
    disk->bus = bus;
    disk->path = g_strdup(path);
    disk->target = domain_places_disk_name(bus, bus == DISK_BUS_SATA ? p->n_sata++ : p->n_virtio++);
    append(&p->def->disks, disk);
    return disk;
}

/* virtio-blk, ahci-hd and ahci-cd: path[,option...] */
static bool
parse_disk(BhyveParse *p, const Slot *slot, GError **error)
{
    bool virtio = !strcmp(slot->device, "virtio-blk"), cdrom = !strcmp(slot->device, "ahci-cd");
    Disk *disk;

    if (!slot->options[0] || !*slot->options[0])
        return bhyve_parse_fail(p, error, "the %s in slot %u:%u has no path", slot->device, slot->slot, slot->function);
    disk = add_disk(p, slot->options[0], virtio ? DISK_BUS_VIRTIO : DISK_BUS_SATA, cdrom ? DISK_DEVICE_CDROM : DISK_DEVICE_DISK);
    disk->readonly = has_option(slot, "ro");
    place(&disk->info, slot);
    return true;
}

/* ahci,hd:path,cd:path...: a controller with ports; options of a disk follow it. */
static bool
parse_ahci(BhyveParse *p, const Slot *slot, GError **error)
{
    unsigned index = 0, port = 0;
    Controller *controller;
    Disk *disk = NULL;

    for (size_t i = 0; i < list_len(p->def->controllers); i++)
        index += ((const Controller *)list_at(p->def->controllers, i))->type == CONTROLLER_TYPE_SATA;
    controller = domain_places_add_controller(p->def, CONTROLLER_TYPE_SATA, index, NULL);
    place(&controller->info, slot);
    for (size_t i = 0; slot->options[i]; i++) {
        const char *option = slot->options[i];
        bool cdrom = g_str_has_prefix(option, "cd:");

        if (cdrom || g_str_has_prefix(option, "hd:")) {
            disk = add_disk(p, option + 3, DISK_BUS_SATA, cdrom ? DISK_DEVICE_CDROM : DISK_DEVICE_DISK);
            disk->info.address = xml_new(&address_xml);
            disk->info.address->type = ADDRESS_TYPE_DRIVE;
            disk->info.address->controller = index;
            disk->info.address->target = port++;
        } else if (!disk) {
            return bhyve_parse_fail(p, error, "'%s' of a SATA controller is no 'hd:' or 'cd:' with a path", option);
        } else if (!strcmp(option, "ro")) {
            disk->readonly = true;
        }
    }
    return true;
}

/* ---- other devices --------------------------------------------------------- */

/* virtio-net and e1000: tapN[,mac=...] */
static bool
parse_net(BhyveParse *p, const Slot *slot, GError **error)
{
    const char *tap = slot->options[0], *mac = tap ? option_value(slot, "mac") : NULL;
    Interface *net;

    if (!tap || (!g_str_has_prefix(tap, "tap") && !g_str_has_prefix(tap, "vmnet")))
        return leave_out(p, slot, "only TAP devices are known");
    net = xml_new(&interface_xml);
    net->type = INTERFACE_TYPE_BRIDGE;
    net->bridge = g_strdup("virbr0");    /* which it was, the command does not say */
    net->target = g_strdup(tap);
    net->model = g_strdup(!strcmp(slot->device, "e1000") ? "e1000" : "virtio");
    if (!mac) {
        net->mac = bhyve_fill_mac(p->random);
    } else if (!xml_type_mac.parse(NULL, mac, NULL, &net->mac)) {
        log_warning("line %u: '%s' is no MAC address: zeros stand in for it", p->line, mac);
        net->mac = g_strdup("00:00:00:00:00:00");
    }
    place(&net->info, slot);
    append(&p->def->interfaces, net);
    return true;
}

/* tcp=[address:]port */
static bool
parse_listen(BhyveParse *p, Graphics *graphics, const char *text, GError **error)
{
    const char *colon = strrchr(text, ':');
    size_t len = colon ? (size_t)(colon - text) : 0;
    bool brackets = len > 2 && text[0] == '[' && text[len - 1] == ']';
    ListenAddress *listen = xml_new(&listen_address_xml);
    uint32_t port;

    append(&graphics->listens, listen);
    listen->type = LISTEN_TYPE_ADDRESS;
    listen->address = !len ? g_strdup("127.0.0.1") : brackets ? g_strndup(text + 1, len - 2) : g_strndup(text, len);
    graphics->listen = g_strdup(listen->address);
    if (!text_parse_uint(colon ? colon + 1 : text, 10, &port) || port > UINT16_MAX)
        return bhyve_parse_fail(p, error, "Failed to parse VNC port number of '%s'", text);
    if (port < VNC_PORT)
        return bhyve_parse_fail(p, error, "VNC port number %u is below %d, that of the first display", port, VNC_PORT);
    graphics->port = (int)port;
    return true;
}

/* fbuf,tcp=...[,w=N,h=N][,vga=io|on|off][,password=...] */
static bool
parse_frame_buffer(BhyveParse *p, const Slot *slot, GError **error)
{
    const char *tcp = option_value(slot, "tcp"), *vga = option_value(slot, "vga"), *width = option_value(slot, "w"),
               *height = option_value(slot, "h");
    Graphics *graphics = xml_new(&graphics_xml);
    Video *video = xml_new(&video_xml);
    int mode = vga ? xml_enum_value(&video_vga_enum, vga) : 0;

    append(&p->def->graphics, graphics);
    append(&p->def->videos, video);
    graphics->type = GRAPHICS_TYPE_VNC;
    graphics->autoport = YESNO_NO;
    graphics->passwd = g_strdup(option_value(slot, "password"));
    if (!parse_listen(p, graphics, tcp ? tcp : option_value(slot, "rfb") ? option_value(slot, "rfb") : ":5900", error))
        return false;
    video->model = g_strdup("gop");
    video->heads = 1;
    video->has_heads = true;
    if (mode < 0)
        return bhyve_parse_fail(p, error, "Failed to parse VGA mode: '%s' is not io, on or off", vga);
    video->vgaconf = mode == VIDEO_VGA_IO ? VIDEO_VGA_UNSET : (VideoVga)mode;
    if ((width && !text_parse_uint(width, 10, &video->res_x)) || (height && !text_parse_uint(height, 10, &video->res_y)))
        return bhyve_parse_fail(p, error, "a screen cannot have %s x %s pixels", width ? width : "?", height ? height : "?");
    if (!video->res_x || !video->res_y)
        video->res_x = video->res_y = 0;
    return true;
}

static AudioStream *
stream(const char *dev)
{
    AudioStream *made = dev ? xml_new(&audio_stream_xml) : NULL;

    if (made)
        made->dev = g_strdup(dev);
    return made;
}

/* hda[,play=device][,rec=device] */
static bool
parse_sound(BhyveParse *p, const Slot *slot, GError **error G_GNUC_UNUSED)
{
    Sound *sound = xml_new(&sound_xml);
    Audio *audio = xml_new(&audio_xml);

    append(&p->def->sounds, sound);
    append(&p->def->audios, audio);
    sound->model = g_strdup("ich7");
    sound->audio_id = audio->id = list_len(p->def->audios);
    audio->type = AUDIO_TYPE_OSS;
    audio->output = stream(option_value(slot, "play"));
    audio->input = stream(option_value(slot, "rec"));
    place(&sound->info, slot);
    return true;
}

/* virtio-9p,name=folder[,ro] */
static bool
parse_filesystem(BhyveParse *p, const Slot *slot, GError **error)
{
    const char *equal = slot->options[0] ? strchr(slot->options[0], '=') : NULL;
    Filesystem *fs;

    if (!equal || equal == slot->options[0] || !equal[1])
        return bhyve_parse_fail(p, error, "a shared folder must be 'name=path', not '%s'",
                                slot->options[0] ? slot->options[0] : "");
    fs = xml_new(&filesystem_xml);
    fs->type = FILESYSTEM_TYPE_MOUNT;
    fs->target = g_strndup(slot->options[0], (size_t)(equal - slot->options[0]));
    fs->source_dir = g_strdup(equal + 1);
    fs->readonly = has_option(slot, "ro");
    place(&fs->info, slot);
    append(&p->def->filesystems, fs);
    return true;
}

static bool
parse_rng(BhyveParse *p, const Slot *slot, GError **error G_GNUC_UNUSED)
{
    Rng *rng = xml_new(&rng_xml);

    rng->model = g_strdup("virtio");
    rng->backend = RNG_MODEL_RANDOM;
    rng->path = g_strdup("/dev/random");
    place(&rng->info, slot);
    append(&p->def->rngs, rng);
    return true;
}

static bool
parse_usb(BhyveParse *p, const Slot *slot, GError **error G_GNUC_UNUSED)
{
    Input *input;

    if (!has_option(slot, "tablet"))
        return leave_out(p, slot, "a USB controller has a tablet");
    place(&domain_places_add_controller(p->def, CONTROLLER_TYPE_USB, 0, "nec-xhci")->info, slot);
    input = xml_new(&input_xml);
    input->type = INPUT_TYPE_TABLET;
    input->bus = INPUT_BUS_USB;
    append(&p->def->inputs, input);
    return true;
}

/* Every guest has these; the LPC bridge comes with what hangs on it. */
static bool
skip(BhyveParse *p G_GNUC_UNUSED, const Slot *slot G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
    return true;
}

static const struct {
    const char *device;
    bool (*parse)(BhyveParse *p, const Slot *slot, GError **error);
} devices[] = {
    { "hostbridge", skip }, { "amd_hostbridge", skip }, { "lpc", skip },
    { "virtio-blk", parse_disk }, { "ahci-hd", parse_disk }, { "ahci-cd", parse_disk }, { "ahci", parse_ahci },
    { "virtio-net", parse_net }, { "e1000", parse_net },
    { "fbuf", parse_frame_buffer }, { "hda", parse_sound }, { "virtio-9p", parse_filesystem }, { "virtio-rnd", parse_rng },
    { "xhci", parse_usb },
};

/* "slot", "slot:function" or "bus:slot:function". */
static bool
parse_place(const BhyveParse *p, const char *text, Slot *slot, GError **error)
{
    g_auto(GStrv) numbers = g_strsplit(text, ":", -1);
    unsigned n = g_strv_length(numbers), values[3] = { 0 };
    bool ok = n >= 1 && n <= 3;

    for (unsigned i = 0; ok && i < n; i++)
        ok = text_parse_uint(numbers[i], 10, &values[n == 3 ? i : i + 1]);
    if (!ok || values[0] || values[1] > MAX_SLOT || values[2] > MAX_FUNCTION)
        return bhyve_parse_fail(p, error, "'%s' is no PCI slot of bus 0, such as 2:0", text);
    slot->slot = values[1];
    slot->function = values[2];
    return true;
}

bool
bhyve_parse_slot(BhyveParse *p, const char *value, GError **error)
{
    g_auto(GStrv) words = g_strsplit(value, ",", -1);
    Slot slot = { 0 };

    if (!words[0] || !words[1] || !*words[1])
        return bhyve_parse_fail(p, error, "'-s %s' names no device: expected slot,device", value);
    if (!parse_place(p, words[0], &slot, error))
        return false;
    slot.device = words[1];
    slot.options = words + 2;
    for (size_t i = 0; i < G_N_ELEMENTS(devices); i++)
        if (!strcmp(devices[i].device, slot.device))
            return devices[i].parse(p, &slot, error);
    return leave_out(p, &slot, "no definition can tell of it");
}

/* com1,/dev/nmdm0A: the other end is /dev/nmdm0B. */
bool
bhyve_parse_lpc(BhyveParse *p, const char *value, GError **error)
{
    const char *path = strchr(value, ',');
    size_t len = strlen(value);
    Serial *serial;
    char end = value[len ? len - 1 : 0];

    if (!g_str_has_prefix(value, "com")) {
        log_warning("line %u: '-l %s' is left out: a firmware must be named in the definition by hand", p->line, value);
        return true;
    }
    if (path != value + 4 || value[3] < '1' || value[3] > '0' + COM_PORTS)
        return bhyve_parse_fail(p, error, "'-l %s' is no serial port: expected com1 to com%d, and a device", value, COM_PORTS);
    path++;
    if (!g_str_has_prefix(path, "/dev/nmdm"))
        return bhyve_parse_fail(p, error, "Failed to parse com port: '%s' is no null modem, /dev/nmdm...", path);
    if (end != 'A' && end != 'B')
        return bhyve_parse_fail(p, error, "Failed to parse com port: null modem '%s' must end with A or B", path);
    serial = xml_new(&serial_xml);
    serial->source.type = CHAR_TYPE_NMDM;
    serial->source.master = g_strdup(path);
    serial->source.slave = g_strdup(path);
    serial->source.slave[strlen(path) - 1] = end == 'A' ? 'B' : 'A';
    serial->port = value[3] - '1';
    append(&p->def->serials, serial);
    return true;
}
