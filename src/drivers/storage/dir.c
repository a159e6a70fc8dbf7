/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dir.c - pools that are folders: plain ones, and those of a file system mounted for the pool
 *
 * The folder is the guests' neighbourhood: names found in it are opened beneath it and without following
 * links out of it, and never block (a fifo is no volume).
 */
#define ERROR_FROM VIR_FROM_STORAGE
#include <dirent.h>
#include <fcntl.h>
#include <libvirt/libvirt.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "drivers/storage/backend.h"
#include "drivers/conf/image.h"
#include "drivers/storage/mount.h"
#include "drivers/storage/qemu_img.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/log.h"
#include "util/process.h"

LOG_SOURCE("storage.dir");

enum {
    MOUNT_DEADLINE_MS = 60 * 1000,
    IMAGE_DEADLINE_MS = 30 * 60 * 1000, /* converting or filling a large image takes its time */
};

static bool
run(GPtrArray *argv, int deadline_ms, GError **error)
{
    bool ok;

    g_ptr_array_add(argv, NULL);
    ok = process_run((const char *const *)argv->pdata, NULL, deadline_ms, NULL, NULL, error);
    g_ptr_array_remove_index(argv, argv->len - 1);
    return ok;
}

static int
open_folder(const StoragePool *pool, GError **error)
{
    int fd = open(pool->target_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        error_set_errno(error, errno, "cannot open folder '%s' of pool '%s'", pool->target_path, pool->name);
    return fd;
}

static bool
check(const StoragePool *pool)
{
    return g_file_test(pool->target_path, G_FILE_TEST_IS_DIR);
}

static bool
check_mounted(const StoragePool *pool)
{
    g_autofree char *parent = g_path_get_dirname(pool->target_path);
    struct stat here, above;

    return stat(pool->target_path, &here) == 0 && stat(parent, &above) == 0 && here.st_dev != above.st_dev;
}

static bool
apply_permissions(int fd, const StoragePermissions *perms, const char *path, GError **error)
{
    if (!perms)
        return true;
    if ((perms->has_owner || perms->has_group)
        && fchown(fd, perms->has_owner ? (uid_t)perms->owner : (uid_t)-1,
                  perms->has_group ? (gid_t)perms->group : (gid_t)-1) < 0) {
        error_set_errno(error, errno, "cannot change the owner of '%s'", path);
        return false;
    }
    if (perms->has_mode && fchmod(fd, perms->mode) < 0) {
        error_set_errno(error, errno, "cannot change the mode of '%s'", path);
        return false;
    }
    return true;
}

static bool
build(const StoragePool *pool, uint32_t flags, GError **error)
{
    autofd int fd = -1;

    if (flags & (VIR_STORAGE_POOL_BUILD_OVERWRITE | VIR_STORAGE_POOL_BUILD_NO_OVERWRITE)) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "no file system is made for pool '%s' of type '%s'", pool->name,
                  pool_type_words[pool->type]);
        return false;
    }
    if (!file_mkdir_p(pool->target_path, 0711, error))
        return false;
    fd = open_folder(pool, error);
    return fd >= 0 && apply_permissions(fd, pool->permissions, pool->target_path, error);
}

static bool
start(const StoragePool *pool, GError **error)
{
    autofd int fd = open_folder(pool, error);

    return fd >= 0;
}

static bool
start_mounted(const StoragePool *pool, GError **error)
{
    g_autoptr(GPtrArray) argv = NULL;

    if (check_mounted(pool))
        return true;
    argv = mount_start_command(pool, error);
    return argv && run(argv, MOUNT_DEADLINE_MS, error);
}

static bool
stop_mounted(const StoragePool *pool, GError **error)
{
    g_autoptr(GPtrArray) argv = NULL;

    if (!check_mounted(pool))
        return true;
    argv = mount_stop_command(pool, error);
    return argv && run(argv, MOUNT_DEADLINE_MS, error);
}

static bool
remove_pool(const StoragePool *pool, uint32_t flags, GError **error)
{
    if (rmdir(pool->target_path) == 0)
        return true;
    error_set_errno(error, errno, "cannot remove folder '%s' of pool '%s'", pool->target_path, pool->name);
    return false;
}

static char *
time_text(const struct timespec *time)
{
    return time->tv_nsec ? g_strdup_printf("%lld.%09ld", (long long)time->tv_sec, time->tv_nsec)
                         : g_strdup_printf("%lld", (long long)time->tv_sec);
}

static void
take_stat(StorageVolume *vol, const struct stat *st)
{
    vol->has_allocation = vol->has_capacity = true;
    vol->allocation = (uint64_t)st->st_blocks * 512;
    vol->capacity = (uint64_t)st->st_size;
    vol->has_physical = S_ISREG(st->st_mode);
    vol->physical = (uint64_t)st->st_size;
    vol->permissions = xml_new(&storage_permissions_xml);
    vol->permissions->has_mode = vol->permissions->has_owner = vol->permissions->has_group = true;
    vol->permissions->mode = st->st_mode & 07777;
    vol->permissions->owner = st->st_uid;
    vol->permissions->group = st->st_gid;
    vol->timestamps = xml_new(&volume_times_xml);
    vol->timestamps->atime = time_text(&st->st_atim);
    vol->timestamps->mtime = time_text(&st->st_mtim);
    vol->timestamps->ctime = time_text(&st->st_ctim);
}

static void
take_image(const StoragePool *pool, StorageVolume *vol, ImageInfo *info)
{
    vol->format = info->format;
    if (info->has_capacity)
        vol->capacity = info->capacity;
    if (info->format == VOLUME_FORMAT_QCOW2) {
        vol->compat = g_strdup(info->compat);
        vol->cluster_size = info->cluster_size;
        vol->cluster_unit = g_strdup("B");
        vol->lazy_refcounts = info->lazy_refcounts;
        vol->extended_l2 = info->extended_l2;
        vol->features = info->lazy_refcounts || info->extended_l2;
    }
    if (info->encrypted_aes || info->encrypted_luks || info->format == VOLUME_FORMAT_LUKS) {
        vol->encryption = xml_new(&storage_encryption_xml);
        vol->encryption->format = info->encrypted_aes ? ENCRYPTION_FORMAT_QCOW : ENCRYPTION_FORMAT_LUKS;
        if (info->format == VOLUME_FORMAT_LUKS)
            vol->format = VOLUME_FORMAT_RAW;
    }
    if (info->backing) {
        vol->backing_store = xml_new(&volume_backing_xml);
        /* Names are relative to the image; those with a protocol are kept as they are. */
        vol->backing_store->path = g_path_is_absolute(info->backing) || strchr(info->backing, ':')
                                       ? g_steal_pointer(&info->backing)
                                       : g_build_filename(pool->target_path, info->backing, NULL);
        vol->backing_store->format = info->backing_format;
    }
}

/* What @name in the open @folder is; NULL without error for what is no volume. */
static StorageVolume *
look_at(const StoragePool *pool, int folder, const char *name, GError **error)
{
    g_autoptr(StorageVolume) vol = NULL;
    g_auto(ImageInfo) info = { 0 };
    g_autofree uint8_t *header = NULL;
    autofd int fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    ssize_t got;
    struct stat st;

    if (fd < 0) {
        if (errno == ENOENT || errno == ELOOP || errno == ENXIO)
            return NULL; /* gone meanwhile, a dangling link, a socket */
        error_set_errno(error, errno, "cannot open volume '%s/%s'", pool->target_path, name);
        return NULL;
    }
    if (fstat(fd, &st) < 0) {
        error_set_errno(error, errno, "cannot look at volume '%s/%s'", pool->target_path, name);
        return NULL;
    }
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) && !S_ISBLK(st.st_mode))
        return NULL;
    vol = xml_new(&storage_volume_xml);
    vol->name = g_strdup(name);
    vol->path = g_build_filename(pool->target_path, name, NULL);
    vol->key = g_strdup(vol->path);
    vol->type = S_ISDIR(st.st_mode) ? VOLUME_TYPE_DIR : S_ISBLK(st.st_mode) ? VOLUME_TYPE_BLOCK : VOLUME_TYPE_FILE;
    take_stat(vol, &st);
    if (S_ISDIR(st.st_mode)) {
        vol->format = VOLUME_FORMAT_DIR;
        return g_steal_pointer(&vol);
    }
    header = g_malloc(IMAGE_HEADER_MAX);
    got = pread(fd, header, IMAGE_HEADER_MAX, 0);
    if (got < 0) {
        error_set_errno(error, errno, "cannot read the header of volume '%s'", vol->path);
        return NULL;
    }
    if (!image_parse(header, (size_t)got, VOLUME_FORMAT_UNSET, vol->path, &info, error))
        return NULL;
    take_image(pool, vol, &info);
    return g_steal_pointer(&vol);
}

static StorageVolume *
look(const StoragePool *pool, const StorageVolume *known, GError **error)
{
    const char *name = known->name;
    autofd int folder = open_folder(pool, error);
    StorageVolume *vol = folder < 0 ? NULL : look_at(pool, folder, name, error);

    if (!vol && folder >= 0 && error && !*error)
        error_set(error, VIR_ERR_NO_STORAGE_VOL, "no file '%s' in folder '%s' that could be a volume", name,
                  pool->target_path);
    return vol;
}

static void
close_folder(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

static GPtrArray *
refresh(StoragePool *pool, GError **error)
{
    g_autoptr(GPtrArray) vols = g_ptr_array_new_with_free_func((GDestroyNotify)storage_volume_free);
    autofd int folder = open_folder(pool, error);
    __attribute__((cleanup(close_folder))) DIR *dir = NULL;
    struct statvfs fs;
    struct dirent *entry;

    if (folder < 0)
        return NULL;
    dir = fdopendir(dup(folder));
    if (!dir || fstatvfs(folder, &fs) < 0) {
        error_set_errno(error, errno, "cannot read folder '%s' of pool '%s'", pool->target_path, pool->name);
        return NULL;
    }
    while ((entry = readdir(dir))) {
        g_autoptr(GError) why = NULL;
        StorageVolume *vol;

        if (entry->d_name[0] == '.' || !g_utf8_validate(entry->d_name, -1, NULL))
            continue; /* hidden, or not to be named in XML */
        vol = look_at(pool, folder, entry->d_name, &why);
        if (vol)
            g_ptr_array_add(vols, vol);
        else if (why)
            log_gerror(why, "while looking at '%s/%s'", pool->target_path, entry->d_name);
    }
    pool->capacity = (uint64_t)fs.f_frsize * fs.f_blocks;
    pool->available = (uint64_t)fs.f_frsize * fs.f_bavail;
    pool->allocation = pool->capacity - (uint64_t)fs.f_frsize * fs.f_bfree;
    return g_steal_pointer(&vols);
}

static bool
place(const StoragePool *pool, StorageVolume *vol, GError **error)
{
    vol->type = vol->format == VOLUME_FORMAT_DIR ? VOLUME_TYPE_DIR : VOLUME_TYPE_FILE;
    g_free(vol->path);
    vol->path = g_build_filename(pool->target_path, vol->name, NULL);
    g_free(vol->key);
    vol->key = g_strdup(vol->path);
    return true;
}

/* A raw file needs no program: as large as asked for, as full as asked for. */
static bool
create_raw(int fd, const StorageVolume *vol, GError **error)
{
    if (ftruncate(fd, (off_t)vol->capacity) < 0) {
        error_set_errno(error, errno, "cannot make volume '%s' %" G_GUINT64_FORMAT " bytes large", vol->path, vol->capacity);
        return false;
    }
    if (vol->allocation > 0 && fallocate(fd, 0, 0, (off_t)MIN(vol->allocation, vol->capacity)) < 0
        && errno != EOPNOTSUPP) {
        error_set_errno(error, errno, "cannot allocate %" G_GUINT64_FORMAT " bytes for volume '%s'", vol->allocation,
                        vol->path);
        return false;
    }
    return true;
}

static bool
create_image(const StorageVolume *vol, const StorageVolume *input, uint32_t flags, GError **error)
{
    g_autoptr(GPtrArray) commands =
        qemu_img_create(&(QemuImgRequest){ .vol = vol,
                                           .input = input,
                                           .prealloc_metadata = flags & VIR_STORAGE_VOL_CREATE_PREALLOC_METADATA },
                        error);

    for (guint i = 0; commands && i < commands->len; i++)
        if (!run(g_ptr_array_index(commands, i), IMAGE_DEADLINE_MS, error))
            return false;
    return commands != NULL;
}

static bool
create(const StoragePool *pool, const StorageVolume *vol, const StorageVolume *input, uint32_t flags, GError **error)
{
    autofd int fd = -1;
    bool ok;

    if (vol->capacity > INT64_MAX || vol->allocation > INT64_MAX) {
        error_set(error, VIR_ERR_INVALID_ARG, "capacity of volume '%s' is out of range", vol->name);
        return false;
    }
    if (vol->type == VOLUME_TYPE_DIR) {
        if (mkdir(vol->path, 0755) == 0)
            return true;
        error_set_errno(error, errno, "cannot make folder '%s'", vol->path);
        return false;
    }
    /* The name is taken first, so that nothing that is there is overwritten. */
    fd = open(vol->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        error_set_errno(error, errno, "cannot create volume '%s'", vol->path);
        return false;
    }
    if (vol->format == VOLUME_FORMAT_RAW && !vol->encryption && !input)
        ok = create_raw(fd, vol, error);
    else
        ok = create_image(vol, input, flags, error);
    ok = ok && apply_permissions(fd, vol->permissions, vol->path, error);
    if (!ok)
        unlink(vol->path);
    return ok;
}

static bool
delete_volume(const StoragePool *pool, const StorageVolume *vol, uint32_t flags, GError **error)
{
    if ((vol->type == VOLUME_TYPE_DIR ? rmdir(vol->path) : unlink(vol->path)) == 0 || errno == ENOENT)
        return true;
    error_set_errno(error, errno, "cannot delete volume '%s'", vol->path);
    return false;
}

static bool
resize(const StoragePool *pool, const StorageVolume *vol, uint64_t capacity, uint32_t flags, GError **error)
{
    bool prealloc = flags & VIR_STORAGE_VOL_RESIZE_ALLOCATE;
    g_autoptr(GPtrArray) argv = NULL;

    if (capacity > INT64_MAX) {
        error_set(error, VIR_ERR_INVALID_ARG, "capacity of volume '%s' is out of range", vol->name);
        return false;
    }
    argv = qemu_img_resize(vol->path, vol->format, capacity, flags & VIR_STORAGE_VOL_RESIZE_SHRINK, prealloc);
    return run(argv, IMAGE_DEADLINE_MS, error);
}

static bool
wipe(const StoragePool *pool, const StorageVolume *vol, unsigned algorithm, GError **error)
{
    autofd int fd = -1;
    g_autofree char *zeros = NULL;
    uint64_t left = vol->has_physical ? vol->physical : vol->capacity;

    if (algorithm != VIR_STORAGE_VOL_WIPE_ALG_ZERO) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "volume '%s' can only be wiped with zeros", vol->name);
        return false;
    }
    fd = open(vol->path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        error_set_errno(error, errno, "cannot open volume '%s'", vol->path);
        return false;
    }
    zeros = g_malloc0(1 << 20);
    while (left) {
        size_t n = MIN(left, 1u << 20);

        if (!file_write_all(fd, zeros, n, vol->path, error))
            return false;
        left -= n;
    }
    if (fdatasync(fd) < 0) {
        error_set_errno(error, errno, "cannot write volume '%s'", vol->path);
        return false;
    }
    return true;
}

#define FOLDER_MEMBERS                                                                                              \
    .build = build, .remove = remove_pool, .refresh = refresh, .place = place, .create = create, .look = look,       \
    .delete_volume = delete_volume, .resize = resize, .wipe = wipe, .has_content = true

const StorageBackend dir_backend = { .check = check, .start = start, FOLDER_MEMBERS };
/* Local and network file systems differ in the command only (mount.c). */
const StorageBackend fs_backend = { .check = check_mounted, .start = start_mounted, .stop = stop_mounted, FOLDER_MEMBERS };
