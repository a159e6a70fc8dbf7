/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc_conf.h - containers as LXC's own tools keep them: lxc.container.conf(5), of version 1 and of versions 3 and later
 *
 * What the driver does by itself (/proc, /dev, consoles' devices) and what it cannot do but a container can live
 * without is passed over; what cannot be and matters is refused with the line.
 */
#pragma once

#include "drivers/conf/domain_gen.h"

typedef struct LxcConfHost {
    const char *emulator;     /* libvirt_lxc */
    /* The text of the file of mounts that a configuration names. */
    char *(*read)(void *data, const char *path, GError **error);
    void *data;
} LxcConfHost;

/* The UUID is left to the caller. */
Domain *lxc_conf_parse(const char *text, const LxcConfHost *host, GError **error);

/* ---- between the files of the parser ---- */

typedef struct LxcConf {
    Domain *def;
    const LxcConfHost *host;
    unsigned line;            /* which is read, for errors */
    GPtrArray *nets;          /* LxcNet of lxc_conf_net.c */
    bool swap_only;           /* swap_hard_limit is that of swap alone, as in version 2 of control groups */
    char *rootfs, *rootfs_options;
    char *fstab;
    unsigned fstab_line;
    GArray *entries;          /* LxcMount */
} LxcConf;

typedef struct LxcMount {
    unsigned line;
    char *text;
} LxcMount;

bool lxc_conf_fail(const LxcConf *conf, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);
void lxc_conf_append(GPtrArray **list, void *item);
/* "512", "64k", "8m", "1g": bytes. */
bool lxc_conf_bytes(const char *text, uint64_t *ret_bytes);

/* lxc_conf_tune.c: "lxc.cgroup.@key", "lxc.cgroup2.@key". */
bool lxc_conf_tune(LxcConf *conf, const char *key, bool v2, const char *value, GError **error);
void lxc_conf_tune_finish(LxcConf *conf);

/* lxc_conf_net.c: "lxc.network.@key", whose devices begin with their type, "lxc.net.@key", which bear a number. */
GPtrArray *lxc_conf_nets_new(void);
bool lxc_conf_net(LxcConf *conf, const char *key, bool numbered, const char *value, GError **error);
bool lxc_conf_net_finish(LxcConf *conf, GError **error);

/* lxc_conf_mount.c: rootfs and mounts, when all was read. */
bool lxc_conf_mount_finish(LxcConf *conf, GError **error);
