/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-log.c - filters, outputs and the line format. */
#include "util/log.h"

#include <glib/gstdio.h>
#include <libvirt/virterror.h>
#include <string.h>
#include <unistd.h>

#include "util/error.h"

LOG_SOURCE("test.log");

/* What a log file holds after @func has run with these settings. */
static char *
logged(unsigned level, const char *filters, unsigned output_level, void (*func)(void))
{
    g_autofree char *path = g_strdup_printf("%s/test-log-%d", g_get_tmp_dir(), getpid());
    g_autofree char *outputs = g_strdup_printf("%u:file:%s", output_level, path);
    char *text = NULL;

    g_unlink(path);
    g_assert_true(log_set_level(level, NULL));
    g_assert_true(log_set_filters(filters, NULL));
    g_assert_true(log_set_outputs(outputs, NULL));
    func();
    g_assert_true(log_set_outputs("4:stderr", NULL));
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_unlink(path);
    return text;
}

static void
say(void)
{
    g_autoptr(GError) error = NULL;

    log_debug("quiet %d", 1);
    log_warning("loud %s", "words");
    error_set_full(&error, VIR_FROM_NONE, VIR_ERR_OPERATION_INVALID, "not now");
    log_gerror(error);
    log_gerror(error, "starting '%s'", "x");
}

static void
test_levels(void)
{
    g_autofree char *text = logged(3, "", 1, say);
    g_autofree char *all = logged(3, "1:test", 1, say);
    g_autofree char *other = logged(3, "4:nothing 1:*.log", 1, say);
    g_autofree char *few = logged(1, "", 4, say);

    g_assert_null(strstr(text, "quiet"));
    g_assert_nonnull(strstr(text, ": warning : say:"));
    g_assert_nonnull(strstr(text, " : loud words\n"));
    g_assert_nonnull(strstr(text, ": error : say:"));
    g_assert_nonnull(strstr(text, " : Requested operation is not valid: not now\n"));
    g_assert_nonnull(strstr(text, " : starting 'x': Requested operation is not valid: not now\n"));
    g_assert_nonnull(strstr(text, ": info : libvirt version: 11.3.0\n"));
    g_assert_true(g_regex_match_simple(
        "^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3}\\+0000: \\d+: ", text, 0, 0));
    g_assert_nonnull(strstr(all, ": debug : say:"));
    g_assert_nonnull(strstr(other, "quiet 1"));
    g_assert_null(strstr(few, "loud"));
    g_assert_nonnull(strstr(few, "not now"));
}

static void
test_settings(void)
{
    static const char *const bad_filters[] = { "qemu", "5:qemu", "0:qemu", "1:", "1qemu", NULL };
    static const char *const bad_outputs[] = {
        "1:nowhere",  "1:file",   "1:file:relative",          "9:stderr",
        "1:stderr:x", "1:syslog", "1:file:/no/such/folder/x", NULL
    };
    g_autofree char *filters = NULL;
    g_autofree char *outputs = NULL;

    g_assert_true(log_set_filters("1:qemu  3:rpc.*", NULL));
    for (int i = 0; bad_filters[i]; i++) {
        g_autoptr(GError) error = NULL;

        g_assert_false(log_set_filters(bad_filters[i], &error));
        g_assert_nonnull(error);
    }
    filters = log_get_filters();
    g_assert_cmpstr(filters, ==, "1:qemu 3:rpc.*"); /* a failed change changes nothing */
    g_assert_true(log_set_outputs("3:stderr 1:syslog:me", NULL));
    for (int i = 0; bad_outputs[i]; i++) {
        g_autoptr(GError) error = NULL;

        g_assert_false(log_set_outputs(bad_outputs[i], &error));
        g_assert_nonnull(error);
    }
    outputs = log_get_outputs();
    g_assert_cmpstr(outputs, ==, "3:stderr 1:syslog:me");
    g_assert_false(log_set_level(5, NULL));
    log_set_outputs("4:stderr", NULL);
}

static void *
chatter(void *data)
{
    for (int i = 0; i < 200; i++)
        log_debug("from a thread %d", i);
    return NULL;
}

static void
many(void)
{
    GThread *threads[4];

    for (int i = 0; i < 4; i++)
        threads[i] = g_thread_new("chatter", chatter, NULL);
    for (int i = 0; i < 50; i++)
        g_assert_true(log_set_filters(i % 2 ? "1:test" : "", NULL));
    for (int i = 0; i < 4; i++)
        g_thread_join(threads[i]);
}

static void
test_threads(void)
{
    g_autofree char *text = logged(1, "", 1, many);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    unsigned n = 0;

    for (char **line = lines; *line; line++)
        n += strstr(*line, " : from a thread ") != NULL;
    g_assert_cmpuint(n, ==, 800); /* whole lines, none lost */
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/log/levels", test_levels);
    g_test_add_func("/log/settings", test_settings);
    g_test_add_func("/log/threads", test_threads);
    return g_test_run();
}
