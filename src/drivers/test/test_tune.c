/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_tune.c - memory, vCPUs, I/O threads and their limits
 *
 * Where a real guest would be told of a change, its live definition is all there is to change here.
 */
#define ERROR_FROM VIR_FROM_TEST
#include <string.h>

#include "drivers/common/params.h"
#include "drivers/test/test_private.h"
#include "util/error.h"

/* The two definitions a call changes; either may be NULL. */
#define DOCS(call)                                                                                 \
    {                                                                                              \
        (call)->live, (call)->config                                                               \
    }

static bool
set_memory_of(Domain *doc, uint64_t memory, bool maximum, GError **error)
{
    if (!doc)
        return true;
    if (maximum) {
        doc->memory = memory;
        if (doc->current_memory > memory)
            doc->current_memory = memory;
        return true;
    }
    if (memory > doc->memory) {
        error_set(error, VIR_ERR_INVALID_ARG, "cannot set memory higher than max memory");
        return false;
    }
    doc->current_memory = memory;
    doc->has_current_memory = true;
    return true;
}

static bool
set_memory(Call *call, GError **error)
{
    const DomainSetMemoryFlagsArgs *args = call->args;
    bool maximum =
        call->method->proc == PROC_DOMAIN_SET_MAX_MEMORY || (call->flags & VIR_DOMAIN_MEM_MAXIMUM);

    G_STATIC_ASSERT(offsetof(DomainSetMemoryFlagsArgs, memory) ==
                    offsetof(DomainSetMemoryArgs, memory));
    G_STATIC_ASSERT(offsetof(DomainSetMemoryFlagsArgs, memory) ==
                    offsetof(DomainSetMaxMemoryArgs, memory));
    if (maximum && call->live && call->method->proc != PROC_DOMAIN_SET_MAX_MEMORY) {
        error_set(error, VIR_ERR_OPERATION_INVALID,
                  "cannot resize the maximum memory on an active domain");
        return false;
    }
    return set_memory_of(call->live, args->memory, maximum, error) &&
           set_memory_of(call->config, args->memory, maximum, error);
}

static bool
set_stats_period(Call *call, GError **error)
{
    const DomainSetMemoryStatsPeriodArgs *args = call->args;
    Domain *docs[] = DOCS(call);

    if (args->period < 0) {
        error_set(error, VIR_ERR_INVALID_ARG, "invalid value for collection period");
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(docs); i++) {
        if (docs[i] && !docs[i]->memballoon) {
            error_set(error, VIR_ERR_OPERATION_INVALID,
                      "no memory balloon device configured, cannot set the collection period");
            return false;
        }
        if (docs[i])
            docs[i]->memballoon->stats_period = (unsigned)args->period;
    }
    return true;
}

static bool
set_vcpus(Call *call, GError **error)
{
    const DomainSetVcpusFlagsArgs *args = call->args;
    bool maximum = call->flags & VIR_DOMAIN_VCPU_MAXIMUM;
    Domain *docs[] = DOCS(call);

    G_STATIC_ASSERT(offsetof(DomainSetVcpusFlagsArgs, nvcpus) ==
                    offsetof(DomainSetVcpusArgs, nvcpus));
    if (args->nvcpus == 0 || args->nvcpus > 32) {
        error_set(error, VIR_ERR_INVALID_ARG,
                  "argument out of range: %u vCPUs, with 1 to 32 possible", args->nvcpus);
        return false;
    }
    if (maximum && call->live) {
        error_set(error, VIR_ERR_INVALID_ARG, "cannot adjust maximum vCPUs on a running domain");
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(docs); i++) {
        Domain *doc = docs[i];

        if (!doc)
            continue;
        if (!maximum && args->nvcpus > doc->max_vcpus) {
            error_set(error, VIR_ERR_INVALID_ARG,
                      "requested cpu amount exceeds maximum supported amount (%u > %u)",
                      args->nvcpus, doc->max_vcpus);
            return false;
        }
        if (maximum) {
            doc->max_vcpus = args->nvcpus;
            doc->has_current_vcpus = doc->has_current_vcpus && doc->current_vcpus < doc->max_vcpus;
        } else {
            doc->current_vcpus = args->nvcpus;
            doc->has_current_vcpus = args->nvcpus != doc->max_vcpus;
        }
    }
    return true;
}

/* The same made-up time for every reader of one moment of a guest's life. */
static uint64_t
running_time(TestVm *vm)
{
    g_auto(LockHold) hold = lock_hold(&vm->vm.object.lock);

    return (uint64_t)(g_get_monotonic_time() - vm->vm.state_since) * 1000;
}

static bool
get_vcpus(Call *call, GError **error)
{
    const DomainGetVcpusArgs *args = call->args;
    DomainGetVcpusRet *ret = call->ret;
    g_autoptr(Def) live = object_live(call->object);
    const Domain *doc = live ? live->doc : NULL;
    size_t maplen = (size_t)MAX(args->maplen, 0);
    unsigned cpus = vm_host_cpus(call), vcpus;
    uint64_t time = running_time(call->object);

    if (!doc) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "cannot list vcpus for an inactive domain");
        return false;
    }
    vcpus = doc->has_current_vcpus ? doc->current_vcpus : doc->max_vcpus;
    ret->n_info = MIN((uint32_t)MAX(args->maxinfo, 0), vcpus);
    ret->info = g_new0(WireVcpuInfo, ret->n_info + 1);
    ret->n_cpumaps = (uint32_t)(ret->n_info * maplen);
    ret->cpumaps = g_malloc0(ret->n_cpumaps + 1);
    for (uint32_t i = 0; i < ret->n_info; i++) {
        const Bitmap *set = doc->cpuset;
        int first;

        for (guint k = 0; doc->vcpupins && k < doc->vcpupins->len; k++) {
            const VcpuPin *pin = doc->vcpupins->pdata[k];

            if (pin->vcpu == i)
                set = pin->cpuset;
        }
        first = set ? bitmap_next(set, 0) : (int)(i % cpus);
        ret->info[i].number = i;
        ret->info[i].state = VIR_VCPU_RUNNING;
        ret->info[i].cpu_time = time;
        ret->info[i].cpu = first;
        vm_cpumap_fill(set, cpus, ret->cpumaps + i * maplen, maplen);
    }
    return true;
}

static bool
pin_vcpu(Call *call, GError **error)
{
    DomainPinVcpuArgs *old = call->args;
    DomainPinVcpuFlagsArgs args = { .vcpu = old->vcpu,
                                    .n_cpumap = old->n_cpumap,
                                    .cpumap = old->cpumap };
    Call inner = *call;

    inner.args = &args;
    return vm_row_pin_vcpu(&inner, error);
}

/* I/O threads. */

static IoThread *
find_iothread(const Domain *doc, unsigned id)
{
    for (guint i = 0; doc->iothread_list && i < doc->iothread_list->len; i++) {
        IoThread *thread = doc->iothread_list->pdata[i];

        if (thread->id == id)
            return thread;
    }
    return NULL;
}

/* The @nth thread's number: those without one of their own take what is free, from 1 on. */
static unsigned
iothread_id(const Domain *doc, unsigned nth)
{
    unsigned named = doc->iothread_list ? doc->iothread_list->len : 0, id = 0;

    if (nth < named)
        return ((IoThread *)doc->iothread_list->pdata[nth])->id;
    for (unsigned left = nth - named + 1; left;) {
        if (!find_iothread(doc, ++id))
            left--;
    }
    return id;
}

static unsigned
count_iothreads(const Domain *doc)
{
    return MAX(doc->iothreads, doc->iothread_list ? doc->iothread_list->len : 0);
}

/* Threads of a definition that is to change each get an entry. */
static void
name_iothreads(Domain *doc)
{
    unsigned n = count_iothreads(doc);

    if (!doc->iothread_list)
        doc->iothread_list = g_ptr_array_new();
    while (doc->iothread_list->len < n) {
        unsigned id = iothread_id(doc, doc->iothread_list->len);
        IoThread *thread = xml_new(&io_thread_xml);

        thread->id = id;
        g_ptr_array_add(doc->iothread_list, thread);
    }
}

static const Bitmap *
iothread_set(const Domain *doc, unsigned id)
{
    for (guint i = 0; doc->iothreadpins && i < doc->iothreadpins->len; i++) {
        const IoThreadPin *pin = doc->iothreadpins->pdata[i];

        if (pin->iothread == id)
            return pin->cpuset;
    }
    return doc->cpuset;
}

static bool
get_iothread_info(Call *call, GError **error)
{
    DomainGetIothreadInfoRet *ret = call->ret;
    const Domain *doc = kit_doc(call);
    unsigned cpus = vm_host_cpus(call), n = count_iothreads(doc);

    ret->info = g_new0(WireDomainIothreadInfo, n + 1);
    for (guint i = 0; i < n; i++) {
        WireDomainIothreadInfo *info = &ret->info[ret->n_info++];

        info->iothread_id = iothread_id(doc, i);
        info->n_cpumap = (uint32_t)VIR_CPU_MAPLEN(cpus);
        info->cpumap = g_malloc0(info->n_cpumap);
        vm_cpumap_fill(iothread_set(doc, info->iothread_id), cpus, info->cpumap, info->n_cpumap);
    }
    ret->ret = ret->n_info;
    return true;
}

static bool
require_iothread(const Domain *doc, unsigned id, GError **error)
{
    if (find_iothread(doc, id))
        return true;
    error_set(error, VIR_ERR_INVALID_ARG, "cannot find IOThread '%u'", id);
    return false;
}

static bool
pin_iothread(Call *call, GError **error)
{
    const DomainPinIothreadArgs *args = call->args;
    g_autoptr(Bitmap) set =
        vm_cpumap_parse(args->cpumap, args->n_cpumap, vm_host_cpus(call), error);
    Domain *docs[] = DOCS(call);

    for (size_t d = 0; set && d < G_N_ELEMENTS(docs); d++) {
        IoThreadPin *pin = NULL;

        if (!docs[d])
            continue;
        name_iothreads(docs[d]);
        if (!require_iothread(docs[d], args->iothreads_id, error))
            return false;
        if (!docs[d]->iothreadpins)
            docs[d]->iothreadpins = g_ptr_array_new();
        for (guint i = 0; i < docs[d]->iothreadpins->len; i++) {
            IoThreadPin *known = docs[d]->iothreadpins->pdata[i];

            if (known->iothread == args->iothreads_id)
                pin = known;
        }
        if (!pin) {
            pin = xml_new(&io_thread_pin_xml);
            pin->iothread = args->iothreads_id;
            g_ptr_array_add(docs[d]->iothreadpins, pin);
        }
        bitmap_free(pin->cpuset);
        pin->cpuset = bitmap_copy(set);
    }
    return set != NULL;
}

static bool
add_iothread(Call *call, GError **error)
{
    const DomainAddIothreadArgs *args = call->args;
    Domain *docs[] = DOCS(call);

    if (args->iothread_id == 0) {
        error_set(error, VIR_ERR_INVALID_ARG, "invalid value of 0 for iothread_id");
        return false;
    }
    for (size_t d = 0; d < G_N_ELEMENTS(docs); d++) {
        IoThread *thread;

        if (!docs[d])
            continue;
        name_iothreads(docs[d]);
        if (find_iothread(docs[d], args->iothread_id)) {
            error_set(error, VIR_ERR_INVALID_ARG, "an IOThread is already using iothread_id '%u'",
                      args->iothread_id);
            return false;
        }
        thread = xml_new(&io_thread_xml);
        thread->id = args->iothread_id;
        g_ptr_array_add(docs[d]->iothread_list, thread);
        docs[d]->has_iothreads = true;
        docs[d]->iothreads = docs[d]->iothread_list->len;
    }
    return true;
}

static bool
del_iothread(Call *call, GError **error)
{
    const DomainDelIothreadArgs *args = call->args;
    Domain *docs[] = DOCS(call);

    for (size_t d = 0; d < G_N_ELEMENTS(docs); d++) {
        IoThread *thread;

        if (!docs[d])
            continue;
        name_iothreads(docs[d]);
        if (!require_iothread(docs[d], args->iothread_id, error))
            return false;
        thread = find_iothread(docs[d], args->iothread_id);
        g_ptr_array_remove(docs[d]->iothread_list, thread);
        xml_free(&io_thread_xml, thread);
        docs[d]->iothreads = docs[d]->iothread_list->len;
        for (guint i = 0; docs[d]->iothreadpins && i < docs[d]->iothreadpins->len; i++) {
            IoThreadPin *pin = docs[d]->iothreadpins->pdata[i];

            if (pin->iothread == args->iothread_id) {
                g_ptr_array_remove_index(docs[d]->iothreadpins, i);
                xml_free(&io_thread_pin_xml, pin);
                break;
            }
        }
    }
    return true;
}

static const ParamMember iothread_members[] = {
    { VIR_DOMAIN_IOTHREAD_POLL_MAX_NS, VIR_TYPED_PARAM_ULLONG, offsetof(IoThread, poll_max),
      offsetof(IoThread, has_poll_max), UINT64_MAX, false },
    { VIR_DOMAIN_IOTHREAD_POLL_GROW, VIR_TYPED_PARAM_UINT, offsetof(IoThread, poll_grow),
      offsetof(IoThread, has_poll_grow), UINT32_MAX, false },
    { VIR_DOMAIN_IOTHREAD_POLL_SHRINK, VIR_TYPED_PARAM_UINT, offsetof(IoThread, poll_shrink),
      offsetof(IoThread, has_poll_shrink), UINT32_MAX, false },
    { 0 },
};

static bool
set_iothread_params(Call *call, GError **error)
{
    const DomainSetIothreadParamsArgs *args = call->args;
    Domain *docs[] = DOCS(call);

    if (!params_check_members(args->params, args->n_params, iothread_members, error))
        return false;
    if (!call->live || call->config) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED,
                  "configuring persistent polling values is not supported");
        return false;
    }
    name_iothreads(docs[0]);
    if (!require_iothread(docs[0], args->iothread_id, error))
        return false;
    params_to_members(args->params, args->n_params, iothread_members,
                      find_iothread(docs[0], args->iothread_id));
    return true;
}

/* Scheduler: "fair" with one weight, as of old. */

static bool
get_scheduler_type(Call *call, GError **error)
{
    DomainGetSchedulerTypeRet *ret = call->ret;

    ret->type = g_strdup("fair");
    ret->nparams = 1;
    return true;
}

static bool
get_scheduler_parameters(Call *call, GError **error)
{
    DomainGetSchedulerParametersRet *ret = call->ret;
    const DomainGetSchedulerParametersArgs *args = call->args;
    g_auto(Params) params = { 0 };
    int32_t count;

    params_add_uint(&params, VIR_DOMAIN_SCHEDULER_WEIGHT, 50);
    params_finish(&params, args->nparams, &ret->n_params, &ret->params, &count);
    return true;
}

static bool
set_scheduler_parameters(Call *call, GError **error)
{
    static const ParamSpec specs[] = { { VIR_DOMAIN_SCHEDULER_WEIGHT, VIR_TYPED_PARAM_UINT },
                                       { 0 } };
    const DomainSetSchedulerParametersArgs *args = call->args;

    return params_check(args->params, args->n_params, specs, error);
}

/* Limits of a disk. */

#define TUNE(NAME, member) PARAM_MEMBER(VIR_DOMAIN_BLOCK_IOTUNE_##NAME, ULLONG, IoTune, member, 0)

static const ParamMember iotune_members[] = {
    TUNE(TOTAL_BYTES_SEC, total_bytes_sec),
    TUNE(READ_BYTES_SEC, read_bytes_sec),
    TUNE(WRITE_BYTES_SEC, write_bytes_sec),
    TUNE(TOTAL_IOPS_SEC, total_iops_sec),
    TUNE(READ_IOPS_SEC, read_iops_sec),
    TUNE(WRITE_IOPS_SEC, write_iops_sec),
    TUNE(TOTAL_BYTES_SEC_MAX, total_bytes_sec_max),
    TUNE(READ_BYTES_SEC_MAX, read_bytes_sec_max),
    TUNE(WRITE_BYTES_SEC_MAX, write_bytes_sec_max),
    TUNE(TOTAL_IOPS_SEC_MAX, total_iops_sec_max),
    TUNE(READ_IOPS_SEC_MAX, read_iops_sec_max),
    TUNE(WRITE_IOPS_SEC_MAX, write_iops_sec_max),
    TUNE(SIZE_IOPS_SEC, size_iops_sec),
    { VIR_DOMAIN_BLOCK_IOTUNE_GROUP_NAME, VIR_TYPED_PARAM_STRING, offsetof(IoTune, group_name), 0,
      0, false },
    TUNE(TOTAL_BYTES_SEC_MAX_LENGTH, total_bytes_sec_max_length),
    TUNE(READ_BYTES_SEC_MAX_LENGTH, read_bytes_sec_max_length),
    TUNE(WRITE_BYTES_SEC_MAX_LENGTH, write_bytes_sec_max_length),
    TUNE(TOTAL_IOPS_SEC_MAX_LENGTH, total_iops_sec_max_length),
    TUNE(READ_IOPS_SEC_MAX_LENGTH, read_iops_sec_max_length),
    TUNE(WRITE_IOPS_SEC_MAX_LENGTH, write_iops_sec_max_length),
    { 0 },
};

Disk *
test_tune_find_disk(const Domain *doc, const char *name, GError **error)
{
    for (guint i = 0; doc->disks && i < doc->disks->len; i++) {
        Disk *disk = doc->disks->pdata[i];

        if (g_strcmp0(disk->target, name) == 0 || g_strcmp0(disk->path, name) == 0)
            return disk;
    }
    error_set(error, VIR_ERR_INVALID_ARG, "invalid path '%s' not assigned to domain", name);
    return NULL;
}

static bool
get_block_io_tune(Call *call, GError **error)
{
    const DomainGetBlockIoTuneArgs *args = call->args;
    DomainGetBlockIoTuneRet *ret = call->ret;
    static const IoTune nothing;
    const Disk *disk = args->disk ? test_tune_find_disk(kit_doc(call), args->disk, error) : NULL;
    g_auto(Params) params = { 0 };

    if (args->disk && !disk)
        return false;
    params_from_members(&params, iotune_members, disk && disk->iotune ? disk->iotune : &nothing);
    params_finish(&params, args->nparams, &ret->n_params, &ret->params, &ret->nparams);
    return true;
}

/* A total excludes the two that make it up. */
static bool
check_tune(const IoTune *t, GError **error)
{
    const struct {
        uint64_t total, read, write;
        const char *what;
    } groups[] = {
        { t->total_bytes_sec, t->read_bytes_sec, t->write_bytes_sec, "bytes_sec" },
        { t->total_iops_sec, t->read_iops_sec, t->write_iops_sec, "iops_sec" },
        { t->total_bytes_sec_max, t->read_bytes_sec_max, t->write_bytes_sec_max, "bytes_sec_max" },
        { t->total_iops_sec_max, t->read_iops_sec_max, t->write_iops_sec_max, "iops_sec_max" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(groups); i++) {
        if (groups[i].total && (groups[i].read || groups[i].write)) {
            error_set(error, VIR_ERR_INVALID_ARG,
                      "total and read/write of %s cannot be set at the same time", groups[i].what);
            return false;
        }
    }
    return true;
}

static bool
set_block_io_tune(Call *call, GError **error)
{
    const DomainSetBlockIoTuneArgs *args = call->args;
    Domain *docs[] = DOCS(call);

    if (!params_check_members(args->params, args->n_params, iotune_members, error))
        return false;
    for (size_t d = 0; d < G_N_ELEMENTS(docs); d++) {
        Disk *disk = docs[d] ? test_tune_find_disk(docs[d], args->disk, error) : NULL;

        if (!docs[d])
            continue;
        if (!disk)
            return false;
        if (!disk->iotune)
            disk->iotune = xml_new(&io_tune_xml);
        params_to_members(args->params, args->n_params, iotune_members, disk->iotune);
        if (!check_tune(disk->iotune, error))
            return false;
    }
    return true;
}

/* Bandwidth of an interface; KiB/s and KiB. */

static const ParamSpec iface_specs[] = {
    { VIR_DOMAIN_BANDWIDTH_IN_AVERAGE, VIR_TYPED_PARAM_UINT },
    { VIR_DOMAIN_BANDWIDTH_IN_PEAK, VIR_TYPED_PARAM_UINT },
    { VIR_DOMAIN_BANDWIDTH_IN_BURST, VIR_TYPED_PARAM_UINT },
    { VIR_DOMAIN_BANDWIDTH_IN_FLOOR, VIR_TYPED_PARAM_UINT },
    { VIR_DOMAIN_BANDWIDTH_OUT_AVERAGE, VIR_TYPED_PARAM_UINT },
    { VIR_DOMAIN_BANDWIDTH_OUT_PEAK, VIR_TYPED_PARAM_UINT },
    { VIR_DOMAIN_BANDWIDTH_OUT_BURST, VIR_TYPED_PARAM_UINT },
    { 0 },
};

static const struct {
    bool out;
    size_t at;
} iface_at[] = {
    { false, offsetof(BandwidthRate, average) }, { false, offsetof(BandwidthRate, peak) },
    { false, offsetof(BandwidthRate, burst) },   { false, offsetof(BandwidthRate, floor) },
    { true, offsetof(BandwidthRate, average) },  { true, offsetof(BandwidthRate, peak) },
    { true, offsetof(BandwidthRate, burst) },
};

Interface *
test_tune_find_iface(const Domain *doc, const char *name, GError **error)
{
    for (guint i = 0; doc->interfaces && i < doc->interfaces->len; i++) {
        Interface *iface = doc->interfaces->pdata[i];

        if (g_strcmp0(iface->target, name) == 0 ||
            (iface->mac && g_ascii_strcasecmp(iface->mac, name) == 0))
            return iface;
    }
    error_set(error, VIR_ERR_INVALID_ARG,
              "no interface with target or MAC address '%s' in domain '%s'", name, doc->name);
    return NULL;
}

static bool
get_interface_parameters(Call *call, GError **error)
{
    const DomainGetInterfaceParametersArgs *args = call->args;
    DomainGetInterfaceParametersRet *ret = call->ret;
    const Interface *iface = test_tune_find_iface(kit_doc(call), args->device, error);
    g_auto(Params) params = { 0 };

    if (!iface)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(iface_at); i++) {
        const Bandwidth *all = iface->bandwidth;
        const BandwidthRate *rate = !all ? NULL : iface_at[i].out ? all->outbound : all->inbound;

        params_add_uint(
            &params, iface_specs[i].name,
            rate ? (unsigned)*(const uint64_t *)(const void *)((const char *)rate + iface_at[i].at)
                 : 0);
    }
    params_finish(&params, args->nparams, &ret->n_params, &ret->params, &ret->nparams);
    return true;
}

static bool
set_interface_parameters(Call *call, GError **error)
{
    const DomainSetInterfaceParametersArgs *args = call->args;
    Domain *docs[] = DOCS(call);

    if (!params_check(args->params, args->n_params, iface_specs, error))
        return false;
    for (size_t d = 0; d < G_N_ELEMENTS(docs); d++) {
        Interface *iface = docs[d] ? test_tune_find_iface(docs[d], args->device, error) : NULL;

        if (!docs[d])
            continue;
        if (!iface)
            return false;
        if (!iface->bandwidth)
            iface->bandwidth = xml_new(&bandwidth_xml);
        for (size_t i = 0; i < G_N_ELEMENTS(iface_at); i++) {
            const WireTypedParam *param =
                params_find(args->params, args->n_params, iface_specs[i].name);
            BandwidthRate **rate =
                iface_at[i].out ? &iface->bandwidth->outbound : &iface->bandwidth->inbound;

            if (!param)
                continue;
            if (!*rate)
                *rate = xml_new(&bandwidth_rate_xml);
            *(uint64_t *)(void *)((char *)*rate + iface_at[i].at) = param->value.ui;
        }
        /* No average (and no floor) means no limit. */
        if (iface->bandwidth->inbound && !iface->bandwidth->inbound->average &&
            !iface->bandwidth->inbound->floor)
            g_clear_pointer(&iface->bandwidth->inbound, bandwidth_rate_free);
        if (iface->bandwidth->outbound && !iface->bandwidth->outbound->average)
            g_clear_pointer(&iface->bandwidth->outbound, bandwidth_rate_free);
        if (!iface->bandwidth->inbound && !iface->bandwidth->outbound)
            g_clear_pointer(&iface->bandwidth, bandwidth_free);
    }
    return true;
}

const DriverRow test_tune_rows[PROC_LAST] = {
    VM_PARAM_ROWS,
    [PROC_DOMAIN_SET_MAX_MEMORY] = { set_memory, 0, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_SET_MEMORY] = { set_memory, 0, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_SET_MEMORY_FLAGS] = { set_memory, OBJECT_AFFECT | VIR_DOMAIN_MEM_MAXIMUM,
                                       ROW_LIVE_CONFIG },
    [PROC_DOMAIN_SET_MEMORY_STATS_PERIOD] = { set_stats_period, OBJECT_AFFECT, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_SET_VCPUS] = { set_vcpus, 0, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_SET_VCPUS_FLAGS] = { set_vcpus, OBJECT_AFFECT | VIR_DOMAIN_VCPU_MAXIMUM,
                                      ROW_LIVE_CONFIG },
    [PROC_DOMAIN_GET_VCPUS] = { get_vcpus },
    [PROC_DOMAIN_PIN_VCPU] = { pin_vcpu, 0, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_GET_IOTHREAD_INFO] = { get_iothread_info, OBJECT_AFFECT, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_PIN_IOTHREAD] = { pin_iothread, OBJECT_AFFECT, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_ADD_IOTHREAD] = { add_iothread, OBJECT_AFFECT, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_DEL_IOTHREAD] = { del_iothread, OBJECT_AFFECT, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_SET_IOTHREAD_PARAMS] = { set_iothread_params, OBJECT_AFFECT, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_GET_SCHEDULER_TYPE] = { get_scheduler_type },
    [PROC_DOMAIN_GET_SCHEDULER_PARAMETERS] = { get_scheduler_parameters },
    [PROC_DOMAIN_GET_SCHEDULER_PARAMETERS_FLAGS] = { get_scheduler_parameters,
                                                     VIR_TYPED_PARAM_STRING_OKAY },
    [PROC_DOMAIN_SET_SCHEDULER_PARAMETERS] = { set_scheduler_parameters },
    [PROC_DOMAIN_SET_SCHEDULER_PARAMETERS_FLAGS] = { set_scheduler_parameters },
    [PROC_DOMAIN_GET_BLOCK_IO_TUNE] = { get_block_io_tune,
                                        OBJECT_AFFECT | VIR_TYPED_PARAM_STRING_OKAY,
                                        ROW_LIVE_CONFIG },
    [PROC_DOMAIN_SET_BLOCK_IO_TUNE] = { set_block_io_tune, OBJECT_AFFECT, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_GET_INTERFACE_PARAMETERS] = { get_interface_parameters,
                                               OBJECT_AFFECT | VIR_TYPED_PARAM_STRING_OKAY,
                                               ROW_LIVE_CONFIG },
    [PROC_DOMAIN_SET_INTERFACE_PARAMETERS] = { set_interface_parameters, OBJECT_AFFECT,
                                               ROW_LIVE_CONFIG },
};
