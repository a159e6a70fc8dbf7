/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* networkport.c - rules of <networkport> that no single row can state. */
#define ERROR_FROM VIR_FROM_NETWORK
#include "drivers/conf/networkport_gen.h"
#include "util/error.h"

bool
network_port_check(void *obj, unsigned flags, GError **error)
{
    const NetworkPort *port = obj;

    if (port->bandwidth && port->bandwidth->outbound && port->bandwidth->outbound->floor) {
        error_set(error, VIR_ERR_XML_ERROR, "port of '%s': 'floor' is for <inbound> only", port->owner_name);
        return false;
    }
    return true;
}
