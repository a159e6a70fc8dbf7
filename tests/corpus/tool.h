/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tool.h - virt-corpus-tool: families of corpus cases and what they call
 *
 * One file an area (documents.c, network.c, ...) with a table of Family rows that
 * ends with a NULL name; tool.c lists the tables.  A function gets the input and
 * the options and returns the output, or NULL with an error.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Request {
    const char *family;
    const char *input;            /* text of the input file, "" where there is none */
    gsize input_len;              /* for those that are no text */
    GPtrArray *options;           /* name, value, name, value...; value NULL for a bare option */
} Request;

typedef struct Family {
    const char *name;
    char *(*run)(const Request *request, GError **error);
    const char *options;          /* names it takes, separated by blanks */
} Family;

/* Value of the first option @name, or NULL; of the one after @after for lists. */
const char *request_option(const Request *request, const char *name);
const char *request_next_option(const Request *request, const char *name, guint *at);
bool request_has(const Request *request, const char *name);

/* The text of a file parameter. */
char *request_file(const Request *request, const char *name, GError **error);

extern const Family document_families[];
extern const Family network_families[];
extern const Family nwfilter_families[];
extern const Family qemu_families[];
extern const Family firmware_families[];
extern const Family storage_families[];
extern const Family host_families[];
extern const Family hardware_families[];
extern const Family caps_families[];
extern const Family client_families[];
extern const Family cpu_families[];
extern const Family format_families[];
extern const Family moment_families[];
extern const Family monitor_families[];
extern const Family hotplug_families[];
extern const Family migration_families[];
extern const Family backing_families[];
extern const Family bitmap_families[];
extern const Family bhyve_families[];
extern const Family lxc_families[];
extern const Family security_families[];
extern const Family other_families[];
extern const Family vmx_families[];
extern const Family xen_families[];

/* bhyve.c: the bits of all --bhyve-cap. */
bool bhyve_caps(const Request *request, unsigned *ret, GError **error);
