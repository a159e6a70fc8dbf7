/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cpu_x86.c - what can be done with x86 CPUs: compare, update, translate, baseline */
#include "drivers/conf/cpu/cpu_private.h"

#include <string.h>

static const char *const x86_archs[] = { "x86_64", "i686", NULL };

static char **
list_models(void)
{
    char **names = g_new0(char *, cpu_map_n_x86_models + 1);

    for (size_t i = 0; i < cpu_map_n_x86_models; i++)
        names[i] = g_strdup(cpu_map_x86_models[i].name);
    return names;
}

static char *
list_features(const CpuBits *bits)
{
    GString *out = g_string_new(NULL);

    for (size_t i = 0; i < cpu_map_n_x86_features; i++)
        if (cpu_bits_get(bits, i))
            g_string_append_printf(out, "%s%s", out->len ? ", " : "", cpu_map_x86_features[i].name);
    return g_string_free(out, FALSE);
}

static bool
host_bits(const Cpu *host, CpuBits *ret_bits, GError **error)
{
    CpuSets sets;

    if (!cpu_x86_sets(host, NULL, &sets, error))
        return false;
    *ret_bits = cpu_x86_has(&sets);
    return true;
}

static bool
x86_compare(const Cpu *host, const Cpu *cpu, CpuRelation *ret_relation, char **ret_why, GError **error)
{
    CpuBits has, listed, need, clash, missing, extra;
    CpuSets sets;

    if (!host_bits(host, &has, error) || !cpu_x86_sets(cpu, &has, &sets, error))
        return false;
    *ret_relation = CPU_INCOMPATIBLE;
    if (cpu->vendor && g_strcmp0(cpu->vendor, host->vendor)) {
        *ret_why = g_strdup_printf("host CPU vendor does not match required CPU vendor %s", cpu->vendor);
        return true;
    }
    clash = cpu_bits_and(&sets.by[CPU_SET_FORBID], &has);
    if (!cpu_bits_empty(&clash)) {
        g_autofree char *names = list_features(&clash);

        *ret_why = g_strdup_printf("Host CPU provides forbidden features: %s", names);
        return true;
    }
    need = cpu_bits_minus(&sets.by[CPU_SET_MODEL], &sets.by[CPU_SET_FORCE]);
    need = cpu_bits_minus(&need, &sets.by[CPU_SET_OPTIONAL]);
    need = cpu_bits_minus(&need, &sets.by[CPU_SET_DISABLE]);
    need = cpu_bits_minus(&need, &sets.by[CPU_SET_FORBID]);
    need = cpu_bits_or(&need, &sets.by[CPU_SET_REQUIRE]);
    missing = cpu_bits_minus(&need, &has);
    if (!cpu_bits_empty(&missing)) {
        g_autofree char *names = list_features(&missing);

        *ret_why = g_strdup_printf("Host CPU does not provide required features: %s", names);
        return true;
    }
    listed = sets.by[CPU_SET_MODEL];
    for (CpuSetKind kind = CPU_SET_REQUIRE; kind < CPU_SET_LAST; kind++)
        listed = cpu_bits_or(&listed, &sets.by[kind]);
    extra = cpu_bits_minus(&has, &listed);
    if (cpu_bits_empty(&extra)) {
        *ret_relation = CPU_IDENTICAL;
    } else if (cpu->match == CPU_MATCH_STRICT) {
        g_autofree char *names = list_features(&extra);

        *ret_why = g_strdup_printf("Host CPU does not strictly match guest CPU: Extra features: %s", names);
    } else {
        *ret_relation = CPU_SUPERSET;
    }
    return true;
}

static void
x86_make_migratable(Cpu *cpu)
{
    for (size_t i = cpu_n_features(cpu); i-- > 0;) {
        int bit = cpu_x86_feature(cpu_feature_at(cpu, i)->name);

        if (bit >= 0 && !cpu_map_x86_features[bit].migratable)
            cpu_feature_free(g_ptr_array_remove_index(cpu->features, (guint)i));
    }
}

static void
settle_optional(Cpu *guest, const CpuBits *has)
{
    for (size_t i = 0; i < cpu_n_features(guest); i++) {
        CpuFeature *feature = guest->features->pdata[i];
        int bit = cpu_x86_feature(feature->name);

        if (feature->policy == CPU_POLICY_OPTIONAL)
            feature->policy = bit >= 0 && cpu_bits_get(has, (size_t)bit) ? CPU_POLICY_REQUIRE : CPU_POLICY_DISABLE;
        else if (feature->policy == CPU_POLICY_UNSET)
            feature->policy = CPU_POLICY_REQUIRE;
    }
}

static bool
x86_update(Cpu *guest, const Cpu *host, GError **error)
{
    bool from_host = guest->mode == CPU_MODE_HOST_MODEL || guest->match == CPU_MATCH_MINIMUM;
    CpuBits has;
    CpuSets sets;

    if (guest->mode == CPU_MODE_HOST_PASSTHROUGH || guest->mode == CPU_MODE_MAXIMUM)
        return true;
    if (!host_bits(host, &has, error) || !cpu_x86_sets(guest, &has, &sets, error))
        return false;
    settle_optional(guest, &has);
    if (from_host) {
        g_autoptr(GPtrArray) own = g_steal_pointer(&guest->features);

        cpu_copy_model(guest, host);
        for (size_t i = 0; own && i < own->len; i++) {
            CpuFeature *feature = own->pdata[i];

            cpu_set_feature(guest, feature->name, feature->policy);
            cpu_feature_free(feature);
        }
        guest->match = CPU_MATCH_EXACT;
    }
    guest->mode = CPU_MODE_CUSTOM;
    if (guest->match == CPU_MATCH_UNSET)
        guest->match = CPU_MATCH_EXACT;
    return true;
}

static bool
x86_translate(Cpu *cpu, const CpuChoices *choices, GError **error)
{
    g_autoptr(Cpu) same = NULL;
    g_autoptr(GPtrArray) own = NULL;
    CpuTraits traits = { .vendor = cpu->vendor };
    CpuSets sets;

    if (!cpu->model || cpu_choices_have(choices, cpu->model))
        return true;
    if (cpu->fallback == CPU_FALLBACK_FORBID) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "CPU model %s is not supported by hypervisor", cpu->model);
        return false;
    }
    if (!cpu_x86_sets(cpu, NULL, &sets, error))
        return false;
    traits.bits = cpu_x86_has(&sets);
    same = cpu_x86_guest_of(&traits, choices, error);
    if (!same)
        return false;
    own = g_steal_pointer(&cpu->features);
    g_free(cpu->model);
    cpu->model = g_steal_pointer(&same->model);
    cpu->features = g_steal_pointer(&same->features);
    for (size_t i = 0; own && i < own->len; i++) {
        CpuFeature *feature = own->pdata[i];

        /* What is required is in the list already, unless the model has it. */
        if (feature->policy != CPU_POLICY_REQUIRE && feature->policy != CPU_POLICY_UNSET)
            cpu_set_feature(cpu, feature->name, feature->policy);
        cpu_feature_free(feature);
    }
    return true;
}

static bool
x86_expand(Cpu *cpu, GError **error)
{
    g_autoptr(GPtrArray) names = NULL;
    CpuSets sets;

    if (!cpu_x86_sets(cpu, NULL, &sets, error))
        return false;
    names = cpu_x86_sorted_names(&sets.by[CPU_SET_MODEL]);
    for (guint i = 0; i < names->len; i++)
        if (!cpu_feature(cpu, names->pdata[i]))
            cpu_set_feature(cpu, names->pdata[i], CPU_POLICY_REQUIRE);
    return true;
}

/* The vendor that CPUs name; where none does, that of the last one's model. */
static bool
common_vendor(Cpu *const *cpus, size_t n_cpus, const char **ret_vendor, bool *ret_all, GError **error)
{
    const CpuMapX86Model *last = cpu_x86_model(cpus[n_cpus - 1]->model);
    const char *vendor = NULL;
    bool all = true;

    for (size_t i = 0; i < n_cpus; i++) {
        const char *mine = cpus[i]->vendor;

        all &= mine != NULL;
        if (mine && vendor && strcmp(mine, vendor)) {
            error_set(error, VIR_ERR_OPERATION_FAILED, "CPU vendors do not match: %s and %s", vendor, mine);
            return false;
        }
        vendor = mine ? mine : vendor;
    }
    *ret_vendor = vendor ? vendor : last ? last->vendor : NULL;
    *ret_all = all;
    return true;
}

/* The features of all of them. */
static bool
intersect(Cpu *const *cpus, size_t n_cpus, CpuBits *ret_bits, GError **error)
{
    for (size_t i = 0; i < n_cpus; i++) {
        CpuBits has;

        if (!cpus[i]->model) {
            error_set(error, VIR_ERR_INVALID_ARG, "CPU %zu names no model, so there is nothing to compare", i + 1);
            return false;
        }
        if (!host_bits(cpus[i], &has, error))
            return false;
        *ret_bits = i ? cpu_bits_and(ret_bits, &has) : has;
    }
    if (!cpu_bits_empty(ret_bits))
        return true;
    error_set(error, VIR_ERR_OPERATION_FAILED, "CPUs are incompatible: they have no feature in common");
    return false;
}

static Cpu *
x86_baseline(Cpu *const *cpus, size_t n_cpus, const CpuChoices *choices, unsigned flags, GError **error)
{
    g_autofree const char **inputs = g_new0(const char *, n_cpus + 1);
    CpuTraits traits = { .inputs = inputs };
    CpuChoice same = { 0 };
    const CpuChoices only = { 1, &same };
    g_autoptr(Cpu) cpu = NULL;
    bool all_named;
    bool all_same = true;

    if (!intersect(cpus, n_cpus, &traits.bits, error) ||
        !common_vendor(cpus, n_cpus, &traits.vendor, &all_named, error))
        return NULL;
    for (size_t i = 0; i < n_cpus; i++) {
        inputs[i] = cpus[i]->model;
        all_same &= !strcmp(inputs[i], inputs[0]);
    }
    for (size_t i = 0; i < cpu_map_n_x86_features && (flags & CPU_BASELINE_MIGRATABLE); i++)
        if (!cpu_map_x86_features[i].migratable)
            cpu_bits_set(&traits.bits, i, false);
    same.name = inputs[0];
    all_same &= cpu_choices_have(choices, same.name) && cpu_x86_model(same.name)->guest;
    cpu = cpu_x86_guest_of(&traits, all_same ? &only : choices, error);
    if (!cpu)
        return NULL;
    if (!all_named)
        g_clear_pointer(&cpu->vendor, g_free);
    /* What all of them are is certain; the rest is a proposal. */
    cpu->fallback = all_same ? CPU_FALLBACK_FORBID : CPU_FALLBACK_ALLOW;
    return g_steal_pointer(&cpu);
}

static bool
x86_validate(const Cpu *cpu, GError **error)
{
    CpuSets sets;

    return cpu_x86_sets(cpu, NULL, &sets, error);
}

static bool
x86_has_feature(const Cpu *cpu, const char *name, bool *ret_has, GError **error)
{
    int bit = cpu_x86_feature(name);
    CpuBits has;

    if (bit < 0) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "unknown CPU feature: %s", name);
        return false;
    }
    if (!host_bits(cpu, &has, error))
        return false;
    *ret_has = cpu_bits_get(&has, (size_t)bit);
    return true;
}

static Cpu *
x86_from_qemu(Json *model, const CpuChoices *choices, GError **error)
{
    Json *props = json_get_object(model, "props", error);
    CpuTraits traits = { 0 };
    const char *vendor;

    if (!props)
        return NULL;
    json_object_object_foreach(props, name, value) {
        int bit = json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value)
                      ? cpu_x86_feature_of_qemu(name) : -1;

        if (bit >= 0)
            cpu_bits_set(&traits.bits, (size_t)bit, true);
    }
    vendor = json_opt_string(props, "vendor", NULL);
    for (size_t i = 0; vendor && i < cpu_map_n_x86_vendors; i++)
        if (!strcmp(vendor, cpu_map_x86_vendors[i].string))
            traits.vendor = cpu_map_x86_vendors[i].name;
    traits.has_signature = cpu_signature_of_qemu(model, &traits.signature, NULL);
    return cpu_x86_guest_of(&traits, choices, error);
}

const CpuArchOps cpu_x86_ops = {
    .archs = x86_archs,
    .models = list_models,
    .compare = x86_compare,
    .baseline = x86_baseline,
    .update = x86_update,
    .translate = x86_translate,
    .expand = x86_expand,
    .validate = x86_validate,
    .has_feature = x86_has_feature,
    .make_migratable = x86_make_migratable,
    .from_qemu = x86_from_qemu,
};
