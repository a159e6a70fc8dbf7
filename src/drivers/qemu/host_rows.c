/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host_rows.c - the host and what it can run */
#define ERROR_FROM VIR_FROM_QEMU
#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#ifdef __x86_64__
#include <cpuid.h>
#endif

#include "drivers/common/cpu_rows.h"
#include "drivers/common/host_caps.h"
#include "drivers/common/params.h"
#include "drivers/conf/cpu/cpu.h"
#include "drivers/qemu/caps/qemu_domain_caps.h"
#include "drivers/qemu/caps/qemu_guest_caps.h"
#include "drivers/qemu/process/guest.h"
#include "drivers/qemu/rows.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/log.h"
#include "util/process.h"
#include "util/xml.h"

LOG_SOURCE("qemu.host");

enum { SWTPM_TIMEOUT = 10000 };

static char *
host_arch(void)
{
    struct utsname host;

    uname(&host);
    return g_strdup(host.machine);
}

/* Of the emulator for this host's own architecture. */
static QemuCaps *
host_caps(GError **error)
{
    g_autofree char *arch = host_arch();
    g_autofree char *binary = qemu_probe_find(arch);

    if (!binary) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "Cannot find suitable emulator for %s: install its qemu-system package", arch);
        return NULL;
    }
    return qemu_probe_get(guest_host.probe, binary, error);
}

bool
host_rows_version(Call *call, GError **error)
{
    g_autoptr(QemuCaps) caps = host_caps(error);

    if (caps)
        ((ConnectGetVersionRet *)call->ret)->hv_ver = caps->version;
    return caps != NULL;
}

/* What the server does not answer by itself: see virDrvFeature. */
bool
host_rows_supports_feature(Call *call, GError **error)
{
    enum { MIGRATION_P2P = 4, MIGRATION_V3 = 6, CHANGE_PROTECTION = 7, TYPED_PARAM_STRING = 9, XML_MIGRATABLE = 11,
           MIGRATION_OFFLINE = 12, MIGRATION_PARAMS = 13, NETWORK_UPDATE_ORDER = 16 };
    static const unsigned supported = 1u << MIGRATION_P2P | 1u << MIGRATION_V3 | 1u << CHANGE_PROTECTION |
                                      1u << TYPED_PARAM_STRING | 1u << XML_MIGRATABLE | 1u << MIGRATION_OFFLINE |
                                      1u << MIGRATION_PARAMS | 1u << NETWORK_UPDATE_ORDER;
    int32_t feature = ((const ConnectSupportsFeatureArgs *)call->args)->feature;

    ((ConnectSupportsFeatureRet *)call->ret)->supported =
        feature >= 0 && feature < 32 && (supported & 1u << feature);
    return true;
}

/* CPUID leaf 0x8000001F: how many guests may be encrypted, and the first number of those without SEV-ES. */
static void
count_sev(QemuDomainCapsAsk *ask)
{
#ifdef __x86_64__
    unsigned eax, ebx, ecx = 0, edx = 0;

    if (!__get_cpuid_count(0x8000001f, 0, &eax, &ebx, &ecx, &edx) || !edx)
        return;
    ask->sev_guests = ecx >= edx ? ecx - edx + 1 : 0;
    ask->sev_es_guests = edx - 1;
#endif
}

static unsigned
kvm_max_vcpus(void)
{
    autofd int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    int n = kvm < 0 ? 0 : ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_MAX_VCPUS);

    return n > 0 ? (unsigned)n : 0;
}

bool
host_rows_max_vcpus(Call *call, GError **error)
{
    const ConnectGetMaxVcpusArgs *args = call->args;
    ConnectGetMaxVcpusRet *ret = call->ret;

    /* Emulation has no limit but that of the machine; this is what it was said to have, always. */
    if (!args->type || !g_ascii_strcasecmp(args->type, "qemu")) {
        ret->max_vcpus = 16;
        return true;
    }
    if (g_ascii_strcasecmp(args->type, "kvm")) {
        error_set(error, VIR_ERR_INVALID_ARG, "unknown type '%s'", args->type);
        return false;
    }
    ret->max_vcpus = (int32_t)kvm_max_vcpus();
    if (!ret->max_vcpus)
        error_set_errno(error, errno ? errno : ENOTSUP, "Unable to open /dev/kvm: is the module loaded, and may we use it?");
    return ret->max_vcpus > 0;
}

/* Guests are confined by their user; there is no driver of labels. */
bool
host_rows_security_model(Call *call, GError **error)
{
    NodeGetSecurityModelRet *ret = call->ret;

    ret->model = g_strdup("none");
    ret->n_model = sizeof("none");
    ret->doi = g_strdup("0");
    ret->n_doi = sizeof("0");
    return true;
}

bool
host_rows_sev_info(Call *call, GError **error)
{
    const NodeGetSevInfoArgs *args = call->args;
    NodeGetSevInfoRet *ret = call->ret;
    g_autoptr(QemuCaps) caps = host_caps(error);
    const QemuCapsSev *sev = caps && qemu_caps_flag(caps, "sev-guest") ? caps->doc->sev : NULL;
    QemuDomainCapsAsk counts = { 0 };
    g_auto(Params) params = { 0 };

    if (!caps)
        return false;
    if (!sev) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "QEMU does not support SEV guest on this host");
        return false;
    }
    count_sev(&counts);
    params_add_string(&params, VIR_NODE_SEV_PDH, sev->pdh);
    params_add_string(&params, VIR_NODE_SEV_CERT_CHAIN, sev->cert_chain);
    params_add_string(&params, VIR_NODE_SEV_CPU0_ID, sev->cpu0_id);
    params_add_uint(&params, VIR_NODE_SEV_CBITPOS, sev->cbitpos);
    params_add_uint(&params, VIR_NODE_SEV_REDUCED_PHYS_BITS, sev->reduced_phys_bits);
    params_add_uint(&params, VIR_NODE_SEV_MAX_GUESTS, counts.sev_guests);
    params_add_uint(&params, VIR_NODE_SEV_MAX_ES_GUESTS, counts.sev_es_guests);
    params_finish(&params, args->nparams, &ret->n_params, &ret->params, &ret->nparams);
    return true;
}

/* An emulator of one architecture, asked in a thread: the first time takes half a second each. */
typedef struct Installed {
    char *binary;
    QemuCaps *caps;
    GThread *thread;
} Installed;

static void *
ask_installed(void *data)
{
    Installed *one = data;
    g_autoptr(GError) failed = NULL;

    one->caps = qemu_probe_get(guest_host.probe, one->binary, &failed);
    /* A broken emulator of one architecture is no reason to hide the others. */
    if (failed)
        log_gerror(failed, "while asking '%s' for capabilities", one->binary);
    return NULL;
}

bool
host_rows_capabilities(Call *call, GError **error)
{
    static const char *const arches[] = { "x86_64", "i686", "aarch64", "armv7l", "loongarch64", "ppc64", "riscv64", "s390x" };
    static const char *const types[] = { "kvm", "qemu", NULL };
    static const char *const transports[] = { "tcp" };
    g_autoptr(Capabilities) host = host_caps_new(&host_tree_real);
    Installed installed[G_N_ELEMENTS(arches)] = { 0 };
    g_autofree char *label = g_strdup_printf("+%u:+%u", guest_host.conf->uid, guest_host.conf->gid);

    cpu_rows_describe(host->cpu);
    host->migration = host->live = true;
    host->uri_transports = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < G_N_ELEMENTS(transports); i++)
        g_ptr_array_add(host->uri_transports, g_strdup(transports[i]));
    host_caps_add_secmodel(host, "none", "0", NULL, NULL);
    if (guest_host.conf->privileged)
        host_caps_add_secmodel(host, "dac", "0", types, label);
    for (size_t i = 0; i < G_N_ELEMENTS(arches); i++) {
        installed[i].binary = qemu_probe_find(arches[i]);
        if (installed[i].binary)
            installed[i].thread = g_thread_new("probe", ask_installed, &installed[i]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(arches); i++) {
        if (installed[i].thread)
            g_thread_join(installed[i].thread);
        if (installed[i].caps)
            qemu_guest_caps_add(host, installed[i].caps, true);
        g_clear_pointer(&installed[i].caps, qemu_caps_unref);
        g_free(installed[i].binary);
    }
    ((ConnectGetCapabilitiesRet *)call->ret)->capabilities = xml_format_text(&capabilities_xml, host, 0);
    return true;
}

/* An s390 host tells in its boot options and in sysfs that it may run secure guests. */
static bool
host_protects(void)
{
    uint64_t on = 0;

    return file_read_uint64("/sys/firmware/uv/prot_virt_host", &on) && on;
}

static void
ask_swtpm(QemuDomainCapsAsk *ask)
{
    static const char *const argv[] = { "swtpm_setup", "--print-capabilities", NULL };
    g_autofree char *program = g_find_program_in_path(argv[0]);
    g_autofree char *out = NULL;

    /* Without it there is no emulated TPM, which is all that is said then. */
    if (!program || !process_run(argv, NULL, SWTPM_TIMEOUT, &out, NULL, NULL))
        return;
    ask->tpm12 = strstr(out, "tpm-1.2") != NULL;
    ask->tpm20 = strstr(out, "tpm-2.0") != NULL;
}

bool
host_rows_domain_capabilities(Call *call, GError **error)
{
    const ConnectGetDomainCapabilitiesArgs *args = call->args;
    g_autofree char *native = host_arch();
    const char *arch = args->arch ? args->arch : native;
    g_autofree char *binary = args->emulatorbin ? g_strdup(args->emulatorbin) : qemu_probe_find(arch);
    g_autoptr(QemuCaps) caps = NULL;
    g_autoptr(FirmwareList) firmware = NULL;
    g_autoptr(DomainCaps) doc = NULL;
    g_autoptr(HostCpu) host = NULL;
    g_autoptr(Cpu) cpu = NULL;
    QemuDomainCapsAsk ask = { .virttype = args->virttype, .machine = args->machine };

    if (!binary) {
        error_set(error, VIR_ERR_INVALID_ARG, "unable to find any emulator to serve '%s' architecture", arch);
        return false;
    }
    if (args->virttype && strcmp(args->virttype, "kvm") && strcmp(args->virttype, "qemu")) {
        error_set(error, VIR_ERR_INVALID_ARG, "unknown virttype: %s", args->virttype);
        return false;
    }
    caps = qemu_probe_get(guest_host.probe, binary, error);
    if (!caps)
        return false;
    if (args->arch && strcmp(args->arch, caps->arch)) {
        error_set(error, VIR_ERR_INVALID_ARG, "architecture from emulator '%s' doesn't match given architecture '%s'", caps->arch,
                  args->arch);
        return false;
    }
    if (!g_strcmp0(args->virttype, "kvm") && !caps->kvm) {
        error_set(error, VIR_ERR_INVALID_ARG, "KVM is not supported by '%s' on this host", binary);
        return false;
    }
    firmware = firmware_list_host(guest_host.conf->privileged ? NULL : g_get_user_config_dir(), error);
    if (!firmware)
        return false;
    host = cpu_host();
    cpu = host && host->model ? cpu_from_host(host) : NULL;
    ask.qemu = caps;
    ask.firmware = firmware;
    ask.host_cpu = cpu;
    ask.no_deprecated = call->flags & VIR_CONNECT_GET_DOMAIN_CAPABILITIES_DISABLE_DEPRECATED_FEATURES;
    if (!ask.virttype)
        ask.virttype = caps->kvm ? "kvm" : "qemu";
    ask.vfio = g_file_test("/dev/vfio/vfio", G_FILE_TEST_EXISTS);
    ask.protects = host_protects();
    ask.max_vcpus = kvm_max_vcpus();
    ask.phys_bits = host ? host->phys_bits : 0;
    count_sev(&ask);
    ask_swtpm(&ask);
    doc = qemu_domain_caps_new(&ask, error);
    if (!doc)
        return false;
    ((ConnectGetDomainCapabilitiesRet *)call->ret)->capabilities = xml_format_text(&domain_caps_xml, doc, 0);
    return true;
}
