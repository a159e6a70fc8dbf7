/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_peer.c - other daemons of this host, asked as any client asks them */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/process/guest_peer.h"

#include <libvirt/virterror.h>

#include "drivers/qemu/process/guest.h"
#include "util/error.h"

void
guest_peer_error(GError **error, const char *otherwise)
{
    const virError *last = virGetLastError();

    error_set_plain_full(error, last ? last->domain : VIR_FROM_QEMU, last ? last->code : VIR_ERR_INTERNAL_ERROR, "%s",
                         last && last->message ? last->message : otherwise);
}

virConnectPtr
guest_peer_connect(const char *driver, GError **error)
{
    g_autofree char *uri = g_strdup_printf("%s:///%s", driver, guest_host.conf->privileged ? "system" : "session");
    virConnectPtr conn = virConnectOpen(uri);

    if (!conn)
        guest_peer_error(error, "cannot reach another daemon of this host");
    return conn;
}
