/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* connect_rows.c - what every driver says of its connections in the same way */
#include "drivers/common/connect_rows.h"

#include <libvirt/libvirt.h>

bool
connect_row_type(Call *call, GError **error)
{
    ((ConnectGetTypeRet *)call->ret)->type = g_strdup(call->session->driver->name);
    return true;
}

bool
connect_row_version(Call *call, GError **error)
{
    ((ConnectGetVersionRet *)call->ret)->hv_ver = LIBVIR_VERSION_NUMBER;
    return true;
}

bool
connect_row_lib_version(Call *call, GError **error)
{
    ((ConnectGetLibVersionRet *)call->ret)->lib_ver = LIBVIR_VERSION_NUMBER;
    return true;
}

bool
connect_row_hostname(Call *call, GError **error)
{
    ((ConnectGetHostnameRet *)call->ret)->hostname = g_strdup(g_get_host_name());
    return true;
}

bool
connect_row_uri(Call *call, GError **error)
{
    g_auto(LockHold) hold = lock_hold(&call->session->lock);

    ((ConnectGetUriRet *)call->ret)->uri = g_strdup(call->session->uri);
    return true;
}

bool
connect_row_is_secure(Call *call, GError **error)
{
    ((ConnectIsSecureRet *)call->ret)->secure = 1;
    return true;
}
