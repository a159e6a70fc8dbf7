/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qmp_block.c - QEMU's commands for block nodes, their jobs, bitmaps and exports */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/qmp/qmp_block.h"

#include "util/error.h"

enum { SLOW_TIMEOUT = 120000 }; /* for what drains or flushes: it waits for the guest's requests */

static bool
tell(QmpClient *c, const char *command, Json *args, GError **error)
{
    g_autoptr(Json) reply = qmp_client_call(c, command, args, SLOW_TIMEOUT, error);

    return reply != NULL;
}

/* With one argument. */
static bool
tell_one(QmpClient *c, const char *command, const char *key, const char *value, GError **error)
{
    Json *args = json_new_object();

    json_add_string(args, key, value);
    return tell(c, command, args, error);
}

static Json *
ask_list(QmpClient *c, const char *command, GError **error)
{
    Json *reply = qmp_client_call(c, command, NULL, QMP_CLIENT_TIMEOUT, error);

    if (reply && !json_object_is_type(reply, json_type_array)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "QEMU answered '%s' with no array", command);
        g_clear_pointer(&reply, json_unref);
    }
    return reply;
}

/* A job that stays when it has ended; @wait: that stops before its end. */
static Json *
new_job(const char *job, bool wait)
{
    Json *args = json_new_object();

    json_add_string(args, "job-id", job);
    json_add_bool(args, "auto-finalize", !wait);
    json_add_bool(args, "auto-dismiss", false);
    return args;
}

static void
add_unless_zero(Json *args, const char *key, uint64_t value)
{
    if (value)
        json_add_uint64(args, key, value);
}

bool
qmp_block_blockdev_add(QmpClient *c, Json *node, GError **error)
{
    return tell(c, "blockdev-add", node, error);
}

bool
qmp_block_blockdev_del(QmpClient *c, const char *node, GError **error)
{
    return tell_one(c, "blockdev-del", "node-name", node, error);
}

bool
qmp_block_blockdev_reopen(QmpClient *c, Json *node, GError **error)
{
    Json *args = json_new_object(), *list = json_new_array();

    json_append(list, node);
    json_add(args, "options", list);
    return tell(c, "blockdev-reopen", args, error);
}

bool
qmp_block_object_add(QmpClient *c, Json *object, GError **error)
{
    return tell(c, "object-add", object, error);
}

bool
qmp_block_object_del(QmpClient *c, const char *id, GError **error)
{
    return tell_one(c, "object-del", "id", id, error);
}

Json *
qmp_block_query_named_block_nodes(QmpClient *c, GError **error)
{
    return ask_list(c, "query-named-block-nodes", error);
}

bool
qmp_block_transaction(QmpClient *c, Json *actions, GError **error)
{
    Json *args = json_new_object();

    json_add(args, "actions", actions);
    return tell(c, "transaction", args, error);
}

bool
qmp_block_dirty_bitmap_remove(QmpClient *c, const char *node, const char *name, GError **error)
{
    Json *args = json_new_object();

    json_add_string(args, "node", node);
    json_add_string(args, "name", name);
    return tell(c, "block-dirty-bitmap-remove", args, error);
}

bool
qmp_block_blockdev_create(QmpClient *c, const char *job, Json *options, GError **error)
{
    Json *args = json_new_object();

    json_add_string(args, "job-id", job);
    json_add(args, "options", options);
    return tell(c, "blockdev-create", args, error);
}

bool
qmp_block_stream(QmpClient *c, const QmpBlockStream *args, GError **error)
{
    Json *json = new_job(args->job, false);

    json_add_string(json, "device", args->device);
    json_add_string(json, "base-node", args->base);
    json_add_string(json, "backing-file", args->backing_file);
    add_unless_zero(json, "speed", args->speed);
    return tell(c, "block-stream", json, error);
}

bool
qmp_block_commit(QmpClient *c, const QmpBlockCommit *args, GError **error)
{
    Json *json = new_job(args->job, args->wait);

    json_add_string(json, "device", args->device);
    json_add_string(json, "top-node", args->top);
    json_add_string(json, "base-node", args->base);
    json_add_string(json, "backing-file", args->backing_file);
    add_unless_zero(json, "speed", args->speed);
    return tell(c, "block-commit", json, error);
}

bool
qmp_block_mirror(QmpClient *c, const QmpBlockMirror *args, GError **error)
{
    Json *json = new_job(args->job, false);

    json_add_string(json, "device", args->device);
    json_add_string(json, "target", args->target);
    json_add_string(json, "sync", args->top_only ? "top" : "full");
    add_unless_zero(json, "speed", args->speed);
    add_unless_zero(json, "granularity", args->granularity);
    add_unless_zero(json, "buf-size", args->buf_size);
    if (args->write_blocking)
        json_add_string(json, "copy-mode", "write-blocking");
    return tell(c, "blockdev-mirror", json, error);
}

Json *
qmp_block_query_jobs(QmpClient *c, GError **error)
{
    return ask_list(c, "query-jobs", error);
}

Json *
qmp_block_query_block_jobs(QmpClient *c, GError **error)
{
    return ask_list(c, "query-block-jobs", error);
}

bool
qmp_block_job_dismiss(QmpClient *c, const char *job, GError **error)
{
    return tell_one(c, "job-dismiss", "id", job, error);
}

bool
qmp_block_job_finalize(QmpClient *c, const char *job, GError **error)
{
    return tell_one(c, "job-finalize", "id", job, error);
}

bool
qmp_block_job_complete(QmpClient *c, const char *job, GError **error)
{
    return tell_one(c, "job-complete", "id", job, error);
}

/* block-job-cancel and not job-cancel: the latter always throws away what a mirror that is ready has. */
bool
qmp_block_job_cancel(QmpClient *c, const char *job, bool force, GError **error)
{
    Json *args = json_new_object();

    json_add_string(args, "device", job);
    json_add_bool(args, "force", force);
    return tell(c, "block-job-cancel", args, error);
}

bool
qmp_block_job_set_speed(QmpClient *c, const char *job, uint64_t speed, GError **error)
{
    Json *args = json_new_object();

    json_add_string(args, "device", job);
    json_add_uint64(args, "speed", speed);
    return tell(c, "block-job-set-speed", args, error);
}

bool
qmp_block_resize(QmpClient *c, const char *node, uint64_t size, GError **error)
{
    Json *args = json_new_object();

    json_add_string(args, "node-name", node);
    json_add_uint64(args, "size", size);
    return tell(c, "block_resize", args, error);
}

bool
qmp_block_set_write_threshold(QmpClient *c, const char *node, uint64_t threshold, GError **error)
{
    Json *args = json_new_object();

    json_add_string(args, "node-name", node);
    json_add_uint64(args, "write-threshold", threshold);
    return tell(c, "block-set-write-threshold", args, error);
}

bool
qmp_block_set_io_throttle(QmpClient *c, Json *args, GError **error)
{
    return tell(c, "block_set_io_throttle", args, error);
}

bool
qmp_block_qom_set(QmpClient *c, const char *path, const char *property, Json *value, GError **error)
{
    Json *args = json_new_object();

    json_add_string(args, "path", path);
    json_add_string(args, "property", property);
    json_add(args, "value", value);
    return tell(c, "qom-set", args, error);
}

bool
qmp_block_nbd_server_start(QmpClient *c, Json *address, const char *tls_creds, GError **error)
{
    Json *args = json_new_object();

    json_add(args, "addr", address);
    json_add_string(args, "tls-creds", tls_creds);
    return tell(c, "nbd-server-start", args, error);
}

bool
qmp_block_nbd_server_stop(QmpClient *c, GError **error)
{
    return tell(c, "nbd-server-stop", NULL, error);
}

bool
qmp_block_export_add(QmpClient *c, const char *id, const char *node, const char *name, const char *bitmap, GError **error)
{
    Json *args = json_new_object(), *bitmaps;

    json_add_string(args, "type", "nbd");
    json_add_string(args, "id", id);
    json_add_string(args, "node-name", node);
    json_add_string(args, "name", name);
    if (bitmap) {
        bitmaps = json_new_array();
        json_append_string(bitmaps, bitmap);
        json_add(args, "bitmaps", bitmaps);
    }
    return tell(c, "block-export-add", args, error);
}
