/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* block_image.c - images beside those a guest was started with: made, given nodes, taken away again */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/block/block_image.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/qemu/process/guest_chain.h"
#include "drivers/qemu/process/guest_wait.h"
#include "drivers/qemu/qmp/qmp_block.h"
#include "drivers/qemu/qmp/qmp_job.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/log.h"

LOG_SOURCE("qemu.block");

enum { CREATE_DEADLINE_S = 120 };

static const char *const job_events[] = { "JOB_STATUS_CHANGE", NULL };

static bool
is_local(const Store *store)
{
    return store->path && (store->type == DISK_TYPE_FILE || store->type == DISK_TYPE_BLOCK);
}

bool
block_image_allow(const Store *store, GError **error)
{
    const QemuConf *conf = guest_host.conf;

    if (!conf->privileged || !conf->dynamic_ownership || !is_local(store) ||
        (conf->uid == geteuid() && conf->gid == getegid()) || chown(store->path, conf->uid, conf->gid) == 0)
        return true;
    error_set_errno(error, errno, "cannot give '%s' to the user that guests run as", store->path);
    return false;
}

void
block_image_unlink(const Store *store)
{
    if (store->type == DISK_TYPE_FILE && store->path && unlink(store->path) < 0 && errno != ENOENT)
        log_warning("cannot remove image '%s': %s", store->path, g_strerror(errno));
}

/* ---- nodes -------------------------------------------------------------- */

static void
remove_node(QmpClient *qmp, const char *node)
{
    g_autoptr(GError) error = NULL;

    if (node && !qmp_block_blockdev_del(qmp, node, &error))
        log_gerror(error, "while removing block node '%s'", node);
}

static void
remove_objects(QmpClient *qmp, const GPtrArray *list)
{
    for (size_t i = 0; i < list_len(list); i++) {
        const SourceObject *object = list_at(list, i);
        g_autoptr(GError) error = NULL;

        if (!qmp_block_object_del(qmp, object->object_alias, &error))
            log_gerror(error, "while removing object '%s'", object->object_alias);
    }
}

void
block_image_close(QmpClient *qmp, const SourcePrivate *nodes)
{
    if (!nodes)
        return;
    remove_node(qmp, command_image_noted(nodes, "format"));
    remove_node(qmp, command_image_noted(nodes, "slice-storage"));
    remove_node(qmp, command_image_noted(nodes, "storage"));
    remove_objects(qmp, nodes->secrets);
    remove_objects(qmp, nodes->cookies);
    if (nodes->tls_x509) {
        g_autoptr(GError) error = NULL;

        if (!qmp_block_object_del(qmp, nodes->tls_x509->object_alias, &error))
            log_gerror(error, "while removing credentials of a block node");
    }
}

void
block_image_close_chain(QmpClient *qmp, const Store *store, const char *until)
{
    for (; store && !guest_chain_is_end(store); store = store->backing_store) {
        const char *node = block_image_node(store);

        if (!node || !g_strcmp0(node, until))
            return;
        block_image_close(qmp, store->source_private);
    }
}

/* What was told to the emulator, to be taken back. */
typedef struct Told {
    QmpClient *qmp;
    GPtrArray *nodes, *objects; /* names */
} Told;

static void
take_back(Told *told)
{
    for (guint i = told->nodes->len; i-- > 0;)
        remove_node(told->qmp, told->nodes->pdata[i]);
    for (guint i = told->objects->len; i-- > 0;) {
        g_autoptr(GError) error = NULL;

        if (!qmp_block_object_del(told->qmp, told->objects->pdata[i], &error))
            log_gerror(error, "while removing object '%s'", (char *)told->objects->pdata[i]);
    }
}

static bool
tell_part(Told *told, CommandPart *part, GError **error)
{
    bool is_node = g_str_equal(part->option, "-blockdev");
    g_autoptr(Json) json = part->json ? g_steal_pointer(&part->json) : json_parse(part->text, -1, part->option, error);
    const char *name = json ? json_opt_string(json, is_node ? "node-name" : "id", "") : NULL;
    g_autofree char *owned = g_strdup(name);

    if (!json)
        return false;
    if (!is_node && !g_str_equal(part->option, "-object")) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "an image that needs '%s' cannot be given to a guest that runs",
                  part->option);
        return false;
    }
    if (!(is_node ? qmp_block_blockdev_add : qmp_block_object_add)(told->qmp, g_steal_pointer(&json), error))
        return false;
    g_ptr_array_add(is_node ? told->nodes : told->objects, g_steal_pointer(&owned));
    return true;
}

static bool
wait_job(GuestWait *wait, const char *id, GError **error)
{
    int64_t deadline = g_get_monotonic_time() + (int64_t)CREATE_DEADLINE_S * G_USEC_PER_SEC;

    while (true) {
        g_autoptr(Json) data = guest_wait_next(wait, NULL, deadline, NULL, error);

        if (!data)
            return false;
        if (g_str_equal(json_opt_string(data, "id", ""), id) && g_str_equal(json_opt_string(data, "status", ""), "concluded"))
            return true;
    }
}

static bool
dismiss(QmpClient *qmp, const char *id, GError **error)
{
    g_autoptr(Json) reply = qmp_block_query_jobs(qmp, error);
    g_autoptr(GPtrArray) jobs = reply ? qmp_job_list(reply, error) : NULL;
    bool ok = jobs != NULL;

    for (guint i = 0; jobs && i < jobs->len; i++) {
        const QmpJob *job = jobs->pdata[i];

        if (!g_str_equal(job->id, id) || !job->error)
            continue;
        error_set(error, VIR_ERR_OPERATION_FAILED, "failed to format image: '%s'", job->error);
        ok = false;
    }
    return qmp_block_job_dismiss(qmp, id, ok ? error : NULL) && ok;
}

/* Write the format into the bytes that @storage is; *ret_none: there is nothing to write. */
static bool
write_format(Guest *guest, QmpClient *qmp, const BlockImage *wanted, const Store *store, GError **error)
{
    const SourcePrivate *noted = store->source_private;
    CommandImage image = { .disk = wanted->disk, .store = *store, .storage = command_image_noted(noted, "storage") };
    g_autoptr(GuestWait) wait = NULL;
    g_autofree char *id = NULL;
    Json *options;

    for (size_t i = 0; i < list_len(noted->secrets); i++) {
        const SourceObject *secret = list_at(noted->secrets, i);

        if (!g_strcmp0(secret->type, "encryption"))
            image.key = secret->object_alias;
    }
    if (!command_image_create_format(&image, wanted->size, wanted->backing, &options, error))
        return false;
    if (!options)
        return true;
    id = g_strdup_printf("create-%s", image.storage);
    wait = guest_wait_new(guest, job_events);
    return qmp_block_blockdev_create(qmp, id, options, error) && wait_job(wait, id, error) && dismiss(qmp, id, error);
}

static void
told_clear(Told *told)
{
    g_ptr_array_unref(told->nodes);
    g_ptr_array_unref(told->objects);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Told, told_clear)

static Told
told_new(QmpClient *qmp)
{
    return (Told){ qmp, g_ptr_array_new_with_free_func(g_free), g_ptr_array_new_with_free_func(g_free) };
}

/* What the command line would have for the image; NULL with @error set. */
static GArray *
parts_of(Guest *guest, GuestFds *fds, const BlockImage *wanted, bool readonly, Store *store, GError **error)
{
    g_autoptr(Def) live = object_live(&guest->vm.object);
    g_autoptr(Domain) doc = live ? xml_copy(&domain_xml, live->doc) : NULL;
    g_autoptr(QemuCaps) caps = doc ? qemu_probe_get(guest_host.probe, doc->emulator, error) : NULL;
    g_autoptr(GArray) parts = command_parts_new();
    CommandHost host = guest_command_host;
    Command command = { .def = doc, .caps = caps, .conf = guest_host.conf, .host = &host, .dir = guest->dir,
                        .short_name = guest->short_name, .master_key = guest->master_key, .parts = parts };
    CommandDiskImage image = { .disk = wanted->disk, .backing = wanted->backing_node, .terminated = !wanted->backing_node,
                               .top = !readonly, .readonly = readonly };
    bool ok;

    if (!caps) {
        if (!doc)
            error_set(error, VIR_ERR_OPERATION_INVALID, "domain is not running");
        return NULL;
    }
    lock_acquire(&guest->vm.object.lock);
    image.number = ++guest->nodes;
    lock_release(&guest->vm.object.lock);
    /* Only formats with something below can say that there is nothing. */
    if (store->format != DISK_FORMAT_QCOW2 && store->format != DISK_FORMAT_QED)
        image.terminated = false;
    host.data = fds;
    ok = command_disk_image(&command, &image, store, error);
    command_clear(&command);
    return ok ? g_steal_pointer(&parts) : NULL;
}

static bool
open_image(Guest *guest, QmpClient *qmp, const BlockImage *wanted, bool readonly, Store *store, GError **error)
{
    GuestFds fds;
    g_auto(Told) told = told_new(qmp);
    g_autoptr(GArray) parts = NULL;
    bool ok, written = wanted->reuse;

    guest_fds_init(&fds, guest, NULL);
    parts = parts_of(guest, &fds, wanted, readonly, store, error);
    ok = parts != NULL;
    for (guint i = 0; ok && i < parts->len; i++) {
        CommandPart *part = &g_array_index(parts, CommandPart, i);
        bool last = i + 1 == parts->len;

        /* The format node comes last, and must find its header. */
        if (last && !written && command_image_noted(store->source_private, "format"))
            ok = write_format(guest, qmp, wanted, store, error);
        ok = ok && tell_part(&told, part, error);
    }
    guest_fds_clear(&fds);
    if (!ok) {
        take_back(&told);
        g_clear_pointer(&store->source_private, source_private_free);
    }
    return ok;
}

/* ---- files -------------------------------------------------------------- */

/* An image that is to be made must not be there; a device is, and is taken as it is. */
static bool
make_file(const BlockImage *wanted, const Store *store, bool *ret_made, GError **error)
{
    autofd int fd = -1;
    struct stat st;
    bool there;

    *ret_made = false;
    if (!is_local(store)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "an image of type '%s' cannot be made: make it yourself and use the "
                  "REUSE_EXT flag", disk_type_words[store->type]);
        return false;
    }
    there = stat(store->path, &st) == 0;
    if (there && !S_ISBLK(st.st_mode) && st.st_size > 0) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "external destination file for disk %s already exists and is not a block "
                  "device: %s", wanted->disk->target, store->path);
        return false;
    }
    if (store->type == DISK_TYPE_BLOCK)
        return true;
    fd = open(store->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW, 0600);
    if (fd < 0) {
        error_set_errno(error, errno, "failed to create image file '%s'", store->path);
        return false;
    }
    *ret_made = !there;
    if (g_str_equal(command_image_format_name(store), "raw") && ftruncate(fd, (off_t)wanted->size) < 0) {
        error_set_errno(error, errno, "cannot make '%s' %" G_GUINT64_FORMAT " bytes long", store->path, wanted->size);
        if (!there)
            block_image_unlink(store);
        return false;
    }
    return true;
}

bool
block_image_make(Guest *guest, QmpClient *qmp, const BlockImage *wanted, Store *store, GError **error)
{
    bool made = false;

    if (!wanted->reuse && !make_file(wanted, store, &made, error))
        return false;
    if (block_image_allow(store, error) && open_image(guest, qmp, wanted, false, store, error))
        return true;
    if (made)
        block_image_unlink(store);
    return false;
}

bool
block_image_open_chain(Guest *guest, QmpClient *qmp, const Disk *disk, Store *store, GError **error)
{
    g_autoptr(GPtrArray) layers = g_ptr_array_new();
    const char *below = NULL;

    for (Store *s = store; s && !guest_chain_is_end(s); s = s->backing_store)
        g_ptr_array_add(layers, s);
    for (guint i = layers->len; i-- > 0;) {
        BlockImage wanted = { .disk = disk, .reuse = true, .backing_node = below };

        if (!block_image_allow(layers->pdata[i], error) ||
            !open_image(guest, qmp, &wanted, i > 0, layers->pdata[i], error)) {
            if (i + 1 < layers->len)
                block_image_close_chain(qmp, layers->pdata[i + 1], NULL);
            return false;
        }
        below = block_image_node(layers->pdata[i]);
    }
    return true;
}
