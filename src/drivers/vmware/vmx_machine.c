/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vmx_machine.c - names, memory, processors and firmware of a VMware guest */
#define ERROR_FROM VIR_FROM_VMWARE
#include "drivers/vmware/vmx_private.h"

#include <string.h>

#include "util/bitmap.h"
#include "util/error.h"
#include "util/text.h"
#include "util/uuid.h"

enum { CONFIG_VERSION = 8, HARDWARE_OLDEST = 4, DEFAULT_MEMORY = 32, MAX_CPUS = 65535 };

#define MAX_MEMORY (INT64_C(1) << 43)     /* MiB: the bytes still fit into 64 bits */

/* Shares of one processor that "low" and the others stand for. */
static const struct {
    const char *word;
    unsigned per_cpu;
} shares[] = { { "low", 500 }, { "normal", 1000 }, { "high", 2000 } };

/* ---- reading -------------------------------------------------------------- */

static bool
in_range(const VmxNumber *number, const char *key, int64_t min, int64_t max, GError **error)
{
    if (number->given && number->value >= min && number->value <= max)
        return true;
    error_set(error, VIR_ERR_INTERNAL_ERROR,
              "'%s' of the VMX file is %s, expected a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, key,
              number->given ? "out of range" : "missing", min, max);
    return false;
}

static bool
read_memory(const VmxMachine *machine, Domain *domain, GError **error)
{
    if (!in_range(&machine->memory, "memsize", 1, MAX_MEMORY, error) ||
        (machine->memory_max.given && !in_range(&machine->memory_max, "sched.mem.max", -1, MAX_MEMORY, error)) ||
        (machine->memory_min.given && !in_range(&machine->memory_min, "sched.mem.minsize", 0, MAX_MEMORY, error)))
        return false;
    domain->memory = domain->current_memory = (uint64_t)machine->memory.value * 1024;
    domain->has_current_memory = true;
    if (machine->memory_max.given && machine->memory_max.value > 0 && machine->memory_max.value < machine->memory.value)
        domain->current_memory = (uint64_t)machine->memory_max.value * 1024;
    if (machine->memory_min.given && machine->memory_min.value > 0) {
        domain->has_min_guarantee = true;
        domain->min_guarantee = (uint64_t)machine->memory_min.value * 1024;
    }
    return true;
}

static bool
check_affinity(const Bitmap *cpus, unsigned n, GError **error)
{
    if (bitmap_count(cpus) >= n)
        return true;
    error_set(error, VIR_ERR_INTERNAL_ERROR,
              "the guest may run on %zu CPUs of the host ('sched.cpu.affinity', cpuset) but has %u; VMware wants at "
              "least as many", bitmap_count(cpus), n);
    return false;
}

static bool
read_shares(const char *text, Domain *domain, GError **error)
{
    domain->has_cpu_shares = true;
    for (size_t i = 0; i < G_N_ELEMENTS(shares); i++)
        if (g_ascii_strcasecmp(shares[i].word, text) == 0) {
            domain->cpu_shares = (uint64_t)domain->max_vcpus * shares[i].per_cpu;
            return true;
        }
    if (text_parse_uint64(text, 10, &domain->cpu_shares))
        return true;
    error_set(error, VIR_ERR_INTERNAL_ERROR,
              "'sched.cpu.shares' of the VMX file is '%.32s', expected a number, low, normal or high", text);
    return false;
}

static bool
read_cpus(const VmxMachine *machine, Domain *domain, GError **error)
{
    int64_t cores = machine->cores.given ? machine->cores.value : 1;

    if (!in_range(&machine->cpus, "numvcpus", 1, MAX_CPUS, error))
        return false;
    domain->max_vcpus = (unsigned)machine->cpus.value;
    if (cores < 1 || domain->max_vcpus % cores) {
        error_set(error, VIR_ERR_INTERNAL_ERROR,
                  "'numvcpus' of the VMX file, %u, is no multiple of 'cpuid.coresPerSocket', %" G_GINT64_FORMAT,
                  domain->max_vcpus, cores);
        return false;
    }
    if (cores > 1) {
        CpuTopology *topology = xml_new(&cpu_topology_xml);

        topology->sockets = domain->max_vcpus / (unsigned)cores;
        topology->cores = (unsigned)cores;
        topology->dies = topology->clusters = topology->threads = 1;
        domain->cpu = xml_new(&cpu_xml);
        domain->cpu->topology = topology;
    }
    if (machine->affinity && g_ascii_strcasecmp(machine->affinity, "all") != 0) {
        domain->cpuset = bitmap_parse(machine->affinity);
        if (!domain->cpuset) {
            error_set(error, VIR_ERR_INTERNAL_ERROR,
                      "'sched.cpu.affinity' of the VMX file is '%.64s', expected 'all' or numbers of CPUs with "
                      "commas between them", machine->affinity);
            return false;
        }
        if (!check_affinity(domain->cpuset, domain->max_vcpus, error))
            return false;
    }
    return !machine->shares || read_shares(machine->shares, domain, error);
}

static void
read_firmware(const VmxMachine *machine, Domain *domain)
{
    domain->os_type = g_strdup("hvm");
    domain->arch = g_strdup(machine->guest_os && g_str_has_suffix(machine->guest_os, "-64") ? "x86_64" : "i686");
    if (machine->smbios_host == VMX_YES)
        domain->smbios_mode = SMBIOS_MODE_HOST;
    if (machine->firmware != VMX_FIRMWARE_EFI)
        return;
    domain->firmware = OS_FIRMWARE_EFI;
    if (machine->secure_boot == VMX_YES) {
        FirmwareFeature *feature = xml_new(&firmware_feature_xml);

        feature->enabled = YESNO_YES;
        feature->name = FIRMWARE_FEATURE_NAME_SECURE_BOOT;
        vmx_append(&domain->firmware_features, feature);
    }
}

static void
read_genid(const VmxMachine *machine, Domain *domain)
{
    const uint64_t halves[] = {
        GUINT64_TO_BE((uint64_t)machine->genid_high.value), GUINT64_TO_BE((uint64_t)machine->genid_low.value),
    };

    if (!machine->genid_high.given || !machine->genid_low.given)
        return;
    domain->genid = true;
    memcpy(domain->genid_uuid, halves, sizeof(halves));
}

bool
vmx_machine_read(const VmxFile *file, const VmxContext *context G_GNUC_UNUSED, Domain *domain, GError **error)
{
    g_autoptr(VmxMachine) machine = vmx_record_read(&vmx_machine, file, "", error);

    if (!machine || !in_range(&machine->config, "config.version", CONFIG_VERSION, CONFIG_VERSION, error) ||
        !in_range(&machine->hardware, "virtualHW.version", HARDWARE_OLDEST, INT_MAX, error))
        return false;
    if (!machine->name) {
        error_set(error, VIR_ERR_INTERNAL_ERROR,
                  "'displayName' of the VMX file is missing: it is the name of the domain");
        return false;
    }
    /* What VMware takes where the file says nothing. */
    if (!machine->memory.given)
        machine->memory = (VmxNumber) { true, DEFAULT_MEMORY };
    if (!machine->cpus.given)
        machine->cpus = (VmxNumber) { true, 1 };
    domain->name = g_strdup(machine->name);
    domain->description = g_strdup(machine->annotation);
    if (machine->uuid)
        uuid_parse(machine->uuid, domain->uuid);
    domain->clock_offset = CLOCK_OFFSET_UTC;
    domain->on_poweroff = domain->on_crash = LIFECYCLE_ACTION_DESTROY;
    domain->on_reboot = LIFECYCLE_ACTION_RESTART;
    read_genid(machine, domain);
    read_firmware(machine, domain);
    return read_memory(machine, domain, error) && read_cpus(machine, domain, error);
}

/* ---- writing -------------------------------------------------------------- */

static VmxNumber
mebibytes(uint64_t kib)
{
    return (VmxNumber) { true, (int64_t)((kib + 1023) / 1024) };
}

static bool
write_memory(const Domain *domain, VmxMachine *machine, GError **error)
{
    if (domain->memory % 4096) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "domain '%s': memory of %" G_GUINT64_FORMAT " KiB is no multiple of 4096 KiB, as VMware wants it",
                  domain->name, domain->memory);
        return false;
    }
    machine->memory = mebibytes(domain->memory);
    if (domain->has_current_memory && domain->current_memory < domain->memory)
        machine->memory_max = mebibytes(domain->current_memory);
    if (domain->has_min_guarantee && domain->min_guarantee)
        machine->memory_min = mebibytes(domain->min_guarantee);
    return true;
}

static char *
format_shares(const Domain *domain)
{
    for (size_t i = 0; i < G_N_ELEMENTS(shares); i++)
        if (domain->cpu_shares == (uint64_t)domain->max_vcpus * shares[i].per_cpu)
            return g_strdup(shares[i].word);
    return g_strdup_printf("%" G_GUINT64_FORMAT, domain->cpu_shares);
}

static bool
write_cpus(const Domain *domain, VmxMachine *machine, GError **error)
{
    const CpuTopology *topology = domain->cpu ? domain->cpu->topology : NULL;

    machine->cpus = (VmxNumber) { true, domain->max_vcpus };
    if (topology && (topology->threads > 1 || topology->dies > 1 || topology->clusters > 1)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "domain '%s': VMware guests have sockets and cores; threads, dies and clusters must be 1",
                  domain->name);
        return false;
    }
    if (topology && topology->cores > 1)
        machine->cores = (VmxNumber) { true, topology->cores };
    if (domain->cpuset) {
        GString *list = g_string_new(NULL);

        for (int cpu = bitmap_next(domain->cpuset, 0); cpu >= 0; cpu = bitmap_next(domain->cpuset, cpu + 1))
            g_string_append_printf(list, "%s%d", list->len ? "," : "", cpu);
        machine->affinity = g_string_free(list, FALSE);
        if (!check_affinity(domain->cpuset, domain->max_vcpus, error))
            return false;
    }
    if (domain->has_cpu_shares)
        machine->shares = format_shares(domain);
    return true;
}

static bool
write_firmware(const Domain *domain, VmxMachine *machine, GError **error)
{
    bool wide = !g_strcmp0(domain->arch, "x86_64");

    if (domain->type != VIRT_TYPE_VMWARE || g_strcmp0(domain->os_type, "hvm") != 0 ||
        (domain->arch && !wide && strcmp(domain->arch, "i686") != 0)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "domain '%s' is no guest of VMware: expected type 'vmware', <os> type 'hvm' and arch 'i686' or "
                  "'x86_64'", domain->name);
        return false;
    }
    machine->guest_os = g_strdup(wide ? "other-64" : "other");
    if (domain->smbios_mode == SMBIOS_MODE_HOST) {
        machine->smbios_host = VMX_YES;
    } else if (domain->smbios_mode == SMBIOS_MODE_SYSINFO) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "domain '%s': <smbios> of VMware guests can be 'host' or 'emulate'", domain->name);
        return false;
    }
    if (domain->firmware == OS_FIRMWARE_EFI)
        machine->firmware = VMX_FIRMWARE_EFI;
    for (guint i = 0; i < list_len(domain->firmware_features); i++) {
        const FirmwareFeature *feature = domain->firmware_features->pdata[i];

        if (feature->name == FIRMWARE_FEATURE_NAME_SECURE_BOOT && feature->enabled == YESNO_YES)
            machine->secure_boot = VMX_YES;
    }
    return true;
}

bool
vmx_machine_write(const Domain *domain, const VmxContext *context, GString *out, GError **error)
{
    g_autoptr(VmxMachine) machine = vmx_record_new(&vmx_machine);

    machine->encoding = g_strdup("UTF-8");
    machine->config = (VmxNumber) { true, CONFIG_VERSION };
    machine->hardware = (VmxNumber) { true, context->hardware };
    machine->uuid = uuid_to_string(domain->uuid);
    machine->name = g_strdup(domain->name);
    machine->annotation = g_strdup(domain->description);
    if (domain->genid) {
        uint64_t halves[2];

        memcpy(halves, domain->genid_uuid, sizeof(halves));
        machine->genid_high = (VmxNumber) { true, (int64_t)GUINT64_FROM_BE(halves[0]) };
        machine->genid_low = (VmxNumber) { true, (int64_t)GUINT64_FROM_BE(halves[1]) };
    }
    if (!write_firmware(domain, machine, error) || !write_memory(domain, machine, error) || !write_cpus(domain, machine, error))
        return false;
    vmx_record_write(machine, "", out);
    return true;
}
