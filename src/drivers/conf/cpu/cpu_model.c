/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cpu_model.c - what the CPU map says of a model's name */
#include "drivers/conf/cpu/cpu_model.h"

#include <glib.h>
#include <string.h>

#include "drivers/conf/cpu/cpu_map.h"

static bool
is_x86(const char *arch)
{
    return !strcmp(arch, "x86_64") || !strcmp(arch, "i686");
}

/* Arm's map is for hosts: guests name models of any maker. */
const char *
cpu_model_vendor(const char *arch, const char *model)
{
    size_t n = g_str_has_prefix(arch, "ppc64") ? cpu_map_n_ppc64_models : 0;

    /* All there are: z900 to gen17a and beyond.  The others are QEMU's own. */
    if (!strcmp(arch, "s390x"))
        return g_str_has_prefix(model, "z") || g_str_has_prefix(model, "gen") ? "IBM" : NULL;
    for (size_t i = 0; is_x86(arch) && i < cpu_map_n_x86_models; i++)
        if (!strcmp(cpu_map_x86_models[i].name, model))
            return cpu_map_x86_models[i].vendor;
    for (size_t i = 0; i < n; i++)
        if (!strcmp(cpu_map_ppc64_models[i].name, model))
            return cpu_map_ppc64_models[i].vendor;
    return NULL;
}

const char *
cpu_model_canonical(const char *arch, const char *model)
{
    size_t len = strlen(model);

    for (size_t i = 0; is_x86(arch) && i < cpu_map_n_x86_models; i++) {
        const CpuMapX86Model *m = &cpu_map_x86_models[i];
        const char *version = m->base && !strcmp(m->base, model) ? strrchr(m->name, '-') : NULL;

        if (version && version[1] == 'v' && g_ascii_isdigit(version[2]) && len)
            return m->name;
    }
    return NULL;
}
