/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* daemon.c - from the command line to the main loop and back
 *
 * Nothing here is done before it is needed: no bus, no threads, no probing, for the
 * first client is already waiting when a socket has started us.
 */
#define ERROR_FROM VIR_FROM_RPC
#include <fcntl.h>
#include <grp.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemons/private.h"
#include "rpc/events.h"
#include "rpc/server/watch.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/log.h"

LOG_SOURCE("daemon");

enum {
    DRAIN_SECONDS = 10,    /* for calls in flight when we are told to end */
    STATE_MAX = 256 << 20, /* bytes of clients' state that are believed */
};

Daemon *daemon_running;
const DaemonRemote *daemon_remote;

/* The proxy serves nothing itself. */
static const Driver no_driver = { .name = "proxy", .error_from = VIR_FROM_RPC };

static bool
is_busy(const Daemon *self)
{
    return server_n_clients(self->server) || server_n_clients(self->admin) ||
           event_hub_busy(self->hub) || (self->driver->busy && self->driver->busy());
}

static gboolean
on_idle(void *opaque)
{
    Daemon *self = opaque;

    if (is_busy(self))
        return G_SOURCE_CONTINUE; /* look again after as long */
    log_info("nothing to do for %d seconds: ending", self->options.timeout);
    daemon_end(self);
    return G_SOURCE_REMOVE;
}

static void
clear_source(GSource **source)
{
    if (!*source)
        return;
    g_source_destroy(*source);
    g_clear_pointer(source, g_source_unref);
}

/* Begin to count idleness. */
static void
restart_idle(void *opaque)
{
    Daemon *self = opaque;

    clear_source(&self->idle);
    if (self->options.timeout <= 0 || self->ending)
        return;
    self->idle = g_timeout_source_new_seconds((guint)self->options.timeout);
    g_source_set_callback(self->idle, on_idle, self, NULL);
    g_source_attach(self->idle, self->context);
}

void
daemon_set_timeout(Daemon *self, int seconds)
{
    self->options.timeout = seconds;
    restart_idle(self);
}

static gboolean
give_up_drain(void *opaque)
{
    log_warning("calls in flight did not end in %d seconds", DRAIN_SECONDS);
    g_main_loop_quit(opaque);
    return G_SOURCE_REMOVE;
}

static void
drained(void *opaque)
{
    g_main_loop_quit(opaque);
}

static void
give_client(int fd, void *data G_GNUC_UNUSED)
{
    notify_store(fd, NOTIFY_CLIENT);
}

/* Should the service manager start us again, our clients go on as if nothing had happened; if it
 * does not, it closes their sockets as we would. */
static void
hand_over_clients(Daemon *self)
{
    g_autoptr(GVariant) state = NULL;
    g_autoptr(GError) error = NULL;
    autofd int memory = -1;

    if (!notify_can_store() || !server_n_clients(self->server))
        return;
    memory = memfd_create("libvirt-clients-state", MFD_CLOEXEC);
    if (memory < 0) {
        log_warning("clients cannot be handed over: %s", g_strerror(errno));
        return;
    }
    state = server_hand_over(self->server, give_client, NULL);
    if (!file_write_all(memory, g_variant_get_data(state), g_variant_get_size(state),
                        "state of clients", &error)) {
        log_gerror(error, "while handing clients over");
        return;
    }
    notify_store(memory, NOTIFY_CLIENTS_STATE);
    notify_wait();
}

/* The clients of the process before us. */
static void
take_over_clients(Daemon *self)
{
    g_autoptr(GArray) clients = g_array_new(false, false, sizeof(int));
    g_autoptr(GVariant) state = NULL;
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < self->handed_over->len; i++) {
        HandedOver *handed = &g_array_index(self->handed_over, HandedOver, i);
        autofd int fd = handed->kind == SOCKET_CLIENT || handed->kind == SOCKET_STATE
                            ? steal_fd(&handed->fd)
                            : -1;
        g_autofree char *data = NULL;
        size_t len;

        if (handed->kind == SOCKET_CLIENT) {
            int client = steal_fd(&fd);

            g_array_append_val(clients, client);
        } else if (fd >= 0 && !state && lseek(fd, 0, SEEK_SET) == 0 &&
                   file_read_fd(fd, "state of clients", STATE_MAX, &data, &len, &error)) {
            char *owned = g_steal_pointer(&data);

            state = g_variant_ref_sink(g_variant_new_from_data(G_VARIANT_TYPE("(uaa{sv})"), owned,
                                                               len, false, g_free, owned));
        }
    }
    if (error)
        log_gerror(error, "while taking over clients");
    if (!clients->len && !state)
        return;
    if (!state)
        state = g_variant_ref_sink(g_variant_new("(uaa{sv})", 0, NULL));
    server_take_over(self->server, state, (int *)(void *)clients->data, clients->len);
    notify_forget(NOTIFY_CLIENT);
    notify_forget(NOTIFY_CLIENTS_STATE);
}

/* Finish what is being done, then leave the loop. */
void
daemon_end(Daemon *self)
{
    GSource *limit;

    if (self->ending) { /* told twice: at once */
        g_main_loop_quit(self->loop);
        return;
    }
    self->ending = true;
    notify_state("STOPPING=1");
    limit = g_timeout_source_new_seconds(DRAIN_SECONDS);
    g_source_set_callback(limit, give_up_drain, self->loop, NULL);
    g_source_attach(limit, self->context);
    g_source_unref(limit);
    server_drain(self->server, drained, self->loop);
}

static bool
set_up_logging(const Daemon *self, GError **error)
{
    const char *dir = self->places.privileged ? self->places.log_dir : self->places.cache_dir;
    g_autofree char *file = g_strdup_printf("%s/%s.log", dir, self->name);

    /* What a configuration no longer says goes back to the default. */
    if (!log_set_level(self->config.log_level ? self->config.log_level : LOG_LEVEL_WARNING, error))
        return false;
    if (self->options.verbose && !log_set_level(LOG_LEVEL_INFO, error))
        return false;
    /* Whoever starts us without a service manager reads what we say on standard error. */
    log_set_defaults(self->name, self->options.daemonize || g_getenv("JOURNAL_STREAM"), file);
    if (!log_set_filters(self->config.log_filters, error))
        return false;
    if (self->config.log_outputs && !log_set_outputs(self->config.log_outputs, error))
        return false;
    return log_set_from_env(error);
}

static bool
load_config(Daemon *self, GError **error)
{
    g_autofree char *usual = g_strdup_printf("%s/%s.conf", self->places.config_dir, self->name);
    const char *path = self->options.config_path ? self->options.config_path : usual;

    return config_load(&self->config, path, self->options.config_path != NULL,
                       self->driver == &no_driver, self->places.privileged, error);
}

static void
reload(Daemon *self)
{
    g_autoptr(GError) error = NULL;
    DaemonConfig old = self->config;

    notify_reloading();
    if (load_config(self, &error) && set_up_logging(self, &error)) {
        config_clear(&old);
    } else { /* go on with what there was */
        log_gerror(error, "while reading the configuration again");
        config_clear(&self->config);
        self->config = old;
    }
    if (self->tls) { /* connections that are there go on with what they began with */
        g_autoptr(GError) failed = NULL;

        if (!self->tls->update(self->tls, &failed))
            log_gerror(failed, "while reading the TLS files again; the old ones stay in use");
    }
    if (self->driver->reload)
        self->driver->reload();
    notify_state("READY=1");
}

static void
on_signal(void *opaque, short events G_GNUC_UNUSED)
{
    Daemon *self = opaque;
    struct signalfd_siginfo info;

    while (read(self->signal_fd, &info, sizeof(info)) == sizeof(info)) {
        if (info.ssi_signo == SIGHUP)
            reload(self);
        else
            daemon_end(self);
    }
}

/* Signals come through a descriptor; threads and their work never see them. */
static bool
take_signals(Daemon *self, GError **error)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGQUIT);
    sigaddset(&set, SIGTERM);
    signal(SIGPIPE, SIG_IGN);
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0 ||
        (self->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0) {
        error_set_errno(error, errno, "cannot watch for signals");
        return false;
    }
    watch_new(self->context, self->signal_fd, POLLIN, on_signal, self);
    return true;
}

static const ServerPeer *
find_row(const char *name)
{
    for (const ServerPeer *row = daemon_table; row->daemon; row++) {
        if (strcmp(row->daemon, name) == 0)
            return row;
    }
    return NULL;
}

static bool
make_servers(Daemon *self, GError **error)
{
    const DaemonConfig *c = &self->config;
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *folder = program ? g_path_get_dirname(program) : NULL;
    ServerConfig config = {
        .name = self->name,
        .driver = self->driver,
        .hub = self->hub,
        .context = self->context,
        .program = PROGRAM_REMOTE,
        .privileged = self->places.privileged,
        .limits = { c->max_clients, c->max_anonymous_clients, c->max_client_requests,
                    c->min_workers, c->max_workers, c->prio_workers, c->keepalive_interval,
                    c->keepalive_count },
        .peers = daemon_table,
        .self = find_row(self->name),
        .proxy = self->driver == &no_driver,
        .run_dir = c->unix_sock_dir ? c->unix_sock_dir : self->places.run_dir,
        .spawn_dir = self->places.privileged ? NULL : folder,
        .peer_deadline =
            c->keepalive_interval > 0 ? (unsigned)c->keepalive_interval * c->keepalive_count : 0,
        .idle = restart_idle,
        .idle_data = self,
    };
    ServerConfig admin = {
        .name = "admin",
        .driver = &admin_driver,
        .hub = self->admin_hub,
        .context = self->context,
        .program = PROGRAM_ADMIN,
        .privileged = self->places.privileged,
        .limits = { c->admin_max_clients, 0, c->admin_max_client_requests, c->admin_min_workers,
                    c->admin_max_workers, 0, c->admin_keepalive_interval,
                    c->admin_keepalive_count },
        .idle = restart_idle,
        .idle_data = self,
    };

    if (!config_auth("auth_unix_rw", c->auth_unix_rw, &config.auth_rw, error) ||
        !config_auth("auth_unix_ro", c->auth_unix_ro, &config.auth_ro, error))
        return false;
    for (char **name = c->access_drivers; name && *name; name++) {
        if (strcmp(*name, "polkit") == 0) {
            config.acl_polkit = true;
        } else if (strcmp(*name, "none") != 0) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                      "'access_drivers' cannot hold '%s': must be 'none' or 'polkit'", *name);
            return false;
        }
    }
    self->server = server_new(&config);
    self->admin = server_new(&admin);
    return true;
}

static bool
find_group(const char *name, gid_t *ret_group, GError **error)
{
    struct group *group;

    *ret_group = (gid_t)-1;
    if (!name)
        return true;
    group = getgrnam(name);
    if (!group) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "'unix_sock_group': there is no group '%s'",
                  name);
        return false;
    }
    *ret_group = group->gr_gid;
    return true;
}

/* Nobody handed sockets over: make our own. */
static bool
bind_sockets(Daemon *self, GError **error)
{
    const DaemonConfig *c = &self->config;
    const char *dir = c->unix_sock_dir ? c->unix_sock_dir : self->places.run_dir;
    bool open_to_all = self->places.privileged && strcmp(c->auth_unix_rw, "polkit") == 0;
    const struct {
        SocketKind kind;
        const char *suffix, *key, *perms;
    } sockets[] = {
        { SOCKET_RW, "-sock", "unix_sock_rw_perms",
          c->unix_sock_rw_perms ? c->unix_sock_rw_perms
          : open_to_all         ? "0777"
                                : "0700" },
        { SOCKET_RO, "-sock-ro", "unix_sock_ro_perms",
          c->unix_sock_ro_perms ? c->unix_sock_ro_perms : "0777" },
        { SOCKET_ADMIN, "-admin-sock", "unix_sock_admin_perms",
          c->unix_sock_admin_perms ? c->unix_sock_admin_perms : "0700" },
    };
    gid_t group;

    if (!find_group(c->unix_sock_group, &group, error) ||
        !file_mkdir_p(dir, self->places.privileged ? 0755 : 0700, error))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(sockets); i++) {
        g_autofree char *path =
            g_strdup_printf("%s/%s%s", dir, places_prefix(self->name), sockets[i].suffix);
        mode_t mode;
        int fd;

        if (sockets[i].kind == SOCKET_RO && !self->places.privileged)
            continue;
        if (!config_mode(sockets[i].key, sockets[i].perms, &mode, error))
            return false;
        fd = server_bind_unix(path, mode, sockets[i].kind == SOCKET_ADMIN ? (gid_t)-1 : group,
                              error);
        if (fd < 0)
            return false;
        listen(fd, (int)(sockets[i].kind == SOCKET_ADMIN ? c->admin_max_queued_clients
                                                         : c->max_queued_clients));
        server_listen(sockets[i].kind == SOCKET_ADMIN ? self->admin : self->server, fd,
                      sockets[i].kind == SOCKET_RO, path);
    }
    return true;
}

static bool
open_sockets(Daemon *self, GError **error)
{
    bool activated = false;

    self->handed_over = places_handed_over(error);
    if (!self->handed_over)
        return false;
    for (guint i = 0; i < self->handed_over->len; i++) {
        HandedOver *handed = &g_array_index(self->handed_over, HandedOver, i);

        if (handed->kind == SOCKET_CLIENT || handed->kind == SOCKET_STATE)
            continue;
        activated = true;
        if (handed->kind == SOCKET_TCP || handed->kind == SOCKET_TLS) {
            if (!daemon_remote) {
                error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                          "%s serves UNIX sockets only: TCP and TLS are virtproxyd's", self->name);
                return false;
            }
            if (!daemon_remote->add(self, steal_fd(&handed->fd), handed->kind == SOCKET_TLS, error))
                return false;
            continue;
        }
        fcntl(handed->fd, F_SETFL, fcntl(handed->fd, F_GETFL) | O_NONBLOCK);
        server_listen(handed->kind == SOCKET_ADMIN ? self->admin : self->server,
                      steal_fd(&handed->fd), handed->kind == SOCKET_RO, NULL);
    }
    self->env.activated = activated;
    return activated ||
           (bind_sockets(self, error) && (!daemon_remote || daemon_remote->bind(self, error)));
}

static bool
start_driver(Daemon *self, GError **error)
{
    self->env.privileged = self->places.privileged;
    self->env.config_dir = self->places.config_dir;
    self->env.state_dir = self->places.state_dir;
    self->env.run_dir = self->places.run_dir;
    self->env.cache_dir = self->places.cache_dir;
    self->env.log_dir = self->places.log_dir;
    self->env.context = self->context;
    self->env.hub = self->hub;
    self->env.host_uuid = self->config.host_uuid;
    return !self->driver->start || self->driver->start(&self->env, error);
}

static bool
set_up(Daemon *self, GError **error)
{
    const char *pid_path = self->options.pid_path ? self->options.pid_path : self->places.pid_path;

    if (!self->places.privileged && !file_mkdir_p(self->places.run_dir, 0700, error))
        return false;
    self->pid_fd = places_take_pid_file(pid_path, error);
    return self->pid_fd >= 0 && take_signals(self, error) && make_servers(self, error) &&
           open_sockets(self, error) && start_driver(self, error);
}

static void
tear_down(Daemon *self)
{
    clear_source(&self->idle);
    if (self->started)
        hand_over_clients(self);
    for (guint i = 0; self->handed_over && i < self->handed_over->len; i++)
        fd_close(&g_array_index(self->handed_over, HandedOver, i).fd);
    g_clear_pointer(&self->handed_over, g_array_unref);
    server_free(self->server); /* calls in flight need the driver */
    server_free(self->admin);
    if (self->tls)
        self->tls->free(self->tls);
    if (self->started && self->driver->stop)
        self->driver->stop();
    event_hub_unref(self->hub);
    event_hub_unref(self->admin_hub);
    if (self->pid_fd >= 0)
        unlink(self->options.pid_path ? self->options.pid_path : self->places.pid_path);
    fd_close(&self->pid_fd);
    g_main_loop_unref(self->loop);
    config_clear(&self->config);
    places_clear(&self->places);
}

/* Into the background; the parent leaves when we are ready.  Returns where to say so, -1 without
 * --daemon. */
static int
detach(const Daemon *self)
{
    int pipe_fds[2];
    char status = 1;
    pid_t pid;

    if (!self->options.daemonize)
        return -1;
    if (pipe2(pipe_fds, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
        fprintf(stderr, "%s: cannot go to the background: %s\n", self->name, g_strerror(errno));
        exit(EXIT_FAILURE);
    }
    if (pid > 0) {
        close(pipe_fds[1]);
        /* Closed without a word: it has failed and said why. */
        exit(read(pipe_fds[0], &status, 1) == 1 && status == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    close(pipe_fds[0]);
    setsid();
    if (chdir("/") < 0)
        exit(EXIT_FAILURE);
    return pipe_fds[1];
}

static void
say_ready(int fd)
{
    autofd int null = -1;

    notify_state("READY=1");
    if (fd < 0)
        return;
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int i = 0; i < 3 && null >= 0; i++)
        dup2(null, i);
    if (write(fd, "", 1) != 1)
        log_warning("who started us is gone already");
    close(fd);
}

/* Memory of a small daemon: few arenas, and large blocks go back to the system. */
static void
tune_process(void)
{
    struct rlimit files;

    mallopt(M_ARENA_MAX, 2);
    mallopt(M_MMAP_THRESHOLD, 128 << 10);
    mallopt(M_TRIM_THRESHOLD, 128 << 10);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max; /* we poll(), so any number is fine */
        setrlimit(RLIMIT_NOFILE, &files);
    }
    umask(022);
}

int
daemon_main(const char *name, const Driver *driver, int argc, char **argv)
{
    Daemon self = {
        .name = name, .driver = driver ? driver : &no_driver, .pid_fd = -1, .signal_fd = -1
    };
    g_autoptr(GError) error = NULL;
    int status = EXIT_FAILURE, ready_fd;

    if (!options_parse(name, argc, argv, &self.options, &status))
        return status;
    tune_process();
    places_init(&self.places, name);
    if (!load_config(&self, &error) || !set_up_logging(&self, &error)) {
        g_autofree char *text = error_text(error);

        fprintf(stderr, "%s: %s\n", name, text);
        config_clear(&self.config);
        places_clear(&self.places);
        return EXIT_FAILURE;
    }
    ready_fd = detach(&self);
    daemon_running = &self;
    self.context = g_main_context_default();
    self.loop = g_main_loop_new(self.context, false);
    self.hub = event_hub_new();
    self.admin_hub = event_hub_new();
    if (set_up(&self, &error)) {
        self.started = true;
        take_over_clients(&self);
        say_ready(ready_fd);
        notify_start_watchdog(self.context);
        restart_idle(&self);
        g_main_loop_run(self.loop);
        status = EXIT_SUCCESS;
    } else {
        g_autofree char *text = error_text(error);

        log_gerror(error, "cannot start");
        fprintf(stderr, "%s: %s\n", name, text);
        status = EXIT_FAILURE;
    }
    tear_down(&self);
    return status;
}
