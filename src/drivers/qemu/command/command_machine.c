/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* command_machine.c - firmware, machine, CPU, memory, clock, boot */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>
#include <time.h>

#include "drivers/conf/source.h"
#include "drivers/qemu/command/command.h"
#include "drivers/qemu/fill/fill.h"
#include "drivers/qemu/firmware/firmware_fill.h"
#include "util/error.h"
#include "util/uuid.h"

static const char *
onoff(Onoff value)
{
    return value == ONOFF_ON ? "on" : "off";
}

static bool
has_pflash(const Domain *def)
{
    return def->loader && def->loader_type == LOADER_TYPE_PFLASH;
}

static bool
has_variables(const Domain *def)
{
    return def->nvram && (def->nvram->path || def->nvram->path_text || list_len(def->nvram->hosts));
}

/* Where the variables are; nothing is copied. */
static Store
nvram_store(const NvramVars *n)
{
    return (Store){ .type = n->type == DISK_TYPE_UNSET ? DISK_TYPE_FILE : n->type, .format = n->format,
                    .path = n->path ? n->path : n->path_text, .protocol = n->protocol, .query = n->query, .hosts = n->hosts,
                    .net_snapshot = n->net_snapshot, .net_config = n->net_config, .iqn = n->iqn, .ssl_verify = n->ssl_verify,
                    .readahead = n->readahead, .timeout = n->timeout, .id_user = n->id_user, .id_group = n->id_group,
                    .auth = n->auth, .encryption = n->encryption, .cookies = n->cookies, .tls = n->tls };
}

/* Raw variables are the file itself where the emulator can do without a format. */
static bool
has_format_node(const Command *command)
{
    return command->def->nvram->format == DISK_FORMAT_QCOW2 ||
           !qemu_caps_flag(command->caps, "blockjob.backing-mask-protocol");
}

static bool
pflash(Command *command, const char *node, const Store *store, bool readonly, bool with_format, GError **error)
{
    const SourceContext context = { .gluster_debug = command->conf->gluster_debug_level };
    g_autofree char *storage = g_strdup_printf("%s-storage", node);
    g_autofree char *name = g_strdup_printf("%s-format", node);
    Json *json;

    if (store->auth || store->encryption || store->cookies || store->tls == YESNO_YES) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "NVRAM on storage that needs secrets is not supported");
        return false;
    }
    json = source_properties(store, &context, error);
    if (!json)
        return false;
    json_add_string(json, "node-name", storage);
    if (with_format) {
        json_add_bool(json, "auto-read-only", true);
        json_add_string(json, "discard", "unmap");
    } else {
        json_add_bool(json, "read-only", readonly);
    }
    command_add_json(command, "-blockdev", json);
    if (!with_format)
        return true;
    json = json_new_object();
    json_add_string(json, "node-name", name);
    json_add_bool(json, "read-only", readonly);
    json_add_string(json, "driver", store->format == DISK_FORMAT_QCOW2 ? "qcow2" : "raw");
    json_add_string(json, "file", storage);
    if (store->format == DISK_FORMAT_QCOW2)
        json_object_object_add(json, "backing", NULL);
    command_add_json(command, "-blockdev", json);
    return true;
}

bool
command_firmware(Command *command, GError **error)
{
    const Domain *def = command->def;

    if (!firmware_fill_is_done(def, error))
        return false;
    if (!has_pflash(def))
        return true;
    const Store code = { .type = DISK_TYPE_FILE, .path = def->loader, .format = def->loader_format };

    if (!pflash(command, "libvirt-pflash0", &code, def->loader_readonly == YESNO_YES, true, error))
        return false;
    if (has_variables(def)) {
        const Store variables = nvram_store(def->nvram);

        return pflash(command, "libvirt-pflash1", &variables, false, has_format_node(command), error);
    }
    return true;
}

static const Timer *
find_timer(const Domain *def, TimerName name)
{
    for (size_t i = 0; i < list_len(def->timers); i++) {
        const Timer *t = list_at(def->timers, i);

        if (t->name == name)
            return t;
    }
    return NULL;
}

/* Features that are properties of the board. */
static void
add_features(GString *text, const Features *f)
{
    const struct { const char *name, *value; } options[] = {
        { "vmport", onoff_words[f->vmport] }, { "smm", onoff_words[f->smm] }, { "i8042", onoff_words[f->ps2] },
        { "kernel_irqchip", f->ioapic == APIC_DRIVER_QEMU ? "split" : f->ioapic ? "on" : "" },
        { "gic-version", gic_version_words[f->gic_version] }, { "ras", onoff_words[f->ras] }, { "aia", aia_value_words[f->aia] },
        { "resize-hpt", hpt_resizing_words[f->hpt_resizing] },
    };
    const struct { const char *name, *value; } capabilities[] = {
        { "htm", onoff_words[f->htm] }, { "nested-hv", onoff_words[f->nested_hv] },
        { "ccf-assist", onoff_words[f->ccf_assist] }, { "cfpc", spec_level_words[f->cfpc] },
        { "sbbc", spec_level_words[f->sbbc] }, { "ibs", ibs_level_words[f->ibs] },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(options); i++)
        if (options[i].value && *options[i].value)
            g_string_append_printf(text, ",%s=%s", options[i].name, options[i].value);
    if (f->hpt_max_page_size)
        g_string_append_printf(text, ",cap-hpt-max-page-size=%" PRIu64 "k", f->hpt_max_page_size);
    for (size_t i = 0; i < G_N_ELEMENTS(capabilities); i++)
        if (*capabilities[i].value)
            g_string_append_printf(text, ",cap-%s=%s", capabilities[i].name, capabilities[i].value);
}

static bool
find_first_boot(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    const DeviceInfo **first = data;

    if (info->boot_order && info->loadparm && (!*first || info->boot_order < (*first)->boot_order))
        *first = info;
    return true;
}

static void
build_machine(Command *command, const QemuMachine *machine)
{
    const Domain *def = command->def;
    const Features *f = def->features;
    const Timer *hpet = find_timer(def, TIMER_NAME_HPET);
    const DeviceInfo *first = NULL;
    g_autoptr(GString) text = g_string_new(def->machine);
    Onoff dump = def->dump_core != ONOFF_UNSET ? def->dump_core : command->conf->dump_guest_core ? ONOFF_ON : ONOFF_OFF;
    bool nvdimm = false;

    g_string_append(text, ",usb=off");
    for (size_t i = 0; i < list_len(def->keywrap_ciphers); i++) {
        const KeyCipher *cipher = list_at(def->keywrap_ciphers, i);

        g_string_append_printf(text, ",%s-key-wrap=%s", cipher->name, onoff(cipher->state));
    }
    if (f)
        add_features(text, f);
    g_string_append_printf(text, ",dump-guest-core=%s", onoff(dump));
    for (size_t i = 0; i < list_len(def->memory_devices); i++)
        nvdimm |= ((MemoryDevice *)list_at(def->memory_devices, i))->model == MEMORY_MODEL_NVDIMM;
    if (def->nosharepages)
        g_string_append(text, ",mem-merge=off");
    if (nvdimm)
        g_string_append(text, ",nvdimm=on");
    if (def->cpu && (list_len(def->cpu->latencies) || list_len(def->cpu->bandwidths)))
        g_string_append(text, ",hmat=on");
    for (size_t i = 0, n = 0; i < list_len(def->memory_devices); i++) {
        const MemoryDevice *m = list_at(def->memory_devices, i);

        if (m->model != MEMORY_MODEL_SGX_EPC)
            continue;
        g_string_append_printf(text, ",sgx-epc.%zu.memdev=mem%s", n, m->info.alias);
        if (m->has_node)
            g_string_append_printf(text, ",sgx-epc.%zu.node=%u", n, m->node);
        n++;
    }
    if (command_has_ram_backend(command, machine))
        g_string_append_printf(text, ",memory-backend=%s", machine->default_ram_id);
    if (def->bios_useserial == YESNO_YES)
        g_string_append(text, ",graphics=off");
    if (def->launch_security)
        g_string_append(text, ",confidential-guest-support=lsec0");
    if (g_str_has_prefix(def->arch, "ppc64") && def->cpu && def->cpu->mode == CPU_MODE_HOST_MODEL && def->cpu->model)
        g_string_append_printf(text, ",max-cpu-compat=%s", def->cpu->model);
    for (size_t i = 0; i < list_len(def->sounds); i++) {
        const Sound *s = list_at(def->sounds, i);

        if (g_str_equal(s->model, "pcspk"))
            g_string_append_printf(text, ",pcspk-audiodev=audio%u", s->audio_id ? s->audio_id : 1);
    }
    if (has_pflash(def)) {
        g_string_append(text, ",pflash0=libvirt-pflash0-format");
        if (has_variables(def))
            g_string_append_printf(text, ",pflash1=libvirt-pflash1-%s", has_format_node(command) ? "format" : "storage");
    }
    /* Older emulators have one loader parameter for all that can be booted: that of the first. */
    if (!qemu_caps_flag(command->caps, "virtio-ccw.loadparm"))
        device_each(def, DEVICE_LAST, find_first_boot, &first, NULL);
    if (first && first->loadparm)
        g_string_append_printf(text, ",loadparm=%s", first->loadparm);
    if (hpet && hpet->present != YESNO_UNSET && command->caps->version >= 8000000)
        g_string_append_printf(text, ",hpet=%s", hpet->present == YESNO_YES ? "on" : "off");
    if (machine && machine->acpi >= 0 && (machine->acpi || (f && f->acpi)))
        g_string_append_printf(text, ",acpi=%s", f && f->acpi ? "on" : "off");
    command_add(command, "-machine", text->str);
}

/* QEMU's spelling of a CPU feature: "lahf_lm" is "lahf-lm" there.  Other architectures use its own. */
static char *
feature_name(const Domain *def, const char *name)
{
    static const char *const renamed[][2] = {
        { "cmt", "cqm" }, { "pclmuldq", "pclmulqdq" }, { "sse4.1", "sse4.1" }, { "sse4.2", "sse4.2" },
    };
    char *copy;

    for (size_t i = 0; i < G_N_ELEMENTS(renamed); i++)
        if (g_str_equal(name, renamed[i][0]))
            return g_strdup(renamed[i][1]);
    copy = g_strdup(name);
    if (!device_is_x86(def))
        return copy;
    return g_strdelimit(copy, "_", '-');
}

static void
build_hyperv(const Features *f, GString *text)
{
    const struct {
        Onoff value;
        const char *name;
    } rows[] = {
        { f->hyperv_relaxed, "hv-relaxed" },
        { f->hyperv_vapic, "hv-vapic" },
        { f->hyperv_spinlocks, NULL },
        { f->hyperv_vpindex, "hv-vpindex" },
        { f->hyperv_runtime, "hv-runtime" },
        { f->hyperv_synic, "hv-synic" },
        { f->hyperv_stimer, "hv-stimer" },
        { f->hyperv_stimer == ONOFF_ON ? f->hyperv_stimer_direct : ONOFF_UNSET, "hv-stimer-direct" },
        { f->hyperv_reset, "hv-reset" },
        { f->hyperv_vendor_id, NULL },
        { f->hyperv_frequencies, "hv-frequencies" },
        { f->hyperv_reenlightenment, "hv-reenlightenment" },
        { f->hyperv_tlbflush, "hv-tlbflush" },
        { f->hyperv_tlbflush == ONOFF_ON ? f->hyperv_tlbflush_direct : ONOFF_UNSET, "hv-tlbflush-direct" },
        { f->hyperv_tlbflush == ONOFF_ON ? f->hyperv_tlbflush_extended : ONOFF_UNSET, "hv-tlbflush-ext" },
        { f->hyperv_ipi, "hv-ipi" },
        { f->hyperv_evmcs, "hv-evmcs" },
        { f->hyperv_avic, "hv-avic" },
        { f->hyperv_emsr_bitmap, "hv-emsr-bitmap" },
        { f->hyperv_xmm_input, "hv-xmm-input" },
    };

    if (f->hyperv_mode == HYPERV_MODE_PASSTHROUGH)
        g_string_append(text, ",hv-passthrough=on");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].value != ONOFF_ON)
            continue;
        if (rows[i].name)
            g_string_append_printf(text, ",%s=on", rows[i].name);
        else if (i == 2)
            g_string_append_printf(text, ",hv-spinlocks=0x%x", f->hyperv_spinlock_retries);
        else
            g_string_append_printf(text, ",hv-vendor-id=%s", f->hyperv_vendor ? f->hyperv_vendor : "");
    }
}

static void
build_cpu(Command *command)
{
    const Domain *def = command->def;
    const Features *f = def->features;
    const Cpu *cpu = def->cpu;
    const Timer *clock = find_timer(def, TIMER_NAME_KVMCLOCK), *hyperv = find_timer(def, TIMER_NAME_HYPERVCLOCK);
    bool kvm = def->type == VIRT_TYPE_KVM;
    g_autoptr(GString) text = g_string_new(NULL);

    if (!cpu)
        return;
    switch (cpu->mode) {
    case CPU_MODE_HOST_PASSTHROUGH:
    case CPU_MODE_MAXIMUM:
    case CPU_MODE_HOST_MODEL:
        g_string_append(text, cpu->mode == CPU_MODE_MAXIMUM || !kvm ? "max" : "host");
        if (cpu->migratable != YN_ONOFF_UNSET && kvm)
            g_string_append_printf(text, ",migratable=%s", cpu->migratable == YN_ONOFF_ON ? "on" : "off");
        break;
    default:
        g_string_append(text, cpu->model ? cpu->model : "qemu64");
    }
    if (kvm && g_str_equal(def->arch, "armv7l") && g_str_equal(command->caps->arch, "aarch64"))
        g_string_append(text, ",aarch64=off");
    if (cpu->vendor_id)
        g_string_append_printf(text, ",vendor=%s", cpu->vendor_id);
    for (size_t i = 0; i < list_len(cpu->features); i++) {
        const CpuFeature *feature = list_at(cpu->features, i);
        g_autofree char *name = feature_name(def, feature->name);
        bool off = feature->policy == CPU_POLICY_DISABLE || feature->policy == CPU_POLICY_FORBID;

        if (feature->policy != CPU_POLICY_OPTIONAL || off)
            g_string_append_printf(text, ",%s=%s", name, off ? "off" : "on");
    }
    if (cpu->phys_mode == CPU_PHYS_MODE_PASSTHROUGH)
        g_string_append(text, ",host-phys-bits=on");
    if (cpu->phys_mode == CPU_PHYS_MODE_EMULATE && cpu->phys_bits)
        g_string_append_printf(text, ",phys-bits=%u", cpu->phys_bits);
    if (clock && clock->present != YESNO_UNSET)
        g_string_append_printf(text, ",kvmclock=%s", clock->present == YESNO_YES ? "on" : "off");
    if (hyperv && hyperv->present == YESNO_YES)
        g_string_append(text, ",hv-time=on");
    if (f && f->apic_eoi != ONOFF_UNSET)
        g_string_append_printf(text, ",kvm-pv-eoi=%s", onoff(f->apic_eoi));
    if (f && f->pvspinlock != ONOFF_UNSET)
        g_string_append_printf(text, ",kvm-pv-unhalt=%s", onoff(f->pvspinlock));
    if (f && f->hyperv)
        build_hyperv(f, text);
    for (size_t i = 0; i < list_len(def->panics); i++)
        if (((Panic *)list_at(def->panics, i))->model == PANIC_MODEL_HYPERV)
            g_string_append(text, ",hv-crash");
    if (f && f->kvm && f->kvm_hidden == ONOFF_ON)
        g_string_append(text, ",kvm=off");
    if (f && f->kvm && f->kvm_hint_dedicated == ONOFF_ON)
        g_string_append(text, ",kvm-hint-dedicated=on");
    if (f && f->kvm && f->kvm_poll_control == ONOFF_ON)
        g_string_append(text, ",kvm-poll-control=on");
    if (f && f->kvm && f->kvm_pv_ipi == ONOFF_OFF)
        g_string_append(text, ",kvm-pv-ipi=off");
    if (f && f->pmu != ONOFF_UNSET)
        g_string_append_printf(text, ",pmu=%s", onoff(f->pmu));
    if (cpu->cache_mode == CPU_CACHE_MODE_EMULATE && cpu->has_cache_level && cpu->cache_level == 3)
        g_string_append(text, cpu->mode == CPU_MODE_HOST_PASSTHROUGH ? ",l3-cache=on,host-cache-info=off" : ",l3-cache=on");
    else if (cpu->cache_mode == CPU_CACHE_MODE_PASSTHROUGH)
        g_string_append(text, ",host-cache-info=on,l3-cache=off");
    else if (cpu->cache_mode == CPU_CACHE_MODE_DISABLE)
        g_string_append(text, cpu->mode == CPU_MODE_HOST_PASSTHROUGH ? ",l3-cache=off,host-cache-info=off" : ",l3-cache=off");
    command_add(command, "-cpu", text->str);
}

bool
command_machine(Command *command, GError **error)
{
    const Domain *def = command->def;
    const QemuMachine *machine = qemu_caps_machine(command->caps, fill_accel(def), def->machine);
    g_autoptr(GString) accel = g_string_new(def->type == VIRT_TYPE_KVM ? "kvm" : def->type == VIRT_TYPE_HVF ? "hvf" : "tcg");

    build_machine(command, machine);
    if (def->features && def->features->kvm_dirty_ring == ONOFF_ON)
        g_string_append_printf(accel, ",dirty-ring-size=%u", def->features->kvm_dirty_ring_size);
    if (def->features && def->features->tb_cache)
        g_string_append_printf(accel, ",tb-size=%" PRIu64, def->features->tb_cache >> 10);
    command_add(command, "-accel", accel->str);
    if (def->features && def->features->has_smm_tseg)
        command_addf(command, "-global", "mch.extended-tseg-mbytes=%" PRIu64, def->features->smm_tseg >> 20);
    build_cpu(command);
    return true;
}

static void
build_smp(Command *command)
{
    const Domain *def = command->def;
    unsigned current = def->has_current_vcpus && def->current_vcpus ? def->current_vcpus : def->max_vcpus;
    unsigned plugged = 0;
    g_autoptr(GString) text = g_string_new(NULL);
    const CpuTopology *t = def->cpu ? def->cpu->topology : NULL;

    /* vCPUs that can be pulled are plugged in before the guest runs. */
    for (size_t i = 0; i < list_len(def->vcpus); i++) {
        const VcpuState *v = list_at(def->vcpus, i);

        plugged += v->enabled == YESNO_YES && v->hotpluggable == YESNO_YES;
    }
    if (plugged < current)
        current -= plugged;
    g_string_append_printf(text, "%u", current);
    if (current != def->max_vcpus)
        g_string_append_printf(text, ",maxcpus=%u", def->max_vcpus);
    if (t) {
        g_string_append_printf(text, ",sockets=%u", t->sockets);
        if (t->dies && qemu_caps_flag(command->caps, "smp-dies"))
            g_string_append_printf(text, ",dies=%u", t->dies);
        if (t->clusters && qemu_caps_flag(command->caps, "smp-clusters"))
            g_string_append_printf(text, ",clusters=%u", t->clusters);
        g_string_append_printf(text, ",cores=%u,threads=%u", t->cores, t->threads);
    } else {
        g_string_append_printf(text, ",sockets=%u,cores=1,threads=1", def->max_vcpus);
    }
    command_add(command, "-smp", text->str);
}

bool
command_memory(Command *command, GError **error)
{
    const Domain *def = command->def;

    if (def->loader_secure == YESNO_YES)
        command_add(command, "-global", "driver=cfi.pflash01,property=secure,value=on");
    if (def->loader && !has_pflash(def))
        command_add(command, "-bios", def->loader);
    if (!command_main_memory(command, error))
        return false;
    command_add(command, "-overcommit", def->locked ? "mem-lock=on" : "mem-lock=off");
    build_smp(command);
    for (size_t i = 0; i < list_len(def->iothread_list) || i < def->iothreads; i++) {
        const IoThread *t = i < list_len(def->iothread_list) ? list_at(def->iothread_list, i) : NULL;
        g_autofree char *id = g_strdup_printf("iothread%zu", t ? (size_t)t->id : i + 1);
        Json *json = json_new_object();

        json_add_string(json, "qom-type", "iothread");
        json_add_string(json, "id", id);
        if (t && t->has_thread_pool_min)
            json_add_int64(json, "thread-pool-min", t->thread_pool_min);
        if (t && t->has_thread_pool_max)
            json_add_int64(json, "thread-pool-max", t->thread_pool_max);
        if (t && t->has_poll_max)
            json_add_uint64(json, "poll-max-ns", t->poll_max);
        if (t && t->has_poll_grow)
            json_add_uint64(json, "poll-grow", t->poll_grow);
        if (t && t->has_poll_shrink)
            json_add_uint64(json, "poll-shrink", t->poll_shrink);
        command_add_json(command, "-object", json);
    }
    if (def->has_default_pool_min || def->has_default_pool_max) {
        Json *json = json_new_object();

        json_add_string(json, "qom-type", "main-loop");
        json_add_string(json, "id", "main-loop");
        if (def->has_default_pool_min)
            json_add_int64(json, "thread-pool-min", def->default_pool_min);
        if (def->has_default_pool_max)
            json_add_int64(json, "thread-pool-max", def->default_pool_max);
        command_add_json(command, "-object", json);
    }
    command_throttle_groups(command);
    return command_numa(command, error);
}

static void
smbios_block(Command *command, int type, const GPtrArray *entries, const char *const words[][2])
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (size_t w = 0; words[w][0]; w++)
        for (size_t i = 0; i < list_len(entries); i++) {
            const SysinfoEntry *e = list_at(entries, i);

            if (!g_strcmp0(e->name, words[w][0])) {
                g_autofree char *value = command_escape(e->value);

                g_string_append_printf(text, ",%s=%s", words[w][1], value);
            }
        }
    if (text->len)
        command_addf(command, "-smbios", "type=%d%s", type, text->str);
}

/* What firmware and guest can read by name. */
static void
build_fw_cfg(Command *command)
{
    const Domain *def = command->def;

    for (size_t i = 0; i < list_len(def->sysinfos); i++) {
        const Sysinfo *s = list_at(def->sysinfos, i);

        for (size_t e = 0; s->type == SYSINFO_TYPE_FWCFG && e < list_len(s->entries); e++) {
            const SysinfoEntry *entry = list_at(s->entries, e);
            g_autofree char *name = command_escape(entry->name);
            g_autofree char *value = command_escape(entry->file ? entry->file : entry->value);

            command_addf(command, "-fw_cfg", "name=%s,%s=%s", name, entry->file ? "file" : "string", value);
        }
    }
}

static void
build_smbios(Command *command)
{
    static const char *const bios[][2] = { { "vendor", "vendor" }, { "version", "version" }, { "date", "date" },
                                           { "release", "release" }, { NULL, NULL } };
    static const char *const system[][2] = { { "manufacturer", "manufacturer" }, { "product", "product" },
                                             { "version", "version" }, { "serial", "serial" }, { "uuid", "uuid" },
                                             { "sku", "sku" }, { "family", "family" }, { NULL, NULL } };
    static const char *const board[][2] = { { "manufacturer", "manufacturer" }, { "product", "product" },
                                            { "version", "version" }, { "serial", "serial" }, { "asset", "asset" },
                                            { "location", "location" }, { NULL, NULL } };
    static const char *const chassis[][2] = { { "manufacturer", "manufacturer" }, { "version", "version" },
                                              { "serial", "serial" }, { "asset", "asset" }, { "sku", "sku" },
                                              { NULL, NULL } };
    const Domain *def = command->def;

    if (def->smbios_mode != SMBIOS_MODE_SYSINFO)
        return;
    for (size_t i = 0; i < list_len(def->sysinfos); i++) {
        const Sysinfo *s = list_at(def->sysinfos, i);

        if (s->type != SYSINFO_TYPE_SMBIOS)
            continue;
        smbios_block(command, 0, s->bios, bios);
        smbios_block(command, 1, s->system, system);
        for (size_t b = 0; b < list_len(s->base_boards); b++)
            smbios_block(command, 2, ((SysinfoBlock *)list_at(s->base_boards, b))->entries, board);
        smbios_block(command, 3, s->chassis, chassis);
        if (list_len(s->oem_strings)) {
            g_autoptr(GString) text = g_string_new("type=11");

            for (size_t o = 0; o < list_len(s->oem_strings); o++) {
                g_autofree char *value = command_escape(((SysinfoEntry *)list_at(s->oem_strings, o))->value);

                g_string_append_printf(text, ",value=%s", value);
            }
            command_add(command, "-smbios", text->str);
        }
    }
}

static void
build_clock(Command *command)
{
    const Domain *def = command->def;
    const Timer *rtc = find_timer(def, TIMER_NAME_RTC), *pit = find_timer(def, TIMER_NAME_PIT);
    const Timer *hpet = find_timer(def, TIMER_NAME_HPET);
    g_autoptr(GString) text = g_string_new("base=");
    g_autoptr(GDateTime) now = command->now ? g_date_time_ref(command->now) : g_date_time_new_now_local();
    int64_t start = 0;

    switch (def->clock_offset) {
    case CLOCK_OFFSET_LOCALTIME:
    case CLOCK_OFFSET_TIMEZONE:
        g_string_append(text, "localtime");
        break;
    case CLOCK_OFFSET_VARIABLE:
        start = g_date_time_to_unix(now) + def->clock_adjustment;
        if (def->clock_basis == CLOCK_BASIS_LOCALTIME)
            start += g_date_time_get_utc_offset(now) / G_TIME_SPAN_SECOND;
        break;
    case CLOCK_OFFSET_ABSOLUTE:
        start = (int64_t)def->clock_start;
        break;
    default:
        g_string_append(text, "utc");
    }
    if (start) {
        g_autoptr(GDateTime) stamp = g_date_time_new_from_unix_utc(start);
        g_autofree char *formatted = g_date_time_format(stamp, "%Y-%m-%dT%H:%M:%S");

        g_string_append(text, formatted);
    }
    if (rtc && rtc->track == TIMER_TRACK_GUEST)
        g_string_append(text, ",clock=vm");
    else if (rtc && rtc->track == TIMER_TRACK_REALTIME)
        g_string_append(text, ",clock=rt");
    if (rtc && rtc->tickpolicy == TIMER_POLICY_CATCHUP)
        g_string_append(text, ",driftfix=slew");
    command_add(command, "-rtc", text->str);
    if (pit && pit->tickpolicy == TIMER_POLICY_DELAY && qemu_caps_has_prop(command->caps, "kvm-pit", "lost_tick_policy"))
        command_add(command, "-global", "kvm-pit.lost_tick_policy=delay");
    else if (pit && pit->tickpolicy == TIMER_POLICY_DISCARD && qemu_caps_has_prop(command->caps, "kvm-pit", "lost_tick_policy"))
        command_add(command, "-global", "kvm-pit.lost_tick_policy=discard");
    if (hpet && hpet->present == YESNO_NO && command->caps->version < 8000000)
        command_add(command, "-no-hpet", NULL);
}

static void
build_power(Command *command)
{
    const Domain *def = command->def;
    const QemuMachine *machine = qemu_caps_machine(command->caps, fill_accel(def), def->machine);
    const char *pm = device_is_q35(def) ? "ICH9-LPC" : "PIIX4_PM";

    /* What a power-off or a reset leads to is ours to decide, when QEMU tells of it. */
    command_add(command, "-no-shutdown", NULL);
    if (machine && machine->acpi < 0 && !(def->features && def->features->acpi) && device_is_x86(def))
        command_add(command, "-no-acpi", NULL);
    if (def->suspend_to_mem != YESNO_UNSET && device_is_x86(def))
        command_addf(command, "-global", "%s.disable_s3=%d", pm, def->suspend_to_mem == YESNO_NO);
    if (def->suspend_to_disk != YESNO_UNSET && device_is_x86(def))
        command_addf(command, "-global", "%s.disable_s4=%d", pm, def->suspend_to_disk == YESNO_NO);
}

static void
build_boot(Command *command)
{
    const Domain *def = command->def;
    g_autoptr(GString) text = g_string_new(NULL);

    if (def->bootmenu != YESNO_UNSET)
        g_string_append_printf(text, "menu=%s,", def->bootmenu == YESNO_YES ? "on" : "off");
    if (def->bootmenu == YESNO_YES && def->has_bootmenu_timeout)
        g_string_append_printf(text, "splash-time=%u,", def->bootmenu_timeout);
    if (def->has_reboot_timeout)
        g_string_append_printf(text, "reboot-timeout=%d,", def->reboot_timeout);
    g_string_append(text, "strict=on");
    command_add(command, "-boot", text->str);
    if (def->kernel)
        command_add(command, "-kernel", def->kernel);
    if (def->initrd)
        command_add(command, "-initrd", def->initrd);
    if (def->cmdline)
        command_add(command, "-append", def->cmdline);
    if (def->dtb)
        command_add(command, "-dtb", def->dtb);
    if (def->shim)
        command_add(command, "-shim", def->shim);
    for (size_t i = 0; i < list_len(def->acpi_tables); i++) {
        const AcpiTable *table = list_at(def->acpi_tables, i);
        const char *signature = table->type == ACPI_TABLE_TYPE_SLIC ? "sig=SLIC," : table->type == ACPI_TABLE_TYPE_MSDM ?
                                "sig=MSDM," : "";

        command_addf(command, "-acpitable", "%sfile=%s", signature, table->path);
    }
}

bool
command_platform(Command *command, GError **error)
{
    const Domain *def = command->def;
    const Controller *root = device_controller(def, CONTROLLER_TYPE_PCI, 0);
    char uuid[UUID_TEXT_LEN];

    uuid_format(def->uuid, uuid);
    command_add(command, "-uuid", uuid);
    build_smbios(command);
    build_fw_cfg(command);
    if (def->genid) {
        Json *device = json_new_object();

        uuid_format(def->genid_uuid, uuid);
        json_add_string(device, "driver", "vmgenid");
        json_add_string(device, "guid", uuid);
        json_add_string(device, "id", "vmgenid0");
        command_add_json(command, "-device", device);
    }
    if (!list_len(def->graphics))
        command_add(command, "-display", "none");
    command_add(command, "-no-user-config", NULL);
    command_add(command, "-nodefaults", NULL);
    command_monitor(command);
    build_clock(command);
    build_power(command);
    build_boot(command);
    if (root && root->hotplug != ONOFF_UNSET && device_is_i440fx(def))
        command_addf(command, "-global", "PIIX4_PM.acpi-root-pci-hotplug=%s", onoff(root->hotplug));
    if (root && root->has_pci_hole64)
        command_addf(command, "-global", "%s.pci-hole64-size=%" PRIu64 "K",
                     device_is_q35(def) ? "q35-pcihost" : "i440FX-pcihost", root->pci_hole64);
    return true;
}
