/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* metadata.h - title, description and other programs' elements in <metadata> */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Where a document holds them. */
typedef struct MetadataPlace {
    char **title, **description;
    char **element; /* <metadata> as text */
} MetadataPlace;

/* *ret_text is NULL if there is none.  @type is VIR_DOMAIN_METADATA_* (equal for networks). */
bool metadata_get(const MetadataPlace *place, int type, const char *uri, char **ret_text,
                  int error_from, GError **error);
/* Take out what no program can ask for: elements without a namespace, and all but the first of each. */
bool metadata_clean(char **element, GError **error);
/* NULL or "" @text removes. */
bool metadata_set(const MetadataPlace *place, int type, const char *text, const char *key,
                  const char *uri, int error_from, GError **error);
