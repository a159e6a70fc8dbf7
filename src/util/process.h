/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* process.h - child processes: spawn, wait with a deadline, watch
 *
 * A child is made with vfork: nothing of a big daemon's memory is copied or marked, and all that
 * the child does before exec is a list of system calls prepared by the parent.  It is held by a
 * pidfd, so a reused pid is never signalled.  An owned Process kills and reaps its child at the
 * end of its scope; process_release() lets it live on.
 */
#pragma once

#include <glib.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

typedef struct Process {
    pid_t pid;  /* 0: none */
    int pidfd;  /* -1: none */
} Process;

#define PROCESS_INIT { .pid = 0, .pidfd = -1 }

/* A descriptor of ours and the number it gets in the child. */
typedef struct ProcessFd {
    int fd, child_fd;
} ProcessFd;

typedef struct ProcessLimit {
    int resource; /* RLIMIT_* */
    struct rlimit limit;
} ProcessLimit;

/* Zeroed means: as the parent, standard streams from and to /dev/null, no other descriptor. */
typedef struct ProcessSpec {
    const char *const *argv; /* argv[0] with '/' is the program; else PATH is searched */
    const char *path;        /* the program, if not argv[0] */
    const char *const *env;  /* NULL: the parent's */
    const char *cwd;         /* NULL: "/" if new_session, else the parent's */
    const ProcessFd *fds;    /* standard streams too, where wanted; child numbers are unique */
    size_t n_fds;
    const ProcessLimit *limits;
    size_t n_limits;
    const gid_t *groups;     /* supplementary groups, with set_ids */
    size_t n_groups;
    bool set_ids;
    uid_t uid;
    gid_t gid;
    const cpu_set_t *affinity;
    int umask;               /* with set_umask */
    bool set_umask;
    bool new_session;        /* setsid: survives the parent's terminal and process group */
    bool die_with_parent;
    bool no_new_privs;
    int netns_fd;            /* > 0: network namespace to enter */
    const char *exec_label;  /* written to /proc/thread-self/attr/exec (SELinux, AppArmor) */
    /* Called while the new process @pid is all set up but has not begun its program: for what must be done to it
     * before it does anything.  When this fails the process ends.  Not together with die_with_parent. */
    bool (*settle)(void *data, pid_t pid, GError **error);
    void *settle_data;
} ProcessSpec;

bool process_spawn(const ProcessSpec *spec, Process *process, GError **error);

/* True with *ret_status (as waitpid's) once it has ended and is reaped; @deadline_ms from now, negative for
 * none.  VIR_ERR_OPERATION_TIMEOUT otherwise. */
bool process_wait(Process *process, int deadline_ms, int *ret_status, GError **error);
bool process_signal(const Process *process, int signum, GError **error);
bool process_is_alive(const Process *process);
/* SIGTERM, then SIGKILL after @grace_ms; reaps a child of ours. */
bool process_stop(Process *process, int grace_ms, GError **error);
/* Adopt a process that is running already and may be no child of ours (from a pid file). */
bool process_adopt(pid_t pid, Process *process, GError **error);
/* Forget it without killing; the pidfd is closed.  A child still has to be reaped by someone. */
void process_release(Process *process);
/* Kill, reap, forget. */
void process_clear(Process *process);

/* "exited with status 3", "was killed by signal 9". */
char *process_status_text(int status);

/* Called on the loop of @context when it has ended; @status is -1 for a process that is no child of ours.
 * The source owns nothing of @process, but takes a duplicate of its pidfd, and reaps the child. */
typedef void (*ProcessWatchFunc)(pid_t pid, int status, void *data);
GSource *process_watch(GMainContext *context, const Process *process, ProcessWatchFunc func,
                       void *data, GDestroyNotify free_data);

/* Run to the end with bounded capture. */
typedef struct ProcessResult {
    int status;
    char *out;    /* NUL-terminated; NULL if @capture was false */
    size_t out_len;
    char *err;    /* the last 64 KiB */
} ProcessResult;
void process_result_clear(ProcessResult *result);

/* @input may be NULL.  False only if it could not be run to its end: not started, deadline, more than
 * @max_out bytes of output.  The exit status is the caller's to judge. */
bool process_run_full(const ProcessSpec *spec, const char *input, size_t input_len, size_t max_out,
                      int deadline_ms, ProcessResult *result, GError **error);
/* The usual case: exit status other than 0 is an error that quotes stderr.  @ret_out and @ret_err may be NULL. */
bool process_run(const char *const *argv, const char *input, int deadline_ms, char **ret_out,
                 char **ret_err, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Process, process_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ProcessResult, process_result_clear)
