/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check_os.c - firmware, features, clock and CPU of a guest against its machine */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/check/check_private.h"
#include "drivers/qemu/fill/fill.h"
#include "util/error.h"

enum { MAX_TIMER_WORDS = 4, X86_VCPUS_WITHOUT_EIM = 255, QEMU_PS2_SWITCH = 7000000 };

static bool
rule_type(const Check *c, GError **error)
{
    return c->def->type != VIRT_TYPE_HVF || qemu_caps_flag(c->caps, "hvf") ||
           check_fail(error, "Emulator '%s' does not support virt type 'hvf'", c->def->emulator);
}

static bool
rule_environment(const Check *c, GError **error)
{
    for (size_t i = 0; i < list_len(c->def->qemu_envs); i++) {
        const QemuEnv *env = list_at(c->def->qemu_envs, i);

        if (!g_regex_match_simple("^[A-Za-z_][A-Za-z0-9_]*$", env->name, 0, 0))
            return check_fail(error, "Invalid environment name '%s', it must begin with a letter or underscore and contain only "
                              "alphanumerics and underscores", env->name);
    }
    return true;
}

/* ---- firmware ------------------------------------------------------------ */

/* Boards that know no ACPI at all, and those of 64-bit ARM, where only UEFI hands the tables to the guest. */
static bool
rule_acpi(const Check *c, GError **error)
{
    const Domain *def = c->def;
    const QemuMachine *machine = qemu_caps_machine(c->caps, fill_accel(def), def->machine);

    if (!def->features || !def->features->acpi)
        return !c->x86 || (def->firmware != OS_FIRMWARE_EFI && def->loader_type != LOADER_TYPE_PFLASH) ||
               check_fail(error, "UEFI requires ACPI on this architecture");
    /* Definitions of old may have <acpi/> on s390, where it never did anything. */
    if (machine && machine->acpi == 0 && (!c->s390 || c->options->fresh))
        return check_fail(error, "machine type '%s' does not support ACPI", def->machine);
    if (!g_strcmp0(def->arch, "aarch64") && def->firmware != OS_FIRMWARE_EFI && def->loader_type != LOADER_TYPE_PFLASH)
        return check_fail(error, "ACPI requires UEFI on this architecture");
    return true;
}

static bool
rule_secure_loader(const Check *c, GError **error)
{
    const Domain *def = c->def;

    if (def->loader_secure != YESNO_YES)
        return true;
    if (g_strcmp0(def->arch, "x86_64") != 0)
        return check_fail(error, "Secure boot is supported for x86_64 architecture only");
    if (!c->q35)
        return check_fail(error, "Secure boot is supported with q35 machine types only");
    /* While a definition waits for its firmware, SMM is not chosen yet either. */
    if (def->loader && (!def->features || def->features->smm != ONOFF_ON))
        return check_fail(error, "Secure boot requires SMM feature enabled");
    return true;
}

static bool
rule_bios_serial(const Check *c, GError **error)
{
    const Domain *def = c->def;

    if (def->bios_useserial != YESNO_YES)
        return true;
    if (!c->x86)
        return check_fail(error, "firmware output on a serial port (<bios useserial='yes'>) is only there on x86, not on '%s'",
                          def->arch);
    return list_len(def->serials) || check_fail(error, "need at least one serial port to use SGA");
}

static bool
rule_sysinfo(const Check *c, GError **error)
{
    const Domain *def = c->def;
    bool smbios = false;

    for (size_t i = 0; i < list_len(def->sysinfos); i++)
        smbios |= ((Sysinfo *)list_at(def->sysinfos, i))->type == SYSINFO_TYPE_SMBIOS;
    if (def->smbios_mode == SMBIOS_MODE_SYSINFO && !smbios)
        return check_fail(error, "Domain '%s' sysinfo are not available: add <sysinfo type='smbios'>", def->name);
    return true;
}

static bool
rule_launch_security(const Check *c, GError **error)
{
    LaunchType type = c->def->launch_security ? c->def->launch_security->type : LAUNCH_TYPE_UNSET;
    bool fits = type == LAUNCH_TYPE_S390_PV ? c->s390 : type == LAUNCH_TYPE_UNSET || !g_strcmp0(c->def->arch, "x86_64");

    return fits || check_fail(error, "launch security type '%s' is not supported for architecture '%s'",
                              launch_type_words[type], c->def->arch);
}

/* Sleep is a matter of the chipset of PCs. */
static bool
rule_sleep(const Check *c, GError **error)
{
    const Domain *def = c->def;

    return (def->suspend_to_mem == YESNO_UNSET && def->suspend_to_disk == YESNO_UNSET) || c->q35 || c->i440fx ||
           check_fail(error, "setting ACPI S3/S4 not supported");
}

/* ---- features ------------------------------------------------------------ */

static bool
rule_feature_machine(const Check *c, GError **error)
{
    const Features *f = c->def->features;
    bool pc = c->q35 || c->i440fx, arm_virt = c->arm && c->virt;
    const struct { const char *name; bool there, fits; } features[] = {
        { "gic", f && f->gic, arm_virt },
        { "ras", f && f->ras, arm_virt },
        { "aia", f && f->aia, c->virt && g_str_has_prefix(c->def->arch, "riscv") },
        { "hpt", f && (f->hpt_resizing || f->hpt_max_page_size), c->pseries },
        { "htm", f && f->htm, c->pseries },
        { "nested-hv", f && f->nested_hv, c->pseries },
        { "ccf-assist", f && f->ccf_assist, c->pseries },
        { "cfpc", f && f->cfpc, c->pseries },
        { "sbbc", f && f->sbbc, c->pseries },
        { "ibs", f && f->ibs, c->pseries },
        { "smm", f && (f->smm || f->has_smm_tseg), pc },
        { "vmport", f && f->vmport, pc },
        { "ps2", f && f->ps2, pc },
        { "ioapic", f && f->ioapic, c->x86 },
        { "msrs", f && f->msrs_unknown, c->x86 },
        { "hyperv", f && f->hyperv, c->x86 || c->arm },
        { "apic", f && f->apic && f->apic_eoi, c->x86 },
        { "pvspinlock", f && f->pvspinlock, c->x86 },
        { "vmcoreinfo", f && f->vmcoreinfo == ONOFF_ON, c->x86 || arm_virt },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(features); i++)
        if (features[i].there && !features[i].fits)
            return check_fail(error, "The '%s' feature is not supported for architecture '%s' or machine type '%s'",
                              features[i].name, c->def->arch, c->def->machine);
    return true;
}

static bool
rule_smm_tseg(const Check *c, GError **error)
{
    const Features *f = c->def->features;

    if (!f || !f->has_smm_tseg)
        return true;
    if (!c->q35)
        return check_fail(error, "SMM TSEG is only supported with q35 machine type, not '%s'", c->def->machine);
    return f->smm == ONOFF_ON || check_fail(error, "a size of TSEG needs SMM: set <smm state='on'>");
}

static bool
rule_ps2(const Check *c, GError **error)
{
    const Features *f = c->def->features;

    if (!f || f->ps2 == ONOFF_UNSET)
        return true;
    if (c->caps->version < QEMU_PS2_SWITCH)
        return check_fail(error, "ps2 feature state cannot be controlled with this QEMU binary");
    if (f->ps2 == ONOFF_OFF && f->vmport == ONOFF_ON)
        return check_fail(error, "vmport feature requires the ps2 feature not to be disabled");
    for (size_t i = 0; f->ps2 == ONOFF_OFF && i < list_len(c->def->inputs); i++)
        if (((Input *)list_at(c->def->inputs, i))->bus == INPUT_BUS_PS2)
            return check_fail(error, "ps2 bus inputs require the ps2 feature not to be disabled");
    return true;
}

/* What QEMU's own documentation of these enlightenments says they build on. */
static bool
rule_hyperv(const Check *c, GError **error)
{
    const Features *f = c->def->features;

    if (!f || !f->hyperv || f->hyperv_mode == HYPERV_MODE_PASSTHROUGH)
        return true;
    const struct { const char *name, *base; bool on, has_base; } needs[] = {
        { "synic", "vpindex", f->hyperv_synic == ONOFF_ON, f->hyperv_vpindex == ONOFF_ON },
        { "stimer", "synic", f->hyperv_stimer == ONOFF_ON, f->hyperv_synic == ONOFF_ON },
        { "tlbflush", "vpindex", f->hyperv_tlbflush == ONOFF_ON, f->hyperv_vpindex == ONOFF_ON },
        { "ipi", "vpindex", f->hyperv_ipi == ONOFF_ON, f->hyperv_vpindex == ONOFF_ON },
        { "evmcs", "vapic", f->hyperv_evmcs == ONOFF_ON, f->hyperv_vapic == ONOFF_ON },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(needs); i++)
        if (needs[i].on && !needs[i].has_base)
            return check_fail(error, "'%s' hyperv feature requires '%s': switch that on too", needs[i].name, needs[i].base);
    return true;
}

static bool
rule_tcg(const Check *c, GError **error)
{
    const Features *f = c->def->features;

    return !f || !f->tcg || c->def->type == VIRT_TYPE_QEMU ||
           check_fail(error, "TCG features are incompatible with domain type '%s'", virt_type_words[c->def->type]);
}

/* ---- clock --------------------------------------------------------------- */

static bool
timer_fits(const Check *c, TimerName name)
{
    switch (name) {
    case TIMER_NAME_PIT:
    case TIMER_NAME_HPET:
    case TIMER_NAME_TSC:
    case TIMER_NAME_KVMCLOCK:
        return c->x86;
    case TIMER_NAME_HYPERVCLOCK:
        return c->x86 || c->arm;
    case TIMER_NAME_ARMVTIMER:
        return c->arm && c->virt && c->def->type == VIRT_TYPE_KVM;
    case TIMER_NAME_PLATFORM:
        return false;
    default:
        return true;
    }
}

static bool
rule_timers(const Check *c, GError **error)
{
    for (size_t i = 0; i < list_len(c->def->timers); i++) {
        const Timer *timer = list_at(c->def->timers, i);

        if (!timer_fits(c, timer->name))
            return check_fail(error, "Configuring the '%s' timer is not supported for virtType=%s arch=%s machine=%s guests",
                              timer_name_words[timer->name], virt_type_words[c->def->type], c->def->arch, c->def->machine);
    }
    return true;
}

/* How QEMU can make up for ticks that a guest missed, by timer. */
static bool
rule_tickpolicy(const Check *c, GError **error)
{
    static const struct { TimerName name; TimerPolicy can[MAX_TIMER_WORDS]; } known[] = {
        { TIMER_NAME_RTC, { TIMER_POLICY_DELAY, TIMER_POLICY_CATCHUP } },
        { TIMER_NAME_PIT, { TIMER_POLICY_DELAY, TIMER_POLICY_CATCHUP, TIMER_POLICY_DISCARD } },
        { TIMER_NAME_ARMVTIMER, { TIMER_POLICY_DELAY, TIMER_POLICY_DISCARD } },
    };

    for (size_t i = 0; i < list_len(c->def->timers); i++) {
        const Timer *timer = list_at(c->def->timers, i);

        for (size_t k = 0; timer->tickpolicy && k < G_N_ELEMENTS(known); k++) {
            bool fits = known[k].name != timer->name;

            for (size_t j = 0; j < MAX_TIMER_WORDS; j++)
                fits |= known[k].can[j] == timer->tickpolicy;
            if (!fits)
                return check_fail(error, "unsupported %s timer tickpolicy '%s'", timer_name_words[timer->name],
                                  timer_policy_words[timer->tickpolicy]);
        }
    }
    return true;
}

static bool
rule_clock(const Check *c, GError **error)
{
    if (c->def->clock_offset == CLOCK_OFFSET_TIMEZONE)
        return check_fail(error, "QEMU cannot keep the clock of a guest in a time zone: use offset 'utc', 'localtime', "
                          "'variable' or 'absolute'");
    return true;
}

/* ---- CPUs ---------------------------------------------------------------- */

static bool
rule_topology(const Check *c, GError **error)
{
    const CpuTopology *t = c->def->cpu ? c->def->cpu->topology : NULL;
    uint64_t total;

    if (!t)
        return true;
    total = (uint64_t)t->sockets * t->dies * t->clusters * t->cores * t->threads;
    return total == c->def->max_vcpus || check_fail(error, "CPU topology doesn't match maximum vcpu count");
}

/* The first vCPU is where a guest starts. */
static bool
rule_first_vcpu(const Check *c, GError **error)
{
    for (size_t i = 0; i < list_len(c->def->vcpus); i++) {
        const VcpuState *state = list_at(c->def->vcpus, i);

        if (!state->id && state->enabled == YESNO_NO)
            return check_fail(error, "vcpu 0 can't be offline");
        if (!state->id && state->hotpluggable == YESNO_YES)
            return check_fail(error, "vcpu0 can't be hotpluggable");
    }
    return true;
}

/* A pseries guest gets and loses whole cores. */
static bool
rule_granularity(const Check *c, GError **error)
{
    const CpuTopology *t = c->def->cpu ? c->def->cpu->topology : NULL;
    unsigned current = c->def->has_current_vcpus ? c->def->current_vcpus : c->def->max_vcpus;

    if (!c->pseries || !t || t->threads < 2 || (current % t->threads == 0 && c->def->max_vcpus % t->threads == 0))
        return true;
    return check_fail(error, "vCPUs count must be a multiple of the vCPU hotplug granularity (%u)", t->threads);
}

static bool
rule_many_vcpus(const Check *c, GError **error)
{
    if (!c->x86 || c->def->type != VIRT_TYPE_KVM || c->def->max_vcpus <= X86_VCPUS_WITHOUT_EIM)
        return true;
    if (!c->q35)
        return check_fail(error, "more than %d vCPUs are only supported on q35-based machine types", X86_VCPUS_WITHOUT_EIM);
    if (!c->def->iommu || c->def->iommu->eim == ONOFF_OFF)
        return check_fail(error, "more than %d vCPUs require extended interrupt mode enabled on the iommu device",
                          X86_VCPUS_WITHOUT_EIM);
    return true;
}

/* Vectors of SVE have lengths only where there is SVE. */
static bool
rule_sve(const Check *c, GError **error)
{
    bool off = false, length = false;
    const GPtrArray *features = c->arm && c->def->cpu ? c->def->cpu->features : NULL;

    for (size_t i = 0; i < list_len(features); i++) {
        const CpuFeature *feature = list_at(features, i);
        bool wanted = feature->policy != CPU_POLICY_DISABLE && feature->policy != CPU_POLICY_FORBID;

        if (g_str_equal(feature->name, "sve"))
            off = !wanted;
        else if (g_str_has_prefix(feature->name, "sve") && g_ascii_isdigit(feature->name[3]))
            length |= wanted;
    }
    return !off || !length || check_fail(error, "SVE disabled, but SVE vector lengths provided");
}

static bool
rule_cpu_mode(const Check *c, GError **error)
{
    const Cpu *cpu = c->def->cpu;

    if (cpu && cpu->migratable != YN_ONOFF_UNSET && cpu->mode != CPU_MODE_HOST_PASSTHROUGH && cpu->mode != CPU_MODE_MAXIMUM)
        return check_fail(error, "Attribute migratable is only allowed for 'host-passthrough' / 'maximum' CPU mode");
    return true;
}

const CheckRule check_os_rules[] = {
    rule_type, rule_environment, rule_acpi, rule_secure_loader, rule_bios_serial, rule_sysinfo, rule_launch_security,
    rule_sleep, rule_feature_machine, rule_smm_tseg, rule_ps2, rule_hyperv, rule_tcg, rule_timers, rule_tickpolicy, rule_clock,
    rule_topology, rule_first_vcpu, rule_granularity, rule_many_vcpus, rule_sve, rule_cpu_mode, NULL,
};
