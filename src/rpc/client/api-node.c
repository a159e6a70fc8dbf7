/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* api-node.c - calls on hosts, networks and others that need more than the generated functions can
 * do. */
#define ERROR_FROM VIR_FROM_DOMAIN
#include <string.h>

#include "rpc/client/connection.h"
#include "rpc/client/entry.h"
#include "rpc/client/last-error.h"
#include "rpc/client/params.h"
#include "util/error.h"

#pragma GCC visibility push(default)

#define NODE_ENTRY ENTRY(VIR_FROM_DOMAIN)

static int
failed(Entry *e)
{
    entry_fail(e);
    return -1;
}

static bool
too_many(Entry *e, uint32_t n, uint32_t max, const char *what)
{
    if (n <= max)
        return false;
    error_set_full(&e->error, VIR_FROM_RPC, VIR_ERR_RPC, "too many %s '%u' for limit '%u' in %s",
                   what, n, max, e->function);
    return true;
}

int
virConnectGetCPUModelNames(virConnectPtr conn, const char *arch, char ***models, unsigned int flags)
{
    Entry e = NODE_ENTRY;
    ConnectGetCpuModelNamesArgs args = { .arch = (char *)arch,
                                         .need_results = models != NULL,
                                         .flags = flags };
    ConnectGetCpuModelNamesRet ret = { 0 };
    int n = -1;

    if (models)
        *models = NULL;
    if (entry_begin(&e, HANDLE_CONNECT, conn) && entry_nonnull(&e, "arch", arch) &&
        entry_call(&e, PROGRAM_REMOTE, PROC_CONNECT_GET_CPU_MODEL_NAMES, &args, &ret, NULL)) {
        n = ret.ret;
        if (models)
            entry_strings_out(&e, ret.models, ret.n_models, models);
    }
    wire_free(&wire_connect_get_cpu_model_names_ret, &ret);
    return n < 0 ? failed(&e) : n;
}

int
virNodeAllocPages(virConnectPtr conn, unsigned int npages, unsigned int *pageSizes,
                  unsigned long long *pageCounts, int startCell, unsigned int cellCount,
                  unsigned int flags)
{
    Entry e = NODE_ENTRY;
    NodeAllocPagesArgs args = { .n_pageSizes = npages,
                                .pageSizes = pageSizes,
                                .n_pageCounts = npages,
                                .pageCounts = (uint64_t *)pageCounts,
                                .startCell = startCell,
                                .cellCount = cellCount,
                                .flags = flags };
    NodeAllocPagesRet ret = { 0 };

    if (entry_begin(&e, HANDLE_CONNECT, conn) && entry_writable(&e) &&
        entry_nonzero(&e, "npages", npages) && entry_nonnull(&e, "pageSizes", pageSizes) &&
        entry_nonnull(&e, "pageCounts", pageCounts) && entry_nonzero(&e, "cellCount", cellCount) &&
        entry_call(&e, PROGRAM_REMOTE, PROC_NODE_ALLOC_PAGES, &args, &ret, NULL) && ret.ret >= 0)
        return ret.ret;
    return failed(&e);
}

int
virNodeGetFreePages(virConnectPtr conn, unsigned int npages, unsigned int *pages, int startcell,
                    unsigned int cellcount, unsigned long long *counts, unsigned int flags)
{
    Entry e = NODE_ENTRY;
    NodeGetFreePagesArgs args = { .n_pages = npages,
                                  .pages = pages,
                                  .startCell = startcell,
                                  .cellCount = cellcount,
                                  .flags = flags };
    NodeGetFreePagesRet ret = { 0 };
    int n = -1;

    if (!entry_begin(&e, HANDLE_CONNECT, conn) || !entry_nonzero(&e, "npages", npages) ||
        !entry_nonnull(&e, "pages", pages) || !entry_nonzero(&e, "cellCount", cellcount) ||
        !entry_nonnull(&e, "counts", counts))
        return failed(&e);
    if ((uint64_t)npages * cellcount > REMOTE_NODE_MAX_CELLS)
        too_many(&e, npages * cellcount, REMOTE_NODE_MAX_CELLS, "NUMA cells");
    if (entry_call(&e, PROGRAM_REMOTE, PROC_NODE_GET_FREE_PAGES, &args, &ret, NULL) &&
        !too_many(&e, ret.n_counts, npages * cellcount, "counts")) {
        n = (int)ret.n_counts;
        for (int i = 0; i < n; i++)
            counts[i] = ret.counts[i];
    }
    wire_free(&wire_node_get_free_pages_ret, &ret);
    return n < 0 ? failed(&e) : n;
}

int
virNodeGetCellsFreeMemory(virConnectPtr conn, unsigned long long *freeMems, int startCell,
                          int maxCells)
{
    Entry e = NODE_ENTRY;
    NodeGetCellsFreeMemoryArgs args = { .startCell = startCell, .maxcells = maxCells };
    NodeGetCellsFreeMemoryRet ret = { 0 };
    int n = -1;

    if (entry_begin(&e, HANDLE_CONNECT, conn) && entry_array(&e, "freeMems", freeMems, maxCells) &&
        entry_positive(&e, "maxCells", maxCells) && entry_nonnegative(&e, "startCell", startCell) &&
        entry_limit(&e, "maxCells", maxCells, REMOTE_NODE_MAX_CELLS) &&
        entry_call(&e, PROGRAM_REMOTE, PROC_NODE_GET_CELLS_FREE_MEMORY, &args, &ret, NULL) &&
        !too_many(&e, ret.n_cells, (uint32_t)maxCells, "cells")) {
        n = (int)ret.n_cells;
        for (int i = 0; i < n; i++)
            freeMems[i] = ret.cells[i];
    }
    wire_free(&wire_node_get_cells_free_memory_ret, &ret);
    return n < 0 ? failed(&e) : n;
}

int
virNodeGetCPUMap(virConnectPtr conn, unsigned char **cpumap, unsigned int *online,
                 unsigned int flags)
{
    Entry e = NODE_ENTRY;
    NodeGetCpuMapArgs args = { .need_map = cpumap != NULL,
                               .need_online = online != NULL,
                               .flags = flags };
    NodeGetCpuMapRet ret = { 0 };
    int n = -1;

    if (entry_begin(&e, HANDLE_CONNECT, conn) &&
        entry_call(&e, PROGRAM_REMOTE, PROC_NODE_GET_CPU_MAP, &args, &ret, NULL)) {
        n = ret.ret;
        if (cpumap)
            *cpumap = g_steal_pointer(&ret.cpumap);
        if (online)
            *online = ret.online;
    }
    wire_free(&wire_node_get_cpu_map_ret, &ret);
    return n < 0 ? failed(&e) : n;
}

/* CPU and memory statistics are alike: a name and a number each, with size negotiation. */
#define NODE_STATS(function, Type, NUMBER, number, ARGS, RET, PROC, wire)                          \
    int function(virConnectPtr conn, int number, Type params, int *nparams, unsigned int flags)    \
    {                                                                                              \
        Entry e = NODE_ENTRY;                                                                      \
        ARGS args = { .NUMBER = number, .flags = flags };                                          \
        RET ret = { 0 };                                                                           \
        bool ok = false;                                                                           \
                                                                                                   \
        if (!entry_begin(&e, HANDLE_CONNECT, conn) || !entry_nonnull(&e, "nparams", nparams) ||    \
            !entry_nonnegative(&e, "*nparams", *nparams) ||                                        \
            !entry_refuse(&e, number < -1, "cpuNum", VIR_ERR_INVALID_ARG,                          \
                          "%s in %s only accepts %d as a negative value", #number, __func__, -1))  \
            return failed(&e);                                                                     \
        args.nparams = *nparams;                                                                   \
        if (entry_call(&e, PROGRAM_REMOTE, PROC, &args, &ret, NULL) &&                             \
            !too_many(&e, ret.n_params, (uint32_t)*nparams, "statistics")) {                       \
            ok = true;                                                                             \
            for (uint32_t i = 0; i < ret.n_params; i++) {                                          \
                g_strlcpy(params[i].field, ret.params[i].field, sizeof(params[i].field));          \
                params[i].value = ret.params[i].value;                                             \
            }                                                                                      \
            *nparams = *nparams ? (int)ret.n_params : ret.nparams;                                 \
        }                                                                                          \
        wire_free(&wire, &ret);                                                                    \
        return ok ? 0 : failed(&e);                                                                \
    }

NODE_STATS(virNodeGetCPUStats, virNodeCPUStatsPtr, cpuNum, cpuNum, NodeGetCpuStatsArgs,
           NodeGetCpuStatsRet, PROC_NODE_GET_CPU_STATS, wire_node_get_cpu_stats_ret)
NODE_STATS(virNodeGetMemoryStats, virNodeMemoryStatsPtr, cellNum, cellNum, NodeGetMemoryStatsArgs,
           NodeGetMemoryStatsRet, PROC_NODE_GET_MEMORY_STATS, wire_node_get_memory_stats_ret)

int
virNodeGetSEVInfo(virConnectPtr conn, virTypedParameterPtr *params, int *nparams,
                  unsigned int flags)
{
    Entry e = NODE_ENTRY;
    NodeGetSevInfoArgs args = { 0 };
    NodeGetSevInfoRet ret = { 0 };
    bool ok;

    if (!entry_begin(&e, HANDLE_CONNECT, conn) || !entry_nonnull(&e, "nparams", nparams) ||
        !entry_nonnegative(&e, "*nparams", *nparams) || !entry_writable(&e))
        return failed(&e);
    args.flags = entry_typed_flags(&e, flags);
    ok = entry_call(&e, PROGRAM_REMOTE, PROC_NODE_GET_SEV_INFO, &args, &ret, NULL) &&
         entry_typed_alloc(&e, ret.params, ret.n_params, params, nparams);
    wire_free(&wire_node_get_sev_info_ret, &ret);
    return ok ? 0 : failed(&e);
}

/* A char array of the wire, which counts its NUL, into one of a public struct. */
static bool
copy_chars(Entry *e, const char *from, uint32_t n, char *to, size_t room, const char *what)
{
    if (too_many(e, n, (uint32_t)room, what) ||
        (n == room && !memchr(from, '\0', n) && too_many(e, n, n - 1, what)))
        return false;
    if (n)
        memcpy(to, from, n);
    to[room - 1] = '\0';
    return true;
}

int
virNodeGetSecurityModel(virConnectPtr conn, virSecurityModelPtr secmodel)
{
    Entry e = NODE_ENTRY;
    NodeGetSecurityModelRet ret = { 0 };
    bool ok;

    if (!entry_begin(&e, HANDLE_CONNECT, conn) || !entry_nonnull(&e, "secmodel", secmodel))
        return failed(&e);
    memset(secmodel, 0, sizeof(*secmodel));
    ok = entry_call(&e, PROGRAM_REMOTE, PROC_NODE_GET_SECURITY_MODEL, NULL, &ret, NULL) &&
         copy_chars(&e, ret.model, ret.n_model, secmodel->model, sizeof(secmodel->model),
                    "characters of a model") &&
         copy_chars(&e, ret.doi, ret.n_doi, secmodel->doi, sizeof(secmodel->doi),
                    "characters of a DOI");
    wire_free(&wire_node_get_security_model_ret, &ret);
    return ok ? 0 : failed(&e);
}

/* ---- networks ---- */

void
virNetworkDHCPLeaseFree(virNetworkDHCPLeasePtr lease)
{
    if (!lease)
        return;
    g_free(lease->iface);
    g_free(lease->mac);
    g_free(lease->iaid);
    g_free(lease->ipaddr);
    g_free(lease->hostname);
    g_free(lease->clientid);
    g_free(lease);
}

static virNetworkDHCPLeasePtr
lease_from(WireNetworkDhcpLease *from)
{
    virNetworkDHCPLeasePtr lease = g_new0(virNetworkDHCPLease, 1);

    lease->iface = g_steal_pointer(&from->iface);
    lease->expirytime = from->expirytime;
    lease->type = from->type;
    lease->mac = g_steal_pointer(&from->mac);
    lease->iaid = g_steal_pointer(&from->iaid);
    lease->ipaddr = g_steal_pointer(&from->ipaddr);
    lease->prefix = from->prefix;
    lease->hostname = g_steal_pointer(&from->hostname);
    lease->clientid = g_steal_pointer(&from->clientid);
    return lease;
}

int
virNetworkGetDHCPLeases(virNetworkPtr network, const char *mac, virNetworkDHCPLeasePtr **leases,
                        unsigned int flags)
{
    Entry e = ENTRY(VIR_FROM_NETWORK);
    NetworkGetDhcpLeasesArgs args = { .mac = (char *)mac,
                                      .need_results = leases != NULL,
                                      .flags = flags };
    NetworkGetDhcpLeasesRet ret = { 0 };
    int n = -1;

    if (leases)
        *leases = NULL;
    if (!entry_begin(&e, HANDLE_NETWORK, network))
        return failed(&e);
    handle_to_wire(e.self, &args.net);
    if (entry_call(&e, PROGRAM_REMOTE, PROC_NETWORK_GET_DHCP_LEASES, &args, &ret, NULL)) {
        n = (int)ret.ret;
        if (leases && ret.n_leases) {
            *leases = g_new0(virNetworkDHCPLeasePtr, ret.n_leases + 1);
            for (uint32_t i = 0; i < ret.n_leases; i++)
                (*leases)[i] = lease_from(&ret.leases[i]);
        }
    }
    wire_free(&wire_network_get_dhcp_leases_ret, &ret);
    return n < 0 ? failed(&e) : n;
}

int
virNetworkPortGetParameters(virNetworkPortPtr port, virTypedParameterPtr *params, int *nparams,
                            unsigned int flags)
{
    Entry e = ENTRY(VIR_FROM_NETWORK);
    NetworkPortGetParametersArgs args = { .flags = flags };
    NetworkPortGetParametersRet ret = { 0 };
    bool ok;

    if (!entry_begin(&e, HANDLE_NETWORK_PORT, port) || !entry_nonnull(&e, "nparams", nparams) ||
        !entry_nonnegative(&e, "*nparams", *nparams))
        return failed(&e);
    handle_to_wire(e.self, &args.port);
    ok = entry_call(&e, PROGRAM_REMOTE, PROC_NETWORK_PORT_GET_PARAMETERS, &args, &ret, NULL) &&
         entry_typed_alloc(&e, ret.params, ret.n_params, params, nparams);
    wire_free(&wire_network_port_get_parameters_ret, &ret);
    return ok ? 0 : failed(&e);
}

int
virNetworkUpdate(virNetworkPtr network, unsigned int command, unsigned int section, int parentIndex,
                 const char *xml, unsigned int flags)
{
    Entry e = ENTRY(VIR_FROM_NETWORK);
    NetworkUpdateArgs args = { .command = command,
                               .section = section,
                               .parentIndex = parentIndex,
                               .xml = (char *)xml,
                               .flags = flags };

    if (!entry_begin(&e, HANDLE_NETWORK, network) || !entry_writable(&e) ||
        !entry_nonnull(&e, "xml", xml))
        return failed(&e);
    handle_to_wire(e.self, &args.net);
    if (!connection_has_feature(e.conn, FEATURE_NETWORK_UPDATE_HAS_CORRECT_ORDER)) {
        /* Old daemons have the two the other way round. */
        args.command = section;
        args.section = command;
    }
    return entry_call(&e, PROGRAM_REMOTE, PROC_NETWORK_UPDATE, &args, NULL, NULL) ? 0 : failed(&e);
}

/* ---- node devices, secrets ---- */

const char *
virNodeDeviceGetParent(virNodeDevicePtr dev)
{
    Entry e = ENTRY(VIR_FROM_NODEDEV);
    NodeDeviceGetParentArgs args = { 0 };
    NodeDeviceGetParentRet ret = { 0 };

    if (!entry_begin(&e, HANDLE_NODE_DEVICE, dev)) {
        entry_fail(&e);
        return NULL;
    }
    if (e.self->extra)
        return e.self->extra;
    args.name = e.self->name;
    if (!entry_call(&e, PROGRAM_REMOTE, PROC_NODE_DEVICE_GET_PARENT, &args, &ret, NULL)) {
        entry_fail(&e);
        return NULL;
    }
    /* The handle owns what the function returns; a second thread that asks at once keeps the first
     * one's. */
    if (ret.parentName &&
        !g_atomic_pointer_compare_and_exchange(&e.self->extra, NULL, ret.parentName))
        g_free(ret.parentName);
    return e.self->extra;
}

unsigned char *
virSecretGetValue(virSecretPtr secret, size_t *value_size, unsigned int flags)
{
    Entry e = ENTRY(VIR_FROM_SECRET);
    SecretGetValueArgs args = { .flags = flags };
    SecretGetValueRet ret = { 0 };

    if (!entry_begin(&e, HANDLE_SECRET, secret) || !entry_writable(&e) ||
        !entry_nonnull(&e, "value_size", value_size)) {
        entry_fail(&e);
        return NULL;
    }
    handle_to_wire(e.self, &args.secret);
    if (!entry_call(&e, PROGRAM_REMOTE, PROC_SECRET_GET_VALUE, &args, &ret, NULL)) {
        entry_fail(&e);
        return NULL;
    }
    *value_size = ret.n_value;
    /* An empty secret is no error: something must be returned. */
    return ret.value ? ret.value : g_malloc0(1);
}
