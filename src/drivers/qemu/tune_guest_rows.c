/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tune_guest_rows.c - what QEMU itself is told: vCPUs, balloon, bandwidth, dirty pages; its memory read; SEV */
#define ERROR_FROM VIR_FROM_QEMU
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "drivers/common/bandwidth.h"
#include "drivers/common/vm.h"
#include "drivers/qemu/process/guest_vcpu.h"
#include "drivers/qemu/rows.h"
#include "drivers/qemu/tune_rows.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"

static Json *
ask(Call *call, const char *command, Json *arguments, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest_of(call), error);

    if (qmp)
        return qmp_client_call(qmp, command, arguments, QMP_CLIENT_TIMEOUT, error);
    json_unref(arguments);
    return NULL;
}

/* vCPUs */

bool
tune_rows_set_vcpus_live(Call *call, GError **error)
{
    const DomainSetVcpusArgs *args = call->args;
    DomainSetVcpusFlagsArgs now = { .nvcpus = args->nvcpus };
    Call inner = *call;

    inner.args = &now;
    return kit_require_active(call->object, error) && device_rows_set_vcpus_flags(&inner, error);
}

bool
tune_rows_set_vcpu(Call *call, GError **error)
{
    const DomainSetVcpuArgs *args = call->args;
    g_autoptr(Bitmap) ids = bitmap_parse(args->cpumap);

    if (args->state != 0 && args->state != 1) {
        error_set(error, VIR_ERR_INVALID_ARG, "unsupported state value '%d': 0 is off, 1 is on", args->state);
        return false;
    }
    if (!ids || !bitmap_count(ids)) {
        error_set(error, VIR_ERR_INVALID_ARG, "no vcpus selected for modification by '%s'", args->cpumap);
        return false;
    }
    return (!call->live || guest_vcpu_live_set(guest_of(call), call->live, ids, args->state, error)) &&
           (!call->config || (args->state ? guest_vcpu_plug_config(call->config, ids, error)
                                          : guest_vcpu_unplug_config(call->config, ids, error)));
}

/* Memory */

bool
tune_rows_set_max_memory(Call *call, GError **error)
{
    const DomainSetMaxMemoryArgs *args = call->args;
    DomainSetMemoryFlagsArgs now = { .memory = args->memory, .flags = VIR_DOMAIN_MEM_MAXIMUM };
    Call inner = *call;

    inner.args = &now;
    inner.flags |= VIR_DOMAIN_MEM_MAXIMUM;
    return device_rows_set_memory_flags(&inner, error);
}

/* Have the balloon's driver in the guest tell of its memory every @period seconds; 0: not. */
static bool
set_period(Guest *guest, const Memballoon *balloon, unsigned period, GError **error)
{
    g_autofree char *path = g_strdup_printf("/machine/peripheral/%s", balloon->info.alias);
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    g_autoptr(Json) reply = NULL;
    Json *set;

    if (!qmp)
        return false;
    set = json_new_object();
    json_add_string(set, "path", path);
    json_add_string(set, "property", "guest-stats-polling-interval");
    json_add_uint64(set, "value", period);
    reply = qmp_client_call(qmp, "qom-set", set, QMP_CLIENT_TIMEOUT, error);
    return reply != NULL;
}

bool
tune_rows_set_stats_period(Call *call, GError **error)
{
    const DomainSetMemoryStatsPeriodArgs *args = call->args;
    const Domain *live = call->live;

    if (!vm_row_set_memory_stats_period(call, error))
        return false;
    if (!live)
        return true;
    if (g_strcmp0(live->memballoon->model, "virtio") || !live->memballoon->info.alias) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "Memory balloon model must be virtio to set the collection period");
        return false;
    }
    return set_period(guest_of(call), live->memballoon, (unsigned)args->period, error);
}

bool
tune_rows_peek(Call *call, GError **error)
{
    const DomainMemoryPeekArgs *args = call->args;
    DomainMemoryPeekRet *ret = call->ret;
    Guest *guest = guest_of(call);
    uint32_t which = args->flags & (VIR_MEMORY_VIRTUAL | VIR_MEMORY_PHYSICAL);
    g_autofree char *path = g_strdup_printf("%s/peek-XXXXXX", guest->dir ? guest->dir : g_get_tmp_dir());
    g_autoptr(Json) reply = NULL;
    g_autofree char *data = NULL;
    autofd int fd = -1;
    size_t len;
    Json *save;

    if (!which) {
        error_set(error, VIR_ERR_INVALID_ARG, "flags parameter must be VIR_MEMORY_VIRTUAL or VIR_MEMORY_PHYSICAL");
        return false;
    }
    fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 || (guest_host.conf->privileged && fchown(fd, guest_host.conf->uid, guest_host.conf->gid) < 0)) {
        error_set_errno(error, errno, "cannot make '%s'", path);
        if (fd >= 0)
            unlink(path);
        return false;
    }
    save = json_new_object();
    json_add_uint64(save, "val", args->offset);
    json_add_uint64(save, "size", args->size);
    json_add_string(save, "filename", path);
    reply = ask(call, which == VIR_MEMORY_VIRTUAL ? "memsave" : "pmemsave", save, error);
    /* QEMU makes the file anew. */
    fd_close(&fd);
    fd = reply ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    unlink(path);
    if (!reply)
        return false;
    if (fd < 0 || !file_read_fd(fd, path, args->size, &data, &len, error)) {
        if (fd < 0)
            error_set_errno(error, errno, "QEMU left no memory in '%s'", path);
        return false;
    }
    if (len != args->size) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "QEMU gave %zu bytes of memory instead of %u", len, args->size);
        return false;
    }
    ret->n_buffer = (uint32_t)len;
    ret->buffer = (uint8_t *)g_steal_pointer(&data);
    return true;
}

/* Interfaces */

/* The tap is the host's end: what the guest receives goes out of it. */
static bool
shape(const Interface *n, GError **error)
{
    if (n->bandwidth)
        return bandwidth_apply(n->bandwidth, n->target, true, error);
    bandwidth_clear(n->target);
    return true;
}

bool
tune_rows_set_interface(Call *call, GError **error)
{
    const DomainSetInterfaceParametersArgs *args = call->args;
    const Interface *n;

    if (!vm_row_set_interface_parameters(call, error))
        return false;
    n = call->live ? vm_tune_find_interface(call->live, args->device, error) : NULL;
    if (!call->live)
        return true;
    if (!n)
        return false;
    if (n->bandwidth && n->bandwidth->inbound && n->bandwidth->inbound->floor) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED,
                  "a floor of the bandwidth of '%s' cannot be changed while the guest runs: set it for the next start",
                  args->device);
        return false;
    }
    if (!n->target) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "interface '%s' has no device on the host whose bandwidth could be set",
                  args->device);
        return false;
    }
    return shape(n, error);
}

bool
tune_guest_start(Guest *guest, const Domain *doc, GError **error)
{
    const Memballoon *balloon = doc->memballoon;

    for (size_t i = 0; guest_host.conf->privileged && i < list_len(doc->interfaces); i++) {
        const Interface *n = list_at(doc->interfaces, i);

        if (n->bandwidth && n->target && !shape(n, error))
            return false;
    }
    if (balloon && balloon->stats_period && balloon->info.alias && !g_strcmp0(balloon->model, "virtio") &&
        !set_period(guest, balloon, balloon->stats_period, error))
        return false;
    return tune_perf_start(guest, doc, error);
}

/* Dirty pages */

bool
tune_rows_dirty_rate(Call *call, GError **error)
{
    enum { SECONDS_MIN = 1, SECONDS_MAX = 60 };
    const DomainStartDirtyRateCalcArgs *args = call->args;
    g_autoptr(Json) reply = NULL;
    Json *calc;

    if (args->seconds < SECONDS_MIN || args->seconds > SECONDS_MAX) {
        error_set(error, VIR_ERR_INVALID_ARG, "seconds=%d is invalid, please choose value within [%d, %d]", args->seconds,
                  SECONDS_MIN, SECONDS_MAX);
        return false;
    }
    calc = json_new_object();
    json_add_int64(calc, "calc-time", args->seconds);
    if (args->flags & VIR_DOMAIN_DIRTYRATE_MODE_DIRTY_BITMAP)
        json_add_string(calc, "mode", "dirty-bitmap");
    if (args->flags & VIR_DOMAIN_DIRTYRATE_MODE_DIRTY_RING)
        json_add_string(calc, "mode", "dirty-ring");
    reply = ask(call, "calc-dirty-rate", calc, error);
    return reply != NULL;
}

/* Launch security */

static bool
require_sev(Call *call, const Domain *doc, GError **error)
{
    if (doc && doc->launch_security &&
        (doc->launch_security->type == LAUNCH_TYPE_SEV || doc->launch_security->type == LAUNCH_TYPE_SEV_SNP))
        return kit_require_active(call->object, error);
    error_set(error, VIR_ERR_OPERATION_UNSUPPORTED,
              "launch security of type SEV is not what this guest has: there is nothing to ask or set");
    return false;
}

bool
tune_rows_get_launch_security(Call *call, GError **error)
{
    DomainGetLaunchSecurityInfoRet *ret = call->ret;
    g_autoptr(Def) def = object_current(call->object, error);
    g_auto(Params) params = { 0 };
    g_autoptr(Json) sev = NULL;
    g_autoptr(Json) measure = NULL;
    bool snp;

    if (!def || !require_sev(call, def->doc, error))
        return false;
    snp = ((const Domain *)def->doc)->launch_security->type == LAUNCH_TYPE_SEV_SNP;
    sev = ask(call, "query-sev", NULL, error);
    measure = sev && !snp ? ask(call, "query-sev-launch-measure", NULL, error) : NULL;
    if (!sev || (!snp && !measure))
        return false;
    if (measure)
        params_add_string(&params, VIR_DOMAIN_LAUNCH_SECURITY_SEV_MEASUREMENT, json_opt_string(measure, "data", ""));
    params_add_uint(&params, VIR_DOMAIN_LAUNCH_SECURITY_SEV_API_MAJOR, (unsigned)json_opt_uint64(sev, "api-major", 0));
    params_add_uint(&params, VIR_DOMAIN_LAUNCH_SECURITY_SEV_API_MINOR, (unsigned)json_opt_uint64(sev, "api-minor", 0));
    params_add_uint(&params, VIR_DOMAIN_LAUNCH_SECURITY_SEV_BUILD_ID, (unsigned)json_opt_uint64(sev, "build-id", 0));
    if (snp)
        params_add_ullong(&params, VIR_DOMAIN_LAUNCH_SECURITY_SEV_SNP_POLICY, json_opt_uint64(sev, "snp-policy", 0));
    else
        params_add_uint(&params, VIR_DOMAIN_LAUNCH_SECURITY_SEV_POLICY, (unsigned)json_opt_uint64(sev, "policy", 0));
    params_take(&params, &ret->n_params, &ret->params);
    return true;
}

bool
tune_rows_set_launch_security(Call *call, GError **error)
{
    static const ParamSpec specs[] = {
        { VIR_DOMAIN_LAUNCH_SECURITY_SEV_SECRET_HEADER, VIR_TYPED_PARAM_STRING },
        { VIR_DOMAIN_LAUNCH_SECURITY_SEV_SECRET, VIR_TYPED_PARAM_STRING },
        { VIR_DOMAIN_LAUNCH_SECURITY_SEV_SECRET_SET_ADDRESS, VIR_TYPED_PARAM_ULLONG },
        { 0 },
    };
    const DomainSetLaunchSecurityStateArgs *args = call->args;
    const WireTypedParam *header = params_find(args->params, args->n_params, VIR_DOMAIN_LAUNCH_SECURITY_SEV_SECRET_HEADER);
    const WireTypedParam *secret = params_find(args->params, args->n_params, VIR_DOMAIN_LAUNCH_SECURITY_SEV_SECRET);
    const WireTypedParam *address = params_find(args->params, args->n_params, VIR_DOMAIN_LAUNCH_SECURITY_SEV_SECRET_SET_ADDRESS);
    g_autoptr(Def) def = object_current(call->object, error);
    g_autoptr(Json) reply = NULL;
    Json *inject;

    if (!def || !params_check(args->params, args->n_params, specs, error) || !require_sev(call, def->doc, error))
        return false;
    if (!header || !secret) {
        error_set(error, VIR_ERR_INVALID_ARG, "Both secret and secret header are required");
        return false;
    }
    /* What runs already is not to be fed secrets from outside. */
    if (vm_state(&guest_of(call)->vm, NULL) != VIR_DOMAIN_PAUSED) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "domain must be in a paused state");
        return false;
    }
    inject = json_new_object();
    json_add_string(inject, "packet-header", header->value.s);
    json_add_string(inject, "secret", secret->value.s);
    if (address)
        json_add_uint64(inject, "gpa", address->value.ul);
    reply = ask(call, "sev-inject-launch-secret", inject, error);
    return reply != NULL;
}
