/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vol_rows.c - the calls on volumes
 *
 * Making, copying, resizing and wiping can take minutes, so they hold no job of the pool while they work: a
 * name is reserved instead, and the snapshot of the pool is renewed when the work is done.
 */
#define ERROR_FROM VIR_FROM_STORAGE
#include <fcntl.h>
#include <libvirt/libvirt.h>
#include <string.h>
#include <unistd.h>

#include "drivers/common/kit.h"
#include "drivers/common/pool.h"
#include "rpc/stream.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("storage.vol");

/* The volume of a call whose record begins with it, its pool, and that pool's definition and backend. */
typedef struct Target {
    Pool *pool;
    Def *pool_def, *vol_def;
    const StoragePool *pool_doc;
    const StorageVolume *vol;
    const StorageBackend *backend;
} Target;

static void
target_clear(Target *target)
{
    g_clear_pointer(&target->pool_def, def_unref);
    g_clear_pointer(&target->vol_def, def_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Target, target_clear)

static bool
target_pool(Target *target, Pool *pool, GError **error)
{
    target->pool = pool;
    if (!pool_check_active(pool, error))
        return false;
    target->pool_def = object_live(&pool->object);
    if (!target->pool_def)
        return pool_check_active(pool, error); /* it stopped just now: says so */
    target->pool_doc = target->pool_def->doc;
    target->backend = pool_backend(pool->object.table, target->pool_doc->type, error);
    return target->backend != NULL;
}

static bool
target_vol(Target *target, Call *call, GError **error)
{
    const WireStorageVol *wire = (const WireStorageVol *)((const char *)call->args + call->method->object_at);

    if (!target_pool(target, call->object, error))
        return false;
    target->vol_def = pool_volume(target->pool, wire->name, error);
    if (!target->vol_def)
        return false;
    target->vol = target->vol_def->doc;
    return true;
}

static bool
unsupported(const Target *target, const char *what, GError **error)
{
    error_set(error, VIR_ERR_NO_SUPPORT, "volumes of pool '%s', which is of type '%s', cannot be %s", target->pool_doc->name,
              pool_type_words[target->pool_doc->type], what);
    return false;
}

/* Publish what volume @known has become. */
static bool
look_again(const Target *target, const StorageVolume *known, GError **error)
{
    g_autofree char *name = g_strdup(known->name);
    StorageVolume *vol = target->backend->look ? target->backend->look(target->pool_doc, known, error)
                                               : xml_copy(&storage_volume_xml, known);
    g_autoptr(Job) job = vol ? job_begin(&target->pool->object.jobs, JOB_MODIFY, "refresh of a volume", JOB_DEADLINE_S, error)
                             : NULL;

    if (!job) {
        storage_volume_free(vol);
        return false;
    }
    pool_publish_volume(target->pool, name, vol);
    return true;
}

/* Look-ups. */

bool
vol_rows_lookup_by_name(Call *call, GError **error)
{
    const StorageVolLookupByNameArgs *args = call->args;
    g_autoptr(Def) def = pool_volume(call->object, args->name, error);

    if (def)
        pool_wire_volume(args->pool.name, def->doc, &((StorageVolLookupByNameRet *)call->ret)->vol);
    return def != NULL;
}

static bool
match_key(const StorageVolume *vol, const char *key)
{
    return !g_strcmp0(vol->key, key);
}

static bool
match_path(const StorageVolume *vol, const char *path)
{
    return !g_strcmp0(vol->path, path);
}

static bool
lookup(Call *call, bool (*match)(const StorageVolume *, const char *), const char *what, const char *text, WireStorageVol *ret,
       GError **error)
{
    g_autoptr(Def) def = NULL;
    Pool *pool = pool_find_volume(kit_of(call)->tables[CLASS_STORAGE_POOL], match, text, &def);
    g_autofree char *name = NULL;

    if (!pool) {
        error_set(error, VIR_ERR_NO_STORAGE_VOL, "no storage vol with matching %s '%s'", what, text);
        return false;
    }
    name = object_name(&pool->object);
    pool_wire_volume(name, def->doc, ret);
    object_unref(&pool->object);
    return true;
}

bool
vol_rows_lookup_by_key(Call *call, GError **error)
{
    const StorageVolLookupByKeyArgs *args = call->args;

    return lookup(call, match_key, "key", args->key, &((StorageVolLookupByKeyRet *)call->ret)->vol, error);
}

bool
vol_rows_lookup_by_path(Call *call, GError **error)
{
    const StorageVolLookupByPathArgs *args = call->args;
    /* Volumes of remote pools have names like 'pool/volume' for a path. */
    g_autofree char *path = *args->path == '/' ? g_canonicalize_filename(args->path, "/") : g_strdup(args->path);

    return lookup(call, match_path, "path", path, &((StorageVolLookupByPathRet *)call->ret)->vol, error);
}

/* Making. */

static bool
make(Call *call, const char *xml, const StorageVolume *input, WireStorageVol *ret, GError **error)
{
    bool validate = call->flags & VIR_STORAGE_VOL_CREATE_VALIDATE;
    g_auto(Target) target = { 0 };
    g_autoptr(StorageVolume) doc = NULL;
    bool ok;

    if (!target_pool(&target, call->object, error))
        return false;
    if (!target.backend->create)
        return unsupported(&target, "created", error);
    doc = xml_parse_text(&storage_volume_xml, xml, validate ? XML_PARSE_STRICT : 0, error);
    if (!doc || !storage_volume_settle(doc, target.pool_doc->type, input != NULL, error)
        || !target.backend->place(target.pool_doc, doc, error))
        return false;
    if (input && doc->capacity < input->capacity)
        doc->capacity = input->capacity; /* a copy holds all of the original */
    if (!pool_reserve(target.pool, doc->name, error))
        return false;
    ok = target.backend->create(target.pool_doc, doc, input, call->flags, error)
         && look_again(&target, doc, error);
    pool_unmark(target.pool, doc->name);
    if (ok)
        pool_wire_volume(target.pool_doc->name, doc, ret);
    return ok;
}

bool
pool_add_volume(Pool *pool, StorageVolume *doc, GError **error)
{
    g_autoptr(StorageVolume) vol = doc;
    g_auto(Target) target = { 0 };

    if (!target_pool(&target, pool, error) || !storage_volume_settle(vol, target.pool_doc->type, false, error)
        || !target.backend->place(target.pool_doc, vol, error) || !pool_reserve(pool, vol->name, error))
        return false;
    pool_unmark(pool, vol->name);
    return look_again(&target, vol, error);
}

bool
vol_rows_create_xml(Call *call, GError **error)
{
    const StorageVolCreateXmlArgs *args = call->args;

    return make(call, args->xml, NULL, &((StorageVolCreateXmlRet *)call->ret)->vol, error);
}

bool
vol_rows_create_from(Call *call, GError **error)
{
    const StorageVolCreateXmlFromArgs *args = call->args;
    g_autoptr(Object) other = object_table_by_name(kit_of(call)->tables[CLASS_STORAGE_POOL], args->clonevol.pool, error);
    g_autoptr(Def) input = other ? pool_volume((Pool *)other, args->clonevol.name, error) : NULL;

    return input && make(call, args->xml, input->doc, &((StorageVolCreateXmlFromRet *)call->ret)->vol, error);
}

bool
vol_rows_remove_volume(Call *call, GError **error)
{
    g_auto(Target) target = { 0 };
    g_autoptr(Job) job = NULL;
    bool ok;

    if (!target_vol(&target, call, error))
        return false;
    if (!target.backend->delete_volume)
        return unsupported(&target, "deleted", error);
    if (!pool_mark(target.pool, target.vol->name, error))
        return false;
    job = job_begin(&target.pool->object.jobs, JOB_MODIFY, call->method->name, JOB_DEADLINE_S, error);
    ok = job && target.backend->delete_volume(target.pool_doc, target.vol, call->flags, error);
    if (ok)
        pool_publish_volume(target.pool, target.vol->name, NULL);
    pool_unmark(target.pool, target.vol->name);
    return ok;
}

/* Changing. */

bool
vol_rows_resize(Call *call, GError **error)
{
    const StorageVolResizeArgs *args = call->args;
    g_auto(Target) target = { 0 };
    uint64_t capacity = args->capacity;
    bool ok;

    if (!target_vol(&target, call, error))
        return false;
    if (!target.backend->resize)
        return unsupported(&target, "resized", error);
    if (call->flags & VIR_STORAGE_VOL_RESIZE_DELTA) {
        bool shrink = call->flags & VIR_STORAGE_VOL_RESIZE_SHRINK;

        if (shrink)
            capacity = target.vol->capacity - MIN(target.vol->capacity, args->capacity);
        else if (__builtin_add_overflow(target.vol->capacity, args->capacity, &capacity))
            capacity = UINT64_MAX;
    }
    if (capacity < target.vol->allocation && !(call->flags & VIR_STORAGE_VOL_RESIZE_SHRINK)) {
        error_set(error, VIR_ERR_INVALID_ARG, "can't shrink capacity of volume '%s' below its allocation without the flag "
                                              "VIR_STORAGE_VOL_RESIZE_SHRINK", target.vol->name);
        return false;
    }
    if (capacity < target.vol->capacity && !(call->flags & VIR_STORAGE_VOL_RESIZE_SHRINK)) {
        error_set(error, VIR_ERR_INVALID_ARG, "can't shrink volume '%s' without the flag VIR_STORAGE_VOL_RESIZE_SHRINK",
                  target.vol->name);
        return false;
    }
    if (!pool_mark(target.pool, target.vol->name, error))
        return false;
    ok = target.backend->resize(target.pool_doc, target.vol, capacity, call->flags, error)
         && look_again(&target, target.vol, error);
    pool_unmark(target.pool, target.vol->name);
    return ok;
}

static bool
wipe_with(Call *call, unsigned algorithm, GError **error)
{
    g_auto(Target) target = { 0 };
    bool ok;

    if (!target_vol(&target, call, error))
        return false;
    if (algorithm > VIR_STORAGE_VOL_WIPE_ALG_TRIM) {
        error_set(error, VIR_ERR_INVALID_ARG, "wiping algorithm %u is not known", algorithm);
        return false;
    }
    if (!target.backend->wipe)
        return unsupported(&target, "wiped", error);
    if (!pool_mark(target.pool, target.vol->name, error))
        return false;
    ok = target.backend->wipe(target.pool_doc, target.vol, algorithm, error) && look_again(&target, target.vol, error);
    pool_unmark(target.pool, target.vol->name);
    return ok;
}

bool
vol_rows_wipe(Call *call, GError **error)
{
    return wipe_with(call, VIR_STORAGE_VOL_WIPE_ALG_ZERO, error);
}

bool
vol_rows_wipe_pattern(Call *call, GError **error)
{
    return wipe_with(call, ((const StorageVolWipePatternArgs *)call->args)->algorithm, error);
}

/* Facts. */

static int32_t
info_type(VolumeType type)
{
    static const int32_t types[VOLUME_TYPE_LAST] = {
        [VOLUME_TYPE_BLOCK] = VIR_STORAGE_VOL_BLOCK,
        [VOLUME_TYPE_DIR] = VIR_STORAGE_VOL_DIR,
        [VOLUME_TYPE_NETWORK] = VIR_STORAGE_VOL_NETWORK,
        [VOLUME_TYPE_NETDIR] = VIR_STORAGE_VOL_NETDIR,
    };

    return types[type];
}

bool
vol_rows_get_info(Call *call, GError **error)
{
    StorageVolGetInfoRet *ret = call->ret;
    g_auto(Target) target = { 0 };

    if (!target_vol(&target, call, error))
        return false;
    ret->type = info_type(target.vol->type);
    ret->capacity = target.vol->capacity;
    ret->allocation = target.vol->allocation;
    return true;
}

bool
vol_rows_get_info_flags(Call *call, GError **error)
{
    StorageVolGetInfoFlagsRet *ret = call->ret;
    g_auto(Target) target = { 0 };

    if (!target_vol(&target, call, error))
        return false;
    ret->type = info_type(target.vol->type);
    ret->capacity = target.vol->capacity;
    ret->allocation = call->flags & VIR_STORAGE_VOL_GET_PHYSICAL ? target.vol->physical : target.vol->allocation;
    return true;
}

bool
vol_rows_get_xml(Call *call, GError **error)
{
    g_auto(Target) target = { 0 };

    if (!target_vol(&target, call, error))
        return false;
    ((StorageVolGetXmlDescRet *)call->ret)->xml = xml_format_text(&storage_volume_xml, target.vol, 0);
    return true;
}

bool
vol_rows_get_path(Call *call, GError **error)
{
    g_auto(Target) target = { 0 };

    if (!target_vol(&target, call, error))
        return false;
    ((StorageVolGetPathRet *)call->ret)->name = g_strdup(target.vol->path);
    return true;
}

/* Content. */

typedef struct Upload {
    Object *pool;
    char *name;
} Upload;

/* The last byte is in: what the volume is may have changed. */
static void
upload_done(void *data, const GError *failed)
{
    Upload *upload = data;
    g_auto(Target) target = { 0 };
    g_autoptr(GError) error = NULL;

    if (target_pool(&target, (Pool *)upload->pool, NULL)
        && (!(target.vol_def = pool_volume(target.pool, upload->name, &error))
            || !look_again(&target, target.vol_def->doc, &error)))
        log_gerror(error, "after the upload to volume '%s'", upload->name);
    object_unref(upload->pool);
    g_free(upload->name);
    g_free(upload);
}

static bool
transfer(Call *call, uint64_t offset, uint64_t length, bool sparse, bool to_client, GError **error)
{
    g_auto(Target) target = { 0 };
    StreamSource source = { .direction = to_client ? STREAM_TO_CLIENT : STREAM_FROM_CLIENT,
                            .offset = offset,
                            .length = length,
                            .sparse = sparse };

    if (!target_vol(&target, call, error))
        return false;
    if (target.vol->type == VOLUME_TYPE_DIR || !target.backend->has_content)
        return unsupported(&target, "read or written", error);
    source.fd = open(target.vol->path, (to_client ? O_RDONLY : O_WRONLY) | O_CLOEXEC | O_NONBLOCK);
    if (source.fd < 0) {
        error_set_errno(error, errno, "cannot open volume '%s'", target.vol->path);
        return false;
    }
    if (!to_client) {
        Upload *upload = g_new(Upload, 1);

        upload->pool = object_ref(&target.pool->object);
        upload->name = g_strdup(target.vol->name);
        source.done = upload_done;
        source.data = upload;
    }
    return stream_attach(call->stream, &source, error);
}

bool
vol_rows_upload(Call *call, GError **error)
{
    const StorageVolUploadArgs *args = call->args;

    return transfer(call, args->offset, args->length, call->flags & VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM, false, error);
}

bool
vol_rows_download(Call *call, GError **error)
{
    const StorageVolDownloadArgs *args = call->args;

    return transfer(call, args->offset, args->length, call->flags & VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM, true, error);
}
