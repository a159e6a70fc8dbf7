/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* api-connect.c - opening and closing connections, and what they know of themselves. */
#define ERROR_FROM VIR_FROM_NONE
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "rpc/client/client-stream.h"
#include "rpc/client/connection.h"
#include "rpc/client/entry.h"
#include "rpc/client/last-error.h"
#include "rpc/client/startup.h"
#include "rpc/client/subscribe.h"
#include "util/error.h"

#pragma GCC visibility push(default)

#define CONNECT_ENTRY ENTRY(VIR_FROM_DOMAIN)

int
virInitialize(void)
{
    last_error_reset();
    startup_once();
    return 0;
}

int
virGetVersion(unsigned long *libVer, const char *type G_GNUC_UNUSED, unsigned long *typeVer)
{
    GError *error = NULL;

    virInitialize();
    if (libVer)
        *libVer = LIBVIR_VERSION_NUMBER;
    else
        error_set_plain(&error, VIR_ERR_INVALID_ARG, "libVer in %s must not be NULL", __func__);
    if (error) {
        last_error_raise(NULL, error);
        return -1;
    }
    if (typeVer)
        *typeVer = LIBVIR_VERSION_NUMBER;
    return 0;
}

static virConnectPtr
open_connection(const char *name, virConnectAuthPtr auth, unsigned int flags)
{
    GError *error = NULL;
    Connection *conn;

    virInitialize();
    conn = connection_open(name, auth, flags, &error);
    if (!conn)
        last_error_raise(NULL, error);
    return (virConnectPtr)conn;
}

virConnectPtr
virConnectOpen(const char *name)
{
    return open_connection(name, NULL, 0);
}

virConnectPtr
virConnectOpenReadOnly(const char *name)
{
    return open_connection(name, NULL, VIR_CONNECT_RO);
}

virConnectPtr
virConnectOpenAuth(const char *name, virConnectAuthPtr auth, unsigned int flags)
{
    return open_connection(name, auth, flags);
}

int
virConnectClose(virConnectPtr conn)
{
    Entry e = CONNECT_ENTRY;
    int left;

    if (!entry_begin(&e, HANDLE_CONNECT, conn)) {
        entry_fail(&e);
        return -1;
    }
    left = handle_unref(e.self);
    return left > 0;
}

const char *
virConnectGetType(virConnectPtr conn)
{
    Entry e = CONNECT_ENTRY;
    ConnectGetTypeRet ret = { 0 };
    const char *type;

    if (!entry_begin(&e, HANDLE_CONNECT, conn)) {
        entry_fail(&e);
        return NULL;
    }
    lock_acquire(&e.conn->lock);
    type = e.conn->type;
    lock_release(&e.conn->lock);
    if (type)
        return type;
    if (!entry_call(&e, PROGRAM_REMOTE, PROC_CONNECT_GET_TYPE, NULL, &ret, NULL)) {
        entry_fail(&e);
        return NULL;
    }
    lock_acquire(&e.conn->lock);
    if (!e.conn->type)
        e.conn->type = g_steal_pointer(&ret.type);
    type = e.conn->type;
    lock_release(&e.conn->lock);
    g_free(ret.type);
    return type;
}

char *
virConnectGetURI(virConnectPtr conn)
{
    Entry e = CONNECT_ENTRY;

    if (entry_begin(&e, HANDLE_CONNECT, conn))
        return g_strdup(e.conn->uri);
    entry_fail(&e);
    return NULL;
}

int
virConnectIsAlive(virConnectPtr conn)
{
    Entry e = CONNECT_ENTRY;

    if (entry_begin(&e, HANDLE_CONNECT, conn))
        return e.conn->link->ops->is_alive(e.conn->link);
    entry_fail(&e);
    return -1;
}

/* The daemon's word, ANDed with what we know of the way there. */
static int
ask_secure(Entry e, virConnectPtr conn, bool encrypted)
{
    ConnectIsSecureRet ret = { 0 };

    if (!entry_begin(&e, HANDLE_CONNECT, conn) ||
        !entry_call(&e, PROGRAM_REMOTE, PROC_CONNECT_IS_SECURE, NULL, &ret, NULL)) {
        entry_fail(&e);
        return -1;
    }
    if (encrypted)
        return ret.secure && e.conn->link->ops->is_encrypted(e.conn->link);
    return ret.secure && e.conn->link->ops->is_secure(e.conn->link);
}

int
virConnectIsSecure(virConnectPtr conn)
{
    return ask_secure((Entry)CONNECT_ENTRY, conn, false);
}

int
virConnectIsEncrypted(virConnectPtr conn)
{
    return ask_secure((Entry)CONNECT_ENTRY, conn, true);
}

int
virConnectSetKeepAlive(virConnectPtr conn, int interval, unsigned int count)
{
    Entry e = CONNECT_ENTRY;
    int rc = -1;

    if (entry_begin(&e, HANDLE_CONNECT, conn))
        rc = e.conn->link->ops->set_keepalive(e.conn->link, interval, count, &e.error);
    if (rc < 0)
        entry_fail(&e);
    return rc;
}

int
virConnectSetIdentity(virConnectPtr conn, virTypedParameterPtr params, int nparams,
                      unsigned int flags)
{
    Entry e = ENTRY(VIR_FROM_DOMAIN);
    ConnectSetIdentityArgs args = { .flags = flags };
    g_autofree WireTypedParam *in = NULL;

    if (entry_begin(&e, HANDLE_CONNECT, conn) &&
        entry_typed_in(&e, params, nparams, REMOTE_CONNECT_IDENTITY_PARAMS_MAX, &in,
                       &args.n_params)) {
        args.params = in;
        if (entry_call(&e, PROGRAM_REMOTE, PROC_CONNECT_SET_IDENTITY, &args, NULL, NULL))
            return 0;
    }
    entry_fail(&e);
    return -1;
}

int
virConnectRegisterCloseCallback(virConnectPtr conn, virConnectCloseFunc cb, void *opaque,
                                virFreeCallback freecb)
{
    Entry e = CONNECT_ENTRY;

    if (entry_begin(&e, HANDLE_CONNECT, conn) && entry_nonnull(&e, "cb", cb) &&
        subscribe_set_close(e.conn, cb, opaque, freecb, &e.error))
        return 0;
    entry_fail(&e);
    return -1;
}

int
virConnectUnregisterCloseCallback(virConnectPtr conn, virConnectCloseFunc cb)
{
    Entry e = CONNECT_ENTRY;

    if (entry_begin(&e, HANDLE_CONNECT, conn) && entry_nonnull(&e, "cb", cb) &&
        subscribe_unset_close(e.conn, cb, &e.error))
        return 0;
    entry_fail(&e);
    return -1;
}

/* Event callbacks: register gives the id (or 0 for the one without), deregister takes it. */

int
virConnectDomainEventRegister(virConnectPtr conn, virConnectDomainEventCallback cb, void *opaque,
                              virFreeCallback freecb)
{
    Entry e = CONNECT_ENTRY;

    if (entry_begin(&e, HANDLE_CONNECT, conn) && entry_nonnull(&e, "cb", cb) &&
        subscribe_add(e.conn, EVENT_DOMAIN, VIR_DOMAIN_EVENT_ID_LIFECYCLE, NULL, NULL, 0,
                      (virFreeCallback)(void (*)(void))cb, opaque, freecb, true, &e.error) >= 0)
        return 0;
    entry_fail(&e);
    return -1;
}

int
virConnectDomainEventDeregister(virConnectPtr conn, virConnectDomainEventCallback cb)
{
    Entry e = CONNECT_ENTRY;

    if (entry_begin(&e, HANDLE_CONNECT, conn) && entry_nonnull(&e, "cb", cb) &&
        subscribe_remove_function(e.conn, (virFreeCallback)(void (*)(void))cb, &e.error))
        return 0;
    entry_fail(&e);
    return -1;
}

static bool
same_connection(Entry *e, const char *arg, const Handle *object)
{
    if (!object || object->conn == e->conn)
        return true;
    error_set_plain_full(&e->error, e->from, VIR_ERR_INVALID_ARG, "%s in %s must match connection",
                         arg, e->function);
    return false;
}

static int
register_any(Entry e, virConnectPtr conn, EventClass cls, HandleKind kind, const char *arg,
             const void *object, int event, virFreeCallback cb, void *opaque,
             virFreeCallback freecb)
{
    int id = -1;

    if (entry_begin(&e, HANDLE_CONNECT, conn) && (!object || entry_object(&e, kind, object)) &&
        same_connection(&e, arg, object) && entry_nonnull(&e, "cb", cb) &&
        entry_nonnegative(&e, "eventID", event))
        id = subscribe_add(e.conn, cls, event, (Handle *)object, NULL, 0, cb, opaque, freecb, false,
                           &e.error);
    if (id < 0)
        entry_fail(&e);
    return id;
}

static int
deregister_any(Entry e, virConnectPtr conn, EventClass cls, int id)
{
    if (entry_begin(&e, HANDLE_CONNECT, conn) && entry_nonnegative(&e, "callbackID", id) &&
        subscribe_remove(e.conn, cls, id, &e.error))
        return 0;
    entry_fail(&e);
    return -1;
}

#define EVENTS(name, CLASS, Type, KIND, arg, from)                                                 \
    int virConnect##name##EventRegisterAny(virConnectPtr conn, Type object, int eventID,           \
                                           virConnect##name##EventGenericCallback cb,              \
                                           void *opaque, virFreeCallback freecb)                   \
    {                                                                                              \
        return register_any((Entry)ENTRY(from), conn, CLASS, KIND, arg, object, eventID,           \
                            (virFreeCallback)(void (*)(void))cb, opaque, freecb);                  \
    }                                                                                              \
    int virConnect##name##EventDeregisterAny(virConnectPtr conn, int callbackID)                   \
    {                                                                                              \
        return deregister_any((Entry)ENTRY(from), conn, CLASS, callbackID);                        \
    }

EVENTS(Domain, EVENT_DOMAIN, virDomainPtr, HANDLE_DOMAIN, "domain", VIR_FROM_DOMAIN)
EVENTS(Network, EVENT_NETWORK, virNetworkPtr, HANDLE_NETWORK, "network", VIR_FROM_NETWORK)
EVENTS(StoragePool, EVENT_STORAGE_POOL, virStoragePoolPtr, HANDLE_STORAGE_POOL, "pool",
       VIR_FROM_STORAGE)
EVENTS(NodeDevice, EVENT_NODE_DEVICE, virNodeDevicePtr, HANDLE_NODE_DEVICE, "node device",
       VIR_FROM_NODEDEV)
EVENTS(Secret, EVENT_SECRET, virSecretPtr, HANDLE_SECRET, "secret", VIR_FROM_SECRET)

/* Credentials asked on the terminal. */

static char *
read_line(bool echo)
{
    struct termios old, quiet;
    char line[1024];
    bool have = !echo && tcgetattr(STDIN_FILENO, &old) == 0;

    if (have) {
        quiet = old;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    if (!fgets(line, sizeof(line), stdin))
        line[0] = '\0';
    if (have) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
        fputc('\n', stdout);
    }
    line[strcspn(line, "\n")] = '\0';
    return g_strdup(line);
}

static int
ask_on_terminal(virConnectCredentialPtr cred, unsigned int ncred, void *cbdata G_GNUC_UNUSED)
{
    for (unsigned int i = 0; i < ncred; i++) {
        bool echo = cred[i].type != VIR_CRED_PASSPHRASE && cred[i].type != VIR_CRED_NOECHOPROMPT;

        if (cred[i].type == VIR_CRED_EXTERNAL)
            return -1; /* an agent must do that */
        printf("%s: ", cred[i].prompt);
        fflush(stdout);
        cred[i].result = read_line(echo);
        if (!*cred[i].result && cred[i].defresult) {
            g_free(cred[i].result);
            cred[i].result = g_strdup(cred[i].defresult);
        }
        cred[i].resultlen = (unsigned int)strlen(cred[i].result);
    }
    return 0;
}

static int terminal_types[] = { VIR_CRED_AUTHNAME, VIR_CRED_ECHOPROMPT, VIR_CRED_REALM,
                                VIR_CRED_PASSPHRASE, VIR_CRED_NOECHOPROMPT };
static virConnectAuth terminal_auth = { terminal_types, G_N_ELEMENTS(terminal_types),
                                        ask_on_terminal, NULL };

virConnectAuthPtr virConnectAuthPtrDefault = &terminal_auth;
