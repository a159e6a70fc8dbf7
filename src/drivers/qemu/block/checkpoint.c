/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* checkpoint.c - checkpoints of guests: bitmaps in their images, and documents beside them
 *
 * The bitmaps do the work and lie in the images; the documents say which belong together, and what the guest was then.
 */
#define ERROR_FROM VIR_FROM_DOMAIN_CHECKPOINT
#include "drivers/qemu/block/checkpoint.h"

#include <libvirt/libvirt.h>

#include "drivers/qemu/agent/agent.h"
#include "drivers/qemu/block/block_bitmap.h"
#include "drivers/qemu/block/block_chain.h"
#include "drivers/qemu/block/block_image.h"
#include "drivers/qemu/block/block_rows.h"
#include "drivers/qemu/qmp/qmp_block.h"
#include "drivers/qemu/snapshot/snapshot.h"
#include "util/error.h"
#include "util/list.h"
#include "util/log.h"

LOG_SOURCE("qemu.checkpoint");

static const MomentKind *const kind = &moment_tree_checkpoints;
/* Gathers what changed, to be counted. */
#define COUNTED "libvirt-tmp-size-xml"

static const char *
dir_of(void)
{
    return guest_host.conf->checkpoint_dir;
}

static void
add_action(Json *actions, const char *type, const char *node, const char *name, bool add)
{
    Json *action = json_new_object(), *data = json_new_object();

    json_add_string(data, "node", node);
    json_add_string(data, "name", name);
    if (add)
        json_add_bool(data, "persistent", true);
    json_add_string(action, "type", type);
    json_add(action, "data", data);
    json_append(actions, action);
}

static bool
has_bitmap(const CheckpointDisk *disk)
{
    return disk->checkpoint == CHECKPOINT_KIND_BITMAP;
}

static void
set_broken(const CheckpointDisk *disk, GError **error)
{
    error_set(error, VIR_ERR_CHECKPOINT_INCONSISTENT, "missing or broken bitmap '%s' for disk '%s'", disk->bitmap, disk->name);
}

/* ---- making ------------------------------------------------------------- */

bool
checkpoint_plan(Guest *guest, const Domain *live, Checkpoint *checkpoint, Json *actions, GError **error)
{
    g_autoptr(Def) current = moment_tree_current(&guest->vm, kind);

    if (!checkpoint_align(checkpoint, live, error))
        return false;
    checkpoint->domain = snapshot_store_inactive(live, error);
    if (!checkpoint->domain)
        return false;
    checkpoint->parent = current ? g_strdup(((const Checkpoint *)current->doc)->name) : NULL;
    if (!moment_tree_accepts(&guest->vm, kind, checkpoint, false, error))
        return false;
    for (size_t i = 0; i < list_len(checkpoint->disks); i++) {
        const CheckpointDisk *disk = list_at(checkpoint->disks, i);
        const Disk *of = moment_find_disk(live, disk->name);

        if (!has_bitmap(disk))
            continue;
        if (of->format != DISK_FORMAT_QCOW2) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "checkpoint for disk %s unsupported for storage type %s", disk->name,
                      disk_format_words[of->format]);
            return false;
        }
        add_action(actions, "block-dirty-bitmap-add", command_image_noted(of->source_private, NULL), disk->bitmap, true);
    }
    return true;
}

static void
remove_bitmaps(QmpClient *qmp, const Domain *live, const Checkpoint *checkpoint)
{
    Json *actions = json_new_array();
    g_autoptr(GError) error = NULL;

    for (size_t i = 0; i < list_len(checkpoint->disks); i++) {
        const CheckpointDisk *disk = list_at(checkpoint->disks, i);

        if (has_bitmap(disk))
            add_action(actions, "block-dirty-bitmap-remove",
                       command_image_noted(moment_find_disk(live, disk->name)->source_private, NULL), disk->bitmap, false);
    }
    if (!qmp_block_transaction(qmp, actions, &error))
        log_gerror(error, "while removing bitmaps of a checkpoint that could not be kept");
}

bool
checkpoint_keep(Guest *guest, QmpClient *qmp, Checkpoint *owned, GError **error)
{
    g_autoptr(Def) live = object_live(&guest->vm.object);
    g_autoptr(Checkpoint) spare = xml_copy(&checkpoint_xml, owned);

    if (moment_file_add(&guest->vm, kind, dir_of(), owned, true, error))
        return true;
    if (live)
        remove_bitmaps(qmp, live->doc, spare);
    return false;
}

/* A file system that is written to meanwhile would be caught in the middle of it. */
static bool
begin_quiet(Guest *guest, Json *actions, QmpClient *qmp, GError **error)
{
    g_autoptr(GError) thaw = NULL;
    int count;
    bool ok;

    if (!agent_freeze(guest, NULL, 0, &count, error)) {
        json_unref(actions);
        return false;
    }
    ok = qmp_block_transaction(qmp, actions, error);
    if (!agent_thaw(guest, &count, &thaw))
        log_gerror(thaw, "while thawing file systems after a checkpoint");
    return ok;
}

static bool
create(Guest *guest, Checkpoint *owned, bool quiesce, GError **error)
{
    g_autoptr(Checkpoint) checkpoint = owned;
    g_autoptr(Def) live = object_live(&guest->vm.object);
    g_autoptr(QmpClient) qmp = NULL;
    g_autoptr(Json) actions = json_new_array();

    if (!live) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "cannot create checkpoint for inactive domain");
        return false;
    }
    qmp = guest_monitor(guest, error);
    if (!qmp || !checkpoint_plan(guest, live->doc, checkpoint, actions, error))
        return false;
    if (quiesce ? !begin_quiet(guest, g_steal_pointer(&actions), qmp, error)
                : !qmp_block_transaction(qmp, g_steal_pointer(&actions), error))
        return false;
    return checkpoint_keep(guest, qmp, g_steal_pointer(&checkpoint), error);
}

/* Whether what the document promises is in the images. */
static bool
validate(Guest *guest, const Checkpoint *checkpoint, GError **error)
{
    g_autoptr(Def) live = object_live(&guest->vm.object);
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    g_autoptr(Json) reply = qmp ? qmp_block_query_named_block_nodes(qmp, error) : NULL;
    g_autoptr(GHashTable) nodes = reply ? block_bitmap_read(reply, error) : NULL;

    for (size_t i = 0; nodes && live && i < list_len(checkpoint->disks); i++) {
        const CheckpointDisk *disk = list_at(checkpoint->disks, i);
        const Disk *of = moment_find_disk(live->doc, disk->name);
        g_autoptr(GArray) chain = of ? block_chain_of(of) : NULL;
        g_autofree const char **names = chain ? block_chain_nodes(chain, 0, chain->len) : NULL;

        if (!has_bitmap(disk) || (names && block_bitmap_is_valid(nodes, names, disk->bitmap)))
            continue;
        set_broken(disk, error);
        return false;
    }
    return nodes && live;
}

static bool
redefine(Guest *guest, Checkpoint *owned, bool check, GError **error)
{
    g_autoptr(Checkpoint) checkpoint = owned;
    g_autoptr(Def) old = moment_tree_find(&guest->vm, kind, checkpoint->name, NULL);

    return checkpoint_redefine(checkpoint, guest->vm.object.uuid, old ? old->doc : NULL, error) &&
           moment_tree_accepts(&guest->vm, kind, checkpoint, old != NULL, error) &&
           (!check || validate(guest, checkpoint, error)) &&
           moment_file_add(&guest->vm, kind, dir_of(), g_steal_pointer(&checkpoint), true, error);
}

bool
checkpoint_rows_create(Call *call, GError **error)
{
    const DomainCheckpointCreateXmlArgs *args = call->args;
    DomainCheckpointCreateXmlRet *ret = call->ret;
    Guest *guest = guest_of(call);
    bool again = call->flags & VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE;
    Checkpoint *checkpoint = checkpoint_parse(args->xml_desc, again ? MOMENT_REDEFINE : MOMENT_NEW,
                                              g_get_real_time() / G_USEC_PER_SEC, error);
    g_autofree char *name = checkpoint ? g_strdup(checkpoint->name) : NULL;

    if (!checkpoint || !(again ? redefine(guest, checkpoint, call->flags & VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE_VALIDATE, error)
                               : create(guest, checkpoint, call->flags & VIR_DOMAIN_CHECKPOINT_CREATE_QUIESCE, error)))
        return false;
    ret->checkpoint.name = g_steal_pointer(&name);
    object_wire(call->object, &ret->checkpoint.dom);
    return true;
}

/* ---- deleting ----------------------------------------------------------- */

/* Open image @at of the chain again, to be written or not. */
static bool
reopen(QmpClient *qmp, const Disk *disk, const GArray *chain, guint at, bool readonly, GError **error)
{
    const Store *store = block_chain_at(chain, at);
    const SourcePrivate *noted = store->source_private;
    CommandImage image = {
        .disk = disk, .store = *store, .readonly = readonly, .top = at == 0, .storage = command_image_noted(noted, "storage"),
        .slice = command_image_noted(noted, "slice-storage"), .format = command_image_noted(noted, "format"),
        .backing = at + 1 < chain->len ? block_image_node(block_chain_at(chain, at + 1)) : NULL, .terminated = true,
    };

    for (size_t i = 0; i < list_len(noted->secrets); i++) {
        const SourceObject *secret = list_at(noted->secrets, i);

        if (!g_strcmp0(secret->type, "encryption"))
            image.key = secret->object_alias;
    }
    return qmp_block_blockdev_reopen(qmp, command_image_format(&image), error);
}

static bool
delete_bitmap(QmpClient *qmp, GHashTable *nodes, const Disk *disk, const char *name, GError **error)
{
    g_autoptr(GArray) chain = block_chain_of(disk);
    g_autofree const char **names = block_chain_nodes(chain, 0, chain->len);
    g_autoptr(GPtrArray) readonly = g_ptr_array_new();
    Json *actions = block_bitmap_delete(nodes, names, name, readonly);
    bool ok = true;
    guint opened = 0;

    if (!json_array_len(actions)) {
        json_unref(actions);
        return true;
    }
    for (; ok && opened < readonly->len; opened++)
        ok = reopen(qmp, disk, chain, (guint)block_chain_find_node(chain, readonly->pdata[opened]), false, error);
    if (ok)
        ok = qmp_block_transaction(qmp, actions, error);
    else
        json_unref(actions);
    while (opened-- > 0) {
        g_autoptr(GError) cause = NULL;

        if (!reopen(qmp, disk, chain, (guint)block_chain_find_node(chain, readonly->pdata[opened]), true, &cause))
            log_gerror(cause, "while making an image read-only again");
    }
    return ok;
}

static bool
delete_bitmaps(Guest *guest, const Checkpoint *checkpoint, GError **error)
{
    g_autoptr(Def) live = object_live(&guest->vm.object);
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    g_autoptr(Json) reply = qmp ? qmp_block_query_named_block_nodes(qmp, error) : NULL;
    g_autoptr(GHashTable) nodes = reply ? block_bitmap_read(reply, error) : NULL;
    bool ok = nodes != NULL && live != NULL;

    for (size_t i = 0; ok && i < list_len(checkpoint->disks); i++) {
        const CheckpointDisk *disk = list_at(checkpoint->disks, i);
        const Disk *of = moment_find_disk(live->doc, disk->name);

        /* A disk that was unplugged took its bitmap along. */
        ok = !has_bitmap(disk) || !of || delete_bitmap(qmp, nodes, of, disk->bitmap, error);
    }
    return ok;
}

bool
checkpoint_rows_delete(Call *call, GError **error)
{
    const DomainCheckpointDeleteArgs *args = call->args;
    Guest *guest = guest_of(call);
    const char *name = args->checkpoint.name;
    bool only_below = call->flags & VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN_ONLY;
    bool all = only_below || (call->flags & VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN);
    bool metadata = call->flags & VIR_DOMAIN_CHECKPOINT_DELETE_METADATA_ONLY;
    g_autoptr(Def) found = moment_tree_find(&guest->vm, kind, name, error);
    g_autoptr(GPtrArray) names = NULL;
    bool ok = true;

    if (!found)
        return false;
    if (!metadata && !object_is_active(call->object)) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "cannot delete checkpoint for inactive domain");
        return false;
    }
    names = moment_tree_list(&guest->vm, kind, name, VIR_DOMAIN_CHECKPOINT_LIST_DESCENDANTS, error);
    if (!names)
        return false;
    for (guint i = 0; ok && !metadata && all && i < names->len; i++) {
        g_autoptr(Def) below = moment_tree_find(&guest->vm, kind, names->pdata[i], error);

        ok = below && delete_bitmaps(guest, below->doc, error);
    }
    if (ok && !metadata && !only_below)
        ok = delete_bitmaps(guest, found->doc, error);
    return ok && moment_file_remove(&guest->vm, kind, dir_of(), name,
                                    only_below ? MOMENT_BELOW : all ? MOMENT_CHILDREN : MOMENT_ONLY, error);
}

/* ---- what changed since -------------------------------------------------- */

static bool
count(QmpClient *qmp, GHashTable *nodes, const Disk *of, CheckpointDisk *disk, GError **error)
{
    g_autoptr(GArray) chain = block_chain_of(of);
    g_autofree const char **names = block_chain_nodes(chain, 0, chain->len);
    Json *actions = block_bitmap_backup(nodes, names, disk->bitmap, names[0], COUNTED), *undo = json_new_array();
    g_autoptr(Json) reply = NULL;
    g_autoptr(GHashTable) now = NULL;
    g_autoptr(GError) cause = NULL;
    const BlockBitmap *all;

    if (!actions) {
        json_unref(undo);
        set_broken(disk, error);
        return false;
    }
    if (!qmp_block_transaction(qmp, actions, error)) {
        json_unref(undo);
        return false;
    }
    reply = qmp_block_query_named_block_nodes(qmp, error);
    now = reply ? block_bitmap_read(reply, error) : NULL;
    all = now ? block_bitmap_find(now, names[0], COUNTED) : NULL;
    add_action(undo, "block-dirty-bitmap-remove", names[0], COUNTED, false);
    if (!qmp_block_transaction(qmp, undo, &cause))
        log_gerror(cause, "while counting what changed since a checkpoint");
    disk->has_size = all != NULL;
    disk->size = all ? all->dirty : 0;
    return now != NULL;
}

bool
checkpoint_sizes(Vm *vm, Checkpoint *checkpoint, GError **error)
{
    Guest *guest = (Guest *)vm;
    g_autoptr(Def) live = object_live(&vm->object);
    g_autoptr(QmpClient) qmp = live ? guest_monitor(guest, error) : NULL;
    g_autoptr(Json) reply = qmp ? qmp_block_query_named_block_nodes(qmp, error) : NULL;
    g_autoptr(GHashTable) nodes = reply ? block_bitmap_read(reply, error) : NULL;

    if (!live) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "cannot get checkpoint size for inactive domain");
        return false;
    }
    for (size_t i = 0; nodes && i < list_len(checkpoint->disks); i++) {
        CheckpointDisk *disk = list_at(checkpoint->disks, i);
        const Disk *of = moment_find_disk(live->doc, disk->name);

        if (has_bitmap(disk) && of && !count(qmp, nodes, of, disk, error))
            return false;
    }
    return nodes != NULL;
}

/* ---- life of the guest --------------------------------------------------- */

static GPtrArray *
load(Vm *vm, char **ret_current)
{
    return moment_file_load(vm, kind, dir_of(), ret_current);
}

void
checkpoint_load_all(void)
{
    g_autoptr(GPtrArray) list = object_table_list(guest_host.table);

    for (guint i = 0; i < list->len; i++) {
        Vm *vm = list->pdata[i];

        if (!moment_file_exist(vm, dir_of()))
            continue;
        lock_acquire(&vm->object.lock);
        vm->checkpoints.load = load;
        lock_release(&vm->object.lock);
    }
}

bool
checkpoint_undefine(Vm *vm, uint32_t flags, GError **error)
{
    /* Those of a guest that runs go when it ends. */
    return object_is_active(&vm->object) || moment_file_clear(vm, kind, dir_of(), error);
}

bool
checkpoint_renamed(Vm *vm, const char *old, GError **error)
{
    return moment_file_rename(vm, dir_of(), old, error);
}

void
checkpoint_forget(Guest *guest)
{
    g_autoptr(GError) error = NULL;

    if (!object_is_persistent(&guest->vm.object) && !moment_file_clear(&guest->vm, kind, dir_of(), &error))
        log_gerror(error, "while forgetting the checkpoints of a guest that is gone");
}
