/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* checkpoint.c - rules of <domaincheckpoint>: its own, and those that need the guest's definition */
#define ERROR_FROM VIR_FROM_DOMAIN_CHECKPOINT
#include <string.h>

#include "drivers/conf/moment.h"
#include "util/error.h"

/* Names become names of bitmaps and files, so that few characters will do. */
static bool
check_name(const char *name, GError **error)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

    if (!name || (name[0] && name[0] != '.' && !name[strspn(name, allowed)]))
        return true;
    error_set(error, VIR_ERR_XML_ERROR,
              "invalid checkpoint name '%s': letters, digits, '_', '-' and, but for the first, '.' can be used", name);
    return false;
}

bool
checkpoint_check(void *obj, unsigned flags, GError **error)
{
    const Checkpoint *checkpoint = obj;

    if (!check_name(checkpoint->name, error) || !check_name(checkpoint->parent, error))
        return false;
    for (guint i = 0; checkpoint->disks && i < checkpoint->disks->len; i++) {
        const CheckpointDisk *disk = checkpoint->disks->pdata[i];

        if (disk->checkpoint == CHECKPOINT_KIND_NO && disk->bitmap) {
            error_set(error, VIR_ERR_XML_ERROR, "disk checkpoint bitmap '%s' of disk '%s' requires checkpoint='bitmap'",
                      disk->bitmap, disk->name);
            return false;
        }
    }
    return true;
}

Checkpoint *
checkpoint_parse(const char *xml, MomentRead how, int64_t now, GError **error)
{
    g_autoptr(Checkpoint) checkpoint =
        moment_parse(&checkpoint_xml, xml, XML_PARSE_INACTIVE | (how == MOMENT_STATE ? XML_PARSE_STATUS : XML_PARSE_STRICT),
                     error);
    const char *missing = NULL;

    if (!checkpoint)
        return NULL;
    if (how == MOMENT_NEW) {
        checkpoint->creation_time = now;
        g_clear_pointer(&checkpoint->parent, g_free);
        g_clear_pointer(&checkpoint->domain, domain_free);
        if (!checkpoint->name)
            checkpoint->name = g_strdup_printf("%" G_GINT64_FORMAT, now);
        return g_steal_pointer(&checkpoint);
    }
    missing = !checkpoint->name            ? "name"
              : !checkpoint->creation_time ? "creationTime"
              : !checkpoint->domain        ? "domain"
                                           : NULL;
    if (missing) {
        error_set(error, VIR_ERR_XML_ERROR, "missing <%s> from existing checkpoint", missing);
        return NULL;
    }
    return g_steal_pointer(&checkpoint);
}

char *
checkpoint_format(const Checkpoint *checkpoint, bool with_domain, unsigned flags)
{
    Checkpoint shown = *checkpoint;

    if (!with_domain)
        shown.domain = NULL;
    return xml_format_text(&checkpoint_xml, &shown, flags | XML_FORMAT_INACTIVE);
}

/* With no list all disks that can change take part, else those that are listed. */
bool
checkpoint_align(Checkpoint *checkpoint, const Domain *domain, GError **error)
{
    bool some = checkpoint->disks && checkpoint->disks->len;
    g_autofree bool *listed =
        moment_align_disks(&checkpoint->disks, domain, &checkpoint_disk_xml, offsetof(CheckpointDisk, name), error);

    if (!listed)
        return false;
    for (guint i = 0; i < checkpoint->disks->len; i++) {
        const Disk *of = domain->disks->pdata[i];
        CheckpointDisk *disk = checkpoint->disks->pdata[i];
        bool can = !of->readonly && !moment_disk_is_empty(of);

        if (!listed[i])
            disk->checkpoint = can && !some ? CHECKPOINT_KIND_BITMAP : CHECKPOINT_KIND_NO;
        else if (!disk->checkpoint)
            disk->checkpoint = CHECKPOINT_KIND_BITMAP;
        if (disk->checkpoint != CHECKPOINT_KIND_BITMAP)
            continue;
        if (!can) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s' is empty or readonly: it can have no checkpoint",
                      disk->name);
            return false;
        }
        if (!disk->bitmap)
            disk->bitmap = g_strdup(checkpoint->name);
    }
    return true;
}

bool
checkpoint_redefine(Checkpoint *checkpoint, const uint8_t uuid[16], const Checkpoint *old, GError **error)
{
    if (memcmp(checkpoint->domain->uuid, uuid, 16)) {
        error_set(error, VIR_ERR_INVALID_ARG, "definition for checkpoint %s must use the uuid of its domain",
                  checkpoint->name);
        return false;
    }
    if (old && old->domain && !xml_abi_equal(&domain_xml, old->domain, checkpoint->domain, error))
        return false;
    return checkpoint_align(checkpoint, checkpoint->domain, error);
}
