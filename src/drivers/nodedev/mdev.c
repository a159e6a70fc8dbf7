/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mdev.c - mediated devices: those that are defined, and the rows that make and remove them */
#define ERROR_FROM VIR_FROM_NODEDEV
#include "drivers/nodedev/mdev.h"

#include <libvirt/libvirt.h>
#include <string.h>
#include <sys/stat.h>

#include "drivers/nodedev/describe.h"
#include "drivers/nodedev/mdevctl.h"
#include "rpc/events.h"
#include "util/error.h"
#include "util/lock.h"
#include "util/log.h"
#include "util/process.h"
#include "util/ref.h"

LOG_SOURCE("nodedev.mdev");

#define DEFINITIONS "/etc/mdevctl.d"

enum { DEADLINE_MS = 30000, APPEAR_SECONDS = 10 };

/* What mdevctl said; it does not change, so that who has it needs no lock. */
typedef struct MdevDefinitions {
    gatomicrefcount refs;
    char *text;
    GPtrArray *list;    /* NodeDevice, of it */
    uint64_t signature; /* of the files that it was said of */
} MdevDefinitions;

static Lock lock = LOCK_INIT;
static EventHub *events;
static MdevDefinitions *current GUARDED_BY(lock);

static void
mdev_definitions_free(MdevDefinitions *self)
{
    g_free(self->text);
    g_ptr_array_unref(self->list);
    g_free(self);
}

static MdevDefinitions *mdev_definitions_ref(MdevDefinitions *self);
static void mdev_definitions_unref(MdevDefinitions *self);
DEFINE_REF(MdevDefinitions, mdev_definitions, mdev_definitions_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MdevDefinitions, mdev_definitions_unref)

void
nodedev_mdev_begin(EventHub *hub)
{
    events = hub;
}

/* Have @next be what is known. */
static void
exchange(MdevDefinitions *next)
{
    g_autoptr(MdevDefinitions) last = NULL;
    g_auto(LockHold) hold = lock_hold(&lock);

    last = current;
    current = next;
}

void
nodedev_mdev_end(void)
{
    exchange(NULL);
}

static void
emit(const char *name, int event)
{
    NodeDeviceEventLifecycleMsg msg = { .dev = { .name = (char *)name }, .event = event };

    event_emit(events, EVENT_NODE_DEVICE, VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE, &msg);
}

/* Changes whenever a file below @path is written, comes or goes; 0 if there is none. */
static uint64_t
sign(const char *path, unsigned depth)
{
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    uint64_t sum = 0;
    const char *name;
    struct stat st;

    while (folder && (name = g_dir_read_name(folder))) {
        g_autofree char *file = g_build_filename(path, name, NULL);

        if (stat(file, &st) < 0)
            continue;
        sum += (g_str_hash(name) * UINT64_C(2654435761)) ^ (uint64_t)st.st_ino ^
               ((uint64_t)st.st_mtim.tv_sec * 1000000000 + (uint64_t)st.st_mtim.tv_nsec) * 31;
        if (S_ISDIR(st.st_mode) && depth)
            sum += sign(file, depth - 1);
    }
    return sum;
}

static char *
find_parent(void *data G_GNUC_UNUSED, const char *address)
{
    return nodedev_index_at(address);
}

static MdevDefinitions *
known(void)
{
    g_auto(LockHold) hold = lock_hold(&lock);

    return mdev_definitions_ref(current);
}

/* What the files say.  A host without mdevctl has no definitions; when it fails, the last ones stay.  No lock is held
 * while mdevctl runs: two callers may both have it run, and hear the same. */
static MdevDefinitions *
definitions(void)
{
    g_autoptr(MdevDefinitions) last = known(), next = NULL;
    uint64_t now = sign(DEFINITIONS, 1);
    g_auto(GStrv) argv = nodedev_mdevctl_list_command(true);
    g_autofree char *program = NULL;
    g_autoptr(GError) error = NULL;

    if (last && last->signature == now)
        return g_steal_pointer(&last);
    next = g_new0(MdevDefinitions, 1);
    g_atomic_ref_count_init(&next->refs);
    next->signature = now;
    program = now ? g_find_program_in_path("mdevctl") : NULL;
    if (program && process_run((const char *const *)argv, NULL, DEADLINE_MS, &next->text, NULL, &error))
        next->list = nodedev_mdevctl_parse_list(next->text, find_parent, NULL, &error);
    if (error) {
        log_gerror(error, "mediated devices that are defined are not listed");
        if (last) {
            g_free(next->text);
            next->text = g_strdup(last->text);
            next->list = g_ptr_array_ref(last->list);
        }
    }
    if (!next->list)
        next->list = g_ptr_array_new();
    exchange(mdev_definitions_ref(next));
    return g_steal_pointer(&next);
}

static const NodeDevice *
find(const MdevDefinitions *all, const char *name)
{
    for (guint i = 0; i < all->list->len; i++)
        if (!strcmp(((const NodeDevice *)all->list->pdata[i])->name, name))
            return all->list->pdata[i];
    return NULL;
}

NodeDevice *
nodedev_mdev_definition(const char *name)
{
    g_autoptr(MdevDefinitions) all = definitions();
    const NodeDevice *found = find(all, name);

    return found ? xml_copy(&node_device_xml, found) : NULL;
}

static NodedevEntry *
make_entry(const char *name)
{
    NodedevEntry *entry = g_new0(NodedevEntry, 1);

    *entry = (NodedevEntry){ g_strdup(name), g_strdup(""), NODEDEV_TYPE_MDEV };
    return entry;
}

GPtrArray *
nodedev_mdev_inactive(const GPtrArray *active)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(nodedev_index_device_free);
    g_autoptr(GHashTable) there = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(MdevDefinitions) all = definitions();

    for (guint i = 0; i < active->len; i++)
        g_hash_table_add(there, ((const NodedevEntry *)active->pdata[i])->name);
    for (guint i = 0; i < all->list->len; i++) {
        const char *name = ((const NodeDevice *)all->list->pdata[i])->name;

        if (!g_hash_table_contains(there, name))
            g_ptr_array_add(list, make_entry(name));
    }
    return list;
}

NodedevEntry *
nodedev_mdev_lookup(const char *name)
{
    g_autoptr(MdevDefinitions) all = definitions();

    return find(all, name) ? make_entry(name) : NULL;
}

/* Have mdevctl do it. */
static bool
run(NodedevMdevCommand command, const NodeDevice *device, unsigned affect, char **ret_out, GError **error)
{
    const NodeCapability *cap = nodedev_mdevctl_capability(device);
    g_autofree char *parent = cap ? g_strdup(cap->parent_addr) : NULL, *input = NULL;
    g_auto(GStrv) argv = NULL;

    if (cap && !parent && device->parent) {
        NodedevEntry *above = nodedev_index_lookup(device->parent, error);

        if (!above)
            return false;
        parent = g_path_get_basename(above->syspath);
        nodedev_index_device_free(above);
    }
    argv = nodedev_mdevctl_command(command, device, parent ? parent : "", affect, &input, error);
    if (!argv || process_run((const char *const *)argv, input, DEADLINE_MS, ret_out, NULL, error))
        return argv != NULL;
    error_prefix(error, "mediated device '%s'", device->name ? device->name : cap->mdev_type);
    return false;
}

/* What a client describes: its name follows from UUID and parent, so that what it says of them does not count. */
static NodeDevice *
parse(const char *xml, bool strict, GError **error)
{
    g_autoptr(NodeDevice) device = xml_parse_text(&node_device_xml, xml, strict ? XML_PARSE_STRICT : 0, error);
    const NodeCapability *cap = device ? nodedev_mdevctl_capability(device) : NULL;

    if (device && !cap)
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "only mediated devices can be made: a device with <capability type='mdev'>");
    else if (device && !cap->mdev_type)
        error_set(error, VIR_ERR_XML_ERROR, "the mediated device has no <type id=...>");
    else if (device && !device->parent)
        error_set(error, VIR_ERR_XML_ERROR, "the mediated device has no <parent>");
    else
        return g_steal_pointer(&device);
    return NULL;
}

/* The name that @device goes by with the UUID it has, or got: mdevctl's last word. */
static char *
name_of(const NodeDevice *device, const char *said, GError **error)
{
    const NodeCapability *cap = nodedev_mdevctl_capability(device);
    g_autofree char *uuid = g_strdup(cap->mdev_uuid ? cap->mdev_uuid : said);
    NodedevEntry *above = nodedev_index_lookup(device->parent, error);
    g_autofree char *address = above ? g_path_get_basename(above->syspath) : NULL;

    if (!above)
        return NULL;
    nodedev_index_device_free(above);
    return nodedev_mdevctl_name(g_strstrip(uuid), address);
}

static bool
check_parent(const NodeDevice *device, GError **error)
{
    NodedevEntry *above = nodedev_index_lookup(device->parent, error);

    nodedev_index_device_free(above);
    return above != NULL;
}

bool
nodedev_mdev_create_xml(Call *call, GError **error)
{
    const NodeDeviceCreateXmlArgs *args = call->args;
    g_autoptr(NodeDevice) device = parse(args->xml_desc, call->flags & VIR_NODE_DEVICE_CREATE_XML_VALIDATE, error);
    g_autofree char *said = NULL, *name = NULL;

    if (!device || !check_parent(device, error) || !run(NODEDEV_MDEV_CREATE, device, 0, &said, error) ||
        !(name = name_of(device, said, error)) || !nodedev_index_await(name, APPEAR_SECONDS, error))
        return false;
    ((NodeDeviceCreateXmlRet *)call->ret)->dev.name = g_steal_pointer(&name);
    return true;
}

bool
nodedev_mdev_define_xml(Call *call, GError **error)
{
    const NodeDeviceDefineXmlArgs *args = call->args;
    g_autoptr(NodeDevice) device = parse(args->xml_desc, call->flags & VIR_NODE_DEVICE_DEFINE_XML_VALIDATE, error);
    g_autofree char *said = NULL, *name = NULL;

    if (!device || !check_parent(device, error) || !run(NODEDEV_MDEV_DEFINE, device, 0, &said, error) ||
        !(name = name_of(device, said, error)))
        return false;
    emit(name, VIR_NODE_DEVICE_EVENT_DEFINED);
    ((NodeDeviceDefineXmlRet *)call->ret)->dev.name = g_steal_pointer(&name);
    return true;
}

/* The definition of the call's device; an error if it has none. */
static NodeDevice *
need_definition(Call *call, GError **error)
{
    const NodedevEntry *entry = call->object;
    NodeDevice *definition = nodedev_mdev_definition(entry->name);

    if (!definition)
        error_set(error, VIR_ERR_OPERATION_INVALID, "node device '%s' is not defined", entry->name);
    return definition;
}

bool
nodedev_mdev_create(Call *call, GError **error)
{
    const NodedevEntry *entry = call->object;
    g_autoptr(NodeDevice) definition = NULL;

    if (!nodedev_mdev_is_inactive(entry)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "node device '%s' is already active", entry->name);
        return false;
    }
    definition = need_definition(call, error);
    return definition && run(NODEDEV_MDEV_START, definition, 0, NULL, error) &&
           nodedev_index_await(entry->name, APPEAR_SECONDS, error);
}

bool
nodedev_mdev_destroy(Call *call, GError **error)
{
    const NodedevEntry *entry = call->object;
    g_autofree char *uuid = g_path_get_basename(entry->syspath);
    NodeCapability cap = { .type = NODEDEV_TYPE_MDEV, .mdev_uuid = uuid };
    void *caps[] = { &cap };
    GPtrArray list = { caps, 1 };
    NodeDevice device = { .name = entry->name, .capabilities = &list };

    if (entry->type != NODEDEV_TYPE_MDEV) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "node device '%s' is no mediated device: it cannot be removed",
                  entry->name);
        return false;
    }
    if (nodedev_mdev_is_inactive(entry)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "node device '%s' is not active", entry->name);
        return false;
    }
    return run(NODEDEV_MDEV_STOP, &device, 0, NULL, error);
}

bool
nodedev_mdev_undefine(Call *call, GError **error)
{
    g_autoptr(NodeDevice) definition = need_definition(call, error);

    if (!definition || !run(NODEDEV_MDEV_UNDEFINE, definition, 0, NULL, error))
        return false;
    emit(definition->name, VIR_NODE_DEVICE_EVENT_UNDEFINED);
    return true;
}

/* Only attributes can change: which device it is, and of what type, is asked to be the same. */
static bool
check_same(const NodeDevice *device, const NodeDevice *old, GError **error)
{
    const NodeCapability *cap = nodedev_mdevctl_capability(device), *was = nodedev_mdevctl_capability(old);
    const char *what = g_strcmp0(cap->mdev_uuid, was->mdev_uuid)   ? "UUID"
                       : g_strcmp0(cap->mdev_type, was->mdev_type) ? "type"
                       : g_strcmp0(device->parent, old->parent)    ? "parent"
                                                                   : NULL;

    if (what)
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "the %s of mediated device '%s' cannot be changed", what, old->name);
    return !what;
}

bool
nodedev_mdev_update(Call *call, GError **error)
{
    const NodeDeviceUpdateArgs *args = call->args;
    const NodedevEntry *entry = call->object;
    bool inactive = nodedev_mdev_is_inactive(entry);
    unsigned affect = (call->flags & VIR_NODE_DEVICE_UPDATE_AFFECT_LIVE ? NODEDEV_MDEV_LIVE : 0) |
                      (call->flags & VIR_NODE_DEVICE_UPDATE_AFFECT_CONFIG ? NODEDEV_MDEV_CONFIG : 0);
    g_autoptr(NodeDevice) device = parse(args->xml_desc, false, error);
    g_autoptr(NodeDevice) old = NULL;

    if (!device)
        return false;
    if (!affect)
        affect = inactive ? NODEDEV_MDEV_CONFIG : NODEDEV_MDEV_LIVE;
    if (affect & NODEDEV_MDEV_LIVE && inactive) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "node device '%s' is not active", entry->name);
        return false;
    }
    g_free(device->name);
    device->name = g_strdup(entry->name);
    old = affect & NODEDEV_MDEV_CONFIG ? need_definition(call, error) : nodedev_describe(entry, error);
    if (!old || !check_same(device, old, error) || !run(NODEDEV_MDEV_MODIFY, device, affect, NULL, error))
        return false;
    event_emit(events, EVENT_NODE_DEVICE, VIR_NODE_DEVICE_EVENT_ID_UPDATE,
               &(NodeDeviceEventUpdateMsg){ .dev = { .name = entry->name } });
    return true;
}

bool
nodedev_mdev_set_autostart(Call *call, GError **error)
{
    const NodeDeviceSetAutostartArgs *args = call->args;
    g_autoptr(NodeDevice) definition = need_definition(call, error);
    g_auto(GStrv) argv = NULL;

    if (!definition)
        return false;
    argv = nodedev_mdevctl_autostart_command(nodedev_mdevctl_capability(definition)->mdev_uuid, args->autostart);
    return process_run((const char *const *)argv, NULL, DEADLINE_MS, NULL, NULL, error);
}

bool
nodedev_mdev_get_autostart(Call *call, GError **error)
{
    const NodedevEntry *entry = call->object;
    g_autoptr(MdevDefinitions) all = definitions();
    const NodeDevice *definition = find(all, entry->name);

    ((NodeDeviceGetAutostartRet *)call->ret)->autostart =
        definition && nodedev_mdevctl_is_autostart(all->text, nodedev_mdevctl_capability(definition)->mdev_uuid);
    return true;
}
