/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* uri.c - libxml2 takes a URI apart; the query is ours, since '&' and ';' both separate. */
#define ERROR_FROM VIR_FROM_URI
#include "rpc/client/uri.h"

#include <libxml/uri.h>
#include <string.h>

#include "util/error.h"

static void
param_clear(gpointer data)
{
    UriParam *param = data;

    g_free(param->name);
    g_free(param->value);
}

static void
parse_params(Uri *uri)
{
    g_auto(GStrv) parts = g_strsplit_set(uri->query ? uri->query : "", "&;", -1);

    for (char **part = parts; *part; part++) {
        char *equals = strchr(*part, '=');
        UriParam param = { 0 };

        if (equals)
            *equals = '\0';
        if (!**part)
            continue;
        param.name = g_uri_unescape_string(*part, NULL);
        param.value = equals ? g_uri_unescape_string(equals + 1, NULL) : NULL;
        if (!param.name)
            param.name = g_strdup(*part);
        if (!param.value)
            param.value = g_strdup(equals ? equals + 1 : "");
        g_array_append_val(uri->params, param);
    }
}

static char *
non_empty(const char *text)
{
    return text && *text ? g_strdup(text) : NULL;
}

Uri *
uri_parse(const char *text, GError **error)
{
    g_autoptr(Uri) uri = g_new0(Uri, 1);
    xmlURIPtr xml = xmlParseURI(text);
    size_t len;

    uri->params = g_array_new(false, true, sizeof(UriParam));
    g_array_set_clear_func(uri->params, param_clear);
    if (!xml) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "Unable to parse URI %s", text);
        return NULL;
    }
    uri->scheme = non_empty(xml->scheme);
    uri->user = non_empty(xml->user);
    uri->server = non_empty(xml->server);
    uri->port = MAX(xml->port, 0);
    uri->path = non_empty(xml->path);
    uri->query = non_empty(xml->query_raw ? xml->query_raw : xml->query);
    uri->fragment = non_empty(xml->fragment);
    xmlFreeURI(xml);
    len = uri->server ? strlen(uri->server) : 0;
    if (len > 2 && uri->server[0] == '[' && uri->server[len - 1] == ']') {
        memmove(uri->server, uri->server + 1, len - 2);
        uri->server[len - 2] = '\0';
    }
    parse_params(uri);
    return g_steal_pointer(&uri);
}

void
uri_free(Uri *uri)
{
    if (!uri)
        return;
    g_free(uri->scheme);
    g_free(uri->user);
    g_free(uri->server);
    g_free(uri->path);
    g_free(uri->query);
    g_free(uri->fragment);
    g_array_unref(uri->params);
    g_free(uri);
}

char *
uri_format(const Uri *uri, UriQuery query)
{
    GString *out = g_string_new(NULL);
    char separator = '?';

    if (uri->scheme)
        g_string_append_printf(out, "%s:", uri->scheme);
    if (uri->scheme || uri->server)
        g_string_append(out, "//");
    if (uri->user) {
        g_string_append_uri_escaped(out, uri->user, ":;&=+$,", false);
        g_string_append_c(out, '@');
    }
    if (uri->server)
        g_string_append_printf(out, strchr(uri->server, ':') ? "[%s]" : "%s", uri->server);
    if (uri->port)
        g_string_append_printf(out, ":%d", uri->port);
    if (uri->path)
        g_string_append_uri_escaped(out, uri->path, "/:;@&=+$,", false);
    if (query == URI_QUERY_RAW && uri->query)
        g_string_append_printf(out, "?%s", uri->query);
    for (guint i = 0; query != URI_QUERY_RAW && i < uri->params->len; i++) {
        const UriParam *param = &g_array_index(uri->params, UriParam, i);

        if (param->consumed && query == URI_QUERY_UNCONSUMED)
            continue;
        g_string_append_c(out, separator);
        g_string_append_uri_escaped(out, param->name, NULL, false);
        g_string_append_c(out, '=');
        g_string_append_uri_escaped(out, param->value, NULL, false);
        separator = '&';
    }
    if (uri->fragment) {
        g_string_append_c(out, '#');
        g_string_append_uri_escaped(out, uri->fragment, NULL, false);
    }
    return g_string_free(out, false);
}

const char *
uri_param(const Uri *uri, const char *name)
{
    for (guint i = 0; i < uri->params->len; i++) {
        const UriParam *param = &g_array_index(uri->params, UriParam, i);

        if (g_ascii_strcasecmp(param->name, name) == 0)
            return param->value;
    }
    return NULL;
}
