/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host.c - families of documents about the host: its devices and interfaces. */
#define ERROR_FROM VIR_FROM_NODEDEV
#include "corpus/tool.h"
#include "drivers/conf/hostinterface_gen.h"
#include "drivers/conf/nodedev_gen.h"
#include "util/error.h"

static char *
nodedev_xml2xml(const Request *request, GError **error)
{
    unsigned flags = !g_strcmp0(request_option(request, "format"), "inactive") ? XML_FORMAT_INACTIVE : 0;
    g_autoptr(NodeDevice) device = xml_parse_text(&node_device_xml, request->input, 0, error);

    return device ? xml_format_text(&node_device_xml, device, flags) : NULL;
}

static char *
interface_xml2xml(const Request *request, GError **error)
{
    g_autoptr(HostInterface) iface = xml_parse_text(&host_interface_xml, request->input, 0, error);

    return iface ? xml_format_text(&host_interface_xml, iface, 0) : NULL;
}

const Family host_families[] = {
    { "nodedev-xml2xml", nodedev_xml2xml, "format" },
    { "interface-xml2xml", interface_xml2xml, "" },
    { NULL, NULL, NULL },
};
