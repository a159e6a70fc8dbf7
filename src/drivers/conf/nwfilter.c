/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nwfilter.c - values and rules of network filters
 *
 * A value is a variable ("$IP", "$A[@1]") or text of some kind; numbers keep the
 * form they were given in, addresses and masks become canonical.
 */
#define ERROR_FROM VIR_FROM_NWFILTER
#include "drivers/conf/nwfilter_gen.h"
#include "util/error.h"
#include "util/xml_private.h"

#include <arpa/inet.h>
#include <string.h>

static bool
matches(const char *pattern, const char *text)
{
    return g_regex_match_simple(pattern, text, G_REGEX_DOLLAR_ENDONLY, 0);
}

static bool
take(void *p, const char *text)
{
    g_free(*(char **)p);
    *(char **)p = g_strdup(text);
    return true;
}

/* "$A" and "$A[2]", "$A[@1]": without blanks, and "$A[@0]" is "$A". */
static bool
take_variable(const char *text, void *p)
{
    g_autofree char *plain = NULL;
    size_t n = 0;

    if (!matches("^\\$ *[a-zA-Z0-9_]+(\\[ *@?[0-9]+ *\\])? *$", text))
        return false;
    plain = g_malloc(strlen(text) + 1);
    for (; *text; text++)
        if (*text != ' ')
            plain[n++] = *text;
    plain[n] = '\0';
    if (g_str_has_suffix(plain, "[@0]"))
        plain[n - 4] = '\0';
    return take(p, plain);
}

static bool
number(const char *text, uint64_t low, uint64_t high)
{
    bool hex = g_str_has_prefix(text, "0x") || g_str_has_prefix(text, "0X");
    guint64 value;

    return g_ascii_string_to_unsigned(hex ? text + 2 : text, hex ? 16 : 10, low, high, &value, NULL);
}

static bool
one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (!g_ascii_strcasecmp(text, *words))
            return true;
    return false;
}

/* Number of leading ones of a mask, or -1 when it has holes. */
static int
mask_length(const uint8_t *bytes, size_t n)
{
    int length = 0;

    for (size_t i = 0; i < n * 8; i++) {
        bool set = bytes[i / 8] >> (7 - i % 8) & 1;
        if (set && (size_t)length < i)
            return -1;
        length += set;
    }
    return length;
}

static bool
take_mask(int family, const char *text, void *p)
{
    uint8_t bytes[16];
    int bits = family == AF_INET ? 32 : 128, length;
    g_autofree char *canonical = NULL;

    if (number(text, 0, bits) && !g_str_has_prefix(text, "0x"))
        return take(p, text);
    if (inet_pton(family, text, bytes) != 1)
        return false;
    length = mask_length(bytes, bits / 8);
    canonical = g_strdup_printf("%d", length);
    return length >= 0 && take(p, canonical);
}

#define METHOD(name) \
    static bool \
    name##_parse(const XmlField *f, const char *text, const char *unit, void *p)

METHOD(fw_mac)
{
    return take_variable(text, p) || xml_type_mac.parse(f, text, unit, p);
}

METHOD(fw_ip4)
{
    return take_variable(text, p) || (!strchr(text, ':') && xml_type_ip.parse(f, text, unit, p));
}

METHOD(fw_ip6)
{
    return take_variable(text, p) || (strchr(text, ':') && xml_type_ip.parse(f, text, unit, p));
}

METHOD(fw_mask4)
{
    return take_variable(text, p) || take_mask(AF_INET, text, p);
}

METHOD(fw_mask6)
{
    return take_variable(text, p) || take_mask(AF_INET6, text, p);
}

METHOD(fw_u6)
{
    return take_variable(text, p) || (number(text, 0, 63) && take(p, text));
}

METHOD(fw_u8)
{
    return take_variable(text, p) || (number(text, 0, 255) && take(p, text));
}

METHOD(fw_u16)
{
    return take_variable(text, p) || (number(text, 0, 65535) && take(p, text));
}

METHOD(fw_u32)
{
    return take_variable(text, p) || (number(text, 0, UINT32_MAX) && take(p, text));
}

METHOD(fw_vlan)
{
    return take_variable(text, p) || (number(text, 0, 4095) && take(p, text));
}

METHOD(fw_ethertype)
{
    static const char *const words[] = { "arp", "rarp", "ipv4", "ipv6", "vlan", NULL };

    return take_variable(text, p) || ((one_of(text, words) || number(text, 0x600, 0xffff)) && take(p, text));
}

METHOD(fw_opcode)
{
    static const char *const words[] = { "Request", "Reply", "Request_Reverse", "Reply_Reverse", "DRARP_Request",
                                         "DRARP_Reply", "DRARP_Error", "InARP_Request", "ARP_NAK", NULL };

    return take_variable(text, p) || ((one_of(text, words) || number(text, 0, 65535)) && take(p, text));
}

METHOD(fw_protocol)
{
    static const char *const words[] = { "tcp", "udp", "udplite", "esp", "ah", "icmp", "igmp", "sctp", "icmpv6", NULL };

    return take_variable(text, p) || ((one_of(text, words) || number(text, 0, 255)) && take(p, text));
}

#define STATES "(NEW|ESTABLISHED|RELATED|INVALID)"
#define FLAGS "((SYN|ACK|URG|PSH|FIN|RST)(,(SYN|ACK|URG|PSH|FIN|RST))*|ALL|NONE)"

METHOD(fw_state)
{
    return take_variable(text, p) || ((matches("^(" STATES "(," STATES ")*|NONE)$", text)) && take(p, text));
}

METHOD(fw_tcpflags)
{
    return matches("^" FLAGS "/" FLAGS "$", text) && take(p, text);
}

METHOD(fw_ipset)
{
    return take_variable(text, p) || (matches("^[a-zA-Z0-9_.:+ -]{1,31}$", text) && take(p, text));
}

METHOD(fw_ipsetflags)
{
    g_autofree char *lower = g_ascii_strdown(text, -1);

    return matches("^(src|dst)(,(src|dst)){0,5}$", lower) && take(p, lower);
}

/* Only "no state match" can be said; in upper and lower case. */
METHOD(fw_match)
{
    return (!g_ascii_strcasecmp(text, "false") || !strcmp(text, "0")) && take(p, "false");
}

METHOD(fw_comment)
{
    return strlen(text) < 256 && take(p, text);
}

static void
text_format(const XmlField *f, const void *p, GString *out)
{
    g_string_append(out, *(char *const *)p);
}

static void
text_clear(void *p)
{
    g_clear_pointer((char **)p, g_free);
}

static void
text_copy(void *dst, const void *src)
{
    *(char **)dst = g_strdup(*(char *const *)src);
}

static bool
text_equal(const void *a, const void *b)
{
    return !g_strcmp0(*(char *const *)a, *(char *const *)b);
}

#define TYPE(name, expect) \
    const XmlType xml_type_##name = { #name, expect, sizeof(char *), NULL, name##_parse, text_format, text_clear, \
                                      text_copy, text_equal }

TYPE(fw_mac, "a MAC address or a variable");
TYPE(fw_ip4, "an IPv4 address or a variable");
TYPE(fw_ip6, "an IPv6 address or a variable");
TYPE(fw_mask4, "an IPv4 netmask, a prefix up to 32 or a variable");
TYPE(fw_mask6, "an IPv6 netmask, a prefix up to 128 or a variable");
TYPE(fw_u6, "a number up to 63 or a variable");
TYPE(fw_u8, "a number up to 255 or a variable");
TYPE(fw_u16, "a number up to 65535 or a variable");
TYPE(fw_u32, "a number of 32 bits or a variable");
TYPE(fw_vlan, "a VLAN id up to 4095 or a variable");
TYPE(fw_ethertype, "arp, rarp, ipv4, ipv6, vlan, a number from 0x600 to 0xffff or a variable");
TYPE(fw_opcode, "an ARP operation such as 'Request', a number up to 65535 or a variable");
TYPE(fw_protocol, "a protocol such as 'tcp', a number up to 255 or a variable");
TYPE(fw_state, "NONE, or some of NEW, ESTABLISHED, RELATED and INVALID with commas between");
TYPE(fw_tcpflags, "flags such as 'SYN,ACK/SYN'");
TYPE(fw_ipset, "a name of at most 31 letters, digits and '_.:-+ ', or a variable");
TYPE(fw_ipsetflags, "one to six of 'src' and 'dst' with commas between");
TYPE(fw_match, "false");
TYPE(fw_comment, "at most 255 characters");

static int
compare_parameters(gconstpointer a, gconstpointer b)
{
    return strcmp((*(FwParameter *const *)a)->name, (*(FwParameter *const *)b)->name);
}

/* Values of one variable keep their order; variables go by name. */
bool
nwfilter_reference_check(void *obj, unsigned flags, GError **error)
{
    FwReference *reference = obj;

    if (reference->parameters)
        g_ptr_array_sort(reference->parameters, compare_parameters);
    return true;
}

/* An attribute is negated with the one it belongs to, wherever that is given. */
static const char *
leader(const char *name)
{
    static const char *const pairs[][2] = {
        { "srcmacmask", "srcmacaddr" },     { "dstmacmask", "dstmacaddr" },     { "srcipmask", "srcipaddr" },
        { "dstipmask", "dstipaddr" },       { "arpsrcipmask", "arpsrcipaddr" }, { "arpdstipmask", "arpdstipaddr" },
        { "srcipto", "srcipfrom" },         { "dstipto", "dstipfrom" },         { "srcportend", "srcportstart" },
        { "dstportstart", "srcportstart" }, { "dstportend", "srcportstart" },   { "ipsetflags", "ipset" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++)
        if (!strcmp(pairs[i][0], name))
            return pairs[i][1];
    return NULL;
}

static const XmlField *
row_named(const XmlField *rows, const char *name)
{
    for (; name && rows->kind; rows++)
        if (!strcmp(rows->name, name))
            return rows;
    return NULL;
}

/* The last of the elements of one protocol that has a value for @row. */
static FwMatch *
last_with(const GPtrArray *same, const XmlField *row)
{
    for (guint i = same->len; row && i > 0; i--)
        if (xml_is_set(row, same->pdata[i - 1]))
            return same->pdata[i - 1];
    return NULL;
}

/* One element for all that is to match, and one for all that is not to.  An attribute that nobody knows stays only with
 * an element that stands alone. */
static void
merge(const GPtrArray *same, GPtrArray *out)
{
    const FwMatch *first = same->pdata[0];
    const XmlField *rows = xml_case_rows(fw_match_xml.rows, first);
    FwMatch *merged[2] = { NULL, NULL };

    for (const XmlField *f = rows; f->kind; f++) {
        FwMatch *from = last_with(same, f), *head = last_with(same, row_named(rows, leader(f->name)));
        bool not = from && (head ? head : from)->match == FW_BOOL_NO;

        if (!from || !strcmp(f->name, "match"))
            continue;
        if (!merged[not]) {
            merged[not] = xml_new(&fw_match_xml);
            merged[not]->layer = first->layer;
            merged[not]->match = not ? FW_BOOL_NO : FW_BOOL_UNSET;
        }
        if (f->type->copy)
            f->type->copy(XML_AT(merged[not], f->offset), XML_AT(from, f->offset));
        else
            memcpy(XML_AT(merged[not], f->offset), XML_AT(from, f->offset), f->type->size);
    }
    if (!merged[0] && !merged[1]) {
        merged[0] = xml_new(&fw_match_xml);
        merged[0]->layer = first->layer;
    }
    for (int i = 0; i < 2; i++)
        if (merged[i])
            g_ptr_array_add(out, merged[i]);
}

/* Several elements of one protocol say the same as one that has all of their attributes. */
bool
nwfilter_rule_check(void *obj, unsigned flags, GError **error)
{
    FwRule *rule = obj;
    g_autoptr(GPtrArray) old = rule->matches, out = NULL;

    if (!old)
        return true;
    out = g_ptr_array_new();
    rule->matches = NULL;
    while (old->len) {
        g_autoptr(GPtrArray) same = g_ptr_array_new();
        const FwMatch *first = old->pdata[0];

        for (guint i = 0; i < old->len;) {
            FwMatch *match = old->pdata[i];

            if (match->layer != first->layer) {
                i++;
                continue;
            }
            g_ptr_array_add(same, match);
            g_ptr_array_remove_index(old, i);
        }
        if (same->len == 1) {
            g_ptr_array_add(out, same->pdata[0]);
            continue;
        }
        merge(same, out);
        for (guint i = 0; i < same->len; i++)
            xml_free(&fw_match_xml, same->pdata[i]);
    }
    rule->matches = g_steal_pointer(&out);
    return true;
}

bool
nwfilter_check(void *obj, unsigned flags, GError **error)
{
    NwFilter *filter = obj;

    if (!filter->chain)
        filter->chain = g_strdup("root");
    if (strlen(filter->chain) > 12 || !matches("^[a-zA-Z0-9_.:-]+$", filter->chain)) {
        error_set(error, VIR_ERR_INVALID_ARG, "chain '%s' of filter '%s' must have at most 12 letters, digits and '_.:-'",
                  filter->chain, filter->name);
        return false;
    }
    if (filter->has_priority && (filter->priority < -1000 || filter->priority > 1000)) {
        error_set(error, VIR_ERR_INVALID_ARG, "priority %d of filter '%s' is not between -1000 and 1000",
                  filter->priority, filter->name);
        return false;
    }
    for (guint i = 0; filter->entries && i < filter->entries->len; i++) {
        const FwEntry *entry = filter->entries->pdata[i];

        if (entry->kind == FW_KIND_RULE && (entry->rule.priority < -1000 || entry->rule.priority > 1000)) {
            error_set(error, VIR_ERR_INVALID_ARG, "priority %d of a rule in filter '%s' is not between -1000 and 1000",
                      entry->rule.priority, filter->name);
            return false;
        }
    }
    return true;
}
