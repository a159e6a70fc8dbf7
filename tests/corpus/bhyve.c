/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bhyve.c - families of the bhyve driver: definitions made whole */
#define ERROR_FROM VIR_FROM_BHYVE
#include "corpus/tool.h"

#include <string.h>

#include "drivers/bhyve/caps.h"
#include "drivers/bhyve/fill.h"
#include "util/error.h"
#include "util/uuid.h"
#include "util/xml.h"

/* The bits of all --bhyve-cap. */
bool
bhyve_caps(const Request *request, unsigned *ret, GError **error)
{
    const char *name;
    unsigned caps = 0, flag;
    guint at = 0;

    while ((name = request_next_option(request, "bhyve-cap", &at))) {
        flag = bhyve_caps_flag(name);
        if (!flag) {
            error_set(error, VIR_ERR_INVALID_ARG, "unknown capability '%s' of bhyve", name);
            return false;
        }
        caps |= flag;
    }
    *ret = caps;
    return true;
}

static void
zeros(uint8_t *bytes, size_t n)
{
    memset(bytes, 0, n);
}

static char *
bhyve_xml2xml(const Request *request, GError **error)
{
    static const uint8_t none[UUID_LEN];
    unsigned caps;
    g_autoptr(Domain) def = bhyve_caps(request, &caps, error)
                                ? xml_parse_text(&domain_xml, request->input, XML_PARSE_INACTIVE, error) : NULL;

    if (def && memcmp(def->uuid, none, UUID_LEN) == 0)
        uuid_parse("c7a5fdbd-edaf-9455-926a-d65c16db1809", def->uuid);
    if (!def || !bhyve_fill_definition(def, caps, zeros, error))
        return NULL;
    return xml_format_text(&domain_xml, def, XML_FORMAT_INACTIVE | XML_FORMAT_SECURE);
}

const Family bhyve_families[] = {
    { "bhyve-xml2xml", bhyve_xml2xml, "bhyve-cap format" },
    { NULL, NULL, NULL },
};
