/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domain_caps.c - making <domainCapabilities>: the document before a driver says anything, and lists of values */
#include "drivers/common/domain_caps.h"

#include "util/xml.h"

DomainCaps *
domain_caps_new(const char *path, const char *virttype, const char *machine, const char *arch)
{
    static const CpuMode modes[] = { CPU_MODE_HOST_PASSTHROUGH, CPU_MODE_MAXIMUM, CPU_MODE_HOST_MODEL, CPU_MODE_CUSTOM };
    DomainCaps *caps = xml_new(&domain_caps_xml);

    caps->path = g_strdup(path);
    caps->domain = g_strdup(virttype);
    caps->machine = g_strdup(machine);
    caps->arch = g_strdup(arch);
    caps->has_devices = true;
    caps->modes = g_ptr_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
        CapsCpuMode *mode = xml_new(&caps_cpu_mode_xml);

        mode->name = modes[i];
        mode->supported = YESNO_NO;
        g_ptr_array_add(caps->modes, mode);
    }
    caps->sev = xml_new(&caps_sev_xml);
    caps->sev->supported = YESNO_NO;
    caps->sgx = xml_new(&caps_sgx_xml);
    caps->sgx->supported = YESNO_NO;
    return caps;
}

CapsCpuMode *
domain_caps_mode(const DomainCaps *caps, CpuMode mode)
{
    for (unsigned i = 0; i < caps->modes->len; i++)
        if (((CapsCpuMode *)caps->modes->pdata[i])->name == mode)
            return caps->modes->pdata[i];
    return NULL;
}

CapsFact *
domain_caps_fact(bool supported)
{
    CapsFact *fact = xml_new(&caps_fact_xml);

    fact->supported = supported ? YESNO_YES : YESNO_NO;
    return fact;
}

CapsEnum *
domain_caps_enum(GPtrArray **enums, const char *name)
{
    CapsEnum *list = xml_new(&caps_enum_xml);

    list->name = g_strdup(name);
    if (!*enums)
        *enums = g_ptr_array_new();
    g_ptr_array_add(*enums, list);
    return list;
}

void
domain_caps_value(CapsEnum *list, const char *value)
{
    if (!list->values)
        list->values = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(list->values, g_strdup(value));
}
