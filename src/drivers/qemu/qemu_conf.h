/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu_conf.h - settings of the driver (qemu.conf) and the folders it works in */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#include "rpc/driver.h"

typedef struct QemuConf {
    /* From the file */
    char *user, *group;
    char *vnc_listen, *vnc_password, *vnc_tls_x509_cert_dir, *vnc_sasl_dir;
    bool vnc_tls, vnc_tls_x509_verify, vnc_sasl, vnc_auto_unix_socket, vnc_allow_host_audio;
    char *spice_listen, *spice_password, *spice_tls_x509_cert_dir;
    bool spice_tls;
    bool nographics_allow_host_audio;
    char *default_tls_x509_cert_dir;
    unsigned remote_display_port_min, remote_display_port_max;
    unsigned remote_websocket_port_min, remote_websocket_port_max;
    bool dump_guest_core, log_timestamp, dynamic_ownership;
    int seccomp_sandbox;
    unsigned max_files, max_processes, auto_start_delay;
    char **nvram, **hugetlbfs_mount;
    char *memory_backing_dir, *deprecation_behavior;
    bool spice_auto_unix_socket, spice_sasl, storage_use_nbdkit, default_tls_x509_verify;
    char *spice_sasl_dir;
    /* TLS of one kind of connection; what is not set is as in default_tls_x509_*. */
    bool chardev_tls, nbd_tls, vxhs_tls;
    char *chardev_tls_x509_cert_dir, *nbd_tls_x509_cert_dir, *vxhs_tls_x509_cert_dir;
    char *chardev_tls_x509_secret_uuid, *nbd_tls_x509_secret_uuid, *vxhs_tls_x509_secret_uuid, *vnc_tls_x509_secret_uuid;
    char *default_tls_x509_secret_uuid;
    int chardev_tls_x509_verify; /* -1: not set */
    unsigned gluster_debug_level;
    char *dbus_daemon, *pr_helper, *swtpm_user, *swtpm_group; /* NULL: the usual ones */
    bool virtiofsd_debug;

    /* Files with the state of guests: how they are packed, where those go that nobody asked for. */
    char *save_image_format, *dump_image_format, *snapshot_image_format, *auto_dump_path;
    bool auto_dump_bypass_cache, auto_start_bypass_cache;
    /* Migration: where to listen, how this host is called, and on which ports. */
    char *migration_address, *migration_host;
    unsigned migration_port_min, migration_port_max;

    /* Worked out */
    bool privileged;
    uid_t uid;
    gid_t gid;
    char *user_name;    /* NULL: a number, or nobody in particular */
    char *config_dir;   /* /etc/libvirt/qemu */
    char *autostart_dir;
    char *run_dir;      /* /run/libvirt/qemu */
    char *lib_dir;      /* /var/lib/libvirt/qemu */
    char *save_dir;     /* images that guests start from */
    char *channel_dir, *nvram_dir;
    char *snapshot_dir; /* /var/lib/libvirt/qemu/snapshot */
    char *checkpoint_dir; /* /var/lib/libvirt/qemu/checkpoint */
    char *cache_dir;    /* /var/cache/libvirt/qemu */
    char *log_dir;      /* /var/log/libvirt/qemu */
} QemuConf;

/* Defaults, then what qemu.conf in @env->config_dir says, then who the user is. */
QemuConf *qemu_conf_new(const DriverEnv *env, GError **error);
/* Defaults of a system daemon, nothing read, nobody looked up: for recorded dialogues. */
QemuConf *qemu_conf_new_plain(void);
/* Lines as in qemu.conf, on top of what is there. */
bool qemu_conf_set(QemuConf *conf, const char *text, GError **error);
/* The supplementary groups (gid_t) of the user.  Asked for when a process starts: a name service may be slow, and the
 * daemon's start is not to wait for it. */
GArray *qemu_conf_groups(const QemuConf *conf);
void qemu_conf_free(QemuConf *conf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuConf, qemu_conf_free)

/* Make the folders, those of guests owned by the user. */
bool qemu_conf_make_dirs(const QemuConf *conf, GError **error);
