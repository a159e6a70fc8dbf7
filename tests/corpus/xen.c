/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen.c - families of Xen: configurations of xl and xm to documents and back, and that of libxl */
#define ERROR_FROM VIR_FROM_XEN
#include "corpus/tool.h"

#include "drivers/xen/xen_config.h"
#include "drivers/xen/xen_fill.h"
#include "drivers/xen/xen_libxl.h"
#include "util/xml.h"

static XenContext
context_of(const Request *request)
{
    return (XenContext) {
        .dialect = g_str_has_prefix(request->family, "xm2") || g_str_has_suffix(request->family, "2xm") ? XEN_XM : XEN_XL,
        .firmware = request_option(request, "firmware-dir"),
    };
}

static char *
config_to_xml(const Request *request, GError **error)
{
    const XenContext context = context_of(request);
    g_autoptr(Domain) domain = xen_config_read(request->input, &context, error);

    return domain ? xml_format_text(&domain_xml, domain, XML_FORMAT_INACTIVE | XML_FORMAT_SECURE) : NULL;
}

static Domain *
definition(const Request *request, GError **error)
{
    g_autoptr(Domain) domain = xml_parse_text(&domain_xml, request->input, XML_PARSE_INACTIVE, error);

    return domain && xen_fill_definition(domain, error) ? g_steal_pointer(&domain) : NULL;
}

static char *
xml_to_config(const Request *request, GError **error)
{
    const XenContext context = context_of(request);
    g_autoptr(Domain) domain = definition(request, error);

    return domain ? xen_config_write(domain, &context, error) : NULL;
}

/* What the recorded library answers, whatever the guest. */
static uint64_t
recorded_shadow(uint64_t memory G_GNUC_UNUSED, unsigned vcpus G_GNUC_UNUSED)
{
    return 1234;
}

static char *
xml_to_libxl(const Request *request, GError **error)
{
    const XenLibxlContext context = {
        .nested_hvm = request_has(request, "nested-hvm"),
        .shadow = recorded_shadow,
    };
    g_autoptr(Domain) domain = definition(request, error);
    g_autoptr(Json) config = domain ? xen_libxl_config(domain, &context, error) : NULL;

    return config ? json_format(config, true) : NULL;
}

const Family xen_families[] = {
    { "xl2xml", config_to_xml, "firmware-dir" },
    { "xml2xl", xml_to_config, "firmware-dir" },
    { "xm2xml", config_to_xml, "" },
    { "xml2xm", xml_to_config, "" },
    { "xml2libxl", xml_to_libxl, "nested-hvm" },
    { NULL, NULL, NULL },
};
