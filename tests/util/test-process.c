/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-process.c - children: descriptors, identity, deadlines, capture. */
#define ERROR_FROM VIR_FROM_NONE
#include "util/process.h"

#include <fcntl.h>
#include <libvirt/virterror.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/error.h"
#include "util/fd.h"

static void
test_run(void)
{
    static const char *const cat[] = { "cat", NULL };
    static const char *const fail[] = { "sh", "-c", "echo oops >&2; exit 3", NULL };
    static const char *const gone[] = { "/no/such/program", NULL };
    static const char *const lost[] = { "no-such-program-anywhere", NULL };
    g_autoptr(GError) error = NULL;
    g_autofree char *out = NULL;

    g_assert_true(process_run(cat, "hello", 10000, &out, NULL, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(out, ==, "hello");
    g_assert_false(process_run(fail, NULL, 10000, NULL, NULL, &error));
    g_assert_cmpstr(error->message, ==,
                    "'sh -c 'echo oops >&2; exit 3'' exited with status 3: oops");
    g_clear_error(&error);
    g_assert_false(process_run(gone, NULL, 10000, NULL, NULL, &error));
    g_assert_cmpint(error_errno(error), ==, ENOENT);
    g_clear_error(&error);
    g_assert_false(process_run(lost, NULL, 10000, NULL, NULL, &error));
    g_assert_true(error_is(error, VIR_ERR_SYSTEM_ERROR));
}

static void
test_limits(void)
{
    static const char *const endless[] = { "yes", NULL };
    static const char *const silent[] = { "sleep", "60", NULL };
    g_autoptr(GError) error = NULL;
    g_auto(ProcessResult) result = { 0 };
    ProcessSpec spec = { .argv = endless };
    int64_t before = g_get_monotonic_time();

    g_assert_false(process_run_full(&spec, NULL, 0, 100000, 20000, &result, &error));
    g_assert_true(error_is(error, VIR_ERR_OPERATION_FAILED));
    g_clear_error(&error);
    g_assert_false(process_run(silent, NULL, 50, NULL, NULL, &error));
    g_assert_true(error_is(error, VIR_ERR_OPERATION_TIMEOUT));
    g_assert_cmpint(g_get_monotonic_time() - before, <, 30 * G_USEC_PER_SEC);
}

/* Descriptors land where they are wanted, also when numbers cross, and no other is passed on. */
static void
test_descriptors(void)
{
    static const char *const argv[] = {
        "sh", "-c", "cat <&6; cat <&5; test -e /proc/self/fd/9 && echo leak; true", NULL
    };
    autofd int a = open("/dev/null", O_RDWR), b = -1;
    int pipes[2][2];
    ProcessFd fds[2];
    g_autoptr(GError) error = NULL;
    g_auto(ProcessResult) result = { 0 };
    ProcessSpec spec = { .argv = argv, .fds = fds, .n_fds = 2 };

    b = dup2(a, 9); /* inheritable, as a careless library would leave it */
    for (int i = 0; i < 2; i++) {
        g_assert_cmpint(pipe2(pipes[i], O_CLOEXEC), ==, 0);
        g_assert_cmpint(write(pipes[i][1], i ? "two" : "one", 3), ==, 3);
        close(pipes[i][1]);
    }
    fds[0] = (ProcessFd){ pipes[0][0], 6 };
    fds[1] = (ProcessFd){ pipes[1][0], 5 };
    g_assert_true(process_run_full(&spec, NULL, 0, 1000, 20000, &result, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(result.out, ==, "onetwo");
    close(pipes[0][0]);
    close(pipes[1][0]);
}

static void
test_surroundings(void)
{
    static const char *const argv[] = { "/bin/sh", "-c", "pwd; umask; ulimit -n; echo $WORD",
                                        NULL };
    static const char *const env[] = { "WORD=word", NULL };
    ProcessLimit limit = { RLIMIT_NOFILE, { 77, 77 } };
    ProcessSpec spec = { .argv = argv,
                         .env = env,
                         .cwd = "/usr",
                         .set_umask = true,
                         .umask = 027,
                         .limits = &limit,
                         .n_limits = 1,
                         .new_session = true };
    g_autoptr(GError) error = NULL;
    g_auto(ProcessResult) result = { 0 };

    g_assert_true(process_run_full(&spec, NULL, 0, 1000, 20000, &result, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(result.out, ==, "/usr\n0027\n77\nword\n");
}

static void
test_identity(void)
{
    static const char *const argv[] = { "sh", "-c", "id -u; id -g; id -G", NULL };
    gid_t groups[] = { 65533 };
    ProcessSpec spec = {
        .argv = argv, .set_ids = true, .uid = 65534, .gid = 65532, .groups = groups, .n_groups = 1
    };
    g_auto(ProcessResult) result = { 0 };
    g_autoptr(GError) error = NULL;

    if (geteuid() != 0) {
        g_test_skip("needs root to become another user");
        return;
    }
    g_assert_true(process_run_full(&spec, NULL, 0, 1000, 20000, &result, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(result.out, ==, "65534\n65532\n65532 65533\n");
}

typedef struct Seen {
    GMainLoop *loop;
    pid_t pid;
    int status;
} Seen;

static void
on_exit_seen(pid_t pid, int status, void *data)
{
    Seen *seen = data;

    seen->pid = pid;
    seen->status = status;
    g_main_loop_quit(seen->loop);
}

static void
test_watch(void)
{
    static const char *const argv[] = { "sh", "-c", "exit 7", NULL };
    static const char *const sleeper[] = { "sleep", "60", NULL };
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(GMainLoop) loop = g_main_loop_new(context, FALSE);
    Seen seen = { .loop = loop };
    g_auto(Process) process = PROCESS_INIT;
    g_auto(Process) other = PROCESS_INIT;
    ProcessSpec spec = { .argv = argv };
    g_autoptr(GError) error = NULL;
    GSource *source;
    pid_t pid;

    g_assert_true(process_spawn(&spec, &process, &error));
    pid = process.pid;
    source = process_watch(context, &process, on_exit_seen, &seen, NULL);
    process_release(&process);
    g_main_loop_run(loop);
    g_source_unref(source);
    g_assert_cmpint(seen.pid, ==, pid);
    g_assert_true(WIFEXITED(seen.status) && WEXITSTATUS(seen.status) == 7);

    spec.argv = sleeper;
    g_assert_true(process_spawn(&spec, &other, &error));
    g_assert_true(process_is_alive(&other));
    g_assert_false(process_wait(&other, 20, NULL, &error));
    g_assert_true(error_is(error, VIR_ERR_OPERATION_TIMEOUT));
    g_clear_error(&error);
    g_assert_true(process_stop(&other, 10000, &error));
    g_assert_no_error(error);
    g_assert_cmpint(other.pid, ==, 0);
}

typedef struct Settled {
    pid_t pid;
    bool begun, refuse;
    char *folder;
} Settled;

static bool
settle(void *data, pid_t pid, GError **error)
{
    Settled *settled = data;
    g_autofree char *mark = g_build_filename(settled->folder, "begun", NULL);
    g_autofree char *link = g_strdup_printf("/proc/%d/cwd", (int)pid);
    g_autofree char *cwd = g_file_read_link(link, NULL);

    settled->pid = pid;
    settled->begun = g_file_test(mark, G_FILE_TEST_EXISTS);
    g_assert_cmpstr(cwd, ==, settled->folder); /* all set up but for the program */
    if (settled->refuse)
        error_set(error, VIR_ERR_OPERATION_DENIED, "not this one");
    return !settled->refuse;
}

/* What is done to a process before it begins its program, and may keep it from that. */
static void
test_settle(void)
{
    static const char *const argv[] = { "touch", "begun", NULL };
    static const char *const nothing[] = { "/no/such/program", NULL };
    g_autofree char *folder = g_dir_make_tmp("settle-XXXXXX", NULL);
    g_autofree char *mark = g_build_filename(folder, "begun", NULL);
    Settled settled = { .folder = folder, .refuse = true };
    ProcessSpec spec = { .argv = argv, .cwd = folder, .settle = settle, .settle_data = &settled };
    g_auto(Process) process = PROCESS_INIT;
    g_autoptr(GError) error = NULL;
    int status;

    g_assert_false(process_spawn(&spec, &process, &error));
    g_assert_true(error_is(error, VIR_ERR_OPERATION_DENIED));
    g_assert_cmpint(process.pid, ==, 0);
    g_assert_false(g_file_test(mark, G_FILE_TEST_EXISTS));
    g_clear_error(&error);

    settled.refuse = false;
    g_assert_true(process_spawn(&spec, &process, &error));
    g_assert_no_error(error);
    g_assert_false(settled.begun);
    g_assert_cmpint(settled.pid, ==, process.pid);
    g_assert_true(process_wait(&process, 20000, &status, &error));
    g_assert_cmpint(status, ==, 0);
    g_assert_true(g_file_test(mark, G_FILE_TEST_EXISTS));
    unlink(mark);

    spec.argv = nothing;
    g_assert_false(process_spawn(&spec, &process, &error));
    g_assert_cmpint(error_errno(error), ==, ENOENT);
    rmdir(folder);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/process/run", test_run);
    g_test_add_func("/process/limits", test_limits);
    g_test_add_func("/process/descriptors", test_descriptors);
    g_test_add_func("/process/surroundings", test_surroundings);
    g_test_add_func("/process/identity", test_identity);
    g_test_add_func("/process/watch", test_watch);
    g_test_add_func("/process/settle", test_settle);
    return g_test_run();
}
