/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bhyve.c - families of the bhyve driver: definitions made whole, its commands, and back */
#define ERROR_FROM VIR_FROM_BHYVE
#include "corpus/tool.h"

#include <string.h>

#include "drivers/bhyve/caps.h"
#include "drivers/bhyve/command.h"
#include "drivers/bhyve/fill.h"
#include "drivers/bhyve/parse.h"
#include "util/error.h"
#include "util/list.h"
#include "util/text.h"
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

static void
fill_uuid(Domain *def)
{
    static const uint8_t none[UUID_LEN];

    if (memcmp(def->uuid, none, UUID_LEN) == 0)
        uuid_parse("c7a5fdbd-edaf-9455-926a-d65c16db1809", def->uuid);
}

static Domain *
read_definition(const Request *request, unsigned *caps, GError **error)
{
    g_autoptr(Domain) def = bhyve_caps(request, caps, error)
                                ? xml_parse_text(&domain_xml, request->input, XML_PARSE_INACTIVE, error) : NULL;

    if (def)
        fill_uuid(def);
    return def && bhyve_fill_definition(def, *caps, zeros, error) ? g_steal_pointer(&def) : NULL;
}

static char *
bhyve_xml2xml(const Request *request, GError **error)
{
    unsigned caps;
    g_autoptr(Domain) def = read_definition(request, &caps, error);

    if (!def)
        return NULL;
    bhyve_fill_settle(def);
    return xml_format_text(&domain_xml, def, XML_FORMAT_INACTIVE | XML_FORMAT_SECURE);
}

/* What a start decides. */
static bool
prepare_start(const Request *request, Domain *def, GError **error)
{
    int port = 5900;

    for (size_t i = 0; i < list_len(def->interfaces); i++) {
        Interface *net = list_at(def->interfaces, i);

        g_free(net->target);
        net->target = g_strdup("faketapdev");
    }
    for (size_t i = 0; i < list_len(def->graphics); i++) {
        Graphics *graphics = list_at(def->graphics, i);

        if (graphics->autoport == YESNO_YES)
            graphics->port = port++;
    }
    return bhyve_loader_choose_firmware(def, request_option(request, "firmware-dir"), error);
}

/* Programs are shown by name. */
static char *
show_command(char **argv)
{
    g_autofree char *name = g_path_get_basename(argv[0]);

    g_free(argv[0]);
    argv[0] = g_steal_pointer(&name);
    return text_quote_argv((const char *const *)argv);
}

static char *
bhyve_xml2args(const Request *request, GError **error)
{
    const char *what = request_option(request, "print");
    g_auto(GStrv) argv = NULL, loader = NULL;
    char *map;
    unsigned caps;
    g_autoptr(Domain) def = read_definition(request, &caps, error);

    if (request_has(request, "grub-consdev"))
        caps |= BHYVE_CAPS_GRUB_CONSDEV;
    if (!def || !prepare_start(request, def, error))
        return NULL;
    argv = bhyve_command_build(def, caps, error);
    if (!argv || !bhyve_loader_build(def, caps, "<device.map>", &loader, error))
        return NULL;
    if (!g_strcmp0(what, "bhyve"))
        return show_command(argv);
    if (!g_strcmp0(what, "loader"))
        return loader ? show_command(loader) : g_strdup("");
    map = bhyve_loader_map(def);
    return map ? map : g_strdup("");
}

static char *
bhyve_args2xml(const Request *request, GError **error)
{
    g_autoptr(Domain) def = bhyve_parse_commands(request->input, zeros, error);

    if (!def)
        return NULL;
    fill_uuid(def);
    return xml_format_text(&domain_xml, def, XML_FORMAT_INACTIVE | XML_FORMAT_SECURE);
}

const Family bhyve_families[] = {
    { "bhyve-xml2xml", bhyve_xml2xml, "bhyve-cap format" },
    { "bhyve-xml2args", bhyve_xml2args, "bhyve-cap grub-consdev firmware-dir print" },
    { "bhyve-args2xml", bhyve_args2xml, "bhyve-cap" },
    { NULL, NULL, NULL },
};
