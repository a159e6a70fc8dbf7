/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_fill.c - defaults, implicit devices, controllers and places of a Xen guest */
#define ERROR_FROM VIR_FROM_LIBXL
#include "drivers/xen/xen_fill.h"

#include <string.h>

#include "drivers/common/metadata.h"
#include "drivers/conf/domain.h"
#include "util/error.h"
#include "util/list.h"
#include "util/uuid.h"

/* In KiB, as their emulations have it. */
enum { VRAM_CIRRUS = 8192, VRAM_VGA = 16384, VRAM_XEN = 4096, VRAM_QXL = 65536 };

XenGuest
xen_fill_guest(const Domain *def)
{
    return !g_strcmp0(def->os_type, "hvm") ? XEN_HVM : !g_strcmp0(def->os_type, "xenpvh") ? XEN_PVH : XEN_PV;
}

static bool
fill_machine(Domain *def, GError **error)
{
    static const uint8_t none[UUID_LEN];
    XenGuest guest = xen_fill_guest(def);

    /* "xen" is the older word. */
    if (guest == XEN_PV && !g_strcmp0(def->os_type, "xen")) {
        g_free(def->os_type);
        def->os_type = g_strdup("linux");
    }
    if (def->type != VIRT_TYPE_XEN || (guest == XEN_PV && g_strcmp0(def->os_type, "linux") != 0)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "domain '%s' is no guest of Xen: expected type 'xen' and <os> type 'hvm', 'linux' or 'xenpvh'", def->name);
        return false;
    }
    if (memcmp(def->uuid, none, UUID_LEN) == 0)
        uuid_generate(def->uuid);
    if (!def->arch)
        def->arch = g_strdup("x86_64");
    if (!def->machine)
        def->machine = g_strdup(guest == XEN_HVM ? "xenfv" : guest == XEN_PVH ? "xenpvh" : "xenpv");
    if (def->loader && def->loader_type == LOADER_TYPE_UNSET)
        def->loader_type = LOADER_TYPE_ROM;
    if (def->loader && def->loader_format == DISK_FORMAT_UNSET)
        def->loader_format = DISK_FORMAT_RAW;
    return true;
}

static void *
add(GPtrArray **list, const XmlStruct *type)
{
    void *device = xml_new(type);

    if (!*list)
        *list = g_ptr_array_new();
    g_ptr_array_add(*list, device);
    return device;
}

static void
fill_interfaces(Domain *def)
{
    for (guint i = 0; i < list_len(def->interfaces); i++) {
        Interface *nic = list_at(def->interfaces, i);
        uint8_t bytes[UUID_LEN];

        if (nic->mac)
            continue;
        uuid_generate(bytes);
        /* Xen's own range. */
        nic->mac = g_strdup_printf("00:16:3e:%02x:%02x:%02x", bytes[0] & 0x7f, bytes[1], bytes[2]);
    }
}

static void
fill_ports(Domain *def)
{
    Console *console;

    if (xen_fill_guest(def) != XEN_HVM && !list_len(def->consoles))
        add(&def->consoles, &console_xml);
    domain_console_pair(def, NULL);
    for (guint i = 0; i < list_len(def->serials); i++) {
        Serial *serial = list_at(def->serials, i);

        if (serial->port < 0)
            serial->port = (int)i;
    }
    for (guint i = 0; i < list_len(def->parallels); i++) {
        Parallel *parallel = list_at(def->parallels, i);

        if (parallel->port < 0)
            parallel->port = (int)i;
    }
    for (guint i = 0; i < list_len(def->consoles); i++) {
        console = list_at(def->consoles, i);
        if (!console->target_type)
            console->target_type = g_strdup(xen_fill_guest(def) == XEN_HVM ? "serial" : "xen");
        if (console->port < 0)
            console->port = (int)i;
        if (console->source.type == CHAR_TYPE_UNSET)
            console->source.type = CHAR_TYPE_PTY;
    }
    domain_console_mirror(def);
}

static void
fill_input(Domain *def, InputType type)
{
    InputBus bus = xen_fill_guest(def) == XEN_HVM ? INPUT_BUS_PS2 : INPUT_BUS_XEN;
    Input *input;

    for (guint i = 0; i < list_len(def->inputs); i++) {
        input = list_at(def->inputs, i);
        if (input->type == type && input->bus == INPUT_BUS_UNSET)
            input->bus = bus;
        if (input->type == type && input->bus == bus)
            return;
    }
    input = add(&def->inputs, &input_xml);
    input->type = type;
    input->bus = bus;
}

static unsigned
default_vram(const char *model)
{
    return !strcmp(model, "cirrus") ? VRAM_CIRRUS : !strcmp(model, "xen") ? VRAM_XEN : !strcmp(model, "qxl") ? VRAM_QXL
           : !strcmp(model, "none") ? 0 : VRAM_VGA;
}

static void
fill_videos(Domain *def)
{
    if (list_len(def->graphics) && !list_len(def->videos))
        add(&def->videos, &video_xml);
    for (guint i = 0; i < list_len(def->videos); i++) {
        Video *video = list_at(def->videos, i);

        if (!video->model)
            video->model = g_strdup(xen_fill_guest(def) == XEN_HVM ? "cirrus" : "xen");
        if (!strcmp(video->model, "none"))
            continue;
        if (!video->has_vram)
            video->vram = default_vram(video->model);
        if (!video->has_heads)
            video->heads = 1;
        video->has_vram = video->has_heads = true;
        if (i == 0 && video->primary == YESNO_UNSET)
            video->primary = YESNO_YES;
    }
}

/* ---- controllers and places ------------------------------------------------ */

/* Drives of a controller, and units of one of its buses. */
static bool
bus_layout(DiskBus bus, ControllerType *ret_type, unsigned *ret_drives, unsigned *ret_units)
{
    static const struct { DiskBus bus; ControllerType type; unsigned drives, units; } rows[] = {
        { DISK_BUS_IDE, CONTROLLER_TYPE_IDE, 4, 2 }, { DISK_BUS_SCSI, CONTROLLER_TYPE_SCSI, 7, 7 },
        { DISK_BUS_FDC, CONTROLLER_TYPE_FDC, 2, 2 }, { DISK_BUS_SATA, CONTROLLER_TYPE_SATA, 6, 6 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].bus == bus) {
            *ret_type = rows[i].type;
            *ret_drives = rows[i].drives;
            *ret_units = rows[i].units;
            return true;
        }
    return false;
}

static bool
has_controller(const Domain *def, ControllerType type, unsigned index)
{
    for (guint i = 0; i < list_len(def->controllers); i++) {
        const Controller *controller = list_at(def->controllers, i);

        if (controller->type == type && controller->index == index)
            return true;
    }
    return false;
}

static void
fill_disks(Domain *def)
{
    for (guint i = 0; i < list_len(def->disks); i++) {
        Disk *disk = list_at(def->disks, i);

        if (disk->format == DISK_FORMAT_UNSET)
            disk->format = DISK_FORMAT_RAW;
        /* The kernel cannot serve those. */
        if (disk->type == DISK_TYPE_NETWORK && !disk->driver_name)
            disk->driver_name = g_strdup("qemu");
    }
}

static void
place_disks(Domain *def)
{
    for (guint i = 0; i < list_len(def->disks); i++) {
        Disk *disk = list_at(def->disks, i);
        int place = domain_places_disk_index(disk->target);
        unsigned drives, units;
        ControllerType type;
        Address *at;

        if (!bus_layout(disk->bus, &type, &drives, &units))
            continue;
        if (!disk->info.address && place >= 0) {
            at = disk->info.address = xml_new(&address_xml);
            at->type = ADDRESS_TYPE_DRIVE;
            at->controller = (unsigned)place / drives;
            at->bus = (unsigned)place % drives / units;
            at->unit = (unsigned)place % units;
        }
        at = disk->info.address;
        if (at && at->type == ADDRESS_TYPE_DRIVE && !has_controller(def, type, at->controller))
            domain_places_add_controller(def, type, at->controller, NULL);
    }
}

bool
xen_fill_definition(Domain *def, GError **error)
{
    if (!metadata_clean(&def->metadata, error) || !fill_machine(def, error))
        return false;
    fill_interfaces(def);
    fill_ports(def);
    fill_input(def, INPUT_TYPE_MOUSE);
    fill_input(def, INPUT_TYPE_KEYBOARD);
    fill_videos(def);
    domain_places_number_controllers(def);
    if (!has_controller(def, CONTROLLER_TYPE_XENBUS, 0))
        domain_places_add_controller(def, CONTROLLER_TYPE_XENBUS, 0, NULL);
    fill_disks(def);
    domain_places_sort_disks(def);
    place_disks(def);
    if (!def->memballoon) {
        def->memballoon = xml_new(&memballoon_xml);
        def->memballoon->model = g_strdup("xen");
    }
    return true;
}
