/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vbox_machine.c - the .vbox file of a guest of VirtualBox */
#define ERROR_FROM VIR_FROM_VBOX
#include "drivers/vbox/vbox_machine.h"

#include <string.h>

#include "util/error.h"
#include "util/uuid.h"
#include "util/xml.h"

/* Before and after Sun bought it. */
static const char *const namespaces[] = { "http://www.innotek.de/VirtualBox-settings", "http://www.virtualbox.org/" };

static void
free_disk(void *data)
{
    VboxDisk *disk = data;

    g_free(disk->uuid);
    g_free(disk->location);
    g_free(disk->format);
    g_free(disk);
}

static void
free_snapshot(void *data)
{
    VboxSnapshot *snapshot = data;

    g_free(snapshot->uuid);
    g_free(snapshot->name);
    g_free(snapshot->created);
    g_free(snapshot);
}

void
vbox_machine_free(VboxMachine *machine)
{
    if (!machine)
        return;
    g_clear_pointer(&machine->tree, xmlFreeDoc);
    g_ptr_array_unref(machine->disks);
    g_ptr_array_unref(machine->snapshots);
    g_free(machine->uuid);
    g_free(machine->name);
    g_free(machine);
}

static bool
is_element(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

static xmlNode *
child(const xmlNode *node, const char *name)
{
    for (xmlNode *c = node ? node->children : NULL; c; c = c->next)
        if (is_element(c, name))
            return c;
    return NULL;
}

static char *
attribute(const xmlNode *node, const char *name)
{
    xmlChar *value = xmlGetNoNsProp(node, (const xmlChar *)name);
    char *copy = g_strdup((const char *)value);

    xmlFree(value);
    return copy;
}

/* One that must be there. */
static char *
need(const xmlNode *node, const char *name, GError **error)
{
    char *value = attribute(node, name);

    if (!value)
        error_set(error, VIR_ERR_XML_ERROR,
                  "line %ld of the machine file: <%s> has no '%s'", xmlGetLineNo(node), node->name, name);
    return value;
}

/* "{74864f52-a7b7-4172-a7a5-54b6f3e9cd21}" */
static char *
need_uuid(const xmlNode *node, GError **error)
{
    char *text = need(node, "uuid", error);
    size_t len = text ? strlen(text) : 0;
    uint8_t uuid[UUID_LEN];

    if (len == UUID_TEXT_LEN + 1 && text[0] == '{' && text[len - 1] == '}') {
        g_autofree char *inner = g_strndup(text + 1, len - 2);

        if (uuid_parse(inner, uuid))
            return text;
    }
    if (text)
        error_set(error, VIR_ERR_XML_ERROR,
                  "line %ld of the machine file: '%.64s' is no UUID in braces", xmlGetLineNo(node), text);
    g_free(text);
    return NULL;
}

/* Items of both lists begin with their UUID. */
static bool
is_new(const GPtrArray *list, const char *uuid, const xmlNode *node, GError **error)
{
    for (guint i = 0; i < list->len; i++)
        if (strcmp(*(char **)list->pdata[i], uuid) == 0) {
            error_set(error, VIR_ERR_XML_ERROR,
                      "line %ld of the machine file: a second <%s> has the UUID %s", xmlGetLineNo(node), node->name,
                      uuid);
            return false;
        }
    return true;
}

/* Differences stand inside the image they were made of. */
static bool
read_disks(VboxMachine *machine, const xmlNode *list, const VboxDisk *parent, GError **error)
{
    for (const xmlNode *node = list ? list->children : NULL; node; node = node->next) {
        g_autofree char *uuid = NULL;
        VboxDisk *disk;

        if (!is_element(node, "HardDisk"))
            continue;
        uuid = need_uuid(node, error);
        if (!uuid || !is_new(machine->disks, uuid, node, error))
            return false;
        disk = g_new0(VboxDisk, 1);
        disk->uuid = g_steal_pointer(&uuid);
        disk->parent = parent;
        g_ptr_array_add(machine->disks, disk);
        disk->location = need(node, "location", error);
        disk->format = disk->location ? need(node, "format", error) : NULL;
        if (!disk->format || !read_disks(machine, node, disk, error))
            return false;
    }
    return true;
}

/* A machine has one <Snapshot> at most; those made from it stand in its <Snapshots>. */
static bool
read_snapshots(VboxMachine *machine, const xmlNode *list, const VboxSnapshot *parent, GError **error)
{
    for (const xmlNode *node = list ? list->children : NULL; node; node = node->next) {
        g_autofree char *uuid = NULL;
        VboxSnapshot *snapshot;

        if (!is_element(node, "Snapshot"))
            continue;
        uuid = need_uuid(node, error);
        if (!uuid || !is_new(machine->snapshots, uuid, node, error))
            return false;
        if (!parent && machine->snapshots->len) {
            error_set(error, VIR_ERR_XML_ERROR,
                      "line %ld of the machine file: a machine has one first snapshot", xmlGetLineNo(node));
            return false;
        }
        snapshot = g_new0(VboxSnapshot, 1);
        snapshot->uuid = g_steal_pointer(&uuid);
        snapshot->parent = parent;
        g_ptr_array_add(machine->snapshots, snapshot);
        snapshot->name = need(node, "name", error);
        snapshot->created = snapshot->name ? need(node, "timeStamp", error) : NULL;
        if (!snapshot->created || !read_snapshots(machine, child(node, "Snapshots"), snapshot, error))
            return false;
    }
    return true;
}

static bool
find_current(VboxMachine *machine, const xmlNode *node, GError **error)
{
    g_autofree char *uuid = attribute(node, "currentSnapshot");

    for (guint i = 0; uuid && i < machine->snapshots->len; i++) {
        const VboxSnapshot *snapshot = machine->snapshots->pdata[i];

        if (strcmp(snapshot->uuid, uuid) == 0)
            machine->current = snapshot;
    }
    if (machine->current || (!uuid && !machine->snapshots->len))
        return true;
    error_set(error, VIR_ERR_XML_ERROR,
              "machine '%s': its current snapshot, %s, is none of its snapshots", machine->name,
              uuid ? uuid : "which is not said");
    return false;
}

VboxMachine *
vbox_machine_parse(const char *text, GError **error)
{
    g_autoptr(VboxMachine) machine = g_new0(VboxMachine, 1);
    const xmlNode *root, *node;
    bool known = false;

    machine->disks = g_ptr_array_new_with_free_func(free_disk);
    machine->snapshots = g_ptr_array_new_with_free_func(free_snapshot);
    machine->tree = xml_read(text, "(machine)", error);
    if (!machine->tree)
        return NULL;
    root = xmlDocGetRootElement(machine->tree);
    for (size_t i = 0; root->ns && i < G_N_ELEMENTS(namespaces); i++)
        known = known || !g_strcmp0((const char *)root->ns->href, namespaces[i]);
    node = known && is_element(root, "VirtualBox") ? child(root, "Machine") : NULL;
    if (!node) {
        error_set(error, VIR_ERR_XML_ERROR,
                  "no machine file of VirtualBox: expected <Machine> in <VirtualBox xmlns='%s'>", namespaces[1]);
        return NULL;
    }
    machine->uuid = need_uuid(node, error);
    machine->name = machine->uuid ? need(node, "name", error) : NULL;
    if (!machine->name || !read_disks(machine, child(child(node, "MediaRegistry"), "HardDisks"), NULL, error) ||
        !read_snapshots(machine, node, NULL, error) || !find_current(machine, node, error))
        return NULL;
    return g_steal_pointer(&machine);
}

char *
vbox_machine_format(const VboxMachine *machine)
{
    xmlChar *text;
    char *copy;
    int size;

    xmlDocDumpFormatMemoryEnc(machine->tree, &text, &size, "UTF-8", 1);
    copy = g_strdup((const char *)text);
    xmlFree(text);
    return copy;
}
