/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* migrate_rows.c - the calls of a migration, in both forms of protocol 3, and those that steer it */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/migration/migrate.h"
#include "drivers/qemu/process/guest_peer.h"
#include "drivers/qemu/qmp/qmp_migrate.h"
#include "rpc/patience.h"
#include "util/error.h"

/* What both forms have in common. */
#define COOKIE(args) .cookie = (args)->cookie_in, .n_cookie = (args)->n_cookie_in
#define PARAMS(args) .params = (args)->params, .n_params = (args)->n_params, .flags = (args)->flags
#define CLASSIC(args) .dname = (args)->dname, .flags = (args)->flags

bool
migrate_rows_begin(Call *call, GError **error)
{
    const DomainMigrateBegin3Args *args = call->args;
    DomainMigrateBegin3Ret *ret = call->ret;
    const MigrateArgs in = { CLASSIC(args), .xml = args->xmlin, .bandwidth = args->resource };

    return migrate_args_check(&in, error) && migrate_out_begin(call, &in, &ret->xml, &ret->n_cookie_out, &ret->cookie_out, error);
}

bool
migrate_rows_begin_params(Call *call, GError **error)
{
    const DomainMigrateBegin3ParamsArgs *args = call->args;
    DomainMigrateBegin3ParamsRet *ret = call->ret;
    const MigrateArgs in = { PARAMS(args) };

    return migrate_args_check(&in, error) && migrate_out_begin(call, &in, &ret->xml, &ret->n_cookie_out, &ret->cookie_out, error);
}

bool
migrate_rows_prepare(Call *call, GError **error)
{
    const DomainMigratePrepare3Args *args = call->args;
    DomainMigratePrepare3Ret *ret = call->ret;
    const MigrateArgs in = { CLASSIC(args), COOKIE(args), .xml = args->dom_xml, .uri = args->uri_in,
                             .bandwidth = args->resource };

    return migrate_args_check(&in, error) &&
           migrate_in_prepare(call, &in, &ret->uri_out, &ret->n_cookie_out, &ret->cookie_out, error);
}

bool
migrate_rows_prepare_params(Call *call, GError **error)
{
    const DomainMigratePrepare3ParamsArgs *args = call->args;
    DomainMigratePrepare3ParamsRet *ret = call->ret;
    const MigrateArgs in = { PARAMS(args), COOKIE(args) };

    return migrate_args_check(&in, error) &&
           migrate_in_prepare(call, &in, &ret->uri_out, &ret->n_cookie_out, &ret->cookie_out, error);
}

static bool
perform(Call *call, const MigrateArgs *in, uint32_t *ret_n, uint8_t **ret_cookie, GError **error)
{
    if (!migrate_args_check(in, error))
        return false;
    return in->flags & VIR_MIGRATE_PEER2PEER ? migrate_peer(call, in, error)
                                             : migrate_out_perform(call, in, ret_n, ret_cookie, error);
}

bool
migrate_rows_perform(Call *call, GError **error)
{
    const DomainMigratePerform3Args *args = call->args;
    DomainMigratePerform3Ret *ret = call->ret;
    const MigrateArgs in = { CLASSIC(args), COOKIE(args), .xml = args->xmlin, .uri = args->uri, .bandwidth = args->resource,
                             .dconnuri = args->dconnuri };

    return perform(call, &in, &ret->n_cookie_out, &ret->cookie_out, error);
}

bool
migrate_rows_perform_params(Call *call, GError **error)
{
    const DomainMigratePerform3ParamsArgs *args = call->args;
    DomainMigratePerform3ParamsRet *ret = call->ret;
    const MigrateArgs in = { PARAMS(args), COOKIE(args), .dconnuri = args->dconnuri };

    return perform(call, &in, &ret->n_cookie_out, &ret->cookie_out, error);
}

bool
migrate_rows_finish(Call *call, GError **error)
{
    const DomainMigrateFinish3Args *args = call->args;
    DomainMigrateFinish3Ret *ret = call->ret;
    const MigrateArgs in = { CLASSIC(args), COOKIE(args), .uri = args->uri, .cancelled = args->cancelled };

    return migrate_args_check(&in, error) &&
           migrate_in_finish(call, &in, &ret->dom, &ret->n_cookie_out, &ret->cookie_out, error);
}

bool
migrate_rows_finish_params(Call *call, GError **error)
{
    const DomainMigrateFinish3ParamsArgs *args = call->args;
    DomainMigrateFinish3ParamsRet *ret = call->ret;
    const MigrateArgs in = { PARAMS(args), COOKIE(args), .cancelled = args->cancelled };

    return migrate_args_check(&in, error) &&
           migrate_in_finish(call, &in, &ret->dom, &ret->n_cookie_out, &ret->cookie_out, error);
}

bool
migrate_rows_confirm(Call *call, GError **error)
{
    const DomainMigrateConfirm3Args *args = call->args;
    const MigrateArgs in = { COOKIE(args), .flags = args->flags, .cancelled = args->cancelled };

    return migrate_args_check(&in, error) && migrate_out_confirm(call, &in, error);
}

bool
migrate_rows_confirm_params(Call *call, GError **error)
{
    const DomainMigrateConfirm3ParamsArgs *args = call->args;
    const MigrateArgs in = { PARAMS(args), COOKIE(args), .cancelled = args->cancelled };

    return migrate_args_check(&in, error) && migrate_out_confirm(call, &in, error);
}

/* The parameters as the public call takes them; strings stay the caller's. */
static GArray *
to_public(const MigrateArgs *args)
{
    static const char *const classic[] = { VIR_MIGRATE_PARAM_URI, VIR_MIGRATE_PARAM_DEST_NAME, VIR_MIGRATE_PARAM_DEST_XML };
    GArray *params = g_array_new(FALSE, TRUE, sizeof(virTypedParameter));

    for (uint32_t i = 0; i < args->n_params; i++) {
        virTypedParameter param = { .type = args->params[i].value.type };

        g_strlcpy(param.field, args->params[i].field, sizeof(param.field));
        if (param.type == VIR_TYPED_PARAM_STRING)
            param.value.s = args->params[i].value.s;
        else if (param.type == VIR_TYPED_PARAM_INT)
            param.value.i = args->params[i].value.i;
        else
            param.value.ul = args->params[i].value.ul;
        g_array_append_val(params, param);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(classic) && !args->n_params; i++) {
        virTypedParameter param = { .type = VIR_TYPED_PARAM_STRING, .value.s = (char *)migrate_args_string(args, classic[i]) };

        g_strlcpy(param.field, classic[i], sizeof(param.field));
        if (param.value.s)
            g_array_append_val(params, param);
    }
    if (!args->n_params && args->bandwidth) {
        virTypedParameter param = { .field = VIR_MIGRATE_PARAM_BANDWIDTH, .type = VIR_TYPED_PARAM_ULLONG,
                                    .value.ul = args->bandwidth };

        g_array_append_val(params, param);
    }
    return params;
}

typedef virDomain Moved;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Moved, virDomainFree)

/* Who leads is a client of both daemons, and this one is that client.  Its own steps come back as calls. */
static bool
lead(Call *call, const MigrateArgs *args, GError **error)
{
    g_autoptr(virConnect) source = guest_peer_connect("qemu", error);
    g_autoptr(virConnect) target = NULL;
    g_autoptr(Moved) domain = NULL;
    g_autoptr(Moved) moved = NULL;
    g_autoptr(GArray) params = to_public(args);

    if (!source)
        return false;
    target = virConnectOpen(args->dconnuri);
    if (!target) {
        guest_peer_error(error, "cannot connect to the other host");
        error_prefix(error, "Failed to connect to remote libvirt URI %s", args->dconnuri);
        return false;
    }
    domain = virDomainLookupByUUID(source, ((Object *)call->object)->uuid);
    moved = domain ? virDomainMigrate3(domain, target, (virTypedParameterPtr)(void *)params->data, params->len,
                                       (unsigned)(args->flags & ~(uint64_t)VIR_MIGRATE_PEER2PEER)) : NULL;
    if (!moved)
        guest_peer_error(error, "the migration failed");
    return moved != NULL;
}

bool
migrate_peer(Call *call, const MigrateArgs *args, GError **error)
{
    bool ok;

    if (!args->dconnuri) {
        error_set(error, VIR_ERR_INVALID_ARG, "peer-to-peer migration needs the URI of the other daemon");
        return false;
    }
    /* As long as the memory takes: who waits may abort it. */
    patience_suspend(true);
    ok = lead(call, args, error);
    patience_suspend(false);
    return ok;
}

static bool
set_param(Call *call, const char *name, uint64_t value, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest_of(call), error);
    Json *params;

    if (!qmp)
        return false;
    params = json_new_object();
    json_add_uint64(params, name, value);
    return qmp_migrate_set_parameters(qmp, params, error);
}

static bool
get_param(Call *call, const char *name, uint64_t *ret_value, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest_of(call), error);
    g_autoptr(Json) params = qmp ? qmp_query_migrate_parameters(qmp, error) : NULL;

    return params && json_get_uint64(params, name, ret_value, error);
}

bool
migrate_rows_set_max_downtime(Call *call, GError **error)
{
    return set_param(call, "downtime-limit", ((const DomainMigrateSetMaxDowntimeArgs *)call->args)->downtime, error);
}

bool
migrate_rows_get_max_downtime(Call *call, GError **error)
{
    return get_param(call, "downtime-limit", &((DomainMigrateGetMaxDowntimeRet *)call->ret)->downtime, error);
}

bool
migrate_rows_set_max_speed(Call *call, GError **error)
{
    const DomainMigrateSetMaxSpeedArgs *args = call->args;
    Guest *guest = guest_of(call);
    bool postcopy = call->flags & VIR_DOMAIN_MIGRATE_MAX_SPEED_POSTCOPY;

    if (!kit_require_active(call->object, error))
        return false;
    if (args->bandwidth > INT64_MAX >> 20) {
        error_set(error, VIR_ERR_OVERFLOW, "bandwidth must be less than %" PRIu64, (uint64_t)(INT64_MAX >> 20));
        return false;
    }
    if (postcopy)
        return set_param(call, "max-postcopy-bandwidth", args->bandwidth << 20, error);
    if (guest_job_is(guest, VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT) &&
        !set_param(call, "max-bandwidth", args->bandwidth ? args->bandwidth << 20 : INT64_MAX, error))
        return false;
    lock_acquire(&guest->vm.object.lock);
    guest->max_bandwidth = args->bandwidth;
    lock_release(&guest->vm.object.lock);
    return true;
}

bool
migrate_rows_get_max_speed(Call *call, GError **error)
{
    DomainMigrateGetMaxSpeedRet *ret = call->ret;
    Guest *guest = guest_of(call);
    uint64_t bytes;

    if (call->flags & VIR_DOMAIN_MIGRATE_MAX_SPEED_POSTCOPY) {
        if (!get_param(call, "max-postcopy-bandwidth", &bytes, error))
            return false;
        ret->bandwidth = bytes >> 20;
        return true;
    }
    lock_acquire(&guest->vm.object.lock);
    ret->bandwidth = guest->max_bandwidth ? guest->max_bandwidth : INT64_MAX >> 20;
    lock_release(&guest->vm.object.lock);
    return true;
}

bool
migrate_rows_set_cache(Call *call, GError **error)
{
    return set_param(call, "xbzrle-cache-size", ((const DomainMigrateSetCompressionCacheArgs *)call->args)->cacheSize, error);
}

bool
migrate_rows_get_cache(Call *call, GError **error)
{
    return get_param(call, "xbzrle-cache-size", &((DomainMigrateGetCompressionCacheRet *)call->ret)->cacheSize, error);
}

bool
migrate_rows_start_postcopy(Call *call, GError **error)
{
    Guest *guest = guest_of(call);
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    bool out, wanted;

    lock_acquire(&guest->vm.object.lock);
    out = guest->migration && !guest->migration->in;
    wanted = out && (guest->migration->flags & VIR_MIGRATE_POSTCOPY);
    lock_release(&guest->vm.object.lock);
    if (qmp && !out)
        error_set(error, VIR_ERR_OPERATION_INVALID, "post-copy can only be started while outgoing migration is in progress");
    else if (qmp && !wanted)
        error_set(error, VIR_ERR_OPERATION_INVALID, "switching to post-copy requires migration to be started with "
                                                    "VIR_MIGRATE_POSTCOPY flag");
    return wanted && qmp && qmp_migrate_start_postcopy(qmp, error);
}
