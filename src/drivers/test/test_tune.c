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
set_iothread_params(Call *call, GError **error)
{
    if (!call->live || call->config) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED,
                  "configuring persistent polling values is not supported");
        return false;
    }
    return vm_row_set_iothread_params(call, error);
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

const DriverRow test_tune_rows[PROC_LAST] = {
    VM_PARAM_ROWS,
    [PROC_DOMAIN_SET_MAX_MEMORY] = { set_memory, 0, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_SET_MEMORY] = { set_memory, 0, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_SET_MEMORY_FLAGS] = { set_memory, OBJECT_AFFECT | VIR_DOMAIN_MEM_MAXIMUM,
                                       ROW_LIVE_CONFIG },
    [PROC_DOMAIN_SET_MEMORY_STATS_PERIOD] = { vm_row_set_memory_stats_period, OBJECT_AFFECT, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_SET_VCPUS] = { set_vcpus, 0, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_SET_VCPUS_FLAGS] = { set_vcpus, OBJECT_AFFECT | VIR_DOMAIN_VCPU_MAXIMUM,
                                      ROW_LIVE_CONFIG },
    [PROC_DOMAIN_GET_VCPUS] = { get_vcpus },
    [PROC_DOMAIN_PIN_VCPU] = { vm_row_pin_vcpu_live, 0, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_GET_IOTHREAD_INFO] = { vm_row_get_iothread_info, OBJECT_AFFECT, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_PIN_IOTHREAD] = { vm_row_pin_iothread, OBJECT_AFFECT, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_ADD_IOTHREAD] = { vm_row_add_iothread, OBJECT_AFFECT, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_DEL_IOTHREAD] = { vm_row_del_iothread, OBJECT_AFFECT, ROW_LIVE_CONFIG },
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
    [PROC_DOMAIN_GET_INTERFACE_PARAMETERS] = { vm_row_get_interface_parameters,
                                               OBJECT_AFFECT | VIR_TYPED_PARAM_STRING_OKAY,
                                               ROW_LIVE_CONFIG },
    [PROC_DOMAIN_SET_INTERFACE_PARAMETERS] = { vm_row_set_interface_parameters, OBJECT_AFFECT,
                                               ROW_LIVE_CONFIG },
};
