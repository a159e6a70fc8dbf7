/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-nwfilter-firewall.c - commands for filters: what the corpus does not show, and variables that do not fit */
#include <string.h>

#include "drivers/nwfilter/firewall.h"
#include "util/error.h"

static void
array_free(void *array)
{
    g_ptr_array_unref(array);
}

/* A has 1.1.1.1 and 2.2.2.2, B has 70000. */
static GPtrArray *
commands_for(const char *chain, const char *rules, GError **error)
{
    static const char *const known[][2] = { { "A", "1.1.1.1" }, { "A", "2.2.2.2" }, { "B", "70000" } };
    g_autofree char *xml = g_strdup_printf("<filter name='f' chain='%s'>%s</filter>", chain, rules);
    g_autoptr(NwFilter) filter = xml_parse_text(&nw_filter_xml, xml, XML_PARSE_STRICT, error);
    g_autoptr(GHashTable) values = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, array_free);

    g_assert_nonnull(filter);
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        GPtrArray *list = g_hash_table_lookup(values, known[i][0]);

        if (!list)
            g_hash_table_insert(values, (void *)known[i][0], list = g_ptr_array_new_with_free_func(g_free));
        g_ptr_array_add(list, g_strdup(known[i][1]));
    }
    return nwfilter_firewall_commands(filter, "v0", values, error);
}

/* The commands that add rules to chains of the interface, without program and options, one a line. */
static char *
rules_for(const char *chain, const char *rules)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) commands = commands_for(chain, rules, &error);
    g_autoptr(GString) out = g_string_new(NULL);

    g_assert_no_error(error);
    for (guint i = 0; i < commands->len; i++) {
        g_autofree char *text = g_strjoinv(" ", commands->pdata[i]);
        const char *add = strstr(text, "-A ");

        if (add && strstr(add, "-v0") && !strstr(add, "physdev") && !strstr(add, "ROUTING"))
            g_string_append_printf(out, "%s\n", add + strlen("-A "));
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static const struct {
    const char *name, *chain, *rules, *expected;
} cases[] = {
    { "limit", "root", "<rule action='drop' direction='in'><tcp connlimit-above='2' dstportstart='22'/></rule>",
      "FP-v0 -p tcp --dport 22 -m connlimit --connlimit-above 2 -j DROP\n" },
    { "state", "root", "<rule action='accept' direction='out'><all state='established,related'/></rule>",
      "FJ-v0 -p all -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN\n"
      "HJ-v0 -p all -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN\n" },
    { "range", "root", "<rule action='drop' direction='in'><udp match='no' srcipfrom='10.0.0.1' srcipto='10.0.0.9'/></rule>",
      "FJ-v0 -p udp -m iprange ! --dst-range 10.0.0.1-10.0.0.9 -j DROP\n"
      "FP-v0 -p udp -m iprange ! --src-range 10.0.0.1-10.0.0.9 -j DROP\n"
      "HJ-v0 -p udp -m iprange ! --dst-range 10.0.0.1-10.0.0.9 -j DROP\n" },
    { "mac-only", "root", "<rule action='drop' direction='in'><udp srcmacaddr='1:2:3:4:5:6'/></rule>",
      "FP-v0 -p udp -m mac --mac-source 01:02:03:04:05:06 -j DROP\n" },
    { "mac-replies", "root", "<rule action='accept' direction='in'><udp srcmacaddr='1:2:3:4:5:6'/></rule>",
      "FJ-v0 -p udp -m conntrack --ctstate ESTABLISHED -m conntrack --ctdir Reply -j RETURN\n"
      "FP-v0 -p udp -m mac --mac-source 01:02:03:04:05:06 -m conntrack --ctstate NEW,ESTABLISHED -m conntrack --ctdir "
      "Original -j ACCEPT\n"
      "HJ-v0 -p udp -m conntrack --ctstate ESTABLISHED -m conntrack --ctdir Reply -j RETURN\n" },
    { "continue", "root", "<rule action='continue' direction='in' statematch='false'><icmp type='8'/></rule>",
      "FP-v0 -p icmp --icmp-type 8\n" },
    { "chain", "ipv4-x", "<rule action='return' direction='out'><ip match='no' srcipaddr='$A[1]'/></rule>"
      "<rule action='drop' direction='inout' priority='-1'/>",
      "libvirt-J-v0 -p 0x800 -j J-v0-ipv4-x\n"
      "libvirt-P-v0 -p 0x800 -j P-v0-ipv4-x\n"
      "J-v0-ipv4-x -j DROP\n"
      "P-v0-ipv4-x -j DROP\n"
      "J-v0-ipv4-x -p ipv4 --ip-source ! 2.2.2.2 -j RETURN\n" },
    { "two-elements", "root", "<rule action='drop' direction='out'><ip match='no' srcipaddr='10.0.0.1'/><ip dscp='1'/></rule>",
      "libvirt-J-v0 -p ipv4 --ip-source ! 10.0.0.1 --ip-tos 0x1 -j DROP\n" },
    { "icmpv6-types", "root",
      "<rule action='drop' direction='inout'><ipv6 protocol='58' srcipaddr='::1' type='1' typeend='4'/></rule>",
      "libvirt-J-v0 -p ipv6 --ip6-destination ::1 --ip6-protocol 58 --ip6-icmp-type 1:4/0:255 -j DROP\n"
      "libvirt-P-v0 -p ipv6 --ip6-source ::1 --ip6-protocol 58 --ip6-icmp-type 1:4/0:255 -j DROP\n" },
    { "rarp", "root", "<rule action='reject' direction='in'><rarp opcode='Reply_Reverse' arpsrcipaddr='10.0.0.1'"
      " arpsrcipmask='255.0.0.0' gratuitous='true'/></rule>",
      "libvirt-P-v0 -p 0x8035 --arp-opcode 4 --arp-ip-src 10.0.0.1/8 --arp-gratuitous -j DROP\n" },
    { "lists", "root", "<rule action='drop' direction='in' statematch='false'><ip srcipaddr='$A' dstipaddr='$A[@1]'/></rule>",
      "libvirt-P-v0 -p ipv4 --ip-source 1.1.1.1 --ip-destination 1.1.1.1 -j DROP\n"
      "libvirt-P-v0 -p ipv4 --ip-source 2.2.2.2 --ip-destination 1.1.1.1 -j DROP\n"
      "libvirt-P-v0 -p ipv4 --ip-source 1.1.1.1 --ip-destination 2.2.2.2 -j DROP\n"
      "libvirt-P-v0 -p ipv4 --ip-source 2.2.2.2 --ip-destination 2.2.2.2 -j DROP\n" },
};

static void
test_rules(const void *data)
{
    size_t i = GPOINTER_TO_SIZE(data);
    g_autofree char *rules = rules_for(cases[i].chain, cases[i].rules);

    g_assert_cmpstr(rules, ==, cases[i].expected);
}

static const struct {
    const char *name, *rules, *message;
} errors[] = {
    { "unknown", "<rule action='drop' direction='in'><ip srcipaddr='$NO'/></rule>", "*unavailable list elements: NO" },
    { "index", "<rule action='drop' direction='in'><ip srcipaddr='$A[2]'/></rule>", "*unavailable list elements: A?2?" },
    { "lengths", "<rule action='drop' direction='in'><tcp srcipaddr='$A' dstportstart='$B'/></rule>", "*'$B' has 1 values*" },
    { "form", "<rule action='drop' direction='in'><tcp dstportstart='$B'/></rule>", "*'70000' where 'dstportstart' wants*" },
    { "reference", "<filterref filter='other'/>", "filter 'f' refers to filter 'other'*" },
};

static void
test_error(const void *data)
{
    size_t i = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = NULL;

    g_assert_null(commands_for("root", errors[i].rules, &error));
    g_assert_nonnull(error);
    if (!g_pattern_match_simple(errors[i].message, error->message))
        g_error("'%s' is not like '%s'", error->message, errors[i].message);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/nwfilter/firewall/%s", cases[i].name);

        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_rules);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(errors); i++) {
        g_autofree char *path = g_strdup_printf("/nwfilter/firewall/error/%s", errors[i].name);

        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_error);
    }
    return g_test_run();
}
