/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fill_cpu.c - the CPU of a guest: what the machine starts with, how closely it is held
 *
 * A definition keeps what it asks of the host (host-model, optional features); what that means here is settled when
 * the guest starts, see caps/qemu_cpu.h.
 */
#include "drivers/conf/cpu/cpu.h"
#include "drivers/qemu/fill/fill_private.h"

#include <string.h>

static bool
follows_host(const Cpu *cpu)
{
    return cpu->mode == CPU_MODE_HOST_MODEL || cpu->mode == CPU_MODE_HOST_PASSTHROUGH || cpu->mode == CPU_MODE_MAXIMUM;
}

/* QEMU names revisions ("power9_v2.0"); a document names generations. */
static char *
default_model(const Fill *f)
{
    const QemuMachine *machine = qemu_caps_machine(f->caps, f->accel, f->def->machine);
    const char *name = machine ? qemu_caps_model_of_type(f->caps, f->accel, machine->default_cpu) : NULL;

    if (!name || !cpu_is_known(f->def->arch))
        return NULL;
    if (g_str_has_prefix(f->def->arch, "ppc64") && g_str_has_prefix(name, "power"))
        return g_ascii_strup(name, (gssize)strcspn(name, "_+"));
    return g_strdup(name);
}

static void
fill_default(Fill *f)
{
    Domain *def = f->def;
    bool arm = g_str_equal(def->arch, "aarch64") || g_str_equal(def->arch, "armv7l");
    g_autofree char *model = NULL;

    if (def->cpu && (def->cpu->model || follows_host(def->cpu)))
        return;
    /* KVM on Arm runs the host's CPU only, which is not what machines start with. */
    model = arm && f->accel == QEMU_ACCEL_KVM ? NULL : default_model(f);
    if (!model)
        return;
    if (!def->cpu)
        def->cpu = xml_new(&cpu_xml);
    if (g_str_equal(model, "host")) {
        def->cpu->mode = g_str_has_prefix(def->arch, "s390") ? CPU_MODE_HOST_MODEL : CPU_MODE_HOST_PASSTHROUGH;
        return;
    }
    if (g_str_equal(model, "max")) {
        def->cpu->mode = CPU_MODE_MAXIMUM;
        return;
    }
    def->cpu->mode = CPU_MODE_CUSTOM;
    def->cpu->match = CPU_MATCH_EXACT;
    def->cpu->check = CPU_CHECK_NONE;
    def->cpu->fallback = CPU_FALLBACK_FORBID;
    def->cpu->model = g_steal_pointer(&model);
}

/* A vector length asks for vectors. */
static void
fill_sve(Cpu *cpu)
{
    bool lengths = false;

    for (size_t i = 0; i < list_len(cpu->features); i++) {
        const CpuFeature *feature = list_at(cpu->features, i);

        if (g_str_equal(feature->name, "sve"))
            return;
        lengths |= g_str_has_prefix(feature->name, "sve") && g_ascii_isdigit(feature->name[3]) &&
                   feature->policy != CPU_POLICY_DISABLE && feature->policy != CPU_POLICY_FORBID;
    }
    if (lengths)
        cpu_set_feature(cpu, "sve", CPU_POLICY_REQUIRE);
}

void
fill_cpu(Fill *f)
{
    Domain *def = f->def;
    Cpu *cpu;

    if (def->cpu && def->cpu->mode == CPU_MODE_UNSET && def->cpu->model)
        def->cpu->mode = CPU_MODE_CUSTOM;
    fill_default(f);
    cpu = def->cpu;
    if (!cpu)
        return;
    if (cpu->mode == CPU_MODE_CUSTOM && cpu->match == CPU_MATCH_UNSET)
        cpu->match = CPU_MATCH_EXACT;
    if (!cpu->model)
        cpu->fallback = CPU_FALLBACK_UNSET;
    else if (cpu->fallback == CPU_FALLBACK_UNSET)
        cpu->fallback = CPU_FALLBACK_ALLOW;
    if (cpu->check == CPU_CHECK_UNSET && cpu->mode != CPU_MODE_UNSET)
        cpu->check = cpu->mode == CPU_MODE_HOST_PASSTHROUGH || cpu->mode == CPU_MODE_MAXIMUM ||
                             (cpu->mode == CPU_MODE_CUSTOM && f->accel == QEMU_ACCEL_TCG)
                         ? CPU_CHECK_NONE : CPU_CHECK_PARTIAL;
    if ((cpu->mode == CPU_MODE_HOST_PASSTHROUGH || cpu->mode == CPU_MODE_MAXIMUM) &&
        cpu->migratable == YN_ONOFF_UNSET && device_is_x86(def))
        cpu->migratable = qemu_caps_flag(f->caps, "cpu.migratable") ? YN_ONOFF_ON : YN_ONOFF_OFF;
    if (g_str_equal(def->arch, "aarch64"))
        fill_sve(cpu);
}
