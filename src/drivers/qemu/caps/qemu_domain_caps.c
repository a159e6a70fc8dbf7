/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu_domain_caps.c - <domainCapabilities> of an emulator, an accelerator and a machine type on a host
 *
 * Values are rows: a word, and the capability that allows it.  What depends on the machine is a function.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/caps/qemu_domain_caps.h"

#include <string.h>

#include "drivers/common/domain_caps.h"
#include "drivers/conf/cpu/cpu.h"
#include "drivers/conf/cpu/cpu_model.h"
#include "drivers/qemu/fill/fill_cpu_start.h"
#include "util/error.h"
#include "util/xml.h"

typedef struct Choice {
    const char *word, *flag; /* NULL flag: always */
} Choice;

#define END { NULL, NULL }

static const Choice source_types[] = { { "file", NULL }, { "anonymous", NULL }, { "memfd", "memory-backend-memfd" }, END };
static const Choice virtio_models[] = { { "virtio", NULL }, { "virtio-transitional", "virtio-pci-non-transitional" },
                                        { "virtio-non-transitional", "virtio-pci-non-transitional" }, END };
static const Choice graphics_types[] = { { "sdl", "sdl" }, { "vnc", "vnc" }, { "rdp", "display-dbus" }, { "spice", "spice" },
                                         { "egl-headless", "egl-headless" }, { "dbus", "display-dbus" }, END };
static const Choice video_models[] = { { "vga", "VGA" }, { "cirrus", "cirrus-vga" }, { "vmvga", "vmware-svga" }, { "qxl", "qxl" },
                                       { "virtio", "virtio-gpu" }, { "none", NULL }, { "bochs", "bochs-display" },
                                       { "ramfb", "ramfb" }, END };
static const Choice hostdev_modes[] = { { "subsystem", NULL }, END };
static const Choice startup_policies[] = { { "default", NULL }, { "mandatory", NULL }, { "requisite", NULL },
                                           { "optional", NULL }, END };
static const Choice subsys_types[] = { { "usb", NULL }, { "pci", NULL }, { "scsi", "virtio-scsi-pci" }, END };
static const Choice no_choices[] = { END };
static const Choice rng_backends[] = { { "random", "rng-random" }, { "egd", "rng-egd" }, { "builtin", "rng-builtin" }, END };
static const Choice fs_drivers[] = { { "path", NULL }, { "handle", NULL }, { "virtiofs", "vhost-user-fs" }, END };
static const Choice tpm_models[] = { { "tpm-tis", "tpm-tis" }, { "tpm-crb", "tpm-crb" }, { "tpm-spapr", "tpm-spapr" },
                                     { "spapr-tpm-proxy", "spapr-tpm-proxy" }, END };
static const Choice tpm_backends[] = { { "passthrough", "tpm-passthrough" }, { "emulator", "tpm-emulator" },
                                       { "external", "tpm-emulator" }, END };
static const Choice redir_buses[] = { { "usb", "usb-redir" }, END };
static const Choice channel_types[] = { { "pty", NULL }, { "unix", NULL }, { "spicevmc", "spice" }, END };
static const Choice crypto_models[] = { { "virtio", "virtio-crypto" }, END };
static const Choice crypto_types[] = { { "qemu", NULL }, END };
static const Choice crypto_backends[] = { { "builtin", NULL }, { "lkcf", "cryptodev-backend-lkcf" }, END };
static const Choice interface_backends[] = { { "default", NULL }, { "passt", "netdev.stream" }, END };
static const Choice panic_models[] = { { "pseries", "spapr-pci-host-bridge" }, { "isa", "pvpanic" }, { "hyperv", "x86-max-cpu" },
                                       { "s390", "s390-sclp" }, { "pvpanic", "pvpanic-pci" }, END };
static const Choice secure_types[] = { { "sev", "sev-guest" }, { "sev-snp", "sev-snp-guest" }, END };

static bool
is_x86(const QemuCaps *qemu)
{
    return g_str_equal(qemu->arch, "x86_64") || g_str_equal(qemu->arch, "i686");
}

static bool
has(const QemuDomainCapsAsk *ask, const char *flag)
{
    return !flag || qemu_caps_flag(ask->qemu, flag);
}

/* Another list of values; how many are allowed. */
static size_t
add_enum(const QemuDomainCapsAsk *ask, CapsFact *fact, const char *name, const Choice *choices)
{
    CapsEnum *list = domain_caps_enum(&fact->enums, name);
    size_t n = 0;

    for (; choices->word; choices++) {
        if (!has(ask, choices->flag))
            continue;
        domain_caps_value(list, choices->word);
        n++;
    }
    return n;
}

/* A device that is there when a list of values is not empty; else it says nothing more. */
static CapsFact *
list_fact(const QemuDomainCapsAsk *ask, const char *name, const Choice *choices)
{
    CapsFact *fact = domain_caps_fact(true);

    if (add_enum(ask, fact, name, choices))
        return fact;
    caps_fact_free(fact);
    return domain_caps_fact(false);
}

static bool
is_machine(const QemuMachine *m, const char *const *names)
{
    for (size_t i = 0; names[i]; i++)
        if (!strcmp(m->name, names[i]) || (g_str_has_prefix(m->name, names[i]) && m->name[strlen(names[i])] == '-'))
            return true;
    return false;
}

static CapsFact *
make_disk(const QemuDomainCapsAsk *ask, const QemuMachine *machine)
{
    static const char *const with_ide[] = { "pc", "pc-i440fx", "g3beige", "mac99", "malta", "sun4u", "isapc", NULL };
    static const char *const without_floppy[] = { "pseries", NULL };
    CapsFact *disk = domain_caps_fact(true);
    CapsEnum *devices = domain_caps_enum(&disk->enums, "diskDevice");
    CapsEnum *buses = domain_caps_enum(&disk->enums, "bus");
    bool floppy = !is_machine(machine, without_floppy);
    bool ide = is_machine(machine, with_ide) && !g_str_has_prefix(machine->name, "pc-q35");
    const struct {
        const char *word;
        bool there;
    } device_words[] = { { "disk", true }, { "cdrom", true }, { "floppy", floppy }, { "lun", true } },
      bus_words[] = { { "ide", ide }, { "fdc", floppy }, { "scsi", true }, { "virtio", true },
                      { "usb", has(ask, "usb-storage") }, { "sata", has(ask, "ich9-ahci") } };

    for (size_t i = 0; i < G_N_ELEMENTS(device_words); i++)
        if (device_words[i].there)
            domain_caps_value(devices, device_words[i].word);
    for (size_t i = 0; i < G_N_ELEMENTS(bus_words); i++)
        if (bus_words[i].there)
            domain_caps_value(buses, bus_words[i].word);
    add_enum(ask, disk, "model", virtio_models);
    return disk;
}

static CapsFact *
make_hostdev(const QemuDomainCapsAsk *ask)
{
    CapsFact *hostdev = domain_caps_fact(true);
    CapsEnum *backends;

    add_enum(ask, hostdev, "mode", hostdev_modes);
    add_enum(ask, hostdev, "startupPolicy", startup_policies);
    add_enum(ask, hostdev, "subsysType", subsys_types);
    add_enum(ask, hostdev, "capsType", no_choices);
    backends = domain_caps_enum(&hostdev->enums, "pciBackend");
    if (ask->vfio && has(ask, "vfio-pci")) {
        domain_caps_value(backends, "default");
        domain_caps_value(backends, "vfio");
    }
    return hostdev;
}

static CapsFact *
make_tpm(const QemuDomainCapsAsk *ask)
{
    CapsFact *tpm = list_fact(ask, "model", tpm_models);

    if (tpm->supported != YESNO_YES)
        return tpm;
    if (!add_enum(ask, tpm, "backendModel", tpm_backends)) {
        caps_fact_free(tpm);
        return domain_caps_fact(false);
    }
    if (has(ask, "tpm-emulator")) {
        CapsEnum *versions = domain_caps_enum(&tpm->enums, "backendVersion");

        if (ask->tpm12)
            domain_caps_value(versions, "1.2");
        if (ask->tpm20)
            domain_caps_value(versions, "2.0");
    }
    return tpm;
}

static void
fill_devices(DomainCaps *caps, const QemuDomainCapsAsk *ask, const QemuMachine *machine)
{
    caps->disk = make_disk(ask, machine);
    caps->graphics = list_fact(ask, "type", graphics_types);
    caps->video = list_fact(ask, "modelType", video_models);
    caps->hostdev = make_hostdev(ask);
    caps->rng = list_fact(ask, "model", virtio_models);
    add_enum(ask, caps->rng, "backendModel", rng_backends);
    caps->filesystem = list_fact(ask, "driverType", fs_drivers);
    caps->tpm = make_tpm(ask);
    caps->redirdev = list_fact(ask, "bus", redir_buses);
    caps->channel = list_fact(ask, "type", channel_types);
    caps->crypto = list_fact(ask, "model", crypto_models);
    if (caps->crypto->supported == YESNO_YES) {
        add_enum(ask, caps->crypto, "type", crypto_types);
        add_enum(ask, caps->crypto, "backendModel", crypto_backends);
    }
    caps->interface = list_fact(ask, "backendType", interface_backends);
    caps->panic = list_fact(ask, "model", panic_models);
}

static CapsFact *
make_gic(const QemuDomainCapsAsk *ask, QemuAccel accel, const QemuMachine *machine)
{
    static const char *const with_gic[] = { "virt", NULL };
    QemuAccel by = accel == QEMU_ACCEL_TCG ? QEMU_ACCEL_TCG : QEMU_ACCEL_KVM;
    unsigned versions = is_machine(machine, with_gic) ? ask->qemu->gic[by] : 0;
    CapsFact *gic = domain_caps_fact(versions != 0);
    CapsEnum *list = versions ? domain_caps_enum(&gic->enums, "version") : NULL;

    for (unsigned version = 2; list && version <= 3; version++)
        if (versions & 1u << version)
            domain_caps_value(list, version == 2 ? "2" : "3");
    return gic;
}

static void
fill_sev(DomainCaps *caps, const QemuDomainCapsAsk *ask)
{
    const QemuCapsSev *sev = has(ask, "sev-guest") ? ask->qemu->doc->sev : NULL;

    if (!sev)
        return;
    caps->sev->supported = YESNO_YES;
    caps->sev->has_cbitpos = caps->sev->has_reduced_phys_bits = true;
    caps->sev->cbitpos = sev->cbitpos;
    caps->sev->reduced_phys_bits = sev->reduced_phys_bits;
    caps->sev->has_max_guests = caps->sev->has_max_es_guests = true;
    caps->sev->max_guests = ask->sev_guests;
    caps->sev->max_es_guests = ask->sev_es_guests;
    caps->sev->cpu0_id = g_strdup(sev->cpu0_id);
}

static void
fill_sgx(DomainCaps *caps, const QemuDomainCapsAsk *ask)
{
    const QemuCapsSgx *sgx = ask->qemu->doc->sgx;

    if (!sgx)
        return;
    caps->sgx->supported = YESNO_YES;
    caps->sgx->flc = (Yesno)sgx->flc;
    caps->sgx->sgx1 = (Yesno)sgx->sgx1;
    caps->sgx->sgx2 = (Yesno)sgx->sgx2;
    caps->sgx->has_section_size = true;
    caps->sgx->section_size = sgx->section_size;
    caps->sgx->has_sections = sgx->has_sections;
    for (unsigned i = 0; sgx->sections && i < sgx->sections->len; i++) {
        const QemuCapsSgxSection *from = sgx->sections->pdata[i];
        CapsSgxSection *section = xml_new(&caps_sgx_section_xml);

        section->node = from->node;
        section->size = from->size;
        if (!caps->sgx->sections)
            caps->sgx->sections = g_ptr_array_new();
        g_ptr_array_add(caps->sgx->sections, section);
    }
}

static void
fill_features(DomainCaps *caps, const QemuDomainCapsAsk *ask, QemuAccel accel, const QemuMachine *machine)
{
    const QemuCapsHyperv *hyperv = ask->qemu->doc->hyperv;
    bool s390 = g_str_equal(ask->qemu->arch, "s390x");
    bool secure = has(ask, "s390-pv-guest") && ask->protects;

    caps->gic = make_gic(ask, accel, machine);
    caps->vmcoreinfo = domain_caps_fact(has(ask, "vmcoreinfo"));
    caps->genid = domain_caps_fact(has(ask, "vmgenid"));
    caps->backing_store_input = domain_caps_fact(true);
    caps->backup = domain_caps_fact(true);
    caps->async_teardown = domain_caps_fact(has(ask, "run-with.async-teardown"));
    if (s390)
        caps->s390_pv = domain_caps_fact(secure);
    caps->ps2 = domain_caps_fact(has(ask, "machine-i8042-opt"));
    fill_sev(caps, ask);
    fill_sgx(caps, ask);
    if (hyperv && hyperv->supported == QEMU_YES_YES) {
        CapsEnum *list;

        caps->hyperv = domain_caps_fact(true);
        list = domain_caps_enum(&caps->hyperv->enums, "features");
        for (unsigned i = 0; hyperv->caps && i < hyperv->caps->len; i++)
            domain_caps_value(list, ((const QemuCapsName *)hyperv->caps->pdata[i])->name);
    }
    caps->launch_security = list_fact(ask, "sectype", secure_types);
    if (secure) {
        if (caps->launch_security->supported != YESNO_YES) {
            caps->launch_security->supported = YESNO_YES;
            domain_caps_enum(&caps->launch_security->enums, "sectype");
        }
        domain_caps_value(caps->launch_security->enums->pdata[0], "s390-pv");
    }
}

static void
fill_os(DomainCaps *caps, const QemuDomainCapsAsk *ask, const QemuMachine *machine)
{
    g_auto(FirmwareSupport) support = { 0 };
    CapsEnum *list;
    CapsLoader *loader;

    firmware_list_support(ask->firmware, ask->qemu->arch, machine->name, &support);
    caps->os = xml_new(&caps_os_xml);
    caps->os->supported = YESNO_YES;
    list = domain_caps_enum(&caps->os->enums, "firmware");
    if (support.bios)
        domain_caps_value(list, "bios");
    if (support.efi)
        domain_caps_value(list, "efi");
    loader = caps->os->loader = xml_new(&caps_loader_xml);
    loader->supported = YESNO_YES;
    loader->values = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; ask->loaders && ask->loaders[i]; i++)
        g_ptr_array_add(loader->values, g_strdup(ask->loaders[i]));
    for (unsigned i = 0; !ask->loaders && i < support.images->len; i++)
        g_ptr_array_add(loader->values, g_strdup(((const Firmware *)support.images->pdata[i])->path));
    list = domain_caps_enum(&loader->enums, "type");
    domain_caps_value(list, "rom");
    domain_caps_value(list, "pflash");
    list = domain_caps_enum(&loader->enums, "readonly");
    domain_caps_value(list, "yes");
    domain_caps_value(list, "no");
    list = domain_caps_enum(&loader->enums, "secure");
    if (support.secure)
        domain_caps_value(list, "yes");
    domain_caps_value(list, "no");
}

static int
compare_models(const void *a, const void *b)
{
    return strcmp((*(const QemuCpuModel *const *)a)->name, (*(const QemuCpuModel *const *)b)->name);
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names of the map where it has any; "host" is a mode of its own. */
static bool
is_listed(char *const *known, const char *name)
{
    if (known)
        return g_strv_contains((const char *const *)known, name);
    return !g_str_equal(name, "host");
}

static void
add_blockers(CapsCpuMode *mode, const char *arch, const QemuCpuModel *model)
{
    g_autoptr(GPtrArray) sorted = g_ptr_array_new();
    CapsCpuModel *item = xml_new(&caps_cpu_model_xml);

    for (unsigned i = 0; i < model->blockers->len; i++)
        g_ptr_array_add(sorted, (void *)cpu_feature_from_qemu(arch, ((const QemuCapsName *)model->blockers->pdata[i])->name));
    g_ptr_array_sort(sorted, compare_names);
    item->tag = CAPS_MODEL_TAG_BLOCKERS;
    item->model = g_strdup(model->name);
    item->blockers = g_ptr_array_new();
    for (unsigned i = 0; i < sorted->len; i++) {
        CapsBlocker *blocker;

        /* QEMU repeats a feature for each that needs it. */
        if (i && !strcmp(sorted->pdata[i], sorted->pdata[i - 1]))
            continue;
        blocker = xml_new(&caps_blocker_xml);
        blocker->name = g_strdup(sorted->pdata[i]);
        g_ptr_array_add(item->blockers, blocker);
    }
    g_ptr_array_add(mode->models, item);
}

static void
fill_custom(CapsCpuMode *mode, const QemuDomainCapsAsk *ask, QemuAccel accel)
{
    static const CapsUsable usable[] = { [QEMU_YES_UNSET] = CAPS_USABLE_UNKNOWN, [QEMU_YES_YES] = CAPS_USABLE_YES,
                                         [QEMU_YES_NO] = CAPS_USABLE_NO };
    GPtrArray *models = ask->qemu->accel[accel].models;
    g_autoptr(GPtrArray) sorted = g_ptr_array_new();
    /* On Arm the map is for hosts: guests may name what QEMU knows. */
    bool mapped = is_x86(ask->qemu) || g_str_has_prefix(ask->qemu->arch, "ppc64");
    g_auto(GStrv) known = mapped ? cpu_models(ask->qemu->arch, NULL) : NULL;

    for (unsigned i = 0; i < models->len; i++)
        if (is_listed(known, ((const QemuCpuModel *)models->pdata[i])->name))
            g_ptr_array_add(sorted, models->pdata[i]);
    g_ptr_array_sort(sorted, compare_models);
    mode->supported = sorted->len ? YESNO_YES : YESNO_NO;
    mode->models = g_ptr_array_new();
    for (unsigned i = 0; i < sorted->len; i++) {
        const QemuCpuModel *model = sorted->pdata[i];
        const char *vendor = cpu_model_vendor(ask->qemu->arch, model->name);
        const char *canonical = cpu_model_canonical(ask->qemu->arch, model->name);
        CapsCpuModel *item = xml_new(&caps_cpu_model_xml);

        item->tag = CAPS_MODEL_TAG_MODEL;
        item->usable = usable[model->usable];
        item->deprecated = model->deprecated ? YESNO_YES : YESNO_UNSET;
        item->vendor = g_strdup(vendor ? vendor : "unknown");
        if (canonical && qemu_caps_model(ask->qemu, accel, canonical))
            item->canonical = g_strdup(canonical);
        item->model = g_strdup(model->name);
        g_ptr_array_add(mode->models, item);
        if (model->usable == QEMU_YES_NO && model->blockers && model->blockers->len)
            add_blockers(mode, ask->qemu->arch, model);
    }
}

static void
fill_host_mode(CapsCpuMode *mode, const QemuDomainCapsAsk *ask, QemuAccel accel)
{
    static const char *const arches[] = { "x86_64", "i686", "s390x", "ppc64", "ppc64le", NULL };
    bool best = ask->qemu->accel[accel].host != NULL;
    const GPtrArray *deprecated = best ? ask->qemu->accel[accel].host->deprecated_features : NULL;
    g_autoptr(GError) refused = NULL;
    g_autoptr(Cpu) cpu = NULL;
    CapsCpuModel *model;

    /* Elsewhere what QEMU tells of its best CPU names no model a guest could have. */
    if (!g_strv_contains(arches, ask->qemu->arch))
        return;
    /* Where nobody can say what the host's CPU is, there is no such mode: that is all the error tells. */
    cpu = best || ask->host_cpu ? fill_host_model(ask->qemu, accel, best ? NULL : ask->host_cpu, true, &refused) : NULL;
    if (!cpu || !cpu->model)
        return;
    for (unsigned i = 0; ask->no_deprecated && deprecated && i < deprecated->len; i++)
        cpu_set_feature(cpu, ((const QemuCapsName *)deprecated->pdata[i])->name, CPU_POLICY_DISABLE);
    mode->supported = YESNO_YES;
    mode->models = g_ptr_array_new();
    model = xml_new(&caps_cpu_model_xml);
    model->tag = CAPS_MODEL_TAG_MODEL;
    model->fallback = cpu->fallback == CPU_FALLBACK_UNSET ? CPU_FALLBACK_ALLOW : cpu->fallback;
    model->vendor_id = g_strdup(cpu->vendor_id);
    model->model = g_strdup(cpu->model);
    g_ptr_array_add(mode->models, model);
    mode->vendor = g_strdup(cpu->vendor);
    if (accel != QEMU_ACCEL_TCG && ask->phys_bits) {
        mode->phys_mode = CPU_PHYS_MODE_PASSTHROUGH;
        mode->phys_limit = ask->phys_bits;
    }
    mode->features = g_steal_pointer(&cpu->features);
}

static void
fill_cpu(DomainCaps *caps, const QemuDomainCapsAsk *ask, QemuAccel accel)
{
    CapsCpuMode *passthrough = domain_caps_mode(caps, CPU_MODE_HOST_PASSTHROUGH);
    CapsCpuMode *maximum = domain_caps_mode(caps, CPU_MODE_MAXIMUM);

    if (accel != QEMU_ACCEL_TCG) {
        CapsEnum *list = domain_caps_enum(&passthrough->enums, "hostPassthroughMigratable");

        passthrough->supported = YESNO_YES;
        if (has(ask, "cpu.migratable"))
            domain_caps_value(list, "on");
        domain_caps_value(list, "off");
    }
    if (has(ask, "cpu-max")) {
        CapsEnum *list = domain_caps_enum(&maximum->enums, "maximumMigratable");

        maximum->supported = YESNO_YES;
        domain_caps_value(list, "on");
        domain_caps_value(list, "off");
    }
    fill_host_mode(domain_caps_mode(caps, CPU_MODE_HOST_MODEL), ask, accel);
    fill_custom(domain_caps_mode(caps, CPU_MODE_CUSTOM), ask, accel);
}

DomainCaps *
qemu_domain_caps_new(const QemuDomainCapsAsk *ask, GError **error)
{
    QemuAccel accel = !strcmp(ask->virttype, "kvm") ? QEMU_ACCEL_KVM : !strcmp(ask->virttype, "hvf") ? QEMU_ACCEL_HVF
                                                                                                      : QEMU_ACCEL_TCG;
    /* Without the accelerator the emulator still says what its machines are. */
    QemuAccel shown = ask->qemu->accel[accel].machines->len ? accel : QEMU_ACCEL_TCG;
    const QemuMachine *machine = ask->machine ? qemu_caps_machine(ask->qemu, shown, ask->machine)
                                              : qemu_caps_default_machine(ask->qemu, shown);
    DomainCaps *caps;

    if (!machine) {
        error_set(error, VIR_ERR_INVALID_ARG, "the machine '%s' is not supported by emulator '%s'",
                  ask->machine ? ask->machine : "", ask->qemu->binary);
        return NULL;
    }
    caps = domain_caps_new(ask->qemu->binary, ask->virttype, machine->name, ask->qemu->arch);
    if (shown == accel)
        caps->max_vcpus = accel == QEMU_ACCEL_KVM && ask->max_vcpus ? MIN(machine->max_cpus, ask->max_vcpus) : machine->max_cpus;
    caps->iothreads = domain_caps_fact(true);
    fill_os(caps, ask, machine);
    fill_cpu(caps, ask, accel);
    caps->memory_backing = list_fact(ask, "sourceType", source_types);
    fill_devices(caps, ask, machine);
    fill_features(caps, ask, accel, machine);
    return caps;
}
