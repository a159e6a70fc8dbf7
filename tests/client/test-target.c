/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-target.c - where URIs lead, as a table, with sockets and configuration of our own. */
#include <glib/gstdio.h>
#include <string.h>

#include "rpc/client/dial.h"
#include "rpc/client/target.h"
#include "rpc/client/uri.h"
#include "util/error.h"

static char *dir, *run_dir;

static void
make_socket_file(const char *name)
{
    g_autofree char *path = g_build_filename(run_dir, name, NULL);

    g_assert_true(g_file_set_contents(path, "", 0, NULL));
}

static void
remove_socket_file(const char *name)
{
    g_autofree char *path = g_build_filename(run_dir, name, NULL);

    g_assert_cmpint(g_unlink(path), ==, 0);
}

/* RUN in what is expected stands for the folder of sockets. */
static void
check(const char *uri, unsigned flags, const char *expected)
{
    GError *error = NULL;
    g_autoptr(Target) target = target_resolve(uri, flags, &error);
    g_autofree char *got = NULL;
    g_autoptr(GString) wanted = g_string_new(expected);

    g_assert_no_error(error);
    got = target_describe(target);
    g_string_replace(wanted, "RUN", run_dir, 0);
    g_assert_cmpstr(got, ==, wanted->str);
}

static void
test_table(void)
{
    static const struct {
        const char *uri;
        unsigned flags;
        const char *expected;
    } cases[] = {
        { "test:///default", 0, "local test:///default" },
        { "test+unix:///default?socket=/x", 0, "unix legacy /x as 'test:///default'" },
        { "test://host/default", 0, "tls legacy host as 'test:///default'" },
        { "qemu:///system", 0, "unix direct RUN/virtqemud-sock as 'qemu:///system'" },
        { "qemu:///system", TARGET_READONLY,
          "unix direct RUN/virtqemud-sock-ro ro as 'qemu:///system'" },
        { "qemu+unix:///system?mode=legacy", 0,
          "unix legacy RUN/libvirt-sock as 'qemu:///system'" },
        { "xen", 0, "unix direct RUN/virtxend-sock as 'xen:///system'" },
        { "network:///system", 0, "unix direct RUN/virtnetworkd-sock as 'network:///system'" },
        { "nodedev:///system?mode=direct", 0,
          "unix direct RUN/virtnodedevd-sock as 'nodedev:///system'" },
        { "remote:///", 0, "unix legacy RUN/libvirt-sock as ''" },
        { "qemu+ssh://me@host:22/system", 0,
          "ssh legacy me@host:22 RUN/libvirt-sock as 'qemu:///system'" },
        { "qemu+ssh://host/system?mode=direct&proxy=netcat", 0,
          "ssh direct host RUN/virtqemud-sock proxy=netcat as 'qemu:///system'" },
        { "qemu+libssh2://host/system?proxy=native", TARGET_READONLY,
          "libssh2 legacy host RUN/libvirt-sock-ro ro proxy=native as 'qemu:///system'" },
        { "qemu://host/system?no_verify=1&pkipath=/p&other=2", 0,
          "tls legacy host as 'qemu:///system?other=2'" },
        { "qemu+tcp://[::1]:9/system", 0, "tcp legacy ::1:9 as 'qemu:///system'" },
        { "qemu+ext:///system?command=/bin/c&name=lxc:///", 0, "ext legacy as 'lxc:///'" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        check(cases[i].uri, cases[i].flags, cases[i].expected);
}

static void
test_auto_mode(void)
{
    make_socket_file("libvirt-sock");
    check("qemu:///system", 0, "unix legacy RUN/libvirt-sock as 'qemu:///system'");
    make_socket_file("virtqemud-sock");
    check("qemu:///system", 0, "unix direct RUN/virtqemud-sock as 'qemu:///system'");
    check("lxc:///system", 0, "unix legacy RUN/libvirt-sock as 'lxc:///system'");
    remove_socket_file("virtqemud-sock");
    remove_socket_file("libvirt-sock");
}

static void
test_default(void)
{
    g_autofree char *conf = g_build_filename(dir, "libvirt.conf", NULL);

    check(NULL, 0, "unix legacy RUN/libvirt-sock as ''");
    make_socket_file("virtlxcd-sock");
    check("", 0, "unix direct RUN/virtlxcd-sock as 'lxc:///system'");
    remove_socket_file("virtlxcd-sock");
    g_assert_true(g_file_set_contents(
        conf,
        "uri_default = \"qemu:///system\"\n"
        "uri_aliases = [ \"far=qemu+tcp://far/system\", \"near=qemu:///system\" ]\n",
        -1, NULL));
    check(NULL, 0, "unix direct RUN/virtqemud-sock as 'qemu:///system'");
    g_setenv("LIBVIRT_DEFAULT_URI", "far", true);
    check(NULL, 0, "tcp legacy far as 'qemu:///system'");
    g_unsetenv("LIBVIRT_DEFAULT_URI");
    check("near", 0, "unix direct RUN/virtqemud-sock as 'qemu:///system'");
    g_unlink(conf);
}

static void
test_session(void)
{
    g_autoptr(Target) target = NULL;
    g_autofree char *socket = g_build_filename(dir, "xdg", "libvirt", "virtqemud-sock", NULL);

    check("qemu:///session?mode=direct", 0,
          "unix direct RUN/virtqemud-sock as 'qemu:///session'"); /* root has none of its own */
    target_as_root = 0;
    target = target_resolve("qemu:///session?mode=direct", TARGET_READONLY, NULL);
    g_assert_cmpstr(target->socket, ==, socket); /* never the read-only one */
    g_assert_cmpstr(target->daemon, ==, "virtqemud");
    g_assert_cmpuint(target->open_flags, ==,
                     TARGET_OPEN_RO | TARGET_OPEN_USER | TARGET_OPEN_AUTOSTART);
    target_free(g_steal_pointer(&target));
    g_setenv("LIBVIRT_AUTOSTART", "0", true);
    target = target_resolve("qemu:///session?mode=direct", 0, NULL);
    g_assert_null(target->daemon);
    g_unsetenv("LIBVIRT_AUTOSTART");
    target_as_root = 1;
}

static void
check_refused(const char *uri, int code, const char *part)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Target) target = target_resolve(uri, 0, &error);

    g_assert_null(target);
    g_assert_cmpint(error_code(error), ==, code);
    g_assert_nonnull(strstr(error->message, part));
}

static void
test_refused(void)
{
    g_autofree char *conf = g_build_filename(dir, "libvirt.conf", NULL);

    check_refused("bogus", VIR_ERR_NO_CONNECT, "'bogus'");
    check_refused("qemu+pigeon:///system", VIR_ERR_INVALID_ARG, "'pigeon'");
    check_refused("qemu+unix://host/system", VIR_ERR_INVALID_ARG, "'host'");
    check_refused("qemu+ext://host/system", VIR_ERR_INVALID_ARG, "'command'");
    check_refused("qemu+tcp:///system", VIR_ERR_INVALID_ARG, "host");
    check_refused("qemu:///system?mode=odd", VIR_ERR_INVALID_ARG, "'odd'");
    check_refused("qemu:///system?no_verify=x", VIR_ERR_INVALID_ARG, "'no_verify'");
    check_refused("esx://host/", VIR_ERR_CONFIG_UNSUPPORTED, "'esx'");
    check_refused("qemu://[bad/", VIR_ERR_INTERNAL_ERROR, "qemu://[bad/");
    g_assert_true(g_file_set_contents(conf, "uri_aliases = [ \"no equals\" ]\n", -1, NULL));
    check_refused("x", VIR_ERR_CONF_SYNTAX, "'no equals'");
    g_assert_true(
        g_file_set_contents(conf, "uri_aliases = [ \"b@d=qemu:///system\" ]\n", -1, NULL));
    check_refused("x", VIR_ERR_CONF_SYNTAX, "b@d");
    g_unlink(conf);
}

static void
test_admin(void)
{
    g_autofree char *path = g_build_filename(run_dir, "virtqemud-admin-sock", NULL);
    g_autofree char *proxy = g_build_filename(run_dir, "libvirt-admin-sock", NULL);
    g_autoptr(Target) target = target_resolve_admin("virtqemud:///system", NULL);
    g_autoptr(Target) other = target_resolve_admin("virtproxyd:///system", NULL);
    g_autoptr(GError) error = NULL;

    g_assert_cmpstr(target->socket, ==, path);
    g_assert_cmpstr(other->socket, ==, proxy);
    g_assert_null(target_resolve_admin("qemu:///system", &error));
    g_assert_cmpint(error_code(error), ==, VIR_ERR_INVALID_ARG);
}

static void
test_ssh_command(void)
{
    g_autoptr(Target) target = target_resolve(
        "qemu+ssh://me@host:2/system?keyfile=/k&no_verify=1&no_tty=1&netcat=/bin/o'nc", 0, NULL);
    g_auto(GStrv) argv = dial_ssh_argv(target);
    g_autofree char *line = g_strjoinv(" ", argv);

    g_assert_true(g_str_has_prefix(line, "ssh -p 2 -l me -i /k -oStrictHostKeyChecking=no "
                                         "-oBatchMode=yes -T -e none -- host sh -c "));
    g_assert_nonnull(strstr(line, "libvirt-sock"));
}

static void
test_uri_round_trip(void)
{
    static const struct {
        const char *text, *formatted;
    } cases[] = {
        { "test://foo:pass@example.com", NULL },
        { "test://example.com:123/system?name=value#foo", NULL },
        { "spice://[3ffe::104]:5900/?a=C=XX,L=b%20c",
          "spice://[3ffe::104]:5900/?a=C%3DXX%2CL%3Db%20c" },
        { "test://example.com/?foo=one&&foo=two", "test://example.com/?foo=one&foo=two" },
        { "test://example.com/?foo=one;bar", "test://example.com/?foo=one&bar=" },
        { "test://example.com/?=bogus&foo=one", "test://example.com/?foo=one" },
        { "qemu:///system", NULL },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Uri) uri = uri_parse(cases[i].text, NULL);
        g_autofree char *formatted = uri_format(uri, URI_QUERY_PARAMS),
                        *raw = uri_format(uri, URI_QUERY_RAW);

        g_assert_cmpstr(formatted, ==, cases[i].formatted ? cases[i].formatted : cases[i].text);
        g_assert_cmpstr(raw, ==, cases[i].text);
    }
}

int
main(int argc, char **argv)
{
    g_autofree char *xdg = NULL;
    int rc;

    dir = g_dir_make_tmp("target-XXXXXX", NULL);
    run_dir = g_build_filename(dir, "run", NULL);
    xdg = g_build_filename(dir, "xdg", NULL);
    g_assert_cmpint(g_mkdir(run_dir, 0700), ==, 0);
    g_setenv("XDG_RUNTIME_DIR", xdg, true);
    g_unsetenv("LIBVIRT_DEFAULT_URI");
    g_unsetenv("LIBVIRT_AUTOSTART");
    target_config_dir = dir;
    target_system_run = run_dir;
    target_as_root = 1;
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/target/table", test_table);
    g_test_add_func("/target/auto-mode", test_auto_mode);
    g_test_add_func("/target/default", test_default);
    g_test_add_func("/target/session", test_session);
    g_test_add_func("/target/refused", test_refused);
    g_test_add_func("/target/admin", test_admin);
    g_test_add_func("/target/ssh-command", test_ssh_command);
    g_test_add_func("/uri/round-trip", test_uri_round_trip);
    rc = g_test_run();
    g_rmdir(run_dir);
    g_rmdir(dir);
    return rc;
}
