/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* imagefile.c - files that QEMU writes the state of a guest to and reads it from */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/migration/imagefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/log.h"
#include "util/text.h"

LOG_SOURCE("qemu.image");

enum {
    PROGRAM_MS = 600000, /* to pack what is in the pipe and have it on a slow disk */
    SAID_MAX = 1024,
};

/* Data passes from the standard input to the output.  dd turns O_DIRECT off for the last, short block. */
static const char *const direct_write[] = { "dd", "bs=1M", "iflag=fullblock", "oflag=direct", "status=none", NULL };
static const char *const direct_read[] = { "dd", "bs=1M", "iflag=direct", "status=none", NULL };

void
imagefile_clear(ImageFile *file)
{
    for (size_t i = 0; i < file->n_programs; i++)
        process_clear(&file->programs[i]);
    if (file->temp)
        unlink(file->temp);
    fd_close(&file->fd);
    fd_close(&file->end);
    fd_close(&file->said);
    g_free(file->temp);
    g_free(file->path);
    *file = (ImageFile)IMAGEFILE_INIT;
}

static bool
add_program(ImageFile *file, const char *const *argv, int in, int out, GError **error)
{
    ProcessFd fds[] = { { in, 0 }, { out, 1 }, { 0, 2 } };
    ProcessSpec spec = { .argv = argv, .fds = fds, .n_fds = G_N_ELEMENTS(fds) };

    g_assert(file->n_programs < G_N_ELEMENTS(file->programs));
    if (file->said < 0)
        file->said = memfd_create("messages", MFD_CLOEXEC);
    fds[2].fd = file->said;
    if (file->said < 0) {
        error_set_errno(error, errno, "cannot collect messages of %s", argv[0]);
        return false;
    }
    file->programs[file->n_programs] = (Process)PROCESS_INIT;
    if (!process_spawn(&spec, &file->programs[file->n_programs], error)) {
        error_prefix(error, "cannot run '%s' for '%s'", argv[0], file->path);
        return false;
    }
    file->n_programs++;
    return true;
}

/* Put a program between us and the end: of a file that is written (@write) its output is the present end. */
static bool
put_between(ImageFile *file, const char *const *argv, bool write, GError **error)
{
    int ends[2];
    autofd int read_end = -1;
    autofd int write_end = -1;

    if (pipe2(ends, O_CLOEXEC) < 0) {
        error_set_errno(error, errno, "cannot make a pipe for '%s'", file->path);
        return false;
    }
    read_end = ends[0];
    write_end = ends[1];
    if (!add_program(file, argv, write ? read_end : file->end, write ? file->end : write_end, error))
        return false;
    fd_close(&file->end);
    file->end = write ? steal_fd(&write_end) : steal_fd(&read_end);
    return true;
}

static bool
set_end(ImageFile *file, const char *const *direct, bool write, GError **error)
{
    g_autofree char *again = g_strdup_printf("/proc/self/fd/%d", file->fd);

    /* dd minds the flags by which a file without a name was opened: they are not of a second opening. */
    file->end = direct && write ? open(again, O_WRONLY | O_CLOEXEC) : fcntl(file->fd, F_DUPFD_CLOEXEC, 3);
    if (file->end < 0) {
        error_set_errno(error, errno, "cannot copy the descriptor of '%s'", file->path);
        return false;
    }
    return !direct || put_between(file, direct, write, error);
}

/* A file without a name where that can be, else one with another name. */
static bool
open_new(ImageFile *file, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(file->path);

    file->fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file->fd >= 0)
        return true;
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) {
        error_set_errno(error, errno, "Failed to create file '%s'", file->path);
        return false;
    }
    file->temp = g_strconcat(file->path, ".XXXXXX", NULL);
    file->fd = mkostemp(file->temp, O_CLOEXEC);
    if (file->fd >= 0)
        return true;
    error_set_errno(error, errno, "Failed to create file '%s'", file->path);
    g_clear_pointer(&file->temp, g_free);
    return false;
}

bool
imagefile_create(ImageFile *file, const char *path, bool direct, GError **error)
{
    char *real = realpath(path, NULL);
    struct stat st;

    file->path = g_strdup(real ? real : path);
    free(real);
    file->in_place = stat(file->path, &st) == 0 && !S_ISREG(st.st_mode);
    if (file->in_place) {
        file->fd = open(file->path, (S_ISFIFO(st.st_mode) ? O_WRONLY : O_RDWR) | O_CLOEXEC);
        if (file->fd < 0)
            error_set_errno(error, errno, "Failed to open file '%s'", file->path);
    } else if (!open_new(file, error)) {
        return false;
    }
    return file->fd >= 0 && set_end(file, direct ? direct_write : NULL, true, error);
}

bool
imagefile_pack(ImageFile *file, SaveimageFormat format, GError **error)
{
    const char *const argv[] = { saveimage_formats[format], "-c", NULL };

    return format == SAVEIMAGE_RAW || put_between(file, argv, true, error);
}

void
imagefile_let_go(ImageFile *file)
{
    fd_close(&file->end);
}

bool
imagefile_programs_ok(ImageFile *file, GError **error)
{
    imagefile_let_go(file);
    for (size_t i = 0; i < file->n_programs; i++) {
        char buffer[SAID_MAX + 1];
        g_autofree char *why = NULL;
        g_autofree char *text = NULL;
        int status = 0;
        ssize_t n;

        if (!process_wait(&file->programs[i], PROGRAM_MS, &status, error))
            return false;
        if (status == 0)
            continue;
        n = pread(file->said, buffer, SAID_MAX, 0);
        buffer[MAX(n, 0)] = '\0';
        why = process_status_text(status);
        text = text_squash(buffer, SAID_MAX);
        error_set(error, VIR_ERR_OPERATION_FAILED, "cannot write '%s': a program %s: %s", file->path, why, text ? text : "");
        return false;
    }
    return true;
}

static bool
write_header(ImageFile *file, const GByteArray *header, GError **error)
{
    ssize_t n = pwrite(file->fd, header->data, header->len, 0);
    if (n == (ssize_t)header->len || (n < 0 && errno == ESPIPE))
        return true;
    error_set_errno(error, n < 0 ? errno : ENOSPC, "cannot complete the header of '%s'", file->path);
    return false;
}

/* A name for a file that has none; rename() replaces what was there. */
static bool
name(ImageFile *file, GError **error)
{
    g_autofree char *source = g_strdup_printf("/proc/self/fd/%d", file->fd);

    if (!file->temp) {
        /* Links cannot replace a file, so it is renamed afterwards. */
        file->temp = g_strdup_printf("%s.%d-%d", file->path, (int)getpid(), file->fd);
        if (linkat(AT_FDCWD, source, AT_FDCWD, file->temp, AT_SYMLINK_FOLLOW) < 0) {
            error_set_errno(error, errno, "cannot give '%s' its name", file->path);
            g_clear_pointer(&file->temp, g_free);
            return false;
        }
    }
    if (rename(file->temp, file->path) < 0) {
        error_set_errno(error, errno, "cannot give '%s' its name", file->path);
        return false;
    }
    g_clear_pointer(&file->temp, g_free);
    return true;
}

bool
imagefile_finish(ImageFile *file, const GByteArray *header, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(file->path);

    if (!imagefile_programs_ok(file, error) || (header && !write_header(file, header, error)))
        return false;
    if (fdatasync(file->fd) < 0 && errno != EINVAL && errno != EROFS) {
        error_set_errno(error, errno, "cannot write '%s' to disk", file->path);
        return false;
    }
    return file->in_place || (name(file, error) && file_dir_fsync(folder, error));
}

bool
imagefile_open(ImageFile *file, const char *path, bool direct, GError **error)
{
    file->path = g_strdup(path);
    file->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (file->fd < 0) {
        error_set_errno(error, errno, "Failed to open file '%s'", path);
        return false;
    }
    return set_end(file, direct ? direct_read : NULL, false, error);
}

bool
imagefile_unpack(ImageFile *file, SaveimageFormat format, GError **error)
{
    const char *const argv[] = { saveimage_formats[format], "-dc", NULL };

    return format == SAVEIMAGE_RAW || put_between(file, argv, false, error);
}

static bool
read_all(ImageFile *file, uint8_t *data, size_t len, GError **error)
{
    size_t have = 0;

    while (have < len) {
        ssize_t n = read(file->end, data + have, len - have);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            error_set_errno(error, errno, "cannot read '%s'", file->path);
            return false;
        }
        if (n == 0) {
            error_set(error, VIR_ERR_OPERATION_FAILED, "cannot restore from '%s': it is too short", file->path);
            return false;
        }
        have += (size_t)n;
    }
    return true;
}

bool
imagefile_read_header(ImageFile *file, Saveimage *image, GError **error)
{
    uint8_t header[SAVEIMAGE_HEADER];
    g_autofree uint8_t *texts = NULL;
    uint32_t cookie_at;

    if (!read_all(file, header, sizeof(header), error) ||
        !saveimage_read_header(header, file->path, image, &cookie_at, error))
        return false;
    texts = g_malloc(image->size);
    return read_all(file, texts, image->size, error) && saveimage_read_texts(texts, cookie_at, file->path, image, error);
}

bool
imagefile_format(const char *setting, const char *word, SaveimageFormat *ret_format, GError **error)
{
    g_autofree char *program = NULL;
    int format = SAVEIMAGE_RAW;

    while (word && format < SAVEIMAGE_LAST && !g_str_equal(word, saveimage_formats[format]))
        format++;
    if (format == SAVEIMAGE_LAST) {
        error_set(error, VIR_ERR_OPERATION_FAILED,
                  "Invalid %s image format specified: '%s'; known are raw, gzip, bzip2, xz, lzop, zstd", setting, word);
        return false;
    }
    program = format == SAVEIMAGE_RAW ? NULL : g_find_program_in_path(saveimage_formats[format]);
    if (format != SAVEIMAGE_RAW && !program) {
        error_set(error, VIR_ERR_OPERATION_FAILED, "the program '%s' for %s images is not installed", saveimage_formats[format],
                  setting);
        return false;
    }
    *ret_format = (SaveimageFormat)format;
    return true;
}
