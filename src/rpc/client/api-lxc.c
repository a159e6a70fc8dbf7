/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* api-lxc.c - libvirt-lxc.so.0: what is not generated; entering a container is all local. */
#define ERROR_FROM VIR_FROM_NONE
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "rpc/client/connection.h"
#include "rpc/client/entry.h"
#include "rpc/client/last-error.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"

#pragma GCC visibility push(default)

#define LXC_ENTRY ENTRY(VIR_FROM_NONE)

static int
failed(Entry *e)
{
    entry_fail(e);
    return -1;
}

static bool
no_flags(Entry *e, unsigned int flags)
{
    if (!flags)
        return true;
    error_set(&e->error, VIR_ERR_INVALID_ARG, "unsupported flags (0x%x) in function %s", flags,
              e->function);
    return false;
}

int
virDomainLxcOpenNamespace(virDomainPtr domain, int **fdlist, unsigned int flags)
{
    Entry e = LXC_ENTRY;
    LxcDomainOpenNamespaceArgs args = { .flags = flags };
    int fds[LINK_FDS_MAX];
    LinkCall call = { .method = method_lookup(PROGRAM_LXC, PROC_LXC_DOMAIN_OPEN_NAMESPACE),
                      .args = &args,
                      .ret_fds = fds };

    if (!entry_begin(&e, HANDLE_DOMAIN, domain) || !entry_nonnull(&e, "fdlist", fdlist) ||
        !entry_writable(&e))
        return failed(&e);
    handle_to_wire(e.self, &args.dom);
    if (!e.conn->link->ops->call(e.conn->link, &call, &e.error))
        return failed(&e);
    *fdlist = call.n_ret_fds ? g_memdup2(fds, call.n_ret_fds * sizeof(int)) : NULL;
    return (int)call.n_ret_fds;
}

/* The namespaces of this process, to come back to. */
static bool
open_own(Entry *e, unsigned int *ret_n, int **ret_fds)
{
    static const char *const names[] = { "user", "ipc", "uts", "net", "pid", "mnt" };
    int *fds = g_new(int, G_N_ELEMENTS(names));

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename("/proc/self/ns", names[i], NULL);

        fds[i] = open(path, O_RDONLY | O_CLOEXEC);
        if (fds[i] < 0) {
            error_set_errno(&e->error, errno, "cannot open '%s'", path);
            while (i-- > 0)
                close(fds[i]);
            g_free(fds);
            return false;
        }
    }
    *ret_n = G_N_ELEMENTS(names);
    *ret_fds = fds;
    return true;
}

int
virDomainLxcEnterNamespace(virDomainPtr domain G_GNUC_UNUSED, unsigned int nfdlist, int *fdlist,
                           unsigned int *noldfdlist, int **oldfdlist, unsigned int flags)
{
    Entry e = LXC_ENTRY;

    last_error_reset();
    if (!no_flags(&e, flags))
        return failed(&e);
    if (noldfdlist && oldfdlist && !open_own(&e, noldfdlist, oldfdlist))
        return failed(&e);
    for (unsigned int i = 0; i < nfdlist; i++) {
        if (fdlist[i] >= 0 && setns(fdlist[i], 0) < 0 && errno != EINVAL) {
            /* EINVAL: that user namespace is ours already */
            error_set_errno(&e.error, errno, "cannot enter namespace of descriptor %d", fdlist[i]);
            if (noldfdlist && oldfdlist) {
                for (unsigned int k = 0; k < *noldfdlist; k++)
                    close((*oldfdlist)[k]);
                g_clear_pointer(oldfdlist, g_free);
                *noldfdlist = 0;
            }
            return failed(&e);
        }
    }
    return 0;
}

int
virDomainLxcEnterSecurityLabel(virSecurityModelPtr model, virSecurityLabelPtr label,
                               virSecurityLabelPtr oldlabel, unsigned int flags)
{
    Entry e = LXC_ENTRY;
    const char *current, *next;
    g_autofree char *now = NULL;
    autofd int fd = -1;

    last_error_reset();
    if (!no_flags(&e, flags) || !entry_nonnull(&e, "model", model) ||
        !entry_nonnull(&e, "label", label))
        return failed(&e);
    if (oldlabel)
        memset(oldlabel, 0, sizeof(*oldlabel));
    if (strcmp(model->model, "none") == 0)
        return 0;
    if (strcmp(model->model, "selinux") == 0) {
        current = next = "/proc/thread-self/attr/current";
    } else if (strcmp(model->model, "apparmor") == 0) {
        current = "/proc/thread-self/attr/current";
        next = "/proc/thread-self/attr/exec";
    } else {
        error_set(&e.error, VIR_ERR_ARGUMENT_UNSUPPORTED, "security model %s cannot be entered",
                  model->model);
        return failed(&e);
    }
    now = file_read_line(current);
    if (oldlabel && now) {
        g_strlcpy(oldlabel->label, now, sizeof(oldlabel->label));
        oldlabel->enforcing = 1;
    }
    fd = open(next, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || !file_write_all(fd, label->label, strlen(label->label), next, &e.error)) {
        if (!e.error)
            error_set_errno(&e.error, errno, "cannot open '%s'", next);
        return failed(&e);
    }
    return 0;
}

/* Where the container's first process is, one "controllers path" pair after the other. */
static bool
enter_cgroups_of(Entry *e, pid_t pid)
{
    g_autofree char *listing = NULL, *path = g_strdup_printf("/proc/%d/cgroup", (int)pid);
    g_auto(GStrv) lines = NULL;
    g_autofree char *own = g_strdup_printf("%d", (int)getpid());
    bool entered = false;

    if (!file_read_limited(path, 65536, &listing, NULL, &e->error))
        return false;
    lines = g_strsplit(listing, "\n", -1);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) parts = g_strsplit(*line, ":", 3);
        g_autofree char *procs = NULL;
        autofd int fd = -1;

        if (g_strv_length(parts) != 3)
            continue;
        /* The unified hierarchy has no controllers in this listing. */
        procs = *parts[1] ? g_strdup_printf("/sys/fs/cgroup/%s%s/cgroup.procs", parts[1], parts[2])
                          : g_strdup_printf("/sys/fs/cgroup%s/cgroup.procs", parts[2]);
        fd = open(procs, O_WRONLY | O_CLOEXEC);
        if (fd < 0)
            continue; /* a controller that is not mounted here */
        if (!file_write_all(fd, own, strlen(own), procs, &e->error))
            return false;
        entered = true;
    }
    if (!entered)
        error_set(&e->error, VIR_ERR_INTERNAL_ERROR,
                  "none of the control groups in '%s' can be entered", path);
    return entered;
}

int
virDomainLxcEnterCGroup(virDomainPtr domain, unsigned int flags)
{
    Entry e = LXC_ENTRY;

    if (!entry_begin(&e, HANDLE_DOMAIN, domain) || !entry_writable(&e) || !no_flags(&e, flags))
        return failed(&e);
    if (e.self->number <= 0)
        error_set(&e.error, VIR_ERR_OPERATION_INVALID, "domain '%s' is not running", e.self->name);
    else if (enter_cgroups_of(&e, (pid_t)e.self->number))
        return 0; /* the id of a container is the pid of its first process */
    return failed(&e);
}
