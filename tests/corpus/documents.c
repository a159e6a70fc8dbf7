/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* documents.c - families that read an XML document and print it again. */
#define ERROR_FROM VIR_FROM_NONE
#include "corpus/tool.h"
#include "drivers/conf/domain.h"
#include "drivers/conf/domstatus_gen.h"
#include "drivers/conf/network_gen.h"
#include "drivers/conf/nwfilter_gen.h"
#include "drivers/qemu/process/guest_upgrade.h"
#include "util/error.h"

#include <string.h>

static bool
is_inactive(const Request *request)
{
    return !g_strcmp0(request_option(request, "format"), "inactive");
}

static char *
round_trip(const XmlStruct *s, const Request *request, unsigned parse, unsigned format, GError **error)
{
    void *obj = xml_parse_text(s, request->input, parse, error);
    char *out = obj ? xml_format_text(s, obj, format) : NULL;

    xml_free(s, obj);
    return out;
}

static char *
network_xml2xml(const Request *request, GError **error)
{
    return round_trip(&network_xml, request, 0, is_inactive(request) ? XML_FORMAT_INACTIVE : 0, error);
}

static char *
network_port_xml2xml(const Request *request, GError **error)
{
    return round_trip(&network_port_xml, request, 0, 0, error);
}

static char *
domain_status(const Request *request, GError **error)
{
    DomainStatus *status = xml_parse_text(&domain_status_xml, request->input, XML_PARSE_STATUS, error);
    g_autoptr(QemuConf) conf = qemu_conf_new_plain();
    char *text;

    if (!status)
        return NULL;
    guest_upgrade_status(status, conf);
    text = xml_format_text(&domain_status_xml, status, XML_FORMAT_STATUS | XML_FORMAT_SECURE);
    xml_free(&domain_status_xml, status);
    return text;
}

/* With a driver that knows i686 and x86_64, on an x86_64 host.  What has no id does not run. */
static char *
generic_xml2xml(const Request *request, GError **error)
{
    g_autoptr(Domain) domain = xml_parse_text(&domain_xml, request->input, 0, error);
    unsigned format = XML_FORMAT_SECURE;

    if (domain && domain->id < 0) {
        g_clear_pointer(&domain, domain_free);
        domain = xml_parse_text(&domain_xml, request->input, XML_PARSE_INACTIVE, error);
        format |= XML_FORMAT_INACTIVE;
    }
    if (!domain)
        return NULL;
    domain_places_settle(domain);
    if (!domain->arch)
        domain->arch = g_strdup("x86_64");
    return xml_format_text(&domain_xml, domain, format | (is_inactive(request) ? XML_FORMAT_INACTIVE : 0));
}

/* Drivers that add nothing of their own to these definitions. */
static char *
active_or_not(const Request *request, GError **error)
{
    return round_trip(&domain_xml, request, XML_PARSE_INACTIVE,
                      XML_FORMAT_SECURE | (is_inactive(request) ? XML_FORMAT_INACTIVE : 0), error);
}

static char *
nwfilter_xml2xml(const Request *request, GError **error)
{
    return round_trip(&nw_filter_xml, request, 0, 0, error);
}

static char *
nwfilter_binding_xml2xml(const Request *request, GError **error)
{
    return round_trip(&nw_filter_binding_xml, request, 0, 0, error);
}

const Family document_families[] = {
    { "network-xml2xml", network_xml2xml, "format" },
    { "domain-status", domain_status, "fixtures" },
    { "generic-xml2xml", generic_xml2xml, "format" },
    { "network-port-xml2xml", network_port_xml2xml, "" },
    { "lxc-xml2xml", active_or_not, "format" },
    { "ch-xml2xml", active_or_not, "format" },
    { "nwfilter-xml2xml", nwfilter_xml2xml, "" },
    { "nwfilter-binding-xml2xml", nwfilter_binding_xml2xml, "" },
    { NULL, NULL, NULL },
};
