/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm_tune.c - settings of single devices and older calls, in definitions
 *
 * A driver that must tell a running guest does so in rows of its own that call these.
 */
#define ERROR_FROM VIR_FROM_DOMAIN
#include "drivers/common/vm.h"

#include <string.h>

#include "drivers/common/params.h"
#include "util/error.h"

/* The two definitions a call changes; either may be NULL. */
#define DOCS(call)                                                                                 \
    {                                                                                              \
        (call)->live, (call)->config                                                               \
    }

bool
vm_row_set_memory_stats_period(Call *call, GError **error)
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

bool
vm_row_pin_vcpu_live(Call *call, GError **error)
{
    DomainPinVcpuArgs *old = call->args;
    DomainPinVcpuFlagsArgs args = { .vcpu = old->vcpu,
                                    .n_cpumap = old->n_cpumap,
                                    .cpumap = old->cpumap };
    Call inner = *call;

    inner.args = &args;
    return vm_row_pin_vcpu(&inner, error);
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
vm_tune_find_interface(const Domain *doc, const char *name, GError **error)
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

bool
vm_row_get_interface_parameters(Call *call, GError **error)
{
    const DomainGetInterfaceParametersArgs *args = call->args;
    DomainGetInterfaceParametersRet *ret = call->ret;
    const Interface *iface = vm_tune_find_interface(kit_doc(call), args->device, error);
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

bool
vm_row_set_interface_parameters(Call *call, GError **error)
{
    const DomainSetInterfaceParametersArgs *args = call->args;
    Domain *docs[] = DOCS(call);

    if (!params_check(args->params, args->n_params, iface_specs, error))
        return false;
    for (size_t d = 0; d < G_N_ELEMENTS(docs); d++) {
        Interface *iface = docs[d] ? vm_tune_find_interface(docs[d], args->device, error) : NULL;

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
