/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* places.c - folders, the pid file, and sockets that were opened before we began. */
#define ERROR_FROM VIR_FROM_RPC
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "daemons/private.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/log.h"

LOG_SOURCE("daemon.places");

void
places_init(Places *places, const char *name)
{
    places->privileged = geteuid() == 0;
    if (places->privileged) {
        places->config_dir = g_strdup("/etc/libvirt");
        places->state_dir = g_strdup("/var/lib/libvirt");
        places->run_dir = g_strdup("/run/libvirt");
        places->cache_dir = g_strdup("/var/cache/libvirt");
        places->log_dir = g_strdup("/var/log/libvirt");
        places->pid_path = g_strdup_printf("/run/%s.pid", name);
    } else {
        places->config_dir = g_build_filename(g_get_user_config_dir(), "libvirt", NULL);
        places->state_dir = g_build_filename(g_get_user_data_dir(), "libvirt", NULL);
        places->run_dir = g_build_filename(g_get_user_runtime_dir(), "libvirt", NULL);
        places->cache_dir = g_build_filename(g_get_user_cache_dir(), "libvirt", NULL);
        places->log_dir = g_build_filename(places->cache_dir, "log", NULL);
        places->pid_path = g_strdup_printf("%s/%s.pid", places->run_dir, name);
    }
}

void
places_clear(Places *places)
{
    g_free(places->config_dir);
    g_free(places->state_dir);
    g_free(places->run_dir);
    g_free(places->cache_dir);
    g_free(places->log_dir);
    g_free(places->pid_path);
    memset(places, 0, sizeof(*places));
}

int
places_take_pid_file(const char *path, GError **error)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    autofd int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    char text[32];
    int len;

    if (fd < 0) {
        error_set_errno(error, errno, "cannot open the pid file '%s'", path);
        return -1;
    }
    if (fcntl(fd, F_SETLK, &lock) < 0) {
        error_set(error, VIR_ERR_OPERATION_FAILED, "another daemon holds the pid file '%s'", path);
        return -1;
    }
    len = g_snprintf(text, sizeof(text), "%d\n", (int)getpid());
    if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)len, 0) != len) {
        error_set_errno(error, errno, "cannot write the pid file '%s'", path);
        return -1;
    }
    return steal_fd(&fd);
}

const char *
places_prefix(const char *name)
{
    return strcmp(name, "virtproxyd") == 0 ? "libvirt" : name;
}

/* The kind of a socket by the path it is bound to, as any starter of daemons leaves it. */
static bool
kind_of(int fd, SocketKind *ret_kind, GError **error)
{
    struct sockaddr_un addr = { 0 };
    socklen_t len = sizeof(addr) - 1;
    int listening = 0;
    socklen_t size = sizeof(listening);

    if (getsockname(fd, (struct sockaddr *)&addr, &len) < 0 || addr.sun_family != AF_UNIX ||
        getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) < 0 || !listening) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "descriptor %d that was handed over is no listening UNIX socket", fd);
        return false;
    }
    if (g_str_has_suffix(addr.sun_path, "-sock-ro"))
        *ret_kind = SOCKET_RO;
    else if (g_str_has_suffix(addr.sun_path, "-admin-sock"))
        *ret_kind = SOCKET_ADMIN;
    else
        *ret_kind = SOCKET_RW;
    return true;
}

static bool
check_network(int fd, const char *name, GError **error)
{
    if (sd_is_socket_inet(fd, AF_UNSPEC, SOCK_STREAM, 1, 0) > 0)
        return true;
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "socket '%s' is no listening TCP socket", name);
    return false;
}

static bool
find_kind(const char *name, HandedOver *handed, GError **error)
{
    if (g_str_has_suffix(name, "-tls.socket") || g_str_has_suffix(name, "-tcp.socket")) {
        handed->kind = g_str_has_suffix(name, "-tls.socket") ? SOCKET_TLS : SOCKET_TCP;
        return check_network(handed->fd, name, error);
    }
    if (strcmp(name, NOTIFY_CLIENT) == 0)
        handed->kind = SOCKET_CLIENT;
    else if (strcmp(name, NOTIFY_CLIENTS_STATE) == 0)
        handed->kind = SOCKET_STATE;
    else if (g_str_has_suffix(name, "-ro.socket"))
        handed->kind = SOCKET_RO;
    else if (g_str_has_suffix(name, "-admin.socket"))
        handed->kind = SOCKET_ADMIN;
    else
        return kind_of(handed->fd, &handed->kind, error);
    return true;
}

GArray *
places_handed_over(GError **error)
{
    g_auto(GStrv) names = NULL;
    g_autoptr(GArray) all = g_array_new(false, false, sizeof(HandedOver));
    int n = sd_listen_fds_with_names(true, &names);

    if (n < 0) {
        error_set_errno(error, -n, "cannot take over the sockets that were handed over");
        return NULL;
    }
    for (int i = 0; i < n; i++) {
        HandedOver handed = { .fd = SD_LISTEN_FDS_START + i };

        if (!find_kind(names && names[i] ? names[i] : "", &handed, error))
            return NULL;
        g_array_append_val(all, handed);
    }
    return g_steal_pointer(&all);
}
