/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* image_chain.c - an image and those below it, found by reading their headers */
#define ERROR_FROM VIR_FROM_STORAGE
#include "drivers/common/image_chain.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/conf/source.h"
#include "util/error.h"
#include "util/fd.h"

enum { CHAIN_MAX = 200 }; /* as many as QEMU opens */

/* Files already in the chain. */
typedef struct FileId {
    dev_t device;
    ino_t inode;
} FileId;

void
image_chain_free(ImageChain *chain)
{
    while (chain) {
        ImageChain *backing = chain->backing;

        store_free(chain->store);
        store_free(chain->data_file);
        image_info_clear(&chain->info);
        g_free(chain->relative);
        g_free(chain);
        chain = backing;
    }
}

static DiskFormat
disk_format(VolumeFormat format)
{
    int value = xml_enum_value(&disk_format_enum, volume_format_words[format]);

    return value < 0 ? DISK_FORMAT_UNSET : (DiskFormat)value;
}

static VolumeFormat
volume_format(DiskFormat format)
{
    int value = xml_enum_value(&volume_format_enum, disk_format_words[format]);

    return value < 0 ? VOLUME_FORMAT_UNSET : (VolumeFormat)value;
}

static bool
is_new(GArray *seen, const struct stat *st)
{
    const FileId id = { st->st_dev, st->st_ino };

    for (guint i = 0; i < seen->len; i++) {
        const FileId *other = &g_array_index(seen, FileId, i);

        if (other->device == id.device && other->inode == id.inode)
            return false;
    }
    g_array_append_val(seen, id);
    return true;
}

/* The beginning of a file or device; a FIFO or socket in its place must not make us wait. */
static bool
read_header(const char *path, uint8_t *data, size_t *ret_len, GError **error)
{
    autofd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    *ret_len = 0;
    while (fd >= 0 && *ret_len < IMAGE_HEADER_MAX) {
        ssize_t n = pread(fd, data + *ret_len, IMAGE_HEADER_MAX - *ret_len, (off_t)*ret_len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            return true;
        if (n < 0)
            break;
        *ret_len += (size_t)n;
    }
    if (fd >= 0 && *ret_len == IMAGE_HEADER_MAX)
        return true;
    error_set_errno(error, errno, "cannot read image '%s'", path);
    return false;
}

/* @probe: the format is to be found out.  Sets the type and format of @layer and reads its header. */
static bool
read_local(ImageChain *layer, bool probe, GArray *seen, GError **error)
{
    const char *path = layer->store->path;
    g_autofree uint8_t *data = NULL;
    struct stat st;
    size_t len;

    if (stat(path, &st) < 0) {
        error_set_errno(error, errno, "cannot access image '%s'", path);
        return false;
    }
    if (!is_new(seen, &st)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "backing store for '%s' is self-referential",
                  layer->relative ? layer->relative : path);
        return false;
    }
    layer->store->type = S_ISDIR(st.st_mode) ? DISK_TYPE_DIR : S_ISBLK(st.st_mode) ? DISK_TYPE_BLOCK : DISK_TYPE_FILE;
    if (S_ISDIR(st.st_mode)) {
        if (layer->store->format == DISK_FORMAT_UNSET)
            layer->store->format = DISK_FORMAT_DIR;
        return true;
    }
    if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "'%s' cannot be an image: it is neither a file nor a block device", path);
        return false;
    }
    if (layer->store->format == DISK_FORMAT_UNSET && !probe)
        layer->store->format = DISK_FORMAT_RAW;
    if (layer->store->format == DISK_FORMAT_RAW)
        return true;
    data = g_malloc(IMAGE_HEADER_MAX);
    if (!read_header(path, data, &len, error) ||
        !image_parse(data, len, volume_format(layer->store->format), path, &layer->info, error))
        return false;
    layer->store->format = disk_format(layer->info.format);
    return true;
}

/* The image @text stands for in the header of @above. */
static ImageChain *
below(const ImageChain *above, const char *text, GError **error)
{
    g_autoptr(ImageChain) layer = g_new0(ImageChain, 1);

    layer->store = source_read(text, error);
    if (!layer->store)
        return NULL;
    if (layer->store->type == DISK_TYPE_FILE && layer->store->path[0] != '/') {
        g_autofree char *folder = g_path_get_dirname(above->store->path);

        layer->relative = g_steal_pointer(&layer->store->path);
        layer->store->path = g_strdup_printf("%s/%s", folder, layer->relative);
    }
    return g_steal_pointer(&layer);
}

static bool
read_data_file(ImageChain *layer, GError **error)
{
    g_autoptr(ImageChain) file = below(layer, layer->info.data_file, error);

    if (!file)
        return false;
    file->store->format = DISK_FORMAT_RAW;
    layer->data_file = g_steal_pointer(&file->store);
    return true;
}

/* The next image down, if there is one. */
static bool
read_backing(ImageChain *layer, GArray *seen, GError **error)
{
    bool guess = layer->info.backing_format == VOLUME_FORMAT_UNSET;
    g_autoptr(ImageChain) next = below(layer, layer->info.backing, error);

    if (!next)
        return false;
    if (!guess)
        next->store->format = disk_format(layer->info.backing_format);
    if (next->store->type == DISK_TYPE_FILE || next->store->type == DISK_TYPE_BLOCK) {
        if (!read_local(next, guess, seen, error))
            return false;
    } else if (next->store->format == DISK_FORMAT_UNSET) {
        next->store->format = DISK_FORMAT_RAW;
    }
    if (guess && (next->info.backing || next->info.data_file)) {
        error_set(error, VIR_ERR_OPERATION_INVALID,
                  "format of backing image '%s' of image '%s' was not specified in the image metadata: state it with "
                  "'qemu-img rebase -u -F FORMAT'",
                  layer->info.backing, layer->store->path);
        return false;
    }
    layer->backing = g_steal_pointer(&next);
    return true;
}

ImageChain *
image_chain_read(const char *path, DiskFormat format, GError **error)
{
    g_autoptr(ImageChain) chain = g_new0(ImageChain, 1);
    g_autoptr(GArray) seen = g_array_new(FALSE, FALSE, sizeof(FileId));
    unsigned depth = 0;

    chain->store = xml_new(&store_xml);
    chain->store->path = g_strdup(path);
    chain->store->format = format;
    if (!read_local(chain, false, seen, error))
        return NULL;
    for (ImageChain *layer = chain; layer; layer = layer->backing) {
        if (++depth > CHAIN_MAX) {
            error_set(error, VIR_ERR_OPERATION_INVALID, "image '%s' lies on more than %d others", path, CHAIN_MAX);
            return NULL;
        }
        if ((layer->info.data_file && !read_data_file(layer, error)) ||
            (layer->info.backing && !read_backing(layer, seen, error)))
            return NULL;
    }
    return g_steal_pointer(&chain);
}
