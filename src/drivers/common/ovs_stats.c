/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ovs_stats.c - what Open vSwitch counts at a port */
#define ERROR_FROM VIR_FROM_NONE
#include "drivers/common/ovs_stats.h"

#include <string.h>

#include "util/error.h"
#include "util/json.h"
#include "util/process.h"

enum { DEADLINE_MS = 6000 }; /* a second more than ovs-vsctl's own */

static const struct {
    const char *name; /* the switch's */
    size_t offset;
} counters[] = {
    { "tx_bytes", offsetof(DomainInterfaceStatsRet, rx_bytes) },
    { "tx_packets", offsetof(DomainInterfaceStatsRet, rx_packets) },
    { "tx_errors", offsetof(DomainInterfaceStatsRet, rx_errs) },
    { "tx_dropped", offsetof(DomainInterfaceStatsRet, rx_drop) },
    { "rx_bytes", offsetof(DomainInterfaceStatsRet, tx_bytes) },
    { "rx_packets", offsetof(DomainInterfaceStatsRet, tx_packets) },
    { "rx_errors", offsetof(DomainInterfaceStatsRet, tx_errs) },
    { "rx_dropped", offsetof(DomainInterfaceStatsRet, tx_drop) },
};

static int64_t *
counter(DomainInterfaceStatsRet *ret, size_t i)
{
    return (int64_t *)((char *)ret + counters[i].offset);
}

bool
ovs_stats_parse(const char *text, DomainInterfaceStatsRet *ret, GError **error)
{
    g_autoptr(Json) root = json_parse(text, -1, "statistics of ovs-vsctl", error);
    Json *map = json_array_at(root, 1);

    if (!root)
        return false;
    /* A map of OVSDB: ["map", [[key, value], ...]]. */
    if (g_strcmp0(json_string_value(json_array_at(root, 0)), "map") || !json_object_is_type(map, json_type_array)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "the statistics of ovs-vsctl are no map: %.200s", text);
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(counters); i++)
        *counter(ret, i) = -1;
    for (size_t n = 0; n < json_array_len(map); n++) {
        const char *name = json_string_value(json_array_at(json_array_at(map, n), 0));

        for (size_t i = 0; i < G_N_ELEMENTS(counters); i++)
            if (!g_strcmp0(counters[i].name, name))
                *counter(ret, i) = json_object_get_int64(json_array_at(json_array_at(map, n), 1));
    }
    return true;
}

bool
ovs_stats_read(const char *name, DomainInterfaceStatsRet *ret, GError **error)
{
    const char *argv[] = { "ovs-vsctl", "--timeout=5", "--no-headings", "--if-exists", "--format=list", "--data=json",
                           "--columns=statistics", "list", "Interface", name, NULL };
    g_autofree char *text = NULL;

    if (!process_run(argv, NULL, DEADLINE_MS, &text, NULL, error))
        return false;
    if (*g_strstrip(text))
        return ovs_stats_parse(text, ret, error);
    error_set(error, VIR_ERR_INTERNAL_ERROR, "Open vSwitch has no port '%s'", name);
    return false;
}
