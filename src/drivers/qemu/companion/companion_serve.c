/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* companion_serve.c - what each program beside QEMU is called with */
#define ERROR_FROM VIR_FROM_QEMU
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/qemu/companion/companion_private.h"
#include "drivers/qemu/firmware/vhostuser.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/log.h"

LOG_SOURCE("qemu.companion");

enum { SOCKET_FD = 3, READY_DEADLINE = 20000 };

static char *
log_path(const Domain *doc, const char *alias, const char *suffix)
{
    return g_strdup_printf("%s/%s-%s%s.log", guest_host.conf->log_dir, doc->name, alias, suffix);
}

/* @path, listening: for the program to inherit, and for the user of guests to connect to. */
static int
listen_for_guest(const char *path, GError **error)
{
    const QemuConf *conf = guest_host.conf;
    autofd int fd = guest_listen(path, error);

    if (fd >= 0 && conf->privileged && chown(path, conf->uid, conf->gid) < 0) {
        error_set_errno(error, errno, "cannot give '%s' to the user that guests run as", path);
        return -1;
    }
    return steal_fd(&fd);
}

/* ---- virtiofsd --------------------------------------------------------------------------------- */

static void
add_onoff(GString *text, const char *name, Onoff value)
{
    if (value != ONOFF_UNSET)
        g_string_append_printf(text, ",%s%s", value == ONOFF_ON ? "" : "no_", name);
}

static void
add_id_maps(GPtrArray *argv, const char *option, const GPtrArray *maps)
{
    for (size_t i = 0; i < list_len(maps); i++) {
        const IdMap *map = list_at(maps, i);
        g_autofree char *text = g_strdup_printf("map:%u:%u:%u", map->start, map->target, map->count);

        companion_add(argv, option, text);
    }
}

static GPtrArray *
virtiofsd_argv(const Filesystem *fs, const char *binary)
{
    GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) parts = g_strsplit(fs->source_dir ? fs->source_dir : "", ",", -1);
    g_autofree char *source = g_strjoinv(",,", parts);
    g_autoptr(GString) options = g_string_new("source=");
    g_autofree char *fd = g_strdup_printf("--fd=%d", SOCKET_FD);

    g_string_append(options, source);
    if (fs->cache)
        g_string_append_printf(options, ",cache=%s", fs_cache_words[fs->cache]);
    if (fs->sandbox)
        g_string_append_printf(options, ",sandbox=%s", fs_sandbox_words[fs->sandbox]);
    add_onoff(options, "xattr", fs->xattr);
    add_onoff(options, "flock", fs->lock_flock);
    add_onoff(options, "posix_lock", fs->lock_posix);
    companion_add(argv, binary, fd);
    companion_add(argv, "-o", options->str);
    if (guest_host.conf->virtiofsd_debug)
        companion_add(argv, "-d", NULL);
    if (fs->has_thread_pool_size) {
        g_autofree char *text = g_strdup_printf("--thread-pool-size=%d", fs->thread_pool_size);

        companion_add(argv, text, NULL);
    }
    if (fs->open_files) {
        g_autofree char *text = g_strdup_printf("--rlimit-nofile=%" G_GUINT64_FORMAT, fs->open_files);

        companion_add(argv, text, NULL);
    }
    if (fs->readonly)
        companion_add(argv, "--readonly", NULL);
    add_id_maps(argv, "--translate-uid", fs->uids);
    add_id_maps(argv, "--translate-gid", fs->gids);
    g_ptr_array_add(argv, NULL);
    return argv;
}

static bool
serve_filesystem(GuestFds *fds, const Filesystem *fs, CommandService *service, GError **error)
{
    g_autoptr(Vhostuser) found = fs->binary ? NULL : vhostuser_find("/", g_get_user_config_dir(), "fs", error);
    const char *binary = fs->binary ? fs->binary : found ? found->binary : NULL;
    g_autoptr(GPtrArray) argv = NULL;
    g_autofree char *what = g_strdup_printf("virtiofsd of '%s'", fs->info.alias);
    g_autofree char *pid = companion_run_path(fds->guest, "", fs->info.alias, "-fs.pid");
    g_autofree char *log = log_path(fds->doc, fs->info.alias, "-virtiofsd");
    autofd int fd = -1;

    if (!binary)
        return false;
    if (!fs->source_dir || !g_file_test(fs->source_dir, G_FILE_TEST_IS_DIR)) {
        error_set(error, VIR_ERR_OPERATION_FAILED, "the virtiofs export directory '%s' does not exist",
                  fs->source_dir ? fs->source_dir : "");
        return false;
    }
    argv = virtiofsd_argv(fs, binary);
    fd = listen_for_guest(service->path, error);
    if (fd < 0)
        return false;

    const ProcessFd socket = { fd, SOCKET_FD };
    const CompanionSpec spec = { .what = what, .argv = (const char *const *)argv->pdata, .fds = &socket, .n_fds = 1,
                                 .pid_path = pid, .log_path = log };

    return companion_spawn(fds->guest, &spec, error);
}

/* ---- passt --------------------------------------------------------------------------------------- */

/* One <portForward> as passt has it: ADDRESS%DEV/FIRST-LAST:TO,~EXCLUDED. */
static char *
forward_text(const PortForward *forward)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (forward->address)
        g_string_append(text, forward->address);
    if (forward->dev)
        g_string_append_printf(text, "%%%s", forward->dev);
    if (text->len)
        g_string_append_c(text, '/');
    if (!list_len(forward->ranges))
        g_string_append(text, "all");
    for (size_t i = 0; i < list_len(forward->ranges); i++) {
        const PortRange *range = list_at(forward->ranges, i);

        g_string_append_printf(text, "%s%s%u", i ? "," : "", range->exclude == YESNO_YES ? "~" : "", range->start);
        if (range->end)
            g_string_append_printf(text, "-%u", range->end);
        if (range->to) {
            g_string_append_printf(text, ":%u", range->to);
            if (range->end)
                g_string_append_printf(text, "-%u", range->to + range->end - range->start);
        }
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static bool
serve_interface(GuestFds *fds, const Interface *n, CommandService *service, GError **error)
{
    const QemuConf *conf = guest_host.conf;
    g_autofree char *what = g_strdup_printf("passt of '%s'", n->info.alias);
    g_autofree char *pid = companion_run_path(fds->guest, "passt", n->info.alias, "-passt.pid");
    g_autofree char *log = n->backend_log ? g_strdup(n->backend_log) : log_path(fds->doc, n->info.alias, "-passt");
    g_autofree char *dir = g_path_get_dirname(service->path);
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);

    if (!companion_make_dir(dir, 0750, conf->uid, conf->gid, error))
        return false;
    unlink(service->path);
    companion_add(argv, "passt", "--one-off");
    companion_add(argv, "--socket", service->path);
    companion_add(argv, "--pid", pid);
    if (n->type == INTERFACE_TYPE_VHOSTUSER)
        companion_add(argv, "--vhost-user", NULL);
    if (n->dev)
        companion_add(argv, "--interface", n->dev);
    if (n->backend_log)
        companion_add(argv, "--log-file", n->backend_log);
    for (size_t i = 0; i < list_len(n->ips); i++) {
        const GuestIp *ip = list_at(n->ips, i);

        companion_add(argv, "--address", ip->address);
        if (ip->prefix && !strchr(ip->address, ':')) {
            g_autofree char *prefix = g_strdup_printf("%u", ip->prefix);

            companion_add(argv, "--netmask", prefix);
        }
    }
    for (size_t i = 0; i < list_len(n->port_forwards); i++) {
        const PortForward *forward = list_at(n->port_forwards, i);
        g_autofree char *text = forward_text(forward);

        companion_add(argv, forward->proto == FORWARD_PROTO_UDP ? "--udp-ports" : "--tcp-ports", text);
    }
    g_ptr_array_add(argv, NULL);

    const CompanionSpec spec = { .what = what, .argv = (const char *const *)argv->pdata, .pid_path = pid, .log_path = log,
                                 .in_background = true, .set_ids = true, .uid = conf->uid, .gid = conf->gid };

    return companion_spawn(fds->guest, &spec, error);
}

/* ---- persistent reservations ---------------------------------------------------------------------- */

/* The helper takes over a socket as systemd hands it: the number of descriptors and whom they are for, in its environment.
 * Whom is known in the child only, so that a shell says it. */
static bool
start_reservations(Guest *guest, const Domain *doc, const char *path, GError **error)
{
    const char *program = guest_host.conf->pr_helper ? guest_host.conf->pr_helper : "/usr/bin/qemu-pr-helper";
    const char *argv[] = { "/bin/sh", "-c", "LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\"", program, NULL };
    g_autofree char *pid = g_build_filename(guest->dir, "pr-helper0.pid", NULL);
    g_autofree char *log = log_path(doc, "pr-helper0", "");
    autofd int fd = -1;

    if (access(program, X_OK) < 0) {
        error_set_errno(error, errno, "cannot start the helper for persistent reservations '%s'", program);
        return false;
    }
    fd = listen_for_guest(path, error);
    if (fd < 0)
        return false;

    const ProcessFd socket = { fd, SOCKET_FD };
    const CompanionSpec spec = { .what = "qemu-pr-helper", .argv = argv, .fds = &socket, .n_fds = 1, .pid_path = pid,
                                 .log_path = log };

    return companion_spawn(guest, &spec, error);
}

static void
restart_reservations(Guest *guest)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Job) job = job_begin(&guest->vm.object.jobs, JOB_MODIFY, "restart of qemu-pr-helper", JOB_DEADLINE_S, &error);
    g_autoptr(Def) live = job ? object_live(&guest->vm.object) : NULL;
    g_autofree char *path = live ? g_build_filename(guest->dir, "pr-helper0.sock", NULL) : NULL;
    g_autofree char *pid = live ? g_build_filename(guest->dir, "pr-helper0.pid", NULL) : NULL;

    if (live && !companion_is_there(guest, pid) && start_reservations(guest, live->doc, path, &error))
        companion_settle(guest);
    if (error)
        log_gerror(error, "while starting a helper for persistent reservations anew");
}

void
companion_event(Guest *guest, const char *name, Json *data)
{
    if (g_str_equal(name, "PR_MANAGER_STATUS_CHANGED") && !g_strcmp0(json_opt_string(data, "id", NULL), "pr-helper0") &&
        !json_opt_bool(data, "connected", true))
        guest_defer(guest, restart_reservations);
}

/* ---- displays --------------------------------------------------------------------------------------- */

static bool
serve_gpu(GuestFds *fds, const Video *v, CommandService *service, GError **error)
{
    g_autoptr(Vhostuser) found = vhostuser_find("/", g_get_user_config_dir(), "gpu", error);
    g_autofree char *what = g_strdup_printf("vhost-user-gpu of '%s'", v->info.alias);
    g_autofree char *pid = companion_run_path(fds->guest, "", v->info.alias, "-vhost-user-gpu.pid");
    g_autofree char *log = log_path(fds->doc, v->info.alias, "-vhost-user-gpu");
    g_autofree char *fd = g_strdup_printf("%d", SOCKET_FD);
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    int pair[2];
    bool ok;

    if (!found)
        return false;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        error_set_errno(error, errno, "cannot make a pair of sockets for '%s'", v->info.alias);
        return false;
    }
    companion_add(argv, found->binary, "--fd");
    companion_add(argv, fd, NULL);
    if (v->accel3d == YESNO_YES) {
        companion_add(argv, "--virgl", NULL);
        if (v->rendernode)
            companion_add(argv, "--render-node", v->rendernode);
    }
    g_ptr_array_add(argv, NULL);

    const ProcessFd socket = { pair[1], SOCKET_FD };
    const CompanionSpec spec = { .what = what, .argv = (const char *const *)argv->pdata, .fds = &socket, .n_fds = 1,
                                 .pid_path = pid, .log_path = log };

    ok = companion_spawn(fds->guest, &spec, error);
    close(pair[1]);
    if (ok)
        service->fd = guest_fds_add(fds, pair[0]);
    else
        close(pair[0]);
    return ok;
}

/* A bus tells its address when it listens. */
static bool
wait_line(int fd, const char *what, GError **error)
{
    int64_t deadline = g_get_monotonic_time() + READY_DEADLINE * INT64_C(1000);
    char byte = 0;

    while (byte != '\n') {
        struct pollfd ready = { .fd = fd, .events = POLLIN };
        int64_t left = deadline - g_get_monotonic_time();

        if (left <= 0 || (poll(&ready, 1, (int)(left / 1000)) == 0)) {
            error_set(error, VIR_ERR_OPERATION_TIMEOUT, "%s is not ready after %d s", what, READY_DEADLINE / 1000);
            return false;
        }
        if (read(fd, &byte, 1) == 0) {
            error_set(error, VIR_ERR_OPERATION_FAILED, "%s ended before it was ready", what);
            return false;
        }
    }
    return true;
}

static bool
serve_bus(GuestFds *fds, CommandService *service, GError **error)
{
    const QemuConf *conf = guest_host.conf;
    const char *program = conf->dbus_daemon ? conf->dbus_daemon : "/usr/bin/dbus-daemon";
    g_autofree char *pid = companion_run_path(fds->guest, "dbus", NULL, "-dbus.pid");
    g_autofree char *config = companion_run_path(fds->guest, "dbus", NULL, "-dbus.conf");
    g_autofree char *log = log_path(fds->doc, "dbus", "");
    g_autofree char *dir = g_path_get_dirname(service->path);
    g_autofree char *path = g_markup_escape_text(service->path, -1);
    g_autofree char *text = g_strdup_printf(
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n"
        "  \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
        "<busconfig>\n"
        "  <type>org.libvirt.qemu</type>\n"
        "  <listen>unix:path=%s</listen>\n"
        "  <auth>EXTERNAL</auth>\n"
        "  <policy context='default'>\n"
        "    <allow send_destination='*' eavesdrop='true'/>\n"
        "    <allow eavesdrop='true'/>\n"
        "    <allow own='*'/>\n"
        "  </policy>\n"
        "</busconfig>\n", path);
    g_autofree char *config_option = g_strconcat("--config-file=", config, NULL);
    g_autofree char *print_option = g_strdup_printf("--print-address=%d", SOCKET_FD);
    const char *argv[] = { program, config_option, "--nofork", "--nopidfile", print_option, NULL };
    int ends[2];
    bool ok;

    if (companion_is_there(fds->guest, pid))
        return true;
    if (!companion_make_dir(dir, 0770, conf->uid, conf->gid, error) || !file_write_atomic_text(config, text, 0644, error))
        return false;
    unlink(service->path);
    if (pipe2(ends, O_CLOEXEC) < 0) {
        error_set_errno(error, errno, "cannot make a pipe");
        return false;
    }

    const ProcessFd print = { ends[1], SOCKET_FD };
    const CompanionSpec spec = { .what = "dbus-daemon of the guest", .argv = argv, .fds = &print, .n_fds = 1, .pid_path = pid,
                                 .log_path = log, .set_ids = true, .uid = conf->uid, .gid = conf->gid };

    ok = companion_spawn(fds->guest, &spec, error);
    close(ends[1]);
    ok = ok && wait_line(ends[0], spec.what, error);
    close(ends[0]);
    if (!ok)
        companion_explain(fds->guest, error);
    return ok;
}

/* ---- all ------------------------------------------------------------------------------------------------ */

bool
companion_serve(void *data, CommandHelper helper, const void *device, CommandService *service, GError **error)
{
    GuestFds *fds = data;

    switch (helper) {
    case COMMAND_HELPER_SWTPM:
        return companion_tpm_start(fds, device, service, error);
    case COMMAND_HELPER_VIRTIOFSD:
        return serve_filesystem(fds, device, service, error);
    case COMMAND_HELPER_PR:
        return start_reservations(fds->guest, fds->doc, service->path, error);
    case COMMAND_HELPER_PASST:
        return serve_interface(fds, device, service, error);
    case COMMAND_HELPER_GPU:
        return serve_gpu(fds, device, service, error);
    case COMMAND_HELPER_DBUS:
        return serve_bus(fds, service, error);
    default: /* QEMU does these by itself */
        g_clear_pointer(&service->path, g_free);
        return true;
    }
}

/* By what the definition has, as each device's pid file is named. */
void
companion_find(Guest *guest, const Domain *doc)
{
    g_autofree char *bus = companion_run_path(guest, "dbus", NULL, "-dbus.pid");
    g_autofree char *bus_log = log_path(doc, "dbus", "");
    g_autofree char *pr = g_build_filename(guest->dir, "pr-helper0.pid", NULL);
    g_autofree char *pr_log = log_path(doc, "pr-helper0", "");

    companion_tpm_find(guest, doc);
    companion_adopt(guest, "dbus-daemon of the guest", bus, bus_log, "dbus-daemon");
    companion_adopt(guest, "qemu-pr-helper", pr, pr_log, "pr-helper");
    for (size_t i = 0; i < list_len(doc->filesystems); i++) {
        const Filesystem *fs = list_at(doc->filesystems, i);
        g_autofree char *pid = companion_run_path(guest, "", fs->info.alias, "-fs.pid");
        g_autofree char *log = log_path(doc, fs->info.alias, "-virtiofsd");
        g_autofree char *what = g_strdup_printf("virtiofsd of '%s'", fs->info.alias);

        companion_adopt(guest, what, pid, log, fs->binary ? fs->binary : "virtiofsd");
    }
    for (size_t i = 0; i < list_len(doc->interfaces); i++) {
        const Interface *n = list_at(doc->interfaces, i);
        g_autofree char *pid = companion_run_path(guest, "passt", n->info.alias, "-passt.pid");
        g_autofree char *log = log_path(doc, n->info.alias, "-passt");
        g_autofree char *what = g_strdup_printf("passt of '%s'", n->info.alias);

        if (n->backend_type == NET_BACKEND_PASST)
            companion_adopt(guest, what, pid, log, "passt");
    }
    for (size_t i = 0; i < list_len(doc->videos); i++) {
        const Video *v = list_at(doc->videos, i);
        g_autofree char *pid = companion_run_path(guest, "", v->info.alias, "-vhost-user-gpu.pid");
        g_autofree char *log = log_path(doc, v->info.alias, "-vhost-user-gpu");
        g_autofree char *what = g_strdup_printf("vhost-user-gpu of '%s'", v->info.alias);

        companion_adopt(guest, what, pid, log, "vhost-user-gpu");
    }
}
