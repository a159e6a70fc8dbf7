/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* caps.c - names of what a bhyve may lack, and <domainCapabilities> */
#include "drivers/bhyve/caps.h"

#include "drivers/common/domain_caps.h"

unsigned
bhyve_caps_flag(const char *name)
{
    static const char *const names[] = { "rtc-utc", "ahci32slot", "net-e1000", "lpc-bootrom", "fbuf", "xhci", "cputopology",
                                         "sound-hda", "vnc-password", "virtio-9p" };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_str_equal(name, names[i]))
            return 1u << i;
    return 0;
}

DomainCaps *
bhyve_caps_domain(unsigned caps, const char *emulator, const char *arch, const char *const *loaders)
{
    static const char *const devices[] = { "disk", "cdrom", NULL }, *const buses[] = { "virtio", "sata", NULL },
                      *const none[] = { NULL }, *const types[] = { "pflash", NULL }, *const displays[] = { "vnc", NULL },
                      *const cards[] = { "gop", NULL };
    DomainCaps *doc = domain_caps_new(emulator, "bhyve", NULL, arch);

    doc->iothreads = domain_caps_fact(false);
    doc->os = domain_caps_os(caps & BHYVE_CAPS_LPC_BOOTROM ? loaders : NULL, types);
    doc->disk = domain_caps_fact(true);
    domain_caps_values(&doc->disk->enums, "diskDevice", devices);
    domain_caps_values(&doc->disk->enums, "bus", buses);
    domain_caps_values(&doc->disk->enums, "model", none);
    doc->graphics = domain_caps_fact(caps & BHYVE_CAPS_FBUF);
    doc->video = domain_caps_fact(caps & BHYVE_CAPS_FBUF);
    if (caps & BHYVE_CAPS_FBUF) {
        domain_caps_values(&doc->graphics->enums, "type", displays);
        domain_caps_values(&doc->video->enums, "modelType", cards);
    }
    doc->hostdev = domain_caps_fact(false);
    doc->gic = domain_caps_fact(false);
    doc->vmcoreinfo = domain_caps_fact(false);
    doc->genid = domain_caps_fact(false);
    return doc;
}
