/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* call.c - the pipeline that every call of every driver passes through
 *
 * All decisions that do not depend on the driver are made here from the method's row
 * in the table, in an order that tells the least to those who may do the least.
 */
#define ERROR_FROM VIR_FROM_RPC
#include "rpc/call.h"

#include <string.h>
#include <unistd.h>

#include "rpc/driver.h"
#include "rpc/events.h"
#include "util/error.h"
#include "util/fd.h"

#define AT(base, offset) ((void *)((char *)(base) + (offset)))

const DriverRow *
driver_row(const Driver *driver, const Method *method)
{
    const DriverRow *rows = NULL;
    size_t n = 0;

    if (method->cls != CLASS_ADMIN && !(driver->classes & (1u << method->cls)) &&
        method->cls != CLASS_CONNECT)
        return NULL;
    switch (method->program) {
    case PROGRAM_REMOTE:
    case PROGRAM_ADMIN:
        rows = driver->rows;
        n = driver->n_rows;
        break;
    case PROGRAM_QEMU:
        rows = driver->qemu_rows;
        n = driver->n_qemu_rows;
        break;
    case PROGRAM_LXC:
        rows = driver->lxc_rows;
        n = driver->n_lxc_rows;
        break;
    default:
        return NULL;
    }
    if ((size_t)method->proc < n && rows[method->proc].fn)
        return &rows[method->proc];
    return event_row(method);
}

static bool
check_flags(Call *call, GError **error)
{
    const Method *m = call->method;
    uint64_t flags, bad;

    if (!m->has_flags)
        return true;
    flags = m->wide_flags ? *(uint64_t *)AT(call->args, m->flags_at)
                          : *(uint32_t *)AT(call->args, m->flags_at);
    bad = flags & ~(uint64_t)m->flags_ok;
    if (!bad)
        bad = flags & ~(uint64_t)call->row->flags;
    call->flags = (uint32_t)flags;
    if (!bad)
        return true;
    error_set_plain_full(error, call->session->driver->error_from, VIR_ERR_INVALID_ARG,
                         "unsupported flags (0x%" G_GINT64_MODIFIER "x) in function %s", bad,
                         m->name);
    if (error)
        error_set_details(*error, &(ErrorDetails){ .str1 = (char *)m->name, .str2 = (char *)"flags" });
    return false;
}

static bool
check_session(Call *call, GError **error)
{
    const Method *m = call->method;
    bool open, readonly, writes;

    lock_acquire(&call->session->lock);
    open = call->session->open;
    readonly = call->session->readonly;
    lock_release(&call->session->lock);
    if (!open) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "connection not open");
        return false;
    }
    writes =
        m->write || (call->flags & m->write_if) ||
        (m->write_where && *(uint32_t *)AT(call->args, m->write_at) == (uint32_t)m->write_value);
    if (readonly && writes) {
        error_set_full(error, m->from, VIR_ERR_OPERATION_DENIED, "read only access prevents %s",
                       m->name);
        return false;
    }
    return true;
}

static bool
rule_applies(const Call *call, const AclRule *rule)
{
    if ((call->flags & rule->all) != rule->all || (call->flags & rule->none))
        return false;
    if (rule->param_is) {
        bool equal = *(int32_t *)AT(call->args, rule->param) == rule->value;

        return equal == (rule->param_is == 1);
    }
    return true;
}

static bool
ask(Call *call, Session *session, AclPerm perm, ObjectClass cls, const void *record, GError **error)
{
    const Driver *driver = session->driver;
    AclObject object = { .cls = cls };
    bool ok = true;

    object.attributes = g_ptr_array_new_with_free_func(g_free);
    if (driver->acl_object && (record || cls != CLASS_CONNECT))
        ok = driver->acl_object(call, cls, record, &object);
    if (ok)
        ok = session->ops->acl_check(session, perm, &object, error);
    else
        error_set_full(error, driver->error_from, VIR_ERR_ACCESS_DENIED,
                       "'%s' denied access: object of %s unknown", driver->name,
                       acl_perm_name(perm));
    g_ptr_array_unref(object.attributes);
    return ok;
}

/* What a call that looks something up has found, if rules for @cls are about that. */
static const void *
find_result(const Call *call, ObjectClass cls)
{
    static const char *const records[CLASS_LAST] = {
        [CLASS_DOMAIN] = "WireDomain",
        [CLASS_INTERFACE] = "WireInterface",
        [CLASS_NETWORK] = "WireNetwork",
        [CLASS_NETWORK_PORT] = "WireNetworkPort",
        [CLASS_NODE_DEVICE] = "WireNodeDevice",
        [CLASS_NWFILTER] = "WireNwfilter",
        [CLASS_NWFILTER_BINDING] = "WireNwfilterBinding",
        [CLASS_SECRET] = "WireSecret",
        [CLASS_STORAGE_POOL] = "WireStoragePool",
        [CLASS_STORAGE_VOL] = "WireStorageVol",
    };
    const Method *m = call->method;
    const WireField *first = m->ret ? m->ret->fields : NULL;

    if (m->write || m->object == cls || !records[cls] || !first || first->kind != WIRE_STRUCT ||
        strcmp(first->sub->name, records[cls]) != 0)
        return NULL;
    return AT(call->ret, first->offset);
}

/* Rules about what the call names are for before it, those about what it finds for after it. */
static bool
check_acl(Call *call, bool after, GError **error)
{
    const AclRule *rule = call->method->acl;

    if (!call->session->ops->acl_check || !rule)
        return true;
    for (; rule->perm != ACL_NONE; rule++) {
        ObjectClass cls = acl_perm_class(rule->perm);
        const void *found = find_result(call, cls);

        if ((found != NULL) == after && rule_applies(call, rule) &&
            !ask(call, call->session, rule->perm, cls, found, error))
            return false;
    }
    return true;
}

bool
call_may_see(Call *call, Session *session, AclPerm perm, ObjectClass cls, const void *record)
{
    g_autoptr(GError) refused = NULL;

    return perm == ACL_NONE || !session->ops->acl_check ||
           ask(call, session, perm, cls, record, &refused);
}

static const WireField *
find_field(const WireType *type, const char *name)
{
    for (const WireField *f = type ? type->fields : NULL; f && f->kind != WIRE_END; f++) {
        if (strcmp(f->name, name) == 0)
            return f;
    }
    return NULL;
}

/* The objects of a reply: its first sequence. */
static const WireField *
find_list(const WireType *type)
{
    for (const WireField *f = type ? type->fields : NULL; f && f->kind != WIRE_END; f++) {
        if (f->kind == WIRE_SEQ)
            return f;
    }
    return NULL;
}

/* Whether the record holding an element of a list can be shown; all object records but that of a
 * secret begin with their name, and older lists hold names only. */
static bool
may_see_element(Call *call, ObjectClass cls, const WireField *list, void *elem)
{
    AclPerm perm = call->method->filter;

    if (list->elem == WIRE_STRUCT) {
        const WireField *first = list->sub->fields;

        /* Statistics and the like: the object is the record's first member.  A port's first
         * member is its network, but the port is what is asked about. */
        if (cls != CLASS_NETWORK_PORT && first->kind == WIRE_STRUCT &&
            first->sub->fields[0].kind == WIRE_STRING)
            elem = AT(elem, first->offset);
        return call_may_see(call, call->session, perm, cls, elem);
    }
    if (list->elem == WIRE_STRING) {
        union {
            WireDomain domain;
            WireNetwork network;
            WireStoragePool pool;
            WireStorageVol vol;
            WireInterface interface;
            WireNodeDevice device;
            WireNwfilter filter;
            WireSecret secret;
        } record = { 0 };

        if (cls == CLASS_SECRET)
            return false;
        if (cls == CLASS_STORAGE_VOL) {
            const WireStoragePool *pool = AT(call->args, call->method->object_at);

            record.vol.pool = pool->name;
            record.vol.name = *(char **)elem;
            record.vol.key = (char *)"";
        } else {
            record.domain.name = *(char **)elem;
            record.domain.id = -1;
        }
        return call_may_see(call, call->session, perm, cls, &record);
    }
    if (list->elem == WIRE_INT && cls == CLASS_DOMAIN) {
        WireDomain domain = { .name = (char *)"", .id = *(int32_t *)elem };

        return call_may_see(call, call->session, perm, cls, &domain);
    }
    return false;
}

static size_t
element_size(const WireField *list)
{
    switch ((WireKind)list->elem) {
    case WIRE_STRUCT:
        return list->sub->size;
    case WIRE_STRING:
        return sizeof(char *);
    case WIRE_UHYPER:
        return sizeof(uint64_t);
    default:
        return sizeof(int32_t);
    }
}

/* Leave out of the reply what the caller may not see. */
static void
filter_reply(Call *call, bool want_results)
{
    const Method *m = call->method;
    const WireField *list = find_list(m->ret), *count = find_field(m->ret, "ret");
    uint32_t *n, kept = 0;
    size_t size;
    char *base;

    if (!list)
        return;
    size = element_size(list);
    n = AT(call->ret, list->count);
    base = *(char **)AT(call->ret, list->offset);
    for (uint32_t i = 0; i < *n; i++) {
        char *elem = base + i * size;

        if (may_see_element(call, acl_perm_class(m->filter), list, elem)) {
            if (kept != i) {
                memcpy(base + kept * size, elem, size);
                memset(elem, 0, size);
            }
            kept++;
        } else if (list->elem == WIRE_STRUCT) {
            wire_free(list->sub, elem);
        } else if (list->elem == WIRE_STRING) {
            g_clear_pointer((char **)elem, g_free);
        }
    }
    *n = kept;
    if (count && (count->kind == WIRE_UINT || count->kind == WIRE_INT))
        *(uint32_t *)AT(call->ret, count->offset) = kept;
    if (!want_results && list->elem == WIRE_STRUCT) {
        for (uint32_t i = 0; i < kept; i++)
            wire_free(list->sub, base + i * size);
        g_free(base);
        *(char **)AT(call->ret, list->offset) = NULL;
        *n = 0;
    }
}

/* With the object found (or none needed): access, job, the driver's function. */
static bool
run_resolved(Call *call, GError **error)
{
    const Driver *driver = call->session->driver;
    const Method *m = call->method;
    const WireField *need = NULL;
    bool filter, want_results = true, job, ok;

    if (!check_acl(call, false, error))
        return false;
    filter = m->filter != ACL_NONE && call->session->ops->acl_check && m->ret && find_list(m->ret);
    if (filter) {
        /* A mere count must be of what can be seen, so the objects are asked for all the same. */
        need = find_field(m->args, "need_results");
        if (need) {
            want_results = *(int32_t *)AT(call->args, need->offset) != 0;
            *(int32_t *)AT(call->args, need->offset) = 1;
        }
    }
    job = driver->begin && !(call->row->how & ROW_NO_JOB) &&
          (m->job != JOB_NONE || (call->row->how & ROW_LIVE_CONFIG));
    if (job && !driver->begin(call, error))
        return false;
    ok = call->row->fn(call, error);
    if (job)
        driver->end(call, ok);
    ok = ok && check_acl(call, true, error);
    if (ok && filter)
        filter_reply(call, want_results);
    return ok;
}

bool
call_run(Call *call, GError **error)
{
    const Driver *driver = call->session->driver;
    const Method *m = call->method;
    bool resolve = driver->resolve && m->object != CLASS_CONNECT && m->args;
    bool ok;

    if (!call->row)
        call->row = driver_row(driver, m);
    if (!call->row) {
        error_set_full(error, m->from, VIR_ERR_NO_SUPPORT, "%s", m->name);
        return false;
    }
    if (!check_flags(call, error) || !check_session(call, error))
        return false;
    if (resolve && !driver->resolve(call, error))
        return false;
    ok = run_resolved(call, error);
    if (resolve && driver->release)
        driver->release(call);
    g_assert(!error || ok == !*error);
    return ok;
}

void
call_return_fd(Call *call, int fd)
{
    g_assert(call->n_ret_fds < CALL_FDS_MAX);
    call->ret_fds[call->n_ret_fds++] = fd;
}

int
call_steal_fd(Call *call, size_t index)
{
    return index < call->n_fds ? steal_fd(&call->fds[index]) : -1;
}

void
call_clear_fds(Call *call)
{
    for (size_t i = 0; i < call->n_fds; i++)
        fd_close(&call->fds[i]);
    for (size_t i = 0; i < call->n_ret_fds; i++)
        fd_close(&call->ret_fds[i]);
    call->n_fds = call->n_ret_fds = 0;
}
