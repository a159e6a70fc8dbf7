/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* migration.c - families of migration: what the two sides tell each other, and QEMU's parameters. */
#define ERROR_FROM VIR_FROM_QEMU
#include "corpus/tool.h"
#include "drivers/conf/migcookie.h"
#include "drivers/qemu/migration/migration_params.h"
#include "util/error.h"
#include "util/uuid.h"

#include <string.h>

/* This side, where the request does not say. */
#define HOST_NAME "hostname"
#define HOST_UUID "4a802f00-4cba-5df6-9679-a08c4c5b577f"

static char *
print_cookie(const Request *request, MigrationCookie *cookie, const char *host, const uint8_t uuid[16])
{
    migcookie_sign(cookie, host, uuid);
    return xml_format_text(&migration_cookie_xml, cookie, XML_FORMAT_INACTIVE | XML_FORMAT_SECURE);
}

static char *
migration_cookie(const Request *request, GError **error)
{
    const char *print = request_option(request, "print"), *host = request_option(request, "hostname");
    const char *host_uuid = request_option(request, "host-uuid");
    bool from_status = !g_strcmp0(print, "cookie-from-status");
    g_autofree char *text = from_status ? g_strdup(request->input) : request_file(request, "status", error);
    g_autoptr(DomainStatus) status = text ? xml_parse_text(&domain_status_xml, text, XML_PARSE_STATUS, error) : NULL;
    g_autoptr(MigrationCookie) cookie = NULL;
    g_autoptr(Json) mapping = NULL;
    uint8_t uuid[16];

    if (!status)
        return NULL;
    if (!uuid_parse(host_uuid ? host_uuid : HOST_UUID, uuid)) {
        error_set(error, VIR_ERR_INVALID_ARG, "option --host-uuid: '%s' is no UUID", host_uuid);
        return NULL;
    }
    if (from_status) {
        cookie = migcookie_new(status, NULL, MIGCOOKIE_GRAPHICS | MIGCOOKIE_MEMORY_HOTPLUG | MIGCOOKIE_CPU_HOTPLUG |
                                                 MIGCOOKIE_CPU);
        return print_cookie(request, cookie, host ? host : HOST_NAME, uuid);
    }
    cookie = migcookie_accept(request->input, status->domain, uuid, error);
    if (!cookie)
        return NULL;
    if (!g_strcmp0(print, "cookie"))
        return print_cookie(request, cookie, host ? host : HOST_NAME, uuid);
    for (guint i = 0; cookie->bitmaps && i < cookie->bitmaps->len; i++) {
        CookieBitmaps *disk = cookie->bitmaps->pdata[i];

        if (disk->bitmaps && disk->bitmaps->len)
            ((CookieBitmap *)disk->bitmaps->pdata[0])->persistent = true;
    }
    mapping = migcookie_bitmap_mapping(cookie, status->domain, error);
    return mapping ? json_format(mapping, true) : NULL;
}

/* <migParams> of a document of ours, which is the element itself, or of one it is in. */
static Json *
read_params(const Request *request, GError **error)
{
    g_autoptr(xmlDoc) doc = xml_read(request->input, "(parameters)", error);
    g_autoptr(MigrationParams) xml = NULL;

    if (!doc)
        return NULL;
    for (xmlNode *node = xmlDocGetRootElement(doc)->children; node; node = node->next)
        if (node->type == XML_ELEMENT_NODE && !strcmp((const char *)node->name, migration_params_xml.element))
            xml = xml_parse(&migration_params_xml, node, XML_PARSE_STATUS, error);
    if (!xml)
        error_set(error, VIR_ERR_XML_ERROR, "no <migParams> in <test>");
    return xml ? migration_params_from_xml(xml, error) : NULL;
}

static char *
migration_params(const Request *request, GError **error)
{
    g_autoptr(Json) params = NULL;
    g_autoptr(MigrationParams) xml = NULL;
    g_autoptr(GString) out = NULL;

    if (!g_strcmp0(request_option(request, "from"), "xml")) {
        params = read_params(request, error);
    } else {
        g_autoptr(Json) reply = json_parse(request->input, -1, "the reply", error);
        Json *value = reply ? json_get_object(reply, "return", error) : NULL;

        params = value ? migration_params_from_reply(value, error) : NULL;
    }
    if (!params)
        return NULL;
    if (!g_strcmp0(request_option(request, "to"), "json"))
        return json_format(params, true);
    xml = migration_params_to_xml(params);
    out = g_string_new("<test>\n");
    xml_format(&migration_params_xml, xml, XML_FORMAT_STATUS, 1, out);
    g_string_append(out, "</test>\n");
    return g_string_free(g_steal_pointer(&out), FALSE);
}

const Family migration_families[] = {
    { "migration-cookie", migration_cookie, "status print party hostname host-uuid" },
    { "migration-params", migration_params, "from to" },
    { NULL, NULL, NULL },
};
