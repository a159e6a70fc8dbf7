/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* uri.h - URIs of connections, in parts and put together again */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct UriParam {
    char *name, *value;
    bool consumed; /* the client's own: left out when the URI is formatted for the daemon */
} UriParam;

typedef struct Uri {
    char *scheme; /* with transport: "qemu+ssh" */
    char *user;
    char *server; /* without the brackets of IPv6 */
    int port;     /* 0: none */
    char *path;   /* unescaped; NULL: none */
    char *query;  /* as it stood */
    char *fragment;
    GArray *params; /* of UriParam, unescaped */
} Uri;

Uri *uri_parse(const char *text, GError **error);
void uri_free(Uri *uri);

typedef enum {
    URI_QUERY_RAW,        /* as it stood */
    URI_QUERY_PARAMS,     /* put together from the parameters ... */
    URI_QUERY_UNCONSUMED, /* ... without those that are consumed */
} UriQuery;

char *uri_format(const Uri *uri, UriQuery query);

/* Text of the first parameter called @name, or NULL. */
const char *uri_param(const Uri *uri, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Uri, uri_free)
