/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host_rows.c - the host and what it can run */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "drivers/qemu/process/guest.h"
#include "drivers/qemu/rows.h"
#include "util/error.h"
#include "util/file.h"
#include "util/uuid.h"
#include "util/xml.h"

enum { LIB_VERSION = 11003000 };

bool
host_rows_type(Call *call, GError **error)
{
    ((ConnectGetTypeRet *)call->ret)->type = g_strdup("QEMU");
    return true;
}

/* Of the emulator for this host's own architecture. */
static QemuCaps *
host_caps(GError **error)
{
    g_autofree char *binary = qemu_probe_find("x86_64");

    if (!binary) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "Cannot find suitable emulator for x86_64: install qemu-system-x86");
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

bool
host_rows_lib_version(Call *call, GError **error)
{
    ((ConnectGetLibVersionRet *)call->ret)->lib_ver = LIB_VERSION;
    return true;
}

bool
host_rows_hostname(Call *call, GError **error)
{
    ((ConnectGetHostnameRet *)call->ret)->hostname = g_strdup(g_get_host_name());
    return true;
}

bool
host_rows_uri(Call *call, GError **error)
{
    g_auto(LockHold) hold = lock_hold(&call->session->lock);

    ((ConnectGetUriRet *)call->ret)->uri = g_strdup(call->session->uri);
    return true;
}

bool
host_rows_is_secure(Call *call, GError **error)
{
    ((ConnectIsSecureRet *)call->ret)->secure = 1;
    return true;
}

/* What the server does not answer by itself: see virDrvFeature. */
bool
host_rows_supports_feature(Call *call, GError **error)
{
    enum { TYPED_PARAM_STRING = 9, XML_MIGRATABLE = 11, NETWORK_UPDATE_ORDER = 16 };
    int32_t feature = ((const ConnectSupportsFeatureArgs *)call->args)->feature;

    ((ConnectSupportsFeatureRet *)call->ret)->supported =
        feature == TYPED_PARAM_STRING || feature == XML_MIGRATABLE || feature == NETWORK_UPDATE_ORDER;
    return true;
}

bool
host_rows_max_vcpus(Call *call, GError **error)
{
    const ConnectGetMaxVcpusArgs *args = call->args;
    ConnectGetMaxVcpusRet *ret = call->ret;

    if (!args->type || !g_ascii_strcasecmp(args->type, "qemu"))
        ret->max_vcpus = 16;
    else if (!g_ascii_strcasecmp(args->type, "kvm"))
        ret->max_vcpus = 255;
    else {
        error_set(error, VIR_ERR_INVALID_ARG, "unknown type '%s'", args->type);
        return false;
    }
    return true;
}

typedef struct CpuFacts {
    unsigned online, sockets, cores, threads, mhz;
    uint64_t memory_kib;
    char model[32];
} CpuFacts;

static uint64_t
topology(unsigned cpu, const char *file)
{
    g_autofree char *path = g_strdup_printf("/sys/devices/system/cpu/cpu%u/topology/%s", cpu, file);
    uint64_t value = 0;

    file_read_uint64(path, &value);
    return value;
}

static void
read_facts(CpuFacts *facts)
{
    g_autoptr(GHashTable) sockets = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) cores = g_hash_table_new(NULL, NULL);
    g_autofree char *cpuinfo = NULL;
    const char *mhz;
    struct utsname host;

    *facts = (CpuFacts){ .online = (unsigned)sysconf(_SC_NPROCESSORS_ONLN) };
    facts->memory_kib = (uint64_t)sysconf(_SC_PHYS_PAGES) * ((uint64_t)sysconf(_SC_PAGESIZE) / 1024);
    for (unsigned i = 0; i < facts->online; i++) {
        uint64_t socket = topology(i, "physical_package_id"), core = topology(i, "core_id");

        g_hash_table_add(sockets, GSIZE_TO_POINTER(socket + 1));
        g_hash_table_add(cores, GSIZE_TO_POINTER((socket << 16) + core + 1));
    }
    facts->sockets = MAX(g_hash_table_size(sockets), 1);
    facts->cores = MAX(g_hash_table_size(cores) / facts->sockets, 1);
    facts->threads = MAX(facts->online / (facts->sockets * facts->cores), 1);
    if (facts->sockets * facts->cores * facts->threads != facts->online) {
        facts->sockets = facts->threads = 1;
        facts->cores = facts->online;
    }
    if (file_read_limited("/proc/cpuinfo", 8 << 20, &cpuinfo, NULL, NULL) && (mhz = strstr(cpuinfo, "cpu MHz")) &&
        (mhz = strchr(mhz, ':')))
        facts->mhz = (unsigned)g_ascii_strtod(mhz + 1, NULL);
    uname(&host);
    g_strlcpy(facts->model, host.machine, sizeof(facts->model));
}

bool
host_rows_node_info(Call *call, GError **error)
{
    NodeGetInfoRet *ret = call->ret;
    CpuFacts facts;

    read_facts(&facts);
    memcpy(ret->model, facts.model, sizeof(ret->model));
    ret->memory = facts.memory_kib;
    ret->cpus = (int32_t)facts.online;
    ret->mhz = (int32_t)facts.mhz;
    ret->nodes = 1;
    ret->sockets = (int32_t)facts.sockets;
    ret->cores = (int32_t)facts.cores;
    ret->threads = (int32_t)facts.threads;
    return true;
}

bool
host_rows_free_memory(Call *call, GError **error)
{
    ((NodeGetFreeMemoryRet *)call->ret)->freeMem = (uint64_t)sysconf(_SC_AVPHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    return true;
}

static char *
host_uuid(void)
{
    static const char *const files[] = { "/sys/class/dmi/id/product_uuid", "/etc/machine-id", "/var/lib/dbus/machine-id" };
    uint8_t uuid[16];

    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *text = file_read_line(files[i]);

        if (text && uuid_parse(text, uuid) && uuid_is_valid(uuid))
            return uuid_to_string(uuid);
    }
    return NULL;
}

static void
add_host(GString *out)
{
    g_autofree char *uuid = host_uuid();
    CpuFacts facts;

    read_facts(&facts);
    g_string_append(out, "  <host>\n");
    if (uuid)
        g_string_append_printf(out, "    <uuid>%s</uuid>\n", uuid);
    g_string_append_printf(out,
                           "    <cpu>\n      <arch>%s</arch>\n"
                           "      <topology sockets='%u' dies='1' clusters='1' cores='%u' threads='%u'/>\n"
                           "      <pages unit='KiB' size='4'/>\n      <pages unit='KiB' size='2048'/>\n    </cpu>\n"
                           "    <power_management/>\n    <iommu support='no'/>\n"
                           "    <migration_features>\n      <live/>\n      <uri_transports>\n"
                           "        <uri_transport>tcp</uri_transport>\n      </uri_transports>\n    </migration_features>\n"
                           "    <topology>\n      <cells num='1'>\n        <cell id='0'>\n"
                           "          <memory unit='KiB'>%" PRIu64 "</memory>\n          <cpus num='%u'>\n",
                           facts.model, facts.sockets, facts.cores, facts.threads, facts.memory_kib, facts.online);
    for (unsigned i = 0; i < facts.online; i++)
        g_string_append_printf(out,
                               "            <cpu id='%u' socket_id='%" PRIu64 "' die_id='0' core_id='%" PRIu64
                               "' siblings='%u'/>\n", i, topology(i, "physical_package_id"), topology(i, "core_id"), i);
    g_string_append(out, "          </cpus>\n        </cell>\n      </cells>\n    </topology>\n");
    g_string_append_printf(out, "    <secmodel>\n      <model>none</model>\n      <doi>0</doi>\n    </secmodel>\n"
                                "    <secmodel>\n      <model>dac</model>\n      <doi>0</doi>\n"
                                "      <baselabel type='kvm'>+%u:+%u</baselabel>\n"
                                "      <baselabel type='qemu'>+%u:+%u</baselabel>\n    </secmodel>\n  </host>\n",
                           guest_host.conf->uid, guest_host.conf->gid, guest_host.conf->uid, guest_host.conf->gid);
}

static void
add_machines(GString *out, const QemuCaps *caps, QemuAccel accel, const char *indent)
{
    GPtrArray *machines = caps->accel[accel].machines;

    for (unsigned i = 0; i < machines->len; i++) {
        const QemuMachine *m = machines->pdata[i];

        g_string_append_printf(out, "%s<machine maxCpus='%u'%s>%s</machine>\n", indent, m->max_cpus,
                               m->deprecated ? " deprecated='yes'" : "", m->name);
        if (m->alias)
            g_string_append_printf(out, "%s<machine canonical='%s' maxCpus='%u'>%s</machine>\n", indent, m->name, m->max_cpus,
                                   m->alias);
    }
}

static void
add_guest(GString *out, const QemuCaps *caps)
{
    bool x86 = g_str_equal(caps->arch, "x86_64");

    g_string_append_printf(out, "  <guest>\n    <os_type>hvm</os_type>\n    <arch name='%s'>\n      <wordsize>%d</wordsize>\n"
                                "      <emulator>%s</emulator>\n", caps->arch, strstr(caps->arch, "64") ? 64 : 32, caps->binary);
    add_machines(out, caps, QEMU_ACCEL_TCG, "      ");
    g_string_append(out, "      <domain type='qemu'/>\n");
    if (caps->kvm)
        g_string_append(out, "      <domain type='kvm'/>\n");
    g_string_append(out, "    </arch>\n    <features>\n");
    if (x86)
        g_string_append(out, "      <acpi default='on' toggle='yes'/>\n      <apic default='on' toggle='no'/>\n");
    g_string_append(out, "      <cpuselection/>\n      <deviceboot/>\n      <disksnapshot default='on' toggle='no'/>\n"
                         "      <externalSnapshot/>\n    </features>\n  </guest>\n");
}

bool
host_rows_capabilities(Call *call, GError **error)
{
    static const char *const arches[] = { "x86_64", "i686", "aarch64", "armv7l", "ppc64", "riscv64", "s390x" };
    GString *out = g_string_new("<capabilities>\n\n");

    add_host(out);
    for (size_t i = 0; i < G_N_ELEMENTS(arches); i++) {
        g_autofree char *binary = qemu_probe_find(arches[i]);
        g_autoptr(QemuCaps) caps = binary ? qemu_probe_get(guest_host.probe, binary, NULL) : NULL;

        if (!caps)
            continue;
        g_string_append_c(out, '\n');
        add_guest(out, caps);
    }
    g_string_append(out, "\n</capabilities>\n");
    ((ConnectGetCapabilitiesRet *)call->ret)->capabilities = g_string_free(out, FALSE);
    return true;
}

static void
add_values(GString *out, const QemuCaps *caps, const char *name, const char *const values[][2])
{
    g_string_append_printf(out, "      <enum name='%s'>\n", name);
    for (size_t i = 0; values[i][0]; i++)
        if (!values[i][1] || qemu_caps_has(caps, values[i][1]))
            g_string_append_printf(out, "        <value>%s</value>\n", values[i][0]);
    g_string_append(out, "      </enum>\n");
}

static void
add_devices(GString *out, const QemuCaps *caps)
{
    static const char *const disks[][2] = { { "disk", NULL }, { "cdrom", NULL }, { "floppy", "floppy" }, { "lun", NULL },
                                            { NULL } };
    static const char *const buses[][2] = { { "ide", "ide-hd" }, { "fdc", "floppy" }, { "scsi", "scsi-hd" },
                                            { "virtio", "virtio-blk-pci" }, { "usb", "usb-storage" }, { "sata", "ide-hd" }, { NULL } };
    static const char *const virtio[][2] = { { "virtio", NULL }, { "virtio-transitional", "virtio-blk-pci-transitional" },
                                             { "virtio-non-transitional", "virtio-blk-pci-non-transitional" }, { NULL } };
    static const char *const graphics[][2] = { { "sdl", NULL }, { "vnc", NULL }, { "egl-headless", NULL }, { NULL } };
    static const char *const videos[][2] = { { "vga", "VGA" }, { "cirrus", "cirrus-vga" }, { "vmvga", "vmware-svga" },
                                             { "qxl", "qxl" }, { "virtio", "virtio-gpu-pci" }, { "none", NULL },
                                             { "bochs", "bochs-display" }, { "ramfb", "ramfb" }, { NULL } };
    static const char *const backends[][2] = { { "random", NULL }, { "egd", NULL }, { "builtin", "rng-builtin" }, { NULL } };
    static const char *const sections[] = { "disk", "graphics", "video", "rng" };

    g_string_append(out, "  <devices>\n");
    for (size_t i = 0; i < G_N_ELEMENTS(sections); i++) {
        g_string_append_printf(out, "    <%s supported='yes'>\n", sections[i]);
        if (i == 0) {
            add_values(out, caps, "diskDevice", disks);
            add_values(out, caps, "bus", buses);
            add_values(out, caps, "model", virtio);
        } else if (i == 1) {
            add_values(out, caps, "type", graphics);
        } else if (i == 2) {
            add_values(out, caps, "modelType", videos);
        } else {
            add_values(out, caps, "model", virtio);
            add_values(out, caps, "backendModel", backends);
        }
        g_string_append_printf(out, "    </%s>\n", sections[i]);
    }
    g_string_append(out, "  </devices>\n");
}

bool
host_rows_domain_capabilities(Call *call, GError **error)
{
    const ConnectGetDomainCapabilitiesArgs *args = call->args;
    const char *arch = args->arch ? args->arch : "x86_64";
    g_autofree char *binary = args->emulatorbin ? g_strdup(args->emulatorbin) : qemu_probe_find(arch);
    g_autoptr(QemuCaps) caps = NULL;
    QemuAccel accel;
    const QemuMachine *machine;
    GPtrArray *models;
    GString *out;

    if (!binary) {
        error_set(error, VIR_ERR_INVALID_ARG, "unable to find any emulator to serve '%s' architecture", arch);
        return false;
    }
    caps = qemu_probe_get(guest_host.probe, binary, error);
    if (!caps)
        return false;
    accel = args->virttype ? !strcmp(args->virttype, "kvm") ? QEMU_ACCEL_KVM : QEMU_ACCEL_TCG
                           : caps->kvm ? QEMU_ACCEL_KVM : QEMU_ACCEL_TCG;
    if (accel == QEMU_ACCEL_KVM && !caps->kvm) {
        error_set(error, VIR_ERR_INVALID_ARG, "KVM is not supported by '%s' on this host", binary);
        return false;
    }
    machine = args->machine ? qemu_caps_machine(caps, accel, args->machine) : qemu_caps_default_machine(caps, accel);
    if (!machine) {
        error_set(error, VIR_ERR_INVALID_ARG, "the machine '%s' is not supported by emulator '%s'",
                  args->machine ? args->machine : "", binary);
        return false;
    }
    out = g_string_new("<domainCapabilities>\n");
    g_string_append_printf(out, "  <path>%s</path>\n  <domain>%s</domain>\n  <machine>%s</machine>\n  <arch>%s</arch>\n"
                                "  <vcpu max='%u'/>\n  <iothreads supported='yes'/>\n  <cpu>\n"
                                "    <mode name='host-passthrough' supported='%s'/>\n    <mode name='maximum' supported='yes'/>\n"
                                "    <mode name='host-model' supported='%s'/>\n    <mode name='custom' supported='yes'>\n",
                           caps->binary, accel == QEMU_ACCEL_KVM ? "kvm" : "qemu", machine->name, caps->arch, machine->max_cpus,
                           accel == QEMU_ACCEL_KVM ? "yes" : "no", caps->accel[accel].host_model ? "yes" : "no");
    models = caps->accel[accel].models;
    for (unsigned i = 0; i < models->len; i++) {
        const QemuCpuModel *m = models->pdata[i];

        g_string_append_printf(out, "      <model usable='%s'%s>%s</model>\n", m->usable ? "yes" : "no",
                               m->deprecated ? " deprecated='yes'" : "", m->name);
    }
    g_string_append(out, "    </mode>\n  </cpu>\n");
    add_devices(out, caps);
    g_string_append(out, "</domainCapabilities>\n");
    ((ConnectGetDomainCapabilitiesRet *)call->ret)->capabilities = g_string_free(out, FALSE);
    return true;
}
