/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cpu_pvr.c - CPUs known by an identification register: POWER and Arm
 *
 * A POWER model is a generation; a guest may run in the mode of an earlier one ("power8"), which mode host-model names.
 * An Arm model says little; what counts are the features that can be switched.
 */
#include "drivers/conf/cpu/cpu_private.h"

#include <string.h>

static const char *const ppc64_archs[] = { "ppc64", "ppc64le", NULL };
static const char *const arm_archs[] = { "aarch64", "aarch64_be", "armv6l", "armv7b", "armv7l", NULL };
static const char *const compat_modes[] = { "power6", "power7", "power8", "power9", "power10", "power11" };

static char **
list_models(const CpuMapPvrModel *models, size_t n)
{
    char **names = g_new0(char *, n + 1);

    for (size_t i = 0; i < n; i++)
        names[i] = g_strdup(models[i].name);
    return names;
}

static char **
ppc64_models(void)
{
    return list_models(cpu_map_ppc64_models, cpu_map_n_ppc64_models);
}

static char **
arm_models(void)
{
    return list_models(cpu_map_arm_models, cpu_map_n_arm_models);
}

/* "POWER7+_v2.1" and "POWER8E_v1.0" were how QEMU told revisions apart; a model is a generation now. */
static char *
plain_name(const char *name)
{
    const char *end = strstr(name, "_v");
    size_t len;

    if (!end || !g_str_has_prefix(name, "POWER"))
        return g_strdup(name);
    len = strlen("POWER");
    while (g_ascii_isdigit(name[len]))
        len++;
    return g_strndup(name, len);
}

static const CpuMapPvrModel *
ppc64_model(const char *name, GError **error)
{
    g_autofree char *plain = name ? plain_name(name) : NULL;

    for (size_t i = 0; plain && i < cpu_map_n_ppc64_models; i++)
        if (!strcmp(cpu_map_ppc64_models[i].name, plain))
            return &cpu_map_ppc64_models[i];
    if (name)
        error_set(error, VIR_ERR_INTERNAL_ERROR, "Unknown CPU model %s", name);
    else
        error_set(error, VIR_ERR_INTERNAL_ERROR, "no CPU model specified");
    return NULL;
}

static int
compat_level(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(compat_modes); i++)
        if (!strcmp(compat_modes[i], name))
            return (int)i;
    return -1;
}

/* Whether a host of @model can run guests in the mode @name. */
static bool
ppc64_compare_mode(const CpuMapPvrModel *model, const char *name, CpuRelation *ret_relation, char **ret_why,
                   GError **error)
{
    g_autofree char *own = g_ascii_strdown(model->name, -1);
    int asked = compat_level(name);

    if (asked < 0) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "unsupported compatibility mode '%s' of POWER, expected one like power9",
                  name);
        return false;
    }
    *ret_relation = asked <= compat_level(own) ? CPU_IDENTICAL : CPU_INCOMPATIBLE;
    if (*ret_relation == CPU_INCOMPATIBLE)
        *ret_why = g_strdup_printf("host CPU %s does not support compatibility mode %s", model->name, name);
    return true;
}

static bool
ppc64_compare(const Cpu *host, const Cpu *cpu, CpuRelation *ret_relation, char **ret_why, GError **error)
{
    const CpuMapPvrModel *mine = ppc64_model(host->model, error);
    const CpuMapPvrModel *asked;

    if (!mine)
        return false;
    *ret_relation = CPU_INCOMPATIBLE;
    if (cpu->vendor && host->vendor && strcmp(cpu->vendor, host->vendor)) {
        *ret_why = g_strdup_printf("host CPU vendor does not match required CPU vendor %s", cpu->vendor);
        return true;
    }
    if (cpu->mode == CPU_MODE_HOST_MODEL && cpu->model)
        return ppc64_compare_mode(mine, cpu->model, ret_relation, ret_why, error);
    asked = cpu->model ? ppc64_model(cpu->model, error) : mine;
    if (!asked)
        return false;
    if (asked == mine)
        *ret_relation = CPU_IDENTICAL;
    else
        *ret_why = g_strdup_printf("host CPU model %s does not match required CPU model %s", mine->name, asked->name);
    return true;
}

static Cpu *
ppc64_baseline(Cpu *const *cpus, size_t n_cpus, const CpuChoices *choices, unsigned flags, GError **error)
{
    const CpuMapPvrModel *model = ppc64_model(cpus[0]->model, error);

    if (!model)
        return NULL;
    for (size_t i = 0; i < n_cpus; i++) {
        const CpuMapPvrModel *other = ppc64_model(cpus[i]->model, error);

        if (!other)
            return NULL;
        if (other != model || (cpus[i]->vendor && strcmp(cpus[i]->vendor, model->vendor))) {
            error_set(error, VIR_ERR_OPERATION_FAILED, "CPUs are incompatible: %s and %s%s%s", model->name, other->name,
                      cpus[i]->vendor ? " of " : "", cpus[i]->vendor ? cpus[i]->vendor : "");
            return NULL;
        }
    }
    if (!cpu_choices_have(choices, model->name)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "CPU model %s is not supported by hypervisor", model->name);
        return NULL;
    }
    return cpu_new_guest(model->name, NULL, CPU_FALLBACK_FORBID);
}

static bool
ppc64_update(Cpu *guest, const Cpu *host, GError **error)
{
    /* Which CPU host-model is, the hypervisor decides; a model it names is a compatibility mode. */
    if (guest->mode == CPU_MODE_HOST_MODEL || guest->mode == CPU_MODE_HOST_PASSTHROUGH ||
        guest->mode == CPU_MODE_MAXIMUM)
        return true;
    if (guest->match == CPU_MATCH_MINIMUM)
        cpu_copy_model(guest, host);
    guest->mode = CPU_MODE_CUSTOM;
    guest->match = CPU_MATCH_EXACT;
    return true;
}

static bool
ppc64_translate(Cpu *cpu, const CpuChoices *choices, GError **error)
{
    const CpuMapPvrModel *model;

    if (!cpu->model || cpu->mode == CPU_MODE_HOST_MODEL || cpu_choices_have(choices, cpu->model))
        return true;
    model = ppc64_model(cpu->model, error);
    if (!model)
        return false;
    if (cpu->fallback == CPU_FALLBACK_FORBID || !cpu_choices_have(choices, model->name)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "CPU model %s is not supported by hypervisor", cpu->model);
        return false;
    }
    g_free(cpu->model);
    cpu->model = g_strdup(model->name);
    return true;
}

const CpuArchOps cpu_ppc64_ops = {
    .archs = ppc64_archs,
    .models = ppc64_models,
    .compare = ppc64_compare,
    .baseline = ppc64_baseline,
    .update = ppc64_update,
    .translate = ppc64_translate,
};

static bool
arm_feature_known(const char *name, GError **error)
{
    for (size_t i = 0; i < cpu_map_n_arm_features; i++)
        if (!strcmp(cpu_map_arm_features[i], name))
            return true;
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "unknown CPU feature: %s", name);
    return false;
}

static bool
arm_validate(const Cpu *cpu, GError **error)
{
    for (size_t i = 0; i < cpu_n_features(cpu); i++)
        if (!arm_feature_known(cpu_feature_at(cpu, i)->name, error))
            return false;
    return true;
}

static bool
arm_has_feature(const Cpu *cpu, const char *name, bool *ret_has, GError **error)
{
    const CpuFeature *feature;

    if (!arm_feature_known(name, error))
        return false;
    feature = cpu_feature(cpu, name);
    *ret_has = feature && feature->policy != CPU_POLICY_DISABLE && feature->policy != CPU_POLICY_FORBID;
    return true;
}

static bool
arm_compare(const Cpu *host, const Cpu *cpu, CpuRelation *ret_relation, char **ret_why, GError **error)
{
    if (!arm_validate(cpu, error))
        return false;
    *ret_relation = CPU_INCOMPATIBLE;
    if (cpu->vendor && g_strcmp0(cpu->vendor, host->vendor)) {
        *ret_why = g_strdup_printf("host CPU vendor does not match required CPU vendor %s", cpu->vendor);
        return true;
    }
    if (cpu->model && g_strcmp0(cpu->model, host->model)) {
        *ret_why = g_strdup_printf("host CPU model %s does not match required CPU model %s",
                                   host->model ? host->model : "(unknown)", cpu->model);
        return true;
    }
    for (size_t i = 0; i < cpu_n_features(cpu); i++) {
        const CpuFeature *asked = cpu_feature_at(cpu, i);
        const CpuFeature *mine = cpu_feature(host, asked->name);

        if ((asked->policy == CPU_POLICY_REQUIRE || asked->policy == CPU_POLICY_UNSET) && !mine) {
            *ret_why = g_strdup_printf("Host CPU does not provide required features: %s", asked->name);
            return true;
        }
        if (asked->policy == CPU_POLICY_FORBID && mine) {
            *ret_why = g_strdup_printf("Host CPU provides forbidden features: %s", asked->name);
            return true;
        }
    }
    *ret_relation = CPU_IDENTICAL;
    for (size_t i = 0; i < cpu_n_features(host); i++)
        if (!cpu_feature(cpu, cpu_feature_at(host, i)->name))
            *ret_relation = CPU_SUPERSET;
    return true;
}

static Cpu *
arm_baseline(Cpu *const *cpus, size_t n_cpus, const CpuChoices *choices, unsigned flags, GError **error)
{
    g_autoptr(Cpu) cpu = cpu_new_guest(cpus[0]->model, NULL, CPU_FALLBACK_ALLOW);

    for (size_t i = 0; i < n_cpus; i++)
        if (g_strcmp0(cpus[i]->model, cpu->model)) {
            error_set(error, VIR_ERR_OPERATION_FAILED, "CPUs are incompatible: models %s and %s",
                      cpu->model ? cpu->model : "(none)", cpus[i]->model ? cpus[i]->model : "(none)");
            return NULL;
        }
    for (size_t i = 0; i < cpu_n_features(cpus[0]); i++) {
        const char *name = cpu_feature_at(cpus[0], i)->name;
        bool all = true;

        for (size_t k = 0; k < n_cpus; k++) {
            bool has;

            if (!arm_has_feature(cpus[k], name, &has, error))
                return NULL;
            all &= has;
        }
        if (all)
            cpu_set_feature(cpu, name, CPU_POLICY_REQUIRE);
    }
    return g_steal_pointer(&cpu);
}

static bool
arm_update(Cpu *guest, const Cpu *host, GError **error)
{
    if (guest->mode == CPU_MODE_HOST_PASSTHROUGH || guest->mode == CPU_MODE_MAXIMUM)
        return true;
    if (guest->mode == CPU_MODE_HOST_MODEL) {
        cpu_copy_model(guest, host);
        guest->mode = CPU_MODE_CUSTOM;
        guest->match = CPU_MATCH_EXACT;
    }
    return true;
}

const CpuArchOps cpu_arm_ops = {
    .archs = arm_archs,
    .models = arm_models,
    .compare = arm_compare,
    .baseline = arm_baseline,
    .update = arm_update,
    .validate = arm_validate,
    .has_feature = arm_has_feature,
};
