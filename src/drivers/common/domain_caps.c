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

void
domain_caps_values(GPtrArray **enums, const char *name, const char *const *values)
{
    CapsEnum *list = domain_caps_enum(enums, name);

    for (; *values; values++)
        domain_caps_value(list, *values);
}

CapsOs *
domain_caps_os(const char *const *loaders, const char *const *types)
{
    static const char *const readonly[] = { "yes", NULL };
    CapsOs *os = xml_new(&caps_os_xml);
    CapsLoader *loader = os->loader = xml_new(&caps_loader_xml);

    os->supported = YESNO_YES;
    loader->supported = loaders ? YESNO_YES : YESNO_NO;
    if (!loaders)
        return os;
    loader->values = g_ptr_array_new_with_free_func(g_free);
    for (; *loaders; loaders++)
        g_ptr_array_add(loader->values, g_strdup(*loaders));
    domain_caps_values(&loader->enums, "type", types);
    domain_caps_values(&loader->enums, "readonly", readonly);
    return os;
}
