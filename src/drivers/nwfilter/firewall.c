/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* firewall.c - the packet filter of a guest's interface
 *
 * A rule becomes one command for each chain its packets pass.  Rules are written for packets of their own direction ("in"
 * for those of both); in the chains of the other direction source and destination change places.  Accepting means to
 * let the answers through as well: there the connection has to be known already.
 */
#define ERROR_FROM VIR_FROM_NWFILTER
#include "drivers/nwfilter/firewall.h"
#include "drivers/nwfilter/variables.h"
#include "drivers/nwfilter/words.h"
#include "util/error.h"

#include <string.h>

enum { ETHER, IP4, IP6, TOOLS };

static const char *const tool_words[TOOLS] = { "ebtables --concurrent -t nat", "iptables -w", "ip6tables -w" };

/* @ is the name of the interface. */
static const char *const removal[] = {
    "-D PREROUTING -i @ -j libvirt-J-@",
    "-D POSTROUTING -o @ -j libvirt-P-@",
    "-L libvirt-J-@",
    "-L libvirt-P-@",
    "-F libvirt-J-@",
    "-X libvirt-J-@",
    "-F libvirt-P-@",
    "-X libvirt-P-@",
    NULL,
};

static const char *const creation[] = { "-N libvirt-J-@", "-N libvirt-P-@", NULL };

static const char *const linking[] = { "-A PREROUTING -i @ -j libvirt-J-@", "-A POSTROUTING -o @ -j libvirt-P-@", NULL };

static const char *const ip_removal[] = {
    "-D libvirt-out -m physdev --physdev-is-bridged --physdev-out @ -g FP-@",
    "-D libvirt-out -m physdev --physdev-out @ -g FP-@",
    "-D libvirt-in -m physdev --physdev-in @ -g FJ-@",
    "-D libvirt-host-in -m physdev --physdev-in @ -g HJ-@",
    "-F FP-@",
    "-X FP-@",
    "-F FJ-@",
    "-X FJ-@",
    "-F HJ-@",
    "-X HJ-@",
    NULL,
};

/* The shared chains come to the top again: others may have put theirs in front. */
static const char *const ip_creation[] = {
    "-N libvirt-in",
    "-N libvirt-out",
    "-N libvirt-in-post",
    "-N libvirt-host-in",
    "-D FORWARD -j libvirt-in",
    "-D FORWARD -j libvirt-out",
    "-D FORWARD -j libvirt-in-post",
    "-D INPUT -j libvirt-host-in",
    "-I FORWARD 1 -j libvirt-in",
    "-I FORWARD 2 -j libvirt-out",
    "-I FORWARD 3 -j libvirt-in-post",
    "-I INPUT 1 -j libvirt-host-in",
    "-N FP-@",
    "-N FJ-@",
    "-N HJ-@",
    "-A libvirt-out -m physdev --physdev-is-bridged --physdev-out @ -g FP-@",
    "-A libvirt-in -m physdev --physdev-in @ -g FJ-@",
    "-A libvirt-host-in -m physdev --physdev-in @ -g HJ-@",
    "-D libvirt-in-post -m physdev --physdev-in @ -j ACCEPT",
    "-A libvirt-in-post -m physdev --physdev-in @ -j ACCEPT",
    NULL,
};

/* A chain of an interface, and where packets go that a rule of it is for. */
typedef struct Chain {
    const char *name;
    FwDirection direction;
    const char *targets[FW_ACTION_LAST];
} Chain;

#define ETHER_TARGETS \
    { [FW_ACTION_DROP] = "DROP", [FW_ACTION_ACCEPT] = "ACCEPT", [FW_ACTION_REJECT] = "DROP", \
      [FW_ACTION_CONTINUE] = "CONTINUE", [FW_ACTION_RETURN] = "RETURN" }
#define IP_TARGETS(accept) \
    { [FW_ACTION_DROP] = "DROP", [FW_ACTION_ACCEPT] = accept, [FW_ACTION_REJECT] = "REJECT", [FW_ACTION_RETURN] = "RETURN" }

/* What the guest sends has other chains to pass, so accepting is returning; continuing needs no target. */
static const Chain ether_chains[] = {
    { "J-", FW_DIRECTION_OUT, ETHER_TARGETS },
    { "P-", FW_DIRECTION_IN, ETHER_TARGETS },
    { NULL, FW_DIRECTION_UNSET, { NULL } },
}, ip_chains[] = {
    { "FJ-", FW_DIRECTION_OUT, IP_TARGETS("RETURN") },
    { "FP-", FW_DIRECTION_IN, IP_TARGETS("ACCEPT") },
    { "HJ-", FW_DIRECTION_OUT, IP_TARGETS("RETURN") },
    { NULL, FW_DIRECTION_UNSET, { NULL } },
};

static void
list_free(void *list)
{
    g_strfreev(list);
}

static void
array_free(void *array)
{
    g_ptr_array_unref(array);
}

static void
add_words(GPtrArray *argv, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);

    for (char **word = words; *word; word++)
        g_ptr_array_add(argv, g_strdup(*word));
}

/* The words of one command, to which more are added before it is finished. */
static GPtrArray *
command_new(int tool)
{
    GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);

    add_words(argv, tool_words[tool]);
    return argv;
}

static void
command_finish(GPtrArray *commands, GPtrArray *argv)
{
    g_ptr_array_add(argv, NULL);
    g_ptr_array_add(commands, g_ptr_array_free(argv, FALSE));
}

static void
add_lines(GPtrArray *commands, int tool, const char *const *lines, const char *ifname)
{
    for (; *lines; lines++) {
        GPtrArray *argv = command_new(tool);
        g_auto(GStrv) pieces = g_strsplit(*lines, "@", -1);
        g_autofree char *text = g_strjoinv(ifname, pieces);

        add_words(argv, text);
        command_finish(commands, argv);
    }
}

/* Filters of one protocol have chains below those of the interface. */
static void
add_subchains(GPtrArray *commands, const NwFilter *filter, const char *ifname)
{
    for (const Chain *chain = ether_chains; chain->name; chain++) {
        g_autofree char *name = g_strdup_printf("%s%s-%s", chain->name, ifname, filter->chain);
        g_autofree char *remove = g_strdup_printf("-F %s\n-X %s\n-N %s\n-A libvirt-%s%s%s -j %s", name, name, name,
                                                  chain->name, ifname, nwfilter_words_chain(filter->chain), name);
        g_auto(GStrv) lines = g_strsplit(remove, "\n", -1);

        add_lines(commands, ETHER, (const char *const *)lines, ifname);
    }
}

/* State that the rule asks for. */
static const FwMatch *
with_state(const GPtrArray *matches)
{
    for (guint i = 0; i < matches->len; i++)
        if (((const FwMatch *)matches->pdata[i])->state)
            return matches->pdata[i];
    return NULL;
}

/* Some rules say nothing about answers: those that name states, count connections, or take one type of ICMP message,
 * since the answer has another type. */
static bool
is_one_way(const GPtrArray *matches)
{
    for (guint i = 0; i < matches->len; i++) {
        const FwMatch *match = matches->pdata[i];

        if (match->state || match->connlimit_above || match->type)
            return true;
    }
    return false;
}

/* Words for the state of the connection; returns whether there are any. */
static bool
add_state(GPtrArray *argv, const FwRule *rule, const GPtrArray *matches, bool reversed)
{
    const FwMatch *asked = with_state(matches);
    guint before = argv->len;

    if (asked && strcmp(asked->state, "NONE")) {
        add_words(argv, asked->match == FW_BOOL_NO ? "-m conntrack ! --ctstate" : "-m conntrack --ctstate");
        g_ptr_array_add(argv, g_strdup(asked->state));
    }
    if (!asked && !rule->statematch && rule->action == FW_ACTION_ACCEPT && rule->direction != FW_DIRECTION_INOUT) {
        add_words(argv, reversed ? "-m conntrack --ctstate ESTABLISHED" : "-m conntrack --ctstate NEW,ESTABLISHED");
        if (!is_one_way(matches))
            add_words(argv, reversed ? "-m conntrack --ctdir Reply" : "-m conntrack --ctdir Original");
    }
    return argv->len > before;
}

static void
add_target(GPtrArray *argv, const Chain *chain, const FwRule *rule)
{
    if (!chain->targets[rule->action])
        return;
    g_ptr_array_add(argv, g_strdup("-j"));
    g_ptr_array_add(argv, g_strdup(chain->targets[rule->action]));
}

static void
add_ether_rule(GPtrArray *commands, const NwFilter *filter, const FwRule *rule, const GPtrArray *matches,
               const char *ifname)
{
    bool root = !strcmp(filter->chain, "root");

    for (const Chain *chain = ether_chains; chain->name; chain++) {
        g_autofree char *place = g_strdup_printf("-A %s%s%s%s%s", root ? "libvirt-" : "", chain->name, ifname,
                                                 root ? "" : "-", root ? "" : filter->chain);
        GPtrArray *argv = NULL;

        if (rule->direction != FW_DIRECTION_INOUT && rule->direction != chain->direction)
            continue;
        argv = command_new(ETHER);
        add_words(argv, place);
        if (matches)
            nwfilter_words_ether(argv, matches,
                                 rule->direction == FW_DIRECTION_INOUT && chain->direction == FW_DIRECTION_OUT);
        add_target(argv, chain, rule);
        command_finish(commands, argv);
    }
}

static void
add_ip_rule(GPtrArray *commands, int tool, const FwRule *rule, const GPtrArray *matches, const char *ifname)
{
    const char *layer = fw_layer_words[((const FwMatch *)matches->pdata[0])->layer];
    FwDirection own = rule->direction == FW_DIRECTION_OUT ? FW_DIRECTION_OUT : FW_DIRECTION_IN;

    for (const Chain *chain = ip_chains; chain->name; chain++) {
        bool reversed = chain->direction != own, stateful;
        g_autofree char *place = g_strdup_printf("-A %s%s -p %.*s", chain->name, ifname, (int)strcspn(layer, "-"), layer);
        g_autoptr(GPtrArray) argv = NULL;

        if (reversed && rule->direction != FW_DIRECTION_INOUT && is_one_way(matches))
            continue;
        argv = command_new(tool);
        add_words(argv, place);
        nwfilter_words_early(argv, matches, reversed);
        stateful = add_state(argv, rule, matches, reversed);
        nwfilter_words_late(argv, matches, reversed);
        add_target(argv, chain, rule);
        /* A rule for one MAC address must not become one for all packets where that cannot be told. */
        if (reversed && !stateful && nwfilter_words_narrow(matches, false) && !nwfilter_words_narrow(matches, true))
            continue;
        command_finish(commands, g_steal_pointer(&argv));
    }
}

static int
tool_of(FwLayer layer)
{
    return layer < FW_LAYER_TCP ? ETHER : layer <= FW_LAYER_ALL ? IP4 : IP6;
}

/* The elements of a rule that are for the same protocol as the one at @first, which is the first of them; else NULL. */
static GPtrArray *
same_layer(const GPtrArray *matches, guint first)
{
    FwLayer layer = ((const FwMatch *)matches->pdata[first])->layer;
    g_autoptr(GPtrArray) same = g_ptr_array_new();

    for (guint i = 0; i < matches->len; i++) {
        if (((const FwMatch *)matches->pdata[i])->layer != layer)
            continue;
        if (i < first)
            return NULL;
        g_ptr_array_add(same, matches->pdata[i]);
    }
    return g_steal_pointer(&same);
}

static bool
add_rule(const GPtrArray *lists, const NwFilter *filter, const FwRule *rule, const char *ifname, GHashTable *values,
         GError **error)
{
    if (!rule->matches || rule->matches->len == 0)
        add_ether_rule(lists->pdata[ETHER], filter, rule, NULL, ifname);
    for (guint i = 0; rule->matches && i < rule->matches->len; i++) {
        g_autoptr(GPtrArray) same = same_layer(rule->matches, i), plain = NULL;
        int tool = tool_of(((const FwMatch *)rule->matches->pdata[i])->layer);

        if (!same)
            continue;
        plain = nwfilter_variables_expand(same, values, error);
        if (!plain)
            return false;
        for (guint k = 0; k < plain->len; k++) {
            if (tool == ETHER)
                add_ether_rule(lists->pdata[ETHER], filter, rule, plain->pdata[k], ifname);
            else
                add_ip_rule(lists->pdata[tool], tool, rule, plain->pdata[k], ifname);
        }
    }
    return true;
}

static int
compare_priority(gconstpointer a, gconstpointer b)
{
    int left = (*(const FwRule *const *)a)->priority, right = (*(const FwRule *const *)b)->priority;

    return (left > right) - (left < right);
}

/* The rules of the filter, lowest priority first; equal ones as they stand. */
static GPtrArray *
sorted_rules(const NwFilter *filter, GError **error)
{
    g_autoptr(GPtrArray) rules = g_ptr_array_new();

    for (guint i = 0; filter->entries && i < filter->entries->len; i++) {
        FwEntry *entry = filter->entries->pdata[i];

        if (entry->kind == FW_KIND_FILTERREF) {
            error_set(error, VIR_ERR_NO_NWFILTER, "filter '%s' refers to filter '%s', which is not known here", filter->name,
                      entry->reference.filter);
            return NULL;
        }
        g_ptr_array_add(rules, &entry->rule);
    }
    g_ptr_array_sort(rules, compare_priority);
    return g_steal_pointer(&rules);
}

static void
move_all(GPtrArray *to, GPtrArray *from)
{
    for (guint i = 0; i < from->len; i++)
        g_ptr_array_add(to, g_steal_pointer(&from->pdata[i]));
}

GPtrArray *
nwfilter_firewall_commands(const NwFilter *filter, const char *ifname, GHashTable *values, GError **error)
{
    g_autoptr(GPtrArray) sorted = sorted_rules(filter, error);
    g_autoptr(GPtrArray) lists = g_ptr_array_new_with_free_func(array_free);
    g_autoptr(GPtrArray) commands = g_ptr_array_new_with_free_func(list_free);
    bool root = !strcmp(filter->chain, "root"), ether;

    if (!sorted)
        return NULL;
    for (int tool = 0; tool < TOOLS; tool++)
        g_ptr_array_add(lists, g_ptr_array_new_with_free_func(list_free));
    for (guint i = 0; i < sorted->len; i++)
        if (!add_rule(lists, filter, sorted->pdata[i], ifname, values, error))
            return NULL;
    ether = !root || ((GPtrArray *)lists->pdata[ETHER])->len > 0;
    add_lines(commands, ETHER, removal, ifname);
    if (ether)
        add_lines(commands, ETHER, creation, ifname);
    if (!root)
        add_subchains(commands, filter, ifname);
    move_all(commands, lists->pdata[ETHER]);
    for (int tool = IP4; tool <= IP6; tool++) {
        GPtrArray *rules = lists->pdata[tool];

        add_lines(commands, tool, ip_removal, ifname);
        if (rules->len == 0)
            continue;
        add_lines(commands, tool, ip_creation, ifname);
        move_all(commands, rules);
    }
    if (ether)
        add_lines(commands, ETHER, linking, ifname);
    return g_steal_pointer(&commands);
}
