/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dial.c - connect to a UNIX socket (starting a session daemon if need be), a host, or a command.
 */
#define ERROR_FROM VIR_FROM_RPC
#include "rpc/client/dial.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "rpc/client/transport-tls.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"

enum { START_DEADLINE_MS = 30000, RETRY_MS = 20, PORT_TCP = 16509, PORT_TLS = 16514 };

/* Connected, or -1 with errno. */
static int
connect_unix(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    autofd int fd = -1;
    int rc;

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    do
        rc = connect(fd, (struct sockaddr *)&address, sizeof(address));
    while (rc < 0 && errno == EINTR);
    return rc < 0 ? -1 : steal_fd(&fd);
}

static void
unix_error(const char *path, GError **error)
{
    error_set_errno(error, errno, "Failed to connect socket to '%s'", path);
}

/* The program to start: a path from the environment, or by name from PATH and /usr/sbin. */
static char *
find_daemon(const char *daemon, GError **error)
{
    const char *direct = g_getenv("VIRTD_PATH"), *legacy = g_getenv("LIBVIRTD_PATH");
    bool is_legacy = strcmp(daemon, "libvirtd") == 0;
    const char *from_env = !is_legacy && direct && *direct ? direct
                           : legacy && *legacy             ? legacy
                                                           : NULL;
    char *found;

    if (from_env)
        return g_strdup(from_env);
    found = g_find_program_in_path(daemon);
    if (!found) {
        found = g_build_filename("/usr/sbin", daemon, NULL);
        if (access(found, X_OK) < 0)
            g_clear_pointer(&found, g_free);
    }
    if (!found)
        error_set(error, VIR_ERR_INTERNAL_ERROR,
                  "cannot find '%s' in PATH or /usr/sbin to start it: install it or set VIRTD_PATH",
                  daemon);
    return found;
}

/* Only one client at a time starts the daemon. */
static int
lock_beside(const char *socket, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(socket),
                    *path = g_strconcat(socket, ".start.lock", NULL);
    autofd int fd = -1;

    if (!file_mkdir_p(folder, 0700, error))
        return -1;
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || flock(fd, LOCK_EX) < 0) {
        error_set_errno(error, errno, "cannot lock '%s'", path);
        return -1;
    }
    return steal_fd(&fd);
}

/* Wait for the daemon to listen: the folder tells when the socket appears; between bind and listen
 * it refuses. */
static int
await_socket(const char *path, const Process *daemon, const char *program, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    int64_t deadline = g_get_monotonic_time() + (int64_t)START_DEADLINE_MS * 1000;
    autofd int notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    struct pollfd fds[2] = { { .fd = notify, .events = POLLIN },
                             { .fd = daemon->pidfd, .events = POLLIN } };
    char events[4096];
    bool ended = false;

    if (notify >= 0 && inotify_add_watch(notify, folder, IN_CREATE | IN_MOVED_TO | IN_ATTRIB) < 0)
        fds[0].fd = -1;
    for (;;) {
        int fd = connect_unix(path);

        if (fd >= 0)
            return fd;
        if (ended) {
            error_set_errno(error, errno, "'%s' ended before it listened on '%s'", program, path);
            return -1;
        }
        if (g_get_monotonic_time() > deadline) {
            error_set_errno(error, errno, "'%s' did not listen on '%s' within %d s", program, path,
                            START_DEADLINE_MS / 1000);
            return -1;
        }
        if (poll(fds, 2, RETRY_MS) > 0) {
            ended = fds[1].revents;
            while (fds[0].revents && read(notify, events, sizeof(events)) > 0)
                continue;
        }
    }
}

static int
start_daemon(const Target *t, GError **error)
{
    g_autofree char *program = find_daemon(t->daemon, error);
    const char *argv[] = { program, "--timeout=120", NULL };
    ProcessSpec spec = { .argv = argv, .new_session = true };
    g_auto(Process) process = PROCESS_INIT;
    autofd int lock = -1;
    int fd;

    if (!program)
        return -1;
    lock = lock_beside(t->socket, error);
    if (lock < 0)
        return -1;
    fd = connect_unix(t->socket); /* another client may have been first */
    if (fd >= 0)
        return fd;
    if (!process_spawn(&spec, &process, error))
        return -1;
    fd = await_socket(t->socket, &process, program, error);
    if (fd >= 0)
        process_release(&process);
    return fd;
}

static Transport *
dial_unix(const Target *t, GError **error)
{
    int fd = connect_unix(t->socket);

    if (fd < 0 && t->daemon && (errno == ENOENT || errno == ECONNREFUSED)) {
        fd = start_daemon(t, error);
        return fd < 0 ? NULL : transport_new_unix(fd);
    }
    if (fd < 0) {
        unix_error(t->socket, error);
        return NULL;
    }
    return transport_new_unix(fd);
}

static int
connect_tcp(const Target *t, int port, GError **error)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG }, *list = NULL;
    g_autofree char *service = g_strdup_printf("%d", t->port ? t->port : port);
    int rc = getaddrinfo(t->host, service, &hints, &list), fd = -1, failed = 0;

    if (rc != 0) {
        error_set(error, VIR_ERR_UNKNOWN_HOST, "'%s': %s", t->host, gai_strerror(rc));
        return -1;
    }
    for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) < 0) {
            failed = errno;
            fd_close(&fd);
        }
    }
    freeaddrinfo(list);
    if (fd < 0) {
        error_set_errno(error, failed, "unable to connect to server at '%s:%s'", t->host, service);
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
    return fd;
}

/* What to run over there: our helper if it is installed, else netcat at the socket. */
static char *
remote_script(const Target *t)
{
    g_autofree char *uri = g_shell_quote(t->name), *socket = g_shell_quote(t->socket);
    g_autofree char *nc = g_shell_quote(t->netcat ? t->netcat : "nc");
    g_autofree char *native =
        g_strdup_printf("virt-ssh-helper %s%s", t->readonly ? "-r " : "", uri);
    g_autofree char *netcat =
        g_strdup_printf("if %s -q 2>&1 | grep 'requires an argument' >/dev/null 2>&1; then Q=-q0; "
                        "else Q=; fi; exec %s $Q -U %s",
                        nc, nc, socket);

    if (t->proxy == TARGET_PROXY_NATIVE)
        return g_strdup_printf("exec %s", native);
    if (t->proxy == TARGET_PROXY_NETCAT || t->netcat)
        return g_steal_pointer(&netcat);
    return g_strdup_printf("if command -v virt-ssh-helper >/dev/null 2>&1; then exec %s; fi; %s",
                           native, netcat);
}

char **
dial_ssh_argv(const Target *t)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autofree char *script = remote_script(t), *quoted = g_shell_quote(script);

    g_ptr_array_add(argv, g_strdup(t->command ? t->command : "ssh"));
    if (t->port) {
        g_ptr_array_add(argv, g_strdup("-p"));
        g_ptr_array_add(argv, g_strdup_printf("%d", t->port));
    }
    if (t->user_name) {
        g_ptr_array_add(argv, g_strdup("-l"));
        g_ptr_array_add(argv, g_strdup(t->user_name));
    }
    if (t->keyfile) {
        g_ptr_array_add(argv, g_strdup("-i"));
        g_ptr_array_add(argv, g_strdup(t->keyfile));
    }
    if (t->known_hosts)
        g_ptr_array_add(argv, g_strdup_printf("-oUserKnownHostsFile=%s", t->known_hosts));
    if (t->no_verify || g_strcmp0(t->known_hosts_verify, "ignore") == 0)
        g_ptr_array_add(argv, g_strdup("-oStrictHostKeyChecking=no"));
    else if (g_strcmp0(t->known_hosts_verify, "auto") == 0)
        g_ptr_array_add(argv, g_strdup("-oStrictHostKeyChecking=accept-new"));
    if (t->no_tty)
        g_ptr_array_add(argv, g_strdup("-oBatchMode=yes"));
    g_ptr_array_add(argv, g_strdup("-T"));
    g_ptr_array_add(argv, g_strdup("-e"));
    g_ptr_array_add(argv, g_strdup("none"));
    g_ptr_array_add(argv, g_strdup("--"));
    g_ptr_array_add(argv, g_strdup(t->host ? t->host : "localhost"));
    g_ptr_array_add(argv, g_strdup_printf("sh -c %s", quoted));
    g_ptr_array_add(argv, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&argv), false);
}

static Transport *
dial_command(char **argv, bool secure, Process *helper, GError **error)
{
    int pair[2];
    ProcessFd fds[3];
    ProcessSpec spec = { .argv = (const char *const *)argv, .fds = fds, .n_fds = 3 };
    bool ok;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        error_set_errno(error, errno, "cannot make a socket pair for '%s'", argv[0]);
        return NULL;
    }
    fds[0] = (ProcessFd){ pair[1], STDIN_FILENO };
    fds[1] = (ProcessFd){ pair[1], STDOUT_FILENO };
    fds[2] = (ProcessFd){ STDERR_FILENO, STDERR_FILENO }; /* ssh asks and complains there */
    ok = process_spawn(&spec, helper, error);
    close(pair[1]);
    if (!ok) {
        close(pair[0]);
        return NULL;
    }
    return transport_new_plain(pair[0], secure);
}

Transport *
dial_target(const Target *t, Process *helper, GError **error)
{
    int fd;

    switch (t->transport) {
    case TARGET_UNIX:
        return dial_unix(t, error);
    case TARGET_TCP:
        fd = connect_tcp(t, PORT_TCP, error);
        return fd < 0 ? NULL : transport_new_plain(fd, false);
    case TARGET_TLS:
        fd = connect_tcp(t, PORT_TLS, error);
        return fd < 0 ? NULL : transport_tls_client(fd, t, error);
    case TARGET_EXT: {
        char *argv[] = { t->command, NULL };

        return dial_command(argv, false, helper, error);
    }
    case TARGET_SSH:
    case TARGET_LIBSSH:
    case TARGET_LIBSSH2: {
        /* One way for all three: the ssh program. */
        g_auto(GStrv) argv = dial_ssh_argv(t);

        return dial_command(argv, true, helper, error);
    }
    }
    g_assert_not_reached();
}
