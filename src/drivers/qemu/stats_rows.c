/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stats_rows.c - what a running guest uses and is known by */
#define ERROR_FROM VIR_FROM_QEMU
#include <fcntl.h>
#include <libvirt/libvirt.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/common/ovs_stats.h"
#include "drivers/common/params.h"
#include "drivers/qemu/agent/agent_rows.h"
#include "drivers/qemu/process/guest.h"
#include "drivers/qemu/rows.h"
#include "drivers/qemu/tune_rows.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/netlink.h"

enum { STAT_MAX = 4096, STATS_DEADLINE = 5000 };

/* User and system time of a process or thread, and the CPU it last ran on. */
static bool
read_times(const char *path, uint64_t *ret_user, uint64_t *ret_system, int *ret_cpu, uint64_t *ret_rss)
{
    g_autofree char *text = NULL;
    const char *rest;
    g_auto(GStrv) words = NULL;
    uint64_t tick = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);

    if (!file_read_limited(path, STAT_MAX, &text, NULL, NULL) || !(rest = strrchr(text, ')')))
        return false;
    /* The third field, the state, follows the name. */
    words = g_strsplit(rest + 2, " ", -1);
    if (g_strv_length(words) < 37)
        return false;
    *ret_user = g_ascii_strtoull(words[11], NULL, 10) * tick;
    *ret_system = g_ascii_strtoull(words[12], NULL, 10) * tick;
    if (ret_rss)
        *ret_rss = g_ascii_strtoull(words[21], NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
    if (ret_cpu)
        *ret_cpu = (int)g_ascii_strtoll(words[36], NULL, 10);
    return true;
}

static bool
guest_times(Guest *guest, uint64_t *ret_user, uint64_t *ret_system, uint64_t *ret_rss)
{
    g_autofree char *path = NULL;
    pid_t pid;

    lock_acquire(&guest->vm.object.lock);
    pid = guest->process.pid;
    lock_release(&guest->vm.object.lock);
    path = g_strdup_printf("/proc/%d/stat", (int)pid);
    return pid > 0 && read_times(path, ret_user, ret_system, NULL, ret_rss);
}

void
stats_rows_refresh(Vm *vm)
{
    uint64_t user, system;

    if (!guest_times((Guest *)vm, &user, &system, NULL))
        return;
    lock_acquire(&vm->object.lock);
    vm->cpu_time = user + system;
    lock_release(&vm->object.lock);
}

static void
add_address(WireDomainInterface *iface, int type, const char *text, uint32_t prefix)
{
    WireDomainIpAddr *a;

    iface->addrs = g_renew(WireDomainIpAddr, iface->addrs, iface->n_addrs + 1);
    a = &iface->addrs[iface->n_addrs++];
    a->type = type;
    a->addr = g_strdup(text);
    a->prefix = prefix;
}

static bool
add_leases(const Interface *n, virConnectPtr conn, WireDomainInterface *iface, GError **error)
{
    virNetworkPtr network = virNetworkLookupByName(conn, n->network);
    virNetworkDHCPLeasePtr *leases = NULL;
    int count = network ? virNetworkGetDHCPLeases(network, n->mac, &leases, 0) : -1;

    for (int i = 0; i < count; i++) {
        add_address(iface, leases[i]->type, leases[i]->ipaddr, leases[i]->prefix);
        virNetworkDHCPLeaseFree(leases[i]);
    }
    free(leases);
    if (network)
        virNetworkFree(network);
    if (count >= 0)
        return true;
    error_set(error, VIR_ERR_OPERATION_FAILED, "cannot ask network '%s' for leases: %s", n->network,
              virGetLastErrorMessage());
    return false;
}

/* The kernel's neighbour table, for bridges and networks alike. */
static void
add_neighbours(const Interface *n, WireDomainInterface *iface)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    if (!file_read_limited("/proc/net/arp", 1 << 20, &text, NULL, NULL))
        return;
    lines = g_strsplit(text, "\n", -1);
    for (size_t i = 1; lines[0] && lines[i]; i++) {
        char ip[64], mac[32], dev[32];

        if (sscanf(lines[i], "%63s %*s %*s %31s %*s %31s", ip, mac, dev) == 3 && !g_ascii_strcasecmp(mac, n->mac))
            add_address(iface, VIR_IP_ADDR_TYPE_IPV4, ip, 0);
    }
}

bool
stats_rows_interface_addresses(Call *call, GError **error)
{
    const DomainInterfaceAddressesArgs *args = call->args;
    DomainInterfaceAddressesRet *ret = call->ret;
    g_autoptr(Def) live = object_live(call->object);
    const Domain *doc = live ? live->doc : NULL;
    virConnectPtr conn = NULL;
    bool ok = true;

    if (!doc)
        return kit_require_active(call->object, error);
    if (args->source == VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT)
        return agent_rows_addresses(call, error);
    if (args->source == VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE)
        conn = virConnectOpenReadOnly(guest_host.conf->privileged ? "network:///system" : "network:///session");
    if (args->source == VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE && !conn) {
        error_set(error, VIR_ERR_OPERATION_FAILED, "cannot reach the network daemon: %s", virGetLastErrorMessage());
        return false;
    }
    ret->ifaces = g_new0(WireDomainInterface, list_len(doc->interfaces) + 1);
    for (size_t i = 0; ok && i < list_len(doc->interfaces); i++) {
        const Interface *n = list_at(doc->interfaces, i);
        WireDomainInterface *iface = &ret->ifaces[ret->n_ifaces];

        if (args->source == VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE && n->type != INTERFACE_TYPE_NETWORK)
            continue;
        if (conn)
            ok = add_leases(n, conn, iface, error);
        else
            add_neighbours(n, iface);
        if (!iface->n_addrs)
            continue;
        iface->name = g_strdup(n->target ? n->target : "");
        iface->hwaddr = g_strdup(n->mac);
        ret->n_ifaces++;
    }
    if (conn)
        virConnectClose(conn);
    return ok;
}

static const Disk *
find_disk(const Domain *doc, const char *path, GError **error)
{
    for (size_t i = 0; doc && i < list_len(doc->disks); i++) {
        const Disk *d = list_at(doc->disks, i);

        if (!g_strcmp0(d->target, path) || !g_strcmp0(d->path, path))
            return d;
    }
    error_set(error, VIR_ERR_INVALID_ARG, "invalid path %s not assigned to domain", path);
    return NULL;
}

bool
stats_rows_block_info(Call *call, GError **error)
{
    const DomainGetBlockInfoArgs *args = call->args;
    DomainGetBlockInfoRet *ret = call->ret;
    g_autoptr(Def) def = object_current(call->object, error);
    const Disk *disk = def ? find_disk(def->doc, args->path, error) : NULL;
    g_autoptr(QmpClient) qmp = NULL;
    autofd int fd = -1;
    struct stat st;

    if (!disk)
        return false;
    if (!disk->path) {
        error_set(error, VIR_ERR_INVALID_ARG, "disk '%s' does not currently have a source assigned", args->path);
        return false;
    }
    fd = open(disk->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st) < 0) {
        error_set_errno(error, errno, "cannot look at '%s'", disk->path);
        return false;
    }
    ret->physical = (uint64_t)st.st_size;
    ret->allocation = (uint64_t)st.st_blocks * 512;
    if (S_ISBLK(st.st_mode) && ioctl(fd, BLKGETSIZE64, &ret->physical) == 0)
        ret->allocation = ret->physical;
    ret->capacity = ret->physical;
    if (disk->format == DISK_FORMAT_RAW)
        return true;
    /* Only the emulator reads headers: what a guest wrote there is not for us to parse. */
    qmp = guest_monitor(guest_of(call), NULL);
    if (qmp) {
        g_autoptr(Json) blocks = qmp_query_block(qmp, error);

        if (!blocks)
            return false;
        for (size_t i = 0; i < json_array_len(blocks); i++) {
            Json *item = json_array_at(blocks, i), *inserted = json_opt_object(item, "inserted");
            const char *path = json_opt_string(item, "qdev", "");

            if (strstr(path, disk->info.alias))
                ret->capacity = json_opt_uint64(json_opt_object(inserted, "image"), "virtual-size", ret->capacity);
        }
    }
    return true;
}

/* "stats" of a disk in the reply to query-blockstats. */
static Json *
find_stats(Json *list, const Disk *disk)
{
    for (size_t i = 0; i < json_array_len(list); i++) {
        Json *item = json_array_at(list, i);
        const char *path = json_opt_string(item, "qdev", "");
        const char *at = strstr(path, disk->info.alias);

        if (at && (at[strlen(disk->info.alias)] == '\0' || at[strlen(disk->info.alias)] == '/'))
            return json_opt_object(item, "stats");
    }
    return NULL;
}

static bool
read_block(Call *call, const char *path, DomainBlockStatsRet *sum, uint64_t times[3], uint64_t *flushes, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest_of(call), error);
    g_autoptr(Def) live = object_live(call->object);
    g_autoptr(Json) list = qmp ? qmp_query_blockstats(qmp, false, error) : NULL;
    const Domain *doc = live ? live->doc : NULL;
    const Disk *only = NULL;

    if (!list || !doc || (path && *path && !(only = find_disk(doc, path, error))))
        return false;
    for (size_t i = 0; i < list_len(doc->disks); i++) {
        const Disk *d = list_at(doc->disks, i);
        Json *s = !only || d == only ? find_stats(list, d) : NULL;

        if (!s)
            continue;
        sum->rd_req += json_opt_int64(s, "rd_operations", 0);
        sum->rd_bytes += json_opt_int64(s, "rd_bytes", 0);
        sum->wr_req += json_opt_int64(s, "wr_operations", 0);
        sum->wr_bytes += json_opt_int64(s, "wr_bytes", 0);
        times[0] += json_opt_uint64(s, "rd_total_time_ns", 0);
        times[1] += json_opt_uint64(s, "wr_total_time_ns", 0);
        times[2] += json_opt_uint64(s, "flush_total_time_ns", 0);
        *flushes += json_opt_uint64(s, "flush_operations", 0);
    }
    return true;
}

bool
stats_rows_block(Call *call, GError **error)
{
    DomainBlockStatsRet *ret = call->ret;
    uint64_t times[3] = { 0 }, flushes = 0;

    if (!read_block(call, ((const DomainBlockStatsArgs *)call->args)->path, ret, times, &flushes, error))
        return false;
    ret->errs = -1;
    return true;
}

bool
stats_rows_block_flags(Call *call, GError **error)
{
    const DomainBlockStatsFlagsArgs *args = call->args;
    DomainBlockStatsFlagsRet *ret = call->ret;
    DomainBlockStatsRet sum = { 0 };
    uint64_t times[3] = { 0 }, flushes = 0;
    g_auto(Params) params = { 0 };

    if (!read_block(call, args->path, &sum, times, &flushes, error))
        return false;
    params_add_llong(&params, VIR_DOMAIN_BLOCK_STATS_WRITE_BYTES, sum.wr_bytes);
    params_add_llong(&params, VIR_DOMAIN_BLOCK_STATS_WRITE_REQ, sum.wr_req);
    params_add_llong(&params, VIR_DOMAIN_BLOCK_STATS_READ_BYTES, sum.rd_bytes);
    params_add_llong(&params, VIR_DOMAIN_BLOCK_STATS_READ_REQ, sum.rd_req);
    params_add_llong(&params, VIR_DOMAIN_BLOCK_STATS_FLUSH_REQ, (int64_t)flushes);
    params_add_llong(&params, VIR_DOMAIN_BLOCK_STATS_WRITE_TOTAL_TIMES, (int64_t)times[1]);
    params_add_llong(&params, VIR_DOMAIN_BLOCK_STATS_READ_TOTAL_TIMES, (int64_t)times[0]);
    params_add_llong(&params, VIR_DOMAIN_BLOCK_STATS_FLUSH_TOTAL_TIMES, (int64_t)times[2]);
    params_finish(&params, args->nparams, &ret->n_params, &ret->params, &ret->nparams);
    return true;
}

/* What the host's end of an interface counts, seen from the guest: received and sent change places. */
static bool
read_interface(const Interface *n, DomainInterfaceStatsRet *ret, GError **error)
{
    static const char *const files[] = { "tx_bytes", "tx_packets", "tx_errors", "tx_dropped",
                                         "rx_bytes", "rx_packets", "rx_errors", "rx_dropped" };
    int64_t *to[] = { &ret->rx_bytes, &ret->rx_packets, &ret->rx_errs, &ret->rx_drop,
                      &ret->tx_bytes, &ret->tx_packets, &ret->tx_errs, &ret->tx_drop };

    if (n->type == INTERFACE_TYPE_VHOSTUSER)
        return ovs_stats_read(n->target, ret, error);
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_strdup_printf("/sys/class/net/%s/statistics/%s", n->target, files[i]);
        uint64_t value;

        if (!file_read_uint64(path, &value)) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "interface '%s' has no statistics", n->target);
            return false;
        }
        *to[i] = (int64_t)value;
    }
    return true;
}

bool
stats_rows_interface(Call *call, GError **error)
{
    const DomainInterfaceStatsArgs *args = call->args;
    g_autoptr(Def) live = object_live(call->object);
    const Domain *doc = live ? live->doc : NULL;

    if (!doc)
        return kit_require_active(call->object, error);
    for (size_t i = 0; i < list_len(doc->interfaces); i++) {
        const Interface *n = list_at(doc->interfaces, i);

        if (n->target && (!g_strcmp0(n->target, args->device) || !g_ascii_strcasecmp(n->mac, args->device)))
            return read_interface(n, call->ret, error);
    }
    error_set(error, VIR_ERR_INVALID_ARG, "invalid path, '%s' is not a known interface", args->device);
    return false;
}

bool
stats_rows_memory(Call *call, GError **error)
{
    const DomainMemoryStatsArgs *args = call->args;
    DomainMemoryStatsRet *ret = call->ret;
    g_autoptr(Def) live = object_live(call->object);
    uint64_t user, system, rss = 0;
    const Domain *doc = live ? live->doc : NULL;
    const struct { int tag; uint64_t value; bool have; } rows[] = {
        { VIR_DOMAIN_MEMORY_STAT_ACTUAL_BALLOON,
          doc ? doc->has_current_memory ? doc->current_memory : doc->memory : 0, doc != NULL },
        { VIR_DOMAIN_MEMORY_STAT_RSS, 0, false },
    };
    bool have = doc && guest_times(guest_of(call), &user, &system, &rss);
    TuneBalloon balloon[TUNE_BALLOON_MAX];
    unsigned n;

    if (!doc)
        return kit_require_active(call->object, error);
    ret->stats = g_new0(WireDomainMemoryStat, G_N_ELEMENTS(rows) + TUNE_BALLOON_MAX);
    if (args->maxStats > ret->n_stats)
        ret->stats[ret->n_stats++] = (WireDomainMemoryStat){ rows[0].tag, rows[0].value };
    if (have && args->maxStats > ret->n_stats)
        ret->stats[ret->n_stats++] = (WireDomainMemoryStat){ VIR_DOMAIN_MEMORY_STAT_RSS, rss };
    n = tune_stats_balloon(guest_of(call), doc, balloon, MIN(TUNE_BALLOON_MAX, args->maxStats - ret->n_stats));
    for (unsigned i = 0; i < n; i++)
        ret->stats[ret->n_stats++] = (WireDomainMemoryStat){ balloon[i].tag, balloon[i].value };
    return true;
}

/* Times of vCPU @i; false when it has no thread of its own (TCG may share one). */
static bool
vcpu_times(Guest *guest, unsigned i, uint64_t *ret_ns, int *ret_cpu)
{
    g_autofree char *path = NULL;
    uint64_t user, system;
    pid_t pid, thread = 0;

    lock_acquire(&guest->vm.object.lock);
    pid = guest->process.pid;
    if (i < guest->vcpu_threads->len)
        thread = g_array_index(guest->vcpu_threads, pid_t, i);
    lock_release(&guest->vm.object.lock);
    path = g_strdup_printf("/proc/%d/task/%d/stat", (int)pid, (int)thread);
    if (thread <= 0 || !read_times(path, &user, &system, ret_cpu, NULL))
        return false;
    *ret_ns = user + system;
    return true;
}

bool
stats_rows_vcpus(Call *call, GError **error)
{
    const DomainGetVcpusArgs *args = call->args;
    DomainGetVcpusRet *ret = call->ret;
    Guest *guest = guest_of(call);
    g_autoptr(Def) live = object_live(call->object);
    const Domain *doc = live ? live->doc : NULL;
    size_t maplen = (size_t)MAX(args->maplen, 0);
    unsigned n;

    if (!doc) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "cannot retrieve vcpu information on inactive domain");
        return false;
    }
    n = MIN(doc->has_current_vcpus ? doc->current_vcpus : doc->max_vcpus, (unsigned)MAX(args->maxinfo, 0));
    ret->info = g_new0(WireVcpuInfo, n + 1);
    ret->cpumaps = g_malloc0(n * maplen + 1);
    for (unsigned i = 0; i < doc->max_vcpus && ret->n_info < n; i++) {
        WireVcpuInfo *info = &ret->info[ret->n_info];

        if (!tune_stats_vcpu_is_online(doc, i))
            continue;
        info->number = i;
        info->state = VIR_VCPU_RUNNING;
        info->cpu = -1;
        vcpu_times(guest, i, &info->cpu_time, &info->cpu);
        tune_stats_vcpu_affinity(guest, i, ret->cpumaps + ret->n_info++ * maplen, maplen);
    }
    ret->n_cpumaps = (uint32_t)(ret->n_info * maplen);
    return true;
}

bool
stats_rows_cpu(Call *call, GError **error)
{
    const DomainGetCpuStatsArgs *args = call->args;
    DomainGetCpuStatsRet *ret = call->ret;
    g_auto(Params) params = { 0 };
    uint64_t user, system;

    if (!guest_times(guest_of(call), &user, &system, NULL)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "domain is not running");
        return false;
    }
    if (args->nparams == 0) {
        ret->nparams = 3;
        return true;
    }
    params_add_ullong(&params, VIR_DOMAIN_CPU_STATS_CPUTIME, user + system);
    params_add_ullong(&params, VIR_DOMAIN_CPU_STATS_USERTIME, user);
    params_add_ullong(&params, VIR_DOMAIN_CPU_STATS_SYSTEMTIME, system);
    ret->nparams = (int32_t)MIN(args->nparams, 3);
    params_take(&params, &ret->n_params, &ret->params);
    return true;
}

static void
add_interfaces(const Domain *doc, Params *params)
{
    unsigned count = 0;

    params_add_uint(params, "net.count", (unsigned)list_len(doc->interfaces));
    for (size_t i = 0; i < list_len(doc->interfaces); i++, count++) {
        const Interface *n = list_at(doc->interfaces, i);
        DomainInterfaceStatsRet s;
        const struct { const char *name; const int64_t *value; } rows[] = {
            { "rx.bytes", &s.rx_bytes }, { "rx.pkts", &s.rx_packets }, { "rx.errs", &s.rx_errs }, { "rx.drop", &s.rx_drop },
            { "tx.bytes", &s.tx_bytes }, { "tx.pkts", &s.tx_packets }, { "tx.errs", &s.tx_errs }, { "tx.drop", &s.tx_drop },
        };
        g_autofree char *name = g_strdup_printf("net.%u.name", count);

        if (!n->target)
            continue;
        params_add_string(params, name, n->target);
        if (!read_interface(n, &s, NULL))
            continue;
        for (size_t r = 0; r < G_N_ELEMENTS(rows); r++) {
            g_autofree char *key = g_strdup_printf("net.%u.%s", count, rows[r].name);

            if (*rows[r].value >= 0)
                params_add_ullong(params, key, (uint64_t)*rows[r].value);
        }
    }
}

static void
add_blocks(Guest *guest, const Domain *doc, Params *params)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest, NULL);
    g_autoptr(Json) list = qmp ? qmp_client_call(qmp, "query-blockstats", NULL, STATS_DEADLINE, NULL) : NULL;
    static const char *const rows[][2] = {
        { "rd.reqs", "rd_operations" }, { "rd.bytes", "rd_bytes" }, { "rd.times", "rd_total_time_ns" },
        { "wr.reqs", "wr_operations" }, { "wr.bytes", "wr_bytes" }, { "wr.times", "wr_total_time_ns" },
        { "fl.reqs", "flush_operations" }, { "fl.times", "flush_total_time_ns" },
    };

    params_add_uint(params, "block.count", (unsigned)list_len(doc->disks));
    for (size_t i = 0; i < list_len(doc->disks); i++) {
        const Disk *d = list_at(doc->disks, i);
        Json *s = find_stats(list, d);
        g_autofree char *name = g_strdup_printf("block.%zu.name", i);
        g_autofree char *path = g_strdup_printf("block.%zu.path", i);

        params_add_string(params, name, d->target);
        if (d->path)
            params_add_string(params, path, d->path);
        for (size_t r = 0; s && r < G_N_ELEMENTS(rows); r++) {
            g_autofree char *key = g_strdup_printf("block.%zu.%s", i, rows[r][0]);

            params_add_ullong(params, key, json_opt_uint64(s, rows[r][1], 0));
        }
    }
}

static void
add_vcpus(Guest *guest, const Domain *doc, Params *params)
{
    unsigned n = doc->has_current_vcpus ? doc->current_vcpus : doc->max_vcpus;

    params_add_uint(params, "vcpu.current", n);
    params_add_uint(params, "vcpu.maximum", doc->max_vcpus);
    for (unsigned i = 0; i < doc->max_vcpus && object_is_active(&guest->vm.object); i++) {
        g_autofree char *state = g_strdup_printf("vcpu.%u.state", i);
        g_autofree char *time = g_strdup_printf("vcpu.%u.time", i);
        uint64_t ns;

        if (!tune_stats_vcpu_is_online(doc, i))
            continue;
        params_add_int(params, state, VIR_VCPU_RUNNING);
        if (vcpu_times(guest, i, &ns, NULL))
            params_add_ullong(params, time, ns);
        tune_stats_vcpu(guest, i, params);
    }
}

static void
collect(Guest *guest, uint32_t stats, Params *params)
{
    g_autoptr(Def) def = object_current(&guest->vm.object, NULL);
    bool active = object_is_active(&guest->vm.object);
    const Domain *doc = def ? def->doc : NULL;
    uint64_t user, system, rss;
    int reason, state = vm_state(&guest->vm, &reason);
    TuneBalloon balloon[TUNE_BALLOON_MAX];
    unsigned n;

    if (!doc)
        return;
    if (stats & VIR_DOMAIN_STATS_STATE) {
        params_add_int(params, "state.state", state);
        params_add_int(params, "state.reason", reason);
    }
    if (active && stats & VIR_DOMAIN_STATS_CPU_TOTAL && guest_times(guest, &user, &system, NULL)) {
        params_add_ullong(params, "cpu.time", user + system);
        params_add_ullong(params, "cpu.user", user);
        params_add_ullong(params, "cpu.system", system);
    }
    if (stats & VIR_DOMAIN_STATS_BALLOON) {
        params_add_ullong(params, "balloon.current", doc->has_current_memory ? doc->current_memory : doc->memory);
        params_add_ullong(params, "balloon.maximum", doc->memory);
        if (active && guest_times(guest, &user, &system, &rss))
            params_add_ullong(params, "balloon.rss", rss);
        n = active ? tune_stats_balloon(guest, doc, balloon, TUNE_BALLOON_MAX) : 0;
        for (unsigned i = 0; i < n; i++) {
            g_autofree char *key = g_strdup_printf("balloon.%s", balloon[i].name);

            params_add_ullong(params, key, balloon[i].value);
        }
    }
    if (active && stats & VIR_DOMAIN_STATS_PERF)
        tune_perf_stats(guest, params);
    if (active && stats & VIR_DOMAIN_STATS_IOTHREAD)
        tune_stats_iothreads(guest, doc, params);
    if (active && stats & VIR_DOMAIN_STATS_DIRTYRATE)
        tune_stats_dirty_rate(guest, params);
    if (stats & VIR_DOMAIN_STATS_VCPU)
        add_vcpus(guest, doc, params);
    if (active && stats & VIR_DOMAIN_STATS_INTERFACE)
        add_interfaces(doc, params);
    if (stats & VIR_DOMAIN_STATS_BLOCK)
        add_blocks(guest, doc, params);
}

enum {
    STATS_KNOWN = VIR_DOMAIN_STATS_STATE | VIR_DOMAIN_STATS_CPU_TOTAL | VIR_DOMAIN_STATS_BALLOON | VIR_DOMAIN_STATS_VCPU |
                  VIR_DOMAIN_STATS_INTERFACE | VIR_DOMAIN_STATS_BLOCK | VIR_DOMAIN_STATS_PERF | VIR_DOMAIN_STATS_IOTHREAD |
                  VIR_DOMAIN_STATS_DIRTYRATE,
};

static bool
is_chosen(Object *object, uint32_t flags)
{
    const ObjectFilter *f = vm_filters;

    while (f->group) {
        uint32_t group = f->group;
        bool asked = flags & group, matched = false;

        for (; f->group == group; f++)
            matched = matched || ((flags & f->flag) && f->match(object));
        if (asked && !matched)
            return false;
    }
    return true;
}

bool
stats_rows_all(Call *call, GError **error)
{
    const ConnectGetAllDomainStatsArgs *args = call->args;
    ConnectGetAllDomainStatsRet *ret = call->ret;
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)object_unref);
    uint32_t stats = args->stats ? args->stats : STATS_KNOWN;

    if (args->stats & ~(uint32_t)STATS_KNOWN && call->flags & VIR_CONNECT_GET_ALL_DOMAINS_STATS_ENFORCE_STATS) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Stats types bits 0x%x are not supported by this daemon or QEMU",
                  args->stats & ~(uint32_t)STATS_KNOWN);
        return false;
    }
    for (uint32_t i = 0; i < args->n_doms; i++) {
        Object *object = object_table_by_uuid(guest_host.table, args->doms[i].uuid, NULL, NULL);

        if (object)
            g_ptr_array_add(list, object);
    }
    if (!args->n_doms) {
        g_ptr_array_unref(g_steal_pointer(&list));
        list = object_table_list(guest_host.table);
    }
    ret->retStats = g_new0(WireDomainStatsRecord, list->len + 1);
    for (unsigned i = 0; i < list->len; i++) {
        g_auto(Params) params = { 0 };
        WireDomainStatsRecord *record = &ret->retStats[ret->n_retStats];

        if (!args->n_doms && !is_chosen(list->pdata[i], call->flags & 0xffff))
            continue;
        collect(list->pdata[i], stats, &params);
        object_wire(list->pdata[i], &record->dom);
        params_take(&params, &record->n_params, &record->params);
        ret->n_retStats++;
    }
    return true;
}
