/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* migcookie.h - what the two sides of a migration tell each other
 *
 * Each side makes its cookie from the guest, signs it with its host, and accepts the other's only if that is
 * of the same guest on another host and asks for nothing it does not know.
 */
#pragma once

#include "drivers/conf/domstatus_gen.h"
#include "drivers/conf/migcookie_gen.h"
#include "util/json.h"

/* What may be in a cookie beyond who sends it. */
typedef enum {
    MIGCOOKIE_GRAPHICS = 1 << 0,
    MIGCOOKIE_MEMORY_HOTPLUG = 1 << 1, /* the guest may have memory devices: the other side must know them */
    MIGCOOKIE_CPU_HOTPLUG = 1 << 2,    /* CPUs may be on that are not the first ones */
    MIGCOOKIE_CPU = 1 << 3,
    MIGCOOKIE_PERSISTENT = 1 << 4,     /* the definition to keep */
} MigcookieParts;

/* A cookie of the guest of @status; @config may be NULL where nothing is to be kept. */
MigrationCookie *migcookie_new(const DomainStatus *status, const Domain *config, unsigned parts);
void migcookie_sign(MigrationCookie *cookie, const char *hostname, const uint8_t host_uuid[16]);
/* @host_uuid: of this host.  What the sender demanded is met once it was accepted, and gone from the cookie. */
MigrationCookie *migcookie_accept(const char *text, const Domain *domain, const uint8_t host_uuid[16], GError **error);

/* The migration parameter that maps nodes and their bitmaps to the names both sides know.  @status: of this side's
 * guest. */
Json *migcookie_bitmap_mapping(const MigrationCookie *cookie, const Domain *domain, GError **error);
