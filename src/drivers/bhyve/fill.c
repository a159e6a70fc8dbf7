/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fill.c - defaults, implicit devices and controllers of a bhyve guest */
#define ERROR_FROM VIR_FROM_BHYVE
#include "drivers/bhyve/fill.h"

#include <string.h>

#include "drivers/bhyve/caps.h"
#include "drivers/common/metadata.h"
#include "drivers/conf/domain.h"
#include "util/error.h"
#include "util/list.h"
#include "util/uuid.h"

static void
fill_identity(Domain *def)
{
    static const uint8_t none[UUID_LEN];

    if (memcmp(def->uuid, none, UUID_LEN) == 0)
        uuid_generate(def->uuid);
    if (!def->arch)
        def->arch = g_strdup("x86_64");
}

char *
bhyve_fill_mac(void (*random)(uint8_t *bytes, size_t n))
{
    uint8_t bytes[UUID_LEN];

    if (random)
        random(bytes, 3);
    else
        uuid_generate(bytes);
    return g_strdup_printf("52:54:00:%02x:%02x:%02x", bytes[0], bytes[1], bytes[2]);
}

static void
fill_interfaces(Domain *def, void (*random)(uint8_t *bytes, size_t n))
{
    for (size_t i = 0; i < list_len(def->interfaces); i++) {
        Interface *n = def->interfaces->pdata[i];

        if (!n->mac)
            n->mac = bhyve_fill_mac(random);
    }
}

/* Both ends of a null modem are named after the guest where the document does not name them. */
static void
fill_modem(const Domain *def, CharSource *source)
{
    g_autofree char *uuid = uuid_to_string(def->uuid);

    if (source->type != CHAR_TYPE_NMDM || source->master || source->slave)
        return;
    source->master = g_strdup_printf("/dev/nmdm%sA", uuid);
    source->slave = g_strdup_printf("/dev/nmdm%sB", uuid);
}

static void
fill_ports(Domain *def)
{
    domain_console_pair(def, NULL);
    for (size_t i = 0; i < list_len(def->serials); i++) {
        Serial *serial = def->serials->pdata[i];

        fill_modem(def, &serial->source);
        if (serial->port < 0)
            serial->port = (int)i;
    }
    for (size_t i = 0; i < list_len(def->consoles); i++) {
        Console *console = def->consoles->pdata[i];

        fill_modem(def, &console->source);
        if (!console->target_type)
            console->target_type = g_strdup("serial");
        console->port = (int)i;
    }
    domain_console_mirror(def);
}

/* There is one kind of graphics card, and a display needs it. */
static void
fill_videos(Domain *def)
{
    if (list_len(def->graphics) && !list_len(def->videos)) {
        if (!def->videos)
            def->videos = g_ptr_array_new();
        g_ptr_array_add(def->videos, xml_new(&video_xml));
    }
    for (size_t i = 0; i < list_len(def->videos); i++) {
        Video *video = def->videos->pdata[i];

        if (!video->model)
            video->model = g_strdup("gop");
        if (!video->has_heads)
            video->heads = 1;
        video->has_heads = true;
        if (i == 0 && video->primary == YESNO_UNSET)
            video->primary = YESNO_YES;
    }
}

static bool
has_controller(const Domain *def, ControllerType type)
{
    for (size_t i = 0; i < list_len(def->controllers); i++)
        if (((const Controller *)def->controllers->pdata[i])->type == type)
            return true;
    return false;
}

/* Serial ports and the firmware hang on the ISA (LPC) bridge. */
static void
fill_controllers(Domain *def)
{
    bool lpc = list_len(def->serials) || def->loader || def->firmware != OS_FIRMWARE_UNSET;

    domain_places_number_controllers(def);
    if (!has_controller(def, CONTROLLER_TYPE_PCI))
        domain_places_add_controller(def, CONTROLLER_TYPE_PCI, 0, "pci-root");
    if (lpc && !has_controller(def, CONTROLLER_TYPE_ISA))
        domain_places_add_controller(def, CONTROLLER_TYPE_ISA, 0, NULL);
}

bool
bhyve_fill_definition(Domain *def, unsigned caps, void (*random)(uint8_t *bytes, size_t n), GError **error)
{
    if (!metadata_clean(&def->metadata, error))
        return false;
    fill_identity(def);
    fill_interfaces(def, random);
    fill_ports(def);
    fill_videos(def);
    domain_places_sort_disks(def);
    fill_controllers(def);
    return bhyve_check_definition(def, error) && bhyve_address_drives(def, caps, error) && bhyve_address_pci(def, error);
}

void
bhyve_fill_settle(Domain *def)
{
    for (size_t i = 0; i < list_len(def->videos); i++) {
        Video *video = def->videos->pdata[i];

        /* What a card without the attribute has. */
        if (video->vgaconf == VIDEO_VGA_IO)
            video->vgaconf = VIDEO_VGA_UNSET;
    }
}
