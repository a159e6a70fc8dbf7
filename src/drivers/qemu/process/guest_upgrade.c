/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_upgrade.c - state files of guests that an older release started
 *
 * It named the objects within the emulator after the device they belong to, always in the same way, and did not note
 * the names; whoever takes over such a guest finds the objects by these rules.
 */
#include "drivers/qemu/process/guest_upgrade.h"

#include "drivers/qemu/device.h"
#include "drivers/qemu/fill/fill.h"

static SourcePrivate *
need_private(SourcePrivate **where)
{
    if (!*where)
        *where = xml_new(&source_private_xml);
    return *where;
}

static void
need_secret(SourcePrivate **where, const char *type, char *alias)
{
    g_autofree char *owned = alias;
    SourcePrivate *p = need_private(where);
    SourceObject *object;

    for (size_t i = 0; i < list_len(p->secrets); i++)
        if (!g_strcmp0(((const SourceObject *)list_at(p->secrets, i))->type, type))
            return;
    object = xml_new(&source_object_xml);
    object->type = g_strdup(type);
    object->object_alias = g_steal_pointer(&owned);
    if (!p->secrets)
        p->secrets = g_ptr_array_new();
    g_ptr_array_add(p->secrets, object);
}

static void
upgrade_disk(Disk *d)
{
    const char *alias = d->info.alias;

    if (!alias)
        return;
    if (d->auth)
        need_secret(&d->source_private, "auth", g_strdup_printf("%s-secret0", alias));
    if (d->encryption)
        need_secret(&d->source_private, "encryption", g_strdup_printf("%s-luks-secret0", alias));
    if (d->tls == YESNO_YES && !need_private(&d->source_private)->tls_x509) {
        d->source_private->tls_x509 = xml_new(&source_object_xml);
        d->source_private->tls_x509->object_alias = g_strdup_printf("obj%s_tls0", alias);
    }
}

static void
upgrade_hostdev(Hostdev *h)
{
    const char *alias = h->info.alias;
    NodeName *node;

    if (!alias || h->mode != HOSTDEV_MODE_SUBSYSTEM || h->type != HOSTDEV_TYPE_SCSI)
        return;
    if (!list_len(need_private(&h->source_private)->nodenames)) {
        node = xml_new(&node_name_xml);
        node->type = g_strdup("storage");
        node->name = g_strdup_printf("libvirt-%s-backend", alias);
        if (!h->source_private->nodenames)
            h->source_private->nodenames = g_ptr_array_new();
        g_ptr_array_add(h->source_private->nodenames, node);
    }
    if (h->auth)
        need_secret(&h->source_private, "auth", g_strdup_printf("%s-secret0", alias));
}

/* Releases that drive disks as block nodes note what they call things. */
static bool
notes_names(const DomainStatus *status)
{
    for (size_t i = 0; i < list_len(status->qemu_caps); i++)
        if (!g_strcmp0(((const CapsFlag *)list_at(status->qemu_caps, i))->name, "blockdev"))
            return true;
    return false;
}

void
guest_upgrade_status(DomainStatus *status, const QemuConf *conf)
{
    Domain *def = status->domain;

    if (!status->memory_backing_dir)
        status->memory_backing_dir = g_strdup_printf("%s/%d-%.20s", conf->memory_backing_dir, def->id, def->name);
    fill_running(def, conf);
    if (notes_names(status))
        return;
    for (size_t i = 0; i < list_len(def->disks); i++)
        upgrade_disk(list_at(def->disks, i));
    for (size_t i = 0; i < list_len(def->hostdevs); i++)
        upgrade_hostdev(list_at(def->hostdevs, i));
}
