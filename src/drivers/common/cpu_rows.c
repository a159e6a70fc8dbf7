/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cpu_rows.c - calls about CPU models, alike for every driver that runs guests on this host's CPU */
#define ERROR_FROM VIR_FROM_CPU
#include "drivers/common/cpu_rows.h"

#include "util/error.h"

#include <string.h>

const HostCpu *
cpu_rows_host(void)
{
    static gsize host;

    if (g_once_init_enter(&host))
        g_once_init_leave(&host, (gsize)cpu_host());
    return (const HostCpu *)host;
}

void
cpu_rows_describe(HostCpu *cpu)
{
    const HostCpu *host = cpu_rows_host();

    g_free(cpu->model);
    g_free(cpu->vendor);
    cpu->model = g_strdup(host->model);
    cpu->vendor = g_strdup(host->vendor);
    if (host->has_family) {
        cpu->family = host->family;
        cpu->model_number = host->model_number;
        cpu->stepping = host->stepping;
        cpu->has_family = cpu->has_model_number = cpu->has_stepping = true;
    }
    for (guint i = 0; host->features && i < host->features->len; i++) {
        if (!cpu->features)
            cpu->features = g_ptr_array_new();
        g_ptr_array_add(cpu->features, xml_copy(&host_cpu_feature_xml, host->features->pdata[i]));
    }
}

Cpu *
cpu_rows_parse(const char *text, bool strict, char **ret_arch, GError **error)
{
    Cpu *cpu = cpu_parse(text, strict ? XML_PARSE_STRICT : 0, ret_arch, error);

    if (!cpu)
        error_prefix(error, "this is no CPU");
    return cpu;
}

GPtrArray *
cpu_rows_parse_list(char *const *texts, size_t n_texts, char **arch, GError **error)
{
    g_autoptr(GPtrArray) cpus = g_ptr_array_new_with_free_func((GDestroyNotify)cpu_free);

    for (size_t i = 0; i < n_texts; i++) {
        g_autofree char *own = NULL;
        Cpu *cpu = cpu_rows_parse(texts[i], false, &own, error);

        if (!cpu)
            return NULL;
        g_ptr_array_add(cpus, cpu);
        if (own && *arch && strcmp(own, *arch)) {
            error_set(error, VIR_ERR_INVALID_ARG, "CPUs are of different architectures: %s and %s", *arch, own);
            return NULL;
        }
        if (!*arch)
            *arch = g_steal_pointer(&own);
    }
    return g_steal_pointer(&cpus);
}

bool
cpu_rows_relation(uint32_t flags, CpuRelation relation, const char *why, int32_t *ret_result, GError **error)
{
    if (relation == CPU_INCOMPATIBLE && (flags & VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE)) {
        error_set(error, VIR_ERR_CPU_INCOMPATIBLE, "%s", why);
        return false;
    }
    *ret_result = relation == CPU_INCOMPATIBLE ? VIR_CPU_COMPARE_INCOMPATIBLE
                  : relation == CPU_IDENTICAL ? VIR_CPU_COMPARE_IDENTICAL : VIR_CPU_COMPARE_SUPERSET;
    return true;
}

unsigned
cpu_rows_baseline_flags(uint32_t flags)
{
    return (flags & VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES ? CPU_BASELINE_EXPAND : 0) |
           (flags & VIR_CONNECT_BASELINE_CPU_MIGRATABLE ? CPU_BASELINE_MIGRATABLE : 0);
}

bool
cpu_rows_compare(Call *call, GError **error)
{
    const ConnectCompareCpuArgs *args = call->args;
    const HostCpu *real = cpu_rows_host();
    g_autofree char *arch = NULL;
    g_autofree char *why = NULL;
    g_autoptr(Cpu) cpu = cpu_rows_parse(args->xml, call->flags & VIR_CONNECT_COMPARE_CPU_VALIDATE_XML, &arch, error);
    g_autoptr(Cpu) host = cpu_from_host(real);
    CpuRelation relation;

    if (!cpu)
        return false;
    if (!host->model) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "the CPU of this host is not known, so none can be compared with it");
        return false;
    }
    return cpu_compare(real->arch, host, arch, cpu, &relation, &why, error) &&
           cpu_rows_relation(call->flags, relation, why, &((ConnectCompareCpuRet *)call->ret)->result, error);
}

bool
cpu_rows_baseline(Call *call, GError **error)
{
    const ConnectBaselineCpuArgs *args = call->args;
    g_autofree char *arch = NULL;
    g_autoptr(GPtrArray) cpus = cpu_rows_parse_list(args->xmlCPUs, args->n_xmlCPUs, &arch, error);
    g_autoptr(Cpu) cpu = NULL;

    if (!cpus)
        return false;
    cpu = cpu_baseline(arch ? arch : cpu_rows_host()->arch, (Cpu *const *)cpus->pdata, cpus->len, NULL,
                       cpu_rows_baseline_flags(call->flags), error);
    if (cpu)
        ((ConnectBaselineCpuRet *)call->ret)->cpu = xml_format_text(&cpu_xml, cpu, 0);
    return cpu != NULL;
}

bool
cpu_rows_models(Call *call, GError **error)
{
    const ConnectGetCpuModelNamesArgs *args = call->args;
    ConnectGetCpuModelNamesRet *ret = call->ret;
    g_auto(GStrv) names = NULL;

    if (!cpu_is_known(args->arch)) {
        error_set(error, VIR_ERR_INVALID_ARG, "cannot find architecture %s, or models of its CPUs", args->arch);
        return false;
    }
    names = cpu_models(args->arch, error);
    if (!names)
        return false;
    ret->ret = (int32_t)g_strv_length(names);
    if (!args->need_results)
        return true;
    ret->n_models = (uint32_t)ret->ret;
    ret->models = g_steal_pointer(&names);
    return true;
}
