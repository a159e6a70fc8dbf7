/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* api-domain-info.c - lists of structures about domains, and freeing them. */
#define ERROR_FROM VIR_FROM_DOMAIN
#include <string.h>

#include "rpc/client/entry.h"
#include "rpc/client/last-error.h"
#include "rpc/client/params.h"
#include "util/error.h"

#pragma GCC visibility push(default)

#define DOMAIN_ENTRY ENTRY(VIR_FROM_DOMAIN)

static int
failed(Entry *e)
{
    entry_fail(e);
    return -1;
}

/* ---- file systems ---- */

void
virDomainFSInfoFree(virDomainFSInfoPtr info)
{
    if (!info)
        return;
    g_free(info->mountpoint);
    g_free(info->name);
    g_free(info->fstype);
    for (size_t i = 0; i < info->ndevAlias; i++)
        g_free(info->devAlias[i]);
    g_free(info->devAlias);
    g_free(info);
}

int
virDomainGetFSInfo(virDomainPtr dom, virDomainFSInfoPtr **info, unsigned int flags)
{
    Entry e = DOMAIN_ENTRY;
    DomainGetFsinfoArgs args = { .flags = flags };
    DomainGetFsinfoRet ret = { 0 };
    int n;

    if (!entry_begin(&e, HANDLE_DOMAIN, dom) || !entry_writable(&e) ||
        !entry_nonnull(&e, "info", info))
        return failed(&e);
    *info = NULL;
    handle_to_wire(e.self, &args.dom);
    if (!entry_call(&e, PROGRAM_REMOTE, PROC_DOMAIN_GET_FSINFO, &args, &ret, NULL))
        return failed(&e);
    if (ret.n_info)
        *info = g_new0(virDomainFSInfoPtr, ret.n_info + 1);
    for (uint32_t i = 0; i < ret.n_info; i++) {
        WireDomainFsinfo *from = &ret.info[i];
        virDomainFSInfoPtr to = (*info)[i] = g_new0(virDomainFSInfo, 1);

        to->mountpoint = g_steal_pointer(&from->mountpoint);
        to->name = g_steal_pointer(&from->name);
        to->fstype = g_steal_pointer(&from->fstype);
        to->ndevAlias = from->n_dev_aliases;
        to->devAlias = g_new0(char *, from->n_dev_aliases + 1);
        for (uint32_t k = 0; k < from->n_dev_aliases; k++)
            to->devAlias[k] = g_steal_pointer(&from->dev_aliases[k]);
    }
    n = (int)ret.ret;
    wire_free(&wire_domain_get_fsinfo_ret, &ret);
    return n < 0 ? failed(&e) : n;
}

/* ---- I/O threads ---- */

void
virDomainIOThreadInfoFree(virDomainIOThreadInfoPtr info)
{
    if (!info)
        return;
    g_free(info->cpumap);
    g_free(info);
}

int
virDomainGetIOThreadInfo(virDomainPtr dom, virDomainIOThreadInfoPtr **info, unsigned int flags)
{
    Entry e = DOMAIN_ENTRY;
    DomainGetIothreadInfoArgs args = { .flags = flags };
    DomainGetIothreadInfoRet ret = { 0 };
    int n;

    if (!entry_begin(&e, HANDLE_DOMAIN, dom) || !entry_nonnull(&e, "info", info) ||
        !entry_exclusive(&e, flags, VIR_DOMAIN_AFFECT_LIVE, VIR_DOMAIN_AFFECT_CONFIG,
                         "VIR_DOMAIN_AFFECT_LIVE", "VIR_DOMAIN_AFFECT_CONFIG"))
        return failed(&e);
    *info = NULL;
    handle_to_wire(e.self, &args.dom);
    if (!entry_call(&e, PROGRAM_REMOTE, PROC_DOMAIN_GET_IOTHREAD_INFO, &args, &ret, NULL))
        return failed(&e);
    if (ret.n_info)
        *info = g_new0(virDomainIOThreadInfoPtr, ret.n_info + 1);
    for (uint32_t i = 0; i < ret.n_info; i++) {
        virDomainIOThreadInfoPtr to = (*info)[i] = g_new0(virDomainIOThreadInfo, 1);

        to->iothread_id = ret.info[i].iothread_id;
        to->cpumaplen = (int)ret.info[i].n_cpumap;
        to->cpumap = g_steal_pointer(&ret.info[i].cpumap);
    }
    n = (int)ret.ret;
    wire_free(&wire_domain_get_iothread_info_ret, &ret);
    return n < 0 ? failed(&e) : n;
}

/* ---- addresses of network interfaces ---- */

void
virDomainInterfaceFree(virDomainInterfacePtr iface)
{
    if (!iface)
        return;
    g_free(iface->name);
    g_free(iface->hwaddr);
    for (unsigned int i = 0; i < iface->naddrs; i++)
        g_free(iface->addrs[i].addr);
    g_free(iface->addrs);
    g_free(iface);
}

int
virDomainInterfaceAddresses(virDomainPtr dom, virDomainInterfacePtr **ifaces, unsigned int source,
                            unsigned int flags)
{
    Entry e = DOMAIN_ENTRY;
    DomainInterfaceAddressesArgs args = { .source = source, .flags = flags };
    DomainInterfaceAddressesRet ret = { 0 };
    int n;

    if (ifaces)
        *ifaces = NULL;
    if (!entry_begin(&e, HANDLE_DOMAIN, dom) || !entry_nonnull(&e, "ifaces", ifaces) ||
        (source == VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT && !entry_writable(&e)))
        return failed(&e);
    handle_to_wire(e.self, &args.dom);
    if (!entry_call(&e, PROGRAM_REMOTE, PROC_DOMAIN_INTERFACE_ADDRESSES, &args, &ret, NULL))
        return failed(&e);
    if (ret.n_ifaces)
        *ifaces = g_new0(virDomainInterfacePtr, ret.n_ifaces + 1);
    for (uint32_t i = 0; i < ret.n_ifaces; i++) {
        WireDomainInterface *from = &ret.ifaces[i];
        virDomainInterfacePtr to = (*ifaces)[i] = g_new0(virDomainInterface, 1);

        to->name = g_steal_pointer(&from->name);
        to->hwaddr = g_steal_pointer(&from->hwaddr);
        to->naddrs = from->n_addrs;
        to->addrs = g_new0(virDomainIPAddress, from->n_addrs + 1);
        for (uint32_t k = 0; k < from->n_addrs; k++)
            to->addrs[k] =
                (virDomainIPAddress){ from->addrs[k].type, g_steal_pointer(&from->addrs[k].addr),
                                      from->addrs[k].prefix };
    }
    n = (int)ret.n_ifaces;
    wire_free(&wire_domain_interface_addresses_ret, &ret);
    return n;
}

/* ---- statistics of many domains ---- */

void
virDomainStatsRecordListFree(virDomainStatsRecordPtr *stats)
{
    for (virDomainStatsRecordPtr *record = stats; record && *record; record++) {
        params_free((*record)->params, (*record)->nparams);
        handle_unref((Handle *)(*record)->dom);
        g_free(*record);
    }
    g_free(stats);
}

static int
get_stats(Entry *e, ConnectGetAllDomainStatsArgs *args, virDomainStatsRecordPtr **retStats)
{
    ConnectGetAllDomainStatsRet ret = { 0 };
    virDomainStatsRecordPtr *records;
    bool ok = true;
    int n;

    if (!entry_call(e, PROGRAM_REMOTE, PROC_CONNECT_GET_ALL_DOMAIN_STATS, args, &ret, NULL))
        return -1;
    records = g_new0(virDomainStatsRecordPtr, ret.n_retStats + 1);
    for (uint32_t i = 0; ok && i < ret.n_retStats; i++) {
        records[i] = g_new0(virDomainStatsRecord, 1);
        records[i]->dom =
            (virDomainPtr)handle_from_wire(HANDLE_DOMAIN, e->conn, NULL, &ret.retStats[i].dom);
        ok = entry_typed_alloc(e, ret.retStats[i].params, ret.retStats[i].n_params,
                               &records[i]->params, &records[i]->nparams);
    }
    n = (int)ret.n_retStats;
    wire_free(&wire_connect_get_all_domain_stats_ret, &ret);
    if (!ok) {
        virDomainStatsRecordListFree(records);
        return -1;
    }
    *retStats = records;
    return n;
}

int
virConnectGetAllDomainStats(virConnectPtr conn, unsigned int stats,
                            virDomainStatsRecordPtr **retStats, unsigned int flags)
{
    Entry e = DOMAIN_ENTRY;
    ConnectGetAllDomainStatsArgs args = { .stats = stats, .flags = flags };
    int n = -1;

    if (entry_begin(&e, HANDLE_CONNECT, conn) && entry_nonnull(&e, "retStats", retStats))
        n = get_stats(&e, &args, retStats);
    return n < 0 ? failed(&e) : n;
}

int
virDomainListGetStats(virDomainPtr *doms, unsigned int stats, virDomainStatsRecordPtr **retStats,
                      unsigned int flags)
{
    Entry e = DOMAIN_ENTRY;
    ConnectGetAllDomainStatsArgs args = { .stats = stats, .flags = flags };
    g_autofree WireDomain *wire = NULL;
    int n = -1;

    last_error_reset();
    if (!entry_nonnull(&e, "doms", doms) || !entry_nonnull(&e, "retStats", retStats))
        return failed(&e);
    if (!*doms) {
        error_set_plain(&e.error, VIR_ERR_INVALID_ARG,
                        "doms array in %s must contain at least one domain", e.function);
        return failed(&e);
    }
    if (!entry_begin(&e, HANDLE_DOMAIN, *doms))
        return failed(&e);
    while (doms[args.n_doms])
        args.n_doms++;
    args.doms = wire = g_new0(WireDomain, args.n_doms);
    for (uint32_t i = 0; i < args.n_doms; i++) {
        if (!entry_object(&e, HANDLE_DOMAIN, doms[i]))
            return failed(&e);
        if (((Handle *)doms[i])->conn != e.conn) {
            error_set_plain(&e.error, VIR_ERR_INVALID_ARG,
                            "domains in 'doms' array must belong to a single connection in %s",
                            e.function);
            return failed(&e);
        }
        handle_to_wire((Handle *)doms[i], &wire[i]);
    }
    n = get_stats(&e, &args, retStats);
    return n < 0 ? failed(&e) : n;
}
