/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vmx.c - families of VMware's configuration files: to documents and back */
#define ERROR_FROM VIR_FROM_VMWARE
#include "corpus/tool.h"

#include <string.h>

#include "drivers/vmware/vmx.h"
#include "util/error.h"
#include "util/text.h"
#include "util/xml.h"

/* The recorded server: the store "missing" is not there, nor are images whose path begins so. */
static bool
image_exists(void *data G_GNUC_UNUSED, const char *name)
{
    const char *path = strstr(name, "] ");

    return !g_str_has_prefix(name, "[missing]") && !(path && g_str_has_prefix(path + 2, "missing"));
}

static const char *
image_model(void *data G_GNUC_UNUSED, const Disk *disk G_GNUC_UNUSED)
{
    return "lsilogic";
}

static VmxContext
context_of(const Request *request)
{
    return (VmxContext) {
        .datacenter = request_option(request, "datacenter-path"),
        .datastore = "datastore",
        .directory = "directory",
        .exists = image_exists,
        .scsi_model = image_model,
    };
}

static char *
vmx2xml(const Request *request, GError **error)
{
    /* The recorded documents have the zeros that upstream prints of a UUID nobody has set; ours has none then. */
    static const char unset[] = "  <uuid>00000000-0000-0000-0000-000000000000</uuid>\n";
    const VmxContext context = context_of(request);
    g_autoptr(Domain) domain = vmx_read(request->input, &context, error);
    g_autofree char *text = domain ? xml_format_text(&domain_xml, domain, XML_FORMAT_INACTIVE | XML_FORMAT_SECURE) : NULL;
    const char *rest = text ? strstr(text, "</name>\n") : NULL;

    if (!rest || strstr(text, "\n  <uuid>"))
        return g_steal_pointer(&text);
    rest += strlen("</name>\n");
    return g_strdup_printf("%.*s%s%s", (int)(rest - text), text, unset, rest);
}

static char *
xml2vmx(const Request *request, GError **error)
{
    VmxContext context = context_of(request);
    const char *hardware = request_option(request, "hw-version");
    g_autoptr(Domain) domain = NULL;

    if (!hardware || !text_parse_uint(hardware, 10, &context.hardware)) {
        error_set(error, VIR_ERR_INVALID_ARG, "--hw-version is missing or no number");
        return NULL;
    }
    domain = xml_parse_text(&domain_xml, request->input, XML_PARSE_INACTIVE, error);
    return domain ? vmx_write(domain, &context, error) : NULL;
}

const Family vmx_families[] = {
    { "vmx2xml", vmx2xml, "datacenter-path" },
    { "xml2vmx", xml2vmx, "hw-version datacenter-path" },
    { NULL, NULL, NULL },
};
