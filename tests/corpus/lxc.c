/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc.c - families of the LXC driver: configurations of LXC's own tools */
#define ERROR_FROM VIR_FROM_LXC
#include "corpus/tool.h"
#include "drivers/lxc/lxc_conf.h"
#include "util/error.h"
#include "util/uuid.h"
#include "util/xml.h"

/* The recorded host has no file of mounts. */
static char *
read_nothing(void *data G_GNUC_UNUSED, const char *path, GError **error)
{
    error_set_errno(error, ENOENT, "cannot open '%s'", path);
    return NULL;
}

static char *
lxc_conf2xml(const Request *request, GError **error)
{
    static const LxcConfHost host = { .emulator = "/usr/libexec/libvirt_lxc", .read = read_nothing };
    const char *uuid = request_option(request, "uuid");
    g_autoptr(Domain) def = lxc_conf_parse(request->input, &host, error);

    if (!def)
        return NULL;
    if (uuid && !uuid_parse(uuid, def->uuid)) {
        error_set(error, VIR_ERR_INVALID_ARG, "'%s' is no UUID", uuid);
        return NULL;
    }
    return xml_format_text(&domain_xml, def, XML_FORMAT_INACTIVE);
}

const Family lxc_families[] = {
    { "lxc-conf2xml", lxc_conf2xml, "uuid" },
    { NULL, NULL, NULL },
};
