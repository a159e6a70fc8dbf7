/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* block_copy.c - copy a disk to another image while the guest runs, in step until one of the two is chosen */
#define ERROR_FROM VIR_FROM_QEMU
#include <fcntl.h>
#include <libvirt/libvirt.h>
#include <string.h>
#include <unistd.h>

#include "drivers/common/params.h"
#include "drivers/common/image_chain.h"
#include "drivers/qemu/block/block_chain.h"
#include "drivers/qemu/block/block_image.h"
#include "drivers/qemu/block/block_job.h"
#include "drivers/qemu/block/block_rows.h"
#include "drivers/qemu/process/guest_chain.h"
#include "drivers/qemu/qmp/qmp_block.h"
#include "drivers/qemu/snapshot/snapshot_chain.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/list.h"

typedef struct CopyOptions {
    bool shallow, reuse, synchronous;
    uint64_t speed, granularity, buf_size;
} CopyOptions;

/* A user who has the image made ready, and does not say in which format, has it looked at; as documented. */
static bool
probe_format(Store *copy, GError **error)
{
    g_autofree uint8_t *data = g_malloc(IMAGE_HEADER_MAX);
    g_auto(ImageInfo) info = { 0 };
    autofd int fd = -1;
    ssize_t len;
    int format;

    if (copy->type != DISK_TYPE_FILE && copy->type != DISK_TYPE_BLOCK)
        return true;
    fd = open(copy->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    len = fd < 0 ? -1 : pread(fd, data, IMAGE_HEADER_MAX, 0);
    if (len < 0) {
        error_set_errno(error, errno, "cannot read image '%s'", copy->path);
        return false;
    }
    if (!image_parse(data, (size_t)len, VOLUME_FORMAT_UNSET, copy->path, &info, error))
        return false;
    format = xml_enum_value(&disk_format_enum, volume_format_words[info.format]);
    copy->format = format > 0 ? (DiskFormat)format : DISK_FORMAT_RAW;
    return true;
}

bool
block_copy_size(QmpClient *qmp, const char *node, uint64_t *ret, GError **error)
{
    g_autoptr(Json) list = qmp_block_query_named_block_nodes(qmp, error);

    for (size_t i = 0; list && i < json_array_len(list); i++) {
        Json *item = json_array_at(list, i);

        if (!g_strcmp0(json_opt_string(item, "node-name", NULL), node))
            return json_get_uint64(json_opt_object(item, "image"), "virtual-size", ret, error);
    }
    if (list)
        error_set(error, VIR_ERR_INTERNAL_ERROR, "QEMU has no block node '%s'", node);
    return false;
}

/* The images below a copy that was made by somebody else. */
static bool
find_below(Store *copy, GError **error)
{
    Store *moved = xml_copy(&store_xml, copy);
    g_autoptr(Disk) disk = xml_new(&disk_xml);
    Store *back;

    snapshot_chain_give(disk, moved);
    if (!guest_chain_detect_disk(disk, error))
        return false;
    back = snapshot_chain_take(disk);
    store_free(copy->backing_store);
    copy->backing_store = g_steal_pointer(&back->backing_store);
    store_free(back);
    return true;
}

static bool
make_image(Guest *guest, QmpClient *qmp, const Disk *disk, const CopyOptions *options, Store *copy, GError **error)
{
    g_autoptr(GArray) chain = block_chain_of(disk);
    BlockImage wanted = { .disk = disk, .reuse = options->reuse };

    if (!block_copy_size(qmp, block_image_node(block_chain_at(chain, 0)), &wanted.size, error))
        return false;
    if (options->shallow && options->reuse)
        return find_below(copy, error) && block_image_open_chain(guest, qmp, disk, copy, error);
    if (options->shallow && chain->len > 1) {
        wanted.backing = block_chain_at(chain, 1);
        wanted.backing_node = block_image_node(wanted.backing);
    }
    return block_image_make(guest, qmp, &wanted, copy, error);
}

static bool
begin(QmpClient *qmp, BlockJob *job, const Disk *disk, const CopyOptions *options, const Store *copy, GError **error)
{
    const QmpBlockMirror args = {
        .job = job->name, .device = block_image_node(&(Store){ .source_private = disk->source_private }),
        .target = block_image_node(copy), .top_only = options->shallow, .write_blocking = options->synchronous,
        .speed = options->speed, .granularity = options->granularity, .buf_size = options->buf_size,
    };

    return qmp_block_mirror(qmp, &args, error);
}

/* @copy is taken. */
static bool
copy_disk(Call *call, const char *name, Store *owned, CopyOptions *options, GError **error)
{
    g_autoptr(Store) copy = owned;
    Guest *guest = guest_of(call);
    Disk *disk = NULL;
    g_autoptr(Domain) doc = block_job_rows_disk(guest, name, &disk, error);
    g_autoptr(QmpClient) qmp = doc ? guest_monitor(guest, error) : NULL;
    BlockJob *job;

    if (!qmp || !block_job_is_free(guest, disk, error))
        return false;
    /* What has nothing below it is copied whole. */
    if (options->shallow && guest_chain_is_end(disk->backing_store) && !options->reuse)
        options->shallow = false;
    if (copy->format == DISK_FORMAT_UNSET && !options->reuse)
        copy->format = disk->format == DISK_FORMAT_UNSET ? DISK_FORMAT_RAW : disk->format;
    if (copy->format == DISK_FORMAT_UNSET && !probe_format(copy, error))
        return false;
    if (options->shallow && copy->format == DISK_FORMAT_RAW) {
        error_set(error, VIR_ERR_INVALID_ARG, "raw shallow copy of non-raw disk '%s' not possible", disk->target);
        return false;
    }
    if (!make_image(guest, qmp, disk, options, copy, error))
        return false;
    job = block_job_new(guest, BLOCKJOB_TYPE_COPY, disk, block_image_node(copy));
    job->has_jobflags = true;
    job->jobflags = options->shallow ? VIR_DOMAIN_BLOCK_COPY_SHALLOW : 0;
    job->jobflags |= options->reuse ? VIR_DOMAIN_BLOCK_COPY_REUSE_EXT : 0;
    job->shallownew = options->shallow && options->reuse ? YESNO_YES : YESNO_UNSET;
    job->mirror = YESNO_YES;
    if (!begin(qmp, job, disk, options, copy, error)) {
        block_job_drop(guest, job);
        block_image_close_chain(qmp, copy, NULL);
        if (!options->reuse)
            block_image_unlink(copy);
        return false;
    }
    block_chain_set_mirror(disk, copy, DISK_JOB_COPY);
    object_set_live(&guest->vm.object, g_steal_pointer(&doc));
    block_job_begun(guest, job);
    return true;
}

/* A <disk> whose target is of no interest. */
static Store *
parse_destination(const char *xml, GError **error)
{
    g_autoptr(xmlDoc) doc = xml_read_full(xml, "(disk_definition)", VIR_FROM_DOMAIN, error);
    xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    g_autoptr(Disk) disk = NULL;
    bool has_target = false;

    if (!root)
        return NULL;
    for (xmlNode *n = root->children; n; n = n->next)
        has_target = has_target || (n->type == XML_ELEMENT_NODE && !strcmp((const char *)n->name, "target"));
    if (!has_target)
        xmlNewProp(xmlNewChild(root, NULL, BAD_CAST "target", NULL), BAD_CAST "dev", BAD_CAST "vda");
    disk = xml_parse(&disk_xml, root, XML_PARSE_INACTIVE | XML_PARSE_NO_CHECK, error);
    if (!disk)
        return NULL;
    if (!disk->path && !list_len(disk->hosts) && !disk->fdgroup) {
        error_set(error, VIR_ERR_INVALID_ARG, "the destination of the copy has no <source>");
        return NULL;
    }
    if (disk->type == DISK_TYPE_VOLUME || disk->type == DISK_TYPE_VHOSTUSER) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "a disk cannot be copied to one of type '%s'", disk_type_words[disk->type]);
        return NULL;
    }
    return snapshot_chain_take(disk);
}

static uint64_t
number(const DomainBlockCopyArgs *args, const char *name)
{
    const WireTypedParam *param = params_find(args->params, args->n_params, name);

    if (!param)
        return 0;
    return param->value.type == VIR_TYPED_PARAM_UINT ? param->value.ui : param->value.ul;
}

bool
block_copy_row(Call *call, GError **error)
{
    static const ParamSpec specs[] = {
        { VIR_DOMAIN_BLOCK_COPY_BANDWIDTH, VIR_TYPED_PARAM_ULLONG },
        { VIR_DOMAIN_BLOCK_COPY_GRANULARITY, VIR_TYPED_PARAM_UINT },
        { VIR_DOMAIN_BLOCK_COPY_BUF_SIZE, VIR_TYPED_PARAM_ULLONG },
        { NULL, 0 },
    };
    const DomainBlockCopyArgs *args = call->args;
    CopyOptions options = {
        .shallow = call->flags & VIR_DOMAIN_BLOCK_COPY_SHALLOW, .reuse = call->flags & VIR_DOMAIN_BLOCK_COPY_REUSE_EXT,
        .synchronous = call->flags & VIR_DOMAIN_BLOCK_COPY_SYNCHRONOUS_WRITES,
    };
    Store *copy;

    if (!params_check(args->params, args->n_params, specs, error))
        return false;
    options.speed = number(args, VIR_DOMAIN_BLOCK_COPY_BANDWIDTH);
    options.granularity = number(args, VIR_DOMAIN_BLOCK_COPY_GRANULARITY);
    options.buf_size = number(args, VIR_DOMAIN_BLOCK_COPY_BUF_SIZE);
    if (options.granularity && (options.granularity & (options.granularity - 1))) {
        error_set(error, VIR_ERR_INVALID_ARG, "granularity must be power of 2");
        return false;
    }
    copy = parse_destination(args->destxml, error);
    return copy && copy_disk(call, args->path, copy, &options, error);
}

bool
block_copy_rebase(Call *call, GError **error)
{
    const DomainBlockRebaseArgs *args = call->args;
    CopyOptions options = {
        .shallow = call->flags & VIR_DOMAIN_BLOCK_REBASE_SHALLOW, .reuse = call->flags & VIR_DOMAIN_BLOCK_REBASE_REUSE_EXT,
    };
    Store *copy;

    if (call->flags & VIR_DOMAIN_BLOCK_REBASE_RELATIVE) {
        error_set(error, VIR_ERR_INVALID_ARG, "a copy has no relative names: VIR_DOMAIN_BLOCK_REBASE_RELATIVE is for pulling");
        return false;
    }
    if (!args->base || args->base[0] != '/') {
        error_set(error, VIR_ERR_INVALID_ARG, "a copy needs the absolute path of its destination");
        return false;
    }
    if (!block_job_rows_speed(args->bandwidth, call->flags & VIR_DOMAIN_BLOCK_REBASE_BANDWIDTH_BYTES, &options.speed, error))
        return false;
    copy = xml_new(&store_xml);
    copy->type = call->flags & VIR_DOMAIN_BLOCK_REBASE_COPY_DEV ? DISK_TYPE_BLOCK : DISK_TYPE_FILE;
    copy->format = call->flags & VIR_DOMAIN_BLOCK_REBASE_COPY_RAW ? DISK_FORMAT_RAW : DISK_FORMAT_UNSET;
    copy->path = g_strdup(args->base);
    return copy_disk(call, args->path, copy, &options, error);
}
