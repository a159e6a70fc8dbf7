/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host_rows.c - calls about the host itself, alike for every driver that runs guests */
#define ERROR_FROM VIR_FROM_NONE
#include "drivers/common/host_rows.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "drivers/common/host_sysinfo.h"
#include "drivers/common/host_topology.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/lock.h"
#include "util/procfile.h"
#include "util/xml.h"

enum { PROC_MAX = 8 << 20, MEMINFO_MAX = 1 << 20 };

bool
host_row_info(Call *call, GError **error)
{
    NodeGetInfoRet *ret = call->ret;
    g_autofree char *cpuinfo = NULL;
    struct utsname host;
    HostTopology t;

    uname(&host);
    g_strlcpy(ret->model, host.machine, sizeof(ret->model));
    host_topology_read(&host_tree_real, &t);
    if (!file_read_limited("/proc/cpuinfo", PROC_MAX, &cpuinfo, NULL, error))
        return false;
    ret->memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * ((uint64_t)sysconf(_SC_PAGESIZE) / 1024);
    ret->cpus = (int32_t)t.online;
    ret->mhz = (int32_t)procfile_cpu_mhz(cpuinfo, host.machine);
    ret->nodes = (int32_t)t.nodes;
    ret->sockets = (int32_t)t.sockets;
    ret->cores = (int32_t)t.cores;
    ret->threads = (int32_t)t.threads;
    return true;
}

bool
host_row_cpu_map(Call *call, GError **error)
{
    const NodeGetCpuMapArgs *args = call->args;
    NodeGetCpuMapRet *ret = call->ret;
    g_autoptr(Bitmap) online = host_tree_online_cpus(&host_tree_real);
    g_autoptr(Bitmap) present = host_tree_bitmap(&host_tree_real, "cpu/present");
    int count = 0;

    if (!present)
        present = bitmap_copy(online);
    for (int cpu = bitmap_next(present, 0); cpu >= 0; cpu = bitmap_next(present, cpu + 1))
        count = cpu + 1;
    if (args->need_map) {
        ret->n_cpumap = ((unsigned)count + 7) / 8;
        ret->cpumap = g_malloc0(ret->n_cpumap);
        for (int cpu = bitmap_next(online, 0); cpu >= 0 && cpu < count; cpu = bitmap_next(online, cpu + 1))
            ret->cpumap[cpu / 8] |= (uint8_t)(1u << cpu % 8);
    }
    if (args->need_online)
        ret->online = (uint32_t)bitmap_count(online);
    ret->ret = count;
    return true;
}

/* The two calls of a fixed list: how many there are, then as many. */
static bool
check_count(int32_t given, int32_t count, const char *what, GError **error)
{
    if (given == count)
        return true;
    error_set(error, VIR_ERR_INVALID_ARG, "nparams in %s must be equal to %d", what, count);
    return false;
}

bool
host_row_cpu_stats(Call *call, GError **error)
{
    const NodeGetCpuStatsArgs *args = call->args;
    NodeGetCpuStatsRet *ret = call->ret;
    uint64_t tick = UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK);
    g_autofree char *stat = NULL;
    ProcfileTimes t;

    if (args->nparams == 0) {
        ret->nparams = 4;
        return true;
    }
    if (!check_count(args->nparams, 4, "virNodeGetCPUStats", error) ||
        !file_read_limited("/proc/stat", PROC_MAX, &stat, NULL, error))
        return false;
    if (args->cpuNum < -1 || !procfile_cpu_times(stat, args->cpuNum, &t)) {
        error_set(error, VIR_ERR_INVALID_ARG, "Invalid cpuNum in virNodeGetCPUStats: this host has no CPU %d that is online",
                  args->cpuNum);
        return false;
    }

    const WireNodeGetCpuStats values[] = { { (char *)VIR_NODE_CPU_STATS_KERNEL, t.kernel * tick },
                                           { (char *)VIR_NODE_CPU_STATS_USER, t.user * tick },
                                           { (char *)VIR_NODE_CPU_STATS_IDLE, t.idle * tick },
                                           { (char *)VIR_NODE_CPU_STATS_IOWAIT, t.iowait * tick } };
    ret->nparams = G_N_ELEMENTS(values);
    ret->n_params = G_N_ELEMENTS(values);
    ret->params = g_new0(WireNodeGetCpuStats, G_N_ELEMENTS(values));
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++)
        ret->params[i] = (WireNodeGetCpuStats){ g_strdup(values[i].field), values[i].value };
    return true;
}

/* Of a cell, or of all with -1: NULL with @error set if there is no such cell. */
static char *
read_meminfo(int cell, GError **error)
{
    g_autofree char *path = cell < 0 ? g_strdup("/proc/meminfo")
                                     : g_strdup_printf("%s/node/node%d/meminfo", host_tree_real.system, cell);
    g_autoptr(Bitmap) nodes = host_tree_nodes(&host_tree_real);
    char *text = NULL;

    if (cell >= 0 && !bitmap_get(nodes, (size_t)cell)) {
        error_set(error, VIR_ERR_INVALID_ARG, "this host has no NUMA cell %d", cell);
        return NULL;
    }
    /* A kernel without NUMA has one cell that is all. */
    if (cell >= 0 && !g_file_test(path, G_FILE_TEST_EXISTS))
        return read_meminfo(-1, error);
    return file_read_limited(path, MEMINFO_MAX, &text, NULL, error) ? text : NULL;
}

static uint64_t
meminfo_kib(const char *text, const char *key)
{
    g_autofree char *label = g_strdup_printf("%s:", key);
    const char *at = text;

    /* "MemFree:" also ends other names. */
    while ((at = strstr(at, label)) && at != text && at[-1] != ' ' && at[-1] != '\n')
        at += strlen(label);
    return at ? g_ascii_strtoull(at + strlen(label), NULL, 10) : 0;
}

bool
host_row_memory_stats(Call *call, GError **error)
{
    static const char *const keys[][2] = { { "MemTotal", VIR_NODE_MEMORY_STATS_TOTAL }, { "MemFree", VIR_NODE_MEMORY_STATS_FREE },
                                           { "Buffers", VIR_NODE_MEMORY_STATS_BUFFERS }, { "Cached", VIR_NODE_MEMORY_STATS_CACHED } };
    const NodeGetMemoryStatsArgs *args = call->args;
    NodeGetMemoryStatsRet *ret = call->ret;
    /* The kernel counts buffers and the cache for the whole host only. */
    int32_t count = args->cellNum == VIR_NODE_MEMORY_STATS_ALL_CELLS ? 4 : 2;
    g_autofree char *text = NULL;

    if (args->nparams == 0) {
        ret->nparams = count;
        return true;
    }
    if (!check_count(args->nparams, count, "virNodeGetMemoryStats", error) || !(text = read_meminfo(args->cellNum, error)))
        return false;
    ret->nparams = count;
    ret->n_params = (uint32_t)count;
    ret->params = g_new0(WireNodeGetMemoryStats, ret->n_params);
    for (int32_t i = 0; i < count; i++)
        ret->params[i] = (WireNodeGetMemoryStats){ g_strdup(keys[i][1]), meminfo_kib(text, keys[i][0]) };
    return true;
}

bool
host_row_free_memory(Call *call, GError **error)
{
    g_autofree char *text = read_meminfo(-1, error);

    if (text)
        ((NodeGetFreeMemoryRet *)call->ret)->freeMem = meminfo_kib(text, "MemFree") * 1024;
    return text != NULL;
}

bool
host_row_cells_free_memory(Call *call, GError **error)
{
    const NodeGetCellsFreeMemoryArgs *args = call->args;
    NodeGetCellsFreeMemoryRet *ret = call->ret;
    g_autoptr(Bitmap) nodes = host_tree_nodes(&host_tree_real);
    int last = 0;

    for (int node = bitmap_next(nodes, 0); node >= 0; node = bitmap_next(nodes, node + 1))
        last = node;
    if (args->startCell > last) {
        error_set(error, VIR_ERR_INVALID_ARG, "start cell %d out of range (0-%d)", args->startCell, last);
        return false;
    }
    last = MIN((int64_t)last, (int64_t)args->startCell + args->maxcells - 1);
    ret->cells = g_new0(uint64_t, (size_t)(last - args->startCell + 1));
    for (int node = args->startCell; node <= last; node++) {
        g_autofree char *text = bitmap_get(nodes, (size_t)node) ? read_meminfo(node, error) : g_strdup("");

        if (!text)
            return false;
        ret->cells[ret->n_cells++] = meminfo_kib(text, "MemFree") * 1024;
    }
    return true;
}

static bool
free_pages(int node, uint64_t size, uint64_t *ret_count, GError **error)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE) / 1024;

    if (size == page) {
        g_autofree char *text = read_meminfo(node, error);

        if (text)
            *ret_count = meminfo_kib(text, "MemFree") / page;
        return text != NULL;
    }
    if (host_tree_uint(&host_tree_real, ret_count, "node/node%d/hugepages/hugepages-%" PRIu64 "kB/free_hugepages", node, size))
        return true;
    error_set(error, VIR_ERR_OPERATION_FAILED, "page size %" PRIu64 " KiB is not available on NUMA cell %d", size, node);
    return false;
}

bool
host_row_free_pages(Call *call, GError **error)
{
    const NodeGetFreePagesArgs *args = call->args;
    NodeGetFreePagesRet *ret = call->ret;
    g_autoptr(Bitmap) nodes = host_tree_nodes(&host_tree_real);
    int last = 0, end;

    for (int node = bitmap_next(nodes, 0); node >= 0; node = bitmap_next(nodes, node + 1))
        last = node;
    if (args->startCell > last) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "start cell %d out of range (0-%d)", args->startCell, last);
        return false;
    }
    end = (int)MIN((int64_t)last + 1, (int64_t)args->startCell + args->cellCount);
    ret->counts = g_new0(uint64_t, (size_t)(end - args->startCell) * args->n_pages + 1);
    for (int node = args->startCell; node < end; node++) {
        for (uint32_t i = 0; i < args->n_pages; i++) {
            uint64_t count = 0;

            if (bitmap_get(nodes, (size_t)node) && !free_pages(node, args->pages[i], &count, error))
                return false;
            ret->counts[ret->n_counts++] = count;
        }
    }
    return true;
}

/* The kernel gives as many as it finds room for: fewer than wanted is an error, and what it gave stays. */
static bool
alloc_pages(int node, uint64_t size, uint64_t count, bool set, GError **error)
{
    g_autofree char *path = g_strdup_printf("%s/node/node%d/hugepages/hugepages-%" PRIu64 "kB/nr_hugepages",
                                            host_tree_real.system, node, size);
    uint64_t before, after = 0;
    g_autofree char *text = NULL;
    autofd int fd = -1;

    if (!file_read_uint64(path, &before)) {
        error_set(error, VIR_ERR_OPERATION_FAILED, "page size %" PRIu64 " KiB is not available on NUMA cell %d", size, node);
        return false;
    }
    if (!set && __builtin_add_overflow(count, before, &count)) {
        error_set(error, VIR_ERR_INVALID_ARG, "too many pages of %" PRIu64 " KiB for NUMA cell %d", size, node);
        return false;
    }
    fd = open(path, O_WRONLY | O_CLOEXEC);
    text = g_strdup_printf("%" PRIu64, count);
    if (fd < 0) {
        error_set_errno(error, errno, "cannot set pages in '%s'", path);
        return false;
    }
    if (!file_write_all(fd, text, strlen(text), path, error))
        return false;
    if (file_read_uint64(path, &after) && after == count)
        return true;
    error_set(error, VIR_ERR_OPERATION_FAILED, "NUMA cell %d has %" PRIu64 " pages of %" PRIu64 " KiB now, not %" PRIu64
              ": its memory is in use", node, after, size, count);
    return false;
}

bool
host_row_alloc_pages(Call *call, GError **error)
{
    const NodeAllocPagesArgs *args = call->args;
    g_autoptr(Bitmap) nodes = host_tree_nodes(&host_tree_real);
    int done = 0;

    if (args->n_pageSizes != args->n_pageCounts) {
        error_set(error, VIR_ERR_INVALID_ARG, "%u sizes of pages, but %u counts", args->n_pageSizes, args->n_pageCounts);
        return false;
    }
    for (int node = bitmap_next(nodes, 0); node >= 0; node = bitmap_next(nodes, node + 1)) {
        /* Cell -1 is all of them. */
        if (args->startCell >= 0 && (node < args->startCell || (uint32_t)(node - args->startCell) >= args->cellCount))
            continue;
        for (uint32_t i = 0; i < args->n_pageSizes; i++, done++)
            if (!alloc_pages(node, args->pageSizes[i], args->pageCounts[i], call->flags & VIR_NODE_ALLOC_PAGES_SET, error))
                return false;
    }
    if (!done) {
        error_set(error, VIR_ERR_INVALID_ARG, "this host has no NUMA cell %d", args->startCell);
        return false;
    }
    ((NodeAllocPagesRet *)call->ret)->ret = done;
    return true;
}

bool
host_row_sysinfo(Call *call, GError **error)
{
    /* The firmware's tables do not change, and dmidecode is slow: read once. */
    static Lock lock = LOCK_INIT;
    static char *known;
    g_autoptr(HostSysinfo) info = NULL;
    g_autofree char *text = NULL;

    lock_acquire(&lock);
    text = g_strdup(known);
    lock_release(&lock);
    if (!text) {
        info = host_sysinfo_read(error);
        if (!info)
            return false;
        text = xml_format_text(&host_sysinfo_xml, info, 0);
        lock_acquire(&lock);
        if (!known)
            known = g_strdup(text);
        lock_release(&lock);
    }
    ((ConnectGetSysinfoRet *)call->ret)->sysinfo = g_steal_pointer(&text);
    return true;
}
