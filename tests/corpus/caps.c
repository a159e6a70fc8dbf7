/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* caps.c - families of capabilities: of emulators, of hosts with them, of their guests */
#define ERROR_FROM VIR_FROM_QEMU
#include "corpus/tool.h"

#include "corpus/transcript.h"
#include "drivers/conf/capabilities_gen.h"
#include "drivers/bhyve/caps.h"
#include "drivers/common/domain_caps.h"
#include "drivers/conf/cpu_gen.h"
#include "drivers/qemu/caps/qemu_domain_caps.h"
#include "drivers/qemu/caps/qemu_guest_caps.h"
#include "drivers/xen/xen_caps.h"
#include "util/error.h"
#include "util/xml.h"

static char *
qemu_caps(const Request *request, GError **error)
{
    g_autoptr(QemuCaps) caps = transcript_build(request, request->input, "input", request_option(request, "binary"), error);

    return caps ? xml_format_text(&qemu_caps_doc_xml, caps->doc, 0) : NULL;
}

static char *
qemu_caps_guest(const Request *request, GError **error)
{
    g_autoptr(QemuCaps) qemu = transcript_caps(request, error);
    g_autoptr(Capabilities) caps = xml_new(&capabilities_xml);

    if (!qemu)
        return NULL;
    caps->cpu = xml_new(&host_cpu_xml);
    caps->cpu->arch = g_strdup(request_option(request, "arch"));
    caps->power_management = true;
    caps->iommu = CAP_YESNO_NO;
    qemu_guest_caps_add(caps, qemu, false);
    return xml_format_text(&capabilities_xml, caps, 0);
}

static Cpu *
host_cpu(const Request *request, GError **error)
{
    g_autofree char *text = request_has(request, "host-cpu") ? request_file(request, "host-cpu", error) : NULL;

    return text ? xml_parse_text(&cpu_xml, text, 0, error) : NULL;
}

static DomainCaps *
ask_emulator(const Request *request, GError **error)
{
    static const char *const loaders[] = { "/obviously/fake/firmware1.fd", "/obviously/fake/firmware2.fd", NULL };
    g_autoptr(QemuCaps) qemu = transcript_caps(request, error);
    g_autofree char *root = g_build_filename(request_option(request, "fixtures"), "qemu-firmware", NULL);
    g_autoptr(FirmwareList) firmware = qemu ? firmware_list_load(root, "/home/user/.config", error) : NULL;
    g_autoptr(Cpu) cpu = firmware ? host_cpu(request, error) : NULL;
    QemuDomainCapsAsk ask = { .qemu = qemu, .virttype = request_option(request, "virttype"),
                              .machine = request_option(request, "machine"), .host_cpu = cpu, .firmware = firmware,
                              .loaders = loaders, .vfio = true, .protects = true,
                              /* CPUID leaf 0x8000001F: 509 guests, the first without SEV-ES is number 451. */
                              .sev_guests = 509 - 451 + 1, .sev_es_guests = 451 - 1 };
    const char *version;
    guint at = 0;

    if (!firmware || (request_has(request, "host-cpu") && !cpu))
        return NULL;
    while ((version = request_next_option(request, "tpm", &at))) {
        ask.tpm12 = ask.tpm12 || g_str_equal(version, "1.2");
        ask.tpm20 = ask.tpm20 || g_str_equal(version, "2.0");
    }
    ask.phys_bits = g_str_equal(qemu->arch, "s390x") ? 0 : 64;
    return qemu_domain_caps_new(&ask, error);
}

/* Drivers whose capabilities hang on options alone. */
static DomainCaps *
ask_driver(const Request *request, const char *driver, GError **error)
{
    const char *emulator = request_option(request, "emulator"), *arch = request_option(request, "arch");
    const char *machine = request_option(request, "machine"), *path;
    g_autoptr(GPtrArray) loaders = g_ptr_array_new();
    unsigned flags;
    guint at = 0;

    if (!bhyve_caps(request, &flags, error))
        return NULL;
    while ((path = request_next_option(request, "firmware", &at)))
        g_ptr_array_add(loaders, (void *)path);
    g_ptr_array_add(loaders, NULL);
    if (g_str_equal(driver, "bhyve"))
        return bhyve_caps_domain(flags, emulator, arch, (const char *const *)loaders->pdata);
    if (g_str_equal(driver, "xen"))
        return xen_caps_domain(emulator, machine, arch, (const char *const *)loaders->pdata);
    if (g_str_equal(driver, "none"))
        return domain_caps_new(emulator, request_option(request, "virttype"), machine, arch);
    error_set(error, VIR_ERR_NO_SUPPORT, "no %s driver", driver);
    return NULL;
}

static char *
domain_caps(const Request *request, GError **error)
{
    const char *driver = request_option(request, "driver");
    g_autoptr(DomainCaps) caps = driver ? ask_driver(request, driver, error) : ask_emulator(request, error);

    return caps ? xml_format_text(&domain_caps_xml, caps, 0) : NULL;
}

const Family caps_families[] = {
    { "qemu-caps", qemu_caps, "arch binary accel microcode-version" },
    { "qemu-caps-guest", qemu_caps_guest, "arch binary accel caps" },
    { "domain-caps", domain_caps, "arch emulator virttype machine caps host-cpu tpm fixtures driver firmware bhyve-cap" },
    { NULL, NULL, NULL },
};
