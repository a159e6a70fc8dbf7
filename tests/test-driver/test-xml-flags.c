/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-xml-flags.c - flags of calls that take or give XML, over the test driver
 *
 * VALIDATE of every define and create call: with it an attribute that nobody knows is refused with
 * VIR_ERR_XML_INVALID_SCHEMA, without it the call does what it does.  SECURE, INACTIVE and
 * MIGRATABLE of what is read back.
 */
#include "drivers/test/test_driver.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <string.h>

#include "tests/test-driver/rig.h"
#include "util/error.h"

#define GUEST(name, more)                                                                          \
    "<domain type='test'%s><name>" name                                                            \
    "</name><memory>1024</memory><os><type>hvm</type></os>" more "</domain>"

static const SessionOps ops = { 0 };

static Session *
open_session(void)
{
    g_autoptr(GError) error = NULL;
    Session *session = rig_open("test:///default", false, &ops, &error);

    g_assert_no_error(error);
    return session;
}

/* @xml has a %s where an attribute may be: one that nobody knows is refused with @validate alone.  @xml and @flags
 * point into @args. */
static void
try_validate(Session *session, int proc, void *args, char **xml, uint32_t *flags, unsigned validate, const char *format)
{
    g_autofree char *good = g_strdup_printf(format, ""), *bad = g_strdup_printf(format, " novel='1'");

    *xml = bad;
    *flags |= validate;
    g_assert_cmpint(rig_run(session, proc, args, NULL), ==, VIR_ERR_XML_INVALID_SCHEMA);
    *flags &= ~validate;
    g_assert_cmpint(rig_run(session, proc, args, NULL), ==, 0);
    *xml = NULL;
}

#define VALIDATE(proc, args, xml, flag, format)                                                    \
    try_validate(session, proc, &(args), &(args).xml, &(args).flags, flag, format)

static void
test_validate_guests(void)
{
    Session *session = open_session();
    DomainDefineXmlFlagsArgs define = { 0 };
    DomainCreateXmlArgs create = { 0 };
    DomainSnapshotCreateXmlArgs snapshot = { .dom = { .name = (char *)"test" } };
    DomainLookupByNameArgs by_name = { .name = (char *)"test" };
    DomainLookupByNameRet found = { 0 };

    VALIDATE(PROC_DOMAIN_DEFINE_XML_FLAGS, define, xml, VIR_DOMAIN_DEFINE_VALIDATE, GUEST("defined", ""));
    VALIDATE(PROC_DOMAIN_CREATE_XML, create, xml_desc, VIR_DOMAIN_START_VALIDATE, GUEST("created", ""));
    g_assert_cmpint(rig_run(session, PROC_DOMAIN_LOOKUP_BY_NAME, &by_name, &found), ==, 0);
    snapshot.dom = found.dom;
    VALIDATE(PROC_DOMAIN_SNAPSHOT_CREATE_XML, snapshot, xml_desc, VIR_DOMAIN_SNAPSHOT_CREATE_VALIDATE,
             "<domainsnapshot%s><name>one</name></domainsnapshot>");
    wire_free(method_lookup(PROGRAM_REMOTE, PROC_DOMAIN_LOOKUP_BY_NAME)->ret, &found);
    rig_close(session);
}

static void
test_validate_host(void)
{
    Session *session = open_session();
    NetworkDefineXmlFlagsArgs network = { 0 };
    NetworkCreateXmlFlagsArgs made = { 0 };
    NetworkLookupByNameArgs net_name = { .name = (char *)"default" };
    NetworkLookupByNameRet net = { 0 };
    NetworkPortCreateXmlArgs port = { 0 };
    InterfaceDefineXmlArgs iface = { 0 };
    NodeDeviceCreateXmlArgs device = { 0 };

    VALIDATE(PROC_NETWORK_DEFINE_XML_FLAGS, network, xml, VIR_NETWORK_DEFINE_VALIDATE,
             "<network%s><name>defined</name></network>");
    VALIDATE(PROC_NETWORK_CREATE_XML_FLAGS, made, xml, VIR_NETWORK_CREATE_VALIDATE,
             "<network%s><name>created</name></network>");
    g_assert_cmpint(rig_run(session, PROC_NETWORK_LOOKUP_BY_NAME, &net_name, &net), ==, 0);
    port.network = net.net;
    VALIDATE(PROC_NETWORK_PORT_CREATE_XML, port, xml, VIR_NETWORK_PORT_CREATE_VALIDATE,
             "<networkport%s><owner><name>a</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid></owner>"
             "<mac address='52:54:00:7b:35:93'/><plug type='network' bridge='virbr0'/></networkport>");
    wire_free(method_lookup(PROGRAM_REMOTE, PROC_NETWORK_LOOKUP_BY_NAME)->ret, &net);
    VALIDATE(PROC_INTERFACE_DEFINE_XML, iface, xml, VIR_INTERFACE_DEFINE_VALIDATE,
             "<interface type='ethernet' name='eth7'%s><start mode='none'/></interface>");
    VALIDATE(PROC_NODE_DEVICE_CREATE_XML, device, xml_desc, VIR_NODE_DEVICE_CREATE_XML_VALIDATE,
             "<device%s><name>x</name><capability type='scsi_host'>"
             "<capability type='fc_host'><wwnn>2000000012341234</wwnn><wwpn>1000000012341234</wwpn></capability>"
             "</capability></device>");
    rig_close(session);
}

static void
test_validate_storage(void)
{
    Session *session = open_session();
    StoragePoolDefineXmlArgs define = { 0 };
    StoragePoolLookupByNameArgs by_name = { .name = (char *)"default-pool" };
    StoragePoolLookupByNameRet pool = { 0 };
    StorageVolCreateXmlArgs volume = { 0 };
    StorageVolCreateXmlFromArgs copy = { 0 };
    StorageVolLookupByNameArgs vol_name = { .name = (char *)"one" };
    StorageVolLookupByNameRet vol = { 0 };

    VALIDATE(PROC_STORAGE_POOL_DEFINE_XML, define, xml, VIR_STORAGE_POOL_DEFINE_VALIDATE,
             "<pool type='dir'%s><name>defined</name><target><path>/somewhere</path></target></pool>");
    g_assert_cmpint(rig_run(session, PROC_STORAGE_POOL_LOOKUP_BY_NAME, &by_name, &pool), ==, 0);
    volume.pool = copy.pool = vol_name.pool = pool.pool;
    VALIDATE(PROC_STORAGE_VOL_CREATE_XML, volume, xml, VIR_STORAGE_VOL_CREATE_VALIDATE,
             "<volume%s><name>one</name><capacity>1024</capacity></volume>");
    g_assert_cmpint(rig_run(session, PROC_STORAGE_VOL_LOOKUP_BY_NAME, &vol_name, &vol), ==, 0);
    copy.clonevol = vol.vol;
    VALIDATE(PROC_STORAGE_VOL_CREATE_XML_FROM, copy, xml, VIR_STORAGE_VOL_CREATE_VALIDATE,
             "<volume%s><name>two</name><capacity>1024</capacity></volume>");
    wire_free(method_lookup(PROGRAM_REMOTE, PROC_STORAGE_VOL_LOOKUP_BY_NAME)->ret, &vol);
    wire_free(method_lookup(PROGRAM_REMOTE, PROC_STORAGE_POOL_LOOKUP_BY_NAME)->ret, &pool);
    rig_close(session);
}

/* The guest as it is shown with @flags. */
static char *
show(Session *session, WireDomain dom, unsigned flags)
{
    DomainGetXmlDescArgs args = { .dom = dom, .flags = flags };
    DomainGetXmlDescRet ret = { 0 };

    g_assert_cmpint(rig_run(session, PROC_DOMAIN_GET_XML_DESC, &args, &ret), ==, 0);
    return ret.xml;
}

static bool
shows(Session *session, WireDomain dom, unsigned flags, const char *what)
{
    g_autofree char *text = show(session, dom, flags);

    return strstr(text, what) != NULL;
}

static void
test_show(void)
{
    Session *session = open_session();
    g_autofree char *xml = g_strdup_printf(GUEST("shown",
        "<devices><graphics type='vnc' port='5901' autoport='no' passwd='sesame' passwdValidTo='2030-01-01T00:00:00'/>"
        "</devices>"), "");
    DomainCreateXmlArgs create = { .xml_desc = xml };
    DomainCreateXmlRet made = { 0 };

    g_assert_cmpint(rig_run(session, PROC_DOMAIN_CREATE_XML, &create, &made), ==, 0);
    g_assert_false(shows(session, made.dom, 0, "sesame"));
    g_assert_true(shows(session, made.dom, 0, "passwdValidTo"));
    g_assert_false(shows(session, made.dom, VIR_DOMAIN_XML_INACTIVE, "sesame"));
    g_assert_true(shows(session, made.dom, VIR_DOMAIN_XML_SECURE, "passwd='sesame'"));
    g_assert_true(shows(session, made.dom, VIR_DOMAIN_XML_SECURE | VIR_DOMAIN_XML_INACTIVE, "passwdValidTo="));
    g_assert_true(shows(session, made.dom, 0, " id='"));
    g_assert_false(shows(session, made.dom, VIR_DOMAIN_XML_INACTIVE, " id='"));
    g_assert_true(shows(session, made.dom, VIR_DOMAIN_XML_MIGRATABLE, "<name>shown</name>"));
    wire_free(method_lookup(PROGRAM_REMOTE, PROC_DOMAIN_CREATE_XML)->ret, &made);
    rig_close(session);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/xml-flags/validate/guests", test_validate_guests);
    g_test_add_func("/xml-flags/validate/host", test_validate_host);
    g_test_add_func("/xml-flags/validate/storage", test_validate_storage);
    g_test_add_func("/xml-flags/show", test_show);
    return g_test_run();
}
