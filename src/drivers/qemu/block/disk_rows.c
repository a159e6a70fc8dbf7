/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* disk_rows.c - size, content, errors and filling of disks */
#define ERROR_FROM VIR_FROM_QEMU
#include <fcntl.h>
#include <libvirt/libvirt.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/fs.h>
#include <unistd.h>

#include "drivers/qemu/block/block_chain.h"
#include "drivers/qemu/block/block_image.h"
#include "drivers/qemu/block/block_job.h"
#include "drivers/qemu/block/block_rows.h"
#include "drivers/qemu/qmp/qmp_block.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/list.h"

enum { SECTOR = 512 };

/* ---- size --------------------------------------------------------------- */

static bool
device_size(const char *path, uint64_t *ret, GError **error)
{
    autofd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd >= 0 && ioctl(fd, BLKGETSIZE64, ret) == 0)
        return true;
    error_set_errno(error, errno, "cannot ask '%s' for its size", path);
    return false;
}

/* A raw device has one size that makes sense. */
static bool
capacity(const Disk *disk, uint64_t asked, uint64_t *ret, GError **error)
{
    if (disk->type != DISK_TYPE_BLOCK || (disk->format != DISK_FORMAT_RAW && disk->format != DISK_FORMAT_UNSET) ||
        list_len(disk->slices)) {
        error_set(error, VIR_ERR_INVALID_ARG,
                  "block resize to full capacity is supported only with 'raw' local block-based disks");
        return false;
    }
    if (!device_size(disk->path, ret, error))
        return false;
    if (asked && asked != *ret) {
        error_set(error, VIR_ERR_INVALID_ARG, "Requested resize to '%" G_GUINT64_FORMAT "' but device size is '%" G_GUINT64_FORMAT
                  "'", asked, *ret);
        return false;
    }
    return true;
}

bool
disk_rows_resize(Call *call, GError **error)
{
    const DomainBlockResizeArgs *args = call->args;
    Guest *guest = guest_of(call);
    g_autoptr(Def) live = object_live(call->object);
    const Disk *disk = live ? block_chain_disk(live->doc, args->disk, error) : NULL;
    g_autoptr(QmpClient) qmp = disk ? guest_monitor(guest, error) : NULL;
    const char *node = disk ? command_image_noted(disk->source_private, NULL) : NULL;
    uint64_t size = args->size;

    if (!qmp)
        return live ? false : kit_require_active(call->object, error);
    if (!node) {
        error_set(error, VIR_ERR_OPERATION_FAILED, "disk '%s' does not have any image to resize", disk->target);
        return false;
    }
    if (!(call->flags & VIR_DOMAIN_BLOCK_RESIZE_BYTES)) {
        if (size > UINT64_MAX / 1024) {
            error_set(error, VIR_ERR_OVERFLOW, "size must be less than %llu", (unsigned long long)UINT64_MAX / 1024);
            return false;
        }
        size *= 1024;
    }
    if (!block_job_is_free(guest, disk, error) ||
        ((call->flags & VIR_DOMAIN_BLOCK_RESIZE_CAPACITY) && !capacity(disk, size, &size, error)))
        return false;
    /* These formats know whole sectors only. */
    if (disk->format == DISK_FORMAT_QCOW2 || disk->format == DISK_FORMAT_QED)
        size = (size + SECTOR - 1) / SECTOR * SECTOR;
    return qmp_block_resize(qmp, node, size, error);
}

/* ---- content ------------------------------------------------------------ */

static bool
read_at(const char *path, uint64_t offset, uint32_t size, DomainBlockPeekRet *ret, GError **error)
{
    autofd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    g_autofree uint8_t *buffer = g_malloc(size ? size : 1);
    uint32_t done = 0;

    while (fd >= 0 && done < size) {
        ssize_t n = pread(fd, buffer + done, size - done, (off_t)(offset + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (uint32_t)n;
    }
    if (fd < 0 || done < size) {
        error_set_errno(error, fd < 0 ? errno : EIO, "cannot read %u bytes of '%s' at %" G_GUINT64_FORMAT, size, path, offset);
        return false;
    }
    ret->n_buffer = size;
    ret->buffer = g_steal_pointer(&buffer);
    return true;
}

bool
disk_rows_peek(Call *call, GError **error)
{
    const DomainBlockPeekArgs *args = call->args;
    g_autoptr(Def) live = object_live(call->object);
    const Disk *disk = live ? block_chain_disk(live->doc, args->path, error) : NULL;

    if (!disk)
        return live ? false : kit_require_active(call->object, error);
    if (disk->format != DISK_FORMAT_RAW && disk->format != DISK_FORMAT_UNSET) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "peeking is only supported for disk with 'raw' format not '%s'",
                  disk_format_words[disk->format]);
        return false;
    }
    if ((disk->type != DISK_TYPE_FILE && disk->type != DISK_TYPE_BLOCK) || !disk->path) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s' is neither a file nor a block device of this host", disk->target);
        return false;
    }
    return read_at(disk->path, args->offset, args->size, call->ret, error);
}

/* ---- errors ------------------------------------------------------------- */

static const char *
status_of(Json *list, const Disk *disk)
{
    size_t len = strlen(disk->info.alias);

    for (size_t i = 0; i < json_array_len(list); i++) {
        Json *item = json_array_at(list, i);
        const char *path = json_opt_string(item, "qdev", ""), *at = strstr(path, disk->info.alias);

        if (at && (at[len] == '\0' || at[len] == '/'))
            return json_opt_string(item, "io-status", "ok");
    }
    return "ok";
}

bool
disk_rows_errors(Call *call, GError **error)
{
    const DomainGetDiskErrorsArgs *args = call->args;
    DomainGetDiskErrorsRet *ret = call->ret;
    g_autoptr(Def) live = object_live(call->object);
    const Domain *doc = live ? live->doc : NULL;
    g_autoptr(QmpClient) qmp = guest_monitor(guest_of(call), error);
    g_autoptr(Json) list = qmp && args->maxerrors ? qmp_query_block(qmp, error) : NULL;

    if (!qmp || !doc || (args->maxerrors && !list))
        return false;
    if (!args->maxerrors) {
        ret->nerrors = (int32_t)list_len(doc->disks);
        return true;
    }
    ret->errors = g_new0(WireDomainDiskError, list_len(doc->disks) + 1);
    for (size_t i = 0; i < list_len(doc->disks) && ret->n_errors < args->maxerrors; i++) {
        const Disk *disk = list_at(doc->disks, i);
        const char *status = disk->info.alias ? status_of(list, disk) : "ok";

        if (g_str_equal(status, "ok"))
            continue;
        ret->errors[ret->n_errors].disk = g_strdup(disk->target);
        ret->errors[ret->n_errors++].error =
            g_str_equal(status, "nospace") ? VIR_DOMAIN_DISK_ERROR_NO_SPACE : VIR_DOMAIN_DISK_ERROR_UNSPEC;
    }
    ret->nerrors = (int32_t)ret->n_errors;
    return true;
}

/* ---- filling ------------------------------------------------------------ */

/* The notes of image @at of a disk, or of the other end of its job. */
static SourcePrivate *
notes_at(const Disk *disk, int at)
{
    g_autoptr(GArray) chain = block_chain_of(disk);

    return block_chain_at(chain, (guint)MAX(at, 0))->source_private;
}

bool
disk_rows_set_threshold(Call *call, GError **error)
{
    const DomainSetBlockThresholdArgs *args = call->args;
    Guest *guest = guest_of(call);
    g_autoptr(Def) live = object_live(call->object);
    g_autoptr(Domain) doc = live ? xml_copy(&domain_xml, live->doc) : NULL;
    int at = -1;
    const Disk *disk = doc ? block_chain_disk_image(doc, args->dev, &at, error) : NULL;
    SourcePrivate *notes = disk ? notes_at(disk, at) : NULL;
    const char *node = command_image_noted(notes, "storage");
    g_autoptr(QmpClient) qmp = disk ? guest_monitor(guest, error) : NULL;

    if (!qmp)
        return live ? false : kit_require_active(call->object, error);
    if (!node) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "threshold currently can't be set for block device '%s'", args->dev);
        return false;
    }
    if (!qmp_block_set_write_threshold(qmp, node, args->threshold, error))
        return false;
    notes->threshold_index_used = at >= 0 ? YESNO_YES : YESNO_UNSET;
    object_set_live(call->object, g_steal_pointer(&doc));
    return guest_status_save(call->object, error);
}

void
disk_rows_threshold_told(Guest *guest, Json *data)
{
    const char *node = json_opt_string(data, "node-name", "");
    g_autoptr(Def) live = object_live(&guest->vm.object);
    const Domain *doc = live ? live->doc : NULL;

    for (size_t i = 0; doc && i < list_len(doc->disks); i++) {
        const Disk *disk = list_at(doc->disks, i);
        g_autoptr(GArray) chain = block_chain_of(disk);

        for (guint n = 0; n < chain->len; n++) {
            const Store *image = block_chain_at(chain, n);
            bool by_index = image->source_private && image->source_private->threshold_index_used == YESNO_YES;
            g_autofree char *dev = by_index ? g_strdup_printf("%s[%u]", disk->target, image->chain_index)
                                            : g_strdup(disk->target);
            DomainEventBlockThresholdMsg msg = {
                .dev = dev, .path = image->path, .threshold = json_opt_uint64(data, "write-threshold", 0),
                .excess = json_opt_uint64(data, "amount-exceeded", 0),
            };

            if (g_strcmp0(command_image_noted(image->source_private, "storage"), node) != 0)
                continue;
            object_wire(&guest->vm.object, &msg.dom);
            event_emit(guest_host.env.hub, EVENT_DOMAIN, VIR_DOMAIN_EVENT_ID_BLOCK_THRESHOLD, &msg);
            g_free(msg.dom.name);
        }
    }
}
