/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host_rows.c - the host and what it can run */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/common/host_caps.h"
#include "drivers/qemu/caps/qemu_guest_caps.h"
#include "drivers/qemu/process/guest.h"
#include "drivers/qemu/rows.h"
#include "util/error.h"
#include "util/log.h"
#include "util/xml.h"

LOG_SOURCE("qemu.host");

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

bool
host_rows_capabilities(Call *call, GError **error)
{
    static const char *const arches[] = { "x86_64", "i686", "aarch64", "armv7l", "loongarch64", "ppc64", "riscv64", "s390x" };
    static const char *const types[] = { "kvm", "qemu", NULL };
    static const char *const transports[] = { "tcp" };
    g_autoptr(Capabilities) host = host_caps_new(&host_tree_real);
    g_autofree char *label = g_strdup_printf("+%u:+%u", guest_host.conf->uid, guest_host.conf->gid);

    host->migration = host->live = true;
    host->uri_transports = g_ptr_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(transports); i++)
        g_ptr_array_add(host->uri_transports, g_strdup(transports[i]));
    host_caps_add_secmodel(host, "none", "0", NULL, NULL);
    if (guest_host.conf->privileged)
        host_caps_add_secmodel(host, "dac", "0", types, label);
    for (size_t i = 0; i < G_N_ELEMENTS(arches); i++) {
        g_autofree char *binary = qemu_probe_find(arches[i]);
        g_autoptr(GError) failed = NULL;
        g_autoptr(QemuCaps) caps = binary ? qemu_probe_get(guest_host.probe, binary, &failed) : NULL;

        /* A broken emulator of one architecture is no reason to hide the others. */
        if (failed)
            log_gerror(failed, "while asking '%s' for capabilities", binary);
        if (caps)
            qemu_guest_caps_add(host, caps, true);
    }
    ((ConnectGetCapabilitiesRet *)call->ret)->capabilities = xml_format_text(&capabilities_xml, host, 0);
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
                           accel == QEMU_ACCEL_KVM ? "yes" : "no", caps->accel[accel].host ? "yes" : "no");
    models = caps->accel[accel].models;
    for (unsigned i = 0; i < models->len; i++) {
        const QemuCpuModel *m = models->pdata[i];

        g_string_append_printf(out, "      <model usable='%s'%s>%s</model>\n", m->usable == QEMU_YES_NO ? "no" : m->usable ? "yes" : "unknown",
                               m->deprecated ? " deprecated='yes'" : "", m->name);
    }
    g_string_append(out, "    </mode>\n  </cpu>\n");
    add_devices(out, caps);
    g_string_append(out, "</domainCapabilities>\n");
    ((ConnectGetDomainCapabilitiesRet *)call->ret)->capabilities = g_string_free(out, FALSE);
    return true;
}
