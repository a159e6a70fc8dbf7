/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* companion.c - processes that live beside a guest's emulator: start, find, end */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/companion/companion_private.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/qemu/process/guest_cgroup.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/log.h"
#include "util/text.h"

LOG_SOURCE("qemu.companion");

enum { END_GRACE = 5000, READY_DEADLINE = 20000, LOG_TAIL = 2048, CMDLINE_MAX = 1 << 20 };

typedef struct Companion {
    char *what, *pid_path, *log_path;
    Process process;
    GSource *watch;     /* reaps it and tells the log; NULL: not our child, or we ended it */
    int64_t log_from;   /* where its own words begin */
} Companion;

static void
unwatch(Companion *c)
{
    if (c->watch) {
        g_source_destroy(c->watch);
        g_source_unref(c->watch);
    }
    c->watch = NULL;
}

void
companion_free(void *data)
{
    Companion *c = data;

    unwatch(c);
    process_release(&c->process);
    g_free(c->what);
    g_free(c->pid_path);
    g_free(c->log_path);
    g_free(c);
}

void
companion_add(GPtrArray *argv, const char *option, const char *value)
{
    g_ptr_array_add(argv, g_strdup(option));
    if (value)
        g_ptr_array_add(argv, g_strdup(value));
}

char *
companion_run_path(Guest *guest, const char *folder, const char *alias, const char *suffix)
{
    return g_strdup_printf("%s%s%s/%s%s%s%s", guest_host.conf->run_dir, folder[0] ? "/" : "", folder, guest->short_name,
                           alias ? "-" : "", alias ? alias : "", suffix);
}

bool
companion_make_dir(const char *path, mode_t mode, uid_t uid, gid_t gid, GError **error)
{
    if (!file_mkdir_p(path, mode, error))
        return false;
    if (!guest_host.conf->privileged || chown(path, uid, gid) == 0)
        return true;
    error_set_errno(error, errno, "cannot give '%s' to the user that uses it", path);
    return false;
}

/* Most end by themselves when QEMU goes.  One that fails while its guest runs takes its device along, as on hardware;
 * the log says so. */
static void
on_end(pid_t pid, int status, void *data)
{
    g_autofree char *text = status < 0 ? g_strdup("ended") : process_status_text(status);

    if (status > 0)
        log_warning("%s (process %d) %s", (const char *)data, (int)pid, text);
    else
        log_info("%s (process %d) %s", (const char *)data, (int)pid, text);
}

static void
keep(Guest *guest, Companion *c)
{
    c->watch = process_watch(guest_host.env.context, &c->process, on_end, g_strdup(c->what), g_free);
    if (!guest->companions)
        guest->companions = g_ptr_array_new_with_free_func(companion_free);
    g_ptr_array_add(guest->companions, c);
}

static bool
adopt_background(Companion *c, const char *path, GError **error)
{
    uint64_t pid = 0;

    if (file_read_uint64(path, &pid) && pid > 1 && pid <= INT32_MAX)
        return process_adopt((pid_t)pid, &c->process, error);
    error_set(error, VIR_ERR_INTERNAL_ERROR, "%s left no pid in '%s'", c->what, path);
    return false;
}

/* It ends when it runs in the background: until then what it says is the reason for a failure. */
static bool
run_background(Companion *c, const ProcessSpec *process, GError **error)
{
    g_auto(ProcessResult) result = { 0 };

    if (!process_run_full(process, NULL, 0, 1 << 16, READY_DEADLINE, &result, error))
        return false;
    if (result.status != 0) {
        g_autofree char *status = process_status_text(result.status);
        g_autofree char *said = text_squash(result.err ? result.err : "", LOG_TAIL);

        error_set(error, VIR_ERR_INTERNAL_ERROR, "could not start %s: it %s%s%s", c->what, status, said[0] ? ": " : "", said);
        return false;
    }
    return true;
}

bool
companion_spawn(Guest *guest, const CompanionSpec *spec, GError **error)
{
    Companion *c = g_new0(Companion, 1);
    autofd int log = open(spec->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    g_autofree ProcessFd *fds = g_new0(ProcessFd, spec->n_fds + 2);
    g_autofree char *text = NULL;
    bool ok = true;
    ProcessSpec process = {
        .argv = spec->argv,
        .env = spec->env,
        .fds = fds,
        .n_fds = spec->n_fds,
        .set_ids = spec->set_ids && guest_host.conf->privileged && (spec->uid != geteuid() || spec->gid != getegid()),
        .uid = spec->uid,
        .gid = spec->gid,
        .new_session = true,
    };

    c->what = g_strdup(spec->what);
    c->pid_path = g_strdup(spec->pid_path);
    c->log_path = g_strdup(spec->log_path);
    c->process = (Process)PROCESS_INIT;
    for (size_t i = 0; i < spec->n_fds; i++)
        fds[i] = spec->fds[i];
    if (log < 0) {
        error_set_errno(error, errno, "cannot open the log '%s'", spec->log_path);
        ok = false;
    } else if (spec->in_background) {
        unlink(spec->pid_path); /* an old one must not be taken for the new one's */
        ok = run_background(c, &process, error) && adopt_background(c, spec->pid_path, error);
    } else {
        c->log_from = lseek(log, 0, SEEK_END);
        fds[process.n_fds++] = (ProcessFd){ log, 1 };
        fds[process.n_fds++] = (ProcessFd){ log, 2 };
        ok = process_spawn(&process, &c->process, error);
        text = ok ? g_strdup_printf("%d\n", (int)c->process.pid) : NULL;
        if (ok && !file_write_atomic_text(spec->pid_path, text, 0644, error)) {
            process_clear(&c->process);
            ok = false;
        }
    }
    if (ok)
        keep(guest, c);
    else
        companion_free(c);
    return ok;
}

bool
companion_is_there(Guest *guest, const char *pid_path)
{
    for (unsigned i = 0; guest->companions && i < guest->companions->len; i++) {
        const Companion *c = guest->companions->pdata[i];

        if (g_str_equal(c->pid_path, pid_path) && process_is_alive(&c->process))
            return true;
    }
    return false;
}

void
companion_adopt(Guest *guest, const char *what, const char *pid_path, const char *log_path, const char *program)
{
    uint64_t pid = 0;
    g_autofree char *path = NULL;
    g_autofree char *line = NULL;
    size_t len;
    Companion *c;

    if (!file_read_uint64(pid_path, &pid) || pid <= 1 || pid > INT32_MAX)
        return;
    /* A pid may have been given to another process since. */
    path = g_strdup_printf("/proc/%u/cmdline", (unsigned)pid);
    if (!file_read_limited(path, CMDLINE_MAX, &line, &len, NULL) || !memmem(line, len, program, strlen(program))) {
        log_warning("%s is gone", what);
        unlink(pid_path);
        return;
    }
    c = g_new0(Companion, 1);
    c->what = g_strdup(what);
    c->pid_path = g_strdup(pid_path);
    c->log_path = g_strdup(log_path);
    c->process = (Process)PROCESS_INIT;
    if (process_adopt((pid_t)pid, &c->process, NULL))
        keep(guest, c);
    else
        companion_free(c);
}

/* Its last line. */
static char *
last_words(const Companion *c)
{
    autofd int fd = open(c->log_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    char buffer[LOG_TAIL + 1];
    int64_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
    ssize_t n = fd < 0 ? -1 : pread(fd, buffer, LOG_TAIL, MAX(c->log_from, size - LOG_TAIL));
    char *line;

    if (n <= 0)
        return NULL;
    buffer[n] = '\0';
    g_strchomp(buffer);
    line = strrchr(buffer, '\n');
    return text_squash(line ? line + 1 : buffer, LOG_TAIL);
}

void
companion_explain(Guest *guest, GError **error)
{
    for (unsigned i = 0; guest->companions && i < guest->companions->len; i++) {
        const Companion *c = guest->companions->pdata[i];
        g_autofree char *said = NULL;

        g_autofree char *before = NULL;

        /* Some end when QEMU goes, and say nothing. */
        if (process_is_alive(&c->process) || !(said = last_words(c)))
            continue;
        before = g_strdup(error && *error ? (*error)->message : "the guest did not start");
        g_clear_error(error);
        error_set(error, VIR_ERR_INTERNAL_ERROR, "%s; %s ended as well and said: %s", before, c->what, said);
        return;
    }
}

void
companion_settle(Guest *guest)
{
    g_autoptr(Cgroup) cgroup = guest->companions ? guest_cgroup_get(guest) : NULL;
    g_autoptr(GError) error = NULL;

    for (unsigned i = 0; cgroup && i < guest->companions->len; i++) {
        const Companion *c = guest->companions->pdata[i];

        /* One that has ended already is told by who misses it. */
        if (!cgroup_add_process(cgroup, c->process.pid, &error))
            log_debug("%s is not in its guest's cgroup: %s", c->what, error->message);
        g_clear_error(&error);
    }
}

void
companion_end(Guest *guest, const Domain *doc)
{
    for (unsigned i = 0; guest->companions && i < guest->companions->len; i++) {
        Companion *c = guest->companions->pdata[i];
        g_autoptr(GError) error = NULL;

        unwatch(c); /* from here on its end is what we want, and ours to reap */
        if (process_is_alive(&c->process) && !process_stop(&c->process, END_GRACE, &error))
            log_gerror(error, "while ending %s", c->what);
        else
            process_wait(&c->process, 0, NULL, NULL);
        unlink(c->pid_path);
    }
    g_clear_pointer(&guest->companions, g_ptr_array_unref);
    companion_tpm_end(guest, doc);
}
