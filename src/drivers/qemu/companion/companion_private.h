/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* companion_private.h - how one is started; for the files of this folder */
#pragma once

#include "drivers/qemu/companion/companion.h"

typedef struct CompanionSpec {
    const char *what;       /* "virtiofsd of 'fs0'", for messages */
    const char *const *argv;
    const char *const *env; /* NULL: the daemon's */
    const ProcessFd *fds;   /* the standard streams are the log */
    size_t n_fds;
    char *pid_path, *log_path;
    bool set_ids;
    uid_t uid;
    gid_t gid;
    bool in_background;     /* it goes there by itself when it is ready, and writes its pid file */
} CompanionSpec;

/* Start one for @guest. */
bool companion_spawn(Guest *guest, const CompanionSpec *spec, GError **error);
/* One that runs with that pid file, after a restart; @program is in its command line. */
void companion_adopt(Guest *guest, const char *what, const char *pid_path, const char *log_path, const char *program);
bool companion_is_there(Guest *guest, const char *pid_path);

/* Append the words of @format, cut at spaces outside %s. */
void companion_add(GPtrArray *argv, const char *option, const char *value);
/* RUN_DIR/FOLDER/SHORT-NAME[-ALIAS]SUFFIX; the folder is made, and given to @uid. */
char *companion_run_path(Guest *guest, const char *folder, const char *alias, const char *suffix);
bool companion_make_dir(const char *path, mode_t mode, uid_t uid, gid_t gid, GError **error);

/* companion_tpm.c */
bool companion_tpm_start(GuestFds *fds, const Tpm *tpm, CommandService *service, GError **error);
void companion_tpm_find(Guest *guest, const Domain *doc);
void companion_tpm_end(Guest *guest, const Domain *doc);
