/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_caps.c - <domainCapabilities> of a kind of guest: what the tool stack takes, whatever the host */
#include "drivers/xen/xen_caps.h"

#include "drivers/common/domain_caps.h"

/* Limits of the hypervisor, as in its release notes. */
enum { VCPUS_FULL = 128, VCPUS_PARAVIRTUAL = 512 };

DomainCaps *
xen_caps_domain(const char *emulator, const char *machine, const char *arch, const char *const *loaders)
{
    static const char *const none[] = { NULL }, *const types[] = { "rom", "pflash", NULL },
                      *const devices[] = { "disk", "cdrom", NULL }, *const buses[] = { "ide", "scsi", "xen", NULL },
                      *const displays[] = { "sdl", "vnc", "spice", NULL }, *const cards[] = { "vga", "cirrus", "xen", NULL },
                      *const modes[] = { "subsystem", NULL },
                      *const policies[] = { "default", "mandatory", "requisite", "optional", NULL },
                      *const subsystems[] = { "usb", "pci", NULL }, *const backends[] = { "xen", NULL };
    bool full = !g_strcmp0(machine, "xenfv");
    DomainCaps *doc = domain_caps_new(emulator, "xen", machine, arch);

    doc->max_vcpus = full ? VCPUS_FULL : VCPUS_PARAVIRTUAL;
    doc->iothreads = domain_caps_fact(false);
    doc->os = domain_caps_os(full ? loaders : NULL, types);
    doc->disk = domain_caps_fact(true);
    domain_caps_values(&doc->disk->enums, "diskDevice", devices);
    domain_caps_values(&doc->disk->enums, "bus", buses);
    domain_caps_values(&doc->disk->enums, "model", none);
    doc->graphics = domain_caps_fact(true);
    domain_caps_values(&doc->graphics->enums, "type", displays);
    doc->video = domain_caps_fact(true);
    domain_caps_values(&doc->video->enums, "modelType", cards);
    doc->hostdev = domain_caps_fact(true);
    domain_caps_values(&doc->hostdev->enums, "mode", modes);
    domain_caps_values(&doc->hostdev->enums, "startupPolicy", policies);
    domain_caps_values(&doc->hostdev->enums, "subsysType", subsystems);
    domain_caps_values(&doc->hostdev->enums, "capsType", none);
    domain_caps_values(&doc->hostdev->enums, "pciBackend", backends);
    doc->gic = domain_caps_fact(false);
    doc->vmcoreinfo = domain_caps_fact(false);
    doc->genid = domain_caps_fact(false);
    return doc;
}
