/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* api-qemu.c - libvirt-qemu.so.0: what is not generated. */
#define ERROR_FROM VIR_FROM_NONE
#include <string.h>
#include <unistd.h>

#include "rpc/client/connection.h"
#include "rpc/client/entry.h"
#include "rpc/client/subscribe.h"
#include "util/error.h"

#pragma GCC visibility push(default)

#define QEMU_ENTRY ENTRY(VIR_FROM_NONE)

int
virDomainQemuMonitorCommandWithFiles(virDomainPtr domain, const char *cmd, unsigned int ninfiles,
                                     int *infiles, unsigned int *noutfiles, int **outfiles,
                                     char **result, unsigned int flags)
{
    Entry e = QEMU_ENTRY;
    QemuDomainMonitorCommandWithFilesArgs args = { .cmd = (char *)cmd, .flags = flags };
    QemuDomainMonitorCommandWithFilesRet ret = { 0 };
    int fds[LINK_FDS_MAX];
    LinkCall call = { .method =
                          method_lookup(PROGRAM_QEMU, PROC_QEMU_DOMAIN_MONITOR_COMMAND_WITH_FILES),
                      .args = &args,
                      .ret = &ret,
                      .fds = infiles,
                      .n_fds = ninfiles,
                      .ret_fds = fds };

    if (!entry_begin(&e, HANDLE_DOMAIN, domain) || !entry_nonnull(&e, "cmd", cmd) ||
        !entry_nonnull(&e, "result", result) || !entry_writable(&e)) {
        entry_fail(&e);
        return -1;
    }
    handle_to_wire(e.self, &args.dom);
    if ((ninfiles || outfiles) && !connection_has_feature(e.conn, FEATURE_FD_PASSING))
        error_set(&e.error, VIR_ERR_ARGUMENT_UNSUPPORTED,
                  "fd passing is not supported by this connection");
    if (e.error || !e.conn->link->ops->call(e.conn->link, &call, &e.error)) {
        entry_fail(&e);
        return -1;
    }
    *result = ret.result;
    if (outfiles && noutfiles) {
        *noutfiles = (unsigned int)call.n_ret_fds;
        *outfiles = call.n_ret_fds ? g_memdup2(fds, call.n_ret_fds * sizeof(int)) : NULL;
        return 0;
    }
    for (size_t i = 0; i < call.n_ret_fds; i++)
        close(fds[i]);
    return 0;
}

int
virConnectDomainQemuMonitorEventRegister(virConnectPtr conn, virDomainPtr dom, const char *event,
                                         virConnectDomainQemuMonitorEventCallback cb, void *opaque,
                                         virFreeCallback freecb, unsigned int flags)
{
    Entry e = QEMU_ENTRY;
    int id = -1;

    if (entry_begin(&e, HANDLE_CONNECT, conn) && (!dom || entry_object(&e, HANDLE_DOMAIN, dom))) {
        if (dom && ((Handle *)dom)->conn != e.conn)
            error_set_plain(&e.error, VIR_ERR_INVALID_ARG, "domain in %s must match connection",
                            e.function);
        if (entry_nonnull(&e, "cb", cb) && entry_writable(&e))
            id =
                subscribe_add(e.conn, EVENT_QEMU_MONITOR, 0, (Handle *)dom, event, flags,
                              (virFreeCallback)(void (*)(void))cb, opaque, freecb, false, &e.error);
    }
    if (id < 0)
        entry_fail(&e);
    return id;
}

int
virConnectDomainQemuMonitorEventDeregister(virConnectPtr conn, int callbackID)
{
    Entry e = QEMU_ENTRY;

    if (entry_begin(&e, HANDLE_CONNECT, conn) && entry_nonnegative(&e, "callbackID", callbackID) &&
        entry_writable(&e) && subscribe_remove(e.conn, EVENT_QEMU_MONITOR, callbackID, &e.error))
        return 0;
    entry_fail(&e);
    return -1;
}
