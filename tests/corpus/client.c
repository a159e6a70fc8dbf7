/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* client.c - families of the client library: URIs. */
#define ERROR_FROM VIR_FROM_URI
#include "corpus/tool.h"

#include <json-c/json.h>

#include "rpc/client/uri.h"
#include "util/error.h"

static struct json_object *
text_or_null(const char *text)
{
    return text ? json_object_new_string(text) : NULL;
}

static char *
uri(const Request *request, GError **error)
{
    const char *text = request_option(request, "uri");
    g_autoptr(Uri) parsed = uri_parse(text ? text : "", error);
    struct json_object *out, *params;
    g_autofree char *formatted = NULL;
    char *printed;

    if (!parsed)
        return NULL;
    formatted = uri_format(parsed, URI_QUERY_PARAMS);
    out = json_object_new_object();
    params = json_object_new_array();
    for (guint i = 0; i < parsed->params->len; i++) {
        const UriParam *param = &g_array_index(parsed->params, UriParam, i);
        struct json_object *pair = json_object_new_array();

        json_object_array_add(pair, json_object_new_string(param->name));
        json_object_array_add(pair, json_object_new_string(param->value));
        json_object_array_add(params, pair);
    }
    json_object_object_add(out, "scheme", text_or_null(parsed->scheme));
    json_object_object_add(out, "user", text_or_null(parsed->user));
    json_object_object_add(out, "server", text_or_null(parsed->server));
    json_object_object_add(out, "port", json_object_new_int(parsed->port));
    json_object_object_add(out, "path", text_or_null(parsed->path));
    json_object_object_add(out, "query", text_or_null(parsed->query));
    json_object_object_add(out, "fragment", text_or_null(parsed->fragment));
    json_object_object_add(out, "params", params);
    json_object_object_add(out, "formatted", text_or_null(formatted));
    printed = g_strdup(json_object_to_json_string_ext(out, JSON_C_TO_STRING_PRETTY));
    json_object_put(out);
    return printed;
}

const Family client_families[] = {
    { "uri", uri, "uri" },
    { NULL, NULL, NULL },
};
