/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* migrate.c - the steps of a migration: begin, prepare, perform, finish, confirm
 *
 * Once prepare has succeeded the target waits for a guest, so from there on finish and confirm are
 * called whatever happens, and the first error is the one that counts.  What one side says to the
 * other travels in cookies that are none of our business.
 */
#define ERROR_FROM VIR_FROM_DOMAIN
#include "rpc/client/migrate.h"

#include <string.h>

#include "rpc/client/connection.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("client.migrate");

typedef struct Cookie {
    uint32_t n;
    uint8_t *data;
} Cookie;

static void
cookie_take(Cookie *to, uint32_t n, uint8_t **data)
{
    g_free(to->data);
    to->n = n;
    to->data = g_steal_pointer(data);
}

static WireTypedParam *
find(const Migration *self, const char *name)
{
    for (guint i = 0; i < self->params->len; i++) {
        WireTypedParam *param = &g_array_index(self->params, WireTypedParam, i);

        if (strcmp(param->field, name) == 0)
            return param;
    }
    return NULL;
}

static WireTypedParam *
find_or_add(Migration *self, const char *name)
{
    WireTypedParam *param = find(self, name);

    if (param)
        return param;
    g_array_set_size(self->params, self->params->len + 1);
    param = &g_array_index(self->params, WireTypedParam, self->params->len - 1);
    param->field = (char *)name;
    return param;
}

void
migrate_set_string(Migration *self, const char *name, const char *value)
{
    WireTypedParam *param;

    if (!value)
        return;
    param = find_or_add(self, name);
    param->value.type = VIR_TYPED_PARAM_STRING;
    param->value.s = (char *)value;
}

void
migrate_set_number(Migration *self, const char *name, uint64_t value)
{
    WireTypedParam *param = find_or_add(self, name);

    param->value.type = VIR_TYPED_PARAM_ULLONG;
    param->value.ul = value;
}

const char *
migrate_get_string(const Migration *self, const char *name)
{
    const WireTypedParam *param = find(self, name);

    return param && param->value.type == VIR_TYPED_PARAM_STRING ? param->value.s : NULL;
}

static uint64_t
bandwidth(const Migration *self)
{
    const WireTypedParam *param = find(self, VIR_MIGRATE_PARAM_BANDWIDTH);

    return param && param->value.type == VIR_TYPED_PARAM_ULLONG ? param->value.ul : 0;
}

/* The older form knows four of the parameters. */
static bool
check_classic(const Migration *self, GError **error)
{
    static const char *const known[] = { VIR_MIGRATE_PARAM_URI, VIR_MIGRATE_PARAM_DEST_NAME,
                                         VIR_MIGRATE_PARAM_DEST_XML, VIR_MIGRATE_PARAM_BANDWIDTH };

    for (guint i = 0; i < self->params->len; i++) {
        const char *name = g_array_index(self->params, WireTypedParam, i).field;
        bool ok = false;

        for (size_t k = 0; k < G_N_ELEMENTS(known); k++)
            ok |= strcmp(name, known[k]) == 0;
        if (!ok) {
            error_set(
                error, VIR_ERR_ARGUMENT_UNSUPPORTED,
                "migration parameter '%s' is not supported by the hypervisor's protocol version",
                name);
            return false;
        }
    }
    return true;
}

static WireDomain
source_record(const Migration *self)
{
    WireDomain domain = { 0 };

    handle_to_wire(self->domain, &domain);
    return domain;
}

static WireTypedParam *
params_of(const Migration *self)
{
    return (WireTypedParam *)(void *)self->params->data;
}

static bool
begin(Migration *self, bool by_params, uint64_t flags, Cookie *cookie, char **ret_xml,
      GError **error)
{
    /* Both forms answer alike. */
    DomainMigrateBegin3Ret ret = { 0 };
    DomainMigrateBegin3ParamsArgs args = { .dom = source_record(self),
                                           .n_params = self->params->len,
                                           .params = params_of(self),
                                           .flags = (uint32_t)flags };
    DomainMigrateBegin3Args classic = {
        .dom = source_record(self),
        .xmlin = (char *)migrate_get_string(self, VIR_MIGRATE_PARAM_DEST_XML),
        .flags = flags,
        .dname = (char *)migrate_get_string(self, VIR_MIGRATE_PARAM_DEST_NAME),
        .resource = bandwidth(self)
    };

    G_STATIC_ASSERT(sizeof(DomainMigrateBegin3Ret) == sizeof(DomainMigrateBegin3ParamsRet));
    if (!connection_call(self->domain->conn, PROGRAM_REMOTE,
                         by_params ? PROC_DOMAIN_MIGRATE_BEGIN3_PARAMS : PROC_DOMAIN_MIGRATE_BEGIN3,
                         by_params ? (void *)&args : &classic, &ret, error))
        return false;
    cookie_take(cookie, ret.n_cookie_out, &ret.cookie_out);
    *ret_xml = ret.xml;
    return true;
}

static bool
prepare(Migration *self, bool by_params, uint64_t flags, const char *xml, Cookie *cookie,
        char **ret_uri, GError **error)
{
    DomainMigratePrepare3Ret ret = { 0 };
    DomainMigratePrepare3ParamsArgs args = { .n_cookie_in = cookie->n,
                                             .cookie_in = cookie->data,
                                             .flags = (uint32_t)flags };
    DomainMigratePrepare3Args classic = {
        .n_cookie_in = cookie->n,
        .cookie_in = cookie->data,
        .uri_in = (char *)migrate_get_string(self, VIR_MIGRATE_PARAM_URI),
        .flags = flags,
        .dname = (char *)migrate_get_string(self, VIR_MIGRATE_PARAM_DEST_NAME),
        .resource = bandwidth(self),
        .dom_xml = (char *)xml
    };

    G_STATIC_ASSERT(sizeof(DomainMigratePrepare3Ret) == sizeof(DomainMigratePrepare3ParamsRet));
    /* From here on the definition is the one that the source made. */
    migrate_set_string(self, VIR_MIGRATE_PARAM_DEST_XML, xml);
    args.n_params = self->params->len;
    args.params = params_of(self);
    if (!connection_call(self->target, PROGRAM_REMOTE,
                         by_params ? PROC_DOMAIN_MIGRATE_PREPARE3_PARAMS
                                   : PROC_DOMAIN_MIGRATE_PREPARE3,
                         by_params ? (void *)&args : &classic, &ret, error))
        return false;
    cookie_take(cookie, ret.n_cookie_out, &ret.cookie_out);
    *ret_uri = ret.uri_out;
    return true;
}

static bool
perform(Migration *self, bool by_params, uint64_t flags, Cookie *cookie, GError **error)
{
    DomainMigratePerform3Ret ret = { 0 };
    DomainMigratePerform3ParamsArgs args = { .dom = source_record(self),
                                             .dconnuri = (char *)self->dconnuri,
                                             .n_params = self->params->len,
                                             .params = params_of(self),
                                             .n_cookie_in = cookie->n,
                                             .cookie_in = cookie->data,
                                             .flags = (uint32_t)flags };
    DomainMigratePerform3Args classic = {
        .dom = source_record(self),
        .xmlin = (char *)migrate_get_string(self, VIR_MIGRATE_PARAM_DEST_XML),
        .n_cookie_in = cookie->n,
        .cookie_in = cookie->data,
        .dconnuri = (char *)self->dconnuri,
        .uri = (char *)migrate_get_string(self, VIR_MIGRATE_PARAM_URI),
        .flags = flags,
        .dname = (char *)migrate_get_string(self, VIR_MIGRATE_PARAM_DEST_NAME),
        .resource = bandwidth(self)
    };

    G_STATIC_ASSERT(sizeof(DomainMigratePerform3Ret) == sizeof(DomainMigratePerform3ParamsRet));
    if (!connection_call(self->domain->conn, PROGRAM_REMOTE,
                         by_params ? PROC_DOMAIN_MIGRATE_PERFORM3_PARAMS
                                   : PROC_DOMAIN_MIGRATE_PERFORM3,
                         by_params ? (void *)&args : &classic, &ret, error))
        return false;
    cookie_take(cookie, ret.n_cookie_out, &ret.cookie_out);
    return true;
}

static Handle *
finish(Migration *self, bool by_params, uint64_t flags, Cookie *cookie, bool cancelled,
       GError **error)
{
    DomainMigrateFinish3Ret ret = { 0 };
    DomainMigrateFinish3ParamsArgs args = { .n_cookie_in = cookie->n,
                                            .cookie_in = cookie->data,
                                            .flags = (uint32_t)flags,
                                            .cancelled = cancelled };
    DomainMigrateFinish3Args classic = { .n_cookie_in = cookie->n,
                                         .cookie_in = cookie->data,
                                         .uri = (char *)migrate_get_string(self,
                                                                           VIR_MIGRATE_PARAM_URI),
                                         .flags = flags,
                                         .cancelled = cancelled };
    Handle *domain;

    G_STATIC_ASSERT(sizeof(DomainMigrateFinish3Ret) == sizeof(DomainMigrateFinish3ParamsRet));
    if (!migrate_get_string(self, VIR_MIGRATE_PARAM_DEST_NAME))
        migrate_set_string(self, VIR_MIGRATE_PARAM_DEST_NAME, self->domain->name);
    args.n_params = self->params->len;
    args.params = params_of(self);
    classic.dname = (char *)migrate_get_string(self, VIR_MIGRATE_PARAM_DEST_NAME);
    if (!connection_call(self->target, PROGRAM_REMOTE,
                         by_params ? PROC_DOMAIN_MIGRATE_FINISH3_PARAMS
                                   : PROC_DOMAIN_MIGRATE_FINISH3,
                         by_params ? (void *)&args : &classic, &ret, error))
        return NULL;
    domain = handle_from_wire(HANDLE_DOMAIN, self->target, NULL, &ret.dom);
    cookie_take(cookie, ret.n_cookie_out, &ret.cookie_out);
    wire_free(&wire_domain_migrate_finish3_ret, &ret);
    return domain;
}

static bool
confirm(Migration *self, bool by_params, uint64_t flags, const Cookie *cookie, bool cancelled,
        GError **error)
{
    DomainMigrateConfirm3ParamsArgs args = { .dom = source_record(self),
                                             .n_params = self->params->len,
                                             .params = params_of(self),
                                             .n_cookie_in = cookie->n,
                                             .cookie_in = cookie->data,
                                             .flags = (uint32_t)flags,
                                             .cancelled = cancelled };
    DomainMigrateConfirm3Args classic = { .dom = source_record(self),
                                          .n_cookie_in = cookie->n,
                                          .cookie_in = cookie->data,
                                          .flags = flags,
                                          .cancelled = cancelled };

    return connection_call(self->domain->conn, PROGRAM_REMOTE,
                           by_params ? PROC_DOMAIN_MIGRATE_CONFIRM3_PARAMS
                                     : PROC_DOMAIN_MIGRATE_CONFIRM3,
                           by_params ? (void *)&args : &classic, NULL, error);
}

/* Remember the first error. */
static void
keep_first(GError **first, GError *error)
{
    if (*first)
        g_clear_error(&error);
    else
        *first = error;
}

/* A paused guest stays paused. */
static bool
add_paused(Migration *self, GError **error)
{
    DomainGetStateArgs args = { .dom = source_record(self) };
    DomainGetStateRet ret = { 0 };

    if (!connection_call(self->domain->conn, PROGRAM_REMOTE, PROC_DOMAIN_GET_STATE, &args, &ret,
                         error))
        return false;
    if (ret.state == VIR_DOMAIN_PAUSED)
        self->flags |= VIR_MIGRATE_PAUSED;
    return true;
}

static Handle *
run_steps(Migration *self, bool by_params, GError **error)
{
    uint64_t protect = connection_has_feature(self->domain->conn, FEATURE_MIGRATE_CHANGE_PROTECTION)
                           ? VIR_MIGRATE_CHANGE_PROTECTION
                           : 0;
    uint64_t source_flags = self->flags | protect;
    uint64_t target_flags =
        self->flags & ~(uint64_t)(VIR_MIGRATE_ABORT_ON_ERROR | VIR_MIGRATE_AUTO_CONVERGE);
    g_autofree char *xml = NULL, *uri = NULL;
    GError *first = NULL, *failed = NULL;
    Cookie cookie = { 0 };
    Handle *domain = NULL;
    bool cancelled;

    if (!begin(self, by_params, source_flags, &cookie, &xml, error)) {
        g_free(cookie.data);
        return NULL;
    }
    cancelled = !prepare(self, by_params, target_flags, xml, &cookie, &uri, &first);
    if (!cancelled) {
        if (uri)
            migrate_set_string(self, VIR_MIGRATE_PARAM_URI, uri);
        if (!(self->flags & VIR_MIGRATE_OFFLINE)) {
            if (!migrate_get_string(self, VIR_MIGRATE_PARAM_URI)) {
                error_set(&first, VIR_ERR_INTERNAL_ERROR,
                          "the target did not say where to migrate to");
                cancelled = true;
            } else {
                cancelled = !perform(self, by_params, source_flags, &cookie, &first);
            }
        }
        domain = finish(self, by_params, target_flags, &cookie, cancelled, &failed);
        if (!domain) {
            cancelled = true;
            keep_first(&first, g_steal_pointer(&failed));
        } else if (cancelled) {
            handle_unref(domain); /* it is the record of a domain that was given up */
            domain = NULL;
        }
    }
    if (!confirm(self, by_params, source_flags, &cookie, cancelled, &failed))
        keep_first(&first, g_steal_pointer(&failed));
    g_free(cookie.data);
    if (first && domain) {
        /* The guest runs at the target; only the source did not learn of it. */
        log_warning("guest %s is probably left in 'paused' state on the source: %s",
                    self->domain->name, first->message);
        g_clear_error(&first);
    }
    if (first)
        g_propagate_error(error, first);
    return domain;
}

static bool
check_offline(Connection *conn, uint64_t flags, const char *side, GError **error)
{
    if (!(flags & VIR_MIGRATE_OFFLINE) || connection_has_feature(conn, FEATURE_MIGRATION_OFFLINE))
        return true;
    error_set(error, VIR_ERR_ARGUMENT_UNSUPPORTED,
              "offline migration is not supported by the %s host", side);
    return false;
}

Handle *
migrate_lead(Migration *self, GError **error)
{
    Connection *source = self->domain->conn;
    bool by_params;

    if (self->flags & VIR_MIGRATE_TUNNELLED) {
        error_set(error, VIR_ERR_OPERATION_INVALID,
                  "cannot perform tunnelled migration without using peer2peer flag");
        return NULL;
    }
    if (!check_offline(source, self->flags, "source", error) ||
        !check_offline(self->target, self->flags, "destination", error))
        return NULL;
    if ((self->flags & VIR_MIGRATE_CHANGE_PROTECTION) &&
        !connection_has_feature(source, FEATURE_MIGRATE_CHANGE_PROTECTION)) {
        error_set(error, VIR_ERR_ARGUMENT_UNSUPPORTED, "cannot enforce change protection");
        return NULL;
    }
    by_params = connection_has_feature(source, FEATURE_MIGRATION_PARAMS) &&
                connection_has_feature(self->target, FEATURE_MIGRATION_PARAMS);
    if (!by_params && (!connection_has_feature(source, FEATURE_MIGRATION_V3) ||
                       !connection_has_feature(self->target, FEATURE_MIGRATION_V3))) {
        error_set(error, VIR_ERR_NO_SUPPORT, "virDomainMigrate");
        return NULL;
    }
    if ((!by_params && !check_classic(self, error)) || !add_paused(self, error))
        return NULL;
    return run_steps(self, by_params, error);
}

bool
migrate_delegate(Migration *self, GError **error)
{
    Connection *source = self->domain->conn;
    bool p2p = self->flags & VIR_MIGRATE_PEER2PEER;
    Cookie cookie = { 0 };
    bool by_params, ok;

    if (!check_offline(source, self->flags, "source", error))
        return false;
    if (!connection_has_feature(source, p2p ? FEATURE_MIGRATION_P2P : FEATURE_MIGRATION_DIRECT)) {
        error_set(error, VIR_ERR_ARGUMENT_UNSUPPORTED,
                  "%s migration is not supported by the source host", p2p ? "p2p" : "direct");
        return false;
    }
    by_params = connection_has_feature(source, FEATURE_MIGRATION_PARAMS);
    if (!by_params && !check_classic(self, error))
        return false;
    ok = perform(self, by_params, self->flags, &cookie, error);
    g_free(cookie.data);
    return ok;
}
