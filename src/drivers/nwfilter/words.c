/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* words.c - what a rule matches, as words for ebtables and iptables
 *
 * A row says which option an attribute becomes, which one it is for packets of the other direction, and how the value is
 * printed.  An attribute that is not given makes no words, so one table serves all protocols of iptables.
 */
#include "drivers/nwfilter/words.h"

#include <stddef.h>
#include <string.h>

typedef enum {
    FIXED,    /* `option` is both words */
    PLAIN,    /* the value as it stands */
    NUMBER,   /* decimal */
    HEX,
    MASKED,   /* value/other */
    RANGE,    /* numbers, value:other */
    SPAN,     /* addresses, value-other */
    TYPE,     /* numbers, value/other */
    TYPES,    /* ranges of type and code of ICMPv6 */
    FLAGS,    /* mask/flags, as two words */
    SET,      /* name of a set and directions */
    BARE,     /* the option alone, if the attribute is true */
} Form;

typedef struct Word {
    uint8_t form;
    uint16_t value, other;           /* offsets in FwMatch; other: 0 for none */
    const char *option, *reversed;   /* reversed: NULL if it cannot be said */
    const char *module;              /* of iptables, to be loaded first */
} Word;

#define M(name) offsetof(FwMatch, name)
#define BOTH(form, value, other, option) { form, M(value), other, option, option, NULL }
#define SRC_MAC { MASKED, M(srcmacaddr), M(srcmacmask), "-s", "-d", NULL }
#define MACS SRC_MAC, { MASKED, M(dstmacaddr), M(dstmacmask), "-d", "-s", NULL }
#define END { FIXED, 0, 0, NULL, NULL, NULL }
#define SIDES(form, src, srcother, dst, dstother, a, b, module) \
    { form, M(src), M(srcother), a, b, module }, { form, M(dst), M(dstother), b, a, module }

#define ARP(protocol) \
    MACS, { FIXED, 0, 0, "-p " protocol, "-p " protocol, NULL }, BOTH(NUMBER, hwtype, 0, "--arp-htype"), \
        BOTH(NUMBER, opcode, 0, "--arp-opcode"), BOTH(HEX, protocoltype, 0, "--arp-ptype"), \
        SIDES(MASKED, arpsrcipaddr, arpsrcipmask, arpdstipaddr, arpdstipmask, "--arp-ip-src", "--arp-ip-dst", NULL), \
        { PLAIN, M(arpsrcmacaddr), 0, "--arp-mac-src", "--arp-mac-dst", NULL }, \
        { PLAIN, M(arpdstmacaddr), 0, "--arp-mac-dst", "--arp-mac-src", NULL }, \
        BOTH(BARE, gratuitous, 0, "--arp-gratuitous"), END

static const Word mac_words[] = { MACS, BOTH(HEX, protocolid, 0, "-p"), END };

static const Word vlan_words[] = {
    MACS,
    { FIXED, 0, 0, "-p 0x8100", "-p 0x8100", NULL },
    BOTH(NUMBER, vlanid, 0, "--vlan-id"),
    BOTH(NUMBER, encap_protocol, 0, "--vlan-encap"),
    END,
};

/* Bridges send these to a group, so there is nobody to change places with. */
static const Word stp_words[] = {
    { MASKED, M(srcmacaddr), M(srcmacmask), "-s", "-s", NULL },
    { FIXED, 0, 0, "-d 01:80:c2:00:00:00", "-d 01:80:c2:00:00:00", NULL },
    BOTH(NUMBER, type, 0, "--stp-type"),
    BOTH(NUMBER, stp_flags, 0, "--stp-flags"),
    BOTH(RANGE, root_priority, M(root_priority_hi), "--stp-root-pri"),
    BOTH(MASKED, root_address, M(root_address_mask), "--stp-root-addr"),
    BOTH(RANGE, root_cost, M(root_cost_hi), "--stp-root-cost"),
    BOTH(RANGE, sender_priority, M(sender_priority_hi), "--stp-sender-prio"),
    BOTH(MASKED, sender_address, M(sender_address_mask), "--stp-sender-addr"),
    BOTH(RANGE, port, M(port_hi), "--stp-port"),
    BOTH(RANGE, age, M(age_hi), "--stp-msg-age"),
    BOTH(RANGE, max_age, M(max_age_hi), "--stp-max-age"),
    BOTH(RANGE, hello_time, M(hello_time_hi), "--stp-hello-time"),
    BOTH(RANGE, forward_delay, M(forward_delay_hi), "--stp-forward-delay"),
    END,
};

static const Word arp_words[] = { ARP("0x806") }, rarp_words[] = { ARP("0x8035") };

static const Word ip_words[] = {
    MACS,
    { FIXED, 0, 0, "-p ipv4", "-p ipv4", NULL },
    SIDES(MASKED, srcipaddr, srcipmask, dstipaddr, dstipmask, "--ip-source", "--ip-destination", NULL),
    BOTH(NUMBER, protocol, 0, "--ip-protocol"),
    SIDES(RANGE, srcportstart, srcportend, dstportstart, dstportend, "--ip-source-port", "--ip-destination-port", NULL),
    BOTH(HEX, dscp, 0, "--ip-tos"),
    END,
};

static const Word ipv6_words[] = {
    MACS,
    { FIXED, 0, 0, "-p ipv6", "-p ipv6", NULL },
    SIDES(MASKED, srcip6addr, srcip6mask, dstip6addr, dstip6mask, "--ip6-source", "--ip6-destination", NULL),
    BOTH(NUMBER, protocol, 0, "--ip6-protocol"),
    SIDES(RANGE, srcportstart, srcportend, dstportstart, dstportend, "--ip6-source-port", "--ip6-destination-port", NULL),
    BOTH(TYPES, type, 0, "--ip6-icmp-type"),
    END,
};

static const Word *const ether_words[FW_LAYER_LAST] = {
    [FW_LAYER_MAC] = mac_words, [FW_LAYER_VLAN] = vlan_words, [FW_LAYER_STP] = stp_words,  [FW_LAYER_ARP] = arp_words,
    [FW_LAYER_RARP] = rarp_words, [FW_LAYER_IP] = ip_words,   [FW_LAYER_IPV6] = ipv6_words,
};

/* All protocols of iptables and ip6tables; it knows no receiver's MAC address. */
static const Word early_words[] = {
    { PLAIN, M(srcmacaddr), 0, "--mac-source", NULL, "mac" },
    { MASKED, M(srcipaddr), M(srcipmask), "--source", "--destination", NULL },
    { MASKED, M(srcip6addr), M(srcip6mask), "--source", "--destination", NULL },
    { SPAN, M(srcipfrom), M(srcipto), "--src-range", "--dst-range", "iprange" },
    { SPAN, M(srcip6from), M(srcip6to), "--src-range", "--dst-range", "iprange" },
    { MASKED, M(dstipaddr), M(dstipmask), "--destination", "--source", NULL },
    { MASKED, M(dstip6addr), M(dstip6mask), "--destination", "--source", NULL },
    { SPAN, M(dstipfrom), M(dstipto), "--dst-range", "--src-range", "iprange" },
    { SPAN, M(dstip6from), M(dstip6to), "--dst-range", "--src-range", "iprange" },
    { NUMBER, M(dscp), 0, "--dscp", "--dscp", "dscp" },
    BOTH(FLAGS, tcp_flags, 0, "--tcp-flags"),
    SIDES(RANGE, srcportstart, srcportend, dstportstart, dstportend, "--sport", "--dport", NULL),
    BOTH(TYPE, type, M(code), "--icmp-type"),
    END,
};

static const Word late_words[] = {
    { NUMBER, M(connlimit_above), 0, "--connlimit-above", "--connlimit-above", "connlimit" },
    { SET, M(ipset), M(ipsetflags), "--match-set", "--match-set", "set" },
    { PLAIN, M(comment), 0, "--comment", "--comment", "comment" },
    END,
};

/* Words the document has for numbers. */
static const struct {
    const char *word;
    unsigned value;
} named[] = {
    { "arp", 0x806 },       { "rarp", 0x8035 },     { "ipv4", 0x800 },    { "ipv6", 0x86dd },         { "vlan", 0x8100 },
    { "tcp", 6 },           { "udp", 17 },          { "udplite", 136 },   { "esp", 50 },              { "ah", 51 },
    { "icmp", 1 },          { "igmp", 2 },          { "sctp", 132 },      { "icmpv6", 58 },           { "Request", 1 },
    { "Reply", 2 },         { "Request_Reverse", 3 }, { "Reply_Reverse", 4 }, { "DRARP_Request", 5 }, { "DRARP_Reply", 6 },
    { "DRARP_Error", 7 },   { "InARP_Request", 8 }, { "ARP_NAK", 9 },
};

static unsigned
number(const char *text)
{
    for (size_t i = 0; i < G_N_ELEMENTS(named); i++)
        if (!strcmp(named[i].word, text))
            return named[i].value;
    return (unsigned)g_ascii_strtoull(text, NULL, g_ascii_strncasecmp(text, "0x", 2) ? 10 : 16);
}

static const char *
text_at(const FwMatch *match, uint16_t offset)
{
    return offset ? *(char *const *)((const char *)match + offset) : NULL;
}

/* "src" and "dst" change places. */
static char *
exchange(const char *flags)
{
    g_autoptr(GString) out = g_string_new(NULL);

    for (const char *p = flags; *p; p += strcspn(p, ",") + (strchr(p, ',') != NULL))
        g_string_append_printf(out, "%s%s", out->len ? "," : "", p[0] == 's' ? "dst" : "src");
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* "low:high", where the whole range is meant if there is no low. */
static char *
range_of(const char *low, const char *high, unsigned most)
{
    unsigned first = low ? number(low) : 0;

    return g_strdup_printf("%u:%u", first, high ? number(high) : low ? first : most);
}

/* The first or only word of the value of a row. */
static char *
print(const Word *word, const FwMatch *match)
{
    const char *text = text_at(match, word->value), *other = text_at(match, word->other);
    g_autofree char *types = NULL, *codes = NULL;

    switch ((Form)word->form) {
    case NUMBER:
        return g_strdup_printf("%u", number(text));
    case HEX:
        return g_strdup_printf("0x%x", number(text));
    case MASKED:
        return other ? g_strdup_printf("%s/%s", text, other) : g_strdup(text);
    case RANGE:
        return other ? range_of(text, other, 0) : g_strdup_printf("%u", number(text));
    case SPAN:
        return other ? g_strdup_printf("%s-%s", text, other) : g_strdup(text);
    case TYPE:
        return other ? g_strdup_printf("%u/%u", number(text), number(other)) : g_strdup_printf("%u", number(text));
    case TYPES:
        types = range_of(text, match->typeend, 255);
        codes = range_of(match->code, match->codeend, 255);
        return g_strdup_printf("%s/%s", types, codes);
    default:
        return g_strdup(text);
    }
}

/* The value of a row: one word, or two. */
static void
add_value(GPtrArray *argv, const Word *word, const FwMatch *match, bool reversed)
{
    g_autofree char *text = print(word, match);
    const char *flags = text_at(match, word->other), *slash = strchr(text, '/');

    if (word->form == FLAGS && slash) {
        g_ptr_array_add(argv, g_strndup(text, slash - text));
        g_ptr_array_add(argv, g_strdup(slash + 1));
        return;
    }
    g_ptr_array_add(argv, g_steal_pointer(&text));
    if (word->form == SET && flags)
        g_ptr_array_add(argv, reversed ? exchange(flags) : g_strdup(flags));
}

static bool
is_given(const Word *word, const FwMatch *match)
{
    if (word->form == BARE)
        return match->gratuitous == FW_TRUTH_TRUE;
    if (word->form == TYPES)
        return match->type || match->code;
    return text_at(match, word->value) != NULL;
}

/* "!" stands in front of options of iptables, and behind those of ebtables that have a value. */
static void
add_one(GPtrArray *argv, const Word *word, const FwMatch *match, bool reversed, bool ether)
{
    const char *option = reversed ? word->reversed : word->option;
    bool not = match->match == FW_BOOL_NO && word->value != M(comment);

    if (!option || !is_given(word, match))
        return;
    if (word->module) {
        g_ptr_array_add(argv, g_strdup("-m"));
        g_ptr_array_add(argv, g_strdup(word->module));
    }
    if (not && (!ether || word->form == BARE))
        g_ptr_array_add(argv, g_strdup("!"));
    if (match->layer == FW_LAYER_ICMPV6 && word->form == TYPE)
        option = "--icmpv6-type";
    g_ptr_array_add(argv, g_strdup(option));
    if (not && ether && word->form != BARE)
        g_ptr_array_add(argv, g_strdup("!"));
    if (word->form != BARE)
        add_value(argv, word, match, reversed);
}

/* An attribute is in one of the elements: in that of what matches, or in that of what does not. */
static void
add_words(GPtrArray *argv, const Word *words, const GPtrArray *matches, bool reversed, bool ether)
{
    for (; words->option; words++) {
        if (words->form == FIXED) {
            const char *blank = strchr(words->option, ' ');

            g_ptr_array_add(argv, g_strndup(words->option, blank - words->option));
            g_ptr_array_add(argv, g_strdup(blank + 1));
            continue;
        }
        for (guint i = 0; i < matches->len; i++)
            add_one(argv, words, matches->pdata[i], reversed, ether);
    }
}

void
nwfilter_words_ether(GPtrArray *argv, const GPtrArray *matches, bool reversed)
{
    const FwMatch *first = matches->pdata[0];

    if (ether_words[first->layer])
        add_words(argv, ether_words[first->layer], matches, reversed, true);
}

void
nwfilter_words_early(GPtrArray *argv, const GPtrArray *matches, bool reversed)
{
    add_words(argv, early_words, matches, reversed, false);
}

void
nwfilter_words_late(GPtrArray *argv, const GPtrArray *matches, bool reversed)
{
    add_words(argv, late_words, matches, reversed, false);
}

bool
nwfilter_words_narrow(const GPtrArray *matches, bool reversed)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);

    nwfilter_words_early(argv, matches, reversed);
    for (guint i = 0; i < matches->len; i++) {
        const FwMatch *match = matches->pdata[i];

        if (match->connlimit_above || match->ipset)
            return true;
    }
    return argv->len > 0;
}

const char *
nwfilter_words_chain(const char *chain)
{
    static const struct {
        const char *prefix, *words;
    } known[] = { { "arp", " -p 0x806" },   { "rarp", " -p 0x8035" },  { "ipv4", " -p 0x800" },
                  { "ipv6", " -p 0x86dd" }, { "vlan", " -p 0x8100" }, { "stp", " -d 01:80:c2:00:00:00" } };

    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (g_str_has_prefix(chain, known[i].prefix))
            return known[i].words;
    return "";
}
