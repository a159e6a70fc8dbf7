/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hypervisor_rows.c - CPUs as an emulator can give them to guests on this host */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/common/cpu_rows.h"
#include "drivers/qemu/fill/fill_cpu_start.h"
#include "drivers/qemu/process/guest.h"
#include "drivers/qemu/rows.h"
#include "util/error.h"

#include <string.h>

/* Whose CPUs are asked for: an emulator, and with which accelerator. */
typedef struct Asked {
    QemuCaps *caps;
    QemuAccel accel;
} Asked;

static void
clear_asked(Asked *asked)
{
    g_clear_pointer(&asked->caps, qemu_caps_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Asked, clear_asked)

static bool
read_asked(Asked *asked, const char *emulator, const char *arch, const char *machine, const char *virttype, GError **error)
{
    const char *wanted = arch ? arch : cpu_rows_host()->arch;
    g_autofree char *binary = emulator ? g_strdup(emulator) : qemu_probe_find(wanted);

    if (!binary) {
        error_set(error, VIR_ERR_INVALID_ARG, "unable to find any emulator to serve '%s' architecture", wanted);
        return false;
    }
    asked->caps = qemu_probe_get(guest_host.probe, binary, error);
    if (!asked->caps)
        return false;
    if (arch && strcmp(arch, asked->caps->arch)) {
        error_set(error, VIR_ERR_INVALID_ARG, "emulator '%s' is one of '%s', not of '%s'", binary, asked->caps->arch, arch);
        return false;
    }
    if (virttype && strcmp(virttype, "kvm") && strcmp(virttype, "qemu")) {
        error_set(error, VIR_ERR_INVALID_ARG, "unknown type '%s', expected kvm or qemu", virttype);
        return false;
    }
    asked->accel = virttype ? !strcmp(virttype, "kvm") ? QEMU_ACCEL_KVM : QEMU_ACCEL_TCG
                            : asked->caps->kvm ? QEMU_ACCEL_KVM : QEMU_ACCEL_TCG;
    if (asked->accel == QEMU_ACCEL_KVM && !asked->caps->kvm) {
        error_set(error, VIR_ERR_INVALID_ARG, "KVM is not supported by '%s' on this host", binary);
        return false;
    }
    if (machine && !qemu_caps_machine(asked->caps, asked->accel, machine)) {
        error_set(error, VIR_ERR_INVALID_ARG, "the machine '%s' is not supported by emulator '%s'", machine, binary);
        return false;
    }
    return true;
}

bool
hypervisor_rows_compare(Call *call, GError **error)
{
    const ConnectCompareHypervisorCpuArgs *args = call->args;
    g_auto(Asked) asked = { 0 };
    g_autofree char *arch = NULL;
    g_autofree char *why = NULL;
    g_autoptr(Cpu) cpu = cpu_rows_parse(args->xmlCPU, call->flags & VIR_CONNECT_COMPARE_CPU_VALIDATE_XML, &arch, error);
    g_autoptr(Cpu) best = NULL;
    CpuRelation relation;

    if (!cpu || !read_asked(&asked, args->emulator, args->arch, args->machine, args->virttype, error))
        return false;
    best = fill_host_model(asked.caps, asked.accel, NULL, true, error);
    return best && cpu_compare(asked.caps->arch, best, arch, cpu, &relation, &why, error) &&
           cpu_rows_relation(call->flags, relation, why, &((ConnectCompareHypervisorCpuRet *)call->ret)->result, error);
}

bool
hypervisor_rows_baseline(Call *call, GError **error)
{
    const ConnectBaselineHypervisorCpuArgs *args = call->args;
    g_auto(Asked) asked = { 0 };
    g_autofree char *arch = NULL;
    g_autoptr(GPtrArray) cpus = cpu_rows_parse_list(args->xmlCPUs, args->n_xmlCPUs, &arch, error);
    g_autoptr(Cpu) cpu = NULL;

    if (!cpus || !read_asked(&asked, args->emulator, args->arch ? args->arch : arch, args->machine, args->virttype, error))
        return false;
    cpu = fill_baseline(asked.caps, asked.accel, (Cpu *const *)cpus->pdata, cpus->len, cpu_rows_baseline_flags(call->flags),
                        error);
    if (cpu)
        ((ConnectBaselineHypervisorCpuRet *)call->ret)->cpu = xml_format_text(&cpu_xml, cpu, 0);
    return cpu != NULL;
}

/* What a guest that does not run would get if it were started now (one that runs has got it), and what an older host
 * can read. */
/* A guest that runs shows what its interfaces are plugged into, beside the name of the network that decided it. */
static void
show_networks(Domain *domain)
{
    for (size_t i = 0; i < list_len(domain->interfaces); i++) {
        Interface *n = list_at(domain->interfaces, i);
        ActualInterface *actual = n->actual;

        if (!actual)
            continue;
        n->type = actual->type;
        if (actual->dev) {
            g_free(n->dev);
            n->dev = g_steal_pointer(&actual->dev);
            n->mode = actual->mode;
        }
        if (actual->virtualport) {
            xml_free(&virtual_port_xml, n->virtualport);
            n->virtualport = g_steal_pointer(&actual->virtualport);
        }
        if (actual->vlan) {
            xml_free(&vlan_xml, n->vlan);
            n->vlan = g_steal_pointer(&actual->vlan);
        }
    }
}

bool
hypervisor_rows_prepare_xml(Vm *vm, Domain *domain, uint32_t flags, GError **error)
{
    bool inactive = (flags & VIR_DOMAIN_XML_INACTIVE) || !object_is_active(&vm->object);
    g_autoptr(QemuCaps) caps = NULL;
    CpuCheck check;
    bool ok;

    if (!inactive && !(flags & VIR_DOMAIN_XML_MIGRATABLE))
        show_networks(domain);
    if (flags & VIR_DOMAIN_XML_MIGRATABLE)
        fill_migratable(domain, guest_host.conf, environ);
    if (!(flags & VIR_DOMAIN_XML_UPDATE_CPU) || !inactive || !domain->cpu)
        return true;
    caps = qemu_probe_get(guest_host.probe, domain->emulator, error);
    if (!caps)
        return false;
    /* To show is not to refuse. */
    check = domain->cpu->check;
    domain->cpu->check = CPU_CHECK_NONE;
    ok = fill_cpu_start(domain, caps, NULL, false, error);
    domain->cpu->check = check;
    return ok;
}
