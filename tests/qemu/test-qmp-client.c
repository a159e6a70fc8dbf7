/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-qmp-client.c - the QMP client against a peer that follows a script
 *
 * The peer is a thread at the other end of a socketpair.  It greets, answers by the rule of the
 * test, and misbehaves where the test says so.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/qmp/qmp.h"

#include <string.h>
#include <sys/socket.h>

#include "util/error.h"
#include "util/fd.h"
#include "util/lock.h"

typedef struct Fixture {
    GMainContext *context;
    GMainLoop *loop;
    GThread *loop_thread, *peer_thread;
    int peer;
    const char *(*answer)(const char *line); /* NULL: say nothing */
    const char *greeting;
    QmpClient *client;
    Lock lock;
    Cond changed;
    GPtrArray *events;
    char *closed;
} Fixture;

#define GREETING "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n"

static void
on_event(void *data, const char *name, json_object *event_data, int64_t seconds, int64_t micros)
{
    Fixture *f = data;
    g_auto(LockHold) hold = lock_hold(&f->lock);

    g_ptr_array_add(f->events, g_strdup_printf("%s %s %" G_GINT64_FORMAT, name,
                                               event_data ? json_object_to_json_string(event_data) : "-", seconds));
    cond_broadcast(&f->changed);
}

static void
on_closed(void *data, const GError *reason)
{
    Fixture *f = data;
    g_auto(LockHold) hold = lock_hold(&f->lock);

    g_assert_null(f->closed);
    f->closed = g_strdup(reason->message);
    cond_broadcast(&f->changed);
}

static const QmpClientHooks hooks = { on_event, on_closed };

static void *
run_loop(void *data)
{
    Fixture *f = data;

    g_main_context_push_thread_default(f->context);
    g_main_loop_run(f->loop);
    g_main_context_pop_thread_default(f->context);
    return NULL;
}

static void
say(int fd, const char *text)
{
    size_t len = strlen(text);

    while (len) {
        ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

        if (n <= 0)
            return;
        text += n;
        len -= n;
    }
}

/* Every request is answered by f->answer, in which @ stands for the id. */
static void *
run_peer(void *data)
{
    Fixture *f = data;
    g_autoptr(GString) in = g_string_new(NULL);
    char buffer[4096], *end;
    ssize_t n;

    say(f->peer, f->greeting);
    while ((n = recv(f->peer, buffer, sizeof(buffer), 0)) > 0) {
        g_string_append_len(in, buffer, n);
        while ((end = strchr(in->str, '\n'))) {
            g_autofree char *line = g_strndup(in->str, end - in->str);
            const char *id = g_strrstr(line, "\"id\":"), *reply;

            g_string_erase(in, 0, end + 1 - in->str);
            reply = strstr(line, "qmp_capabilities") ? "{\"return\": {}, \"id\": @}\r\n" : f->answer(line);
            if (reply) {
                g_auto(GStrv) parts = g_strsplit(reply, "@", 2);
                g_autofree char *digits = g_strndup(id + 5, strspn(id + 5, "0123456789"));
                g_autofree char *text = g_strjoinv(digits, parts);

                say(f->peer, text);
            }
        }
    }
    return NULL;
}

static void
setup(Fixture *f, const char *greeting, const char *(*answer)(const char *))
{
    int fds[2];

    *f = (Fixture){ .greeting = greeting, .answer = answer };
    lock_init(&f->lock);
    cond_init(&f->changed);
    f->events = g_ptr_array_new_with_free_func(g_free);
    f->context = g_main_context_new();
    f->loop = g_main_loop_new(f->context, FALSE);
    f->loop_thread = g_thread_new("loop", run_loop, f);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    f->peer = fds[1];
    f->client = qmp_client_new(f->context, fds[0], "demo", &hooks, f, NULL);
    f->peer_thread = g_thread_new("peer", run_peer, f);
}

static void
teardown(Fixture *f)
{
    qmp_client_close(f->client);
    shutdown(f->peer, SHUT_RDWR);
    g_thread_join(f->peer_thread);
    g_main_loop_quit(f->loop);
    g_thread_join(f->loop_thread);
    close(f->peer);
    qmp_client_unref(f->client);
    g_ptr_array_unref(f->events);
    g_free(f->closed);
    g_main_loop_unref(f->loop);
    g_main_context_unref(f->context);
}

static void
handshake(Fixture *f)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(qmp_client_handshake(f->client, 5000, &error));
    g_assert_no_error(error);
}

/* The error names a code and contains a text. */
static void
assert_error(GError *error, int code, const char *text)
{
    g_assert_nonnull(error);
    g_assert_cmpint(error_code(error), ==, code);
    if (!strstr(error->message, text))
        g_error("message '%s' lacks '%s'", error->message, text);
}

static const char *
answer_good(const char *line)
{
    if (strstr(line, "query-status"))
        return "{\"return\": {\"status\": \"paused\", \"running\": false}, \"id\": @}\r\n";
    if (strstr(line, "bogus"))
        return "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"no such\"}, \"id\": @}\r\n";
    if (strstr(line, "device_del"))
        return "{\"error\": {\"class\": \"DeviceNotFound\", \"desc\": \"gone\"}, \"id\": @}\r\n";
    return "{\"event\": \"RESUME\", \"timestamp\": {\"seconds\": 7, \"microseconds\": 8}}\r\n"
           "{\"event\": \"RTC_CHANGE\", \"data\": {\"offset\": 3}, \"timestamp\": {\"seconds\": 9}}\r\n"
           "{\"return\": {}, \"id\": @}\r\n";
}

static void
test_good(void)
{
    Fixture f;
    g_autoptr(GError) error = NULL;
    g_autofree char *status = NULL;
    bool running = true;

    setup(&f, GREETING, answer_good);
    handshake(&f);
    status = qmp_query_status(f.client, &running, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(status, ==, "paused");
    g_assert_false(running);
    g_assert_true(qmp_cont(f.client, &error));
    g_assert_cmpuint(f.events->len, ==, 2);
    g_assert_cmpstr(f.events->pdata[0], ==, "RESUME - 7");
    g_assert_cmpstr(f.events->pdata[1], ==, "RTC_CHANGE { \"offset\": 3 } 9");
    g_assert_null(qmp_client_call(f.client, "bogus", NULL, 5000, &error));
    assert_error(error, VIR_ERR_OPERATION_UNSUPPORTED, "'bogus': no such");
    g_clear_error(&error);
    g_assert_false(qmp_device_del(f.client, "x", &error));
    assert_error(error, VIR_ERR_DEVICE_MISSING, "gone");
    g_assert_null(f.closed);
    teardown(&f);
}

static void *
many_calls(void *data)
{
    QmpClient *c = data;

    for (int i = 0; i < 200; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *status = qmp_query_status(c, NULL, &error);

        g_assert_no_error(error);
        g_assert_cmpstr(status, ==, "paused");
    }
    return NULL;
}

static void
test_threads(void)
{
    Fixture f;
    GThread *threads[4];

    setup(&f, GREETING, answer_good);
    handshake(&f);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("caller", many_calls, f.client);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
    teardown(&f);
}

static const char *
answer_never(const char *line)
{
    return NULL;
}

static void
test_hung(void)
{
    Fixture f;
    g_autoptr(GError) error = NULL;
    int64_t start;

    setup(&f, GREETING, answer_never);
    handshake(&f);
    start = g_get_monotonic_time();
    g_assert_null(qmp_client_call(f.client, "stop", NULL, 50, &error));
    assert_error(error, VIR_ERR_OPERATION_TIMEOUT, "did not answer 'stop'");
    g_clear_error(&error);
    /* The next caller does not wait again. */
    g_assert_null(qmp_client_call(f.client, "cont", NULL, 60000, &error));
    assert_error(error, VIR_ERR_OPERATION_TIMEOUT, "stuck: no answer to 'stop'");
    g_assert_cmpint(g_get_monotonic_time() - start, <, 5000000);
    teardown(&f);
}

static void
test_late(void)
{
    Fixture f;
    g_autoptr(GError) error = NULL;
    g_autoptr(Json) reply = NULL;

    setup(&f, GREETING, answer_never);
    handshake(&f);
    g_assert_null(qmp_client_call(f.client, "stop", NULL, 20, &error));
    g_clear_error(&error);
    say(f.peer, "{\"return\": {}, \"id\": 2}\r\n");
    /* Until the main loop has read that, calls are refused; then they work again. */
    while (!reply) {
        g_clear_error(&error);
        f.answer = answer_good;
        reply = qmp_client_call(f.client, "query-status", NULL, 5000, &error);
        if (!reply)
            assert_error(error, VIR_ERR_OPERATION_TIMEOUT, "stuck");
    }
    teardown(&f);
}

static void
test_no_greeting(void)
{
    Fixture f;
    g_autoptr(GError) error = NULL;

    setup(&f, "", answer_never);
    g_assert_false(qmp_client_handshake(f.client, 30, &error));
    assert_error(error, VIR_ERR_OPERATION_TIMEOUT, "did not greet");
    teardown(&f);
}

static const char *hostile;

static const char *
answer_hostile(const char *line)
{
    return hostile;
}

/* Each ends the connection with a reason that callers and the hook are told. */
static void
test_hostile(const void *data)
{
    const char *const *row = data;
    Fixture f;
    g_autoptr(GError) error = NULL;

    hostile = row[0];
    setup(&f, GREETING, answer_hostile);
    handshake(&f);
    g_assert_null(qmp_client_call(f.client, "stop", NULL, 10000, &error));
    assert_error(error, VIR_ERR_INTERNAL_ERROR, row[1]);
    lock_acquire(&f.lock);
    while (!f.closed)
        cond_wait(&f.changed, &f.lock);
    lock_release(&f.lock);
    g_assert_nonnull(strstr(f.closed, row[1]));
    g_clear_error(&error);
    g_assert_null(qmp_client_call(f.client, "cont", NULL, 10000, &error));
    assert_error(error, VIR_ERR_INTERNAL_ERROR, row[1]);
    teardown(&f);
}

static void
test_huge(void)
{
    g_autofree char *text = g_malloc(QMP_CLIENT_LINE_MAX + 100);
    const char *row[] = { text, "more than" };

    memset(text, 'x', QMP_CLIENT_LINE_MAX + 99);
    text[QMP_CLIENT_LINE_MAX + 99] = '\0';
    test_hostile(row);
}

static void
test_eof(void)
{
    Fixture f;
    g_autoptr(GError) error = NULL;

    setup(&f, GREETING, answer_never);
    handshake(&f);
    shutdown(f.peer, SHUT_RDWR);
    g_assert_null(qmp_client_call(f.client, "stop", NULL, 10000, &error));
    assert_error(error, VIR_ERR_OPERATION_FAILED, "closed its monitor");
    teardown(&f);
}

int
main(int argc, char **argv)
{
    static const char *const bad[][3] = {
        { "hello world\r\n", "not QMP: hello", "garbage" },
        { "{\"return\": {}, \"id\": 4711}\r\n", "not asked", "wrong-id" },
        { "{\"return\": {}, \"id\": \"2\"}\r\n", "not asked", "id-type" },
        { "{\"return\": {}} {\"id\": @}\r\n", "not QMP", "two-values" },
        { "[1, 2]\r\n", "not QMP", "array" },
        { "{\"what\": 1}\r\n", "no known kind", "unknown-kind" },
        { "{\"return\": \"\xff\xfe\", \"id\": @}\r\n", "not QMP", "not-utf8" },
        { "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\r\n", "not QMP", "deep" },
    };

    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/qmp/good", test_good);
    g_test_add_func("/qmp/threads", test_threads);
    g_test_add_func("/qmp/hung", test_hung);
    g_test_add_func("/qmp/late", test_late);
    g_test_add_func("/qmp/no-greeting", test_no_greeting);
    g_test_add_func("/qmp/eof", test_eof);
    g_test_add_func("/qmp/huge", test_huge);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *path = g_strdup_printf("/qmp/hostile/%s", bad[i][2]);

        g_test_add_data_func(path, bad[i], test_hostile);
    }
    return g_test_run();
}
