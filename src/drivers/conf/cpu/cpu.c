/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cpu.c - CPU models: which architecture's rules apply, and what all of them share */
#include "drivers/conf/cpu/cpu_private.h"

#include <string.h>
#include <sys/utsname.h>

static const CpuArchOps *const all_ops[] = { &cpu_x86_ops, &cpu_ppc64_ops, &cpu_arm_ops, &cpu_named_ops };

static const CpuArchOps *
ops_of(const char *arch, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(all_ops); i++)
        if (g_strv_contains(all_ops[i]->archs, arch))
            return all_ops[i];
    error_set(error, VIR_ERR_NO_SUPPORT, "no CPU models are known of architecture '%s'", arch);
    return NULL;
}

/* Whether an operation is there; an error that names it if not. */
static bool
can(bool there, const char *arch, const char *what, GError **error)
{
    if (!there)
        error_set(error, VIR_ERR_NO_SUPPORT, "cannot %s CPUs of architecture '%s'", what, arch);
    return there;
}

bool
cpu_choices_have(const CpuChoices *choices, const char *name)
{
    if (!choices)
        return true;
    for (size_t i = 0; i < choices->n; i++)
        if (!strcmp(choices->items[i].name, name))
            return true;
    return false;
}

size_t
cpu_n_features(const Cpu *cpu)
{
    return cpu->features ? cpu->features->len : 0;
}

const CpuFeature *
cpu_feature_at(const Cpu *cpu, size_t i)
{
    return cpu->features->pdata[i];
}

CpuFeature *
cpu_feature(const Cpu *cpu, const char *name)
{
    for (size_t i = 0; i < cpu_n_features(cpu); i++)
        if (!strcmp(cpu_feature_at(cpu, i)->name, name))
            return cpu->features->pdata[i];
    return NULL;
}

void
cpu_set_feature(Cpu *cpu, const char *name, CpuPolicy policy)
{
    CpuFeature *feature = cpu_feature(cpu, name);

    if (!feature) {
        feature = xml_new(&cpu_feature_xml);
        feature->name = g_strdup(name);
        if (!cpu->features)
            cpu->features = g_ptr_array_new();
        g_ptr_array_add(cpu->features, feature);
    }
    feature->policy = policy;
}

void
cpu_clear_features(Cpu *cpu)
{
    while (cpu_n_features(cpu))
        cpu_feature_free(g_ptr_array_remove_index(cpu->features, cpu->features->len - 1));
}

Cpu *
cpu_new_guest(const char *model, const char *vendor, CpuFallback fallback)
{
    Cpu *cpu = xml_new(&cpu_xml);

    cpu->mode = CPU_MODE_CUSTOM;
    cpu->match = CPU_MATCH_EXACT;
    cpu->model = g_strdup(model);
    cpu->vendor = g_strdup(vendor);
    cpu->fallback = fallback;
    return cpu;
}

/* Become the model and features of @host; a vendor only where the host's model is asked for. */
void
cpu_copy_model(Cpu *guest, const Cpu *host)
{
    cpu_clear_features(guest);
    g_free(guest->model);
    guest->model = g_strdup(host->model);
    if (guest->mode == CPU_MODE_HOST_MODEL) {
        g_free(guest->vendor);
        guest->vendor = g_strdup(host->vendor);
    }
    if (guest->fallback == CPU_FALLBACK_UNSET)
        guest->fallback = CPU_FALLBACK_ALLOW;
    for (size_t i = 0; i < cpu_n_features(host); i++) {
        const CpuFeature *feature = cpu_feature_at(host, i);

        cpu_set_feature(guest, feature->name, feature->policy ? feature->policy : CPU_POLICY_REQUIRE);
    }
}

Cpu *
cpu_from_host(const HostCpu *host)
{
    Cpu *cpu = xml_new(&cpu_xml);

    cpu->model = g_strdup(host->model);
    cpu->vendor = g_strdup(host->vendor);
    if (host->topology)
        cpu->topology = xml_copy(&cpu_topology_xml, host->topology);
    for (guint i = 0; host->features && i < host->features->len; i++)
        cpu_set_feature(cpu, ((HostCpuFeature *)host->features->pdata[i])->name, CPU_POLICY_REQUIRE);
    return cpu;
}

HostCpu *
cpu_host(void)
{
    g_autoptr(CpuData) data = cpu_host_data();
    struct utsname host;
    const char *arch;
    HostCpu *cpu;

    uname(&host);
    arch = !strcmp(host.machine, "i386") || !strcmp(host.machine, "i586") ? "i686" : host.machine;
    /* A CPU older than any model is an odd one, not an error. */
    cpu = data ? cpu_decode_host(arch, data, NULL) : NULL;
    if (!cpu) {
        cpu = xml_new(&host_cpu_xml);
        cpu->arch = g_strdup(arch);
    }
    return cpu;
}

Cpu *
cpu_parse(const char *text, unsigned flags, char **ret_arch, GError **error)
{
    g_autoptr(xmlDoc) doc = xml_read_full(text, "(CPU_definition)", VIR_FROM_CPU, error);
    xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    Cpu *cpu;

    *ret_arch = NULL;
    if (!root)
        return NULL;
    for (xmlNode *child = root->children; child; child = child->next) {
        g_autoptr(HostCpu) host = NULL;

        if (child->type != XML_ELEMENT_NODE || strcmp((const char *)child->name, "arch"))
            continue;
        host = xml_parse(&host_cpu_xml, root, flags, error);
        if (!host)
            return NULL;
        *ret_arch = g_strdup(host->arch);
        return cpu_from_host(host);
    }
    cpu = xml_parse(&cpu_xml, root, flags, error);
    if (cpu && cpu->model && cpu->fallback == CPU_FALLBACK_UNSET)
        cpu->fallback = CPU_FALLBACK_ALLOW;
    return cpu;
}

char **
cpu_models(const char *arch, GError **error)
{
    const CpuArchOps *ops = ops_of(arch, error);

    return !ops ? NULL : ops->models ? ops->models() : g_new0(char *, 1);
}

bool
cpu_is_known(const char *arch)
{
    return ops_of(arch, NULL) != NULL;
}

bool
cpu_compare(const char *arch, const Cpu *host, const char *cpu_arch, const Cpu *cpu, CpuRelation *ret_relation,
            char **ret_why, GError **error)
{
    const CpuArchOps *ops = ops_of(arch, error);

    *ret_why = NULL;
    if (!ops || !can(ops->compare, arch, "compare", error))
        return false;
    if (cpu_arch && strcmp(cpu_arch, arch)) {
        *ret_relation = CPU_INCOMPATIBLE;
        *ret_why = g_strdup_printf("CPU arch %s does not match host arch %s", cpu_arch, arch);
        return true;
    }
    return ops->compare(host, cpu, ret_relation, ret_why, error);
}

Cpu *
cpu_baseline(const char *arch, Cpu *const *cpus, size_t n_cpus, const CpuChoices *choices, unsigned flags,
             GError **error)
{
    const CpuArchOps *ops = ops_of(arch, error);
    g_autoptr(Cpu) cpu = NULL;

    if (!ops || !can(ops->baseline, arch, "compute a baseline of", error))
        return NULL;
    if (!n_cpus) {
        error_set(error, VIR_ERR_INVALID_ARG, "no CPUs given");
        return NULL;
    }
    cpu = ops->baseline(cpus, n_cpus, choices, flags, error);
    if (!cpu || ((flags & CPU_BASELINE_EXPAND) && ops->expand && !ops->expand(cpu, error)))
        return NULL;
    return g_steal_pointer(&cpu);
}

bool
cpu_update(const char *arch, Cpu *guest, const Cpu *host, GError **error)
{
    const CpuArchOps *ops = ops_of(arch, error);

    return ops && can(ops->update, arch, "update", error) && ops->update(guest, host, error);
}

bool
cpu_translate(const char *arch, Cpu *cpu, const CpuChoices *choices, GError **error)
{
    const CpuArchOps *ops = ops_of(arch, error);

    if (!ops || !ops->translate)
        return ops != NULL;
    return ops->translate(cpu, choices, error);
}

bool
cpu_make_guest(const char *arch, Cpu *guest, const Cpu *host, const CpuChoices *choices, GError **error)
{
    g_autofree char *why = NULL;
    CpuRelation relation;

    if (!cpu_compare(arch, host, NULL, guest, &relation, &why, error))
        return false;
    if (relation == CPU_INCOMPATIBLE) {
        error_set(error, VIR_ERR_CPU_INCOMPATIBLE, "guest CPU is not compatible with host CPU: %s", why);
        return false;
    }
    return cpu_update(arch, guest, host, error) && cpu_translate(arch, guest, choices, error);
}

bool
cpu_expand(const char *arch, Cpu *cpu, GError **error)
{
    const CpuArchOps *ops = ops_of(arch, error);

    return ops && (!ops->expand || ops->expand(cpu, error));
}

bool
cpu_validate(const char *arch, const Cpu *cpu, GError **error)
{
    const CpuArchOps *ops = ops_of(arch, error);

    return ops && (!ops->validate || ops->validate(cpu, error));
}

bool
cpu_has_feature(const char *arch, const Cpu *cpu, const char *name, bool *ret_has, GError **error)
{
    const CpuArchOps *ops = ops_of(arch, error);

    return ops && can(ops->has_feature, arch, "look for features of", error) &&
           ops->has_feature(cpu, name, ret_has, error);
}

void
cpu_make_migratable(const char *arch, Cpu *cpu)
{
    const CpuArchOps *ops = ops_of(arch, NULL);

    if (ops && ops->make_migratable)
        ops->make_migratable(cpu);
}

Cpu *
cpu_from_qemu(const char *arch, Json *model, const CpuChoices *choices, GError **error)
{
    const CpuArchOps *ops = ops_of(arch, error);

    return ops && can(ops->from_qemu, arch, "read QEMU's description of", error)
               ? ops->from_qemu(model, choices, error) : NULL;
}

const char *
cpu_feature_from_qemu(const char *arch, const char *name)
{
    int bit = ops_of(arch, NULL) == &cpu_x86_ops ? cpu_x86_feature_of_qemu(name) : -1;

    return bit < 0 ? name : cpu_map_x86_features[bit].name;
}

void
cpu_disable_removed(const char *arch, Cpu *cpu)
{
    if (ops_of(arch, NULL) == &cpu_x86_ops)
        cpu_x86_disable_removed(cpu);
}

bool
cpu_model_is_frozen(const char *arch, const char *name)
{
    const CpuMapX86Model *model = ops_of(arch, NULL) == &cpu_x86_ops && name ? cpu_x86_model(name) : NULL;

    return model && model->frozen;
}
