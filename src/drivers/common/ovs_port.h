/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ovs_port.h - ports on bridges of Open vSwitch, through ovs-vsctl(8)
 *
 * Each call waits for the switch, at most some seconds: never with a lock held.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "drivers/conf/netcommon_gen.h"

typedef struct OvsPort {
    const char *bridge, *name; /* of the switch; of the device that becomes a port of it */
    const char *mac;           /* that the guest sees */
    const uint8_t *owner;      /* UUID of the guest, 16 bytes */
    const VirtualPort *virtualport; /* identifies the port to controllers: interface_id, profile_id */
    const Vlan *vlan;          /* or NULL */
    bool again;                /* it may be a port already, of a guest that runs: nothing is interrupted */
} OvsPort;

/* Make the device a port, or, where it is one already, the port @port describes.  Errors quote ovs-vsctl. */
bool ovs_port_add(const OvsPort *port, GError **error);
/* It is none any more; that it was none is no error. */
bool ovs_port_remove(const char *name, GError **error);
