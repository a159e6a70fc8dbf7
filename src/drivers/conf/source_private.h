/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* source_private.h - what source_read.c (text) and source_json.c (properties) share
 *
 * @text is the whole backing file string, for errors.
 */
#pragma once

#include "drivers/conf/source.h"

/* Always false. */
bool source_refuse(GError **error, const char *text, const char *why);

void source_add_unix_host(Store *store, const char *socket);
/* @port NULL or no number: that of the protocol. */
void source_add_inet_host(Store *store, const char *name, const char *port);
/* "host", "host:port", "[::1]:port" */
void source_add_host_text(Store *store, const char *text);

/* Where store->protocol is set already, the URI's must be the same. */
bool source_read_uri(const char *text, Store *store, GError **error);
/* What follows "nbd:", "rbd:", "sheepdog:", "json:". */
bool source_read_nbd(const char *rest, Store *store, const char *text, GError **error);
bool source_read_rbd(const char *rest, Store *store, const char *text, GError **error);
bool source_read_sheepdog(const char *rest, Store *store, const char *text, GError **error);
bool source_read_json(const char *rest, Store *store, const char *text, GError **error);
