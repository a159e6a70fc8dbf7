/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-config.c - dnsmasq's files, the lease file, address arithmetic and updates */
#include <libvirt/libvirt.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/conf/network_address.h"
#include "drivers/network/dnsmasq_config.h"
#include "drivers/network/leases.h"
#include "drivers/conf/network_update.h"
#include "util/error.h"
#include "util/file.h"

#define HEAD "<network><name>n</name><forward mode='nat'/><bridge name='virbr5'/>"
#define IP "<ip address='192.168.5.1' netmask='255.255.255.0'>"

static Network *
parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    Network *network = xml_parse_text(&network_xml, text, XML_PARSE_INACTIVE, &error);

    g_assert_no_error(error);
    return network;
}

static bool
make(const char *text, NetworkDnsmasqConfig *config, GError **error)
{
    g_autoptr(Network) network = parse(text);
    g_auto(NetworkDnsmasqPaths) paths = { 0 };

    network_dnsmasq_paths_init(&paths, "/s", "/r", network->name, network->bridge);
    return network_dnsmasq_config_make(network, &paths, config, error);
}

static void
test_conf(void)
{
    g_auto(NetworkDnsmasqConfig) config = { 0 }, isolated = { 0 };
    g_autoptr(GError) error = NULL;

    make(HEAD "<domain name='lab' localOnly='yes'/><dns><txt name='t' value='v'/><host "
              "ip='192.168.5.9'><hostname>a</hostname>"
              "<hostname>b</hostname></host></dns>" IP
              "<tftp root='/tftp'/><dhcp><range start='192.168.5.2' end='192.168.5.11'/>"
              "<bootp file='pxe' server='192.168.5.7'/></dhcp></ip></network>",
         &config, &error);
    g_assert_no_error(error);
    g_assert_true(config.dhcp);
    g_assert_nonnull(strstr(config.conf, "\nlocal=/lab/\ndomain=lab\nexpand-hosts\n"));
    g_assert_nonnull(strstr(config.conf, "\ntxt-record=t,v\n"));
    g_assert_nonnull(strstr(config.conf, "\ndhcp-lease-max=10\n"));
    g_assert_nonnull(strstr(config.conf, "\ndhcp-boot=pxe,,192.168.5.7\n"));
    g_assert_nonnull(strstr(config.conf, "\nenable-tftp\ntftp-root=/tftp\n"));
    g_assert_cmpstr(config.addnhosts, ==, "192.168.5.9\ta\tb\n");

    /* Guests of an isolated network get no route to nowhere. */
    make("<network><name>n</name><bridge name='virbr5'/>" IP
         "<dhcp><range start='192.168.5.2' end='192.168.5.3'/></dhcp>"
         "</ip></network>",
         &isolated, &error);
    g_assert_no_error(error);
    g_assert_nonnull(strstr(isolated.conf, "\ndhcp-option=3\nno-resolv\n"));
}

static void
test_reverse_zone(void)
{
    g_auto(NetworkDnsmasqConfig) config = { 0 };
    g_autoptr(GError) error = NULL;

    make(HEAD
         "<ip address='192.168.5.1' netmask='255.255.255.0' localPtr='yes'/>"
         "<ip family='ipv6' address='2001:db8:ca2:1::1' prefix='64' localPtr='yes'/></network>",
         &config, &error);
    g_assert_no_error(error);
    g_assert_nonnull(strstr(config.conf, "\nlocal=/5.168.192.in-addr.arpa/\n"));
    g_assert_nonnull(strstr(config.conf, "\nlocal=/1.0.0.0.2.a.c.0.8.b.d.0.1.0.0.2.ip6.arpa/\n"));
}

/* A line break in a value must not become a directive. */
static void
test_injection(void)
{
    static const char *const texts[] = {
        HEAD "<domain name='x&#10;dhcp-script=/bin/sh'/>" IP "</ip></network>",
        HEAD "<dns><txt name='a' value='b&#10;conf-dir=/tmp'/></dns>" IP "</ip></network>",
        HEAD "<dns><host ip='192.168.5.4'><hostname>a&#10;b</hostname></host></dns>" IP
             "</ip></network>",
        HEAD IP "<tftp root='/x&#13;port=1'/></ip></network>",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_auto(NetworkDnsmasqConfig) config = { 0 };
        g_autoptr(GError) error = NULL;

        g_assert_false(make(texts[i], &config, &error));
        g_assert_true(error_is(error, VIR_ERR_XML_ERROR));
        g_assert_nonnull(strstr(error->message, "network 'n'"));
        g_assert_null(config.conf);
    }
}

static void
test_addresses(void)
{
    NetworkAddress a, b;
    g_autofree char *text = NULL;

    g_assert_true(network_address_parse("192.168.5.77", &a));
    b = network_address_masked(&a, 20);
    text = network_address_text(&b);
    g_assert_cmpstr(text, ==, "192.168.0.0");
    g_assert_true(network_address_in_subnet(&a, &b, 20));
    g_assert_cmpuint(network_address_prefix("10.0.0.1", NULL, false, 0), ==, 8);
    g_assert_cmpuint(network_address_prefix("172.16.0.1", NULL, false, 0), ==, 16);
    g_assert_cmpuint(network_address_prefix("10.0.0.1", "255.255.254.0", false, 0), ==, 23);
    g_assert_true(network_address_parse("2001:db8::1", &a) &&
                  network_address_parse("2001:db8::10", &b));
    g_assert_cmpuint(network_address_count(&a, &b), ==, 16);
    g_assert_cmpuint(network_address_count(&b, &a), ==, 0);
    g_assert_false(network_address_parse("192.168.5.777", &a));
}

static void
test_leases(void)
{
    g_autofree char *path = g_strdup_printf("/tmp/test-leases-%d.status", (int)getpid());
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) leases = g_ptr_array_new_with_free_func(network_lease_free), again = NULL,
                         none = NULL;
    NetworkLease *lease = g_new0(NetworkLease, 1);

    none = network_leases_read(path, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(none->len, ==, 0);
    lease->ip = g_strdup("192.168.5.4");
    lease->mac = g_strdup("52:54:00:00:00:01");
    lease->hostname = g_strdup("a\"b");
    lease->expiry = 4000000000;
    g_ptr_array_add(leases, lease);
    g_assert_true(network_leases_write(path, leases, &error));
    again = network_leases_read(path, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(again->len, ==, 1);
    lease = again->pdata[0];
    g_assert_cmpstr(lease->hostname, ==, "a\"b");
    g_assert_cmpint(lease->expiry, ==, 4000000000);
    g_assert_null(lease->iaid);
    g_assert_false(network_lease_is_expired(lease, 4000000000));
    g_assert_true(network_lease_is_expired(lease, 4000000001));

    g_assert_true(file_write_atomic_text(path, "{\"not\": \"a list\"}", 0600, &error));
    g_assert_null(network_leases_read(path, &error));
    g_assert_nonnull(strstr(error->message, path));
    g_clear_error(&error);
    /* Entries without address or expiry, as by a hand at work, are no leases. */
    g_assert_true(file_write_atomic_text(
        path, "[1, {\"ip-address\": \"1.2.3.4\"}, {\"expiry-time\": 1}]", 0600, &error));
    g_ptr_array_unref(none);
    none = network_leases_read(path, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(none->len, ==, 0);
    unlink(path);
}

static void
refused(const char *xml, unsigned command, unsigned section, int code, const char *words)
{
    g_autoptr(Network) network = parse(
        HEAD IP "<dhcp><range start='192.168.5.2' end='192.168.5.99'/>"
                "<host mac='52:54:00:00:00:01' name='a' ip='192.168.5.3'/></dhcp></ip></network>");
    g_autofree char *before = xml_format_text(&network_xml, network, 0), *after = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_false(network_update(&network, command, section, -1, xml, &error));
    g_test_message("%s", error->message);
    g_assert_true(error_is(error, code));
    g_assert_nonnull(strstr(error->message, words));
    after = xml_format_text(&network_xml, network, 0);
    g_assert_cmpstr(before, ==, after);
}

static void
test_update_refused(void)
{
    const unsigned add = VIR_NETWORK_UPDATE_COMMAND_ADD_LAST,
                   modify = VIR_NETWORK_UPDATE_COMMAND_MODIFY,
                   delete = VIR_NETWORK_UPDATE_COMMAND_DELETE;

    refused("<bridge name='x'/>", modify, VIR_NETWORK_SECTION_BRIDGE, VIR_ERR_OPERATION_UNSUPPORTED,
            "can't update 'bridge' section of network");
    refused("<range start='10.0.0.1' end='10.0.0.2'/>", add, VIR_NETWORK_SECTION_IP_DHCP_RANGE,
            VIR_ERR_INTERNAL_ERROR, "not entirely within");
    refused("<range start='192.168.5.2' end='192.168.5.99'/>", modify,
            VIR_NETWORK_SECTION_IP_DHCP_RANGE, VIR_ERR_OPERATION_UNSUPPORTED, "cannot be modified");
    refused("<host mac='52:54:00:00:00:01' ip='192.168.5.8'/>", add,
            VIR_NETWORK_SECTION_IP_DHCP_HOST, VIR_ERR_OPERATION_INVALID, "there is an existing dhcp host entry");
    refused("<host mac='52:54:00:00:00:99' ip='192.168.5.8'/>", delete,
            VIR_NETWORK_SECTION_IP_DHCP_HOST, VIR_ERR_OPERATION_INVALID, "couldn't locate a matching dhcp host entry");
    refused("<range start='192.168.5.2' end='192.168.5.3'/>", add, VIR_NETWORK_SECTION_IP_DHCP_HOST,
            VIR_ERR_XML_ERROR, "<host>");
    refused("<host", add, VIR_NETWORK_SECTION_IP_DHCP_HOST, VIR_ERR_XML_DETAIL, "network_update_xml:1");
    refused("<host ip='1.2.3.4'/>", 17, VIR_NETWORK_SECTION_DNS_HOST, VIR_ERR_INVALID_ARG, "17");
}

/* What a network is refused for when it is read. */
static void
test_read(void)
{
    static const struct {
        const char *ip, *words;
    } cases[] = {
        { IP "<dhcp><range start='192.168.5.9' end='192.168.5.2'/></dhcp></ip>", "is reversed" },
        { IP "<dhcp><range start='192.168.6.1' end='192.168.6.2'/></dhcp></ip>",
          "not entirely within network 192.168.5.1/24" },
        { IP "<dhcp><range start='192.168.5.0' end='192.168.5.2'/></dhcp></ip>", "is the network address" },
        { IP "<dhcp><range start='192.168.5.2' end='192.168.5.255'/></dhcp></ip>", "is the broadcast address" },
        { IP "<dhcp><range start='192.168.5.2' end='192.168.5.9'><lease expiry='5' "
             "unit='seconds'/></range></dhcp></ip>", "2 minutes" },
        { IP "<dhcp><host mac='01:00:5e:00:00:01' ip='192.168.5.9'/></dhcp></ip>", "found multicast" },
        { IP "<dhcp><host name='-a' ip='192.168.5.9'/></dhcp></ip>", "Cannot use host name '-a'" },
        { IP "</ip><route address='10.0.0.0' prefix='8' gateway='192.168.6.1'/>", "unreachable static route gateway" },
        { IP "</ip><route address='10.0.0.1' prefix='8' gateway='192.168.5.2'/>", "is not a network address" },
        { "<forward mode='vepa'/><bridge name='b'/>", "bridge name not allowed in vepa mode" },
        { "<forward mode='route'/>", "no IP address provided" },
        { "<dns><srv service='a b' protocol='tcp'/></dns>", "invalid character in service" },
        { "<dns><srv service='a' protocol='tcp' port='4'/></dns>", "not permitted without target" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strconcat("<network><name>n</name>", cases[i].ip, "</network>", NULL);
        g_autoptr(GError) error = NULL;

        g_assert_null(xml_parse_text(&network_xml, text, XML_PARSE_INACTIVE, &error));
        g_test_message("%s", error->message);
        g_assert_nonnull(strstr(error->message, cases[i].words));
    }
}

static void
test_validate(void)
{
    static const struct {
        const char *ip, *words;
    } cases[] = {
        { IP "<dhcp><range start='192.168.5.2' end='192.168.5.9'/></dhcp></ip><ip "
             "address='192.168.6.1' "
             "netmask='255.255.255.0'><dhcp><range start='192.168.6.2' "
             "end='192.168.6.9'/></dhcp></ip>",
          "only one IPv4" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strconcat(HEAD, cases[i].ip, "</network>", NULL);
        g_autoptr(Network) network = parse(text);
        g_autoptr(GError) error = NULL;

        g_assert_false(network_validate(network, &error));
        g_assert_nonnull(strstr(error->message, cases[i].words));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/network/config/conf", test_conf);
    g_test_add_func("/network/config/reverse-zone", test_reverse_zone);
    g_test_add_func("/network/config/injection", test_injection);
    g_test_add_func("/network/config/addresses", test_addresses);
    g_test_add_func("/network/config/leases", test_leases);
    g_test_add_func("/network/config/update-refused", test_update_refused);
    g_test_add_func("/network/config/validate", test_validate);
    g_test_add_func("/network/read", test_read);
    return g_test_run();
}
