/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm_params.c - tunables that are members of a guest's definition
 *
 * Each family is a table of members, or a short list of lists (limits of disks, pins of vCPUs);
 * reading and writing are the same walk for all.
 */
#define ERROR_FROM VIR_FROM_DOMAIN
#include "drivers/common/vm.h"

#include <string.h>

#include "drivers/common/params.h"
#include "util/error.h"
#include "util/text.h"

/* Both kinds of records that carry parameters are alike. */
typedef struct GetArgs {
    WireDomain dom;
    int32_t nparams;
    uint32_t flags;
} GetArgs;
typedef struct GetRet {
    uint32_t n;
    WireTypedParam *params;
    int32_t count;
} GetRet;
typedef struct SetArgs {
    WireDomain dom;
    uint32_t n;
    WireTypedParam *params;
} SetArgs;
G_STATIC_ASSERT(sizeof(GetRet) == sizeof(DomainGetMemoryParametersRet));
G_STATIC_ASSERT(offsetof(GetRet, count) == offsetof(DomainGetNumaParametersRet, nparams));
G_STATIC_ASSERT(offsetof(GetArgs, nparams) == offsetof(DomainGetBlkioParametersArgs, nparams));
G_STATIC_ASSERT(offsetof(SetArgs, params) == offsetof(DomainSetMemoryParametersArgs, params));

unsigned
vm_host_cpus(const Call *call)
{
    const VmOps *ops = kit_of(call)->vm_ops;

    return ops && ops->host_cpus ? ops->host_cpus(kit_of(call)) : g_get_num_processors();
}

static bool
answer(Call *call, Params *params)
{
    GetRet *ret = call->ret;

    params_finish(params, ((const GetArgs *)call->args)->nparams, &ret->n, &ret->params,
                  &ret->count);
    return true;
}

#define UNLIMITED VIR_DOMAIN_MEMORY_PARAM_UNLIMITED
static const ParamMember memory_members[] = {
    PARAM_MEMBER(VIR_DOMAIN_MEMORY_HARD_LIMIT, ULLONG, Domain, hard_limit, UNLIMITED),
    PARAM_MEMBER(VIR_DOMAIN_MEMORY_SOFT_LIMIT, ULLONG, Domain, soft_limit, UNLIMITED),
    PARAM_MEMBER(VIR_DOMAIN_MEMORY_SWAP_HARD_LIMIT, ULLONG, Domain, swap_hard_limit, UNLIMITED),
    { 0 },
};

bool
vm_row_get_memory_parameters(Call *call, GError **error)
{
    g_auto(Params) params = { 0 };

    params_from_members(&params, memory_members, kit_doc(call));
    return answer(call, &params);
}

bool
vm_row_set_memory_parameters(Call *call, GError **error)
{
    const SetArgs *args = call->args;
    Domain *docs[] = { call->live, call->config };

    if (!params_check_members(args->params, args->n, memory_members, error))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(docs); i++) {
        Domain *doc = docs[i];

        if (!doc)
            continue;
        params_to_members(args->params, args->n, memory_members, doc);
        if (doc->has_hard_limit && doc->has_swap_hard_limit &&
            doc->swap_hard_limit < doc->hard_limit) {
            error_set(error, VIR_ERR_INVALID_ARG,
                      "memory hard_limit must be lower than or equal to swap_hard_limit");
            return false;
        }
    }
    return true;
}

/* Limits of block devices travel as one string of pairs "path,value,...". */
static const struct {
    const char *name;
    size_t offset, has;
    bool wide; /* uint64_t */
} blkio_members[] = {
    { VIR_DOMAIN_BLKIO_DEVICE_WEIGHT, offsetof(BlkioDevice, weight),
      offsetof(BlkioDevice, has_weight), false },
    { VIR_DOMAIN_BLKIO_DEVICE_READ_IOPS, offsetof(BlkioDevice, read_iops_sec),
      offsetof(BlkioDevice, has_read_iops_sec), false },
    { VIR_DOMAIN_BLKIO_DEVICE_WRITE_IOPS, offsetof(BlkioDevice, write_iops_sec),
      offsetof(BlkioDevice, has_write_iops_sec), false },
    { VIR_DOMAIN_BLKIO_DEVICE_READ_BPS, offsetof(BlkioDevice, read_bytes_sec),
      offsetof(BlkioDevice, has_read_bytes_sec), true },
    { VIR_DOMAIN_BLKIO_DEVICE_WRITE_BPS, offsetof(BlkioDevice, write_bytes_sec),
      offsetof(BlkioDevice, has_write_bytes_sec), true },
};

#define AT(type, base, offset) ((type *)((char *)(base) + (offset)))

bool
vm_row_get_blkio_parameters(Call *call, GError **error)
{
    const Domain *doc = kit_doc(call);
    g_auto(Params) params = { 0 };

    params_add_uint(&params, VIR_DOMAIN_BLKIO_WEIGHT, doc->blkio_weight);
    for (size_t k = 0; k < G_N_ELEMENTS(blkio_members); k++) {
        g_autoptr(GString) text = g_string_new(NULL);

        for (guint i = 0; doc->blkio_devices && i < doc->blkio_devices->len; i++) {
            BlkioDevice *device = doc->blkio_devices->pdata[i];
            uint64_t value = blkio_members[k].wide ? *AT(uint64_t, device, blkio_members[k].offset)
                                                   : *AT(unsigned, device, blkio_members[k].offset);

            if (*AT(bool, device, blkio_members[k].has))
                g_string_append_printf(text, "%s%s,%" G_GUINT64_FORMAT, text->len ? "," : "",
                                       device->path, value);
        }
        params_add_string(&params, blkio_members[k].name, text->str);
    }
    return answer(call, &params);
}

static bool
set_blkio_device(Domain *doc, size_t k, const char *text, GError **error)
{
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    guint n = g_strv_length(words);

    if (n == 0 || n % 2) {
        error_set(error, VIR_ERR_INVALID_ARG, "'%s' of %s is no list of pairs 'path,value'", text,
                  blkio_members[k].name);
        return false;
    }
    for (guint w = 0; w < n; w += 2) {
        BlkioDevice *device = NULL;
        uint64_t value;

        if (!*words[w] || !text_parse_uint64(words[w + 1], 10, &value) ||
            (!blkio_members[k].wide && value > UINT32_MAX)) {
            error_set(error, VIR_ERR_INVALID_ARG, "unable to parse '%s' of '%s' for %s",
                      words[w + 1], words[w], blkio_members[k].name);
            return false;
        }
        if (!doc->blkio_devices)
            doc->blkio_devices = g_ptr_array_new();
        for (guint i = 0; i < doc->blkio_devices->len; i++) {
            BlkioDevice *known = doc->blkio_devices->pdata[i];

            if (strcmp(known->path, words[w]) == 0)
                device = known;
        }
        if (!device) {
            device = xml_new(&blkio_device_xml);
            device->path = g_strdup(words[w]);
            g_ptr_array_add(doc->blkio_devices, device);
        }
        *AT(bool, device, blkio_members[k].has) = value != 0;
        if (blkio_members[k].wide)
            *AT(uint64_t, device, blkio_members[k].offset) = value;
        else
            *AT(unsigned, device, blkio_members[k].offset) = (unsigned)value;
    }
    return true;
}

bool
vm_row_set_blkio_parameters(Call *call, GError **error)
{
    static const ParamSpec specs[] = {
        { VIR_DOMAIN_BLKIO_WEIGHT, VIR_TYPED_PARAM_UINT },
        { VIR_DOMAIN_BLKIO_DEVICE_WEIGHT, VIR_TYPED_PARAM_STRING },
        { VIR_DOMAIN_BLKIO_DEVICE_READ_IOPS, VIR_TYPED_PARAM_STRING },
        { VIR_DOMAIN_BLKIO_DEVICE_WRITE_IOPS, VIR_TYPED_PARAM_STRING },
        { VIR_DOMAIN_BLKIO_DEVICE_READ_BPS, VIR_TYPED_PARAM_STRING },
        { VIR_DOMAIN_BLKIO_DEVICE_WRITE_BPS, VIR_TYPED_PARAM_STRING },
        { 0 },
    };
    const SetArgs *args = call->args;
    const WireTypedParam *weight = params_find(args->params, args->n, VIR_DOMAIN_BLKIO_WEIGHT);
    Domain *docs[] = { call->live, call->config };

    if (!params_check(args->params, args->n, specs, error))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(docs); i++) {
        if (!docs[i])
            continue;
        if (weight)
            docs[i]->blkio_weight = weight->value.ui;
        for (size_t k = 0; k < G_N_ELEMENTS(blkio_members); k++) {
            const WireTypedParam *param = params_find(args->params, args->n, blkio_members[k].name);

            if (param && !set_blkio_device(docs[i], k, param->value.s, error))
                return false;
        }
    }
    return true;
}

bool
vm_row_get_numa_parameters(Call *call, GError **error)
{
    const Domain *doc = kit_doc(call);
    g_autofree char *nodeset = doc->numa_nodeset ? bitmap_format(doc->numa_nodeset) : NULL;
    g_auto(Params) params = { 0 };

    params_add_int(&params, VIR_DOMAIN_NUMA_MODE,
                   doc->numa_mode == NUMA_MODE_UNSET ? 0 : (int)doc->numa_mode - 1);
    params_add_string(&params, VIR_DOMAIN_NUMA_NODESET, nodeset);
    return answer(call, &params);
}

bool
vm_row_set_numa_parameters(Call *call, GError **error)
{
    static const ParamSpec specs[] = {
        { VIR_DOMAIN_NUMA_MODE, VIR_TYPED_PARAM_INT },
        { VIR_DOMAIN_NUMA_NODESET, VIR_TYPED_PARAM_STRING },
        { 0 },
    };
    const SetArgs *args = call->args;
    const WireTypedParam *mode, *nodeset;
    g_autoptr(Bitmap) set = NULL;
    Domain *docs[] = { call->live, call->config };

    if (!params_check(args->params, args->n, specs, error))
        return false;
    mode = params_find(args->params, args->n, VIR_DOMAIN_NUMA_MODE);
    nodeset = params_find(args->params, args->n, VIR_DOMAIN_NUMA_NODESET);
    if (mode && (mode->value.i < 0 || mode->value.i > NUMA_MODE_LAST - 2)) {
        error_set(error, VIR_ERR_INVALID_ARG, "unsupported numatune mode: '%d'", mode->value.i);
        return false;
    }
    if (nodeset && !(set = bitmap_parse(nodeset->value.s))) {
        error_set(error, VIR_ERR_INVALID_ARG, "invalid nodeset of 'numatune': '%s'",
                  nodeset->value.s);
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(docs); i++) {
        if (!docs[i])
            continue;
        if (mode)
            docs[i]->numa_mode = (NumaMode)(mode->value.i + 1);
        if (set) {
            bitmap_free(docs[i]->numa_nodeset);
            docs[i]->numa_nodeset = bitmap_copy(set);
            docs[i]->numa_placement = NUMA_PLACEMENT_STATIC;
        }
    }
    return true;
}

/* CPU maps. */

void
vm_cpumap_fill(const Bitmap *set, unsigned cpus, uint8_t *map, size_t maplen)
{
    for (unsigned i = 0; i < cpus && i / 8 < maplen; i++) {
        if (!set || bitmap_get(set, i))
            map[i / 8] |= (uint8_t)(1 << i % 8);
    }
}

Bitmap *
vm_cpumap_parse(const uint8_t *map, size_t maplen, unsigned cpus, GError **error)
{
    g_autoptr(Bitmap) set = bitmap_new();

    for (size_t i = 0; i < maplen * 8 && i < cpus; i++) {
        if (map[i / 8] & (1 << i % 8))
            bitmap_set(set, i, true);
    }
    if (bitmap_count(set) == 0) {
        error_set(error, VIR_ERR_INVALID_ARG, "empty cpu list for pinning");
        return NULL;
    }
    return g_steal_pointer(&set);
}

static const Bitmap *
vcpu_set(const Domain *doc, unsigned vcpu)
{
    for (guint i = 0; doc->vcpupins && i < doc->vcpupins->len; i++) {
        const VcpuPin *pin = doc->vcpupins->pdata[i];

        if (pin->vcpu == vcpu)
            return pin->cpuset;
    }
    return doc->cpuset;
}

bool
vm_row_get_vcpu_pin_info(Call *call, GError **error)
{
    const DomainGetVcpuPinInfoArgs *args = call->args;
    DomainGetVcpuPinInfoRet *ret = call->ret;
    const Domain *doc = kit_doc(call);
    size_t maplen = (size_t)MAX(args->maplen, 0);
    unsigned cpus = vm_host_cpus(call);

    ret->num = (int32_t)MIN((unsigned)MAX(args->ncpumaps, 0), doc->max_vcpus);
    ret->n_cpumaps = (uint32_t)((size_t)ret->num * maplen);
    ret->cpumaps = g_malloc0(ret->n_cpumaps + 1);
    for (int i = 0; i < ret->num; i++)
        vm_cpumap_fill(vcpu_set(doc, (unsigned)i), cpus, ret->cpumaps + (size_t)i * maplen, maplen);
    return true;
}

static void
pin(Domain *doc, unsigned vcpu, const Bitmap *set)
{
    VcpuPin *mine = NULL;

    if (!doc)
        return;
    if (!doc->vcpupins)
        doc->vcpupins = g_ptr_array_new();
    for (guint i = 0; i < doc->vcpupins->len; i++) {
        VcpuPin *known = doc->vcpupins->pdata[i];

        if (known->vcpu == vcpu)
            mine = known;
    }
    if (!mine) {
        mine = xml_new(&vcpu_pin_xml);
        mine->vcpu = vcpu;
        g_ptr_array_add(doc->vcpupins, mine);
    }
    bitmap_free(mine->cpuset);
    mine->cpuset = bitmap_copy(set);
}

bool
vm_row_pin_vcpu(Call *call, GError **error)
{
    const DomainPinVcpuFlagsArgs *args = call->args;
    g_autoptr(Bitmap) set =
        vm_cpumap_parse(args->cpumap, args->n_cpumap, vm_host_cpus(call), error);
    const Domain *doc = kit_doc(call);

    if (!set)
        return false;
    if (args->vcpu >= doc->max_vcpus) {
        error_set(error, VIR_ERR_INVALID_ARG, "requested vcpu '%u' is not present in the domain",
                  args->vcpu);
        return false;
    }
    pin(call->live, args->vcpu, set);
    pin(call->config, args->vcpu, set);
    return true;
}

bool
vm_row_get_emulator_pin_info(Call *call, GError **error)
{
    const DomainGetEmulatorPinInfoArgs *args = call->args;
    DomainGetEmulatorPinInfoRet *ret = call->ret;
    const Domain *doc = kit_doc(call);
    size_t maplen = (size_t)MAX(args->maplen, 0);

    ret->n_cpumaps = (uint32_t)maplen;
    ret->cpumaps = g_malloc0(maplen + 1);
    vm_cpumap_fill(doc->emulator_pin ? doc->emulator_pin : doc->cpuset, vm_host_cpus(call),
                   ret->cpumaps, maplen);
    ret->ret = 1;
    return true;
}

bool
vm_row_pin_emulator(Call *call, GError **error)
{
    const DomainPinEmulatorArgs *args = call->args;
    g_autoptr(Bitmap) set =
        vm_cpumap_parse(args->cpumap, args->n_cpumap, vm_host_cpus(call), error);
    Domain *docs[] = { call->live, call->config };

    for (size_t i = 0; set && i < G_N_ELEMENTS(docs); i++) {
        if (docs[i]) {
            bitmap_free(docs[i]->emulator_pin);
            docs[i]->emulator_pin = bitmap_copy(set);
        }
    }
    return set != NULL;
}

/* Performance events: on or off by name. */

static const ParamSpec perf_specs[] = {
    { VIR_PERF_PARAM_CMT, VIR_TYPED_PARAM_BOOLEAN },
    { VIR_PERF_PARAM_MBMT, VIR_TYPED_PARAM_BOOLEAN },
    { VIR_PERF_PARAM_MBML, VIR_TYPED_PARAM_BOOLEAN },
    { VIR_PERF_PARAM_CPU_CYCLES, VIR_TYPED_PARAM_BOOLEAN },
    { VIR_PERF_PARAM_INSTRUCTIONS, VIR_TYPED_PARAM_BOOLEAN },
    { VIR_PERF_PARAM_CACHE_REFERENCES, VIR_TYPED_PARAM_BOOLEAN },
    { VIR_PERF_PARAM_CACHE_MISSES, VIR_TYPED_PARAM_BOOLEAN },
    { VIR_PERF_PARAM_BRANCH_INSTRUCTIONS, VIR_TYPED_PARAM_BOOLEAN },
    { VIR_PERF_PARAM_BRANCH_MISSES, VIR_TYPED_PARAM_BOOLEAN },
    { VIR_PERF_PARAM_BUS_CYCLES, VIR_TYPED_PARAM_BOOLEAN },
    { VIR_PERF_PARAM_STALLED_CYCLES_FRONTEND, VIR_TYPED_PARAM_BOOLEAN },
    { VIR_PERF_PARAM_STALLED_CYCLES_BACKEND, VIR_TYPED_PARAM_BOOLEAN },
    { VIR_PERF_PARAM_REF_CPU_CYCLES, VIR_TYPED_PARAM_BOOLEAN },
    { VIR_PERF_PARAM_CPU_CLOCK, VIR_TYPED_PARAM_BOOLEAN },
    { VIR_PERF_PARAM_TASK_CLOCK, VIR_TYPED_PARAM_BOOLEAN },
    { VIR_PERF_PARAM_PAGE_FAULTS, VIR_TYPED_PARAM_BOOLEAN },
    { VIR_PERF_PARAM_CONTEXT_SWITCHES, VIR_TYPED_PARAM_BOOLEAN },
    { VIR_PERF_PARAM_CPU_MIGRATIONS, VIR_TYPED_PARAM_BOOLEAN },
    { VIR_PERF_PARAM_PAGE_FAULTS_MIN, VIR_TYPED_PARAM_BOOLEAN },
    { VIR_PERF_PARAM_PAGE_FAULTS_MAJ, VIR_TYPED_PARAM_BOOLEAN },
    { VIR_PERF_PARAM_ALIGNMENT_FAULTS, VIR_TYPED_PARAM_BOOLEAN },
    { VIR_PERF_PARAM_EMULATION_FAULTS, VIR_TYPED_PARAM_BOOLEAN },
    { 0 },
};

static PerfEvent *
find_perf(const Domain *doc, const char *name)
{
    for (guint i = 0; doc->perf_events && i < doc->perf_events->len; i++) {
        PerfEvent *event = doc->perf_events->pdata[i];

        if (strcmp(perf_event_name_words[event->name], name) == 0)
            return event;
    }
    return NULL;
}

bool
vm_row_get_perf_events(Call *call, GError **error)
{
    DomainGetPerfEventsRet *ret = call->ret;
    g_auto(Params) params = { 0 };

    for (const ParamSpec *spec = perf_specs; spec->name; spec++) {
        const PerfEvent *event = find_perf(kit_doc(call), spec->name);

        params_add_bool(&params, spec->name, event && event->enabled == YESNO_YES);
    }
    params_take(&params, &ret->n_params, &ret->params);
    return true;
}

bool
vm_row_set_perf_events(Call *call, GError **error)
{
    const DomainSetPerfEventsArgs *args = call->args;
    Domain *docs[] = { call->live, call->config };

    if (!params_check(args->params, args->n_params, perf_specs, error))
        return false;
    for (size_t d = 0; d < G_N_ELEMENTS(docs); d++) {
        for (uint32_t i = 0; docs[d] && i < args->n_params; i++) {
            PerfEvent *event = find_perf(docs[d], args->params[i].field);

            if (!event) {
                event = xml_new(&perf_event_xml);
                event->name = xml_enum_value(&perf_event_name_enum, args->params[i].field);
                if (!docs[d]->perf_events)
                    docs[d]->perf_events = g_ptr_array_new();
                g_ptr_array_add(docs[d]->perf_events, event);
            }
            event->enabled = args->params[i].value.b ? YESNO_YES : YESNO_NO;
        }
    }
    return true;
}
