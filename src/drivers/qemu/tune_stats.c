/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tune_stats.c - what threads, balloon and memory of a running guest did so far */
#define ERROR_FROM VIR_FROM_QEMU
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "drivers/qemu/process/guest_cgroup.h"
#include "drivers/qemu/rows.h"
#include "drivers/qemu/tune_rows.h"
#include "util/error.h"
#include "util/file.h"

enum { STATS_DEADLINE = 5000, PROC_LIMIT = 1 << 16 };

/* CPU time by CPU of the host: of the guest, and of its vCPUs alone. */
static bool
read_each(Guest *guest, GArray **ret_all, GArray **ret_vcpus, GError **error)
{
    g_autoptr(Cgroup) cgroup = guest_cgroup_require(guest, CGROUP_MOUNT_CPUACCT, error);
    g_autoptr(GArray) all = cgroup ? cgroup_get_cpu_times_each(cgroup, error) : NULL;
    g_autoptr(GArray) sum = NULL;
    g_autoptr(GArray) threads = NULL;

    if (!all)
        return false;
    sum = g_array_new(FALSE, TRUE, sizeof(uint64_t));
    g_array_set_size(sum, all->len);
    lock_acquire(&guest->vm.object.lock);
    threads = g_array_copy(guest->vcpu_threads);
    lock_release(&guest->vm.object.lock);
    for (guint i = 0; i < threads->len; i++) {
        g_autoptr(Cgroup) group = guest_thread_cgroup(guest, GUEST_THREAD_VCPU, i);
        g_autoptr(GArray) one = NULL;

        if (!g_array_index(threads, pid_t, i))
            continue;
        one = group ? cgroup_get_cpu_times_each(group, error) : NULL;
        if (!one)
            return false;
        for (guint cpu = 0; cpu < MIN(sum->len, one->len); cpu++)
            g_array_index(sum, uint64_t, cpu) += g_array_index(one, uint64_t, cpu);
    }
    *ret_all = g_steal_pointer(&all);
    *ret_vcpus = g_steal_pointer(&sum);
    return true;
}

/* Asked for with no room: how many CPUs (with none wanted), or how many numbers each. */
static bool
each_cpu(Call *call, GError **error)
{
    enum { EACH = 2 };
    const DomainGetCpuStatsArgs *args = call->args;
    DomainGetCpuStatsRet *ret = call->ret;
    g_autoptr(GArray) all = NULL;
    g_autoptr(GArray) vcpus = NULL;
    g_auto(Params) params = { 0 };

    if (!read_each(guest_of(call), &all, &vcpus, error))
        return false;
    if (args->start_cpu < 0 || (guint)args->start_cpu >= all->len) {
        error_set(error, VIR_ERR_INVALID_ARG, "start_cpu %d larger than maximum of %u", args->start_cpu, all->len - 1);
        return false;
    }
    if (!args->nparams) {
        ret->nparams = args->ncpus ? EACH : (int32_t)all->len;
        return true;
    }
    ret->nparams = (int32_t)MIN(args->nparams, EACH);
    for (guint cpu = (guint)args->start_cpu; cpu < all->len && cpu - (guint)args->start_cpu < args->ncpus; cpu++) {
        params_add_ullong(&params, VIR_DOMAIN_CPU_STATS_CPUTIME, g_array_index(all, uint64_t, cpu));
        if (ret->nparams == EACH)
            params_add_ullong(&params, VIR_DOMAIN_CPU_STATS_VCPUTIME, g_array_index(vcpus, uint64_t, cpu));
    }
    params_take(&params, &ret->n_params, &ret->params);
    return true;
}

bool
tune_stats_cpu(Call *call, GError **error)
{
    const DomainGetCpuStatsArgs *args = call->args;

    if (!kit_require_active(call->object, error))
        return false;
    return args->start_cpu == -1 ? stats_rows_cpu(call, error) : each_cpu(call, error);
}

bool
tune_stats_vcpu_is_online(const Domain *doc, unsigned id)
{
    unsigned n = doc->has_current_vcpus ? doc->current_vcpus : doc->max_vcpus;

    return id < list_len(doc->vcpus) ? ((const VcpuState *)list_at(doc->vcpus, id))->enabled == YESNO_YES
                                     : !list_len(doc->vcpus) && id < n;
}

void
tune_stats_vcpu_affinity(Guest *guest, unsigned id, uint8_t *map, size_t maplen)
{
    pid_t thread = guest->process.pid;
    cpu_set_t set;

    lock_acquire(&guest->vm.object.lock);
    if (id < guest->vcpu_threads->len && g_array_index(guest->vcpu_threads, pid_t, id))
        thread = g_array_index(guest->vcpu_threads, pid_t, id);
    lock_release(&guest->vm.object.lock);
    CPU_ZERO(&set);
    if (thread <= 0 || sched_getaffinity(thread, sizeof(set), &set) < 0)
        return;
    for (size_t cpu = 0; cpu < CPU_SETSIZE && cpu / 8 < maplen; cpu++)
        if (CPU_ISSET(cpu, &set))
            map[cpu / 8] |= (uint8_t)(1 << cpu % 8);
}

void
tune_stats_vcpu(Guest *guest, unsigned id, Params *params)
{
    g_autofree char *delay_key = g_strdup_printf("vcpu.%u.delay", id);
    g_autofree char *wait_key = g_strdup_printf("vcpu.%u.wait", id);
    g_autofree char *path = NULL;
    g_autofree char *sched_path = NULL;
    g_autofree char *text = NULL;
    g_autofree char *sched = NULL;
    const char *wait;
    uint64_t ran, delay;
    pid_t pid, thread = 0;

    lock_acquire(&guest->vm.object.lock);
    pid = guest->process.pid;
    if (id < guest->vcpu_threads->len)
        thread = g_array_index(guest->vcpu_threads, pid_t, id);
    lock_release(&guest->vm.object.lock);
    if (!thread)
        return;
    path = g_strdup_printf("/proc/%d/task/%d/schedstat", (int)pid, (int)thread);
    text = file_read_line(path);
    /* Ran, waited for a CPU (ns), and how often. */
    if (text && sscanf(text, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, &ran, &delay) == 2)
        params_add_ullong(params, delay_key, delay);
    sched_path = g_strdup_printf("/proc/%d/task/%d/sched", (int)pid, (int)thread);
    /* Only kernels that debug their scheduler tell; milliseconds. */
    if (file_read_limited(sched_path, PROC_LIMIT, &sched, NULL, NULL) && (wait = strstr(sched, "wait_sum")) &&
        (wait = strchr(wait, ':')))
        params_add_ullong(params, wait_key, (uint64_t)(g_ascii_strtod(wait + 1, NULL) * 1000000));
}

void
tune_stats_iothreads(Guest *guest, const Domain *doc, Params *params)
{
    g_autoptr(QmpClient) qmp = doc->has_iothreads || list_len(doc->iothread_list) ? guest_monitor(guest, NULL) : NULL;
    g_autoptr(GArray) all = qmp ? guest_thread_read_iothreads(qmp, NULL) : NULL;

    if (!all || !all->len)
        return;
    params_add_uint(params, "iothread.count", all->len);
    for (guint i = 0; i < all->len; i++) {
        const GuestIoThread *t = &g_array_index(all, GuestIoThread, i);
        g_autofree char *max = g_strdup_printf("iothread.%u.poll-max-ns", t->id);
        g_autofree char *grow = g_strdup_printf("iothread.%u.poll-grow", t->id);
        g_autofree char *shrink = g_strdup_printf("iothread.%u.poll-shrink", t->id);

        params_add_ullong(params, max, t->poll_max);
        params_add_uint(params, grow, (unsigned)t->poll_grow);
        params_add_uint(params, shrink, (unsigned)t->poll_shrink);
    }
}

void
tune_stats_dirty_rate(Guest *guest, Params *params)
{
    static const char *const states[] = { "unstarted", "measuring", "measured" };
    g_autoptr(QmpClient) qmp = guest_monitor(guest, NULL);
    g_autoptr(Json) rate = qmp ? qmp_client_call(qmp, "query-dirty-rate", NULL, STATS_DEADLINE, NULL) : NULL;
    const char *state = rate ? json_opt_string(rate, "status", "") : "";
    Json *vcpus = rate ? json_opt_array(rate, "vcpu-dirty-rate") : NULL;

    if (!rate)
        return;
    for (int i = 0; i < (int)G_N_ELEMENTS(states); i++)
        if (g_str_equal(states[i], state))
            params_add_int(params, "dirtyrate.calc_status", i);
    params_add_llong(params, "dirtyrate.calc_start_time", json_opt_int64(rate, "start-time", 0));
    params_add_int(params, "dirtyrate.calc_period", (int)json_opt_int64(rate, "calc-time", 0));
    params_add_string(params, "dirtyrate.calc_mode", json_opt_string(rate, "mode", "page-sampling"));
    if (!g_str_equal(state, states[VIR_DOMAIN_DIRTYRATE_MEASURED]))
        return;
    params_add_llong(params, "dirtyrate.megabytes_per_second", json_opt_int64(rate, "dirty-rate", 0));
    for (size_t i = 0; vcpus && i < json_array_len(vcpus); i++) {
        Json *one = json_array_at(vcpus, i);
        g_autofree char *key = g_strdup_printf("dirtyrate.vcpu.%" G_GINT64_FORMAT ".megabytes_per_second",
                                               json_opt_int64(one, "id", 0));

        params_add_ullong(params, key, json_opt_uint64(one, "dirty-rate", 0));
    }
}

/* What the guest's driver of the balloon tells, as often as it was asked to. */
unsigned
tune_stats_balloon(Guest *guest, const Domain *doc, TuneBalloon *ret, unsigned max)
{
    static const struct {
        const char *qemu, *name;
        int tag;
        unsigned unit;
    } rows[] = {
        { "stat-swap-in", "swap_in", VIR_DOMAIN_MEMORY_STAT_SWAP_IN, 1024 },
        { "stat-swap-out", "swap_out", VIR_DOMAIN_MEMORY_STAT_SWAP_OUT, 1024 },
        { "stat-major-faults", "major_fault", VIR_DOMAIN_MEMORY_STAT_MAJOR_FAULT, 1 },
        { "stat-minor-faults", "minor_fault", VIR_DOMAIN_MEMORY_STAT_MINOR_FAULT, 1 },
        { "stat-free-memory", "unused", VIR_DOMAIN_MEMORY_STAT_UNUSED, 1024 },
        { "stat-total-memory", "available", VIR_DOMAIN_MEMORY_STAT_AVAILABLE, 1024 },
        { "stat-available-memory", "usable", VIR_DOMAIN_MEMORY_STAT_USABLE, 1024 },
        { "stat-disk-caches", "disk_caches", VIR_DOMAIN_MEMORY_STAT_DISK_CACHES, 1024 },
        { "stat-htlb-pgalloc", "hugetlb_pgalloc", VIR_DOMAIN_MEMORY_STAT_HUGETLB_PGALLOC, 1 },
        { "stat-htlb-pgfail", "hugetlb_pgfail", VIR_DOMAIN_MEMORY_STAT_HUGETLB_PGFAIL, 1 },
    };
    const Memballoon *balloon = doc->memballoon;
    bool told = balloon && balloon->info.alias && !g_strcmp0(balloon->model, "virtio");
    g_autoptr(QmpClient) qmp = told ? guest_monitor(guest, NULL) : NULL;
    g_autofree char *path = NULL;
    g_autoptr(Json) reply = NULL;
    Json *args, *stats;
    uint64_t value;
    unsigned n = 0;

    if (!qmp)
        return 0;
    path = g_strdup_printf("/machine/peripheral/%s", balloon->info.alias);
    args = json_new_object();
    json_add_string(args, "path", path);
    json_add_string(args, "property", "guest-stats");
    reply = qmp_client_call(qmp, "qom-get", args, STATS_DEADLINE, NULL);
    stats = reply ? json_opt_object(reply, "stats") : NULL;
    for (size_t i = 0; stats && i < G_N_ELEMENTS(rows) && n < max; i++) {
        value = json_opt_uint64(stats, rows[i].qemu, UINT64_MAX);
        /* -1: the guest has not told, or does not know. */
        if (value != UINT64_MAX)
            ret[n++] = (TuneBalloon){ rows[i].tag, rows[i].name, value / rows[i].unit };
    }
    value = reply ? json_opt_uint64(reply, "last-update", 0) : 0;
    if (value && n < max)
        ret[n++] = (TuneBalloon){ VIR_DOMAIN_MEMORY_STAT_LAST_UPDATE, "last-update", value };
    return n;
}
