/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* caps.c - families of capabilities: of emulators, of hosts with them, of their guests */
#define ERROR_FROM VIR_FROM_QEMU
#include "corpus/tool.h"

#include "corpus/transcript.h"
#include "drivers/conf/capabilities_gen.h"
#include "drivers/qemu/caps/qemu_guest_caps.h"
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

const Family caps_families[] = {
    { "qemu-caps", qemu_caps, "arch binary accel microcode-version" },
    { "qemu-caps-guest", qemu_caps_guest, "arch binary accel caps" },
    { NULL, NULL, NULL },
};
