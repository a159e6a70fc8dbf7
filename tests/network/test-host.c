/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-host.c - whole networks in a network namespace of the test's own: start, heal, stop, refuse
 */
#include <arpa/inet.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/network/host.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/netlink.h"
#include "util/nft.h"

static const char nat[] = "<network><name>t1</name><forward mode='nat'/><bridge "
                          "name='virbr7'/><mac address='52:54:00:0a:0b:0c'/>"
                          "<ip address='192.168.97.1' netmask='255.255.255.0'><dhcp><range "
                          "start='192.168.97.2' end='192.168.97.99'/></dhcp></ip>"
                          "<ip family='ipv6' address='2001:db8:97::1' prefix='64'/></network>";

static char *scratch;
static NetworkHostDirs dirs;

static Network *
parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    Network *network = xml_parse_text(&network_xml, text, XML_PARSE_INACTIVE, &error);

    g_assert_no_error(error);
    return network;
}

static void
apply(const Network *network, NetworkHost *host, bool expect_change)
{
    g_autoptr(GError) error = NULL;
    unsigned changed = 0;

    network_host_apply(network, &dirs, host, &changed, &error);
    g_assert_no_error(error);
    g_assert_cmpint(changed > 0, ==, expect_change);
}

static void
kill_dnsmasq(NetworkHost *host)
{
    g_autoptr(GError) error = NULL;
    Process watched = PROCESS_INIT;

    process_adopt(host->dnsmasq.pid, &watched, &error);
    g_assert_no_error(error);
    process_stop(&watched, 2000, &error);
    g_assert_no_error(error);
    process_release(&watched);
}

static void
test_life(void)
{
    g_autoptr(Network) network = parse(nat);
    g_autoptr(GError) error = NULL;
    g_autoptr(Netlink) netlink = netlink_new(&error);
    g_autofree char *conf = g_build_filename(scratch, "dnsmasq", "t1.conf", NULL);
    NetworkHost host = NETWORK_HOST_INIT, again = NETWORK_HOST_INIT;
    NetlinkChange down = { .mask = NETLINK_SET_UP, .up = false };
    int64_t begin = g_get_monotonic_time();
    pid_t pid = 0;

    network_host_start(network, &dirs, &host, &error);
    g_assert_no_error(error);
    g_test_message("start took %.1f ms", (g_get_monotonic_time() - begin) / 1000.0);
    g_assert_true(process_is_alive(&host.dnsmasq));
    pid = host.dnsmasq.pid;

    /* A daemon that comes back finds all well. */
    apply(network, &again, false);
    g_assert_cmpint(again.dnsmasq.pid, ==, pid);
    process_release(&again.dnsmasq);

    kill_dnsmasq(&host);
    apply(network, &host, true);
    g_assert_cmpint(host.dnsmasq.pid, !=, pid);
    pid = host.dnsmasq.pid;

    nft_run("flush ruleset", &error);
    g_assert_no_error(error);
    apply(network, &host, true);
    netlink_link_set(netlink, "virbr7", &down, &error);
    g_assert_no_error(error);
    apply(network, &host, true);
    g_assert_true(netlink_link_delete(netlink, "virbr7", &error));
    apply(network, &host, true);
    apply(network, &host, false);
    g_assert_cmpint(host.dnsmasq.pid, ==, pid);

    begin = g_get_monotonic_time();
    network_host_stop(network, &dirs, &host, true, &error);
    g_assert_no_error(error);
    g_test_message("stop took %.1f ms", (g_get_monotonic_time() - begin) / 1000.0);
    g_assert_false(netlink_link_exists(netlink, "virbr7"));
    g_assert_cmpint(access(conf, F_OK), ==, -1);
    network_host_stop(network, &dirs, &host, true, &error); /* nothing there: fine */
    g_assert_no_error(error);
}

static void
test_conflicts(void)
{
    g_autoptr(Network) one = parse(nat);
    g_autoptr(Network) same_bridge =
        parse("<network><name>t2</name><bridge name='virbr7'/></network>");
    g_autoptr(Network) same_subnet =
        parse("<network><name>t3</name><bridge name='virbr8'/>"
              "<ip address='192.168.97.7' netmask='255.255.255.0'/></network>");
    g_autoptr(GError) error = NULL;
    NetworkHost host = NETWORK_HOST_INIT, other = NETWORK_HOST_INIT;
    g_autoptr(Netlink) netlink = netlink_new(&error);

    network_host_start(one, &dirs, &host, &error);
    g_assert_no_error(error);
    g_assert_false(network_host_start(same_bridge, &dirs, &other, &error));
    g_assert_nonnull(strstr(error->message, "'virbr7' is in use"));
    g_clear_error(&error);
    g_assert_true(netlink_link_exists(netlink, "virbr7"));
    g_assert_false(network_host_start(same_subnet, &dirs, &other, &error));
    g_assert_nonnull(strstr(error->message, "already in use by interface virbr7"));
    g_assert_nonnull(strstr(error->message, "192.168.97.0/24"));
    g_clear_error(&error);
    network_host_stop(one, &dirs, &host, true, &error);
    g_assert_no_error(error);
}

/* Port 53 of the bridge's address is taken: the error has dnsmasq's words, and nothing is left. */
static void
test_port_taken(void)
{
    g_autoptr(Network) network = parse(nat);
    g_autoptr(GError) error = NULL;
    g_autoptr(Netlink) netlink = netlink_new(&error);
    autofd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(53) };
    NetworkHost host = NETWORK_HOST_INIT;

    g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof(address)), ==, 0);
    g_assert_false(network_host_start(network, &dirs, &host, &error));
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, "network 't1'"));
    g_assert_nonnull(strstr(error->message, "in use"));
    g_assert_false(netlink_link_exists(netlink, "virbr7"));
}

static void
test_no_dnsmasq(void)
{
    g_autoptr(Network) network = parse(nat);
    g_autoptr(GError) error = NULL;
    g_autoptr(Netlink) netlink = netlink_new(&error);
    NetworkHost host = NETWORK_HOST_INIT;

    g_setenv("LIBVIRT_DNSMASQ_PROGRAM", "/nonexistent/dnsmasq", TRUE);
    g_assert_false(network_host_start(network, &dirs, &host, &error));
    g_assert_nonnull(strstr(error->message, "/nonexistent/dnsmasq"));
    g_assert_false(netlink_link_exists(netlink, "virbr7"));
    g_unsetenv("LIBVIRT_DNSMASQ_PROGRAM");
}

static bool
first_two(const char *name, void *data)
{
    return strcmp(name, "virbr0") == 0 || strcmp(name, "virbr1") == 0;
}

static void
test_free_bridge(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *name = network_host_free_bridge("virbr%d", first_two, NULL, &error);

    g_assert_cmpstr(name, ==, "virbr2");
}

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    int status;

    g_test_init(&argc, &argv, NULL);
    if (unshare(CLONE_NEWNET) < 0) {
        g_print("1..0 # SKIP needs root for a network namespace of its own\n");
        return 0;
    }
    scratch = g_dir_make_tmp("test-network-XXXXXX", NULL);
    /* dnsmasq's helper is started as another user. */
    g_assert_cmpint(chmod(scratch, 0755), ==, 0);
    dirs = (NetworkHostDirs){ .state_dir = scratch, .run_dir = scratch };
    g_test_add_func("/network/host/life", test_life);
    g_test_add_func("/network/host/conflicts", test_conflicts);
    g_test_add_func("/network/host/port-taken", test_port_taken);
    g_test_add_func("/network/host/no-dnsmasq", test_no_dnsmasq);
    g_test_add_func("/network/host/free-bridge", test_free_bridge);
    status = g_test_run();
    file_remove_tree(scratch, &error);
    g_assert_no_error(error);
    return status;
}
