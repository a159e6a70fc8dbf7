/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-port.c - what an interface gets from its network and port group, and what a network cannot do for it
 *
 * A row is a network (what is inside, below a mode), a port, and either part of what the port becomes or part of the
 * message it must meet.
 */
#define ERROR_FROM VIR_FROM_NONE
#include "drivers/conf/network_port.h"
#include "util/error.h"
#include "util/uuid.h"

#include <string.h>

#define OWN "<bridge name='virbr0'/><ip address='10.1.0.1' netmask='255.255.255.0'/>"
#define HOST "<forward mode='bridge'/><bridge name='ovs0'/>"
#define GROUPS "<portgroup name='fast' default='yes'><bandwidth><inbound average='100'/></bandwidth></portgroup>" \
               "<portgroup name='slow'><bandwidth><inbound average='1'/></bandwidth></portgroup>"
#define OVS(parameters) "<virtualport type='openvswitch'><parameters " parameters "/></virtualport>"
#define ID "interfaceid='09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f'"
#define QUALITY "<bandwidth><inbound average='100'/></bandwidth>"
#define FLOOR(n) "<bandwidth><inbound floor='" n "'/></bandwidth>"

typedef struct Case {
    const char *network, *port;
    const char *result, *message; /* one of them */
} Case;

static const Case cases[] = {
    /* groups */
    { OWN GROUPS, "", "<group>fast</group>", NULL },
    { OWN GROUPS, "<group>slow</group>", "<inbound average='1'/>", NULL },
    { OWN GROUPS, "<group>slow</group><bandwidth><inbound average='7'/></bandwidth>", "<inbound average='7'/>", NULL },
    { OWN GROUPS, "<group>slwo</group>", NULL, "network 'n' has no port group 'slwo'; did you mean 'slow'?" },
    { OWN, "<group>gold</group>", NULL, "network 'n' has no port group 'gold'" },
    { OWN, "", "<networkport>", NULL },
    /* virtual ports: three parts, one port */
    { HOST "<virtualport type='openvswitch'/>", "", "<parameters interfaceid='", NULL },
    { HOST "<virtualport type='openvswitch'/><portgroup name='g' default='yes'>" OVS("profileid='gold'") "</portgroup>",
      "<virtualport><parameters " ID "/></virtualport>", "<parameters profileid='gold' " ID "/>", NULL },
    { HOST OVS("profileid='gold'"), OVS("profileid='gold'"), "profileid='gold' interfaceid='", NULL },
    { HOST OVS("profileid='gold'"), OVS("profileid='lead'"), NULL, "contradict each other: profileid differs" },
    { HOST "<virtualport type='openvswitch'/>", "<virtualport type='midonet'><parameters " ID "/></virtualport>", NULL,
      "contradict each other: type differs" },
    { HOST, "<virtualport><parameters " ID "/></virtualport>", NULL, "missing type in <virtualport> of network 'n'" },
    { HOST, "<virtualport type='midonet'/>", NULL, "missing interfaceid" },
    { HOST, "<virtualport type='802.1Qbh'><parameters profileid='a'/></virtualport>", NULL,
      "not supported for network 'n' which uses a bridge device" },
    { OWN, "<virtualport type='openvswitch'/>", NULL, "which uses a bridge of its own" },
    { "<forward mode='vepa' dev='eth0'/>", "<virtualport type='openvswitch'/>", NULL, "which uses a macvtap device" },
    { "<forward mode='vepa' dev='eth0'/><virtualport type='802.1Qbg'><parameters managerid='1' typeid='2'/></virtualport>",
      "<virtualport><parameters typeidversion='3'/></virtualport>", "managerid='1' typeid='2' typeidversion='3' instanceid='", NULL },
    { "<forward mode='vepa' dev='eth0'/><virtualport type='802.1Qbg'><parameters managerid='1'/></virtualport>", "", NULL,
      "missing typeid in" },
    /* what one type knows and the other has must not come together by a merge */
    { "<forward mode='vepa' dev='eth0'/><virtualport type='802.1Qbh'><parameters profileid='p'/></virtualport>",
      "<virtualport><parameters managerid='3'/></virtualport>", NULL, "extra managerid unsupported" },
    /* VLANs: the nearest counts */
    { HOST "<virtualport type='openvswitch'/><vlan><tag id='5'/></vlan>", "", "<tag id='5'/>", NULL },
    { HOST "<virtualport type='openvswitch'/><vlan><tag id='5'/></vlan>",
      "<vlan><tag id='1' nativeMode='untagged'/><tag id='2'/></vlan>", "<tag id='1' nativeMode='untagged'/>", NULL },
    { OWN, "<vlan><tag id='5'/></vlan>", NULL, "network 'n' is requesting a vlan tag" },
    /* promises of bandwidth */
    { OWN QUALITY, FLOOR("60"), "<inbound floor='60'/>", NULL },
    { OWN QUALITY, FLOOR("61"), NULL, "of its inbound average of 100, 60 are left, and the floor is 61" },
    { OWN, FLOOR("10"), NULL, "network 'n' has no inbound QoS set" },
    { HOST "<virtualport type='openvswitch'/>", FLOOR("10"), NULL, "has no bridge of its own" },
};

static NetworkPort *
port_new(const char *content, uint8_t last)
{
    g_autofree char *text = g_strdup_printf("<networkport><uuid>a7c1ef5e-54c4-4b5f-8e1b-0000000000%02x</uuid>"
                                            "<owner><name>a</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid></owner>"
                                            "<mac address='52:54:00:7b:35:93'/>%s</networkport>", last, content);
    g_autoptr(GError) error = NULL;
    NetworkPort *port = xml_parse_text(&network_port_xml, text, XML_PARSE_STRICT, &error);

    g_assert_no_error(error);
    return port;
}

static void
test_settle(void)
{
    g_autoptr(GPtrArray) others = g_ptr_array_new_with_free_func((GDestroyNotify)network_port_free);

    g_ptr_array_add(others, port_new(FLOOR("40"), 1));
    g_ptr_array_add(others, port_new(FLOOR("90"), 2)); /* the port itself, as it was before */
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strdup_printf("<network><name>n</name>%s</network>", cases[i].network), *out = NULL;
        g_autoptr(GError) error = NULL;
        g_autoptr(Network) network = xml_parse_text(&network_xml, text, XML_PARSE_STRICT, &error);
        g_autoptr(NetworkPort) port = port_new(cases[i].port, 2);
        bool ok;

        g_assert_no_error(error);
        ok = network_port_settle(network, others, port, &error);
        out = xml_format_text(&network_port_xml, port, 0);
        g_test_message("%s + %s: %s", cases[i].network, cases[i].port, ok ? out : error->message);
        g_assert_cmpint(ok, ==, cases[i].result != NULL);
        g_assert_nonnull(strstr(ok ? out : error->message, ok ? cases[i].result : cases[i].message));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/conf/port/settle", test_settle);
    return g_test_run();
}
