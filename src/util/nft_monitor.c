/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nft_monitor.c - tells when someone else removed something from one of our tables */
#define ERROR_FROM VIR_FROM_FIREWALL
#include <glib-unix.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/error.h"
#include "util/fd.h"
#include "util/nft.h"

struct NftMonitor {
    int fd;
    char *table;
    GSource *source;
    NftMonitorFunc func;
    void *data;
    bool touched; /* by the transaction that is being told about */
};

/* Is this the removal of our table, or of something in it? */
static bool
removes_ours(const NftMonitor *monitor, struct nlmsghdr *header)
{
    struct nlattr *name = NULL;
    int type = NFNL_MSG_TYPE(header->nlmsg_type);

    if (type != NFT_MSG_DELTABLE && type != NFT_MSG_DELCHAIN && type != NFT_MSG_DELRULE)
        return false;
    /* The name of the table is the first attribute in all three. */
    name = nlmsg_find_attr(header, sizeof(struct nfgenmsg), NFTA_TABLE_NAME);
    return name && memchr(nla_data(name), '\0', nla_len(name)) &&
           strcmp(nla_data(name), monitor->table) == 0;
}

static bool
is_own(struct nlmsghdr *header)
{
    struct nlattr *pid = nlmsg_find_attr(header, sizeof(struct nfgenmsg), NFTA_GEN_PROC_PID);

    return pid && nla_len(pid) == 4 && ntohl(nla_get_u32(pid)) == (uint32_t)getpid();
}

static gboolean
readable(int fd, GIOCondition condition, void *data)
{
    NftMonitor *monitor = data;
    _Alignas(struct nlmsghdr) uint8_t buffer[32 * 1024];
    bool tell = false;
    ssize_t got;

    while ((got = recv(fd, buffer, sizeof(buffer), 0)) > 0) {
        struct nlmsghdr *header = (struct nlmsghdr *)buffer;
        int left = (int)got;

        for (; nlmsg_ok(header, left); header = nlmsg_next(header, &left)) {
            monitor->touched = monitor->touched || removes_ours(monitor, header);
            /* A transaction ends with the number of the new generation and who made it. */
            if (NFNL_MSG_TYPE(header->nlmsg_type) != NFT_MSG_NEWGEN)
                continue;
            tell = tell || (monitor->touched && !is_own(header));
            monitor->touched = false;
        }
    }
    if (tell || (got < 0 && errno == ENOBUFS))
        monitor->func(monitor->data);
    return G_SOURCE_CONTINUE;
}

NftMonitor *
nft_monitor_new(GMainContext *context, const char *table, NftMonitorFunc func, void *data,
                GError **error)
{
    autofd int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);
    struct sockaddr_nl address = { .nl_family = AF_NETLINK,
                                   .nl_groups = 1 << (NFNLGRP_NFTABLES - 1) };
    NftMonitor *monitor = NULL;

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        error_set_errno(error, errno, "cannot hear of changes to nftables");
        return NULL;
    }
    monitor = g_new0(NftMonitor, 1);
    monitor->fd = steal_fd(&fd);
    monitor->table = g_strdup(table);
    monitor->func = func;
    monitor->data = data;
    monitor->source = g_unix_fd_source_new(monitor->fd, G_IO_IN);
    g_source_set_callback(monitor->source, G_SOURCE_FUNC(readable), monitor, NULL);
    g_source_attach(monitor->source, context);
    return monitor;
}

void
nft_monitor_free(NftMonitor *monitor)
{
    if (!monitor)
        return;
    g_source_destroy(monitor->source);
    g_source_unref(monitor->source);
    fd_close(&monitor->fd);
    g_free(monitor->table);
    g_free(monitor);
}
