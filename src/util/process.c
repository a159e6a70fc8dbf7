/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* process.c - child processes: spawn, wait with a deadline, watch
 *
 * Between vfork and exec the child shares our memory and our thread's stack while this thread
 * sleeps.  So it makes plain system calls only (glibc's setuid and friends would signal all our
 * threads), with signals blocked until no handler of ours is left to run, and reports what failed
 * by writing to the struct that both see.
 */
#define ERROR_FROM VIR_FROM_NONE
#include "util/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib-unix.h>

#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/text.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

enum { STDERR_KEEP = 65536 };

/* What the child is to do, made ready, and what it has to say. */
typedef struct Launch {
    const ProcessSpec *spec;
    const char *program;
    char *const *argv, *const *env;
    ProcessFd *fds; /* @fd moved out of the way of every child number */
    size_t n_fds;
    int max_child_fd;
    int null_fd;
    pid_t parent;
    const sigset_t *mask;
    int told_fd, go_fd;  /* with a settle hook: where the child tells that it waits, and what it waits for */
    int say_go_fd;       /* our end of the latter */
    volatile int failed; /* errno */
    const char *volatile step;
} Launch;

static void G_GNUC_NORETURN
child_fail(Launch *launch, const char *step)
{
    launch->failed = errno;
    launch->step = step;
    _exit(127);
}

static void
child_signals(Launch *launch)
{
    struct sigaction standard = { .sa_handler = SIG_DFL };

    for (int i = 1; i < NSIG; i++)
        sigaction(i, &standard, NULL); /* fails for the few that cannot be changed */
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, launch->mask, NULL, NSIG / 8);
}

static void
child_descriptors(Launch *launch)
{
    for (int i = 0; i <= STDERR_FILENO; i++) {
        bool given = false;

        for (size_t k = 0; k < launch->n_fds; k++)
            given = given || launch->fds[k].child_fd == i;
        if (!given && dup2(launch->null_fd, i) < 0)
            child_fail(launch, "standard streams");
    }
    for (size_t k = 0; k < launch->n_fds; k++) {
        if (dup2(launch->fds[k].fd, launch->fds[k].child_fd) < 0)
            child_fail(launch, "passing descriptors");
    }
    /* Ours are close-on-exec already; this shuts those that a library forgot. */
    for (int i = STDERR_FILENO + 1; i <= launch->max_child_fd; i++) {
        bool given = false;

        for (size_t k = 0; k < launch->n_fds; k++)
            given = given || launch->fds[k].child_fd == i;
        if (!given)
            syscall(SYS_close_range, i, i, 4 /* CLOSE_RANGE_CLOEXEC */);
    }
    syscall(SYS_close_range, launch->max_child_fd + 1, ~0u, 4 /* CLOSE_RANGE_CLOEXEC */);
}

static void
child_identity(Launch *launch)
{
    const ProcessSpec *spec = launch->spec;

    for (size_t i = 0; i < spec->n_limits; i++) {
        if (syscall(SYS_prlimit64, 0, spec->limits[i].resource, &spec->limits[i].limit, NULL) < 0)
            child_fail(launch, "resource limits");
    }
    if (spec->affinity &&
        syscall(SYS_sched_setaffinity, 0, sizeof(*spec->affinity), spec->affinity) < 0)
        child_fail(launch, "CPU affinity");
    if (spec->netns_fd > 0 && syscall(SYS_setns, spec->netns_fd, CLONE_NEWNET) < 0)
        child_fail(launch, "network namespace");
    if (spec->exec_label) {
        int fd = open("/proc/thread-self/attr/exec", O_WRONLY | O_CLOEXEC);

        if (fd < 0 || write(fd, spec->exec_label, strlen(spec->exec_label)) < 0)
            child_fail(launch, "security label");
        close(fd);
    }
    if (spec->set_ids && (syscall(SYS_setgroups, spec->n_groups, spec->groups) < 0 ||
                          syscall(SYS_setresgid, spec->gid, spec->gid, spec->gid) < 0 ||
                          syscall(SYS_setresuid, spec->uid, spec->uid, spec->uid) < 0))
        child_fail(launch, "user and group");
    if (spec->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        child_fail(launch, "no_new_privs");
    /* After the change of user, which resets it. */
    if (spec->die_with_parent &&
        (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != launch->parent))
        child_fail(launch, "parent death signal");
}

/* Our parent says whether to go on. */
static void
child_wait(Launch *launch)
{
    pid_t pid = getpid();
    char go;
    ssize_t n;

    /* The child's copy, so that it sees the end when we die. */
    close(launch->say_go_fd);
    if (write(launch->told_fd, &pid, sizeof(pid)) != sizeof(pid))
        child_fail(launch, "the wait before its start");
    do {
        n = read(launch->go_fd, &go, 1);
    } while (n < 0 && errno == EINTR);
    if (n != 1 || go != 'y') {
        errno = ECANCELED;
        child_fail(launch, "the wait before its start");
    }
}

/* The child's whole life in this program. */
static void G_GNUC_NORETURN
child_main(Launch *launch)
{
    const ProcessSpec *spec = launch->spec;

    child_signals(launch);
    if (spec->new_session && setsid() < 0)
        child_fail(launch, "new session");
    if (spec->set_umask)
        umask((mode_t)spec->umask);
    if (spec->cwd || spec->new_session) {
        if (chdir(spec->cwd ? spec->cwd : "/") < 0)
            child_fail(launch, "working folder");
    }
    child_descriptors(launch);
    child_identity(launch);
    if (spec->settle)
        child_wait(launch);
    execve(launch->program, launch->argv, launch->env);
    child_fail(launch, "execve");
}

/* dup2() onto a number that another entry still needs would lose that entry: move all sources
 * above every number that the child wants. */
static bool
move_descriptors(const ProcessSpec *spec, Launch *launch, int *ret_null, GError **error)
{
    launch->max_child_fd = STDERR_FILENO;
    for (size_t i = 0; i < spec->n_fds; i++)
        launch->max_child_fd = MAX(launch->max_child_fd, spec->fds[i].child_fd);
    *ret_null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (*ret_null >= 0 && *ret_null <= launch->max_child_fd) {
        int moved = fcntl(*ret_null, F_DUPFD_CLOEXEC, launch->max_child_fd + 1);

        close(*ret_null);
        *ret_null = moved;
    }
    if (*ret_null < 0) {
        error_set_errno(error, errno, "failed to open /dev/null");
        return false;
    }
    launch->null_fd = *ret_null;
    launch->fds = g_new0(ProcessFd, spec->n_fds + 1);
    for (size_t i = 0; i < spec->n_fds; i++) {
        int moved = fcntl(spec->fds[i].fd, F_DUPFD_CLOEXEC, launch->max_child_fd + 1);

        if (moved < 0) {
            error_set_errno(error, errno, "failed to duplicate descriptor %d for '%s'",
                            spec->fds[i].fd, spec->argv[0]);
            return false;
        }
        launch->fds[launch->n_fds++] = (ProcessFd){ moved, spec->fds[i].child_fd };
    }
    return true;
}

static bool
launch_child(Launch *launch, Process *process, GError **error)
{
    sigset_t all, before, child_mask;
    volatile pid_t pid;
    int spawn_errno;

    sigfillset(&all);
    sigemptyset(&child_mask);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    launch->mask = &child_mask;
    launch->parent = getpid();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    pid = vfork();
#pragma GCC diagnostic pop
    if (pid == 0)
        child_main(launch);
    spawn_errno = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pid < 0) {
        error_set_errno(error, spawn_errno, "failed to start '%s'", launch->program);
        return false;
    }
    if (launch->failed) {
        waitpid(pid, NULL, 0);
        if (strcmp(launch->step, "execve") == 0)
            error_set_errno(error, launch->failed, "failed to execute '%s'", launch->program);
        else
            error_set_errno(error, launch->failed, "failed to set up %s for '%s'", launch->step,
                            launch->program);
        return false;
    }
    process->pid = pid;
    process->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (process->pidfd < 0) {
        error_set_errno(error, errno, "failed to get a pidfd for '%s'", launch->program);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        process->pid = 0;
        return false;
    }
    return true;
}

typedef struct Held {
    Launch *launch;
    Process *process;
    GError *error;
    int told_fd; /* the child's end; closed when the child is gone or runs its program */
    bool ok;
} Held;

static void *
launch_held(void *data)
{
    Held *held = data;

    held->ok = launch_child(held->launch, held->process, &held->error);
    close(held->told_fd);
    return NULL;
}

/* A thread of its own sleeps while the child is not yet another program; we talk to the child meanwhile. */
static bool
launch_settled(Launch *launch, Process *process, GError **error)
{
    const ProcessSpec *spec = launch->spec;
    int told[2], go[2];
    Held held = { .launch = launch, .process = process };
    GThread *thread;
    ssize_t n;
    pid_t pid;
    bool settled;

    g_assert(!spec->die_with_parent);
    if (pipe2(told, O_CLOEXEC) < 0) {
        error_set_errno(error, errno, "cannot make a pipe for '%s'", launch->program);
        return false;
    }
    if (pipe2(go, O_CLOEXEC) < 0) {
        error_set_errno(error, errno, "cannot make a pipe for '%s'", launch->program);
        close(told[0]);
        close(told[1]);
        return false;
    }
    /* Out of the way of what the child is given. */
    launch->told_fd = fcntl(told[1], F_DUPFD_CLOEXEC, launch->max_child_fd + 1);
    launch->go_fd = fcntl(go[0], F_DUPFD_CLOEXEC, launch->max_child_fd + 1);
    launch->say_go_fd = fcntl(go[1], F_DUPFD_CLOEXEC, launch->max_child_fd + 1);
    close(told[1]);
    close(go[0]);
    close(go[1]);
    held.told_fd = launch->told_fd;
    thread = g_thread_new("spawn", launch_held, &held);
    do {
        n = read(told[0], &pid, sizeof(pid));
    } while (n < 0 && errno == EINTR);
    settled = n == sizeof(pid) && spec->settle(spec->settle_data, pid, error);
    if (n == sizeof(pid) && write(launch->say_go_fd, settled ? "y" : "n", 1) != 1)
        kill(pid, SIGKILL);
    g_thread_join(thread);
    close(told[0]);
    close(launch->say_go_fd);
    close(launch->go_fd);
    if (n == sizeof(pid) && !settled) {
        g_clear_error(&held.error);
        return false;
    }
    if (!held.ok)
        g_propagate_error(error, held.error);
    return held.ok;
}

bool
process_spawn(const ProcessSpec *spec, Process *process, GError **error)
{
    const char *name = spec->path ? spec->path : spec->argv[0];
    g_autofree char *program = strchr(name, '/') ? g_strdup(name) : g_find_program_in_path(name);
    g_auto(GStrv) parent_env = spec->env ? NULL : g_get_environ();
    Launch launch = { .spec = spec,
                      .program = program,
                      .argv = (char *const *)spec->argv,
                      .env = spec->env ? (char *const *)spec->env : parent_env };
    autofd int null_fd = -1;
    bool ok;

    *process = (Process)PROCESS_INIT;
    if (!program) {
        error_set_errno(error, ENOENT, "cannot find program '%s' in PATH", name);
        return false;
    }
    ok = move_descriptors(spec, &launch, &null_fd, error) &&
         (spec->settle ? launch_settled(&launch, process, error) : launch_child(&launch, process, error));
    for (size_t i = 0; i < launch.n_fds; i++)
        close(launch.fds[i].fd);
    g_free(launch.fds);
    return ok;
}

/* Reap without blocking: 1 reaped, 0 still runs, -1 no child of ours (any more). */
static int
try_reap(pid_t pid, int *status)
{
    pid_t got;

    do {
        got = waitpid(pid, status, WNOHANG);
    } while (got < 0 && errno == EINTR);
    return got == pid ? 1 : got == 0 ? 0 : -1;
}

/* Milliseconds left until @until, for poll(); -1 for no deadline. */
static int
time_left(int64_t until)
{
    int64_t left;

    if (until < 0)
        return -1;
    left = until - g_get_monotonic_time();
    return left <= 0 ? 0 : (int)MIN((left + 999) / 1000, G_MAXINT);
}

static int64_t
deadline_at(int deadline_ms)
{
    return deadline_ms < 0 ? -1 : g_get_monotonic_time() + (int64_t)deadline_ms * 1000;
}

/* Only waits, without reaping. */
static bool
wait_exit(const Process *process, int deadline_ms)
{
    int64_t until = deadline_at(deadline_ms);
    struct pollfd pfd = { .fd = process->pidfd, .events = POLLIN };

    for (;;) {
        int got = poll(&pfd, 1, time_left(until));

        if (got > 0)
            return true;
        if (got == 0 || errno != EINTR)
            return false;
    }
}

bool
process_wait(Process *process, int deadline_ms, int *ret_status, GError **error)
{
    int status = -1;

    if (process->pid <= 0) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "there is no process to wait for");
        return false;
    }
    if (!wait_exit(process, deadline_ms)) {
        error_set(error, VIR_ERR_OPERATION_TIMEOUT, "process %d did not end within %d ms",
                  process->pid, deadline_ms);
        return false;
    }
    try_reap(process->pid, &status);
    process_release(process);
    if (ret_status)
        *ret_status = status;
    return true;
}

bool
process_signal(const Process *process, int signum, GError **error)
{
    if (process->pid <= 0 || process->pidfd < 0) {
        error_set_errno(error, ESRCH, "there is no process to signal");
        return false;
    }
    if (syscall(SYS_pidfd_send_signal, process->pidfd, signum, NULL, 0) < 0) {
        error_set_errno(error, errno, "failed to send signal %d to process %d", signum,
                        process->pid);
        return false;
    }
    return true;
}

bool
process_is_alive(const Process *process)
{
    return process->pid > 0 && !wait_exit(process, 0);
}

bool
process_stop(Process *process, int grace_ms, GError **error)
{
    if (process->pid <= 0)
        return true;
    if (!wait_exit(process, 0)) {
        if (!process_signal(process, SIGTERM, error))
            return false;
        if (!wait_exit(process, grace_ms)) {
            if (!process_signal(process, SIGKILL, error))
                return false;
            /* A process in uninterruptible sleep outlasts even this. */
            if (!wait_exit(process, MAX(grace_ms, 5000))) {
                error_set(error, VIR_ERR_OPERATION_TIMEOUT, "process %d refused to die",
                          process->pid);
                return false;
            }
        }
    }
    return process_wait(process, 0, NULL, error);
}

bool
process_adopt(pid_t pid, Process *process, GError **error)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);

    if (fd < 0) {
        error_set_errno(error, errno, "failed to get hold of process %d", pid);
        return false;
    }
    *process = (Process){ .pid = pid, .pidfd = fd };
    return true;
}

void
process_release(Process *process)
{
    fd_close(&process->pidfd);
    process->pid = 0;
}

void
process_clear(Process *process)
{
    if (process->pid > 0) {
        process_signal(process, SIGKILL, NULL);
        process_wait(process, 5000, NULL, NULL);
    }
    process_release(process);
}

char *
process_status_text(int status)
{
    if (WIFEXITED(status))
        return g_strdup_printf("exited with status %d", WEXITSTATUS(status));
    if (WIFSIGNALED(status))
        return g_strdup_printf("was killed by signal %d", WTERMSIG(status));
    return g_strdup("ended");
}

typedef struct Watch {
    pid_t pid;
    int fd;
    ProcessWatchFunc func;
    void *data;
    GDestroyNotify free_data;
} Watch;

static void
watch_free(void *data)
{
    Watch *watch = data;

    fd_close(&watch->fd);
    if (watch->free_data)
        watch->free_data(watch->data);
    g_free(watch);
}

static gboolean
watch_ready(int fd, GIOCondition condition, void *data)
{
    Watch *watch = data;
    int status = -1;

    if (try_reap(watch->pid, &status) != 1)
        status = -1;
    watch->func(watch->pid, status, watch->data);
    return G_SOURCE_REMOVE;
}

GSource *
process_watch(GMainContext *context, const Process *process, ProcessWatchFunc func, void *data,
              GDestroyNotify free_data)
{
    Watch *watch = g_new0(Watch, 1);
    GSource *source;

    watch->pid = process->pid;
    watch->fd = fcntl(process->pidfd, F_DUPFD_CLOEXEC, 0);
    watch->func = func;
    watch->data = data;
    watch->free_data = free_data;
    source = g_unix_fd_source_new(watch->fd, G_IO_IN);
    g_source_set_callback(source, (GSourceFunc)(void (*)(void))watch_ready, watch, watch_free);
    g_source_attach(source, context);
    return source;
}

void
process_result_clear(ProcessResult *result)
{
    g_clear_pointer(&result->out, g_free);
    g_clear_pointer(&result->err, g_free);
    result->out_len = 0;
}

/* The three pipes of a run: ours and the child's ends. */
typedef struct Pipes {
    int in[2], out[2], err[2];
} Pipes;

static void
pipes_clear(Pipes *pipes)
{
    for (int i = 0; i < 2; i++) {
        fd_close(&pipes->in[i]);
        fd_close(&pipes->out[i]);
        fd_close(&pipes->err[i]);
    }
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pipes, pipes_clear)

static bool
pipes_open(Pipes *pipes, GError **error)
{
    if (pipe2(pipes->in, O_CLOEXEC) < 0 || pipe2(pipes->out, O_CLOEXEC) < 0 ||
        pipe2(pipes->err, O_CLOEXEC) < 0) {
        error_set_errno(error, errno, "failed to make a pipe");
        return false;
    }
    fcntl(pipes->in[1], F_SETFL, O_NONBLOCK);
    fcntl(pipes->out[0], F_SETFL, O_NONBLOCK);
    fcntl(pipes->err[0], F_SETFL, O_NONBLOCK);
    return true;
}

/* Take what is there; closes @fd at its end.  Only the last @keep bytes stay if @keep is not 0. */
static void
drain(int *fd, GString *into, size_t keep)
{
    char chunk[16384];
    ssize_t got = read(*fd, chunk, sizeof(chunk));

    if (got > 0)
        g_string_append_len(into, chunk, got);
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        fd_close(fd);
    if (keep && into->len > keep)
        g_string_erase(into, 0, (gssize)(into->len - keep));
}

/* A library must neither die of SIGPIPE nor change how its program handles it. */
static ssize_t
write_quietly(int fd, const char *data, size_t len)
{
    static const struct timespec at_once = { 0 };
    sigset_t pipe_set, before, pending;
    ssize_t done;
    int saved;

    sigemptyset(&pipe_set);
    sigaddset(&pipe_set, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipe_set, &before);
    done = write(fd, data, len);
    saved = errno;
    if (done < 0 && saved == EPIPE && !sigismember(&pending, SIGPIPE))
        sigtimedwait(&pipe_set, NULL, &at_once);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = saved;
    return done;
}

static void
feed(int *fd, const char **input, size_t *len)
{
    ssize_t done = *len ? write_quietly(*fd, *input, *len) : 0;

    if (done > 0) {
        *input += done;
        *len -= (size_t)done;
    }
    if (*len == 0 || (done < 0 && errno != EAGAIN && errno != EINTR))
        fd_close(fd); /* a child that reads no more is its own affair */
}

static bool
pump(Pipes *pipes, const Process *process, const char *input, size_t len, size_t max_out,
     int64_t until, GString *out, GString *err, const char *name, GError **error)
{
    bool ended = false;

    while (pipes->out[0] >= 0 || pipes->err[0] >= 0 || !ended) {
        struct pollfd pfds[] = {
            { .fd = pipes->in[1], .events = POLLOUT },
            { .fd = pipes->out[0], .events = POLLIN },
            { .fd = pipes->err[0], .events = POLLIN },
            { .fd = ended ? -1 : process->pidfd, .events = POLLIN },
        };
        /* Once the child is gone, a grandchild that keeps the pipes open is not waited for. */
        int got = poll(pfds, G_N_ELEMENTS(pfds), ended ? 0 : time_left(until));

        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0 && ended)
            break;
        if (got <= 0) {
            error_set(error, VIR_ERR_OPERATION_TIMEOUT, "'%s' did not end in time", name);
            return false;
        }
        if (pfds[0].revents)
            feed(&pipes->in[1], &input, &len);
        if (pfds[1].revents)
            drain(&pipes->out[0], out, 0);
        if (pfds[2].revents)
            drain(&pipes->err[0], err, STDERR_KEEP);
        if (pfds[3].revents)
            ended = true;
        if (out->len > max_out) {
            error_set(error, VIR_ERR_OPERATION_FAILED,
                      "'%s' printed more than the %zu bytes allowed", name, max_out);
            return false;
        }
    }
    return true;
}

bool
process_run_full(const ProcessSpec *spec, const char *input, size_t input_len, size_t max_out,
                 int deadline_ms, ProcessResult *result, GError **error)
{
    int64_t until = deadline_at(deadline_ms);
    g_auto(Pipes) pipes = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
    g_auto(Process) process = PROCESS_INIT;
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GString) err = g_string_new(NULL);
    g_autofree ProcessFd *fds = g_new0(ProcessFd, spec->n_fds + 3);
    ProcessSpec mine = *spec;
    int status = 0;

    if (!pipes_open(&pipes, error))
        return false;
    if (spec->n_fds)
        memcpy(fds, spec->fds, spec->n_fds * sizeof(*fds));
    fds[mine.n_fds++] = (ProcessFd){ pipes.in[0], STDIN_FILENO };
    fds[mine.n_fds++] = (ProcessFd){ pipes.out[1], STDOUT_FILENO };
    fds[mine.n_fds++] = (ProcessFd){ pipes.err[1], STDERR_FILENO };
    mine.fds = fds;
    if (!process_spawn(&mine, &process, error))
        return false;
    fd_close(&pipes.in[0]);
    fd_close(&pipes.out[1]);
    fd_close(&pipes.err[1]);
    if (!input || !input_len)
        fd_close(&pipes.in[1]);
    if (!pump(&pipes, &process, input, input ? input_len : 0, max_out, until, out, err,
              spec->argv[0], error) ||
        !process_wait(&process, time_left(until), &status, error))
        return false;
    result->status = status;
    result->out_len = out->len;
    result->out = g_string_free(g_steal_pointer(&out), FALSE);
    result->err = g_string_free(g_steal_pointer(&err), FALSE);
    return true;
}

bool
process_run(const char *const *argv, const char *input, int deadline_ms, char **ret_out,
            char **ret_err, GError **error)
{
    ProcessSpec spec = { .argv = argv };
    g_auto(ProcessResult) result = { 0 };

    if (!process_run_full(&spec, input, input ? strlen(input) : 0, 64 * 1024 * 1024, deadline_ms,
                          &result, error))
        return false;
    if (result.status != 0) {
        g_autofree char *how = process_status_text(result.status);
        g_autofree char *line = text_quote_argv(argv);
        g_autofree char *said = text_squash(result.err, 1024);

        error_set(error, VIR_ERR_OPERATION_FAILED, "'%s' %s%s%s", line, how, *said ? ": " : "",
                  said);
        return false;
    }
    if (ret_out)
        *ret_out = g_steal_pointer(&result.out);
    if (ret_err)
        *ret_err = g_steal_pointer(&result.err);
    return true;
}
