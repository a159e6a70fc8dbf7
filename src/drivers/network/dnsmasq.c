/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dnsmasq.c - starts, finds again and stops dnsmasq */
#define ERROR_FROM VIR_FROM_NETWORK
#include "drivers/network/dnsmasq.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/text.h"

enum { START_MS = 10000, STOP_MS = 3000, SAID_MAX = 4096 };

void
network_dnsmasq_paths_init(NetworkDnsmasqPaths *paths, const char *state_dir, const char *run_dir,
                           const char *network, const char *bridge)
{
    paths->bridge = g_strdup(bridge);
    paths->conf = g_strdup_printf("%s/dnsmasq/%s.conf", state_dir, network);
    paths->hosts = g_strdup_printf("%s/dnsmasq/%s.hostsfile", state_dir, network);
    paths->addnhosts = g_strdup_printf("%s/dnsmasq/%s.addnhosts", state_dir, network);
    paths->leases = g_strdup_printf("%s/dnsmasq/%s.status", state_dir, bridge);
    paths->pid = g_strdup_printf("%s/network/%s.pid", run_dir, network);
}

void
network_dnsmasq_paths_clear(NetworkDnsmasqPaths *paths)
{
    g_clear_pointer(&paths->bridge, g_free);
    g_clear_pointer(&paths->conf, g_free);
    g_clear_pointer(&paths->hosts, g_free);
    g_clear_pointer(&paths->addnhosts, g_free);
    g_clear_pointer(&paths->leases, g_free);
    g_clear_pointer(&paths->pid, g_free);
}

static char *
what_it_said(int fd)
{
    char said[SAID_MAX];
    ssize_t got = pread(fd, said, sizeof(said) - 1, 0);

    said[MAX(got, 0)] = '\0';
    return text_squash(said, 1024);
}

bool
network_dnsmasq_begin(const NetworkDnsmasqPaths *paths, bool dhcp, NetworkDnsmasqStart *start,
                      GError **error)
{
    const char *helper = g_getenv("LIBVIRT_LEASES_HELPER");
    const char *program = g_getenv("LIBVIRT_DNSMASQ_PROGRAM");
    g_autofree char *conf = g_strdup_printf("--conf-file=%s", paths->conf);
    g_autofree char *pid = g_strdup_printf("--pid-file=%s", paths->pid);
    g_autofree char *script = g_strdup_printf("--dhcp-script=%s", helper ? helper : LEASES_HELPER);
    const char *argv[] = { program ? program : "dnsmasq",  conf,   pid,
                           dhcp ? "--leasefile-ro" : NULL, script, NULL };
    g_autofree char *bridge_env = g_strdup_printf("VIR_BRIDGE_NAME=%s", paths->bridge);
    g_autofree char *leases_env = g_strdup_printf("LIBVIRT_LEASES_FILE=%s", paths->leases);
    const char *env[] = { bridge_env, leases_env, "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C",
                          NULL };
    /* A file, not a pipe: dnsmasq's children would hold a pipe open. */
    autofd int said = memfd_create("dnsmasq", MFD_CLOEXEC);
    const ProcessFd fds[] = { { said, STDERR_FILENO } };
    const ProcessSpec spec = {
        .argv = argv, .env = env, .fds = fds, .n_fds = G_N_ELEMENTS(fds), .cwd = "/"
    };

    if (said < 0) {
        error_set_errno(error, errno, "cannot take down what dnsmasq says");
        return false;
    }
    /* What a killed one left behind. */
    if (!file_unlink(paths->pid, error) || !process_spawn(&spec, &start->parent, error))
        return false;
    start->said = steal_fd(&said);
    return true;
}

bool
network_dnsmasq_finish(const NetworkDnsmasqPaths *paths, NetworkDnsmasqStart *start,
                       Process *ret_process, GError **error)
{
    autofd int said = steal_fd(&start->said);
    g_auto(Process) parent = start->parent;
    g_autofree char *text = NULL;
    int status = 0;

    start->parent = (Process)PROCESS_INIT;
    if (!process_wait(&parent, START_MS, &status, error)) {
        error_prefix(error, "dnsmasq of bridge '%s' does not start", paths->bridge);
        return false;
    }
    if (status != 0) {
        g_autofree char *how = process_status_text(status);

        text = what_it_said(said);
        error_set(error, VIR_ERR_INTERNAL_ERROR, "dnsmasq for bridge '%s' %s: %s", paths->bridge,
                  how, *text ? text : "it gave no reason");
        return false;
    }
    if (network_dnsmasq_adopt(paths, ret_process))
        return true;
    text = what_it_said(said);
    error_set(error, VIR_ERR_INTERNAL_ERROR, "dnsmasq for bridge '%s' started but is gone: %s",
              paths->bridge, *text ? text : "it gave no reason");
    return false;
}

/* True if @pid runs dnsmasq on @conf. */
static bool
is_ours(pid_t pid, const char *conf)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/cmdline", (int)pid);
    g_autofree char *line = NULL;
    size_t len = 0;

    if (!file_read_limited(path, 64 * 1024, &line, &len, NULL))
        return false;
    for (const char *arg = line; arg < line + len; arg += strlen(arg) + 1) {
        if (g_str_has_prefix(arg, "--conf-file=") && strcmp(strchr(arg, '=') + 1, conf) == 0)
            return true;
    }
    return false;
}

bool
network_dnsmasq_adopt(const NetworkDnsmasqPaths *paths, Process *ret_process)
{
    g_auto(Process) process = PROCESS_INIT;
    uint64_t pid = 0;

    /* Look at the command line after the pidfd is held: then the pid cannot change hands. */
    if (!file_read_uint64(paths->pid, &pid) || pid == 0 || pid > INT32_MAX ||
        !process_adopt((pid_t)pid, &process, NULL) || !is_ours((pid_t)pid, paths->conf) ||
        !process_is_alive(&process)) {
        process_release(&process);
        return false;
    }
    *ret_process = process;
    process = (Process)PROCESS_INIT;
    return true;
}

bool
network_dnsmasq_stop(const NetworkDnsmasqPaths *paths, Process *process, bool forget,
                     GError **error)
{
    const char *files[] = { paths->pid, paths->conf, paths->hosts, paths->addnhosts,
                            forget ? paths->leases : NULL };

    if (process->pid > 0 && !process_stop(process, STOP_MS, error))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
        if (files[i] && !file_unlink(files[i], error))
            return false;
    return true;
}
