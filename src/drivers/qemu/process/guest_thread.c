/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_thread.c - the threads of a guest: which they are, where they run, how they are scheduled
 *
 * QEMU makes each vCPU and I/O thread where the process is; they are moved to groups, CPUs and scheduling classes of their
 * own when it says which they are, before the guest runs.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/process/guest_cgroup.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "drivers/qemu/qmp/qmp_cpu.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("qemu.thread");

static char *
group_name(GuestThread kind, unsigned id)
{
    return kind == GUEST_THREAD_EMULATOR ? g_strdup("emulator")
                                         : g_strdup_printf("%s%u", kind == GUEST_THREAD_VCPU ? "vcpu" : "iothread", id);
}

Cgroup *
guest_thread_cgroup(Guest *guest, GuestThread kind, unsigned id)
{
    g_autoptr(Cgroup) cgroup = guest_cgroup_get(guest);
    g_autofree char *name = group_name(kind, id);

    return cgroup ? cgroup_new_child(cgroup, name) : NULL;
}

/* Where */

const Bitmap *
guest_thread_cpus(Guest *guest, const Domain *doc, GuestThread kind, unsigned id)
{
    if (kind == GUEST_THREAD_EMULATOR && doc->emulator_pin)
        return doc->emulator_pin;
    for (size_t i = 0; kind == GUEST_THREAD_VCPU && i < list_len(doc->vcpupins); i++) {
        const VcpuPin *pin = list_at(doc->vcpupins, i);

        if (pin->vcpu == id)
            return pin->cpuset;
    }
    for (size_t i = 0; kind == GUEST_THREAD_IOTHREAD && i < list_len(doc->iothreadpins); i++) {
        const IoThreadPin *pin = list_at(doc->iothreadpins, i);

        if (pin->iothread == id)
            return pin->cpuset;
    }
    if (doc->vcpu_placement == VCPU_PLACEMENT_AUTO)
        return guest->tune ? guest->tune->cpus : NULL;
    return doc->cpuset;
}

static bool
set_affinity(pid_t thread, const Bitmap *cpus, GError **error)
{
    size_t n = (size_t)sysconf(_SC_NPROCESSORS_CONF), size;
    g_autofree char *text = cpus ? bitmap_format(cpus) : NULL;
    cpu_set_t *set;
    bool ok;

    for (int cpu = cpus ? bitmap_next(cpus, 0) : -1; cpu >= 0; cpu = bitmap_next(cpus, cpu + 1))
        n = MAX(n, (size_t)cpu + 1);
    size = CPU_ALLOC_SIZE(n);
    set = CPU_ALLOC(n);
    CPU_ZERO_S(size, set);
    for (size_t cpu = 0; cpu < n; cpu++)
        if (!cpus || bitmap_get(cpus, cpu))
            CPU_SET_S(cpu, size, set);
    ok = sched_setaffinity(thread, size, set) == 0;
    if (!ok)
        error_set_errno(error, errno, "cannot set CPU affinity of thread %d to %s", (int)thread, text ? text : "all CPUs");
    CPU_FREE(set);
    return ok;
}

bool
guest_thread_pin(Guest *guest, GuestThread kind, unsigned id, pid_t thread, const Bitmap *cpus, GError **error)
{
    g_autoptr(Cgroup) cgroup = guest_thread_cgroup(guest, kind, id);

    if (cgroup && cpus && cgroup_has(cgroup, CGROUP_MOUNT_CPUSET) && !cgroup_set_cpus(cgroup, cpus, error))
        return false;
    return set_affinity(thread, cpus, error);
}

/* Nodes that the kernel must take its memory from; NULL: any. */
static const Bitmap *
bound_nodes(const Domain *doc, GuestThread kind, unsigned id)
{
    /* What QEMU binds itself may need memory of other nodes while it starts: the emulator is bound later, as of old. */
    bool bound = doc->numa_mode == NUMA_MODE_RESTRICTIVE || (doc->numa_mode == NUMA_MODE_STRICT && kind != GUEST_THREAD_EMULATOR);
    const Bitmap *nodes = bound ? doc->numa_nodeset : NULL;

    for (size_t c = 0; kind == GUEST_THREAD_VCPU && doc->cpu && c < list_len(doc->cpu->cells); c++) {
        const NumaCell *cell = list_at(doc->cpu->cells, c);

        for (size_t i = 0; cell->cpus && bitmap_get(cell->cpus, id) && i < list_len(doc->memnodes); i++) {
            const MemNode *node = list_at(doc->memnodes, i);

            if (node->cellid == cell->id && node->mode == NUMA_MODE_RESTRICTIVE)
                nodes = node->nodeset;
        }
    }
    return nodes;
}

/* How much */

static void
find_quota(const Domain *doc, GuestThread kind, uint64_t *ret_period, int64_t *ret_quota)
{
    switch (kind) {
    case GUEST_THREAD_EMULATOR:
        *ret_period = doc->has_emulator_period ? doc->emulator_period : 0;
        *ret_quota = doc->has_emulator_quota ? doc->emulator_quota : 0;
        break;
    case GUEST_THREAD_VCPU:
        *ret_period = doc->has_cpu_period ? doc->cpu_period : 0;
        *ret_quota = doc->has_cpu_quota ? doc->cpu_quota : 0;
        break;
    case GUEST_THREAD_IOTHREAD:
        *ret_period = doc->has_iothread_period ? doc->iothread_period : 0;
        *ret_quota = doc->has_iothread_quota ? doc->iothread_quota : 0;
        break;
    }
}

static bool
limit(const Domain *doc, const Cgroup *cgroup, GuestThread kind, unsigned id, GError **error)
{
    const Bitmap *nodes = bound_nodes(doc, kind, id);
    uint64_t period = 0;
    int64_t quota = 0;

    find_quota(doc, kind, &period, &quota);
    return (!period || cgroup_set(cgroup, CGROUP_CPU_PERIOD, period, error)) &&
           (!quota || cgroup_set(cgroup, CGROUP_CPU_QUOTA, quota < 0 ? CGROUP_NO_LIMIT : (uint64_t)quota, error)) &&
           (!nodes || !cgroup_has(cgroup, CGROUP_MOUNT_CPUSET) || cgroup_set_mems(cgroup, nodes, error));
}

/* How it is scheduled */

static bool
schedule(const Domain *doc, GuestThread kind, unsigned id, pid_t thread, GError **error)
{
    static const int policies[SCHED_POLICY_LAST] = {
        [SCHED_POLICY_OTHER] = SCHED_OTHER, [SCHED_POLICY_BATCH] = SCHED_BATCH, [SCHED_POLICY_IDLE] = SCHED_IDLE,
        [SCHED_POLICY_FIFO] = SCHED_FIFO, [SCHED_POLICY_RR] = SCHED_RR,
    };
    SchedPolicy policy = SCHED_POLICY_UNSET;
    struct sched_param param = { 0 };

    if (kind == GUEST_THREAD_EMULATOR && doc->emulatorsched) {
        policy = doc->emulatorsched->scheduler;
        param.sched_priority = doc->emulatorsched->priority;
    }
    for (size_t i = 0; kind == GUEST_THREAD_VCPU && i < list_len(doc->vcpuscheds); i++) {
        const VcpuSched *s = list_at(doc->vcpuscheds, i);

        if (bitmap_get(s->vcpus, id)) {
            policy = s->scheduler;
            param.sched_priority = s->priority;
        }
    }
    for (size_t i = 0; kind == GUEST_THREAD_IOTHREAD && i < list_len(doc->iothreadscheds); i++) {
        const IoThreadSched *s = list_at(doc->iothreadscheds, i);

        if (bitmap_get(s->iothreads, id)) {
            policy = s->scheduler;
            param.sched_priority = s->priority;
        }
    }
    if (policy == SCHED_POLICY_UNSET || sched_setscheduler(thread, policies[policy], &param) == 0)
        return true;
    error_set_errno(error, errno, "Cannot set scheduler parameters for thread %d of '%s' to %s with priority %d", (int)thread,
                    doc->name, sched_policy_words[policy], param.sched_priority);
    return false;
}

bool
guest_thread_place(Guest *guest, const Domain *doc, GuestThread kind, unsigned id, pid_t thread, GError **error)
{
    g_autoptr(Cgroup) cgroup = guest_thread_cgroup(guest, kind, id);
    const Bitmap *cpus = guest_thread_cpus(guest, doc, kind, id);

    if (cgroup && (!cgroup_make(cgroup, true, error) || !limit(doc, cgroup, kind, id, error) ||
                   !cgroup_add_thread(cgroup, thread, error)))
        return false;
    /* Without CPUs of its own it must not be left on the emulator's, where it was made. */
    if ((cpus || (kind != GUEST_THREAD_EMULATOR && doc->emulator_pin)) && !guest_thread_pin(guest, kind, id, thread, cpus, error))
        return false;
    /* The emulator's is handed on to threads that it makes: only when all have been made. */
    return kind == GUEST_THREAD_EMULATOR || schedule(doc, kind, id, thread, error);
}

void
guest_thread_forget(Guest *guest, GuestThread kind, unsigned id)
{
    g_autoptr(Cgroup) cgroup = guest_thread_cgroup(guest, kind, id);
    g_autoptr(GError) error = NULL;

    if (cgroup && !cgroup_remove(cgroup, &error))
        log_gerror(error, "while a thread of a guest went");
}

/* Which */

bool
guest_thread_read_vcpus(Guest *guest, const Domain *doc, GError **error)
{
    bool apart = list_len(doc->vcpus) || (doc->has_current_vcpus && doc->current_vcpus != doc->max_vcpus);
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    g_autoptr(Json) cpus = qmp ? qmp_query_cpus_fast(qmp, error) : NULL;
    /* Only then can numbers differ from QEMU's order, and only machines that can plug know the command. */
    g_autoptr(Json) units = !cpus || !apart ? NULL
                            : qmp_client_call(qmp, "query-hotpluggable-cpus", NULL, QMP_CLIENT_TIMEOUT, NULL);
    g_autoptr(GPtrArray) merged = cpus ? qmp_cpu_merge(cpus, units, doc->max_vcpus, error) : NULL;

    if (!merged)
        return false;
    lock_acquire(&guest->vm.object.lock);
    g_array_set_size(guest->vcpu_threads, 0);
    for (guint i = 0; i < merged->len; i++) {
        const QmpVcpu *vcpu = merged->pdata[i];
        pid_t thread = vcpu->online ? (pid_t)vcpu->thread : 0;

        /* Emulation in a single thread has none for vCPUs. */
        if (thread == guest->process.pid)
            thread = 0;
        for (guint k = 0; thread && k < guest->vcpu_threads->len; k++)
            if (g_array_index(guest->vcpu_threads, pid_t, k) == thread)
                thread = 0;
        g_array_append_val(guest->vcpu_threads, thread);
    }
    lock_release(&guest->vm.object.lock);
    return true;
}

static int
compare_ids(const void *a, const void *b)
{
    return (int)((const GuestIoThread *)a)->id - (int)((const GuestIoThread *)b)->id;
}

GArray *
guest_thread_read_iothreads(QmpClient *qmp, GError **error)
{
    g_autoptr(Json) list = qmp_client_call(qmp, "query-iothreads", NULL, QMP_CLIENT_TIMEOUT, error);
    GArray *threads;

    if (!list)
        return NULL;
    threads = g_array_new(FALSE, TRUE, sizeof(GuestIoThread));
    for (size_t i = 0; i < json_array_len(list); i++) {
        Json *item = json_array_at(list, i);
        const char *id = json_opt_string(item, "id", "");
        GuestIoThread thread = {
            .thread = (pid_t)json_opt_int64(item, "thread-id", 0),
            .poll_max = json_opt_uint64(item, "poll-max-ns", 0),
            .poll_grow = json_opt_uint64(item, "poll-grow", 0),
            .poll_shrink = json_opt_uint64(item, "poll-shrink", 0),
        };

        /* Others may have been made by the user's own arguments. */
        if (sscanf(id, "iothread%u", &thread.id) == 1)
            g_array_append_val(threads, thread);
    }
    g_array_sort(threads, compare_ids);
    return threads;
}

bool
guest_thread_place_all(Guest *guest, const Domain *doc, GError **error)
{
    g_autoptr(GArray) vcpus = NULL;
    g_autoptr(GArray) iothreads = NULL;
    g_autoptr(Cgroup) emulator = NULL;
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);

    if (!qmp || !guest_thread_read_vcpus(guest, doc, error))
        return false;
    lock_acquire(&guest->vm.object.lock);
    vcpus = g_array_copy(guest->vcpu_threads);
    lock_release(&guest->vm.object.lock);
    for (guint i = 0; i < vcpus->len; i++) {
        pid_t thread = g_array_index(vcpus, pid_t, i);

        if (thread && !guest_thread_place(guest, doc, GUEST_THREAD_VCPU, i, thread, error))
            return false;
    }
    if (doc->has_iothreads || list_len(doc->iothread_list)) {
        iothreads = guest_thread_read_iothreads(qmp, error);
        for (guint i = 0; iothreads && i < iothreads->len; i++) {
            const GuestIoThread *t = &g_array_index(iothreads, GuestIoThread, i);

            if (!guest_thread_place(guest, doc, GUEST_THREAD_IOTHREAD, t->id, t->thread, error))
                return false;
        }
        if (!iothreads)
            return false;
    }
    emulator = guest_thread_cgroup(guest, GUEST_THREAD_EMULATOR, 0);
    if (doc->numa_mode == NUMA_MODE_STRICT && doc->numa_nodeset && cgroup_has(emulator, CGROUP_MOUNT_CPUSET) &&
        !cgroup_set_mems(emulator, doc->numa_nodeset, error))
        return false;
    return schedule(doc, GUEST_THREAD_EMULATOR, 0, guest->process.pid, error);
}
