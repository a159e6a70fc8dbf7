/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* api-migrate.c - the public functions that migrate: six ways to say the same. */
#define ERROR_FROM VIR_FROM_DOMAIN
#include <string.h>

#include "rpc/client/connection.h"
#include "rpc/client/entry.h"
#include "rpc/client/last-error.h"
#include "rpc/client/migrate.h"
#include "util/error.h"

#pragma GCC visibility push(default)

#define DOMAIN_ENTRY ENTRY(VIR_FROM_DOMAIN)
#define FLAG(name) VIR_MIGRATE_##name, "VIR_MIGRATE_" #name

static bool
exclusive(Entry *e, uint64_t flags, unsigned int a, const char *name_a, unsigned int b,
          const char *name_b)
{
    return entry_exclusive(e, (unsigned int)flags, a, b, name_a, name_b);
}

static bool
sync_writes_need_disks(Entry *e, uint64_t flags)
{
    return entry_requires(e, (unsigned int)flags, VIR_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES,
                          VIR_MIGRATE_NON_SHARED_DISK | VIR_MIGRATE_NON_SHARED_INC,
                          "VIR_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES",
                          "VIR_MIGRATE_NON_SHARED_DISK | VIR_MIGRATE_NON_SHARED_INC");
}

static bool
target_is_writable(Entry *e, virConnectPtr dconn)
{
    if (!((Connection *)dconn)->readonly)
        return true;
    error_set(&e->error, VIR_ERR_OPERATION_DENIED, "read only access prevents %s", e->function);
    return false;
}

/* Arguments of the older functions as parameters. */
static void
set_classic(Migration *m, const char *dxml, const char *dname, const char *uri,
            unsigned long bandwidth)
{
    migrate_set_string(m, VIR_MIGRATE_PARAM_DEST_XML, dxml);
    migrate_set_string(m, VIR_MIGRATE_PARAM_DEST_NAME, dname);
    migrate_set_string(m, VIR_MIGRATE_PARAM_URI, uri);
    if (bandwidth)
        migrate_set_number(m, VIR_MIGRATE_PARAM_BANDWIDTH, bandwidth);
}

static GArray *
new_params(void)
{
    return g_array_new(false, true, sizeof(WireTypedParam));
}

/* Peer to peer on behalf of a function that has a connection to the target: by that one's URI. */
static Handle *
through_peer(Entry *e, Migration *m)
{
    DomainLookupByNameArgs args = { 0 };
    DomainLookupByNameRet ret = { 0 };
    const char *dname = migrate_get_string(m, VIR_MIGRATE_PARAM_DEST_NAME);
    Handle *domain;

    m->dconnuri = m->target->uri;
    if (!migrate_delegate(m, &e->error))
        return NULL;
    args.name = (char *)(dname ? dname : m->domain->name);
    if (!connection_call(m->target, PROGRAM_REMOTE, PROC_DOMAIN_LOOKUP_BY_NAME, &args, &ret,
                         &e->error))
        return NULL;
    domain = handle_from_wire(HANDLE_DOMAIN, m->target, NULL, &ret.dom);
    wire_free(&wire_domain_lookup_by_name_ret, &ret);
    return domain;
}

static virDomainPtr
migrate_classic(Entry e, virDomainPtr domain, virConnectPtr dconn, const char *dxml, uint64_t flags,
                const char *dname, const char *uri, unsigned long bandwidth)
{
    g_autoptr(GArray) params = new_params();
    Migration m = {
        .domain = (Handle *)domain, .target = (Connection *)dconn, .params = params, .flags = flags
    };
    Handle *moved = NULL;

    if (entry_begin(&e, HANDLE_DOMAIN, domain) && entry_writable(&e) &&
        entry_object(&e, HANDLE_CONNECT, dconn) && target_is_writable(&e, dconn) &&
        entry_optnonempty(&e, "dname", dname) &&
        exclusive(&e, flags, FLAG(NON_SHARED_DISK), FLAG(NON_SHARED_INC)) &&
        exclusive(&e, flags, FLAG(TUNNELLED), FLAG(PARALLEL)) &&
        sync_writes_need_disks(&e, flags)) {
        set_classic(&m, dxml, dname, uri, bandwidth);
        moved = flags & VIR_MIGRATE_PEER2PEER ? through_peer(&e, &m) : migrate_lead(&m, &e.error);
    }
    if (!moved)
        entry_fail(&e);
    return (virDomainPtr)moved;
}

virDomainPtr
virDomainMigrate(virDomainPtr domain, virConnectPtr dconn, unsigned long flags, const char *dname,
                 const char *uri, unsigned long bandwidth)
{
    return migrate_classic((Entry)DOMAIN_ENTRY, domain, dconn, NULL, flags, dname, uri, bandwidth);
}

virDomainPtr
virDomainMigrate2(virDomainPtr domain, virConnectPtr dconn, const char *dxml, unsigned long flags,
                  const char *dname, const char *uri, unsigned long bandwidth)
{
    return migrate_classic((Entry)DOMAIN_ENTRY, domain, dconn, dxml, flags, dname, uri, bandwidth);
}

/* Take the caller's parameters; *@ret_wire is what they are held in. */
static bool
take_params(Entry *e, Migration *m, virTypedParameterPtr params, unsigned int nparams,
            WireTypedParam **ret_wire)
{
    uint32_t n = 0;

    if (!entry_typed_in(e, params, (int)nparams, REMOTE_DOMAIN_MIGRATE_PARAM_LIST_MAX, ret_wire,
                        &n))
        return false;
    g_array_append_vals(m->params, *ret_wire, n);
    return true;
}

virDomainPtr
virDomainMigrate3(virDomainPtr domain, virConnectPtr dconn, virTypedParameterPtr params,
                  unsigned int nparams, unsigned int flags)
{
    Entry e = DOMAIN_ENTRY;
    g_autoptr(GArray) list = new_params();
    g_autofree WireTypedParam *wire = NULL;
    Migration m = {
        .domain = (Handle *)domain, .target = (Connection *)dconn, .params = list, .flags = flags
    };
    Handle *moved = NULL;

    if (entry_begin(&e, HANDLE_DOMAIN, domain) && entry_writable(&e) &&
        entry_object(&e, HANDLE_CONNECT, dconn) && target_is_writable(&e, dconn) &&
        exclusive(&e, flags, FLAG(NON_SHARED_DISK), FLAG(NON_SHARED_INC)) &&
        sync_writes_need_disks(&e, flags)) {
        if (flags & VIR_MIGRATE_PEER2PEER)
            error_set(&e.error, VIR_ERR_INVALID_ARG,
                      "use virDomainMigrateToURI3 for peer-to-peer migration");
        if (!e.error && take_params(&e, &m, params, nparams, &wire) &&
            entry_optnonempty(&e, "dname", migrate_get_string(&m, VIR_MIGRATE_PARAM_DEST_NAME)))
            moved = migrate_lead(&m, &e.error);
    }
    if (!moved)
        entry_fail(&e);
    return (virDomainPtr)moved;
}

static int
delegate(Entry *e, Migration *m)
{
    if (!e->error && migrate_delegate(m, &e->error))
        return 0;
    entry_fail(e);
    return -1;
}

int
virDomainMigrateToURI(virDomainPtr domain, const char *duri, unsigned long flags, const char *dname,
                      unsigned long bandwidth)
{
    Entry e = DOMAIN_ENTRY;
    g_autoptr(GArray) params = new_params();
    bool p2p = flags & VIR_MIGRATE_PEER2PEER;
    Migration m = {
        .domain = (Handle *)domain, .params = params, .flags = flags, .dconnuri = p2p ? duri : NULL
    };

    if (entry_begin(&e, HANDLE_DOMAIN, domain) && entry_writable(&e) &&
        entry_nonnull(&e, "duri", duri) && entry_optnonempty(&e, "dname", dname) &&
        exclusive(&e, flags, FLAG(TUNNELLED), FLAG(PARALLEL)))
        set_classic(&m, NULL, dname, p2p ? NULL : duri, bandwidth);
    return delegate(&e, &m);
}

int
virDomainMigrateToURI2(virDomainPtr domain, const char *dconnuri, const char *miguri,
                       const char *dxml, unsigned long flags, const char *dname,
                       unsigned long bandwidth)
{
    Entry e = DOMAIN_ENTRY;
    g_autoptr(GArray) params = new_params();
    bool p2p = flags & VIR_MIGRATE_PEER2PEER;
    Migration m = { .domain = (Handle *)domain,
                    .params = params,
                    .flags = flags,
                    .dconnuri = p2p ? dconnuri : NULL };

    if (entry_begin(&e, HANDLE_DOMAIN, domain) && entry_writable(&e) &&
        entry_optnonempty(&e, "dname", dname) &&
        exclusive(&e, flags, FLAG(TUNNELLED), FLAG(PARALLEL)) &&
        (!p2p || entry_nonnull(&e, "dconnuri", dconnuri)))
        set_classic(&m, dxml, dname, miguri, bandwidth);
    return delegate(&e, &m);
}

int
virDomainMigrateToURI3(virDomainPtr domain, const char *dconnuri, virTypedParameterPtr params,
                       unsigned int nparams, unsigned int flags)
{
    Entry e = DOMAIN_ENTRY;
    g_autoptr(GArray) list = new_params();
    g_autofree WireTypedParam *wire = NULL;
    bool p2p = flags & VIR_MIGRATE_PEER2PEER;
    Migration m = { .domain = (Handle *)domain,
                    .params = list,
                    .flags = flags,
                    .dconnuri = p2p ? dconnuri : NULL };

    if (entry_begin(&e, HANDLE_DOMAIN, domain) && entry_writable(&e) &&
        exclusive(&e, flags, FLAG(TUNNELLED), FLAG(PARALLEL)) &&
        (!p2p || entry_nonnull(&e, "dconnuri", dconnuri)))
        take_params(&e, &m, params, nparams, &wire);
    return delegate(&e, &m);
}
