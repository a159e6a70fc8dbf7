/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* api-error.c - the public functions about errors. */
#define ERROR_FROM VIR_FROM_NONE
#include <string.h>

#include "rpc/client/connection.h"
#include "rpc/client/last-error.h"
#include "util/error.h"

#pragma GCC visibility push(default)

virErrorPtr
virGetLastError(void)
{
    virErrorPtr error = last_error_get();

    return error->code == VIR_ERR_OK ? NULL : error;
}

int
virGetLastErrorCode(void)
{
    return last_error_get()->code;
}

int
virGetLastErrorDomain(void)
{
    return last_error_get()->domain;
}

const char *
virGetLastErrorMessage(void)
{
    virErrorPtr error = last_error_get();

    if (error->code == VIR_ERR_OK)
        return "no error";
    return error->message ? error->message : "unknown error";
}

virErrorPtr
virSaveLastError(void)
{
    virErrorPtr copy = g_new0(virError, 1);

    last_error_copy(last_error_get(), copy);
    return copy;
}

void
virResetError(virErrorPtr err)
{
    if (err)
        last_error_clear(err);
}

void
virFreeError(virErrorPtr err)
{
    virResetError(err);
    g_free(err);
}

void
virResetLastError(void)
{
    last_error_reset();
}

int
virCopyLastError(virErrorPtr to)
{
    if (!to)
        return -1;
    memset(to, 0, sizeof(*to));
    last_error_copy(last_error_get(), to);
    return to->code;
}

virErrorPtr
virConnGetLastError(virConnectPtr conn)
{
    if (!handle_is(conn, HANDLE_CONNECT))
        return NULL;
    return ((Connection *)conn)->last_error.code == VIR_ERR_OK ? NULL
                                                               : &((Connection *)conn)->last_error;
}

int
virConnCopyLastError(virConnectPtr conn, virErrorPtr to)
{
    Connection *c = (Connection *)conn;

    if (!to || !handle_is(conn, HANDLE_CONNECT))
        return -1;
    memset(to, 0, sizeof(*to));
    lock_acquire(&c->lock);
    last_error_copy(&c->last_error, to);
    lock_release(&c->lock);
    return to->code;
}

void
virConnResetLastError(virConnectPtr conn)
{
    Connection *c = (Connection *)conn;

    if (!handle_is(conn, HANDLE_CONNECT))
        return;
    lock_acquire(&c->lock);
    last_error_clear(&c->last_error);
    lock_release(&c->lock);
}

void
virSetErrorFunc(void *userData, virErrorFunc handler)
{
    last_error_set_handler(handler, userData);
}

void
virConnSetErrorFunc(virConnectPtr conn, void *userData, virErrorFunc handler)
{
    Connection *c = (Connection *)conn;

    if (!handle_is(conn, HANDLE_CONNECT))
        return;
    lock_acquire(&c->lock);
    c->error_handler = handler;
    c->error_data = userData;
    lock_release(&c->lock);
}

void
virDefaultErrorFunc(virErrorPtr err)
{
    if (err)
        last_error_print(err);
}
