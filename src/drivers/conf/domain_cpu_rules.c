/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domain_cpu_rules.c - the CPU of a guest, and what ACPI tells it of memory: what must fit together
 *
 * One small function a rule, listed at the end, as in domain_rules.c.
 */
#define ERROR_FROM VIR_FROM_DOMAIN
#include <string.h>

#include "drivers/conf/domain.h"
#include "util/error.h"
#include "util/list.h"

/* What changes a model needs one; the other modes bring it along. */
static bool
rule_model(const Domain *domain, GError **error)
{
    enum { VENDOR_ID_LENGTH = 12 };
    const Cpu *cpu = domain->cpu;
    bool own = cpu->mode == CPU_MODE_UNSET || cpu->mode == CPU_MODE_CUSTOM;

    if (cpu->vendor_id && strlen(cpu->vendor_id) != VENDOR_ID_LENGTH) {
        error_set(error, VIR_ERR_XML_ERROR, "vendor_id must be exactly %d characters long, and '%s' is not", VENDOR_ID_LENGTH,
                  cpu->vendor_id);
        return false;
    }
    if (cpu->vendor && own && !cpu->model) {
        error_set(error, VIR_ERR_XML_ERROR, "CPU vendor specified without CPU model");
        return false;
    }
    if (list_len(cpu->features) && own && !cpu->model) {
        error_set(error, VIR_ERR_XML_ERROR, "Non-empty feature list specified without CPU model");
        return false;
    }
    for (guint i = 0; i < list_len(cpu->features); i++) {
        if (((CpuFeature *)cpu->features->pdata[i])->name[0])
            continue;
        error_set(error, VIR_ERR_XML_ERROR, "Invalid CPU feature name: it is empty");
        return false;
    }
    return true;
}

static bool
rule_cache_level(const Domain *domain, GError **error)
{
    enum { LEVEL_MAX = 3 };
    const Cpu *cpu = domain->cpu;

    if (!cpu->has_cache_level || (cpu->cache_level >= 1 && cpu->cache_level <= LEVEL_MAX))
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "invalid CPU cache level %u, must be in range [1,%d]", cpu->cache_level, LEVEL_MAX);
    return false;
}

static const NumaCell *
find_cell(const Cpu *cpu, unsigned id)
{
    for (guint i = 0; i < list_len(cpu->cells); i++)
        if (((NumaCell *)cpu->cells->pdata[i])->id == id)
            return cpu->cells->pdata[i];
    return NULL;
}

static bool
has_cache(const NumaCell *cell, unsigned level)
{
    for (guint i = 0; i < list_len(cell->caches); i++)
        if (((NumaCache *)cell->caches->pdata[i])->level == level)
            return true;
    return false;
}

/* The ends of a way through the machine are cells that there are; a level, one of the target's caches. */
static bool
check_way(const Cpu *cpu, unsigned initiator, unsigned target, unsigned cache, GError **error)
{
    const NumaCell *to = find_cell(cpu, target);

    if (!find_cell(cpu, initiator)) {
        error_set(error, VIR_ERR_XML_ERROR, "'initiator' refers to a non-existent NUMA node %u", initiator);
        return false;
    }
    if (!to) {
        error_set(error, VIR_ERR_XML_ERROR, "'target' refers to a non-existent NUMA node %u", target);
        return false;
    }
    if (cache && !has_cache(to, cache)) {
        error_set(error, VIR_ERR_XML_ERROR, "'cache' refers to a non-existent NUMA node cache: level %u of node %u", cache,
                  target);
        return false;
    }
    return true;
}

static bool
rule_interconnects(const Domain *domain, GError **error)
{
    const Cpu *cpu = domain->cpu;

    for (guint i = 0; i < list_len(cpu->latencies); i++) {
        const NumaLatency *way = cpu->latencies->pdata[i];

        if (!check_way(cpu, way->initiator, way->target, way->cache, error))
            return false;
    }
    for (guint i = 0; i < list_len(cpu->bandwidths); i++) {
        const NumaBandwidth *way = cpu->bandwidths->pdata[i];

        if (!check_way(cpu, way->initiator, way->target, way->cache, error))
            return false;
    }
    return true;
}

bool
domain_cpu_rules(const Domain *domain, GError **error)
{
    static bool (*const rules[])(const Domain *domain, GError **error) = {
        rule_model, rule_cache_level, rule_interconnects,
    };

    for (size_t i = 0; domain->cpu && i < G_N_ELEMENTS(rules); i++)
        if (!rules[i](domain, error))
            return false;
    return true;
}
