/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* file.c - files read with a limit and written so that a crash leaves the old or the new one */
#define ERROR_FROM VIR_FROM_NONE
#include "util/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/error.h"
#include "util/fd.h"
#include "util/text.h"

bool
file_write_all(int fd, const void *data, size_t len, const char *name, GError **error)
{
    const char *p = data;

    while (len > 0) {
        ssize_t done = write(fd, p, len);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0) {
            error_set_errno(error, errno, "failed to write '%s'", name);
            return false;
        }
        p += done;
        len -= (size_t)done;
    }
    return true;
}

bool
file_dir_fsync(const char *path, GError **error)
{
    autofd int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    /* Some file systems cannot sync folders (EINVAL): they have nothing to lose. */
    if (fd < 0 || (fsync(fd) < 0 && errno != EINVAL)) {
        error_set_errno(error, errno, "failed to sync folder '%s'", path);
        return false;
    }
    return true;
}

bool
file_write_atomic(const char *path, const void *data, size_t len, mode_t mode, GError **error)
{
    g_autofree char *dir = g_path_get_dirname(path);
    g_autofree char *temp = g_strconcat(path, ".new.XXXXXX", NULL);
    autofd int fd = mkostemp(temp, O_CLOEXEC);
    bool ok;

    if (fd < 0) {
        error_set_errno(error, errno, "failed to create a temporary file beside '%s'", path);
        return false;
    }
    ok = file_write_all(fd, data, len, temp, error);
    if (ok && (fchmod(fd, mode) < 0 || fsync(fd) < 0 || rename(temp, path) < 0)) {
        error_set_errno(error, errno, "failed to save '%s'", path);
        ok = false;
    }
    if (!ok) {
        unlink(temp);
        return false;
    }
    return file_dir_fsync(dir, error);
}

bool
file_write_atomic_text(const char *path, const char *text, mode_t mode, GError **error)
{
    return file_write_atomic(path, text, strlen(text), mode, error);
}

bool
file_read_fd(int fd, const char *name, size_t max, char **ret_data, size_t *ret_len, GError **error)
{
    struct stat st;
    size_t len = 0, room = 4096;
    g_autofree char *data = NULL;

    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
        room = MIN((size_t)st.st_size, max) + 1;
    data = g_malloc(room + 1);
    for (;;) {
        ssize_t got = read(fd, data + len, room - len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            error_set_errno(error, errno, "failed to read '%s'", name);
            return false;
        }
        if (got == 0)
            break;
        len += (size_t)got;
        if (len > max) {
            error_set_errno(error, EFBIG, "'%s' is longer than the %zu bytes allowed", name, max);
            return false;
        }
        if (len == room) {
            room = MIN(room * 2, max + 1);
            data = g_realloc(data, room + 1);
        }
    }
    data[len] = 0;
    *ret_data = g_steal_pointer(&data);
    if (ret_len)
        *ret_len = len;
    return true;
}

bool
file_read_limited(const char *path, size_t max, char **ret_data, size_t *ret_len, GError **error)
{
    autofd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0) {
        error_set_errno(error, errno, "failed to open '%s'", path);
        return false;
    }
    return file_read_fd(fd, path, max, ret_data, ret_len, error);
}

char *
file_read_line(const char *path)
{
    char *text = NULL;
    size_t len;

    if (!file_read_limited(path, 65536, &text, &len, NULL))
        return NULL;
    if (len && text[len - 1] == '\n')
        text[len - 1] = 0;
    return text;
}

bool
file_read_uint64(const char *path, uint64_t *ret_value)
{
    g_autofree char *text = file_read_line(path);

    return text && text_parse_uint64(text, 0, ret_value);
}

bool
file_mkdir_p(const char *path, mode_t mode, GError **error)
{
    g_autofree char *copy = g_strdup(path);
    struct stat st;

    if (mkdir(path, mode) == 0)
        return true;
    for (char *p = copy + 1; errno == ENOENT && *p; p++) {
        if (*p != '/')
            continue;
        *p = 0;
        if (mkdir(copy, mode) < 0 && errno != EEXIST) {
            error_set_errno(error, errno, "failed to create folder '%s'", copy);
            return false;
        }
        *p = '/';
        errno = ENOENT;
    }
    if (mkdir(path, mode) == 0)
        return true;
    if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return true;
    error_set_errno(error, errno == EEXIST ? ENOTDIR : errno, "failed to create folder '%s'", path);
    return false;
}

bool
file_unlink(const char *path, GError **error)
{
    if (unlink(path) < 0 && errno != ENOENT && errno != ENOTDIR) {
        error_set_errno(error, errno, "failed to remove '%s'", path);
        return false;
    }
    return true;
}

/* @fd is closed by this. */
static bool
empty_dir(int fd, dev_t dev, const char *path, GError **error)
{
    DIR *dir = fdopendir(fd);
    struct dirent *entry;
    bool ok = true;

    if (!dir) {
        error_set_errno(error, errno, "failed to list '%s'", path);
        close(fd);
        return false;
    }
    while (ok && (entry = readdir(dir))) {
        g_autofree char *child = g_build_filename(path, entry->d_name, NULL);
        struct stat st;
        bool is_dir;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        is_dir = S_ISDIR(st.st_mode);
        if (is_dir && st.st_dev == dev) {
            int sub =
                openat(dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

            if (sub >= 0)
                ok = empty_dir(sub, dev, child, error);
        }
        if (ok && unlinkat(dirfd(dir), entry->d_name, is_dir ? AT_REMOVEDIR : 0) < 0 &&
            errno != ENOENT) {
            error_set_errno(error, errno, "failed to remove '%s'", child);
            ok = false;
        }
    }
    closedir(dir);
    return ok;
}

bool
file_remove_tree(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;

    if (fd < 0)
        return file_unlink(path, error);
    if (fstat(fd, &st) < 0) {
        error_set_errno(error, errno, "failed to look at '%s'", path);
        close(fd);
        return false;
    }
    if (!empty_dir(fd, st.st_dev, path, error))
        return false;
    if (rmdir(path) < 0 && errno != ENOENT) {
        error_set_errno(error, errno, "failed to remove '%s'", path);
        return false;
    }
    return true;
}

bool
file_symlink(const char *target, const char *link, GError **error)
{
    g_autofree char *temp = g_strdup_printf("%s.new.%08x", link, g_random_int());
    g_autofree char *dir = g_path_get_dirname(link);

    if (symlink(target, temp) < 0 || rename(temp, link) < 0) {
        error_set_errno(error, errno, "failed to link '%s' to '%s'", link, target);
        unlink(temp);
        return false;
    }
    return file_dir_fsync(dir, error);
}

/* Where there is no openat2: follow no link at all, which is stricter. */
static int
open_by_steps(int root_fd, const char *path, int flags, mode_t mode)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    autofd int at = fcntl(root_fd, F_DUPFD_CLOEXEC, 0);

    if (*path == '/') {
        errno = EXDEV;
        return -1;
    }
    for (char **part = parts; at >= 0 && *part; part++) {
        bool last = !part[1];
        int next;

        if (strcmp(*part, "..") == 0) {
            errno = EXDEV;
            return -1;
        }
        if (!last && (!**part || strcmp(*part, ".") == 0))
            continue;
        next = openat(at, **part ? *part : ".",
                      last ? flags | O_NOFOLLOW | O_CLOEXEC
                           : O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
                      mode);
        fd_close(&at);
        at = next;
    }
    return steal_fd(&at);
}

int
file_open_beneath(int root_fd, const char *path, int flags, mode_t mode, GError **error)
{
    struct open_how how = {
        .flags = (uint64_t)(flags | O_CLOEXEC),
        .mode = flags & (O_CREAT | O_TMPFILE) ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    int fd = -1;

    errno = ENOSYS;
    if (!g_getenv("LIBVIRT_TEST_NO_OPENAT2"))
        fd = (int)syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
    if (fd < 0 && (errno == ENOSYS || errno == EPERM))
        fd = open_by_steps(root_fd, path, flags, mode);
    if (fd < 0)
        error_set_errno(error, errno, "failed to open '%s'", path);
    return fd;
}
