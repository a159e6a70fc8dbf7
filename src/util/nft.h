/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nft.h - the host's nftables: apply a script, read a table back
 *
 * libnftables is loaded when first needed (no other daemon pays for it); where it is missing the
 * program nft does the same.  Scripts are applied as one transaction: all of it or nothing.
 * Any thread may call; runs take turns.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct NftRule {
    char *family, *chain;
    char *comment; /* NULL: none */
    uint64_t handle;
} NftRule;

/* What is in one table, as far as its owner needs to know it again. */
typedef struct NftTable {
    GPtrArray *chains; /* names: char * */
    GPtrArray *rules;  /* NftRule *, in order chain by chain */
} NftTable;

/* Apply @script.  The error has nft's own complaint. */
bool nft_run(const char *script, GError **error);

/* Read table @name of @family ("ip", "ip6"); an absent table is an empty one. */
NftTable *nft_table_read(const char *family, const char *name, GError **error);
void nft_table_free(NftTable *table);
bool nft_table_has_chain(const NftTable *table, const char *chain);

/* Calls @func on the thread of @context when another process removed something of the tables called
 * @table, or when that may have been missed. */
typedef void (*NftMonitorFunc)(void *data);
typedef struct NftMonitor NftMonitor;
NftMonitor *nft_monitor_new(GMainContext *context, const char *table, NftMonitorFunc func,
                            void *data, GError **error);
void nft_monitor_free(NftMonitor *monitor);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(NftTable, nft_table_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NftMonitor, nft_monitor_free)
