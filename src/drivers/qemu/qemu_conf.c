/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu_conf.c - settings of the driver (qemu.conf) and the folders it works in */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/qemu_conf.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

#include "util/conf.h"
#include "util/error.h"
#include "util/file.h"
#include "util/log.h"
#include "util/text.h"

LOG_SOURCE("qemu.conf");

#define KEY(member, type) CONF_KEY(QemuConf, member, type)
/* Known, checked, and not used by what is built so far. */
#define LATER(key, kind) { .name = key, .type = kind, .ignored = true }

static const ConfKey keys[] = {
    KEY(user, CONF_STRING),
    KEY(group, CONF_STRING),
    KEY(vnc_listen, CONF_STRING),
    KEY(vnc_password, CONF_STRING),
    KEY(vnc_tls_x509_cert_dir, CONF_STRING),
    KEY(vnc_sasl_dir, CONF_STRING),
    KEY(spice_listen, CONF_STRING),
    KEY(spice_password, CONF_STRING),
    KEY(spice_tls_x509_cert_dir, CONF_STRING),
    KEY(spice_tls, CONF_BOOL),
    KEY(vnc_tls, CONF_BOOL),
    KEY(vnc_tls_x509_verify, CONF_BOOL),
    KEY(vnc_sasl, CONF_BOOL),
    KEY(vnc_auto_unix_socket, CONF_BOOL),
    KEY(vnc_allow_host_audio, CONF_BOOL),
    KEY(nographics_allow_host_audio, CONF_BOOL),
    KEY(default_tls_x509_cert_dir, CONF_STRING),
    KEY(remote_display_port_min, CONF_UINT),
    KEY(remote_display_port_max, CONF_UINT),
    KEY(remote_websocket_port_min, CONF_UINT),
    KEY(remote_websocket_port_max, CONF_UINT),
    KEY(dump_guest_core, CONF_BOOL),
    KEY(log_timestamp, CONF_BOOL),
    KEY(dynamic_ownership, CONF_BOOL),
    KEY(seccomp_sandbox, CONF_INT),
    KEY(max_files, CONF_UINT),
    KEY(max_processes, CONF_UINT),
    KEY(auto_start_delay, CONF_UINT),
    KEY(nvram, CONF_STRINGS),
    KEY(hugetlbfs_mount, CONF_STRINGS),
    KEY(memory_backing_dir, CONF_STRING),
    KEY(deprecation_behavior, CONF_STRING),
    KEY(chardev_tls, CONF_BOOL),
    KEY(chardev_tls_x509_cert_dir, CONF_STRING),
    KEY(chardev_tls_x509_secret_uuid, CONF_STRING),
    KEY(chardev_tls_x509_verify, CONF_INT),
    KEY(default_tls_x509_secret_uuid, CONF_STRING),
    KEY(default_tls_x509_verify, CONF_BOOL),
    KEY(nbd_tls, CONF_BOOL),
    KEY(nbd_tls_x509_cert_dir, CONF_STRING),
    KEY(nbd_tls_x509_secret_uuid, CONF_STRING),
    KEY(vnc_tls_x509_secret_uuid, CONF_STRING),
    KEY(vxhs_tls, CONF_BOOL),
    KEY(vxhs_tls_x509_cert_dir, CONF_STRING),
    KEY(vxhs_tls_x509_secret_uuid, CONF_STRING),
    KEY(spice_auto_unix_socket, CONF_BOOL),
    KEY(spice_sasl, CONF_BOOL),
    KEY(spice_sasl_dir, CONF_STRING),
    KEY(storage_use_nbdkit, CONF_BOOL),
    KEY(gluster_debug_level, CONF_UINT),
    LATER("allow_disk_format_probing", CONF_BOOL),
    KEY(auto_dump_bypass_cache, CONF_BOOL),
    KEY(auto_dump_path, CONF_STRING),
    LATER("auto_save_bypass_cache", CONF_BOOL),
    LATER("auto_shutdown_poweroff", CONF_STRING),
    LATER("auto_shutdown_restore", CONF_BOOL),
    LATER("auto_shutdown_try_save", CONF_STRING),
    LATER("auto_shutdown_try_shutdown", CONF_STRING),
    LATER("auto_shutdown_wait", CONF_UINT),
    KEY(auto_start_bypass_cache, CONF_BOOL),
    LATER("backup_tls_x509_cert_dir", CONF_STRING),
    LATER("backup_tls_x509_secret_uuid", CONF_STRING),
    LATER("backup_tls_x509_verify", CONF_BOOL),
    LATER("bridge_helper", CONF_STRING),
    LATER("capability_filters", CONF_STRINGS),
    LATER("cgroup_controllers", CONF_STRINGS),
    LATER("cgroup_device_acl", CONF_STRINGS),
    LATER("clear_emulator_capabilities", CONF_BOOL),
    KEY(dbus_daemon, CONF_STRING),
    KEY(dump_image_format, CONF_STRING),
    LATER("keepalive_count", CONF_UINT),
    LATER("keepalive_interval", CONF_INT),
    LATER("lock_manager", CONF_STRING),
    LATER("mac_filter", CONF_BOOL),
    LATER("max_core", CONF_STRING),
    LATER("max_queued", CONF_UINT),
    LATER("max_threads_per_process", CONF_UINT),
    LATER("migrate_tls_force", CONF_BOOL),
    LATER("migrate_tls_x509_cert_dir", CONF_STRING),
    LATER("migrate_tls_x509_secret_uuid", CONF_STRING),
    LATER("migrate_tls_x509_verify", CONF_BOOL),
    KEY(migration_address, CONF_STRING),
    KEY(migration_host, CONF_STRING),
    KEY(migration_port_max, CONF_UINT),
    KEY(migration_port_min, CONF_UINT),
    LATER("namespaces", CONF_STRINGS),
    LATER("nbd_tls_x509_verify", CONF_BOOL),
    KEY(pr_helper, CONF_STRING),
    LATER("qemu_rdp", CONF_STRING),
    LATER("rdp_listen", CONF_STRING),
    LATER("rdp_password", CONF_STRING),
    LATER("rdp_tls_x509_cert_dir", CONF_STRING),
    LATER("rdp_username", CONF_STRING),
    LATER("relaxed_acs_check", CONF_BOOL),
    LATER("remember_owner", CONF_BOOL),
    KEY(save_image_format, CONF_STRING),
    LATER("sched_core", CONF_STRING),
    LATER("security_default_confined", CONF_BOOL),
    LATER("security_driver", CONF_STRINGS),
    LATER("security_require_confined", CONF_BOOL),
    LATER("set_process_name", CONF_BOOL),
    LATER("shared_filesystems", CONF_STRINGS),
    LATER("slirp_helper", CONF_STRING),
    KEY(snapshot_image_format, CONF_STRING),
    LATER("stdio_handler", CONF_STRING),
    KEY(swtpm_group, CONF_STRING),
    KEY(swtpm_user, CONF_STRING),
    KEY(virtiofsd_debug, CONF_BOOL),
    { .name = NULL },
};

static QemuConf *
with_defaults(bool privileged)
{
    QemuConf *conf = g_new0(QemuConf, 1);

    conf->privileged = privileged;
    conf->vnc_listen = g_strdup("127.0.0.1");
    conf->remote_display_port_min = 5900;
    conf->remote_display_port_max = 65535;
    conf->remote_websocket_port_min = 5700;
    conf->remote_websocket_port_max = 65535;
    conf->migration_port_min = 49152;
    conf->migration_port_max = 49215;
    conf->migration_address = g_strdup("");
    conf->log_timestamp = true;
    conf->dynamic_ownership = privileged;
    conf->seccomp_sandbox = -1;
    conf->vnc_tls_x509_cert_dir = g_strdup("/etc/pki/libvirt-vnc");
    conf->spice_listen = g_strdup("127.0.0.1");
    conf->spice_tls_x509_cert_dir = g_strdup("/etc/pki/libvirt-spice");
    conf->default_tls_x509_cert_dir = g_strdup("/etc/pki/qemu");
    conf->default_tls_x509_verify = true;
    conf->chardev_tls_x509_verify = -1;
    conf->gluster_debug_level = 4;
    return conf;
}

static void
set_dirs(QemuConf *conf, const DriverEnv *env)
{
    conf->config_dir = g_build_filename(env->config_dir, "qemu", NULL);
    conf->autostart_dir = g_build_filename(conf->config_dir, "autostart", NULL);
    conf->run_dir = env->privileged ? g_build_filename(env->run_dir, "qemu", NULL)
                                    : g_build_filename(env->run_dir, "qemu", "run", NULL);
    conf->lib_dir = env->privileged ? g_build_filename(env->state_dir, "qemu", NULL)
                                    : g_build_filename(conf->config_dir, "lib", NULL);
    conf->snapshot_dir = g_build_filename(env->privileged ? conf->lib_dir : conf->config_dir, "snapshot", NULL);
    conf->checkpoint_dir = g_build_filename(env->privileged ? conf->lib_dir : conf->config_dir, "checkpoint", NULL);
    conf->channel_dir = g_build_filename(conf->run_dir, "channel", NULL);
    conf->nvram_dir = g_build_filename(env->privileged ? conf->lib_dir : conf->config_dir, "nvram", NULL);
    conf->cache_dir = env->privileged ? g_build_filename(env->cache_dir, "qemu", NULL)
                                      : g_build_filename(env->cache_dir, "qemu", "cache", NULL);
    conf->log_dir = g_build_filename(env->log_dir, "qemu", NULL);
    conf->save_dir = g_build_filename(conf->lib_dir, "save", NULL);
    if (!conf->auto_dump_path)
        conf->auto_dump_path = g_build_filename(conf->lib_dir, "dump", NULL);
    if (!conf->memory_backing_dir)
        conf->memory_backing_dir = g_build_filename(conf->lib_dir, "ram", NULL);
}

/* Each kind of connection has certificates of its own, where there are any; @look: see whether. */
static void
set_tls_dirs(QemuConf *conf, bool look)
{
    const struct {
        char **dir;
        const char *own;
    } rows[] = {
        { &conf->chardev_tls_x509_cert_dir, "/etc/pki/libvirt-chardev" },
        { &conf->nbd_tls_x509_cert_dir, "/etc/pki/libvirt-nbd" },
        { &conf->vxhs_tls_x509_cert_dir, "/etc/pki/libvirt-vxhs" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (!*rows[i].dir)
            *rows[i].dir = g_strdup(look && !g_file_test(rows[i].own, G_FILE_TEST_IS_DIR) ? conf->default_tls_x509_cert_dir
                                                                                        : rows[i].own);
}

/* "libvirt-qemu", "+64055" or "64055". */
static bool
find_user(const char *name, uid_t *uid, gid_t *gid, char **ret_name)
{
    uint32_t number;
    char buffer[4096];
    struct passwd entry, *found = NULL;

    if (text_parse_uint(name + (*name == '+'), 10, &number)) {
        *uid = number;
        return true;
    }
    if (getpwnam_r(name, &entry, buffer, sizeof(buffer), &found) != 0 || !found)
        return false;
    *uid = entry.pw_uid;
    *gid = entry.pw_gid;
    *ret_name = g_strdup(entry.pw_name);
    return true;
}

static bool
find_group(const char *name, gid_t *gid)
{
    uint32_t number;
    char buffer[4096];
    struct group entry, *found = NULL;

    if (text_parse_uint(name + (*name == '+'), 10, &number)) {
        *gid = number;
        return true;
    }
    if (getgrnam_r(name, &entry, buffer, sizeof(buffer), &found) != 0 || !found)
        return false;
    *gid = entry.gr_gid;
    return true;
}

/* A user that the administrator named must exist; the packaged default is used where it does. */
static bool
set_user(QemuConf *conf, GError **error)
{
    conf->uid = geteuid();
    conf->gid = getegid();
    if (!conf->privileged)
        return true;
    if (!find_user(conf->user ? conf->user : "libvirt-qemu", &conf->uid, &conf->gid, &conf->user_name) && conf->user) {
        error_set(error, VIR_ERR_CONF_SYNTAX, "qemu.conf: there is no user '%s'", conf->user);
        return false;
    }
    if (conf->group ? !find_group(conf->group, &conf->gid) : false) {
        error_set(error, VIR_ERR_CONF_SYNTAX, "qemu.conf: there is no group '%s'", conf->group);
        return false;
    }
    return true;
}

GArray *
qemu_conf_groups(const QemuConf *conf)
{
    GArray *groups = g_array_new(false, false, sizeof(gid_t));
    int n = conf->user_name ? 64 : 0;

    g_array_set_size(groups, n);
    if (n && getgrouplist(conf->user_name, conf->gid, (gid_t *)groups->data, &n) < 0)
        log_warning("user '%s' is in more than 64 groups: the rest is ignored", conf->user_name);
    g_array_set_size(groups, MIN(n, 64));
    return groups;
}

QemuConf *
qemu_conf_new(const DriverEnv *env, GError **error)
{
    g_autoptr(QemuConf) conf = with_defaults(env->privileged);
    g_autofree char *path = g_build_filename(env->config_dir, "qemu.conf", NULL);
    g_autoptr(Conf) file = conf_load(path, error);

    if (!file || !conf_read(file, keys, conf, error))
        return NULL;
    set_tls_dirs(conf, true);
    set_dirs(conf, env);
    if (!set_user(conf, error))
        return NULL;
    return g_steal_pointer(&conf);
}

QemuConf *
qemu_conf_new_plain(void)
{
    static const DriverEnv env = {
        .privileged = true,
        .config_dir = "/etc/libvirt",
        .state_dir = "/var/lib/libvirt",
        .run_dir = "/var/run/libvirt",
        .cache_dir = "/var/cache/libvirt",
        .log_dir = "/var/log/libvirt",
    };
    QemuConf *conf = with_defaults(true);

    set_tls_dirs(conf, false);
    set_dirs(conf, &env);
    return conf;
}

bool
qemu_conf_set(QemuConf *conf, const char *text, GError **error)
{
    g_autoptr(Conf) parsed = conf_parse(text, -1, "settings", error);

    return parsed && conf_read(parsed, keys, conf, error);
}

void
qemu_conf_free(QemuConf *conf)
{
    if (!conf)
        return;
    conf_clear(keys, conf);
    g_free(conf->user_name);
    g_free(conf->config_dir);
    g_free(conf->autostart_dir);
    g_free(conf->run_dir);
    g_free(conf->lib_dir);
    g_free(conf->snapshot_dir);
    g_free(conf->checkpoint_dir);
    g_free(conf->save_dir);
    g_free(conf->channel_dir);
    g_free(conf->nvram_dir);
    g_free(conf->cache_dir);
    g_free(conf->log_dir);
    g_free(conf);
}

bool
qemu_conf_make_dirs(const QemuConf *conf, GError **error)
{
    const struct {
        const char *path;
        mode_t mode;
        bool users; /* belongs to the user that guests run as */
    } dirs[] = {
        { conf->config_dir, 0700, false },     { conf->autostart_dir, 0700, false }, { conf->run_dir, 0755, false },
        { conf->lib_dir, 0751, true },         { conf->channel_dir, 0755, true },    { conf->nvram_dir, 0755, true },
        { conf->memory_backing_dir, 0755, true }, { conf->cache_dir, 0750, true },   { conf->log_dir, 0700, false },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(dirs); i++) {
        if (g_file_test(dirs[i].path, G_FILE_TEST_IS_DIR))
            continue;
        if (!file_mkdir_p(dirs[i].path, 0755, error))
            return false;
        if (chmod(dirs[i].path, dirs[i].mode) < 0 ||
            (conf->privileged && dirs[i].users && chown(dirs[i].path, conf->uid, conf->gid) < 0)) {
            error_set_errno(error, errno, "cannot set mode and owner of '%s'", dirs[i].path);
            return false;
        }
    }
    return true;
}
