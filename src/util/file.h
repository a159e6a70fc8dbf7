/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* file.h - files read with a limit and written so that a crash leaves the old or the new one */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Temporary file beside @path, fsync, rename, fsync of the folder. */
bool file_write_atomic(const char *path, const void *data, size_t len, mode_t mode, GError **error);
/* @len -1: up to the final NUL. */
bool file_write_atomic_text(const char *path, const char *text, mode_t mode, GError **error);

/* Whole content plus a NUL that @ret_len (may be NULL) does not count.  A file longer than @max
 * is an error, as is one that is no regular file and never ends. */
bool file_read_limited(const char *path, size_t max, char **ret_data, size_t *ret_len, GError **error);
/* The same from an open descriptor; @name is for errors. */
bool file_read_fd(int fd, const char *name, size_t max, char **ret_data, size_t *ret_len,
                  GError **error);
/* For /proc and /sys: content without its last newline, or NULL for any reason. */
char *file_read_line(const char *path);
/* False, with *ret_value as it was, if there is no such file or no number in it. */
bool file_read_uint64(const char *path, uint64_t *ret_value);

/* All of it, across partial writes and signals. */
bool file_write_all(int fd, const void *data, size_t len, const char *name, GError **error);

/* Make @path and what is missing above it, all with @mode.  Fine if it is there. */
bool file_mkdir_p(const char *path, mode_t mode, GError **error);
/* Remove a file; fine if it is gone. */
bool file_unlink(const char *path, GError **error);
/* Remove a folder with what is in it, without following links or leaving its file system. */
bool file_remove_tree(const char *path, GError **error);
/* Point @link at @target, replacing another link. */
bool file_symlink(const char *target, const char *link, GError **error);

bool file_dir_fsync(const char *path, GError **error);

/* Open @path below the folder @root_fd: absolute paths, ".." and links that lead out of it are refused
 * (openat2; component by component with O_NOFOLLOW where the kernel lacks it).  -1 with @error set. */
int file_open_beneath(int root_fd, const char *path, int flags, mode_t mode, GError **error);
