/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* api-admin.c - libvirt-admin.so.0: what is not generated. */
#define ERROR_FROM VIR_FROM_ADMIN
#include <string.h>

#include "rpc/client/connection.h"
#include "rpc/client/entry.h"
#include "rpc/client/last-error.h"
#include "rpc/client/startup.h"
#include "rpc/client/subscribe.h"
#include "util/error.h"

#pragma GCC visibility push(default)

#define ADMIN_ENTRY ENTRY(VIR_FROM_ADMIN)

static int
failed(Entry *e)
{
    entry_fail(e);
    return -1;
}

int
virAdmInitialize(void)
{
    last_error_reset();
    startup_once();
    return 0;
}

int
virAdmGetVersion(unsigned long long *libVer)
{
    Entry e = ADMIN_ENTRY;

    virAdmInitialize();
    if (!entry_nonnull(&e, "libVer", libVer))
        return failed(&e);
    *libVer = LIBVIR_VERSION_NUMBER;
    return 0;
}

virAdmConnectPtr
virAdmConnectOpen(const char *name, unsigned int flags)
{
    Entry e = ADMIN_ENTRY;
    Connection *conn = NULL;

    virAdmInitialize();
    if (flags & ~(unsigned int)VIR_CONNECT_NO_ALIASES)
        error_set(&e.error, VIR_ERR_INVALID_ARG, "unsupported flags (0x%x) in function %s", flags,
                  e.function);
    else
        conn = connection_open_admin(name, &e.error);
    if (!conn)
        entry_fail(&e);
    return (virAdmConnectPtr)conn;
}

int
virAdmConnectClose(virAdmConnectPtr conn)
{
    Entry e = ADMIN_ENTRY;

    if (!entry_begin(&e, HANDLE_ADM_CONNECT, conn))
        return failed(&e);
    return handle_unref(e.self) > 0;
}

int
virAdmConnectRef(virAdmConnectPtr conn)
{
    Entry e = ADMIN_ENTRY;

    if (!entry_begin(&e, HANDLE_ADM_CONNECT, conn))
        return failed(&e);
    handle_ref(e.self);
    return 0;
}

char *
virAdmConnectGetURI(virAdmConnectPtr conn)
{
    Entry e = ADMIN_ENTRY;

    if (entry_begin(&e, HANDLE_ADM_CONNECT, conn))
        return g_strdup(e.conn->uri);
    entry_fail(&e);
    return NULL;
}

int
virAdmConnectIsAlive(virAdmConnectPtr conn)
{
    Entry e = ADMIN_ENTRY;

    if (!conn) /* no connection is not alive: no error */
        return 0;
    if (!entry_begin(&e, HANDLE_ADM_CONNECT, conn))
        return failed(&e);
    return e.conn->link->ops->is_alive(e.conn->link);
}

int
virAdmConnectRegisterCloseCallback(virAdmConnectPtr conn, virAdmConnectCloseFunc cb, void *opaque,
                                   virFreeCallback freecb)
{
    Entry e = ADMIN_ENTRY;

    if (entry_begin(&e, HANDLE_ADM_CONNECT, conn) && entry_nonnull(&e, "cb", cb) &&
        subscribe_set_close(e.conn, (virConnectCloseFunc)(void (*)(void))cb, opaque, freecb,
                            &e.error))
        return 0;
    return failed(&e);
}

int
virAdmConnectUnregisterCloseCallback(virAdmConnectPtr conn, virAdmConnectCloseFunc cb)
{
    Entry e = ADMIN_ENTRY;

    if (entry_begin(&e, HANDLE_ADM_CONNECT, conn) && entry_nonnull(&e, "cb", cb) &&
        subscribe_unset_close(e.conn, (virConnectCloseFunc)(void (*)(void))cb, &e.error))
        return 0;
    return failed(&e);
}

/* ---- handles ---- */

int
virAdmServerFree(virAdmServerPtr srv)
{
    Entry e = ADMIN_ENTRY;

    if (!entry_begin(&e, HANDLE_ADM_SERVER, srv))
        return failed(&e);
    handle_unref(e.self);
    return 0;
}

const char *
virAdmServerGetName(virAdmServerPtr srv)
{
    Entry e = ADMIN_ENTRY;

    if (entry_begin(&e, HANDLE_ADM_SERVER, srv))
        return e.self->name;
    entry_fail(&e);
    return NULL;
}

int
virAdmClientFree(virAdmClientPtr client)
{
    Entry e = ADMIN_ENTRY;

    if (!entry_begin(&e, HANDLE_ADM_CLIENT, client))
        return failed(&e);
    handle_unref(e.self);
    return 0;
}

unsigned long long
virAdmClientGetID(virAdmClientPtr client)
{
    Entry e = ADMIN_ENTRY;

    if (entry_begin(&e, HANDLE_ADM_CLIENT, client))
        return e.self->serial;
    entry_fail(&e);
    return (unsigned long long)-1;
}

long long
virAdmClientGetTimestamp(virAdmClientPtr client)
{
    Entry e = ADMIN_ENTRY;

    if (entry_begin(&e, HANDLE_ADM_CLIENT, client))
        return e.self->number;
    return failed(&e);
}

int
virAdmClientGetTransport(virAdmClientPtr client)
{
    Entry e = ADMIN_ENTRY;

    if (entry_begin(&e, HANDLE_ADM_CLIENT, client))
        return (int)e.self->transport;
    return failed(&e);
}

/* ---- logging: the text, and how many parts it has ---- */

int
virAdmConnectGetLoggingOutputs(virAdmConnectPtr conn, char **outputs, unsigned int flags)
{
    Entry e = ADMIN_ENTRY;
    AdminConnectGetLoggingOutputsArgs args = { .flags = flags };
    AdminConnectGetLoggingOutputsRet ret = { 0 };
    int n;

    if (!entry_begin(&e, HANDLE_ADM_CONNECT, conn) ||
        !entry_call(&e, PROGRAM_ADMIN, PROC_ADMIN_CONNECT_GET_LOGGING_OUTPUTS, &args, &ret, NULL))
        return failed(&e);
    if (outputs)
        *outputs = g_steal_pointer(&ret.outputs);
    n = (int)ret.noutputs;
    wire_free(&wire_admin_connect_get_logging_outputs_ret, &ret);
    return n;
}

int
virAdmConnectGetLoggingFilters(virAdmConnectPtr conn, char **filters, unsigned int flags)
{
    Entry e = ADMIN_ENTRY;
    AdminConnectGetLoggingFiltersArgs args = { .flags = flags };
    AdminConnectGetLoggingFiltersRet ret = { 0 };
    int n;

    if (!entry_begin(&e, HANDLE_ADM_CONNECT, conn) ||
        !entry_call(&e, PROGRAM_ADMIN, PROC_ADMIN_CONNECT_GET_LOGGING_FILTERS, &args, &ret, NULL))
        return failed(&e);
    if (filters)
        *filters = g_steal_pointer(&ret.filters);
    n = (int)ret.nfilters;
    wire_free(&wire_admin_connect_get_logging_filters_ret, &ret);
    return n;
}
