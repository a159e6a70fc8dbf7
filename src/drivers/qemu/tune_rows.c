/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tune_rows.c - limits of guests by cgroups: memory, block devices, NUMA nodes, CPU time
 *
 * The rows of drivers/common check what is asked for and change the definitions; a running guest gets what its
 * definition then says, first, so that nothing is written down that the kernel did not take.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/tune_rows.h"

#include <sys/stat.h>

#include "drivers/common/vm.h"
#include "drivers/qemu/process/guest_cgroup.h"
#include "util/error.h"

enum { KIB = 1024 };

/* All calls of this file that set parameters have this shape. */
typedef struct SetArgs {
    WireDomain dom;
    uint32_t n;
    WireTypedParam *params;
} SetArgs;
G_STATIC_ASSERT(offsetof(SetArgs, params) == offsetof(DomainSetMemoryParametersArgs, params));
G_STATIC_ASSERT(offsetof(SetArgs, params) == offsetof(DomainSetSchedulerParametersFlagsArgs, params));
G_STATIC_ASSERT(offsetof(SetArgs, params) == offsetof(DomainSetSchedulerParametersArgs, params));

static const WireTypedParam *
find(const Call *call, const char *name)
{
    const SetArgs *args = call->args;

    return params_find(args->params, args->n, name);
}

/* Nothing of a user's guest can be limited, now or at its next start. */
static bool
check_session(const char *what, GError **error)
{
    if (guest_host.conf->privileged)
        return true;
    error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "%s tuning is not available in session mode", what);
    return false;
}

bool
tune_rows_set_memory(Call *call, GError **error)
{
    static const struct {
        const char *name;
        CgroupValue what;
    } rows[] = {
        { VIR_DOMAIN_MEMORY_SWAP_HARD_LIMIT, CGROUP_MEMORY_SWAP },
        { VIR_DOMAIN_MEMORY_HARD_LIMIT, CGROUP_MEMORY_HARD },
        { VIR_DOMAIN_MEMORY_SWAP_HARD_LIMIT, CGROUP_MEMORY_SWAP },
        { VIR_DOMAIN_MEMORY_SOFT_LIMIT, CGROUP_MEMORY_SOFT },
    };
    g_autoptr(Cgroup) cgroup = NULL;
    uint64_t have = CGROUP_NO_LIMIT;

    if (!check_session("Memory", error) || !vm_row_set_memory_parameters(call, error))
        return false;
    if (!call->live)
        return true;
    cgroup = guest_cgroup_require(call->object, CGROUP_MOUNT_MEMORY, error);
    if (!cgroup)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const WireTypedParam *param = find(call, rows[i].name);
        bool none = param && param->value.ul >= VIR_DOMAIN_MEMORY_PARAM_UNLIMITED;
        uint64_t bytes = !param ? 0 : none ? CGROUP_NO_LIMIT : param->value.ul * KIB;

        /* Memory with swap space may never be less than memory alone: it grows before, and shrinks after. */
        if (!param || (i == 0 && (!cgroup_get(cgroup, CGROUP_MEMORY_SWAP, &have, NULL) || bytes <= have)))
            continue;
        if (!cgroup_set(cgroup, rows[i].what, bytes, error))
            return false;
    }
    return true;
}

static bool
set_devices(const Cgroup *cgroup, CgroupIo what, const char *list, GError **error)
{
    g_auto(GStrv) words = g_strsplit(list, ",", -1);

    /* Pairs of path and number: checked when the definition took them. */
    for (size_t i = 0; words[i] && words[i + 1]; i += 2) {
        struct stat st;

        if (stat(words[i], &st) < 0 || !S_ISBLK(st.st_mode)) {
            error_set(error, VIR_ERR_INVALID_ARG, "cannot limit I/O on '%s': it is no block device", words[i]);
            return false;
        }
        if (!cgroup_set_io(cgroup, what, st.st_rdev, g_ascii_strtoull(words[i + 1], NULL, 10), error))
            return false;
    }
    return true;
}

bool
tune_rows_set_blkio(Call *call, GError **error)
{
    static const char *const names[CGROUP_IO_LAST] = {
        [CGROUP_IO_DEVICE_WEIGHT] = VIR_DOMAIN_BLKIO_DEVICE_WEIGHT,
        [CGROUP_IO_READ_IOPS] = VIR_DOMAIN_BLKIO_DEVICE_READ_IOPS,
        [CGROUP_IO_WRITE_IOPS] = VIR_DOMAIN_BLKIO_DEVICE_WRITE_IOPS,
        [CGROUP_IO_READ_BPS] = VIR_DOMAIN_BLKIO_DEVICE_READ_BPS,
        [CGROUP_IO_WRITE_BPS] = VIR_DOMAIN_BLKIO_DEVICE_WRITE_BPS,
    };
    const WireTypedParam *weight = find(call, VIR_DOMAIN_BLKIO_WEIGHT);
    g_autoptr(Cgroup) cgroup = NULL;

    if (!check_session("Block I/O", error) || !vm_row_set_blkio_parameters(call, error))
        return false;
    if (!call->live)
        return true;
    cgroup = guest_cgroup_require(call->object, CGROUP_MOUNT_BLKIO, error);
    if (!cgroup || (weight && !cgroup_set(cgroup, CGROUP_IO_WEIGHT, weight->value.ui, error)))
        return false;
    for (int i = 0; i < CGROUP_IO_LAST; i++) {
        const WireTypedParam *param = find(call, names[i]);

        if (param && !set_devices(cgroup, (CgroupIo)i, param->value.s, error))
            return false;
    }
    return true;
}

/* Every group of threads has nodes of its own. */
static bool
set_nodes(Guest *guest, const Bitmap *nodes, GError **error)
{
    g_autoptr(Cgroup) cgroup = guest_cgroup_require(guest, CGROUP_MOUNT_CPUSET, error);
    g_autoptr(QmpClient) qmp = cgroup ? guest_monitor(guest, error) : NULL;
    g_autoptr(GArray) iothreads = qmp ? guest_thread_read_iothreads(qmp, error) : NULL;
    g_autoptr(GArray) vcpus = NULL;
    g_autoptr(Cgroup) emulator = NULL;

    if (!iothreads || !cgroup_set_mems(cgroup, nodes, error))
        return false;
    emulator = guest_thread_cgroup(guest, GUEST_THREAD_EMULATOR, 0);
    if (!emulator || !cgroup_set_mems(emulator, nodes, error))
        return false;
    lock_acquire(&guest->vm.object.lock);
    vcpus = g_array_copy(guest->vcpu_threads);
    lock_release(&guest->vm.object.lock);
    for (guint i = 0; i < vcpus->len + iothreads->len; i++) {
        bool vcpu = i < vcpus->len;
        unsigned id = vcpu ? i : g_array_index(iothreads, GuestIoThread, i - vcpus->len).id;
        g_autoptr(Cgroup) group = guest_thread_cgroup(guest, vcpu ? GUEST_THREAD_VCPU : GUEST_THREAD_IOTHREAD, id);

        if ((!vcpu || g_array_index(vcpus, pid_t, i)) && group && !cgroup_set_mems(group, nodes, error))
            return false;
    }
    return true;
}

bool
tune_rows_set_numa(Call *call, GError **error)
{
    const WireTypedParam *mode = find(call, VIR_DOMAIN_NUMA_MODE), *nodeset = find(call, VIR_DOMAIN_NUMA_NODESET);
    g_autoptr(Def) live = object_live(call->object);
    const Domain *doc = live ? live->doc : NULL, *wanted = call->live;
    NumaMode before = doc ? doc->numa_mode : NUMA_MODE_UNSET;

    if (!check_session("NUMA", error) || !vm_row_set_numa_parameters(call, error))
        return false;
    if (!wanted)
        return true;
    before = before == NUMA_MODE_UNSET ? NUMA_MODE_STRICT : before;
    if (mode && (NumaMode)(mode->value.i + 1) != before) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "can't change numatune mode for running domain");
        return false;
    }
    if (before != NUMA_MODE_STRICT && before != NUMA_MODE_RESTRICTIVE && nodeset) {
        error_set(error, VIR_ERR_OPERATION_INVALID,
                  "change of nodeset for running domain requires strict or restrictive numa mode");
        return false;
    }
    return !nodeset || set_nodes(call->object, wanted->numa_nodeset, error);
}

/* CPU time.  Shares and the global pair are of the whole guest, the others of its threads. */
typedef enum { WHOLE, EMULATOR, VCPUS, IOTHREADS } Scope;
static const struct {
    ParamMember member;
    const char *tunable; /* name in the event */
    Scope scope;
    CgroupValue what;
} cpu_rows[] = {
#define ROW(NAME, TYPE, member, TUNABLE, scope, what) \
    { PARAM_MEMBER(VIR_DOMAIN_SCHEDULER_##NAME, TYPE, Domain, member, 0), VIR_DOMAIN_TUNABLE_CPU_##TUNABLE, scope, what }
    ROW(CPU_SHARES, ULLONG, cpu_shares, CPU_SHARES, WHOLE, CGROUP_CPU_SHARES),
    ROW(VCPU_PERIOD, ULLONG, cpu_period, VCPU_PERIOD, VCPUS, CGROUP_CPU_PERIOD),
    ROW(VCPU_QUOTA, LLONG, cpu_quota, VCPU_QUOTA, VCPUS, CGROUP_CPU_QUOTA),
    ROW(EMULATOR_PERIOD, ULLONG, emulator_period, EMULATOR_PERIOD, EMULATOR, CGROUP_CPU_PERIOD),
    ROW(EMULATOR_QUOTA, LLONG, emulator_quota, EMULATOR_QUOTA, EMULATOR, CGROUP_CPU_QUOTA),
    ROW(GLOBAL_PERIOD, ULLONG, global_period, GLOBAL_PERIOD, WHOLE, CGROUP_CPU_PERIOD),
    ROW(GLOBAL_QUOTA, LLONG, global_quota, GLOBAL_QUOTA, WHOLE, CGROUP_CPU_QUOTA),
    ROW(IOTHREAD_PERIOD, ULLONG, iothread_period, IOTHREAD_PERIOD, IOTHREADS, CGROUP_CPU_PERIOD),
    ROW(IOTHREAD_QUOTA, LLONG, iothread_quota, IOTHREAD_QUOTA, IOTHREADS, CGROUP_CPU_QUOTA),
};

enum { PERIOD_MIN = 1000, PERIOD_MAX = 1000000, QUOTA_MIN = 1000 };
static const uint64_t quota_max = 17592186044415ULL;

bool
tune_rows_scheduler_type(Call *call, GError **error)
{
    DomainGetSchedulerTypeRet *ret = call->ret;
    g_autoptr(Cgroup) cgroup = NULL;

    if (!check_session("CPU", error))
        return false;
    if (object_is_active(call->object) && !(cgroup = guest_cgroup_require(call->object, CGROUP_MOUNT_CPU, error)))
        return false;
    ret->type = g_strdup("posix");
    ret->nparams = G_N_ELEMENTS(cpu_rows);
    return true;
}

static Cgroup *
group_of(Guest *guest, const Cgroup *whole, Scope scope, unsigned id)
{
    return scope == WHOLE ? cgroup_new_masked(whole, ~0u)
           : guest_thread_cgroup(guest, scope == EMULATOR ? GUEST_THREAD_EMULATOR
                                        : scope == VCPUS ? GUEST_THREAD_VCPU : GUEST_THREAD_IOTHREAD, id);
}

/* Numbers of the threads in @scope that have groups. */
static GArray *
members(Guest *guest, const Domain *doc, Scope scope)
{
    GArray *ids = g_array_new(FALSE, TRUE, sizeof(unsigned));
    unsigned none = 0;

    if (scope == WHOLE || scope == EMULATOR)
        g_array_append_val(ids, none);
    lock_acquire(&guest->vm.object.lock);
    for (unsigned i = 0; scope == VCPUS && i < guest->vcpu_threads->len; i++)
        if (g_array_index(guest->vcpu_threads, pid_t, i))
            g_array_append_val(ids, i);
    lock_release(&guest->vm.object.lock);
    for (unsigned i = 0; scope == IOTHREADS && (i < list_len(doc->iothread_list) || i < doc->iothreads); i++) {
        /* Where the definition only counts them they are numbered from 1. */
        unsigned id = i < list_len(doc->iothread_list) ? ((const IoThread *)list_at(doc->iothread_list, i))->id : i + 1;

        g_array_append_val(ids, id);
    }
    return ids;
}

/* What the kernel says is in force. */
static bool
add_live(Guest *guest, const Domain *doc, Params *params, GError **error)
{
    g_autoptr(Cgroup) whole = guest_cgroup_require(guest, CGROUP_MOUNT_CPU, error);

    for (size_t i = 0; whole && i < G_N_ELEMENTS(cpu_rows); i++) {
        g_autoptr(GArray) ids = members(guest, doc, cpu_rows[i].scope);
        g_autoptr(Cgroup) group = ids->len ? group_of(guest, whole, cpu_rows[i].scope, g_array_index(ids, unsigned, 0)) : NULL;
        uint64_t value = 0;

        if (group && !cgroup_get(group, cpu_rows[i].what, &value, error))
            return false;
        /* No limit is -1 as it always was, in the words of the kernel's first version. */
        if (cpu_rows[i].member.type == VIR_TYPED_PARAM_LLONG)
            params_add_llong(params, cpu_rows[i].member.name, value == CGROUP_NO_LIMIT ? -1 : (int64_t)value);
        else
            params_add_ullong(params, cpu_rows[i].member.name, value);
    }
    return whole != NULL;
}

static bool
get_scheduler(Call *call, int wanted, uint32_t *ret_n, WireTypedParam **ret_params, GError **error)
{
    g_auto(Params) params = { 0 };
    int32_t count;

    if (!check_session("CPU", error))
        return false;
    if (call->live) {
        if (!add_live(call->object, call->live, &params, error))
            return false;
    } else {
        for (size_t i = 0; i < G_N_ELEMENTS(cpu_rows); i++) {
            const ParamMember one[] = { cpu_rows[i].member, { 0 } };

            params_from_members(&params, one, call->config);
        }
    }
    params_finish(&params, wanted, ret_n, ret_params, &count);
    return true;
}

bool
tune_rows_get_scheduler(Call *call, GError **error)
{
    const DomainGetSchedulerParametersArgs *args = call->args;
    DomainGetSchedulerParametersRet *ret = call->ret;

    return get_scheduler(call, args->nparams, &ret->n_params, &ret->params, error);
}

bool
tune_rows_get_scheduler_flags(Call *call, GError **error)
{
    const DomainGetSchedulerParametersFlagsArgs *args = call->args;
    DomainGetSchedulerParametersFlagsRet *ret = call->ret;

    return get_scheduler(call, args->nparams, &ret->n_params, &ret->params, error);
}

static bool
check_range(const WireTypedParam *param, CgroupValue what, GError **error)
{
    if (what == CGROUP_CPU_PERIOD && param->value.ul && (param->value.ul < PERIOD_MIN || param->value.ul > PERIOD_MAX)) {
        error_set(error, VIR_ERR_INVALID_ARG, "value of '%s' is out of range [%d, %d]", param->field, PERIOD_MIN, PERIOD_MAX);
        return false;
    }
    if (what == CGROUP_CPU_QUOTA && param->value.l > 0 &&
        (param->value.l < QUOTA_MIN || (uint64_t)param->value.l > quota_max)) {
        error_set(error, VIR_ERR_INVALID_ARG, "value of '%s' is out of range [%d, %" G_GUINT64_FORMAT "]", param->field,
                  QUOTA_MIN, quota_max);
        return false;
    }
    return true;
}

static bool
set_live(Call *call, size_t row, const WireTypedParam *param, Params *told, GError **error)
{
    Guest *guest = guest_of(call);
    bool quota = cpu_rows[row].what == CGROUP_CPU_QUOTA;
    uint64_t value = quota && param->value.l < 0 ? CGROUP_NO_LIMIT : param->value.ul;
    g_autoptr(Cgroup) whole = guest_cgroup_require(guest, CGROUP_MOUNT_CPU, error);
    g_autoptr(GArray) ids = members(guest, call->live, cpu_rows[row].scope);

    if (!whole)
        return false;
    /* 0 leaves it as it is. */
    for (guint i = 0; value && i < ids->len; i++) {
        g_autoptr(Cgroup) group = group_of(guest, whole, cpu_rows[row].scope, g_array_index(ids, unsigned, i));

        if (!group || !cgroup_set(group, cpu_rows[row].what, value, error))
            return false;
    }
    if (quota)
        params_add_llong(told, cpu_rows[row].tunable, param->value.l);
    else
        params_add_ullong(told, cpu_rows[row].tunable, param->value.ul);
    return true;
}

bool
tune_rows_set_scheduler(Call *call, GError **error)
{
    const SetArgs *args = call->args;
    ParamMember all[G_N_ELEMENTS(cpu_rows) + 1] = { 0 };
    Domain *docs[] = { call->live, call->config };
    g_auto(Params) told = { 0 };

    for (size_t i = 0; i < G_N_ELEMENTS(cpu_rows); i++)
        all[i] = cpu_rows[i].member;
    if (!check_session("CPU", error) || !params_check_members(args->params, args->n, all, error))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(cpu_rows); i++) {
        const WireTypedParam *param = find(call, all[i].name);

        if (param && !check_range(param, cpu_rows[i].what, error))
            return false;
    }
    /* In the order of the caller: a quota may be allowed by the period that comes with it only. */
    for (uint32_t p = 0; call->live && p < args->n; p++)
        for (size_t i = 0; i < G_N_ELEMENTS(cpu_rows); i++)
            if (g_str_equal(all[i].name, args->params[p].field) && !set_live(call, i, &args->params[p], &told, error))
                return false;
    for (size_t d = 0; d < G_N_ELEMENTS(docs); d++)
        if (docs[d])
            params_to_members(args->params, args->n, all, docs[d]);
    guest_cgroup_emit(guest_of(call), &told);
    return true;
}
