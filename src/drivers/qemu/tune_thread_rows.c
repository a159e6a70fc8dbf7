/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tune_thread_rows.c - on which CPUs a guest's threads run; I/O threads that come and go */
#define ERROR_FROM VIR_FROM_QEMU
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "drivers/common/vm.h"
#include "drivers/qemu/process/guest_cgroup.h"
#include "drivers/qemu/tune_rows.h"
#include "util/error.h"

/* "0-3", as pins are told in events. */
static void
tell(Guest *guest, const char *name, const Bitmap *cpus)
{
    g_auto(Params) told = { 0 };
    g_autofree char *text = bitmap_format(cpus);

    params_add_string(&told, name, text);
    guest_cgroup_emit(guest, &told);
}

static pid_t
vcpu_thread(Guest *guest, unsigned id)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    return id < guest->vcpu_threads->len ? g_array_index(guest->vcpu_threads, pid_t, id) : 0;
}

bool
tune_rows_pin_vcpu(Call *call, GError **error)
{
    const DomainPinVcpuFlagsArgs *args = call->args;
    Guest *guest = guest_of(call);
    g_autofree char *name = g_strdup_printf(VIR_DOMAIN_TUNABLE_CPU_VCPUPIN, args->vcpu);
    const Bitmap *cpus;
    pid_t thread;

    if (!vm_row_pin_vcpu(call, error))
        return false;
    if (!call->live)
        return true;
    cpus = guest_thread_cpus(guest, call->live, GUEST_THREAD_VCPU, args->vcpu);
    thread = vcpu_thread(guest, args->vcpu);
    /* One that is offline is put there when it comes. */
    if (!thread && args->vcpu == 0) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "cpu affinity is not supported: the vCPUs of this guest have no threads");
        return false;
    }
    if (thread && !guest_thread_pin(guest, GUEST_THREAD_VCPU, args->vcpu, thread, cpus, error))
        return false;
    tell(guest, name, cpus);
    return true;
}

bool
tune_rows_pin_vcpu_live(Call *call, GError **error)
{
    const DomainPinVcpuArgs *args = call->args;
    DomainPinVcpuFlagsArgs now = { .vcpu = args->vcpu, .n_cpumap = args->n_cpumap, .cpumap = args->cpumap };
    Call inner = *call;

    inner.args = &now;
    return kit_require_active(call->object, error) && tune_rows_pin_vcpu(&inner, error);
}

bool
tune_rows_pin_emulator(Call *call, GError **error)
{
    Guest *guest = guest_of(call);
    const Domain *live = call->live;

    if (!vm_row_pin_emulator(call, error))
        return false;
    if (!live)
        return true;
    if (!guest_thread_pin(guest, GUEST_THREAD_EMULATOR, 0, guest->process.pid, live->emulator_pin, error))
        return false;
    tell(guest, VIR_DOMAIN_TUNABLE_CPU_EMULATORPIN, live->emulator_pin);
    return true;
}

/* What numad advised is no part of the definition. */
static const Bitmap *
advised(Call *call)
{
    Guest *guest = guest_of(call);
    const Domain *doc = kit_doc(call);

    return call->live && doc->vcpu_placement == VCPU_PLACEMENT_AUTO && guest->tune ? guest->tune->cpus : NULL;
}

bool
tune_rows_get_vcpu_pins(Call *call, GError **error)
{
    const DomainGetVcpuPinInfoArgs *args = call->args;
    DomainGetVcpuPinInfoRet *ret = call->ret;
    size_t maplen = (size_t)MAX(args->maplen, 0);
    const Bitmap *cpus = advised(call);

    if (!vm_row_get_vcpu_pin_info(call, error))
        return false;
    for (int i = 0; cpus && i < ret->num; i++) {
        uint8_t *map = ret->cpumaps + (size_t)i * maplen;

        memset(map, 0, maplen);
        vm_cpumap_fill(guest_thread_cpus(guest_of(call), kit_doc(call), GUEST_THREAD_VCPU, (unsigned)i), vm_host_cpus(call), map,
                       maplen);
    }
    return true;
}

bool
tune_rows_get_emulator_pin(Call *call, GError **error)
{
    DomainGetEmulatorPinInfoRet *ret = call->ret;
    const Domain *doc = kit_doc(call);

    if (!vm_row_get_emulator_pin_info(call, error))
        return false;
    if (advised(call) && !doc->emulator_pin) {
        memset(ret->cpumaps, 0, ret->n_cpumaps);
        vm_cpumap_fill(advised(call), vm_host_cpus(call), ret->cpumaps, ret->n_cpumaps);
    }
    return true;
}

/* I/O threads */

static bool
find_iothread(Guest *guest, unsigned id, GuestIoThread *ret_thread, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    g_autoptr(GArray) all = qmp ? guest_thread_read_iothreads(qmp, error) : NULL;

    if (!all)
        return false;
    for (guint i = 0; i < all->len; i++) {
        const GuestIoThread *thread = &g_array_index(all, GuestIoThread, i);

        if (thread->id == id) {
            *ret_thread = *thread;
            return true;
        }
    }
    error_set(error, VIR_ERR_INVALID_ARG, "cannot find IOThread '%u' in QEMU", id);
    return false;
}

bool
tune_rows_pin_iothread(Call *call, GError **error)
{
    const DomainPinIothreadArgs *args = call->args;
    Guest *guest = guest_of(call);
    g_autofree char *name = g_strdup_printf(VIR_DOMAIN_TUNABLE_CPU_IOTHREADSPIN, args->iothreads_id);
    GuestIoThread thread;
    const Bitmap *cpus;

    if (!vm_row_pin_iothread(call, error))
        return false;
    if (!call->live)
        return true;
    cpus = guest_thread_cpus(guest, call->live, GUEST_THREAD_IOTHREAD, args->iothreads_id);
    if (!find_iothread(guest, args->iothreads_id, &thread, error) ||
        !guest_thread_pin(guest, GUEST_THREAD_IOTHREAD, thread.id, thread.thread, cpus, error))
        return false;
    tell(guest, name, cpus);
    return true;
}

/* Of a guest that runs: what is, not what is wanted. */
bool
tune_rows_get_iothreads(Call *call, GError **error)
{
    DomainGetIothreadInfoRet *ret = call->ret;
    g_autoptr(QmpClient) qmp = NULL;
    g_autoptr(GArray) all = NULL;
    unsigned cpus = vm_host_cpus(call);

    if (!call->live)
        return vm_row_get_iothread_info(call, error);
    qmp = guest_monitor(guest_of(call), error);
    all = qmp ? guest_thread_read_iothreads(qmp, error) : NULL;
    if (!all)
        return false;
    ret->info = g_new0(WireDomainIothreadInfo, all->len + 1);
    for (guint i = 0; i < all->len; i++) {
        const GuestIoThread *thread = &g_array_index(all, GuestIoThread, i);
        WireDomainIothreadInfo *info = &ret->info[ret->n_info++];
        cpu_set_t set;

        CPU_ZERO(&set);
        if (sched_getaffinity(thread->thread, sizeof(set), &set) < 0) {
            error_set_errno(error, errno, "cannot get CPU affinity of IOThread '%u'", thread->id);
            return false;
        }
        info->iothread_id = thread->id;
        info->n_cpumap = (uint32_t)VIR_CPU_MAPLEN(cpus);
        info->cpumap = g_malloc0(info->n_cpumap);
        for (unsigned cpu = 0; cpu < cpus && cpu < CPU_SETSIZE; cpu++)
            if (CPU_ISSET(cpu, &set))
                VIR_USE_CPU(info->cpumap, cpu);
    }
    ret->ret = ret->n_info;
    return true;
}

static bool
plug_iothread(Guest *guest, const Domain *doc, unsigned id, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    g_autofree char *name = g_strdup_printf("iothread%u", id);
    g_autoptr(Json) reply = NULL;
    GuestIoThread thread;
    Json *args;

    if (!qmp)
        return false;
    args = json_new_object();
    json_add_string(args, "qom-type", "iothread");
    json_add_string(args, "id", name);
    reply = qmp_client_call(qmp, "object-add", args, QMP_CLIENT_TIMEOUT, error);
    return reply && find_iothread(guest, id, &thread, error) &&
           guest_thread_place(guest, doc, GUEST_THREAD_IOTHREAD, id, thread.thread, error);
}

bool
tune_rows_add_iothread(Call *call, GError **error)
{
    const DomainAddIothreadArgs *args = call->args;

    return vm_row_add_iothread(call, error) &&
           (!call->live || plug_iothread(guest_of(call), call->live, args->iothread_id, error));
}

/* Whether a disk or controller of @doc is served by it. */
static bool
is_used(const Domain *doc, unsigned id)
{
    for (size_t i = 0; i < list_len(doc->disks); i++) {
        const Disk *d = list_at(doc->disks, i);

        if (d->iothread == id)
            return true;
        for (size_t k = 0; k < list_len(d->iothreads); k++)
            if (((const IoThreadMap *)list_at(d->iothreads, k))->id == id)
                return true;
    }
    for (size_t i = 0; i < list_len(doc->controllers); i++) {
        const Controller *c = list_at(doc->controllers, i);

        if (c->iothread == id)
            return true;
    }
    return false;
}

bool
tune_rows_del_iothread(Call *call, GError **error)
{
    const DomainDelIothreadArgs *args = call->args;
    const Domain *docs[] = { call->live, call->config };
    Guest *guest = guest_of(call);
    g_autofree char *name = g_strdup_printf("iothread%u", args->iothread_id);
    g_autoptr(QmpClient) qmp = NULL;
    g_autoptr(Json) reply = NULL;
    Json *object;

    for (size_t d = 0; d < G_N_ELEMENTS(docs); d++)
        if (docs[d] && is_used(docs[d], args->iothread_id)) {
            error_set(error, VIR_ERR_INVALID_ARG,
                      "cannot remove IOThread '%u' since it is being used by a disk or controller of '%s'", args->iothread_id,
                      docs[d]->name);
            return false;
        }
    if (!vm_row_del_iothread(call, error))
        return false;
    if (!call->live)
        return true;
    qmp = guest_monitor(guest, error);
    if (!qmp)
        return false;
    object = json_new_object();
    json_add_string(object, "id", name);
    reply = qmp_client_call(qmp, "object-del", object, QMP_CLIENT_TIMEOUT, error);
    if (!reply)
        return false;
    guest_thread_forget(guest, GUEST_THREAD_IOTHREAD, args->iothread_id);
    return true;
}

bool
tune_rows_set_iothread(Call *call, GError **error)
{
    static const struct {
        const char *name, *property;
    } rows[] = {
        { VIR_DOMAIN_IOTHREAD_POLL_MAX_NS, "poll-max-ns" },
        { VIR_DOMAIN_IOTHREAD_POLL_GROW, "poll-grow" },
        { VIR_DOMAIN_IOTHREAD_POLL_SHRINK, "poll-shrink" },
        { VIR_DOMAIN_IOTHREAD_THREAD_POOL_MIN, "thread-pool-min" },
        { VIR_DOMAIN_IOTHREAD_THREAD_POOL_MAX, "thread-pool-max" },
    };
    const DomainSetIothreadParamsArgs *args = call->args;
    g_autofree char *path = g_strdup_printf("/objects/iothread%u", args->iothread_id);
    g_autoptr(QmpClient) qmp = NULL;

    if (!vm_row_set_iothread_params(call, error))
        return false;
    if (!call->live)
        return true;
    qmp = guest_monitor(guest_of(call), error);
    for (size_t i = 0; qmp && i < G_N_ELEMENTS(rows); i++) {
        const WireTypedParam *param = params_find(args->params, args->n_params, rows[i].name);
        g_autoptr(Json) reply = NULL;
        Json *set;

        if (!param)
            continue;
        set = json_new_object();
        json_add_string(set, "path", path);
        json_add_string(set, "property", rows[i].property);
        json_add_uint64(set, "value", param->value.type == VIR_TYPED_PARAM_ULLONG ? param->value.ul : param->value.ui);
        reply = qmp_client_call(qmp, "qom-set", set, QMP_CLIENT_TIMEOUT, error);
        if (!reply)
            return false;
    }
    return qmp != NULL;
}
