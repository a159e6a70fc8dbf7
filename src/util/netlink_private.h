/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* netlink_private.h - what netlink.c and netlink_monitor.c share */
#pragma once

#include <linux/netlink.h>

#include "util/netlink.h"

/* A socket that hears the multicast @groups (RTMGRP_*), not blocking; -1 with @error set. */
int netlink_socket_groups(uint32_t groups, GError **error);
bool netlink_parse_link(struct nlmsghdr *header, NetlinkLink *link);
