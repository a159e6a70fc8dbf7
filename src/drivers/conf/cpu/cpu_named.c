/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cpu_named.c - CPUs whose models and features only the hypervisor knows: s390x, RISC-V, LoongArch
 *
 * Names are taken as they are.  On s390x QEMU says what the host is, so a host's model can become a guest's.
 */
#include "drivers/conf/cpu/cpu_private.h"

#include <string.h>

static const char *const named_archs[] = { "s390", "s390x", "riscv32", "riscv64", "loongarch64", NULL };

static bool
named_compare(const Cpu *host, const Cpu *cpu, CpuRelation *ret_relation, char **ret_why, GError **error)
{
    if (cpu->model && host->model && strcmp(cpu->model, host->model)) {
        *ret_relation = CPU_INCOMPATIBLE;
        *ret_why = g_strdup_printf("only the hypervisor can compare CPU model %s with the host's %s", cpu->model,
                                   host->model);
        return true;
    }
    *ret_relation = CPU_IDENTICAL;
    return true;
}

static bool
named_update(Cpu *guest, const Cpu *host, GError **error)
{
    g_autoptr(GPtrArray) own = NULL;

    if (guest->mode != CPU_MODE_HOST_MODEL)
        return true;
    if (!host->model) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "the hypervisor does not say which CPU mode 'host-model' means");
        return false;
    }
    own = g_steal_pointer(&guest->features);
    cpu_copy_model(guest, host);
    for (guint i = 0; own && i < own->len; i++) {
        CpuFeature *feature = own->pdata[i];

        cpu_set_feature(guest, feature->name, feature->policy ? feature->policy : CPU_POLICY_REQUIRE);
        cpu_feature_free(feature);
    }
    guest->mode = CPU_MODE_CUSTOM;
    guest->match = CPU_MATCH_EXACT;
    return true;
}

static Cpu *
named_from_qemu(Json *model, const CpuChoices *choices, GError **error)
{
    const char *name = json_get_string(model, "name", error);
    Json *props = json_opt_object(model, "props");
    Cpu *cpu;

    if (!name)
        return NULL;
    cpu = cpu_new_guest(name, NULL, CPU_FALLBACK_FORBID);
    if (!props)
        return cpu;
    json_object_object_foreach(props, feature, value) {
        if (json_object_is_type(value, json_type_boolean))
            cpu_set_feature(cpu, feature,
                            json_object_get_boolean(value) ? CPU_POLICY_REQUIRE : CPU_POLICY_DISABLE);
    }
    return cpu;
}

const CpuArchOps cpu_named_ops = {
    .archs = named_archs,
    .compare = named_compare,
    .update = named_update,
    .from_qemu = named_from_qemu,
};
