/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* block_job_end.c - what block jobs leave: other chains in the definitions, nodes that nobody needs, bitmaps moved */
#define ERROR_FROM VIR_FROM_QEMU
#include <libvirt/libvirt.h>
#include <string.h>

#include "drivers/qemu/block/block_bitmap.h"
#include "drivers/qemu/block/block_chain.h"
#include "drivers/qemu/block/block_image.h"
#include "drivers/qemu/block/block_job.h"
#include "drivers/qemu/process/guest_chain.h"
#include "drivers/qemu/qmp/qmp_block.h"
#include "drivers/qemu/snapshot/snapshot_chain.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("qemu.blockjob");

/* What is written to a mirror once it is in step is noted in this bitmap. */
#define WRITTEN "libvirt-tmp-activewrite"

static void
emit(Guest *guest, const BlockJob *job, const Disk *disk, int status)
{
    static const int types[] = { [BLOCKJOB_TYPE_PULL] = VIR_DOMAIN_BLOCK_JOB_TYPE_PULL,
                                 [BLOCKJOB_TYPE_COPY] = VIR_DOMAIN_BLOCK_JOB_TYPE_COPY,
                                 [BLOCKJOB_TYPE_COMMIT] = VIR_DOMAIN_BLOCK_JOB_TYPE_COMMIT,
                                 [BLOCKJOB_TYPE_ACTIVE_COMMIT] = VIR_DOMAIN_BLOCK_JOB_TYPE_ACTIVE_COMMIT };
    DomainEventCallbackBlockJobMsg by_path = { .msg.path = (char *)(disk->path ? disk->path : ""), .msg.type = types[job->type],
                                               .msg.status = status };
    DomainEventBlockJob2Msg by_target = { .dst = disk->target, .type = types[job->type], .status = status };

    object_wire(&guest->vm.object, &by_path.msg.dom);
    event_emit(guest_host.env.hub, EVENT_DOMAIN, VIR_DOMAIN_EVENT_ID_BLOCK_JOB, &by_path);
    g_free(by_path.msg.dom.name);
    object_wire(&guest->vm.object, &by_target.dom);
    event_emit(guest_host.env.hub, EVENT_DOMAIN, VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2, &by_target);
    g_free(by_target.dom.name);
}

static Disk *
disk_by_target(const Domain *doc, const char *target)
{
    for (size_t i = 0; i < list_len(doc->disks); i++) {
        Disk *disk = list_at(doc->disks, i);

        if (!g_strcmp0(disk->target, target))
            return disk;
    }
    return NULL;
}

/* The image of the disk in the definition becomes that of @disk; its chain is given only where it was before. */
static void
follow(Disk *config, const Disk *disk)
{
    Store view = command_image_view(disk);
    Store *store;
    bool explicit = config->backing_store != NULL;

    if (!explicit)
        view.backing_store = NULL;
    store = xml_copy(&store_xml, &view);
    block_chain_strip(store);
    snapshot_chain_replace(config, store);
    config->index = 0;
}

/* Cut images @first to @last (excluded) out of the chain; they are the caller's. */
static Store *
cut(Disk *disk, guint first, guint last)
{
    Store **from = block_chain_below(disk, first - 1), **to = block_chain_below(disk, last - 1);
    Store *images = *from, *rest = *to;

    *to = NULL;
    *from = rest ? rest : guest_chain_end();
    return images;
}

static void
end_pull(QmpClient *qmp, const BlockJob *job, Disk *disk, const GArray *chain)
{
    int base = job->base ? block_chain_find_node(chain, job->base) : (int)chain->len;
    g_autoptr(Store) gone = base > 1 ? cut(disk, 1, (guint)base) : NULL;

    block_image_close_chain(qmp, gone, NULL);
}

static void
delete_images(const BlockJob *job, const Store *images)
{
    for (; job->delete_committed_images && images && !guest_chain_is_end(images); images = images->backing_store)
        block_image_unlink(images);
}

static void
end_commit(QmpClient *qmp, const BlockJob *job, Disk *disk, const GArray *chain)
{
    int top = block_chain_find_node(chain, job->top), base = block_chain_find_node(chain, job->base);
    g_autoptr(Store) gone = top > 0 && base > top ? cut(disk, (guint)top, (guint)base) : NULL;

    block_image_close_chain(qmp, gone, NULL);
    delete_images(job, gone);
}

/* The disk goes on with the image that all was merged into. */
static void
end_active_commit(QmpClient *qmp, const BlockJob *job, Disk *disk, const GArray *chain)
{
    int base = block_chain_find_node(chain, job->base);
    g_autoptr(Store) gone = NULL;
    Store *left;

    g_clear_pointer(&disk->mirror, mirror_free);
    if (base < 1)
        return;
    left = *block_chain_below(disk, (guint)base - 1);
    *block_chain_below(disk, (guint)base - 1) = NULL;
    gone = snapshot_chain_take(disk);
    snapshot_chain_give(disk, left);
    block_image_close_chain(qmp, gone, NULL);
    delete_images(job, gone);
}

static bool
is_shared_chain(const BlockJob *job)
{
    return (job->jobflags & VIR_DOMAIN_BLOCK_COPY_SHALLOW) && job->shallownew != YESNO_YES;
}

static void
end_copy(QmpClient *qmp, const BlockJob *job, Disk *disk)
{
    g_autoptr(Store) gone = disk->mirror ? snapshot_chain_take(disk) : NULL;
    Store *copy;

    if (!gone)
        return;
    copy = block_chain_take_mirror(disk);
    if (is_shared_chain(job)) {
        store_free(copy->backing_store);
        copy->backing_store = g_steal_pointer(&gone->backing_store);
    } else if (!copy->backing_store && copy->type != DISK_TYPE_NETWORK) {
        copy->backing_store = guest_chain_end();
    }
    snapshot_chain_give(disk, copy);
    block_image_close_chain(qmp, gone, NULL);
}

static void
remove_bitmap(QmpClient *qmp, const char *node, const char *name)
{
    g_autoptr(GError) error = NULL;

    if (!qmp_block_dirty_bitmap_remove(qmp, node, name, &error))
        log_debug("bitmap '%s' of '%s' stays: %s", name, node, error->message);
}

/* The disk goes on as if there had been no job. */
static void
abandon(QmpClient *qmp, const BlockJob *job, Disk *disk)
{
    g_autoptr(Store) copy = NULL;

    if (job->type == BLOCKJOB_TYPE_ACTIVE_COMMIT) {
        if (job->bitmap)
            remove_bitmap(qmp, job->base, WRITTEN);
        g_clear_pointer(&disk->mirror, mirror_free);
    } else if (job->type == BLOCKJOB_TYPE_COPY && disk->mirror) {
        copy = block_chain_take_mirror(disk);
        block_image_close_chain(qmp, copy, NULL);
    }
}

static void
save_config(Guest *guest, Domain *config)
{
    g_autoptr(GError) error = NULL;

    if (!object_set_config(&guest->vm.object, config, &error))
        log_gerror(error, "while saving the definition after a block job");
}

void
block_job_end(Guest *guest, QmpClient *qmp, const BlockJob *job, BlockJobOutcome outcome)
{
    static const int statuses[] = { VIR_DOMAIN_BLOCK_JOB_COMPLETED, VIR_DOMAIN_BLOCK_JOB_FAILED, VIR_DOMAIN_BLOCK_JOB_CANCELED };
    Object *object = &guest->vm.object;
    g_autoptr(Def) live = object_live(object);
    g_autoptr(Def) saved = object_is_persistent(object) ? object_config(object, NULL) : NULL;
    g_autoptr(Domain) config = saved ? xml_copy(&domain_xml, saved->doc) : NULL;
    Domain *doc = live ? xml_copy(&domain_xml, live->doc) : NULL;
    Disk *disk = doc ? disk_by_target(doc, job->disk) : NULL;
    Disk *defined = disk && config ? block_chain_same(config, disk) : NULL;
    g_autoptr(GArray) chain = disk ? block_chain_of(disk) : NULL;

    if (!disk) {
        xml_free(&domain_xml, doc);
        return;
    }
    if (outcome != BLOCK_JOB_COMPLETED)
        abandon(qmp, job, disk);
    else if (job->type == BLOCKJOB_TYPE_PULL)
        end_pull(qmp, job, disk, chain);
    else if (job->type == BLOCKJOB_TYPE_COMMIT)
        end_commit(qmp, job, disk, chain);
    else if (job->type == BLOCKJOB_TYPE_ACTIVE_COMMIT)
        end_active_commit(qmp, job, disk, chain);
    else if (job->type == BLOCKJOB_TYPE_COPY)
        end_copy(qmp, job, disk);
    if (defined && outcome == BLOCK_JOB_COMPLETED)
        follow(defined, disk);
    object_set_live(object, doc);
    if (defined && outcome == BLOCK_JOB_COMPLETED)
        save_config(guest, g_steal_pointer(&config));
    emit(guest, job, disk, statuses[outcome]);
}

/* ---- bitmaps ------------------------------------------------------------ */

static GHashTable *
read_bitmaps(QmpClient *qmp, GError **error)
{
    g_autoptr(Json) reply = qmp_block_query_named_block_nodes(qmp, error);

    return reply ? block_bitmap_read(reply, error) : NULL;
}

static bool
has_bitmaps(GHashTable *nodes, const char *node)
{
    const BlockNode *found = node ? g_hash_table_lookup(nodes, node) : NULL;

    return found && found->bitmaps->len > 0;
}

bool
block_job_move_bitmaps(Guest *guest, QmpClient *qmp, const BlockJob *job, GError **error)
{
    g_autoptr(Def) live = object_live(&guest->vm.object);
    const Disk *disk = live ? disk_by_target(live->doc, job->disk) : NULL;
    g_autoptr(GArray) chain = disk ? block_chain_of(disk) : NULL;
    int top = chain ? block_chain_find_node(chain, job->top) : -1, base = chain ? block_chain_find_node(chain, job->base) : -1;
    g_autofree const char **names = top >= 0 && base > top ? block_chain_nodes(chain, (guint)top, (guint)base) : NULL;
    g_autoptr(GHashTable) nodes = names ? read_bitmaps(qmp, error) : NULL;
    Json *actions;

    if (!names)
        return true;
    if (!nodes)
        return false;
    actions = block_bitmap_move(nodes, names, job->base, NULL);
    return !actions || qmp_block_transaction(qmp, actions, error);
}

static void
note_writes(QmpClient *qmp, const char *node)
{
    g_autoptr(GError) error = NULL;
    Json *actions = json_new_array(), *action = json_new_object(), *data = json_new_object();

    json_add_string(data, "node", node);
    json_add_string(data, "name", WRITTEN);
    json_add_bool(data, "persistent", false);
    json_add_string(action, "type", "block-dirty-bitmap-add");
    json_add(action, "data", data);
    json_append(actions, action);
    if (!qmp_block_transaction(qmp, actions, &error))
        log_gerror(error, "while noting what is written to a copy");
}

/* The node that a mirror job writes to. */
static const char *
target_of(const BlockJob *job, const Disk *disk)
{
    if (job->type == BLOCKJOB_TYPE_ACTIVE_COMMIT)
        return job->base;
    return disk->mirror ? command_image_noted(disk->mirror->source_private, NULL) : NULL;
}

/* Bitmaps of the disk that go with it to the other end. */
static bool
can_keep_bitmaps(const Disk *disk)
{
    return disk->mirror && disk->mirror->format == DISK_FORMAT_QCOW2;
}

void
block_job_ready(Guest *guest, QmpClient *qmp, const BlockJob *job)
{
    Object *object = &guest->vm.object;
    g_autoptr(Def) live = object_live(object);
    Domain *doc = live ? xml_copy(&domain_xml, live->doc) : NULL;
    Disk *disk = doc ? disk_by_target(doc, job->disk) : NULL;
    g_autoptr(GHashTable) nodes = NULL;

    if (!disk || !disk->mirror) {
        xml_free(&domain_xml, doc);
        return;
    }
    disk->mirror->ready = DISK_READY_YES;
    nodes = can_keep_bitmaps(disk) ? read_bitmaps(qmp, NULL) : NULL;
    if (nodes && has_bitmaps(nodes, command_image_noted(disk->source_private, NULL)) &&
        !block_bitmap_find(nodes, target_of(job, disk), WRITTEN)) {
        note_writes(qmp, target_of(job, disk));
        block_job_set_text(guest, (char **)&job->bitmap, WRITTEN);
    }
    object_set_live(object, doc);
    emit(guest, job, disk, VIR_DOMAIN_BLOCK_JOB_READY);
}

/* ---- pivot -------------------------------------------------------------- */

/* What must be done in the instant before the guest goes over to the copy; NULL: nothing. */
static Json *
actions_of(QmpClient *qmp, const BlockJob *job, const Disk *disk, const GArray *chain, GError **error)
{
    const char *target = target_of(job, disk);
    int base = block_chain_find_node(chain, job->base);
    bool commit = job->type == BLOCKJOB_TYPE_ACTIVE_COMMIT;
    guint last = commit && base > 0 ? (guint)base : is_shared_chain(job) ? 1 : chain->len;
    g_autofree const char **names = block_chain_nodes(chain, 0, last);
    g_autoptr(GHashTable) nodes = can_keep_bitmaps(disk) ? read_bitmaps(qmp, error) : NULL;

    return nodes ? block_bitmap_move(nodes, names, target, job->bitmap) : NULL;
}

bool
block_job_pivot(Guest *guest, QmpClient *qmp, BlockJob *job, GError **error)
{
    g_autoptr(Def) live = object_live(&guest->vm.object);
    const Disk *disk = live ? disk_by_target(live->doc, job->disk) : NULL;
    g_autoptr(GArray) chain = disk ? block_chain_of(disk) : NULL;
    g_autoptr(GError) cause = NULL;
    Json *actions;

    if (!disk || !disk->mirror || (job->type != BLOCKJOB_TYPE_COPY && job->type != BLOCKJOB_TYPE_ACTIVE_COMMIT)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "pivot of disk '%s' requires an active copy job", job->disk);
        return false;
    }
    if (!g_str_equal(job->state, "ready")) {
        error_set(error, VIR_ERR_BLOCK_COPY_ACTIVE, "block job on disk '%s' is not ready for pivot yet", job->disk);
        return false;
    }
    actions = actions_of(qmp, job, disk, chain, &cause);
    if (cause) {
        json_unref(actions);
        g_propagate_error(error, g_steal_pointer(&cause));
        return false;
    }
    if (actions && !qmp_block_transaction(qmp, actions, error))
        return false;
    block_job_set_state(guest, job, "pivoting");
    if (qmp_block_job_complete(qmp, job->name, error))
        return true;
    block_job_set_state(guest, job, "ready");
    return false;
}
