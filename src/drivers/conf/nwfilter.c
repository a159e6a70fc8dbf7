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

enum { CHAIN_MAX = 12, RULE_PRIORITY = 500 };

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

/* Of a mask, no bit is set behind one that is not. */
METHOD(fw_mac)
{
    uint8_t mask[6];

    if (take_variable(text, p))
        return true;
    if (!xml_type_mac.parse(f, text, unit, p))
        return false;
    for (size_t i = 0; i < sizeof(mask); i++)
        mask[i] = (uint8_t)strtoul(*(char **)p + 3 * i, NULL, 16);
    return !g_str_has_suffix(f->name, "mask") || mask_length(mask, sizeof(mask)) >= 0;
}

/* Decimal or hexadecimal, as it was given. */
static bool
take_number(const char *text, uint64_t high, void *p)
{
    bool hex = g_str_has_prefix(text, "0x") || g_str_has_prefix(text, "0X");
    g_autofree char *plain = NULL;

    if (!number(text, 0, high))
        return false;
    plain = g_strdup_printf(hex ? "0x%" G_GINT64_MODIFIER "x" : "%" G_GUINT64_FORMAT,
                            g_ascii_strtoull(hex ? text + 2 : text, NULL, hex ? 16 : 10));
    return take(p, plain);
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
    return take_variable(text, p) || take_number(text, 63, p);
}

METHOD(fw_u8)
{
    return take_variable(text, p) || take_number(text, 255, p);
}

METHOD(fw_u16)
{
    return take_variable(text, p) || take_number(text, 65535, p);
}

METHOD(fw_u32)
{
    return take_variable(text, p) || take_number(text, UINT32_MAX, p);
}

METHOD(fw_vlan)
{
    return take_variable(text, p) || take_number(text, 4095, p);
}

typedef struct Number {
    const char *word;
    unsigned value;
} Number;

/* A word in any case, or a number from @low to @high: a number that has a word becomes it. */
static bool
take_named(const char *text, const Number *known, unsigned low, unsigned high, void *p)
{
    bool hex = g_str_has_prefix(text, "0x") || g_str_has_prefix(text, "0X");
    guint64 value = 0;
    bool numeric = g_ascii_string_to_unsigned(hex ? text + 2 : text, hex ? 16 : 10, low, high, &value, NULL);

    for (; known->word; known++)
        if (numeric ? known->value == value : !g_ascii_strcasecmp(text, known->word))
            return take(p, known->word);
    return numeric && take(p, text);
}

METHOD(fw_ethertype)
{
    static const Number known[] = { { "arp", 0x806 },    { "rarp", 0x8035 }, { "ipv4", 0x800 },
                                    { "ipv6", 0x86dd },  { "vlan", 0x8100 }, { NULL, 0 } };

    return take_variable(text, p) || take_named(text, known, 0x600, 0xffff, p);
}

METHOD(fw_opcode)
{
    static const Number known[] = { { "Request", 1 },       { "Reply", 2 },         { "Request_Reverse", 3 },
                                    { "Reply_Reverse", 4 }, { "DRARP_Request", 5 }, { "DRARP_Reply", 6 },
                                    { "DRARP_Error", 7 },   { "InARP_Request", 8 }, { "ARP_NAK", 9 },
                                    { NULL, 0 } };

    return take_variable(text, p) || take_named(text, known, 0, 65535, p);
}

METHOD(fw_protocol)
{
    static const Number known[] = { { "tcp", 6 },  { "udp", 17 }, { "udplite", 136 }, { "esp", 50 },     { "ah", 51 },
                                    { "icmp", 1 }, { "igmp", 2 }, { "sctp", 132 },    { "icmpv6", 58 }, { NULL, 0 } };

    return take_variable(text, p) || take_named(text, known, 0, 255, p);
}

#define STATES "(NEW|ESTABLISHED|RELATED|INVALID)"
#define FLAGS "((SYN|ACK|URG|PSH|FIN|RST)(,(SYN|ACK|URG|PSH|FIN|RST))*|ALL|NONE)"

METHOD(fw_state)
{
    g_autofree char *upper = g_ascii_strup(text, -1);

    return take_variable(text, p) || (matches("^(" STATES "(," STATES ")*|NONE)$", upper) && take(p, upper));
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
    for (guint i = 0; i < old->len; i++)
        if (((FwMatch *)old->pdata[i])->match == FW_BOOL_YES)
            ((FwMatch *)old->pdata[i])->match = FW_BOOL_UNSET;
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

/* Chains are called after the protocol they take, perhaps with more behind it. */
static bool
check_chain(const NwFilter *filter, GError **error)
{
    static const char *const protocols[] = { "mac", "vlan", "stp", "arp", "rarp", "ipv4", "ipv6" };

    if (strlen(filter->chain) > CHAIN_MAX) {
        error_set(error, VIR_ERR_INVALID_ARG, "Name of chain is longer than %d characters", CHAIN_MAX);
        return false;
    }
    if (!matches("^[a-zA-Z0-9_.:-]+$", filter->chain)) {
        error_set(error, VIR_ERR_INVALID_ARG, "Chain name contains invalid characters");
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(protocols); i++)
        if (g_str_has_prefix(filter->chain, protocols[i]))
            return true;
    if (!strcmp(filter->chain, "root"))
        return true;
    error_set(error, VIR_ERR_INVALID_ARG, "Invalid chain name '%s'. Please use a chain name called 'root' or any of the "
              "following prefixes: mac, vlan, stp, arp, rarp, ipv4, ipv6", filter->chain);
    return false;
}

/* Where a chain is looked at among those of the interface; the earlier, the lower. */
static int
chain_priority(const char *chain)
{
    static const struct {
        const char *name;
        int priority;
    } known[] = { { "mac", -800 }, { "vlan", -750 }, { "ipv4", -700 }, { "ipv6", -600 }, { "arp", -500 }, { "rarp", -400 } };

    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (g_str_has_prefix(chain, known[i].name))
            return known[i].priority;
    return 0;
}

bool
nwfilter_check(void *obj, unsigned flags, GError **error)
{
    NwFilter *filter = obj;

    if (!filter->name[0]) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "filter has no name");
        return false;
    }
    if (!filter->chain || !filter->chain[0]) {
        g_free(filter->chain);
        filter->chain = g_strdup("root");
    }
    if (!check_chain(filter, error))
        return false;
    if (filter->has_priority && (filter->priority < -1000 || filter->priority > 1000)) {
        error_set(error, VIR_ERR_INVALID_ARG, "Priority '%d' is outside valid range of [-1000,1000]", filter->priority);
        return false;
    }
    if (!filter->has_priority)
        filter->priority = chain_priority(filter->chain);
    filter->has_priority = filter->priority != 0;
    for (guint i = 0; filter->entries && i < filter->entries->len; i++) {
        FwEntry *entry = filter->entries->pdata[i];

        if (entry->kind == FW_KIND_RULE && (entry->rule.priority < -1000 || entry->rule.priority > 1000))
            entry->rule.priority = RULE_PRIORITY;
    }
    return true;
}
