/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* format.c - families of plain formats: configuration files, JSON */
#define ERROR_FROM VIR_FROM_NONE
#include "corpus/tool.h"

#include <string.h>

#include "util/conf.h"
#include "util/error.h"
#include "util/json.h"

static char *
conf_roundtrip(const Request *request, GError **error)
{
    g_autoptr(Conf) conf = conf_parse(request->input, -1, "input", error);

    return conf ? conf_format(conf) : NULL;
}

static char *
json(const Request *request, GError **error)
{
    g_autoptr(Json) value = json_parse(request->input, -1, "the input", error);
    const char *op = request_option(request, "op");
    g_autofree char *line = NULL;

    if (value && g_strcmp0(op, "deflatten") == 0) {
        Json *nested = json_deflatten(value, error);

        json_unref(value);
        value = nested;
    }
    if (!value)
        return NULL;
    line = json_format(value, false);
    return g_strconcat(line, "\n", NULL);
}

const Family format_families[] = {
    { "conf-roundtrip", conf_roundtrip, "" },
    { "json", json, "op" },
    { 0 },
};
