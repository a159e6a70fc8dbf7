/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mdevctl.h - mediated devices, by the host's own tool for them
 *
 * mdevctl(8) keeps the definitions (in /etc/mdevctl.d) and makes and removes devices, so that ours are everybody's.  What
 * is made here are its command lines, with what it reads on its standard input, and devices from the lists it prints.
 */
#pragma once

#include "drivers/conf/nodedev_gen.h"

typedef enum {
    NODEDEV_MDEV_CREATE,   /* make a device that has no definition */
    NODEDEV_MDEV_DEFINE,
    NODEDEV_MDEV_START,    /* make a device as it is defined */
    NODEDEV_MDEV_STOP,
    NODEDEV_MDEV_UNDEFINE,
    NODEDEV_MDEV_MODIFY,
    NODEDEV_MDEV_LAST
} NodedevMdevCommand;

enum { NODEDEV_MDEV_LIVE = 1 << 0, NODEDEV_MDEV_CONFIG = 1 << 1 }; /* what MODIFY changes */

/* The mdev capability of @device, or NULL. */
const NodeCapability *nodedev_mdevctl_capability(const NodeDevice *device);

/* Words for what is to become of @device; for those that describe it, @parent is the address of its parent and *@ret_input
 * what mdevctl reads.  NULL with @error set where the description does not do. */
GStrv nodedev_mdevctl_command(NodedevMdevCommand command, const NodeDevice *device, const char *parent, unsigned affect,
                              char **ret_input, GError **error);
GStrv nodedev_mdevctl_autostart_command(const char *uuid, bool on);
GStrv nodedev_mdevctl_list_command(bool defined);

/* Name of the node device that has an address, or NULL if none of the host's has. */
typedef char *(*NodedevMdevParent)(void *data, const char *address);
/* Whether the device of a list is made when its parent appears. */
bool nodedev_mdevctl_is_autostart(const char *text, const char *uuid);
/* What a device is called: "mdev_UUID_ADDRESS", with '_' in place of what is no letter or digit. */
char *nodedev_mdevctl_name(const char *uuid, const char *address);
/* NodeDevice, from what a list command printed; a device whose parent is gone is the computer's. */
GPtrArray *nodedev_mdevctl_parse_list(const char *text, NodedevMdevParent find_parent, void *data, GError **error);
