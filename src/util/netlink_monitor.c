/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* netlink_monitor.c - hears of links that come, change and go, in a main loop */
#define ERROR_FROM VIR_FROM_NET
#include <glib-unix.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include "util/error.h"
#include "util/fd.h"
#include "util/netlink_private.h"

struct NetlinkMonitor {
    int fd;
    GSource *source;
    NetlinkMonitorFunc func;
    void *data;
};

static gboolean
readable(int fd, GIOCondition condition, void *data)
{
    NetlinkMonitor *monitor = data;
    _Alignas(struct nlmsghdr) uint8_t buffer[32 * 1024];
    ssize_t got;

    while ((got = recv(fd, buffer, sizeof(buffer), 0)) > 0) {
        struct nlmsghdr *header = (struct nlmsghdr *)buffer;
        int left = (int)got;

        for (; nlmsg_ok(header, left); header = nlmsg_next(header, &left)) {
            NetlinkLink link;

            /* Bridge port messages repeat the link's; those of AF_UNSPEC say all. */
            if ((header->nlmsg_type == RTM_NEWLINK || header->nlmsg_type == RTM_DELLINK) &&
                ((struct ifinfomsg *)nlmsg_data(header))->ifi_family == AF_UNSPEC &&
                netlink_parse_link(header, &link))
                monitor->func(&link, header->nlmsg_type == RTM_DELLINK, monitor->data);
        }
    }
    if (got < 0 && errno == ENOBUFS)
        monitor->func(NULL, false, monitor->data);
    return G_SOURCE_CONTINUE;
}

NetlinkMonitor *
netlink_monitor_new(GMainContext *context, NetlinkMonitorFunc func, void *data, GError **error)
{
    int fd = netlink_socket_groups(RTMGRP_LINK, error);
    NetlinkMonitor *monitor = NULL;

    if (fd < 0)
        return NULL;
    monitor = g_new0(NetlinkMonitor, 1);
    monitor->fd = fd;
    monitor->func = func;
    monitor->data = data;
    monitor->source = g_unix_fd_source_new(fd, G_IO_IN);
    g_source_set_callback(monitor->source, G_SOURCE_FUNC(readable), monitor, NULL);
    g_source_attach(monitor->source, context);
    return monitor;
}

void
netlink_monitor_free(NetlinkMonitor *monitor)
{
    if (!monitor)
        return;
    g_source_destroy(monitor->source);
    g_source_unref(monitor->source);
    fd_close(&monitor->fd);
    g_free(monitor);
}
