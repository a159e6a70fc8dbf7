/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mdevctl.c - mediated devices, by the host's own tool for them */
#define ERROR_FROM VIR_FROM_NODEDEV
#include "drivers/nodedev/mdevctl.h"

#include <string.h>

#include "util/error.h"
#include "util/json.h"
#include "util/uuid.h"

static const struct {
    const char *word;
    bool describes; /* the device, on standard input */
} commands[NODEDEV_MDEV_LAST] = {
    [NODEDEV_MDEV_CREATE] = { "start", true },
    [NODEDEV_MDEV_DEFINE] = { "define", true },
    [NODEDEV_MDEV_START] = { "start", false },
    [NODEDEV_MDEV_STOP] = { "stop", false },
    [NODEDEV_MDEV_UNDEFINE] = { "undefine", false },
    [NODEDEV_MDEV_MODIFY] = { "modify", true },
};

const NodeCapability *
nodedev_mdevctl_capability(const NodeDevice *device)
{
    for (guint i = 0; device->capabilities && i < device->capabilities->len; i++) {
        const NodeCapability *cap = device->capabilities->pdata[i];

        if (cap->type == NODEDEV_TYPE_MDEV)
            return cap;
    }
    return NULL;
}

/* The order of attributes matters: they are written one after the other. */
static char *
describe(const NodeCapability *cap)
{
    g_autoptr(Json) root = json_new_object();
    Json *attrs = json_new_array();

    json_add_string(root, "mdev_type", cap->mdev_type);
    json_add_string(root, "start", "manual");
    for (guint i = 0; cap->attrs && i < cap->attrs->len; i++) {
        const MdevAttribute *attr = cap->attrs->pdata[i];
        Json *one = json_new_object();

        json_add_string(one, attr->name, attr->value);
        json_append(attrs, one);
    }
    if (json_array_len(attrs))
        json_add(root, "attrs", attrs);
    else
        json_unref(attrs);
    return json_format(root, false);
}

GStrv
nodedev_mdevctl_command(NodedevMdevCommand command, const NodeDevice *device, const char *parent, unsigned affect,
                        char **ret_input, GError **error)
{
    const NodeCapability *cap = nodedev_mdevctl_capability(device);
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();
    bool describes = commands[command].describes;

    *ret_input = NULL;
    if (!cap) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "node device '%s' is no mediated device", device->name);
        return NULL;
    }
    if (!cap->mdev_uuid && command != NODEDEV_MDEV_CREATE && command != NODEDEV_MDEV_DEFINE) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "mediated device '%s' has no UUID", device->name);
        return NULL;
    }
    g_strv_builder_add_many(words, "mdevctl", commands[command].word, NULL);
    if (describes) {
        g_autofree char *option = g_strconcat("--parent=", parent, NULL);

        g_strv_builder_add_many(words, option, "--jsonfile=/dev/stdin", NULL);
        *ret_input = describe(cap);
    }
    if (cap->mdev_uuid) { /* else mdevctl makes one up, and says it */
        g_autofree char *option = g_strconcat("--uuid=", cap->mdev_uuid, NULL);

        g_strv_builder_add(words, option);
    }
    if (command == NODEDEV_MDEV_MODIFY && affect & NODEDEV_MDEV_CONFIG)
        g_strv_builder_add(words, "--defined");
    if (command == NODEDEV_MDEV_MODIFY && affect & NODEDEV_MDEV_LIVE)
        g_strv_builder_add(words, "--live");
    return g_strv_builder_end(words);
}

GStrv
nodedev_mdevctl_autostart_command(const char *uuid, bool on)
{
    const char *words[] = { "mdevctl", "modify", "--uuid", uuid, on ? "--auto" : "--manual", NULL };

    return g_strdupv((GStrv)words);
}

GStrv
nodedev_mdevctl_list_command(bool defined)
{
    const char *words[] = { "mdevctl", "list", "--dumpjson", defined ? "--defined" : NULL, NULL };

    return g_strdupv((GStrv)words);
}

char *
nodedev_mdevctl_name(const char *uuid, const char *address)
{
    char *name = g_strdup_printf("mdev_%s_%s", uuid, address);

    for (char *c = name; *c; c++)
        if (!g_ascii_isalnum(*c))
            *c = '_';
    return name;
}

static GPtrArray *
parse_attributes(Json *list)
{
    GPtrArray *attributes = json_array_len(list) ? g_ptr_array_new() : NULL;

    for (size_t i = 0; i < json_array_len(list); i++) {
        Json *one = json_array_at(list, i);

        if (!json_object_is_type(one, json_type_object))
            continue;
        json_object_object_foreach(one, key, value) {
            MdevAttribute *attribute = xml_new(&mdev_attribute_xml);

            attribute->name = g_strdup(key);
            attribute->value = g_strdup(json_object_get_string(value));
            g_ptr_array_add(attributes, attribute);
        }
    }
    return attributes;
}

static NodeDevice *
parse_device(const char *uuid, Json *from, const char *address, const char *parent, GError **error)
{
    g_autoptr(NodeDevice) device = xml_new(&node_device_xml);
    NodeCapability *cap = xml_new(&node_capability_xml);
    const char *type = json_get_string(from, "mdev_type", error);

    device->capabilities = g_ptr_array_new();
    g_ptr_array_add(device->capabilities, cap);
    if (!type)
        return NULL;
    device->name = nodedev_mdevctl_name(uuid, address);
    device->parent = g_strdup(parent);
    cap->type = NODEDEV_TYPE_MDEV;
    cap->mdev_type = g_strdup(type);
    cap->mdev_uuid = g_strdup(uuid);
    cap->parent_addr = g_strdup(address);
    cap->attrs = parse_attributes(json_opt_array(from, "attrs"));
    return g_steal_pointer(&device);
}

/* [{ UUID: { description } }, ...] of one parent. */
static bool
parse_children(Json *children, const char *address, const char *parent, GPtrArray *list, GError **error)
{
    for (size_t i = 0; i < json_array_len(children); i++) {
        Json *one = json_array_at(children, i);

        if (!json_object_is_type(one, json_type_object)) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "a device of '%s', in mdevctl's list, is no object", address);
            return false;
        }
        json_object_object_foreach(one, uuid, description) {
            NodeDevice *device = parse_device(uuid, description, address, parent, error);

            if (!device)
                return false;
            g_ptr_array_add(list, device);
        }
    }
    return true;
}

GPtrArray *
nodedev_mdevctl_parse_list(const char *text, NodedevMdevParent find_parent, void *data, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)node_device_free);
    bool empty = !text[strspn(text, " \t\n")]; /* older mdevctl says nothing of nothing */
    g_autoptr(Json) root = empty ? NULL : json_parse(text, -1, "mdevctl's list", error);

    if (empty)
        return g_steal_pointer(&list);
    if (!root)
        return NULL;
    if (!json_object_is_type(root, json_type_array)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "mdevctl's list is no JSON array");
        return NULL;
    }
    for (size_t i = 0; i < json_array_len(root); i++) {
        Json *parents = json_array_at(root, i);

        if (!json_object_is_type(parents, json_type_object)) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "a parent in mdevctl's list is no object");
            return NULL;
        }
        json_object_object_foreach(parents, address, children) {
            g_autofree char *parent = find_parent(data, address);

            if (!parse_children(children, address, parent ? parent : "computer", list, error))
                return NULL;
        }
    }
    return g_steal_pointer(&list);
}

bool
nodedev_mdevctl_is_autostart(const char *text, const char *uuid)
{
    g_autoptr(Json) root = json_parse(text, -1, "mdevctl's list", NULL);

    for (size_t i = 0; i < json_array_len(root); i++) {
        json_object_object_foreach(json_array_at(root, i), address, children) {
            for (size_t j = 0; address && j < json_array_len(children); j++) {
                Json *one = json_opt_object(json_array_at(children, j), uuid);

                if (one)
                    return !g_strcmp0(json_opt_string(one, "start", NULL), "auto");
            }
        }
    }
    return false;
}
