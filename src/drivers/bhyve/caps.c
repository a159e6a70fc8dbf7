/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* caps.c - names of what a bhyve may lack, and <domainCapabilities> */
#include "drivers/bhyve/caps.h"

#include "drivers/common/domain_caps.h"
#include "util/xml.h"

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

static void
add_values(GPtrArray **enums, const char *name, const char *const *words)
{
    CapsEnum *list = domain_caps_enum(enums, name);

    for (; *words; words++)
        domain_caps_value(list, *words);
}

static CapsOs *
make_os(bool bootrom, const char *const *loaders)
{
    CapsOs *os = xml_new(&caps_os_xml);
    CapsLoader *loader = os->loader = xml_new(&caps_loader_xml);

    os->supported = YESNO_YES;
    loader->supported = bootrom ? YESNO_YES : YESNO_NO;
    if (!bootrom)
        return os;
    loader->values = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; loaders[i]; i++)
        g_ptr_array_add(loader->values, g_strdup(loaders[i]));
    add_values(&loader->enums, "type", (const char *const[]){ "pflash", NULL });
    add_values(&loader->enums, "readonly", (const char *const[]){ "yes", NULL });
    return os;
}

DomainCaps *
bhyve_caps_domain(unsigned caps, const char *emulator, const char *arch, const char *const *loaders)
{
    DomainCaps *doc = domain_caps_new(emulator, "bhyve", NULL, arch);

    doc->iothreads = domain_caps_fact(false);
    doc->os = make_os(caps & BHYVE_CAPS_LPC_BOOTROM, loaders);
    doc->disk = domain_caps_fact(true);
    add_values(&doc->disk->enums, "diskDevice", (const char *const[]){ "disk", "cdrom", NULL });
    add_values(&doc->disk->enums, "bus", (const char *const[]){ "virtio", "sata", NULL });
    domain_caps_enum(&doc->disk->enums, "model");
    doc->graphics = domain_caps_fact(caps & BHYVE_CAPS_FBUF);
    doc->video = domain_caps_fact(caps & BHYVE_CAPS_FBUF);
    if (caps & BHYVE_CAPS_FBUF) {
        add_values(&doc->graphics->enums, "type", (const char *const[]){ "vnc", NULL });
        add_values(&doc->video->enums, "modelType", (const char *const[]){ "gop", NULL });
    }
    doc->hostdev = domain_caps_fact(false);
    doc->gic = domain_caps_fact(false);
    doc->vmcoreinfo = domain_caps_fact(false);
    doc->genid = domain_caps_fact(false);
    return doc;
}
