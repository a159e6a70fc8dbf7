/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* moment.c - what the rules of snapshots, checkpoints and backups share: how a document names disks */
#define ERROR_FROM VIR_FROM_DOMAIN
#include "drivers/conf/moment.h"

#include <string.h>

#include "util/error.h"

bool
moment_disk_is_empty(const Disk *disk)
{
    switch (disk->type) {
    case DISK_TYPE_NETWORK: return disk->protocol == NET_PROTOCOL_UNSET;
    case DISK_TYPE_VOLUME: return !disk->pool;
    case DISK_TYPE_NVME:
    case DISK_TYPE_VHOSTUSER: return false;
    default: return !disk->path || !*disk->path;
    }
}

Disk *
moment_find_disk(const Domain *domain, const char *name)
{
    Disk *found = NULL;

    for (guint i = 0; domain->disks && i < domain->disks->len; i++) {
        Disk *disk = domain->disks->pdata[i];

        if (!g_strcmp0(disk->target, name))
            return disk;
    }
    for (guint i = 0; name[0] == '/' && domain->disks && i < domain->disks->len; i++) {
        Disk *disk = domain->disks->pdata[i];

        if (disk->type == DISK_TYPE_NETWORK || g_strcmp0(disk->path, name))
            continue;
        if (found)
            return NULL;
        found = disk;
    }
    return found;
}

bool
moment_check_name(const char *noun, const char *name, GError **error)
{
    if (!name[0] || name[0] == '.' || strchr(name, '/')) {
        error_set(error, VIR_ERR_XML_DETAIL, "invalid %s name '%s': it must not be empty, start with '.' or contain '/'",
                  noun, name);
        return false;
    }
    return true;
}

void *
moment_parse(const XmlStruct *xml_struct, const char *xml, unsigned flags, GError **error)
{
    g_autofree char *file = g_strdup_printf("(%s)", xml_struct->label);
    g_autoptr(xmlDoc) doc = xml_read_full(xml, file, xml_struct->from, error);

    if (!doc)
        return NULL;
    for (xmlNode *node = xmlDocGetRootElement(doc)->children, *next; node; node = next) {
        next = node->next;
        if (node->type == XML_ELEMENT_NODE && !strcmp((const char *)node->name, "domain") &&
            !xmlHasProp(node, BAD_CAST "type")) {
            xmlUnlinkNode(node);
            xmlFreeNode(node);
        }
    }
    return xml_parse(xml_struct, xmlDocGetRootElement(doc), flags, error);
}

/* Elements of @list in the order of the disks of @domain; NULL where there is none. */
static void **
match_disks(const GPtrArray *list, const Domain *domain, size_t name_at, GError **error)
{
    guint n = domain->disks ? domain->disks->len : 0, index;
    g_autofree void **matched = g_new0(void *, n + 1);

    for (guint i = 0; list && i < list->len; i++) {
        char **name = (char **)((char *)list->pdata[i] + name_at);
        Disk *disk = moment_find_disk(domain, *name);

        if (!disk || !g_ptr_array_find(domain->disks, disk, &index)) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "no disk named '%s'", *name);
            return NULL;
        }
        if (matched[index]) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s' specified twice", *name);
            return NULL;
        }
        matched[index] = list->pdata[i];
    }
    return g_steal_pointer(&matched);
}

bool *
moment_align_disks(GPtrArray **list, const Domain *domain, const XmlStruct *type, size_t name_at, GError **error)
{
    g_autofree void **matched = match_disks(*list, domain, name_at, error);
    guint n = domain->disks ? domain->disks->len : 0;
    GPtrArray *all;
    bool *listed;

    if (!matched)
        return NULL;
    all = g_ptr_array_sized_new(n);
    listed = g_new0(bool, n + 1);
    for (guint i = 0; i < n; i++) {
        const Disk *of = domain->disks->pdata[i];
        void *disk = matched[i] ? matched[i] : xml_new(type);
        char **name = (char **)((char *)disk + name_at);

        listed[i] = matched[i] != NULL;
        g_free(*name); /* it may have been a path */
        *name = g_strdup(of->target);
        g_ptr_array_add(all, disk);
    }
    if (*list)
        g_ptr_array_unref(*list);
    *list = all;
    return listed;
}
