/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bandwidth.c - what goes out is queued, what comes in can only be dropped
 *
 * Rates of documents are kilobytes a second; Open vSwitch counts bits.
 */
#define ERROR_FROM VIR_FROM_NET
#include "drivers/common/bandwidth.h"

#include <string.h>

#include "util/error.h"
#include "util/process.h"

enum { COMMAND_MS = 10000, BITS = 8, KILO = 1000, KIBI = 1024, MTU = 1500 };

static GPtrArray *add(GPtrArray *commands, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Words of one command, separated by single blanks. */
static GPtrArray *
add(GPtrArray *commands, const char *format, ...)
{
    g_autofree char *line = NULL;
    g_auto(GStrv) words = NULL;
    GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);
    va_list args;

    va_start(args, format);
    line = g_strdup_vprintf(format, args);
    va_end(args);
    words = g_strsplit(line, " ", -1);
    for (char **word = words; *word; word++)
        g_ptr_array_add(argv, g_strdup(*word));
    g_ptr_array_add(commands, argv);
    return argv;
}

static bool
is_limited(const BandwidthRate *rate)
{
    return rate && rate->average;
}

static GPtrArray *
new_commands(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
}

static void
add_outgoing(GPtrArray *commands, const BandwidthRate *rate, const char *dev)
{
    g_autoptr(GString) limits = g_string_new(NULL);
    uint64_t quantum = rate->average * KILO / BITS / MTU;

    g_string_append_printf(limits, "rate %" G_GUINT64_FORMAT "kbps", rate->average);
    if (rate->peak)
        g_string_append_printf(limits, " ceil %" G_GUINT64_FORMAT "kbps", rate->peak);
    if (rate->burst)
        g_string_append_printf(limits, " burst %" G_GUINT64_FORMAT "kb", rate->burst);
    add(commands, "tc qdisc show dev %s handle 1:", dev);
    add(commands, "tc qdisc add dev %s root handle 1: htb default 1", dev);
    add(commands, "tc class add dev %s parent 1: classid 1:1 htb %s quantum %" G_GUINT64_FORMAT,
        dev, limits->str, MAX(quantum, 1));
    add(commands, "tc qdisc add dev %s parent 1:1 handle 2: sfq perturb 10", dev);
    add(commands, "tc filter add dev %s parent 1:0 protocol all prio 1 handle 1 fw flowid 1", dev);
}

static void
add_incoming(GPtrArray *commands, const BandwidthRate *rate, const char *dev)
{
    add(commands, "tc qdisc add dev %s ingress", dev);
    add(commands,
        "tc filter add dev %s parent ffff: protocol all u32 match u32 0 0 police "
        "rate %" G_GUINT64_FORMAT "kbps burst %" G_GUINT64_FORMAT "kb mtu 64kb drop flowid :1",
        dev, rate->average, rate->burst ? rate->burst : rate->average);
}

GPtrArray *
bandwidth_tc_commands(const Bandwidth *bandwidth, const char *ifname, bool swapped)
{
    const BandwidthRate *out = swapped ? bandwidth->inbound : bandwidth->outbound;
    const BandwidthRate *in = swapped ? bandwidth->outbound : bandwidth->inbound;
    GPtrArray *commands = new_commands();

    if (!is_limited(out) && !is_limited(in))
        return commands;
    add(commands, "tc qdisc del dev %s root", ifname);
    add(commands, "tc qdisc del dev %s ingress", ifname);
    if (is_limited(out))
        add_outgoing(commands, out, ifname);
    if (is_limited(in))
        add_incoming(commands, in, ifname);
    return commands;
}

GPtrArray *
bandwidth_ovs_commands(const Bandwidth *bandwidth, const char *ifname, const char *uuid)
{
    const BandwidthRate *in = bandwidth->inbound, *out = bandwidth->outbound;
    GPtrArray *commands = new_commands();
    g_autofree char *owner =
        g_strdup_printf("external-ids:vm-id=\"%s\" external-ids:ifname=\"%s\"", uuid, ifname);
    g_autoptr(GString) rates = g_string_new(NULL);
    static const char vsctl[] = "ovs-vsctl --timeout=5";

    if (!is_limited(in) && !is_limited(out))
        return commands;
    add(commands, "%s --no-heading --columns=_uuid find queue %s", vsctl, owner);
    add(commands, "%s --no-heading --columns=_uuid find qos %s", vsctl, owner);
    if (is_limited(in)) {
        g_string_append_printf(rates, "other_config:min-rate=%" G_GUINT64_FORMAT,
                               in->average * BITS * KILO);
        if (in->burst)
            g_string_append_printf(rates, " other_config:burst=%" G_GUINT64_FORMAT,
                                   in->burst * BITS * KIBI);
        if (in->peak)
            g_string_append_printf(rates, " other_config:max-rate=%" G_GUINT64_FORMAT,
                                   in->peak * BITS * KILO);
        add(commands,
            "%s set port %s qos=@qos1 %s -- --id=@qos1 create qos type=linux-htb %s "
            "queues:0=@queue0 %s "
            "-- --id=@queue0 create queue %s %s",
            vsctl, ifname, owner, rates->str, owner, rates->str, owner);
    }
    if (is_limited(out) && out->burst)
        add(commands,
            "%s set Interface %s ingress_policing_rate=%" G_GUINT64_FORMAT
            " ingress_policing_burst=%" G_GUINT64_FORMAT,
            vsctl, ifname, out->average * BITS, out->burst * BITS);
    else if (is_limited(out))
        add(commands, "%s set Interface %s ingress_policing_rate=%" G_GUINT64_FORMAT, vsctl, ifname,
            out->average * BITS);
    return commands;
}

void
bandwidth_clear(const char *ifname)
{
    static const char *const which[] = { "root", "ingress" };

    /* Each fails where there is nothing to remove. */
    for (size_t i = 0; i < G_N_ELEMENTS(which); i++) {
        const char *argv[] = { "tc", "qdisc", "del", "dev", ifname, which[i], NULL };

        process_run(argv, NULL, COMMAND_MS, NULL, NULL, NULL);
    }
}

bool
bandwidth_apply(const Bandwidth *bandwidth, const char *ifname, bool swapped, GError **error)
{
    g_autoptr(GPtrArray) commands = bandwidth_tc_commands(bandwidth, ifname, swapped);

    for (guint i = 0; i < commands->len; i++) {
        GPtrArray *argv = commands->pdata[i];
        const char *verb = argv->pdata[2];
        bool needed = strcmp(verb, "del") != 0 && strcmp(verb, "show") != 0;

        g_ptr_array_add(argv, NULL);
        /* Not every kernel has these: fairness among flows is a nicety, and marked packets go to the
         * class that is the default anyway. */
        needed = needed && !g_strv_contains((const char *const *)argv->pdata, "sfq") &&
                 !g_strv_contains((const char *const *)argv->pdata, "fw");
        if (!process_run((const char *const *)argv->pdata, NULL, COMMAND_MS, NULL, NULL,
                         needed ? error : NULL) &&
            needed) {
            error_prefix(error, "cannot limit the traffic of interface '%s'", ifname);
            return false;
        }
    }
    return true;
}
