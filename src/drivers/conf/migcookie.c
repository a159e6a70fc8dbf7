/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* migcookie.c - what the two sides of a migration tell each other. */
#define ERROR_FROM VIR_FROM_DOMAIN
#include "drivers/conf/migcookie.h"

#include <string.h>

#include "util/error.h"

/* Clients that watch the guest's display move along; only SPICE can tell them where. */
static CookieGraphics *
graphics_of(const Domain *domain)
{
    for (guint i = 0; domain->graphics && i < domain->graphics->len; i++) {
        const Graphics *g = domain->graphics->pdata[i];
        CookieGraphics *part;

        if (g->type != GRAPHICS_TYPE_SPICE)
            continue;
        part = xml_new(&cookie_graphics_xml);
        part->type = g_strdup(graphics_type_words[g->type]);
        part->port = g->port;
        part->tls_port = g->tls_port > 0 ? g->tls_port : -1;
        part->listen = g_strdup(g->listen ? g->listen : "127.0.0.1");
        return part;
    }
    return NULL;
}

static void
demand(MigrationCookie *cookie, CookieFeatureName name)
{
    CookieFeature *feature = xml_new(&cookie_feature_xml);

    feature->name = name;
    if (!cookie->features)
        cookie->features = g_ptr_array_new();
    g_ptr_array_add(cookie->features, feature);
}

MigrationCookie *
migcookie_new(const DomainStatus *status, const Domain *config, unsigned parts)
{
    MigrationCookie *cookie = xml_new(&migration_cookie_xml);

    cookie->name = g_strdup(status->domain->name);
    memcpy(cookie->uuid, status->domain->uuid, sizeof(cookie->uuid));
    if (parts & MIGCOOKIE_MEMORY_HOTPLUG)
        demand(cookie, COOKIE_FEATURE_NAME_MEMORY_HOTPLUG);
    if (parts & MIGCOOKIE_CPU_HOTPLUG)
        demand(cookie, COOKIE_FEATURE_NAME_CPU_HOTPLUG);
    if (parts & MIGCOOKIE_GRAPHICS)
        cookie->graphics = graphics_of(status->domain);
    if (parts & MIGCOOKIE_CPU && status->origin_cpu)
        cookie->cpu = xml_copy(&cpu_xml, status->origin_cpu);
    if (parts & MIGCOOKIE_PERSISTENT && config)
        cookie->persistent = xml_copy(&domain_xml, config);
    return cookie;
}

void
migcookie_sign(MigrationCookie *cookie, const char *hostname, const uint8_t host_uuid[16])
{
    g_free(cookie->hostname);
    cookie->hostname = g_strdup(hostname);
    memcpy(cookie->hostuuid, host_uuid, sizeof(cookie->hostuuid));
}

MigrationCookie *
migcookie_accept(const char *text, const Domain *domain, const uint8_t host_uuid[16], GError **error)
{
    g_autoptr(MigrationCookie) cookie = xml_parse_text(&migration_cookie_xml, text, XML_PARSE_INACTIVE, error);

    if (!cookie)
        return NULL;
    if (strcmp(cookie->name, domain->name)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "incoming migration cookie is of domain '%s', not '%s'", cookie->name,
                  domain->name);
        return NULL;
    }
    if (memcmp(cookie->uuid, domain->uuid, sizeof(cookie->uuid))) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "incoming migration cookie is of another domain that is named '%s', too",
                  cookie->name);
        return NULL;
    }
    if (!memcmp(cookie->hostuuid, host_uuid, sizeof(cookie->hostuuid))) {
        error_set(error, VIR_ERR_INTERNAL_ERROR,
                  "attempt to migrate guest to the same host '%s'; give hosts with one SMBIOS UUID a host_uuid each",
                  cookie->hostname);
        return NULL;
    }
    if (cookie->features)
        g_ptr_array_set_free_func(cookie->features, (GDestroyNotify)cookie_feature_free);
    g_clear_pointer(&cookie->features, g_ptr_array_unref);
    return g_steal_pointer(&cookie);
}

/* The node that holds the bitmaps: that of the format, where there is one. */
static const char *
node_of(const Disk *disk)
{
    const SourcePrivate *state = disk->source_private;
    const char *found = NULL;

    for (guint i = 0; state && state->nodenames && i < state->nodenames->len; i++) {
        const NodeName *node = state->nodenames->pdata[i];

        if (!found || !strcmp(node->type, "format"))
            found = node->name;
    }
    return found;
}

static Json *
map_disk(const CookieBitmaps *disk, const char *node)
{
    Json *mapped = json_new_object(), *bitmaps = json_new_array();

    json_add_string(mapped, "node-name", node);
    json_add_string(mapped, "alias", disk->target);
    for (guint i = 0; disk->bitmaps && i < disk->bitmaps->len; i++) {
        const CookieBitmap *bitmap = disk->bitmaps->pdata[i];
        Json *entry = json_new_object();

        json_add_string(entry, "name", bitmap->name);
        json_add_string(entry, "alias", bitmap->alias);
        if (bitmap->persistent) {
            Json *transform = json_new_object();

            json_add_bool(transform, "persistent", true);
            json_add(entry, "transform", transform);
        }
        json_append(bitmaps, entry);
    }
    json_add(mapped, "bitmaps", bitmaps);
    return mapped;
}

Json *
migcookie_bitmap_mapping(const MigrationCookie *cookie, const Domain *domain, GError **error)
{
    g_autoptr(Json) params = json_new_object();
    g_autoptr(Json) mapping = json_new_array();

    for (guint i = 0; cookie->bitmaps && i < cookie->bitmaps->len; i++) {
        const CookieBitmaps *listed = cookie->bitmaps->pdata[i];
        const char *node = NULL;

        if (listed->skip)
            continue;
        for (guint d = 0; domain->disks && d < domain->disks->len; d++)
            if (!g_strcmp0(((Disk *)domain->disks->pdata[d])->target, listed->target))
                node = node_of(domain->disks->pdata[d]);
        if (!node) {
            error_set(error, VIR_ERR_INVALID_ARG, "migration cookie has bitmaps of disk '%s', which the guest has not",
                      listed->target);
            return NULL;
        }
        json_append(mapping, map_disk(listed, node));
    }
    json_add(params, "block-bitmap-mapping", g_steal_pointer(&mapping));
    return g_steal_pointer(&params);
}
